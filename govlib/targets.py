"""What it would take to reach a rank or a tier, and how likely that is.

Three questions, each with its assumption in the open:

* :func:`least_change`: the smallest total rise of components that lifts the composite over a target while everyone else
  stands still — a linear programme, each rise bounded by the largest that any province has ever achieved in one year
  within one method version and by the top of the scale. A floor for the effort, not a forecast.
* :func:`chances`: how often provinces that stood about where this one stands reached such a rank a year later, by a
  seeded simulation that replays whole years of all provinces' movement, with an interval.
* :func:`weight_sensitivity`: the ranks that the same components give under other weights (Dirichlet draws).

All need every province's components: a rank among those that happen to be published is not a rank.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from govlib import indices
from govlib.comparisons import Board
from govlib.errors import BadInput, NotEstimable

SEED = 20250701
NEAR = 8  # places: "provinces that stood about where this one stands"
_EPS = 1e-9


@dataclass(frozen=True)
class Field:
    """Everyone's components and composite in one full edition.

    scores : (n_provinces, n_components) frame; composite : recomputed as ``scores @ weights``; largest : the largest rise
    of one year that any province has achieved, by component; scale_max : the top of each scale.
    """

    index_id: str
    year: int
    scores: pd.DataFrame
    weights: pd.Series
    composite: pd.Series
    largest: pd.Series
    scale_max: pd.Series

    def rank(self, province: str) -> int:
        return int((self.composite > self.composite[province] + _EPS).sum()) + 1


def composite_weights(index_id: str, components: Sequence[str], given: Mapping[str, float] | None, *,
                      scale: float = 10.0) -> pd.Series:
    """Multipliers from components to the composite: percent weights on ten-point scales to 100 points (PCI), or ones
    where the composite is the plain sum (PAPI)."""
    if given is None:
        return pd.Series(1.0, index=list(components))
    w = pd.Series(given, dtype=float).reindex(list(components))
    if w.isna().any():
        raise BadInput(f"no weight for {', '.join(w.index[w.isna()])}")
    return w / w.sum() * 100.0 / scale


def prepare(board: Board, index_id: str, components: Sequence[str], weights: pd.Series, year: int) -> Field:
    """Everyone's components in ``year``.

    Raises
    ------
    NotEstimable : where the edition is not published for (nearly) all provinces, with the reason.
    """
    short = [c for c in components if not board.is_full(index_id, c, year)]
    if short:
        n = min(board.n_scored(index_id, c, year) for c in short)
        raise NotEstimable(f"{index_id} {year} has components of {n} of {board.expected(index_id, year)} provinces only")
    scores = pd.DataFrame({c: board.matrix(index_id, c).loc[year] for c in components}).dropna()
    largest, top = {}, {}
    for c in components:
        d = board.changes(index_id, c)
        largest[c] = float(np.nanmax(d.to_numpy())) if len(d) and np.isfinite(d.to_numpy()).any() else np.nan
        cells = [board.cell(index_id, c, p, year) for p in scores.index[:1]]
        top[c] = cells[0].scale_max if cells[0] and cells[0].scale_max is not None else np.inf
    return Field(index_id, year, scores, weights.reindex(list(components)), scores @ weights.reindex(list(components)),
                 pd.Series(largest), pd.Series(top))


@lru_cache(maxsize=64)
def official(board: Board, index_id: str, year: int) -> Field:
    """:func:`prepare` with the edition's own components and weights.

    Raises
    ------
    NotEstimable : the weights are not known, or the edition is not published for (nearly) all provinces.
    """
    ids = indices.component_ids(index_id, year)
    given = None if index_id == "papi" else indices.weights(index_id, year)
    if index_id != "papi" and given is None:
        raise NotEstimable(f"the weights of {indices.name(index_id, 'overall')} {year} are not known")
    return prepare(board, index_id, ids, composite_weights(index_id, ids, given), year)


@lru_cache(maxsize=64)
def movement(board: Board, index_id: str, year: int) -> Mapping[int, pd.Series]:
    """:func:`transitions` under the components and weights of :func:`official`."""
    field = official(board, index_id, year)
    return transitions(board, index_id, list(field.scores.columns), field.weights)


def score_for_rank(field: Field, province: str, rank: int) -> float:
    """The composite that puts the province on ``rank`` while the others stay: that of the ``rank``-th of the others."""
    others = np.sort(field.composite.drop(province).to_numpy())[::-1]
    if not 1 <= rank <= len(others) + 1:
        raise BadInput("no such rank", value=rank, fix=f"1 to {len(others) + 1}")
    return float(others[rank - 1]) if rank <= len(others) else float("-inf")


@dataclass(frozen=True)
class Plan:
    """The least change: ``rises`` by component (zero where none), the target, and whether a year's bounds allow it.

    ``reachable`` is False where even the largest rises ever seen, all at once, fall short; ``best`` is then what they give.
    """

    province: str
    year: int
    target: float
    now: float
    rises: pd.Series
    bounds: pd.Series
    reachable: bool
    best: float

    @property
    def total(self) -> float:
        return float(self.rises.sum())


def least_change(field: Field, province: str, *, rank: int | None = None, score: float | None = None,
                 cost: Mapping[str, float] | None = None) -> Plan:
    """The smallest total rise of components that reaches a rank or a composite score.

    minimise Σ cost·rise  subject to  Σ weight·(score + rise) ≥ target,  0 ≤ rise ≤ min(largest ever, room on the scale)

    Parameters
    ----------
    cost : price of a point by component; default one each, so that the sum of points is least.
    """
    from scipy.optimize import linprog

    if province not in field.scores.index:
        raise NotEstimable(f"{field.index_id} {field.year} has no components of {province}")
    if (rank is None) == (score is None):
        raise BadInput("give a rank or a score, one of the two")
    x = field.scores.loc[province]
    target = score if score is not None else score_for_rank(field, province, rank)
    now = float(field.composite[province])
    bounds = pd.concat([field.largest, field.scale_max - x], axis=1).min(axis=1).clip(lower=0).fillna(0.0)
    best = now + float(field.weights @ bounds)
    none = pd.Series(0.0, index=x.index)
    if now >= target - _EPS:
        return Plan(province, field.year, target, now, none, bounds, True, best)
    if best < target - _EPS:
        return Plan(province, field.year, target, now, bounds, bounds, False, best)
    price = pd.Series(1.0, index=x.index) if cost is None else pd.Series(cost, dtype=float).reindex(x.index)
    # where components weigh the same many plans are equally small: take the one whose rises leave most room
    price = price * (1 - 1e-6 * bounds / max(float(bounds.max()), _EPS))
    found = linprog(price.to_numpy(), A_ub=-field.weights.to_numpy()[None, :], b_ub=[now - target],
                    bounds=list(zip([0.0] * len(x), bounds, strict=True)), method="highs")
    if not found.success:
        raise NotEstimable(f"the linear programme ended with: {found.message}")
    return Plan(province, field.year, target, now, pd.Series(found.x, index=x.index).where(lambda s: s > 1e-7, 0.0), bounds,
                True, best)


@dataclass(frozen=True)
class Chance:
    """A probability with its 90 % interval, and what it rests on."""

    probability: float
    low: float
    high: float
    transitions: int
    years: tuple[int, ...]
    draws: int
    seed: int


def transitions(board: Board, index_id: str, components: Sequence[str], weights: pd.Series) -> dict[int, pd.Series]:
    """Changes of the composite under these weights, by the later year: provinces ordered from first to last before.

    Only pairs of full neighbouring editions with no method change in any component.
    """
    years = [y for y in board.editions(index_id, components[0]) if all(board.is_full(index_id, c, y) for c in components)]
    w, composite = weights.reindex(list(components)).to_numpy(), {}
    for y in years:
        parts = [dict(zip(e.names, e.values.tolist(), strict=True)) for e in (board.edition(index_id, c, y) for c in components)]
        whole = [p for p in parts[0] if all(p in part for part in parts)]
        composite[y] = dict(zip(whole, np.array([[part[p] for part in parts] for p in whole]) @ w, strict=True))
    found = {}
    for y in years:
        if y - 1 in composite and not any(board.breaks(index_id, c, y - 1, y) for c in components):
            before = sorted(((p, v) for p, v in composite[y - 1].items() if p in composite[y]), key=lambda pv: -pv[1])
            if len(before) >= 30:
                found[y] = pd.Series([composite[y][p] - v for p, v in before], index=[p for p, _ in before])
    return found


def chances(field: Field, moves: Mapping[int, pd.Series], province: str, rank: int, *, draws: int = 2000,
            seed: int = SEED) -> Chance:
    """How likely it is to stand on ``rank`` or better a year later, if next year moves like one of the past.

    A draw takes one past year. Every province gets the change of a province that then stood within :data:`NEAR` places of
    where it stands now, so that the fall of leaders towards the middle, and what a year does to all, are kept. The
    interval is a bootstrap over the past years, of which there are few: it says so by being wide.

    Parameters
    ----------
    moves : of :func:`transitions`. The province's own history is left out of what it may draw.
    """
    if province not in field.composite.index:
        raise NotEstimable(f"{field.index_id} {field.year} has no components of {province}")
    if len(moves) < 2:
        raise NotEstimable(f"{field.index_id} has {len(moves)} pair(s) of comparable full editions; two are needed")
    rng = np.random.default_rng(seed)
    now = field.composite.sort_values(ascending=False, kind="stable")
    me, n = int(now.index.get_loc(province)), len(now)
    per_year = max(1, draws // len(moves))
    rates, count = [], 0
    for year in sorted(moves):
        d = moves[year].drop(province, errors="ignore").to_numpy()
        at = np.arange(n) * (len(d) - 1) / max(n - 1, 1)  # the same relative place then
        where = np.rint(at[None, :] + rng.integers(-NEAR, NEAR + 1, size=(per_year, n))).astype(int)
        later = now.to_numpy()[None, :] + d[np.clip(where, 0, len(d) - 1)]
        place = (later > later[:, [me]] + _EPS).sum(axis=1) + 1
        rates.append(float((place <= rank).mean()))
        count += len(d)
    rates = np.array(rates)
    again = rng.integers(0, len(rates), size=(2000, len(rates)))
    low, high = np.quantile(rates[again].mean(axis=1), [0.05, 0.95])
    return Chance(float(rates.mean()), float(low), float(high), count, tuple(sorted(int(y) for y in moves)),
                  per_year * len(moves), seed)


@dataclass(frozen=True)
class Sensitivity:
    """Ranks under other weights: as weighted, equal weights, and quantiles over the draws."""

    rank: int
    equal: int
    q05: int
    median: int
    q95: int
    best: int
    worst: int
    draws: int
    concentration: float


def weight_sensitivity(field: Field, province: str, *, draws: int = 2000, concentration: float = 20.0,
                       seed: int = SEED) -> Sensitivity:
    """The province's rank when weights are drawn around the given ones, Dirichlet(concentration · weights).

    At the default concentration of 20 a weight of 10 % varies with a standard deviation of 6.5 points.
    """
    if province not in field.scores.index:
        raise NotEstimable(f"{field.index_id} {field.year} has no components of {province}")
    share = (field.weights / field.weights.sum()).to_numpy()
    drawn = np.random.default_rng(seed).dirichlet(concentration * share, size=draws)
    x = field.scores.to_numpy()
    me = field.scores.index.get_loc(province)

    def rank_under(w: np.ndarray) -> np.ndarray:
        total = x @ w.T
        return (total > total[me] + _EPS).sum(axis=0) + 1

    got = rank_under(drawn)
    q = np.quantile(got, [0.05, 0.5, 0.95], method="nearest").astype(int)
    return Sensitivity(field.rank(province), int(rank_under(np.full((1, x.shape[1]), 1 / x.shape[1]))[0]), int(q[0]),
                       int(q[1]), int(q[2]), int(got.min()), int(got.max()), draws, concentration)


def tier_score(tiers: Mapping[str, float], tier: str) -> float:
    """The lowest published score of a tier; raises for a tier that the edition did not print."""
    if tier not in tiers:
        raise NotEstimable(f"no published score of tier {tier!r}; there are {', '.join(tiers) or 'none'}")
    return float(tiers[tier])
