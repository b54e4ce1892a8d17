"""What the tests are worth where provinces are not alike: the case that shuffled provinces (`govlib.effects.simulate`) cannot show.

Noise is invented here, with what the real one has: provinces that are persistently noisier than others (by .69 to 1.28 in PCI),
regions that move together, a memory, the surveys' own error, gaps. The reform falls on the noisiest provinces, on the
quietest, on one region, or by lot. Without an effect a test at 5 % should reject in 5 %, and its 95 % interval hold 0 in 95 %.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import numpy as np
import pandas as pd

from govlib.did import synthetic_did, weights
from govlib.did.inference import randomization
from govlib.errors import NotEstimable

REGIONS = np.repeat(np.arange(6), [11, 14, 14, 5, 6, 13])  # the 63 provinces
EDITIONS = 14
SPREAD = 0.24  # of the logarithm of a province's noise: nine in ten lie within .67 to 1.49 of the middle one
STARTS = {10: [5] * 4 + [8] * 3 + [11] * 3, 3: [5, 8, 11], 1: [8]}
WHO = ("noisy", "quiet", "one region", "by lot")
LOTS = {20090101: 120, 20261128: 240}  # panels of synthetic DiD a case, by seed: one takes as long as hundreds of imputation


@dataclass(frozen=True)
class Case:
    """``treated``: how many, ``who``: see :data:`WHO`; ``regional``: share of the noise that a region has in common; ``memory``:
    its autocorrelation; ``survey``: standard deviation of errors without memory, alike for all; ``missing``: share of cells."""

    treated: int
    who: str
    regional: float = 0.16
    memory: float = 0.3
    survey: float = 0.0
    missing: float = 0.0

    def panels(self, count: int, seed: int = 20090101) -> tuple[np.ndarray, np.ndarray]:
        """(n, T, count) without any effect, and the first exposed edition of each province."""
        rng = np.random.default_rng([seed, self.treated, WHO.index(self.who), int(100 * self.regional), int(100 * self.memory)])
        n = len(REGIONS)
        sd = np.exp(rng.normal(0, SPREAD, n))
        own, shared = (_remembering(rng.normal(size=(rows, EDITIONS, count)), self.memory) for rows in (n, 6))
        y = sd[:, None, None] * (np.sqrt(1 - self.regional) * own + np.sqrt(self.regional) * shared[REGIONS])
        y += self.survey * rng.normal(size=y.shape)
        order = {"noisy": np.argsort(-sd), "quiet": np.argsort(sd), "one region": np.flatnonzero(REGIONS == 1),
                 "by lot": rng.permutation(n)}[self.who]
        cohort = np.full(n, np.inf)
        cohort[order[:self.treated]] = STARTS[self.treated]
        if self.missing:
            gone = rng.random((n, EDITIONS)) < self.missing
            first = np.where(np.isfinite(cohort), cohort, EDITIONS).astype(int)
            for i in range(n):  # an edition before and one after stay, or there is nothing to estimate
                gone[i, [first[i] - 1, min(first[i], EDITIONS - 1)]] = False
            y[gone] = np.nan
        return y, cohort


def _remembering(e: np.ndarray, memory: float) -> np.ndarray:
    for t in range(1, e.shape[1]):
        e[:, t] = memory * e[:, t - 1] + np.sqrt(1 - memory**2) * e[:, t]
    return e


def imputation(case: Case, count: int = 1000, draws: int = 199, seed: int = 20090101) -> dict[str, float]:
    """Size of the permutation test of imputation as it was (plain) and over the noise of the provinces; coverage."""
    y, cohort = case.panels(count, seed)
    d = (np.arange(EDITIONS) >= cohort[:, None]).astype(float)
    loads = partial(weights.imputation, seen=np.isfinite(y).all(2))
    codes = np.where(np.isfinite(cohort), cohort, -1).astype(int)
    test, (low, high), _ = randomization.scaled_test(y, d, loads, codes=codes, region=REGIONS, draws=draws, seed=seed)
    flat = np.where(np.isfinite(y), y, 0.0).reshape(-1, count)

    def bare(orders: np.ndarray) -> np.ndarray:
        found = loads(d[orders])
        return found.reshape(len(found), -1) @ flat

    plain = randomization.permutation_test(bare, len(y), codes=codes, draws=draws, seed=seed, batched=True)
    return {"plain": float((plain.p_value <= 0.05).mean()), "size": float((test.p_value <= 0.05).mean()),
            "coverage": float(((low <= 0) & (high >= 0)).mean()), "panels": count}


def synthetic(case: Case, count: int = 200, draws: int = 60, seed: int = 20090101) -> dict[str, float]:
    """The same of synthetic DiD's placebo test. Raises NotEstimable where it is not run: ten treated, gaps."""
    if case.treated > 4 or case.missing:
        raise NotEstimable("synthetic DiD is run for up to four treated provinces, on complete panels")
    y, cohort = case.panels(count, seed)
    test = synthetic_did.sdid_placebo(y, cohort, region=REGIONS, draws=draws, seed=seed)
    plain = (1 + (np.abs(test.null) >= np.abs(test.estimate)).sum(0)) / (1 + len(test.null))
    return {"plain": float((plain <= 0.05).mean()), "size": float((test.p_value <= 0.05).mean()),
            "coverage": float(((test.ci_low <= 0) & (test.ci_high >= 0)).mean()), "panels": count}


def cases() -> Iterator[Case]:
    """Every combination of who, how many, shared noise and memory; and gaps and survey noise at the middle one."""
    for treated in STARTS:
        for who in WHO:
            for regional in (0.01, 0.16, 0.40):
                for memory in (0.3, 0.7):
                    yield Case(treated, who, regional, memory)
            yield Case(treated, who, survey=0.7)
            yield Case(treated, who, missing=0.15)


def study(count: int = 1000, lots: Mapping[int, int] = MappingProxyType(LOTS)) -> pd.DataFrame:
    """All cases: ``plain`` and ``size`` (rejections at 5 % without an effect), ``coverage``, and the simulation ``error``."""
    rows = []
    for case in cases():
        rows.append({"estimator": "imputation", **case.__dict__, **imputation(case, count)})
        if case.treated > 4 or case.missing or case.survey or case.regional == 0.01:
            continue
        found = together([synthetic(case, n, seed=seed) for seed, n in lots.items()])
        rows.append({"estimator": "synthetic DiD", **case.__dict__, **found})
    return pd.DataFrame(rows).assign(error=lambda t: np.sqrt(0.05 * 0.95 / t["panels"]))


def together(parts: list[dict[str, float]]) -> dict[str, float]:
    """Shares of several lots of panels as shares of all of them."""
    panels = [part["panels"] for part in parts]
    return {key: float(np.average([part[key] for part in parts], weights=panels)) for key in ("plain", "size", "coverage")} | {
        "panels": sum(panels)}
