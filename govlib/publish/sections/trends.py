"""The years: trends that end at a break, small multiples, the heatmap."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from govlib.known import indices
from govlib.publish import show
from govlib.publish.charts import heatmap, multiples, trend
from govlib.publish.sections.base import Context, drawn, once, starred
from govlib.publish.sections.components import scale_words
from govlib.publish.sections.facts import rank_of
from govlib.reading import comparisons, findings
from govlib.reading.board import Break, Cell
from govlib.text import spans
from govlib.words import wording
from govlib.words.wording import number


def trend_figure(page: Context, index_id: str, component: str = "overall") -> dict | None:
    """The composite over the years, as published; or, for PCI, recomputed with fixed weights, which breaks less often."""
    mine = [c for c in page.board.series(index_id, component, page.province, page.year)]
    scored = [c for c in mine if c.score is not None]
    if len(scored) < 3:
        return None
    first, m = scored[0].year, page.board.matrix(index_id, component)
    rows = [(c.year, page.place(), "province", c.score, page.num(c)) for c in scored]
    for slug in page.peers[:3]:
        rows += [(c.year, page.place(slug), "peer", c.score, page.num(c))
                 for c in page.board.series(index_id, component, slug, page.year)
                 if c.score is not None and c.year >= first]
    nation = page.label("components.column_national_median")
    rows += [(y, nation, "nation", *median(page, index_id, component, y)) for y in m.index.tolist()
             if first <= y <= page.year and page.board.is_full(index_id, component, y)]
    df = pd.DataFrame(rows, columns=["year", "series", "role", "value", "shown"], dtype=object)
    found = own_breaks(page, index_id, component, first, page.year)
    breaks = sorted({b.year for b in found})
    missing = [y for y in range(first, page.year + 1) if y not in {c.year for c in scored} and y in indices.editions(index_id)]
    d, name = page.decimals(index_id), page.component(index_id, component)
    last = scored[-1]
    run = [c for c in scored if not page.board.breaks(index_id, component, c.year, last.year, page.province)]
    title = _latest(page, index_id, component, run, missing)
    what = f"{name}, {first}–{page.year}"
    notes = page.of_old_unit(last.year) + ([page.label("note.fixed")] if component == "overall_fixed_weights" else [])
    notes += [broken_lines(page, found)] if found else []
    if missing:
        notes.append(page.label("trends.no_score_for_in", place=page.place(), spans=spans(missing)))
    return drawn(trend.draw, df, page.lang, breaks=breaks, missing=missing, decimals=d) | {
        "title": title,
            "measure": f"{what}, {_scales(page, index_id, [c.year for c in scored])}", "note": " ".join(notes) or None,
            "alt": trend.alt(df, page.lang, what=what, breaks=breaks, missing=missing, decimals=d), "decimals": d,
            "table": trend.table(df, page.lang), "source": page.source_line(index_id, None),
        "name": f"{index_id}-{page.province}-{component.replace('_', '-')}-trend"}


def _scales(page: Context, index_id: str, years: Sequence[int]) -> str:
    """The composite's scale; where it was another in earlier years, each with the editions that it held for, whether the province
    has a score in them or not."""
    held: dict[str, list[int]] = {}
    for year in sorted({*years, *(y for y in indices.editions(index_id) if years[0] <= y <= years[-1])}):
        held.setdefault(scale_words(page, index_id, "overall", year), []).append(year)
    *before, (newest, since) = held.items()
    told = [page.label("trends.scale_to", scale=words, year=until[-1]) for words, until in before]
    return ", ".join([*told, page.label("trends.scale_from", scale=newest, year=since[0]) if before else newest])


def _latest(page: Context, index_id: str, component: str, run: Sequence[Cell], missing: Sequence[int]) -> str:
    """The finding over a trend: the year first, what is newer and not held, and the change over the comparable years with what it
    is worth."""
    last, d = run[-1], page.decimals(index_id)
    title = page.label("trends.latest", name=page.component(index_id, component), place=page.place(),
                       score=number(last.score, page.lang, d), year=last.year)
    if later := [y for y in missing if y > last.year]:
        title += page.label("trends.later", years=spans(later))
    start, end = run[0].score, last.score
    if len(run) > 1 and start is not None and end is not None:
        title += page.label("trends.since", moved=wording.signed(end - start, page.lang, d), year=run[0].year)
        ch = comparisons.change(page.board, index_id, component, page.province, last.year)
        if ch and ch.delta is not None and ch.comparable and (worth := _worth(ch)):
            if ch.from_year != run[0].year:  # the fluctuation is that of one year: the last step is told beside the whole run
                title += page.label("trends.since", moved=wording.signed(ch.delta, page.lang, d), year=ch.from_year)
            title += page.label(worth)
    return title


def _worth(ch: comparisons.Change) -> str:
    """What a last step is worth, as the key of its words; empty where no fluctuation is known to hold it against."""
    if ch.direction:
        return "trends.within" if ch.direction == "within" else "trends.beyond"
    return "trends.unfit" if ch.neighbours and ch.step is not None and not ch.step.fits else ""


def rank_figure(page: Context, index_id: str) -> dict | None:
    """The ranks over the years, where scores of fewer than three years on one scale make no trend: an index whose measure keeps
    changing, or of which the pages print ranks alone. None with fewer than three ranks."""
    mine = [c for c in findings.ranks(page.board, index_id, "overall", page.province, page.year) if c.rank is not None]
    if len(mine) < 3:
        return None
    first, rows = mine[0].year, []
    for slug, role in ((page.province, "province"), *((peer, "peer") for peer in page.peers[:3])):
        held = mine if role == "province" else findings.ranks(page.board, index_id, "overall", slug, page.year)
        rows += [(r.year, page.place(slug), role, r.rank, rank_of(page, index_id, "overall", slug, r)) for r in held
                 if r.rank is not None and r.year >= first]
    df = pd.DataFrame(rows, columns=["year", "series", "role", "value", "shown"], dtype=object)
    found = own_breaks(page, index_id, "overall", first, page.year)
    breaks, years = sorted({b.year for b in found}), {r.year for r in mine}
    missing = [y for y in range(first, page.year + 1) if y not in years and y in indices.editions(index_id)]
    name, last = page.short(index_id), mine[-1]
    what = page.label("trends.ranks_of", name=name, first=first, last=page.year)
    notes = page.of_old_unit(last.year) + ([broken_lines(page, found, "ranks")] if found else [])
    if missing:
        notes.append(page.label("trends.no_rank_for_in", place=page.place(), spans=spans(missing)))
    return drawn(trend.draw, df, page.lang, breaks=breaks, missing=missing, decimals=0, ranks=True) | {
        "half": True,
        "title": page.label("trends.rank_in", name=name, place=page.place(), rank=last.rank, of=last.of, year=last.year),
        "measure": what, "note": " ".join(notes) or None, "decimals": 0, "table": trend.table(df, page.lang),
        "alt": trend.alt(df, page.lang, what=what, breaks=breaks, missing=missing, decimals=0, ranks=True),
        "source": page.source_line(index_id, None), "name": f"{index_id}-{page.province}-rank-trend"}


def median(page: Context, index_id: str, component: str, year: int) -> tuple[float | None, show.Html]:
    """The national median of a full edition, for the drawing and with its recipe."""
    value = page.board.edition(index_id, component, year).median
    return value, page.ours(value, f"median {index_id}/{component} {year}", page.decimals(index_id))


def own_breaks(page: Context, index_id: str, component: str, first: int, last: int) -> list[Break]:
    """Where the province's own line ends: what reaches the component, and both sides of a figure between that its publisher does
    not stand by (``Board.breaks`` asks that of its two ends alone: the years around such a figure do compare)."""
    found = [b for b in page.board.breaks(index_id, component, first, last, page.province) if b.scope != "doubtful"]
    for c in page.board.series(index_id, component, page.province, last):
        if c.score is not None and (doubt := indices.doubtful(index_id, c.year, page.province)):
            found += [Break(at, "doubtful", *doubt) for at in (c.year, c.year + 1) if first < at <= last]
    return found


def withdrawn(page: Context, index_id: str, years: Iterable[int]) -> dict[int, str]:
    """The years whose figures of the province their publisher does not stand by, and why."""
    return {int(y): doubt[page.lang != "vi"] for y in sorted(set(years))
            if (doubt := indices.doubtful(index_id, int(y), page.province))}


def of_kind(breaks: Iterable[Break], kind: str) -> list[Break]:
    """Breaks by why: ``unit``, ``doubtful``, or ``method`` (all others)."""
    return [b for b in breaks if (b.scope if b.scope in ("unit", "doubtful") else "method") == kind]


def broken_lines(page: Context, breaks: Sequence[Break], of: str = "lines") -> str:
    """Where lines end and why: a change of method, of the unit itself, or both; and what is joined to nothing, in its own words."""
    told = [page.label(f"trends.at_{kind}", years=wording.joined(map(str, years), page.lang)) for kind in ("method", "unit")
            if (years := sorted({b.year for b in of_kind(breaks, kind)}))]
    said = [page.label(f"trends.{of}_break", at=wording.joined(told, page.lang))] if told else []
    why: dict[str, set[int]] = {}
    for b in of_kind(breaks, "doubtful"):
        why.setdefault(b.what(page.lang), set()).add(b.year)
    said += [page.label("trends.withdrawn", years=wording.joined(map(str, sorted(years)), page.lang), what=what)
             for what, years in why.items()]
    return " ".join(said)


@once
def _long(page: Context, index_id: str) -> pd.DataFrame:
    """Component scores of the province and the national median, one row a figure; ``shown`` carries its source."""
    year = page.component_year(index_id)
    rows: list[tuple] = []
    for c in indices.component_ids(index_id, year) if year else ():
        name, m = page.component(index_id, c, year), page.board.matrix(index_id, c)
        rows += [(c, name, s.year, page.place(), "province", s.score,
                  starred(page.num(s)) if indices.doubtful(index_id, s.year, page.province) else page.num(s))
                 for s in page.board.series(index_id, c, page.province, page.year) if s.score is not None]
        rows += [(c, name, y, page.label("components.column_national_median"), "nation", *median(page, index_id, c, y))
                 for y in m.index.tolist() if y <= page.year and page.board.is_full(index_id, c, y)]
    return pd.DataFrame(rows, columns=["component", "panel", "year", "series", "role", "value", "shown"], dtype=object)


def multiples_figure(page: Context, index_id: str) -> dict | None:
    df = _long(page, index_id)
    mine = df[df["role"] == "province"]
    if mine.empty or mine.groupby("panel")["year"].nunique().max() < 3:
        return None
    df = df[df["panel"].isin(set(mine["panel"]))]
    first, last = int(mine["year"].min()), int(mine["year"].max())
    df = df[df["year"] >= first]
    found = component_breaks(page, index_id, first, last)
    breaks = {panel: sorted({b.year for b in bs if b.scope != "doubtful"}) for panel, bs in found.items()}
    what = f"{page.short(index_id)}, {page.place()}, {first}–{last}"
    odd = withdrawn(page, index_id, mine["year"])
    year, low, high = ends(mine[~mine["year"].isin(list(odd))], "year", "panel")
    title = page.label("trends.lowest_in_highest_in", year=year, low=low, high=high)
    every = [b for bs in found.values() for b in bs]
    gaps = any(mine.loc[mine["panel"] == p, "year"].agg(lambda y: y.max() - y.min() + 1 > y.nunique()) for p in found)
    notes = page.of_old_unit(year) + ([broken_lines(page, every)] if every else [])
    notes += [page.label("trends.lines_also_break_where")] if gaps else []
    return drawn(multiples.draw, df, page.lang, breaks=breaks, hollow=odd) | {
            "title": title, "decimals": 2,
            "measure": page.label("trends.components_on_one_scale", what=what),
            "alt": multiples.alt(df, page.lang, what=what, breaks=breaks, hollow=odd), "table": multiples.table(df, page.lang),
            "source": page.source_line(index_id, None), "name": f"{index_id}-{page.province}-components-trend", "wide": True,
            "note": " ".join(notes) or None}


def ends(df: pd.DataFrame, year: str, name: str) -> tuple[int, str, str]:
    """(year, lowest, highest component) of the newest year with two or more: figures of several years would not compare."""
    counts = df.groupby(year)["value"].count()
    newest = int(max(counts.index[counts > 1], default=counts.index.max()))
    rows = df[df[year] == newest].sort_values("value")
    return newest, rows.iloc[0][name], rows.iloc[-1][name]


def component_breaks(page: Context, index_id: str, first: int, last: int) -> dict[str, list[Break]]:
    """Breaks of each component that :func:`_long` has, by its name."""
    df = _long(page, index_id)
    names = dict(zip(df["component"], df["panel"], strict=True))
    return {name: own_breaks(page, index_id, c, first, last) for c, name in names.items()}


def heatmap_figure(page: Context, index_id: str) -> dict | None:
    df = _long(page, index_id)
    df = df[df["role"] == "province"].rename(columns={"panel": "row", "year": "column"})
    if df.empty or df["column"].nunique() < 3:
        return None
    found = component_breaks(page, index_id, int(df["column"].min()), int(df["column"].max()))
    # a hollow cell says by itself that it joins nothing: a rule beside it would part the years around it, which do compare
    by = {kind: {name: sorted({b.year for b in of_kind(bs, kind)}) for name, bs in found.items()} for kind in ("unit", "method")}
    breaks = {name: sorted({*by["unit"][name], *by["method"][name]}) for name in found}
    merged, changed = ({year for years in by[kind].values() for year in years} for kind in ("unit", "method"))
    odd = withdrawn(page, index_id, df["column"])
    what = f"{page.short(index_id)}, {page.place()}"
    years = [y for y in indices.editions(index_id) if int(df["column"].min()) <= y <= page.year]
    year, low, high = ends(df[~df["column"].isin(list(odd))], "column", "row")
    title = page.label("trends.lowest_score_in_highest", year=year, low=low, high=high)
    return drawn(heatmap.draw, df, page.lang, breaks=breaks, years=years, hollow=odd) | {
        "title": title,
            "decimals": 2, "measure": page.label("trends.component_scores_by_year", what=what),
            "alt": heatmap.alt(df, page.lang, what=what, breaks=breaks, hollow=odd), "table": heatmap.table(df, page.lang, years),
            "source": page.source_line(index_id, None), "name": f"{index_id}-{page.province}-heatmap", "wide": True,
            "note": " ".join(filter(None, [*page.of_old_unit(year), heatmap.note(df, page.lang, breaks, years, merged, changed,
                                                                                 hollow=odd)])) or None}
