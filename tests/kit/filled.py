"""Filled forms, small and made up (SYNTHETIC), and what a check of them says, in both languages."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import openpyxl
import pytest

from govlib.errors import BadInput
from govlib.forms.problems import Problem, problems_of


def filled(folder: Path, meta: Mapping[str, object], columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> Path:
    """``form.csv``: the fields, the header, the rows; a cell that a row does not name is empty."""
    path = folder / "form.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as handle:
        write = csv.writer(handle)
        write.writerows([f"#{key}", value] for key, value in meta.items())
        write.writerow(columns)
        write.writerows([row.get(column, "") for column in columns] for row in rows)
    return path


def refusal(read, path: Path) -> list[Problem]:
    """What is wrong with a form, one by one."""
    with pytest.raises(BadInput) as error:
        read(path)
    return problems_of(error.value)


def said(problems: Iterable[Problem], file: str = "form.csv") -> list[str]:
    """The problems as a person reads them: English and Vietnamese in turn; where a row is named, without the name of the file."""
    return [text.removeprefix(f"{file}, ") for problem in problems for text in (str(problem), problem.vi())]


def wrong_at(row: int, column: str, value: str, english: str, vietnamese: str) -> list[str]:
    """What is said of one cell (of a row, without a column) and nothing else: its place with what is typed there, the problem and its remedy."""
    typed = [f", {word} {value!r}" if value else "" for word in ("value", "giá trị")]
    return [f"row {row}{f', column {column}' if column else ''}{typed[0]}: {english}", f"dòng {row}{f', cột {column}' if column else ''}{typed[1]}: {vietnamese}"]


def lines(path: Path) -> list[list[str]]:
    """The rows of a CSV."""
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.reader(handle))


def sheet(path: Path, name: str) -> list[list[object]]:
    """The rows of a workbook's sheet, without what is empty at their ends."""
    rows = [list(row) for row in openpyxl.load_workbook(path)[name].iter_rows(values_only=True)]
    for row in rows:
        while row and row[-1] is None:
            row.pop()
    return rows


def choices(path: Path) -> dict[str, tuple[list[object], str]]:
    """Column → what its drop-down offers, and the cells that have it."""
    book = openpyxl.load_workbook(path)
    data, offered = book["data"], book["lists"]
    header = next(row for row in data.iter_rows(values_only=True) if not str(row[0]).startswith("#"))
    found = {}
    for rule in data.data_validations.dataValidation:
        values = [cell.value for (cell,) in offered[rule.formula1.partition("!")[2].replace("$", "")]]
        found[header[openpyxl.utils.range_boundaries(str(rule.sqref))[0] - 1]] = (values, str(rule.sqref))
    return found
