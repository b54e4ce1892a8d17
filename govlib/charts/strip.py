"""Every province as a dot on each component's line: how far apart the country is. For the national page."""

from __future__ import annotations

import pandas as pd

from govlib import wording
from govlib.charts._canvas import COLOURS, MUTED, RULE, WIDTH, Canvas, margin, padded, scale, ticks, wide, wrapped


def draw(df: pd.DataFrame, lang: str = "vi", *, decimals: int = 2, row: float = 26.0, form: str = "figure", ax=None):
    """``df``: label, value (one row a component and province). Median as a bar, middle half as a band."""
    df = df.dropna(subset=["value"])
    if df.empty:
        raise ValueError("nothing to draw: no value in the frame")
    labels = list(dict.fromkeys(df["label"]))
    low, high = padded(df["value"], 0.03, 0.05)
    height, label = len(labels) * row + 30, margin(labels)
    x = scale(low, high, label, WIDTH - 46)
    c = Canvas(WIDTH, height)
    for t in ticks(low, high, 6):
        c.line([(x(t), 4), (x(t), height - 22)], RULE, 0.6)
        c.word(x(t), height - 10, wording.number(t, lang, None), MUTED, size=9.5, ha="center")
    for i, name in enumerate(labels):
        y, v = 6 + (i + 0.5) * row, df.loc[df["label"] == name, "value"]
        q1, q2, q3 = v.quantile([0.25, 0.5, 0.75])
        lines = [name] if wide(name) <= label - 8 else wrapped(name, label - 8)
        for n, line in enumerate(lines):
            c.word(0, y + 11 * (n - (len(lines) - 1) / 2), line)
        c.box(x(q1), y - 7, x(q3) - x(q1), 14, "#d9dee3")
        for value in v:
            c.mark(x(value), y, COLOURS["nation"], "|", 6)
        c.line([(x(q2), y - 9), (x(q2), y + 9)], COLOURS["province"], 2.4)
        c.word(WIDTH - 2, y, wording.number(q2, lang, decimals), COLOURS["province"], ha="right", bold=True)
    return c.out(form, ax)


def table(df: pd.DataFrame, lang: str = "vi") -> pd.DataFrame:
    g = df.dropna(subset=["value"]).groupby("label", sort=False)["value"]
    out = g.quantile([0.0, 0.25, 0.5, 0.75, 1.0]).unstack().loc[list(dict.fromkeys(df.dropna()["label"]))].reset_index()
    out.columns = wording.pick(lang, ["Thành phần", "Thấp nhất", "Tứ phân vị 1", "Trung vị", "Tứ phân vị 3", "Cao nhất"],
                               ["Component", "Lowest", "First quartile", "Median", "Third quartile", "Highest"])
    return out


def alt(df: pd.DataFrame, lang: str = "vi", *, what: str, decimals: int = 2) -> str:
    n = lambda v: wording.number(v, lang, decimals)  # noqa: E731
    told = [f"{r[0]} {n(r[3])} ({n(r[1])}–{n(r[5])})" for r in table(df, lang).itertuples(index=False, name=None)]
    return wording.pick(lang, f"Biểu đồ dải, {what}; trung vị (thấp nhất–cao nhất): ",
                        f"Strip chart, {what}; median (lowest–highest): ") + "; ".join(told) + "."
