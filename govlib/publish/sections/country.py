"""The country at a glance: every province's rank in each index on a map of equal tiles, the page's own framed."""

from __future__ import annotations

import pandas as pd

from govlib.known import indices, provinces
from govlib.publish.charts import tiles
from govlib.publish.sections.base import Context, drawn
from govlib.publish.sections.facts import rank_of
from govlib.publish.sections.findings import CARDS
from govlib.reading import comparisons
from govlib.reading.findings import Rank
from govlib.words import wording

HELD = 20  # ranks, below which a map shows nothing of the country
FULL = 0.9  # of the provinces: what the map with names asks for
EDITIONS = 4  # the newest ones, among which the map's is looked for


def country_figures(page: Context, province: str | None = None) -> list[dict]:
    """The first index with nearly all ranks, with the provinces' names, and a small map of each of the others.

    ``province``: whose tile is framed; None frames none (the national page)."""
    maps = {i: rows for i in CARDS if len(rows := _newest(page, i))}
    if not maps:
        return []
    first = next((i for i, rows in maps.items() if len(rows) >= FULL * page.board.expected(i, page.year)), next(iter(maps)))
    others = [i for i in maps if i != first]
    groups = [[first], others] if others else [[first]]
    figures = [_figure(page, pd.concat([maps[i] for i in group], ignore_index=True), group, province) for group in groups]
    without = [i for i in CARDS if i not in maps and page.year >= indices.index(i).first_edition]
    other = [i for i in without if not _own_years(page, i)]
    told = [page.label(key, names=wording.joined([page.short(i) for i in group], page.lang), n=n, year=page.year)
            for key, group, n in (("country.without", [i for i in without if i not in other], HELD),
                                  ("country.without_units", other, len(provinces.province_set(page.year)))) if group]
    if told:
        figures[-1]["note"] = " ".join(told)
    return figures


def map_figures(page: Context) -> list[dict]:
    return country_figures(page, page.province)


def _own_years(page: Context, index_id: str) -> list[int]:
    """Editions up to the page's year of the units of that year only: after a merger a tile of before it is another province's."""
    units, editions = provinces.province_set(page.year), {*indices.editions(index_id), *page.board.editions(index_id)}
    return [y for y in sorted(editions) if y <= page.year and provinces.province_set(y) == units]


def _newest(page: Context, index_id: str) -> pd.DataFrame:
    """The newest edition with the ranks of half the provinces; where there is none, with those of :data:`HELD`."""
    years = _own_years(page, index_id)
    held = {y: comparisons.ranks(page.board, index_id, y) for y in years[-EDITIONS:]}
    enough = [[y for y, ranks in held.items() if len(ranks) >= n] for n in (page.board.expected(index_id, page.year) / 2, HELD)]
    year = next((found[-1] for found in enough if found), None)
    if year is None:
        return pd.DataFrame()
    of = page.board.of(index_id, "overall", year)
    rows = [(f"{page.short(index_id)} {year}", p, year, rank, of, rank_of(page, index_id, "overall", p, Rank(year, rank, of, True)))
            for p, rank in held[year].items()]
    return pd.DataFrame(rows, columns=["map", "province", "year", "rank", "of", "shown"], dtype=object)


def _figure(page: Context, df: pd.DataFrame, group: list[str], province: str | None) -> dict:
    names = list(dict.fromkeys(df["map"]))
    what = wording.joined(names, page.lang)
    source = "; ".join(dict.fromkeys(page.source_line(i, int(df.loc[df["map"] == m, "year"].iloc[0]))
                                     for i, m in zip(group, names, strict=True)))
    return drawn(tiles.draw, df, page.lang, province=province) | {
        "title": _title(page, df, province), "measure": page.label("country.measure", what=what), "wide": True, "decimals": 0,
        "alt": tiles.alt(df, page.lang, what=what, province=province), "table": tiles.table(df, page.lang), "source": source,
        "name": f"map-{'-'.join(group)}-{page.year}"}


def _title(page: Context, df: pd.DataFrame, province: str | None) -> str:
    """Who is first, and the page's province; of several maps the province's ranks only."""
    told = []
    for name, part in df.groupby("map", sort=False):
        first = part.loc[part["rank"].astype(int).idxmin()]
        mine = part[part["province"] == province]
        told.append(page.label("country.first", index=name, first=page.place(first["province"])) if province is None else
                    page.label("standing.place_of", index=name, rank=mine["rank"].iloc[0], of=mine["of"].iloc[0]) if len(mine) else
                    page.label("country.no_rank", index=name))
    ranks = wording.joined(told, page.lang)
    return ranks if province is None else page.label("country.title", place=page.place(province), ranks=ranks)
