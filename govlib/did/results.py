"""From fits to rows of the results table: one schema, p-values that count how many questions were asked, grades."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np
import pandas as pd

from govlib.did import grades
from govlib.did.base import RESULT_COLUMNS, Estimator, Fit, intervals
from govlib.did.multiple_testing import adjust
from govlib.did.panel import Panel


def table(rows: list[dict], panel: Panel) -> pd.DataFrame:
    """Rows of one call as the results table, components in the panel's order."""
    frame = pd.DataFrame(rows)
    out = adjusted(frame.assign(role=np.where(frame["component"].isin(panel.family()), "aimed", "placebo")))
    for column in RESULT_COLUMNS:
        if column not in out:
            out[column] = np.nan
    order = {c: i for i, c in enumerate(panel.components)}
    out = out.assign(_k=out["component"].map(order)).sort_values("_k", kind="stable")
    permuted = out[(out["inference"] == "ri") & (out["term"] == "att")].set_index("component")["p_value"]
    out["p_ri"] = out["component"].map(permuted).where(out["term"] == "att")
    return graded(typed(out[RESULT_COLUMNS].reset_index(drop=True)))


def graded(rows: pd.DataFrame) -> pd.DataFrame:
    """The table with its ``grade`` column by the written rule."""
    return rows.assign(grade=[grades.grade(row) for row in rows.to_dict("records")])


def common(panel: Panel, entry: Estimator, options: dict) -> dict[str, Any]:
    """What all rows of one call share."""
    return {"index_id": panel.index_id, "reform": panel.reform, "estimator": entry.name, "design": entry.design,
            "outcome": panel.outcome, "outcome_unit": panel.outcome_unit, "sample_rule": panel.rule,
            "exposure_rule": panel.exposure_rule, "reading": panel.reading, "controls": ", ".join(panel.controls),
            "inputs_sha256": fingerprint(panel, entry.name, options)}


def refused(panel: Panel, reason: str) -> dict[str, Any]:
    """The row of a component that cannot be estimated."""
    return {"term": "att", "event_time": np.nan, "estimate": np.nan, "std_error": np.nan, "ci_low": np.nan,
            "ci_high": np.nan, "p_value": np.nan, "inference": "none", "n_obs": 0, "n_provinces": 0, "n_treated": 0,
            "treated": "", "n_unknown": 0, "years": panel.span(dash=":"), "df": np.nan, "mde": np.nan, "pretrend_p": np.nan,
            "note": reason}


def of_fit(where: dict, fit: Fit, panel: Panel) -> list[dict]:
    """One row a coefficient."""
    from scipy import stats

    low, high, p = intervals(fit)
    reach = stats.t.ppf(0.975, fit.df) + stats.t.ppf(0.8, fit.df) if fit.df > 0 else np.nan
    rows = []
    for j, (term, event_time) in enumerate(fit.terms):
        rows.append({**where, "term": term, "event_time": np.nan if event_time is None else event_time,
                     "estimate": fit.estimate[j], "std_error": fit.std_error[j], "ci_low": low[j], "ci_high": high[j],
                     "p_value": p[j], "inference": fit.inference, "n_obs": fit.n_obs, "n_provinces": fit.n_provinces,
                     "n_treated": fit.n_treated, "treated": fit.treated, "n_unknown": fit.n_unknown,
                     "years": panel.span(np.array(fit.years), ":"), "df": fit.df,
                     "mde": reach * fit.std_error[j] if term != "event" else np.nan,
                     "pretrend_p": fit.pretrend_p if term == "att" else np.nan, "p_floor": fit.floor, "comparison": fit.comparison,
                     "forbidden_weight": fit.aux.get("forbidden_weight"), "note": fit.note})
    return rows


def adjusted(rows: pd.DataFrame) -> pd.DataFrame:
    """Family-wise (Holm where joint draws did not give Romano–Wolf) and false-discovery adjusted p-values for every term but
    event times, by inference, over the components of one call that were named beforehand; the others (``role`` placebo: what
    was done does not aim at them) are a family of their own."""
    for column, empty in (("p_adjusted", np.nan), ("p_fdr", np.nan), ("adjustment", ""), ("family", np.nan)):
        if column not in rows:
            rows[column] = empty
    rows["adjustment"] = rows["adjustment"].astype(object).where(rows["adjustment"].notna(), "")
    single = (rows["term"] != "event") & rows["p_value"].notna()
    for _, family in rows[single].groupby(["term", "inference", "role"]).groups.items():
        p = rows.loc[family, "p_value"].to_numpy(float)
        rows.loc[family, "p_fdr"] = adjust(p, "bh")
        rows.loc[family, "family"] = len(p)
        if rows.loc[family, "p_adjusted"].isna().all():
            rows.loc[family, "p_adjusted"] = adjust(p, "holm")
            rows.loc[family, "adjustment"] = "holm" if len(family) > 1 else "one outcome"
    return rows


def fingerprint(panel: Panel, estimator: str, options: dict) -> str:
    """SHA-256 of everything the estimate depends on."""
    digest = hashlib.sha256()
    for array in (panel.y, panel.d, panel.cohort, panel.years.astype(np.int64), panel.region.astype(np.int64),
                  *panel.controls.values()):
        digest.update(np.ascontiguousarray(array).tobytes())
    words = [panel.index_id, panel.reform, panel.components, panel.units, list(panel.controls), panel.outcome,
             panel.rule, panel.exposure_rule, panel.reading, estimator, sorted(options.items())]
    digest.update(json.dumps(words, default=str, ensure_ascii=False).encode())
    return digest.hexdigest()


TEXTS = frozenset(("index_id", "component", "reform", "estimator", "term", "inference", "years", "outcome_unit", "sample_rule",
                   "inputs_sha256", "outcome", "exposure_rule", "reading", "controls", "adjustment", "design", "grade", "note",
                   "treated", "role", "comparison"))
WHOLE = frozenset(("n_obs", "n_provinces", "n_treated", "n_unknown"))


def typed(rows: pd.DataFrame) -> pd.DataFrame:
    """One schema whatever the content, so that the parquet files of all runs can be read together."""
    rows = rows.copy()
    for column in rows.columns:
        if column in TEXTS:
            rows[column] = rows[column].astype(object).where(rows[column].notna(), "").astype(str)
        elif column in WHOLE:
            rows[column] = rows[column].astype("int64")
        else:
            rows[column] = rows[column].astype("float64")
    rows["event_time"] = rows["event_time"].astype("Int64")
    return rows
