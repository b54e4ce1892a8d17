"""Briefings from notebook to page: which are out of date, who makes them, how they get to their place.

A page appears whole or not at all. Work happens in temporary folders; the finished page is moved into place, then its
record. When a page cannot be made, the one of an earlier run stays where it is, the executed notebook with its error is kept in
``failed/``, the record says why, the others are still made, and the exit code is 1.

Only this process writes pages and records, whoever does the work: its own workers or a Dask cluster. So a job that
runs twice, because the machine that held its result died, changes nothing.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from govlib import files, paths
from govlib.errors import BadInput
from govlib.known import provinces
from govlib.ledger import Ledger
from govlib.run import manifest, told
from govlib.run.jobs import LANGS, Job, check_address, check_jobs, check_langs, check_year, plan
from govlib.words import wording
from govlib.words.tables import phrase


class Hindered(BadInput):
    """The call is right, and something is in its way: another run, a folder that cannot be written."""


@dataclass
class Report:
    """What a run did: one entry a page (name, status, reason, seconds, files) in ``pages``, and where they are."""

    year: int
    folder: str
    pages: list[dict[str, Any]]
    seconds: float = 0.0

    @property
    def failed(self) -> list[dict[str, Any]]:
        return [p for p in self.pages if p["status"] == "failed"]

    def count(self, *states: str) -> int:
        return sum((p["status"] if not p.get("current") else "current") in states for p in self.pages)


def build_all(year: int | None = None, langs: str | Iterable[str] = LANGS, provinces_wanted: str | Iterable[str] | None = None,  # noqa: PLR0913
              *, jobs: int | str | None = None, pdf: bool = False, force: bool = False, progress: bool = False,
              national: bool = True, issued_by: str | None = None) -> Report:
    """Make what is out of date.

    Parameters
    ----------
    year : edition, or None for the newest with data. langs : ``vi``, ``en`` or both.
    provinces_wanted : names, slugs or regions; None for all of the year.
    jobs : how many worker processes (cores + 1: while one waits for its kernel another works), or the address of a Dask
        scheduler that does the work instead.
    pdf : a PDF beside each page. force : make also what is current. progress : show it on standard error.
    national : also the national overview, where its notebook exists.
    issued_by : the body named on top of each page; None for the one of GOVLIB_ISSUER.

    Returns
    -------
    Report, its ``pages`` sorted by name; failed pages are entries, not exceptions.

    Raises
    ------
    BadInput, UnknownName
        A year without data, another language, no such province; Hindered: an output folder that cannot be written, or is busy.
    """
    start = time.perf_counter()
    year, langs = check_year(year), check_langs(langs)
    jobs = check_address(jobs) if isinstance(jobs, str) else check_jobs(jobs)
    slugs = [s for s in provinces.expand(provinces_wanted, year) if s in provinces.province_set(year)]
    if pdf:
        from govlib.publish import export  # loads nbconvert's templates

        export.chromium()  # said now, not after the first hundred pages
    folder = paths.briefings() / str(year)
    if not isinstance(jobs, str) and (force or not (folder / ".manifest").is_dir()):
        from govlib.run import warm  # loads the kernel manager

        warm.hold()  # there is work: the kernels' parent may start importing
    with _only_one(folder), _scratch(folder) as scratch:
        known = manifest.ledger()
        wanted = plan(year, slugs, langs, national=national, pdf=pdf, known=known, issued_by=issued_by)
        current = {} if force else {job.name: record for job in wanted
                                    if (record := manifest.is_current(folder, job.name, job.key, known))}
        known.save()
        pages = [record | {"current": True} for record in current.values()]
        todo = [job for job in wanted if job.name not in current]
        try:
            if todo:
                with _bar(len(wanted), len(current), progress) as step:
                    for entry in _work(todo, scratch, jobs):
                        pages.append(entry)
                        step(entry)
        finally:
            # also a run that was stopped lists what it has made, and what changed with it
            pages += _listing(folder, year, known, [p["name"] for p in pages if not p.get("current") and p["status"] != "failed"])
        known.save()
    return Report(year, str(folder), sorted(pages, key=lambda p: p["name"]), time.perf_counter() - start)


def _work(todo: Sequence[Job], scratch: Path, jobs: int | str | None) -> Iterator[dict[str, Any]]:
    """Pages as they are made and at their places."""
    from govlib.run import pool, workers  # nothing of it where all is current

    source = workers.cluster(todo, scratch, jobs) if isinstance(jobs, str) else workers.local(
        todo, scratch, min(len(todo), jobs or pool.cores() + 1))
    with contextlib.closing(source):
        for job, result in source:
            yield manifest.publish(job, result)


def _listing(folder: Path, year: int, known: Ledger, made: list[str]) -> list[dict[str, Any]]:
    """Write the list of the year's pages, and what changed in those made; an entry that says why where that failed."""
    from govlib.run import changes, listing  # loads the templates

    try:
        changes.take(folder, year, made)  # first: the list leads to it
        listing.write(folder, year, known)
    except OSError as error:
        return [{"name": "index", "status": "failed", "reason": f"{error.strerror or error}: {folder}", "seconds": 0, "files": {}}]
    return []


@contextlib.contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Two runs into one folder would remove each other's scratch and race for the records."""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(files.alone(folder, wait=False))
        except BlockingIOError:
            raise Hindered("another run is making briefings in this folder", value=str(folder),
                           fix="wait for it, or stop it") from None
        except OSError as error:
            raise _unwritable(folder, error) from None
        yield


@contextlib.contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A temporary folder beside the pages; what killed runs left elsewhere goes too."""
    for prefix in ("govlib-run-", "govlib-job-"):
        files.clear(Path(tempfile.gettempdir()), prefix)
    with contextlib.ExitStack() as stack:
        try:
            place = stack.enter_context(files.scratch(folder, ".run-"))
        except OSError as error:
            raise _unwritable(folder, error) from None
        yield place


def _unwritable(folder: Path, error: OSError) -> Hindered:
    return Hindered(f"cannot write there: {error.strerror}", value=str(folder),
                    fix="free the folder, or set GOVLIB_BRIEFINGS to another one")


@contextlib.contextmanager
def _bar(total: int, done: int, wanted: bool) -> Iterator[Callable[[dict[str, Any]], None]]:
    """A progress bar on a terminal, a line a page elsewhere, nothing unless wanted."""
    lang = told.language()
    if not wanted:
        yield lambda entry: None
    elif sys.stderr.isatty():
        from tqdm import tqdm

        tqdm.monitor_interval = 0  # its thread would live while workers are forked
        unit, desc = phrase("made.unit", lang), phrase("made.briefings", lang)
        with tqdm(total=total, initial=done, unit=unit, desc=desc, smoothing=0.1) as bar:
            def step(entry: dict[str, Any]) -> None:
                if entry["status"] == "failed":
                    failed = phrase("made.failed", lang)
                    bar.write(f"{entry['name']}: {failed}: {told.said(entry['reason'], lang)}", file=sys.stderr)
                bar.set_postfix_str(entry["name"], refresh=False)
                bar.update()

            yield step
    else:
        count = [done]

        def line(entry: dict[str, Any]) -> None:
            count[0] += 1
            why = f": {told.said(entry['reason'], lang)}" if entry["reason"] else ""
            took = f"{wording.number(entry['seconds'], lang, 1)} {phrase('told.seconds', lang)}"
            print(f"[{count[0]}/{total}] {entry['name']} {phrase('made.' + entry['status'], lang)}{why} ({took})", file=sys.stderr)

        yield line
