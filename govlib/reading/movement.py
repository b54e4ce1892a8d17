"""How scores move from one edition to the next: a model that learns from earlier editions only.

Scores are measured from the mean of their edition in its standard deviations. The next score of a component is foretold by

    a · (its score now)  +  b · (where its own earlier editions stood, less now)  +  c · (the mean of the other components)

with coefficients by ridge regression of all earlier pairs of editions under one method, the newer weighing more, those of one
component drawn towards those of all of the index. ``a`` below one is the regression to the mean; ``b`` says that a province falls
back to its own level, not only everyone's; ``c`` uses that components move together. A composite is foretold as the weighted sum
of its components, and the spread about it is that of past sums, so that the covariance of the components is in it.

What is left over has two parts: a shift of the whole edition, and what one province does. Each has the spread that it had in
earlier pairs, newer ones weighing more; editions differ in it, hence Student's t instead of the normal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from govlib.errors import NotEstimable
from govlib.reading import targets
from govlib.reading.board import FULL, Board, once

DECAY, FADE = 0.85, 0.7  # weight of a pair of editions over that of the pair a year later: for coefficients, for spreads
# the same for a province's own earlier editions, how many years are looked at, and what an unknown one that stood as it does
# now weighs: the fewer and the older its editions, the less they pull
MEMORY, YEARS_BACK, UNKNOWN = 0.7, 4, 0.3
# where coefficients start from, and as how many provinces the start and the whole index count
START, LOOSE, TIGHT = (0.7, 0.3, 0.05), 5.0, 60.0
FREEDOM = 8  # of Student's t: what editions' spreads differ by (their logarithms by about a third)
MIN_PAIRS = 2  # earlier pairs of editions, under one method each, that a forecast takes


class Edition(NamedTuple):
    """One full edition of a component: its mean and spread, and by province score, own past and other components."""

    mean: float
    spread: float
    x: np.ndarray  # (names, 3): now, past, others


@dataclass(frozen=True)
class Forecast:
    """The next score of every province: Student's t about ``centre``.

    own, shift : standard deviations of what one province does, and of what the edition does to all. pairs : earlier pairs of
    editions behind it (their later years).
    """

    centre: pd.Series
    own: float
    shift: float
    pairs: tuple[int, ...]

    @property
    def sd(self) -> float:
        return float(np.hypot(self.own, self.shift))

    @property
    def scale(self) -> float:
        """Of Student's t with this standard deviation."""
        return self.sd * float(np.sqrt((FREEDOM - 2) / FREEDOM))

    def half_width(self, level: float) -> float:
        """Half of the interval that holds the next score with this probability."""
        return self.scale * float(special.stdtrit(FREEDOM, 0.5 + level / 2))


def crps(y: np.ndarray, centre: np.ndarray, scale: float, freedom: int = FREEDOM) -> np.ndarray:
    """Continuous ranked probability score of Student's t: the mean absolute error of a forecast that is a distribution, the
    smaller the better, least for the true one (Gneiting and Raftery 2007; the formula of Jordan, Krüger and Lerch 2019).

    >>> float(crps(np.array([0.0]), np.array([0.0]), 1.0, 10**6)[0].round(4))  # of the normal: (√2 − 1)/√π
    0.2337
    """
    z = (np.asarray(y, dtype=float) - centre) / scale
    below = special.stdtr(freedom, z)
    log_density = (special.gammaln((freedom + 1) / 2) - special.gammaln(freedom / 2) - np.log(freedom * np.pi) / 2
                   - (freedom + 1) / 2 * np.log1p(z**2 / freedom))
    last = 2 * np.sqrt(freedom) / (freedom - 1) * np.exp(special.betaln(0.5, freedom - 0.5) - 2 * special.betaln(0.5, freedom / 2))
    return scale * (z * (2 * below - 1) + 2 * np.exp(log_density) * (freedom + z**2) / (freedom - 1) - last)


@once
def pairs(board: Board, index_id: str, component: str) -> list[int]:
    """Later years of neighbouring full editions with no break between."""
    return list(board.changes(index_id, component).index)


@once
def names(board: Board, index_id: str) -> pd.Index:
    """Everyone with a total or a component of the index, by name. Arrays here run over them, NaN where there is no figure: a first
    question takes thousands of small sums, each of which would cost pandas a tenth of a millisecond."""
    held = [board.matrix(index_id, c).columns for c in ("overall", *board.components(index_id))]
    return pd.Index(np.unique(np.concatenate(held)))


@once
def _scores(board: Board, index_id: str, component: str) -> dict[int, np.ndarray]:
    """Year → scores that the publisher stands by."""
    m = board.stood_by(index_id, component).reindex(columns=names(board, index_id))
    return dict(zip(m.index.tolist(), m.to_numpy(), strict=True))


def _standard(scores: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):  # all alike: none is known to stand anywhere
        return (scores - np.nanmean(scores)) / np.nanstd(scores, ddof=1)


@once
def _full(board: Board, index_id: str, component: str, year: int) -> np.ndarray | None:
    """Scores of a full edition, standardised."""
    scores = _scores(board, index_id, component)
    return _standard(scores[year]) if year in scores and board.is_full(index_id, component, year) else None


@once
def edition(board: Board, index_id: str, component: str, year: int) -> Edition:
    """A component of one full edition as the model reads it. Raises NotEstimable where it is not full."""
    now = _full(board, index_id, component, year)
    if now is None:
        raise NotEstimable(f"{index_id}/{component} {year} has scores of {board.n_scored(index_id, component, year)} provinces")
    pull, weight = now * 0.0, now * 0.0 + UNKNOWN
    for back in range(1, YEARS_BACK + 1):
        if (before := _full(board, index_id, component, year - back)) is not None:
            apart = before - now
            seen = np.isfinite(apart)
            pull, weight = pull + np.where(seen, MEMORY**back * apart, 0.0), weight + MEMORY**back * seen
    rest = [x for c in board.components(index_id) if c != component and (x := _full(board, index_id, c, year)) is not None]
    others = now * 0.0
    if rest:
        seen = np.isfinite(rest)
        with np.errstate(invalid="ignore"):  # of whom there is no other component
            others = _standard(np.where(seen, rest, 0.0).sum(axis=0) / seen.sum(axis=0))
    scores = _scores(board, index_id, component)[year]
    return Edition(float(np.nanmean(scores)), float(np.nanstd(scores, ddof=1)), np.column_stack([now, pull / weight, others]))


@once
def _moments(board: Board, index_id: str, component: str, later: int) -> tuple[np.ndarray, np.ndarray]:
    """Cross products of one pair of editions, in units of the earlier one's spread."""
    mean, spread, x = edition(board, index_id, component, later - 1)
    y = (_scores(board, index_id, component)[later] - mean) / spread
    there = np.isfinite(y) & np.isfinite(x).all(axis=1)
    a, b = x[there], y[there]
    return a.T @ a, a.T @ (b - b.mean())


def _ridge(board: Board, index_id: str, components: list[str], year: int, start: np.ndarray, worth: float) -> np.ndarray:
    left, right = np.eye(3) * worth, worth * start
    for c in components:
        for later in pairs(board, index_id, c):
            if later <= year:
                xx, xy = _moments(board, index_id, c, later)
                left, right = left + DECAY ** (year - later) * xx, right + DECAY ** (year - later) * xy
    return np.linalg.solve(left, right)


@once
def _of_all(board: Board, index_id: str, year: int) -> np.ndarray:
    """Coefficients of the components of an index taken together."""
    return _ridge(board, index_id, board.components(index_id), year, np.array(START), LOOSE)


@once
def coefficients(board: Board, index_id: str, component: str, year: int) -> np.ndarray:
    """(now, past, others) of a component, from pairs of editions up to ``year``."""
    return _ridge(board, index_id, [component], year, _of_all(board, index_id, year), TIGHT)


Centre = Callable[[int], np.ndarray]  # of the base year: where the next edition is expected, by :func:`names`


def by_model(board: Board, index_id: str, component: str, year: int) -> Centre:
    """The model as it was known in ``year``, for any base year."""
    def one(c: str, base: int) -> np.ndarray:
        mean, spread, x = edition(board, index_id, c, base)
        return mean + spread * (x @ coefficients(board, index_id, c, year))

    def centre(base: int) -> np.ndarray:
        if component != "overall":
            return one(component, base)
        weights, composite = _composite(board, index_id, base)
        found = sum((weight * one(c, base) for c, weight in weights.items()), start=np.zeros(len(names(board, index_id))))
        # where components and weights do not give the printed totals (PCI 2011), what they lack is kept
        whole = board.is_full(index_id, "overall", base)
        return found + (np.nanmean(_scores(board, index_id, "overall")[base]) - composite if whole else 0.0)

    return centre


@once
def _composite(board: Board, index_id: str, year: int) -> tuple[dict[str, float], float]:
    """Multipliers of the components, and the mean of the composite that they give."""
    field = targets.official(board, index_id, year)
    return field.weights.to_dict(), float(field.composite.mean())


def by_last_year(board: Board, index_id: str, component: str, year: int) -> Centre:
    """Persistence: everyone stays."""
    return _scores(board, index_id, component).__getitem__


def by_mean(board: Board, index_id: str, component: str, year: int) -> Centre:
    """Regression to the mean of the edition, one slope for all, from earlier pairs of this component alone."""
    scores, above, below = _scores(board, index_id, component), 0.0, 0.0
    for later in pairs(board, index_id, component):
        if later <= year:
            there = np.isfinite(scores[later - 1]) & np.isfinite(scores[later])
            x, y = (scores[of][there] - scores[of][there].mean() for of in (later - 1, later))
            above, below = above + DECAY ** (year - later) * float(x @ y), below + DECAY ** (year - later) * float(x @ x)
    return lambda base: (mean := np.nanmean(scores[base])) + above / below * (scores[base] - mean)


def forecast(board: Board, index_id: str, component: str, year: int, by=by_model) -> Forecast:
    """The edition after ``year`` from what was known then.

    Raises
    ------
    NotEstimable : the edition is not full, or fewer than two earlier pairs of editions are comparable.
    """
    earlier = tuple(y for y in pairs(board, index_id, component) if y <= year)
    if len(earlier) < MIN_PAIRS:
        raise NotEstimable(f"{index_id}/{component} has {len(earlier)} earlier pairs of comparable editions, "
                           f"{MIN_PAIRS} are needed")
    centre, scores = by(board, index_id, component, year), _scores(board, index_id, component)
    off = [scores[y] - centre(y - 1) for y in earlier]
    left = [e[np.isfinite(e)] for e in off]
    weights = [FADE ** (year - y) for y in earlier]
    own = float(np.average([np.var(e) for e in left], weights=weights))
    shift = float(np.average([np.mean(e) ** 2 for e in left], weights=weights))
    told = pd.Series(centre(year), names(board, index_id)).dropna()
    if len(told) < FULL * board.expected(index_id, year):
        raise NotEstimable(f"{index_id}/{component} {year} has scores of {len(told)} provinces")
    return Forecast(told, float(np.sqrt(own)), float(np.sqrt(shift)), earlier)
