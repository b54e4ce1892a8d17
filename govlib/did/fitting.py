"""What the estimators share: the sample they may use, event-time dummies, and thin calls into diff-diff."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from govlib.did.base import Fit
from govlib.did.grades import UNCOUNTED
from govlib.did.inference.pretrend import pretrend
from govlib.did.ols import rounding
from govlib.did.panel import Panel, check, join
from govlib.errors import NotEstimable

LACKING = "no figures to compare on both sides of the start"
WINDOW = 5  # event times beyond ±5 are put together: few units carry them
ROUNDING = 1e-6  # of the outcome's spread: a smaller error is rounding, of a cell that one unit alone fits without any residual


def prepare(sample: Panel, k: int, singletons: str = "refuse", *, truncate: bool = True, **needs: Any) -> Panel:
    """The checked sample of one outcome. Periods in which every unit is exposed have no clean control and are
    left out (``truncate``), which makes a last cohort without later controls a never-exposed one."""
    one = sample.one(k)
    used = one.once("truncated", lambda: _truncate(one)) if truncate else one
    checked = used.once(("checked", singletons, *needs.items()), lambda: check(used, singletons=singletons, **needs))
    if not sample.large:
        checked.once("kin", lambda: partial(_kin, sample, k, singletons, truncate, needs))
    return checked


def alike(ones: dict[int, Panel]) -> list[list[int]]:
    """Outcomes with the same cells, exposure and controls, together."""
    together: dict[tuple, list[int]] = {}
    for k, one in ones.items():
        key = (one.units, one.years.tobytes(), one.cells.tobytes(), one.d.tobytes(), one.cohort.tobytes())
        together.setdefault(key, []).append(k)
    return list(together.values())


def _kin(sample: Panel, k: int, singletons: str, truncate: bool, needs: dict[str, Any]) -> tuple[np.ndarray, int, dict]:
    """(N, T, m) figures of all outcomes of a sample that are like this one, its place among them, and what is known of them."""
    def groups() -> dict[int, tuple]:
        ones = {}
        for other in range(len(sample.components)):
            with suppress(NotEstimable):
                ones[other] = prepare(sample, other, singletons, truncate=truncate, **needs)
        found: dict[int, tuple] = {}
        for ks in alike(ones):
            y, known = np.concatenate([ones[j].y for j in ks], 2), dict[Hashable, Sequence[Any]]()
            found |= {j: (y, at, known) for at, j in enumerate(ks)}
        return found

    return sample.once(("kin", singletons, truncate, *needs.items()), groups)[k]


def shared(one: Panel, key: Hashable, work: Callable[[np.ndarray], Sequence[Any]]) -> Any:
    """What ``work`` gives for a prepared outcome. ``work`` gets the figures (N, T, m) of all outcomes with the same cells, exposure
    and controls, gives m results, and is called once for them: what such outcomes share is most of a small regression."""
    kin = one.once("kin", lambda: None)
    if kin is None:  # not prepared, or a large panel, of which nothing is kept
        return work(one.y)[0]
    y, at, known = kin()
    if key not in known:
        known[key] = work(y)
    return known[key][at]


def _truncate(sample: Panel) -> Panel:
    clean = ((sample.d == 0) & sample.cells).any(0)
    if clean.all() or not clean.any() or not sample.treated.any():
        return sample
    last_clean = int(np.flatnonzero(clean).max())
    if last_clean == len(sample.years) - 1:
        return sample
    first = sample.cohort[np.isfinite(sample.cohort)].min()
    if sample.years[last_clean] < first:
        return sample  # all treated at once: `check` says so
    lost = sample.years[last_clean + 1:]
    kept = replace(sample.take(slice(None), slice(0, last_clean + 1)), note="")
    kept = kept.one(0)
    return replace(kept, note=join(sample.note, f"no unexposed {sample.noun} in {sample.span(lost)}, left out", kept.note))


def event_dummies(sample: Panel, window: int = WINDOW) -> tuple[np.ndarray, list[int], str]:
    """(N, T, P) indicators of event time against −1, the event times, and a note on what was put together."""
    e = sample.event_time()
    seen = np.unique(e[np.isfinite(e) & sample.cells])
    binned = [t for t in seen if abs(t) > window]
    e = np.clip(e, -window, window)
    times = [int(t) for t in np.unique(np.clip(seen, -window, window)) if t != -1]
    columns = np.stack([np.where(np.isfinite(e), e == t, False).astype(float) for t in times], 2)
    return columns, times, f"event times beyond ±{window} put together" if binned else ""


def counts(sample: Panel, carried: np.ndarray | None = None) -> dict[str, Any]:
    """Sizes of a sample for its `Fit`; ``carried``: the treated units that the effect is made of, all by default."""
    cells, treated = sample.cells, sample.treated if carried is None else carried
    return {"n_obs": int(cells.sum()), "n_provinces": int(cells.any(1).sum()), "n_treated": int(treated.sum()),
            "years": (int(sample.years[0]), int(sample.years[-1])), **who(sample, treated)}


def who(sample: Panel, treated: np.ndarray) -> dict[str, Any]:
    """Whose effect is measured (``treated``, (N,) bool), by name, and how many of the others are of unknown state."""
    others = ~treated & sample.cells.any(1)
    return {"treated": ", ".join(np.array(sample.units)[treated]),
            "n_unknown": 0 if sample.unknown is None else int((sample.unknown & others).sum())}


def pretrend_p(sample: Panel, *, groups: np.ndarray | None = None, trends: bool = False, leads: int = 3, ahead: int = 0) -> float:
    """p-value of the joint test of up to three periods before exposure, on unexposed cells, with the degrees of freedom
    of the treated units (`govlib.did.inference.pretrend`, which keeps its size with a dozen adopters; the usual F of an
    event study's leads rejects a true null in 16 %). Fewer leads where the units are too few; NaN for one unit.
    ``ahead``: periods before the exposure in which its effect may begin, and which count as exposed."""
    cohort = np.where(np.isfinite(sample.cohort), np.searchsorted(sample.years, sample.cohort - ahead), np.inf)
    cohort[cohort >= len(sample.years)] = np.inf
    controls, _ = sample.control_columns(trends)

    def tests(y: np.ndarray) -> list[float]:
        for count in range(leads, 0, -1):
            try:
                found = pretrend(y, cohort, leads=count, controls=controls, groups=groups, trends=trends)
                return [test.p_value for test in found]
            except NotEstimable:
                if y.shape[2] > 1:  # of one of them perhaps, so each by itself
                    return [tests(y[:, :, [k]])[0] for k in range(y.shape[2])]
        return [np.nan]

    return shared(sample, ("pretrend", groups is not None, trends, leads, ahead), tests)


def regression_fit(sample: Panel, overall, event, event_times: list[int], note: str = "", *,
                   groups: np.ndarray | None = None, trends: bool = False, **more: Any) -> Fit:
    """A `Fit` from a static and an event-study regression of `govlib.did.batch` (the event one may be None)."""
    terms: list[tuple[str, int | None]] = [("att", None)]
    beta, se = [overall.beta[0, 0]], [overall.std_error[0, 0]]
    vcov = None
    p = np.nan if event is None else pretrend_p(sample, groups=groups, trends=trends)
    if event is not None:
        terms += [("event", t) for t in event_times]
        beta += list(event.beta[0, : len(event_times)])
        se += list(event.std_error[0, : len(event_times)])
        size = len(event_times)
        vcov = np.full((size + 1, size + 1), np.nan)
        vcov[0, 0] = overall.vcov[0, 0, 0]
        vcov[1:, 1:] = event.vcov[0, :size, :size]
    return Fit(terms, np.array(beta), np.array(se), float(overall.dof[0]), vcov=vcov, pretrend_p=p,
               note=join(sample.note, note), **{**counts(sample), **more})


def diff_diff(call: Callable[[], Any]) -> tuple[Any, str]:
    """Run a diff-diff call; its refusals become `NotEstimable`, its warnings a text for `Fit.aux`."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = call()
        except (ValueError, np.linalg.LinAlgError, ZeroDivisionError) as error:
            raise NotEstimable(f"the estimator refused the sample: {str(error).splitlines()[0][:200]}") from error
    return result, "; ".join(dict.fromkeys(str(w.message).splitlines()[0] for w in caught))


def measure(values: np.ndarray) -> float:
    """The unit that values are written in for a library that stops at an absolute 1e-8 or 1e-10, far too early for values of 1e-7
    and never for those of 1e7. A power of two, so that writing them so and back rounds nothing; 1 where they lie near it.

    >>> measure(np.array([0.0, 3.0])), measure(np.array([0.0, 3e-7, np.nan])) == 2**-23
    (1.0, True)
    """
    spread = float(np.nanstd(values))
    return float(2.0 ** np.round(np.log2(spread))) if spread > 0 and not 1 / 64 <= spread <= 64 else 1.0


@dataclass(frozen=True)
class Study:
    """Effects by event time (P,) with their errors; ``vcov`` (Q, Q) of the event times in ``index``, where a library gives it."""

    times: Sequence[int]
    effects: Sequence[float] | np.ndarray
    errors: Sequence[float] | np.ndarray
    vcov: np.ndarray | None = None
    index: Sequence[int] | None = None

    def times_unit(self, size: float) -> Study:
        """The same of an outcome that was written in units of ``size``, as itself."""
        return replace(self, effects=np.asarray(self.effects, float) * size, errors=np.asarray(self.errors, float) * size,
                       vcov=None if self.vcov is None else np.asarray(self.vcov, float) * size**2)

    def within(self, window: int, least: float = 0.0) -> list[int]:
        """Positions of what is reported: event times inside the window that have an effect and an error above ``least``."""
        return [i for i, t in enumerate(self.times) if abs(t) <= window and np.isfinite(self.effects[i])
                and np.isfinite(self.errors[i]) and self.errors[i] > least]

    def covariance(self, keep: list[int], error: float) -> np.ndarray | None:
        """That of the overall effect (with which nothing is known to vary) and of these event times."""
        if self.vcov is None or self.index is None:
            return None
        where = {int(t): i for i, t in enumerate(self.index)}
        rows = [where[int(self.times[i])] for i in keep if int(self.times[i]) in where]
        if len(rows) < len(keep):
            return None
        full = np.full((len(keep) + 1, len(keep) + 1), np.nan)
        full[0, 0] = error**2
        full[1:, 1:] = np.asarray(self.vcov)[np.ix_(rows, rows)]
        return full


def event_fit(sample: Panel, effect: float, error: float, study: Study, *, note: str = "", carried: np.ndarray | None = None,
              lacking: str = LACKING, ahead: int = 0, **aux: Any) -> Fit:
    """A `Fit` from an overall effect and an event study (event times outside ±WINDOW are not reported).

    carried : (N,) treated units that the effect is made of, where some cannot be used; all by default; ``lacking``: what.
    ahead : periods before the start in which the effect may begin, and which are no test of what was before it.
    """
    if not np.isfinite(effect):
        raise NotEstimable("the overall effect is not identified on this sample")
    if not (np.isfinite(error) and error > rounding(sample.y)):
        raise NotEstimable(f"the overall effect has no standard error on this sample (too few {sample.noun}s, or nothing that it "
                           "leaves unexplained)")
    keep = study.within(WINDOW, ROUNDING * float(np.nanstd(sample.y)))
    return Fit([("att", None), *(("event", int(study.times[i])) for i in keep)],
               np.array([effect, *(study.effects[i] for i in keep)], float),
               np.array([error, *(study.errors[i] for i in keep)], float), int(sample.cells.any(1).sum()) - 1,
               vcov=study.covariance(keep, error), pretrend_p=pretrend_p(sample, ahead=ahead),
               note=join(sample.note, note, unused(sample, carried, lacking)), aux=aux, **counts(sample, carried))


def untold(sample: Panel, own: np.ndarray, other: np.ndarray) -> bool:
    """Whether units (N,) are compared with others whose controls do not differ as their own do: what a control is worth among
    these, and with it the effect, can be any number. In whatever unit a control is written."""
    both = own | other
    x = np.column_stack([np.ones(len(both)), *((v - v[both].mean()) / (v[both].std() or 1.0) for v in sample.controls.values())])
    least = 1e-5 * np.sqrt(both.sum())  # as `imputed.untold`
    told = np.linalg.matrix_rank(x[other], tol=least)
    return bool(told < x.shape[1] and told < np.linalg.matrix_rank(x[both], tol=least))


def refuse_untold(sample: Panel, own: np.ndarray, other: np.ndarray, period: float) -> None:
    """`NotEstimable` where units (N,) are compared in a period with others that tell nothing, see `untold`."""
    if untold(sample, own, other):
        raise NotEstimable(f"controls are collinear among the {sample.noun}s that {', '.join(np.array(sample.units)[own])} are "
                           f"held against in {sample.called(period)}")


def started(sample: Panel) -> np.ndarray:
    """(N,) units whose exposure is seen to begin: figures in its first period and in the one right before."""
    before, cells = sample.d[:, :-1] == 0, sample.cells
    follows = np.diff(sample.years) == 1
    return ((sample.d[:, 1:] > 0) & before & cells[:, 1:] & cells[:, :-1] & follows).any(1)


def unused(sample: Panel, carried: np.ndarray | None, lacking: str = LACKING) -> str:
    """Names the treated units that an estimator can make nothing of, for lack of what."""
    if carried is None or not (lost := sample.treated & ~carried).any():
        return ""
    return f"{lacking}, {UNCOUNTED}: {', '.join(np.array(sample.units)[lost])}"
