"""Which components a province should look at first, by a rule written down (``docs/priorities.md``) before any page is read.

    value = gap × reach × weight × reliability × kept

gap: points to the mean of the best three of the comparable provinces. reach: the share of that gap which one in four of the
provinces that stood in this place closed in two years. weight: what a point of the component is of the usual difference between
two provinces' totals. reliability: the share of the differences between provinces that is not noise. kept: the share of a
change that is still there a year later (:mod:`govlib.reading.kept`). A component is listed only where its gap is larger than
the usual fluctuation.

>>> from govlib.reading.board import panel_board
>>> found = ranked(panel_board(), "bac-ninh", 2024)
>>> len(found.first) <= MOST, all(p.gap > p.threshold for p in found.first)
(True, True)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from govlib.known import indices, weighting
from govlib.known.provinces import province_set
from govlib.panel import data
from govlib.reading import beside, kept, thresholds
from govlib.reading.board import Board, entity, once, region_of

MOST = 5  # components on the first pages
INDICES = ("pci", "papi", "dti", "par", "sipas")
BEST = 3  # provinces whose mean is the mark to reach
ENOUGH = 5  # comparable provinces with a score, below which there is no mark
NEAR = 0.125  # of the field: eight places of 63 up or down count as the same place
CASES = 20  # earlier cases below which what can be achieved is not known
STRONG = 0.75  # a rise that one in four achieved
HORIZON = 2  # years
OLDEST = 3  # years: a figure older than this says too little of today
SINCE = 8  # years in which others' rises are looked for


class Cases(NamedTuple):
    """What provinces did from one edition to another under one measure: place at the start (0 first, 1 last), and the change
    against the median change."""

    place: np.ndarray
    change: np.ndarray


@dataclass(frozen=True)
class Priority:
    """One component and the factors of its value; ``rise`` in points, ``cases`` the number of provinces behind it."""

    index_id: str
    component: str
    year: int
    score: float
    best: float
    best_of: tuple[str, ...]
    threshold: float
    rise: float
    cases: int
    weight: float
    reliability: float
    kept: float
    among: int = 0  # comparable provinces with a score, of which ``best_of`` are the best

    @property
    def gap(self) -> float:
        return self.best - self.score

    @property
    def reach(self) -> float:
        return min(1.0, max(0.0, self.rise) / self.gap) if self.gap > 0 else 0.0

    @property
    def value(self) -> float:
        return self.gap * self.reach * self.weight * self.reliability * self.kept


class Ranked(NamedTuple):
    """``first``: what the rule lists, the most valuable first; ``left``: (index, component) → why the rule cannot weigh it;
    ``within``: what it weighs and does not list, as the gap is not beyond the usual fluctuation."""

    first: list[Priority]
    left: dict[tuple[str, str], str]
    within: list[Priority]


def comparable(province: str, year: int) -> list[str]:
    """The provinces a mark is taken from: the five most alike in size, wealth and cities, the region, and the named peers."""
    alike = beside.similar(data.shared("controls.parquet"), province, year)["province"].tolist()
    region = region_of(province, year)
    near = [p for p in province_set(year) if region is not None and region_of(p, year) == region]
    return [p for p in dict.fromkeys([*alike, *near, *beside.peers(province, year)]) if p != province]


@once
def ranked(board: Board, province: str, year: int) -> Ranked:
    """Every component of an edition not older than :data:`OLDEST` years, weighed; at most :data:`MOST` of them come first."""
    found, left, within = [], {}, []
    mates = comparable(province, year)
    for index_id in INDICES:
        for c in indices.component_ids(index_id, max(year, indices.index(index_id).first_edition)):
            got = weigh(board, index_id, c, province, year, mates)
            if isinstance(got, str):
                left[index_id, c] = got
            elif got.gap <= got.threshold:
                within.append(got)
            elif got.value > 0 and not _leading(board, got, province):
                found.append(got)
    found.sort(key=lambda p: (-p.value, p.index_id, p.component))
    return Ranked(found[:MOST], left, within)


def _leading(board: Board, found: Priority, province: str) -> bool:
    """In the first quarter of the provinces with a score: others have more to learn from it than it from them."""
    scores = board.stood_by(found.index_id, found.component).loc[found.year].dropna()
    return int((scores > scores[province]).sum()) + 1 <= len(scores) / 4


def edition(board: Board, index_id: str, component: str, province: str, year: int, mates: Iterable[str]) -> int | None:
    """The newest edition in which the province and :data:`ENOUGH` of the comparable ones have a score; None where that is older
    than :data:`OLDEST` years."""
    m = board.stood_by(index_id, component)
    for y in sorted((int(y) for y in m.index if year - OLDEST <= y <= year and entity(province, y) == entity(province, year)),
                    reverse=True):
        if province in m and np.isfinite(m.at[y, province]) and m.loc[y].reindex(list(mates)).notna().sum() >= ENOUGH:
            return y
    return None


def weigh(board: Board, index_id: str, component: str, province: str, year: int, mates: list[str]) -> Priority | str:
    """One component's factors; or, as a word, why there are none: ``no_figures`` (of the province or its comparable ones),
    ``no_noise`` (too few editions to tell signal from fluctuation), ``no_weight``, ``no_cases``."""
    at = edition(board, index_id, component, province, year, mates)
    if at is None:
        return "no_figures"
    meaning = thresholds.of(board, index_id, component, at)
    if meaning is None:
        return "no_noise"
    weight = _weight(board, index_id, component, at)
    if weight is None:
        return "no_weight"
    rise, cases = _rise(board, index_id, component, province, at)
    share = kept.of(board, index_id, component)
    if rise is None or share is None:
        return "no_cases"
    scores = board.stood_by(index_id, component).loc[at]
    near = scores.reindex(mates).dropna()
    top = near.sort_values(ascending=False, kind="stable").head(BEST)
    return Priority(index_id, component, at, float(scores[province]), float(top.mean()), tuple(top.index), meaning.threshold, rise,
                    cases, weight, meaning.noise.reliability, share.share, len(near))


def _weight(board: Board, index_id: str, component: str, year: int) -> float | None:
    """Points of the total that a point of the component is, over the spread of totals in the newest full edition."""
    weights, full = weighting.of(index_id, year), board.newest_full(index_id, "overall", year)
    if weights is None or component not in weights or full is None:
        return None
    point = 1.0 if weighting.is_sum(index_id) else weights[component] / 10.0
    return point / float(np.std(board.edition(index_id, "overall", full).values, ddof=1))


@once
def cases(board: Board, index_id: str, component: str, horizon: int) -> Cases:
    """All that is held of changes over ``horizon`` years between full editions under one measure."""
    m = board.stood_by(index_id, component)
    x, at = m.to_numpy(), {int(y): i for i, y in enumerate(m.index)}
    joined = [y for y in at if y + horizon in at and _joins(board, index_id, component, y, y + horizon)]
    place, change = [], []
    for y in joined:
        start, end = x[at[y]], x[at[y + horizon]]
        there = np.isfinite(start) & np.isfinite(end)
        place.append([(start[np.isfinite(start)] > v).mean() for v in start[there]])
        change.append((end - start - np.median((end - start)[there]))[there])
    return Cases(*(np.concatenate(v) if v else np.array([]) for v in (place, change)))


def _joins(board: Board, index_id: str, component: str, first: int, last: int) -> bool:
    return (board.is_full(index_id, component, first) and board.is_full(index_id, component, last)
            and not board.breaks(index_id, component, first, last))


def _rise(board: Board, index_id: str, component: str, province: str, year: int) -> tuple[float | None, int]:
    """What one in four of the provinces in this place gained on the nation; over one year where two are not to be had. The place
    is that of the edition or, where it is not full, of the newest full one before, of the same unit: where the old Bắc Ninh stood
    says nothing of the one of 2025."""
    m = board.stood_by(index_id, component)
    full = next((y for y in sorted(board.editions(index_id, component), reverse=True)
                 if y <= year and board.is_full(index_id, component, y) and entity(province, y) == entity(province, year)
                 and np.isfinite(m.at[y, province])), None)
    if full is None:
        return None, 0
    values = m.loc[full].dropna()
    own = float((values > values[province]).mean())
    for horizon in range(HORIZON, 0, -1):
        found = cases(board, index_id, component, horizon)
        near = found.change[np.abs(found.place - own) <= NEAR] if len(found.place) else found.change
        if len(near) >= CASES:
            return float(np.quantile(near, STRONG)), len(near)
    return None, 0


class Riser(NamedTuple):
    """A province's largest rise in a component against the nation, between two editions at most :data:`HORIZON` years apart."""

    province: str
    first: int
    last: int
    points: float  # its own change
    ahead: float  # against the median change


def compared(board: Board, index_id: str, component: str, year: int) -> list[tuple[int, int]]:
    """The pairs of full editions under one measure, at most :data:`HORIZON` years apart, of the last :data:`SINCE` years."""
    years = [int(y) for y in board.stood_by(index_id, component).index if year - SINCE <= y <= year]
    return [(first, last) for last in years for first in years
            if 0 < last - first <= HORIZON and _joins(board, index_id, component, first, last)]


def risers(board: Board, index_id: str, component: str, province: str, year: int) -> list[Riser]:
    """Other provinces that rose beyond the usual fluctuation, own change and against the nation, in the last :data:`SINCE` years:
    the largest rise of each, the largest first."""
    return [r for r in _rose(board, index_id, component, year) if r.province != province]


@once
def _rose(board: Board, index_id: str, component: str, year: int) -> list[Riser]:
    m = board.stood_by(index_id, component)
    best: dict[str, Riser] = {}
    for first, last in compared(board, index_id, component, year):
        limit = thresholds.points(board, index_id, component, last)
        d = (m.loc[last] - m.loc[first]).dropna()
        if limit is None or d.empty:
            continue
        ahead = d - d.median()
        for slug in ahead.index[(ahead > limit) & (d > limit)]:
            found = Riser(str(slug), first, last, float(d[slug]), float(ahead[slug]))
            if slug not in best or found.ahead > best[slug].ahead:
                best[str(slug)] = found
    return sorted(best.values(), key=lambda r: (-r.ahead, r.province))
