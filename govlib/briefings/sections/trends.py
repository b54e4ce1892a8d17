"""The years: trends that end at a break, small multiples, the heatmap."""

from __future__ import annotations

import pandas as pd

from govlib import indices, wording
from govlib.briefings.sections.base import Base, span
from govlib.wording import number


class Trends(Base):
    """Figures over the years."""

    def trend_figure(self, index_id: str, component: str = "overall") -> dict | None:
        """The composite over the years, as published; or, for PCI, recomputed with fixed weights, which breaks less often."""
        from govlib.charts import trend

        mine = [c for c in self.board.series(index_id, component, self.province, self.year)]
        scored = [c for c in mine if c.score is not None]
        if len(scored) < 3:
            return None
        first, m = scored[0].year, self.board.matrix(index_id, component)
        rows = [(c.year, self.place(), "province", c.score) for c in scored]
        for slug in self.peers[:3]:
            rows += [(c.year, self.place(slug), "peer", c.score) for c in self.board.series(index_id, component, slug, self.year)
                     if c.score is not None and c.year >= first]
        median = self.t("Trung vị cả nước", "National median")
        rows += [(y, median, "nation", self.board.edition(index_id, component, int(y)).median) for y in m.index
                 if first <= y <= self.year and self.board.is_full(index_id, component, y)]
        df = pd.DataFrame(rows, columns=["year", "series", "role", "value"])
        breaks = sorted({b.year for b in self.board.breaks(index_id, component, first, self.year, self.province)})
        missing = [y for y in range(first, self.year + 1) if y not in {c.year for c in scored} and y in indices.editions(index_id)]
        d, name = self.decimals(index_id), self.component(index_id, component)
        last = scored[-1]
        run = [c for c in scored if not self.board.breaks(index_id, component, c.year, last.year, self.province)]
        title = self.t(f"{name} của {self.place()}: {number(last.score, 'vi', d)} năm {last.year}",
                       f"{name} of {self.place()}: {number(last.score, 'en', d)} in {last.year}")
        if len(run) > 1:
            moved = wording.change(run[-1].score - run[0].score, self.lang, d)
            title += self.t(f", {moved} kể từ {run[0].year}", f", {moved} since {run[0].year}")
        low, high, _ = indices.scale(index_id, component, last.year)
        what = f"{name}, {first}–{self.year}"
        notes = [self.label("note.fixed")] if component == "overall_fixed_weights" else []
        notes += [self.t(f"Đường ngắt ở {wording.joined(map(str, breaks), 'vi')}: phương pháp thay đổi, điểm không nối được.",
                        f"Lines break at {wording.joined(map(str, breaks), 'en')}: the method changed and scores do not join.")] if breaks else []
        if missing:
            notes.append(self.t(f"Không có điểm của {self.place()} trong nguồn: {span(missing)}.",
                                f"No score of {self.place()} in our sources: {span(missing)}."))
        return {"fig": trend.draw(df, self.lang, breaks=breaks, missing=missing, decimals=d, form="svg"), "title": title, "lang": self.lang,
                "measure": f"{what}, {self.scale_words(index_id, 'overall', last.year)}", "note": " ".join(notes) or None,
                "alt": trend.alt(df, self.lang, what=what, breaks=breaks, missing=missing, decimals=d), "decimals": d,
                "table": trend.table(df, self.lang), "source": self.source_line(index_id, None), "name": f"{index_id}-{self.province}-{component.replace('_', '-')}-trend"}

    def _long(self, index_id: str) -> pd.DataFrame:
        """Component scores of the province and the national median, one row a figure."""
        if index_id in self._longs:
            return self._longs[index_id]
        year = self.component_year(index_id)
        rows = []
        for c in indices.component_ids(index_id, year) if year else ():
            name, m = self.component(index_id, c, year), self.board.matrix(index_id, c)
            rows += [(c, name, s.year, self.place(), "province", s.score)
                     for s in self.board.series(index_id, c, self.province, self.year) if s.score is not None]
            rows += [(c, name, int(y), self.t("Trung vị cả nước", "National median"), "nation", self.board.edition(index_id, c, int(y)).median)
                     for y in m.index if y <= self.year and self.board.is_full(index_id, c, y)]
        self._longs[index_id] = pd.DataFrame(rows, columns=["component", "panel", "year", "series", "role", "value"], dtype=object)
        return self._longs[index_id]

    def multiples_figure(self, index_id: str) -> dict | None:
        from govlib.charts import multiples

        df = self._long(index_id)
        mine = df[df["role"] == "province"]
        if mine.empty or mine.groupby("panel")["year"].nunique().max() < 3:
            return None
        df = df[df["panel"].isin(set(mine["panel"]))]
        first, last = int(mine["year"].min()), int(mine["year"].max())
        df = df[df["year"] >= first]
        breaks = {self.component(index_id, c, self.component_year(index_id)):
                  [b.year for b in self.board.breaks(index_id, c, first, last, self.province)] for c in df["component"].unique()}
        what = f"{self.short(index_id)}, {self.place()}, {first}–{last}"
        best = mine.sort_values("year").groupby("panel").tail(1).sort_values("value")
        title = self.t(f"Thấp nhất: {best.iloc[0]['panel']}; cao nhất: {best.iloc[-1]['panel']}",
                       f"Lowest: {best.iloc[0]['panel']}; highest: {best.iloc[-1]['panel']}")
        cut = sorted({y for ys in breaks.values() for y in ys})
        return {"fig": multiples.draw(df, self.lang, breaks=breaks, form="svg"), "title": title, "lang": self.lang, "decimals": 2,
                "measure": self.t(f"Các thành phần {what}, cùng một thang đo", f"Components of {what}, on one scale"),
                "alt": multiples.alt(df, self.lang, what=what), "table": multiples.table(df, self.lang),
                "source": self.source_line(index_id, None), "name": f"{index_id}-{self.province}-components-trend", "wide": True,
                "note": self.t(f"Đường ngắt ở năm đổi phương pháp ({wording.joined(map(str, cut), 'vi')}) và năm không có số liệu.",
                               f"Lines break where the method changed ({wording.joined(map(str, cut), 'en')}) and where figures are missing.") if cut else None}

    def heatmap_figure(self, index_id: str) -> dict | None:
        from govlib.charts import heatmap

        df = self._long(index_id)
        df = df[df["role"] == "province"].rename(columns={"panel": "row", "year": "column"})
        if df.empty or df["column"].nunique() < 3:
            return None
        cut = sorted({b.year for c in df["component"].unique() for b in self.board.breaks(
            index_id, c, int(df["column"].min()), int(df["column"].max())) if b.scope == "all"})
        what = f"{self.short(index_id)}, {self.place()}"
        year = int(df["column"].max())
        years = [y for y in indices.editions(index_id) if int(df["column"].min()) <= y <= self.year]
        last = df[df["column"] == year].sort_values("value")
        title = self.t(f"{year}: yếu nhất ở {last.iloc[0]['row']}, mạnh nhất ở {last.iloc[-1]['row']}",
                       f"{year}: weakest in {last.iloc[0]['row']}, strongest in {last.iloc[-1]['row']}")
        return {"fig": heatmap.draw(df, self.lang, breaks=cut, years=years, form="svg"), "title": title, "lang": self.lang, "decimals": 2,
                "measure": self.t(f"Điểm thành phần {what} theo năm", f"Component scores of {what} by year"),
                "alt": heatmap.alt(df, self.lang, what=what), "table": heatmap.table(df, self.lang, years),
                "source": self.source_line(index_id, None), "name": f"{index_id}-{self.province}-heatmap", "wide": True,
                "note": self.t("Vạch đứng: năm đổi phương pháp của mọi thành phần. Ô trống: không có số liệu trong nguồn.",
                               "Upright rule: the method of all components changed. No cell: no figure in our sources.")}
