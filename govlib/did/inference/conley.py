"""Standard errors that allow neighbouring units' errors to move together (Conley 1999, J. of Econometrics 92).

Own code, because the maintained implementation (diff-diff) does one outcome inside its estimators; a test holds the two
together.
"""

from __future__ import annotations

import numpy as np

from govlib.did.batch import Fit, check_rank, panel_shapes, sample_masks, usable, within_cells
from govlib.did.ols import rounding
from govlib.errors import BadInput, NotEstimable

EARTH_KM = 6371.0088


def distances(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Great-circle distances (n, n) in km from degrees."""
    lat, lon = np.radians(np.asarray(lat, float)), np.radians(np.asarray(lon, float))
    if not (np.isfinite(lat).all() and np.isfinite(lon).all()):
        raise BadInput("a unit has no coordinates")
    h = np.sin((lat[:, None] - lat) / 2) ** 2 + np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    return 2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(h, 0, 1)))


def conley(y: np.ndarray, x: np.ndarray, distance: np.ndarray, *, cutoff: float, kernel: str = "bartlett",
           lags: int | None = None, mask: np.ndarray | None = None, singletons: str = "raise") -> Fit:
    """Two-way fixed effects with spatial HAC covariance; arrays as in :func:`govlib.did.batch.ols`.

    Parameters
    ----------
    distance : (n, n) km.   cutoff : km beyond which errors are unrelated.   kernel : ``bartlett`` (weight falls to zero
        at the cutoff) or ``uniform``.
    lags : serial correlation within a unit up to this many years (Bartlett weights); ``None`` for all years with
        full weight (as clustering by unit does), which is the cautious choice for short panels.

    Inference uses t with (units - 1) degrees of freedom; no further small-sample factor (as in Conley's own).

    Raises
    ------
    NotEstimable : as ``ols``, and where the kernel gives a covariance that is not positive (uniform kernel can).
    """
    if not cutoff > 0:
        raise BadInput("the cutoff must be a positive distance in km", value=cutoff)
    if kernel not in ("bartlett", "uniform"):
        raise BadInput("kernel is bartlett or uniform", value=kernel)
    y, x, _ = panel_shapes(y, x, None)
    n, years, m = y.shape
    distance = np.asarray(distance, float)
    if distance.shape != (n, n) or not np.isfinite(distance).all():
        raise BadInput(f"distances {distance.shape} for {n} units, all known, are needed")
    p = x.shape[2]
    near = np.clip(1 - distance / cutoff, 0, None) if kernel == "bartlett" else (distance <= cutoff).astype(float)
    gap = np.abs(np.subtract.outer(np.arange(years), np.arange(years)))
    serial = np.ones((years, years)) if lags is None else np.clip(1 - gap / (lags + 1), 0, None)
    np.fill_diagonal(serial, 0)  # a cell with itself is in the spatial part
    beta, vcov = np.empty((m, p)), np.empty((m, p, p))
    n_obs, n_units = np.empty(m, int), np.empty(m, int)
    for cells, ks in sample_masks(y, x):
        cells = usable(cells if mask is None else cells & mask, singletons)
        raw = np.where(cells[:, :, None], np.concatenate([x, y[:, :, ks]], 2), 0.0)
        z = within_cells(raw, cells, bool(cells.all()), None, False)
        flat = z[:, :, :p].reshape(-1, p)
        gram = flat.T @ flat
        check_rank(gram, raw[:, :, :p], cells, [f"regressor {k + 1}" for k in range(p)])
        bread = np.linalg.inv(gram)
        b = bread @ (flat.T @ z[:, :, p:].reshape(n * years, -1))
        resid = z[:, :, p:] - z[:, :, :p] @ b
        if any(np.abs(resid[:, :, j]).max() <= rounding(y[:, :, k]) for j, k in enumerate(ks)):
            raise NotEstimable("the outcome is fitted without a residual, which leaves no standard error")
        score = z[:, :, :p, None] * resid[:, :, None, :]  # (n, T, p, m)
        meat = np.einsum("itpm,ij,jtqm->mpq", score, near, score, optimize=True)
        meat += np.einsum("itpm,ts,isqm->mpq", score, serial, score, optimize=True)
        beta[ks], vcov[ks] = b.T, bread @ meat @ bread
        n_obs[ks], n_units[ks] = int(cells.sum()), int(cells.any(1).sum())
    if (np.diagonal(vcov, axis1=1, axis2=2) <= 0).any():
        raise NotEstimable("the spatial covariance is not positive; take the bartlett kernel or another cutoff")
    return Fit(beta, vcov, n_obs, n_units, n_units)
