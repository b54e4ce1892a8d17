"""Change points: the months at which a series took another level, how many being part of the question.

The series is cut so that the cost of the pieces plus a penalty for each cut is least; the least is found exactly by dynamic
programming (optimal partitioning: Jackson et al., IEEE Signal Processing Letters 12 (2005) 105; a few hundred months need no
pruning). The penalty is Schwarz's (BIC; Yao, Statistics and Probability Letters 6 (1988) 181): each cut brings a new level
and a date, two parameters, hence 2·log T.

Costs are minus twice a log-likelihood: binomial for shares, Poisson for counts, normal with known variance for measured means.
Where months vary more than the model allows, the cost is divided by the dispersion (quasi-likelihood), taken from
neighbouring months so that the changes themselves do not inflate it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from govlib.errors import BadInput, NotEstimable
from govlib.institute.statistics.control_charts import D2, moving_range_sigma

SHORTEST = 3  # months: a shorter level is an outlier, which the control chart shows


@dataclass(frozen=True)
class Segmentation:
    """``starts``: index of the first month of each level after the first. ``levels``: one value a piece. ``ranges``: per
    change, first and last index at which it could as well begin (cost within 3.84 of the best, the other changes held)."""

    starts: tuple[int, ...]
    levels: tuple[float, ...]
    ranges: tuple[tuple[int, int], ...]
    cost: float
    penalty: float
    dispersion: float


class _Cost:
    """Cost of the months i…j−1 in constant time from running sums; months without a figure weigh nothing."""

    def __init__(self, first: np.ndarray, second: np.ndarray, kind: str, scale: float):
        self.a = np.concatenate([[0.0], np.cumsum(first)])
        self.b = np.concatenate([[0.0], np.cumsum(second)])
        self.kind, self.scale = kind, scale

    def __call__(self, i, j):
        a, b = self.a[j] - self.a[i], self.b[j] - self.b[i]
        if self.kind == "normal":  # a = Σ y, b = number of months; Σ y² is the same for every cut
            return np.where(b > 0, -(a**2) / np.where(b > 0, b, 1), 0.0) / self.scale
        if self.kind == "poisson":
            return -2 * _xlog(a, a, b) / self.scale
        return -2 * (_xlog(a, a, b) + _xlog(b - a, b - a, b)) / self.scale

    def level(self, i: int, j: int) -> float:
        total = self.b[j] - self.b[i]
        return float((self.a[j] - self.a[i]) / total) if total > 0 else float("nan")


def _xlog(x, top, bottom):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(x > 0, x * np.log(top / bottom), 0.0)


def share(good, total, *, penalty: float | None = None, shortest: int = SHORTEST) -> Segmentation:
    """Levels of good/total (length T; NaN or a total of 0 for a month without figures)."""
    return _of_counts(good, total, "binomial", penalty, shortest)


def count(value, exposure=None, *, penalty: float | None = None, shortest: int = SHORTEST) -> Segmentation:
    """Levels of counts per unit of exposure (1 a month by default)."""
    return _of_counts(value, np.ones(len(value)) if exposure is None else exposure, "poisson", penalty, shortest)


def _of_counts(top, bottom, kind: str, penalty: float | None, shortest: int) -> Segmentation:
    x, n = np.asarray(top, float), np.asarray(bottom, float)
    there = np.isfinite(x) & np.isfinite(n) & (np.nan_to_num(n) > 0)
    x, n = np.where(there, x, 0.0), np.where(there, n, 0.0)
    if (x < 0).any():
        raise BadInput("a negative count", value=float(x.min()))
    if kind == "binomial" and (x > n).any():
        raise BadInput("more good cases than cases")
    with np.errstate(divide="ignore", invalid="ignore"):
        # the variance at the level of the two neighbours, else a step makes everything before it look calm
        pooled = (x[1:] + x[:-1]) / (n[1:] + n[:-1])
        variance = pooled * (1 - pooled if kind == "binomial" else 1) * (1 / n[1:] + 1 / n[:-1]) / 2
        z = np.diff(np.where(there, x / n, np.nan)) / np.sqrt(variance)
    z = z[np.isfinite(z)]
    scale = max(1.0, float((np.abs(z).mean() / D2) ** 2)) if len(z) else 1.0
    return _segment(_Cost(x, n, kind, scale), there, penalty, shortest, scale)


def mean(value, *, penalty: float | None = None, shortest: int = SHORTEST, variance: float | None = None) -> Segmentation:
    """Levels of a measured series; the variance comes from neighbouring months (moving ranges) unless given."""
    y = np.asarray(value, float)
    if np.isinf(y).any():
        raise BadInput("an infinite value")
    there = np.isfinite(y)
    if variance is None:
        variance = moving_range_sigma(y) ** 2 if there.sum() > 1 else 0.0
    if not variance > 0:
        if there.any() and np.ptp(y[there]) == 0:
            variance = 1.0  # a flat line: any variance gives no change
        else:
            raise NotEstimable("the months do not vary, so that no change can be told from chance")
    middle = y[there].mean() if there.any() else 0.0  # sums of large equal numbers would lose digits
    out = _segment(_Cost(np.where(there, y - middle, 0.0), there.astype(float), "normal", variance), there, penalty, shortest,
                   1.0)
    return Segmentation(out.starts, tuple(float(level + middle) for level in out.levels), out.ranges, out.cost, out.penalty,
                        variance)


def _segment(cost: _Cost, there: np.ndarray, penalty: float | None, shortest: int, dispersion: float) -> Segmentation:
    """Exact least cost. ``ahead[j]``: least penalised cost of the first j months, the last piece ending there."""
    n, known = len(there), int(there.sum())
    if shortest < 1:
        raise BadInput("the shortest piece is at least 1 month", value=shortest)
    if known < 2 * shortest:
        raise NotEstimable(f"{known} months with figures are too few to look for a change")
    penalty = 2 * np.log(known) if penalty is None else float(penalty)
    seen = np.concatenate([[0], np.cumsum(there)])
    ahead, back = np.full(n + 1, np.inf), np.zeros(n + 1, int)
    ahead[0] = -penalty
    for j in range(1, n + 1):
        from_ = np.flatnonzero(np.isfinite(ahead[:j]) & (seen[j] - seen[:j] >= shortest))
        if len(from_):
            pieces = ahead[from_] + cost(from_, j)
            best = int(np.argmin(pieces))
            ahead[j], back[j] = pieces[best] + penalty, from_[best]
    cuts, j = [], n
    while j > 0:
        cuts.append(j)
        j = back[j]
    edges = [0, *(int(cut) for cut in reversed(cuts))]
    starts = tuple(edges[1:-1])
    levels = tuple(cost.level(a, b) for a, b in zip(edges, edges[1:], strict=False))
    ranges = tuple(_range(cost, seen, edges[k - 1], edges[k], edges[k + 1], shortest) for k in range(1, len(edges) - 1))
    # a month without a figure at the edge belongs to neither level: the change begins with the first that has one
    starts = tuple(_first(there, s) for s in starts)
    return Segmentation(starts, levels, ranges, float(ahead[n]), float(penalty), dispersion)


def _first(there: np.ndarray, start: int) -> int:
    return start + int(np.argmax(there[start:]))


def _range(cost: _Cost, seen: np.ndarray, left: int, at: int, right: int, shortest: int) -> tuple[int, int]:
    places = np.arange(left + 1, right)
    places = places[(seen[places] - seen[left] >= shortest) & (seen[right] - seen[places] >= shortest)]
    total = cost(np.full(len(places), left), places) + cost(places, np.full(len(places), right))
    here = cost(left, at) + cost(at, right)
    good = places[total <= here + 3.841458820694124]
    return int(good.min()), int(good.max())
