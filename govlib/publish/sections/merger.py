"""The merger of 2025 and the map."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from govlib.errors import MissingData, UnknownName
from govlib.known import provinces
from govlib.panel import data
from govlib.publish.sections.base import Base, frame
from govlib.reading import beside
from govlib.words import wording
from govlib.words.wording import number


class Merger(Base):
    """Predecessors beside each other, the back-cast, the map."""

    @cached_property
    def predecessors(self) -> dict[str, float]:
        """Slugs of the units that this one was formed from and their populations (thousands); empty where it is not new."""
        unit = provinces.get(self.province, self.year)
        parts = [provinces.get(u) for u in unit.predecessors]
        if len(parts) < 2 or self.year < 2025:
            return {}
        try:
            p = data.controls("population", [x.slug for x in parts], wide=False)
        except (MissingData, UnknownName):
            return {x.slug: float("nan") for x in parts}
        p = p[p["year"] <= 2024].sort_values("year").drop_duplicates("province", keep="last").set_index("province")["value"]
        return {x.slug: float(p.get(x.slug, np.nan)) for x in parts}

    def merger_tables(self) -> list[dict]:
        """The predecessors beside each other and the labelled back-cast, for PCI and PAPI; empty where there was no merger."""
        parts = self.predecessors
        out = []
        for index_id in ("pci", "papi") if parts else ():
            known = all(v == v for v in parts.values())
            back = beside.back_cast(self.board, index_id, "overall", parts, 2024)
            if back.empty:
                continue
            rows = []
            for year, r in back.iterrows():
                row = {self.label("col.edition"): str(year)}
                for slug in parts:
                    cell = self.board.cell(index_id, "overall", slug, int(year))
                    row[provinces.name(slug, self.lang, 2024)] = self.num(cell) if cell and cell.score is not None else "–"
                if known:
                    row[self.label("col.backcast")] = self.ours(r["back_cast"], f"back_cast {index_id}/overall {self.province} {year}", 2)
                rows.append(row)
            weights = wording.joined([f"{provinces.name(s, self.lang, 2024)} {number(v, self.lang, 1)}" for s, v in parts.items()], self.lang)
            out.append({"df": frame(rows), "lang": self.lang, "name": f"backcast-{index_id}-{self.province}",
                        "caption": self.t(f"{self.short(index_id)} trước sáp nhập của các tỉnh hợp nhất thành {self.place()}",
                                          f"{self.short(index_id)} before the merger of the provinces that formed {self.place()}"),
                        "note": self.label("note.backcast", weights=weights) if known else self.label("note.backcast_unknown"),
                        "source": self.source_line(index_id, None)})
        return out

    def map_figure(self, index_id: str = "pci") -> tuple[dict | None, str]:
        """(figure or None, why not): the newest full edition on the boundaries of that year."""
        from govlib.publish import maps

        year = self.board.newest_full(index_id, "overall", self.year)
        if year is None:
            return None, self.label("map.no_data")
        try:
            shapes = maps.boundaries(year)
        except MissingData:
            return None, self.label("map.not_pulled")
        scores = self.board.matrix(index_id, "overall").loc[year].dropna()
        what = f"{self.short(index_id)} {year}"
        return {"fig": maps.draw(shapes, scores, self.province, self.lang, decimals=self.decimals(index_id), form="svg"), "lang": self.lang, "narrow": True,
                "title": maps.title(scores, self.province, what, self.lang, year), "measure": self.t(f"{what}, theo tỉnh", f"{what}, by province"),
                "alt": maps.alt(scores, self.province, what, self.lang, year), "decimals": 2,
                "table": maps.table(scores, self.lang, year, lambda slug: self.num(self.board.cell(index_id, "overall", slug, year))),
                "source": self.source_line(index_id, year) + "; " + maps.credit(year), "name": f"map-{index_id}-{year}"}, ""
