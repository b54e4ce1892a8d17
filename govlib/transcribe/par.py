"""PAR INDEX (provincial public administration reform index): the figures that pages print.

No full table of an edition was found. Points are percent of 100; the parts of 2020 are points of the 100.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from govlib.transcribe import bac_ninh, press
from govlib.transcribe import points as _points

SOURCE = "par-press"
POINTS = "par_index/par_index_published_points.csv"
_PARTS = {"appraised_score": "appraised_score", "satisfaction_sipas_score": "sipas_score",
          "leadership_survey_score": "leadership_survey_score", "socio_economic_impact_score": "socio_economic_impact_score"}


def read_points(path: str | Path, *, source: str = SOURCE) -> pd.DataFrame:
    """Published PAR INDEX points of provinces (raw tidy columns and ``year``); raises :class:`BadInput`."""
    return _points.read(path, source, "par_index_percent", _PARTS)[0]


def read_means(path: str | Path, *, source: str = SOURCE) -> list[dict]:
    """Means of the country and of regions printed beside them."""
    return _points.read(path, source, "par_index_percent", _PARTS)[1]


def transcribe(mirror: str | Path, out: str | Path) -> list[Path]:
    """Write ``out/par/<year>.csv`` with sidecars, and the printed means to ``out/par/national.csv``."""
    mirror = Path(mirror)
    parts = [read_points(mirror / POINTS), _points.of_bac_ninh(mirror / bac_ninh.FILE, "par", "percent"), press.read("par")]
    written = _points.write_editions(parts, out, "par", producer="Ministry of Home Affairs",
                                     name="Provincial Public Administration Reform Index (PAR INDEX)", url="",
                                     checked=dict.fromkeys(press.years("par"), press.READ))
    return written + [p for p in [_points.write_means(read_means(mirror / POINTS) + press.read_means("par"), out, "par")] if p]
