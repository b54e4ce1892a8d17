"""The DDCI form, small and made up (SYNTHETIC): what staff read of a wrong cell, in both languages, and what is kept of a right one."""

from __future__ import annotations

import numpy as np
import pytest
from kit import surveys
from kit.filled import choices, filled, lines, refusal, said, sheet, wrong_at

from govlib.errors import BadInput
from govlib.forms.problems import told
from govlib.institute import ddci
from govlib.institute import units as unit_list
from govlib.institute.ddci import form

META = {"province": "Bắc Ninh", "year": 2025, "fieldwork_from": "2025-09-01", "fieldwork_to": "2025-10-15", "producer": "", "sampling": ""}
FIRST, SECOND, THIRD = 8, 9, 10  # rows of the three ratings, below six fields and the header


def of(tmp_path, cells=None, **meta):
    """Two firms rate a department, one of them a commune too; ``cells``: (row, column) → another value."""
    rows = {
        FIRST: {"respondent_id": "F1", "unit": "Sở Tài chính", "firm_size": "small", "weight": "1,5", "t1": 4, "c1": "2,5"},
        SECOND: {"respondent_id": "F1", "unit": "Xã Mẫu", "firm_size": "Nhỏ", "weight": 1, "t1": 3, "g1": 5},
        THIRD: {"respondent_id": "F2", "unit": "so tai chinh", "firm_size": "", "weight": 2, "t1": 2, "i2": 1},
    }
    for (row, column), value in (cells or {}).items():
        rows[row][column] = value
    return filled(tmp_path, META | meta, form.columns(), rows.values())


def wrong(tmp_path, cells=None, **meta):
    return said(refusal(ddci.read, of(tmp_path, cells, **meta)))


# ---- questions and components -----------------------------------------------------------------------------------------

def test_questions_have_a_scale_a_direction_and_levels():
    found = ddci.items()
    assert (len(found), list(found)[:2], list(found)[-1]) == (18, ["t1", "t2"], "g2")
    assert found["c1"] == form.Item(
        "c1", "time_costs", 0.0, 30.0, True, ("department", "district", "commune"), "Số ngày chờ thêm so với hẹn", "Days of waiting beyond the promised day"
    )
    assert not found["c2"].reverse and (found["c2"].low, found["c2"].high) == (1.0, 5.0)
    assert found["g1"].levels == ("district", "commune")
    assert set(found) - set(ddci.items("department")) == {"g1", "g2"} and list(ddci.items("commune")) == list(ddci.items("district")) == list(found)


def test_components_have_weights_and_levels():
    found = ddci.components()
    assert sum(part.weight for part in found.values()) == 110 and {q.component for q in ddci.items().values()} == set(found)
    assert found["land_access"] == form.Component("land_access", 10.0, ("district", "commune"), "Tiếp cận đất đai", "Access to land")
    assert (found["land_access"].name("vi"), found["land_access"].name("en")) == ("Tiếp cận đất đai", "Access to land")
    assert sum(part.weight for part in ddci.components("department").values()) == 100 and list(ddci.components("commune")) == list(found)


# ---- the empty form ---------------------------------------------------------------------------------------------------

def test_the_empty_form(tmp_path):
    table, book = ddci.template(tmp_path)
    assert (table.name, book.name) == ("ddci.csv", "ddci.xlsx")
    *fields, label, header = lines(table)
    assert [line[:2] for line in fields] == [[f"#{key}", ""] for key in META]
    assert fields[0][2] == "tỉnh / province" and fields[2][2] == "ngày bắt đầu phỏng vấn, 2025-09-01 / first day of interviews"
    assert header == form.columns() == ["respondent_id", "unit", "firm_size", "weight", *ddci.items()]
    assert dict(zip(header, label, strict=True)) == {
        "respondent_id": "#label",
        "unit": "Đơn vị",
        "firm_size": "Quy mô",
        "weight": "Quyền số",
        **{q.item: q.vi for q in ddci.items().values()},
    }
    assert sheet(book, "data") == [[cell or None for cell in line] for line in fields] + [header]
    assert choices(book) == {"firm_size": (["micro", "small", "medium", "large"], "C8:C2007")}


def test_the_sheet_of_notes_has_rules_questions_and_the_units_of_today(tmp_path):
    notes = sheet(ddci.template(tmp_path)[1], "notes")
    assert notes[0] == [
        "Mỗi dòng: một người trả lời đánh giá một đơn vị. Để trống khi không trả lời.",
        "One row: one respondent rates one unit. Leave empty where there is no answer.",
    ]
    assert notes[1] == ["Cấp huyện chỉ đến 30/6/2025; cấp xã từ 1/7/2025.", "Districts until 30 June 2025 only; communes from 1 July 2025."]
    assert ["c1 (0–30): Số ngày chờ thêm so với hẹn", "c1 (0–30): Days of waiting beyond the promised day"] in notes
    assert ["g2 (1–5): Thông tin quy hoạch, giá đất rõ ràng", "g2 (1–5): Plans and land prices are clear [district, commune]"] in notes
    today = [unit for unit in unit_list.units().values() if unit.valid_to is None]
    assert notes[20:] == [[f"unit: {unit.name_vi}", f"unit: {unit.name_en}"] for unit in today]
    assert {"Sở Tài chính"} == {unit.name_vi for unit in today} & {"Sở Tài chính", "Sở Kế hoạch và Đầu tư", "Huyện Tiên Du"}


# ---- a right form -----------------------------------------------------------------------------------------------------

def test_a_department_with_the_province_of_the_form_behind(tmp_path):
    assert ddci.read(of(tmp_path, {(FIRST, "unit"): "Sở Tài chính tỉnh Bắc Ninh"})).data["unit"].tolist() == ["so-tai-chinh", "xa-mau", "so-tai-chinh"]


def test_every_figure_is_kept_with_its_row_and_unit(tmp_path):
    round_ = ddci.read(of(tmp_path))
    rows = round_.data.set_index("row")
    assert rows[["respondent_id", "unit", "name_vi", "name_en", "level", "firm_size", "weight"]].to_numpy().tolist() == [
        ["F1", "so-tai-chinh", "Sở Tài chính", "Department of Finance", "department", "small", 1.5],
        ["F1", "xa-mau", "Xã Mẫu", "Xã Mẫu", "commune", "small", 1.0],
        ["F2", "so-tai-chinh", "Sở Tài chính", "Department of Finance", "department", "", 2.0],
    ]
    answers = rows[list(ddci.items())]
    assert rows.index.tolist() == [FIRST, SECOND, THIRD] and answers.stack().dropna().to_dict() == {
        (FIRST, "t1"): 4,
        (FIRST, "c1"): 2.5,
        (SECOND, "t1"): 3,
        (SECOND, "g1"): 5,
        (THIRD, "t1"): 2,
        (THIRD, "i2"): 1,
    }
    assert (round_.year, round_.path.name, round_.meta["province"], round_.levels) == (2025, "form.csv", "Bắc Ninh", ["department", "commune"])


def test_what_a_check_says(tmp_path):
    assert ddci.check(of(tmp_path)).told("vi").splitlines() == [
        "form.csv: 3 lượt chấm của 2 người trả lời, đợt 2025",
        "  sở, ban, ngành: 1 đơn vị, mỗi đơn vị 2 đến 2 lượt chấm",
        "  dưới 10 lượt chấm, sẽ không xếp hạng: Sở Tài chính (2)",
        "  cấp xã: 1 đơn vị, mỗi đơn vị 1 đến 1 lượt chấm",
        "  dưới 10 lượt chấm, sẽ không xếp hạng: Xã Mẫu (1)",
        "  chưa có trong danh mục đơn vị, giữ nguyên tên đã ghi: Xã Mẫu",
    ]
    assert str(ddci.check(of(tmp_path))).splitlines() == [
        "form.csv: 3 ratings by 2 respondents, round 2025",
        "  departments: 1 units, 2 to 2 ratings each",
        "  fewer than 10 ratings, will not be ranked: Sở Tài chính (2)",
        "  communes: 1 units, 1 to 1 ratings each",
        "  fewer than 10 ratings, will not be ranked: Xã Mẫu (1)",
        "  in no list of units, taken as written: Xã Mẫu",
    ]
    assert str(ddci.check(of(tmp_path, {(THIRD, "unit"): "phường an"}))).endswith("taken as written: Xã Mẫu, phường an")


@pytest.mark.parametrize("n", [9, 10])
def test_ten_ratings_are_enough_for_a_rank(tmp_path, n):
    rows = [{"respondent_id": f"F{i}", "unit": "Sở Y tế", "t1": 3} for i in range(n)]
    rows += [{"respondent_id": f"F{i}", "unit": "Sở Tư pháp", "t1": 3} for i in range(12)]
    assert str(ddci.read(filled(tmp_path, META, form.columns(), rows))).splitlines()[1:] == [
        f"  departments: 2 units, {n} to 12 ratings each",
        *(["  fewer than 10 ratings, will not be ranked: Sở Y tế (9)"] if n == 9 else []),
        "  no weights given: every rating counts the same",
    ]


def test_without_weights_every_rating_counts_the_same_and_a_note_says_so(tmp_path):
    round_ = ddci.read(of(tmp_path, {(row, "weight"): "" for row in (FIRST, SECOND, THIRD)}))
    assert round_.data["weight"].tolist() == [1, 1, 1]
    assert "no weights given: every rating counts the same" in str(round_) and "không có quyền số: mọi lượt chấm được tính như nhau" in round_.told("vi")


def test_made_up_data_are_called_so_by_their_field_or_their_column(tmp_path):
    by_field = ddci.read(of(tmp_path, data_kind="SYNTHETIC"))
    rows = [{"respondent_id": "F1", "unit": "Sở Y tế", "t1": 3, "data_kind": "SYNTHETIC"}]
    by_column = ddci.read(filled(tmp_path, META, [*form.columns(), "data_kind"], rows))
    assert by_field.synthetic and by_column.synthetic and not ddci.read(of(tmp_path)).synthetic
    for round_ in (by_field, by_column):
        assert round_.told("vi").splitlines()[0].endswith("đợt 2025 · SYNTHETIC") and str(round_).splitlines()[0].endswith("round 2025 · SYNTHETIC")


def test_answers_at_the_ends_of_a_scale_are_taken(tmp_path):
    cells = {(FIRST, "t1"): 1, (SECOND, "t1"): 5, (FIRST, "c1"): 0, (SECOND, "c1"): 30, (THIRD, "i2"): 0}
    rows = ddci.read(of(tmp_path, cells)).data.set_index("row")
    assert rows.loc[[FIRST, SECOND], ["t1", "c1"]].to_numpy().tolist() == [[1, 0], [5, 30]] and rows.loc[THIRD, "i2"] == 0
    assert np.isnan(rows.loc[FIRST, "g1"])


# ---- a wrong one ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("column", "value", "english", "vietnamese"), [
    ("respondent_id", "", "no respondent_id → give every respondent a number of their own", "không có respondent_id → đánh số riêng cho từng người trả lời"),
    ("unit", "", "no unit → write the unit that is rated", "không ghi đơn vị → ghi đơn vị được đánh giá"),
    ("unit", "Sở Xây Dụngg", "unknown unit → did you mean Sở Xây dựng? write it as in the list of units, or add it to data/institute_units.csv",
     "không có đơn vị này → có phải là Sở Xây dựng? ghi như trong danh sách đơn vị, hoặc thêm vào data/institute_units.csv"),
    ("unit", "Sở Kế hoạch và Đầu tư", "abolished on 28/02/2025; its work went to Sở Tài chính → give the answers about Sở Tài chính to that unit, if they are about it",
     "đã kết thúc ngày 28/02/2025; công việc chuyển về Sở Tài chính → ghi cho Sở Tài chính nếu câu trả lời nói về đơn vị đó"),
    ("firm_size", "khổng lồ", "not a firm_size → one of micro, small, medium, large", "không phải firm_size → một trong: micro, small, medium, large"),
    ("weight", "0", "a weight is above zero → correct the weight; a respondent who should not count does not belong in the file",
     "quyền số phải lớn hơn 0 → sửa quyền số; người không được tính thì không để trong tệp"),
    ("weight", "nặng", "not a number → write the weight as a number above 0", "không phải số → ghi quyền số là số lớn hơn 0"),
    ("weight", "", "weight is empty here and given in other rows → fill it in every row, or leave the whole column empty",
     "weight để trống ở đây mà có ở các dòng khác → điền ở mọi dòng, hoặc để trống cả cột"),
    ("g1", "3", "this item is not asked about departments → leave it empty", "câu này không hỏi về sở, ban, ngành → để trống"),
    ("t1", "6", "not an answer from 1 to 5 → type the answer again; empty where there is none",
     "không phải câu trả lời từ 1 đến 5 → gõ lại câu trả lời; không trả lời thì để trống"),
    ("t1", "3,5", "not an answer from 1 to 5 → type the answer again; empty where there is none",
     "không phải câu trả lời từ 1 đến 5 → gõ lại câu trả lời; không trả lời thì để trống"),
    ("c1", "31", "not an answer from 0 to 30 → type the answer again; empty where there is none",
     "không phải câu trả lời từ 0 đến 30 → gõ lại câu trả lời; không trả lời thì để trống"),
])
def test_a_wrong_cell_is_named_with_its_remedy_in_both_languages(tmp_path, column, value, english, vietnamese):
    assert wrong(tmp_path, {(FIRST, column): value}) == wrong_at(FIRST, column, value, english, vietnamese)


def test_a_column_of_other_names_is_told_without_a_hint_for_each(tmp_path):
    """To look for what ten thousand may be meant for took ten seconds."""
    rows = [{"respondent_id": f"F{n}", "unit": f"Sở Xây Dụngg {n}", "t1": 4} for n in range(400)]
    fixes = [p.fix for p in refusal(ddci.read, filled(tmp_path, META, form.columns(), rows)) if p.column == "unit"]
    assert ["did you mean" in fix for fix in fixes] == [True] * 300 + [False] * 100


def test_a_row_without_answers(tmp_path):
    assert wrong(tmp_path, {(FIRST, "t1"): "", (FIRST, "c1"): ""}) == [
        "row 8, value 'F1': no answer to any question → delete the row, or type the answers in",
        "dòng 8, giá trị 'F1': không trả lời câu nào → xoá dòng, hoặc gõ các câu trả lời",
    ]


def test_a_firm_rates_a_unit_once_by_whatever_name(tmp_path):
    english, vietnamese = wrong(tmp_path, {(THIRD, "respondent_id"): "F1"})
    assert english == "row 10, column respondent_id, value 'F1': respondent rates Sở Tài chính twice (also in row 8) → keep one of the two rows"
    assert vietnamese == "dòng 10, cột respondent_id, giá trị 'F1': người trả lời đánh giá Sở Tài chính hai lần (đã có ở dòng 8) → giữ một trong hai dòng"
    nameless = wrong(tmp_path, {(FIRST, "respondent_id"): "", (THIRD, "respondent_id"): ""})
    assert len(nameless) == 4 and all("no respondent_id" in text for text in nameless[::2])  # two of nobody are not one who rates twice


def test_a_commune_is_ranked_once_by_whatever_name_and_its_namesake_in_other_marks_apart(tmp_path):
    names = ["UBND xã Đông Sơn", "xã Đông Sơn", "Xã Đồng Sơn"]
    round_ = ddci.read(filled(tmp_path, META, form.columns(), [{"respondent_id": f"F{i}", "unit": name, "t1": 3} for i, name in enumerate(names)]))
    assert round_.data[["unit", "name_vi"]].to_numpy().tolist() == [["xa-dong-son_1", "Xã Đông Sơn"]] * 2 + [["xa-dong-son_2", "Xã Đồng Sơn"]]
    assert "  communes: 2 units, 1 to 2 ratings each" in str(round_).splitlines()
    assert str(round_).splitlines()[-2:] == ["  in no list of units, taken as written: Xã Đông Sơn, Xã Đồng Sơn",
                                             "  Xã Đông Sơn, Xã Đồng Sơn differ in marks only and count as 2 units: is one of them a slip of the pen?"]
    same = [{"respondent_id": "F1", "unit": name, "t1": 3} for name in names[:2]]
    assert "respondent rates Xã Đông Sơn twice (also in row 8)" in said(refusal(ddci.read, filled(tmp_path, META, form.columns(), same)))[0]


def test_communes_are_rated_from_july_2025_and_districts_before(tmp_path):
    spring = {"fieldwork_from": "2025-05-01", "fieldwork_to": "2025-06-30"}
    assert wrong(tmp_path, **spring) == [
        "row 9, column unit, value 'Xã Mẫu': communes are rated from 01/07/2025 → rate the district",
        "dòng 9, cột unit, giá trị 'Xã Mẫu': cấp xã được chấm từ ngày 01/07/2025 → đánh giá cấp huyện",
    ]
    assert ddci.read(of(tmp_path, {(SECOND, "unit"): "Huyện Tiên Du"}, **spring)).levels == ["department", "district"]
    assert "xa-mau" in set(ddci.read(of(tmp_path, fieldwork_from="2025-06-20", fieldwork_to="2025-07-01")).data["unit"])


@pytest.mark.parametrize(("field", "value", "english", "vietnamese"), [
    ("year", "hai nghìn", "not a year → write four digits", "không phải năm → ghi bốn chữ số"),
    *surveys.fields("ddci"),
])
def test_a_wrong_field_is_named_with_its_remedy_in_both_languages(tmp_path, field, value, english, vietnamese):
    assert wrong(tmp_path, **{field: value}) == wrong_at(1 + list(META).index(field), f"#{field}", value, english, vietnamese)


def test_the_days_may_be_todays_and_a_province_is_taken_while_it_was(tmp_path):
    surveys.days_and_provinces(ddci.read, lambda **fields: of(tmp_path, **fields))


@pytest.mark.parametrize(("year", "doubtful"), surveys.YEARS)
def test_days_of_another_year_than_the_round_s_are_to_be_looked_at(tmp_path, year, doubtful):
    surveys.days_of_another_year(ddci.read, lambda **fields: of(tmp_path, **fields), year, doubtful)


def test_fieldwork_of_one_day_and_fields_that_may_stay_empty(tmp_path):
    assert len(ddci.read(of(tmp_path, fieldwork_from="2025-10-15")).data) == 3  # producer and sampling are empty too


def test_without_a_day_of_fieldwork_nothing_is_said_of_units(tmp_path):
    """Whether a unit existed is not known before the days are: first those."""
    found = wrong(tmp_path, {(FIRST, "unit"): "Sở Xây Dụngg", (FIRST, "t1"): 9}, fieldwork_to="mai")
    assert [text.partition(":")[0] for text in found[::2]] == ["row 4, column #fieldwork_to, value 'mai'", "row 8, column t1, value '9'"]


def test_a_header_without_a_column_is_told_before_any_cell(tmp_path):
    columns = [name for name in form.columns() if name != "t2"]
    rows = [{"respondent_id": "F1", "unit": "Sở Xây Dụngg", "t1": 9}]
    assert said(refusal(ddci.read, filled(tmp_path, META, columns, rows))) == [
        "row 7, column t2: the column is missing → columns as written by: govlib institute template ddci",
        "dòng 7, cột t2: thiếu cột này → các cột như trong: govlib institute template ddci",
    ]


def test_all_that_is_wrong_is_told_at_once(tmp_path):
    found = refusal(ddci.read, of(tmp_path, {(FIRST, "weight"): "0", (SECOND, "t1"): 7, (THIRD, "unit"): "", (THIRD, "g2"): 2}, year="x"))
    assert [(p.row, p.column) for p in found] == [(2, "#year"), (FIRST, "weight"), (SECOND, "t1"), (THIRD, "unit")]
    with pytest.raises(BadInput) as error:
        ddci.read(of(tmp_path, {(FIRST, "weight"): "0", (SECOND, "t1"): 7}))
    assert told(error.value, "vi").count("\n") == 2
