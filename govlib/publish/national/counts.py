"""What the national overview counts: moves beyond the threshold beside what chance brings, printed ranks, regions.

Every count has a recipe in :data:`RECIPES`, so that its number on the page can be found again from the panel alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from govlib.errors import NotEstimable
from govlib.known import provinces
from govlib.known.provinces import province_set
from govlib.publish.sections.base import DECIMALS
from govlib.reading import thresholds
from govlib.reading.board import FULL, Board, Cell, region_of
from govlib.words import wording

CHANCE = 0.05  # share of provinces that noise alone takes beyond the threshold, which is the 95 % reliable change


# ------------------------------------------------------------------------------------------------------------- changes

@dataclass(frozen=True)
class Moves:
    """Changes of a composite on the year before, over the provinces scored in both years.

    delta : province → points, the highest first. threshold : points, None where it cannot be told. pooled : whether the
    threshold rests on other method versions too, because this one has too few editions. decimals : those that the index is
    printed with.
    """

    index_id: str
    year: int
    delta: pd.Series
    threshold: float | None
    pooled: bool
    decimals: int

    @property
    def n(self) -> int:
        return len(self.delta)

    @property
    def rose(self) -> int:
        return sum(d > 0 for d in self._printed)

    @property
    def fell(self) -> int:
        return sum(d < 0 for d in self._printed)

    @property
    def _printed(self) -> list[float]:
        return [0.0 if wording.is_zero(d, self.decimals) else d for d in self.delta.tolist()]

    @property
    def beyond(self) -> pd.Series:
        """Changes beyond the threshold: the rises, the largest first, then the falls, the largest first."""
        if self.threshold is None:
            return self.delta.iloc[:0]
        return pd.concat([self.delta[self.delta > self.threshold], self.delta[self.delta < -self.threshold].iloc[::-1]])

    @property
    def by_chance(self) -> float:
        """Provinces expected beyond the threshold if nothing had really changed."""
        return CHANCE * self.n

    @property
    def more_than_chance(self) -> bool:
        """Whether more went beyond than chance brings in 97.5 % of cases."""
        return len(self.beyond) > binomial_quantile(0.975, self.n, CHANCE)

    @property
    def toss(self) -> tuple[int, int]:
        """How many would rise in 95 % of cases if each province that moved were as likely to rise as to fall."""
        moved = self.rose + self.fell
        low = binomial_quantile(0.025, moved, 0.5)
        return low, moved - low

    @property
    def verdict(self) -> str:
        """``up`` or ``down`` where more provinces went one way than a toss explains, else ``mixed``."""
        low, high = self.toss
        return "up" if self.rose > high else "down" if self.rose < low else "mixed"


def moves(board: Board, index_id: str, year: int) -> Moves | None:
    """The changes, or None where either edition is not full or a break lies between (:meth:`Board.changes`)."""
    d = board.changes(index_id, "overall")
    if year not in d.index:
        return None
    rule = thresholds.of(board, index_id, "overall", year)
    return Moves(index_id, year, d.loc[year].dropna().sort_values(ascending=False, kind="stable"), rule.threshold if rule else None,
                 rule is not None and not rule.same_version, DECIMALS.get(index_id, 2))


def binomial_quantile(q: float, n: int, p: float) -> int:
    """The smallest k with P(X ≤ k) ≥ q for X ~ Binomial(n, p).

    >>> binomial_quantile(0.025, 60, 0.5), binomial_quantile(0.975, 63, 0.05)
    (22, 7)
    """
    below = 0.0
    for k in range(n + 1):
        below += math.comb(n, k) * p**k * (1 - p) ** (n - k)
        if below >= q - 1e-12:
            return k
    return n


# ------------------------------------------------------------------------------------------------------- printed ranks

def printed_ranks(board: Board, index_id: str, year: int) -> dict[str, int]:
    """Province → rank as published, the first ones first; what our sources do not give is not there."""
    cells = (board.cell(index_id, "overall", p, year) for p in province_set(year))
    ranks = {c.province: c.rank for c in cells if c and c.rank is not None}
    return dict(sorted(ranks.items(), key=lambda of: of[1]))


def leading(ranks: dict[str, int], most: int) -> list[str]:
    """The unbroken run of provinces from rank 1, at most so many: with the second unknown, the third is no runner-up."""
    found: list[str] = []
    for province, rank in ranks.items():
        if rank > len(found) + 1 or len(found) == most:
            break
        found.append(province)
    return found


def first(ranks: dict[str, int], n: int) -> list[str]:
    """Provinces whose printed rank is among the first n."""
    return [p for p, r in ranks.items() if r <= n]


def entered_left(board: Board, index_id: str, year: int, n: int) -> tuple[list[str], list[str]] | None:
    """(provinces new among the first n, provinces gone from them) against the year before; None unless both lists are
    complete in our sources."""
    now, before = (first(printed_ranks(board, index_id, y), n) for y in (year, year - 1))
    if len(now) < n or len(before) < n:
        return None
    return [p for p in now if p not in before], [p for p in before if p not in now]


@dataclass(frozen=True)
class Line:
    """The score at rank n: ``at`` where it is printed; else the nearest printed scores at a better and a worse rank."""

    at: Cell | None
    better: Cell | None
    worse: Cell | None


def line(board: Board, index_id: str, year: int, n: int) -> Line:
    """What is printed about the score of rank n."""
    held = [(r, c) for p, r in printed_ranks(board, index_id, year).items()
            if (c := board.row(index_id, "overall", p, year)).score is not None]
    better, worse = [c for r, c in held if r < n], [c for r, c in held if r > n]
    return Line(next((c for r, c in held if r == n), None), better[-1] if better else None, worse[0] if worse else None)


# -------------------------------------------------------------------------------------------------- regions and spread

def region_scores(board: Board, index_id: str, region: str, year: int) -> tuple[pd.Series, int]:
    """(scores of a region's provinces in an edition, number of provinces it had)."""
    members = [p for p in province_set(year) if region_of(p, year) == region]
    return board.matrix(index_id).loc[year].reindex(members).dropna(), len(members)


def region_median(board: Board, index_id: str, region: str, year: int) -> float | None:
    """None unless nine in ten of its provinces have a score."""
    scores, members = region_scores(board, index_id, region, year)
    return float(scores.median()) if members and len(scores) >= FULL * members else None


def middle_half(board: Board, index_id: str, component: str, year: int) -> float:
    """Width of the middle half of all provinces: third quartile less first."""
    q1, q3 = board.stood_by(index_id, component).loc[year].dropna().quantile([0.25, 0.75])
    return float(q3 - q1)


# --------------------------------------------------------------------------------------------------------- correlation

def spearman(x: np.ndarray, y: np.ndarray) -> tuple[float, float, float]:
    """Spearman's rank correlation with its 95 % interval through Fisher's z (Fieller, Hartley and Pearson 1957): standard
    error 1.03/√(n−3)."""
    a, b = (pd.Series(v).rank().to_numpy() for v in (x, y))
    r = float(np.corrcoef(a, b)[0, 1])
    half = 1.959964 * 1.03 / np.sqrt(len(x) - 3)
    z = np.arctanh(np.clip(r, -0.999999, 0.999999))
    return r, float(np.tanh(z - half)), float(np.tanh(z + half))


def both(board: Board, i: str, j: str, year: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores of the provinces that two indices have in a year."""
    x, y = (board.matrix(k).loc[year].dropna() for k in (i, j))
    common = x.index.intersection(y.index)
    return x[common].to_numpy(), y[common].to_numpy()


def common_year(board: Board, i: str, j: str, last: int) -> int | None:
    """The newest year up to ``last`` in which both indices are full. Provinces that a publisher chose by their score, as the
    first 30 of PCI from 2023, are not all: a correlation among them is another one."""
    years = set(board.editions(i)) & set(board.editions(j))
    return max((y for y in years if y <= last and all(board.is_full(k, "overall", y) for k in (i, j))), default=None)


# ------------------------------------------------------------------------------------------------------------- recipes

def _moved(get: Callable[[Moves], float]) -> Callable[[Sequence[str], Board], float]:
    def recipe(w: Sequence[str], board: Board) -> float:
        found = moves(board, w[0].split("/")[0], int(w[2]))
        if found is None:
            raise NotEstimable(f"{w[0]} {w[2]}: no changes on the year before")
        return get(found)
    return recipe


def _of(text: str) -> tuple[str, str]:
    """Index and component of ``pci/overall``."""
    index_id, component = text.split("/")
    return index_id, component


def _spearman(w: Sequence[str], board: Board) -> float:
    x, y = both(board, w[0], w[1], int(w[2]))
    return float((dict(zip(("", "low", "high"), spearman(x, y), strict=True)) | {"n": len(x)})[w[3] if len(w) > 3 else ""])


#: verb → function of the locator's other words and the board
RECIPES: dict[str, Callable[[Sequence[str], Board], float | None]] = {
    "scored": lambda w, board: board.n_scored(*_of(w[0]), int(w[1])),  # scored pci/overall 2024
    "ranked": lambda w, board: len(first(printed_ranks(board, w[0], int(w[1])), int(w[2]))),  # ranked pci 2024 30
    "compared": _moved(lambda m: m.n),  # compared papi/overall 2023 2024, and so on
    "rose": _moved(lambda m: m.rose),
    "fell": _moved(lambda m: m.fell),
    "toss_low": _moved(lambda m: m.toss[0]),
    "toss_high": _moved(lambda m: m.toss[1]),
    "beyond": _moved(lambda m: len(m.beyond)),
    "beyond_up": _moved(lambda m: int((m.beyond > 0).sum())),
    "beyond_down": _moved(lambda m: int((m.beyond < 0).sum())),
    "by_chance": _moved(lambda m: m.by_chance),
    "middle_half": lambda w, board: middle_half(board, *_of(w[0]), int(w[1])),  # middle_half papi/participation 2024
    "median_in": lambda w, board: region_median(board, w[0].split("/")[0], w[1], int(w[2])),
    "provinces_in": lambda w, board: sum(region_of(p, int(w[1])) == w[0] for p in provinces.province_set(int(w[1]))),
    "spearman": _spearman,  # spearman pci papi 2019, with n, low, high
}
