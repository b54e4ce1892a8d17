"""The findings of a page as sentences: level and change, components that moved, places.

A score's change comes before its rank, always, and a change is read against the threshold of a change that means something
(:mod:`govlib.reading.thresholds`) before anyone calls it a rise. The words stand in ``sentences/words.csv``; here is in which
order, and when which.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from govlib.words.tables import counted, phrase
from govlib.words.wording import (
    change,
    common_ranks,
    is_zero,
    joined,
    missing,
    number,
    percent,
    rank,
    rank_change,
    sentence,
    signed,
)

Mark = Callable[[str, str], str]


def size(ratio: float | None, lang: str = "vi") -> str:
    """The reading rule in words: ``ratio`` is |change| over the threshold of a change that means something."""
    if ratio is None or missing(ratio):
        return phrase("wording.too_few_editions_under", lang)
    return phrase("wording.beyond_chance" if ratio > 1 else "wording.within_chance", lang)


def reading_rule(lang: str = "vi") -> str:
    """The rule itself, printed once a page."""
    return phrase("rule.reading", lang)


def _plain(text: str, what: str) -> str:
    return text


def score_finding(f: Mapping, lang: str = "vi", mark: Mark = _plain) -> str:
    """The headline of one index: level, change and how large it is, then the rank.

    Parameters
    ----------
    f : ``index`` (name in this language), ``year``, ``score``, ``decimals``, ``unit``, ``previous_year``, ``change``,
        ``comparable`` (False across a method change), ``break_note``, ``parts`` (across a break, the change of those parts
        of a summed total that still compare: ``n``, ``of``, ``change``, ``same_scale``: the total has as many parts as
        before), ``threshold``, ``ratio``, ``kept`` (:class:`govlib.reading.kept.Kept`), ``median_change`` (the median of all
        provinces' changes over the same year), ``rank``, ``of``,
        ``previous_rank`` or, where the two editions hold other provinces, ``common_ranks`` (n, before, now),
        ``rank_told`` (its rank was said before: only its move is), ``change_told``, ``rank_note``, ``unfit`` (the step, where
        provinces swing further than the threshold allows for), ``reason`` (why there is no score). What is missing is said or left
        out.
    mark : wraps each printed number, ``mark(text, key)`` with the key of ``f`` it came from; a page uses it to attach
        the source.
    """
    d = int(f.get("decimals", 2))
    name = f"{f['index']} {f['year']}"
    ranked = "" if missing(f.get("rank")) else rank(f["rank"], f.get("of"), lang)
    ranked = mark(ranked, "rank") if ranked and not f.get("rank_told") else ranked
    if missing(f.get("score")):
        told = phrase("wording.no_published_score", lang, name=name) + (f"; {ranked}" if ranked else "")
        return sentence(told + (f" ({f['reason']})" if f.get("reason") else ""))
    unit = phrase("wording.points", lang) if f.get("unit") is None else f["unit"]
    level = f"{mark(number(f['score'], lang, d), 'score')}{'' if unit.startswith('%') else ' '}{unit}".strip()
    told = phrase("wording.stands_at", lang, name=name, level=level)
    per = phrase("wording.percentage_points", lang) if unit.startswith("%") else None
    if f.get("change_told"):  # beside its threshold, not beside what all provinces did
        told += _beside_all(f, lang, mark, per)
    elif missing(f.get("change")):
        told += ", " + phrase("wording.with_no_earlier_figure", lang)
    elif not f.get("comparable", True):
        told += ", " + _broken(f, lang, mark)
    else:
        told += ", " + _changed(f, lang, mark, per) + _beside_all(f, lang, mark, per)
    if ranked:
        moved = rank_change(f.get("previous_rank"), f["rank"], lang)
        told += "" if f.get("rank_told") else phrase("wording.ranked", lang, rank=ranked)
        told += f"{';' if f.get('rank_told') else ','} {mark(moved, 'previous_rank')}" if moved else ""
        if common := f.get("common_ranks"):
            n, was, now = common
            told += "; " + mark(common_ranks(n, was, now, lang), "common_ranks")
    elif f.get("rank_note"):
        told += f"; {f['rank_note']}"
    return sentence(told)


def _broken(f: Mapping, lang: str, mark: Mark) -> str:
    """Across a break: why the change is none, and what of it still compares."""
    d, note = int(f.get("decimals", 2)), f.get("break_note") or phrase("wording.method_changed", lang)
    told = phrase("wording.not_comparable_with", lang, before=f.get("previous_year"), note=note)
    if kept := f.get("parts"):
        sum_of = mark(signed(kept["change"], lang, d), "parts")
        which = phrase("wording.components_that_still_compare", lang, n=kept["n"], of=kept["of"])
        whole = mark(signed(f["change"], lang, d), "change")
        told += (phrase("wording.difference_points_which_points", lang, whole=whole, which=which, sum_of=sum_of)
                 if kept["same_scale"] else
                 phrase("wording.added_up_points", lang, which=which, sum_of=sum_of))
    return told


def _changed(f: Mapping, lang: str, mark: Mark, per: str | None) -> str:
    """The change beside its threshold. ``per``: its unit, where not points."""
    d, delta, before = int(f.get("decimals", 2)), f["change"], f.get("previous_year")
    told = phrase("wording.change_on", lang, change=_change_marked(delta, lang, d, mark, per), before=before)
    known = not missing(f.get("ratio"))
    if (step := f.get("unfit")) is not None:
        key = "wording.unfit" if abs(delta) > f["threshold"] else "wording.unfit_below"
        told += phrase(key, lang, threshold=mark(number(f["threshold"], lang, d), "threshold"),
                       share=mark(f"{step.outside_beyond}/{step.outside}", "unfit"), first=step.first, last=step.last)
    elif known:
        told += phrase("wording.beside_threshold", lang, size=size(f["ratio"], lang),
                       threshold=mark(number(f["threshold"], lang, d), "threshold"))
        if f["ratio"] > 1 and (kept := f.get("kept")) is not None:
            left, low, high = kept.of_change(delta)
            told += phrase("wording.kept_of_change", lang, share=mark(percent(kept.share, lang), "kept"), unit=per or phrase(
                "wording.points", lang), left=mark(signed(left, lang, d), "kept_points"),
                           low=mark(signed(low, lang, d), "kept_low"), high=mark(signed(high, lang, d), "kept_high"))
    elif before == f["year"] - 1 or missing(f.get("threshold")):
        told += f", {size(None, lang)}"
    else:  # the threshold is that of one year: without a word the change would pass for one that was weighed
        told += phrase("wording.over_more_editions", lang)
    return told


def _beside_all(f: Mapping, lang: str, mark: Mark, per: str | None) -> str:
    """What all provinces did over the same year, and whether that decides how the change reads; empty where not known."""
    if missing(f.get("median_change")):
        return ""
    d, delta, x = int(f.get("decimals", 2)), f["change"], f["median_change"]
    size_of = f"{mark(signed(x, lang, d), 'median_change')} {per or phrase('wording.points', lang)}"
    told = (phrase("wording.median_provinces_changes_was", lang) if is_zero(x, d) else
            phrase("wording.median_of_changes", lang, size_of=size_of))
    net = None if missing(f.get("ratio")) else abs(delta - x) / f["threshold"]
    if net is not None and (net > 1) != (f["ratio"] > 1):
        own = mark(signed(delta - x, lang, d), "net")
        told += phrase("wording.net_that_beyond_threshold" if net > 1 else "wording.net_that_within_threshold", lang, own=own)
    return told


def _change_marked(x: float, lang: str, decimals: int, mark: Mark, unit: str | None) -> str:
    """:func:`change` with its number marked."""
    word, digits = change(x, lang, decimals, unit), number(abs(x), lang, decimals)
    return word if is_zero(x, decimals) else word.replace(digits, mark(digits, "change"), 1)


def by_chance(n: int) -> float:
    """Probability that at least one of ``n`` components exceeds its 95 % threshold though nothing changed (taken as independent).

    >>> round(by_chance(10), 2)
    0.4
    """
    return 1 - 0.95**n


@dataclass(frozen=True)
class Moved:
    """Which components rose, fell and stayed: names with their changes, the last as a number. ``components``: how many the
    edition has; ``beyond``: names and changes of those beyond their threshold, None where unknown; ``kept``: the share of such
    changes that is still there a year later."""

    index: str
    year: int
    previous_year: int
    rose: Sequence[tuple[str, float]] = ()
    fell: Sequence[tuple[str, float]] = ()
    same: int = 0
    components: int | None = None
    beyond: Sequence[tuple[str, float]] | None = None
    kept: float | None = None
    decimals: int = 2


def movers_finding(m: Moved, lang: str = "vi", mark: Mark = _plain) -> str:
    """Which components rose and fell: ``PCI 2019 so với 2018: 7/10 thành phần tăng, nhiều nhất là … (+2,21); …``.

    ``mark(text, name)`` gets the component's name as its key. Where fewer components can be compared than the edition has, the
    sentence says so. Where one or two of many are beyond their threshold, it says how easily chance alone does that (key
    ``by_chance``).
    """
    total = len(m.rose) + len(m.fell) + m.same
    if not total:
        return ""

    def most(pairs: Sequence[tuple[str, float]]) -> str:
        if m.beyond:  # those that mean something are named below, the others need no name
            return ""
        name, x = max(pairs, key=lambda p: abs(p[1]))
        key = "wording.most_of_all" if len(pairs) > 1 else "wording.that_one"
        return phrase(key, lang, name=name, change=mark(signed(x, lang, m.decimals), name))

    parts = []
    if m.rose:
        parts.append(phrase("wording.components_rose", lang, n_rose=len(m.rose), total=total) + most(m.rose))
    if m.fell:
        parts.append(phrase("wording.components_fell", lang, n_fell=len(m.fell), total=total) + most(m.fell))
    if m.same:
        parts.append(phrase("wording.did_not_change", lang, same=m.same, total=total))
    if m.beyond is not None:
        listed = joined([f"{name} ({mark(signed(x, lang, m.decimals), name)})"
                         for name, x in sorted(m.beyond, key=lambda p: -abs(p[1]))], lang)
        parts.append(phrase("wording.beyond_range_chance", lang, listed=listed)
                     if m.beyond else phrase("wording.none_beyond_range_chance", lang))
        if m.beyond and m.kept is not None:
            parts[-1] += phrase("wording.kept", lang, share=mark(percent(m.kept, lang), "kept"))
        if 0 < len(m.beyond) <= 2 and total > 2:
            odds = mark(percent(by_chance(total), lang), "by_chance")
            parts.append(phrase("wording.had_nothing_changed_at", lang, total=total, odds=odds))
    head = phrase("wording.on", lang, index=m.index, year=m.year, previous_year=m.previous_year)
    if m.components is not None and total < m.components:
        head += phrase("wording.components_can_be_compared", lang, total=total, components=m.components)
    return sentence(f"{head}: " + "; ".join(parts))


def levels_finding(best: Mapping, worst: Mapping, lang: str = "vi", *, index: str, year: int, decimals: int = 2,
                   quiet: bool = False, mark: Mark = _plain) -> str:
    """In which components a province stands highest and lowest in the country: the news where no change is news.

    ``best``, ``worst``: ``name``, ``rank``, ``of``, ``gap`` (to the national median). ``quiet``: no component changed beyond
    its threshold, which is said first. ``mark(text, key)`` with ``best_rank``, ``best_gap``, ``worst_rank``, ``worst_gap``.
    """
    def where(one: Mapping, key: str) -> str:
        gap = one["gap"]
        text = mark(number(abs(gap), lang, decimals), f"{key}_gap")
        side = (phrase("wording.at_national_median", lang) if is_zero(gap, decimals) else
                phrase("wording.component_above_median", lang, text=text) if gap > 0 else
                phrase("wording.component_below_median", lang, text=text))
        return f"{one['name']} ({mark(rank(one['rank'], one['of'], lang), key + '_rank')}, {side})"

    told = (phrase("wording.no_component_moved_beyond", lang, index=index, year=year) if quiet else
            phrase("wording.highest_rank", lang, index=index, year=year))
    return sentence(f"{told}{where(best, 'best')}; {phrase('wording.lowest', lang)} {where(worst, 'worst')}")


def place_finding(f: Mapping, lang: str = "vi", mark: Mark = _plain) -> str:
    """Where the score stands: against the national median, then in the region.

    ``f``: ``index``, ``year``, ``unit`` (of the score; points unless told), ``gap`` (to the median, may be missing), ``median``,
    ``region``, ``region_rank``, ``region_of``, ``decimals``, ``reason`` (why there is no median); where pages print the
    country's figure ``statistic`` (``median`` or ``mean``) and ``pages``, on how many.
    """
    d = int(f.get("decimals", 2))
    name = f"{f['index']} {f['year']}"
    if missing(f.get("gap")):
        reason = f" ({f['reason']})" if f.get("reason") else ""
        return sentence(phrase("wording.no_comparison_with_national", lang, name=name, reason=reason))
    size_of, of = mark(number(abs(f["gap"]), lang, d), "gap"), f.get("statistic", "median")
    unit = phrase("wording.percentage_points" if str(f.get("unit", "")).startswith("%") else "wording.points", lang)
    if is_zero(f["gap"], d):
        where = phrase(f"wording.equal_to_national_{of}", lang)
    elif f["gap"] > 0:
        where = phrase(f"wording.points_above_national_{of}", lang, size_of=size_of, unit=unit)
    else:
        where = phrase(f"wording.points_below_national_{of}", lang, size_of=size_of, unit=unit)
    press = counted("wording.as_printed", lang, int(f["pages"])) if f.get("pages") else ""
    told = f"{name}: {where} ({mark(number(f['median'], lang, d), 'median')}{press})"
    if not missing(f.get("region_rank")):
        r, of = int(f["region_rank"]), int(f["region_of"])
        place = mark(phrase("wording.rank", lang, r=r, of=of), "region_rank")
        told += phrase("wording.in_region", lang, place=place, region=f["region"])
    return sentence(told)
