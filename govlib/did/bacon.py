"""Goodman-Bacon's decomposition: which 2×2 comparisons a two-way coefficient is made of (from diff-diff)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from govlib.did.fitting import diff_diff, prepare
from govlib.did.panel import Panel
from govlib.errors import NotEstimable

KINDS = ("treated_vs_never", "earlier_vs_later", "later_vs_earlier")


def decompose(sample: Panel, k: int = 0) -> pd.DataFrame:
    """Comparisons with their weights and effects: ``treated_group, control_group, comparison_type, estimate, weight``, the groups
    by their first exposed period and ``time_start, time_end`` as the panel prints them, whole numbers where these are.

    The decomposition holds for balanced panels: periods that lack a tenth of the units, units with a missing
    period and those that are exposed in all that are left are left out, and ``attrs`` says what stayed and what its two-way
    coefficient is. Weights sum to 1, and weighted effects to that coefficient.

    >>> import numpy as np
    >>> from govlib import did
    >>> y = np.random.default_rng(1).normal(size=(30, 8))
    >>> panel = did.from_arrays(y, np.repeat([3, 5, np.inf], 10))
    >>> found = did.decompose(panel)
    >>> float(found["weight"].sum().round(6)), found["treated_group"].unique().tolist()
    (1.0, [3, 5])
    """
    one, whole = _balanced(sample, k)
    whole &= one.cohort > one.years[0]  # the library would count them as never exposed
    frame = one.frame()
    frame = frame[whole[frame["unit"]]]
    if frame.loc[frame["first_treat"] > 0, "unit"].nunique() == 0:
        raise NotEstimable(f"no treated {one.noun} has all {one.period}s, and the decomposition needs a balanced panel")
    def call():
        from diff_diff import BaconDecomposition

        return BaconDecomposition(weights="exact").fit(frame, "y", "unit", "time", "first_treat")

    result, _ = diff_diff(call)
    table = result.to_dataframe()
    moved = int(frame["time"].min() - one.years[0])  # `Panel.frame` numbers no period 0

    def called(period: Any) -> Any:
        text = period if isinstance(period, str) else one.called(period - moved)
        return int(text) if text.lstrip("-").isdecimal() else text

    # the period before a start may be one that was left out: a comparison ends with the last that was not
    ends = one.years[np.searchsorted(one.years, table["time_end"] - moved, side="right") - 1] + moved
    for column, periods in (*((c, table[c]) for c in ("treated_group", "control_group", "time_start")), ("time_end", ends)):
        table[column] = [called(period) for period in periods]
    table.attrs.update(twfe=float(result.twfe_estimate), provinces=int(whole.sum()), of=len(whole),
                       years=[called(y + moved) for y in one.years],
                       weight={kind: float(result.weight_by_type().get(kind, 0.0)) for kind in KINDS})
    return table


def _full(sample: Panel, k: int) -> Panel:
    """The sample without thin periods."""
    one = prepare(sample, k, "drop", truncate=False)
    # a period that lacks more than a tenth of the units would cost more units than it brings comparisons
    full = one.cells.mean(0) >= 0.9
    if not full.any():
        raise NotEstimable(f"no {one.noun} has all {one.period}s, and the decomposition needs a balanced panel")
    return one.take(slice(None), full)


def _balanced(sample: Panel, k: int) -> tuple[Panel, np.ndarray]:
    """The sample without thin periods, and which units have all that are left."""
    one = _full(sample, k)
    whole: np.ndarray = np.asarray(one.cells.all(1))
    if not whole.any():
        raise NotEstimable(f"no {one.noun} has all {one.period}s, and the decomposition needs a balanced panel")
    return one, whole


def forbidden_weight(sample: Panel, k: int = 0) -> float | None:
    """Weight on comparisons whose control is already exposed; 0 with a single cohort, None where all periods are thin. By the
    dates of all units, also of those that lack one of the other periods: without these a whole cohort may be gone, and its weight
    with it."""
    if len(np.unique(sample.cohort[np.isfinite(sample.cohort)])) == 1:
        return 0.0
    try:
        one = _full(sample, k)
    except NotEstimable:
        return None
    return weights(one.cohort, one.years).get("later_vs_earlier")


def weights(cohort: np.ndarray, years: np.ndarray) -> dict[str, float]:
    """Total weight of each kind of comparison in a balanced panel (Goodman-Bacon 2021, equations 7–10): dates alone
    decide it, no outcome enters. Empty where no unit is exposed within ``years`` or nothing can be compared.

    cohort : (N,) first exposed period, inf for never; who is exposed from the first period on is the earlier one in all
        comparisons.
    """
    never = np.isinf(cohort)
    dates, count = np.unique(cohort[~never], return_counts=True)
    share = count / len(cohort)
    exposed = (years[None, :] >= dates[:, None]).mean(1)
    total = dict.fromkeys(KINDS, 0.0)
    none = never.mean()
    total["treated_vs_never"] = float((share * none * exposed * (1 - exposed)).sum())
    for k in range(len(dates)):
        for later in range(k + 1, len(dates)):
            both, gap = share[k] * share[later], exposed[k] - exposed[later]
            total["earlier_vs_later"] += float(both * gap * (1 - exposed[k]))
            total["later_vs_earlier"] += float(both * gap * exposed[later])
    size = sum(total.values())
    return {kind: value / size for kind, value in total.items()} if size > 0 else {}
