"""Two-way fixed-effects regressions, many at once.

One regression of a 63 x 18 panel is a few microseconds of arithmetic; what costs is doing thousands of them one by one.
Everything here shares what regressions have in common: outcomes with the same missing cells share the design, and
specifications that use the same cells share one set of unit-wise cross-products, from which any choice of controls,
outcome and exposure reading follows by small algebra (Frisch-Waugh-Lovell).

Shapes: ``y (n_units, n_years[, n_outcomes])``, ``d (n_units, n_years)``, ``controls (n_units, n_years, n_controls)``; NaN
is a missing cell and drops it (list-wise, as a regression does). Nothing is filled in.

Conventions of the standard errors are those of ``pyfixest``'s ``vcov={"CRV1": ...}``: factor
``(N-1)/(N-k) * G/(G-1)``, ``k`` counting the year effects and not the unit effects (nested in the clusters), and
t(G-1) for p-values and intervals.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from govlib.errors import BadInput, NotEstimable

# what is left of a regressor's variation after the fixed effects and the other regressors, below which it is collinear
COLLINEAR = 1e-9


# ------------------------------------------------------------------------------------------------ within transformation
def within(x: np.ndarray, mask: np.ndarray | None = None, *, groups: np.ndarray | None = None,
           trends: bool = False) -> np.ndarray:
    """Residuals of ``x`` on unit effects and year effects, exactly, balanced or not.

    Parameters
    ----------
    x : (n, T) or (n, T, k); NaN outside ``mask`` is allowed, inside it is an error.
    mask : (n, T) bool, the cells in the sample; all cells by default. Every column of ``x`` uses the same cells.
    groups : (n,) integer codes: year effects by group (region-by-year effects) in place of common ones.
    trends : also a linear trend of each unit's own.

    Returns
    -------
    Array of the shape of ``x``, zero outside the mask.

    Raises
    ------
    BadInput : a NaN inside the mask, or shapes that do not fit.
    """
    x = np.asarray(x, float)
    flat = x.ndim == 2
    columns = x[:, :, None] if flat else x
    if columns.ndim != 3:
        raise BadInput("a panel must have the shape (units, years) or (units, years, columns)", value=x.shape)
    mask = np.ones(columns.shape[:2], bool) if mask is None else np.asarray(mask, bool)
    if mask.shape != columns.shape[:2]:
        raise BadInput(f"the mask {mask.shape} does not fit the panel {columns.shape[:2]}")
    complete = bool(mask.all())
    if not complete:
        columns = np.where(mask[:, :, None], columns, 0.0)
    if not np.isfinite(columns).all():
        raise BadInput("a value of the sample is missing or infinite", fix="leave the cell out of the mask")
    out = _within(columns, mask, complete, groups, trends)
    return out[:, :, 0] if flat else out


def _within(x, mask, complete, groups, trends):
    if groups is not None:
        out = np.zeros_like(x)
        groups = np.asarray(groups)
        for code in np.unique(groups):
            rows = groups == code
            out[rows] = _within(x[rows], mask[rows], complete, None, trends)
        return out
    if complete and not trends:
        unit = x.mean(1, keepdims=True)
        return x - unit - (x.mean(0) - unit.mean(0))
    # unbalanced: unit by unit projections leave a T x T system for the year effects
    project, total = _unit_projection(mask, trends)
    resid = project(x)
    effect = np.linalg.pinv(total, rcond=1e-10, hermitian=True) @ resid.sum(0)
    return resid - project(np.where(mask[:, :, None], effect, 0.0))


def _unit_projection(mask, trends):
    """The projection off each unit's own effect (and trend), and the sum over units of its matrices (T x T)."""
    m = mask.astype(float)
    count = m.sum(1, keepdims=True)
    level = m / np.sqrt(np.maximum(count, 1))
    total = np.diag(m.sum(0)) - level.T @ level
    if trends:
        time = np.arange(m.shape[1], dtype=float)
        slope = m * (time - (m @ time / np.maximum(count[:, 0], 1))[:, None])
        slope /= np.maximum(np.sqrt((slope**2).sum(1, keepdims=True)), 1e-300)
        total = total - slope.T @ slope

    def project(x):
        out = x - level[:, :, None] * (level[:, None, :] @ x)
        if trends:
            out = out - slope[:, :, None] * (slope[:, None, :] @ x)
        return out * m[:, :, None]

    return project, total


def _absorbed(mask, groups, trends, clusters):
    """Number of absorbed coefficients that count against the degrees of freedom (those not nested in the clusters)."""
    years = int((mask.any(0)).sum())
    # a unit's trend is counted as the regressor it would be in a dummy-variable regression: the cautious reading
    own = int(mask.any(1).sum()) if trends else 0
    if groups is None:
        return years + own
    cells = sum(int(mask[groups == g].any(0).sum()) for g in np.unique(groups))
    nested = all(np.unique(groups[clusters == c]).size == 1 for c in np.unique(clusters)) and \
        np.unique(clusters).size == np.unique(groups).size
    return (1 if nested else cells) + own


# ------------------------------------------------------------------------------------------------------------ one design
@dataclass(frozen=True)
class Fit:
    """Least squares with clustered errors for ``m`` outcomes and ``p`` regressors.

    ``beta`` (m, p), ``vcov`` (m, p, p); ``n_obs``, ``n_units``, ``n_clusters`` (m,).
    """

    beta: np.ndarray
    vcov: np.ndarray
    n_obs: np.ndarray
    n_units: np.ndarray
    n_clusters: np.ndarray

    @cached_property
    def std_error(self) -> np.ndarray:
        return np.sqrt(self.vcov.diagonal(axis1=1, axis2=2))

    @cached_property
    def t(self) -> np.ndarray:
        return self.beta / self.std_error

    @property
    def dof(self) -> np.ndarray:
        return self.n_clusters - 1

    @property
    def p_value(self) -> np.ndarray:
        return t_pvalue(self.t, self.dof[:, None])

    def ci(self, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
        half = t_quantile(level, self.dof)[:, None] * self.std_error
        return self.beta - half, self.beta + half


def t_pvalue(t: np.ndarray, dof: np.ndarray | float) -> np.ndarray:
    """Two-sided p-value of Student's t."""
    from scipy.special import stdtr

    return 2 * stdtr(dof, -np.abs(t))


def t_quantile(level: float, dof: np.ndarray | float) -> np.ndarray:
    """Half-width of a central interval of Student's t: 1.96... for 0.95 and many degrees of freedom."""
    from scipy.special import stdtrit

    return stdtrit(dof, 0.5 + level / 2)


def sample_masks(y: np.ndarray, *others: np.ndarray | None) -> list[tuple[np.ndarray, np.ndarray]]:
    """``[(mask (n, T), outcome indices)]``: outcomes that share their observed cells stand together."""
    y = y[:, :, None] if y.ndim == 2 else y
    common = np.ones(y.shape[:2], bool)
    for other in others:
        if other is not None:
            seen = np.isfinite(other)
            common &= seen if seen.ndim == 2 else seen.all(2)
    seen = np.isfinite(y)
    if seen.all():
        return [(common, np.arange(y.shape[2]))]
    together: dict[bytes, tuple[np.ndarray, list[int]]] = {}
    for k in range(y.shape[2]):
        mask = common & seen[:, :, k]
        together.setdefault(mask.tobytes(), (mask, []))[1].append(k)
    return [(mask, np.array(ks)) for mask, ks in together.values()]


def ols(y: np.ndarray, x: np.ndarray, *, mask: np.ndarray | None = None, cluster: np.ndarray | None = None,
        groups: np.ndarray | None = None, trends: bool = False, names: Sequence[str] | None = None,
        singletons: str = "raise") -> Fit:
    """Regress every outcome on ``x`` with unit and year effects; CRV1 covariance.

    Parameters
    ----------
    y : (n, T) or (n, T, m).   x : (n, T) or (n, T, p).
    cluster : (n,) codes; each unit its own cluster by default.
    singletons : ``"raise"`` (a unit with one observed cell is an error) or ``"drop"``.

    Raises
    ------
    NotEstimable : no variation left, a collinear regressor (named), a unit with a single observation, fewer than
        two clusters.   BadInput : shapes that do not fit.
    """
    if mask is None and cluster is None and groups is None and not trends:
        fit = _ols_complete(y, x, names)
        if fit is not None:
            return fit
    y, x, cluster = _shapes(y, x, cluster)
    n, _, m = y.shape
    p = x.shape[2]
    names = list(names) if names is not None else _numbered(p)
    beta, vcov = np.empty((m, p)), np.empty((m, p, p))
    n_obs, n_units, n_clusters = (np.empty(m, int) for _ in range(3))
    for cells, ks in sample_masks(y, x):
        if mask is not None:
            cells = cells & mask
        cells = usable(cells, singletons)
        columns = np.concatenate([x, y[:, :, ks]], 2)
        if not cells.all():
            columns = np.where(cells[:, :, None], columns, 0.0)
        z = _within(columns, cells, bool(cells.all()), groups, trends)
        xt, yt = z[:, :, :p], z[:, :, p:]
        flat = xt.reshape(-1, p)
        gram = flat.T @ flat
        _check_rank(gram, columns[:, :, :p], cells, names)
        inverse = np.linalg.inv(gram)
        b = inverse @ (flat.T @ yt.reshape(flat.shape[0], -1))
        resid = yt - (flat @ b).reshape(yt.shape)
        score = np.matmul(xt.transpose(0, 2, 1), resid)  # (n, p, m): one small product a unit
        if cluster is None:
            g = codes = int(cells.any(1).sum())
        else:
            codes = np.unique(cluster[cells.any(1)], return_inverse=True)
            g = len(codes[0])
            summed = np.zeros((g, *score.shape[1:]))
            np.add.at(summed, codes[1], score[cells.any(1)])
            score = summed
        if g < 2:
            raise NotEstimable(f"a clustered standard error needs two clusters and there is {g}")
        count = int(cells.sum())
        k = p + _absorbed(cells, groups, trends, np.arange(n) if cluster is None else cluster)
        if count <= k:
            raise NotEstimable(f"{count} observations cannot carry {k} coefficients")
        s = score.transpose(2, 1, 0)  # (m, p, g)
        half = inverse @ s
        beta[ks] = b.T
        vcov[ks] = (count - 1) / (count - k) * g / (g - 1) * (half @ half.transpose(0, 2, 1))
        n_obs[ks], n_units[ks], n_clusters[ks] = count, int(cells.any(1).sum()), g
    return Fit(beta, vcov, n_obs, n_units, n_clusters)


def _numbered(count):
    return [f"regressor {k + 1}" for k in range(count)]


def _ols_complete(y, x, names):
    """The commonest case, nothing missing and units the clusters, in as few passes over the data as it takes; None
    where it does not apply. One small regression is mostly overhead, and simulations do many."""
    y, x = np.asarray(y, float), np.asarray(x, float)
    y = y[:, :, None] if y.ndim == 2 else y
    x = x[:, :, None] if x.ndim == 2 else x
    if y.ndim != 3 or x.ndim != 3 or y.shape[:2] != x.shape[:2]:
        return None
    n, years, p = x.shape
    m = y.shape[2]
    count, k = n * years, p + years
    raw = np.empty((p + m, n, years))  # columns first: sums run along memory
    raw[:p], raw[p:] = x.transpose(2, 0, 1), y.transpose(2, 0, 1)
    flat_raw = raw.reshape(p + m, count)
    unit, time = raw.sum(2), raw.sum(1)
    total = unit.sum(1)
    # a sum is finite only if nothing in it is missing or infinite
    if n < 2 or years < 2 or count <= k or not math.isfinite(total.sum()):
        return None
    z = raw - (unit / years)[:, :, None]
    z -= ((time - (total / years)[:, None]) / n)[:, None, :]
    flat = z.reshape(p + m, count)
    gram = flat @ flat.T
    xx, size = gram[:p, :p], np.diagonal(gram)[:p]
    if p == 1:
        if not gram[0, 0] > COLLINEAR * (flat_raw[0] @ flat_raw[0] - total[0] ** 2 / count) + 1e-300:
            return None  # the careful way finds the words
        inverse = 1.0 / xx
        b = gram[:1, 1:] / xx
        resid = z[1:] - b[0][:, None, None] * z[0]
        score = np.einsum("it,mit->mi", z[0], resid)[:, None, :]
    else:
        spread = np.einsum("ij,ij->i", flat_raw[:p], flat_raw[:p]) - total[:p] ** 2 / count
        if (size <= COLLINEAR * spread + 1e-300).any():
            return None
        scale = np.sqrt(size)
        if np.linalg.eigvalsh(xx / (scale[:, None] * scale))[0] < 100 * COLLINEAR:
            return None
        inverse = np.linalg.inv(xx)
        b = inverse @ gram[:p, p:]
        resid = (flat[p:] - b.T @ flat[:p]).reshape(m, n, years)
        score = np.einsum("pit,mit->mpi", z[:p], resid, optimize=True)
    half = inverse @ score
    vcov = ((count - 1) / (count - k) * n / (n - 1)) * (half @ half.transpose(0, 2, 1))
    units = np.full(m, n)
    return Fit(b.T, vcov, np.full(m, count), units, units)


def _shapes(y, x, cluster):
    y, x = np.asarray(y, float), np.asarray(x, float)
    y = y[:, :, None] if y.ndim == 2 else y
    x = x[:, :, None] if x.ndim == 2 else x
    if y.ndim != 3 or x.ndim != 3 or y.shape[:2] != x.shape[:2]:
        raise BadInput(f"outcomes {y.shape} and regressors {x.shape} are not of one panel (units, years)")
    if np.isinf(y).any() or np.isinf(x).any():
        raise BadInput("an infinite value in the panel")
    if cluster is not None:
        cluster = np.asarray(cluster)
        if cluster.shape != y.shape[:1]:
            raise BadInput(f"{cluster.shape} clusters for {y.shape[0]} units")
    return y, x, cluster


def usable(cells: np.ndarray, singletons: str = "raise") -> np.ndarray:
    """The cells that a two-way regression can use: a unit or a year seen once explains itself."""
    per_unit = cells.sum(1)
    if (per_unit != 1).all() and (cells.sum(0) != 1).all():
        if not cells.any():
            raise NotEstimable("no observation is left")
        return cells
    if singletons == "raise":
        if (per_unit == 1).any():
            raise NotEstimable(f"unit no. {int(np.argmax(per_unit == 1))} has a single observation, which its own "
                               "effect explains")
        raise NotEstimable(f"year no. {int(np.argmax(cells.sum(0) == 1))} has a single observation, which its own "
                           "effect explains")
    cells = cells.copy()
    while True:
        once = ((cells.sum(1) == 1)[:, None] | (cells.sum(0) == 1)[None, :]) & cells
        if not once.any():
            break
        cells &= ~once
    if not cells.any():
        raise NotEstimable("no observation is left")
    return cells


def _check_rank(gram, raw, cells, names):
    size = np.diagonal(gram)
    flat = raw.reshape(-1, raw.shape[2])
    inside = cells.ravel().astype(float)
    spread = (flat**2).T @ inside - (flat.T @ inside) ** 2 / inside.sum()
    dead = size <= COLLINEAR * np.maximum(spread, np.finfo(float).tiny) + 1e-300
    if dead.any():
        raise NotEstimable(f"{names[int(np.argmax(dead))]} has no variation left once unit and year effects are out "
                           "(nobody treated, nobody a control, or all treated at once)")
    if len(size) > 1:
        scaled = gram / np.sqrt(np.outer(size, size))
        # what is left of each regressor given those before it: the squared diagonal of the Cholesky factor
        for k in range(1, len(size)):
            left = scaled[k, k] - scaled[k, :k] @ np.linalg.solve(scaled[:k, :k], scaled[:k, k])
            if left < COLLINEAR:
                raise NotEstimable(f"{names[k]} is collinear with the other regressors and the fixed effects")


def twfe(y: np.ndarray, d: np.ndarray, *, controls: np.ndarray | None = None, control_names: Sequence[str] | None = None,
         **options: Any) -> Fit:
    """Two-way fixed effects of an exposure ``d`` (n, T) on every outcome; the exposure is regressor 0 of the result.

    ``options`` as in :func:`ols`. Under staggered adoption and effects that differ between units or grow with time
    this average has negative weights (Goodman-Bacon 2021): report it beside its decomposition only.

    Raises
    ------
    NotEstimable : no treated, no control, all treated at once, a collinear control.
    """
    d = np.asarray(d, float)
    low, high = (d.min(), d.max()) if d.size else (np.nan, np.nan)
    if not low < high:  # a constant, or NaN among them
        seen = d[np.isfinite(d)]
        if seen.size == 0 or not (seen != 0).any():
            raise NotEstimable("no unit is treated in these years")
        if np.ptp(seen) == 0:
            raise NotEstimable("no control is left: all units are treated in all these years")
    x, names = d[:, :, None], ("the exposure",)
    if controls is not None:
        controls = np.asarray(controls, float)
        x = np.concatenate([x, controls[:, :, None] if controls.ndim == 2 else controls], 2)
        names = ["the exposure", *(control_names or [f"control {k + 1}" for k in range(x.shape[2] - 1)])]
    return ols(y, x, names=names, **options)


# ---------------------------------------------------------------------------------------------------- many specifications
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
            "n_provinces": self.n_provinces, "n_treated": self.n_treated, "reason": self.reason}, copy=False)


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
    from govlib.did.parallel import run

    y, d, cluster = _shapes(y, d, cluster)
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
        tasks.append((part, year, unit, specs.reading[part], specs.control_set[part], specs.outcome[part]))
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


def _sample(z, seen, chosen, sizes, cluster, year, unit, reading, control_set, outcome):
    """All specifications of one choice of years and units: one block if nothing is missing, else one a pattern."""
    r, k, _ = sizes
    values, groups = np.full((5, len(outcome)), np.nan), np.zeros(len(outcome))
    why = np.full(len(outcome), "", object)
    window = np.ix_(unit, year)
    part, known = z[window], seen[window]
    ids = None if cluster is None else np.unique(np.asarray(cluster)[unit], return_inverse=True)[1]
    if known.all():
        patterns = [(np.ones(known.shape[:2], bool), slice(None))]
    else:
        # list-wise deletion: the cells of a specification are those where all that it uses is known
        keys = np.stack([reading, control_set, outcome], 1)
        combos, member = np.unique(keys, axis=0, return_inverse=True)
        member = member.ravel()
        found: dict[bytes, tuple[np.ndarray, list[int]]] = {}
        for index, (a, c, o) in enumerate(combos):
            cells = known[:, :, a] & known[:, :, r + k + o] & known[:, :, r: r + k][:, :, chosen[c]].all(2)
            found.setdefault(cells.tobytes(), (cells, []))[1].append(index)
        patterns = [(cells, np.flatnonzero(np.isin(member, rows))) for cells, rows in found.values()]
    for cells, rows in patterns:
        got, g, because = _block(part, cells, chosen, sizes, ids, reading[rows], control_set[rows], outcome[rows])
        values[:, rows], groups[rows], why[rows] = got, g, because
    return values, groups, why


def _block(z, cells, chosen, sizes, cluster, reading, control_set, outcome):
    """Specifications that share their cells: unit-wise cross-products once, then small algebra."""
    r, k, m = sizes
    count = len(outcome)
    failed = np.full((5, count), np.nan)
    try:
        cells = usable(cells, "drop")
    except NotEstimable:
        return failed, 0, _TOO_FEW
    keep = cells.any(1)
    if not keep.all():
        z, cells = z[keep], cells[keep]
        cluster = None if cluster is None else cluster[keep]
    complete = bool(cells.all())
    raw = z if complete else np.where(cells[:, :, None], z, 0.0)
    if not np.isfinite(raw).all():
        raw = np.where(np.isfinite(raw), raw, 0.0)  # columns that no specification of this block uses
    zt = _within(raw, cells, complete, None, False)
    grams = zt.transpose(0, 2, 1) @ zt  # (n, p, p)
    total = grams.sum(0)
    if cluster is not None:
        codes = np.unique(cluster, return_inverse=True)[1]
        merged = np.zeros((codes.max() + 1, *total.shape))
        np.add.at(merged, codes, grams)
        grams = merged
    g, p = grams.shape[0], total.shape[0]
    designs, which = np.unique(reading * len(chosen) + control_set, return_inverse=True)
    which = which.ravel()
    a, used = designs // len(chosen), chosen[designs % len(chosen)]
    j = np.arange(len(designs))
    # controls out of exposure and outcomes; unused controls get a 1 on the diagonal and a 0 elsewhere
    cc = total[r:r + k, r:r + k]
    scale = np.sqrt(np.maximum(np.diagonal(cc), 1e-300))
    system = np.where(used[:, :, None] & used[:, None, :], cc / np.outer(scale, scale), 0.0)
    system[:, range(k), range(k)] = 1.0
    right = np.concatenate([total[r:r + k, :][:, a].T[:, :, None],
                            np.broadcast_to(total[r:r + k, r + k:], (len(j), k, m))], 2) / scale[:, None]
    right = right * used[:, :, None]
    spread = np.maximum((raw**2).sum((0, 1)) - raw.sum((0, 1)) ** 2 / cells.sum(), 1e-300)
    dead = np.diagonal(total) <= COLLINEAR * spread
    bad_control = (used & dead[r:r + k]).any(1)
    if k:
        bad_control |= np.linalg.eigvalsh(system)[:, 0] < COLLINEAR
        system[bad_control] = np.eye(k)
        gamma = np.linalg.solve(system, right) / scale[:, None]
    else:
        gamma = np.zeros((len(j), 0, 1 + m))
    own = total[r:r + k, :][:, a].T  # (J, k): controls x exposure
    dd = total[a, a] - np.einsum("jk,jk->j", own, gamma[:, :, 0])
    dy = total[a, r + k:] - np.einsum("jk,jkm->jm", own, gamma[:, :, 1:])
    no_variation = dead[a] | (dd <= COLLINEAR * spread[a])
    beta = dy / np.where(no_variation, 1.0, dd)[:, None]
    # residual exposure and residual outcome as combinations of the columns
    left = np.zeros((len(j), p))
    left[j, a] = 1.0
    left[:, r:r + k] = -gamma[:, :, 0]
    rest = np.zeros((len(j), p, m))
    rest[:, r:r + k] = -gamma[:, :, 1:]
    rest[:, range(r + k, p), range(m)] = 1.0
    rest -= left[:, :, None] * beta[:, None, :]
    half = (left @ grams.transpose(1, 0, 2).reshape(p, -1)).reshape(len(j), g, p)
    score = half @ rest  # (J, G, m)
    meat = np.einsum("jgm,jgm->jm", score, score)
    obs = int(cells.sum())
    coefficients = 1 + used.sum(1) + int(cells.any(0).sum())
    free = obs - coefficients
    factor = (obs - 1) / np.maximum(free, 1) * g / max(g - 1, 1)
    error = np.sqrt(factor[:, None] * meat) / np.where(no_variation, 1.0, dd)[:, None]
    exposed = ((raw[:, :, :r] != 0) & cells[:, :, None]).any(1).sum(0)
    values = np.stack([beta[which, outcome], error[which, outcome], np.full(count, float(obs)),
                       np.full(count, float(cells.shape[0])), exposed[a][which].astype(float)])
    why = np.full(len(j), "", object)
    why[bad_control] = _COLLINEAR
    why[no_variation] = _NO_VARIATION
    why[(free < 1) | (g < 2)] = _TOO_FEW
    lost = why[which] != ""
    if lost.any():
        values[:2, lost] = np.nan
    return values, g, why[which]
