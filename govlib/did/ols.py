"""Least squares with absorbed effects and unit-clustered standard errors, for the regression estimators.

Absorption is exact (an orthogonal basis of the dummies, no iteration), so unbalanced panels cost nothing in accuracy.
The small-sample factor is G/(G−1) · (n−1)/(n−K), where K counts the regressors and the absorbed effects that are not
nested in the clusters (Cameron and Miller 2015; the default of fixest and pyfixest).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from govlib.errors import BadInput, NotEstimable


@dataclass
class Regression:
    """coef (P,), vcov (P, P) clustered, df = clusters − 1, residual and n: the sample's size."""

    coef: np.ndarray
    vcov: np.ndarray
    df: float
    n: int
    clusters: int
    residual: np.ndarray

    @property
    def se(self) -> np.ndarray:
        return np.sqrt(np.diag(self.vcov))


# what is left of a regressor's variation after the fixed effects and the other regressors, below which it is collinear; and of its
# squares: of a regressor that is the same in every cell rounding is left, which is much beside no variation
COLLINEAR, ROUNDED = 1e-9, 1e-24


def least_left(squares: Any, of_mean: Any) -> Any:
    """Sum of squares that a regressor must keep beside the fixed effects, of its own ``squares`` and those ``of_mean``."""
    return np.maximum(COLLINEAR * (squares - of_mean), ROUNDED * squares) + 1e-300


def rounding(y: np.ndarray) -> float:
    """An error up to which a standard error of this outcome is the machine's rounding: of an outcome that does not move, or that
    is fitted without a residual. Whatever divides by it (a t statistic, an interval) would be of no meaning.

    >>> rounding(np.array([0.0, 1.0, np.nan])) < 1e-9
    True
    """
    figures = y[np.isfinite(y)]
    return max(1e-9 * float(figures.std()), 1e-14 * float(np.abs(figures).max())) if figures.size else 0.0


def between_periods(total: np.ndarray, whole: bool = False) -> np.ndarray:
    """Pseudo-inverse of the periods' system (..., T, T) once unit effects are out. ``whole``: a unit is seen in every period, so a
    common constant is all that the system leaves open, which needs no eigenvalues."""
    if not whole:
        return np.linalg.pinv(total, rcond=1e-10, hermitian=True)
    size = np.trace(total, axis1=-2, axis2=-1)[..., None, None]
    return np.linalg.inv(total + size) - 1 / (size * total.shape[-1] ** 2)


def gram_inverse(x: np.ndarray) -> np.ndarray:
    """Pseudo-inverse (P, P) of x'x, in whatever units the columns of x (rows, P) are written: beside a budget in đồng a period is
    nothing, and would be left out for a column of zeros."""
    size = np.sqrt((x**2).sum(0))
    size[size == 0] = 1.0
    return np.linalg.pinv((x / size).T @ (x / size), rcond=1e-10, hermitian=True) / np.outer(size, size)


def known_clusters(cluster: np.ndarray) -> None:
    """BadInput where a cluster is missing: whoever has none would be one cluster together."""
    if any(c is None or c != c for c in cluster.ravel().tolist()):
        raise BadInput("a missing or infinite value", column="cluster")


def dummies(codes: np.ndarray) -> np.ndarray:
    """(n, levels) indicators of the levels that occur."""
    _, codes = np.unique(codes, return_inverse=True)
    return (codes[:, None] == np.arange(codes.max() + 1)).astype(float)


def basis(columns: np.ndarray, tol: float = 1e-9) -> np.ndarray:
    """Orthonormal basis (n, rank) of the column space."""
    scale = np.linalg.norm(columns, axis=0)
    u, s, _ = np.linalg.svd(columns[:, scale > 0] / scale[scale > 0], full_matrices=False)
    return u[:, s > tol * s[0]]


def fit(y: np.ndarray, x: np.ndarray, names: list[str], absorb: np.ndarray, cluster: np.ndarray,
        n_absorbed_free: int) -> Regression:
    """Regress ``y`` (n,) on ``x`` (n, P) with the columns of ``absorb`` partialled out.

    n_absorbed_free : absorbed effects that are not nested in the clusters (years: T − 1).

    Raises `NotEstimable` where a column of ``x`` is a combination of the absorbed effects and the columns before it.
    """
    q = basis(absorb)
    ry, rx = y - q @ (q.T @ y), x - q @ (q.T @ x)
    refuse_collinear(rx, x, names)
    xx = np.linalg.inv(rx.T @ rx)
    coef = xx @ (rx.T @ ry)
    residual = ry - rx @ coef
    groups, codes = np.unique(cluster, return_inverse=True)
    score = np.zeros((len(groups), x.shape[1]))
    np.add.at(score, codes, rx * residual[:, None])
    n, g, k = len(y), len(groups), x.shape[1] + n_absorbed_free + 1
    if g < 2:
        raise NotEstimable("there is only one cluster")
    if n <= k:
        raise NotEstimable(f"{n} observations cannot carry {k} coefficients")
    factor = float(g / (g - 1) * (n - 1) / (n - k))
    return Regression(coef, factor * xx @ (score.T @ score) @ xx, g - 1, n, g, residual)


def refuse_collinear(rx: np.ndarray, x: np.ndarray, names: list[str]) -> None:
    """`NotEstimable` naming the first column without variation of its own."""
    kept = np.zeros((len(rx), 0))
    for j, name in enumerate(names):
        column = rx[:, j] - kept @ (kept.T @ rx[:, j])
        column = column - kept @ (kept.T @ column)  # twice is enough (Gram–Schmidt)
        left = float(column @ column)
        if left <= least_left(float(x[:, j] @ x[:, j]), float(x[:, j].sum() ** 2 / len(x))):
            raise NotEstimable(f"{name} is collinear with the fixed effects or with the regressors before it")
        kept = np.column_stack([kept, column / np.sqrt(left)])
