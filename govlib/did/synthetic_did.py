"""Synthetic difference-in-differences for one or few treated units, with placebo inference.

Arkhangelsky, Athey, Hirshberg, Imbens and Wager (2021, Am. Econ. Rev. 111): weights on units and on periods, unit levels taken
out; by adoption cohort if there are several (Clarke et al. 2023). Shapes as in `govlib.did.synthetic`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from govlib.did import parallel
from govlib.did.inference.noise import Noise, Placebos, measure, placebos, spread_of
from govlib.did.inference.randomization import assignments, count_assignments
from govlib.did.synthetic import simplex_weights
from govlib.errors import BadInput, NotEstimable


@dataclass(frozen=True)
class SyntheticDid:
    """``effect`` (m,); for one cohort also ``unit_weights`` (n, m) and ``year_weights`` (T, m) (else the largest's).

    ``cohorts``: effects by first treated year, (year position, number treated, (m,) effects).
    """

    effect: np.ndarray
    unit_weights: np.ndarray
    year_weights: np.ndarray
    cohorts: tuple[tuple[int, int, np.ndarray], ...]
    donors: np.ndarray


def _weights(controls, treated, start, n_treated, method):
    """controls (N, T), treated (T,) mean path: weights of units and of the years before."""
    if method == "sdid":
        return _sdid_weights(controls, treated, start, n_treated)
    if method == "did":
        return np.full(len(controls), 1 / len(controls)), np.full(start, 1 / start)
    if method == "sc":
        return simplex_weights((controls[:, :start] - treated[:start]).T), np.zeros(start)
    raise BadInput("method is sdid, sc or did", value=method)


def _contrast(controls, treated, start, unit, year):
    return float((treated[start:].mean() - year @ treated[:start])
                 - unit @ (controls[:, start:].mean(1) - controls[:, :start] @ year))


def _sdid_weights(controls, treated, start, n_treated):
    count, years = controls.shape
    past, later = controls[:, :start], controls[:, start:].mean(1)
    noise = float(np.diff(past, axis=1).std(ddof=1))
    if not noise > 0:
        raise NotEstimable("the donors do not move before the reform")
    zeta = (n_treated * (years - start)) ** 0.25 * noise
    # an intercept is what centring over the years takes out
    difference = (past - treated[:start]).T
    unit = simplex_weights(difference - difference.mean(0), zeta**2 * start)
    difference = past - later[:, None]
    year = simplex_weights(difference - difference.mean(0), (1e-6 * noise) ** 2 * count)
    return unit, year


def _cohorts(cohort, years):
    cohort = np.asarray(cohort, float)
    firsts = np.unique(cohort[np.isfinite(cohort)])
    firsts = firsts[firsts < years]
    if not firsts.size:
        raise NotEstimable("no unit is treated in these years")
    if (firsts < 2).any():
        raise NotEstimable("a unit is treated before its third year, so nothing shows that donors follow it")
    return cohort, firsts.astype(int)


def synthetic_did(y: np.ndarray, cohort: np.ndarray, *, method: str = "sdid") -> SyntheticDid:
    """Synthetic DiD with never-treated units as donors, all outcomes.

    Parameters
    ----------
    cohort : (n,) position of the first treated year, inf for never treated, NaN leaves a unit out.
    method : ``sdid``; ``sc`` and ``did`` give synthetic control and plain DiD in the same contrast, for comparison.

    The effect is the mean over treated unit-periods (cohorts weighted by them). The regularisation is that of the
    paper; the weights are the exact minimum, where the authors' program stops a Frank-Wolfe search early, which moves
    the California result by less than 0.01.

    Raises
    ------
    NotEstimable : no treated unit, fewer than two complete donors, missing years of a treated unit.
    """
    y = np.asarray(y, float)
    y = y[:, :, None] if y.ndim == 2 else y
    n, years, m = y.shape
    cohort, firsts = _cohorts(cohort, years)
    complete = np.isfinite(y).all(1)
    # treated after the window: not never-treated, and not treated here either; a donor for these years
    donors = (cohort >= years)[:, None] & complete
    if (donors.sum(0) < 2).any():
        raise NotEstimable("fewer than two never-treated units are complete")
    if not complete[np.isin(cohort, firsts)].all():
        raise NotEstimable("a treated unit has missing years")
    unit_weights, year_weights = np.zeros((n, m)), np.zeros((years, m))
    rows, largest = [], 0
    for first in firsts:
        members = np.flatnonzero(cohort == first)
        effects = np.empty(m)
        for k in range(m):
            pool = np.flatnonzero(donors[:, k])
            controls, path = y[pool, :, k], y[members, :, k].mean(0)
            unit, year = _weights(controls, path, first, len(members), method)
            effects[k] = _contrast(controls, path, first, unit, year)
            if len(members) > largest:
                unit_weights[:, k], year_weights[:, k] = 0.0, 0.0
                unit_weights[pool, k], year_weights[:first, k] = unit, year
        largest = max(largest, len(members))
        rows.append((int(first), len(members), effects))
    share = np.array([count * (years - first) for first, count, _ in rows], float)
    effect = (share / share.sum()) @ np.array([effects for *_, effects in rows])
    return SyntheticDid(effect, unit_weights, year_weights, tuple(rows), donors)


@dataclass(frozen=True)
class PlaceboTest:
    """``estimate``, placebo ``std_error`` and two-sided ``p_value`` (m,); ``ci_low``/``ci_high``: the constant effects that the
    test does not reject. ``null`` (draws, m): placebo estimates; ``test``: these and the real one over the noise of the units
    that carry them; ``deals`` (draws, k): who played the treated; ``fit``: the real one."""

    fit: SyntheticDid
    estimate: np.ndarray
    std_error: np.ndarray
    p_value: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray
    null: np.ndarray
    test: Placebos
    exact: bool
    deals: np.ndarray
    noise: Noise


def sdid_placebo(y: np.ndarray, cohort: np.ndarray, *, method: str = "sdid", draws: int = 200,
                 seed: int | None = 20090101, level: float = 0.95, region: np.ndarray | None = None,
                 client: Any = None) -> PlaceboTest:
    """Deal the treated units' dates to donors and estimate again, without the truly treated.

    One treated unit: every donor once; several: every choice of donors once, or ``draws`` random ones where there are more
    (``exact``: every one). Estimates are compared over the noise of the units that carry them (``region``: codes of units that move
    together). The p-value counts the real estimate, and the interval is the same test's: a constant effect moves the real estimate
    only.

    Raises
    ------
    NotEstimable : fewer donors than treated units.
    """
    fit = synthetic_did(y, cohort, method=method)
    y = np.asarray(y, float)
    y = y[:, :, None] if y.ndim == 2 else y
    cohort, firsts = _cohorts(cohort, y.shape[1])
    pool = np.flatnonzero(fit.donors.all(1))
    rows = np.flatnonzero(np.isin(cohort, firsts))
    rows = rows[np.argsort(cohort[rows], kind="stable")]
    dates = cohort[rows]
    if len(pool) < len(dates) + 2:
        raise NotEstimable(f"{len(pool)} complete donors are too few to play {len(dates)} treated units")
    codes = np.r_[np.unique(dates, return_inverse=True)[1], np.full(len(pool) - len(dates), len(dates))]
    exact = len(dates) == 1 or count_assignments(codes) <= draws  # a few drawn again and again make no p-value smaller
    if exact:
        deals = pool[np.argsort(assignments(codes), 1, kind="stable")[:, :len(dates)]]
    else:
        dealt = _dealt if seed is None else _dealt_once
        deals = pool[dealt(len(pool), len(dates), draws, seed)]
    chunks = [(deals[i:i + 128],) for i in range(0, len(deals), 128)]
    raw = np.concatenate(parallel.run(_chunk, chunks, client, (y, pool, dates, method)))
    noise = measure(y, np.arange(y.shape[1]) >= cohort[:, None], region)
    # share of each treated unit in the effect, times the spread of its mean after less its mean before
    after = y.shape[1] - dates
    weights = after / after.sum() * np.sqrt(1 / after + 1 / dates)
    test = placebos(fit.effect, spread_of(rows[None], weights, noise)[0], raw, spread_of(deals, weights, noise), level)
    return PlaceboTest(fit, fit.effect, raw.std(0, ddof=1), test.p_value, test.low, test.high, raw, test, exact, deals, noise)


def _dealt(units: int, treated: int, draws: int, seed: int | None) -> np.ndarray:
    """(draws, treated) units, none twice in a draw."""
    rng = np.random.default_rng(seed)
    return np.array([rng.choice(units, treated, replace=False) for _ in range(draws)])


_dealt_once = lru_cache(maxsize=64)(_dealt)  # the same for all outcomes


def _chunk(y, pool, dates, method, deals):
    if method == "sdid":
        return np.stack([_placebo_effects(y[pool, :, k], np.searchsorted(pool, deals), dates.astype(int))
                         for k in range(y.shape[2])], 1)
    out = np.empty((len(deals), y.shape[2]))
    for row, chosen in zip(out, deals, strict=True):
        cohort = np.full(len(y), np.nan)
        cohort[pool] = np.inf
        cohort[chosen] = dates
        row[:] = synthetic_did(y, cohort, method=method).effect
    return out


# ---------------------------------------------------------------------------------------- all placebos of an outcome together
def _placebo_effects(y: np.ndarray, deals: np.ndarray, dates: np.ndarray) -> np.ndarray:
    """Effects (R,) where the units ``deals`` (R, k) of a complete ``y`` (P, T) are treated from ``dates`` (k,) on: what
    `synthetic_did` gives one deal at a time, with the sums that the deals share taken once."""
    years = y.shape[1]
    rows = np.arange(len(deals))[:, None]
    kept = np.ones((len(deals), len(y)))
    kept[rows, deals] = 0.0
    share = (years - dates) / (years - dates).sum()
    effect = np.zeros(len(deals))
    for first in np.unique(dates):
        members = dates == first
        path = y[deals[:, members]].mean(1)
        unit, year = _batch_weights(y, path, first, kept, int(members.sum()))
        late = path[:, first:].mean(1) - (year * path[:, :first]).sum(1)
        gap = unit @ y
        effect += share[members].sum() * (late - (gap[:, first:].mean(1) - (year * gap[:, :first]).sum(1)))
    return effect


def _batch_weights(y: np.ndarray, path: np.ndarray, start: int, kept: np.ndarray, treated: int) -> tuple[np.ndarray, np.ndarray]:
    """Weights of units (R, P) and of years (R, start) for targets ``path`` (R, T) and donors ``kept`` (R, P), 1 or 0."""
    past, count = y[:, :start], kept.sum(1)
    steps = np.diff(past, axis=1)
    steps = steps - steps.mean()
    size = count * (start - 1)
    noise = np.sqrt(np.maximum(kept @ (steps**2).sum(1) - (kept @ steps.sum(1)) ** 2 / size, 0.0) / np.maximum(size - 1, 1))
    if not (noise > 1e-12 * np.abs(past).max()).all():
        raise NotEstimable("the donors do not move before the reform")
    zeta = (treated * (y.shape[1] - start)) ** 0.25 * noise
    own = path[:, :start] - path[:, :start].mean(1, keepdims=True)
    unit = _pivoted(_ridged(past - past.mean(1, keepdims=True), own, zeta**2 * start), kept)
    step = past - y[:, start:].mean(1)[:, None]
    step = step - step.mean(0)
    mean = kept @ step / count[:, None]
    gram = (kept @ np.einsum("ps,pt->pst", step, step).reshape(len(y), -1)).reshape(-1, start, start)
    gram = gram - count[:, None, None] * mean[:, :, None] * mean[:, None, :]
    gram[:, range(start), range(start)] += ((1e-6 * noise) ** 2 * count)[:, None]
    size = np.linalg.eigvalsh(gram)
    year = _pivoted(_whole(gram), np.where(size[:, :1] > 1e-9 * size[:, -1:], 1.0, np.nan) * np.ones((1, start)))
    for r in np.flatnonzero(~(np.isfinite(unit).all(1) & np.isfinite(year).all(1))):  # hardly any: one at a time
        donors = kept[r] > 0
        unit[r] = 0.0
        unit[r, donors], year[r] = _sdid_weights(y[donors], path[r], start, treated)
    return unit, year


def _ridged(past: np.ndarray, own: np.ndarray, ridge: np.ndarray):
    """Solver of (off·off' + ridge) u = 1 on the units in use, off = past − own, past (P, T), own (R, T): by the T × T system, of
    few years for many units, put together from the sums that all problems share."""
    years = past.shape[1]
    products, span = (past[:, :, None] * past[:, None, :]).reshape(len(past), -1), range(years)

    def solve(rows, used):
        b, r = own[rows], ridge[rows, None]
        total, count = used @ past, used.sum(1)[:, None]
        mixed = total[:, :, None] * b[:, None, :]
        small = (used @ products).reshape(-1, years, years) - mixed - mixed.transpose(0, 2, 1)
        small += (count * b)[:, :, None] * b[:, None, :]
        small[:, span, span] += r
        inner = np.linalg.solve(small, (total - count * b)[:, :, None])[:, :, 0]  # also off' u, so the slope outside is known too
        along = inner @ past.T - (inner * b).sum(1)[:, None]
        return used * (1 - along) / r, along - 1

    return solve


def _whole(gram: np.ndarray):
    """Solver of gram · u = 1 on the rows in use, gram (R, P, P)."""
    def solve(rows, used):
        g = gram[rows]
        both = used[:, :, None] * used[:, None, :]
        fixed = g * both
        fixed[:, range(g.shape[1]), range(g.shape[1])] += 1 - used
        u = np.linalg.solve(fixed, used[:, :, None])[:, :, 0] * used
        return u, np.matmul(g, u[:, :, None])[:, :, 0] - 1

    return solve


def _pivoted(solve, allowed: np.ndarray) -> np.ndarray:
    """Weights (R, P) ≥ 0 that sum to one and minimise the quadratic form of ``solve``: u ≥ 0 with slope ≥ 0 where u = 0, scaled.

    Block principal pivoting (Portugal, Júdice and Vicente 1994), every problem by itself: all that break a sign change sides at
    once, and only the last of them when that has stopped helping, which ends. ``solve(rows, used)`` gives u and the slope.
    NaN where a problem is not allowed (NaN) or needs more than 200 rounds.
    """
    out = np.full(allowed.shape, np.nan)
    open_ = np.flatnonzero(np.isfinite(allowed).all(1))
    used = np.where(np.isfinite(allowed), allowed, 0.0)
    best, patience = np.full(len(used), used.shape[1] + 1), np.full(len(used), 3)
    for _ in range(200):
        if not open_.size:
            break
        u, slope = solve(open_, used[open_])
        inside = used[open_] > 0
        scale = np.abs(u).max(1, keepdims=True)
        wrong = np.where(inside, u < -1e-13 * scale, (slope < -1e-11) & (allowed[open_] > 0))
        bad = wrong.sum(1)
        done = bad == 0
        good = np.maximum(u[done], 0.0)
        out[open_[done]] = good / good.sum(1, keepdims=True)
        open_, wrong, bad = open_[~done], wrong[~done], bad[~done]
        better = bad < best[open_]
        best[open_] = np.where(better, bad, best[open_])
        patience[open_] = np.where(better, 3, patience[open_] - 1)
        if (tired := patience[open_] < 0).any():
            last = np.arange(wrong.shape[1]) == (wrong.shape[1] - 1 - np.argmax(wrong[:, ::-1], 1))[:, None]
            wrong &= last | ~tired[:, None]
        used[open_] = np.where(wrong, 1 - used[open_], used[open_])
    return out
