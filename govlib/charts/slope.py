"""Ranks of two years joined by lines: who overtook whom."""

from __future__ import annotations

import pandas as pd

from govlib import wording
from govlib.charts._canvas import COLOURS, MARKS, MUTED, WIDTH, WIDTHS, Canvas, scale, spread


def draw(df: pd.DataFrame, lang: str = "vi", *, years: tuple[int, int], height: float = 330.0, form: str = "figure", ax=None):
    """One line a province from its rank in the first year to that in the second; first place at the top.

    ``df``: label, role (province, peer, region), before, now.
    """
    df = df.dropna(subset=["before", "now"])
    if df.empty:
        raise ValueError("nothing to draw: no province has both ranks")
    low, high = float(df[["before", "now"]].min().min()), float(df[["before", "now"]].max().max())
    y = scale(low, max(high, low + 1), 34, height - 12)
    left, right = 196.0, WIDTH - 196.0
    c = Canvas(WIDTH, height)
    c.word(left, 12, str(years[0]), MUTED, ha="center", bold=True)
    c.word(right, 12, str(years[1]), MUTED, ha="center", bold=True)
    df = df.assign(last=(df["role"] == "province")).sort_values("last", kind="stable")
    at_left = spread([y(v) for v in df["before"]], 13.0, 30, height - 8)
    at_right = spread([y(v) for v in df["now"]], 13.0, 30, height - 8)
    for (_, row), a, b in zip(df.iterrows(), at_left, at_right, strict=True):
        role = row["role"]
        colour = COLOURS["nation" if role == "region" else role]
        c.line([(left, y(row["before"])), (right, y(row["now"]))], colour, WIDTHS[role])
        for x, v, t in ((left, row["before"], a), (right, row["now"], b)):
            c.mark(x, y(v), colour, MARKS[role] if role != "region" else "o", 6 if role == "province" else 4)
            side = -1 if x == left else 1
            text = f"{row['label']}  {int(v)}" if side < 0 else f"{int(v)}  {row['label']}"
            c.word(x + side * 10, t, text, colour, ha="right" if side < 0 else "left", bold=role == "province")
    return c.out(form, ax)


def alt(df: pd.DataFrame, lang: str = "vi", *, years: tuple[int, int], what: str) -> str:
    df = df.dropna(subset=["before", "now"]).sort_values("now")
    parts = [f"{r.label} {int(r.before)} → {int(r.now)}" for r in df.itertuples()]
    return wording.pick(lang, f"Biểu đồ dốc thứ hạng {years[0]} → {years[1]}, {what}: ",
                        f"Slope chart of ranks {years[0]} → {years[1]}, {what}: ") + "; ".join(parts) + "."


def table(df: pd.DataFrame, lang: str = "vi", *, years: tuple[int, int]) -> pd.DataFrame:
    out = df.dropna(subset=["before", "now"]).sort_values("now")[["label", "before", "now"]].astype({"before": int, "now": int})
    out.columns = [wording.pick(lang, "Tỉnh, thành phố", "Province"),
                   *(wording.pick(lang, f"Thứ hạng {y}", f"Rank {y}") for y in years)]
    return out
