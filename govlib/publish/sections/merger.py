"""The merger of 2025."""

from __future__ import annotations

import numpy as np
import pandas as pd

from govlib.errors import MissingData, UnknownName
from govlib.known import indices, provinces
from govlib.panel import data
from govlib.publish import show
from govlib.publish.sections.base import Context, frame, once
from govlib.publish.sections.findings import CARDS
from govlib.reading import beside, comparisons
from govlib.words import wording
from govlib.words.wording import number

LAST = 2024  # the last edition of the 63 provinces


@once
def predecessors(page: Context) -> dict[str, float]:
    """Slugs of the units that this one was formed from and their populations (thousands); empty where it is not new."""
    unit = provinces.get(page.province, page.year)
    parts = [provinces.get(u) for u in unit.predecessors]
    if len(parts) < 2 or page.year < 2025:
        return {}
    try:
        p = data.controls("population", [x.slug for x in parts], wide=False)
    except (MissingData, UnknownName):
        return {x.slug: float("nan") for x in parts}
    p = p[p["year"] <= 2024].sort_values("year").drop_duplicates("province", keep="last").set_index("province")["value"]
    return {x.slug: float(p.get(x.slug, np.nan)) for x in parts}


def part_name(page: Context, slug: str) -> str:
    """A predecessor's name; marked where the new province bears it too."""
    name = provinces.name(slug, page.lang, LAST)
    return page.label("merger.former", name=name) if slug == page.province else name


def _cast(page: Context, row: pd.Series, index_id: str, year: int) -> show.Html:
    """The back-cast with its interval."""
    if row["back_cast"] != row["back_cast"]:
        return show.Html("–")
    mean, low, high = (page.ours(row[what], f"{what} {index_id}/overall {page.province} {year}", page.decimals(index_id))
                       for what in beside.BACK_CAST)
    return show.together("{a} ({low}–{high})", a=mean, low=low, high=high) if row["back_cast_low"] == row["back_cast_low"] else mean


def merger_tables(page: Context, last: int | None = None) -> list[dict]:
    """The predecessors beside each other and the labelled back-cast, for PCI and PAPI; empty where there was no merger.
    ``last``: only so many editions."""
    parts = predecessors(page)
    out = []
    for index_id in ("pci", "papi") if parts else ():
        back = beside.back_cast(page.board, index_id, "overall", parts, LAST)
        if back.empty:
            continue
        rows = []
        for year, r in back.tail(last or len(back)).iterrows():
            row = {page.label("col.edition"): str(year)}
            for slug in parts:
                cell = page.board.cell(index_id, "overall", slug, int(year))
                row[part_name(page, slug)] = page.num(cell) if cell and cell.score is not None else "–"
            rows.append(row | ({page.label("col.backcast"): _cast(page, r, index_id, int(year))} if _weighed(parts) else {}))
        out.append({"df": frame(rows), "lang": page.lang, "name": f"backcast-{index_id}-{page.province}" + "-short" * bool(last),
                    "caption": page.label("merger.before_merger_provinces_that", short=page.short(index_id),
                                          place=page.place()),
                    "note": _weights(page, parts), "source": page.source_line(index_id, None)})
    return out


def _weighed(parts: dict[str, float]) -> bool:
    return all(v == v for v in parts.values())


def _weights(page: Context, parts: dict[str, float]) -> str:
    if not _weighed(parts):
        return page.label("note.backcast_unknown")
    told = [f"{part_name(page, s)} {number(v, page.lang, 1)}" for s, v in parts.items()]
    return page.label("note.backcast", weights=wording.joined(told, page.lang))


def parts_table(page: Context) -> dict | None:
    """The five indices of the predecessors in the newest edition that has all of them (else any); None without a merger."""
    parts = predecessors(page)
    rows = []
    for index_id in CARDS if parts else ():
        board = page.board
        held = {y: [board.cell(index_id, "overall", slug, y) for slug in parts] for y in indices.editions(index_id) if y <= LAST}
        scored = {y: sum(c is not None and c.score is not None for c in cells) for y, cells in held.items()}
        if not any(scored.values()):
            continue
        year = max(scored, key=lambda y: (scored[y] == len(parts), scored[y] > 0, y))
        row: dict[str, object] = {page.label("col.index"): f"{page.short(index_id)} {year}"}
        for slug in parts:
            row[part_name(page, slug)] = _placed(page, index_id, slug, year)
        if _weighed(parts):
            back = beside.back_cast(board, index_id, "overall", parts, LAST)
            row[page.label("col.backcast")] = _cast(page, back.loc[year], index_id, year)
        rows.append(row)
    return {"df": frame(rows), "lang": page.lang, "name": f"predecessors-{page.province}",
            "caption": page.label("merger.parts", place=page.place()), "source": page.five_sources(LAST),
            "note": _weights(page, parts)} if rows else None


def _placed(page: Context, index_id: str, slug: str, year: int) -> object:
    """A predecessor's score with its place, as printed or else computed."""
    cell = page.board.cell(index_id, "overall", slug, year)
    if cell is None or cell.score is None:
        return "–"
    place = comparisons.place(page.board, index_id, "overall", slug, year)
    if place is None or (cell.rank is None and place.rank is None):
        return page.num(cell)
    rank = page.num(cell, what="rank") if cell.rank is not None else page.ours(
        place.rank, f"rank {index_id}/overall {slug} {year}", 0)
    return show.together("{s} ({r}/{n})", s=page.num(cell), r=rank, n=place.of)
