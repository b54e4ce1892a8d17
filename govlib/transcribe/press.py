"""Composites and ranks that pages print since the files of ``make pull`` were gathered: ``reference/press_points.csv``.

One line a figure, as printed, with the page's address; an empty score or rank was not printed there, or was not taken for
the reason in ``note`` (two pages that contradict each other). Nothing is computed: no rank from the order of a sentence,
no level from a printed change. Parts of a total are left out where a page prints only those that went up.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd

from govlib import paths
from govlib.collect import tidy
from govlib.errors import BadInput
from govlib.known import indices, provinces
from govlib.transcribe import points

FILE = "press_points.csv"
COLUMNS = ("index_id", "year", "province", "score", "rank", "tier", "source_url", "note")
READ = "2026-11-26"  # the day on which the lines were last checked against what the pages print


def source(index_id: str, url: str) -> str:
    """Catalogue id of a page that prints figures of an index, by its host.

    >>> source("par", "https://www.vietnam.vn/nl/quang-ngai-tut-hang-chi-so-sipas-va-par-index")
    'par-press-vietnam-vn'
    """
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    if not host:
        raise BadInput("not a web address", value=url)
    return f"{index_id}-press-{host.replace('.', '-')}"


def read(index_id: str, path: str | Path | None = None) -> pd.DataFrame:
    """The provinces' rows of one index (raw tidy columns and ``year``); empty where there are none."""
    return _read(index_id, _file(path))[0]


def read_means(index_id: str, path: str | Path | None = None) -> list[dict]:
    """Means of the country printed beside them."""
    return _read(index_id, _file(path))[1]


def years(index_id: str) -> set[int]:
    """Editions of which the file has a line."""
    table = read(index_id)
    return set(table["year"]) if len(table) else set()


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
        if year not in indices.editions(index_id):
            raise BadInput(f"{index_id} has no such edition", file=path, row=line, column="year", value=year)
        low, high, unit = indices.scale(index_id, "overall", year)
        of_line = points.Page(path, source(index_id, cell["source_url"].strip()), unit, (low, high))
        if mean := of_line.mean(line, cell, "overall", "score", note=cell["note"]):
            means.append(mean)
            continue
        row = of_line.row(line, cell, "overall", "score", rank=cell["rank"], note=cell["note"].strip(), tier=cell["tier"].strip())
        if row["rank"] is not None and row["rank"] > len(provinces.province_set(year)):
            raise BadInput("not a rank among the provinces", file=path, row=line, column="rank", value=row["rank"])
        if row["score"] is None and row["rank"] is None:
            raise BadInput("neither a score nor a rank", file=path, row=line, value=cell["province"])
        rows.append(row)
    return page.once(rows), means
