"""Synthetic difference-in-differences for one or few treated units, with placebo inference.

Arkhangelsky, Athey, Hirshberg, Imbens and Wager (2021, Am. Econ. Rev. 111): weights on units and on periods, unit levels taken
out; by adoption cohort if there are several (Clarke et al. 2023). Shapes as in `govlib.did.synthetic`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from govlib.did import parallel
from govlib.did.inference.noise import Noise, Placebos, measure, placebos, spread_of
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


def _sdid_block(controls, treated, start, method):
    """controls (N, T), treated (T,) mean path: effect, unit weights, year weights."""
    count, years = controls.shape
    if method == "did":
        unit, year = np.full(count, 1 / count), np.full(start, 1 / start)
        return _contrast(controls, treated, start, unit, year), unit, year
    past = controls[:, :start]
    if method == "sc":
        unit, year = simplex_weights((past - treated[:start]).T, 0.0), np.zeros(start)
        return _contrast(controls, treated, start, unit, year), unit, year
    raise BadInput("method is sdid, sc or did", value=method)


def _contrast(controls, treated, start, unit, year):
    return float((treated[start:].mean() - year @ treated[:start])
                 - unit @ (controls[:, start:].mean(1) - controls[:, :start] @ year))


def _noise(past):
    return float(np.diff(past, axis=1).std(ddof=1)) if past.shape[1] > 2 or len(past) > 1 else 0.0


def _sdid_weights(controls, treated, start, n_treated, noise=None):
    count, years = controls.shape
    past, later = controls[:, :start], controls[:, start:].mean(1)
    noise = _noise(past) if noise is None else noise
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
            if method == "sdid":
                unit, year = _sdid_weights(controls, path, first, len(members))
                effects[k] = _contrast(controls, path, first, unit, year)
            else:
                effects[k], unit, year = _sdid_block(controls, path, first, method)
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
    that carry them; ``deals`` (draws, k): who played the treated."""

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


def sdid_placebo(y: np.ndarray, cohort: np.ndarray, *, method: str = "sdid", draws: int = 200,  # noqa: PLR0913  a choice each
                 seed: int | None = 20090101, level: float = 0.95, region: np.ndarray | None = None,
                 client: Any = None) -> PlaceboTest:
    """Deal the treated units' dates to donors and estimate again, without the truly treated.

    One treated unit: every donor once (exact); else ``draws`` random choices. Estimates are compared over the noise of the
    units that carry them (``region``: codes of units that move together). The p-value counts the real estimate, and the
    interval is the same test's: a constant effect moves the real estimate only.

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
    exact = len(dates) == 1
    if exact:
        deals = pool[:, None]
    else:
        rng = np.random.default_rng(seed)
        deals = np.array([rng.choice(pool, len(dates), replace=False) for _ in range(draws)])
    chunks = [(list(deals[i:i + 16]),) for i in range(0, len(deals), 16)]
    raw = np.concatenate(parallel.run(_sdid_chunk, chunks, client, (y, pool, dates, method)))
    noise = measure(y, np.arange(y.shape[1]) >= cohort[:, None], region)
    # share of each treated unit in the effect, times the spread of its mean after less its mean before
    after = y.shape[1] - dates
    weights = after / after.sum() * np.sqrt(1 / after + 1 / dates)
    test = placebos(fit.effect, spread_of(rows[None], weights, noise)[0], raw, spread_of(deals, weights, noise), level)
    return PlaceboTest(fit.effect, raw.std(0, ddof=1), test.p_value, test.low, test.high, raw, test, exact, deals, noise)


def _sdid_chunk(y, pool, dates, method, deals):
    out = np.empty((len(deals), y.shape[2]))
    for row, chosen in zip(out, deals, strict=True):
        cohort = np.full(len(y), np.nan)
        cohort[pool] = np.inf
        cohort[chosen] = dates
        row[:] = synthetic_did(y, cohort, method=method).effect
    return out
