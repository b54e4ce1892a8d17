"""How far provinces lie apart in each component and region, and how the indices go together."""

from __future__ import annotations

import pandas as pd

from govlib.known import indices, provinces
from govlib.known.provinces import province_set
from govlib.publish import show
from govlib.publish.charts import strip
from govlib.publish.national import counts
from govlib.publish.national.base import SHOWN, Nation
from govlib.publish.national.counts import spearman
from govlib.publish.sections.base import DECIMALS, drawn, frame
from govlib.reading.board import region_of
from govlib.words import wording


def spread_year(page: Nation, index_id: str) -> tuple[int, list[str]] | None:
    """The newest edition with all provinces in three components or more, and those components."""
    for year in reversed([y for y in indices.editions(index_id) if y <= page.year]):
        ids = [c for c in indices.component_ids(index_id, year) if page.board.is_full(index_id, c, year)]
        if len(ids) >= 3:
            return year, ids
    return None


def spreads(page: Nation) -> list[tuple[str, int]]:
    return page.ordered((i, found[0]) for i in SHOWN if (found := spread_year(page, i)))


def spread_figure(page: Nation, index_id: str) -> dict | None:
    """Every province on each component. Which differ most is said only where all components share one scale."""
    found = spread_year(page, index_id)
    if found is None:
        return None
    year, ids = found
    names = {c: indices.name(index_id, c, page.lang, year) for c in ids}
    rows = [(names[c], float(v)) for c in ids for v in page.board.edition(index_id, c, year).values]
    df = pd.DataFrame(rows, columns=["label", "value"])
    what, d = page.edition(index_id, year), DECIMALS.get(index_id, 2)
    for c in ids:
        page.page.see(page.board.row(index_id, c, page.board.edition(index_id, c, year).names[0], year).source)
    title, measure = page.label("national.spread_plain", e=what), show.esc(page.label("national.spread_measure"))
    if len({indices.scale(index_id, c, year) for c in ids}) == 1:
        wide = {c: counts.middle_half(page.board, index_id, c, year) for c in ids}
        most, least = max(wide, key=wide.__getitem__), min(wide, key=wide.__getitem__)
        title = page.label("national.spread", e=what, most=names[most], least=names[least])
        a, b = (page.page.ours(wide[c], f"middle_half {index_id}/{c} {year}", d) for c in (most, least))
        measure = show.join([measure, page.fill("national.spread_width", a=a, b=b)])
    missing = len(indices.component_ids(index_id, year)) - len(ids)
    table = strip.table(df, page.lang).astype(object)
    for k, c in enumerate(ids):
        table.iloc[k, 1:] = [page.page.ours(v, f"quantile {index_id}/{c} {year} {q:g}", d)
                             for v, q in zip(table.iloc[k, 1:], strip.QUANTILES, strict=True)]
    return drawn(strip.draw, df, page.lang, decimals=d) | {
            "wide": True, "decimals": d, "title": title, "measure": measure,
            "alt": strip.alt(df, page.lang, what=what, decimals=d), "table": table,
            "note": page.label("national.spread_some", k=len(ids), n=len(ids) + missing) if missing else None,
            "source": page.page.source_line(index_id, year), "name": f"spread-{index_id}-{year}"}


def regions_table(page: Nation) -> dict | None:
    """Median of each region in the newest full editions."""
    editions = page.full_editions()
    if not editions:
        return None
    rows, newest = [], editions[0][1]
    for region, names in provinces.regions().items():
        n = sum(region_of(p, newest) == region for p in province_set(newest))
        row = {page.label("national.region"): show.fmt("{r} ({n})", r=names[0 if page.lang == "vi" else 1],
                                                       n=page.count(n, f"provinces_in {region} {newest}"))}
        for i, y in editions:
            row[page.edition(i, y)] = page.page.ours(counts.region_median(page.board, i, region, y),
                                                     f"median_in {i}/overall {region} {y}", DECIMALS.get(i, 2))
        rows.append(row)
    last = {page.label("national.region"): page.label("national_spread.nation")}
    for i, y in editions:
        last[page.edition(i, y)] = page.page.ours(page.board.edition(i, "overall", y).median, f"median {i}/overall {y}",
                                                  DECIMALS.get(i, 2))
    return {"df": frame([*rows, last]), "caption": page.label("national.regions"), "lang": page.lang,
            "name": f"regions-{page.year}",
            "note": page.label("national.regions_note"), "source": "; ".join(page.page.source_line(i, y) for i, y in editions)}


# -- correlation ---------------------------------------------------------------------------------------------------

def correlations(page: Nation) -> tuple[dict | None, str]:
    """(table or None, sentence): Spearman rank correlations, each pair at its newest year in which both are full."""
    rows, without = [], []
    held = [i for i in SHOWN if page.full_year(i) is not None]
    pairs = [(i, j) for a, i in enumerate(held) for j in held[a + 1:]]
    at = {(i, j): year for i, j in pairs if (year := counts.common_year(page.board, i, j, page.year))}
    for i, j in sorted(at, key=lambda p: -at[p]):
        year = at[i, j]
        x, y = counts.both(page.board, i, j, year)
        r, low, high = spearman(x, y)
        where = f"spearman {i} {j} {year}"
        read = "apart" if low <= 0 <= high else "together" if r > 0 else "against"
        rows.append({page.label("national.pair"): f"{page.short(i)} – {page.short(j)}", page.label("col.year"): str(year),
                     page.label("national.provinces"): page.count(len(x), where + " n"),
                     page.label("national.rho"): page.page.ours(r, where, 2, True),
                     page.label("col.interval"): show.together(page.label("national_spread.to"),
                                                               a=page.page.ours(low, where + " low", 2, True),
                                                               b=page.page.ours(high, where + " high", 2, True)),
                     page.label("national.reading"): page.label(f"national.{read}")})
    without = [f"{page.short(i)} – {page.short(j)}" for i, j in pairs if (i, j) not in at]
    thin = [page.short(i) for i in page.newest if i not in held]
    notes = [page.label("national.rho_note")]
    if without:
        notes.append(page.label("national.rho_without", pairs=wording.joined(without, page.lang)))
    if any(indices.published_ranks(i, page.year) for i in held):
        notes.append(page.label("national.rho_selected",
                                n=max(filter(None, (indices.published_ranks(i, page.year) for i in held)))))
    if thin:
        notes.append(page.label("national.rho_thin", names=wording.joined(thin, page.lang)))
    if not rows:
        return None, " ".join([page.label("national.no_pairs"), *notes[1:]])
    return ({"df": frame(rows), "caption": page.label("national.rho_caption"), "lang": page.lang,
             "note": " ".join(notes), "name": f"correlation-{page.year}"}, "")
