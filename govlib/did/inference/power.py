"""What effect could this design have seen?

The minimum detectable effect (Bloom 1995) is a property of the design and the noise, not of the estimate: it is asked for
before a pilot, and beside an insignificant result. "Power at the observed effect" is not offered: it restates p.
"""

from __future__ import annotations

import numpy as np

from govlib.errors import BadInput, NotEstimable


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
    return 1 - nctdtr(dof, shift, critical) + nctdtr(dof, shift, -critical)


def mde_permutation(null: np.ndarray, *, power: float = 0.8, alpha: float = 0.05) -> np.ndarray:
    """The same from the permutation distribution of the coefficient, ``null`` (draws, m): where one or few units are
    treated and the standard error means nothing.

    An effect shifts the whole distribution, so it is found with probability ``power`` once it exceeds the critical value
    by the ``power`` quantile of the noise.

    Raises
    ------
    NotEstimable : so few draws that no p-value can reach ``alpha``.
    """
    null = np.asarray(null, float)
    null = null[:, None] if null.ndim == 1 else null
    if not np.isfinite(null).all():
        raise BadInput("the permutation distribution has missing values")
    if len(null) * alpha < 1:
        raise NotEstimable(f"with {len(null)} assignments no p-value can be below {alpha}")
    size = np.sort(np.abs(null), axis=0)
    # the least value that is beaten by at most alpha of the draws, itself counted
    critical = size[int(np.ceil(len(null) * (1 - alpha))) - 1]
    return critical - np.quantile(null - np.median(null, axis=0), 1 - power, axis=0, method="higher")


def _check(error, dof, alpha):
    if not 0 < alpha < 1:
        raise BadInput("alpha lies between 0 and 1", value=alpha)
    if not ((error > 0) & np.isfinite(error)).all() or not (dof > 0).all():
        raise BadInput("a standard error and degrees of freedom above zero are needed")
