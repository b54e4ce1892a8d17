"""One series of a service, an indicator and a unit: its months, its control chart, its change points."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from govlib.errors import NotEstimable
from govlib.institute.operations.model import BASELINE, SERVICES, Cube, Indicator, Operations, _indicator
from govlib.institute.statistics import change_points, control_charts

if TYPE_CHECKING:
    from govlib.institute.statistics.change_points import Segmentation
    from govlib.institute.statistics.control_charts import Chart


def series(ops: Operations, service: str, indicator: str, unit: str | None = None) -> pd.DataFrame:
    """One row a month of the period: ``t, month, top, bottom, value`` (shares 0–1), NaN where there is no figure.

    ``unit`` None: all units together. A month in which some unit that exists has no figures is then NaN, for the sum of the
    others is another quantity; what units there are may still change when one is founded or abolished.
    """
    about, cube = _indicator(indicator), ops.cube(service)
    if unit is not None:
        ops.unit_name(unit)
    if (unit is not None and unit not in cube.units) or indicator not in cube.indicators:
        raise NotEstimable(f"the file has no {indicator} for {service}" + (f" of {unit}" if unit else ""))
    pick = slice(None) if unit is None else [cube.units[unit]]
    there, (top, bottom) = cube.there[pick], _parts(cube, about, pick)
    gap = there & ~(np.isfinite(top) & np.isfinite(bottom))
    known = there.any(0) & ~gap.any(0)
    top, bottom = (np.where(known, np.where(there, v, 0.0).sum(0), np.nan) for v in (top, bottom))
    return pd.DataFrame({"t": ops.months, "month": ops.month_names, "top": top,
                         "bottom": np.nan if about.kind == "count" else bottom, "value": _value(about, top, bottom)})


def grid(ops: Operations, service: str, indicator: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """``top, bottom, value`` of :func:`series` for every unit of the service at once, (units × months)."""
    about, cube = _indicator(indicator), ops.cube(service)
    if indicator not in cube.indicators:
        raise NotEstimable(f"the file has no {indicator} for {service}")
    top, bottom = _parts(cube, about, slice(None))
    known = cube.there & np.isfinite(top) & np.isfinite(bottom)
    top, bottom = (np.where(known, v, np.nan) for v in (top, bottom))
    return top, bottom, _value(about, top, bottom)


def _parts(cube: Cube, about: Indicator, pick: slice | list[int]) -> tuple[np.ndarray, np.ndarray]:
    top = cube.figures[about.top][pick]
    bottom = cube.figures[about.bottom][pick] if about.bottom else np.ones_like(top)
    if about.kind == "mean":
        top = np.where((bottom == 0) & np.isnan(top), 0.0, top) * bottom  # nobody came: no minutes, and no gap in the counting
    return top, bottom


def _value(about: Indicator, top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return top if about.kind == "count" else np.where(bottom > 0, top / bottom, np.nan)


def adoption(ops: Operations, service: str, unit: str | None = None) -> int | None:
    """First month under the new way (as ``t``) within the period; of all units together: the earliest. None where never."""
    first = on_record(ops, service, unit)
    return first if first is not None and ops.first < first <= ops.last else None


def on_record(ops: Operations, service: str, unit: str | None = None) -> int | None:
    """The adoption month that the file states (of all units together: the earliest), also one that lies outside the period and
    so has nothing to compare (:func:`adoption`). None where none is stated."""
    cube = ops.cube(service)
    first = cube.adopted[[cube.units[unit]] if unit is not None else slice(None)].min(initial=np.inf)
    return int(first) if np.isfinite(first) else None


def factor(indicator: str) -> float:
    """What turns a value of :func:`series` into the unit people read: shares into per cent."""
    return 100.0 if _indicator(indicator).kind == "share" else 1.0


@dataclass(frozen=True)
class Monitored:
    """A series with its control chart and change points. ``why_no_chart``, ``why_no_changes`` where one could not be made."""

    service: str
    indicator: str
    unit: str | None
    table: pd.DataFrame
    adopted: int | None
    chart: Chart | None
    segments: Segmentation | None
    baseline: str
    why_no_chart: str = ""
    why_no_changes: str = ""

    @property
    def signals(self) -> list[tuple[str, str]]:
        """(month, rule) of every point at which a rule of the chart speaks."""
        if self.chart is None:
            return []
        return [(self.table["month"].iloc[i], rule) for rule, at in self.chart.flags.items() for i in np.flatnonzero(at)]


def seasonal_index(value: np.ndarray, month: np.ndarray) -> np.ndarray:
    """How much of a usual month each calendar month brings (mean 1), by the ratio to the centred twelve-month average
    (Macaulay 1931), the median over years. Ones where fewer than 36 months have figures."""
    value = np.asarray(value, float)
    if np.isfinite(value).sum() < 36:
        return np.ones(len(value))
    weights = np.r_[0.5, np.ones(11), 0.5] / 12
    trend = np.full(len(value), np.nan)
    trend[6:-6] = np.convolve(value, weights, "valid")  # NaN where any of the thirteen months is
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(trend > 0, value / trend, np.nan)
    by_month = np.array([np.median(r) if len(r := ratio[(month == m) & np.isfinite(ratio)]) else 1.0 for m in range(12)])
    return np.maximum((by_month / by_month.mean())[month], 1e-9)


def monitor(ops: Operations, service: str, indicator: str, unit: str | None = None, *,
            rules: str | Iterable[str] = "western_electric", kind: str = "auto") -> Monitored:
    """Control chart and change points of one series.

    Shares: p or Laney's p′ (stated rule in :mod:`~govlib.institute.statistics.control_charts`); counts: u or u′; means: XmR. The
    limits come from the months before the (first) adoption where there are twelve with figures, else from all months. Counts are
    compared per usual month (:func:`seasonal_index`), or every Tết would be a signal; shares and means are taken as they are.
    """
    about, table, adopted = _indicator(indicator), series(ops, service, indicator, unit), adoption(ops, service, unit)
    control_charts.signals(np.zeros(1), rules)
    before = (table["t"] < adopted) & table["value"].notna() if adopted is not None else None
    base, said = (before.to_numpy(), "before_adoption") if before is not None and before.sum() >= BASELINE else (None, "all_months")
    top, bottom, value = (table[c].to_numpy(float) for c in ("top", "bottom", "value"))
    usual = seasonal_index(value, table["t"].to_numpy() % 12) if about.kind == "count" else None
    chart = segments = None
    no_chart = no_changes = ""
    try:
        if about.kind == "share":
            chart = control_charts.share(top, bottom, kind=kind, baseline=base, rules=rules)
        elif about.kind == "count":
            chart = control_charts.rate(top, usual, kind=kind, baseline=base, rules=rules)
        else:
            chart = control_charts.individuals(value, baseline=base, rules=rules, floor=0.0)
    except NotEstimable as error:
        no_chart = error.reason
    try:
        if about.kind == "share":
            segments = change_points.share(top, bottom)
        elif about.kind == "count":
            segments = change_points.count(top, usual)
        else:
            segments = change_points.mean(value)
    except NotEstimable as error:
        no_changes = error.reason
    return Monitored(service, indicator, unit, table, adopted, chart, segments, said, no_chart, no_changes)


def _each(ops: Operations, services: Iterable[str] | None, with_all: bool = True):
    for service in services or [s for s in SERVICES if ops.units(s)]:
        for indicator in ops.indicators(service):
            for unit in ([None] if with_all else []) + ops.units(service):
                yield service, indicator, unit
