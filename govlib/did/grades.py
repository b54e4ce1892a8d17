"""How strong the evidence in one row is, by a written rule (docs/methodology.md, "Grading the evidence")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from govlib.errors import BadInput

LEVEL, PRETREND, FORBIDDEN = 0.05, 0.10, 0.05
PAGE_LEVEL = 0.20  # probability that a page of reforms without any effect shows a hint or more
# treated units up to which the permutation p-value decides: clustered tests reject a true null in 6 to 9 % of panels
# with ten treated and in 12 to 80 % with three (docs/simulation_report.md)
FEW = 10

#: in the note of an outcome whose measure changed between before and after for every exposed unit (`Panel.measured_anew`)
MEASURED_ANEW = "was measured before and after its start in one way"
UNCOUNTED = "not counted as treated"  # exposed, in the sample, and of no use to an estimator

# Not compared with the others in sign or in range. First differences take the step in the period of adoption only; the model with
# last period's score takes what that score does not carry yet, and has no unit effects: both are other quantities than the
# average effect over the exposed periods. Gardner's point estimate is imputation's by construction and would count twice.
NOT_COMPARED = frozenset({"first_differences", "lagged_outcome", "gardner"})


#: in how many cases without any effect a permutation or placebo test gives p below 0.05 where units are not alike, least and most
#: over all kinds tried, by (estimator, units treated): docs/simulation_report.md, "Where provinces are not alike"
REAL_SIZE = {("imputation", 10): (0.04, 0.07), ("imputation", 3): (0.035, 0.08), ("imputation", 1): (0.03, 0.066),
             ("synthetic_did", 3): (0.031, 0.086), ("synthetic_did", 1): (0.033, 0.072)}
HELD = (0.03, 0.07)  # what counts as 0.05


def compared(table: pd.DataFrame) -> pd.Series:
    """Which rows estimate the average effect over exposed periods, in one way each: those whose signs have to agree."""
    return ~table["estimator"].isin(NOT_COMPARED)


def number(row: Mapping[str, Any], key: str) -> float:
    value = row.get(key)
    return float(value) if value is not None and value == value and value != "" else np.nan


def grade(row: Mapping[str, Any]) -> str:
    """Strength of the evidence in one row of the results table, by rule; empty for an event time or an interaction (``term`` other
    than ``att``), whose p-value is no answer to whether there was an effect:

    1. ``not_estimable``: there is no estimate.
    2. ``no_inference``: no p-value; or one from clustered errors, the wild bootstrap or spatial errors with 10 treated
       units or fewer and no randomization inference beside it; or the dose is the outcome's own starting point
       (regression to the mean).
    3. ``no_evidence``: the p-value is 0.05 or more, allowing for the outcomes that the reform was said beforehand to aim at.
       With 10 treated units or fewer it is the larger of the clustered one and that of randomization inference, see `decisive`.
    4. ``mixed``: below 0.05, but the other estimators, readings and sample rules that were run on the outcome do not all have its
       sign (``agreement`` under 1; not asked where nothing else was run). Which other estimates: `compared`.
    5. ``hint``: below 0.05, but 0.05 or more allowing for the other reforms of the page (``p_page``); and none where that is 0.20
       or more. A page of reforms without any effect so shows evidence in at most 5 % of cases and a hint in at most 20 %.
       No more than a hint either where no exposed unit was measured before and after its start in one way
       (`Panel.measured_anew`): that the units would have moved alike cannot then be seen from how they moved before.
    6. ``weak``: below 0.05 after that, but the pre-trend test gives less than 0.10, or is missing where the design needs
       one; or a regression with more than 5 % of its weight on comparisons with exposed units; or a dose design;
       or units of unknown state among the controls; or randomization inference gives 0.05 or more, or was not run
       (synthetic controls are placebo tests themselves, but another estimate has to stand beside them and agree in sign).
    7. ``moderate``: none of these objections.
    8. ``strong``: moderate, more than 10 treated units, and other estimators, readings or sample rules were run and agree
       in sign.

    >>> from govlib import effects
    >>> found = effects.estimate("pci", "time_costs", reform="peoples_council_removal")
    >>> effects.grade(found.iloc[0])
    'no_inference'
    """
    if hasattr(row, "columns"):
        raise BadInput("a whole table, where one row is asked for", fix="for instance table.iloc[0]")
    if (row.get("term") or "att") != "att":
        return ""
    if not np.isfinite(number(row, "estimate")):
        return "not_estimable"
    inference = row.get("inference", "")
    p, adjusted = decisive(row)
    if not np.isfinite(p):
        return "no_inference"
    note = str(row.get("note", ""))
    if row.get("design") == "dose" and "starting point" in note:
        return "no_inference"
    page = max(adjusted, number(row, "p_page")) if np.isfinite(number(row, "p_page")) else adjusted
    if max(p, adjusted) >= LEVEL or page >= PAGE_LEVEL:
        return "no_evidence"
    if number(row, "agreement") < 1:
        return "mixed"
    if page >= LEVEL or MEASURED_ANEW in note:
        return "hint"
    pretrend, forbidden = number(row, "pretrend_p"), number(row, "forbidden_weight")
    objections = [row.get("design") == "dose",
                  row.get("design") != "one" and not pretrend >= PRETREND,
                  row.get("design") == "regression" and not forbidden <= FORBIDDEN,
                  row.get("design") == "one" and number(row, "agreement") != 1,
                  row.get("design") != "one" and not (p if inference == "ri" else number(row, "p_ri")) < LEVEL,
                  "of unknown state taken as controls" in str(row.get("sample_rule", ""))]
    if any(objections):
        return "weak"
    agreed = number(row, "agreement") == 1 and number(row, "n_treated") > FEW
    return "strong" if agreed else "moderate"


def decisive(row: Mapping[str, Any]) -> tuple[float, float]:
    """The p-value that the grade goes by, alone and allowing for the other components; NaN where there is none.

    With 10 treated units or fewer a clustered p-value says too much: the larger of it and the permutation p-value
    decides (times the number of components, Bonferroni's bound, where all are allowed for).
    """
    p, adjusted = number(row, "p_value"), number(row, "p_adjusted")
    adjusted = adjusted if np.isfinite(adjusted) else p
    if by_permutation(row) and np.isfinite(p):
        permuted, family = number(row, "p_ri"), max(1.0, number(row, "family"))  # in this order: a missing one counts as one
        if not np.isfinite(permuted):
            return np.nan, np.nan
        p, adjusted = max(p, permuted), max(adjusted, min(1.0, permuted * family))
    return p, adjusted


def by_permutation(row: Mapping[str, Any]) -> bool:
    """Whether so few units are treated that clustered, bootstrap and spatial errors do not decide."""
    return row.get("inference", "") in ("crv1", "wild", "conley") and row.get("design") != "dose" and \
        number(row, "n_treated") <= FEW


def real_size(row: Mapping[str, Any]) -> tuple[float, float] | None:
    """In how many cases without an effect the test of this row gives p below 0.05, where that is not 0.05 (outside :data:`HELD`);
    None where it is, where units are too few for such a p (``p_floor``), and where another test decides: a row of clustered or
    bootstrap errors alone (no ``p_ri``) has no permutation test whose size could be said. Of two to nine units it is that of
    three."""
    treated, estimator = number(row, "n_treated"), row.get("estimator")
    permuted = row.get("inference", "") in ("ri", "placebo") or (by_permutation(row) and np.isfinite(number(row, "p_ri")))
    if not (permuted and treated <= FEW) or number(row, "p_floor") >= LEVEL or \
            estimator not in ("imputation", "synthetic_did", "twfe"):
        return None
    kind = "synthetic_did" if estimator == "synthetic_did" else "imputation"  # two-way weights are imputation's, or near
    tried = 1 if treated < 2 else 3 if treated < FEW or kind == "synthetic_did" else FEW
    low, high = REAL_SIZE[kind, tried]
    return None if HELD[0] <= low and high <= HELD[1] else (low, high)


def on_one_page(rows: pd.DataFrame) -> pd.Series:
    """``p_page``: the deciding p-values once more, allowing for all that stands on the page. Those of one reform and index are
    joint already; over these families goes Holm's rule, so that a page on which nothing had an effect shows a p below 0.05 in
    at most 5 % of cases."""
    decided_by = [c for c in ("p_value", "p_adjusted", "p_ri", "family", "inference", "design", "n_treated") if c in rows]
    own = [decisive(row)[1] for row in rows[decided_by].to_dict("records")]
    families = list(zip(rows["reform"], rows["index_id"], strict=True))
    best: dict[tuple[str, str], float] = {}
    for family, p in sorted(zip(families, own, strict=True), key=lambda entry: entry[0]):
        if p == p:
            best[family] = min(p, best.get(family, p))
    bounds, floor = dict[tuple[str, str], tuple[int, float]](), 0.0
    for passed, (family, p) in enumerate(sorted(best.items(), key=lambda entry: entry[1])):
        floor = max(floor, min(1.0, p * (len(best) - passed)))
        bounds[family] = len(best) - passed, floor
    held = [min(max(p * bounds[family][0], bounds[family][1]), 1.0) if p == p else np.nan
            for family, p in zip(families, own, strict=True)]
    return pd.Series(held, rows.index, dtype=float)
