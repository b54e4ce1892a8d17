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

PEER_DASHES = (None, (7, 2), (7, 2, 1.5, 2))  # peers share a colour; the dash and the label at the end tell them apart


def draw(df: pd.DataFrame, lang: str = "vi", *, breaks: Iterable[int] = (), missing: Iterable[int] = (), decimals: int = 2,
         height: float = 270.0, form: str = "figure"):
    """Lines of ``value`` by ``year``.

    Parameters
    ----------
    df : columns year, series (label), role (province, peer, region, nation), value; NaN rows are gaps.
    breaks : years whose figures do not join those before: lines are cut and a thin rule says so.
    missing : years without a published figure of the province: a cross on the base line.
    """
    df = df.dropna(subset=["value"])
    breaks, missing = sorted(set(breaks)), sorted(set(missing))
    years = sorted({*df["year"].astype(int), *missing})
    if not years:
        raise ValueError("nothing to draw: no value in the frame")
    ends = [str(s) for s in df["series"].unique()]
    right = WIDTH - min(186.0, max((wide(e, SIZE, True) for e in ends), default=40) + 66)
    top, bottom = 26.0, height - 22.0
    low, high = padded(df["value"], 0.08, 0.05)
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
    peers = list(dict.fromkeys(df.loc[df["role"] == "peer", "series"]))
    for (name, role), g in sorted(df.groupby(["series", "role"], sort=False), key=lambda kv: kv[0][1] == "province"):
        colour = COLOURS[role]
        dash = PEER_DASHES[peers.index(name) % len(PEER_DASHES)] if role == "peer" else DASHES[role]
        points = list(zip(g["year"].astype(int), g["value"].astype(float), strict=True))
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
    return c.out(form)


def alt(df: pd.DataFrame, lang: str = "vi", *, what: str, breaks: Iterable[int] = (), missing: Iterable[int] = (),
        decimals: int = 2) -> str:
    """First, last, lowest and highest of the province, the last value of each other line, breaks and missing years."""
    df = df.dropna(subset=["value"])
    n = lambda v: wording.number(v, lang, decimals)  # noqa: E731
    parts = []
    for (name, role), g in df.groupby(["series", "role"], sort=False):
        g = g.sort_values("year")
        first, last = g.iloc[0], g.iloc[-1]
        if role == "province":
            top, low = g.loc[g["value"].idxmax()], g.loc[g["value"].idxmin()]
            parts.append(wording.pick(
                lang, f"{name}: {n(first.value)} năm {first.year}, {n(last.value)} năm {last.year}; cao nhất {n(top.value)}"
                      f" ({top.year}), thấp nhất {n(low.value)} ({low.year})",
                f"{name}: {n(first.value)} in {first.year}, {n(last.value)} in {last.year}; highest {n(top.value)}"
                f" ({top.year}), lowest {n(low.value)} ({low.year})"))
        else:
            parts.append(f"{name}: {n(last.value)} ({last.year})")
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
    wide_ = df.pivot_table(index="year", columns="series", values="value", sort=False).sort_index()
    wide_ = wide_[[s for s in df["series"].unique() if s in wide_.columns]]
    out = wide_.reset_index().rename(columns={"year": wording.pick(lang, "Năm", "Year")})
    out.columns.name = None
    out.iloc[:, 0] = out.iloc[:, 0].astype(int)
    return out
