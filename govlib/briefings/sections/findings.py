"""The three findings and the cards: each index in a sentence, a change before a rank."""

from __future__ import annotations

import pandas as pd

from govlib import comparisons, indices, wording
from govlib.briefings import show
from govlib.briefings.sections.base import OURS, Base, clause, remarks, span, tiers
from govlib.comparisons import Cell

CARDS = ("pci", "papi", "par", "sipas", "dti")


class Findings(Base):
    """Findings, cover and cards."""

    def finding(self, index_id: str, cell: Cell) -> tuple[dict, comparisons.Change | None]:
        """What :func:`govlib.wording.score_finding` needs about one figure."""
        ch = comparisons.change(self.board, index_id, "overall", self.province, cell.year)
        place = comparisons.place(self.board, index_id, "overall", self.province, cell.year)
        before = self.board.cell(index_id, "overall", self.province, cell.year - 1)
        if before and not self.same_field(index_id, cell.year):
            before = None
        f = {"index": self.short(index_id), "year": cell.year, "score": cell.score, "decimals": self.decimals(index_id),
             "unit": self.unit(index_id), "rank": place.rank if place else None, "of": place.of if place else None,
             "previous_rank": before.rank if before else None, "reason": None}
        if f["rank"] is None and cell.score is not None:
            f["rank_note"] = self.rank_note(cell)
        if cell.score is None:
            f["reason"] = self.t("nguồn chỉ nêu thứ hạng", "the source gives the rank only")
        if ch and ch.delta is not None:
            f |= {"change": ch.delta, "previous_year": ch.before.year, "comparable": ch.comparable,
                  "threshold": ch.threshold, "ratio": ch.ratio,
                  "break_note": wording.joined([clause(b.what(self.lang)) for b in ch.breaks], self.lang)}
        return f, ch

    def same_field(self, index_id: str, year: int) -> bool:
        """Whether about as many provinces were ranked the year before, so that a change of rank means something: the
        fourteenth of 42 and the fortieth of 64 are no fall of 26 places."""
        now, before = (self.board.of(index_id, "overall", y) for y in (year, year - 1))
        return abs(now - before) <= 0.1 * now

    def outside(self, cell: Cell) -> int | None:
        """How many ranks the publisher printed, where this score is known to lie below the last of them. A row without a
        rank does not tell: our source of it may just not have given one."""
        n = indices.published_ranks(cell.index_id, cell.year)
        everyone = (self.board.cell(cell.index_id, "overall", p, cell.year) for p in comparisons.province_set(cell.year)) if n else ()
        last = next((c.score for c in everyone if c and c.rank == n and c.score is not None), None)
        return n if last is not None and cell.score is not None and cell.score < last else None

    def rank_note(self, cell: Cell) -> str:
        if n := self.outside(cell):
            return self.t(f"thứ hạng nằm ngoài {n} tỉnh được công bố", f"rank outside the {n} that are published")
        return self.t("chưa có thứ hạng công bố trong nguồn", "rank not given in our sources")

    def score_sentence(self, index_id: str, cell: Cell) -> show.Html:
        f, ch = self.finding(index_id, cell)
        marks: list[show.Html] = []
        key = f"{index_id}/overall {self.province}"

        def mark(text: str, what: str) -> str:
            if what == "score" or (what == "rank" and cell.rank is not None):
                self.see(cell.source)
                marks.append(show.num(text, source=cell.source, locator=cell.locator, lang=self.lang))
            elif what == "previous_rank":
                before = self.board.cell(index_id, "overall", self.province, cell.year - 1)
                marks.append(show.num(text, source=OURS, lang=self.lang,
                                      locator=f"rank_change {key} {before.year} {cell.year}"))
            elif what == "change":
                marks.append(show.num(text, source=OURS, locator=f"change {key} {f['previous_year']} {cell.year}", lang=self.lang))
            elif what == "threshold":
                marks.append(show.num(text, source=OURS, locator=f"threshold {index_id}/overall {cell.year}", lang=self.lang))
            else:
                marks.append(show.num(text, source=OURS, locator=f"rank {key} {cell.year}", lang=self.lang))
            computed = what == "rank" and cell.rank is None
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
            marks.append(show.num(text, source=OURS, lang=self.lang,
                                  locator=f"change {index_id}/{names[name]} {self.province} {year - 1} {year}"))
            return f"\ue000{len(marks) - 1}\ue001"

        pairs = [(self.component(index_id, r.component, year), r.delta) for r in m.itertuples()]
        rose = [p for p in pairs if round(p[1], 2) > 0]
        fell = [p for p in pairs if round(p[1], 2) < 0]
        beyond = None if m["ratio"].isna().any() else [self.component(index_id, c, year) for c in m.loc[m["ratio"] > 1, "component"]]
        text = wording.movers_finding(rose, fell, len(pairs) - len(rose) - len(fell), self.lang, index=self.short(index_id),
                                      year=year, previous_year=year - 1, mark=mark,
                                      components=len(indices.component_ids(index_id, year)), beyond=beyond)
        return self._marked(text, marks)

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

        reason = self.t(f"mới có điểm của {p.n_scored}/{self.board.expected(index_id, year)} tỉnh",
                        f"scores of {p.n_scored} of {self.board.expected(index_id, year)} provinces only")
        f = {"index": self.short(index_id), "year": year, "gap": p.gap, "median": p.median, "region": self.region_name,
             "region_rank": p.region_rank, "region_of": p.region_of, "decimals": self.decimals(index_id), "reason": reason}
        return self._marked(wording.place_finding(f, self.lang, mark), marks)

    def cover(self) -> dict:
        """Keyword arguments of ``show.cover``."""
        facts = []
        for index_id in ("pci", "papi", "dti"):
            if cell := self.newest_scored(index_id):
                facts.append((f"{self.short(index_id)} {cell.year}", self.num(cell)))
        return {"title": self.t(f"Chỉ số quản trị tỉnh: {self.place()}", f"Governance indices: {self.place()}"),
                "subtitle": self.label("cover.subtitle"), "place": self.place(), "year": self.year, "lang": self.lang,
                "issued_by": self.label("cover.issuer"), "edition": self.label("cover.edition", year=self.year), "facts": facts}

    def findings(self) -> list[show.Html]:
        """Three sentences: the newest PCI, the newest PAPI (or the place in the country), what moved most."""
        said, out = [], []
        for index_id in ("pci", "papi", "dti", "par", "sipas"):
            cell = self.newest_scored(index_id)
            if cell is None or len(out) == 2:
                continue
            sentence = self.score_sentence(index_id, cell)
            if cell.year != self.year:
                why = self.reason(index_id, self.year)
                after = self.t(f" Đây là ấn bản mới nhất có điểm của {self.place()}; năm {self.year}: {why}.",
                               f" This is the newest edition with a score of {self.place()}; {self.year}: {why}.")
                sentence = show.Html(sentence + show.esc(after))
            if cell.status == "derived":
                sentence = show.Html(f"{sentence} {show.esc(wording.sentence(self.label('note.derived')))}")
            out.append(sentence)
            said.append((index_id, cell.year))
        years = {i: self.component_year(i) for i in ("papi", "pci")}
        order = sorted((i for i in years if years[i]), key=lambda i: (years[i], i == "pci"), reverse=True)
        moved = next((s for i in order if len(self.movers(i, years[i])) > 2 and (s := self.movers_sentence(i, years[i])) is not None), None)
        if moved:
            out.append(moved)
        for index_id, year in said:
            if len(out) < 3 and (s := self.place_sentence(index_id, year)) is not None:
                out.append(s)
        if not out:
            out.append(show.esc(wording.sentence(self.t(f"{self.place()} chưa có điểm công bố nào đến năm {self.year}",
                                                        f"{self.place()} has no published score up to {self.year}"))))
        return out

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
            rank = self.t(f"ngoài {n} tỉnh công bố", f"outside the {n} published") if n else "–"
        if cell.score is None:
            if scored:
                notes.append(show.fmt(self.t("Điểm gần nhất: {s} ({y}).", "Latest score: {s} ({y})."), s=self.num(scored), y=scored.year))
            notes.insert(0, self.t("nguồn chỉ nêu thứ hạng, không nêu điểm", "the source gives the rank, not the score"))
            return show.Card(label=f"{name} {cell.year}", value="–", rank=rank, edition=str(cell.year), note=remarks(notes))
        ch = comparisons.change(self.board, index_id, "overall", self.province, cell.year)
        change, direction = None, None
        if ch and ch.delta is not None and ch.comparable:
            d = self.decimals(index_id)
            change = show.fmt(self.t("{x} so với {y}", "{x} on {y}"), y=ch.before.year,
                              x=self.ours(ch.delta, f"change {index_id}/overall {self.province} {ch.before.year} {cell.year}", d, True))
            direction = "flat" if wording.is_zero(ch.delta, d) else "up" if ch.delta > 0 else "down"
            notes.insert(0, wording.size(ch.ratio, self.lang) if ch.ratio is not None else self.t(
                f"không có điểm {span(ch.gap_years)}", f"no score {span(ch.gap_years)}") if ch.gap_years else
                wording.size(None, self.lang))
        elif ch and ch.delta is not None:
            what = wording.joined([clause(b.what(self.lang)) for b in ch.breaks], self.lang)
            notes.insert(0, self.t(f"không so sánh được với {ch.before.year}: {what}", f"not comparable with {ch.before.year}: {what}"))
        return show.Card(label=f"{name} {cell.year}", value=self.num(cell), unit=self.unit(index_id), change=change,
                         direction=direction, rank=rank, tier=self.tier(index_id, cell.year), best=self.best(index_id, cell.year),
                         edition=str(cell.year), note=remarks(notes))

    def best(self, index_id: str, year: int) -> str | None:
        b = comparisons.best_since(self.board, index_id, "overall", self.province, year)
        if b is None:
            return None
        return str(b.since) if b.since else self.t(f"{b.first} (đầu chuỗi so sánh được)", f"{b.first} (start of comparable figures)")

    def tier(self, index_id: str, year: int) -> str | None:
        """The tier as the publisher printed it, in both languages where the registry pairs them."""
        found = tiers(index_id, year).get(self.province)
        if not found:
            return None
        pairs = {t["vi"]: t["en"] for t in indices.index(index_id).tiers}
        return pairs.get(found, found) if self.lang == "en" else found

    def reading_rule(self) -> str:
        return wording.reading_rule(self.lang)
