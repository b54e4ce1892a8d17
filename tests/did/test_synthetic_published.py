"""Synthetic control and synthetic DiD against published results, optimality conditions and diff-diff."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from govlib.did import synthetic, synthetic_did
from govlib.errors import BadInput, NotEstimable


@pytest.fixture(scope="module")
def prop99():
    table = pd.read_csv(Path(__file__).parent / "data" / "prop99.csv", index_col="State")
    years = [c for c in table if c.isdigit()]
    return table, table[years].to_numpy(float), table.index.get_loc("California"), years.index("1989"), years


def test_synthetic_did_of_the_california_programme(prop99):
    _, y, treated, start, years = prop99
    cohort = np.where(np.arange(len(y)) == treated, start, np.inf)
    fit = synthetic_did.synthetic_did(y, cohort)
    # Arkhangelsky et al. (2021), Table 1: -15.604; their solver stops a little before the minimum
    assert fit.effect[0] == pytest.approx(-15.604, abs=0.005)
    assert synthetic_did.synthetic_did(y, cohort, method="did").effect[0] == pytest.approx(-27.349, abs=5e-4)
    assert synthetic_did.synthetic_did(y, cohort, method="sc").effect[0] == pytest.approx(-19.620, abs=0.15)
    assert fit.year_weights[:, 0] == pytest.approx(  # the paper's figure: 1986-1988 only
        np.where(np.isin(years, ["1986", "1987", "1988"]), fit.year_weights[:, 0], 0), abs=1e-3)
    assert fit.unit_weights[:, 0].sum() == pytest.approx(1) and fit.unit_weights[treated, 0] == 0
    placebo = synthetic_did.sdid_placebo(y, cohort)
    assert placebo.exact and len(placebo.null) == 38
    # over the noise of each state, California's fall is beyond every other's; as it stands one noisy state falls further
    assert placebo.p_value[0] == pytest.approx(1 / 39) and (np.abs(placebo.null[:, 0]) >= abs(fit.effect[0])).sum() == 1
    assert placebo.ci_high[0] < 0  # the interval is the same test's


def test_synthetic_control_weights_of_the_california_programme(prop99):
    table, y, treated, start, years = prop99
    lags = [years.index(year) for year in ("1988", "1980", "1975")]
    x = np.c_[table[["ln_income", "retail_price", "age_15_24", "beer"]].to_numpy(float), y[:, lags]]
    fit = synthetic.predictor_weights(y, x, treated, range(start), starts=4)
    published = {"Utah": 0.334, "Nevada": 0.234, "Montana": 0.199, "Colorado": 0.164, "Connecticut": 0.069}
    got = dict(zip(table.index, fit.weights, strict=True))
    # Abadie, Diamond and Hainmueller (2010), Table 2
    assert {state: got[state] for state in published} == pytest.approx(published, abs=0.012)
    assert sum(got.values()) == pytest.approx(1)
    assert sum(w for state, w in got.items() if state not in published) < 0.01


def test_simplex_weights_meet_the_optimality_conditions():
    rng = np.random.default_rng(0)
    for ridge in (0.0, 0.7):
        a = rng.normal(size=(9, 20)) + 1
        w = synthetic.simplex_weights(a, ridge)
        assert w.sum() == pytest.approx(1) and (w >= 0).all()
        gradient = a.T @ (a @ w) + ridge * w
        inside = w > 1e-9
        assert np.ptp(gradient[inside]) < 1e-7
        assert (gradient[~inside] >= gradient[inside].mean() - 1e-7).all()
    assert synthetic.simplex_weights(np.zeros((3, 4))) == pytest.approx(np.full(4, 0.25))


def panel(seed=0, n=16, years=14, m=2):
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(years, 2, m)).cumsum(0)
    return np.einsum("nf,tfm->ntm", rng.uniform(size=(n, 2)), factors) + 0.2 * rng.normal(size=(n, years, m)) + 5


def long(y):
    i, t = (a.ravel() for a in np.indices(y.shape))
    return pd.DataFrame({"unit": i, "time": t, "y": y.ravel()})


def test_synthetic_control_is_diff_diff():
    from diff_diff import SyntheticControl

    y = panel(n=8, years=20, m=1)[:, :, 0]
    start = 15
    data = long(y)
    data["treated"] = ((data["unit"] == 0) & (data["time"] >= start)).astype(int)
    ref = SyntheticControl(v_method="custom", custom_v=np.ones(start), standardize="none").fit(
        data, "y", "treated", "unit", "time", post_periods=list(range(start, 20)), treated_unit=0,
        pre_period_outcomes="all")
    got = synthetic.synthetic_control(y, 0, start)
    assert got.effect[0] == pytest.approx(ref.att, abs=1e-6)
    assert got.pre_rmspe[0] == pytest.approx(ref.pre_rmspe, abs=1e-6)


def test_synthetic_did_is_diff_diff():
    from diff_diff import SyntheticDiD

    y = panel(seed=3, n=16, years=14, m=1)[:, :, 0]
    cohort = np.where(np.arange(16) < 2, 9, np.inf)
    data = long(y)
    data["treated"] = (data["unit"] < 2).astype(int)
    ref = SyntheticDiD(variance_method="placebo", n_bootstrap=20, seed=1).fit(
        data, "y", "treated", "unit", "time", post_periods=list(range(9, 14)))
    assert synthetic_did.synthetic_did(y, cohort).effect[0] == pytest.approx(ref.att, abs=0.01)


def test_placebos_are_separate_fits_and_outcomes_do_not_mix():
    y = panel()
    got = synthetic.placebos_in_space(y, 0, 9)
    real = synthetic.synthetic_control(y, 0, 9)
    assert got.effect[0] == pytest.approx(real.effect) and got.ratio[0] == pytest.approx(real.ratio)
    for unit in (3, 15):
        one = synthetic.synthetic_control(y, unit, 9, donors=[j for j in range(16) if j not in (0, unit)])
        assert got.effect[unit] == pytest.approx(one.effect) and got.ratio[unit] == pytest.approx(one.ratio)
        alone = synthetic.synthetic_control(y[:, :, 1], unit, 9, donors=[j for j in range(16) if j not in (0, unit)])
        assert alone.effect[0] == pytest.approx(one.effect[1])
    assert got.p_ratio == pytest.approx((got.ratio >= got.ratio[0]).mean(0))
    assert (got.n_placebos == 15).all()


def test_a_true_effect_is_found_and_its_placebos_and_refits_agree():
    y = panel(seed=5)
    y[0, 9:] += 3.0
    real = synthetic.synthetic_control(y, 0, 9)
    assert real.effect == pytest.approx([3.0, 3.0], abs=0.6)
    assert synthetic.placebos_in_space(y, 0, 9).p_ratio == pytest.approx([1 / 16, 1 / 16])
    early = synthetic.placebos_in_time(y, 0, 9)
    assert set(early) == set(range(2, 9))
    assert all(fit.gap.shape == (9, 2) for fit in early.values())
    refits = synthetic.leave_one_out(y, 0, 9)
    assert refits and all(fit.weights[donor].max() == 0 for donor, fit in refits.items())
    assert all(fit.effect == pytest.approx([3.0, 3.0], abs=1.5) for fit in refits.values())
    staggered = np.full(16, np.inf)
    staggered[[0, 1]] = 9, 11
    y[1, 11:] += 3.0
    test = synthetic_did.sdid_placebo(y, staggered, draws=40)
    assert test.estimate == pytest.approx([3.0, 3.0], abs=0.6) and (test.p_value < 0.05).all()


def test_an_incomplete_donor_is_left_out_of_that_outcome_only():
    y = panel()
    y[4, 3, 0] = np.nan
    got = synthetic.synthetic_control(y, 0, 9)
    assert not got.donors[4, 0] and got.donors[4, 1] and got.weights[4, 0] == 0
    keep = np.arange(16) != 4
    assert got.effect[0] == pytest.approx(synthetic.synthetic_control(y[keep][:, :, 0], 0, 9).effect[0])
    assert np.isnan(synthetic.placebos_in_space(y, 0, 9).effect[4, 0])


def test_placebos_on_a_dask_cluster_are_the_same():
    import distributed

    y = panel()
    with distributed.LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None) as local, \
            distributed.Client(local) as client:
        far = synthetic.placebos_in_space(y, 0, 9, client=client)
    assert np.array_equal(far.ratio, synthetic.placebos_in_space(y, 0, 9).ratio)


def test_what_cannot_be_estimated_is_refused():
    y = panel()
    for start, words in ((0, "no year"), (14, "no year"), (1, "one year")):
        with pytest.raises(NotEstimable, match=words):
            synthetic.synthetic_control(y, 0, start)
    with pytest.raises(NotEstimable, match="two donors"):
        synthetic.synthetic_control(y, 0, 9, donors=[3])
    hole = y.copy()
    hole[0, 2, 1] = np.nan
    with pytest.raises(NotEstimable, match="missing years"):
        synthetic.synthetic_control(hole, 0, 9)
    with pytest.raises(NotEstimable, match="missing years"):
        synthetic_did.synthetic_did(hole, np.where(np.arange(16) == 0, 9, np.inf))
    with pytest.raises(NotEstimable, match="no unit"):
        synthetic_did.synthetic_did(y, np.full(16, np.inf))
    with pytest.raises(NotEstimable, match="never-treated"):
        synthetic_did.synthetic_did(y, np.full(16, 9.0))
    with pytest.raises(NotEstimable, match="third year"):
        synthetic_did.synthetic_did(y, np.where(np.arange(16) == 0, 1, np.inf))
    with pytest.raises(BadInput):
        synthetic.synthetic_control(y, 40, 9)
    with pytest.raises(BadInput):
        synthetic.placebos_in_time(y, 0, 9, starts=[11])


def test_importance_by_cross_validation_passes_over_what_does_not_carry_on():
    """Two predictors: the outcome's own level, and one that fits the first window by chance and is noise in the second."""
    rng = np.random.default_rng(4)
    level, luck = rng.normal(0, 3, 20), rng.normal(0, 3, 20)
    y = level[:, None] + 0.1 * rng.normal(size=(20, 12))
    early, late = np.c_[y[:, :4].mean(1), luck], np.c_[y[:, 4:8].mean(1), rng.normal(0, 3, 20)]
    fit = synthetic.predictor_weights(y, early, 0, range(4, 8), later=late, starts=3)
    assert fit.v[0] > 0.95 and fit.weights.sum() == pytest.approx(1)
    assert y[0, 8:].mean() == pytest.approx(float(fit.weights @ y[:, 8:].mean(1)), abs=0.4)
    assert np.abs(fit.weights - synthetic.predictor_weights(y, early, 0, range(4, 8), starts=3).weights).max() > 0.01
    with pytest.raises(NotEstimable, match="later predictors"):
        synthetic.predictor_weights(y, early, 0, range(4, 8), later=late[:, :1], starts=2)
