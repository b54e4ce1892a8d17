"""A sheet for each department of a province, and the table of who leads and who supports what, for the chair.

Of each department: its components over all indices (score, change and what it is worth, place, gap to the best comparable
provinces), the items in which the province lies furthest below the nation, what is asked by the written rule, what provinces
that rose have done, and what is outstanding. The sentences and numbers are the briefing's own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from govlib.collect import institute_plan
from govlib.known import departments, indices
from govlib.publish import export, show
from govlib.publish.content import Page
from govlib.publish.sections import asks, standing
from govlib.publish.sections.answering import before_merger, body, lead_day, lead_unit, named_on
from govlib.publish.sections.base import frame
from govlib.publish.sections.evidence import written
from govlib.publish.sections.leads import plan
from govlib.publish.sections.portfolio import Held, portfolios
from govlib.publish.tables import slug
from govlib.reading import comparisons, priorities
from govlib.text import fold

ITEMS = 8  # on a sheet
PARTS = ("pci", "papi", "dti")  # indices whose components are told one by one


Own = Callable[[str, set[str]], list[dict]]  # (department, indices that it follows up as a whole) → tables of its own rounds


def pages(page: Page, own: Own = lambda name, leads: []) -> dict[str, bytes]:
    """File name → page: ``index`` with the table for the chair, and one sheet a department. ``own``: what the institute's own
    rounds say of a department."""
    out = {f"index.{page.lang}.html": _page(page, _chair(page), "index")}
    for name, held in portfolios(page).items():
        out[f"{slug(name)}.{page.lang}.html"] = _page(page, _sheet(page, name, held, own), slug(name))
    return out


def _page(page: Page, pieces: Sequence[show.Html], name: str) -> bytes:
    return export.of_pieces(pieces, lang=page.lang, name=f"{name}.{page.lang}", only="department")


def _cover(page: Page, title: str) -> show.Html:
    day = page.label("departments.day", day=named_on(page))
    return show.cover_html(title=title, place=page.place(), year=page.year, lang=page.lang,
                           edition=" ".join([day, *before_merger(page)]), subtitle=page.label("departments.subtitle"),
                           issued_by=page.cover()["issued_by"])


def _sheet(page: Page, name: str, held: Sequence[Held], own: Own) -> list[show.Html]:
    """One department: everything that it answers for."""
    pieces = [_cover(page, name), show.part_html("department"), show.heading_html(page.label("departments.components"), 2),
              show.table_html(**_components(page, held))]
    mine = [p for p in asks.first(page) if any((p.index_id, p.component) == (h.index_id, h.component) for h in held)]
    if mine:
        pieces += [show.heading_html(page.label("departments.asked"), 2), show.asks_html(asks.told(page, mine))]
    if (items := _items(page, held)):
        pieces += [show.heading_html(page.label("departments.items"), 2), show.table_html(**items)]
    if (found := own(name, {h.index_id for h in held if h.component == "overall"})):
        pieces += [show.heading_html(page.label("heading.own"), 2), *(show.table_html(**table) for table in found)]
    pieces.append(show.heading_html(page.label("heading.outstanding"), 2))
    left = _outstanding(page, name, held)
    pieces.append(show.table_html(**left) if left else show.paragraph_html(page.nothing_left()))
    confirmed = all(h.confirmed for h in held)
    pieces.append(show.paragraph_html(page.label("departments.confirmed" if confirmed else "departments.unconfirmed")))
    return [*pieces, show.part_html()]


def _components(page: Page, held: Sequence[Held]) -> dict:
    rows = []
    for h in held:
        if h.component == "overall" and h.index_id in PARTS:
            continue
        cell = page.board.cell(h.index_id, h.component, page.province, h.year)
        ch = comparisons.change(page.board, h.index_id, h.component, page.province, h.year)
        place = comparisons.place(page.board, h.index_id, h.component, page.province, h.year)
        name = f"{page.short(h.index_id)} {h.year}"
        row: dict[str, object] = {page.label("col.component"): name if h.component == "overall" else page.label(
            "departments.of_index", component=page.component(h.index_id, h.component, h.year), index=name)}
        row |= {page.label("col.score"): page.num(cell) if cell else "–",
                page.label("col.change"): standing.changed(page, h.index_id, h.component, ch),
                page.label("standing.meaning"):
                    standing.meaning(page, h.index_id, cell, ch) if cell else page.label("standing.none"),
                page.label("col.rank"): asks.placed(page, h.index_id, h.component, h.year, place) if place else "–",
                page.label("departments.gap"): _gap(page, h)}
        rows.append(row)
    if not rows:
        rows = [{page.label("col.component"): page.label("departments.follow_up", index=page.short(h.index_id)),
                 page.label("col.score"): "–"} for h in held]
    return {"df": frame(rows), "caption": page.label("departments.components_caption", place=page.place()), "lang": page.lang,
            "note": page.label("departments.components_note"), "source": page.five_sources(),
            "name": f"components-{page.province}-{page.year}"}


def _gap(page: Page, h: Held) -> object:
    """Points to the best three of the comparable provinces, where the rule can tell and weighs the edition that the row shows: it
    passes over one that the publisher does not stand by, or that too few others have."""
    found = priorities.weigh(page.board, h.index_id, h.component, page.province, page.year,
                             priorities.comparable(page.province, page.year))
    if isinstance(found, str) or found.year != h.year:
        return "–"
    key = f"{h.index_id}/{h.component} {page.province} {page.year}"
    return page.ours(found.gap, f"gap_to_best {key}", page.decimals(h.index_id)) if found.gap > 0 else page.label(
        "departments.none_ahead")


def _items(page: Page, held: Sequence[Held]) -> dict | None:
    """The items of its components in which the province lies furthest below the nation."""
    found = [(away, h, item) for h in held if h.component != "overall"
             for item, away in asks.below(page, h.index_id, h.component, h.year)]
    rows = [{page.label("col.indicator"): page.item_cell(h.index_id, item, h.year),
             page.label("col.component"): page.component(h.index_id, h.component, h.year),
             page.label("col.score"): page.num(page.board.row(h.index_id, item, page.province, h.year)),
             page.label("col.median"): asks.median_of(page, h.index_id, item, h.year)}
            for _, h, item in sorted(found, key=lambda f: f[0])[:ITEMS]]
    if not rows:
        return None
    return {"df": frame(rows), "caption": page.label("departments.items_caption"), "lang": page.lang,
            "name": f"items-{page.province}-{page.year}"}


def _outstanding(page: Page, name: str, held: Sequence[Held]) -> dict | None:
    """Tasks of earlier plans that are open, of this department by name or by one of its components."""
    left = institute_plan.unfinished(plan(page), page.province, page.year)
    own = {(h.index_id, h.component) for h in held}
    mine = [r for r in left.to_dict("records")
            if fold(r["lead"]) == fold(name) or (not r["lead"] and (r["index_id"], r["component"]) in own)]
    rows = [{page.label("col.year"): str(r["year"]), page.label("col.task"): written(page, r["task"]),
             page.label("col.deadline"): r["deadline"] or "–", page.label("col.status"): page.label("status." + r["status"])}
            for r in mine]
    return {"df": frame(rows), "caption": page.label("leads.unfinished_items_earlier_plans"), "lang": page.lang,
            "name": f"outstanding-{page.province}"} if rows else None


def _chair(page: Page) -> list[show.Html]:
    """The table for the chair, with a way to each sheet."""
    names = list(portfolios(page))
    links = [show.Html(f'<a href="{slug(name)}.{page.lang}.html">{show.esc(name)}</a>') for name in names]
    return [_cover(page, page.label("departments.chair", place=page.place())), show.part_html("department"),
            show.heading_html(page.label("departments.sheets"), 2), show.bullets_html(links, ordered=True),
            show.heading_html(page.label("departments.matrix"), 2), show.table_html(**_matrix(page, names)), show.part_html()]


def _matrix(page: Page, names: Sequence[str]) -> dict:
    """Components down, departments across by their number: ● leads, ○ supports. Those of an index that the same departments
    lead and support share a row, so that the table is one side."""
    marks: dict[tuple, dict[str, str]] = {}
    told: dict[tuple, str] = {}
    for name, held in portfolios(page).items():
        for h in held:
            key, supporting = (indices.INDICES.index(h.index_id), h.component != "overall", h.component), _supporters(page, h)
            row = {str(k): "●" if other == name else "○" if fold(other) in supporting else "·" for k, other in enumerate(names, 1)}
            if key in marks:  # a component that two departments lead
                marks[key] |= {k: "●" for k, v in row.items() if v == "●"}
            marks.setdefault(key, row)
            told[key] = (page.label("leads.in_a_list_overall_follow_up") if h.component == "overall" else page.component(
                h.index_id, h.component, h.year)) + (" ↓" if h.fell else "")
    alike: dict[tuple, list[tuple]] = {}
    for key in sorted(marks):
        alike.setdefault((key[0], *marks[key].values()), []).append(key)
    rows = [{page.label("col.component"): f"{page.short(indices.INDICES[keys[0][0]])}: {'; '.join(told[k] for k in keys)}",
             **marks[keys[0]]} for keys in alike.values()]
    return {"df": frame(rows), "caption": page.label("departments.matrix_caption", place=page.place()),
            "lang": page.lang, "note": page.label("departments.matrix_note"),
            "name": f"departments-{page.province}-{page.year}"}


def _supporters(page: Page, h: Held) -> set[str]:
    """Folded names of the bodies that support a component."""
    day: dt.date = lead_day(page, h.index_id)
    unit = lead_unit(page, day)
    lead = departments.lead(h.index_id, h.component, day, unit)
    named = lead.support(page.lang).split(";") if lead else []
    named += [r.support(page.lang) for r in departments.supporters(h.index_id, h.component, day, unit)]
    return {fold(body(page, n.strip(), day)) for n in named if n.strip()}
