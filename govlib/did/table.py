"""A researcher's long table as arrays: everything that can be wrong with one is told with its row and its value."""

from __future__ import annotations

import difflib
import math
from datetime import date, timedelta

import numpy as np
import pandas as pd

from govlib.errors import BadInput

FIRST = ({1, 2}, {1, 2, 3}, {1, 2, 3, 4})  # read as months, though they may be halves, terms or quarters in two digits
WHEN = (date, timedelta, pd.Period)  # what a cell may hold that says when or how long


class LongTable:
    """A long table, checked, as arrays: ``units``, ``codes`` of the periods, ``labels`` where a code is not its own name."""

    def __init__(self, frame: pd.DataFrame, unit: str, time: str, columns: list[str]):
        if not isinstance(frame, pd.DataFrame):
            raise BadInput("the data are no pandas table", value=type(frame).__name__, fix="pandas.DataFrame(...)")
        for column in columns:
            if list(frame.columns).count(column) > 1:
                raise BadInput("the column stands twice", column=column, fix="delete one")
            if column not in frame.columns:
                near = difflib.get_close_matches(str(column), [str(c) for c in frame.columns], n=3, cutoff=0.4)
                raise BadInput("there is no such column", column=column, fix=f"one of {', '.join(near or map(str, frame.columns))}")
        if frame.empty:
            raise BadInput("the table has no rows")
        arrow = [column for column in set(columns) if isinstance(frame[column].dtype, pd.ArrowDtype)]
        # Arrow's columns as their values: they lack arithmetic that the others have
        self.frame, self.note = frame.reset_index(drop=True).astype(dict.fromkeys(arrow, object)), ""
        for column in (unit, time):
            self._stop(self.frame[column].isna(), column, "every row needs its unit and its time")
        self.clock = _Clock(self.frame[time], time)
        times = self.clock.count(self.frame[time], time).astype(int)
        rows, names = self._codes(unit)
        twice = pd.DataFrame({"unit": rows, "time": times}).duplicated()
        self._stop(twice, unit, f"this unit has another row for {time} {self.frame[time][twice.idxmax()]}")
        self.first = int(times.min())
        seen = np.unique(times)
        self.step = math.gcd(*(int(gap) for gap in np.diff(seen))) or 1
        if len(seen) < 2:
            raise BadInput("one period is no panel", column=time)
        # years keep their own numbers; what is counted in other steps is numbered from 0 and printed as it came
        self.plain = self.step == 1 and self.clock.kind == "number"
        self.codes = seen if self.plain else (seen - self.first) // self.step
        self.labels = {} if self.plain else {int(c): self.clock.printed(int(t)) for c, t in zip(self.codes, seen, strict=True)}
        self.rows, self.columns, self.units = rows, np.searchsorted(seen, times), tuple(str(n) for n in names)
        if len(set(self.units)) < len(names):
            raise BadInput("two units are written alike", column=unit)

    def _stop(self, wrong: pd.Series | np.ndarray | list[bool], column: str, problem: str, fix: str | None = None) -> None:
        if np.any(wrong):
            row = int(np.argmax(np.asarray(wrong)))
            raise BadInput(problem, row=row + 2, column=column, value=self.frame[column].iloc[row], fix=fix)

    def _codes(self, column: str) -> tuple[np.ndarray, pd.Index]:
        """Codes of the values in their order, -1 for none, and the values."""
        try:
            return pd.factorize(self.frame[column], sort=True)
        except TypeError:  # a date among numbers, or a list in a cell
            kinds = self.frame[column].map(type)
            other = kinds.ne(kinds.iloc[0])
            self._stop(other if other.any() else ~other, column, "values that cannot be put in order",
                       "write all of them as text: .astype(str)")
            raise

    def numbers(self, column: str) -> np.ndarray:
        given = self.frame[column]
        if not pd.api.types.is_numeric_dtype(given.dtype):  # else pandas takes them for nanoseconds, and a missing one for −9·10¹⁸
            when = [given.dtype.kind in "mM" or (value is not pd.NaT and isinstance(value, WHEN)) for value in given]
            self._stop(when, column, "a date or a duration is no number", "write a duration in days: .dt.total_seconds() / 86400")
        values = pd.to_numeric(given, errors="coerce").to_numpy(float, na_value=np.nan)
        self._stop(np.isnan(values) & given.notna(), column, "this is no number", "leave a missing figure empty")
        self._stop(np.isinf(values), column, "an infinite value", "leave a missing figure empty")
        return values

    def grid(self, column: str) -> np.ndarray:
        """(N, T) of a column of numbers, NaN where there is no row."""
        out = np.full((len(self.units), len(self.codes)), np.nan)
        out[self.rows, self.columns] = self.numbers(column)
        return out

    def constant(self, column: str, *, number: bool = False) -> np.ndarray:
        """(N,) values of a column that does not change within a unit; codes where they need not be numbers."""
        values = self.numbers(column) if number else self._codes(column)[0]
        self._stop(np.isnan(values) if number else values < 0, column, "every row needs a value")
        return self._same(values, column)

    def _same(self, values: np.ndarray, column: str) -> np.ndarray:
        out = np.empty(len(self.units), values.dtype)
        out[self.rows[::-1]] = values[::-1]  # the first row of each unit
        self._stop(out[self.rows] != values, column, "the value differs from the unit's first row")
        return out

    def cohort(self, column: str) -> np.ndarray:
        """(N,) code of the first period at or after the one named; inf for never."""
        given = self.frame[column]
        # a number may stand in a column of text, of categories or of anything; a date is none
        number = pd.to_numeric(given.astype(object), errors="coerce").to_numpy(float, na_value=np.nan)
        never = given.isna().to_numpy() | np.isinf(number)
        if self.clock.kind != "number" or self.first > 0:
            never |= number == 0
        times = np.full(len(given), np.inf)
        if not never.all():
            times[~never] = self.clock.count(given[~never], column)
        return self._coded(self._same(times, column))

    def begun(self, column: str) -> np.ndarray:
        """(N,) code of the first exposed period. A unit that is first seen exposed after a gap is named in the note."""
        state = pd.to_numeric(self.frame[column], errors="coerce").to_numpy(float, na_value=np.nan)
        self._stop(~np.isin(state, (0, 1)), column, "exposure is 1 or 0 in every row")
        grid = self.grid(column)
        exposed = grid == 1
        ends = (np.maximum.accumulate(exposed, 1) & (grid == 0))[self.rows, self.columns]
        self._stop(ends, column, "an exposure that ends has no estimator here", "leave out the rows after its end")
        at = exposed.argmax(1)
        gap = exposed.any(1) & (at > 0) & np.isnan(grid[np.arange(len(at)), at - 1])
        if gap.any():
            names = ", ".join(np.array(self.units)[gap])
            self.note = f"no row in the period before the first exposed one, which may be too late: {names}"
        return np.where(exposed.any(1), self.codes[at].astype(float), np.inf)

    def _coded(self, times: np.ndarray) -> np.ndarray:
        if self.plain:
            return times
        codes = np.where(np.isfinite(times), np.ceil((times - self.first) / self.step), np.inf)
        # a start may lie in a period of which there is no row, and is printed too
        for code in np.unique(codes[(codes >= 0) & (codes <= self.codes[-1])]).astype(int).tolist():
            self.labels[code] = self.clock.printed(self.first + code * self.step)
        return codes


class _Clock:
    """How a table's periods are counted: years as they are (``number``), months, days or pandas periods from a fixed one on."""

    def __init__(self, values: pd.Series, column: str):
        _refuse_parts(values, column)
        values = _dates(values)
        self.kind, self.freq, self.anchor = "number", None, 0
        if isinstance(values.dtype, pd.PeriodDtype):
            self.kind, self.freq = "period", values.dtype.freq
        elif pd.api.types.is_datetime64_any_dtype(values):
            day = values.dt.day
            # once a month on one day, or at its end as pandas writes months and years: as many days apart as the months are long
            self.kind = "month" if day.nunique() == 1 or values.dt.is_month_end.all() else "day"
            self.anchor = int(day.max()) if day.nunique() == 1 and not values.dt.is_month_end.all() else 31

    def count(self, values: pd.Series, column: str) -> np.ndarray:
        """(rows,) the period of each time, with a part of one for a day within. BadInput for a time of another kind."""
        values = _dates(values, always=self.kind != "number")
        dated, spans = pd.api.types.is_datetime64_any_dtype(values), isinstance(values.dtype, pd.PeriodDtype)
        if self.kind == "period" and values.dtype == pd.PeriodDtype(self.freq):
            return np.array([float(p.ordinal) for p in values])
        if self.kind == "month" and dated:
            month, length = (values.dt.year - 1970) * 12 + values.dt.month - 1, values.dt.days_in_month
            return (month + (values.dt.day - np.minimum(self.anchor, length)) / length).to_numpy(float)
        if self.kind == "day" and dated:
            return (values - pd.Timestamp(0)).dt.days.to_numpy(float)
        if self.kind == "number" and not dated and not spans:
            # a duration is no time: as an object it is no number either, else nanoseconds
            values = values.astype(object) if values.dtype.kind == "m" else values
            number = pd.to_numeric(values, errors="coerce").to_numpy(float, na_value=np.nan)
            wrong = ~np.isfinite(number) | (number != np.floor(number))
            if not wrong.any():
                return number
            row = int(np.argmax(wrong))
            raise BadInput("a time is a whole number or a date", row=int(values.index[row]) + 2, column=column,
                           value=values.iloc[row], fix="pandas.to_datetime reads dates that are text")
        raise BadInput("this is written otherwise than the table's times", row=int(values.index[0]) + 2, column=column,
                       value=str(values.iloc[0]), fix="write both as years, or both as dates; leave never empty")

    def printed(self, time: int) -> str:
        """A year as it is, a month or a day by its date."""
        if self.kind == "period":
            return str(pd.Period(ordinal=time, freq=self.freq))
        if self.kind == "month":
            return f"{1970 + time // 12}-{time % 12 + 1:02d}"
        return str(time) if self.kind == "number" else str((pd.Timestamp(0) + pd.Timedelta(days=time)).date())


def _refuse_parts(values: pd.Series, column: str) -> None:
    """BadInput for whole numbers that write a year and a part of it of a length that they do not tell: 20101 and 20102 are halves,
    or two quarters of four; 201001 to 201004 are quarters, or four months. Two months each (up to 20106) and weeks (up to 201053)
    are neither, and would skip numbers at new year."""
    number = pd.to_numeric(pd.Series(values.unique()).astype(object), errors="coerce").to_numpy(float, na_value=np.nan)
    if not (np.isfinite(number) & (number == np.floor(number))).all():
        return
    number = np.unique(number)
    for size, most in ((10, 6), (100, 53)):
        year, part = np.divmod(number, size)
        parts = set(part.tolist())
        if not (1900 <= year[0] < year[-1] <= 2100 and min(parts) >= 1 and max(parts) <= most) or len(parts) == 1:
            continue
        # a fourth part, or every second one of four: quarters; months that are not the first two, three or four of every year
        told = parts == {1, 3} or max(parts) == 4 if size == 10 else max(parts) <= 12 and parts not in FIRST
        if not told and len(set(np.diff(number))) > 1:
            raise BadInput("a year and a part of it, of a length that is not told", column=column, value=int(number[0]),
                           fix="give a column of dates, or number the periods 0, 1, 2, …")


def _dates(values: pd.Series, always: bool = False) -> pd.Series:
    """Times as dates where they are dates: in a column that has been put together by hand, and in whole numbers that write a day
    a month or a quarter as 20190731, 201907 or 20193, which do not count by one over the turn of a year (``always``: within a year
    too). A day is that of its own time zone, whose midnight is the day before in UTC, or an hour off in summer."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(values.cat.categories.dtype)
    if values.dtype == object and values.map(lambda v: isinstance(v, date)).all():
        return pd.to_datetime(values.map(lambda v: pd.Timestamp(v).tz_localize(None)))
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.dt.tz_localize(None)
    if isinstance(values.dtype, pd.PeriodDtype):
        return values
    number = pd.to_numeric(values, errors="coerce")
    for form, low, high, year in (("%Y%m", 190001, 210012, 100), ("%Y%m%d", 19000101, 21001231, 10_000)):
        if number.between(low, high).all() and (number % 1 == 0).all() and (always or (number // year).nunique() > 1):
            dates = pd.to_datetime(number.astype("int64").astype(str), format=form, errors="coerce")
            if dates.notna().all():
                return dates
    year, quarter = number // 10, number % 10
    if year.between(1900, 2100).all() and quarter.isin((1, 2, 3, 4)).all() and (always or year.nunique() > 1):
        quarters = pd.PeriodIndex.from_fields(year=year.astype(int), quarter=quarter.astype(int), freq="Q")
        return pd.Series(quarters, index=values.index)
    return values
