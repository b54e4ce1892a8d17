"""What each estimator and each test is worth on panels like ours, where the truth is known.

The noise is not modelled: it is what is left of PCI component scores once province and year effects are out, with its
persistence, its bad years and its regional ties, and the reform is given to provinces drawn by lot (the "placebo laws" of
Bertrand, Duflo and Mullainathan 2004). To that a known effect is added that differs between cohorts and grows with time.

`study` runs every estimator x inference on the same draws and reports bias, the width and coverage of intervals and the
size of tests, each with its simulation error. Units: standard deviations of the noise.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from govlib import effects, paths
from govlib.did import batch, parallel, synthetic, synthetic_did
from govlib.did.base import intervals
from govlib.did.inference.cluster import panel_crv3
from govlib.did.inference.randomization import permutation_test, randomization_test
from govlib.did.inference.wild import wild_bootstrap
from govlib.errors import BadInput, NotEstimable
from govlib.known import provinces
from govlib.panel import data

ALPHA = 0.05


# -------------------------------------------------------------------------------------------------------------- noise
@dataclass(frozen=True)
class Noise:
    """``residuals`` (components, n, T), each scaled to a standard deviation of one, and the provinces' own ``levels``
    (components, n) in the same unit; what they look like, for the report.

    The levels matter to synthetic control alone, and to it they do: residuals sum to zero over a province's years, so
    without a level its past would give its future away.
    """

    residuals: np.ndarray
    levels: np.ndarray
    names: tuple[str, ...]
    persistence: np.ndarray  # first-order autocorrelation of the residuals, by component
    regional: np.ndarray  # mean correlation of two provinces of one region, by component (NaN if unknown)
    sd: np.ndarray  # points of the score that are one unit, by component
    source: str

    @property
    def shape(self) -> tuple[int, int]:
        return self.residuals.shape[1:]

    def draw(self, size: int, rng: np.random.Generator) -> np.ndarray:
        """(n, T, size): a component by lot, its sign by lot, its provinces shuffled (whole rows)."""
        kinds, n, _ = self.residuals.shape
        which, sign = rng.integers(0, kinds, size), rng.choice([-1.0, 1.0], size)
        rows = rng.permuted(np.broadcast_to(np.arange(n), (size, n)), axis=1)
        panels = self.residuals[which[:, None], rows] + self.levels[which[:, None], rows][:, :, None]
        return (panels * sign[:, None, None]).transpose(1, 2, 0)


def noise_from(y: np.ndarray, names: Iterable[str] = (), regions: np.ndarray | None = None, source: str = "given") -> Noise:
    """Noise from complete panels ``y`` (n, T, components): residuals on province and year effects."""
    y = np.asarray(y, float)
    y = y[:, :, None] if y.ndim == 2 else y
    n, years, k = y.shape
    if n < 10 or years < 6:
        raise BadInput("noise needs at least 10 provinces and 6 years", value=y.shape[:2])
    resid = batch.within(y).transpose(2, 0, 1)
    sd = resid.std((1, 2)) * np.sqrt(n * years / ((n - 1) * (years - 1)))
    if (sd == 0).any():
        raise BadInput("a component does not vary")
    scaled = resid / sd[:, None, None]
    persistence = (scaled[:, :, 1:] * scaled[:, :, :-1]).sum((1, 2)) / (scaled[:, :, :-1] ** 2).sum((1, 2))
    regional = np.full(k, np.nan)
    if regions is not None:
        same = np.equal.outer(np.asarray(regions), np.asarray(regions)) & ~np.eye(n, dtype=bool)
        regional = np.array([np.corrcoef(r)[same].mean() for r in scaled])
    levels = (y.mean(1) - y.mean((0, 1))).T / sd[:, None]
    return Noise(scaled, levels, tuple(names) or tuple(f"outcome {j + 1}" for j in range(k)), persistence, regional, sd, source)


def noise_from_panel(index: str = "pci", first: int = 2006, last: int = 2019, scores: Any = None) -> Noise:
    """Noise of an index's components that are complete in these editions (``data/processed/scores.parquet``).

    Raises
    ------
    MissingData : the panel has not been built.   NotEstimable : no component is complete.
    """
    if scores is None:
        scores = data.read(paths.processed() / "scores.parquet")
    part = scores[(scores["index_id"] == index) & (scores["level"] == "component") & scores["year"].between(first, last)]
    panels, names = [], []
    units: pd.Index | None = None
    for component, rows in part.groupby("component"):
        wide = rows.pivot_table(index="province", columns="year", values="score").drop(index="ha-tay", errors="ignore")
        if wide.shape[1] == last - first + 1 and wide.notna().all(axis=None) and (units is None or units.equals(wide.index)):
            panels.append(wide.to_numpy())
            names.append(str(component))
            units = wide.index
    if units is None:
        raise NotEstimable(f"no component of {index} is complete in {first}–{last}")
    regions = np.array([provinces.get(slug, last).region for slug in units])
    return noise_from(np.stack(panels, 2), names, regions, f"{index} components {first}–{last}")


# ------------------------------------------------------------------------------------------------------------- designs
@dataclass(frozen=True)
class Design:
    """``cohorts``: first treated year (position) -> number of provinces. The effect of cohort c after k years is
    ``base[c] + growth[c] * k``, larger for earlier adopters."""

    name: str
    cohorts: dict[int, int]
    base: dict[int, float] = field(default_factory=dict)
    growth: dict[int, float] = field(default_factory=dict)

    @property
    def treated(self) -> int:
        return sum(self.cohorts.values())

    def cohort(self, n: int) -> np.ndarray:
        if self.treated >= n:
            raise NotEstimable("no control province is left")
        out = np.full(n, np.inf)
        out[: self.treated] = np.repeat(list(self.cohorts), list(self.cohorts.values()))
        return out

    def effect(self, n: int, years: int) -> np.ndarray:
        """(n, years), zero on untreated cells."""
        cohort = self.cohort(n)
        event = np.arange(years) - cohort[:, None]
        base = np.array([self.base.get(int(c), 0.5) if np.isfinite(c) else 0.0 for c in cohort])
        growth = np.array([self.growth.get(int(c), 0.1) if np.isfinite(c) else 0.0 for c in cohort])
        return np.where(event >= 0, base[:, None] + growth[:, None] * np.where(event >= 0, event, 0), 0.0)


def _design(name, cohorts):
    dates = sorted(cohorts)
    # first adopters gain most and fastest, as where the able and willing go first
    rank = {c: 1 - j / max(len(dates) - 1, 1) for j, c in enumerate(dates)}
    return Design(name, cohorts, {c: 0.2 + 0.4 * rank[c] for c in dates}, {c: 0.05 + 0.15 * rank[c] for c in dates})


DESIGNS = (
    _design("50 treated, 13 never", {3: 17, 6: 17, 10: 16}),
    _design("10 treated", {5: 4, 8: 3, 11: 3}),
    _design("3 treated", {5: 1, 8: 1, 11: 1}),
    _design("1 treated", {8: 1}),
)


# ---------------------------------------------------------------------------------------------- estimators and inference
@dataclass(frozen=True)
class Answers:
    """Of ``S`` panels: ``estimate``, ``p_value``, ``low``, ``high`` (S,), NaN where not given."""

    estimate: np.ndarray
    p_value: np.ndarray
    low: np.ndarray
    high: np.ndarray


Method = Callable[[np.ndarray, np.ndarray, int], Answers]
_NONE = np.nan


def imputation(y: np.ndarray, cohort: np.ndarray) -> np.ndarray:
    """Borusyak, Jaravel and Spiess's (2024) overall effect (m,) of complete panels ``y`` (n, T, m): province and year
    effects from untreated cells, their mean excess on treated ones. Point estimates only, many panels at once."""
    n, years, m = y.shape
    event = np.arange(years) - np.asarray(cohort, float)[:, None]
    free = event < 0
    if not free.any(0).all() or not free.any(1).all():
        raise NotEstimable("a year without an untreated province, or a province without an untreated year")
    share = free / free.sum(1, keepdims=True)
    total = np.diag(free.sum(0)) - free.T.astype(float) @ share
    flat = np.where(free[:, :, None], y, 0.0)
    own = flat.sum(1) / free.sum(1, keepdims=True)
    year = np.linalg.pinv(total.astype(float), rcond=1e-10, hermitian=True) @ (
        flat.sum(0) - free.T.astype(float) @ own)
    unit = own - share @ year
    gap = y - unit[:, None, :] - year
    return gap[~free].mean(0)


def _d(y, cohort):
    return (np.arange(y.shape[1]) >= cohort[:, None]).astype(float)


def _crv1(y, cohort, seed):
    fit = batch.twfe(y, _d(y, cohort))
    low, high = fit.ci()
    return Answers(fit.beta[:, 0], fit.p_value[:, 0], low[:, 0], high[:, 0])


def _crv3(y, cohort, seed):
    fit = panel_crv3(y, _d(y, cohort))
    low, high = fit.ci()
    return Answers(fit.beta[:, 0], fit.p_value[:, 0], low[:, 0], high[:, 0])


def _wild(y, cohort, seed):
    got = wild_bootstrap(y, _d(y, cohort), draws=999, seed=seed)
    return Answers(got.estimate, got.p_value, got.ci_low, got.ci_high)


def _ri(y, cohort, seed):
    got = randomization_test(y, _d(y, cohort), draws=999, seed=seed)
    nothing = np.full(y.shape[2], _NONE)
    return Answers(got.estimate, got.p_value, nothing, nothing)


def _imputation_ri(y, cohort, seed):
    codes = np.unique(cohort, return_inverse=True)[1]
    got = permutation_test(lambda order: imputation(y, cohort[order]), len(y), codes=codes, draws=199, seed=seed)
    nothing = np.full(y.shape[2], _NONE)
    return Answers(got.estimate, got.p_value, nothing, nothing)


def _synthetic(method):
    def answer(y, cohort, seed):
        got = synthetic_did.sdid_placebo(y, cohort, method=method, draws=60, seed=seed)
        return Answers(got.estimate, got.p_value, got.ci_low, got.ci_high)

    return answer


def _rmspe_ratio(y, cohort, seed):
    """Abadie's test for one treated province: the effect, and the p-value of its ratio of fits."""
    treated = np.flatnonzero(np.isfinite(cohort))
    if len(treated) != 1:
        raise NotEstimable("a synthetic control is made for one province")
    got = synthetic.placebos_in_space(y, int(treated[0]), int(cohort[treated[0]]))
    nothing = np.full(y.shape[2], _NONE)
    return Answers(got.effect[treated[0]], got.p_ratio, nothing, nothing)


def _registered(name):
    """An estimator of the effects engine, one panel after another."""
    def answer(y, cohort, seed):
        entry = effects.ESTIMATORS[name]
        sample = effects.from_arrays(y, cohort)
        out = np.full((4, y.shape[2]), _NONE)
        why = None
        for k in range(y.shape[2]):
            try:
                fit = entry.fit(sample, k, singletons="refuse", draws=60, seed=seed)
            except NotEstimable as error:
                why = error
                continue
            i = fit.terms.index(("att", None))
            low, high, p = intervals(fit)
            out[:, k] = fit.estimate[i], p[i], low[i], high[i]
        if why is not None and np.isnan(out[0]).all():
            raise why
        return Answers(*out)

    return answer


FAST: dict[tuple[str, str], Method] = {
    ("twfe", "crv1"): _crv1, ("twfe", "crv3"): _crv3, ("twfe", "wild"): _wild, ("twfe", "ri"): _ri,
    ("imputation", "ri"): _imputation_ri,
}
FEW: dict[tuple[str, str], Method] = {  # for few treated provinces; tens of milliseconds a panel
    ("synthetic_did", "placebo"): _synthetic("sdid"), ("synthetic_control", "placebo"): _synthetic("sc"),
    ("synthetic_control", "rmspe_ratio"): _rmspe_ratio,
}
# registered estimators, and the share of panels each is tried on
SLOW = {"callaway_santanna": 1.0, "sun_abraham": 1.0, "gardner": 1.0, "first_differences": 1.0, "imputation": 1.0,
        "lp_did": 0.4}


# ---------------------------------------------------------------------------------------------------------------- study
def study(noise: Noise | None = None, *, designs: Iterable[Design] = DESIGNS, n_sims: int = 400, n_few: int = 200,
          n_slow: int = 100, slow: Iterable[str] | Mapping[str, float] = SLOW, seed: int = 20090101, client: Any = None):
    """Bias, coverage and size of every estimator x inference in every design.

    Parameters
    ----------
    n_sims, n_few, n_slow : panels for the batched methods, for synthetic controls, for the registered estimators ``slow``
        (names, or names with the share of ``n_slow`` each gets); 0 leaves them out.
    client : ``dask.distributed.Client``: one task a design, method and twenty panels.

    Returns
    -------
    DataFrame: design, n_treated, estimator, inference, n_sims, truth (mean effect on the treated), bias and bias_se, sd
    (spread of the estimates), coverage and coverage_se (of nominal 95% intervals, effect present and heterogeneous), width,
    size and size_se (rejections at 5% without an effect), power, reason (why not estimable).
    """
    if min(n_sims, n_few, n_slow) < 0 or n_sims < 2:
        raise BadInput("a study needs two simulated panels or more", value=(n_sims, n_few, n_slow))
    noise = noise_from_panel() if noise is None else noise
    n, years = noise.shape
    tasks = []
    for number, design in enumerate(designs):
        if max(design.cohorts) >= years or min(design.cohorts) < 2:
            raise BadInput("a cohort lies outside the panel", value=design.cohorts)
        jobs = [(key, n_sims, n_sims) for key in FAST]
        if design.treated <= 3 and n_few:
            jobs += [(key, n_few, 20) for key in FEW if key[1] != "rmspe_ratio" or design.treated == 1]
        shares = slow if isinstance(slow, Mapping) else dict.fromkeys(slow, 1.0)
        jobs += [((name, "own"), max(2, round(n_slow * share)), 10) for name, share in shares.items() if n_slow]
        for key, count, step in jobs:
            tasks += [(number, design, key, start, min(step, count - start)) for start in range(0, count, step)]
    blocks = parallel.run(_simulate, tasks, client, (noise, seed))
    rows = []
    for number, design in enumerate(designs):
        effect = design.effect(n, years)
        truth = float(effect[effect != 0].mean())
        done: dict[tuple, list] = {}
        for task, block in zip(tasks, blocks, strict=True):
            if task[0] == number:
                done.setdefault(task[2], []).append(block)
        for key, parts in done.items():
            reasons = [p for p in parts if isinstance(p, str)]
            got = [p for p in parts if not isinstance(p, str)]
            row = {"design": design.name, "n_treated": design.treated, "estimator": key[0], "inference": key[1]}
            rows.append(row | (_summary(np.concatenate(got, 2), truth) if got else {"n_sims": 0, "truth": truth})
                        | {"reason": reasons[0] if reasons and not got else ""})
    return pd.DataFrame(rows)


def _method(key):
    return FAST.get(key) or FEW.get(key) or _registered(key[0])


def _simulate(noise, seed, number, design, key, start, count):
    """(2, 4, count): without and with effects; estimate, p, low, high. Panels are numbered, so that every method sees
    the same ones."""
    n, years = noise.shape
    cohort, effect = design.cohort(n), design.effect(n, years)
    null = np.concatenate([noise.draw(1, np.random.default_rng([seed, number, k])) for k in range(start, start + count)], 2)
    method = _method(key)
    out = np.full((2, 4, count), np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # libraries warn of few clusters in every panel: that is what is studied
        for j, y in enumerate((null, null + effect[:, :, None])):
            try:
                got = method(y, cohort, seed)
            except NotEstimable as error:
                return error.reason
            out[j] = got.estimate, got.p_value, got.low, got.high
    return out


def _summary(both, truth):
    null, real = both
    estimate, p, low, high = real
    ok = np.isfinite(estimate)
    count = int(ok.sum())
    gap = estimate[ok] - truth
    has_ci = ok & ~np.isnan(low) & ~np.isnan(high)
    inside = (low[has_ci] <= truth) & (truth <= high[has_ci])
    width = high[has_ci] - low[has_ci]
    tested = np.isfinite(null[1])
    size = float((null[1][tested] <= ALPHA + 1e-12).mean()) if tested.any() else np.nan
    coverage = float(inside.mean()) if has_ci.any() else np.nan
    return {"n_sims": count, "truth": truth, "bias": float(gap.mean()), "bias_se": float(gap.std(ddof=1) / np.sqrt(count)),
            "sd": float(gap.std(ddof=1)), "coverage": coverage,
            "coverage_se": float(np.sqrt(max(coverage * (1 - coverage), 0.05 * 0.95) / has_ci.sum())) if has_ci.any() else np.nan,
            "width": float(np.median(width)) if has_ci.any() else np.nan, "size": size,
            "size_se": float(np.sqrt(max(size * (1 - size), 0.05 * 0.95) / tested.sum())) if tested.any() else np.nan,
            "power": float((p[ok & np.isfinite(p)] <= ALPHA + 1e-12).mean()) if np.isfinite(p[ok]).any() else np.nan}
