"""The environment from the lock, with or without make: ``govlib setup`` makes ``.venv``; ``make env`` calls the same.

Every file is checked by its hash: uv's own, those of the lock, and setuptools, which is in the lock, for building the project.
Standard library only: it runs before there is an environment.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from govlib import paths
from govlib.errors import BadInput, GovlibError
from govlib.words.tables import language, phrase

VERSIONS = ((3, 11), (3, 12))


def python_of(folder: Path, windows: bool | None = None) -> Path:
    """The Python of an environment.

    >>> python_of(Path(".venv"), windows=True).as_posix(), python_of(Path(".venv"), windows=False).as_posix()
    ('.venv/Scripts/python.exe', '.venv/bin/python')
    """
    return folder / ("Scripts/python.exe" if (os.name == "nt" if windows is None else windows) else "bin/python")


def ours() -> Path:
    """The Python of the project's environment, whether or not it is there."""
    return python_of(paths.root() / ".venv")


def ways(root: Path, build_with: Path, windows: bool | None = None) -> list[list[list[str]]]:
    """The commands that fill ``.venv``, by uv and, where uv is not to be had, by pip (slower). ``build_with``: a Python of 3.11."""
    venv, build = str(root / ".venv"), root / ".build" / "uv"
    inside, tool = str(python_of(root / ".venv", windows)), str(python_of(build, windows))
    uv = str(python_of(build, windows).with_name("uv.exe" if windows or (windows is None and os.name == "nt") else "uv"))
    lock, project = str(root / "requirements.lock"), ["--no-deps", "--no-build-isolation", "-e", str(root)]
    fetch = [] if Path(uv).is_file() else [[str(build_with), "-m", "venv", str(build)],
                                          [tool, "-m", "pip", "-q", "install", "--require-hashes", "-r",
                                           str(root / "requirements-uv.lock")]]
    return [[*fetch, [uv, "venv", "-q", "--python", str(build_with), venv],
             [uv, "pip", "sync", "-q", "--python", inside, "--require-hashes", "--compile-bytecode", lock],
             [uv, "pip", "install", "-q", "--python", inside, *project]],
            [[str(build_with), "-m", "venv", venv],
             [inside, "-m", "pip", "-q", "install", "--no-deps", "--require-hashes", "-r", lock],
             [inside, "-m", "pip", "-q", "install", *project]]]


def setup() -> Path:
    """Make ``.venv`` from the lock; returns its Python.

    Raises
    ------
    BadInput : this Python is not one that the lock is for, or the one to be replaced.
    GovlibError : neither uv nor pip could fill it.
    """
    if sys.version_info[:2] not in VERSIONS:
        raise BadInput("govlib needs Python 3.11", value=".".join(map(str, sys.version_info[:3])),
                       fix="say which: make PYTHON=/path/to/python3.11, on Windows py -3.11 -m govlib setup")
    root = paths.root()
    if Path(sys.prefix).resolve() == (root / ".venv").resolve():  # Windows removes no program that runs
        raise BadInput("this Python is the environment that is to be made anew", value=sys.executable,
                       fix="leave it (deactivate), then: python3.11 -m govlib setup, on Windows py -3.11 -m govlib setup")
    (root / ".build").mkdir(exist_ok=True)
    print(phrase("told.setting_up", language()), flush=True)
    for at, commands in enumerate(ways(root, Path(sys.executable))):
        if at:
            print(phrase("told.by_pip", language()))
        shutil.rmtree(root / ".venv", ignore_errors=True)
        try:
            if all(subprocess.run(command, check=False).returncode == 0 for command in commands):
                (root / ".venv" / ".locked").touch()
                return ours()
        except FileNotFoundError:  # uv did not come
            continue
    raise GovlibError("the environment could not be made: neither uv nor pip could fetch what requirements.lock lists")


def main(argv: Sequence[str] | None = None) -> int:
    argparse.ArgumentParser(prog="govlib setup", description="Make the environment .venv from requirements.lock.").parse_args(argv)
    python = setup()
    print(phrase("told.set_up", language(), command=f"{python.with_name('govlib')} briefing"))
    return 0
