"""Which department, district or commune a name means, and whether it existed when the survey was in the field.

``reference/institute/units.csv`` lists departments and the districts of Bắc Ninh and Bắc Giang with their dates. The
institute adds its own (communes above all) in ``data/institute_units.csv``, same columns; a row there wins. Communes that
no list has are taken as written, by their kind of name (``Xã``, ``Phường``, ``Đặc khu``), and a note says so.

Names are compared with their marks, for Đông Sơn and Đồng Sơn are two communes; without them only where one unit can be meant.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby
from pathlib import Path

from govlib import paths
from govlib.errors import UnknownName
from govlib.forms import table as forms
from govlib.forms.problems import say
from govlib.known import provinces
from govlib.text import clean, fold, nearest
from govlib.words.tables import pair

LEVELS = ("department", "district", "commune")
LEVEL_NAMES = {"department": pair("units.departments"), "district": pair("units.districts"),
               "commune": pair("units.communes")}
DISTRICTS_END = dt.date(2025, 6, 30)  # last day of the district level
COMMUNES_FROM = dt.date(2025, 7, 1)   # first day of the two-level system: communes answer to the province
COLUMNS = ("unit", "name_vi", "name_en", "level", "province", "valid_from", "valid_to", "successor", "source")
_NOT_OURS = ("trung tam ", "bao hiem xa hoi")  # no departments of the province, though they serve and some are named like ones
MARKED = (say("a footnote's mark, a figure raised, lowered or in brackets, stands in the name"),
          say("write the name without the mark"))
_BRACKETED = re.compile(r"[(\[][0-9]{1,2}[)\]]\W*$")  # Xã Tân Chi (1)
_NOW = "name the commune (xã, phường) that serves now"
_OFFICE = re.compile(r"(ubnd|\w\w ban nh\wn d\wn)\W+(?=\w)", re.IGNORECASE)  # a commune's office is the commune
_NUMBER = re.compile(r"[0-9]{1,3} ?[.)/–-] ?(?=[^\W\d_])")  # "1. Sở Nội vụ", "1 - Sở Nội vụ"
_LETTER = re.compile(r"([IVX]{1,6}|[^\W\d_]) ?[.)/–-] ?(?=[^\W\d_])", re.IGNORECASE)  # "II. Sở Nội vụ", "a) Sở Nội vụ"
_TOTAL = re.compile(r"(tong (cong(?! ty)|so)|(toan|ca) (tinh|thanh pho))( .*)?|tong|(grand )?total|mean|"
                    r"(trung binh|binh quan)( (chung|cong|toan|ca|cac)( .*)?)?")
MOST_WORDS = 30  # of a name; a paragraph is none
HINTED = 300     # unknown names that are told what they may mean: a column of another kind has thousands
_TONES = "\u0300\u0301\u0303\u0309\u0323"
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
    province: str = ""
    listed: bool = True

    def name(self, lang: str = "vi") -> str:
        return self.name_vi if lang == "vi" or not self.name_en else self.name_en


class Known(dict[str, Unit]):
    """Units by id. ``alike``: folded key → the ``names`` of a form, as :func:`written`, that have it in common. ``province``: slug
    of the form's, empty where there is none."""

    def __init__(self, listed: dict[str, Unit], names: Iterable[str] = (), province: str = ""):
        super().__init__(listed)
        self.province, self.unknown = province, 0
        self.alike: dict[str, list[str]] = {}
        for name in sorted({written(name) for name in names}):
            self.alike.setdefault(fold(name), []).append(name)

    @cached_property
    def names(self) -> dict[str, list[Unit]]:
        """Names with their marks → units."""
        return self._by(written, lambda u: (u.name_vi, u.name_en))

    @cached_property
    def folded(self) -> dict[str, list[Unit]]:
        """Ids and names without marks → units."""
        return self._by(_key, lambda u: (u.unit, u.name_vi, u.name_en))

    def in_full(self, key: str, day: dt.date) -> list[Unit]:
        """Departments that a folded name means with the form's province behind it (``so y te tinh bac ninh``), ``tinh`` alone, or
        the whole of UBND; in a city under the central government ``thanh pho`` stands where the list has ``tinh``."""
        words = key.replace("uy ban nhan dan", "ubnd").split()[:MOST_WORDS]
        here = provinces.spellings(self.province) if self.province else ()
        for n in range(len(words), 0, -1):
            name = " ".join(words[:n])
            if n < len(words) and "".join(words[n:]) not in here:
                continue
            if _is_city(self.province, day):
                name = re.sub(" (thanh pho|tp)$", " tinh", name)
            found = self.folded.get(name) or self.folded.get(name.removesuffix(" tinh"), [])
            if departments := [unit for unit in found if unit.level == "department"]:
                return departments
        return []

    def _by(self, key: Callable[[str], str], names: Callable[[Unit], tuple[str, ...]]) -> dict[str, list[Unit]]:
        found: dict[str, list[Unit]] = {}
        for unit in self.values():
            for name in {key(text) for text in names(unit) if text}:
                found.setdefault(name, []).append(unit)
        return found

    @cached_property
    def communes(self) -> bool:
        """Whether the institute lists its communes."""
        return any(u.level == "commune" for u in self.values())


def units(own: Path | None = None, names: Iterable[str] = (), province: str = "") -> Known:
    """All listed units by id; ``own`` is ``data/institute_units.csv`` unless given. ``names``: of the units in a form, so that
    those that no list has and that differ in marks only get ids of their own (``xa-dong-son_1``, ``xa-dong-son_2``);
    ``province``: slug of the form's, which may stand behind a department's name.

    Raises
    ------
    BadInput : a missing column, an unknown level, a date that is none, a unit that stands twice (every one with file and row).
    """
    own = paths.root() / "data" / "institute_units.csv" if own is None else own
    shipped, mine = _listed(paths.reference() / "institute" / "units.csv"), _listed(own) if own.is_file() else {}
    kept = {key: u for key, u in shipped.items() if not any(_same(u, other) for other in mine.values())}
    return Known(kept | mine, names, province)


def _listed(path: Path) -> dict[str, Unit]:
    table = read_table(path)
    table.refuse()
    return {cells["unit"]: _unit(cells) for _, cells in table.rows}


def _unit(cells: dict[str, str]) -> Unit:
    return Unit(cells["unit"], cells["name_vi"], cells["name_en"], cells["level"], forms.as_date(cells["valid_from"]),
                forms.as_date(cells["valid_to"]), cells["successor"], cells["source"],
                _slug(cells["province"]) or fold(cells["province"]))


def _slug(name: str) -> str:
    """The slug of a province's name; empty where it is none."""
    try:
        return provinces.resolve(name)
    except UnknownName:
        return ""


def _same(one: Unit, other: Unit) -> bool:
    """Whether two rows speak of one unit: the same name in one province at one time (an old and a new Xã Tân Chi are two)."""
    return (written(one.name_vi) == written(other.name_vi)
            and (one.province == other.province or not (one.province and other.province))
            and _served(one, other.valid_from or dt.date.min, other.valid_to or dt.date.max))


def _served(unit: Unit, start: dt.date, end: dt.date) -> bool:
    """Whether the unit was there on at least one of these days."""
    return (unit.valid_to or dt.date.max) >= start and (unit.valid_from or dt.date.min) <= end


def _is_city(slug: str, day: dt.date) -> bool:
    """Whether a province is a city under the central government, whose bodies are the city's."""
    try:
        return bool(slug) and provinces.kind(slug, day.year) == "city"
    except UnknownName:  # abolished that year: no city has been
        return False


def province(table: forms.Table, day: dt.date | None = None, key: str = "") -> str:
    """The slug of a form's province; empty, and a problem of the form where one is named, where it is none, or had been abolished
    by the ``day`` that the field ``key`` tells: its page would be nobody's."""
    name = table.meta.get("province", "")
    try:
        slug = provinces.resolve(name) if name else ""
    except UnknownName as error:
        near = say("nearest: {choices}", choices=", ".join(error.nearest)) if error.nearest else None
        table.field_problem("unknown province", "province", near)
        return ""
    unit = provinces.unit_on(slug, day) if slug and day else None
    if unit is None or day is None or unit.valid_to is None or unit.valid_to >= day:
        return slug
    now = provinces.get(unit.successor).name_vi if unit.successor else ""
    table.field_problem(say("the province was abolished on {day:%d/%m/%Y}", day=unit.valid_to), "province",
                        say("write {name}, or correct #{key}", name=now, key=key) if now else say("correct #{key}", key=key))
    return ""


def read_table(path: Path) -> forms.Table:
    """A list of units as a table with its problems."""
    table = forms.read(path, LAYOUT)
    table.problems = [p for p in table.problems if p.problem != forms.NO_ROWS]
    if set(COLUMNS) <= set(table.header):
        table.doubt_days("valid_from", "valid_to", sure={COMMUNES_FROM})  # on which most of them began
        _twice(table)
        for row, cells in table.rows:
            if not cells["unit"]:
                table.problem("no unit", row, "unit", fix="give the unit a short name of its own")
            elif not re.fullmatch(r"[A-Za-z0-9_-]+", cells["unit"]):  # pages and figures are named after it
                table.problem("a unit's short name has letters without marks, digits and hyphens only", row, "unit",
                              cells["unit"], say("write it as {name}", name=fold(cells["unit"]).replace(" ", "-")))
            if not cells["name_vi"]:
                table.problem("empty", row, "name_vi", fix="write the unit's full name")
            if cells["level"] not in LEVELS:
                table.problem("unknown level", row, "level", cells["level"] or None,
                              say("one of {choices}", choices=", ".join(LEVELS)))
            if cells["province"] and not _slug(cells["province"]):  # a name in another province is another unit
                table.problem("unknown province", row, "province", cells["province"], "write it like bac-ninh")
            if _has_mark(cells["name_vi"]):
                table.problem(MARKED[0], row, "name_vi", cells["name_vi"], MARKED[1])
            for column in ("valid_from", "valid_to"):
                if cells[column] and forms.as_date(cells[column]) is None:
                    table.problem("not a date", row, column, cells[column], "write YYYY-MM-DD")
            start, end = (forms.as_date(cells[column]) for column in ("valid_from", "valid_to"))
            if start and end and end < start:
                table.problem("ends before it begins", row, "valid_to", cells["valid_to"], "correct one of the two days")
    return table


def _twice(table: forms.Table) -> None:
    """An id twice, of which the first unit would be lost; a name twice, which could mean either."""
    seen: dict[str, int] = {}
    named: dict[str, list[tuple[int, Unit]]] = {}
    for row, cells in table.rows:
        unit = _unit(cells)
        others = named.setdefault(written(unit.name_vi), [])
        if unit.unit in seen:
            table.problem(say("{name} stands twice (also in row {row})", name=unit.unit, row=seen[unit.unit]), row, "unit",
                          unit.unit, "give the unit a short name of its own")
        elif unit.name_vi and (also := next((n for n, other in others if _same(unit, other)), None)):
            table.problem(say("{name} stands twice (also in row {row})", name=unit.name_vi, row=also), row, "name_vi", unit.name_vi,
                          "delete one of the two rows; where a new unit bears an old one's name, write valid_to of the old one and "
                          "valid_from of the new one")
        if unit.unit:
            seen.setdefault(unit.unit, row)
        others.append((row, unit))


@lru_cache(maxsize=20_000)  # forms name the same units in every row
def _bare(name: str) -> str:
    """A unit's name without its number in a list and the office before it: ``1. UBND xã Tân Chi`` is ``Xã Tân Chi``; ``UBND
    tỉnh`` stays."""
    text = clean(name)
    if found := _NUMBER.match(text):  # at the start only: Đội thuế 1 - Thuận Thành is another than Đội thuế 2
        text = text[found.end():]
    lettered = text[found.end():] if (found := _LETTER.match(text)) else ""
    if _level(fold(lettered)) or _OFFICE.match(lettered):  # only before a unit's kind: E.ON is a name
        text = lettered
    rest = text[found.end():] if (found := _OFFICE.match(text)) else ""
    return rest[0].upper() + rest[1:] if _level(fold(rest)) else text


@lru_cache(maxsize=20_000)
def written(name: str) -> str:
    """The key of a name with its marks, whatever its case and punctuation, and wherever the tone stands (Hoà, Hòa).

    >>> written("UBND xã  Hoà-Sơn") == written("Xã Hòa Sơn"), written("Xã Đông Sơn") == written("Xã Đồng Sơn")
    (True, False)
    """
    text = unicodedata.normalize("NFKD", _bare(name)).lower().translate({0xF0: 0x111})  # ð is typed for đ
    words = "".join(c if c.isalnum() or unicodedata.combining(c) else " " for c in text).split()
    return " ".join("".join(sorted(word, key=_TONES.__contains__)) for word in words)


def _has_mark(name: str) -> bool:
    """Whether a footnote's mark stands in a name: as a key Phường 1² would be Phường 12, another unit."""
    return raised(name) or bool(_BRACKETED.search(name))


def raised(text: str) -> bool:
    """Whether a raised or lowered figure stands in a text."""
    return any(c.isdigit() and not c.isdecimal() for c in text)


def _key(name: str) -> str:
    return fold(_bare(name))


def kind(name: str) -> str | None:
    """Level of a name by its first words; None where they do not tell."""
    return _level(_key(name))


def _level(key: str) -> str | None:
    return next((level for start, level in _KINDS if f"{key} ".startswith(start)), None)


def resolve(name: str, start: dt.date, end: dt.date, *, known: Known | None = None,
            any_name: bool = False) -> tuple[Unit | None, str, str]:
    """The unit a name means for a survey in the field from ``start`` to ``end``.

    Returns
    -------
    (unit, problem, fix): a department must be listed, a commune too once the institute lists communes. The problem is empty
    where the unit existed on at least one of these days. ``any_name`` takes a centre, social insurance, and a name of no known
    kind (a hospital, a portal, the treasury), as written.
    """
    known = units() if known is None else known
    if not any(c.isalpha() for c in name):
        return None, "unknown unit", "write its full name"
    if _has_mark(name):
        return None, *MARKED
    found = [known[name]] if name in known else (
        known.names.get(written(name)) or known.folded.get(_key(name)) or known.in_full(_key(name), start))
    found = [u for u in found if _served(u, start, end)] or found[-1:]
    if len(found) > 1:
        names = ", ".join(f"{u.name_vi} ({u.unit})" for u in found)
        return None, say("the name of {n} units: {names}", n=len(found), names=names), (
            "write it with its marks, or by its short name, as in brackets")
    if not found:
        return _as_written(name, start, known, any_name)
    (unit,) = found
    if unit.valid_to and unit.valid_to < start:
        successor = (say("; its work went to {successor}", successor=unit.successor) if unit.successor
                     else "; no single successor is on record")
        return None, say("abolished on {day:%d/%m/%Y}{successor}", day=unit.valid_to, successor=successor), (
            say("give the answers about {successor} to that unit, if they are about it", successor=unit.successor) if unit.successor
            else _NOW if unit.level == "district" else "name the unit that serves now")
    if unit.valid_from and unit.valid_from > end:
        return None, say("did not exist before {day:%d/%m/%Y}", day=unit.valid_from), "name the unit that served then"
    return unit, "", ""


def _as_written(name: str, start: dt.date, known: Known, any_name: bool) -> tuple[Unit | None, str, str]:
    """A unit that no list has, as :func:`resolve` gives it."""
    key, level = _key(name), kind(name)
    if _TOTAL.fullmatch(key) or written(name) == written("Cộng"):  # not Cổng
        return None, "a total or a mean of the units, and none of them", "delete the row: totals are worked out from the units"
    if level in ("district", "old_commune") and start > DISTRICTS_END:
        what = "the district level" if level == "district" else "towns of commune level (thị trấn)"
        return None, say("abolished: {what} ended on {day:%d/%m/%Y}", what=what, day=DISTRICTS_END), _NOW
    # the departments are a short list: another name is a slip of the pen, and would be ranked as a unit of its own
    closed = level in (None, "department") or level == "commune" and known.communes
    if closed and not (any_name and (level is None or key.startswith(_NOT_OURS))):
        known.unknown += 1
        near = nearest(fold(name), known.folded) if known.unknown <= HINTED else []
        hint = say("did you mean {names}? ", names=", ".join(known.folded[n][0].name_vi for n in near)) if near else ""
        return None, "unknown unit", hint + "write it as in the list of units, or add it to data/institute_units.csv"
    alike = known.alike.get(key, [])
    number = f"_{1 + alike.index(written(name))}" if len(alike) > 1 else ""  # no id of one word has it
    return Unit(key.replace(" ", "-") + number, _bare(name), "", {"old_commune": "commune"}.get(level or "", level or "other"),
                listed=False), "", ""


def taken_as_written(found: Iterable[Unit]) -> list[str]:
    """Notes that name the units no list has, and those of them that differ in marks only."""
    names = sorted({u.name_vi for u in found if not u.listed})
    said: list[str] = [say("in no list of units, taken as written: {names}", names=", ".join(names))] if names else []
    for _, alike in groupby(sorted(names, key=_key), _key):
        if len(several := list(alike)) > 1:
            said.append(say("{names} differ in marks only and count as {n} units: is one of them a slip of the pen?",
                            names=", ".join(several), n=len(several)))
    return said
