"""Ranks of two years joined by lines: who overtook whom. Where the two do not compare, they stand side by side, unjoined."""

from __future__ import annotations

import pandas as pd

from govlib.publish.charts.canvas import COLOURS, MARKS, MUTED, NARROW, WIDTH, WIDTHS, Canvas, cut, scale, spread, wide
from govlib.words.tables import phrase


def draw(df: pd.DataFrame, lang: str = "vi", *, years: tuple[int, int], height: float = 330.0, joined: bool = True,
         narrow: bool = False,
         form: str = "figure", ax=None):
    """One line a province from its rank in the first year to that in the second; first place at the top.

    ``df``: label, role (province, peer, region), before, now. ``joined``: False where the method changed between the two, so
    that no line suggests a rise or a fall. ``narrow``: for a phone.

    >>> frame = pd.DataFrame({"label": ["X", "Y"], "role": ["province", "peer"], "before": [4, 9], "now": [2, 12]})
    >>> draw(frame, "en", years=(2023, 2024), form="svg")[:4]
    '<svg'
    """
    df = df.dropna(subset=["before", "now"])
    if df.empty:
        raise ValueError("nothing to draw: no province has both ranks")
    low, high = float(df[["before", "now"]].min().min()), float(df[["before", "now"]].max().max())
    y = scale(low, max(high, low + 1), 34, height - 12)
    sheet = NARROW if narrow else WIDTH
    side, size = (min(110.0, max(wide(t, 9.5, True) for t in df["label"]) + 28), 9.5) if narrow else (196.0, 10.5)
    left, right = side, sheet - side
    c = Canvas(sheet, height)
    c.word(left, 12, str(years[0]), MUTED, ha="center", bold=True)
    c.word(right, 12, str(years[1]), MUTED, ha="center", bold=True)
    if not joined:
        c.line([(sheet / 2, 6), (sheet / 2, height - 4)], MUTED, 0.8, (1, 2))
    df = df.assign(last=(df["role"] == "province")).sort_values("last", kind="stable")
    at_left = spread([y(v) for v in df["before"]], 13.0, 30, height - 8)
    at_right = spread([y(v) for v in df["now"]], 13.0, 30, height - 8)
    for (_, row), a, b in zip(df.iterrows(), at_left, at_right, strict=True):
        role = row["role"]
        colour = COLOURS["nation" if role == "region" else role]
        label = cut(row["label"], side - 26, size) if narrow else row["label"]
        if joined:
            c.line([(left, y(row["before"])), (right, y(row["now"]))], colour, WIDTHS[role])
        for x, v, t in ((left, row["before"], a), (right, row["now"], b)):
            c.mark(x, y(v), colour, MARKS[role] if role != "region" else "o", 6 if role == "province" else 4)
            text = f"{label}  {int(v)}" if x == left else f"{int(v)}  {label}"
            c.word(x + (-10 if x == left else 10), t, text, colour, size=size, ha="right" if x == left else "left",
                   bold=role == "province")
    return c.out(form, ax)


def alt(df: pd.DataFrame, lang: str = "vi", *, years: tuple[int, int], what: str, joined: bool = True) -> str:
    """Each province's two ranks; where they do not compare, those of each year by themselves."""
    df = df.dropna(subset=["before", "now"]).sort_values("now")
    if joined:
        parts = [phrase("chart_slope.from_to", lang, name=r.label, before=int(r.before), now=int(r.now)) for r in df.itertuples()]
        return phrase("chart_slope.slope_chart_ranks", lang, years=years[0], years2=years[1], what=what) + "; ".join(parts) + "."
    told = [f"{year}: " + ", ".join(f"{r['label']} {int(r[column])}" for r in df.sort_values(column).to_dict("records"))
            for year, column in zip(years, ("before", "now"), strict=True)]
    return phrase("chart_slope.ranks_two_years_that", lang, what=what) + ". ".join(told) + "."


def table(df: pd.DataFrame, lang: str = "vi", *, years: tuple[int, int]) -> pd.DataFrame:
    """One row a province; ranks of columns ``shown_before`` and ``shown_now``, where there are such, carry their source."""
    shown = [f"shown_{c}" if f"shown_{c}" in df else c for c in ("before", "now")]
    out = df.dropna(subset=["before", "now"]).sort_values("now")[["label", *shown]]
    out = out if shown[0] != "before" else out.astype({"before": int, "now": int})
    out.columns = [phrase("chart_slope.province", lang),
                   *(phrase("chart_slope.rank", lang, y=y) for y in years)]
    return out
