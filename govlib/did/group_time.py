"""Effects by cohort and period as plain linear algebra: Callaway and Sant'Anna (2021), and Sun and Abraham (2021).

The same numbers as `diff_diff.CallawaySantAnna` and `diff_diff.SunAbraham` (tests hold them together), but for the overall effect
under anticipation: the library averages the periods before the start in, the authors' `did` (R) does not. Controls are the
library's to give.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from govlib.did.batch import ols
from govlib.errors import NotEstimable


@dataclass(frozen=True)
class GroupTime:
    """``att``, ``std_error``; ``times`` (P,) with ``effects`` (P,) and ``vcov`` (P, P); ``cells``: effect by cohort and period."""

    att: float
    std_error: float
    times: tuple[int, ...]
    effects: np.ndarray
    vcov: np.ndarray
    cells: dict[tuple[int, int], float] = field(default_factory=dict)

    @property
    def errors(self) -> np.ndarray:
        return np.sqrt(np.diagonal(self.vcov))


@dataclass(frozen=True)
class Comparison:
    """What a cohort is compared with: units ``never`` exposed or also those not yet; against one base (``universal``) or before the
    start against the period before; the base lies ``anticipation`` periods before the start."""

    never: bool = False
    universal: bool = True
    anticipation: int = 0

    def bases(self, g: float, years: np.ndarray) -> np.ndarray:
        """(T,) position of the base of each period for the cohort ``g``; −1 where there is none."""
        start = np.searchsorted(years, g - self.anticipation) - 1
        before = np.arange(len(years)) - 1
        return np.full(len(years), start) if self.universal else np.where(years >= g, start, before)

    def controls(self, g: float, cohort: np.ndarray, years: np.ndarray, base: np.ndarray) -> np.ndarray:
        """(N, T) units that the cohort ``g`` is compared with in each period."""
        if self.never:
            return np.repeat(np.isinf(cohort)[:, None], len(years), 1)
        later = np.maximum(years, years[base]) + self.anticipation
        return (cohort[:, None] > later) & (cohort != g)[:, None]

    def changes(self, g: float, seen: np.ndarray, cohort: np.ndarray, years: np.ndarray) -> tuple[np.ndarray, ...]:
        """(T,) position of the base of each period for the cohort ``g``; and, of the units whose change since the base has both
        figures (``seen``, (N, T)), those of the cohort and those that they are compared with, (N, T) each."""
        base = self.bases(g, years)
        at = np.maximum(base, 0)
        both = seen & seen[:, at] & (base >= 0)
        return base, both & (cohort == g)[:, None], both & self.controls(g, cohort, years, at)


def callaway_santanna(y: np.ndarray, cohort: np.ndarray, years: np.ndarray, how: Comparison) -> GroupTime:
    """One outcome (N, T), NaN missing, without controls: differences of mean changes, errors from influence functions with that of
    the cohorts' shares in them. ``cohort`` (N,): first exposed period, inf for never; ``years`` (T,)."""
    groups, size = np.unique(cohort[np.isfinite(cohort)], return_counts=True)
    events = np.unique((years[None, :] - groups[:, None]).astype(int))
    # what is asked for: the overall effect, then each event time
    total, real, summed = (np.zeros(len(events) + 1) for _ in range(3))
    psi = np.zeros((len(y), len(events) + 1))
    number, effects = (np.zeros((len(groups), len(events) + 1)) for _ in range(2))  # cells of a cohort, and their sum
    cells: dict[tuple[int, int], float] = {}
    for j, g in enumerate(groups):
        base, own, other = how.changes(g, np.isfinite(y), cohort, years)
        n, m = own.sum(0), other.sum(0)
        found = (n > 0) & (m > 0)
        change = np.where(own | other, y - y[:, np.maximum(base, 0)], 0.0)
        mean, level = (own * change).sum(0) / np.maximum(n, 1), (other * change).sum(0) / np.maximum(m, 1)
        effect = np.where(found, mean - level, np.nan)
        influence = own * (change - mean) / np.maximum(n, 1) - other * (change - level) / np.maximum(m, 1)
        weight = n.astype(float)
        reference = np.arange(len(years)) == (base if how.universal else -1)
        if how.universal and base[0] >= 0:  # the base itself: nothing by construction, but a cell of its event time
            effect[reference], influence[:, reference], weight[reference], found[reference] = 0.0, 0.0, size[j], True
        put = np.zeros((len(years), len(events) + 1))
        put[:, 0] = years >= g  # an effect that begins before the start is no part of it, as in the authors' `aggte`
        put[range(len(years)), 1 + np.searchsorted(events, (years - g).astype(int))] = 1.0
        put *= found[:, None]
        value = np.where(found, effect, 0.0)
        psi += (influence * weight) @ put
        total, summed = total + weight @ put, summed + (weight * value) @ put
        real += (found & ~reference) @ put
        number[j], effects[j] = put.sum(0), value @ put
        cells |= {(int(g), int(t)): float(e) for t, e in zip(years, effect, strict=True) if how.universal or t > years[0]}
    if not real[0]:
        raise NotEstimable("no cohort has units to be compared with after its start")
    keep = real > 0
    share, keep_total = size / len(y), np.maximum(total, 1)
    mass, mean = np.where(total > 0, share @ number, 1.0), share @ effects
    of_shares = effects / mass - number * mean / mass**2
    psi = psi / keep_total
    treated = np.isfinite(cohort)
    psi[treated] += of_shares[np.searchsorted(groups, cohort[treated])] / len(y)
    vcov = psi.T @ psi
    shown = keep[1:]
    return GroupTime(float(summed[0] / total[0]), float(np.sqrt(vcov[0, 0])), tuple(events[shown].tolist()),
                     (summed / keep_total)[1:][shown], vcov[1:, 1:][np.ix_(shown, shown)], cells)


def sun_abraham(y: np.ndarray, cohort: np.ndarray, years: np.ndarray) -> GroupTime:
    """One outcome (N, T): a regression on cohort × event time (−1 left out), effects weighted by the cells behind them, errors
    clustered by unit. Raises `NotEstimable` also where cells are collinear (the library leaves some of them out)."""
    found, x = cohort_cells(np.isfinite(y), cohort, years)
    count = x.sum((0, 1))
    fit = ols(y, x)
    times = np.unique(found[:, 1])
    mean = np.stack([count * (found[:, 1] >= 0), *(count * (found[:, 1] == e) for e in times)])
    if not mean[0].any():
        raise NotEstimable("no exposed cell is left")
    mean = mean / mean.sum(1, keepdims=True)
    effects, vcov = mean @ fit.beta[0], mean @ fit.vcov[0] @ mean.T
    return GroupTime(float(effects[0]), float(np.sqrt(vcov[0, 0])), tuple(times.astype(int).tolist()), effects[1:], vcov[1:, 1:])


def cohort_cells(seen: np.ndarray, cohort: np.ndarray, years: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(P, 2) cohorts and their event times with a figure, but −1; and (N, T, P) which of these the cells ``seen`` (N, T) are of."""
    since = np.where(np.isfinite(cohort)[:, None], years[None, :] - cohort[:, None], np.nan)
    exposed = seen & np.isfinite(since) & (since != -1)
    found = np.unique(np.stack([np.broadcast_to(cohort[:, None], seen.shape), since])[:, exposed].T, axis=0)
    own = (cohort[:, None, None] == found[:, 0]) & (since[:, :, None] == found[:, 1]) & seen[:, :, None]
    return found, own.astype(float)
