"""Dots on a line a component: the province beside the national median and its peers, sorted by the gap."""

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
    flow,
    margin,
    padded,
    scale,
    tall,
    ticks,
    wide,
    wrapped,
)
from govlib.words import wording
from govlib.words.tables import phrase

PEER_MARKS = ("D", "s", "^", "v", "P")


def draw(df: pd.DataFrame, lang: str = "vi", *, decimals: int = 2, province: str = "", median: str = "", narrow: bool = False,
         form: str = "figure", ax=None):
    """One row a component.

    Parameters
    ----------
    df : label, value, median (may be NaN), then one column a peer (its name); attrs are not used.
    province, median : names for the legend.
    narrow : for a phone: each label above its dots, not beside them.

    >>> frame = pd.DataFrame({"label": ["A", "B"], "value": [6.1, 5.0], "median": [5.5, 5.2]})
    >>> draw(frame, "en", province="X", median="median", form="svg")[:4]
    '<svg'
    """
    peers = [c for c in df.columns if c not in ("label", "value", "median")]
    df = df.dropna(subset=["value"])
    if df.empty:
        raise ValueError("nothing to draw: no value in the frame")
    known = df["median"].notna().any()
    df = df.assign(gap=df["value"] - df["median"]).sort_values("gap" if known else "value", ascending=False, kind="stable")
    low, high = padded(df[["value", "median", *peers]].to_numpy(dtype=float).ravel(), 0.04, 0.1)
    width = NARROW if narrow else WIDTH
    label = 0.0 if narrow else margin(df["label"])
    names = [wrapped(t, width - 52 if narrow else label - 8) for t in df["label"]]
    above = [len(n) * SIZE * LINE if narrow else 0.0 for n in names]  # room of a label over its dots
    heights = [a + 19 if narrow else tall(n, 20.0) for n, a in zip(names, above, strict=True)]
    key = [("province", province, 28 + 6.4 * len(province)), *([("nation", median, 26 + 5.8 * len(median))] if known else []),
           *(("peer", p, 26 + 5.8 * len(p)) for p in peers)]
    places = flow([w for *_, w in key], width)
    top = places[-1][1] + (30 if narrow else 36)
    x = scale(low, high, label + 6, width - (8 if narrow else 62))
    c = Canvas(width, top + sum(heights) + 22)
    steps = ticks(low, high, 4 if narrow else 5)
    for t in steps:
        if not narrow:
            c.line([(x(t), top), (x(t), c.height - 20)], RULE, 0.6)
        text = wording.number(t, lang, None)
        c.word(max(x(t), wide(text, 9.5) / 2), c.height - 10, text, MUTED, ha="center", size=9.5)
    start = top
    for r, lines, over, height in zip(df.to_dict("records"), names, above, heights, strict=True):
        head = start + over / 2 + 2 if narrow else start + height / 2  # where the label stands; beside it, the gap
        y = start + over + 10 if narrow else head
        c.block(0, head, lines)
        for t in steps if narrow else ():  # beneath the label, not through it
            c.line([(x(t), y - 9), (x(t), y + 9)], RULE, 0.6)
        if r["median"] == r["median"]:
            better = "good" if r["gap"] >= 0 else "bad"
            c.line([(x(r["median"]), y), (x(r["value"]), y)], COLOURS[better], 2.2)
            c.line([(x(r["median"]), y - 7), (x(r["median"]), y + 7)], COLOURS["nation"], 2.0)
            c.word(width - 2, head, wording.signed(r["gap"], lang, decimals), COLOURS[better], ha="right", bold=True)
        for k, p in enumerate(peers):
            if r[p] == r[p]:
                c.mark(x(r[p]), y, COLOURS["peer"], PEER_MARKS[k % 5], 5, hollow=True)
        c.mark(x(r["value"]), y, COLOURS["province"], "o", 8)
        start += height
    _legend(c, [(role, name) for role, name, _ in key], places)
    if known:
        c.word(width - 2, top - 10, phrase("chart_gap.gap", lang), MUTED, size=9.5, ha="right")
    return c.out(form, ax)


def _legend(c: Canvas, key: list[tuple[str, str]], places: list[tuple[float, float]]) -> None:
    """Names and marks of the province, the median and the peers over the rows."""
    peers = [name for role, name in key if role == "peer"]
    for (role, name), (at, down) in zip(key, places, strict=True):
        y = 10 + down
        if role == "nation":
            c.line([(at + 4, y - 6), (at + 4, y + 6)], COLOURS[role], 2.0)
        elif role == "province":
            c.mark(at + 5, y, COLOURS[role], "o", 8)
        else:
            c.mark(at + 5, y, COLOURS[role], PEER_MARKS[peers.index(name) % 5], 5, hollow=True)
        c.word(at + {"province": 13, "nation": 10, "peer": 12}[role], y, name, COLOURS[role], size=10, bold=role == "province")


def alt(df: pd.DataFrame, lang: str = "vi", *, what: str, decimals: int = 2) -> str:
    rows = df.dropna(subset=["value"])
    n, s = (lambda v: wording.number(v, lang, decimals)), (lambda v: wording.signed(v, lang, decimals))
    if rows["median"].notna().any():
        told = [f"{r.label} {n(r.value)} ({s(r.value - r.median)})" for r in rows.itertuples() if r.median == r.median]
        head = phrase("chart_gap.dot_chart_in_brackets", lang, what=what)
    else:
        told = [f"{r.label} {n(r.value)}" for r in rows.itertuples()]
        head = phrase("chart_gap.dot_chart", lang, what=what)
    return head + "; ".join(told) + "."


def table(df: pd.DataFrame, lang: str = "vi", *, province: str, median: str) -> pd.DataFrame:
    """``df`` as for :func:`draw`, or with numbers that carry their source; then the gap too is the frame's own column ``gap``."""
    out = df.dropna(subset=["value"]).copy()
    gap = out.pop("gap") if "gap" in out else out["value"] - out["median"]
    out.insert(3, "gap", gap)
    out = out.rename(columns={"label": phrase("chart_gap.component", lang), "value": province, "median": median,
                              "gap": phrase("chart_gap.column_gap", lang)})
    return out if out[median].notna().any() else out.drop(columns=[median, phrase("chart_gap.column_gap", lang)])
