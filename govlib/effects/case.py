"""One province's case, as tables: its synthetic control and synthetic DiD for every component of an index.

What `notebooks/explore/one_province.ipynb` shows; every picture there is drawn from one of these tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from govlib.did import synthetic
from govlib.did.estimators.synthetic import case as balance
from govlib.effects import sample as sampling
from govlib.effects.engine import from_sample, treated_province
from govlib.errors import NotEstimable


@dataclass(frozen=True)
class ProvinceCase:
    """estimates: rows of the results table (both methods); paths: component, year, actual, synthetic, gap, exposed;
    donors: component, donor, weight; fit: component, rmspe before and after, ratio, p, donors; placebos: component,
    province, effect, rmspe before, ratio; in_time: component, pretended year, effect; leave_one_out: component, donor left
    out, effect; refused: component and the reason where nothing could be estimated."""

    province: str
    reform: str
    estimates: pd.DataFrame
    paths: pd.DataFrame
    donors: pd.DataFrame
    fit: pd.DataFrame
    placebos: pd.DataFrame
    in_time: pd.DataFrame
    leave_one_out: pd.DataFrame
    refused: pd.DataFrame


def province_case(index: str, reform: str, province: str, components=None, **choices: Any) -> ProvinceCase:
    """Estimate the case; ``choices`` (years, reading, …) as in `govlib.effects.build`. Provinces of unknown state serve as donors
    (a synthetic control needs provinces that do not appear as adopters), which the sample rule of every row says. Raises as
    `govlib.effects.estimate`."""
    panel = sampling.build(index, components, reform=reform, sample_rule="unknown_as_control", **choices)
    slug = treated_province(panel, province)
    tables, refused = [], []
    parts: dict[str, list] = {n: [] for n in ("paths", "donors", "fit", "placebos", "in_time", "leave_one_out")}
    for k, component in enumerate(panel.components):
        try:
            one = balance(panel, k, slug)
        except NotEstimable as error:
            refused.append({"component": component, "reason": error.reason})
            continue
        _tables(one, component, parts)
    for method in ("synthetic_control", "synthetic_did"):
        try:
            tables.append(from_sample(panel, method, province=slug))
        except NotEstimable as error:
            refused.append({"component": f"all ({method})", "reason": error.reason})
    empty = {"paths": ["component", "year"], "donors": ["component", "donor", "weight"], "fit": ["component"],
             "placebos": ["component", "province"], "in_time": ["component", "year", "effect"],
             "leave_one_out": ["component", "donor", "effect"]}
    frames = {n: pd.DataFrame(rows) if rows else pd.DataFrame(columns=empty[n]) for n, rows in parts.items()}
    return ProvinceCase(province, reform, pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(),
                        refused=pd.DataFrame(refused, columns=["component", "reason"]), **frames)


def _tables(one, component: str, parts: dict[str, list]) -> None:
    row = int(one.treated[0])
    start, years, names = int(one.cohort[row]), one.sample.years, one.sample.units
    result = synthetic.synthetic_control(one.y, row, start, donors=one.donors)
    space = synthetic.placebos_in_space(one.y, row, start, donors=one.donors)
    parts["paths"] += [{"component": component, "year": int(year), "actual": float(one.y[row, t]),
                        "synthetic": float(result.synthetic[t, 0]), "gap": float(result.gap[t, 0]), "exposed": bool(t >= start)}
                       for t, year in enumerate(years)]
    parts["donors"] += [{"component": component, "donor": names[i], "weight": float(result.weights[i, 0])}
                        for i in np.argsort(-result.weights[:, 0]) if result.weights[i, 0] > 0.01]
    parts["fit"].append({"component": component, "effect": float(result.effect[0]),
                         "rmspe_before": float(result.pre_rmspe[0]), "rmspe_after": float(result.post_rmspe[0]),
                         "ratio": float(result.ratio[0]), "p_ratio": float(space.p_ratio[0]),
                         "p_effect": float(space.p_effect[0]), "placebos": int(space.n_placebos[0]),
                         "donors": int((result.weights[:, 0] > 0.01).sum()), "editions_before": start,
                         "editions_after": len(years) - start, "note": one.note})
    parts["placebos"] += [{"component": component, "province": names[i], "effect": float(space.effect[i, 0]),
                           "rmspe_before": float(space.pre_rmspe[i, 0]), "ratio": float(space.ratio[i, 0]),
                           "treated": i == row} for i in range(len(names)) if np.isfinite(space.effect[i, 0])]
    for begin, pretend in synthetic.placebos_in_time(one.y, row, start, donors=one.donors).items():
        parts["in_time"].append({"component": component, "year": int(years[begin]), "effect": float(pretend.effect[0])})
    for donor, without in synthetic.leave_one_out(one.y, row, start, donors=one.donors).items():
        parts["leave_one_out"].append({"component": component, "donor": names[donor], "effect": float(without.effect[0])})
