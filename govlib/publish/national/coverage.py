"""How many provinces have figures, and why not more; the sources."""

from __future__ import annotations

import pandas as pd

from govlib.known import indices
from govlib.known.provinces import province_set
from govlib.publish.charts import heatmap
from govlib.publish.national import counts
from govlib.publish.national.base import SHOWN, Nation
from govlib.publish.sections import closing
from govlib.publish.sections.base import drawn
from govlib.text import spans
from govlib.words import wording


def coverage(page: Nation) -> pd.DataFrame:
    """index_id, year, n provinces with a composite score, of how many the edition was about; from its first edition on."""
    rows = [(i, y, page.board.n_scored(i, "overall", y), page.board.expected(i, y))
            for i in SHOWN for y in range(max(2005, indices.index(i).first_edition), page.year + 1)]
    return pd.DataFrame(rows, columns=["index_id", "year", "n", "of"])


def coverage_figure(page: Nation) -> dict:
    """Share of provinces with a composite score, index by year."""
    c = coverage(page)
    share = 100 * c["n"] / c["of"]
    df = pd.DataFrame({"row": [page.short(i) for i in c["index_id"]], "column": c["year"], "value": share,
                       "shown": [page.page.ours(v, f"coverage {i} {y}", 0)
                                 for i, y, v in zip(c["index_id"], c["year"], share, strict=True)]}, dtype=object)
    full = [page.edition(i, y) for i, y in page.full_editions()]
    title = page.label("national.coverage", names=wording.joined(full, page.lang)) if full else page.label("national.coverage_none")
    table = heatmap.table(df, page.lang)
    return drawn(heatmap.draw, df, page.lang, decimals=0, limits=(0, 100)) | {
        "title": title,
            "measure": page.label("national.coverage_measure"), "decimals": 0,
            "alt": heatmap.alt(df, page.lang, what=page.label("national_coverage.share_provinces_with_score"), decimals=0),
            "table": table.rename(columns={table.columns[0]: page.label("national_coverage.index")}),
        "source": page.label("national.coverage_source"),
            "wide": True, "name": f"coverage-{page.year}"}


def _why(page: Nation, index_id: str, year: int, n: int) -> str:
    """Why an edition has scores of ``n`` provinces only, as the end of a sentence's id."""
    if page.board.is_full(index_id, "overall", year):
        return "some_without"
    if not n:
        return "ranks_only" if counts.printed_ranks(page.board, index_id, year) else "none_held"
    first = indices.published_ranks(index_id, year)
    return "few_held" if not first else "first_ranks_all" if n == first else "first_ranks"


def coverage_notes(page: Nation) -> list[str]:
    """What full means, and why editions are not: a reason and its editions, in runs of years."""
    years: dict[str, dict[str, list[int]]] = {}
    for r in coverage(page).itertuples():
        if r.n < r.of:
            why = _why(page, r.index_id, r.year, r.n)
        elif r.of < len(province_set(r.year)):
            why = "surveyed"
        else:
            continue
        years.setdefault(why, {}).setdefault(r.index_id, []).append(r.year)
    told = [page.label("national.full_means")]
    for why in ("first_ranks", "first_ranks_all", "few_held", "ranks_only", "none_held", "some_without", "surveyed"):
        if found := years.get(why):
            i, ys = next(iter(found.items()))
            told.append(page.label(f"national.{why}", i="; ".join(f"{page.short(k)} {spans(v)}" for k, v in found.items()),
                                   n=indices.published_ranks(i, ys[-1]), k=page.board.expected(i, ys[-1])))
    return told


def sources_table(page: Nation) -> dict:
    return closing.sources_table(page.page) | {"name": f"sources-national-{page.year}"}
