"""Units with dates, synthetic marks, and the command of the institute's instruments."""

from __future__ import annotations

import datetime as dt

import pytest

from govlib.collect import checks
from govlib.errors import BadInput, UnknownName
from govlib.forms.problems import problems_of, vietnamese
from govlib.institute import INSTRUMENTS, instrument, main, synthetic
from govlib.institute import units as unit_list
from govlib.panel import schemas

# ---- units ------------------------------------------------------------------------------------------------------------

AUTUMN = (dt.date(2025, 9, 1), dt.date(2025, 9, 30))
SPRING_2024 = (dt.date(2024, 3, 1), dt.date(2024, 4, 30))


def test_abolished_department_is_refused_with_date_and_successor():
    unit, said, _ = unit_list.resolve("Sở Kế hoạch và Đầu tư", *AUTUMN)
    assert unit is None and "28/02/2025" in said and "Sở Tài chính" in said
    assert unit_list.resolve("Sở Kế hoạch và Đầu tư", *SPRING_2024)[0].level == "department"


@pytest.mark.parametrize("name", ["Tổng", "TỔNG CỘNG:", "Tổng số đơn vị", "Tổng cộng toàn tỉnh", "Toàn tỉnh Bắc Ninh", "Cộng", "Bình quân", "Total",
                                  "Bình quân chung", "Trung bình toàn tỉnh", "Trung bình các sở, ngành", "Trung bình cộng"])
def test_a_total_is_no_unit(name):
    assert unit_list.resolve(name, *AUTUMN, any_name=True)[1:] == ("a total or a mean of the units, and none of them",
                                                                   "delete the row: totals are worked out from the units")


@pytest.mark.parametrize("name", ["Cổng", "Xã Trung Bình", "Tổng Công ty Điện lực", "Tổng cục Thống kê", "Công an tỉnh", "Trung tâm Y tế"])
def test_names_that_begin_like_a_total(name):
    assert unit_list.resolve(name, *AUTUMN, any_name=True)[0].name_vi == name


@pytest.mark.parametrize("name", ["1. Sở Nội vụ", "12) sở nội vụ", "3/Sở Nội vụ", "2. UBND xã Tân Chi", "1 . Sở Nội vụ", "1- Sở Nội vụ", "1 – Sở Nội vụ",
                                  "I. Sở Nội vụ", "xiv - Sở Nội vụ", "a) Sở Nội vụ", "đ/ UBND xã Tân Chi"])
def test_the_number_of_a_list_is_no_part_of_a_name(name):
    assert unit_list.resolve(name, *AUTUMN)[0].name_vi in ("Sở Nội vụ", "Xã Tân Chi")


@pytest.mark.parametrize("name", ["Đội thuế số 1 - Thuận Thành", "Bệnh viện 2. Cơ sở Yên Dũng", "E.ON Bắc Ninh", "C. P. Việt Nam"])
def test_a_number_within_a_name_is_part_of_it(name):
    assert unit_list.resolve(name, *AUTUMN, any_name=True)[0].name_vi == name


@pytest.mark.parametrize("name", ["Huyện Tiên Du", "UBND huyện Tiên Du", "tiên du district", "Thị xã Nghi Sơn", "Quận Hà Đông"])
def test_districts_end_on_30_june_2025(name):
    unit, said, _ = unit_list.resolve(name, *AUTUMN)
    assert unit is None and "abolished" in said and "30/06/2025" in said
    assert unit_list.resolve(name, *SPRING_2024)[0].level == "district"


def test_unit_that_does_not_exist_yet():
    assert "did not exist before 01/03/2025" in unit_list.resolve("Sở Nông nghiệp và Môi trường", *SPRING_2024)[1]


def test_own_list_wins_and_is_checked(tmp_path):
    own = tmp_path / "institute_units.csv"
    head = "unit,name_vi,name_en,level,province,valid_from,valid_to,successor,source\n"
    own.write_text(head + "xa-a,Xã A,A,commune,bac-ninh,2025-07-01,2026-01-31,Xã B,x\n", encoding="utf-8")
    known = unit_list.units(own)
    assert "Xã B" in unit_list.resolve("Xã A", dt.date(2026, 3, 1), dt.date(2026, 3, 2), known=known)[1]
    own.write_text(head + "xa-a,Xã A,A,hamlet,bac-ninh,,,,x\n", encoding="utf-8")
    with pytest.raises(BadInput, match="row 2, column level"):
        unit_list.units(own)


HEAD = "unit,name_vi,name_en,level,province,valid_from,valid_to,successor,source\n"


def listed(tmp_path, *rows):
    """The institute's own list of units."""
    own = tmp_path / "institute_units.csv"
    own.write_text(HEAD + "\n".join(rows), encoding="utf-8")
    return own


@pytest.mark.parametrize(("line", "column", "said"), [
    ("xa-a,Xã A,A,commune,bac-ninh,2025-07-01,2024-12-31,,", "valid_to", "ends before it begins → correct one of the two days"),
    ("xa-a,Xã A,A,commune,bac-ninh,2025-07-01,2025-07-01,,", "", ""), ("xa-a,,A,commune,bac-ninh,,,,", "name_vi", "empty → write the unit's full name")])
def test_a_listed_unit_has_a_name_and_days_in_their_order(tmp_path, line, column, said):
    """Who ends before the beginning was in no month of any form, and pages showed a unit without a name."""
    if said:
        with pytest.raises(BadInput, match=f"institute_units.csv, row 2, column {column}.*: {said}"):
            unit_list.units(listed(tmp_path, line))
    else:
        assert "xa-a" in unit_list.units(listed(tmp_path, line))


TWO = ("xa-dong-son,Xã Đông Sơn,Dong Son Commune,commune,bac-giang,,2025-06-30,,", "xa-dong-son-tp,Xã Đồng Sơn,Dong Son Commune,commune,bac-giang,,2025-06-30,,")


@pytest.mark.parametrize(("name", "unit"), [("Xã Đông Sơn", "xa-dong-son"), ("xã  đồng sơn", "xa-dong-son-tp"), ("UBND xã Đồng Sơn", "xa-dong-son-tp"),
                                            ("xa-dong-son", "xa-dong-son"), ("xa-dong-son-tp", "xa-dong-son-tp")])
def test_two_listed_units_whose_names_differ_in_marks_only(tmp_path, name, unit):
    assert unit_list.resolve(name, *SPRING_2024, known=unit_list.units(listed(tmp_path, *TWO)))[0].unit == unit


@pytest.mark.parametrize("name", ["Xa Dong Son", "Dong Son Commune", "UBND xa Dong Sơn"])
def test_without_marks_a_name_is_taken_only_where_one_unit_can_be_meant(tmp_path, name):
    unit, *told = unit_list.resolve(name, *SPRING_2024, known=unit_list.units(listed(tmp_path, *TWO)))
    assert unit is None and told == ["the name of 2 units: Xã Đông Sơn (xa-dong-son), Xã Đồng Sơn (xa-dong-son-tp)",
                                     "write it with its marks, or by its short name, as in brackets"]
    assert [vietnamese(text) for text in told] == ["tên này là của 2 đơn vị: Xã Đông Sơn (xa-dong-son), Xã Đồng Sơn (xa-dong-son-tp)", "ghi đủ dấu, hoặc ghi tên ngắn như trong ngoặc"]
    assert unit_list.resolve(name, *SPRING_2024, known=unit_list.units(listed(tmp_path, TWO[1])))[0].unit == "xa-dong-son-tp"


@pytest.mark.parametrize("name", ["Xã Hoà Thuỷ", "xã hòa thủy", "UBND xã Hòa Thuỷ", "UỶ BAN NHÂN DÂN XÃ HOÀ THỦY", "Ủy ban nhân dân xã Hoà-Thủy", "UBND. xã Hòa Thủy"])
def test_one_commune_however_its_office_is_named_and_wherever_its_tones_stand(name):
    unit, *_ = unit_list.resolve(name, *AUTUMN, known=unit_list.units(names=[name, "Xã Hòa Thủy"]))
    assert (unit.unit, unit.level) == ("xa-hoa-thuy", "commune") and unit.name_vi[:2].lower() == "xã"


@pytest.mark.parametrize(("name", "listed"), [
    ("Văn phòng Ủy ban nhân dân tỉnh", "van-phong-ubnd-tinh"), ("Văn phòng Uỷ ban nhân dân tỉnh Bắc Ninh", "van-phong-ubnd-tinh"), ("Văn phòng UBND Tỉnh Bắc Ninh", "van-phong-ubnd-tinh"),
    ("Ban Quản lý các khu công nghiệp tỉnh", "ban-quan-ly-kcn"), ("Ban quản lý các Khu công nghiệp Bắc Ninh", "ban-quan-ly-kcn"), ("Sở Y tế tỉnh Bắc Ninh", "so-y-te"),
    ("Sở Y tế Bắc Ninh", "so-y-te"), ("Thuế tỉnh Bắc Ninh", "thue-tinh"), ("Công an tỉnh Bắc Ninh", "cong-an-tinh"), ("Thanh tra tỉnh Bắc Ninh", "thanh-tra-tinh")])
def test_a_department_in_full(name, listed):
    """With the province behind, which UBND cannot be in a list for all provinces."""
    assert unit_list.resolve(name, *AUTUMN, known=unit_list.units(province="bac-ninh"), any_name=True)[0].unit == listed


@pytest.mark.parametrize(("name", "province", "listed"), [
    ("Công an thành phố Hải Phòng", "hai-phong", "cong-an-tinh"), ("Thanh tra TP Hồ Chí Minh", "ho-chi-minh", "thanh-tra-tinh"), ("Sở Y tế thành phố Huế", "thua-thien-hue", "so-y-te"),
    ("Văn phòng Ủy ban nhân dân thành phố", "ha-noi", "van-phong-ubnd-tinh"), ("Công an thành phố Bắc Ninh", "bac-ninh", None), ("Thanh tra thành phố", "bac-giang", None),
    ("Sở Y tế Hà Nội", "bac-ninh", None), ("Sở Y tế tỉnh Bắc Ninh", "", None), ("Sở Kế hoạch Bắc Ninh", "bac-ninh", None), ("Thuế Bắc Ninh", "bac-ninh", None)])
def test_a_department_is_the_form_s_province_s(name, province, listed):
    """In a city under the central government too; the police of a city in a province, and another province's health, are others."""
    unit, said, fix = unit_list.resolve(name, *AUTUMN, known=unit_list.units(province=province))
    assert unit.unit == listed if listed else (unit, said) == (None, "unknown unit") and "write it as in the list of units" in fix


def test_the_province_behind_names_no_commune(tmp_path):
    known = unit_list.units(listed(tmp_path, *TWO), province="bac-giang")
    assert unit_list.resolve("Xã Đông Sơn tỉnh Bắc Giang", *SPRING_2024, known=known)[1] == "unknown unit"


@pytest.mark.parametrize("name", ["Bảo hiểm xã hội tỉnh", "Kho bạc Nhà nước tỉnh Bắc Ninh", "Trung tâm Phục vụ hành chính công tỉnh"])
def test_who_serves_and_is_no_department_of_the_province_is_taken_as_written(name):
    unit, *said = unit_list.resolve(name, *AUTUMN, any_name=True)
    assert (unit.name_vi, unit.listed, said) == (name, False, ["", ""]) and unit_list.taken_as_written([unit]) == [f"in no list of units, taken as written: {name}"]
    assert unit_list.resolve(name, *AUTUMN)[1] == "unknown unit", "where departments are ranked"


def test_the_office_of_the_province_is_no_commune():
    assert [unit_list.resolve(name, *AUTUMN, any_name=True)[0].name_vi for name in ("UBND tỉnh", "UBND xã Mẫu")] == ["UBND tỉnh", "Xã Mẫu"]


def test_unlisted_names_that_differ_in_marks_have_ids_of_their_own_in_any_order():
    names = ["Xã Đồng Sơn", "xã Đông Sơn", "Xã Tân Chi", "UBND xã Đông Sơn"]
    for known in (unit_list.units(names=names), unit_list.units(names=reversed(names))):
        assert [unit_list.resolve(name, *AUTUMN, known=known)[0].unit for name in names] == ["xa-dong-son_2", "xa-dong-son_1", "xa-tan-chi", "xa-dong-son_1"]


def test_an_old_and_a_new_unit_of_one_name_are_told_apart_by_the_days(tmp_path):
    known = unit_list.units(listed(tmp_path, "xa-tan-chi-cu,Xã Tân Chi,,commune,bac-ninh,,2025-06-30,Xã Tân Chi,", "xa-tan-chi,Xã Tân Chi,,commune,Bắc Ninh,2025-07-01,,,"))
    assert [unit_list.resolve("Xã Tân Chi", *days, known=known)[0].unit for days in (SPRING_2024, AUTUMN)] == ["xa-tan-chi-cu", "xa-tan-chi"]
    assert unit_list.resolve("Xã Tân Chi", dt.date(2025, 6, 1), dt.date(2025, 7, 31), known=known)[1].startswith("the name of 2 units")


@pytest.mark.parametrize(("second", "column", "said"), [
    ("xa-a,Xã B,,commune,bac-ninh,,,,", "unit", "xa-a stands twice (also in row 2) → give the unit a short name of its own"),
    ("xa-b,xã  A,,commune,Bắc Ninh,2026-01-01,,,", "name_vi", "xã  A stands twice (also in row 2) → delete one of the two rows; where a new unit bears an old one's "
     "name, write valid_to of the old one and valid_from of the new one"),
    ("Xã B,Xã B,,commune,bac-ninh,,,,", "unit", "a unit's short name has letters without marks, digits and hyphens only → write it as xa-b"),
])
def test_a_unit_twice_in_the_own_list_is_refused(tmp_path, second, column, said):
    own = listed(tmp_path, "xa-a,Xã A,,commune,bac-ninh,2025-07-01,,,", second)
    with pytest.raises(BadInput) as error:
        unit_list.units(own)
    (problem,) = problems_of(error.value)
    assert (problem.row, problem.column) == (3, column) and str(problem).endswith(f": {said.replace('xã  A', problem.value) if column == 'name_vi' else said}")


@pytest.mark.parametrize("second", ["xa-b,Xã A,,commune,bac-giang,,,,", "xa-b,Xã A,,commune,bac-ninh,,2025-06-30,,", "xa-b,Xã Á,,commune,bac-ninh,,,,"])
def test_one_name_in_another_province_at_another_time_or_with_other_marks_is_another_unit(tmp_path, second):
    assert {"xa-a", "xa-b"} <= set(unit_list.units(listed(tmp_path, "xa-a,Xã A,,commune,bac-ninh,2025-07-01,,,", second)))


def test_an_own_row_wins_by_its_name_too(tmp_path):
    known = unit_list.units(listed(tmp_path, "snv,Sở Nội vụ,,department,bac-ninh,,,,"))
    assert unit_list.resolve("Sở Nội vụ", *AUTUMN, known=known)[0].unit == "snv" and "so-noi-vu" not in known and "so-y-te" in known


# ---- synthetic --------------------------------------------------------------------------------------------------------

def test_marks_in_frame_file_figure_page(tmp_path):
    import pandas as pd
    from matplotlib.figure import Figure

    frame = pd.DataFrame({"x": [1.0]})
    assert not synthetic.is_synthetic(frame) and synthetic.is_synthetic(synthetic.mark(frame))
    assert "SYNTHETIC" in synthetic.watermark(Figure()).texts[0].get_text()
    assert "SYNTHETIC" in synthetic.banner("vi") and "GIẢ LẬP" in synthetic.banner("vi")


def test_scores_cannot_take_a_synthetic_row(panel):
    import pandas as pd
    import pandera.errors

    scores = pd.read_parquet(panel / "scores.parquet").head(200)
    schemas.schema("scores.parquet").validate(scores)
    with pytest.raises((pandera.errors.SchemaError, pandera.errors.SchemaErrors)):
        schemas.schema("scores.parquet").validate(synthetic.mark(scores))
    with pytest.raises((pandera.errors.SchemaError, pandera.errors.SchemaErrors)):
        schemas.schema("scores.parquet").validate(scores.assign(status="synthetic"))


def test_raw_folder_cannot_take_a_demo_file(tmp_path):
    from govlib.institute import ddci
    (path,) = ddci.demo(tmp_path)
    with pytest.raises(BadInput, match="column"):
        checks.read_tidy(path)


# ---- the command ------------------------------------------------------------------------------------------------------

def test_registry_and_help(capsys):
    assert list(INSTRUMENTS) == ["satisfaction", "ddci", "par_scoring", "operations"]
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    assert "template" in said and "ddci" in said and "satisfaction" in said
    with pytest.raises(UnknownName, match="ddci"):
        instrument("ddcii")


@pytest.mark.parametrize("name", ["satisfaction", "ddci"])
def test_command_writes_forms_that_are_refused_while_empty(name, tmp_path, capsys):
    assert main(["template", name, "--out", str(tmp_path)]) == 0
    made = capsys.readouterr().out.split()
    assert sorted(p.rsplit(".")[-1] for p in made) == ["csv", "xlsx"]
    for path in made:
        with pytest.raises(BadInput) as said:
            main(["check", name, path])
        assert "#province" in str(said.value) or "empty" in str(said.value)


@pytest.mark.parametrize("name", ["satisfaction", "ddci", "operations"])
def test_a_check_is_told_in_vietnamese_and_english(name, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("GOVLIB_LANG", "vi")
    path = instrument(name).demo(tmp_path)[0]
    for more, words, other in (([], " đơn vị", " units"), (["--lang", "en"], " units", " đơn vị")):
        assert main(["check", name, str(path), *more]) == 0
        said = capsys.readouterr().out
        assert words in said and other not in said and said.count("\n") < 20


@pytest.mark.parametrize("name", ["satisfaction", "ddci", "operations"])
def test_a_province_that_is_none_is_named(name, tmp_path):
    path = instrument(name).demo(tmp_path)[0]
    text = path.read_text(encoding="utf-8-sig")
    line = next(line for line in text.splitlines() if line.startswith("#province,"))
    path.write_text(text.replace(line, "#province,Bắc Nin"), encoding="utf-8-sig")
    with pytest.raises(BadInput, match="unknown province → nearest: Bắc Ninh") as error:
        instrument(name).read(path)
    assert error.value.column == "#province" and error.value.row == 1 + text.splitlines().index(line)

