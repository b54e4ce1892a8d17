"""The form of an edition: the right provinces and components, as CSV and as a workbook that guides the hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from govlib import files, paths
from govlib.errors import BadInput
from govlib.forms import table, write
from govlib.forms.problems import Problem, refuse, say
from govlib.known import indices, provinces
from govlib.words.tables import LANGS, pair, phrase

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

SCORES, SOURCE, NOTES = "scores", "source", "notes"
WRITES = ("data/raw/inbox/templates",)
MAKE = "make template"
MOST_ROWS = 1_000  # 64 provinces, the fields, and some patience

MUST = {"index": True, "year": True, "producer": True, "citation": True, "url": True, "terms": True, "transcribed": True,
        "transcribed_by": False}
# key -> (must be filled, Vietnamese hint, English hint)
FIELDS = {key: (must, *pair(f"inbox_form.field_{key}")) for key, must in MUST.items()}
TERMS = "figures as printed by the publisher, cited as facts"
# notes offered in the form; any other text is welcome
WHY_EMPTY = tuple(phrase(f"inbox_form.why_{why}", "vi") for why in ("not_published", "outside", "not_surveyed"))
TEXTS = ("province", "name", "note")
_OURS = ("province", "name", "overall", "rank")
LAYOUT = table.Layout({key: must for key, (must, *_) in FIELDS.items()}, texts=TEXTS, shared=("rank",), make=MAKE, sheet=SCORES,
                      about=SOURCE, formulas=False, most_rows=MOST_ROWS)


def columns(index: str, year: int) -> list[str]:
    """Columns of the form of an edition: province, name, overall, rank, its components, note.

    >>> from govlib import inbox
    >>> inbox.columns("pgi", 2023)[:3]
    ['province', 'name', 'overall']
    """
    return [*_OURS, *indices.component_ids(index, year), "note"]


def read_form(path: Path) -> table.Table:
    """A filled form, CSV or Excel; unreadable files raise BadInput, doubtful cells become problems of the form.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from govlib import inbox
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     form = inbox.read_form(inbox.template("pci", 2024, Path(folder))[0])
    ...     print(len(form.rows))
    63
    """
    return table.read(path, LAYOUT)


def template(index: str, year: int, out: Path | None = None, double: bool = False) -> list[Path]:
    """Write ``<index>_<year>.csv`` and ``.xlsx`` and return their paths; ``double``: one pair each for two people who type the
    edition without seeing each other's form (``_a``, ``_b``), which the intake compares.

    Provinces are those of the edition (34 from 2025, 63 before). ``out`` is ``data/raw/inbox/templates`` unless given:
    a folder that the intake does not look into, so that an empty form does not stop it.

    Raises
    ------
    UnknownName
        No such index.
    BadInput
        A year before the index began or after next year; a form of that name that somebody has begun to fill.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from govlib import inbox
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     print([path.name for path in inbox.template("pci", 2024, Path(folder))])
    ['pci_2024.csv', 'pci_2024.xlsx']
    """
    if index not in indices.INDICES:
        from govlib.known import names  # takes a second, for it knows the estimators too

        index = names.index(index)
    definition = indices.index(index)
    check_year(definition, year)
    folder = Path(out) if out else paths.inbox() / "templates"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(say("no folder can be made there ({why})", why=error.strerror), column="--out", value=str(folder),
                       fix="name a folder that you may write to") from error
    meta = {"index": index, "year": str(year), "producer": definition.producer("vi", year), "terms": TERMS}
    header = columns(index, year)
    labels = [table.HASH + "label", phrase("inbox_form.province"), f"{indices.name(index, 'overall', year=year)}",
              phrase("inbox_form.rank"),
              *(indices.name(index, component, year=year) for component in header[4:-1]), phrase("inbox_form.note")]
    places = [[slug, provinces.name(slug, "vi", year)] for slug in provinces.province_set(year)]
    about = [[key, meta.get(key, ""), vi, en, must] for key, (must, vi, en) in FIELDS.items()]
    hands = ("_a", "_b") if double else ("",)
    targets = [folder / f"{index}_{year}{hand}{kind}" for hand in hands for kind in (".csv", ".xlsx")]
    refuse(problem for path in targets for problem in _would_be_lost(path))
    lines: list[Sequence[object]] = [
        *([table.HASH + str(key), value, f"{vi} / {en}"] for key, value, vi, en, _ in about), labels, header,
        *([*place, *[""] * (len(header) - 2)] for place in places)]
    made: dict[str, bytes | str] = {".csv": write.rows_csv(lines),
                                    ".xlsx": _workbook(index, year, about, [labels, header, *places])}
    return files.write_all({path: made[path.suffix] for path in targets})


def _would_be_lost(path: Path) -> list[Problem]:
    """A form that somebody has begun to fill is not written over."""
    if not path.is_file():
        return []
    try:
        form = read_form(path)
    except BadInput:
        begun = True  # whatever it is, it is not an empty form
    else:
        begun = any(text for _, cells in form.rows for column, text in cells.items() if column not in ("province", "name")) or any(
            form.meta.get(key) for key in ("citation", "url", "transcribed"))
    return [Problem("a form of this name is there and not empty", path.name, fix="move or delete it first")] if begun else []


def check_year(definition: indices.IndexDef, year: int) -> None:
    """Raise BadInput for a year that the index cannot have an edition of."""
    if isinstance(year, bool) or not isinstance(year, int):
        raise BadInput("the year is a whole number", column="year", value=year, fix="write 2025")
    last = dt.date.today().year + 1
    if not definition.first_edition <= year <= last:
        raise BadInput(say("{index} has no edition {year}", index=definition.id, year=year), column="year", value=year,
                       fix=say("take {first} to {last}", first=definition.first_edition, last=last))


# ---- the workbook ----------------------------------------------------------------------------------------------------

def _workbook(index: str, year: int, about: Sequence[Sequence[object]], rows: Sequence[Sequence[object]]) -> bytes:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, PatternFill

    book = Workbook()
    sheet = book.active
    sheet.title = SCORES
    for row in rows:
        write.append(sheet, row)
    header = [str(column) for column in rows[1]]
    _guide(sheet, index, year, header, 3, len(rows))
    grey = PatternFill("solid", fgColor="E7E6E6")
    for cell in (*sheet[1], *sheet[2]):
        cell.font, cell.fill, cell.alignment = Font(bold=True), grey, Alignment(wrap_text=True, vertical="top")
    source = book.create_sheet(SOURCE)
    write.append(source, ["field", "value", *pair("inbox_form.language")])
    for key, value, vi, en, must in about:
        write.append(source, [key, value, *(f"{hint}{phrase('inbox_form.required', lang) if must else ''}"
                                            for hint, lang in ((vi, "vi"), (en, "en")))])
    for letter, width in zip("ABCD", (16, 60, 50, 50), strict=True):
        source.column_dimensions[letter].width = width
    for cell in source[1]:
        cell.font = Font(bold=True)
    notes = book.create_sheet(NOTES)
    for line in _instructions(index, year, header):
        write.append(notes, line)
    notes.column_dimensions["A"].width = notes.column_dimensions["B"].width = 80
    for row in notes.iter_rows():
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    return write.workbook_bytes(book)


def _guide(sheet: Worksheet, index: str, year: int, header: list[str], first: int, last: int) -> None:
    """Locked rows and columns, number formats, drop-downs and bounds: wrong cells are refused while typing."""
    from openpyxl.styles import PatternFill, Protection
    from openpyxl.utils import get_column_letter

    given = PatternFill("solid", fgColor="F5F5F5")
    for row in sheet.iter_rows(min_row=first, max_row=last, max_col=len(header)):
        for cell in row[:2]:
            cell.fill = given
        for cell in row[2:]:  # everything else is locked, so that rows and columns stay in place
            cell.protection = Protection(locked=False)
            if header[cell.column - 1] not in ("rank", "note"):
                cell.number_format = "0.00##"
    sheet.protection.sheet = True
    for name in ("formatCells", "formatColumns", "formatRows", "sort"):
        setattr(sheet.protection, name, False)
    sheet.freeze_panes = "C3"
    for at, column in enumerate(header, 1):
        letter = get_column_letter(at)
        sheet.column_dimensions[letter].width = {"province": 20, "name": 22, "rank": 8, "note": 40}.get(column, 15)
        if column not in ("province", "name"):
            rule = _rule(index, year, column, last - first + 1)
            sheet.add_data_validation(rule)
            rule.add(f"{letter}{first}:{letter}{last}")


def _both(what: str) -> str:
    vi, en = pair(f"inbox_form.{what}")
    return f"{vi} / {en.lower()}"


def _rule(index: str, year: int, column: str, places: int):
    """What a column takes: a reason, a whole rank, a number within the scale."""
    from openpyxl.worksheet.datavalidation import DataValidation

    if column == "note":
        rule = DataValidation(type="list", formula1='"' + ",".join(WHY_EMPTY) + '"', allow_blank=True, showErrorMessage=False)
        rule.promptTitle, rule.prompt, rule.showInputMessage = _both("note"), _both("why_empty"), True
        return rule
    if column == "rank":
        rule = DataValidation(type="whole", operator="between", formula1="1", formula2=str(places), allow_blank=True)
        rule.errorTitle, rule.error = _both("rank"), f"1–{places}"
    else:
        low, high, _ = indices.scale(index, column, year)
        bounded = low is not None and high is not None
        rule = DataValidation(type="decimal", operator="between" if bounded else "greaterThanOrEqual",
                              formula1=str(low or 0), formula2=str(high) if bounded else None, allow_blank=True)
        rule.errorTitle, rule.error = _both("score"), f"{low:g}–{high:g}" if bounded else "≥ 0"
    rule.showErrorMessage = True
    return rule


def _instructions(index: str, year: int, header: list[str]) -> list[list[str]]:
    scales = []
    for column in [c for c in header if c not in ("province", "name", "rank", "note")]:
        low, high, unit = indices.scale(index, column, year)
        span = f"{low:g}–{high:g}" if low is not None and high is not None else "≥ 0"
        scales.append([f"{column}: {indices.name(index, column, 'vi', year)}, {span} {unit}",
                       f"{column}: {indices.name(index, column, 'en', year)}, {span} {unit}"])
    return [
        [phrase("inbox_form.title", lang, name=indices.name(index, lang=lang), year=year) for lang in LANGS],
        *([*pair(f"inbox_form.rule_{k}")] for k in range(1, 7)),
        ["", ""], *scales]
