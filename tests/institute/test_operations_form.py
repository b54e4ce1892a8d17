"""The form of operations, small and made up (SYNTHETIC): every slip in it as staff read it, in both languages, and what is kept of a right one."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import numpy as np
import pytest
from kit.filled import choices, filled, refusal, said, sheet, wrong_at
from kit.filled import lines as rows_of

from govlib.forms import old_fonts
from govlib.institute import operations
from govlib.institute import units as unit_list
from govlib.institute.operations import form

META = {"province": "Bắc Ninh", "first_month": "2024-01", "last_month": "2024-04", "producer": "", "source": ""}
SERVICES = "procedures, five_on_the_spot, rapid_response, feedback, business_registration"
FIGURES = ("received", "resolved", "on_time", "online", "wait_minutes")
ADD = "add the row; where nothing was counted leave the figures empty and say why in note"
ADD_VI = "thêm dòng; không có số liệu thì để trống và ghi lý do ở note"


def lines(cells=None, unit="Sở Nội vụ", months=range(1, 5), year=2024):
    """Four months of one department's procedures, all right, in rows 7 to 10; ``cells``: (row of the file, column) → another value."""
    rows = [{"month": f"{year}-{m:02d}", "unit": unit, "service": "procedures", "received": 100 + m, "resolved": 98, "on_time": 90, "online": 40,
             "wait_minutes": "12,5"} for m in months]
    for (row, column), value in (cells or {}).items():
        rows[row - 7][column] = value
    return rows


def of(tmp_path, rows, **meta):
    return filled(tmp_path, META | meta, form.COLUMNS, rows)


def wrong(tmp_path, rows, **meta):
    return said(refusal(operations.read, of(tmp_path, rows, **meta)))


def missing(months, unit="Sở Nội vụ", service="procedures"):
    return [f"column month, value '{months}': the month is missing for {unit}, {service} → {ADD}",
            f"cột month, giá trị '{months}': thiếu tháng này của {unit}, {service} → {ADD_VI}"]


def test_a_mean_that_lost_its_decimal_mark_is_to_be_looked_at_again(tmp_path):
    other = lines({(8, "wait_minutes"): "125,5"}, unit="Sở Y tế")  # another unit's waits are its own
    ops = operations.read(of(tmp_path, lines({(8, "wait_minutes"): "125"}) + other))
    assert ops.notes == ["row 8, column wait_minutes: 125 where the others are around 12.5: was a decimal mark lost?"]


# ---- the empty form ---------------------------------------------------------------------------------------------------

def test_the_empty_form(tmp_path):
    table, book = operations.template(tmp_path)
    assert (table.name, book.name) == ("operations.csv", "operations.xlsx")
    *fields, label, header = rows_of(table)
    assert [line[:2] for line in fields] == [[f"#{key}", ""] for key in META] and fields[1][2] == "tháng đầu, dạng 2024-01 / first month, as 2024-01"
    assert header == list(form.COLUMNS) == ["month", "unit", "service", "received", "resolved", "on_time", "online", "wait_minutes", "answer_days", "adopted", "note"]
    assert label[:4] == ["#label", "tên đầy đủ của đơn vị", "loại dịch vụ", "tiếp nhận trong tháng"] and label[1:] == [form.HINTS[c][0] for c in header[1:]]
    assert sheet(book, "data") == [[cell or None for cell in line] for line in fields] + [header]
    assert choices(book) == {"service": (SERVICES.split(", "), "C7:C2006")}
    for path in (table, book):
        assert {p.column for p in refusal(operations.read, path)} >= {"#province", "#first_month", "#last_month"}


def test_the_sheet_of_notes(tmp_path):
    notes = sheet(operations.template(tmp_path)[1], "notes")
    assert notes[0][0].startswith("Mỗi tháng, mỗi đơn vị, mỗi dịch vụ một dòng") and notes[1][1].endswith("Do not write 0 for not counted.")
    assert notes[2:13] == [[f"{column}: {vi}", f"{column}: {en}"] for column, (vi, en) in form.HINTS.items()]
    assert notes[13] == ["service = procedures: Thủ tục hành chính tại bộ phận một cửa; cột: received, resolved, on_time, online, wait_minutes",
                         "service = procedures: Procedures at the one-stop desk; columns: received, resolved, on_time, online, wait_minutes"]
    assert notes[17] == ["service = business_registration: Đăng ký kinh doanh qua mạng; cột: received, online",
                         "service = business_registration: Online business registration; columns: received, online"] and len(notes) == 18


# ---- a right form -----------------------------------------------------------------------------------------------------

def test_every_figure_is_kept(tmp_path):
    other = {"month": "1/2024", "unit": "Trung tâm Phục vụ hành chính công tỉnh", "service": "Hỏi đáp – Phản ánh kiến nghị", "received": 0, "resolved": 0, "on_time": 0}
    more = [{**other, "month": f"{m}/2024"} for m in range(1, 5)]
    ops = operations.read(of(tmp_path, more + lines({(8, "adopted"): "3/2024", (9, "note"): "x", (9, "wait_minutes"): 1440})))
    assert (ops.province, ops.first, ops.last, ops.path.name, ops.synthetic) == ("bac-ninh", operations.code("2024-01"), operations.code("2024-04"), "form.csv", False)
    assert ops.data["service"].tolist() == ["feedback"] * 4 + ["procedures"] * 4 and ops.data["row"].tolist() == [*range(7, 15)]
    assert ops.data["month"].tolist() == ["2024-01", "2024-02", "2024-03", "2024-04"] * 2 and ops.data["t"].tolist() == [*range(ops.first, ops.last + 1)] * 2
    row = ops.data.loc[6]
    assert row[["unit", "unit_name", "unit_name_en", "level", "note", *FIGURES]].tolist() == [
        "so-noi-vu", "Sở Nội vụ", "Department of Home Affairs", "department", "x", 103, 98, 90, 40, 1440]
    assert np.isnan(row["answer_days"]) and set(ops.data.loc[4:, "adopted"]) == {operations.code("2024-03")} and np.isinf(ops.data.loc[:3, "adopted"]).all()
    assert ops.data.loc[0, ["unit_name", "level", "received"]].tolist() == ["Trung tâm Phục vụ hành chính công tỉnh", "department", 0]
    assert ops.units("procedures") == ["so-noi-vu"] and ops.indicators("procedures") == ["on_time", "online", "wait_minutes", "received"]


def test_what_a_check_says(tmp_path):
    rows = lines({(9, column): "" for column in FIGURES} | {(9, "note"): "hệ thống ngừng"})
    ops = operations.check(of(tmp_path, rows))
    assert str(ops).splitlines() == ["form.csv: 2024-01 to 2024-04, 1 units, 1 services, 4 rows",
                                     "  look again: 1 months without figures, as their notes say (first: Sở Nội vụ 2024-03: hệ thống ngừng)"]
    assert ops.told("vi").splitlines() == ["form.csv: 2024-01 đến 2024-04, 1 đơn vị, 1 dịch vụ, 4 dòng",
                                           "  xem lại: 1 tháng không có số liệu, có ghi lý do (đầu tiên: Sở Nội vụ 2024-03: hệ thống ngừng)"]
    assert ops.data.loc[2, list(FIGURES)].isna().all()  # never filled
    assert len(str(operations.check(of(tmp_path, lines({(9, "note"): "một ghi chú"})))).splitlines()) == 1  # figures and a note
    assert operations.check(of(tmp_path, lines(), data_kind="SYNTHETIC")).told("vi").endswith("4 dòng · SYNTHETIC")


@pytest.mark.parametrize("encode", [
    lambda t: t.encode("utf-8-sig"), lambda t: t.encode("utf-16"), lambda t: old_fonts.to_tcvn3(t),
    lambda t: b"".join(old_fonts.to_tcvn3(line) if i % 2 else line.encode("utf-8") for i, line in enumerate(t.splitlines(keepends=True)))],
    ids=["utf-8-sig", "utf-16", "tcvn3", "mixed"])
def test_encodings_and_mixtures(tmp_path, encode):
    path = of(tmp_path, lines())
    path.write_bytes(encode(path.read_text(encoding="utf-8-sig")))
    ops = operations.read(path)
    assert set(ops.data["unit"]) == {"so-noi-vu"} and ops.province == "bac-ninh" and len(ops.data) == 4


@pytest.mark.parametrize("text", ["2024-01-01", "01/01/2024", "1/1/2024", "1/2024", "Jan-24", "jan-2024", "Thg1-24", "thg 1-24", "Tháng 1/2024", "tháng 01-2024", "Tha\u0301ng 1/24"])
def test_a_month_as_excel_writes_its_first_day_or_its_name(tmp_path, text):
    assert operations.read(of(tmp_path, lines({(7, "month"): text}))).data["month"].iloc[0] == "2024-01"


def test_a_department_with_the_province_of_the_form_behind(tmp_path):
    assert set(operations.read(of(tmp_path, lines(unit="Sở Nội vụ tỉnh Bắc Ninh"))).data["unit"]) == {"so-noi-vu"}


# ---- a wrong cell -----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("column", "value", "english", "vietnamese"), [
    ("received", "-5", "a negative count → correct the figure", "số lượng âm → sửa số"),
    ("on_time", "90,5", "a count is a whole number → correct the figure", "số lượng phải là số nguyên → sửa số"),
    ("on_time", "99", "more than resolved (98) → correct one of the two", "lớn hơn resolved (98) → sửa một trong hai"),
    ("online", "999", "more than received (102) → correct one of the two", "lớn hơn received (102) → sửa một trong hai"),
    *(("received", text, "could be a thousand or a fraction → write the count without marks: 1234",
       "có thể là hàng nghìn hoặc số thập phân → ghi số lượng không có dấu: 1234") for text in ("1.234", "1 234")),
    ("received", "nhiều", "not a number → write digits only, or leave the cell empty and say why in note",
     "không phải số → chỉ ghi chữ số, hoặc để trống ô và ghi lý do ở note"),
    ("received", "", "empty, and the note does not say why → write the figures (0 only if there were none), or say in note why there are none",
     "để trống mà cột note không ghi lý do → ghi số (chỉ ghi 0 nếu không phát sinh), hoặc ghi ở note vì sao không có"),
    ("wait_minutes", "1441", "more than 1440 minutes on average → check the unit of measure", "bình quân hơn 1440 phút → xem lại đơn vị tính"),
    ("wait_minutes", "-1", "below zero → correct the figure", "nhỏ hơn 0 → sửa số"),
    ("answer_days", "3", "procedures has no such figure → its columns are received, resolved, on_time, online, wait_minutes: was the figure typed in the wrong "
     "column or row?", "procedures không có số liệu này → các cột của dịch vụ là received, resolved, on_time, online, wait_minutes: có gõ nhầm cột hoặc dòng không?"),
    ("service", "procedure", f"not a service of this form → did you mean procedures? one of {SERVICES}",
     f"không phải dịch vụ của phiếu này → có phải là procedures? một trong: {SERVICES}"),
    ("service", "xyz", f"not a service of this form → one of {SERVICES}", f"không phải dịch vụ của phiếu này → một trong: {SERVICES}"),
    ("service", "", f"not a service of this form → one of {SERVICES}", f"không phải dịch vụ của phiếu này → một trong: {SERVICES}"),
    ("month", "tháng 2", "not a month → write it as 2024-03", "không phải tháng → ghi dạng 2024-03"),
    ("month", "", "no month → write it as 2024-03", "không có tháng → ghi dạng 2024-03"),
    ("month", "2025-02", "outside 2024-01 to 2024-04 → correct the month, or #first_month and #last_month above",
     "ngoài khoảng 2024-01 đến 2024-04 → sửa tháng, hoặc #first_month và #last_month ở trên"),
    ("month", "2024-01", "the same month, unit and service twice (also in row 7) → keep one of the two rows",
     "cùng tháng, đơn vị và dịch vụ bị lặp (đã có ở dòng 7) → giữ một trong hai dòng"),
    ("unit", "", "no unit → write the unit's full name", "không ghi đơn vị → ghi tên đầy đủ của đơn vị"),
    ("unit", "123", "unknown unit (month 2024-02) → write its full name", "không có đơn vị này (tháng 2024-02) → ghi tên đầy đủ"),
    ("unit", "Sở Nội vụu", "unknown unit (month 2024-02) → did you mean Sở Nội vụ, Sở Ngoại vụ? write it as in the list of units, or add it to data/institute_units.csv",
     "không có đơn vị này (tháng 2024-02) → có phải là Sở Nội vụ, Sở Ngoại vụ? ghi như trong danh sách đơn vị, hoặc thêm vào data/institute_units.csv"),
    ("adopted", "quý 1", "not a month → write it as 2024-03, or leave the cell empty", "không phải tháng → ghi dạng 2024-03, hoặc để trống ô"),
])
def test_a_wrong_cell_is_named_with_its_remedy_in_both_languages(tmp_path, column, value, english, vietnamese):
    assert wrong(tmp_path, lines({(8, column): value})) == wrong_at(8, column, value, english, vietnamese)  # and nothing that only follows from it


@pytest.mark.parametrize("text", ["15/01/2024", "2024-01-15", "01/13/2024", "24-Jan", "Jan", "Thg13-24", "Thg0-24", "Mai-24", "T1-24", "45292", "2024"])
def test_another_day_is_no_month(tmp_path, text):
    assert wrong(tmp_path, lines({(7, "month"): text})) == wrong_at(7, "month", text, "not a month → write it as 2024-03", "không phải tháng → ghi dạng 2024-03")


@pytest.mark.parametrize(("column", "text"), [("unit", "#N/A"), ("month", "2024-01²"), ("received", "#REF!")])
def test_what_follows_from_an_error_is_not_told_beside_it(tmp_path, column, text):
    """An error in place of a unit's name was 48 months missing for the unit #N/A."""
    assert [(p.row, p.column) for p in refusal(operations.read, of(tmp_path, lines({(7, column): text})))] == [(7, column)]


@pytest.mark.parametrize("note", ["", "N/A", "-"])
def test_several_columns_left_empty_are_told_together(tmp_path, note):
    english, _ = wrong(tmp_path, lines({(8, column): "" for column in FIGURES} | {(8, "note"): note}))
    assert english.startswith("row 8, column received, resolved, on_time, online: empty, and the note does not say why")


def test_a_mean_over_no_case(tmp_path):
    nobody = {(8, "resolved"): 0, (8, "on_time"): 0}
    assert wrong(tmp_path, lines(nobody)) == wrong_at(8, "wait_minutes", "12,5", "a mean over no case at all → leave it empty where nothing was settled",
                                                      "bình quân mà không có hồ sơ nào → để trống nếu không giải quyết hồ sơ nào")
    assert len(operations.read(of(tmp_path, lines(nobody | {(8, "wait_minutes"): ""}))).data) == 4
    days = [{**row, "service": "feedback", "online": "", "wait_minutes": "", "answer_days": 367} for row in lines()]
    assert wrong(tmp_path, days)[0].startswith("row 7, column answer_days, value '367': more than 366 days on average → check the unit of measure")


def test_counts_as_large_as_their_total_and_grouped_ones_that_are_sure(tmp_path):
    ops = operations.read(of(tmp_path, lines({(8, "on_time"): 98, (8, "online"): 102, (9, "received"): "1.234.567"})))
    assert ops.data.loc[1, ["on_time", "online"]].tolist() == [98, 102] and ops.data.loc[2, "received"] == 1_234_567


def test_one_adoption_month_a_unit_and_service(tmp_path):
    rows = lines({(8, "adopted"): "2024-02", (9, "adopted"): "2024-03", (10, "adopted"): "02/2024"})
    assert wrong(tmp_path, rows) == wrong_at(9, "adopted", "2024-03", "another adoption month than in row 8 (2024-02) → one unit and service has one adoption month",
                                             "tháng bắt đầu khác với dòng 8 (2024-02) → mỗi đơn vị, dịch vụ chỉ có một tháng bắt đầu")


# ---- fields -----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("field", "value", "english", "vietnamese"), [
    ("first_month", "quý 1", "not a month → write it as 2024-03", "không phải tháng → ghi dạng 2024-03"),
    ("first_month", "", "the field is empty or missing → fill it as in the form of: govlib institute template operations",
     "mục này trống hoặc thiếu → điền như trong mẫu của: govlib institute template operations"),
    ("last_month", "2999-01", "a month in the future → correct the month", "tháng ở tương lai → sửa tháng"),
    ("last_month", "2023-12", "the last month is before the first → correct one of the two months", "tháng cuối trước tháng đầu → sửa một trong hai tháng"),
    ("province", "Bắc Nin", "unknown province → nearest: Bắc Ninh (bac-ninh), Bắc Giang (bac-giang), Bắc Kạn (bac-kan)",
     "không rõ tỉnh nào → gần nhất: Bắc Ninh (bac-ninh), Bắc Giang (bac-giang), Bắc Kạn (bac-kan)"),
])
def test_a_wrong_field_is_named_with_its_remedy_in_both_languages(tmp_path, field, value, english, vietnamese):
    assert wrong(tmp_path, lines(), **{field: value}) == wrong_at(1 + list(META).index(field), f"#{field}", value, english, vietnamese)


@pytest.mark.parametrize(("day", "told"), [(30, ["#last_month"]), (31, [])])
def test_a_month_that_began_where_the_form_comes_from(tmp_path, monkeypatch, day, told):
    """On a server's last evening of March it is April in Vietnam."""
    class Today(dt.date):
        today = classmethod(lambda cls: cls(2024, 3, day))
    monkeypatch.setattr(form, "dt", SimpleNamespace(date=Today, timedelta=dt.timedelta))
    path = of(tmp_path, lines())
    assert [p.column for p in refusal(operations.read, path)] == told if told else len(operations.read(path).data) == 4


def test_one_month_and_the_month_that_runs(tmp_path):
    assert len(operations.read(of(tmp_path, lines()[:1], last_month="2024-01")).data) == 1
    today = dt.date.today()
    assert len(operations.read(of(tmp_path, lines(months=[today.month], year=today.year), **dict.fromkeys(("first_month", "last_month"), f"{today:%Y-%m}"))).data) == 1


def test_a_province_that_was_merged_ends_in_june_2025(tmp_path):
    months, fields = lines(months=range(1, 8), year=2025), {"first_month": "2025-01", "province": "Bắc Giang"}
    assert wrong(tmp_path, months, last_month="2025-07", **fields) == wrong_at(
        3, "#last_month", "2025-07", "the province was abolished on 30/06/2025 → end Bắc Giang with 2025-06 and report later months for the merged province",
        "tỉnh đã kết thúc ngày 30/06/2025 → dừng Bắc Giang ở 2025-06 và báo cáo các tháng sau cho tỉnh mới sáp nhập")
    assert operations.read(of(tmp_path, months[:6], last_month="2025-06", **fields)).province == "bac-giang"
    assert wrong(tmp_path, months[6:], province="Bắc Giang", first_month="2025-07", last_month="2025-07") == wrong_at(
        1, "#province", "Bắc Giang", "the province was abolished on 30/06/2025 → write Bắc Ninh, or correct #first_month",
        "tỉnh đã kết thúc ngày 30/06/2025 → ghi Bắc Ninh, hoặc sửa #first_month")
    assert operations.read(of(tmp_path, months, last_month="2025-07", first_month="2025-01")).province == "bac-ninh"


def test_a_header_without_a_column_is_told_before_any_cell(tmp_path):
    columns = [name for name in form.COLUMNS if name != "online"]
    assert said(refusal(operations.read, filled(tmp_path, META, columns, lines({(7, "received"): -1})))) == [
        "row 6, column online: the column is missing → columns as written by: govlib institute template operations",
        "dòng 6, cột online: thiếu cột này → các cột như trong: govlib institute template operations"]


def test_all_that_is_wrong_is_told_at_once(tmp_path):
    rows = lines({(7, "received"): -1, (8, "on_time"): 99, (10, "service"): "x"})
    assert [(p.row, p.column) for p in refusal(operations.read, of(tmp_path, rows, province="Bắc Nin"))] == [
        (1, "#province"), (7, "received"), (8, "on_time"), (10, "service")]


# ---- months that are missing ------------------------------------------------------------------------------------------

def test_a_month_missing_is_named(tmp_path):
    for gone, told in ((2, "2024-03"), (3, "2024-04"), (0, "2024-01")):
        assert wrong(tmp_path, [row for i, row in enumerate(lines()) if i != gone]) == missing(told)
    assert wrong(tmp_path, [lines()[0], lines()[3]]) == missing("2024-02 … 2024-03")
    six = lines(months=range(1, 7))
    assert wrong(tmp_path, [six[1], six[3], six[4]], last_month="2024-06") == missing("2024-01, 2024-03, 2024-06")


def test_a_service_that_began_with_its_adoption_misses_no_month_before(tmp_path):
    assert len(operations.read(of(tmp_path, lines({(8, "adopted"): "2024-02"})[1:])).data) == 3
    assert wrong(tmp_path, lines({(8, "adopted"): "2024-03"})[1:]) == missing("2024-01")
    begun = lines({(8, "adopted"): "2024-02"})
    assert wrong(tmp_path, [begun[1], begun[3]]) == missing("2024-03")


def test_a_month_missing_everywhere_is_told_once(tmp_path):
    two = [*lines(), *lines(unit="Sở Y tế")]
    assert wrong(tmp_path, [row for row in two if row["month"] not in ("2024-02", "2024-03")]) == [
        text for month in ("2024-02", "2024-03") for text in (
            f"column month, value '{month}': the month is missing for every unit and service → {ADD.replace('the row', 'its rows')}",
            f"cột month, giá trị '{month}': thiếu tháng này ở mọi đơn vị và dịch vụ → {ADD_VI.replace('thêm dòng', 'thêm các dòng')}")]
    assert wrong(tmp_path, [row for row in two if row["month"] != "2024-02"][1:])[2:] == missing("2024-01")


def test_each_service_of_a_unit_has_months_of_its_own(tmp_path):
    spot = [{**row, "service": "five_on_the_spot", "online": ""} for row in lines()]
    assert wrong(tmp_path, lines() + spot[:2]) == missing("2024-03 … 2024-04", service="five_on_the_spot")


def test_a_unit_under_another_name_in_one_row(tmp_path):
    rows = [*lines({(7, "unit"): "TTPVHCC"}), *lines(unit="Trung tâm A")]
    found = wrong(tmp_path, rows)
    assert found[:2] == [
        "column month, value '2024-02 … 2024-04': 3 months are missing for TTPVHCC, procedures, more than it has → write the unit as in the other rows if it is one of "
        "theirs; or add the missing rows",
        "cột month, giá trị '2024-02 … 2024-04': thiếu 3 tháng của TTPVHCC, procedures, nhiều hơn số tháng đã có → nếu là một đơn vị đã có thì ghi tên như ở các dòng "
        "khác; nếu không thì thêm các dòng còn thiếu"]
    assert found[2:] == missing("2024-01")


def test_a_row_with_another_fault_is_not_missing_too(tmp_path):
    both = wrong(tmp_path, [row for row in lines({(8, "received"): -1}) if row["month"] != "2024-03"])
    assert both[:2] == missing("2024-03") and both[2].startswith("row 8, column received") and len(both) == 4


# ---- units that come and go -------------------------------------------------------------------------------------------

def test_a_unit_is_asked_for_the_months_in_which_it_was(tmp_path):
    year = {"first_month": "2025-01", "last_month": "2025-08"}
    of_year = lambda unit, months: lines(unit=unit, months=months, year=2025)  # noqa: E731
    assert wrong(tmp_path, of_year("Sở Kế hoạch và Đầu tư", range(1, 9)), **year) == wrong_at(
        9, "unit", "Sở Kế hoạch và Đầu tư", "abolished on 28/02/2025; its work went to Sở Tài chính (6 rows, the first for 2025-03) → give the answers about Sở Tài chính "
        "to that unit, if they are about it", "đã kết thúc ngày 28/02/2025; công việc chuyển về Sở Tài chính (6 dòng, đầu tiên là tháng 2025-03) → ghi cho Sở Tài chính "
        "nếu câu trả lời nói về đơn vị đó")
    for unit, there in (("Sở Kế hoạch và Đầu tư", range(1, 3)), ("Huyện Gia Bình", range(1, 7)), ("Thị xã Nghi Sơn", range(1, 7)), ("Thị trấn Mẫu", range(1, 7)), ("Xã Mẫu", range(7, 9)),
                        ("Sở Nông nghiệp và Môi trường", range(3, 9))):
        assert len(operations.read(of(tmp_path, of_year(unit, there), **year)).data) == len(there)
        for left, month in ((there[:-1], there[-1]), (there[1:], there[0])):
            assert wrong(tmp_path, of_year(unit, left), **year)[0].startswith(f"column month, value '2025-{month:02d}': "), unit
    for unit in ("Thị xã Nghi Sơn", "Thị trấn Mẫu"):
        assert wrong(tmp_path, of_year(unit, range(1, 8)), **year)[0].startswith(f"row 13, column unit, value '{unit}': abolished")
    assert len(operations.read(of(tmp_path, lines(unit="Xã Mẫu"))).data) == 4  # before July 2025 a commune is one of those of then


def test_a_centre_or_a_portal_is_taken_as_written(tmp_path):
    ops = operations.read(of(tmp_path, lines(unit="Trung tâm Phục vụ hành chính công tỉnh")))
    assert ops.unit_name(ops.units("procedures")[0]) == "Trung tâm Phục vụ hành chính công tỉnh"


def test_communes_that_differ_in_marks_only_are_two_and_one_by_its_office_is_not(tmp_path):
    rows = [*lines(unit="Xã Đông Sơn", months=(1, 2)), *lines(unit="UBND xã Đông Sơn", months=(3, 4)), *lines(unit="Xã Đồng Sơn")]
    ops = operations.read(of(tmp_path, rows))
    assert {unit: ops.unit_name(unit) for unit in ops.units("procedures")} == {"xa-dong-son_1": "Xã Đông Sơn", "xa-dong-son_2": "Xã Đồng Sơn"}
    assert str(ops).splitlines()[1:] == ["  look again: in no list of units, taken as written: Xã Đông Sơn, Xã Đồng Sơn",
                                         "  look again: Xã Đông Sơn, Xã Đồng Sơn differ in marks only and count as 2 units: is one of them a slip of the pen?"]
    twice = wrong(tmp_path, [row for name in ("Xã Đông Sơn", "UBND xã Đông Sơn") for row in lines(unit=name)])
    assert len(twice) == 8 and "the same month, unit and service twice (also in row 7)" in twice[0]


def test_a_unit_without_dates_is_looked_up_once_not_every_month(tmp_path, monkeypatch):
    names = ["Trung tâm Phục vụ hành chính công", "Cổng dịch vụ công", "Sở Nội vụ"]
    asked = []
    found = unit_list.resolve
    monkeypatch.setattr(unit_list, "resolve", lambda name, *a, **k: asked.append(name) or found(name, *a, **k))
    assert len(operations.read(of(tmp_path, [row for name in names for row in lines(unit=name)])).data) == 12
    assert asked == names
    assert unit_list.units().names is not unit_list.units().names  # of each list its own
    known = unit_list.units()
    assert known.names is known.names
