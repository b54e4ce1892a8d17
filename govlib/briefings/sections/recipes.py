"""Finding a figure again: what a locator of source ``govlib`` says, followed on the panel."""

from __future__ import annotations

from govlib import comparisons, data, indices, targets, wording
from govlib.briefings.sections.base import DECIMALS
from govlib.briefings.sections.merger import Merger
from govlib.comparisons import Board
from govlib.errors import UnknownName


def recompute(locator: str, board: Board, lang: str = "vi") -> float | str | None:
    """The figure behind a locator of source ``govlib``, from the panel alone; ranks' changes come back as words.

    Raises
    ------
    UnknownName : a recipe that is not known.
    """
    words = locator.split(" ")
    verb, rest = words[0], words[1:]
    if verb in ("change", "rank_change", "threshold", "median", "gap", "rank", "region_rank", "region_median", "back_cast"):
        index_id, component = rest[0].split("/")
        years = [int(w) for w in rest[1:] if w.isdigit()]
        slug = next((w for w in rest[1:] if not w.isdigit()), "")
        m = board.matrix(index_id, component)
        if verb == "change":
            return float(m.at[years[1], slug] - m.at[years[0], slug])
        if verb == "rank_change":
            a, b = (board.cell(index_id, component, slug, y) for y in years)
            p = comparisons.place(board, index_id, component, slug, years[1])
            return wording.rank_change(a.rank, p.rank if b.rank is None else b.rank, lang)
        if verb == "threshold":
            return board.threshold(index_id, component, years[0])
        if verb == "median":
            return float(m.loc[years[0]].median())
        if verb == "back_cast":
            page = Merger(slug, 2025, lang, [], board)
            return float(comparisons.back_cast(board, index_id, component, page.predecessors, 2024).at[years[0], "back_cast"])
        place = comparisons.place(board, index_id, component, slug, years[0])
        return {"gap": place.gap, "rank": place.rank, "region_rank": place.region_rank, "region_median": place.region_median}[verb]
    if verb == "median_change":
        index_id, component = rest[0].split("/")
        m = board.matrix(index_id, component)
        return wording.change(float(m.loc[int(rest[2])].median() - m.loc[int(rest[1])].median()), lang, DECIMALS.get(index_id, 2))
    if verb == "quantile":
        return float(board.matrix(*rest[0].split("/")).loc[int(rest[1])].dropna().quantile(float(rest[2])))
    if verb == "coverage":
        return 100.0 * board.n_scored(rest[0], "overall", int(rest[1])) / board.expected(rest[0], int(rest[1]))
    if verb == "spearman":
        from govlib.briefings.nation import spearman

        x, y = (board.matrix(k).loc[int(rest[2])].dropna() for k in rest[:2])
        both = x.index.intersection(y.index)
        r = dict(zip(("", "low", "high"), spearman(x[both].to_numpy(), y[both].to_numpy()), strict=True)) | {"n": len(both)}
        return float(r[rest[3] if len(rest) > 3 else ""])
    if verb == "weight":
        w = indices.weights(rest[0], int(rest[1]))
        return w[rest[2]] / sum(w.values()) * 100
    if verb == "distance":
        found = comparisons.similar(data.shared("controls.parquet"), rest[0], int(rest[2]))
        return float(found.set_index("province").at[rest[1], "distance"])
    index_id, slug, year = rest[0], rest[1], int(rest[2])
    f = targets.official(board, index_id, year)
    if verb == "rank_by_weights":
        return f.rank(slug)
    if verb == "composite":
        return float(f.composite[slug])
    if verb in ("rank_q05", "rank_q95", "rank_equal"):
        return getattr(targets.weight_sensitivity(f, slug), verb[5:])
    rank = int(rest[3])
    if verb.startswith("chance"):
        moves = targets.movement(board, index_id, year)
        ch = targets.chances(f, {y: m for y, m in moves.items() if y <= int(rest[4])}, slug, rank)
        return wording.percent({"chance": ch.probability, "chance_low": ch.low, "chance_high": ch.high}[verb], lang)
    plan = targets.least_change(f, slug, rank=rank)
    if verb in ("rise", "bound"):
        return float((plan.rises if verb == "rise" else plan.bounds)[rest[4]])
    if verb in ("total", "target", "best"):
        return float(getattr(plan, verb))
    raise UnknownName("recipe", verb)
