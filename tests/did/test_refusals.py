"""What the tests and intervals refuse, word for word: a researcher has nothing but the sentence to go by."""

from __future__ import annotations

import re

import numpy as np
import pytest

from govlib.did import multiple_testing
from govlib.did.inference import cluster, conley, equivalence, honest, power, pretrend, randomization, wild
from govlib.errors import BadInput, GovlibError, NotEstimable

RNG = np.random.default_rng(0)
Y, D = RNG.normal(size=(12, 6)), (np.arange(6) >= np.r_[np.full(5, 3.0), np.full(7, np.inf)][:, None]).astype(float)
START = np.r_[np.full(5, 3.0), np.full(7, np.inf)]
FAR = np.abs(np.subtract.outer(np.arange(12.0), np.arange(12.0))) * 100
X, G = np.column_stack([np.ones(12), RNG.normal(size=12)]), np.repeat(np.arange(4), 3)
PARTLY = np.where(np.arange(12)[:, None] + np.zeros(6) == 3, np.where(np.arange(6) < 2, np.nan, 0), D)
BETA, V = np.array([0.1, 0.2, 0.3]), np.eye(3)

REFUSED = [
    (lambda: conley.conley(Y, D, FAR, cutoff=0), BadInput, "value 0: the cutoff must be a positive distance in km"),
    (lambda: conley.conley(Y, D, FAR, cutoff=9, kernel="gauss"), BadInput, "value 'gauss': kernel is bartlett or uniform"),
    (lambda: conley.conley(Y, D, FAR[:3], cutoff=9), BadInput, "distances (3, 12) for 12 units, all known, are needed"),
    (lambda: conley.conley(Y, D, np.full((12, 12), np.nan), cutoff=9), BadInput, "distances (12, 12) for 12 units, all known, are needed"),
    (lambda: conley.conley(Y, np.stack([D, D], 2), FAR, cutoff=9), NotEstimable,
     "not estimable, because regressor 2 is collinear with the other regressors and the fixed effects"),
    (lambda: conley.conley(2 * D + np.arange(6), D, FAR, cutoff=250), NotEstimable,
     "not estimable, because the outcome is fitted without a residual, which leaves no standard error"),
    (lambda: conley.distances([21.0, np.nan], [105.0, 106.0]), BadInput, "a unit has no coordinates"),
    (lambda: conley.distances([21.0, 22.0], [105.0, np.nan]), BadInput, "a unit has no coordinates"),
    (lambda: cluster.crv(Y[0], X, G), BadInput, "y (6,), x (12, 2) and cluster (12,) do not fit"),
    (lambda: cluster.crv(Y[:, 0], X, G[:3]), BadInput, "y (12,), x (12, 2) and cluster (3,) do not fit"),
    (lambda: cluster.crv(Y, X, G), BadInput, "y (12, 6), x (12, 2) and cluster (12,) do not fit"),
    (lambda: cluster.crv(np.where(Y[:, 0] > 0, np.nan, 1), X, G), BadInput, "a missing or infinite value → drop the row first"),
    (lambda: cluster.crv(Y[:, 0], np.where(X > 0, np.inf, X), G), BadInput, "a missing or infinite value → drop the row first"),
    (lambda: cluster.crv(Y[:, 0], X[:, [0, 0]], G), NotEstimable, "not estimable, because the columns of the design are collinear"),
    (lambda: cluster.crv(Y[:, 0], X, G, kind="HC1"), BadInput, "value 'HC1': kind is CRV1 or CRV3"),
    (lambda: cluster.crv(Y[:, 0], X, np.c_[G, G], kind="CRV3"), BadInput, "value 'CRV3': two-way clustering is CRV1 only"),
    (lambda: cluster.crv(Y[:, 0], X, np.c_[G, G, G]), BadInput, "value 3: one or two ways of clustering"),
    (lambda: cluster.crv(Y[:, 0], X, G * 0), NotEstimable, "not estimable, because a clustered standard error needs two clusters and there is 1"),
    (lambda: cluster.crv(Y[:, 0], X, np.where(np.arange(12) == 5, 9, G)), NotEstimable,
     "not estimable, because cluster 9 has one observation, which says nothing about how errors within it move together"),
    (lambda: cluster.panel_crv3(Y, D * (np.arange(12) == 0)[:, None]), NotEstimable,
     "not estimable, because without one of the clusters the effect is not identified (a single treated cluster?), so the jackknife (CRV3) "
     "does not exist"),
    (lambda: cluster.panel_crv3(Y, D, cluster=np.zeros(12)), NotEstimable, "not estimable, because a clustered standard error needs two clusters"),
    (lambda: cluster.panel_crv3(Y, np.stack([D, D], 2)), NotEstimable,
     "not estimable, because regressor 2 is collinear with the other regressors and the fixed effects"),
    (lambda: equivalence.tost(0.1, 0.2, 0, 20), BadInput, "value 0: the margin must be positive: the smallest effect that would matter"),
    (lambda: equivalence.tost(0.1, 0.2, 0.5, 20, alpha=0.5), BadInput, "value 0.5: alpha lies between 0 and 0.5"),
    (lambda: equivalence.tost(0.1, 0.2, 0.5, 20, alpha=0), BadInput, "value 0: alpha lies between 0 and 0.5"),
    *((lambda given=given: equivalence.tost(*given), BadInput,
       "an equivalence test needs a finite estimate, a positive standard error and degrees of freedom")
      for given in ((np.nan, 0.2, 0.5, 20), (0.1, 0.0, 0.5, 20), (0.1, np.inf, 0.5, 20), (0.1, 0.2, 0.5, 0))),
    (lambda: power.mde(0.1, 10, power=1), BadInput, "value 1: power lies between alpha and 1"),
    (lambda: power.mde(0.1, 10, power=0.05), BadInput, "value 0.05: power lies between alpha and 1"),
    (lambda: power.mde(0.1, 10, alpha=1), BadInput, "value 1: alpha lies between 0 and 1"),
    (lambda: power.power_of(1, 0.1, 10, alpha=0), BadInput, "value 0: alpha lies between 0 and 1"),
    *((lambda error=error, dof=dof: power.mde(error, dof), BadInput, "a standard error and degrees of freedom above zero are needed")
      for error, dof in ((0.0, 10), (np.inf, 10), (0.1, 0))),
    (lambda: pretrend.pretrend(Y, START[:3]), BadInput, "(3,) cohorts for 12 units"),
    (lambda: pretrend.pretrend(Y, START, leads=0), BadInput, "value 0: at least one lead"),
    (lambda: pretrend.pretrend(Y, START * 0), NotEstimable, "not estimable, because no adopting unit is seen before it adopts"),
    (lambda: pretrend.pretrend(Y, np.where(np.arange(12) == 1, 3, np.inf)), NotEstimable,
     "not estimable, because one treated unit has no clustered test of its past; use a placebo in time"),
    (lambda: pretrend.pretrend(np.where(np.arange(6) == START[:, None] - 1, np.nan, Y), START, leads=1), NotEstimable,
     "not estimable, because no year before adoption is observed"),
    (lambda: pretrend.pretrend(Y, START, leads=1, controls=np.arange(6) == START[:, None] - 1), NotEstimable,
     "not estimable, because control 1 is collinear with the other regressors and the fixed effects"),
    (lambda: pretrend.joint_test(BETA, V[:2, :2], 30), BadInput, "a joint test needs finite coefficients and their covariance"),
    (lambda: pretrend.joint_test(BETA, V * np.nan, 30), BadInput, "a joint test needs finite coefficients and their covariance"),
    (lambda: pretrend.joint_test(BETA, V, 3), NotEstimable, "not estimable, because 3 restrictions cannot be tested with 3 clusters"),
    (lambda: pretrend.joint_test(BETA, np.diag([1.0, 1.0, 0.0]), 30), NotEstimable,
     "not estimable, because the covariance of the coefficients is singular (fewer treated units than coefficients?)"),
    (lambda: pretrend.joint_test(BETA, V, 30, treated=3), NotEstimable,
     "not estimable, because 3 leads cannot be tested together with 3 treated units; take fewer leads"),
    (lambda: randomization.randomization_test(Y, D, draws=18), BadInput, "value 18: a permutation test needs 19 draws or more"),
    (lambda: randomization.randomization_test(Y, D, statistic="z"), BadInput, "value 'z': statistic is auto, t or coefficient"),
    (lambda: randomization.randomization_test(Y, D, blocks=np.arange(12)), NotEstimable,
     "not estimable, because all assignments within the blocks are the same one, so there is nothing to compare with"),
    (lambda: randomization.randomization_test(Y, D, blocks=np.zeros(3)), BadInput, "(3,) blocks for 12 units"),
    (lambda: randomization.randomization_test(Y, D * 0), NotEstimable, "not estimable, because no unit is treated in these years"),
    (lambda: randomization.randomization_test(Y, D * 0 + (np.arange(6) > 2)), NotEstimable,
     "not estimable, because no control is left: all units have the same path"),
    (lambda: randomization.randomization_test(Y, PARTLY), BadInput,
     "unit no. 3 has an exposure known in some years only → leave it out, or read its dates one way"),
    (lambda: randomization.randomization_test(Y, D, controls=np.stack([D + Y, D + Y], 2)), NotEstimable,
     "not estimable, because a control is collinear with the others and the fixed effects"),
    (lambda: randomization.deals(np.arange(12), None, 99, 1, True), BadInput, "value 479001600: too many assignments to enumerate → exact=False"),
    (lambda: wild.wild_bootstrap(Y, D, draws=98), BadInput, "value 98: a bootstrap needs 99 draws or more"),
    (lambda: wild.wild_bootstrap(Y, D, draws=99, weights="mammen"), BadInput, "value 'mammen': weights are 'rademacher' or 'webb'"),
    (lambda: wild.wild_bootstrap(Y, D, draws=99, cluster=np.zeros(12)), NotEstimable, "not estimable, because a clustered bootstrap needs two clusters"),
    (lambda: wild.wild_bootstrap(D + 0, D, draws=99), NotEstimable,
     "not estimable, because the clusters' scores are all zero, so the t statistic does not exist"),
    (lambda: wild.wild_bootstrap(Y, D, draws=99, controls=D), NotEstimable,
     "not estimable, because control 1 is collinear with the other regressors and the fixed effects"),
    (lambda: honest.smoothness(BETA, V, 1, m=[-1]), BadInput, "value [-1]: m cannot be negative"),
    (lambda: honest.relative_magnitudes(BETA, V, 1, m_bar=[-1]), BadInput, "value [-1]: m_bar cannot be negative"),
    (lambda: honest.relative_magnitudes(BETA, V, 3), BadInput, "value (3, 0): one coefficient before and one after adoption are needed"),
    (lambda: honest.relative_magnitudes(BETA, V, 0), BadInput, "value (0, 3): one coefficient before and one after adoption are needed"),
    (lambda: honest.relative_magnitudes(BETA, V * np.nan, 1), BadInput, "finite coefficients and their covariance are needed"),
    (lambda: honest.relative_magnitudes(BETA, -V, 1), NotEstimable,
     "not estimable, because the covariance of the event-study coefficients is not positive (too few treated units?)"),
    (lambda: honest.relative_magnitudes(BETA, V, 1, weights=[1.0, 0, 0]), BadInput, "weights (3,) for 2 years after adoption"),
    (lambda: multiple_testing.adjust([0.2], "sidak"), BadInput, "value 'sidak': method is one of holm, bh, by, bonferroni"),
    *((lambda p=p: multiple_testing.adjust([0.2, p]), BadInput, "a p-value lies outside 0..1") for p in (1.1, -0.1, np.inf)),
    *((lambda a=a, b=b: multiple_testing.romano_wolf(a, b), BadInput, f"statistics {a.shape} and draws {b.shape} do not fit")
      for a, b in ((np.ones(2), np.ones(2)), (np.ones((2, 2)), np.ones((9, 2))), (np.ones(2), np.ones((9, 3))), (np.ones(2), np.ones((0, 2))))),
    (lambda: multiple_testing.romano_wolf(np.array([1, np.nan]), np.ones((9, 2))), BadInput,
     "a statistic is missing → leave the outcome out of the family and say so"),
    (lambda: multiple_testing.romano_wolf(np.ones(2), np.full((9, 2), np.nan)), BadInput,
     "a statistic is missing → leave the outcome out of the family and say so"),
]


@pytest.mark.parametrize(("call", "kind", "words"), REFUSED, ids=[re.sub(r"\W+", "-", words)[:60] for *_, words in REFUSED])
def test_what_cannot_be_had_is_refused_in_these_words(call, kind, words):
    with pytest.raises(GovlibError) as said:
        call()
    assert type(said.value) is kind and str(said.value) == words


# ------------------------------------------------------------------------------------------------- limits that just pass
def test_what_lies_at_a_limit_passes():
    assert randomization.randomization_test(Y, D, draws=19).draws == 19
    assert wild.wild_bootstrap(Y, D, draws=99, ci=False).draws == 99
    assert pretrend.pretrend(Y, START, leads=1)[0].df_num == 1
    assert pretrend.joint_test(BETA, V, 4).df_den == 3 and pretrend.joint_test(BETA, V, 30, treated=4).df_den == 1
    assert multiple_testing.adjust([0.0, 1.0]).tolist() == [0.0, 1.0]
    assert honest.relative_magnitudes(BETA, V * 0.01, 1, m_bar=[0]) is not None


def test_p_values_count_the_real_assignment_once():
    observed, null = np.array([2.0]), np.array([[2.0], [-2.0], [1.0], [np.nan], [3.0]])
    assert randomization.p_values(observed, null, False) == pytest.approx([5 / 6])  # ties and what does not exist count as beyond
    assert randomization.p_values(observed, null, True) == pytest.approx([4 / 5])
    made = [randomization.RandomizationResult(observed, observed, observed, null, 5, exact, "t").floor for exact in (True, False)]
    assert made == pytest.approx([2 / 5, 2 / 6])  # whatever is found, the one that does not exist is beyond it


@pytest.mark.parametrize(("draws", "exact"), [(19, True), (20, True), (1000, True)])
def test_few_assignments_are_all_used(draws, exact):
    chunks, every = randomization.deals(np.r_[1, np.zeros(19, int)], None, draws, 1)
    assert every is exact and sum(len(chunk) for chunk, _ in chunks) == 20
    more, drawn = randomization.deals(np.r_[1, np.zeros(20, int)], None, 19, 1)
    assert drawn is False and sum(size for size, _ in more) == 19
    assert randomization.deals(np.r_[1, np.zeros(20, int)], None, 19, 1, True)[1] is True
    assert randomization.deals(np.r_[1, np.zeros(19, int)], None, 99, 1, False)[1] is False


def test_step_down_p_values_by_hand():
    """Largest of both columns: 2, 4, 0. One of three reaches 3, and in the second column alone two of three reach 1."""
    null = np.array([[2.0, 1.0], [0.5, -4.0], [0.0, 0.0]])
    assert multiple_testing.romano_wolf(np.array([1.0, -3.0]), null) == pytest.approx([2 / 4, 2 / 4])
    assert multiple_testing.romano_wolf(np.array([1.0, -3.0]), null, exact=True) == pytest.approx([1 / 3, 1 / 3])
    assert multiple_testing.romano_wolf(np.array([0.5, 3.0]), null, exact=True) == pytest.approx([2 / 3, 1 / 3])


def test_distances_and_weights_of_neighbours():
    """A degree of latitude is 111.195 km; the pole is a quarter of the way round from the equator."""
    found = conley.distances([0.0, 1.0, 90.0, 0.0], [0.0, 0.0, 50.0, 180.0])
    assert found[0] == pytest.approx([0, 111.19508, 10007.5572, 20015.1144], abs=1e-3) and found == pytest.approx(found.T)
    # far apart, and only within years: the plain sandwich of White; all years of a unit: the clustered one without its factor
    from govlib.did.batch import ols

    z = D - D.mean(1, keepdims=True) - D.mean(0) + D.mean()
    resid = Y - Y.mean(1, keepdims=True) - Y.mean(0) + Y.mean()
    resid = resid - z * (z * resid).sum() / (z**2).sum()
    white = np.sqrt(((z * resid) ** 2).sum()) / (z**2).sum()
    assert conley.conley(Y, D, FAR, cutoff=50, lags=0).std_error[0, 0] == pytest.approx(white)
    clustered = np.sqrt(((z * resid).sum(1) ** 2).sum()) / (z**2).sum()
    assert conley.conley(Y, D, FAR, cutoff=50).std_error[0, 0] == pytest.approx(clustered)
    assert conley.conley(Y, D, FAR, cutoff=50).beta == pytest.approx(ols(Y, D).beta)
    score, near = z * resid, np.clip(1 - FAR / 250, 0, None)  # neighbours at 100 km count .6, at 200 km .2
    serial = np.clip(1 - np.abs(np.subtract.outer(np.arange(6), np.arange(6))) / 3, 0, None) - np.eye(6)
    both = np.einsum("it,ij,jt->", score, near, score) + np.einsum("it,ts,is->", score, serial, score)
    assert conley.conley(Y, D, FAR, cutoff=250, lags=2).std_error[0, 0] == pytest.approx(np.sqrt(both) / (z**2).sum())
    equal = np.einsum("it,ij,jt->", score, FAR <= 100, score)
    if equal > 0:
        found = conley.conley(Y, D, FAR, cutoff=100, kernel="uniform", lags=0)
        assert found.std_error[0, 0] == pytest.approx(np.sqrt(equal) / (z**2).sum())
    assert conley.conley(Y, D, FAR, cutoff=50).n_obs.tolist() == [72] and conley.conley(Y, D, FAR, cutoff=50).n_units.tolist() == [12]


def test_the_jackknife_leaves_out_one_cluster_after_another():
    y = Y[:, 0]
    full = np.linalg.lstsq(X, y, rcond=None)[0]
    without = np.array([np.linalg.lstsq(X[g != G], y[g != G], rcond=None)[0] for g in range(4)])
    found = cluster.crv(y, X, G, kind="CRV3")
    assert found.beta == pytest.approx(full) and found.vcov == pytest.approx(3 / 4 * (without - full).T @ (without - full))
    assert (found.n_obs, found.n_clusters, found.dof) == (12, 4, 3)
    resid = y - X @ full
    scores = np.array([X[g == G].T @ resid[g == G] for g in range(4)])
    bread = np.linalg.inv(X.T @ X)
    one = cluster.crv(y, X, G)
    assert one.vcov == pytest.approx(11 / 10 * 4 / 3 * bread @ scores.T @ scores @ bread)
    from scipy import stats

    assert one.p_value == pytest.approx(2 * stats.t.sf(np.abs(full) / np.sqrt(np.diag(one.vcov)), 3))
    assert np.array(one.ci(0.9)) == pytest.approx(np.array(stats.t.interval(0.9, 3, full, np.sqrt(np.diag(one.vcov)))))
    assert cluster.crv(y, X[:, 1], G).beta == pytest.approx([X[:, 1] @ y / (X[:, 1] @ X[:, 1])])


@pytest.mark.parametrize("fit", [lambda: cluster.panel_crv3(Y, D), lambda: conley.conley(Y, D, FAR, cutoff=50)])
def test_sizes_of_a_fit_are_whole_numbers(fit):
    found = fit()
    sizes = [found.n_obs, found.n_units, found.n_clusters]
    assert [s.tolist() for s in sizes] == [[72], [12], [12]] and {s.dtype.kind for s in sizes} == {"i"}


def test_a_covariance_that_is_not_positive_is_refused():
    y = np.where(np.arange(12)[:, None] % 2, Y, -Y) * D.max(1, keepdims=True)
    with pytest.raises(NotEstimable) as said:
        for cutoff in range(100, 1200, 100):
            for seed in range(20):
                conley.conley(y + 0.5 * np.random.default_rng(seed).normal(size=y.shape), D, FAR, cutoff=cutoff, kernel="uniform", lags=0)
    assert str(said.value) == "not estimable, because the spatial covariance is not positive; take the bartlett kernel or another cutoff"


@pytest.mark.parametrize("extra", ["", "controls", "two controls", "groups", "trends", "gaps"])
def test_leads_are_those_of_the_dummy_variable_regression(extra):
    """On cells before adoption alone, with a dummy a unit and a year (a region and year), a trend a unit, as asked."""
    rng = np.random.default_rng(3)
    start, region = np.r_[np.full(5, 5.0), np.full(4, 6.0), np.full(9, np.inf)], np.tile([4, 9], 9)
    y, controls = rng.normal(size=(18, 8)).cumsum(1), rng.normal(size=(18, 8, 2))
    event = np.arange(8) - start[:, None]
    if extra == "gaps":
        y[0, 2:5], y[12, :4], y[3, 4] = np.nan, np.nan, np.nan
    cells = np.isfinite(y) & (event < 0)
    unit, year = np.nonzero(cells)
    leads = [(event[cells] == e).astype(float) for e in (-3, -2, -1)]
    more = {"controls": [controls[cells][:, 0]], "two controls": list(controls[cells].T)}.get(extra, [])
    when = year * 100 + region[unit] if extra == "groups" else year
    dummies = [(values == v).astype(float) for values in (unit, when) for v in np.unique(values)]
    if extra == "trends":
        dummies += [(unit == i) * year.astype(float) for i in range(18)]
    beta = np.linalg.lstsq(np.column_stack([*leads, *more, *dummies]), y[cells], rcond=None)[0][:3]
    given = {"controls": {"controls": controls[:, :, 0]}, "two controls": {"controls": controls}, "groups": {"groups": region},
             "trends": {"trends": True}}.get(extra, {})
    (got,) = pretrend.pretrend(y, start, **given)
    assert got.event_time == (-3, -2, -1) and got.beta == pytest.approx(beta)
    assert (got.df_num, got.df_den) == (3, 7 - 3 if extra == "gaps" else 9 - 3)  # one is not seen in them, another not in the last
    assert got.statistic == pytest.approx(got.beta @ np.linalg.inv(got.vcov) @ got.beta / 3 * (got.df_den) / (got.df_den + 2))
    assert [t.event_time for t in pretrend.pretrend(np.where(event == -2, np.nan, y), start, **given)] == [(-3, -1)]


def test_leads_of_clusters_of_units_count_the_clusters():
    rng = np.random.default_rng(4)
    start, towns = np.r_[np.full(12, 4.0), np.full(12, np.inf)], np.repeat(np.arange(12), 2)
    (got,) = pretrend.pretrend(rng.normal(size=(24, 6)), start, leads=2, cluster=towns)
    assert (got.df_num, got.df_den) == (2, 6 - 2)
    assert pretrend.joint_test([1, 2], [[4, 0], [0, 4]], 30).statistic == pytest.approx((1 / 4 + 4 / 4) / 2)
