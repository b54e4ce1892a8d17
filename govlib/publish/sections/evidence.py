"""What the province did, and what the estimates say of such reforms."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from itertools import repeat

import pandas as pd

from govlib.known import indices
from govlib.known.reforms import OPEN_BEFORE, first_edition
from govlib.known.reforms import actions as reform_actions  # `govlib.reforms` itself is the one-line function
from govlib.known.reforms import name as reform_name
from govlib.publish import show
from govlib.publish.sections.base import Base, frame, registry_date, remarks
from govlib.words import wording


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
        held, a = a[a["date_of"].eq("event")], a[a["date_of"].ne("event")]
        if a.empty:
            return None
        rows = []
        for r in a.to_dict("records"):
            source = str(r["source_title"] or "") or self.label("evidence.no_source_page")
            rows.append({self.label("col.when"): self._when(r),
                         self.label("col.reform"): reform_name(r["reform"], self.lang),
                         self.label("col.instrument"): r["instrument"] if isinstance(r["instrument"], str) and r["instrument"] else "–",
                         self.label("col.aims"): self._aims(str(r["target_components"] or "").split(";")) or "–",
                         self.label("col.confidence"): self.label("confidence." + r["confidence"]),
                         self.label("col.source"): show.link(source, r["source_url"]) if isinstance(r["source_url"], str) and r["source_url"] else source})
        return {"df": frame(rows), "caption": self.label("evidence.reform_actions_up_to", place=self.place(), year=self.year),
                "lang": self.lang, "note": remarks([self.label("note.reforms"), self._meetings(held), self._measured_anew()]),
                "source": self.label("source.reforms"), "name": f"reforms-{self.province}"}

    def _meetings(self, held: pd.DataFrame) -> str:
        """Meetings about the indices: told beside the table, for they are no reform."""
        days = [registry_date(str(day), self.lang) for day in held["start_date"]]
        return self.label("evidence.meetings", days=wording.joined(days, self.lang)) if days else ""

    def _when(self, r: dict) -> show.Html:
        """When it began, as exactly as the registry knows, and when it ended if that was by the page's year."""
        def day(column: str) -> show.Html:
            return show.num(registry_date(str(r[column]), self.lang), source="reform-actions", locator=r["reform_id"], lang=self.lang)

        form = {"earliest_seen": self.label("evidence.seen_by"), "restart": self.label("evidence.restarted"),
                "first_round": self.label("evidence.first_round")}
        told = show.fmt(form.get(r["date_of"], "{d}"), d=day("start_date"))
        if r["year_basis"] == "inferred":
            told = show.join([told, self.label("evidence.year_inferred")])
        ended = str(r["end_date"] or "")
        return show.join([told, day("end_date")], " – ") if ended[:4].isdigit() and ended[:4] <= str(self.year) else told

    def _measured_anew(self) -> str:
        """Which reforms began in an edition in which what they aim at was measured anew: before and after do not join. Of a reform
        aimed at a whole index only where it is estimated: a composite breaks with any of its parts, almost every year."""
        found: dict[str, list[str]] = {}
        estimated = set() if self.estimates.empty else set(zip(self.estimates["reform"], self.estimates["index_id"], strict=True))
        for r in self.actions[~self.actions["date_of"].isin(OPEN_BEFORE)].to_dict("records"):
            for index_id, _, component in (s.strip().partition(":") for s in str(r["target_components"] or "").split(";")):
                if index_id not in indices.INDICES or (component in ("", "overall") and (r["reform"], index_id) not in estimated):
                    continue
                edition = first_edition(str(r["start_date"]), index_id)
                if edition <= self.year and indices.breaks_between(index_id, component or "overall", edition - 1, edition):
                    found.setdefault(reform_name(r["reform"], self.lang), []).append(f"{self.short(index_id)} {edition}")
        names = [f"{name} ({', '.join(dict.fromkeys(editions))})" for name, editions in found.items()]
        return self.label("note.measured_anew", names="; ".join(names)) if names else ""

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
        """Which row of the estimates, see :func:`govlib.effects.quoted.locator`; that of the interval unless told."""
        from govlib.effects.quoted import locator

        return locator(row, inference or row["interval"])

    def _measured(self, row: dict) -> bool:
        """Whether this province is among those whose effect the row measures."""
        return self.province in row["treated"].split(", ")

    def _apart(self, row: dict) -> str:
        """Why this province, which did it, is not among those measured; empty where it is."""
        if self._measured(row):
            return ""
        own = self.actions[self.actions["reform"] == row["reform"]]
        last, treated = int(row["years"][-4:]), int(row["n_treated"])
        if own["date_of"].isin(OPEN_BEFORE).any():
            why = self.label("evidence.its_start_is_not")
        elif min(first_edition(str(d), row["index_id"]) for d in own["start_date"]) > last:
            why = self.label("evidence.it_did_it_after", last=last)
        else:
            why = self.label("evidence.too_few_figures_before")
        return self.label("evidence.apart", place=self.place(), n=treated, why=why)

    def evidence(self) -> tuple[dict | None, dict | None, str]:
        """(table, figure, sentence): what the estimates say of this province's kinds of reform; only the sentence, saying
        that nothing has been estimated, where nothing has."""
        e = self.estimates
        kinds = list(dict.fromkeys(self.actions["reform"]))
        without = [k for k in kinds if e.empty or k not in set(e["reform"])]
        told = self.label("note.not_estimated", names=wording.joined([reform_name(k, self.lang) for k in without], self.lang)) if without else ""
        if e.empty:
            return None, None, told or self.label("note.no_reforms")
        from govlib.publish.charts import effects as chart

        rows, dots, sourced = [], [], []
        for r in e.assign(controls=e["n_provinces"] - e["n_treated"]).to_dict("records"):
            name = self._target(f"{r['index_id']}:{r['component']}")
            where = self._where(r)

            def n(key, decimals=2, sign=False, row=r, where=where):
                value = row[key]
                unit = self.unit_name(row["outcome_unit"]) if sign else ""
                return show.Html("–") if wording.missing(value) else show.num(
                    float(value), source="estimates", locator=where, lang=self.lang, decimals=decimals, sign=sign, csv_unit=unit)

            ends = show.together(self.label("national_spread.to"), a=n("ci_low", sign=True), b=n("ci_high", sign=True))
            rows.append({self.label("col.reform"): reform_name(r["reform"], self.lang), self.label("col.outcome"): name,
                         self.label("col.estimate"): n("estimate", sign=True),
                         self.label("col.interval"): "–" if wording.missing(r["ci_low"]) else ends,
                         self.label("col.p"): n("p_adjusted", 3, where=self._where(r, r["inference"])),
                         self.label("col.treated"): n("n_treated", 0) if self._measured(r) else show.join([n("n_treated", 0), "*"], ""),
                         self.label("col.unknown"): show.together("{a}/{b}", a=n("n_unknown", 0), b=n("controls", 0)),
                         self.label("col.grade"): self.label("grade." + r["grade"])})
            dots.append({"group": reform_name(r["reform"], self.lang), "label": name, "estimate": r["estimate"], "ci_low": r["ci_low"],
                         "ci_high": r["ci_high"], "clear": r["grade"] in ("weak", "moderate", "strong")})
            sourced.append(dots[-1] | {k: n(k, sign=True) for k in ("estimate", "ci_low", "ci_high")})
        star = [] if all(self._measured(r) for r in e.to_dict("records")) else [self.label("note.apart", place=self.place())]
        table = {"df": frame(rows), "caption": self.label("evidence.estimated_effects_such_reforms"),
                 "lang": self.lang, "note": remarks([self.label("note.evidence"), *star]), "source": self.label("source.estimates"),
                 "name": f"evidence-{self.province}"}
        df = pd.DataFrame(dots)
        clear, mixed = int(df["clear"].sum()), int((e["grade"] == "mixed").sum())
        title = (self.label("evidence.no_clear_evidence_effect") if not clear else
                 self.t(f"{clear}/{len(df)} kết quả có bằng chứng sau khi hiệu chỉnh",
                        f"{clear} of {len(df)} {'outcome' if len(df) == 1 else 'outcomes'} with evidence after adjustment"))
        title += self.label("evidence.mixed", mixed=mixed) if mixed else ""
        shown = df.head(24)
        cut = self.label("evidence.figure_draws_outcomes_table", n_shown=len(shown), n_df=len(df))
        figure = {"fig": chart.draw(shown, self.lang, form="svg"), "narrow": chart.draw(shown, self.lang, narrow=True, form="svg"),
                  "title": title, "lang": self.lang, "decimals": 2, "wide": True,
                  "measure": self.label("evidence.average_effect_points_95"),
                  "alt": chart.alt(shown, self.lang, what=self.label("evidence.estimated_effects")),
                  "table": chart.table(frame(sourced), self.lang), "note": cut if len(df) > len(shown) else None, "source": self.label("source.estimates"), "name": f"effects-{self.province}"}
        return table, figure, told

    def evidence_lead(self) -> str:
        """How many outcomes were estimated and what was seen, in one sentence."""
        grades = self.estimates["grade"]
        found, hints, mixed = (int(grades.isin(g).sum()) for g in (["weak", "moderate", "strong"], ["hint"], ["mixed"]))
        k, n = self.estimates["reform"].nunique(), len(grades)
        return self.label("evidence.lead", kinds=self.t(f"{k} loại cải cách", f"{k} {'kind' if k == 1 else 'kinds'} of reform"),
                          outcomes=self.t(f"{n} kết quả", f"{n} {'outcome' if n == 1 else 'outcomes'}"), found=found, hints=hints,
                          mixed=mixed, none=n - found - hints - mixed)

    def evidence_sentences(self) -> tuple[list[show.Html], list[show.Html]]:
        """The effects engine's own sentences: every outcome that is mixed, a hint or more; and of each kind of reform without any, the
        outcome with the smallest p, in the reforms' order."""
        from govlib.effects.report import TOLD

        e = self.estimates
        if e.empty:
            return [], []
        seen = e["grade"].isin(TOLD)
        rest = e[~e["reform"].isin(set(e.loc[seen, "reform"]))].sort_values("p_value", kind="stable").drop_duplicates("reform").sort_index()
        return [self._told(r) for r in e[seen].to_dict("records")], [self._told(r) for r in rest.to_dict("records")]

    def _told(self, row: dict) -> show.Html:
        """One sentence with each of its figures marked, those of other estimates as theirs; years and counts are not."""
        from govlib.effects import report

        ends = [row["other_low_at"]] if row["n_other"] == 1 else [row["other_low_at"], row["other_high_at"]]
        apart = self._apart(row)
        return show.join([self._figures_of(report.claim(row, self.lang), repeat(self._where(row))), self._figures_of(report.others(row, self.lang), ends),
                          report.breaks(row, self.lang), f" {apart}" if apart else ""], "")

    def _figures_of(self, text: str, places: Iterable[str]) -> show.Html:
        """The text with its figures marked by the places they are from, in turn."""
        places = iter(places)
        return show.join([show.num(t, source="estimates", locator=next(places), lang=self.lang) if i % 2 else t
                          for i, t in enumerate(re.split(r"([+−]?\d+[.,]\d+)", text))], "")
