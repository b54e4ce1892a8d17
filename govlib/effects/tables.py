"""The tables behind the pictures of notebook 3: timing, specification curve, power. Each is drawn by `plots`.

Nothing here estimates in a way of its own: the curve is `govlib.did.inference.spec_curve`, power `govlib.did.inference.power`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import count, takewhile
from typing import Any

import numpy as np
import pandas as pd

from govlib.did import spillover
from govlib.did.fitting import WINDOW
from govlib.did.inference import spec_curve as curves
from govlib.did.inference.equivalence import tost
from govlib.did.inference.honest import relative_magnitudes
from govlib.did.inference.power import mde, power_of
from govlib.did.panel import join
from govlib.did.specs import SpecGrid, all_subsets, grid, twfe_specs
from govlib.effects import sample as sampling
from govlib.effects.engine import estimate
from govlib.effects.lines import inferences, kept, one_estimator, told, written
from govlib.errors import BadInput, NotEstimable
from govlib.known import borders, indices, provinces, reforms
from govlib.known import names as spoken
from govlib.text import parse_number, years_of

TOGETHER = "put together"  # in the note of an event study whose outermost event times hold those beyond them too
CITIES = ("can-tho", "da-nang", "ha-noi", "hai-phong", "ho-chi-minh")  # the five run by the centre to 2024


def timing(reform: str, index: str, *, reading: str = "early", exposure_rule: str | None = None) -> pd.DataFrame:
    """Who, when: province × edition with ``state``, ``ended`` and ``cohort``; listed provinces first by date, and the
    number of provinces whose state is unknown throughout in ``attrs``. Method breaks of the index are in ``attrs`` too. Raises
    UnknownName."""
    reform, index = spoken.reform(reform), spoken.index(index)
    table = reforms.exposure(reform, index, rule=exposure_rule or reforms.RULES[0], reading=reading)
    table = table[table["year"] < 2025]
    listed = table.groupby("province")["confidence"].transform(lambda c: (c != "").any())
    known = table[listed].copy()
    order = known.groupby("province")["cohort"].first().sort_values(na_position="last").index
    known["province"] = pd.Categorical(known["province"], order, ordered=True)
    out = known.sort_values(["province", "year"]).reset_index(drop=True)
    rest = table[~listed].groupby("province")["state"].first()
    out.attrs = {"unknown": int((rest == "unknown").sum()), "never": int((rest == "not_yet").sum()),
                 "breaks": sorted({b.year for b in indices.breaks(index) if b.scope in ("all", "overall") or "." not in b.scope}),
                 "index": index, "reform": reform}
    return out


@dataclass(frozen=True)
class Curve:
    """table: one row a specification, sorted by estimate, with its choices in words; summary: counts and quantiles;
    test: median, share significant, average t with their joint permutation p-values."""

    table: pd.DataFrame
    summary: dict[str, Any]
    test: pd.DataFrame


def spec_curve(index: str, component: str, *,  # noqa: PLR0913  one keyword a choice of the curve
               reform: str, years: object = None, exposure_rule: str | None = None,
               controls: Iterable[str] = ("log:grdp", "log:budget_revenue", "log:budget_expenditure"), outcome: str = "score",
               draws: int = 199, seed: int = 20090101, scores: pd.DataFrame | None = None,
               control_table: pd.DataFrame | None = None) -> Curve:
    """All defensible two-way specifications of one component and one joint test of them.

    Choices: reading of dates (one or two) × which controls, each by its value before the reform times a trend (all subsets) ×
    first edition × last edition × provinces (all; without those of unknown state; without the five centrally run
    cities; without each region; without each exposed province where they are twelve or fewer). A control that does not exist
    before the reform is left out, and so are provinces without a value of the others; the summary names both.
    """
    reform, index = spoken.reform(reform), spoken.index(index)
    options: dict[str, Any] = dict(reform=reform, years=years, exposure_rule=exposure_rule, outcome=outcome, scores=scores,
                   sample_rule="unknown_as_control")
    early, late = (sampling.build(index, component, reading=r, **options) for r in ("early", "late"))
    units = [u for u in early.units if u in late.units]
    a, b = ([s.units.index(u) for u in units] for s in (early, late))
    # editions without any figure (after a reform has ended everywhere) would only repeat specifications
    span = [y for y, some in zip(early.years, np.isfinite(early.y).any((0, 2)), strict=True) if some and y in set(late.years)]
    ta, tb = ([list(s.years).index(y) for y in span] for s in (early, late))
    y = early.y[np.ix_(a, ta)]
    d = np.stack([early.d[np.ix_(a, ta)], late.d[np.ix_(b, tb)]], 2)
    x, names, absent = _trend_controls(early, units, span, tuple(controls), control_table)
    # one set of provinces throughout, so that specifications differ by choice and not by who has a figure for a control
    whole = np.isfinite(x).all((1, 2))
    seen = np.isfinite(y[:, :, 0]).any(1) & whole
    lacking = [u for u, w in zip(units, whole, strict=True) if not w]
    y, d, x, units = y[seen], d[seen], x[seen], [u for u, s in zip(units, seen, strict=True) if s]
    if (d[:, :, 0] == d[:, :, 1]).all():
        d = d[:, :, :1]  # dates known to the day: one reading, and no specification counted twice
    places, labels = _unit_sets(index, reform, units, exposure_rule, (d > 0).any((1, 2)))
    windows, spans = _windows(np.array(span), d)
    specs = _distinct(grid(len(units), len(span), outcomes=1, readings=d.shape[2], control_sets=all_subsets(len(names)),
                           year_sets=windows, unit_sets=places), y, d)
    results = twfe_specs(y, d, specs, controls=x)
    table = curves.curve(y, d, specs, controls=x)
    table["reading"] = np.array(["early", "late"])[table["reading"]]
    subsets = all_subsets(len(names))
    table["controls"] = [" + ".join(names[c] for c in subsets[s]) or "none" for s in table["control_set"]]
    table["provinces"] = [labels[u] for u in table["unit_set"]]
    table["editions"] = [spans[w] for w in table["year_set"]]
    keep = ["rank", "estimate", "ci_low", "ci_high", "p_value", "reading", "editions", "provinces", "controls", "n_obs",
            "n_provinces", "n_treated", "reason"]
    tested = curves.joint_curve_test(y, d, specs, controls=x, draws=draws, seed=seed)
    test = pd.DataFrame({"statistic": list(curves.STATISTICS), "observed": tested.observed, "p_value": tested.p_value})
    summary = curves.summary(results) | {"controls_absent": ", ".join(absent), "without_controls": ", ".join(lacking),
                                         "draws": len(tested.null)}
    return Curve(table[keep], summary, test)


def _distinct(specs: SpecGrid, y: np.ndarray, d: np.ndarray) -> SpecGrid:
    """Without the second reading in windows and provinces in which it exposes the same figures as the first: one specification, not
    two that count twice in the median."""
    same = (d == d[:, :, :1]).all(2) | ~np.isfinite(y[:, :, 0])
    alike = np.array([[same[np.ix_(unit, year)].all() for unit in specs.unit_sets] for year in specs.year_sets])
    keep = (specs.reading == 0) | ~alike[specs.year_set, specs.unit_set]
    choices = ("outcome", "reading", "control_set", "year_set", "unit_set")
    return replace(specs, **{name: getattr(specs, name)[keep] for name in choices})


def _trend_controls(sample, units, span, names, control_table):
    """(N, T, k): standardised value before the reform × edition."""
    columns, used, absent = [], [], []
    for name in names:
        try:
            one = sampling.with_controls(sample, (name,), control_table)
        except NotEstimable:
            absent.append(name)
            continue
        (value,) = one.controls.values()
        by_unit = pd.Series(value, one.units).reindex(units).to_numpy(float)
        if np.isfinite(by_unit).mean() < 0.9:
            absent.append(name)
            continue
        columns.append(by_unit[:, None] * (np.array(span) - span[0])[None, :])
        used.append(name)
    x = np.stack(columns, 2) if columns else np.empty((len(units), len(span), 0))
    return x, used, absent


def _unit_sets(index, reform, units, exposure_rule, exposed):
    n = len(units)
    sets, labels = [np.ones(n, bool)], ["all"]
    state = reforms.exposure(reform, index, rule=exposure_rule or reforms.RULES[0]).groupby("province")["state"].first()
    known = state.reindex(units).ne("unknown").to_numpy()
    if not known.all():
        sets.append(known)
        labels.append("without unknown state")
    cities = np.isin(units, CITIES)
    if cities.any():
        sets.append(~cities)
        labels.append("without centrally run cities")
    region = np.array([provinces.get(u, 2008 if u == "ha-tay" else 2020).region for u in units])
    for slug in np.unique(region):
        sets.append(region != slug)
        labels.append(f"without {slug}")
    if exposed.sum() <= 12:  # few enough that one of them could carry the result
        for i in np.flatnonzero(exposed):
            sets.append(np.arange(n) != i)
            labels.append(f"without {units[i]}")
    return sets, labels


def _windows(span: np.ndarray, d: np.ndarray):
    """First and last editions: up to four starts that leave two editions before the first exposure, up to seven ends that
    leave one after it."""
    exposed = (d[:, :, 0] > 0).any(0)
    if not exposed.any():
        raise NotEstimable("no province is treated in these years")
    first = int(np.argmax(exposed))
    if first < 2:
        raise NotEstimable("fewer than two editions before the first exposure")
    starts = list(range(max(0, first - 5), first - 1))[:4] if first > 2 else [0]
    if 0 not in starts:
        starts = [0, *starts][:4]
    last = len(span) - 1
    ends = sorted({min(last, e) for e in (*range(first + 1, first + 7), last)})
    pairs = [(s, e) for s in starts for e in ends]
    return [list(range(s, e + 1)) for s, e in pairs], [f"{span[s]}–{span[e]}" for s, e in pairs]


def power(rows: pd.DataFrame, *, scores: pd.DataFrame | None = None) -> pd.DataFrame:
    """For each overall estimate with a standard error: the spread of the outcome (points, z-scores or places, as it was asked)
    between provinces in one of its editions, the smallest effect seen with 80 % probability, and the probability of seeing
    effects of 0.1, 0.25, 0.5 and 1 spread."""
    rows = _with_error(rows)
    table = sampling.scores_of(str(rows["index_id"].iloc[0]), scores) if len(rows) else pd.DataFrame()
    out = []
    for row in rows.to_dict("records"):
        first, last = (int(y) for y in str(row["years"]).split(":"))
        used, *_ = sampling.editions(table, row["index_id"], [*range(first, last + 1)], [row["component"]])
        own = sampling.scaled(used[used["component"] == row["component"]], row["outcome"])
        spread = float(own.groupby(level="year").std()[row["component"]].mean())
        least = float(mde(row["std_error"], row["df"]))
        out.append({"component": row["component"], "estimator": row["estimator"], "estimate": row["estimate"],
                    "std_error": row["std_error"], "spread": spread, "mde": least, "mde_in_spreads": least / spread,
                    **{f"power_{s:g}": float(power_of(s * spread, row["std_error"], row["df"])) for s in (0.1, 0.25, 0.5, 1.0)}})
    return pd.DataFrame(out)


def sensitivity(fit, *, bounds: tuple[float, ...] = (0.0, 0.5, 1.0, 1.5, 2.0), average: bool = True,
                breakdown: bool = False, bias: str = "", monotone: str = "") -> pd.DataFrame:
    """Rambachan and Roth (2023): the interval of an event study's effect when paths may diverge after the reform, in each period,
    by up to ``bounds`` times the largest divergence between two neighbouring periods before it. ``average``: of the mean of all
    event times from 0 on, else of the first of them. ``bias`` (positive, negative), ``monotone`` (increasing, decreasing): what is
    known of how they diverge.

    Returns a row a bound: ``restriction``, ``bound``, ``ci_low``, ``ci_high`` (units of the outcome), ``event_times`` whose mean
    effect the interval is of. Periods without figures after the start are periods in which paths may have diverged too; of those
    before it only the ones without a gap up to −1 count. Event times that were put together with later ones are left out: how far
    they lie away is not known.

    Raises NotEstimable where the fit has no covariance, no event time −2 or none after the start, and where its effects are not
    measured from event time −1: with ``anticipation``, a varying base, a base further back for some, or by two stages, whose leads
    are what is left of all unexposed periods (Roth 2024, arXiv:2401.12309).
    """
    at = {e: i for i, (term, e) in enumerate(fit.terms) if term == "event"}
    if TOGETHER in fit.note:
        at = {e: i for e, i in at.items() if abs(e) < WINDOW}
    cells = fit.aux.get("att_gt", {})
    if -1 in at or fit.aux.get("leads") == "residuals" or any((g, g - 1) not in cells for g, _ in cells):
        raise NotEstimable("sensitivity needs effects that are all measured from the period right before the start")
    before = list(takewhile(at.__contains__, count(-2, -1)))[::-1]
    after = sorted(e for e in at if e >= 0)
    if fit.vcov is None or not before or not after:
        raise NotEstimable("sensitivity needs an event study with event time −2, one after the start and their covariance")
    keep = [at[e] for e in before + after]
    weights = np.full(len(after), 1 / len(after)) if average else None
    found = relative_magnitudes(fit.estimate[keep], fit.vcov[np.ix_(keep, keep)], len(before), m_bar=bounds, weights=weights,
                                breakdown=breakdown, draws=5000, bias=bias, monotone=monotone, steps=np.diff([-1, *after]))
    return found.frame().assign(event_times=", ".join(map(str, after if average else after[:1])))


def equivalence(rows: pd.DataFrame, *, share: float = 0.5, scores: pd.DataFrame | None = None) -> pd.DataFrame:
    """Is the effect shown to be small? Two one-sided tests against ``share`` of the spread between provinces."""
    out = []
    for row, reach in zip(_with_error(rows).to_dict("records"), power(rows, scores=scores).to_dict("records"), strict=True):
        margin = share * reach["spread"]
        test = tost(row["estimate"], row["std_error"], margin, row["df"])
        out.append({"component": row["component"], "estimator": row["estimator"], "estimate": row["estimate"],
                    "margin": margin, "p_equivalence": float(test.p_value), "shown_small": bool(test.equivalent)})
    return pd.DataFrame(out)


def _with_error(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[(rows["term"] == "att") & (rows["std_error"] > 0) & (rows["df"] > 0)]


def spillovers(index: str, components=None, *, reform: str, estimator: str = "imputation", inference=("crv1",),
               **choices) -> pd.DataFrame:
    """Are provinces that border on an exposed one moved too? The overall effect as estimated, without neighbours' figures in
    the comparison, and on the neighbours, a row each (`govlib.did.spillover`). ``choices``: as `govlib.effects.estimate`; only
    provinces of the sample count as exposed or near, and those without a known border (Hà Tây) are left out. The call is in
    ``attrs["line"]``.

    Raises as `govlib.effects.estimate`.

    >>> found = spillovers("pci", "time_costs", reform="peoples_council_removal", years="2006:2012")
    >>> len(found), set(found["component"])
    (3, {'time_costs'})
    """
    one_estimator(estimator)
    inference, components = inferences(inference), kept(components)
    choices = {name: kept(value) for name, value in choices.items()}
    asked = {"reform": reform, "estimator": estimator, "inference": inference, **choices}
    again = written("spillovers", (index, components), asked, estimator="imputation", singletons="drop")
    built = {name: choices.pop(name) for name in list(choices) if name in sampling.CHOICES}
    panel = sampling.build(index, components, reform=reform, **built)
    _, lost = borders.neighbours(panel.units)
    if lost:
        panel = panel.take(~np.isin(panel.units, lost), note=f"without a known border, left out: {', '.join(lost)}")
    near, _ = borders.neighbours(panel.units)
    return told(spillover.spillovers(panel, near, estimator, inference=inference, **choices), again)


def placebo_date(index: str, *, reform: str, pretend: int, years: object, components=None, estimator: str = "twfe",
                 inference=("crv1", "ri"), scores: pd.DataFrame | None = None) -> pd.DataFrame:
    """The reform's provinces as if it had come in ``pretend``, on editions before its real start only: every estimate
    should be noise. Rows as `govlib.effects.estimate`; their ``reform`` is ``placebo of …``, ``note`` begins with the year that is
    pretended, the call is in ``attrs["line"]``. Raises as `govlib.effects.estimate`, and BadInput where ``years`` reach the real
    start or are none, and where ``pretend`` is no year.

    >>> found = placebo_date("pci", reform="peoples_council_removal", pretend=2008, years="2006:2008", components="time_costs")
    >>> found["reform"].tolist()[0], bool(found["p_value"].min() > 0.05)
    ('placebo of peoples_council_removal', True)
    """
    one_estimator(estimator)
    inference, components, years = inferences(inference), kept(components), kept(years)
    index, reform, pretend, span = spoken.index(index), spoken.reform(reform), _year(pretend), years_of(years)
    if span is None:
        raise BadInput("a placebo needs editions before the real start", column="years", fix="years='2006:2008', for example")
    asked = {"reform": reform, "pretend": pretend, "years": years, "components": components, "estimator": estimator,
             "inference": inference, "scores": scores}
    again = written("placebo_date", (index,), asked, inference=("crv1", "ri"), components=None)
    table = reforms.exposure(reform, index, years=span)
    real = np.isfinite(table["cohort"])
    if (table.loc[real, "cohort"].min() <= span[-1]) or not span[0] < pretend <= span[-1]:
        raise BadInput("a placebo lies before the real start and after the first edition", column="pretend", value=pretend)
    table["cohort"] = np.where(real, float(pretend), table["cohort"])
    table["adopted"] = real & (table["year"] >= pretend)
    table["state"] = np.where(table["adopted"], "treated", np.where(table["state"] == "unknown", "unknown", "not_yet"))
    table["dose"] = table["adopted"].astype(float)
    rows = estimate(index, components, reform=reform, years=span, estimator=estimator, inference=inference, exposure=table,
                    scores=scores)
    notes = [join(f"placebo: pretended start {pretend}", note) for note in rows["note"]]
    return told(rows.assign(reform="placebo of " + rows["reform"], note=notes), again)


def _year(given: object) -> int:
    """A year as a number or a text of one."""
    try:
        number = parse_number(given)
    except BadInput:
        number = None
    if number is None or number != int(number):
        raise BadInput("a pretended start is one year", column="pretend", value=given, fix="pretend=2008, for example")
    return int(number)
