"""What happened when a reform ended: a second look at it, by the mirror.

`govlib.effects.estimate` leaves out what follows the end of a reform. Here the end is what is done: provinces that had the reform
are held, from its start on, against provinces that never had it, and what is estimated is how they moved from its end on. An effect
that was the reform's and did not outlast it turns round. That takes both to have gone on alike had it stayed in force; the editions
while it was are the pre-trend. De Chaisemartin and D'Haultfœuille (2020, AER 110) call such provinces switchers out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from govlib.did.panel import Panel, join
from govlib.effects import sample as sampling
from govlib.effects.engine import from_sample
from govlib.effects.lines import inferences, kept, told, written
from govlib.errors import BadInput, NotEstimable
from govlib.known import reforms


def after_the_end(index: str, components: str | Iterable[str] | None = None, *, reform: str, estimator: str = "imputation",
                  inference: str | Iterable[str] = ("crv1", "ri"), **choices: Any) -> pd.DataFrame:
    """What the end of a reform did to the scores of an index.

    ``choices`` and the rows: as `govlib.effects.estimate`; ``reform`` of a row is ``end of …``, ``attrs["line"]`` the call. Raises
    as it, and NotEstimable where the reform has ended nowhere.

    >>> found = after_the_end("papi", "service_delivery", reform="peoples_council_removal", inference="crv1")
    >>> found.loc[found["term"] == "att", ["reform", "n_treated"]].values.tolist()
    [['end of peoples_council_removal', 10]]
    """
    inference, components = inferences(inference), kept(components)
    choices = {name: kept(value) for name, value in choices.items()}
    asked = {"reform": reform, "estimator": estimator, "inference": inference, **choices}
    again = written("after_the_end", (index, components), asked, estimator="imputation", inference=("crv1", "ri"),
                    singletons="drop")
    built = {name: choices.pop(name) for name in list(choices) if name in sampling.CHOICES}
    panel = of_ends(index, components, reform=reform, **built)
    return told(from_sample(panel, estimator, inference=inference, **({"singletons": "drop"} | choices)), again)


def of_ends(index: str, components: str | Iterable[str] | None = None, *, reform: str, **choices: Any) -> Panel:
    """The panel in which the end of a reform is what is done; ``choices`` and errors as `govlib.effects.build`."""
    if choices.get("exposure") is not None:
        raise BadInput("an end is read off the registry of reforms", column="exposure", fix="register_reform(...) with end_date")
    tables = ("scores", "control_table", "exposure")
    asked = sampling.Question(index, reform, **{name: value for name, value in choices.items() if name not in tables})
    table = reforms.exposure(asked.reform, asked.index, rule=asked.exposure_rule, reading=asked.reading,
                             min_confidence=asked.min_confidence)
    start, end = (table[table[state]].groupby("province")["year"].min() for state in ("adopted", "ended"))
    if end.empty:
        raise NotEstimable(f"{asked.reform} has ended in no province within the editions of {asked.index}")
    # without a usable date of its start, none of its end either
    cohort = table["province"].map(end).astype(float).fillna(np.inf).where(table["cohort"].notna())
    over = table["year"] >= cohort
    ends = table.assign(cohort=cohort, adopted=over, dose=over.astype(float), ended=False,
                        confidence=table["confidence"].where(~table["province"].isin(start.index.difference(end.index)), ""))
    panel = sampling.build(index, components, reform=reform, **(choices | {"exposure": ends}))
    going = [unit for unit in panel.units if unit in start.index and unit not in end.index]
    if going:
        panel = panel.take(~np.isin(panel.units, going), note=f"still in force, left out: {', '.join(going)}")
    begun = np.array([start.get(unit, -np.inf) for unit in panel.units])
    first = np.maximum(begun, min(begun[np.isfinite(begun)], default=-np.inf))  # of those without it from the first start anywhere
    force = table.pivot(index="province", columns="year", values="adopted")
    again = force.loc[list(panel.units), list(panel.years)].to_numpy(bool) & (panel.d > 0)
    away = (panel.years[None, :] < first[:, None]) | again
    return replace(panel, y=np.where(away[:, :, None], np.nan, panel.y), reform=f"end of {asked.reform}",
                   rule=join(panel.rule, f"editions from the start of {asked.reform} on"))
