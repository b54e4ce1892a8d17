"""One date for all, exposure that differs: dose measured before the reform; and how an effect varies with a condition.

``dose``: y_it = unit + period + β·dose_i·(t ≥ start). The reform itself is common, so β is the difference between
units one standard deviation apart in dose; it needs no unexposed unit and identifies no effect of the reform as such.
``interaction``: y_it = unit + period + β·d_it + γ·d_it·z_i with z standardised and measured before the first exposure.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from govlib.did import batch
from govlib.did.base import Fit, register
from govlib.did.fitting import join, prepare, regression_fit
from govlib.did.ols import rounding
from govlib.did.panel import Panel
from govlib.errors import BadInput, NotEstimable


def _pick(sample: Panel, name: str) -> tuple[str, np.ndarray]:
    for key, value in sample.controls.items():
        if key == name or key.split("@")[0] == name:
            return key, value
    raise BadInput(f"the dose {name!r} must be among the controls", fix=f"controls=({name!r},)")


@register("dose", label="dose measured beforehand", design="dose",
          paper="Callaway, Goodman-Bacon and Sant'Anna (2024), NBER 32117", options=("dose",))
def dose(sample: Panel, k: int, *, singletons: str = "refuse", dose: str = "baseline", **_) -> Fit:
    """``dose``: a control's name, or ``baseline``, the unit's own mean of the outcome before the reform with its sign
    turned (the lower it stood, the more the reform asks of it)."""
    one = prepare(sample, k, singletons, truncate=False, needs_control=False)
    cohorts = np.unique(one.cohort[np.isfinite(one.cohort)])
    if len(cohorts) != 1 or np.isinf(one.cohort).any():
        raise NotEstimable(f"a dose design needs a reform that reaches every {one.noun} in one {one.period}")
    start = cohorts[0]
    before = one.years < start  # in which all have a figure: who has none is exposed throughout, and no part of the sample
    note = ""
    least = 0.0
    if dose == "baseline":
        value, least = -np.nanmean(one.y[:, before, 0], 1), rounding(one.y)
        note = f"dose is the {one.noun}'s own starting point: {one.noun}s that stood low rise on average without any reform"
    else:
        key, value = _pick(one, dose)
        note = f"dose {key}"
        one = replace(one, controls={name: v for name, v in one.controls.items() if name != key})
    if np.ptp(value) <= least:  # of outcomes that are told as deviations from their mean before rounding is left
        raise NotEstimable(f"the dose is the same in all {one.noun}s")
    value = (value - value.mean()) / value.std()
    controls, names = one.control_columns()
    overall = batch.ols(one.y, _join(value[:, None] * one.d, controls), names=["the dose", *names])
    last = int(np.flatnonzero(before).max())
    times = [int(y - start) for j, y in enumerate(one.years) if j != last]
    columns = np.stack([value[:, None] * (one.years == y)[None, :] for j, y in enumerate(one.years) if j != last], 2)
    event = batch.ols(one.y, _join(columns, controls), names=[f"dose × {t}" for t in times] + names)
    # with the dose made of the outcome itself the periods before the reform are no test of anything
    fit = regression_fit(one, overall, event, times, join(note, "effect of one standard deviation of dose"))
    if dose == "baseline":
        fit.pretrend_p = np.nan
    return fit


@register("interaction", label="effect by a condition", design="regression",
          paper="Hainmueller, Mummolo and Xu (2019), Political Analysis 27", options=("by",))
def interaction(sample: Panel, k: int, *, singletons: str = "refuse", by: str = "", **_) -> Fit:
    """``by``: a control's name. Terms: ``att`` at its mean, ``interaction`` per standard deviation."""
    one = prepare(sample, k, singletons)
    if not by:
        raise BadInput("say which control the effect may vary with", fix="by='urban_share', controls=('urban_share',)")
    key, value = _pick(one, by)
    value = (value - value.mean()) / (value.std() or 1.0)
    controls, names = one.control_columns()
    x = _join(np.stack([one.d, one.d * value[:, None]], 2), controls)
    fit = batch.ols(one.y, x, names=["the exposure", f"exposure × {key}", *names])
    out = regression_fit(one, fit, None, [], f"interaction with {key}, per standard deviation")
    out.terms.append(("interaction", None))
    out.estimate, out.std_error = fit.beta[0, :2], fit.std_error[0, :2]
    out.vcov = fit.vcov[0, :2, :2]
    return out


def _join(columns: np.ndarray, controls: np.ndarray | None) -> np.ndarray:
    columns = columns[:, :, None] if columns.ndim == 2 else columns
    return columns if controls is None else np.concatenate([columns, controls], 2)
