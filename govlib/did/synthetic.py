"""Synthetic control for one treated unit, with placebo inference.

Synthetic control (Abadie, Diamond and Hainmueller 2010): donors weighted so that their mean follows the treated unit
before the reform; the gap afterwards is the effect. The weights here fit the outcome's own past, a convex problem with
one answer; :func:`predictor_weights` is the nested problem with predictors, which has local minima and is started often.

A clustered standard error means nothing with one treated unit: the p-values compare its result with those of the
donors, each treated as if the reform had been theirs.

Shapes: ``y (n_units, n_years[, n_outcomes])``; ``start`` is the position of the first treated year. NaN: a donor with a
missing year is left out of that outcome (and counted), a treated unit with one is not estimable.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from govlib.did import parallel
from govlib.errors import BadInput, NotEstimable

PERFECT = 1e-8  # of the outcome's spread: a smaller error of the fit is rounding
EVEN = 1e-5  # of the donors' distances from the unit: the square root of a ridge that chooses between equal fits and spoils none


# --------------------------------------------------------------------------------------------------- weights on a simplex
def simplex_weights(difference: np.ndarray, ridge: float = 0.0) -> np.ndarray:
    """Weights ``w >= 0``, ``sum(w) = 1`` that minimise ``|difference @ w|^2 + ridge |w|^2``.

    ``difference`` (rows, N): donors less target. On the simplex, ``donors @ w - target`` is ``difference @ w``, so the
    problem is homogeneous: non-negative least squares with a row that asks for a sum of one finds the direction of the
    answer whatever that row's weight, and scaling gives the answer itself.
    """
    from scipy.optimize import nnls

    rows, count = difference.shape
    size = math.sqrt(float(np.einsum("ij,ij->", difference, difference)) / count)
    if size == 0.0:
        return np.full(count, 1.0 / count)  # all donors equal the target
    extra = count if ridge > 0 else 0
    design = np.zeros((rows + extra + 1, count))
    design[:rows] = difference
    if extra:
        design[range(rows, rows + extra), range(count)] = math.sqrt(ridge)
    design[-1] = size
    target = np.zeros(len(design))
    target[-1] = size
    weights = nnls(design, target)[0]
    return weights / weights.sum()


def most_even(difference: np.ndarray, weights: np.ndarray, rounding: float = 0.0) -> np.ndarray:
    """Of all weights that fit as well as these best ones the most even (the limit of a ridge that goes to nothing): which of them a
    solver happens on depends on the order of the donors. ``rounding``: an error of the fit that is none."""
    size = math.sqrt(float(np.einsum("ij,ij->", difference, difference)) / difference.shape[1])
    left = difference @ weights
    if np.abs(left).max() <= rounding:
        left = np.zeros_like(left)
    apart = difference - left[:, None]  # weights fit as well if they bring this to nothing
    able = left @ apart <= PERFECT * size**2  # the others carry no weight in any best fit
    rows = np.vstack([apart[:, able], np.full(able.sum(), size)])
    if np.linalg.matrix_rank(rows, tol=PERFECT * size) == able.sum():
        return weights
    return simplex_weights(apart, (EVEN * size) ** 2)


def _rounding(y: np.ndarray, usable: np.ndarray, treated: int, start: int) -> np.ndarray:
    """(m,) the error up to which a fit of an outcome is perfect: by how much the figures before the start differ, not by how large
    they are, but for the digits that large ones have."""
    past = np.where((usable | (np.arange(len(y)) == treated)[:, None])[:, None], y[:, :start], np.nan)
    return np.maximum(np.maximum(PERFECT * np.nanstd(past, axis=(0, 1)), 1e-14 * np.nanmax(np.abs(past), axis=(0, 1))), 1e-300)


@dataclass(frozen=True)
class SyntheticControl:
    """One treated unit, ``m`` outcomes.

    ``weights`` (n, m): zero on non-donors; ``synthetic`` and ``gap`` (T, m); ``effect`` (m,): mean gap from ``start`` on;
    ``pre_rmspe``, ``post_rmspe``, ``ratio`` (m,); ``donors`` (n, m) bool. Where other weights fit as well, as they may if
    the fit before the reform is a ``perfect_fit`` (m,), these are the most even; the ratio of a perfect one says nothing.
    """

    treated: int
    start: int
    weights: np.ndarray
    synthetic: np.ndarray
    gap: np.ndarray
    effect: np.ndarray
    pre_rmspe: np.ndarray
    post_rmspe: np.ndarray
    ratio: np.ndarray
    donors: np.ndarray
    perfect_fit: np.ndarray


@dataclass(frozen=True)
class Placebos:
    """Every donor as if treated. ``effect``, ``pre_rmspe``, ``post_rmspe``, ``ratio`` (n, m) with NaN where a unit
    was no donor, the treated one's own numbers in its row. ``p_ratio``, ``p_effect`` (m,): share of units, the
    treated one among them, with a ratio (absolute effect) at least its own."""

    effect: np.ndarray
    pre_rmspe: np.ndarray
    post_rmspe: np.ndarray
    ratio: np.ndarray
    gap: np.ndarray
    p_ratio: np.ndarray
    p_effect: np.ndarray
    n_placebos: np.ndarray


def _panel(y, treated, start, donors):
    y = np.asarray(y, float)
    y = y[:, :, None] if y.ndim == 2 else y
    if y.ndim != 3:
        raise BadInput("a panel must have the shape (units, years) or (units, years, outcomes)", value=y.shape)
    n, years, m = y.shape
    if np.isinf(y).any():
        raise BadInput("an infinite value in the panel")
    if not 0 <= treated < n:
        raise BadInput("the treated unit is not in the panel", value=treated)
    if not 0 < start < years:
        raise NotEstimable("the reform leaves no year before it or no year after it")
    if start < 2:
        raise NotEstimable("one year before the reform cannot show that donors follow the unit")
    pool = np.ones(n, bool)
    if donors is not None:
        pool[:] = False
        pool[np.asarray(donors)] = True
    pool[treated] = False
    lost = ~np.isfinite(y[treated]).all(0)
    if lost.any():
        raise NotEstimable(f"the treated unit has missing years in outcome no. {int(np.argmax(lost))}")
    usable = pool[:, None] & np.isfinite(y).all(1)
    if (usable.sum(0) < 2).any():
        raise NotEstimable(f"fewer than two donors are complete in outcome no. {int(np.argmin(usable.sum(0)))}")
    return y, usable


def _rmspe(gap, start):
    """(..., T) -> before, after."""
    return np.sqrt((gap[..., :start] ** 2).mean(-1)), np.sqrt((gap[..., start:] ** 2).mean(-1))


def synthetic_control(y: np.ndarray, treated: int, start: int, *, donors: Sequence[int] | np.ndarray | None = None,
                      ridge: float = 0.0) -> SyntheticControl:
    """Fit all outcomes of one treated unit.

    Parameters
    ----------
    donors : indices or mask of the donor pool; all others by default (leave out units that were treated too).
    ridge : penalty on ``|w|^2``, in squared units of the outcome; makes the weights unique where the fit is perfect.

    Raises
    ------
    NotEstimable : too few years or donors, a missing year of the treated unit.   BadInput : shapes.
    """
    y, usable = _panel(y, treated, start, donors)
    n, years, m = y.shape
    weights, rounding = np.zeros((n, m)), _rounding(y, usable, treated, start)
    for k in range(m):
        pool = np.flatnonzero(usable[:, k])
        difference = (y[pool, :start, k] - y[treated, :start, k]).T
        best = simplex_weights(difference, ridge)
        weights[pool, k] = best if ridge > 0 else most_even(difference, best, rounding[k])
    synthetic = np.einsum("nk,ntk->tk", weights, np.where(usable[:, None, :], y, 0.0))
    gap = y[treated] - synthetic
    before, after = _rmspe(gap.T, start)
    return SyntheticControl(treated, start, weights, synthetic, gap, gap[start:].mean(0), before, after,
                            after / np.maximum(before, rounding), usable, before <= rounding)


def placebos_in_space(y: np.ndarray, treated: int, start: int, *, donors: Sequence[int] | np.ndarray | None = None,
                      ridge: float = 0.0, client: Any = None) -> Placebos:
    """Give the reform to every donor in turn (the treated unit never serves as a donor of a placebo).

    The p-value is exact under "any of these units could have been the one": with 62 donors it cannot be below 1/63.
    """
    y, usable = _panel(y, treated, start, donors)
    n, _, m = y.shape
    tasks = [(k, part) for k in range(m)
             for part in np.array_split(np.append(np.flatnonzero(usable[:, k]), treated), max(1, n // 32))]
    rounding = _rounding(y, usable, treated, start)
    blocks = parallel.run(_placebo_chunk, tasks, client, (y, usable, start, ridge, rounding))
    gap = np.full(y.shape, np.nan)
    for (k, units), part in zip(tasks, blocks, strict=True):
        gap[units, :, k] = part
    before, after = _rmspe(gap.transpose(0, 2, 1), start)
    # a fit as good as rounding error is no evidence of a large ratio
    ratio, effect = after / np.maximum(before, rounding), gap[:, start:].mean(1)
    seen = np.isfinite(effect)
    p_ratio = (ratio >= ratio[treated] * (1 - 1e-9)).sum(0) / seen.sum(0)
    p_effect = (np.abs(effect) >= np.abs(effect[treated]) * (1 - 1e-9)).sum(0) / seen.sum(0)
    return Placebos(effect, before, after, ratio, gap, p_ratio, p_effect, seen.sum(0) - 1)


def _placebo_chunk(y, usable, start, ridge, rounding, k, units):
    from scipy.optimize import nnls

    pool = np.flatnonzero(usable[:, k])
    past = y[pool, :start, k].T  # (years before, donors)
    count = len(pool)
    place = {int(unit): j for j, unit in enumerate(pool)}
    size = float(past.std()) or 1.0
    # one design for all, of which a placebo changes the target's differences only; its own column is nothing but zeros,
    # which non-negative least squares never picks up
    extra = count if ridge > 0 else 0
    design = np.zeros((start + extra + 1, count))
    target = np.zeros(len(design))
    target[-1] = size
    weights = np.zeros((len(units), count))
    for row, unit in zip(weights, units, strict=True):
        np.subtract(past, y[unit, :start, k][:, None], out=design[:start])
        if extra:
            design[range(start, start + extra), range(count)] = math.sqrt(ridge)
        design[-1] = size
        own = place.get(int(unit))
        if own is not None:
            design[:, own] = 0.0
        row[:] = nnls(design, target)[0]
        if ridge == 0:
            others = pool != unit
            row[others] = most_even(design[:-1, others], row[others] / row.sum(), rounding[k])
    return y[units, :, k] - (weights / weights.sum(1, keepdims=True)) @ y[pool, :, k]


def placebos_in_time(y: np.ndarray, treated: int, start: int, *, starts: Sequence[int] | None = None,
                     donors: Sequence[int] | np.ndarray | None = None, ridge: float = 0.0) -> dict[int, SyntheticControl]:
    """Pretend that the reform came earlier; years from the real one on are left out. By default every earlier year that
    leaves two years before and one after."""
    _panel(y, treated, start, donors)
    starts = range(2, start) if starts is None else list(starts)
    if any(not 2 <= s < start for s in starts):
        raise BadInput("a placebo in time lies before the reform and after two years", value=list(starts))
    return {s: synthetic_control(np.asarray(y, float)[:, :start], treated, s, donors=donors, ridge=ridge) for s in starts}


def leave_one_out(y: np.ndarray, treated: int, start: int, *, donors: Sequence[int] | np.ndarray | None = None,
                  ridge: float = 0.0, least: float = 0.01) -> dict[int, SyntheticControl]:
    """Refit without each donor that carries a weight above ``least`` in any outcome: ``{donor: result}``."""
    full = synthetic_control(y, treated, start, donors=donors, ridge=ridge)
    pool: np.ndarray = np.asarray(full.donors.any(1))
    out = {}
    for donor in np.flatnonzero((full.weights > least).any(1)):
        rest = pool.copy()
        rest[donor] = False
        out[int(donor)] = synthetic_control(y, treated, start, donors=rest, ridge=ridge)
    return out


@dataclass(frozen=True)
class PredictorFit:
    """``weights`` (n,) on donors, ``v`` (k,) importance of predictors (sums to one), ``loss``: mean squared gap of the
    outcome over the fitted years, ``losses`` of all starts (a spread means local minima)."""

    weights: np.ndarray
    v: np.ndarray
    loss: float
    losses: np.ndarray


def predictor_weights(y: np.ndarray, predictors: np.ndarray, treated: int, fit_years: Sequence[int] | np.ndarray, *,
                      donors: Sequence[int] | np.ndarray | None = None, starts: int = 12, seed: int | None = 0,
                      later: np.ndarray | None = None) -> PredictorFit:
    """Abadie's nested weights: donors follow the ``predictors`` (n, k) of the treated unit, whose importance ``v`` is
    chosen so that ``y`` (n, T) fits over ``fit_years``.

    later : (n, k) the same predictors in a later window, for importance by cross-validation (Abadie, Diamond and Hainmueller 2015):
        ``predictors`` are then of the first years before the reform, ``fit_years`` those that follow, which the weights have
        not seen, and the weights returned follow ``later`` with the importance so found.

    Starts: equal importance, the regression of the outcome on the predictors, each predictor foremost, then random; the
    best local minimum of ``starts`` or more is kept, and all losses are reported.
    """
    from scipy.optimize import minimize

    y, predictors = np.asarray(y, float), np.asarray(predictors, float)
    pool = np.ones(len(y), bool) if donors is None else np.isin(np.arange(len(y)), np.arange(len(y))[np.asarray(donors)])
    pool[treated] = False
    fit_years = np.asarray(fit_years)
    used = np.append(np.flatnonzero(pool), treated)
    if not (np.isfinite(predictors[used]).all() and np.isfinite(y[used][:, fit_years]).all()):
        raise NotEstimable("a predictor or an outcome of a fitted year is missing")
    spread = predictors[used].std(0, ddof=1)
    if (spread == 0).any():
        raise NotEstimable(f"predictor no. {int(np.argmax(spread == 0))} is the same everywhere")
    z = predictors / spread
    difference = (z[pool] - z[treated]).T
    past = (y[pool][:, fit_years] - y[treated, fit_years]).T
    k = len(difference)

    def solve(v):
        return simplex_weights(np.sqrt(v)[:, None] * difference)

    def importance(theta):
        v = np.exp(theta - theta.max())
        return v / v.sum()

    def loss(theta):
        return float(((past @ solve(importance(theta))) ** 2).mean())

    first = _first_importance(z[used], y[used][:, fit_years], starts, seed)
    found = []
    for v in first[:max(starts, 2)]:
        theta = np.log(np.maximum(v, 1e-6))
        for _ in range(2):  # a restarted simplex gets out of a collapsed one
            theta = minimize(loss, theta, method="Nelder-Mead",
                             options={"maxiter": 400 * k, "xatol": 1e-6, "fatol": 1e-10, "adaptive": True}).x
        found.append((loss(theta), theta))
    best = min(found, key=lambda pair: pair[0])
    v = importance(best[1])
    weights = np.zeros(len(y))
    if later is not None:
        late = np.asarray(later, float)
        scale = late[used].std(0, ddof=1)
        if late.shape != predictors.shape or not (np.isfinite(late[used]).all() and (scale > 0).all()):
            raise NotEstimable("the later predictors are not those of the first window, or one is missing or the same everywhere")
        difference = ((late[pool] - late[treated]) / scale).T
    weights[pool] = solve(v)
    return PredictorFit(weights, v, best[0], np.array([value for value, _ in found]))


def _first_importance(z: np.ndarray, y: np.ndarray, starts: int, seed: int | None) -> list[np.ndarray]:
    """Where to begin: alike, the regression of the outcome on the predictors, each foremost, then random."""
    k = z.shape[1]
    slopes = np.linalg.lstsq(np.c_[np.ones(len(z)), z], y, rcond=None)[0][1:]
    regression = (slopes**2).sum(1)
    rng = np.random.default_rng(seed)
    first = [np.full(k, 1 / k), regression / regression.sum()]
    first += [np.where(np.arange(k) == j, 0.7, 0.3 / max(k - 1, 1)) for j in range(k)]
    return first + [rng.dirichlet(np.ones(k)) for _ in range(max(0, starts - len(first)))]
