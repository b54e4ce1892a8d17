"""Units with dates, synthetic marks, and the command of the institute's instruments."""

from __future__ import annotations

import datetime as dt

import pytest

from govlib.collect import checks
from govlib.errors import BadInput, UnknownName
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


# ---- synthetic --------------------------------------------------------------------------------------------------------

def test_marks_in_frame_file_figure_page(tmp_path):
    import pandas as pd
    import pyarrow.parquet as pq
    from matplotlib.figure import Figure

    frame = pd.DataFrame({"x": [1.0]})
    assert not synthetic.is_synthetic(frame) and synthetic.is_synthetic(synthetic.mark(frame))
    path = synthetic.to_parquet(frame, tmp_path / "d.parquet")
    assert pq.read_schema(path).metadata[b"data_kind"] == b"SYNTHETIC"
    assert synthetic.is_synthetic(pd.read_parquet(path))
    assert "SYNTHETIC" in synthetic.watermark(Figure()).texts[0].get_text()
    assert "SYNTHETIC" in synthetic.banner("vi") and "GIẢ LẬP" in synthetic.banner("vi")
    with pytest.raises(BadInput, match="SYNTHETIC"):
        synthetic.refuse(synthetic.mark(frame), "the panel")


def test_scores_cannot_take_a_synthetic_row(panel, tmp_path):
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
