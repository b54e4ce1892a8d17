"""What a finished page was made from, so that only what changed is made again.

Each page has a record beside it (``.manifest/<name>.json``) with the digests of everything it depends on: the notebook's
code, its parameters, the modules and data that :mod:`govlib.ledger` finds behind it, the locked versions. A page is current when all of
them, and the page itself, still have the digests that the record holds. Times of modification only save reading a file
again; they never decide.

Nothing heavy is imported: finding out that there is nothing to do must cost next to nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from govlib import paths
from govlib.ledger import Ledger, lock, sha256


def ledger() -> Ledger:
    """The ledger that remembers from run to run. Not beside the pages: files are the same for whichever folder."""
    return Ledger(paths.processed() / ".digests.json")


def notebook_digest(path: Path) -> str:
    """Digest of what runs and what is shown (code, tags, prose that goes on the page), and of the notebook's own settings.
    Outputs, cell ids and notes for the reader of the notebook do not count."""
    notebook = json.loads(path.read_bytes())
    kept = []
    for cell in notebook["cells"]:
        tags = sorted(cell.get("metadata", {}).get("tags", []))
        if cell["cell_type"] == "code" or {"vi", "en", "page"} & set(tags):
            kept.append([cell["cell_type"], "".join(cell["source"]), tags])
    about = notebook.get("metadata", {}).get("govlib", {})
    return sha256(json.dumps([kept, about], sort_keys=True).encode())


def parts(notebook: Path, known: Ledger) -> dict[str, str]:
    """Digests shared by all pages of a notebook."""
    source, data = known.hangs_on(notebook, paths.package() / "run" / "page.py")
    return {"notebook": notebook_digest(notebook), "source": known.together(source), "data": known.together(data),
            "lock": known.together(lock())}


def key(shared: Mapping[str, str], parameters: Mapping[str, Any], pdf: bool = False) -> str:
    """One digest for one page."""
    return sha256(json.dumps([dict(shared), dict(parameters), pdf], sort_keys=True).encode())


# -------------------------------------------------------------------------------------------------------- the records
def record_path(folder: Path, name: str) -> Path:
    return folder / ".manifest" / f"{name}.json"


def read_record(folder: Path, name: str) -> dict[str, Any] | None:
    """The record of a page, None where there is none that can be used: a damaged one counts as none."""
    try:
        record = json.loads(record_path(folder, name).read_bytes())
    except (OSError, ValueError):
        return None
    whole = isinstance(record, dict) and record.get("status") in ("built", "partial", "failed") and isinstance(record.get("files"), dict)
    return record if whole and isinstance(record.get("reason"), str) else None


def is_current(folder: Path, name: str, wanted: str, known: Ledger) -> dict[str, Any] | None:
    """The record of a page that need not be made again, else None. A failed page is always tried again."""
    record = read_record(folder, name)
    if record is None or record.get("key") != wanted or record["status"] == "failed" or not record["files"]:
        return None
    try:
        if any(known.of(folder / file) != sha for file, sha in record["files"].items()):
            return None
    except OSError:
        return None
    return record
