"""Wild cluster bootstrap of a two-way fixed-effects coefficient, restricted (the null imposed), all draws at once.

Cameron, Gelbach and Miller (2008); the algebra is that of Roodman, MacKinnon, Nielsen and Webb (2019): cluster scores of
a bootstrap sample are a G x G matrix times the draw of weights, so 9,999 regressions are one matrix product. That matrix
is linear in the hypothesised effect, so the interval by inversion costs no further draws.

With one treated cluster the test has no meaning (p near .5 whatever happened): use
:mod:`govlib.did.inference.randomization`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from govlib.did.batch import check_rank, panel_shapes, sample_masks, unit_projection, usable, within_cells
from govlib.did.ols import gram_inverse
from govlib.errors import BadInput, NotEstimable

_WEBB = np.sqrt(np.array([0.5, 1.0, 1.5]))
_WEBB = np.concatenate([-_WEBB[::-1], _WEBB])
_CHUNK = 1024  # draws at a time: a chunk of scores stays in the cache


@dataclass(frozen=True)
class WildResult:
    """Per outcome (m,): ``estimate``, ``t``, ``p_value``, ``ci_low``, ``ci_high`` (NaN if not asked for; infinite where
    the test never rejects on that side). ``enumerated``: all sign vectors were used, so the p-value is exact."""

    estimate: np.ndarray
    t: np.ndarray
    p_value: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray
    draws: int
    enumerated: bool
    weights: str


def draw_weights(g: int, draws: int, weights: str, seed: int | None) -> tuple[np.ndarray, bool]:
    """(g, draws) weights and whether they are the full enumeration (all 2^g Rademacher vectors, if no more than
    ``draws``)."""
    if weights not in ("rademacher", "webb"):
        raise BadInput("weights are 'rademacher' or 'webb'", value=weights)
    if weights == "rademacher" and g < 40 and 2**g <= draws + 1:
        return 1.0 - 2.0 * (np.arange(2**g)[None, :] >> np.arange(g)[:, None] & 1), True
    rng = np.random.default_rng(seed)
    if weights == "webb":
        return _WEBB[rng.integers(0, 6, (g, draws), dtype=np.int8)], False
    bits = np.unpackbits(rng.integers(0, 256, (g, -(-draws // 8)), dtype=np.uint8), axis=1, count=draws)
    return bits * 2.0 - 1.0, False


def wild_bootstrap(y: np.ndarray, d: np.ndarray, *,  # noqa: PLR0913  one keyword a choice of the test
                   controls: np.ndarray | None = None, mask: np.ndarray | None = None,
                   cluster: np.ndarray | None = None, groups: np.ndarray | None = None, null: float = 0.0,
                   draws: int = 9999, weights: str = "rademacher", seed: int | None = 20090101, ci: bool = True,
                   level: float = 0.95, singletons: str = "raise") -> WildResult:
    """Bootstrap p-value (and interval) of the effect of ``d`` (n, T) on ``y`` (n, T[, m]).

    The p-value is the share of draws whose ``|t|`` is at least the observed one, the observed sample counted among them
    (``(1 + #)/(draws + 1)``); under full enumeration the observed sample is one of the draws.

    Raises
    ------
    NotEstimable : as :func:`govlib.did.batch.twfe`.   BadInput : unknown weights, shapes, draws below 99.

    >>> import numpy as np
    >>> from govlib.did import inference
    >>> y = np.random.default_rng(1).normal(size=(20, 6))
    >>> d = np.zeros((20, 6))
    >>> d[:10, 3:] = 1
    >>> bool((inference.wild_bootstrap(y + 5 * d, d, draws=199, ci=False).p_value < 0.05).all())
    True
    """
    if draws < 99:
        raise BadInput("a bootstrap needs 99 draws or more", value=draws)
    x = np.asarray(d, float)[:, :, None]
    if controls is not None:
        controls = np.asarray(controls, float)
        x = np.concatenate([x, controls[:, :, None] if controls.ndim == 2 else controls], 2)
    y, x, cluster = panel_shapes(y, x, cluster)
    m = y.shape[2]
    out = np.full((5, m), np.nan)
    weights_of: dict[int, tuple[np.ndarray, bool]] = {}
    for cells, ks in sample_masks(y, x):
        cells = usable(cells if mask is None else cells & mask, singletons)
        exposure, residual, gram, codes, nuisance = _pieces(y[:, :, ks], x, cells, cluster, groups)
        g = codes.max() + 1
        if g < 2:
            raise NotEstimable("a clustered bootstrap needs two clusters")
        if g not in weights_of:
            weights_of[g] = draw_weights(g, draws, weights, seed)
        v, enumerated = weights_of[g]
        v = np.ascontiguousarray(v.T)  # a draw's weights beside each other in memory, as sums over clusters run
        per = _by_cluster((exposure**2).sum(1), codes)
        absorbing = _absorbing(exposure, codes, nuisance)
        each = [_score_matrix(exposure, r, per, gram, codes, nuisance, absorbing) for r in residual.transpose(2, 0, 1)]
        matrices, own = zip(*each, strict=True)
        shifted = _score_matrix(exposure, exposure, per, gram, codes, nuisance, absorbing)[0] if ci or null != 0 else None
        squares = _squares(v, matrices, shifted)
        for column, k in enumerate(ks):
            test = _Test(own[column], per, gram, v, enumerated, *squares[column])
            low, high = (test.bound(side, 1 - level) for side in (-1, 1)) if ci else (np.nan, np.nan)
            out[:, k] = test.estimate, test.t(null), test.p_value(null), low, high
    first = next(iter(weights_of.values()))
    full = all(enumerated for _, enumerated in weights_of.values())
    return WildResult(out[0], out[1], out[2], out[3], out[4], first[0].shape[1], full, weights)


def _pieces(y, x, cells, cluster, groups):
    """Residual exposure and outcomes, and the nuisance design (year effects, controls) off unit effects."""
    n, years = cells.shape
    p = x.shape[2]
    raw = np.where(cells[:, :, None], np.concatenate([x, y], 2), 0.0)
    z = within_cells(raw, cells, bool(cells.all()), groups, False)
    flat = z.reshape(-1, z.shape[2])
    check_rank(flat[:, :p].T @ flat[:, :p], raw[:, :, :p], cells, ["the exposure"] + [f"control {j}" for j in range(1, p)])
    if p > 1:
        c = flat[:, 1:p]
        keep = flat[:, [0, *range(p, flat.shape[1])]]
        keep = keep - c @ np.linalg.solve(c.T @ c, c.T @ keep)
    else:
        keep = flat
    keep = keep.reshape(n, years, -1)
    units = cells.any(1)
    keep, cells = keep[units], cells[units]
    codes = np.unique((np.arange(n) if cluster is None else cluster)[units], return_inverse=True)[1]
    if groups is None:
        dummies = np.broadcast_to(np.eye(years), (len(keep), years, years))
    else:
        names, member = np.unique(np.asarray(groups)[units], return_inverse=True)
        dummies = np.eye(len(names))[member][:, None, :, None] * np.eye(years)[:, None, :]
        dummies = dummies.reshape(len(keep), years, -1)
    nuisance = unit_projection(cells, False)[0](np.where(cells[:, :, None], dummies, 0.0))
    # controls off the effects: one of large values that differ by little is not one with its periods
    nuisance = np.concatenate([nuisance, z[units][:, :, 1:p]], 2)
    exposure = keep[:, :, 0]
    return exposure, keep[:, :, 1:], float((exposure**2).sum()), codes, nuisance


def _by_cluster(rows, codes):
    if len(rows) == codes.max() + 1:  # one unit each, in whatever order
        return rows
    out = np.zeros((codes.max() + 1, *rows.shape[1:]))
    np.add.at(out, codes, rows)
    return out


def _absorbing(exposure, codes, nuisance):
    """(G, q) how much of each cluster's exposure the year effects and controls take, and what they take it by."""
    flat = nuisance.reshape(-1, nuisance.shape[2])
    left = _by_cluster((exposure[:, None] @ nuisance)[:, 0], codes)
    return left @ gram_inverse(flat)


def _score_matrix(exposure, residual, per, gram, codes, nuisance, absorbing):
    """K (G, G): scores of the bootstrap sample by cluster are ``K @ weights``; and the sample's own scores (G,).

    Cluster g's score is its residual exposure times its bootstrap residual, that is its own perturbed residual less what
    the year effects and controls, and less what the exposure, absorb of all clusters' perturbations.
    """
    own = _by_cluster((exposure * residual).sum(1), codes)
    right = _by_cluster((residual[:, None] @ nuisance)[:, 0], codes)
    return np.diag(own) - absorbing @ right.T - np.outer(per, own) / gram, own


def _squares(v: np.ndarray, matrices: Sequence[np.ndarray], shifted: np.ndarray | None) -> list[tuple[np.ndarray, ...]]:
    """An outcome's squared scores by draw (draws,), as they change with the hypothesised effect: a − 2 effect b + effect² c.

    v : (draws, G).   matrices : (G, G) an outcome, ``shifted`` that of the exposure itself; None: no effect but 0 is asked.
    """
    a, b, c = np.empty((len(matrices), len(v))), np.zeros((len(matrices), len(v))), np.zeros(len(v))
    for start in range(0, len(v), _CHUNK):
        part = slice(start, start + _CHUNK)
        moved = None if shifted is None else v[part] @ shifted.T  # the same for all outcomes
        if moved is not None:
            c[part] = (moved**2).sum(1)
        for k, matrix in enumerate(matrices):
            scores = v[part] @ matrix.T
            a[k, part] = (scores**2).sum(1)
            if moved is not None:
                b[k, part] = (scores * moved).sum(1)
    return [(a[k], b[k], c) for k in range(len(matrices))]


class _Test:
    """The bootstrap distribution of one outcome's t, as a function of the hypothesised effect."""

    def __init__(self, own, per, gram, v, enumerated, *squares):
        self.estimate, self.gram, self.enumerated, self.clusters = own.sum() / gram, gram, enumerated, v.shape[1]
        self.spread = np.sqrt(((own - self.estimate * per) ** 2).sum())  # the observed standard error times the Gram
        if self.spread <= 1e-12 * np.sqrt((own**2).sum()):
            raise NotEstimable("the clusters' scores are all zero, so the t statistic does not exist")
        self.number_y, self.number_d = v @ own, v @ per
        self.a, self.b, self.c = squares

    def t(self, null: float) -> float:
        return (self.estimate - null) / (self.spread / self.gram) * np.sqrt((self.clusters - 1) / self.clusters)

    def p_value(self, effect: float) -> float:
        # (t*)^2 >= t^2 without a division; the margin makes the sample's own sign vector a tie and not a coin toss
        number, square = self.number_y, self.a
        if effect != 0:
            number, square = number - effect * self.number_d, square - 2 * effect * self.b + effect**2 * self.c
        beyond = np.count_nonzero(number**2 * self.spread**2 >= ((self.estimate - effect) * self.gram) ** 2 * square * (1 - 1e-10))
        return beyond / len(number) if self.enumerated else (1 + beyond) / (1 + len(number))

    def bound(self, side: int, alpha: float) -> float:
        """The effect, going out from the estimate, where the p-value falls to ``alpha``; infinite if it does not within ten
        thousand standard errors: at a million, processors differ in which ties rounding breaks."""
        step = side * self.spread / self.gram
        inside, outside = self.estimate, self.estimate + 2 * step
        for _ in range(14):
            if self.p_value(outside) <= alpha:
                break
            inside, outside = outside, self.estimate + 2 * (outside - self.estimate)
        else:
            return np.inf * np.sign(step)
        while abs(outside - inside) > 1e-9 * abs(step):
            middle = (inside + outside) / 2
            if middle in (inside, outside):  # so far out that no number lies between
                break
            if self.p_value(middle) <= alpha:
                outside = middle
            else:
                inside = middle
        return (inside + outside) / 2
