"""A researcher's own file: what a person sees in it is what the estimate takes, or the cell is named."""

from __future__ import annotations

import csv
import datetime as dt
import time
import warnings

import openpyxl
import pandas as pd
import pytest
from kit.filled import refusal, said, wrong_at

from govlib.effects import own_file
from govlib.errors import BadInput
from govlib.forms.problems import problems_of
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


@pytest.mark.parametrize(("columns", "told"), [(HEAD, True), (HEAD[:2], False)])
def test_a_second_sheet_of_the_same_table_is_not_left_out_without_a_word(tmp_path, columns, told):
    def another(sheet):
        other = sheet.parent.create_sheet("2012")
        other.append(columns)
        other.append(["An Giang", 2012, 52, 1][:len(columns)])
    path = of_xlsx(tmp_path, another)
    if not told:
        assert len(read(path)[0]) == 4
        return
    [problem] = refusal(read, path)
    assert (problem.problem, problem.value) == ("another sheet holds a table of this form, and would be left out", "2012") and "'Sheet'" in problem.fix


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


def test_a_column_of_three_decimals(tmp_path):
    """As programs print with %.3f; between semicolons the point is as likely to stand between thousands (tests/forms/test_seen_told.py)."""
    path = of_csv(tmp_path)
    for old, new in zip(("50.5", "51.25", "48.75", "49,"), ("50.500", "51.250", "48.750", "49.000,"), strict=True):
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert scores(path) == [50.5, 51.25, 48.75, 49.0]
    path.write_text(path.read_text(encoding="utf-8").replace(",", ";"), encoding="utf-8")
    assert [(p.row, str(p.problem)) for p in refusal(read, path)] == [(row, "could be a thousand or a fraction") for row in (2, 3, 4, 5)]


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
    assert own_file.times(["2015", "never", "2016"]).dtype == "Int64" and own_file.times(["2015", "-3"]).dtype == "int64"
    with warnings.catch_warnings(action="error"):
        days = own_file.times(["01/02/2024", "2024-03-05", "4/2024", "2024Q3", "11-2024", "2024q4", "5 March 2024", "2024-03-05 12:30", None, ".", "2025"])
    assert ["" if pd.isna(day) else f"{day:%Y-%m-%d %H:%M}".removesuffix(" 00:00") for day in days] == [
        "2024-02-01", "2024-03-05", "2024-04-01", "2024-07-01", "2024-11-01", "2024-10-01", "2024-03-05", "2024-03-05 12:30", "", "", "2025-01-01"]


@pytest.mark.parametrize("text", ["02/13/2024", "02-03-2024", "2.3.2024", "2024.5", "now", "today", "12:30", "03"])
def test_what_could_be_another_day_is_none(text):
    """The month first, where another day of the file would be misread; half a year; and words and times for the day of the run."""
    with pytest.raises(own_file.NotADay, match=f"'{text}': write YYYY-MM-DD"):
        own_file.times(["01/02/2024", text])


def test_what_is_no_period_is_named_with_its_row(tmp_path):
    path = of_csv(tmp_path, 2, 1, "năm 2010", before="\r\n")
    with pytest.raises(BadInput) as error:
        cli.main(["--panel", str(path), "--unit", "province", "--time", "Year", "--outcomes", "Điểm", "--treated", "law"])
    assert said(problems_of(error.value), "mine.csv") == wrong_at(5, "Year", "năm 2010", "not a date → write YYYY-MM-DD", "không phải ngày → ghi dạng NNNN-TT-NN")
    with pytest.raises(own_file.NotADay) as error:
        own_file.times(["2024-01", None, "2024-13.0"])
    assert (error.value.text, error.value.at) == ("2024-13.0", 2)


# ---- what is told, word by word ---------------------------------------------------------------------------------------

def told(path):
    return said(refusal(read, path), path.name)


def test_files_that_are_not_read(tmp_path):
    assert told(of_csv(tmp_path, name="mine.pdf")) == [
        "mine.pdf: this kind of file is not read → one of .csv, .tsv, .txt, .xlsx, .xlsm, .xls, .parquet, .dta",
        "mine.pdf: không đọc được loại tệp này → một trong: .csv, .tsv, .txt, .xlsx, .xlsm, .xls, .parquet, .dta"]
    assert told(tmp_path / "gone.csv") == ["gone.csv: there is no such file → check the name", "gone.csv: không có tệp này → xem lại tên tệp"]
    (tmp_path / "mine.csv").write_text("# only a note\n", encoding="utf-8")
    assert told(tmp_path / "mine.csv") == ["mine.csv: the file is empty → delete it, or put the figures in", "mine.csv: tệp trống → xoá tệp, hoặc điền số liệu"]
    (tmp_path / "mine.dta").write_bytes(b"x")
    assert told(tmp_path / "mine.dta") == [
        "mine.dta: the file is damaged, or of another kind than its name says → save it again from the program that wrote it",
        "mine.dta: tệp hỏng, hoặc không đúng loại như phần mở rộng của tên → lưu lại từ chương trình đã tạo ra tệp"]


def test_kinds_of_files_by_names_in_capitals(tmp_path):
    assert read(of_csv(tmp_path, name="MINE.CSV"))[0]["Điểm"].tolist() == [50.5, 51.25, 48.75, 49.0]
    table = pd.DataFrame({"province": ["a", "b"], "Điểm": [1.5, 2.5]})
    table.to_parquet(tmp_path / "MINE.PARQUET")
    frame, rows = read(tmp_path / "MINE.PARQUET")
    assert frame.equals(table) and rows == [2, 3]


@pytest.mark.parametrize(("row", "column", "text", "english", "vietnamese"), [
    (1, 2, "n/a", "not a number → leave a missing figure empty", "không phải số → để trống nếu không có số"),
    (1, 2, "51%", "some cells of the column are per cent and others are not → write them all alike", "cột có ô ghi phần trăm, có ô không → ghi cùng một cách ở mọi ô")])
def test_a_wrong_cell_with_its_remedy_in_both_languages(tmp_path, row, column, text, english, vietnamese):
    assert told(of_csv(tmp_path, row, column, text)) == wrong_at(3, "Điểm", text, english, vietnamese)


def test_of_cells_in_per_cent_the_odd_ones_are_named(tmp_path):
    path = of_csv(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace("50.5", "50.5%").replace("48.75", "48.75％").replace("49", "49 %"), encoding="utf-8")
    assert [text.partition(":")[0] for text in told(path)[::2]] == ["row 3, column Điểm, value '51.25'"]  # three of four are per cent
    path.write_text(path.read_text(encoding="utf-8").replace("51.25", "51,25%".join('""')), encoding="utf-8")
    assert scores(path) == [50.5, 51.25, 48.75, 49.0]
    path.write_text(path.read_text(encoding="utf-8").replace("48.75％", "NA"), encoding="utf-8")
    assert pd.isna(scores(path)[2])  # a missing figure is neither


def test_a_column_twice_and_a_row_that_a_decimal_comma_split(tmp_path):
    path = of_csv(tmp_path)
    good = path.read_text(encoding="utf-8")
    path.write_text(good.replace("Điểm", "law"), encoding="utf-8")
    assert told(path) == ["row 1, column law: the column stands twice → delete one", "dòng 1, cột law: cột bị lặp → xoá một cột"]
    path.write_text(good.replace("51.25", "51,25"), encoding="utf-8")
    assert told(path) == [
        "row 3: 5 cells where the header has 4 → a decimal comma splits a comma-separated cell: put the cell in quotes, or save it with semicolons",
        "dòng 3: 5 ô, trong khi dòng tiêu đề có 4 → dấu phẩy thập phân làm tách ô: đặt ô trong dấu ngoặc kép, hoặc lưu với dấu chấm phẩy"]


def test_a_file_that_was_cut_off_within_its_last_row(tmp_path):
    """What the row had lost was taken for not known."""
    path = of_csv(tmp_path)
    whole = path.read_bytes().rstrip()
    path.write_bytes(whole)
    assert scores(path) == [50.5, 51.25, 48.75, 49]
    path.write_bytes(whole[:-2])
    assert said(refusal(read, path))[0] == ("mine.csv, row 5, value '49': the file ends within this row: was it cut off on its way? → "
                                            "get the file again; or fill in the row's cells up to its end, and save")


@pytest.mark.parametrize(("header", "row", "refused"), [
    ("province,Year,Điểm,law", "An Giang,2011,1", True), ("province,Year,law,Điểm", "An Giang,2011,1", True),
    ("province,Year,Điểm,law,other", "An Giang,2011,51.25,1", True), ("province,Year,Điểm,law,note", "An Giang,2011,51.25,1", False),
    ("province,Year,Điểm,law,", "An Giang,2011,1", True), ("province,Year,Điểm,law", "An Giang,2011,51.25,1", False)])
def test_a_row_that_lost_a_cell_is_not_read_a_column_off(tmp_path, header, row, refused):
    """Of a table that ends in what is no outcome the law was read as the score, and the law as not known."""
    rows = {"Điểm,law": "{:.2f},0", "law,Điểm": "0,{:.2f}", "Điểm,law,other": "{:.2f},0,7", "Điểm,law,note": "{:.2f},0,seen", "Điểm,law,": "{:.2f},0"}
    path = tmp_path / "mine.csv"
    path.write_text("\n".join([header, row, *(f"{place},{rows[header.removeprefix('province,Year,')].format(5)}" for place in (
        "An Giang,2010", "Bắc Ninh,2010", "Bắc Ninh,2011")), ""]), encoding="utf-8")
    if refused:
        assert [text for text in told(path) if "cells where the rows around it have" in text][0].startswith("row 2")
    else:
        assert scores(path) == [51.25, 5, 5, 5]


def test_a_split_row_whose_last_cell_is_empty_is_one_column_off(tmp_path):
    """51,25 in a file of commas was 51 points, and the law of the year 25."""
    path = of_csv(tmp_path)
    rows = path.read_text(encoding="utf-8").replace("law", "law,note").replace(",0", ",0,").replace("51.25,1", "51,25,1,")
    path.write_text(rows, encoding="utf-8")
    assert told(path)[0].startswith("row 3: 6 cells where the header has 5 → a decimal comma splits")
    path.write_text(rows.replace("51,25,1,", "51.25,1").replace("law,note", "law,note,,"), encoding="utf-8")
    assert scores(path) == [50.5, 51.25, 48.75, 49.0]  # lines that end earlier, and a header with empty cells behind it


def test_columns_that_were_not_asked_for_may_be_anything(tmp_path):
    """Named twice, hidden, in per cent, with an error: none of it is read, but an error of the estimate can name them."""
    def change(sheet):
        for column, texts in ((5, ["note", "#N/A", "1%", "x"]), (6, ["note", "a", "b", "c"])):
            for row, text in enumerate(texts, 1):
                sheet.cell(row, column, text)
        sheet.column_dimensions.group("E", "F", hidden=True)
    frame, rows = read(of_xlsx(tmp_path, change))
    assert rows == [2, 3, 4, 5] and set(frame) == {*HEAD, "note"} and frame["note"].isna().all() and frame["Điểm"].tolist() == [50.5, 51.25, 48.75, 49.0]


@pytest.mark.parametrize(("first", "last", "named"), [("C", "C", ["Điểm"]), ("C", "D", ["Điểm", "law"]), ("D", "F", ["law"])])
def test_hidden_columns_are_named_where_they_were_asked_for(tmp_path, first, last, named):
    def hide(sheet):
        sheet["E1"], sheet["F1"] = "note", "more"
        sheet.column_dimensions.group(first, last, hidden=True)
    assert told(of_xlsx(tmp_path, hide))[::2] == [
        f"row 1, column {name}: the column is hidden → show the column and look at its figures, or delete it" for name in named]


@pytest.mark.parametrize(("value", "code", "held"), [(51.256, "0.00", 51.256), (51.25, "0", 51.25), (51.26, "0.0", 51.26), (1234.567, "#,##0.0", 1234.567)])
def test_a_format_that_only_rounds_takes_no_digit_away(tmp_path, value, code, held):
    def change(sheet):
        sheet["C3"].value, sheet["C3"].number_format = value, code
    assert scores(of_xlsx(tmp_path, change))[1] == held


@pytest.mark.parametrize("code", ["0.0,", '"x"', '"52"', ";;;", '0.0"*"'])
def test_a_format_that_shows_another_figure_is_told(tmp_path, code):
    def change(sheet):
        sheet["C3"].value, sheet["C3"].number_format = 51.25, code
    assert told(of_xlsx(tmp_path, change))[0].startswith("row 3, column Điểm, value '51.25'")


def test_an_error_in_the_first_column_is_no_note(tmp_path):
    def change(sheet):
        sheet["A3"] = "#N/A"
    assert told(of_xlsx(tmp_path, change))[0].startswith("row 3, column province, value '#N/A': the cell shows the error #N/A")


@pytest.mark.parametrize("name", ["#1", "#HIÁNYZIK"])
def test_a_row_that_begins_as_a_note_does_is_not_left_out_without_a_word(tmp_path, name):
    """A unit called #1 was taken for a note, and none of its figures read."""
    path = of_csv(tmp_path, 2, 0, name)
    assert [(p.row, p.column, p.value) for p in refusal(read, path)] == [(4, "province", name)]
    assert told(path)[1] == f"dòng 4, cột province, giá trị '{name}': dòng bắt đầu bằng # ở dưới dòng tiêu đề → xóa dòng, hoặc viết ô đầu tiên không có dấu #"
    path.write_text(path.read_text(encoding="utf-8").replace(f"{name},2010,48.75,0", f"{name}, a note of some,words,and more"), encoding="utf-8")
    assert scores(path) == [50.5, 51.25, 49.0]


@pytest.mark.parametrize("mark", ["¹", " *", "†", " (1)", "[12]"])
def test_a_footnotes_mark_makes_no_unit_of_its_own(tmp_path, mark):
    path = of_csv(tmp_path, 0, 0, f"An Giang{mark}")
    assert told(path) == [
        f"row 2, column province, value 'An Giang{mark}': An Giang with a footnote's mark, and without one in other rows → write the name without the mark",
        f"dòng 2, cột province, giá trị 'An Giang{mark}': An Giang có kèm ký hiệu chú thích, ở các dòng khác thì không → ghi tên không kèm ký hiệu đó"]
    path.write_text(path.read_text(encoding="utf-8").replace("An Giang,", f"An Giang{mark},"), encoding="utf-8")
    assert scores(path) == [50.5, 51.25, 48.75, 49.0]  # in all its rows: a unit is called so


def test_a_table_of_many_other_columns(tmp_path, recwarn):
    """Each beyond the hundredth brought a warning of pandas, on stderr; thousands took half a minute."""
    path, more = of_csv(tmp_path), [f"x{n}" for n in range(8_000)]
    first, *lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([",".join([first, *more]), *(line + ",1" * len(more) for line in lines)]) + "\n", encoding="utf-8")
    began = time.process_time()
    found = read(path)[0]
    assert time.process_time() - began < 2 and not recwarn.list
    assert found["Điểm"].tolist() == [50.5, 51.25, 48.75, 49.0] and set(found) == {*HEAD, *more} and found["x7"].isna().all()


def test_the_first_sheet_that_is_seen_is_read(tmp_path):
    def before(sheet):
        sheet.parent.create_sheet("old", 0).append(["x"])
        sheet.parent["old"].sheet_state = "hidden"
        sheet.parent.create_sheet("more").append(["y"])
    assert scores(of_xlsx(tmp_path, before)) == [50.5, 51.25, 48.75, 49.0]


def test_empty_words_are_none_and_missing_columns_are_left_to_the_estimate(tmp_path):
    frame, rows = own_file.read(of_csv(tmp_path, 2, 0, ""), ["Điểm", "GDP"], ["province", "region"])
    assert frame["province"].isna().tolist() == [False, False, True, False] and rows == [2, 3, 4, 5]
    assert list(frame) == ["province", "Điểm", "Year", "law"] and frame[["Year", "law"]].isna().all(axis=None)


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
