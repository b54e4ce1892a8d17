"""What is worked out here instead of by a library, or for many at once instead of one by one, gives the same numbers."""

import numpy as np
import pytest

from govlib import did
from govlib.did import imputed, synthetic_did
from govlib.did.estimators import callaway_santanna as cs
from govlib.did.estimators import imputation, sun_abraham
from govlib.did.fitting import Study, event_fit, prepare
from govlib.did.inference import randomization

N, YEARS = 60, np.arange(2000, 2012)


def panel(kind):
    """60 units in 12 periods, a third of them exposed from one of six dates."""
    rng = np.random.default_rng(7)
    y = rng.normal(size=(N, len(YEARS), 1)).cumsum(1)
    cohort = np.where(np.arange(N) < 20, 2000 + rng.integers(3, 9, N), np.inf)
    years = YEARS
    if kind in ("gaps", "all exposed in the end"):
        y[rng.random(y.shape) < 0.2] = np.nan
    if kind == "all exposed in the end":
        cohort = 2000.0 + rng.integers(3, 10, N)
    if kind == "late entry":
        y[:5, :6] = np.nan
    if kind == "a period missing":
        years = years + (years > 2005)
    return did.from_arrays(y, cohort, years=years)


KINDS = ("complete", "gaps", "all exposed in the end", "late entry", "a period missing")


def same(ours, theirs):
    assert ours.terms == theirs.terms and len(ours.terms) > 3
    assert ours.estimate == pytest.approx(theirs.estimate, abs=1e-9)
    assert ours.std_error == pytest.approx(theirs.std_error, abs=1e-8)
    assert ours.vcov == pytest.approx(theirs.vcov, abs=1e-8, nan_ok=True)


@pytest.mark.parametrize("kind", KINDS)
def test_two_stages_are_diff_diffs(kind):
    same(imputation.gardner(panel(kind), 0), imputation._library(prepare(panel(kind), 0), "gardner"))


@pytest.mark.parametrize("kind", ("complete", "gaps", "late entry", "a period missing"))
def test_sun_and_abraham_is_diff_diffs(kind):
    same(sun_abraham.sun_abraham(panel(kind), 0), sun_abraham._library(sun_abraham._with_base(prepare(panel(kind), 0))))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("how", [{}, {"control_group": "never"}, {"base_period": "varying"}, {"anticipation": 1},
                                 {"anticipation": 1, "base_period": "varying"}])
def test_callaway_and_santanna_is_diff_diffs(kind, how):
    if kind == "all exposed in the end" and "control_group" in how:
        pytest.skip("nobody is never exposed")
    ours = cs.callaway_santanna(panel(kind), 0, **how)
    asked = {"control_group": "not_yet", "base_period": "universal", "anticipation": 0} | how
    one = prepare(cs._not_begun(panel(kind), 0, asked["anticipation"]), 0)
    theirs = cs._library(one, one.treated, **asked | {"control_group": cs.CONTROLS[asked["control_group"]]})
    same(ours, theirs)
    assert ours.aux["att_gt"] == pytest.approx(theirs.aux["att_gt"], nan_ok=True)


@pytest.mark.parametrize("dates", [(7,), (6, 6, 9)])
@pytest.mark.parametrize("years,donors", [(12, 40), (12, 8)])  # with few donors the weights on years are not found by pivoting
def test_placebos_of_synthetic_did_together_are_those_one_by_one(dates, years, donors):
    rng = np.random.default_rng(11)
    n = donors + len(dates)
    y = rng.normal(size=(n, years, 2)).cumsum(1) * rng.uniform(0.2, 3, (n, 1, 1))
    cohort = np.r_[np.array(dates, float), np.full(donors, np.inf)]
    test = synthetic_did.sdid_placebo(y, cohort, draws=30)
    for chosen, got in zip(test.deals, test.null, strict=True):
        alone = np.full(n, np.nan)
        alone[len(dates):] = np.inf
        alone[chosen] = dates
        assert got == pytest.approx(synthetic_did.synthetic_did(y, alone).effect, abs=1e-9)


def test_an_error_of_rounding_is_not_reported():
    """An event time that one unit alone fits without a residual has an error of 1e-16, and a p-value of nothing."""
    path = Study([2, 3, 4], [0.5, 0.5, 0.5], [0.2, 1e-14, 0.0])
    assert event_fit(prepare(panel("complete"), 0), 0.5, 0.2, path).terms == [("att", None), ("event", 2)]


def test_ten_thousand_units_in_two_stages():
    """A column a unit would be ten thousand columns; what it takes is the system of the periods."""
    import time
    import tracemalloc

    rng = np.random.default_rng(0)
    cohort = np.where(np.arange(10_000) < 3000, 2000 + rng.integers(3, 15, 10_000), np.inf)
    big = did.from_arrays(rng.normal(size=(10_000, 20, 1)), cohort, years=np.arange(2000, 2020))
    tracemalloc.start()
    start = time.process_time()
    fit = imputation.gardner(big, 0)
    seconds, peak = time.process_time() - start, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert fit.std_error[0] > 0 and seconds < 10 and peak < 400e6


@pytest.mark.parametrize("kind", KINDS)
def test_imputation_is_diff_diffs_where_leads_are_collinear_too(kind):
    ours, theirs = imputation.imputation(panel(kind), 0), imputation._library(prepare(panel(kind), 0), "imputation")
    assert ours.terms == theirs.terms and ours.estimate == pytest.approx(theirs.estimate, abs=1e-7)
    if kind in ("complete", "a period missing"):  # elsewhere some are alone in their cohort, which the library sees otherwise
        assert ours.std_error == pytest.approx(theirs.std_error, abs=1e-7)


def test_of_leads_alike_the_one_nearest_the_start_stays():
    x = np.zeros((6, 3))
    x[[0, 1], 0], x[[0, 1], 1], x[[2, 3, 4], 2] = 1.0, 1.0, 1.0
    assert imputed._independent(x).tolist() == [False, True, True]


# ---- outcomes together, and one by one ------------------------------------------------------------------------------------
NAMES = ("twfe", "twfe_trends", "twfe_region_year", "imputation", "callaway_santanna", "lp_did")


@pytest.mark.parametrize("name", NAMES)
def test_outcomes_of_one_panel_have_the_numbers_of_each_alone(name):
    """Two with the same cells, which share their regressions, one with gaps of its own, one of which nothing can be said."""
    rng = np.random.default_rng(3)
    cohort = np.where(np.arange(N) < 20, 2000 + rng.integers(3, 9, N), np.inf)
    y = rng.normal(size=(N, len(YEARS), 4)).cumsum(1)
    y[rng.random((N, len(YEARS))) < 0.1, 2] = np.nan
    y[cohort < np.inf, :, 3] = np.nan
    inference = ("crv1", *(["wild"] if name == "twfe" else []), *(["ri"] if name in ("twfe", "imputation") else []))
    make = {"years": YEARS, "region": np.arange(N) % 3}
    whole = did.estimate(did.from_arrays(y, cohort, **make), name, inference=inference, draws=99)
    for k in range(3):
        alone = did.estimate(did.from_arrays(y[:, :, [k]], cohort, components=[f"y{k + 1}"], **make), name, inference=inference, draws=99)
        here = whole[whole["component"] == f"y{k + 1}"]
        for column in ("estimate", "std_error", "ci_low", "ci_high", "p_value", "pretrend_p", "forbidden_weight"):
            assert here[column].to_numpy(float) == pytest.approx(alone[column].to_numpy(float), abs=1e-9, nan_ok=True), column
    (lost,) = whole[whole["component"] == "y4"].itertuples()
    assert np.isnan(lost.estimate) and "treated" in lost.note


def test_a_panel_remembers_its_samples_and_a_large_one_none(monkeypatch):
    one = panel("complete")
    assert prepare(one, 0) is prepare(one, 0) and one.one(0) is one.one(0)
    monkeypatch.setattr("govlib.did.panel.KEPT", one.d.size - 1)
    other = panel("complete")
    assert other.one(0) is not other.one(0)
    assert did.estimate(other, "twfe")["estimate"].tolist() == did.estimate(one, "twfe")["estimate"].tolist()


def test_every_assignment_is_dealt_once():
    codes, blocks = np.array([1, 2, 2, 0, 0, 1, 2]), np.array([0, 0, 0, 0, 1, 1, 1])
    found = randomization.assignments(codes, blocks)
    assert len(found) == len({tuple(row) for row in found}) == randomization.count_assignments(codes, blocks) == 12 * 6
    assert any((row == codes).all() for row in found)
    assert all(sorted(row[blocks == b]) == sorted(codes[blocks == b]) for row in found for b in (0, 1))
