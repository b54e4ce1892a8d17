"""Synthetic control and synthetic difference-in-differences as estimators (the algebra is `govlib.did.synthetic`).

For one or a few treated units. Donors are units without exposure in these periods; the p-value compares the
treated unit with every donor treated as if the reform had been its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from govlib.did import synthetic
from govlib.did import synthetic_did as sdid
from govlib.did.base import Fit, register
from govlib.did.fitting import join, who
from govlib.did.panel import Panel, check
from govlib.errors import NotEstimable, UnknownName

ENOUGH = 0.9  # a period that fewer of the donors have costs more donors than it brings


@dataclass(frozen=True)
class Case:
    """A balanced one-outcome sample: ``y`` (N, T), the treated rows, donors, and the first exposed column of each."""

    sample: Panel
    y: np.ndarray
    treated: np.ndarray
    donors: np.ndarray
    cohort: np.ndarray  # column positions, inf for donors
    note: str


def case(sample: Panel, k: int, unit: str | None = None) -> Case:
    """Balance the sample: periods without a figure for the treated, or for 90 % of the donors, are left out, then
    donors that lack one. Raises `NotEstimable` with what is missing."""
    one = check(sample.one(k), singletons="drop")
    names = np.array(one.units)
    treated = one.treated
    if unit is not None:
        if unit not in sample.units:
            raise UnknownName(f"treated {one.noun}", unit, list(names[treated])[:4])
        if unit not in one.units:
            raise NotEstimable(f"{unit} has no {one.period} before its exposure in which {sample.components[k]} was published")
        if not treated[names == unit].all():
            why = f" ({one.note})" if one.note else ""
            raise NotEstimable(f"{unit} is not treated by {one.reform} within {one.span()}{why}")
        treated = names == unit
    donors = np.isinf(one.cohort) & ~one.treated
    if donors.sum() < 2:
        partial = one.rule.startswith("drop_unknown")
        hint = "; with an incomplete list of adopters take sample_rule='unknown_as_control'" if partial else ""
        raise NotEstimable(f"there are {int(donors.sum())} donor {one.noun}s{hint}")
    cells = one.cells
    keep = cells[treated].all(0) & (cells[donors].mean(0) >= ENOUGH)
    notes = [one.note]
    told = ""
    if not keep.all():
        notes.append(f"{one.period}s left out for lack of figures: {', '.join(map(str, one.years[~keep]))}")
        told = f" ({notes[-1]})"
    complete = cells[:, keep].all(1)
    lost = donors & ~complete
    if lost.any():
        notes.append(f"donors left out for lack of figures: {int(lost.sum())}")
    donors = donors & complete
    years = one.years[keep]
    use = treated | donors
    one = one.take(np.flatnonzero(use), keep)
    start = np.array([np.searchsorted(years, c) if np.isfinite(c) else np.inf for c in one.cohort])
    rows = np.flatnonzero(treated[use])
    for row in rows:
        if not 2 <= start[row] < len(years):
            raise NotEstimable(f"{one.units[row]} has {int(min(start[row], len(years)))} {one.period}s before its exposure and "
                               f"{max(len(years) - int(min(start[row], len(years))), 0)} after; two and one are needed{told}")
    # period by period in memory, as weighted sums over donors run
    return Case(one, np.asfortranarray(one.y[:, :, 0]), rows, np.flatnonzero(donors[use]), start, join(*notes))


def _fit(one: Case, terms, estimate, error, p, ci, note: str, **aux) -> Fit:
    s = one.sample
    chosen = np.isin(np.arange(len(s.units)), one.treated)
    return Fit(terms, np.asarray(estimate, float), np.asarray(error, float), np.nan, n_obs=int(one.y.size),
               n_provinces=len(s.units), n_treated=len(one.treated), years=(int(s.years[0]), int(s.years[-1])),
               inference="placebo", note=join(one.note, note), p_value=np.asarray(p, float), ci=np.asarray(ci, float), aux=aux,
               **who(s, chosen))


@register("synthetic_control", label="synthetic control", design="one",
          paper="Abadie, Diamond and Hainmueller (2010), JASA 105", options=("unit",), controls=False)
def synthetic_control(sample: Panel, k: int, *, unit: str | None = None, **_) -> Fit:
    """``unit``: which treated unit; the only one by default. The interval holds the constant effects that the
    placebo test on the mean gap does not reject. The p-value is the larger of two placebo p-values, that of the ratio of
    gaps after and before and that of the mean gap: an effect has to be unusual beside its own fit, and in size."""
    one = case(sample, k, unit)
    if len(one.treated) != 1:
        names = ", ".join(one.sample.units[i] for i in one.treated)
        raise NotEstimable(f"a synthetic control is made for one {one.sample.noun} at a time; say which: {names}")
    row = int(one.treated[0])
    start = int(one.cohort[row])
    result = synthetic.synthetic_control(one.y, row, start, donors=one.donors)
    space = synthetic.placebos_in_space(one.y, row, start, donors=one.donors)
    others = np.abs(space.effect[one.donors, 0])
    # the 95 % quantile of the placebos, counting the unit itself among them
    rank = int(np.ceil(0.95 * (len(others) + 1)))
    reach = np.sort(others)[rank - 1] if rank <= len(others) else np.inf
    effect = float(result.effect[0])
    gaps = result.gap[start:, 0]
    terms = [("att", None)] + [("event", int(y - one.sample.years[start])) for y in one.sample.years]
    years = len(one.sample.years)
    note = f"fit before {result.pre_rmspe[0]:.2f}, after {result.post_rmspe[0]:.2f}, {int(space.n_placebos[0])} placebos"
    if result.perfect_fit[0]:
        note = join(note, "the fit before is perfect: weights are not unique")
    none = np.full(years, np.nan)
    p = max(space.p_ratio[0], space.p_effect[0])
    return _fit(one, terms, np.r_[effect, result.gap[:, 0]], np.r_[np.nan, none], np.r_[p, none],
                np.c_[np.r_[effect - reach, none], np.r_[effect + reach, none]], note, result=result, placebos=space,
                case=one, gaps=gaps)


@register("synthetic_did", label="synthetic difference-in-differences", design="one",
          paper="Arkhangelsky, Athey, Hirshberg, Imbens and Wager (2021), American Economic Review 111",
          options=("unit",), controls=False)
def synthetic_did(sample: Panel, k: int, *, unit: str | None = None, draws: int = 200, seed: int = 20090101, **_) -> Fit:
    """All treated units, or the one named. Standard error, interval and p-value from placebos."""
    one = case(sample, k, unit)
    cohort = np.where(np.isin(np.arange(len(one.y)), one.treated), one.cohort, np.inf)
    result = sdid.synthetic_did(one.y, cohort)
    test = sdid.sdid_placebo(one.y, cohort, draws=min(draws, 200), seed=seed)
    note = f"{len(test.null)} placebos" + (", all donors" if test.exact else "")
    return _fit(one, [("att", None)], test.estimate, test.std_error, test.p_value, np.c_[test.ci_low, test.ci_high], note,
                result=result, case=one, null=test.null)
