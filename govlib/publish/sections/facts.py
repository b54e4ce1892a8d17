"""The facts that stand first (:mod:`govlib.reading.findings`) as sentences: years in a row, ranks, moves beyond a threshold."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from govlib.panel import data
from govlib.publish import show
from govlib.publish.sections.base import once
from govlib.reading import findings, kept
from govlib.reading.findings import Fact, Finding, Rank
from govlib.text import spans
from govlib.words import wording

if TYPE_CHECKING:
    from govlib.publish.sections.base import Context

SHOWN = 2  # facts told of one index: the first, and the first of another component


@once
def by_rule(page: Context) -> set[tuple[str, int]]:
    """Editions (index, year) of which it is known without a score that the province stood behind the printed ranks."""
    behind = data.why(province=page.province)
    return {(row.index_id, int(row.year)) for row in behind[behind["code"].eq("by_rule")].itertuples()}


@once
def found(page: Context) -> list[Fact]:
    """All facts about the page's province, the most severe first; worked out once for the first sheet and the findings."""
    return findings.facts(page.board, page.province, page.year, by_rule(page))


def told(page: Context, finding: Finding) -> show.Html:
    """The facts of one index that point one way, the composite's before a component's."""
    chosen: list[Fact] = []
    for fact in finding.facts:
        if fact.component not in {other.component for other in chosen} and len(chosen) < SHOWN:
            chosen.append(fact)
    whole = next((fact for fact in finding.facts if fact.component == "overall"), None)
    if whole and whole not in chosen:  # the reader looks for the index itself first
        chosen[-1] = whole
    chosen.sort(key=lambda fact: fact.component != "overall")
    return show.join([show.fmt("{fact}.", fact=sentence(page, fact)) for fact in chosen])


def sentence(page: Context, fact: Fact) -> show.Html:
    """One fact, its numbers with their sources, without a full stop."""
    name = page.short(fact.index_id)
    if fact.component != "overall":
        name = show.fmt("{index}, {component}", index=name, component=page.component(fact.index_id, fact.component, fact.year))
    if fact.change is not None:
        return _change(page, fact, name)
    last = fact.ranks[-1]
    before = fact.ranks[:-1] if fact.kind in ("left", "entered") else ()
    key = f"fact.{fact.kind}" + ("" if before else f"_{'good' if fact.good else 'bad'}")
    if fact.kind == "place" and len(fact.ranks) > 1:
        key += "_since"
    if fact.kind == "run" and any(a.rank == b.rank for a, b in pairwise(fact.ranks)):  # it did not move every year
        key = key.replace("run", "still")
    told = show.fmt(page.label(key), what=name, n=len(fact.ranks), first=_rank(page, fact, fact.ranks[0]),
                    first_year=fact.ranks[0].year,
                    last=_rank(page, fact, last), of=last.of, year=last.year, ranks=_ranks(page, fact, fact.ranks),
                    before=_dated(page, fact, before))
    if not fact.breaks:
        return told
    return show.fmt(page.label("fact.anew"), told=told, years=spans(fact.breaks))


def _change(page: Context, fact: Fact, name: object) -> show.Html:
    ch = fact.change
    assert ch is not None and ch.delta is not None  # of a fact of this kind
    at, digits = f"{fact.index_id}/{fact.component}", page.decimals(fact.index_id)
    delta = page.ours(abs(ch.delta), f"change {at} {page.province} {ch.from_year} {ch.now.year}", digits)
    left = kept.of(page.board, fact.index_id, fact.component)
    stays = show.Html("") if left is None else show.fmt(page.label("wording.kept"), share=page.ours(
        wording.percent(left.share, page.lang), f"kept {at}"))
    return show.fmt(page.label(f"fact.change_{'good' if fact.good else 'bad'}"), what=name, stays=stays, year=ch.now.year,
                    before=ch.from_year, delta=delta, threshold=page.ours(ch.threshold, f"threshold {at} {ch.now.year}", digits),
                    unit=page.unit(fact.index_id))


def move(page: Context, fact: Fact) -> show.Html:
    """A fact of ranks (``run``, ``left``, ``entered``) in a few words: from which place to which, and the years of the two."""
    first, last = fact.ranks[0], fact.ranks[-1]
    if fact.kind != "run":  # the year of the turn, and the one before it
        turn = next(i for i in range(len(fact.ranks) - 1, 0, -1)
                    if (fact.ranks[i].rank is None) != (fact.ranks[i - 1].rank is None))
        first, last = fact.ranks[turn - 1], fact.ranks[turn]
    key = f"standing.{fact.kind}" + (f"_{'good' if fact.good else 'bad'}" if fact.kind == "run" else "")
    told = show.fmt(page.label(key), what=page.short(fact.index_id), first=_rank(page, fact, first), first_year=first.year,
                    last=_rank(page, fact, last), of=last.of if last.rank is None else first.of, year=last.year)
    anew = any(first.year < year <= last.year for year in fact.breaks)
    return show.fmt(page.label("standing.moved_anew"), told=told) if anew else told


def rank_of(page: Context, index_id: str, component: str, province: str, rank: Rank) -> show.Html:
    """A rank with its source: the row's where it was printed so, else the recipe of the computed one, which in a list by score may
    be another than the printed one; a dash behind the printed."""
    if rank.rank is None:
        return show.Html("–")
    cell = page.board.cell(index_id, component, province, rank.year)
    if cell is not None and cell.rank == rank.rank:
        return page.num(cell, what="rank")
    recipe = "rank" if cell is None or cell.rank is None else "rank_by_score"
    return page.ours(rank.rank, f"{recipe} {index_id}/{component} {province} {rank.year}", 0)


def _rank(page: Context, fact: Fact, rank: Rank) -> show.Html:
    return rank_of(page, fact.index_id, fact.component, page.province, rank)


def _ranks(page: Context, fact: Fact, ranks: Sequence[Rank]) -> show.Html:
    return show.join([_rank(page, fact, rank) for rank in ranks], ", ")


def _dated(page: Context, fact: Fact, ranks: Sequence[Rank]) -> show.Html:
    """Ranks with their years; those behind the printed ones are told as such."""
    return show.join([show.fmt("{r} ({y})", r=_rank(page, fact, rank), y=rank.year) for rank in ranks if rank.rank is not None],
                     ", ")
