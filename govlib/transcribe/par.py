"""PAR INDEX (provincial public administration reform index): the figures that pages print.

No full table of an edition was found. Points are percent of 100; the parts of 2020 are points of the 100.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from govlib.transcribe import bac_ninh, points, press

SOURCE = "par-press"
POINTS = "par_index/par_index_published_points.csv"
_PARTS = {"appraised_score": "appraised_score", "satisfaction_sipas_score": "sipas_score",
          "leadership_survey_score": "leadership_survey_score", "socio_economic_impact_score": "socio_economic_impact_score"}


def read(path: str | Path) -> tuple[pd.DataFrame, list[dict]]:
    """Printed points of provinces (raw tidy columns and ``year``), and the means of the country and of regions beside them."""
    return points.read(points.Page(Path(path), SOURCE, "percent"), "par_index_percent", _PARTS)


def transcribe(mirror: str | Path, out: str | Path) -> list[Path]:
    """Write ``out/par/<year>.csv`` with sidecars, and the printed means to ``out/par/national.csv``."""
    mirror = Path(mirror)
    printed, means = read(mirror / POINTS)
    parts = [printed, points.of_bac_ninh(mirror / bac_ninh.FILE, "par", "percent"), press.read("par")]
    written = points.write_editions(parts, out, "par", producer="Ministry of Home Affairs",
                                     name="Provincial Public Administration Reform Index (PAR INDEX)", url="",
                                     checked=press.read_on("par"))
    return written + [p for p in [points.write_means(means + press.read_means("par"), out, "par")] if p]
