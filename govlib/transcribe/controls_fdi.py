"""Foreign direct investment by province, 2015–2024 (Foreign Investment Agency, monthly reports of December; June in 2024).

New projects and newly registered capital of the year, and the capital of all projects in force at its end. A province
that the year's table does not list had no new registration *in that table*: it is left out, not set to zero.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from govlib.errors import BadInput, UnknownName
from govlib.forms import excel
from govlib.known import provinces
from govlib.text import clean, fold, parse_number
from govlib.transcribe import controls

FILES = {**{year: f"controls/fdi_mpi/FDI.{year}.xls" for year in range(2015, 2020)},
         **{year: f"controls/fdi_mpi/FDI.{year}.xlsx" for year in range(2020, 2024)},
         2024: "controls/fdi_mpi/FDI.2024first-6-months.xlsx"}
_PERIOD = re.compile(r"01/01/(\d{4}) đến (\d{2})/(\d{2})/\d{4}")
_AS_OF = re.compile(r"đến ngày (\d{2})/(\d{2})/(\d{4})")


def read(path: str | Path, year: int) -> pd.DataFrame:
    """fdi_new_projects (projects), fdi_new_capital and fdi_registered_cumulative (USD million).

    Raises :class:`BadInput` where a sheet, a header or the year does not fit or a table does not add up to its total.
    """
    path = Path(path)
    book = excel.open_workbook(path)
    flow = next((n for n in book.names if re.match(r"Thang \d", n)), None)
    stock = next((n for n in book.names if fold(n).startswith("luy ke")), None)
    if flow is None or stock is None:
        raise BadInput("no sheets 'Thang …' and 'Luy ke …'", file=path, value=book.names,
                       fix="expected the Foreign Investment Agency's monthly report")
    rows = _table(book.sheet(flow), year, {"fdi_new_projects": r"so du an cap moi$",
                                           "fdi_new_capital": r"von dang ky cap moi (usd|trieu usd)$"}, _PERIOD)
    rows += _table(book.sheet(stock), year, {"fdi_registered_cumulative": r"tong von dau tu dang ky (trieu usd)$"}, _AS_OF)
    return controls.frame(rows)


def _table(sheet: excel.Sheet, year: int, wanted: dict[str, str], period: re.Pattern) -> list[dict]:
    """Rows of the variables that ``wanted`` names with the pattern of their header."""
    when = next((m for row in sheet.rows[:8] for v in row if isinstance(v, str) and (m := period.search(clean(v)))), None)
    if when is None or str(year) not in when.group(0):
        raise BadInput(f"the sheet {sheet.name!r} does not say that it is of {year}", file=sheet.path, value=when and when.group(0))
    first = _first_province_row(sheet, year)
    columns = _columns(sheet, first, wanted)
    rows: list[dict] = []
    sums = dict.fromkeys(columns, 0.0)
    seen: set[str | None] = set()
    for r in range(first, len(sheet.rows)):
        label = clean(sheet.cell(r, 1) or "")
        if fold(str(sheet.cell(r, 0) or "")).startswith("tong") or fold(label).startswith("tong"):
            _check_total(sheet, r, columns, sums)
            return rows
        # offshore oil and gas: in the total, in no province
        province = None if fold(label) == "dau khi" else provinces.resolve(label, year, file=sheet.path, row=r + 1)
        if province in seen:
            raise BadInput("a province twice", file=sheet.path, row=r + 1, value=label)
        seen.add(province)
        for variable, (c, factor) in columns.items():
            number = parse_number(sheet.cell(r, c), file=sheet.path, row=r + 1, column=variable)
            sums[variable] += number or 0.0
            if province is not None and number is not None:
                rows.append(controls.row(label, province, year, variable, round(number * factor, 12), f"mpi-fdi-{year}",
                                         sheet.locator(r, c), _note(year, when)))
    raise BadInput(f"the province table of sheet {sheet.name!r} has no total", file=sheet.path)


def _columns(sheet: excel.Sheet, first: int, wanted: dict[str, str]) -> dict[str, tuple[int, float]]:
    """Variable → its column, and the factor to the unit in which it is kept."""
    columns: dict[str, tuple[int, float]] = {}
    for variable, pattern in wanted.items():
        for c in range(2, sheet.width):
            header = next((fold(v) for r in (first - 1, first - 2) if isinstance(v := sheet.cell(r, c), str)), "")
            # two columns print the same capital in USD and in million; the one in USD comes first and is exact
            if re.match(pattern, header) and variable not in columns:
                columns[variable] = (c, 1e-6 if header.endswith(" usd") and "trieu" not in header else 1.0)
        if variable not in columns:
            raise BadInput(f"no column for {variable} in sheet {sheet.name!r}", file=sheet.path,
                           fix=f"expected a header like {pattern}")
    return columns


def _note(year: int, when: re.Match) -> str:
    day, month = (when.group(2), when.group(3)) if when.re is _PERIOD else (when.group(1), when.group(2))
    text = f"to {int(day)} {'June' if month == '06' else 'December'} {year}"
    return text + (": about six months, not a year" if month == "06" and when.re is _PERIOD else "")


def _first_province_row(sheet: excel.Sheet, year: int) -> int:
    # the 2016 table of provinces is headed "registering country" by mistake: what follows decides, not the header
    def is_province(r: int) -> bool:
        try:
            return isinstance(sheet.cell(r, 1), str) and bool(provinces.resolve(sheet.cell(r, 1), year))
        except UnknownName:
            return False

    for r in range(len(sheet.rows)):
        if all(is_province(r + i) for i in range(4)):
            while isinstance(sheet.cell(r - 1, 0), (int, float)):  # a numbered line above with a name nobody knows
                r -= 1
            return r
    raise BadInput(f"no table of provinces in sheet {sheet.name!r}", file=sheet.path)


def _check_total(sheet: excel.Sheet, r: int, columns: dict, sums: dict[str, float]) -> None:
    for variable, (c, _) in columns.items():
        total = parse_number(sheet.cell(r, c), file=sheet.path, row=r + 1, column=variable)
        if total is None or abs(total - sums[variable]) > 1e-6 * total:
            raise BadInput(f"{variable}: the rows add up to {sums[variable]:.3f}, the printed total is {total}", file=sheet.path,
                           row=r + 1)


def transcribe(mirror: str | Path, out: str | Path) -> list[Path]:
    tables = [read(Path(mirror) / name, year) for year, name in FILES.items()]
    return [controls.write(
        pd.concat(tables, ignore_index=True), out, "fdi", producer="Foreign Investment Agency, Ministry of Planning and Investment",
        citation="Foreign direct investment in Viet Nam, monthly reports of December 2015-2023 and June 2024", url="https://fia.mpi.gov.vn",
        notes=["newly registered capital only: capital added to old projects and share purchases are not in it",
               "2024 covers 1 January to 20 June",
               "years end on 20 December (2015: 31, 2016: 26 for new capital); offshore oil and gas belongs to no province",
               "a province without a row had no line in the year's table; no zero was put in its place",
               "each table adds up to its printed total"])]
