"""The five views of the explorer as functions: choices in, a figure with its table, its words and its own line of code out.

All read the panel through one :class:`~govlib.reading.board.Board`. Nothing is drawn across a change of method, a missing
figure stays missing, and an edition that was not published for nearly all provinces gives no rank and no median. A figure that its
publisher does not stand by is shown with a note, and neither ranked nor compared.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from govlib.errors import BadInput
from govlib.explore import drawings
from govlib.explore.drawings import MOST
from govlib.explore.shown import (
    NATION,
    Shown,
    check,
    components,
    decimals,
    full_years,
    in_language,
    labels_of,
    listed,
    measured,
    name_of,
    place_name,
    resolve_places,
    series,
    short_name,
    sources_of,
    span,
)
from govlib.forms.problems import say
from govlib.known import indices, provinces
from govlib.panel import data
from govlib.reading.board import Break, panel_board
from govlib.reading.validity import correlate
from govlib.text import whole
from govlib.words import wording
from govlib.words.tables import LANGS, pair, phrase


def trend(index: str = "pci", component: str = "overall", places: str | Iterable[str] = ("bac-ninh",),
          first: int | None = None, last: int | None = None, lang: str = "vi") -> Shown:
    """A score over the years: up to six provinces or regions, and the national median. Lines break with the method.

    The table has ``year``, a column a place, and ``nation``.

    >>> from govlib import explore
    >>> int(explore.trend("pci", "time_costs", ["bac-ninh"], 2018, 2019, lang="en").table["year"].max())
    2019
    """
    wording.check_language(lang)
    index, component = check(index, component)
    first, last = span(index, component, first, last)
    chosen = _few(p for p in resolve_places(places) if p != NATION)
    lines = {p: s[(s.index >= first) & (s.index <= last)] for p in [*chosen, NATION]
             for s in [series(p, index, component)]}
    years = sorted(set().union(*(s.index for s in lines.values())))
    table = pd.DataFrame({"year": years, **{p: s.reindex(years).to_numpy() for p, s in lines.items()}})
    breaks = panel_board().breaks(index, component, first, last)
    broken = [b.year for b in breaks]
    title, note = _trend_words(index, component, chosen, lines, first, last, breaks, lang)
    apart = {p: panel_board().apart(index, p, first, last) for p in chosen if p not in provinces.regions()}
    d = drawings.trend(lines, broken, lang, decimals(index), apart) if years else drawings.empty(title)
    told = "; ".join(f"{place_name(p, lang)}: " + ", ".join(f"{y} {wording.number(v, lang, decimals(index))}" for y, v in s.items())
                     for p, s in lines.items())
    line = f'govlib.explore.trend("{index}", "{component}", {listed(chosen)}, {first}, {last}{in_language(lang)})'
    return Shown(title, d, table, f"{title} {told}", line, lang, note, labels_of(lines, lang), decimals(index),
                 sources_of(index, component, first, last), measured(index, component, lang, first, last))


def _few(places: Iterable[str]) -> list[str]:
    """The places, if they can be told apart. Raises BadInput for more, whose figures would not be in the table either."""
    if len(chosen := list(places)) > MOST:
        raise BadInput("more places than a drawing can tell apart", column="places", value=len(chosen),
                       fix=say("{most} or fewer", most=MOST))
    return chosen


def _broken_lines(breaks: list[Break], lang: str) -> list[str]:
    """Where the lines end and why: another method, or a merger."""
    merged = {b.year: b.what(lang) for b in breaks if b.scope == "unit"}
    told = [phrase("views.lines_break_at", lang, year=year, what=what) for year, what in merged.items()]
    if method := sorted({b.year for b in breaks} - set(merged)):
        years = wording.joined(map(str, method), lang)
        told.insert(0, phrase("views.lines_break_at_the_method", lang, years=years))
    return told


def _not_direct(broken: list[Break], lang: str) -> str:
    """Why scores are not set beside each other: a merger, another method, or nobody knows what was measured in between."""
    why = next((b.what(lang) for b in broken if b.scope == "unit"),
               phrase("views.the_method_changed_in_between" if broken else "comparisons.criteria_in_between", lang))
    return wording.sentence(phrase("views.scores_do_not_compare_directly", lang, why=why))


def _without_score(place: str, index: str, component: str, years: list[int], lang: str) -> str:
    """A place's years without a figure, by the reason that the panel knows."""
    why: dict[str, list[str]] = {}
    for year in years:
        short = (phrase("views.too_many_provinces_without_a", lang) if place in provinces.regions()
                 else data.reason(index, component, place, year).short(lang))
        why.setdefault(short, []).append(str(year))
    return f"{place_name(place, lang)}: {'; '.join(f'{short} {wording.joined(ys, lang)}' for short, ys in why.items())}."


def _lacking(places: list[str], index: str, component: str, held: Mapping[int, pd.Series], lang: str) -> list[str]:
    """The places that a view leaves out, each with the editions that have no figure of it and why."""
    gone = {p: [y for y, found in held.items() if p not in found.index] for p in places}
    return [_without_score(p, index, component, years, lang) for p, years in gone.items() if years]


def _doubt(index: str, year: int, place: str) -> tuple[str, str] | None:
    return None if place in provinces.regions() else indices.doubtful(index, int(year), place)


def _withdrawn(places: Iterable[str], index: str, years: Iterable[int], lang: str) -> list[str]:
    """Which of the figures shown their publisher does not stand by, and why."""
    return [phrase("views.withdrawn", lang, name=place_name(p, lang), year=y, why=doubt[lang != "vi"])
            for y in years for p in places if (doubt := _doubt(index, y, p))]


def _start(index: str, component: str, place: str, years: list[int]) -> int:
    """The first of the years with a figure of this place from which on all compare with the last: no change of method or unit
    between, and of an index that compares neighbours only no year without a figure. Years that the publisher does not stand by are
    passed over; where the last is one, nothing compares with it."""
    own = None if place in provinces.regions() else place
    start = years[-1]
    for year in [y for y in reversed(years[:-1]) if not _doubt(index, y, place)]:
        if panel_board().breaks(index, component, year, start, own) or indices.neighbours_only(index) and start - year > 1:
            break
        start = year
    return int(start)


def _trend_words(index, component, chosen, lines, first, last, breaks, lang) -> tuple[str, str]:
    notes = _broken_lines(breaks, lang)
    for p in chosen:
        notes += _withdrawn([p], index, list(lines[p].index), lang)
        if gone := [y for y in panel_board().editions(index, component) if first <= y <= last and y not in lines[p].index]:
            notes.append(_without_score(p, index, component, gone, lang))
    what = name_of(index, component, lang)
    if not chosen or lines[chosen[0]].empty:
        return phrase("views.no_score_of_the_chosen", lang, what=what), " ".join(notes)
    s, name = lines[chosen[0]], place_name(chosen[0], lang)
    end, d = int(s.index[-1]), decimals(index)
    level = wording.number(s.iloc[-1], lang, d)
    start = _start(index, component, chosen[0], list(s.index))
    if start == end:
        return phrase("views.one_score", lang, name=name, end=end, level=level), " ".join(notes)
    told = wording.change(float(s.iloc[-1] - s.loc[start]), lang, d)
    return phrase("views.score_moved", lang, name=name, told=told, start=start, end=end, level=level), " ".join(notes)


def distribution(index: str = "pci", component: str = "overall", places: str | Iterable[str] = ("bac-ninh",),
                 first: int | None = None, last: int | None = None, lang: str = "vi") -> Shown:
    """All provinces of each full edition as ticks, the middle half as a band, the chosen ones marked.

    The table has one row an edition: n, lowest, q1, median, q3, highest, and a column a chosen place.

    >>> from govlib import explore
    >>> explore.distribution("papi", "overall", ["bac-ninh"], 2022, 2023, lang="en").table["year"].drop_duplicates().tolist()
    [2022, 2023]
    """
    wording.check_language(lang)
    index, component = check(index, component)
    first, last = span(index, component, first, last)
    chosen = _few(p for p in resolve_places(places) if p != NATION)
    years = [y for y in full_years(index, component) if first <= y <= last]
    m, rows = panel_board().stood_by(index, component), []
    for year in years:
        v = m.loc[year].dropna()
        q = np.quantile(v, [0, 0.25, 0.5, 0.75, 1])
        rows.append({"year": year, "n": len(v), "lowest": q[0], "q1": q[1], "median": q[2], "q3": q[3], "highest": q[4],
                     **{p: series(p, index, component).get(year, math.nan) for p in chosen}})
    table = pd.DataFrame(rows, columns=["year", "n", "lowest", "q1", "median", "q3", "highest", *chosen])
    what, dec = name_of(index, component, lang), decimals(index)
    if not rows:
        title = phrase("views.no_edition_in_these_years", lang, what=what)
        d = drawings.empty(title)
    else:
        end = rows[-1]
        # of a total that was summed from fewer parts, or of another method, the width is another thing
        start = next(r for r in rows if not panel_board().breaks(index, component, r["year"], end["year"]))
        wide_now, wide_then = end["q3"] - end["q1"], start["q3"] - start["q1"]
        n = lambda v: wording.number(v, lang, dec)  # noqa: E731
        before = phrase("views.as_in_year", lang, year=start["year"], wide=n(wide_then)) if start is not end else ""
        title = phrase("views.middle_half", lang, what=what, year=end["year"], wide=n(wide_now), median=n(end["median"]),
                       before=before)
        d = drawings.distribution(m, rows, chosen, lang, {(p, y) for p in chosen for y in years if _doubt(index, y, p)})
    told = "; ".join(f"{r['year']}: {wording.number(r['lowest'], lang, dec)}–{wording.number(r['highest'], lang, dec)}"
                     for r in rows)
    line = f'govlib.explore.distribution("{index}", "{component}", {listed(chosen)}, {first}, {last}{in_language(lang)})'
    labels = labels_of(chosen, lang, lowest=pair("views.lowest"), q1=pair("views.first_quartile"),
                     median=pair("views.median"), q3=pair("views.third_quartile"), highest=pair("views.highest"))
    broken = panel_board().breaks(index, component, years[0], years[-1]) if years else []
    note = " ".join([phrase("views.only_editions_with_scores_of", lang), *([_not_direct(broken, lang)] if broken else []),
                     *_withdrawn(chosen, index, years, lang)])
    return Shown(title, d, table, f"{title} {told}", line, lang, note, labels, dec, sources_of(index, component, first, last),
                 measured(index, component, lang, first, last))


def rank_change(index: str = "pci", component: str = "overall",  # long: with its example
                places: str | Iterable[str] = ("bac-ninh",), first: int | None = None, last: int | None = None,
                lang: str = "vi") -> Shown:
    """Ranks in the first and the last full edition: every province a thin line, the chosen ones drawn strongly.

    Ranks are computed from the scores of the two editions (competition ranks). The table has all provinces:
    province, rank_first, rank_last, moved (up positive), score_first, score_last.

    >>> from govlib import explore
    >>> explore.rank_change("pci", "overall", ["bac-ninh"], 2018, 2019, lang="en").title.split()[0]
    'Bac'
    """
    wording.check_language(lang)
    index, component = check(index, component)
    first, last = span(index, component, first, last)
    years = [y for y in full_years(index, component) if first <= y <= last]
    given = [p for p in resolve_places(places) if p != NATION]
    chosen = list(dict.fromkeys(q for p in given for q in (provinces.expand(p) if p in provinces.regions() else [p])))[:14]
    what, dec = name_of(index, component, lang), decimals(index)
    line = f'govlib.explore.rank_change("{index}", "{component}", {listed(given)}, {first}, {last}{in_language(lang)})'
    columns = ["province", "rank_first", "rank_last", "moved", "score_first", "score_last"]
    measure = measured(index, component, lang, first, last)
    if len(years) < 2:
        title = phrase("views.ranks_can_be_compared_only", lang, what=what)
        return Shown(title, drawings.empty(title), pd.DataFrame(columns=columns), title, line, lang, "", labels_of((), lang), dec,
                     (), measure)
    a, b = years[0], years[-1]
    m = panel_board().stood_by(index, component)
    before, now = (m.loc[y].dropna().rank(ascending=False, method="min") for y in (a, b))
    both = [p for p in now.sort_values(kind="stable").index if p in before.index]
    table = pd.DataFrame({"province": both, "rank_first": before[both].astype(int).to_numpy(),
                          "rank_last": now[both].astype(int).to_numpy(),
                          "moved": (before[both] - now[both]).astype(int).to_numpy(), "score_first": m.loc[a, both].to_numpy(),
                          "score_last": m.loc[b, both].to_numpy()}, columns=columns)
    left = _withdrawn(chosen, index, (a, b), lang)
    named = [p for p in chosen if p in given and not any(_doubt(index, y, p) for y in (a, b))]  # of a region those that are there
    left += _lacking(named, index, component, {a: before, b: now}, lang)
    chosen = [p for p in chosen if p in both]
    broken = panel_board().breaks(index, component, a, b, chosen[0] if chosen else None)
    held = m.loc[a:b, chosen[:1]].dropna().index if chosen else years
    gap = indices.neighbours_only(index) and len(held) <= b - a  # years between of which nobody knows what was measured
    if chosen:
        r, name = table.set_index("province").loc[chosen[0]], place_name(chosen[0], lang)
        here = wording.rank(r["rank_last"], len(now), lang)
        if broken or gap:  # the scores of two methods have no difference
            title = phrase("views.two_ranks", lang, name=name, rank_first=wording.rank(r['rank_first'], len(before), lang), a=a,
                           here=here, b=b)
        else:
            told = wording.change(float(r["score_last"] - r["score_first"]), lang, dec)
            moved = wording.rank_change(r["rank_first"], r["rank_last"], lang)
            title = phrase("views.rank_moved", lang, name=name, told=told, a=a, b=b, moved=moved, here=here)
    else:
        title = phrase("views.ranks_in_and", lang, what=what, a=a, b=b)
    rho = correlate(before[both].to_numpy(), now[both].to_numpy())["spearman"]
    note = phrase("views.ranks_computed_from_scores_rank", lang, rho=wording.number(rho, lang))
    note = " ".join([note, *([_not_direct(broken, lang)] if broken or gap else []), *left])
    told = "; ".join(f"{place_name(p, lang)} {int(before[p])} → {int(now[p])}" for p in (chosen or both[:5]))
    def in_year(what: str, year: int) -> tuple[str, str]:
        vi, en = (phrase(f"views.{what}_in", told, year=year) for told in LANGS)
        return vi, en

    labels = labels_of(both, lang, rank_first=in_year("rank", a), rank_last=in_year("rank", b),
                       moved=pair("views.places_up"),
                     score_first=in_year("score", a), score_last=in_year("score", b))
    return Shown(title, drawings.ranks(table, chosen, (a, b), lang), table, f"{title} {told}", line, lang, note, labels, dec,
                 sources_of(index, component, a, b), measure)


def compare(index: str = "pci", a: str = "bac-ninh", b: str = "red-river-delta", year: int | None = None,
            lang: str = "vi") -> Shown:
    """Two provinces or regions, component by component, in the newest edition up to ``year`` that both have.

    Columns component, ``a``, ``b`` (by their slugs), difference, usual (the usual year-to-year movement).

    >>> from govlib import explore
    >>> len(explore.compare("pci", "bac-ninh", "nation", 2019, lang="en").table)
    10
    """
    wording.check_language(lang)
    index, _ = check(index, "overall")
    year = None if year is None else whole("year", year, "write 2024")
    (one,), (two,) = resolve_places([a]), resolve_places([b])
    if one == two:
        raise BadInput("choose two different places", value=one)
    ids = [c for c in components(index) if c not in ("overall", "overall_fixed_weights")]
    have = {c: [y for y in series(one, index, c).index.intersection(series(two, index, c).index)
                if (year is None or y <= year) and not _doubt(index, y, one) and not _doubt(index, y, two)] for c in ids}
    at = max((max(v) for v in have.values() if v), default=None)
    line = f'govlib.explore.compare("{index}", "{one}", "{two}", {year if year is not None else at}{in_language(lang)})'
    names, dec = (place_name(one, lang), place_name(two, lang)), decimals(index)
    columns = ["component", one, two, "difference", "usual"]
    if at is None:
        title = phrase("views.no_edition_has_components_of", lang, index=short_name(index, lang), one=names[0], two=names[1])
        return Shown(title, drawings.empty(title), pd.DataFrame(columns=columns), title, line, lang, "",
                     labels_of((one, two), lang), dec)
    rows = []
    for c in [c for c in ids if at in have[c]]:
        u = panel_board().usual_movement(index, c, int(at))
        va, vb = series(one, index, c)[at], series(two, index, c)[at]
        rows.append({"component": c, one: va, two: vb, "difference": va - vb, "usual": u.sd if u else math.nan})
    table = pd.DataFrame(rows, columns=columns)
    more, less = int((table["difference"] > 0).sum()), int((table["difference"] < 0).sum())
    far = table.loc[table["difference"].abs().idxmax()]
    gap = wording.signed(far["difference"], lang, dec)
    big = indices.name(index, far["component"], lang, int(at))
    short = short_name(index, lang)
    title = phrase("views.above_and_below", lang, short=short, at=at, one=names[0], two=names[1], more=more, less=less,
                   count=len(table), big=big, gap=gap)
    labels = labels_of((one, two), lang, component=pair("effects.component"), difference=pair("views.difference"),
                     usual=pair("views.usual_movement"))
    labels |= {c: indices.name(index, c, lang, int(at)) for c in table["component"]}
    note = phrase("views.regions_and_the_nation_the", lang)
    told = "; ".join(f"{labels[r['component']]} {wording.number(r[one], lang, dec)} / {wording.number(r[two], lang, dec)}"
                     for r in rows)
    sources = tuple(sorted({s for c in table["component"] for s in sources_of(index, c, int(at), int(at))}))
    return Shown(title, drawings.compare(table, one, two, labels, lang, dec), table, f"{title} {told}", line, lang, note, labels,
                 dec, sources,
                 f"{short} {at}, " + phrase("views.component_scores", lang))


def correlation(index: str = "pci", component: str = "overall", other: str = "papi", other_component: str = "overall",
                places: str | Iterable[str] = ("bac-ninh",), year: int | None = None, lang: str = "vi") -> Shown:
    """Two scores of the same edition, a dot a province, with Pearson's and Spearman's coefficients.

    The newest edition up to ``year`` that is full in both. Columns province, and the two scores.

    >>> from govlib import explore
    >>> explore.correlation("pci", "overall", "papi", "overall", year=2019, lang="en").title
    'PCI and PAPI in 2019 show no clear relation, r = 0.18 (95% interval −0.07 to 0.41).'
    """
    wording.check_language(lang)
    index, component = check(index, component)
    other, other_component = check(other, other_component)
    year = None if year is None else whole("year", year, "write 2024")
    if (index, component) == (other, other_component):
        raise BadInput("a score goes together with itself perfectly", value=f"{index} {component}",
                       fix="choose another index or component")
    chosen = _few(p for p in resolve_places(places) if p != NATION and p not in provinces.regions())
    shared = sorted(set(full_years(index, component)) & set(full_years(other, other_component)))
    at = max((y for y in shared if year is None or y <= year), default=None)
    key_a, key_b = f"{index}.{component}", f"{other}.{other_component}"
    names = (name_of(index, component, lang), name_of(other, other_component, lang))
    line = (f'govlib.explore.correlation("{index}", "{component}", "{other}", "{other_component}", {listed(chosen)}, '
            f"{year if year is not None else at}{in_language(lang)})")
    if at is None:
        title = phrase("views.and_no_edition_is_full", lang, one=names[0], two=names[1])
        return Shown(title, drawings.empty(title), pd.DataFrame(columns=["province", key_a, key_b]), title, line, lang, "",
                     labels_of((), lang))
    both = pd.concat([panel_board().stood_by(index, component).loc[at], panel_board().stood_by(other, other_component).loc[at]],
                     axis=1, join="inner").dropna()
    both.columns = [key_a, key_b]
    r = correlate(*both.to_numpy().T)
    n = lambda v: wording.number(v, lang)  # noqa: E731
    clear = not r["low"] <= 0 <= r["high"]
    way = phrase("views.show_no_clear_relation" if not clear else "views.same_way" if r["pearson"] > 0 else "views.opposite_ways",
                 lang)
    title = phrase("views.go_together", lang, one=names[0], two=names[1], at=at, way=way, pearson=n(r['pearson']), low=n(r['low']),
                   high=n(r['high']))
    others = "; ".join(f"{y}: {n(correlate(*_pair(index, component, other, other_component, y))['pearson'])}" for y in shared)
    note = phrase("views.spearman_provinces_r_by_edition", lang, spearman=n(r['spearman']), n=r['n'], others=others)
    gone = [told for one in ((index, component), (other, other_component))
            for told in _lacking(chosen, *one, {at: panel_board().stood_by(*one).loc[at].dropna()}, lang)]
    note = " ".join([note, *dict.fromkeys(gone)])
    labels = labels_of(both.index, lang) | {key_a: names[0], key_b: names[1]}
    table = both.reset_index(names="province")
    sources = tuple(sorted({*sources_of(index, component, at, at), *sources_of(other, other_component, at, at)}))
    return Shown(title, drawings.scatter(both, chosen, names, lang), table, title, line, lang, note, labels,
                 max(decimals(index), decimals(other)), sources,
                 f"{names[0]}; {names[1]}, {at}")


def _pair(index: str, component: str, other: str, other_component: str, year: int) -> Any:
    a, b = panel_board().stood_by(index, component).loc[year], panel_board().stood_by(other, other_component).loc[year]
    both = [p for p in a.index if p in b.index]
    return a[both].to_numpy(), b[both].to_numpy()
