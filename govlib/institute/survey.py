"""What the forms of the two surveys (satisfaction, DDCI) have in common: the fields above the table, choices, answers, weights.

The day that has not come yet is a slip of the pen in the PAR form too (:func:`past_day`)."""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from govlib.errors import BadInput
from govlib.forms import table as _table
from govlib.forms.problems import say
from govlib.institute import units as unit_list
from govlib.text import fold
from govlib.words.tables import pair

if TYPE_CHECKING:
    import pandas as pd

MUST = {"province": True, "year": True, "fieldwork_from": True, "fieldwork_to": True, "producer": False,
        "sampling": False}  # fields of the head of the form: whether they must be filled
_DAYS = ("fieldwork_from", "fieldwork_to")
FAR = 8  # times the median: a mark lost makes ten or a hundred times of a figure
_SO_FAR = "correct the day; while the survey runs, write its last day so far"
HEAD: list[tuple[str, ...]] = [(key, "", " / ".join(pair(f"satisfaction_form.field_{key}"))) for key in MUST]  # of the empty form


def layout(columns: list[str], texts: Collection[str], make: str) -> _table.Layout:
    """What the form of a survey looks like."""
    return _table.Layout(MUST, columns, texts, thousands=("weight",), make=make)


def head(table: _table.Table, columns: list[str]) -> tuple[int | None, dt.date | None, dt.date | None, str]:
    """Year of the round, first and last day in the field, slug of the province; refused where cells cannot be told apart without
    the header."""
    table.doubt_days(fields=_DAYS)
    year, (start, end) = table.year(), (past_day(table, key, _SO_FAR) for key in _DAYS)
    if start and end and end < start:
        table.field_problem("ends before it begins", "fieldwork_to", "correct one of the two days")
    elif year and start and end and not start.year <= year <= end.year:
        table.notes.append(say("in the field from {first:%d/%m/%Y} to {last:%d/%m/%Y}, and #year says {year}: is one of them a "
                               "slip of the pen?", first=start, last=end, year=year))
    province = unit_list.province(table, start, "fieldwork_from")
    if not set(columns) <= set(table.header):
        table.refuse()
    return year, start, end, province


def past_day(table: _table.Table, key: str, fix: str = "correct the day") -> dt.date | None:
    """A field as a date; a problem, and None, where it is none or still to come: anywhere, for the machine's clock may be another
    country's."""
    day = table.date(key)
    if day is None or day <= dt.date.today() + dt.timedelta(days=1):
        return day
    table.field_problem("a day in the future", key, fix)
    return None


def choice(table: _table.Table, row: int, column: str, value: str, known: dict[str, tuple[str, str]],
           must: bool = False) -> str:
    """The id of a value given as id or by its Vietnamese or English name."""
    if not value:
        if must:
            table.problem("empty", row, column, fix=say("one of {choices}", choices=', '.join(known)))
        return ""
    for key, names in known.items():
        if fold(value) in (fold(key), *map(fold, names)):
            return key
    table.problem(say("not a {column}", column=column), row, column, value, say("one of {choices}", choices=', '.join(known)))
    return ""


def weight_of(table: _table.Table, row: int, value: str) -> float:
    """A weight, NaN where there is none; a problem where it is not above zero."""
    if not value:
        return float("nan")
    try:
        weight = _table.figure(value)
    except BadInput:
        table.problem("not a number", row, "weight", value, "write the weight as a number above 0")
        return float("nan")
    if weight is None or weight <= 0:
        table.problem("a weight is above zero", row, "weight", value,
                      "correct the weight; a respondent who should not count does not belong in the file")
        return float("nan")
    return weight


@lru_cache(maxsize=20_000)  # the same few answers in every row
def _number(text: str) -> float | None:
    try:
        return _table.figure(text)
    except BadInput:
        return None


def answer(table: _table.Table, row: int, item: str, value: str, low: float, high: float, whole: bool) -> float:
    """An answer as a number, NaN where there is none; a problem where it is outside the question's scale."""
    if not value:
        return float("nan")
    number = _number(value)
    if number is None or not low <= number <= high or (whole and not float(number).is_integer()):
        table.problem(say("not an answer from {low:g} to {high:g}", low=low, high=high), row, item, value,
                      "type the answer again; empty where there is none")
        return float("nan")
    return float(number)


def lost_marks(rows: list[dict], columns: Iterable[str]) -> list[str]:
    """Notes on whole numbers far above a column of fractions: a spreadsheet program set to English makes 128 of 1,28."""
    said: list[str] = []
    for column in columns:
        typed = {r["row"]: r[column] for r in rows if r[column] is not None and r[column] == r[column]}
        if 2 * sum(value % 1 != 0 for value in typed.values()) <= len(typed):
            continue
        middle = statistics.median(typed.values())
        said += [say("row {row}, column {column}: {value:g} where the others are around {middle:g}: was a decimal mark lost?",
                     row=row, column=column, value=value, middle=middle)
                 for row, value in typed.items() if value % 1 == 0 and value >= FAR * middle]
    return said


def settled(table: _table.Table, rows: list[dict], units: Iterable[unit_list.Unit], unweighted: str) -> pd.DataFrame:
    """The rows of a form without problems as a frame. Where no row has a weight each weighs 1, as the note ``unweighted`` says."""
    import pandas as pd

    table.refuse()
    table.notes += lost_marks(rows, ["weight"])
    data = pd.DataFrame(rows)
    if data["weight"].isna().all():
        data["weight"] = 1.0
        table.notes.append(unweighted)
    table.notes += unit_list.taken_as_written(units)
    return data


def check_design(table: _table.Table, rows: list[dict]) -> None:
    """Weights, strata and sampling units are given for all or for none, and a word for nothing is none of them."""
    for row in rows:
        for column in ("respondent_id", "stratum", "psu"):
            if (text := row.get(column, "")) and text.casefold() in _table.NOTHING:
                table.problem("a word for nothing, where a number or a name belongs", row["row"], column, text,
                              "write the number or the name, or leave the cell empty")
            elif unit_list.raised(text):  # a stratum or a sampling unit of its own
                table.problem(unit_list.MARKED[0], row["row"], column, text, unit_list.MARKED[1])
    for column in ("weight", "stratum", "psu"):
        blank = [r["row"] for r in rows if column in r and (r[column] == "" or r[column] != r[column])]
        bad = {p.row for p in table.problems if p.column == column}
        blank = [b for b in blank if b not in bad]
        if blank and len(blank) + len(bad) < len(rows):
            for number in blank:
                table.problem(say("{column} is empty here and given in other rows", column=column), number, column,
                              fix="fill it in every row, or leave the whole column empty")
