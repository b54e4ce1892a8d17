"""Imputation: unit and period effects from unexposed cells only, effects as what exposed cells exceed them by.

Two standard errors for one point estimate: Borusyak, Jaravel and Spiess (2024) and Gardner's two stages (2022), both by
`govlib.did.imputed`, with controls by diff-diff.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from govlib.did import imputed
from govlib.did.base import Fit, register
from govlib.did.estimators.sun_abraham import with_controls
from govlib.did.fitting import Study, diff_diff, event_fit, prepare
from govlib.did.panel import Panel
from govlib.errors import NotEstimable


def _library(one: Panel, which: str) -> Fit:
    clean = one.cells & (one.d == 0)
    use = imputed.imputable(clean, one.cells & (one.d != 0))
    controls, _ = one.control_columns()
    if controls is not None and (lost := imputed.untold(clean, use, controls).any(0)).any():
        raise NotEstimable("controls are collinear with the effects where nobody is exposed, and do not tell what exposed figures "
                           f"would have been in {', '.join(map(one.called, one.years[lost]))}")
    carried = use.sum(1) > 0
    frame, covariates, size = with_controls(one)

    def call():
        import diff_diff as dd

        maker = dd.ImputationDiD if which == "imputation" else dd.TwoStageDiD
        # errors as in `imputed.fit`; the library holds a unit that is alone in its cohort against nobody, so by event time then
        lone = (np.unique(frame.loc[frame["d"] == 1, ["first_treat", "time"]], axis=0, return_counts=True)[1] == 1).any()
        options = {"df_convention": "cluster", "leave_one_out": True,
                   "aux_partition": "horizon" if lone else "cohort_horizon"} if which == "imputation" else {}
        result = maker(pretrends=True, cluster="unit", **options).fit(frame, "y", "unit", "time", "first_treat",
                                                                      covariates=covariates)
        return result, result.aggregate("event_study")

    (result, study), warned = diff_diff(call)
    keep = ~np.asarray(study.is_reference, bool)
    times = np.asarray(study.event_time)[keep].astype(int)
    path = Study(list(times), np.asarray(study.att)[keep], np.asarray(study.se)[keep], getattr(study, "vcov", None),
                 getattr(study, "vcov_index", None)).times_unit(size)
    aux: dict[str, Any] = {"leads": "residuals"} if which == "gardner" else {}
    return event_fit(one, float(result.overall_att) * size, float(result.overall_se) * size, path, carried=carried, warnings=warned,
                     **aux)


@register("imputation", label="imputation (Borusyak, Jaravel and Spiess)",
          design="staggered", paper="Borusyak, Jaravel and Spiess (2024), Review of Economic Studies 91")
def imputation(sample: Panel, k: int, *, singletons: str = "refuse", **_) -> Fit:
    one = prepare(sample, k, singletons)
    if one.controls:
        return _library(one, "imputation")
    own = imputed.fit(one.y[:, :, 0], one.d, one.cohort, one.years)
    return event_fit(one, own.att, own.std_error, Study(own.times, own.effects, own.errors), carried=own.carried)


@register("gardner", label="two stages (Gardner)", design="staggered",
          paper="Gardner (2022), arXiv 2207.05943; Butts and Gardner (2022), R Journal 14")
def gardner(sample: Panel, k: int, *, singletons: str = "refuse", **_) -> Fit:
    one = prepare(sample, k, singletons)
    if one.controls:
        return _library(one, "gardner")
    own = imputed.two_stage(one.y[:, :, 0], one.d, one.cohort, one.years)
    path = Study(own.times, own.effects, own.errors, own.vcov, own.times)
    return event_fit(one, own.att, own.std_error, path, carried=own.carried, leads="residuals")
