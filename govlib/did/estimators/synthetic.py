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
from govlib.did.fitting import prepare, who
from govlib.did.inference.noise import Noise, Placebos, measure, placebos
from govlib.did.panel import Panel, join
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
    return sample.once(("case", k, unit), lambda: _case(sample, k, unit))


def _case(sample: Panel, k: int, unit: str | None) -> Case:
    one = prepare(sample, k, "drop", truncate=False)
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
        notes.append(f"{one.period}s left out for lack of figures: {', '.join(map(one.called, one.years[~keep]))}")
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


def _fit(one: Case, noise: Noise, test: Placebos, deals: np.ndarray, terms: list, **fields) -> Fit:
    """``test`` of the overall effect; ``deals``: who plays the treated in each placebo; ``fields`` of `Fit`."""
    s = one.sample
    names = np.array(s.units)
    fields["aux"] |= {"case": one, "joint": (test.observed[0], test.null[:, 0], [", ".join(names[row]) for row in deals])}
    chosen = np.isin(np.arange(len(s.units)), one.treated)
    none = np.full(len(terms) - 1, np.nan)
    return Fit(terms, df=np.nan, n_obs=int(one.y.size), n_provinces=len(s.units), n_treated=len(one.treated),
               years=(int(s.years[0]), int(s.years[-1])), inference="placebo", p_value=np.r_[test.p_value, none],
               ci=np.c_[np.r_[test.low, none], np.r_[test.high, none]], floor=test.floor, comparison=noise.rule,
               **who(s, chosen), **fields)


@register("synthetic_control", label="synthetic control", design="one",
          paper="Abadie, Diamond and Hainmueller (2010), JASA 105", options=("unit",), controls=False)
def synthetic_control(sample: Panel, k: int, *, unit: str | None = None, **_) -> Fit:
    """``unit``: which treated unit; the only one by default. p-value and interval are those of one placebo test, of the mean gap
    over the noise of the unit; the p-value of the ratio of gaps after and before is in the note."""
    one = case(sample, k, unit)
    if len(one.treated) != 1:
        names = ", ".join(one.sample.units[i] for i in one.treated)
        raise NotEstimable(f"a synthetic control is made for one {one.sample.noun} at a time; say which: {names}")
    row = int(one.treated[0])
    start = int(one.cohort[row])
    result = synthetic.synthetic_control(one.y, row, start, donors=one.donors)
    space = synthetic.placebos_in_space(one.y, row, start, donors=one.donors)
    exposed = (np.arange(len(one.y)) == row)[:, None] & (np.arange(one.y.shape[1]) >= start)
    noise = measure(one.y[:, :, None], exposed, one.sample.region)
    test = placebos(result.effect, noise.sd[row], space.effect[one.donors], noise.sd[one.donors])
    effect = float(result.effect[0])
    gaps = result.gap[start:, 0]
    # since the start itself, of which there may be no figure: the first exposed column is then a later period
    terms = [("att", None)] + [("event", int(e)) for e in one.sample.event_time()[row]]
    years = len(one.sample.years)
    note = f"fit before {result.pre_rmspe[0]:.2f}, after {result.post_rmspe[0]:.2f}, {int(space.n_placebos[0])} placebos"
    if result.perfect_fit[0]:
        note = join(note, "the fit before is perfect: of all weights that fit, the most even")
    note = join(one.note, note, f"p of the ratio of fits {space.p_ratio[0]:.3f}")
    return _fit(one, noise, test, one.donors[:, None], terms, estimate=np.r_[effect, result.gap[:, 0]],
                std_error=np.full(years + 1, np.nan), note=note, aux={"result": result, "placebos": space, "gaps": gaps})


@register("synthetic_did", label="synthetic difference-in-differences", design="one",
          paper="Arkhangelsky, Athey, Hirshberg, Imbens and Wager (2021), American Economic Review 111",
          options=("unit",), controls=False)
def synthetic_did(sample: Panel, k: int, *, unit: str | None = None, draws: int = 200, seed: int = 20090101, **_) -> Fit:
    """All treated units, or the one named. Standard error, interval and p-value from placebos."""
    one = case(sample, k, unit)
    cohort = np.where(np.isin(np.arange(len(one.y)), one.treated), one.cohort, np.inf)
    test = sdid.sdid_placebo(one.y, cohort, draws=min(draws, 200), seed=seed, region=one.sample.region)
    every = ", all donors" if len(one.treated) == 1 else ", every choice of donors"
    note = f"{len(test.null)} placebos" + (every if test.exact else "")
    return _fit(one, test.noise, test.test, test.deals, [("att", None)], estimate=test.estimate, std_error=test.std_error,
                note=join(one.note, note), aux={"result": test.fit})
