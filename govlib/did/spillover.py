"""Are units beside an exposed one moved too? Then what they do without is no longer what would have been.

Every estimator compares with units that are not exposed. Where the exposed move their neighbours (a practice is copied, firms go
next door), the comparison is off by what neighbours are moved. Clarke (2017, MPRA 81604) and Butts (2021, arXiv:2105.03737) leave
neighbours' figures out of the comparison from the first exposure beside them, and take their effect by itself; any estimator does.
diff-diff's `SpilloverDiD` has rings by distance, two stages and balanced panels only; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from govlib.did.engine import estimate
from govlib.did.inference.conley import distances
from govlib.did.panel import Panel, join
from govlib.errors import BadInput, NotEstimable

#: what a row of `spillovers` compares: the exposed with all others, the exposed with those apart from them, those beside them with
#: those apart
ALL, APART, BESIDE = "all", "apart", "beside"
COUNTS = ("n_obs", "n_provinces", "n_treated", "n_unknown")


def within(panel: Panel, km: float) -> np.ndarray:
    """(N, N) whether two units of a panel with ``place`` lie within so many kilometres. BadInput without places or distance."""
    if panel.place is None:
        raise BadInput(f"who is near whom needs the place of every {panel.noun}", column="place",
                       fix="place= the columns of latitude and longitude")
    if not km > 0:
        raise BadInput("the distance must be a positive number of km", column="km", value=km)
    return distances(*panel.place.T) <= km


def beside(panel: Panel, near: np.ndarray) -> np.ndarray:
    """(N,) first period in which a unit near this one is exposed; ``inf`` where none is. ``near``: (N, N), symmetric.

    Raises BadInput for another shape, and for a relation that holds one way only.
    """
    near = np.asarray(near, bool)
    n = len(panel.units)
    if near.shape != (n, n) or (near != near.T).any():
        raise BadInput(f"who is near whom is a symmetric table of {n} by {n} {panel.noun}s", column="near", value=near.shape)
    return np.where(near & ~np.eye(n, dtype=bool), panel.cohort[None, :], np.inf).min(1, initial=np.inf)


def apart(panel: Panel, near: np.ndarray) -> Panel:
    """The panel without the figures of units that are not exposed themselves while one near them is."""
    out = (panel.d == 0) & (panel.years[None, :] >= beside(panel, near)[:, None])
    return replace(panel, y=np.where(out[:, :, None], np.nan, panel.y),
                   rule=join(panel.rule, f"without figures of {panel.noun}s beside an exposed one"))


def on_neighbours(panel: Panel, near: np.ndarray) -> Panel:
    """The panel in which units count as exposed from the first exposure beside them, and leave it with their own; its ``reform`` is
    ``beside …``."""
    first = beside(panel, near)
    cohort = np.where(first < panel.cohort, first, np.inf)
    own = panel.years[None, :] >= panel.cohort[:, None]
    d = (panel.years[None, :] >= cohort[:, None]).astype(float)
    return replace(panel, y=np.where(own[:, :, None], np.nan, panel.y), d=d, dose=d.copy(), cohort=cohort,
                   reform=f"{BESIDE} {panel.reform}",
                   rule=join(panel.rule, f"effect on {panel.noun}s beside an exposed one, before their own"))


def spillovers(panel: Panel, near: np.ndarray, estimator: str = "imputation", *, inference: str | Iterable[str] = ("crv1",),
               **options: Any) -> pd.DataFrame:
    """The overall effect as estimated, the effect when neighbours' figures are left out, and the effect on the neighbours.

    Parameters
    ----------
    near : (N, N) whether two units are neighbours, in the order of ``panel.units``; by distance: :func:`within`.
    estimator, inference, options : as `govlib.did.estimate`; a unit that is left with one figure is dropped.

    Returns
    -------
    DataFrame: overall rows of `govlib.did.estimate` with ``spillover`` in front, one of `ALL`, `APART`, `BESIDE`; of the last
    ``reform`` is ``beside …`` and the treated are the neighbours. What cannot be estimated has the reason in ``note``: where the
    exposed are next to everybody, nobody is apart.

    Raises
    ------
    BadInput : ``near`` does not fit the panel.   NotEstimable : not even the effect on the exposed can be estimated.

    >>> from govlib import did
    >>> y = np.random.default_rng(1).normal(size=(30, 8)) * 0.1
    >>> y[:5, 5:] += 1
    >>> y[5:10, 5:] += 0.5  # beside the first five
    >>> near = np.zeros((30, 30), bool)
    >>> near[range(5), range(5, 10)] = near[range(5, 10), range(5)] = True
    >>> found = spillovers(did.from_arrays(y, np.repeat([5, np.inf], [5, 25])), near)
    >>> found["estimate"].round(1).tolist()
    [0.9, 1.0, 0.5]
    """
    kinds = {ALL: panel, APART: apart(panel, near), BESIDE: on_neighbours(panel, near)}
    found: list[pd.DataFrame] = []
    for kind, one in kinds.items():
        try:
            rows = estimate(one, estimator, inference=inference, **({"singletons": "drop"} | options))
        except NotEstimable as error:
            if kind == ALL:
                raise
            rows = pd.DataFrame({"component": panel.components, "term": "att", "note": str(error)})
            rows = rows.assign(**{name: found[0][name].iloc[0] for name in ("reform", "index_id", "years", "estimator")})
        found.append(rows[rows["term"] == "att"].assign(spillover=kind))
    table = pd.concat(found, ignore_index=True).astype(dict.fromkeys(COUNTS, "Int64"))
    return table[["spillover", *(c for c in table if c != "spillover")]]
