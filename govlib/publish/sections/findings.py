"""The three findings and the cards: each index in a sentence, a change before a rank."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from govlib.known import indices, weighting
from govlib.publish import show
from govlib.publish.sections import facts
from govlib.publish.sections.answering import before_merger
from govlib.publish.sections.base import FIVE, HOME, OURS, Context, Marks, clause, once, remarks, tiers
from govlib.publish.sections.goals import target_year
from govlib.reading import comparisons, kept, targets
from govlib.reading import findings as rule
from govlib.reading.board import Break, Cell
from govlib.text import spans
from govlib.words import headlines, wording

CARDS = FIVE


def finding(page: Context, index_id: str, cell: Cell) -> tuple[dict, comparisons.Change | None]:
    """What :func:`govlib.words.headlines.score_finding` needs about one figure."""
    ch = comparisons.change(page.board, index_id, "overall", page.province, cell.year)
    place = comparisons.place(page.board, index_id, "overall", page.province, cell.year)
    f = {"index": page.short(index_id), "year": cell.year, "score": cell.score, "decimals": page.decimals(index_id),
         "unit": page.unit(index_id), "rank": place.rank if place else None, "of": place.of if place else None, "reason": None}
    # what is measured anew is ranked anew: across a break a rank moves for reasons that are not the province's
    one_year = ch is None or ch.before is None or ch.neighbours  # a score's change over two years has no rank's of one beside it
    if one_year and same_field(page, index_id, cell.year) and not page.board.breaks(index_id, "overall", cell.year - 1, cell.year,
                                                                                    page.province):
        if comparisons.same_provinces(page.board, index_id, "overall", cell.year):
            before = comparisons.place(page.board, index_id, "overall", page.province, cell.year - 1)
            f["previous_rank"] = before.rank if before else None
        else:
            f["common_ranks"] = comparisons.common_ranks(page.board, index_id, "overall", page.province, cell.year)
    if f["rank"] is None and cell.score is not None:
        f["rank_note"] = rank_note(page, cell)
    if cell.score is None:
        f["reason"] = page.rank_only(index_id, cell.year, short=True)
    if ch and ch.delta is not None:
        f |= {"change": ch.delta, "previous_year": ch.from_year, "comparable": ch.comparable, "threshold": ch.threshold,
              "ratio": ch.ratio, "break_note": break_note(page, index_id, ch.breaks, cell.year)}
        if not ch.comparable:
            f["parts"] = parts_that_compare(page, index_id, cell.year) if ch.neighbours else None
        elif ch.neighbours and ch.step is not None and not ch.step.fits:
            f |= {"ratio": None, "unfit": ch.step}
        if ch.comparable and ch.neighbours:
            f["median_change"] = comparisons.median_change(page.board, index_id, "overall", cell.year)
            f["kept"] = kept.of(page.board, index_id, "overall")
    return f, ch


def break_note(page: Context, index_id: str, breaks: Iterable[Break], year: int) -> str:
    """Why figures do not join, as part of a sentence: the publisher's change of the whole or, for want of one, the
    components whose measure changed and those whose scores jump everywhere without a stated reason."""
    whole = [clause(b.what(page.lang)) for b in breaks if b.scope in ("all", "overall", "unit", "doubtful")]
    if whole:
        return wording.joined(dict.fromkeys(whole), page.lang)
    jumps = {b.scope: None for b in breaks if b.known.startswith("jump")}
    changed = {b.scope: None for b in breaks if not b.known.startswith("jump") and b.scope not in jumps}

    def names(scopes: Iterable[str]) -> str:
        return wording.joined([page.component(index_id, c, year) for c in scopes], page.lang)

    said = []
    if changed:
        said.append(page.label("findings.measure_changed_in", names=names(changed)))
    if jumps:
        said.append(page.label("findings.scores_jumped_nationwide_for", names=names(jumps)))
    return wording.joined(said, page.lang)


def parts_that_compare(page: Context, index_id: str, year: int) -> dict | None:
    """Of a summed total that broke: the components whose own figures still join, their number, and their change added up."""
    if not weighting.is_sum(index_id):
        return None
    m = movers(page, index_id, year)
    of, before = (len(indices.component_ids(index_id, y)) for y in (year, year - 1))
    return {"n": len(m), "of": of, "change": float(m["delta"].sum()), "same_scale": of == before} if 1 < len(m) < of else None


def same_field(page: Context, index_id: str, year: int) -> bool:
    """Whether about as many provinces were ranked the year before, so that a change of rank means something: the
    fourteenth of 42 and the fortieth of 64 are no fall of 26 places."""
    now, before = (page.board.of(index_id, "overall", y) for y in (year, year - 1))
    return abs(now - before) <= rule.SAME_FIELD * now


def rank_note(page: Context, cell: Cell) -> str:
    if n := comparisons.outside(page.board, cell):
        return page.label("findings.not_among_provinces_whose", n=n)
    return page.label("findings.rank_not_given_in")


def score_sentence(page: Context, index_id: str, cell: Cell, told: frozenset[str] = frozenset()) -> show.Html:
    """``told`` before: its ``rank``, or where it is known to lie (then only its move from the year before is), its ``change``."""
    f, ch = finding(page, index_id, cell)
    if "rank" in told:
        f |= {"rank_note": None, "rank_told": True}
    f["change_told"] = "change" in told and bool(ch and ch.comparable)
    marks = Marks()
    key = f"{index_id}/overall {page.province}"

    over, median = f"{key} {cell.year - 1} {cell.year}", f"{index_id}/overall"
    recipes = {"previous_rank": f"rank_change {over}", "common_ranks": f"common_ranks {over}", "net": f"change_net {over}",
               "parts": f"change_of_parts {over}", "median_change": f"change_of_median {median} {cell.year - 1} {cell.year}",
               "change": f"change {key} {f.get('previous_year')} {cell.year}", "threshold": f"threshold {median} {cell.year}",
               "rank": f"rank {key} {cell.year}", "unfit": f"step_beyond {median} {cell.year}",
               **{k: f"{k} {over}" for k in ("kept", "kept_points", "kept_low", "kept_high")}}

    def mark(text: str, what: str) -> str:
        computed = what == "rank" and cell.rank is None
        if what == "score" or what == "rank" and not computed:
            return marks.put(page.cited(text, cell, what))
        number = show.num(text, source=OURS, locator=recipes[what], lang=page.lang)
        return marks.put(number) + (page.label("findings.computed") if computed else "")

    return marks.filled(headlines.score_finding(f, page.lang, mark))


@once
def compared(page: Context, index_id: str, year: int) -> pd.DataFrame:
    """Every component of an edition beside the median and the peers, see :func:`comparisons.components_table`."""
    return comparisons.components_table(page.board, index_id, page.province, year, indices.component_ids(index_id, year),
                                        page.peers)


@once
def movers(page: Context, index_id: str, year: int) -> pd.DataFrame:
    """Comparable changes of components since the year before, the largest first: component, delta, ratio."""
    table = compared(page, index_id, year)
    keep = table["comparable"] & table["delta"].notna() & (table["before_year"] == year - 1)
    return table[keep].sort_values("delta", ascending=False, kind="stable")


def movers_sentence(page: Context, index_id: str, year: int) -> show.Html | None:
    m = movers(page, index_id, year)
    if m.empty:
        return None
    marks = Marks()
    names = {page.component(index_id, c, year): c for c in m["component"]}

    def mark(text: str, name: str) -> str:
        change = f"change {index_id}/{names.get(name)} {page.province} {year - 1} {year}"
        where = {"by_chance": f"any_by_chance {len(m)}", "kept": f"kept {index_id}/components"}.get(name, change)
        return marks.put(show.num(text, source=OURS, lang=page.lang, locator=where))

    pairs = [(page.component(index_id, r.component, year), r.delta) for r in m.itertuples()]
    d = page.decimals(index_id)
    rose = [p for p in pairs if round(p[1], d) > 0]
    fell = [p for p in pairs if round(p[1], d) < 0]
    beyond = None if m["direction"].eq("").any() else [p for p, way in zip(pairs, m["direction"], strict=True) if way != "within"]
    left = kept.of(page.board, index_id, "components") if beyond else None
    moved = headlines.Moved(page.short(index_id), year, year - 1, rose, fell, len(pairs) - len(rose) - len(fell),
                            len(indices.component_ids(index_id, year)), beyond, left.share if left else None, d)
    return marks.filled(headlines.movers_finding(moved, page.lang, mark))


def levels_sentence(page: Context, index_id: str, year: int) -> show.Html | None:
    """The components in which the province stands highest and lowest in the country; None where no edition is full."""
    t = compared(page, index_id, year)
    t = t[t["rank"].notna() & t["gap"].notna()].sort_values(["rank", "gap"], ascending=[True, False], kind="stable")
    if len(t) < 3:
        return None
    ends = {"best": t.iloc[0], "worst": t.iloc[-1]}
    marks = Marks()

    def mark(text: str, key: str) -> str:
        which, what = key.split("_")
        r = ends[which]
        if what == "rank" and r["rank_published"]:
            return marks.put(page.cited(text, page.board.row(index_id, r["component"], page.province, year), "rank"))
        return marks.put(show.num(text, source=OURS, lang=page.lang,
                                  locator=f"{what} {index_id}/{r['component']} {page.province} {year}"))

    said = {k: {"name": page.component(index_id, r["component"], year), "rank": r["rank"], "of": r["of"], "gap": r["gap"]}
            for k, r in ends.items()}
    moved = movers(page, index_id, year)
    quiet = len(moved) == len(t) and bool(moved["direction"].eq("within").all())
    return marks.filled(headlines.levels_finding(said["best"], said["worst"], page.lang, index=page.short(index_id), year=year,
                                                 decimals=page.decimals(index_id), quiet=quiet, mark=mark))


def place_sentence(page: Context, index_id: str, year: int) -> show.Html | None:
    p = comparisons.place(page.board, index_id, "overall", page.province, year)
    if p is None or p.cell.score is None:
        return None
    marks = Marks()
    key = {"gap": f"gap {index_id}/overall {page.province} {year}", "median": f"median {index_id}/overall {year}",
           "region_rank": f"region_rank {index_id}/overall {page.province} {year}"}

    if p.printed is not None:
        key |= {"gap": key["gap"].replace("gap", "gap_printed", 1), "median": p.printed.locator}

    def mark(text: str, what: str) -> str:
        of = p.printed.source if p.printed is not None and what == "median" else OURS
        return marks.put(show.num(text, source=of, locator=key[what], lang=page.lang))

    reason = page.label("findings.our_sources_hold_scores", n_scored=p.n_scored,
                        expected=page.board.expected(index_id, year))
    f = {"index": page.short(index_id), "year": year, "gap": p.gap, "median": p.median, "region": page.region_name,
         "region_rank": p.region_rank, "region_of": p.region_of, "decimals": page.decimals(index_id), "reason": reason,
         "unit": page.unit(index_id)}
    if p.printed is not None:
        page.see(p.printed.source)
        f |= {"gap": p.gap_printed, "median": p.printed.value, "statistic": p.printed.statistic, "pages": p.printed.pages}
    return marks.filled(headlines.place_finding(f, page.lang, mark))


def cover(page: Context) -> dict:
    """Keyword arguments of ``show.cover``."""
    return {"title": page.label("findings.governance_indices", place=page.place()),
            "subtitle": page.label("cover.subtitle"), "place": page.place(), "year": page.year, "lang": page.lang,
            "issued_by": page.issuer or page.label("cover.issuer" if page.province == HOME else "cover.issuer_neutral"),
            "edition": " ".join([page.label("cover.edition", year=page.year), *before_merger(page)])}


def findings(page: Context) -> list[show.Html]:
    """Three findings, chosen over all indices and over runs of years by the written rule (:mod:`govlib.reading.findings`), each
    with the index's newest score; where the rule finds fewer, the newest scores and what moved in their components."""
    chosen = rule.choose(facts.found(page))
    out, told_of = [], set()
    for finding in chosen:
        cell = None if finding.index_id in told_of else page.newest_scored(finding.index_id)
        whole = [f for f in finding.facts if cell is not None and f.component == "overall" and (
            f.ranks and f.year == cell.year or f.change is not None and f.change.now.year == cell.year)]
        said = frozenset("rank" if f.ranks else "change" for f in whole)
        out.append(show.join([facts.told(page, finding)] + ([told(page, finding.index_id, cell, said)] if cell else [])))
        told_of.add(finding.index_id)
    rest = [i for i in ("pci", "papi", "dti", "par", "sipas") if i not in told_of]
    newest = sorted([cell for i in rest if (cell := page.newest_scored(i))], key=lambda cell: -cell.year)
    out += [told(page, cell.index_id, cell) for cell in newest[:max(0, 3 - len(out))]]
    if len(out) < 3 and (news := component_news(page)):
        out.append(news)
    return out or [show.esc(wording.sentence(page.label("findings.has_no_published_score", place=page.place(), year=page.year)))]


def told(page: Context, index_id: str, cell: Cell, before: frozenset[str] = frozenset()) -> show.Html:
    """One index's sentence, with why the page's own year has none (of the five the first sheet says it) and how it was made."""
    said = [score_sentence(page, index_id, cell, before)]
    said += map(show.esc, page.of_old_unit(cell.year))
    if newer := newer_total(page, cell):
        said.append(show.fmt(page.label("findings.newer"), **newer))
    elif cell.year != page.year:
        said.append(show.esc(page.label("findings.newest_short", place=page.place()) if index_id in CARDS else page.label(
            "findings.this_is_newest_edition", place=page.place(), year=page.year, why=page.reason(index_id, page.year))))
    if cell.status == "derived":
        said.append(show.esc(wording.sentence(page.label("note.derived"))))
    return show.join(said)


def newer_total(page: Context, cell: Cell) -> dict | None:
    """``year``, ``score``, ``rank`` and ``of`` of a newer total than a cell's that was worked out from components; None without."""
    year = target_year(page, cell.index_id)
    if year is None or year <= cell.year:
        return None
    field, one = targets.official(page.board, cell.index_id, year), f"{cell.index_id} {page.province} {year}"
    return {"year": year, "score": page.ours(float(field.composite[page.province]), f"composite {one}", 2),
            "rank": page.ours(field.rank(page.province), f"rank_by_weights {one}", 0), "of": len(field.composite)}


def component_news(page: Context) -> show.Html | None:
    """What moved in the newest edition with components, if anything moved beyond chance; else the highest and the lowest place."""
    years = {i: year for i in ("papi", "pci") if (year := page.component_year(i)) and page.own_unit(year)}
    order = sorted(years, key=lambda i: (years[i], i == "pci"), reverse=True)
    for index_id in order:
        m = movers(page, index_id, years[index_id])
        if len(m) > 2 and m["direction"].isin(["up", "down"]).any():
            return movers_sentence(page, index_id, years[index_id])
        if levels := levels_sentence(page, index_id, years[index_id]):
            return levels
        if len(m) > 2:
            return movers_sentence(page, index_id, years[index_id])
    return None


def cards(page: Context) -> list[show.Card]:
    return [card(page, i) for i in CARDS] + ([card(page, "ict")] if page.newest("ict") and not page.newest("dti") else [])


def card(page: Context, index_id: str) -> show.Card:
    """One index: its newest figure up to the year, labelled with its edition; else why there is none."""
    cell, scored = page.newest(index_id), page.newest_scored(index_id)
    name = page.short(index_id)
    if cell is None:
        reason = wording.sentence(page.reason(index_id, page.year))
        if page.withheld(index_id, page.year):
            return show.Card(label=f"{name} {page.year}", reason=reason)
        return show.Card(label=f"{name} {page.year}", value="–", note=reason)
    notes = []
    if cell.status == "derived":
        notes.append(page.label("note.derived"))
    notes += page.of_old_unit(cell.year)
    if cell.year != page.year:
        notes.append(page.label("findings.no_figure", year=page.year, reason=page.reason(index_id, page.year)))
    place = comparisons.place(page.board, index_id, "overall", page.province, cell.year)
    of = place.of if place else None
    rank: show.Html | str | None = None
    if cell.rank is not None:
        rank = show.fmt("{r}/{n}", r=page.num(cell, what="rank"), n=of)
    elif place and place.rank is not None:
        rank = show.fmt("{r}/{n} {note}", r=page.ours(place.rank, f"rank {index_id}/overall {page.province} {cell.year}", 0),
                        n=of, note=page.label("findings.in_brackets_computed"))
    elif cell.score is not None:
        n = comparisons.outside(page.board, cell)
        rank = page.label("findings.outside_published", n=n) if n else "–"
    if cell.score is None:
        if scored:
            notes += [show.fmt(page.label("findings.latest_score"), s=page.num(scored), y=scored.year),
                      *page.of_old_unit(scored.year)]
        notes.insert(0, page.rank_only(index_id, cell.year))
        return show.Card(label=f"{name} {cell.year}", value="–", rank=rank, edition=str(cell.year), note=remarks(notes))
    ch = comparisons.change(page.board, index_id, "overall", page.province, cell.year)
    change, direction = None, None
    if ch and ch.delta is not None and ch.comparable:
        d = page.decimals(index_id)
        change = show.fmt(page.label("findings.on"), y=ch.from_year,
                          x=page.ours(ch.delta, f"change {index_id}/overall {page.province} {ch.from_year} {cell.year}", d, True))
        direction = ch.direction if ch.direction in ("up", "down") else None  # colour and arrow are for changes that mean something
        notes.insert(0, _size(page, ch))
    elif ch and ch.delta is not None:
        what = break_note(page, index_id, ch.breaks, cell.year)
        notes.insert(0, page.label("findings.not_comparable_with", year=ch.from_year, what=what))
    return show.Card(label=f"{name} {cell.year}", value=page.num(cell), unit=page.unit(index_id), change=change,
                     direction=direction, rank=rank, tier=tier(page, index_id, cell.year), best=best(page, index_id, cell.year),
                     edition=str(cell.year), note=remarks(notes))


def _size(page: Context, ch: comparisons.Change) -> str:
    """How large a change is, as a remark on a card."""
    if ch.neighbours and ch.step is not None and not ch.step.fits:  # a step is of one year
        return page.label("wording.unfit_short", beyond=ch.step.outside_beyond, n=ch.step.outside)
    if ch.ratio is None and ch.gap_years:
        return page.label("findings.no_score_for", spans=spans(ch.gap_years))
    return headlines.size(ch.ratio, page.lang)


def best(page: Context, index_id: str, year: int) -> str | None:
    b = comparisons.best_since(page.board, index_id, "overall", page.province, year)
    if b is None:
        return None
    return str(b.since) if b.since else page.label("findings.first_comparable_year", first=b.first)


def tier(page: Context, index_id: str, year: int) -> str | None:
    """The tier as the publisher printed it, in both languages where the registry pairs them; said where our sources lack
    it, nothing for an index without tiers."""
    found = tiers(index_id, year).get(page.province)
    if not found:
        return page.label("findings.not_in_our_sources") if indices.index(index_id).tiers else None
    pairs = {t["vi"]: t["en"] for t in indices.index(index_id).tiers}
    return pairs.get(found, found) if page.lang == "en" else found


def reading_rule(page: Context) -> str:
    return headlines.reading_rule(page.lang)
