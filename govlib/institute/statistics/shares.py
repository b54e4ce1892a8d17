"""Weighted shares with honest intervals: Wilson on the effective sample, and Taylor linearisation for a survey's design.

Arrays are one-dimensional, one entry a respondent: ``y`` 0 or 1 (NaN: no answer, left out), ``w`` weights > 0, ``stratum``
and ``psu`` labels. Weights may have any scale. No finite-population correction: intervals are a little wide where most of a
small population was asked.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Share:
    """A share and what is known of its error.

    ``n`` answers, ``n_effective`` (Kish), ``deff`` design effect against simple random sampling of ``n`` (NaN where the
    share is 0 or 1), ``se`` linearised, ``df`` its degrees of freedom, ``low``/``high`` the interval by ``method``.
    """

    n: int
    share: float
    n_effective: float
    se: float
    df: float
    deff: float
    low: float
    high: float
    wilson_low: float
    wilson_high: float
    method: str
    note: str = ""


def kish(w: np.ndarray) -> float:
    """Effective sample size of unequal weights, (Σw)²/Σw² (Kish 1965, Survey Sampling, 11.7)."""
    w = np.asarray(w, float)
    return float(w.sum() ** 2 / (w ** 2).sum()) if w.size else 0.0


def wilson(share: float, n: float, level: float = 0.95, df: float = math.inf) -> tuple[float, float]:
    """Score interval of a share (Wilson 1927); ``n`` may be an effective size, ``df`` puts Student's t for the normal.

    Inside [0, 1] and of use at 0 and 1, where the usual interval has no width.
    """
    from scipy.special import ndtri, stdtrit

    if not n > 0 or not math.isfinite(share):
        return math.nan, math.nan
    z = float(ndtri(0.5 + level / 2) if math.isinf(df) else stdtrit(df, 0.5 + level / 2) if df > 0 else math.inf)
    if math.isinf(z):
        return 0.0, 1.0
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)


def _codes(labels: np.ndarray) -> np.ndarray:
    """Labels as numbers; numbers stay."""
    labels = np.asarray(labels)
    return labels if labels.dtype.kind in "iu" else np.unique(labels.astype(str), return_inverse=True)[1]


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
    strata = np.zeros(y.size, int) if stratum is None else _codes(stratum)
    units = np.arange(y.size) if psu is None else _codes(psu)
    strata, units = strata - strata.min(), units - units.min()
    key, place = np.unique(units.astype(np.int64) * (strata.max() + 1) + strata, return_inverse=True)
    sums = np.bincount(place, weights=score, minlength=key.size)
    owner = key % (strata.max() + 1)
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
    (Dean and Pagendorf 2015 compare such; Korn and Graubard 1998 for the effective size); without, Wilson's on Kish's size.
    The design-effective size is never taken above ``n``: with few sampling units a small error is often luck. A domain inside
    a single sampling unit has Wilson's interval on Kish's size. Where all or none are satisfied the linearised
    error is nothing, which cannot be right: then Kish's size is taken, over
    the number of sampling units where these are fewer.
    """
    y, w = np.asarray(y, float), np.asarray(w, float)
    inside = np.isfinite(y) if domain is None else np.isfinite(y) & np.asarray(domain, bool)
    n, effective = int(inside.sum()), kish(w[inside])
    p, se, df, lonely = linearised(y, w, stratum, psu, domain)
    plain = wilson(p, effective, level)
    note = f"{lonely} strata with one sampling unit" if lonely else ""
    if n == 0:
        return Share(0, math.nan, 0.0, math.nan, math.nan, math.nan, math.nan, math.nan, math.nan, math.nan, "none")
    binary = p * (1 - p)
    deff = se * se / (binary / n) if binary > 1e-12 and se > 0 else math.nan
    if stratum is None and psu is None:
        return Share(n, p, effective, se, df, deff, *plain, *plain, "wilson-kish", note)
    clusters = n if psu is None else int(np.unique(_codes(psu)[inside]).size)
    if clusters == 1 and n > 1:  # a commune that is one sampling unit: the spread between units does not matter to it
        return Share(n, p, effective, se, df, math.nan, *plain, *plain, "wilson-kish",
                     (note + "; " if note else "") + "within one sampling unit")
    if not math.isfinite(deff):
        return Share(n, p, effective, se, df, deff, *wilson(p, min(effective, clusters), level), *plain, "wilson-kish",
                     (note + "; " if note else "") + "no spread in the answers")
    low, high = wilson(p, min(binary / se ** 2, n), level, max(df, 1.0))
    return Share(n, p, effective, se, df, deff, low, high, *plain, "wilson-linearised", note)


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
    p-value is of Student's t with the two linearised errors (Welch–Satterthwaite degrees of freedom); where neither round
    has any spread there is no test.
    """
    from scipy import stats

    d = now.share - before.share
    low = d - math.hypot(now.share - now.low, before.high - before.share)
    high = d + math.hypot(now.high - now.share, before.share - before.low)
    v1, v2 = now.se ** 2, before.se ** 2
    if not v1 + v2 > 1e-18 or min(now.df, before.df) <= 0:
        return Change(d, low, high, math.nan, "newcombe; no test: no spread in the answers")
    df = (v1 + v2) ** 2 / (v1 ** 2 / now.df + v2 ** 2 / before.df)
    return Change(d, low, high, float(2 * stats.t.sf(abs(d) / math.sqrt(v1 + v2), df)), "newcombe; t-test, linearised errors")
