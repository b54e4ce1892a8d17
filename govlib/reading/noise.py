"""How much of a score's movement between editions is noise; plain arrays, no panel.

The error variance of the simplex model (Heise 1969; Wiley and Wiley 1970), from the covariances of three consecutive editions,
``var(x2) - cov(x1,x2) cov(x2,x3) / cov(x1,x3)``, pooled over all triples of full editions within one method version. A passing
true change of one year counts as noise here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from numbers import Real
from statistics import NormalDist

import numpy as np
import pandas as pd

from govlib.errors import BadInput, NotEstimable

SEED = 19910201
MIN_UNITS = 20  # provinces below which a covariance between editions says little
MIN_TRIPLES = 3  # an error variance from one or two triples is mostly chance


@dataclass(frozen=True)
class Noise:
    """Signal and noise of one series of editions.

    sem : standard error of measurement, in the score's points.
    reliability : signal variance / variance. stability : correlation of true scores a year apart. movement_sd : spread of
    the changes actually seen. low, high : 90 % bootstrap interval of ``sem`` over provinces (NaN without draws).
    n : provinces (the fewest of any triple); editions : (first, …, last) that entered; triples : how many.
    """

    sem: float
    reliability: float
    stability: float
    movement_sd: float
    low: float
    high: float
    n: int
    editions: tuple[int, ...]
    triples: int

    @property
    def noise_share(self) -> float:
        """Share of the variance of one-year changes that is noise: 2 SEM² / var(change), at most 1."""
        return min(1.0, 2 * self.sem**2 / self.movement_sd**2)


def _moments(x: np.ndarray, triples: np.ndarray) -> np.ndarray:
    """(…, 5): mean over triples of var(x2), cov12, cov23, cov13, and the mean variance of one-year changes; in each
    triple over the provinces that have all three."""
    a, b, c = (x[..., triples[:, j]] for j in range(3))
    there = np.isfinite(a) & np.isfinite(b) & np.isfinite(c)
    n = there.sum(axis=-2, keepdims=True)
    a, b, c = (np.where(there, v, 0.0) for v in (a, b, c))
    a, b, c = (np.where(there, v - v.sum(axis=-2, keepdims=True) / n, 0.0) for v in (a, b, c))
    parts = [(b * b), (a * b), (b * c), (a * c), ((b - a) ** 2 + (c - b) ** 2) / 2]
    return np.stack([(p.sum(axis=-2) / (n[..., 0, :] - 1)).mean(axis=-1) for p in parts], axis=-1)


def _error_variance(m: np.ndarray) -> np.ndarray:
    """Wiley and Wiley's error variance, kept between 0 and half the variance of changes (more cannot be noise)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        e = m[..., 0] - m[..., 1] * m[..., 2] / m[..., 3]
    return np.clip(e, 0.0, m[..., 4] / 2)


def noise(scores: pd.DataFrame, runs: Iterable[Sequence[int]], draws: int = 0, seed: int = SEED) -> Noise:
    """Error variance of a score from triples of consecutive editions (Heise 1969; Wiley and Wiley 1970).

    Parameters
    ----------
    scores : years down, provinces across.
    runs : editions that follow one another under one method; only runs of three or more can be used.
    draws : bootstrap draws over provinces for ``low`` and ``high``.

    Raises
    ------
    NotEstimable : fewer than three triples, too few provinces, or covariances that the model cannot have.
    """
    triples = [(r[i], r[i + 1], r[i + 2]) for r in map(list, runs) for i in range(len(r) - 2)]
    if len(triples) < MIN_TRIPLES:
        raise NotEstimable(f"{len(triples)} runs of three consecutive full editions under one method are there, "
                           f"{MIN_TRIPLES} are needed to tell signal from noise")
    years = sorted({y for t in triples for y in t})
    table = scores.loc[years].T.dropna(how="all")
    x = table.to_numpy(dtype=float)
    at = np.array([[years.index(y) for y in t] for t in triples])
    least = min(int(np.isfinite(x[:, t]).all(axis=1).sum()) for t in at)
    if least < MIN_UNITS:
        raise NotEstimable(f"only {least} provinces have three consecutive editions")
    m = _moments(x, at)
    if (m[1:4] <= 0).any():
        raise NotEstimable("scores of neighbouring editions do not go together, so signal and noise cannot be told apart")
    error = float(_error_variance(m))
    if error <= 0:
        raise NotEstimable("scores of editions two years apart go together no less than those one year apart, which leaves "
                           "no room for noise: the sample is too small for this model")
    signal = max(float(m[0]) - error, 0.0)
    low = high = math.nan
    if draws:
        pick = np.random.default_rng(seed).integers(0, len(x), (draws, len(x)))
        low, high = np.sqrt(np.nanquantile(_error_variance(_moments(x[pick], at)), [0.05, 0.95]))
    stability = min(1.0, m[3] / math.sqrt(m[1] * m[2]))
    return Noise(math.sqrt(error), signal / float(m[0]), float(stability), math.sqrt(m[4]), float(low),
                 float(high), least, tuple(years), len(triples))


def confidence(level: object) -> float:
    """``level``, if an interval can have it: a number between 0 and 1. Raises BadInput (95 is none, .95 is)."""
    if not isinstance(level, Real) or not 0 < float(level) < 1:
        raise BadInput("the level lies between 0 and 1", column="level", value=level)
    return float(level)


def reliable_change(sem: float, level: float = 0.95) -> float:
    """The smallest change of one province that noise alone would rarely make: z sqrt(2) SEM (Jacobson and Truax 1991).

    >>> round(reliable_change(1.0), 3)
    2.772
    """
    return NormalDist().inv_cdf((1 + confidence(level)) / 2) * math.sqrt(2) * sem
