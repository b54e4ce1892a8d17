"""One score over the years: the province, its peers, the nation; lines end where figures do not join."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from govlib import wording
from govlib.charts._canvas import (
    COLOURS,
    DASHES,
    INK,
    MARKS,
    MUTED,
    RULE,
    SIZE,
    WIDTH,
    WIDTHS,
    Canvas,
    cut,
    padded,
    runs,
    scale,
    spread,
    ticks,
    wide,
)
from govlib.charts._frames import grouped, rows, spread_out

PEER_DASHES = (None, (7, 2), (7, 2, 1.5, 2))  # peers share a colour; the dash and the label at the end tell them apart


def draw(df: pd.DataFrame, lang: str = "vi", *, breaks: Iterable[int] = (), missing: Iterable[int] = (), decimals: int = 2,
         height: float = 225.0, form: str = "figure", ax=None):
    """Lines of ``value`` by ``year``.

    Parameters
    ----------
    df : columns year, series (label), role (province, peer, region, nation), value; NaN rows are gaps.
    breaks : years whose figures do not join those before: lines are cut and a thin rule says so.
    missing : years without a published figure of the province: a cross on the base line.
    """
    found = rows(df, "year", "series", "role", "value")
    breaks, missing = sorted(set(breaks)), sorted(set(missing))
    years = sorted({*(int(r[0]) for r in found), *missing})
    if not years:
        raise ValueError("nothing to draw: no value in the frame")
    ends = list(dict.fromkeys(str(r[1]) for r in found))
    right = WIDTH - min(186.0, max((wide(e, SIZE, True) for e in ends), default=40) + 66)
    top, bottom = 26.0, height - 22.0
    low, high = padded([r[3] for r in found], 0.08, 0.05)
    x, y = scale(years[0], max(years[-1], years[0] + 1), 42, right - 8), scale(low, high, bottom - 6, top)
    c = Canvas(WIDTH, height)
    for t in ticks(low, high, 4):
        c.line([(34, y(t)), (right, y(t))], RULE, 0.7)
        c.word(30, y(t), wording.number(t, lang, None), MUTED, ha="right")
    step = max(1, -(-len(years) // 11))
    for year in range(years[0], years[-1] + 1):
        if (years[-1] - year) % step == 0:
            c.word(x(year), bottom + 11, str(year), MUTED, ha="center")
    labels: list[list[int]] = []  # breaks too near for a label each share one
    for b in breaks:
        if years[0] < b <= years[-1]:
            c.line([(x(b - 0.5), top - 14), (x(b - 0.5), bottom)], MUTED, 0.8, (1, 2))
            if labels and x(b) - x(labels[-1][0]) < 26 + 24 * len(labels[-1]):
                labels[-1].append(b)
            else:
                labels.append([b])
    for group in labels:
        text = ", ".join(str(b) if k == 0 else f"’{b % 100:02d}" for k, b in enumerate(group))
        c.word(x(group[-1] - 0.5) + 3, top - 10, wording.pick(lang, f"đổi {text}", f"break {text}"), MUTED, size=9)
    for year in missing:
        c.mark(x(year), bottom - 3, MUTED, "x", 5)
    tails = []
    peers = list(dict.fromkeys(r[1] for r in found if r[2] == "peer"))
    for (name, role), g in sorted(grouped(found, 1, 2).items(), key=lambda kv: kv[0][1] == "province"):
        colour = COLOURS[role]
        dash = PEER_DASHES[peers.index(name) % len(PEER_DASHES)] if role == "peer" else DASHES[role]
        points = [(int(r[0]), float(r[3])) for r in g]
        for run in runs(points, breaks):
            if len(run) > 1:
                c.line([(x(a), y(v)) for a, v in run], colour, WIDTHS[role], dash)
            if role == "province" or len(run) == 1:
                for a, v in run:
                    c.mark(x(a), y(v), colour, MARKS[role], 5.5 if role == "province" else 4.5)
        last = max(points)
        tails.append((y(last[1]), name, role, last))
    for at, (_, name, role, (year, value)) in zip(spread([t[0] for t in tails], 12.5, top, bottom), tails, strict=True):
        text = f"{name} {wording.number(value, lang, decimals)}" + ("" if year == years[-1] else f" ({year})")
        c.word(right + 4, at, cut(text, WIDTH - right - 6), COLOURS[role], bold=role == "province")
    if not tails:
        c.word(WIDTH / 2, height / 2, wording.NONE, INK)
    return c.out(form, ax)


def alt(df: pd.DataFrame, lang: str = "vi", *, what: str, breaks: Iterable[int] = (), missing: Iterable[int] = (),
        decimals: int = 2) -> str:
    """First, last, lowest and highest of the province, the last value of each other line, breaks and missing years."""
    n = lambda v: wording.number(v, lang, decimals)  # noqa: E731
    parts = []
    for (name, role), g in grouped(rows(df, "year", "series", "role", "value"), 1, 2).items():
        g = sorted((int(r[0]), r[3]) for r in g)
        (y1, first), (y2, last) = g[0], g[-1]
        if role == "province":
            (high, top), (low, least) = max(g, key=lambda p: p[1]), min(g, key=lambda p: p[1])
            parts.append(wording.pick(
                lang, f"{name}: {n(first)} năm {y1}, {n(last)} năm {y2}; cao nhất {n(top)} ({high}), thấp nhất {n(least)} ({low})",
                f"{name}: {n(first)} in {y1}, {n(last)} in {y2}; highest {n(top)} ({high}), lowest {n(least)} ({low})"))
        else:
            parts.append(f"{name}: {n(last)} ({y2})")
    told = wording.pick(lang, f"Biểu đồ đường, {what}. ", f"Line chart, {what}. ") + "; ".join(parts) + "."
    if breaks := sorted(set(breaks)):
        years = wording.joined(map(str, breaks), lang)
        told += wording.pick(lang, f" Đường ngắt ở {years} vì đổi phương pháp.", f" Lines break at {years}: the method changed.")
    if missing := sorted(set(missing)):
        years = wording.joined(map(str, missing), lang)
        told += wording.pick(lang, f" Không công bố: {years}.", f" Not published: {years}.")
    return told


def table(df: pd.DataFrame, lang: str = "vi") -> pd.DataFrame:
    """Years down, lines across."""
    out = spread_out(rows(df, "year", "series", "value"), [0], 1, [wording.pick(lang, "Năm", "Year")], sort_rows=True, sort_columns=False)
    return out.assign(**{out.columns[0]: [str(int(y)) for y in out.iloc[:, 0]]})  # a year is a name, not a figure with decimals
