"""How far provinces lie apart in each component and region, and how the indices go together."""

from __future__ import annotations

import pandas as pd

from govlib.known import indices, provinces
from govlib.known.provinces import province_set
from govlib.publish import content, show
from govlib.publish.content import frame
from govlib.publish.national import counts
from govlib.publish.national.base import SHOWN, Base
from govlib.publish.national.counts import spearman
from govlib.reading.board import region_of
from govlib.words import wording


class Spread(Base):
    """Components, regions, correlations."""

    def spread_year(self, index_id: str) -> tuple[int, list[str]] | None:
        """The newest edition with all provinces in three components or more, and those components."""
        for year in reversed([y for y in indices.editions(index_id) if y <= self.year]):
            ids = [c for c in indices.component_ids(index_id, year) if self.board.is_full(index_id, c, year)]
            if len(ids) >= 3:
                return year, ids
        return None

    def spreads(self) -> list[tuple[str, int]]:
        return self.ordered((i, found[0]) for i in SHOWN if (found := self.spread_year(i)))

    def spread_figure(self, index_id: str) -> dict | None:
        """Every province on each component. Which differ most is said only where all components share one scale."""
        from govlib.publish.charts import strip

        found = self.spread_year(index_id)
        if found is None:
            return None
        year, ids = found
        names = {c: indices.name(index_id, c, self.lang, year) for c in ids}
        rows = [(names[c], float(v)) for c in ids for v in self.board.edition(index_id, c, year).values]
        df = pd.DataFrame(rows, columns=["label", "value"])
        what, d = self.edition(index_id, year), content.DECIMALS.get(index_id, 2)
        for c in ids:
            self.page.see(self.board.cell(index_id, c, self.board.edition(index_id, c, year).names[0], year).source)
        title, measure = self.label("national.spread_plain", e=what), show.esc(self.label("national.spread_measure"))
        if len({indices.scale(index_id, c, year) for c in ids}) == 1:
            wide = {c: counts.middle_half(self.board, index_id, c, year) for c in ids}
            most, least = max(wide, key=wide.get), min(wide, key=wide.get)
            title = self.label("national.spread", e=what, most=names[most], least=names[least])
            a, b = (self.page.ours(wide[c], f"middle_half {index_id}/{c} {year}", d) for c in (most, least))
            measure = show.join([measure, self.fill("national.spread_width", a=a, b=b)])
        missing = len(indices.component_ids(index_id, year)) - len(ids)
        table = strip.table(df, self.lang).astype(object)
        for k, c in enumerate(ids):
            table.iloc[k, 1:] = [self.page.ours(v, f"quantile {index_id}/{c} {year} {q:g}", d)
                                 for v, q in zip(table.iloc[k, 1:], strip.QUANTILES, strict=True)]
        return {"fig": strip.draw(df, self.lang, decimals=d, form="svg"), "narrow": strip.draw(df, self.lang, decimals=d, narrow=True, form="svg"),
                "lang": self.lang, "wide": True, "decimals": d, "title": title, "measure": measure,
                "alt": strip.alt(df, self.lang, what=what, decimals=d), "table": table,
                "note": self.label("national.spread_some", k=len(ids), n=len(ids) + missing) if missing else None,
                "source": self.page.source_line(index_id, year), "name": f"spread-{index_id}-{year}"}

    def regions_table(self) -> dict | None:
        """Median of each region in the newest full editions."""
        editions = self.full_editions()
        if not editions:
            return None
        rows, newest = [], editions[0][1]
        for region, names in provinces.regions().items():
            n = sum(region_of(p, newest) == region for p in province_set(newest))
            row = {self.label("national.region"): show.fmt("{r} ({n})", r=names[0 if self.lang == "vi" else 1],
                                                           n=self.count(n, f"provinces_in {region} {newest}"))}
            for i, y in editions:
                row[self.edition(i, y)] = self.page.ours(counts.region_median(self.board, i, region, y),
                                                         f"median_in {i}/overall {region} {y}", content.DECIMALS.get(i, 2))
            rows.append(row)
        last = {self.label("national.region"): self.t("Cả nước", "The nation")}
        for i, y in editions:
            last[self.edition(i, y)] = self.page.ours(self.board.edition(i, "overall", y).median, f"median {i}/overall {y}", content.DECIMALS.get(i, 2))
        return {"df": frame([*rows, last]), "caption": self.label("national.regions"), "lang": self.lang, "name": f"regions-{self.year}",
                "note": self.label("national.regions_note"), "source": "; ".join(self.page.source_line(i, y) for i, y in editions)}

    # -- correlation ---------------------------------------------------------------------------------------------------

    def correlations(self) -> tuple[dict | None, str]:
        """(table or None, sentence): Spearman rank correlations, each pair at its newest year in which both are full."""
        rows, without = [], []
        held = [i for i in SHOWN if self.full_year(i) is not None]
        pairs = [(i, j) for a, i in enumerate(held) for j in held[a + 1:]]
        at = {pair: counts.common_year(self.board, *pair, self.year) for pair in pairs}
        for i, j in sorted((p for p in pairs if at[p]), key=lambda p: -at[p]):
            year = at[i, j]
            x, y = counts.both(self.board, i, j, year)
            r, low, high = spearman(x, y)
            where = f"spearman {i} {j} {year}"
            read = "apart" if low <= 0 <= high else "together" if r > 0 else "against"
            rows.append({self.label("national.pair"): f"{self.short(i)} – {self.short(j)}", self.label("col.year"): str(year),
                         self.label("national.provinces"): self.count(len(x), where + " n"),
                         self.label("national.rho"): self.page.ours(r, where, 2, True),
                         self.label("col.interval"): show.together(self.t("{a} đến {b}", "{a} to {b}"), a=self.page.ours(low, where + " low", 2, True),
                                                                   b=self.page.ours(high, where + " high", 2, True)),
                         self.label("national.reading"): self.label(f"national.{read}")})
        without = [f"{self.short(i)} – {self.short(j)}" for i, j in pairs if not at[i, j]]
        thin = [self.short(i) for i in self.newest if i not in held]
        notes = [self.label("national.rho_note")]
        if without:
            notes.append(self.label("national.rho_without", pairs=wording.joined(without, self.lang)))
        if any(indices.published_ranks(i, self.year) for i in held):
            notes.append(self.label("national.rho_selected", n=max(filter(None, (indices.published_ranks(i, self.year) for i in held)))))
        if thin:
            notes.append(self.label("national.rho_thin", names=wording.joined(thin, self.lang)))
        if not rows:
            return None, " ".join([self.label("national.no_pairs"), *notes[1:]])
        return ({"df": frame(rows), "caption": self.label("national.rho_caption"), "lang": self.lang,
                 "note": " ".join(notes), "name": f"correlation-{self.year}"}, "")
