"""As on Windows, as far as another system can tell: consoles of few letters, no Unix modules, files that Excel holds, CRLF, long paths."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from govlib import cli, files
from govlib.errors import commands
from govlib.run import check, jobs, manifest, notebook

# what Windows' Python lacks; warm kernels are for Linux alone
LESS = """import os, sys
for name in ("fcntl", "resource", "pwd", "grp", "termios"): sys.modules[name] = None
for name in ("fork", "getuid", "geteuid", "killpg", "setsid", "getpgid", "sched_getaffinity"): delattr(os, name)
sys.path[:0] = [{root!r}]
from govlib import cli
sys.exit(cli.main(sys.argv[1:]))
"""


def called(*arguments: str, code: str = "", **settings: str) -> subprocess.CompletedProcess:
    start = ["-c", code] if code else ["-m", "govlib"]
    return subprocess.run([sys.executable, *start, *arguments], capture_output=True, check=False,
                          env=os.environ | {"GOVLIB_MADE": "1", "GOVLIB_WARM": "0", **settings})


@pytest.mark.parametrize("console", ["cp1258", "ascii"])
@pytest.mark.parametrize("verb", [["scores", "pci", "--provinces", "Bắc Ninh", "--years", "2019"], ["scores", "pci", "--provinces", "Bắk"]])
def test_a_console_of_few_letters_is_no_error(panel, console, verb):
    done = called("--lang", "vi", *verb, PYTHONIOENCODING=console)
    assert done.returncode == (2 if verb[-1] == "Bắk" else 0) and b"Traceback" not in done.stderr and done.stdout + done.stderr


def test_every_verb_loads_without_what_windows_lacks(root):
    code = LESS.format(root=str(root)).replace("sys.exit(cli.main(sys.argv[1:]))", f"import {', '.join(sorted(set(cli.VERBS.values())))}")
    done = called(code=code)
    assert done.returncode == 0, done.stderr.decode()


def test_a_reason_that_names_a_command_names_the_one_of_windows(panel, monkeypatch, capsys):
    monkeypatch.setattr(commands, "__defaults__", (True,))
    for call in (["coverage", "pci"], ["coverage", "pci", "--json"]):
        assert cli.main(call) == 0
        said = capsys.readouterr().out
        assert "(py -m govlib pull)" in said and "make pull" not in said


def test_a_run_measures_itself_without_resource(monkeypatch):
    monkeypatch.setitem(sys.modules, "resource", None)
    told: list[dict] = []
    shell = SimpleNamespace(display_pub=SimpleNamespace(publish=told.append))
    exec(notebook._END_CELL % ("m", "t"), {"get_ipython": lambda: shell})
    assert notebook.own_peak_mib() > 10 and told[0]["m"]["end"] == "t" and told[0]["m"]["peak_kib"] > 10_000 and told[0]["m"]["cpu"] > 0


def test_a_file_that_excel_holds_is_said_to_be_open(tmp_path, monkeypatch, capsys):
    """Windows lets nobody replace it; the one before stays, and nothing is left beside it."""
    form = tmp_path / "phiếu đã điền.xlsx"
    form.write_bytes(b"before")

    def held(part, path):
        error = PermissionError(13, "Access is denied", str(part), None, str(path))  # as of a move, which names both
        error.winerror = 5
        raise error

    monkeypatch.setattr(files.os, "replace", held)
    monkeypatch.setattr(check, "look", lambda path: files.write(path, b"after"))
    monkeypatch.setenv("GOVLIB_LANG", "vi")
    assert cli.main(["check", str(form)]) == 1
    said = capsys.readouterr().err
    assert f": {form}\n" in said and "Excel" in said and "Access" not in said
    assert form.read_bytes() == b"before" and [p.name for p in tmp_path.iterdir()] == [form.name]


def test_line_ends_and_long_paths(tmp_path, monkeypatch):
    """A form saved with CRLF and a byte order mark is the form; a path of more than 260 signs is a path."""
    monkeypatch.setenv("GOVLIB_LANG", "vi")
    from govlib.collect import inbox

    deep = tmp_path.joinpath(*["thư mục có tên rất dài để thử đường dẫn"] * 5)
    written = next(Path(p) for p in inbox.template("dti", 2025, deep) if str(p).endswith(".csv"))
    assert len(str(written)) > 220
    text = written.read_text(encoding="utf-8-sig")
    plain, windows = tmp_path / "dti_2025.csv", tmp_path / "w" / "dti_2025.csv"
    windows.parent.mkdir()
    plain.write_bytes(text.replace("\r\n", "\n").encode())
    windows.write_bytes(b"\xef\xbb\xbf" + text.replace("\r\n", "\n").replace("\n", "\r\n").encode())
    a, b = check.look(plain), check.look(windows)
    assert [str(p) for p in a.problems] == [str(p).replace(f"{windows}", f"{plain}") for p in b.problems] and a.rows == b.rows


def test_a_process_is_asked_for_and_never_signalled_on_windows(monkeypatch):
    monkeypatch.setattr(files.sys, "platform", "win32")
    monkeypatch.setattr(files.os, "kill", lambda *_: pytest.fail("signal 0 is Ctrl+C there"))
    monkeypatch.setattr(psutil, "pid_exists", lambda process: process == 7)
    assert files._alive(7) and not files._alive(8)


def test_what_is_held_for_a_moment_is_tried_again(tmp_path, monkeypatch):
    monkeypatch.setattr(files.sys, "platform", "win32")
    monkeypatch.setattr(files.time, "sleep", lambda seconds: slept.append(seconds))
    slept, move = [], os.replace

    def held_twice(part, path):
        if len(slept) < 2:
            raise PermissionError(13, "Access is denied", str(path))
        move(part, path)

    monkeypatch.setattr(files.os, "replace", held_twice)
    with files.whole(tmp_path / "a.html") as part:
        part.write_bytes(b"after")
    assert (tmp_path / "a.html").read_bytes() == b"after" and len(slept) == 2 and len(list(tmp_path.iterdir())) == 1
    slept.clear()
    (tmp_path / "new").write_bytes(b"page")
    job = jobs.Job("a.vi", "x", {}, "vi", str(tmp_path), key="k")
    made = {"status": "built", "reason": "", "files": {"a.vi.html": str(tmp_path / "new")}, "failed": {}}
    assert manifest.publish(job, made)["status"] == "built" and (tmp_path / "a.vi.html").read_bytes() == b"page"


def test_line_ends_of_git_for_windows_change_no_figure(tmp_path):
    """Digests count what a file says; Git is told to leave line ends alone."""
    from govlib import paths
    from govlib.collect import sidecar
    from govlib.errors import BadInput

    for name in ("2019.csv", "2019.meta.yaml"):
        (tmp_path / name).write_bytes((paths.raw() / "pci" / name).read_bytes().replace(b"\n", b"\r\n"))
    assert sidecar.read(tmp_path / "2019.csv")["index_id"] == "pci"
    (tmp_path / "2019.csv").write_bytes((tmp_path / "2019.csv").read_bytes().replace(b"7", b"8", 1))
    with pytest.raises(BadInput, match="checksum"):
        sidecar.read(tmp_path / "2019.csv")
    assert "* -text" in (paths.root() / ".gitattributes").read_text(encoding="utf-8").splitlines()


def test_dates_ask_for_nothing_that_windows_cannot_write(root):
    """%-d is glibc's own; there it is an error."""
    bad = [f"{path.name}: {found}" for path in (root / "govlib").rglob("*.py")
           for found in re.findall(r"%-[a-zA-Z]", path.read_text(encoding="utf-8"))]
    assert bad == []


def test_output_of_programs_is_read_as_utf_8(root):
    """The console's code page would be an error for the first letter it lacks."""
    for path in (root / "govlib").rglob("*.py"):
        assert "text=True" not in re.sub(r"wrap_text=True", "", path.read_text(encoding="utf-8")), path


def test_setup_does_not_remove_the_python_that_runs_it(tmp_path, monkeypatch):
    from govlib.errors import BadInput
    from govlib.run import environment

    monkeypatch.setenv("GOVLIB_ROOT", str(tmp_path))
    monkeypatch.setattr(environment.paths, "root", lambda: tmp_path)
    monkeypatch.setattr(environment.sys, "prefix", str(tmp_path / ".venv"))
    monkeypatch.setattr(environment.sys, "version_info", (3, 11, 7, "final", 0))
    monkeypatch.setattr(environment.shutil, "rmtree", lambda *_, **__: pytest.fail("nothing is removed"))
    with pytest.raises(BadInput, match="deactivate"):
        environment.setup()


@pytest.mark.parametrize(("said", "wanted"), [
    ("chạy: make panel", "chạy: py -m govlib panel"), ("run: make effects (looked in x)", "run: py -m govlib effects --all (looked in x)"),
    ("run: rm data/processed/.panel; make panel", "run: py -m govlib panel"), ("make sure; make it; remake panel", "make sure; make it; remake panel"),
    ("dùng mẫu của năm 2025: make template YEAR=2025", "dùng mẫu của năm 2025: py -m govlib template --year 2025")])
def test_a_remedy_is_one_that_windows_has(said, wanted):
    """Also in both languages of the command: told.error goes through the same."""
    from govlib import errors
    from govlib.run import told

    assert errors.commands(said, windows=True) == wanted and errors.commands(said, windows=False) == said
    assert errors.commands.__defaults__ == (sys.platform == "win32",) and told.commands is errors.commands


def test_every_command_that_a_remedy_names_is_a_verb(root):
    from govlib import errors

    for verb in errors.MADE:
        written = errors.commands(f"make {verb}", windows=True)
        assert written.split()[3] in cli.VERBS, written
