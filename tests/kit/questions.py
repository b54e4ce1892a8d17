"""SYNTHETIC scores of all provinces and who is exposed when, for questions that need no panel on disk."""

from __future__ import annotations

import numpy as np
import pandas as pd

from govlib.known import provinces

YEARS = range(2009, 2017)
NAMES = sorted(provinces.province_set(2012))
COMPONENTS = ("time_costs", "transparency")
HUE = "hue" if "hue" in NAMES else "thua-thien-hue"


def scores(years=YEARS, names=NAMES, components=COMPONENTS, index="pci"):
    """A figure that tells province, year and component."""
    rows = [(p, year, index, c, "component", NAMES.index(p) / 100 + (year - 2000) + 20 * k, "published")
            for p in names for year in years for k, c in enumerate(components)]
    return pd.DataFrame(rows, columns=["province", "year", "index_id", "component", "level", "score", "status"])


def exposure(years=YEARS, *, cohorts, unknown=(), undated=(), ended=None):
    """Who began when (``cohorts``), of whom nothing is known, who is listed without a date, and after which year it is over."""
    rows = []
    for p in NAMES:
        first, last = cohorts.get(p, np.nan), (ended or {}).get(p, 9999)
        listed = p in cohorts or p in undated
        state = "unknown" if p in unknown or p in undated else "never"
        rows += [(p, year, first <= year <= last, first, float(first <= year <= last), state, year > last, "high" if listed else "")
                 for year in years]
    return pd.DataFrame(rows, columns=["province", "year", "adopted", "cohort", "dose", "state", "ended", "confidence"])
