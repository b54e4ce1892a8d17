"""Next year's edition by hand: a form with the right provinces and components, and its intake.

:func:`template` writes the form (CSV and Excel). Staff fill it and put it into ``data/raw/inbox``. :func:`intake` checks
every cell and either turns the form into ``data/raw/<index>/<year>.csv`` with sidecar and catalogue entry, or leaves
everything as it was and says file, row, column, value and what to do, all at once.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import hashlib
import io
import os
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from govlib import paths
from govlib.collect import checks, sidecar
from govlib.errors import BadInput, UnknownName
from govlib.forms import encodings
from govlib.forms.problems import Problem, refuse
from govlib.known import indices, provinces
from govlib.text import parse_number

if TYPE_CHECKING:
    import pandas as pd

SCORES, SOURCE, NOTES = "scores", "source", "notes"
MARK = "#"  # a line of the form that is not a province

# key -> (must be filled, Vietnamese hint, English hint)
FIELDS = {
    "index": (True, "mã chỉ số; đã điền sẵn", "id of the index; already filled"),
    "year": (True, "năm của kỳ đánh giá (edition); đã điền sẵn", "the edition's year; already filled"),
    "producer": (True, "đơn vị công bố", "who publishes the index"),
    "citation": (True, "tên báo cáo hoặc trang đã chép, ngày công bố", "title of the report or page copied from, date of release"),
    "url": (True, "địa chỉ trang công bố (https://…)", "public address of the publication (https://…)"),
    "terms": (True, "điều kiện sử dụng", "terms of use"),
    "transcribed": (True, "ngày chép số liệu, dạng 2026-04-30", "date of copying, as 2026-04-30"),
    "transcribed_by": (False, "người chép; người soát lại", "who copied; who checked"),
}
TERMS = "figures as printed by the publisher, cited as facts"
# notes offered in the form; any other text is welcome
WHY_EMPTY = ("không công bố", "ngoài nhóm được công bố", "không khảo sát")
_OURS = ("province", "name", "overall", "rank")


# ---- the form -------------------------------------------------------------------------------------------------------

def columns(index: str, year: int) -> list[str]:
    """Columns of the form of an edition: province, name, overall, rank, its components, note."""
    return [*_OURS, *indices.component_ids(index, year), "note"]


def template(index: str, year: int, out: Path | None = None) -> list[Path]:
    """Write ``<index>_<year>.csv`` and ``.xlsx`` and return their paths.

    Provinces are those of the edition (34 from 2025, 63 before). ``out`` is ``data/raw/inbox/templates`` unless given:
    a folder that the intake does not look into, so that an empty form does not stop it.

    Raises
    ------
    UnknownName
        No such index.
    BadInput
        A year before the index began or after next year; a form of that name that somebody has begun to fill.
    """
    definition = indices.index(index)
    _refuse_year(definition, year)
    folder = Path(out) if out else paths.inbox() / "templates"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"no folder can be made there ({error.strerror})", column="--out", value=str(folder),
                       fix="name a folder that you may write to") from error
    meta = {"index": index, "year": str(year), "producer": definition.producer_vi, "terms": TERMS}
    header = columns(index, year)
    labels = ["", "Tỉnh, thành phố", f"{indices.name(index, 'overall', year=year)}", "Hạng",
              *(indices.name(index, component, year=year) for component in header[4:-1]), "Ghi chú"]
    places = [(slug, provinces.name(slug, "vi", year)) for slug in provinces.province_set(year)]
    written = [folder / f"{index}_{year}.csv", folder / f"{index}_{year}.xlsx"]
    refuse(problem for path in written for problem in _would_be_lost(path))
    _write_csv(written[0], meta, header, labels, places)
    _write_xlsx(written[1], index, year, meta, header, labels, places)
    return written


def _would_be_lost(path: Path) -> list[Problem]:
    """A form that somebody has begun to fill is not written over."""
    if not path.is_file():
        return []
    try:
        form = read_form(path)
    except BadInput:
        begun = True  # whatever it is, it is not an empty form
    else:
        begun = any(_text(cell) for _, cells in form.rows for cell in cells[2:]) or any(
            form.meta.get(key) for key in ("citation", "url", "transcribed"))
    return [Problem("a form of this name is there and not empty", path.name, fix="move or delete it first")] if begun else []


def _refuse_year(definition, year: int) -> None:
    if isinstance(year, bool) or not isinstance(year, int):
        raise BadInput("the year is a whole number", column="year", value=year, fix="write 2025")
    last = dt.date.today().year + 1
    if not definition.first_edition <= year <= last:
        raise BadInput(f"{definition.id} has no edition {year}", column="year", value=year,
                       fix=f"take {definition.first_edition} to {last}")


def _write_csv(path: Path, meta: dict, header: list[str], labels: list[str], places: list[tuple[str, str]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as handle:  # the BOM makes Excel read the diacritics
        write = csv.writer(handle, lineterminator="\r\n").writerow
        for key, (_, vi, en) in FIELDS.items():
            write([MARK + key, meta.get(key, ""), f"{vi} / {en}"])
        write([MARK + "label", *labels[1:]])
        write(header)
        for slug, name in places:
            write([slug, name, *[""] * (len(header) - 2)])


def _write_xlsx(path: Path, index: str, year: int, meta: dict, header: list[str], labels: list[str],
                places: list[tuple[str, str]]) -> None:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, PatternFill, Protection
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    sheet.title = SCORES
    sheet.append([MARK + "label", *labels[1:]])
    sheet.append(header)
    for slug, name in places:
        sheet.append([slug, name])
    first, last = 3, 2 + len(places)
    _validate(sheet, index, year, header, first, last)
    grey, given = PatternFill("solid", fgColor="E7E6E6"), PatternFill("solid", fgColor="F5F5F5")
    for cell in (*sheet[1], *sheet[2]):
        cell.font, cell.fill, cell.alignment = Font(bold=True), grey, Alignment(wrap_text=True, vertical="top")
    for row in sheet.iter_rows(min_row=first, max_row=last):
        for cell in row[:2]:
            cell.fill = given
        for cell in row[2:]:  # everything else is locked, so that rows and columns stay in place
            cell.protection = Protection(locked=False)
            if header[cell.column - 1] not in ("rank", "note"):
                cell.number_format = "0.00##"
    sheet.protection.sheet = True
    for field_name in ("formatCells", "formatColumns", "formatRows", "sort"):
        setattr(sheet.protection, field_name, False)
    sheet.freeze_panes = "C3"
    for at, column in enumerate(header, 1):
        sheet.column_dimensions[get_column_letter(at)].width = {"province": 20, "name": 22, "rank": 8, "note": 40}.get(column, 15)
    about = book.create_sheet(SOURCE)
    about.append(["field", "value", "tiếng Việt", "English"])
    for key, (must, vi, en) in FIELDS.items():
        about.append([key, meta.get(key, ""), vi + (" (bắt buộc)" if must else ""), en + (" (required)" if must else "")])
    for letter, width in zip("ABCD", (16, 60, 50, 50), strict=True):
        about.column_dimensions[letter].width = width
    for cell in about[1]:
        cell.font = Font(bold=True)
    notes = book.create_sheet(NOTES)
    for line in _instructions(index, year, header):
        notes.append(line)
    notes.column_dimensions["A"].width = notes.column_dimensions["B"].width = 80
    for row in notes.iter_rows():
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    book.save(path)


def _validate(sheet, index: str, year: int, header: list[str], first: int, last: int) -> None:
    """Numbers within the scale, whole ranks, a drop-down of reasons: wrong cells are refused while typing."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    for at, column in enumerate(header, 1):
        cells = f"{get_column_letter(at)}{first}:{get_column_letter(at)}{last}"
        if column in ("province", "name"):
            continue
        if column == "note":
            rule = DataValidation(type="list", formula1='"' + ",".join(WHY_EMPTY) + '"', allow_blank=True, showErrorMessage=False)
            rule.promptTitle, rule.prompt = "Ghi chú / note", "Lý do để trống / why a cell is empty"
            rule.showInputMessage = True
        elif column == "rank":
            rule = DataValidation(type="whole", operator="between", formula1="1", formula2=str(last - first + 1), allow_blank=True)
            rule.errorTitle, rule.error = "Hạng / rank", f"1–{last - first + 1}"
        else:
            low, high, _ = indices.scale(index, column, year)
            bounded = low is not None and high is not None
            rule = DataValidation(type="decimal", operator="between" if bounded else "greaterThanOrEqual",
                                  formula1=str(low or 0), formula2=str(high) if bounded else None, allow_blank=True)
            rule.errorTitle = "Điểm / score"
            rule.error = f"{low:g}–{high:g}" if bounded else "≥ 0"
        if column != "note":
            rule.showErrorMessage = True
        sheet.add_data_validation(rule)
        rule.add(cells)


def _instructions(index: str, year: int, header: list[str]) -> list[list[str]]:
    scales = []
    for column in [c for c in header if c not in ("province", "name", "rank", "note")]:
        low, high, unit = indices.scale(index, column, year)
        span = f"{low:g}–{high:g}" if low is not None and high is not None else "≥ 0"
        scales.append([f"{column}: {indices.name(index, column, 'vi', year)}, {span} {unit}",
                       f"{column}: {indices.name(index, column, 'en', year)}, {span} {unit}"])
    return [
        [f"Mẫu nhập {indices.name(index, lang='vi')} {year}", f"Form for {indices.name(index, lang='en')} {year}"],
        ["1. Chép đúng số như đã in, không làm tròn thêm. Dấu phẩy hay dấu chấm thập phân đều được.",
         "1. Copy figures as printed, without further rounding. A decimal comma or point will do."],
        ["2. Số chưa công bố: để trống, ghi lý do ở cột note. Không ghi 0.",
         "2. A figure that was not published: leave the cell empty and say why in the note column. Do not write 0."],
        ["3. Không thêm, xoá, đổi chỗ dòng hoặc cột. Không dán công thức, chỉ dán giá trị.",
         "3. Do not add, delete or move rows or columns. Paste values, not formulas."],
        ["4. Điền trang tính source: nguồn, địa chỉ, ngày chép.", "4. Fill the sheet source: citation, address, date of copying."],
        ["5. Một chỉ số thành phần không còn trong kỳ này: để trống cả cột.",
         "5. A component that this edition no longer has: leave the whole column empty."],
        ["6. Bỏ tệp vào data/raw/inbox rồi chạy: make panel", "6. Put the file into data/raw/inbox, then run: make panel"],
        ["", ""], *scales]


# ---- reading a filled form ------------------------------------------------------------------------------------------

@dataclass
class Form:
    """A form as found: ``rows`` are (row number, cells), ``meta`` the fields, ``problems`` what is already wrong."""

    path: Path
    meta: dict[str, str] = field(default_factory=dict)
    header: list[str] = field(default_factory=list)
    header_row: int = 1
    rows: list[tuple[int, list]] = field(default_factory=list)
    sheet: str = ""
    problems: list[Problem] = field(default_factory=list)

    def locator(self, row: int, column: str) -> str:
        from govlib.forms.excel import a1

        cell = a1(row - 1, self.header.index(column))
        return f"{self.sheet}!{cell}" if self.sheet else cell


def read_form(path: Path) -> Form:
    """A filled form, CSV or Excel; unreadable files raise BadInput, doubtful cells become problems of the form."""
    form = Form(path)
    if path.suffix.lower() in (".xlsx", ".xls", ".xlsm"):
        grid = _workbook(form)
    else:
        grid = list(enumerate(_csv_lines(path), 1))
    for row, cells in grid:
        first = _text(cells[0]) if cells else ""
        if not any(_text(cell) for cell in cells):
            continue
        if first.startswith(MARK):
            key = first[len(MARK):].strip().lower()
            if key in FIELDS and not form.meta.get(key):
                form.meta[key] = _text(cells[1]) if len(cells) > 1 else ""
        elif not form.header:
            form.header, form.header_row = [_text(cell) for cell in cells], row
            while form.header and not form.header[-1]:
                form.header.pop()
        else:
            form.rows.append((row, list(cells)))
    if not form.header:
        raise BadInput("the form is empty", file=path, fix="fill a form made by: make template")
    return form


def _workbook(form: Form) -> list[tuple[int, list]]:
    from govlib.forms import excel

    book = excel.open_workbook(form.path)
    form.problems += _formulas(form.path)
    if SCORES not in book.names:
        raise BadInput(f"no sheet {SCORES!r} (there are: {', '.join(book.names)})", file=form.path,
                       fix="use the form made by: make template")
    form.sheet = SCORES
    if SOURCE in book.names:
        for cells in book.sheet(SOURCE).rows[1:]:
            if cells and _text(cells[0]).lower() in FIELDS:
                form.meta[_text(cells[0]).lower()] = _text(cells[1]) if len(cells) > 1 else ""
    return list(enumerate(book.sheet(SCORES).rows, 1))


def _formulas(path: Path) -> list[Problem]:
    """Formula cells, also calculated ones: a copied figure is typed or pasted, a formula points to another workbook."""
    if path.suffix.lower() == ".xls":
        return []
    import openpyxl

    book = openpyxl.load_workbook(path)
    if SCORES not in book.sheetnames:
        return []
    return [Problem("the cell holds a formula", path.name, cell.row, cell.column_letter, cell.value,
                    "copy the cell and paste it as a value")
            for row in book[SCORES].iter_rows() for cell in row if cell.data_type == "f"]


def _csv_lines(path: Path) -> list[list[str]]:
    text = decode(path)
    lines = [line for line in text.splitlines() if line.strip()]
    head = next((line for line in lines if not line.lstrip('"').startswith(MARK)), "")
    mark = max(",;\t", key=head.count)  # Excel writes semicolons where the decimal mark is a comma
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True))
    except csv.Error as error:
        raise BadInput(f"broken quoting ({error})", file=path, fix="save it again from Excel as CSV UTF-8") from error


_PLAUSIBLE = set("–—…“”‘’«»×·•°€£©®½¼¾§ \u200b")


def decode(path: Path) -> str:
    """Text of a CSV in UTF-8 (with or without BOM), UTF-16 or Windows-1258, in NFC.

    Raises
    ------
    BadInput
        Empty, a web page, a workbook under another name, or an encoding whose letters would not be Vietnamese (TCVN3,
        VNI): those cannot be told from ordinary text, so nothing is guessed.
    """
    data = path.read_bytes()
    refuse(encodings.not_a_table(path, data))
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        tries = ["utf-16"]
    elif b"\0" in data[:200]:
        tries = ["utf-16-le" if data[1:2] == b"\0" else "utf-16-be"]
    else:
        tries = ["utf-8-sig", "cp1258"]
    for encoding in tries:
        try:
            text = unicodedata.normalize("NFC", data.decode(encoding))
        except UnicodeDecodeError:
            continue
        if all(ord(c) < 128 or c in _PLAUSIBLE or _vietnamese(c) for c in text):
            return text
    raise BadInput("its letters are in no encoding that could be read safely (tried UTF-8, UTF-16, Windows-1258)", file=path,
                   fix="in Excel: save as CSV UTF-8; or fill the .xlsx form")


def _vietnamese(char: str) -> bool:
    if char in "đĐ\xa0\ufeff":
        return True
    base, *marks = unicodedata.normalize("NFD", char)
    return base.isascii() and base.isalpha() and set(marks) <= set("\u0300\u0301\u0302\u0303\u0306\u0309\u031b\u0323")


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat()
    return unicodedata.normalize("NFC", str(cell)).replace("\xa0", " ").strip()


# ---- checking -------------------------------------------------------------------------------------------------------

@dataclass
class Checked:
    """A form without problems: its tidy rows (columns of ``checks.TIDY``) and what a person might look at again."""

    form: Form
    index_id: str
    year: int
    rows: list[dict]
    warnings: list[str]


def check_form(form: Form) -> Checked:
    """Everything that can be said about one form.

    Raises
    ------
    BadInput
        With all problems of the form, each with file, row, column, value and what to do.
    """
    problems = list(form.problems)
    name = form.path.name
    problems += [Problem("not filled", name, column=f"{MARK}{key}", fix=f"write {en}")
                 for key, (must, _, en) in FIELDS.items() if must and not form.meta.get(key)]
    index_id, year, more = _which_edition(form)
    problems += more
    problems += _source_problems(form)
    if index_id is None or year is None:
        refuse(problems)
    if wrong := checks.header_problems(form.header, columns(index_id, year), form.path, form.header_row):
        given = {_known_slug(_text(cells[0])) for _, cells in form.rows if cells}
        refuse(problems + _of_another_set(given, year, name) + wrong)  # cells cannot be told apart without the header
    if wide := [(row, cells) for row, cells in form.rows if any(_text(cell) for cell in cells[len(form.header):])]:
        row, cells = wide[0]  # a habit of the whole file, said once
        more = f", and so in {len(wide) - 1} more rows" if len(wide) > 1 else ""
        refuse([*problems, Problem(f"{len(cells)} cells where the header has {len(form.header)}{more}", name, row, fix=(
            "a decimal comma splits a comma-separated cell: put the figure in quotes, or use the .xlsx form"))])
    cells = {row: dict(zip(form.header, [*row_cells, *[None] * len(form.header)], strict=False)) for row, row_cells in form.rows}
    problems += _province_problems(form, cells, year)
    found, more = _figures(form, cells, index_id, year)
    problems += more
    refuse(problems)
    return Checked(form, index_id, year, found, _doubts(found, index_id, year))


def _which_edition(form: Form) -> tuple[str | None, int | None, list[Problem]]:
    name, problems = form.path.name, []
    index_id, year = form.meta.get("index", "").lower() or None, None
    if index_id and index_id not in indices.INDICES:
        problems.append(Problem("unknown index", name, column="#index", value=index_id,
                                fix=f"write one of {', '.join(indices.INDICES)}"))
        index_id = None
    text = form.meta.get("year", "")
    if text and not re.fullmatch(r"\d{4}", text):
        problems.append(Problem("not a year", name, column="#year", value=text, fix="write four digits"))
    elif text:
        year = int(text)
        try:
            if index_id:
                _refuse_year(indices.index(index_id), year)
        except BadInput as error:
            problems.append(Problem(error.problem, name, column="#year", value=text, fix=error.fix))
            year = None
    named = re.match(r"([a-z]+)[_-](\d{4})", name.lower())
    if named and index_id and year and (named[1], int(named[2])) != (index_id, year):
        problems.append(Problem(f"wrong year or index: the file's name says {named[1]} {named[2]}, the form {index_id} {year}",
                                name, column="#year", value=text, fix="rename the file, or use the form of that edition"))
    return index_id, year, problems


def _source_problems(form: Form) -> list[Problem]:
    name, problems = form.path.name, []
    url, day = form.meta.get("url", ""), form.meta.get("transcribed", "")
    if url and not re.match(r"https?://\S+\.\S+", url):
        problems.append(Problem("not a web address", name, column="#url", value=url, fix="copy it from the browser, with https://"))
    if day:
        try:
            if dt.date.fromisoformat(day) > dt.date.today() + dt.timedelta(days=1):
                problems.append(Problem("a day in the future", name, column="#transcribed", value=day, fix="correct the date"))
        except ValueError:
            problems.append(Problem("not a date", name, column="#transcribed", value=day, fix="write it like 2026-04-30"))
    return problems


def _province_problems(form: Form, cells: dict[int, dict], year: int) -> list[Problem]:
    name, problems, seen = form.path.name, [], {}
    for row, cell in cells.items():
        given = _text(cell["province"])
        try:
            slug = provinces.resolve(given, year) if given else None
        except UnknownName as error:
            old = _known_slug(given)
            if old is None:  # the many of another year's form are said once, below
                problems.append(Problem(f"unknown province of the {year} edition", name, row, "province", given,
                                        f"nearest: {', '.join(error.nearest)}" if error.nearest else "restore the template's name"))
            continue
        if slug is None:
            problems.append(Problem("no province in this row", name, row, "province", fix="restore the template's rows"))
            continue
        if slug in seen:
            problems.append(Problem(f"province twice (also in row {seen[slug]})", name, row, "province", given, "delete one row"))
        seen.setdefault(slug, row)
        shown = _text(cell["name"])
        if shown and _known_slug(shown) not in (None, slug):
            problems.append(Problem(f"the name belongs to another province than {slug}: were the rows moved?", name, row, "name",
                                    shown, "restore the template's rows and check the figures"))
        cell["slug"] = slug
    expected = set(provinces.province_set(year))
    missing = sorted(expected - set(seen))
    foreign = [(row, _text(c["province"])) for row, c in cells.items() if _known_slug(_text(c["province"])) not in (None, *expected)]
    if other := _of_another_set({_known_slug(_text(c["province"])) for c in cells.values()}, year, name):
        return problems + other
    problems += [Problem(f"not a province of the {year} edition", name, row, "province", given, "restore the template's rows")
                 for row, given in foreign]
    problems += [Problem(f"province missing: {provinces.name(slug, 'vi', year)} ({slug})", name, column="province",
                         fix="restore its row; leave the figures empty, with a note, if none was published") for slug in missing]
    return problems


def _of_another_set(given: set, year: int, name: str) -> list[Problem]:
    """The 34 provinces of 2025 in a form of an edition before, or the 63 in one after: said once, not row by row."""
    other, expected = 2024 if year >= 2025 else 2025, provinces.province_set(year)
    if given - {None} != set(provinces.province_set(other)):
        return []
    return [Problem(f"these are the {len(given - {None})} provinces of the editions {'to 2024' if other == 2024 else 'from 2025'}, "
                    f"but edition {year} has {len(expected)}", name, column="province",
                    fix=f"use the form of {year}: make template YEAR={year}")]


def _known_slug(text: str) -> str | None:
    try:
        return provinces.resolve(text)
    except UnknownName:
        return None


def _figures(form: Form, cells: dict[int, dict], index_id: str, year: int) -> tuple[list[dict], list[Problem]]:
    """Tidy rows of the form, and what is wrong with single cells."""
    import pandas as pd

    name = form.path.name
    measured = ["overall", *indices.component_ids(index_id, year)]
    empty = [c for c in measured if not any(_text(cell[c]) for cell in cells.values())]
    if len(empty) == len(measured):
        return [], [Problem("the form is empty: no score in any row", name, fix="fill it before it goes into the inbox")]
    source, rows, problems, columns_of = f"inbox-{index_id}-{year}", [], [], []
    for row, cell in cells.items():
        blank = [c for c in measured if c not in empty and not _text(cell[c])]
        note = _text(cell["note"])
        if blank and not note:
            problems.append(Problem("empty, and the note does not say why", name, row, ", ".join(blank), None,
                                    "write the figure, or say in the note column why none was published"))
        for component in measured:
            if component in empty:
                continue
            value, trouble = _cell(cell[component], name, row, component)
            rank, rank_trouble = _cell(cell["rank"], name, row, "rank") if component == "overall" else ("", None)
            problems += [t for t in (trouble, rank_trouble) if t]
            if trouble or rank_trouble or "slug" not in cell:
                continue
            rows.append({"province_printed": _text(cell["name"]) or _text(cell["province"]), "province": cell["slug"],
                         "component": component, "level": "overall" if component == "overall" else "component",
                         "score": value, "rank": rank, "tier": "", "unit": indices.scale(index_id, component, year)[2],
                         "source": source, "locator": f"{name} {form.locator(row, component)}",
                         "note": f"not published: {note}" if not value else note, "file": name, "row": row,
                         "index_id": index_id, "year": year})
            columns_of.append(component)
    if rows:
        prepared = checks.prepare(pd.DataFrame(rows), [source])
        for at, found in checks.row_problems(prepared).items():
            for p in found:
                if p.column not in ("score", "rank"):  # provinces have been looked at, the rest is ours
                    continue
                column = columns_of[at] if p.column == "score" else p.column
                problems.append(Problem(p.problem, name, p.row, column, p.value, p.fix))
    top = len(provinces.province_set(year))
    problems += [Problem(f"not a rank from 1 to {top}", name, r["row"], "rank", r["rank"], "check the rank")
                 for r in rows if r["rank"].isdigit() and top < int(r["rank"]) <= checks.MAX_RANK]
    return rows, problems


def _cell(value: object, file: str, row: int, column: str) -> tuple[str, Problem | None]:
    """The text of a figure as the raw file holds it, or what is wrong with the cell."""
    if isinstance(value, (dt.date, dt.datetime, dt.time)):
        return "", Problem("a date: Excel took the figure for a day", file, row, column, _text(value),
                           "format the cell as a number and type the figure again")
    if isinstance(value, bool):
        return "", Problem("TRUE or FALSE, not a number", file, row, column, value, "write the figure")
    if isinstance(value, str) and value.strip().startswith("="):
        return "", Problem("a formula, not a number", file, row, column, value, "paste the value")
    try:
        number = parse_number(value)
    except BadInput as error:
        return "", Problem(error.problem, file, row, column, value, error.fix)
    if number is None:
        return "", None
    text = repr(number)
    return (text[:-2] if text.endswith(".0") else text), None


def _doubts(rows: list[dict], index_id: str, year: int) -> list[str]:
    """What is not wrong by itself but worth a second look: ranks against scores, composite against components."""
    import pandas as pd

    doubts = []
    table = pd.DataFrame(rows)
    table["value"] = pd.to_numeric(table["score"], errors="coerce")
    whole = table[table["component"].eq("overall")].set_index("province")
    rank = pd.to_numeric(whole["rank"], errors="coerce")
    computed = whole["value"].rank(method="min", ascending=False)
    if rank.notna().sum() == len(whole) == whole["value"].notna().sum():
        differs = sorted(rank.index[rank.ne(computed)])
        if differs:
            doubts.append(f"the printed rank of {', '.join(differs)} is not the order of the scores")
    weights = indices.weights(index_id, year)
    if weights:
        parts = table[table["component"].isin(list(weights))].pivot(index="province", columns="component", values="value")
        if set(weights) <= set(parts):
            top = indices.scale(index_id, "overall", year)[1]
            factor = {c: w / 100 * top / indices.scale(index_id, c, year)[1] for c, w in weights.items()}
            gap = (parts[list(factor)].mul(factor).sum(axis=1, min_count=len(factor)) - whole["value"]).abs()
            far = sorted(gap.index[gap > 0.5])
            if far:
                doubts.append(f"the overall score of {', '.join(far)} is more than 0.5 away from the weighted components: are "
                              "two columns swapped?")
    return doubts


# ---- taking in ------------------------------------------------------------------------------------------------------

@dataclass
class Accepted:
    """One form taken in: where its figures went, how many rows, what to look at."""

    index_id: str
    year: int
    form: str
    rows: int
    file: str
    replaced: int
    warnings: list[str]

    def __str__(self) -> str:
        said = f"{self.form}: {self.rows} rows → {self.file}" + (f" ({self.replaced} replaced)" if self.replaced else "")
        return "\n".join([said, *(f"  look again: {w}" for w in self.warnings)])


def waiting(inbox: Path | None = None) -> list[Path]:
    """Files in the inbox that are not instructions, hidden, or a spreadsheet program's lock."""
    folder = Path(inbox) if inbox else paths.inbox()
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir()
                  if path.is_file() and path.name != "README.md" and not path.name.startswith((".", "~$")))


def intake(inbox: Path | None = None, raw: Path | None = None) -> list[Accepted]:
    """Take in every filled form of the inbox, or none.

    On success a form's figures stand in ``raw/<index>/<year>.csv`` (beside what other sources state there; an earlier form
    of the same edition is replaced), with sidecar and an entry in ``raw/catalogue_local.yaml``, and the form itself lies in
    ``inbox/accepted``.

    Raises
    ------
    BadInput
        With every problem of every form; nothing is changed then.
    """
    folder = Path(inbox) if inbox else paths.inbox()
    raw = Path(raw) if raw else paths.raw()
    problems, checked = [], []
    for path in waiting(folder):
        if path.suffix.lower() not in (".csv", ".tsv", ".txt", ".xlsx", ".xls"):
            problems.append(Problem("not a form", path.name, fix="save it as .xlsx or CSV UTF-8, or take it out of the inbox"))
            continue
        try:
            checked.append(check_form(read_form(path)))
        except BadInput as error:
            problems += getattr(error, "problems", [Problem(error.problem, path.name, error.row, error.column, error.value, error.fix)])
    first: dict[tuple, str] = {}
    for one in checked:
        key = (one.index_id, one.year)
        if key in first:
            problems.append(Problem(f"a second form of {one.index_id} {one.year} (beside {first[key]})", one.form.path.name,
                                    fix="keep one of the two"))
        first.setdefault(key, one.form.path.name)
        problems += _target_problems(raw / one.index_id / f"{one.year}.csv")
    refuse(problems)
    return [_take_in(one, folder, raw) for one in checked]


def _target_problems(target: Path) -> list[Problem]:
    """The file that the figures will join, where there is one: an edited one is not quietly stamped again."""
    if not target.is_file():
        return []
    try:
        sidecar.read(target)
        checks.read_tidy(target)
    except BadInput as error:
        return [Problem(error.problem, f"{target.parent.name}/{target.name}", fix=error.fix)]
    return []


def _take_in(one: Checked, inbox: Path, raw: Path) -> Accepted:
    import pandas as pd
    import yaml

    from govlib.collect import tidy

    source = f"inbox-{one.index_id}-{one.year}"
    digest = hashlib.sha256(one.form.path.read_bytes()).hexdigest()
    kept_as = inbox / "accepted" / f"{one.form.path.stem}-{digest[:8]}{one.form.path.suffix.lower()}"
    new = pd.DataFrame(one.rows)[list(checks.TIDY)]
    new["locator"] = new["locator"].str.replace(one.form.path.name, kept_as.name, n=1, regex=False)
    target, replaced = raw / one.index_id / f"{one.year}.csv", 0
    meta, extra, warnings = {}, {}, list(one.warnings)
    if target.is_file():
        meta = sidecar.read(target)
        old = checks.read_tidy(target).drop(columns="row")
        replaced = int(old["source"].eq(source).sum())
        warnings += _against_others(one.rows, old[old["source"].ne(source)])
        new = pd.concat([old[old["source"].ne(source)], new], ignore_index=True)
        usual = ("index_id", "edition", "producer", "citation", "url", "terms", "transcribed", "method_version", "sources", "sha256")
        extra = {key: value for key, value in meta.items() if key not in usual}
    table = new.assign(score=pd.to_numeric(new["score"].where(new["score"].ne("")).str.replace(",", ".")),
                       rank=pd.to_numeric(new["rank"].where(new["rank"].ne(""))).astype("Int64"))
    given = one.form.meta
    citation = meta.get("citation") or given["citation"]
    if meta and given["citation"] not in citation:
        citation = f"{citation}; {given['citation']}"
    entry = _entry(one, source, digest)
    with tempfile.TemporaryDirectory(dir=raw, prefix=".intake-") as temporary:
        made = tidy.write(table, temporary, one.index_id, one.year, producer=meta.get("producer") or given["producer"],
                           citation=citation, url=meta.get("url") or given["url"], terms=meta.get("terms") or given["terms"],
                           transcribed=given["transcribed"], method_version=str(indices.method_version(one.index_id, one.year)),
                           extra=extra)
        listed = Path(temporary) / LOCAL
        known = local_sources(raw)
        listed.write_text(_HEAD + yaml.safe_dump({"sources": [*(s for s in known if s["id"] != source), entry]},
                                                 allow_unicode=True, sort_keys=False, width=120), encoding="utf-8")
        target.parent.mkdir(parents=True, exist_ok=True)
        kept_as.parent.mkdir(parents=True, exist_ok=True)
        os.replace(listed, raw / LOCAL)
        os.replace(made, target)
        os.replace(made.with_name(f"{made.stem}.meta.yaml"), target.with_name(f"{target.stem}.meta.yaml"))
        shutil.move(one.form.path, kept_as)
    return Accepted(one.index_id, one.year, one.form.path.name, len(one.rows), f"{one.index_id}/{target.name}", replaced, warnings)


def _against_others(rows: list[dict], old: pd.DataFrame) -> list[str]:
    """Figures of the form that another source states otherwise: the form is believed, and a person should know it."""
    given = {(row["province"], row["component"]): row["score"] for row in rows if row["score"]}
    stated = old.assign(value=checks.numbers(old["score"]))
    stated = stated[stated["value"].notna()]
    differs = [f"{row.province} {row.component} {row.score} in {row.source}, {given[row.province, row.component]} in the form"
               for row in stated.itertuples() if (row.province, row.component) in given
               and not checks.agrees(row.score, row.value, text := given[row.province, row.component], float(text))]
    if not differs:
        return []
    more = f" and {len(differs) - 5} more" if len(differs) > 5 else ""
    return [f"the form is believed against other sources: {'; '.join(differs[:5])}{more}"]


LOCAL = "catalogue_local.yaml"
_HEAD = ("# Sources taken in through data/raw/inbox (written by the intake; one entry an edition).\n"
         "# Same fields as the catalogue that ships with the project.\n")


def local_sources(raw: Path | None = None) -> list[dict]:
    """Entries of ``catalogue_local.yaml``, as written; empty where nothing has been taken in."""
    import yaml

    path = (Path(raw) if raw else paths.raw()) / LOCAL
    if not path.is_file():
        return []
    return list((yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("sources", []))


def _entry(one: Checked, source: str, digest: str) -> dict:
    given = one.form.meta
    return {"id": source, "index_id": one.index_id, "edition": str(one.year), "producer": given["producer"],
            "title": given["citation"], "citation": given["citation"], "url": given["url"], "terms": given["terms"],
            "format": one.form.path.suffix.lower().lstrip("."), "sha256": digest,
            "method_version": str(indices.method_version(one.index_id, one.year)), "known_gaps": "", "fetch": False,
            "mirror_path": "", "priority": 1, "accessed": given["transcribed"]}


def main(argv: Sequence[str] | None = None) -> int:
    """``govlib template --index pci --year 2025``"""
    ask = argparse.ArgumentParser(prog="govlib template", description="Write the form of an edition, as CSV and Excel.")
    ask.add_argument("--index", required=True, help="pci, papi, par, sipas, dti, ict or pgi")
    ask.add_argument("--year", required=True, type=int, help="the edition, e.g. 2025")
    ask.add_argument("--out", type=Path, help="folder (default: data/raw/inbox/templates)")
    given = ask.parse_args(argv)
    for path in template(given.index, given.year, given.out):
        print(path)
    print("fill one of the two, put it into data/raw/inbox, then: make panel")
    return 0
