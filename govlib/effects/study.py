"""One reform and one index at a glance, as notebook 3 tells it: estimators that the number of treated provinces allows, and
what the briefing's own rule says of their rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from govlib.did import results
from govlib.did.base import estimator as find
from govlib.did.grades import FEW
from govlib.did.panel import Panel
from govlib.effects import pair, quoted
from govlib.effects import sample as sampling
from govlib.effects.report import GRADES
from govlib.errors import NotEstimable
from govlib.forms.problems import told
from govlib.words import wording
from govlib.words.tables import language, phrase

SHOWN = ("twfe", "imputation", "callaway_santanna")  # of the estimators for staggered dates
FOUND = ("weak", "moderate", "strong")  # grades that speak of an effect


@dataclass(frozen=True)
class Study:
    """rows : results of all estimators.   said : the row a component that a briefing would quote, with its grade.
    choice : what `govlib.effects.build` was asked.   treated : provinces; empty where nothing can be compared.
    refused : estimator → why it cannot be used."""

    index: str
    reform: str
    choice: dict[str, Any]
    estimators: tuple[str, ...]
    rows: pd.DataFrame
    said: pd.DataFrame
    treated: tuple[str, ...]
    refused: dict[str, str]

    @property
    def reason(self) -> str:
        """Why there is no estimate at all; empty where there is one."""
        return "" if self.rows["estimate"].notna().any() else str(self.rows["note"].iloc[0])

    def headline(self, lang: str = "vi") -> str:
        """The finding, by the grades of what is quoted and by nothing else."""
        wording.check_language(lang)
        if self.reason:
            return phrase("study.nothing", lang, because=self.reason.removeprefix("not estimable, because "))
        graded = self.said["grade"]
        found, names = int(graded.isin(FOUND).sum()), graded.value_counts()
        counts = ", ".join(f"{GRADES[g][lang != 'vi']}: {names[g]}" for g in reversed(GRADES) if g in names)
        if found:
            return phrase("study.some", lang, found=found, n=len(graded), counts=counts)
        return phrase("study.none", lang, counts=counts)

    def design(self, lang: str = "vi") -> str:
        """How many provinces the estimates are of, and which tests therefore decide."""
        if self.reason:
            return self.headline(lang)
        what: dict[str, Any] = {"n": len(self.treated), "names": ", ".join(self.treated)}
        if len(self.treated) < pair.SEVERAL:
            lead = phrase("study.few", lang, **what)
        elif len(self.treated) <= FEW:
            lead = phrase("study.ten", lang, **what)
        else:
            lead = phrase("study.many", lang, **what)
        return ". ".join([lead, *(f"{name}: {why}" for name, why in self.refused.items())])


def study(index: str, reform: str, *, estimators: Iterable[str] = (), sample_rule: str = "", **choice: Any) -> Study:
    """Estimate one reform on one index.

    Parameters
    ----------
    estimators, sample_rule : by default those of `make effects`: estimators for staggered dates and known provinces alone where
        five or more are treated; else synthetic controls, with provinces of unknown state as donors.
    choice : of `govlib.effects.build`: ``years``, ``reading``, …

    What cannot be estimated is said in ``reason``; UnknownName and BadInput are raised as by `build`.
    """
    wanted = tuple(find(name).name for name in estimators)
    choice = {"years": None, **choice, "sample_rule": sample_rule or sampling.SAMPLE_RULES[0]}
    panel = pair.or_reason(lambda: sampling.build(index, reform=reform, **choice))
    several = not isinstance(panel, str) and pair.most_treated(panel) >= pair.SEVERAL and not pair.at_once(panel)
    if not several and not sample_rule and not isinstance(panel, str):
        choice["sample_rule"] = sampling.SAMPLE_RULES[1]
        panel = pair.or_reason(lambda: sampling.build(index, reform=reform, **choice))
    names = wanted or (SHOWN if several else (*pair.SINGLE, "twfe"))
    if isinstance(panel, str):
        return _nothing(index, reform, choice, names, panel, {})
    tables: dict[str, list[dict]] = {}
    refused: dict[str, str] = {}
    for name in names:
        found = pair.run(panel, name, None if several or name != "twfe" else ("crv1", "ri"))
        if isinstance(found, str):
            refused[name] = found
        else:
            tables[name] = found
    if not tables:
        return _nothing(index, reform, choice, names, pair.why(panel), refused)
    rows = results.table(pair.agreement([row for table in tables.values() for row in table]))
    overall = rows[(rows["term"] == "att") & rows["estimate"].notna()]
    said = quoted.chosen(overall, overall, choice.get("reading", "early"))
    order = {c: i for i, c in enumerate(panel.components)}
    said = said.sort_values("component", key=lambda c: c.map(order)).reset_index(drop=True)
    return Study(index, reform, choice, tuple(tables), rows, said, _treated(panel), refused)


def _nothing(index: str, reform: str, choice: dict, names: tuple[str, ...], why: str, refused: dict[str, str]) -> Study:
    said = pd.DataFrame(columns=["component", "grade"])
    return Study(index, reform, choice, names, results.table(pair.nothing(index, reform, why)), said, (), refused)


def _treated(panel: Panel) -> tuple[str, ...]:
    return tuple(sorted({u for one in pair.single(panel) for u, t in zip(one.units, one.treated, strict=True) if t}))


def or_refused(call: Callable[[], Any]) -> tuple[Any, str]:
    """What a step gives, and ""; or None and why this reform does not allow it."""
    try:
        return call(), ""
    except NotEstimable as error:
        return None, told(error, language())
