"""What a form of operations holds: services, indicators, months, and the checked figures as arrays."""

from __future__ import annotations

import calendar
import datetime as dt
import difflib
import re
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from govlib.errors import UnknownName
from govlib.forms.problems import lines, say
from govlib.institute import synthetic
from govlib.text import clean
from govlib.words.tables import pair

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
BASELINE = 12  # months before the first adoption that are enough to set a chart's limits


@dataclass(frozen=True)
class Service:
    """``must``: columns that every counted month fills; ``may``: further columns that belong to the service."""

    vi: str
    en: str
    must: tuple[str, ...]
    may: tuple[str, ...]

    def name(self, lang: str = "vi") -> str:
        return self.vi if lang == "vi" else self.en


@dataclass(frozen=True)
class Indicator:
    """``kind``: ``share`` (top / bottom), ``mean`` (weighted by bottom) or ``count``. ``better``: 1 up, −1 down, 0 neither."""

    vi: str
    en: str
    kind: str
    top: str
    bottom: str
    better: int
    unit_vi: str
    unit_en: str

    def name(self, lang: str = "vi") -> str:
        return self.vi if lang == "vi" else self.en

    def unit(self, lang: str = "vi") -> str:
        return self.unit_vi if lang == "vi" else self.unit_en

SERVICES = {
    "procedures": Service(*pair("operations.service.procedures"),
                          ("received", "resolved", "on_time", "online"), ("wait_minutes",)),
    "five_on_the_spot": Service(*pair("operations.service.five_on_the_spot"),
                                ("received", "resolved", "on_time"), ("wait_minutes",)),
    "rapid_response": Service(*pair("operations.service.rapid_response"),
                              ("received", "resolved", "on_time"), ("answer_days",)),
    "feedback": Service(*pair("operations.service.feedback"),
                        ("received", "resolved", "on_time"), ("answer_days",)),
    "business_registration": Service(*pair("operations.service.business_registration"), ("received", "online"), ()),
}
INDICATORS = {
    "on_time": Indicator(*pair("operations.indicator.on_time"), "share", "on_time", "resolved", 1, "%", "%"),
    "online": Indicator(*pair("operations.indicator.online"), "share", "online", "received", 1, "%", "%"),
    "wait_minutes": Indicator(*pair("operations.indicator.wait_minutes"), "mean", "wait_minutes", "resolved", -1,
                              *pair("operations.unit.wait_minutes")),
    "answer_days": Indicator(*pair("operations.indicator.answer_days"), "mean", "answer_days", "resolved", -1,
                             *pair("operations.unit.answer_days")),
    "received": Indicator(*pair("operations.indicator.received"), "count", "received", "", 0, *pair("operations.unit.received")),
}
COUNTS = ("received", "resolved", "on_time", "online")
MEANS = {"wait_minutes": 1440.0, "answer_days": 366.0}  # the most that a mean can be before it is a slip of the pen


@lru_cache(maxsize=20_000)  # the same months in every row
def code(text: str) -> int | None:
    """A month (``2024-03``, ``3/2024``, ``tháng 3/2024``) as 12·year + month − 1; None where it is none. Also as Excel shows what
    it took for a date: the first day (``2024-03-01``, ``1/3/2024``) or, in a CSV, ``Mar-24``, ``Thg3-24``.

    >>> code("2024-03"), code("03/2024"), code("Mar-24"), code("Thg3-24"), code("2024-13"), month_text(24290)
    (24290, 24290, 24290, 24290, None, '2024-03')
    """
    text = clean(text).lower()
    if (month := text[:3]) in _MONTHS:
        text = f"thg{_MONTHS.index(month) + 1}{text[3:]}"
    for pattern in (r"(?P<y>\d{4})-(?P<m>\d{1,2})(-01)?", r"(0?1/)?(?P<m>\d{1,2})/(?P<y>\d{4})",
                    r"th(g|\wng) ?(?P<m>\d{1,2})[-/](?P<y>\d{4}|\d\d)"):
        if (found := re.fullmatch(pattern, text)) and 1 <= int(found["m"]) <= 12:
            year = int(found["y"])
            return 12 * (year if year > 99 else 2000 + year) + int(found["m"]) - 1
    return None


def month_text(t: int) -> str:
    """The inverse of :func:`code`."""
    return f"{t // 12:04d}-{t % 12 + 1:02d}"


def _days(t: int) -> tuple[dt.date, dt.date]:
    year, month = t // 12, t % 12 + 1
    return dt.date(year, month, 1), dt.date(year, month, calendar.monthrange(year, month)[1])


@dataclass(frozen=True)
class Cube:
    """One service: ``units`` unit → its row; ``figures`` column → (units, months), NaN where not counted; ``there``: a row is in
    the file; ``adopted`` (units,) as ``t``, inf for never; ``indicators``: those with any figure."""

    units: dict[str, int]
    figures: dict[str, np.ndarray]
    there: np.ndarray
    adopted: np.ndarray
    indicators: tuple[str, ...]


def _cube(ops: Operations, service: str) -> Cube:
    rows = ops.data[ops.data["service"] == service]
    i, names = pd.factorize(rows["unit"])
    units = {unit: row for row, unit in enumerate(names.tolist())}
    t = rows["t"].to_numpy(int) - ops.first
    shape = (len(units), len(ops.months))
    there, adopted, figures = np.zeros(shape, bool), np.full(len(units), np.inf), {}
    there[i, t], adopted[i] = True, rows["adopted"].to_numpy(float)
    for column in (*COUNTS, *MEANS):
        figures[column] = np.full(shape, np.nan)
        figures[column][i, t] = rows[column].to_numpy(float)
    own = {*SERVICES[service].must, *SERVICES[service].may}
    known = tuple(name for name, about in INDICATORS.items()
                  if {about.top, about.bottom} - {""} <= own and np.isfinite(figures[about.top]).any())
    return Cube(units, figures, there, adopted, known)


@dataclass
class Operations:
    """A checked form. ``data``: one row a month × unit × service: ``t`` (month as :func:`code`), ``month``, ``unit`` (id),
    ``unit_name``, ``unit_name_en``, ``level``, ``service``, the counts and means as float (NaN where not counted), ``adopted`` (as
    ``t``, inf for never), ``note``, ``row``."""

    path: Path
    meta: dict[str, str]
    province: str
    first: int
    last: int
    data: pd.DataFrame
    notes: list[str] = field(default_factory=list)
    _cubes: dict[str, Cube] = field(default_factory=dict, repr=False)

    @property
    def synthetic(self) -> bool:
        return synthetic.is_synthetic(self)

    def cube(self, service: str) -> Cube:
        """The service's figures as arrays."""
        if _service(service) not in self._cubes:
            self._cubes[service] = _cube(self, service)
        return self._cubes[service]

    @property
    def months(self) -> np.ndarray:
        return np.arange(self.first, self.last + 1)

    @cached_property
    def month_names(self) -> pd.Index:
        return pd.Index([month_text(int(t)) for t in self.months])

    def units(self, service: str) -> list[str]:
        return list(self.cube(service).units)

    @cached_property
    def _names(self) -> dict[str, tuple[str, str]]:
        first = self.data.drop_duplicates("unit")
        return {u: (vi, en or vi) for u, vi, en in zip(first["unit"], first["unit_name"], first["unit_name_en"], strict=True)}

    def unit_name(self, unit: str, lang: str = "vi") -> str:
        if unit not in self._names:
            raise UnknownName("unit of this file", unit, difflib.get_close_matches(str(unit), list(self._names), n=3))
        return self._names[unit][lang == "en"]

    def indicators(self, service: str) -> list[str]:
        """Indicators that the service's columns allow and for which there is any figure."""
        return list(self.cube(service).indicators)

    def __str__(self) -> str:
        return self.told("en")

    def told(self, lang: str) -> str:
        """What a check says of it."""
        said = say("{file}: {first} to {last}, {units} units, {services} services, {n} rows", file=self.path.name,
                   first=month_text(self.first), last=month_text(self.last), units=self.data["unit"].nunique(),
                   services=self.data["service"].nunique(), n=len(self.data)) + (f" · {synthetic.MARK}" if self.synthetic else "")
        return lines([said, *(say("look again: {note}", note=note) for note in self.notes)], lang)


def _service(service: str) -> str:
    if service not in SERVICES:
        raise UnknownName("service", service,
                          difflib.get_close_matches(str(service), list(SERVICES), n=3, cutoff=0.3) or tuple(SERVICES))
    return service


def _indicator(indicator: str) -> Indicator:
    if indicator not in INDICATORS:
        raise UnknownName("indicator", indicator, difflib.get_close_matches(str(indicator), list(INDICATORS), n=3, cutoff=0.3)
                          or tuple(INDICATORS))
    return INDICATORS[indicator]
