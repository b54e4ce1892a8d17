"""Linear moments of event-study coefficients that must not be positive for some effects: the hybrid test of Andrews, Roth and Pakes
(2023, Rev. Econ. Stud. 90) by the vertices of its linear programme's dual. For `honest`."""

from __future__ import annotations

import numpy as np


def dual(moments, vcov, weights, order):
    """Vertices of the dual of any moments, scaled by their standard errors, and how each moment moves with the effect tried.

    A multiplier must not be negative and must load on the changes after adoption (of this order) in proportion to ``weights``. The
    extreme rays of these, an equation after the other, one a year: those that satisfy it stay, and of two on either side of it the
    mixture, unless the moments of another are all among its own.
    """
    after, path = moments[:, -len(weights):], np.eye(len(weights))
    for _ in range(order):
        path = np.cumsum(path, 0)
    along = np.concatenate([after, -weights[None, :], weights[None, :]]) @ path  # the last two: in proportion, either way
    rays = np.eye(len(along))
    for done, on in enumerate(along.T[::-1], 1):
        at, used = rays @ on, (rays > 1e-12).astype(np.float32)
        up, down = np.flatnonzero(at > 1e-10), np.flatnonzero(at < -1e-10)
        needed = used[up].sum(1)[:, None] + used[down].sum(1) - used[up] @ used[down].T
        i, j = np.nonzero(needed <= done + 1)  # an extreme ray has no more moments than there are equations, and one
        mixed = rays[up[i]] * -at[down[j], None] + rays[down[j]] * at[up[i], None]
        rays = np.concatenate([rays[np.abs(at) <= 1e-10], mixed / mixed.sum(1, keepdims=True)])
        used = (rays > 1e-12).astype(np.float32)
        _, first = np.unique(used, axis=0, return_index=True)
        rays, used = rays[first], used[first]
        rays = rays[(used @ used.T >= used.sum(1)).sum(1) == 1]
    rays = rays[:, :-2]
    size = np.sqrt(np.clip(np.einsum("ij,jk,ik->i", moments, vcov, moments), 0, None))
    scale = rays @ size
    return rays[scale > 1e-12] / scale[scale > 1e-12][:, None], after @ weights / (weights @ weights)


def vertices_of_changes(size, loads):
    """Vertices of the dual, scaled by the moments' standard errors ``size``.

    A multiplier that removes the free effects loads on the changes in proportion to ``loads`` (one vertex a sign) or takes the
    plus and minus moment of one change equally (one vertex a year).
    """
    n_post = len(loads)
    if n_post == 1:
        keep = np.flatnonzero(size > 1e-12)
        out = np.zeros((len(keep), len(size)))
        out[np.arange(len(keep)), keep] = 1 / size[keep]
        return out
    plus, minus = np.clip(loads, 0, None), np.clip(-loads, 0, None)
    rows = [np.concatenate([plus, minus]), np.concatenate([minus, plus])]
    for j in range(n_post):
        if np.count_nonzero(loads) > 1 or loads[j] == 0:
            pair = np.zeros(2 * n_post)
            pair[[j, n_post + j]] = 1.0
            rows.append(pair)
    scale = np.array(rows) @ size
    return np.array(rows)[scale > 1e-12] / scale[scale > 1e-12][:, None]


def tried(beta, vcov, moments, on_theta, vertices, alpha, noise, most=0.0):
    """Accepts(theta array): the hybrid test on the vertices of the dual of the moments, which must be <= ``most``; without
    ``noise`` the conditional test alone."""
    sigma = moments @ vcov @ moments.T
    values = vertices @ (moments @ beta - most)
    slopes = vertices @ on_theta
    covariance = vertices @ sigma @ vertices.T
    variance = np.clip(np.diag(covariance), 0, None)
    spread = np.sqrt(variance)
    kappa = 0.0 if noise is None else alpha / 10
    first = np.inf if noise is None else np.quantile((noise @ (vertices @ moments).T).max(1), 1 - kappa)
    size_left = (alpha - kappa) / (1 - kappa)
    tiny = 1e-10 * max(spread.max(), 1e-300)
    fixed = spread <= tiny
    ratio = covariance / np.where(fixed, 1.0, variance)[None, :]  # column v: how all vertices move with vertex v

    def accepts(theta):
        at = values[None, :] - np.outer(theta, slopes)  # (theta, vertices)
        best = at.argmax(1)
        eta = at[np.arange(len(theta)), best]
        r = ratio[:, best].T
        rest = at - r * eta[:, None]
        gap = 1 - r
        with np.errstate(divide="ignore", invalid="ignore"):
            bound = rest / gap
        lower = np.where(gap > 1e-10, bound, -np.inf).max(1)
        upper = np.where(gap < -1e-10, bound, np.inf).min(1)
        upper = np.minimum(upper, first)
        deviation = np.where(fixed[best], 1.0, spread[best])
        critical = np.maximum(truncated_quantile(1 - size_left, lower / deviation, upper / deviation), 0)
        reject = (eta > first) | (eta / deviation > critical)
        return np.where(fixed[best], eta <= max(tiny, 1e-12), ~reject)

    return accepts


def truncated_quantile(q, low, high):
    """Quantile of a standard normal cut to [low, high]; in the far tails by symmetry, where the density is not lost."""
    from scipy.special import log_ndtr, ndtri_exp

    low, high = np.asarray(low, float), np.asarray(high, float)
    flip = low > 0
    a, b = np.where(flip, -high, low), np.where(flip, -low, high)
    share = np.where(flip, 1 - q, q)
    with np.errstate(divide="ignore", invalid="ignore"):
        la, lb = log_ndtr(a), log_ndtr(b)
        # log(F(a) + share (F(b) - F(a)))
        mixed = lb + np.log(share + (1 - share) * np.exp(la - lb))
        out = ndtri_exp(np.minimum(mixed, 0))
    out = np.where(flip, -out, out)
    out = np.clip(out, low, high)
    return np.where(np.isfinite(out), out, np.where(flip, low, high))
