"""What the views of the explorer share: what the panel holds for them, the words of labels and sources, and what is shown."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from govlib import files
from govlib.errors import BadInput, MissingData, NotEstimable, UnknownName
from govlib.explore.drawing import Drawing
from govlib.forms.write import frame_csv
from govlib.known import indices, names, provinces
from govlib.panel import data
from govlib.reading.board import FULL, Board, panel_board
from govlib.text import fold, spans, whole
from govlib.words import wording
from govlib.words.tables import phrase

NATION = "nation"


@dataclass(frozen=True)
class Shown:
    """What a view shows. ``table`` has slugs and plain numbers; ``labels`` are the words for its columns and cells.

    ``line`` is the line of Python that gives this again; ``sources`` are ids of the catalogue.

    >>> from govlib import explore
    >>> shown = explore.trend("pci", "time_costs", ["bac-ninh"], 2010, 2019, lang="en")
    >>> type(shown.table).__name__, shown.svg.startswith("<svg")
    ('DataFrame', True)
    """

    title: str
    drawing: Drawing
    table: pd.DataFrame
    alt: str
    line: str
    lang: str
    note: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    decimals: int = 2
    sources: tuple[str, ...] = ()
    measure: str = ""

    @property
    def svg(self) -> str:
        return self.drawing.accessible(self.alt)

    @property
    def name(self) -> str:
        """A file name that says what it is."""
        call = self.line.removeprefix("govlib.explore.")
        return "-".join(part for part in "".join(c if c.isalnum() or c == "_" else "-" for c in call).split("-") if part)[:110]

    def figure(self, ax=None):
        """The same as a matplotlib Figure, or drawn into axes of yours, which come back."""
        return self.drawing.out("figure", ax)

    def csv(self, path: str | Path | None = None) -> str:
        """The table as CSV text (UTF-8, point as decimal mark), written to ``path`` if one is given."""
        text = frame_csv(self.table, bom=False, line_end="\n", float_format="%.10g")
        if path is not None:
            files.write(path, text)
        return text

    def png(self, path: str | Path | None = None) -> bytes:
        picture = self.drawing.png()
        if path is not None:
            files.write(path, picture)
        return picture

    def table_html(self, most: int = 80) -> str:
        """The table for reading: names instead of slugs, numbers in the language."""
        say = lambda v: self.labels.get(str(v), str(v))  # noqa: E731
        head = "".join(f'<th scope="col"{_right(self.table[c])}>{html.escape(say(c))}</th>' for c in self.table.columns)
        body = []
        whole = {c for c in self.table.columns if c in ("year", "n", "rank") or str(c).startswith(("rank", "moved"))}
        for row in self.table.head(most).to_dict("records"):
            cells = []
            for c, v in row.items():
                if isinstance(v, str):
                    cells.append(f"<td>{html.escape(say(v))}</td>")
                else:
                    text = wording.NONE if wording.missing(v) else str(int(v)) if c == "year" else wording.number(
                        v, self.lang, 0 if c in whole else self.decimals)
                    cells.append(f'<td class="n">{text}</td>')
            body.append(f"<tr>{''.join(cells)}</tr>")
        more = len(self.table) - most
        rest = f"<p>… +{more}</p>" if more > 0 else ""
        return (f'<div class="gov-scroll" tabindex="0"><table class="gov-table"><caption>{html.escape(self.measure)}</caption>'
                f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>{rest}")

    def _repr_html_(self) -> str:
        note = f'<p class="gov-note">{html.escape(self.note)}</p>' if self.note else ""
        return (f'<figure style="margin:0;max-width:760px;background:#fff;color:#1b2128"><figcaption>'  # a dark Lab's too
                f'<strong>{html.escape(self.title)}</strong><br><small>{html.escape(self.measure)}</small></figcaption>{self.svg}{note}'
                f"<details><summary>{phrase('views.table', self.lang)}"
                f"</summary>{self.table_html()}</details></figure>")


def _right(column: pd.Series) -> str:
    return "" if column.dtype == object or str(column.dtype) in ("str", "string") else ' class="n"'


@lru_cache(maxsize=512)
def place_name(place: str, lang: str = "vi") -> str:
    """Name of a province, a region or the nation."""
    if place == NATION:
        return phrase("views.national_median", lang)
    if place in provinces.regions():
        return provinces.regions()[place][lang != "vi"]
    return provinces.name(place, lang)


def resolve_places(spec: str | Iterable[str] | None) -> tuple[str, ...]:
    """Slugs of provinces and regions in any spelling, and ``nation``.

    Raises
    ------
    UnknownName : nothing is called so, with the nearest.
    BadInput : one of two units of a slug (``bac-ninh-2025``): a view holds both, and its lines break between them.

    >>> resolve_places(["Bắc Ninh", "Đồng bằng sông Hồng", "nation"])
    ('bac-ninh', 'red-river-delta', 'nation')
    """
    items = list(spec or ()) if spec is None or isinstance(spec, Iterable) and not isinstance(spec, str) else [spec]
    return tuple(dict.fromkeys(i if i == NATION else _slug(i) for i in items))


def _slug(place: str) -> str:
    units = provinces.expand_units([place])
    if region := _regions().get(frozenset(unit.unit for unit in units)):
        return region
    slug = provinces.resolve(place)
    if units and units != provinces.expand_units([slug]):
        raise BadInput("a view holds both units of a name, and its lines break between them", column="places", value=place,
                       fix=f"write it as {slug}")
    return slug


@lru_cache(maxsize=1)
def _regions() -> dict[frozenset[str], str]:
    """The units of a region → its slug: names of regions are known to :func:`govlib.known.provinces.expand_units` alone."""
    return {frozenset(unit.unit for unit in provinces.expand_units([region])): region for region in provinces.regions()}


def series(place: str, index_id: str, component: str) -> pd.Series:
    """Scores of a place by year: a province's own, as published; the median of a region or the nation, of what publishers stand by,
    where nine in ten are published."""
    return _series(panel_board(), place, index_id, component)


@lru_cache(maxsize=4096)
def _series(on: Board, place: str, index_id: str, component: str) -> pd.Series:
    own = place not in (NATION, *provinces.regions())
    m = on.matrix(index_id, component) if own else on.stood_by(index_id, component)
    if m.empty:
        return pd.Series(dtype=float)
    if own:
        return m[place].dropna() if place in m.columns else pd.Series(dtype=float)
    members = list(m.columns) if place == NATION else [p for p in provinces.expand(place) if p in m.columns]
    x = m[members].to_numpy()
    counts = np.isfinite(x).sum(axis=1)
    full = [on.is_full(index_id, component, int(y)) if place == NATION else n > 0 and n >= FULL * _size(place, int(y))
            for y, n in zip(m.index, counts, strict=True)]
    return pd.Series({int(y): float(np.nanmedian(row)) for y, row, whole in zip(m.index, x, full, strict=True) if whole},
                     dtype=float)


@lru_cache(maxsize=512)
def _size(region: str, year: int) -> int:
    return len(provinces.expand(region, year))


def full_years(index_id: str, component: str) -> list[int]:
    on = panel_board()
    return [y for y in on.editions(index_id, component) if on.is_full(index_id, component, y)]


def components(index_id: str) -> list[str]:
    """``overall`` and the components that the panel holds, in printed order."""
    on = panel_board()
    return [c for c in ["overall", "overall_fixed_weights", *indices.component_ids(index_id)] if on.has(index_id, c)]


def province_options(lang: str, year: int = 2024) -> list[tuple[str, str]]:
    """(name, slug) of an edition's provinces, by name, for a drop-down."""
    return sorted(((place_name(p, lang), p) for p in provinces.province_set(year)), key=lambda o: fold(o[0]))


def check(index: str, component: str) -> tuple[str, str]:
    """The ids of an index and of a component that the panel holds, typed as in any question (:mod:`govlib.known.names`)."""
    index_id = names.index(index)
    try:
        indices.name(index_id, component)
    except UnknownName:
        component = names.component(component, [index_id])  # raises with the nearest
    if not panel_board().has(index_id, component):
        raise MissingData(f"{index_id} {component}", "make panel (or choose another component)")
    return index_id, component


def span(index_id: str, component: str, first: int | None, last: int | None) -> tuple[int, int]:
    years = panel_board().editions(index_id, component)
    if not years:
        raise NotEstimable(f"{index_id} {component} has no published score")
    first, last = (end if year is None else whole(name, int(year) if str(year).isdecimal() else year, "write 2024")
                   for name, year, end in (("first", first, years[0]), ("last", last, years[-1])))
    if first > last:
        raise BadInput("the years run backwards", column="first, last", value=(first, last), fix=f"write {last}, {first}")
    return first, last


def decimals(index_id: str) -> int:
    return 3 if index_id in ("dti", "ict") else 2


def short_name(index_id: str, lang: str) -> str:
    return getattr(indices.index(index_id), f"short_{lang}")


def name_of(index_id: str, component: str, lang: str) -> str:
    name = indices.name(index_id, component, lang)
    return name if component == "overall" else f"{short_name(index_id, lang)} · {name}"


def measured(index_id: str, component: str, lang: str, first: int, last: int) -> str:
    """Name, unit, scale and years: of a total that was summed from fewer dimensions before, each of its scales with its years."""
    scales: dict[tuple[str, str], list[int]] = {}
    unit, n = indices.scale(index_id, component, last)[2], lambda v: wording.number(v, lang, None)
    for year in [y for y in panel_board().editions(index_id, component) if first <= y <= last] or [last]:
        low, high, unit = indices.scale(index_id, component, year)
        if high is not None:
            scales.setdefault((n(low), n(high)), []).append(year)
    told = [f"{low}–{high}" + (f" ({spans(years)})" if len(scales) > 1 else "") for (low, high), years in scales.items()]
    span = f"{first}" if first == last else f"{first}–{last}"
    of = phrase("views.scale", lang, scale="; ".join(told)) if told else ""
    words = {"points": phrase("views.points", lang), "percent": "%", "%": "%"}
    return f"{name_of(index_id, component, lang)}, {words.get(unit, unit)}{of}, {span}"


def listed(items: Iterable[str]) -> str:
    return "[" + ", ".join(f'"{i}"' for i in items) + "]"


def in_language(lang: str) -> str:
    return "" if lang == "vi" else ', lang="en"'


def labels_of(chosen: Iterable[str], lang: str, **more: tuple[str, str]) -> dict[str, str]:
    words = {p: place_name(p, lang) for p in chosen}
    words |= {"year": phrase("views.year", lang), "province": phrase("views.province", lang), "n": "n"}
    return words | {k: v[lang != "vi"] for k, v in more.items()}


def sources_of(index_id: str, component: str, first: int, last: int) -> tuple[str, ...]:
    cited = _cited(panel_board()).get((index_id, component), ())
    return tuple(sorted({s for year, text in cited if first <= year <= last for s in text.split(";") if s}))


@lru_cache(maxsize=1)
def _cited(_: Board) -> dict[tuple[str, str], set[tuple[int, str]]]:
    """Years and sources by index and component, read off the panel once."""
    rows = data.shared("scores.parquet")[["index_id", "component", "year", "source"]].dropna()
    out: dict[tuple[str, str], set[tuple[int, str]]] = {}
    for index_id, component, year, source in zip(*(rows[c].tolist() for c in rows), strict=True):
        out.setdefault((index_id, component), set()).add((year, source))
    return out
