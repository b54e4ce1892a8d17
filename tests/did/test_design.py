"""Pre-trends, equivalence, power, honest bounds, the specification curve, many outcomes."""

from __future__ import annotations

import gzip
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from kit.inference import M, N, T, frame, make

from govlib.did import batch, multiple_testing
from govlib.did import specs as many
from govlib.did.inference import equivalence, honest, polyhedron, power, pretrend, randomization, spec_curve
from govlib.errors import BadInput, NotEstimable


# -------------------------------------------------------------------------------------------------------------- pretrend
def test_pretrend_is_a_wald_test_of_leads_on_untreated_years():
    import pyfixest as pf

    y, d, _, cohort = make()
    got = pretrend.pretrend(y, cohort, leads=2)
    data = frame(y, d, y)
    event = (np.arange(T) - cohort[:, None]).ravel()
    data["l2"], data["l1"] = (event == -2).astype(float), (event == -1).astype(float)
    fit = pf.feols("y1 ~ l2 + l1 | i + t", data[event < 0], vcov={"CRV1": "i"})
    b, v = fit.coef().to_numpy(), fit._vcov
    assert got[1].event_time == (-2, -1)
    assert got[1].beta == pytest.approx(b, abs=1e-8)
    treated = int(np.isfinite(cohort).sum())
    assert got[1].statistic == pytest.approx(b @ np.linalg.solve(v, b) / 2 * (treated - 2) / (treated - 1), rel=1e-6)
    assert (got[1].df_num, got[1].df_den) == (2, treated - 2)
    plain = pretrend.joint_test(b, v, N)
    assert plain.p_value == pytest.approx(fit.wald_test(R=np.eye(2))["pvalue"], rel=1e-6)


def test_pretrend_has_its_size_and_finds_a_divergence():
    rng = np.random.default_rng(0)
    y = rng.normal(size=(63, 12, 300))
    cohort = np.r_[np.full(6, 5.0), np.full(6, 8.0), np.full(51, np.inf)]
    p = np.array([test.p_value for test in pretrend.pretrend(y, cohort)])
    assert (p < 0.05).mean() <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 300)
    usual = np.array([pretrend.joint_test(t.beta, t.vcov, 63).p_value for t in pretrend.pretrend(y, cohort)])
    assert (usual < 0.05).mean() > 0.09  # why the degrees of freedom are those of the adopters
    event = np.arange(12) - cohort[:, None]
    y += np.where((event < 0) & (event >= -3), event + 4, 0)[:, :, None]
    assert (np.array([test.p_value for test in pretrend.pretrend(y[:, :, :20], cohort)]) < 0.05).mean() > 0.8


def test_pretrend_keeps_its_size_where_most_adopters_are_hardly_seen_before():
    """Twelve that are seen once or twice before count for nothing beside the four that are longer: all sixteen were counted, and a true
    null was rejected in 25 % and in 17 %."""
    y = np.random.default_rng(0).normal(size=(46, 9, 300))
    for start, leads, carried in ((1.0, 3, 4), (2.0, 1, 16), (3.0, 2, 16)):
        cohort = np.r_[np.full(4, 6.0), np.full(12, start), np.full(30, np.inf)]
        tests = pretrend.pretrend(y, cohort, leads=leads)
        assert {(t.df_num, t.df_den) for t in tests} == {(leads, carried - leads)}
        assert (np.array([t.p_value for t in tests]) < 0.05).mean() < 0.08
        if leads < 3:
            with pytest.raises(NotEstimable, match=f"{leads + 1} leads cannot be tested together with 4 treated units; take fewer leads"):
                pretrend.pretrend(y, cohort, leads=leads + 1)


def test_pretrend_refuses_what_it_cannot_do():
    y, _, _, cohort = make()
    with pytest.raises(NotEstimable, match="no adopting"):
        pretrend.pretrend(y, np.full(N, np.inf))
    with pytest.raises(NotEstimable, match="placebo in time"):
        pretrend.pretrend(y, np.where(np.arange(N) == 2, 6, np.inf))
    with pytest.raises(NotEstimable, match="fewer leads"):
        pretrend.pretrend(y, np.where(np.arange(N) < 3, 6, np.inf), leads=3)
    with pytest.raises(NotEstimable, match="singular"):
        pretrend.joint_test(np.ones(2), np.ones((2, 2)), 30)
    with pytest.raises(NotEstimable, match="clusters"):
        pretrend.joint_test(np.ones(4), np.eye(4), 4)
    with pytest.raises(BadInput):
        pretrend.joint_test(np.array([np.nan]), np.eye(1), 30)


# ----------------------------------------------------------------------------------------------- equivalence and power
def test_tost_is_two_t_tests():
    from scipy import stats

    got = equivalence.tost(0.1, 0.2, 0.5, 20)
    assert got.p_value == pytest.approx(max(stats.t.sf(0.6 / 0.2, 20), stats.t.cdf(-0.4 / 0.2, 20)))
    assert [got.ci_low, got.ci_high] == pytest.approx(stats.t.interval(0.9, 20, 0.1, 0.2))
    assert bool(got.equivalent) == (abs(got.ci_low) < 0.5 and got.ci_high < 0.5)
    assert equivalence.tost(0.1, 0.2, got.smallest_margin, 20).p_value == pytest.approx(0.05)
    for bad in ({"margin": 0}, {"margin": -1}, {"std_error": 0.0}, {"estimate": np.nan}):
        with pytest.raises(BadInput):
            equivalence.tost(**({"estimate": 0.1, "std_error": 0.2, "margin": 0.5, "dof": 20} | bad))


def test_power_is_statsmodels_and_mde_inverts_it():
    from statsmodels.stats.power import TTestPower

    dof = 30
    ref = TTestPower().power(effect_size=0.5, nobs=dof + 1, alpha=0.05)
    assert power.power_of(0.5 / np.sqrt(dof + 1), 1 / (dof + 1), dof) == pytest.approx(ref, abs=1e-6)
    assert power.power_of(power.mde(0.3, 61), 0.3, 61) == pytest.approx(0.8, abs=0.005)
    assert power.mde(0.3, 1e9) == pytest.approx((1.959964 + 0.841621) * 0.3, abs=1e-5)  # Bloom's 2.80 standard errors
    with pytest.raises(BadInput):
        power.mde(0.0, 10)
    with pytest.raises(BadInput):
        power.mde(0.1, 10, power=1.2)


# ---------------------------------------------------------------------------------------------------------------- honest
@pytest.fixture(scope="module")
def medicaid():
    """Event study of the first Medicaid expansions (state panel that ships with moderndid): the example of the HonestDiD
    package's README."""
    import moderndid

    path = Path(moderndid.__file__).parent / "core" / "datasets" / "ehec_data.pkl.gz"
    with gzip.open(path, "rb") as file:
        data = pd.DataFrame(pickle.load(file))  # a file of an installed, pinned package
    data = data[(data["year"] < 2016) & ~(data["yexp2"] == 2015)]
    wide = data.pivot(index="stfips", columns="year", values="dins")
    first = data.groupby("stfips")["yexp2"].first().reindex(wide.index)
    years = [year for year in wide.columns if year != 2013]
    x = np.stack([np.outer(first == 2014, wide.columns == year) for year in years], 2).astype(float)
    fit = batch.ols(wide.to_numpy(float), x)
    return fit.beta[0], fit.vcov[0]


def test_relative_magnitudes_are_the_published_ones(medicaid):
    got = honest.relative_magnitudes(*medicaid, 5, m_bar=(0.5, 1, 1.5, 2))
    # README of HonestDiD (C-LF); its grid has steps of 0.0005, and its critical value is simulated
    published = np.array([[0.0240, 0.0672], [0.0170, 0.0720], [0.00824, 0.0797], [-0.000916, 0.0881]])
    assert np.c_[got.ci_low, got.ci_high] == pytest.approx(published, abs=5e-4)
    assert got.ci_low[3] == pytest.approx(-0.0011, abs=2e-4)
    assert 1.85 < got.breakdown < 2.0  # "the breakdown value is about 2"


def test_smoothness_intervals_are_the_published_ones(medicaid):
    got = honest.smoothness(*medicaid, 5, m=(0, 0.02, 0.05))
    published = np.array([[0.0259, 0.0607], [0.00286, 0.0907], [-0.0271, 0.121]])
    assert np.c_[got.ci_low, got.ci_high] == pytest.approx(published, abs=3e-4)


def _event_study(name):
    table = pd.read_csv(Path(__file__).parent / "data" / f"{name}.csv", index_col=0)
    return table.index, table["beta"].to_numpy(), table.drop(columns="beta").to_numpy()


def test_bounds_on_slopes_are_the_published_ones():
    # vignette of HonestDiD (C-LF, deviation from a linear trend), read off 100 points between -1 and 1
    _, beta, vcov = _event_study("vat_cut")
    got = honest.relative_magnitudes(beta, vcov, 4, m_bar=(0, 1, 2), slopes=True, breakdown=False)
    points = np.linspace(-1, 1, 100)
    inside = [points[(points >= low) & (points <= high)] for low, high in zip(got.ci_low, got.ci_high, strict=True)]
    assert [(p[0].round(4), p[-1].round(4)) for p in inside] == [(0.2121, 0.3131), (0.0707, 0.4949), (-0.1111, 0.6970)]
    with pytest.raises(NotEstimable, match="two years"):
        honest.relative_magnitudes(beta[3:], vcov[3:, 3:], 1, slopes=True)


def test_bounds_under_a_known_sign_or_direction_are_those_of_the_authors_package():
    """What HonestDiD gives for this event study (conditional test), as the tests of two of its ports keep it: of 400 points, 0.002
    apart (DrSnow), or of 100 (HonestDiD.jl)."""
    _, beta, vcov = _event_study("vat_cut")
    average = np.full(4, 0.25)
    smooth, relative = honest.smoothness, honest.relative_magnitudes
    for restricted, known, weights, bounds, published in (
            (smooth, {"bias": "positive"}, None, (0, 0.02), [(0.19496, 0.24909), (0.18293, 0.24308)]),
            (smooth, {"monotone": "increasing"}, None, (0, 0.02), [(0.19496, 0.24909), (0.18293, 0.24308)]),
            (smooth, {"bias": "positive"}, average, (0, 0.02), [(0.17329, 0.27154), (0.13519, 0.26552)]),
            (smooth, {"monotone": "increasing"}, average, (0, 0.02), [(0.17329, 0.30362), (0.13519, 0.28758)]),
            (relative, {"bias": "positive"}, None, (0.5, 1), [(0.11877, 0.44158), (0.06864, 0.33731)]),
            (relative, {"monotone": "decreasing"}, None, (0.5, 1), [(0.04458, 0.27115), (-0.04765, 0.31726)]),
            (relative, {"bias": "positive"}, average, (0.5, 1), [(0.06903, 0.50211), (-0.06731, 0.38382)])):
        how = {"m": bounds} if restricted is smooth else {"m_bar": bounds, "breakdown": False}
        got = restricted(beta, vcov, 4, weights=weights, draws=0, **known, **how)
        assert np.c_[got.ci_low, got.ci_high] == pytest.approx(np.array(published), abs=0.0021), (restricted.__name__, known, weights)
    got = smooth(beta[:5], vcov[:5, :5], 4, m=(0, 0.02), bias="negative", draws=0)  # one year after: those before are moments too
    assert np.c_[got.ci_low, got.ci_high] == pytest.approx(np.array([(0.06864, 0.44358), (0.10273, 0.44759)]), abs=0.0021)
    got = smooth(beta, vcov, 4, m=(0.1,), monotone="increasing", draws=0)
    assert (got.ci_low[0], got.ci_high[0]) == pytest.approx((0.11918, 0.22329), abs=0.009)


def test_a_known_sign_narrows_the_interval_where_it_speaks():
    _, beta, vcov = _event_study("vat_cut")
    free, up, down = (honest.relative_magnitudes(beta, vcov, 4, m_bar=(1,), breakdown=False, bias=bias)
                      for bias in ("", "positive", "negative"))
    assert up.ci_high[0] < free.ci_high[0] - 0.02 and down.ci_low[0] > free.ci_low[0] + 0.02
    free, up = (honest.smoothness(beta, vcov, 4, m=(0.05,), bias=bias) for bias in ("", "positive"))
    assert up.ci_high[0] < free.ci_high[0] - 0.1  # a gain that was there without the effect leaves less to it
    with pytest.raises(BadInput, match="positive or negative"):
        honest.smoothness(beta, vcov, 4, bias="up")
    with pytest.raises(NotEstimable, match="at most 8 years"):
        honest.smoothness(np.zeros(12), np.eye(12), 3, bias="positive")


@pytest.mark.parametrize("weights", [None, [0.25, 0.25, 0.25, 0.25], [0, 0, 0, 1.0], [-0.5, 0.5, 0, 0]])
@pytest.mark.parametrize("known", [{"bias": "negative"}, {"monotone": "increasing"}, {"bias": "positive", "monotone": "decreasing"}])
def test_vertices_under_a_known_shape_are_those_of_the_programme(weights, known):
    """The largest over the vertices is the least violation over the free effects, whatever the effect that is tried."""
    from scipy.optimize import linprog

    rng = np.random.default_rng(4)
    root = rng.normal(size=(7, 7)) * 0.1
    vcov, beta = root @ root.T + 0.01 * np.eye(7), rng.normal(size=7) * 0.3
    weights = np.eye(4)[0] if weights is None else np.array(weights)
    for order in (1, 2):
        change = honest._differences(3, 4, order)[3 + 1 - order:]
        moments = np.concatenate([change, -change, honest._shape(3, 4, known.get("bias", ""), known.get("monotone", ""))])
        most = np.repeat([0.05, 0.0], [8, len(moments) - 8])
        vertices, on_theta = polyhedron.dual(moments, vcov, weights, order)
        size = np.sqrt(np.einsum("ij,jk,ik->i", moments, vcov, moments))
        for theta in (-0.4, 0.1, 0.8):
            after = moments[:, 3:]  # eta and the four effects, with weights @ effects = theta
            least = linprog(np.eye(5)[0], A_ub=np.c_[-size, -after], b_ub=most - moments @ beta, A_eq=np.r_[0, weights][None, :],
                            b_eq=[theta], bounds=[(None, None)] * 5).fun
            assert (vertices @ (moments @ beta - most - on_theta * theta)).max() == pytest.approx(least, abs=1e-8)


def test_smoothness_of_many_years_is_the_published_one():
    # vignette of HonestDiD (FLCI); its search stops a little short of the shortest interval
    exposure, beta, vcov = _event_study("teachers_bargaining")
    got = honest.smoothness(beta, vcov, 9, m=(0, 0.01, 0.04), weights=(exposure[9:] == 15).astype(float))
    published = np.array([[3.90545, 8.37472], [-0.08291, 8.19084], [-14.10377, 5.38425]])
    assert np.c_[got.ci_low, got.ci_high] == pytest.approx(published, abs=0.01)
    assert (got.ci_high - got.ci_low <= published[:, 1] - published[:, 0] + 0.01).all()


def test_smoothness_is_the_shortest_of_all_estimators():
    """Two years before: every unbiased line has one free number, tried in turn; a bent trend within m stays within the bias."""
    from scipy.optimize import brentq
    from scipy.stats import norm

    rng = np.random.default_rng(8)
    root = rng.normal(size=(4, 4))
    vcov, beta, weights, m = root @ root.T + np.eye(4), rng.normal(size=4), np.array([0.3, 0.7]), 0.4
    got = honest.smoothness(beta, vcov, 2, m=(m,), weights=weights)

    def half(c):
        line = np.array([c, weights @ [1, 2] - 2 * c, *weights])  # loads on a straight line: -2 c - (..) + weights @ (1, 2) = 0
        bias = m * (abs(c) + abs(weights @ [1, 2]) + abs(weights[1]))
        sd = np.sqrt(line @ vcov @ line)
        cover = lambda x: norm.cdf(x - bias / sd) - norm.cdf(-x - bias / sd) - 0.95  # noqa: E731
        return sd * brentq(cover, 0, bias / sd + 5), line @ beta

    best, centre = min(half(c) for c in np.linspace(-1, 1, 801))
    assert (got.ci_high[0] - got.ci_low[0]) / 2 == pytest.approx(best, rel=1e-6)
    assert (got.ci_high[0] + got.ci_low[0]) / 2 == pytest.approx(centre, abs=5e-3)


@pytest.mark.slow
def test_relative_magnitudes_are_moderndid(medicaid):
    from moderndid.didhonest.sensitivity import create_sensitivity_results_rm

    half, (beta, vcov) = np.array([0.5, 0.5]), medicaid
    last = beta[-4:], vcov[-4:, -4:]  # two years before, two after: it solves each pair of years anew, for seconds
    ref = create_sensitivity_results_rm(*last, 2, 2, m_bar_vec=[1.0], l_vec=half[:, None], grid_points=400)
    got = honest.relative_magnitudes(*last, 2, m_bar=(1.0,), weights=half, breakdown=False)
    assert got.ci_low[0] == pytest.approx(float(ref["lb"][0]), abs=2e-3)
    assert got.ci_high[0] == pytest.approx(float(ref["ub"][0]), abs=2e-3)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("weights", [None, [0.25, 0.25, 0.25, 0.25], [0, 0, 0, 1.0], [-0.5, 0.5, 0, 0]])
def test_relative_magnitudes_test_is_its_linear_programme(weights, order):
    """The written-down vertices against the programme they solve: the least violation over the free effects."""
    from scipy.optimize import linprog

    rng = np.random.default_rng(3)
    n_pre, n_post, m_bar = 3, 4, 0.8
    root = rng.normal(size=(7, 7)) * 0.1
    vcov, beta = root @ root.T + 0.01 * np.eye(7), rng.normal(size=7) * 0.3
    weights = np.eye(n_post)[0] if weights is None else np.array(weights)
    change = honest._differences(n_pre, n_post, order)
    loads = honest._loads(weights, order)
    post, largest = change[n_pre + 1 - order:], change[1]
    moments = np.concatenate([post - m_bar * largest, -post - m_bar * largest])
    size = np.sqrt(np.diag(moments @ vcov @ moments.T))
    path = np.linalg.matrix_power(np.tril(np.ones((n_post, n_post))), order)  # changes to levels
    for theta in (-0.5, 0.0, 0.4):
        # variables: eta and the changes of the effects, whose levels must have the weighted sum theta
        effect = np.concatenate([np.eye(n_post), -np.eye(n_post)])
        lp = linprog(np.r_[1, np.zeros(n_post)], A_ub=np.c_[-size, -effect], b_ub=-(moments @ beta),
                     A_eq=np.r_[0, weights @ path][None, :], b_eq=[theta], bounds=[(None, None)] * (1 + n_post))
        rows = np.concatenate([np.clip(loads, 0, None), np.clip(-loads, 0, None)])
        candidates = [rows, np.roll(rows, n_post)]
        candidates += [np.r_[np.eye(n_post)[j], np.eye(n_post)[j]] for j in range(n_post)]
        on_theta = effect @ honest._per_theta(loads)
        eta = max(v / (v @ size) @ (moments @ beta - on_theta * theta) for v in candidates)
        assert eta == pytest.approx(lp.fun, abs=1e-9)


def test_honest_interval_without_violations_covers_and_grows():
    rng = np.random.default_rng(5)
    vcov = np.full((6, 6), 0.005) + 0.005 * np.eye(6)
    root = np.linalg.cholesky(vcov)
    covered = 0
    for _ in range(40):
        beta = root @ rng.normal(size=6) + np.r_[0, 0, 0, 0.5, 0.5, 0.5]
        got = honest.relative_magnitudes(beta, vcov, 3, m_bar=(0.0, 1.0), breakdown=False, draws=1000)
        assert got.ci_low[1] <= got.ci_low[0] and got.ci_high[1] >= got.ci_high[0]
        covered += got.ci_low[1] <= 0.5 <= got.ci_high[1]
    assert covered >= 34  # at least 95% less three simulation errors
    one = honest.relative_magnitudes(np.r_[0.1, 0.0, 0.9], np.eye(3) * 0.01, 2, m_bar=(0.5, 1.0))
    assert one.ci_low[0] > one.ci_low[1] and one.breakdown > 0


def test_honest_refuses_bad_input():
    with pytest.raises(BadInput):
        honest.relative_magnitudes(np.r_[0.1, np.nan], np.eye(2), 1)
    with pytest.raises(BadInput):
        honest.relative_magnitudes(np.ones(3), np.eye(2), 1)
    with pytest.raises(BadInput):
        honest.relative_magnitudes(np.ones(2), np.eye(2), 2)
    with pytest.raises(BadInput):
        honest.relative_magnitudes(np.ones(2), np.eye(2), 1, m_bar=(-1,))
    with pytest.raises(NotEstimable):
        honest.relative_magnitudes(np.ones(2), np.zeros((2, 2)), 1)
    with pytest.raises(NotEstimable):
        honest.smoothness(np.ones(2), np.eye(2), 1)


# ------------------------------------------------------------------------------------------------------------ spec curve
def test_joint_curve_test_reestimates_every_specification_on_every_shuffle():
    y, d, controls, _ = make(seed=6, missing=0.05)
    grid = many.grid(N, T, outcomes=M, control_sets=[(), (0, 1)], year_sets=[range(T), range(2, T)],
                      unit_sets=[np.arange(N), np.arange(N) % 5 != 1])
    got = spec_curve.joint_curve_test(y, d, grid, controls=controls, draws=19, seed=4)
    results = many.twfe_specs(y, d, grid, controls=controls)
    assert got.n_specs == len(grid)
    assert got.observed[0] == pytest.approx(np.median(results.estimate))
    assert got.observed[2] == pytest.approx(results.t.mean())
    direction = np.sign(np.median(results.estimate))
    assert got.observed[1] == pytest.approx(((results.p_value < 0.05) & (np.sign(results.t) == direction)).mean())
    paths, codes = np.unique(d, axis=0, return_inverse=True)
    (size, stream), = randomization.deals(codes.ravel(), None, 19, 4)[0]
    dealt = randomization.permute(codes.ravel(), size, stream)
    for r in (0, 7, 18):
        again = many.twfe_specs(y, paths[dealt[r]], grid, controls=controls)
        assert got.null[r, 0] == pytest.approx(np.median(again.estimate), abs=1e-9)
        assert got.null[r, 2] == pytest.approx(again.t.mean(), abs=1e-8)


def test_a_shuffle_of_which_nothing_can_be_estimated_counts_as_beyond():
    """Two in three have no figure after the start: dealt the exposure, they leave nothing to estimate, and were no draw at all."""
    y = np.random.default_rng(2).normal(size=(12, 6))
    y[4:, 3:] = np.nan
    d = np.zeros((12, 6))
    d[0, 3:] = 1
    y[0, 3:] += 50
    found = spec_curve.joint_curve_test(y, d, many.grid(12, 6), draws=99)
    assert found.exact and np.isnan(found.null).all(1).sum() == 8
    assert found.p_value[0] == 9 / 12  # itself, and the eight
    with pytest.raises(NotEstimable, match="no specification can be estimated"):
        spec_curve.joint_curve_test(y, d, many.grid(12, 6, year_sets=[[0, 1, 2]]), draws=99)


def test_a_curve_of_a_thousand_specifications_finds_an_effect_and_only_then():
    y, d, controls, _ = make(seed=8, n=40)
    grid = many.grid(40, T, outcomes=M, control_sets=many.all_subsets(3),
                      year_sets=[range(a, b) for a in range(4) for b in range(9, T + 1)],
                      unit_sets=[np.arange(40) % 5 != q for q in range(6)])
    assert len(grid) >= 1000
    noise = np.random.default_rng(1).normal(size=y.shape)
    none = spec_curve.joint_curve_test(noise, d, grid, controls=controls, draws=39)
    some = spec_curve.joint_curve_test(noise + 1.5 * d[:, :, None], d, grid, controls=controls, draws=39)
    assert (some.p_value == 1 / 40).all()
    assert (none.p_value > 0.05).all()
    table = spec_curve.curve(noise, d, grid, controls=controls)
    assert table["estimate"].is_monotonic_increasing and table["rank"].tolist() == list(range(1, len(grid) + 1))
    summary = spec_curve.summary(many.twfe_specs(noise + 1.5 * d[:, :, None], d, grid, controls=controls))
    assert summary["share_positive"] == 1.0 and summary["n_specs"] == len(grid)


def test_curve_on_a_dask_cluster_is_the_same():
    import distributed

    y, d, _, _ = make()
    grid = many.grid(N, T, outcomes=M, year_sets=[range(T), range(2, T)])
    with distributed.LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None) as local, \
            distributed.Client(local) as client:
        far = spec_curve.joint_curve_test(y, d, grid, draws=199, client=client)
    assert np.array_equal(far.null, spec_curve.joint_curve_test(y, d, grid, draws=199).null)


# --------------------------------------------------------------------------------------------------------- many outcomes
def test_adjusted_p_values_are_statsmodels_and_skip_what_is_missing():
    p = np.array([0.01, np.nan, 0.04, 0.03])
    from statsmodels.stats.multitest import multipletests

    rng = np.random.default_rng(0)
    for size in (1, 2, 7, 40):
        many = rng.random(size) ** 2
        for ours, theirs in (("holm", "holm"), ("bh", "fdr_bh"), ("by", "fdr_by"), ("bonferroni", "bonferroni")):
            assert multiple_testing.adjust(many, ours) == pytest.approx(multipletests(many, method=theirs)[1], abs=1e-15)
    assert multiple_testing.adjust(p, "bh") == pytest.approx([0.03, np.nan, 0.04, 0.04], nan_ok=True)
    assert multiple_testing.adjust(p, "holm") == pytest.approx([0.03, np.nan, 0.06, 0.06], nan_ok=True)
    assert multiple_testing.adjust(p, "by")[0] == pytest.approx(0.03 * (1 + 1 / 2 + 1 / 3))
    assert np.isnan(multiple_testing.adjust([np.nan])).all()
    with pytest.raises(BadInput):
        multiple_testing.adjust([0.2, 1.2])
    with pytest.raises(BadInput):
        multiple_testing.adjust([0.2], "sidak")


def test_romano_wolf_is_pyfixest_on_the_same_draws():
    from pyfixest.estimation.post_estimation.multcomp import _get_rwolf_pval

    rng = np.random.default_rng(2)
    null = rng.normal(size=(999, 5)) @ rng.normal(size=(5, 5))
    observed = np.array([3.0, -0.2, 5.5, 1.0, -4.0])
    assert multiple_testing.romano_wolf(observed, null) == pytest.approx(_get_rwolf_pval(observed, null), abs=1e-12)


def test_romano_wolf_on_wild_draws_is_near_pyfixest_rwolf():
    import pyfixest as pf

    y, d, controls, _ = make(seed=12, n=60, years=8)
    y += 1.0 * d[:, :, None] * np.array([0, 0.8, 2.0])
    data = frame(y, d, controls)
    models = pf.feols("y0 + y1 + y2 ~ d + C(t) + C(i)", data, vcov={"CRV1": "i"}).to_list()
    ref = pf.rwolf(models, "d", reps=999, seed=1).loc["RW Pr(>|t|)"].to_numpy(float)
    test = randomization.randomization_test(y, d, draws=999)
    # permutation and bootstrap are two references for the same statistic: near, not equal
    assert multiple_testing.romano_wolf(test.observed, test.null) == pytest.approx(ref, abs=0.08)


def test_romano_wolf_steps_down_and_holds_the_family():
    rng = np.random.default_rng(3)
    rejected = 0
    for _ in range(200):
        shared = rng.normal(size=(200, 1))
        draws = 0.7 * shared + rng.normal(size=(200, 6))
        rejected += (multiple_testing.romano_wolf(draws[0], draws[1:]) <= 0.05).any()
    assert rejected / 200 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)
    null = np.random.default_rng(4).normal(size=(999, 3))
    p = multiple_testing.romano_wolf(np.array([9.0, 2.0, 0.1]), null)
    single = (1 + (np.abs(null) >= [9.0, 2.0, 0.1]).sum(0)) / 1000
    assert p[0] == 0.001 and single[1] < p[1] < 3 * single[1] and p[2] == pytest.approx(single[2])
    with pytest.raises(BadInput):
        multiple_testing.romano_wolf(np.array([1.0, np.nan]), null[:, :2])
    with pytest.raises(BadInput):
        multiple_testing.romano_wolf(np.ones(2), null)
