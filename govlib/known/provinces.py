"""Provinces, old and new: one registry that every table's names go through.

Two things are called Bắc Ninh: the province that ended on 30 June 2025 and the one formed with Bắc Giang on the next
day. Tables carry the ``slug`` (``bac-ninh``), which together with a year is unambiguous; the ``unit`` (``bac-ninh``,
``bac-ninh-2025``) tells the two apart. A year here is always an index *edition*: 64 provinces to 2008 (with Hà Tây),
63 for 2009–2024, 34 from 2025.

Names are compared by their folded key, then by a table of aliases. Nothing is matched by likeness: an unknown name
raises :class:`~govlib.errors.UnknownName` with the nearest candidates.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from govlib import files, paths
from govlib.errors import UnknownName
from govlib.known import spelled
from govlib.known.cards import card
from govlib.words.tables import check_language

if TYPE_CHECKING:
    import pandas as pd

LAST_YEAR_64, LAST_YEAR_63 = 2008, 2024

@dataclass(frozen=True, slots=True)
class Province:
    """One administrative unit.

    unit: unique id; slug: public name used in tables; kind: 'province' or 'city'; gso, pci_id, papi_id: the codes used
    by the statistics office and the two surveys ('' where none was read); valid_from, valid_to: legal dates, None where
    open or not recorded; first_edition, last_edition: edition years that may print it (None: none / open);
    predecessors: units that it was formed from; successor: the unit it went into, or None.

    >>> from govlib import provinces
    >>> provinces.get("bac-ninh", 2024).predecessors, provinces.get("bac-ninh", 2025).predecessors
    ((), ('bac-giang', 'bac-ninh'))
    """

    unit: str
    slug: str
    name_vi: str
    name_en: str
    kind: str
    gso: str
    pci_id: str
    papi_id: str
    region: str
    valid_from: dt.date | None
    valid_to: dt.date | None
    predecessors: tuple[str, ...]
    successor: str | None
    first_edition: int | None
    last_edition: int | None

    def in_edition(self, year: int) -> bool:
        """Whether an edition of that year could print this unit."""
        if self.first_edition is None:
            return False
        return self.first_edition <= max(year, 2005) and (self.last_edition is None or year <= self.last_edition)

    def _repr_html_(self) -> str:
        """A card in a notebook."""
        codes = (("GSO", self.gso), ("PCI", self.pci_id), ("PAPI", self.papi_id))
        return card(f"{self.name_vi} · {self.name_en}", [
            ("slug", self.slug), ("unit", self.unit), ("region", " / ".join(regions().get(self.region, (self.region,)))),
            ("valid", f"{self.valid_from or '…'} – {self.valid_to or '…'}"),
            ("editions", f"{self.first_edition or '–'} – {self.last_edition or '…'}"),
            ("formed from", ", ".join(self.predecessors)),
            ("went into", self.successor or ""), ("codes", ", ".join(f"{name} {code}" for name, code in codes if code))])


def _date(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


@lru_cache(maxsize=1)
def _units() -> dict[str, Province]:
    rows = files.rows(paths.reference() / "provinces.csv")
    came_from: dict[str, list[str]] = {}
    for row in rows:
        if row["successor"]:
            came_from.setdefault(row["successor"], []).append(row["unit"])
    return {
        row["unit"]: Province(
            row["unit"], row["slug"], row["name_vi"], row["name_en"], row["kind"], row["gso"], row["pci_id"],
            row["papi_id"], row["region"], _date(row["valid_from"]), _date(row["valid_to"]),
            tuple(came_from.get(row["unit"], ())), row["successor"] or None,
            int(row["first_edition"]) if row["first_edition"] else None,
            int(row["last_edition"]) if row["last_edition"] else None)
        for row in rows
    }


@lru_cache(maxsize=1)
def _renames() -> dict[str, dict[str, str]]:
    return {row["unit"]: row for row in files.rows(paths.reference() / "provinces_renamed.csv")}


@lru_cache(maxsize=1)
def _keys() -> dict[str, str]:
    """Squeezed key → slug, from names, slugs, unit ids and aliases; two slugs on one key would be an error of ours."""
    keys: dict[str, str] = {}

    def add(text: str, slug: str) -> None:
        key = spelled.squeeze(text)
        if keys.setdefault(key, slug) != slug:
            raise ValueError(f"reference/aliases.csv: {text!r} stands for both {keys[key]} and {slug}")

    for p in _units().values():
        for text in (p.name_vi, p.name_en, p.slug, p.unit):
            add(text, p.slug)
    for unit, row in _renames().items():
        for text in (row["name_vi"], row["name_en"]):
            add(text, _units()[unit].slug)
    for row in files.rows(paths.reference() / "aliases.csv"):
        add(row["alias"], row["slug"])
    return keys


@lru_cache(maxsize=4096)
def _lookup(name: str) -> str | None:
    return spelled.known(name, _keys(), _printed())


@lru_cache(maxsize=1)
def _printed() -> list[tuple[str, str]]:
    """(name with its marks, slug) of every unit and alias."""
    aliases = [(row["alias"], row["slug"]) for row in files.rows(paths.reference() / "aliases.csv")]
    return [(p.name_vi, p.slug) for p in _units().values()] + aliases


def _nearest(name: str) -> tuple[str, ...]:
    """The three provinces with the most similar names, for the message only."""
    return tuple(f"{unit_of(slug).name_vi} ({slug})" for slug in spelled.nearest(name, _keys())[:3])


def unit_of(slug: str, year: int | None = None) -> Province:
    """The unit behind a known slug: of that edition, else the one of the editions up to 2024, else the only one.

    >>> unit_of("bac-ninh", 2024).unit, unit_of("bac-ninh", 2025).unit
    ('bac-ninh', 'bac-ninh-2025')
    """
    own = _units().get(slug)
    if own is not None and own.slug == slug and (year is None or own.in_edition(year)):
        return own  # nearly always: a unit of the editions to 2024 has its slug for an id
    mine = [p for p in _units().values() if p.slug == slug]
    if year is not None:
        mine = [p for p in mine if p.in_edition(year)] or mine
    return mine[0]  # the file lists the units of the editions to 2024 first


def unit_on(slug: str, day: dt.date | None) -> Province:
    """The unit behind a known slug on a day; where the day is not known or before all, as :func:`unit_of` without a year.

    >>> unit_on("bac-ninh", dt.date(2025, 6, 30)).unit, unit_on("bac-ninh", dt.date(2025, 7, 1)).unit
    ('bac-ninh', 'bac-ninh-2025')
    """
    then = [p for p in _units().values() if day and p.slug == slug and p.valid_from and p.valid_from <= day]
    return max(then, key=lambda p: p.valid_from or dt.date.min, default=unit_of(slug))


def resolve(name: object, year: int | None = None, *, file: str | Path | None = None, row: int | None = None) -> str:
    """Slug of a printed province name, whatever its case, diacritics, Unicode form, spaces or prefix.

    ``year`` (an edition) makes it also check that the province was there. Raises UnknownName, with the nearest
    candidates and the place in the file, for anything else.

    >>> resolve("TP.HCM"), resolve("Tỉnh Bắc\u00a0Cạn"), resolve("BRVT"), resolve("Thừa Thiên - Huế")
    ('ho-chi-minh', 'bac-kan', 'ba-ria-vung-tau', 'thua-thien-hue')
    >>> resolve("Bắc Giang", 2025)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    govlib.errors.UnknownName: unknown province of the 2025 edition 'Bắc Giang'; nearest: Bắc Ninh (bac-ninh), which took it in ...
    """
    # a missing value must not become "NAN", which one source prints for Nghệ An
    text = name if isinstance(name, str) and name not in ("nan", "NaN") else ""
    slug = _lookup(text)
    if slug is None:
        raise UnknownName("province", name, _nearest(text), file=file, row=row)
    if year is not None and text != slug and text in _units() and not _units()[text].in_edition(year):  # bac-ninh-2025 in 2024
        raise UnknownName(f"province of the {year} edition", name, (slug,), file=file, row=row)
    if year is not None and slug not in province_set(year):
        old = unit_of(slug)
        heir = _units()[old.successor] if old.successor else None
        if heir is not None and old.valid_to is not None:
            taken_in = old.valid_to + dt.timedelta(days=1)
            nearest: tuple[str, ...] = (f"{heir.name_vi} ({heir.slug}), which took it in on {taken_in.isoformat()}",)
        else:
            nearest = ()
        raise UnknownName(f"province of the {year} edition", name, nearest, file=file, row=row)
    return slug


def get(name: str, year: int | None = None) -> Province:
    """The unit behind a unit id or any spelling of a name; without a year, the one of the editions up to 2024.

    >>> get("bac-ninh").papi_id, get("Bắc Ninh", 2025).predecessors
    ('27', ('bac-giang', 'bac-ninh'))
    """
    if isinstance(name, str) and name in _units() and (year is None or _units()[name].in_edition(year)):
        return _units()[name]
    return unit_of(resolve(name, year), year)


def units(year: int | None = None) -> tuple[Province, ...]:
    """All units ever (also Hà Bắc, which no index knew), or those that an edition could print.

    >>> from govlib import provinces
    >>> len(provinces.units(2024)), len(provinces.units(2025))
    (63, 34)
    """
    return tuple(p for p in _units().values() if year is None or p.in_edition(year))


@lru_cache(maxsize=64)
def province_set(year: int) -> tuple[str, ...]:
    """Slugs of the provinces of one edition, sorted: 64 to 2008, 63 for 2009–2024, 34 from 2025.

    >>> [len(province_set(y)) for y in (2008, 2009, 2024, 2025)]
    [64, 63, 63, 34]
    """
    return tuple(sorted(p.slug for p in _units().values() if p.in_edition(year)))


def regions() -> dict[str, tuple[str, str]]:
    """Region slug → (Vietnamese name, English name), north to south.

    >>> from govlib import provinces
    >>> provinces.regions()["red-river-delta"]
    ('Đồng bằng sông Hồng', 'Red River Delta')
    """
    return dict(_regions())  # the caller's own


@lru_cache(maxsize=1)
def _regions() -> dict[str, tuple[str, str]]:
    return {row["region"]: (row["name_vi"], row["name_en"]) for row in files.rows(paths.reference() / "provinces_regions.csv")}


def region(slug: str, year: int | None = None) -> str:
    """Region slug of a province.

    >>> from govlib import provinces
    >>> provinces.region("bac-ninh", 2024)
    'red-river-delta'
    """
    return get(slug, year).region


def expand(spec: str | Iterable[str] | None, year: int | None = None) -> list[str]:
    """Slugs meant by ``None`` or ``'all'``, a slug, any spelling, a region (slug, name, ĐBSH), or any mix of these; in order, once.

    Without a year a region holds every slug that belonged to it in some edition (so Hà Tây in the Red River Delta).

    >>> len(expand("ĐBSH", 2019)), expand(["Bắc Ninh", "bac-ninh", "Quảng Ninh"])
    (11, ['bac-ninh', 'quang-ninh'])
    """
    if spec is None or (isinstance(spec, str) and spec == "all"):
        return sorted({p.slug for p in _pool(year)})
    return list(dict.fromkeys(p.slug for p in expand_units(spec, year)))


def expand_units(spec: str | Iterable[str], year: int | None = None) -> list[Province]:
    """The units meant by what :func:`expand` takes: a slug or name both units of that name, ``bac-ninh-2025`` the new one alone,
    a region those that lay in it.

    >>> [p.unit for p in expand_units("Bắc Ninh")], [p.unit for p in expand_units("bac-ninh-2025")]
    (['bac-ninh', 'bac-ninh-2025'], ['bac-ninh-2025'])
    """
    pool, out = _pool(year), {}
    for item in list(spec) if isinstance(spec, Iterable) and not isinstance(spec, str) else [spec]:
        if (region_ := _region_meant(item)) is not None:
            found = sorted((p for p in pool if p.region == region_), key=lambda p: p.slug)
        elif isinstance(item, str) and item in _units() and _units()[item].slug != item:
            found = [unit for unit in pool if unit.unit == item]
            if not found:
                raise UnknownName(f"province of the {year} edition", item, (_units()[item].slug,))
        else:
            slug = _resolved(item, year)
            found = [p for p in pool if p.slug == slug]
        out.update({p.unit: p for p in found})
    return list(out.values())


def _resolved(item: object, year: int | None) -> str:
    """:func:`resolve` where a region may be meant too: one with such a part of its name ("Mekong") is told before the provinces."""
    try:
        return resolve(item, year)
    except UnknownName as error:
        part = spelled.squeeze(item) if isinstance(item, str) else ""
        near = dict.fromkeys(region_ for name_, region_ in _region_keys().items() if len(part) > 3 and part in name_)
        if not near:
            raise
        raise UnknownName(error.kind, item, [*(f"{regions()[r][0]} ({r})" for r in near), *error.nearest]) from None


def _pool(year: int | None) -> list[Province]:
    return [p for p in units(year) if p.first_edition is not None]


def _region_meant(name: object) -> str | None:
    """Region slug of a slug or name in either language, whatever its case and marks; None for what is none."""
    return _region_keys().get(spelled.squeeze(name)) if isinstance(name, str) else None


@lru_cache(maxsize=1)
def _region_keys() -> dict[str, str]:
    return {spelled.squeeze(text): row["region"] for row in files.rows(paths.reference() / "provinces_regions.csv")
            for text in (row["region"], row["name_vi"], row["name_en"], *row["also"].split(";")) if text}


def name(slug: str, lang: str = "vi", year: int | None = None) -> str:
    """The name to print: Vietnamese with diacritics, or English; of that year where the name has changed.

    >>> name("thua-thien-hue"), name("thua-thien-hue", year=2025), name("ho-chi-minh", "en")
    ('Thừa Thiên Huế', 'Huế', 'Ho Chi Minh City')
    """
    unit, named = get(slug, year), f"name_{check_language(lang)}"
    renamed = _renames().get(unit.unit)
    return renamed[named] if renamed and year is not None and year >= int(renamed["date"][:4]) else getattr(unit, named)


def spellings(slug: str, year: int | None = None) -> list[str]:
    """Every key by which :func:`resolve` knows a province (plain letters, no spaces), sorted; with a year also those of the
    units it was formed from.

    >>> "bacgiang" in spellings("bac-ninh", 2025), "bacgiang" in spellings("bac-ninh", 2024), "brvt" in spellings("ba-ria-vung-tau")
    (True, False, True)
    """
    meant = {slug, *(get(slug, year).predecessors if year is not None else ())}
    return sorted(key for key, known in _keys().items() if known in meant)


def kind(slug: str, year: int | None = None) -> str:
    """'province' or 'city', as of the end of that year.

    >>> from govlib import provinces
    >>> provinces.kind("ha-noi"), provinces.kind("bac-ninh")
    ('city', 'province')
    """
    unit = get(slug, year)
    renamed = _renames().get(unit.unit)
    return renamed["kind"] if renamed and year is not None and year >= int(renamed["date"][:4]) else unit.kind


def by_code(code: object, system: str, year: int | None = None) -> str:
    """Slug of a code: ``system`` is 'gso', 'pci' or 'papi'; 6, '6', '06' and 6.0 are the same code.

    Some GSO codes moved in 2025 (24 was Bắc Giang and is the new Bắc Ninh): without a year, those up to 2024 hold.

    >>> by_code(27, "papi"), by_code("06", "gso"), by_code(34.0, "pci")
    ('bac-ninh', 'bac-kan', 'bac-ninh')
    >>> by_code(24, "gso"), by_code(24, "gso", 2025)
    ('bac-giang', 'bac-ninh')
    """
    field = {"gso": "gso", "pci": "pci_id", "papi": "papi_id"}.get(system)
    if field is None:
        raise UnknownName("code system", system, ("gso", "pci", "papi"))
    try:
        wanted = float(str(code))  # 27.5 and infinity are nobody's
    except ValueError:
        wanted = None
    for unit in _units().values():
        mine = getattr(unit, field)
        if mine and int(mine) == wanted and (year is None or unit.in_edition(year)):
            return unit.slug
    raise UnknownName(f"code of {system}", code)


def mergers() -> pd.DataFrame:
    """What became of each unit: old, new (slugs), old_unit, new_unit, date, change ('merged' or 'unchanged'), article,
    clause, new_area_km2, new_population (of the new unit, as printed in the resolution; empty for the unchanged), source.

    >>> m = mergers(); m.query("new_unit == 'bac-ninh-2025'")[["old", "new_population"]].values.tolist()
    [['bac-giang', 3619433], ['bac-ninh', 3619433]]
    """
    import pandas as pd

    table = pd.read_csv(paths.reference() / "mergers.csv", dtype={"article": "Int64", "clause": "Int64",
                                                                   "new_population": "Int64"}, encoding="utf-8")
    table["date"] = pd.to_datetime(table["date"])
    return table
