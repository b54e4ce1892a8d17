"""Control charts, change points and interrupted series: against formulas, other libraries, brute force and known truth."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from govlib.errors import BadInput, NotEstimable
from govlib.institute.statistics import change_points, control_charts, interrupted

# ---- control charts ----------------------------------------------------------------------------------------------------

def test_p_chart_is_the_formula():
    good, total = np.array([90, 85, 92, 88, 95, 91, 87, 93.0]), np.array([100, 95, 105, 100, 110, 100, 98, 102.0])
    chart = control_charts.share(good, total, kind="p")
    p = good.sum() / total.sum()
    assert chart.centre == pytest.approx(p)
    assert chart.low == pytest.approx(p - 3 * np.sqrt(p * (1 - p) / total))
    assert chart.high == pytest.approx(np.minimum(p + 3 * np.sqrt(p * (1 - p) / total), 1))


def test_laney_widens_by_the_moving_range_of_z():
    rng = np.random.default_rng(3)
    total = np.full(60, 5000)
    good = rng.binomial(total, rng.beta(90, 10, 60))
    plain, laney = (control_charts.share(good, total, kind=k) for k in ("p", "p_laney"))
    assert laney.spread == pytest.approx(np.abs(np.diff(plain.z)).mean() / 1.128379, rel=1e-6) and laney.spread > 3
    assert laney.sigma == pytest.approx(plain.sigma * laney.spread)
    assert control_charts.share(good, total).kind == "p_laney" and plain.signal.mean() > 0.5 > laney.signal.mean()
    calm = rng.binomial(300, 0.8, 60)
    assert control_charts.share(calm, np.full(60, 300)).kind == "p"


def test_dispersion_is_the_chi_squared_test():
    from scipy.stats import chi2_contingency

    rng = np.random.default_rng(8)
    total = rng.integers(80, 120, 20)
    good = rng.binomial(total, 0.7)
    assert control_charts.dispersion_p(good, total) == pytest.approx(chi2_contingency([good, total - good], correction=False).pvalue)


def test_individuals_use_266_moving_ranges():
    x = np.array([10, 12, 11, 13, 12, 9, 11, 14, 12, 10.0])
    chart = control_charts.individuals(x)
    assert chart.high[0] == pytest.approx(x.mean() + 2.6587 * np.abs(np.diff(x)).mean(), rel=1e-4)


def test_u_chart_is_the_formula():
    x, n = np.array([4, 6, 5, 7, 3, 5, 6, 4.0]), np.array([1, 1, 2, 1, 1, 1, 2, 1.0])
    chart = control_charts.rate(x, n, kind="u")
    u = x.sum() / n.sum()
    assert chart.high == pytest.approx(u + 3 * np.sqrt(u / n)) and (chart.low >= 0).all()


@pytest.mark.parametrize(("rules", "published"), [("beyond_3s", 370.40), (("beyond_3s", "eight_one_side"), 152.73), ("western_electric", 91.75)])
def test_run_lengths_of_champ_and_woodall(rules, published):
    """Champ and Woodall (1987), in-control average run lengths. A run is cut at 400 points, which the check allows for."""
    rng, runs, cut = np.random.default_rng(1987), [], 400
    for z in rng.normal(size=(1500, cut)):
        at = np.any(list(control_charts.signals(z, rules).values()), axis=0)
        runs.append((at.argmax() + 1, 1) if at.any() else (cut, 0))
    length, ended = np.array(runs).T
    assert length.sum() / ended.sum() == pytest.approx(published, rel=0.09)  # exponential tail: total time per signal


def test_each_rule_speaks_at_its_last_point_and_not_before():
    patterns = {
        "beyond_3s": [0, -3.1], "two_of_three_2s": [2.1, 0.1, 2.2], "four_of_five_1s": [1.1, 1.2, 0, 1.3, 1.4],
        "eight_one_side": [.1] * 8, "nine_one_side": [.1] * 9, "six_trend": [-2.1, -1, 0, 1, 1.5, 1.9],
        "fourteen_alternate": [.5, -.5] * 7, "fifteen_within_1s": [.5, -.4, .1] * 5, "eight_beyond_1s": [1.5, -1.5, 1.2, -1.4] * 2,
    }
    for rule, z in patterns.items():
        at = control_charts.signals(np.array(z), rule)[rule]
        assert at[-1] and not at[:-1].any(), rule
        broken = np.insert(np.array(z, float), len(z) - 1, np.nan)
        assert rule == "beyond_3s" or not control_charts.signals(broken, rule)[rule].any(), f"{rule} across a missing month"


def test_wilson_against_statsmodels():
    from statsmodels.stats.proportion import proportion_confint

    good, total = np.array([0, 5, 97, 100, 48]), np.array([20, 50, 100, 100, 96])
    low, high = control_charts.wilson(good, total)
    expected = proportion_confint(good, total, method="wilson")
    assert low == pytest.approx(expected[0], abs=1e-12) and high == pytest.approx(expected[1], abs=1e-12)
    wider = control_charts.wilson(48, 96, spread=2.0)
    assert wider[0] == pytest.approx(proportion_confint(12, 24, method="wilson")[0])


def test_a_process_that_never_varied():
    chart = control_charts.share([50] * 11 + [49], [50] * 12, baseline=[True] * 11 + [False])
    assert chart.flags["beyond_3s"].tolist() == [False] * 11 + [True]


@pytest.mark.parametrize(("good", "total", "error"), [
    ([5, -1] * 5, [9, 9] * 5, "negative"), ([5, 10] * 5, [9, 9] * 5, "more good"), ([5] * 4, [9] * 4, "at least 8"), ([5] * 9, [9] * 8, "one length")])
def test_charts_refuse_bad_counts(good, total, error):
    with pytest.raises((BadInput, NotEstimable), match=error):
        control_charts.share(good, total)


def test_unknown_rule():
    with pytest.raises(BadInput, match="unknown rule"):
        control_charts.signals(np.zeros(9), "made_up")


# ---- change points -----------------------------------------------------------------------------------------------------

def brute(cost, n, penalty, shortest):
    """Least penalised cost over every way to cut n months."""
    best = (np.inf, ())
    for k in range(n // shortest):
        for cuts in itertools.combinations(range(shortest, n - shortest + 1), k):
            edges = (0, *cuts, n)
            if all(b - a >= shortest for a, b in itertools.pairwise(edges)):
                total = sum(cost(a, b) for a, b in itertools.pairwise(edges)) + penalty * k
                best = min(best, (total, cuts))
    return best


@pytest.mark.parametrize("seed", range(6))
def test_segmentation_is_the_least_of_all(seed):
    rng = np.random.default_rng(seed)
    y = rng.normal(size=14) + np.repeat(rng.normal(0, 2, 4), [4, 3, 4, 3])
    found = change_points.mean(y, variance=1.0)
    expected = brute(lambda a, b: ((y[a:b] - y[a:b].mean()) ** 2).sum(), 14, 2 * np.log(14), 3)
    assert found.starts == expected[1]
    n, p = np.full(14, 60), np.repeat(rng.uniform(0.4, 0.9, 2), 7)
    x = rng.binomial(n, p)
    share = change_points.share(x, n)

    def deviance(a, b):
        q = x[a:b].sum() / n[a:b].sum()
        with np.errstate(divide="ignore", invalid="ignore"):
            return -2 * np.nansum([x[a:b].sum() * np.log(q), (n[a:b] - x[a:b]).sum() * np.log(1 - q)]) / share.dispersion

    assert share.starts == brute(deviance, 14, 2 * np.log(14), 3)[1]


def test_known_changes_are_found():
    rng = np.random.default_rng(12)
    n = np.full(60, 400)
    found = change_points.share(rng.binomial(n, np.repeat([0.8, 0.9, 0.85], 20)), n)
    assert len(found.starts) == 2 and all(abs(a - b) <= 1 for a, b in zip(found.starts, (20, 40), strict=True))
    assert found.levels == pytest.approx((0.8, 0.9, 0.85), abs=0.02) and all(a <= s <= b for s, (a, b) in zip(found.starts, found.ranges, strict=True))
    found = [change_points.count(np.r_[rng.poisson(50, 25), rng.poisson(80, 25)]).starts for _ in range(40)]
    assert np.mean([any(abs(s - 25) <= 1 for s in starts) for starts in found]) > 0.95 and np.mean([len(s) == 1 for s in found]) > 0.75


def test_few_changes_where_there_is_none():
    rng, n = np.random.default_rng(5), np.full(48, 300)
    assert np.mean([bool(change_points.share(rng.binomial(n, 0.85), n).starts) for _ in range(200)]) < 0.12
    assert np.mean([bool(change_points.mean(rng.normal(size=48)).starts) for _ in range(200)]) < 0.18
    # months that vary more than a binomial are no changes
    assert np.mean([bool(change_points.share(rng.binomial(n, rng.beta(85, 15, 48)), n).starts) for _ in range(100)]) < 0.18


def test_missing_months_and_flat_series():
    y = np.r_[np.full(12, 1.0), np.nan, np.nan, np.full(10, 9.0)] + np.tile([0, .1], 12)
    found = change_points.mean(y)
    assert found.starts == (14,) and change_points.mean(np.full(20, 3.0)).starts == ()
    with pytest.raises(NotEstimable, match="too few"):
        change_points.mean(np.array([1, 2, np.nan, np.nan, 3.0]))


# ---- interrupted time series -------------------------------------------------------------------------------------------

def newey_west(x, e, lags):
    """The covariance by its formula (Bartlett weights, n/(n−k))."""
    n, k = x.shape
    u = x * e[:, None]
    s = u.T @ u
    for j in range(1, lags + 1):
        g = u[j:].T @ u[:-j]
        s += (1 - j / (lags + 1)) * (g + g.T)
    bread = np.linalg.inv(x.T @ x)
    return bread @ s @ bread * n / (n - k)


def test_segmented_regression_is_ols_with_newey_west_errors():
    rng = np.random.default_rng(4)
    t = np.arange(48)
    y = 60 + 0.1 * t + 5 * (t >= 20) + 0.3 * (t >= 20) * (t - 20) + rng.normal(0, 1, 48)
    fit = interrupted.fit(y, 20, errors="newey_west")
    x = np.column_stack([np.ones(48), t - 20, t >= 20, (t >= 20) * (t - 20)]).astype(float)
    beta = np.linalg.lstsq(x, y, rcond=None)[0]
    v = newey_west(x, y - x @ beta, 3)
    assert fit.lags == interrupted.newey_west_lags(48) == 3
    assert (fit.level, fit.slope) == pytest.approx((beta[2], beta[3]))
    assert (fit.level_se, fit.slope_se) == pytest.approx(np.sqrt([v[2, 2], v[3, 3]]), rel=1e-8)
    assert fit.effect_end == pytest.approx(beta[2] + 27 * beta[3]) and fit.effect_end_ci[0] < fit.effect_end < fit.effect_end_ci[1]
    assert np.isnan(fit.without[:20]).all() and fit.fitted[-1] - fit.without[-1] == pytest.approx(fit.effect_end)


def test_an_exact_break_is_recovered():
    t = np.arange(40)
    month = t % 12 + 1
    y = 50 + 0.2 * t + 4 * (t >= 18) - 0.1 * (t >= 18) * (t - 18) + 3 * np.sin(2 * np.pi * month / 12)
    fit = interrupted.fit(y, 18, month=month)
    assert fit.seasonal and (fit.level, fit.slope, fit.slope_before) == pytest.approx((4, -0.1, 0.2))


def test_ar1_errors_are_those_of_least_squares_under_that_correlation():
    import statsmodels.api as sm

    rng, t = np.random.default_rng(6), np.arange(60)
    e = np.zeros(60)
    for i in range(1, 60):
        e[i] = 0.5 * e[i - 1] + rng.normal()
    x, _ = interrupted.design(60, 30)
    y = 5 + 2.0 * (t >= 30) + e
    rho, v, s2 = interrupted.ar1_reml(x, y, t)
    assert 0.2 < rho < 0.8 and v[0, 3] == pytest.approx(rho**3)
    assert s2 == pytest.approx(sm.GLS(y, x, sigma=v).fit().scale)  # the same generalised residuals, n − k
    fit = interrupted.fit(y, 30)
    bread = np.linalg.inv(x.T @ x)
    assert fit.level_se == pytest.approx(np.sqrt((bread @ x.T @ v @ x @ bread * s2)[2, 2])) and fit.rho == rho
    gone = np.delete(np.arange(60), [10, 11, 40])
    _, w, _ = interrupted.ar1_reml(x[gone], y[gone], gone)
    assert w[9, 10] == pytest.approx(w[0, 1] ** 3)  # two months are missing between them


def test_intervals_cover_about_as_often_as_they_say():
    rng, t = np.random.default_rng(11), np.arange(48)
    hits = {"ar1": 0, "newey_west": 0}
    for _ in range(120):
        e = np.zeros(48)
        for i in range(1, 48):
            e[i] = 0.3 * e[i - 1] + rng.normal()
        for errors in hits:
            low, high = interrupted.fit(70 + 3 * (t >= 20) + e, 20, month=t % 12 + 1, errors=errors).level_ci
            hits[errors] += low <= 3 <= high
    assert 0.88 < hits["ar1"] / 120 <= 1.0
    assert hits["newey_west"] < hits["ar1"]  # why it is not the default


@pytest.mark.parametrize(("y", "start", "error", "said"), [
    (np.arange(30.0), 4, NotEstimable, "4 months before"), (np.ones(30), 15, NotEstimable, "does not vary"),
    (np.r_[np.arange(29.0), np.inf], 15, BadInput, "infinite"), (np.arange(30.0), 30, BadInput, "adoption month")])
def test_interrupted_refuses(y, start, error, said):
    with pytest.raises(error, match=said):
        interrupted.fit(y, start)


def test_a_missing_month_keeps_its_place_in_time():
    t = np.arange(40)
    y = 10 + 0.5 * t + 4.0 * (t >= 20)
    y[[5, 30]] = np.nan
    fit = interrupted.fit(y, 20)
    assert fit.n == 38 and (fit.level, fit.slope_before) == pytest.approx((4, 0.5))


@pytest.mark.parametrize("n", [6, 12, 40])
def test_the_interval_of_a_weighted_mean_is_that_of_statsmodels(n):
    import statsmodels.api as sm

    rng = np.random.default_rng(n)
    value, weight = rng.normal(20, 3, n).cumsum(), rng.integers(50, 500, n).astype(float)
    fit = sm.WLS(value, np.ones(n), weights=weight).fit(
        cov_type="HAC", cov_kwds={"maxlags": interrupted.newey_west_lags(n), "use_correction": True}, use_t=True)
    assert interrupted.mean_interval(value, weight, 0.9) == pytest.approx(fit.conf_int(alpha=0.1)[0], rel=1e-10)
