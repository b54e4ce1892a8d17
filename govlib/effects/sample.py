"""The panel an effect is estimated on: outcomes, exposure, the states of provinces, and the rule that chose the cells.

Arrays are units × years × outcomes. Whatever is left out is left out by a rule that `Sample.rule` prints, because the
sentence about an effect has to carry it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from govlib.did.base import parse_years
from govlib.errors import BadInput, MissingData, NotEstimable, UnknownName

OUTCOMES = {"score": "points", "z": "standard deviations", "rank": "places", "fixed_weight": "points"}
SAMPLE_RULES = ("drop_unknown", "unknown_as_control")
MIN_COVERAGE = 0.8  # share of the provinces of its year below which an edition is a pilot or was published by selection
FIXED_WEIGHT = {"pci": "overall_fixed_weights"}


@dataclass(frozen=True)
class Sample:
    """Everything an estimator may look at.

    y : (N, T, K) outcomes, NaN where there is no figure or the sample rule takes the cell out.
    d : (N, T) 1.0 from the first exposed edition on, else 0.0. ``dose`` the number of actions in force.
    cohort : (N,) first exposed edition; ``inf`` where none within the sample's years.
    controls : name → (N,) value before the first exposure of anyone; enter as value × edition.
    region : (N,) region codes. xy : (N, 2) longitude and latitude or None.
    rule : what was left out and why, in words.
    unknown : (N,) provinces that a partial list does not name, taken as controls; None: there are none.
    """

    index_id: str
    reform: str
    components: tuple[str, ...]
    units: tuple[str, ...]
    years: np.ndarray
    y: np.ndarray
    d: np.ndarray
    cohort: np.ndarray
    region: np.ndarray
    dose: np.ndarray | None = None
    controls: dict[str, np.ndarray] = field(default_factory=dict)
    outcome: str = "score"
    sample_rule: str = "drop_unknown"
    exposure_rule: str = "next_edition_after_fieldwork"
    reading: str = "early"
    rule: str = ""
    note: str = ""
    unknown: np.ndarray | None = None

    @property
    def outcome_unit(self) -> str:
        return OUTCOMES[self.outcome]

    def one(self, k: int) -> Sample:
        """The sample of outcome ``k`` alone: provinces and editions without any figure for it are gone, and cohorts
        that lie outside its editions count as never. Raises `NotEstimable` with the reason, see `check`."""
        y = self.y[:, :, k]
        if not len(self.units):
            raise NotEstimable(f"no province is left in the sample ({self.rule})")
        t = np.isfinite(y).any(0)
        n = np.isfinite(y[:, t]).any(1)
        if not n.any():
            raise NotEstimable(f"{self.components[k]} of {self.index_id} has no figure in {_span(self.years)}")
        years = self.years[t]
        y, d, cohort = y[np.ix_(n, t)], self.d[np.ix_(n, t)], self.cohort[n]
        seen = np.isfinite(y)
        # exposed in every edition that has a figure: no before to compare with, and no clean control either
        always = (~((d == 0) & seen).any(1)) & (d > 0).any(1)
        keep = ~always
        cohort = np.where(cohort > years[-1], np.inf, cohort)
        note = self.note
        if always.any():
            names = "all provinces" if always.all() else ", ".join(np.array(self.units)[n][always])
            note = _join(note, f"exposed in every edition, left out: {names}")
        index = np.flatnonzero(n)[keep]
        out = replace(self, components=(self.components[k],), units=tuple(np.array(self.units)[index]), years=years,
                      y=y[keep][:, :, None], d=d[keep], cohort=cohort[keep], region=self.region[index],
                      dose=None if self.dose is None else self.dose[np.ix_(index, t)],
                      controls={c: v[index] for c, v in self.controls.items()}, note=note,
                      unknown=None if self.unknown is None else self.unknown[index])
        return out

    @property
    def cells(self) -> np.ndarray:
        """(N, T) cells in which every outcome has a figure."""
        return np.isfinite(self.y).all(2)

    @property
    def treated(self) -> np.ndarray:
        """(N,) provinces that are exposed in some edition with a figure."""
        return ((self.d > 0) & self.cells).any(1)

    def event_time(self) -> np.ndarray:
        """(N, T) editions since the first exposed one; NaN for provinces without exposure."""
        with np.errstate(invalid="ignore"):
            e = self.years[None, :] - self.cohort[:, None]
        return np.where(np.isfinite(self.cohort)[:, None], e, np.nan)

    def frame(self, k: int = 0) -> pd.DataFrame:
        """Long table for libraries: ``unit`` and ``time`` as integers, ``first_treat`` (0 never), ``y``, ``d``,
        ``region`` and one column a control."""
        i, t = np.nonzero(np.isfinite(self.y[:, :, k]))
        first = np.where(np.isfinite(self.cohort), self.cohort, 0).astype(int)
        table = pd.DataFrame({"unit": i, "time": self.years[t].astype(int), "first_treat": first[i],
                              "y": self.y[i, t, k], "d": self.d[i, t].astype(int), "region": self.region[i]})
        return table.assign(**{f"x_{name}": values[i] for name, values in self.controls.items()})

    def control_columns(self) -> tuple[np.ndarray | None, list[str]]:
        """(N, T, P) controls × editions (the first edition is the base) and their names."""
        if not self.controls:
            return None, []
        columns, names = [], []
        for name, value in self.controls.items():
            for j, year in enumerate(self.years):
                if j:
                    columns.append(value[:, None] * (np.arange(len(self.years)) == j))
                    names.append(f"control {name} × {year}")
        return np.stack(columns, 2), names


def check(sample: Sample, *, singletons: str = "refuse", needs_control: bool = True) -> Sample:
    """The one-outcome sample if an effect can be estimated on it at all, else `NotEstimable` saying why not.

    singletons : ``refuse`` a province with one observation (its own effect explains it) or ``drop`` it and say so.
    """
    if len(sample.units) == 0:
        raise NotEstimable("no province is left in the sample" + (f" ({sample.note})" if sample.note else ""))
    if not sample.treated.any():
        raise NotEstimable(f"no province is treated by {sample.reform} in {_span(sample.years)}"
                           + (f" ({sample.note})" if sample.note else ""))
    single = sample.cells.sum(1) == 1
    if single.any():
        names = ", ".join(np.array(sample.units)[single])
        if singletons == "refuse":
            raise NotEstimable(f"{names} has one observation only, which its own effect explains; "
                               "leave it out with exclude=, or widen the years")
        sample = _take(sample, ~single, f"one observation only, left out: {names}")
        return check(sample, needs_control=needs_control)
    if needs_control:
        clean = ((sample.d == 0) & sample.cells)
        after = sample.years >= sample.cohort[np.isfinite(sample.cohort)].min()
        cohorts = {c for c in sample.cohort if np.isfinite(c)}
        if not clean[:, after].any():
            if len(cohorts) == 1:
                raise NotEstimable("all provinces are treated at once and no control is left; "
                                   "a reform of one date needs exposure measured beforehand (estimator dose)")
            raise NotEstimable("no control province is left after the first exposure")
        if not clean[sample.treated].any():
            raise NotEstimable("no treated province has an edition before its exposure")
    for name, value in sample.controls.items():
        if np.ptp(value) <= 1e-12 * max(np.abs(value).max(), 1e-300):
            raise NotEstimable(f"control {name} is the same in all provinces, hence collinear with the edition effects")
    if len(sample.controls) > 1:
        from govlib.did.ols import refuse_collinear

        x = np.column_stack(list(sample.controls.values()))
        refuse_collinear(x - x.mean(0), x, [f"control {name}" for name in sample.controls])
    return sample


def _take(sample: Sample, keep: np.ndarray, note: str) -> Sample:
    return replace(sample, units=tuple(np.array(sample.units)[keep]), y=sample.y[keep], d=sample.d[keep],
                   cohort=sample.cohort[keep], region=sample.region[keep],
                   dose=None if sample.dose is None else sample.dose[keep],
                   controls={c: v[keep] for c, v in sample.controls.items()}, note=_join(sample.note, note),
                   unknown=None if sample.unknown is None else sample.unknown[keep])


def build(index: str, components: str | Iterable[str] | None = None, *, reform: str, years: object = None,
          outcome: str = "score", sample_rule: str = SAMPLE_RULES[0], exposure_rule: str | None = None,
          reading: str = "early", controls: Iterable[str] = (), exclude: Iterable[str] = (),
          min_confidence: str = "unverified", scores: pd.DataFrame | None = None,
          exposure: pd.DataFrame | None = None, control_table: pd.DataFrame | None = None) -> Sample:
    """Put outcomes and exposure of one index and reform together.

    Parameters
    ----------
    components : slugs; all components of the index by default (never the published composite, whose weights change).
    years : editions, ``"2006:2012"``; by default every edition published for at least 80 % of its provinces.
    outcome : ``score``, ``z`` (standardised within the edition over all published provinces), ``rank`` (1 is best,
        within the edition), ``fixed_weight`` (the composite with fixed weights; takes no components).
    sample_rule : ``drop_unknown`` or ``unknown_as_control``: what happens to provinces that a partial list does not name.
        Provinces that are listed without a usable date are left out under both.
    controls : variables of the controls table, ``log:`` before the name for its logarithm.
    scores, exposure, control_table : tables to use in place of the project's own (tests, simulations).

    Raises
    ------
    UnknownName for an index, component, reform, outcome, rule or control that is not known; BadInput for years;
    NotEstimable where nothing is left.
    """
    import govlib.known.reforms as reforms
    from govlib.known import indices, provinces

    if index not in indices.INDICES:
        raise UnknownName("index", index, difflib.get_close_matches(str(index), list(indices.INDICES), n=3, cutoff=0.3)
                          or tuple(indices.INDICES))
    if outcome not in OUTCOMES:
        raise UnknownName("outcome", outcome, tuple(OUTCOMES))
    if sample_rule not in SAMPLE_RULES:
        raise UnknownName("sample rule", sample_rule, SAMPLE_RULES)
    exposure_rule = exposure_rule or reforms.RULES[0]
    reforms.check_rule(exposure_rule, reading)
    reforms.known(reform)
    wanted_years = parse_years(years)
    names = _components(index, components, outcome)
    table = _scores(index, scores)
    names = _published(table, index, names, components)
    table, wanted_years, left_out = _editions(table, index, wanted_years)
    wide = _outcome(table[table["component"].isin(names)], outcome)
    editions_of = {n: wide[n].dropna().index.get_level_values("year").nunique() if n in wide.columns else 0 for n in names}
    absent = [n for n in names if editions_of[n] < (2 if components is None else 1)]
    if components is None and outcome != "fixed_weight" and len(absent) < len(names):
        names = [n for n in names if n not in absent]  # nobody asked for them by name
    else:
        for name in absent:
            raise NotEstimable(f"{name} of {index} was not published in {_span(np.array(wanted_years))}")
    exclude = {provinces.resolve(p) for p in exclude}
    units = [u for u in sorted(wide.index.get_level_values("province").unique()) if u not in exclude]
    if exposure is None:
        exposure = reforms.exposure(reform, index, rule=exposure_rule, reading=reading, years=wanted_years,
                                    min_confidence=min_confidence)
    y = np.stack([wide[c].unstack("year").reindex(index=units, columns=wanted_years).to_numpy(float) for c in names], 2)
    if np.isinf(y).any():
        raise BadInput("an infinite score in the panel")
    rule = [f"{sample_rule}"] + ([f"excluded: {', '.join(sorted(exclude))}"] if exclude else []) + left_out
    sample = _expose(y, np.array(units), np.array(wanted_years), exposure, sample_rule, reform, rule)
    regions = _regions(sample["units"])
    out = Sample(index, reform, tuple(names), tuple(sample["units"]), np.array(wanted_years), sample["y"], sample["d"],
                 sample["cohort"], regions, sample["dose"], {}, outcome, sample_rule, exposure_rule, reading,
                 "; ".join(rule), _break_note(index, names, wanted_years), sample["unknown"])
    return _with_controls(out, tuple(controls), control_table)


def from_arrays(y: np.ndarray, cohort: np.ndarray, *, years: Iterable[int] | None = None, components=None, units=None,
                region=None, controls: dict[str, np.ndarray] | None = None, d: np.ndarray | None = None,
                **fields) -> Sample:
    """A sample from plain arrays (simulations, tests): ``y`` (N, T[, K]) with NaN for missing, ``cohort`` (N,) in
    years with ``inf`` for never. Raises BadInput for shapes that do not fit, infinite outcomes or NaN cohorts."""
    y = np.asarray(y, float)
    y = y[:, :, None] if y.ndim == 2 else y
    cohort = np.asarray(cohort, float)
    if y.ndim != 3 or cohort.shape != y.shape[:1]:
        raise BadInput(f"outcomes {y.shape} and cohorts {cohort.shape} do not belong together")
    if np.isnan(cohort).any():
        raise BadInput("a cohort is NaN; write inf for a province that is never exposed")
    if np.isinf(y).any():
        raise BadInput("an infinite outcome; write NaN for a missing figure")
    n, t, k = y.shape
    years = np.arange(t) if years is None else np.asarray(list(years))
    if len(years) != t or (np.diff(years) <= 0).any():
        raise BadInput(f"{len(years)} years for {t} columns, or years out of order")
    for name, value in (controls or {}).items():
        if not np.isfinite(value).all():
            raise BadInput("a control has a missing value", column=name)
    d = (years[None, :] >= cohort[:, None]).astype(float) if d is None else np.asarray(d, float)
    return Sample(fields.pop("index_id", "simulated"), fields.pop("reform", "simulated"),
                  tuple(components or (f"y{j + 1}" for j in range(k))), tuple(units or (f"u{i}" for i in range(n))), years,
                  y, d, cohort, np.zeros(n, int) if region is None else np.asarray(region), d.copy(), dict(controls or {}),
                  **fields)


# ------------------------------------------------------------------------------------------------------------- parts
def _components(index: str, components, outcome: str) -> list[str]:
    if outcome == "fixed_weight":
        if index not in FIXED_WEIGHT:
            raise NotEstimable(f"there is no composite with fixed weights for {index}")
        return [FIXED_WEIGHT[index]]
    if components is None:
        return []
    return [components] if isinstance(components, str) else list(dict.fromkeys(components))


def _scores(index: str, scores: pd.DataFrame | None) -> pd.DataFrame:
    if scores is None:
        from govlib import paths

        path = paths.processed() / "scores.parquet"
        if not path.exists():
            raise MissingData(path, "make panel")
        scores = pd.read_parquet(path, columns=["province", "year", "index_id", "component", "level", "score", "status"],
                                 filters=[("index_id", "==", index)])
    return scores[scores["index_id"] == index]


def _published(table: pd.DataFrame, index: str, names: list[str], given) -> list[str]:
    from govlib.known import indices

    if not names:
        present = table.loc[table["level"] == "component", "component"].unique()
        names = [c for c in indices.component_ids(index) if c in set(present)]
        if not names:
            raise NotEstimable(f"{index} has no component scores in the panel")
        return names
    valid = set(indices.component_ids(index)) | set(table["component"].unique()) | {"overall"}
    for name in names:
        if name not in valid:
            raise UnknownName(f"component of {index}", name,
                              difflib.get_close_matches(str(name), sorted(valid), n=4, cutoff=0.3) or sorted(valid)[:4])
    return names


def _editions(table: pd.DataFrame, index: str, wanted: list[int] | None):
    """Editions to use. One published for less than 80 % of the provinces is a pilot (PCI 2005) or was published by
    selection (only the best), so that comparisons would be between winners: left out, and said so."""
    from govlib.known import provinces

    seen = table[table["score"].notna() & table["level"].isin(["component", "overall"])]
    share = seen.groupby("year")["province"].nunique()
    size = {y: len(provinces.province_set(int(y))) for y in share.index}
    whole = [int(y) for y in share.index if share[y] >= MIN_COVERAGE * size[y] and y < 2025]
    asked = [int(y) for y in share.index] if wanted is None else wanted
    used = [y for y in asked if y in whole]
    if not used:
        raise NotEstimable(f"{index} has no edition for most provinces in {_span(np.array(asked)) if asked else 'the panel'}")
    partial = [y for y in asked if y in share.index and y not in whole]
    texts = []
    if partial:
        why = [f"{y} ({share[y]} of {size[y]} provinces)" if y < 2025 else f"{y} (units after the mergers)" for y in partial]
        texts.append("editions left out: " + ", ".join(why))
    return table[table["year"].isin(used)], used, texts


def _outcome(table: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """(province, year) × component. Standardising and ranking use all provinces published in the edition, before the
    sample rule takes any out, so that both readings and rules share one scale."""
    if table.duplicated(["province", "year", "component"]).any():
        raise BadInput("the same province, year and component twice in the scores")
    wide = table.pivot(index=["province", "year"], columns="component", values="score").astype(float)
    by_year = wide.groupby(level="year")
    if outcome == "z":
        spread = by_year.transform("std")
        return ((wide - by_year.transform("mean")) / spread).where(spread > 0)
    if outcome == "rank":
        return by_year.rank(ascending=False, method="min")
    return wide


def _expose(y, units, years, exposure, sample_rule, reform, rule) -> dict:
    grid = exposure.set_index(["province", "year"])
    index = pd.MultiIndex.from_product([units, years])

    def table(column, fill):
        return grid[column].reindex(index).fillna(fill).to_numpy().reshape(len(units), len(years))

    state, ended = table("state", ""), table("ended", False).astype(bool)
    adopted, dose = table("adopted", False).astype(bool), table("dose", 0.0).astype(float)
    listed = grid["confidence"].ne("").groupby(level=0).any().reindex(units, fill_value=False).to_numpy(bool)
    finite = grid["cohort"].where(np.isfinite(grid["cohort"])).groupby(level=0).first().reindex(units).to_numpy(float)
    open_date = listed & ~np.isfinite(finite)
    unknown = (state == "unknown").any(1) & ~listed
    keep = ~open_date & ~(unknown if sample_rule == "drop_unknown" else np.zeros(len(units), bool))
    if open_date.any():
        rule.append(f"listed without a usable date, left out: {', '.join(units[open_date])}")
    if unknown.any():
        done = "left out" if sample_rule == "drop_unknown" else "taken as controls"
        rule.append(f"provinces of unknown state {done}: {int(unknown.sum())}")
    y = y.copy()
    y[ended] = np.nan
    if ended[keep].any():
        rule.append(f"editions after the end of {reform} left out for its provinces")
    cohort = np.where(np.isfinite(finite), finite, np.inf)
    exposed = adopted & ~ended
    # once a reform has ended everywhere, later editions hold nothing but former controls
    over = ended[keep].any(0) & ~exposed[keep].any(0)
    y[:, over] = np.nan
    return {"y": y[keep], "units": list(units[keep]), "d": (adopted & ~ended)[keep].astype(float),
            "dose": dose[keep], "cohort": cohort[keep], "unknown": unknown[keep]}


def _regions(units) -> np.ndarray:
    from govlib.known import provinces

    order = list(provinces.regions())
    return np.array([order.index(provinces.get(u, 2008 if u == "ha-tay" else 2020).region) for u in units], int)


def _break_note(index: str, names: list[str], years: list[int]) -> str:
    from govlib.known import indices

    found = sorted({b.year for c in names for b in indices.breaks_between(index, c, years[0], years[-1])})
    return f"method breaks within these editions: {', '.join(map(str, found))}" if found else ""


def _with_controls(sample: Sample, names: tuple[str, ...], table: pd.DataFrame | None) -> Sample:
    """Values of the last edition before anyone in the sample was exposed (at most five years older). Provinces without
    a value leave the sample and are named."""
    if not names:
        return sample
    table = _control_table(table)
    valid = set(table["variable"].unique())
    first = sample.cohort[np.isfinite(sample.cohort)].min(initial=np.inf)
    last_before = int(min(first, sample.years[-1] + 1)) - 1
    values = {}
    for name in names:
        log, variable = name.startswith("log:"), name.removeprefix("log:")
        if variable not in valid:
            raise UnknownName("control", variable, difflib.get_close_matches(variable, sorted(valid), n=4, cutoff=0.3)
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
    return _take(sample, have, f"without a value of the controls, left out: {', '.join(np.array(sample.units)[~have])}")


def _control_table(table: pd.DataFrame | None) -> pd.DataFrame:
    if table is not None:
        return table
    from govlib import paths

    path = paths.processed() / "controls.parquet"
    if not path.exists():
        raise MissingData(path, "make panel")
    return pd.read_parquet(path)


def _span(years: np.ndarray) -> str:
    years = np.asarray(years)
    return f"{years.min()}" if years.min() == years.max() else f"{years.min()}–{years.max()}"


def _join(a: str, b: str) -> str:
    return f"{a}; {b}" if a and b else a or b
