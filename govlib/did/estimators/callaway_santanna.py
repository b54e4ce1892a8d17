"""Callaway and Sant'Anna's group-time effects against units not yet, or never, exposed; with controls from diff-diff."""

from __future__ import annotations

import numpy as np

from govlib.did import group_time
from govlib.did.base import Fit, number_of_periods, register
from govlib.did.fitting import Study, diff_diff, event_fit, prepare
from govlib.did.panel import Panel
from govlib.errors import NotEstimable, UnknownName

CONTROLS = {"not_yet": "not_yet_treated", "never": "never_treated"}
BASES = ("universal", "varying")


@register("callaway_santanna", label="Callaway and Sant'Anna", design="staggered",
          paper="Callaway and Sant'Anna (2021), Journal of Econometrics 225", min_treated=5,
          options=("control_group", "base_period", "anticipation"))
def callaway_santanna(sample: Panel, k: int, *, singletons: str = "refuse", control_group: str = "not_yet",  # noqa: PLR0913
                      base_period: str = "universal", anticipation: int = 0, **_) -> Fit:
    """ATT(g, t); the overall effect weights them by cohort size (``simple``). Controls enter an outcome regression: a propensity
    score has too little to learn from so few units.

    control_group : ``not_yet`` exposed units or those ``never`` exposed.   base_period : ``universal`` (all against the last period
    before the start) or ``varying`` (before the start each against the one before it); effects after the start are the same.
    anticipation : periods before the start in which the effect may begin; the base lies before them.
    """
    if control_group not in CONTROLS:
        raise UnknownName("control group", control_group, tuple(CONTROLS))
    if base_period not in BASES:
        raise UnknownName("base period", base_period, BASES)
    anticipation = number_of_periods("anticipation", anticipation)
    one = prepare(sample, k, singletons)
    carried = _compared(one, anticipation)
    if not carried.any():
        raise NotEstimable(f"no treated {one.noun} has a figure in the last {one.period} before its exposure and in one after")
    compared = np.isinf(one.cohort).any() or (control_group == "not_yet" and len(np.unique(one.cohort)) > 1)
    if not one.controls and compared:
        how = group_time.Comparison(control_group == "never", base_period == "universal", anticipation)
        own = group_time.callaway_santanna(one.y[:, :, 0], one.cohort, one.years, how)
        path = Study(own.times, own.effects, own.errors, own.vcov, own.times)
        return event_fit(one, own.att, own.std_error, path, carried=carried, att_gt=own.cells)
    return _library(one, carried, control_group=CONTROLS[control_group], base_period=base_period, anticipation=anticipation)


def _library(one: Panel, carried: np.ndarray, **how) -> Fit:
    frame = one.frame()
    covariates = [f"x_{c}" for c in one.controls] or None

    def call():
        from diff_diff import CallawaySantAnna

        fit = CallawaySantAnna(**how, estimation_method="reg" if covariates else "dr")
        result = fit.fit(frame, "y", "unit", "time", "first_treat", covariates=covariates)
        return result, result.aggregate("event_study")

    (result, study), warned = diff_diff(call)
    keep = ~np.asarray(study.is_reference, bool)
    times = np.asarray(study.event_time)[keep].astype(int)
    later = int(frame["time"].min() - one.years[0])
    cells = {(int(g) - later, int(t) - later): float(v["effect"]) for (g, t), v in result.group_time_effects.items()}
    path = Study(list(times), np.asarray(study.att)[keep], np.asarray(study.se)[keep], study.vcov, study.vcov_index)
    return event_fit(one, float(result.overall_att), float(result.overall_se), path, carried=carried, warnings=warned,
                     att_gt=cells)


def _compared(one: Panel, anticipation: int) -> np.ndarray:
    """(N,) treated units with a figure in the base period of their cohort, the last one before it, and in one after."""
    base = np.searchsorted(one.years, one.cohort - anticipation) - 1
    early, base = base < 0, np.clip(base, 0, None)
    after = (one.cells & (one.years[None, :] >= one.cohort[:, None])).any(1)
    return one.treated & ~early & one.cells[np.arange(len(base)), base] & after
