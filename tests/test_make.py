"""The Makefile knows what hangs on what: asked with `make -n`, which prints and runs nothing."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest


def plan(root, *arguments: str) -> str:
    # an environment counts as activated here, so that no plan contains its set-up
    environment = {k: v for k, v in os.environ.items() if k not in {"MAKEFLAGS", "MFLAGS", "MAKELEVEL"}}
    run = subprocess.run(["make", "-n", *arguments], cwd=root, capture_output=True, text=True,
                         env=environment | {"VIRTUAL_ENV": "/activated"})
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def finished(root, tmp_path_factory):
    """A copy of the project's files in which every stage looks done."""
    copy = tmp_path_factory.mktemp("finished")
    for name in ("Makefile", "notebooks", "govlib", "data/raw", "data/institute_plan.csv", "requirements.lock", "pyproject.toml"):
        source, target = root / name, copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "originals"))
        elif source.exists():
            shutil.copy2(source, target)
    for stamp in ("data/processed/.panel", "data/processed/estimates/.done", "briefings/2024/bac-ninh.vi.html",
                  "briefings/2024/bac-ninh.en.html"):
        path = copy / stamp
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    return copy


def stages(text: str) -> set[str]:
    return {verb for verb in ("panel", "effects", "briefing") if f"-m govlib {verb}" in text}


def test_nothing_to_do_when_everything_is_current(finished):
    assert stages(plan(finished, "briefing", "YEAR=2024")) == set()


@pytest.mark.parametrize(("touched", "wanted"), [
    ("data/raw/pci/2019.csv", {"panel", "effects", "briefing"}),
    ("govlib/readers/papi.py", {"panel", "effects", "briefing"}),
    ("govlib/inference/wild.py", {"effects", "briefing"}),
    ("notebooks/4_province_briefing.ipynb", {"briefing"}),
    ("govlib/wording.py", {"briefing"}),
    ("notebooks/explore/indices.ipynb", set()),
])
def test_only_what_hangs_on_a_file_is_made_again(finished, touched, wanted):
    assert stages(plan(finished, "-W", touched, "briefing", "YEAR=2024")) == wanted


def test_the_newest_edition_is_the_default_year(finished, root):
    newest = max(int(p.stem) for p in (root / "data" / "raw").glob("*/20??.csv"))
    assert f"YEAR={newest}" in subprocess.run(["make", "help"], cwd=finished, capture_output=True, text=True).stdout


def test_an_activated_environment_is_used_as_it_is(finished, root):
    assert "uv" not in plan(finished, "-W", "govlib/wording.py", "briefing", "YEAR=2024")
    shell = {k: v for k, v in os.environ.items() if k not in {"VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV"}}
    run = subprocess.run(["make", "-n", "env"], cwd=finished, capture_output=True, text=True, env=shell)
    assert "--require-hashes" in run.stdout and "requirements.lock" in run.stdout


def test_clean_never_touches_published_figures(finished):
    assert "data/raw" not in plan(finished, "clean")
