"""Who answers for each component, by when, and what is left of earlier plans."""

from __future__ import annotations

from functools import cached_property

import pandas as pd

from govlib import departments, indices, wording
from govlib.briefings import show
from govlib.briefings.sections.base import day_words, frame
from govlib.briefings.sections.components import Components


class Leads(Components):
    """Lead departments and the institute’s plan."""

    @cached_property
    def plan(self) -> pd.DataFrame:
        return departments.plan()

    def leads_table(self, index_id: str) -> dict:
        """Every component's lead department on the day the edition is acted on, how that is known, and the deadline."""
        year = self.component_year(index_id) or self.year
        fallen = set(self.fallen(index_id, year)) if self.component_year(index_id) else set()
        day = departments.acting_on(self.year)
        rows = []
        for c in ["overall", *indices.component_ids(index_id, year)]:
            lead = departments.lead(index_id, c, day, self.province)
            if lead is None:
                continue
            basis = self.label("basis." + lead.basis_for(self.province))
            title = show.link(lead.source_title, lead.source_url) if lead.source_url else show.esc(lead.source_title)
            rows.append({self.label("col.component"): self.t("Theo dõi chung", "Overall follow-up") if c == "overall" else self.component(index_id, c, year),
                         self.label("col.moved"): self.label("moved.fell") if c in fallen else "",
                         self.label("col.lead"): lead.name(self.lang), self.label("col.support"): lead.support(self.lang) or "–",
                         self.label("col.deadline"): departments.deadline(self.plan, self.province, self.year, index_id, c),
                         self.label("col.basis"): show.fmt("{b}: {t}", b=basis, t=title) if lead.source_title else show.esc(f"{basis}. {wording.sentence(lead.note(self.lang))}")})
        return {"df": frame(rows), "caption": self.t(f"{self.short(index_id)}: cơ quan chủ trì theo thành phần", f"{self.short(index_id)}: lead departments by component"),
                "lang": self.lang, "note": self.label("note.leads", day=day_words(day, self.lang)), "name": f"leads-{index_id}-{self.province}"}

    def unfinished_table(self) -> dict | None:
        rows = departments.unfinished(self.plan, self.province, self.year)
        if rows.empty:
            return None
        out = pd.DataFrame({self.label("col.year"): rows["year"].astype(str), self.label("col.component"): [
            self.component(i, c) for i, c in zip(rows["index_id"], rows["component"], strict=True)], self.label("col.task"): rows["task"],
            self.label("col.lead"): rows["lead"], self.label("col.deadline"): rows["deadline"],
            self.label("col.status"): [self.label("status." + s) for s in rows["status"]]})
        return {"df": out, "caption": self.t("Việc chưa xong của các kế hoạch trước", "Unfinished items of earlier plans"), "lang": self.lang,
                "source": "data/institute_plan.csv", "name": f"unfinished-{self.province}"}
