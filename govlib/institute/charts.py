"""One chart for both surveys: a dot with its interval on each line, the reference as a tick."""

from __future__ import annotations

from collections.abc import Sequence

from govlib.institute import synthetic as made_up
from govlib.publish import show
from govlib.publish.charts import canvas
from govlib.publish.charts.canvas import INK, MUTED, RULE, Canvas
from govlib.publish.show import PALETTE
from govlib.words import wording


def intervals(rows: Sequence[tuple[str, float, float, float]], *, lang: str, decimals: int = 1, unit: str = "",  # noqa: PLR0913 - keywords of one drawing
              reference: Sequence[float | None] | None = None, limits: tuple[float, float] | None = None,
              highlight: str | None = None, backwards: bool = False, synthetic: bool = False):
    """Lines of (label, value, low, high); ``reference``: an earlier value each, drawn as a hollow square.

    ``backwards``: the axis runs from large to small (ranks: the first place at the right). Returns a matplotlib Figure.
    """
    show.use_style()
    left = canvas.margin([label for label, *_ in rows], 120, 280) + 6
    right, gap, top = 120.0, 26.0, 8.0
    sheet = Canvas(height=top + gap * len(rows) + 30)
    old = [v for v in (reference or []) if v is not None and v == v]
    low, high = limits or canvas.padded([v for _, *vs in rows for v in vs if v == v] + old, 0.08, 0.5)
    ends = (left, sheet.width - right)
    x = canvas.scale(high, low, *ends) if backwards else canvas.scale(low, high, *ends)
    bottom = top + gap * len(rows)
    marks = canvas.ticks(low, high, 5)
    if decimals == 0:  # ranks: there is no place 2.5
        marks = sorted({max(1, round(tick)) for tick in marks} | {1, int(high)})
    for tick in marks:
        sheet.line([(x(tick), top), (x(tick), bottom)], RULE)
        sheet.word(x(tick), bottom + 14, wording.number(tick, lang, None) + unit, MUTED, ha="center")
    for i, (label, value, lo, hi) in enumerate(rows):
        y = top + gap * (i + 0.5)
        colour = PALETTE["province"] if highlight in (None, label) else PALETTE["nation"]
        sheet.word(left - 10, y, canvas.cut(label, left - 14), INK, ha="right", bold=label == highlight)
        if value != value:
            continue
        if lo == lo and hi == hi:
            sheet.line([(x(lo), y), (x(hi), y)], colour, 2.4)
        was = reference[i] if reference is not None else None
        if was is not None and was == was:
            sheet.mark(x(was), y, PALETTE["peers"], "s", 6, hollow=True)
        sheet.mark(x(value), y, colour, "o", 7)
        text = wording.number(value, lang, decimals) + unit
        if lo == lo and hi == hi:
            text += f" ({wording.number(lo, lang, decimals)}–{wording.number(hi, lang, decimals)})"
        sheet.word(sheet.width - right + 10, y, text, INK, size=9.5)
    figure = sheet.figure()
    return made_up.watermark(figure, lang) if synthetic else figure
