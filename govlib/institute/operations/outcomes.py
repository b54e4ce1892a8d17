"""Operations as outcomes for the effects engine, where units that adopt later are the comparison."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from govlib.effects import sample as sampling
from govlib.errors import BadInput, NotEstimable
from govlib.forms.problems import say
from govlib.institute import synthetic
from govlib.institute.operations.model import Operations, _indicator, _service, month_text
from govlib.institute.operations.series import _value, factor, grid

if TYPE_CHECKING:
    from govlib.effects.sample import Sample

FREQUENCIES = ("month", "year")


def panel(ops: Operations, service: str, indicators: Iterable[str] | None = None, *, freq: str = "month") -> pd.DataFrame:
    """Long table ``unit, period, indicator, value, adopted``: shares in per cent; a year needs its twelve months.

    ``period`` is the month as :func:`code` (consecutive whole numbers) or the calendar year.
    """
    if freq not in FREQUENCIES:
        raise BadInput("unknown frequency", column="freq", value=freq, fix=say("one of {choices}", choices=', '.join(FREQUENCIES)))
    names = [indicators] if isinstance(indicators, str) else list(indicators or ops.indicators(_service(service)))
    adopted, periods, pieces = ops.cube(service).adopted, ops.months, []
    if freq == "year":
        years, months = np.unique(ops.months // 12, return_counts=True)
        periods = years[months == 12]
        twelve = [slice(12 * y - ops.first, 12 * y - ops.first + 12) for y in periods]
    for name in names:
        top, bottom, value = grid(ops, service, name)
        if freq == "year":
            top, bottom = (np.array([each[:, at].sum(axis=1) for at in twelve]).T.reshape(len(each), -1)  # NaN stays
                           for each in (top, bottom))
            value = _value(_indicator(name), top, bottom)  # of a month in which nobody came 0 of 0 enter the year's
        pieces.append(pd.DataFrame({"unit": np.repeat(ops.units(service), len(periods)), "period": np.tile(periods, len(value)),
                                    "indicator": name, "value": value.ravel() * factor(name),
                                    "adopted": np.repeat(adopted, len(periods))}))
    return pd.concat(pieces, ignore_index=True)


def sample(ops: Operations, service: str, indicators: Iterable[str] | None = None, *, freq: str = "month",
           reform: str | None = None) -> Sample:
    """The service's units as the effects engine takes them (:func:`govlib.effects.sample.from_arrays`).

    Outcomes are the indicators, in per cent or their own unit; a unit's cohort is the month it adopted, ``inf`` for those
    that never did. With ``freq="year"`` the cohort is the first whole calendar year and the year of a start in
    between is left out (half of it is before). Then::

        from govlib.effects import engine
        engine.from_sample(operations.sample(ops, "five_on_the_spot", "on_time"), "imputation")

    Raises
    ------
    NotEstimable : no unit adopts within the period, or no outcome varies. UnknownName : service, indicator.
    """
    names = [indicators] if isinstance(indicators, str) else list(indicators or ops.indicators(_service(service)))
    long = panel(ops, service, names, freq=freq)
    units, periods = ops.units(service), np.sort(long["period"].unique()).astype(int)
    y = np.stack([long[long["indicator"] == n].pivot(index="unit", columns="period", values="value")
                  .reindex(index=units, columns=periods).to_numpy(float) for n in names], 2)
    adopted = long.groupby("unit")["adopted"].first().reindex(units).to_numpy(float)
    rule = "all units of the file"
    if freq == "year":
        year = np.floor(np.where(np.isfinite(adopted), adopted, 0) / 12)
        partial = np.isfinite(adopted) & (np.where(np.isfinite(adopted), adopted, 0) % 12 > 0)
        y[(periods[None, :] == year[:, None]) & partial[:, None]] = np.nan
        adopted = np.where(np.isfinite(adopted), year + partial, np.inf)
        rule += "; the calendar year of a start within it is left out"
    if not (adopted <= periods[-1]).any():
        raise NotEstimable(f"no unit adopts within {month_text(ops.first)} to {month_text(ops.last)}")
    adopted = np.where(adopted > periods[-1], np.inf, adopted)
    note = f"{synthetic.MARK} data" if ops.synthetic else ""
    return sampling.from_arrays(y, adopted, years=periods.tolist(), components=names, units=units, index_id="operations",
                                reform=reform or service, rule=rule, note=note)
