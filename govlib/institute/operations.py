"""One-stop centres, portals and answers to citizens, month by month: from counts to signals, changes and outcomes.

Form: ``govlib institute template operations``; one row a month, unit and service. What it gives:

* shares on time and online with intervals, waiting and answer time (:func:`summary`);
* control charts with stated rules, and change points (:func:`monitor`, :func:`changes`);
* interrupted time series at each unit's adoption month (:func:`interruptions`);
* outcomes for the effects engine (:func:`sample`), where units that adopt later are the comparison.

A month without figures stays without: it must be in the file with a note that says why, and it is never filled.
"""

from __future__ import annotations

import calendar
import datetime as dt
import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from govlib.errors import BadInput, NotEstimable, UnknownName
from govlib.forms import table as _table
from govlib.forms import write
from govlib.forms.problems import say
from govlib.institute import synthetic
from govlib.institute import units as unit_list
from govlib.text import fold

if TYPE_CHECKING:
    from govlib.effects.sample import Sample
    from govlib.institute.change_points import Segmentation
    from govlib.institute.control_charts import Chart

MAKE = "govlib institute template operations"
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
    "procedures": Service("Thủ tục hành chính tại bộ phận một cửa", "Procedures at the one-stop desk",
                          ("received", "resolved", "on_time", "online"), ("wait_minutes",)),
    "five_on_the_spot": Service("Thủ tục theo mô hình “5 tại chỗ”", "Procedures done in five steps on the spot",
                                ("received", "resolved", "on_time"), ("wait_minutes",)),
    "rapid_response": Service("Tổ phản ứng nhanh “3 nhất”", "Rapid response team",
                              ("received", "resolved", "on_time"), ("answer_days",)),
    "feedback": Service("Hỏi đáp – Phản ánh kiến nghị", "Questions, feedback and petitions",
                        ("received", "resolved", "on_time"), ("answer_days",)),
    "business_registration": Service("Đăng ký kinh doanh qua mạng", "Online business registration", ("received", "online"), ()),
}
INDICATORS = {
    "on_time": Indicator("Tỷ lệ giải quyết đúng hạn", "Share settled on time", "share", "on_time", "resolved", 1, "%", "%"),
    "online": Indicator("Tỷ lệ nộp trực tuyến", "Share filed online", "share", "online", "received", 1, "%", "%"),
    "wait_minutes": Indicator("Thời gian chờ", "Waiting time", "mean", "wait_minutes", "resolved", -1, "phút", "minutes"),
    "answer_days": Indicator("Thời gian trả lời", "Time to answer", "mean", "answer_days", "resolved", -1, "ngày", "days"),
    "received": Indicator("Số hồ sơ, ý kiến tiếp nhận", "Cases received", "count", "received", "", 0, "hồ sơ", "cases"),
}
COUNTS = ("received", "resolved", "on_time", "online")
MEANS = {"wait_minutes": 1440.0, "answer_days": 366.0}  # the most that a mean can be before it is a slip of the pen
COLUMNS = ("month", "unit", "service", *COUNTS, *MEANS, "adopted", "note")
TEXTS = ("month", "unit", "service", "adopted", "note")
FIELDS = {"province": (True, "tỉnh", "province"), "first_month": (True, "tháng đầu, dạng 2024-01", "first month, as 2024-01"),
          "last_month": (True, "tháng cuối, dạng 2024-12", "last month, as 2024-12"),
          "producer": (False, "đơn vị lập", "who made it"), "source": (False, "hệ thống, báo cáo nguồn", "system or report it comes from")}
HINTS = {"month": ("tháng", "month"), "unit": ("tên đầy đủ của đơn vị", "full name of the unit"),
         "service": ("loại dịch vụ", "service"), "received": ("tiếp nhận trong tháng", "received in the month"),
         "resolved": ("giải quyết, trả lời xong trong tháng", "settled or answered in the month"),
         "on_time": ("trong đó đúng hoặc trước hạn", "of these, on time or early"),
         "online": ("số tiếp nhận qua mạng", "of those received, filed online"),
         "wait_minutes": ("số phút chờ bình quân", "mean waiting time, minutes"),
         "answer_days": ("số ngày trả lời bình quân", "mean days to an answer"),
         "adopted": ("tháng đơn vị bắt đầu cách làm mới (ghi một dòng là đủ)", "month the unit began the new way (one row is enough)"),
         "note": ("ghi chú; lý do nếu để trống số liệu", "note; the reason where figures are left empty")}


# ---- months ----------------------------------------------------------------------------------------------------------

def code(text: str) -> int | None:
    """A month (``2024-03``, ``3/2024``, ``2024-03-01``) as 12·year + month − 1; None where it is none.

    >>> code("2024-03"), code("03/2024"), code("2024-13"), month_text(24290)
    (24290, 24290, None, '2024-03')
    """
    for pattern in (r"(?P<y>\d{4})-(?P<m>\d{1,2})(-01)?", r"(?P<m>\d{1,2})/(?P<y>\d{4})"):
        if (found := re.fullmatch(pattern, text.strip())) and 1 <= int(found["m"]) <= 12:
            return 12 * int(found["y"]) + int(found["m"]) - 1
    return None


def month_text(t: int) -> str:
    """The inverse of :func:`code`."""
    return f"{t // 12:04d}-{t % 12 + 1:02d}"


def _days(t: int) -> tuple[dt.date, dt.date]:
    year, month = t // 12, t % 12 + 1
    return dt.date(year, month, 1), dt.date(year, month, calendar.monthrange(year, month)[1])


# ---- form and validation ---------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Cube:
    """One service: ``figures`` column → (units, months), NaN where not counted; ``there``: a row is in the file; ``adopted``
    (units,) as ``t``, inf for never."""

    units: tuple[str, ...]
    figures: dict[str, np.ndarray]
    there: np.ndarray
    adopted: np.ndarray


def _cube(ops: Operations, service: str) -> Cube:
    rows = ops.data[ops.data["service"] == service]
    units = tuple(dict.fromkeys(rows["unit"]))
    place = {unit: i for i, unit in enumerate(units)}
    i, t = np.array([place[u] for u in rows["unit"]], int), rows["t"].to_numpy(int) - ops.first
    shape = (len(units), len(ops.months))
    there, adopted, figures = np.zeros(shape, bool), np.full(len(units), np.inf), {}
    there[i, t], adopted[i] = True, rows["adopted"].to_numpy(float)
    for column in (*COUNTS, *MEANS):
        figures[column] = np.full(shape, np.nan)
        figures[column][i, t] = rows[column].to_numpy(float)
    return Cube(units, figures, there, adopted)


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
        about, cube = SERVICES[_service(service)], self.cube(service)
        return [name for name, i in INDICATORS.items() if {i.top, i.bottom} - {""} <= {*about.must, *about.may}
                and np.isfinite(cube.figures[i.top]).any()]

    def __str__(self) -> str:
        said = [f"{self.path.name}: {month_text(self.first)} to {month_text(self.last)}, {self.data['unit'].nunique()} units, "
                f"{self.data['service'].nunique()} services, {len(self.data)} rows" + (f" · {synthetic.MARK}" if self.synthetic else "")]
        return "\n".join([*said, *(f"  look again: {note}" for note in self.notes)])


def template(out: Path) -> list[Path]:
    """The empty form as CSV and Excel, with drop-downs and the rules on a sheet of its own."""
    meta = [(key, "", f"{vi} / {en}") for key, (_, vi, en) in FIELDS.items()]
    label = [("label", *(HINTS[c][0] for c in COLUMNS[1:]))]
    notes = [["Mỗi tháng, mỗi đơn vị, mỗi dịch vụ một dòng; không bỏ tháng nào.",
              "One row a month, unit and service; no month is left out."],
             ["Tháng không có số liệu: vẫn ghi dòng, để trống các số, ghi lý do ở cột note. Không ghi 0 thay cho không có số liệu.",
              "A month without figures: keep the row, leave the figures empty, say why in note. Do not write 0 for not counted."],
             *([f"{c}: {vi}", f"{c}: {en}"] for c, (vi, en) in HINTS.items()),
             *([f"service = {k}: {s.vi}; cột: {', '.join((*s.must, *s.may))}", f"service = {k}: {s.en}; columns: {', '.join((*s.must, *s.may))}"]
               for k, s in SERVICES.items())]
    out = Path(out)
    return [write.form_csv(out / "operations.csv", meta + label, COLUMNS),
            write.form_xlsx(out / "operations.xlsx", meta, COLUMNS, choices={"service": list(SERVICES)}, notes=notes)]


def read(path: str | Path) -> Operations:
    """A filled form.

    Raises
    ------
    BadInput : with every problem (``problems``), each with file, row, column and value: a month missing or twice, a count that
        is negative, broken or larger than its total, a figure that does not belong to the service, an unknown or abolished
        unit, letters that cannot be read.
    """
    table = _table.read(path, _table.Layout({k: must for k, (must, *_) in FIELDS.items()}, COLUMNS, TEXTS, make=MAKE))
    if not set(COLUMNS) <= set(table.header):
        table.refuse()  # cells cannot be told apart without the header
    first, last = (_month_field(table, key) for key in ("first_month", "last_month"))
    if first is not None and last is not None and last < first:
        table.field_problem("the last month is before the first", "last_month")
        first = last = None
    province = _province(table, first, last)
    rows, seen = [], {}
    who = _Units(table)
    for number, cells in table.rows:
        row = _row(table, number, cells, first, last, who)
        if row is None:
            continue
        key = (row["t"], row["unit"], row["service"])
        if key in seen:
            table.problem(say("the same month, unit and service twice (also in row {row})", row=seen[key]), number, "month", cells["month"],
                          "keep one of the two rows")
            continue
        seen[key] = number
        rows.append(row)
    who.tell()
    if first is not None and last is not None:
        _gaps(table, rows, first, last, who)
    _adoptions(table, rows)
    table.refuse()
    data = pd.DataFrame(rows).sort_values(["service", "unit", "t"], kind="stable", ignore_index=True)
    empty = data[data["note"].ne("") & data[list(COUNTS)].isna().all(axis=1)]
    if len(empty):
        table.notes.append(f"{len(empty)} months without figures, as their notes say (first: {empty['unit_name'].iloc[0]} "
                           f"{empty['month'].iloc[0]}: {empty['note'].iloc[0]})")
    return Operations(table.path, table.meta, province, first, last, data, table.notes)


def check(path: str | Path) -> Operations:
    """As :func:`read`; for the command ``govlib institute check``."""
    return read(path)


def _month_field(table: _table.Table, key: str) -> int | None:
    text = table.meta.get(key, "")
    t = code(text)
    if text and t is None:
        table.field_problem("not a month", key, "write it as 2024-03")
    elif t is not None and _days(t)[0] > dt.date.today():
        table.field_problem("a month in the future", key, "correct the month")
    return t


def _province(table: _table.Table, first: int | None, last: int | None) -> str:
    from govlib.known import provinces

    name = table.meta.get("province", "")
    if not name:
        return ""
    try:
        slug = provinces.resolve(name)
    except UnknownName as error:
        table.field_problem("unknown province", "province", say("nearest: {choices}", choices=', '.join(error.nearest)) if error.nearest else None)
        return ""
    # the mergers took force on 1 July 2025, within a year, so that the year's set of provinces cannot decide
    if last is not None and last >= code("2025-07") and slug not in provinces.province_set(2025):
        table.field_problem("the province was abolished on 30/06/2025", "last_month", say("end {name} with 2025-06 and report later months for the merged province", name=name))
    return slug


class _Units:
    """Names → units, month by month; what is wrong with a unit is told once, with the first row and the number of rows."""

    def __init__(self, table: _table.Table):
        self.table, self.known = table, unit_list.units()
        self.cache: dict[tuple[str, int | None], tuple] = {}
        self.faults: dict[tuple[str, str], list] = {}
        self.found: dict[str, unit_list.Unit] = {}

    def at(self, name: str, t: int, row: int) -> unit_list.Unit | None:
        key = (fold(name), t)
        if (key[0], None) in self.cache:  # listed without dates: the same in every month
            return self.cache[key[0], None][0]
        if key not in self.cache:
            # a centre or a portal is taken as written; a department is on the list, or its name has a slip
            free = unit_list.kind(name) is None or key[0].startswith("trung tam ")
            self.cache[key] = unit_list.resolve(name, *_days(t), known=self.known, any_name=free)
        unit, trouble, fix = self.cache[key]
        if trouble:
            self.faults.setdefault((key[0], trouble), [row, name, fix, 0, t])[3] += 1
            return None
        self.found.setdefault(unit.unit, unit)
        if unit.listed and unit.valid_from is None and unit.valid_to is None:
            self.cache[key[0], None] = (unit, "", "")
        return unit

    def tell(self) -> None:
        for (_, trouble), (row, name, fix, n, t) in self.faults.items():
            more = say(" ({n} rows, the first for {month})", n=n, month=month_text(t)) if n > 1 else say(" (month {month})", month=month_text(t))
            self.table.problem(trouble + more, row, "unit", name, fix)


def _row(table, number: int, cells: dict[str, str], first, last, who: _Units) -> dict | None:
    t = code(cells["month"])
    if t is None:
        table.problem("not a month" if cells["month"] else "no month", number, "month", cells["month"] or None, "write it as 2024-03")
    elif first is not None and last is not None and not first <= t <= last:
        table.problem(say("outside {first} to {last}", first=month_text(first), last=month_text(last)), number, "month", cells["month"],
                      "correct the month, or #first_month and #last_month above")
    service = _match(cells["service"])
    if service is None:
        near = difflib.get_close_matches(cells["service"], list(SERVICES), n=1, cutoff=0.4)
        table.problem("not a service of this form", number, "service", cells["service"] or None,
                      (say("did you mean {near}? ", near=near[0]) if near else "") + say("one of {choices}", choices=', '.join(SERVICES)))
    if not cells["unit"]:
        table.problem("no unit", number, "unit", fix="write the unit's full name")
    unit = who.at(cells["unit"], t, number) if cells["unit"] and t is not None else None
    figures = {c: _figure(table, number, c, cells[c]) for c in (*COUNTS, *MEANS)}
    if service:
        _belongs(table, number, cells, SERVICES[service], figures)
    adopted = code(cells["adopted"]) if cells["adopted"] else None
    if cells["adopted"] and adopted is None:
        table.problem("not a month", number, "adopted", cells["adopted"], "write it as 2024-03, or leave the cell empty")
    for part, whole in (("on_time", "resolved"), ("online", "received")):
        if figures[part] is not None and figures[whole] is not None and figures[part] > figures[whole]:
            table.problem(say("more than {whole} ({value:g})", whole=whole, value=figures[whole]), number, part, cells[part], "correct one of the two")
    if t is None or unit is None or service is None:
        return None
    return {"t": t, "month": month_text(t), "unit": unit.unit, "unit_name": unit.name_vi, "unit_name_en": unit.name_en,
            "level": unit.level, "service": service, **{c: np.nan if v is None else v for c, v in figures.items()},
            "adopted": adopted, "note": cells["note"], "row": number, "data_kind": cells.get("data_kind", "")}


@cache
def _match(text: str) -> str | None:
    key = fold(text)
    return next((s for s, about in SERVICES.items() if key in (fold(s), fold(about.vi), fold(about.en))), None) if key else None


def _figure(table, number: int, column: str, text: str) -> float | None:
    try:
        # a count may be grouped as 1.234: between whole counts a single point with three digits is a thousands mark
        if column in COUNTS and re.fullmatch(r"\d{1,3}[.,\s]\d{3}", text):
            table.problem("could be a thousand or a fraction", number, column, text, "write the count without marks: 1234")
            return None
        value = _table.figure(text)
    except BadInput:
        table.problem("not a number", number, column, text, "write digits only, or leave the cell empty and say why in note")
        return None
    if value is None:
        return None
    if value < 0:
        table.problem("a negative count" if column in COUNTS else "below zero", number, column, text, "correct the figure")
        return None
    if column in COUNTS and not float(value).is_integer():
        table.problem("a count is a whole number", number, column, text, "correct the figure")
        return None
    if column in MEANS and value > MEANS[column]:
        table.problem(say("more than {most:g} {unit} on average", most=MEANS[column], unit=column.split('_')[1]), number, column, text, "check the unit of measure")
        return None
    return float(value)


def _belongs(table, number: int, cells, service: Service, figures) -> None:
    """Figures in columns of another service, and columns of this one left empty without a reason."""
    own = (*service.must, *service.may)
    for column in (*COUNTS, *MEANS):
        if cells[column] and column not in own:
            table.problem(say("{service} has no such figure", service=cells['service']), number, column, cells[column],
                          say("its columns are {choices}: was the figure typed in the wrong column or row?", choices=', '.join(own)))
    empty = [c for c in service.must if not cells[c]]
    if empty and not cells["note"]:
        table.problem("empty, and the note does not say why", number, ", ".join(empty), None,
                      "write the figures (0 only if there were none), or say in note why there are none")
    for column in service.may:
        if figures.get(column) is not None and figures.get("resolved") == 0:
            table.problem("a mean over no case at all", number, column, cells[column], "leave it empty where nothing was settled")


def _gaps(table, rows: list[dict], first: int, last: int, who: _Units) -> None:
    """Months that a unit and service should have and the file has not."""
    have: dict[tuple[str, str], set[int]] = {}
    names, begun = {}, {}
    for row in rows:
        key = (row["unit"], row["service"])
        have.setdefault(key, set()).add(row["t"])
        names[row["unit"]] = row["unit_name"]
        if row["adopted"] is not None:
            begun[key] = row["adopted"]
    faulty = {(p.row) for p in table.problems if p.row}
    spoiled = {code(c["month"]) for number, c in table.rows if number in faulty} - {None}
    missing: dict[int, list] = {}
    for (unit, service), there in have.items():
        start, end = _exists(who.found[unit], first, last)
        if begun.get((unit, service)) == min(there):  # the service itself began then
            start = max(start, min(there))
        for t in set(range(start, end + 1)) - there - spoiled:
            missing.setdefault(t, []).append((unit, service))
    for t, keys in sorted(missing.items()):
        if len(keys) == len(have) and len(keys) > 1:
            table.problem("the month is missing for every unit and service", None, "month", month_text(t),
                          "add its rows; where nothing was counted leave the figures empty and say why in note")
            continue
        for unit, service in keys:
            table.problem(say("the month is missing for {unit}, {service}", unit=names[unit], service=service), None, "month", month_text(t),
                          "add the row; where nothing was counted leave the figures empty and say why in note")


def _exists(unit: unit_list.Unit, first: int, last: int) -> tuple[int, int]:
    start, end = unit.valid_from, unit.valid_to
    if unit.level == "district" and end is None:
        end = unit_list.DISTRICTS_END
    if unit.level == "commune" and start is None and not unit.listed:
        start = unit_list.COMMUNES_FROM if last >= code("2025-07") else None
    begin = 12 * start.year + start.month - 1 + (start.day > 1) if start else first
    finish = 12 * end.year + end.month - 1 if end else last
    return max(first, begin), min(last, finish)


def _adoptions(table, rows: list[dict]) -> None:
    """One adoption month a unit and service, on all its rows; inf where none is given."""
    said: dict[tuple[str, str], tuple[int, int]] = {}
    for row in rows:
        if row["adopted"] is None:
            continue
        key = (row["unit"], row["service"])
        t, where = said.setdefault(key, (row["adopted"], row["row"]))
        if t != row["adopted"]:
            table.problem(say("another adoption month than in row {row} ({month})", row=where, month=month_text(t)), row["row"], "adopted", month_text(row["adopted"]),
                          "one unit and service has one adoption month")
    for row in rows:
        row["adopted"] = float(said.get((row["unit"], row["service"]), (np.inf, 0))[0])


# ---- series ----------------------------------------------------------------------------------------------------------

def _service(service: str) -> str:
    if service not in SERVICES:
        raise UnknownName("service", service, difflib.get_close_matches(str(service), list(SERVICES), n=3, cutoff=0.3) or tuple(SERVICES))
    return service


def _indicator(indicator: str) -> Indicator:
    if indicator not in INDICATORS:
        raise UnknownName("indicator", indicator, difflib.get_close_matches(str(indicator), list(INDICATORS), n=3, cutoff=0.3)
                          or tuple(INDICATORS))
    return INDICATORS[indicator]


def series(ops: Operations, service: str, indicator: str, unit: str | None = None) -> pd.DataFrame:
    """One row a month of the period: ``t, month, top, bottom, value`` (shares 0–1), NaN where there is no figure.

    ``unit`` None: all units together. A month in which some unit that exists has no figures is then NaN, for the sum of the
    others is another quantity; what units there are may still change when one is founded or abolished.
    """
    about, cube = _indicator(indicator), ops.cube(service)
    if unit is not None:
        ops.unit_name(unit)
    if (unit is not None and unit not in cube.units) or indicator not in ops.indicators(service):
        raise NotEstimable(f"the file has no {indicator} for {service}" + (f" of {unit}" if unit else ""))
    pick = slice(None) if unit is None else [cube.units.index(unit)]
    there, top = cube.there[pick], cube.figures[about.top][pick]
    bottom = cube.figures[about.bottom][pick] if about.bottom else np.ones_like(top)
    if about.kind == "mean":
        top = np.where((bottom == 0) & np.isnan(top), 0.0, top) * bottom  # nobody came: no minutes, and no gap in the counting
    gap = there & ~(np.isfinite(top) & np.isfinite(bottom))
    known = there.any(0) & ~gap.any(0)
    top, bottom = (np.where(known, np.where(there, v, 0.0).sum(0), np.nan) for v in (top, bottom))
    with np.errstate(divide="ignore", invalid="ignore"):
        value = top if about.kind == "count" else np.where(bottom > 0, top / bottom, np.nan)
    return pd.DataFrame({"t": ops.months, "month": [month_text(int(t)) for t in ops.months], "top": top,
                         "bottom": np.nan if about.kind == "count" else bottom, "value": value})


def adoption(ops: Operations, service: str, unit: str | None = None) -> int | None:
    """First month under the new way (as ``t``) within the period; of all units together: the earliest. None where never."""
    cube = ops.cube(service)
    first = cube.adopted[[cube.units.index(unit)] if unit is not None else slice(None)].min(initial=np.inf)
    return int(first) if ops.first < first <= ops.last else None


def factor(indicator: str) -> float:
    """What turns a value of :func:`series` into the unit people read: shares into per cent."""
    return 100.0 if _indicator(indicator).kind == "share" else 1.0


@dataclass(frozen=True)
class Monitored:
    """A series with its control chart and change points. ``why_no_chart``, ``why_no_changes`` where one could not be made."""

    service: str
    indicator: str
    unit: str | None
    table: pd.DataFrame
    adopted: int | None
    chart: Chart | None
    segments: Segmentation | None
    baseline: str
    why_no_chart: str = ""
    why_no_changes: str = ""

    @property
    def signals(self) -> list[tuple[str, str]]:
        """(month, rule) of every point at which a rule of the chart speaks."""
        if self.chart is None:
            return []
        return [(self.table["month"].iloc[i], rule) for rule, at in self.chart.flags.items() for i in np.flatnonzero(at)]


def seasonal_index(value: np.ndarray, month: np.ndarray) -> np.ndarray:
    """How much of a usual month each calendar month brings (mean 1), by the ratio to the centred twelve-month average
    (Macaulay 1931), the median over years. Ones where fewer than 36 months have figures."""
    value = np.asarray(value, float)
    if np.isfinite(value).sum() < 36:
        return np.ones(len(value))
    weights = np.r_[0.5, np.ones(11), 0.5] / 12
    trend = np.full(len(value), np.nan)
    trend[6:-6] = np.convolve(value, weights, "valid")  # NaN where any of the thirteen months is
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(trend > 0, value / trend, np.nan)
    by_month = np.array([np.median(r) if len(r := ratio[(month == m) & np.isfinite(ratio)]) else 1.0 for m in range(12)])
    return np.maximum((by_month / by_month.mean())[month], 1e-9)


def monitor(ops: Operations, service: str, indicator: str, unit: str | None = None, *,
            rules: str | Iterable[str] = "western_electric", kind: str = "auto") -> Monitored:
    """Control chart and change points of one series.

    Shares: p or Laney's p′ (stated rule in :mod:`~govlib.institute.control_charts`); counts: u or u′; means: XmR. The limits
    come from the months before the (first) adoption where there are twelve with figures, else from all months. Counts are
    compared per usual month (:func:`seasonal_index`), or every Tết would be a signal; shares and means are taken as they are.
    """
    from govlib.institute import change_points, control_charts

    about, table, adopted = _indicator(indicator), series(ops, service, indicator, unit), adoption(ops, service, unit)
    control_charts.signals(np.zeros(1), rules)
    before = (table["t"] < adopted) & table["value"].notna() if adopted is not None else None
    early = before is not None and before.sum() >= BASELINE
    base, said = (before.to_numpy(), "before_adoption") if early else (None, "all_months")
    top, bottom, value = (table[c].to_numpy(float) for c in ("top", "bottom", "value"))
    usual = seasonal_index(value, table["t"].to_numpy() % 12) if about.kind == "count" else None
    chart = segments = None
    no_chart = no_changes = ""
    try:
        if about.kind == "share":
            chart = control_charts.share(top, bottom, kind=kind, baseline=base, rules=rules)
        elif about.kind == "count":
            chart = control_charts.rate(top, usual, kind=kind, baseline=base, rules=rules)
        else:
            chart = control_charts.individuals(value, baseline=base, rules=rules, floor=0.0)
    except NotEstimable as error:
        no_chart = error.reason
    try:
        if about.kind == "share":
            segments = change_points.share(top, bottom)
        elif about.kind == "count":
            segments = change_points.count(top, usual)
        else:
            segments = change_points.mean(value)
    except NotEstimable as error:
        no_changes = error.reason
    return Monitored(service, indicator, unit, table, adopted, chart, segments, said, no_chart, no_changes)


def _each(ops: Operations, services: Iterable[str] | None, with_all: bool = True):
    for service in services or [s for s in SERVICES if ops.units(s)]:
        for indicator in ops.indicators(service):
            for unit in ([None] if with_all else []) + ops.units(service):
                yield service, indicator, unit


# ---- results ---------------------------------------------------------------------------------------------------------

SUMMARY = ("service", "indicator", "unit", "months", "top", "bottom", "value", "low", "high", "spread", "before", "change", "method")


def summary(ops: Operations, *, months: int = 12, services: Iterable[str] | None = None, level: float = 0.95) -> pd.DataFrame:
    """The last ``months`` months of every service, indicator and unit (``unit`` empty: all together).

    Shares in per cent with Wilson's interval, the total counted as total/σ_z² where months vary more than a binomial (σ_z in
    ``spread``). Means with Student's interval from the months' values, weighted by cases, errors as Newey and West. Counts
    are sums, without interval. ``before``: the same months a year earlier; ``change``: value − before (NaN where either has
    a month without figures, since a season would be missing).
    """
    if not 1 <= months <= len(ops.months):
        raise BadInput("not so many months in the file", column="months", value=months, fix=say("1 to {n}", n=len(ops.months)))
    rows = []
    for service, indicator, unit in _each(ops, services):
        about, table, scale = _indicator(indicator), series(ops, service, indicator, unit), factor(indicator)
        now, then = table.iloc[-months:], table.iloc[-months - 12:len(table) - 12] if len(table) >= months + 12 else table.iloc[:0]
        value = _pooled(now, about.kind) * scale
        before = _pooled(then, about.kind) * scale if len(then) else np.nan
        whole = now["value"].notna().all() and len(then) and then["value"].notna().all()
        low, high, spread, method = _interval(table, now, about, level)
        rows.append({"service": service, "indicator": indicator, "unit": unit or "", "months": int(now["value"].notna().sum()),
                     "top": now["top"].sum() if about.kind != "mean" else np.nan, "bottom": now["bottom"].sum() if about.bottom else np.nan,
                     "value": value, "low": low * scale, "high": high * scale, "spread": spread,
                     "before": before if whole else np.nan, "change": value - before if whole else np.nan, "method": method})
    return pd.DataFrame(rows, columns=list(SUMMARY))


def _pooled(rows: pd.DataFrame, kind: str) -> float:
    rows = rows[rows["value"].notna()]
    if rows.empty:
        return float("nan")
    return float(rows["top"].sum()) if kind == "count" else float(rows["top"].sum() / rows["bottom"].sum())


def _interval(table, now, about: Indicator, level: float) -> tuple[float, float, float, str]:
    from govlib.institute import control_charts

    none = (np.nan, np.nan, np.nan, "")
    known = now[now["value"].notna()]
    if about.kind == "count" or known.empty:
        return none
    if about.kind == "share":
        spread = 1.0
        try:
            spread = max(1.0, control_charts.share(table["top"], table["bottom"], kind="auto").spread)
        except NotEstimable:
            spread = 1.0  # too few months to see more than the binomial: said by the method's name
        low, high = control_charts.wilson(known["top"].sum(), known["bottom"].sum(), spread=spread, level=level)
        return float(low[0]), float(high[0]), spread, "wilson" if spread == 1.0 else "wilson-laney"
    if len(known) < 6:
        return none
    import statsmodels.api as sm

    from govlib.institute.interrupted import newey_west_lags

    fit = sm.WLS(known["value"].to_numpy(), np.ones(len(known)), weights=known["bottom"].to_numpy()).fit(
        cov_type="HAC", cov_kwds={"maxlags": newey_west_lags(len(known)), "use_correction": True}, use_t=True)
    low, high = fit.conf_int(alpha=1 - level)[0]
    return float(low), float(high), np.nan, "student-newey-west"


CHANGES = ("service", "indicator", "unit", "month", "earliest", "latest", "before", "after", "change", "adopted")


def changes(ops: Operations, *, services: Iterable[str] | None = None) -> pd.DataFrame:
    """Every change point of every series: the month the new level begins, the months that fit about as well, the levels
    before and after (per cent for shares), and the unit's adoption month for comparison."""
    rows = []
    for service, indicator, unit in _each(ops, services):
        found = monitor(ops, service, indicator, unit)
        if found.segments is None:
            continue
        scale, month = factor(indicator), found.table["month"]
        for k, start in enumerate(found.segments.starts):
            before, after = (scale * found.segments.levels[k + j] for j in (0, 1))
            low, high = found.segments.ranges[k]
            rows.append({"service": service, "indicator": indicator, "unit": unit or "", "month": month.iloc[start],
                         "earliest": month.iloc[low], "latest": month.iloc[high], "before": before, "after": after,
                         "change": after - before, "adopted": month_text(found.adopted) if found.adopted is not None else ""})
    return pd.DataFrame(rows, columns=list(CHANGES))


INTERRUPTIONS = ("service", "indicator", "unit", "adopted", "n_before", "n_after", "level", "level_low", "level_high", "level_p",
                 "level_p_adjusted", "slope", "slope_low", "slope_high", "slope_p", "effect_end", "effect_end_low", "effect_end_high",
                 "effect_end_p", "errors", "rho", "level_se", "level_se_newey_west", "seasonal", "lags", "ljung_box_p", "note")


def interruptions(ops: Operations, *, services: Iterable[str] | None = None, indicators: Iterable[str] | None = None,
                  errors: str = "ar1", level: float = 0.95) -> pd.DataFrame:
    """Interrupted time series of every unit that adopts (:mod:`govlib.institute.interrupted`), shares in percentage points.

    Indicators that have a better direction unless named. ``level_p_adjusted``: Holm over all series of the table. What cannot be estimated keeps its row and says why in ``note``.
    """
    from govlib.did import multiple_testing
    from govlib.institute import interrupted

    wanted, rows = set(indicators) if indicators is not None else None, []
    for name in wanted or ():
        _indicator(name)
    for service, indicator, unit in _each(ops, services, with_all=False):
        adopted = adoption(ops, service, unit)
        if adopted is None or (indicator not in wanted if wanted is not None else not INDICATORS[indicator].better):
            continue
        table = series(ops, service, indicator, unit)
        row = {"service": service, "indicator": indicator, "unit": unit, "adopted": month_text(adopted), "note": ""}
        try:
            fit = interrupted.fit(table["value"].to_numpy(float) * factor(indicator), adopted - ops.first,
                                  month=table["t"].to_numpy() % 12 + 1, errors=errors, level=level)
        except NotEstimable as error:
            rows.append({**row, "note": str(error)})
            continue
        rows.append({**row, "n_before": fit.n_before, "n_after": fit.n_after, "level": fit.level, "level_low": fit.level_ci[0],
                     "level_high": fit.level_ci[1], "level_p": fit.level_p, "slope": fit.slope, "slope_low": fit.slope_ci[0],
                     "slope_high": fit.slope_ci[1], "slope_p": fit.slope_p, "effect_end": fit.effect_end,
                     "effect_end_low": fit.effect_end_ci[0], "effect_end_high": fit.effect_end_ci[1], "effect_end_p": fit.effect_end_p,
                     "errors": fit.errors, "rho": fit.rho, "level_se": fit.level_se, "level_se_newey_west": fit.level_se_newey_west,
                     "seasonal": fit.seasonal, "lags": fit.lags, "ljung_box_p": fit.ljung_box_p})
    out = pd.DataFrame(rows, columns=list(INTERRUPTIONS))
    if len(out):
        out["level_p_adjusted"] = multiple_testing.adjust(out["level_p"].to_numpy(float), "holm")
    return out


# ---- outcomes for the effects engine -----------------------------------------------------------------------------------

FREQUENCIES = ("month", "year")


def panel(ops: Operations, service: str, indicators: Iterable[str] | None = None, *, freq: str = "month") -> pd.DataFrame:
    """Long table ``unit, period, indicator, value, adopted``: shares in per cent; a year needs its twelve months.

    ``period`` is the month as :func:`code` (consecutive whole numbers) or the calendar year.
    """
    if freq not in FREQUENCIES:
        raise BadInput("unknown frequency", column="freq", value=freq, fix=say("one of {choices}", choices=', '.join(FREQUENCIES)))
    names = [indicators] if isinstance(indicators, str) else list(indicators or ops.indicators(_service(service)))
    pieces = []
    for name in names:
        for unit in ops.units(service):
            rows, kind = series(ops, service, name, unit), _indicator(name).kind
            adopted = ops.cube(service).adopted[ops.units(service).index(unit)]
            if freq == "month":
                period, value = rows["t"], rows["value"]
            else:
                groups = [(y, g) for y, g in rows.groupby(rows["t"] // 12) if len(g) == 12]
                period = pd.Series([y for y, _ in groups], dtype=int)
                value = pd.Series([_pooled(g, kind) if g["value"].notna().all() else np.nan for _, g in groups], dtype=float)
            pieces.append(pd.DataFrame({"unit": unit, "period": period.to_numpy(), "indicator": name,
                                        "value": value.to_numpy() * factor(name), "adopted": adopted}))
    return pd.concat(pieces, ignore_index=True)


def sample(ops: Operations, service: str, indicators: Iterable[str] | None = None, *, freq: str = "month",
           reform: str | None = None) -> Sample:
    """The service's units as the effects engine takes them (:func:`govlib.effects.sample.from_arrays`).

    Outcomes are the indicators, in per cent or their own unit; a unit's cohort is the month it adopted, ``inf`` for those
    that never did. With ``freq="year"`` the cohort is the first whole calendar year and the year of a start in
    between is left out (half of it is before). Then::

        from govlib.effects import engine
        engine.from_sample(operations.sample(ops, "five_on_the_spot", "on_time"), "imputation")

    Raises
    ------
    NotEstimable : no unit adopts within the period, or no outcome varies. UnknownName : service, indicator.
    """
    from govlib.effects import sample as sampling

    names = [indicators] if isinstance(indicators, str) else list(indicators or ops.indicators(_service(service)))
    long = panel(ops, service, names, freq=freq)
    units, periods = ops.units(service), np.sort(long["period"].unique()).astype(int)
    y = np.stack([long[long["indicator"] == n].pivot(index="unit", columns="period", values="value")
                  .reindex(index=units, columns=periods).to_numpy(float) for n in names], 2)
    adopted = long.groupby("unit")["adopted"].first().reindex(units).to_numpy(float)
    rule = "all units of the file"
    if freq == "year":
        year = np.floor(np.where(np.isfinite(adopted), adopted, 0) / 12)
        partial = np.isfinite(adopted) & (np.where(np.isfinite(adopted), adopted, 0) % 12 > 0)
        y[(periods[None, :] == year[:, None]) & partial[:, None]] = np.nan
        adopted = np.where(np.isfinite(adopted), year + partial, np.inf)
        rule += "; the calendar year of a start within it is left out"
    if not (adopted <= periods[-1]).any():
        raise NotEstimable(f"no unit adopts within {month_text(ops.first)} to {month_text(ops.last)}")
    adopted = np.where(adopted > periods[-1], np.inf, adopted)
    note = f"{synthetic.MARK} data" if ops.synthetic else ""
    return sampling.from_arrays(y, adopted, years=periods.tolist(), components=names, units=units, index_id="operations",
                                reform=reform or service, rule=rule, note=note)


def demo(out: Path) -> list[Path]:
    """A filled form of made-up counts (SYNTHETIC); see :mod:`govlib.institute.operations_demo`."""
    from govlib.institute import operations_demo

    return operations_demo.write(Path(out))


def report_folder(path: str | Path) -> Path:
    """``briefings/<year of the last month>/operations``."""
    from govlib import paths

    return paths.briefings() / str(read(path).last // 12) / "operations"


def report(path: Path, lang: str, out: Path) -> list[Path]:
    """The page and its tables as CSV; nothing is written where the form has a problem."""
    from govlib.institute import operations_page

    return operations_page.write(read(path), lang, Path(out))
