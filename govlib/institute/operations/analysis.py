"""Every series of a file at once: shares with intervals, changes of level, interrupted time series at adoption."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np
import pandas as pd

from govlib.did import multiple_testing
from govlib.errors import BadInput, NotEstimable
from govlib.forms.problems import say
from govlib.institute.operations.model import INDICATORS, Indicator, Operations, _indicator, month_text
from govlib.institute.operations.series import _each, adoption, factor, grid, monitor, on_record, series
from govlib.institute.statistics import control_charts, interrupted

SUMMARY = ("service", "indicator", "unit", "window", "months", "top", "bottom", "value", "low", "high", "spread", "before",
           "change", "method")


def summary(ops: Operations, *, months: int = 12, services: Iterable[str] | None = None,
            indicators: Collection[str] = tuple(INDICATORS), level: float = 0.95) -> pd.DataFrame:
    """The last ``months`` months of every service, indicator and unit (``unit`` empty: all together).

    Shares in per cent with Wilson's interval, the total counted as total/σ_z² where months vary more than a binomial (σ_z in
    ``spread``). Means with Student's interval from the months' values, weighted by cases, errors as Newey and West. Both
    from the ``months`` of the ``window`` that have figures. Counts are sums, without interval, and NaN unless every month has a
    figure (of a unit, and of all together: every month in which there was one), for a part of a sum is no sum. ``before``: the
    same months a year earlier; ``change``: value − before (NaN where either has a month without figures, since a season would be
    missing).
    """
    if not 1 <= months <= len(ops.months):
        raise BadInput("not so many months in the file", column="months", value=months, fix=say("1 to {n}", n=len(ops.months)))
    rows = []
    for service, indicator, unit, there, (top, bottom, value) in _all(ops, services, indicators):
        about, scale, n = _indicator(indicator), factor(indicator), len(value)
        now, then = slice(n - months, n), slice(n - months - 12, n - 12) if n >= months + 12 else slice(0)
        level_now, before = (_pooled(top[at], bottom[at], value[at], there[at], about.kind) * scale for at in (now, then))
        counted = np.isfinite(top) & (np.isfinite(bottom) if about.bottom else True)  # also where nobody came: 0 of 0 is a figure
        whole = counted[now].all() and len(value[then]) and counted[then].all()
        low, high, spread, method = _interval(top, bottom, value, now, about, level)
        rows.append({"service": service, "indicator": indicator, "unit": unit or "", "window": months,
                     "months": int(counted[now].sum()),
                     "top": level_now if about.kind == "count" else np.nansum(top[now]) if about.kind == "share" else np.nan,
                     "bottom": np.nansum(bottom[now]) if about.bottom else np.nan,
                     "value": level_now, "low": low * scale, "high": high * scale, "spread": spread,
                     "before": before if whole else np.nan, "change": level_now - before if whole else np.nan, "method": method})
    return pd.DataFrame(rows, columns=list(SUMMARY))


def _all(ops: Operations, services: Iterable[str] | None, indicators: Collection[str]):
    """(service, indicator, unit, in which months it was there, its months' top, bottom and value), all units together first."""
    for service, indicator in dict.fromkeys(each[:2] for each in _each(ops, services)):
        if indicator in indicators:
            table = series(ops, service, indicator)
            there = ops.cube(service).there
            yield service, indicator, None, there.any(0), tuple(table[c].to_numpy(float) for c in ("top", "bottom", "value"))
            for unit, here, *parts in zip(ops.units(service), there, *grid(ops, service, indicator), strict=True):
                yield service, indicator, unit, here, parts


def few_months(months: dict[str, int], window: int) -> list[tuple[str, int]]:
    """(indicator, months with figures) of one row of a page where they are fewer than the table's; one pair without a name where
    it is the same for all."""
    if len(set(months.values())) == 1:
        months = {"": next(iter(months.values()))}
    return [(name, n) for name, n in months.items() if n < window]


def _pooled(top: np.ndarray, bottom: np.ndarray, value: np.ndarray, there: np.ndarray, kind: str) -> float:
    known = np.isfinite(value)
    if not known.any() or (kind == "count" and (there & ~known).any()):
        return np.nan
    return float(top[known].sum() if kind == "count" else top[known].sum() / bottom[known].sum())


def _interval(top: np.ndarray, bottom: np.ndarray, value: np.ndarray, now: slice, about: Indicator,
              level: float) -> tuple[float, float, float, str]:
    none = (np.nan, np.nan, np.nan, "")
    known = np.isfinite(value[now])
    if about.kind == "count" or not known.any():
        return none
    x, n, v = (each[now][known] for each in (top, bottom, value))
    if about.kind == "share":
        spread = 1.0
        try:
            spread = max(1.0, control_charts.share(top, bottom, rules=()).spread)
        except NotEstimable:
            spread = 1.0  # too few months to see more than the binomial: said by the method's name
        low, high = control_charts.wilson(x.sum(), n.sum(), spread=spread, level=level)
        return float(low[0]), float(high[0]), spread, "wilson" if spread == 1.0 else "wilson-laney"
    if len(v) < 6:
        return none
    return *interrupted.mean_interval(v, n, level), np.nan, "student-newey-west"

CHANGES = ("service", "indicator", "unit", "month", "earliest", "latest", "before", "after", "change", "adopted")


def changes(ops: Operations, *, services: Iterable[str] | None = None) -> pd.DataFrame:
    """Every change point of every series: the month the new level begins, the months that fit about as well, the levels
    before and after (per cent for shares), and the unit's adoption month on record for comparison."""
    rows = []
    for service, indicator, unit in _each(ops, services):
        found = monitor(ops, service, indicator, unit)
        if found.segments is None:
            continue
        scale, month, adopted = factor(indicator), found.table["month"], on_record(ops, service, unit)
        for k, start in enumerate(found.segments.starts):
            before, after = (scale * found.segments.levels[k + j] for j in (0, 1))
            low, high = found.segments.ranges[k]
            rows.append({"service": service, "indicator": indicator, "unit": unit or "", "month": month.iloc[start],
                         "earliest": month.iloc[low], "latest": month.iloc[high], "before": before, "after": after,
                         "change": after - before, "adopted": month_text(adopted) if adopted is not None else ""})
    return pd.DataFrame(rows, columns=list(CHANGES))

INTERRUPTIONS = ("service", "indicator", "unit", "adopted", "n_before", "n_after", "level", "level_low", "level_high", "level_p",
                 "level_p_adjusted", "slope", "slope_low", "slope_high", "slope_p", "effect_end", "effect_end_low",
                 "effect_end_high", "effect_end_p", "effect_end_p_adjusted",
                 "errors", "rho", "level_se", "level_se_newey_west", "seasonal", "lags", "ljung_box_p", "note")


def interruptions(ops: Operations, *, services: Iterable[str] | None = None, indicators: Iterable[str] | None = None,
                  errors: str = "ar1", level: float = 0.95) -> pd.DataFrame:
    """Interrupted time series of every unit that adopts (:mod:`~govlib.institute.statistics.interrupted`), shares in percentage
    points.

    Indicators that have a better direction unless named. ``level_p_adjusted`` (the change of level) and
    ``effect_end_p_adjusted`` (the difference in the last month, which a gradual change shows): each Holm over all series of the
    table. What cannot be estimated keeps its row and says why in ``note``; so does what is fitted without a seasonal term.
    """
    wanted, rows = set(indicators) if indicators is not None else None, []
    for name in wanted or ():
        _indicator(name)
    for service, indicator, unit in _each(ops, services, with_all=False):
        adopted = adoption(ops, service, unit)
        if adopted is None or (indicator not in wanted if wanted is not None else not INDICATORS[indicator].better):
            continue
        table = series(ops, service, indicator, unit)
        row = {"service": service, "indicator": indicator, "unit": unit, "adopted": month_text(adopted), "note": ""}
        known, start = table["value"].notna(), adopted - ops.first
        try:
            fit = interrupted.fit(table["value"].to_numpy(float) * factor(indicator), start,
                                  month=table["t"].to_numpy() % 12 + 1, errors=errors, level=level)
        except NotEstimable as error:
            rows.append({**row, "n_before": known[:start].sum(), "n_after": known[start:].sum(), "note": str(error)})
            continue
        row["note"] = "" if fit.seasonal else f"no seasonal term: fewer than {interrupted.SEASON} months on a side"
        rows.append({**row, "n_before": fit.n_before, "n_after": fit.n_after, "level": fit.level, "level_low": fit.level_ci[0],
                     "level_high": fit.level_ci[1], "level_p": fit.level_p, "slope": fit.slope, "slope_low": fit.slope_ci[0],
                     "slope_high": fit.slope_ci[1], "slope_p": fit.slope_p, "effect_end": fit.effect_end,
                     "effect_end_low": fit.effect_end_ci[0], "effect_end_high": fit.effect_end_ci[1],
                     "effect_end_p": fit.effect_end_p,
                     "errors": fit.errors, "rho": fit.rho, "level_se": fit.level_se, "level_se_newey_west": fit.level_se_newey_west,
                     "seasonal": fit.seasonal, "lags": fit.lags, "ljung_box_p": fit.ljung_box_p})
    out = pd.DataFrame(rows, columns=list(INTERRUPTIONS))
    if len(out):
        for what in ("level", "effect_end"):
            out[f"{what}_p_adjusted"] = multiple_testing.adjust(out[f"{what}_p"].to_numpy(float), "holm")
    return out
