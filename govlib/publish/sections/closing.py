"""Sources, limits, methods, glossary, citation."""

from __future__ import annotations

from govlib.errors import UnknownName
from govlib.known import catalogue, indices, provinces
from govlib.publish import show
from govlib.publish.sections.base import FIVE, Context, frame
from govlib.words.glossary import terms


def sources_table(page: Context) -> dict:
    """Catalogue entries of every source that the page has shown, with checksum. Call it last."""
    rows = []
    for source_id in sorted(page.used):
        try:
            s = catalogue.source(source_id)
        except UnknownName:
            rows.append({page.label("col.source"): source_id})
            continue
        title, producer = s.named(page.lang)
        title = show.link(title, s.url) if s.url else show.esc(title)
        rows.append({page.label("col.source"): s.id, page.label("col.title"): title, page.label("col.producer"): producer,
                     page.label("col.edition"): str(s.edition or "–"),
                     page.label("col.sha"): show.Html(f"<code>{str(s.sha256)[:16]}</code>") if s.sha256 else "–"})
    return {"df": frame(rows), "caption": page.label("closing.sources_figures_on_this"),
            "lang": page.lang, "name": f"sources-{page.province}-{page.year}", "note": page.label("note.sources")}


def methods(page: Context) -> list[str]:
    """Limits and methods, one sentence each; on a page of an earlier year also that later editions tell what is usual."""
    last = max(year for index_id in FIVE for year in indices.editions(index_id))
    later = [page.label("method.later", last=last, year=page.year)] if page.year < last else []
    before, after = ("published", "breaks", "usual"), ("median", "rank", "similar", "targets", "effects", "merger")
    grew = [page.label("method.grew")] if _before_it_grew(page) else []
    return [*(page.label(f"method.{k}") for k in before), *later, *(page.label(f"method.{k}") for k in after), *grew]


def _before_it_grew(page: Context) -> bool:
    """Whether the page is of Hà Nội or Hà Tây of before 1 August 2008: of the one that took the other in and kept its unit."""
    unit = provinces.get(page.province, page.year)
    into = provinces.get(unit.successor) if unit.successor else unit
    return into.in_edition(page.year) and any(provinces.get(u).in_edition(page.year) for u in into.predecessors)


def glossary(page: Context) -> list[tuple[str, str]]:
    return [(t.term_vi, t.meaning_vi) if page.lang == "vi" else (t.term_en, t.meaning_en) for t in terms()]


def citation(page: Context) -> str:
    return page.label("cite", place=page.place(), year=page.year, author=page.issuer or page.label("cover.issuer"))


def stale(page: Context) -> list[str]:
    """Why the page is not all that it should be: indices without a score of the page's own year."""
    return [f"{page.short(i)} {page.year}" for i in ("pci", "papi")
            if page.year >= indices.index(i).first_edition and not ((c := page.newest_scored(i)) and c.year == page.year)]
