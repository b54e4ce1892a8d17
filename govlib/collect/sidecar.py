"""The sidecar of a ``data/raw`` file: who published the figures, where, on what terms, and the checksum of what was checked."""

from __future__ import annotations

import hashlib
from pathlib import Path

import yaml

from govlib import paths
from govlib.errors import BadInput
from govlib.forms.problems import say


def place(path: Path) -> Path:
    """``2019.csv`` → ``2019.meta.yaml``."""
    return path.with_name(f"{path.stem}.meta.yaml")


def text_of(beside: Path) -> str:
    """A sidecar as it is written; raises BadInput where an editor saved it in another encoding."""
    try:
        return beside.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(say("not UTF-8 (byte {n})", n=error.start), file=beside, fix="save it again as UTF-8") from error


def read(path: Path) -> dict:
    """The verified sidecar of a raw file.

    Raises
    ------
    BadInput
        No sidecar, not UTF-8, not YAML, another edition or index than the file's place says, or a checksum that no longer matches.
    """
    beside = place(path)
    if not beside.is_file():
        raise BadInput(say("no sidecar {name}: nobody could say where the figures come from", name=beside.name), file=path,
                       fix="write one with producer, citation, url, terms, sources; then: govlib stamp FILE")
    try:
        meta = yaml.load(text_of(beside), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - safe
    except yaml.YAMLError as error:
        raise BadInput(say("not YAML ({why})", why=str(error).splitlines()[0]), file=beside, fix="mend the sidecar") from error
    if not isinstance(meta, dict):
        raise BadInput("not a list of keys and values", file=beside, fix="mend the sidecar")
    if "edition" in meta and str(meta["edition"]) != path.stem:
        raise BadInput(say("the sidecar is of edition {given}, the file's name says {named}", given=meta.get("edition"),
                           named=path.stem), file=path, column="edition", fix="wrong year: rename the file, or correct the sidecar")
    content = path.read_bytes()
    same = (content, content.replace(b"\r\n", b"\n"))  # line ends as Git for Windows writes them change no figure
    if meta.get("sha256") not in [hashlib.sha256(one).hexdigest() for one in same]:
        raise BadInput("does not match the checksum in its sidecar: it was changed after it was checked", file=path,
                       fix=say("undo the change, or, if it is meant and reviewed, run: govlib stamp {file}", file=_relative(path)))
    return meta


def full_table(meta: dict) -> bool:
    """Whether the edition was copied from a table of all provinces, as against the few that pages name (``known_gaps``)."""
    return not any(mark in str(meta.get("known_gaps", "")) for mark in ("no full table", "single provinces only"))


def _relative(path: Path) -> str:
    try:
        return str(path.resolve().relative_to(paths.root()))
    except ValueError:
        return str(path)
