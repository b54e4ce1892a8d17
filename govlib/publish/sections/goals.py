"""What a higher rank or tier would take, and how likely it is."""

from __future__ import annotations

from collections.abc import Sequence

from govlib.errors import NotEstimable, UnknownName
from govlib.known import indices
from govlib.known.provinces import province_set
from govlib.publish import show
from govlib.publish.sections.base import DECIMALS, Context, clause, frame, tiers
from govlib.reading import outlook, targets, thresholds
from govlib.reading.board import FULL, Board, Cell
from govlib.reading.targets import LADDER
from govlib.text import spans
from govlib.words import wording

RUNGS = 3  # published scores above the province's own that a sentence names


def target_year(page: Context, index_id: str) -> int | None:
    """The newest edition up to the year with all provinces' components, this one's among them, and known weights, where
    it is not older than :data:`govlib.reading.targets.MAX_AGE` years."""
    newest = full_year(page, index_id)
    return newest if newest and newest >= page.year - targets.MAX_AGE else None


def full_year(page: Context, index_id: str) -> int | None:
    """The same of any age."""
    return next(iter(targets.bases(page.board, index_id, page.province, page.year)), None)


def why_no_target(page: Context, index_id: str) -> str | None:
    """Why there is no target on the edition of the page's year; None where there is one."""
    newest = full_year(page, index_id)
    if newest == page.year:
        return None
    why, name = targets.why_no_base(page.board, index_id, page.province, page.year), f"{page.short(index_id)} {page.year}"
    if why == "province":
        lacking = targets.lacking(page.board, index_id, page.province, page.year)
        ids = indices.component_ids(index_id, page.year)
        told = page.label("target.province", name=name, place=page.place(), reason=clause(page.reason(index_id, page.year)),
                          components=page.label("target.all_components") if len(lacking) == len(ids)
                          else _names(page, index_id, lacking, page.year))
    else:
        n = min((page.board.n_scored(index_id, c, page.year) for c in indices.component_ids(index_id, page.year)), default=0)
        told = page.label(f"target.{why}", name=name, n=n, of=page.board.expected(index_id, page.year),
                          first=indices.published_ranks(index_id, page.year))
    if newest is None:
        return told
    if newest == target_year(page, index_id):
        return told + " " + page.label("target.older", year=newest, next=newest + 1)
    changed = [str(y) for y in sorted({b.year for b in page.board.breaks(index_id, "overall", newest, page.year)})]
    but = page.label("target.method_since", years=wording.joined(changed, page.lang)) if changed else ""
    return told + " " + page.label("target.too_old", full=f"{page.short(index_id)} {newest}", year=newest, next=newest + 1,
                                   changed=but)


def _names(page: Context, index_id: str, components: Sequence[str], year: int) -> str:
    """Components' names in a row; a semicolon between them, as names have commas of their own."""
    names = [page.component(index_id, c, year) for c in components]
    return "; ".join(names) if len(names) > 2 or any("," in n for n in names) else wording.joined(names, page.lang)


def published_distance(page: Context, index_id: str, rank: int | None = None) -> list[show.Html]:
    """How far the newest published score is below the printed scores of higher ranks: ``rank`` if chosen, and the next of
    the ladder. Empty where a target on that edition or a newer one says more, or where no score was published."""
    cell = page.newest_scored(index_id)
    if (cell is None or cell.status != "published" or cell.year <= (target_year(page, index_id) or 0)
            or not page.own_unit(cell.year)):  # no distance to make up: a unit of before the merger had it
        return []
    name, score = f"{page.short(index_id)} {cell.year}", page.num(cell)
    if cell.rank == 1:
        return [show.fmt(page.label("target.published_first"), name=name, place=page.place(), score=score)]
    edition = (page.board.row(index_id, "overall", p, cell.year) for p in page.board.edition(index_id, "overall", cell.year).names)
    # where its own rank was not printed, a printed rank with a lower score is behind it all the same
    behind = cell.rank or min((c.rank for c in edition if c.rank is not None and c.score is not None and cell.score is not None
                               and c.score < cell.score), default=10**6)
    behind = min(behind, 1 + (indices.published_ranks(index_id, cell.year) or 10**6))
    above = [r for r in sorted({*LADDER, *([rank] if rank else [])}, reverse=True) if r < behind]
    held = {r: c for r in above if (c := targets.printed_at(page.board, index_id, cell.year, r))
            and printed_gap(c, cell, index_id) > 0}
    if not held:
        return []
    rungs: list[show.Html] = []
    for r in sorted({*list(held)[:RUNGS], *(r for r in held if r == rank)}, reverse=True):
        gap = page.ours(printed_gap(held[r], cell, index_id), f"gap_to_rank {index_id}/overall {page.province} {cell.year} {r}",
                        page.decimals(index_id))
        rungs.append(show.fmt(page.label("target.rung_more" if rungs else "target.rung"), rank=r, who=page.place(held[r].province),
                              score=page.num(held[r]), gap=gap))
    says = [show.fmt(page.label("target.published"), name=name, place=page.place(), score=score, rungs=show.join(rungs, "; "))]
    unknown = [r for r in above if r not in held and (r > max(held) or r == rank)]
    if unknown:
        says[0] = show.join([says[0], page.label("target.rungs_lacking",
                                                 ranks=wording.joined([str(r) for r in sorted(unknown)], page.lang))])
    return says


def tier_rank(page: Context, index_id: str, tier: str, field_: targets.Field) -> int:
    """The last rank that still is in a tier: PAPI's groups are quarters (16, 16, 15, 16 of 63), PCI's are as printed.

    Raises
    ------
    UnknownName : no such tier. NotEstimable : the edition's tiers are not in our sources.
    """
    known = [name for t in indices.index(index_id).tiers for name in (t["vi"], t["en"])]
    if tier not in known:
        raise UnknownName(f"tier of {page.short(index_id)}", tier, known)
    at = known.index(tier) // 2
    if index_id == "papi":
        return round(len(field_.composite) * (16, 32, 47, 63)[at] / 63)
    printed = tiers(index_id, field_.year)
    members = [p for p, t in printed.items() if t == known[2 * at] and p in field_.composite.index]
    if not members:
        raise NotEstimable(f"the tiers of {page.short(index_id)} {field_.year} are not in our sources")
    return max(field_.rank(p) for p in members)


def target(page: Context, index_id: str, rank: int | None = None, tier: str | None = None) -> dict | None:
    """Everything of the target section for one index: the sentences, the plans' table, and what the rank owes to the weights.

    ``rank`` or ``tier`` chosen; default: the next of :data:`govlib.reading.targets.LADDER` above where the province stands.
    """
    year = target_year(page, index_id)
    if year is None:
        return None
    f, name = targets.official(page.board, index_id, year), f"{page.short(index_id)} {year}"
    now = f.rank(page.province)
    if tier:
        try:
            rank = tier_rank(page, index_id, tier, f)
        except UnknownName:
            return None  # a tier of the other index
        except NotEstimable:
            return {"heading": name, "table": None, "plan": None,
                    "sentences": [show.esc(page.label("target.no_tier", name=name, tier=tier))]}
    wanted = rank or max((r for r in LADDER if r < now), default=1)
    if tier:
        tier = next(t[page.lang] for t in indices.index(index_id).tiers if tier in (t["vi"], t["en"]))
    if wanted >= len(f.composite):  # the last place is no target: everyone has it
        told = page.label("target.last_tier" if tier else "target.no_rank", name=name, of=len(f.composite), rank=wanted, tier=tier)
        return {"heading": name, "table": None, "plan": None, "sentences": [show.esc(told)]}
    goal = page.label("target.first") if wanted == 1 else page.label("target.rank", rank=wanted)
    if tier:
        goal = page.label("target.tier", tier=tier, rank=wanted)
    plan = _plan(page.board, f, page.province, wanted)
    says = [*_recomputed(page, index_id, f), *_needs(page, index_id, f, plan, wanted, goal),
            *_chance(page, index_id, f, wanted, goal)]
    return {"heading": name, "table": _plans_table(page, index_id, f, plan, wanted, goal) if now > wanted else None,
            "sentences": says, "plan": plan,
            "weights": [show.fmt("{name}: {told}", name=name, told=_sensitivity(page, index_id, f))]}


def _plan(board: Board, f: targets.Field, province: str, rank: int) -> targets.Plan:
    """The plan as it is printed, worked out once for its dozens of figures, of this field and no other."""
    key = ("printed plan", f.index_id, f.year, province, rank)
    if board.memo.get(key, (None,))[0] is not f:
        board.memo[key] = f, targets.least_change(f, province, rank=rank, step=targets.STEP)
    return board.memo[key][1]


def _recomputed(page: Context, index_id: str, f: targets.Field) -> list[show.Html]:
    """Said where components and weights do not give the published total as printed (PCI 2011) or the rank, and where the
    publisher ranks the first provinces only (PCI 2023): the other ranks are ours."""
    cell, name = page.board.cell(index_id, "overall", page.province, f.year), f"{page.short(index_id)} {f.year}"
    ranked = indices.published_ranks(index_id, f.year)
    ours = [] if ranked is None else [show.esc(page.label("target.ranks_ours", name=name, first=ranked, of=len(f.composite)))]
    if cell is None or cell.score is None:
        return ours
    same = wording.number(cell.score, page.lang) == wording.number(float(f.composite[page.province]), page.lang)
    if same and cell.rank in (None, f.rank(page.province)):
        return ours
    key = "target.recomputed" if cell.rank else "target.recomputed_score"
    return [*ours, show.fmt(page.label(key), name=name, score=page.num(cell),
                            **({"rank": page.num(cell, what="rank")} if cell.rank else {}))]


def _needs(page: Context, index_id: str, f: targets.Field, plan: targets.Plan, wanted: int, goal: str) -> list[show.Html]:
    """What the target takes: nothing, more than a year gives, or the least change and the same spread out."""
    one, name = f"{index_id} {page.province} {f.year}", f"{page.short(index_id)} {f.year}"
    key = f"{one} {wanted}"
    common = {"name": name, "place": page.place(), "goal": goal,
              "now": page.ours(f.rank(page.province), f"rank_by_weights {one}", 0)}
    if f.rank(page.province) <= wanted:
        margin, which = plan.now - plan.target, "target.leads" if wanted == 1 else "target.there"
        if wording.is_zero(margin):
            return [show.fmt(page.label(which + "_tied"), rank=common["now"], **common)]
        return [show.fmt(page.label(which), rank=common["now"], margin=page.ours(margin, f"margin {key}", 2), **common)]
    common |= {"composite": page.ours(plan.now, f"composite {one}", 2),
               "target": page.ours(printed_target(plan), f"target {key}", 2)}
    if not plan.reachable:
        return [show.fmt(page.label("target.out_of_reach"), best=page.ours(plan.best, f"best {key}", 2),
                         best_rank=page.ours(targets.rank_at(f, page.province, plan.best), f"best_rank {key}", 0), **common)]
    largest = f.largest.reindex(plan.spread.index).fillna(0)
    capped = (plan.spread < plan.share * largest - targets.STEP).any()  # bounds are rounded down
    return [show.fmt(page.label("target.needs"), **common), _least(page, index_id, plan, key),
            show.fmt(page.label("target.spread_capped" if capped else "target.spread"),
                     share=page.ours(share_words(plan.share, page.lang), f"share {key}"))]


def _least(page: Context, index_id: str, plan: targets.Plan, key: str) -> show.Html:
    """The least change in words: what every least plan does, and among which components there is a choice."""
    def names(ids: Sequence[str]) -> str:
        return _names(page, index_id, ids, plan.year)

    def rise(c: str) -> show.Html:
        return page.ours(float(plan.either[c]), f"either {key} {c}", 2, True)

    total, either = page.ours(plan.total, f"total {key}", 2), list(plan.either.index)
    if not plan.full and len(either) == 1:
        return show.fmt(page.label("target.least_one"), points=total, component=names(either))
    if not plan.full and either:
        short = [c for c in plan.rises.index if c not in either]
        if not short:
            return show.fmt(page.label("target.least_all"), points=total, k=len(either))
        if len(plan.shared) == len(plan.rises) and len(short) < len(either):
            return show.fmt(page.label("target.least_but"), points=total, k=len(plan.shared), but=names(short))
        return show.fmt(page.label("target.least_any"), points=total, k=len(either), components=names(either))
    if not plan.full and plan.shared:
        if len(plan.shared) == len(plan.rises):
            return show.fmt(page.label("target.least_shared_all"), points=total, k=len(plan.shared))
        return show.fmt(page.label("target.least_shared"), points=total, k=len(plan.shared), components=names(plan.shared))
    parts = [show.esc(page.label("target.part_full", components=names(plan.full)))] if plan.full else []
    if len(either) == 1:
        parts.append(show.fmt(page.label("target.part_one"), rise=rise(either[0]), component=names(either)))
    elif either:
        parts.append(show.fmt(page.label("target.part_any"), rise=rise(either[0]), k=len(either), components=names(either)))
    elif plan.shared:
        rest = page.ours(float(plan.rises[list(plan.shared)].sum()), f"rest {key}", 2, True)
        parts.append(show.fmt(page.label("target.part_shared"), rise=rest, components=names(plan.shared)))
    return show.fmt(page.label("target.least_many"), points=total, parts=show.join(parts, page.label("goals.and")))


def _plans_table(page: Context, index_id: str, f: targets.Field, plan: targets.Plan, wanted: int, goal: str) -> dict:
    key, name, rows = f"{index_id} {page.province} {f.year} {wanted}", f"{page.short(index_id)} {f.year}", []
    choice = len(plan.either) > 1
    split = plan.shared and plan.either.empty
    heads = "target.col_least_any" if choice else "target.col_least_split" if split else "target.col_least"
    for c in f.scores.columns:
        row = {page.label("col.component"): page.component(index_id, c, f.year),
               page.label("col.score"): page.num(page.board.cell(index_id, c, page.province, f.year))}
        if plan.reachable:
            least = page.ours(float(plan.rises[c]), f"rise {key} {c}", 2, True)
            if choice and c in plan.either.index:
                each = page.ours(float(plan.either[c]), f"either {key} {c}", 2, True)
                least = show.fmt("{word} {rise}", word=page.label("target.or"), rise=each)
                least.value = f"{page.label('target.or')} {each.value!r}"  # in the file too: three such rises are one
            row |= {page.label(heads): least,
                    page.label("target.col_spread"): page.ours(float(plan.spread[c]), f"spread {key} {c}", 2, True)}
        rows.append(row | {page.label("col.bound"): page.ours(float(plan.bounds[c]), f"bound {key} {c}", 2),
                           page.label("col.weight"): page.ours(float(f.weights[c] / f.weights.sum() * 100),
                                                               f"weight {index_id} {f.year} {c}", 1)})
    return {"df": frame(rows), "caption": page.label("target.caption" if plan.reachable else "target.caption_bounds", name=name,
                                                     goal=goal),
            "lang": page.lang, "note": page.label("note.target" if plan.reachable else "note.target_bounds"),
            "source": page.source_line(index_id, f.year), "name": f"target-{index_id}-{page.province}"}


def _chance(page: Context, index_id: str, f: targets.Field, wanted: int, goal: str) -> list[show.Html]:
    """Where it may stand a year later, and how likely the goal is, where editions not seen bear such a chance out; else that they
    do not."""
    try:
        ch, (low, high) = (outlook.told(page.board, index_id, f.year, page.province, wanted),
                           outlook.rank_range(page.board, index_id, f.year, page.province))
        years = outlook.pairs(page.board, index_id, f.year)
    except NotEstimable:
        return [show.esc(page.label("target.no_chance", n=len(outlook.pairs(page.board, index_id, f.year)), year=f.year))]
    key = f"{index_id} {page.province} {f.year}"
    told = [show.fmt(page.label("target.range"), years=spans(years), next=f.year + 1, low=page.ours(low, f"rank_low {key}", 0),
                     high=page.ours(high, f"rank_high {key}", 0),
                     held=page.ours(wording.percent(outlook.held(page.board, index_id), page.lang), f"range_held {key}"))]
    if ch is None:
        told.append(show.esc(page.label("target.no_skill", goal=goal)))
    else:
        told.append(show.fmt(page.label("target.chance"), goal=goal, p=page.ours(chance_words(ch, page.lang),
                                                                                 f"chance {key} {wanted}")))
    changed = sorted({b.year for b in page.board.breaks(index_id, "overall", years[-1], f.year)})
    if changed:
        step = thresholds.step(page.board, index_id, "overall", f.year)
        told.append(show.esc(page.label("target.other_method" if step is None or step.fits else "target.other_method_moves",
                                        years=wording.joined([str(y) for y in changed], page.lang), year=f.year)))
    later = len(province_set(f.year + 1))
    if later < FULL * len(province_set(f.year)):
        told.append(show.esc(page.label("target.new_map", next=f.year + 1, of=later)))
    return [show.join(told)]


def _sensitivity(page: Context, index_id: str, f: targets.Field) -> show.Html:
    s, one = targets.weight_sensitivity(f, page.province), f"{index_id} {page.province} {f.year}"
    heaviest, even = f.weights.idxmax(), f.weights.max() - f.weights.min() < 1e-9
    low, high = targets.weight_range(f, heaviest)
    key = f"{index_id} {f.year} {heaviest}"
    told = show.fmt(page.label("target.sensitivity_same" if s.q05 == s.q95 else "target.sensitivity"), draws=s.draws,
                    low=page.ours(s.q05, f"rank_q05 {one}", 0),
                    high=page.ours(s.q95, f"rank_q95 {one}", 0),
                    weight=page.ours(float(100 * f.weights[heaviest] / f.weights.sum()), f"weight {key}", 1),
                    weight_low=page.ours(100 * low, f"weight_low {key}", 0),
                    weight_high=page.ours(100 * high, f"weight_high {key}", 0))
    if even:  # the weights in force are equal already
        return show.join([told, "."], "")
    return show.join([told, show.fmt(page.label("target.sensitivity_equal"), equal=page.ours(s.equal, f"rank_equal {one}", 0)),
                      "."], "")


def printed_target(plan: targets.Plan) -> float:
    """The total to reach as printed: what is printed for the total now and what is lacking, so that the one taken from the
    other is the rise that the sentence gives. Never below what the rank takes by more than rounding, nor above it by two steps."""
    return round(plan.now, 2) + plan.need


def printed_gap(above: Cell, own: Cell, index_id: str) -> float:
    """The difference of two scores as printed."""
    digits = DECIMALS.get(index_id, 2)
    if above.score is None or own.score is None:
        raise ValueError(f"{index_id}: a score of {above.province} or {own.province} is not there")
    return round(above.score, digits) - round(own.score, digits)


def share_words(p: float, lang: str) -> str:
    """A share in whole per cent; what would round to nought is not called that."""
    return wording.label("target.under", lang) if p < 0.005 else wording.percent(p, lang)


def chance_words(ch: outlook.Chance, lang: str) -> str:
    """A chance as printed: draws alone never make it certain."""
    return wording.label("target.over", lang) if ch.probability > 0.995 else share_words(ch.probability, lang)


def recompute(verb: str, rest: Sequence[str], board: Board, lang: str) -> float | str:
    """A figure of this section behind its recipe.

    Raises
    ------
    UnknownName : a recipe that is not known.
    """
    if verb == "gap_to_rank":
        index_id, component = rest[0].split("/")
        above = targets.printed_at(board, index_id, int(rest[2]), int(rest[3]))
        if above is None:
            raise UnknownName("printed rank", rest[3])
        return printed_gap(above, board.row(index_id, component, rest[1], int(rest[2])), index_id)
    if verb in ("weight", "weight_low", "weight_high"):
        f = targets.official(board, rest[0], int(rest[1]))
        if verb == "weight":
            return float(f.weights[rest[2]] / f.weights.sum() * 100)
        return 100 * targets.weight_range(f, rest[2])[verb == "weight_high"]
    index_id, slug, year = rest[0], rest[1], int(rest[2])
    f = targets.official(board, index_id, year)
    if verb == "rank_by_weights":
        return f.rank(slug)
    if verb == "composite":
        return float(f.composite[slug])
    if verb in ("rank_q05", "rank_q95", "rank_equal"):
        return getattr(targets.weight_sensitivity(f, slug), verb[5:])
    if verb == "range_held":
        return wording.percent(outlook.held(board, index_id), lang)
    if verb in ("rank_low", "rank_high"):
        return outlook.rank_range(board, index_id, year, slug)[verb == "rank_high"]
    rank = int(rest[3])
    if verb == "chance":
        return chance_words(outlook.chance(board, index_id, year, slug, rank), lang)
    plan = _plan(board, f, slug, rank)
    if verb in ("rise", "bound", "either", "spread"):
        return float({"rise": plan.rises, "bound": plan.bounds, "either": plan.either, "spread": plan.spread}[verb][rest[4]])
    if verb == "target":
        return printed_target(plan)
    if verb in ("total", "best"):
        return float(getattr(plan, verb))
    if verb == "margin":
        return plan.now - plan.target
    if verb == "best_rank":
        return targets.rank_at(f, slug, plan.best)
    if verb == "rest":
        return float(plan.rises[list(plan.shared)].sum())
    if verb == "share":
        return share_words(plan.share, lang)
    raise UnknownName("recipe", verb)
