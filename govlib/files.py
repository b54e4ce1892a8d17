"""A file is written whole or not at all: beside its place first, then moved there in one step."""

from __future__ import annotations

import csv
import glob
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path


@contextmanager
def whole(path: str | Path) -> Iterator[Path]:
    """A place to write to, in the folder of ``path``; moved to ``path`` when the block ends, removed when it fails.

    A full disk, a killed process or an error half-way leaves what stood at ``path`` as it was.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _sweep(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        move(part, path)
    finally:
        part.unlink(missing_ok=True)


def move(part: str | Path, path: Path) -> None:
    """What Windows' virus scanner or indexer holds open for a moment is tried again; what Excel holds stays held, and is said."""
    for pause in (0.1, 0.3, 0.9) if sys.platform == "win32" else ():
        with suppress(PermissionError):
            os.replace(part, path)
            return
        time.sleep(pause)
    os.replace(part, path)


def _sweep(path: Path) -> None:
    """Remove what a killed process had begun to write to this place."""
    for name in os.listdir(path.parent):  # not by a pattern: estimates are written by the hundred into one folder
        if name.startswith(f".{path.name}.") and name.endswith(".part"):
            process = name.split(".")[-2]
            if process.isdecimal() and not _alive(int(process)):
                path.with_name(name).unlink(missing_ok=True)


def _alive(process: int) -> bool:
    if sys.platform == "win32":  # there a signal of 0 is Ctrl+C
        import psutil

        return psutil.pid_exists(process)
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # another user's
        return True
    return True


def _ours(path: Path) -> bool:
    return not hasattr(os, "getuid") or path.stat().st_uid == os.getuid()


def clear(folder: Path, prefix: str) -> None:
    """Remove the temporary folders ``<prefix><process id>-…`` of processes that were killed."""
    for left in folder.glob(f"{glob.escape(prefix)}*"):
        process = left.name.removeprefix(prefix).split("-")[0]
        with suppress(OSError):
            if process.isdecimal() and _ours(left) and not _alive(int(process)):
                shutil.rmtree(left, ignore_errors=True)


@contextmanager
def scratch(folder: Path, prefix: str) -> Iterator[Path]:
    """A temporary folder of this process in ``folder`` (moving from it is atomic), after removing those of killed ones."""
    clear(folder, prefix)
    place = Path(tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-", dir=folder))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def alone(folder: Path, wait: bool = True) -> Iterator[None]:
    """Nobody else's block of this kind runs in ``folder`` meanwhile (``.lock`` there; released when its process ends).

    Raises BlockingIOError without ``wait`` where another is at it. On Windows nothing is locked: there no make runs two at once.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "a") as handle:
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield


def rows(path: Path) -> list[dict[str, str]]:
    """The lines of a CSV of ours, each by the names of its header."""
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def write(path: str | Path, content: bytes | str) -> Path:
    """Write ``content`` (text as UTF-8, line ends as given)."""
    return write_all({Path(path): content})[0]


def write_all(contents: Mapping[Path, bytes | str]) -> list[Path]:
    """Write several files: none takes its place before all are written."""
    with ExitStack() as stack:
        for path, content in contents.items():
            stack.enter_context(whole(path)).write_bytes(content.encode() if isinstance(content, str) else content)
    return list(contents)
