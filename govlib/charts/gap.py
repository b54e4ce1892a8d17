"""Dots on a line a component: the province beside the national median and its peers, sorted by the gap."""

from __future__ import annotations

import pandas as pd

from govlib import wording
from govlib.charts._canvas import COLOURS, INK, MUTED, RULE, WIDTH, Canvas, cut, margin, padded, scale, ticks

PEER_MARKS = ("D", "s", "^", "v", "P")


def draw(df: pd.DataFrame, lang: str = "vi", *, decimals: int = 2, province: str = "", median: str = "", row: float = 20.0, form: str = "figure", ax=None):
    """One row a component.

    Parameters
    ----------
    df : label, value, median (may be NaN), then one column a peer (its name); attrs are not used.
    province, median : names for the legend.
    """
    peers = [c for c in df.columns if c not in ("label", "value", "median")]
    df = df.dropna(subset=["value"])
    if df.empty:
        raise ValueError("nothing to draw: no value in the frame")
    df = df.assign(gap=df["value"] - df["median"]).sort_values("gap" if df["median"].notna().any() else "value",
                                                             ascending=False, kind="stable")
    low, high = padded(df[["value", "median", *peers]].to_numpy(dtype=float).ravel(), 0.04, 0.1)
    height, label = len(df) * row + 58, margin(df["label"])
    x = scale(low, high, label + 4, WIDTH - 62)
    c = Canvas(WIDTH, height)
    for t in ticks(low, high, 5):
        c.line([(x(t), 36), (x(t), height - 20)], RULE, 0.6)
        c.word(x(t), height - 10, wording.number(t, lang, None), MUTED, ha="center", size=9.5)
    for i, r in enumerate(df.to_dict("records")):
        y = 36 + (i + 0.5) * row
        c.word(0, y, cut(r["label"], label - 8))
        if r["median"] == r["median"]:
            better = "good" if r["gap"] >= 0 else "bad"
            c.line([(x(r["median"]), y), (x(r["value"]), y)], COLOURS[better], 2.2)
            c.line([(x(r["median"]), y - 7), (x(r["median"]), y + 7)], COLOURS["nation"], 2.0)
            c.word(WIDTH - 2, y, wording.signed(r["gap"], lang, decimals), COLOURS[better], ha="right", bold=True)
        for k, p in enumerate(peers):
            if r[p] == r[p]:
                c.mark(x(r[p]), y, COLOURS["peer"], PEER_MARKS[k % 5], 5, hollow=True)
        c.mark(x(r["value"]), y, COLOURS["province"], "o", 8)
    at = 0.0
    c.mark(at + 5, 10, COLOURS["province"], "o", 8)
    c.word(at + 13, 10, province, COLOURS["province"], size=10, bold=True)
    at += 28 + 6.4 * len(province)
    if df["median"].notna().any():
        c.line([(at + 4, 4), (at + 4, 16)], COLOURS["nation"], 2.0)
        c.word(at + 10, 10, median, COLOURS["nation"], size=10)
        at += 26 + 5.8 * len(median)
        c.word(WIDTH - 2, 24, wording.pick(lang, "chênh lệch", "gap"), MUTED, size=9.5, ha="right")
    for k, p in enumerate(peers):
        c.mark(at + 5, 10, COLOURS["peer"], PEER_MARKS[k % 5], 5, hollow=True)
        c.word(at + 12, 10, p, COLOURS["peer"], size=10)
        at += 26 + 5.8 * len(p)
    if at == 0:
        c.word(0, 10, "", INK)
    return c.out(form, ax)


def alt(df: pd.DataFrame, lang: str = "vi", *, what: str, decimals: int = 2) -> str:
    rows = df.dropna(subset=["value"])
    n, s = (lambda v: wording.number(v, lang, decimals)), (lambda v: wording.signed(v, lang, decimals))
    if rows["median"].notna().any():
        told = [f"{r.label} {n(r.value)} ({s(r.value - r.median)})" for r in rows.itertuples() if r.median == r.median]
        head = wording.pick(lang, f"Biểu đồ điểm, {what}; trong ngoặc là chênh lệch với trung vị cả nước: ",
                            f"Dot chart, {what}; in brackets the gap to the national median: ")
    else:
        told = [f"{r.label} {n(r.value)}" for r in rows.itertuples()]
        head = wording.pick(lang, f"Biểu đồ điểm, {what}: ", f"Dot chart, {what}: ")
    return head + "; ".join(told) + "."


def table(df: pd.DataFrame, lang: str = "vi", *, province: str, median: str) -> pd.DataFrame:
    out = df.dropna(subset=["value"]).copy()
    out.insert(3, "gap", out["value"] - out["median"])
    out = out.rename(columns={"label": wording.pick(lang, "Thành phần", "Component"), "value": province, "median": median,
                              "gap": wording.pick(lang, "Chênh lệch", "Gap")})
    return out if out[median].notna().any() else out.drop(columns=[median, wording.pick(lang, "Chênh lệch", "Gap")])
