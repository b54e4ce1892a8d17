"""What a verb needs first, made where it is old: the rule of the Makefile, for those without make.

A stage is old where its stamp or a table is not there, or a file that it hangs on (:mod:`govlib.ledger`) is newer than the
stamp. Make tells with ``GOVLIB_MADE`` that it has seen to this already.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from govlib import paths
from govlib.errors import GovlibError
from govlib.ledger import Ledger, lock, roots

TABLES = ("scores.parquet", "scores.csv", "controls.parquet", "why_missing.parquet", "coverage.parquet", "reform_panel.parquet")
# stage -> (stamp under data/processed, the verb that makes it, stages before it)
MADE_BY: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "panel": (".panel", ("panel",), ()), "estimates": ("estimates/.done", ("effects", "--all"), ("panel",))}
_WAITS = {"-h", "--help", "--check", "--scheduler"}  # of a call that makes nothing here
NEEDS = {"briefing": ("panel", "estimates"), "briefings": ("panel", "estimates"), "test": ("panel", "estimates"), "lab": ("panel",),
         "dashboard": ("panel",), "docs": ("panel",), "office": ("panel", "estimates"), "compare": ("panel", "estimates"),
         "departments": ("panel", "estimates"), "site": ("panel",), "bench": ("panel",)}


def stamp(stage: str) -> Path:
    return paths.processed() / MADE_BY[stage][0]


def is_old(stage: str) -> bool:
    """Whether a stage has to be made (again)."""
    mark = stamp(stage)
    if not mark.is_file() or (stage == "panel" and not all((paths.processed() / name).is_file() for name in TABLES)):
        return True
    at = mark.stat().st_mtime_ns
    if any(stamp(before).is_file() and stamp(before).stat().st_mtime_ns > at for before in MADE_BY[stage][2]):
        return True
    ledger = Ledger(paths.root() / ".build" / "ledger.json")
    begins = roots(stage)
    code, data = ledger.hangs_on(*begins)
    ledger.save()
    # tables of the stage before count by its stamp
    files = [*begins, *code, *lock(), *(p for p in data if not p.is_relative_to(paths.processed()))]
    return any(path.stat().st_mtime_ns > at for path in files)


def ahead(verb: str, arguments: Sequence[str] = ()) -> None:
    """Make what a verb needs and is old. Raises GovlibError where that fails; the command itself has said why."""
    if not paths.is_project() or os.environ.get("GOVLIB_MADE") or os.environ.get("GOVLIB_PROCESSED") or _WAITS & {*arguments}:
        return
    made: set[str] = set()
    for stage in NEEDS.get(verb, ("panel",) if verb == "effects" and "--all" in arguments else ()):
        _, command, before = MADE_BY[stage]
        if made & {*before} or is_old(stage):
            if subprocess.run([sys.executable, "-m", "govlib", *command], cwd=paths.root(), env=os.environ | {"GOVLIB_MADE": "1"},
                              check=False).returncode:
                raise GovlibError(f"govlib {' '.join(command)} failed, and nothing more was made")
            done(stage)
            made.add(stage)


def done(stage: str) -> None:
    """Set a stage's stamp."""
    stamp(stage).parent.mkdir(parents=True, exist_ok=True)
    stamp(stage).touch()
