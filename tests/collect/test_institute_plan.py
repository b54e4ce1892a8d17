"""The institute's plan, however it was saved: read, or refused row by row; bounded."""

from __future__ import annotations

import time

import pytest
from kit.filled import said, wrong_at

from govlib.collect import institute_plan
from govlib.errors import BadInput
from govlib.forms import old_fonts

HEAD = ",".join(institute_plan.COLUMNS) + "\n"
ROW = "2024,bac-ninh,pci,time_costs,,Văn phòng,Cắt giảm thủ tục,2025-06-30,late,\n"


def plan(tmp_path, content):
    path = tmp_path / "institute_plan.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("encode", [lambda t: t.encode("utf-8-sig"), lambda t: t.encode("utf-16"), old_fonts.to_tcvn3,
                                    lambda t: t.replace(",", ";").encode(), lambda t: t.replace("\n", "\r\n").encode()])
def test_other_ways_to_save_it(tmp_path, encode):
    rows = institute_plan.read(plan(tmp_path, encode(HEAD + ROW)))
    assert rows["task"].tolist() == ["Cắt giảm thủ tục"] and rows["year"].tolist() == [2024]


def test_a_deadline_that_could_be_two_days(tmp_path):
    """Excel with American settings saves 2025-06-05 as 6/5/2025, which was read as 6 May: it is May only where another day begins with a figure above 12."""
    rows = [ROW.replace("2025-06-30", text) for text in ("6/5/2025", "5/5/2025", "2025-06-30")]
    with pytest.raises(BadInput) as told:
        institute_plan.read(plan(tmp_path, HEAD + "".join(rows)))
    assert said(told.value.problems, "institute_plan.csv") == wrong_at(
        2, "deadline", "6/5/2025", "could be 2025-05-06 or 2025-06-05: no day of the file shows whether the day or the month stands first → write YYYY-MM-DD, in a column that Excel is told to hold as Text",
        "có thể là 2025-05-06 hoặc 2025-06-05: trong tệp không có ngày nào cho biết ngày hay tháng đứng trước → ghi dạng NNNN-TT-NN, sau khi định dạng cột là Text (Văn bản) trong Excel")
    assert institute_plan.read(plan(tmp_path, HEAD + "".join(rows) + ROW.replace("2025-06-30", "30/6/2025")))["deadline"].tolist() == ["2025-05-06", "2025-05-05", "2025-06-30", "2025-06-30"]
    with pytest.raises(BadInput) as told:  # month first
        institute_plan.read(plan(tmp_path, HEAD + "".join(rows) + ROW.replace("2025-06-30", "6/30/2025")))
    assert [(p.row, str(p.problem)[:10]) for p in told.value.problems] == [(2, "could be 2"), (5, "not a date")]


@pytest.mark.parametrize("text", ["2025-06-30", "30/06/2025", "30/6/2025"])
def test_a_deadline_as_excel_saves_it(tmp_path, text):
    """The plan is a CSV, in which Excel writes no day as YYYY-MM-DD; pages compare deadlines as texts."""
    rows = institute_plan.read(plan(tmp_path, HEAD + ROW.replace("2025-06-30", text)))
    assert institute_plan.deadline(rows, "bac-ninh", 2024, "pci", "time_costs") == "2025-06-30"


def test_none_and_nothing_recorded(tmp_path):
    assert institute_plan.read(tmp_path / "absent.csv").empty and institute_plan.read(plan(tmp_path, HEAD)).empty
    assert list(institute_plan.read(plan(tmp_path, HEAD)).columns) == list(institute_plan.COLUMNS)


@pytest.mark.parametrize(("old", "new", "column"), [
    ("2024", "²⁰²³", "year"), ("2024", "2024.5", "year"), ("late", "soon", "status"), ("2025-06-30", "31/6/2025", "deadline"), ("2025-06-30", "30.6.2025", "deadline"),
    ("bac-ninh", "Bắc Ninh", "province"), ("pci", "pcii", "index_id"), ("time_costs", "time_cost", "component"), ("Văn phòng", "#REF!", "lead"),
    ("Văn phòng", "x" * 3000, "lead"), ("Văn phòng", "x" * 100_000, "lead")])
def test_a_wrong_cell_is_named(tmp_path, old, new, column):
    with pytest.raises(BadInput) as caught:
        institute_plan.read(plan(tmp_path, HEAD + ROW + ROW.replace(old, new)))
    assert (caught.value.row, caught.value.column) == (3, column) and len(str(caught.value)) < 500


def test_every_wrong_row_at_once(tmp_path):
    with pytest.raises(BadInput) as caught:
        institute_plan.read(plan(tmp_path, HEAD + ROW.replace("late", "soon") + ROW.replace("2024", "x")))
    assert [p.row for p in caught.value.problems] == [2, 3]


def test_beyond_measure(tmp_path):
    for content, words in ((HEAD + ROW * 300_000, "more than 5,000 rows"), (HEAD + ROW * 1_000_000, "more than 30 MB"), (HEAD + ROW.replace("Văn", "x" * 200_000), "a cell of more than")):
        began = time.process_time()
        with pytest.raises(BadInput, match=words):
            institute_plan.read(plan(tmp_path, content))
        assert time.process_time() - began < 2
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    with pytest.raises(BadInput, match="is a folder"):
        institute_plan.read(folder)


def test_columns_of_the_institute_s_own_are_welcome(tmp_path):
    rows = institute_plan.read(plan(tmp_path, HEAD.replace("result", "result,người nhập") + ROW.replace("\n", ",Lan\n")))
    assert list(rows.columns) == list(institute_plan.COLUMNS) and len(rows) == 1
