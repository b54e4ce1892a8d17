"""What may be said about an estimate: a grade by a written rule, and a sentence in each language made from the numbers.

The rule stands in docs/methodology.md ("Grading the evidence") and here, and nowhere is a grade given by hand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

LEVEL, PRETREND, FORBIDDEN = 0.05, 0.10, 0.05
# treated provinces up to which the permutation p-value decides: clustered tests reject a true null in 7 to 10 % of panels
# with ten treated and in 20 to 80 % with three (docs/simulation_report.md)
FEW = 10

# worst first; each with its name in both languages
GRADES = {
    "not_estimable": ("không ước lượng được", "not estimable"),
    "no_inference": ("chưa kết luận được", "cannot be told"),
    "no_evidence": ("chưa thấy bằng chứng tăng hay giảm", "no evidence either way"),
    "hint": ("dấu hiệu yếu", "a hint"),
    "weak": ("bằng chứng yếu", "weak evidence"),
    "moderate": ("bằng chứng vừa phải", "moderate evidence"),
    "strong": ("bằng chứng mạnh", "strong evidence"),
}
# grades whose design earns more than "goes together with"
CAUSAL = frozenset({"moderate", "strong"})


def _number(row: Mapping[str, Any], key: str) -> float:
    value = row.get(key)
    return float(value) if value is not None and value == value and value != "" else np.nan


def grade(row: Mapping[str, Any]) -> str:
    """Strength of the evidence in one row of the results table, by rule:

    1. ``not_estimable``: there is no estimate.
    2. ``no_inference``: no p-value; or one from clustered errors, the wild bootstrap or spatial errors with 10 treated
       provinces or fewer and no randomization inference beside it; or the dose is the outcome's own starting point
       (regression to the mean).
    3. ``no_evidence``: the p-value is 0.05 or more. With 10 treated provinces or fewer it is the larger of the clustered
       one and that of randomization inference, see `decisive`.
    4. ``hint``: below 0.05 alone, not after allowing for the other components.
    5. ``weak``: below 0.05 after that, but the pre-trend test gives less than 0.10, or is missing where the design needs
       one; or a regression with more than 5 % of its weight on comparisons with exposed provinces; or a dose design;
       or provinces of unknown state among the controls; or randomization inference gives 0.05 or more, or was not run
       (synthetic controls are placebo tests themselves, but every other estimate that was run has to agree in sign).
    6. ``moderate``: none of these objections.
    7. ``strong``: moderate, more than 10 treated provinces, and all other estimators, readings and sample rules that were
       run agree in sign.
    """
    if not np.isfinite(_number(row, "estimate")):
        return "not_estimable"
    inference = row.get("inference", "")
    p, adjusted = decisive(row)
    if not np.isfinite(p):
        return "no_inference"
    if row.get("design") == "dose" and "starting point" in str(row.get("note", "")):
        return "no_inference"
    if p >= LEVEL:
        return "no_evidence"
    if adjusted >= LEVEL:
        return "hint"
    pretrend, forbidden = _number(row, "pretrend_p"), _number(row, "forbidden_weight")
    objections = [row.get("design") == "dose",
                  row.get("design") != "one" and not pretrend >= PRETREND,
                  row.get("design") == "regression" and not forbidden <= FORBIDDEN,
                  row.get("design") == "one" and _number(row, "agreement") != 1,
                  row.get("design") != "one" and not (p if inference == "ri" else _number(row, "p_ri")) < LEVEL,
                  "of unknown state taken as controls" in str(row.get("sample_rule", ""))]
    if any(objections):
        return "weak"
    agreed = _number(row, "agreement") == 1 and _number(row, "n_treated") > FEW
    return "strong" if agreed else "moderate"


def decisive(row: Mapping[str, Any]) -> tuple[float, float]:
    """The p-value that the grade goes by, alone and allowing for the other components; NaN where there is none.

    With 10 treated provinces or fewer a clustered p-value says too much: the larger of it and the permutation p-value
    decides (times the number of components, Bonferroni's bound, where all are allowed for).
    """
    p, adjusted = _number(row, "p_value"), _number(row, "p_adjusted")
    adjusted = adjusted if np.isfinite(adjusted) else p
    if by_permutation(row) and np.isfinite(p):
        permuted, family = _number(row, "p_ri"), max(_number(row, "family"), 1.0)
        if not np.isfinite(permuted):
            return np.nan, np.nan
        p, adjusted = max(p, permuted), max(adjusted, min(1.0, permuted * family))
    return p, adjusted


def by_permutation(row: Mapping[str, Any]) -> bool:
    """Whether so few provinces are treated that clustered, bootstrap and spatial errors do not decide."""
    return row.get("inference", "") in ("crv1", "wild", "conley") and row.get("design") != "dose" and \
        _number(row, "n_treated") <= FEW


def sentence(row: Mapping[str, Any], lang: str = "vi") -> str:
    """One estimate in words, ``vi`` or ``en``, from its numbers only.

    It names the reform, the outcome and the years, the estimate with its interval, the p-values, the number of treated
    provinces, the smallest effect that could have been seen, and the grade.
    """
    from govlib import indices, wording
    from govlib.errors import UnknownName

    wording.check_language(lang)
    vi = lang == "vi"
    index_id, component = str(row["index_id"]), str(row["component"])
    try:
        what = indices.name(index_id, component, lang)
        short = getattr(indices.index(index_id), f"short_{lang}")
    except UnknownName:
        what, short = component, index_id
    reform, years = _reform(str(row["reform"]), lang), str(row["years"]).replace(":", "–")
    level = grade(row)
    label = GRADES[level][0 if vi else 1]
    if level == "not_estimable":
        reason = str(row.get("note", "")).split("because ", 1)[-1]
        if vi:
            return f"{reform} và {what} ({short}, {years}): không ước lượng được, vì {_reason_vi(reason)}."
        return f"{reform} and {what} ({short}, {years}): not estimable, because {reason}."
    low, high, estimate = (_number(row, c) for c in ("ci_low", "ci_high", "estimate"))
    size = _size(estimate, str(row.get("outcome_unit", "points")), lang)
    if row.get("design") == "dose":
        size += " cho mỗi độ lệch chuẩn của mức độ áp dụng" if vi else " for one standard deviation of dose"
    ends = ""
    if np.isfinite([low, high]).all():
        ends = (f"khoảng tin cậy 95% từ {wording.signed(low, lang)} đến {wording.signed(high, lang)}" if vi else
                f"95% interval {wording.signed(low, lang)} to {wording.signed(high, lang)}")
    p, adjusted, family = _number(row, "p_value"), _number(row, "p_adjusted"), _number(row, "family")
    tests = [ends] if ends else []
    if np.isfinite(p):
        tests.append(f"p {_p(p, lang)}")
    permuted = _number(row, "p_ri")
    if by_permutation(row) and np.isfinite(permuted):
        tests.append(f"p {_p(permuted, lang)} theo hoán vị" if vi else f"p {_p(permuted, lang)} by permutation")
    if np.isfinite(adjusted) and family > 1:
        tests.append(f"p {_p(adjusted, lang)} khi xét cùng {int(family)} thành phần" if vi else
                     f"p {_p(adjusted, lang)} allowing for all {int(family)} components")
    treated, provinces = int(_number(row, "n_treated")), int(_number(row, "n_provinces"))
    if level in CAUSAL:
        lead = (f"{reform}: theo thiết kế này, {what} ({short}, {years}) {size} do cải cách" if vi else
                f"{reform}: by this design the reform made {what} ({short}, {years}) {size}")
    else:
        lead = (f"{reform} đi cùng với {what} ({short}, {years}) {size}" if vi else
                f"{reform} is associated with {what} ({short}, {years}) {size}")
        if level in ("no_evidence", "no_inference"):
            lead = (f"{reform} và {what} ({short}, {years}): ước lượng {size}" if vi else
                    f"{reform} and {what} ({short}, {years}): the estimate is {size}")
    seen = (f"{treated}/{provinces} tỉnh áp dụng" if vi else f"{treated} of {provinces} provinces did it")
    text = f"{lead} ({'; '.join([*tests, seen])}). "
    text += f"Mức bằng chứng: {label}." if vi else f"Evidence: {label}."
    mde = _number(row, "mde")
    if level == "no_evidence" and np.isfinite(mde):
        unit = _unit(str(row.get("outcome_unit", "points")), lang)
        text += (f" Với số liệu này, khó nhận ra tác động nhỏ hơn {wording.number(mde, lang)} {unit}." if vi else
                 f" An effect below {wording.number(mde, lang)} {unit} would probably have gone unseen.")
    return text


def _reform(reform: str, lang: str) -> str:
    import govlib.reforms as reforms

    types = reforms.reform_types()
    return types.at[reform, f"name_{lang}"] if reform in types.index else reform


def _unit(unit: str, lang: str) -> str:
    words = {"points": "điểm", "standard deviations": "độ lệch chuẩn", "places": "bậc"}
    return words.get(unit, unit) if lang == "vi" else unit


def _size(estimate: float, unit: str, lang: str) -> str:
    from govlib import wording

    amount = f"{wording.number(abs(estimate), lang)} {_unit(unit, lang)}"
    if wording.is_zero(estimate):
        return "gần bằng không" if lang == "vi" else "close to zero"
    up = estimate > 0
    if unit == "places":  # rank 1 is best: a larger number is a worse place
        return (f"{'lùi' if up else 'tiến'} {amount}" if lang == "vi" else f"{amount} {'worse' if up else 'better'}")
    return (f"{'cao hơn' if up else 'thấp hơn'} {amount}" if lang == "vi" else f"{amount} {'higher' if up else 'lower'}")


def _p(p: float, lang: str) -> str:
    from govlib import wording

    return f"< {wording.number(0.001, lang, 3)}" if p < 0.001 else f"= {wording.number(p, lang, 3)}"


# reasons are written once, in English, where they arise; their Vietnamese stands here
_REASONS = (
    (r"no edition before its exposure|editions before its exposure|exposed in every edition",
     "không có kỳ công bố nào trước khi áp dụng"),
    (r"no province is treated", "không tỉnh nào áp dụng trong các năm này"),
    (r"all provinces are treated at once", "mọi tỉnh áp dụng cùng một lúc, không còn tỉnh đối chứng"),
    (r"no control", "không còn tỉnh đối chứng"),
    (r"no treated province has an edition before", "không có kỳ công bố nào trước khi áp dụng"),
    (r"not published|no figure|no edition|no component scores", "chỉ số không được công bố trong các năm này"),
    (r"one observation|single observation", "có tỉnh chỉ có một quan sát"),
    (r"collinear|no variation", "biến bị cộng tuyến với các hiệu ứng cố định"),
    (r"control", "thiếu biến kiểm soát trước cải cách"),
    (r"too few|cannot carry|no standard error", "có quá ít quan sát"),
    (r"consecutive editions", "thiếu các kỳ đánh giá liên tiếp"),
    (r"one date|every province in one edition", "cải cách không áp dụng cùng lúc cho mọi tỉnh"),
)


def _reason_vi(reason: str) -> str:
    for pattern, text in _REASONS:
        if re.search(pattern, reason):
            return text
    return "số liệu hiện có không cho phép xác định"
