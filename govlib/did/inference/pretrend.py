"""Did the adopters move apart before they adopted? A joint test on the years before.

The leads are estimated on not-yet-treated observations only (Borusyak, Jaravel and Spiess 2024), so effects after
adoption cannot leak into them, as they do in the leads of a two-way regression (Sun and Abraham 2021).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from govlib.did.batch import ols, sample_masks
from govlib.did.ols import rounding
from govlib.errors import BadInput, NotEstimable


@dataclass(frozen=True)
class JointTest:
    """F statistic with (``df_num``, ``df_den``) degrees of freedom; ``beta``/``vcov`` what was tested, if kept."""

    statistic: float
    df_num: int
    df_den: int
    p_value: float
    beta: np.ndarray
    vcov: np.ndarray
    event_time: tuple[int, ...] = ()


def joint_test(beta: np.ndarray, vcov: np.ndarray, n_clusters: int, event_time: tuple[int, ...] = (), *,
               treated: int | None = None) -> JointTest:
    """Wald test that all of ``beta`` (q,) are zero: F(q, G-1), or, given the number ``treated`` of clusters that the
    coefficients are means over, Hotelling's F(q, treated - q).

    >>> import numpy as np
    >>> from govlib.did import inference
    >>> float(inference.joint_test(np.zeros(2), np.eye(2), 30).p_value)
    1.0
    """
    from scipy.special import fdtrc

    beta, vcov = np.atleast_1d(np.asarray(beta, float)), np.atleast_2d(np.asarray(vcov, float))
    q = len(beta)
    if vcov.shape != (q, q) or not (np.isfinite(beta).all() and np.isfinite(vcov).all()):
        raise BadInput("a joint test needs finite coefficients and their covariance")
    if n_clusters - 1 < q:
        raise NotEstimable(f"{q} restrictions cannot be tested with {n_clusters} clusters")
    size = np.sqrt(np.diag(vcov))
    if (size <= 0).any() or np.linalg.eigvalsh(vcov / np.outer(size, size))[0] < 1e-10:
        raise NotEstimable("the covariance of the coefficients is singular (fewer treated units than coefficients?)")
    f, den = float(beta @ np.linalg.solve(vcov, beta)) / q, n_clusters - 1
    if treated is not None:
        if treated <= q:
            raise NotEstimable(f"{q} leads cannot be tested together with {treated} treated units; take fewer leads")
        f, den = f * (treated - q) / (treated - 1), treated - q
    return JointTest(f, q, den, float(fdtrc(q, den, f)), beta, vcov, event_time)


def pretrend(y: np.ndarray, cohort: np.ndarray, *, leads: int = 3, controls: np.ndarray | None = None,
             cluster: np.ndarray | None = None, groups: np.ndarray | None = None, trends: bool = False) -> list[JointTest]:
    """One test an outcome: the ``leads`` years before adoption against all earlier years and the never-treated.

    With a dozen adopters the usual F(q, G-1) rejects a true null two to three times too often (a test of ours shows it):
    the leads are means over the adopters alone. So the number of those seen at a lead and before all leads (of the lead that has
    fewest), not that of all units, gives the degrees of freedom (Hotelling's), which keeps the size and is a little cautious.

    Parameters
    ----------
    y : (n, T[, m]).   cohort : (n,) position (0..T-1) of the first treated year, inf for never; NaN leaves out.
    groups, trends : as in :func:`govlib.did.batch.ols`, for a regression that has them.

    Raises
    ------
    NotEstimable : too few adopters are seen before so many leads, fewer than half of those seen before one of them too; or one
        treated unit (use placebos in time instead).
    """
    y = np.asarray(y, float)
    y = y[:, :, None] if y.ndim == 2 else y
    cohort = np.asarray(cohort, float)
    n, years, m = y.shape
    if cohort.shape != (n,):
        raise BadInput(f"{cohort.shape} cohorts for {n} units")
    if leads < 1:
        raise BadInput("at least one lead", value=leads)
    event = np.arange(years) - cohort[:, None]  # -inf for the never-treated, NaN where unknown
    untreated = event < 0
    adopters = int((np.isfinite(cohort) & untreated.any(1)).sum())
    if adopters == 0:
        raise NotEstimable("no adopting unit is seen before it adopts")
    if adopters == 1:
        raise NotEstimable("one treated unit has no clustered test of its past; use a placebo in time")
    ids = np.arange(n) if cluster is None else np.asarray(cluster)
    out: list[JointTest] = [None] * m  # type: ignore[list-item]  # filled below
    y = np.where(untreated[:, :, None], y, np.nan)
    for cells, ks in sample_masks(y):
        # a lead is a lead only if its units are seen earlier too
        use = [e for e in range(-leads, 0) if (cells & (event == e)).any()]
        if not use:
            raise NotEstimable("no year before adoption is observed")
        x = np.stack([(event == e).astype(float) for e in use], 2)
        if controls is not None:
            x = np.concatenate([x, np.asarray(controls, float).reshape(n, years, -1)], 2)
        names = [f"the lead {e}" for e in use] + [f"control {j + 1}" for j in range(x.shape[2] - len(use))]
        fit = ols(y[:, :, ks], x, cluster=cluster, groups=groups, trends=trends, singletons="drop", names=names)
        q = len(use)
        here = _based(cells, event, ids, use, trends)
        if 2 * here < _based(cells, event, ids, [-1], trends):
            raise NotEstimable(f"{q} leads cannot be tested together with {here} treated units; take fewer leads")
        for j, k in enumerate(ks):
            if (fit.std_error[j, :q] <= rounding(y[:, :, k])).any():
                raise NotEstimable("before adoption the outcome moves in no unit by itself, which leaves nothing to test by")
            out[k] = joint_test(fit.beta[j, :q], fit.vcov[j, :q, :q], int(fit.n_clusters[j]), tuple(use), treated=here)
    return out


def _based(cells: np.ndarray, event: np.ndarray, ids: np.ndarray, leads: list[int], trends: bool) -> int:
    """Clusters of adopters with a figure before the leads at that one of them that fewest have: without it theirs tell by how much
    they differ, and of their level nothing."""
    based = np.isfinite(event).all(1) & ((cells & (event < min(leads))).sum(1) > trends)
    return min(np.unique(ids[based & (cells & (event == e)).any(1)]).size for e in leads)
