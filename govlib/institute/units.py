"""Which department, district or commune a name means, and whether it existed when the survey was in the field.

``reference/institute/units.csv`` lists departments and the districts of Bắc Ninh and Bắc Giang with their dates. The
institute adds its own (communes above all) in ``data/institute_units.csv``, same columns; a row there wins. Communes that
no list has are taken as written, by their kind of name (``Xã``, ``Phường``, ``Đặc khu``), and a note says so.
"""

from __future__ import annotations

import datetime as dt
import difflib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from govlib import paths
from govlib.errors import UnknownName
from govlib.forms import table as forms
from govlib.forms.problems import say
from govlib.known import provinces
from govlib.text import clean, fold
from govlib.words.tables import pair

LEVELS = ("department", "district", "commune")
LEVEL_NAMES = {"department": pair("units.departments"), "district": pair("units.districts"),
               "commune": pair("units.communes")}
DISTRICTS_END = dt.date(2025, 6, 30)  # last day of the district level
COMMUNES_FROM = dt.date(2025, 7, 1)   # first day of the two-level system: communes answer to the province
COLUMNS = ("unit", "name_vi", "name_en", "level", "province", "valid_from", "valid_to", "successor", "source")
_NOW = "name the commune (xã, phường) that serves now"
LAYOUT = forms.Layout({}, COLUMNS, COLUMNS, make="docs/institute.md", more=True)
_KINDS = (("thi xa ", "district"), ("thi tran ", "old_commune"), ("huyen ", "district"), ("quan ", "district"),
          ("thanh pho ", "district"), ("tp ", "district"), ("xa ", "commune"), ("phuong ", "commune"), ("dac khu ", "commune"),
          ("so ", "department"), ("ban ", "department"), ("thanh tra ", "department"), ("cong an tinh", "department"),
          ("thue ", "department"), ("cuc ", "department"), ("chi cuc ", "department"), ("bao hiem xa hoi", "department"),
          ("van phong ", "department"), ("trung tam ", "department"))


@dataclass(frozen=True)
class Unit:
    """``successor``: who took over its work, empty where nobody is named. ``listed``: stands in a list of units."""

    unit: str
    name_vi: str
    name_en: str
    level: str
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    successor: str = ""
    source: str = ""
    listed: bool = True

    def name(self, lang: str = "vi") -> str:
        return self.name_vi if lang == "vi" or not self.name_en else self.name_en


class Known(dict[str, Unit]):
    """Units by id."""

    @cached_property
    def names(self) -> dict[str, Unit]:
        """Folded id and names → unit."""
        return {fold(text): u for u in self.values() for text in (u.unit, u.name_vi, u.name_en) if text}

    @cached_property
    def communes(self) -> bool:
        """Whether the institute lists its communes."""
        return any(u.level == "commune" for u in self.values())


def units(own: Path | None = None) -> Known:
    """All listed units by id; ``own`` is ``data/institute_units.csv`` unless given.

    Raises
    ------
    BadInput : a missing column, an unknown level, a date that is none (every one with file and row).
    """
    own = paths.root() / "data" / "institute_units.csv" if own is None else own
    return Known(_listed(paths.reference() / "institute" / "units.csv") | (_listed(own) if own.is_file() else {}))


def _listed(path: Path) -> dict[str, Unit]:
    table = read_table(path)
    table.refuse()
    return {c["unit"]: Unit(c["unit"], c["name_vi"], c["name_en"], c["level"], forms.as_date(c["valid_from"]),
                            forms.as_date(c["valid_to"]), c["successor"], c["source"]) for _, c in table.rows}


def province(table: forms.Table) -> str:
    """The slug of a form's province; empty, and a problem of the form where one is named, where it is none."""
    name = table.meta.get("province", "")
    try:
        return provinces.resolve(name) if name else ""
    except UnknownName as error:
        near = say("nearest: {choices}", choices=", ".join(error.nearest)) if error.nearest else None
        table.field_problem("unknown province", "province", near)
        return ""


def read_table(path: Path) -> forms.Table:
    """A list of units as a table with its problems."""
    table = forms.read(path, LAYOUT)
    table.problems = [p for p in table.problems if p.problem != forms.NO_ROWS]
    if set(COLUMNS) <= set(table.header):
        for row, cells in table.rows:
            if not cells["unit"]:
                table.problem("no unit", row, "unit", fix="give the unit a short name of its own")
            if cells["level"] not in LEVELS:
                table.problem("unknown level", row, "level", cells["level"] or None,
                              say("one of {choices}", choices=", ".join(LEVELS)))
            for column in ("valid_from", "valid_to"):
                if cells[column] and forms.as_date(cells[column]) is None:
                    table.problem("not a date", row, column, cells[column], "write YYYY-MM-DD")
    return table


def _key(name: str) -> str:
    return fold(name).removeprefix("ubnd ").removeprefix("uy ban nhan dan ")


def kind(name: str) -> str | None:
    """Level of a name by its first words; None where they do not tell."""
    key = _key(name) + " "
    return next((level for start, level in _KINDS if key.startswith(start)), None)


def resolve(name: str, start: dt.date, end: dt.date, *, known: Known | None = None,
            any_name: bool = False) -> tuple[Unit | None, str, str]:
    """The unit a name means for a survey in the field from ``start`` to ``end``.

    Returns
    -------
    (unit, problem, fix): a department must be listed, a commune too once the institute lists communes. The problem is empty
    where the unit existed on at least one of these days. ``any_name`` takes a name of no known kind (a hospital, a portal) as
    written.
    """
    known = units() if known is None else known
    unit = known.names.get(_key(name)) or known.names.get(fold(name))
    level = unit.level if unit else kind(name)
    if unit is None and not any(c.isalpha() for c in name):
        return None, "unknown unit", "write its full name"
    if unit is None:
        slug = fold(name).replace(" ", "-")
        if level in ("district", "old_commune") and start > DISTRICTS_END:
            what = "the district level" if level == "district" else "towns of commune level (thị trấn)"
            return None, say("abolished: {what} ended on {day:%d/%m/%Y}", what=what, day=DISTRICTS_END), _NOW
        # the departments are a short list: another name is a slip of the pen, and would be ranked as a unit of its own
        closed = level == "department" or level == "commune" and known.communes
        if (level is None or closed) and not any_name:
            near = difflib.get_close_matches(fold(name), list(known.names), n=2, cutoff=0.6)
            hint = say("did you mean {names}? ", names=", ".join(known.names[n].name_vi for n in near)) if near else ""
            return None, "unknown unit", hint + "write its full name, or add it to data/institute_units.csv"
        return Unit(slug, clean(name), "", {"old_commune": "commune"}.get(level or "", level or "other"), listed=False), "", ""
    if unit.valid_to and unit.valid_to < start:
        successor = (say("; its work went to {successor}", successor=unit.successor) if unit.successor
                     else "; no single successor is on record")
        return None, say("abolished on {day:%d/%m/%Y}{successor}", day=unit.valid_to, successor=successor), (
            say("give the answers about {successor} to that unit, if they are about it", successor=unit.successor) if unit.successor
            else _NOW if unit.level == "district" else "name the unit that serves now")
    if unit.valid_from and unit.valid_from > end:
        return None, say("did not exist before {day:%d/%m/%Y}", day=unit.valid_from), "name the unit that served then"
    return unit, "", ""
