"""Beside the region, the peers and the provinces most alike; and what the province itself surveyed."""

from __future__ import annotations

import pandas as pd

from govlib.errors import MissingData, UnknownName
from govlib.known import indices, satisfaction
from govlib.known.provinces import province_set
from govlib.panel import data
from govlib.publish import show
from govlib.publish.charts import slope
from govlib.publish.sections.base import Context, clause, drawn, frame, once_noted
from govlib.publish.sections.findings import place_sentence, same_field
from govlib.reading import beside, comparisons, targets
from govlib.reading.board import entity, region_of
from govlib.words import wording

RECENT = 3  # years within which an edition is shown beside provinces that are alike


def neighbours(page: Context, year: int) -> list[str]:
    """The province, its peers, its region, without doubles."""
    region = [p for p in province_set(year) if region_of(p, year) == page.region]
    return list(dict.fromkeys([page.province, *page.peers, *region]))


def rank_of(page: Context, index_id: str, slug: str, year: int) -> tuple[int | None, bool]:
    """(rank, published) of a province in a list: all as published, or of a full edition not all of whose ranks are, by score."""
    cell, rank = page.board.cell(index_id, "overall", slug, year), comparisons.ranks(page.board, index_id, year).get(slug)
    return rank, rank is not None and cell is not None and cell.rank == rank


def shown_rank(page: Context, index_id: str, slug: str, year: int) -> show.Html:
    """A rank with its source: the row's where it was printed, else the recipe of the computed one."""
    rank, published = rank_of(page, index_id, slug, year)
    if rank is None:
        return show.Html("–")
    if published:
        return page.num(page.board.cell(index_id, "overall", slug, year), what="rank")
    recipe = "rank" if page.board.row(index_id, "overall", slug, year).rank is None else "rank_by_score"
    return page.ours(rank, f"{recipe} {index_id}/overall {slug} {year}", 0)


def _placed(page: Context, index_id: str, slug: str, year: int) -> tuple[int | None, show.Html]:
    """(rank, as shown) of a province: as printed; else computed and marked, of an edition of whose totals not all are held from
    its components, as on the first sheet. Every neighbour's, or the one it is done for would look like the last of them."""
    (rank, published), shown = rank_of(page, index_id, slug, year), shown_rank(page, index_id, slug, year)
    if rank is None and _by_components(page, index_id, slug, year):
        rank = targets.official(page.board, index_id, year).rank(slug)
        shown = page.ours(rank, f"rank_by_weights {index_id} {slug} {year}", 0)
    return rank, shown if published or rank is None else show.fmt("{r}*", r=shown)


def _by_components(page: Context, index_id: str, slug: str, year: int) -> bool:
    return (not page.board.is_full(index_id, "overall", year) and not indices.doubtful(index_id, year, slug)
            and year in targets.bases(page.board, index_id, slug, year))


def region_table(page: Context, index_id: str, year: int) -> dict | None:
    rows = []
    for slug in neighbours(page, year):
        cell, (rank, shown) = page.board.cell(index_id, "overall", slug, year), _placed(page, index_id, slug, year)
        score = cell.score if cell is not None else None
        if score is None and rank is None and (cell is None or cell.rank is None):
            continue
        ch = comparisons.change(page.board, index_id, "overall", slug, year)
        key = f"{index_id}/overall {slug}"
        delta = ch.delta if ch and ch.delta is not None and ch.comparable and ch.from_year == year - 1 else None
        kind = (page.label("kind.self") if slug == page.province else page.label("kind.peer") if slug in page.peers
                else page.label("kind.region"))
        rows.append(((rank is None, rank or 0, -(score or 0.0)), {
            page.label("col.province"): page.place(slug), page.label("col.kind"): kind,
            page.label("col.score"): page.num(cell) if score is not None else "–",
            page.label("col.change"): page.ours(delta, f"change {key} {year - 1} {year}", page.decimals(index_id), True),
            page.label("col.rank"): shown}))
    if len(rows) < 2:
        return None
    rows.sort(key=lambda r: r[0])  # ranks first, in their order; those without a rank below, by score
    out = frame([r for _, r in rows])
    if all(str(v) == "–" for v in out[page.label("col.change")]):
        out = out.drop(columns=page.label("col.change"))
    return {"df": out, "caption": page.label("region.its_peers_and_region", short=page.short(index_id), year=year,
                                             place=page.place(), region_name=page.region_name),
            "source": page.source_line(index_id, year), "lang": page.lang, "name": f"{index_id}-{year}-{page.province}-region",
            "note": page.label("note.region")}


def region_tables(page: Context, *, old: bool = False) -> list[tuple[show.Html | None, dict | None]]:
    """(sentence, table) of each of the two surveys; the table is None where its edition is more than :data:`RECENT` years old.
    ``old``: those tables, for the annex: what was so long ago is no ground for a decision."""
    out: list[tuple[show.Html | None, dict | None]] = []
    for index_id in ("pci", "papi"):
        if (year := region_year(page, index_id)) is None:
            continue
        recent = page.year - year <= RECENT
        if old and not recent:
            out.append((None, region_table(page, index_id, year)))
        elif not old:
            told = place_sentence(page, index_id, year)
            if told is not None and (old_unit := page.of_old_unit(year)):
                told = show.join([told, show.esc(old_unit[0])])
            out.append((told, region_table(page, index_id, year) if recent else None))
    return [(told, table) for (told, _), table in zip(out, once_noted(t for _, t in out), strict=True)]


def slope_figure(page: Context, index_id: str, year: int) -> dict | None:
    """Ranks of the edition before and this one; None unless at least three provinces have both, of about as many provinces.

    Where the method changed between the two no line joins them and nothing is said of a rise or a fall."""
    rows = []
    for slug in neighbours(page, year):
        before, now = (rank_of(page, index_id, slug, y)[0] for y in (year - 1, year))
        role = "province" if slug == page.province else "peer" if slug in page.peers else "region"
        rows.append({"label": page.place(slug), "role": role, "before": before, "now": now,
                     "shown_before": shown_rank(page, index_id, slug, year - 1),
                     "shown_now": shown_rank(page, index_id, slug, year)})
    df = pd.DataFrame(rows, dtype=object).dropna(subset=["before", "now"]).astype({"before": int, "now": int})
    if len(df) < 3 or not (df["role"] == "province").any() or not same_field(page, index_id, year):
        return None
    me = df[df["role"] == "province"].iloc[0]
    same = comparisons.same_provinces(page.board, index_id, "overall", year)
    of = [page.board.of(index_id, "overall", y) for y in (year - 1, year)]
    name, moved = page.place(), wording.rank_change(me["before"], me["now"], page.lang)
    was, is_now = (wording.rank(me[c], n, page.lang) for c, n in zip(("before", "now"), of, strict=True))
    breaks = page.board.breaks(index_id, "overall", year - 1, year, page.province)
    # a list is by score where not all ranks were printed; of a province whose printed one differs no move is told beside the cards'
    places = [comparisons.place(page.board, index_id, "overall", page.province, y) for y in (year - 1, year)]
    told = [place.rank if place else None for place in places]
    if breaks or not same or told != [me["before"], me["now"]]:
        title = page.label("region.rank_in", name=name, now=is_now)
    elif me["before"] == me["now"]:
        title = page.label("region.still_ranks", name=name, now=is_now)
    else:
        title = page.label("region.from_rank_to", name=name, before=was, now=is_now, moved=moved)
    years = (year - 1, year)
    what = page.label("region.region", short=page.short(index_id), region_name=page.region_name)
    notes = [page.label("region.not_joined", why="; ".join(clause(b.what(page.lang)) for b in breaks))] if breaks else []
    notes += page.of_old_unit(year)
    if not same:
        notes.append(page.label("region.two_years_lack_different"))
    elif of[0] != of[1]:
        notes.append(page.label("region.ranks_among_provinces_and", of=of[0], years=years[0], of2=of[1], years2=years[1]))
    return drawn(slope.draw, df, page.lang, years=years, joined=not breaks, height=min(330.0, 130.0 + 16.0 * len(df))) | {
        "title": f"{page.short(index_id)} {year}, {title}",
            "note": " ".join(notes) or None,
            "measure": page.label("region.ranks_and_peers_and", short=page.short(index_id), years=years[0], years2=years[1],
                                  place=page.place()),
            "alt": slope.alt(df, page.lang, years=years, what=what, joined=not breaks),
        "table": slope.table(df, page.lang, years=years),
            "source": page.source_line(index_id, year), "name": f"{index_id}-{year}-{page.province}-ranks"}


def slope_figures(page: Context) -> list[dict]:
    """Of the two surveys those whose edition is at most :data:`RECENT` years old."""
    years = [(i, y) for i in ("pci", "papi") if (y := region_year(page, i)) and page.year - y <= RECENT]
    return [figure for i, y in years if (figure := slope_figure(page, i, y))]


def region_year(page: Context, index_id: str) -> int | None:
    """The newest edition in which this province and at least two neighbours have a figure."""
    for year in reversed([y for y in indices.editions(index_id) if y <= page.year]):
        there = [s for s in neighbours(page, year) if (c := page.board.cell(index_id, "overall", s, year)) and c.score is not None]
        if page.province in there and len(there) >= 3:
            return year
    return None


def similar_table(page: Context) -> tuple[dict | None, str]:
    """(keyword arguments of ``show.table`` or None, a sentence: the rule, or why there is none)."""
    try:
        found = beside.similar(data.shared("controls.parquet"), page.province, page.year)
    except (MissingData, UnknownName):
        found = pd.DataFrame()
    if found.empty:
        return None, page.label("note.similar_none")
    # an edition of years ago says nothing about who is alike today
    shown = [(i, y) for i in ("pci", "papi") if (y := page.board.newest_full(i, "overall", page.year)) and page.year - y <= RECENT]
    rows = []
    for r in [{"province": page.province, "distance": None}, *found.to_dict("records")]:
        row = {page.label("col.province"): page.place(r["province"]),
               page.label("col.distance"): page.ours(r["distance"], f"distance {page.province} {r['province']} {page.year}", 2)}
        for index_id, year in shown:
            row[f"{page.short(index_id)} {year}"] = page.num(page.board.cell(index_id, "overall", r["province"], year))
        rows.append(row)
    years = found.attrs["years"]
    used = wording.joined([f"{page.label('var.' + k)} ({v})" for k, v in years.items()], page.lang)
    return ({"df": frame(rows), "caption": page.label("region.provinces_most_like", place=page.place()),
             "lang": page.lang, "name": f"similar-{page.province}", "source": page.label("source.controls")},
            page.label("note.similar", used=used))


def satisfaction_table(page: Context) -> dict | None:
    """The satisfaction survey as the province reported it, of the newest round up to the year; None elsewhere, and for the
    province after the merger, which is another unit than the one that was surveyed."""
    if page.province != "bac-ninh":
        return None
    known = satisfaction.reported()
    known = known[known["year"] <= page.year]
    if known.empty or entity(page.province, int(year := known["year"].max())) != entity(page.province, page.year):
        return None
    rows = []
    for r in known[known["year"] == year].sort_values("percent").itertuples(index=False):
        page.see(r.source)
        share = show.num(r.percent, source=r.source, locator=f"data/raw/institute_reported/{year}.csv {r.service}", lang=page.lang,
                         decimals=2)
        rows.append({page.label("col.service"): satisfaction.SERVICES[r.service][page.lang != "vi"],
                     page.label("col.satisfied"): share})
    return {"df": frame(rows), "lang": page.lang, "name": f"satisfaction-{page.province}-{year}",
            "note": page.label("note.satisfaction"),
            "caption": page.label("region.share_satisfied_as_reported", year=year),
            "source": page.label("region.survey_by_bac_ninh", year=year)}
