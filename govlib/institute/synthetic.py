"""Made-up data, marked so that nobody can take it for published figures: in the file, on the figure, on the page.

The mark travels as metadata: a form's field ``data_kind`` and a column of that name in every row, the frame's ``attrs``.
Figures and pages take it from there. A published raw file has neither the field nor the column, so the panel refuses a
synthetic table for its header alone (a test shows it).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from govlib.forms.write import form_csv
from govlib.publish import show
from govlib.publish.show import PALETTE
from govlib.words.tables import both, phrase

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

MARK = "SYNTHETIC"
FIELD = "data_kind"
SAID = both("synthetic.synthetic_data_made_by")


def is_synthetic(what: Any) -> bool:
    """Whether a frame (or anything with ``meta``, ``attrs`` or a ``data_kind`` column) carries the mark."""
    for holder in (getattr(what, "meta", None), getattr(what, "attrs", None), what if isinstance(what, dict) else None):
        if isinstance(holder, dict) and str(holder.get(FIELD, "")).strip().upper() == MARK:
            return True
    columns = getattr(what, "columns", ())
    return FIELD in columns and bool(what[FIELD].astype(str).str.upper().eq(MARK).any())


def mark(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with the column ``data_kind`` and the mark in ``attrs``."""
    marked = frame.assign(**{FIELD: MARK})
    marked.attrs[FIELD] = MARK
    return marked


def form(path: Path, meta: Iterable[Sequence[object]], columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    """Write a made-up form: the mark stands above its header and in every row."""
    return form_csv(path, [(FIELD, MARK, SAID["vi"], SAID["en"]), *meta], [*columns, FIELD], ([*row, MARK] for row in rows))


def watermark(figure: Figure, lang: str = "vi") -> Figure:
    """The word across the drawing, pale, behind nothing: it stays when the picture is copied elsewhere."""
    words = phrase("synthetic.synthetic", lang)
    figure.text(0.5, 0.5, words, ha="center", va="center", rotation=18, fontsize=34, alpha=0.16, color=PALETTE["bad"], zorder=10)
    return figure


def banner(lang: str = "vi"):
    """The box on top of a page (:class:`govlib.publish.show.Html`)."""
    return show.callout_html(SAID[lang], title=MARK, kind="warning", lang=lang)
