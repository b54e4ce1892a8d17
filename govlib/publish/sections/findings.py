"""The three findings and the cards: each index in a sentence, a change before a rank."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from govlib.known import indices
from govlib.known.provinces import province_set
from govlib.publish import show
from govlib.publish.sections.base import OURS, Base, clause, remarks, tiers
from govlib.reading import comparisons
from govlib.reading.board import Break, Cell, entity
from govlib.text import spans
from govlib.words import wording

CARDS = ("pci", "papi", "par", "sipas", "dti")


class Findings(Base):
    """Findings, cover and cards."""

    def finding(self, index_id: str, cell: Cell) -> tuple[dict, comparisons.Change | None]:
        """What :func:`govlib.words.wording.score_finding` needs about one figure."""
        ch = comparisons.change(self.board, index_id, "overall", self.province, cell.year)
        place = comparisons.place(self.board, index_id, "overall", self.province, cell.year)
        f = {"index": self.short(index_id), "year": cell.year, "score": cell.score, "decimals": self.decimals(index_id),
             "unit": self.unit(index_id), "rank": place.rank if place else None, "of": place.of if place else None, "reason": None}
        # what is measured anew is ranked anew: across a break a rank moves for reasons that are not the province's
        one_year = ch is None or ch.before is None or ch.neighbours  # a score's change over two years has no rank's of one beside it
        if one_year and self.same_field(index_id, cell.year) and not self.board.breaks(index_id, "overall", cell.year - 1, cell.year, self.province):
            if comparisons.same_provinces(self.board, index_id, "overall", cell.year):
                before = comparisons.place(self.board, index_id, "overall", self.province, cell.year - 1)
                f["previous_rank"] = before.rank if before else None
            else:
                f["common_ranks"] = comparisons.common_ranks(self.board, index_id, "overall", self.province, cell.year)
        if f["rank"] is None and cell.score is not None:
            f["rank_note"] = self.rank_note(cell)
        if cell.score is None:
            f["reason"] = self.rank_only(index_id, cell.year, short=True)
        if ch and ch.delta is not None:
            f |= {"change": ch.delta, "previous_year": ch.before.year, "comparable": ch.comparable, "threshold": ch.threshold,
                  "ratio": ch.ratio, "break_note": self.break_note(index_id, ch.breaks, cell.year)}
            if not ch.comparable:
                f["parts"] = self.parts_that_compare(index_id, cell.year) if ch.neighbours else None
            elif ch.neighbours:
                f["median_change"] = comparisons.median_change(self.board, index_id, "overall", cell.year)
        return f, ch

    def break_note(self, index_id: str, breaks: Iterable[Break], year: int) -> str:
        """Why figures do not join, as part of a sentence: the publisher's change of the whole or, for want of one, the
        components whose measure changed and those whose scores jump everywhere without a stated reason."""
        whole = [clause(b.what(self.lang)) for b in breaks if b.scope in ("all", "overall", "unit", "doubtful")]
        if whole:
            return wording.joined(dict.fromkeys(whole), self.lang)
        jumps = {b.scope: None for b in breaks if b.known.startswith("jump")}
        changed = {b.scope: None for b in breaks if not b.known.startswith("jump") and b.scope not in jumps}

        def names(scopes: Iterable[str]) -> str:
            return wording.joined([self.component(index_id, c, year) for c in scopes], self.lang)

        said = []
        if changed:
            said.append(self.t(f"cách đo thay đổi ở {names(changed)}", f"the measure changed in {names(changed)}"))
        if jumps:
            said.append(self.t(f"điểm cả nước thay đổi đột ngột, chưa rõ lý do, ở {names(jumps)}", f"scores jumped nationwide, for no stated reason, in {names(jumps)}"))
        return wording.joined(said, self.lang)

    def parts_that_compare(self, index_id: str, year: int) -> dict | None:
        """Of a summed total that broke: the components whose own figures still join, their number, and their change added up."""
        if not indices.is_sum(index_id):
            return None
        m = self.movers(index_id, year)
        of, before = (len(indices.component_ids(index_id, y)) for y in (year, year - 1))
        return {"n": len(m), "of": of, "change": float(m["delta"].sum()), "same_scale": of == before} if 1 < len(m) < of else None

    def same_field(self, index_id: str, year: int) -> bool:
        """Whether about as many provinces were ranked the year before, so that a change of rank means something: the
        fourteenth of 42 and the fortieth of 64 are no fall of 26 places."""
        now, before = (self.board.of(index_id, "overall", y) for y in (year, year - 1))
        return abs(now - before) <= 0.1 * now

    def outside(self, cell: Cell) -> int | None:
        """How many ranks the publisher printed, where this score is known to lie below the last of them. A row without a
        rank does not tell: our source of it may just not have given one."""
        n = indices.published_ranks(cell.index_id, cell.year)
        everyone = (self.board.cell(cell.index_id, "overall", p, cell.year) for p in province_set(cell.year)) if n else ()
        last = next((c.score for c in everyone if c and c.rank == n and c.score is not None), None)
        return n if last is not None and cell.score is not None and cell.score < last else None

    def rank_note(self, cell: Cell) -> str:
        if n := self.outside(cell):
            return self.t(f"nằm ngoài nhóm {n} tỉnh được công bố thứ hạng", f"not among the {n} provinces whose ranks are published")
        return self.t("các nguồn đang dùng không nêu thứ hạng", "rank not given in our sources")

    def score_sentence(self, index_id: str, cell: Cell) -> show.Html:
        f, ch = self.finding(index_id, cell)
        marks: list[show.Html] = []
        key = f"{index_id}/overall {self.province}"

        over, median = f"{key} {cell.year - 1} {cell.year}", f"{index_id}/overall"
        recipes = {"previous_rank": f"rank_change {over}", "common_ranks": f"common_ranks {over}", "net": f"change_net {over}",
                   "parts": f"change_of_parts {over}", "median_change": f"change_of_median {median} {cell.year - 1} {cell.year}",
                   "change": f"change {key} {f.get('previous_year')} {cell.year}", "threshold": f"threshold {median} {cell.year}",
                   "rank": f"rank {key} {cell.year}"}

        def mark(text: str, what: str) -> str:
            computed = what == "rank" and cell.rank is None
            if what == "score" or what == "rank" and not computed:
                source, locator = self.where(cell, what)
                self.see(source)
                marks.append(show.num(text, source=source, locator=locator, lang=self.lang))
            else:
                marks.append(show.num(text, source=OURS, locator=recipes[what], lang=self.lang))
            return f"\ue000{len(marks) - 1}\ue001" + (self.t(" (tính lại)", " (computed)") if computed else "")

        return self._marked(wording.score_finding(f, self.lang, mark), marks)

    def _compared(self, index_id: str, year: int) -> pd.DataFrame:
        """Every component of an edition beside the median and the peers, see :func:`comparisons.components_table`."""
        if (index_id, year) not in self._tables:
            ids = indices.component_ids(index_id, year)
            self._tables[index_id, year] = comparisons.components_table(self.board, index_id, self.province, year, ids, self.peers)
        return self._tables[index_id, year]

    def movers(self, index_id: str, year: int) -> pd.DataFrame:
        """Comparable changes of components since the year before, the largest first: component, delta, ratio."""
        key = (index_id, year)
        if key not in self._movers:
            table = self._compared(index_id, year)
            keep = table["comparable"] & table["delta"].notna() & (table["before_year"] == year - 1)
            self._movers[key] = table[keep].sort_values("delta", ascending=False, kind="stable")
        return self._movers[key]

    def movers_sentence(self, index_id: str, year: int) -> show.Html | None:
        m = self.movers(index_id, year)
        if m.empty:
            return None
        marks: list[show.Html] = []
        names = {self.component(index_id, c, year): c for c in m["component"]}

        def mark(text: str, name: str) -> str:
            where = f"any_by_chance {len(m)}" if name == "by_chance" else f"change {index_id}/{names[name]} {self.province} {year - 1} {year}"
            marks.append(show.num(text, source=OURS, lang=self.lang, locator=where))
            return f"\ue000{len(marks) - 1}\ue001"

        pairs = [(self.component(index_id, r.component, year), r.delta) for r in m.itertuples()]
        rose = [p for p in pairs if round(p[1], 2) > 0]
        fell = [p for p in pairs if round(p[1], 2) < 0]
        beyond = None if m["ratio"].isna().any() else [p for p, ratio in zip(pairs, m["ratio"], strict=True) if ratio > 1]
        text = wording.movers_finding(rose, fell, len(pairs) - len(rose) - len(fell), self.lang, index=self.short(index_id),
                                      year=year, previous_year=year - 1, mark=mark,
                                      components=len(indices.component_ids(index_id, year)), beyond=beyond)
        return self._marked(text, marks)

    def levels_sentence(self, index_id: str, year: int) -> show.Html | None:
        """The components in which the province stands highest and lowest in the country; None where no edition is full."""
        t = self._compared(index_id, year)
        t = t[t["rank"].notna() & t["gap"].notna()].sort_values(["rank", "gap"], ascending=[True, False], kind="stable")
        if len(t) < 3:
            return None
        ends = {"best": t.iloc[0], "worst": t.iloc[-1]}
        marks: list[show.Html] = []

        def mark(text: str, key: str) -> str:
            which, what = key.split("_")
            r = ends[which]
            if what == "rank" and r["rank_published"]:
                cell = self.board.cell(index_id, r["component"], self.province, year)
                source, locator = self.where(cell, "rank")
                self.see(source)
                marks.append(show.num(text, source=source, locator=locator, lang=self.lang))
            else:
                marks.append(show.num(text, source=OURS, lang=self.lang, locator=f"{what} {index_id}/{r['component']} {self.province} {year}"))
            return f"\ue000{len(marks) - 1}\ue001"

        said = {k: {"name": self.component(index_id, r["component"], year), "rank": r["rank"], "of": r["of"], "gap": r["gap"]} for k, r in ends.items()}
        moved = self.movers(index_id, year)
        quiet = len(moved) == len(t) and bool((moved["ratio"] <= 1).all())
        return self._marked(wording.levels_finding(said["best"], said["worst"], self.lang, index=self.short(index_id), year=year,
                                                   decimals=self.decimals(index_id), quiet=quiet, mark=mark), marks)

    def place_sentence(self, index_id: str, year: int) -> show.Html | None:
        p = comparisons.place(self.board, index_id, "overall", self.province, year)
        if p is None or p.cell.score is None:
            return None
        marks: list[show.Html] = []
        key = {"gap": f"gap {index_id}/overall {self.province} {year}", "median": f"median {index_id}/overall {year}",
               "region_rank": f"region_rank {index_id}/overall {self.province} {year}"}

        def mark(text: str, what: str) -> str:
            marks.append(show.num(text, source=OURS, locator=key[what], lang=self.lang))
            return f"\ue000{len(marks) - 1}\ue001"

        reason = self.t(f"các nguồn đang dùng chỉ có điểm của {p.n_scored}/{self.board.expected(index_id, year)} tỉnh",
                        f"our sources hold scores of {p.n_scored} of {self.board.expected(index_id, year)} provinces only")
        f = {"index": self.short(index_id), "year": year, "gap": p.gap, "median": p.median, "region": self.region_name,
             "region_rank": p.region_rank, "region_of": p.region_of, "decimals": self.decimals(index_id), "reason": reason}
        return self._marked(wording.place_finding(f, self.lang, mark), marks)

    def cover(self) -> dict:
        """Keyword arguments of ``show.cover``."""
        facts = []
        for index_id in ("pci", "papi", "dti"):
            if cell := self.newest_scored(index_id):
                facts.append((f"{self.short(index_id)} {cell.year}", self.num(cell)))
        return {"title": self.t(f"Chỉ số quản trị cấp tỉnh: {self.place()}", f"Governance indices: {self.place()}"),
                "subtitle": self.label("cover.subtitle"), "place": self.place(), "year": self.year, "lang": self.lang,
                "issued_by": self.label("cover.issuer"), "edition": self.label("cover.edition", year=self.year), "facts": facts}

    def findings(self) -> list[show.Html]:
        """Three sentences: the newest score of two indices, newest edition first and PCI and PAPI before others; then what
        moved beyond chance or, where nothing did, where the province stands highest and lowest."""
        scored = [(i, cell) for i in ("pci", "papi", "dti", "par", "sipas") if (cell := self.newest_scored(i))]
        first = sorted(scored[:2], key=lambda x: -x[1].year)
        out = [self.told(i, cell) for i, cell in first]
        if news := self.component_news():
            out.append(news)
        out += [self.told(i, cell) for i, cell in scored[2:]][:max(0, 3 - len(out))]
        for index_id, cell in first:
            p = comparisons.place(self.board, index_id, "overall", self.province, cell.year)
            if len(out) < 3 and p and (p.gap is not None or p.region_rank is not None):
                out.append(self.place_sentence(index_id, cell.year))
        return out or [show.esc(wording.sentence(self.t(f"{self.place()} chưa có điểm công bố nào đến năm {self.year}",
                                                        f"{self.place()} has no published score up to {self.year}")))]

    def told(self, index_id: str, cell: Cell) -> show.Html:
        """One index's sentence, with why the page's own year has none and how the score was made."""
        said = [self.score_sentence(index_id, cell)]
        if not self.own_unit(cell):
            said.append(show.esc(self.label("note.old_unit", place=self.place())))
        if cell.year != self.year:
            why = self.reason(index_id, self.year)
            said.append(show.esc(self.t(f"Đây là kỳ đánh giá mới nhất có điểm của {self.place()}; năm {self.year}: {why}.",
                                        f"This is the newest edition with a score for {self.place()}; {self.year}: {why}.")))
        if cell.status == "derived":
            said.append(show.esc(wording.sentence(self.label("note.derived"))))
        return show.join(said)

    def own_unit(self, cell: Cell) -> bool:
        """Whether a figure is of the unit that the page is about, not of one that merged into it under the same name."""
        return entity(self.province, cell.year) == entity(self.province, self.year)

    def component_news(self) -> show.Html | None:
        """What moved in the newest edition with components, if anything moved beyond chance; else the highest and the lowest place."""
        years = {i: self.component_year(i) for i in ("papi", "pci")}
        order = sorted((i for i in years if years[i]), key=lambda i: (years[i], i == "pci"), reverse=True)
        for index_id in order:
            m = self.movers(index_id, years[index_id])
            if len(m) > 2 and (m["ratio"] > 1).any():
                return self.movers_sentence(index_id, years[index_id])
            if levels := self.levels_sentence(index_id, years[index_id]):
                return levels
            if len(m) > 2:
                return self.movers_sentence(index_id, years[index_id])
        return None

    def cards(self) -> list[show.Card]:
        return [self.card(i) for i in CARDS] + ([self.card("ict")] if self.newest("ict") and not self.newest("dti") else [])

    def card(self, index_id: str) -> show.Card:
        """One index: its newest figure up to the year, labelled with its edition; else why there is none."""
        cell, scored = self.newest(index_id), self.newest_scored(index_id)
        name = self.short(index_id)
        if cell is None:
            reason = wording.sentence(self.reason(index_id, self.year))
            if self.withheld(index_id, self.year):
                return show.Card(label=f"{name} {self.year}", reason=reason)
            return show.Card(label=f"{name} {self.year}", value="–", note=reason)
        notes = []
        if cell.status == "derived":
            notes.append(self.label("note.derived"))
        if not self.own_unit(cell):
            notes.append(self.label("note.old_unit", place=self.place()))
        if cell.year != self.year:
            notes.append(self.t(f"{self.year}: không có số liệu ({self.reason(index_id, self.year)})",
                                f"{self.year}: no figure ({self.reason(index_id, self.year)})"))
        place = comparisons.place(self.board, index_id, "overall", self.province, cell.year)
        of = place.of if place else None
        rank = None
        if cell.rank is not None:
            rank = show.fmt("{r}/{n}", r=self.num(cell, what="rank"), n=of)
        elif place and place.rank is not None:
            rank = show.fmt("{r}/{n} {note}", r=self.ours(place.rank, f"rank {index_id}/overall {self.province} {cell.year}", 0),
                            n=of, note=self.t("(tính lại)", "(computed)"))
        elif cell.score is not None:
            n = self.outside(cell)
            rank = self.t(f"ngoài nhóm {n} tỉnh được công bố", f"outside the {n} published") if n else "–"
        if cell.score is None:
            if scored:
                notes.append(show.fmt(self.t("Điểm gần nhất: {s} ({y}).", "Latest score: {s} ({y})."), s=self.num(scored), y=scored.year))
            notes.insert(0, self.rank_only(index_id, cell.year))
            return show.Card(label=f"{name} {cell.year}", value="–", rank=rank, edition=str(cell.year), note=remarks(notes))
        ch = comparisons.change(self.board, index_id, "overall", self.province, cell.year)
        change, direction = None, None
        if ch and ch.delta is not None and ch.comparable:
            d = self.decimals(index_id)
            change = show.fmt(self.t("{x} so với {y}", "{x} on {y}"), y=ch.before.year,
                              x=self.ours(ch.delta, f"change {index_id}/overall {self.province} {ch.before.year} {cell.year}", d, True))
            if ch.beyond:  # colour and arrow are for changes that mean something
                direction = "up" if ch.delta > 0 else "down"
            notes.insert(0, wording.size(ch.ratio, self.lang) if ch.ratio is not None else self.t(
                f"không có điểm năm {spans(ch.gap_years)}", f"no score for {spans(ch.gap_years)}") if ch.gap_years else
                wording.size(None, self.lang))
        elif ch and ch.delta is not None:
            what = self.break_note(index_id, ch.breaks, cell.year)
            notes.insert(0, self.t(f"không so sánh được với {ch.before.year}: {what}", f"not comparable with {ch.before.year}: {what}"))
        return show.Card(label=f"{name} {cell.year}", value=self.num(cell), unit=self.unit(index_id), change=change,
                         direction=direction, rank=rank, tier=self.tier(index_id, cell.year), best=self.best(index_id, cell.year),
                         edition=str(cell.year), note=remarks(notes))

    def best(self, index_id: str, year: int) -> str | None:
        b = comparisons.best_since(self.board, index_id, "overall", self.province, year)
        if b is None:
            return None
        return str(b.since) if b.since else self.t(f"{b.first} (năm đầu so sánh được)", f"{b.first} (first comparable year)")

    def tier(self, index_id: str, year: int) -> str | None:
        """The tier as the publisher printed it, in both languages where the registry pairs them; said where our sources lack
        it, nothing for an index without tiers."""
        found = tiers(index_id, year).get(self.province)
        if not found:
            return self.t("nguồn không nêu", "not in our sources") if indices.index(index_id).tiers else None
        pairs = {t["vi"]: t["en"] for t in indices.index(index_id).tiers}
        return pairs.get(found, found) if self.lang == "en" else found

    def reading_rule(self) -> str:
        return wording.reading_rule(self.lang)
