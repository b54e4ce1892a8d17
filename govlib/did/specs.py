"""Thousands of two-way regressions: every combination of outcome, exposure reading, controls, periods and units.

Specifications that use the same cells share one set of unit-wise cross-products, from which any choice of controls, outcome and
exposure reading follows by small algebra (Frisch-Waugh-Lovell). Shapes and standard errors are those of `govlib.did.batch`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from govlib.did.batch import panel_shapes, t_pvalue, t_quantile, usable, within_cells
from govlib.did.ols import COLLINEAR, least_left
from govlib.did.parallel import run
from govlib.errors import BadInput, NotEstimable


@dataclass(frozen=True)
class SpecGrid:
    """Specifications as index arrays into tables of choices; build one with :func:`grid`.

    ``outcome``, ``reading``, ``control_set``, ``year_set``, ``unit_set`` are (S,) integers.
    """

    outcome: np.ndarray
    reading: np.ndarray
    control_set: np.ndarray
    year_set: np.ndarray
    unit_set: np.ndarray
    control_sets: tuple[tuple[int, ...], ...]
    year_sets: np.ndarray  # (Y, T) bool
    unit_sets: np.ndarray  # (U, n) bool

    def __len__(self) -> int:
        return len(self.outcome)


def grid(n_units: int, n_years: int, *, outcomes: int | Iterable[int] = 1, readings: int | Iterable[int] = 1,
         control_sets: Sequence[Sequence[int]] = ((),), year_sets: Sequence | None = None,
         unit_sets: Sequence | None = None) -> SpecGrid:
    """Every combination of the choices. Year and unit sets are index lists or boolean masks; all by default."""
    def table(sets, size, what):
        if sets is None:
            return np.ones((1, size), bool)
        rows = np.zeros((len(sets), size), bool)
        for row, chosen in zip(rows, sets, strict=True):
            chosen = np.asarray(chosen)
            if chosen.size == 0 or (chosen.dtype == bool and not chosen.any()):
                raise BadInput(f"an empty choice of {what}")
            if chosen.dtype != bool and (chosen.min() < 0 or chosen.max() >= size):
                raise BadInput(f"a choice of {what} lies outside the panel", value=chosen.tolist())
            row[chosen] = True
        return rows

    outcomes = range(outcomes) if isinstance(outcomes, int) else list(outcomes)
    readings = range(readings) if isinstance(readings, int) else list(readings)
    years, units = table(year_sets, n_years, "years"), table(unit_sets, n_units, "units")
    sets = tuple(tuple(int(c) for c in chosen) for chosen in control_sets)
    mesh = np.meshgrid(np.arange(len(years)), np.arange(len(units)), np.asarray(readings), np.arange(len(sets)),
                       np.asarray(outcomes), indexing="ij")
    year, unit, reading, control, outcome = (part.ravel() for part in mesh)
    return SpecGrid(outcome, reading, control, year, unit, sets, years, units)


def all_subsets(count: int, largest: int | None = None) -> list[tuple[int, ...]]:
    """All subsets of ``count`` controls, the empty one first."""
    return [chosen for size in range((count if largest is None else largest) + 1)
            for chosen in itertools.combinations(range(count), size)]


@dataclass
class SpecResults:
    """One row a specification, in the order of the grid; NaN and a reason where it cannot be estimated."""

    grid: SpecGrid
    estimate: np.ndarray
    std_error: np.ndarray
    t: np.ndarray
    p_value: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray
    n_obs: np.ndarray
    n_provinces: np.ndarray
    n_treated: np.ndarray
    reason: np.ndarray = field(repr=False)

    def frame(self):
        """As a DataFrame: the choices (indices), the estimates, and ``reason`` where there is none."""
        import pandas as pd

        g = self.grid
        return pd.DataFrame({
            "outcome": g.outcome, "reading": g.reading, "control_set": g.control_set, "year_set": g.year_set,
            "unit_set": g.unit_set, "estimate": self.estimate, "std_error": self.std_error, "t": self.t,
            "p_value": self.p_value, "ci_low": self.ci_low, "ci_high": self.ci_high, "n_obs": self.n_obs,
            "n_provinces": self.n_provinces, "n_treated": self.n_treated, "reason": self.reason})


_NO_VARIATION = "the exposure has no variation left (nobody treated, nobody a control, or all treated at once)"
_COLLINEAR = "a control is collinear with the others and the fixed effects"
_TOO_FEW = "too few observations"


def twfe_specs(y: np.ndarray, d: np.ndarray, specs: SpecGrid, *, controls: np.ndarray | None = None,
               cluster: np.ndarray | None = None, level: float = 0.95, client: Any = None) -> SpecResults:
    """The TWFE coefficient and its CRV1 inference for every specification of a grid.

    Parameters
    ----------
    y : (n, T[, m]) outcomes.   d : (n, T[, r]) readings of the exposure.   controls : (n, T, k).
    cluster : (n,) codes, each unit its own by default.
    client : ``dask.distributed.Client``; samples are then spread over its workers.

    Units seen once in a sample are left out (``n_provinces`` tells). A specification that cannot be estimated has
    NaN and a ``reason``; it never raises, since a curve has many.
    """
    y, d, cluster = panel_shapes(y, d, cluster)
    n, years, m = y.shape
    if controls is None:
        controls = np.empty((n, years, 0))
    controls = np.asarray(controls, float)
    controls = controls[:, :, None] if controls.ndim == 2 else controls
    if controls.shape[:2] != (n, years):
        raise BadInput(f"controls {controls.shape} do not fit the panel {(n, years)}")
    if specs.outcome.max(initial=0) >= m or specs.reading.max(initial=0) >= d.shape[2] or \
            max((max(s, default=-1) for s in specs.control_sets), default=-1) >= controls.shape[2]:
        raise BadInput("a specification names an outcome, a reading or a control that is not there")
    if specs.year_sets.shape[1] != years or specs.unit_sets.shape[1] != n:
        raise BadInput("the grid was built for another panel")
    z = np.concatenate([d, controls, y], 2)
    sizes = (d.shape[2], controls.shape[2], m)
    chosen = np.zeros((len(specs.control_sets), sizes[1]), bool)
    for row, names in zip(chosen, specs.control_sets, strict=True):
        row[list(names)] = True
    seen = np.isfinite(z)
    out = np.full((5, len(specs)), np.nan)  # estimate, standard error, observations, units, treated
    clusters = np.zeros(len(specs))
    reason = np.full(len(specs), "", object)
    samples = specs.year_set * len(specs.unit_sets) + specs.unit_set
    order = np.argsort(samples, kind="stable")
    starts = np.flatnonzero(np.diff(samples[order], prepend=-1))
    parts = np.split(order, starts[1:]) if len(order) else []
    tasks = []
    for part in parts:
        year, unit = specs.year_sets[specs.year_set[part[0]]], specs.unit_sets[specs.unit_set[part[0]]]
        tasks.append((part, (unit, year), np.stack([specs.reading[part], specs.control_set[part], specs.outcome[part]])))
    blocks = run(_sample, [task[1:] for task in tasks], client, (z, seen, chosen, sizes, cluster))
    for task, (values, groups, why) in zip(tasks, blocks, strict=True):
        out[:, task[0]], clusters[task[0]], reason[task[0]] = values, groups, why
    estimate, error, n_obs, n_units, n_treated = out
    with np.errstate(invalid="ignore", divide="ignore"):
        t = estimate / error
        dof = np.maximum(clusters - 1, 1)
        half = t_quantile(level, dof) * error
        p = t_pvalue(t, dof)
    return SpecResults(specs, estimate, error, t, p, estimate - half, estimate + half, np.nan_to_num(n_obs).astype(int),
                       np.nan_to_num(n_units).astype(int), np.nan_to_num(n_treated).astype(int), reason)


def _sample(z, seen, chosen, sizes, cluster, window, asked):
    """All specifications of one choice of years and units: one block if nothing is missing, else one a pattern."""
    r, k, _ = sizes
    unit, year = window
    count = asked.shape[1]
    values, groups, why = np.full((5, count), np.nan), np.zeros(count), np.full(count, "", object)
    part, known = z[np.ix_(unit, year)], seen[np.ix_(unit, year)]
    ids = None if cluster is None else np.unique(np.asarray(cluster)[unit], return_inverse=True)[1]
    if known.all():
        return _block(part, known[:, :, 0], chosen, sizes, ids, asked)
    # list-wise deletion: the cells of a specification are those where all that it uses is known
    combos, member = np.unique(asked.T, axis=0, return_inverse=True)
    found: dict[bytes, tuple[np.ndarray, list[int]]] = {}
    for index, (a, c, o) in enumerate(combos):
        cells = known[:, :, a] & known[:, :, r + k + o] & known[:, :, r: r + k][:, :, chosen[c]].all(2)
        found.setdefault(cells.tobytes(), (cells, []))[1].append(index)
    for cells, members in found.values():
        rows = np.flatnonzero(np.isin(member.ravel(), members))
        got, g, because = _block(part, cells, chosen, sizes, ids, asked[:, rows])
        values[:, rows], groups[rows], why[rows] = got, g, because
    return values, groups, why


def _block(z, cells, chosen, sizes, cluster, asked):
    """Specifications that share their cells: unit-wise cross-products once, then small algebra. ``asked``: reading, control set and
    outcome (S,) of each."""
    r, k, _ = sizes
    reading, control_set, outcome = asked
    count = len(outcome)
    try:
        cells = usable(cells, "drop")
    except NotEstimable:
        return np.full((5, count), np.nan), 0, _TOO_FEW
    keep = cells.any(1)
    cells = cells[keep]
    raw, grams = _cross_products(z[keep], cells, None if cluster is None else cluster[keep])
    total = grams.sum(0)
    g = grams.shape[0]
    designs, which = np.unique(reading * len(chosen) + control_set, return_inverse=True)
    which = which.ravel()
    a, used = designs // len(chosen), chosen[designs % len(chosen)]
    least = least_left((raw**2).sum((0, 1)), raw.sum((0, 1)) ** 2 / cells.sum())
    dead = np.diagonal(total) <= least
    gamma, bad_control = _partialled(total, a, used, sizes, dead)
    own = total[r:r + k, :][:, a].T  # (J, k): controls x exposure
    taken = (own[:, None] @ gamma)[:, 0]  # (J, 1 + m) what controls take of the exposure's products with itself and the outcomes
    dd, dy = total[a, a] - taken[:, 0], total[a, r + k:] - taken[:, 1:]
    no_variation = dead[a] | (dd <= least[a])
    dd = np.where(no_variation, 1.0, dd)[:, None]
    beta = dy / dd
    obs = int(cells.sum())
    free = obs - (1 + used.sum(1) + int(cells.any(0).sum()))
    factor = (obs - 1) / np.maximum(free, 1) * g / max(g - 1, 1)
    error = np.sqrt(factor[:, None] * _meat(grams, a, gamma, beta, sizes)) / dd
    exposed = ((raw[:, :, :r] != 0) & cells[:, :, None]).any(1).sum(0)
    values = np.stack([beta[which, outcome], error[which, outcome], np.full(count, float(obs)),
                       np.full(count, float(cells.shape[0])), exposed[a][which].astype(float)])
    why = np.full(len(designs), "", object)
    why[bad_control] = _COLLINEAR
    why[no_variation] = _NO_VARIATION
    why[(free < 1) | (g < 2)] = _TOO_FEW
    values[:2, why[which] != ""] = np.nan
    return values, g, why[which]


def _cross_products(z, cells, cluster):
    """The columns with zeros outside the cells, and their cross-products off the effects, one (p, p) a cluster."""
    raw = np.where(cells[:, :, None] & np.isfinite(z), z, 0.0)  # also gaps in columns that no specification of this block uses
    zt = within_cells(raw, cells, bool(cells.all()))
    grams = zt.transpose(0, 2, 1) @ zt  # (n, p, p)
    if cluster is None:
        return raw, grams
    codes = np.unique(cluster, return_inverse=True)[1]
    merged = np.zeros((codes.max() + 1, *grams.shape[1:]))
    np.add.at(merged, codes, grams)
    return raw, merged


def _partialled(total, a, used, sizes, dead):
    """Controls out of exposure and outcomes, (J, k, 1 + m) coefficients; unused controls get a 1 on the diagonal, a 0 elsewhere."""
    r, k, m = sizes
    bad = (used & dead[r:r + k]).any(1)
    if not k:
        return np.zeros((len(a), 0, 1 + m)), bad
    cc = total[r:r + k, r:r + k]
    scale = np.sqrt(np.maximum(np.diagonal(cc), 1e-300))
    system = np.where(used[:, :, None] & used[:, None, :], cc / np.outer(scale, scale), 0.0)
    system[:, range(k), range(k)] = 1.0
    right = np.concatenate([total[r:r + k, :][:, a].T[:, :, None],
                            np.broadcast_to(total[r:r + k, r + k:], (len(a), k, m))], 2) / scale[:, None]
    bad |= np.linalg.eigvalsh(system)[:, 0] < COLLINEAR
    system[bad] = np.eye(k)
    return np.linalg.solve(system, right * used[:, :, None]) / scale[:, None], bad


def _meat(grams, a, gamma, beta, sizes):
    """(J, m) sums of squared cluster scores: residual exposure and residual outcome as combinations of the columns."""
    r, k, m = sizes
    g, p = grams.shape[:2]
    j = np.arange(len(a))
    left = np.zeros((len(a), p))
    left[j, a] = 1.0
    left[:, r:r + k] = -gamma[:, :, 0]
    rest = np.zeros((len(a), p, m))
    rest[:, r:r + k] = -gamma[:, :, 1:]
    rest[:, range(r + k, p), range(m)] = 1.0
    rest -= left[:, :, None] * beta[:, None, :]
    half = (left @ grams.transpose(1, 0, 2).reshape(p, -1)).reshape(len(a), g, p)
    score = half @ rest  # (J, G, m)
    return (score**2).sum(1)
