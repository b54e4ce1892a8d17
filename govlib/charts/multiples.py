"""Small multiples: one little line chart a component, all on one scale, so that heights compare across the sheet."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from govlib import wording
from govlib.charts._canvas import COLOURS, DASHES, MUTED, RULE, WIDTH, Canvas, padded, runs, scale, ticks, wrapped
from govlib.charts._frames import grouped, rows, spread_out


def draw(df: pd.DataFrame, lang: str = "vi", *, breaks: Iterable[int] | dict[str, Iterable[int]] = (), decimals: int = 2,
         columns: int = 4, cell: float = 80.0, form: str = "figure", ax=None):
    """Panels of ``value`` by ``year``.

    Parameters
    ----------
    df : columns panel (label), year, series, role (province, region, nation), value.
    breaks : years at which every panel's lines are cut, or such years by panel.
    """
    found = rows(df, "panel", "year", "series", "role", "value")
    panels = grouped(found, 0)
    if not panels:
        raise ValueError("nothing to draw: no value in the frame")
    down = -(-len(panels) // columns)
    first, last = min(int(r[1]) for r in found), max(int(r[1]) for r in found)
    low, high = padded([r[4] for r in found], 0.05, 0.1)
    each = (WIDTH - 26) / columns
    titles = {p: wrapped(p, each - 12, 10) for p in panels}
    head = 13 * max(len(t) for t in titles.values()) + 9  # room above the panels for titles of one or two lines
    c = Canvas(WIDTH, down * (cell + head) + 18)
    for i, panel in enumerate(panels):
        left, top = 26 + (i % columns) * each, (i // columns) * (cell + head) + head - 2
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
        cuts = breaks.get(panel, ()) if isinstance(breaks, dict) else breaks
        for (_, role), g in sorted(grouped(panels[panel], 2, 3).items(), key=lambda kv: kv[0][1] == "province"):
            points = [(int(r[1]), float(r[4])) for r in g]
            for run in runs(points, cuts):
                if len(run) > 1:
                    c.line([(x(a), y(v)) for a, v in run], COLOURS[role], 2.0 if role == "province" else 1.1, DASHES[role])
                elif role == "province":
                    c.mark(x(run[0][0]), y(run[0][1]), COLOURS[role], "o", 3.5)
            if role == "province":
                a, v = max(points)
                c.mark(x(a), y(v), COLOURS[role], "o", 4.5)
                c.word(x(a) + 5, y(v), wording.number(v, lang, decimals), COLOURS[role], size=9.5, bold=True)
    _legend(c, grouped(found, 2, 3), c.height - 8)
    return c.out(form, ax)


def _legend(c: Canvas, lines: Iterable[tuple[str, str]], y: float) -> None:
    at = 26.0
    for name, role in lines:
        c.line([(at, y), (at + 20, y)], COLOURS[role], 2.0 if role == "province" else 1.1, DASHES[role])
        c.word(at + 24, y, name, COLOURS[role], size=10)
        at += 40 + 6.0 * len(name)


def alt(df: pd.DataFrame, lang: str = "vi", *, what: str, decimals: int = 2) -> str:
    """Each panel's last value of the province, and how far above or below the nation it is where that is known."""
    parts = []
    for panel, g in grouped(rows(df, "panel", "year", "role", "value"), 0).items():
        mine = [(int(r[1]), r[3]) for r in g if r[2] == "province"]
        if mine:
            year, value = max(mine)
            parts.append(f"{panel} {wording.number(value, lang, decimals)} ({year})")
    head = wording.pick(lang, f"Lưới biểu đồ đường cùng thang đo, {what}. Giá trị mới nhất: ",
                        f"Grid of line charts on one scale, {what}. Latest values: ")
    return head + "; ".join(parts) + "."


def table(df: pd.DataFrame, lang: str = "vi") -> pd.DataFrame:
    """One row a panel and line, one column a year."""
    heads = [wording.pick(lang, "Thành phần", "Component"), wording.pick(lang, "Đường", "Line")]
    return spread_out([(p, s, int(y), v) for p, s, y, v in rows(df, "panel", "series", "year", "value")], [0, 1], 2, heads)
