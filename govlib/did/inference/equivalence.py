"""Two one-sided tests (Schuirmann 1987): is the effect small enough to call it none?

A wide interval around zero is no evidence of no effect; this test is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from govlib.errors import BadInput


@dataclass(frozen=True)
class Equivalence:
    """``p_value`` of "the effect is at least ``margin`` in size"; ``ci_low``/``ci_high`` the (1 - 2 alpha) interval;
    ``smallest_margin``: the least margin within which equivalence could have been claimed at ``alpha``."""

    p_value: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray
    smallest_margin: np.ndarray
    equivalent: np.ndarray


def tost(estimate: np.ndarray, std_error: np.ndarray, margin: float, dof: float | np.ndarray, *,
         alpha: float = 0.05) -> Equivalence:
    """Test that ``|effect| < margin`` (same unit as the estimate) with t(dof) errors; arrays broadcast.

    Raises
    ------
    BadInput : a margin, standard error or dof that is not positive, NaN.

    >>> import numpy as np
    >>> from govlib.did import inference
    >>> found = inference.tost(np.array([0.05]), np.array([0.1]), 0.5, 60)
    >>> found.p_value.round(4)
    array([0.])
    """
    from scipy.special import stdtr, stdtrit

    estimate, error, dof = (np.asarray(a, float) for a in (estimate, std_error, dof))
    if not margin > 0:
        raise BadInput("the margin must be positive: the smallest effect that would matter", value=margin)
    if not 0 < alpha < 0.5:
        raise BadInput("alpha lies between 0 and 0.5", value=alpha)
    if not (np.isfinite(estimate).all() and (error > 0).all() and np.isfinite(error).all() and (dof > 0).all()):
        raise BadInput("an equivalence test needs a finite estimate, a positive standard error and degrees of freedom")
    above = stdtr(dof, -(estimate + margin) / error)  # effect <= -margin
    below = stdtr(dof, (estimate - margin) / error)  # effect >= margin
    p = np.maximum(above, below)
    half = stdtrit(dof, 1 - alpha) * error
    return Equivalence(p, estimate - half, estimate + half, np.abs(estimate) + half, p < alpha)
