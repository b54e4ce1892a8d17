"""What a province's briefing says, section by section, from the panel, the reform actions and the estimates.

:class:`Page` holds one province, edition year and language. Its methods return what :mod:`govlib.publish.show` displays:
sentences, cards, and keyword arguments of ``show.table`` and ``show.figure``. Nothing is fitted here and no gap is filled.

Every number carries a source and a locator. A published figure has those of its row in ``scores.parquet``. A figure worked
out from the panel has the source ``govlib`` and a locator that says how, in words that :func:`recompute` can follow:
``change pci/overall bac-ninh 2021 2022``, ``median papi/overall 2023``. So a reader, or a test, can find each one again.
"""

from __future__ import annotations

from collections.abc import Sequence

from govlib.errors import BadInput
from govlib.known import provinces
from govlib.publish.sections.base import DECIMALS, OURS, frame, tier_names, tiers
from govlib.publish.sections.closing import Closing
from govlib.publish.sections.evidence import Evidence
from govlib.publish.sections.goals import Goals
from govlib.publish.sections.leads import Leads
from govlib.publish.sections.merger import Merger
from govlib.publish.sections.recipes import recompute
from govlib.publish.sections.region import Region
from govlib.publish.sections.trends import Trends
from govlib.reading import beside
from govlib.reading.board import panel_board
from govlib.text import spans
from govlib.words import wording

__all__ = ["DECIMALS", "OURS", "Page", "frame", "load", "recompute", "tier_names", "tiers"]


class Page(Leads, Region, Trends, Evidence, Goals, Merger, Closing):
    """One province's briefing: every section's sentences, tables and figures."""


def load(province: str, year: int, lang: str = "vi", peers: Sequence[str] = ()) -> Page:
    """The page's data, checked: a known province of that edition, a year with data, a known language.

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
    return Page(slug, int(year), lang, beside.peers(slug, year, wanted), board)
