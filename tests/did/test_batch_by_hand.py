"""Batched regressions against the same with every dummy written out: gaps, clusters, regions, trends, what drops out, what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from kit.dummies import indicators, regression
from scipy import stats

from govlib.did import batch, ols, specs
from govlib.did.inference.cluster import panel_crv3
from govlib.did.inference.wild import wild_bootstrap
from govlib.errors import BadInput, NotEstimable

N, T, M = 18, 7, 3
START = np.r_[np.full(4, 3.0), np.full(3, 5.0), np.full(11, np.inf)]
D = (np.arange(T) >= START[:, None]).astype(float)
REGION, TOWN = np.arange(N) % 3 * 10, np.arange(N) // 2


def outcomes(gaps=False, seed=1):
    """Three outcomes of units that are not equally noisy; with gaps, two of them lack the same cells and one others."""
    rng = np.random.default_rng(seed)
    y = rng.normal(size=(N, T, M)).cumsum(1) * np.linspace(0.2, 2, N)[:, None, None]
    if gaps:
        y[[0, 2, 5, 9, 17], [1, 6, 3, 0, 4], :2] = np.nan
        y[[1, 12], :3, 2] = np.nan
    return y


CASES = {"": {}, "clusters of units": {"cluster": TOWN}, "regions by year": {"groups": REGION},
         "regions by year, clusters": {"groups": REGION, "cluster": TOWN}, "clusters are the regions": {"groups": REGION, "cluster": REGION},
         "trends": {"trends": True}, "trends and regions": {"trends": True, "groups": REGION}, "some years": {"mask": True}}


@pytest.mark.parametrize("p", [1, 3])
@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_ols_is_the_regression_on_all_dummies(case, gaps, p):
    """Coefficients, covariance with its small-sample factor, and sizes. Counted against the degrees of freedom: regressors, year
    effects (by region: all of them, or one where regions are the clusters and so hold them), a trend a unit."""
    y, how = outcomes(gaps), dict(CASES[case])
    x = np.stack([D, np.random.default_rng(2).normal(size=(N, T)), outcomes(seed=3)[:, :, 0]], 2)[:, :, :p]
    inside = np.ones((N, T), bool)
    if "mask" in how:
        inside = how["mask"] = np.arange(T)[None, :] + np.zeros((N, 1)) > 0
    fit = batch.ols(y, x, **how)
    for k in range(M):
        unit, year = np.nonzero(np.isfinite(y[:, :, k]) & inside)
        when = year * 100 + REGION[unit] if "groups" in how else year
        dummies = [indicators(unit), indicators(when)]
        free = len(np.unique(when))
        if "groups" in how and how.get("cluster") is REGION:
            free = 1
        if "trends" in how:
            dummies, free = [*dummies, indicators(unit) * year[:, None]], free + N
        cluster = how.get("cluster", np.arange(N))[unit]
        beta, vcov = regression(y[unit, year, k], x[unit, year], dummies, cluster, p + free)
        assert fit.beta[k] == pytest.approx(beta, abs=1e-9) and fit.vcov[k] == pytest.approx(vcov, abs=1e-9)
        assert (fit.n_obs[k], fit.n_units[k], fit.n_clusters[k]) == (len(unit), N, len(np.unique(cluster)))
    error = np.sqrt(fit.vcov[:, range(p), range(p)])
    assert fit.std_error == pytest.approx(error) and fit.t == pytest.approx(fit.beta / error)
    assert fit.dof.tolist() == [fit.n_clusters[0] - 1] * M
    assert fit.p_value == pytest.approx(2 * stats.t.sf(np.abs(fit.t), fit.dof[0]))
    assert np.array(fit.ci(0.9)) == pytest.approx(np.array(stats.t.interval(0.9, fit.dof[0], fit.beta, error)))
    for k, alone in enumerate(fit.each()):
        assert alone.beta.tolist() == [fit.beta[k].tolist()] and alone.vcov.tolist() == [fit.vcov[k].tolist()] and alone.n_obs[0] == fit.n_obs[k]
    assert fit.ci()[0] == pytest.approx(fit.beta - stats.t.ppf(0.975, fit.dof[0]) * error)


def test_one_outcome_and_one_regressor_may_be_tables():
    y = outcomes()
    assert batch.ols(y[:, :, 0], D).beta == pytest.approx(batch.ols(y, D[:, :, None]).beta[:1])
    assert batch.ols(y[:, :, 0], D, groups=REGION).beta == pytest.approx(batch.ols(y, D[:, :, None], groups=REGION).beta[:1])
    assert batch.twfe(y, D, controls=y[:, :, 1] ** 2).beta == pytest.approx(batch.ols(y, np.stack([D, y[:, :, 1] ** 2], 2)).beta)


def test_a_missing_regressor_takes_its_cells_out_of_every_outcome():
    y, control = outcomes(True), outcomes(seed=5)[:, :, 0]
    control[4, 2] = np.nan
    lost = np.where(np.isnan(control)[:, :, None], np.nan, y)
    fit = batch.twfe(y, D, controls=control)
    assert fit.beta == pytest.approx(batch.twfe(lost, D, controls=np.nan_to_num(control)).beta)
    assert fit.n_obs.tolist() == [N * T - 6, N * T - 6, N * T - 7]
    unknown = np.where(np.arange(N)[:, None] == 3, np.nan, D)
    assert batch.twfe(y, unknown).beta == pytest.approx(batch.twfe(np.delete(y, 3, 0), np.delete(D, 3, 0)).beta)
    masks = batch.sample_masks(y, control)
    assert [ks.tolist() for _, ks in masks] == [[0, 1], [2]]
    assert all((cells == np.isfinite(y[:, :, k]) & np.isfinite(control)).all() for cells, ks in masks for k in ks)
    (cells, ks), = batch.sample_masks(outcomes(), None, np.stack([control, D], 2))
    assert ks.tolist() == [0, 1, 2] and (cells == np.isfinite(control)).all()


@pytest.mark.parametrize("trends", [False, True])
@pytest.mark.parametrize("groups", [None, REGION])
@pytest.mark.parametrize("gaps", [False, True])
def test_within_is_what_the_dummies_leave(gaps, groups, trends):
    y = outcomes(gaps)[:, :, 0]
    cells = np.isfinite(y)
    unit, year = np.nonzero(cells)
    dummies = [indicators(unit), indicators(year if groups is None else year * 100 + groups[unit])]
    dummies = np.column_stack([*dummies, *([indicators(unit) * year[:, None]] if trends else [])])
    found = batch.within(y, cells, groups=groups, trends=trends)
    assert found[cells] == pytest.approx(y[cells] - dummies @ (np.linalg.pinv(dummies, rcond=1e-11) @ y[cells]), abs=1e-9)
    assert (found[~cells] == 0).all() and found.shape == (N, T)
    both = batch.within(np.stack([y, 2 * y], 2), cells, groups=groups, trends=trends)
    assert both == pytest.approx(np.stack([found, 2 * found], 2))
    if not gaps:
        assert batch.within(y, groups=groups, trends=trends) == pytest.approx(found)


# ------------------------------------------------------------------------------------------- what says nothing by itself
def test_units_and_years_seen_once_are_dropped_until_none_is_left():
    """The first unit is seen in the first year only, and without it nobody is; the last but one leaves a year to one unit."""
    cells = np.ones((5, 4), bool)
    cells[0], cells[1:, 0] = [True, False, False, False], False
    cells[1] = [False, True, False, False]
    kept = batch.usable(cells, "drop")
    assert kept.tolist() == [[False] * 4] * 2 + [[False, True, True, True]] * 3
    assert cells[0, 0]  # what was given is as it was
    full = np.ones((3, 2), bool)
    assert batch.usable(full) is full
    chain = np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1], [0, 0, 0, 1]], bool)  # each step leaves the next one alone
    with pytest.raises(NotEstimable, match="no observation is left"):
        batch.usable(chain, "drop")
    y = outcomes()
    y[6, 1:] = np.nan
    assert batch.twfe(y, D, singletons="drop").beta == pytest.approx(batch.twfe(np.delete(y, 6, 0), np.delete(D, 6, 0)).beta)
    assert batch.twfe(y, D, singletons="drop").n_units.tolist() == [N - 1] * M


ONCE = np.where((np.arange(N) == 3)[:, None] & (np.arange(T) > 0), np.nan, outcomes()[:, :, 0])
ONE_YEAR = np.where((np.arange(T) == 2) & (np.arange(N) != 5)[:, None], np.nan, outcomes()[:, :, 0])
NOISE = outcomes(seed=9)[:, :, 0]


@pytest.mark.parametrize(("call", "kind", "words"), [
    (lambda: batch.twfe(ONCE, D), NotEstimable, "unit no. 3 has a single observation, which its own effect explains"),
    (lambda: batch.twfe(ONE_YEAR, D), NotEstimable, "year no. 2 has a single observation, which its own effect explains"),
    (lambda: batch.twfe(NOISE * np.nan, D), NotEstimable, "no observation is left"),
    (lambda: batch.twfe(NOISE, D * 0), NotEstimable, "no unit is treated in these years"),
    (lambda: batch.twfe(NOISE, D * np.nan), NotEstimable, "no unit is treated in these years"),
    (lambda: batch.twfe(NOISE[:0], D[:0]), NotEstimable, "no unit is treated in these years"),
    (lambda: batch.twfe(NOISE, D * 0 + 2), NotEstimable, "no control is left: all units are treated in all these years"),
    (lambda: batch.twfe(NOISE, D * 0 + (np.arange(T) > 3)), NotEstimable,
     "the exposure has no variation left once unit and year effects are out (nobody treated, nobody a control, or all treated at once)"),
    (lambda: batch.twfe(NOISE, D, controls=np.stack([NOISE**2, D * 3], 2)), NotEstimable,
     "control 2 is collinear with the other regressors and the fixed effects"),
    (lambda: batch.twfe(NOISE, D, controls=D * 3 + np.arange(N)[:, None], control_names=["wealth"]), NotEstimable,
     "wealth is collinear with the other regressors and the fixed effects"),
    (lambda: batch.ols(NOISE, np.stack([NOISE, D, NOISE], 2)), NotEstimable,
     "regressor 3 is collinear with the other regressors and the fixed effects"),
    (lambda: batch.twfe(NOISE, D, cluster=np.zeros(N)), NotEstimable, "a clustered standard error needs two clusters and there is 1"),
    (lambda: batch.twfe(NOISE[[0, 8], :3], D[[0, 8], 1:4], trends=True), NotEstimable, "6 observations cannot carry 6 coefficients"),
    (lambda: batch.twfe(np.where(NOISE > 1, np.inf, NOISE), D), BadInput, "an infinite value in the panel"),
    (lambda: batch.twfe(NOISE, np.where(D > 0, np.inf, 0)), BadInput, "an infinite value in the panel"),
    (lambda: batch.ols(NOISE[:4], D), BadInput, f"outcomes (4, {T}, 1) and regressors ({N}, {T}, 1) are not of one panel (units, years)"),
    (lambda: batch.ols(NOISE[0], D[0]), BadInput, f"outcomes ({T},) and regressors ({T},) are not of one panel (units, years)"),
    (lambda: batch.twfe(NOISE, D, cluster=np.zeros(4)), BadInput, f"(4,) clusters for {N} units"),
    (lambda: batch.within(NOISE[0]), BadInput, f"value ({T},): a panel must have the shape (units, years) or (units, years, columns)"),
    (lambda: batch.within(NOISE, D[:3]), BadInput, f"the mask (3, {T}) does not fit the panel ({N}, {T})"),
    (lambda: batch.within(np.where(NOISE > 1, np.nan, NOISE)), BadInput,
     "a value of the sample is missing or infinite → leave the cell out of the mask"),
])
def test_what_cannot_be_estimated_is_refused_in_these_words(call, kind, words):
    with pytest.raises(kind) as said:
        call()
    assert str(said.value) in (words, f"not estimable, because {words}")


def test_a_regressor_that_is_nearly_another_is_told_from_one_that_is():
    rng = np.random.default_rng(4)
    near, same = NOISE + 1e-3 * rng.normal(size=(N, T)), NOISE + 1e-9 * rng.normal(size=(N, T))
    for how in ({}, {"mask": np.ones((N, T), bool)}):
        unit, year = np.indices((N, T)).reshape(2, -1)
        x = np.stack([NOISE, near], 2)
        beta, vcov = regression(D.ravel(), x.reshape(-1, 2), [indicators(unit), indicators(year)], unit, 2 + T)
        fit = batch.ols(D, x, **how)
        assert fit.beta[0] == pytest.approx(beta, rel=1e-6) and fit.vcov[0] == pytest.approx(vcov, rel=1e-5)
        with pytest.raises(NotEstimable, match="regressor 2 is collinear"):
            batch.ols(D, np.stack([NOISE, same], 2), **how)
        with pytest.raises(NotEstimable, match="regressor 2 has no variation left"):
            batch.ols(D, np.stack([NOISE, np.arange(N)[:, None] + np.arange(T) ** 2.0], 2), **how)


@pytest.mark.parametrize("value", [1.0, 0.1, 1e6])
@pytest.mark.parametrize("gaps", [False, True])
def test_a_regressor_that_is_the_same_in_every_cell_of_the_sample_is_none(gaps, value):
    """Where cells were missing rounding was taken for its variation: a coefficient of 14.7 with an error of 1.6e14."""
    y, x = outcomes(gaps), np.full((N, T), value)
    elsewhere = np.where(np.isfinite(y).all(2), x, 0.0)  # another value, where there is no figure
    both = np.stack([NOISE, x], 2)
    for call in (lambda: batch.ols(y, x), lambda: batch.ols(y, both), lambda: batch.ols(y[:, :, 0], elsewhere, mask=elsewhere > 0),
                 lambda: panel_crv3(y, x[:, :, None]), lambda: wild_bootstrap(y, x, draws=99)):
        with pytest.raises(NotEstimable, match="has no variation left"):
            call()
    found = specs.twfe_specs(y, both, specs.grid(N, T, outcomes=M, readings=2), controls=None)
    assert np.isfinite(found.estimate).tolist() == [True] * M + [False] * M and "no variation" in found.reason[M]
    control = specs.twfe_specs(y, D, specs.grid(N, T, outcomes=M, control_sets=[(), (0,)]), controls=x)
    assert set(control.reason) == {"", "a control is collinear with the others and the fixed effects"}


# ------------------------------------------------------------------------------- the same by single regressions (did.ols)
def test_absorbed_effects_are_regressed_out():
    rng = np.random.default_rng(3)
    cluster, period = np.repeat(np.arange(8) * 5, 6), np.tile(np.arange(6) + 2000, 8)
    x, y = rng.normal(size=(48, 2)), rng.normal(size=48).cumsum()
    fit = ols.fit(y, x, ["a", "b"], ols.dummies(period), cluster, 5)
    beta, vcov = regression(y, x, [indicators(period)], cluster, 2 + 6)
    assert fit.coef == pytest.approx(beta) and fit.vcov == pytest.approx(vcov) and fit.se == pytest.approx(np.sqrt(np.diag(vcov)))
    assert (fit.n, fit.clusters, fit.df) == (48, 8, 7)
    full = np.column_stack([x, indicators(period)])
    assert fit.residual == pytest.approx(y - full @ np.linalg.lstsq(full, y, rcond=None)[0])
    for columns, words in ((np.column_stack([x[:, 0], indicators(period)[:, 2]]), "b is collinear"), (np.c_[x, x.sum(1)], "c is collinear"),
                           (np.c_[x[:, 0] * 0 + 4, x[:, 1]], "a is collinear")):
        with pytest.raises(NotEstimable, match=words + " with the fixed effects or with the regressors before it"):
            ols.fit(y, columns, ["a", "b", "c"][:columns.shape[1]], ols.dummies(period), cluster, 5)
    with pytest.raises(NotEstimable, match="there is only one cluster"):
        ols.fit(y, x, ["a", "b"], ols.dummies(period), cluster * 0, 5)
    with pytest.raises(NotEstimable, match="8 observations cannot carry 8 coefficients"):
        ols.fit(y[:8], x[:8], ["a", "b"], ols.dummies(period[:8]), cluster[:8], 5)
    assert ols.fit(y[:9], x[:9], ["a", "b"], ols.dummies(period[:9]), cluster[:9], 5).n == 9


def test_rounding_is_told_from_noise():
    rng = np.random.default_rng(1)
    assert ols.rounding(np.array([])) == 0.0 == ols.rounding(np.array([np.nan]))
    y = rng.normal(size=100) * 4 + 1000
    assert ols.rounding(np.r_[y, np.nan]) == pytest.approx(1e-9 * y.std())
    assert ols.rounding(np.full(9, -500.0)) == pytest.approx(5e-12)


@pytest.mark.parametrize("seed", range(3))
def test_period_effects_are_solved_for_with_and_without_a_unit_seen_throughout(seed):
    rng = np.random.default_rng(seed)
    cells = (rng.random((4, 9, 5)) < 0.7).astype(float)
    cells[:, 0] = 1
    total = np.stack([np.diag(m.sum(0)) - (m / np.maximum(m.sum(1, keepdims=True), 1)).T @ m for m in cells])
    inverse = ols.between_periods(total, True)
    assert inverse == pytest.approx(np.linalg.pinv(total, rcond=1e-10)) and ols.between_periods(total, False) == pytest.approx(inverse)
    scale = 1e7 * total  # of any unit of measurement
    assert ols.between_periods(scale, False) == pytest.approx(inverse / 1e7, rel=1e-6)


def test_what_regressions_are_made_of():
    """Indicators of the levels that occur; the space of columns without one that is nothing; the periods' system either way."""
    codes = np.array([4, 9, 4, 7])
    assert np.array_equal(ols.dummies(codes), [[1, 0, 0], [0, 0, 1], [1, 0, 0], [0, 1, 0]]) and ols.dummies(codes).dtype == float
    columns = np.array([[1.0, 0, 2], [1, 0, 2], [0, 0, 0]])
    assert np.abs(ols.basis(columns)) == pytest.approx(np.sqrt([[0.5], [0.5], [0]]))
    m = np.ones((3, 5, 4))
    m[:, 1:, :] = np.random.default_rng(2).integers(0, 2, size=(3, 4, 4))  # the first unit is seen in every period
    total = np.stack([np.diag(one.sum(0)) - (one / np.maximum(one.sum(1), 1)[:, None]).T @ one for one in m])
    assert ols.between_periods(total, whole=True) == pytest.approx(np.linalg.pinv(total, rcond=1e-10, hermitian=True), abs=1e-9)
    assert ols.between_periods(total) == pytest.approx(np.linalg.pinv(total, rcond=1e-10, hermitian=True), abs=1e-12)
