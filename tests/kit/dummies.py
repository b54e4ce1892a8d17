"""Regressions with every dummy written out, and panels whose units are not alike: what the estimators are held against."""

from __future__ import annotations

import numpy as np

from govlib import did
from govlib.did import weights

N, YEARS = 24, np.arange(2001, 2010)
START = np.r_[np.full(5, 2004.0), np.full(4, 2006.0), np.full(2, 2008.0), np.full(13, np.inf)]


def panel(kind: str = "complete", seed: int = 1, effect: float = 0.5, **more) -> did.Panel:
    """24 units in 9 years, noisier from unit to unit, three regions that move together, effects that grow."""
    rng = np.random.default_rng(seed)
    region, years, start = np.arange(N) % 3, YEARS, START.copy()
    y = (rng.normal(size=(N, 1)) + rng.normal(size=(N, len(years))) * np.linspace(0.3, 2.0, N)[rng.permutation(N), None]
         + 0.5 * rng.normal(size=(3, len(years)))[region])
    since = years - start[:, None]
    y = y + np.where(since >= 0, effect * (1 + 0.3 * np.where(np.isfinite(since), since, 0)), 0.0)
    if kind == "gaps":
        y[[0, 3, 5, 6, 9, 14, 20, 21], [1, 4, 4, 6, 8, 0, 5, 5]] = np.nan  # unit 5 lacks the year before its start
        y[17, :4] = np.nan
    if kind == "one alone":
        start[4], start[8] = 2002, 2007
    if kind == "a year of the exposed":
        y[start > 2007, 6] = np.nan
    if kind == "no year in between":
        y[:, 4] = np.nan
    if kind == "none stays out":
        start[start == np.inf] = np.r_[np.full(6, 2009.0), np.full(7, 2010.0)]
    return did.from_arrays(y, start, years=years, region=region, **more)


def indicators(codes: np.ndarray) -> np.ndarray:
    return (codes[:, None] == np.unique(codes)).astype(float)


def regression(y, x, dummies, cluster, counted):
    """Coefficients on ``x`` (n, p) and their clustered covariance with the factor (n−1)/(n−k)·G/(G−1), ``counted`` = k."""
    full = np.column_stack([x, *dummies])
    bread = np.linalg.pinv(full.T @ full, rcond=1e-11)
    beta = bread @ (full.T @ y)
    rest = y - full @ beta
    scores = np.array([full[cluster == g].T @ rest[cluster == g] for g in np.unique(cluster)])
    n, g, p = len(y), len(scores), x.shape[1]
    factor = (n - 1) / (n - counted) * g / (g - 1)
    return beta[:p], (factor * bread @ scores.T @ scores @ bread)[:p, :p]


def imputed_effect(y: np.ndarray, d: np.ndarray) -> np.ndarray:
    """Mean effect (K,) over exposed cells of outcomes (N, T, K), or (R, K) under each of R exposures (R, N, T)."""
    seen = np.isfinite(y).all(2)
    found = np.tensordot(weights.imputation(d if d.ndim == 3 else d[None], seen), np.where(seen[:, :, None], y, 0.0), 2)
    return found if d.ndim == 3 else found[0]
