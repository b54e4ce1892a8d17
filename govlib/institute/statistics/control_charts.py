"""Control charts: which months differ from the usual more than chance explains, by rules stated beforehand.

Shares (files on time of files settled): the p-chart, or Laney's p′ where months vary more than a binomial would. Counts: the
u-chart or u′. Measured means (minutes, days): XmR, the individuals chart. Rules: Nelson (1984) and Western Electric (1956).

Papers: Shewhart (1931); Western Electric, *Statistical Quality Control Handbook* (1956); Nelson, J. Quality Technology 16
(1984) 237; Laney, Quality Engineering 14 (2002) 531; Champ and Woodall, Technometrics 29 (1987) 393 (run lengths);
Wilson, JASA 22 (1927) 209; Mohammed, Worthington and Woodall, Quality and Safety in Health Care 17 (2008) 137.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from govlib.errors import BadInput, NotEstimable
from govlib.institute.statistics import shares

D2 = 1.128379167095513  # mean range of two standard normals: 2/sqrt(pi)
LEAST = 8               # months below which limits are no more than a guess
DISPERSION = 0.01       # p-value of the homogeneity test below which months vary more than the binomial or Poisson allows

# rule -> points of the pattern; in words: control_rule.<rule>
RULES = {"beyond_3s": 1, "two_of_three_2s": 3, "four_of_five_1s": 5, "eight_one_side": 8, "nine_one_side": 9, "six_trend": 6,
         "fourteen_alternate": 14, "fifteen_within_1s": 15, "eight_beyond_1s": 8}
WESTERN_ELECTRIC = ("beyond_3s", "two_of_three_2s", "four_of_five_1s", "eight_one_side")
NELSON = ("beyond_3s", "nine_one_side", "six_trend", "fourteen_alternate", "two_of_three_2s", "four_of_five_1s",
          "fifteen_within_1s", "eight_beyond_1s")
SETS = {"western_electric": WESTERN_ELECTRIC, "nelson": NELSON}


@dataclass(frozen=True)
class Chart:
    """``value``, ``low``, ``high`` per point (NaN where the month has no figure), ``centre``; ``z`` distance in σ.

    kind : ``p``, ``p_laney``, ``u``, ``u_laney`` or ``xmr``. ``spread`` : σ_z of Laney's chart (1 for p and u); the mean
    moving range for XmR. ``flags`` : rule → True at the point that completes the pattern.
    """

    kind: str
    value: np.ndarray
    centre: float
    sigma: np.ndarray
    low: np.ndarray
    high: np.ndarray
    z: np.ndarray
    spread: float
    baseline: np.ndarray
    flags: dict[str, np.ndarray]

    @property
    def signal(self) -> np.ndarray:
        """True at points where some rule speaks."""
        return np.any(list(self.flags.values()), axis=0) if self.flags else np.zeros(len(self.value), bool)


def _rules(rules: str | Iterable[str]) -> tuple[str, ...]:
    chosen = SETS.get(rules, (rules,)) if isinstance(rules, str) else tuple(rules)
    for rule in chosen:
        if rule not in RULES:
            raise BadInput("unknown rule", value=rule, fix=f"one of {', '.join([*SETS, *RULES])}")
    return tuple(chosen)


def signals(z: np.ndarray, rules: str | Iterable[str] = "western_electric") -> dict[str, np.ndarray]:
    """Where each rule speaks, on distances from the centre in σ; a missing month breaks every pattern.

    Western Electric's four together signal once in 92 points of a process in control (Champ and Woodall 1987: 91.75), rule
    1 alone once in 370: a flag is a reason to look, not a proof.

    >>> {rule: int(at.argmax()) for rule, at in signals(np.array([.1, 2.1, -.3, 2.2, .4, -3.2])).items() if at.any()}
    {'beyond_3s': 5, 'two_of_three_2s': 3}
    """
    z = np.asarray(z, float)
    if z.ndim != 1:
        raise BadInput(f"distances of shape {z.shape}; one series is wanted")
    return {rule: _pattern(z, rule) for rule in _rules(rules)}


def _windows(flag: np.ndarray, width: int) -> np.ndarray:
    """Number of True among the last ``width`` points; 0 where there are fewer points."""
    total = np.concatenate([[0], np.cumsum(flag)])
    out = np.zeros(len(flag), int)
    if len(flag) >= width:
        out[width - 1:] = total[width:] - total[:-width]
    return out


def _pattern(z: np.ndarray, rule: str) -> np.ndarray:
    width, there = RULES[rule], ~np.isnan(z)
    full = _windows(there, width) == width
    value = np.where(there, z, 0.0)
    if rule == "beyond_3s":
        return there & (np.abs(value) > 3)
    if rule in ("two_of_three_2s", "four_of_five_1s"):
        need, bound = (2, 2.0) if rule.startswith("two") else (4, 1.0)
        # the last point must be among those beyond, or the same event would be told again a month later
        up, down = value > bound, value < -bound
        return full & ((up & (_windows(up, width) >= need)) | (down & (_windows(down, width) >= need)))
    if rule in ("eight_one_side", "nine_one_side"):
        return full & ((_windows(value > 0, width) == width) | (_windows(value < 0, width) == width))
    if rule == "fifteen_within_1s":
        return full & (_windows(np.abs(value) < 1, width) == width)
    if rule == "eight_beyond_1s":
        return full & (_windows(np.abs(value) > 1, width) == width)
    step = np.sign(np.diff(value, prepend=value[:1]))
    if rule == "six_trend":
        return full & ((_windows(step > 0, width - 1) == width - 1) | (_windows(step < 0, width - 1) == width - 1))
    turned = np.concatenate([[False], step[1:] * step[:-1] < 0]) if len(step) else np.zeros(0, bool)
    return full & (_windows(turned, width - 2) == width - 2)


def _baseline(n: int, baseline, there: np.ndarray) -> np.ndarray:
    chosen = np.ones(n, bool) if baseline is None else np.asarray(baseline, bool)
    if chosen.shape != (n,):
        raise BadInput(f"the baseline has {chosen.shape} points, the series {n}")
    chosen = chosen & there
    if chosen.sum() < LEAST:
        raise NotEstimable(f"only {int(chosen.sum())} months to set the limits from, at least {LEAST} are needed")
    return chosen


def moving_range_sigma(x: np.ndarray) -> float:
    """σ from ranges of neighbouring points (mean range / 1.128); a step in the level hardly enters. Points that a missing
    month parts are no neighbours."""
    ranges = np.abs(np.diff(np.asarray(x, float)))
    ranges = ranges[np.isfinite(ranges)]
    if not len(ranges):
        raise NotEstimable("no two months in a row")
    return float(ranges.mean() / D2)


def dispersion_p(good: np.ndarray, total: np.ndarray) -> float:
    """p-value of Pearson's test that all months share one proportion."""
    from scipy.special import chdtrc

    keep = np.isfinite(total) & np.isfinite(good) & (np.where(np.isfinite(total), total, 0) > 0)
    x, n = np.asarray(good, float)[keep], np.asarray(total, float)[keep]
    p = x.sum() / n.sum()
    if p in (0.0, 1.0) or len(x) < 2:
        return 1.0
    return float(chdtrc(len(x) - 1, ((x - n * p) ** 2 / (n * p * (1 - p))).sum()))


def share(good, total, *, kind: str = "auto", baseline=None, rules: str | Iterable[str] = "western_electric") -> Chart:
    """p or p′ chart of ``good``/``total`` (length T; NaN for a month without figures, total 0 makes the share unknown).

    kind : ``p`` (limits p̄ ± 3√(p̄(1−p̄)/nᵢ)), ``p_laney`` (those times σ_z), or ``auto``: p′ where Pearson's homogeneity test
    of the baseline months gives p < 0.01. baseline : months that set centre and limits (default all).

    Raises
    ------
    BadInput : counts that cannot be (negative, more good than total). NotEstimable : fewer than 8 baseline months.
    """
    x, n = np.asarray(good, float), np.asarray(total, float)
    _counts(x, n)
    if (x > n).any():
        raise BadInput("more good cases than cases", value=float(x[x > n][0]))
    n = np.where(n > 0, n, np.nan)
    value = x / n
    base = _baseline(len(x), baseline, np.isfinite(value))
    centre = float(x[base].sum() / n[base].sum())
    sigma = np.sqrt(centre * (1 - centre) / n)
    if kind == "auto":
        kind = "p_laney" if dispersion_p(x[base], n[base]) < DISPERSION else "p"
    if kind not in ("p", "p_laney"):
        raise BadInput("unknown chart of a share", value=kind, fix="p, p_laney or auto")
    return _laney(kind, value, centre, sigma, base, rules, 1.0)


def rate(count, exposure=None, *, kind: str = "auto", baseline=None, rules: str | Iterable[str] = "western_electric") -> Chart:
    """u or u′ chart of counts per unit of exposure (days open, staff; 1 a month by default). Errors as :func:`share`."""
    x = np.asarray(count, float)
    n = np.ones(len(x)) if exposure is None else np.asarray(exposure, float)
    _counts(x, n)
    n = np.where(n > 0, n, np.nan)
    value = x / n
    base = _baseline(len(x), baseline, np.isfinite(value))
    centre = float(x[base].sum() / n[base].sum())
    sigma = np.sqrt(centre / n)
    if kind == "auto":
        from scipy.special import chdtrc

        expected = n[base] * centre
        odd = centre > 0 and chdtrc(base.sum() - 1, ((x[base] - expected) ** 2 / expected).sum()) < DISPERSION
        kind = "u_laney" if odd else "u"
    if kind not in ("u", "u_laney"):
        raise BadInput("unknown chart of a rate", value=kind, fix="u, u_laney or auto")
    return _laney(kind, value, centre, sigma, base, rules, np.inf)


def individuals(value, *, baseline=None, rules: str | Iterable[str] = "western_electric", floor: float = -np.inf) -> Chart:
    """XmR: mean ± 2.66 mean moving ranges of the baseline; ``floor`` cuts the lower limit where the measure cannot go below."""
    value = np.asarray(value, float)
    base = _baseline(len(value), baseline, np.isfinite(value))
    centre = float(value[base].mean())
    sd = moving_range_sigma(np.where(base, value, np.nan))
    sigma = np.full(len(value), sd)
    z = _distance(value, centre, sigma)
    low, high = np.maximum(centre - 3 * sigma, floor), centre + 3 * sigma
    return Chart("xmr", value, centre, sigma, low, high, z, sd * D2, base, signals(z, rules))


def _counts(x: np.ndarray, n: np.ndarray) -> None:
    if x.shape != n.shape or x.ndim != 1:
        raise BadInput(f"counts of shape {x.shape} and totals of shape {n.shape}; two series of one length are wanted")
    for values in (x, n):
        if (values < 0).any():
            raise BadInput("a negative count", value=float(values[values < 0][0]))


def _distance(value, centre, sigma) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (value - centre) / sigma
    # a process that never varied (all on time): the same again is 0 away, anything else is as far as can be
    far = np.where(value > centre, np.inf, -np.inf)
    z = np.where((sigma == 0) & np.isfinite(value), np.where(value == centre, 0.0, far), z)
    return np.where(np.isfinite(value), z, np.nan)


def _laney(kind, value, centre, sigma, base, rules, roof) -> Chart:
    z = _distance(value, centre, sigma)
    spread = 1.0
    if kind.endswith("_laney"):
        spread = moving_range_sigma(np.where(base, z, np.nan))
        sigma = sigma * spread
        z = _distance(value, centre, sigma)
    return Chart(kind, value, centre, sigma, np.maximum(centre - 3 * sigma, 0.0), np.minimum(centre + 3 * sigma, roof), z,
                 spread, base, signals(z, rules))


def wilson(good, total, *, spread: float = 1.0, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's interval of a share (arrays or numbers; NaN where the total is 0).

    spread : σ_z of the months (:attr:`Chart.spread`); above 1 the total counts as total/σ_z², as months then vary more than
    a binomial. The counts are complete; the interval is about the process behind them, were it to go on as it was.
    """
    x, n = np.atleast_1d(np.asarray(good, float)), np.atleast_1d(np.asarray(total, float))
    ends = [shares.wilson(a / b, b / max(spread, 1.0) ** 2, level) if b > 0 else (np.nan, np.nan) for a,
            b in zip(x, n, strict=True)]
    low, high = np.array(ends, float).reshape(-1, 2).T
    return low, high
