"""One result shape for every estimator, the registry they enter, and the checks that stand before all of them.

An estimator is one file in `govlib.did.estimators`: a function ``fit(sample, k, **options) -> Fit`` under
``@register(...)``. It gets a `govlib.did.panel.Panel` and the number of one outcome, and returns coefficients with
their standard errors; confidence intervals, p-values, adjusted p-values and the grade are the same code for all.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from govlib.did.batch import t_pvalue, t_quantile
from govlib.errors import BadInput, UnknownName

# the estimate and its sample first; what follows explains a row to a reader
RESULT_COLUMNS = [
    "index_id", "component", "reform", "estimator", "term", "event_time", "estimate", "std_error", "ci_low", "ci_high",
    "p_value", "p_adjusted", "inference", "n_obs", "n_provinces", "n_treated", "years", "outcome_unit", "sample_rule",
    "inputs_sha256",
    "outcome", "exposure_rule", "reading", "controls", "adjustment", "family", "p_fdr", "p_ri", "df", "mde", "pretrend_p",
    "forbidden_weight", "agreement", "design", "grade", "note", "treated", "n_unknown", "role", "p_floor", "comparison",
]

DESIGNS = ("staggered", "regression", "one", "dose")


@dataclass
class Fit:
    """What an estimator hands back for one outcome.

    terms : (term, event_time) of each coefficient; ``("att", None)`` is the overall effect, ``("event", e)`` the effect
        ``e`` periods after the first exposed one (negative: before it).
    estimate, std_error : (P,) floats, NaN where a coefficient is not identified.
    vcov : (P, P) or None where the method gives standard errors only.
    df : degrees of freedom of the t distribution for intervals (clusters − 1).
    treated, n_unknown : slugs of the units whose effect is measured, with commas; units of unknown state among those
        they are compared with.
    p_value, ci : given by methods with their own inference (placebos); else computed from the standard error.
    floor, comparison : of placebo tests, the smallest p-value that they can give and the rule by which units are compared.
    aux : tables a notebook may draw (donors, decomposition, …); never part of the estimates.

    >>> import numpy as np
    >>> from govlib import did
    >>> panel = did.from_arrays(np.random.default_rng(1).normal(size=(30, 8)), np.repeat([5, np.inf], 15))
    >>> did.ESTIMATORS["twfe"].fit(panel, 0).n_treated
    15
    """

    terms: list[tuple[str, int | None]]
    estimate: np.ndarray
    std_error: np.ndarray
    df: float
    n_obs: int
    n_provinces: int
    n_treated: int
    years: tuple[int, int]
    vcov: np.ndarray | None = None
    inference: str = "crv1"
    note: str = ""
    treated: str = ""
    n_unknown: int = 0
    p_value: np.ndarray | None = None
    ci: np.ndarray | None = None
    pretrend_p: float = np.nan
    floor: float = np.nan
    comparison: str = ""
    aux: dict[str, Any] = field(default_factory=dict)

    def at(self, term: str, event_time: int | None = None) -> tuple[float, float]:
        """Estimate and standard error of one term; KeyError where the fit has none."""
        try:
            i = self.terms.index((term, event_time))
        except ValueError:
            raise KeyError((term, event_time)) from None
        return float(self.estimate[i]), float(self.std_error[i])


class FitFunction(Protocol):
    def __call__(self, sample: Any, k: int, **options: Any) -> Fit: ...


@dataclass(frozen=True)
class Estimator:
    """An entry of the registry.

    design : ``staggered`` (right under heterogeneous effects), ``regression`` (right where effects are alike),
        ``one`` (few treated units), ``dose`` (one date for all, exposure measured beforehand).
    options : names of what a call may ask of it besides.   controls : whether it takes any.
    """

    name: str
    label: str
    design: str
    paper: str
    fit: FitFunction
    options: frozenset[str] = frozenset()
    controls: bool = True


ESTIMATORS: dict[str, Estimator] = {}


def register(name: str, *, label: str, design: str, paper: str, options: tuple[str, ...] = (),
             controls: bool = True) -> Callable[[FitFunction], FitFunction]:
    """Enter a fit function into `ESTIMATORS`. One module an estimator; nothing else has to be told."""
    if design not in DESIGNS:
        raise UnknownName("design", design, DESIGNS)

    def enter(fit: FitFunction) -> FitFunction:
        if name in ESTIMATORS and ESTIMATORS[name].fit.__module__ != fit.__module__:
            raise BadInput(f"estimator {name!r} is registered twice")
        ESTIMATORS[name] = Estimator(name, label, design, paper, fit, frozenset(options), controls)
        return fit

    return enter


def estimator(name: str) -> Estimator:
    """The registered estimator, or `UnknownName` with the nearest names."""
    if not isinstance(name, str) or name not in ESTIMATORS:  # a list of names cannot be looked up
        letters = str(name).casefold()  # CS, BJS, SA: how papers call them
        near = [e.name for e in ESTIMATORS.values() if len(letters) > 1 and letters in (
            "".join(word[0] for word in e.name.split("_")), "".join(c for c in e.label if c.isupper()).casefold())]
        near = near or difflib.get_close_matches(str(name), ESTIMATORS, n=4, cutoff=0.3)
        raise UnknownName("estimator", name, near or sorted(ESTIMATORS))
    return ESTIMATORS[name]


def number_of_periods(option: str, value: Any) -> int:
    """An option that counts periods; BadInput where it does not."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 0:
        raise BadInput(f"{option} is a number of periods, 0 or more", column=option, value=value)
    return int(value)


def intervals(fit: Fit, level: float = 0.95) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """``ci_low, ci_high, p_value`` of every coefficient: Student's t with the fit's degrees of freedom."""
    if fit.ci is not None:
        low, high = fit.ci.T
    else:
        reach = t_quantile(level, fit.df) * fit.std_error
        low, high = fit.estimate - reach, fit.estimate + reach
    if fit.p_value is not None:
        return low, high, fit.p_value
    with np.errstate(divide="ignore", invalid="ignore"):
        p = t_pvalue(fit.estimate / fit.std_error, fit.df)
    # a standard error of nothing is a degenerate fit, not certainty
    return low, high, np.where(fit.std_error > 0, p, np.nan)
