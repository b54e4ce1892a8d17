"""How much of a change is still there a year later.

A threshold says whether a change is more than noise; this says how much of it to reckon with. Over all runs of three editions
under one method, what a province gained over the two years is set against what it gained in the first:

    x(t + 1) − x(t − 1)  =  share · (x(t) − x(t − 1)),    each less its mean over the provinces

Of changes that were all noise half would be found again, as the earlier edition has its noise on both sides; of changes that
were all real and lasting, everything. So ``2 · share − 1`` is the reliability of the change (Lord 1956) where noise passes within a
year and true movement stays. Components of one index are pooled, a composite stands for itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from govlib.errors import NotEstimable
from govlib.reading.board import Board, once
from govlib.reading.thresholds import points, runs

SEED = 19560301
DRAWS = 400
MIN_EDITIONS = 3  # an interval over fewer editions says nothing


@dataclass(frozen=True)
class Kept:
    """The share of a one-year change that is still there the year after, with its 90 % interval.

    beyond, within : the share for changes on either side of the threshold, NaN where there is none. pairs : changes that were
    followed up; editions : their (middle) years.
    """

    share: float
    low: float
    high: float
    beyond: float
    within: float
    pairs: int
    editions: tuple[int, ...]

    @property
    def reliability(self) -> float:
        """Share of the variance of changes that is real and stays, 0 to 1."""
        return min(1.0, max(0.0, 2 * self.share - 1))

    def of_change(self, delta: float) -> tuple[float, float, float]:
        """What is expected to be left of a change in points, and between which figures on average (90 %)."""
        low, high = sorted((self.low * delta, self.high * delta))
        return self.share * delta, low, high


def pairs(board: Board, index_id: str, components: list[str]) -> pd.DataFrame:
    """Every change that was followed up: component, year, province, first (the year's change) and both (over the two years),
    each less its mean and over the spread of the year's changes, and beyond (None without a threshold)."""
    found = []
    for c in components:
        m = board.stood_by(index_id, c)
        for year in (y for run in runs(board, index_id, c) for y in run[1:-1]):
            first, both = m.loc[year] - m.loc[year - 1], m.loc[year + 1] - m.loc[year - 1]
            there = first.notna() & both.notna()
            limit, first, both = points(board, index_id, c, year), first[there], both[there]
            spread = float(first.std())
            found.append(pd.DataFrame({
                "component": c, "year": year, "province": first.index, "first": (first - first.mean()) / spread,
                "both": (both - both.mean()) / spread, "beyond": None if limit is None else first.abs() > limit}))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def _slope(rows: pd.DataFrame) -> float:
    down = float((rows["first"] ** 2).sum())
    return float((rows["first"] * rows["both"]).sum()) / down if down else float("nan")


def share(rows: pd.DataFrame, draws: int = DRAWS, seed: int = SEED) -> Kept:
    """The share of :func:`pairs` that is kept.

    The interval draws editions and provinces anew, both at once (the pigeonhole bootstrap of Owen 2007, never too narrow): what
    a year does to all is common to its provinces, and a province comes back in every year.

    Raises
    ------
    NotEstimable : fewer than three editions.
    """
    years = sorted(rows["year"].unique()) if len(rows) else []
    if len(years) < MIN_EDITIONS:
        raise NotEstimable(f"{len(years)} editions have one before and one after under one method, {MIN_EDITIONS} are needed")
    sums = rows.assign(up=rows["first"] * rows["both"], down=rows["first"] ** 2)
    up, down = (sums.pivot_table(index="year", columns="province", values=v, aggfunc="sum", fill_value=0.0).to_numpy()
                for v in ("up", "down"))
    rng = np.random.default_rng(seed)
    a = rng.multinomial(len(up), np.full(len(up), 1 / len(up)), draws)
    b = rng.multinomial(up.shape[1], np.full(up.shape[1], 1 / up.shape[1]), draws)
    drawn = np.einsum("dy,yp,dp->d", a, up, b) / np.einsum("dy,yp,dp->d", a, down, b)
    low, high = np.quantile(drawn, [0.05, 0.95])
    beyond = rows["beyond"]
    return Kept(_slope(rows), float(low), float(high), _slope(rows[beyond.eq(True)]), _slope(rows[beyond.eq(False)]), len(rows),
                tuple(int(y) for y in years))


def of(board: Board, index_id: str, component: str) -> Kept | None:
    """:func:`share` of an index's composite or of its components together, worked out once; None with too few editions.

    >>> from govlib.reading.board import panel_board
    >>> 0.5 < of(panel_board(), "pci", "overall").share < 0.8
    True
    """
    return _of(board, index_id, component == "overall")


@once
def _of(board: Board, index_id: str, whole: bool) -> Kept | None:
    try:
        return share(pairs(board, index_id, ["overall"] if whole else board.components(index_id)))
    except NotEstimable:
        return None
