"""What the national overview says: leaders, movers, spread of the components, how the indices go together, coverage.

The newest edition comes first everywhere. Where its publisher or our sources give only some provinces, the page says what is
printed and no more, and the newest full edition follows, labelled. Numbers carry source and locator as on a province's page
(:mod:`govlib.publish.content`); the counts and their recipes are those of :mod:`govlib.publish.national.counts`.
"""

from __future__ import annotations

from govlib.errors import BadInput
from govlib.publish.national import coverage, findings, movers, spread
from govlib.publish.national.base import SHOWN, Nation
from govlib.publish.national.counts import spearman
from govlib.publish.sections.country import country_figures
from govlib.reading.board import panel_board
from govlib.text import spans
from govlib.words import wording

__all__ = ["SHOWN", "Overview", "load", "spearman"]


class Overview(Nation):
    """The nation in one edition year: every section's sentences, tables and figures, in the order of the page."""

    cover = findings.cover
    reading_rule = findings.reading_rule
    findings = findings.findings  # last: from here on the name is the method's

    leaders = movers.leaders
    leaders_table = movers.leaders_table
    movers_sentence = movers.movers_sentence
    movers_table = movers.movers_table
    movers_note = movers.movers_note

    spreads = spread.spreads
    spread_figure = spread.spread_figure
    regions_table = spread.regions_table
    correlations = spread.correlations

    def map_figures(self) -> list[dict]:
        return country_figures(self.page)

    coverage_figure = coverage.coverage_figure
    coverage_notes = coverage.coverage_notes
    sources_table = coverage.sources_table


def load(year: int, lang: str = "vi", issuer: str = "") -> Overview:
    """The overview of a year; ``issuer``: the body that issues it. Raises BadInput for a language or a year without data."""
    wording.check_language(lang)
    board = panel_board()
    if year not in board.years():
        raise BadInput(f"no edition of {year}", column="year", value=year, fix=f"years with data: {spans(board.years())}")
    return Overview(int(year), lang, board, issuer=issuer)
