"""Components: level, change, place, and the items behind a fall."""

from __future__ import annotations

import pandas as pd

from govlib.errors import GovlibError
from govlib.known import indices
from govlib.known.indices import doubtful
from govlib.publish import show
from govlib.publish.charts import gap
from govlib.publish.sections.answering import lead_day, lead_of_item, leads_note
from govlib.publish.sections.base import Context, clause, drawn, frame, once
from govlib.publish.sections.findings import compared, movers, movers_sentence
from govlib.reading import comparisons
from govlib.reading.board import FULL
from govlib.words import wording
from govlib.words.wording import number

WORST = 8  # items of a table


def with_components(page: Context) -> list[tuple[str, int]]:
    """(index, edition) pairs that have components of this province, newest first among PCI, PAPI, DTI, PAR."""
    return [(i, y) for i in ("pci", "papi", "dti") if (y := page.component_year(i))]


def scored_components(page: Context, index_id: str, year: int) -> list[str]:
    """Components of an edition of which any province has a figure, or this one is known to have none."""
    return [c for c in indices.component_ids(index_id, year) if page.board.n_scored(index_id, c, year)]


def components_heading(page: Context, index_id: str, year: int) -> str:
    return page.label("components.components", short=page.short(index_id), year=year)


def components_intro(page: Context, index_id: str, year: int) -> show.Html:
    """One paragraph: which edition and why, what moved, and what cannot be compared."""
    parts = []
    if year != page.year:
        parts.append(show.esc(page.label("components.is_newest_edition_with", year=year, place=page.place())))
        parts += map(show.esc, page.of_old_unit(year))
    if doubt := doubtful(index_id, year, page.province):
        parts.append(show.esc(wording.sentence(doubt[0 if page.lang == "vi" else 1])))
    if any((c := page.board.cell(index_id, i, page.province, year)) and c.status == "derived"
           for i in indices.component_ids(index_id, year)):
        parts.append(show.esc(wording.sentence(page.label("note.derived"))))
    if moved := movers_sentence(page, index_id, year):
        parts.append(moved)
        if len(movers(page, index_id, year)) < len(scored_components(page, index_id, year)) and (what := broken(page, index_id,
                                                                                                                year, "")):
            parts.append(show.esc(page.label("components.others_cannot_be_compared", what=what)))
    else:
        what = broken(page, index_id, year)
        parts.append(show.esc(page.label("components.no_change_on_is", year=year - 1, what=what)))
    lacking = [c for c in indices.component_ids(index_id, year) if c not in scored_components(page, index_id, year)]
    if lacking:
        names = wording.joined([page.component(index_id, c, year) for c in lacking], page.lang)
        parts.append(show.esc(page.label("components.not_in_our_sources", names=names)))
    of, held = page.board.expected(index_id, year), [page.board.n_scored(index_id, c, year)
                                                     for c in scored_components(page, index_id, year)]
    thin = [n for n in held if n < FULL * of]
    if thin and len(thin) < len(held):
        parts.append(show.esc(page.label("components.some_components_our_sources", min=min(thin), of=of)))
    elif thin:
        parts.append(show.esc(page.label("components.our_sources_hold_component", min=min(thin), of=of)))
    return show.join(parts)


def broken(page: Context, index_id: str, year: int, otherwise: str | None = None) -> str:
    """What changed since the year before, in words; ``otherwise`` where nothing did."""
    ids = indices.component_ids(index_id, year)
    found = {b.what(page.lang): None for c in ids for b in page.board.breaks(index_id, c, year - 1, year, page.province)}
    if found:
        return "; ".join(clause(w) for w in found)
    if otherwise is not None:
        return otherwise
    return page.label("components.there_are_no_component", year=year - 1)


def components_table(page: Context, index_id: str, year: int) -> dict:
    """Keyword arguments of ``show.table``: level, change, threshold, rank, median, gap, region, peers."""
    peers = [p for p in page.peers if any((c := page.board.cell(index_id, i, p, year)) and c.score is not None
                                          for i in indices.component_ids(index_id, year))]
    t = compared(page, index_id, year)
    t = t[t["component"].isin(scored_components(page, index_id, year))]
    since = {int(y) for y in t.loc[t["delta"].notna() & t["comparable"].astype(bool), "before_year"]}
    same = since.pop() if len(since) == 1 else year - 1  # the edition that changes are on, said once, in the column's head
    rows = []
    for r in t.to_dict("records"):
        c, key = r["component"], f"{index_id}/{r['component']} {page.province}"
        cell = page.board.cell(index_id, c, page.province, year)
        row = {page.label("col.component"): page.component(index_id, c, year), page.label("col.score"): page.num(cell)}
        if r["delta"] == r["delta"] and r["comparable"]:
            delta = page.ours(r["delta"], f"change {key} {int(r['before_year'])} {year}", page.decimals(index_id), True)
            row[page.label("col.change")] = delta if r["before_year"] == same else show.fmt(
                page.label("components.on"), x=delta, y=int(r["before_year"]))
            size = {"": "", "within": page.label("size.within")}.get(r["direction"], page.label("size.beyond"))
            row[page.label("col.size")] = "" if not size else show.fmt("{w} (±{n})", w=size, n=page.ours(
                r["threshold"], f"threshold {index_id}/{c} {year}", page.decimals(index_id)))
        else:
            row[page.label("col.change")] = page.label("cell.break") if r["delta"] == r["delta"] else "–"
            row[page.label("col.size")] = ""
        rank = r["rank"]
        row[page.label("col.rank")] = (show.Html("–") if rank is None or rank != rank else page.num(cell, what="rank")
                                       if r["rank_published"] else page.ours(int(rank), f"rank {key} {year}", 0))
        row[page.label("col.median")] = _median(page, index_id, c, year, r["median"], r["before_year"] == year - 1
                                                or r["delta"] != r["delta"])
        row[page.label("col.gap")] = page.ours(r["gap"], f"gap {key} {year}", page.decimals(index_id), True)
        row[page.label("col.region_median")] = page.ours(r["region_median"], f"region_median {key} {year}", page.decimals(index_id))
        for p in peers:
            row[page.place(p)] = page.num(page.board.cell(index_id, c, p, year))
        rows.append(row)
    out = frame(rows)
    nothing = ("–", "") if any(str(v) not in ("–", page.label("cell.break")) for v in out[page.label("col.change")]) \
        else ("–", "", page.label("cell.break"))  # a column of nothing but "method changed": the paragraph above says it
    empty = [c for c in out.columns[1:] if all(str(v) in nothing for v in out[c])]
    out = out.drop(columns=empty)
    if same != year - 1:
        out = out.rename(columns={page.label("col.change"): page.label("components.on", x=page.label("col.change"), y=same)})
    note = page.label("note.components") if page.label("col.size") in out.columns else None
    return {"df": out, "caption": page.label("components.by_component", short=page.short(index_id), year=year,
                                             place=page.place()),
            "source": page.source_line(index_id, year), "note": note, "lang": page.lang,
            "name": f"{index_id}-{year}-{page.province}-components"}


def _median(page: Context, index_id: str, component: str, year: int, median: float, beside: bool) -> show.Html:
    """The national median and, where it joins the year before, its change: whether all moved or only this province.
    ``beside``: the province's own change, if any, is of the same year."""
    d = page.decimals(index_id)
    shown = page.ours(median, f"median {index_id}/{component} {year}", d)
    moved = comparisons.median_change(page.board, index_id, component, year) if beside else None
    if moved is None or median != median:
        return shown
    return show.together("{m} ({x})", m=shown, x=page.ours(moved, f"change_of_median {index_id}/{component} {year - 1} {year}", d,
                                                           True))


def gap_figure(page: Context, index_id: str, year: int) -> dict | None:
    """What the province is beside the median and its peers; None of figures that their publisher does not stand by: nothing is
    set beside them."""
    if doubtful(index_id, year, page.province):
        return None
    ids = scored_components(page, index_id, year)
    peers = [p for p in page.peers[:3] if not doubtful(index_id, year, p)]
    t = compared(page, index_id, year)
    t = t[t["component"].isin(ids)]
    df = pd.DataFrame({"label": [page.component(index_id, c, year) for c in t["component"]], "value": t["score"],
                       "median": t["median"]})
    for p in peers:
        if t[p].notna().any():
            df[page.place(p)] = t[p].to_numpy()
    if df["value"].notna().sum() < 2:
        return None
    what = f"{page.short(index_id)} {year}, {page.place()}"
    if df["median"].notna().any():
        g = (df["value"] - df["median"]).dropna()
        above = int((g > 0).sum())
        title = page.label("components.components_above_national_median", above=above, n_g=len(g))
    else:
        top, low = df.loc[df["value"].idxmax(), "label"], df.loc[df["value"].idxmin(), "label"]
        title = page.label("components.highest_lowest", top=top, low=low)
    d = page.decimals(index_id)
    sourced = pd.DataFrame({"label": df["label"], "value": [scored(page, index_id, c, page.province, year) for c in t["component"]],
                            "median": [page.ours(v, f"median {index_id}/{c} {year}", d) if v == v else None
                                       for c, v in zip(t["component"], t["median"], strict=True)],
                            "gap": [page.ours(v, f"gap {index_id}/{c} {page.province} {year}", d, True) if v == v else None
                                    for c, v in zip(t["component"], t["gap"], strict=True)]}
                           | {page.place(p): [scored(page, index_id, c, p, year) for c in t["component"]] for p in peers
                              if page.place(p) in df}, dtype=object)
    return drawn(gap.draw, df, page.lang, province=page.place(), median=page.label("components.national_median"), decimals=d) | {
            "title": title, "measure": f"{what}, {scale_words(page, index_id, ids[0], year)}",
            "alt": gap.alt(df, page.lang, what=what, decimals=d), "decimals": d,
            "table": gap.table(sourced, page.lang, province=page.place(), median=page.label("components.column_national_median")),
            "note": " ".join(page.of_old_unit(year)) or None, "source": page.source_line(index_id, year),
            "name": f"{index_id}-{year}-{page.province}-gap"}


def scored(page: Context, index_id: str, component: str, slug: str, year: int) -> show.Html | None:
    """A score with its source; None where there is none."""
    cell = page.board.cell(index_id, component, slug, year)
    return page.num(cell) if cell is not None and cell.score is not None else None


def scale_words(page: Context, index_id: str, component: str, year: int) -> str:
    try:
        low, high, _ = indices.scale(index_id, component, year)
    except GovlibError:
        return ""
    if high is None:
        return page.label("base.points")
    return page.label("components.scale", low=number(low, page.lang, None), high=number(high, page.lang, None))


def fallen(page: Context, index_id: str, year: int) -> list[str]:
    m = movers(page, index_id, year)
    return list(m.loc[m["delta"].round(page.decimals(index_id)) < 0].sort_values("delta")["component"])


@once
def worse(page: Context, index_id: str, year: int) -> list[tuple[str, comparisons.Change]]:
    """Items that got worse within the components that fell, the largest first against the spread of all provinces' changes."""
    fell = fallen(page, index_id, year)
    there = [c for c in page.board.components(index_id, "indicator") if c.split(".")[0] in fell]
    rows = []
    for c in there:
        ch = comparisons.change(page.board, index_id, c, page.province, year, threshold=False)
        if ch is None or ch.delta is None or not ch.comparable or year - ch.from_year != 1 or not _same_unit(page, ch):
            continue
        if ch.delta * comparisons.item_direction(page.board, index_id, c, year) < 0:
            spread = comparisons.spread_of_changes(page.board, index_id, c, year)
            rows.append((-abs(ch.delta) / spread if spread else 0.0, c, ch))
    return [(c, ch) for _, c, ch in sorted(rows, key=lambda r: r[0])]


def _same_unit(page: Context, ch: comparisons.Change) -> bool:
    """Whether an item's two figures are in one unit: shares are percent in the sheets of 2006 and 0–1 in those of 2007."""
    now, before = (page.item_unit(c.index_id, c.component, c.year) or c.unit for c in (ch.now, ch.before) if c)
    return now == before


def indicators_table(page: Context, index_id: str, year: int) -> dict | None:
    """The survey items or sub-dimensions that got worse within the components that fell, the largest first against the
    spread of all provinces' changes; None where no items are there. Which way is worse: :func:`comparisons.item_direction`."""
    rows = worse(page, index_id, year)
    if not rows:
        return None
    out = []
    for c, ch in rows[:WORST]:
        key = f"{index_id}/{c} {page.province}"
        place = comparisons.place(page.board, index_id, c, page.province, year)
        out.append({page.label("col.component"): page.component(index_id, c.split(".")[0], year),
                    page.label("col.indicator"): page.item_cell(index_id, c, year), page.label("col.score"): page.num(ch.now),
                    page.label("col.change"): page.ours(ch.delta, f"change {key} {ch.from_year} {year}", 2, True),
                    page.label("col.median"): page.ours(place.median, f"median {index_id}/{c} {year}", 2) if place else "–",
                    page.label("col.lead"): lead_of_item(page, index_id, c)})
    return {"df": frame(out), "caption": page.label("components.what_got_worse_within", short=page.short(index_id),
                                                    year=year),
            "source": page.source_line(index_id, year), "lang": page.lang,
            "note": " ".join((page.label("note.indicators"),
                              page.label("note.items_lead", day=wording.day(lead_day(page, index_id), page.lang)),
                          leads_note(page, [(index_id, c) for c, _ in rows[:WORST]]))),
            "name": f"{index_id}-{year}-{page.province}-fallen"}


def no_indicators(page: Context, index_id: str, year: int) -> str | None:
    """What to say where components fell and no item tells why."""
    if index_id not in ("pci", "papi") or not fallen(page, index_id, year) or worse(page, index_id, year):
        return None
    return page.label("note.no_indicators", index=page.short(index_id), year=year)
