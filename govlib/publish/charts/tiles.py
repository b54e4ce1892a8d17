"""A map of equal tiles: every province a square near its place, its rank in the nation printed in it, so that a small one is seen
as well as a large one, in grey too. One map with names, or several small ones with ranks only.

Darker: the nearer to the first. A dash: no rank. A frame around a tile: the page's province. Hoàng Sa and Trường
Sa stand at sea, each with the unit it belongs to.
"""

from __future__ import annotations

import pandas as pd

from govlib.known import provinces
from govlib.known.tiles import AT_SEA, of_year, short
from govlib.publish.charts.canvas import INK, MUTED, NARROW, RULE, WIDTH, Canvas, cut, wide, wrapped
from govlib.publish.charts.places import QUARTERS
from govlib.words.tables import phrase

ISLANDS = ((-9, -4), (-3, 3), (2, -6), (8, 1), (5, 6), (-7, 6))  # an archipelago's dots around its place
LEGEND = 34.0
NAME = 9.0  # points; on a phone 12 px


def draw(df: pd.DataFrame, lang: str = "vi", *, province: str | None = None, narrow: bool = False, form: str = "figure", ax=None):
    """``df``: map (its title), province, year, rank, of; maps in their order, the arrangement the year's.

    >>> frame = pd.DataFrame({"map": "A", "province": ["bac-ninh", "ha-noi"], "year": 2024, "rank": [1, 2], "of": 63})
    >>> draw(frame, "en", form="svg")[:4]
    '<svg'
    """
    maps = list(dict.fromkeys(df["map"]))
    if not maps:
        raise ValueError("nothing to draw: no map in the frame")
    sheet, named = NARROW if narrow else WIDTH, len(maps) == 1
    beside = 1 if named else 2 if narrow else min(4, len(maps))
    width = (sheet - 10 * (beside - 1)) / beside
    tall = (38.0 if narrow else 26.0) if named else 14.0
    parts = {m: df[df["map"] == m] for m in maps}
    rows = max(max(r for r, _ in of_year(int(p["year"].iloc[0])).values()) for p in parts.values()) + 1
    head = 4.0 if named else 20.0
    each = head + rows * tall + (4 if named else 26)
    c = Canvas(sheet, each * -(-len(maps) // beside) + LEGEND)
    for k, (title, part) in enumerate(parts.items()):
        left, top = (k % beside) * (width + 10), (k // beside) * each
        if not named:
            c.word(left, top + 9, cut(title, width), INK, bold=True)
        _map(c, part, lang, (left, top + head), (width, tall), province, named)
    _legend(c, lang, c.height - LEGEND + 10, narrow)
    return c.out(form, ax)


def _map(c: Canvas, part: pd.DataFrame, lang: str, corner: tuple[float, float], size: tuple[float, float], province: str | None,
         named: bool) -> None:
    year = int(part["year"].iloc[0])
    places = of_year(year)
    across = max(col for _, col in places.values()) + 1
    width, tall = size[0] / across, size[1]
    ranks = {r.province: r for r in part.itertuples()}
    for slug, (row, col) in places.items():
        x, y = corner[0] + col * width, corner[1] + row * tall
        if slug in AT_SEA:
            _archipelago(c, slug, lang, year, (x + width / 2, y + tall / 2, corner[0] + size[0]), named, width < 50)
            continue
        gap = (3.2 if named else 2.4) if slug == province else 1.5 if named else 0.7  # white between the tile and its frame
        box = (x + gap, y + gap, width - 2 * gap, tall - 2 * gap)
        r = ranks.get(slug)
        fill, ink = QUARTERS[min(3, int(4 * (r.rank - 1) / r.of))] if r is not None else ("none", INK)
        c.polygon([(box[0], box[1]), (box[0] + box[2], box[1]), (box[0] + box[2], box[1] + box[3]), (box[0], box[1] + box[3])],
                  fill, "#8a949e")
        if slug == province:
            c.line([(x, y), (x + width, y), (x + width, y + tall), (x, y + tall), (x, y - 1)], INK, 2.2 if named else 1.8)
        text = "–" if r is None else str(int(r.rank))
        if named:
            _named(c, short(slug, lang, year), text, ink, box)
        else:
            c.word(x + width / 2, y + tall / 2, text, ink, size=9.0, ha="center", bold=slug == province)


def _named(c: Canvas, name: str, rank: str, ink: str, box: tuple[float, float, float, float]) -> None:
    """Name to the left and rank to the right; where the tile is narrow, the rank under the name."""
    x, y, width, tall = box
    if width > 50:
        c.block(x + 2.5, y + tall / 2, wrapped(name, width - 22, NAME), ink, size=NAME)
        c.word(x + width - 2.5, y + tall / 2, rank, ink, size=11.5, ha="right", bold=True)
        return
    longest = max(wide(word, NAME) for word in name.split())
    lines = wrapped(name, max(width, longest), NAME)
    size = min(NAME, NAME * (width + 1.6) / longest)  # a word that is wider than the tile: Nguyên
    c.block(x + width / 2, y + 11, lines, ink, size=size, ha="center")
    c.word(x + width / 2, y + tall - 7.5, rank, ink, size=11, ha="center", bold=True)


def _archipelago(c: Canvas, slug: str, lang: str, year: int, at: tuple[float, float, float], named: bool, small: bool) -> None:
    x, y, edge = at
    for dx, dy in ISLANDS:
        c.mark(min(x, edge - 9) + dx * 0.8, y + dy * 0.7, MUTED, "o", 2.2)
    lines = archipelago(slug, lang, year) if named else [phrase(f"chart_tiles.{slug}_short", lang)]
    if named and small:  # three short lines clear of the tiles
        lines = [*wrapped(lines[0], 58, NAME), lines[1]]
    for k, text in enumerate(lines):
        c.word(edge - 1, y + 12 + 10.5 * k, text, MUTED, size=NAME if named else NAME - 0.5, ha="right")


def archipelago(slug: str, lang: str, year: int) -> list[str]:
    """Its name and, in brackets, the unit that it belongs to."""
    unit = provinces.get(AT_SEA[slug], year)
    name = provinces.name(AT_SEA[slug], lang, year)
    return [phrase(f"chart_tiles.{slug}", lang), phrase(f"chart_tiles.of_{unit.kind}", lang, name=name)]


def _legend(c: Canvas, lang: str, y: float, narrow: bool) -> None:
    for k, (fill, _) in enumerate(QUARTERS):
        c.box(12 * k, y - 5, 11, 10, fill)
        c.line([(12 * k, y + 5), (12 * k + 11, y + 5)], RULE, 0.6)
    c.word(53, y, phrase("chart_places.quarters_short" if narrow else "chart_places.quarters", lang), MUTED, size=9.5)
    c.word(*((0.0, y + 15) if narrow else (290.0, y)), phrase("chart_tiles.no_rank", lang), MUTED, size=9.5)


def alt(df: pd.DataFrame, lang: str, *, what: str, province: str | None = None) -> str:
    """The first three and the page's province on every map."""
    told = []
    for title, part in df.groupby("map", sort=False):
        rows = sorted(part.itertuples(), key=lambda r: r.rank)
        name = lambda r: provinces.name(r.province, lang, int(r.year))  # noqa: E731
        said = [f"{name(r)} {int(r.rank)}" for r in rows[:3]]
        said += [f"{name(r)} {int(r.rank)}/{int(r.of)}" for r in rows[3:] if r.province == province]
        told.append(f"{title}: " + ", ".join(said))
    return phrase("chart_tiles.map", lang, what=what) + "; ".join(told) + "."


def table(df: pd.DataFrame, lang: str, shown: str = "shown") -> pd.DataFrame:
    """One row a province in the order of the first map's ranks, one column a map; ranks with their source."""
    maps = list(dict.fromkeys(df["map"]))
    held = {(r[0], r[1]): r[2] for r in df[["map", "province", shown]].itertuples(index=False)}
    slugs = dict.fromkeys(df.sort_values("rank", key=lambda v: v.astype(float) + 99 * df["map"].ne(maps[0]))["province"])
    year = int(df["year"].max())
    return pd.DataFrame([[provinces.name(s, lang, year), *(held.get((m, s), "–") for m in maps)] for s in slugs],
                        columns=[phrase("chart_slope.province", lang), *maps], dtype=object)
