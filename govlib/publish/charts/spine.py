"""A profile: one row a component, from the lowest province at the left to the highest at the right, the nation's median on the
spine in the middle; the province, the year before, its region and its peers stand where they are between them.

Each half of a row has its own scale, from the median to that end, so that every component's middle stands on one line whatever
its spread. The middle half of the provinces is shaded. What is drawn differs by shape, not by colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from govlib.publish.charts.canvas import COLOURS, INK, LINE, MUTED, NARROW, RULE, SIZE, WIDTH, Canvas, flow, tall, wrapped
from govlib.publish.charts.gap import PEER_MARKS
from govlib.publish.look import PALETTE
from govlib.words import wording
from govlib.words.tables import phrase

OUTSIDE = 0.02  # of the band's width, beyond its ends
AWAY = 9.0  # points from an end of the band to its figure
NEAR = 6.0  # points between marks, nearer than which a peer's stands under or over the row
SHADE = PALETTE["nation_soft"]
FIXED = ("label", "value", "rank", "low", "q25", "median", "q75", "high", "region", "before")


def place(row: dict, value: float) -> float:
    """Where a value lies: 0 the lowest province, 0.5 the median, 1 the highest; halves have their own scales."""
    low, median, high = row["low"], row["median"], row["high"]
    if value <= median:
        return 0.5 if median == low else 0.5 * (value - low) / (median - low)
    return 0.5 + (0.5 if high == median else 0.5 * (value - median) / (high - median))


def _held(at: float) -> float:
    """A place for the drawing: last year's value may lie beyond this year's ends, and is then drawn just outside of the band."""
    return min(max(at, -OUTSIDE), 1 + OUTSIDE)


def draw(df: pd.DataFrame, lang: str = "vi", *, province: str = "", decimals: int = 2, narrow: bool = False, form: str = "figure",
         ax=None):
    """``df``: the columns :data:`FIXED` (``region``, ``before``, ``rank`` may be NaN), then one column a peer (its name).

    >>> frame = pd.DataFrame([dict(zip(FIXED, ("A", 6.0, 4, 4.0, 5.0, 5.5, 6.5, 7.0, 5.8, 5.1)))])
    >>> draw(frame, "en", province="Bắc Ninh", form="svg")[:4]
    '<svg'
    """
    df = df.dropna(subset=["value", "median"])
    if df.empty:
        raise ValueError("nothing to draw: no value beside a median in the frame")
    peers = [c for c in df.columns if c not in FIXED]
    width, label = (NARROW, 0.0) if narrow else (WIDTH, 176.0)
    names = [wrapped(t, width - 60 if narrow else label - 8) for t in df["label"]]
    above = [len(n) * SIZE * LINE if narrow else 0.0 for n in names]
    heights = [a + 21 if narrow else tall(n, 21.0) for n, a in zip(names, above, strict=True)]
    key = _key(df, province, peers, lang)
    at = flow([room for *_, room in key], width)
    top = at[-1][1] + 34
    left, right = (26.0, width - 28) if narrow else (label + 82, width - 34)
    c = Canvas(width, top + sum(heights) + 4)
    start = top
    for r, lines, over, height in zip(df.to_dict("records"), names, above, heights, strict=True):
        head = start + over / 2 + 1 if narrow else start + height / 2
        y = start + over + 10 if narrow else head
        c.block(0, head, lines)
        said = wording.number(r["value"], lang, decimals)
        if r["rank"] == r["rank"] and r["rank"] is not None:
            said += f" ({int(r['rank'])})"
        c.word(width - 2 if narrow else label + 50, head, said, COLOURS["province"], ha="right", bold=True)
        if narrow:
            c.line([((left + right) / 2, y - 8), ((left + right) / 2, y + 8)], INK, 1.4)
        _row(c, r, peers, y, (left, right), decimals, lang)
        start += height
    if not narrow:  # there it would go through the labels, and stands in each row
        c.line([((left + right) / 2, top - 4), ((left + right) / 2, c.height - 4)], INK, 1.4)
    _legend(c, key, at)
    _heads(c, lang, left, right, top - 12, None if narrow else label + 50)
    return c.out(form, ax)


def _row(c: Canvas, r: dict, peers: Sequence[str], y: float, ends: tuple[float, float], decimals: int, lang: str) -> None:
    left, right = ends

    def x(value: float) -> float:
        return left + _held(place(r, value)) * (right - left)

    c.box(left, y - 5, right - left, 10, PALETTE["surface"])
    c.box(x(r["q25"]), y - 5, x(r["q75"]) - x(r["q25"]), 10, SHADE)
    for value, at, side in ((r["low"], left - AWAY, "right"), (r["high"], right + AWAY, "left")):
        c.word(at, y, wording.number(value, lang, 1 if decimals < 3 else 2), MUTED, size=8.5, ha=side)
    if r["region"] == r["region"] and r["region"] is not None:
        c.mark(x(r["region"]), y, COLOURS["region"], "s", 6.5, hollow=True)
    taken = [x(r["value"])]
    for k, p in enumerate(peers):
        if r[p] == r[p] and r[p] is not None:
            at, beside = x(r[p]), sum(abs(x(r[p]) - other) < NEAR for other in taken)
            c.mark(at, y + (0, NEAR, -NEAR)[min(beside, 2)], COLOURS["peer"], PEER_MARKS[k % 5], 4.6)
            taken.append(at)
    if r["before"] == r["before"] and r["before"] is not None:
        c.line([(x(r["before"]), y), (x(r["value"]), y)], COLOURS["province"], 1.4)
        c.mark(x(r["before"]), y, COLOURS["province"], "o", 6.5, hollow=True)
    c.mark(x(r["value"]), y, COLOURS["province"], "o", 9)


def _key(df: pd.DataFrame, province: str, peers: Sequence[str], lang: str) -> list[tuple[str, str, str, bool, float]]:
    """(role, shape, name, hollow, room) of what is drawn."""
    out = [("province", "o", province, False)]
    if df["before"].notna().any():
        out.append(("province", "o", phrase("chart_spine.before", lang), True))
    if df["region"].notna().any():
        out.append(("region", "s", phrase("chart_spine.region", lang), True))
    out += [("peer", PEER_MARKS[k % 5], name, False) for k, name in enumerate(peers) if df[name].notna().any()]
    return [(*entry, 26 + 6.1 * len(entry[2])) for entry in out]


def _legend(c: Canvas, key: Sequence[tuple], at: Sequence[tuple[float, float]]) -> None:
    for (role, shape, name, hollow, _), (x, down) in zip(key, at, strict=True):
        c.mark(x + 5, 10 + down, COLOURS[role], shape, 8 if role == "province" else 6, hollow=hollow)
        c.word(x + 13, 10 + down, name, COLOURS[role], size=10, bold=role == "province" and not hollow)


def _heads(c: Canvas, lang: str, left: float, right: float, y: float, score: float | None) -> None:
    for key, at, side in (("lowest", left, "left"), ("median", (left + right) / 2, "center"), ("highest", right, "right")):
        c.word(at, y, phrase(f"chart_spine.{key}", lang), MUTED, size=9, ha=side)
    if score is not None:
        c.word(score, y, phrase("chart_spine.score", lang), MUTED, size=9, ha="right")
        c.line([(0, y + 8), (right + 30, y + 8)], RULE, 0.6)


def alt(df: pd.DataFrame, lang: str, *, what: str, decimals: int = 2) -> str:
    """Each component with its score, its rank, and the ends and the middle of the nation."""
    n = lambda v: wording.number(v, lang, decimals)  # noqa: E731
    told = []
    for r in df.dropna(subset=["value", "median"]).itertuples():
        rank = "–" if r.rank is None or r.rank != r.rank else int(r.rank)
        told.append(phrase("chart_spine.row", lang, label=r.label, value=n(r.value), rank=rank, low=n(r.low), median=n(r.median),
                           high=n(r.high)))
    return phrase("chart_spine.profile", lang, what=what) + "; ".join(told) + "."
