"""Tables of leaders and movers."""

from __future__ import annotations

from govlib.publish import show
from govlib.publish.national import counts
from govlib.publish.national.base import SHOWN, Nation
from govlib.publish.national.findings import beyond_chance, held, no_comparison
from govlib.publish.sections.base import DECIMALS, frame
from govlib.reading import comparisons, thresholds
from govlib.words import wording

LEADERS = 10
LEAST_LEADERS = 3  # first ranks in an unbroken run, for a partial edition to have a table of leaders
EXTREMES = 5  # changes at either end that are listed where no threshold is known


def leaders_year(page: Nation, index_id: str) -> int | None:
    """The newest edition whose leaders are known: a full one, or the first ranks printed without a gap."""
    for year in reversed([y for y in page.board.matrix(index_id).index if y <= page.year]):
        if page.board.is_full(index_id, "overall", year) or len(counts.leading(
                counts.printed_ranks(page.board, index_id, year), LEADERS)) >= LEAST_LEADERS:
            return int(year)
    return None


def leaders(page: Nation) -> list[tuple[str, int]]:
    return page.ordered((i, y) for i in SHOWN if (y := leaders_year(page, i)) is not None)


def leaders_table(page: Nation, index_id: str) -> dict | None:
    """The first provinces of :func:`leaders_year`, with a change only where it is on the year before and comparable."""
    year = leaders_year(page, index_id)
    if year is None:
        return None
    full = page.board.is_full(index_id, "overall", year)
    ranks = counts.printed_ranks(page.board, index_id, year)
    first = list(page.board.edition(index_id, "overall", year).names[:LEADERS]) if full else counts.leading(ranks, LEADERS)
    decimals = DECIMALS.get(index_id, 2)
    threshold = thresholds.points(page.board, index_id, "overall", year)
    step = thresholds.step(page.board, index_id, "overall", year)
    rows, compared, placed = [], False, comparisons.ranks(page.board, index_id, year)
    for slug in first:
        cell = page.board.row(index_id, "overall", slug, year)
        ch = comparisons.change(page.board, index_id, "overall", slug, year)
        ch = ch if ch and ch.comparable and ch.neighbours else None
        compared |= ch is not None and ch.beyond is not None
        rank = page.page.num(cell, what="rank") if cell.rank == placed[slug] else page.page.ours(
            placed[slug], f"{'rank' if cell.rank is None else 'rank_by_score'} {index_id}/overall {slug} {year}", 0)
        rows.append({page.label("col.province"): page.name(slug, year), page.label("col.score"): page.page.num(cell),
                     page.label("col.rank"): rank,
                     page.label("col.change"): page.page.ours(ch.delta if ch else None,
                                                              f"change {index_id}/overall {slug} {year - 1} {year}", decimals,
                                                              True),
                     page.label("col.size"): "–" if ch is None or not ch.direction
                     else page.label("size.beyond" if ch.beyond else "size.within")})
    table = frame(rows)
    for column in (page.label("col.change"), page.label("col.size")):  # a column of dashes says nothing
        if (table[column] == "–").all():
            table = table.drop(columns=column)
    notes = _newer(page, index_id, year)
    if not full:
        notes += [held(page, index_id, year), show.esc(page.label("national.first_ranks_only"))]
    if full and any(page.board.row(index_id, "overall", p, year).rank != placed[p] for p in first):
        notes.append(show.esc(page.label("national.computed")))
    if any(page.board.row(index_id, "overall", p, year).status == "derived" for p in first):
        notes.append(show.esc(wording.sentence(page.label("note.derived"))))
    if page.label("col.change") in table and not compared:
        notes.append(show.esc(page.label("national.no_size")))
    elif compared:
        key = "national.usual" if step is None or step.fits else "national.unfit"
        notes.append(page.fill(key, sd=page.page.ours(threshold, f"threshold {index_id}/overall {year}", decimals)))
    return {"df": table, "caption": page.label("national.leaders", e=page.edition(index_id, year)), "lang": page.lang,
            "source": page.page.source_line(index_id, year), "name": f"leaders-{index_id}-{year}",
            "note": show.join(notes) if notes else None}


def _newer(page: Nation, index_id: str, year: int) -> list[show.Html]:
    """Of a newer edition than the table's, of which a finding names the first: how far its ranks are known."""
    newest = page.newest[index_id]
    k = len(counts.leading(counts.printed_ranks(page.board, index_id, newest), LEADERS)) if newest > year else 0
    return [page.fill("national.newest_leaders", e=page.edition(index_id, newest), year=year,
                      k=page.count(k, f"ranked {index_id} {newest} {k}"))] if k else []


# -- movers --------------------------------------------------------------------------------------------------------

def movers_sentence(page: Nation, index_id: str, year: int) -> show.Html:
    """Which way the country went and how many provinces moved beyond the threshold; or why that cannot be told."""
    head = page.edition(index_id, year) + (f" ({page.label('national.newest_full')})" if page.newest[index_id] != year else "")
    m = page.moves(index_id, year)
    if m is None:
        why = no_comparison(page, index_id, year, whole=True)
        return page.fill("national.not_moved", i=head, z=year - 1, why=why) if why else page.fill("national.first_edition", i=head)
    span = f"{index_id}/overall {year - 1} {year}"
    low, high = m.toss
    parts = [page.fill("national.moved", i=head, z=year - 1, n=page.count(m.n, f"compared {span}"),
                       k=page.count(m.rose, f"rose {span}"),
                       f=page.count(m.fell, f"fell {span}"), low=page.count(low, f"toss_low {span}"),
                       high=page.count(high, f"toss_high {span}"), v=page.label(f"national.{m.verdict}"))]
    if m.threshold is None:
        parts.append(show.esc(page.label("national.no_threshold")))
    else:
        parts.append(beyond_chance(page, m))
        if not len(m.beyond):
            ends = (m.delta.index[0], m.delta.index[-1])
            parts.append(page.fill("national.all_within", a=page.name(ends[0], year), x=page.change(ends[0], m),
                                   b=page.name(ends[1], year), y=page.change(ends[1], m)))
        if m.pooled:
            parts.append(show.esc(page.label("national.pooled")))
    return show.join(parts)


def movers_note(page: Nation) -> str:
    """What to keep in mind beside the movers; empty where no edition is compared and each says why."""
    if any(page.moves(*e) for e in page.full_editions()):
        return page.label("national.movers_note")
    return "" if page.full_editions() else page.label("movers.none")


def movers_table(page: Nation, index_id: str, year: int) -> dict | None:
    """Every province beyond the threshold, rises first; where no threshold is known, the changes at either end."""
    m = page.moves(index_id, year)
    if m is None:
        return None
    known = m.threshold is not None
    slugs = m.beyond.index.tolist() if known else list(dict.fromkeys([*m.delta.index[:EXTREMES], *m.delta.index[-EXTREMES:]]))
    if not slugs:
        return None
    rows = [{page.label("col.province"): page.name(p, year),
             str(year - 1): page.page.num(page.board.cell(index_id, "overall", p, year - 1)),
             str(year): page.page.num(page.board.cell(index_id, "overall", p, year)), page.label("col.change"): page.change(p, m)}
            for p in slugs]
    caption = page.label("national.movers" if known else "national.extremes", e=page.edition(index_id, year), z=year - 1,
                         k=EXTREMES)
    return {"df": frame(rows), "caption": caption, "lang": page.lang, "source": page.page.source_line(index_id, year),
            "name": f"movers-{index_id}-{year}"}
