"""The years: trends that end at a break, small multiples, the heatmap."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from govlib.known import indices
from govlib.publish import show
from govlib.publish.sections.base import Base
from govlib.reading.board import Break
from govlib.text import spans
from govlib.words import wording
from govlib.words.wording import number


class Trends(Base):
    """Figures over the years."""

    def trend_figure(self, index_id: str, component: str = "overall") -> dict | None:
        """The composite over the years, as published; or, for PCI, recomputed with fixed weights, which breaks less often."""
        from govlib.publish.charts import trend

        mine = [c for c in self.board.series(index_id, component, self.province, self.year)]
        scored = [c for c in mine if c.score is not None]
        if len(scored) < 3:
            return None
        first, m = scored[0].year, self.board.matrix(index_id, component)
        rows = [(c.year, self.place(), "province", c.score, self.num(c)) for c in scored]
        for slug in self.peers[:3]:
            rows += [(c.year, self.place(slug), "peer", c.score, self.num(c)) for c in self.board.series(index_id, component, slug, self.year)
                     if c.score is not None and c.year >= first]
        median = self.t("Trung vị cả nước", "National median")
        rows += [(y, median, "nation", *self.median(index_id, component, y)) for y in m.index.tolist()
                 if first <= y <= self.year and self.board.is_full(index_id, component, y)]
        df = pd.DataFrame(rows, columns=["year", "series", "role", "value", "shown"], dtype=object)
        found = self.board.breaks(index_id, component, first, self.year, self.province)
        breaks = sorted({b.year for b in found})
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
        notes += [self.broken_lines(found)] if found else []
        if missing:
            notes.append(self.t(f"Không có điểm của {self.place()} trong nguồn: {spans(missing)}.",
                                f"No score for {self.place()} in our sources: {spans(missing)}."))
        drawn = {"breaks": breaks, "missing": missing, "decimals": d, "form": "svg"}
        return {"fig": trend.draw(df, self.lang, **drawn), "narrow": trend.draw(df, self.lang, narrow=True, **drawn), "title": title, "lang": self.lang,
                "measure": f"{what}, {self.scale_words(index_id, 'overall', last.year)}", "note": " ".join(notes) or None,
                "alt": trend.alt(df, self.lang, what=what, breaks=breaks, missing=missing, decimals=d), "decimals": d,
                "table": trend.table(df, self.lang), "source": self.source_line(index_id, None), "name": f"{index_id}-{self.province}-{component.replace('_', '-')}-trend"}

    def median(self, index_id: str, component: str, year: int) -> tuple[float, show.Html]:
        """The national median of a full edition, for the drawing and with its recipe."""
        value = self.board.edition(index_id, component, year).median
        return value, self.ours(value, f"median {index_id}/{component} {year}", self.decimals(index_id))

    def broken_lines(self, breaks: Sequence[Break]) -> str:
        """Where lines end and why: a change of method, or of the unit itself."""
        unit = sorted({b.year for b in breaks if b.scope == "unit"})
        method = sorted({b.year for b in breaks} - set(unit))
        told = [self.t(f"ở {wording.joined(map(str, method), 'vi')} vì đổi phương pháp", f"at {wording.joined(map(str, method), 'en')}, where the method changed")] if method else []
        told += [self.t(f"ở {wording.joined(map(str, unit), 'vi')} vì đơn vị hành chính thay đổi", f"at {wording.joined(map(str, unit), 'en')}, where the unit itself changed")] if unit else []
        return self.t(f"Đường ngắt {wording.joined(told, 'vi')}: điểm trước và sau không so sánh được.", f"Lines break {wording.joined(told, 'en')}: scores before and after cannot be compared.")

    def _long(self, index_id: str) -> pd.DataFrame:
        """Component scores of the province and the national median, one row a figure; ``shown`` carries its source."""
        if index_id in self._longs:
            return self._longs[index_id]
        year = self.component_year(index_id)
        rows = []
        for c in indices.component_ids(index_id, year) if year else ():
            name, m = self.component(index_id, c, year), self.board.matrix(index_id, c)
            rows += [(c, name, s.year, self.place(), "province", s.score, self.num(s))
                     for s in self.board.series(index_id, c, self.province, self.year) if s.score is not None]
            rows += [(c, name, y, self.t("Trung vị cả nước", "National median"), "nation", *self.median(index_id, c, y))
                     for y in m.index.tolist() if y <= self.year and self.board.is_full(index_id, c, y)]
        self._longs[index_id] = pd.DataFrame(rows, columns=["component", "panel", "year", "series", "role", "value", "shown"], dtype=object)
        return self._longs[index_id]

    def multiples_figure(self, index_id: str) -> dict | None:
        from govlib.publish.charts import multiples

        df = self._long(index_id)
        mine = df[df["role"] == "province"]
        if mine.empty or mine.groupby("panel")["year"].nunique().max() < 3:
            return None
        df = df[df["panel"].isin(set(mine["panel"]))]
        first, last = int(mine["year"].min()), int(mine["year"].max())
        df = df[df["year"] >= first]
        found = self.component_breaks(index_id, first, last)
        breaks = {panel: sorted({b.year for b in bs}) for panel, bs in found.items()}
        what = f"{self.short(index_id)}, {self.place()}, {first}–{last}"
        year, low, high = self.ends(mine, "year", "panel")
        title = self.t(f"{year}: thấp nhất ở {low}, cao nhất ở {high}", f"{year}: lowest in {low}, highest in {high}")
        drawn = [b for bs in found.values() for b in bs]
        gaps = any(mine.loc[mine["panel"] == p, "year"].agg(lambda y: y.max() - y.min() + 1 > y.nunique()) for p in found)
        notes = [self.broken_lines(drawn)] if drawn else []
        notes += [self.t("Đường cũng ngắt ở năm không có số liệu.", "Lines also break where figures are missing.")] if gaps else []
        return {"fig": multiples.draw(df, self.lang, breaks=breaks, form="svg"), "narrow": multiples.draw(df, self.lang, breaks=breaks, narrow=True, form="svg"),
                "title": title, "lang": self.lang, "decimals": 2,
                "measure": self.t(f"Các thành phần {what}, cùng một thang đo", f"Components of {what}, on one scale"),
                "alt": multiples.alt(df, self.lang, what=what, breaks=breaks), "table": multiples.table(df, self.lang),
                "source": self.source_line(index_id, None), "name": f"{index_id}-{self.province}-components-trend", "wide": True,
                "note": " ".join(notes) or None}

    @staticmethod
    def ends(df: pd.DataFrame, year: str, name: str) -> tuple[int, str, str]:
        """(year, lowest, highest component) of the newest year with two or more: figures of several years would not compare."""
        counts = df.groupby(year)["value"].count()
        newest = int(max(counts.index[counts > 1], default=counts.index.max()))
        rows = df[df[year] == newest].sort_values("value")
        return newest, rows.iloc[0][name], rows.iloc[-1][name]

    def component_breaks(self, index_id: str, first: int, last: int) -> dict[str, list[Break]]:
        """Breaks of each component that :meth:`_long` has, by its name."""
        df = self._long(index_id)
        names = dict(zip(df["component"], df["panel"], strict=True))
        return {name: list(self.board.breaks(index_id, c, first, last, self.province)) for c, name in names.items()}

    def heatmap_figure(self, index_id: str) -> dict | None:
        from govlib.publish.charts import heatmap

        df = self._long(index_id)
        df = df[df["role"] == "province"].rename(columns={"panel": "row", "year": "column"})
        if df.empty or df["column"].nunique() < 3:
            return None
        found = self.component_breaks(index_id, int(df["column"].min()), int(df["column"].max()))
        breaks = {name: sorted({b.year for b in bs}) for name, bs in found.items()}
        what = f"{self.short(index_id)}, {self.place()}"
        years = [y for y in indices.editions(index_id) if int(df["column"].min()) <= y <= self.year]
        year, low, high = self.ends(df, "column", "row")
        title = self.t(f"{year}: điểm thấp nhất ở {low}, cao nhất ở {high}", f"{year}: lowest score in {low}, highest in {high}")
        drawn = {"breaks": breaks, "years": years, "form": "svg"}
        return {"fig": heatmap.draw(df, self.lang, **drawn), "narrow": heatmap.draw(df, self.lang, narrow=True, **drawn), "title": title,
                "lang": self.lang, "decimals": 2, "measure": self.t(f"Điểm thành phần {what} theo năm", f"Component scores of {what} by year"),
                "alt": heatmap.alt(df, self.lang, what=what, breaks=breaks), "table": heatmap.table(df, self.lang, years),
                "source": self.source_line(index_id, None), "name": f"{index_id}-{self.province}-heatmap", "wide": True,
                "note": heatmap.note(df, self.lang, breaks, years) or None}
