"""What moved a total: a bar a component from where the one above it ended, the total's change at the foot.

Rises are full, falls are hatched, and each bar's figure bears its sign: in black and white too the two are told apart. What was
measured anew is one grey hatched bar, and grey is the total with it: neither is a rise or a fall.
"""

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
from govlib.publish.look import PALETTE
from govlib.words import wording
from govlib.words.tables import phrase

BAR = 11.0  # points, the height of a bar
SOFT = {COLOURS[role]: PALETTE[f"{role}_soft"] for role in ("bad", "province", "nation")}


def draw(df: pd.DataFrame, lang: str = "vi", *, decimals: int = 2, narrow: bool = False, form: str = "figure", ax=None):
    """``df``: label, value (as printed), role (``part``, ``rest`` of rounding, ``anew``: what does not compare, ``total``), in the
    order of the drawing; the total is the last row and the sum of all others.

    >>> frame = pd.DataFrame({"label": ["A", "B", "all"], "value": [0.5, -0.2, 0.3], "role": ["part", "part", "total"]})
    >>> draw(frame, "en", form="svg")[:4]
    '<svg'
    """
    rows = df.to_dict("records")
    if len(rows) < 2 or rows[-1]["role"] != "total":
        raise ValueError("nothing to draw: parts, then their total, are wanted")
    if round(sum(r["value"] for r in rows[:-1]) - rows[-1]["value"], decimals):
        raise ValueError(f"the parts add up to {sum(r['value'] for r in rows[:-1]):.{decimals}f}, the total is {rows[-1]['value']}")
    ends, anew = _ends(rows), any(r["role"] == "anew" for r in rows)
    low, high = padded([v for pair in ends for v in pair], 0.04)
    width = NARROW if narrow else WIDTH
    label = 0.0 if narrow else margin(df["label"])
    names = [wrapped(t, width - 52 if narrow else label - 8, bold=r["role"] == "total")
             for t, r in zip(df["label"], rows, strict=True)]
    above = [len(n) * SIZE * LINE if narrow else 0.0 for n in names]
    heights = [a + 19 if narrow else tall(n, 19.0) for n, a in zip(names, above, strict=True)]
    top = 22.0
    x = scale(low, high, label + 6, width - (8 if narrow else 62))
    c = Canvas(width, top + sum(heights) + 22)
    _legend(c, lang, label + 6 if not narrow else 0.0)
    for t in ticks(low, high, 4 if narrow else 5):
        if not narrow:
            c.line([(x(t), top), (x(t), c.height - 20)], RULE, 0.6)
        c.word(x(t), c.height - 10, wording.signed(t, lang, None), MUTED, ha="center", size=9.5)
    start, joint = top, None
    for r, (a, b), lines, over, height in zip(rows, ends, names, above, heights, strict=True):
        total = r["role"] == "total"
        head = start + over / 2 + 2 if narrow else start + height / 2
        y = start + over + 10 if narrow else head
        grey = r["role"] in ("rest", "anew") or total and anew
        colour = COLOURS["nation" if grey else "province" if total else "good" if r["value"] >= 0 else "bad"]
        if narrow:
            c.line([(x(0), y - 7), (x(0), y + 9)], INK, 1.0)
        elif joint is not None and not total:
            c.line([(x(a), joint + BAR / 2), (x(a), y - BAR / 2)], MUTED, 0.8)
        c.block(0, head, lines, bold=total)
        _bar(c, x(a), x(b), y, colour, r["value"] < 0 or grey and anew)
        c.word(width - 2, head, wording.signed(r["value"], lang, decimals), colour, ha="right", bold=True)
        start, joint = start + height, y
    if not narrow:
        c.line([(x(0), top), (x(0), c.height - 20)], INK, 1.0)
        c.line([(0, start - heights[-1]), (width, start - heights[-1])], MUTED, 0.8)
    return c.out(form, ax)


def _ends(rows: list[dict]) -> list[tuple[float, float]]:
    """Where each bar begins and ends; the total's from nothing."""
    out, at = [], 0.0
    for r in rows[:-1]:
        out.append((at, at + r["value"]))
        at += r["value"]
    return [*out, (0.0, rows[-1]["value"])]


def _bar(c: Canvas, first: float, last: float, y: float, colour: str, fall: bool) -> None:
    left, right, low = min(first, last), max(first, last), y + BAR / 2
    if right - left < 1.2:  # nothing that could be seen: a stroke where it stands
        c.line([(left, y - BAR / 2), (left, low)], colour, 1.4)
    elif not fall:
        c.box(left, y - BAR / 2, right - left, BAR, colour)
    else:
        c.polygon([(left, low - BAR), (right, low - BAR), (right, low), (left, low)], SOFT[colour], colour)
        foot = left - BAR + 3.0
        while foot < right:
            a, b = max(foot, left), min(foot + BAR, right)
            c.line([(a, low - (a - foot)), (b, low - (b - foot))], colour, 1.1)
            foot += 4.0


def _legend(c: Canvas, lang: str, at: float) -> None:
    for key, colour in (("rise", COLOURS["good"]), ("fall", COLOURS["bad"])):
        name = phrase(f"chart_waterfall.{key}", lang)
        _bar(c, at, at + 18, 10, colour, key == "fall")
        c.word(at + 23, 10, name, colour, size=10)
        at += 40 + 6.1 * len(name)


def alt(df: pd.DataFrame, lang: str, *, what: str, decimals: int = 2) -> str:
    """The total's change, then what each part gave to it."""
    s = lambda v: wording.signed(v, lang, decimals)  # noqa: E731
    told = "; ".join(f"{r.label} {s(r.value)}" for r in df.iloc[:-1].itertuples())
    return phrase("chart_waterfall.alt", lang, what=what, total=s(df["value"].iloc[-1]), parts=told)


def table(df: pd.DataFrame, lang: str = "vi", *, before: str = "", now: str = "") -> pd.DataFrame:
    """``df`` as for :func:`draw`, or with numbers that carry their source and columns ``before`` and ``now``."""
    heads = {"label": phrase("chart_gap.component", lang), "before": before, "now": now,
             "value": phrase("chart_waterfall.given", lang)}
    return df[[c for c in heads if c in df]].rename(columns=heads)
