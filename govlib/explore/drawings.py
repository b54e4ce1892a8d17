"""The drawings of the five views."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from govlib.explore.drawing import Drawing
from govlib.explore.shown import NATION, place_name
from govlib.publish.charts.canvas import (
    COLOURS,
    INK,
    MUTED,
    RULE,
    WIDTH,
    cut,
    padded,
    runs,
    scale,
    spread,
    ticks,
    wide,
)
from govlib.words import wording

# one look a chosen place: colour, dash, mark; the first is the province's own colour on every page of the project
LOOKS = ((COLOURS["province"], None, "o"), (COLOURS["peer"], (7, 2), "D"), (COLOURS["region"], (5, 2, 1, 2), "s"),
         (COLOURS["good"], (3, 2), "D"), (COLOURS["bad"], (9, 2), "s"), ("#7a5c00", (2, 2), "o"))
MOST = len(LOOKS)


def empty(text: str) -> Drawing:
    d = Drawing(WIDTH, 90)
    d.word(WIDTH / 2, 45, text, MUTED, ha="center")
    return d


def trend(lines: dict[str, pd.Series], broken: list[int], lang: str, decimals: int,
          apart: Mapping[str, Iterable[int]] = MappingProxyType({})) -> Drawing:
    """``apart``: place → years in which its own line, and no other, breaks."""
    lines = {p: s for p, s in lines.items() if len(s)}
    values = np.concatenate([s.to_numpy() for s in lines.values()])
    years = sorted({int(y) for s in lines.values() for y in s.index})
    height = 300.0
    names = {p: place_name(p, lang) for p in lines}
    right = WIDTH - min(215.0, max(wide(f"{n} 00,00 (2000)", bold=True) for n in names.values()) + 20)
    top, bottom = 26.0, height - 24
    low, high = padded(values, 0.08, 0.02)
    x, y = scale(years[0], max(years[-1], years[0] + 1), 42, right - 8), scale(low, high, bottom - 6, top)
    d = Drawing(WIDTH, height)
    for t in ticks(low, high, 4):
        d.line([(34, y(t)), (right, y(t))], RULE, 0.7)
        d.word(30, y(t), wording.number(t, lang, None), MUTED, ha="right")
    step = max(1, -(-(years[-1] - years[0] + 1) // 11))
    for year in range(years[0], years[-1] + 1):
        if (years[-1] - year) % step == 0:
            d.word(x(year), bottom + 12, str(year), MUTED, ha="center")
    for b in sorted(set(broken)):
        if years[0] < b <= years[-1]:
            d.line([(x(b - 0.5), top - 14), (x(b - 0.5), bottom)], MUTED, 0.8, (1, 2))
    tails = []
    for k, (p, s) in enumerate(lines.items()):
        colour, dash, mark = (MUTED, (2, 2), "o") if p == NATION else LOOKS[k % MOST]
        for run in runs([(int(a), float(v)) for a, v in s.items()], [*broken, *apart.get(p, ())]):
            if len(run) > 1:
                d.line([(x(a), y(v)) for a, v in run], colour, 1.4 if p == NATION else 2.4 if k == 0 else 1.7, dash)
            if p != NATION or len(run) == 1:
                for a, v in run:
                    d.mark(x(a), y(v), colour, mark, 5.5 if k == 0 else 4.5)
        tails.append((y(float(s.iloc[-1])), p, colour, k, int(s.index[-1]), float(s.iloc[-1])))
    for at, (_, p, colour, k, year, value) in zip(spread([t[0] for t in tails], 13, top, bottom), tails, strict=True):
        text = f"{names[p]} {wording.number(value, lang, decimals)}" + ("" if year == years[-1] else f" ({year})")
        d.word(right + 5, at, cut(text, WIDTH - right - 6), colour, bold=k == 0 and p != NATION)
    return d


def distribution(m: pd.DataFrame, rows: list[dict], chosen: list[str], lang: str,
                 apart: Collection[tuple[str, int]] = ()) -> Drawing:
    """``apart``: (place, year) of figures that their publisher does not stand by: a hollow mark."""
    row = 22.0 if len(rows) > 6 else 30.0
    key = 18.0 if chosen else 0.0
    height = len(rows) * row + 30 + key
    low, high = padded([r["lowest"] for r in rows] + [r["highest"] for r in rows], 0.03, 0.01)
    x = scale(low, high, 50, WIDTH - 12)
    d = Drawing(WIDTH, height)
    at = 50.0
    for k, p in enumerate(chosen):
        colour, _, mark = LOOKS[k]
        name = cut(place_name(p, lang), 130)
        d.mark(at, 8, colour, mark, 7)
        d.word(at + 8, 8, name, colour, size=9.5, bold=k == 0)
        at += wide(name, 9.5, True) + 24
    for t in ticks(low, high, 6):
        d.line([(x(t), key + 2), (x(t), height - 24)], RULE, 0.6)
        d.word(x(t), height - 12, wording.number(t, lang, None), MUTED, size=9.5, ha="center")
    for i, r in enumerate(rows):
        y = key + 4 + (i + 0.5) * row
        d.word(44, y, str(r["year"]), INK, ha="right")
        d.box(x(r["q1"]), y - row * 0.28, x(r["q3"]) - x(r["q1"]), row * 0.56, "#d9dee3")
        for v in m.loc[r["year"]].dropna():
            d.mark(x(v), y, "#8d98a5", "|", row * 0.4)
        d.line([(x(r["median"]), y - row * 0.38), (x(r["median"]), y + row * 0.38)], INK, 2)
        for k in reversed(range(len(chosen))):
            if (v := r[chosen[k]]) == v:
                d.mark(x(v), y, LOOKS[k][0], LOOKS[k][2], 8 if k == 0 else 6.5, hollow=(chosen[k], r["year"]) in apart)
    return d


def ranks(table: pd.DataFrame, chosen: list[str], years: tuple[int, int], lang: str) -> Drawing:
    height = 400.0
    worst = int(table[["rank_first", "rank_last"]].max().max())
    y = scale(1, max(worst, 2), 34, height - 14)
    left, right = 170.0, WIDTH - 170.0
    d = Drawing(WIDTH, height)
    d.word(left, 12, str(years[0]), MUTED, ha="center", bold=True)
    d.word(right, 12, str(years[1]), MUTED, ha="center", bold=True)
    rows = table.set_index("province")
    for p, r in rows.iterrows():
        if p not in chosen:
            d.line([(left, y(r["rank_first"])), (right, y(r["rank_last"]))], "#d3d9df", 0.7)
    for side, x, column in ((-1, left, "rank_first"), (1, right, "rank_last")):
        at = spread([y(rows.loc[p, column]) for p in chosen], 13, 30, height - 8)
        for k, (p, a) in enumerate(zip(chosen, at, strict=True)):
            colour, _, mark = LOOKS[k % MOST]
            d.mark(x, y(rows.loc[p, column]), colour, mark, 7 if k == 0 else 5.5)
            v, name = int(rows.loc[p, column]), cut(place_name(p, lang), 128)
            d.word(x + side * 10, a, f"{name}  {v}" if side < 0 else f"{v}  {name}", colour, ha="right" if side < 0 else "left",
                   bold=k == 0)
    for k, p in enumerate(chosen):
        colour, dash, _ = LOOKS[k % MOST]
        d.line([(left, y(rows.loc[p, "rank_first"])), (right, y(rows.loc[p, "rank_last"]))], colour, 2.4 if k == 0 else 1.7, dash)
    return d


def compare(table, one, two, labels, lang, dec) -> Drawing:
    row, head = 27.0, 22.0
    height = head + len(table) * row + 26
    label = min(200.0, max(wide(labels[c]) for c in table["component"]) + 12)
    low, high = padded(table[[one, two]].to_numpy().ravel(), 0.05, 0.02)
    x = scale(low, high, label + 8, WIDTH - 60)
    d = Drawing(WIDTH, height)
    at = label + 8
    for k, p in enumerate((one, two)):
        d.mark(at, 9, LOOKS[k][0], LOOKS[k][2], 7)
        d.word(at + 8, 9, cut(labels[p], 170), LOOKS[k][0], size=9.8, bold=k == 0)
        at += wide(labels[p], 9.8, True) + 26
    for t in ticks(low, high, 5):
        d.line([(x(t), head), (x(t), height - 22)], RULE, 0.6)
        d.word(x(t), height - 11, wording.number(t, lang, None), MUTED, size=9.5, ha="center")
    for i, r in enumerate(table.to_dict("records")):
        y = head + (i + 0.5) * row
        d.word(0, y, cut(labels[r["component"]], label))
        d.line([(x(r[one]), y), (x(r[two]), y)], "#aab3bd", 2)
        for k, p in ((1, two), (0, one)):
            d.mark(x(r[p]), y, LOOKS[k][0], LOOKS[k][2], 8 if k == 0 else 7)
        d.word(WIDTH - 2, y, wording.signed(r["difference"], lang, dec), COLOURS["good" if r["difference"] >= 0 else "bad"],
               ha="right")
    return d


def scatter(both: pd.DataFrame, chosen: list[str], names: tuple[str, str], lang: str) -> Drawing:
    height = 380.0
    d = Drawing(WIDTH, height)
    (ka, kb) = both.columns
    (a0, a1), (b0, b1) = padded(both[ka], 0.05, 0.01), padded(both[kb], 0.05, 0.01)
    x, y = scale(a0, a1, 52, WIDTH - 14), scale(b0, b1, height - 44, 26)
    for t in ticks(a0, a1, 6):
        d.line([(x(t), 26), (x(t), height - 44)], RULE, 0.6)
        d.word(x(t), height - 32, wording.number(t, lang, None), MUTED, ha="center", size=9.5)
    for t in ticks(b0, b1, 5):
        d.line([(52, y(t)), (WIDTH - 14, y(t))], RULE, 0.6)
        d.word(46, y(t), wording.number(t, lang, None), MUTED, ha="right", size=9.5)
    d.word(WIDTH - 14, height - 12, f"{cut(names[0], 420)} →", INK, ha="right", size=9.8)
    d.word(0, 10, f"↑ {cut(names[1], 480)}", INK, size=9.8)
    for p, r in both.iterrows():
        if p not in chosen:
            d.mark(x(r[ka]), y(r[kb]), "#7d8894", "o", 5)
    for k, p in enumerate(chosen):
        if p in both.index:
            px, py = x(both.loc[p, ka]), y(both.loc[p, kb])
            d.mark(px, py, LOOKS[k][0], LOOKS[k][2], 8)
            left = px > WIDTH - 120
            d.word(px - 8 if left else px + 8, py, place_name(p, lang), LOOKS[k][0], ha="right" if left else "left", bold=True)
    return d
