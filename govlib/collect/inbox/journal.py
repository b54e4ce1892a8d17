"""Several files that change together: all of them or none, also where the process is killed half-way.

What is to change is prepared in ``data/raw/.intake``; writing its list of moves is the one step that decides. Before it
nothing has changed and the folder is thrown away; after it the moves are carried out, by whoever comes next if need be
(:func:`recover`, which the intake and the panel call first).
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from filelock import FileLock, Timeout

from govlib import files
from govlib.errors import BadInput

STAGE, LIST = ".intake", "moves.json"
PATIENCE = 120  # seconds that a second intake waits for the first


class Journal:
    """Changes in the making. ``folder``: where files are prepared, each at its place below ``raw``."""

    def __init__(self, raw: Path):
        self.raw, self.folder = raw, raw / STAGE
        self._kept: list[dict[str, str]] = []

    def keep(self, form: Path, to: Path, digest: str) -> None:
        """A form that was read goes to ``to`` (as a copy of its bytes, never as a link)."""
        self._kept.append({"form": str(form.absolute()), "to": str(to.absolute()), "sha256": digest})

    def decide(self) -> None:
        """From here on the changes happen."""
        staged = sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file())
        files.write(self.folder / LIST, json.dumps({"files": staged, "forms": self._kept}))
        _carry_out(self.raw)


@contextmanager
def begin(raw: Path) -> Iterator[Journal]:
    """Prepare changes under a lock; without :meth:`Journal.decide` nothing has happened when the block ends."""
    with _locked(raw):
        _recover(raw)
        journal = Journal(raw)
        journal.folder.mkdir()
        try:
            yield journal
        finally:
            if not (journal.folder / LIST).is_file():  # else the moves were decided on and are to be carried out
                shutil.rmtree(journal.folder, ignore_errors=True)


def recover(raw: Path) -> None:
    """Finish, or throw away, what a killed process left."""
    if (raw / STAGE).is_dir():
        with _locked(raw):
            _recover(raw)


@contextmanager
def _locked(raw: Path) -> Iterator[None]:
    try:
        with FileLock(raw / f"{STAGE}.lock", timeout=PATIENCE):
            yield
    except Timeout as error:
        raise BadInput("another intake is at work", file=raw, fix="wait until it has ended") from error


def _recover(raw: Path) -> None:
    if (raw / STAGE / LIST).is_file():
        _carry_out(raw)
    elif (raw / STAGE).is_dir():
        shutil.rmtree(raw / STAGE)


def _carry_out(raw: Path) -> None:
    """Each step may have been done before."""
    folder = raw / STAGE
    listed = json.loads((folder / LIST).read_text(encoding="utf-8"))
    for name in listed["files"]:
        if (folder / name).is_file():
            (raw / name).parent.mkdir(parents=True, exist_ok=True)
            os.replace(folder / name, raw / name)
    for kept in listed["forms"]:
        form, to = Path(kept["form"]), Path(kept["to"])
        if form.is_file() and not form.is_symlink():
            content = form.read_bytes()
            if sha256(content).hexdigest() == kept["sha256"]:  # another file of that name has come since: it waits for its own turn
                files.write(to, content)
                form.unlink()
    shutil.rmtree(folder)
