"""Two-way fixed effects, static and as an event study, and what varies them: unit trends and region-by-period effects.

y_it = unit + period + β·exposed_it. Under staggered dates and effects that differ or grow, β mixes in comparisons with
units that are already exposed (Goodman-Bacon 2021; de Chaisemartin and D'Haultfœuille 2020); the weight of those
comparisons stands in the note and the decomposition in ``aux["bacon"]``.
"""

from __future__ import annotations

import numpy as np

from govlib.did import batch
from govlib.did.bacon import forbidden_weight
from govlib.did.base import Fit, register
from govlib.did.fitting import counts, event_dummies, join, prepare, regression_fit, shared, unused
from govlib.did.ols import COLLINEAR
from govlib.did.panel import Panel
from govlib.errors import NotEstimable


def _fit(sample: Panel, k: int, singletons: str, *, decompose: bool = False, trends: bool = False, by_region: bool = False) -> Fit:
    one = prepare(sample, k, singletons, truncate=False)
    controls, names = one.control_columns(trends)
    groups = one.region if by_region else None
    if by_region:
        _regions_with_both(one)
    key = (trends, by_region)
    overall = shared(one, ("overall", *key), lambda y: batch.twfe(y, one.d, controls=controls, control_names=names, groups=groups,
                                                                  trends=trends).each())
    columns, times, note = one.once("event dummies", lambda: event_dummies(one))
    extra = 0 if controls is None else controls.shape[2]
    x = columns if controls is None else np.concatenate([columns, controls], 2)
    try:
        labels = [f"event time {t}" for t in times] + names[:extra]
        event = shared(one, ("event", *key), lambda y: batch.ols(y, x, names=labels, groups=groups, trends=trends).each())
    except NotEstimable as error:
        event, note = None, f"no event study: {error.reason}"
    weight = shared(one, "forbidden", lambda y: [forbidden_weight(one)] * y.shape[2]) if decompose else None
    bacon = "" if weight is None else f"Goodman-Bacon weight on comparisons with exposed {one.noun}s {100 * weight:.0f} %"
    carried = one.once(("carried", *key), lambda: _carried(one, groups, trends))
    note = join(note, bacon, unused(one, carried, "unit, period and other effects leave nothing of the exposure"))
    return regression_fit(one, overall, event, times, note, groups=groups, trends=trends, aux={"forbidden_weight": weight},
                          **counts(one, carried))


def _carried(one: Panel, groups: np.ndarray | None, trends: bool) -> np.ndarray:
    """(N,) treated units of whose exposed cells the effects leave something; of the others the coefficient says nothing."""
    left = ((one.d * batch.within(one.d, one.cells, groups=groups, trends=trends)) ** 2).sum(1)
    return one.treated & (left > COLLINEAR**2 * left.max())  # where few of many are unexposed, little is left of each


def _regions_with_both(sample: Panel) -> None:
    exposed, clean = (sample.d > 0) & sample.cells, (sample.d == 0) & sample.cells
    regions = [sample.region == r for r in np.unique(sample.region)]
    if len(regions) < 2:
        raise NotEstimable(f"effects by region and {sample.period} need {sample.noun}s of two regions or more")
    if not any((exposed[rows].any(0) & clean[rows].any(0)).any() for rows in regions):
        raise NotEstimable(f"no region has both an exposed and an unexposed {sample.noun} in one {sample.period}")


@register("twfe", label="two-way fixed effects", design="regression",
          paper="Goodman-Bacon (2021), Journal of Econometrics 225")
def twfe(sample: Panel, k: int, *, singletons: str = "refuse", **_) -> Fit:
    return _fit(sample, k, singletons, decompose=True)


@register("twfe_trends", label="two-way with province trends",
          design="regression", paper="Angrist and Pischke (2009), section 5.2")
def twfe_trends(sample: Panel, k: int, *, singletons: str = "refuse", **_) -> Fit:
    return _fit(sample, k, singletons, trends=True)


@register("twfe_region_year", label="two-way with region-by-year effects",
          design="regression", paper="Angrist and Pischke (2009), chapter 5")
def twfe_region_year(sample: Panel, k: int, *, singletons: str = "refuse", **_) -> Fit:
    return _fit(sample, k, singletons, by_region=True)
