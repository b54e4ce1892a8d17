"""Scores and ranks that pages print since the files of ``make pull`` were gathered: ``reference/press_points.csv``.

One line a figure (``component``: ``overall`` or a component's id), as printed, with the page's address; an empty score or
rank was not printed there, or was not taken for the reason in ``note`` (two pages that contradict each other). Nothing is
computed: no rank from the order of a sentence unless the page says that it is the order of places, no level from a printed
change. Parts of a total are left out where a page prints only those that went up. Pages of the publisher's own site and of a
third party who transcribed a publication have an id of their own (:data:`SITES`).
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd

from govlib import paths
from govlib.collect import tidy
from govlib.collect.readers import datasets
from govlib.errors import BadInput
from govlib.known import indices, provinces
from govlib.text import fold
from govlib.transcribe import points
from govlib.transcribe.pci_site import PROFILE_SOURCE

FILE = "press_points.csv"
COLUMNS = ("index_id", "year", "province", "component", "score", "rank", "tier", "source_url", "read_on", "note")


# the publisher's own site, and a third party's transcriptions, which are believed last
SITES = {("pci", "pcivietnam.vn"): PROFILE_SOURCE, ("pgi", "pcivietnam.vn"): "pgi-site",
         **{(index_id, "huggingface.co"): source for source, (index_id, _) in datasets.SETS.items()}}


def source(index_id: str, url: str) -> str:
    """Catalogue id of a page that prints figures of an index, by its host.

    >>> source("par", "https://www.vietnam.vn/nl/quang-ngai-tut-hang-chi-so-sipas-va-par-index")
    'par-press-vietnam-vn'
    >>> source("pgi", "https://pcivietnam.vn/pgi/ho-so-tinh/tphcm")
    'pgi-site'
    """
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    if not host:
        raise BadInput("not a web address", value=url)
    return SITES.get((index_id, host)) or f"{index_id}-press-{host.replace('.', '-')}"


def read(index_id: str, path: str | Path | None = None) -> pd.DataFrame:
    """The provinces' rows of one index (raw tidy columns and ``year``); empty where there are none."""
    return _read(index_id, _file(path))[0]


def read_means(index_id: str, path: str | Path | None = None) -> list[dict]:
    """Means of the country printed beside them."""
    return _read(index_id, _file(path))[1]


def read_on(index_id: str) -> dict[int, str]:
    """Edition → the last day (ISO) on which a province's line of the file was checked against its page."""
    lines = [(int(cell["year"]), cell["read_on"]) for _, cell in points.Page(_file(None), "", "").records(list(COLUMNS))
             if cell["index_id"] == index_id and fold(cell["province"]) not in points.MEANS]
    return dict(sorted(lines))


def _file(path: str | Path | None) -> Path:
    return Path(path) if path is not None else paths.reference() / FILE


def _read(index_id: str, path: Path) -> tuple[pd.DataFrame, list[dict]]:
    page = points.Page(path, "", "")
    rows, means = [], []
    for line, cell in page.records(list(COLUMNS)):
        if cell["index_id"] not in indices.INDICES:
            raise BadInput("no such index", file=path, row=line, column="index_id", value=cell["index_id"],
                           fix=f"known: {', '.join(indices.INDICES)}")
        if cell["index_id"] != index_id:
            continue
        year = tidy.parse_year(cell["year"], path, line)
        if not indices.index(index_id).first_edition <= year <= tidy.parse_day(cell["read_on"], path, line).year:
            raise BadInput(f"{index_id} has no such edition", file=path, row=line, column="year", value=year)
        component, known = cell["component"].strip(), ["overall", *indices.component_ids(index_id, year)]
        if component not in known:
            raise BadInput(f"no such component of {index_id} in {year}", file=path, row=line, column="component", value=component,
                           fix=f"known: {', '.join(known)}")
        low, high, unit = indices.scale(index_id, component, year)
        of_line = points.Page(path, source(index_id, cell["source_url"].strip()), unit, (low, high))
        if mean := of_line.mean(line, cell, component, "score", note=cell["note"]):
            means.append(mean)
            continue
        row = of_line.row(line, cell, component, "score", rank=cell["rank"], note=cell["note"].strip(), tier=cell["tier"].strip())
        if row["rank"] is not None and row["rank"] > len(provinces.province_set(year)):
            raise BadInput("not a rank among the provinces", file=path, row=line, column="rank", value=row["rank"])
        if row["score"] is None and row["rank"] is None:
            raise BadInput("neither a score nor a rank", file=path, row=line, value=cell["province"])
        rows.append(row)
    return page.once(rows), means
