"""PAPI's indicator sheets (2018, 2019, 2022, 2023): provinces across, measures down, from the total to single questions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from govlib.collect import tidy
from govlib.collect.readers.papi import NO_DATA, Reading, dimensions, subdimensions
from govlib.errors import BadInput
from govlib.forms import excel
from govlib.known import provinces
from govlib.text import clean, fold, parse_number

# source of the total (2018, 2019) or of all scores (2022, 2023), and where it lies in a folder of originals
SOURCES = {2018: "papi-workbook-2018", 2019: "papi-workbook-2019", 2022: "papi-sheet-2022", 2023: "papi-sheet-2023"}
FILES = {2018: "papi/PAPI_2018_FULL_vie.xlsx", 2019: "papi/PAPI_2019_provincial_indicators_VIE_ENG.xlsx",
         2022: "papi/PAPI_2022_sheet_as_found.csv", 2023: "papi/PAPI_2023_sheet_as_found.csv"}
ZERO_IS_EMPTY = (2022,)  # this sheet writes 0 where the others leave a cell blank

_DIMENSION_ROW = re.compile(r"Chỉ số nội dung (\d)\b")
_SUB_ROW = re.compile(r"(\d\.\d):")
_TOTAL_ROWS = ("chi so papi tong hop khong co trong so", "chi so papi 2018 khong co trong so")
_NO_MEASURE = ("ghi chu", "kcdl", "copyright", "ban quyen", "so quan sat", "phuong sai")


def indicators_in(folder: str | Path) -> pd.DataFrame:
    """Survey items of the indicator workbooks under a folder of originals: tidy with ``index_id`` and ``year``.

    Ids are ``dimension.concept.item`` (level ``indicator``), where the item is named after its printed Vietnamese wording,
    so a reworded question gets a new id; the wording stands in the note. Empty where nothing was pulled.
    """
    found = []
    for year, name in FILES.items():
        if (path := Path(folder) / name).is_file():
            table = read(path, year, items=True)
            found.append(table[table["component"].str.count(r"\.") == 2])
    if not found:
        return pd.DataFrame(columns=["index_id", "year", *tidy.COLUMNS])
    table = tidy.sort(pd.concat(found, ignore_index=True))
    table.insert(0, "index_id", "papi")
    return table


def read(path: str | Path, year: int, *, items: bool = False) -> pd.DataFrame:
    """Indicator workbook of 2018 or 2019, or the sheets of 2022 and 2023 as CSV.

    With ``items`` the survey items (level ``indicator``, ids ``dimension.concept.item_slug``) come too, else only total,
    dimensions and sub-dimensions. The total is the unweighted one, which is what the publishers rank by.
    """
    sheet = _sheet(Path(path), year)
    reading = Reading(sheet.path, year, SOURCES.get(year, ""))
    head, who = _provinces_across(sheet, year)
    first = min(who)
    withheld: set[tuple[str, str]] = set()  # (province, dimension)
    for measure in _measures(sheet, range(head + 1, len(sheet.rows)), first - 2, year):
        if measure.item and not items:
            continue
        for c, one in who.items():
            value, note = _cell(sheet.cell(measure.row, c), measure, year, sheet.path, one[0])
            if not measure.item:
                if reading.add(one, measure.component, value, row=measure.row + 1, column=one[0],
                               locator=sheet.locator(measure.row, c), note=note) is None:
                    withheld.add((one[1], measure.component))
                continue
            if value is not None and (one[1], measure.component.split(".")[0]) in withheld:
                value, note = None, "not published: the dimension is withheld for this province"
            unit = _item_unit(clean(sheet.cell(measure.row, first - 1) or ""), sheet.rows[measure.row][first:])
            note = "; ".join(filter(None, [measure.label, note or ("" if value is not None else NO_DATA)]))
            reading.rows.append({"province_printed": one[0], "province": one[1], "component": measure.component, "score": value,
                                 "level": "indicator", "unit": unit, "source": reading.source, "note": note, "year": year,
                                 "locator": sheet.locator(measure.row, c)})
    if not reading.rows:
        raise BadInput("no score in this sheet", file=sheet.path, column=sheet.name)
    return reading.checked()


def _sheet(path: Path, year: int) -> excel.Sheet:
    if path.suffix.lower() == ".csv":
        lines = dict(tidy.read_lines(path))
        width = max(map(len, lines.values()))
        rows: list[list] = [lines.get(r, []) + [""] * (width - len(lines.get(r, []))) for r in range(1, max(lines) + 1)]
        return excel.Sheet(path.stem, rows, True, path)
    book = excel.open_workbook(path)
    name = next((s for s in book.names if s.strip() in ("ProvincialIndicators_VIE", f"{year}PAPI_Indicators_VIE")), None)
    if name is None:
        raise BadInput("no sheet with the provincial indicators", file=path, value=book.names,
                       fix="expected ProvincialIndicators_VIE or <year>PAPI_Indicators_VIE")
    return book.sheet(name)


def _provinces_across(sheet: excel.Sheet, year: int) -> tuple[int, dict[int, tuple[str, str]]]:
    """The row that names the provinces, and column → (name as printed, slug)."""
    for r, row in enumerate(sheet.rows[:5]):
        first = next((c for c, v in enumerate(row) if v in ("Ha Noi", "Hà Nội")), None)
        if first is not None:
            named = {c: clean(v) for c, v in enumerate(row) if c >= first and clean(v or "")}
            return r, {c: (v, provinces.resolve(v, year, file=sheet.path, row=r + 1)) for c, v in named.items()}
    raise BadInput("no row of province names", file=sheet.path, column=sheet.name, fix="is this the official PAPI indicator sheet?")


class _Measure(NamedTuple):
    row: int
    component: str
    label: str
    item: bool


def _measures(sheet: excel.Sheet, rows: range, label_at: int, year: int) -> Iterator[_Measure]:
    """Every row with figures: total, dimensions, sub-dimensions, and the questions under a sub-dimension."""
    seen: set[str] = set()
    inside = ""
    for r in rows:
        label = clean(sheet.cell(r, label_at) or "").replace("*", "")
        component, item = _component(label, inside, sheet, r, year)
        if not component:
            continue
        if component in seen:
            raise BadInput("the same measure twice", file=sheet.path, row=r + 1, column=sheet.name, value=label)
        seen.add(component)
        if not item and component != "overall":
            inside = component
        yield _Measure(r, component, label, item)


def _component(label: str, inside: str, sheet: excel.Sheet, r: int, year: int) -> tuple[str, bool]:
    """The id of the measure that a row is of, and whether it is a survey item; no id for other rows."""
    text = fold(label)
    if not label or text.startswith(_NO_MEASURE):
        return "", False
    if text in _TOTAL_ROWS:
        return "overall", False
    if dimension := _DIMENSION_ROW.match(label):
        if not 1 <= int(dimension[1]) <= len(dimensions(year)):
            raise BadInput(f"there is no dimension {dimension[1]} in the {year} edition", file=sheet.path, row=r + 1, value=label)
        return dimensions(year)[int(dimension[1]) - 1], False
    if sub := _SUB_ROW.match(label):
        if sub[1] not in subdimensions(year):
            raise BadInput(f"sub-dimension {sub[1]} does not exist in the {year} edition", file=sheet.path, row=r + 1, value=label)
        return subdimensions(year)[sub[1]].id, False
    return (f"{inside}.{_slug(label)}", True) if "." in inside else ("", False)


def _cell(value: object, measure: _Measure, year: int, path: Path, column: str) -> tuple[float | None, str]:
    """A figure, or the note that says why there is none."""
    if isinstance(value, str) and value.strip() == "KCDL":  # không có dữ liệu: no data
        return None, "not published: KCDL (no data) in the publishers' sheet"
    number = parse_number(value, file=path, row=measure.row + 1, column=column)
    if number == 0 and year in ZERO_IS_EMPTY:
        # in this sheet a share of nobody and a withheld cell look alike; better a gap than a false zero
        return None, ("stored as 0: a true zero cannot be told from a withheld cell in this sheet" if measure.item
                      else "not published: stored as 0 in the publishers' sheet (withheld)")
    return number, ""


def _item_unit(scale: str, values: list) -> str:
    """Unit of a survey item from its printed scale; what is printed as 0 %–100 % is stored as a share, the crime rate not."""
    numbers = [float(v) for v in values if isinstance(v, (int, float)) or (isinstance(v, str) and re.fullmatch(r"[-\d.eE]+", v))]
    if scale == "0%-100%":
        return "share 0-1" if max(numbers, default=0) <= 1.5 else "percent"  # an estimated share may pass 1
    if scale.endswith("VND"):
        return "VND thousand"
    if found := re.match(r"[\d.]+-[\d.]+(?= điểm)", scale):
        return f"points {found.group(0)}"
    return "as printed"


_OPENINGS = re.compile(r"t[yi] le (nguoi tra loi|nguoi duoc hoi|nguoi dan|nguoi di lam thu tuc)( cho biet)? ?(ho |rang )?")


def _slug(label: str) -> str:
    """An id of a survey item from its printed wording: without the opening formula, the first eight and last six words.

    The end is needed: three questions about online forms differ only in their last words.
    """
    words = _OPENINGS.sub("", fold(label), count=1).split()
    return "_".join(words if len(words) <= 14 else words[:8] + words[-6:])
