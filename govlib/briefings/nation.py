"""What the national overview says: leaders, movers, spread of the components, how the indices go together, coverage."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from govlib import comparisons, indices, provinces, wording
from govlib.briefings import content, show
from govlib.briefings.content import OURS, frame
from govlib.comparisons import Board, panel_board
from govlib.errors import BadInput

SHOWN = ("pci", "papi", "par", "sipas", "dti")
PAIRS = ("pci", "papi", "dti", "par")
LEAST_PAIRS = 10  # provinces with both indices, for a correlation to be shown


def load(year: int, lang: str = "vi") -> Overview:
    """The overview of a year; raises BadInput for a language or a year without data."""
    wording.check_language(lang)
    board = panel_board()
    if year not in board.years():
        raise BadInput(f"no edition of {year}", column="year", value=year, fix=f"years with data: {content.span(board.years())}")
    return Overview(int(year), lang, board)


@dataclass
class Overview:
    """The nation in one edition year; an index without that edition is shown at its newest full one, labelled."""

    year: int
    lang: str
    board: Board
    used: set[str] = field(default_factory=set)

    def t(self, vi: str, en: str) -> str:
        return wording.pick(self.lang, vi, en)

    def label(self, key: str, **values: object) -> str:
        return wording.label(key, self.lang, **values)

    def short(self, index_id: str) -> str:
        return indices.name(index_id, "overall", self.lang)

    def _page(self, slug: str) -> content.Page:
        return content.Page(slug, self.year, self.lang, [], self.board, self.used)

    def full_year(self, index_id: str) -> int | None:
        return self.board.newest_full(index_id, "overall", self.year)

    def cover(self) -> dict:
        facts = [(f"{self.short(i)} {y}", self.t(f"{self.board.n_scored(i, 'overall', y)} tỉnh", f"{self.board.n_scored(i, 'overall', y)} provinces"))
                 for i in ("pci", "papi", "dti") if (y := self.full_year(i))]
        return {"title": self.t("Chỉ số quản trị tỉnh: cả nước", "Governance indices: the nation"), "subtitle": self.label("national.subtitle"),
                "place": self.t("Việt Nam", "Viet Nam"), "year": self.year, "lang": self.lang, "issued_by": self.label("cover.issuer"),
                "edition": self.label("cover.edition", year=self.year), "facts": facts}

    def findings(self) -> list[show.Html]:
        """One sentence an index: who leads, the median, and its change where it can be compared."""
        out = []
        for index_id in ("pci", "papi", "dti"):
            year = self.full_year(index_id)
            if year is None:
                continue
            m = self.board.matrix(index_id)
            row = m.loc[year].dropna()
            first = row.idxmax()
            d = content.DECIMALS.get(index_id, 2)
            cell = self.board.cell(index_id, "overall", first, year)
            page = self._page(first)
            median = page.ours(float(row.median()), f"median {index_id}/overall {year}", d)
            newer = max((y for y in self.board.editions(index_id) if year < y <= self.year and self.board.n_scored(index_id, "overall", y)), default=None)
            if newer is None:
                told = show.fmt(self.t("{i} {y}: dẫn đầu là {p} ({s}); trung vị cả nước {m}", "{i} {y}: {p} leads ({s}); the national median is {m}"),
                                i=self.short(index_id), y=year, p=provinces.name(first, self.lang, year), s=page.num(cell), m=median)
            else:  # the reader asks about this year first; why the median is an older one comes with it
                told = show.fmt(self.t("{i} {n}: {lead}các nguồn đang dùng chỉ có điểm của {k}/{of} tỉnh. "
                                       "Ấn bản mới nhất gần đủ các tỉnh là {i} {y}: trung vị cả nước {m}",
                                       "{i} {n}: {lead}the sources in use have scores of only {k} of {of} provinces. "
                                       "The newest edition with nearly all is {i} {y}: the national median is {m}"),
                                i=self.short(index_id), n=newer, lead=self.published_first(index_id, newer), y=year, m=median,
                                k=self.board.n_scored(index_id, "overall", newer), of=self.board.expected(index_id, newer))
            if self.board.is_full(index_id, "overall", year - 1) and not self.board.breaks(index_id, "overall", year - 1, year):
                delta = float(row.median() - m.loc[year - 1].median())
                told = show.fmt(self.t("{a}, {b} so với {z}.", "{a}, {b} on {z}."), a=told, z=year - 1,
                                b=show.num(wording.change(delta, self.lang, d), source=OURS, lang=self.lang,
                                           locator=f"median_change {index_id}/overall {year - 1} {year}"))
            else:
                told = show.fmt(self.t("{a}; không so sánh với {z}.", "{a}; no comparison with {z}."), a=told, z=year - 1)
            out.append(told)
        return out

    def published_first(self, index_id: str, year: int) -> show.Html:
        """"đứng đầu là … (…); " by the published rank, or nothing where no source gives the first."""
        for slug in self.board.matrix(index_id).loc[year].dropna().index:
            cell = self.board.cell(index_id, "overall", slug, year)
            if cell.rank == 1:
                return show.fmt(self.t("đứng đầu là {p} ({s}); ", "{p} ranks first ({s}); "), p=provinces.name(slug, self.lang, year),
                                s=self._page(slug).num(cell))
        return show.Html("")

    def leaders_table(self, index_id: str, most: int = 10) -> dict | None:
        """The first provinces of the newest edition up to the year with at least ten figures."""
        years = [y for y in self.board.editions(index_id) if y <= self.year and self.board.n_scored(index_id, "overall", y) >= 5]
        if not years:
            return None
        year = max(years)
        row = self.board.matrix(index_id).loc[year].dropna().sort_values(ascending=False, kind="stable")
        if not self.board.is_full(index_id, "overall", year):  # without the others, only published ranks say who is first
            ranks = {p: c.rank for p in row.index if (c := self.board.cell(index_id, "overall", p, year)).rank is not None}
            row = row[[p for p in row.index if ranks.get(p, most + 1) <= most]]
            row = row.loc[sorted(row.index, key=lambda p: ranks[p])]
        rows = []
        for slug in row.index[:most]:
            page = self._page(slug)
            cell = self.board.cell(index_id, "overall", slug, year)
            place = comparisons.place(self.board, index_id, "overall", slug, year)
            ch = comparisons.change(self.board, index_id, "overall", slug, year)
            shown = page.num(cell, what="rank") if cell.rank is not None else page.ours(place.rank, f"rank {index_id}/overall {slug} {year}", 0)
            delta = ch.delta if ch and ch.comparable and ch.before.year == year - 1 else None
            rows.append({self.label("col.province"): provinces.name(slug, self.lang, year), self.label("col.score"): page.num(cell),
                         self.label("col.change"): page.ours(delta, f"change {index_id}/overall {slug} {year - 1} {year}", page.decimals(index_id), True),
                         self.label("col.rank"): shown})
        if not rows:
            return None
        full = self.board.is_full(index_id, "overall", year)
        return {"df": frame(rows), "caption": self.t(f"{self.short(index_id)} {year}: các tỉnh dẫn đầu", f"{self.short(index_id)} {year}: leading provinces"),
                "lang": self.lang, "source": self._page(row.index[0]).source_line(index_id, year), "name": f"leaders-{index_id}-{year}",
                "note": None if full else self.label("national.partial", n=self.board.n_scored(index_id, "overall", year),
                                                     of=self.board.expected(index_id, year))}

    def movers_table(self, index_id: str, most: int = 5) -> dict | None:
        """The highest and lowest changes of the composite between the newest two full, comparable editions."""
        d = self.board.changes(index_id, "overall")
        years = [y for y in d.index if y <= self.year] if len(d) else []
        if not years:
            return None
        year = int(max(years))
        x = d.loc[year].dropna().sort_values(ascending=False, kind="stable")
        threshold = self.board.threshold(index_id, "overall", year)
        rows = []
        for slug in [*x.index[:most], *x.index[-most:]]:
            page = self._page(slug)
            rows.append({self.label("col.province"): provinces.name(slug, self.lang, year),
                         str(year - 1): page.num(self.board.cell(index_id, "overall", slug, year - 1)),
                         str(year): page.num(self.board.cell(index_id, "overall", slug, year)),
                         self.label("col.change"): page.ours(float(x[slug]), f"change {index_id}/overall {slug} {year - 1} {year}", page.decimals(index_id), True)})
        return {"df": frame(rows), "caption": self.t(f"{self.short(index_id)} {year}: {most} mức thay đổi cao nhất và {most} mức thấp nhất",
                                                     f"{self.short(index_id)} {year}: the {most} highest and the {most} lowest changes"),
                "lang": self.lang, "source": self._page(x.index[0]).source_line(index_id, year), "name": f"movers-{index_id}-{year}",
                "note": self.label("national.usual", sd=wording.number(threshold, self.lang, content.DECIMALS.get(index_id, 2))) if threshold
                else self.label("national.no_threshold")}

    def spread_figure(self, index_id: str) -> dict | None:
        """Every province on each component, in the newest edition with all of them."""
        from govlib.charts import strip

        for year in reversed([y for y in indices.editions(index_id) if y <= self.year]):
            ids = [c for c in indices.component_ids(index_id, year) if self.board.is_full(index_id, c, year)]
            if len(ids) >= 3:
                break
        else:
            return None
        rows = [(indices.name(index_id, c, self.lang, year), float(v)) for c in ids for v in self.board.matrix(index_id, c).loc[year].dropna()]
        df = pd.DataFrame(rows, columns=["label", "value"])
        span = df.groupby("label")["value"].agg(lambda v: v.quantile(0.75) - v.quantile(0.25))
        what = f"{self.short(index_id)} {year}"
        d = content.DECIMALS.get(index_id, 2)
        for c in ids:
            self.used.update(str(self.board.cell(index_id, c, p, year).source).split(";")[0] for p in self.board.matrix(index_id, c).loc[year].dropna().index[:1])
        return {"fig": strip.draw(df, self.lang, decimals=d, form="svg"), "lang": self.lang, "wide": True, "decimals": d,
                "title": self.t(f"Các tỉnh khác nhau nhiều nhất ở {span.idxmax()}, ít nhất ở {span.idxmin()}",
                                f"Provinces differ most in {span.idxmax()}, least in {span.idxmin()}"),
                "measure": self.t(f"{what}: mỗi vạch một tỉnh, nền là nửa ở giữa, vạch xanh là trung vị", f"{what}: a tick a province, the band the middle half, the blue bar the median"),
                "alt": strip.alt(df, self.lang, what=what, decimals=d), "table": strip.table(df, self.lang),
                "source": self._page("ha-noi").source_line(index_id, year), "name": f"spread-{index_id}-{year}"}

    def correlations(self) -> tuple[dict | None, str]:
        """(table or None, sentence): Spearman rank correlations, each pair at its newest year with both indices for at least
        ten provinces; with a 95 % interval (Fisher's z, standard error 1.03/√(n−3))."""
        rows = []
        for a, i in enumerate(PAIRS):
            for j in PAIRS[a + 1:]:
                best = None
                for year in range(self.year, 2004, -1):
                    x, y = (self.board.matrix(k).loc[year].dropna() if len(self.board.matrix(k)) and year in self.board.matrix(k).index
                            else pd.Series(dtype=float) for k in (i, j))
                    both = x.index.intersection(y.index)
                    if len(both) >= LEAST_PAIRS and all(self.board.is_full(k, "overall", year) or len(both) >= 30 for k in (i, j)):
                        best = (year, both, x[both], y[both])
                        break
                if best is None:
                    continue
                year, both, x, y = best
                r, low, high = spearman(x.to_numpy(), y.to_numpy())
                where = f"spearman {i} {j} {year}"
                page = self._page(both[0])
                rows.append({self.label("national.pair"): f"{self.short(i)} – {self.short(j)}", self.label("col.year"): str(year),
                             self.label("national.provinces"): page.ours(len(both), where + " n", 0),
                             self.label("national.rho"): page.ours(r, where, 2, True),
                             self.label("col.interval"): show.fmt(self.t("{a} đến {b}", "{a} to {b}"), a=page.ours(low, where + " low", 2, True),
                                                                  b=page.ours(high, where + " high", 2, True))})
        if not rows:
            return None, self.label("national.no_pairs")
        return ({"df": frame(rows), "caption": self.t("Tương quan thứ hạng giữa các chỉ số", "Rank correlation of the indices"), "lang": self.lang,
                 "note": self.label("national.rho_note"), "name": f"correlation-{self.year}"}, "")

    def coverage_figure(self) -> dict:
        """Share of provinces with a composite score, index by year."""
        from govlib.charts import heatmap

        rows = [(self.short(i), y, 100 * self.board.n_scored(i, "overall", y) / self.board.expected(i, y))
                for i in SHOWN for y in range(max(2005, indices.index(i).first_edition), self.year + 1)]
        df = pd.DataFrame(rows, columns=["row", "column", "value"])
        whole = df[df["value"] >= 90].groupby("row")["column"].max()
        title = self.t("Ấn bản gần đủ các tỉnh mới nhất: ", "Newest editions with nearly all provinces: ") + ", ".join(f"{k} {int(v)}" for k, v in whole.items())
        return {"fig": heatmap.draw(df, self.lang, decimals=0, low=0, high=100, form="svg"), "title": title if len(whole) else self.t("Chưa có ấn bản nào đủ các tỉnh", "No edition with all provinces"),
                "measure": self.t("Phần trăm số tỉnh có điểm tổng hợp trong các nguồn đang dùng", "Per cent of provinces with a composite score in our sources"),
                "alt": heatmap.alt(df, self.lang, what=self.t("tỷ lệ tỉnh có điểm", "share of provinces with a score"), decimals=0), "decimals": 0,
                "table": heatmap.table(df, self.lang), "source": self.label("national.coverage_source"), "lang": self.lang, "wide": True,
                "name": f"coverage-{self.year}"}

    def sources_table(self) -> dict:
        return self._page("ha-noi").sources_table()


def spearman(x: np.ndarray, y: np.ndarray) -> tuple[float, float, float]:
    """Spearman's rank correlation with its 95 % interval through Fisher's z (Fieller, Hartley and Pearson 1957)."""
    a, b = (pd.Series(v).rank().to_numpy() for v in (x, y))
    r = float(np.corrcoef(a, b)[0, 1])
    half = 1.959964 * 1.03 / np.sqrt(len(x) - 3)
    z = np.arctanh(np.clip(r, -0.999999, 0.999999))
    return r, float(np.tanh(z - half)), float(np.tanh(z + half))
