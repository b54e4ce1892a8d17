"""Components by year: one coloured cell a figure, its number inside, nothing where nothing was published."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from govlib import wording
from govlib.charts._canvas import MUTED, WIDTH, Canvas, cut, margin

# light to dark in one hue (lightness falls evenly, so it also works in grey), with the ink that reads on each at 4.5:1
STEPS = (("#eef4fa", "#16212c"), ("#d3e3f2", "#16212c"), ("#b0cde6", "#16212c"), ("#86b2d6", "#16212c"),
         ("#2f75ad", "#ffffff"), ("#1c5a8e", "#ffffff"), ("#0c3f6b", "#ffffff"))


def draw(df: pd.DataFrame, lang: str = "vi", *, decimals: int = 1, low: float | None = None, high: float | None = None,
         breaks: Iterable[int] = (), cell: float = 21.0, form: str = "figure"):
    """``df``: row (label), column (year), value. Seven equal steps from ``low`` to ``high`` (default: of the values)."""
    filled = df.dropna(subset=["value"])
    if filled.empty:
        raise ValueError("nothing to draw: no value in the frame")
    rows, columns = list(dict.fromkeys(df["row"])), sorted(set(filled["column"]))
    low = float(filled["value"].min()) if low is None else low
    high = float(filled["value"].max()) if high is None else high
    label = margin(rows, high=205.0, size=10)
    width = min(46.0, (WIDTH - label - 4) / len(columns))
    c = Canvas(WIDTH, len(rows) * cell + 48)
    size = 9.5 if width >= 22 else 8.5
    for j, column in enumerate(columns):
        text = str(column) if width >= 24 else f"’{int(column) % 100:02d}"
        c.word(label + (j + 0.5) * width, 10, text, MUTED, size=size, ha="center")
    for i, row in enumerate(rows):
        c.word(0, 20 + (i + 0.5) * cell, cut(row, label - 6, 10), size=10)
    at = {r: i for i, r in enumerate(rows)}
    for r in filled.itertuples():
        step = 0 if high <= low else min(len(STEPS) - 1, max(0, int((r.value - low) / (high - low) * len(STEPS))))
        x, y = label + columns.index(r.column) * width, 20 + at[r.row] * cell
        c.box(x + 0.5, y + 0.5, width - 1, cell - 1, STEPS[step][0])
        c.word(x + width / 2, y + cell / 2, wording.number(r.value, lang, decimals), STEPS[step][1], size=size, ha="center")
    for b in breaks:
        if columns[0] < b <= columns[-1]:
            j = sum(1 for k in columns if k < b)
            c.line([(label + j * width, 4), (label + j * width, 20 + len(rows) * cell)], MUTED, 1.2)
    y = 20 + len(rows) * cell + 14
    c.word(label, y, wording.number(low, lang, decimals), MUTED, size=9)
    for k, (colour, _) in enumerate(STEPS):
        c.box(label + 28 + k * 16, y - 5, 16, 10, colour)
    c.word(label + 32 + len(STEPS) * 16, y, wording.number(high, lang, decimals), MUTED, size=9)
    return c.out(form)


def alt(df: pd.DataFrame, lang: str = "vi", *, what: str, decimals: int = 1) -> str:
    """The strongest and weakest row of the newest column, and the span of years."""
    filled = df.dropna(subset=["value"])
    last = filled[filled["column"] == filled["column"].max()].sort_values("value")
    lowest, highest = last.iloc[0], last.iloc[-1]
    n = lambda v: wording.number(v, lang, decimals)  # noqa: E731
    span = f"{filled['column'].min()}–{filled['column'].max()}"
    return wording.pick(
        lang, f"Bảng màu, {what}, {span}. Năm {last['column'].iloc[0]}: cao nhất {highest['row']} ({n(highest['value'])}), "
              f"thấp nhất {lowest['row']} ({n(lowest['value'])}).",
        f"Heatmap, {what}, {span}. In {last['column'].iloc[0]}: highest {highest['row']} ({n(highest['value'])}), "
        f"lowest {lowest['row']} ({n(lowest['value'])}).")


def table(df: pd.DataFrame, lang: str = "vi") -> pd.DataFrame:
    out = df.dropna(subset=["value"]).pivot_table(index="row", columns="column", values="value", sort=False)
    out = out[sorted(out.columns)].reset_index()
    out.columns = [wording.pick(lang, "Thành phần", "Component"), *(str(c) for c in out.columns[1:])]
    return out
