"""The Makefile hands a call to govlib, which sees to what is old (tests/run/test_without_make.py), and takes what a user gives as text."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from govlib import cli, paths

GIVEN = ("PROVINCE", "YEAR", "LANGS", "PDF", "JOBS", "SCHEDULER", "INDEX", "SOURCES", "ISSUER", "GOVLIB_ISSUER")


def environment(**more: str) -> dict[str, str]:
    """That of the tests without what an outer make has put there; an environment counts as activated, so that no plan sets one up."""
    of_make = {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", *GIVEN}
    return {k: v for k, v in os.environ.items() if k not in of_make} | {"VIRTUAL_ENV": "/activated"} | more


def plan(root, *arguments: str) -> str:
    run = subprocess.run(["make", "-n", *arguments], cwd=root, capture_output=True, text=True, env=environment())
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def finished(root, tmp_path_factory):
    """A copy of the project's files, with pages."""
    copy = tmp_path_factory.mktemp("finished")
    for name in ("Makefile", "notebooks", "govlib", "data/raw", "data/institute_plan.csv", "requirements.lock", "requirements-uv.lock", "pyproject.toml"):
        source, target = root / name, copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "originals"))
        elif source.exists():
            shutil.copy2(source, target)
    for stamp in ("briefings/2024/bac-ninh.vi.html", "briefings/2024/bac-ninh.en.html"):
        path = copy / stamp
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    return copy


def test_office_files_of_every_province_where_asked_for(finished):
    told = [plan(finished, "briefings", "YEAR=2024", *more) for more in ((), ("OFFICE=1",), ("OFFICE=0",))]
    assert ["--office" in text for text in told] == [False, True, False]


def test_the_newest_edition_is_the_default_year(finished, root):
    newest = max(int(p.stem) for p in (root / "data" / "raw").glob("*/20??.csv"))
    assert f"YEAR={newest}" in subprocess.run(["make", "help"], cwd=finished, capture_output=True, text=True, env=environment()).stdout


def test_an_activated_environment_is_used_as_it_is(finished, root):
    assert "setup" not in plan(finished, "-W", "govlib/publish/look.py", "briefing", "YEAR=2024")
    shell = {k: v for k, v in environment().items() if k not in {"VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV"}}
    run = subprocess.run(["make", "-n", "env"], cwd=finished, capture_output=True, text=True, env=shell)
    assert "-m govlib setup" in run.stdout


def test_clean_never_touches_published_figures(finished):
    assert "data/raw" not in plan(finished, "clean")


@pytest.mark.parametrize(("lint", "tests", "code"), [(0, 0, 0), (0, 1, 2), (1, 0, 2)])
def test_linters_are_waited_for_whatever_the_tests_say(root, tmp_path, lint, tests, code):
    """Where a test failed, linters went on in the background and what they found was told to nobody."""
    (tmp_path / "bin").mkdir()
    python = tmp_path / "bin/python"
    python.write_text(f'#!/bin/sh\ncase "$2" in pytest) exit {tests};; ruff) sleep 0.5; echo linted; exit {lint};; esac\n')
    python.chmod(0o755)
    with (tmp_path / "said").open("w") as said:  # no pipe, which would be waited for
        done = subprocess.run(["make", "check"], cwd=root, stdout=said, stderr=said, check=False,
                              env=environment(PATH=f"{tmp_path / 'bin'}:{os.environ['PATH']}"))
    assert done.returncode == code and "linted" in (tmp_path / "said").read_text()


# ------------------------------------------------------------------------------------------------- what a user gives
@pytest.fixture
def recorded(finished, tmp_path):
    """Runs make for real, with a `python` that only writes down how it was called: (exit code, what was said, calls)."""
    folder, record = tmp_path / "bin", tmp_path / "calls"
    folder.mkdir()
    (folder / "python").write_text(f"#!/bin/sh\nfor a in \"$@\"; do printf '%s\\0' \"$a\"; done >> {record}\nprintf '\\1' >> {record}\n")
    (folder / "python").chmod(0o755)

    def run(*arguments: str, **given: str):
        record.unlink(missing_ok=True)
        done = subprocess.run(["make", *arguments], cwd=finished, capture_output=True, text=True,
                              env=environment(PATH=f"{folder}:{os.environ['PATH']}", **given))
        calls = [call.split("\0")[:-1] for call in record.read_text().split("\1")[:-1]] if record.exists() else []
        return done.returncode, done.stdout + done.stderr, calls

    return run


@pytest.mark.parametrize(("arguments", "pages"), [
    (["PROVINCE=bac ninh"], ["bac-ninh.vi", "bac-ninh.en"]), (["PROVINCE=Bắc Ninh"], ["bac-ninh.vi", "bac-ninh.en"]),
    (["PROVINCE=BacNinh"], ["bac-ninh.vi", "bac-ninh.en"]), (["PROVINCE= bac-ninh "], ["bac-ninh.vi", "bac-ninh.en"]),
    (["PROVINCE=TP.HCM", "LANGS=en,vi"], ["ho-chi-minh.en", "ho-chi-minh.vi"]), (["PROVINCE=quang-ninh", "LANGS=vi,en"], ["quang-ninh.vi", "quang-ninh.en"]),
    (["PROVINCE=quang-ninh", "LANGS= vi "], ["quang-ninh.vi"]), (["YEAR=2024 ", "PROVINCE="], ["bac-ninh.vi", "bac-ninh.en"]),
    (["YEAR=", "LANGS=", "PROVINCE=Huế"], ["thua-thien-hue.vi", "thua-thien-hue.en"]),
])
def test_a_province_by_any_spelling(recorded, panel, capsys, arguments, pages):
    code, said, calls = recorded("-W", "govlib/publish/look.py", "briefing", *arguments)
    made = [call for call in calls if "--check" not in call]
    assert made and made[0][:3] == ["-m", "govlib", "briefing"], said
    assert cli.main([*made[0][2:], "--check"]) == 0  # the same call, asked which pages it means
    assert capsys.readouterr().out.split() == [str(paths.briefings() / "2024" / f"{page}.html") for page in pages]


def test_a_briefing_is_one_call_whatever_is_there(recorded):
    """Whether pages are current is the driver's to say: it knows of another issuer, and of a summary that was deleted."""
    for arguments in ([], ["PROVINCE=bac-ninh "], ["LANGS=vi,en"], ["YEAR= 2024"], ["PDF=0"], ["ISSUER=Sở Nội vụ"]):
        code, _, calls = recorded("briefing", *arguments)
        assert code == 0 and [call[:3] for call in calls] == [["-m", "govlib", "briefing"]], arguments


@pytest.mark.parametrize(("goal", "stages"), [("panel", ["panel"]), ("effects", ["panel", "estimates"])])
def test_a_stage_is_made_by_the_rule_that_the_verbs_keep(recorded, goal, stages):
    assert recorded(goal)[2] == [["-m", "govlib.run.whole", *stages]]


@pytest.mark.parametrize("how", ["command line", "environment"])
@pytest.mark.parametrize("goal", ["briefing", "briefings", "pull", "template", "help"])
@pytest.mark.parametrize("text", ["$(touch {})", "$(shell touch {})", "`touch {}`", "; touch {} ;", '"; touch {}; "', "'; touch {}; '", "x\ntouch {}\nx",
                                  "| touch {}", "&& touch {}", "$$(touch {})", "> {}", "$${{x:-$$(touch {})}}"])
def test_nothing_that_is_given_is_ever_executed(recorded, tmp_path, goal, text, how):
    trap = tmp_path / "sprung"
    given = {name: text.format(trap) for name in GIVEN}
    # where they are looked at, a wrong year or language ends the matter at once, so each of them comes alone, with one of the goals
    checked = ("YEAR", "LANGS") if goal in ("briefing", "briefings") else ()
    together = {k: v for k, v in given.items() if k not in checked}
    for some in (together, *({name: given[name]} for name in checked if goal == "briefing")):
        if how == "environment":
            _, _, calls = recorded("-k", goal, **some)
        else:
            _, _, calls = recorded("-k", goal, *(f"{k}={v}" for k, v in some.items()))
        assert not trap.exists(), f"one of {', '.join(some)} was executed"
        seen = {"briefing": ["--province"], "briefings": ["--jobs", "--scheduler"], "template": ["--index"]}.get(goal, [])
        if some is together and seen:  # it arrived as it was typed
            assert calls and all(call[call.index(option) + 1] == text.format(trap) for call in calls for option in seen), calls


@pytest.mark.parametrize("goal", ["briefing", "briefings"])
@pytest.mark.parametrize(("argument", "valid"), [
    ("LANGS=xx", "LANGS=vi, LANGS=en"), ("LANGS=vi,fr", "LANGS=vi, LANGS=en"), ("LANGS=,", "LANGS=vi, LANGS=en"), ("LANGS=v%", "LANGS=vi, LANGS=en"),
    ("YEAR=1999", "2005 2006"), ("YEAR=abc", "2005 2006"), ("YEAR=2024.0", "2005 2006"), ("YEAR=20%", "2005 2006"), ("YEAR=2023 2024", "2005 2006")])
def test_a_wrong_year_or_language_is_one_line_and_writes_nothing(recorded, finished, goal, argument, valid):
    before = sorted(finished.rglob("*"))
    code, said, calls = recorded(goal, argument)
    assert code != 0 and calls == [] and sorted(finished.rglob("*")) == before
    assert len(said.strip().splitlines()) == 1 and argument in said and valid in said, said


@pytest.mark.parametrize(("name", "told"), [("Bac Nin", "Bắc Ninh (bac-ninh)"), ("bac-ninh ha-noi", "bac-ninh"), ("../../etc", "unknown province"),
                                            ("<script>", "unknown province"), ("=1+1", "unknown province")])
def test_an_unknown_province_is_told_before_anything_is_made(finished, tmp_path, name, told):
    """Also where nothing has been built yet: not after minutes of building."""
    fresh = tmp_path / "fresh"
    shutil.copytree(finished, fresh)
    shutil.rmtree(fresh / "briefings")
    before = sorted(fresh.rglob("*"))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (tmp_path / "bin" / "python").chmod(0o755)
    done = subprocess.run(["make", "briefing", f"PROVINCE={name}"], cwd=fresh, capture_output=True, text=True,
                          env=environment(PATH=f"{tmp_path / 'bin'}:{os.environ['PATH']}", PYTHONPATH=str(fresh), PYTHONDONTWRITEBYTECODE="1"))
    first, *rest = done.stderr.strip().splitlines()
    assert done.returncode != 0 and done.stdout == ""
    assert first.startswith("govlib briefing: unknown province") and repr(name) in first and told in first
    assert len(rest) <= 1 and all(line.startswith("make: ***") for line in rest)
    assert sorted(fresh.rglob("*")) == before


# ----------------------------------------------------------------------------------------------------- a good page stays
@pytest.mark.parametrize("how", ["fails", "is stopped", "makes one language and fails"])
def test_a_page_that_is_there_stays_when_the_command_fails_or_is_stopped(finished, tmp_path, how):
    """make itself removes what a failed or interrupted recipe was about to make, where nobody tells it not to."""
    pages = [finished / "briefings" / "2024" / f"bac-ninh.{lang}.html" for lang in ("vi", "en")]
    does = {"fails": "exit 1", "is stopped": "trap '' INT; kill -INT 0; sleep 1; exit 130", "makes one language and fails": "exit 1"}[how]
    (tmp_path / "python").write_text(f"#!/bin/sh\nprintf fresh > '{pages[0]}'\n{does}\n" if how != "fails" else f"#!/bin/sh\n{does}\n")
    (tmp_path / "python").chmod(0o755)
    before = [page.read_text() for page in pages]
    try:
        done = subprocess.run(["make", "-W", "govlib/publish/look.py", "briefing", "YEAR=2024"], cwd=finished, capture_output=True, text=True,
                              env=environment(PATH=f"{tmp_path}:{os.environ['PATH']}"), start_new_session=True)
        assert done.returncode != 0, done.stdout
        assert [page.read_text() for page in pages] == ([before[0] if how == "fails" else "fresh", before[1]])
    finally:
        for page, text in zip(pages, before, strict=True):
            page.write_text(text)
