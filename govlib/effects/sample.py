"""A question of this project's panel as the sample an estimator takes: which scores, which provinces, exposed when.

The sample itself, `govlib.did.panel.Panel`, knows nothing of Vietnam. Whatever is left out on the way there is left out by a
rule that its ``rule`` prints, because the sentence about an effect has to carry it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from numbers import Number
from typing import Any

import numpy as np
import pandas as pd

from govlib import paths
from govlib.did.panel import Panel, from_arrays
from govlib.errors import BadInput, NotEstimable, UnknownName
from govlib.known import boundaries, indices, provinces
from govlib.known import names as spoken
from govlib.known import reforms as registry
from govlib.panel import data
from govlib.text import years_of

__all__ = ["OUTCOMES", "SAMPLE_RULES", "Question", "Sample", "build", "from_arrays"]

OUTCOMES = {"score": "points", "z": "standard deviations", "rank": "places", "fixed_weight": "points"}
SAMPLE_RULES = ("drop_unknown", "unknown_as_control")
MIN_COVERAGE = 0.8  # share of the provinces of its year below which an edition is a pilot or was published by selection
FIXED_WEIGHT = {"pci": "overall_fixed_weights"}
Sample = Panel


@dataclass(frozen=True)
class Question:
    """What is asked of the panel.

    components : slugs; all components of the index by default (never the published composite, whose weights change).
    years : editions, ``"2006:2012"``; by default every edition published for at least 80 % of its provinces.
    outcome : ``score``, ``z`` (standardised within the edition over all published provinces), ``rank`` (1 is best,
        within the edition), ``fixed_weight`` (the composite with fixed weights; takes no components but itself).
    sample_rule : ``drop_unknown`` or ``unknown_as_control``: what happens to provinces that a partial list does not name.
        Provinces that are listed without a usable date are left out under both.
    exposure_rule, reading, min_confidence : see `govlib.known.reforms.exposure`.
    controls : variables of the controls table, ``log:`` before the name for its logarithm.   exclude : provinces.

    Raises UnknownName for an index, reform, outcome or rule that is not known; BadInput for years.
    """

    index: str
    reform: str
    components: str | Iterable[str] | None = None
    years: Any = None
    outcome: str = "score"
    sample_rule: str = SAMPLE_RULES[0]
    exposure_rule: str = ""  # empty: the first of the registry
    reading: str = "early"
    controls: Iterable[str] = ()
    exclude: Iterable[str] = ()
    min_confidence: str = "unverified"

    def __post_init__(self):
        object.__setattr__(self, "index", spoken.index(self.index))
        if not isinstance(self.outcome, str) or self.outcome not in OUTCOMES:
            raise UnknownName("outcome", self.outcome, tuple(OUTCOMES))
        if self.sample_rule not in SAMPLE_RULES:
            raise UnknownName("sample rule", self.sample_rule, SAMPLE_RULES)
        object.__setattr__(self, "exposure_rule", self.exposure_rule or registry.RULES[0])
        registry.check_rule(self.exposure_rule, self.reading)
        object.__setattr__(self, "reform", spoken.reform(self.reform))
        object.__setattr__(self, "years", years_of(self.years))
        object.__setattr__(self, "controls", _names(self.controls))
        object.__setattr__(self, "exclude", frozenset(provinces.resolve(p) for p in _names(self.exclude)))

    def exposure(self, editions: list[int]) -> dict[str, np.ndarray]:
        """Province × edition: who is exposed when."""
        return registry.exposed(self.reform, self.index, rule=self.exposure_rule, reading=self.reading, years=editions,
                                 min_confidence=self.min_confidence)


#: what `build` and `govlib.effects.estimate` take by name besides index, components and reform
CHOICES = frozenset(f.name for f in fields(Question)) - {"index", "components", "reform"} | {"scores", "exposure", "control_table"}


@dataclass(frozen=True)
class Figures:
    """Outcomes of an index, the same for every reform: ``names`` (K,), ``units`` (N,), editions ``years`` (T,), ``y`` (N, T, K) and
    what was left out on the way."""

    names: list[str]
    units: np.ndarray
    years: list[int]
    y: np.ndarray
    left_out: list[str]


def build(index: str, components: str | Iterable[str] | None = None, *, reform: str,
          scores: pd.DataFrame | None = None, exposure: pd.DataFrame | dict[str, np.ndarray] | None = None,
          control_table: pd.DataFrame | None = None, figures: Figures | None = None, **choices) -> Panel:
    """Put outcomes and exposure of one index and reform together.

    ``choices``: those of `Question`. ``scores``, ``exposure``, ``control_table``: tables to use in place of the project's own
    (tests, simulations). ``figures``: what `figures_of` gives for this question, where many reforms are asked of one index.

    Raises UnknownName for a name that is not known, BadInput for years, components beside ``fixed_weight`` and tables without a
    column that is needed, NotEstimable where nothing is left.

    >>> from govlib import effects
    >>> effects.build("pci", "time_costs", reform="peoples_council_removal").components
    ('time_costs',)
    """
    asked = Question(index, reform, components, **choices)
    index, reform = asked.index, asked.reform  # as the registries write them
    found = figures or figures_of(asked, scores_of(index, scores))
    keep = np.array([u not in asked.exclude for u in found.units], bool)
    y, units, years, names = found.y[keep], found.units[keep], found.years, found.names
    rule = [asked.sample_rule] + ([f"excluded: {', '.join(sorted(asked.exclude))}"] if asked.exclude else []) + found.left_out
    sample = _expose(y, units, np.array(years), asked.exposure(years) if exposure is None else _arrays(exposure), asked, rule)
    out = Panel(index, reform, tuple(names), years=np.array(years), region=_regions(sample["units"]), outcome=asked.outcome,
                outcome_unit=OUTCOMES[asked.outcome], exposure_rule=asked.exposure_rule, reading=asked.reading,
                rule="; ".join(rule), note=_break_note(index, names, years), noun="province", period="edition",
                aimed=_aimed(reform, index, names), redefined=_redefined(index, names, years), **sample)
    return with_controls(out, tuple(asked.controls), control_table)


# ------------------------------------------------------------------------------------------------------------- parts
def figures_of(asked: Question, table: pd.DataFrame) -> Figures:
    """Components, editions and scores that are asked for, whatever the reform. Raises as `build`."""
    names = published(table, asked.index, _components(asked, table))
    table, years, left_out = editions(table, asked.index, asked.years, names)
    wide = scaled(table[table["component"].isin(names)], asked.outcome)
    count = {n: wide[n].dropna().index.get_level_values("year").nunique() if n in wide.columns else 0 for n in names}
    absent = [n for n in names if count[n] < (2 if asked.components is None else 1)]
    if asked.components is None and asked.outcome != "fixed_weight" and len(absent) < len(names):
        names = [n for n in names if n not in absent]  # nobody asked for them by name
    else:
        for name in absent:
            raise NotEstimable(f"{name} of {asked.index} was not published in {span(years)}")
    units = sorted(wide.index.get_level_values("province").unique())
    y = np.stack([wide[c].unstack("year").reindex(index=units, columns=years).to_numpy(float) for c in names], 2)
    if np.isinf(y).any():
        raise BadInput("an infinite score in the panel")
    return Figures(names, np.array(units), years, y, left_out)


def _components(asked: Question, table: pd.DataFrame) -> list[str]:
    given = () if asked.components is None else _names(asked.components)
    if asked.outcome != "fixed_weight":
        return list(given)
    if asked.index not in FIXED_WEIGHT:
        raise NotEstimable(f"there is no composite with fixed weights for {asked.index}")
    composite = FIXED_WEIGHT[asked.index]
    if given and (others := [name for name in published(table, asked.index, list(given)) if name != composite]):
        raise BadInput("the composite with fixed weights has no components", column="components", value=", ".join(others),
                       fix="leave out components, or outcome='fixed_weight'")
    return [composite]


def scores_of(index: str, scores: pd.DataFrame | None) -> pd.DataFrame:
    if scores is not None:
        _has(scores, "scores", ("province", "year", "index_id", "component", "level", "score"))
    else:
        scores = data.read(paths.processed() / "scores.parquet", filters=[("index_id", "==", index)],
                           columns=["province", "year", "index_id", "component", "level", "score", "status"])
    return scores[scores["index_id"] == index]


def published(table: pd.DataFrame, index: str, names: list[str]) -> list[str]:
    if not names:
        present = table.loc[table["level"] == "component", "component"].unique()
        names = [c for c in indices.component_ids(index) if c in set(present)]
        if not names:
            raise NotEstimable(f"{index} has no component scores in the panel")
        return names
    return list(dict.fromkeys(spoken.component(name, [index], table["component"].unique()) for name in names))  # one has two names


def editions(table: pd.DataFrame, index: str, wanted: list[int] | None, names: Iterable[str] = ("overall",)):
    """Editions to use. One published for less than 80 % of the provinces is a pilot (PCI 2005) or was published by
    selection (only the best), so that comparisons would be between winners: left out, and said so. A total that every
    province has (PCI 2020) says nothing of components that a third of them has: it counts where it is asked for."""
    table = stood_by(table, index)
    seen = table[table["score"].notna() & (table["level"].eq("component") | table["component"].isin(list(names)))]
    share = seen.groupby("year")["province"].nunique()
    size = {y: len(provinces.province_set(int(y))) for y in share.index}
    whole = [int(y) for y in share.index if share[y] >= MIN_COVERAGE * size[y] and y < 2025]
    asked = [int(y) for y in share.index] if wanted is None else wanted
    used = [y for y in asked if y in whole]
    if not used:
        raise NotEstimable(f"{index} has no edition for most provinces in {span(asked) if asked else 'the panel'}")
    partial = [y for y in asked if y in share.index and y not in whole]
    texts = []
    if partial:
        why = [f"{y} ({share[y]} of {size[y]} provinces)" if y < 2025 else f"{y} (units after the mergers)" for y in partial]
        texts.append("editions left out: " + ", ".join(why))
    if doubted := [f"{', '.join(who)} {y}" for y, who in indices.doubted(index).items() if y in used]:
        texts.append("left out, as their publisher does not stand by them: " + ", ".join(doubted))
    return table[table["year"].isin(used)], used, texts


def stood_by(table: pd.DataFrame, index: str) -> pd.DataFrame:
    """Scores of an index without the figures that their publisher does not stand by: they are outcomes of nobody."""
    odd = pd.Series(False, table.index)
    for year, who in indices.doubted(index).items():
        odd |= table["year"].eq(year) & table["province"].isin(who)
    return table[~odd] if odd.any() else table


def scaled(table: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """(province, year) × component. Standardising and ranking use all provinces published in the edition, before the
    sample rule takes any out, so that both readings and rules share one scale."""
    if table.duplicated(["province", "year", "component"]).any():
        raise BadInput("the same province, year and component twice in the scores")
    wide = table.pivot(index=["province", "year"], columns="component", values="score").astype(float)
    by_year = wide.groupby(level="year")
    if outcome == "z":
        mean, spread = by_year.transform("mean"), by_year.transform("std")
        return ((wide - mean) / spread).where(spread > 1e-12 * mean.abs())
    if outcome == "rank":
        return by_year.rank(ascending=False, method="min")
    return wide


def _has(table: object, name: str, columns: Iterable[str]) -> None:
    """Raises BadInput where a table that was given in place of the project's own is none, or lacks a column."""
    if not isinstance(table, pd.DataFrame | dict):
        raise BadInput("the data are no pandas table", column=name, value=type(table).__name__, fix="pandas.DataFrame(...)")
    if lacking := [column for column in columns if column not in table]:
        raise BadInput("there is no such column", column=lacking[0], fix=f"{name}= needs {', '.join(columns)}")
    for column in {"year", "value"} & set(columns):  # texts would be other years, or nobody's
        given = pd.Series(table[column])
        if given.dtype.kind not in "iuf" and (texts := [value for value in given if isinstance(value, str)]):
            raise BadInput("not a number", column=f"{name}: {column}", value=texts[0])


def _arrays(exposure: pd.DataFrame | dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Columns of an exposure, what is not said in a table of somebody's own taken for no."""
    _has(exposure, "exposure", ("province", "year", "adopted", "cohort", "dose", "state", "ended", "confidence"))
    if isinstance(exposure, dict):
        return exposure
    for column in ("adopted", "ended"):  # a text that says no is true to Python
        given = exposure[column].tolist()
        if wrong := [v for v in given if not (v is None or v is pd.NA or v != v or isinstance(v, Number) and v in (0, 1))]:
            raise BadInput("neither true nor false", column=f"exposure: {column}", value=wrong[0],
                           fix="write True or False, or 1 or 0")
    empty: dict[str, Any] = {"ended": False, "adopted": False, "dose": 0.0, "confidence": ""}
    return {c: np.asarray(exposure[c].fillna(empty[c]) if c in empty else exposure[c]) for c in exposure}


def _expose(y, units, years, exposure: dict[str, np.ndarray], asked: Question, rule: list[str]) -> dict:
    places, periods = ({name: i for i, name in enumerate(names)} for names in (units.tolist(), years.tolist()))
    row = np.array([places.get(p, -1) for p in exposure["province"].tolist()], int)
    column = np.array([periods.get(year, -1) for year in exposure["year"].tolist()], int)
    inside, here = (row >= 0) & (column >= 0), row >= 0
    if len(np.unique(row[inside] * len(years) + column[inside])) < inside.sum():
        raise BadInput("the same province and year twice in the exposure")

    def table(name, fill):
        out = np.full((len(units), len(years)), fill, dtype=object if isinstance(fill, str) else type(fill))
        out[row[inside], column[inside]] = exposure[name][inside]
        return out

    state, ended, adopted, dose = table("state", ""), table("ended", False), table("adopted", False), table("dose", 0.0)
    listed, finite = np.zeros(len(units), bool), np.full(len(units), np.nan)
    listed[row[here & (exposure["confidence"] != "")]] = True
    first = exposure["cohort"].astype(float)
    dated = np.flatnonzero(here & np.isfinite(first))[::-1]  # backwards: the first one stays
    finite[row[dated]] = first[dated]
    open_date = listed & ~np.isfinite(finite)
    unnamed = ~np.isin(np.arange(len(units)), row)  # of whom a table of somebody's own has no row nothing is known either
    unknown = ((state == "unknown").any(1) | unnamed) & ~listed
    keep = ~open_date & ~(unknown if asked.sample_rule == "drop_unknown" else np.zeros(len(units), bool))
    if open_date.any():
        rule.append(f"listed without a usable date, left out: {', '.join(units[open_date])}")
    if unknown.any():
        done = "left out" if asked.sample_rule == "drop_unknown" else "taken as controls"
        rule.append(f"provinces of unknown state {done}: {int(unknown.sum())}")
    y = y.copy()
    y[ended] = np.nan
    if ended[keep].any():
        rule.append(f"editions after the end of {asked.reform} left out for its provinces")
    cohort = np.where(np.isfinite(finite), finite, np.inf)
    exposed = adopted & ~ended
    # once a reform has ended everywhere for good, later editions hold nothing but former controls
    still = np.logical_or.accumulate(exposed[keep].any(0)[::-1])[::-1]
    over = ended[keep].any(0) & ~still
    y[:, over] = np.nan
    return {"y": y[keep], "units": tuple(units[keep]), "d": exposed[keep].astype(float),
            "dose": dose[keep], "cohort": cohort[keep], "unknown": unknown[keep]}


def _aimed(reform: str, index: str, names: list[str]) -> tuple[str, ...]:
    """Components that the registry says the reform aims at: all where it aims at the whole index, none of an index it does not
    name, whose components then are one family."""
    named = registry.targets(reform, index)
    return () if "overall" in named else tuple(n for n in names if n in named)


def _regions(units) -> np.ndarray:
    order = list(provinces.regions())
    return np.array([order.index(provinces.get(u, 2008).region) for u in units], int)


def _redefined(index: str, names: list[str], years: list[int]) -> dict[str, tuple[int, ...]]:
    """Component → editions within these from which it was measured anew."""
    return {c: tuple(sorted(b.year for b in indices.breaks_between(index, c, years[0], years[-1]))) for c in names}


def _break_note(index: str, names: list[str], years: list[int]) -> str:
    found = sorted({b.year for c in names for b in indices.breaks_between(index, c, years[0], years[-1])})
    return f"method breaks within these editions: {', '.join(map(str, found))}" if found else ""


def placed(sample: Panel) -> Panel:
    """With the place of every province on the map. Raises NotEstimable for one that it lacks."""
    place, lost = boundaries.centres(sample.units)
    if lost:
        raise NotEstimable(f"the map has no {', '.join(lost)}; leave it out with exclude=")
    return replace(sample, place=place)


def with_controls(sample: Panel, names: tuple[str, ...], table: pd.DataFrame | None) -> Panel:
    """Values of the last edition before anyone in the sample was exposed, but for who is from its first edition on (at most five
    years older). Provinces without a value leave the sample and are named."""
    if not names:
        return sample
    table = _control_table(table)
    valid = set(table["variable"].unique())
    begun = sample.cohort[np.isfinite(sample.cohort)]
    later = begun[begun > sample.years[0]]  # who is exposed throughout leaves the sample, and has no say in when others begin
    first = (later if len(later) else begun).min(initial=np.inf)
    last_before = int(min(first, sample.years[-1] + 1)) - 1
    values = {}
    for name in names:
        log, variable = name.startswith("log:"), name.removeprefix("log:")
        if variable not in valid:
            raise UnknownName("control", variable, difflib.get_close_matches(variable.lower(), sorted(valid), n=4, cutoff=0.3)
                              or sorted(valid)[:6])
        rows = table[(table["variable"] == variable) & (table["year"] <= last_before)
                     & (table["year"] > last_before - 5)].dropna(subset=["value"])
        if rows.empty:
            raise NotEstimable(f"control {variable} has no value before the first exposure ({last_before + 1})")
        # one year for all provinces, the latest that covers most of them: no mixing of price levels
        count = rows.groupby("year")["province"].nunique()
        year = int(count[count >= 0.9 * count.max()].index.max())
        by_unit = rows[rows["year"] == year].groupby("province")["value"].mean().reindex(sample.units).to_numpy(float)
        if log:
            by_unit = np.log(np.where(by_unit > 0, by_unit, np.nan))
        values[f"{name}@{year}"] = by_unit
    have = np.isfinite(np.stack(list(values.values()))).all(0)
    if not have.any():
        raise NotEstimable("no province has all controls: " + ", ".join(values))
    sample = replace(sample, controls={k: (v - v[have].mean()) / (v[have].std() or 1.0) for k, v in values.items()})
    if have.all():
        return sample
    return sample.take(have, note=f"without a value of the controls, left out: {', '.join(np.array(sample.units)[~have])}")


def _control_table(table: pd.DataFrame | None) -> pd.DataFrame:
    if table is not None:
        _has(table, "control_table", ("province", "year", "variable", "value"))
        if table.duplicated(["province", "year", "variable"]).any():
            raise BadInput("the same province, year and variable twice in the controls")
        return table
    return data.read(paths.processed() / "controls.parquet")


def _names(given: str | Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def span(years: list[int]) -> str:
    return f"{min(years)}" if min(years) == max(years) else f"{min(years)}–{max(years)}"
