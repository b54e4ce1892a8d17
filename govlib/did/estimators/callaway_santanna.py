"""Callaway and Sant'Anna's group-time effects against not-yet-exposed provinces, from diff-diff."""

from __future__ import annotations

import numpy as np

from govlib.did.base import Fit, register
from govlib.did.estimators._common import diff_diff, event_fit, prepare
from govlib.did.panel import Panel


@register("callaway_santanna", label_vi="Callaway và Sant'Anna", label_en="Callaway and Sant'Anna", design="staggered",
          paper="Callaway and Sant'Anna (2021), Journal of Econometrics 225", min_treated=5)
def callaway_santanna(sample: Panel, k: int, *, singletons: str = "refuse", **_) -> Fit:
    """ATT(g, t) with a universal base period (g − 1); the overall effect weights them by cohort size (``simple``).
    Controls enter an outcome regression: a propensity score has too little to learn from so few provinces."""
    one = prepare(sample, k, singletons)
    frame = one.frame()
    covariates = [f"x_{c}" for c in one.controls] or None

    def call():
        from diff_diff import CallawaySantAnna

        fit = CallawaySantAnna(control_group="not_yet_treated", base_period="universal",
                               estimation_method="reg" if covariates else "dr")
        result = fit.fit(frame, "y", "unit", "time", "first_treat", covariates=covariates)
        return result, result.aggregate("event_study")

    (result, study), warned = diff_diff(call)
    keep = ~np.asarray(study.is_reference, bool)
    times = np.asarray(study.event_time)[keep].astype(int)
    cells = {(int(g), int(t)): float(v["effect"]) for (g, t), v in result.group_time_effects.items()}
    return event_fit(one, float(result.overall_att), float(result.overall_se), list(times),
                     np.asarray(study.att)[keep], np.asarray(study.se)[keep], study.vcov, study.vcov_index,
                     warnings=warned, att_gt=cells)
