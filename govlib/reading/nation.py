"""What pages print of the country as a whole: a median or a mean of an edition of which few provinces are held.

From ``data/raw/<index>/national.csv``. Where an edition is held whole its median is worked out, and nothing here is used.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from govlib import files, paths

AREAS = {"national-median": "median", "national": "mean"}  # the first that is printed is taken
SAME = 0.0101  # pages that differ by more do not agree


class Printed(NamedTuple):
    """A figure of the country, with the first page that prints it and on how many it stands."""

    statistic: str  # median or mean
    value: float
    source: str
    locator: str
    pages: int


def printed(index_id: str, year: int) -> Printed | None:
    """The median printed for an index's total, else the mean; None where no page is held or pages disagree."""
    path = paths.raw() / index_id / "national.csv"
    return _read(path, path.stat().st_mtime_ns).get(year) if path.is_file() else None


@lru_cache(maxsize=16)
def _read(path: Path, _mtime: int) -> dict[int, Printed | None]:
    found: dict[int, dict[str, list[Printed]]] = {}
    for row in files.rows(path):
        if row["area"] in AREAS and row["component"] == "overall" and row["score"]:
            one = Printed(AREAS[row["area"]], float(row["score"]), row["source"], row["locator"], 1)
            found.setdefault(int(row["year"]), {}).setdefault(one.statistic, []).append(one)
    return {year: _agreed(next(of[s] for s in AREAS.values() if s in of)) for year, of in found.items()}


def _agreed(pages: list[Printed]) -> Printed | None:
    values = [p.value for p in pages]
    return pages[0]._replace(pages=len(pages)) if max(values) - min(values) <= SAME else None
