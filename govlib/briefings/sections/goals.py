"""What a higher rank or tier would take, and how likely it is."""

from __future__ import annotations

from govlib import indices, targets, wording
from govlib.briefings import show
from govlib.briefings.sections.base import Base, frame, span, tiers
from govlib.errors import NotEstimable, UnknownName


class Goals(Base):
    """Targets."""

    def target_year(self, index_id: str) -> int | None:
        """The newest edition up to the year with all provinces' components, this one's among them."""
        for year in reversed([y for y in indices.editions(index_id) if y <= self.year]):
            ids = indices.component_ids(index_id, year)
            if all(self.board.is_full(index_id, c, year) for c in ids) and all(
                    (x := self.board.cell(index_id, c, self.province, year)) and x.score is not None for c in ids):
                return year
        return None

    def why_no_target(self, index_id: str) -> str | None:
        """Why there is no target on the edition of the page's year; None where there is one."""
        newest = self.target_year(index_id)
        if newest == self.year:
            return None
        ids = indices.component_ids(index_id, self.year) if self.year >= indices.index(index_id).first_edition else []
        name = f"{self.short(index_id)} {self.year}"
        if not ids:
            return self.label("target.none_yet", name=name)
        n = min(self.board.n_scored(index_id, c, self.year) for c in ids)
        told = self.label("target.not_full", name=name, n=n, of=self.board.expected(index_id, self.year))
        return told + (" " + self.label("target.older", year=newest) if newest else "")

    def tier_rank(self, index_id: str, tier: str, field_: targets.Field) -> int:
        """The last rank that still is in a tier: PAPI's groups are quarters (16, 16, 15, 16 of 63), PCI's are as printed.

        Raises
        ------
        UnknownName : no such tier. NotEstimable : the edition's tiers are not in our sources.
        """
        known = [name for t in indices.index(index_id).tiers for name in (t["vi"], t["en"])]
        if tier not in known:
            raise UnknownName(f"tier of {self.short(index_id)}", tier, known)
        at = known.index(tier) // 2
        if index_id == "papi":
            return round(len(field_.composite) * (16, 32, 47, 63)[at] / 63)
        printed = tiers(index_id, field_.year)
        members = [p for p, t in printed.items() if t == known[2 * at] and p in field_.composite.index]
        if not members:
            raise NotEstimable(f"the tiers of {self.short(index_id)} {field_.year} are not in our sources")
        return max(field_.rank(p) for p in members)

    def target(self, index_id: str, rank: int | None = None, tier: str | None = None) -> dict | None:
        """Everything of the target section for one index: the plan's table, the sentences, the sensitivity.

        ``rank`` or ``tier`` chosen; default: the next of 1, 3, 5, 10, 16, 30 above where the province stands.
        """
        year = self.target_year(index_id)
        if year is None:
            return None
        try:
            f = targets.official(self.board, index_id, year)
        except NotEstimable:
            return None
        if self.province not in f.scores.index:
            return None
        now = f.rank(self.province)
        if tier:
            try:
                rank = self.tier_rank(index_id, tier, f)
            except UnknownName:
                return None  # a tier of the other index
            except NotEstimable as error:
                return {"heading": f"{self.short(index_id)} {year}", "table": None, "plan": None,
                        "sentences": [show.esc(self.t(f"Chưa đặt được mục tiêu nhóm {tier}: bậc xếp loại của ấn bản này không có trong nguồn.",
                                                      f"No target for the tier {tier}: {error.reason}."))]}
        wanted = rank or max((r for r in (1, 3, 5, 10, 16, 30) if r < now), default=1)
        plan = targets.least_change(f, self.province, rank=wanted)
        key = f"{index_id} {self.province} {year} {wanted}"
        name = f"{self.short(index_id)} {year}"
        rows = []
        for c in f.scores.columns:
            cell = self.board.cell(index_id, c, self.province, year)
            rows.append({self.label("col.component"): self.component(index_id, c, year), self.label("col.score"): self.num(cell),
                         self.label("col.rise"): self.ours(float(plan.rises[c]), f"rise {key} {c}", 2, True),
                         self.label("col.bound"): self.ours(float(plan.bounds[c]), f"bound {key} {c}", 2),
                         self.label("col.weight"): self.ours(float(f.weights[c] / f.weights.sum() * 100), f"weight {index_id} {year} {c}", 1)})
        says: list[show.Html] = []
        n = self.ours
        if now <= wanted:
            says.append(show.fmt(self.label("target.there"), name=name, place=self.place(), rank=n(now, f"rank_by_weights {index_id} {self.province} {year}", 0)))
        elif plan.reachable:
            k = int((plan.rises > 0).sum())
            says.append(show.fmt(self.label("target.needs"), name=name, rank=wanted, now=n(now, f"rank_by_weights {index_id} {self.province} {year}", 0),
                                 points=n(plan.total, f"total {key}", 2), k=k, target=n(plan.target, f"target {key}", 2),
                                 composite=n(plan.now, f"composite {index_id} {self.province} {year}", 2)))
        else:
            says.append(show.fmt(self.label("target.out_of_reach"), name=name, rank=wanted, best=n(plan.best, f"best {key}", 2),
                                 target=n(plan.target, f"target {key}", 2)))
        moves = {y: m for y, m in targets.movement(self.board, index_id, year).items() if y <= self.year}
        key += f" {self.year}"
        goal = self.t("đứng đầu", "first place") if wanted == 1 else self.t(f"đứng thứ {wanted} trở lên", f"rank {wanted} or better")
        try:
            ch = targets.chances(f, moves, self.province, wanted)
            says.append(show.fmt(self.label("target.chance"), goal=goal, p=n(wording.percent(ch.probability, self.lang), f"chance {key}"),
                                 low=n(wording.percent(ch.low, self.lang), f"chance_low {key}"),
                                 high=n(wording.percent(ch.high, self.lang), f"chance_high {key}"), years=span(ch.years),
                                 draws=ch.draws))
        except NotEstimable:
            says.append(show.esc(self.label("target.no_chance", n=len(moves))))
        s = targets.weight_sensitivity(f, self.province)
        says.append(show.fmt(self.label("target.sensitivity"), low=n(s.q05, f"rank_q05 {index_id} {self.province} {year}", 0),
                             high=n(s.q95, f"rank_q95 {index_id} {self.province} {year}", 0),
                             equal=n(s.equal, f"rank_equal {index_id} {self.province} {year}", 0), draws=s.draws))
        table = {"df": frame(rows), "caption": self.t(f"{name}: mức tăng ít nhất để đạt thứ {wanted}", f"{name}: the least change to reach rank {wanted}"),
                 "lang": self.lang, "note": self.label("note.target"), "source": self.source_line(index_id, year),
                 "name": f"target-{index_id}-{self.province}"}
        return {"heading": name, "table": table, "sentences": says, "plan": plan}
