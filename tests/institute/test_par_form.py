"""The PAR Index form, small and made up (SYNTHETIC): what staff read of a wrong cell, in both languages, and what a right form adds up to."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from kit.filled import choices, filled, lines, refusal, said, sheet, wrong_at

from govlib.institute import par
from govlib.institute.par import criteria, form

META = {"province": "Bắc Ninh", "edition": 2023, "as_of": "2024-01-15", "producer": "", "ministry_source": "Quyết định thử"}
NOT_READ = "look again: how many criteria the 2023 set has was not read: only the sum to 100 points was checked"


def items(changes=None, without=(), more=()):
    """Eight fields of 12.5 points, two criteria each (10 and 2.5), all points claimed; ``changes``: code → other cells."""
    rows = []
    for code, (_, name, _) in criteria.fields().items():
        rows.append({"code": code, "level": "field", "name_vi": name, "max_points": "12,5"})
        rows += [
            {
                "code": f"{code}.{i}",
                "level": "criterion",
                "name_vi": f"Tiêu chí thử {code}.{i}",
                "max_points": points,
                "method": "appraisal",
                "department": "Sở Nội vụ",
                "self_score": points,
                "evidence": "CV 1",
            }
            for i, points in ((1, 10), (2, 2.5))
        ]
    return [row | (changes or {}).get(row["code"], {}) for row in rows if row["code"] not in without] + list(more)


def of(tmp_path, changes=None, *, without=(), more=(), **meta):
    return filled(tmp_path, META | meta, form.COLUMNS, items(changes, without, more))


def wrong(tmp_path, *changes, **more):
    return said(refusal(par.read, of(tmp_path, *changes, **more)))


# ---- the empty form ---------------------------------------------------------------------------------------------------

def test_the_empty_form_holds_the_eight_fields(tmp_path):
    table, book = par.template(tmp_path)
    assert (table.name, book.name) == ("par_scoring.csv", "par_scoring.xlsx")
    *fields, label, header = lines(table)[:7]
    assert [line[:2] for line in fields] == [[f"#{key}", ""] for key in META]
    assert fields[2][2] == "ngày của bản tự chấm, dạng 2025-01-15 / date of this self-scoring, as 2025-01-15"
    assert header == list(form.COLUMNS) and dict(zip(header, label, strict=True)) | {"code": "mã: 3, 3.2, 3.2.1"} == {c: form.HINTS[c][0] for c in header}
    assert label[0] == "#label" and label[6:8] == ["cơ quan phụ trách", "điểm tự chấm"]
    fields_of_par = [[code, "field", vi, en] for code, (_, vi, en) in criteria.fields().items()]
    assert lines(table)[7:] == fields_of_par and len(fields_of_par) == 8
    assert sheet(book, "data") == [[cell or None for cell in line] for line in fields] + [header] + fields_of_par
    assert choices(book) == {
        "level": (["field", "criterion", "sub_criterion"], "B7:B414"),
        "method": (["appraisal", "survey"], "F7:F414"),
        "status": (["planned", "in_progress", "done", "late", "dropped"], "O7:O414"),
    }


def test_the_sheet_of_notes(tmp_path):
    notes = sheet(par.template(tmp_path)[1], "notes")
    assert notes[0][0].startswith("Chép bộ tiêu chí của kỳ đánh giá") and notes[1][1].startswith("No score yet: leave empty, do not write 0.")
    assert notes[2:17] == [[f"{column}: {vi}", f"{column}: {en}"] for column, (vi, en) in form.HINTS.items()]
    assert notes[17:] == [
        ["level = field: lĩnh vực", "level = field: field"],
        ["level = criterion: tiêu chí", "level = criterion: criterion"],
        ["level = sub_criterion: tiêu chí thành phần", "level = sub_criterion: sub-criterion"],
        ["method = appraisal: tự chấm và thẩm định", "method = appraisal: self-scored and appraised"],
        ["method = survey: điều tra xã hội học", "method = survey: sociological survey"],
        ["status = planned: chưa bắt đầu", "status = planned: planned"],
        ["status = in_progress: đang làm", "status = in_progress: in progress"],
        ["status = done: đã xong", "status = done: done"],
        ["status = late: chậm", "status = late: late"],
        ["status = dropped: thôi thực hiện", "status = dropped: dropped"],
    ]


def test_the_form_of_an_edition_whose_tree_is_known(tmp_path):
    tree = pd.DataFrame(
        [
            {"code": "1", "level": "field", "name_vi": "A", "name_en": "", "max_points": 100.0, "method": "", "row": 2},
            {"code": "1.1", "level": "criterion", "name_vi": "B", "name_en": "C", "max_points": 100.0, "method": "survey", "row": 3},
        ]
    )
    rows = lines(par.template(tmp_path, 2024, tree=tree)[0])
    assert rows[1][:2] == ["#edition", "2024"] and [line[1] for line in rows[:5]] == ["", "2024", "", "", ""]
    assert rows[7:] == [["1", "field", "A", "", "100.0", ""], ["1.1", "criterion", "B", "C", "100.0", "survey"]]
    assert len(lines(par.template(tmp_path, 2024)[0])) == 7 + 8  # no tree of 2024 is known: the eight fields


# ---- a right form -----------------------------------------------------------------------------------------------------

def test_points_are_kept_and_added_up_from_below(tmp_path):
    changes = {
        "1.1": {"self_score": "9,25", "ministry_score": 8.5, "reason": "thiếu", "name_en": "A"},
        "1.2": {"ministry_score": 2},
        "2.1": {"self_score": ""},
        "3.2": {"outstanding": "chờ", "deadline": "31/3/2024", "expected_score": "2,5", "status": "late", "self_score": 2},
    }
    one = par.read(of(tmp_path, changes))
    rows = one.items.set_index("code")
    assert (one.province, one.edition, one.as_of, one.path.name) == ("bac-ninh", 2023, dt.date(2024, 1, 15), "form.csv")
    assert rows.loc["1.1", ["self_score", "ministry_score", "max_points", "field", "unit", "department", "row", "leaf"]].tolist() == [
        9.25,
        8.5,
        10.0,
        next(iter(criteria.fields().values()))[0],
        "so-noi-vu",
        "Sở Nội vụ",
        8,
        True,
    ]
    assert rows.loc["1", ["self_score", "ministry_score", "leaf", "unit"]].tolist() == [11.75, 10.5, False, ""]
    assert np.isnan(rows.loc["2", "self_score"]) and np.isnan(rows.loc["3", "ministry_score"])  # a part is not known, nor is the sum
    assert rows.loc["3.2", ["deadline", "status", "expected_score"]].tolist() == [dt.date(2024, 3, 31), "late", 2.5] and rows.loc["1.1", "deadline"] is None
    leaves = one.leaves.set_index("code")
    assert leaves.loc[["1.1", "2.1", "2.2"], "known"].tolist() == ["ministry", "", "self"] and len(leaves) == 16
    assert leaves.loc["1.1", "score"] == 8.5 and leaves.loc["2.2", "score"] == 2.5 and np.isnan(leaves.loc["2.1", "score"])


def test_rows_in_any_order_come_back_in_the_order_of_the_tree(tmp_path):
    path = filled(tmp_path, META, form.COLUMNS, items()[::-1])
    assert par.read(path).items["code"].tolist() == [row["code"] for row in items()]


def test_sub_criteria_are_added_up_twice(tmp_path):
    below = [
        {"code": f"1.1.{i}", "level": "sub_criterion", "name_vi": "Thử", "max_points": 5, "method": "survey", "department": "so noi vu", "ministry_score": i}
        for i in (1, 2)
    ]
    one = par.read(of(tmp_path, {"1.1": {"self_score": "", "method": "", "department": ""}, "1.2": {"ministry_score": 1}}, more=below))
    rows = one.items.set_index("code")
    assert rows.loc[["1", "1.1", "1.1.1", "1.1.2"], "ministry_score"].tolist() == [4, 3, 1, 2] and not rows.loc["1.1", "leaf"]
    assert rows.loc["1.1.1", ["unit", "department"]].tolist() == ["so-noi-vu", "Sở Nội vụ"]


def test_what_a_check_says(tmp_path):
    assert par.check(of(tmp_path)).told("vi").splitlines() == [
        "form.csv: PAR INDEX 2023, 24 mục (16 mục có chấm điểm), 100 điểm",
        "  xem lại: chưa đọc được bộ tiêu chí 2023 có bao nhiêu tiêu chí: chỉ kiểm tra tổng 100 điểm",
    ]
    changes = {
        "3.1": {"ministry_score": 8},
        "4.1": {"ministry_score": 7, "reason": "x"},
        "5.1": {"evidence": ""},
        "7.1": {"self_score": ""},
        "6.1": {"outstanding": "a", "deadline": "2024-01-14"},
        "6.2": {"outstanding": "a", "deadline": "2024-01-15"},
    }
    assert str(par.check(of(tmp_path, changes))).splitlines() == [
        "form.csv: PAR Index 2023, 24 items (16 scored), 85–95 points",
        "  look again: 1 self-scored items without evidence: 5.1",
        "  look again: 1 items that the Ministry cut, without a reason: 3.1",
        f"  {NOT_READ}",
        "  look again: 1 outstanding items past their deadline on 15/01/2024: 6.1",
    ]
    assert par.check(of(tmp_path, changes)).told("vi").splitlines()[1:] == [
        "  xem lại: 1 mục tự chấm chưa có tài liệu kiểm chứng: 5.1",
        "  xem lại: 1 mục bị Bộ chấm thấp hơn mà chưa ghi lý do: 3.1",
        "  xem lại: chưa đọc được bộ tiêu chí 2023 có bao nhiêu tiêu chí: chỉ kiểm tra tổng 100 điểm",
        "  xem lại: 1 mục tồn tại đã quá hạn tính đến ngày 15/01/2024: 6.1",
    ]
    half = par.check(of(tmp_path, {"7.1": {"self_score": "2.25"}}))
    assert str(half).splitlines()[0].endswith(", 92.25 points") and half.told("vi").splitlines()[0].endswith(", 92,25 điểm")


def test_no_doubt_about_what_needs_no_proof(tmp_path):
    """No points claimed, points by survey, a cut of nothing."""
    changes = {
        "1.1": {"self_score": 0, "evidence": ""},
        "2.1": {"method": "survey", "self_score": "", "evidence": ""},
        "3.1": {"ministry_score": 10},
        "4.1": {"self_score": "", "ministry_score": 1},
    }
    assert str(par.read(of(tmp_path, changes))).splitlines()[1:] == [f"  {NOT_READ}"]


def test_of_many_items_the_first_eight_are_named(tmp_path):
    for n, told in ((8, "1.1, 1.2, 2.1, 2.2, 3.1, 3.2, 4.1, 4.2"), (10, "1.1, 1.2, 2.1, 2.2, 3.1, 3.2, 4.1, 4.2 and 2 more")):
        codes = [row["code"] for row in items() if "." in row["code"]][:n]
        one = par.read(of(tmp_path, {code: {"evidence": ""} for code in codes}))
        assert str(one).splitlines()[1] == f"  look again: {n} self-scored items without evidence: {told}"
    assert one.told("vi").splitlines()[1].endswith("4.2 và 2 trường hợp nữa")


def test_made_up_data_are_called_so(tmp_path):
    one = par.read(of(tmp_path, data_kind="SYNTHETIC"))
    assert one.synthetic and str(one).splitlines()[0].endswith("100 points · SYNTHETIC") and one.told("vi").splitlines()[0].endswith("100 điểm · SYNTHETIC")
    assert not par.read(of(tmp_path)).synthetic


# ---- a wrong one ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("changes", "column", "english", "vietnamese"), [
    ({"self_score": "10,5"}, "self_score", "above the item's 10 points → correct the score or the points", "lớn hơn 10 điểm tối đa của mục → sửa điểm chấm hoặc điểm tối đa"),
    ({"ministry_score": "11"}, "ministry_score", "above the item's 10 points → correct the score or the points", "lớn hơn 10 điểm tối đa của mục → sửa điểm chấm hoặc điểm tối đa"),
    ({"expected_score": "11", "outstanding": "a", "deadline": "2024-06-30"}, "expected_score", "above the item's 10 points → correct the score or the points",
     "lớn hơn 10 điểm tối đa của mục → sửa điểm chấm hoặc điểm tối đa"),
    ({"self_score": "-1"}, "self_score", "below zero → correct the score", "nhỏ hơn 0 → sửa điểm"),
    ({"self_score": "tốt"}, "self_score", "not a number → write digits only; leave the cell empty where there is no score",
     "không phải số → chỉ ghi chữ số; chưa có điểm thì để trống"),
    ({"method": "survey", "self_score": "10"}, "self_score", "points by survey are not self-scored → leave it empty until the survey's result is out",
     "điểm điều tra xã hội học không tự chấm → để trống đến khi có kết quả điều tra"),
    ({"method": "khác"}, "method", "how the item gets its points is not said → one of appraisal, survey", "chưa ghi cách tính điểm của mục → một trong: appraisal, survey"),
    ({"method": ""}, "method", "how the item gets its points is not said → one of appraisal, survey", "chưa ghi cách tính điểm của mục → một trong: appraisal, survey"),
    ({"max_points": "0", "self_score": ""}, "max_points", "an item has points above 0 → write the points of the criteria set",
     "điểm tối đa của mục phải lớn hơn 0 → ghi điểm theo bộ tiêu chí"),
    ({"max_points": ""}, "max_points", "an item has points above 0 → write the points of the criteria set", "điểm tối đa của mục phải lớn hơn 0 → ghi điểm theo bộ tiêu chí"),
    ({"max_points": "mười"}, "max_points", "not a number → write digits only; leave the cell empty where there is no score",
     "không phải số → chỉ ghi chữ số; chưa có điểm thì để trống"),
    ({"level": "field"}, "level", "3.1 is the code of a criterion → write criterion, or correct the code", "3.1 là mã của một criterion → ghi criterion, hoặc sửa mã"),
    ({"level": ""}, "level", "3.1 is the code of a criterion → write criterion, or correct the code", "3.1 là mã của một criterion → ghi criterion, hoặc sửa mã"),
    ({"code": "3.01"}, "code", "not a code of a field (3), criterion (3.2) or sub-criterion (3.2.1) → write it with points, no zeros in front",
     "không phải mã lĩnh vực (3), tiêu chí (3.2) hay tiêu chí thành phần (3.2.1) → ghi mã với dấu chấm, không thêm số 0 ở trước"),
    ({"code": "9.1"}, "code", "there is no item 9 above it → add the row, or correct the code", "không có mục 9 ở trên mục này → thêm dòng, hoặc sửa mã"),
    ({"department": ""}, "department", "no department in charge → write its full name", "không ghi cơ quan phụ trách → ghi tên đầy đủ"),
    ({"department": "Sở Nội vu và Ban"}, "department", "unknown unit → did you mean Sở Nội vụ, Sở Ngoại vụ? write it as in the list of units, or add it to data/institute_units.csv",
     "không có đơn vị này → có phải là Sở Nội vụ, Sở Ngoại vụ? ghi như trong danh sách đơn vị, hoặc thêm vào data/institute_units.csv"),
    ({"outstanding": "thiếu báo cáo"}, "deadline", "outstanding, and no deadline → write the day by which it is mended", "có tồn tại mà không ghi hạn → ghi ngày khắc phục xong"),
    ({"outstanding": "thiếu", "deadline": "cuối quý"}, "deadline", "not a date → write YYYY-MM-DD", "không phải ngày → ghi dạng NNNN-TT-NN"),
    ({"outstanding": "thiếu", "deadline": "2024-06-30", "expected_score": "9,5"}, "expected_score", "less than the score now (10) → mending does not cost points: correct one of the two",
     "thấp hơn điểm hiện nay (10) → khắc phục không làm mất điểm: sửa một trong hai"),
    ({"expected_score": "10"}, "outstanding", "an expected score, and nothing outstanding → say what is to be mended", "có điểm dự kiến mà không ghi tồn tại → ghi việc cần khắc phục"),
    ({"status": "soon"}, "status", "unknown status → one of planned, in_progress, done, late, dropped",
     "không có tình trạng này → một trong: planned, in_progress, done, late, dropped"),
])
def test_a_wrong_cell_is_named_as_typed_with_its_remedy_in_both_languages(tmp_path, changes, column, english, vietnamese):
    assert wrong(tmp_path, {"3.1": changes}) == wrong_at(14, column, changes.get(column, ""), english, vietnamese)  # and nothing that only follows from it


@pytest.mark.parametrize(("column", "english", "vietnamese"), [("self_score", "leave it empty; it is added up", "để trống; điểm này được cộng từ dưới lên"), ("outstanding", "write it in the row of the item below that it is about", "ghi ở dòng của mục con có tồn tại đó")])
def test_scores_and_what_is_outstanding_stand_at_the_lowest_items(tmp_path, column, english, vietnamese):
    assert wrong(tmp_path, {"3": {column: "5"}}) == [f"row 13, column {column}, value '5': 3 has items below it, which bear the scores → {english}", f"dòng 13, cột {column}, giá trị '5': 3 có các mục con mang điểm → {vietnamese}"]


def test_a_department_with_the_province_of_the_form_behind(tmp_path):
    one = par.read(of(tmp_path, {"3.2": {"department": "Thanh tra tỉnh Bắc Ninh"}}))
    assert one.items.set_index("code").loc["3.2", ["unit", "department"]].tolist() == ["thanh-tra-tinh", "Thanh tra tỉnh"]


def test_three_decimals_are_no_thousand_in_points(tmp_path):
    one = par.read(of(tmp_path, {"3.2": {"outstanding": "a", "deadline": "2024-06-30", "self_score": "1.125", "expected_score": "2.375"}}))
    assert one.items.set_index("code").loc["3.2", ["self_score", "expected_score"]].tolist() == [1.125, 2.375]


def test_the_expected_score_is_held_against_the_ministrys_where_there_is_one(tmp_path):
    mended = {"outstanding": "a", "deadline": "2024-06-30", "expected_score": 9}
    assert len(par.read(of(tmp_path, {"3.1": mended | {"ministry_score": 9, "reason": "x"}})).items) == 24
    assert wrong(tmp_path, {"3.1": mended | {"ministry_score": "9,5"}})[0].startswith("row 14, column expected_score, value '9': less than the score now (9.5)")


def test_points_within_a_millionth_are_equal(tmp_path):
    """Points have at most four decimals; what a spreadsheet adds to them is noise."""
    noisy = {"3.1": {"self_score": "10.0000005", "outstanding": "a", "deadline": "2024-06-30", "expected_score": "9.9999999"}}
    assert len(par.read(of(tmp_path, noisy)).items) == 24
    assert "above the item's 10 points" in wrong(tmp_path, {"3.1": {"self_score": "10.00001"}})[0]


@pytest.mark.parametrize(
    ("changes", "meta", "english", "vietnamese"),
    [
        ({}, {"edition": "kỳ này"}, "row 2, column #edition, value 'kỳ này': not a year → write four digits", "dòng 2, cột #edition, giá trị 'kỳ này': không phải năm → ghi bốn chữ số"),
        *(
            (
                {}, {field: ""}, f"row {row}, column #{field}: the field is empty or missing → fill it as in the form of: govlib institute template par_scoring",
                f"dòng {row}, cột #{field}: mục này trống hoặc thiếu → điền như trong mẫu của: govlib institute template par_scoring",
            )
            for field, row in (("edition", 2), ("as_of", 3))
        ),
        ({}, {"as_of": "hôm qua"}, "row 3, column #as_of, value 'hôm qua': not a date → write YYYY-MM-DD", "dòng 3, cột #as_of, giá trị 'hôm qua': không phải ngày → ghi dạng NNNN-TT-NN"),
        (
            {},
            {"province": "Bắc Nin"},
            "row 1, column #province, value 'Bắc Nin': unknown province → nearest: Bắc Ninh (bac-ninh), Bắc Giang (bac-giang), Bắc Kạn (bac-kan)",
            "dòng 1, cột #province, giá trị 'Bắc Nin': không rõ tỉnh nào → gần nhất: Bắc Ninh (bac-ninh), Bắc Giang (bac-giang), Bắc Kạn (bac-kan)",
        ),
        (
            {},
            {"province": "Bắc Giang", "edition": 2025},
            "row 1, column #province, value 'Bắc Giang': the province was abolished on 30/06/2025 → write Bắc Ninh, or correct #edition",
            "dòng 1, cột #province, giá trị 'Bắc Giang': tỉnh đã kết thúc ngày 30/06/2025 → ghi Bắc Ninh, hoặc sửa #edition",
        ),
        ({}, {"as_of": "2052-01-15"}, "row 3, column #as_of, value '2052-01-15': a day in the future → correct the day", "dòng 3, cột #as_of, giá trị '2052-01-15': ngày ở tương lai → sửa ngày"),
        ({"3.1": {"ministry_score": 10}}, {"ministry_source": ""}, "row 5, column #ministry_source: scores of the Ministry without their source → write the document or page they were copied from", "dòng 5, cột #ministry_source: có điểm của Bộ mà không ghi nguồn → ghi văn bản hoặc trang đã chép"),
        ({"4": {"max_points": "13,5"}, "4.1": {"max_points": 11}}, {}, "column max_points: the fields add up to 101, not to 100 → check the points of the fields", "cột max_points: các lĩnh vực cộng lại là 101, không phải 100 → xem lại điểm của các lĩnh vực"),
        ({"3.1": {"max_points": 9, "self_score": 9}}, {}, "row 13, column max_points, value '12,5': the items under 3 add up to 11.5 → correct one of them", "dòng 13, cột max_points, giá trị '12,5': các mục thuộc 3 cộng lại là 11,5 → sửa một trong các số"),
        ({}, {"edition": 2021}, "row 25, column max_points, value '12,5': the field has 15 points as published for 2021 → check it", "dòng 25, cột max_points, giá trị '12,5': lĩnh vực này có 15 điểm theo công bố của 2021 → xem lại"),
    ],
)
def test_a_wrong_field_or_sum_is_named_with_its_remedy_in_both_languages(tmp_path, changes, meta, english, vietnamese):
    assert wrong(tmp_path, changes, **meta) == [english, vietnamese]


def test_a_province_s_last_edition_is_noted_after_the_province_has_gone(tmp_path):
    """The Ministry's scores of 2024 came out in 2025; under Bắc Ninh they would be another province's."""
    assert par.read(of(tmp_path, province="Bắc Giang", edition=2024, as_of="2025-08-15")).province == "bac-giang"


def test_without_scores_of_the_ministry_no_source_is_asked_for(tmp_path):
    assert len(par.read(of(tmp_path, ministry_source="")).items) == 24


def test_a_day_that_cannot_be_read_says_nothing_of_departments(tmp_path):
    assert len(wrong(tmp_path, {"3.1": {"department": "Sở Lạ"}}, as_of="hôm qua")) == 2


def test_a_department_of_a_field_is_looked_up_too(tmp_path):
    assert wrong(tmp_path, {"3": {"department": "Sở Lạ"}})[0].startswith("row 13, column department, value 'Sở Lạ': unknown unit")


def test_items_that_are_missing(tmp_path):
    assert wrong(tmp_path, without=("5", "5.1", "5.2")) == ["column code, value '5': the field is missing: Cải cách chế độ công vụ → restore its row", "cột code, giá trị '5': thiếu lĩnh vực: Cải cách chế độ công vụ → khôi phục dòng đó"]
    assert wrong(tmp_path, without=("5.1", "5.2")) == ["row 19, column code, value '5': a field without criteria → add its criteria", "dòng 19, cột code, giá trị '5': lĩnh vực không có tiêu chí nào → bổ sung các tiêu chí của lĩnh vực"]
    assert wrong(tmp_path, more=[{"code": "9", "level": "field", "max_points": 1}]) == ["row 31, column code, value '9': not one of the 8 fields → fields are 1, 2, 3, 4, 5, 6, 7, 8", "dòng 31, cột code, giá trị '9': không phải một trong 8 lĩnh vực → các lĩnh vực là 1, 2, 3, 4, 5, 6, 7, 8"]


def test_an_item_twice(tmp_path):
    assert wrong(tmp_path, {"3.1": {"code": "3.2"}}) == wrong_at(
        15, "code", "3.2", "the item stands twice (also in row 14) → delete one of the two rows; if it was 3.20 (Excel makes 3.2 of it), type it as text: '3.20",
        "mục bị lặp (đã có ở dòng 14) → xoá một trong hai dòng; nếu đó là 3.20 (Excel đổi thành số 3.2) thì gõ ở dạng chữ: '3.20")


def test_a_code_that_excel_has_made_a_number(tmp_path):
    """3.10 typed into a cell for numbers is 3.1: to delete one of the two would lose a criterion."""
    more = [{"code": "3.1", "level": "criterion", "max_points": 1, "department": "Sở Nội vụ"}, {"code": "3.10.1", "level": "sub_criterion", "max_points": 1, "method": "survey", "department": "Sở Nội vụ"}]
    assert wrong(tmp_path, more=more) == [
        *wrong_at(31, "code", "3.1", "the item stands twice (also in row 14) → delete one of the two rows; if it was 3.10 (Excel makes 3.1 of it), type it as text: '3.10",
                  "mục bị lặp (đã có ở dòng 14) → xoá một trong hai dòng; nếu đó là 3.10 (Excel đổi thành số 3.1) thì gõ ở dạng chữ: '3.10"),
        *wrong_at(32, "code", "3.10.1", "there is no item 3.10 above it → add the row, or correct the code; if Excel made 3.1 of 3.10, type it as text: '3.10",
                  "không có mục 3.10 ở trên mục này → thêm dòng, hoặc sửa mã; nếu Excel đã đổi 3.10 thành số 3.1 thì gõ ở dạng chữ: '3.10")]
    for code in ("3", "3.12", "3.1.1"):  # of these Excel makes nothing else
        assert any(text.endswith("→ delete one of the two rows") for text in wrong(tmp_path, more=[{"code": code, "level": "x"}] * 2)), code


def test_codes_are_text_in_the_workbook(tmp_path):
    import openpyxl

    sheet_ = openpyxl.load_workbook(par.template(tmp_path)[1])["data"]
    assert sheet_.column_dimensions["A"].number_format == "@" and {cell.number_format for cell in sheet_["A"]} == {"@"}  # also of cells not there yet
    assert {cell.number_format for cell in sheet_["E"]} == {"General"} and sheet_.column_dimensions["A"].width >= 12


def test_points_that_are_no_number_do_not_make_the_sums_wrong_as_well(tmp_path):
    assert len(wrong(tmp_path, {"4": {"max_points": "x"}})) == len(wrong(tmp_path, {"4.1": {"max_points": "x"}})) == 2


def test_the_numbers_of_an_edition_as_published(tmp_path):
    assert wrong(tmp_path, edition=2022) == [
        "column code: the 2022 set has 37 criteria as published (vietnambiz 19/4/2023), here are 16 → compare with the criteria set",
        "cột code: bộ tiêu chí 2022 có 37 tiêu chí theo công bố (vietnambiz 19/4/2023), ở đây có 16 → đối chiếu với bộ tiêu chí",
        "column code: the 2022 set has 88 sub-criteria as published (vietnambiz 19/4/2023), here are 0 → compare with the criteria set",
        "cột code: bộ tiêu chí 2022 có 88 tiêu chí thành phần theo công bố (vietnambiz 19/4/2023), ở đây có 0 → đối chiếu với bộ tiêu chí",
        "column method: 32 of the 2022 points come by survey as published, here 0 → check the column method",
        "cột method: theo công bố 32 điểm của kỳ 2022 là điều tra xã hội học, ở đây là 0 → xem lại cột method",
    ]


def test_a_form_beside_the_tree_that_the_institute_put_down(tmp_path):
    folder = tmp_path / "trees"
    folder.mkdir()
    rows = [{**dict.fromkeys(criteria.TREE, ""), **{k: v for k, v in row.items() if k in criteria.TREE}} for row in items()]
    pd.DataFrame(rows).to_csv(folder / "2023.csv", index=False)
    read = lambda path: par.read(path, folder=folder)  # noqa: E731
    assert len(read(of(tmp_path)).items) == 24
    other = of(tmp_path, {"8.1": {"max_points": "12,5", "self_score": ""}}, without=("8.2",))
    assert said(refusal(read, other)) == [
        "column code, value '8.2': the item is missing: Tiêu chí thử 8.2 → restore its row; leave the scores empty if there are none",
        "cột code, giá trị '8.2': thiếu mục: Tiêu chí thử 8.2 → khôi phục dòng; chưa có điểm thì để trống",
        "row 29, column max_points, value '12,5': 10 points in the 2023 set → restore the points of the set",
        "dòng 29, cột max_points, giá trị '12,5': bộ tiêu chí 2023 cho mục này 10 điểm → khôi phục điểm của bộ tiêu chí",
    ]
    extra = of(tmp_path, {"8.2": {"max_points": 1.5, "self_score": 1}}, more=[{"code": "8.3", "level": "criterion", "max_points": 1, "method": "survey", "department": "Sở Nội vụ"}])
    assert [text for text in said(refusal(read, extra))[::2] if "8.3" in text] == ["row 31, column code, value '8.3': not an item of the 2023 set → see reference/par_criteria/2023.csv"]


def test_the_tree_that_the_institute_put_down_is_read_as_a_form_is(tmp_path):
    """As Excel saves it: semicolons, UTF-16; rows as a spreadsheet counts, blank ones and lines within a cell too."""
    rows = [{**dict.fromkeys(criteria.TREE, ""), **{k: v for k, v in row.items() if k in criteria.TREE}} for row in items()]
    path = tmp_path / "2023.csv"
    pd.DataFrame(rows).to_csv(path, index=False, sep=";", encoding="utf-16")
    assert criteria.tree(2023, tmp_path)["code"].tolist() == [row["code"] for row in rows]
    text = pd.DataFrame(rows).to_csv(index=False, lineterminator="\n")
    at = text.count("\n", 0, text.index("\n2,")) + 2  # the row of field 2
    path.write_text(text.replace("\n2,field", "\n\n\n2,fiel"), encoding="utf-8")
    assert said(refusal(lambda p: criteria.tree(2023, tmp_path), path))[0] == f"2023.csv, row {at + 2}, column level, value 'fiel': 2 is the code of a field → write field, or correct the code"


def test_a_header_without_a_column_is_told_before_any_cell(tmp_path):
    columns = [name for name in form.COLUMNS if name != "reason"]
    assert said(refusal(par.read, filled(tmp_path, META, columns, items({"3.1": {"self_score": "x"}})))) == [
        "row 6, column reason: the column is missing → columns as written by: govlib institute template par_scoring",
        "dòng 6, cột reason: thiếu cột này → các cột như trong: govlib institute template par_scoring",
    ]


def test_all_that_is_wrong_is_told_at_once(tmp_path):
    found = refusal(par.read, of(tmp_path, {"1.1": {"self_score": "x"}, "2.1": {"department": ""}, "3.1": {"status": "?"}}, province="Bắc Nin"))
    assert [(p.row, p.column) for p in found] == [(1, "#province"), (8, "self_score"), (11, "department"), (14, "status")]
