"""The DDCI's pages with their tables, and a made-up round to try them on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from govlib import paths
from govlib.errors import NotEstimable, UnknownName
from govlib.institute import pages
from govlib.institute.ddci import page
from govlib.institute.ddci.form import Ratings, read
from govlib.institute.ddci.made_up import demo_file
from govlib.institute.ddci.score import Result, result
from govlib.words import wording

if TYPE_CHECKING:

    from govlib.publish.show import Html


def overview(ratings: Ratings, results: Sequence[Result], lang: str = "vi", refused: Sequence[tuple[str, str]] = ()) -> list[Html]:
    """Pieces of the overview of all units, cover first; ``refused``: (level, why it could not be ranked)."""
    return page.overview(ratings, results, refused, wording.check_language(lang))


def unit_page(res: Result, unit: str, lang: str = "vi") -> list[Html]:
    """Pieces of one unit's briefing, cover first.

    Raises
    ------
    UnknownName : a unit that is not ranked in this result.
    """
    if unit not in set(res.table["unit"]):
        raise UnknownName("ranked unit", unit, res.table["unit"].head(3))
    return page.unit(res, unit, wording.check_language(lang))


def report_folder(path: str | Path) -> Path:
    """``briefings/<year>/ddci``."""
    return paths.briefings() / str(read(path).year) / "ddci"


def report(path: str | Path, lang: str, out: Path, **options) -> list[Path]:
    """The overview (``index.html``, ``index.en.html``), a page for each unit, and the tables, into ``out``.

    ``options`` go to :func:`result`. Nothing is written where the form has a problem.
    """
    ratings = read(path)
    wording.check_language(lang)
    results, refused = [], []
    for level in ratings.levels:
        try:
            results.append(result(ratings, level, **options))
        except NotEstimable as why:
            refused.append((level, str(why)))
    if not results:
        raise NotEstimable("; ".join(why.removeprefix("not estimable, because ") for _, why in refused))
    made = {pages.index(lang): overview(ratings, results, lang, refused),
            **{f"{unit}.{lang}.html": unit_page(res, unit, lang) for res in results for unit in res.table["unit"]}}
    tables = {f"{res.level}_{name}": getattr(res, name) for res in results
              for name in ("table", "components", "items", "scenarios", "not_ranked")}
    return pages.write(made, tables, out, lang=lang)


def demo(out: Path, year: int = 2025, seed: int = 2025) -> list[Path]:
    """Made-up ratings, marked SYNTHETIC: departments and invented communes of a round after 1 July 2025."""
    return [demo_file(Path(out) / f"ddci_{year}.csv", year=year, seed=seed)]
