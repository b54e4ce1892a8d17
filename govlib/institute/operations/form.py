"""The form of operations: its columns, the empty form, and a filled one read and checked.

A month without figures stays without: it must be in the file with a note that says why, and it is never filled."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from govlib.errors import BadInput
from govlib.forms import table as _table
from govlib.forms import write
from govlib.forms.problems import say
from govlib.institute import survey
from govlib.institute import units as unit_list
from govlib.institute.operations.model import COUNTS, MEANS, SERVICES, Operations, Service, _days, code, month_text
from govlib.known import provinces
from govlib.text import fold, nearest
from govlib.words.tables import LANGS, pair, phrase

MAKE = "govlib institute template operations"
COLUMNS = ("month", "unit", "service", *COUNTS, *MEANS, "adopted", "note")
TEXTS = ("month", "unit", "service", "adopted", "note")
MUST = {"province": True, "first_month": True, "last_month": True, "producer": False,
        "source": False}  # fields of the head of the form: whether they must be filled
MERGER = 12 * 2025 + 6  # July 2025, as a month: 63 provinces become 34
FIELDS = {key: (must, *pair(f"operations_form.field_{key}")) for key, must in MUST.items()}
HINTS = {"month": pair("operations_form.month"), "unit": pair("operations_form.full_name_unit"),
         "service": pair("operations_form.service"), "received": pair("operations_form.received_in_month"),
         "resolved": pair("operations_form.settled_or_answered_in"),
         "on_time": pair("operations_form.these_on_time_or"),
         "online": pair("operations_form.those_received_filed_online"),
         "wait_minutes": pair("operations_form.mean_waiting_time_minutes"),
         "answer_days": pair("operations_form.mean_days_to_answer"),
         "adopted": pair("operations_form.month_unit_began_new"),
         "note": pair("operations_form.note_reason_where_figures")}


def template(out: Path) -> list[Path]:
    """The empty form as CSV and Excel, with drop-downs and the rules on a sheet of its own."""
    meta: list[tuple[str, ...]] = [(key, "", f"{vi} / {en}") for key, (_, vi, en) in FIELDS.items()]
    label = [("label", *(HINTS[c][0] for c in COLUMNS[1:]))]
    notes = [[*pair("operations_form.note_one_row")],
             [*pair("operations_form.note_no_figures")],
             *([f"{c}: {vi}", f"{c}: {en}"] for c, (vi, en) in HINTS.items()),
             *([phrase("operations_form.note_service", lang, service=k, name=s.name(lang), columns=", ".join((*s.must, *s.may)))
                for lang in LANGS]
               for k, s in SERVICES.items())]
    out = Path(out)
    return [write.form_csv(out / "operations.csv", meta + label, COLUMNS),
            write.form_xlsx(out / "operations.xlsx", meta, COLUMNS, choices={"service": list(SERVICES)}, notes=notes)]


def layout() -> _table.Layout:
    """What the form looks like."""
    return _table.Layout({key: must for key, (must, *_) in FIELDS.items()}, COLUMNS, TEXTS, make=MAKE)


def read(path: str | Path) -> Operations:
    """A filled form.

    Raises
    ------
    BadInput : with every problem (``problems``), each with file, row, column and value: a month missing or twice, a count that
        is negative, broken or larger than its total, a figure that does not belong to the service, an unknown or abolished
        unit, letters that cannot be read.
    """
    table = _table.read(path, layout())
    if not set(COLUMNS) <= set(table.header):
        table.refuse()  # cells cannot be told apart without the header
    first, last = (_month_field(table, key) for key in ("first_month", "last_month"))
    if first is not None and last is not None and last < first:
        table.field_problem("the last month is before the first", "last_month", "correct one of the two months")
        first = last = None
    province = _province(table, first, last)
    rows: list[dict] = []
    seen: dict[tuple, int] = {}
    who = _Units(table, province)
    for number, cells in table.rows:
        row = _row(table, number, cells, first, last, who)
        if row is None:
            continue
        key = (row["t"], row["unit"], row["service"])
        if key in seen:
            table.problem(say("the same month, unit and service twice (also in row {row})", row=seen[key]), number, "month",
                          cells["month"],
                          "keep one of the two rows")
            continue
        seen[key] = number
        rows.append(row)
    who.tell()
    if first is not None and last is not None:
        _gaps(table, rows, first, last, who)
    _adoptions(table, rows)
    table.refuse()
    series: dict[tuple[str, str], list[dict]] = {}
    for row in rows:
        series.setdefault((row["unit"], row["service"]), []).append(row)
    table.notes += [note for one in series.values() for note in survey.lost_marks(one, MEANS)]
    data = pd.DataFrame(rows).sort_values(["service", "unit", "t"], ignore_index=True)
    empty = data[data[list(COUNTS)].isna().all(axis=1)]
    if len(empty):
        table.notes.append(say("{n} months without figures, as their notes say (first: {unit} {month}: {note})", n=len(empty),
                               unit=empty["unit_name"].iloc[0], month=empty["month"].iloc[0], note=empty["note"].iloc[0]))
    table.notes += unit_list.taken_as_written(who.found.values())
    assert first is not None and last is not None  # or the form has been refused
    return Operations(table.path, table.meta, province, first, last, data, table.notes)


check = read  # of the command ``govlib institute check``


def _month_field(table: _table.Table, key: str) -> int | None:
    text = table.meta.get(key, "")
    t = code(text)
    if text and t is None:
        table.field_problem("not a month", key, "write it as 2024-03")
    elif t is not None and _days(t)[0] > dt.date.today() + dt.timedelta(days=1):  # the machine's clock may be another country's
        table.field_problem("a month in the future", key, "correct the month")
        return None
    return t


def _province(table: _table.Table, first: int | None, last: int | None) -> str:
    name = table.meta.get("province", "")
    slug = unit_list.province(table, None if first is None else _days(first)[0], "first_month")
    # the mergers took force on 1 July 2025, within a year, so that the year's set of provinces cannot decide
    if slug and last is not None and last >= MERGER and slug not in provinces.province_set(2025):
        table.field_problem("the province was abolished on 30/06/2025", "last_month",
                            say("end {name} with 2025-06 and report later months for the merged province", name=name))
    return slug


class _Units:
    """Names → units, month by month; what is wrong with a unit is told once, with the first row and the number of rows."""

    def __init__(self, table: _table.Table, province: str):
        self.table = table
        self.known = unit_list.units(names=(cells["unit"] for _, cells in table.rows), province=province)
        self.cache: dict[tuple[str, int | None], tuple] = {}
        self.faults: dict[tuple[str, str], list] = {}
        self.found: dict[str, unit_list.Unit] = {}

    def at(self, name: str, t: int, row: int) -> unit_list.Unit | None:
        key = (unit_list.written(name), t)
        if (key[0], None) in self.cache:  # without dates: the same in every month
            return self.cache[key[0], None][0]
        if key not in self.cache:
            self.cache[key] = unit_list.resolve(name, *_days(t), known=self.known, any_name=True)
        unit, trouble, fix = self.cache[key]
        if trouble:
            self.faults.setdefault((key[0], trouble), [row, name, fix, 0, t])[3] += 1
            return None
        unit = self.found.setdefault(unit.unit, unit)
        if (unit.valid_from is None and unit.valid_to is None if unit.listed
                else unit_list.kind(name) not in ("district", "old_commune")):
            self.cache[key[0], None] = (unit, "", "")
        return unit

    def tell(self) -> None:
        for (_, trouble), (row, name, fix, n, t) in self.faults.items():
            more = say(" ({n} rows, the first for {month})", n=n, month=month_text(t)) if n > 1 else say(" (month {month})",
                                                                                                         month=month_text(t))
            self.table.problem(trouble + more, row, "unit", name, fix)


def _row(table, number: int, cells: dict[str, str], first, last, who: _Units) -> dict | None:
    t = code(cells["month"])
    if t is None:
        table.problem("not a month" if cells["month"] else "no month", number, "month", cells["month"] or None,
                      "write it as 2024-03")
    elif first is not None and last is not None and not first <= t <= last:
        table.problem(say("outside {first} to {last}", first=month_text(first), last=month_text(last)), number, "month",
                      cells["month"],
                      "correct the month, or #first_month and #last_month above")
    service = _match(cells["service"])
    if service is None:
        near = _meant(cells["service"])
        table.problem("not a service of this form", number, "service", cells["service"] or None,
                      (say("did you mean {near}? ", near=near[0]) if near else "") + say("one of {choices}",
                                                                                         choices=', '.join(SERVICES)))
    if not cells["unit"]:
        table.problem("no unit", number, "unit", fix="write the unit's full name")
    named = cells["unit"] and (number, "unit") not in table.faulty
    unit = who.at(cells["unit"], t, number) if named and t is not None else None
    figures = {c: _figure(table, number, c, cells[c]) for c in (*COUNTS, *MEANS)}
    if service:
        _belongs(table, number, cells, SERVICES[service], figures)
    adopted = code(cells["adopted"]) if cells["adopted"] else None
    if cells["adopted"] and adopted is None:
        table.problem("not a month", number, "adopted", cells["adopted"], "write it as 2024-03, or leave the cell empty")
    for part, whole in (("on_time", "resolved"), ("online", "received")):
        some, every = figures[part], figures[whole]
        if some is not None and every is not None and some > every:
            table.problem(say("more than {whole} ({value:g})", whole=whole, value=every), number, part, cells[part],
                          "correct one of the two")
    if t is None or unit is None or service is None:
        return None
    return {"t": t, "month": month_text(t), "unit": unit.unit, "unit_name": unit.name_vi, "unit_name_en": unit.name_en,
            "level": unit.level, "service": service, **{c: np.nan if v is None else v for c, v in figures.items()},
            "adopted": adopted, "note": cells["note"], "row": number, "data_kind": cells.get("data_kind", "")}


@cache
def _match(text: str) -> str | None:
    key = fold(text)
    return next((s for s, about in SERVICES.items() if key in (fold(s), fold(about.vi), fold(about.en))), None) if key else None


@lru_cache(maxsize=20_000)  # a wrong name mostly stands in every row
def _meant(text: str) -> list[str]:
    return nearest(text, SERVICES, 1, 0.4)


def _figure(table, number: int, column: str, text: str) -> float | None:
    value, trouble, fix = _told(column, text)
    if trouble:
        table.problem(trouble, number, column, text, fix)
    return value


@lru_cache(maxsize=20_000)
def _told(column: str, text: str) -> tuple[float | None, str, str]:
    """A figure, what is wrong with it, and what to do."""
    try:
        # a count may be grouped as 1.234: between whole counts a single point with three digits is a thousands mark
        if column in COUNTS and re.fullmatch(r"\d{1,3}[.,\s]\d{3}", text):
            return None, "could be a thousand or a fraction", "write the count without marks: 1234"
        value = _table.figure(text)
    except BadInput:
        return None, "not a number", "write digits only, or leave the cell empty and say why in note"
    if value is None:
        return None, "", ""
    if value < 0:
        return None, "a negative count" if column in COUNTS else "below zero", "correct the figure"
    if column in COUNTS and not float(value).is_integer():
        return None, "a count is a whole number", "correct the figure"
    if column in MEANS and value > MEANS[column]:
        said = "more than {most:g} minutes on average" if column == "wait_minutes" else "more than {most:g} days on average"
        return None, say(said, most=MEANS[column]), "check the unit of measure"
    return float(value), "", ""


def _belongs(table, number: int, cells, service: Service, figures) -> None:
    """Figures in columns of another service, and columns of this one left empty without a reason."""
    own = (*service.must, *service.may)
    for column in (*COUNTS, *MEANS):
        if cells[column] and column not in own:
            table.problem(say("{service} has no such figure", service=cells['service']), number, column, cells[column],
                          say("its columns are {choices}: was the figure typed in the wrong column or row?",
                              choices=', '.join(own)))
    empty = [c for c in service.must if not cells[c]]
    if empty and cells["note"].casefold() in _table.NOTHING:
        table.problem("empty, and the note does not say why", number, ", ".join(empty), None,
                      "write the figures (0 only if there were none), or say in note why there are none")
    for column in service.may:
        if figures[column] is not None and figures["resolved"] == 0:
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
    if any(p.column == "month" for p in table.problems):
        return  # a month that is wrong may be meant for the one that seems to be missing: first that
    faulty = {p.row for p in table.problems if p.row}
    spoiled = {code(c["month"]) for number, c in table.rows if number in faulty}
    missing: dict[tuple[str, str], set[int]] = {}
    for (unit, service), there in have.items():
        start, end = _exists(who.found[unit], first, last)
        if begun.get((unit, service)) == min(there):  # the service itself began then
            start = max(start, min(there))
        missing[unit, service] = set(range(start, end + 1)) - there - spoiled
    nowhere = set.intersection(*missing.values()) if len(missing) > 1 else set()
    for t in sorted(nowhere):
        table.problem("the month is missing for every unit and service", None, "month", month_text(t),
                      "add its rows; where nothing was counted leave the figures empty and say why in note")
    for (unit, service), gaps in missing.items():
        months = sorted(gaps - nowhere)
        if len(months) > len(have[unit, service]):
            table.problem(say("{n} months are missing for {unit}, {service}, more than it has", n=len(months), unit=names[unit],
                              service=service), None, "month", _runs(months),
                          "write the unit as in the other rows if it is one of theirs; or add the missing rows")
        elif months:
            table.problem(say("the month is missing for {unit}, {service}", unit=names[unit], service=service), None, "month",
                          _runs(months),
                          "add the row; where nothing was counted leave the figures empty and say why in note")


def _runs(months: list[int]) -> str:
    """``2024-01, 2024-03 … 2024-07``."""
    starts = [t for t in months if t - 1 not in months]
    ends = [t for t in months if t + 1 not in months]
    return ", ".join(month_text(a) if a == b else f"{month_text(a)} … {month_text(b)}" for a, b in zip(starts, ends, strict=True))


def _exists(unit: unit_list.Unit, first: int, last: int) -> tuple[int, int]:
    start, end = unit.valid_from, unit.valid_to
    town = not unit.listed and unit_list.kind(unit.name_vi) == "old_commune"  # thị trấn: they ended with the districts
    if (unit.level == "district" or town) and end is None:
        end = unit_list.DISTRICTS_END
    if unit.level == "commune" and start is None and not unit.listed and not town:
        start = unit_list.COMMUNES_FROM if last >= MERGER else None
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
            table.problem(say("another adoption month than in row {row} ({month})", row=where, month=month_text(t)), row["row"],
                          "adopted", month_text(row["adopted"]),
                          "one unit and service has one adoption month")
    for row in rows:
        row["adopted"] = float(said.get((row["unit"], row["service"]), (np.inf, 0))[0])
