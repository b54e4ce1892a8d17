"""Where a province may stand a year later, and whether a chance of a rank may be printed at all.

:func:`chance` draws next editions of the model of :mod:`govlib.reading.movement` (every province at once, one spread an
edition) and counts ranks. :func:`record` replays it: each edition is foretold from earlier ones and set beside what came;
:func:`skill` says how good that was. A chance is for print (:func:`told`) only where editions not seen bear it out, by the rule
of docs/reading_rule.md: for its index and third of the ranking the slope of calibration lies within :data:`SLOPE` and the Brier
score is by more than :data:`GAIN` better than the share that came to pass there. Else there is no number, and the page says so;
the range of ranks (:func:`rank_range`) has been checked the same way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from govlib.errors import NotEstimable
from govlib.reading import movement, targets
from govlib.reading.board import Board, once
from govlib.reading.targets import EPS, LADDER, SEED

DRAWS = 2000
SLOPE, GAIN, MIN_SEEN = (0.85, 1.15), 0.10, 100  # what a chance must show on editions not seen, over so many of them
RANGE = 0.8  # of the ranks a year later
INDICES = ("pci", "papi")
ERA = {"pci": 2013, "papi": 2018}  # from when provinces moved less (PCI), from when the index had eight dimensions (PAPI)


@once
def places(board: Board, index_id: str, year: int) -> pd.DataFrame:
    """Ranks of the edition after ``year`` in :data:`DRAWS` draws: draws down, provinces across.

    Provinces move on their own about where the model expects them; how far, differs between editions (one draw of chi-square
    for all).

    Raises
    ------
    NotEstimable : of :func:`govlib.reading.movement.forecast`.
    """
    f, rng = movement.forecast(board, index_id, "overall", year), np.random.default_rng(SEED)
    spread = f.own * np.sqrt((movement.FREEDOM - 2) / rng.chisquare(movement.FREEDOM, (DRAWS, 1)))
    later = f.centre.to_numpy() + spread * rng.standard_normal((DRAWS, len(f.centre)))
    return pd.DataFrame((-later).argsort(axis=1).argsort(axis=1) + 1, columns=f.centre.index)


@dataclass(frozen=True)
class Chance:
    """A probability, the earlier pairs of editions (their later years) that it rests on, and how many draws."""

    probability: float
    years: tuple[int, ...]
    draws: int


def chance(board: Board, index_id: str, year: int, province: str, rank: int) -> Chance:
    """How likely the province stands on ``rank`` or better in the edition after ``year``; whether to believe it is another
    question.

    Raises
    ------
    NotEstimable : too few earlier editions, or no score of the province.
    """
    drawn = places(board, index_id, year)
    if province not in drawn:
        raise NotEstimable(f"{index_id} {year} has no score of {province}")
    return Chance(float((drawn[province] <= rank).mean()), pairs(board, index_id, year), len(drawn))


def rank_range(board: Board, index_id: str, year: int, province: str, level: float = RANGE) -> tuple[int, int]:
    """Between which ranks the province stands in the edition after ``year`` with that probability. Raises as :func:`chance`."""
    drawn = places(board, index_id, year)
    if province not in drawn:
        raise NotEstimable(f"{index_id} {year} has no score of {province}")
    low, high = np.quantile(drawn[province], [0.5 - level / 2, 0.5 + level / 2], method="nearest")
    return int(low), int(high)


def pairs(board: Board, index_id: str, year: int) -> tuple[int, ...]:
    """Earlier pairs of comparable full editions that a forecast from ``year`` takes (their later years)."""
    return tuple(y for y in movement.pairs(board, index_id, "overall") if y <= year)


def third(rank: int, of: int) -> int:
    """1, 2 or 3: the third of the ranking.

    >>> third(1, 63), third(21, 63), third(22, 63), third(63, 63)
    (1, 1, 2, 3)
    """
    return min(3, 1 + 3 * (rank - 1) // of)


def goal(rank: int) -> int:
    """The next of :data:`govlib.reading.targets.LADDER` above; the first has to stay so."""
    return max((r for r in LADDER if r < rank), default=1)


@once
def record(board: Board) -> pd.DataFrame:
    """Every chance that would have been told, and what came: index_id, year (base), era (0 earlier, 1 later), province, rank,
    third, goal, chance, came, inside (the rank a year later within the range)."""
    rows = []
    for index_id in INDICES:
        for later in movement.pairs(board, index_id, "overall"):
            year = later - 1
            try:
                drawn, f = places(board, index_id, year), targets.official(board, index_id, year)
            except NotEstimable:
                continue
            after = board.stood_by(index_id).loc[later].dropna()
            for p in drawn.columns.intersection(after.index):
                rank = f.rank(p)
                wanted, came = goal(rank), int((after > after[p] + EPS).sum()) + 1
                low, high = rank_range(board, index_id, year, p)
                rows.append((index_id, year, int(year >= ERA[index_id]), p, rank, third(rank, len(f.composite)), wanted,
                             float((drawn[p] <= wanted).mean()), came <= wanted, low <= came <= high))
    return pd.DataFrame(rows, columns=["index_id", "year", "era", "province", "rank", "third", "goal", "chance", "came", "inside"])


def calibration(chances: np.ndarray, came: np.ndarray, steps: int = 50) -> tuple[float, float]:
    """Slope of the logistic regression of what came on the log odds told, and its standard error (Cox 1958): 1 where chances
    are neither too bold (below) nor too timid (above); NaN where nothing or everything came.

    >>> calibration(np.repeat([0.2, 0.8], 10), np.r_[[1, 1], [0] * 8, [1] * 8, [0, 0]])[0].round(3)
    np.float64(1.0)
    """
    p, y = np.clip(np.asarray(chances, dtype=float), 1 / DRAWS, 1 - 1 / DRAWS), np.asarray(came, dtype=float)
    if not 0 < y.mean() < 1:
        return float("nan"), float("nan")
    x, b = np.column_stack([np.ones_like(p), np.log(p / (1 - p))]), np.array([0.0, 1.0])
    for _ in range(steps):
        fitted = 1 / (1 + np.exp(-x @ b))
        information = (x * (fitted * (1 - fitted))[:, None]).T @ x
        move = np.linalg.solve(information, x.T @ (y - fitted))
        b = b + np.clip(move, -2, 2)
        if np.abs(move).max() < 1e-10:
            break
    return b[1], np.sqrt(np.linalg.inv(information)[1, 1])


def score(rows: pd.DataFrame) -> dict[str, float]:
    """n, told and came (means), slope and its se, brier, climatology (of the share that came, told to all), gain (share by
    which the Brier score is below it), inside (share within the range of ranks)."""
    p, y = rows["chance"].to_numpy(), rows["came"].to_numpy(dtype=float)
    slope, se = calibration(p, y)
    brier, climatology = float(((p - y) ** 2).mean()), float(y.mean() * (1 - y.mean()))
    return {"n": len(rows), "told": float(p.mean()), "came": float(y.mean()), "slope": float(slope), "se": float(se),
            "brier": brier, "climatology": climatology, "gain": 1 - brier / climatology if climatology else float("nan"),
            "inside": float(rows["inside"].mean())}


def skill(board: Board) -> pd.DataFrame:
    """:func:`score` of all, by third, by index and third, and by index, era and third; ``index_id``, ``era``, ``third`` are
    None where all are taken together."""
    rows, found = record(board), []
    for by in ([], ["third"], ["index_id"], ["index_id", "third"], ["index_id", "era"], ["index_id", "era", "third"]):
        groups = rows.groupby(by) if by else [((), rows)]
        found += [{"index_id": None, "era": None, "third": None} | dict(zip(by, k, strict=True)) | score(g) for k, g in groups]
    return pd.DataFrame(found).astype({"index_id": object, "era": object, "third": object})


def trusted(board: Board, index_id: str, which: int) -> bool:
    """Whether chances of an index and third of its ranking have been borne out by editions not seen."""
    rows = record(board)
    s = score(mine) if len(mine := rows[(rows["index_id"] == index_id) & (rows["third"] == which)]) >= MIN_SEEN else None
    return s is not None and SLOPE[0] <= s["slope"] <= SLOPE[1] and s["gain"] > GAIN


def told(board: Board, index_id: str, year: int, province: str, rank: int) -> Chance | None:
    """:func:`chance` where it may be printed; None where it has no skill to show.

    Raises
    ------
    NotEstimable : of :func:`chance`.
    """
    found, f = chance(board, index_id, year, province, rank), targets.official(board, index_id, year)
    return found if trusted(board, index_id, third(f.rank(province), len(f.composite))) else None


def held(board: Board, index_id: str) -> float:
    """The share of provinces that stood within :func:`rank_range` in editions not seen."""
    rows = record(board)
    return float(rows.loc[rows["index_id"] == index_id, "inside"].mean())


def reliability(board: Board, bins: int = 5) -> pd.DataFrame:
    """What was told against what came, by third: third, bin, told, came, n, low and high (95 %, Wilson 1927) of what came."""
    rows = record(board)
    rows = rows.assign(bin=rows.groupby("third")["chance"].transform(lambda p: pd.qcut(p, bins, labels=False, duplicates="drop")))
    out = rows.groupby(["third", "bin"]).agg(told=("chance", "mean"), came=("came", "mean"), n=("came", "size")).reset_index()
    z, n, p = 1.96, out["n"], out["came"]
    middle, half = (p + z * z / (2 * n)) / (1 + z * z / n), z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return out.assign(low=middle - half, high=middle + half)
