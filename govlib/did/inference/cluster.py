"""Cluster-robust covariance: CRV1 (the usual sandwich) and CRV3 (the cluster jackknife).

CRV3 (MacKinnon, Nielsen and Webb 2023, Journal of Econometrics 232) is the safer one with few or uneven clusters. It needs
every leave-one-cluster-out regression to exist, so one treated unit has none, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from govlib.did.batch import Fit, check_rank, panel_shapes, sample_masks, t_pvalue, t_quantile, unit_projection, usable
from govlib.did.ols import known_clusters
from govlib.errors import BadInput, NotEstimable


@dataclass(frozen=True)
class Robust:
    """Coefficients ``beta`` (k,) with covariance ``vcov`` (k, k), ``n_clusters`` and t(``dof``) inference."""

    beta: np.ndarray
    vcov: np.ndarray
    n_obs: int
    n_clusters: int
    dof: int

    @property
    def std_error(self) -> np.ndarray:
        return np.sqrt(np.diag(self.vcov))

    @property
    def t(self) -> np.ndarray:
        return self.beta / self.std_error

    @property
    def p_value(self) -> np.ndarray:
        return t_pvalue(self.t, self.dof)

    def ci(self, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
        half = t_quantile(level, self.dof) * self.std_error
        return self.beta - half, self.beta + half


def crv(y: np.ndarray, x: np.ndarray, cluster: np.ndarray, *, kind: str = "CRV1") -> Robust:  # long: with its example
    """Least squares of ``y`` (N,) on ``x`` (N, k; bring your own constant) clustered by ``cluster`` (N,).

    ``kind``: ``CRV1`` with the factor ``(N-1)/(N-k) G/(G-1)``, or ``CRV3``, the jackknife ``(G-1)/G sum (b_g - b)^2``.
    Two-way clusters: ``cluster`` of shape (N, 2), CRV1 only (Cameron, Gelbach and Miller 2011), each term with its own
    ``G/(G-1)``.

    Raises
    ------
    BadInput : NaN or shapes.   NotEstimable : fewer than two clusters, one of a single observation, collinear columns, a
        jackknife sample that cannot be estimated.

    >>> import numpy as np
    >>> from govlib.did import inference
    >>> draw = np.random.default_rng(1)
    >>> x = np.column_stack([np.ones(60), draw.normal(size=60)])
    >>> inference.crv(x @ [1, 2], x, np.repeat(range(20), 3)).beta.round(6)
    array([1., 2.])
    """
    y, x, cluster = np.asarray(y, float), np.asarray(x, float), np.asarray(cluster)
    x = x[:, None] if x.ndim == 1 else x
    if y.ndim != 1 or len(y) != len(x) or len(y) != len(cluster):
        raise BadInput(f"y {y.shape}, x {x.shape} and cluster {cluster.shape} do not fit")
    if not (np.isfinite(y).all() and np.isfinite(x).all()):
        raise BadInput("a missing or infinite value", fix="drop the row first")
    known_clusters(cluster)
    n, k = x.shape
    if n <= k:
        raise NotEstimable(f"{n} observations cannot carry {k} coefficients")
    size = np.linalg.norm(x, axis=0)
    x = x / np.where(size > 0, size, 1.0)  # whatever the columns are written in: beside a budget in đồng a constant is nothing
    if np.linalg.matrix_rank(x) < k:
        raise NotEstimable("the columns of the design are collinear")
    x, root = np.linalg.qr(x)  # columns at right angles, in which nothing cancels, and the way back
    back = np.linalg.inv(root) / size[:, None]
    gram, beta = x.T @ x, x.T @ y
    score = x * (y - x @ beta)[:, None]
    sets = cluster[:, None] if cluster.ndim == 1 else cluster
    if sets.shape[1] == 2:
        if kind != "CRV1":
            raise BadInput("two-way clustering is CRV1 only", value=kind)
        both = np.unique(sets, axis=0, return_inverse=True)[1].ravel()
        parts = [(sets[:, 0], 1), (sets[:, 1], 1), (both, -1)]
    elif sets.shape[1] == 1:
        parts = [(sets[:, 0], 1)]
    else:
        raise BadInput("one or two ways of clustering", value=sets.shape[1])
    vcov, groups = np.zeros((k, k)), []
    for ids, sign in parts:
        codes = np.unique(ids, return_inverse=True)[1].ravel()
        g = codes.max() + 1
        if g < 2:
            raise NotEstimable(f"a clustered standard error needs two clusters and there is {g}")
        if sign > 0 and (np.bincount(codes) == 1).any():
            raise NotEstimable(f"cluster {np.unique(ids)[int(np.argmin(np.bincount(codes)))]} has one observation, which "
                               "says nothing about how errors within it move together")
        if kind == "CRV1":
            summed = np.zeros((g, k))
            np.add.at(summed, codes, score)
            vcov += sign * (n - 1) / (n - k) * g / (g - 1) * summed.T @ summed
        elif kind == "CRV3":
            grams, right = np.zeros((g, k, k)), np.zeros((g, k))
            np.add.at(grams, codes, x[:, :, None] * x[:, None, :])
            np.add.at(right, codes, x * y[:, None])
            vcov = _jackknife(gram, x.T @ y, grams, right[:, :, None], beta[:, None])[0]
        else:
            raise BadInput("kind is CRV1 or CRV3", value=kind)
        if sign > 0:
            groups.append(g)
    return Robust(back @ beta, back @ vcov @ back.T, n, min(groups), min(groups) - 1)


def _jackknife(gram, right, grams, rights, beta):
    """(m, k, k) jackknife covariance from per-cluster cross-products; all leave-one-out systems in one batch."""
    g = len(grams)
    right = right.reshape(len(gram), -1)
    left = gram - grams
    scale = np.sqrt(np.maximum(np.diagonal(gram), 1e-300))
    smallest = np.linalg.eigvalsh(left / np.outer(scale, scale))[:, 0]
    if (smallest < 1e-10).any():
        raise NotEstimable("without one of the clusters the effect is not identified (a single treated cluster?), so the "
                           "jackknife (CRV3) does not exist")
    deviation = np.linalg.solve(left, right - rights) - beta  # (g, k, m)
    return (g - 1) / g * np.einsum("gkm,glm->mkl", deviation, deviation)


def panel_crv3(y: np.ndarray, x: np.ndarray, *, mask: np.ndarray | None = None, cluster: np.ndarray | None = None,
               singletons: str = "raise") -> Fit:
    """CRV3 for a two-way fixed-effects regression; shapes and errors as :func:`govlib.did.batch.ols`.

    Unit effects are taken out first (they live in one cluster each); year effects stay in the design, since every
    leave-one-out sample has its own.
    """
    y, x, cluster = panel_shapes(y, x, cluster)
    n, years, m = y.shape
    p = x.shape[2]
    beta, vcov = np.empty((m, p)), np.empty((m, p, p))
    n_obs, n_units, n_clusters = (np.empty(m, int) for _ in range(3))
    for cells, ks in sample_masks(y, x):
        cells = usable(cells if mask is None else cells & mask, singletons)
        seen = np.flatnonzero(cells.any(0))
        # one year is the base: with unit effects, a full set of year dummies is collinear
        dummies = np.broadcast_to(np.eye(years)[:, seen[1:]], (n, years, len(seen) - 1))
        z = np.where(cells[:, :, None], np.concatenate([x, dummies, y[:, :, ks]], 2), 0.0)
        project, _ = unit_projection(cells, False)
        zt = project(z)
        k = p + len(seen) - 1
        grams = zt.transpose(0, 2, 1) @ zt
        units = cells.any(1)
        codes = np.arange(units.sum()) if cluster is None else np.unique(cluster[units], return_inverse=True)[1]
        merged = np.zeros((codes.max() + 1, *grams.shape[1:]))
        np.add.at(merged, codes, grams[units])
        if len(merged) < 2:
            raise NotEstimable("a clustered standard error needs two clusters")
        total = merged.sum(0)
        check_rank(total[:k, :k], z[:, :, :k], cells, [f"regressor {j + 1}" for j in range(p)] + ["a year"] * (k - p))
        b = np.linalg.solve(total[:k, :k], total[:k, k:])
        v = _jackknife(total[:k, :k], total[:k, k:], merged[:, :k, :k], merged[:, :k, k:], b)
        beta[ks], vcov[ks] = b[:p].T, v[:, :p, :p]
        n_obs[ks], n_units[ks], n_clusters[ks] = int(cells.sum()), int(units.sum()), len(merged)
    return Fit(beta, vcov, n_obs, n_units, n_clusters)
