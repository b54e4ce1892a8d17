"""The verbs without make: what is old is made first, by the Makefile's own rule; a bare Python hands over to the project's."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from govlib import cli, ledger, paths
from govlib.errors import BadInput, GovlibError
from govlib.run import environment, people, whole


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project whose stages hang on one file each, all finished, in a folder that has spaces and đ in its name."""
    root = tmp_path / "đề án của Viện" / "govlib"
    for name in ("data/raw/pci/2019.csv", "notebooks/a.ipynb", "code.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")
        os.utime(root / name, (1000, 1000))
    for name in (*whole.TABLES, ".panel", "estimates/.done"):
        (root / "data/processed" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "data/processed" / name).write_text("")
    monkeypatch.setenv("GOVLIB_ROOT", str(root))
    monkeypatch.delenv("GOVLIB_MADE", raising=False)
    monkeypatch.delenv("GOVLIB_PROCESSED", raising=False)
    monkeypatch.setattr(ledger, "STAGES", {"panel": ("notebooks/a.ipynb",), "estimates": ("code.py",)})
    monkeypatch.setattr(ledger.Ledger, "hangs_on", lambda self, *roots: ([], [root / "data/raw/pci/2019.csv"] if roots[0].suffix == ".ipynb" else []))
    return root


@pytest.fixture
def called(monkeypatch):
    """What would be run, instead of running it."""
    calls: list[list[str]] = []

    def run(command, **_):
        calls.append([str(part) for part in command][1:])
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(subprocess, "call", lambda command, **_: run(command).returncode)
    return calls


def test_nothing_is_made_that_is_current(project, called):
    whole.ahead("briefing")
    assert called == []


@pytest.mark.parametrize(("touched", "wanted"), [("data/raw/pci/2019.csv", ["panel", "effects"]), ("code.py", ["effects"])])
def test_what_hangs_on_a_changed_file_is_made_once(project, called, touched, wanted):
    os.utime(project / touched, (4e9, 4e9))
    whole.ahead("briefing")
    assert [c[2] for c in called] == wanted and all(c[:2] == ["-m", "govlib"] for c in called)


def test_a_removed_table_is_made_again_and_estimates_after_it(project, called):
    (project / "data/processed/controls.parquet").unlink()
    os.utime(project / "data/processed/estimates/.done", (2000, 2000))
    whole.ahead("briefings")
    assert [c[2] for c in called] == ["panel", "effects"]
    assert (project / "data/processed/estimates/.done").stat().st_mtime > 2000


@pytest.mark.parametrize("how", ["make", "--help", "--check", "other tables"])
def test_a_call_that_makes_nothing_makes_nothing_ahead(project, called, monkeypatch, how):
    (project / "data/processed/.panel").unlink()
    if how == "make":
        monkeypatch.setenv("GOVLIB_MADE", "1")
    elif how == "other tables":
        monkeypatch.setenv("GOVLIB_PROCESSED", str(project / "elsewhere"))
    whole.ahead("briefing", [how] if how.startswith("-") else [])
    assert called == []


def test_a_stage_that_failed_ends_it(project, monkeypatch):
    (project / "data/processed/.panel").unlink()
    monkeypatch.setattr(subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 1))
    with pytest.raises(GovlibError, match="govlib panel failed"):
        whole.ahead("briefing")
    assert not (project / "data/processed/.panel").exists()


def test_the_rule_is_the_makefiles(root):
    """Stamps and tables by the same names, and the lists both take from the ledger."""
    text = (root / "Makefile").read_text(encoding="utf-8")
    assert f"data/processed/{whole.MADE_BY['panel'][0]}" in text and f"data/processed/{whole.MADE_BY['estimates'][0]}" in text
    assert f"addprefix data/processed/,{' '.join(whole.TABLES)})" in text and "GOVLIB_MADE := 1" in text
    assert set(whole.MADE_BY) < set(ledger.STAGES)
    for verb, stages in whole.NEEDS.items():  # what make makes before a target, the verb makes before itself
        needs = re.search(rf"^{verb}: ?(.*)$", text, re.M)
        if needs and verb != "briefing":
            assert {"panel": "$(PANEL)", "estimates": "$(ESTIMATES)"}[stages[-1]] in needs[1] or "$(PANEL)" not in needs[1], verb


def test_a_bare_python_hands_over_to_the_environment(project, called, monkeypatch, capsys):
    monkeypatch.setattr(cli.importlib.util, "find_spec", lambda name: None)
    assert cli.main(["scores", "pci"]) == 2 and "govlib setup" in capsys.readouterr().err
    python = environment.ours()
    python.parent.mkdir(parents=True)
    python.touch()
    assert cli.main(["scores", "pci", "--provinces", "Đà Nẵng"]) == 0
    assert called == [["-m", "govlib", "scores", "pci", "--provinces", "Đà Nẵng"]]


def test_setup_takes_pip_where_uv_is_not_to_be_had(project, monkeypatch, capsys):
    done = []

    def run(command, **_):
        done.append(command)
        if "uv" in Path(command[0]).name:
            raise FileNotFoundError
        (project / ".venv").mkdir(exist_ok=True)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    if sys.version_info[:2] in environment.VERSIONS:
        assert environment.setup() == environment.ours() and (project / ".venv/.locked").exists()
        assert "through pip" in capsys.readouterr().out and "--require-hashes" in done[-2]
    monkeypatch.setattr(environment.sys, "version_info", (3, 9, 1, "final", 0))
    with pytest.raises(BadInput, match=r"3\.9\.1.*py -3\.11"):
        environment.setup()


def test_setup_needs_no_library_at_all(root, tmp_path):
    """A Python without site-packages reads the command and its help."""
    done = subprocess.run([sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(root)!r}); from govlib import cli; "
                           "sys.exit(cli.main(['setup', '--help']))"], capture_output=True, text=True, cwd=tmp_path, env=os.environ | {"GOVLIB_ROOT": str(root)})
    assert done.returncode == 0 and "requirements.lock" in done.stdout, done.stderr


def test_tests_are_linted_first_as_make_does(called, monkeypatch):
    people.main(["test"])
    assert [c[1] for c in called] == ["ruff", "from importlinter.cli import lint_imports_command as run; run()", "mypy", "pytest"]
    called.clear()
    people.main(["test", "tests/known", "-n", "0"])
    assert called == [["-m", "pytest", "-q", "tests/known", "-n", "0"]]
    called.clear()
    people.main(["test", "--lint", "-k", "x"])
    assert called[0][1] == "ruff" and called[-1][-2:] == ["-k", "x"]


def test_a_folder_with_spaces_and_letters_of_vietnamese_is_a_project(project):
    assert paths.root() == project and paths.is_project()


def test_a_project_that_the_package_is_not_installed_from(tmp_path, monkeypatch, root):
    """A wheel beside a clone, a worker, a copy of the data: stages begin with the package's modules, wherever those are."""
    import shutil

    (tmp_path / "notebooks").mkdir()
    for name in ("1_collect_indices.ipynb", "2_build_panel.ipynb"):
        shutil.copy(root / "notebooks" / name, tmp_path / "notebooks" / name)
    (tmp_path / "data/raw").mkdir(parents=True)
    for name in (*whole.TABLES, ".panel", "estimates/.done"):
        (tmp_path / "data/processed" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "data/processed" / name).touch()
        os.utime(tmp_path / "data/processed" / name, (4e9, 4e9))
    monkeypatch.setenv("GOVLIB_ROOT", str(tmp_path))
    assert not whole.is_old("panel") and not whole.is_old("estimates")
    os.utime(tmp_path / "data/processed/estimates/.done", (1000, 1000))
    assert whole.is_old("estimates") and not whole.is_old("panel")


def test_every_verb_about_a_province_bears_the_issuer(panel, tmp_path, monkeypatch):
    """As ISSUER= of make hands it over: sheets, documents and comparisons bear the name that the page bears."""
    from govlib.run import compare, departments, office

    monkeypatch.setenv("GOVLIB_BRIEFINGS", str(tmp_path))
    monkeypatch.setenv("GOVLIB_ISSUER", "Sở Thử Nghiệm")
    assert office.parser().parse_args([]).issuer == "Sở Thử Nghiệm"
    assert departments.main(["--langs", "vi", "--year", "2024"]) == 0
    (side_by_side,) = compare.write("bac-ninh,hai-phong", 2024, "vi")
    for page in (tmp_path / "2024/bac-ninh/index.vi.html", tmp_path / "2024/bac-ninh/so-noi-vu.vi.html", side_by_side):
        assert "Sở Thử Nghiệm" in page.read_text(encoding="utf-8")
