"""Imputation estimates as plain linear algebra (as weights of outcomes, for thousands of exposures at once: `govlib.did.weights`).

The same numbers as `diff_diff.ImputationDiD(leave_one_out=True)` and `diff_diff.TwoStageDiD` (tests hold them together), which take
a second for what are milliseconds of arithmetic, and a minute for ten thousand units. Controls are the libraries' to give.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from govlib.did.batch import within_cells
from govlib.did.ols import COLLINEAR, between_periods
from govlib.errors import NotEstimable


@dataclass(frozen=True)
class Imputed:
    """``att`` and ``std_error``; ``times`` (P,) event times with their ``effects`` and ``errors`` (P,): leads before −1
    from a regression on unexposed cells, effects from 0 on; ``carried`` (N,) the units that ``att`` is made of; ``vcov`` (P, P)
    of the event times, where the method gives one."""

    att: float
    std_error: float
    times: tuple[int, ...]
    effects: np.ndarray
    errors: np.ndarray
    carried: np.ndarray
    vcov: np.ndarray | None = None


def fit(y: np.ndarray, d: np.ndarray, cohort: np.ndarray, years: np.ndarray) -> Imputed:
    """One outcome (N, T) with the conservative clustered errors of Borusyak, Jaravel and Spiess (2024, theorem 3), each effect held
    against those of other units alone (their appendix A.9): see `_beyond_others`.

    cohort : (N,) first exposed period, inf for never.   years : (T,) periods.

    Raises `NotEstimable` where nothing can be imputed. Of leads that are collinear some are left out, see `_independent`.
    """
    seen = np.isfinite(y)
    clean = seen & (d == 0)
    m = clean.astype(float)
    count, per_period = m.sum(1), m.sum(0)
    inverse = 1 / np.maximum(count, 1)
    use = imputable(clean, seen & ~clean)
    solve = between_periods(np.diag(per_period) - (m * inverse[:, None]).T @ m)
    base = np.where(clean, y, 0.0)
    own = base.sum(1) * inverse
    period = solve @ ((base - own[:, None]) * m).sum(0)
    unit = own - m @ period * inverse
    off = np.where(seen, y - unit[:, None] - period[None, :], 0.0)
    since = np.where(np.isfinite(cohort)[:, None], years[None, :] - cohort[:, None], -1).astype(int)
    times = [int(e) for e in np.unique(since[use])]
    targets = [use, *(use & (since == e) for e in times)]
    weights = np.stack([cells / cells.sum() for cells in targets])
    effects = (weights * off).sum((1, 2))
    # what the errors of exposed cells can be told by
    rest = np.where(clean, off, 0.0) + _beyond_others(off, use, cohort, since)
    # what unit effects take of the weights meets residuals that sum to nothing in a unit's unexposed cells
    z_period = (weights.sum(1) - (weights.sum(2) * inverse) @ m) @ solve
    loads = weights - z_period[:, None, :] * m
    errors = np.sqrt(((loads * rest).sum(2) ** 2).sum(1))
    lead_times, lead_effects, lead_errors = _leads(y, clean, since)
    return Imputed(float(effects[0]), float(errors[0]), (*lead_times, *times), np.r_[lead_effects, effects[1:]],
                   np.r_[lead_errors, errors[1:]], use.sum(1) > 0)


def imputable(clean: np.ndarray, exposed: np.ndarray) -> np.ndarray:
    """(N, T) exposed cells whose unit and period have unexposed ones; the others say nothing of an effect.

    `NotEstimable` where there is none, and where the unexposed cells tell a cell's unit and period effects, but not both on one
    scale: no unit's unexposed cells lead, step by step, from the periods of the unit to that one, and what it would have been can
    be anything."""
    use = exposed & clean.any(1, keepdims=True) & clean.any(0)
    if not use.any():
        raise NotEstimable("no exposed cell can be imputed")
    joined = np.linalg.matrix_power(clean.T @ clean, clean.shape[1])  # (T, T) periods that units join
    if (use & ~(clean @ joined)).any():
        raise NotEstimable("the unexposed cells fall into groups without a common period")
    return use


def untold(clean: np.ndarray, exposed: np.ndarray, controls: np.ndarray) -> np.ndarray:
    """(N, T) exposed cells of which the unexposed ones do not tell what they would have been: where nobody's ``controls`` (N, T, P)
    differ as theirs do, what a control is worth can be any number, and with it the effect."""
    apart = controls - controls.mean(0)  # a control of large values that differ by little is not one with its periods
    x = np.concatenate([np.broadcast_to(np.eye(clean.shape[1]), (*clean.shape, clean.shape[1])), apart], 2)
    x = x / np.sqrt((x**2).sum((0, 1)).clip(1e-300))
    off = x - (x * clean[:, :, None]).sum(1, keepdims=True) / clean.sum(1).clip(1)[:, None, None]
    values, vectors = np.linalg.eigh(np.einsum("itp,itq->pq", off * clean[:, :, None], off))
    free = vectors[:, values <= 1e-10 * values[-1]]  # along these nothing unexposed moves
    return exposed & (np.abs(off @ free).max(2, initial=0.0) > 1e-7)


def _beyond_others(off: np.ndarray, use: np.ndarray, cohort: np.ndarray, since: np.ndarray) -> np.ndarray:
    """(N, T) by how much each exposed cell exceeds the mean of other units: of those of its cohort at its event time, where it is
    alone there of all at its event time, and where it is alone there too of all exposed cells.

    A mean with the unit's own cell in it takes a part of the unit's error away, of a cohort of one unit all of it: with ten such
    cohorts intervals of 95 % then hold the truth in 41 %, with cohorts of two in 83 %. With one exposed unit there is nobody to
    hold it against, and its own cells tell nothing: the error is then that of the comparison alone.
    """
    out, alone = np.zeros_like(off), np.zeros_like(use)
    for g in np.unique(cohort[np.isfinite(cohort)]):
        rows = cohort == g
        members = use[rows]
        number = members.sum(0)
        mean = np.where(members, off[rows], 0.0).sum(0) / np.maximum(number, 1)
        out[rows] = np.where(members, (off[rows] - mean) * number / np.maximum(number - 1, 1), 0.0)
        alone[rows] = members & (number == 1)
    for e in np.unique(since[alone]):
        members = use & (since == e)
        here, number = members & alone, members.sum()
        others = use & ~here.any(1)[:, None]
        if number > 1:
            out[here] = (off[here] - off[members].mean()) * number / (number - 1)
        elif others.any():
            out[here] = off[here] - off[others].mean()
    return out


def two_stage(y: np.ndarray, d: np.ndarray, cohort: np.ndarray, years: np.ndarray) -> Imputed:
    """Gardner's two stages (2022) for one outcome (N, T): unit and period effects from unexposed cells, then means of what they
    leave, with the error of the first stage in that of the second (Butts and Gardner 2022; no small-sample factor, as ``did2s``).

    A unit's own effect is what is left when its period effects are known, and its residuals sum to nothing, so the influence of a
    unit needs the T × T system of the periods only and no column a unit. ``cohort``, ``years``: as in `fit`.
    """
    seen = np.isfinite(y)
    clean = seen & (d == 0)
    m = clean.astype(float)
    count, per_period = m.sum(1), m.sum(0)
    inverse = 1 / np.maximum(count, 1)
    solve = between_periods(np.diag(per_period) - (m * inverse[:, None]).T @ m)
    base = np.where(clean, y, 0.0)
    own = base.sum(1) * inverse
    period = solve @ ((base - own[:, None]) * m).sum(0)
    unit = own - m @ period * inverse
    known = seen & (count > 0)[:, None] & (per_period > 0)[None, :]
    off = np.where(known, y - unit[:, None] - period[None, :], 0.0)
    since = np.where(np.isfinite(cohort)[:, None], years[None, :] - cohort[:, None], np.nan)
    exposed = imputable(clean, seen & ~clean)
    times = [int(e) for e in np.unique(since[known & np.isfinite(since)]) if e != -1]
    # what each mean takes of units (N, P) and of periods (T, P); a unit has one cell at most at an event time
    number = np.full((len(y), len(years)), len(times) + 1)
    for j, e in enumerate(times):
        number[known & (since == e)] = j + 1
    rows, columns = np.nonzero(number <= len(times))
    by_unit, by_period = np.zeros((len(y), len(times) + 1)), np.zeros((len(years), len(times) + 1))
    np.add.at(by_period, (columns, number[rows, columns]), 1.0)
    by_unit[rows, number[rows, columns]] = 1.0
    by_unit[:, 0], by_period[:, 0] = exposed.sum(1), exposed.sum(0)
    size, values = by_period.sum(0), np.zeros_like(by_unit)
    values[rows, number[rows, columns]] = off[rows, columns]
    values[:, 0] = (off * exposed).sum(1)
    effects = values.sum(0) / size
    z_period = solve @ (by_period - m.T @ (by_unit * inverse[:, None]))
    score = (off * m) @ z_period - (values - by_unit * effects)
    vcov = score.T @ score / np.outer(size, size)
    errors = np.sqrt(np.diagonal(vcov))
    return Imputed(float(effects[0]), float(errors[0]), tuple(times), effects[1:], errors[1:], exposed.sum(1) > 0, vcov[1:, 1:])


def _leads(y: np.ndarray, clean: np.ndarray, since: np.ndarray):
    """Coefficients of the event times before −1 on unexposed cells, errors clustered by unit."""
    times = [int(e) for e in np.unique(since[clean]) if e < -1]
    if not times:
        return [], np.empty(0), np.empty(0)
    raw = np.stack([*(((since == e) & clean).astype(float) for e in times), np.where(clean, y, 0.0)], 2)
    z = within_cells(raw, clean, bool(clean.all()), None, False)
    alive = (z[:, :, :-1] ** 2).sum((0, 1)) > COLLINEAR * raw[:, :, :-1].sum((0, 1))
    alive = _independent(np.asarray(np.linalg.qr(z[clean][:, :-1] * alive, mode="r")))
    if not alive.any():
        return [], np.empty(0), np.empty(0)
    x, p = z[:, :, :-1][:, :, alive], int(alive.sum())
    times = [e for e, kept in zip(times, alive, strict=True) if kept]
    flat = x.reshape(-1, p)
    gram = flat.T @ flat
    inverse = np.linalg.inv(gram)
    beta = inverse @ (flat.T @ z[:, :, -1].ravel())
    residual = z[:, :, -1] - x @ beta
    score = (residual[:, None] @ x)[:, 0]
    n, g = int(clean.sum()), int(clean.any(1).sum())
    k = p + int(clean.any(0).sum())
    half = inverse @ score.T
    return times, beta, np.sqrt((n - 1) / (n - k) * g / (g - 1) * (half**2).sum(1))


def _independent(x: np.ndarray) -> np.ndarray:
    """(P,) columns of x (rows, P) that a pivoted QR keeps of collinear ones, the longest first, as R's ``lm`` and diff-diff do; of
    columns alike the one nearest the start, whatever the rounding."""
    left, kept = x.copy(), np.zeros(x.shape[1], bool)
    size = np.sqrt((left**2).sum(0))
    least = 1e-7 * size.max(initial=0.0)
    while (longest := size.max(initial=0.0)) > least:
        j = int(np.flatnonzero(size >= longest * (1 - 1e-9))[-1])
        kept[j] = True
        unit = left[:, j] / size[j]
        left = left - np.outer(unit, unit @ left)
        size = np.where(kept, 0.0, np.sqrt((left**2).sum(0)))
    return kept
