"""The wheel, built from the project, installed in an empty environment and asked questions from a folder that knows no project."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from govlib import paths
from govlib.errors import MissingData

pytestmark = [pytest.mark.usefixtures("panel"), pytest.mark.slow]

ASK = """
import govlib
from govlib import paths
assert "site-packages" in govlib.__file__, govlib.__file__
s = govlib.scores("pci", components="time_costs", provinces="Bắc Ninh", years=[2019])
assert s["score"].round(2).tolist() == [7.23], s
assert govlib.coverage("papi")["year"].max() >= 2024
assert len(govlib.reforms()) > 20
assert govlib.nowcast("Bắc Ninh", "papi")["edition"].iloc[0] == 2025
assert govlib.controls("population", "bac-ninh").shape[0]
assert not paths.is_project()
print("answered")
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """Python of an environment with nothing but the wheel; its dependencies are those of this environment, seen through a path file."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in ("govlib", "setup.py", "pyproject.toml", "README.md", "LICENSE", "data"):  # built aside, so that nothing is left here
        (source / name).symlink_to(paths.root() / name)
    build = f"import os; os.chdir({str(source)!r}); from setuptools import build_meta as b; b.build_wheel({str(folder)!r})"
    env = os.environ | {"GOVLIB_PROCESSED": str(paths.processed())}
    subprocess.run([sys.executable, "-c", build], check=True, capture_output=True, env=env)
    (wheel,) = folder.glob("*.whl")
    assert wheel.stat().st_size < 6.5e6
    assert not [name for name in zipfile.ZipFile(wheel).namelist() if "/." in name], "what a run remembers for the next stays here"
    subprocess.run([sys.executable, "-m", "venv", folder / "env"], check=True, capture_output=True)
    python = folder / "env" / ("Scripts" if os.name == "nt" else "bin") / "python"
    subprocess.run([python, "-m", "pip", "-q", "install", "--no-deps", "--no-index", wheel], check=True, capture_output=True)
    (site,) = (folder / "env").rglob("site-packages")
    (site / "zz_dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n", encoding="utf-8")
    return python


def run(python: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("GOVLIB", "PYTHON"))} | {"PYTHONIOENCODING": "utf-8"}
    return subprocess.run([python, *arguments], capture_output=True, text=True, encoding="utf-8", cwd=cwd, env=env)


def test_a_question_is_answered_anywhere(installed, tmp_path):
    there = tmp_path / "thư mục đề án"
    there.mkdir()
    done = run(installed, "-c", ASK, cwd=there)
    assert done.stdout == "answered\n", done.stderr
    done = run(installed, "-m", "govlib", "scores", "pci", "--provinces", "bac-ninh", "--years", "2019", cwd=there)
    assert done.returncode == 0 and "70.79" in done.stdout, done.stderr
    assert not any(there.iterdir())


def test_what_makes_things_says_where_the_project_would_be(installed, tmp_path):
    for verb in ("panel", "briefing", "test"):
        done = run(installed, "-m", "govlib", verb, cwd=tmp_path)
        assert done.returncode == 2 and "GOVLIB_ROOT" in done.stderr and "Traceback" not in done.stderr
    assert run(installed, "-m", "govlib", "panel", "--help", cwd=tmp_path).returncode == 0


def test_a_missing_table_names_the_variable(monkeypatch):
    monkeypatch.delenv("GOVLIB_ROOT", raising=False)
    assert "GOVLIB_ROOT" in str(MissingData("/x/scores.parquet", "make panel"))
    monkeypatch.setenv("GOVLIB_ROOT", "/elsewhere")
    assert "GOVLIB_ROOT is /elsewhere" in str(MissingData("/x/scores.parquet", "make panel"))
