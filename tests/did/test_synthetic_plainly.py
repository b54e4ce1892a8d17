"""Synthetic control and synthetic DiD against their definitions, written out with a general solver on small panels."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from govlib.did import synthetic, synthetic_did
from govlib.did.inference import noise
from govlib.errors import BadInput, NotEstimable


def solved(target, donors, ridge=0.0, level=False):
    """Weights by a general solver: ``donors`` (N, rows) follow ``target`` (rows,), with a level of their own or without."""
    def loss(x):
        miss = x[0] * level + x[1:] @ donors - target
        return miss @ miss + ridge * x[1:] @ x[1:]

    def slope(x):
        miss = x[0] * level + x[1:] @ donors - target
        return np.r_[2 * level * miss.sum(), 2 * donors @ miss + 2 * ridge * x[1:]]

    n = len(donors)
    found = minimize(loss, np.r_[0.0, np.full(n, 1 / n)], jac=slope, bounds=[(None, None)] + [(0, 1)] * n, method="SLSQP",
                     constraints={"type": "eq", "fun": lambda x: x[1:].sum() - 1, "jac": lambda x: np.r_[0, np.ones(n)]},
                     options={"ftol": 1e-15, "maxiter": 2000})
    return found.x[1:]


def panel(seed=0, n=9, years=8, m=2):
    rng = np.random.default_rng(seed)
    paths = np.einsum("nf,tfm->ntm", rng.uniform(size=(n, 2)), rng.normal(size=(years, 2, m)).cumsum(0))
    return 5 + paths + 0.3 * rng.normal(size=(n, years, m))


@pytest.mark.parametrize("ridge", [0.0, 0.4, 3000.0])
def test_weights_are_those_of_a_general_solver(ridge):
    y = panel(1, n=7, years=12)[:, :, 0]
    difference = (y[1:] - y[0]).T
    found = synthetic.simplex_weights(difference, ridge)
    assert found == pytest.approx(solved(y[0], y[1:], ridge), abs=2e-5)
    assert synthetic.simplex_weights(10 * difference, 100 * ridge) == pytest.approx(found)  # whatever the outcome's unit
    order = np.array([3, 0, 5, 1, 4, 2])
    assert synthetic.simplex_weights(difference[:, order], ridge) == pytest.approx(found[order], abs=1e-9)
    if ridge == 3000:
        assert found == pytest.approx(np.full(6, 1 / 6), abs=0.1)  # much of it makes a plain mean


def test_a_synthetic_control_is_its_weighted_mean():
    y = panel(2)
    got = synthetic.synthetic_control(y, 3, 5, donors=[0, 1, 2, 6, 8], ridge=0.1)
    assert np.flatnonzero(got.donors[:, 0]).tolist() == [0, 1, 2, 6, 8] and got.treated == 3 and got.start == 5
    for k in range(2):
        weights = solved(y[3, :5, k], y[[0, 1, 2, 6, 8], :5, k], 0.1)
        assert got.weights[[0, 1, 2, 6, 8], k] == pytest.approx(weights, abs=2e-5)
        gap = y[3, :, k] - weights @ y[[0, 1, 2, 6, 8], :, k]
        assert got.gap[:, k] == pytest.approx(gap, abs=1e-4) and got.synthetic[:, k] == pytest.approx(y[3, :, k] - gap, abs=1e-4)
        assert got.effect[k] == pytest.approx(gap[5:].mean(), abs=1e-4)
        before, after = np.sqrt((gap[:5] ** 2).mean()), np.sqrt((gap[5:] ** 2).mean())
        assert (got.pre_rmspe[k], got.post_rmspe[k], got.ratio[k]) == pytest.approx((before, after, after / before), rel=1e-3)
    assert not got.perfect_fit.any()
    mask = np.isin(np.arange(9), [0, 1, 2, 3, 6, 8])  # a mask does too, and the unit is no donor of its own
    assert synthetic.synthetic_control(y, 3, 5, donors=mask, ridge=0.1).effect == pytest.approx(got.effect)
    alone = synthetic.synthetic_control(y[:, :, 1], 3, 5, donors=mask, ridge=0.1)
    assert alone.effect.shape == (1,) and alone.effect[0] == pytest.approx(got.effect[1])


def test_a_perfect_fit_is_told():
    y = panel(3)
    y[0, :, 1] = 0.25 * y[2, :, 1] + 0.75 * y[5, :, 1]
    y[0, 6:, 1] += 1.5
    got = synthetic.synthetic_control(y, 0, 6)
    assert got.perfect_fit.tolist() == [False, True] and got.effect[1] == pytest.approx(1.5)
    assert got.weights[[2, 5], 1] == pytest.approx([0.25, 0.75])
    assert np.isfinite(got.ratio).all() and got.ratio[1] > 1e6
    same = np.repeat(panel(3)[:1], 4, 0)  # every donor is the unit itself: no direction is better, so all count alike
    assert synthetic.synthetic_control(same, 0, 5).weights[1:, 0] == pytest.approx(np.full(3, 1 / 3))


@pytest.mark.parametrize("before", [2, 3, 5])
def test_of_perfect_fits_the_most_even_is_taken_whatever_the_order_of_donors(before):
    """Which of many mixes that fit a solver found hung on the order of the donors: effects, and placebos with their p-values, did too."""
    y = np.random.default_rng(before).normal(size=(30, before + 3))
    y[0] = 0.2 * y[[1, 2, 3, 4, 5]].sum(0)
    order = np.r_[0, 29:0:-1]
    got, other = (synthetic.synthetic_control(given, 0, before) for given in (y, y[order]))
    assert got.perfect_fit.all() and other.effect == pytest.approx(got.effect, abs=1e-9)
    rows = np.r_[y[1:, :before].T, np.ones((1, 29))]
    best = minimize(lambda w: w @ w, np.full(29, 1 / 29), jac=lambda w: 2 * w, bounds=[(0, 1)] * 29, options={"ftol": 1e-14},
                    constraints={"type": "eq", "fun": lambda w: rows @ w - np.r_[y[0, :before], 1], "jac": lambda w: rows})
    assert got.weights[1:, 0] == pytest.approx(best.x, abs=1e-5)
    space, again = (synthetic.placebos_in_space(given, 0, before) for given in (y, y[order]))
    assert (space.pre_rmspe < 1e-8).sum() > 3 and again.effect == pytest.approx(space.effect[order], abs=1e-9)
    assert (again.p_effect, again.p_ratio) == (space.p_effect, space.p_ratio)


def test_of_equal_fits_that_are_not_perfect_the_most_even_is_taken_too():
    """Two donors alike before the start and not after: the whole weight of both went to whichever stood first."""
    rng = np.random.default_rng(7)
    y = rng.normal(size=(9, 9))
    y[0, :6] = 0.4 * y[1, :6] + 0.6 * y[2, :6] + rng.normal(0, 0.1, 6)
    y[3, :6] = y[1, :6]
    order = np.r_[0, 8:0:-1]
    got, other = (synthetic.synthetic_control(given, 0, 6) for given in (y, y[order]))
    assert not got.perfect_fit.any() and other.effect == pytest.approx(got.effect, abs=1e-9)
    assert got.weights[1, 0] == pytest.approx(got.weights[3, 0]) and got.weights[1, 0] > 0.1
    alone = synthetic.synthetic_control(y, 0, 6, donors=[1, 2, 4, 5, 6, 7, 8])  # the fit itself is that with one of the two
    assert got.pre_rmspe == pytest.approx(alone.pre_rmspe) and 2 * got.weights[1] == pytest.approx(alone.weights[1])
    space, again = (synthetic.placebos_in_space(given, 0, 6) for given in (y, y[order]))
    assert again.effect == pytest.approx(space.effect[order], abs=1e-9)


@pytest.mark.parametrize("level", [0.0, 1e9])
def test_what_a_perfect_fit_is_does_not_hang_on_how_large_the_figures_are(level):
    """At 10⁹ ± 1 every fit was perfect, for its error is small beside 10⁹, and no ratio above 1."""
    y = panel(3)[:, :, 0]
    y[1] = 0.25 * y[2] + 0.75 * y[5]
    y[1, 6:] += 1.5
    rough, perfect = (synthetic.synthetic_control(y + level, unit, 6) for unit in (0, 1))
    assert (rough.perfect_fit[0], perfect.perfect_fit[0]) == (False, True) and perfect.ratio[0] > 1e4
    assert perfect.effect[0] == pytest.approx(1.5, abs=1e-5) and perfect.weights[[2, 5], 0] == pytest.approx([0.25, 0.75], abs=1e-5)
    assert rough.ratio == pytest.approx(synthetic.synthetic_control(y, 0, 6).ratio, rel=1e-5)
    space = synthetic.placebos_in_space(y + level, 0, 6)
    assert space.ratio[:, 0] == pytest.approx(np.r_[space.ratio[0, 0], [synthetic.synthetic_control(
        y + level, unit, 6, donors=[j for j in range(1, len(y)) if j != unit]).ratio[0] for unit in range(1, len(y))]], rel=0.3)


@pytest.mark.parametrize("ridge", [0.0, 0.3])
def test_placebos_are_every_donor_in_turn(ridge):
    y = panel(4, n=10)
    y[7, 2, 0] = np.nan  # no donor of the first outcome
    got = synthetic.placebos_in_space(y, 4, 5, donors=[0, 1, 2, 5, 6, 7, 9], ridge=ridge)
    for k, pool in enumerate(([0, 1, 2, 5, 6, 9], [0, 1, 2, 5, 6, 7, 9])):
        each = {unit: synthetic.synthetic_control(y[:, :, k], unit, 5, donors=[j for j in pool if j != unit], ridge=ridge)
                for unit in [*pool, 4]}
        for unit, alone in each.items():
            assert got.gap[unit, :, k] == pytest.approx(alone.gap[:, 0], abs=1e-7)
            assert [table[unit, k] for table in (got.effect, got.pre_rmspe, got.post_rmspe, got.ratio)] == pytest.approx(
                [alone.effect[0], alone.pre_rmspe[0], alone.post_rmspe[0], alone.ratio[0]], rel=1e-6)
        assert got.n_placebos[k] == len(pool)
        others = np.setdiff1d(np.arange(10), [*pool, 4])
        assert np.isnan(got.effect[others, k]).all() and np.isnan(got.ratio[others, k]).all()
        assert got.p_ratio[k] == np.mean([alone.ratio[0] >= each[4].ratio[0] for alone in each.values()])
        assert got.p_effect[k] == np.mean([abs(alone.effect[0]) >= abs(each[4].effect[0]) for alone in each.values()])


def test_earlier_starts_and_absent_donors_are_fits_of_their_own():
    y = panel(5)
    early = synthetic.placebos_in_time(y, 0, 6, donors=range(1, 8), ridge=0.05)
    assert list(early) == [2, 3, 4, 5]
    for start, got in early.items():
        assert got.effect == pytest.approx(synthetic.synthetic_control(y[:, :6], 0, start, donors=range(1, 8), ridge=0.05).effect)
    assert list(synthetic.placebos_in_time(y, 0, 6, starts=[2, 5])) == [2, 5]
    for wrong in ([1], [6], [3, 7]):
        with pytest.raises(BadInput, match="a placebo in time lies before the reform and after two years"):
            synthetic.placebos_in_time(y, 0, 6, starts=wrong)
    full = synthetic.synthetic_control(y, 0, 6, donors=range(1, 8))
    refits = synthetic.leave_one_out(y, 0, 6, donors=range(1, 8))
    assert list(refits) == np.flatnonzero((full.weights > 0.01).any(1)).tolist()
    for donor, got in refits.items():
        rest = [unit for unit in range(1, 8) if unit != donor]
        assert got.effect == pytest.approx(synthetic.synthetic_control(y, 0, 6, donors=rest).effect)
    heavy = synthetic.leave_one_out(y, 0, 6, donors=range(1, 8), least=0.4)
    assert list(heavy) == np.flatnonzero((full.weights > 0.4).any(1)).tolist() != list(refits)


def test_importance_of_two_predictors_is_the_best_of_a_grid():
    y, rng = panel(6, n=12, m=1)[:, :, 0], np.random.default_rng(6)
    x = np.c_[y[:, :5].mean(1), rng.normal(size=12) + y[:, 0]]
    donors = [1, 2, 3, 5, 7, 8, 9, 11]
    z = x / x[[*donors, 0]].std(0, ddof=1)

    def loss(first):
        weights = synthetic.simplex_weights(np.sqrt([[first], [1 - first]]) * (z[donors] - z[0]).T)
        return ((y[0, :5] - weights @ y[donors, :5]) ** 2).mean()

    best = min(map(loss, np.linspace(0.001, 0.999, 401)))  # with one predictor alone many weights are as good
    got = synthetic.predictor_weights(y, x, 0, range(5), donors=donors, starts=4)
    assert got.loss == pytest.approx(best, abs=1e-3) and got.loss <= best + 1e-4
    assert got.loss == got.losses.min() and len(got.losses) == 4 and got.v.sum() == pytest.approx(1)
    assert got.loss == pytest.approx(((y[0, :5] - got.weights @ y[:, :5]) ** 2).mean())
    assert got.weights.sum() == pytest.approx(1) and set(np.flatnonzero(got.weights)) <= set(donors)
    # the unit in which a predictor is written does not matter
    assert synthetic.predictor_weights(y, x * [1000, 0.1], 0, range(5), donors=donors, starts=4).loss == pytest.approx(got.loss)
    constant = np.where(np.isin(np.arange(12)[:, None], [*donors, 0]), [1.0, 3.0], x)
    with pytest.raises(NotEstimable, match="predictor no. 0 is the same everywhere"):
        synthetic.predictor_weights(y, constant, 0, range(5), donors=donors)
    hole = np.where(np.arange(12)[:, None] == 5, np.nan, x)
    with pytest.raises(NotEstimable, match="a predictor or an outcome of a fitted year is missing"):
        synthetic.predictor_weights(y, hole, 0, range(5), donors=donors)
    synthetic.predictor_weights(y, np.where(np.arange(12)[:, None] == 4, np.nan, x), 0, range(5), donors=donors, starts=2)  # no donor


def test_importance_found_early_serves_later():
    """By cross-validation: importance from the first window's predictors and the outcome after them, weights from the second's."""
    y, rng = panel(13, n=10, m=1)[:, :, 0], np.random.default_rng(13)
    early, late = (y[:, cut].mean(1, keepdims=True) + [0, 1] * rng.normal(size=(10, 2)) for cut in (slice(0, 3), slice(3, 6)))
    first = synthetic.predictor_weights(y, early, 0, range(3, 6), starts=3)
    got = synthetic.predictor_weights(y, early, 0, range(3, 6), starts=3, later=late)
    assert got.v == pytest.approx(first.v) and got.loss == first.loss
    miss = ((late[1:] - late[0]) / late.std(0, ddof=1)).T
    assert got.weights == pytest.approx(np.r_[0, synthetic.simplex_weights(np.sqrt(first.v)[:, None] * miss)])
    for wrong in (late[:, :1], np.where(np.arange(10)[:, None] == 3, np.nan, late), late * [1, 0]):
        with pytest.raises(NotEstimable, match="the later predictors are not those of the first window, or one is missing"):
            synthetic.predictor_weights(y, early, 0, range(3, 6), starts=2, later=wrong)


def test_the_search_for_importance_begins_in_many_places():
    rng = np.random.default_rng(14)
    x = rng.normal(size=(30, 3))
    y = x @ np.array([[2.0, 1.0], [0.0, 1.0], [0.0, 0.0]]) + 5  # squared slopes: 5, 1, 0
    first = np.array(synthetic._first_importance(x, y, 9, 0))
    assert first[0] == pytest.approx([1 / 3] * 3) and first[1] == pytest.approx([5 / 6, 1 / 6, 0], abs=1e-9)
    assert first[2:5] == pytest.approx(np.full((3, 3), 0.15) + 0.55 * np.eye(3))
    assert first.shape == (9, 3) and first.sum(1) == pytest.approx(np.ones(9)) and len(np.unique(first, axis=0)) == 9
    assert (np.array(synthetic._first_importance(x, y, 9, 0)) == first).all()
    assert (np.array(synthetic._first_importance(x, y, 9, 1))[5:] != first[5:]).all()


# ------------------------------------------------------------------------------------------- synthetic difference-in-differences
def by_definition(y, members, start, method="sdid"):
    """Arkhangelsky et al. (2021), Algorithm 1: weights of units and of years, then two-way fixed effects under these weights."""
    pool = [i for i in range(len(y)) if i not in members]
    before, count, years = y[pool, :start], len(pool), y.shape[1]
    spread = np.diff(before, axis=1).std(ddof=1)
    zeta = (len(members) * (years - start)) ** 0.25 * spread
    treated = y[list(members)].mean(0)
    unit, year = np.full(count, 1 / count), np.full(start, 1 / start)
    if method == "sdid":
        unit = solved(treated[:start], before, zeta**2 * start, level=True)
        year = solved(y[pool, start:].mean(1), before.T, (1e-6 * spread) ** 2 * count, level=True)
    if method == "sc":
        unit, year = solved(treated[:start], before), None
    rows = np.r_[unit, 1.0]
    columns = np.r_[np.zeros(start) if year is None else year, np.full(years - start, 1 / (years - start))]
    if year is None:  # no years before and no levels: the mean gap
        return treated[start:].mean() - unit @ y[pool, start:].mean(1)
    paths = np.vstack([y[pool], treated])
    i, t = (a.ravel() for a in np.indices(paths.shape))
    x = np.c_[(i == count) & (t >= start), np.eye(count + 1)[i], np.eye(years)[t]].astype(float)
    root = np.sqrt(rows[i] * columns[t])
    return np.linalg.lstsq(x * root[:, None], paths.ravel() * root, rcond=None)[0][0]


@pytest.mark.parametrize("method", ["sdid", "sc", "did"])
@pytest.mark.parametrize("members", [(2,), (0, 4, 5)])
def test_synthetic_did_is_its_definition(method, members):
    y = panel(7, n=11, years=9)
    cohort = np.where(np.isin(np.arange(11), members), 6, np.inf)
    got = synthetic_did.synthetic_did(y, cohort, method=method)
    assert got.effect == pytest.approx([by_definition(y[:, :, k], members, 6, method) for k in range(2)], abs=2e-4)
    assert got.unit_weights.sum(0) == pytest.approx([1, 1]) and (got.unit_weights[list(members)] == 0).all()
    assert got.year_weights[:6].sum(0) == pytest.approx([0, 0] if method == "sc" else [1, 1]) and (got.year_weights[6:] == 0).all()
    assert [(first, count) for first, count, _ in got.cohorts] == [(6, len(members))]
    order = np.random.default_rng(0).permutation(11)
    assert synthetic_did.synthetic_did(y[order], cohort[order], method=method).effect == pytest.approx(got.effect, abs=1e-9)


def test_what_treatment_adds_is_what_is_found():
    """A constant effect moves the estimate by itself; levels of units and changes common to all do not move it."""
    y, cohort = panel(8), np.where(np.arange(9) == 3, 5, np.inf)
    plain = synthetic_did.synthetic_did(y, cohort).effect
    treated = (cohort[:, None] <= np.arange(8)).astype(float)[:, :, None]
    rng = np.random.default_rng(1)
    moved = y + 1.7 * treated + rng.normal(size=(9, 1, 1)) * 4 + rng.normal(size=(1, 8, 1)) * 0
    assert synthetic_did.synthetic_did(moved, cohort).effect == pytest.approx(plain + 1.7, abs=1e-8)
    assert synthetic_did.synthetic_did(3 * y, cohort).effect == pytest.approx(3 * plain)


def test_cohorts_count_by_their_treated_years():
    y = panel(9, n=12, years=9)
    cohort = np.r_[4, 4, 7, 9, np.full(8, np.inf)]  # the fourth begins after the panel and is a donor
    got = synthetic_did.synthetic_did(y, cohort)
    rest = np.arange(3, 12)
    early = synthetic_did.synthetic_did(y[[0, 1, *rest]], cohort[[0, 1, *rest]])
    late = synthetic_did.synthetic_did(y[[2, *rest]], cohort[[2, *rest]])
    assert got.effect == pytest.approx((10 * early.effect + 2 * late.effect) / 12)  # two units by five years, one by two
    assert [(first, count) for first, count, _ in got.cohorts] == [(4, 2), (7, 1)]
    assert got.year_weights == pytest.approx(early.year_weights)  # those of the largest cohort
    assert got.unit_weights[rest] == pytest.approx(early.unit_weights[2:]) and got.donors[:, 0].tolist() == [False] * 3 + [True] * 9
    unknown = np.where(np.arange(12) == 6, np.nan, cohort)  # neither treated nor a donor
    left_out = synthetic_did.synthetic_did(y, unknown)
    kept = np.arange(12) != 6
    assert left_out.effect == pytest.approx(synthetic_did.synthetic_did(y[kept], cohort[kept]).effect) and not left_out.donors[6].any()


@pytest.mark.parametrize("method", ["sdid", "did"])
def test_the_placebo_test_is_every_donor_in_turn(method):
    y = panel(10, n=26, years=8, m=1)
    y[0, 5:] += 0.8
    cohort, region = np.r_[5, np.full(25, np.inf)], np.arange(26) % 3
    got = synthetic_did.sdid_placebo(y, cohort, method=method, region=region)
    each = [synthetic_did.synthetic_did(y[1:], np.where(np.arange(25) == unit, 5, np.inf), method=method).effect[0] for unit in range(25)]
    assert got.exact and got.deals[:, 0].tolist() == list(range(1, 26)) and got.null[:, 0] == pytest.approx(each, abs=1e-9)
    assert got.estimate == pytest.approx(synthetic_did.synthetic_did(y, cohort, method=method).effect)
    assert got.std_error[0] == pytest.approx(np.std(each, ddof=1))
    sd = noise.measure(y, np.arange(8) >= cohort[:, None], region).sd[:, 0]

    def p(effect):
        """Of a constant effect: the share of units whose estimate is as far out, over the noise of the unit."""
        return (1 + np.sum(np.abs(each) / sd[1:] >= abs(got.estimate[0] - effect) / sd[0] * (1 - 1e-9))) / 26

    assert got.p_value[0] == pytest.approx(p(0))
    for end, inward in ((got.ci_low[0], 1), (got.ci_high[0], -1)):  # the interval is what the test does not reject
        assert p(end + inward * 1e-6) > 0.05 >= p(end - inward * 1e-6)


def test_several_treated_units_are_dealt_at_random():
    y = panel(11, n=14, years=8, m=2)
    cohort = np.r_[4, 4, 6, np.full(11, np.inf)]
    got = synthetic_did.sdid_placebo(y, cohort, draws=60, seed=3)
    assert not got.exact and got.deals.shape == (60, 3) and got.deals.min() >= 3  # nobody truly treated plays
    assert all(len(set(deal)) == 3 for deal in got.deals.tolist())
    for deal, null in list(zip(got.deals, got.null, strict=True))[:5]:
        pretend = np.full(14, np.inf)
        pretend[deal], pretend[:3] = [4, 4, 6], np.nan
        assert synthetic_did.synthetic_did(y, pretend).effect == pytest.approx(null, abs=1e-9)
    assert got.std_error == pytest.approx(got.null.std(0, ddof=1))
    again = synthetic_did.sdid_placebo(y, cohort, draws=60, seed=3)
    other, free = (synthetic_did.sdid_placebo(y, cohort, draws=60, seed=seed) for seed in (4, None))
    assert (again.deals == got.deals).all() and (other.deals != got.deals).any() and free.deals.shape == (60, 3)
    shuffled = synthetic_did.sdid_placebo(y[[2, 0, 1, *range(3, 14)]], cohort[[2, 0, 1, *range(3, 14)]], draws=60, seed=3)
    assert shuffled.null == pytest.approx(got.null) and shuffled.p_value == pytest.approx(got.p_value)


@pytest.mark.parametrize(("dates", "count"), [((5, 5), 6), ((4, 6), 12)])
def test_few_choices_of_donors_are_each_dealt_once(dates, count):
    """Drawn two hundred times, six choices gave p = .005 whenever the real one was the largest of seven."""
    y, cohort = panel(12, n=6, years=8, m=1), np.r_[dates, np.full(4, np.inf)]
    y[:2, 6:] += 50
    got = synthetic_did.sdid_placebo(y, cohort)
    assert got.exact and len({tuple(deal) if dates[0] < dates[1] else tuple(sorted(deal)) for deal in got.deals.tolist()}) == count
    assert got.p_value[0] == got.test.floor == pytest.approx(1 / (count + 1)) and len(got.null) == count
    assert not synthetic_did.sdid_placebo(y, cohort, draws=count - 1).exact
    for deal, null in zip(got.deals, got.null, strict=True):
        pretend = np.r_[np.nan, np.nan, np.full(4, np.inf)]
        pretend[deal] = dates
        assert synthetic_did.synthetic_did(y, pretend).effect == pytest.approx(null, abs=1e-9)


@pytest.mark.parametrize(("dates", "start", "n"), [((5,), 8, 40), ((4, 4, 6), 8, 40), ((3,), 6, 30), ((9, 9), 12, 12)])
def test_placebos_worked_out_together_are_those_one_by_one(monkeypatch, dates, start, n):
    """By the sums that all of them share, and not one at a time, where the donors outnumber the years."""
    y = panel(15, n=n, years=start + 3, m=1)[:, :, 0] * np.random.default_rng(2).uniform(0.2, 5, (n, 1))
    deals = np.array([np.random.default_rng(seed).choice(n, len(dates), replace=False) for seed in range(12)])
    each = []
    for deal in deals:
        cohort = np.full(n, np.inf)
        cohort[deal] = dates
        each.append(synthetic_did.synthetic_did(y, cohort).effect[0])
    if n > 12:
        monkeypatch.setattr(synthetic_did, "_sdid_weights", lambda *_: pytest.fail("one at a time"))
    together = synthetic_did._placebo_effects(y, deals, np.array(dates))
    assert together == pytest.approx(each, abs=1e-8)
    assert synthetic_did._placebo_effects(1e-12 * y, deals, np.array(dates)) == pytest.approx(1e-12 * np.array(each), rel=1e-5)


def test_what_synthetic_did_cannot_do_is_refused():
    y, one = panel(12), np.r_[5, np.full(8, np.inf)]
    for cohort, words in ((np.r_[1, one[1:]], "a unit is treated before its third year"), (np.full(9, 8.0), "no unit is treated in these years"),
                          (np.r_[np.full(8, 5), np.inf], "fewer than two never-treated units are complete")):
        with pytest.raises(NotEstimable, match=words):
            synthetic_did.synthetic_did(y, cohort)
    with pytest.raises(NotEstimable, match="the donors do not move before the reform"):
        synthetic_did.synthetic_did(np.where(np.arange(9)[:, None, None] > 0, 3.0, y), one)
    with pytest.raises(NotEstimable, match="the donors do not move before the reform"):
        synthetic_did.sdid_placebo(np.where((np.arange(9)[:, None, None] > 0) & (np.arange(8)[:, None] < 5), 3.0, y), one)
    with pytest.raises(BadInput, match="method is sdid, sc or did"):
        synthetic_did.synthetic_did(y, one, method="scm")
    with pytest.raises(NotEstimable, match="2 complete donors are too few to play 1 treated units"):
        synthetic_did.sdid_placebo(y[:3], one[:3])
    assert len(synthetic_did.sdid_placebo(y[:4], one[:4]).null) == 3
    synthetic_did.synthetic_did(y, np.r_[2, one[1:]])  # the third year
    for start, words in ((0, "the reform leaves no year before it or no year after it"), (8, "the reform leaves no year before it or no year after it"),
                         (1, "one year before the reform cannot show that donors follow the unit")):
        with pytest.raises(NotEstimable, match=f"^not estimable, because {words}$"):
            synthetic.synthetic_control(y, 0, start)
    for bad, words in ((y[0, 0], r"value \(2,\): a panel must have the shape"), (np.where(np.arange(9)[:, None, None] == 4, np.inf, y), "an infinite value in the panel")):
        with pytest.raises(BadInput, match=words):
            synthetic.synthetic_control(bad, 0, 5)
    with pytest.raises(BadInput, match="the treated unit is not in the panel"):
        synthetic.synthetic_control(y, -1, 5)
    with pytest.raises(NotEstimable, match="the treated unit has missing years in outcome no. 1"):
        synthetic.synthetic_control(np.where((np.arange(9) == 0)[:, None, None] & (np.arange(2) == 1) & (np.arange(8) == 6)[:, None], np.nan, y), 0, 5)
    few = np.where((np.arange(9) > 1)[:, None, None] & (np.arange(2) == 1) & (np.arange(8) == 6)[:, None], np.nan, y)
    with pytest.raises(NotEstimable, match="fewer than two donors are complete in outcome no. 1"):
        synthetic.synthetic_control(few, 0, 5)
