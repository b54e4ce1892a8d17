"""Randomization inference: who adopted when is shuffled, not single cells.

A unit's whole adoption path (or dose path) is dealt to another unit of the same block, so that every draw has
the real distribution of timings. The statistic is studentised (Wu and Ding 2021; MacKinnon and Webb 2020), the p-value
counts the real assignment among the draws, and where the distinct assignments are few (one treated unit) all of them
are used and the p-value is exact.

All draws and outcomes are computed together: units' paths are few, so every draw is a sum of table entries.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from govlib.did import parallel
from govlib.did.batch import panel_shapes, sample_masks, unit_projection, usable, within_cells
from govlib.did.inference.noise import Noise, measure, spread
from govlib.did.ols import COLLINEAR, gram_inverse
from govlib.errors import BadInput, NotEstimable

_CHUNK = 500
_CELLS = 1 << 16  # weights of shuffles that are worked on at a time: they stay in the cache


@dataclass(frozen=True)
class RandomizationResult:
    """Per outcome (m,): ``estimate``, ``observed`` statistic, two-sided ``p_value``.

    ``null`` (draws, m) holds the statistic of every draw (the same shuffles for all outcomes, as Romano-Wolf needs).
    ``exact``: all distinct assignments were used, the real one among them. ``statistic``: ``t``, ``coefficient``,
    ``scaled`` (by the units' noise) or ``given``.
    """

    estimate: np.ndarray
    observed: np.ndarray
    p_value: np.ndarray
    null: np.ndarray
    draws: int
    exact: bool
    statistic: str

    @property
    def floor(self) -> float:
        """The smallest p-value that the test can give: draws without a statistic (the exposure of units that are not seen after its
        start) count as beyond whatever was found, and so do those as far out as the furthest (the exposure of the other half)."""
        lost = int(np.isnan(self.null).all(1).sum())
        if not self.exact:
            return (1 + lost) / (1 + self.draws)
        size = np.nan_to_num(np.abs(self.null), nan=-1.0, posinf=np.inf)
        return (lost + max(1, int((size >= size.max(0) * (1 - 1e-9)).sum(0).min()))) / self.draws


def count_assignments(codes: np.ndarray, blocks: np.ndarray | None = None) -> int:
    """Number of distinct ways to deal the paths ``codes`` (n,) within blocks."""
    total = 1
    for rows in _block_rows(codes, blocks):
        counts = np.unique(codes[rows], return_counts=True)[1]
        total *= math.factorial(len(rows)) // math.prod(math.factorial(int(c)) for c in counts)
    return total


def _block_rows(codes, blocks):
    if blocks is None:
        return [np.arange(len(codes))]
    blocks = np.asarray(blocks)
    if blocks.shape != np.shape(codes):
        raise BadInput(f"{blocks.shape} blocks for {len(codes)} units")
    return [np.flatnonzero(blocks == b) for b in np.unique(blocks)]


def assignments(codes: np.ndarray, blocks: np.ndarray | None = None) -> np.ndarray:
    """All distinct assignments (count, n), the real one among them."""
    def deal(values: list, counts: list, size: int) -> np.ndarray:
        if len(values) == 1:
            return np.full((1, size), values[0])
        chosen = np.array(list(itertools.combinations(range(size), counts[0])))
        rest = deal(values[1:], counts[1:], size - counts[0])
        free = np.ones((len(chosen), size), bool)
        free[np.arange(len(chosen))[:, None], chosen] = False
        out = np.full((len(chosen), len(rest), size), values[0])
        out[np.broadcast_to(free[:, None], out.shape)] = np.tile(rest.ravel(), len(chosen))
        return out.reshape(-1, size)

    rows_of, per_block = _block_rows(codes, blocks), []
    for rows in rows_of:
        values, counts = np.unique(codes[rows], return_counts=True)
        order = np.argsort(counts)  # rare paths first, the common one fills what is left
        per_block.append(deal(values[order].tolist(), counts[order].tolist(), len(rows)))
    which = np.indices([len(b) for b in per_block]).reshape(len(per_block), -1)
    out = np.empty((which.shape[1], len(codes)), int)
    for rows, block, at in zip(rows_of, per_block, which, strict=True):
        out[:, rows] = block[at]
    return out


def permute(codes: np.ndarray, draws: int, seed: Any = None, blocks: np.ndarray | None = None) -> np.ndarray:
    """(draws, n) random shuffles of ``codes`` within blocks.

    >>> permute(np.array([0, 0, 1]), 4, seed=1).sum(axis=1)
    array([1, 1, 1, 1])
    """
    rng = np.random.default_rng(seed)
    out = np.empty((draws, len(codes)), np.asarray(codes).dtype)
    for rows in _block_rows(codes, blocks):
        out[:, rows] = rng.permuted(np.broadcast_to(codes[rows], (draws, len(rows))), axis=1)
    return out


def deals(codes: np.ndarray, blocks: np.ndarray | None, draws: int, seed: int | None,
          exact: bool | None = None) -> tuple[list[tuple], bool]:
    """Chunks of assignments for workers: enumerated ``(array,)`` or seeded ``(size, SeedSequence)``; and whether exact."""
    if draws < 19:
        raise BadInput("a permutation test needs 19 draws or more", value=draws)
    few = count_assignments(codes, blocks)
    if few < 2:
        raise NotEstimable("all assignments within the blocks are the same one, so there is nothing to compare with")
    if exact or (exact is None and few <= draws + 1):
        if few > 2_000_000:
            raise BadInput("too many assignments to enumerate", value=few, fix="exact=False")
        every = assignments(codes, blocks)
        return [(every[i:i + _CHUNK], None) for i in range(0, few, _CHUNK)], True
    return parallel.streams(seed, parallel.split(draws, _CHUNK)), False


def p_values(observed: np.ndarray, null: np.ndarray, exact: bool) -> np.ndarray:
    """Two-sided: share of ``|null| >= |observed|`` (draws, m); the real assignment is counted once. A draw whose statistic
    does not exist counts as beyond."""
    beyond = (~(np.abs(null) < np.abs(observed) * (1 - 1e-9))).sum(0)
    return beyond / len(null) if exact else (1 + beyond) / (1 + len(null))


def invert(estimate: np.ndarray, null: np.ndarray, slope: np.ndarray, exact: bool, level: float = 0.95, *,
           scale: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Confidence limits (m,), (m,): all constant effects that the permutation test does not reject (Rosenbaum 2002, 2.6).

    For an estimator that is linear in the outcome and gives 1 for the exposure itself. With an effect τ taken out of the
    outcome a draw's estimate is ``null − τ·slope`` and the real one ``estimate − τ``, each over its own noise. The τ for which a
    draw is as extreme as the real assignment hold the estimate and, where the slope is within ±c (the draw's noise over the
    real assignment's), end at the roots of a quadratic; so the share of such draws only falls as τ moves away from the
    estimate, and the limits are order statistics of the roots. The interval leaves out 0 exactly where the two-sided p-value
    is at most ``1 − level``.

    Parameters
    ----------
    estimate : (m,).   null : (draws, m) estimates under the shuffles, the real one among them where ``exact``.
    slope : (draws,) the same estimator with the real exposure as the outcome. A draw without a statistic, or with a slope
        beyond ±c, rejects nothing. Where more such draws are there than the level allows, the limit is infinite.
    scale : (draws, m) noise of a draw's estimate over that of the real one; 1 where the statistic is not scaled.
    """
    b = np.asarray(slope, float).reshape(len(null), -1)
    e = np.asarray(estimate, float)[None, :]
    c = np.ones_like(null) if scale is None else scale
    with np.errstate(invalid="ignore", divide="ignore"):
        # (null − τ b)² = c² (e − τ)²  at  τ = (c e − null) / (c − b)  and  τ = (c e + null) / (c + b)
        roots = np.stack([(c * e - null) / (c - b), (c * e + null) / (c + b)])
    open_ = ~(np.abs(b) < c * (1 - 1e-9)) | ~np.isfinite(null)
    low = np.where(open_, -np.inf, roots.min(0))
    high = np.where(open_, np.inf, roots.max(0))
    draws = len(null)
    kept = int(np.floor((1 - level) * draws + 1e-9)) + 1 if exact else int(np.floor((1 - level) * (draws + 1) + 1e-9))
    if kept < 1:  # too few draws to reject anything at this level
        return np.full(null.shape[1], -np.inf), np.full(null.shape[1], np.inf)
    return np.sort(low, 0)[kept - 1], np.sort(high, 0)[-kept]


def scaled_test(y: np.ndarray, d: np.ndarray, loads: Callable[[np.ndarray], np.ndarray], *, codes: np.ndarray,
                region: np.ndarray | None = None, draws: int = 999, seed: int | None = 20090101,
                client: Any = None) -> tuple[RandomizationResult, np.ndarray, Noise]:
    """The test of an estimator that is a weighted sum of outcomes, each draw over the noise of the units that it picks.

    Parameters
    ----------
    y : (n, T, m), the same cells for all m.   d : (n, T) exposure.   loads : (R, n, T) exposures → (R, n, T) weights.
    codes : (n,) tells equal paths.   region : (n,) codes of units that move together.

    Returns the test (``observed`` and ``null`` are estimates over their noise), the limits (2, m) of its inversion, and the
    noise.
    """
    noise = measure(y, d, region)
    n, _, m = y.shape
    seen = np.isfinite(y).all(2)
    # the exposure itself as one more outcome: how much of a constant effect each shuffle picks up
    flat = np.where(seen[:, :, None], np.concatenate([y, (d != 0).astype(float)[:, :, None]], 2), 0.0).reshape(-1, m + 1)

    few = max(1, _CELLS // d.size)

    def statistic(orders: np.ndarray) -> np.ndarray:
        out = np.empty((len(orders), 2 * m + 1))
        for start in range(0, len(orders), few):
            weights = loads(d[orders[start:start + few]])
            out[start:start + few, :m + 1] = weights.reshape(len(weights), -1) @ flat
            out[start:start + few, m + 1:] = spread(weights, noise)
        return out

    raw = permutation_test(statistic, n, codes=codes, draws=draws, seed=seed, batched=True, client=client)
    scale = raw.null[:, m + 1:]
    null, own = raw.null[:, :m] / scale, raw.observed[m + 1:]
    observed = raw.estimate[:m] / own
    limits = np.stack(invert(raw.estimate[:m], raw.null[:, :m], raw.null[:, m], raw.exact, scale=scale / own))
    p = p_values(observed, null, raw.exact)
    return RandomizationResult(raw.estimate[:m], observed, p, null, raw.draws, raw.exact, "scaled"), limits, noise


def randomization_test(y: np.ndarray, d: np.ndarray, *,  # noqa: PLR0913  # long: with its example
                       controls: np.ndarray | None = None,
                       blocks: np.ndarray | None = None, draws: int = 999, seed: int | None = 20090101,
                       statistic: str = "auto", exact: bool | None = None, singletons: str = "raise",
                       client: Any = None) -> RandomizationResult:
    """Test the sharp null of no effect of ``d`` (n, T) on each outcome ``y`` (n, T[, m]) by the TWFE coefficient.

    Parameters
    ----------
    blocks : (n,) codes; paths are dealt within a block only (region, class of city).
    statistic : ``t`` (studentised, CRV1 by unit), ``coefficient``, or ``auto``: the coefficient where a single
        unit is treated, whose clustered standard error means nothing, else t.
    exact : enumerate all assignments; by default where they are no more than ``draws``.
    client : ``dask.distributed.Client``; the result does not depend on it.

    A unit whose exposure is unknown in all years is left out; unknown in some years is an error, since then its
    path cannot be dealt to another.

    Raises
    ------
    NotEstimable : no treated or no control unit, one assignment only.   BadInput : shapes, partly unknown paths.

    >>> from govlib.did import inference
    >>> y, d = np.random.default_rng(1).normal(size=(20, 6)), np.zeros((20, 6))
    >>> d[:5, 3:] = 1
    >>> bool((inference.randomization_test(y, d, draws=99).p_value > 0.05).all())
    True
    """
    x = np.asarray(d, float)[:, :, None]
    if controls is not None:
        controls = np.asarray(controls, float)
        x = np.concatenate([x, controls[:, :, None] if controls.ndim == 2 else controls], 2)
    y, x, _ = panel_shapes(y, x, None)
    known = np.isfinite(x[:, :, 0])
    if (known.any(1) & ~known.all(1)).any():
        raise BadInput(f"unit no. {int(np.argmax(known.any(1) & ~known.all(1)))} has an exposure known in some years "
                       "only", fix="leave it out, or read its dates one way")
    rows = known.all(1)
    y, x = y[rows], x[rows]
    _block_rows(rows, blocks)  # refuses those of other units
    blocks = None if blocks is None else np.asarray(blocks)[rows]
    paths, codes = np.unique(x[:, :, 0], axis=0, return_inverse=True)
    codes = codes.ravel()
    treated = int((x[:, :, 0] != 0).any(1).sum())
    if treated == 0:
        raise NotEstimable("no unit is treated in these years")
    if len(paths) < 2:
        raise NotEstimable("no control is left: all units have the same path")
    if statistic not in ("auto", "t", "coefficient"):
        raise BadInput("statistic is auto, t or coefficient", value=statistic)
    chosen = statistic if statistic != "auto" else ("coefficient" if treated == 1 else "t")
    chunks, is_exact = deals(codes, blocks, draws, seed, exact)
    m, parts = y.shape[2], []
    for cells, ks in sample_masks(y, x[:, :, 1:] if x.shape[2] > 1 else None):
        cells = usable(cells, singletons)
        parts.append((ks, _tables(y[:, :, ks], x[:, :, 1:], cells, paths, np.bincount(codes))))
    estimate, observed = np.empty(m), np.empty(m)
    for ks, tables in parts:
        estimate[ks], t = tables(codes[None, :])
        if not np.isfinite(estimate[ks]).all():
            raise NotEstimable("the exposure has no variation left once unit and year effects are out")
        observed[ks] = estimate[ks] if chosen == "coefficient" else t
    blocks_of = parallel.run(_chunk, chunks, client, (parts, codes, blocks, chosen, m))
    null = np.concatenate(blocks_of)
    return RandomizationResult(estimate, observed, p_values(observed, null, is_exact), null, len(null), is_exact, chosen)


def _chunk(parts, codes, blocks, chosen, m, size, stream):
    dealt = size if stream is None else permute(codes, size, stream, blocks)
    out = np.empty((len(dealt), m))
    for ks, tables in parts:
        estimate, t = tables(dealt)
        out[:, ks] = estimate if chosen == "coefficient" else t
    return out


def _tables(y, controls, cells, paths, counts=None):
    """The function that gives coefficients and t statistics (draws, m) of assignments (draws, n) of path codes, with all that the
    draws share worked out, by unit i and path k.

    ``counts`` (paths,): every draw deals these numbers of paths to these units, so with nothing missing the year
    effects take the same from every draw; without controls scores are then read from a table. Otherwise (``None``: a part
    of the units dealt to; or missing cells) they are put together from cross-products with year effects and controls.
    """
    n, years = cells.shape
    k = controls.shape[2]
    raw = np.where(cells[:, :, None], np.concatenate([controls, y], 2), 0.0)
    z = within_cells(raw, cells, bool(cells.all()), None, False)
    if k:
        flat = z.reshape(-1, z.shape[2])
        c = flat[:, :k]
        gram = c.T @ c
        if np.linalg.matrix_rank(c) < k:
            raise NotEstimable("a control is collinear with the others and the fixed effects")
        resid = (flat[:, k:] - c @ np.linalg.solve(gram, c.T @ flat[:, k:])).reshape(n, years, -1)
    else:
        resid = z
    obs, units = int(cells.sum()), int(cells.any(1).sum())
    free = obs - 1 - k - int(cells.any(0).sum())
    if free < 1:
        raise NotEstimable("too few observations")
    factor = (obs - 1) / free * units / (units - 1)
    if cells.all() and counts is not None:
        off = paths - paths.mean(1, keepdims=True)
        off = off - counts @ off / n  # the mean path is the same in every draw
        if not k:
            return partial(_balanced, resid, paths, off, counts, factor)
        nuisance, every = z[:, :, :k], np.broadcast_to(off.T, (n, years, len(paths)))
    else:
        project, _ = unit_projection(cells, False)
        nuisance = project(np.broadcast_to(np.eye(years), (n, years, years)) * cells[:, :, None])
        nuisance = np.concatenate([nuisance, z[:, :, :k]], 2)  # off the periods too, of which large values alike are next to one
        # every path on every unit's own cells, off its own mean
        every = project(np.broadcast_to(paths.T, (n, years, len(paths))) * cells[:, :, None])  # (n, T, K)
    flat = nuisance.reshape(-1, nuisance.shape[2])
    inverse = gram_inverse(flat)
    by_path, by_term = every.transpose(0, 2, 1), nuisance.transpose(0, 2, 1)
    return partial(_general, cells @ (paths**2).T, (every**2).sum(1), by_path @ resid, by_path @ nuisance, by_term @ resid,
                   by_term @ nuisance, inverse, factor)


def _general(raw, own, cross, with_nuisance, nuisance_y, nuisance_gram, inverse, factor, dealt):  # noqa: PLR0913  one a table
    i = np.arange(dealt.shape[1])
    g = with_nuisance[i, dealt].sum(1)  # (R, q)
    h = g @ inverse
    per = own[i, dealt]  # (R, n)
    dd = per.sum(1) - np.einsum("rq,rq->r", g, h)
    score = cross[i, dealt]  # (R, n, m)
    number = score.sum(1)
    dd = np.where(dd > COLLINEAR * raw[i, dealt].sum(1), dd, np.nan)  # less is rounding: a path alike in all periods
    beta = number / dd[:, None]
    # unit i's residual exposure squared, and times its residual outcome
    square = per - 2 * np.einsum("rnq,rq->rn", with_nuisance[i, dealt], h) + np.einsum(
        "rq,nqp,rp->rn", h, nuisance_gram, h, optimize=True)
    score = score - np.einsum("rq,nqm->rnm", h, nuisance_y, optimize=True) - beta[:, None, :] * square[:, :, None]
    meat = np.einsum("rnm,rnm->rm", score, score)
    with np.errstate(divide="ignore", invalid="ignore"):
        return beta, number / np.sqrt(factor * meat)


def _balanced(resid, paths, off, counts, factor, dealt):
    n, _, m = resid.shape
    square = (off**2).sum(1)
    dd = float(counts @ square)
    if not dd > COLLINEAR * float(counts @ ((paths - (counts @ paths).sum() / paths.shape[1] / n) ** 2).sum(1)):
        empty = np.full((len(dealt), m), np.nan)
        return empty, empty
    cross = np.einsum("kt,itm->ikm", off, resid, optimize=True)
    # sum of squared scores (cross - beta * square)^2, expanded: three sums of table entries a draw
    table = np.concatenate([cross, cross**2, cross * square[None, :, None]], 2)
    if len(paths) <= 16:
        # entries relative to the commonest path (the controls): one product with 0/1 columns for the other paths
        base = int(counts.argmax())
        others = [k for k in range(len(paths)) if k != base]
        hot = np.concatenate([(dealt == k) for k in others], 1).astype(float)
        rest = (table[:, others] - table[:, [base]]).transpose(1, 0, 2).reshape(-1, table.shape[2])
        sums = hot @ rest + table[:, base].sum(0)
    else:
        sums = table[np.arange(n), dealt].sum(1)
    number, squares, mixed = sums[:, :m], sums[:, m:2 * m], sums[:, 2 * m:]
    beta = number / dd
    meat = squares - 2 * beta * mixed + beta**2 * float(counts @ square**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        return beta, number / np.sqrt(factor * np.maximum(meat, 0))


def permutation_test(statistic: Callable[[np.ndarray], np.ndarray], n_units: int, *,
                     codes: np.ndarray | None = None, draws: int = 999, seed: int | None = 20090101, batched: bool = False,
                     client: Any = None) -> RandomizationResult:
    """The same test for any estimator.

    ``statistic(order)`` gets an index (n,) that says whose path each unit receives and returns (m,) values; with
    ``batched`` it gets (draws, n) and returns (draws, m). ``codes`` (n,) tells equal paths, so that the same assignment is
    not counted twice.
    """
    codes = np.arange(n_units) if codes is None else np.asarray(codes)
    labels, codes = np.unique(codes, return_inverse=True)
    donors = np.array([np.flatnonzero(codes == k)[0] for k in range(len(labels))])
    chunks, is_exact = deals(codes, None, draws, seed)
    order = np.arange(n_units)
    observed = np.asarray(statistic(order[None, :])[0] if batched else np.atleast_1d(statistic(order)), float)
    null = np.concatenate(parallel.run(_any_chunk, chunks, client, (statistic, codes, donors, batched)))
    return RandomizationResult(observed, observed, p_values(observed, null, is_exact), null, len(null), is_exact, "given")


def _any_chunk(statistic, codes, donors, batched, size, stream):
    dealt = size if stream is None else permute(codes, size, stream)
    if batched:
        return np.asarray(statistic(donors[dealt]), float)
    return np.stack([np.atleast_1d(np.asarray(statistic(donors[row]), float)) for row in dealt])
