"""Two or more provinces side by side on one page: every index and component of the newest edition that most of them have."""

from __future__ import annotations

from collections.abc import Sequence

from govlib.known import indices
from govlib.publish import export, show
from govlib.publish.charts import heatmap
from govlib.publish.content import Page
from govlib.publish.sections import asks
from govlib.publish.sections.answering import before_merger
from govlib.publish.sections.base import frame, starred
from govlib.publish.sections.findings import CARDS
from govlib.publish.sections.standing import meaning, placed
from govlib.reading import comparisons
from govlib.words import wording


def page(pages: Sequence[Page]) -> bytes:
    """One page of the provinces' own pages, all of one year and language."""
    first = pages[0]
    names = wording.joined([p.place() for p in pages], first.lang)
    pieces = [show.cover_html(title=first.label("compare.title", names=names), year=first.year, lang=first.lang,
                              subtitle=first.label("compare.subtitle"), issued_by=first.cover()["issued_by"],
                              edition=" ".join(told for p in pages for told in before_merger(p))),
              show.heading_html(first.label("compare.indices"), 2), show.table_html(**_overall(pages))]
    for index_id in ("pci", "papi", "dti"):
        if (told := _components(pages, index_id)):
            title = first.label("compare.components", index=first.short(index_id))
            pieces += [show.heading_html(title, 2), show.table_html(**told)]
    pieces += [show.heading_html(first.label("compare.asked"), 2), show.table_html(**_asked(pages))]
    return export.of_pieces(pieces, lang=first.lang, name=f"compare.{first.lang}")


def _overall(pages: Sequence[Page]) -> dict:
    """One row an index that had begun: newest score, place and what the change is worth, of each province."""
    rows = []
    for index_id in (i for i in CARDS if indices.index(i).first_edition <= pages[0].year):
        row: dict[str, object] = {pages[0].label("standing.index"): pages[0].short(index_id)}
        for p in pages:
            cell = p.newest(index_id)
            if cell is None:
                row[p.place()] = "–"
                continue
            ch = comparisons.change(p.board, index_id, "overall", p.province, cell.year)
            place = comparisons.place(p.board, index_id, "overall", p.province, cell.year)
            told = p.label("compare.cell" if cell.score is not None else "compare.cell_rank")
            rank = placed(p, index_id, cell, place)
            if place is not None and cell.rank is not None and comparisons.by_score(p.board, index_id, cell.year):
                mine = p.ours(place.computed, f"rank_by_score {index_id}/overall {p.province} {cell.year}", 0)
                rank = show.fmt("{r}/{n}*", r=mine, n=place.of)  # of one kind with those beside it
            row[p.place()] = show.fmt(told, year=cell.year, score=p.num(cell), rank=rank,
                                      meaning=meaning(p, index_id, cell, ch))
        rows.append(row)
    return {"df": frame(rows), "caption": pages[0].label("compare.caption"), "lang": pages[0].lang,
            "note": pages[0].label("standing.note"), "source": pages[0].five_sources(), "name": "compare-indices"}


def _components(pages: Sequence[Page], index_id: str) -> dict | None:
    """One row a component of the newest edition that the most of the provinces have; the highest of them marked, as printed: where
    all print one figure none is higher. A figure that its publisher does not stand by has a star and is compared with none."""
    years = [y for p in pages if (y := p.component_year(index_id))]
    if not years:
        return None
    year, first = max(set(years), key=lambda y: (years.count(y), y)), pages[0]
    odd = {p.province: doubt[first.lang != "vi"] for p in pages if (doubt := indices.doubtful(index_id, year, p.province))}
    rows, starring = [], set()
    for c in indices.component_ids(index_id, year):
        cells = [p.board.cell(index_id, c, p.province, year) for p in pages]
        if not any(cell is not None and cell.score is not None for cell in cells):
            continue
        scores = {p.province: round(cell.score, first.decimals(index_id)) for p, cell in zip(pages, cells, strict=True)
                  if cell is not None and cell.score is not None and p.province not in odd}
        most = max(scores.values()) if len(set(scores.values())) > 1 else None
        row: dict[str, object] = {first.label("col.component"): first.component(index_id, c, year)}
        for p, cell in zip(pages, cells, strict=True):
            shown = p.num(cell)
            row[p.place()] = shown
            if p.province in odd and cell is not None and cell.score is not None:
                row[p.place()] = starred(shown)
                starring.add(odd[p.province])
            elif most is not None and scores.get(p.province) == most:
                # the mark before the figure: digits stand under digits; and a number for who reads the CSV
                row[p.place()] = marked = show.join(["▲", show.strong(shown)], " ")
                marked.value, marked.unit = shown.value, shown.unit
        row[first.label("col.median")] = first.ours(first.board.edition(index_id, c, year).median, f"median {index_id}/{c} {year}",
                                                    first.decimals(index_id)) if first.board.is_full(index_id, c, year) else "–"
        rows.append(row)
    note = " ".join([first.label("compare.note"), *heatmap.starred(dict(enumerate(sorted(starring))), first.lang),
                     *(said for p in pages for said in p.of_old_unit(year))])
    return {"df": frame(rows), "caption": first.label("compare.by_component", index=first.short(index_id), year=year),
            "lang": first.lang, "note": note, "source": first.source_line(index_id, year),
            "name": f"compare-{index_id}-{year}"}


def _asked(pages: Sequence[Page]) -> dict:
    """What the written rule lists for each, by its place in the list."""
    lists = [[f"{p.component(a.index_id, a.component, a.year)} ({p.short(a.index_id)} {a.year})" for a in asks.first(p)]
             for p in pages]
    rows = [{pages[0].label("col.row"): str(k + 1)} | {p.place(): told[k] if k < len(told) else "–"
                                                       for p, told in zip(pages, lists, strict=True)}
            for k in range(max(map(len, lists), default=0) or 1)]
    return {"df": frame(rows), "caption": pages[0].label("compare.asked_caption"), "lang": pages[0].lang, "name": "compare-asked"}
