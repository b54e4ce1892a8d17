"""What to ask the publishers for: the figures of this province that are in none of our sources, edition by edition."""

from __future__ import annotations

from govlib.known import indices
from govlib.publish.sections.base import Context, frame
from govlib.publish.sections.findings import CARDS
from govlib.reading.board import entity
from govlib.text import spans
from govlib.words import wording

NBSP = "\N{NO-BREAK SPACE}"  # an index's name stays on one line of a narrow column
YEARS = 5  # editions back from the page's year
SURVEYS = ("pci", "papi")  # published by component for every province


def requests_table(page: Context) -> dict | None:
    """Keyword arguments of ``show.table``: one row for the editions of an index that miss the same for the same reason; None where
    none misses anything. Asked is who publishes the index today, whoever did then."""
    found: dict[tuple[str, str, str], list[int]] = {}
    for index_id in CARDS:
        for year in reversed([y for y in indices.editions(index_id) if page.year - YEARS < y <= page.year]):
            if entity(page.province, year) != entity(page.province, page.year):
                continue  # another unit's figures
            if missing := _missing(page, index_id, year):
                why = page.reason(index_id, year) if not _scored(page, index_id, "overall", year) else ""
                found.setdefault((index_id, missing, why), []).append(year)
    if not found:
        return None
    rows = [{page.label("col.edition"): f"{page.short(i).replace(' ', NBSP)} {spans(years)}", page.label("requests.what"): missing,
             page.label("requests.whom"): indices.index(i).producer(page.lang, indices.editions(i)[-1]),
             page.label("requests.why"): wording.sentence(why) if why else "–"} for (i, missing, why), years in found.items()]
    return {"df": frame(rows), "caption": page.label("requests.caption", place=page.place(), first=page.year - YEARS + 1,
                                                     last=page.year),
            "lang": page.lang, "note": page.label("requests.note"), "name": f"requests-{page.province}-{page.year}"}


def _scored(page: Context, index_id: str, component: str, year: int) -> bool:
    cell = page.board.cell(index_id, component, page.province, year)
    return cell is not None and cell.score is not None


def _missing(page: Context, index_id: str, year: int) -> str:
    """The missing figures of an edition in words; empty where none is."""
    told = [] if _scored(page, index_id, "overall", year) else [page.label("requests.overall")]
    ids, whole = _published(page, index_id, year)
    lacking = [c for c in ids if not _scored(page, index_id, c, year)]
    if whole and len(lacking) == len(ids) > 1:
        told.append(page.label("requests.all_components", n=len(ids)))
    elif lacking:
        told.append("; ".join(page.component(index_id, c, year) for c in lacking))
    return wording.joined(told, page.lang) if len(told) < 2 else "; ".join(told)


def _published(page: Context, index_id: str, year: int) -> tuple[list[str], bool]:
    """The components that an edition is known to give, and whether these are all that the index is made of. Where one field of PAR
    INDEX or SIPAS was printed of any province, all were scored; of the groups of DTI only those of which a score is known."""
    known = [c for c in indices.components(index_id, year) if index_id in SURVEYS or page.board.n_scored(index_id, c.id, year)]
    if any(not c.group for c in known):
        return [c.id for c in indices.components(index_id, year) if not c.group], True
    return [c.id for c in known], False
