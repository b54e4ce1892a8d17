"""A map of the provinces of one year, where place matters.

The boundaries, and Hoàng Sa (with Đà Nẵng) and Trường Sa (with Khánh Hòa) in them, come from `govlib.known.boundaries`. The
archipelagos lie far out at sea: each is drawn in its place, its islands marked by a dot each where they are too small to be seen.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from govlib.errors import BadInput, MissingData
from govlib.known import indices, names, provinces
from govlib.known.boundaries import ARCHIPELAGOS, boundaries
from govlib.publish.charts import tiles
from govlib.publish.charts.canvas import COLOURS, INK, MUTED, Canvas
from govlib.reading import comparisons, questions
from govlib.reading.board import panel_board
from govlib.text import spans
from govlib.words import wording

__all__ = ["ARCHIPELAGOS", "boundaries", "draw", "map"]

STEPS = ("#eef4fa", "#b0cde6", "#6ba0cb", "#2f75ad", "#0c3f6b")


def draw(shapes: dict[str, Any], scores: pd.Series, province: str, lang: str = "vi", *, decimals: int = 2, height: float = 470.0,
         form: str = "figure"):
    """Provinces in five classes of equal count, the page's own outlined; no figure → white with an outline."""
    west, east, south, north = 102.0, 117.6, 6.7, 23.5
    per_degree = (height - 16) / (north - south)
    width = (east - west) * per_degree * 0.96 + 16
    c = Canvas(max(width, 440.0), height)

    def at(x: float, y: float) -> tuple[float, float]:
        return 8 + (x - west) * per_degree * 0.96, 8 + (north - y) * per_degree

    edges = np.quantile(scores.to_numpy(dtype=float), [0.2, 0.4, 0.6, 0.8]) if len(scores) else np.zeros(4)
    for slug, geometry in shapes.items():
        value = scores.get(slug)
        colour = "#ffffff" if value is None or value != value else STEPS[int(np.searchsorted(edges, value, side="right"))]
        for part in geometry.geoms:
            points = [at(x, y) for x, y in part.exterior.coords]
            c.polygon(points, colour, "#8a949e")
            if part.area < 0.002:
                c.mark(*at(part.centroid.x, part.centroid.y), MUTED, "o", 1.6)
    for part in shapes[province].geoms if province in shapes else ():
        if part.area >= 0.002:
            c.line([at(x, y) for x, y in part.exterior.coords], COLOURS["peer"], 2.2)
    if province in shapes:
        biggest = max(shapes[province].geoms, key=lambda g: g.area)
        x, y = at(biggest.centroid.x, biggest.centroid.y)
        c.line([(x, y), (x + 62, y - 16)], COLOURS["peer"], 1.0)
        c.word(x + 65, y - 17, provinces.name(province, lang), COLOURS["peer"], bold=True)
    for _, name, _, (w, e, s, n) in ARCHIPELAGOS:
        x, y = at((w + e) / 2, s if name == "Hoàng Sa" else (s + n) / 2)
        c.word(x, y + 10, name if lang == "vi" else f"{name} Archipelago", INK, size=9.5, ha="center")
    top, left = 20.0, c.width - 116
    if len(scores):
        bounds = [float(scores.min()), *edges.tolist(), float(scores.max())]
        for k, colour in enumerate(STEPS):
            c.box(left, top + k * 15, 14, 12, colour)
            c.word(left + 19, top + k * 15 + 6, "–".join(wording.number(bound, lang, decimals) for bound in bounds[k:k + 2]),
                   MUTED, size=9.5)
    return c.out(form)


def map(index: str = "pci", year: int | None = None, province: str | None = None, lang: str = "vi"):  # the name people look for
    """A figure of the country in one edition (the newest with ranks): scores on the boundaries where ``make pull`` fetched them,
    else each province's rank on a map of equal tiles, which needs nothing fetched. ``province``: the one to frame.

    Raises UnknownName for a name, or a province that is none of that edition; BadInput where no rank of the edition is held, for a
    year that is no whole number, or a language that is none.

    >>> import govlib
    >>> figure = govlib.map("papi", 2023, "bac-ninh", "en")
    >>> type(figure).__name__
    'Figure'
    """
    wording.check_language(lang)
    board = panel_board()
    index_id = names.index(index)
    year = None if year is None else questions.whole("year", year, "write 2024")
    years = [y for y in indices.editions(index_id) if comparisons.ranks(board, index_id, y)] if year is None else [year]
    if not years or not (ranks := comparisons.ranks(board, index_id, years[-1])):
        raise BadInput(f"{index_id}: no rank held", column="year", value=year, fix=f"editions: {spans(board.editions(index_id))}")
    year = years[-1]
    marked = None if province is None else provinces.resolve(province, year)
    try:
        shapes = boundaries(year)
    except MissingData:
        of = board.of(index_id, "overall", year)
        return tiles.draw(pd.DataFrame([(f"{index_id} {year}", p, year, r, of) for p, r in ranks.items()],
                                       columns=["map", "province", "year", "rank", "of"]), lang, province=marked)
    return draw(shapes, board.matrix(index_id, "overall").loc[year].dropna(), marked or "", lang)
