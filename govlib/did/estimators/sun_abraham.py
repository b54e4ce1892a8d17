"""Sun and Abraham's interaction-weighted event study; with controls from diff-diff."""

from __future__ import annotations

import numpy as np

from govlib.did import group_time
from govlib.did.base import Fit, register
from govlib.did.batch import within
from govlib.did.fitting import Study, diff_diff, event_fit, measure, prepare
from govlib.did.ols import COLLINEAR
from govlib.did.panel import Panel, check
from govlib.errors import NotEstimable


@register("sun_abraham", label="Sun and Abraham", design="staggered",
          paper="Sun and Abraham (2021), Journal of Econometrics 225")
def sun_abraham(sample: Panel, k: int, *, singletons: str = "refuse", **_) -> Fit:
    """Cohort-by-event-time effects averaged with the cohorts' shares. Controls enter as value × period. A cohort without a figure
    in the period right before it has nothing that its effects are measured from, and is left out."""
    one = _with_base(prepare(sample, k, singletons))
    if not one.controls and np.isinf(one.cohort).any():
        try:
            own = group_time.sun_abraham(one.y[:, :, 0], one.cohort, one.years)
        except NotEstimable:
            pass  # collinear cells, of which the library leaves some out
        else:
            return event_fit(one, own.att, own.std_error, Study(own.times, own.effects, own.errors, own.vcov, own.times))
    _refuse_untold(one)
    return _library(one)


def _refuse_untold(one: Panel) -> None:
    """`NotEstimable` where a control by period is next to nothing but a mixture of cohorts' event times (who is ever exposed): what
    it is worth, and with it the overall effect, can be any number. The library goes on until it is one to seven digits."""
    columns, names = one.control_columns()
    if columns is None:
        return
    found, cells = group_time.cohort_cells(one.cells, one.cohort, one.years)
    off = within(np.concatenate([cells, columns], 2), one.cells)[one.cells]
    x, c = off[:, :len(found)], off[:, len(found):]
    c = c / np.maximum(np.sqrt((c**2).sum(0)), 1e-7 * np.sqrt((columns[one.cells] ** 2).sum(0)).clip(1e-300))
    inverse, mean = np.linalg.pinv(x, rcond=1e-7), cells.sum((0, 1)) * (found[:, 1] >= 0)
    mixed = inverse @ c
    rest = c - x @ mixed
    values, vectors = np.linalg.eigh(rest.T @ rest)
    free = vectors[:, values <= COLLINEAR]
    moved = mean @ mixed @ free
    if np.abs(moved).max(initial=0.0) > 1e-4 * np.linalg.norm(mean @ inverse):
        name = names[int(np.argmax(np.abs(free @ moved)))]
        raise NotEstimable(f"{name} is collinear with the other regressors and the fixed effects")


def _library(one: Panel) -> Fit:
    frame, covariates, size = with_controls(one)

    def call():
        from diff_diff import SunAbraham

        group = "never_treated" if np.isinf(one.cohort).any() else "not_yet_treated"
        return SunAbraham(control_group=group, df_convention="cluster", cluster="unit").fit(
            frame, "y", "unit", "time", "first_treat", covariates=covariates)

    result, warned = diff_diff(call)
    study = result.event_study_effects
    times = sorted(study)
    path = Study(times, [float(study[t]["effect"]) for t in times], [float(study[t]["se"]) for t in times],
                 result.event_study_vcov, result.event_study_vcov_index).times_unit(size)
    return event_fit(one, float(result.overall_att) * size, float(result.overall_se) * size, path, warnings=warned)


def _with_base(one: Panel) -> Panel:
    before = one.cells & (one.years[None, :] == one.cohort[:, None] - 1)
    lost = np.isfinite(one.cohort) & ~np.isin(one.cohort, one.cohort[before.any(1)])
    if not lost.any():
        return one
    names = ", ".join(np.array(one.units)[lost])
    note = f"no figure in the {one.period} right before the start, left out: {names}"
    if not (one.treated & ~lost).any():
        raise NotEstimable(note)
    return check(one.only(~lost, note))


def with_controls(sample: Panel):
    """The sample's long table with one column a control × period, their names (None where there are none), and the unit that the
    outcome is written in there, by which what the library finds is multiplied (`measure`)."""
    frame, size = sample.frame(), measure(sample.y)
    frame["y"] /= size
    columns, names = sample.control_columns()
    if columns is None:
        return frame, None, size
    i, t = np.nonzero(np.isfinite(sample.y[:, :, 0]))  # the rows of the table; its first time need not be the first period
    keys = [f"c{j}" for j in range(len(names))]
    sizes = np.repeat([measure(value) for value in sample.controls.values()], len(names) // len(sample.controls))
    return frame.assign(**{key: columns[i, t, j] / sizes[j] for j, key in enumerate(keys)}), keys, size

