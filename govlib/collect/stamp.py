"""Renew the checksum in the sidecar of a `data/raw` file after a reviewed change.

The panel refuses a raw file whose content no longer matches its sidecar: a slip of the keyboard must not pass for a
published figure. Whoever corrects a figure on purpose says so with ``govlib stamp data/raw/pci/2019.csv``.
"""

from __future__ import annotations

import argparse
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from govlib import files
from govlib.collect import sidecar
from govlib.errors import BadInput

_LINE = re.compile(r"^sha256:.*$", re.M)


def stamp(path: Path) -> str:
    """Write the file's SHA-256 into its sidecar; returns it.

    Only that line of the sidecar changes, so that comments and order stay as people wrote them.
    """
    if not path.is_file():
        raise BadInput("is a folder, not a file" if path.is_dir() else "no such file", file=path,
                       fix="name one file, such as data/raw/pci/2019.csv")
    beside = sidecar.place(path)
    if not beside.is_file():
        raise BadInput("has no sidecar with producer, citation and terms", file=path, fix=f"write {beside.name} first")
    digest = hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()  # the same on every system
    text = sidecar.text_of(beside)
    line = f"sha256: {digest}"
    text = _LINE.sub(line, text) if _LINE.search(text) else f"{text.rstrip()}\n{line}\n"
    files.write(beside, text)
    return digest


def main(argv: Sequence[str] | None = None) -> int:
    ask = argparse.ArgumentParser(prog="govlib stamp", description=__doc__.split("\n")[0])
    ask.add_argument("files", nargs="+", type=Path, metavar="FILE", help="data/raw/<index>/<edition>.csv")
    for path in ask.parse_args(argv).files:
        print(f"{stamp(path)}  {path}")
    return 0
