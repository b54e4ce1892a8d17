"""Who answers for each component, by when, and what is left of earlier plans."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from govlib.collect import institute_plan
from govlib.known import departments, indices
from govlib.publish import show
from govlib.publish.sections.answering import body, lead_day, lead_unit, since_then
from govlib.publish.sections.base import Context, frame, once
from govlib.publish.sections.components import fallen
from govlib.publish.sections.evidence import written
from govlib.words import wording

LISTED = 200  # unfinished items on a page, the newest: a page has a size that can be sent


@once
def plan(page: Context) -> pd.DataFrame:
    return institute_plan.read()


def leads_intro(page: Context) -> str:
    """What the tables are for, and whose departments answer today."""
    return " ".join(x for x in (page.label("leads.intro"), since_then(page)) if x)


def leads_rule(page: Context) -> str:
    """How the column of the basis is to be read."""
    return page.label("leads.rule", years=departments.HOLDS)


def leads_tables(page: Context) -> list[dict]:
    """PCI and PAPI component by component, then DTI, PAR INDEX and SIPAS in one; an index that had not begun has none."""
    began = [i for i in ("pci", "papi") if page.year >= indices.index(i).first_edition]
    rest = other_leads_table(page)
    return [*(leads_table(page, i) for i in began), *([rest] if rest else [])]


def leads_table(page: Context, index_id: str) -> dict:
    """Every component's lead department on the day the edition is acted on, how that is known, and the deadline."""
    year = page.component_year(index_id) or page.year
    fell = set(fallen(page, index_id, year)) if page.component_year(index_id) else set()
    day = lead_day(page, index_id)
    rows = []
    for c in ["overall", *indices.component_ids(index_id, year)]:
        if cells := _lead_cells(page, index_id, c, day):
            name = page.label("leads.overall_follow_up") if c == "overall" else page.component(index_id, c, year)
            rows.append({page.label("col.component"): name, page.label("col.moved"): page.label("moved.fell") if c in fell else "",
                         **cells})
    return {"df": _without_empty(page, rows), "caption": page.label("leads.lead_departments_by_component",
                                                                   short=page.short(index_id)),
            "lang": page.lang, "note": page.label("note.leads", day=wording.day(day, page.lang)),
            "name": f"leads-{index_id}-{page.province}"}


def other_leads_table(page: Context) -> dict | None:
    """DTI, PAR INDEX and SIPAS in one table: components of the newest edition of which the province has a figure, those with
    the same lead, basis and deadline in one row; the overall follow-up alone where it has none."""
    rows, names = [], []
    days: dict[dt.date, list[str]] = {}
    for index_id in ("dti", "par", "sipas"):
        if page.year < indices.index(index_id).first_edition:
            continue
        cell, day = page.newest(index_id), lead_day(page, index_id)
        year = cell.year if cell else page.year
        there = [c for c in indices.component_ids(index_id, year)
                 if (x := page.board.cell(index_id, c, page.province, year)) and (x.score is not None or x.rank is not None)]
        alike: dict[tuple[str, ...], tuple[list[str], dict]] = {}
        for c in ["overall", *there]:
            if cells := _lead_cells(page, index_id, c, day):
                name = page.label("leads.in_a_list_overall_follow_up") if c == "overall" else page.component(index_id, c, year)
                alike.setdefault(tuple(map(str, cells.values())), ([], cells))[0].append(name)
        of = f"{page.short(index_id)} {year}" if cell else page.short(index_id)
        rows += [{page.label("col.component"): f"{of}: {'; '.join(what)}", **cells} for what, cells in alike.values()]
        if alike:
            days.setdefault(day, []).append(page.short(index_id))
            names.append(page.short(index_id))
    if not rows:
        return None
    note = " ".join(
        page.label("note.leads", day=wording.day(day, page.lang)) if day == departments.acting_on(page.year)
        else page.label("note.leads_later", index=wording.joined(of, page.lang), day=wording.day(day, page.lang))
        for day, of in sorted(days.items()))
    listed = wording.joined(names, page.lang)
    return {"df": _without_empty(page, rows), "caption": page.label("leads.lead_departments", listed=listed),
            "lang": page.lang, "note": note, "name": f"leads-other-{page.province}"}


def _without_empty(page: Context, rows: list[dict]) -> pd.DataFrame:
    """Rows without the columns of movement or support where nothing moved and nobody supports."""
    df = frame(rows)
    names = [page.label(c) for c in ("col.moved", "col.support")]
    return df.drop(columns=[c for c in names if c in df and all(str(v) in ("", "–") for v in df[c])])


def _lead_cells(page: Context, index_id: str, component: str, day: dt.date) -> dict[str, object]:
    """Lead, support, deadline and basis of one component; empty where no lead is known for that day."""
    unit = lead_unit(page, day)
    lead = departments.lead(index_id, component, day, unit)
    if lead is None:
        return {}
    support = [body(page, lead.support(page.lang), day)] * bool(lead.support_vi) + [
        show.link(r.support(page.lang), r.source_url) if r.source_url else r.support(page.lang)
        for r in departments.supporters(index_id, component, day, unit)]
    return {page.label("col.lead"): body(page, lead.name(page.lang), day), page.label("col.support"): show.join(support, "; ")
            if support else "–",
            page.label("col.deadline"): institute_plan.deadline(plan(page), page.province, page.year, index_id, component),
            page.label("col.basis"): _basis(page, lead, day, unit)}


def _basis(page: Context, lead: departments.Lead, day: dt.date, unit: str) -> show.Html:
    """How a lead is known: the mark, the document, and whether it is later than the day or has run out."""
    mark = page.label("basis." + lead.basis_on(day, unit))
    if not lead.source_title:
        note = lead.note(page.lang)
        return show.esc(f"{mark}: {note}" if note else mark)
    title = written(page, lead.source_title)
    title = show.link(title, lead.source_url) if lead.source_url else title
    standing = lead.standing(day)
    return show.fmt("{b}: {t}{s}", b=mark, t=title, s=", " + page.label("basis." + standing) if standing else "")


def nothing_open(page: Context) -> str:
    """That nothing of earlier plans is open; where no task of the province was recorded, that nothing can be said of it."""
    recorded = plan(page)
    return page.label("leads.open_none" if len(recorded) and recorded["province"].eq(page.province).any()
                      else "leads.open_unrecorded")


def unfinished_table(page: Context) -> dict | None:
    left = institute_plan.unfinished(plan(page), page.province, page.year)
    if left.empty:
        return None
    rows = left.sort_values("year", ascending=False, kind="stable").head(LISTED).sort_index()
    caption = page.label("leads.unfinished_items_earlier_plans") if len(rows) == len(left) else page.label(
        "leads.unfinished_newest", shown=len(rows), all=len(left))
    out = pd.DataFrame({page.label("col.year"): rows["year"].astype(str), page.label("col.component"): [
        page.component(i, c) for i, c in zip(rows["index_id"], rows["component"], strict=True)],
                        page.label("col.task"): [written(page, task) for task in rows["task"]],
        page.label("col.lead"): rows["lead"], page.label("col.deadline"): rows["deadline"],
        page.label("col.status"): [page.label("status." + s) for s in rows["status"]]}, dtype=object)
    return {"df": out, "caption": caption, "lang": page.lang,
            "source": "data/institute_plan.csv", "name": f"unfinished-{page.province}"}
