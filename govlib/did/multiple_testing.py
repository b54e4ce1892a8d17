"""Many outcomes, one reform: p-values that count how many questions were asked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from govlib.errors import BadInput

METHODS = ("holm", "bh", "by", "bonferroni")


def adjust(p_values: Sequence[float] | np.ndarray, method: str = "bh") -> np.ndarray:
    """Adjusted p-values: ``bh`` and ``by`` (false discovery rate), ``holm`` and ``bonferroni`` (family-wise error).

    NaN (not estimable) stays NaN and is not counted in the family.

    Raises
    ------
    BadInput : an unknown method, a p-value outside [0, 1].

    >>> from govlib.did import multiple_testing
    >>> multiple_testing.adjust([0.01, 0.02, 0.5], "holm").round(3)
    array([0.03, 0.04, 0.5 ])
    """
    p = np.asarray(p_values, float)
    if method not in METHODS:
        raise BadInput(f"method is one of {', '.join(METHODS)}", value=method)
    known = np.isfinite(p)
    if ((p[known] < 0) | (p[known] > 1)).any() or np.isinf(p).any():
        raise BadInput("a p-value lies outside 0..1")
    out = np.full(p.shape, np.nan)
    order = np.flatnonzero(known)[np.argsort(p[known], kind="stable")]
    m = len(order)
    if not m:
        return out
    rank, own = np.arange(1, m + 1), p[order]
    if method == "bonferroni":
        found = own * m
    elif method == "holm":
        found = np.maximum.accumulate(own * (m - rank + 1))
    else:  # the smallest of what follows: Benjamini and Hochberg; times a sum for any dependence (Yekutieli)
        found = np.minimum.accumulate((own * m / rank)[::-1])[::-1] * (np.sum(1 / rank) if method == "by" else 1.0)
    out[order] = np.minimum(found, 1.0)
    return out


def romano_wolf(observed: np.ndarray, null: np.ndarray, *, exact: bool = False) -> np.ndarray:
    """Step-down p-values that hold the family-wise error rate and use the outcomes' dependence (Romano and Wolf 2016).

    Parameters
    ----------
    observed : (m,) t statistics.   null : (draws, m) the same statistics of each draw under the null: permutations of
        the adoption paths (``RandomizationResult.null``), or bootstrap statistics centred at the estimate.
    exact : the draws are all assignments, the observed one among them; otherwise it is added to them.

    Raises
    ------
    BadInput : shapes, missing statistics.

    >>> import numpy as np
    >>> from govlib.did import multiple_testing
    >>> null = np.abs(np.random.default_rng(1).normal(size=(999, 2)))
    >>> multiple_testing.romano_wolf(np.array([5.0, 0.1]), null).round(2)
    array([0.  , 0.92])
    """
    observed, null = np.abs(np.asarray(observed, float)), np.abs(np.asarray(null, float))
    if observed.ndim != 1 or null.ndim != 2 or null.shape[1] != len(observed) or not len(null):
        raise BadInput(f"statistics {observed.shape} and draws {null.shape} do not fit")
    if not (np.isfinite(observed).all() and np.isfinite(null).all()):
        raise BadInput("a statistic is missing", fix="leave the outcome out of the family and say so")
    order = np.argsort(-observed, kind="stable")
    # the largest statistic among the hypotheses not yet passed, for every step at once
    largest = np.maximum.accumulate(null[:, order][:, ::-1], axis=1)[:, ::-1]
    beyond = (largest >= observed[order] * (1 - 1e-9)).sum(0)
    p = beyond / len(null) if exact else (1 + beyond) / (1 + len(null))
    out = np.empty(len(observed))
    out[order] = np.maximum.accumulate(p)
    return out
