"""What every section of a briefing uses: names, numbers that carry their source, what figures there are and why not more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from typing import Any

import numpy as np
import pandas as pd

from govlib import files, paths
from govlib.collect import locators
from govlib.errors import UnknownName
from govlib.known import indices, provinces, survey_items
from govlib.known.provinces import province_set
from govlib.panel import data
from govlib.publish import show
from govlib.publish.charts.canvas import Canvas
from govlib.reading import comparisons
from govlib.reading.board import Board, Cell, entity, once, region_of
from govlib.words import wording
from govlib.words.tables import sentences
from govlib.words.wording import label

DECIMALS = {"dti": 4, "ict": 4}
FIVE = ("pci", "papi", "par", "sipas", "dti")
PAPI_OF_THREE = 2015  # last edition that names UNDP, CECODES and VFF-CRT only; RTA from 2016, as the reports are to be cited
OURS = "govlib"
HOME = "bac-ninh"  # whose institute this is; another province's page names no body unless told
UNITS = {"points": "unit.points", "percent": "unit.percent", "index points": "unit.index_points", "rank": "unit.rank"}
# recipes whose figures say what they are, or have no unit
NO_UNIT = ("weight", "spearman", "chance", "range_held", "kept")


@dataclass
class Context:
    """One briefing's data, which every section's functions are given. ``peers`` are slugs of that edition."""

    province: str
    year: int
    lang: str
    peers: list[str]
    board: Board
    used: set[str] = field(default_factory=set)  # catalogue ids of the sources that the page has shown
    issuer: str = ""  # the body that issues the page, as it is to be printed
    memo: dict[tuple, Any] = field(default_factory=dict)  # what :func:`govlib.reading.board.once` keeps
    _units: dict[str, str] = field(default_factory=dict)

    def label(self, key: str, **values: object) -> str:
        """A sentence in the page's language; where there is one ``neutral.<key>`` on a page that no institute issues, and
        ``city.<key>`` on a city's."""
        if self.province != HOME and not self.issuer and f"neutral.{key}" in sentences():
            key = f"neutral.{key}"
        if self.is_city and f"city.{key}" in sentences():
            key = f"city.{key}"
        return label(key, self.lang, **values)

    @cached_property
    def is_city(self) -> bool:
        """Whether the page is of a city under the central government, which is not called a province."""
        return provinces.kind(self.province, self.year) == "city"

    def place(self, slug: str | None = None) -> str:
        slug = self.province if slug is None else slug
        return provinces.name(slug, self.lang, self.year if slug in province_set(self.year) else None)

    @cached_property
    def region(self) -> str | None:
        return region_of(self.province, self.year)

    @property
    def region_name(self) -> str:
        return provinces.regions()[self.region][0 if self.lang == "vi" else 1] if self.region else ""

    def short(self, index_id: str) -> str:
        return indices.name(index_id, "overall", self.lang)

    def component(self, index_id: str, component: str, year: int | None = None) -> str:
        try:
            return indices.name(index_id, component, self.lang, year or self.year)
        except UnknownName:
            return component.replace("_", " ")

    def item(self, index_id: str, item: str, year: int) -> str:
        """A sub-dimension's name; a survey item's with its unit in that edition. An item without a name shows its id."""
        try:
            name = indices.name(index_id, item, self.lang, year)
        except UnknownName:
            return item.split(".", 1)[-1].replace("_", " ").capitalize()
        unit = self.item_unit(index_id, item, year)
        return f"{name} ({unit})" if unit else name

    def item_cell(self, index_id: str, item: str, year: int) -> str:
        """:meth:`item` for a table, a short unit on one line."""
        text, unit = self.item(index_id, item, year), self.item_unit(index_id, item, year)
        if not unit or len(unit) > 12:
            return text
        name = text.removesuffix(f" ({unit})")
        return show.Html(f'{show.esc(name)} <span class="together">({show.esc(unit)})</span>')

    def item_unit(self, index_id: str, item: str, year: int | None) -> str:
        """The unit of a named survey item in an edition (None: the one that holds generally), in the page's
        language; empty for all else."""
        found = survey_items.find(index_id, item)
        return found.unit(self.lang, year) if found else ""

    def decimals(self, index_id: str) -> int:
        return DECIMALS.get(index_id, 2)

    def unit(self, index_id: str) -> str:
        return "%" if index_id in ("par", "sipas") else self.label("base.points")

    def num(self, cell: Cell | None, index_id: str | None = None, what: str = "score") -> show.Html:
        """A published score or rank with its row's source and locator; a dash where our sources have none, "not published"
        where the publisher has none."""
        value = None if cell is None else getattr(cell, what)
        if cell is None or value is None and cell.status != "not_published":
            return show.Html("–")
        decimals, unit = (self.decimals(index_id or cell.index_id), cell.unit or "") if what == "score" else (0, "rank")
        named = self.item_unit(cell.index_id, cell.component, cell.year) if what == "score" else ""
        return self.cited(value, cell, what, decimals=decimals, csv_unit=named or self.unit_name(unit))

    def cited(self, value: float | str | None, cell: Cell, what: str, **how: Any) -> show.Html:
        """A cell's score or rank, or its words, with its place; of a page with several figures, and of a rank out of how many, also
        which figure it is."""
        source, place = self.where(cell, what)
        self.see(source)
        several = "://" in place or what == "rank" and isinstance(value, str)
        which = f"{what} {cell.index_id}/{cell.component} {cell.province} {cell.year}" if several else ""
        return show.num(value, source=source, locator=place, lang=self.lang, cell=which, **how)

    def where(self, cell: Cell, what: str = "score") -> tuple[str | None, str]:
        """Source and place of a cell's score or rank: a rank may be printed elsewhere than its score."""
        elsewhere = locators.rank_from(cell.locator or "") if what == "rank" else None
        return elsewhere or (cell.source, locators.own(cell.locator or ""))

    def unit_name(self, unit: str) -> str:
        """A unit of the panel in the page's words; one that has none (of a survey item without a name, as its sheet prints
        it) as it is."""
        if unit not in self._units:
            self._units[unit] = self.label(UNITS[unit]) if unit in UNITS else unit
        return self._units[unit]

    def measured_in(self, recipe: str) -> str:
        """The unit of a figure worked out here, from its recipe: ranks, or that of the index and component it is about."""
        verb, of = recipe.split(" ", 2)[:2]
        if "rank" in verb or verb == "coverage":
            return self.unit_name("rank" if "rank" in verb else "percent")
        index_id, _, component = of.partition("/")
        if index_id not in indices.INDICES or verb in NO_UNIT:
            return ""
        last = recipe.rsplit(" ", 1)[-1]
        if named := self.item_unit(index_id, component, int(last) if last.isdigit() else None):
            return named
        key = f"{index_id}/{component}"
        if key not in self._units:
            cells = self.board.series(index_id, component or "overall", self.province)
            self._units[key] = self.unit_name(next((c.unit for c in reversed(cells) if c.unit), None) or indices.scale(index_id)[2])
        return self._units[key]

    def ours(self, value: float | str | None, locator: str, decimals: int = 2, sign: bool = False) -> show.Html:
        """A figure worked out here, with the recipe as its locator."""
        if value is None or value != value:
            return show.Html("–")
        if isinstance(value, (np.floating, np.integer)):
            value = value.item()
        return show.num(value, source=OURS, locator=locator, lang=self.lang, decimals=decimals, sign=sign,
                        csv_unit=self.measured_in(locator))

    def see(self, sources: str | None) -> None:
        self.used.update(s for s in str(sources or "").split(";") if s and s != OURS)

    def newest(self, index_id: str, component: str = "overall") -> Cell | None:
        return comparisons.newest(self.board, index_id, self.province, self.year, component)

    def newest_scored(self, index_id: str) -> Cell | None:
        rows = [c for c in self.board.series(index_id, "overall", self.province, self.year) if c.score is not None]
        return rows[-1] if rows else None

    def own_unit(self, year: int) -> bool:
        """Whether an edition is of the unit that the page is about, not of one that merged into it under the same name."""
        return entity(self.province, year) == entity(self.province, self.year)

    def of_old_unit(self, year: int) -> list[str]:
        """That an edition's figures are of the unit of before a merger; empty where they are of the page's own."""
        return [] if self.own_unit(year) else [self.label("note.old_unit", place=self.place())]

    @once
    def component_year(self, index_id: str) -> int | None:
        """The newest edition up to the year with figures of the province in three components or more."""
        for year in reversed([y for y in indices.editions(index_id) if y <= self.year]):
            ids = indices.component_ids(index_id, year)
            there = sum((c := self.board.cell(index_id, i, self.province, year)) is not None and c.score is not None for i in ids)
            if ids and there >= min(3, len(ids)):
                return year
        return None

    def withheld(self, index_id: str, year: int) -> bool:
        """Whether it is known that the publisher has no figure of the province, rather than our sources."""
        found = data.reason(index_id, "overall", self.province, year)
        return found.code != "none_yet" and found.kind in ("not_published", "withdrawn")

    def rank_only(self, index_id: str, year: int, short: bool = False) -> str:
        """Why a figure is a rank without its score: none was printed beside it, or the pages print different ones."""
        found = data.reason(index_id, "overall", self.province, year)
        if found.code == "disputed":
            return found.told(self.lang)
        if short:
            return self.label("base.source_gives_only_rank")
        return self.label("base.source_gives_rank_not")

    def reason(self, index_id: str, year: int, component: str = "overall") -> str:
        """Why there is no figure, as far as it is known."""
        return data.reason(index_id, component, self.province, year).told(self.lang)

    def source_line(self, index_id: str, year: int | None) -> str:
        """Who publishes an edition; without a year those of a line up to the page's year: by the name that it had until then, or
        by both."""
        of = indices.index(index_id)
        before = of.earlier_producer
        named = year or (self.year if before and self.year <= before["last"] else None)
        return f"{of.producer(self.lang, named)}, {self.short(index_id)}" + (f" {year}" if year else "")

    def five_sources(self, year: int | None = None) -> str:
        """Who publishes the five indices, those that had begun by then, as they were called when the newest shown (or the edition
        told) came out."""
        told, last = dict[str, list[str]](), year or self.year
        cell = self.newest("dti") if year is None else None
        short = {"pci": "source.pci", "papi": "source.papi" if last > PAPI_OF_THREE else "source.papi_of_three"}
        for index_id in FIVE:
            if indices.index(index_id).first_edition <= last:
                edition = cell.year if cell and index_id == "dti" else last
                who = self.label(short[index_id]) if index_id in short else indices.index(index_id).producer(self.lang, edition)
                told.setdefault(who, []).append(self.short(index_id))
        return "; ".join(f"{who} ({', '.join(names)})" for who, names in told.items())


class Marks(list[show.Html]):
    """Numbers with their sources, for a sentence that is made of plain text: each leaves its place in it."""

    def put(self, number: show.Html) -> str:
        """The place of this number in the text."""
        self.append(number)
        return f"\ue000{len(self) - 1}\ue001"

    def filled(self, text: str) -> show.Html:
        """The text as HTML with the numbers in their places."""
        first, *rest = text.split("\ue000")
        parts = (piece.split("\ue001", 1) for piece in rest)
        return show.Html(show.esc(first) + "".join(self[int(k)] + show.esc(piece) for k, piece in parts))


def tier_names() -> list[str]:
    """All tiers' names, both languages."""
    return [name for i in ("pci", "papi") for t in indices.index(i).tiers for name in (t["vi"], t["en"])]


def tiers(index_id: str, year: int) -> dict[str, str]:
    """Province → tier as printed, from ``data/raw``; the panel does not carry it."""
    path = paths.raw() / index_id / f"{year}.csv"
    if not path.exists():
        return {}
    return {r["province"]: r["tier"] for r in files.rows(path) if r["tier"] and r["component"] == "overall"}


class Drawing(str):
    """An SVG that can be had as a PNG too, for files that hold no SVG: drawn once for all of them."""

    png: Callable[[], bytes]


def _png(sheet: Canvas) -> bytes:
    from govlib.publish.charts import raster  # loads Pillow, which a page does not need

    return raster.png(sheet)


def drawn(draw: Callable[..., Any], df: pd.DataFrame, lang: str, **how: Any) -> dict[str, Any]:
    """The drawings of a figure, for a screen and for a phone, as keyword arguments of ``show.figure``."""
    sheet = draw(df, lang, form="sheet", **how)
    broad = Drawing(sheet.svg())
    broad.png = cache(partial(_png, sheet))
    return {"fig": broad, "narrow": draw(df, lang, form="svg", narrow=True, **how), "lang": lang}


def frame(rows: list[dict]) -> pd.DataFrame:
    """Rows as they are: pandas would turn numbers with a source into plain strings."""
    return pd.DataFrame(rows, dtype=object)


def starred(figure: show.Html) -> show.Html:
    """A figure that its publisher does not stand by; still a number for who reads the CSV."""
    out = show.join([figure, "*"], "")
    out.value, out.unit = figure.value, figure.unit
    return out


def clause(text: str) -> str:
    """A sentence as part of another: no full stop, first letter small unless it opens a name."""
    text = text.strip().rstrip(".")
    head = text.split(" ", 1)[0]
    return text if head.isupper() and len(head) > 1 else text[:1].lower() + text[1:]

def remarks(notes: Iterable[object]) -> show.Html | None:
    notes = [n if isinstance(n, show.Html) else wording.sentence(str(n)) for n in notes if n]
    return show.join(notes, " ") if notes else None


def once_noted(tables: Iterable[dict | None]) -> list[dict | None]:
    """The tables of one section: a note that stands under the one above is not printed again."""
    out, said = [], set[str]()
    for told in tables:
        note = str((told or {}).get("note") or "")
        out.append(told | {"note": None} if told is not None and note in said else told)
        said.add(note)
    return out


def registry_date(date: str, lang: str) -> str:
    """A date of the registry, as exact as it is there: ``2016``, ``2016-04`` or ``2016-04-08``."""
    year, *rest = date.split("-")
    if len(rest) == 2:
        return wording.day(dt.date.fromisoformat(date), lang)
    if rest:
        return f"{int(rest[0])}/{year}" if lang == "vi" else f"{dt.date(int(year), int(rest[0]), 1):%B} {year}"
    return year


