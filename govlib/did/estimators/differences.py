"""First differences, and the lagged-outcome model: two other ways to take out what does not change.

Δy_it = edition + β·Δexposed_it, and y_it = edition + ρ·y_i,t−1 + β·exposed_it without province effects. Where effects are
constant and errors well behaved, fixed effects and lagged outcome bracket the truth (Angrist and Pischke 2009, 5.4).
"""

from __future__ import annotations

import numpy as np

from govlib.did import ols
from govlib.did.base import Fit, register
from govlib.did.estimators._common import counts, join, prepare
from govlib.did.panel import Panel
from govlib.errors import NotEstimable


def _pairs(sample: Panel):
    """Cells (i, t) whose edition before was published the year before and is in the sample too."""
    follows = np.r_[False, np.diff(sample.years) == 1]
    cells = sample.cells
    i, t = np.nonzero(cells[:, 1:] & cells[:, :-1] & follows[None, 1:])
    if len(i) == 0:
        raise NotEstimable("no two consecutive editions in these years")
    return i, t + 1


def _fit(sample: Panel, k: int, singletons: str, lagged: bool) -> Fit:
    one = prepare(sample, k, singletons)
    i, t = _pairs(one)
    y = one.y[:, :, 0]
    if lagged:
        outcome, columns, names = y[i, t], [one.d[i, t], y[i, t - 1]], ["the exposure", "the outcome a year before"]
    else:
        outcome, columns, names = y[i, t] - y[i, t - 1], [one.d[i, t] - one.d[i, t - 1]], ["the change of exposure"]
    if np.ptp(columns[0]) == 0:
        raise NotEstimable("no exposure begins between two consecutive editions")
    for name, value in one.controls.items():
        columns.append(value[i])
        names.append(f"control {name}")
    years = ols.dummies(t)
    fit = ols.fit(outcome, np.column_stack(columns), names, years, i, years.shape[1] - 1)
    more = {**counts(one), "n_obs": fit.n, "n_provinces": fit.clusters}
    extra = f"coefficient of the outcome a year before {fit.coef[1]:.2f}" if lagged else ""
    return Fit([("att", None)], fit.coef[:1], fit.se[:1], fit.df, vcov=fit.vcov[:1, :1], note=join(one.note, extra), **more)


@register("first_differences", label_vi="sai phân bậc một", label_en="first differences", design="regression",
          paper="Wooldridge (2010), section 10.6", min_treated=5)
def first_differences(sample: Panel, k: int, *, singletons: str = "refuse", **_) -> Fit:
    return _fit(sample, k, singletons, lagged=False)


@register("lagged_outcome", label_vi="mô hình kết quả năm trước", label_en="lagged outcome", design="regression",
          paper="Angrist and Pischke (2009), section 5.3", min_treated=5)
def lagged_outcome(sample: Panel, k: int, *, singletons: str = "refuse", **_) -> Fit:
    return _fit(sample, k, singletons, lagged=True)
