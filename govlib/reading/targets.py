"""What it would take to reach a rank or a tier.

Two questions, each with its assumption in the open:

* :func:`least_change`: the smallest total rise of components that lifts the composite over a target while everyone else
  stands still — a linear programme, each rise bounded by the largest that any province has ever achieved in one year
  within one method version and by the top of the scale. A floor for the effort, not a forecast. Beside it the plan that
  raises every component by the same share of that largest rise: unique, and a measure of how hard the target is.
* :func:`weight_sensitivity`: the ranks that the same components give under other weights (Dirichlet draws).

How likely a rank is: :mod:`govlib.reading.outlook`. All need every province's components: a rank among those that happen to be
published is not a rank.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from numbers import Real

import numpy as np
import pandas as pd
from scipy.special import betaincinv

from govlib.errors import BadInput, NotEstimable, UnknownName
from govlib.forms.problems import say
from govlib.known import indices, provinces, weighting
from govlib.known.cards import card
from govlib.reading.board import Board, Cell
from govlib.text import whole
from govlib.words import wording
from govlib.words.tables import language, phrase

SEED = 20250701
CONCENTRATION = 20.0  # of the Dirichlet that weights are drawn from: one of 10 % has a standard deviation of 6.5 points
LADDER = (1, 3, 5, 10, 16, 30)  # ranks that are worth a target; the default is the next above
STEP = 0.01  # scores are printed in hundredths, and a plan that is printed has to suffice as printed
# A page sets a target on an edition of its own year or of the year before. Of an older one the year that the chance is about has
# long been published, and method and weights may have changed since (PCI in 2021 and in 2022), so that its ranks are no base.
MAX_AGE = 1
EPS = 1e-9


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
        return int((self.composite > self.composite[province] + EPS).sum()) + 1


def composite_weights(index_id: str, components: Sequence[str], given: Mapping[str, float] | None) -> pd.Series:
    """Multipliers from components to the composite: percent weights on ten-point scales to 100 points (PCI), or ones
    where the composite is the plain sum (PAPI, PGI)."""
    if given is None:
        return pd.Series(1.0, index=list(components))
    w = pd.Series(given, dtype=float).reindex(list(components))
    if w.isna().any():
        raise BadInput(f"no weight for {', '.join(w.index[w.isna()])}")
    return w / w.sum() * 10.0


def prepare(board: Board, index_id: str, components: Sequence[str], weights: pd.Series, year: int) -> Field:
    """Everyone's components in ``year``. Raises NotEstimable where they are not published for (nearly) all provinces."""
    short = [c for c in components if not board.is_full(index_id, c, year)]
    if short:
        n = min(board.n_scored(index_id, c, year) for c in short)
        raise NotEstimable(f"{index_id} {year} has components of {n} of {board.expected(index_id, year)} provinces only")
    scores = pd.DataFrame({c: board.stood_by(index_id, c).loc[year] for c in components}).dropna()
    largest, top = {}, {}
    for c in components:
        d = board.changes(index_id, c)
        largest[c] = float(np.nanmax(d.to_numpy())) if len(d) and np.isfinite(d.to_numpy()).any() else np.nan
        cells = [board.cell(index_id, c, p, year) for p in scores.index[:1]]
        top[c] = cells[0].scale_max if cells[0] and cells[0].scale_max is not None else np.inf
    return Field(index_id, year, scores, weights.reindex(list(components)), scores @ weights.reindex(list(components)),
                 pd.Series(largest), pd.Series(top))


def official(board: Board, index_id: str, year: int) -> Field:
    """:func:`prepare` with the edition's own components and weights; a field of the caller's own, to write into at will.

    Raises NotEstimable where the weights are not known, or the edition is not published for (nearly) all provinces."""
    kept = _official(board, index_id, year)
    return replace(kept, **{of: table.copy() for of, table in vars(kept).items() if isinstance(table, pd.DataFrame | pd.Series)})


@lru_cache(maxsize=64)
def _official(board: Board, index_id: str, year: int) -> Field:
    ids = indices.component_ids(index_id, year)
    if not ids:  # before the first edition: nobody would lack a component of none
        raise NotEstimable(f"{index_id} {year} has components of 0 provinces only")
    summed = weighting.is_sum(index_id)
    given = None if summed else weighting.of(index_id, year)
    if not summed and given is None:
        raise NotEstimable(f"the weights of {indices.name(index_id, 'overall')} {year} are not known")
    return prepare(board, index_id, ids, composite_weights(index_id, ids, given), year)


def why_no_base(board: Board, index_id: str, province: str, year: int) -> str | None:
    """What keeps an edition from being a target's base; None where nothing does.

    Returns
    -------
    ``none_yet``: the index began later; ``absent``: nothing of the edition is in our sources; ``totals``: its totals are, but
    no component (``totals_weights``: and its weights are not known either); ``by_rule``: the publisher prints the first ranks
    only; ``not_full``: components of too few provinces; ``province``: those of this province are incomplete; ``weights``: not
    known.
    """
    if year < indices.index(index_id).first_edition:
        return "none_yet"
    ids = indices.component_ids(index_id, year)
    held = [board.n_scored(index_id, c, year) for c in ids]
    unweighted = not weighting.is_sum(index_id) and weighting.of(index_id, year) is None
    if not any(held):
        if not board.n_scored(index_id, "overall", year):
            return "absent"
        return "totals_weights" if unweighted else "totals"
    if not all(board.is_full(index_id, c, year) for c in ids):
        return "by_rule" if indices.published_ranks(index_id, year) is not None else "not_full"
    if lacking(board, index_id, province, year):
        return "province"
    return "weights" if unweighted else None


def lacking(board: Board, index_id: str, province: str, year: int) -> list[str]:
    """Components of the edition in which the province has no score."""
    return [c for c in indices.component_ids(index_id, year)
            if (x := board.cell(index_id, c, province, year)) is None or x.score is None]


def bases(board: Board, index_id: str, province: str, last: int | None = None) -> list[int]:
    """Editions that a target can be worked out on, newest first: components of all provinces, this one's among them, and
    weights; up to ``last``, and of the unit that bears the name then."""
    return [y for y in reversed(indices.editions(index_id)) if (last is None or y <= last)
            and why_no_base(board, index_id, province, y) is None
            and not (last and any(b.scope == "unit" for b in board.breaks(index_id, "overall", y, last, province)))]


def score_for_rank(field: Field, province: str, rank: int) -> float:
    """The composite that puts the province on ``rank`` while the others stay: that of the ``rank``-th of the others.

    >>> from govlib.explore.plan import Planner
    >>> field = Planner("bac-ninh", "pci", 2019).field
    >>> from govlib import targets
    >>> round(targets.score_for_rank(field, "bac-ninh", 1), 2)
    73.4
    """
    others = np.sort(_others(field, province).to_numpy())[::-1]
    ranks = say("1 to {n}", n=len(others) + 1)
    if not 1 <= whole("rank", rank, ranks) <= len(others) + 1:
        raise BadInput("no such rank", value=rank, fix=ranks)
    return float(others[rank - 1]) if rank <= len(others) else float("-inf")


def rank_at(field: Field, province: str, score: float) -> int:
    """The rank that a composite would give the province while the others stay.

    >>> from govlib.explore.plan import Planner
    >>> field = Planner("bac-ninh", "pci", 2019).field
    >>> from govlib import targets
    >>> targets.rank_at(field, "bac-ninh", 100.0)
    1
    """
    return int((_others(field, province) > _number(score) + EPS).sum()) + 1


def _others(field: Field, province: str) -> pd.Series:
    """The composites of all but a province, which must be one of them."""
    if province not in field.composite.index:
        raise NotEstimable(f"{field.index_id} {field.year} has no components of {province}")
    return field.composite.drop(province)


def _number(score: object) -> float:
    """A score that can be reached or not. Raises BadInput for none at all, which no comparison holds for."""
    if not isinstance(score, Real) or not math.isfinite(score):
        raise BadInput("not a number", column="score", value=score)
    return float(score)


@dataclass(frozen=True)
class Plan:
    """Two ways to a target, and whether a year's bounds allow it.

    need : the points that the composite lacks, rounded up to the step of the plan.
    rises : the least change by component, zero where none. Where components weigh the same it is one of many that are as
        small; ``full``, ``either`` and ``shared`` say what they have in common.
    full : components that every least plan raises to their bound.
    either : component → the rise it would need if it alone carried what is left after ``full``; only those with room for it.
        One of them suffices, whichever.
    shared : components among which that rest can be split at will, those of ``either`` included; where none can carry it
        alone, ``rises`` gives each the same share of its bound.
    spread : the plan that raises every component by ``share`` of the largest rise ever seen in it (where the scale allows).
    reachable : False where even the largest rises ever seen, all at once, fall short; ``best`` is then what they give,
        ``rises`` and ``spread`` are the bounds, ``share`` is NaN.
    """

    index_id: str
    province: str
    year: int
    target: float
    now: float
    need: float
    rises: pd.Series
    bounds: pd.Series
    reachable: bool
    best: float
    full: tuple[str, ...]
    either: pd.Series
    shared: tuple[str, ...]
    spread: pd.Series
    share: float

    @property
    def total(self) -> float:
        return float(self.rises.sum())

    def _repr_html_(self) -> str:
        """A card in a notebook; points to gain are rounded up, so that they suffice as printed."""
        lang = language()

        def points(rises: pd.Series) -> str:
            return ", ".join(f"{indices.name(self.index_id, c, lang, self.year)} {wording.signed(float(_up(x, STEP)), lang)}"
                             for c, x in rises[rises > 0].items())

        told = [wording.number(x, lang) for x in (self.now, self.target, float(_up(self.need, STEP)))]
        told += [points(self.rises.drop(self.either.index)), points(self.either), wording.percent(self.share, lang, 1), ""
                 ] if self.reachable and self.need else ["", "", "", "" if self.reachable else wording.number(self.best, lang)]
        title = f"{provinces.name(self.province, lang, self.year)} · {indices.name(self.index_id, 'overall', lang)} {self.year}"
        return card(title, list(zip(phrase("targets.card", lang).split("|"), told, strict=True)))


def least_change(field: Field, province: str, *, rank: int | None = None, score: float | None = None,
                 cost: Mapping[str, float] | None = None, step: float = 0.0) -> Plan:
    """The smallest total rise of components that reaches a rank or a composite score, and the same target spread out.

    minimise Σ cost·rise  subject to  Σ weight·(score + rise) ≥ target,  0 ≤ rise ≤ min(largest ever, room on the scale)

    With one constraint the programme's optimum is known: components are raised to their bounds in the order of weight per
    cost until the target is met (Dantzig 1957).

    Parameters
    ----------
    cost : price of a point by component, above zero; default one each, so that the sum of points is least.
    step : every rise a multiple of it, those that do not fit rounded up and bounds rounded down, so that a plan which is
        printed reaches the target as printed (:data:`STEP`); 0 for the optimum itself.

    >>> from govlib.explore.plan import Planner
    >>> field = Planner("bac-ninh", "pci", 2019).field
    >>> from govlib import targets
    >>> plan = targets.least_change(field, "bac-ninh", rank=3)
    >>> bool(plan.rises.sum() > 0)
    True
    """
    if province not in field.scores.index:
        raise NotEstimable(f"{field.index_id} {field.year} has no components of {province}")
    if score is None and rank is not None:
        target = score_for_rank(field, province, rank)
    elif score is not None and rank is None:
        target = _number(score)
    else:
        raise BadInput("give a rank or a score, one of the two")
    x = field.scores.loc[province]
    price = pd.Series(1.0, index=x.index) if cost is None else pd.Series(cost, dtype=float).reindex(x.index)
    if not (price > 0).all():
        raise BadInput("every component needs a price above zero", column=", ".join(price.index[~(price > 0)]))
    of, now = (field.index_id, province, field.year), float(field.composite[province])
    largest = field.largest.reindex(x.index).clip(lower=0).fillna(0.0)
    bounds = _down(pd.concat([largest, field.scale_max - x], axis=1).min(axis=1).clip(lower=0), step)
    most = float(field.weights @ bounds)
    best = now + most
    none, nothing = pd.Series(0.0, index=x.index), pd.Series(dtype=float)
    if now >= target - EPS:
        return Plan(*of, target, now, 0.0, none, bounds, True, best, (), nothing, (), none, 0.0)
    need = float(_up(target - now, step))
    if best < target - EPS:
        return Plan(*of, target, now, need, bounds, bounds, False, best, (), nothing, (), bounds, float("nan"))
    lacking = min(need, most)  # the last half a step may be out of reach where weights are no multiples of it
    found = _fill(lacking, field.weights, bounds, price, step)
    spread, share = _spread(lacking, field.weights, bounds, largest)
    spread = pd.concat([_up(spread, step), bounds], axis=1).min(axis=1)
    return Plan(*of, target, now, need, found[0], bounds, True, best, *found[1:], spread, share)


def _up(x, step: float):
    """``x`` rounded up to a multiple of ``step``; what lies above one by a hair of arithmetic is that one."""
    return np.ceil(x / step - 1e-7) * step if step else x


def _down(x, step: float):
    return np.floor(x / step + 1e-7) * step if step else x


def _fill(need: float, weights: pd.Series, bounds: pd.Series, price: pd.Series, step: float = 0.0,
          ) -> tuple[pd.Series, tuple[str, ...], pd.Series, tuple[str, ...]]:
    """(rises, full, either, shared) of :class:`Plan` for ``need`` points of the composite."""
    rises, full = pd.Series(0.0, index=weights.index), []
    worth = (weights / price).where((weights > 0) & (bounds > 0)).dropna().round(9)
    for value in sorted(worth.unique(), reverse=True):
        group = list(worth.index[worth == value])
        gain = (weights * bounds)[group]
        if float(gain.sum()) <= need + EPS:
            rises[group] = bounds[group]
            full += group
            need -= float(gain.sum())
            if need <= EPS:
                return rises, tuple(full), pd.Series(dtype=float), ()
            continue
        alone = [c for c in group if gain[c] >= need - EPS]
        either = _up(need / weights[alone], step)
        if alone:  # one of them, the one with most room; ``either`` names them all
            rises[gain[alone].idxmax()] = either[gain[alone].idxmax()]
        else:  # none can alone: the same share of what each could rise, which singles none out
            part = bounds[group] * need / float(gain.sum())
            if weights[group].nunique() == 1:  # steps are handed out as the running sum passes them: no step too many
                rises[group] = np.diff(_up(part.cumsum(), step), prepend=0.0)
            else:
                rises[group] = _up(part, step)
        return rises, tuple(full), either, tuple(group)
    return rises, tuple(full), pd.Series(dtype=float), ()


def _spread(need: float, weights: pd.Series, bounds: pd.Series, largest: pd.Series) -> tuple[pd.Series, float]:
    """The share s with Σ weight·min(s·largest, bound) = need: the sum is a rising line with a kink where a scale ends."""
    gain, slope = 0.0, float(weights @ largest)
    kinks = (bounds / largest.where(largest > 0)).dropna().sort_values(kind="stable")
    share = 1.0
    for component, kink in kinks.items():
        share = (need - gain) / slope if slope > EPS else kink
        if share <= kink:
            break
        gain += float(weights[component] * bounds[component])
        slope -= float(weights[component] * largest[component])
    share = min(share, 1.0)
    return pd.concat([share * largest, bounds], axis=1).min(axis=1), share


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


def weight_range(field: Field, component: str) -> tuple[float, float]:
    """Between which shares (0–1) nine in ten of :func:`weight_sensitivity`'s draws of a component's weight lie."""
    if component not in field.weights.index:
        raise UnknownName(f"component of {field.index_id}", component, list(field.weights.index))
    share = float(field.weights[component] / field.weights.sum())
    low, high = betaincinv(CONCENTRATION * share, CONCENTRATION * (1 - share), [0.05, 0.95])  # a Dirichlet's margin is a Beta
    return float(low), float(high)


def weight_sensitivity(field: Field, province: str, *, draws: int = 2000) -> Sensitivity:
    """The province's rank when weights are drawn around the given ones, Dirichlet(:data:`CONCENTRATION` · weights)."""
    if province not in field.scores.index:
        raise NotEstimable(f"{field.index_id} {field.year} has no components of {province}")
    share = (field.weights / field.weights.sum()).to_numpy()
    drawn = np.random.default_rng(SEED).dirichlet(CONCENTRATION * share, size=draws)
    x = field.scores.to_numpy()
    me = field.scores.index.get_loc(province)

    def rank_under(w: np.ndarray) -> np.ndarray:
        total = x @ w.T
        return (total > total[me] + EPS).sum(axis=0) + 1

    got = rank_under(drawn)
    q = np.quantile(got, [0.05, 0.5, 0.95], method="nearest").astype(int)
    return Sensitivity(field.rank(province), int(rank_under(np.full((1, x.shape[1]), 1 / x.shape[1]))[0]), int(q[0]),
                       int(q[1]), int(q[2]), int(got.min()), int(got.max()), draws)


def printed_at(board: Board, index_id: str, year: int, rank: int) -> Cell | None:
    """The composite that was printed for a rank, in our sources; of provinces that share it the first by name."""
    there = sorted(board.edition(index_id, "overall", year).names)
    cells = (board.cell(index_id, "overall", p, year) for p in there)
    return next((c for c in cells if c and c.rank == rank and c.status == "published"), None)
