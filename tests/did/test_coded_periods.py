"""Periods that are counted in steps (half-years, every second year, quarters, weeks): read right or refused, and printed as they came."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from govlib import did
from govlib.errors import BadInput

STARTS = [3] * 4 + [5] * 4 + [None] * 12


def long(times, starts=STARTS, start=None, lacking=()):
    """20 units over ``times``; they begin at the time of that number (``start``: written otherwise); some periods have no row."""
    at = (lambda s: times[s]) if start is None else start
    rng = np.random.default_rng(0)
    rows = [(f"shop {i}", when, i + t % 3 + float(s is not None and t >= s) + rng.normal(0, 0.1), np.nan if s is None else at(s))
            for i, s in enumerate(starts) for t, when in enumerate(times) if t not in lacking]
    return pd.DataFrame(rows, columns=["shop", "when", "sales", "since"])


def panel(*given, **how):
    return did.Panel.from_frame(long(*given, **how), unit="shop", time="when", outcome="sales", cohort="since")


def parts(kinds, width=10, years=range(2010, 2014)):
    return [year * width + part for year in years for part in kinds]


HALVES, TERMS = parts([1, 2]), parts([1, 2, 3])


@pytest.mark.parametrize("times", [HALVES, [str(t) for t in HALVES], pd.Categorical(HALVES), TERMS, parts([2, 3]), parts(range(1, 7)),
                                   parts(range(1, 53), 100, [2010, 2011]), parts([1, 2], 100), parts([1, 2, 3, 4], 100)],
                         ids=["halves", "text", "categories", "terms", "later terms", "two months", "weeks", "halves of two digits", "quarters of two digits"])
def test_a_part_of_a_year_whose_length_is_not_told_is_refused(times):
    """Half-years were read as the first two quarters, with a gap of two from one year to the next: 80 first differences of 140."""
    with pytest.raises(BadInput, match=f"column when, value {times[0]}: a year and a part of it, of a length that is not told → give a column of "
                                       "dates, or number the periods 0, 1, 2, …"):
        panel([*times])


@pytest.mark.parametrize(("times", "first", "last"), [
    (parts([1, 2, 3, 4], years=[2010, 2011]), "2010Q1", "2011Q4"), (parts([2, 4]), "2010Q2", "2013Q4"), (parts([1, 3]), "2010Q1", "2013Q3"),
    (parts([4, 1]), "2010Q1", "2013Q4"), (parts([2], years=range(2010, 2018)), "2010Q2", "2017Q2"), (parts([3, 4]), "2010Q3", "2013Q4"),
    (parts([5, 6, 7, 8], 100), "2010-05", "2013-08"), (parts([1, 7], 100), "2010-01", "2013-07"), (parts([1, 2, 12], 100), "2010-01", "2013-12"),
    ([20_101 + 7 * t for t in range(8)], "20101", "20150"), ([20_101 + 5 * t for t in range(8)], "20101", "20136")])
def test_quarters_months_and_numbers_stay_what_they_are(times, first, last):
    made = panel(sorted(times))
    assert (made.called(made.years[0]), made.called(made.years[-1])) == (first, last)


GROUPS = ["treated_group", "control_group", "comparison_type", "time_start", "time_end"]


@pytest.mark.parametrize("times", [range(8), range(-3, 5), range(2010, 2018), range(2000, 2016, 2), pd.period_range("2010Q1", periods=8, freq="Q"),
                                   pd.date_range("2020-11-01", periods=8, freq="MS"), pd.date_range("2020-01-27", periods=8, freq="7D")])
def test_a_decomposition_names_the_periods_of_the_table(times):
    """Numbers of the table that a library was handed, one too large: starts of 3 and 5 were 4 and 6, those of 2006 and 2010 too."""
    made = panel(list(times))
    called = [made.called(year) for year in made.years] if made.labels else list(times)
    called = [int(name) if str(name).lstrip("-").isdecimal() else name for name in called]
    table = did.decompose(made)
    early, late, first, last = called[3], called[5], called[0], called[7]
    assert table[GROUPS].to_numpy().tolist() == [
        [early, "never_treated", "treated_vs_never", first, last], [late, "never_treated", "treated_vs_never", first, last],
        [early, late, "earlier_vs_later", first, called[4]], [late, early, "later_vs_earlier", early, last]]
    assert table.attrs["years"] == called
    assert did.decompose(panel(list(range(10, 18))))["estimate"].tolist() == pytest.approx(table["estimate"].tolist())


def test_a_start_in_a_period_without_rows_is_named_too():
    """It had no name, and the number of the period stood there; that of the last period before a start is of one with rows."""
    made = panel(list(range(2000, 2016, 2)), [2] * 4 + [6] * 4 + [None] * 12, lacking=[2, 5])
    assert did.decompose(made)[["treated_group", "time_start", "time_end"]].to_numpy().tolist() == [
        [2004, 2000, 2014], [2012, 2000, 2014], [2004, 2000, 2008], [2012, 2004, 2014]]
    arrays = did.from_arrays(np.zeros((2, 3)), [2006.0, np.inf], years=[2000, 2002, 2008])
    assert arrays.labels == {0: "2000", 1: "2002", 3: "2006", 4: "2008"}


def test_a_note_of_synthetic_estimators_names_the_periods_left_out():
    """Their numbers in the panel stood there: 2 for the third quarter of 2010."""
    table = long(list(pd.period_range("2010Q1", periods=8, freq="Q")), [5] + [None] * 12)
    table = table[~((table["shop"] == "shop 0") & (table["when"] == pd.Period("2010Q3")))]
    made = did.Panel.from_frame(table, unit="shop", time="when", outcome="sales", cohort="since")
    for estimator in ("synthetic_control", "synthetic_did"):
        assert "periods left out for lack of figures: 2010Q3;" in did.estimate(made, estimator)["note"].iloc[0]


@pytest.mark.parametrize("column", ["when", "since"])
def test_a_duration_is_no_time(column):
    """Nanoseconds: a start of three days among years lay beyond the last, so that nobody was exposed."""
    table = long(list(range(2001, 2009)))
    table[column] = pd.to_timedelta(table[column] - 2000, unit="D")
    with pytest.raises(BadInput, match=f"row 2, column {column}, value Timedelta.*: a time is a whole number or a date"):
        did.Panel.from_frame(table, unit="shop", time="when", outcome="sales", cohort="since")
