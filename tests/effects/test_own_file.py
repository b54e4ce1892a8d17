"""A researcher's own file: what a person sees in it is what the estimate takes, or the cell is named."""

from __future__ import annotations

import csv
import datetime as dt

import openpyxl
import pandas as pd
import pytest

from govlib.effects import own_file
from govlib.errors import BadInput
from govlib.run import effects as cli

HEAD = ["province", "Year", "Điểm", "law"]
ROWS = [["An Giang", "2010", "50.5", "0"], ["An Giang", "2011", "51.25", "1"], ["Bắc Ninh", "2010", "48.75", "0"], ["Bắc Ninh", "2011", "49", "0"]]


def of_csv(tmp_path, row=None, column=None, text="", before="", delimiter=",", encoding="utf-8", name="mine.csv"):
    rows = [list(line) for line in ROWS]
    if row is not None:
        rows[row][column] = text
    path = tmp_path / name
    with path.open("w", encoding=encoding, newline="") as handle:
        handle.write(before)
        csv.writer(handle, delimiter=delimiter).writerows([HEAD, *rows])
    return path


def of_xlsx(tmp_path, change=None):
    book = openpyxl.Workbook()
    book.active.append(HEAD)
    for province, *figures in ROWS:
        book.active.append([province, *map(float, figures)])
    if change:
        change(book.active)
    path = tmp_path / "mine.xlsx"
    book.save(path)
    return path


def read(path):
    return own_file.read(path, ["Điểm"], ["province", "Year", "law"])


def scores(path):
    return read(path)[0]["Điểm"].tolist()


def test_text_and_workbook_give_the_same_columns_by_their_own_names(tmp_path):
    found = [read(path)[0] for path in (of_csv(tmp_path), of_csv(tmp_path, delimiter=";", encoding="utf-16", name="b.csv"), of_xlsx(tmp_path),
                                        of_csv(tmp_path, delimiter="\t", name="c.tsv", before="# made by hand\n\n"))]
    for frame in found:
        assert set(frame) == set(HEAD) and frame["Điểm"].tolist() == [50.5, 51.25, 48.75, 49.0]
        assert own_file.times(frame["Year"]).tolist() == [2010, 2011, 2010, 2011]


@pytest.mark.parametrize(("text", "problem"), [
    ("#N/A", "the error"), ("51²", "not a number"), ("51*", "not a number"), ("n/a", "not a number"), ("51%", "per cent and others are not"),
    ("1,234", "could be"), ("TRUE", "not a number"), ("(51)", "not a number")])
def test_a_cell_that_is_no_figure_is_named_by_the_row_that_a_spreadsheet_shows(tmp_path, text, problem):
    for before, row in (("", 3), ("\r\n# note\r\n", 5)):
        with pytest.raises(BadInput, match=problem) as error:
            read(of_csv(tmp_path, 1, 2, text, before))
        assert [(p.row, p.column) for p in error.value.problems] == [(row, "Điểm")]


@pytest.mark.parametrize(("text", "value"), [("NA", None), (".", None), ("", None), ("51,25", 51.25), ("\u221251", -51), ("5.1e-05", 5.1e-05), ("５１", 51)])
def test_how_programs_and_people_write_figures(tmp_path, text, value):
    found = scores(of_csv(tmp_path, 1, 2, text))[1]
    assert found == value or value is None and pd.isna(found)


def test_a_column_of_per_cent_counts_in_points(tmp_path):
    def shares(sheet):
        for cell in sheet["C"][1:]:
            cell.value, cell.number_format = cell.value / 100, "0%"
    assert scores(of_xlsx(tmp_path, shares)) == [50.5, 51.25, 48.75, 49.0]  # all digits, not the rounded ones on the screen


@pytest.mark.parametrize(("value", "code", "problem"), [
    (dt.date(2024, 1, 2), "d/m", "took the figure for a day"), (True, "General", "TRUE or FALSE"), ("=1+1", "General", "without a calculated value"),
    (51.25, "0.0,", "its format"), ("#REF!", "General", "the error #REF!")])
def test_cells_of_a_workbook_that_are_no_figures(tmp_path, value, code, problem):
    def change(sheet):
        sheet["C3"].value, sheet["C3"].number_format = value, code
    with pytest.raises(BadInput, match=problem) as error:
        read(of_xlsx(tmp_path, change))
    assert (error.value.row, error.value.column) == (3, "Điểm")


def test_merged_units_hidden_rows_titles_and_doubles(tmp_path):
    assert read(of_xlsx(tmp_path, lambda sheet: sheet.merge_cells("A2:A3")))[0]["province"].tolist() == [r[0] for r in ROWS]

    def hide(sheet):
        sheet.row_dimensions[3].hidden = True
    for path, words in ((of_xlsx(tmp_path, hide), "row 3: the row is hidden"),
                        (of_csv(tmp_path, before="Bảng 1\n"), "the header stands in row 2")):
        with pytest.raises(BadInput, match=words):
            read(path)
    twice = of_csv(tmp_path)
    twice.write_text(twice.read_text(encoding="utf-8").replace("law", "Điểm"), encoding="utf-8")
    with pytest.raises(BadInput, match="stands twice"):
        read(twice)


def test_periods():
    assert own_file.times(["2015.0", None, "NA", "Inf"]).tolist() == [2015, pd.NA, pd.NA, pd.NA]
    days = own_file.times(["01/02/2024", "2024-03-05", "4/2024", "2024Q3"])
    assert [f"{day:%Y-%m-%d}" for day in days] == ["2024-02-01", "2024-03-05", "2024-04-01", "2024-07-01"]
    with pytest.raises(ValueError, match="YYYY-MM-DD"):
        own_file.times(["01/02/2024", "02/13/2024"])  # the month first: another day of the file would be misread


def test_an_error_of_the_panel_names_the_row_of_the_file(tmp_path):
    path = of_csv(tmp_path, 1, 1, "2010", before="\r\n\r\n")
    with pytest.raises(BadInput, match=r"mine.csv, row 5.*another row for Year 2010"):
        cli.main(["--panel", str(path), "--unit", "province", "--time", "Year", "--outcomes", "Điểm", "--treated", "law"])


@pytest.mark.parametrize("suffix", [".parquet", ".dta"])
def test_a_damaged_table_is_refused_wherever_it_breaks(tmp_path, suffix):
    whole = tmp_path / f"whole{suffix}"
    table = pd.DataFrame({"unit": [f"u{i}" for i in range(40)], "time": range(40), "y": [0.5 * i for i in range(40)]})
    table.to_parquet(whole) if suffix == ".parquet" else table.to_stata(whole, write_index=False)
    data, mine = whole.read_bytes(), tmp_path / f"mine{suffix}"
    for damaged in (b"", b"\0" * 64, b"unit,time,y\na,1,2\n", *(data[:n] for n in range(0, len(data) - 200, max(1, len(data) // 40)))):
        mine.write_bytes(damaged)
        with pytest.raises(BadInput, match="damaged, or of another kind"):
            own_file.read(mine, ["y"], ["unit"])
    assert len(own_file.read(whole, ["y"], ["unit"])[0]) == 40
