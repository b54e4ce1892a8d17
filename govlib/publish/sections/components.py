"""Components: level, change, place, and the items behind a fall."""

from __future__ import annotations

import pandas as pd

from govlib.errors import GovlibError
from govlib.known import indices
from govlib.known.indices import doubtful
from govlib.publish import show
from govlib.publish.sections.answering import Answering
from govlib.publish.sections.base import clause, day_words, frame
from govlib.reading import comparisons
from govlib.reading.board import FULL
from govlib.words import wording
from govlib.words.wording import number


class Components(Answering):
    """Which components rose and fell."""

    def with_components(self) -> list[tuple[str, int]]:
        """(index, edition) pairs that have components of this province, newest first among PCI, PAPI, DTI, PAR."""
        return [(i, y) for i in ("pci", "papi", "dti") if (y := self.component_year(i))]

    def scored_components(self, index_id: str, year: int) -> list[str]:
        """Components of an edition of which any province has a figure, or this one is known to have none."""
        return [c for c in indices.component_ids(index_id, year) if self.board.n_scored(index_id, c, year)]

    def components_heading(self, index_id: str, year: int) -> str:
        return self.t(f"{self.short(index_id)} {year}: các thành phần", f"{self.short(index_id)} {year}: components")

    def components_intro(self, index_id: str, year: int) -> show.Html:
        """One paragraph: which edition and why, what moved, and what cannot be compared."""
        parts = []
        if year != self.year:
            parts.append(show.esc(self.t(f"{year} là kỳ đánh giá mới nhất có điểm thành phần của {self.place()}.",
                                         f"{year} is the newest edition with component scores for {self.place()}.")))
        if doubt := doubtful(index_id, year, self.province):
            parts.append(show.esc(wording.sentence(doubt[0 if self.lang == "vi" else 1])))
        if any((c := self.board.cell(index_id, i, self.province, year)) and c.status == "derived" for i in indices.component_ids(index_id, year)):
            parts.append(show.esc(wording.sentence(self.label("note.derived"))))
        if moved := self.movers_sentence(index_id, year):
            parts.append(moved)
            if len(self.movers(index_id, year)) < len(self.scored_components(index_id, year)) and (what := self.broken(index_id, year, "")):
                parts.append(show.esc(self.t(f"Các thành phần khác không so sánh được: {what}.", f"The others cannot be compared: {what}.")))
        else:
            what = self.broken(index_id, year)
            parts.append(show.esc(self.t(f"Không nêu thay đổi so với {year - 1}: {what}.", f"No change on {year - 1} is given: {what}.")))
        lacking = [c for c in indices.component_ids(index_id, year) if c not in self.scored_components(index_id, year)]
        if lacking:
            names = wording.joined([self.component(index_id, c, year) for c in lacking], self.lang)
            parts.append(show.esc(self.t(f"Không có trong nguồn: {names}.", f"Not in our sources: {names}.")))
        of, held = self.board.expected(index_id, year), [self.board.n_scored(index_id, c, year) for c in self.scored_components(index_id, year)]
        thin = [n for n in held if n < FULL * of]
        if thin and len(thin) < len(held):
            parts.append(show.esc(self.t(f"Có thành phần mà các nguồn đang dùng chỉ có điểm của {min(thin)}/{of} tỉnh nên không tính trung vị cả nước của thành phần đó.",
                                         f"Of some components our sources hold scores of {min(thin)} of {of} provinces only, so their national median is not computed.")))
        elif thin:
            parts.append(show.esc(self.t(f"Các nguồn đang dùng chỉ có điểm thành phần của {min(thin)}/{of} tỉnh nên không tính trung vị cả nước.",
                                         f"Our sources hold component scores of {min(thin)} of {of} provinces only, so no national median is computed.")))
        return show.join(parts)

    def broken(self, index_id: str, year: int, otherwise: str | None = None) -> str:
        """What changed since the year before, in words; ``otherwise`` where nothing did."""
        ids = indices.component_ids(index_id, year)
        found = {b.what(self.lang): None for c in ids for b in self.board.breaks(index_id, c, year - 1, year, self.province)}
        if found:
            return "; ".join(clause(w) for w in found)
        if otherwise is not None:
            return otherwise
        return self.t(f"không có điểm thành phần năm {year - 1}", f"there are no component scores for {year - 1}")

    def components_table(self, index_id: str, year: int) -> dict:
        """Keyword arguments of ``show.table``: level, change, threshold, rank, median, gap, region, peers."""
        peers = [p for p in self.peers if any((c := self.board.cell(index_id, i, p, year)) and c.score is not None
                                              for i in indices.component_ids(index_id, year))]
        t = self._compared(index_id, year)
        t = t[t["component"].isin(self.scored_components(index_id, year))]
        rows = []
        for r in t.to_dict("records"):
            c, key = r["component"], f"{index_id}/{r['component']} {self.province}"
            cell = self.board.cell(index_id, c, self.province, year)
            row = {self.label("col.component"): self.component(index_id, c, year), self.label("col.score"): self.num(cell)}
            if r["delta"] == r["delta"] and r["comparable"]:
                delta = self.ours(r["delta"], f"change {key} {int(r['before_year'])} {year}", self.decimals(index_id), True)
                row[self.label("col.change")] = delta if r["before_year"] == year - 1 else show.fmt(
                    self.t("{x} (so với {y})", "{x} (on {y})"), x=delta, y=int(r["before_year"]))
                size = "" if r["ratio"] != r["ratio"] else self.label("size.beyond") if r["ratio"] > 1 else self.label("size.within")
                row[self.label("col.size")] = "" if not size else show.fmt("{w} (±{n})", w=size, n=self.ours(
                    r["threshold"], f"threshold {index_id}/{c} {year}", self.decimals(index_id)))
            else:
                row[self.label("col.change")] = self.label("cell.break") if r["delta"] == r["delta"] else "–"
                row[self.label("col.size")] = ""
            rank = r["rank"]
            row[self.label("col.rank")] = (show.Html("–") if rank is None or rank != rank else self.num(cell, what="rank")
                                           if r["rank_published"] else self.ours(int(rank), f"rank {key} {year}", 0))
            row[self.label("col.median")] = self._median(index_id, c, year, r["median"], r["before_year"] == year - 1 or r["delta"] != r["delta"])
            row[self.label("col.gap")] = self.ours(r["gap"], f"gap {key} {year}", self.decimals(index_id), True)
            row[self.label("col.region_median")] = self.ours(r["region_median"], f"region_median {key} {year}", self.decimals(index_id))
            for p in peers:
                row[self.place(p)] = self.num(self.board.cell(index_id, c, p, year))
            rows.append(row)
        out = frame(rows)
        nothing = ("–", "") if any(str(v) not in ("–", self.label("cell.break")) for v in out[self.label("col.change")]) \
            else ("–", "", self.label("cell.break"))  # a column of nothing but "method changed": the paragraph above says it
        empty = [c for c in out.columns[1:] if all(str(v) in nothing for v in out[c])]
        out = out.drop(columns=empty)
        note = self.label("note.components") if self.label("col.size") in out.columns else None
        return {"df": out, "caption": self.t(f"{self.short(index_id)} {year} của {self.place()} theo thành phần",
                                             f"{self.short(index_id)} {year} of {self.place()} by component"),
                "source": self.source_line(index_id, year), "note": note, "lang": self.lang,
                "name": f"{index_id}-{year}-{self.province}-components"}

    def _median(self, index_id: str, component: str, year: int, median: float, beside: bool) -> show.Html:
        """The national median and, where it joins the year before, its change: whether all moved or only this province.
        ``beside``: the province's own change, if any, is of the same year."""
        d = self.decimals(index_id)
        shown = self.ours(median, f"median {index_id}/{component} {year}", d)
        moved = comparisons.median_change(self.board, index_id, component, year) if beside else None
        if moved is None or median != median:
            return shown
        return show.together("{m} ({x})", m=shown, x=self.ours(moved, f"change_of_median {index_id}/{component} {year - 1} {year}", d, True))

    def gap_figure(self, index_id: str, year: int) -> dict | None:
        from govlib.publish.charts import gap

        ids = self.scored_components(index_id, year)
        peers = self.peers[:3]
        t = self._compared(index_id, year)
        t = t[t["component"].isin(ids)]
        df = pd.DataFrame({"label": [self.component(index_id, c, year) for c in t["component"]], "value": t["score"],
                           "median": t["median"]})
        for p in peers:
            if t[p].notna().any():
                df[self.place(p)] = t[p].to_numpy()
        if df["value"].notna().sum() < 2:
            return None
        what = self.t(f"{self.short(index_id)} {year}, {self.place()}", f"{self.short(index_id)} {year}, {self.place()}")
        if df["median"].notna().any():
            g = (df["value"] - df["median"]).dropna()
            above = int((g > 0).sum())
            title = self.t(f"{above}/{len(g)} thành phần cao hơn trung vị cả nước", f"{above} of {len(g)} components above the national median")
        else:
            top, low = df.loc[df["value"].idxmax(), "label"], df.loc[df["value"].idxmin(), "label"]
            title = self.t(f"Cao nhất: {top}; thấp nhất: {low}", f"Highest: {top}; lowest: {low}")
        d = self.decimals(index_id)
        drawn = {"province": self.place(), "median": self.t("trung vị cả nước", "national median"), "decimals": d, "form": "svg"}
        sourced = pd.DataFrame({"label": df["label"], "value": [self.scored(index_id, c, self.province, year) for c in t["component"]],
                                "median": [self.ours(v, f"median {index_id}/{c} {year}", d) if v == v else None for c, v in zip(t["component"], t["median"], strict=True)],
                                "gap": [self.ours(v, f"gap {index_id}/{c} {self.province} {year}", d, True) if v == v else None
                                        for c, v in zip(t["component"], t["gap"], strict=True)]}
                               | {self.place(p): [self.scored(index_id, c, p, year) for c in t["component"]] for p in peers if self.place(p) in df}, dtype=object)
        return {"fig": gap.draw(df, self.lang, **drawn), "narrow": gap.draw(df, self.lang, narrow=True, **drawn),
                "title": title, "measure": f"{what}, {self.scale_words(index_id, ids[0], year)}",
                "alt": gap.alt(df, self.lang, what=what, decimals=d), "lang": self.lang, "decimals": d,
                "table": gap.table(sourced, self.lang, province=self.place(), median=self.t("Trung vị cả nước", "National median")),
                "source": self.source_line(index_id, year), "name": f"{index_id}-{year}-{self.province}-gap"}

    def scored(self, index_id: str, component: str, slug: str, year: int) -> show.Html | None:
        """A score with its source; None where there is none."""
        cell = self.board.cell(index_id, component, slug, year)
        return self.num(cell) if cell is not None and cell.score is not None else None

    def scale_words(self, index_id: str, component: str, year: int) -> str:
        try:
            low, high, _ = indices.scale(index_id, component, year)
        except GovlibError:
            return ""
        if high is None:
            return self.t("điểm", "points")
        return self.t(f"thang {number(low, 'vi', None)}–{number(high, 'vi', None)}", f"scale {number(low, 'en', None)}–{number(high, 'en', None)}")

    def fallen(self, index_id: str, year: int) -> list[str]:
        m = self.movers(index_id, year)
        return list(m.loc[m["delta"].round(2) < 0].sort_values("delta")["component"])

    def _worse(self, index_id: str, year: int) -> list[tuple[str, comparisons.Change]]:
        """Items that got worse within the components that fell, the largest first against the spread of all provinces' changes."""
        if (index_id, year) not in self._items:
            fallen = self.fallen(index_id, year)
            there = [c for c in self.board.components(index_id, "indicator") if c.split(".")[0] in fallen]
            rows = []
            for c in there:
                ch = comparisons.change(self.board, index_id, c, self.province, year, threshold=False)
                if ch is None or ch.delta is None or not ch.comparable or year - ch.before.year != 1 or not self._same_unit(ch):
                    continue
                if ch.delta * comparisons.item_direction(self.board, index_id, c, year) < 0:
                    spread = comparisons.spread_of_changes(self.board, index_id, c, year)
                    rows.append((-abs(ch.delta) / spread if spread else 0.0, c, ch))
            self._items[index_id, year] = [(c, ch) for _, c, ch in sorted(rows, key=lambda r: r[0])]
        return self._items[index_id, year]

    def _same_unit(self, ch: comparisons.Change) -> bool:
        """Whether an item's two figures are in one unit: shares are percent in the sheets of 2006 and 0–1 in those of 2007."""
        now, before = (self.item_unit(c.index_id, c.component, c.year) or c.unit for c in (ch.now, ch.before))
        return now == before

    def indicators_table(self, index_id: str, year: int, most: int = 12) -> dict | None:
        """The survey items or sub-dimensions that got worse within the components that fell, the largest first against the
        spread of all provinces' changes; None where no items are there. Which way is worse: :func:`comparisons.item_direction`."""
        rows = self._worse(index_id, year)
        if not rows:
            return None
        out = []
        for c, ch in rows[:most]:
            key = f"{index_id}/{c} {self.province}"
            place = comparisons.place(self.board, index_id, c, self.province, year)
            out.append({self.label("col.component"): self.component(index_id, c.split(".")[0], year),
                        self.label("col.indicator"): self.item_cell(index_id, c, year), self.label("col.score"): self.num(ch.now),
                        self.label("col.change"): self.ours(ch.delta, f"change {key} {ch.before.year} {year}", 2, True),
                        self.label("col.median"): self.ours(place.median, f"median {index_id}/{c} {year}", 2) if place else "–",
                        self.label("col.lead"): self.lead_of_item(index_id, c)})
        return {"df": frame(out), "caption": self.t(f"{self.short(index_id)} {year}: chỉ tiêu xấu đi trong các thành phần giảm",
                                                           f"{self.short(index_id)} {year}: what got worse within the components that fell"),
                "source": self.source_line(index_id, year), "lang": self.lang,
                "note": " ".join((self.label("note.indicators"), self.label("note.items_lead", day=day_words(self.lead_day(index_id), self.lang)))),
                "name": f"{index_id}-{year}-{self.province}-fallen"}

    def no_indicators(self, index_id: str, year: int) -> str | None:
        """What to say where components fell and no item tells why."""
        fallen = self.fallen(index_id, year) if index_id in ("pci", "papi") else []
        if not fallen or self._worse(index_id, year):
            return None
        return self.label("note.no_indicators", index=self.short(index_id), year=year)
