"""What a verb needs is made first where it is old, with make and without; a bare Python hands over to the project's."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from pathlib import Path, PureWindowsPath

import pytest

from govlib import cli, ledger, paths
from govlib.effects import pooled
from govlib.errors import BadInput, GovlibError
from govlib.panel import schemas
from govlib.run import departments, environment, people, stages, whole


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project whose stages hang on few files, all finished, in a folder that has spaces and đ in its name."""
    root = tmp_path / "đề án của Viện" / "govlib"
    for name in ("data/raw/pci/2019.csv", "data/raw/pci/2020.csv", "data/raw/inbox/README.md", "data/raw/inbox/templates/pci_2025.csv",
                 "notebooks/a.ipynb", "code.py", *(f"data/processed/{table}" for tables in whole.TABLES.values() for table in tables)):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")
    monkeypatch.setenv("GOVLIB_ROOT", str(root))
    monkeypatch.delenv("GOVLIB_MADE", raising=False)
    monkeypatch.delenv("GOVLIB_PROCESSED", raising=False)
    monkeypatch.setattr(ledger, "STAGES", {"panel": ("notebooks/a.ipynb",), "estimates": ("code.py",)})
    monkeypatch.setattr(ledger.Ledger, "hangs_on", lambda self, *roots: ([], ledger.matching(["data/raw/pci/*.csv", "data/raw/inbox/*"])
                                                                          if roots[0].suffix == ".ipynb" else []))
    for stage in whole.MADE_BY:
        with whole.making(stage):
            pass
    return root


@pytest.fixture
def called(monkeypatch):
    """What would be run, instead of running it."""
    calls: list[list[str]] = []

    def run(command, **_):
        calls.append([str(part) for part in command if part != "-P"][1:])
        if stage := {"panel": "panel", "effects": "estimates"}.get(calls[-1][-1 if calls[-1][-1] == "panel" else -2]):
            with whole.making(stage):
                pass
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(subprocess, "call", lambda command, **_: run(command).returncode)
    return calls


def test_nothing_is_made_that_is_current(project, called):
    whole.ahead("briefing")
    assert called == []


def _moved_in(root):
    """A filled form as `mv` and a copy on Windows leave it: with the time at which it was filled."""
    (root / "data/raw/inbox/pci_2025.xlsx").write_text("filled")
    os.utime(root / "data/raw/inbox/pci_2025.xlsx", (1000, 1000))


def _older(root):
    (root / "data/raw/pci/2019.csv").write_text("y")
    os.utime(root / "data/raw/pci/2019.csv", (1000, 1000))


CHANGES = {"a file of figures": lambda root: (root / "data/raw/pci/2019.csv").write_text("z"), "an older one in its place": _older,
           "one that has gone": lambda root: (root / "data/raw/pci/2020.csv").unlink(), "a form with an older time": _moved_in,
           "one more": lambda root: (root / "data/raw/pci/2021.csv").write_text("x"),
           "one under another name": lambda root: (root / "data/raw/pci/2020.csv").rename(root / "data/raw/pci/2021.csv"),
           "a table that was removed": lambda root: (root / "data/processed/controls.parquet").unlink()}


@pytest.mark.parametrize("what", CHANGES)
def test_whatever_changed_is_seen(project, called, what):
    CHANGES[what](project)
    assert whole.is_old("panel")
    whole.ahead("briefing")
    same = what in ("a table that was removed", "a form with an older time")  # the stand-in leaves the form where it is
    assert [c[2] for c in called] == (["panel"] if same else ["panel", "effects"]) and all(c[:2] == ["-m", "govlib"] for c in called)


def test_estimates_alone_where_only_they_hang_on_it(project, called):
    (project / "code.py").write_text("y")
    whole.ahead("briefing")
    assert [c[2:] for c in called] == [["effects", "--all"]]


def test_a_table_that_is_missing_is_made_again_whichever_it_is(project):
    """Without a table of what was checked, one was told to run make panel, which had nothing to do."""
    assert {*whole.TABLES["panel"]} == {*schemas.TITLES, "scores.csv"}
    assert whole.TABLES["estimates"] == (pooled.path().name, pooled.settled_path().name)
    for stage, tables in whole.TABLES.items():
        for table in tables:
            (project / "data/processed" / table).rename(project / "aside")
            assert whole.is_old(stage)
            (project / "aside").rename(project / "data/processed" / table)
        assert not whole.is_old(stage)


def test_the_form_of_an_assignment_waits_for_no_estimate(project, called, monkeypatch):
    monkeypatch.setattr(departments, "form", lambda *_: [])
    monkeypatch.setattr(departments, "write", lambda *_: [])
    (project / "code.py").write_text("y")
    assert departments.main(["--province", "bac-ninh", "--form"]) == 0 and called == []
    assert departments.main(["--province", "bac-ninh"]) == 0 and [c[2:] for c in called] == [["effects", "--all"]]
    (project / "data/raw/pci/2019.csv").write_text("z")
    assert departments.main(["--province", "bac-ninh", "--form"]) == 0 and [c[2:] for c in called][1:] == [["panel"]]


def test_a_time_alone_makes_nothing_again(project, called):
    """A fresh clone, `cp -a`, a folder in which an editor left and removed its own files; what waits for nobody in the inbox."""
    for path in project.rglob("*"):
        os.utime(path, (4e9, 4e9))
    (project / "data/raw/pci/~$2019.csv.tmp").touch()
    (project / "data/raw/inbox/~$pci_2025.xlsx").touch()
    (project / "data/raw/inbox/.hidden").touch()
    whole.ahead("briefing")
    assert called == []


def test_what_is_saved_while_a_stage_is_made_makes_it_old_again(project):
    with whole.making("panel"):
        (project / "data/raw/pci/2019.csv").write_text("saved meanwhile")
    assert whole.is_old("panel")
    with whole.making("panel"):
        pass
    assert not whole.is_old("panel") and whole.is_old("estimates")


def test_the_panel_is_stamped_after_the_intake_and_elsewhere_not_at_all(project, monkeypatch):
    """A form that was taken in is not taken for one saved meanwhile; estimates in a folder of one's own are not the project's."""
    from govlib.collect import inbox
    from govlib.run import effects

    monkeypatch.setattr(inbox, "intake", lambda: (project / "data/raw/pci/2025.csv").write_text("x") and [])
    monkeypatch.setattr(stages, "run_stage", lambda name, given: project / name)
    monkeypatch.setattr(stages.drift, "tell", lambda: None)
    assert stages.main(["--json"]) == 0 and not whole.is_old("panel") and whole.is_old("estimates")
    monkeypatch.setattr(effects, "run_all", lambda *_, **__: [])
    assert effects.main(["--all", "--out", str(project / "mine")]) == 0 and whole.is_old("estimates")
    assert effects.main(["--all"]) == 0 and not whole.is_old("estimates")


def test_what_is_made_ahead_says_so_beside_the_answer(project, monkeypatch):
    """A program reads the answer of --json, or the list of files."""
    seen = []
    monkeypatch.setattr(subprocess, "run", lambda command, **how: seen.append(how) or subprocess.CompletedProcess(command, 0))
    (project / "code.py").write_text("y")
    whole.ahead("office")
    assert [how["stdout"] for how in seen] == [sys.stderr] and seen[0]["env"]["GOVLIB_MADE"] == "1"


@pytest.mark.parametrize("call", [["briefing", "--province", "nowhere"], ["briefing", "--langs", "fr"], ["briefings", "--provinces", "bac-ninh,nowhere"],
                                  ["briefings", "--scheduler", "nonsense"], ["office", "--langs", "fr"], ["departments", "--province", "nowhere"],
                                  ["compare", "--provinces", "nowhere"], ["compare", "--provinces", "bac-ninh"], ["briefing", "--nope"],
                                  ["dashboard", "--port", "99999"], ["lab", "--port", "0"], ["site", "."], ["site", "--nope"], ["bench", "--help"],
                                  ["effects", "--all", "--nope"]])
def test_a_wrong_call_is_told_before_anything_is_made(project, called, monkeypatch, call):
    monkeypatch.chdir(project)
    (project / "data/processed/.panel").unlink()
    try:
        assert cli.main(call) == 2
    except SystemExit as ended:
        assert ended.code == (0 if "--help" in call else 2)
    assert called == []


def test_a_year_that_no_making_would_bring_is_told_at_once(project, called, monkeypatch):
    monkeypatch.setattr("govlib.run.jobs.years_with_data", lambda: [2018, 2019, 2020])
    (project / "data/processed/.panel").unlink()
    whole.ahead("briefing", 1999)
    assert called == []
    whole.ahead("briefing", 2018)  # withdrawn since: the panel that still has it is old
    assert [c[2] for c in called] == ["panel"]
    called.clear()
    (project / "data/processed/.panel").unlink()
    whole.ahead("briefing", 2019)
    assert [c[2] for c in called] == ["panel"]
    called.clear()
    _moved_in(project)
    whole.ahead("briefing", 2025)  # the form that waits may be of it
    assert [c[2] for c in called] == ["panel"]


@pytest.mark.parametrize("how", [["--scheduler", "tcp://host:8786"], ["--scheduler=tcp://host:8786"], ["--provinces", "bac-ninh"]])
def test_a_cluster_works_from_a_fresh_panel_too(project, called, monkeypatch, how):
    from govlib.run import briefing

    monkeypatch.setattr(briefing, "check_year", lambda year: 1 / 0)
    (project / "data/raw/pci/2019.csv").write_text("y")
    with pytest.raises(ZeroDivisionError):
        briefing.main(["briefings", *how])
    assert [c[2] for c in called] == ["panel", "effects"]


@pytest.mark.parametrize("how", ["made", "--help", "--check", "other tables"])
def test_a_call_that_makes_nothing_makes_nothing_ahead(project, called, monkeypatch, how):
    (project / "data/processed/.panel").unlink()
    if how == "made":
        monkeypatch.setenv("GOVLIB_MADE", "1")
    elif how == "other tables":
        monkeypatch.setenv("GOVLIB_PROCESSED", str(project / "elsewhere"))
    if how.startswith("-"):
        with contextlib.suppress(SystemExit):
            cli.main(["briefing", how])
    else:
        whole.ahead("briefing")
    assert called == []


def test_a_stamp_that_goes_while_it_is_looked_at_or_that_nobody_can_read_makes_it_old(project, monkeypatch):
    """Another call has just begun to make the panel: this one ended with "no such file"."""
    whole.stamp("estimates").write_bytes(b"\xff\xfe")
    assert whole.is_old("estimates") and not whole.is_old("panel")

    def gone(stage):
        raise FileNotFoundError(whole.stamp("panel"))

    monkeypatch.setattr(whole, "made_from", gone)
    assert whole.is_old("panel")


def test_what_lies_elsewhere_is_told_in_full(project, tmp_path):
    """On another drive of Windows the panel broke off once it was made: no way leads there."""
    assert stages._shown(project / "data/processed/x") == str(Path("data/processed/x")) and stages._shown(tmp_path) == str(tmp_path)


def test_a_stage_that_failed_ends_it(project, monkeypatch):
    (project / "data/processed/.panel").unlink()
    monkeypatch.setattr(subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 1))
    with pytest.raises(GovlibError, match="govlib panel failed"):
        whole.ahead("briefing")
    assert not (project / "data/processed/.panel").exists()


def test_a_stage_that_broke_off_is_old_though_all_is_as_it_was_before(project):
    """A mistaken date, `make effects` stopped midway, the date put right again: tables of the mistake stood for current."""
    file, before = project / "data/raw/pci/2019.csv", (project / "data/raw/pci/2019.csv").read_text()
    file.write_text("a mistake")
    with pytest.raises(KeyboardInterrupt), whole.making("panel"):
        raise KeyboardInterrupt
    file.write_text(before)
    assert whole.is_old("panel")


def test_the_makefile_leaves_it_to_the_verbs(root):
    text = (root / "Makefile").read_text(encoding="utf-8")
    assert "govlib.run.whole" in text and "GOVLIB_MADE" not in text
    assert set(whole.MADE_BY) < set(ledger.STAGES) and set(whole.NEEDS) < set(cli.VERBS)


def test_bench_runs_what_is_timed_beside_others_and_no_more(project, monkeypatch, root):
    """It ran all of benchmarks/: hours of faults, reports of docs/ written anew, and an error from the fuzzer, which asks for its target."""
    run: list[str] = []
    monkeypatch.setattr(people, "_python", lambda *arguments: run.extend(arguments) or 0)
    assert cli.main(["bench"]) == 0
    told = sorted(set(re.findall(r"python (benchmarks/\w+\.py)", (root / "benchmarks/README.md").read_text(encoding="utf-8"))))
    assert run == [str(project / name) for name in told] and len(told) == 4
    monkeypatch.setattr(people, "_python", lambda script: -9 if script == run[1] else 0)
    assert cli.main(["bench"]) != 0, "one that was killed has a negative code"


def test_what_is_started_finds_this_package_first(monkeypatch):
    """In a second checkout with the environment of the first, benchmarks and Lab were those of the first."""
    seen = {}
    monkeypatch.setattr(subprocess, "call", lambda command, **more: seen.update(more) or 0)
    assert people._python("-m", "x") == 0
    assert seen["env"]["PYTHONPATH"].split(os.pathsep)[0] == str(whole.paths.package().parent)


def test_estimates_are_shared_out_to_the_cores_that_this_process_may_use(project, called, monkeypatch):
    """A container of two cores on a machine of sixty-four got sixty-four processes."""
    from govlib.run import effects

    given = []
    monkeypatch.setattr(effects, "cores", lambda: 3)
    monkeypatch.setattr(effects, "run_all", lambda out, force, jobs, report: given.append(jobs) or [])
    assert cli.main(["effects", "--all"]) == cli.main(["effects", "--all", "--jobs", "5"]) == 0 and given == [3, 5]
    assert cli.main(["effects", "--all", "--jobs", "-1"]) == 2 and given == [3, 5]


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


def test_tests_are_linted_first_as_make_does(called):
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
    (tmp_path / "data/processed").mkdir()
    for name in sum(whole.TABLES.values(), ()):
        (tmp_path / "data/processed" / name).touch()
    monkeypatch.setenv("GOVLIB_ROOT", str(tmp_path))
    assert whole.is_old("panel") and whole.is_old("estimates")
    for stage in whole.MADE_BY:
        with whole.making(stage):
            pass
    assert not whole.is_old("panel") and not whole.is_old("estimates")


def test_what_is_made_is_made_by_this_package(project, monkeypatch):
    """A package installed elsewhere, in the folder of a clone: another one made it, left its own stamp, and it was made for ever."""
    seen = {}
    monkeypatch.setattr(subprocess, "run", lambda command, env, **_: seen.update(env=env, command=command) or subprocess.CompletedProcess(command, 1))
    monkeypatch.setenv("PYTHONPATH", "before")
    (project / "data/processed/.panel").unlink()
    with pytest.raises(GovlibError):
        whole.make(["panel"])
    assert seen["command"][1:4] == ["-P", "-m", "govlib"]
    assert seen["env"]["PYTHONPATH"].split(os.pathsep) == [str(whole.paths.package().parent), "before"]


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


def test_a_place_that_is_given_from_where_one_stands_is_the_same_for_what_is_started(project):
    """GOVLIB_ROOT=.. in a folder of the project: the kernel, and the making ahead, begin in the project and looked above it."""
    (project / "docs").mkdir()
    code = ("import os, sys; from govlib import cli; sys.argv[1:] = ['scores'];"
            "cli._run = lambda *_: print(*map(os.environ.get, ('GOVLIB_ROOT', 'GOVLIB_PROCESSED', 'GOVLIB_BRIEFINGS')), sep='|') or 0; cli.main()")
    env = os.environ | {"GOVLIB_ROOT": "..", "GOVLIB_PROCESSED": "", "PYTHONPATH": str(whole.paths.package().parent)}
    env.pop("GOVLIB_BRIEFINGS", None)
    done = subprocess.run([sys.executable, "-c", code], cwd=project / "docs", env=env, capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == f"{project}||None"


# ---- what is removed, and what an installed wheel leaves alone ------------------------------------------------------------
def test_clean_removes_the_projects_own_folders_and_no_other(project, tmp_path, monkeypatch):
    """GOVLIB_BRIEFINGS may name a folder in which anything lies."""
    mine = tmp_path / "Documents"
    for file in (mine / "thesis.docx", project / "briefings/2024/bac-ninh.vi.html", project / "public/index.html"):
        file.parent.mkdir(parents=True)
        file.touch()
    for name in ("GOVLIB_BRIEFINGS", "GOVLIB_PROCESSED"):
        monkeypatch.setenv(name, str(mine))
        assert cli.main(["clean"]) == 0
        monkeypatch.delenv(name)
    assert (mine / "thesis.docx").is_file() and (project / "data/raw/pci/2019.csv").is_file()
    assert not [name for name in ("briefings", "public", "data/processed") if (project / name).exists()]
    (project / "data/processed").symlink_to(mine)  # on a larger disk
    assert cli.main(["clean"]) == 0 and not (project / "data/processed").is_symlink() and (mine / "thesis.docx").is_file()


@pytest.mark.parametrize("call", [["clean"], ["office"], ["compare"], ["departments"], ["departments", "--form"], ["effects", "--all"],
                                  ["effects", "--index", "pci", "--reform", "ddci", "--notebook"], ["panel"], ["site"]])
def test_an_installed_wheel_is_never_written_to(tmp_path, monkeypatch, call, capsys):
    (tmp_path / "data/processed").mkdir(parents=True)
    (tmp_path / "data/processed/scores.parquet").touch()
    monkeypatch.setenv("GOVLIB_ROOT", str(tmp_path))
    before = sorted(tmp_path.rglob("*"))
    assert cli.main(call) == 2 and "GOVLIB_ROOT" in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before


def test_a_notebook_has_one_name_on_every_system(monkeypatch):
    """Windows hands its own separators to workers on Linux."""
    import ntpath

    from govlib.run import remote
    from govlib.run.jobs import Job

    monkeypatch.setattr(remote.os.path, "relpath", ntpath.relpath)
    monkeypatch.setattr(remote, "Path", PureWindowsPath)
    job = Job("x.vi", "C:\\project\\notebooks\\4.ipynb", {}, "vi", "")
    assert remote.portable(job, {"root": "C:\\project"})["notebook"] == "notebooks/4.ipynb"
