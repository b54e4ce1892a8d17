"""Bootstraps, permutations and spatial errors against the same done one sample at a time, with every dummy written out."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from kit.dummies import indicators

from govlib import did
from govlib.did import batch, specs
from govlib.did.inference import cluster, conley, randomization, spec_curve, wild
from govlib.errors import BadInput, NotEstimable

N, T = 16, 6
START = np.r_[np.full(4, 2.0), np.full(3, 4.0), np.full(9, np.inf)][np.random.default_rng(7).permutation(N)]
D = (np.arange(T) >= START[:, None]).astype(float)
TOWN, REGION = np.arange(N) // 2 * 5, np.arange(N) % 2
CONTROLS = np.random.default_rng(5).normal(size=(N, T, 2))


def outcomes(gaps=False, m=2, seed=1):
    y = np.random.default_rng(seed).normal(size=(N, T, m)).cumsum(1) * np.linspace(0.3, 2, N)[:, None, None] + 0.7 * D[:, :, None]
    if gaps:
        y[[0, 2, 5, 9], [1, 4, 3, 0]] = np.nan
        y[11, :3, 1:] = np.nan
    return y


# ---------------------------------------------------------------------------------------------------------- wild bootstrap
def one_by_one(y, d, controls, groups, codes, null):
    """Every sign vector's sample, estimated anew under the hypothesised effect ``null``: the share that is as extreme, and the t of
    the sample itself, without a factor for the number of figures."""
    unit, year = np.nonzero(np.isfinite(y))
    y, d = y[unit, year] - null * d[unit, year], d[unit, year]
    when = year if groups is None else year * 10 + groups[unit]
    nuisance = np.column_stack([indicators(unit), indicators(when), *([controls[unit, year]] if controls is not None else [])])
    full = np.column_stack([d, nuisance])
    solve = np.linalg.pinv(full, rcond=1e-11)
    fitted = nuisance @ (np.linalg.pinv(nuisance, rcond=1e-11) @ y)
    towns, which = np.unique(codes[unit], return_inverse=True)
    signs = np.array(list(itertools.product((-1.0, 1.0), repeat=len(towns))))
    samples = np.column_stack([y, fitted[:, None] + (y - fitted)[:, None] * signs.T[which]])
    beta = solve @ samples
    score = solve[0][:, None] * (samples - full @ beta)  # each figure's part in the error of the coefficient
    variance = sum(score[which == g].sum(0) ** 2 for g in range(len(towns)))
    t = beta[0] / np.sqrt(variance * len(towns) / (len(towns) - 1))
    return np.mean(np.abs(t[1:]) >= abs(t[0]) * (1 - 1e-8)), t[0]


@pytest.mark.parametrize("null", [0.0, 0.4])
@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("case", ["", "one control", "two controls", "regions by year"])
def test_the_bootstrap_is_all_its_samples_estimated_one_by_one(case, gaps, null):
    y = outcomes(gaps)
    controls = {"one control": CONTROLS[:, :, :1], "two controls": CONTROLS}.get(case)
    groups = REGION * 3 if case == "regions by year" else None
    found = wild.wild_bootstrap(y, D, controls=controls[:, :, 0] if case == "one control" else controls, groups=groups, cluster=TOWN,
                                null=null, draws=255, ci=False)
    assert found.enumerated and found.draws == 256 and found.weights == "rademacher"
    assert np.isnan(found.ci_low).all() and np.isnan(found.ci_high).all()
    for k in range(y.shape[2]):
        share, t = one_by_one(y[:, :, k], D, controls, groups, TOWN, null)
        assert found.p_value[k] == pytest.approx(share) and found.t[k] == pytest.approx(t)
    assert found.estimate == pytest.approx(batch.ols(y, D if controls is None else np.concatenate([D[:, :, None], controls], 2),
                                                     groups=groups).beta[:, 0])


@pytest.mark.parametrize("gaps", [False, True])
def test_the_bootstraps_interval_holds_the_effects_that_it_does_not_reject(gaps):
    y = outcomes(gaps)
    found = wild.wild_bootstrap(y, D, cluster=TOWN, draws=255, level=0.9)
    for k in range(2):
        for effect, kept in ((found.ci_low[k] - 1e-6, False), (found.ci_low[k] + 1e-6, True), (found.estimate[k], True),
                             (found.ci_high[k] - 1e-6, True), (found.ci_high[k] + 1e-6, False)):
            assert (one_by_one(y[:, :, k], D, None, None, TOWN, effect)[0] > 0.1) == kept
    wide = wild.wild_bootstrap(y, D, cluster=np.arange(N) // 8, draws=255)  # of two clusters no test rejects anything
    assert wide.ci_low.tolist() == [-np.inf] * 2 and wide.ci_high.tolist() == [np.inf] * 2


def test_units_out_of_the_sample_do_not_shuffle_the_clusters():
    y = outcomes()
    lost = np.isin(np.arange(N), [3, 8])
    gone = np.where(lost[:, None, None], np.nan, y)
    for groups in (None, REGION):
        whole = wild.wild_bootstrap(gone, D, cluster=TOWN, groups=groups, draws=255, ci=False)
        rest = wild.wild_bootstrap(y[~lost], D[~lost], cluster=TOWN[~lost], groups=None if groups is None else groups[~lost], draws=255, ci=False)
        assert whole.p_value == pytest.approx(rest.p_value) and whole.t == pytest.approx(rest.t)
    once = y.copy()
    once[3, 1:] = np.nan
    with pytest.raises(NotEstimable, match="single observation"):
        wild.wild_bootstrap(once, D, draws=99)
    kept = wild.wild_bootstrap(once, D, draws=99, singletons="drop", ci=False)
    assert kept.estimate == pytest.approx(wild.wild_bootstrap(np.delete(y, 3, 0), np.delete(D, 3, 0), draws=99, ci=False).estimate)
    some = np.arange(T)[None, :] + np.zeros((N, 1)) > 0
    assert wild.wild_bootstrap(y, D, mask=some, draws=99, ci=False, cluster=TOWN).t == pytest.approx(
        wild.wild_bootstrap(y[:, 1:], D[:, 1:], draws=99, ci=False, cluster=TOWN).t)


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("unit", [1e5, 1e9])
def test_controls_may_be_written_in_any_unit(unit, gaps):
    """Beside a control of 10⁵ the periods counted as nothing: bootstrap, permutation (its very estimate, in a panel with gaps) and curve
    went without them."""
    y, grid = outcomes(gaps), specs.grid(N, T, outcomes=2, control_sets=[(0, 1)], unit_sets=[range(N), range(1, N)])

    def all_of(controls):
        boot = wild.wild_bootstrap(y, D, controls=controls, draws=199)
        dealt = randomization.randomization_test(y, D, controls=controls, draws=99)
        curve = spec_curve.joint_curve_test(y, D, grid, controls=controls, draws=99)
        return np.r_[boot.p_value, boot.ci_low, boot.ci_high, dealt.estimate, dealt.observed, dealt.p_value, curve.observed, curve.p_value]

    assert all_of(CONTROLS * unit) == pytest.approx(all_of(CONTROLS), rel=1e-6)


def test_draws_of_weights():
    every, full = wild.draw_weights(3, 7, "rademacher", 1)
    assert full and sorted(every.T.tolist()) == sorted(list(v) for v in itertools.product((-1.0, 1.0), repeat=3))
    drawn, full = wild.draw_weights(3, 6, "rademacher", 1)
    assert not full and drawn.shape == (3, 6) and set(drawn.ravel()) == {-1.0, 1.0}
    many, _ = wild.draw_weights(50, 4001, "rademacher", 2)
    assert many.shape == (50, 4001) and abs(many.mean()) < 0.01 and np.abs(np.corrcoef(many)[np.triu_indices(50, 1)]).max() < 0.09
    webb, full = wild.draw_weights(4, 6000, "webb", 3)
    values, count = np.unique(webb, return_counts=True)
    assert not full and values == pytest.approx([-np.sqrt(1.5), -1, -np.sqrt(0.5), np.sqrt(0.5), 1, np.sqrt(1.5)])
    assert count == pytest.approx(np.full(6, 4000), rel=0.06)
    assert wild.draw_weights(4, 99, "webb", 3)[0].tolist() == wild.draw_weights(4, 99, "webb", 3)[0].tolist()


def test_a_drawn_bootstrap_is_near_the_enumerated_one_and_counts_the_sample_itself():
    y = outcomes()
    every = wild.wild_bootstrap(y, D, cluster=TOWN, draws=255, ci=False)
    drawn = wild.wild_bootstrap(y, D, cluster=TOWN, draws=254, ci=False)  # one too few to enumerate
    assert not drawn.enumerated and drawn.draws == 254
    assert drawn.p_value == pytest.approx(every.p_value, abs=0.1)
    assert (drawn.p_value * 255 == pytest.approx(np.round(drawn.p_value * 255))) and (drawn.p_value >= 1 / 255).all()
    more = wild.wild_bootstrap(y, D, cluster=TOWN, draws=20_000, weights="webb", ci=False)
    assert more.weights == "webb" and more.p_value == pytest.approx(every.p_value, abs=0.12)
    plain = wild.wild_bootstrap(y, D, draws=2000)
    scaled = wild.wild_bootstrap(10 - 4 * y, D, draws=2000)
    assert scaled.p_value == pytest.approx(plain.p_value) and scaled.ci_low == pytest.approx(-4 * plain.ci_high, rel=1e-6)


# --------------------------------------------------------------------------------------------------------- spatial errors
@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize(("kernel", "lags"), [("bartlett", None), ("bartlett", 2), ("uniform", 0), ("uniform", 1)])
def test_spatial_errors_are_the_double_sum_over_pairs(kernel, lags, gaps):
    """Over pairs of figures: of one period by the distance of their units, of one unit by the distance in time; nothing else."""
    rng = np.random.default_rng(9)
    y, x = outcomes(gaps), np.concatenate([D[:, :, None], CONTROLS[:, :, :1]], 2)
    distance = conley.distances(rng.uniform(9, 22, N), rng.uniform(103, 109, N))
    cutoff = 300.0
    try:
        found = conley.conley(y, x, distance, cutoff=cutoff, kernel=kernel, lags=lags)
    except NotEstimable:  # the uniform kernel can give a negative variance
        assert kernel == "uniform"
        return
    for k in range(2):
        unit, year = np.nonzero(np.isfinite(y[:, :, k]))
        dummies = np.column_stack([indicators(unit), indicators(year)])
        off = np.column_stack([x[unit, year], y[unit, year, k]])
        off = off - dummies @ (np.linalg.pinv(dummies, rcond=1e-11) @ off)
        bread = np.linalg.inv(off[:, :2].T @ off[:, :2])
        beta = bread @ off[:, :2].T @ off[:, 2]
        score = off[:, :2] * (off[:, 2] - off[:, :2] @ beta)[:, None]
        far = distance[np.ix_(unit, unit)]
        near = np.clip(1 - far / cutoff, 0, None) if kernel == "bartlett" else (far <= cutoff).astype(float)
        gap = np.abs(year[:, None] - year)
        late = np.ones_like(far) if lags is None else np.clip(1 - gap / (lags + 1), 0, None)
        weight = np.where(gap == 0, near, np.where(unit[:, None] == unit, late, 0.0))
        assert found.beta[k] == pytest.approx(beta)
        assert found.vcov[k] == pytest.approx(bread @ score.T @ weight @ score @ bread, abs=1e-10)
        assert (found.n_obs[k], found.n_units[k], found.n_clusters[k]) == (len(unit), N, N)
    order = rng.permutation(N)
    again = conley.conley(y[order], x[order], distance[np.ix_(order, order)], cutoff=cutoff, kernel=kernel, lags=lags)
    assert again.vcov == pytest.approx(found.vcov)


def test_spatial_errors_of_a_part_of_the_sample():
    y, distance = outcomes(), np.abs(np.subtract.outer(np.arange(N), np.arange(N))) * 60.0
    some = np.arange(T)[None, :] + np.zeros((N, 1)) > 0
    masked = conley.conley(y, D, distance, cutoff=100, mask=some)
    assert masked.vcov == pytest.approx(conley.conley(y[:, 1:], D[:, 1:], distance, cutoff=100).vcov)
    once = y.copy()
    once[3, 1:] = np.nan
    with pytest.raises(NotEstimable, match="single observation"):
        conley.conley(once, D, distance, cutoff=100)
    keep = np.arange(N) != 3
    alone = conley.conley(y[keep], D[keep], distance[np.ix_(keep, keep)], cutoff=100)
    assert conley.conley(once, D, distance, cutoff=100, singletons="drop").vcov == pytest.approx(alone.vcov)
    with pytest.raises(BadInput, match="all known"):
        conley.conley(y, D, distance[:, :3], cutoff=100)


# ----------------------------------------------------------------------------------------------- clusters of two kinds at once
def test_errors_that_move_together_in_two_ways_are_the_sum_over_pairs():
    """Pairs of figures of one unit, and of one year, less those of both, each sum with its own G/(G-1)."""
    rng = np.random.default_rng(8)
    unit, year = np.repeat(np.arange(9), 12) * 3, np.tile(np.arange(6) + 2000, 18)
    x = np.column_stack([np.ones(108), rng.normal(size=108) + unit / 9])
    y = x @ [1, 2] + rng.normal(size=9)[unit // 3] + rng.normal(size=6)[year - 2000] + rng.normal(size=108)
    bread = np.linalg.inv(x.T @ x)
    score = x * (y - x @ (bread @ x.T @ y))[:, None]
    same = {"unit": unit[:, None] == unit, "year": year[:, None] == year}
    meat = sum(sign * g / (g - 1) * score.T @ pairs @ score
               for pairs, g, sign in ((same["unit"], 9, 1), (same["year"], 6, 1), (same["unit"] & same["year"], 54, -1)))
    found = cluster.crv(y, x, np.column_stack([unit, year]))
    assert found.vcov == pytest.approx(107 / 106 * bread @ meat @ bread) and found.beta == pytest.approx(bread @ x.T @ y)
    assert (found.n_obs, found.n_clusters, found.dof) == (108, 6, 5)  # the fewer of the two


# ----------------------------------------------------------------------------------------------------------- the jackknife
@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("codes", [None, TOWN])
def test_the_panel_jackknife_leaves_out_one_cluster_after_another(codes, gaps):
    y, x = outcomes(gaps), np.concatenate([D[:, :, None], CONTROLS], 2)
    found = cluster.panel_crv3(y, x, cluster=codes)
    of = np.arange(N) if codes is None else codes
    for k in range(2):
        def fitted(rows, k=k):
            return batch.ols(np.where(rows[:, None], y[:, :, k], np.nan), x).beta[0]

        without = np.array([fitted(of != g) for g in np.unique(of)]) - fitted(of >= 0)
        g = len(without)
        assert found.beta[k] == pytest.approx(fitted(of >= 0))
        assert found.vcov[k] == pytest.approx((g - 1) / g * without.T @ without, abs=1e-9)
        assert (found.n_obs[k], found.n_units[k], found.n_clusters[k]) == (np.isfinite(y[:, :, k]).sum(), N, g)
    some = np.arange(T)[None, :] + np.zeros((N, 1)) > 0
    assert cluster.panel_crv3(y, D, mask=some, singletons="drop").vcov == pytest.approx(cluster.panel_crv3(y[:, 1:], D[:, 1:], singletons="drop").vcov)


# ------------------------------------------------------------------------------------------------------------ permutations
@pytest.mark.parametrize("case", ["", "gaps", "a control", "a control, gaps", "many paths"])
@pytest.mark.parametrize("statistic", ["t", "coefficient"])
@pytest.mark.parametrize("blocks", [None, REGION])
def test_each_shuffle_is_a_regression_of_its_own(statistic, blocks, case):
    y, controls = outcomes("gaps" in case), CONTROLS[:, :, 0] if "control" in case else None
    d = D if case != "many paths" else D * (1 + np.arange(N)[:, None] % 9) + (np.arange(T) >= 5) * (np.arange(N) > 11)[:, None]
    found = randomization.randomization_test(y, d, controls=controls, draws=29, seed=3, statistic=statistic, blocks=blocks, exact=False)
    paths, codes = np.unique(d, axis=0, return_inverse=True)
    (chunk,), _ = randomization.deals(codes.ravel(), blocks, 29, 3, False)
    dealt = randomization.permute(codes.ravel(), *chunk, blocks)
    fit = batch.twfe(y, d, controls=controls)
    of = {"t": lambda fit: fit.t[:, 0], "coefficient": lambda fit: fit.beta[:, 0]}[statistic]
    assert found.estimate == pytest.approx(fit.beta[:, 0]) and found.observed == pytest.approx(of(fit), rel=1e-6)
    assert found.null == pytest.approx(np.array([of(batch.twfe(y, paths[row], controls=controls)) for row in dealt]), rel=1e-6)
    assert found.p_value == pytest.approx((1 + (np.abs(found.null) >= np.abs(found.observed) * (1 - 1e-9)).sum(0)) / 30)
    assert (found.draws, found.exact, found.statistic, found.floor) == (29, False, statistic, 1 / 30)
    for b in (0, 1) if blocks is not None else ():
        assert all(sorted(row[REGION == b]) == sorted(codes.ravel()[REGION == b]) for row in dealt)


def test_who_is_of_unknown_state_is_not_shuffled():
    y, unknown = outcomes(), np.isin(np.arange(N), [2, 9])
    partly = np.where(unknown[:, None], np.nan, D)
    found = randomization.randomization_test(y, partly, draws=49, blocks=REGION)
    rest = randomization.randomization_test(y[~unknown], D[~unknown], draws=49, blocks=REGION[~unknown])
    assert found.null == pytest.approx(rest.null) and found.p_value == pytest.approx(rest.p_value)


def test_a_unit_seen_once_is_refused_or_left_out_of_the_shuffles():
    y = outcomes()
    y[11, 1:] = np.nan
    with pytest.raises(NotEstimable, match=r"unit no\. 11 has a single observation"):
        randomization.randomization_test(y, D, draws=19)
    found = randomization.randomization_test(y, D, draws=19, singletons="drop")
    assert found.observed == pytest.approx(batch.twfe(np.delete(y, 11, 0), np.delete(D, 11, 0)).t[:, 0])


def test_all_assignments_of_one_treated_unit_in_its_block():
    y, d = outcomes(), np.zeros((N, T))
    d[4, 3:] = 1
    found = randomization.randomization_test(y, d, blocks=REGION, draws=99)
    own = np.array([batch.twfe(y, np.where((np.arange(N) == i)[:, None], d[4], 0)).beta[:, 0] for i in range(0, N, 2)])
    assert found.exact and found.draws == 8 and found.statistic == "coefficient"
    assert np.sort(found.null, 0) == pytest.approx(np.sort(own, 0))
    assert found.p_value == pytest.approx((np.abs(own) >= np.abs(own[2]) - 1e-9).mean(0)) and found.floor == 1 / 8
    drawn = randomization.randomization_test(y, d, blocks=REGION, draws=99, exact=False)  # each is drawn some twelve times
    assert (drawn.exact, drawn.draws, drawn.floor) == (False, 99, 1 / 100) and drawn.p_value == pytest.approx(found.p_value, abs=0.15)


@pytest.mark.parametrize("name", ["twfe", "imputation"])
def test_the_smallest_p_value_counts_units_that_are_not_seen_after_the_start(name):
    """An exposure that is dealt to them is none that can be estimated, and counts as beyond whatever was found: with an effect of fifty
    p was .51, and the smallest one was said to be .024."""
    y = np.random.default_rng(0).normal(size=(41, 8))
    y[21:, 4:], y[0, 4:] = np.nan, 50 + y[0, 4:]
    for rows, least in ((21, 1 / 21), (41, 21 / 41)):
        sample = did.from_arrays(y[:rows], np.r_[4.0, np.full(rows - 1, np.inf)])
        found = did.estimate(sample, name, inference="ri").query("inference == 'ri'").iloc[0]
        assert found["p_value"] == found["p_floor"] == pytest.approx(least)


@pytest.mark.parametrize(("name", "begin"), [("twfe", [4.0]), ("imputation", [4.0]), ("twfe", [3.0, 6.0])])
def test_the_smallest_p_value_counts_the_exposure_of_the_other_half(name, begin):
    """Six units of which three begin at once: the estimate of the other three is this one turned, and no p-value can be below .1; .05
    was said to be the smallest. So of two dates without a unit that is never exposed."""
    y = np.random.default_rng(0).normal(size=(6, 8))
    cohort = np.repeat([begin[0], *begin[1:], *([np.inf] if len(begin) == 1 else [])], 3)
    y += 50 * (np.arange(8) >= cohort[:, None])
    found = did.estimate(did.from_arrays(y, cohort), name, inference="ri").query("inference == 'ri'").iloc[0]
    assert found["p_value"] == found["p_floor"] == pytest.approx(2 / 20)


def test_any_statistic_one_by_one_or_all_at_once():
    y, codes = outcomes(), np.unique(START, return_inverse=True)[1]
    def one(order):
        return batch.twfe(y, D[order]).beta[:, 0]

    alone = randomization.permutation_test(one, N, codes=codes * 7, draws=40, seed=2)
    together = randomization.permutation_test(lambda orders: np.array([one(o) for o in orders]), N, codes=codes, draws=40, seed=2, batched=True)
    assert alone.null == pytest.approx(together.null) and alone.observed == pytest.approx(one(np.arange(N))) and alone.estimate is alone.observed
    assert alone.p_value == pytest.approx((1 + (np.abs(alone.null) >= np.abs(alone.observed) - 1e-12).sum(0)) / 41)
    assert (alone.draws, alone.exact, alone.statistic) == (40, False, "given")
    few = randomization.permutation_test(lambda order: order[0], 4, draws=30)  # every unit has a path of its own
    assert few.exact and few.draws == 24 and sorted(few.null.ravel().tolist()) == sorted([0.0, 1.0, 2.0, 3.0] * 6)


def inverted(y, d, loads, codes, region, effect, draws):
    """The p-value of the scaled test once the effect is taken out of the outcome."""
    return randomization.scaled_test(y - effect * d[:, :, None], d, loads, codes=codes, region=region, draws=draws, seed=4)[0].p_value


@pytest.mark.parametrize("draws", [39, 199])
def test_the_scaled_test_and_its_interval_are_one(draws):
    from functools import partial

    from govlib.did import weights

    y, codes = outcomes(), np.where(np.isfinite(START), START, 0).astype(int)
    loads = partial(weights.imputation, seen=np.ones((N, T), bool))
    found, limits, noise = randomization.scaled_test(y, D, loads, codes=codes, region=REGION, draws=draws, seed=4)
    for k in range(2):
        for edge, inward in ((limits[0, k], 1e-6), (limits[1, k], -1e-6)):
            if np.isfinite(edge):
                assert inverted(y, D, loads, codes, REGION, edge + inward, draws)[k] > 0.05
                assert inverted(y, D, loads, codes, REGION, edge - inward, draws)[k] <= 0.05 + 1e-9
        assert (found.p_value[k] <= 0.05) == (not limits[0, k] <= 0 <= limits[1, k])
    assert found.statistic == "scaled" and found.draws == draws and noise.sd.shape == (N, 2)
    from govlib.did.inference.noise import spread

    own = loads(D[None])
    assert found.estimate == pytest.approx(np.tensordot(own, y, 2)[0])
    assert found.observed == pytest.approx(found.estimate / spread(own, noise)[0])


@pytest.mark.parametrize(("draws", "exact"), [(20, True), (39, True), (60, True), (19, False), (39, False), (60, False)])
def test_limits_are_where_the_p_value_of_what_is_left_passes_the_level(draws, exact):
    """Of statistics drawn as they come; where all assignments are used the real one is among them, and no effect rejects by it."""
    rng = np.random.default_rng(draws)
    estimate, null = np.array([1.3, -0.4]), rng.normal(size=(draws, 2))
    slope, scale = rng.uniform(-0.9, 0.9, draws), rng.uniform(1, 1.5, (draws, 2))
    if exact:
        null[3], slope[3], scale[3] = estimate, 1, 1
    low, high = randomization.invert(estimate, null, slope, exact, scale=scale)

    def p(effect):
        return randomization.p_values(estimate - effect, (null - effect * slope[:, None]) / scale, exact)

    assert (p(low + 1e-6) > 0.05).all() and (p(high - 1e-6) > 0.05).all()
    assert (p(low - 1e-6) <= 0.05 + 1e-9).all() and (p(high + 1e-6) <= 0.05 + 1e-9).all()
    assert (low < estimate).all() and (estimate < high).all() and np.isfinite([low, high]).all()


def test_units_of_a_path_each_and_a_control_with_gaps():
    rng = np.random.default_rng(6)
    y, dose = rng.normal(size=(20, T, 2)).cumsum(1), np.where(np.arange(T) >= 3, rng.random((20, 1)), 0.0)
    found = randomization.randomization_test(y, dose, draws=19, seed=3, exact=False)
    paths, codes = np.unique(dose, axis=0, return_inverse=True)
    dealt = randomization.permute(codes.ravel(), *randomization.deals(codes.ravel(), None, 19, 3, False)[0][0])
    assert len(paths) == 20 and found.null == pytest.approx(np.array([batch.twfe(y, paths[row]).t[:, 0] for row in dealt]), rel=1e-6)
    control = CONTROLS[:, :, 0].copy()
    control[3, 2] = np.nan
    y = outcomes()
    lost = np.where(np.isnan(control)[:, :, None], np.nan, y)
    assert randomization.randomization_test(y, D, controls=control, draws=19).null == pytest.approx(
        randomization.randomization_test(lost, D, controls=np.nan_to_num(control), draws=19).null)


@pytest.mark.parametrize(("y", "d", "controls", "words"), [
    (outcomes(), np.repeat((np.arange(N) > 9)[:, None], T, 1) * 1.0, None, "the exposure has no variation left once unit and year effects are out"),
    (outcomes(True), np.repeat((np.arange(N) > 9)[:, None], T, 1) * 1.0, None, "the exposure has no variation left once unit and year effects are out"),
    (outcomes(True), np.repeat((np.arange(N) > 9)[:, None], T, 1) * -3.0, None, "the exposure has no variation left once unit and year effects are out"),
    (outcomes()[:2, :2], np.array([[0.0, 1], [0, 0]]), np.array([[0.3, 1.0], [0.2, 0.1]]), "too few observations"),
])
def test_what_no_shuffle_can_tell_is_refused(y, d, controls, words):
    with pytest.raises(NotEstimable) as said:
        randomization.randomization_test(y, d, controls=controls, draws=19, exact=False)
    assert said.value.reason == words
