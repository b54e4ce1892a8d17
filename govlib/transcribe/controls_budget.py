"""Final accounts of the provinces' budgets, 2006–2014 (Ministry of Finance, table 09/CKTC-NSNN).

Read from the ministry's own sheets. A tidy file of the same figures circulates under the name "Final": it holds the
*plans* (dự toán) of 2006–2015, not the accounts, so it is no check on these; the check here is the sheet's own total,
which the provinces add up to. What counts as revenue changes: to 2008 without the items managed through the budget, from
2009 with them, from 2011 also with funds carried over, so compare provinces within a year rather than years.
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

YEARS = range(2006, 2015)
FILE = "controls/budget/Final_{year}.xls"
_IN_MILLIONS = {"trieu dong": 1.0, "ty dong": 1000.0}
_HEADERS = {"tong thu nsnn tren dia ban": "budget_revenue", "tong chi can doi": "budget_expenditure",
            "bo sung tu nstw cho nsdp": "budget_central_transfer"}
_SCOPE = {2006: "", 2007: "without items managed through the budget", 2008: "without items managed through the budget",
          2009: "with other revenues that localities manage; close to the province's own expenditure (0.8 to 1.6 times it) "
                "unlike other years",
          2010: "with other revenues that localities manage"}


def read(path: str | Path, year: int) -> pd.DataFrame:
    """Revenue collected in the province, expenditure of its budget, transfer from the centre (VND million).

    Raises :class:`BadInput` where the sheet, its unit, a header or a province is missing, or where the provinces do not
    add up to the printed total.
    """
    path = Path(path)
    book = excel.open_workbook(path)
    name = next((n for n in book.names if n.strip() == "M09+"), book.names[0] if len(book.names) == 1 else None)
    if name is None:
        raise BadInput("no sheet M09+", file=path, value=book.names, fix="expected the final accounts, table 09/CKTC-NSNN")
    sheet = book.sheet(name)
    factor = _unit(sheet)
    head, columns = _columns(sheet)
    lines = _lines(sheet, head, year)
    for variable, c in columns.items():
        _check_total(sheet, variable, c, [r for r, *_ in lines], head)
    rows = [controls.row(printed, province, year, variable, None if value is None else value * factor, f"mof-budget-{year}",
                         sheet.locator(r, c), _note(variable, province, year))
            for r, printed, province in lines for variable, c in columns.items()
            for value in [_number(sheet.cell(r, c), path, r, variable)]]
    return controls.frame(rows)


def _lines(sheet: excel.Sheet, head: int, year: int) -> list[tuple[int, str, str]]:
    """(row, printed name, province) under the header: every province of the year once."""
    found = []
    for r in range(head + 1, len(sheet.rows)):
        printed = clean(sheet.cell(r, 1) or "")
        try:
            found.append((r, printed, provinces.resolve(printed.split("\n")[0], year)))
        except UnknownName:  # a region, a header, a note, the total
            if isinstance(sheet.cell(r, 0), float) or re.fullmatch(r"\d+", str(sheet.cell(r, 0) or "")):
                raise BadInput("a numbered line that is no province", file=sheet.path, row=r + 1, value=printed) from None
    expected = set(provinces.province_set(year)) - ({"ha-tay"} if year == 2008 else set())
    have = [province for *_, province in found]
    if len(have) != len(set(have)) or set(have) != expected:
        raise BadInput(f"{len(have)} provinces where {len(expected)} are expected", file=sheet.path,
                       value=sorted(set(have) ^ expected) or sorted(p for p in have if have.count(p) > 1))
    return found


def _check_total(sheet: excel.Sheet, variable: str, c: int, rows: list[int], head: int) -> None:
    total = next((r for r in range(head + 1, len(sheet.rows)) if fold(sheet.cell(r, 1) or "").startswith("tong so")), None)
    if total is None:
        raise BadInput("no line TỔNG SỐ", file=sheet.path)
    printed = _number(sheet.cell(total, c), sheet.path, total, variable)
    added = sum(_number(sheet.cell(r, c), sheet.path, r, variable) or 0.0 for r in rows)
    if printed is None or abs(added - printed) > 0.0001 * printed:
        raise BadInput(f"{variable}: the provinces add up to {added:.0f}, the sheet's total is {printed}", file=sheet.path)


def _note(variable: str, province: str, year: int) -> str:
    scope = _SCOPE.get(year, "with funds carried over and balances") if variable == "budget_revenue" else ""
    joined = "with Hà Tây (merged on 1 August 2008)" if year == 2008 and province == "ha-noi" else ""
    return "; ".join(filter(None, [scope, joined]))


def _unit(sheet: excel.Sheet) -> float:
    for row in sheet.rows[:12]:
        for value in row:
            for words, factor in _IN_MILLIONS.items():
                if isinstance(value, str) and words in fold(value) and "bo tai chinh" not in fold(value):
                    return factor
    raise BadInput("the unit (triệu đồng or tỷ đồng) is not stated above the table", file=sheet.path)


def _columns(sheet: excel.Sheet) -> tuple[int, dict[str, int]]:
    for r, row in enumerate(sheet.rows[:16]):
        found = {}
        for c, value in enumerate(row):
            for start, variable in _HEADERS.items():
                if isinstance(value, str) and _plain(value).startswith(start):
                    found[variable] = c
        if len(found) == len(_HEADERS):
            return r, found
    raise BadInput("no header with revenue, expenditure and transfer", file=sheet.path,
                   fix="expected TỔNG THU NSNN TRÊN ĐỊA BÀN …, TỔNG CHI CÂN ĐỐI …, BỔ SUNG TỪ NSTW CHO NSĐP")


def _plain(text: str) -> str:
    return fold(text).replace("ngan sach dia phuong", "nsdp")


def _number(value: object, path: Path, r: int, column: str) -> float | None:
    if isinstance(value, str):
        value = re.sub(r"^\(\d\)\s*", "", clean(value))  # a footnote mark before the number
    return parse_number(value, file=path, row=r + 1, column=column)


def transcribe(mirror: str | Path, out: str | Path) -> list[Path]:
    tables = [read(Path(mirror) / FILE.format(year=year), year) for year in YEARS]
    return [controls.write(
        pd.concat(tables, ignore_index=True), out, "budget", producer="Ministry of Finance",
        citation="Final accounts of state budget revenue and expenditure of the provinces, table 09/CKTC-NSNN, 2006-2014",
        url="https://mof.gov.vn", notes=[
            "budget_revenue is all state revenue collected in the province, not what the province keeps; not so, it seems, in "
            "2009: its column follows the expenditure of the province's own budget (correlation of logs .985, .78 to .84 in other "
            "years)",
            "what counts as revenue changes in 2009 and 2011 (note of each row): compare within a year",
            "current prices; Hà Tây separate to 2007, inside Hà Nội in the 2008 accounts",
            "each year's provinces add up to the printed national total"])]
