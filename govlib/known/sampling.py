"""Sampling errors that publishers print, from ``reference/sampling.csv``.

One row a figure, with its source and place. ``std_error`` is of one province's score in points: PAPI's sheets print that of the
total (2019, 2022, 2023) and the variance of each dimension (2019; its root stands here). Their "95 %" intervals are 1.645 standard
errors wide on either side, so they hold 90 %: the errors are taken, the intervals are not. A printed 0 (five provinces in
2022) is no error and is left out. PCI prints neither errors nor sizes by province in what we hold; how many answered in
all the provinces together is in `govlib.known.surveys`.
"""

from __future__ import annotations

from functools import cache

import pandas as pd

from govlib import paths

FILE = "sampling.csv"


@cache
def read() -> pd.DataFrame:
    """All rows: index_id, year, province, component, std_error, source, locator, note. Not to be written to."""
    text = ("index_id", "province", "component", "source", "locator", "note")
    return pd.read_csv(paths.reference() / FILE, dtype=dict.fromkeys(text, str), keep_default_na=False)


def errors(index: str, component: str) -> pd.DataFrame:
    """Printed standard errors of a component: years down, provinces across; empty where none is printed."""
    table = read()
    own = table[(table["index_id"] == index) & (table["component"] == component)]
    return own.pivot(index="year", columns="province", values="std_error")
