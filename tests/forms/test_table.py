"""A form as rows with their places: every row kept or named."""

from __future__ import annotations

import pytest

from govlib.errors import BadInput
from govlib.forms import table as _table
from govlib.forms import write


def test_workbook_cells_in_tcvn3(tmp_path):
    path = write.form_xlsx(tmp_path / "w.xlsx", [("year", 2025)], ["respondent_id", "unit"], [["1", "Së Tµi chÝnh"], ["2", "Së Y tÕ"]])
    got = _table.read(path, _table.Layout({"year": True}, ["respondent_id", "unit"], ["respondent_id", "unit"], make="x"))
    assert [cells["unit"] for _, cells in got.rows] == ["Sở Tài chính", "Sở Y tế"]
    assert not got.problems and "TCVN3" in got.notes[0] and got.rows[0][0] == 3


def test_every_row_is_kept_or_named(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("#year;2025;x\nid;name\n1;a\n\n2;b;c\n3\n", encoding="utf-8")
    got = _table.read(path, _table.Layout({"year": True}, ["id", "name"], ["id", "name"], make="x"))
    assert [n for n, _ in got.rows] == [3, 5, 6] and got.meta == {"year": "2025"}
    assert [p.row for p in got.problems] == [5]


def test_columns_missing_unknown_twice(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,nmae,id\n1,2,3\n", encoding="utf-8")
    said = " ".join(str(p) for p in _table.read(path, _table.Layout({"year": True}, ["id", "name"], ["id", "name"], make="make it")).problems)
    assert "did you mean name" in said and "stands twice" in said and "column name: the column is missing" in said and "#year" in said


@pytest.mark.parametrize("content", ["", "<html><body>x</body></html>"])
def test_what_is_no_table_is_refused(tmp_path, content):
    path = tmp_path / "t.csv"
    path.write_text(content)
    with pytest.raises(BadInput):
        _table.read(path, _table.Layout({}, ["id"], ["id"], make="x"))


def test_one_slip_in_many_rows_is_one_sentence_with_all_rows(tmp_path):
    table = _table.Table(tmp_path / "t.csv")
    for row in (5, 3, 9):
        table.problem("abolished", row, "unit", "Huyện X")
    table.problem("not a number", 4, "weight", "a")
    with pytest.raises(BadInput) as said:
        table.refuse()
    assert "also in 2 other rows: 5, 9" in str(said.value) and str(said.value).startswith("2 problems")
    assert [p.row for p in said.value.problems] == [3, 4, 5, 9]
