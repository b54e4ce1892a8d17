"""Sun and Abraham's interaction-weighted event study, from diff-diff."""

from __future__ import annotations

import numpy as np

from govlib.did.base import Fit, register
from govlib.did.estimators._common import diff_diff, event_fit, join, prepare
from govlib.did.panel import Panel


@register("sun_abraham", label_vi="Sun và Abraham", label_en="Sun and Abraham", design="staggered",
          paper="Sun and Abraham (2021), Journal of Econometrics 225", min_treated=5)
def sun_abraham(sample: Panel, k: int, *, singletons: str = "refuse", **_) -> Fit:
    """Cohort-by-event-time effects averaged with the cohorts' shares. Controls enter as value × edition."""
    one = prepare(sample, k, singletons)
    frame, covariates = with_controls(one)

    def call():
        from diff_diff import SunAbraham

        group = "never_treated" if np.isinf(one.cohort).any() else "not_yet_treated"
        return SunAbraham(control_group=group, df_convention="cluster", cluster="unit").fit(
            frame, "y", "unit", "time", "first_treat", covariates=covariates)

    result, warned = diff_diff(call)
    study = result.event_study_effects
    times = sorted(study)
    return event_fit(one, float(result.overall_att), float(result.overall_se), times,
                     [float(study[t]["effect"]) for t in times], [float(study[t]["se"]) for t in times],
                     result.event_study_vcov, result.event_study_vcov_index, warnings=warned)


def with_controls(sample: Panel):
    """The sample's long table with one column a control × edition, and their names (None where there are none)."""
    frame = sample.frame()
    columns, names = sample.control_columns()
    if columns is None:
        return frame, None
    where = {int(y): t for t, y in enumerate(sample.years)}
    t = frame["time"].map(where).to_numpy()
    keys = [f"c{j}" for j in range(len(names))]
    return frame.assign(**{key: columns[frame["unit"], t, j] for j, key in enumerate(keys)}), keys


__all__ = ["join", "sun_abraham", "with_controls"]
