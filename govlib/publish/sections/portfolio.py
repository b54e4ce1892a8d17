"""Who leads what: the components of all indices by department, in one table for the chair."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from govlib.known import departments, indices
from govlib.publish import show
from govlib.publish.sections.answering import body, lead_day, lead_unit, named_on
from govlib.publish.sections.asks import low
from govlib.publish.sections.base import Context, frame, once
from govlib.publish.sections.components import fallen
from govlib.publish.sections.findings import CARDS

GROUPS = (("pci",), ("papi",), ("dti", "par", "sipas"))  # columns of the table


class Held(NamedTuple):
    """One component of a department: the edition it is shown of, whether its lead is confirmed by a document of the province, and
    whether its score is lower than the year before."""

    index_id: str
    component: str
    year: int
    confirmed: bool
    fell: bool


@once
def portfolios(page: Context) -> dict[str, list[Held]]:
    """Department, as it is called on the day the edition is acted on → what it leads; in the order of the indices. Components are
    those of the newest edition that is held with scores, else those of the newest of which a figure is held, be it a rank alone
    (PAR INDEX 2021 of Bắc Ninh); without any, the overall follow-up."""
    out: dict[str, list[Held]] = {}
    for index_id in CARDS:
        if page.year < indices.index(index_id).first_edition:
            continue
        day, cell, scored = lead_day(page, index_id), page.newest(index_id), page.component_year(index_id)
        newest = cell.year if cell else page.year
        parts = scored or newest
        fell = set(fallen(page, index_id, scored)) if scored else set()
        held = [c for c in indices.component_ids(index_id, parts) if _has_figure(page, index_id, c, parts)]
        for c in ["overall", *held]:
            for name, confirmed in _leads(page, index_id, c, day):
                year = newest if c == "overall" else parts
                out.setdefault(name, []).append(Held(index_id, c, year, confirmed, c in fell))
    return out


def _has_figure(page: Context, index_id: str, component: str, year: int) -> bool:
    cell = page.board.cell(index_id, component, page.province, year)
    return cell is not None and (cell.score is not None or cell.rank is not None)


def _leads(page: Context, index_id: str, component: str, day: dt.date) -> list[tuple[str, bool]]:
    """The departments that lead a component (a table may name two), and whether the province's own document says so."""
    unit = lead_unit(page, day)
    lead = departments.lead(index_id, component, day, unit)
    if lead is None:
        return []
    confirmed = lead.basis_on(day, unit) == "source"
    return [(body(page, name.strip(), day), confirmed) for name in lead.name(page.lang).split(";") if name.strip()]


def portfolio_table(page: Context) -> dict | None:
    """Keyword arguments of ``show.table``: one row a department, one column a group of indices. Of components of which ranks alone
    are held those in the last quarter, which the page names: for all of them it has no room, and departments' sheets have."""
    found = {name: kept for name, held in portfolios(page).items()
             if (kept := [h for h in held if h.component == "overall" or page.component_year(h.index_id)
                         or low(page, h.index_id, h.component, h.year)])}
    if not found:
        return None
    there = {h.index_id for held in found.values() for h in held}  # an index that had not begun has no column
    groups = [present for group in GROUPS if (present := [i for i in group if i in there])]
    heads = [" · ".join(page.short(i) for i in group) for group in groups]
    rows = [{page.label("col.lead"): name, **{head: _listed(page, [h for h in held if h.index_id in group], len(group) > 1)
                                              for head, group in zip(heads, groups, strict=True)}}
            for name, held in sorted(found.items(), key=lambda entry: -len(entry[1]))]
    some = any(h.confirmed for held in found.values() for h in held)
    return {"df": frame(rows), "caption": page.label("portfolio.caption", place=page.place()), "lang": page.lang,
            "note": " ".join([page.label("portfolio.note", day=named_on(page)),
                              page.label("portfolio.confirmed" if some else "portfolio.unconfirmed")]),
            "name": f"departments-{page.province}-{page.year}"}


def _listed(page: Context, held: list[Held], named: bool) -> show.Html:
    """Components in a row: the mark of a confirmed lead, an arrow at one whose score is lower."""
    told: dict[str, list[str]] = {}
    for h in held:
        name = page.label("leads.in_a_list_overall_follow_up") if h.component == "overall" else page.component(
            h.index_id, h.component, h.year)
        told.setdefault(page.short(h.index_id), []).append(name + (" ↓" if h.fell else "") + (" ✓" if h.confirmed else ""))
    lines = [f"{index}: {'; '.join(names)}" if named else "; ".join(names) for index, names in told.items()]
    text = ". ".join(lines)
    return show.esc(text[:1].upper() + text[1:]) if lines else show.Html("–")
