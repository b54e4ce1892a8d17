"""PAR INDEX (provincial public administration reform index): the figures that pages print.

No full table of an edition was found. Points are percent of 100; the parts of 2020 are points of the 100.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from govlib.readers import _points, _tidy, bac_ninh
from govlib.text import parse_number

SOURCE = "par-press"
POINTS = "par_index/par_index_published_points.csv"
_PARTS = {"appraised_score": "appraised_score", "satisfaction_sipas_score": "sipas_score",
          "leadership_survey_score": "leadership_survey_score", "socio_economic_impact_score": "socio_economic_impact_score"}
_COLUMNS = ["year", "province", "par_index_percent", "rank", *_PARTS, "source_url"]


def read_points(path: str | Path, *, source: str = SOURCE) -> pd.DataFrame:
    """Published PAR INDEX points of provinces (raw tidy columns and ``year``); raises :class:`BadInput`."""
    return _read(path, source)[0]


def read_means(path: str | Path, *, source: str = SOURCE) -> list[dict]:
    """Means of the country and of regions printed beside them."""
    return _read(path, source)[1]


def _read(path: str | Path, source: str) -> tuple[pd.DataFrame, list[dict]]:
    path = Path(path)
    rows, means = [], []
    for line, cell in _points.records(path, _COLUMNS):
        year = _points.year_of(cell["year"], path, line)
        total = parse_number(cell["par_index_percent"], file=path, row=line, column="par_index_percent")
        area = _points.area_of_mean(cell["province"])
        if area is not None:
            means.append(_points.mean_row(area, year, "overall", total, "percent", source, cell["source_url"]))
            continue
        rank = _points.rank_of(cell["rank"], path, line)
        rows.append(_points.row(cell["province"], year, "overall", total, "percent", source, cell["source_url"], path=path,
                                line=line, rank=rank))
        for column, component in _PARTS.items():
            value = parse_number(cell[column], file=path, row=line, column=column)
            if value is not None:
                rows.append(_points.row(cell["province"], year, component, value, "points", source, cell["source_url"],
                                        path=path, line=line))
    return _points.check_once(_tidy.frame(rows), path), means


def transcribe(mirror: str | Path, out: str | Path) -> list[Path]:
    """Write ``out/par/<year>.csv`` with sidecars, and the printed means to ``out/par/national.csv``."""
    mirror = Path(mirror)
    parts = [read_points(mirror / POINTS), _points.of_bac_ninh(mirror / bac_ninh.FILE, "par", "percent")]
    written = _points.write_editions(parts, out, "par", producer="Ministry of Home Affairs",
                                     name="Provincial Public Administration Reform Index (PAR INDEX)", url="")
    return written + [p for p in [_points.write_means(read_means(mirror / POINTS), out, "par")] if p]
