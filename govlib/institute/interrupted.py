"""Interrupted time series: did a monthly series change level or slope when something was adopted?

Segmented regression (Wagner et al., J. Clinical Pharmacy and Therapeutics 27 (2002) 299; Bernal, Cummins and Gasparrini,
Int. J. Epidemiology 46 (2017) 348) by statsmodels::

    y_t = a + b·t + c·after_t + d·after_t·(t − t₀) [+ one yearly wave] + e_t

``c`` is the change of level, ``d`` the change of slope a month. Standard errors are Newey and West's (Econometrica 55 (1987)
703), Bartlett weights, lags ⌊4(T/100)^{2/9}⌋, with small-sample correction and t quantiles: months follow one another.

One series before and after has no comparison group: whatever else happened that month is in the estimate. The sentence says
"changed when", never "because".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from govlib.errors import BadInput, NotEstimable

LEAST = 8  # months on either side


@dataclass(frozen=True)
class Interruption:
    """Estimates in units of the outcome (slopes: a month). ``effect_end``: fitted minus what the earlier line, carried on,
    would give in the last month. ``fitted`` and ``without``: series of length T, NaN where there is no figure / before."""

    n: int
    n_before: int
    n_after: int
    level: float
    level_se: float
    level_ci: tuple[float, float]
    level_p: float
    slope_before: float
    slope: float
    slope_se: float
    slope_ci: tuple[float, float]
    slope_p: float
    effect_end: float
    effect_end_ci: tuple[float, float]
    effect_end_p: float
    lags: int
    seasonal: bool
    durbin_watson: float
    ljung_box_p: float
    fitted: np.ndarray
    without: np.ndarray


def newey_west_lags(n: int) -> int:
    """Newey and West's rule of thumb, ⌊4(n/100)^{2/9}⌋."""
    return int(4 * (n / 100) ** (2 / 9))


def design(n: int, start: int, month: np.ndarray | None = None) -> tuple[np.ndarray, list[str]]:
    """Columns of the segmented regression for T = ``n`` months, the first month after adoption being index ``start``;
    ``month`` (1–12) adds the yearly wave."""
    t = np.arange(n, dtype=float)
    after = (t >= start).astype(float)
    columns, names = [np.ones(n), t - start, after, after * (t - start)], ["level", "slope", "level_change", "slope_change"]
    if month is not None:
        angle = 2 * np.pi * np.asarray(month, float) / 12
        columns += [np.sin(angle), np.cos(angle)]
        names += ["sin", "cos"]
    return np.column_stack(columns), names


def fit(y, start: int, *, month=None, lags: int | None = None, level: float = 0.95) -> Interruption:
    """Segmented regression of one monthly series.

    Parameters
    ----------
    y : (T,) one value a calendar month, NaN where there is none (the month keeps its place in time). start : index of the
        first month under the new way. month : (T,) 1–12; a yearly wave is added where there are 12 months on either side.
    lags : of Newey–West; the rule of thumb by default. level : of the intervals.

    Raises
    ------
    BadInput : a start outside the series, an infinite value. NotEstimable : fewer than 8 months on a side, no variation.
    """
    import statsmodels.api as sm
    from statsmodels.stats.diagnostic import acorr_ljungbox
    from statsmodels.stats.stattools import durbin_watson

    y = np.asarray(y, float)
    n = len(y)
    if y.ndim != 1 or not 0 < start < n:
        raise BadInput(f"the adoption month has index {start}, the series {n} months")
    if np.isinf(y).any():
        raise BadInput("an infinite value")
    there = np.isfinite(y)
    before, after = int(there[:start].sum()), int(there[start:].sum())
    if min(before, after) < LEAST:
        raise NotEstimable(f"{before} months before and {after} after the adoption, at least {LEAST} are needed on either side")
    if np.ptp(y[there]) == 0:
        raise NotEstimable("the series does not vary")
    seasonal = month is not None and min(before, after) >= 12
    x, names = design(n, start, np.asarray(month) if seasonal else None)
    lags = newey_west_lags(int(there.sum())) if lags is None else int(lags)
    result = sm.OLS(y[there], x[there]).fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True}, use_t=True)
    at = {name: i for i, name in enumerate(names)}

    def told(weights: np.ndarray):
        test = result.t_test(weights)
        low, high = test.conf_int(alpha=1 - level)[0]
        return float(test.effect[0]), float(np.ravel(test.sd)[0]), (float(low), float(high)), float(np.ravel(test.pvalue)[0])

    unit = np.eye(len(names))
    c, c_se, c_ci, c_p = told(unit[at["level_change"]])
    d, d_se, d_ci, d_p = told(unit[at["slope_change"]])
    last = int(np.flatnonzero(there)[-1])
    end, _, end_ci, end_p = told(unit[at["level_change"]] + (last - start) * unit[at["slope_change"]])
    old = x.copy()
    old[:, [at["level_change"], at["slope_change"]]] = 0
    fitted = np.where(there, x @ result.params, np.nan)
    without = np.where(np.arange(n) >= start, old @ result.params, np.nan)
    residual = np.asarray(result.resid)
    far = max(1, min(12, len(residual) // 5))
    quiet = float(np.ptp(residual)) > 1e-12 * max(float(np.abs(y[there]).max()), 1.0)
    ljung = float(acorr_ljungbox(residual, lags=[far])["lb_pvalue"].iloc[0]) if quiet else float("nan")
    return Interruption(int(there.sum()), before, after, c, c_se, c_ci, c_p, float(result.params[at["slope"]]), d, d_se, d_ci, d_p,
                        end, end_ci, end_p, lags, seasonal, float(durbin_watson(residual)) if quiet else float("nan"), ljung,
                        fitted, without)
