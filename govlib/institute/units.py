"""Which department, district or commune a name means, and whether it existed when the survey was in the field.

``reference/institute/units.csv`` lists departments and the districts of Bắc Ninh and Bắc Giang with their dates. The
institute adds its own (communes above all) in ``data/institute_units.csv``, same columns; a row there wins. Communes that
no list has are taken as written, by their kind of name (``Xã``, ``Phường``, ``Đặc khu``), and a note says so.
"""

from __future__ import annotations

import csv
import datetime as dt
import difflib
from dataclasses import dataclass
from pathlib import Path

from govlib import paths
from govlib.errors import BadInput
from govlib.forms.problems import say
from govlib.text import clean, fold

LEVELS = ("department", "district", "commune")
LEVEL_NAMES = {"department": ("Sở, ban, ngành", "Departments"), "district": ("Cấp huyện", "Districts"),
               "commune": ("Cấp xã", "Communes")}
DISTRICTS_END = dt.date(2025, 6, 30)  # last day of the district level
COMMUNES_FROM = dt.date(2025, 7, 1)   # first day of the two-level system: communes answer to the province
_COLUMNS = ("unit", "name_vi", "name_en", "level", "province", "valid_from", "valid_to", "successor", "source")
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


def units(own: Path | None = None) -> dict[str, Unit]:
    """All listed units by id; ``own`` is ``data/institute_units.csv`` unless given.

    Raises
    ------
    BadInput : a missing column, an unknown level, a date that is none (file and row named).
    """
    found = {}
    own = paths.root() / "data" / "institute_units.csv" if own is None else own
    for path in (paths.reference() / "institute" / "units.csv", own):
        if not path.is_file():
            continue
        with path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle)
            if missing := [c for c in _COLUMNS if c not in (reader.fieldnames or ())]:
                raise BadInput("columns are missing", file=path, row=1, column=", ".join(missing))
            for row, cells in enumerate(reader, 2):
                if cells["level"] not in LEVELS:
                    raise BadInput("unknown level", file=path, row=row, column="level", value=cells["level"],
                                   fix=say("one of {choices}", choices=', '.join(LEVELS)))
                dates = [_date(cells[c], path, row, c) for c in ("valid_from", "valid_to")]
                found[cells["unit"]] = Unit(cells["unit"], cells["name_vi"], cells["name_en"], cells["level"], *dates,
                                            cells["successor"], cells["source"])
    return found


def _date(text: str, path: Path, row: int, column: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise BadInput("not a date", file=path, row=row, column=column, value=text, fix="write YYYY-MM-DD") from None


def _key(name: str) -> str:
    return fold(name).removeprefix("ubnd ").removeprefix("uy ban nhan dan ")


def kind(name: str) -> str | None:
    """Level of a name by its first words; None where they do not tell."""
    key = _key(name) + " "
    return next((level for start, level in _KINDS if key.startswith(start)), None)


def resolve(name: str, start: dt.date, end: dt.date, *, known: dict[str, Unit] | None = None,
            any_name: bool = False) -> tuple[Unit | None, str, str]:
    """The unit a name means for a survey in the field from ``start`` to ``end``.

    Returns
    -------
    (unit, problem, fix): a department must be listed, a commune too once the institute lists communes. The problem is empty where the unit existed on at least one of these days. ``any_name`` takes a
    name of no known kind (a hospital, a portal) as written.
    """
    known = units() if known is None else known
    by_name = {fold(text): u for u in known.values() for text in (u.unit, u.name_vi, u.name_en) if text}
    unit = by_name.get(_key(name)) or by_name.get(fold(name))
    level = unit.level if unit else kind(name)
    if unit is None:
        slug = fold(name).replace(" ", "-")
        if level in ("district", "old_commune") and start > DISTRICTS_END:
            what = "the district level" if level == "district" else "towns of commune level (thị trấn)"
            return None, say("abolished: {what} ended on {day:%d/%m/%Y}", what=what, day=DISTRICTS_END), "name the commune (xã, phường) that serves now"
        # the departments are a short list: another name is a slip of the pen, and would be ranked as a unit of its own
        closed = level == "department" or level == "commune" and any(u.level == "commune" for u in known.values())
        if (level is None or closed) and not any_name:
            near = difflib.get_close_matches(fold(name), list(by_name), n=2, cutoff=0.6)
            hint = say("did you mean {names}? ", names=", ".join(by_name[n].name_vi for n in near)) if near else ""
            return None, "unknown unit", hint + "write its full name, or add it to data/institute_units.csv"
        return Unit(slug, clean(name), "", {"old_commune": "commune", None: "other"}.get(level, level), listed=False), "", ""
    if unit.valid_to and unit.valid_to < start:
        successor = (say("; its work went to {successor}", successor=unit.successor) if unit.successor
                     else "; no single successor is on record")
        return None, say("abolished on {day:%d/%m/%Y}{successor}", day=unit.valid_to, successor=successor), (
            say("give the answers about {successor} to that unit, if they are about it", successor=unit.successor) if unit.successor
            else "name the commune (xã, phường) that serves now" if unit.level == "district" else "name the unit that serves now")
    if unit.valid_from and unit.valid_from > end:
        return None, say("did not exist before {day:%d/%m/%Y}", day=unit.valid_from), "name the unit that served then"
    return unit, "", ""
