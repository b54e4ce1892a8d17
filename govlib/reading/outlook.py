"""How likely a rank is a year later.

How often provinces that stood about where this one stands reached such a rank, by a seeded simulation that replays whole years
of all provinces' movement, the nearest method versions first, with an interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from scipy.special import ndtri, stdtrit

from govlib.errors import NotEstimable
from govlib.reading.board import Board
from govlib.reading.targets import EPS, SEED, Field, official

NEAR = 8  # places: "provinces that stood about where this one stands"
ENOUGH = 3  # year pairs after which no older method version is replayed; it takes two at least
# Between-year variance of a replayed rate p, over p(1 − p), below which no interval goes: pooled over the provinces of an edition
# it is 0.02 (PCI 2008) to 0.10 (PCI 2016), and two or three years can show far less by luck (docs/methodology.md)
BETWEEN_YEARS = 0.15


@lru_cache(maxsize=64)
def movement(board: Board, index_id: str, year: int) -> Mapping[int, pd.Series]:
    """:func:`transitions` under the components and weights of :func:`official` that a forecast from ``year`` replays: those
    known by then, of the method versions :func:`nearest` in time."""
    field = official(board, index_id, year)
    components = list(field.scores.columns)
    moves = transitions(board, index_id, components, field.weights)
    return {y: moves[y] for y in nearest(board, index_id, components, [y for y in moves if y <= year])}


def nearest(board: Board, index_id: str, components: Sequence[str], years: Sequence[int]) -> list[int]:
    """Whole method versions going back in time until at least :data:`ENOUGH` of ``years`` are there.

    A survey that moved provinces by four points a year and one that moves them by one are not the same lottery. A version
    is taken whole or not at all, so that no year is chosen for what it shows.
    """
    kept: list[int] = []
    for y in sorted(years, reverse=True):
        if len(kept) >= ENOUGH and any(board.breaks(index_id, c, y, kept[-1]) for c in components):
            break
        kept.append(y)
    return kept[::-1]


@dataclass(frozen=True)
class Chance:
    """A probability with its interval (:func:`mean_interval`, at least 90 %), and what it rests on: ``rates`` are the
    probabilities if the coming year is like each of ``years``, of which ``probability`` is the mean."""

    probability: float
    low: float
    high: float
    transitions: int
    years: tuple[int, ...]
    rates: tuple[float, ...]
    draws: int
    seed: int

    def year_of(self, rate: float) -> int:
        """The first year with this rate."""
        return self.years[self.rates.index(rate)]


def mean_interval(rates: Sequence[float], level: float = 0.9, between: float = BETWEEN_YEARS) -> tuple[float, float]:
    """An interval for the mean of yearly rates of which only a few are known.

    The wider of two. Student's t on the rates, k − 1 degrees of freedom: honest as long as the few years happen to differ as
    years do. And Wilson's (1927) interval for k / ``between`` independent draws, that is with a variance between years of
    ``between``·p(1 − p): it keeps the interval from closing where two or three years happen to agree, at nought for instance.

    Parameters
    ----------
    rates : shares 0–1 of at least two years.
    """
    k, mean = len(rates), float(np.mean(rates))
    if k < 2:
        raise NotEstimable(f"an interval needs the rates of two years, there are {k}")
    z, n = float(ndtri((1 + level) / 2)), k / between
    shrunk = 1 + z * z / n
    middle, half = (mean + z * z / (2 * n)) / shrunk, z * np.sqrt(mean * (1 - mean) / n + (z / (2 * n)) ** 2) / shrunk
    t = float(stdtrit(k - 1, (1 + level) / 2)) * float(np.std(rates, ddof=1)) / np.sqrt(k)
    return max(0.0, min(mean - t, middle - half)), min(1.0, max(mean + t, middle + half))


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


def window(n: int, donors: int) -> tuple[np.ndarray, np.ndarray]:
    """First and last place (from 0) among ``donors`` of a year that each of ``n`` places may draw from: those within
    :data:`NEAR` of the same relative place, as far as there are any."""
    at = np.rint(np.arange(n) * (donors - 1) / max(n - 1, 1)).astype(int)
    return np.maximum(at - NEAR, 0), np.minimum(at + NEAR, donors - 1)


def chances(field: Field, moves: Mapping[int, pd.Series], province: str, rank: int, *, draws: int = 2000,
            seed: int = SEED) -> Chance:
    """How likely it is to stand on ``rank`` or better a year later, if next year moves like one of the past.

    A draw takes one past year. Every province gets the change of a province that then stood within :data:`NEAR` places of
    where it stands now, each as likely as the next, so that the fall of leaders towards the middle, and what a year does to
    all, are kept. At both ends of the ranking the window is cut off: there are no places beyond the first and the last, and
    those two must not stand in for them. The interval (:func:`mean_interval`) is about the past years, of which there are
    few: it says so by being wide.

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
        first, last = window(n, len(d))
        later = now.to_numpy()[None, :] + d[rng.integers(first, last + 1, size=(per_year, n))]
        place = (later > later[:, [me]] + EPS).sum(axis=1) + 1
        rates.append(float((place <= rank).mean()))
        count += len(d)
    return Chance(float(np.mean(rates)), *mean_interval(rates), count, tuple(sorted(int(y) for y in moves)), tuple(rates),
                  per_year * len(moves), seed)
