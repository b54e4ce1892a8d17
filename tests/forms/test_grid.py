"""One cell as a person sees it, or why it cannot be told; and a sheet of them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from govlib.errors import BadInput
from govlib.forms import containers, grid
from govlib.forms.grid import Grid, Seen
from govlib.forms.xlsx import Style

NO_FIGURE = "type what belongs there; where nothing was published, leave the cell empty and say why in the note"
RETYPE = "type the figure again in a cell with the format General"
UNCROSS = "delete it, or take the line through it away"


@pytest.mark.parametrize(("text", "seen"), [
    (" 90,5 \n x ", Seen("90,5 x")), ("Bắc\u00a0Ninh ", Seen("Bắc Ninh")), ("", Seen("")), ("#Total", Seen("#Total")), ("Example", Seen("Example")),
    ("#N/A", Seen("#N/A", "error", "the cell shows the error #N/A", NO_FIGURE)), (" #div/0! ", Seen("#div/0!", "error", "the cell shows the error #div/0!", NO_FIGURE)),
    ("Err:502", Seen("Err:502", "error", "the cell shows the error Err:502", NO_FIGURE)), ("err:502", Seen("err:502", "error", "the cell shows the error err:502", NO_FIGURE)),
    ("x" * 32767, Seen("x" * 32767)), ("ab" * 20000, Seen("ab" * 20 + "…", "error", "a cell of more than 32,767 characters", "shorten it"))])
def test_a_cell_of_text(text, seen):
    assert grid.of_text(text) == seen


def test_a_text_that_is_crossed_out():
    assert grid.crossed_out(Seen("85")) == Seen("85", "", "the text is crossed out", UNCROSS)
    assert grid.crossed_out(Seen("")) == Seen("") and grid.crossed_out(Seen("x", "error", "f", "g")) == Seen("x", "error", "f", "g")


@pytest.mark.parametrize(("moment", "kind", "seen"), [
    (dt.datetime(2026, 4, 30, 7, 5, 9), "date", Seen("2026-04-30", "date")), (dt.datetime(2026, 4, 30, 7, 5, 9), "time", Seen("07:05:09", "time")),
    (None, "date", Seen("60.5", "date", "a date that no calendar has", "type the date again, as 2026-04-30"))])
def test_a_cell_of_a_day(moment, kind, seen):
    assert grid.of_date(moment, 60.5, kind) == seen


def test_a_cell_of_a_truth():
    assert (grid.of_truth(True), grid.of_truth(False)) == (Seen("TRUE", "truth"), Seen("FALSE", "truth"))


@pytest.mark.parametrize(("value", "style", "seen"), [
    (90.5, Style("General"), Seen("90.5", "number")), (0.9, Style("0%"), Seen("90%", "percent")), (90.126, Style("0.00"), Seen("90.13", "number", holds="90.126")),
    (90, Style('0" điểm"'), Seen("90 điểm")), (float("inf"), Style("General"), Seen("inf", "number", "not a finite number", RETYPE)),
    (999_999_999_999_999, Style("0"), Seen("999999999999999", "number")),
    (1e15, Style("0"), Seen("1000000000000000", "number", "a number of more than 15 digits, of which a workbook keeps 15", "type it as text, after an apostrophe")),
    (-1e50, Style("0"), Seen("-1" + "0" * 38, "number", "a number of more than 15 digits, of which a workbook keeps 15", "type it as text, after an apostrophe")),
    (45413, Style("d/m/yyyy"), Seen("2024-05-01", "date")), (0.5, Style("h:mm"), Seen("12:00:00", "time")),
    (60, Style("d/m/yyyy"), Seen("60", "date", "a date that no calendar has", "type the date again, as 2026-04-30")),
    (90.5, Style("General", struck=True), Seen("90.5", "number", "the figure is crossed out", UNCROSS)),
    (1500, Style("0.0,"), Seen("1500", "number", "the cell holds 1500 and its format '0.0,' shows '1.5'", RETYPE)),
    (0.853, Style("General%"), Seen("0.853", "number", "the cell holds 0.853 and its format 'General%' shows something else", RETYPE)),
    (5, Style(";;;"), Seen("5", "number", "the cell holds 5 and its format ';;;' shows something else", RETYPE))])
def test_a_cell_of_a_number(value, style, seen):
    assert grid.of_number(value, style, False) == seen


def test_a_day_of_the_other_calendar():
    assert grid.of_number(43951, Style("d/m/yyyy"), True) == Seen("2024-05-01", "date")


def test_cells_make_rows(monkeypatch):
    one, cells = Grid(Path("a/form.xlsx"), "data"), {}
    for row, column, seen in ((4, 2, Seen("x")), (2, 0, Seen("1", "number", "wrong", "mend", "1.2")), (2, 1, Seen("")), (9, 0, Seen("", "truth"))):
        one.put(row, column, seen, cells)
    one.fill(cells)
    assert one.rows == [(2, ["1"]), (4, ["", "", "x"])] and one.kinds == {(2, 0): "number", (9, 0): "truth"}
    assert one.faults == {(2, 0): ("wrong", "1", "mend")} and one.rounded == {(2, 0): "1.2"}
    assert [one.text(*at) for at in ((2, 0), (2, 1), (4, 2), (4, 3), (3, 0))] == ["1", "", "x", "", ""]
    assert Grid(Path("x")).visible and repr(one) == repr(one).replace("_at", "")
    monkeypatch.setattr(containers, "MAX_CELLS", 4)
    Grid(Path("x")).fill({1: {0: "a"}, 2: {2: "b"}})
    with pytest.raises(BadInput, match="spreads over more than"):
        Grid(Path("x")).fill({1: {1: "a"}, 2: {2: "b"}})


def test_letters_of_an_old_font_in_a_sheet():
    one = Grid(Path("a/form.xlsx"), rows=[(3, ["Sở Xây dựng", "x"]), (7, ["1", "Së Tµi chÝnh"]), (8, ["2", "cò"])])
    one.settle_letters()
    assert one.rows == [(3, ["Sở Xây dựng", "x"]), (7, ["1", "Sở Tài chính"]), (8, ["2", "cò"])]
    assert one.notes == ["form.xlsx: 1 of 3 lines or cells were TCVN3 (ABC) and are converted, first in row 7: 'Së Tµi chÝnh' → 'Sở Tài chính'"]
    assert [(p.file, p.row, p.column, p.value) for p in one.problems] == [("form.xlsx", 8, "B", "cò")]
    plain = Grid(Path("x"), rows=[(1, ["a"])])
    plain.settle_letters()
    assert plain.notes == [] == plain.problems


@pytest.mark.parametrize("text", ["S? Y t?", "Ph??ng V? Ninh", "Ph??ng", "S? Tài chính", "Trung tâm Y t?", "phòng Y t?.", "?y ban nhân dân", "??t đai", "Chi c?c", "Th? xã", "c\ufffd",
                                  "S? Tài chính: https://a.vn/b?c=d", "phòng Y t? t?nh", "S? N?i v?"])
def test_letters_that_became_question_marks(text):
    """CSV of Excel without UTF-8: whatever the code page lacks, at the end of a word and twice in a row too."""
    assert grid.of_text(text).fault == "letters were lost here: another sign stands for them"


@pytest.mark.parametrize("text", ["Vì sao?", "Ai? Ở đâu? Khi nào?", "Đúng ko ? có", "được k?", "nhóm B?", "TTHC?", "UBND? Không", "what's? yes", "(?)", "???", "5? 6", "Sở nào? bao giờ",
                                  "sonoivu.bacninh.gov.vn/van-ban?id=12", "vbpl.vn?x=1&y=2", "bacninh.gov.vn/?id=12",
                                  "Hội đồng hỏi: tính theo điểm b? hay điểm c? khoản 2; xem lại ?", "Mục C? hay mục D?", "điểm b? khoản 2", "Có ổn không ?rất ổn", "Phụ trách: ?đ/c Nam",
                                  "xem lại ?tr.5", "X? Y", "xem https://a.vn/b?c=d nhé", "http://localhost/b?trang"])
def test_question_marks_of_questions_and_addresses(text):
    assert grid.of_text(text) == Seen(text)
