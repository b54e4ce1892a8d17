"""`estimate`: one panel, one estimator, and the rows of the results table."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from govlib.did import batch, estimators, results, weights  # noqa: F401  (estimators register themselves)
from govlib.did.base import Estimator, Fit
from govlib.did.base import estimator as find
from govlib.did.fitting import alike, prepare
from govlib.did.inference import conley, randomization
from govlib.did.inference.wild import wild_bootstrap
from govlib.did.multiple_testing import romano_wolf
from govlib.did.panel import Panel, join
from govlib.errors import BadInput, NotEstimable, UnknownName

INFERENCE = ("crv1", "wild", "ri", "conley")
# the estimators that each inference other than their own is there for
RESAMPLED = {"conley": ("twfe",), "wild": ("twfe", "twfe_region_year"), "ri": ("twfe", "imputation", "gardner")}
SEED = 20090101
SEEN = (1.959964 + 0.841621) / 1.959964  # (z₀.₉₇₅ + z₀.₈) / z₀.₉₇₅: half-width of an interval to minimum detectable effect
MIN_SHARE = 0.8  # of donors that all outcomes must have for their placebos to be one joint test
SIZES = ("n_obs", "n_provinces", "n_treated", "treated", "n_unknown")  # of a fit, the same whatever the inference
CONLEY_KM = 200.0  # errors of units further apart are taken as unrelated; weights fall to zero there


def estimate(panel: Panel, estimator: str = "twfe", *, inference: str | Iterable[str] = ("crv1",), singletons: str = "refuse",
             draws: int = 999, seed: int = SEED, **options: Any) -> pd.DataFrame:
    """Effect of what was done on every outcome of a panel by one estimator.

    Parameters
    ----------
    panel : from `Panel.from_frame` or `from_arrays`.
    estimator : a name of `govlib.did.ESTIMATORS`; ``options`` are its own (``dose=``, ``by=``, ``horizon=``, ``unit=``).
    inference : ``crv1`` (the estimator's standard error clustered by unit; synthetic controls have placebos instead),
        ``wild`` (wild cluster bootstrap), ``ri`` (randomization inference) and ``conley`` (errors of neighbours may move
        together; needs ``place``); each gives its own rows.
    singletons : ``refuse`` or ``drop`` a unit with one observation.
    draws, seed : of randomization inference and placebos.

    Returns
    -------
    DataFrame with `govlib.did.RESULT_COLUMNS`: for each outcome an ``att`` row an inference, and ``event`` rows by event
    time. Of several outcomes one that cannot be estimated has NaN and the reason in ``note``.

    Raises
    ------
    UnknownName, BadInput : a name or an option that does not exist.   NotEstimable : nothing can be estimated, and why.

    >>> import numpy as np
    >>> from govlib import did
    >>> y = np.random.default_rng(1).normal(size=(30, 8)) * 0.1
    >>> y[:15, 5:] += 1
    >>> found = did.estimate(did.from_arrays(y, np.repeat([5, np.inf], 15)), "imputation")
    >>> found.loc[found["term"] == "att", "estimate"].round(1).tolist()
    [1.0]
    """
    return results.table(rows(panel, estimator, inference=inference, singletons=singletons, draws=draws, seed=seed, **options))


def rows(panel: Panel, estimator: str, *, inference: str | Iterable[str] = ("crv1",), singletons: str = "refuse",
         draws: int = 999, seed: int = SEED, **options: Any) -> list[dict]:
    """`estimate`, before it is a table."""
    entry, wanted = asked(estimator, inference, singletons, options)
    whole = [isinstance(number, int | np.integer) and not isinstance(number, bool) for number in (draws, seed)]
    if not whole[0] or draws < 19:
        raise BadInput("a permutation test needs 19 draws or more", column="draws", value=draws)
    if seed is not None and not (whole[1] and seed >= 0):
        raise BadInput("a seed is a whole number, 0 or more", column="seed", value=seed)
    if panel.controls and not entry.controls:
        raise BadInput(f"estimator {estimator} takes no controls", fix="leave out controls=")
    fits: dict[int, Fit] = {}
    reasons: dict[int, NotEstimable] = {}
    for k in range(len(panel.components)):
        try:
            fits[k] = entry.fit(panel, k, singletons=singletons, draws=draws, seed=seed, **options)
        except NotEstimable as error:
            reasons[k] = error
    if not fits:
        raise next(iter(reasons.values()))
    options = {"draws": draws, "seed": seed, "singletons": singletons, **options}
    common = results.common(panel, entry, options)
    found: list[dict] = []
    for k, component in enumerate(panel.components):
        where = {**common, "component": component}
        found += [where | results.refused(panel, str(reasons[k]))] if k in reasons else results.of_fit(where, fits[k], panel)
    together: dict[str, float] = {}
    for family in _families(panel, fits):
        together |= {panel.components[k]: p for k, p in _placebos_stepped_down({k: fits[k] for k in family}).items()}
    for row in found:
        if row["term"] == "att" and row["component"] in together:
            # the donors that all have may be fewer than the outcome's own, and no p-value falls by allowing for more
            row |= {"p_adjusted": max(together[row["component"]], row["p_value"]), "adjustment": "romano_wolf"}
    for name in wanted:
        if name != "crv1":
            common = results.common(panel, entry, options, name)
            found += _Resampling(name, panel, entry, singletons, draws, seed).rows(fits, common)
    return results.finished(found, panel)


def asked(estimator: str, inference: str | Iterable[str], singletons: str, options: Iterable[str],
          others: Iterable[str] = ()) -> tuple[Estimator, tuple[str, ...]]:
    """The estimator and the inferences of these names. Raises as `estimate`; ``others``: what else the call could have meant."""
    entry = find(estimator)
    given = (inference,) if isinstance(inference, str) or not isinstance(inference, Iterable) else tuple(inference)
    for name in given:
        if name not in INFERENCE:
            raise UnknownName("inference", name, INFERENCE)
    if singletons not in ("refuse", "drop"):
        raise UnknownName("treatment of singletons", singletons, ("refuse", "drop"))
    if extra := sorted(set(options) - entry.options):
        near = difflib.get_close_matches(extra[0], [*entry.options, *others], n=1, cutoff=0.75)
        raise BadInput(f"estimator {estimator} has no option {', '.join(extra)}",
                       fix=f"did you mean {near[0]}=?" if near else f"options: {', '.join(sorted(entry.options)) or 'none'}")
    return entry, tuple(dict.fromkeys(given))


class _Resampling:
    """One of the inferences beside an estimator's own, for the overall effect of every outcome."""

    def __init__(self, name: str, panel: Panel, entry: Estimator, singletons: str, draws: int, seed: int):
        if entry.name not in RESAMPLED[name]:
            raise NotEstimable(f"{name} inference is there for {', '.join(RESAMPLED[name])}, not for {entry.name}")
        self.name, self.panel, self.entry, self.draws, self.seed = name, panel, entry, draws, seed
        self.singletons = singletons

    def rows(self, fits: dict[int, Fit], common: dict) -> list[dict]:
        ones = {k: prepare(self.panel, k, self.singletons, truncate=not self.entry.name.startswith("twfe")) for k in fits}
        numbers: dict[int, dict] = {}
        reasons: dict[int, NotEstimable] = {}
        tests: list[tuple] = []  # randomization tests, with the outcomes that each is of
        open_ = alike(ones)  # outcomes that share cells and exposure share the draws
        while open_:
            ks = open_.pop(0)
            try:
                numbers |= dict(zip(ks, self._numbers(ks, ones, tests), strict=True))
            except NotEstimable as error:
                if len(ks) > 1:  # of one of them perhaps, which takes nothing from the others
                    open_ += [[k] for k in ks]
                else:
                    reasons[ks[0]] = error
        if not numbers:
            raise next(iter(reasons.values()))
        nothing = dict.fromkeys(("p_value", "ci_low", "ci_high"), np.nan)
        numbers |= {k: {**nothing, "note": join(fits[k].note, str(error))} for k, error in reasons.items()}
        for family in _families(self.panel, ones):
            for k, p in _stepped_down(tests, {k: ones[k] for k in family}).items():
                numbers[k] |= {"p_adjusted": p, "adjustment": "romano_wolf"}
        return [{**common, "component": self.panel.components[k], "term": "att", "event_time": np.nan, "inference": self.name,
                 **{size: getattr(fits[k], size) for size in SIZES}, "years": one.span(dash=":"), "estimate": fits[k].at("att")[0],
                 "std_error": np.nan, "df": np.nan, "mde": np.nan, "pretrend_p": fits[k].pretrend_p, "note": fits[k].note,
                 "forbidden_weight": fits[k].aux.get("forbidden_weight"), **numbers[k]} for k, one in ones.items()]

    def _numbers(self, ks: list[int], ones: dict[int, Panel], tests: list[tuple]) -> list[dict]:
        """What the inference says of outcomes that share cells and exposure, one by one."""
        one, y = ones[ks[0]], np.concatenate([ones[k].y for k in ks], 2)
        if self.name == "conley":
            return [self._conley(ones[k]) for k in ks]
        if self.name == "wild":
            return self._wild(one, y)
        test, limits, rule = self._permuted(one, y)
        tests.append((ks, test))
        # the effect that would be seen with 80 % probability, from the half-width of the test's own interval
        return [{"p_value": float(p), "ci_low": float(low), "ci_high": float(high), "mde": float(high - low) / 2 * SEEN,
                 "p_floor": test.floor, "comparison": rule} for p, low, high in zip(test.p_value, *limits, strict=True)]

    def _conley(self, one: Panel) -> dict[str, float]:
        if one.place is None:
            raise NotEstimable(f"errors that neighbours share need the place of every {one.noun}")
        controls, _ = one.control_columns()
        x = one.d[:, :, None] if controls is None else np.concatenate([one.d[:, :, None], controls], 2)
        fit = conley.conley(one.y, x, conley.distances(*one.place.T), cutoff=CONLEY_KM)
        effect, error, dof = float(fit.beta[0, 0]), float(fit.std_error[0, 0]), float(fit.n_units[0] - 1)
        reach = float(batch.t_quantile(0.95, dof)) * error
        return {"std_error": error, "p_value": float(batch.t_pvalue(effect / error, dof)), "ci_low": effect - reach,
                "ci_high": effect + reach, "df": dof}

    def _wild(self, one: Panel, y: np.ndarray) -> list[dict[str, float]]:
        controls, _ = one.control_columns()
        weights = "webb" if int(one.treated.sum()) < 10 else "rademacher"
        result = wild_bootstrap(y, one.d, controls=controls, groups=one.region if "region" in self.entry.name else None,
                                weights=weights, seed=self.seed)
        return [{"p_value": float(p), "ci_low": float(low), "ci_high": float(high)}
                for p, low, high in zip(result.p_value, result.ci_low, result.ci_high, strict=True)]

    def _permuted(self, one: Panel, y: np.ndarray):
        """The test, the limits of its interval (NaN where it is not inverted or nothing bounds the effect), and the rule by
        which units are compared."""
        if one.controls:
            if self.entry.name != "twfe":
                raise NotEstimable("randomization inference of the imputation estimator takes no controls")
            controls, _ = one.control_columns()
            test = randomization.randomization_test(y, one.d, controls=controls, draws=self.draws, seed=self.seed)
            scaled = {"t": "studentised by clusters", "coefficient": "not studentised, as one is treated"}[test.statistic]
            return test, np.full((2, len(test.p_value)), np.nan), f"permuted over all units, {scaled}"
        codes = np.unique(one.d, axis=0, return_inverse=True)[1].ravel()  # starts within one gap are one path
        loads = weights.twfe if self.entry.name == "twfe" else weights.imputation
        test, limits, noise = randomization.scaled_test(y, one.d, partial(loads, seen=np.isfinite(y).all(2)), codes=codes,
                                                        region=one.region, draws=self.draws, seed=self.seed)
        if not np.isfinite(test.estimate).all():
            raise NotEstimable("the exposure has no variation left once unit and period effects are out")
        return test, np.where(np.isfinite(limits).all(0), limits, np.nan), noise.rule


def _families(panel: Panel, ks: Iterable[int]) -> list[list[int]]:
    """Outcomes named beforehand, and the others."""
    aimed = [panel.components[k] in panel.family() for k in ks]
    return [[k for k, a in zip(ks, aimed, strict=True) if a is which] for which in (True, False)]


def _stepped_down(tests: list, ones: dict[int, Panel]) -> dict[int, float]:
    """Adjusted p-values from step-down maxima (Romano and Wolf 2005): the same shuffles for every outcome carry their
    dependence. Empty where the draws are not joint; Holm's p-values then stand instead."""
    if len(ones) < 2 or len({one.units for one in ones.values()}) > 1:
        return {}
    columns = [(k, test, j) for ks, test in tests for j, k in enumerate(ks) if k in ones]
    if not columns or len({(test.null.shape[0], test.exact) for _, test, _ in columns}) > 1:
        return {}
    return _joint([k for k, *_ in columns], np.array([test.observed[j] for _, test, j in columns]),
                  np.stack([test.null[:, j] for _, test, j in columns], 1), columns[0][1].exact)


def _placebos_stepped_down(fits: dict[int, Fit]) -> dict[int, float]:
    """The same for placebo tests: of one treated unit over the donors that all outcomes have, of several where all deal the
    same ones."""
    found = {k: fit.aux["joint"] for k, fit in fits.items() if "joint" in fit.aux}
    if len(found) < 2:
        return {}
    names = [keys for _, _, keys in found.values()]
    common = [name for name in names[0] if all(name in keys for keys in names[1:])]
    if len(common) < MIN_SHARE * max(map(len, names)):
        return {}
    null = np.stack([z[[keys.index(name) for name in common]] for _, z, keys in found.values()], 1)
    return _joint(list(found), np.array([observed for observed, *_ in found.values()]), null, False)


def _joint(ks: list[int], observed: np.ndarray, null: np.ndarray, exact: bool) -> dict[int, float]:
    """Step-down p-values by outcome. Each statistic in units of its own spread under the null, so that one cannot rule the
    maximum; none where a draw lacks a statistic, which has no place in a joint distribution."""
    scale = null.std(0)
    if not (np.isfinite(null).all() and np.isfinite(observed).all() and (scale > 0).all()):
        return {}
    return dict(zip(ks, romano_wolf(observed / scale, null / scale, exact=exact), strict=True))
