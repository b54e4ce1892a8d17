"""How noisy each unit is, and how noisy that makes an estimate: what permutation and placebo tests are scaled by.

Units are not alike: small ones move more from period to period, and units of one region move together. A test that shuffles
them as if they were calls the treated special because they are noisy (it rejects a true null in 11 to 18 % where noisy units
are treated, in 1 % where quiet ones are, and in 15 % where they share a region; docs/simulation_report.md). Divided by the noise
of the units that carry it, an estimate is comparable with that of any other units.

The rule is fixed before an effect is looked at. Noise is read from the steps between neighbouring periods, without the step at
which a unit's exposure begins: a constant effect leaves it as it is, and it tells nothing of the effect.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: What a unit borrows from the average one, in steps: enough that none is without noise, too little to make noisy ones quieter.
BORROWED = 0.01
HIGHEST = 0.95  # a correlation within regions above this would leave nothing of a unit's own


@dataclass(frozen=True)
class Noise:
    """``sd`` (n, m): of a unit's step from period to period, over all units' common step.   ``shared`` (m,): correlation of
    two units of one region.   ``region`` (n,): codes."""

    sd: np.ndarray
    shared: np.ndarray
    region: np.ndarray

    @property
    def rule(self) -> str:
        """The rule in words, with what it found."""
        low, middle, high = np.quantile(self.sd, [0.1, 0.5, 0.9], axis=0)
        low, high = np.median(low / middle), np.median(high / middle)
        return (f"permuted over all units, each estimate over the noise of its units ({low:.2f} to {high:.2f} times the middle "
                f"one) and of their regions (shared {float(np.median(self.shared)):.2f})")


def measure(y: np.ndarray, d: np.ndarray, region: np.ndarray | None = None) -> Noise:
    """Noise of complete or gappy outcomes ``y`` (n, T, m) of units exposed where ``d`` (n, T) is not 0."""
    steps = np.where((np.diff(d != 0, axis=1) == 0)[:, :, None], np.diff(y, axis=1), np.nan)
    seen = np.isfinite(steps)
    count = seen.sum(0)
    common = np.where(seen, steps, 0.0).sum(0) / np.maximum(count, 1)
    off = np.where(seen, steps - common, 0.0) * np.sqrt(count / np.maximum(count - 1, 1))
    own, each = (off**2).sum(1), seen.sum(1)
    every = own.sum(0) / np.maximum(each.sum(0), 1)
    every = np.where(every > 0, every, 1.0)  # nothing moves: estimates are then compared as they are
    sd = np.sqrt((own + BORROWED * every) / (each + BORROWED))
    region = np.zeros(len(y), int) if region is None else np.unique(region, return_inverse=True)[1]
    return Noise(sd, _shared(off / np.maximum(sd, 1e-300)[:, None, :], seen, region), region)


def _shared(steps: np.ndarray, seen: np.ndarray, region: np.ndarray) -> np.ndarray:
    """Mean product of two units' steps in one region, less that of two regions (what the common step takes out)."""
    inside = np.equal.outer(region, region) & ~np.eye(len(region), dtype=bool)
    outside = ~np.equal.outer(region, region)
    if not inside.any() or not outside.any():
        return np.zeros(steps.shape[2])
    product = np.einsum("itm,jtm->ijm", steps, steps, optimize=True)
    both = np.einsum("itm,jtm->ijm", seen.astype(float), seen.astype(float), optimize=True)

    def mean(pairs: np.ndarray) -> np.ndarray:
        return product[pairs].sum(0) / np.maximum(both[pairs].sum(0), 1)

    return np.clip(mean(inside) - mean(outside), 0.0, HIGHEST)


def spread(loads: np.ndarray, noise: Noise) -> np.ndarray:
    """(R, m) noise of R estimates that are sums of outcomes with the weights ``loads`` (R, n, T)."""
    own = np.einsum("rit,rit->ri", loads, loads) @ noise.sd**2
    if not noise.shared.any():
        return np.sqrt(own)
    together = np.zeros_like(own)
    for code in np.unique(noise.region):
        rows = noise.region == code
        summed = np.matmul(loads[:, rows].transpose(0, 2, 1), noise.sd[rows])  # (R, T, m)
        together += np.einsum("rtm,rtm->rm", summed, summed)
    return np.sqrt((1 - noise.shared) * own + noise.shared * together)


def spread_of(units: np.ndarray, weights: np.ndarray, noise: Noise) -> np.ndarray:
    """(R, m) the same for placebos: ``units`` (R, k) positions, each with its share ``weights`` (k,) of the estimate."""
    part = weights[None, :, None] * noise.sd[units]  # (R, k, m)
    own = (part**2).sum(1)
    together = np.zeros_like(own)
    where = noise.region[units]
    for code in np.unique(where):
        together += ((where == code)[:, :, None] * part).sum(1) ** 2
    return np.sqrt((1 - noise.shared) * own + noise.shared * together)


@dataclass(frozen=True)
class Placebos:
    """``observed`` (m,) and ``null`` (draws, m): estimates over their noise.   ``p_value``, ``low``, ``high`` (m,): of one test
    and its inversion. A constant effect moves the real estimate only, so the interval is symmetric."""

    observed: np.ndarray
    null: np.ndarray
    p_value: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @property
    def floor(self) -> float:
        """The smallest p-value that the test can give."""
        return 1 / (1 + len(self.null))


def placebos(effect: np.ndarray, own: np.ndarray, null: np.ndarray, scale: np.ndarray, level: float = 0.95) -> Placebos:
    """Compare effects (m,) of noise ``own`` with those of units that nothing was done to, ``null`` of noise ``scale``
    (draws, m). The real one counts among them."""
    observed, null = effect / own, null / scale
    beyond = (np.abs(null) >= np.abs(observed) * (1 - 1e-9)).sum(0)
    # p passes 1 - level where the estimate is beyond all but so many placebos
    kept = int(np.floor((1 - level) * (len(null) + 1) + 1e-9))
    half = own * np.sort(np.abs(null), 0)[-kept] if kept >= 1 else np.full_like(own, np.inf)
    return Placebos(observed, null, (1 + beyond) / (1 + len(null)), effect - half, effect + half)
