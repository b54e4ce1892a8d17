"""Sentences and numbers in Vietnamese and English, made from the data.

Numbers follow the language: a decimal comma in Vietnamese, a decimal point in English, the same digits in both, so that
the two pages can be compared number by number. A score's change comes before its rank, always, and a change is read
against the threshold of a change that means something (:mod:`govlib.reading.thresholds`) before anyone calls
it a rise.

>>> number(6.29, "vi"), number(6.29, "en"), signed(-0.37, "vi")
('6,29', '6.29', '−0,37')
>>> change(6.29, "vi"), change(-0.37, "en"), change(0.0, "vi")
('tăng 6,29 điểm', 'down 0.37 points', 'không đổi')
>>> rank(4, 63, "vi"), rank(4, 63, "en")
('thứ 4/63', 'rank 4 of 63')
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from govlib import paths
from govlib.words.tables import LANGS, check_language, phrase  # noqa: F401 - names that pages know by this module

MINUS = "−"  # the typographic minus: as wide as the plus, and never a line-breaking hyphen
NONE = "–"


def missing(x: object) -> bool:
    """True for None and NaN (pandas' NA included)."""
    if x is None:
        return True
    if isinstance(x, float):
        return x != x
    return type(x).__name__ == "NAType" or (hasattr(x, "dtype") and x != x)


def number(x: float | None, lang: str = "vi", decimals: int | None = 2) -> str:
    """A number as printed; ``decimals=None`` keeps the digits that are there (at most four). Missing → ``–``.

    A value that rounds to nothing is never shown as minus nothing.
    """
    if missing(x):
        return NONE
    x = float(x)
    text = f"{x:.4f}".rstrip("0").rstrip(".") if decimals is None else f"{x:.{decimals}f}"
    if not any(c in "123456789" for c in text):
        text = text.lstrip("-")
    text = text.replace("-", MINUS)
    return text.replace(".", ",") if lang == "vi" else text


def signed(x: float | None, lang: str = "vi", decimals: int | None = 2) -> str:
    """A number that always carries its sign: ``+6,29``, ``−0,37``, ``0,00``."""
    text = number(x, lang, decimals)
    if missing(x) or text.startswith(MINUS) or not any(c in "123456789" for c in text):
        return text
    return "+" + text


def percent(share: float | None, lang: str = "vi", decimals: int = 0) -> str:
    """A share (0–1) as per cent, no space before the sign in English, none in Vietnamese either."""
    return number(None if missing(share) else 100 * share, lang, decimals) + ("" if missing(share) else "%")


def is_zero(x: float, decimals: int = 2) -> bool:
    return round(abs(x), decimals) == 0


def direction(x: float, lang: str = "vi", decimals: int = 2) -> str:
    """``tăng``/``giảm``/``không đổi``; ``up``/``down``/``unchanged``."""
    if is_zero(x, decimals):
        return phrase("wording.unchanged", lang)
    return phrase("wording.up", lang) if x > 0 else phrase("wording.down", lang)


def change(x: float, lang: str = "vi", decimals: int = 2, unit: str | None = None) -> str:
    """A change in words, ``tăng 6,29 điểm`` / ``up 6.29 points``; ``unit`` replaces the word for points ("" for none)."""
    if is_zero(x, decimals):
        return direction(x, lang, decimals)
    unit = phrase("wording.points", lang) if unit is None else unit
    return f"{direction(x, lang, decimals)} {number(abs(x), lang, decimals)} {unit}".rstrip()


def rank(r: float | None, of: int | None, lang: str = "vi") -> str:
    """``thứ 4/63`` / ``rank 4 of 63``; without the denominator where it is not known."""
    if missing(r):
        return phrase("wording.rank_not_published", lang)
    if of is None:
        return phrase("wording.rank_2", lang, r=int(r))
    return phrase("wording.rank", lang, r=int(r), of=int(of))


def rank_change(before: float | None, now: float | None, lang: str = "vi") -> str:
    """``lên 3 bậc``, ``xuống 2 bậc``, ``giữ nguyên thứ hạng``; empty where either is missing. Up is towards first place."""
    if missing(before) or missing(now):
        return ""
    moved = int(before) - int(now)
    if moved == 0:
        return phrase("wording.same_rank", lang)
    if lang == "vi":
        return f"{'lên' if moved > 0 else 'xuống'} {abs(moved)} bậc"
    return f"{'up' if moved > 0 else 'down'} {abs(moved)} {'place' if abs(moved) == 1 else 'places'}"


def common_ranks(n: int, before: int, now: int, lang: str = "vi") -> str:
    """A move among the provinces that two editions both hold: ``trong 59 tỉnh có điểm cả hai năm: từ thứ 3 xuống thứ 7``."""
    if before == now:
        return phrase("wording.among_provinces_with_both", lang, n=n, now=now)
    if lang == "vi":
        return f"trong {n} tỉnh có điểm cả hai năm: từ thứ {before} {'lên' if now < before else 'xuống'} thứ {now}"
    return f"among the {n} provinces with both years: from {before} {'up' if now < before else 'down'} to {now}"


def joined(items: Iterable[str], lang: str = "vi") -> str:
    """``a, b và c`` / ``a, b and c``."""
    items = list(items)
    if len(items) < 2:
        return "".join(items)
    return ", ".join(items[:-1]) + phrase("wording.and", lang) + items[-1]


def sentence(text: str) -> str:
    """First letter upper, one full stop at the end, no doubled spaces."""
    text = " ".join(text.split()).strip(" ,;")
    return (text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")) if text else ""


def tidy(text: str) -> str:
    """A comma, never a space before it; for sentences glued from optional parts."""
    return text.replace(" ,", ",").replace(" .", ".").replace(" ;", ";")


def _pick(lang: str, vi: str, en: str) -> str:
    return vi if check_language(lang) == "vi" else en


pick, label = _pick, phrase


# ---------------------------------------------------------------------------------------------------- labels and terms


@dataclass(frozen=True)
class Term:
    """One line of the glossary: the term and what it means, both languages, and where that was read."""

    id: str
    term_vi: str
    term_en: str
    meaning_vi: str
    meaning_en: str
    source: str


@cache
def terms() -> tuple[Term, ...]:
    """The glossary (``reference/terms.csv``), in the file's order."""
    with open(paths.reference() / "terms.csv", encoding="utf-8", newline="") as f:
        return tuple(Term(**row) for row in csv.DictReader(f))


# ------------------------------------------------------------------------------------------------------------ findings

# how a one-year change reads beside its threshold: (upper bound of the ratio, Vietnamese, English)
_SIZES = (
    (1.0, "trong ngưỡng dao động ngẫu nhiên", "within the range of chance"),
    (math.inf, "vượt ngưỡng dao động ngẫu nhiên", "beyond the range of chance"),
)


def size(ratio: float | None, lang: str = "vi") -> str:
    """The reading rule in words: ``ratio`` is |change| over the threshold of a change that means something."""
    if missing(ratio):
        return phrase("wording.too_few_editions_under", lang)
    return next(_pick(lang, vi, en) for bound, vi, en in _SIZES if ratio <= bound)


def reading_rule(lang: str = "vi") -> str:
    """The rule itself, printed once a page."""
    return label("rule.reading", lang)


def _plain(text: str, what: str) -> str:
    return text


def score_finding(f: Mapping, lang: str = "vi", mark: Callable[[str, str], str] = _plain) -> str:
    """The headline of one index: level, change and how large it is, then the rank.

    Parameters
    ----------
    f : ``index`` (name in this language), ``year``, ``score``, ``decimals``, ``unit``, ``previous_year``, ``change``,
        ``comparable`` (False across a method change), ``break_note``, ``parts`` (across a break, the change of those parts
        of a summed total that still compare: ``n``, ``of``, ``change``, ``same_scale``: the total has as many parts as
        before), ``threshold``, ``ratio``, ``median_change`` (the median of all provinces' changes over the same year), ``rank``, ``of``,
        ``previous_rank`` or, where the two editions hold other provinces, ``common_ranks`` (n, before, now), ``rank_note``,
        ``reason`` (why there is no score). What is missing is said or left out.
    mark : wraps each printed number, ``mark(text, key)`` with the key of ``f`` it came from; a page uses it to attach
        the source.
    """
    d = int(f.get("decimals", 2))
    name = f"{f['index']} {f['year']}"
    ranked = "" if missing(f.get("rank")) else mark(rank(f["rank"], f.get("of"), lang), "rank")
    if missing(f.get("score")):
        told = phrase("wording.no_published_score", lang, name=name) + (f"; {ranked}" if ranked else "")
        return sentence(told + (f" ({f['reason']})" if f.get("reason") else ""))
    unit = f.get("unit")
    unit = phrase("wording.points", lang) if unit is None else unit
    level = f"{mark(number(f['score'], lang, d), 'score')}{'' if unit.startswith('%') else ' '}{unit}".strip()
    parts = [phrase("wording.stands_at", lang, name=name, level=level)]
    delta, before = f.get("change"), f.get("previous_year")
    if missing(delta):
        parts.append(phrase("wording.with_no_earlier_figure", lang))
    elif not f.get("comparable", True):
        note = f.get("break_note") or phrase("wording.method_changed", lang)
        parts.append(phrase("wording.not_comparable_with", lang, before=before, note=note))
        if kept := f.get("parts"):
            sum_of = mark(signed(kept["change"], lang, d), "parts")
            which = phrase("wording.components_that_still_compare", lang, n=kept["n"], of=kept["of"])
            whole = mark(signed(delta, lang, d), "change")
            parts[-1] += (phrase("wording.difference_points_which_points", lang, whole=whole, which=which, sum_of=sum_of)
                          if kept["same_scale"] else
                          phrase("wording.added_up_points", lang, which=which, sum_of=sum_of))
    else:
        per = phrase("wording.percentage_points", lang) if unit.startswith("%") else None
        word = _change_marked(delta, lang, d, mark, "change", per)
        told = f"{word} {_pick(lang, 'so với', 'on')} {before}"
        if not missing(f.get("ratio")):
            told += (f", {size(f['ratio'], lang)} "
                     f"({_pick(lang, '', 'threshold ')}±{mark(number(f['threshold'], lang, d), 'threshold')})")
        elif before == f["year"] - 1:
            told += f", {size(None, lang)}"
        if not missing(f.get("median_change")):
            x = f["median_change"]
            size_of = f"{mark(signed(x, lang, d), 'median_change')} {per or _pick(lang, 'điểm', 'points')}"
            net = None if missing(f.get("ratio")) else abs(delta - x) / f["threshold"]
            told += (phrase("wording.median_provinces_changes_was", lang) if is_zero(x, d) else
                     phrase("wording.median_provinces_changes_was_2", lang, size_of=size_of))
            if net is not None and (net > 1) != (f["ratio"] > 1):  # what all provinces did decides how the change reads
                own = mark(signed(delta - x, lang, d), "net")
                told += (phrase("wording.net_that_beyond_threshold", lang, own=own) if net > 1 else
                         phrase("wording.net_that_within_threshold", lang, own=own))
        parts.append(told)
    told = ", ".join(parts)
    if ranked:
        moved = rank_change(f.get("previous_rank"), f["rank"], lang)
        told += f"; {_pick(lang, 'xếp ', '')}{ranked}" + (f", {mark(moved, 'previous_rank')}" if moved else "")
        if common := f.get("common_ranks"):
            told += "; " + mark(common_ranks(*common, lang), "common_ranks")
    elif f.get("rank_note"):
        told += f"; {f['rank_note']}"
    return sentence(told)


def _change_marked(x: float, lang: str, decimals: int, mark: Callable[[str, str], str], key: str, unit: str | None = None) -> str:
    """:func:`change` with its number marked."""
    word, digits = change(x, lang, decimals, unit), number(abs(x), lang, decimals)
    return word if is_zero(x, decimals) else word.replace(digits, mark(digits, key), 1)


def by_chance(n: int) -> float:
    """Probability that at least one of ``n`` components exceeds its 95 % threshold though nothing changed (taken as independent).

    >>> round(by_chance(10), 2)
    0.4
    """
    return 1 - 0.95**n


def movers_finding(rose: Sequence[tuple[str, float]], fell: Sequence[tuple[str, float]], same: int, lang: str = "vi", *,
                   index: str, year: int, previous_year: int, decimals: int = 2, components: int | None = None,
                   beyond: Sequence[tuple[str, float]] | None = None,
                   mark: Callable[[str, str], str] = _plain) -> str:
    """Which components rose and fell: ``PCI 2019 so với 2018: 7/10 thành phần tăng, nhiều nhất là … (+2,21); …``.

    ``mark(text, name)`` gets the component's name as its key. ``components``: how many the edition has; where fewer can
    be compared the sentence says so. ``beyond``: names and changes of those beyond their threshold; None where unknown.
    Where it is one or two of many, the sentence says how easily chance alone does that (key ``by_chance``).
    """
    total = len(rose) + len(fell) + same
    if not total:
        return ""

    def most(pairs: Sequence[tuple[str, float]]) -> str:
        if beyond:  # those that mean something are named below, the others need no name
            return ""
        name, x = max(pairs, key=lambda p: abs(p[1]))
        return f", {_pick(lang, 'nhiều nhất là', 'most of all')} {name} ({mark(signed(x, lang, decimals), name)})"

    parts = []
    if rose:
        parts.append(phrase("wording.components_rose", lang, n_rose=len(rose), total=total) + most(rose))
    if fell:
        parts.append(phrase("wording.components_fell", lang, n_fell=len(fell), total=total) + most(fell))
    if same:
        parts.append(phrase("wording.did_not_change", lang, same=same, total=total))
    if beyond is not None:
        listed = joined([f"{name} ({mark(signed(x, lang, decimals), name)})" for name, x in sorted(beyond, key=lambda p: -abs(p[1]))], lang)
        parts.append(phrase("wording.beyond_range_chance", lang, listed=listed)
                     if beyond else phrase("wording.none_beyond_range_chance", lang))
        if 0 < len(beyond) <= 2 and total > 2:
            odds = mark(percent(by_chance(total), lang), "by_chance")
            parts.append(phrase("wording.had_nothing_changed_at", lang, total=total, odds=odds))
    head = phrase("wording.on", lang, index=index, year=year, previous_year=previous_year)
    if components is not None and total < components:
        head += phrase("wording.components_can_be_compared", lang, total=total, components=components)
    return sentence(f"{head}: " + "; ".join(parts))


def levels_finding(best: Mapping, worst: Mapping, lang: str = "vi", *, index: str, year: int, decimals: int = 2,
                   quiet: bool = False, mark: Callable[[str, str], str] = _plain) -> str:
    """In which components a province stands highest and lowest in the country: the news where no change is news.

    ``best``, ``worst``: ``name``, ``rank``, ``of``, ``gap`` (to the national median). ``quiet``: no component changed beyond
    its threshold, which is said first. ``mark(text, key)`` with ``best_rank``, ``best_gap``, ``worst_rank``, ``worst_gap``.
    """
    def where(one: Mapping, key: str) -> str:
        gap = one["gap"]
        text = mark(number(abs(gap), lang, decimals), f"{key}_gap")
        side = (phrase("wording.at_national_median", lang) if is_zero(gap, decimals) else
                phrase("wording.points_above_national_median_2", lang, text=text) if gap > 0 else
                phrase("wording.points_below_national_median_2", lang, text=text))
        return f"{one['name']} ({mark(rank(one['rank'], one['of'], lang), key + '_rank')}, {side})"

    told = (phrase("wording.no_component_moved_beyond", lang, index=index, year=year) if quiet else
            phrase("wording.highest_rank", lang, index=index, year=year))
    return sentence(f"{told}{where(best, 'best')}; {_pick(lang, 'thấp nhất:', 'lowest:')} {where(worst, 'worst')}")


def place_finding(f: Mapping, lang: str = "vi", mark: Callable[[str, str], str] = _plain) -> str:
    """Where the score stands: against the national median, then in the region.

    ``f``: ``index``, ``year``, ``gap`` (to the median, may be missing), ``median``, ``region``, ``region_rank``,
    ``region_of``, ``decimals``, ``reason`` (why there is no median).
    """
    d = int(f.get("decimals", 2))
    name = f"{f['index']} {f['year']}"
    if missing(f.get("gap")):
        reason = f" ({f['reason']})" if f.get("reason") else ""
        return sentence(phrase("wording.no_comparison_with_national", lang, name=name, reason=reason))
    size_of = mark(number(abs(f["gap"]), lang, d), "gap")
    if is_zero(f["gap"], d):
        where = phrase("wording.equal_to_national_median", lang)
    elif f["gap"] > 0:
        where = phrase("wording.points_above_national_median", lang, size_of=size_of)
    else:
        where = phrase("wording.points_below_national_median", lang, size_of=size_of)
    told = f"{name}: {where} ({mark(number(f['median'], lang, d), 'median')})"
    if not missing(f.get("region_rank")):
        r, of = int(f["region_rank"]), int(f["region_of"])
        place = mark(phrase("wording.rank", lang, r=r, of=of), "region_rank")
        told += phrase("wording.in_region", lang, place=place, region=f["region"])
    return sentence(told)
