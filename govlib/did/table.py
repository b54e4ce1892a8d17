"""A researcher's long table as arrays: everything that can be wrong with one is told with its row and its value."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd

from govlib.errors import BadInput


class LongTable:
    """A long table, checked, as arrays: ``units``, ``codes`` of the periods, ``labels`` where a code is not its own name."""

    def __init__(self, frame: pd.DataFrame, unit: str, time: str, columns: list[str]):
        for column in columns:
            if column not in frame.columns:
                near = difflib.get_close_matches(str(column), [str(c) for c in frame.columns], n=3, cutoff=0.4)
                raise BadInput("there is no such column", column=column, fix=f"one of {', '.join(near or map(str, frame.columns))}")
        if frame.empty:
            raise BadInput("the table has no rows")
        self.frame, self.note = frame.reset_index(drop=True), ""
        for column in (unit, time):
            self._stop(self.frame[column].isna(), column, "every row needs its unit and its time")
        times, self.printed = _ordinal(self.frame[time], time, self._stop)
        twice = pd.DataFrame({"unit": self.frame[unit], "time": times}).duplicated()
        self._stop(twice, unit, f"this unit has another row for {time} {self.frame[time][twice.idxmax()]}")
        self.first = int(times.min())
        seen = np.unique(times)
        self.step = math.gcd(*(int(gap) for gap in np.diff(seen))) or 1
        if len(seen) < 2:
            raise BadInput("one period is no panel", column=time)
        # years keep their own numbers; what is counted in other steps is numbered from 0 and printed as it came
        self.plain = self.step == 1 and self.printed is str
        self.codes = seen if self.plain else (seen - self.first) // self.step
        self.labels = {} if self.plain else {int(c): self.printed(int(t)) for c, t in zip(self.codes, seen, strict=True)}
        rows, names = pd.factorize(self.frame[unit], sort=True)
        self.rows, self.columns, self.units = rows, np.searchsorted(seen, times), tuple(str(n) for n in names)
        if len(set(self.units)) < len(names):
            raise BadInput("two units are written alike", column=unit)

    def _stop(self, wrong: pd.Series | np.ndarray, column: str, problem: str, fix: str | None = None) -> None:
        if np.any(wrong):
            row = int(np.argmax(np.asarray(wrong)))
            raise BadInput(problem, row=row + 2, column=column, value=self.frame[column].iloc[row], fix=fix)

    def numbers(self, column: str) -> np.ndarray:
        values = pd.to_numeric(self.frame[column], errors="coerce").to_numpy(float, na_value=np.nan)
        self._stop(np.isnan(values) & self.frame[column].notna(), column, "this is no number", "leave a missing figure empty")
        self._stop(np.isinf(values), column, "an infinite value", "leave a missing figure empty")
        return values

    def grid(self, column: str) -> np.ndarray:
        """(N, T) of a column of numbers, NaN where there is no row."""
        out = np.full((len(self.units), len(self.codes)), np.nan)
        out[self.rows, self.columns] = self.numbers(column)
        return out

    def constant(self, column: str, *, number: bool = False) -> np.ndarray:
        """(N,) values of a column that does not change within a unit; codes where they need not be numbers."""
        values = self.numbers(column) if number else pd.factorize(self.frame[column], sort=True, use_na_sentinel=True)[0]
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
        never = given.isna().to_numpy().copy()
        if pd.api.types.is_numeric_dtype(given):
            number = given.to_numpy(float, na_value=np.nan)
            never |= np.isinf(number) | ((number == 0) & (self.first > 0))
        times = np.full(len(given), np.inf)
        if not never.all():
            times[~never] = _ordinal(given[~never], column, self._stop)[0]
        return self._coded(self._same(times, column))

    def begun(self, column: str) -> np.ndarray:
        """(N,) code of the first exposed period. A unit that is first seen exposed after a gap is named in the note."""
        state = self.numbers(column)
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
        return times if self.plain else np.where(np.isfinite(times), np.ceil((times - self.first) / self.step), np.inf)


def _ordinal(values: pd.Series, column: str, stop) -> tuple[np.ndarray, Callable[[int], str]]:
    """Times as whole numbers, and how such a number is printed: a year as it is, a month or a day by its date."""
    if values.dtype == object and values.map(lambda v: isinstance(v, date)).all():
        values = pd.to_datetime(values)  # a column that has been put together by hand
    if isinstance(values.dtype, pd.PeriodDtype):
        kind = values.dtype.freq
        return np.array([p.ordinal for p in values]), lambda t: str(pd.Period(ordinal=t, freq=kind))
    if pd.api.types.is_datetime64_any_dtype(values):
        if (values.dt.day == 1).all():
            return ((values.dt.year - 1970) * 12 + values.dt.month - 1).to_numpy(), lambda t: f"{1970 + t // 12}-{t % 12 + 1:02d}"
        days = (values - pd.Timestamp(0, tz=values.dt.tz)).dt.days.to_numpy()
        return days, lambda t: str((pd.Timestamp(0) + pd.Timedelta(days=t)).date())
    number = pd.to_numeric(values, errors="coerce").to_numpy(float, na_value=np.nan)
    wrong = ~np.isfinite(number) | (number != np.floor(number))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise BadInput("a time is a whole number or a date", row=int(values.index[row]) + 2, column=column, value=values.iloc[row],
                       fix="pandas.to_datetime reads dates that are text")
    return number.astype(int), str
