"""From fits to rows of the results table: one schema, p-values that count how many questions were asked, grades."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from govlib.did import grades
from govlib.did.base import RESULT_COLUMNS, Estimator, Fit, intervals
from govlib.did.multiple_testing import adjust
from govlib.did.ols import rounding
from govlib.did.panel import Panel, join


def finished(rows: list[dict], panel: Panel) -> list[dict]:
    """Rows of one call, components in the panel's order, with p-values that allow for each other; not graded yet."""
    order, family = {c: i for i, c in enumerate(panel.components)}, set(panel.family())
    rows = sorted(({**row, "role": "aimed" if row["component"] in family else "placebo"} for row in rows),
                  key=lambda row: order[row["component"]])
    adjust_families(rows)
    permuted = {row["component"]: row["p_value"] for row in rows if row["inference"] == "ri" and row["term"] == "att"}
    for row in rows:
        row["p_ri"] = permuted.get(row["component"], np.nan) if row["term"] == "att" else np.nan
    return rows


def common(panel: Panel, entry: Estimator, options: dict, inference: str = "") -> dict[str, Any]:
    """What all rows of one call share; those of ``inference``, where it has inputs of its own."""
    return {"index_id": panel.index_id, "reform": panel.reform, "estimator": entry.name, "design": entry.design,
            "outcome": panel.outcome, "outcome_unit": panel.outcome_unit, "sample_rule": panel.rule,
            "exposure_rule": panel.exposure_rule, "reading": panel.reading, "controls": ", ".join(panel.controls),
            "inputs_sha256": fingerprint(panel, entry.name, options, inference)}


def refused(panel: Panel, reason: str) -> dict[str, Any]:
    """The row of a component that cannot be estimated."""
    return {"term": "att", "event_time": np.nan, "estimate": np.nan, "std_error": np.nan, "ci_low": np.nan,
            "ci_high": np.nan, "p_value": np.nan, "inference": "none", "n_obs": 0, "n_provinces": 0, "n_treated": 0,
            "treated": "", "n_unknown": 0, "years": panel.span(dash=":"), "df": np.nan, "mde": np.nan, "pretrend_p": np.nan,
            "note": reason}


def of_fit(where: dict, fit: Fit, panel: Panel) -> list[dict]:
    """One row a coefficient."""
    from scipy.special import stdtrit

    fit = beyond_rounding(fit, panel.y[:, :, panel.components.index(where["component"])])
    low, high, p = intervals(fit)
    reach = stdtrit(fit.df, 0.975) + stdtrit(fit.df, 0.8) if fit.df > 0 else np.nan
    shared = {**where, "inference": fit.inference, "n_obs": fit.n_obs, "n_provinces": fit.n_provinces, "n_treated": fit.n_treated,
              "treated": fit.treated, "n_unknown": fit.n_unknown, "years": panel.span(np.array(fit.years), ":"), "df": fit.df,
              "p_floor": fit.floor, "comparison": fit.comparison, "forbidden_weight": fit.aux.get("forbidden_weight"),
              "note": fit.note}
    return [{**shared, "term": term, "event_time": np.nan if event_time is None else event_time, "estimate": fit.estimate[j],
             "std_error": fit.std_error[j], "ci_low": low[j], "ci_high": high[j], "p_value": p[j],
             "mde": reach * fit.std_error[j] if term != "event" else np.nan,
             "pretrend_p": fit.pretrend_p if term == "att" else np.nan} for j, (term, event_time) in enumerate(fit.terms)]


def beyond_rounding(fit: Fit, y: np.ndarray) -> Fit:
    """The fit without standard errors that are rounding: a sample that is fitted without a residual has none, and no p-value."""
    none = fit.std_error <= rounding(y)
    if not none.any():
        return fit
    note = join(fit.note, "fitted without a residual, so without a standard error") if none[0] else fit.note
    return replace(fit, std_error=np.where(none, np.nan, fit.std_error), note=note)


def adjust_families(rows: list[dict]) -> None:
    """Family-wise (Holm where joint draws did not give Romano–Wolf) and false-discovery adjusted p-values for every term but
    event times, by inference, over the components of one call that were named beforehand; the others (``role`` placebo: what
    was done does not aim at them) are a family of their own."""
    families: dict[tuple, list[dict]] = {}
    for row in rows:
        if row["term"] != "event" and np.isfinite(row["p_value"]):
            families.setdefault((row["term"], row["inference"], row["role"]), []).append(row)
    for family in families.values():
        p = np.array([row["p_value"] for row in family], float)
        joint = any(np.isfinite(row.get("p_adjusted", np.nan)) for row in family)
        for row, fdr, holm in zip(family, adjust(p, "bh"), adjust(p, "holm"), strict=True):
            row |= {"p_fdr": fdr, "family": len(family)}
            if not joint:
                row |= {"p_adjusted": holm, "adjustment": "holm" if len(family) > 1 else "one outcome"}


def fingerprint(panel: Panel, estimator: str, options: dict, inference: str = "") -> str:
    """SHA-256 of everything the estimate depends on; of ``conley`` also where the units lie, which no other inference asks."""
    digest = hashlib.sha256()
    places = [panel.place] if inference == "conley" and panel.place is not None else []
    for array in (panel.y, panel.d, panel.cohort, panel.years.astype(np.int64), panel.region.astype(np.int64),
                  *panel.controls.values(), *places):
        digest.update(np.ascontiguousarray(array).tobytes())
    words = [panel.index_id, panel.reform, panel.components, panel.units, list(panel.controls), panel.outcome,
             panel.rule, panel.exposure_rule, panel.reading, estimator, sorted(options.items())]
    digest.update(json.dumps(words, default=str, ensure_ascii=False).encode())
    return digest.hexdigest()


TEXTS = frozenset(("index_id", "component", "reform", "estimator", "term", "inference", "years", "outcome_unit", "sample_rule",
                   "inputs_sha256", "outcome", "exposure_rule", "reading", "controls", "adjustment", "design", "grade", "note",
                   "treated", "role", "comparison"))
WHOLE = frozenset(("n_obs", "n_provinces", "n_treated", "n_unknown"))


def columns(rows: list[dict]) -> dict[str, list]:
    """The results table by column, with the grade of overall effects by the written rule: plain values, None where there is none.
    One schema whatever the content, so that the parquet files of all runs can be read together."""
    for row in rows:
        row["grade"] = grades.grade(row)
    out: dict[str, list] = {}
    for column in RESULT_COLUMNS:
        values: list[Any] = [row.get(column) for row in rows]
        if column in TEXTS:
            out[column] = ["" if v is None or v != v else str(v) for v in values]
        elif column in WHOLE:
            out[column] = [int(v) for v in values]
        else:
            out[column] = [None if v is None or v != v else float(v) for v in values]
    out["event_time"] = [None if v is None else int(v) for v in out["event_time"]]
    return out


def table(rows: list[dict]) -> pd.DataFrame:
    """The same as a frame."""
    kinds = {column: "str" if column in TEXTS else "int64" if column in WHOLE else "float64" for column in RESULT_COLUMNS}
    kinds["event_time"] = "Int64"
    return pd.DataFrame({column: pd.array(values, dtype=kinds[column]) if kinds[column] in ("str", "Int64")
                         else np.array(values, kinds[column]) for column, values in columns(rows).items()})
