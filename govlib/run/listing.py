"""The list of a year's pages, from the records beside them: true after any run, whole or stopped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from govlib import files, paths
from govlib.known import provinces
from govlib.ledger import Ledger, sha256
from govlib.publish import index
from govlib.run.manifest import read_record


def rows(folder: Path, year: int) -> list[dict[str, Any]]:
    """One entry a province of that year: slug, state (the worst of its pages), the records of its pages, and the languages in which
    its departments' sheets are there."""
    out = []
    for slug in provinces.province_set(year):
        records = {lang: read_record(folder, f"{slug}.{lang}") for lang in ("vi", "en")}
        found = {lang: r for lang, r in records.items() if r}
        state = min((r["status"] for r in found.values()), key=index.ORDER.__getitem__, default="none")
        sheets = [lang for lang in ("vi", "en") if (folder / slug / f"index.{lang}.html").is_file()]
        out.append({"slug": slug, "state": state, "pages": found, "sheets": sheets})
    return out


def write(folder: Path, year: int, known: Ledger) -> None:
    """Write both languages, only when they would differ. OSError where they cannot be written; the old ones stay then."""
    entries = rows(folder, year)
    national = {lang: read_record(folder, f"national.{lang}") for lang in ("vi", "en")}
    source, _ = known.hangs_on(paths.package() / "publish" / "index.py")
    changed = [lang for lang in ("vi", "en") if (folder / f"changes.{lang}.html").is_file()]
    state = sha256(json.dumps([entries, national, changed, known.together(source)], sort_keys=True).encode())
    note = folder / ".manifest" / "index.txt"
    targets = {"vi": folder / "index.html", "en": folder / "index.en.html"}
    if note.is_file() and note.read_bytes() == state.encode() and all(t.is_file() for t in targets.values()):
        return
    note.unlink(missing_ok=True)
    files.write_all({target: index.render(folder, year, lang, entries, national) for lang, target in targets.items()})
    files.write(note, state)
