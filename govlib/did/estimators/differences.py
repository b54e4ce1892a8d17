"""First differences, and the lagged-outcome model: two other ways to take out what does not change.

Δy_it = period + β·Δexposed_it, and y_it = period + ρ·y_i,t−1 + β·exposed_it without unit effects. Where effects are
constant and errors well behaved, fixed effects and lagged outcome bracket the truth (Angrist and Pischke 2009, 5.4).
"""

from __future__ import annotations

import numpy as np

from govlib.did import ols
from govlib.did.base import Fit, register
from govlib.did.fitting import counts, prepare, started, unused
from govlib.did.panel import Panel, check, join
from govlib.errors import NotEstimable


def _pairs(sample: Panel) -> tuple[Panel, np.ndarray, np.ndarray]:
    """Cells (i, t) with a figure in the period right before. Exposure that begins between two figures that are no pair is no
    change here, and after it both figures of every pair are exposed: such units have nothing to say and leave the sample."""
    begins = started(sample)
    if not begins.any():
        reason = f"no two consecutive {sample.period}s in these years" if not _both(sample).any() else \
            f"no exposure begins between two consecutive {sample.period}s"
        raise NotEstimable(reason)
    if note := unused(sample, begins):
        note = note.replace("not counted as treated", "left out")
        sample = check(sample.only(begins | ~sample.treated, note))
    i, t = np.nonzero(_both(sample))
    return sample, i, t + 1


def _both(sample: Panel) -> np.ndarray:
    """(N, T − 1) whether a cell and the one right before have figures."""
    return sample.cells[:, 1:] & sample.cells[:, :-1] & (np.diff(sample.years) == 1)


def _fit(sample: Panel, k: int, singletons: str, lagged: bool) -> Fit:
    one, i, t = _pairs(prepare(sample, k, singletons))
    y = one.y[:, :, 0]
    if lagged:
        outcome, columns, names = y[i, t], [one.d[i, t], y[i, t - 1]], ["the exposure", "the outcome a year before"]
    else:
        outcome, columns, names = y[i, t] - y[i, t - 1], [one.d[i, t] - one.d[i, t - 1]], ["the change of exposure"]
    for name, value in one.controls.items():
        for p in np.unique(t):  # no period is a base: without unit effects nothing else takes up what the value is worth in all
            if np.ptp(value[i[t == p]]) > 0:  # the same for all who are there, it says no more than the period does
                columns.append((value[i] - value.mean()) * (t == p))
                names.append(f"control {name} × {one.called(one.years[p])}")
    periods = ols.dummies(t)
    fit = ols.fit(outcome, np.column_stack(columns), names, periods, i, periods.shape[1] - 1)
    more = {**counts(one), "n_obs": fit.n, "n_provinces": fit.clusters}
    extra = f"coefficient of the outcome a year before {fit.coef[1]:.2f}" if lagged else ""
    return Fit([("att", None)], fit.coef[:1], fit.se[:1], fit.df, vcov=fit.vcov[:1, :1], note=join(one.note, extra), **more)


@register("first_differences", label="first differences", design="regression",
          paper="Wooldridge (2010), section 10.6")
def first_differences(sample: Panel, k: int, *, singletons: str = "refuse", **_) -> Fit:
    return _fit(sample, k, singletons, lagged=False)


@register("lagged_outcome", label="lagged outcome", design="regression",
          paper="Angrist and Pischke (2009), section 5.3")
def lagged_outcome(sample: Panel, k: int, *, singletons: str = "refuse", **_) -> Fit:
    return _fit(sample, k, singletons, lagged=True)
