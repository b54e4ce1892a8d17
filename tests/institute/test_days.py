"""Days that could be two, as Excel with American settings saves them: refused in every form of the institute, where none shows that the day stands first."""

from __future__ import annotations

import datetime as dt

import pytest
from kit.filled import filled, refusal, said, wrong_at

from govlib.errors import BadInput
from govlib.institute import ddci, par, satisfaction
from govlib.institute import units as unit_list
from govlib.institute.ddci import form as ddci_form
from govlib.institute.par import criteria
from govlib.institute.par import form as par_form
from govlib.institute.satisfaction import form as satisfaction_form

SURVEYS = {"ddci": (ddci.read, ddci_form.columns(), {"respondent_id": "F1", "unit": "Sở Tài chính", "weight": 1, "t1": 4}),
           "satisfaction": (satisfaction.read, satisfaction_form.columns(),
                            {"respondent_id": "R1", "service": "commune", "unit": "Xã Mẫu", "weight": 1, "overall": 4})}
HEAD = "unit,name_vi,name_en,level,province,valid_from,valid_to,successor,source\n"


def doubt(row, column, text, first, second):
    return wrong_at(
        row, column, text, f"could be {first} or {second}: no day of the file shows whether the day or the month stands first → write YYYY-MM-DD, in a column that Excel is told to hold as Text",
        f"có thể là {first} hoặc {second}: trong tệp không có ngày nào cho biết ngày hay tháng đứng trước → ghi dạng NNNN-TT-NN, sau khi định dạng cột là Text (Văn bản) trong Excel")


def survey(tmp_path, name, begin, end):
    _, columns, answer = SURVEYS[name]
    return filled(tmp_path, {"province": "Bắc Ninh", "year": 2025, "fieldwork_from": begin, "fieldwork_to": end}, columns, [answer])


@pytest.mark.parametrize("name", list(SURVEYS))
def test_days_of_a_survey(tmp_path, name):
    """8/1/2025 is 1 August or 8 January, before and after the communes of July; nothing else is said of rows that hang on the day."""
    read = SURVEYS[name][0]
    assert said(refusal(read, survey(tmp_path, name, "8/1/2025", "8/12/2025"))) == [
        *doubt(3, "#fieldwork_from", "8/1/2025", "2025-01-08", "2025-08-01"), *doubt(4, "#fieldwork_to", "8/12/2025", "2025-12-08", "2025-08-12")]
    assert len(refusal(read, survey(tmp_path, name, "2025-08-01", "8/12/2025"))) == 1


@pytest.mark.parametrize(("begin", "end"), [("1/9/2025", "30/9/2025"), ("2025-09-01", "2025-09-30"), ("1/9/2025", "9/9/2025"), ("2025-09-01 00:00:00", "15/9/2025")])
def test_days_of_a_survey_that_can_be_one_only(tmp_path, begin, end):
    if end == "9/9/2025":
        assert [p.column for p in refusal(satisfaction.read, survey(tmp_path, "satisfaction", begin, end))] == ["#fieldwork_from"]
    else:
        assert satisfaction.read(survey(tmp_path, "satisfaction", begin, end)).year == 2025


def scoring(tmp_path, as_of, deadline):
    rows = []
    for code, (_, name, _) in criteria.fields().items():
        rows += [{"code": code, "level": "field", "name_vi": name, "max_points": "12.5"},
                 {"code": f"{code}.1", "level": "criterion", "name_vi": "Tiêu chí thử", "max_points": "12.5", "method": "appraisal",
                  "department": "Sở Nội vụ", "self_score": 12, "evidence": "CV 1"}]
    rows[1] |= {"outstanding": "chờ", "deadline": deadline}
    meta = {"province": "Bắc Ninh", "edition": 2023, "as_of": as_of, "producer": "", "ministry_source": ""}
    return filled(tmp_path, meta, par_form.COLUMNS, rows)


def test_days_of_a_scoring(tmp_path):
    assert said(refusal(par.read, scoring(tmp_path, "1/2/2024", "3/1/2024"))) == [
        *doubt(3, "#as_of", "1/2/2024", "2024-02-01", "2024-01-02"), *doubt(8, "deadline", "3/1/2024", "2024-01-03", "2024-03-01")]
    read = par.read(scoring(tmp_path, "1/2/2024", "31/3/2024"))  # the deadline shows that the day stands first
    assert (read.as_of, read.items["deadline"].dropna().tolist()) == (dt.date(2024, 2, 1), [dt.date(2024, 3, 31)])


def test_days_of_a_unit(tmp_path):
    own = tmp_path / "institute_units.csv"
    rows = ["x1,Xã Tân Chi,,commune,bac-ninh,7/1/2025,,,q", "x2,Xã Cũ,,commune,bac-ninh,,6/7/2025,,q"]
    own.write_text(HEAD + "\n".join(rows), encoding="utf-8")
    with pytest.raises(BadInput) as told:
        unit_list.units(own)
    assert said(told.value.problems, own.name) == [*doubt(2, "valid_from", "7/1/2025", "2025-01-07", "2025-07-01"),
                                                   *doubt(3, "valid_to", "6/7/2025", "2025-07-06", "2025-06-07")]
    own.write_text(HEAD + "\n".join([*rows, "x3,Xã Ba,,commune,bac-ninh,,30/6/2025,,q"]), encoding="utf-8")
    assert unit_list.units(own)["x1"].valid_from == dt.date(2025, 1, 7)
    own.write_text(HEAD + "\n".join(f"x{i},Xã Mẫu {i},,commune,bac-ninh,1/7/2025,,,q" for i in (1, 2)), encoding="utf-8")
    assert unit_list.units(own)["x2"].valid_from == dt.date(2025, 7, 1)  # the day on which all communes began is meant


@pytest.mark.parametrize("name", ["UBND Phường 1²", "Phường 1₂", "Sở Tài chính¹", "Xã Mẫu ①", "Xã Mẫu (1)", "Bệnh viện Mẫu[12]*"])
def test_a_footnotes_mark_in_a_name_is_no_figure(tmp_path, name):
    """Phường 1² was counted as Phường 12, another unit, and Xã Mẫu (1) beside Xã Mẫu."""
    day = dt.date(2025, 9, 1)
    assert unit_list.resolve(name, day, day) == (None, "a footnote's mark, a figure raised, lowered or in brackets, stands in the name", "write the name without the mark")
    assert unit_list.resolve("Phường １２", day, day)[0].unit == "phuong-12"  # as wide letters, but the same figure
    own = tmp_path / "institute_units.csv"
    own.write_text(HEAD + f"x1,{name},,commune,bac-ninh,,,,q\n", encoding="utf-8")
    assert [(p.row, p.column, p.value) for p in unit_list.read_table(own).problems] == [(2, "name_vi", name)]


def test_a_province_in_the_list_of_units_is_one(tmp_path):
    """One that is none made a second Huyện Tiên Du, and every survey was told that the name is of two units."""
    own = tmp_path / "institute_units.csv"
    own.write_text(HEAD + "h1,Huyện Tiên Du,,district,Tỉnh Bắc Ninh,,30/6/2025,,q\nh2,Huyện Quế Võ,,district,Bắc Ninh¹,,30/6/2025,,q\n", encoding="utf-8")
    assert [(p.row, p.column, p.problem) for p in unit_list.read_table(own).problems] == [(3, "province", "unknown province")]
    own.write_text(HEAD + "h1,Huyện Tiên Du,,district,Tỉnh Bắc Ninh,,30/6/2025,,q\n", encoding="utf-8")
    assert [unit.unit for unit in unit_list.units(own).values() if unit.name_vi == "Huyện Tiên Du"] == ["h1"]
