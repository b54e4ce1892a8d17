"""Whatever a unit is called, a spreadsheet program takes it for text; figures stay figures; a file is written whole or not at all."""

from __future__ import annotations

import csv
import io
import os
import resource
import subprocess
import sys
import zipfile

import openpyxl
import pandas as pd
import pytest

from govlib import files
from govlib.forms import table, write
from govlib.forms.formulas import is_formula, safe

NASTY = ["=cmd|'/c calc'!A1", '=HYPERLINK("http://x","y")', "@SUM(A1)", "+cmd|x", "-2+3", "\t=1", "\r=1", "\n=1", " =1", "\u200b=1", "＝1+1",
         "%x", "|x", "-", "+84 912", "=", "\ufeff=1"]
HARMLESS = ["Bắc Ninh", "-3.12", "+5", "-3,12", "5%", "", "a=b", "1e-5", "-1e5", "−3", "– 3", "(3)", "#N"]


@pytest.mark.parametrize("text", NASTY)
def test_text_that_a_spreadsheet_would_run(text):
    assert is_formula(text) and safe(text) == f"'{text}"


@pytest.mark.parametrize("text", HARMLESS)
def test_text_that_it_would_not(text):
    assert not is_formula(text) and safe(text) == text


def test_a_table_of_a_report():
    frame = pd.DataFrame({"=unit": NASTY, "gap": [-3.12] * len(NASTY), "n": pd.array([-1] * len(NASTY), dtype="Int64"), "empty": [None] * len(NASTY)})
    data = write.frame_csv(frame).encode()
    assert data.startswith(b"\xef\xbb\xbf") and b"\r\n" in data
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert rows[0][0] == "'=unit" and all(row[0].startswith("'") and row[1:] == ["-3.12", "-1", ""] for row in rows[1:])


def test_a_form_keeps_its_cells_through_both_kinds_of_file(tmp_path):
    rows = [[str(at), text] for at, text in enumerate(NASTY + HARMLESS)]
    layout = table.Layout({"by": False}, ("id", "unit"), ("id", "unit"), make="x")
    for made in (write.form_csv(tmp_path / "a.csv", [("by", "=x")], ["id", "unit"], rows),
                 write.form_xlsx(tmp_path / "a.xlsx", [("by", "=x")], ["id", "unit"], rows, choices={"unit": ["a"]}, notes=[["=n"]])):
        found = table.read(made, layout)
        assert found.problems == [] and found.meta["by"] == "=x"
        clean = {str(at): " ".join(text.replace("\u200b", "").replace("\ufeff", "").split()) for at, text in enumerate(NASTY + HARMLESS)}
        assert {cells["id"]: cells["unit"] for _, cells in found.rows} == clean
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not any(cell.data_type == "f" for cell in cells)
    assert next(cell for cell in cells if cell.value == "@SUM(A1)").quotePrefix


def test_signs_that_a_workbook_cannot_hold_are_left_out(tmp_path):
    write.form_xlsx(tmp_path / "a.xlsx", [], ["id"], [["a\x00b\x0b"]])
    assert openpyxl.load_workbook(tmp_path / "a.xlsx")["data"]["A2"].value == "ab"


def test_whole_or_not_at_all(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("before")
    with pytest.raises(RuntimeError), files.whole(target) as part:
        part.write_text("half")
        raise RuntimeError
    assert target.read_text() == "before" and [p.name for p in tmp_path.iterdir()] == ["a.txt"]
    with pytest.raises(OSError):
        files.write_all({tmp_path / "b.txt": "b", target / "c.txt": "c"})
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]
    files.write_all({target: "after", tmp_path / "b.txt": b"b"})
    assert target.read_text() == "after" and (tmp_path / "b.txt").read_bytes() == b"b"


def test_what_a_killed_process_left_is_swept_away(tmp_path):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    dead, alive = tmp_path / f".a.txt.{gone.pid}.part", tmp_path / ".a.txt.1.part"
    for left in (dead, alive):
        left.write_text("half")
    files.write(tmp_path / "a.txt", "whole")
    assert sorted(p.name for p in tmp_path.iterdir()) == [".a.txt.1.part", "a.txt"]


@pytest.mark.parametrize("command", [["template", "--index", "pci", "--year", "2024"], ["institute", "template", "satisfaction"]])
def test_a_full_disk_leaves_nothing_half_written(tmp_path, command):
    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))  # no file may grow beyond 6 kB: what a full disk does
    done = subprocess.run([sys.executable, "-m", "govlib", *command, "--out", str(tmp_path)], capture_output=True, text=True,
                          preexec_fn=small, env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}, check=False)  # nor a module's half
    assert done.returncode == 1 and done.stderr.startswith(f"govlib {command[0]}: "), done.stderr
    assert not [p for p in tmp_path.iterdir() if p.suffix == ".xlsx" or ".part" in p.name]
    again = subprocess.run([sys.executable, "-m", "govlib", *command, "--out", str(tmp_path)], capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr


def test_an_empty_form_does_not_ask_to_be_calculated(tmp_path):
    """Under that mark readers refuse what stands beside a formula, and some programs keep it when they save."""
    path = write.form_xlsx(tmp_path / "form.xlsx", [("year", 2025)], ["id", "score"])
    with zipfile.ZipFile(path) as archive:
        assert b'fullCalcOnLoad="1"' not in archive.read("xl/workbook.xml")


def test_nothing_that_a_form_says_is_cut_by_the_cell_beside_it(tmp_path):
    """The Vietnamese explanation ended where the English one began, a criterion's name after twelve letters."""
    rows, notes = [["1", "Công tác chỉ đạo, điều hành cải cách hành chính", "x"], ["2", "y" * 90, ""]], [["vi " * 40, "en " * 40]]
    book = openpyxl.load_workbook(write.form_xlsx(tmp_path / "form.xlsx", [("year", 2025, "z" * 100)], ["id", "name", "score"], rows, notes=notes))
    assert [book["data"].column_dimensions[letter].width for letter in "ABC"] == [12, 60, 12]
    assert all(cell.alignment.wrap_text for cell in book["notes"][1])
    assert book["notes"].sheet_properties.pageSetUpPr.fitToPage and book["notes"].page_setup.fitToHeight == 0
