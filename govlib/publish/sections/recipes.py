"""Finding a figure again: what a locator of source ``govlib`` says, followed on the panel."""

from __future__ import annotations

from typing import TypeVar

from govlib.errors import NotEstimable
from govlib.panel import data
from govlib.publish.national import counts
from govlib.publish.sections import asks, goals
from govlib.publish.sections.base import DECIMALS, Context
from govlib.publish.sections.findings import parts_that_compare
from govlib.publish.sections.merger import predecessors
from govlib.reading import beside, comparisons, kept, moved, thresholds
from govlib.reading.board import Board
from govlib.words import headlines, wording

Found = TypeVar("Found")
OF_COMPONENT = ("change", "change_of_parts", "change_of_median", "part_of_change", "rest_of_change", "change_net", "common_ranks",
                "rank_change", "threshold", "step_beyond", "median", "gap", "gap_printed", "rank", "rank_by_score", "region_rank",
                "region_median",
                *beside.BACK_CAST)
KEPT = ("kept", "kept_points", "kept_low", "kept_high")


def there(found: Found | None) -> Found:
    """What a recipe says is there. Raises NotEstimable where it is not."""
    if found is None:
        raise NotEstimable("nothing is found again: the panel is another one than the page was made from")
    return found


def _kept(verb: str, rest: list[str], board: Board, lang: str) -> float | str:
    """What is left of a change a year later: the share in words, or points of one province's change."""
    index_id, component = rest[0].split("/")
    share = there(kept.of(board, index_id, component))
    if verb == "kept":
        return wording.percent(share.share, lang)
    m = board.matrix(index_id, component)[rest[1]]
    return share.of_change(float(m[int(rest[3])] - m[int(rest[2])]))[KEPT.index(verb) - 1]


def _of_component(verb: str, rest: list[str], board: Board, lang: str) -> float | str | None:
    """A figure of one index and component: changes, ranks, gaps, medians, the threshold."""
    index_id, component = rest[0].split("/")
    years = [int(w) for w in rest[1:] if w.isdigit()]
    slug = next((w for w in rest[1:] if not w.isdigit()), "")
    m = board.matrix(index_id, component)
    if verb == "change":
        return float(m.at[years[1], slug] - m.at[years[0], slug])
    if verb == "rank_change":
        a, b = (there(comparisons.place(board, index_id, component, slug, y)) for y in years)
        return wording.rank_change(a.rank, b.rank, lang)
    if verb == "common_ranks":
        return wording.common_ranks(*there(comparisons.common_ranks(board, index_id, component, slug, years[1])), lang)
    if verb == "change_net":
        return float(m.at[years[1], slug] - m.at[years[0], slug]) - there(comparisons.median_change(board, index_id, component,
                                                                                                    years[1]))
    if verb == "change_of_parts":
        return there(parts_that_compare(Context(slug, years[1], lang, [], board), index_id, years[1]))["change"]
    if verb in ("part_of_change", "rest_of_change"):
        shared, digits = there(moved.of(board, index_id, slug, years[1])), DECIMALS.get(index_id, 2)
        return shared.printed(digits)[component] if verb == "part_of_change" else shared.rest(digits)
    if verb == "change_of_median":
        return comparisons.median_change(board, index_id, component, years[1])
    if verb == "step_beyond":
        step = there(thresholds.step(board, index_id, component, years[0]))
        return f"{step.outside_beyond}/{step.outside}"
    if verb == "threshold":
        return thresholds.points(board, index_id, component, years[0])
    if verb == "median":
        return board.edition(index_id, component, years[0]).median
    if verb in beside.BACK_CAST:
        parts = predecessors(Context(slug, 2025, lang, [], board))
        return float(beside.back_cast(board, index_id, component, parts, 2024).at[years[0], verb])
    place = there(comparisons.place(board, index_id, component, slug, years[0]))
    return {"gap": place.gap, "gap_printed": place.gap_printed, "rank": place.rank, "rank_by_score": place.computed,
            "region_rank": place.region_rank, "region_median": place.region_median}[verb]


def recompute(locator: str, board: Board, lang: str = "vi") -> float | str | None:
    """The figure behind a locator of source ``govlib``, from the panel alone; ranks' changes come back as words.

    Raises
    ------
    UnknownName : a recipe that is not known.
    """
    words = locator.split(" ")
    verb, rest = words[0], words[1:]
    if verb == "any_by_chance":
        return wording.percent(headlines.by_chance(int(rest[0])), lang)
    if verb in KEPT:
        return _kept(verb, rest, board, lang)
    if verb in OF_COMPONENT:
        return _of_component(verb, rest, board, lang)
    if verb == "median_change":
        index_id, component = rest[0].split("/")
        return wording.change(there(comparisons.median_change(board, index_id, component, int(rest[2]))), lang,
                              DECIMALS.get(index_id, 2))
    if verb == "quantile":
        return float(board.stood_by(*rest[0].split("/")).loc[int(rest[1])].dropna().quantile(float(rest[2])))
    if verb == "coverage":
        return 100.0 * board.n_scored(rest[0], "overall", int(rest[1])) / board.expected(rest[0], int(rest[1]))
    if verb in counts.RECIPES:
        return counts.RECIPES[verb](rest, board)
    if verb in asks.RECIPES:
        return asks.recompute(verb, rest, board)
    if verb == "distance":
        alike = beside.similar(data.shared("controls.parquet"), rest[0], int(rest[2]))
        return float(alike.set_index("province").at[rest[1], "distance"])
    return goals.recompute(verb, rest, board, lang)
