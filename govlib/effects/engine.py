"""`estimate`: one specification from names to rows of the results table."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from govlib.did import base
from govlib.did.base import RESULT_COLUMNS, Fit, intervals
from govlib.did.base import estimator as find
from govlib.did.multiple_testing import adjust, romano_wolf
from govlib.effects import sample as sampling
from govlib.errors import BadInput, NotEstimable, UnknownName

INFERENCE = ("crv1", "wild", "ri", "conley")
SEED = 20090101
SEEN = (1.959964 + 0.841621) / 1.959964  # (z₀.₉₇₅ + z₀.₈) / z₀.₉₇₅: half-width of an interval to minimum detectable effect
CONLEY_KM = 200.0  # errors of provinces further apart are taken as unrelated; weights fall to zero there


def estimate(index: str, components: str | Iterable[str] | None = None, *, reform: str, years: object = None,
             estimator: str = "twfe", outcome: str = "score", inference: str | Iterable[str] = ("crv1",),
             sample_rule: str = "drop_unknown", exposure_rule: str | None = None, reading: str = "early",
             controls: Iterable[str] = (), exclude: Iterable[str] = (), min_confidence: str = "unverified",
             singletons: str = "refuse", draws: int = 999, seed: int = SEED, scores: pd.DataFrame | None = None,
             exposure: pd.DataFrame | None = None, **options: Any) -> pd.DataFrame:
    """Effect of a reform on an index's components by one estimator.

    Parameters
    ----------
    index, components, reform, years, outcome, sample_rule, exposure_rule, reading, controls, exclude, min_confidence :
        see `govlib.effects.sample.build`.
    estimator : a name of `govlib.effects.ESTIMATORS`; ``options`` are its own (``dose=``, ``by=``, ``horizon=``, …).
    inference : ``crv1`` (the estimator's standard error clustered by province; synthetic controls have placebos
        instead), ``wild`` (wild cluster bootstrap), ``ri`` (randomization inference) and ``conley`` (errors of neighbours
        may move together; needs the boundaries that `make pull` fetches); each gives its own rows.
    singletons : ``refuse`` or ``drop`` a province with one observation.

    Returns
    -------
    DataFrame with ``RESULT_COLUMNS``: for each component an ``att`` row an inference, and ``event`` rows by event time.
    Of several components one that cannot be estimated has NaN and the reason in ``note``.

    Raises
    ------
    UnknownName, BadInput : a name or a range that does not exist.   NotEstimable : nothing can be estimated, and why.
    """
    entry = find(estimator)
    wanted = (inference,) if isinstance(inference, str) else tuple(inference)
    for name in wanted:
        if name not in INFERENCE:
            raise UnknownName("inference", name, INFERENCE)
    if singletons not in ("refuse", "drop"):
        raise UnknownName("treatment of singletons", singletons, ("refuse", "drop"))
    if extra := set(options) - entry.options:
        raise BadInput(f"estimator {estimator} has no option {', '.join(sorted(extra))}",
                       fix=f"options: {', '.join(sorted(entry.options)) or 'none'}")
    sample = sampling.build(index, components, reform=reform, years=years, outcome=outcome, sample_rule=sample_rule,
                            exposure_rule=exposure_rule, reading=reading, controls=controls, exclude=exclude,
                            min_confidence=min_confidence, scores=scores, exposure=exposure)
    return from_sample(sample, estimator, inference=wanted, singletons=singletons, draws=draws, seed=seed, **options)


def from_sample(sample: sampling.Sample, estimator: str, *, inference: Iterable[str] = ("crv1",),
                singletons: str = "refuse", draws: int = 999, seed: int = SEED, **options: Any) -> pd.DataFrame:
    """`estimate` on a sample that has been built (by `sample.build` or from arrays)."""
    entry = find(estimator)
    inference = (inference,) if isinstance(inference, str) else tuple(inference)
    fits: dict[int, Fit] = {}
    refused: dict[int, NotEstimable] = {}
    for k in range(len(sample.components)):
        try:
            fits[k] = entry.fit(sample, k, singletons=singletons, draws=draws, seed=seed, **options)
        except NotEstimable as error:
            refused[k] = error
    if not fits:
        raise next(iter(refused.values()))
    common = _common(sample, entry, {"draws": draws, "seed": seed, "singletons": singletons, **options})
    rows = []
    for k in range(len(sample.components)):
        where = {**common, "component": sample.components[k]}
        if k in refused:
            rows.append({**where, **_empty(sample), "note": str(refused[k])})
        else:
            rows += _rows(where, fits[k])
    for name in inference:
        if name != "crv1":
            rows += _resampled(name, sample, entry, fits, common, singletons, draws, seed)
    table = _adjust(pd.DataFrame(rows))
    for column in RESULT_COLUMNS:
        if column not in table:
            table[column] = np.nan
    order = {c: i for i, c in enumerate(sample.components)}
    table = table.assign(_k=table["component"].map(order)).sort_values("_k", kind="stable")
    permuted = table[(table["inference"] == "ri") & (table["term"] == "att")].set_index("component")["p_value"]
    table["p_ri"] = table["component"].map(permuted).where(table["term"] == "att")
    return graded(_typed(table[RESULT_COLUMNS].reset_index(drop=True)))


def graded(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its ``grade`` column by the written rule."""
    from govlib.effects.report import grade

    return table.assign(grade=[grade(row) for row in table.to_dict("records")])


def _common(sample: sampling.Sample, entry: base.Estimator, spec: dict) -> dict[str, Any]:
    return {"index_id": sample.index_id, "reform": sample.reform, "estimator": entry.name, "design": entry.design,
            "outcome": sample.outcome, "outcome_unit": sample.outcome_unit, "sample_rule": sample.rule,
            "exposure_rule": sample.exposure_rule, "reading": sample.reading, "controls": ", ".join(sample.controls),
            "inputs_sha256": fingerprint(sample, entry.name, spec)}


def _empty(sample: sampling.Sample) -> dict[str, Any]:
    return {"term": "att", "event_time": np.nan, "estimate": np.nan, "std_error": np.nan, "ci_low": np.nan,
            "ci_high": np.nan, "p_value": np.nan, "inference": "none", "n_obs": 0, "n_provinces": 0, "n_treated": 0,
            "treated": "", "n_unknown": 0, "years": f"{sample.years[0]}:{sample.years[-1]}", "df": np.nan, "mde": np.nan, "pretrend_p": np.nan}


def _rows(common: dict, fit: Fit) -> list[dict]:
    from scipy import stats

    low, high, p = intervals(fit)
    reach = stats.t.ppf(0.975, fit.df) + stats.t.ppf(0.8, fit.df) if fit.df > 0 else np.nan
    rows = []
    for j, (term, event_time) in enumerate(fit.terms):
        rows.append({**common, "term": term, "event_time": np.nan if event_time is None else event_time,
                     "estimate": fit.estimate[j], "std_error": fit.std_error[j], "ci_low": low[j], "ci_high": high[j],
                     "p_value": p[j], "inference": fit.inference, "n_obs": fit.n_obs, "n_provinces": fit.n_provinces,
                     "n_treated": fit.n_treated, "treated": fit.treated, "n_unknown": fit.n_unknown,
                     "years": f"{fit.years[0]}:{fit.years[1]}", "df": fit.df,
                     "mde": reach * fit.std_error[j] if term != "event" else np.nan,
                     "pretrend_p": fit.pretrend_p if term == "att" else np.nan,
                     "forbidden_weight": fit.aux.get("forbidden_weight"), "note": fit.note})
    return rows


def _resampled(name: str, sample, entry, fits, common, singletons, draws, seed) -> list[dict]:
    """Rows of the wild bootstrap, of randomization inference or of spatial errors for the overall effect."""
    from govlib.did.estimators._common import counts, prepare

    if entry.name not in RESAMPLED[name]:
        raise NotEstimable(f"{name} inference is there for {', '.join(RESAMPLED[name])}, not for {entry.name}")
    truncate = entry.name not in ("twfe",)
    ones = {k: prepare(sample, k, singletons, truncate=truncate) for k in fits}
    rows: dict[int, dict] = {}
    tests = []  # randomization tests, with the components that each is of
    for ks in _alike(ones):
        one = ones[ks[0]]
        y = np.concatenate([ones[k].y for k in ks], 2)  # outcomes that share cells and exposure share the draws
        if name == "conley":
            found = [_conley(ones[k]) for k in ks]
        elif name == "wild":
            found = _wild(one, y, entry, seed)
        else:
            test, limits = _ri(one, y, entry, draws, seed)
            tests.append((ks, test))
            # the effect that would be seen with 80 % probability, from the half-width of the test's own interval
            found = [{"p_value": float(p), "ci_low": float(low), "ci_high": float(high), "mde": float(high - low) / 2 * SEEN}
                     for p, low, high in zip(test.p_value, *limits, strict=True)]
        for k, numbers in zip(ks, found, strict=True):
            rows[k] = {**common, "component": sample.components[k], "term": "att", "event_time": np.nan, "inference": name,
                       **{c: v for c, v in counts(ones[k]).items() if c != "years"},
                       "years": f"{ones[k].years[0]}:{ones[k].years[-1]}", "estimate": fits[k].at("att")[0],
                       "std_error": np.nan, "df": np.nan, "mde": np.nan, "pretrend_p": fits[k].pretrend_p,
                       "note": fits[k].note, "forbidden_weight": fits[k].aux.get("forbidden_weight"), **numbers}
    # the same shuffles for every component carry their dependence: step-down maxima (Romano and Wolf 2005)
    if len(rows) > 1 and tests and len({test.null.shape[0] for _, test in tests}) == 1 and \
            len({test.exact for _, test in tests}) == 1 and len({one.units for one in ones.values()}) == 1:
        order = [k for ks, _ in tests for k in ks]
        null = np.concatenate([test.null for _, test in tests], 1)
        # each statistic in units of its own spread under the null, so that one component cannot rule the maximum
        scale = null.std(0)
        observed = np.concatenate([test.observed for _, test in tests])
        # a draw without a statistic has no place in a joint distribution: Holm's p-values then stand instead
        if np.isfinite(null).all() and np.isfinite(observed).all() and (scale > 0).all():
            adjusted = romano_wolf(observed / scale, null / scale, exact=tests[0][1].exact)
            for k, p in zip(order, adjusted, strict=True):
                rows[k]["p_adjusted"], rows[k]["adjustment"] = p, "romano_wolf"
    return [rows[k] for k in ones]


def _alike(ones: dict[int, sampling.Sample]) -> list[list[int]]:
    """Components with the same cells, exposure and controls, together."""
    together: dict[tuple, list[int]] = {}
    for k, one in ones.items():
        key = (one.units, one.years.tobytes(), one.cells.tobytes(), one.d.tobytes(), one.cohort.tobytes())
        together.setdefault(key, []).append(k)
    return list(together.values())


RESAMPLED = {"conley": ("twfe",), "wild": ("twfe", "twfe_region_year"), "ri": ("twfe", "imputation", "gardner")}


def _conley(one) -> dict[str, float]:
    from govlib.did.batch import t_pvalue, t_quantile
    from govlib.did.inference.conley import conley, distances

    lat, lon = _coordinates(one.units)
    controls, _ = one.control_columns()
    x = one.d[:, :, None] if controls is None else np.concatenate([one.d[:, :, None], controls], 2)
    fit = conley(one.y, x, distances(lat, lon), cutoff=CONLEY_KM)
    estimate, error, dof = float(fit.beta[0, 0]), float(fit.std_error[0, 0]), float(fit.n_units[0] - 1)
    reach = float(t_quantile(0.95, dof)) * error
    return {"std_error": error, "p_value": float(t_pvalue(estimate / error, dof)), "ci_low": estimate - reach,
            "ci_high": estimate + reach, "df": dof}


def _coordinates(units: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Latitude and longitude of the middle of each province's largest part. Raises MissingData without boundaries and
    NotEstimable for a province that the map of 2009–2024 does not have."""
    from govlib.publish import maps

    shapes = maps.boundaries(2020)
    if lost := [u for u in units if u not in shapes]:
        raise NotEstimable(f"the map has no {', '.join(lost)}; leave it out with exclude=")
    middle = [max(getattr(shapes[u], "geoms", [shapes[u]]), key=lambda part: part.area).centroid for u in units]
    return np.array([point.y for point in middle]), np.array([point.x for point in middle])


def _wild(one, y, entry, seed) -> list[dict]:
    from govlib.did.inference.wild import wild_bootstrap

    controls, _ = one.control_columns()
    weights = "webb" if int(one.treated.sum()) < 10 else "rademacher"
    result = wild_bootstrap(y, one.d, controls=controls, groups=one.region if "region" in entry.name else None,
                            weights=weights, seed=seed)
    return [{"p_value": float(p), "ci_low": float(low), "ci_high": float(high)}
            for p, low, high in zip(result.p_value, result.ci_low, result.ci_high, strict=True)]


def _ri(one, y, entry, draws, seed):
    """The test, and the limits of its interval (NaN where the test is not inverted or nothing bounds the effect)."""
    from dataclasses import replace

    from govlib.did.inference import randomization

    if entry.name == "twfe":
        controls, _ = one.control_columns()
        test = randomization.randomization_test(y, one.d, controls=controls, draws=draws, seed=seed)
        return test, np.full((2, len(test.p_value)), np.nan)
    from govlib.did.imputed import att

    if one.controls:
        raise NotEstimable("randomization inference of the imputation estimator takes no controls")
    codes = np.where(np.isfinite(one.cohort), one.cohort, 0).astype(int)
    # the exposure itself as one more outcome: how much of a constant effect each shuffle picks up
    exposed = np.where(np.isfinite(y).all(2), (one.d != 0).astype(float), np.nan)
    every = np.concatenate([y, exposed[:, :, None]], 2)
    test = randomization.permutation_test(lambda orders: att(every, one.d[orders]), len(one.units), codes=codes, draws=draws,
                                          seed=seed, batched=True)
    slope = test.null[:, -1]
    test = replace(test, estimate=test.estimate[:-1], observed=test.observed[:-1], p_value=test.p_value[:-1], null=test.null[:, :-1])
    limits = np.stack(randomization.invert(test.estimate, test.null, slope, test.exact))
    return test, np.where(np.isfinite(limits).all(0), limits, np.nan)


def _adjust(table: pd.DataFrame) -> pd.DataFrame:
    """Family-wise (Holm where joint draws did not give Romano–Wolf) and false-discovery adjusted p-values over the
    components of one call, by inference, for every term but event times."""
    for column, empty in (("p_adjusted", np.nan), ("p_fdr", np.nan), ("adjustment", ""), ("family", np.nan)):
        if column not in table:
            table[column] = empty
    table["adjustment"] = table["adjustment"].astype(object).where(table["adjustment"].notna(), "")
    single = (table["term"] != "event") & table["p_value"].notna()
    for _, rows in table[single].groupby(["term", "inference"]).groups.items():
        p = table.loc[rows, "p_value"].to_numpy(float)
        table.loc[rows, "p_fdr"] = adjust(p, "bh")
        table.loc[rows, "family"] = len(p)
        if table.loc[rows, "p_adjusted"].isna().all():
            table.loc[rows, "p_adjusted"] = adjust(p, "holm")
            table.loc[rows, "adjustment"] = "holm" if len(rows) > 1 else "one outcome"
    return table


def fingerprint(sample: sampling.Sample, estimator: str, spec: dict) -> str:
    """SHA-256 of everything the estimate depends on."""
    digest = hashlib.sha256()
    for array in (sample.y, sample.d, sample.cohort, sample.years.astype(np.int64), sample.region.astype(np.int64),
                  *sample.controls.values()):
        digest.update(np.ascontiguousarray(array).tobytes())
    words = [sample.index_id, sample.reform, sample.components, sample.units, list(sample.controls), sample.outcome,
             sample.rule, sample.exposure_rule, sample.reading, estimator, sorted(spec.items())]
    digest.update(json.dumps(words, default=str, ensure_ascii=False).encode())
    return digest.hexdigest()


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    """One schema whatever the content, so that the parquet files of all runs can be read together."""
    texts = ("index_id", "component", "reform", "estimator", "term", "inference", "years", "outcome_unit", "sample_rule",
             "inputs_sha256", "outcome", "exposure_rule", "reading", "controls", "adjustment", "design", "grade", "note", "treated")
    whole = ("n_obs", "n_provinces", "n_treated", "n_unknown")
    table = table.copy()
    for column in table.columns:
        if column in texts:
            table[column] = table[column].astype(object).where(table[column].notna(), "").astype(str)
        elif column in whole:
            table[column] = table[column].astype("int64")
        else:
            table[column] = table[column].astype("float64")
    table["event_time"] = table["event_time"].astype("Int64")
    return table
