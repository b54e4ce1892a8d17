"""What may be said about an estimate: a grade by a written rule, and a sentence in each language made from the numbers.

The rule stands in docs/methodology.md ("Grading the evidence") and here, and nowhere is a grade given by hand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from govlib.did.grades import LEVEL, UNCOUNTED, by_permutation, compared, decisive, grade, number, real_size
from govlib.effects import pooled
from govlib.errors import BadInput, UnknownName
from govlib.known import indices
from govlib.known import reforms as registry
from govlib.words import wording
from govlib.words.tables import counted, pair, phrase

__all__ = ["CAUSAL", "GRADES", "TOLD", "breaks", "claim", "compared", "grade", "kind_of", "known", "matters", "others", "ours",
           "page_wide", "sentence", "together", "together_lead"]

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
Mark = Callable[[str, str], str]  # wraps a figure as it is printed, given the column of the row that it came from
COARSE = 0.01  # a test whose smallest p-value is this large or larger is said to have it
# grades whose design earns more than "goes together with"
CAUSAL = frozenset({"moderate", "strong"})
# grades whose sentence adds what the other estimates of the same outcome give, and the changes of method in between
TOLD = frozenset({"mixed", "hint", "weak", "moderate", "strong"})
#: how ``reform`` begins in rows of something else than the reform itself (`after_the_end`, `spillovers`, `placebo_date`)
KINDS = {"end of ": "end", "beside ": "beside", "placebo of ": "placebo"}


def sentence(row: Mapping[str, Any], lang: str = "vi") -> str:
    """One estimate in words, ``vi`` or ``en``, from its numbers only.

    It names the reform, the outcome and the years, the estimate with its interval, the p-values, the number of provinces known
    to have done it and of those compared with, the smallest effect that could have been seen, and the grade; of a mixed result
    or better also the range of the other estimates, where the row has one (`others`), and the changes of method in between. Of an
    end, of neighbours and of a placebo (`KINDS`) it says so, and never that the reform did it. Raises BadInput for an event time.

    >>> from govlib import effects
    >>> found = effects.estimate("pci", "time_costs", reform="peoples_council_removal")
    >>> effects.sentence(found.iloc[0], "en").split(":")[0]
    "Removal of district and ward people's councils and Time Costs (PCI, 2006–2015)"
    """
    if hasattr(row, "columns"):
        raise BadInput("a whole table, where one row is asked for", fix="for instance table.iloc[0]")
    return claim(row, lang) + others(row, lang) + breaks(row, lang)


def ours(row: Mapping[str, Any]) -> bool:
    """Whether a row is of this project's panel: provinces, and scores that are printed with two decimals."""
    return str(row["index_id"]) in indices.INDICES


def kind_of(row: Mapping[str, Any]) -> tuple[str, str]:
    """What a row is of that is not of the reform itself (a value of `KINDS`, else empty), and the reform. In a panel of one's own a
    label is free, and neighbours alone are looked at."""
    reform = str(row["reform"])
    begun = next((begun for begun in KINDS if reform.startswith(begun) and (ours(row) or KINDS[begun] == "beside")), "")
    return KINDS.get(begun, ""), reform.removeprefix(begun)


def _decimals(row: Mapping[str, Any]) -> int:
    """Decimals that an effect is printed with: two, as scores are; of a panel of one's own so many that two digits of half its
    interval show."""
    low, high = number(row, "ci_low"), number(row, "ci_high")
    size = (high - low) / 2 if np.isfinite([low, high]).all() else abs(number(row, "estimate"))
    return 2 if ours(row) or not size > 0 else int(np.clip(1 - np.floor(np.log10(size)), 0, 12))


def _plain(text: str, _: str) -> str:
    return text


def others(row: Mapping[str, Any], lang: str = "vi", mark: Mark = _plain) -> str:
    """The range of the other estimates of the outcome (``other_low``, ``other_high``, ``n_other`` as `quoted.quoted` gives
    them), with a blank before it; empty where the row has none or its grade does not ask for it."""
    low, high, n = (number(row, c) for c in ("other_low", "other_high", "n_other"))
    if not np.isfinite([low, high]).all() or not n >= 1 or grade(row) not in TOLD:
        return ""
    return " " + counted("report.others", lang, int(n), low=mark(wording.signed(low, lang), "other_low"),
                         high=mark(wording.signed(high, lang), "other_high") if n > 1 else "",
                         unit=unit_name(str(row.get("outcome_unit", "points")), lang))


def page_wide(row: Mapping[str, Any], lang: str = "vi") -> str:
    """That p does not hold allowing for the whole page, with a blank before; empty where it does, or did not hold before."""
    adjusted, page, families = decisive(row)[1], number(row, "p_page"), number(row, "families")
    if not (families > 1 and adjusted < LEVEL <= page):
        return ""
    return " " + phrase("report.page", lang, n=int(families))


def breaks(row: Mapping[str, Any], lang: str = "vi") -> str:
    """The years in which the outcome's method changed within the row's editions, with a blank before; empty without any."""
    ends = re.findall(r"\d{4}", str(row.get("years", "")))
    if str(row["index_id"]) not in indices.INDICES or not ends or grade(row) not in TOLD:
        return ""
    found = indices.breaks_between(str(row["index_id"]), str(row["component"]), int(ends[0]), int(ends[-1]))
    years = sorted({b.year for b in found})
    if not years:
        return ""
    return " " + counted("report.breaks", lang, len(years), years=", ".join(map(str, years)))


def claim(row: Mapping[str, Any], lang: str = "vi", mark: Mark = _plain) -> str:
    """`sentence` without the other estimates and the changes of method; ``mark(text, column)`` wraps each figure of the row."""
    wording.check_language(lang)
    term = row.get("term") or "att"
    if term not in ("att", "interaction"):
        raise BadInput("a sentence is about an overall effect", column="term", value=term, fix="take the rows whose term is att")
    about = _about(row, lang)
    level = grade(row)
    if level == "not_estimable":
        reason = str(row.get("note", "")).split("because ", 1)[-1]
        return phrase("report.is_not_estimable", lang, **about, reason=_reason_vi(reason) if lang == "vi" else reason)
    size = _size(number(row, "estimate"), str(row.get("outcome_unit", "points")), lang, mark, _decimals(row))
    if row.get("design") == "dose":
        size += phrase("report.for_one_deviation", lang)
    said = "caused" if level in CAUSAL else "estimated" if level in ("no_evidence", "no_inference", "mixed") else "associated"
    if term == "interaction":
        said = "varies"
    elif said == "caused" and kind_of(row)[0]:  # what the design shows is not what the reform did
        said = "associated"
    lead = phrase(f"report.{said}", lang, **about, size=size)
    text = f"{lead} ({'; '.join([*_tests(row, lang, mark), known(row, lang)])})."
    if level:
        text += " " + phrase("report.evidence", lang, grade=GRADES[level][lang != "vi"])
    mde = number(row, "mde")
    if level == "no_evidence" and np.isfinite(mde):
        text += phrase("report.would_go_unseen", lang, mde=mark(wording.number(mde, lang, _decimals(row)), "mde"),
                       unit=unit_name(str(row.get("outcome_unit", "points")), lang))
    return text


def matters(lang: str = "vi") -> str:
    """The size of an effect that would be felt, as sentences print it."""
    return wording.number(pooled.MATTERS, lang, 1)


def together(row: Mapping[str, Any], lang: str = "vi", mark: Mark = _plain) -> str:
    """What one pooled effect amounts to; empty where the row was not pooled."""
    if not row.get("finding"):
        return ""
    low, high = (mark(wording.signed(float(row[c]), lang), c) for c in ("pooled_low", "pooled_high"))
    p = mark(wording.percent(float(row["pooled_beyond"]), lang), "pooled_beyond")
    if row["finding"] not in ("up", "down"):
        return phrase(f"pooled.{row['finding']}", lang, low=low, high=high, size=matters(lang), p=p)
    share = float(row["pooled_up"]) if row["finding"] == "up" else 1 - float(row["pooled_up"])
    sure = mark(wording.percent(share, lang), f"pooled_{row['finding']}")
    return phrase(f"pooled.{row['finding']}", lang, low=low, high=high, size=matters(lang), p=p, sure=sure)


def together_lead(rows: pd.DataFrame, lang: str = "vi") -> str:
    """One sentence for all pooled rows of a page; empty without any."""
    own = rows[rows["finding"] != ""] if "finding" in rows else rows.iloc[:0]
    if own.empty:
        return ""
    counts = own["finding"].value_counts()
    low, high = own["pooled_low"].min(), own["pooled_high"].max()
    ends = {"low": wording.signed(float(low), lang), "high": wording.signed(float(high), lang)}
    text = phrase("pooled.lead", lang, n=len(own), **ends) if len(own) > 1 else phrase("pooled.lead_one", lang, **ends)
    if (small := int(counts.get("small", 0))) and len(own) > 1:
        text += " " + phrase("pooled.lead_small" if small < len(own) else "pooled.lead_small_all", lang, small=small,
                             size=matters(lang))
    told = [counted(f"pooled.lead.{way}", lang, int(n)) for way in ("up", "down")
            if (n := counts.get(way, 0) + counts.get(f"leans_{way}", 0))]
    return " ".join([text, *told])


def _about(row: Mapping[str, Any], lang: str) -> dict[str, str]:
    """What every lead names: reform, outcome, index and years."""
    index_id, component = str(row["index_id"]), str(row["component"])
    try:
        what, short = indices.name(index_id, component, lang), getattr(indices.index(index_id), f"short_{lang}")
    except UnknownName:
        what, short = component, index_id
    kind, reform = kind_of(row)
    name, of = _reform(reform, lang), "report" if ours(row) else "report.units"
    return {"reform": phrase(f"{of}.of.{kind}", lang, reform=name) if kind else name, "what": what, "short": short,
            "years": str(row["years"]).replace(":", "–")}


def _tests(row: Mapping[str, Any], lang: str, mark: Mark) -> list[str]:
    """The interval and the p-values that the row has."""
    low, high = (number(row, c) for c in ("ci_low", "ci_high"))
    p, adjusted, family, permuted = (number(row, c) for c in ("p_value", "p_adjusted", "family", "p_ri"))
    told = []
    if np.isfinite([low, high]).all():
        ends = {end: mark(wording.signed(number(row, f"ci_{end}"), lang, _decimals(row)), f"ci_{end}") for end in ("low", "high")}
        told.append(phrase("report.interval", lang, **ends))
    if np.isfinite(p):
        told.append(f"p {_p(row, 'p_value', lang, mark)}")
    if by_permutation(row) and np.isfinite(permuted):
        told.append(phrase("report.by_permutation", lang, p=_p(row, "p_ri", lang, mark)))
    if np.isfinite(adjusted) and family > 1:
        told.append(phrase("report.adjusted", lang, p=_p(row, "p_adjusted", lang, mark), n=int(family)))
    floor = number(row, "p_floor")
    if floor >= COARSE:
        of = "report.floor" if ours(row) else "report.floor_units"
        told.append(phrase(of, lang, p=mark(wording.number(floor, lang, 3), "p_floor")))
    if size := real_size(row):
        low_share, high_share = (round(100 * share) for share in size)
        told.append(phrase("report.real_size", lang, low=low_share, high=high_share))
    return told


def known(row: Mapping[str, Any], lang: str = "vi") -> str:
    """How many provinces are known to have done it within the years (or, by `KINDS`, what else is known of them), with how many
    they are compared, and of how many of these nobody knows whether they did."""
    treated, provinces = int(number(row, "n_treated")), int(number(row, "n_provinces"))
    controls, unknown = provinces - treated, number(row, "n_unknown")
    of = "report" if ours(row) else "report.units"
    # who is exposed and could not be counted is no control either
    beside = "uncounted" if UNCOUNTED in str(row.get("note", "")) else "controls"
    text = counted(f"{of}.{kind_of(row)[0] or 'known'}", lang, treated) + counted(f"{of}.{beside}", lang, controls)
    if row.get("spillover") == "apart":
        text += phrase(f"{of}.apart", lang)
    if unknown > 0:
        text += phrase("report.all_unknown" if unknown == controls else "report.some_unknown", lang, n=int(unknown))
    elif unknown != unknown and "of unknown state taken as controls" in str(row.get("sample_rule", "")):
        text += phrase("report.unknown_among_them", lang)
    return text


def _reform(reform: str, lang: str) -> str:
    types = registry.reform_types()
    return types.at[reform, f"name_{lang}"] if reform in types.index else reform


def unit_name(unit: str, lang: str) -> str:
    named = ("points", "standard deviations", "places", "units of the outcome")
    return phrase(f"report.unit.{unit.replace(' ', '_')}", lang) if unit in named else unit


def _size(estimate: float, unit: str, lang: str, mark: Mark, decimals: int) -> str:
    if wording.is_zero(estimate, decimals):
        return phrase("report.close_to_zero", lang)
    amount = f"{mark(wording.number(abs(estimate), lang, decimals), 'estimate')} {unit_name(unit, lang)}"
    up = estimate > 0
    if unit == "places":  # rank 1 is best: a larger number is a worse place
        return phrase("report.worse" if up else "report.better", lang, amount=amount)
    return phrase("report.higher" if up else "report.lower", lang, amount=amount)


def _p(row: Mapping[str, Any], column: str, lang: str, mark: Mark) -> str:
    p = number(row, column)
    return wording.p_value(p, lang) if p < 0.001 else f"= {mark(wording.p_value(p, lang), column)}"


# reasons are written once, in English, where they arise; what they are in Vietnamese: report.reason.<…>
_REASONS = (
    (r"(edition|period)s? before its exposure|exposed in every (edition|period)", "none_before"),
    (r"no (province|unit) is treated", "none_treated"),
    (r"all (provinces|units) are treated at once", "all_at_once"),
    (r"no control", "no_control"),
    (r"no treated (province|unit) has an? (edition|period) before", "none_before"),
    (r"not published|no figure|no edition|no component scores", "not_published"),
    (r"one observation|single observation", "one_observation"),
    (r"collinear|no variation", "collinear"),
    (r"control", "lacks_controls"),
    (r"too few|cannot carry|no standard error", "too_few"),
    (r"consecutive (editions|periods)", "not_consecutive"),
    (r"one date|every (province|unit) in one (edition|period)", "one_date"),
)


def _reason_vi(reason: str) -> str:
    return phrase(f"report.reason.{next((key for pattern, key in _REASONS if re.search(pattern, reason)), 'other')}", "vi")
