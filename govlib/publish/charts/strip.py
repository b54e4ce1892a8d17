"""Every province as a dot on each component's line: how far apart the country is. For the national page."""

from __future__ import annotations

import pandas as pd

from govlib.publish.charts.canvas import (
    COLOURS,
    LINE,
    MUTED,
    NARROW,
    RULE,
    SIZE,
    WIDTH,
    Canvas,
    margin,
    padded,
    scale,
    tall,
    ticks,
    wrapped,
)
from govlib.words import wording
from govlib.words.tables import phrase


def draw(df: pd.DataFrame, lang: str = "vi", *, decimals: int = 2, narrow: bool = False, form: str = "figure", ax=None):
    """``df``: label, value (one row a component and province). Median as a bar, middle half as a band.

    ``narrow``: for a phone, labels above the lines.

    >>> frame = pd.DataFrame({"label": "A", "value": [4.0, 5.0, 6.0, 7.0]})
    >>> draw(frame, "en", form="svg")[:4]
    '<svg'
    """
    df = df.dropna(subset=["value"])
    if df.empty:
        raise ValueError("nothing to draw: no value in the frame")
    labels = list(dict.fromkeys(df["label"]))
    low, high = padded(df["value"], 0.03, 0.05)
    sheet = NARROW if narrow else WIDTH
    label = 4.0 if narrow else margin(labels)
    names = [wrapped(t, sheet - 52 if narrow else label - 8) for t in labels]
    heights = [len(n) * SIZE * LINE + 24 if narrow else tall(n, 26.0) for n in names]
    x = scale(low, high, label, sheet - (4 if narrow else 46))
    c = Canvas(sheet, sum(heights) + 30)
    steps = ticks(low, high, 4 if narrow else 6)
    for t in steps:
        if not narrow:
            c.line([(x(t), 4), (x(t), c.height - 22)], RULE, 0.6)
        c.word(x(t), c.height - 10, wording.number(t, lang, None), MUTED, size=9.5, ha="center")
    start = 6.0
    for name, lines, height in zip(labels, names, heights, strict=True):
        v = df.loc[df["label"] == name, "value"]
        q1, q2, q3 = v.quantile([0.25, 0.5, 0.75])
        head = start + len(lines) * SIZE * LINE / 2 if narrow else start + height / 2
        y = start + height - 12 if narrow else head
        start += height
        c.block(0, head, lines)
        for t in steps if narrow else ():  # beneath the label, not through it
            c.line([(x(t), y - 11), (x(t), y + 11)], RULE, 0.6)
        c.box(x(q1), y - 7, x(q3) - x(q1), 14, "#d9dee3")
        for value in v:
            c.mark(x(value), y, COLOURS["nation"], "|", 6)
        c.line([(x(q2), y - 9), (x(q2), y + 9)], COLOURS["province"], 2.4)
        c.word(sheet - 2, head, wording.number(q2, lang, decimals), COLOURS["province"], ha="right", bold=True)
    return c.out(form, ax)


HEADS = ("component", "lowest", "first_quartile", "median", "third_quartile", "highest")
QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)


def table(df: pd.DataFrame, lang: str = "vi") -> pd.DataFrame:
    """One row a component: lowest, quartiles, highest."""
    g = df.dropna(subset=["value"]).groupby("label", sort=False)["value"]
    out = g.quantile(list(QUANTILES)).unstack().loc[list(dict.fromkeys(df.dropna()["label"]))].reset_index()
    out.columns = [phrase(f"chart_strip.{head}", lang) for head in HEADS]
    return out


def alt(df: pd.DataFrame, lang: str = "vi", *, what: str, decimals: int = 2) -> str:
    n = lambda v: wording.number(v, lang, decimals)  # noqa: E731
    told = [f"{r[0]} {n(r[3])} ({n(r[1])}–{n(r[5])})" for r in table(df, lang).itertuples(index=False, name=None)]
    return phrase("chart_strip.strip_chart_median_lowest", lang, what=what) + "; ".join(told) + "."
