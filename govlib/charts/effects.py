"""Estimated effects: a dot each, its interval always drawn, a line at no effect."""

from __future__ import annotations

import pandas as pd

from govlib import wording
from govlib.charts._canvas import COLOURS, INK, MUTED, RULE, WIDTH, Canvas, cut, margin, padded, scale, ticks


def draw(df: pd.DataFrame, lang: str = "vi", *, decimals: int = 2, row: float = 26.0):
    """``df``: label, estimate, ci_low, ci_high, clear (bool: the adjusted p-value is under 5 %). A hollow dot is not clear.

    The axis always holds zero, so that no interval looks clear of it by cropping.
    """
    df = df.dropna(subset=["estimate"])
    if df.empty:
        raise ValueError("nothing to draw: no estimate in the frame")
    low, high = padded([0.0, *df[["estimate", "ci_low", "ci_high"]].to_numpy(dtype=float).ravel()], 0.06, 0.02)
    height, label = len(df) * row + 34, margin(df["label"], high=290.0)
    x = scale(low, high, label, WIDTH - 64)
    c = Canvas(WIDTH, height)
    for t in ticks(low, high, 5):
        c.line([(x(t), 4), (x(t), height - 24)], RULE, 0.6)
        c.word(x(t), height - 12, wording.signed(t, lang, None), MUTED, size=9.5, ha="center")
    c.line([(x(0), 2), (x(0), height - 22)], INK, 1.2)
    for i, r in enumerate(df.to_dict("records")):
        y = 6 + (i + 0.5) * row
        colour = COLOURS["province"] if r["clear"] else COLOURS["nation"]
        c.word(0, y, cut(r["label"], label - 8))
        if r["ci_low"] == r["ci_low"]:
            c.line([(x(r["ci_low"]), y), (x(r["ci_high"]), y)], colour, 2.0)
        c.mark(x(r["estimate"]), y, colour, "o", 7, hollow=not r["clear"])
        c.word(WIDTH - 2, y, wording.signed(r["estimate"], lang, decimals), colour, ha="right", bold=bool(r["clear"]))
    return c.figure()


def alt(df: pd.DataFrame, lang: str = "vi", *, what: str, decimals: int = 2) -> str:
    s = lambda v: wording.signed(v, lang, decimals)  # noqa: E731
    to = wording.pick(lang, "đến", "to")
    told = [f"{r.label} {s(r.estimate)} ({s(r.ci_low)} {to} {s(r.ci_high)})" for r in df.dropna(subset=["estimate"]).itertuples()]
    return wording.pick(lang, f"Biểu đồ điểm và khoảng tin cậy, {what}: ", f"Dots with intervals, {what}: ") + "; ".join(told) + "."


def table(df: pd.DataFrame, lang: str = "vi") -> pd.DataFrame:
    out = df.dropna(subset=["estimate"])[["label", "estimate", "ci_low", "ci_high"]].copy()
    out.columns = wording.pick(lang, ["Kết quả", "Ước lượng", "Cận dưới", "Cận trên"],
                               ["Outcome", "Estimate", "Lower", "Upper"])
    return out
