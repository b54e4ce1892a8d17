"""Readers run once, to write ``data/raw`` from the publishers' originals. No build imports them.

``transcribe(mirror, out)`` writes the project's own tidy files anew; the tests use it to show that the shipped files follow
from the originals.
"""

from __future__ import annotations

import importlib
from pathlib import Path

from govlib import paths

# modules that write raw files, in the order in which they are asked
TRANSCRIBERS = ("pci", "papi", "dti", "par", "sipas", "controls")


def transcribe(mirror: str | Path, out: str | Path | None = None, *, only: tuple[str, ...] | None = None) -> list[Path]:
    """Write ``data/raw`` anew from a folder of originals; returns the files written. ``only`` names readers."""
    out = Path(out) if out is not None else paths.raw()
    written: list[Path] = []
    for name in only or TRANSCRIBERS:
        written += [Path(p) for p in importlib.import_module(f"{__name__}.{name}").transcribe(Path(mirror), out) or []]
    return written
