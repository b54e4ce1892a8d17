"""Controls in the estimators for staggered dates, which a library is asked for: against the definitions written out."""

from __future__ import annotations

import numpy as np
import pytest
from kit.dummies import N, indicators, panel, regression

from govlib import did
from govlib.did import ESTIMATORS, imputed
from govlib.did.fitting import prepare
from govlib.errors import BadInput, NotEstimable, UnknownName

URBAN, POOR = np.random.default_rng(5).normal(size=(2, N))


def fitted(name, kind="complete", controls=None, **options):
    return ESTIMATORS[name].fit(panel(kind, controls={"urban": URBAN} if controls is None else controls), 0, singletons="drop", **options)


def design(kind="complete", controls=(URBAN,)):
    one = prepare(panel(kind), 0, "drop")
    unit, time = np.nonzero(one.cells)
    kept = np.isin(panel(kind).units, one.units)
    dummies = [indicators(unit), indicators(time), *(value[kept][unit][:, None] * indicators(time)[:, 1:] for value in controls)]
    return one, unit, time, one.y[unit, time, 0], one.years[time] - one.cohort[unit], dummies


@pytest.mark.parametrize("kind", ["complete", "gaps", "one alone"])
@pytest.mark.parametrize("name", ["imputation", "gardner"])
def test_imputation_takes_the_control_by_period_from_unexposed_cells(name, kind):
    one, unit, _, y, since, dummies = design(kind)
    clean = ~(since >= 0)
    full = np.column_stack(dummies)
    off = y - full @ (np.linalg.pinv(full[clean], rcond=1e-11) @ y[clean])
    fit = fitted(name, kind)
    assert fit.at("att")[0] == pytest.approx(off[~clean].mean(), abs=1e-6)
    for e in (0, 1, 2):
        assert fit.at("event", e)[0] == pytest.approx(off[since == e].mean(), abs=1e-6)
    assert 0.05 < fit.at("att")[1] < 2 and ("event", -1) not in fit.terms and fit.n_obs == len(y) and fit.n_treated == int(one.treated.sum())


@pytest.mark.parametrize("kind", ["complete", "gaps", "one alone"])
def test_the_error_with_a_control_holds_each_unit_against_others(kind):
    """Of its cohort and event time; of its event time everywhere once some unit is alone in its cohort."""
    one, unit, time, y, since, dummies = design(kind)
    exposed, full, start = since >= 0, np.column_stack(dummies), one.cohort[unit]
    hat = np.linalg.pinv(full[~exposed], rcond=1e-11)
    off = y - full @ (hat @ y[~exposed])
    alone = min(np.sum(exposed & (start == g) & (time == t)) for g, t in set(zip(start[exposed], time[exposed], strict=True))) == 1
    rest = np.where(exposed, 0.0, off)
    for j in np.flatnonzero(exposed):
        others = exposed & (unit != unit[j]) & (since == since[j]) & (alone | (start == start[j]))
        if others.any():
            rest[j] = off[j] - off[others].mean()
    load = exposed / exposed.sum()
    load[~exposed] = -(load @ full) @ hat
    error = np.sqrt(sum((load[unit == i] @ rest[unit == i]) ** 2 for i in np.unique(unit)))
    assert alone == (kind != "complete") and fitted("imputation", kind).at("att")[1] == pytest.approx(error, abs=1e-6)


def test_sun_and_abraham_with_a_control_is_its_regression():
    one, unit, _, y, since, dummies = design()
    pairs = sorted({(g, e) for g, e in zip(one.cohort[unit], since, strict=True) if np.isfinite(e) and e != -1})
    x = np.column_stack([(one.cohort[unit] == g) & (since == e) for g, e in pairs]).astype(float)
    beta, vcov = regression(y, x, dummies, unit, len(pairs) + 9 + 8)
    events, count = np.array([e for _, e in pairs]), x.sum(0)
    fit = fitted("sun_abraham")
    times = [e for _, e in fit.terms[1:]]
    mean = np.array([count * (events >= 0), *(count * (events == e) for e in times)])
    mean = mean / mean.sum(1, keepdims=True)
    assert fit.estimate == pytest.approx(mean @ beta, abs=1e-7)
    assert fit.std_error == pytest.approx(np.sqrt(np.diag(mean @ vcov @ mean.T)), rel=0.02)


def test_callaway_and_santanna_with_a_control_is_an_outcome_regression():
    """The change of unexposed units regressed on the control; the exposed exceed what it predicts of them."""
    one, *_ = design()
    y, fit = one.y[:, :, 0], fitted("callaway_santanna")
    total, weight = 0.0, 0
    for g in np.unique(one.cohort[np.isfinite(one.cohort)]):
        own = one.cohort == g
        for t in np.flatnonzero(one.years >= g):
            other = (one.cohort > one.years[t]) & ~own
            change = y[:, t] - y[:, np.flatnonzero(one.years == g - 1)[0]]
            x = np.column_stack([np.ones(N), URBAN])
            effect = (change - x @ np.linalg.lstsq(x[other], change[other], rcond=None)[0])[own].mean()
            assert fit.aux["att_gt"][int(g), int(one.years[t])] == pytest.approx(effect, abs=1e-8)
            total, weight = total + effect * own.sum(), weight + own.sum()
    assert fit.at("att")[0] == pytest.approx(total / weight, abs=1e-8) and fit.at("att")[1] > 0
    assert ("event", 0) in fit.terms and ("event", -1) not in fit.terms


def test_local_projections_with_a_control_are_long_differences_given_it():
    """One date: the change of the exposed beyond that of the others, once the control by period is allowed for."""
    start = np.where(np.arange(N) < 9, 2005.0, np.inf)
    base = panel()
    fit = ESTIMATORS["lp_did"].fit(did.from_arrays(base.y, start, years=base.years, controls={"urban": URBAN}), 0, horizon=1)
    plain = ESTIMATORS["lp_did"].fit(did.from_arrays(base.y, start, years=base.years), 0, horizon=1)
    assert fit.terms == plain.terms and fit.at("att")[0] != pytest.approx(plain.at("att")[0], abs=1e-6)
    change = base.y[:, 4, 0] - base.y[:, 3, 0]
    x = np.column_stack([start < np.inf, np.ones(N), URBAN]).astype(float)
    reached = fit.at("event", 0)[0]
    assert reached == pytest.approx(np.linalg.lstsq(x, change, rcond=None)[0][0], abs=0.35)
    assert "pooled over periods 0–1 after the first exposed one" in fit.note


@pytest.mark.parametrize("kind", ["complete", "gaps"])
@pytest.mark.parametrize("how", [{}, {"control_group": "never"}, {"base_period": "varying"}])
@pytest.mark.parametrize("anticipation", [1, 2])
def test_an_overall_effect_under_anticipation_is_that_from_the_start_on(kind, how, anticipation):
    """The library averages the periods before the start in. Here it is the mean of the cells from the start on, each counted by the
    units of the cohort that are seen in it and in the base."""
    fit, one = fitted("callaway_santanna", kind, anticipation=anticipation, **how), prepare(panel(kind), 0, "drop")
    cells = {(g, t): e for (g, t), e in fit.aux["att_gt"].items() if t >= g and np.isfinite(e)}
    number = [((one.cohort == g) & one.cells[:, t - 2001] & one.cells[:, g - anticipation - 2002]).sum() for g, t in cells]
    assert fit.at("att")[0] == pytest.approx(np.average(list(cells.values()), weights=number)) and fit.at("att")[1] > 0
    assert ("event", -anticipation) in fit.terms  # shown all the same


def test_an_effect_that_begins_at_the_start_is_found_whole_whatever_is_anticipated():
    """It was 1, .83 and .72 for none, one and two periods of anticipation, in which nothing happens."""
    rng, start = np.random.default_rng(0), np.repeat([5.0, np.inf], 20)
    y = rng.normal(0, 0.01, (40, 10)) + (np.arange(10) >= start[:, None])
    for controls in (None, {"urban": rng.normal(size=40)}):
        for anticipation in (0, 1, 2):
            fit = ESTIMATORS["callaway_santanna"].fit(did.from_arrays(y, start, controls=controls), 0, anticipation=anticipation)
            assert fit.at("att")[0] == pytest.approx(1, abs=0.02) and fit.n_treated == 20


@pytest.mark.parametrize(("starts", "years"), [([4.0, 8.0], 7), ([4.0, 8.0, 9.0], 8), ([4.0, 10.0, np.inf], 10)])
@pytest.mark.parametrize("controls", [False, True])
def test_who_may_be_moved_already_is_no_comparison_though_its_start_is_not_among_the_periods(starts, years, controls):
    """The last cohort, or one that begins after the last period, counts as never exposed, but not where its effect may have begun: of a
    true 1 it was .74, .67 and .92. (The authors' program leaves out the periods from there on as well.)"""
    rng, start = np.random.default_rng(0), np.repeat(starts, 12)
    y = rng.normal(size=(len(start), 1)) + 0.01 * rng.normal(size=(len(start), 10)) + (np.arange(10) >= start[:, None] - 1)
    given = did.from_arrays(y, start, controls={"urban": rng.normal(size=len(start))} if controls else None)
    for how in ({}, {"base_period": "varying"}):
        fit = ESTIMATORS["callaway_santanna"].fit(given, 0, anticipation=1, **how)
        assert fit.at("att")[0] == pytest.approx(1, abs=0.03) and fit.years == (0, years - 1)


def test_nobody_is_never_exposed():
    """The last cohort was taken for it."""
    start = np.repeat([4.0, 8.0], 12)
    with pytest.raises(NotEstimable) as said:
        ESTIMATORS["callaway_santanna"].fit(did.from_arrays(np.random.default_rng(0).normal(size=(24, 10)), start), 0, control_group="never")
    assert said.value.reason == "no unit is never exposed; compare with those not yet exposed"


def test_an_effect_that_is_anticipated_is_no_failure_of_parallel_trends():
    """The test of what was before the start took the period in which the effect begins for one of these."""
    rng, start = np.random.default_rng(2), np.repeat([6.0, 8.0, np.inf], [10, 10, 20])
    y = rng.normal(size=(40, 12)) + 2 * (np.arange(12) >= start[:, None] - 1)
    for controls in (None, {"urban": rng.normal(size=40)}):
        p = [ESTIMATORS["callaway_santanna"].fit(did.from_arrays(y, start, controls=controls), 0, anticipation=a).pretrend_p for a in (0, 1)]
        moved = did.from_arrays(y, start - 1, controls=controls)
        assert p[0] < 0.01 and p[1] == pytest.approx(ESTIMATORS["imputation"].fit(moved, 0).pretrend_p) and p[1] > 0.1


@pytest.mark.parametrize("name", ["imputation", "gardner", "sun_abraham", "lp_did"])
@pytest.mark.parametrize(("outcome", "control"), [(1e-7, 1), (1, 1e-7), (1e-7, 1e-7), (1e7, 1e7)])
def test_the_unit_of_outcome_and_controls_changes_nothing(name, outcome, control):
    """The library stops at an absolute tolerance: shares of 1e-7 had effects half a per cent off, and in millions it never stopped."""
    sample, plain = panel("gaps"), fitted(name, "gaps", {"urban": URBAN, "poor": POOR})
    other = did.from_arrays(sample.y * outcome, sample.cohort, years=sample.years,
                            controls={"urban": URBAN * control, "poor": POOR * control})
    fit = ESTIMATORS[name].fit(other, 0, singletons="drop")
    assert fit.terms == plain.terms and "converge" not in fit.aux["warnings"]
    assert fit.estimate / outcome == pytest.approx(plain.estimate, rel=1e-9)
    assert fit.std_error / outcome == pytest.approx(plain.std_error, rel=1e-9)
    if plain.vcov is not None:
        assert fit.vcov / outcome**2 == pytest.approx(plain.vcov, rel=1e-8, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("name", ["twfe", "twfe_trends", "imputation", "gardner", "sun_abraham", "callaway_santanna", "lp_did",
                                  "first_differences", "lagged_outcome"])
def test_a_control_changes_no_more_than_it_explains(name):
    """What a control by period adds to every figure is taken out whole, whatever its size."""
    sample = panel(controls={"urban": URBAN, "poor": POOR})
    fit = ESTIMATORS[name].fit(sample, 0)
    path = np.random.default_rng(3).normal(size=(2, 9))
    more = did.from_arrays(sample.y[:, :, 0] + URBAN[:, None] * path[0] + POOR[:, None] * path[1], sample.cohort, years=sample.years,
                           controls={"urban": URBAN, "poor": POOR})
    again = ESTIMATORS[name].fit(more, 0)
    assert again.terms == fit.terms
    assert again.estimate == pytest.approx(fit.estimate, abs=1e-5) and again.std_error == pytest.approx(fit.std_error, abs=1e-5)


@pytest.mark.parametrize(("name", "options", "kind", "words"), [
    ("callaway_santanna", {"control_group": "all"}, UnknownName, "control group"),
    ("callaway_santanna", {"base_period": "last"}, UnknownName, "base period"),
    ("callaway_santanna", {"anticipation": -1}, BadInput, "anticipation is a number of periods, 0 or more"),
    ("lp_did", {"horizon": 1.5}, BadInput, "horizon is a number of periods, 0 or more"),
    ("dose", {}, NotEstimable, "a dose design needs a reform that reaches every unit in one period"),
    ("interaction", {}, BadInput, "say which control the effect may vary with"),
    ("interaction", {"by": "wealth"}, BadInput, "the dose 'wealth' must be among the controls"),
])
def test_what_an_estimator_cannot_be_asked(name, options, kind, words):
    with pytest.raises(kind) as said:
        fitted(name, **options)
    assert words in str(said.value)


BEYOND = {"who is ever exposed": lambda start: np.isfinite(start) * 1.0,
          "one cohort": lambda start: (start == start.min()) * 1.0,
          "differs among the exposed alone": lambda start: np.where(np.isfinite(start), np.arange(start.size) % 5, 0.0)}


@pytest.mark.parametrize("kind", BEYOND)
@pytest.mark.parametrize("name", ["imputation", "gardner", "callaway_santanna", "lp_did"])
def test_a_control_that_nobody_unexposed_tells_the_worth_of_is_refused(name, kind):
    """The exposed follow a course of their own, which the control would take out: it was any number (−2,342,243 with an error of .59), or
    the control was left out without a word."""
    base = panel()
    start = base.cohort
    y = base.y[:, :, 0] + BEYOND[kind](start)[:, None] * np.linspace(0, 5, len(base.years))
    sample = did.from_arrays(y, start, years=base.years, controls={"kind": BEYOND[kind](start)})
    with pytest.raises(NotEstimable, match="controls are collinear"):
        did.estimate(sample, name)
    told = did.from_arrays(y, start, years=base.years, controls={"kind": BEYOND[kind](start) + 0.1 * URBAN})
    assert np.isfinite(did.estimate(told, name)["estimate"].iloc[0])


@pytest.mark.parametrize("noise", [0, 1e-8, 1e-7, 1e-6])
@pytest.mark.parametrize("name", ["sun_abraham", "first_differences", "lagged_outcome"])
def test_a_control_that_is_the_exposure_but_for_rounding_is_refused(name, noise):
    """It gave millions, with an error of as many, or ended in numpy's error."""
    base = panel()
    start = np.where(np.isfinite(base.cohort), 2004.0, np.inf)
    for apart, told in ((noise, False), (0.1, True)):
        controls = {"urban": URBAN, "kind": np.isfinite(start) + apart * POOR}
        sample = did.from_arrays(base.y, start, years=base.years, controls=controls)
        if told:
            assert abs(ESTIMATORS[name].fit(sample, 0).at("att")[0]) < 10
        else:
            with pytest.raises(NotEstimable, match="control kind × 20.. is collinear with the"):
                ESTIMATORS[name].fit(sample, 0)


def test_sun_and_abraham_takes_a_control_that_differs_within_cohorts_alone():
    """What it is worth is told by the exposed themselves, whose effects are those of their cohort; a period in which it differs among
    nobody says no more than the period does, and stops nothing."""
    base = panel()
    rng, own = np.random.default_rng(8), np.isfinite(base.cohort)
    value = np.where(own, rng.normal(size=N), 0.0)
    y = base.y[:, :, 0] + value[:, None] * np.linspace(0, 5, len(base.years))
    y[own, 1] = np.nan  # in the second period only units without it
    fit = ESTIMATORS["sun_abraham"].fit(did.from_arrays(y, base.cohort, years=base.years, controls={"own": value}), 0)
    plain = ESTIMATORS["sun_abraham"].fit(did.from_arrays(np.where(np.isnan(y), np.nan, base.y[:, :, 0]), base.cohort, years=base.years), 0)
    assert fit.at("att")[0] == pytest.approx(plain.at("att")[0], abs=0.5)


@pytest.mark.parametrize("seed", range(12))
def test_exposed_cells_that_are_not_told_are_those_outside_the_rows_of_the_unexposed(seed):
    rng = np.random.default_rng(seed)
    n, periods = 9, 6
    start = np.where(rng.random(n) < 0.7, rng.integers(2, 6, n), 99)
    d, seen, value = np.arange(periods) >= start[:, None], rng.random((n, periods)) < 0.8, (rng.random(n) < 0.4) * 1.0
    controls = np.stack([value[:, None] * (np.arange(periods) == j) for j in range(1, periods)], 2)
    clean = seen & ~d
    use = seen & d & clean.any(1)[:, None] & clean.any(0)
    unit, period = np.indices((n, periods)).reshape(2, -1)
    rows = np.column_stack([indicators(unit), indicators(period), controls.reshape(n * periods, -1)])
    inside = np.linalg.pinv(rows[clean.ravel()], rcond=1e-10) @ rows[clean.ravel()]
    outside = (np.abs(rows @ inside - rows).max(1) > 1e-6).reshape(n, periods)
    assert (imputed.untold(clean, use, controls) == (use & outside)).all()


@pytest.mark.parametrize("name", ["imputation", "gardner", "callaway_santanna", "lp_did"])
@pytest.mark.parametrize("unit", [1e13, 1e15])
def test_in_whatever_unit_a_control_is_written_it_is_told_or_not(name, unit):
    """A budget in đồng is 10^13 and more, beside which a one is rounding: whose worth nobody tells was taken, and a fine one refused."""
    base = panel()
    exposed = np.isfinite(base.cohort)
    for beyond, told in ((1.0, False), (1 + 1e-8 * URBAN, False), (1 + 0.01 * URBAN, True)):
        control = unit * np.where(exposed, 3 + 2 * np.abs(URBAN), beyond)
        sample = did.from_arrays(base.y, base.cohort, years=base.years, controls={"budget": control})
        if told:
            assert np.isfinite(ESTIMATORS[name].fit(sample, 0).at("att")[0])
        else:
            with pytest.raises(NotEstimable, match="controls are collinear"):
                ESTIMATORS[name].fit(sample, 0)


@pytest.mark.parametrize("name", ["imputation", "gardner", "callaway_santanna", "lp_did", "sun_abraham", "first_differences",
                                  "lagged_outcome", "twfe", "twfe_trends", "twfe_region_year"])
def test_a_control_of_large_values_that_differ_by_little_is_no_period_effect(name):
    base = panel()
    far = did.from_arrays(base.y, base.cohort, years=base.years, region=base.region, controls={"urban": 1e6 + URBAN})
    assert ESTIMATORS[name].fit(far, 0).at("att")[0] == pytest.approx(fitted(name).at("att")[0], abs=1e-6)


def test_periods_long_before_the_start_that_controls_leave_open_stop_no_effect():
    """The first two periods have figures of as many unexposed units as there are controls: they are shown nowhere, and what the effect
    is made of has no part in them."""
    rng, start = np.random.default_rng(3), np.where(np.arange(40) < 12, 4.0, np.inf)
    y = rng.normal(size=(40, 8)) + rng.normal(size=(40, 1))
    y[15:, :2] = np.nan
    controls = {name: rng.normal(size=40) for name in "abc"}
    few = ESTIMATORS["callaway_santanna"].fit(did.from_arrays(y, start, controls=controls), 0)
    later = ESTIMATORS["callaway_santanna"].fit(did.from_arrays(y[:, 2:], start, years=range(2, 8), controls=controls), 0)
    assert few.at("att") == later.at("att") and few.terms == later.terms == [("att", None), *(("event", e) for e in (-2, 0, 1, 2, 3))]


@pytest.mark.parametrize(("others", "noted"), [(4, True), (5, False)])
def test_a_comparison_without_a_residual_is_told(others, noted):
    """Four unexposed units, three controls and a constant: the regression fits them whatever they do, and adds nothing to the error."""
    rng, start = np.random.default_rng(4), np.repeat([4.0, np.inf], (9, others))
    y, controls = rng.normal(size=(9 + others, 8)), {name: rng.normal(size=9 + others) for name in "abc"}
    fit = ESTIMATORS["callaway_santanna"].fit(did.from_arrays(y, start, controls=controls), 0)
    assert ("standard error too small" in fit.note) == noted and ("in 4, 5, 6, 7" in fit.note) == noted
    assert "too small" not in ESTIMATORS["callaway_santanna"].fit(did.from_arrays(y, start), 0).note
