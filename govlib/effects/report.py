"""What may be said about an estimate: a grade by a written rule, and a sentence in each language made from the numbers.

The rule stands in docs/methodology.md ("Grading the evidence") and here, and nowhere is a grade given by hand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from govlib.did.grades import by_permutation, compared, grade, number
from govlib.errors import UnknownName
from govlib.known import indices
from govlib.known import reforms as registry
from govlib.words import wording
from govlib.words.tables import pair, phrase

__all__ = ["CAUSAL", "GRADES", "TOLD", "breaks", "claim", "compared", "grade", "known", "others", "sentence"]

# worst first; each with its name in both languages
GRADES = {
    "not_estimable": pair("report.not_estimable"),
    "no_inference": pair("report.cannot_be_told"),
    "no_evidence": pair("report.no_evidence_either_way"),
    "mixed": pair("report.mixed"),
    "hint": pair("report.hint"),
    "weak": pair("report.weak_evidence"),
    "moderate": pair("report.moderate_evidence"),
    "strong": pair("report.strong_evidence"),
}
# grades whose design earns more than "goes together with"
CAUSAL = frozenset({"moderate", "strong"})
# grades whose sentence adds what the other estimates of the same outcome give, and the changes of method in between
TOLD = frozenset({"mixed", "hint", "weak", "moderate", "strong"})


def sentence(row: Mapping[str, Any], lang: str = "vi") -> str:
    """One estimate in words, ``vi`` or ``en``, from its numbers only.

    It names the reform, the outcome and the years, the estimate with its interval, the p-values, the number of provinces known
    to have done it and of those compared with, the smallest effect that could have been seen, and the grade; of a mixed result
    or better also the range of the other estimates, where the row has one (`others`), and the changes of method in between.
    """
    return claim(row, lang) + others(row, lang) + breaks(row, lang)


def others(row: Mapping[str, Any], lang: str = "vi") -> str:
    """The range of the other estimates of the outcome (``other_low``, ``other_high``, ``n_other`` as `quoted.quoted` gives
    them), with a blank before it; empty where the row has none or its grade does not ask for it."""
    low, high, n = (number(row, c) for c in ("other_low", "other_high", "n_other"))
    if not np.isfinite([low, high]).all() or not n >= 1 or grade(row) not in TOLD:
        return ""
    vi, unit = lang == "vi", unit_name(str(row.get("outcome_unit", "points")), lang)
    a, b = wording.signed(low, lang), wording.signed(high, lang)
    if n == 1:
        return f" Cách ước lượng khác: {a} {unit}." if vi else f" The other way of estimating it gives {a} {unit}."
    return (f" Các cách ước lượng khác ({int(n)}): từ {a} đến {b} {unit}." if vi else
            f" The other ways of estimating it ({int(n)}) give from {a} to {b} {unit}.")


def breaks(row: Mapping[str, Any], lang: str = "vi") -> str:
    """The years in which the outcome's method changed within the row's editions, with a blank before; empty without any."""
    ends = re.findall(r"\d{4}", str(row.get("years", "")))
    if str(row["index_id"]) not in indices.INDICES or not ends or grade(row) not in TOLD:
        return ""
    years = sorted({b.year for b in indices.breaks_between(str(row["index_id"]), str(row["component"]), int(ends[0]), int(ends[-1]))})
    if not years:
        return ""
    said = ", ".join(map(str, years))
    return (f" Mẫu đi qua {'các ' if len(years) > 1 else ''}năm đổi phương pháp {said}." if lang == "vi" else
            f" The editions used cross {'changes' if len(years) > 1 else 'a change'} of method: {said}.")


def claim(row: Mapping[str, Any], lang: str = "vi") -> str:
    """`sentence` without the other estimates and the changes of method."""
    from govlib.known import indices
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
    low, high, estimate = (number(row, c) for c in ("ci_low", "ci_high", "estimate"))
    size = _size(estimate, str(row.get("outcome_unit", "points")), lang)
    if row.get("design") == "dose":
        size += " cho mỗi độ lệch chuẩn của mức độ áp dụng" if vi else " for one standard deviation of dose"
    ends = ""
    if np.isfinite([low, high]).all():
        ends = (f"khoảng tin cậy 95% từ {wording.signed(low, lang)} đến {wording.signed(high, lang)}" if vi else
                f"95% interval {wording.signed(low, lang)} to {wording.signed(high, lang)}")
    p, adjusted, family = number(row, "p_value"), number(row, "p_adjusted"), number(row, "family")
    tests = [ends] if ends else []
    if np.isfinite(p):
        tests.append(f"p {_p(p, lang)}")
    permuted = number(row, "p_ri")
    if by_permutation(row) and np.isfinite(permuted):
        tests.append(f"p {_p(permuted, lang)} theo hoán vị" if vi else f"p {_p(permuted, lang)} by permutation")
    if np.isfinite(adjusted) and family > 1:
        tests.append(f"p {_p(adjusted, lang)} khi xét cùng {int(family)} thành phần" if vi else
                     f"p {_p(adjusted, lang)} allowing for all {int(family)} components")
    if level in CAUSAL:
        lead = (f"{reform}: theo thiết kế này, {what} ({short}, {years}) {size} do cải cách" if vi else
                f"{reform}: by this design the reform made {what} ({short}, {years}) {size}")
    else:
        lead = (f"{reform} đi cùng với {what} ({short}, {years}) {size}" if vi else
                f"{reform} is associated with {what} ({short}, {years}) {size}")
        if level in ("no_evidence", "no_inference", "mixed"):
            lead = (f"{reform} và {what} ({short}, {years}): ước lượng {size}" if vi else
                    f"{reform} and {what} ({short}, {years}): the estimate is {size}")
    text = f"{lead} ({'; '.join([*tests, known(row, lang)])}). "
    text += f"Mức bằng chứng: {label}." if vi else f"Evidence: {label}."
    mde = number(row, "mde")
    if level == "no_evidence" and np.isfinite(mde):
        unit = unit_name(str(row.get("outcome_unit", "points")), lang)
        text += (f" Với số liệu này, khó nhận ra tác động nhỏ hơn {wording.number(mde, lang)} {unit}." if vi else
                 f" An effect below {wording.number(mde, lang)} {unit} would probably have gone unseen.")
    return text


def known(row: Mapping[str, Any], lang: str = "vi") -> str:
    """How many provinces are known to have done it within the years, with how many they are compared, and of how many of these
    nobody knows whether they did."""
    treated, provinces = int(number(row, "n_treated")), int(number(row, "n_provinces"))
    controls, unknown = provinces - treated, number(row, "n_unknown")
    vi, all_ = lang == "vi", unknown == controls
    text = (f"{treated} tỉnh được biết là đã làm trong các năm này; {controls} tỉnh đối chứng" if vi else
            f"{treated} {_plural('province', treated)} known to have done it in these years; {controls} control {_plural('province', controls)}")
    if unknown > 0:
        which = ("đều" if all_ else f"trong đó {int(unknown)}") if vi else ("none of them" if all_ else f"{int(unknown)} of them not")
        text += f", {which} chưa rõ đã làm hay chưa" if vi else f", {which} on record either way"
    elif unknown != unknown and "of unknown state taken as controls" in str(row.get("sample_rule", "")):
        text += ", có tỉnh chưa rõ đã làm hay chưa" if vi else ", some of them not on record either way"
    return text


def _plural(noun: str, n: int) -> str:
    return noun if n == 1 else noun + "s"


def _reform(reform: str, lang: str) -> str:
    types = registry.reform_types()
    return types.at[reform, f"name_{lang}"] if reform in types.index else reform


def unit_name(unit: str, lang: str) -> str:
    words = {"points": "điểm", "standard deviations": "độ lệch chuẩn", "places": "bậc"}
    return words.get(unit, unit) if lang == "vi" else unit


def _size(estimate: float, unit: str, lang: str) -> str:
    amount = f"{wording.number(abs(estimate), lang)} {unit_name(unit, lang)}"
    if wording.is_zero(estimate):
        return phrase("report.close_to_zero", lang)
    up = estimate > 0
    if unit == "places":  # rank 1 is best: a larger number is a worse place
        return (f"{'lùi' if up else 'tiến'} {amount}" if lang == "vi" else f"{amount} {'worse' if up else 'better'}")
    return (f"{'cao hơn' if up else 'thấp hơn'} {amount}" if lang == "vi" else f"{amount} {'higher' if up else 'lower'}")


def _p(p: float, lang: str) -> str:
    return f"< {wording.number(0.001, lang, 3)}" if p < 0.001 else f"= {wording.number(p, lang, 3)}"


# reasons are written once, in English, where they arise; their Vietnamese stands here
_REASONS = (
    (r"(edition|period)s? before its exposure|exposed in every (edition|period)",
     "không có kỳ công bố nào trước khi áp dụng"),
    (r"no (province|unit) is treated", "không tỉnh nào áp dụng trong các năm này"),
    (r"all (provinces|units) are treated at once", "mọi tỉnh áp dụng cùng một lúc, không còn tỉnh đối chứng"),
    (r"no control", "không còn tỉnh đối chứng"),
    (r"no treated (province|unit) has an? (edition|period) before", "không có kỳ công bố nào trước khi áp dụng"),
    (r"not published|no figure|no edition|no component scores", "chỉ số không được công bố trong các năm này"),
    (r"one observation|single observation", "có tỉnh chỉ có một quan sát"),
    (r"collinear|no variation", "biến bị cộng tuyến với các hiệu ứng cố định"),
    (r"control", "thiếu biến kiểm soát trước cải cách"),
    (r"too few|cannot carry|no standard error", "có quá ít quan sát"),
    (r"consecutive (editions|periods)", "thiếu các kỳ đánh giá liên tiếp"),
    (r"one date|every (province|unit) in one (edition|period)", "cải cách không áp dụng cùng lúc cho mọi tỉnh"),
)


def _reason_vi(reason: str) -> str:
    for pattern, text in _REASONS:
        if re.search(pattern, reason):
            return text
    return "số liệu hiện có không cho phép xác định"
