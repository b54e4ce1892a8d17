"""Estimated effects: a dot each, its interval always drawn, a line at no effect."""

from __future__ import annotations

import pandas as pd

from govlib import wording
from govlib.charts._canvas import COLOURS, INK, MUTED, RULE, SIZE, WIDTH, Canvas, cut, margin, padded, scale, ticks


def draw(df: pd.DataFrame, lang: str = "vi", *, decimals: int = 2, row: float = 18.0, form: str = "figure", ax=None):
    """Dots with intervals, under a heading a group.

    ``df``: label, estimate, ci_low, ci_high, clear (bool: there is evidence; a hollow dot has none), and optionally group.
    The axis always holds zero, so that no interval looks clear of it by cropping.
    """
    df = df.dropna(subset=["estimate"])
    if df.empty:
        raise ValueError("nothing to draw: no estimate in the frame")
    groups = list(dict.fromkeys(df["group"])) if "group" in df else [""]
    low, high = padded([0.0, *df[["estimate", "ci_low", "ci_high"]].to_numpy(dtype=float).ravel()], 0.06, 0.02)
    heads = len([g for g in groups if g])
    height, label = len(df) * row + heads * (row + 4) + 34, margin(df["label"], high=250.0)
    x = scale(low, high, label, WIDTH - 58)
    c = Canvas(WIDTH, height)
    for t in ticks(low, high, 5):
        c.line([(x(t), 4), (x(t), height - 24)], RULE, 0.6)
        c.word(x(t), height - 12, wording.signed(t, lang, None), MUTED, size=9.5, ha="center")
    c.line([(x(0), 2), (x(0), height - 22)], INK, 1.2)
    y = 6.0
    for group in groups:
        rows = df if not group else df[df["group"] == group]
        if group:
            c.word(0, y + row / 2 + 3, cut(group, WIDTH * 0.8, SIZE * 1.06), bold=True)
            y += row + 4
        for r in rows.to_dict("records"):
            middle = y + row / 2
            colour = COLOURS["province"] if r["clear"] else COLOURS["nation"]
            c.word(8 if group else 0, middle, cut(r["label"], label - 16))
            if r["ci_low"] == r["ci_low"]:
                c.line([(x(r["ci_low"]), middle), (x(r["ci_high"]), middle)], colour, 2.0)
            c.mark(x(r["estimate"]), middle, colour, "o", 7, hollow=not r["clear"])
            c.word(WIDTH - 2, middle, wording.signed(r["estimate"], lang, decimals), colour, ha="right", bold=bool(r["clear"]))
            y += row
    return c.out(form, ax)


def alt(df: pd.DataFrame, lang: str = "vi", *, what: str, decimals: int = 2) -> str:
    s = lambda v: wording.signed(v, lang, decimals)  # noqa: E731
    to = wording.pick(lang, "đến", "to")
    full = [f"{g}: " for g in df.dropna(subset=["estimate"])["group"]] if "group" in df else [""] * len(df)
    told = [f"{g}{r.label} {s(r.estimate)} ({s(r.ci_low)} {to} {s(r.ci_high)})" for g, r in zip(full, df.dropna(subset=["estimate"]).itertuples(), strict=False)]
    return wording.pick(lang, f"Biểu đồ điểm và khoảng tin cậy, {what}: ", f"Dots with intervals, {what}: ") + "; ".join(told) + "."


def table(df: pd.DataFrame, lang: str = "vi") -> pd.DataFrame:
    first = ["group"] if "group" in df else []
    out = df.dropna(subset=["estimate"])[[*first, "label", "estimate", "ci_low", "ci_high"]].copy()
    out.columns = [*wording.pick(lang, ["Cải cách"], ["Reform"])[:len(first)],
                   *wording.pick(lang, ["Kết quả", "Ước lượng", "Cận dưới", "Cận trên"], ["Outcome", "Estimate", "Lower", "Upper"])]
    return out
