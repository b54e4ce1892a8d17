"""The survey as a section or a page of its own with its tables, and made-up rounds to try it on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from govlib import paths
from govlib.institute import pages
from govlib.institute.satisfaction import page
from govlib.institute.satisfaction.estimates import tables
from govlib.institute.satisfaction.form import MIN_CELL, Survey, read
from govlib.institute.satisfaction.made_up import _demo
from govlib.words import wording

if TYPE_CHECKING:

    from govlib.publish.show import Html


def section(survey: Survey, lang: str = "vi", previous: Survey | None = None, *, min_cell: int = MIN_CELL) -> list[Html]:
    """The survey as a section of a briefing: finding, figure by service, groups, items, change, method and limits."""
    return page.section(survey, wording.check_language(lang), previous, min_cell)


def reported_section(lang: str = "vi", year: int | None = None) -> list[Html]:
    """What was reported of an earlier round (the newest, or of ``year``), for a briefing without microdata; empty where
    nothing was reported."""
    return page.reported_section(wording.check_language(lang), year)


def report(path: str | Path, lang: str, out: Path, previous: str | Path | None = None) -> list[Path]:
    """The page and the tables (CSV) of a round into ``out``; nothing is written where the form has a problem."""
    survey = read(path)
    earlier = read(previous) if previous else None
    pieces = [page.cover(survey, wording.check_language(lang)), *section(survey, lang, earlier)]
    return pages.write({pages.index(lang): pieces}, tables(survey, earlier), out, lang=lang)


def report_folder(path: str | Path) -> Path:
    """``briefings/<year>/satisfaction``."""
    return paths.briefings() / str(read(path).year) / "satisfaction"


def demo(out: Path, year: int = 2025, n: int = 1600, seed: int = 2025) -> list[Path]:
    """Two rounds of made-up answers, marked SYNTHETIC: ``satisfaction_<year-1>.csv`` and ``satisfaction_<year>.csv``.

    Eight communes or wards a stratum (urban, rural) as sampling units, unequal weights, answers correlated inside a unit.
    """
    return [_demo(Path(out), y, n, seed + y) for y in (year - 1, year)]
