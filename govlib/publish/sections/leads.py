"""Who answers for each component, by when, and what is left of earlier plans."""

from __future__ import annotations

import datetime as dt
from functools import cached_property

import pandas as pd

from govlib.collect import institute_plan
from govlib.known import departments, indices
from govlib.publish import show
from govlib.publish.sections.base import day_words, frame
from govlib.publish.sections.components import Components
from govlib.words import wording


class Leads(Components):
    """Lead departments and the institute’s plan."""

    @cached_property
    def plan(self) -> pd.DataFrame:
        return institute_plan.read()

    def leads_intro(self) -> str:
        """What the tables are for, and whose departments answer today."""
        return " ".join(x for x in (self.label("leads.intro"), self.since_then()) if x)

    def leads_rule(self) -> str:
        """How the column of the basis is to be read."""
        return self.label("leads.rule", years=departments.HOLDS)

    def leads_tables(self) -> list[dict]:
        """PCI and PAPI component by component, then DTI, PAR INDEX and SIPAS in one; an index that had not begun has none."""
        began = [i for i in ("pci", "papi") if self.year >= indices.index(i).first_edition]
        rest = self.other_leads_table()
        return [*(self.leads_table(i) for i in began), *([rest] if rest else [])]

    def leads_table(self, index_id: str) -> dict:
        """Every component's lead department on the day the edition is acted on, how that is known, and the deadline."""
        year = self.component_year(index_id) or self.year
        fallen = set(self.fallen(index_id, year)) if self.component_year(index_id) else set()
        day = self.lead_day(index_id)
        rows = []
        for c in ["overall", *indices.component_ids(index_id, year)]:
            if cells := self._lead_cells(index_id, c, day):
                name = self.label("leads.overall_follow_up") if c == "overall" else self.component(index_id, c, year)
                rows.append({self.label("col.component"): name, self.label("col.moved"): self._moved(index_id, c, year) if c in fallen else "", **cells})
        return {"df": self._without_empty(rows), "caption": self.label("leads.lead_departments_by_component",
                                                                       short=self.short(index_id)),
                "lang": self.lang, "note": self.label("note.leads", day=day_words(day, self.lang)), "name": f"leads-{index_id}-{self.province}"}

    def _moved(self, index_id: str, component: str, year: int) -> show.Html:
        """A change downwards: as a fall only where it lies beyond a threshold that fits, else as a number with what it is worth."""
        ch = comparisons.change(self.board, index_id, component, self.province, year)
        if ch.direction == "down":
            return show.esc(self.label("moved.fell"))
        delta = self.ours(ch.delta, f"change {index_id}/{component} {self.province} {ch.before.year} {year}", self.decimals(index_id), True)
        return show.fmt(self.label("moved.within" if ch.direction == "within" else "moved.number"), d=delta)

    def other_leads_table(self) -> dict | None:
        """DTI, PAR INDEX and SIPAS in one table: components of the newest edition of which the province has a figure, those with
        the same lead, basis and deadline in one row; the overall follow-up alone where it has none."""
        rows, days, names = [], {}, []
        for index_id in ("dti", "par", "sipas"):
            if self.year < indices.index(index_id).first_edition:
                continue
            cell, day = self.newest(index_id), self.lead_day(index_id)
            year = cell.year if cell else self.year
            there = [c for c in indices.component_ids(index_id, year)
                     if (x := self.board.cell(index_id, c, self.province, year)) and (x.score is not None or x.rank is not None)]
            alike: dict[tuple[str, ...], tuple[list[str], dict]] = {}
            for c in ["overall", *there]:
                if cells := self._lead_cells(index_id, c, day):
                    name = self.label("leads.overall_follow_up_2") if c == "overall" else self.component(index_id, c, year)
                    alike.setdefault(tuple(map(str, cells.values())), ([], cells))[0].append(name)
            of = f"{self.short(index_id)} {year}" if cell else self.short(index_id)
            rows += [{self.label("col.component"): f"{of}: {'; '.join(what)}", **cells} for what, cells in alike.values()]
            if alike:
                days.setdefault(day, []).append(self.short(index_id))
                names.append(self.short(index_id))
        if not rows:
            return None
        note = " ".join(
            self.label("note.leads", day=day_words(day, self.lang)) if day == departments.acting_on(self.year)
            else self.label("note.leads_later", index=wording.joined(of, self.lang), day=day_words(day, self.lang)) for day, of in sorted(days.items()))
        listed = wording.joined(names, self.lang)
        return {"df": self._without_empty(rows), "caption": self.label("leads.lead_departments", listed=listed),
                "lang": self.lang, "note": note, "name": f"leads-other-{self.province}"}

    def _without_empty(self, rows: list[dict]) -> pd.DataFrame:
        """Rows without the columns of movement or support where nothing moved and nobody supports."""
        df = frame(rows)
        names = [self.label(c) for c in ("col.moved", "col.support")]
        return df.drop(columns=[c for c in names if c in df and all(str(v) in ("", "–") for v in df[c])])

    def _lead_cells(self, index_id: str, component: str, day: dt.date) -> dict[str, object]:
        """Lead, support, deadline and basis of one component; empty where no lead is known for that day."""
        unit = self.lead_unit(day)
        lead = departments.lead(index_id, component, day, unit)
        if lead is None:
            return {}
        support = [self.body(lead.support(self.lang), day)] * bool(lead.support_vi) + [
            show.link(r.support(self.lang), r.source_url) if r.source_url else r.support(self.lang)
            for r in departments.supporters(index_id, component, day, unit)]
        return {self.label("col.lead"): self.body(lead.name(self.lang), day), self.label("col.support"): show.join(support, "; ") if support else "–",
                self.label("col.deadline"): institute_plan.deadline(self.plan, self.province, self.year, index_id, component),
                self.label("col.basis"): self._basis(lead, day, unit)}

    def _basis(self, lead: departments.Lead, day: dt.date, unit: str) -> show.Html:
        """How a lead is known: the mark, the document, and whether it is later than the day or has run out."""
        mark = self.label("basis." + lead.basis_on(day, unit))
        if not lead.source_title:
            note = lead.note(self.lang)
            return show.esc(f"{mark}: {note}" if note else mark)
        title = show.link(lead.source_title, lead.source_url) if lead.source_url else show.esc(lead.source_title)
        standing = lead.standing(day)
        return show.fmt("{b}: {t}{s}", b=mark, t=title, s=", " + self.label("basis." + standing) if standing else "")

    def nothing_open(self) -> str:
        """That nothing of earlier plans is open; where no task of the province was recorded, that nothing can be said of it."""
        mine = self.plan["province"].eq(self.province) if len(self.plan) else []
        return self.label("leads.open_none" if any(mine) else "leads.open_unrecorded")

    def unfinished_table(self) -> dict | None:
        rows = institute_plan.unfinished(self.plan, self.province, self.year)
        if rows.empty:
            return None
        out = pd.DataFrame({self.label("col.year"): rows["year"].astype(str), self.label("col.component"): [
            self.component(i, c) for i, c in zip(rows["index_id"], rows["component"], strict=True)], self.label("col.task"): rows["task"],
            self.label("col.lead"): rows["lead"], self.label("col.deadline"): rows["deadline"],
            self.label("col.status"): [self.label("status." + s) for s in rows["status"]]})
        return {"df": out, "caption": self.label("leads.unfinished_items_earlier_plans"), "lang": self.lang,
                "source": "data/institute_plan.csv", "name": f"unfinished-{self.province}"}
