"""`estimate`: one question of this project's panel, from names to rows of the results table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from govlib.did import engine
from govlib.did.engine import INFERENCE, SEED
from govlib.did.panel import Panel
from govlib.effects import sample as sampling
from govlib.effects.lines import inferences, kept, one_estimator, told, written
from govlib.errors import BadInput, NotEstimable, UnknownName
from govlib.known import provinces

__all__ = ["INFERENCE", "SEED", "estimate", "from_sample"]


def estimate(index: str | None = None, components: str | Iterable[str] | None = None, *, reform: str = "",  # noqa: PLR0913
             data: pd.DataFrame | None = None, estimator: str = "twfe", inference: str | Iterable[str] = ("crv1",),
             singletons: str = "refuse", draws: int = 999, seed: int = SEED, **choices: Any) -> pd.DataFrame:
    """Effect of a reform on an index's components by one estimator; or, with ``data``, of anything in anybody's panel.

    Parameters
    ----------
    index, components, reform : names of `govlib.known`; all components by default. A reform of one's own:
        `govlib.effects.register_reform`.
    data : a long table, one row a unit and period, in place of an index. ``unit=``, ``time=``, ``outcome=`` (one or several) and
        ``cohort=`` or ``treated=`` name its columns; ``region=``, ``controls=``, ``place=`` and ``aimed=`` (the outcomes named
        beforehand) may too: see `govlib.did.Panel.from_frame`. ``reform`` then is only a label.
    estimator, inference, singletons, draws, seed : see `govlib.did.estimate`. ``conley`` needs the boundaries that `make pull`
        fetches.
    choices : ``years``, ``outcome``, ``sample_rule``, ``exposure_rule``, ``reading``, ``controls``, ``exclude``,
        ``min_confidence``, ``scores`` and ``exposure`` as in `govlib.effects.build`; the others are the estimator's own options
        (``dose=``, ``by=``, ``horizon=``, ``province=`` for a synthetic control).

    Returns, raises : as `govlib.did.estimate`, with the line that gives the table again in ``attrs["line"]``
        (`govlib.effects.line`); UnknownName and BadInput also as `govlib.effects.build`.

    >>> from govlib import effects
    >>> found = effects.estimate("pci", "time_costs", reform="peoples_council_removal")
    >>> found.loc[found["term"] == "att", "n_treated"].tolist()
    [10]
    """
    one_estimator(estimator)
    inference, components = inferences(inference), kept(components)
    draws, seed, choices = kept(draws), kept(seed), {name: kept(value) for name, value in choices.items()}
    how: dict[str, Any] = {"inference": inference, "singletons": singletons, "draws": draws, "seed": seed}
    asked = {"reform": reform, "data": data, "estimator": estimator, **how, **choices}
    again = written("estimate", (index, components), asked)
    if data is not None:
        if index is not None or components is not None:
            raise BadInput("a panel of one's own has no index or components of the registry", column="data",
                           fix="name its columns: unit=, time=, outcome= and cohort= or treated=")
        return told(_of_panel(data, estimator, how, reform, choices), again)
    if index is None or not reform:
        raise BadInput("say which index and which reform=, or give data= with unit=, time=, outcome= and cohort= or treated=")
    options = {name: value for name, value in choices.items() if name not in sampling.CHOICES}
    engine.asked(estimator, inference, singletons, [_OWN.get(name, name) for name in options], sampling.CHOICES)
    panel = sampling.build(index, components, reform=reform, **{name: choices[name] for name in choices.keys() - options.keys()})
    return told(from_sample(panel, estimator, **how, **options), again)


#: columns of a researcher's own table, and the labels of its rows
_COLUMNS = ("unit", "time", "outcome", "cohort", "treated", "region", "controls", "place")
_LABELS = ("index_id", "outcome_unit", "noun", "period", "rule", "note", "aimed")


def _of_panel(data: pd.DataFrame, estimator: str, how: dict[str, Any], reform: str, choices: dict[str, Any]) -> pd.DataFrame:
    if absent := [name for name in ("unit", "time", "outcome") if choices.get(name) is None]:
        raise BadInput(f"which column is the {absent[0]}?", column="data", fix=f"{absent[0]}= a column of the table")
    named: dict[str, Any] = {name: choices[name] for name in (*_COLUMNS, *_LABELS) if name in choices}
    options = {name: value for name, value in choices.items() if name not in named}
    if ours := sorted(options.keys() & sampling.CHOICES):
        raise BadInput("this choice is of the project's own panel", column=ours[0], fix="choose the rows of data beforehand")
    for name in ("treated_unit", "province"):  # a synthetic control's own unit
        if name in options:
            options["unit"] = str(options.pop(name))
    engine.asked(estimator, how["inference"], how["singletons"], options, (*_COLUMNS, *_LABELS))
    if reform:
        named["reform"] = reform
    panel = Panel.from_frame(data, **named)
    return engine.estimate(panel, estimator, **how, **options)


_OWN = {"province": "unit"}  # what the engine for any panel calls it


def from_sample(sample: Panel, estimator: str, *, inference: str | Iterable[str] = ("crv1",), **options: Any) -> pd.DataFrame:
    """`estimate` on a sample that has been built (by `sample.build` or from arrays).

    >>> from govlib import effects
    >>> sample = effects.build("pci", "time_costs", reform="peoples_council_removal")
    >>> len(effects.from_sample(sample, "imputation")) > 1
    True
    """
    if "province" in options:
        options["unit"] = treated_province(sample, options.pop("province"))
    one_estimator(estimator)
    wanted = inferences(inference)
    wanted = (wanted,) if isinstance(wanted, str) else wanted
    if "conley" in wanted and sample.place is None:
        sample = sampling.placed(sample)
    return engine.estimate(sample, estimator, inference=wanted, **options)


def treated_province(sample: Panel, name: str) -> str:
    """The unit of a sample that is meant. Raises UnknownName, and NotEstimable for a province that the sample leaves out."""
    slug = name if name in sample.units else provinces.resolve(name)
    if slug in sample.units:
        return slug
    if slug in provinces.province_set(int(sample.years[-1])):
        why = f" ({sample.note})" if sample.note else ""
        raise NotEstimable(f"{slug} is not treated by {sample.reform} within {sample.years[0]}–{sample.years[-1]}{why}")
    raise UnknownName("treated province", name, [u for u, t in zip(sample.units, sample.treated, strict=True) if t][:4])
