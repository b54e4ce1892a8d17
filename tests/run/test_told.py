"""The command speaks Vietnamese where it is told to, prints on any console, and knows a file that Excel holds."""

from __future__ import annotations

import ast
import copy
import json
import locale
import os
import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest

import govlib
from govlib import cli
from govlib.collect import inbox, pull
from govlib.collect.inbox.take_in import Accepted
from govlib.errors import BadInput, GovlibError, MissingData, NotEstimable, UnknownName
from govlib.forms.problems import say
from govlib.publish.export import BadPage
from govlib.run import asked, check, driver, environment, stages, told, verify
from govlib.run.notebook import RunFailed
from govlib.run.remote import Unreachable
from govlib.words.tables import phrase


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    for name in ("GOVLIB_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(locale, "getlocale", lambda: ("C", None))


@pytest.mark.parametrize(("given", "lang"), [
    ({}, "en"), ({"LANG": "vi_VN.UTF-8"}, "vi"), ({"LANG": "vi_VN.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"), ({"GOVLIB_LANG": "vi", "LANG": "en_US"}, "vi"),
    ({"GOVLIB_LANG": "EN", "LANG": "vi_VN"}, "en")])
def test_the_language_is_the_one_told_else_the_systems(monkeypatch, given, lang):
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert told.language() == lang


def test_windows_says_it_otherwise(monkeypatch):
    monkeypatch.setattr(locale, "getlocale", lambda: ("Vietnamese_Vietnam", "1258"))
    assert told.language() == "vi"


def test_a_language_that_is_none_is_refused(monkeypatch, capsys):
    monkeypatch.setenv("GOVLIB_LANG", "fr")
    assert cli.main(["scores", "pci"]) == 2 and "vi or en" in capsys.readouterr().err


def test_every_verb_is_explained_in_both_languages(capsys):
    for verb in cli.VERBS:
        assert phrase(f"told.verb_{verb}", "en") != phrase(f"told.verb_{verb}", "vi")
    with pytest.raises(SystemExit):
        cli.main(["--lang", "vi", "--help"])
    assert "báo cáo của một tỉnh" in capsys.readouterr().out


@pytest.mark.parametrize(("problem", "words"), [
    (UnknownName("province", "Bac Nin", ["bac-ninh"]), "không có tỉnh nào tên là “Bac Nin”; gần nhất: bac-ninh"),
    (UnknownName("province", "Bac Nin" * 999, file="/a/b.csv", row=3), "b.csv, dòng 3: không có tỉnh nào tên là “" + ("Bac Nin" * 99)[:300] + "”"),
    (MissingData("/x/scores.parquet", "make panel"), "không có tệp scores.parquet (đã tìm ở /x; biến GOVLIB_ROOT chỉ thư mục dự án khác) → chạy: make panel"),
    (NotEstimable("x"), "không ước lượng được, vì x"),
    (BadInput("there is no such file", row=3, column="rank"), "dòng 3, cột rank: "),
])
def test_errors_in_vietnamese(problem, words):
    assert words in told.error(problem, "vi") and told.error(problem, "en") == str(problem)


@pytest.mark.parametrize("error", [
    GovlibError("x", 2), UnknownName("province", "Bac Nin", ["bac-ninh"], file="a/b.csv", row=3), NotEstimable(say("no {noun}", noun="unit")),
    MissingData("/x/scores.parquet", "make panel"), BadInput(say("more than {whole}", whole="resolved"), file="b.csv", row=3, fix="write 1"),
    BadPage("x"), RunFailed("x", details="y"), Unreachable("tcp://x")], ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("again", [lambda e: pickle.loads(pickle.dumps(e)), copy.deepcopy])
def test_errors_come_out_of_another_process_as_they_went_in(error, again):
    back = again(error)
    assert (type(back), str(back), back.args, vars(back)) == (type(error), str(error), error.args, vars(error))
    assert told.error(back, "vi") == told.error(error, "vi")


def test_a_wrong_name_on_the_command_line(panel, capsys):
    assert cli.main(["--lang", "vi", "briefing", "--province", "Bắc Nịnhh", "--check"]) == 2
    assert "không có tỉnh nào tên là “Bắc Nịnhh”" in capsys.readouterr().err


def test_check_speaks_one_language_where_one_is_told(tmp_path, monkeypatch, capsys):
    form = tmp_path / "phiếu của đơn vị.csv"
    form.write_text("a,b\r\n1,2\r\n", encoding="utf-8-sig")
    check.main([str(form)])
    both = capsys.readouterr().out
    monkeypatch.setenv("GOVLIB_LANG", "vi")
    check.main([str(form)])
    one = capsys.readouterr().out
    assert len(one.splitlines()) * 2 == len(both.splitlines()) and "no form of this project" not in one and set(one.splitlines()) < set(both.splitlines())


@pytest.mark.parametrize("encoding", ["cp1258", "cp1252", "ascii", ""])
def test_any_console_prints_it(root, encoding):
    """A Windows console's code page, or a pipe of one: no traceback, and UTF-8 where nobody asked for another."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHONIO", "PYTHONUTF8", "LC_", "LANG"))} | {"LANG": "C", "GOVLIB_LANG": "vi"}
    env |= {"PYTHONIOENCODING": encoding} if encoding else {}
    done = subprocess.run([sys.executable, "-m", "govlib", "briefing", "--province", "Ắc quy đ", "--check"], capture_output=True, cwd=root, env=env)
    assert done.returncode == 2 and b"Traceback" not in done.stderr
    assert encoding or "Ắc quy đ" in done.stderr.decode("utf-8")


@pytest.mark.parametrize(("name", "winerror", "held"), [("số liệu.xlsx", None, True), ("page.html", 32, True), ("page.html", None, False)])
def test_a_file_that_excel_holds_open_is_told_as_that(monkeypatch, capsys, name, winerror, held):
    def locked(argv):
        error = PermissionError(13, "Permission denied", name)
        if winerror:
            error.winerror = winerror
        raise error

    monkeypatch.setattr(check, "main", locked)
    assert cli.main(["--lang", "vi", "check", "x"]) == 1
    said = capsys.readouterr().err
    assert ("Excel" in said) is held and name in said


ENGLISH = re.compile(r"\b(the|of|and|or|with|unless|which|every|only|where|from|print|show|usage|options|error|required|choose)\b", re.I)


@pytest.mark.parametrize("verb", ["", *cli.VERBS])
def test_help_is_in_vietnamese_and_returns_to_english(verb, monkeypatch, capsys):
    shown = {}
    for lang in ("en", "vi", "en"):
        monkeypatch.setenv("GOVLIB_LANG", lang)
        with pytest.raises(SystemExit):
            cli.main([*([verb] if verb else []), "--help"])
        text = capsys.readouterr().out
        assert shown.setdefault(lang, text) == text
    assert not [line for line in shown["vi"].splitlines() if ENGLISH.search(line)]
    assert "show this help message" in shown["en"] and shown["vi"].startswith("cách gọi: ")


@pytest.mark.parametrize(("call", "words"), [
    (["check", "ddci"], "check cần phiếu đã điền → govlib institute check ddci FILE"), (["report", "operations"], "report cần phiếu đã điền"),
    (["template", "ddci", "forms"], "giá trị 'forms': template không nhận tệp nào → govlib institute template ddci --out FOLDER"),
    (["demo", "satisfaction", "x.csv"], "demo không nhận tệp nào")])
def test_a_form_too_few_or_too_many_is_told_in_vietnamese(call, words, capsys):
    assert cli.main(["--lang", "vi", "institute", *call]) == 2
    assert words in capsys.readouterr().err


def test_the_version_and_a_language_without_a_name(capsys):
    for call, code, words in ((["--version"], 0, f"govlib {govlib.__version__}"), (["--lang"], 2, "--lang: expected one argument")):
        with pytest.raises(SystemExit) as ended:
            cli.main(call)
        said = capsys.readouterr()
        assert ended.value.code == code and words in said.out + said.err


@pytest.mark.parametrize(("call", "words"), [
    (["template"], "lỗi: thiếu: --index, --year"), (["template", "--index"], "đối số --index: cần đúng một giá trị"), (["nix"], "không có lựa chọn 'nix'"),
    (["template", "--index", "pci", "--year", "x"], "--year: không phải năm, viết bằng bốn chữ số: 'x'"), (["pull", "--retries", "1.5"], "không phải số nguyên: '1.5'"), (["pull", "--retires"], "không hiểu: --retires"),
    (["clean", "--all"], "govlib clean: lỗi: không hiểu: --all"), (["effects", "--al"], "không hiểu: --al; gần nhất: --all"),
    (["template", "--ind", "pci", "--year=2025"], "không hiểu: --ind; gần nhất: --index"), (["site", "--hel"], "không hiểu: --hel; gần nhất: --help")])
def test_a_wrong_call_is_told_in_vietnamese(call, words, monkeypatch, capsys):
    monkeypatch.setenv("GOVLIB_LANG", "vi")
    with pytest.raises(SystemExit) as ended:
        cli.main(call)
    assert ended.value.code == 2 and words in capsys.readouterr().err


def test_the_catalogue_fills_the_same_places():
    for en, vi in asked.catalogue().items():
        assert sorted(re.findall(r"%(?:\(\w+\))?\w", en)) == sorted(re.findall(r"%(?:\(\w+\))?\w", vi)), en


# ---- what a verb prints while it works and at its end ---------------------------------------------------------------------
TECHNICAL = {"govlib", "data", "processed", "scores", "n", "a"}  # of file names, and the name of the command


def test_no_sentence_is_printed_that_is_not_in_the_tables():
    """Texts in a print of the package: places, marks and names; words come through phrase. A fork's parent tells its log alone."""
    found = []
    for path in sorted(Path(cli.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in ("print", "writelines") and path.name != "warm_parent.py":
                parts = [value.value if isinstance(value, ast.Constant) else "" for argument in node.args for value in getattr(argument, "values", [argument])]
                words = {word for part in parts if isinstance(part, str) for word in re.findall(r"[^\W\d_]+", part)}
                found += [(path.name, node.lineno, words - TECHNICAL)] if words - TECHNICAL else []
    assert not found


@pytest.fixture
def in_vietnamese(monkeypatch, capfd):
    """Runs a piece of work and gives back its lines; none is in English."""
    monkeypatch.setenv("GOVLIB_LANG", "vi")

    def run(work, *arguments):
        work(*arguments)
        said = capfd.readouterr()
        lines = (said.out + said.err).splitlines()
        assert lines and not [line for line in lines if ENGLISH.search(re.sub(r"\S*pytest-of-\S*", "", line))]
        return lines

    return run


def test_pull_reports_in_vietnamese(in_vietnamese, monkeypatch, tmp_path):
    monkeypatch.setattr(pull.paths, "originals", lambda: tmp_path / "originals")
    (tmp_path / "mirror").mkdir()
    lines = in_vietnamese(pull.main, ["pci", "controls", "--mirror", str(tmp_path / "mirror")])
    assert lines[0].split() == ["nguồn", "kết", "quả", "ghi", "chú"] and "không có trong bản sao" in lines[1] and lines[-2].endswith(" không có")


def test_the_panel_is_built_in_vietnamese(in_vietnamese, monkeypatch, tmp_path):
    doubt = say("more than {whole} ({value:g})", whole="resolved", value=12.5)
    taken = Accepted("pci", 2025, "phiếu.xlsx", 34, "pci/2025.csv", 2, [doubt], "phiếu 2.xlsx")
    monkeypatch.setenv("GOVLIB_PROCESSED", str(tmp_path / "processed"))
    monkeypatch.setattr(inbox, "intake", lambda: [taken])
    monkeypatch.setattr(stages, "run_stage", lambda name, given: tmp_path / name)
    monkeypatch.setattr(stages.drift, "tell", lambda: tmp_path / "changelog_draft.md")
    lines = in_vietnamese(stages.main, [])
    assert "phiếu.xlsx: 34 dòng → pci/2025.csv (thay 2 dòng cũ); nhập hai lần, phiếu 2.xlsx cũng ghi như vậy" in lines
    assert "  xem lại: lớn hơn resolved (12,5)" in lines and lines[2].startswith("Số liệu đã thay đổi") and lines[0].startswith("1_collect_indices: 0 giây → ")


def test_pages_are_told_of_in_vietnamese(in_vietnamese):
    def work():
        with driver._bar(3, 0, True) as step:
            for status, reason in (("built", ""), ("failed", "the kernel died"), ("failed", "BadInput: pci/2019.csv, row 3, column rank: not a rank → fetch it again")):
                step({"name": "bac-ninh.vi", "status": status, "reason": reason, "seconds": 1.25})

    assert in_vietnamese(work) == ["[1/3] bac-ninh.vi đã làm (1,2 giây)", "[2/3] bac-ninh.vi lỗi: tiến trình chạy sổ tính đã tắt giữa chừng (1,2 giây)",
                                   "[3/3] bac-ninh.vi lỗi: BadInput: pci/2019.csv, dòng 3, cột rank: không phải thứ hạng → tải lại (1,2 giây)"]


def test_numbers_are_verified_in_vietnamese(in_vietnamese, monkeypatch, tmp_path):
    numbers = [verify.Number("45,49", "pci", "x.csv 3"), verify.Number("7", "pci", "x.csv 4")]
    monkeypatch.setattr(verify, "numbers", lambda page: (numbers, "vi"))
    monkeypatch.setattr(verify, "trace", lambda found, lang: iter([verify.Traced(numbers[0], "same", "", ""), verify.Traced(numbers[1], "changed", "8", "")]))
    lines = in_vietnamese(verify.main, [str(tmp_path / "bac-ninh.vi.html")])
    assert lines[0].split() == ["đã", "đổi", "7", "→", "8"] and lines[-1] == "bac-ninh.vi.html: 2 con số, 1 như cũ, 1 đã đổi, 0 không còn nguồn"


def test_the_environment_is_made_in_vietnamese(in_vietnamese, monkeypatch, tmp_path):
    monkeypatch.setenv("GOVLIB_ROOT", str(tmp_path))
    monkeypatch.setattr(environment.subprocess, "run", lambda command, check: subprocess.CompletedProcess(command, "uv" in command[0] and "pip" in command))
    (tmp_path / ".venv").mkdir()
    monkeypatch.setattr(environment.shutil, "rmtree", lambda *_, **__: None)
    lines = in_vietnamese(environment.main, [])
    assert lines[0].startswith("đang tạo .venv") and lines[1].startswith("không có uv") and lines[-1].startswith("xong: ")


@pytest.mark.parametrize(("arguments", "told_"), [(["help"], "đang đặt: PROVINCE=bac-ninh"), (["briefing", "YEAR=1999"], "không có kỳ này"), (["briefing", "LANGS=fr"], "viết LANGS=vi")])
def test_make_speaks_vietnamese(root, arguments, told_):
    run = subprocess.run(["make", *arguments], cwd=root, capture_output=True, text=True, env=os.environ | {"GOVLIB_LANG": "vi", "VIRTUAL_ENV": sys.prefix})
    said = run.stdout + run.stderr.replace("Stop.", "")
    assert told_ in said and not [line for line in said.splitlines() if ENGLISH.search(line)]


@pytest.mark.parametrize("call", [["pull", "nix"], ["briefings", "--langs", "fr"], ["briefing", "--year", "1999"], ["verify", "/nope.html"], ["scores", "pci", "--years", "x"],
                                  ["effects"], ["compare", "--provinces", "bac-ninh"], ["stamp", "data/raw/nope.csv"], ["lab"], ["effects", "--panel", "/nope.csv", "--unit", "a"],
                                  ["check", "/nope.csv"], ["institute", "template", "nope"], ["coverage", "pcx"]])
def test_what_is_wrong_with_a_call_is_told_in_vietnamese(call, panel, monkeypatch, capsys):
    monkeypatch.setenv("GOVLIB_LANG", "vi")
    monkeypatch.setenv("GOVLIB_MADE", "1")
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    monkeypatch.setattr(cli.whole, "ahead", lambda *_: None)
    try:
        assert cli.main(call) in (1, 2)
    except SystemExit as ended:
        assert ended.code == 2
    said = capsys.readouterr().err
    assert said and not [line for line in said.splitlines() if ENGLISH.search(line.partition("[-h]")[0])]


@pytest.mark.parametrize("call", [["scores", "pcx"], ["scores", "pci", "--provinces", "Bắk"], ["coverage", "pcx"], ["compare", "--provinces", "nowhere"],
                                  ["compare", "--year", "1999"], ["office", "--langs", "fr"], ["office", "--province", "nowhere"],
                                  ["departments", "--province", "nowhere"], ["briefing", "--province", "nowhere"], ["briefings", "--jobs", "0"],
                                  ["template", "--index", "pcx", "--year", "2025"], ["effects"], ["effects", "--index", "pcx", "--reform", "ddci"],
                                  ["effects", "--panel", "no file.csv", "--unit", "a", "--time", "b", "--outcomes", "c", "--treated", "d"],
                                  ["verify", "no file.html"], ["stamp", "no file.csv"], ["dashboard", "--port", "99999"], ["lab", "--port", "0"]])
def test_a_wrong_call_is_two_whichever_verb(call, panel, capsys):
    assert cli.main(call) == 2 and capsys.readouterr().out == ""


def test_work_that_failed_is_one(panel, tmp_path, monkeypatch):
    """What is wrong in a file that is there, what no data can tell, and tables that are missing are not the call's."""
    page = tmp_path / "page.html"
    page.write_text("<p>nothing", encoding="utf-8")
    assert cli.main(["verify", str(page)]) == 1
    assert cli.main(["stamp", ""]) == 1  # the name of a folder, this one
    assert cli.main(["effects", "--index", "pci", "--reform", "one_stop_decree_61", "--component", "time_costs"]) == 1
    monkeypatch.setenv("GOVLIB_PROCESSED", str(tmp_path))
    assert cli.main(["scores", "pci"]) == 1
    several = BadInput("2 problems")
    several.problems = []  # of forms: `refuse` puts them there
    assert told.exit_code(several) == 1 and told.exit_code(driver.Hindered("busy")) == 1


@pytest.mark.parametrize(("lang", "words"), [("en", "no rows for provinces=['bac-ninh'], years='2031'; there are: years 2005–2023 for these provinces"),
                                             ("vi", "không có dòng nào cho provinces=['bac-ninh'], years='2031'; hiện có: các năm 2005–2023 của những tỉnh này")])
def test_a_warning_is_one_sentence_in_the_language_of_the_call(panel, lang, words, capsys):
    assert cli.main([f"--lang={lang}", "scores", "pci", "--provinces", "bac-ninh", "--years", "2031"]) == 0
    assert capsys.readouterr().err.splitlines() == [words]


def test_a_warning_that_is_not_ours_keeps_its_place(capsys):
    told.warned(RuntimeWarning("overflow"), RuntimeWarning, "/lib/x.py", 3)
    assert capsys.readouterr().err == "/lib/x.py:3: RuntimeWarning: overflow\n"


@pytest.mark.parametrize("given", [["--lang=VI"], ["--lang", "VI"]])
def test_the_language_before_the_verb_however_it_is_written(given, tmp_path, panel, capsys):
    form = tmp_path / "phiếu.csv"
    form.write_text("a,b\r\n1,2\r\n", encoding="utf-8-sig")
    assert cli.main([*given, "check", str(form)]) == 1
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 2 and "không rõ loại phiếu" in said[0]
    assert cli.main([*given, "scores", "pcx"]) == 2 and "không có chỉ số nào" in capsys.readouterr().err


@pytest.mark.parametrize(("call", "words"), [
    (["--panel", "{}", "--time", "t"], "column --unit: which column is the unit"), (["--panel", "{}", "--time", "t", "--unit", "u"], "column --outcomes"),
    (["--panel", "{}", "--time", "t", "--unit", "u", "--outcomes", "y"], "by --cohort or by --treated"),
    (["--index", "pci", "--reform", "ddci", "--province", "bac-ninh"], "estimator twfe has no option --province → one of synthetic_control, synthetic_did")])
def test_a_choice_is_called_what_the_command_calls_it(call, words, tmp_path, capsys):
    file = tmp_path / "f.csv"
    file.write_text("u,t,y,d\na,2001,1,0\n", encoding="utf-8")
    assert cli.main(["effects", *(part.format(file) for part in call)]) == 2
    said = capsys.readouterr().err
    assert words in said and "unit=" not in said


def test_the_document_of_what_is_missing_needs_no_second_option(panel, capsys):
    assert cli.main(["coverage", "--document"]) == 0
    alone = capsys.readouterr().out
    assert alone.startswith("# ") and cli.main(["coverage", "--missing", "--document"]) == 0 and capsys.readouterr().out == alone


def test_check_says_its_pages_as_json_too(panel, capsys):
    assert cli.main(["briefing", "--check", "--json", "--year", "2024", "--langs", "vi"]) == 0
    assert [Path(page).name for page in json.loads(capsys.readouterr().out)] == ["bac-ninh.vi.html"]


def test_an_estimate_is_told_in_the_language_of_all_messages(tmp_path, monkeypatch, capsys):
    """SYNTHETIC: ten places, five with a law that lowers the count by two."""
    lines = [f"place {at},{year},{int(at < 5 and year >= 2012)},{10 + (7 * at + 3 * year) % 5 - 2 * (at < 5 and year >= 2012)}"
             for at in range(10) for year in range(2008, 2016)]
    file = tmp_path / "mine.csv"
    file.write_text("\n".join(["place,year,law,count", *lines]), encoding="utf-8")
    call = ["effects", "--panel", str(file), "--unit", "place", "--time", "year", "--outcomes", "count", "--treated", "law"]
    for lang, more, words in (("en", [], "the estimate is"), ("vi", [], "ước lượng"), ("vi", ["--lang", "en"], "the estimate is")):
        monkeypatch.setenv("GOVLIB_LANG", lang)
        assert cli.main([*call, *more]) == 0
        sentence, = (line for line in capsys.readouterr().out.splitlines() if line.startswith("•"))
        assert words in sentence
