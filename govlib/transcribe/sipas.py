"""SIPAS (satisfaction with public administrative services): the figures that pages print, percent."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from govlib.collect import tidy
from govlib.transcribe import bac_ninh, points, press

SOURCE = "sipas-press"
POINTS = "sipas/sipas_published_points.csv"


def read(path: str | Path) -> tuple[pd.DataFrame, list[dict]]:
    """Printed points of provinces (raw tidy columns and ``year``), and the means of the country and of regions beside them."""
    return points.read(points.Page(Path(path), SOURCE, "percent"), "sipas_percent")


def transcribe(mirror: str | Path, out: str | Path) -> list[Path]:
    """Write ``out/sipas/<year>.csv`` with sidecars, and the printed means to ``out/sipas/national.csv``."""
    mirror = Path(mirror)
    printed, means = read(mirror / POINTS)
    parts = [printed, points.of_bac_ninh(mirror / bac_ninh.FILE, "sipas", "percent"), press.read("sipas")]
    written = points.write_editions(parts, out, "sipas", producer="Ministry of Home Affairs",
                                     name="Satisfaction Index of Public Administrative Services (SIPAS)", url="",
                                     checked=press.read_on("sipas"))
    written += [p for p in [points.write_means(means + press.read_means("sipas"), out, "sipas")] if p]
    return written + [_reported_by_the_province(mirror / bac_ninh.FILE, out)]


def _reported_by_the_province(path: Path, out: str | Path) -> Path:
    """Bắc Ninh's own satisfaction survey of 2021 (the index id ``institute_survey`` is none of the published indices)."""
    table = bac_ninh.read(path)
    table = table[table["index_id"] == ""].assign(unit="percent")
    return tidy.write(table[tidy.COLUMNS], out, "institute_reported", 2021, producer="Bắc Ninh province",
                       citation="Survey of satisfaction with public services in Bắc Ninh 2021, as reported on 25 November 2021",
                       url="", terms="figures quoted from a public page", transcribed=points.TRANSCRIBED,
                       method_version="as reported", extra={"survey": "institute_survey"})
