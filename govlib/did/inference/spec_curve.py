"""Specification curve: all defensible specifications, and one test of them together (Simonsohn, Simmons, Nelson 2020).

The joint test shuffles whole adoption paths once a draw and re-estimates every specification on the same shuffle, so the
dependence between specifications is in the reference distribution.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from govlib.did import parallel
from govlib.did.batch import panel_shapes, t_quantile, usable
from govlib.did.inference.randomization import _tables, deals, p_values, permute
from govlib.did.specs import SpecGrid, SpecResults, twfe_specs
from govlib.errors import BadInput, NotEstimable


@dataclass(frozen=True)
class CurveTest:
    """``observed``, ``null`` (draws, 3) and two-sided ``p_value`` of three statistics (``STATISTICS``): the median
    estimate, the share of specifications significant in the direction of the median, and the average of their t."""

    observed: np.ndarray
    null: np.ndarray
    p_value: np.ndarray
    n_specs: int
    exact: bool


STATISTICS = ("median_estimate", "share_significant", "average_t")


def curve(y: np.ndarray, d: np.ndarray, specs: SpecGrid, *, controls: np.ndarray | None = None, **options: Any):
    """The curve as a DataFrame sorted by estimate, with ``rank`` 1..S; what could not be estimated stands last."""
    frame = twfe_specs(y, d, specs, controls=controls, **options).frame()
    frame = frame.sort_values("estimate", kind="stable", na_position="last").reset_index(names="spec")
    frame.insert(1, "rank", np.arange(1, len(frame) + 1))
    return frame


def summary(results: SpecResults, level: float = 0.95) -> dict[str, float]:
    """Counts and quantiles of a curve, for a sentence: how many, how many positive, how many significant."""
    known = np.isfinite(results.estimate)
    if not known.any():
        raise NotEstimable("no specification could be estimated: " + "; ".join(sorted(set(results.reason) - {""})))
    estimate, p = results.estimate[known], results.p_value[known]
    low, mid, high = np.quantile(estimate, [0.05, 0.5, 0.95])
    return {"n_specs": int(known.sum()), "n_not_estimable": int((~known).sum()), "median": float(mid), "q05": float(low),
            "q95": float(high), "share_positive": float((estimate > 0).mean()),
            "share_significant": float((p < 1 - level).mean())}


def joint_curve_test(y: np.ndarray, d: np.ndarray, specs: SpecGrid, *,  # noqa: PLR0913  one keyword a choice of the test
                     controls: np.ndarray | None = None,
                     blocks: np.ndarray | None = None, draws: int = 499, seed: int | None = 20090101,
                     exact: bool | None = None, level: float = 0.95, client: Any = None) -> CurveTest:
    """Test the sharp null of no effect in all specifications at once.

    Arrays as in :func:`govlib.did.specs.twfe_specs`; ``blocks`` and draws as in
    :func:`govlib.did.inference.randomization.randomization_test`. With several readings, a unit's paths under all
    readings travel together. Several outcomes in one curve should have one scale (the median is over all).

    Raises
    ------
    NotEstimable : no specification can be estimated, or there is one assignment only.
    """
    y, d, _ = panel_shapes(y, d, None)
    n, years, _ = y.shape
    controls = np.empty((n, years, 0)) if controls is None else np.asarray(controls, float).reshape(n, years, -1)
    known = np.isfinite(d)
    if (known.any((1, 2)) & ~known.all((1, 2))).any():
        raise BadInput("a unit's exposure is known in some years or readings only", fix="leave it out of the curve")
    rows = known.all((1, 2))
    paths, codes = np.unique(d[rows].reshape(rows.sum(), -1), axis=0, return_inverse=True)
    codes = codes.ravel()
    paths = paths.reshape(len(paths), years, d.shape[2])
    blocks = None if blocks is None else np.asarray(blocks)[rows]
    chunks, is_exact = deals(codes, blocks, draws, seed, exact)
    chunks = [(part[i:i + 100], None) for part, _ in chunks for i in range(0, len(part), 100)] if is_exact else \
        parallel.streams(seed, parallel.split(draws, 100))
    groups = _groups(y[rows], controls[rows], paths, np.bincount(codes), specs, rows)
    place, total = [], 0
    for *_, columns in groups:
        place.append(slice(total, total + len(columns)))
        total += len(columns)
    observed, real = _curve_statistics(groups, place, total, codes[None, :], level, None)
    if not real.any():
        raise NotEstimable("no specification can be estimated")
    null = np.concatenate(parallel.run(_curve_chunk, chunks, client, ((groups, place, total, level, real), codes, blocks)))
    return CurveTest(observed[0], null, p_values(observed[0], null, is_exact), int(real.sum()), is_exact)


def _groups(y, controls, paths, counts, specs, rows):
    """Specifications by what they share (cells, reading, controls): tables once, all outcomes of the group together."""
    groups = []
    keys = np.stack([specs.year_set, specs.unit_set, specs.reading, specs.control_set], 1)
    combos, member = np.unique(keys, axis=0, return_inverse=True)
    member = member.ravel()
    for index, (year, unit, reading, control) in enumerate(combos):
        specs_here = np.flatnonzero(member == index)
        t = np.flatnonzero(specs.year_sets[year])
        i = np.flatnonzero(specs.unit_sets[unit][rows])
        c = controls[np.ix_(i, t, list(specs.control_sets[control]))]
        outcomes, where = np.unique(specs.outcome[specs_here], return_inverse=True)
        part = y[np.ix_(i, t, outcomes)]
        seen = np.isfinite(part) & np.isfinite(c).all(2)[:, :, None]
        patterns: dict[bytes, list[int]] = {}
        for k in range(len(outcomes)):
            patterns.setdefault(seen[:, :, k].tobytes(), []).append(k)
        for ks in patterns.values():
            try:
                cells = usable(seen[:, :, ks[0]], "drop")
                # a shuffle changes how many treated fall into a sub-sample: no count of paths holds for all draws
                tables = _tables(part[:, :, ks], c, cells, paths[:, t, reading], counts if len(i) == len(y) else None)
            except NotEstimable:
                continue
            # which column of the group each of its specifications reads
            column = {k: position for position, k in enumerate(ks)}
            groups.append((tables, i, int(cells.any(1).sum()), np.array([column[w] for w in where if w in column])))
    return groups


def _curve_statistics(groups, place, total, dealt, level, real):
    estimate, t, critical = np.empty((len(dealt), total)), np.empty((len(dealt), total)), np.empty(total)
    for (tables, i, units, columns), where in zip(groups, place, strict=True):
        b, s = tables(dealt[:, i])
        estimate[:, where], t[:, where] = b[:, columns], s[:, columns]
        critical[where] = t_quantile(level, units - 1)
    if real is None:
        real = np.isfinite(estimate[0]) & np.isfinite(t[0])
    estimate, t, critical = estimate[:, real], t[:, real], critical[real]
    some = np.isfinite(estimate).any(1) & np.isfinite(t).any(1)
    out = np.full((len(dealt), len(STATISTICS)), np.nan)  # a draw of which nothing can be estimated counts as beyond
    if some.any():
        estimate, t = estimate[some], t[some]
        with np.errstate(invalid="ignore"):
            out[some, 0] = np.nanmedian(estimate, axis=1)
            out[some, 1] = ((t * np.sign(out[some, :1])) > critical).mean(1)
            out[some, 2] = np.nanmean(np.where(np.isfinite(t), t, np.nan), axis=1)
    return out, real


def _curve_chunk(curve, codes, blocks, size, stream):
    groups, place, total, level, real = curve
    dealt = size if stream is None else permute(codes, size, stream, blocks)
    return _curve_statistics(groups, place, total, dealt, level, real)[0]
