"""Weighted shares with honest intervals: Wilson on the effective sample, and Taylor linearisation for a survey's design.

Arrays are one-dimensional, one entry a respondent: ``y`` 0 or 1 (NaN: no answer, left out), ``w`` weights > 0, ``stratum``
and ``psu`` labels. Weights may have any scale. No finite-population correction: intervals are a little wide where most of a
small population was asked.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from govlib.reading.noise import confidence


@dataclass(frozen=True)
class Share:
    """A share and what is known of its error.

    ``n`` answers, ``n_effective`` (Kish: weights alone), ``deff`` design effect against simple random sampling of ``n`` (NaN
    where the share is 0 or 1), ``se`` linearised, ``df`` its degrees of freedom, ``low``/``high`` the interval by ``method``:
    Wilson's on ``size`` answers with Student's t of ``size_df`` degrees of freedom (infinite: the normal).
    """

    n: int
    share: float
    n_effective: float
    se: float
    df: float
    deff: float
    low: float
    high: float
    method: str
    note: str = ""
    size: float = math.nan
    size_df: float = math.inf


NOTHING = 1e-9  # a linearised error below it is none: what is left of sums that cancel out


def kish(w: np.ndarray) -> float:
    """Effective sample size of unequal weights, (Σw)²/Σw² (Kish 1965, Survey Sampling, 11.7)."""
    w = np.asarray(w, float)
    return float(w.sum() ** 2 / (w ** 2).sum()) if w.size else 0.0


def wilson(share: float, n: float, level: float = 0.95, df: float = math.inf) -> tuple[float, float]:
    """Score interval of a share (Wilson 1927); ``n`` may be an effective size, ``df`` puts Student's t for the normal.

    Inside [0, 1] and of use at 0 and 1, where the usual interval has no width.
    """
    return _score(share, n, 1 - confidence(level), df)


def _score(share: float, n: float, alpha: float, df: float) -> tuple[float, float]:
    """Wilson's interval by what it may miss, which keeps its digits near 0."""
    from scipy.special import ndtri, stdtrit

    if not n > 0 or not math.isfinite(share):
        return math.nan, math.nan
    z = -float(ndtri(alpha / 2) if math.isinf(df) else stdtrit(df, alpha / 2) if df > 0 else -math.inf)
    if math.isinf(z):
        return 0.0, 1.0
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)


def _codes(labels: np.ndarray) -> np.ndarray:
    """Labels as numbers; numbers stay."""
    labels = np.asarray(labels)
    return labels if labels.dtype.kind in "iu" else np.unique(labels.astype(str), return_inverse=True)[1]


def _units(size: int, stratum: np.ndarray | None, psu: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """The sampling unit of each row, and the stratum of each unit: a unit is a label inside a stratum, since surveys number them
    anew in each."""
    strata = np.zeros(size, int) if stratum is None else _codes(stratum)
    units = np.arange(size) if psu is None else _codes(psu)
    strata, units = strata - strata.min(), units - units.min()
    key, place = np.unique(units.astype(np.int64) * (strata.max() + 1) + strata, return_inverse=True)
    return place, key % (strata.max() + 1)


def linearised(y: np.ndarray, w: np.ndarray, stratum: np.ndarray | None = None, psu: np.ndarray | None = None,
               domain: np.ndarray | None = None) -> tuple[float, float, float, int]:
    """Ratio mean of a domain, its standard error, degrees of freedom, and the number of strata with one unit.

    First-order Taylor linearisation with replacement at the first stage (Woodruff 1971; Binder 1983): scores
    ``w·d·(y − p)/Σwd`` are summed in primary sampling units and their variance is taken inside strata. The whole sample
    takes part, since the size of a domain is random as well. A stratum with a single unit is centred at the mean of all
    units (conservative; what R's survey calls ``adjust``).
    """
    y, w = np.asarray(y, float), np.asarray(w, float)
    inside = np.isfinite(y) if domain is None else np.isfinite(y) & np.asarray(domain, bool)
    total = w[inside].sum()
    if total <= 0:
        return math.nan, math.nan, math.nan, 0
    p = float((w[inside] * y[inside]).sum() / total)
    score = np.where(inside, w * (np.where(inside, y, 0.0) - p) / total, 0.0)
    place, owner = _units(y.size, stratum, psu)
    sums = np.bincount(place, weights=score, minlength=owner.size)
    variance, lonely = 0.0, 0
    for h in np.unique(owner):
        s = sums[owner == h]
        if s.size == 1:
            lonely += 1
            variance += float((s[0] - sums.mean()) ** 2)
        else:
            variance += s.size / (s.size - 1) * float(((s - s.mean()) ** 2).sum())
    active = np.unique(place[inside])  # units and strata that hold the domain: its degrees of freedom
    return p, math.sqrt(variance), float(max(active.size - np.unique(owner[active]).size, 0)), lonely


def share(y: np.ndarray, w: np.ndarray, stratum: np.ndarray | None = None, psu: np.ndarray | None = None,
          domain: np.ndarray | None = None, level: float = 0.95) -> Share:
    """Weighted share of a domain with its interval.

    With strata or sampling units the interval is Wilson's on the *design*-effective size ``p(1 − p)/se²`` with Student's t
    (Dean and Pagano 2015 compare such; Korn and Graubard 1998 for the effective size); without, Wilson's on Kish's size.
    The design-effective size is never taken above ``n``: with few sampling units a small error is often luck. A domain inside
    a single sampling unit has Wilson's interval on Kish's size. Where all or none are satisfied the linearised
    error is nothing, which cannot be right: then Kish's size is taken, or the number of sampling units where these are fewer
    (units of one label in two strata are two, as for the error).
    """
    y, w = np.asarray(y, float), np.asarray(w, float)
    inside = np.isfinite(y) if domain is None else np.isfinite(y) & np.asarray(domain, bool)
    n, effective = int(inside.sum()), kish(w[inside])
    p, se, df, lonely = linearised(y, w, stratum, psu, domain)
    if n == 0:
        return Share(0, math.nan, 0.0, math.nan, math.nan, math.nan, math.nan, math.nan, "none")
    notes = [f"{lonely} strata with one sampling unit"] if lonely else []
    binary = p * (1 - p)
    deff = se * se / (binary / n) if binary > 1e-12 and se > NOTHING else math.nan
    clusters = np.unique(_units(y.size, stratum, psu)[0][inside]).size
    size, size_df, method = effective, math.inf, "wilson-kish"
    if stratum is None and psu is None:
        pass
    elif clusters == 1 and n > 1:  # a commune that is one sampling unit: the spread between units does not matter to it
        deff = math.nan
        notes.append("within one sampling unit")
    elif not math.isfinite(deff):
        size = min(effective, clusters)
        notes.append("no spread in the answers")
    else:
        size, size_df, method = min(binary / se ** 2, n), max(df, 1.0), "wilson-linearised"
    return Share(n, p, effective, se, df, deff, *wilson(p, size, level, size_df), method, "; ".join(notes), size, size_df)


@dataclass(frozen=True)
class Change:
    """Difference of two shares from separate samples: ``now − before``, its interval and two-sided p-value."""

    change: float
    low: float
    high: float
    p_value: float
    method: str


def change(now: Share, before: Share, level: float = 0.95) -> Change:
    """Test of a change between two rounds with separate samples.

    The interval joins the two shares' own intervals (Newcombe 1998, method 10), so that it holds near 100% satisfied. The
    p-value is the interval's: the level at which it just reaches 0 (not below 1e-15). Each round so enters with the side of its
    interval that faces the other, which has a width where all were satisfied; a t-test with linearised errors has none there, and
    calls 12 of 12 against 900 of 1000 a change. How often a change is found at 5% where there is none, both 95% satisfied: simple
    random samples of 15 and 800, 4.0% (t-test: 46%); of 80 and 800, 4.5% (9%); 10 units of 5 and 30 of 20, 2.4% (12%). The most
    that was met: 6.5%, 25 and 25 at 50%; and at 1.25%, Holm's first step over four services, 2.4%, 15 and 800.

    No test where no stratum holds two sampling units (``df`` 0): how units differ is then not known.
    """
    from scipy.optimize import brentq

    d = now.share - before.share
    low, high = _newcombe(now, before, 1 - confidence(level))
    if not min(now.df, before.df) > 0:
        return Change(d, low, high, math.nan, "newcombe; no test: no stratum holds two sampling units")

    def nearest(log_alpha: float) -> float:
        ends = _newcombe(now, before, 10 ** log_alpha)
        return ends[0] if d > 0 else -ends[1]

    p = 1.0 if d == 0 else 1e-15 if nearest(-15) > 0 else 10 ** brentq(nearest, -15, 0, xtol=1e-9)
    return Change(d, low, high, p, "newcombe; p-value of the interval")


def _newcombe(now: Share, before: Share, alpha: float) -> tuple[float, float]:
    d = now.share - before.share
    (a, b), (c, e) = (_score(s.share, s.size, alpha, s.size_df) for s in (now, before))
    return d - math.hypot(now.share - a, e - before.share), d + math.hypot(b - now.share, before.share - c)
