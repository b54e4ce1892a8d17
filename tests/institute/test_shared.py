"""Encodings, units with dates, synthetic marks, and the command of the institute's instruments."""

from __future__ import annotations

import datetime as dt
import subprocess

import pytest

from govlib.collect import checks
from govlib.errors import BadInput, UnknownName
from govlib.forms import encodings
from govlib.forms import table as _table
from govlib.institute import INSTRUMENTS, instrument, main, synthetic
from govlib.institute import units as unit_list

PROSE = ("Trung tâm hành chính công tỉnh Bắc Ninh tiếp nhận hồ sơ của người dân và doanh nghiệp; quyết định, giấy phép, "
         "nghĩa vụ thuế, khuyến nghị, ngoằn ngoèo, Đông Thọ, Ủy ban, được, ở, ý kiến, sửa đổi, cũ kỹ")


# ---- TCVN3 ------------------------------------------------------------------------------------------------------------

def test_tcvn3_table_is_the_standard():
    # independent witness: the C library's TCVN5712-1, whose small letters and plain capitals are those of VN3
    codes = bytes(ord(c) for c in encodings.TCVN3)
    try:
        got = subprocess.run(["iconv", "-f", "TCVN5712-1", "-t", "UTF-8"], input=codes, capture_output=True, check=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("no iconv with TCVN5712-1")
    import unicodedata
    assert unicodedata.normalize("NFC", got.stdout.decode()) == "".join(encodings.TCVN3.values())
    assert len(encodings.TCVN3) == 74 and len(set(encodings.TCVN3.values())) == 74


def test_tcvn3_known_words():
    assert encodings.from_tcvn3("Céng hoµ x· héi chñ nghÜa ViÖt Nam") == "Cộng hoà xã hội chủ nghĩa Việt Nam"
    assert encodings.to_tcvn3("Bắc Ninh") == b"B\xbec Ninh"


def test_prose_survives_the_way_there_and_back():
    there = encodings.to_tcvn3(PROSE).decode("latin-1")
    assert encodings.reading(there) == "tcvn3"
    assert encodings.from_tcvn3(there) == PROSE.replace("Ủ", "ủ")  # no capitals with tones in the set
    assert encodings.reading(PROSE) == "unicode"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1258", "tcvn3"])
def test_every_encoding_gives_the_same_text(tmp_path, encoding):
    import unicodedata
    path = tmp_path / "f.csv"
    if encoding == "tcvn3":
        data = encodings.to_tcvn3(PROSE)
    elif encoding == "cp1258":  # tones are bytes of their own: base letter, then tone
        data = b"".join(_cp1258(c) for c in PROSE)
    if encoding.startswith("utf"):
        path.write_bytes(("a,b\r\n" + PROSE + "\r\n").encode(encoding))
    else:
        path.write_bytes(b"a,b\r\n" + data + b"\r\n")
    got = encodings.decode(path)
    assert not got.problems
    text = got.text.splitlines()[1]
    assert unicodedata.normalize("NFC", text) == (PROSE.replace("Ủ", "ủ") if encoding == "tcvn3" else PROSE)


def _cp1258(char: str) -> bytes:
    import unicodedata
    try:
        return char.encode("cp1258")
    except UnicodeEncodeError:
        tones = [c for c in unicodedata.normalize("NFD", char) if c in "\u0300\u0301\u0303\u0309\u0323"]
        bare = unicodedata.normalize("NFC", "".join(c for c in unicodedata.normalize("NFD", char) if c not in tones))
        return (bare + "".join(tones)).encode("cp1258")


def test_lines_of_several_encodings_are_all_kept(tmp_path):
    path = tmp_path / "mixed.csv"
    path.write_bytes("tên\r\nSở Xây dựng\r\n".encode() + encodings.to_tcvn3("Sở Tài chính") + b"\r\n" + b"".join(map(_cp1258, "Sở Nội vụ")) + b"\r\n")
    got = encodings.decode(path)
    assert got.text.split() == "tên Sở Xây dựng Sở Tài chính Sở Nội vụ".split()
    assert not got.problems and "tcvn3" in got.notes[0] and "windows-1258" in got.notes[0]


def test_ambiguous_word_in_a_mixed_file_is_named_not_guessed(tmp_path):
    # "cò" is a word in Unicode and reads "cũ" in an ABC font; the file has both kinds
    path = tmp_path / "doubt.csv"
    path.write_text("id,unit\n1,Sở Xây dựng\n2,Së Tµi chÝnh\n3,cò\n", encoding="utf-8")
    got = encodings.decode(path)
    (problem,) = got.problems
    assert (problem.file, problem.row) == ("doubt.csv", 4) and "cũ" in problem.problem and "cò" in str(problem.value)
    path.write_text("id,unit\n1,Sở Xây dựng\n3,cò\n", encoding="utf-8")
    assert encodings.decode(path).text.endswith("cò\n")
    path.write_text("id,unit\n2,Së Tµi chÝnh\n3,cò\n", encoding="utf-8")
    assert encodings.decode(path).text.endswith("cũ\n")


def test_unicode_and_tcvn3_in_one_cell_is_a_problem(tmp_path):
    path = tmp_path / "cell.csv"
    path.write_text("unit\nSở Tài chính tỉnh B¾c Ninh\n", encoding="utf-8")
    (problem,) = encodings.decode(path).problems
    assert problem.row == 2 and "TCVN3" in problem.problem


def test_a_column_pasted_from_an_abc_font_is_converted_cell_by_cell(tmp_path):
    path = tmp_path / "pasted.csv"
    path.write_text('id,unit,note\n1,Së Tµi chÝnh,"được, rất tốt"\n2,Së Y tÕ,được\n', encoding="utf-8")
    got = encodings.decode(path)
    assert not got.problems and "2 of 3" in got.notes[0]
    assert got.text.splitlines()[1:] == ['1,Sở Tài chính,"được, rất tốt"', "2,Sở Y tế,được"]


def test_bytes_in_no_known_encoding_are_named(tmp_path):
    path = tmp_path / "odd.csv"
    path.write_bytes("id,unit\n1,Сок\n".encode("koi8-r"))
    got = encodings.decode(path)
    assert [p.row for p in got.problems] == [2]


def test_workbook_cells_in_tcvn3(tmp_path):
    path = _table.write_xlsx(tmp_path / "w.xlsx", [("year", 2025)], ["respondent_id", "unit"], [["1", "Së Tµi chÝnh"], ["2", "Së Y tÕ"]])
    got = _table.read(path, ["respondent_id", "unit"], {"year": True}, make="x")
    assert [cells["unit"] for _, cells in got.rows] == ["Sở Tài chính", "Sở Y tế"]
    assert not got.problems and "TCVN3" in got.notes[0] and got.rows[0][0] == 3


# ---- forms ------------------------------------------------------------------------------------------------------------

def test_every_row_is_kept_or_named(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("#year;2025;x\nid;name\n1;a\n\n2;b;c\n3\n", encoding="utf-8")
    got = _table.read(path, ["id", "name"], {"year": True}, make="x")
    assert [n for n, _ in got.rows] == [3, 5, 6] and got.meta == {"year": "2025"}
    assert [p.row for p in got.problems] == [5]


def test_columns_missing_unknown_twice(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,nmae,id\n1,2,3\n", encoding="utf-8")
    said = " ".join(str(p) for p in _table.read(path, ["id", "name"], {"year": True}, make="make it").problems)
    assert "did you mean name" in said and "stands twice" in said and "column name: the column is missing" in said and "#year" in said


@pytest.mark.parametrize("content", ["", "<html><body>x</body></html>"])
def test_what_is_no_table_is_refused(tmp_path, content):
    path = tmp_path / "t.csv"
    path.write_text(content)
    with pytest.raises(BadInput):
        _table.read(path, ["id"], {}, make="x")


def test_one_slip_in_many_rows_is_one_sentence_with_all_rows(tmp_path):
    table = _table.Table(tmp_path / "t.csv")
    for row in (5, 3, 9):
        table.problem("abolished", row, "unit", "Huyện X")
    table.problem("not a number", 4, "weight", "a")
    with pytest.raises(BadInput) as said:
        table.refuse()
    assert "also in 2 other rows: 5, 9" in str(said.value) and str(said.value).startswith("2 problems")
    assert [p.row for p in said.value.problems] == [3, 4, 5, 9]


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
    checks.scores_schema().validate(scores)
    with pytest.raises((pandera.errors.SchemaError, pandera.errors.SchemaErrors)):
        checks.scores_schema().validate(synthetic.mark(scores))
    with pytest.raises((pandera.errors.SchemaError, pandera.errors.SchemaErrors)):
        checks.scores_schema().validate(scores.assign(status="synthetic"))


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
