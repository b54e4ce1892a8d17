"""What a finished page was made from, so that only what changed is made again.

Each page has a record beside it (``.manifest/<name>.json``) with the digests of everything it depends on: the notebook's
code, its parameters, the modules and data that :mod:`govlib.ledger` finds behind it, the locked versions. A page is current
when all of them, and the page itself, still have the digests that the record holds. Times of modification only save reading
a file again; they never decide.

Nothing heavy is imported: finding out that there is nothing to do must cost next to nothing.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from govlib import files, paths
from govlib.ledger import Ledger, lock, sha256

if TYPE_CHECKING:
    from govlib.run.jobs import Job


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


PARTS = {"summary": "sheet", "annex": "annex"}  # files of their own beside a page, and the parts of it that they hold


def part_name(name: str, part: str) -> str:
    """``bac-ninh.vi`` → ``bac-ninh.summary.vi``: the stem of a part's files.

    >>> part_name("bac-ninh.vi", "summary")
    'bac-ninh.summary.vi'
    """
    place, lang = name.rsplit(".", 1)
    return f"{place}.{part}.{lang}"


def read_record(folder: Path, name: str) -> dict[str, Any] | None:
    """The record of a page, None where there is none that can be used: a damaged one counts as none."""
    try:
        record = json.loads(record_path(folder, name).read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    whole = isinstance(record, dict) and record.get("status") in ("built", "partial", "failed")
    return record if whole and isinstance(record.get("files"), dict) and isinstance(record.setdefault("reason", ""), str) else None


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


def together(folder: Path, name: str, module: Path, parameters: Mapping[str, Any],
             make: Callable[[], Mapping[Path, bytes | str]], *, force: bool = False) -> list[Path]:
    """Files that are made at once and without a notebook (sheets of departments, documents, comparisons): made again only where
    what ``module`` (a file) hangs on, the parameters or one of the files is another than the record says, or where it is
    asked for (``force``). Their paths."""
    known = ledger()
    source, data = known.hangs_on(module)
    wanted = key({"source": known.together(source), "data": known.together(data), "lock": known.together(lock())}, parameters)
    record = is_current(folder, name, wanted, known)
    known.save()
    if record and not force:
        return [folder / file for file in record["files"]]
    contents = make()
    written = files.write_all(contents)
    shas = {path.relative_to(folder).as_posix(): known.of(path) for path in written}
    files.write(record_path(folder, name), json.dumps({"name": name, "key": wanted, "status": "built", "files": shas}))
    return written


def publish(job: Job, result: dict[str, Any]) -> dict[str, Any]:
    """Move a finished page, then its record, to their places. Where it could not be made, the page of an earlier run stays, and the
    record says so: why it failed, and which files are the earlier ones."""
    folder = Path(job.folder)
    failed = folder / "failed"
    earlier = read_record(folder, job.name)
    record = {"name": job.name, "key": job.key, "parts": job.parts, "status": result["status"], "reason": result["reason"],
              "parameters": job.parameters, "seconds": result.get("seconds", 0), "files": {}}
    names = {f"{stem}.{kind}" for stem in (job.name, *(part_name(job.name, part) for part in PARTS))
             for kind in ("html", "pdf")}
    try:
        if result["status"] == "failed":
            record["files"] = {name: sha for name, sha in (earlier or {}).get("files", {}).items() if (folder / name).is_file()}
            for name, path in result["failed"].items():
                failed.mkdir(exist_ok=True)
                files.move(path, failed / name)
            if result.get("details"):
                files.write(failed / f"{job.name}.txt", f"{result['reason']}\n\n{result['details']}")
        else:
            record["files"] = {name: sha256(Path(path).read_bytes()) for name, path in result["files"].items()}
            for name, path in result["files"].items():
                files.move(path, folder / name)
            for name in names - result["files"].keys():
                (folder / name).unlink(missing_ok=True)  # a PDF of an earlier run is not this page's
        files.write(record_path(folder, job.name), json.dumps(record, ensure_ascii=False))
    except OSError as error:
        record |= {"status": "failed", "reason": f"{error.strerror or error}: {error.filename2 or folder}"}
    if record["status"] != "failed":
        for suffix in ("ipynb", "txt"):
            with contextlib.suppress(OSError):
                (failed / f"{job.name}.{suffix}").unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            failed.rmdir()  # only when empty
    return record | {k: result[k] for k in ("run_seconds", "kernel_mib", "kernel_cpu", "worker_mib") if k in result}
