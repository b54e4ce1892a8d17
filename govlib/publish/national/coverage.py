"""How many provinces have figures, and why not more; the sources."""

from __future__ import annotations

import pandas as pd

from govlib.known import indices
from govlib.known.provinces import province_set
from govlib.publish.national.base import SHOWN, Base
from govlib.text import spans
from govlib.words import wording


class Coverage(Base):
    """Coverage and sources."""

    def coverage(self) -> pd.DataFrame:
        """index_id, year, n provinces with a composite score, of how many the edition was about; from its first edition on."""
        rows = [(i, y, self.board.n_scored(i, "overall", y), self.board.expected(i, y))
                for i in SHOWN for y in range(max(2005, indices.index(i).first_edition), self.year + 1)]
        return pd.DataFrame(rows, columns=["index_id", "year", "n", "of"])

    def coverage_figure(self) -> dict:
        """Share of provinces with a composite score, index by year."""
        from govlib.publish.charts import heatmap

        c = self.coverage()
        share = 100 * c["n"] / c["of"]
        df = pd.DataFrame({"row": [self.short(i) for i in c["index_id"]], "column": c["year"], "value": share,
                           "shown": [self.page.ours(v, f"coverage {i} {y}", 0) for i, y, v in zip(c["index_id"], c["year"], share, strict=True)]}, dtype=object)
        full = [self.edition(i, y) for i, y in self.full_editions()]
        title = self.label("national.coverage", names=wording.joined(full, self.lang)) if full else self.label("national.coverage_none")
        table, drawn = heatmap.table(df, self.lang), {"decimals": 0, "low": 0, "high": 100, "form": "svg"}
        return {"fig": heatmap.draw(df, self.lang, **drawn), "narrow": heatmap.draw(df, self.lang, narrow=True, **drawn), "title": title,
                "measure": self.label("national.coverage_measure"), "decimals": 0,
                "alt": heatmap.alt(df, self.lang, what=self.t("tỷ lệ tỉnh có điểm", "share of provinces with a score"), decimals=0),
                "table": table.rename(columns={table.columns[0]: self.t("Chỉ số", "Index")}), "source": self.label("national.coverage_source"),
                "lang": self.lang, "wide": True, "name": f"coverage-{self.year}"}

    def coverage_notes(self) -> list[str]:
        """What full means, and why editions are not: a reason and its editions, in runs of years."""
        years: dict[str, dict[str, list[int]]] = {}
        for r in self.coverage().itertuples():
            full = self.board.is_full(r.index_id, "overall", r.year)
            if r.n < r.of:
                why = ("some_without" if full else "none_held" if not r.n else
                       "first_ranks" if indices.published_ranks(r.index_id, r.year) else "few_held")
            elif r.of < len(province_set(r.year)):
                why = "surveyed"
            else:
                continue
            years.setdefault(why, {}).setdefault(r.index_id, []).append(r.year)
        told = [self.label("national.full_means")]
        for why in ("first_ranks", "few_held", "none_held", "some_without", "surveyed"):
            if found := years.get(why):
                i, ys = next(iter(found.items()))
                told.append(self.label(f"national.{why}", i="; ".join(f"{self.short(k)} {spans(v)}" for k, v in found.items()),
                                       n=indices.published_ranks(i, ys[-1]), k=self.board.expected(i, ys[-1])))
        return told

    def sources_table(self) -> dict:
        return self.page.sources_table() | {"name": f"sources-national-{self.year}"}
