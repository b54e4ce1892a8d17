"""Local projections difference-in-differences: long differences against provinces not yet exposed, from diff-diff."""

from __future__ import annotations

import numpy as np

from govlib.effects.base import Fit, register
from govlib.effects.estimators._common import WINDOW, diff_diff, event_fit, join, prepare
from govlib.effects.estimators.sun_abraham import with_controls
from govlib.effects.sample import Sample
from govlib.errors import NotEstimable


@register("lp_did", label_vi="phép chiếu cục bộ LP-DiD", label_en="local projections DiD", design="staggered",
          paper="Dube, Girardi, Jordà and Taylor (2025), Journal of Applied Econometrics 40", min_treated=5,
          options=("horizon",))
def lp_did(sample: Sample, k: int, *, singletons: str = "refuse", horizon: int = 2, **_) -> Fit:
    """Clean controls; reweighted so that cohorts count by size. ``horizon``: the overall effect pools the editions
    0 … horizon after the first exposed one."""
    one = prepare(sample, k, singletons)
    frame, covariates = with_controls(one)
    first, last = one.cohort[np.isfinite(one.cohort)].min(), one.years[-1]
    post = int(min(horizon, last - first))
    pre = int(min(WINDOW, one.cohort[np.isfinite(one.cohort)].max() - one.years[0]))
    if pre < 2:
        pre = 2  # the library's least; leads without data come back empty
    gaps = np.diff(one.years)
    if (gaps > 1).any():
        raise NotEstimable("local projections need consecutive editions and some are missing in these years")

    def call():
        from diff_diff import LPDiD

        return LPDiD(pre_window=pre, post_window=post, reweight=True, cluster="unit").fit(
            frame, "y", "unit", "time", "d", covariates=covariates)

    result, warned = diff_diff(call)
    study = result.event_study
    study = study[study["horizon"] != -1]
    pooled = result.pooled.set_index("window").loc["post"]
    return event_fit(one, float(pooled["coefficient"]), float(pooled["se"]), study["horizon"].astype(int).tolist(),
                     study["coefficient"].tolist(), study["se"].tolist(),
                     note=join(f"pooled over editions 0–{post} after the first exposed one"), warnings=warned)
