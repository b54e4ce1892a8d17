"""govlib check: any form of the project, every problem with its place and remedy, nothing changed."""

from __future__ import annotations

import json
import os
import time

import openpyxl
import pytest
from kit import xlsx

from govlib.collect import inbox, institute_plan
from govlib.forms import write
from govlib.forms.xml_pass import column_letters
from govlib.institute import instrument, units
from govlib.run import check


def test_help_names_every_form_that_is_known(capsys):
    """Assignments of departments were read and not told of."""
    with pytest.raises(SystemExit):
        check.main(["--help"])
    listed = capsys.readouterr().out
    assert not [kind.en for kind in check.kinds() if kind.en not in listed]


def edition(folder, change=None, name="sipas_2024.xlsx"):
    _, path = inbox.template("sipas", 2024, folder / "made")
    book = openpyxl.load_workbook(path)
    given = {"citation": "Test", "url": "https://example.org/x", "transcribed": "2026-04-30"}
    for row in book["source"].iter_rows(min_row=2):
        row[1].value = given.get(row[0].value, row[1].value)
    for at, row in enumerate(book["scores"].iter_rows(min_row=3), 1):
        for cell in row[2:-1]:
            cell.value = at if cell.column == 4 else 90 - at / 2
    if change:
        change(book["scores"])
    book.save(folder / name)
    return folder / name


def run(capsys, *arguments):
    code = check.main([str(a) for a in arguments])
    return code, capsys.readouterr().out


def as_json(capsys, *arguments):
    code, out = run(capsys, *arguments, "--json")
    return code, json.loads(out)


def test_rows_of_an_edition_s_form(tmp_path, capsys):
    path = edition(tmp_path, lambda sheet: setattr(sheet["D4"], "value", 1))
    before = path.read_bytes(), sorted(p.name for p in tmp_path.iterdir())
    code, found = as_json(capsys, path)
    assert code == 0 and set(found) == {"rows", "problems", "warnings"} and found["problems"] == []
    assert len(found["rows"]) == 63 * 6
    first = found["rows"][0]
    assert {k: first[k] for k in ("province", "year", "component", "score", "rank")} == {
        "province": "an-giang", "year": 2024, "component": "overall", "score": 89.5, "rank": 1}
    assert found["rows"][1]["rank"] is None and isinstance(found["rows"][1]["score"], float)
    assert any("not the order of the scores" in w["warning"] and "không theo thứ tự" in w["warning_vi"] for w in found["warnings"])
    assert (path.read_bytes(), sorted(p.name for p in tmp_path.iterdir())) == before


def test_problems_in_both_languages(tmp_path, capsys):
    def change(sheet):
        sheet["C3"].value, sheet["D4"].value = "#N/A", "#REF!"
    path = edition(tmp_path, change)
    code, found = as_json(capsys, path)
    assert code == 1
    assert [(p["file"], p["row"], p["column"], p["value"]) for p in found["problems"]] == [
        ("sipas_2024.xlsx", 3, "overall", "#N/A"), ("sipas_2024.xlsx", 4, "rank", "#REF!")]
    assert all(p["problem"] and p["remedy"] and p["problem_vi"] != p["problem"] and p["remedy_vi"] != p["remedy"] for p in found["problems"])
    code, out = run(capsys, path)
    assert code == 1 and "row 3, column overall, value '#N/A'" in out and "dòng 3, cột overall, giá trị '#N/A'" in out
    code, out = run(capsys, path, "--lang", "vi")
    assert "ô hiện lỗi #N/A" in out and "the cell shows" not in out


def made(name, folder):
    """A filled form of each kind."""
    if name == "plan":
        path = folder / "institute_plan.csv"
        path.write_text(",".join(institute_plan.COLUMNS) + "\n2024,bac-ninh,pci,time_costs,,Văn phòng,Cắt giảm,2025-06-30,late,\n", encoding="utf-8")
        return path
    if name == "units":
        return write.form_csv(folder / "institute_units.csv", [], units.COLUMNS,
                              [["xa-a", "Xã A", "A", "commune", "bac-ninh", "2025-07-01", "", "", "x"]])
    if name == "edition":
        return edition(folder)
    return instrument(name).demo(folder)[0]


KINDS = ("edition", "plan", "units", "satisfaction", "ddci", "par_scoring", "operations")


@pytest.mark.parametrize("name", KINDS)
def test_every_form_is_recognised_and_read(name, tmp_path, capsys):
    path = made(name, tmp_path)
    code, found = as_json(capsys, path)
    assert code == 0 and found["problems"] == [] and found["rows"]
    _, out = run(capsys, path, "--lang", "en")
    titles = {"edition": check.EDITION[1], "plan": check.PLAN[1], "units": check.UNITS[1]}
    assert titles.get(name, "") in out and ("unknown" not in out)


@pytest.mark.parametrize("name", KINDS)
def test_an_error_cell_is_found_in_every_form(name, tmp_path, capsys):
    """The same slip in the last row of each form, as CSV."""
    path = made(name, tmp_path)
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path)
        book["scores"]["C65"].value = "#VALUE!"
        book.save(path)
    else:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        lines[-1] = ",".join(["#VALUE!" if i == 1 else cell for i, cell in enumerate(lines[-1].split(","))])
        path.write_text("\n".join(lines), encoding="utf-8")
    code, found = as_json(capsys, path)
    assert code == 1 and any("the error #VALUE!" in p["problem"] for p in found["problems"])


def test_figures_as_numbers_words_as_text(tmp_path, capsys):
    _, found = as_json(capsys, made("operations", tmp_path))
    first = found["rows"][0]
    assert isinstance(first["received"], int) and isinstance(first["unit"], str) and first["answer_days"] is None and first["row"] > 1


def test_a_raw_file(root, capsys):
    code, found = as_json(capsys, root / "data/raw/pci/2019.csv")
    assert code == 0 and found["problems"] == [] and len(found["rows"]) > 63 * 10


def test_several_files(tmp_path, capsys):
    good, bad = edition(tmp_path), tmp_path / "other.csv"
    bad.write_text("x,y\n1,2\n", encoding="utf-8")
    code, found = as_json(capsys, good, bad)
    assert code == 1 and {row["file"] for row in found["rows"]} == {"sipas_2024.xlsx"}
    assert [p["file"] for p in found["problems"]] == ["other.csv"] and "no form of this project" in found["problems"][0]["problem"]


@pytest.mark.parametrize("content", [b"", b"<html></html>", b"PK\x03\x04", b"\xff\xfe\x00\x01", b"\x00" * 50, b"a" * 300_000, b'"', b"#year,2024\n"])
def test_what_is_no_form_is_said(tmp_path, capsys, content):
    for name in ("x.csv", "x.xlsx", "x.xls"):
        path = tmp_path / name
        path.write_bytes(content)
        code, found = as_json(capsys, path)
        assert code == 1 and found["rows"] == [] and len(found["problems"]) == 1


def test_a_wrong_call(tmp_path, capsys):
    for arguments in ([], [str(tmp_path / "absent.xlsx")], [str(edition(tmp_path)), "--lang", "fr"]):
        with pytest.raises(SystemExit) as stop:
            check.main(arguments)
        assert stop.value.code == 2
    assert "no such file" in capsys.readouterr().err


def test_a_folder_and_a_name_that_is_not_utf_8(tmp_path, capsys):
    (tmp_path / "institute_plan.csv").mkdir()
    code, found = as_json(capsys, tmp_path / "institute_plan.csv")
    assert code == 1 and "is a folder" in found["problems"][0]["problem"]
    name = os.path.join(os.fsencode(tmp_path), b"f\xff\n.csv")
    with open(name, "wb") as handle:
        handle.write(b"x,y\n1,2\n")
    code, found = as_json(capsys, os.fsdecode(name))
    assert code == 1 and found["problems"][0]["file"] == r"f\udcff\n.csv"


def test_a_chart_on_a_sheet_of_its_own_is_no_damage(tmp_path, capsys):
    book = openpyxl.load_workbook(edition(tmp_path))
    chart = openpyxl.chart.BarChart()
    chart.add_data(openpyxl.chart.Reference(book["scores"], min_col=3, min_row=2, max_row=65))
    book.create_chartsheet("Biểu đồ", 0).add_chart(chart)
    book.save(tmp_path / "sipas_2024.xlsx")
    code, found = as_json(capsys, tmp_path / "sipas_2024.xlsx")
    assert code == 0 and found["problems"] == [] and len(found["rows"]) == 63 * 6
    own = openpyxl.load_workbook(tmp_path / "sipas_2024.xlsx")
    for name in own.sheetnames[1:]:
        del own[name]
    plan = own.create_sheet("Kế hoạch")
    plan.append(list(institute_plan.COLUMNS))
    plan.append([2024, "bac-ninh", "pci", "time_costs", "", "Văn phòng", "Việc", "2025-06-30", "late", ""])
    own.save(tmp_path / "plan.xlsx")
    code, found = as_json(capsys, tmp_path / "plan.xlsx")
    assert found["problems"] == [] and len(found["rows"]) == 1  # the only other sheet holds the table, whatever its name


def test_a_copied_sheet_is_told_and_a_form_below_a_title_is_known(tmp_path, capsys):
    """Two sheets of one form, alike as they are, ended in a comparison of forms that Python cannot make."""
    survey = write.form_xlsx(tmp_path / "survey.xlsx", [("province", "bac-ninh"), ("year", 2025), ("fieldwork_from", "1/9/2025"), ("fieldwork_to", "30/9/2025")],
                             columns := list(instrument("satisfaction").layout().columns), [["1", "online", "Sở Y tế", *[4] * (len(columns) - 3)]])
    for path, sheet in ((edition(tmp_path), "scores"), (survey, "data")):
        book = openpyxl.load_workbook(path)
        book.copy_worksheet(book[sheet]).title = f"{sheet} (2)"
        book.save(path)
        code, found = as_json(capsys, path)
        assert code == 1 and [(p["value"], p["problem"]) for p in found["problems"] if p["row"] is None] == [
            (f"{sheet} (2)", "another sheet holds a table of this form, and would be left out")]
    for line, said in (("PHIẾU KHẢO SÁT NĂM 2025\n", "the header stands in row"), (None, "does not begin in column A")):
        text = made("satisfaction", tmp_path).read_text(encoding="utf-8-sig")
        moved = tmp_path / "moved.csv"
        moved.write_text(line + text if line else "".join(f",{row}\n" for row in text.splitlines()), encoding="utf-8-sig")
        _, found = as_json(capsys, moved)
        assert [said in p["problem"] for p in found["problems"]] == [True]


FIELDS = {"province": "Bắc Ninh", "year": "2025", "first_month": "2024-01", "last_month": "2024-12", "fieldwork_from": "2025-09-01", "fieldwork_to": "2025-10-01",
          "edition": "2024", "as_of": "2025-03-01"}
PARAGRAPH = ("Bắc Ninh ở miền Bắc, " * 2000)[:32_000]


@pytest.mark.parametrize("kind", [kind.en for kind in check.kinds() if "raw" not in kind.en])
@pytest.mark.parametrize("rows", [20, 1000])
def test_a_paragraph_in_every_cell_is_answered_at_once(tmp_path, kind, rows):
    """One long text that a thousand cells refer to is a file of a few kB, and was minutes of work."""
    columns = next(each.columns for each in check.kinds() if each.en == kind)
    lines = [[("inlineStr", f"#{key}"), ("inlineStr", value)] for key, value in FIELDS.items()]
    lines += [[("inlineStr", column) for column in columns]] + [[("s", 0)] * len(columns)] * rows
    cells = "".join(f'<row r="{r}">' + "".join(
        f'<c r="{column_letters(c)}{r}" t="{kind_}">' + (f"<v>{value}</v></c>" if kind_ == "s" else f"<is><t>{value}</t></is></c>")
        for c, (kind_, value) in enumerate(line)) + "</row>" for r, line in enumerate(lines, 1))
    path = xlsx.write(tmp_path / "form.xlsx", cells, strings=f"<si><t>{PARAGRAPH}</t></si>")
    began = time.process_time()
    found = check.look(path)
    assert found.problems and check._lines(path, found, None)
    assert time.process_time() - began < 2.0
