"""Plain arrays of a panel, checked: what does not fit is told here, before an estimator stumbles over it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from govlib.errors import BadInput


def fields(y: Any, cohort: Any, years: Iterable[int] | None = None, *, components: Any = None, units: Any = None,
           region: Any = None, controls: Mapping[str, Any] | None = None, d: Any = None) -> dict[str, Any]:
    """Fields of a `govlib.did.panel.Panel` by name, from arrays as `govlib.did.from_arrays` takes them; ``labels`` is empty where
    a period is its own number. Raises BadInput as that does, but for an exposure that ends.

    >>> import numpy as np
    >>> made = fields(np.zeros((2, 3)), [2014, np.inf], [2010, 2012, 2014], units=["a", "b"])
    >>> made["cohort"].tolist(), made["years"].tolist(), made["labels"]
    ([2.0, inf], [0, 1, 2], {0: '2010', 1: '2012', 2: '2014'})
    """
    try:
        y, cohort, when = (np.asarray(given, float) for given in (y, cohort, [] if years is None else list(years)))
    except (TypeError, ValueError) as error:
        raise BadInput("outcomes, cohorts and years are numbers: inf for a unit that is never exposed, NaN for a missing "
                       "figure") from error
    y = y[:, :, None] if y.ndim == 2 else y
    if y.ndim != 3 or cohort.shape != y.shape[:1]:
        raise BadInput(f"outcomes {y.shape} and cohorts {cohort.shape} do not belong together")
    n, t, k = y.shape
    if np.isnan(cohort).any() or np.isneginf(cohort).any():
        raise BadInput("a cohort is NaN or −inf; write inf for a unit that is never exposed")
    if np.isinf(y).any():
        raise BadInput("an infinite outcome; write NaN for a missing figure")
    if (part := ~np.isfinite(when) | (when != np.floor(when))).any():
        raise BadInput("years are whole numbers", column="years", value=when[part][0], fix="number periods and cohorts 0, 1, 2, …")
    when, cohort, labels = _counted(np.arange(t) if years is None else when.astype(int), cohort, t)
    region = np.zeros(n, int) if region is None else np.asarray(region)
    if region.shape != (n,) or pd.isna(region).any():
        raise BadInput(f"regions {region.shape} for {n} units, or a unit without one", column="region")
    d = (when[None, :] >= cohort[:, None]).astype(float) if d is None else np.asarray(d, float)
    if d.shape != (n, t) or not np.isin(d, (0.0, 1.0)).all():
        raise BadInput("the exposure is 1 where a unit is exposed and 0 elsewhere, one number a unit and period", value=d.shape)
    return {"components": _named("components", [f"y{j + 1}" for j in range(k)] if components is None else components, k),
            "units": _named("units", [f"u{i}" for i in range(n)] if units is None else units, n),
            "years": when, "y": y, "d": d, "cohort": cohort, "dose": d.copy(), "labels": labels,
            "region": region if region.dtype.kind in "iu" else pd.factorize(region, sort=True)[0],
            "controls": {name: _of_units(value, n, name) for name, value in (controls or {}).items()}}


def _counted(when: np.ndarray, cohort: np.ndarray, t: int) -> tuple[np.ndarray, np.ndarray, dict[int, str]]:
    """Periods and cohorts in steps, so that the period before is one before, and what the periods are called."""
    if len(when) != t or not (np.diff(when) > 0).all():
        raise BadInput(f"{len(when)} years for {t} columns, or years out of order")
    first, step = when[0] if t else 0, math.gcd(*(int(gap) for gap in np.diff(when)))
    if step > 1:
        when, cohort = (when - first) // step, (cohort - first) / step
    cohort = np.ceil(cohort)  # who begins within a period is exposed in a whole one from the next on, and so counts event time
    if step <= 1:
        return when, cohort, {}
    called = np.r_[when, cohort[(cohort >= 0) & (cohort <= when[-1])]]  # a start may lie in a period without figures
    return when, cohort, {int(code): str(first + int(code) * step) for code in np.unique(called)}


def _named(argument: str, given: Any, count: int) -> tuple[str, ...]:
    """Names as texts. Of two that are alike only the first would be found again, and one too few would hide an outcome."""
    names = tuple(map(str, (given,) if isinstance(given, str) or not isinstance(given, Iterable) else given))
    if len(names) != count or len(set(names)) < count:
        raise BadInput(f"names needed, one each and all different: {count}", column=argument, value=", ".join(names),
                       fix=f"give {argument}= as a list, or leave it out")
    return names


def _of_units(given: Any, n: int, name: str) -> np.ndarray:
    """(n,) values of a control."""
    try:
        value = np.asarray(given, float)
    except (TypeError, ValueError) as error:
        raise BadInput("a control is no number", column=name) from error
    if value.shape != (n,):
        raise BadInput("a control is one number a unit", column=name, value=value.shape,
                       fix="take its value before anyone is exposed")
    if not np.isfinite(value).all():
        raise BadInput("a control has a missing value", column=name)
    return value
