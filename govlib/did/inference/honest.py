"""How wrong may parallel trends be before the finding is gone? (Rambachan and Roth 2023, Rev. Econ. Stud. 90.)

Two ways to bound the violation after adoption by what was seen before it:

* relative magnitudes: no year-to-year change of the violation (with ``slopes``: no change of its slope) exceeds ``m_bar``
  times the largest one before adoption. Own code (the maintained library's is wrong), from the paper: the conditional
  least-favourable hybrid test of Andrews, Roth and Pakes (2023), inverted. For these restrictions the dual of its linear
  programme has 2 + (number of post-years) vertices that can be written down, so a test of thousands of hypothetical effects
  is one matrix product.
* smoothness: the slope of the violation changes by at most ``m`` a year; the shortest fixed-length interval. The least variance
  for a given worst bias is a small lasso, whose dual is a bounded least-squares problem.

Either together with what is known of the violation's sign after adoption (``bias``: positive or negative) or direction in all years
(``monotone``: increasing or decreasing); then both by the conditional least-favourable test, on the dual's vertices worked out.

``beta`` (pre + post,) are event-study coefficients in time order without the reference year, ``vcov`` their covariance.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from govlib.did.inference import polyhedron
from govlib.errors import BadInput, NotEstimable

YEARS = 8  # after adoption: with ten, a known sign makes eight thousand vertices, and each year more five times as many


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
    if (np.diag(vcov) <= 0).any() or np.linalg.eigvalsh(vcov)[0] < 1e-12 * np.diag(vcov).max():
        raise NotEstimable("the covariance of the event-study coefficients is not positive (too few treated units?)")
    weights = np.eye(n_post)[0] if weights is None else np.asarray(weights, float).ravel()
    if weights.shape != (n_post,) or not weights.any():
        raise BadInput(f"weights {weights.shape} for {n_post} years after adoption")
    return beta, vcov, weights


# ------------------------------------------------------------------------------------------------ relative magnitudes
def relative_magnitudes(beta: np.ndarray, vcov: np.ndarray, n_pre: int, *,  # noqa: PLR0913  one keyword a choice of the test
                        m_bar: tuple[float, ...] = (0, 0.5, 1, 1.5, 2),
                        weights: np.ndarray | None = None, level: float = 0.95, draws: int = 20_000,
                        seed: int | None = 0, breakdown: bool = True, slopes: bool = False, bias: str = "",
                        monotone: str = "", steps: np.ndarray | None = None) -> Honest:
    """Robust intervals for ``weights @ effects`` (the first year after adoption by default).

    ``bias``, ``monotone``: what is known of the violation. ``slopes``: the changes of its slope are bounded, not its own.
    ``steps`` (post,): years from the coefficient before to each one after adoption, 1 without gaps; over a gap the violation may
    change by the bound in every year.
    ``draws`` simulate the least-favourable critical value (size alpha/10; 0: the conditional test alone); nothing else is random.

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
    steps = np.ones(len(weights)) if steps is None else np.asarray(steps, float).ravel()
    if steps.shape != weights.shape or not (steps >= 1).all():
        raise BadInput(f"steps are {len(weights)} numbers of years, 1 or more", column="steps", value=steps.tolist())
    if slopes and (steps > 1).any():
        raise NotEstimable("slopes need every year after adoption")
    noise, shape = _noise(vcov, draws, seed), _shape(n_pre, len(weights), bias, monotone)
    interval = partial(_rm_interval, beta, vcov, n_pre, weights, 1 - level, noise, 1 + slopes, steps, shape)
    ends = np.array([interval(m) for m in m_bar])
    return Honest(np.asarray(m_bar, float), ends[:, 0], ends[:, 1],
                  _breakdown(interval) if breakdown else np.nan, "relative_magnitudes")


def _noise(vcov, draws, seed):
    return np.random.default_rng(seed).standard_normal((draws, len(vcov))) @ _root(vcov).T if draws else None


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


def _rm_interval(beta, vcov, n_pre, weights, alpha, noise, order, steps, shape, m_bar):  # noqa: PLR0913  by partial
    change, before = _differences(n_pre, len(beta) - n_pre, order), n_pre + 1 - order
    change[before:] /= steps[:, None]  # a year's share of what changed over a gap
    loads = _loads(weights, order) * steps
    sd = np.sqrt(weights @ vcov[n_pre:, n_pre:] @ weights)
    worst = m_bar * np.abs(change[:before] @ beta).max() * np.abs(loads).sum()
    centre = weights @ beta[n_pre:]
    reach = worst + 20 * sd
    grid, ends = np.linspace(centre - reach, centre + reach, 1001), []
    for s in range(before):
        for sign in (1.0, -1.0):
            moments, on_theta = _moments(change, before, sign * change[s], m_bar, loads)
            if len(shape):
                moments = np.concatenate([moments, shape])
                vertices, on_theta = polyhedron.dual(moments, vcov, weights, order)
            else:
                size = np.sqrt(np.clip(np.einsum("ij,jk,ik->i", moments, vcov, moments), 0, None))
                vertices = polyhedron.vertices_of_changes(size, loads)
            ends += _ends(polyhedron.tried(beta, vcov, moments, on_theta, vertices, alpha, noise), grid)
    return _widest(ends)


def _ends(accepts, grid):
    """The outermost accepted effects, as a list of a pair; empty where none is."""
    inside = np.flatnonzero(accepts(grid))
    step = grid[1] - grid[0]
    return [(_edge(accepts, grid[inside[0]], -step), _edge(accepts, grid[inside[-1]], step))] if inside.size else []


def _widest(ends):
    if not ends:
        raise NotEstimable("every hypothetical effect is rejected: the restrictions contradict the estimates")
    return min(low for low, _ in ends), max(high for _, high in ends)


def _shape(n_pre, n_post, bias, monotone):
    """Moments (rows of coefficients) that are <= 0 for a violation of a known sign after adoption, or of a known direction; with
    several years after adoption only those about these, as in `_moments`."""
    if (bias or monotone) and n_post > YEARS:
        raise NotEstimable(f"under a known sign or direction at most {YEARS} years after adoption are worked out, not {n_post}")
    known = {"": 0, "positive": -1, "negative": 1, "increasing": -1, "decreasing": 1}
    if bias not in ("", "positive", "negative") or monotone not in ("", "increasing", "decreasing"):
        raise BadInput("unknown restriction", value=bias or monotone,
                       fix="bias: positive or negative; monotone: increasing or decreasing")
    rows = [np.empty((0, n_pre + n_post))]
    if bias:
        rows.append(known[bias] * np.eye(n_pre + n_post)[n_pre:])
    if monotone:
        rows.append(known[monotone] * _differences(n_pre, n_post))
    found = np.concatenate(rows)
    return found if n_post == 1 else found[(found[:, n_pre:] != 0).any(1)]


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


def _per_theta(loads):
    """A path of changes whose weighted sum moves with theta by one; any such path gives the same test."""
    first = int(np.flatnonzero(loads)[0])
    return np.eye(len(loads))[first] / loads[first]


# --------------------------------------------------------------------------------------------------------- smoothness
def smoothness(beta: np.ndarray, vcov: np.ndarray, n_pre: int, *, m: tuple[float, ...] = (0.0,),  # noqa: PLR0913  as above
               weights: np.ndarray | None = None, level: float = 0.95, breakdown: bool = False, bias: str = "", monotone: str = "",
               draws: int = 20_000, seed: int | None = 0) -> Honest:
    """Shortest fixed-length intervals when the slope of the violation changes by at most ``m`` (outcome units a year).

    ``m = 0``: the violation is a straight line. ``bias`` or ``monotone``: what is known of it besides; then by the conditional
    least-favourable test (``draws`` simulate its critical value; 0: the conditional test alone).

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
    if bias or monotone:
        shape = _shape(n_pre, len(weights), bias, monotone)
        interval = partial(_bent_interval, beta, vcov, n_pre, weights, 1 - level, _noise(vcov, draws, seed), shape)
    ends = np.array([interval(float(bound)) for bound in m])
    return Honest(np.asarray(m, float), ends[:, 0], ends[:, 1], _breakdown(interval) if breakdown else np.nan, "smoothness")


def _bent_interval(beta, vcov, n_pre, weights, alpha, noise, shape, m):
    """The test of a violation of a known ``shape`` whose slope changes by at most ``m``, inverted."""
    change = _differences(n_pre, len(weights), 2)
    bent = change if len(weights) == 1 else change[(change[:, n_pre:] != 0).any(1)]
    moments = np.concatenate([bent, -bent, shape])
    vertices, on_theta = polyhedron.dual(moments, vcov, weights, 2)
    most = np.repeat([m, 0.0], [2 * len(bent), len(shape)])
    accepts = polyhedron.tried(beta, vcov, moments, on_theta, vertices, alpha, noise, most)
    start, _, fixed = _affine(n_pre, weights)
    level, straight = np.concatenate([np.zeros(n_pre), weights]), start
    reach = max(20 * np.sqrt(line @ vcov @ line) for line in (level, straight)) + m * fixed
    middle = sorted((level @ beta, straight @ beta))
    return _widest(_ends(accepts, np.linspace(middle[0] - reach, middle[1] + reach, 2001)))


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


def _fixed_length(beta, vcov, level, start, free, fixed, m):
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
