"""Components by year: one coloured cell a figure, its number inside; a column stays empty where nothing was published."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from govlib import wording
from govlib.charts._canvas import MUTED, WIDTH, Canvas, cut, margin
from govlib.charts._frames import rows, spread_out

# light to dark in one hue (lightness falls evenly, so it also works in grey), with the ink that reads on each at 4.5:1
STEPS = (("#eef4fa", "#16212c"), ("#d3e3f2", "#16212c"), ("#b0cde6", "#16212c"), ("#86b2d6", "#16212c"),
         ("#2f75ad", "#ffffff"), ("#1c5a8e", "#ffffff"), ("#0c3f6b", "#ffffff"))


def draw(df: pd.DataFrame, lang: str = "vi", *, decimals: int = 1, low: float | None = None, high: float | None = None,
         breaks: Iterable[int] = (), years: Iterable[int] = (), cell: float = 19.0, form: str = "figure", ax=None):
    """``df``: row (label), column (year), value. Seven equal steps from ``low`` to ``high`` (default: of the values).
    ``years``: columns to keep although they hold no value."""
    filled = rows(df, "row", "column", "value")
    if not filled:
        raise ValueError("nothing to draw: no value in the frame")
    names, columns = list(dict.fromkeys(df["row"].tolist())), sorted({r[1] for r in filled} | set(years))
    low = float(min(r[2] for r in filled)) if low is None else low
    high = float(max(r[2] for r in filled)) if high is None else high
    label = margin(names, high=205.0, size=10)
    width = min(46.0, (WIDTH - label - 4) / len(columns))
    c = Canvas(WIDTH, len(names) * cell + 48)
    size = 9.5 if width >= 22 else 8.5
    for j, column in enumerate(columns):
        text = str(column) if width >= 24 else f"’{int(column) % 100:02d}"
        c.word(label + (j + 0.5) * width, 10, text, MUTED, size=size, ha="center")
        if not any(r[1] == column for r in filled):
            c.word(label + (j + 0.5) * width, 20 + len(names) * cell / 2, "–", MUTED, size=size, ha="center")
    for i, row in enumerate(names):
        c.word(0, 20 + (i + 0.5) * cell, cut(row, label - 6, 10), size=10)
    at = {r: i for i, r in enumerate(names)}
    across = {k: j for j, k in enumerate(columns)}
    for row, column, value in filled:
        step = 0 if high <= low else min(len(STEPS) - 1, max(0, int((value - low) / (high - low) * len(STEPS))))
        x, y = label + across[column] * width, 20 + at[row] * cell
        c.box(x + 0.5, y + 0.5, width - 1, cell - 1, STEPS[step][0])
        c.word(x + width / 2, y + cell / 2, wording.number(value, lang, decimals), STEPS[step][1], size=size, ha="center")
    for b in breaks:
        if columns[0] < b <= columns[-1]:
            j = sum(1 for k in columns if k < b)
            c.line([(label + j * width, 4), (label + j * width, 20 + len(names) * cell)], MUTED, 1.2)
    y = 20 + len(names) * cell + 14
    c.word(label, y, wording.number(low, lang, decimals), MUTED, size=9)
    for k, (colour, _) in enumerate(STEPS):
        c.box(label + 28 + k * 16, y - 5, 16, 10, colour)
    c.word(label + 32 + len(STEPS) * 16, y, wording.number(high, lang, decimals), MUTED, size=9)
    return c.out(form, ax)


def alt(df: pd.DataFrame, lang: str = "vi", *, what: str, decimals: int = 1) -> str:
    """The strongest and weakest row of the newest column, and the span of years."""
    filled = rows(df, "row", "column", "value")
    newest = max(r[1] for r in filled)
    last = sorted((r for r in filled if r[1] == newest), key=lambda r: r[2])
    lowest, highest = ({"row": r[0], "value": r[2]} for r in (last[0], last[-1]))
    n = lambda v: wording.number(v, lang, decimals)  # noqa: E731
    span = f"{min(r[1] for r in filled)}–{newest}"
    return wording.pick(
        lang, f"Bảng màu, {what}, {span}. Năm {newest}: cao nhất {highest['row']} ({n(highest['value'])}), "
              f"thấp nhất {lowest['row']} ({n(lowest['value'])}).",
        f"Heatmap, {what}, {span}. In {newest}: highest {highest['row']} ({n(highest['value'])}), "
        f"lowest {lowest['row']} ({n(lowest['value'])}).")


def table(df: pd.DataFrame, lang: str = "vi", years: Iterable[int] = ()) -> pd.DataFrame:
    out = spread_out(rows(df, "row", "column", "value"), [0], 1, [wording.pick(lang, "Thành phần", "Component")])
    first, *held = out.columns
    return out.reindex(columns=[first, *sorted({*held, *map(type(held[0]), years)})]) if held else out
