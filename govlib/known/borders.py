"""Which provinces share a border: ``reference/borders.csv``, read off the lines that two provinces of the map have in common."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from govlib import files, paths


@cache
def pairs() -> frozenset[tuple[str, str]]:
    """Every border of the 63 provinces of 2009–2024, once each way.

    >>> ("bac-ninh", "ha-noi") in pairs() and ("ha-noi", "bac-ninh") in pairs()
    True
    """
    rows = [(row["province"], row["neighbour"]) for row in files.rows(paths.reference() / "borders.csv")]
    return frozenset(pair for one, other in rows for pair in ((one, other), (other, one)))


def neighbours(slugs: Sequence[str]) -> tuple[np.ndarray, list[str]]:
    """(N, N) whether two provinces border on each other, and those of which it is not known (Hà Tây, to 2008)."""
    known = {one for one, _ in pairs()}
    near = np.array([[(one, other) in pairs() for other in slugs] for one in slugs], bool).reshape(len(slugs), len(slugs))
    return near, [slug for slug in slugs if slug not in known]
