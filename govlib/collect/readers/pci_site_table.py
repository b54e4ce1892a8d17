"""One edition's whole table on the PCI site, in English and Vietnamese: every province, ten sub-indices, total, rank, tier.

The page prints no edition (copies of it showed 2019 and 2021): the edition is the one whose figures, where we hold some, are
those of the table; a table that fits none is not taken.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from govlib import paths
from govlib.collect import checks, tidy, walk
from govlib.collect.readers import pages
from govlib.collect.readers.pages import Refused
from govlib.collect.readers.pci_profiles import HELD, HOSTS, figure, printed_rank
from govlib.collect.readers.pci_tables import COMPONENTS, role
from govlib.errors import BadInput, UnknownName
from govlib.forms.problems import say
from govlib.known import indices, provinces

if TYPE_CHECKING:
    import pandas as pd

SOURCE = "pci-site-whole-table"
PAGES = {"table.en.html": "https://pcivietnam.vn/en/pci-subindices-of-63-provincescities",
         "table.vi.html": "https://www.pcivietnam.vn/bang-chi-so-cac-tinh-thanh-viet-nam"}
__all__ = ["HOSTS", "PAGES", "SOURCE", "fetch", "read"]
LEAST, FITS = 5, 0.9  # figures held too that tell the edition, and the share of them that must be the table's
Cells = dict[tuple[str, str], tuple[str, float | None]]  # (province, item) → as printed, as a number


def fetch(web: walk.Walk) -> None:
    for name, url in PAGES.items():
        web.get(name, url)


def read(folder: Path) -> tuple[pd.DataFrame, list[Refused]]:
    """Rows of the tables whose edition is told and that no workbook has whole, and what was not taken."""
    rows: list[dict] = []
    refused, urls = [], walk.addresses(folder)
    for name, url in PAGES.items():
        if not (path := folder / name).is_file():
            continue
        try:
            cells = _table(path)
            year = _edition(cells, path)
        except (BadInput, UnknownName) as error:
            refused.append(Refused(name, str(error)))
            continue
        if year not in HELD and not any(r["year"] == year for r in rows):
            rows += _rows(cells, year, urls.get(name, url))
    return (tidy.frame(rows, extra=("index_id",)) if rows else tidy.frame([], 2000, ("index_id",))), refused


def _table(path: Path) -> Cells:
    for table in pages.tables(pages.parse(path.read_bytes() or b"<html></html>")):
        items = {at: role(text) for at, text in enumerate(table[0])}
        place = next((at for at, item in items.items() if item == "province"), None)
        if place is None or len(set(items.values()) & set(COMPONENTS)) < 8:
            continue
        cells: Cells = {}
        rows: dict[str, int] = {}
        for number, row in enumerate(table[1:], 2):
            if len(row) != len(table[0]):
                raise BadInput(f"{len(row)} cells where the header has {len(table[0])}", file=path, row=number, value=row[0],
                               fix="the page changed its form: look at it")
            slug = provinces.resolve(row[place], file=path, row=number)
            if slug in rows:  # a misprint for another province, whose figures would be this one's
                raise BadInput(say("province twice (also in row {row})", row=rows[slug]), file=path, row=number, column="province",
                               value=row[place], fix="the page changed its form: look at it")
            rows[slug] = number
            for at, item in items.items():
                if item in (*COMPONENTS, "overall", "rank"):
                    cells[slug, item] = row[at], figure(item, row[at], path, number, item)
        return cells
    raise BadInput("no table of the provinces' sub-indices", file=path, fix="the page changed its form: look at it")


@lru_cache(maxsize=2)
def _held(raw: Path) -> dict[int, dict[tuple[str, str], set[float]]]:
    """Edition → (province, item) → figures that ship, to two places."""
    found: dict[int, dict[tuple[str, str], set[float]]] = {}
    for path in sorted((raw / "pci").glob("[12][0-9][0-9][0-9].csv")):
        here = found.setdefault(int(path.stem), {})
        with checks.naming_the_index(path):
            lines = checks.read_tidy(path)
        for line in lines.itertuples():
            if line.score:
                here.setdefault((line.province, line.component), set()).add(round(float(line.score), 2))
    return found


def _edition(cells: Cells, path: Path) -> int:
    fits: dict[int, int] = {}
    for year, held in _held(paths.raw()).items():
        both = [min(abs(figure - value) for figure in held[key]) <= 0.011
                for key, (_, value) in cells.items() if value is not None and key in held]
        if sum(both) >= LEAST and sum(both) >= FITS * len(both):
            fits[year] = sum(both)
    if len(fits) != 1:
        raise BadInput("the page prints no edition, and its figures are those of "
                       + (" and ".join(map(str, fits)) if fits else "none that is held"), file=path,
                       fix="the profile pages give every edition by its year")
    return next(iter(fits))


def _rows(cells: Cells, year: int, url: str) -> list[dict]:
    known = ("overall", *indices.component_ids("pci", year))
    return [{"index_id": "pci", "year": year, "province_printed": provinces.name(slug), "province": slug, "component": item,
             "level": "overall" if item == "overall" else "component", "score": value, "unit": "points", "source": SOURCE,
             "locator": url, "note": f"printed as {text}" if value is None else said if item == "overall" else "",
             "rank": int(r) if item == "overall" and (r := cells.get((slug, "rank"), ("", None))[1]) else None}
            for (slug, item), (text, value) in cells.items() if item in known and slug in provinces.province_set(year)
            for said in [printed_rank(*cells.get((slug, "rank"), ("", None)))]]
