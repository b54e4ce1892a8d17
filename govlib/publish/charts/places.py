"""The place in the nation over the years, one row an index: each cell a rank, darker the nearer to the first, so that it reads in
grey too; a rule before a cell where ranks do not join those before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from govlib.publish.charts.canvas import INK, LINE, MUTED, NARROW, RULE, WIDTH, Canvas
from govlib.words.tables import phrase

# the quarters of the field from the first to the last, with the ink that reads on each at 4.5:1
QUARTERS = (("#0c3f6b", "#ffffff"), ("#2f75ad", "#ffffff"), ("#b0cde6", "#16212c"), ("#eef4fa", "#16212c"))
HEIGHT = 26.0


def draw(df: pd.DataFrame, lang: str = "vi", *, breaks: Mapping[str, Sequence[int]], years: Sequence[int],
         narrow: bool = False, form: str = "figure", ax=None):
    """``df``: row (index), year, rank (None: behind the printed ones), of. ``breaks``: years by row; ``years``: the columns.

    >>> frame = pd.DataFrame({"row": "PCI", "year": [2018, 2019], "rank": [15, 4], "of": 63})
    >>> draw(frame, "en", breaks={}, years=(2018, 2019), form="svg")[:4]
    '<svg'
    """
    years = list(years)[-8:] if narrow else list(years)
    sheet, label = (NARROW, 50.0) if narrow else (WIDTH, 82.0)
    names, width = list(dict.fromkeys(df["row"])), (sheet - label - 2) / len(years)
    c = Canvas(sheet, 22 + len(names) * HEIGHT + (34 if narrow else 20))
    for j, year in enumerate(years):
        c.word(label + (j + 0.5) * width, 10, str(year) if width > 26 else f"’{year % 100:02d}", MUTED, size=9.5, ha="center")
    held = {(r.row, int(r.year)): r for r in df.itertuples()}
    size = 11.0 if width > 26 else 9.5
    for i, name in enumerate(names):
        top = 20 + i * HEIGHT
        c.word(0, top + HEIGHT / 2, name, INK, size=10 if narrow else 11, bold=True)
        for j, year in enumerate(years):
            x, cell = label + j * width, held.get((name, year))
            if cell is not None:
                _cell(c, cell, x, top, width, size)
            if year in breaks.get(name, ()):
                c.line([(x, top - 1), (x, top + HEIGHT - 1)], INK, 1.6)
    _legend(c, lang, label, 20 + len(names) * HEIGHT + 9, narrow)
    return c.out(form, ax)


def _cell(c: Canvas, cell, x: float, top: float, width: float, size: float) -> None:
    behind = cell.rank is None or cell.rank != cell.rank
    ink, x0, x1, y1 = INK, x + 1, x + width - 1, top + HEIGHT - 2
    if behind:  # of which quarter is not known
        c.line([(x0, top), (x1, top), (x1, y1), (x0, y1), (x0, top)], RULE, 0.8)
    else:
        fill, ink = QUARTERS[min(3, int(4 * (cell.rank - 1) / cell.of))]
        c.box(x0, top, width - 2, HEIGHT - 2, fill)
    text = f">{int(cell.of)}" if behind else str(int(cell.rank))
    c.word(x + width / 2, top + HEIGHT / 2 - 1, text, ink, size=size, ha="center", bold=not behind)


def _legend(c: Canvas, lang: str, x: float, y: float, narrow: bool) -> None:
    if narrow:
        x = 0.0
    for k, (fill, _) in enumerate(QUARTERS):
        c.box(x + 12 * k, y - 5, 11, 10, fill)
        c.line([(x + 12 * k, y + 5), (x + 12 * k + 11, y + 5)], RULE, 0.6)
    c.word(x + 53, y, phrase("chart_places.quarters_short" if narrow else "chart_places.quarters", lang), MUTED, size=9.5)
    at = (0.0, y + 13 * LINE) if narrow else (x + 280, y)
    c.line([(at[0] + 3, at[1] - 6), (at[0] + 3, at[1] + 6)], INK, 1.6)
    c.word(at[0] + 10, at[1], phrase("chart_places.rule", lang), MUTED, size=9.5)


def alt(df: pd.DataFrame, lang: str, *, what: str) -> str:
    """Each index with its first and newest rank."""
    told = []
    for name, rows in df.groupby("row", sort=False):
        told.append(f"{name}: " + ", ".join(f"{int(r.year)} " + (f">{int(r.of)}" if r.rank is None or r.rank != r.rank
                                                                 else f"{int(r.rank)}/{int(r.of)}") for r in rows.itertuples()))
    return phrase("chart_places.ranks_by_year", lang, what=what) + "; ".join(told) + "."


def table(df: pd.DataFrame, lang: str, shown: str = "shown") -> pd.DataFrame:
    """One row a year, one column an index; ranks with their source."""
    out = df.pivot(index="year", columns="row", values=shown).reindex(columns=list(dict.fromkeys(df["row"])))
    return out.astype(object).where(out.notna(), None).rename_axis(phrase("chart_trend.year", lang)).reset_index()
