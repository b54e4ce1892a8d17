"""Readers: one module a source, one tidy shape out (:data:`govlib.readers._tidy.COLUMNS`).

``transcribe(mirror, out)`` writes the project's own tidy files from the publishers' originals; ``indicators(folder)``
gives the survey items behind the components, for whatever originals ``make pull`` has fetched.
"""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

# modules that write raw files, in the order in which they are asked
TRANSCRIBERS = ("pci", "papi", "dti", "par", "sipas", "controls")
# modules that read survey items from originals: ``indicators_in(folder) -> DataFrame`` with `year` and `index_id`
INDICATOR_READERS = ("pci", "papi")


def _module(name: str):
    """A reader module, or None where it is not part of this version."""
    full = f"govlib.readers.{name}"
    return importlib.import_module(full) if importlib.util.find_spec(full) else None


def transcribe(mirror: str | Path, out: str | Path | None = None, *, only: tuple[str, ...] | None = None) -> list[Path]:
    """Write ``data/raw`` anew from a folder of originals; returns the files written.

    Used once, and by the tests that show that the shipped files follow from the originals. ``only`` names readers.
    """
    from govlib import paths

    out = Path(out) if out is not None else paths.raw()
    written: list[Path] = []
    for name in only or TRANSCRIBERS:
        module = _module(name)
        if module is not None:
            written += [Path(p) for p in module.transcribe(Path(mirror), out) or []]
    return written


def indicators(originals_dir: str | Path) -> pd.DataFrame:
    """Tidy rows of level ``indicator`` (with ``year`` and ``index_id``) for all originals found under a folder.

    An empty DataFrame where nothing has been pulled: everything else works without them.
    """
    import pandas as pd

    from govlib.readers import _tidy

    parts = []
    for name in INDICATOR_READERS:
        module = _module(name)
        if module is not None and hasattr(module, "indicators_in"):
            part = module.indicators_in(Path(originals_dir))
            if len(part):
                parts.append(part)
    if parts:
        return pd.concat(parts, ignore_index=True)
    return pd.DataFrame(columns=["index_id", "year", *_tidy.COLUMNS])
