"""How wrong may parallel trends be before the finding is gone? (Rambachan and Roth 2023, Rev. Econ. Stud. 90.)

Two ways to bound the violation after adoption by what was seen before it:

* relative magnitudes: no year-to-year change of the violation (with ``slopes``: no change of its slope) exceeds ``m_bar``
  times the largest one before adoption. Own code (the maintained library's is wrong), from the paper: the conditional
  least-favourable hybrid test of Andrews, Roth and Pakes (2023), inverted. For these restrictions the dual of its linear
  programme has 2 + (number of post-years) vertices that can be written down, so a test of thousands of hypothetical effects
  is one matrix product.
* smoothness: the slope of the violation changes by at most ``m`` a year; the shortest fixed-length interval. The least variance
  for a given worst bias is a small lasso, whose dual is a bounded least-squares problem.

``beta`` (pre + post,) are event-study coefficients in time order without the reference year, ``vcov`` their covariance.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from govlib.errors import BadInput, NotEstimable


@dataclass(frozen=True)
class Honest:
    """Interval ``ci_low``..``ci_high`` for each bound (``m_bar`` or ``m``); ``breakdown``: the largest bound at which the
    interval leaves zero out (0 if none does, ``inf`` if all tried do)."""

    bound: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray
    breakdown: float
    restriction: str

    def frame(self):
        import pandas as pd

        return pd.DataFrame({"restriction": self.restriction, "bound": self.bound, "ci_low": self.ci_low,
                             "ci_high": self.ci_high})


def _check(beta, vcov, n_pre, weights):
    beta, vcov = np.asarray(beta, float).ravel(), np.asarray(vcov, float)
    n_post = len(beta) - n_pre
    if n_pre < 1 or n_post < 1:
        raise BadInput("one coefficient before and one after adoption are needed", value=(n_pre, n_post))
    if vcov.shape != (len(beta), len(beta)) or not (np.isfinite(beta).all() and np.isfinite(vcov).all()):
        raise BadInput("finite coefficients and their covariance are needed")
    if (np.diag(vcov) <= 0).any() or np.linalg.eigvalsh(vcov)[0] < -1e-10 * np.diag(vcov).max():
        raise NotEstimable("the covariance of the event-study coefficients is not positive (too few treated units?)")
    weights = np.eye(n_post)[0] if weights is None else np.asarray(weights, float).ravel()
    if weights.shape != (n_post,) or not weights.any():
        raise BadInput(f"weights {weights.shape} for {n_post} years after adoption")
    return beta, vcov, weights


# ------------------------------------------------------------------------------------------------ relative magnitudes
def relative_magnitudes(beta: np.ndarray, vcov: np.ndarray, n_pre: int, *,  # noqa: PLR0913  one keyword a choice of the test
                        m_bar: tuple[float, ...] = (0, 0.5, 1, 1.5, 2),
                        weights: np.ndarray | None = None, level: float = 0.95, draws: int = 20_000,
                        seed: int | None = 0, breakdown: bool = True, slopes: bool = False) -> Honest:
    """Robust intervals for ``weights @ effects`` (the first year after adoption by default).

    ``slopes``: the changes of the violation's slope are bounded, not its own. ``draws`` simulate the least-favourable critical
    value (size alpha/10); nothing else is random.

    Raises
    ------
    BadInput, NotEstimable : coefficients or covariance that cannot be used.

    >>> import numpy as np
    >>> from govlib.did import inference
    >>> beta, vcov = np.array([0.1, 0.0, 1.0, 1.0]), 0.01 * np.eye(4)
    >>> found = inference.relative_magnitudes(beta, vcov, 2, m_bar=(0, 1), draws=2000, breakdown=False)
    >>> bool(found.ci_low[0] > found.ci_low[1])
    True
    """
    beta, vcov, weights = _check(beta, vcov, n_pre, weights)
    if any(m < 0 for m in m_bar):
        raise BadInput("m_bar cannot be negative", value=m_bar)
    if slopes and n_pre < 2:
        raise NotEstimable("a slope before adoption needs two years before the reference year")
    noise = np.random.default_rng(seed).standard_normal((draws, len(beta))) @ _root(vcov).T
    interval = partial(_rm_interval, beta, vcov, n_pre, weights, 1 - level, noise, 1 + slopes)
    ends = np.array([interval(m) for m in m_bar])
    return Honest(np.asarray(m_bar, float), ends[:, 0], ends[:, 1],
                  _breakdown(interval) if breakdown else np.nan, "relative_magnitudes")


def _root(vcov):
    value, vector = np.linalg.eigh(vcov)
    return vector * np.sqrt(np.clip(value, 0, None))


def _breakdown(interval, largest=64.0):
    """Largest bound that leaves zero outside, by doubling and bisection to 0.01."""
    def excludes(bound):
        low, high = interval(bound)
        return low > 0 or high < 0

    if not excludes(0.0):
        return 0.0
    low, high = 0.0, 1.0
    while excludes(high):
        low, high = high, 2 * high
        if high > largest:
            return np.inf
    while high - low > 0.01:
        middle = (low + high) / 2
        low, high = (middle, high) if excludes(middle) else (low, middle)
    return low


def _differences(n_pre, n_post, order=1):
    """(n_pre + n_post + 1 - order, coefficients): year-to-year changes, or changes of these; the reference year (zero) between
    pre and post."""
    size = n_pre + n_post
    padded = np.insert(np.eye(size), n_pre, 0.0, axis=0)  # rows: the years, the reference year a row of zeros
    return np.diff(padded, order, axis=0)


def _rm_interval(beta, vcov, n_pre, weights, alpha, noise, order, m_bar):  # noqa: PLR0913  all but the last bound by partial
    change, before = _differences(n_pre, len(beta) - n_pre, order), n_pre + 1 - order
    loads = _loads(weights, order)
    sd = np.sqrt(weights @ vcov[n_pre:, n_pre:] @ weights)
    worst = m_bar * np.abs(change[:before] @ beta).max() * np.abs(loads).sum()
    centre = weights @ beta[n_pre:]
    reach = worst + 20 * sd
    low, high = np.inf, -np.inf
    for s in range(before):
        for sign in (1.0, -1.0):
            moments, on_theta = _moments(change, before, sign * change[s], m_bar, loads)
            size = np.sqrt(np.clip(np.einsum("ij,jk,ik->i", moments, vcov, moments), 0, None))
            accepts = _polyhedron_test(beta, vcov, moments, on_theta, _vertices(size, loads), alpha, noise)
            grid = np.linspace(centre - reach, centre + reach, 1001)
            inside = np.flatnonzero(accepts(grid))
            if not inside.size:
                continue
            step = grid[1] - grid[0]
            low = min(low, _edge(accepts, grid[inside[0]], -step))
            high = max(high, _edge(accepts, grid[inside[-1]], step))
    if low > high:
        raise NotEstimable("every hypothetical effect is rejected: the restrictions contradict the estimates")
    return low, high


def _loads(weights, order):
    """What a change in year j (of second order: a change of slope) adds to ``weights @ path``."""
    for _ in range(order):
        weights = np.cumsum(weights[::-1])[::-1]
    return weights


def _edge(accepts, inside, step):
    outside = inside + step
    for _ in range(30):
        middle = (inside + outside) / 2
        if accepts(np.array([middle]))[0]:
            inside = middle
        else:
            outside = middle
    return inside


def _moments(change, before, largest, m_bar, loads):
    """Moments (rows of coefficients) that must be <= 0, and how each moves with the hypothesised effect.

    Plus and minus each change after adoption, less ``m_bar`` times the ``largest`` one before, must be <= 0 for some effects with
    the given weighted sum.
    """
    n_post, post = len(loads), change[before:]
    moments = np.concatenate([post - m_bar * largest, -post - m_bar * largest])  # (2 post, coefficients)
    on_theta = np.concatenate([np.eye(n_post), -np.eye(n_post)]) @ _per_theta(loads)
    if n_post > 1:
        return moments, on_theta
    # no free effect: every moment, those before adoption too, stands for itself
    seen = change[:before]
    rows = np.concatenate([seen - largest, -seen - largest])
    rows = rows[(rows**2).sum(1) > 1e-10]
    return np.concatenate([moments, rows]), np.concatenate([on_theta, np.zeros(len(rows))])


def _vertices(size, loads):
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


def _polyhedron_test(beta, vcov, moments, on_theta, vertices, alpha, noise):
    """Accepts(theta array): the hybrid test on the `_vertices` of the dual of the `_moments`."""
    sigma = moments @ vcov @ moments.T
    values = vertices @ moments @ beta
    slopes = vertices @ on_theta
    covariance = vertices @ sigma @ vertices.T
    variance = np.clip(np.diag(covariance), 0, None)
    spread = np.sqrt(variance)
    kappa = alpha / 10
    first = np.quantile((noise @ (vertices @ moments).T).max(1), 1 - kappa)
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
        critical = np.maximum(_truncated_quantile(1 - size_left, lower / deviation, upper / deviation), 0)
        reject = (eta > first) | (eta / deviation > critical)
        return np.where(fixed[best], eta <= max(tiny, 1e-12), ~reject)

    return accepts


def _per_theta(loads):
    """A path of changes whose weighted sum moves with theta by one; any such path gives the same test."""
    first = int(np.flatnonzero(loads)[0])
    return np.eye(len(loads))[first] / loads[first]


def _truncated_quantile(q, low, high):
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


# --------------------------------------------------------------------------------------------------------- smoothness
def smoothness(beta: np.ndarray, vcov: np.ndarray, n_pre: int, *, m: tuple[float, ...] = (0.0,),
               weights: np.ndarray | None = None, level: float = 0.95, breakdown: bool = False) -> Honest:
    """Shortest fixed-length intervals when the slope of the violation changes by at most ``m`` (outcome units a year).

    ``m = 0``: the violation is a straight line.

    >>> import numpy as np
    >>> from govlib.did import inference
    >>> found = inference.smoothness(np.array([0.1, 0.0, 1.0, 1.0]), 0.01 * np.eye(4), 2)
    >>> bool(found.ci_low[0] > 0)
    True
    """
    beta, vcov, weights = _check(beta, vcov, n_pre, weights)
    if any(bound < 0 for bound in m):
        raise BadInput("m cannot be negative", value=m)
    if n_pre < 2:
        raise NotEstimable("a slope before adoption needs two years before the reference year")
    start, free, fixed = _affine(n_pre, weights)
    interval = partial(_fixed_length, beta, vcov, level, start, free, fixed)
    ends = np.array([interval(float(bound)) for bound in m])
    return Honest(np.asarray(m, float), ends[:, 0], ends[:, 1], _breakdown(interval) if breakdown else np.nan, "smoothness")


def _affine(n_pre, weights):
    """Estimators ``(start + free @ c) @ beta`` that no straight violation biases, their worst bias ``m * (fixed + abs(c).sum())``.

    The violation before adoption is its slope into the reference year and n_pre - 1 changes of slope, on which the estimator loads
    ``c``; after adoption the slope goes on, with the changes of slope on which ``weights`` load, whatever ``c``.
    """
    back, ahead = np.arange(n_pre, 0, -1), np.arange(1, len(weights) + 1)
    path = np.clip(back[:, None] - np.arange(n_pre), 0, None).astype(float)  # column s: the change of slope s years before
    path[:, 0] = -back
    inverse = np.linalg.inv(path.T)
    start = np.concatenate([-inverse[:, 0] * (weights @ ahead), weights])
    free = np.vstack([inverse[:, 1:], np.zeros((len(weights), n_pre - 1))])
    return start, free, np.abs(_loads(weights, 2)).sum()


def _fixed_length(beta, vcov, level, start, free, fixed, m):  # noqa: PLR0913  all but the last bound by partial
    """(low, high): for each price ``lam`` of bias the estimator of least variance, of these the one with the shortest interval."""
    from scipy.optimize import lsq_linear, minimize_scalar
    from scipy.stats import ncx2, norm

    root = np.linalg.cholesky(free.T @ vcov @ free)
    pull = np.linalg.solve(root, free.T @ vcov @ start)

    def estimator(lam):
        """argmin over c of variance + 2 lam abs(c).sum(), by its dual: the shift of the pull within lam that leaves least of it."""
        shift = 0.0
        if lam > 0:
            inverse = np.linalg.inv(root)
            shift = inverse @ lsq_linear(inverse, -pull, (-lam, lam), "bvls").x
        c = -np.linalg.solve(root.T, pull + shift)
        line = start + free @ c
        sd, bias = np.sqrt(line @ vcov @ line), m * (fixed + np.abs(c).sum())
        far = bias / sd
        half = sd * (np.sqrt(ncx2.ppf(level, 1, far**2)) if far < 8 else far + norm.ppf(level))
        return half, line @ beta

    best = 0.0
    if m > 0:
        prices = np.abs(root @ pull).max() * np.concatenate([[0.0], np.geomspace(1e-6, 1, 40)])
        at = int(np.argmin([estimator(lam)[0] for lam in prices]))
        ends = prices[max(at - 1, 0)], prices[min(at + 1, 40)]
        best = min((prices[at], minimize_scalar(lambda lam: estimator(lam)[0], bounds=ends, method="bounded",
                                                options={"xatol": 1e-9 * ends[1]}).x), key=lambda lam: estimator(lam)[0])
    half, centre = estimator(best)
    return centre - half, centre + half
