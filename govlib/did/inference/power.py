"""What effect could this design have seen?

The minimum detectable effect (Bloom 1995) is a property of the design and the noise, not of the estimate: it is asked for
before a pilot, and beside an insignificant result. "Power at the observed effect" is not offered: it restates p.
"""

from __future__ import annotations

import numpy as np

from govlib.errors import BadInput


def mde(std_error: np.ndarray, dof: float | np.ndarray, *, power: float = 0.8, alpha: float = 0.05) -> np.ndarray:
    """Smallest true effect that a two-sided test at ``alpha`` finds with probability ``power``; unit of the outcome.

    >>> import numpy as np
    >>> from govlib.did import inference
    >>> inference.mde(np.array([0.1]), 60).round(2)
    array([0.28])
    """
    from scipy.special import stdtrit

    error, dof = np.asarray(std_error, float), np.asarray(dof, float)
    _check(error, dof, alpha)
    if not alpha < power < 1:
        raise BadInput("power lies between alpha and 1", value=power)
    return (stdtrit(dof, 1 - alpha / 2) + stdtrit(dof, power)) * error


def power_of(effect: float | np.ndarray, std_error: np.ndarray, dof: float | np.ndarray, *,
             alpha: float = 0.05) -> np.ndarray:
    """Probability that a two-sided t test at ``alpha`` rejects when the true effect is ``effect`` (noncentral t)."""
    from scipy.special import nctdtr, stdtrit

    error, dof = np.asarray(std_error, float), np.asarray(dof, float)
    _check(error, dof, alpha)
    critical, shift = stdtrit(dof, 1 - alpha / 2), np.abs(np.asarray(effect, float)) / error
    # of a tail that is nothing (an effect of ten errors, with many degrees of freedom) the library says NaN
    below, inside = (np.nan_to_num(nctdtr(dof, shift, at)) for at in (-critical, critical))
    return np.where(np.isnan(shift), np.nan, 1 - inside + below)


def _check(error, dof, alpha):
    if not 0 < alpha < 1:
        raise BadInput("alpha lies between 0 and 1", value=alpha)
    if not ((error > 0) & np.isfinite(error)).all() or not (dof > 0).all():
        raise BadInput("a standard error and degrees of freedom above zero are needed")
