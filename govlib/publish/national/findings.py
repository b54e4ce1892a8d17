"""The cover and the findings: edition by edition, who leads, the nation's own change, who moved beyond chance; why not more."""

from __future__ import annotations

from govlib.known import indices
from govlib.publish import show
from govlib.publish.national import counts
from govlib.publish.national.base import Nation
from govlib.publish.national.counts import Moves
from govlib.publish.sections.base import DECIMALS, clause
from govlib.publish.sections.findings import break_note
from govlib.reading import nation
from govlib.reading.board import redrawn
from govlib.words import headlines, wording

NAMED = 4  # movers that a finding names one by one


def cover(page: Nation) -> dict:
    facts = []
    for i, y in page.ordered(page.newest.items()):
        if n := page.board.n_scored(i, "overall", y):
            facts.append((page.edition(i, y), page.fill("national.of_provinces", n=page.count(n, f"scored {i}/overall {y}"),
                                                        of=page.board.expected(i, y))))
    return {"title": page.label("national_findings.governance_indices_nation"), "subtitle": page.label("national.subtitle"),
            "place": page.label("national_findings.viet_nam"), "year": page.year, "lang": page.lang,
            "issued_by": page.issuer or page.label("cover.issuer"),
            "edition": page.label("cover.edition", year=page.year), "facts": facts}


def findings(page: Nation) -> list[show.Html]:
    """Edition by edition, the newest first: who leads, the nation's own level and change, who moved beyond chance."""
    return [finding(page, i, y) for i, y in page.editions() if worth_telling(page, i, y)]


def worth_telling(page: Nation, index_id: str, year: int) -> bool:
    """Not a few figures from the middle of a list: then the page's coverage says that there is no more."""
    return bool(page.board.is_full(index_id, "overall", year) or indices.published_ranks(index_id, year)
                or counts.leading(counts.printed_ranks(page.board, index_id, year), 1) or as_printed(page, index_id, year))


def finding(page: Nation, index_id: str, year: int) -> show.Html:
    full = page.board.is_full(index_id, "overall", year)
    head = show.strong(page.edition(index_id, year))
    if full and page.newest[index_id] != year:
        head = show.fmt("{h} ({w})", h=head, w=page.label("national.newest_full"))
    parts = _full(page, index_id, year) if full else _partial(page, index_id, year)
    if printed := as_printed(page, index_id, year):
        parts.append(printed)
    return show.fmt("{h}: {x}", h=head, x=show.join(parts))


def _full(page: Nation, index_id: str, year: int) -> list[show.Html]:
    e = page.board.edition(index_id, "overall", year)
    leaders = [p for p, v in zip(e.names, e.values, strict=True) if v == e.values[0]]
    parts = [page.fill("national.lead_shared" if leaders[1:] else "national.lead",
                       p=wording.joined([page.name(p, year) for p in leaders], page.lang),
                       s=page.points(page.board.row(index_id, "overall", leaders[0], year)),
                       n=page.count(len(e.names), f"scored {index_id}/overall {year}"))]
    median = page.page.ours(e.median, f"median {index_id}/overall {year}", DECIMALS.get(index_id, 2))
    m = page.moves(index_id, year)
    if m is None:
        why = no_comparison(page, index_id, year)
        return [*parts, page.fill("national.level_alone", m=median, z=year - 1, why=why) if why
                else page.fill("national.level", m=median)]
    delta = float(m.delta.median())  # of the provinces' own changes
    span = f"{index_id}/overall {year - 1} {year}"
    parts.append(page.fill("national.level_change", m=median, z=year - 1, n=page.count(m.n, f"compared {span}"),
                           d=page.page.ours(wording.change(delta, page.lang, m.decimals), f"median_change {span}"),
                           k=page.count(m.rose, f"rose {span}"), v=page.label(f"national.{m.verdict}")))
    return [*parts, beyond_chance(page, m, _named(page, m))] if m.threshold is not None else parts


def beyond_chance(page: Nation, m: Moves, who: show.Html | None = None) -> show.Html:
    """How many provinces went beyond the threshold, beside the number that chance alone brings; ``who`` ends the sentence."""
    span = f"{m.index_id}/overall {m.year - 1} {m.year}"
    values = {"t": page.threshold(m), "n": page.count(m.n, f"compared {span}"), "e": page.count(m.by_chance, f"by_chance {span}")}
    b = len(m.beyond)
    if not b:
        return page.fill("national.beyond_none", **values)
    up = int((m.beyond > 0).sum())
    how = show.esc(page.label(f"national.{'all' if b > 1 else 'one'}_{'up' if up else 'down'}")) if up in (0, b) else page.fill(
        "national.up_down", u=page.count(up, f"beyond_up {span}"), d=page.count(b - up, f"beyond_down {span}"))
    return page.fill("national.beyond_more" if m.more_than_chance else "national.beyond_no_more", how=how,
                     b=page.count(b, f"beyond {span}"), who=show.fmt(": {w}", w=who) if who else "", **values)


def _named(page: Nation, m: Moves) -> show.Html | None:
    """All of a few movers; of many, the largest rise and the largest fall."""
    beyond = m.beyond
    if len(beyond) <= NAMED:
        each = [show.fmt("{p} ({d})", p=page.name(p, m.year), d=page.change(p, m)) for p in beyond.index]
        return page.and_list(each) if each else None
    told = lambda key, slug: page.fill(key, p=page.name(slug, m.year), d=page.change(slug, m))  # noqa: E731
    ends = [told("national.most_up", beyond.idxmax())] if beyond.max() > 0 else []
    ends += [told("national.most_down", beyond.idxmin())] if beyond.min() < 0 else []
    return show.join(ends, "; ")


def _partial(page: Nation, index_id: str, year: int) -> list[show.Html]:
    """What is printed of an edition without (nearly) all provinces: no median, and no rank that nobody printed."""
    ranks = counts.printed_ranks(page.board, index_id, year)
    run = [_with_score(page, index_id, p, year) for p in counts.leading(ranks, 3)]
    parts = [page.fill("national.first_known", p=run[0]) if run else show.esc(page.label("national.first_unknown"))]
    if run[1:]:
        parts = [page.fill("national.first_and_next", p=run[0], x=page.and_list(run[1:]))]
    of = page.board.expected(index_id, year)
    if last := next((p for p, r in ranks.items() if r == of), None):
        cell = page.board.row(index_id, "overall", last, year)
        who = page.name(last, year) if cell.score is None else _with_score(page, index_id, last, year)
        parts.append(page.fill("national.last_known", p=who, r=page.page.num(cell, what="rank"), of=of))
    n = indices.published_ranks(index_id, year)
    if n is not None:
        return parts + _first_published(page, index_id, year, n)
    return [*parts, held(page, index_id, year)]


def held(page: Nation, index_id: str, year: int) -> show.Html:
    """How much of a partial edition our sources hold."""
    of = page.board.expected(index_id, year)
    if scored := page.board.n_scored(index_id, "overall", year):
        return page.fill("national.held_scores", k=page.count(scored, f"scored {index_id}/overall {year}"), of=of)
    ranks = counts.printed_ranks(page.board, index_id, year)
    return page.fill("national.held_ranks", k=page.count(len(ranks), f"ranked {index_id} {year} {of}"), of=of)


def _with_score(page: Nation, index_id: str, slug: str, year: int) -> show.Html:
    """A province with its score or, where the source gives none, its rank."""
    cell = page.board.row(index_id, "overall", slug, year)
    if cell.score is None:
        return page.fill("national.only_rank", p=page.name(slug, year), r=page.page.num(cell, what="rank"))
    return show.fmt("{p} ({s})", p=page.name(slug, year), s=page.points(cell))


def _first_published(page: Nation, index_id: str, year: int, n: int) -> list[show.Html]:
    """An edition of which only the first n are published: how much of that we hold, and what rank n took."""
    z, moved = year - 1, counts.entered_left(page.board, index_id, year, n)
    k, before = (page.count(len(counts.first(counts.printed_ranks(page.board, index_id, y), n)), f"ranked {index_id} {y} {n}")
                 for y in (year, z))
    if redrawn(z, year):  # the first of 63 provinces and of 34 are no one list
        parts = [page.fill("national.first_only", n=n, k=k)]
    elif moved is None:
        parts = [page.fill("national.entered_unknown", n=n, z=z, k=k, b=before)]
    else:
        new, gone = (wording.joined([page.name(p, year) for p in who], page.lang) or page.label("national.nobody") for who in moved)
        parts = [page.fill("national.first_only", n=n, k=k), page.fill("national.entered_left", n=n, z=z, new=new, gone=gone)]
    line = counts.line(page.board, index_id, year, n)
    if line.at:
        parts.append(page.fill("national.line_at", n=n, s=page.points(line.at), p=page.name(line.at.province, year)))
    elif line.better and line.worse:
        low, high = ({"s": page.page.num(c), "p": page.name(c.province, year), "r": page.page.num(c, what="rank")}
                     for c in (line.worse, line.better))
        place = page.label("national.at_rank")
        parts.append(page.fill("national.line_between", n=n, a=show.fmt(place, **low), b=show.fmt(place, **high)))
    return parts


def as_printed(page: Nation, index_id: str, year: int) -> show.Html | None:
    """The country's mean or median as pages print it; no median beside the one that is worked out from a full edition."""
    found = nation.printed(index_id, year)
    if found is None or found.statistic == "median" and page.board.is_full(index_id, "overall", year):
        return None
    page.page.see(found.source)
    value = show.num(found.value, source=found.source, locator=found.locator, lang=page.lang, decimals=DECIMALS.get(index_id, 2))
    return page.fill(f"national.printed_{found.statistic}", m=page.with_unit(value, index_id))


# -- why a year is not compared -------------------------------------------------------------------------------------

def no_comparison(page: Nation, index_id: str, year: int, whole: bool = False) -> show.Html:
    """Why an edition has no change on the year before; empty where there was none before. ``whole``: every break in
    its own words, else in short."""
    if year - 1 < indices.index(index_id).first_edition:
        return show.Html("")
    found = page.board.breaks(index_id, "overall", year - 1, year)
    if found:
        return show.esc("; ".join(clause(b.what(page.lang)) for b in found) if whole
                        else break_note(page.page, index_id, found, year))
    n = page.count(page.board.n_scored(index_id, "overall", year - 1), f"scored {index_id}/overall {year - 1}")
    return page.fill("national.before_partial", z=year - 1, n=n, of=page.board.expected(index_id, year - 1))


def reading_rule(page: Nation) -> str:
    return headlines.reading_rule(page.lang)
