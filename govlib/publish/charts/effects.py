"""Estimated effects: a dot each, its interval always drawn, a line at no effect."""

from __future__ import annotations

import pandas as pd

from govlib.publish.charts.canvas import (
    COLOURS,
    INK,
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

ROW = 18.0  # points


def draw(df: pd.DataFrame, lang: str = "vi", *, decimals: int = 2, narrow: bool = False, form: str = "figure", ax=None):
    """Dots with intervals, under a heading a group.

    ``df``: label, estimate, ci_low, ci_high, clear (bool: there is evidence; a hollow dot has none), and optionally group.
    The axis always holds zero, so that no interval looks clear of it by cropping. ``narrow``: for a phone, labels above the dots.
    """
    df = df.dropna(subset=["estimate"])
    if df.empty:
        raise ValueError("nothing to draw: no estimate in the frame")
    groups = list(dict.fromkeys(df["group"])) if "group" in df else [""]
    low, high = padded([0.0, *df[["estimate", "ci_low", "ci_high"]].to_numpy(dtype=float).ravel()], 0.06, 0.02)
    sheet = NARROW if narrow else WIDTH
    label = 0.0 if narrow else margin(df["label"], high=240.0) + 8
    names = {t: wrapped(t, sheet - 50 if narrow else label - 16) for t in df["label"]}
    heights = {t: len(n) * SIZE * LINE + 15 if narrow else tall(n, ROW) for t, n in names.items()}
    titles = {g: wrapped(g, sheet if narrow else sheet * 0.8, SIZE, 3, True) for g in groups if g}
    c = Canvas(sheet, sum(heights[t] for t in df["label"]) + sum(tall(t, ROW) + 4 for t in titles.values()) + 34)
    x = scale(low, high, label + (4 if narrow else 0), sheet - (6 if narrow else 58))
    steps = ticks(low, high, 4 if narrow else 5)
    for t in steps:
        if not narrow:
            c.line([(x(t), 4), (x(t), c.height - 24)], RULE, 0.6)
        c.word(x(t), c.height - 12, wording.signed(t, lang, None), MUTED, size=9.5, ha="center")
    if not narrow:
        c.line([(x(0), 2), (x(0), c.height - 22)], INK, 1.2)
    y = 6.0
    for group in groups:
        rows = df if not group else df[df["group"] == group]
        if group:
            deep = tall(titles[group], ROW)
            c.block(0, y + deep / 2 + 3, titles[group], bold=True)
            y += deep + 4
        for r in rows.to_dict("records"):
            lines, deep = names[r["label"]], heights[r["label"]]
            head = y + len(lines) * SIZE * LINE / 2 if narrow else y + deep / 2  # where label and figure stand
            middle = y + deep - 8 if narrow else head
            colour = COLOURS["province"] if r["clear"] else COLOURS["nation"]
            c.block(8 if group and not narrow else 0, head, lines)
            for t in steps if narrow else ():  # beneath the label, not through it
                c.line([(x(t), middle - 7), (x(t), middle + 7)], INK if t == 0 else RULE, 1.2 if t == 0 else 0.6)
            if r["ci_low"] == r["ci_low"]:
                c.line([(x(r["ci_low"]), middle), (x(r["ci_high"]), middle)], colour, 2.0)
            c.mark(x(r["estimate"]), middle, colour, "o", 7, hollow=not r["clear"])
            c.word(sheet - 2, head, wording.signed(r["estimate"], lang, decimals), colour, ha="right", bold=bool(r["clear"]))
            y += deep
    return c.out(form, ax)


def alt(df: pd.DataFrame, lang: str = "vi", *, what: str, decimals: int = 2) -> str:
    s = lambda v: wording.signed(v, lang, decimals)  # noqa: E731
    to = phrase("chart_effects.to", lang)
    full = [f"{g}: " for g in df.dropna(subset=["estimate"])["group"]] if "group" in df else [""] * len(df)
    told = [f"{g}{r.label} {s(r.estimate)} ({s(r.ci_low)} {to} {s(r.ci_high)})"
            for g, r in zip(full, df.dropna(subset=["estimate"]).itertuples(), strict=False)]
    return phrase("chart_effects.dots_with_intervals", lang, what=what) + "; ".join(told) + "."


def table(df: pd.DataFrame, lang: str = "vi") -> pd.DataFrame:
    first = ["group"] if "group" in df else []
    out = df.dropna(subset=["estimate"])[[*first, "label", "estimate", "ci_low", "ci_high"]].copy()
    out.columns = [phrase(f"chart_effects.{head}", lang)
                   for head in ("reform", "outcome", "estimate", "lower", "upper")[1 - len(first):]]
    return out
