"""The first sheet: where the province stands in five indices, its places over the years, and what is not known."""

from __future__ import annotations

import pandas as pd

from govlib.known import indices
from govlib.panel import missing
from govlib.publish import show
from govlib.publish.charts import places
from govlib.publish.sections import facts
from govlib.publish.sections.answering import joined_later
from govlib.publish.sections.base import Context, clause, drawn, frame, once, registry_date, remarks
from govlib.publish.sections.findings import CARDS, break_note, newer_total, place_sentence
from govlib.publish.sections.goals import target_year
from govlib.reading import comparisons, findings, nation, targets
from govlib.reading.board import Cell
from govlib.words import wording

YEARS = 14  # columns of the picture
MOVES = ("run", "left", "entered")  # facts of ranks over more than one edition


def standing_table(page: Context) -> dict:
    """Keyword arguments of ``show.table``: one row an index, its newest figure up to the year."""
    rows = [_standing(page, i) for i in CARDS if page.year >= indices.index(i).first_edition]
    merged = joined_later(page)
    caption = page.label("standing.caption_before", place=page.place(), day=merged[0]) if merged else page.label(
        "standing.caption", place=page.place())
    return {"df": frame(rows), "caption": caption, "lang": page.lang,
            "source": page.five_sources(), "note": remarks([page.label("standing.note"), _gap_note(page)]),
            "name": f"standing-{page.province}-{page.year}"}


def _standing(page: Context, index_id: str) -> dict:
    cell, head = page.newest(index_id), [page.label(k) for k in ("standing.index", "col.score", "standing.change",
                                                                 "standing.meaning", "col.rank", "standing.gap")]
    if (cell is None or not page.own_unit(cell.year)) and (year := _behind(page, index_id)):
        n = indices.published_ranks(index_id, year)
        row = [f"{page.short(index_id)} {year}", "–", "–", page.label("gap.kind.not_published"),
               page.label("standing.outside", n=n), "–"]
        return dict(zip(head, row, strict=True))
    if cell is None:
        nothing = [f"{page.short(index_id)} {page.year}", "–", "–", page.label("standing.none"), "–", "–"]
        return dict(zip(head, nothing, strict=True))
    ch = comparisons.change(page.board, index_id, "overall", page.province, cell.year)
    place = comparisons.place(page.board, index_id, "overall", page.province, cell.year)
    d, key = page.decimals(index_id), f"{index_id}/overall {page.province}"
    change = changed(page, index_id, "overall", ch)
    gap: object = page.ours(place.gap, f"gap {key} {cell.year}", d, True) if place and place.gap is not None else "–"
    if place and place.gap_printed is not None:
        gap = show.join([page.ours(place.gap_printed, f"gap_printed {key} {cell.year}", d, True), "†"], "")
    return dict(zip(head, [f"{page.short(index_id)} {cell.year}", page.num(cell), change, _told(page, index_id, cell, ch),
                           placed(page, index_id, cell, place), gap], strict=True))


def _behind(page: Context, index_id: str) -> int | None:
    """The newest edition of the page's own unit of which no figure but that it lies behind the printed ranks is known."""
    return max((y for i, y in facts.by_rule(page) if i == index_id and y <= page.year and page.own_unit(y)), default=None)


def changed(page: Context, index_id: str, component: str, ch: comparisons.Change | None) -> show.Html | str:
    """A change that compares, with the year that it is against where that is not the year before; else a dash."""
    if ch is None or ch.delta is None or not ch.comparable:
        return "–"
    recipe = f"change {index_id}/{component} {page.province} {ch.from_year} {ch.now.year}"
    delta = page.ours(ch.delta, recipe, page.decimals(index_id), True)
    return delta if ch.neighbours else show.fmt(page.label("findings.on"), x=delta, y=ch.from_year)


def against_printed(page: Context) -> list[show.Html]:
    """A sentence for each index of whose newest edition only single provinces are held: where the province stands to what pages
    print of the country, which page, and on how many it stands."""
    return [show.join([told, *map(show.esc, page.of_old_unit(cell.year))]) for cell, _ in _printed(page)
            if (told := place_sentence(page, cell.index_id, cell.year))]


def _printed(page: Context) -> list[tuple[Cell, nation.Printed]]:
    """The newest scores that are put beside a printed figure of the country, with it."""
    cells = [cell for i in CARDS if (cell := page.newest(i)) is not None and cell.score is not None]
    placed = [(c, comparisons.place(page.board, c.index_id, "overall", page.province, c.year)) for c in cells]
    return [(c, p.printed) for c, p in placed if p and p.printed is not None]


def _gap_note(page: Context) -> str:
    """Against what a gap is, and which printed figure is a median and which a mean."""
    names: dict[str, list[str]] = {}
    for cell, printed in _printed(page):
        names.setdefault(printed.statistic, []).append(page.short(cell.index_id))
    told = {"median": "standing.printed_median", "mean": "standing.printed_mean"}
    which = [page.label(told[kind], names=wording.joined(found, page.lang)) for kind, found in names.items()]
    return page.label("standing.note_gap_but", which="; ".join(which)) if which else page.label("standing.note_gap")


def _told(page: Context, index_id: str, cell: Cell, ch: comparisons.Change | None) -> show.Html | str:
    """What the change is worth; behind it a newer total, worked out from components, where no newer score was printed."""
    told, newer = meaning(page, index_id, cell, ch), newer_total(page, cell)
    return show.fmt(page.label("standing.newer"), told=told, **newer) if newer else told


def meaning(page: Context, index_id: str, cell: Cell, ch: comparisons.Change | None) -> str:
    """What the change of a score is worth, in the words of the first sheet."""
    if not page.own_unit(cell.year):
        return page.label("standing.old_unit")
    if cell.score is None:
        return page.label("standing.rank_only")
    if ch is None or ch.delta is None:
        return page.label("standing.first_ever" if cell.year == indices.index(index_id).first_edition else "standing.first")
    if not ch.comparable:
        return page.label("standing.anew", year=ch.from_year, why=clause(break_note(page, index_id, ch.breaks, cell.year)))
    if ch.direction:
        return page.label(f"standing.{ch.direction}")
    if not ch.neighbours and ch.threshold is not None:
        return page.label("standing.years_between")
    return page.label("standing.unfit" if ch.step is not None and not ch.step.fits else "standing.no_rule")


def placed(page: Context, index_id: str, cell: Cell, place: comparisons.Place | None) -> show.Html | str:
    """The place as printed or else computed; behind the printed ones said so."""
    if cell.rank is not None:
        return show.fmt("{r}/{n}", r=page.num(cell, what="rank"), n=place.of if place else "–")
    if place and place.rank is not None:
        return show.fmt("{r}/{n}*", r=page.ours(place.rank, f"rank {index_id}/overall {page.province} {cell.year}", 0), n=place.of)
    n = comparisons.outside(page.board, cell) if cell.score is not None else None
    if n and target_year(page, index_id) == cell.year:
        field = targets.official(page.board, index_id, cell.year)
        rank = page.ours(field.rank(page.province), f"rank_by_weights {index_id} {page.province} {cell.year}", 0)
        return show.fmt(page.label("standing.outside_rank"), n=n, rank=show.fmt("{r}/{n}*", r=rank, n=len(field.composite)))
    return page.label("standing.outside", n=n) if n else "–"


def standing_title(page: Context) -> str:
    """The id of the first sheet's title: a city under the central government is not called a province."""
    return "heading.standing_city" if page.is_city else "heading.standing"


@once
def places_figure(page: Context) -> dict | None:
    """The places of the five indices over the years; None where fewer than three ranks are held, or of one year only (the table
    above has them)."""
    rows, breaks = [], {}
    for index_id in CARDS:
        for r in findings.ranks(page.board, index_id, "overall", page.province, page.year, facts.by_rule(page)):
            if r.year > page.year - YEARS:
                shown = show.esc(page.label("standing.behind")) if r.rank is None else facts.rank_of(page, index_id, "overall",
                                                                                               page.province, r)
                rows.append((page.short(index_id), r.year, r.rank, r.of, shown))
        breaks[page.short(index_id)] = sorted({b.year for b in page.board.breaks(index_id, "overall", page.year - YEARS, page.year,
                                                                                  page.province)})
    if len(rows) < 3 or len({year for _, year, *_ in rows}) < 2:
        return None
    df = pd.DataFrame(rows, columns=["row", "year", "rank", "of", "shown"], dtype=object)
    years = range(int(df["year"].min()), page.year + 1)
    for name, found in breaks.items():  # a rule stands between two ranks only
        held = df.loc[df["row"] == name, "year"]
        breaks[name] = [y for y in found if len(held) and held.min() < y <= held.max()]
    what = page.label("standing.places", place=page.place(), first=years[0], last=page.year)
    return drawn(places.draw, df, page.lang, breaks=breaks, years=years) | {
        "title": _places_title(page, df), "measure": what, "wide": True,
        "alt": places.alt(df, page.lang, what=what), "table": places.table(df, page.lang), "decimals": 0,
        "source": page.five_sources(), "name": f"places-{page.province}-{page.year}"}


def _places_title(page: Context, df: pd.DataFrame) -> str:
    """The newest places, of one year."""
    newest = df[df["year"] == df["year"].max()]
    ranks = [page.label("standing.place_of", index=r.row, rank=r.rank, of=r.of) if r.rank else
             page.label("standing.place_behind", index=r.row, n=r.of) for r in newest.itertuples()]
    return page.label("standing.places_title", year=int(df["year"].max()), place=page.place(),
                      ranks=wording.joined(ranks, page.lang))


def standing_lead(page: Context) -> show.Html:
    """Which index went up or down in rank over years, the falls first; then of how many the score can be compared with the
    edition before, and which moved beyond the usual fluctuation."""
    moves = [f for f in facts.found(page)
             if f.component == "overall" and f.kind in MOVES and f.index_id in CARDS]
    moves.sort(key=lambda f: f.good)
    told = [show.fmt("{moves}.", moves=show.join([facts.move(page, f) for f in moves], "; "))] if moves else []
    return show.join([*told, show.esc(_scores_moved(page))])


def _scores_moved(page: Context) -> str:
    moved: dict[str, list[str]] = {"up": [], "down": [], "within": []}
    newest = {i: cell for i in CARDS if (cell := page.newest(i)) and cell.score is not None and page.own_unit(cell.year)}
    for index_id, cell in newest.items():
        ch = comparisons.change(page.board, index_id, "overall", page.province, cell.year)
        if ch and ch.comparable and ch.direction:
            moved[ch.direction].append(f"{page.short(index_id)} {cell.year}")
    told = [page.label(f"standing.moved_{way}", names=wording.joined(names, page.lang)) for way, names in moved.items() if names]
    if not told:
        return page.label("standing.moved_unknown")
    rest = [f"{page.short(i)} {c.year}" for i, c in newest.items() if f"{page.short(i)} {c.year}" not in sum(moved.values(), [])]
    told += [page.label("standing.moved_open", names=wording.joined(rest, page.lang))] if rest else []
    return page.label("standing.by_score", told="; ".join(told))


def unknown(page: Context) -> list[str]:
    """What is not known of the page's year and why, and when the next edition usually comes."""
    said, without = [], dict[str, list[str]]()
    for index_id in CARDS:
        if page.year < indices.index(index_id).first_edition:
            continue
        cell, name = page.newest_scored(index_id), page.short(index_id)
        parts = page.component_year(index_id)
        if cell is None or cell.year != page.year:
            without.setdefault(clause(page.reason(index_id, page.year)), []).append(name)
        elif index_id in ("pci", "papi", "dti") and parts != page.year:
            key = "standing.no_parts" if parts else "standing.no_parts_ever"
            said.append(page.label(key, name=f"{name} {page.year}", newest=parts))
    said = [wording.sentence(page.label("standing.no_score", name=f"{wording.joined(names, page.lang)} {page.year}", why=why))
            for why, names in without.items()] + said
    return said + next_editions(page)


def next_editions(page: Context) -> list[str]:
    """When the next edition of each index usually comes out, from the days those up to the page's year did: that of the page's
    own year where it is not held yet. First those that by this would be out already and were looked for in vain since. Nothing
    of an index that had not begun."""
    coming, out = [], []
    for index_id in CARDS:
        editions = {*indices.editions(index_id), *page.board.editions(index_id)}
        year = page.year + (page.year in editions or page.year < indices.index(index_id).first_edition)
        months = sorted(months_after(index_id, page.year)[-5:])
        if not months:
            continue
        name, (first, last) = page.short(index_id), (_month(page, *_year_month(year, m)) for m in (months[0], months[-1]))
        looked, over = missing.last_search(index_id, year), "{}-{:02}".format(*_year_month(year, months[-1]))
        if looked[:7] > over and not page.board.n_scored(index_id, "overall", year):
            out.append((name, year, _year_month(year, months[-1]), looked))
        else:
            coming.append(f"{name} {year}: {first if first == last else page.label('standing.months', a=first, b=last)}")
    said = []
    if out:
        names, years, lasts, days = zip(*out, strict=True)
        told = f"{wording.joined(names, page.lang)} {years[0]}" if len(set(years)) == 1 else wording.joined(
            [f"{name} {year}" for name, year in zip(names, years, strict=True)], page.lang)
        said.append(page.label("standing.overdue", names=told, last=_month(page, *max(lasts)),
                               day=registry_date(min(days), page.lang)))
    said += [page.label("standing.next", when="; ".join(coming))] if coming else []
    return said or [page.label("standing.next_unread")]


def months_after(index_id: str, last: int) -> list[int]:
    """Of each release that was read, up to an edition, in the order of the editions: months from the edition's January to it."""
    out = []
    for release in sorted((r for r in indices.index(index_id).releases if r["edition"] <= last), key=lambda r: r["edition"]):
        year, month = (int(x) for x in str(release["date"]).split("-")[:2])
        out.append(12 * (year - int(release["edition"])) + month - 1)
    return out


def _year_month(year: int, after: int) -> tuple[int, int]:
    """Year and month, so many months after January of ``year``."""
    return year + after // 12, after % 12 + 1


def _month(page: Context, year: int, month: int) -> str:
    return page.label("standing.month", month=registry_date(f"{year}-{month:02}", page.lang))
