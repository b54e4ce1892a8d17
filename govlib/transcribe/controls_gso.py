"""Population, urban population, income and product per head from compilations of statistical yearbooks.

Three compilations, each with its traps: covariates 2006–2016 (sheets by year whose headers sometimes name another
year: only a column that names the sheet's own year is taken), a Stata panel 2016–2022 (labour of 2022 shifted from
Nghệ An on, product of 2022 computed by its compiler), and a CSV 2022–2024.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from govlib.collect import tidy
from govlib.errors import BadInput, UnknownName
from govlib.forms import excel
from govlib.known import provinces
from govlib.text import clean, fold, parse_number
from govlib.transcribe import controls

COVARIATES, PANEL = "controls/gso/gso_covariates.xlsx", "controls/Dataset_2016_2022.dta"
POPULATION = "controls/population_urban_grdp_per_capita_2022_2024.csv"

# column → variable
_COVARIATES = {"population": "population", "pop": "population", "monthly_income": "monthly_income"}
_PANEL = {"grdp": "grdp", "population": "population", "urban": "urban_population", "labor": "labour_force"}
_POPULATION = {"dan so": "population", "dan so thanh thi": "urban_population", "grdp_binh quan": "grdp_per_capita"}


def read_covariates(path: str | Path) -> pd.DataFrame:
    """population (2015, 2016) and monthly_income (2010, 2015, 2016) from the sheets 2006, 2010, 2015, 2016."""
    path = Path(path)
    rows = []
    for sheet in excel.read_sheets(path):
        if not re.fullmatch(r"20\d\d", sheet.name.strip()):
            raise BadInput("a sheet that is not named after a year", file=path, value=sheet.name)
        year = int(sheet.name)
        header = [clean(v or "") for v in sheet.rows[0]]
        if header[0] != "prov":
            raise BadInput("the first column is not prov", file=path, row=1, column=sheet.name, value=header[0])
        columns = {c: _COVARIATES[name] for c, text in enumerate(header)
                   if (name := text.removesuffix(f"_{year}")) != text and name in _COVARIATES}
        seen = set()
        for r in range(1, len(sheet.rows)):
            printed = clean(sheet.cell(r, 0) or "")
            try:
                province = provinces.resolve(printed, year)
            except UnknownName:  # the country and its regions stand between the provinces
                if not printed or fold(printed) in _AREAS:
                    continue
                raise
            if province in seen:
                raise BadInput("a province twice", file=path, row=r + 1, column=sheet.name, value=printed)
            seen.add(province)
            for c, variable in columns.items():
                value = parse_number(sheet.cell(r, c), file=path, row=r + 1, column=header[c])
                if value is not None:
                    rows.append(controls.row(printed, province, year, variable, value, "gso-covariates", sheet.locator(r, c)))
    return controls.frame(rows)


_AREAS = {fold(a) for a in ("Tổng số", "Cả nước", "Đồng bằng sông Hồng", "Trung du và miền núi phía Bắc",
                            "Bắc Trung Bộ và Duyên hải miền Trung", "Bắc Trung Bộ và duyên hải Nam Trung Bộ", "Tây Nguyên",
                            "Đông Nam Bộ", "Đồng bằng sông Cửu Long")}


def read_panel(path: str | Path) -> pd.DataFrame:
    """grdp, population, urban_population, labour_force of 63 provinces 2016–2022; wrong cells empty, with the reason."""
    import pyreadstat

    path = Path(path)
    if not path.is_file():
        raise BadInput("there is no such file", file=path, fix="run: make pull")
    try:
        table, _ = pyreadstat.read_dta(str(path))
    except (pyreadstat.ReadstatError, OSError, ValueError) as e:
        raise BadInput(f"not a Stata file ({e.__class__.__name__})", file=path) from e
    if missing := {"name", "id", "year", *_PANEL} - set(table):
        raise BadInput(f"columns missing: {', '.join(sorted(missing))}", file=path)
    table["province"] = [provinces.resolve(n, int(y), file=path, row=i + 1)
                         for i, (n, y) in enumerate(zip(table["name"], table["year"], strict=True))]
    shifted_from = int(table.loc[table["province"] == "nghe-an", "id"].iloc[0])
    rows = []
    for line in table.to_dict("records"):
        year = int(line["year"])
        for column, variable in _PANEL.items():
            value: float | None = float(line[column])
            note = ""
            if variable == "grdp" and year == 2022:
                value, note = None, ("rejected: 54 is the product per head" if line["province"] == "kon-tum" else
                                     "rejected: population times product per head, computed by the compiler, not printed")
            if variable == "labour_force" and year == 2022 and line["id"] >= shifted_from:
                value, note = None, "rejected: the column is shifted against the provinces from Nghệ An on"
            # the file stores single precision: 7 digits are what was typed
            rows.append(controls.row(line["name"], line["province"], year, variable, None if value is None else _single(value),
                                     "panel-2016-2022", f"{line['name']} {year} {column}", note))
    return controls.frame(rows)


def _single(value: float) -> float:
    return float(f"{value:.7g}")


def read_population(path: str | Path) -> pd.DataFrame:
    """population, urban_population, grdp_per_capita of 63 provinces 2022–2024."""
    path = Path(path)
    rows = []
    for line, cell in tidy.read_csv(path, ("TenTinh", *_POPULATION, "nam")):
        year = tidy.parse_year(cell["nam"], path, line, "nam")
        province = provinces.resolve(cell["TenTinh"], year, file=path, row=line)
        for column, variable in _POPULATION.items():
            value = parse_number(cell[column], file=path, row=line, column=column)
            rows.append(controls.row(cell["TenTinh"], province, year, variable, value, "population-2022-2024",
                                     f"{path.name} row {line} {column}"))
    table = controls.frame(rows)
    for year, part in table[table["variable"] == "population"].groupby("year"):
        if sorted(part["province"]) != list(provinces.province_set(int(year))):
            raise BadInput(f"not the 63 provinces of {year}, each once", file=path)
    return table


def urban_share(table: pd.DataFrame) -> pd.DataFrame:
    """urban_population over population, percent, where one source prints both."""
    wide = table.pivot_table(index=["province", "year", "source"], columns="variable", values="value")
    both = wide.dropna(subset=["population", "urban_population"])
    printed = table.drop_duplicates(["province", "source"]).set_index(["province", "source"])["province_printed"]
    rows = []
    for (province, year, source), row in both.iterrows():
        share = round(100 * row["urban_population"] / row["population"], 2)
        rows.append(controls.row(printed[province, source], province, year, "urban_share", share, source,
                                 "urban_population / population", "computed from the two printed figures"))
    return controls.frame(rows)


def transcribe(mirror: str | Path, out: str | Path) -> list[Path]:
    mirror = Path(mirror)
    covariates, panel, recent = (read_covariates(mirror / COVARIATES), read_panel(mirror / PANEL),
                                 read_population(mirror / POPULATION))
    people = pd.concat([covariates[covariates["year"] == 2015], panel[panel["year"] < 2022], recent], ignore_index=True)
    people = people[people["variable"].isin(["population", "urban_population"])]
    income = covariates[covariates["variable"] == "monthly_income"]
    gso = {"producer": "General Statistics Office", "url": "https://www.gso.gov.vn"}
    return [
        controls.write(pd.concat([people, urban_share(people)], ignore_index=True), out, "population", **gso,
                       citation="Average population and urban population from statistical yearbooks 2015-2024, as compiled",
                       notes=["2015 as printed before the census of 2019, later years as revised after it: differences between "
                              "2015 and 2016 are not growth",
                              "2016-2021 from the panel, 2022-2024 from the newer compilation (equal in 2022)",
                              "urban_share is computed from the two figures"]),
        controls.write(income, out, "income", **gso,
                       citation="Monthly income per head from the household living standards survey 2010, 2015, 2016, as compiled "
                                "by M. Trinh", notes=["current prices", "other years are not in the compilation"])]
