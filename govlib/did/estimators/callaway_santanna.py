"""Callaway and Sant'Anna's group-time effects against units not yet, or never, exposed; with controls from diff-diff."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

import numpy as np

from govlib.did import group_time
from govlib.did.base import Fit, number_of_periods, register
from govlib.did.fitting import Study, diff_diff, event_fit, prepare, refuse_untold, untold
from govlib.did.panel import Panel, join
from govlib.errors import NotEstimable, UnknownName

CONTROLS = {"not_yet": "not_yet_treated", "never": "never_treated"}
BASES = ("universal", "varying")


@register("callaway_santanna", label="Callaway and Sant'Anna", design="staggered",
          paper="Callaway and Sant'Anna (2021), Journal of Econometrics 225",
          options=("control_group", "base_period", "anticipation"))
def callaway_santanna(sample: Panel, k: int, *, singletons: str = "refuse", control_group: str = "not_yet",
                      base_period: str = "universal", anticipation: int = 0, **_) -> Fit:
    """ATT(g, t); the overall effect weights those from the start on by cohort size (``simple``). Controls enter an outcome
    regression: a propensity score has too little to learn from so few units.

    control_group : ``not_yet`` exposed units or those ``never`` exposed.   base_period : ``universal`` (all against the last period
    before the start) or ``varying`` (before the start each against the one before it); effects after the start are the same.
    anticipation : periods before the start in which the effect may begin; the base lies before them, and they are shown by event
    time and are no part of the overall effect.
    """
    if control_group not in tuple(CONTROLS):
        raise UnknownName("control group", control_group, tuple(CONTROLS))
    if base_period not in BASES:
        raise UnknownName("base period", base_period, BASES)
    anticipation = number_of_periods("anticipation", anticipation)
    one = prepare(_not_begun(sample, k, anticipation), k, singletons)
    if control_group == "never" and not np.isin(one.units, np.array(sample.units)[sample.cohort > sample.years[-1]]).any():
        raise NotEstimable(f"no {one.noun} is never exposed; compare with those not yet exposed")
    how = group_time.Comparison(control_group == "never", base_period == "universal", anticipation)
    carried = _compared(one, how)
    compared = np.isinf(one.cohort).any() or (control_group == "not_yet" and len(np.unique(one.cohort)) > 1)
    if not one.controls and compared:
        own = group_time.callaway_santanna(one.y[:, :, 0], one.cohort, one.years, how)
        path = Study(own.times, own.effects, own.errors, own.vcov, own.times)
        return event_fit(one, own.att, own.std_error, path, carried=carried, ahead=anticipation, att_gt=own.cells)
    unknown: Collection[int] = ()
    if one.controls:
        unknown, one = _untold(one, how), replace(one, note=join(one.note, _exact(one, how)))
    return _library(one, carried, unknown, control_group=CONTROLS[control_group], base_period=base_period,
                    anticipation=anticipation)


def _not_begun(sample: Panel, k: int, ahead: int) -> Panel:
    """Without figures that may be moved already of units that begin only after all periods in which there is somebody to compare
    with: there they count as never exposed."""
    before = sample.years[None, :] < sample.cohort[:, None] - ahead
    there = (before & np.isfinite(sample.y[:, :, k])).any(0)
    if not ahead or not there.any():
        return sample
    moved = ~before & (sample.cohort > sample.years[there][-1])[:, None]
    return replace(sample, y=np.where(moved[:, :, None], np.nan, sample.y))


def _comparisons(one: Panel, how: group_time.Comparison) -> Iterator[tuple[float, int, np.ndarray, np.ndarray]]:
    """Start of a cohort, position of a period, and (N,) who is compared in it and with whom; where there is both."""
    for g in np.unique(one.cohort[np.isfinite(one.cohort)]):
        members, others = how.changes(g, one.cells, one.cohort, one.years)[1:]
        for t in np.flatnonzero(members.any(0) & others.any(0)):
            yield g, int(t), members[:, t], others[:, t]


def _untold(one: Panel, how: group_time.Comparison) -> set[int]:
    """Event times before the start that controls leave open, to be shown nowhere. `NotEstimable` for those from it on, which the
    overall effect is made of."""
    out = set()
    for g, t, members, others in _comparisons(one, how):
        if one.years[t] >= g:
            refuse_untold(one, members, others, one.years[t])
        elif untold(one, members, others):
            out.add(int(one.years[t] - g))
    return out


def _exact(one: Panel, how: group_time.Comparison) -> str:
    """A note on the periods in which the overall effect is held against as many units as the regression has coefficients: it fits
    them without a residual, and what they add to the error is not seen. (R's ``did`` warns of groups of fewer than the controls and
    five more, and goes on.)"""
    found = {one.years[t] for g, t, _, others in _comparisons(one, how)
             if one.years[t] >= g and others.sum() <= 1 + len(one.controls)}
    when = ", ".join(map(one.called, sorted(found)))
    return when and (f"standard error too small, as there are no more {one.noun}s to compare with than the regression has "
                     f"coefficients, and so no residual, in {when}")


def _library(one: Panel, carried: np.ndarray, unknown: Collection[int] = (), **how) -> Fit:
    frame = one.frame()
    # the library averages the anticipated periods of a unit into the overall effect; no other comparison uses their figures
    counted = frame[(frame["first_treat"] == 0) | (frame["time"] < frame["first_treat"] - how["anticipation"])
                    | (frame["time"] >= frame["first_treat"])]
    covariates = [f"x_{c}" for c in one.controls] or None

    def call():
        from diff_diff import CallawaySantAnna

        def fit(table):
            maker = CallawaySantAnna(**how, estimation_method="reg" if covariates else "dr")
            return maker.fit(table, "y", "unit", "time", "first_treat", covariates=covariates)

        result = fit(frame)
        return fit(counted) if len(counted) < len(frame) else result, result, result.aggregate("event_study")

    (overall, result, study), warned = diff_diff(call)
    keep = ~np.asarray(study.is_reference, bool) & ~np.isin(study.event_time, list(unknown))
    times = np.asarray(study.event_time)[keep].astype(int)
    moved = int(frame["time"].min() - one.years[0])
    cells = {(int(g) - moved, int(t) - moved): float(v["effect"]) for (g, t), v in result.group_time_effects.items()}
    path = Study(list(times), np.asarray(study.att)[keep], np.asarray(study.se)[keep], study.vcov, study.vcov_index)
    return event_fit(one, float(overall.overall_att), float(overall.overall_se), path, carried=carried, ahead=how["anticipation"],
                     warnings=warned, att_gt=cells)


def _compared(one: Panel, how: group_time.Comparison) -> np.ndarray:
    """(N,) treated units with a figure in the base period of their cohort, the last one before it, and in one after in which there
    is somebody to compare them with. Raises `NotEstimable` where no unit has two such figures."""
    both, carried = np.zeros((2, len(one.units)), bool)
    for g in np.unique(one.cohort[np.isfinite(one.cohort)]):
        _, own, other = how.changes(g, one.cells, one.cohort, one.years)
        after = own & (one.years >= g)
        both |= after.any(1)
        carried |= (after & other.any(0)).any(1)
    if not both.any():
        raise NotEstimable(f"no treated {one.noun} has a figure in the last {one.period} before its exposure and in one after")
    return carried
