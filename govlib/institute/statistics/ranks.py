"""Composite scores from questionnaires and how sure a rank is.

Arrays: ``answers`` (respondent-rows × items) with NaN for no answer, ``unit`` the unit's number of each row, ``who`` the
respondent's number of each row, ``w`` weights. Everything a score depends on (means, scaling across units, weights) is
computed again in each bootstrap draw, so the uncertainty is the whole score's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


def item_means(answers: np.ndarray, unit: np.ndarray, w: np.ndarray, n_units: int) -> np.ndarray:
    """Weighted means, (units × items); NaN where a unit has no answer to an item."""
    return _means(answers, unit, n_units)(w)


def _means(answers: np.ndarray, unit: np.ndarray, n_units: int) -> Callable[[np.ndarray], np.ndarray]:
    """What turns weights of the rows into :func:`item_means`. A row belongs to one unit, so the cost grows with the rows alone."""
    from scipy import sparse  # loads for a third of a second

    there = np.isfinite(answers)
    filled, known = np.where(there, answers, 0.0), there.astype(float)
    order = np.argsort(unit, kind="stable")
    starts = np.searchsorted(unit[order], np.arange(n_units + 1))

    def means(w: np.ndarray) -> np.ndarray:
        of_unit = sparse.csr_array((w[order], order, starts), shape=(n_units, len(unit)))
        size = of_unit @ known
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(size > 0, (of_unit @ filled) / size, np.nan)

    return means


def scaled(means: np.ndarray, low: np.ndarray, high: np.ndarray, reverse: np.ndarray, how: str = "minmax") -> np.ndarray:
    """Indicators on 1–10, 10 best; last two axes (units × items).

    ``minmax``: the best unit gets 10, the worst 1, as the PCI scales (Malesky, PCI methodology): scores compare the units of
    one round only. ``absolute``: the question's own scale is stretched to 1–10: scores of different rounds may be compared.
    """
    if how == "absolute":
        lo, hi = low, high
    else:
        lo, hi = np.nanmin(means, axis=-2, keepdims=True), np.nanmax(means, axis=-2, keepdims=True)
    span = np.where(hi - lo > 1e-12, hi - lo, np.nan)
    out = 1 + 9 * (means - lo) / span
    out = np.where(np.isfinite(means) & ~np.isfinite(out), 5.5, out)  # all units alike: the item tells nobody apart
    return np.where(reverse, 11 - out, out)


def composed(indicators: np.ndarray, component: np.ndarray, weights: np.ndarray,
             how: str = "arithmetic") -> tuple[np.ndarray, np.ndarray]:
    """Components (mean of their indicators, 1–10) and the score (weighted mean × 10, 10–100); last axes (units × …)."""
    parts = np.stack([_mean(indicators[..., component == c]) for c in range(len(weights))], axis=-1)
    share = weights / weights.sum()
    score = 10 * np.exp((np.log(parts) * share).sum(axis=-1)) if how == "geometric" else 10 * (parts * share).sum(axis=-1)
    return parts, score


def _mean(x: np.ndarray) -> np.ndarray:
    there = np.isfinite(x)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(there, x, 0.0).sum(axis=-1) / there.sum(axis=-1)


def rank(score: np.ndarray) -> np.ndarray:
    """1 is best; equal scores share the better rank; NaN has none. Ranks along the last axis."""
    s = np.where(np.isfinite(score), score, -np.inf)
    rows = s.reshape(-1, s.shape[-1])
    better = np.array([row.size - np.searchsorted(np.sort(row), row + 1e-12, side="right") for row in rows]).reshape(s.shape)
    return np.where(np.isfinite(score), 1.0 + better, np.nan)


def draws(answers: np.ndarray, unit: np.ndarray, who: np.ndarray, w: np.ndarray, n_units: int, compute, b: int = 500,
          seed: int = 0) -> np.ndarray:
    """Bootstrap results (draws × whatever ``compute`` returns): each respondent, with all units they rated, gets a random weight.

    The weights are independent exponentials (the Bayesian bootstrap, Rubin 1981): like resampling respondents, but no unit
    is ever left without answers, and answers of one person about several units stay together. ``compute(means)`` turns item
    means (units × items) into an array, for instance scores.
    """
    rng = np.random.default_rng(seed)
    _, person = np.unique(who, return_inverse=True)
    means = _means(answers, unit, n_units)
    return np.array([compute(means(w * rng.exponential(size=person.max() + 1)[person])) for _ in range(b)])


@dataclass(frozen=True)
class RankSet:
    """``low`` and ``high`` (low ≤ rank ≤ high), confidence set of each unit's rank; ``best``/``worst`` percentiles of draws."""

    low: np.ndarray
    high: np.ndarray
    best: np.ndarray
    worst: np.ndarray
    se: np.ndarray
    score_low: np.ndarray
    score_high: np.ndarray


def rank_sets(score: np.ndarray, drawn: np.ndarray, level: float = 0.95) -> RankSet:
    """Marginal confidence sets of ranks (Mogstad, Romano, Shaikh and Wilhelm 2024, Inference for Ranks, section 3).

    For each unit all differences to the others are tested together: critical value from the largest studentised bootstrap
    difference. A unit's rank is at best one more than the number of units surely better, at worst the number of units less
    those surely worse. Percentiles of resampled ranks (``best``, ``worst``) are given beside it: they are easier to read and
    too narrow where scores are close (Hall and Miller 2009).
    """
    n = score.size
    low, high = np.ones(n, int), np.full(n, n, int)
    alpha = 1 - level
    for j in range(n):
        others = np.arange(n) != j
        d = score[j] - score[others]
        d_star = drawn[:, [j]] - drawn[:, others]
        se = d_star.std(axis=0, ddof=1)
        se = np.where(se > 1e-12, se, np.inf)
        c = np.quantile(np.abs((d_star - d) / se).max(axis=1), level) if n > 1 else 0.0
        low[j] = 1 + int((d < -c * se).sum())
        high[j] = n - int((d > c * se).sum())
    ranks = rank(drawn)
    best, worst = np.quantile(ranks, [alpha / 2, 1 - alpha / 2], axis=0, method="inverted_cdf")
    lo, hi = np.quantile(drawn, [alpha / 2, 1 - alpha / 2], axis=0)
    return RankSet(low, high, best, worst, drawn.std(axis=0, ddof=1), lo, hi)


def weight_draws(weights: np.ndarray, b: int = 500, strength: float = 50.0, seed: int = 0) -> np.ndarray:
    """Other weights around the chosen ones, (draws × components), each summing to 1: Dirichlet with mean ``weights``.

    At strength 50 a weight of 10% varies by about 4 points (one standard deviation): as far as reasonable people disagree.
    (Uncertainty analysis of composites: Saisana, Saltelli and Tarantola 2005.)
    """
    share = weights / weights.sum()
    return np.random.default_rng(seed).dirichlet(share * strength, size=b)
