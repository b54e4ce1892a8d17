"""What the national overview says: leaders, movers, spread of the components, how the indices go together, coverage.

The newest edition comes first everywhere. Where its publisher or our sources give only some provinces, the page says what is
printed and no more, and the newest full edition follows, labelled. Numbers carry source and locator as on a province's page
(:mod:`govlib.briefings.content`); the counts and their recipes are those of :mod:`govlib.briefings.national.counts`.
"""

from __future__ import annotations

from govlib import wording
from govlib.briefings.national.base import SHOWN
from govlib.briefings.national.counts import spearman
from govlib.briefings.national.coverage import Coverage
from govlib.briefings.national.movers import Movers
from govlib.briefings.national.spread import Spread
from govlib.comparisons import panel_board
from govlib.errors import BadInput
from govlib.text import spans

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
