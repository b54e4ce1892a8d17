"""environment.yml, requirements.lock and pyproject.toml say the same; the package stays light to import."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from govlib.run import environment


@pytest.fixture(scope="module")
def project(root):
    return tomllib.loads((root / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def locked(root):
    """Name -> versions in the lock (a name can stand once a Python version)."""
    found: dict[str, list[str]] = {}
    for line in (root / "requirements.lock").read_text().splitlines():
        if match := re.match(r"([A-Za-z0-9._-]+)==([^\s;\\]+)", line):
            found.setdefault(canonicalize_name(match[1]), []).append(match[2])
    return found


def test_every_requirement_is_locked_within_its_bounds(project, locked):
    wanted = [Requirement(r) for r in project["dependencies"] + project["optional-dependencies"]["dev"]]
    missing = [r.name for r in wanted if canonicalize_name(r.name) not in locked]
    assert not missing, f"not in requirements.lock: {missing} → make lock"
    outside = [f"{r} has {v}" for r in wanted for v in locked[canonicalize_name(r.name)] if v not in r.specifier]
    assert not outside, f"{outside} → make lock"


def test_what_the_code_imports_is_declared(root, project):
    """psutil, urllib3 and others came with somebody else's requirements, who may do without them any day."""
    from importlib.metadata import packages_distributions

    declared = {canonicalize_name(Requirement(r).name) for r in project["dependencies"]}
    whose, lacking = packages_distributions(), {}
    for path in (root / "govlib").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = [a.name for a in node.names] if isinstance(node, ast.Import) else \
                [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
            for top in {name.partition(".")[0] for name in named} - sys.stdlib_module_names - {"govlib"}:
                if not declared & {canonicalize_name(d) for d in whose.get(top, [top])}:
                    lacking[top] = path.relative_to(root).as_posix()
    # pydantic pins its core to itself; the fonts are cut by maintainers, with what the extra dev brings
    assert lacking.keys() <= {"pydantic_core", "fontTools"}, lacking


def test_conda_users_get_the_same_lock(root, project):
    environment = yaml.safe_load((root / "environment.yml").read_text())
    plain = [d for d in environment["dependencies"] if isinstance(d, str)]
    nested = next(d["pip"] for d in environment["dependencies"] if isinstance(d, dict))
    assert "python=3.11" in plain and "pip" in plain
    assert nested == ["-r requirements.lock"]
    assert "3.11" in project["requires-python"]


def test_the_running_environment_is_the_locked_one(locked):
    from importlib.metadata import version

    for name in ("pandas", "numpy", "statsmodels", "papermill", "nbconvert", "pyfixest"):
        assert version(name) in locked[name], f"{name} {version(name)} is not what requirements.lock says"


def test_import_is_light():
    """`import govlib` pulls in none of the heavy libraries (its time is measured in benchmarks/)."""
    code = ("import sys, govlib; heavy = {'pandas','numpy','scipy','statsmodels','matplotlib','seaborn','pyfixest','linearmodels',"
            "'diff_diff','pandera','papermill','nbconvert','dask'} & set(sys.modules); print(*sorted(heavy))")
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert found == []


def test_every_verb_of_the_command_has_help(root, capsys):
    from govlib import cli

    for verb in cli.VERBS:
        with pytest.raises(SystemExit) as ended:
            cli.main([verb, "--help"])
        said = capsys.readouterr()
        assert not ended.value.code and "usage" in said.out.lower(), f"govlib {verb} --help: {said.err[-500:]}"
    run = subprocess.run([sys.executable, "-m", "govlib", "check", "--help"], capture_output=True, text=True, cwd=root)
    assert run.returncode == 0 and "usage" in run.stdout.lower(), run.stderr[-500:]


def test_make_help_lists_every_public_target(root):
    out = subprocess.run(["make", "-C", str(root), "help"], capture_output=True, text=True, check=True).stdout
    for target in ("pull", "panel", "effects", "briefing", "briefings", "template", "lab", "test", "bench", "clean"):
        assert re.search(rf"^  {target}\b", out, re.M), target


def test_what_sets_up_the_environment_is_checked_by_hash_too(root):
    """uv itself, and setuptools, with which the project is built: no file is taken on trust, on either way."""
    bootstrap = (root / "requirements-uv.lock").read_text(encoding="utf-8")
    assert bootstrap.startswith("uv==") and bootstrap.count("--hash=sha256:") > 5
    assert re.search(r"^setuptools==[\d.]+ \\\n    --hash=sha256:", (root / "requirements.lock").read_text(encoding="utf-8"), re.M)
    assert "-m govlib setup" in (root / "Makefile").read_text(encoding="utf-8").partition(".venv/.locked:")[2].partition("env:")[0]
    for windows in (False, True):
        by_uv, by_pip = environment.ways(Path("/nowhere đề án"), Path("python"), windows)
        installs = [c for c in by_uv + by_pip if "pip" in c]
        assert len(installs) == 5
        for command in installs:
            assert "--require-hashes" in command or {"--no-build-isolation", "--no-deps"} <= {*command}, command


def test_lab_as_root_says_what_to_do_and_flags_reach_jupyterlab(panel, monkeypatch, capsys):
    """No question about news either: the part of JupyterLab that asks is switched off in the settings that we give it."""
    import json

    from govlib import cli
    from govlib.run import people

    called = []
    monkeypatch.setattr(people, "_python", lambda *arguments: called.append(arguments) or 0)
    monkeypatch.setattr(people.os, "geteuid", lambda: 0)
    for name in ("JUPYTER_CONFIG_PATH", "JUPYTER_PATH"):  # set for the Lab that takes this process's place
        monkeypatch.setenv(name, "")
    assert cli.main(["lab", "--no-browser"]) == 2 and not called
    assert "make lab ARGS=--allow-root" in capsys.readouterr().err
    assert cli.main(["lab", "--allow-root", "--no-browser", "--port", "8901", "--ServerApp.token=x"]) == 0
    assert {"--allow-root", "--no-browser", "--port=8901", "--ServerApp.token=x"} <= set(called[0])
    settings = Path(os.environ["JUPYTER_CONFIG_PATH"].split(os.pathsep)[0]) / "labconfig" / "page_config.json"
    assert json.loads(settings.read_text())["disabledExtensions"]["@jupyterlab/apputils-extension:announcements"]
