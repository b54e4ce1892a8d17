"""What a province's briefing says, section by section, from the panel, the reform actions and the estimates.

:class:`Page` holds one province, edition year and language, and calls the roll of what can be shown of it, in the order of
the page; each function lives in its section's module. They return what :mod:`govlib.publish.show` displays: sentences, cards,
and keyword arguments of ``show.table`` and ``show.figure``. Nothing is fitted here and no gap is filled.

Every number carries a source and a locator. A published figure has those of its row in ``scores.parquet``. A figure worked
out from the panel has the source ``govlib`` and a locator that says how, in words that :func:`recompute` can follow:
``change pci/overall bac-ninh 2021 2022``, ``median papi/overall 2023``. So a reader, or a test, can find each one again.
"""

from __future__ import annotations

from collections.abc import Sequence

from govlib.errors import BadInput
from govlib.known import provinces
from govlib.publish.sections import (
    asks,
    closing,
    components,
    country,
    digest,
    evidence,
    findings,
    goals,
    leads,
    merger,
    movement,
    portfolio,
    profile,
    region,
    requests,
    standing,
    trends,
)
from govlib.publish.sections.base import OURS, Context, once_noted, tier_names, tiers
from govlib.publish.sections.recipes import recompute
from govlib.reading import beside
from govlib.reading.board import panel_board
from govlib.text import spans
from govlib.words import wording

__all__ = ["OURS", "Page", "load", "once_noted", "recompute", "tier_names", "tiers"]


class Page(Context):
    """One province's briefing: every section's sentences, tables and figures."""

    stale = closing.stale

    cover = findings.cover
    standing_title = standing.standing_title
    standing_lead = standing.standing_lead
    standing_table = standing.standing_table
    places_figure = standing.places_figure
    against_printed = standing.against_printed
    unknown = standing.unknown
    asks_lead = asks.asks_lead
    watch = asks.watch
    unestimated = asks.unestimated
    lowest_table = asks.lowest_table
    nothing_left = asks.nothing_left
    outstanding = asks.outstanding
    asks = asks.asks  # last: from here on the name is the method's
    reading_rule = findings.reading_rule
    cards = findings.cards
    card = findings.card
    findings = findings.findings  # last: from here on the name is the method's

    with_components = components.with_components
    components_heading = components.components_heading
    components_intro = components.components_intro
    spine_figure = profile.spine_figure
    waterfall_figure = movement.waterfall_figure
    gap_figure = components.gap_figure
    components_table = components.components_table
    indicators_table = components.indicators_table
    no_indicators = components.no_indicators

    satisfaction_table = region.satisfaction_table
    region_year = region.region_year
    slope_figure = region.slope_figure
    region_table = region.region_table
    region_tables = region.region_tables
    slope_figures = region.slope_figures
    similar_table = region.similar_table

    trend_figure = trends.trend_figure
    rank_figure = trends.rank_figure
    multiples_figure = trends.multiples_figure
    heatmap_figure = trends.heatmap_figure
    map_figures = country.map_figures

    reforms_short = evidence.reforms_short
    reforms_table = evidence.reforms_table
    evidence_lead = evidence.evidence_lead
    evidence_digest = digest.digest
    survey_share = digest.survey_share
    evidence_sentences = evidence.evidence_sentences
    evidence = evidence.evidence  # last: from here on the name is the method's

    portfolio_table = portfolio.portfolio_table
    leads_intro = leads.leads_intro
    leads_rule = leads.leads_rule
    leads_tables = leads.leads_tables
    nothing_open = leads.nothing_open
    unfinished_table = leads.unfinished_table

    published_distance = goals.published_distance
    why_no_target = goals.why_no_target
    target = goals.target

    merger_tables = merger.merger_tables
    parts_table = merger.parts_table

    requests_table = requests.requests_table

    methods = closing.methods
    sources_table = closing.sources_table
    glossary = closing.glossary
    citation = closing.citation


def load(province: str, year: int, lang: str = "vi", peers: Sequence[str] = (), issuer: str = "") -> Page:
    """The page's data, checked: a known province of that edition, a year with data, a known language. ``issuer``: the body that
    issues the page; without one Bắc Ninh's page bears its institute, another's none.

    Raises
    ------
    UnknownName : province (with the nearest names). BadInput : language, or a year that the province has no figure in.
    MissingData : the panel is not built.
    """
    wording.check_language(lang)
    slug = provinces.resolve(province, year if 2005 <= year <= 2100 else None)
    board = panel_board()
    if year not in board.years():
        raise BadInput(f"no edition of {year}", column="year", value=year, fix=f"years with data: {spans(board.years(slug))}")
    wanted = [provinces.resolve(p) for p in peers] or list(beside.DEFAULT_PEERS)
    return Page(slug, int(year), lang, beside.peers(slug, year, wanted), board, issuer=issuer)
