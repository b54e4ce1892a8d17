"""Small multiples: one little line chart a component, all on one scale, so that heights compare across the sheet."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from govlib import wording
from govlib.charts._canvas import COLOURS, DASHES, MUTED, RULE, WIDTH, Canvas, padded, runs, scale, ticks, wrapped


def draw(df: pd.DataFrame, lang: str = "vi", *, breaks: Iterable[int] | dict[str, Iterable[int]] = (), decimals: int = 2,
         columns: int = 4, cell: float = 96.0, form: str = "figure"):
    """Panels of ``value`` by ``year``.

    Parameters
    ----------
    df : columns panel (label), year, series, role (province, region, nation), value.
    breaks : years at which every panel's lines are cut, or such years by panel.
    """
    df = df.dropna(subset=["value"])
    panels = list(dict.fromkeys(df["panel"]))
    if not panels:
        raise ValueError("nothing to draw: no value in the frame")
    rows = -(-len(panels) // columns)
    first, last = int(df["year"].min()), int(df["year"].max())
    low, high = padded(df["value"], 0.05, 0.1)
    each = (WIDTH - 26) / columns
    titles = {p: wrapped(p, each - 12, 10) for p in panels}
    head = 13 * max(len(t) for t in titles.values()) + 9  # room above the panels for titles of one or two lines
    c = Canvas(WIDTH, rows * (cell + head) + 18)
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
        mine = df[df["panel"] == panel]
        for (_, role), g in sorted(mine.groupby(["series", "role"], sort=False), key=lambda kv: kv[0][1] == "province"):
            points = list(zip(g["year"].astype(int), g["value"].astype(float), strict=True))
            for run in runs(points, cuts):
                if len(run) > 1:
                    c.line([(x(a), y(v)) for a, v in run], COLOURS[role], 2.0 if role == "province" else 1.1, DASHES[role])
                elif role == "province":
                    c.mark(x(run[0][0]), y(run[0][1]), COLOURS[role], "o", 3.5)
            if role == "province":
                a, v = max(points)
                c.mark(x(a), y(v), COLOURS[role], "o", 4.5)
                c.word(x(a) + 5, y(v), wording.number(v, lang, decimals), COLOURS[role], size=9.5, bold=True)
    _legend(c, df, c.height - 8)
    return c.out(form)


def _legend(c: Canvas, df: pd.DataFrame, y: float) -> None:
    at = 26.0
    for name, role in df[["series", "role"]].drop_duplicates().itertuples(index=False):
        c.line([(at, y), (at + 20, y)], COLOURS[role], 2.0 if role == "province" else 1.1, DASHES[role])
        c.word(at + 24, y, name, COLOURS[role], size=10)
        at += 40 + 6.0 * len(name)


def alt(df: pd.DataFrame, lang: str = "vi", *, what: str, decimals: int = 2) -> str:
    """Each panel's last value of the province, and how far above or below the nation it is where that is known."""
    parts = []
    for panel, g in df.dropna(subset=["value"]).groupby("panel", sort=False):
        mine = g[g["role"] == "province"].sort_values("year")
        if mine.empty:
            continue
        last = mine.iloc[-1]
        parts.append(f"{panel} {wording.number(last['value'], lang, decimals)} ({int(last['year'])})")
    head = wording.pick(lang, f"Lưới biểu đồ đường cùng thang đo, {what}. Giá trị mới nhất: ",
                        f"Grid of line charts on one scale, {what}. Latest values: ")
    return head + "; ".join(parts) + "."


def table(df: pd.DataFrame, lang: str = "vi") -> pd.DataFrame:
    """One row a panel and line, one column a year."""
    out = df.dropna(subset=["value"]).pivot_table(index=["panel", "series"], columns="year", values="value", sort=False)
    out = out[sorted(out.columns)].reset_index()
    out.columns = [wording.pick(lang, "Thành phần", "Component"), wording.pick(lang, "Đường", "Line"),
                   *(str(int(y)) for y in out.columns[2:])]
    return out
