"""What the province did, and what the estimates say of such reforms."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property

import pandas as pd

from govlib import indices, wording
from govlib.briefings import show
from govlib.briefings.sections.base import Base, frame, registry_date
from govlib.reforms import actions as reform_actions  # `govlib.reforms` itself is the one-line function
from govlib.reforms import name as reform_name


class Evidence(Base):
    """Reform actions and their evidence."""

    @cached_property
    def actions(self) -> pd.DataFrame:
        """Reform actions of this province that had begun by the end of the edition's year."""
        a = reform_actions()
        return a[(a["province"] == self.province) & (a["start_date"].astype(str).str[:4].str.isdigit())
                 & (a["start_date"].astype(str).str[:4] <= str(self.year))].sort_values("start_date")

    def reforms_table(self) -> dict | None:
        a = self.actions
        if a.empty:
            return None
        rows = []
        for r in a.to_dict("records"):
            source = str(r["source_title"] or "") or self.t("không có trang nguồn", "no source page")
            rows.append({self.label("col.when"): show.num(registry_date(str(r["start_date"]), self.lang), source="reform-actions", locator=r["reform_id"], lang=self.lang),
                         self.label("col.reform"): reform_name(r["reform"], self.lang),
                         self.label("col.instrument"): r["instrument"] if isinstance(r["instrument"], str) and r["instrument"] else "–",
                         self.label("col.aims"): self._aims(str(r["target_components"] or "").split(";")) or "–",
                         self.label("col.confidence"): self.label("confidence." + r["confidence"]),
                         self.label("col.source"): show.link(source, r["source_url"]) if isinstance(r["source_url"], str) and r["source_url"] else source})
        return {"df": frame(rows), "caption": self.t(f"Các biện pháp cải cách của {self.place()} đến năm {self.year}", f"Reform actions of {self.place()} up to {self.year}"),
                "lang": self.lang, "note": self.label("note.reforms"), "source": self.label("source.reforms"),
                "name": f"reforms-{self.province}"}

    def _aims(self, specs: Iterable[str]) -> str:
        """What a reform aims at, index by index: ``PCI: …, …; PAPI: …``."""
        by: dict[str, list[str]] = {}
        for index_id, _, c in (s.strip().partition(":") for s in specs if s.strip()):
            known = index_id in indices.INDICES
            found = by.setdefault(self.short(index_id) if known else index_id, [])
            if known and c not in ("", "overall"):
                found.append(self.component(index_id, c))
        return "; ".join(f"{name}: {', '.join(c)}" if c else name for name, c in by.items())

    def _target(self, spec: str) -> str:
        index_id, _, c = spec.strip().partition(":")
        if index_id not in indices.INDICES:
            return spec
        return self.short(index_id) if c in ("", "overall") else f"{self.short(index_id)} – {self.component(index_id, c)}"

    @cached_property
    def estimates(self) -> pd.DataFrame:
        """The estimates a briefing quotes of the kinds of reform that this province has done; empty: none estimated."""
        from govlib.effects.quoted import quoted

        return quoted(set(self.actions["reform"]))

    def _where(self, row: dict, inference: str | None = None) -> str:
        """Which row of the estimates: index component reform estimator term outcome reading sample-rule inference."""
        rule = str(row["sample_rule"]).split(";")[0].strip()
        return " ".join([row["index_id"], row["component"], row["reform"], row["estimator"], row["term"], row["outcome"], row["reading"],
                         rule, inference or row["interval"]])

    def evidence(self) -> tuple[dict | None, dict | None, str]:
        """(table, figure, sentence): what the estimates say of this province's kinds of reform; only the sentence, saying
        that nothing has been estimated, where nothing has."""
        e = self.estimates
        kinds = list(dict.fromkeys(self.actions["reform"]))
        without = [k for k in kinds if e.empty or k not in set(e["reform"])]
        told = self.label("note.not_estimated", names=wording.joined([reform_name(k, self.lang) for k in without], self.lang)) if without else ""
        if e.empty:
            return None, None, told or self.label("note.no_reforms")
        from govlib.charts import effects as chart

        rows, dots, sourced = [], [], []
        for r in e.to_dict("records"):
            name = self._target(f"{r['index_id']}:{r['component']}")
            where = self._where(r)

            def n(key, decimals=2, sign=False, row=r, where=where):
                value = row[key]
                unit = self.unit_name(row["outcome_unit"]) if sign else ""
                return show.Html("–") if wording.missing(value) else show.num(
                    float(value), source="estimates", locator=where, lang=self.lang, decimals=decimals, sign=sign, csv_unit=unit)

            ends = show.together(self.t("{a} đến {b}", "{a} to {b}"), a=n("ci_low", sign=True), b=n("ci_high", sign=True))
            rows.append({self.label("col.reform"): reform_name(r["reform"], self.lang), self.label("col.outcome"): name,
                         self.label("col.estimate"): n("estimate", sign=True),
                         self.label("col.interval"): "–" if wording.missing(r["ci_low"]) else ends,
                         self.label("col.p"): n("p_adjusted", 3, where=self._where(r, r["inference"])),
                         self.label("col.treated"): n("n_treated", 0), self.label("col.grade"): self.label("grade." + r["grade"])})
            dots.append({"group": reform_name(r["reform"], self.lang), "label": name, "estimate": r["estimate"], "ci_low": r["ci_low"],
                         "ci_high": r["ci_high"], "clear": r["grade"] in ("weak", "moderate", "strong")})
            sourced.append(dots[-1] | {k: n(k, sign=True) for k in ("estimate", "ci_low", "ci_high")})
        table = {"df": frame(rows), "caption": self.t("Tác động ước lượng của các loại cải cách này (trên mọi tỉnh)", "Estimated effects of such reforms (all provinces)"),
                 "lang": self.lang, "note": self.label("note.evidence"), "source": self.label("source.estimates"),
                 "name": f"evidence-{self.province}"}
        df = pd.DataFrame(dots)
        clear = int(df["clear"].sum())
        title = (self.t("Chưa có bằng chứng rõ về tác động tăng hay giảm", "No clear evidence of an effect either way") if not clear else
                 self.t(f"{clear}/{len(df)} kết quả có bằng chứng sau khi hiệu chỉnh", f"{clear} of {len(df)} outcomes with evidence after adjustment"))
        shown = df.head(24)
        cut = self.t(f"Hình vẽ {len(shown)}/{len(df)} kết quả; bảng có đủ.", f"The figure draws {len(shown)} of {len(df)} outcomes; the table has all.")
        figure = {"fig": chart.draw(shown, self.lang, form="svg"), "narrow": chart.draw(shown, self.lang, narrow=True, form="svg"),
                  "title": title, "lang": self.lang, "decimals": 2, "wide": True,
                  "measure": self.t("Tác động trung bình (điểm), khoảng tin cậy 95%; chấm rỗng: chưa có bằng chứng", "Average effect (points), 95% interval; hollow dot: no evidence"),
                  "alt": chart.alt(shown, self.lang, what=self.t("tác động ước lượng", "estimated effects")),
                  "table": chart.table(frame(sourced), self.lang), "note": cut if len(df) > len(shown) else None, "source": self.label("source.estimates"), "name": f"effects-{self.province}"}
        return table, figure, told

    def evidence_lead(self) -> str:
        """How many outcomes were estimated and what was seen, in one sentence."""
        grades = self.estimates["grade"]
        found, hints = int(grades.isin(["weak", "moderate", "strong"]).sum()), int((grades == "hint").sum())
        return self.label("evidence.lead", k=self.estimates["reform"].nunique(), n=len(grades), found=found, hints=hints,
                          none=len(grades) - found - hints)

    def evidence_sentences(self) -> tuple[list[show.Html], list[show.Html]]:
        """The effects engine's own sentences: every outcome with a hint or more; and of each kind of reform without any, the
        outcome with the smallest p, in the reforms' order."""
        e = self.estimates
        if e.empty:
            return [], []
        seen = e["grade"].isin(["hint", "weak", "moderate", "strong"])
        rest = e[~e["reform"].isin(set(e.loc[seen, "reform"]))].sort_values("p_value", kind="stable").drop_duplicates("reform").sort_index()
        return [self._told(r) for r in e[seen].to_dict("records")], [self._told(r) for r in rest.to_dict("records")]

    def _told(self, row: dict) -> show.Html:
        """One sentence with each of its figures marked; years and counts are not."""
        from govlib import effects

        pieces = re.split(r"([+−]?\d+[.,]\d+)", effects.sentence(row, self.lang))
        return show.join([show.num(t, source="estimates", locator=self._where(row), lang=self.lang) if i % 2 else t
                          for i, t in enumerate(pieces)], "")
