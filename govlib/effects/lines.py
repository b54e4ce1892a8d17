"""The call that gives a table of estimates, or one of its rows, again: as a line of Python."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from govlib.did.base import estimator as find
from govlib.did.engine import INFERENCE, SEED
from govlib.did.results import fingerprint
from govlib.effects import sample as sampling
from govlib.effects.report import kind_of, ours
from govlib.errors import BadInput, NotEstimable, UnknownName

TABLES = frozenset({"data", "scores", "exposure", "control_table"})  # what a line can only call by its name
DRAWS = 999


def line(row: Mapping[str, Any]) -> str:
    """The one line of Python that gives this row again: the call that its table came from (``rows.attrs["line"]``).

    A row whose ``attrs`` are gone (of `pandas.concat`, of a file of `make effects`, a dictionary) tells part of its call: reform,
    outcome, rules, controls, first and last edition. A line made of these is given only where its sample and choices are the
    row's own, by ``inputs_sha256``. The components of a file go together, as their p-values allow for each other.

    Raises BadInput for such a row where none is (options of an estimator, a list of years with gaps, scores that have changed
    since), and where it is of a panel of one's own, of an end, of neighbours or of a placebo.

    >>> from govlib import effects
    >>> found = effects.estimate("pci", "time_costs", reform="peoples_council_removal")
    >>> effects.line(found.iloc[0]).startswith("govlib.effects.estimate(")
    True
    """
    if known := getattr(row, "attrs", {}).get("line"):
        return known
    if not ours(row):
        raise BadInput("only the table that `estimate` gave knows the call for a panel of one's own", column="index_id",
                       value=row["index_id"], fix="keep rows.attrs['line'] with the rows")
    if kind_of(row)[0] or _said(row, "spillover"):
        raise BadInput("only the table of an end, of neighbours or of a placebo knows its call", column="reform",
                       value=row["reform"], fix="keep rows.attrs['line'] with the rows")
    asked = {"reform": row["reform"], "estimator": row["estimator"], "inference": row["inference"], **_choices(row)}
    if asked["inference"] not in ("wild", "ri", "conley"):
        del asked["inference"]  # the estimator's own
    scores = sampling.scores_of(row["index_id"], None)
    for components in (None, row["component"]):
        for years in ({}, {"years": row["years"]}):
            for singletons in ("drop", "refuse"):
                if _gives(row, components, {**_choices(row), **years}, singletons, scores):
                    return written("estimate", (row["index_id"], components), {**asked, **years, "singletons": singletons})
    raise BadInput("the columns of a row do not tell its whole call", column="inputs_sha256", value=row.get("inputs_sha256"),
                   fix="keep rows.attrs['line'] with the rows")


def _said(row: Mapping[str, Any], column: str) -> str:
    """A cell of text; empty where it is (NaN in a table that was read from a file or put together with another)."""
    value = row.get(column)
    return "" if value is None or value != value else str(value)


def _choices(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a row tells of how its sample was chosen, as `sample.Question` takes it."""
    rules = str(row["sample_rule"]).split("; ")
    found = {"outcome": row["outcome"], "sample_rule": rules[0].strip(), "exposure_rule": row["exposure_rule"],
             "reading": row["reading"]}
    lists = {"controls": [name.split("@")[0] for name in _said(row, "controls").split(", ") if name],
             "exclude": [p for rule in rules if rule.startswith("excluded: ") for p in rule.removeprefix("excluded: ").split(", ")]}
    return found | {name: names for name, names in lists.items() if names}


def _gives(row: Mapping[str, Any], components: str | None, choices: dict[str, Any], singletons: str, scores: pd.DataFrame) -> bool:
    """Whether the estimate of these choices hangs on just what the row's does."""
    with contextlib.suppress(NotEstimable, BadInput, UnknownName):  # of choices that cannot be had no row has come
        panel = sampling.build(row["index_id"], components, reform=row["reform"], scores=scores, **choices)
        panel = sampling.placed(panel) if row["inference"] == "conley" else panel
        options = {"draws": DRAWS, "seed": SEED, "singletons": singletons}
        return fingerprint(panel, find(row["estimator"]).name, options, row["inference"]) == row.get("inputs_sha256")
    return False


def kept(value: Any) -> Any:
    """What can be read once only (an iterator) as a list, for whoever reads it twice: to work by, and to write the call. A figure
    of numpy as one of Python's, whose digest of inputs is another."""
    return value.item() if isinstance(value, np.generic) else list(value) if isinstance(value, Iterator) else value


def inferences(names: str | Iterable[str]) -> str | tuple[str, ...]:
    """The inferences asked for, to be read as often as need be. Raises UnknownName where it is no list of names."""
    if not isinstance(names, Iterable):
        raise UnknownName("inference", names, INFERENCE)
    return names if isinstance(names, str | tuple) else tuple(str(name) for name in names)


def one_estimator(name: object) -> None:
    """Raises BadInput for several at once, or what is no name."""
    if not isinstance(name, str):
        raise BadInput("one call takes one estimator, by its name", column="estimator", value=name,
                       fix="call once for each, and put the tables together with pandas.concat")


def plain(value: Any) -> Any:
    """The value as Python can write it again: an array, a column or a set as a list, a figure of numpy as a figure."""
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, str | bytes | dict | range) or not isinstance(value, Iterable):
        return value
    parts = [plain(part) for part in value]
    return tuple(parts) if type(value) is tuple else parts


def written(function: str, names: Iterable[Any], asked: dict[str, Any], **usual: Any) -> str:
    """The call of a function of `govlib.effects` with these arguments, as Python writes it; tables by the name of their argument.
    ``usual``: its defaults where they are not those of `estimate`."""
    usual = {"reform": "", "estimator": "twfe", "inference": ("crv1",), "singletons": "refuse", "draws": DRAWS,
             "seed": SEED} | usual
    words = [repr(plain(name)) for name in names if name is not None]
    for name, value in asked.items():
        if name in TABLES or isinstance(value, pd.DataFrame | dict):  # frames of other libraries as well: none can be compared
            words += [f"{name}={name}"] if value is not None else []
            continue
        value = plain(value)
        if name not in usual or value != usual[name]:
            words.append(f"{name}={value!r}")
    return f"govlib.effects.{function}({', '.join(words)})"


def told(table: pd.DataFrame, call: str) -> pd.DataFrame:
    """The table, with the call that gives it again."""
    table.attrs["line"] = call
    return table
