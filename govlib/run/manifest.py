"""What a finished page was made from, so that only what changed is made again.

Each page has a record beside it (``.manifest/<name>.json``) with the digests of everything it depends on: the notebook's
code, its parameters, the data it declares, the project's modules it can reach, the template, the locked versions. A page
is current when all of them, and the page itself, still have the digests that the record holds. Times of modification
only save reading a file again; they never decide.

Nothing heavy is imported: finding out that there is nothing to do must cost next to nothing.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from govlib import FRONT_DOOR, paths

#: Read by a notebook that does not say what it reads (metadata.govlib.reads: patterns relative to the project).
DEFAULT_READS = ("data/processed/**/*.parquet", "data/institute_plan*", "data/raw/reforms/**/*", "data/raw/catalogue*")
_RACY = 2_000_000_000  # a file changed less than this many ns before it was read may change again within one clock tick
_ENGINE = ("run/notebook.py", "publish/export.py", "publish/show.py", "run/warm_parent.py")


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Digests:
    """SHA-256 of files, remembered between runs by size, time and inode."""

    def __init__(self, store: Path | None):
        self._store, self._dirty = store, False
        try:
            self._known: dict[str, list] = json.loads(store.read_bytes()) if store else {}
        except (OSError, ValueError):
            self._known = {}

    def of(self, path: Path) -> str:
        return self._entry(path)[3]

    def imports(self, path: Path) -> list[str]:
        """What a module of ours can import of ours, see :func:`imported`."""
        entry = self._entry(path)
        if len(entry) < 5:
            entry.append(imported(path.read_text(encoding="utf-8"), package_of(path)))
            self._dirty = True
        return entry[4]

    def _entry(self, path: Path) -> list:
        key, state = str(path), path.stat()
        mark = [state.st_mtime_ns, state.st_size, state.st_ino]
        entry = self._known.get(key)
        if entry is None or entry[:3] != mark:
            fresh = digest(path.read_bytes())
            settled = time.time_ns() - state.st_mtime_ns > _RACY
            entry = [*(mark if settled else [0, 0, 0]), fresh]
            self._known[key] = entry
            self._dirty = True
        return entry

    def save(self) -> None:
        if self._dirty and self._store:
            known = {k: v for k, v in self._known.items() if v[0]}
            try:
                write_atomic(self._store, json.dumps(known).encode())
            except OSError:
                return  # only a memory aid: without it the next run reads the files again


def write_atomic(path: Path, data: bytes) -> None:
    """The whole file or none of it: written beside its place, then moved there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(scratch, "wb") as handle:
            handle.write(data)
            handle.flush()
        os.replace(scratch, path)
    finally:
        scratch.unlink(missing_ok=True)


# ---------------------------------------------------------------------------------------------- what a page depends on
def notebook_parts(path: Path) -> tuple[str, dict[str, Any]]:
    """Digest of what runs and what is shown (code, tags, prose that goes on the page), and the notebook's metadata.
    Outputs, cell ids and notes for the reader of the notebook do not count."""
    notebook = json.loads(path.read_bytes())
    kept = []
    for cell in notebook["cells"]:
        tags = sorted(cell.get("metadata", {}).get("tags", []))
        if cell["cell_type"] == "code" or {"vi", "en", "page"} & set(tags):
            kept.append([cell["cell_type"], "".join(cell["source"]), tags])
    about = notebook.get("metadata", {}).get("govlib", {})
    return digest(json.dumps([kept, about], sort_keys=True).encode()), notebook


def data_files(patterns: Iterable[str]) -> list[Path]:
    """Files behind the declared patterns; those under data/processed follow GOVLIB_PROCESSED."""
    found: set[Path] = set()
    for pattern in patterns:
        base, rest = paths.root(), pattern
        if pattern.startswith("data/processed/"):
            base, rest = paths.processed(), pattern.removeprefix("data/processed/")
        found.update(p for p in base.glob(rest) if p.is_file())
    return sorted(found)


def package_of(path: Path) -> str:
    """``govlib.effects`` for a file in that folder."""
    return ".".join(("govlib", *path.resolve().relative_to(paths.package()).parent.parts))


def imported(code: str, package: str = "") -> list[str]:
    """Dotted names under ``govlib`` that a module may import, in functions too. ``govlib.x.*`` where a name is made at
    run time: everything beneath it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join([*package.split(".")[: len(package.split(".")) - node.level + 1], *filter(None, [base])])
            names.add(base)
            names.update(f"{base}.{alias.name}" for alias in node.names)
            if base in ("pkgutil",):
                names.add(f"{package}.*")
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "govlib":
            names.add(f"govlib.{node.attr}")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"govlib(\.\w+)+", node.value):
            names.add(node.value)
        elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
            stem = str(node.values[0].value)
            if stem.startswith("govlib.") and package:
                names.add(f"{stem.rstrip('.')}.*" if stem.endswith(".") else f"{stem.rpartition('.')[0]}.*")
        if isinstance(node, ast.Name) and node.id == "pkgutil" and package:
            names.add(f"{package}.*")
    return sorted(n for n in names if n == "govlib" or n.startswith("govlib."))


def reachable(code: str, digests: Digests) -> list[Path]:
    """The project's modules that a notebook's code can import, directly or through others."""
    root = paths.package()
    start = root / "__init__.py"
    doors = {start}
    queue, files = [*imported(code), "govlib"], set()
    seen: set[str] = set()
    while queue:
        name = queue.pop()
        if name in seen:
            continue
        seen.add(name)
        parts = name.split(".")[1:]
        if parts and parts[-1] == "*":
            new = sorted(root.joinpath(*parts[:-1]).rglob("*.py"))
        else:
            new = [root.joinpath(*parts[:i]) / "__init__.py" for i in range(1, len(parts) + 1)]
            if parts:
                new.append(root.joinpath(*parts[:-1], parts[-1] + ".py"))
            if len(parts) == 1 and not any(file.is_file() for file in new):
                queue.append(FRONT_DOOR.get(parts[0], "govlib.panel.data"))  # one of the package's one-line questions: govlib.scores and the like
        for file in [start, *new]:
            if file not in files and file.is_file():
                files.add(file)
                # a front door names modules that it loads only when asked for: the asker's mention counts, not the door's
                queue += [] if file in doors else digests.imports(file)
    return sorted(files)


def parts(notebook: Path, digests: Digests) -> dict[str, str]:
    """Digests shared by all pages of a notebook: code, data, source, template, lock."""
    own, content = notebook_parts(notebook)
    reads = content.get("metadata", {}).get("govlib", {}).get("reads", DEFAULT_READS)
    code = "\n".join(re.sub(r"(?m)^(\s*)[%!].*$", r"\1pass", "".join(c["source"]))
                     for c in content["cells"] if c["cell_type"] == "code")
    try:
        modules = reachable(code, digests)
    except SyntaxError:  # of the notebook or of a module: it will fail when run, and must be run again once mended
        modules = sorted(paths.package().rglob("*.py"))
    here = paths.package()
    modules += [here / name for name in _ENGINE]
    modules += [p for p in paths.reference().rglob("*") if p.is_file()]
    template = [p for p in (here / "publish" / "template").rglob("*") if p.suffix in (".j2", ".css", ".js", ".json", ".woff2", ".ttf")]
    lock = paths.root() / "requirements.lock"

    def together(files: Iterable[Path], base: Path) -> str:
        lines = [f"{os.path.relpath(p, base)}\0{digests.of(p)}" for p in sorted(set(files))]
        return digest("\n".join(lines).encode())

    return {"notebook": own, "data": together(data_files(reads), paths.root()), "source": together(modules, paths.package()),
            "template": together(template, here), "lock": digests.of(lock) if lock.is_file() else ""}


def key(shared: Mapping[str, str], parameters: Mapping[str, Any], pdf: bool = False) -> str:
    """One digest for one page."""
    return digest(json.dumps([dict(shared), dict(parameters), pdf], sort_keys=True).encode())


# -------------------------------------------------------------------------------------------------------- the records
def record_path(folder: Path, name: str) -> Path:
    return folder / ".manifest" / f"{name}.json"


def read_record(folder: Path, name: str) -> dict[str, Any] | None:
    try:
        return json.loads(record_path(folder, name).read_bytes())
    except (OSError, ValueError):
        return None


def is_current(folder: Path, name: str, wanted: str, digests: Digests) -> dict[str, Any] | None:
    """The record of a page that need not be made again, else None. A failed page is always tried again."""
    record = read_record(folder, name)
    if record is None or record.get("key") != wanted or record.get("status") not in ("built", "partial"):
        return None
    try:
        if any(digests.of(folder / file) != sha for file, sha in record["files"].items()):
            return None
    except OSError:
        return None
    return record
