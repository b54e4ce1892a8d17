"""Estimators as weighted sums of outcomes: which weight each unit and period gets, for thousands of exposures at once.

An effect is ``(weights * y).sum()``; an estimator that can be written so is permuted, scaled by its noise and inverted without
being run again.
"""

from __future__ import annotations

import numpy as np

from govlib.did.ols import between_periods


def _period_effects(m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For cells ``m`` (R, n, T) of 0 and 1: one over each unit's cells, and the solver (R, T, T) of period effects once unit
    means are out."""
    span = range(m.shape[2])
    count = m @ np.ones(len(span))  # of few periods a product is quicker than their sum
    inverse = 1 / np.maximum(count, 1)
    total = -np.matmul((m * inverse[:, :, None]).transpose(0, 2, 1), m)
    total[:, span, span] += m.sum(1)
    return inverse, between_periods(total, bool((count == len(span)).any(1).all()))


def imputation(d: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Weights (R, n, T) of the mean effect over exposed cells, unit and period effects taken from unexposed ones.

    d : (R, n, T), nonzero where exposed.   seen : (n, T) cells with a figure. NaN for an exposure with no cell to impute.
    """
    m, every = (seen & (d == 0)).astype(float), np.ones(seen.shape[1])
    inverse, solve = _period_effects(m)
    weights = seen - m
    weights *= (m @ every > 0)[:, :, None]
    weights *= (m.sum(1) > 0)[:, None, :]
    cells = np.einsum("rit->r", weights)
    weights /= np.where(cells > 0, cells, np.nan)[:, None, None]
    by_unit, by_period = weights @ every, weights.sum(1)
    z_period = np.matmul((by_period - np.matmul((by_unit * inverse)[:, None, :], m)[:, 0])[:, None, :], solve)[:, 0]
    z_unit = (by_unit - np.matmul(m, z_period[:, :, None])[:, :, 0]) * inverse
    return weights - (z_unit[:, :, None] + z_period[:, None, :]) * m


def twfe(d: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Weights (R, n, T) of the two-way fixed effects coefficient on exposures ``d`` (R, n, T); NaN where the effects explain
    the exposure."""
    m = seen.astype(float)
    x = d * m
    by_unit, by_period = x @ np.ones(m.shape[1]), x.sum(1)
    if seen.all():  # effects are means
        mean = by_period / len(m)
        off = x - ((by_unit / m.shape[1])[:, :, None] + (mean - mean.mean(1, keepdims=True))[:, None, :])
    else:
        inverse, solve = _period_effects(m[None])
        period = np.matmul(by_period - (by_unit * inverse) @ m, solve[0])
        unit = (by_unit - period @ m.T) * inverse
        off = (x - (unit[:, :, None] + period[:, None, :])) * m
    size = np.einsum("rit,rit->r", off, off)
    alive = size > 1e-10 * np.maximum(np.einsum("rit,rit->r", x, x), 1e-300)
    off /= np.where(alive, size, np.nan)[:, None, None]
    return off
