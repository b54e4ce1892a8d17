"""Two-way fixed-effects regressions, many at once.

One regression of a 63 x 18 panel is a few microseconds of arithmetic; what costs is doing thousands of them one by one.
Everything here shares what regressions have in common: outcomes with the same missing cells share the design, and
what specifications share is `govlib.did.specs`.

Shapes: ``y (n_units, n_years[, n_outcomes])``, ``d (n_units, n_years)``, ``controls (n_units, n_years, n_controls)``; NaN
is a missing cell and drops it (list-wise, as a regression does). Nothing is filled in.

Conventions of the standard errors are those of ``pyfixest``'s ``vcov={"CRV1": ...}``: factor
``(N-1)/(N-k) * G/(G-1)``, ``k`` counting the year effects and not the unit effects (nested in the clusters), and
t(G-1) for p-values and intervals.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from govlib.did.ols import COLLINEAR, between_periods, known_clusters, least_left
from govlib.errors import BadInput, NotEstimable


# ------------------------------------------------------------------------------------------------ within transformation
def within(x: np.ndarray, mask: np.ndarray | None = None, *, groups: np.ndarray | None = None,
           trends: bool = False) -> np.ndarray:
    """Residuals of ``x`` on unit effects and year effects, exactly, balanced or not.

    Parameters
    ----------
    x : (n, T) or (n, T, k); NaN outside ``mask`` is allowed, inside it is an error.
    mask : (n, T) bool, the cells in the sample; all cells by default. Every column of ``x`` uses the same cells.
    groups : (n,) integer codes: year effects by group (region-by-year effects) in place of common ones.
    trends : also a linear trend of each unit's own.

    Returns
    -------
    Array of the shape of ``x``, zero outside the mask.

    Raises
    ------
    BadInput : a NaN inside the mask, or shapes that do not fit.
    """
    x = np.asarray(x, float)
    flat = x.ndim == 2
    columns = x[:, :, None] if flat else x
    if columns.ndim != 3:
        raise BadInput("a panel must have the shape (units, years) or (units, years, columns)", value=x.shape)
    mask = np.ones(columns.shape[:2], bool) if mask is None else np.asarray(mask, bool)
    if mask.shape != columns.shape[:2]:
        raise BadInput(f"the mask {mask.shape} does not fit the panel {columns.shape[:2]}")
    complete = bool(mask.all())
    if not complete:
        columns = np.where(mask[:, :, None], columns, 0.0)
    if not np.isfinite(columns).all():
        raise BadInput("a value of the sample is missing or infinite", fix="leave the cell out of the mask")
    out = within_cells(columns, mask, complete, groups, trends)
    return out[:, :, 0] if flat else out


def within_cells(x, mask, complete, groups=None, trends=False):
    """`within` on checked columns: zero outside the mask, ``complete`` where nothing lies outside."""
    if groups is not None:
        out = np.zeros_like(x)
        groups = np.asarray(groups)
        for code in np.unique(groups):
            rows = groups == code
            out[rows] = within_cells(x[rows], mask[rows], complete, None, trends)
        return out
    if complete and not trends:
        unit = x.mean(1, keepdims=True)
        return x - unit - (x.mean(0) - unit.mean(0))
    # unbalanced: unit by unit projections leave a T x T system for the year effects
    project, total = unit_projection(mask, trends)
    resid = project(x)
    effect = between_periods(total, not trends and bool(mask.all(1).any())) @ resid.sum(0)
    return resid - project(np.where(mask[:, :, None], effect, 0.0))


def unit_projection(mask, trends):
    """The projection off each unit's own effect (and trend), and the sum over units of its matrices (T x T)."""
    m = mask.astype(float)
    count = m.sum(1, keepdims=True)
    level = m / np.sqrt(np.maximum(count, 1))
    total = np.diag(m.sum(0)) - level.T @ level
    if trends:
        time = np.arange(m.shape[1], dtype=float)
        slope = m * (time - (m @ time / np.maximum(count[:, 0], 1))[:, None])
        slope /= np.maximum(np.sqrt((slope**2).sum(1, keepdims=True)), 1e-300)
        total = total - slope.T @ slope

    def project(x):
        out = x - level[:, :, None] * (level[:, None, :] @ x)
        if trends:
            out = out - slope[:, :, None] * (slope[:, None, :] @ x)
        return out * m[:, :, None]

    return project, total


def _absorbed(mask, groups, trends, clusters):
    """Number of absorbed coefficients that count against the degrees of freedom (those not nested in the clusters)."""
    years = int((mask.any(0)).sum())
    # a unit's trend is counted as the regressor it would be in a dummy-variable regression: the cautious reading
    own = int(mask.any(1).sum()) if trends else 0
    if groups is None:
        return years + own
    cells = sum(int(mask[groups == g].any(0).sum()) for g in np.unique(groups))
    nested = all(np.unique(groups[clusters == c]).size == 1 for c in np.unique(clusters)) and \
        np.unique(clusters).size == np.unique(groups).size
    return (1 if nested else cells) + own


# ------------------------------------------------------------------------------------------------------------ one design
@dataclass(frozen=True)
class Fit:
    """Least squares with clustered errors for ``m`` outcomes and ``p`` regressors.

    ``beta`` (m, p), ``vcov`` (m, p, p); ``n_obs``, ``n_units``, ``n_clusters`` (m,).
    """

    beta: np.ndarray
    vcov: np.ndarray
    n_obs: np.ndarray
    n_units: np.ndarray
    n_clusters: np.ndarray

    @cached_property
    def std_error(self) -> np.ndarray:
        return np.sqrt(self.vcov.diagonal(axis1=1, axis2=2))

    @cached_property
    def t(self) -> np.ndarray:
        return self.beta / self.std_error

    @property
    def dof(self) -> np.ndarray:
        return self.n_clusters - 1

    @property
    def p_value(self) -> np.ndarray:
        return t_pvalue(self.t, self.dof[:, None])

    def each(self) -> list[Fit]:
        """The fits of the outcomes one by one."""
        parts = (self.beta, self.vcov, self.n_obs, self.n_units, self.n_clusters)
        return [Fit(*(part[k:k + 1] for part in parts)) for k in range(len(self.beta))]

    def ci(self, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
        half = t_quantile(level, self.dof)[:, None] * self.std_error
        return self.beta - half, self.beta + half


def t_pvalue(t: np.ndarray | float, dof: np.ndarray | float) -> np.ndarray:
    """Two-sided p-value of Student's t."""
    from scipy.special import stdtr

    return 2 * stdtr(dof, -np.abs(t))


def t_quantile(level: float, dof: np.ndarray | float) -> np.ndarray:
    """Half-width of a central interval of Student's t: 1.96... for 0.95 and many degrees of freedom."""
    from scipy.special import stdtrit

    return stdtrit(dof, 0.5 + level / 2)


def sample_masks(y: np.ndarray, *others: np.ndarray | None) -> list[tuple[np.ndarray, np.ndarray]]:
    """``[(mask (n, T), outcome indices)]``: outcomes that share their observed cells stand together."""
    y = y[:, :, None] if y.ndim == 2 else y
    common = np.ones(y.shape[:2], bool)
    for other in others:
        if other is not None:
            seen = np.isfinite(other)
            common &= seen if seen.ndim == 2 else seen.all(2)
    seen = np.isfinite(y)
    if seen.all():
        return [(common, np.arange(y.shape[2]))]
    together: dict[bytes, tuple[np.ndarray, list[int]]] = {}
    for k in range(y.shape[2]):
        mask = common & seen[:, :, k]
        together.setdefault(mask.tobytes(), (mask, []))[1].append(k)
    return [(mask, np.array(ks)) for mask, ks in together.values()]


def ols(y: np.ndarray, x: np.ndarray, *, mask: np.ndarray | None = None, cluster: np.ndarray | None = None,
        groups: np.ndarray | None = None, trends: bool = False, names: Sequence[str] | None = None,
        singletons: str = "raise") -> Fit:
    """Regress every outcome on ``x`` with unit and year effects; CRV1 covariance.

    Parameters
    ----------
    y : (n, T) or (n, T, m).   x : (n, T) or (n, T, p).
    cluster : (n,) codes; each unit its own cluster by default.
    singletons : ``"raise"`` (a unit with one observed cell is an error) or ``"drop"``.

    Raises
    ------
    NotEstimable : no variation left, a collinear regressor (named), a unit with a single observation, fewer than
        two clusters.   BadInput : shapes that do not fit.
    """
    if mask is None and cluster is None and groups is None and not trends:
        fit = _ols_complete(y, x, names)
        if fit is not None:
            return fit
    y, x, cluster = panel_shapes(y, x, cluster)
    n, _, m = y.shape
    p = x.shape[2]
    names = list(names) if names is not None else _numbered(p)
    beta, vcov = np.empty((m, p)), np.empty((m, p, p))
    n_obs, n_units, n_clusters = (np.empty(m, int) for _ in range(3))
    for cells, ks in sample_masks(y, x):
        if mask is not None:
            cells = cells & mask
        cells = usable(cells, singletons)
        columns = np.concatenate([x, y[:, :, ks]], 2)
        if not cells.all():
            columns = np.where(cells[:, :, None], columns, 0.0)
        z = within_cells(columns, cells, bool(cells.all()), groups, trends)
        xt, yt = z[:, :, :p], z[:, :, p:]
        flat = xt.reshape(-1, p)
        gram = flat.T @ flat
        check_rank(gram, columns[:, :, :p], cells, names)
        inverse = np.linalg.inv(gram)
        b = inverse @ (flat.T @ yt.reshape(flat.shape[0], -1))
        resid = yt - (flat @ b).reshape(yt.shape)
        score = np.matmul(xt.transpose(0, 2, 1), resid)  # (n, p, m): one small product a unit
        if cluster is None:
            g = int(cells.any(1).sum())
        else:
            g, score = _summed(score[cells.any(1)], cluster[cells.any(1)])
        if g < 2:
            raise NotEstimable(f"a clustered standard error needs two clusters and there is {g}")
        count = int(cells.sum())
        k = p + _absorbed(cells, groups, trends, np.arange(n) if cluster is None else cluster)
        if count <= k:
            raise NotEstimable(f"{count} observations cannot carry {k} coefficients")
        s = score.transpose(2, 1, 0)  # (m, p, g)
        half = inverse @ s
        beta[ks] = b.T
        vcov[ks] = (count - 1) / (count - k) * g / (g - 1) * (half @ half.transpose(0, 2, 1))
        n_obs[ks], n_units[ks], n_clusters[ks] = count, int(cells.any(1).sum()), g
    return Fit(beta, vcov, n_obs, n_units, n_clusters)


def _summed(score, cluster):
    """Number of clusters, and the scores summed by them."""
    labels, codes = np.unique(cluster, return_inverse=True)
    out = np.zeros((len(labels), *score.shape[1:]))
    np.add.at(out, codes, score)
    return len(labels), out


def _numbered(count):
    return [f"regressor {k + 1}" for k in range(count)]


def _ols_complete(y, x, names):
    """The commonest case, nothing missing and units the clusters, in as few passes over the data as it takes; None
    where it does not apply. One small regression is mostly overhead, and simulations do many."""
    y, x = np.asarray(y, float), np.asarray(x, float)
    y = y[:, :, None] if y.ndim == 2 else y
    x = x[:, :, None] if x.ndim == 2 else x
    if y.ndim != 3 or x.ndim != 3 or y.shape[:2] != x.shape[:2]:
        return None
    n, years, p = x.shape
    m = y.shape[2]
    count, k = n * years, p + years
    raw = np.empty((p + m, n, years))  # columns first: sums run along memory
    raw[:p], raw[p:] = x.transpose(2, 0, 1), y.transpose(2, 0, 1)
    flat_raw = raw.reshape(p + m, count)
    unit, time = raw.sum(2), raw.sum(1)
    total = unit.sum(1)
    # a sum is finite only if nothing in it is missing or infinite
    if n < 2 or years < 2 or count <= k or not math.isfinite(total.sum()):
        return None
    z = raw - (unit / years)[:, :, None]
    z -= ((time - (total / years)[:, None]) / n)[:, None, :]
    flat = z.reshape(p + m, count)
    gram = flat @ flat.T
    xx, size = gram[:p, :p], np.diagonal(gram)[:p]
    if p == 1:
        if not gram[0, 0] > least_left(flat_raw[0] @ flat_raw[0], total[0] ** 2 / count):
            return None  # the careful way finds the words
        inverse = 1.0 / xx
        b = gram[:1, 1:] / xx
        resid = z[1:] - b[0][:, None, None] * z[0]
        score = np.einsum("it,mit->mi", z[0], resid)[:, None, :]
    else:
        if (size <= least_left(np.einsum("ij,ij->i", flat_raw[:p], flat_raw[:p]), total[:p] ** 2 / count)).any():
            return None
        scale = np.sqrt(size)
        if np.linalg.eigvalsh(xx / (scale[:, None] * scale))[0] < 100 * COLLINEAR:
            return None
        inverse = np.linalg.inv(xx)
        b = inverse @ gram[:p, p:]
        resid = (flat[p:] - b.T @ flat[:p]).reshape(m, n, years)
        score = np.einsum("pit,mit->mpi", z[:p], resid, optimize=True)
    half = inverse @ score
    vcov = ((count - 1) / (count - k) * n / (n - 1)) * (half @ half.transpose(0, 2, 1))
    units = np.full(m, n)
    return Fit(b.T, vcov, np.full(m, count), units, units)


def panel_shapes(y, x, cluster):
    y, x = np.asarray(y, float), np.asarray(x, float)
    y = y[:, :, None] if y.ndim == 2 else y
    x = x[:, :, None] if x.ndim == 2 else x
    if y.ndim != 3 or x.ndim != 3 or y.shape[:2] != x.shape[:2]:
        raise BadInput(f"outcomes {y.shape} and regressors {x.shape} are not of one panel (units, years)")
    if np.isinf(y).any() or np.isinf(x).any():
        raise BadInput("an infinite value in the panel")
    if cluster is not None:
        cluster = np.asarray(cluster)
        if cluster.shape != y.shape[:1]:
            raise BadInput(f"{cluster.shape} clusters for {y.shape[0]} units")
        known_clusters(cluster)
    return y, x, cluster


def usable(cells: np.ndarray, singletons: str = "raise") -> np.ndarray:
    """The cells that a two-way regression can use: a unit or a year seen once explains itself."""
    per_unit = cells.sum(1)
    if (per_unit != 1).all() and (cells.sum(0) != 1).all():
        if not cells.any():
            raise NotEstimable("no observation is left")
        return cells
    if singletons == "raise":
        if (per_unit == 1).any():
            raise NotEstimable(f"unit no. {int(np.argmax(per_unit == 1))} has a single observation, which its own "
                               "effect explains")
        raise NotEstimable(f"year no. {int(np.argmax(cells.sum(0) == 1))} has a single observation, which its own "
                           "effect explains")
    cells = cells.copy()
    while True:
        once = ((cells.sum(1) == 1)[:, None] | (cells.sum(0) == 1)[None, :]) & cells
        if not once.any():
            break
        cells &= ~once
    if not cells.any():
        raise NotEstimable("no observation is left")
    return cells


def check_rank(gram, raw, cells, names):
    size = np.diagonal(gram)
    flat = raw.reshape(-1, raw.shape[2])
    inside = cells.ravel().astype(float)
    dead = size <= least_left((flat**2).T @ inside, (flat.T @ inside) ** 2 / inside.sum())
    if dead.any():
        raise NotEstimable(f"{names[int(np.argmax(dead))]} has no variation left once unit and year effects are out "
                           "(nobody treated, nobody a control, or all treated at once)")
    if len(size) > 1:
        scaled = gram / np.sqrt(np.outer(size, size))
        # what is left of each regressor given those before it: the squared diagonal of the Cholesky factor
        with contextlib.suppress(np.linalg.LinAlgError):
            if (np.diagonal(np.linalg.cholesky(scaled)) ** 2 >= COLLINEAR).all():
                return
        for k in range(1, len(size)):
            left = scaled[k, k] - scaled[k, :k] @ np.linalg.solve(scaled[:k, :k], scaled[:k, k])
            if left < COLLINEAR:
                raise NotEstimable(f"{names[k]} is collinear with the other regressors and the fixed effects")


def twfe(y: np.ndarray, d: np.ndarray, *, controls: np.ndarray | None = None, control_names: Sequence[str] | None = None,
         **options: Any) -> Fit:
    """Two-way fixed effects of an exposure ``d`` (n, T) on every outcome; the exposure is regressor 0 of the result.

    ``options`` as in :func:`ols`. Under staggered adoption and effects that differ between units or grow with time
    this average has negative weights (Goodman-Bacon 2021): report it beside its decomposition only.

    Raises
    ------
    NotEstimable : no treated, no control, all treated at once, a collinear control.
    """
    d = np.asarray(d, float)
    low, high = (d.min(), d.max()) if d.size else (np.nan, np.nan)
    if not low < high:  # a constant, or NaN among them
        seen = d[np.isfinite(d)]
        if seen.size == 0 or not (seen != 0).any():
            raise NotEstimable("no unit is treated in these years")
        if np.ptp(seen) == 0:
            raise NotEstimable("no control is left: all units are treated in all these years")
    x, names = d[:, :, None], ["the exposure"]
    if controls is not None:
        controls = np.asarray(controls, float)
        x = np.concatenate([x, controls[:, :, None] if controls.ndim == 2 else controls], 2)
        names = ["the exposure", *(control_names or [f"control {k + 1}" for k in range(x.shape[2] - 1)])]
    return ols(y, x, names=names, **options)
