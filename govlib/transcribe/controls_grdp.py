"""Gross regional domestic product, one vintage a cell.

Provincial yearbooks print the same year again and again, revised. The rule: of all yearbooks that print a province's
year, the latest one counts; its year stands in the note, and the note says where two neighbouring years come from
different yearbooks, because levels are then not comparable (the product of 2010 differs by up to a factor of two
between yearbooks before and after the change of method). Sources by year: the yearbooks compiled up to 2016, then the
panel of 2017–2021, which holds the series as revised in 2020: 2016 and 2017 do not join. Product per head: 2022–2024.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from govlib.errors import BadInput
from govlib.known import provinces
from govlib.transcribe import controls, controls_gso, controls_rdata

FILE, SOURCE = "controls/gso/grdp_provinces_1992-2017.RData", "gso-grdp-1992-2017"
_PRICES = {"price_current": "grdp", "price_1994": "grdp_1994_prices", "price_2010": "grdp_2010_prices"}
_COLUMNS = {"prov", "year", "statistic", "yearbook_year", "post_2008", *_PRICES}
_JOINED = {"ha-noi": "Hà Tây", "hoa-binh": "", "vinh-phuc": ""}  # the units whose boundary moved on 1 August 2008
LAST_YEARBOOK_YEAR = 2016


def read(path: str | Path) -> pd.DataFrame:
    """grdp (current prices), grdp_1994_prices, grdp_2010_prices: VND billion, latest yearbook of each province and year.

    Raises :class:`BadInput` for a file that is not this compilation.
    """
    path = Path(path)
    tables = controls_rdata.read(path)
    if "gdp_clean" not in tables or not set(tables["gdp_clean"]) >= _COLUMNS:
        raise BadInput("no data frame gdp_clean with the expected columns", file=path, value=sorted(tables))
    table = tables["gdp_clean"].query("statistic == 'Gross Domestic Product'").copy()
    table["province"] = [provinces.resolve(name, file=path) for name in table["prov"]]
    rows = []
    for column, variable in _PRICES.items():
        printed = table[table[column].notna()]
        rows += _latest(printed, column, variable)
    return controls.frame(rows)


def _latest(table: pd.DataFrame, column: str, variable: str) -> list[dict]:
    rows = []
    for province, mine in table.groupby("province"):
        before = None
        for year, cells in mine.groupby("year"):
            year = int(year)
            cells, why = _usable(cells, province, year, column)
            if not len(cells):
                rows.append(controls.row(mine["prov"].iloc[0], province, year, variable, None, SOURCE, "gdp_clean",
                                         f"rejected: {why}"))
                continue
            best = cells.sort_values(["yearbook_year", "post_2008"]).iloc[-1]
            yearbook = int(best["yearbook_year"])
            note = f"yearbook {yearbook}"
            if before is not None and before != yearbook:
                note += f"; the year before comes from yearbook {before}, levels may not join"
            before = yearbook
            rows.append(controls.row(best["prov"], province, year, variable, float(best[column]), SOURCE,
                                     f"gdp_clean: {best['prov']}, {year}, yearbook {yearbook}, {column}", note))
    return rows


def _usable(cells: pd.DataFrame, province: str, year: int, column: str) -> tuple[pd.DataFrame, str]:
    """The cells that can be what they say, and why the others cannot."""
    too_early = cells["yearbook_year"] < year
    if too_early.all():
        return cells[:0], "printed in a yearbook older than the year itself"
    cells = cells[~too_early]
    if column == "price_2010":
        # constant 2010 prices came with the yearbooks after 2011; what the compilation files there from an older one
        # repeats, figure for figure, the 1994 prices of the yearbook before (Hải Dương, Quảng Ninh)
        cells = cells[cells["yearbook_year"] > 2011]
        if not len(cells):
            return cells, "filed under 2010 prices by the compilation, but from a yearbook of the time of 1994 prices"
    if province == "hoa-binh" and year <= 2012 and column != "price_2010":
        # yearbooks 2008 and 2012 of Hòa Bình print about twice the level of those before and after
        cells = cells[~cells["yearbook_year"].isin((2008, 2012))]
        if not len(cells):
            return cells, ("yearbooks 2008 and 2012 of Hòa Bình are on another level than those before and after "
                           "(not the same measure)")
    if province == "tay-ninh" and column == "price_current":
        # what stands there from yearbook 2016 (44 081.6 for 2015, 47 568.1 for 2016) is, figure for figure, the 2010 prices of
        # 2016 and 2017 in yearbook 2017
        cells = cells[cells["yearbook_year"] != 2016]
        if not len(cells):
            return cells, "yearbook 2016 of Tây Ninh repeats 2010 prices of the year after under current prices"
    if province in _JOINED and year <= 2007:
        old = cells[cells["post_2008"] == 0]
        if not len(old):
            with_it = f" (with {_JOINED[province]})" if _JOINED[province] else ""
            return old, f"printed only within the boundaries of August 2008{with_it}"
        cells = old
    return cells, ""


def transcribe(mirror: str | Path, out: str | Path) -> list[Path]:
    mirror = Path(mirror)
    yearbooks = read(mirror / FILE)
    yearbooks = yearbooks[(yearbooks["variable"] != "grdp") | (yearbooks["year"] <= LAST_YEARBOOK_YEAR)]
    panel = controls_gso.read_panel(mirror / controls_gso.PANEL)
    panel = panel[(panel["variable"] == "grdp") & (panel["year"] > LAST_YEARBOOK_YEAR)]
    per_head = controls_gso.read_population(mirror / controls_gso.POPULATION)
    per_head = per_head[per_head["variable"] == "grdp_per_capita"]
    return [controls.write(
        pd.concat([yearbooks, panel, per_head], ignore_index=True), out, "grdp", producer="General Statistics Office",
        citation="Gross regional domestic product from provincial statistical yearbooks 1997-2017 (compiled by M. Trinh), the "
        "panel 2016-2022 (compiled by T. N. T. Phuoc) and yearbooks 2022-2024", url="https://www.gso.gov.vn", notes=[
            "grdp in current prices; the two constant-price series are separate variables and do not join",
            "vintage rule: the latest yearbook that prints a province's year (its year is in the note)",
            "to 2016 from yearbooks up to 2017; from 2017 as revised in 2020: the two do not join",
            "2016 of the panel is left out: it mixes vintages (Hà Nội unrevised, 41 % below the revised 2017)",
            "2022 of the panel is rejected: population times product per head, computed by the compiler, not printed"])]
