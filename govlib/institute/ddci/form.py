"""The DDCI form: items, components, the empty form, and a filled one read and checked."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from govlib import files, paths
from govlib.forms import table as _table
from govlib.forms import write
from govlib.forms.problems import lines, say
from govlib.institute import survey, synthetic
from govlib.institute import units as unit_list
from govlib.words.tables import both, pair

if TYPE_CHECKING:
    import pandas as pd


MAKE = "govlib institute template ddci"
MIN_RESPONDENTS = 10
SIZES = {"micro": pair("ddci_form.micro"), "small": pair("ddci_form.small"), "medium": pair("ddci_form.medium"),
         "large": pair("ddci_form.large")}
TEXTS = ("respondent_id", "unit", "firm_size")


@dataclass(frozen=True)
class Item:
    """A question: answers from ``low`` to ``high``; ``reverse`` where a small answer is the good one."""

    item: str
    component: str
    low: float
    high: float
    reverse: bool
    levels: tuple[str, ...]
    vi: str
    en: str


@dataclass(frozen=True)
class Component:
    component: str
    weight: float
    levels: tuple[str, ...]
    vi: str
    en: str

    def name(self, lang: str) -> str:
        return self.vi if lang == "vi" else self.en


def _levels(text: str) -> tuple[str, ...]:
    return unit_list.LEVELS if text == "all" else tuple(text.split())


@cache
def items(level: str | None = None) -> dict[str, Item]:
    """Questions, of one level or all."""
    found = [Item(r["item"], r["component"], float(r["low"]), float(r["high"]), r["better"] == "low", _levels(r["levels"]), r["vi"],
                  r["en"]) for r in files.rows(paths.reference() / "institute" / "ddci_items.csv")]
    return {i.item: i for i in found if level is None or level in i.levels}


@cache
def components(level: str | None = None) -> dict[str, Component]:
    """Components with their weights; those of one level need not add up to 100, shares count."""
    found = [Component(r["component"], float(r["weight"]), _levels(r["levels"]), r["vi"], r["en"])
             for r in files.rows(paths.reference() / "institute" / "ddci_components.csv")]
    return {c.component: c for c in found if level is None or level in c.levels}


def columns() -> list[str]:
    """Columns of the form."""
    return ["respondent_id", "unit", "firm_size", "weight", *items()]


@dataclass
class Ratings:
    """A round: ``data`` one row a respondent and unit (``unit`` id, ``name_vi``, ``name_en``, ``level``, items as float)."""

    path: Path
    meta: dict[str, str]
    year: int
    data: pd.DataFrame
    notes: list[str] = field(default_factory=list)

    @property
    def synthetic(self) -> bool:
        return synthetic.is_synthetic(self) or synthetic.is_synthetic(self.data)

    @property
    def levels(self) -> list[str]:
        return [level for level in unit_list.LEVELS if self.data["level"].eq(level).any()]

    def __str__(self) -> str:
        return self.told("en")

    def told(self, lang: str) -> str:
        """What a check says of it."""
        said: list[str] = [say("{file}: {n} ratings by {firms} respondents, round {year}", file=self.path.name, n=len(self.data),
                               firms=self.data["respondent_id"].nunique(), year=self.year)
                           + (f" · {synthetic.MARK}" if self.synthetic else "")]
        for level in self.levels:
            size = self.data[self.data["level"].eq(level)].groupby("name_vi").size()
            said.append(say("{level}: {n} units, {low} to {high} ratings each", n=len(size), low=size.min(), high=size.max(),
                            level=unit_list.LEVEL_NAMES[level][lang == "en"].lower()))
            said += [say("fewer than {least} ratings, will not be ranked: {name} ({n})", least=MIN_RESPONDENTS, name=name, n=n)
                     for name, n in size.items() if n < MIN_RESPONDENTS]
        return lines([*said, *self.notes], lang)


def template(out: Path) -> list[Path]:
    """The empty form as CSV and Excel; the questions, scales and units stand on the sheet ``notes``."""
    out = Path(out)
    today = [u for u in unit_list.units().values() if u.valid_to is None]
    notes = [[*pair("ddci_form.note_one_row")],
             [*pair("ddci_form.note_levels")],
             *([f"{i.item} ({i.low:g}–{i.high:g}): {i.vi}", f"{i.item} ({i.low:g}–{i.high:g}): {i.en}"
                + ("" if len(i.levels) == 3 else f" [{', '.join(i.levels)}]")] for i in items().values()),
             *([f"unit: {u.name_vi}", f"unit: {u.name_en}"] for u in today)]
    label = [("label", *(both(f"ddci_form.{head}")["vi"] for head in ("unit", "firm_size", "weight")),
              *(i.vi for i in items().values()))]
    return [write.form_csv(out / "ddci.csv", survey.HEAD + label, columns()),
            write.form_xlsx(out / "ddci.xlsx", survey.HEAD, columns(), choices={"firm_size": list(SIZES)}, notes=notes)]


def layout() -> _table.Layout:
    """What the form looks like."""
    return survey.layout(columns(), TEXTS, MAKE)


def read(path: str | Path) -> Ratings:
    """A filled form.

    Raises
    ------
    BadInput : with every problem (``problems``): wrong items, a respondent who rates a unit twice, weights that are not
        above zero, a unit that was abolished or does not exist yet, answers outside a question's scale.
    """
    table = _table.read(path, layout())
    year, start, end, province = survey.head(table, columns())
    known, rows = unit_list.units(names=(cells["unit"] for _, cells in table.rows), province=province), []
    resolved, found = dict[str, tuple](), dict[str, unit_list.Unit]()
    seen: dict[tuple[str, str], int] = {}
    for number, cells in table.rows:
        row = {"row": number, "respondent_id": cells["respondent_id"], "data_kind": cells.get("data_kind", ""),
               "firm_size": survey.choice(table, number, "firm_size", cells["firm_size"], SIZES)}
        if not cells["respondent_id"]:
            table.problem("no respondent_id", number, "respondent_id", fix="give every respondent a number of their own")
        unit = _unit(table, number, cells["unit"], start, end, known, resolved)
        if unit is not None:
            unit = found.setdefault(unit.unit, unit)
            row |= {"unit": unit.unit, "name_vi": unit.name_vi, "name_en": unit.name("en"), "level": unit.level}
            key = (cells["respondent_id"], unit.unit)
            if key in seen and cells["respondent_id"]:
                table.problem(say("respondent rates {name_vi} twice (also in row {row})", name_vi=unit.name_vi, row=seen[key]),
                              number, "respondent_id",
                              cells["respondent_id"], "keep one of the two rows")
            seen.setdefault(key, number)
        row["weight"] = survey.weight_of(table, number, cells["weight"])
        answered = 0
        for item in items().values():
            value = survey.answer(table, number, item.item, cells[item.item], item.low, item.high, whole=item.high <= 5)
            if unit is not None and value == value and unit.level not in item.levels:
                table.problem(say("this item is not asked about {level}",
                                  level=unit_list.LEVEL_NAMES[unit.level][1].lower()),
                              number, item.item, cells[item.item], "leave it empty")
            row[item.item] = value
            answered += value == value
        if not answered:
            table.problem("no answer to any question", number, None, cells["respondent_id"],
                          "delete the row, or type the answers in")
        rows.append(row)
    survey.check_design(table, rows)
    data = survey.settled(table, rows, found.values(), "no weights given: every rating counts the same")
    assert year is not None  # or the form has been refused
    return Ratings(table.path, table.meta, year, data, table.notes)


def _unit(table: _table.Table, row: int, name: str, start: dt.date | None, end: dt.date | None, known: unit_list.Known,
          resolved: dict[str, tuple]) -> unit_list.Unit | None:
    if not name:
        table.problem("no unit", row, "unit", fix="write the unit that is rated")
        return None
    if not (start and end):
        return None
    if name not in resolved:
        resolved[name] = unit_list.resolve(name, start, end, known=known)
    unit, trouble, fix = resolved[name]
    if unit is not None and unit.level == "commune" and end < unit_list.COMMUNES_FROM:
        trouble, fix = say("communes are rated from {day:%d/%m/%Y}", day=unit_list.COMMUNES_FROM), "rate the district"
    if trouble:
        table.problem(trouble, row, "unit", name, fix)
        return None
    return unit


check = read  # of the command ``govlib institute check``
