"""Beside the region, the peers and the provinces most alike; and what the province itself surveyed."""

from __future__ import annotations

import pandas as pd

from govlib.errors import MissingData, UnknownName
from govlib.known import indices
from govlib.known.provinces import province_set
from govlib.panel import data
from govlib.publish import show
from govlib.publish.sections.base import Base, clause, frame
from govlib.reading import beside, comparisons
from govlib.reading.board import entity, region_of
from govlib.words import wording


class Region(Base):
    """Region, peers, similar provinces, own survey."""

    def neighbours(self, year: int) -> list[str]:
        """The province, its peers, its region, without doubles."""
        region = [p for p in province_set(year) if region_of(p, year) == self.region]
        return list(dict.fromkeys([self.province, *self.peers, *region]))

    def rank_of(self, index_id: str, slug: str, year: int) -> tuple[int | None, bool]:
        """(rank, published) of a province; computed only in a full edition."""
        p = comparisons.place(self.board, index_id, "overall", slug, year)
        return (p.rank, p.rank_is_published) if p else (None, False)

    def shown_rank(self, index_id: str, slug: str, year: int) -> show.Html:
        """A rank with its source: the row's where it was printed, else the recipe of the computed one."""
        rank, published = self.rank_of(index_id, slug, year)
        if rank is None:
            return show.Html("–")
        if published:
            return self.num(self.board.cell(index_id, "overall", slug, year), what="rank")
        return self.ours(rank, f"rank {index_id}/overall {slug} {year}", 0)

    def region_table(self, index_id: str, year: int) -> dict | None:
        rows = []
        for slug in self.neighbours(year):
            cell = self.board.cell(index_id, "overall", slug, year)
            if cell is None or (cell.score is None and cell.rank is None):
                continue
            ch = comparisons.change(self.board, index_id, "overall", slug, year)
            key = f"{index_id}/overall {slug}"
            delta = ch.delta if ch and ch.delta is not None and ch.comparable and ch.before.year == year - 1 else None
            kind = (self.label("kind.self") if slug == self.province else self.label("kind.peer") if slug in self.peers
                    else self.label("kind.region"))
            rows.append((cell.score if cell.score is not None else -1.0, {
                self.label("col.province"): self.place(slug), self.label("col.kind"): kind,
                self.label("col.score"): self.num(cell) if cell.score is not None else "–",
                self.label("col.change"): self.ours(delta, f"change {key} {year - 1} {year}", self.decimals(index_id), True),
                self.label("col.rank"): self.shown_rank(index_id, slug, year)}))
        if len(rows) < 2:
            return None
        rows.sort(key=lambda r: -r[0])
        out = frame([r for _, r in rows])
        if all(str(v) == "–" for v in out[self.label("col.change")]):
            out = out.drop(columns=self.label("col.change"))
        return {"df": out, "caption": self.t(f"{self.short(index_id)} {year}: {self.place()}, các tỉnh được chọn và vùng {self.region_name}",
                                             f"{self.short(index_id)} {year}: {self.place()}, its peers and the {self.region_name} region"),
                "source": self.source_line(index_id, year), "lang": self.lang, "name": f"{index_id}-{year}-{self.province}-region",
                "note": self.label("note.region")}

    def slope_figure(self, index_id: str, year: int) -> dict | None:
        """Ranks of the edition before and this one; None unless at least three provinces have both, of about as many provinces.

        Where the method changed between the two no line joins them and nothing is said of a rise or a fall."""
        from govlib.publish.charts import slope

        rows = []
        for slug in self.neighbours(year):
            before, now = (self.rank_of(index_id, slug, y)[0] for y in (year - 1, year))
            role = "province" if slug == self.province else "peer" if slug in self.peers else "region"
            rows.append({"label": self.place(slug), "role": role, "before": before, "now": now,
                         "shown_before": self.shown_rank(index_id, slug, year - 1), "shown_now": self.shown_rank(index_id, slug, year)})
        df = pd.DataFrame(rows, dtype=object).dropna(subset=["before", "now"]).astype({"before": int, "now": int})
        if len(df) < 3 or not (df["role"] == "province").any() or not self.same_field(index_id, year):
            return None
        me = df[df["role"] == "province"].iloc[0]
        same = comparisons.same_provinces(self.board, index_id, "overall", year)
        name, moved = self.place(), wording.rank_change(me["before"], me["now"], self.lang)
        breaks = self.board.breaks(index_id, "overall", year - 1, year, self.province)
        if breaks or not same:
            title = self.t(f"{name}: thứ {int(me['now'])} năm {year}", f"{name}: rank {int(me['now'])} in {year}")
        elif me["before"] == me["now"]:
            title = self.t(f"{name}: vẫn đứng thứ {int(me['now'])}", f"{name}: still ranks {int(me['now'])}")
        else:
            title = self.t(f"{name}: từ thứ {int(me['before'])} đến thứ {int(me['now'])}, {moved}",
                           f"{name}: from rank {int(me['before'])} to {int(me['now'])}, {moved}")
        years = (year - 1, year)
        what = self.t(f"{self.short(index_id)}, vùng {self.region_name}", f"{self.short(index_id)}, {self.region_name} region")
        drawn = {"years": years, "joined": not breaks, "height": min(330.0, 130.0 + 16.0 * len(df)), "form": "svg"}
        notes = [self.t(f"Không nối hai năm, vì thứ hạng không so sánh được: {'; '.join(clause(b.what('vi')) for b in breaks)}.",
                        f"The two years are not joined, as their ranks cannot be compared: {'; '.join(clause(b.what('en')) for b in breaks)}.")] if breaks else []
        of = [self.board.of(index_id, "overall", y) for y in years]
        if not same:
            notes.append(self.t("Hai năm thiếu những tỉnh khác nhau, nên thứ hạng có thể đổi mà không tỉnh nào thay đổi.",
                                "The two years lack different provinces, so that a rank may move though nobody did."))
        elif of[0] != of[1]:
            notes.append(self.t(f"Thứ hạng trong {of[0]} tỉnh ({years[0]}) và {of[1]} tỉnh ({years[1]}).",
                                f"Ranks among {of[0]} provinces ({years[0]}) and {of[1]} ({years[1]})."))
        return {"fig": slope.draw(df, self.lang, **drawn), "narrow": slope.draw(df, self.lang, narrow=True, **drawn), "title": title, "lang": self.lang,
                "note": " ".join(notes) or None,
                "measure": self.t(f"Thứ hạng {self.short(index_id)} {years[0]} và {years[1]}, {self.place()}, các tỉnh được chọn và vùng",
                                  f"{self.short(index_id)} ranks {years[0]} and {years[1]}, {self.place()}, peers and region"),
                "alt": slope.alt(df, self.lang, years=years, what=what, joined=not breaks), "table": slope.table(df, self.lang, years=years),
                "source": self.source_line(index_id, year), "name": f"{index_id}-{year}-{self.province}-ranks"}

    def region_year(self, index_id: str) -> int | None:
        """The newest edition in which this province and at least two neighbours have a figure."""
        for year in reversed([y for y in indices.editions(index_id) if y <= self.year]):
            there = [s for s in self.neighbours(year) if (c := self.board.cell(index_id, "overall", s, year)) and c.score is not None]
            if self.province in there and len(there) >= 3:
                return year
        return None

    def similar_table(self) -> tuple[dict | None, str]:
        """(keyword arguments of ``show.table`` or None, a sentence: the rule, or why there is none)."""
        try:
            found = beside.similar(data.shared("controls.parquet"), self.province, self.year)
        except (MissingData, UnknownName):
            found = pd.DataFrame()
        if found.empty:
            return None, self.label("note.similar_none")
        shown = [(i, y) for i in ("pci", "papi") if (y := self.board.newest_full(i, "overall", self.year))]
        rows = []
        for r in found.to_dict("records"):
            row = {self.label("col.province"): self.place(r["province"]),
                   self.label("col.distance"): self.ours(r["distance"], f"distance {self.province} {r['province']} {self.year}", 2)}
            for index_id, year in shown:
                row[f"{self.short(index_id)} {year}"] = self.num(self.board.cell(index_id, "overall", r["province"], year))
            rows.append(row)
        years = found.attrs["years"]
        used = wording.joined([f"{self.label('var.' + k)} ({v})" for k, v in years.items()], self.lang)
        return ({"df": frame(rows), "caption": self.t(f"Các tỉnh tương đồng nhất với {self.place()}", f"Provinces most like {self.place()}"),
                 "lang": self.lang, "name": f"similar-{self.province}", "source": self.label("source.controls")},
                self.label("note.similar", used=used))

    def satisfaction_table(self) -> dict | None:
        """The satisfaction survey as the province reported it, of the newest round up to the year; None elsewhere, and for the
        province after the merger, which is another unit than the one that was surveyed."""
        from govlib.institute import satisfaction

        if self.province != "bac-ninh":
            return None
        known = satisfaction.reported()
        known = known[known["year"] <= self.year]
        if known.empty or entity(self.province, int(year := known["year"].max())) != entity(self.province, self.year):
            return None
        rows = []
        for r in known[known["year"] == year].sort_values("percent").itertuples(index=False):
            self.see(r.source)
            share = show.num(r.percent, source=r.source, locator=f"data/raw/institute_reported/{year}.csv {r.service}", lang=self.lang, decimals=2)
            rows.append({self.label("col.service"): satisfaction.label("service", r.service, self.lang), self.label("col.satisfied"): share})
        return {"df": frame(rows), "lang": self.lang, "name": f"satisfaction-{self.province}-{year}", "note": self.label("note.satisfaction"),
                "caption": self.t(f"Tỷ lệ hài lòng do tỉnh báo cáo năm {year}", f"Share satisfied as reported by the province in {year}"),
                "source": self.t(f"Khảo sát của tỉnh Bắc Ninh, cổng thông tin của tỉnh, {year}", f"Survey by Bac Ninh province, the province’s portal, {year}")}
