"""One score over the years: the province, its peers, the nation; lines end where figures do not join."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import pandas as pd

from govlib.publish.charts.canvas import (
    COLOURS,
    DASHES,
    INK,
    MARKS,
    MUTED,
    NARROW,
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
from govlib.publish.charts.frames import grouped, rows, spread_out
from govlib.publish.charts.gap import PEER_MARKS
from govlib.words import wording
from govlib.words.tables import phrase

PEER_DASHES = (None, (7, 2), (7, 2, 1.5, 2))  # peers share a colour: the dash tells their lines apart, the mark what stands alone
SAMPLE = 24.0  # points of its line beside each name


def draw(df: pd.DataFrame, lang: str = "vi", *, breaks: Iterable[int] = (), missing: Iterable[int] = (), decimals: int = 2,  # noqa: PLR0913 - keywords
         ranks: bool = False, narrow: bool = False, form: str = "figure", ax=None):
    """Lines of ``value`` by ``year``.

    df : columns year, series (label), role (province, peer, region, nation), value; NaN rows are gaps.
    breaks : years whose figures do not join those before: lines are cut and a thin rule says so.
    missing : years without a published figure of the province: a cross on the base line.
    ranks : the values are ranks: the first place stands at the top, and no mark between two places.
    narrow : for a phone: the lines are named beneath, not at their ends.
    >>> frame = pd.DataFrame({"year": [2023, 2024], "series": "X", "role": "province", "value": [5.0, 6.0]})
    >>> draw(frame, "en", form="svg")[:4]
    '<svg'
    """
    found = rows(df, "year", "series", "role", "value")
    breaks, missing = sorted(set(breaks)), sorted(set(missing))
    years = sorted({*(int(r[0]) for r in found), *missing})
    if not years:
        raise ValueError("nothing to draw: no value in the frame")
    sheet, height = NARROW if narrow else WIDTH, 205.0
    ends = list(dict.fromkeys(str(r[1]) for r in found))
    right = sheet - 6 if narrow else sheet - min(214.0, max((wide(e, SIZE, True) for e in ends), default=40) + 66 + SAMPLE + 4)
    top, bottom = 26.0, height - 22.0
    low, high = padded([r[3] for r in found] + [1] * ranks, 0.08, 0.05)
    x, y = scale(years[0], max(years[-1], years[0] + 1), 42, right - 8), scale(low, high, bottom - 6, top)
    marks = ticks(low, high, 4)
    if ranks:
        y, marks = scale(low, high, top, bottom - 6), sorted({max(1, round(mark)) for mark in marks} | {1})
    c = Canvas(sheet, height + (6 + 15 * len(ends) if narrow else 0))
    for t in marks:
        c.line([(34, y(t)), (right, y(t))], RULE, 0.7)
        c.word(30, y(t), wording.number(t, lang, None), MUTED, ha="right")
    step = max(1, -(-(years[-1] - years[0] + 1) // (6 if narrow else 11)))
    for year in range(years[0], years[-1] + 1):
        if (years[-1] - year) % step == 0:
            c.word(x(year), bottom + 11, str(year), MUTED, ha="center")
    _rules(c, [(x(b - 0.5), b) for b in breaks if years[0] < b <= years[-1]], (top, bottom), lang)
    for year in missing:
        c.mark(x(year), bottom - 3, MUTED, "x", 5)
    tails = []
    peers = list(dict.fromkeys(r[1] for r in found if r[2] == "peer"))
    for (name, role), g in sorted(grouped(found, 1, 2).items(), key=lambda kv: kv[0][1] == "province"):
        colour = COLOURS[role]
        dash, mark = _look(role, peers.index(name) if role == "peer" else 0)
        points = [(int(r[0]), float(r[3])) for r in g]
        for run in runs(points, breaks):
            if len(run) > 1:
                c.line([(x(a), y(v)) for a, v in run], colour, WIDTHS[role], dash)
            if role == "province" or len(run) == 1:
                for a, v in run:
                    c.mark(x(a), y(v), colour, mark, 5.5 if role == "province" else 4.5)
        last = max(points)
        tails.append(Tail(y(last[1]), _named(name, last, years[-1], lang, decimals), role, dash, mark))
    if narrow:
        _named_beneath(c, tails, height)
    else:
        for at, tail in zip(spread([one.at for one in tails], 12.5, top, bottom), tails, strict=True):
            _key(c, right + 4, at, tail)
    if not tails:
        c.word(sheet / 2, height / 2, wording.NONE, INK)
    return c.out(form, ax)


def _look(role: str, peer: int) -> tuple[tuple[float, ...] | None, str]:
    """Dash and mark of a line; peers have their own, the mark that they have in a profile."""
    if role == "peer":
        return PEER_DASHES[peer % len(PEER_DASHES)], PEER_MARKS[peer % len(PEER_MARKS)]
    return DASHES[role], MARKS[role]


class Tail(NamedTuple):
    """Where a line ends, and its name there."""

    at: float
    name: str
    role: str
    dash: tuple[float, ...] | None
    mark: str


def _key(c: Canvas, x: float, at: float, tail: Tail) -> None:
    """A piece of the line, its mark, its name."""
    c.line([(x, at), (x + SAMPLE, at)], COLOURS[tail.role], WIDTHS[tail.role], tail.dash)
    c.mark(x + SAMPLE / 2, at, COLOURS[tail.role], tail.mark, 5.5 if tail.role == "province" else 4.5)
    c.word(x + SAMPLE + 4, at, cut(tail.name, c.width - x - SAMPLE - 6), COLOURS[tail.role], bold=tail.role == "province")


def _named_beneath(c: Canvas, tails: list[Tail], height: float) -> None:
    """For a phone: each line's name under the drawing, the one that ends highest first."""
    for k, tail in enumerate(sorted(tails, key=lambda one: one.at)):
        _key(c, 6, height + 4 + 15 * k, tail)


def _rules(c: Canvas, breaks: Iterable[tuple[float, int]], height: tuple[float, float], lang: str) -> None:
    """A thin rule and a word at each break; one too near the last word for one of its own shares that, and a word that would leave
    the sheet stands to the left. A rule does not go through a word."""
    top, bottom = height
    labels: list[tuple[float, list[int]]] = []  # where the word begins, its years

    def words(years: Sequence[int]) -> str:
        return ", ".join([phrase("chart_trend.break", lang, b=years[0]), *(f"’{b % 100:02d}" for b in years[1:])])

    def shared(years: Sequence[int]) -> float:
        return wide(words(years), 9) + 6

    for at, b in breaks:
        if labels and at < labels[-1][0] + shared(labels[-1][1]):
            labels[-1][1].append(b)
        else:
            labels.append((at + 3, [b]))
        while len(labels) > 1 and labels[-2][0] + shared(labels[-2][1]) > c.width + 4 - shared(labels[-1][1]):
            labels[-2:] = [(labels[-2][0], labels[-2][1] + labels[-1][1])]
    placed = [(min(at, c.width + 4 - shared(years)), years) for at, years in labels]
    for at, years in placed:
        c.word(at, top - 10, words(years), MUTED, size=9)
    for at, _ in breaks:
        under = any(begin - 2 < at < begin + shared(years) - 6 for begin, years in placed)
        c.line([(at, top - (3 if under else 14)), (at, bottom)], MUTED, 0.8, (1, 2))


def _named(name: str, last: tuple[int, float], newest: int, lang: str, decimals: int) -> str:
    """A line's name with its last value, and the year where that is not the newest."""
    return f"{name} {wording.number(last[1], lang, decimals)}" + ("" if last[0] == newest else f" ({last[0]})")


def alt(df: pd.DataFrame, lang: str = "vi", *, what: str, breaks: Iterable[int] = (), missing: Iterable[int] = (),
        decimals: int = 2, ranks: bool = False) -> str:
    """The province's figures from break to break, the last such run with its highest and lowest; the last value of each other
    line, breaks and missing years. Figures on two sides of a break are never set beside each other as one movement."""
    n = lambda v: wording.number(v, lang, decimals)  # noqa: E731
    breaks, parts = sorted(set(breaks)), []
    for (name, role), g in grouped(rows(df, "year", "series", "role", "value"), 1, 2).items():
        points = sorted((int(r[0]), r[3]) for r in g)
        if role != "province":
            parts.append(f"{name}: {n(points[-1][1])} ({points[-1][0]})")
            continue
        runs = between(points, breaks)
        said = [f"{n(run[0][1])} ({run[0][0]})" if len(run) == 1 else phrase("chart_trend.to", lang, n=n(run[0][1]),
                                                                             run=run[0][0], n2=n(run[-1][1]), run2=run[-1][0])
                for run in runs]
        if len(runs[-1]) > 2 and not ranks:  # of ranks the ends say enough, and "highest" would say two things
            (high, top), (low, least) = max(runs[-1], key=lambda p: p[1]), min(runs[-1], key=lambda p: p[1])
            said[-1] += phrase("chart_trend.highest_lowest", lang, n=n(top), high=high, n2=n(least), low=low)
        head = name if len(runs) == 1 else phrase("chart_trend.period_by_period_not", lang, name=name)
        parts.append(f"{head}: " + "; ".join(said))
    told = phrase("chart_trend.line_chart", lang, what=what) + ". ".join(parts) + "."
    if breaks:
        years = wording.joined(map(str, breaks), lang)
        told += phrase("chart_trend.lines_break_at_ranks" if ranks else "chart_trend.lines_break_at_scores", lang, years=years)
    if missing := sorted(set(missing)):
        years = wording.joined(map(str, missing), lang)
        told += phrase("chart_trend.no_figure", lang, years=years)
    return told


def between(points: list[tuple[int, float]], breaks: Iterable[int]) -> list[list[tuple[int, float]]]:
    """Points (year, value) by year, cut before each break year and nowhere else: what compares, gaps or not."""
    cuts = sorted(set(breaks))
    out: dict[int, list[tuple[int, float]]] = {}
    for year, value in sorted(points):
        out.setdefault(sum(b <= year for b in cuts), []).append((year, value))
    return list(out.values())


def table(df: pd.DataFrame, lang: str = "vi") -> pd.DataFrame:
    """Years down, lines across; the numbers of a column ``shown``, where there is one, carry their source."""
    out = spread_out(rows(df, "year", "series", "shown" if "shown" in df else "value"), [0], 1, [phrase("chart_trend.year", lang)],
                     sort_rows=True, sort_columns=False)
    return out.assign(**{out.columns[0]: [str(int(y)) for y in out.iloc[:, 0]]})  # a year is a name, not a figure with decimals
