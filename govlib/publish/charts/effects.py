"""Estimated effects: a dot each, its interval always drawn, a line at no effect."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from govlib.publish.charts.canvas import (
    COLOURS,
    INK,
    LINE,
    MUTED,
    NARROW,
    RULE,
    SIZE,
    WIDTH,
    Canvas,
    flow,
    margin,
    padded,
    scale,
    tall,
    ticks,
    wide,
    wrapped,
)
from govlib.words import wording
from govlib.words.tables import phrase

ROW = 18.0  # points


BESIDE = ["beside", "beside_low", "beside_high"]


def draw(df: pd.DataFrame, lang: str = "vi", *, decimals: int = 2, narrow: bool = False, form: str = "figure", ax=None,
         span: tuple[float, float] | None = None):
    """Dots with intervals, under a heading a group.

    ``df``: label, estimate, ci_low, ci_high, clear (bool: there is evidence; a hollow dot has none), and optionally group, and
    :data:`BESIDE`: what all estimates together say of the same, a square with a thick line below the dot; a row may have only that.
    The axis always holds zero, so that no interval looks clear of it by cropping; ``span`` (:func:`held`) is what it holds besides,
    for pictures that are read together. ``narrow``: for a phone, labels above the dots.

    >>> frame = pd.DataFrame({"label": ["A", "B"], "estimate": [0.2, -0.1], "ci_low": [0.1, -0.3], "ci_high": [0.3, 0.1],
    ...                       "clear": [True, False]})
    >>> draw(frame, "en", form="svg")[:4]
    '<svg'
    """
    df, pooled = _whole(df)
    if df.empty:
        raise ValueError("nothing to draw: no estimate in the frame")
    groups = list(dict.fromkeys(df["group"])) if "group" in df else [""]
    low, high = padded([*(span or held(df))], 0.06, 0.02)
    sheet, row = NARROW if narrow else WIDTH, ROW + (4 if pooled else 0)
    label = 0.0 if narrow else margin(df["label"], high=240.0) + 8
    names = {t: wrapped(t, sheet - 50 if narrow else label - 16) for t in df["label"]}
    heights = {t: len(n) * SIZE * LINE + (20 if pooled else 15) if narrow else tall(n, row) for t, n in names.items()}
    titles = {g: wrapped(g, sheet if narrow else sheet * 0.8, SIZE, 3, True) for g in groups if g}
    y = _key(sheet, lang, label)[1] if pooled else 6.0
    c = Canvas(sheet, sum(heights[t] for t in df["label"]) + sum(tall(t, ROW) + 4 for t in titles.values()) + 28 + y)
    if pooled:
        _legend(c, lang, label)
    x = scale(low, high, label + (4 if narrow else 0), sheet - (6 if narrow else 58))
    steps = ticks(low, high, 4 if narrow else 5)
    for t in steps:
        if not narrow:
            c.line([(x(t), y - 2), (x(t), c.height - 24)], RULE, 0.6)
        c.word(x(t), c.height - 12, wording.signed(t, lang, None), MUTED, size=9.5, ha="center")
    if not narrow:
        c.line([(x(0), y - 4), (x(0), c.height - 22)], INK, 1.2)
    for group in groups:
        rows = df if not group else df[df["group"] == group]
        if group:
            deep = tall(titles[group], ROW)
            c.block(0, y + deep / 2 + 3, titles[group], bold=True)
            y += deep + 4
        for r in rows.to_dict("records"):
            lines, deep = names[r["label"]], heights[r["label"]]
            head = y + len(lines) * SIZE * LINE / 2 if narrow else y + deep / 2  # where label and figure stand
            middle = y + deep - (11 if pooled else 8) if narrow else head
            c.block(8 if group and not narrow else 0, head, lines)
            for t in steps if narrow else ():  # beneath the label, not through it
                c.line([(x(t), middle - 7), (x(t), middle + 7)], INK if t == 0 else RULE, 1.2 if t == 0 else 0.6)
            _dots(c, r, x, middle)
            figure = r["estimate"] if r["estimate"] == r["estimate"] else r["beside"]
            c.word(sheet - 2, head, wording.signed(figure, lang, decimals), _colour(r), ha="right", bold=bool(r["clear"]))
            y += deep
    return c.out(form, ax)


def held(df: pd.DataFrame) -> tuple[float, float]:
    """The lowest and the highest figure of all rows, zero among them."""
    values = _whole(df)[0][["estimate", "ci_low", "ci_high", *BESIDE]].to_numpy(dtype=float).ravel()
    values = [0.0, *values[values == values]]
    return min(values), max(values)


def _whole(df: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    """The rows that can be drawn, with every column; and whether any has what all estimates together say."""
    df = df.assign(**{column: float("nan") for column in BESIDE if column not in df})
    return df[df["estimate"].notna() | df["beside"].notna()], bool(df["beside"].notna().any())


def _colour(row: dict) -> str:
    return COLOURS["province"] if row["clear"] else COLOURS["nation"]


def _dots(c: Canvas, r: dict, x: Callable[[float], float], middle: float) -> None:
    together, alone = r["beside"] == r["beside"], r["estimate"] == r["estimate"]
    if alone:
        at = middle - (4 if together else 0)
        if r["ci_low"] == r["ci_low"]:
            c.line([(x(r["ci_low"]), at), (x(r["ci_high"]), at)], _colour(r), 1.4 if together else 2.0)
        c.mark(x(r["estimate"]), at, _colour(r), "o", 6 if together else 7, hollow=not r["clear"])
    if together:
        at = middle + (4 if alone else 0)
        c.line([(x(r["beside_low"]), at), (x(r["beside_high"]), at)], INK, 3.0)
        c.mark(x(r["beside"]), at, INK, "s", 6.5)


def _key(sheet: float, lang: str, label: float) -> tuple[list[tuple[float, float]], float]:
    """Where the two entries of the legend stand, and where the rows begin."""
    names = [phrase(f"chart_effects.{key}", lang) for key in ("alone", "together")]
    places = flow([wide(name, 9.5) + 40 for name in names], sheet - label)
    return places, places[-1][1] + 20.0


def _legend(c: Canvas, lang: str, label: float) -> None:
    for key, (x, y) in zip(("alone", "together"), _key(c.width, lang, label)[0], strict=True):
        row = {"estimate": 1.0, "ci_low": 0.0, "ci_high": 2.0, "clear": False, "beside": float("nan")}
        if key == "together":
            row = {"estimate": float("nan"), "clear": False, "beside": 1.0, "beside_low": 0.0, "beside_high": 2.0}
        _dots(c, row, scale(0.0, 2.0, label + x + 2, label + x + 26), y + 8)
        c.word(label + x + 32, y + 8, phrase(f"chart_effects.{key}", lang), MUTED, size=9.5)


def alt(df: pd.DataFrame, lang: str = "vi", *, what: str, decimals: int = 2) -> str:
    s = lambda v: wording.signed(v, lang, decimals)  # noqa: E731
    to, beside = phrase("chart_effects.to", lang), phrase("chart_effects.together", lang)
    told = []
    for r in _whole(df)[0].to_dict("records"):
        alone, pooled = (f"{s(r[a])} ({s(r[b])} {to} {s(r[c])})" if r[a] == r[a] else "" for a, b, c in (
            ("estimate", "ci_low", "ci_high"), BESIDE))
        told.append((f"{r['group']}: " if r.get("group") else "") + f"{r['label']} " + ", ".join(
            filter(None, (alone, f"{beside.lower()} {pooled}" if pooled else ""))))
    return phrase("chart_effects.dots_with_intervals", lang, what=what) + "; ".join(told) + "."


def table(df: pd.DataFrame, lang: str = "vi") -> pd.DataFrame:
    """``df`` as for :func:`draw`, or with numbers that carry their source."""
    heads = {"group": "reform", "label": "outcome", "estimate": "estimate", "ci_low": "lower", "ci_high": "upper",
             "beside": "together", "beside_low": "lower_together", "beside_high": "upper_together"}
    heads = {column: phrase(f"chart_effects.{head}", lang) for column, head in heads.items() if column in df}
    return df[list(heads)].rename(columns=heads)
