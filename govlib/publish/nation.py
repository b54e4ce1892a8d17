"""What the national overview says: leaders, movers, spread of the components, how the indices go together, coverage.

The newest edition comes first everywhere. Where its publisher or our sources give only some provinces, the page says what is
printed and no more, and the newest full edition follows, labelled. Numbers carry source and locator as on a province's page
(:mod:`govlib.publish.content`); the counts and their recipes are those of :mod:`govlib.publish.national.counts`.
"""

from __future__ import annotations

from govlib.errors import BadInput
from govlib.publish.national.base import SHOWN
from govlib.publish.national.counts import spearman
from govlib.publish.national.coverage import Coverage
from govlib.publish.national.movers import Movers
from govlib.publish.national.spread import Spread
from govlib.reading.board import panel_board
from govlib.text import spans
from govlib.words import wording

__all__ = ["SHOWN", "Overview", "load", "spearman"]


class Overview(Movers, Spread, Coverage):
    """The nation in one edition year: every section's sentences, tables and figures."""


def load(year: int, lang: str = "vi") -> Overview:
    """The overview of a year; raises BadInput for a language or a year without data."""
    wording.check_language(lang)
    board = panel_board()
    if year not in board.years():
        raise BadInput(f"no edition of {year}", column="year", value=year, fix=f"years with data: {spans(board.years())}")
    return Overview(int(year), lang, board)
