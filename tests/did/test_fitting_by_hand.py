"""What all estimators share: which sample they get, event times, counts, tests of the past, and when a fit is none."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
from kit.dummies import START, YEARS, panel

from govlib import did
from govlib.did import fitting
from govlib.did.inference import pretrend
from govlib.errors import NotEstimable

RNG = np.random.default_rng(2)


def made(start, y=None, years=range(2001, 2009), **more):
    years = np.array(years)
    y = RNG.normal(size=(len(start), len(years))) if y is None else y
    return did.from_arrays(y, np.asarray(start, float), years=years, noun="town", period="year", **more)


# ------------------------------------------------------------------------------------------------------------- the sample
def test_periods_in_which_all_are_exposed_are_left_out():
    start = np.repeat([2003, 2005, 2007], 4)
    one = fitting.prepare(made(start, note="as given"), 0)
    assert one.years.tolist() == list(range(2001, 2007)) and one.note == "as given; no unexposed town in 2007–2008, left out"
    assert one.cohort.tolist() == [2003] * 4 + [2005] * 4 + [np.inf] * 4  # the last ones are never exposed in what is left
    assert fitting.prepare(made(start), 0, truncate=False).years.tolist() == list(range(2001, 2009))
    last = fitting.prepare(made(np.repeat([2003, 2008], 4)), 0)
    assert last.note == "no unexposed town in 2008, left out" and last.years[-1] == 2007
    gap = RNG.normal(size=(12, 8))
    gap[8:, 3] = np.nan  # in one year before, only exposed towns and those not exposed yet have a figure
    assert fitting.prepare(made([2003] * 4 + [2005] * 4 + [np.inf] * 4, gap), 0).years.tolist() == list(range(2001, 2009))
    whole = made([2003] * 4 + [np.inf] * 4)
    assert fitting.prepare(whole, 0).years.tolist() == whole.years.tolist()
    with pytest.raises(NotEstimable, match="all towns are treated at once and no control is left"):
        fitting.prepare(made(np.full(8, 2004)), 0)
    with pytest.raises(NotEstimable, match="no town is treated by simulated in 2001–2008"):
        fitting.prepare(made(np.full(8, np.inf)), 0)


def test_what_was_asked_before_of_a_panel_does_not_answer_what_is_asked_now():
    y = RNG.normal(size=(8, 8))
    y[6, 1:] = np.nan
    sample = made([2003] * 4 + [np.inf] * 4, y)
    assert fitting.prepare(sample, 0, "drop").units == tuple(f"u{i}" for i in (0, 1, 2, 3, 4, 5, 7))
    with pytest.raises(NotEstimable, match="u6 has one observation only"):
        fitting.prepare(sample, 0, "refuse")
    at_once = made(np.full(8, 2004))
    assert len(fitting.prepare(at_once, 0, truncate=False, needs_control=False).units) == 8  # a dose needs no control unit
    with pytest.raises(NotEstimable, match="no control is left"):
        fitting.prepare(at_once, 0, truncate=False)


def test_outcomes_of_one_sample_are_worked_out_together_and_others_are_not():
    y = RNG.normal(size=(12, 8, 4))
    y[3, 2, 1], y[3, 2, 3] = np.nan, np.nan
    sample, asked = made([2003] * 4 + [np.inf] * 8, y), []
    ones = {k: fitting.prepare(sample, k) for k in range(4)}
    assert fitting.alike(ones) == [[0, 2], [1, 3]]

    def work(figures):
        asked.append(figures.shape[2])
        return np.nanmean(figures, (0, 1))

    got = [fitting.shared(ones[k], "mean", work) for k in range(4)]
    assert got == pytest.approx(np.nanmean(y, (0, 1))) and asked == [2, 2]
    assert fitting.shared(ones[0], "other", lambda figures: figures[0, 0]) == y[0, 0, 0]
    assert fitting.shared(replace(ones[1], note="by itself"), "mean", work) == pytest.approx(got[1]) and asked == [2, 2, 1]
    moved = {0: ones[0], 2: replace(ones[2], cohort=ones[2].cohort + 1), 1: replace(ones[0], d=1 - ones[0].d)}
    assert fitting.alike(moved) == [[0], [2], [1]]


def test_event_times_far_from_the_start_are_put_together():
    one = fitting.prepare(panel(), 0, truncate=False)
    columns, times, note = fitting.event_dummies(one, 3)
    assert times == [-3, -2, 0, 1, 2, 3] and note == "event times beyond ±3 put together"
    since = np.where(np.isfinite(START)[:, None], np.clip(YEARS - START[:, None], -3, 3), np.nan)
    assert (columns == np.stack([since == e for e in times], 2)).all()
    assert fitting.event_dummies(one, 7)[2] == "" and fitting.event_dummies(one)[1] == [-5, -4, -3, -2, 0, 1, 2, 3, 4, 5]
    gone = replace(one, y=np.where((since == 2)[:, :, None], np.nan, one.y))
    assert fitting.event_dummies(gone, 3)[1] == [-3, -2, 0, 1, 3]  # an event time that nobody has a figure at


def test_who_is_counted_and_named():
    y = RNG.normal(size=(6, 8))
    y[5] = np.nan
    sample = made([2003, 2005, np.inf, np.inf, np.inf, np.inf], y, units=list("abcdef"), unknown=np.array([True, False, True, False, True, True]))
    assert fitting.counts(sample) == {"n_obs": 40, "n_provinces": 5, "n_treated": 2, "years": (2001, 2008), "treated": "a, b", "n_unknown": 2}
    only = np.arange(6) == 1
    assert fitting.counts(sample, only) | {} == {"n_obs": 40, "n_provinces": 5, "n_treated": 1, "years": (2001, 2008), "treated": "b", "n_unknown": 3}
    assert fitting.who(replace(sample, unknown=None), only) == {"treated": "b", "n_unknown": 0}
    assert fitting.unused(sample, only) == "no figures to compare on both sides of the start, not counted as treated: a"
    nobody = np.zeros(6, bool)
    assert fitting.unused(sample, nobody) == "no figures to compare on both sides of the start, not counted as treated: a, b"
    assert fitting.unused(sample, None) == fitting.unused(sample, sample.treated) == ""


def test_a_start_is_seen_between_two_figures_in_a_row():
    y = RNG.normal(size=(5, 8))
    y[1, 1], y[2, 2] = np.nan, np.nan  # b lacks the year before, c the first exposed one
    assert fitting.started(made([2003, 2003, 2003, 2001, np.inf], y)).tolist() == [True, False, False, False, False]
    skipped = made([2004, 2006, np.inf], RNG.normal(size=(3, 7)), years=[2001, 2002, 2003, 2005, 2006, 2007, 2008])
    assert fitting.started(skipped).tolist() == [False, True, False]  # nobody was measured in 2004


# ---------------------------------------------------------------------------------------------------- the past, and what is none
def test_the_test_of_the_past_takes_as_many_leads_as_there_are_units_for():
    for treated, leads in ((8, 3), (3, 2), (2, 1)):
        start = np.where(np.arange(20) < treated, 2005.0, np.inf)
        sample = made(start, RNG.normal(size=(20, 8)))
        (test,) = pretrend.pretrend(sample.y, np.where(np.isfinite(start), 4, np.inf), leads=leads)
        assert fitting.pretrend_p(sample) == pytest.approx(test.p_value) and test.df_num == leads
    assert fitting.pretrend_p(made(start, sample.y[:, :, 0]), leads=1) == pytest.approx(test.p_value)
    assert np.isnan(fitting.pretrend_p(made(np.where(np.arange(20) < 1, 2005.0, np.inf))))
    later = made(np.r_[[2005.0] * 6, [2010.0] * 4, [np.inf] * 10])  # begins after the last period: never, as far as is seen
    (test,) = pretrend.pretrend(later.y, np.r_[[4.0] * 6, [np.inf] * 14])
    assert fitting.pretrend_p(later) == pytest.approx(test.p_value)
    still = np.arange(20.0)[:, None] + RNG.normal(size=(20, 8)) * sample.d  # moves under exposure only
    both = made(start, np.stack([sample.y[:, :, 0], still], 2))
    p = [fitting.pretrend_p(fitting.prepare(both, k)) for k in range(2)]  # one that tells nothing does not silence the other
    assert p == pytest.approx([fitting.pretrend_p(sample), np.nan], nan_ok=True) and np.isfinite(p[0])


def test_a_librarys_refusal_and_its_warnings_are_told():
    def refuse(error):
        raise error

    for error in (ValueError("no controls\nand more"), np.linalg.LinAlgError("no controls"), ZeroDivisionError("no controls")):
        with pytest.raises(NotEstimable) as said:
            fitting.diff_diff(lambda error=error: refuse(error))
        assert said.value.reason == "the estimator refused the sample: no controls" and said.value.__cause__ is error
    with pytest.raises(KeyError):  # a fault, and no refusal
        fitting.diff_diff(lambda: refuse(KeyError("x")))

    def warned():
        for words in ("few units\nat all", "gaps", "few units"):
            warnings.warn(words, stacklevel=1)
        return 7

    assert fitting.diff_diff(warned) == (7, "few units; gaps")


def test_of_a_study_what_has_an_effect_and_an_error_is_reported():
    study = fitting.Study([-6, -5, -1, 0, 1, 5, 6], [1, 2, np.nan, 4, 5, 6, 7.0], [1, 1, 1, np.nan, 1e-9, 0.5, 1], np.arange(9.0).reshape(3, 3),
                          [5, -5, 1])
    assert study.within(5) == [1, 4, 5] and study.within(5, 1e-6) == [1, 5] and study.within(6, 0.5) == [0, 1, 6]
    full = study.covariance([1, 5], 0.3)
    assert full[0, 0] == pytest.approx(0.09) and np.isnan(full[0, 1:]).all() and np.isnan(full[1:, 0]).all()
    assert full[1:, 1:].tolist() == [[4, 3], [1, 0]]
    assert study.covariance([0, 1], 0.3) is None and replace(study, index=None).covariance([1], 0.3) is None
    assert replace(study, vcov=None).covariance([1], 0.3) is None


def test_a_fit_needs_an_effect_and_an_error_above_rounding():
    sample = fitting.prepare(made([2003] * 4 + [np.inf] * 8, note="as given"), 0)
    study = fitting.Study([-2, 0, 1, 7], [0.1, 0.2, 0.3, 9], [0.5, 0.5, 0.5, 0.5])
    carried = np.arange(12) < 3
    fit = fitting.event_fit(sample, 0.25, 0.5, study, note="told", carried=carried, warnings="w")
    assert fit.terms == [("att", None), ("event", -2), ("event", 0), ("event", 1)] and fit.df == 11 and fit.aux == {"warnings": "w"}
    assert fit.estimate.tolist() == [0.25, 0.1, 0.2, 0.3] and fit.std_error.tolist() == [0.5] * 4 and fit.vcov is None
    assert fit.note == "as given; told; no figures to compare on both sides of the start, not counted as treated: u3" and fit.n_treated == 3
    assert fit.pretrend_p == pytest.approx(fitting.pretrend_p(sample)) and fit.treated == "u0, u1, u2"
    with pytest.raises(NotEstimable, match="because the overall effect is not identified on this sample$"):
        fitting.event_fit(sample, np.nan, 0.5, study)
    for error in (np.nan, 0.0, 1e-12, np.inf):
        with pytest.raises(NotEstimable) as said:
            fitting.event_fit(sample, 0.25, error, study)
        assert said.value.reason == ("the overall effect has no standard error on this sample (too few towns, or nothing that it leaves "
                                     "unexplained)")
    tiny = fitting.event_fit(sample, 0.25, 0.5, replace(study, errors=[0.5, 1e-7, 2e-6 * sample.y.std(), 0.5]))
    assert tiny.terms == [("att", None), ("event", -2), ("event", 1)]  # fitted by one unit alone, without a residual
