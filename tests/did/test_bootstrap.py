"""Wild bootstrap, permutation, cluster covariances: against other implementations and against brute force."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from kit.dummies import imputed_effect
from kit.inference import frame, make

from govlib.did import batch, imputed
from govlib.did.inference import cluster, conley, randomization, wild
from govlib.errors import BadInput, NotEstimable


# ------------------------------------------------------------------------------------------------------------ CRV1, CRV3
def petersen_like(seed=1, firms=60, years=10):
    """Firm and year effects in both regressor and error: Petersen's design (his data are not in an installed package)."""
    rng = np.random.default_rng(seed)
    firm, year = (a.ravel() for a in np.indices((firms, years)))
    x = rng.normal(size=firms)[firm] + rng.normal(size=years)[year] + rng.normal(size=firm.size)
    y = 1 + x + rng.normal(size=firms)[firm] + rng.normal(size=years)[year] + rng.normal(size=firm.size) * 2
    return y, np.c_[np.ones(firm.size), x], firm, year


def test_one_way_and_two_way_clusters_are_statsmodels():
    import statsmodels.api as sm

    y, x, firm, year = petersen_like()
    for ids in (firm, year):
        ref = sm.OLS(y, x).fit(cov_type="cluster", cov_kwds={"groups": ids, "use_correction": True})
        assert cluster.crv(y, x, ids).std_error == pytest.approx(ref.bse, rel=1e-8)
    # statsmodels' two-way corrects each term by its own G/(G-1), as we do
    ref = sm.OLS(y, x).fit(cov_type="cluster", cov_kwds={"groups": np.c_[firm, year], "use_correction": True})
    assert cluster.crv(y, x, np.c_[firm, year]).std_error == pytest.approx(ref.bse, rel=1e-6)


def test_crv3_is_the_jackknife_and_pyfixest():
    import pyfixest as pf

    y, d, controls, _ = make(missing=0.05)
    keep = np.isfinite(y[:, :, 0]) & np.isfinite(controls[:, :, 0])
    fit = cluster.panel_crv3(y[:, :, 0], np.stack([d, controls[:, :, 0]], 2))
    full = batch.twfe(y[:, :, 0], d, controls=controls[:, :, 0]).beta[0]
    out = []
    for i in range(len(y)):
        part = y[:, :, 0].copy()
        part[i] = np.nan
        out.append(batch.twfe(part, d, controls=controls[:, :, 0]).beta[0])
    g = len(out)
    brute = (g - 1) / g * (np.array(out) - full).T @ (np.array(out) - full)
    assert fit.vcov[0] == pytest.approx(brute, abs=1e-9)
    # pyfixest multiplies the same sum by (N-1)/(N-k) G/(G-1) where the paper has (G-1)/G
    data = frame(y, d, controls)[keep.ravel()]
    ref = pf.feols("y0 ~ d + c0 + C(t) + C(i)", data, vcov={"CRV3": "i"})
    n, k = len(data), 2 + data["t"].nunique() + data["i"].nunique() - 1
    factor = np.sqrt((n - 1) / (n - k)) * g / (g - 1)
    assert fit.std_error[0, 0] * factor == pytest.approx(ref.se()["d"], rel=1e-6)


@pytest.mark.parametrize("kind", ["CRV1", "CRV3"])
@pytest.mark.parametrize(("unit", "level"), [(1e15, 0), (1, 1e6), (1, 1e8), (1e-9, 1e-2)])
def test_columns_may_be_written_in_any_unit(kind, unit, level):
    """A budget of 10¹⁵ đồng beside a constant was called collinear, and of 10⁸ give or take one the t was 10.4 for 14.8."""
    draw = np.random.default_rng(1)
    value, of = draw.normal(size=60), np.repeat(range(20), 3)
    y, one = 1 + 2 * value + draw.normal(size=60), np.ones(60)
    plain, got = (cluster.crv(y, np.column_stack([one, x]), of, kind=kind) for x in (value, level + unit * value))
    assert (got.t[1], got.beta[1] * unit) == pytest.approx((plain.t[1], plain.beta[1]), rel=1e-6)


def test_a_missing_cluster_is_none():
    """Units without one were a cluster together, and None beside texts ended in Python's error."""
    y, of = np.random.default_rng(1).normal(size=(8, 6)), np.repeat([0.0, 1, 2, np.nan], 2)
    for given in (of, np.array(["a", None] * 4, object)):
        for call in (lambda given: wild.wild_bootstrap(y, np.eye(8, 6), cluster=given), lambda given: batch.ols(y, np.eye(8, 6), cluster=given),
                     lambda given: cluster.crv(y[:, 0], y[:, 1:3], given)):
            with pytest.raises(BadInput, match="column cluster: a missing or infinite value"):
                call(given)
    with pytest.raises(NotEstimable, match="2 observations cannot carry 2 coefficients"):
        cluster.crv(y[:2, 0], y[:2, 1:3], np.array([1, 2]))


def test_crv3_and_clusters_refuse_what_they_cannot_do():
    y, d, _, _ = make()
    one = np.zeros_like(d)
    one[3, 6:] = 1
    with pytest.raises(NotEstimable, match="jackknife"):
        cluster.panel_crv3(y, one)
    with pytest.raises(NotEstimable, match="two clusters"):
        batch.twfe(y, d, cluster=np.zeros(len(y)))
    flat, x, firm, _ = petersen_like()
    with pytest.raises(BadInput, match="missing"):
        cluster.crv(np.where(flat > 3, np.nan, flat), x, firm)
    with pytest.raises(NotEstimable, match="cluster 77 has one observation"):
        cluster.crv(flat, x, np.where(np.arange(len(flat)) == 5, 77, firm))
    with pytest.raises(NotEstimable, match="collinear"):
        cluster.crv(flat, np.c_[x, x[:, 1]], firm)


def test_conley_is_diff_diff():
    from diff_diff.conley import _compute_conley_vcov

    y, d, _, _ = make(missing=0.05)
    n, years = d.shape
    rng = np.random.default_rng(5)
    lat, lon = rng.uniform(9, 22, n), rng.uniform(103, 109, n)
    distance = conley.distances(lat, lon)
    cells = np.isfinite(y[:, :, 0])
    x = batch.within(d, cells)
    z = batch.within(np.where(cells, y[:, :, 0], 0), cells)
    resid = (z - (x * z).sum() / (x**2).sum() * x)[cells]
    i, t = (a[cells] for a in np.indices(d.shape))
    column = x[cells][:, None]
    for lags in (2, 4):
        ref = _compute_conley_vcov(column, resid, np.c_[lat[i], lon[i]], 300.0, "haversine", "bartlett",
                                   column.T @ column, time=t, unit=i, lag_cutoff=lags)
        mine = conley.conley(y, d, distance, cutoff=300, lags=lags)
        assert mine.std_error[0, 0] == pytest.approx(np.sqrt(ref[0, 0]), rel=1e-6)
    # a cutoff below the nearest neighbour, all lags: province clusters without their small-sample factor
    near = conley.conley(y, d, distance, cutoff=1e-3)
    crv1 = batch.twfe(y, d)
    g, k, obs = crv1.n_clusters, 1 + years, crv1.n_obs
    factor = np.sqrt((obs - 1) / (obs - k) * g / (g - 1))
    assert near.std_error[:, 0] * factor == pytest.approx(crv1.std_error[:, 0], rel=1e-9)
    with pytest.raises(BadInput, match="cutoff"):
        conley.conley(y, d, distance, cutoff=0)


# -------------------------------------------------------------------------------------------------------- wild bootstrap
def brute_force_wild(y, d, controls, cells, signs, codes):
    """Re-estimates every bootstrap sample of a dummy-variable regression."""
    i, t = (a[cells] for a in np.indices(d.shape))
    n, years = d.shape
    dummies = np.c_[np.eye(n)[i][:, cells.any(1)], np.eye(years)[t][:, 1:]]
    nuisance = np.c_[dummies, controls[cells]] if controls is not None else dummies
    x = np.c_[d[cells], nuisance]
    restricted = nuisance @ np.linalg.lstsq(nuisance, y[cells], rcond=None)[0]
    resid = y[cells] - restricted
    bread = np.linalg.pinv(x.T @ x)
    group = codes[i]

    def t_of(outcome):
        beta = bread @ (x.T @ outcome)
        u = outcome - x @ beta
        score = np.array([x[group == g].T @ u[group == g] for g in np.unique(group)])
        return beta[0] / np.sqrt((bread @ (score.T @ score) @ bread)[0, 0])

    observed = t_of(y[cells])
    draws = np.array([t_of(restricted + resid * v[np.searchsorted(np.unique(group), group)]) for v in signs.T])
    return np.mean(np.abs(draws) >= np.abs(observed) * (1 - 1e-8))


@pytest.mark.parametrize("missing", [0.0, 0.15])
def test_enumerated_wild_bootstrap_is_brute_force(missing):
    y, d, controls, _ = make(seed=4, missing=missing, n=24, years=7, m=1)
    codes = np.arange(24) // 3  # eight clusters: 256 sign vectors, all of them
    use = controls[:, :, :1]
    cells = np.isfinite(y[:, :, 0]) & np.isfinite(use[:, :, 0])
    got = wild.wild_bootstrap(y[:, :, 0], d, controls=use, cluster=codes, ci=False)
    assert got.enumerated and got.draws == 256
    signs, _ = wild.draw_weights(8, 256, "rademacher", None)
    assert got.p_value[0] == pytest.approx(brute_force_wild(y[:, :, 0], d, use, cells, signs, codes), abs=1e-12)


def test_wild_bootstrap_is_wildboottest():
    import statsmodels.formula.api as smf
    from wildboottest.wildboottest import wildboottest

    y, d, controls, _ = make(seed=7, n=24, years=8, m=1)
    y[:, :, 0] += 0.5 * d
    data = frame(y, d, controls)
    model = smf.ols("y0 ~ d + c0 + C(i) + C(t)", data)
    for codes in (np.arange(24) // 3, np.arange(24)):
        ids = pd.Series(codes[data["i"]])
        ref = wildboottest(model, B=9999, cluster=ids, param="d", seed=1, show=False)
        got = wild.wild_bootstrap(y[:, :, 0], d, controls=controls[:, :, 0], cluster=codes, ci=False)
        exact = got.enumerated
        # enumerated: the library counts "greater", so the sample itself and its mirror are or are not in its share
        allowed = 2 / 256 + 1e-12 if exact else 4 * np.sqrt(2 * 0.25 / 9999)
        assert abs(got.p_value[0] - float(ref["p-value"].iloc[0])) <= allowed


def test_wild_interval_inverts_the_test():
    y, d, controls, _ = make(seed=2)
    got = wild.wild_bootstrap(y[:, :, 0], d, controls=controls, draws=999)
    for end in (got.ci_low[0], got.ci_high[0]):
        at = [wild.wild_bootstrap(y[:, :, 0], d, controls=controls, draws=999, null=end + s, ci=False).p_value[0]
              for s in (-1e-4, 1e-4)]
        assert min(at) <= 0.05 + 1e-9 <= max(at) + 0.01
    assert got.ci_low[0] < got.estimate[0] < got.ci_high[0]
    # testing a null is testing zero on the outcome less the null effect
    moved = wild.wild_bootstrap(y[:, :, 0] - 0.3 * d, d, controls=controls, draws=999, ci=False)
    assert wild.wild_bootstrap(y[:, :, 0], d, controls=controls, draws=999, null=0.3, ci=False).p_value[0] == \
        pytest.approx(moved.p_value[0], abs=1e-9)


def test_an_interval_without_an_end_is_found_in_time():
    """Three units, one treated: the test rejects next to nothing, and the search for its end went on between two neighbouring
    numbers for ever."""
    rng = np.random.default_rng(0)
    y = rng.normal(size=(3, 12)) + 0.3 * np.arange(12)
    d = np.zeros((3, 12))
    d[0, 6:] = 1
    for effect in (0.0, 2.0):
        found = wild.wild_bootstrap(y + effect * d, d, weights="webb")
        assert found.ci_low[0] < found.estimate[0] < found.ci_high[0] and found.p_value[0] > 0.05


def test_webb_weights_and_bad_weights():
    v, full = wild.draw_weights(6, 20_000, "webb", 0)
    assert not full
    assert np.unique(np.round(v**2, 6)).tolist() == [0.5, 1.0, 1.5]
    assert v.mean() == pytest.approx(0, abs=0.01) and (v**2).mean() == pytest.approx(1, abs=0.01)
    y, d, _, _ = make()
    with pytest.raises(BadInput):
        wild.wild_bootstrap(y, d, weights="mammen")
    with pytest.raises(BadInput):
        wild.wild_bootstrap(y, d, draws=10)


# --------------------------------------------------------------------------------------------------------- randomization
@pytest.mark.parametrize(("missing", "use"), [(0.0, ()), (0.1, ()), (0.0, (0, 1)), (0.1, (0, 1))])
def test_each_permutation_is_its_own_regression(missing, use):
    y, d, controls, _ = make(seed=3, missing=missing)
    c = controls[:, :, list(use)] if use else None
    got = randomization.randomization_test(y, d, controls=c, draws=25, seed=11)
    paths, codes = np.unique(d, axis=0, return_inverse=True)
    chunks, exact = randomization.deals(codes.ravel(), None, 25, 11)
    assert not exact
    dealt = randomization.permute(codes.ravel(), *chunks[0])
    assert got.observed == pytest.approx(batch.twfe(y, d, controls=c).t[:, 0], abs=1e-9)
    for r in range(0, 25, 4):
        assert np.sort(dealt[r]).tolist() == np.sort(codes.ravel()).tolist()
        assert got.null[r] == pytest.approx(batch.twfe(y, paths[dealt[r]], controls=c).t[:, 0], abs=1e-8)
    assert got.p_value == pytest.approx((1 + (np.abs(got.null) >= np.abs(got.observed)).sum(0)) / 26)


def test_one_treated_province_is_tested_exactly():
    y, _, _, _ = make(seed=9)
    n, years, m = y.shape
    d = np.zeros((n, years))
    d[7, 5:] = 1
    got = randomization.randomization_test(y, d)
    brute = []
    for i in range(n):
        placed = np.zeros_like(d)
        placed[i, 5:] = 1
        brute.append(batch.twfe(y, placed).beta[:, 0])
    brute = np.array(brute)
    assert got.exact and got.draws == n and got.statistic == "coefficient"
    assert np.sort(got.null, 0) == pytest.approx(np.sort(brute, 0), abs=1e-10)
    assert got.p_value == pytest.approx((np.abs(brute) >= np.abs(brute[7]) - 1e-12).mean(0))


def test_blocks_hold_and_few_assignments_are_enumerated():
    codes, blocks = np.array([0, 0, 1, 0, 2, 0, 0]), np.array([0, 0, 0, 1, 1, 1, 1])
    every = randomization.assignments(codes, blocks)
    brute = {p + q for p in set(itertools.permutations((0, 0, 1))) for q in set(itertools.permutations((0, 2, 0, 0)))}
    assert {tuple(r) for r in every.tolist()} == brute and len(every) == len(brute) == 12
    assert randomization.count_assignments(codes, blocks) == 12
    drawn = randomization.permute(codes, 200, 0, blocks)
    assert {tuple(r) for r in drawn.tolist()} == brute


def test_permutation_test_has_its_size_and_any_statistic_may_be_used():
    rng = np.random.default_rng(0)
    d = np.zeros((20, 8))
    d[:3, 3:], d[3:5, 5:] = 1, 1
    y = rng.normal(size=(20, 8, 400)).cumsum(1)  # 400 independent outcomes with no effect
    p = randomization.randomization_test(y, d, draws=199).p_value
    rate = (p <= 0.05).mean()
    assert rate <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)
    assert rate >= 0.05 - 3 * np.sqrt(0.05 * 0.95 / 400)
    got = randomization.permutation_test(lambda order: batch.twfe(y[:, :, :4], d[order]).beta[:, 0], 20,
                                         codes=np.r_[np.zeros(3), np.ones(2), np.full(15, 2)], draws=49)
    same = randomization.randomization_test(y[:, :, :4], d, draws=49, statistic="coefficient")
    assert got.observed == pytest.approx(same.observed)
    assert got.null.std(0) == pytest.approx(same.null.std(0), rel=0.6)


def _inverted(y, d, codes, draws, seed=1):
    every = np.concatenate([y, d[:, :, None]], 2)
    test = randomization.permutation_test(lambda o: imputed_effect(every, d[o]), len(d), codes=codes, draws=draws, seed=seed, batched=True)
    low, high = randomization.invert(test.estimate[:-1], test.null[:, :-1], test.null[:, -1], test.exact)
    return test, low, high


@pytest.mark.parametrize(("n", "exact"), [(30, False), (7, True)])
def test_the_permutation_interval_holds_what_the_test_does_not_reject(n, exact):
    """Brute force: take each effect out of the outcome and test anew with the same shuffles."""
    y, d, _, cohort = make(n=n)
    codes = np.where(np.isfinite(cohort), cohort, 0).astype(int)
    test, low, high = _inverted(y, d, codes, 299)
    assert test.exact == exact
    for k in range(y.shape[2]):
        ends = [x for x in (low[k], high[k]) if np.isfinite(x)]
        for tau in [*(np.array(ends)[:, None] + np.array([-1e-6, 1e-6])).ravel(), 0.0, test.estimate[k], test.estimate[k] + 9.9]:
            again = randomization.permutation_test(lambda o, k=k, tau=tau: imputed_effect(y[:, :, [k]] - tau * d[:, :, None], d[o]), n,
                                                   codes=codes, draws=299, seed=1, batched=True)
            assert (again.p_value[0] > 0.05) == (low[k] <= tau <= high[k]), (k, tau, again.p_value[0], low[k], high[k])
        assert (test.p_value[k] <= 0.05) == (not low[k] <= 0 <= high[k])


def test_the_permutation_interval_covers_where_the_clustered_one_does_not():
    """Five of forty provinces exposed, effect 0.5, errors with a memory: 95 % for the inverted test, 88 % for Gardner's
    clustered error."""
    rng = np.random.default_rng(3)
    d = np.zeros((40, 10))
    d[:3, 5:], d[3:5, 7:] = 1, 1
    cohort = np.r_[np.full(3, 5.0), np.full(2, 7.0), np.full(35, np.inf)]
    codes = np.where(np.isfinite(cohort), cohort, 0).astype(int)
    y = rng.normal(size=(40, 10, 600)).cumsum(1) * 0.6 + 0.5 * d[:, :, None]
    _, low, high = _inverted(y, d, codes, 399)
    covered = ((low <= 0.5) & (0.5 <= high)).mean()
    assert abs(covered - 0.95) <= 3 * np.sqrt(0.95 * 0.05 / 600)
    fits = [imputed.two_stage(y[:, :, k], d, cohort, np.arange(10)) for k in range(300)]
    clustered = np.mean([abs(f.att - 0.5) <= 2.02 * f.std_error for f in fits])
    assert clustered < 0.9 < covered


def test_too_few_draws_bound_nothing():
    y, d, _, cohort = make(n=12)
    _, low, high = _inverted(y, d, np.where(np.isfinite(cohort), cohort, 0).astype(int), 19)
    assert np.isfinite(low).all() and np.isfinite(high).all()  # 1 of 20: the most extreme draw alone
    low, high = randomization.invert(np.array([1.0]), np.zeros((10, 1)), np.zeros(10), False)
    assert np.isinf([low, high]).all()
    low, high = randomization.invert(np.array([1.0]), np.full((99, 1), np.nan), np.zeros(99), False)
    assert np.isinf([low, high]).all()


def test_permutation_on_a_dask_cluster_is_the_same():
    import distributed

    y, d, _, _ = make(missing=0.05)
    with distributed.LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None) as local, \
            distributed.Client(local) as client:
        far = randomization.randomization_test(y, d, draws=1200, client=client)
    assert np.array_equal(far.null, randomization.randomization_test(y, d, draws=1200).null)


def test_permutation_refuses_what_it_cannot_do():
    y, d, _, _ = make()
    with pytest.raises(NotEstimable, match="no unit"):
        randomization.randomization_test(y, d * 0)
    with pytest.raises(NotEstimable, match="no control"):
        randomization.randomization_test(y, np.broadcast_to(np.arange(12) > 4, d.shape).astype(float))
    with pytest.raises(NotEstimable, match="same one"):
        randomization.randomization_test(y, d, blocks=np.arange(len(d)))
    partly = d.copy()
    partly[2, 4:] = np.nan
    with pytest.raises(BadInput, match="some years"):
        randomization.randomization_test(y, partly)
    unknown = d.copy()
    unknown[2] = np.nan
    keep = np.arange(len(d)) != 2
    assert randomization.randomization_test(y, unknown, draws=19).estimate == pytest.approx(
        batch.twfe(y[keep], d[keep]).beta[:, 0])
