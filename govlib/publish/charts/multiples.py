"""Small multiples: one little line chart a component, all on one scale, so that heights compare across the sheet."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

import pandas as pd

from govlib.publish.charts.canvas import (
    COLOURS,
    DASHES,
    MUTED,
    NARROW,
    RULE,
    WIDTH,
    Canvas,
    flow,
    padded,
    runs,
    scale,
    ticks,
    wide,
    wrapped,
)
from govlib.publish.charts.frames import grouped, rows, spread_out
from govlib.publish.charts.heatmap import starred
from govlib.words import wording
from govlib.words.tables import phrase


def draw(df: pd.DataFrame, lang: str = "vi", *, breaks: Iterable[int] | Mapping[str, Iterable[int]] = (), decimals: int = 2,
         hollow: Collection[int] = (), narrow: bool = False, form: str = "figure", ax=None):
    """Panels of ``value`` by ``year``.

    Parameters
    ----------
    df : columns panel (label), year, series, role (province, region, nation), value.
    breaks : years at which every panel's lines are cut, or such years by panel.
    hollow : years whose figures of the province stand by themselves: a hollow mark, and its line is cut on both sides.
    narrow : for a phone: two panels side by side, not four.

    >>> frame = pd.DataFrame({"panel": "A", "year": [2023, 2024], "series": "X", "role": "province", "value": [5.0, 6.0]})
    >>> draw(frame, "en", form="svg")[:4]
    '<svg'
    """
    found = rows(df, "panel", "year", "series", "role", "value")
    panels = grouped(found, 0)
    if not panels:
        raise ValueError("nothing to draw: no value in the frame")
    width, columns, cell = (NARROW, 2, 80.0) if narrow else (WIDTH, 4, 80.0)
    down = -(-len(panels) // columns)
    first, last = min(int(r[1]) for r in found), max(int(r[1]) for r in found)
    low, high = padded([r[4] for r in found], 0.05, 0.1)
    each = (width - 26) / columns
    titles = {p: wrapped(p, each - 12, 10, 3, True) for p in panels}
    lines = [max(len(t) for t in list(titles.values())[k * columns:(k + 1) * columns]) for k in range(down)]
    heads = [13 * n + 9 for n in lines]  # room above each row of panels for titles of one to three lines
    names = list(grouped(found, 2, 3))
    places = flow([44 + wide(name, 10) for name, _ in names], width - 26)
    apart = both_sides(hollow)
    c = Canvas(width, sum(heads) + down * cell + 18 + places[-1][1])
    for i, panel in enumerate(panels):
        left, top = 26 + (i % columns) * each, sum(heads[:i // columns + 1]) + (i // columns) * cell - 2
        right, bottom = left + each - 14, top + cell - 16
        x, y = scale(first, max(last, first + 1), left + 4, right - 26), scale(low, high, bottom, top)
        for k, line in enumerate(reversed(titles[panel])):
            c.word(left, top - 10 - 12.5 * k, line, size=10, bold=True)
        for t in ticks(low, high, 3):
            c.line([(left, y(t)), (right, y(t))], RULE, 0.6)
            if i % columns == 0:
                c.word(left - 3, y(t), wording.number(t, lang, None), MUTED, size=9, ha="right")
        c.word(x(first), bottom + 9, str(first), MUTED, size=9, ha="left")
        c.word(x(last), bottom + 9, str(last), MUTED, size=9, ha="right")
        cuts = breaks.get(panel, ()) if isinstance(breaks, Mapping) else breaks
        for (_, role), g in sorted(grouped(panels[panel], 2, 3).items(), key=lambda kv: kv[0][1] == "province"):
            points = [(int(r[1]), float(r[4])) for r in g]
            for run in runs(points, {*cuts, *apart} if role == "province" else cuts):
                if len(run) > 1:
                    c.line([(x(a), y(v)) for a, v in run], COLOURS[role], 2.0 if role == "province" else 1.1, DASHES[role])
                elif role == "province":
                    c.mark(x(run[0][0]), y(run[0][1]), COLOURS[role], "o", 3.5, hollow=run[0][0] in hollow)
            if role == "province":
                a, v = max(points)
                c.mark(x(a), y(v), COLOURS[role], "o", 4.5, hollow=a in hollow)
                c.word(x(a) + 5, y(v), wording.number(v, lang, decimals) + "*" * (a in hollow), COLOURS[role], size=9.5, bold=True)
    for (name, role), (at, down_by) in zip(names, places, strict=True):
        left, line_at = 26 + at, c.height - 8 - places[-1][1] + down_by
        c.line([(left, line_at), (left + 20, line_at)], COLOURS[role], 2.0 if role == "province" else 1.1, DASHES[role])
        c.word(left + 24, line_at, name, COLOURS[role], size=10)
    return c.out(form, ax)


def both_sides(years: Iterable[int]) -> set[int]:
    """Where a line is cut around figures that join neither those before nor those after."""
    return {at for year in years for at in (year, year + 1)}


def alt(df: pd.DataFrame, lang: str = "vi", *, what: str, breaks: Iterable[int] | Mapping[str, Iterable[int]] = (),
        decimals: int = 2, hollow: Mapping[int, str] = MappingProxyType({})) -> str:
    """Each panel's last value of the province, and where its line breaks; ``hollow``: year → why its figures join nothing."""
    parts = []
    for panel, g in grouped(rows(df, "panel", "year", "role", "value"), 0).items():
        mine = [(int(r[1]), r[3]) for r in g if r[2] == "province"]
        if mine:
            year, value = max(mine)
            own = both_sides(y for y, _ in mine if y in hollow)
            cut = sorted({b for b in [*(breaks.get(panel, ()) if isinstance(breaks, Mapping) else breaks), *own]
                          if min(mine)[0] < b <= year})
            told = phrase("chart_multiples.line_broken_at", lang) + wording.joined(map(str, cut), lang) if cut else ""
            parts.append(f"{panel} {wording.number(value, lang, decimals)}{'*' * (year in hollow)} ({year}){told}")
    head = phrase("chart_multiples.grid_line_charts_on", lang, what=what)
    return " ".join([head + "; ".join(parts) + ".", *starred(hollow, lang)])


def table(df: pd.DataFrame, lang: str = "vi") -> pd.DataFrame:
    """One row a panel and line, one column a year."""
    heads = [phrase("chart_gap.component", lang), phrase("chart_multiples.line", lang)]
    figure = "shown" if "shown" in df else "value"  # the same with their source
    return spread_out([(p, s, int(y), v) for p, s, y, v in rows(df, "panel", "series", "year", figure)], [0, 1], 2, heads)
