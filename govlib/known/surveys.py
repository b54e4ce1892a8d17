"""How many answered an edition's survey, and when it was in the field, as publishers and the press print it.

``reference/surveys.csv`` has one row a page and what it prints: ``printed`` is the number in the page's own words ("nearly
10,000"), ``answered`` the number in it. PCI's foreign firms are counted beside the private ones that the index is made of. An
edition of which no page prints a number or months has no row: nothing is worked out from other editions.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from govlib import paths

if TYPE_CHECKING:  # what only looks whether pages are current must not wait for pandas
    import pandas as pd

FILE = "surveys.csv"
WHO = ("citizens", "private firms", "private and foreign firms", "foreign firms")  # whom the index is made of first


@cache
def read() -> pd.DataFrame:
    """All rows: index_id, year, who, answered, printed, asked_from, asked_to, page, read_on, note. Not to be written to."""
    import pandas as pd

    return pd.read_csv(paths.reference() / FILE, dtype=str, keep_default_na=False).astype({"year": int, "answered": int})


def answered(index: str) -> pd.Series:
    """How many answered, by edition: those whom the index is made of where they are counted apart; no edition without a page.

    >>> int(answered("papi")[2024])
    18894
    """
    own = read()[lambda t: (t["index_id"] == index) & (t["who"] != "foreign firms")]
    first = own.assign(order=own["who"].map(WHO.index)).sort_values(["year", "order"], kind="stable").drop_duplicates("year")
    return first.set_index("year")["answered"]


def said(index: str) -> str:
    """What is printed of an index's samples in one line, newest first.

    >>> said("papi").split("; ")[0]
    '2024: 18,894 citizens'
    """
    own = read()[lambda t: t["index_id"] == index].sort_values("year", ascending=False, kind="stable")
    own = own.drop_duplicates(["year", "who"])
    return "; ".join(f"{year}: " + ", ".join(f"{r.printed} {r.who}" for r in part.itertuples())
                     for year, part in own.groupby("year", sort=False))


def months(index: str, year: int) -> tuple[int, int] | None:
    """First and last month of an edition's survey where a page prints them.

    >>> months("papi", 2023), months("papi", 2022)
    ((8, 11), None)
    """
    own = read()[lambda t: (t["index_id"] == index) & (t["year"] == year) & (t["asked_to"] != "")]
    if own.empty:
        return None
    return int(own["asked_from"].str[5:7].min()), int(own["asked_to"].str[5:7].max())
