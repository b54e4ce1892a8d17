"""Whom each estimator can use, what it says of the others, and what it refuses: small panels, word for word."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from kit.dummies import START, YEARS, N, panel

from govlib import did
from govlib.did import ESTIMATORS, bacon, group_time
from govlib.did.estimators import callaway_santanna, dose, imputation, sun_abraham
from govlib.did.fitting import prepare
from govlib.errors import BadInput, NotEstimable

RNG = np.random.default_rng(3)
URBAN = np.random.default_rng(5).normal(size=N)


def made(start, y=None, **more):
    y = RNG.normal(size=(len(start), 8)) if y is None else y
    return did.from_arrays(y, np.asarray(start, float), years=range(2001, 2001 + y.shape[1]), noun="town", period="year", **more)


def without(sample, cells):
    """The sample with these cells empty."""
    return did.from_arrays(np.where(cells[:, :, None], np.nan, sample.y), sample.cohort, years=sample.years, region=sample.region,
                           noun="town", period="year")


def same(one, other, tolerance=1e-9, *, errors=True):
    assert one.terms == other.terms and one.estimate == pytest.approx(other.estimate, abs=tolerance)
    assert not errors or one.std_error == pytest.approx(other.std_error, abs=tolerance)


# -------------------------------------------------------------------------------------------------------- staggered dates
def test_a_cohort_without_a_figure_right_before_its_start_is_left_out_by_name():
    """Its effects are measured from that period, so it has none; others of its start may have a figure there and speak for it."""
    sample, since = panel(), YEARS - START[:, None]
    lost = START == 2006
    fit = ESTIMATORS["sun_abraham"].fit(without(sample, (since == -1) & lost[:, None]), 0)
    assert fit.note == "no figure in the year right before the start, left out: u5, u6, u7, u8" and fit.n_treated == 7
    same(fit, ESTIMATORS["sun_abraham"].fit(sample.take(~lost), 0))
    one = np.arange(N) == 5
    assert ESTIMATORS["sun_abraham"].fit(without(sample, (since == -1) & one[:, None]), 0).note == ""
    with pytest.raises(NotEstimable) as said:
        ESTIMATORS["sun_abraham"].fit(without(sample, since == -1), 0)
    assert said.value.reason == f"no figure in the year right before the start, left out: {', '.join(f'u{i}' for i in range(11))}"


def test_controls_by_period_stand_beside_each_figure():
    sample, urban, poor = panel("gaps", controls={"urban": URBAN, "poor": URBAN**2}), URBAN - URBAN.mean(), URBAN**2 - (URBAN**2).mean()
    frame, names, _ = sun_abraham.with_controls(sample)
    assert names == [f"c{j}" for j in range(16)] and len(frame) == np.isfinite(sample.y).sum()
    for j, (value, year) in enumerate((value, year) for value in (urban, poor) for year in YEARS[1:]):
        assert frame[f"c{j}"].to_numpy() == pytest.approx(np.where(frame["time"] == year, value[frame["unit"]], 0.0))
    y = sample.y.copy()
    y[:, 0] = np.nan  # the table begins with the second period
    late = did.from_arrays(y, sample.cohort, years=sample.years, controls={"urban": URBAN})
    frame, names, _ = sun_abraham.with_controls(late)
    for j, year in enumerate(YEARS[1:]):
        assert frame[names[j]].to_numpy() == pytest.approx(np.where(frame["time"] == year, urban[frame["unit"]], 0.0))
    plain, none, _ = sun_abraham.with_controls(panel("gaps"))
    assert none is None and plain.equals(panel("gaps").frame())


@pytest.mark.parametrize("name", ["sun_abraham", "callaway_santanna", "gardner"])
def test_with_a_control_event_times_have_their_covariance(name):
    fit = ESTIMATORS[name].fit(panel(controls={"urban": URBAN}), 0)
    assert np.diag(fit.vcov)[1:] == pytest.approx(fit.std_error[1:] ** 2) and isinstance(fit.aux["warnings"], str)
    assert np.abs(fit.vcov[1:, 1:] - np.diag(np.diag(fit.vcov)[1:])).max() > 1e-3 and fit.vcov[0, 0] == pytest.approx(fit.std_error[0] ** 2)


@pytest.mark.parametrize("kind", ["complete", "gaps"])
def test_the_library_agrees_where_both_can_be_asked(kind):
    """It is asked where there are controls; without any its numbers are ours."""
    one = prepare(panel(kind), 0, "drop")
    for which in ("imputation", "gardner"):
        lone = which == "imputation" and kind == "gaps"  # held against others of the event time, as the library has nothing nearer
        same(imputation._library(one, which), ESTIMATORS[which].fit(panel(kind), 0, singletons="drop"), 1e-7, errors=not lone)
    same(sun_abraham._library(one), ESTIMATORS["sun_abraham"].fit(panel(kind), 0, singletons="drop"), 1e-7, errors=False)
    ours = ESTIMATORS["callaway_santanna"].fit(panel(kind), 0, singletons="drop")
    theirs = callaway_santanna._library(one, one.treated, control_group="not_yet_treated", base_period="universal",
                                        anticipation=0)
    same(theirs, ours, 1e-7, errors=False)
    assert all(theirs.aux["att_gt"][cell] == pytest.approx(effect) for cell, effect in ours.aux["att_gt"].items() if cell in theirs.aux["att_gt"])
    assert {cell for cell in ours.aux["att_gt"] if cell[1] >= cell[0]} <= theirs.aux["att_gt"].keys()


LEAVE = [(name, why, period) for name in sorted(set(ESTIMATORS) - {"dose", "interaction"}) for period in (0, 3, 8)
         for why in ("always exposed", "one figure", *["no start seen"] * (name in ("sun_abraham", "first_differences") and period != 3))]


@pytest.mark.parametrize(("name", "why", "period"), LEAVE)
def test_a_period_that_only_those_left_out_have_leaves_with_them(name, why, period):
    """It stayed: a base that no unit has, controls of two periods in one column (imputation −0.26 for 0.66), "collinear" in two-way
    regressions, and a row that named it among its years."""
    start, y = START.copy(), panel().y[:, :, 0]
    y[2:, period], start[23] = np.nan, 2009  # who begins in the last period has never begun without it
    if why == "always exposed":
        start[:2] = 2001
    if why == "one figure":
        start[:2], y[0, 1:], y[1, :] = np.inf, np.nan, np.nan
        y[0] = np.where(np.arange(9) == period, 1.0, np.nan)
    if why == "no start seen":
        start[:2] = 2005  # a cohort of their own, without a figure right before
        y[:2, 3] = np.nan
    whole = did.from_arrays(y, start, years=YEARS, region=np.arange(N) % 3, controls={"urban": URBAN})
    part = whole.take(np.arange(N) > 1, np.arange(9) != period)
    part = replace(part, cohort=np.where(part.cohort > part.years[-1], np.inf, part.cohort))
    how = {"singletons": "drop"} | ({"unit": "u2"} if name == "synthetic_control" else {})
    try:
        want = ESTIMATORS[name].fit(part, 0, **how)
    except NotEstimable as error:
        assert name == "lp_did"  # which needs all years
        with pytest.raises(NotEstimable) as said:
            ESTIMATORS[name].fit(whole, 0, **how)
        assert said.value.reason == error.reason
        return
    found = ESTIMATORS[name].fit(whole, 0, **how)
    same(found, want, 1e-7, errors=name != "synthetic_control")  # its errors are its placebos'
    assert (found.years, found.n_obs, found.treated) == (want.years, want.n_obs, want.treated) and "left out: u0" in found.note


@pytest.mark.parametrize("controls", [None, {"urban": URBAN[:8]}])
@pytest.mark.parametrize("name", sorted(set(ESTIMATORS) - {"lagged_outcome", "dose", "interaction"}))
def test_nothing_is_estimated_where_no_year_joins_the_exposed_and_the_others(name, controls):
    """The exposed are unexposed in the first two years only, of which the others have no figure: imputation gave a number, and broke
    off without words where it looked at the years before. (Last year's score in the place of a unit's effect needs no such year.)"""
    y = RNG.normal(size=(8, 4))
    y[4:, :2] = np.nan
    with pytest.raises((NotEstimable, BadInput)) as said:
        did.estimate(made(np.r_[[2003.0] * 4, [np.inf] * 4], y, controls=controls), name)
    assert name not in ("imputation", "gardner") or said.value.reason == "the unexposed cells fall into groups without a common period"


def test_cells_apart_that_no_exposed_one_needs_are_no_harm():
    start = np.r_[[2006.0] * 3, [np.inf] * 4]
    y = RNG.normal(size=(7, 8))
    y[5:, :7], y[:5, 7] = np.nan, np.nan  # two towns are known in the last year only, in which nobody else is
    y = np.c_[y, RNG.normal(size=7)]
    y[:5, 8] = np.nan
    for name in ("imputation", "gardner"):
        whole, part = (ESTIMATORS[name].fit(one, 0) for one in (made(start, y), made(start[:5], y[:5, :7])))
        assert whole.at("att") == pytest.approx(part.at("att"))


@pytest.mark.parametrize("never", [True, False])
@pytest.mark.parametrize("anticipation", [0, 1, 2])
def test_a_unit_is_compared_by_its_base_and_a_figure_after_its_start_that_others_have_too(anticipation, never):
    y = RNG.normal(size=(12, 8))
    y[RNG.random(y.shape) < 0.3] = np.nan
    y[8:, [4, 7]] = np.nan  # of two years those that are never exposed have no figure
    start = np.r_[2002, 2003, 2003, 2004, 2005, 2005, 2006, 2008, [np.inf] * 4]
    one = made(start, y)
    want, seen = [], np.isfinite(y)
    for i, g in enumerate(start):
        base = [t for t, year in enumerate(one.years) if year < g - anticipation]
        others = [start > (np.inf if never else year + anticipation) for year in one.years]
        want.append(bool(np.isfinite(g) and base and seen[i, base[-1]] and any(
            seen[i, t] and (seen[:, base[-1]] & seen[:, t] & ((start == np.inf) | others[t]) & (start != g)).any()
            for t, year in enumerate(one.years) if year >= g)))
    found = callaway_santanna._compared(one, group_time.Comparison(never=never, anticipation=anticipation))
    assert found.tolist() == want and 0 < sum(want) < 8


@pytest.mark.parametrize("controls", [None, {"urban": URBAN[:12]}])
@pytest.mark.parametrize("name", ["imputation", "gardner", "callaway_santanna"])
def test_who_has_nobody_to_be_compared_with_is_named_and_not_counted(name, controls):
    """The first two towns' only exposed year is one of which no other town has a figure: an effect of theirs is unknown, whatever
    their score. The third town has figures in years of others too, and speaks for their cohort."""
    y, start = np.random.default_rng(3).normal(size=(12, 8)), np.r_[[2005] * 3, [2007] * 3, [np.inf] * 6]
    y[:2, 5:], y[2:, 4] = np.nan, np.nan
    inference = ("crv1", "ri") if name != "callaway_santanna" and controls is None else "crv1"
    told = []
    for score in (0.0, 1000.0):
        y[0, 4] = score
        rows = did.estimate(made(start, y, controls=controls), name, inference=inference, draws=39)
        told.append(rows[rows["term"] == "att"])
    assert told[0]["estimate"].tolist() == pytest.approx(told[1]["estimate"].tolist(), abs=1e-9)
    assert (told[1]["treated"] == "u2, u3, u4, u5").all() and (told[1]["n_treated"] == 4).all() and len(told[1]) == 1 + (len(inference) == 2)
    assert (told[1]["note"] == "no figures to compare on both sides of the start, not counted as treated: u0, u1").all()


def test_callaway_and_santanna_say_whom_they_cannot_use():
    sample, since = panel(), YEARS - START[:, None]
    fit = ESTIMATORS["callaway_santanna"].fit(without(sample, (since == -1) & (np.arange(N) == 5)[:, None]), 0)
    assert fit.note == "no figures to compare on both sides of the start, not counted as treated: u5" and fit.n_treated == 10
    with pytest.raises(NotEstimable) as said:
        ESTIMATORS["callaway_santanna"].fit(without(sample, since == -1), 0)
    assert said.value.reason == "no treated town has a figure in the last year before its exposure and in one after"


# -------------------------------------------------------------------------------------------------- pairs of periods, regions
def test_pairs_of_periods_are_needed_and_a_start_between_them():
    sample, since = panel(), YEARS - START[:, None]
    for name in ("first_differences", "lagged_outcome"):
        fit = ESTIMATORS[name].fit(without(sample, (since == 0) & (np.arange(N) == 5)[:, None]), 0)
        assert fit.note.startswith("no figures to compare on both sides of the start, left out: u5") and (fit.n_treated, fit.n_provinces) == (10, N - 1)
        for cells, words in ((since == 0, "no exposure begins between two consecutive years"),
                             (np.zeros((N, 9)) + YEARS % 2 == 0, "no two consecutive years in these years")):
            with pytest.raises(NotEstimable) as said:
                ESTIMATORS[name].fit(without(sample, cells | ((YEARS % 2 == 0) & (words[3:6] == "two"))), 0)
            assert said.value.reason == words
    control = panel(controls={"urban": np.where(np.arange(N) < 11, 1.0, 0.0) * 2 + 1e-3 * URBAN})
    assert np.isfinite(ESTIMATORS["first_differences"].fit(control, 0).at("att")).all()


def test_regions_need_both_kinds_of_units():
    start = np.where(np.arange(N) % 3 == 0, 2004.0, np.inf)
    with pytest.raises(NotEstimable) as said:
        ESTIMATORS["twfe_region_year"].fit(made(start, RNG.normal(size=(N, 8)), region=np.arange(N) % 3), 0)
    assert said.value.reason == "no region has both an exposed and an unexposed town in one year"
    with pytest.raises(NotEstimable) as said:
        ESTIMATORS["twfe_region_year"].fit(made(start, region=np.full(N, 4)), 0)
    assert said.value.reason == "effects by region and year need towns of two regions or more"
    in_time = made(np.where(np.arange(N) < 12, 2004.0, np.inf), region=np.repeat([0, 1, 1, 0], 6))
    assert np.isfinite(ESTIMATORS["twfe_region_year"].fit(in_time, 0).at("att")).all()


def test_a_two_way_row_says_how_much_of_it_compares_with_the_exposed():
    fit = ESTIMATORS["twfe"].fit(panel(), 0)
    weight = bacon.weights(START, YEARS)["later_vs_earlier"]
    assert fit.aux == {"forbidden_weight": pytest.approx(weight)} and 0.05 < weight < 0.5
    assert fit.note == f"event times beyond ±5 put together; Goodman-Bacon weight on comparisons with exposed units {100 * weight:.0f} %"
    for name in ("twfe_trends", "twfe_region_year"):
        assert ESTIMATORS[name].fit(panel(), 0).aux == {"forbidden_weight": None}
    one_date = ESTIMATORS["twfe"].fit(made([2004.0] * 5 + [np.inf] * 7), 0)
    assert one_date.note == "Goodman-Bacon weight on comparisons with exposed towns 0 %"


@pytest.mark.parametrize("name", ["twfe", "twfe_trends", "twfe_region_year"])
def test_a_two_way_fit_of_a_unit_with_one_figure(name):
    """Refused unless asked for; what is left out is named, and no word of a decomposition that was not made stands in the note."""
    y, start, region = RNG.normal(size=(N, 8)), np.where(np.arange(N) < 6, 2004.0, np.inf), np.arange(N) % 2
    y[7, 1:] = np.nan
    with pytest.raises(NotEstimable, match="u7 has one observation only"):
        ESTIMATORS[name].fit(made(start, y, region=region), 0)
    dropped = ESTIMATORS[name].fit(made(start, y, region=region), 0, singletons="drop")
    rest = np.arange(N) != 7
    without_it = ESTIMATORS[name].fit(made(start[rest], y[rest], region=region[rest]), 0)
    same(dropped, without_it)
    assert "u7" in dropped.note and ("Goodman-Bacon" in dropped.note) == (name == "twfe")
    assert without_it.note == {
        "twfe": "Goodman-Bacon weight on comparisons with exposed towns 0 %", "twfe_region_year": "",
        "twfe_trends": "no event study: event time 4 is collinear with the other regressors and the fixed effects"}[name]


# -------------------------------------------------------------------------------------------------------------------- doses
def test_a_dose_is_the_control_of_that_name_as_it_stood_before():
    sample = made([2005.0] * N, RNG.normal(size=(N, 8)), controls={"urban@2004": URBAN, "poor@2004": URBAN**2})
    by_name, whole = (ESTIMATORS["dose"].fit(sample, 0, dose=name) for name in ("urban", "urban@2004"))
    same(by_name, whole)
    assert by_name.note == "dose urban@2004; effect of one standard deviation of dose" and np.isnan(by_name.pretrend_p)
    assert dose._pick(sample, "poor")[0] == "poor@2004" and dose._pick(sample, "poor")[1].tolist() == (URBAN**2).tolist()
    with pytest.raises(BadInput) as said:
        ESTIMATORS["dose"].fit(made([2005.0] * N, sample.y, controls={"poor@2004": URBAN**2}), 0, dose="urban")
    assert str(said.value) == "the dose 'urban' must be among the controls → controls=('urban',)"
    with pytest.raises(BadInput) as said:
        ESTIMATORS["interaction"].fit(panel(controls={"urban": URBAN}), 0)
    assert str(said.value) == "say which control the effect may vary with → by='urban_share', controls=('urban_share',)"


def test_a_dose_scaled_or_moved_is_the_same_dose_and_turned_the_opposite():
    y = RNG.normal(size=(N, 8))
    plain, scaled, turned = (ESTIMATORS["dose"].fit(made([2005.0] * N, y, controls={"urban": value}), 0, dose="urban")
                             for value in (URBAN, 100 + 7 * URBAN, -URBAN))
    same(plain, scaled)
    assert turned.estimate == pytest.approx(-plain.estimate) and turned.std_error == pytest.approx(plain.std_error)


@pytest.mark.parametrize(("start", "before", "words"), [
    (np.repeat([2005.0, 2006.0], 12), None, "a dose design needs a reform that reaches every town in one year"),
    (np.repeat([2005.0, np.inf], 12), None, "a dose design needs a reform that reaches every town in one year"),
    (np.full(N, 2005.0), 1.0, "the dose is the same in all towns"),
    (np.full(N, 2005.0), np.nan, "no town is left in the sample (exposed in every year, left out: all towns)"),
])
def test_what_is_no_dose(start, before, words):
    y = RNG.normal(size=(N, 8))
    if before is not None:
        y[:, :4] = before
    with pytest.raises(NotEstimable) as said:
        ESTIMATORS["dose"].fit(made(start, y), 0)
    assert said.value.reason == words
