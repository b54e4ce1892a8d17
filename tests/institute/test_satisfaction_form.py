"""The satisfaction survey's form, small and made up (SYNTHETIC): what staff read of a wrong cell, in both languages, and what is kept of a right one."""

from __future__ import annotations

import pytest
from kit import surveys
from kit.filled import choices, filled, lines, refusal, said, sheet, wrong_at

from govlib.institute import satisfaction
from govlib.institute.satisfaction import form

META = {"province": "Bắc Ninh", "year": 2025, "fieldwork_from": "2025-09-01", "fieldwork_to": "2025-10-15", "producer": "", "sampling": ""}
ROWS = FIRST, SECOND, THIRD = 8, 9, 10  # of three respondents, below six fields and the header
SERVICES = "service_centre, public_health, online, commune"


def of(tmp_path, cells=None, **meta):
    """Three respondents; ``cells``: (row, column) → another value."""
    rows = {FIRST: {"respondent_id": "R1", "service": "online", "unit": "Cổng dịch vụ công", "respondent_type": "citizen", "sex": "nữ", "age_group": "18–29 tuổi",
                    "stratum": "a", "psu": 1, "weight": "1,5", "overall": 4, "a1": 5},
            SECOND: {"respondent_id": "R2", "service": "Dịch vụ hành chính công cấp xã", "unit": "UBND Xã Mẫu", "respondent_type": "Doanh nghiệp", "area": "Urban",
                     "stratum": "a", "psu": 2, "weight": 1, "overall": 2},
            THIRD: {"respondent_id": "R3", "service": "commune", "unit": "ubnd  xã mẫu", "sex": "Men", "age_group": "60+", "stratum": "b", "psu": 3, "weight": 2, "a1": 1}}
    for (row, column), value in (cells or {}).items():
        rows[row][column] = value
    return filled(tmp_path, META | meta, form.columns(), rows.values())


def wrong(tmp_path, cells=None, **meta):
    return said(refusal(satisfaction.read, of(tmp_path, cells, **meta)))


# ---- the empty form ---------------------------------------------------------------------------------------------------

def test_the_empty_form(tmp_path):
    table, book = satisfaction.template(tmp_path)
    assert (table.name, book.name) == ("satisfaction.csv", "satisfaction.xlsx")
    *fields, label, header = lines(table)
    assert [line[:2] for line in fields] == [[f"#{key}", ""] for key in META]
    assert fields[1][2] == "năm của đợt khảo sát / year of the round" and fields[5][2].endswith("/ how respondents were drawn, one sentence")
    assert header == form.columns() and header[:10] == ["respondent_id", "service", "unit", "respondent_type", "sex", "age_group", "area", "stratum", "psu", "weight"]
    assert label[:11] == ["#label", "Lĩnh vực", "Đơn vị", "Đối tượng", "Giới tính", "Nhóm tuổi", "Khu vực", "stratum", "psu", "weight",
                          "Hài lòng chung về việc cơ quan phục vụ"] and label[10:] == [about["vi"] for about in satisfaction.items().values()]
    assert sheet(book, "data") == [[cell or None for cell in line] for line in fields] + [header]
    assert choices(book) == {"service": (SERVICES.split(", "), "B8:B2007"), "respondent_type": (["citizen", "firm"], "D8:D2007"), "sex": (["female", "male"], "E8:E2007"),
                             "age_group": (["18-29", "30-44", "45-59", "60+"], "F8:F2007"), "area": (["urban", "rural"], "G8:G2007")}


def test_the_sheet_of_notes(tmp_path):
    notes = sheet(satisfaction.template(tmp_path)[1], "notes")
    assert notes[0][0].startswith("Mỗi người trả lời một dòng.") and notes[1][1].startswith("weight: above 0;")
    assert notes[2] == ["service = service_centre: Trung tâm hành chính công các cấp", "service = service_centre: Public administrative service centres"]
    assert notes[8:10] == [["sex = female: Nữ", "sex = female: Women"], ["sex = male: Nam", "sex = male: Men"]] and notes[15][0] == "area = rural: Nông thôn"
    assert notes[16:] == [[f"{key}: {about['vi']}", f"{key}: {about['en']}"] for key, about in satisfaction.items().items()]


def test_questions_and_labels():
    items = satisfaction.items()
    assert len(items) == 15 and next(iter(items)) == "overall" and {about["factor"] for about in items.values()} == {"overall", *satisfaction.FACTORS}
    assert [form.label("service", "online", lang) for lang in ("vi", "en")] == ["Dịch vụ công trực tuyến", "Online public services"]
    assert [form.label("sex", "female", lang) for lang in ("vi", "en")] == ["Nữ", "Women"] and form.label("unit", "UBND Xã Mẫu", "en") == "UBND Xã Mẫu"
    assert [form.label("sex", "", lang) for lang in ("vi", "en")] == ["Không rõ", "Not stated"]


# ---- a right form -----------------------------------------------------------------------------------------------------

def test_every_answer_is_kept_and_choices_become_their_ids(tmp_path):
    one = satisfaction.read(of(tmp_path))
    rows = one.data.set_index("row")
    assert rows[["respondent_id", "service", "unit", *form.GROUPS, "stratum", "psu", "weight"]].to_numpy().tolist() == [
        ["R1", "online", "Cổng dịch vụ công", "citizen", "female", "18-29", "", "a", "1", 1.5],
        ["R2", "commune", "Xã Mẫu", "firm", "", "", "urban", "a", "2", 1.0],
        ["R3", "commune", "Xã Mẫu", "", "male", "60+", "", "b", "3", 2.0]]  # one unit in two spellings
    assert rows[list(satisfaction.items())].stack().dropna().to_dict() == {(FIRST, "overall"): 4, (FIRST, "a1"): 5, (SECOND, "overall"): 2, (THIRD, "a1"): 1}
    assert (one.year, one.path.name, one.meta["province"], one.synthetic) == (2025, "form.csv", "Bắc Ninh", False)
    assert {name: found.tolist() for name, found in one.design.items()} == {"stratum": [0, 0, 1], "psu": [0, 1, 2]}


def test_a_department_with_the_province_of_the_form_behind(tmp_path):
    one = satisfaction.read(of(tmp_path, {(FIRST, "unit"): "Sở Nội vụ tỉnh Bắc Ninh", (SECOND, "unit"): "Bảo hiểm xã hội tỉnh"}))
    assert one.data["unit"].tolist()[:2] == ["Sở Nội vụ", "Bảo hiểm xã hội tỉnh"] and "in no list of units, taken as written: Bảo hiểm xã hội tỉnh, Xã mẫu" in one.notes


def test_communes_by_their_office_or_their_name_and_two_that_differ_in_marks_only(tmp_path):
    names = ["Xã Tân Chi", "UBND xã Tân Chi", "Ủy ban nhân dân xã Tân Chi", "Xã Đông Sơn", "UBND xã Đồng Sơn", "Trung tâm Phục vụ hành chính công xã Tân Chi", "Bệnh viện Mẫu"]
    one = satisfaction.read(filled(tmp_path, META, form.columns(), [{"respondent_id": f"R{i}", "service": "commune", "unit": name, "overall": 5} for i, name in enumerate(names)]))
    assert one.data["unit"].value_counts().to_dict() == {"Xã Tân Chi": 3} | dict.fromkeys(["Xã Đông Sơn", "Xã Đồng Sơn", *names[-2:]], 1)
    assert one.told("vi").splitlines()[-2:] == [
        "  chưa có trong danh mục đơn vị, giữ nguyên tên đã ghi: Bệnh viện Mẫu, Trung tâm Phục vụ hành chính công xã Tân Chi, Xã Tân Chi, Xã Đông Sơn, Xã Đồng Sơn",
        "  Xã Đông Sơn, Xã Đồng Sơn chỉ khác nhau về dấu và được tính là 2 đơn vị: có tên nào gõ nhầm không?"]
    assert str(one).endswith("Xã Đông Sơn, Xã Đồng Sơn differ in marks only and count as 2 units: is one of them a slip of the pen?")


def test_what_a_check_says(tmp_path):
    one = satisfaction.check(of(tmp_path))
    assert one.told("vi").splitlines() == [
        "form.csv: 3 người trả lời, 2 đơn vị, 2 dịch vụ, đợt 2025",
        "  dưới 10 câu trả lời, sẽ không công bố: Dịch vụ hành chính công cấp xã (1), Dịch vụ công trực tuyến (1)",
        "  chưa có trong danh mục đơn vị, giữ nguyên tên đã ghi: Cổng dịch vụ công, Xã Mẫu"]
    assert str(one).splitlines() == ["form.csv: 3 respondents, 2 units, 2 services, round 2025",
                                     "  fewer than 10 answers, will not be published: Public services at commune level (1), Online public services (1)",
                                     "  in no list of units, taken as written: Cổng dịch vụ công, Xã Mẫu"]


@pytest.mark.parametrize("answers", [9, 10])
def test_ten_answers_to_the_overall_question_are_enough_to_be_published(tmp_path, answers):
    rows = [{"respondent_id": f"R{i}", "service": "online", "unit": "Cổng", "overall": 5 if i < answers else "", "a1": 5} for i in range(12)]
    few = ["  fewer than 10 answers, will not be published: Online public services (9)"] if answers == 9 else []
    assert str(satisfaction.read(filled(tmp_path, META, form.columns(), rows))).splitlines() == [
        "form.csv: 12 respondents, 1 units, 1 services, round 2025", *few, "  no weights given: every respondent counts the same",
        "  in no list of units, taken as written: Cổng"]


def test_a_design_that_nobody_gave(tmp_path):
    one = satisfaction.read(of(tmp_path, {(row, column): "" for row in ROWS for column in ("weight", "stratum", "psu")}))
    assert one.data["weight"].tolist() == [1, 1, 1] and one.design == {"stratum": None, "psu": None}
    assert "không có quyền số: mọi người trả lời được tính như nhau" in one.told("vi")


def test_a_weight_that_lost_its_decimal_mark_is_to_be_looked_at_again(tmp_path):
    """A spreadsheet program set to English makes 128 of 1,28, and one respondent counts for a hundred."""
    cells = {(FIRST, "weight"): "1,25", (SECOND, "weight"): "128", (THIRD, "weight"): "1,5"}
    note = "  row 9, column weight: 128 where the others are around 1.5: was a decimal mark lost?"
    one = satisfaction.read(of(tmp_path, cells))
    assert note in str(one).splitlines() and "  dòng 9, cột weight: 128 trong khi các ô khác quanh 1,5: có mất dấu thập phân không?" in one.told("vi").splitlines()
    for weights in (("1,25", "128,5", "1,5"), ("1", "128", "2"), ("1,25", "11", "1,5")):  # fractions as all, whole as all, near enough
        other = satisfaction.read(of(tmp_path, {(row, "weight"): text for row, text in zip(ROWS, weights, strict=True)}))
        assert "decimal mark" not in str(other)


def test_made_up_data_are_called_so_by_their_field_or_their_column(tmp_path):
    by_field = satisfaction.read(of(tmp_path, data_kind="SYNTHETIC"))
    rows = [{"respondent_id": "R1", "service": "online", "unit": "Cổng", "overall": 5, "data_kind": "SYNTHETIC"}]
    by_column = satisfaction.read(filled(tmp_path, META, [*form.columns(), "data_kind"], rows))
    for one in (by_field, by_column):
        assert one.synthetic and one.told("vi").splitlines()[0].endswith("đợt 2025 · SYNTHETIC") and str(one).splitlines()[0].endswith("round 2025 · SYNTHETIC")


# ---- a wrong one ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("column", "value", "english", "vietnamese"), [
    ("respondent_id", "", "no respondent_id → give every respondent a number of their own", "không có respondent_id → đánh số riêng cho từng người trả lời"),
    ("service", "", f"empty → one of {SERVICES}", f"đang trống → một trong: {SERVICES}"),
    ("service", "thuế", f"not a service → one of {SERVICES}", f"không phải dịch vụ → một trong: {SERVICES}"),
    ("sex", "x", "not a sex → one of female, male", "không phải sex → một trong: female, male"),
    ("age_group", "17", "not a age_group → one of 18-29, 30-44, 45-59, 60+", "không phải age_group → một trong: 18-29, 30-44, 45-59, 60+"),
    ("unit", "", "no unit → write who served the respondent", "không ghi đơn vị → ghi đơn vị đã phục vụ người trả lời"),
    ("unit", "123", "unknown unit → write its full name", "không có đơn vị này → ghi tên đầy đủ"),
    *(("unit", name, "unknown unit → did you mean Sở Nội vụ, Sở Ngoại vụ? write it as in the list of units, or add it to data/institute_units.csv",
       "không có đơn vị này → có phải là Sở Nội vụ, Sở Ngoại vụ? ghi như trong danh sách đơn vị, hoặc thêm vào data/institute_units.csv")
      for name in ("Sở NV", "Sở Nội vụ (BPMC)")),
    ("unit", "Sở Giao thông vận tải", "abolished on 28/02/2025; its work went to Sở Xây dựng → give the answers about Sở Xây dựng to that unit, if they are about it",
     "đã kết thúc ngày 28/02/2025; công việc chuyển về Sở Xây dựng → ghi cho Sở Xây dựng nếu câu trả lời nói về đơn vị đó"),
    ("weight", "-1,5", "a weight is above zero → correct the weight; a respondent who should not count does not belong in the file",
     "quyền số phải lớn hơn 0 → sửa quyền số; người không được tính thì không để trong tệp"),
    ("weight", "nặng", "not a number → write the weight as a number above 0", "không phải số → ghi quyền số là số lớn hơn 0"),
    ("weight", "", "weight is empty here and given in other rows → fill it in every row, or leave the whole column empty",
     "weight để trống ở đây mà có ở các dòng khác → điền ở mọi dòng, hoặc để trống cả cột"),
    ("stratum", "", "stratum is empty here and given in other rows → fill it in every row, or leave the whole column empty",
     "stratum để trống ở đây mà có ở các dòng khác → điền ở mọi dòng, hoặc để trống cả cột"),
    ("psu", "", "psu is empty here and given in other rows → fill it in every row, or leave the whole column empty",
     "psu để trống ở đây mà có ở các dòng khác → điền ở mọi dòng, hoặc để trống cả cột"),
    *((column, text, "a word for nothing, where a number or a name belongs → write the number or the name, or leave the cell empty",
       "chữ dùng thay cho ô trống, trong khi ở đây cần số hoặc tên → ghi số hoặc tên, hoặc để trống ô") for column, text in
      (("psu", "NA"), ("stratum", "n/a"), ("respondent_id", "NaN"), ("psu", "–"))),
    *((column, "1²", "a footnote's mark, a figure raised, lowered or in brackets, stands in the name → write the name without the mark",
       "trong tên có ký hiệu chú thích (chữ số viết cao, viết thấp hoặc trong ngoặc) → ghi tên không kèm ký hiệu đó") for column in ("psu", "stratum", "respondent_id")),
    ("a1", "6", "not an answer from 1 to 5 → type the answer again; empty where there is none",
     "không phải câu trả lời từ 1 đến 5 → gõ lại câu trả lời; không trả lời thì để trống"),
    ("overall", "0", "not an answer from 1 to 5 → type the answer again; empty where there is none",
     "không phải câu trả lời từ 1 đến 5 → gõ lại câu trả lời; không trả lời thì để trống"),
    ("a1", "4,5", "not an answer from 1 to 5 → type the answer again; empty where there is none",
     "không phải câu trả lời từ 1 đến 5 → gõ lại câu trả lời; không trả lời thì để trống"),
    ("a1", "tốt", "not an answer from 1 to 5 → type the answer again; empty where there is none",
     "không phải câu trả lời từ 1 đến 5 → gõ lại câu trả lời; không trả lời thì để trống"),
])
def test_a_wrong_cell_is_named_with_its_remedy_in_both_languages(tmp_path, column, value, english, vietnamese):
    assert wrong(tmp_path, {(FIRST, column): value}) == wrong_at(FIRST, column, value, english, vietnamese)


def test_a_row_without_answers(tmp_path):
    assert wrong(tmp_path, {(FIRST, "overall"): "", (FIRST, "a1"): ""}) == [
        "row 8, value 'R1': no answer to any question → delete the row, or type the answers in",
        "dòng 8, giá trị 'R1': không trả lời câu nào → xoá dòng, hoặc gõ các câu trả lời"]


def test_nobody_answered_the_question_that_counts(tmp_path):
    assert wrong(tmp_path, {(FIRST, "overall"): "", (SECOND, "overall"): "", (SECOND, "a1"): 2}) == [
        "column overall: nobody answered the overall question → the shares are of this question: type it in",
        "cột overall: không ai trả lời câu hỏi chung → tỷ lệ tính theo câu này: hãy gõ vào"]


def test_every_row_of_a_respondent_is_held_against_the_first(tmp_path):
    assert wrong(tmp_path, {(FIRST, "respondent_id"): "R3"}) == wrong_at(
        THIRD, "respondent_id", "R3", "respondent twice (also in row 8) → keep one of the two rows", "người trả lời bị lặp (đã có ở dòng 8) → giữ một trong hai dòng")
    found = wrong(tmp_path, {(row, "respondent_id"): "R9" for row in ROWS})
    assert [text.partition(" → ")[0] for text in found[::2]] == [f"row {row}, column respondent_id, value 'R9': respondent twice (also in row 8)" for row in (SECOND, THIRD)]


def test_weights_in_the_thousands_as_excel_saves_them_in_vietnam(tmp_path):
    path = of(tmp_path, {(FIRST, "weight"): "1.250", (SECOND, "weight"): "980", (THIRD, "weight"): "2.134"})
    path.write_text(path.read_text(encoding="utf-8-sig").replace(",", ";"), encoding="utf-8-sig")
    assert [(p.row, p.column, str(p.problem)) for p in refusal(satisfaction.read, path)] == [(row, "weight", "could be a thousand or a fraction") for row in (FIRST, THIRD)]


def test_a_weight_that_cannot_be_read_does_not_make_the_others_missing(tmp_path):
    assert len(wrong(tmp_path, {(FIRST, "weight"): "x", (SECOND, "weight"): "", (THIRD, "weight"): ""})) == 2
    two = wrong(tmp_path, {(FIRST, "weight"): "x", (SECOND, "weight"): ""})
    assert [text.partition(":")[0] for text in two[::2]] == ["row 8, column weight, value 'x'", "row 9, column weight"]


@pytest.mark.parametrize(("field", "value", "english", "vietnamese"), [
    ("year", "2004", "not a year → write four digits", "không phải năm → ghi bốn chữ số"),
    *surveys.fields("satisfaction"),
])
def test_a_wrong_field_is_named_with_its_remedy_in_both_languages(tmp_path, field, value, english, vietnamese):
    assert wrong(tmp_path, **{field: value}) == wrong_at(1 + list(META).index(field), f"#{field}", value, english, vietnamese)


def test_the_days_may_be_todays_and_a_province_is_taken_while_it_was(tmp_path):
    surveys.days_and_provinces(satisfaction.read, lambda **fields: of(tmp_path, **fields))


@pytest.mark.parametrize(("year", "doubtful"), surveys.YEARS)
def test_days_of_another_year_than_the_round_s_are_to_be_looked_at(tmp_path, year, doubtful):
    surveys.days_of_another_year(satisfaction.read, lambda **fields: of(tmp_path, **fields), year, doubtful)


def test_without_a_day_of_fieldwork_nothing_is_said_of_units(tmp_path):
    found = wrong(tmp_path, {(FIRST, "unit"): "Huyện Tiên Du", (FIRST, "a1"): 9}, fieldwork_to="mai")
    assert [text.partition(":")[0] for text in found[::2]] == ["row 4, column #fieldwork_to, value 'mai'", "row 8, column a1, value '9'"]


def test_a_header_without_a_column_is_told_before_any_cell(tmp_path):
    columns = [name for name in form.columns() if name != "p2"]
    assert said(refusal(satisfaction.read, filled(tmp_path, META, columns, [{"respondent_id": "R1", "service": "x", "a1": 9}]))) == [
        "row 7, column p2: the column is missing → columns as written by: govlib institute template satisfaction",
        "dòng 7, cột p2: thiếu cột này → các cột như trong: govlib institute template satisfaction"]


def test_all_that_is_wrong_is_told_at_once(tmp_path):
    found = refusal(satisfaction.read, of(tmp_path, {(FIRST, "weight"): "0", (SECOND, "sex"): "x", (THIRD, "unit"): ""}, year="x"))
    assert [(p.row, p.column) for p in found] == [(2, "#year"), (FIRST, "weight"), (SECOND, "sex"), (THIRD, "unit")]


def test_a_title_above_the_header_is_told_once(tmp_path):
    path = of(tmp_path)
    path.write_text(path.read_text(encoding="utf-8-sig").replace("\nrespondent_id,", "\nBảng 1\nrespondent_id,", 1), encoding="utf-8")
    assert said(refusal(satisfaction.read, path)) == wrong_at(
        7, "", "Bảng 1", "the header stands in row 8, below another line → delete the lines above the header, or begin each of them with #",
        "dòng tiêu đề nằm ở dòng 8, dưới một dòng khác → xoá các dòng ở trên dòng tiêu đề, hoặc thêm # vào đầu mỗi dòng đó")
