"""The second sheet: the components to look at first by the written rule (:mod:`govlib.reading.priorities`), each with what lies
behind it, who leads, what others did and what is known of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np

from govlib.collect import institute_plan
from govlib.did.grades import MEASURED_ANEW
from govlib.effects.quoted import locator
from govlib.errors import NotEstimable
from govlib.known import indices
from govlib.known.reforms import OPEN_BEFORE, first_edition
from govlib.known.reforms import actions as reform_actions
from govlib.known.reforms import name as reform_name
from govlib.publish import show
from govlib.publish.sections.answering import lead_of_item, leads_note
from govlib.publish.sections.base import Context, frame, once, registry_date
from govlib.publish.sections.leads import plan
from govlib.reading import comparisons, priorities
from govlib.reading.board import Board
from govlib.reading.priorities import Priority
from govlib.words import wording
from govlib.words.wording import percent

SHOWN = 2  # provinces named that rose
OPEN = 3  # unfinished items on the sheet
WATCHED = 6  # components that the rule cannot weigh
LITTLE = 3  # components asked for, below which those that stand lowest are listed
LOWEST = 8
NAMED = 2  # kinds of reform in one sentence
BY_ASSEMBLY = {"urban_government_no_lower_councils", "peoples_council_removal"}  # the National Assembly's; no advice to a province
LOW = 0.75  # of the field: behind it lies the last quarter


@once
def first(page: Context) -> list[Priority]:
    return priorities.ranked(page.board, page.province, page.year).first


def asks_lead(page: Context) -> str | show.Html:
    """How many there are, by which rule, how much of a rise to reckon with a year later, and what their leads are to be asked."""
    wanted = first(page)
    if not wanted:
        return page.label("asks.none")
    of = {p.index_id: p for p in wanted}
    shares = [show.fmt("{share} ({index})", index=page.short(i), share=page.ours(
        percent(p.kept, page.lang), f"kept {i}/{p.component}")) for i, p in of.items()]
    dated = all(_deadline(page, p) for p in wanted)
    told = page.label("asks.lead", components=wording.counted("asks.components", page.lang, len(wanted)))
    return show.join([told, show.fmt(page.label("asks.kept"), shares=show.join(shares, ", ")),
                      *([] if dated else [page.label("asks.deadline_open")]),
                      leads_note(page, [(p.index_id, p.component) for p in wanted]), page.label("asks.question")])


def _deadline(page: Context, p: Priority) -> str:
    return institute_plan.deadline(plan(page), page.province, page.year, p.index_id, p.component)


@once
def asks(page: Context) -> list[tuple[show.Html, list[tuple[str, object]]]]:
    """Of each component: (title, (what, text) lines)."""
    return told(page, first(page))


def told(page: Context, wanted: Sequence[Priority]) -> list[tuple[show.Html, list[tuple[str, object]]]]:
    """The same of some of the components."""
    return [(_title(page, p), [(page.label(f"asks.{what}"), text) for what, text in (
        ("gap", _gap(page, p)), ("behind", _behind(page, p)), ("lead_department", _lead(page, p)), ("others", _others(page, p)),
        ("known", _known(page, p))) if text]) for p in wanted]


def _title(page: Context, p: Priority) -> show.Html:
    place = comparisons.place(page.board, p.index_id, p.component, page.province, p.year)
    cell = page.board.row(p.index_id, p.component, page.province, p.year)
    told = show.fmt(page.label("asks.title"), name=page.component(p.index_id, p.component, p.year), index=page.short(p.index_id),
                    year=p.year, score=page.num(cell))
    if place is None or place.rank is None:
        return told
    rank = _rank(page, p.index_id, p.component, p.year, place)
    return show.join([told, show.fmt(page.label("asks.rank"), rank=rank, of=place.of)], ", ")


def placed(page: Context, index_id: str, component: str, year: int, place: comparisons.Place) -> show.Html:
    """``44/61``, the rank with its source; a dash where there is none."""
    if place.rank is None:
        return show.Html("–")
    return show.fmt("{r}/{n}", r=_rank(page, index_id, component, year, place), n=place.of)


def _rank(page: Context, index_id: str, component: str, year: int, place: comparisons.Place) -> show.Html:
    return page.num(place.cell, what="rank") if place.rank_is_published else page.ours(
        place.rank, f"rank {index_id}/{component} {page.province} {year}", 0)


def _gap(page: Context, p: Priority) -> show.Html:
    key = f"{p.index_id}/{p.component} {page.province} {page.year}"
    best = wording.joined([page.place(slug) for slug in p.best_of], page.lang)
    d = page.decimals(p.index_id)
    return show.fmt(page.label("asks.gap_told"), gap=page.ours(p.gap, f"gap_to_best {key}", d), best=best,
                    n=page.ours(p.among, f"comparable {key}", 0),
                    rise=page.ours(p.rise, f"rise_from_here {key}", d))


def _behind(page: Context, p: Priority) -> show.Html | None:
    """The item of the component that lies furthest below the nation."""
    found = below(page, p.index_id, p.component, p.year)
    if not found:
        return None
    item = found[0][0]
    return show.fmt(page.label("asks.behind_told"), item=page.item_cell(p.index_id, item, p.year),
                    value=page.num(page.board.row(p.index_id, item, page.province, p.year)),
                    median=median_of(page, p.index_id, item, p.year))


def below(page: Context, index_id: str, component: str, year: int) -> list[tuple[str, float]]:
    """(item, how far) of a component's items on the worse side of the nation's median, in spreads between provinces; the furthest
    first."""
    out = []
    for c in page.board.components(index_id, "indicator"):
        m = page.board.stood_by(index_id, c)
        if c.split(".")[0] != component or year not in m.index or not page.board.is_full(index_id, c, year):
            continue
        values, mine = m.loc[year].to_numpy(), m.at[year, page.province] if page.province in m else np.nan
        way, spread = comparisons.item_direction(page.board, index_id, c, year), float(np.nanstd(values))
        if way and spread and (away := way * (mine - np.nanmedian(values)) / spread) < 0:
            out.append((c, float(away)))
    return sorted(out, key=lambda entry: entry[1])


def median_of(page: Context, index_id: str, item: str, year: int) -> show.Html:
    return page.ours(page.board.edition(index_id, item, year).median, f"median {index_id}/{item} {year}", 2)


def _lead(page: Context, p: Priority) -> show.Html:
    lead, day = lead_of_item(page, p.index_id, p.component), _deadline(page, p)
    if found := below(page, p.index_id, p.component, p.year):  # its weakest item may be another's
        other = lead_of_item(page, p.index_id, found[0][0])
        if other not in (lead, show.Html("–")):
            lead = show.fmt(page.label("asks.item_lead"), lead=lead, other=other,
                            item=page.item_cell(p.index_id, found[0][0], p.year))
    return show.fmt("{lead}. {deadline}", lead=lead, deadline=page.label("asks.deadline", day=day)) if day else lead


def _others(page: Context, p: Priority) -> show.Html:
    """Provinces that rose beyond the usual fluctuation, those first whose actions aimed at the component are on record."""
    rose = priorities.risers(page.board, p.index_id, p.component, page.province, page.year)
    if not rose:
        known = priorities.compared(page.board, p.index_id, p.component, page.year)
        return show.esc(page.label("asks.nobody_rose" if known else "asks.nobody_known"))
    recorded = {r: found for r in rose if (found := _done(page, p, r))}
    done = {r: own for r, found in recorded.items() if (own := [a for a in found if a["reform"] not in BY_ASSEMBLY])}
    if not done:
        alone = [r for r in rose if r not in recorded] or rose
        key = "asks.rose_unrecorded" if _aims(page, p.index_id, p.component) else "asks.rose_unaimed"
        return show.fmt(page.label(key), who=show.join([_rise(page, p, r) for r in alone[:SHOWN]], "; "))
    told = [show.fmt(page.label("asks.rose_with"), who=_rise(page, p, r),
                     what=show.join([_action(page, a) for a in found[:2]], "; ")) for r, found in list(done.items())[:SHOWN]]
    return show.join([*told, page.label("asks.rose_count", n=len(rose), recorded=len(done))])


def _rise(page: Context, p: Priority, r: priorities.Riser) -> show.Html:
    key = f"ahead {p.index_id}/{p.component} {r.province} {r.first} {r.last}"
    return show.fmt("{place} {points} ({first}–{last})", place=page.place(r.province), first=r.first, last=r.last,
                    points=page.ours(r.ahead, key, page.decimals(p.index_id), True))


def _done(page: Context, p: Priority, r: priorities.Riser) -> list[dict]:
    """Actions of the registry aimed at the component that its rise could have felt: begun by then, not more than two editions
    before, with a known start."""
    return [a for a in _registered(page, p.index_id, p.component).get(r.province, ())
            if r.first - 1 <= first_edition(str(a["start_date"]), p.index_id) <= r.last]


@once
def _registered(page: Context, index_id: str, component: str) -> dict[str, list[dict]]:
    """Province → its actions aimed at the component whose start is known, the oldest first."""
    spec, out = f"{index_id}:{component}", dict[str, list[dict]]()
    for a in _actions(page):
        if spec in re.split(r"\s*;\s*", str(a["target_components"])):
            out.setdefault(a["province"], []).append(a)
    return out


@once
def _actions(page: Context) -> list[dict]:
    a = reform_actions()
    dated = ~a["date_of"].isin([*OPEN_BEFORE, "event"]) & a["start_date"].astype(str).str[:4].str.isdigit()
    return a[dated].sort_values("start_date").to_dict("records")


def _action(page: Context, a: dict) -> show.Html:
    day = show.num(registry_date(str(a["start_date"]), page.lang), source="reform-actions", locator=a["reform_id"], lang=page.lang,
                   cell="start_date")
    return show.fmt("{what} ({day})", what=reform_name(a["reform"], page.lang), day=day)


@once
def _aims(page: Context, index_id: str, component: str) -> set[str]:
    """The kinds of reform of which any action aims at a component."""
    spec, a = f"{index_id}:{component}", reform_actions()
    return {r for r, t in zip(a["reform"], a["target_components"], strict=True) if spec in re.split(r"\s*;\s*", str(t))}


@once
def _aimed_at(page: Context, index_id: str, component: str) -> list[dict]:
    """The quoted estimates of the kinds of reform that aim at a component."""
    from govlib.effects.quoted import quoted  # a heavy room

    kinds = _aims(page, index_id, component) - BY_ASSEMBLY
    found = quoted(kinds) if kinds else None
    if found is None or found.empty:
        return []
    return found[found["index_id"].eq(index_id) & found["component"].eq(component)].to_dict("records")


def _known(page: Context, p: Priority) -> show.Html | None:
    """What is known of reforms aimed at the component, as bounds: those that point one way, those that are small, the others. None:
    nothing was estimated, said once for all of them (:func:`unestimated`)."""
    groups: dict[str, list[dict]] = {"up": [], "down": [], "small": [], "open": []}
    blind = []  # what was measured changed as these began
    for r in _aimed_at(page, p.index_id, p.component):
        if MEASURED_ANEW in str(r.get("note", "")):
            blind.append(reform_name(r["reform"], page.lang))
            continue
        way = str(r.get("finding") or "").removeprefix("leans_")
        if not way and r["grade"] in ("weak", "moderate", "strong"):
            way = "up" if r["estimate"] > 0 else "down"
        if way or not wording.missing(r["ci_low"]):
            groups[way or "open"].append(r)
    told = [_bounds(page, key, rows) for key, rows in groups.items() if rows]
    if blind:
        told.append(show.esc(page.label("asks.known_anew", names=_named(page, blind))))
    return show.join(told) if told else None


def _bounds(page: Context, key: str, rows: list[dict]) -> show.Html:
    """The reforms of one reading with the widest of their bounds: pooled with all other reforms where that was done."""
    def end(row: dict, side: str) -> tuple[float, str]:
        figure = f"ci_{side}" if wording.missing(row.get(f"pooled_{side}")) else f"pooled_{side}"
        return float(row[figure]), locator(row, figure, row["interval"])

    low, high = min((end(r, "low") for r in rows), key=lambda e: e[0]), max((end(r, "high") for r in rows), key=lambda e: e[0])

    def n(value: float, place: str) -> show.Html:
        return show.num(value, source="estimates", locator=place, lang=page.lang, decimals=2, sign=True)

    names = _named(page, [reform_name(r["reform"], page.lang) for r in rows])
    return show.fmt(page.label(f"asks.known_{key}"), names=names, low=n(*low), high=n(*high))


def _named(page: Context, names: list[str]) -> str:
    """The first of them, and how many more."""
    if len(names) <= NAMED:
        return wording.joined(names, page.lang)
    return ", ".join(names[:NAMED]) + page.label("asks.known_more", n=len(names) - NAMED)


def unestimated(page: Context) -> str:
    """Of which of the components no reform's effect could be estimated; empty where of none."""
    names = [page.component(p.index_id, p.component, p.year) for p in first(page) if not _known(page, p)]
    return page.label("asks.known_nothing", names="; ".join(names)) if names else ""


def watch(page: Context) -> show.Html | None:
    """Components in the lowest quarter of the nation that are no priority: those that the rule cannot weigh, for want of editions,
    and those whose gap is not beyond the usual fluctuation; each the last first."""
    weighed = priorities.ranked(page.board, page.province, page.year)
    dated = {(i, c): page.component_year(i) or _newest_rank(page, i, c) for i, c in weighed.left}
    few = [(i, c, y) for (i, c), y in dated.items() if y is not None and y >= page.year - priorities.OLDEST and page.own_unit(y)]
    told = [_lowest(page, "asks.watch_few", few),
            _lowest(page, "asks.watch_within", [(p.index_id, p.component, p.year) for p in weighed.within])]
    return show.join([page.label("asks.watch"), *filter(None, told)]) if any(told) else None


def _newest_rank(page: Context, index_id: str, component: str) -> int | None:
    """The newest edition up to the page's year of which a rank in a component was printed, with or without its score."""
    cells = page.board.series(index_id, component, page.province, page.year)
    return max((c.year for c in cells if c.rank is not None), default=None)


def low(page: Context, index_id: str, c: str, year: int) -> tuple[float, comparisons.Place] | None:
    """The place in a component that lies in the last quarter, as a share of the field and as it is; None elsewhere."""
    place = comparisons.place(page.board, index_id, c, page.province, year)
    return (place.rank / place.of, place) if place and place.rank is not None and place.rank > LOW * place.of else None


def _lowest(page: Context, key: str, cells: Iterable[tuple[str, str, int]]) -> show.Html | None:
    """Those of the (index, component, year) that lie in the last quarter; of many the first few and how many more."""
    found = []
    for index_id, c, year in cells:
        if behind := low(page, index_id, c, year):
            share, place = behind
            found.append((-share, _watched(page, index_id, c, year, place)))
    told = [text for _, text in sorted(found, key=lambda entry: entry[0])]
    more = [show.esc(page.label("asks.watched_more", n=len(told) - WATCHED))] if len(told) > WATCHED else []
    return show.fmt(page.label(key), what=show.join([*told[:WATCHED], *more], "; ")) if told else None


def _watched(page: Context, index_id: str, c: str, year: int, place: comparisons.Place) -> show.Html:
    printed = {"index": page.short(index_id), "year": year, "name": page.component(index_id, c, year),
               "rank": _rank(page, index_id, c, year, place), "of": place.of}
    if place.cell.score is None:
        return show.fmt(page.label("asks.watched_rank"), **printed)
    return show.fmt(page.label("asks.watched"), score=page.num(place.cell), **printed)


def lowest_table(page: Context) -> dict | None:
    """Where little is asked for (:data:`LITTLE`): the components in which the province stands lowest, so that a leading one sees
    where it leads least; None elsewhere."""
    if len(asked := first(page)) >= LITTLE:
        return None
    weighed = priorities.ranked(page.board, page.province, page.year)
    named = {(p.index_id, p.component) for p in asked} | {*weighed.left}
    watched = {(p.index_id, p.component) for p in weighed.within}
    found, elsewhere = [], set[str]()  # indices of which a component is no row of the table
    for index_id in priorities.INDICES:
        year = page.component_year(index_id) or 0
        for c in indices.component_ids(index_id, year) if year >= page.year - priorities.OLDEST and page.own_unit(year) else ():
            place = comparisons.place(page.board, index_id, c, page.province, year)
            if place is None or place.rank is None or place.cell.score is None:
                continue
            if (index_id, c) in named or (index_id, c) in watched and place.rank > LOW * place.of:  # :func:`watch` names it
                elsewhere.add(index_id)
            else:
                found.append((-place.rank / place.of, index_id, c, year, place))
    found = sorted(found, key=lambda entry: entry[:3])[:LOWEST]
    shown = [i for i in priorities.INDICES if i in {index_id for _, index_id, *_ in found}]
    rows = [{page.label("col.component"): f"{page.component(i, c, year)} ({page.short(i)} {year})",
             page.label("col.score"): page.num(place.cell), page.label("col.rank"): placed(page, i, c, year, place),
             page.label("asks.lead_department"): lead_of_item(page, i, c)}
            for _, i, c, year, place in found]
    caption = page.label("asks.lowest" if elsewhere.isdisjoint(shown) else "asks.lowest_others", place=page.place(),
                         indices=wording.joined([page.short(i) for i in shown], page.lang))
    return {"df": frame(rows), "caption": caption, "lang": page.lang,
            "note": page.label("asks.lowest_note"), "name": f"lowest-{page.province}-{page.year}"} if rows else None


def nothing_left(page: Context) -> str:
    """That nothing is left of earlier plans, or that nothing was recorded."""
    recorded = plan(page)
    known = len(recorded) and recorded["province"].eq(page.province).any()
    return page.label("leads.open_none" if known else "asks.open_unrecorded")


def outstanding(page: Context) -> list[str]:
    """What is left of earlier plans: the newest few, and how many there are."""
    left = institute_plan.unfinished(plan(page), page.province, page.year)
    rows = left.sort_values("year", ascending=False, kind="stable")
    said = [page.label("asks.open_item", year=r["year"], task=r["task"], lead=r["lead"] or "–",
                       status=page.label("status." + r["status"])) for r in rows.head(OPEN).to_dict("records")]
    return said + ([page.label("asks.open_more", n=len(rows) - OPEN)] if len(rows) > OPEN else [])


RECIPES = ("gap_to_best", "rise_from_here", "comparable", "ahead")


def recompute(verb: str, rest: Sequence[str], board: Board) -> float:
    """A figure of this sheet behind its recipe: ``gap_to_best papi/transparency bac-ninh 2024``, ``ahead pci/time_costs lai-chau
    2017 2019`` (a rise less the median rise).

    Raises
    ------
    NotEstimable : the component cannot be weighed.
    """
    index_id, component = rest[0].split("/")
    if verb == "ahead":
        m = board.stood_by(index_id, component)
        moved = m.loc[int(rest[3])] - m.loc[int(rest[2])]
        return float(moved[rest[1]] - moved.median())
    found = priorities.weigh(board, index_id, component, rest[1], int(rest[2]), priorities.comparable(rest[1], int(rest[2])))
    if isinstance(found, str):
        raise NotEstimable(f"{rest[0]} of {rest[1]} cannot be weighed: {found}")
    return {"gap_to_best": found.gap, "rise_from_here": found.rise, "comparable": float(found.among)}[verb]
