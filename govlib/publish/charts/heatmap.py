"""Components by year: one coloured cell a figure, its number inside; a column stays empty where nothing was published.

Where a component's figures do not join those before, a tick stands in a gap before its cell; where none do, one rule.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import pandas as pd

from govlib.publish.charts.canvas import INK, LINE, MUTED, NARROW, WIDTH, Canvas, margin, tall, wrapped
from govlib.publish.charts.frames import grouped, rows, spread_out
from govlib.words import wording
from govlib.words.tables import phrase

# light to dark in one hue (lightness falls evenly, so it also works in grey), with the ink that reads on each at 4.5:1
STEPS = (("#eef4fa", "#16212c"), ("#d3e3f2", "#16212c"), ("#b0cde6", "#16212c"), ("#86b2d6", "#16212c"),
         ("#2f75ad", "#ffffff"), ("#1c5a8e", "#ffffff"), ("#0c3f6b", "#ffffff"))
Breaks = Iterable[int] | Mapping[str, Iterable[int]]


class Cuts(NamedTuple):
    """What is drawn of the breaks: years at which every row breaks, and the other breaks by row."""

    whole: list[int]
    single: dict[str, list[int]]


def cuts(df: pd.DataFrame, breaks: Breaks) -> Cuts:
    """The breaks (years of all rows, or by row) that lie between figures: after the first year of a row, up to its last.

    A row that has no figures on both sides of a year does not count against the year's being everyone's break.
    """
    held = {name: sorted({int(r[1]) for r in g}) for name, g in grouped(rows(df, "row", "column", "value"), 0).items()}
    listed = {name: set(breaks.get(name, ()) if isinstance(breaks, Mapping) else breaks) for name in held}
    found = {name: sorted(int(b) for b in listed[name] if years[0] < b <= years[-1]) for name, years in held.items()}
    every = sorted({b for bs in found.values() for b in bs})
    whole = [b for b in every if all(b in found[name] for name, years in held.items() if years[0] < b <= years[-1])
             and sum(b in bs for bs in found.values()) > 1]
    return Cuts(whole, {name: left for name, bs in found.items() if (left := [b for b in bs if b not in whole])})


def draw(df: pd.DataFrame, lang: str = "vi", *, decimals: int = 1,  # noqa: PLR0913 - what is drawn, and the sheet's usual three
         limits: tuple[float, float] | None = None, breaks: Breaks = (), years: Iterable[int] = (), narrow: bool = False,
         hollow: Collection[int] = (), form: str = "figure", ax=None):
    """``df``: row (label), column (year), value. Seven equal steps between the limits (default: of the values).
    ``breaks``: years from which figures do not join those before, of all rows or by row. ``years``: columns to keep although
    they hold no value. ``narrow``: for a phone, each label above its row. ``hollow``: years
    whose figures stand by themselves: no colour, a star, and no part in the limits.

    >>> frame = pd.DataFrame({"row": ["A", "A"], "column": [2023, 2024], "value": [5.0, 6.0]})
    >>> draw(frame, "en", form="svg")[:4]
    '<svg'
    """
    filled = rows(df, "row", "column", "value")
    if not filled:
        raise ValueError("nothing to draw: no value in the frame")
    names, columns = list(dict.fromkeys(df["row"].tolist())), sorted({r[1] for r in filled} | set(years))
    scaled = [float(r[2]) for r in filled if r[1] not in hollow] or [float(r[2]) for r in filled]
    low, high = limits or (min(scaled), max(scaled))
    sheet, cell = NARROW if narrow else WIDTH, 19.0
    label = 0.0 if narrow else margin(names, high=205.0, size=10)
    labels = {name: wrapped(name, sheet if narrow else label - 6, 10) for name in names}
    width = min(46.0, (sheet - label - 4) / len(columns))
    over = {name: len(labels[name]) * 10 * LINE + 1 if narrow else 0.0 for name in names}
    heights = {name: over[name] + cell + 1 if narrow else tall(labels[name], cell, 10) for name in names}
    top = 22.0 if narrow else 20.0
    tops, bottom = {}, top
    for name in names:
        tops[name], bottom = bottom + over[name], bottom + heights[name]
    c = Canvas(sheet, bottom + 28)
    size = 9.5 if width >= 22 else 8.5
    for j, column in enumerate(columns):
        text = str(column) if width >= 24 else f"’{int(column) % 100:02d}"
        c.word(label + (j + 0.5) * width, 10, text, MUTED, size=size, ha="center")
        if not any(r[1] == column for r in filled):
            c.word(label + (j + 0.5) * width, tops[names[len(names) // 2]] + cell / 2 if narrow else (top + bottom) / 2, "–", MUTED,
                   size=size, ha="center")
    for name in names:
        c.block(0, tops[name] - over[name] / 2 if narrow else tops[name] + heights[name] / 2, labels[name], size=10)
    across = {k: j for j, k in enumerate(columns)}
    cut = cuts(df, breaks)
    before = {(name, b) for name in names for b in {*cut.whole, *cut.single.get(name, ())}}  # cells that leave room for the mark
    for name, column, value in filled:
        x, room, deep = label + across[column] * width, 1.6 if (name, column) in before else 0.5, cell if narrow else heights[name]
        short = 1.6 if (name, column + 1) in before else 0.5
        colour, ink = ("", INK) if column in hollow else _step(value, low, high)
        _cell(c, (x + room, tops[name] + 0.5, x + width - short, tops[name] + deep - 0.5), colour)
        text = wording.number(value, lang, decimals) + "*" * (column in hollow)
        c.word(x + width / 2, tops[name] + deep / 2, text, ink, size=size, ha="center")
    for b in cut.whole:
        x = label + sum(1 for k in columns if k < b) * width
        ends = [(4, 17), *((tops[name] - 0.5, tops[name] + cell + 0.5) for name in names)] if narrow else [(4, bottom)]
        for start, end in ends:  # not through the labels
            c.line([(x, start), (x, end)], INK, 1.2)
    for name, bs in cut.single.items():
        for b in bs:
            x = label + sum(1 for k in columns if k < b) * width
            c.line([(x, tops[name] - 0.5), (x, tops[name] + (cell if narrow else heights[name]) + 0.5)], INK, 1.2)
    _key(c, label, bottom + 14, wording.number(low, lang, decimals), wording.number(high, lang, decimals))
    return c.out(form, ax)


def _step(value: float, low: float, high: float) -> tuple[str, str]:
    """Colour and ink of a value between the limits."""
    return STEPS[0 if high <= low else min(len(STEPS) - 1, max(0, int((value - low) / (high - low) * len(STEPS))))]


def _cell(c: Canvas, edges: tuple[float, float, float, float], colour: str) -> None:
    """A cell in its colour; without one, its dashed outline."""
    left, top, right, bottom = edges
    if colour:
        c.box(left, top, right - left, bottom - top, colour)
    else:
        c.line([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], MUTED, 0.8, (2, 2))


def _key(c: Canvas, left: float, y: float, low: str, high: str) -> None:
    """The colours between the limits."""
    c.word(left, y, low, MUTED, size=9)
    for k, (colour, _) in enumerate(STEPS):
        c.box(left + 28 + k * 16, y - 5, 16, 10, colour)
    c.word(left + 32 + len(STEPS) * 16, y, high, MUTED, size=9)


def note(df: pd.DataFrame, lang: str, breaks: Breaks, years: Iterable[int] = (), merged: Iterable[int] = (),
         changed: Iterable[int] | None = None, hollow: Mapping[int, str] = MappingProxyType({})) -> str:
    """How to read what :func:`draw` marks, and nothing that it does not: rules, ticks, empty cells. ``merged``: breaks at which
    the unit changed; ``changed``: those at which the method did, else all that are not ``merged``; ``hollow``: year → why."""
    cut, held, names = cuts(df, breaks), {(r[0], r[1]) for r in rows(df, "row", "column", "value")}, set(df["row"])
    columns, told = {column for _, column in held} | set(years), []
    merged = set(merged)
    changed = set(cut.whole) - merged if changed is None else set(changed)
    if unit := [year for year in cut.whole if year in merged]:
        when = wording.joined(map(str, unit), lang)
        told.append(phrase("chart_heatmap.rule_from_years_down_through_every_row_admin", lang, when=when))
    if method := [year for year in cut.whole if year in changed]:
        when = wording.joined(map(str, method), lang)
        told.append(phrase("chart_heatmap.rule_from_years_down", lang, when=when))
    if cut.single:
        told.append(phrase("chart_heatmap.tick_before_cell_from", lang))
    if told:
        told.append(phrase("chart_heatmap.neither_figures_nor_colours", lang))
    told += starred(hollow, lang)
    if len(held) < len(names) * len(columns):
        told.append(phrase("chart_heatmap.no_cell_no_figure", lang))
    return " ".join(told)


def starred(hollow: Mapping[int, str], lang: str) -> list[str]:
    """Why figures stand by themselves, each reason once."""
    return [phrase("chart_heatmap.hollow", lang, what=what) for what in dict.fromkeys(hollow.values())]


def alt(df: pd.DataFrame, lang: str = "vi", *, what: str, decimals: int = 1, breaks: Breaks = (),
        hollow: Mapping[int, str] = MappingProxyType({})) -> str:
    """The strongest and weakest row of the newest column with two or more, the span of years, and where figures do not join."""
    filled = rows(df, "row", "column", "value")
    columns = grouped(filled, 1)
    told_of = [c for c in columns if c not in hollow] or list(columns)
    newest = max((c for c in told_of if len(columns[c]) > 1), default=max(told_of))
    last = sorted(columns[newest], key=lambda r: r[2])
    lowest, highest = ({"row": r[0], "value": r[2]} for r in (last[0], last[-1]))
    n = lambda v: wording.number(v, lang, decimals)  # noqa: E731
    span = f"{min(columns)}–{max(columns)}"
    told = phrase("chart_heatmap.heatmap_in_highest_lowest", lang, what=what, span=span, newest=newest, row=highest["row"],
                  n=n(highest["value"]), row2=lowest["row"], n2=n(lowest["value"]))
    cut = cuts(df, breaks)
    said = [f"{name}: {', '.join(map(str, bs))}" for name, bs in cut.single.items()]
    if cut.whole:
        said.insert(0, phrase("chart_heatmap.all_components", lang) + ", ".join(map(str, cut.whole)))
    told += phrase("chart_heatmap.figures_cannot_be_compared", lang) + "; ".join(said) + "." if said else ""
    return " ".join([told, *starred({y: why for y, why in hollow.items() if y in columns}, lang)])


def table(df: pd.DataFrame, lang: str = "vi", years: Iterable[int] = ()) -> pd.DataFrame:
    """One row a row, one column a year; the numbers of a column ``shown``, where there is one, carry their source."""
    out = spread_out(rows(df, "row", "column", "shown" if "shown" in df else "value"), [0], 1, [phrase("chart_gap.component",
                                                                                                       lang)])
    first, *held = out.columns
    return out.reindex(columns=[first, *sorted({*held, *map(type(held[0]), years)})]) if held else out
