"""Briefings from notebook to page: which are out of date, who makes them, how they get to their place.

A page appears whole or not at all. Work happens in temporary folders; the finished page is moved into place, then its
record. When a page cannot be made, the one of an earlier run is moved to ``failed/`` so that it cannot pose as new, the
executed notebook with its error is kept there, the record says why, the others are still made, and the exit code is 1.

Only this process writes pages and records, whoever does the work: its own workers or a Dask cluster. So a job that
runs twice, because the machine that held its result died, changes nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from govlib import paths
from govlib.errors import BadInput, GovlibError, MissingData, UnknownName
from govlib.known import provinces
from govlib.run import manifest

LANGS = ("vi", "en")
NOTEBOOK = "4_province_briefing.ipynb"
NATIONAL = "national_overview.ipynb"
LIMIT_BYTES = 2_000_000
PRIME_FROM = 4  # pages from which it pays, in seconds and in processor time, to load once what all of them load


# ------------------------------------------------------------------------------------------------------------ what to do
@dataclass(frozen=True)
class Job:
    """One page to make. ``name`` is the stem of its files; ``key`` says what it is made from."""

    name: str
    notebook: str
    parameters: dict[str, Any]
    lang: str
    folder: str
    key: str = ""
    parts: dict[str, str] = field(default_factory=dict)
    pdf: bool = False


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


def years_with_data() -> list[int]:
    """Years of the panel that hold at least one published figure, ascending.

    Raises MissingData where the panel has not been built.
    """
    table = paths.processed() / "scores.parquet"
    if not table.is_file():
        raise MissingData(table, "make panel")
    digests = manifest.Digests(_digest_store())
    sha, note = digests.of(table), paths.processed() / ".years.json"
    with contextlib.suppress(OSError, ValueError, KeyError):
        return json.loads(note.read_bytes())[sha]
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    frame = pq.read_table(table, columns=["year", "score"])
    years = sorted(pc.unique(frame.filter(pc.is_valid(frame["score"]))["year"]).to_pylist())
    with contextlib.suppress(OSError):  # a memory aid only
        manifest.write_atomic(note, json.dumps({sha: years}).encode())
    return years


def check_year(year: int | None) -> int:
    """The year itself, or the newest with data for None. BadInput names the years that exist."""
    years = years_with_data()
    if not years:
        raise MissingData(paths.processed() / "scores.parquet", "make panel")
    if year is None:
        return years[-1]
    if isinstance(year, bool) or not isinstance(year, int):
        raise BadInput("a year is a whole number", value=year, column="year", fix=f"one of {_run_of(years)}")
    if year not in years:
        raise BadInput("there are no data of this year", value=year, column="year", fix=f"years with data: {_run_of(years)}")
    return year


def check_langs(langs: str | Iterable[str]) -> list[str]:
    """``"vi,en"``, ``"vi en"`` or a list; BadInput for anything but vi and en."""
    items = langs.replace(",", " ").split() if isinstance(langs, str) else list(langs)
    items = items or list(LANGS)
    for item in items:
        if item not in LANGS:
            raise BadInput("unknown language", value=item, column="langs", fix=f"use {' or '.join(LANGS)}")
    return list(dict.fromkeys(items))


def check_jobs(jobs: int | None) -> int | None:
    """The number of worker processes itself; BadInput for anything but None and 1, 2, ..."""
    if jobs is not None and (isinstance(jobs, bool) or not isinstance(jobs, int) or jobs < 1):
        raise BadInput("the number of worker processes is a positive whole number", value=jobs, column="jobs")
    return jobs


def plan(year: int, slugs: Sequence[str], langs: Sequence[str], *, notebook: Path | None = None, national: bool = False,
         pdf: bool = False, digests: manifest.Digests | None = None) -> list[Job]:
    """Every page that is wanted, each with the key of what it would be made from."""
    digests = digests or manifest.Digests(None)
    folder = str(paths.briefings() / str(year))
    notebook = notebook or paths.notebooks() / NOTEBOOK
    if not notebook.is_file():
        raise MissingData(notebook, "git checkout -- notebooks")
    jobs = []
    overview = notebook.with_name(NATIONAL)
    wanted = [(overview, [("national", {})])] if national and overview.is_file() else []
    wanted.append((notebook, [(slug, {"province": slug}) for slug in slugs]))
    for path, pages in wanted:
        shared = manifest.parts(path, digests)
        for name, own in pages:
            for lang in langs:
                parameters = own | {"year": year, "language": lang}
                jobs.append(Job(f"{name}.{lang}", str(path), parameters, lang, folder,
                                manifest.key(shared, parameters, pdf), shared, pdf))
    return jobs


# --------------------------------------------------------------------------------------------------------- doing one job
def prepare_host() -> Path:
    """Once a process that runs jobs: a private temporary folder, the kernelspec in it, the parent of warm kernels.

    The folder's name holds the process id, so that a later run can remove what a killed one left.
    """
    from govlib.run import warm

    folder = Path(tempfile.mkdtemp(prefix=f"govlib-run-{os.getpid()}-"))
    os.environ.update(warm.kernelspec(folder) | warm.ONE_THREAD)
    (folder / "runtime").mkdir(mode=0o700)
    warm.hold()
    return folder


def run_job(job: Job, scratch: str | None = None) -> dict[str, Any]:
    """Make one page in ``scratch``; never raises. ``files``: name → path of the finished file there."""
    start = time.perf_counter()
    result: dict[str, Any] = {"name": job.name, "status": "failed", "reason": "", "files": {}, "failed": {}}
    folder = None
    try:
        from govlib.publish import export
        from govlib.run import notebook as run

        folder = Path(tempfile.mkdtemp(prefix=f"{job.name}-", dir=scratch))
        try:
            run.load_papermill()
            loading = threading.Thread(target=export.environment)  # while the kernel computes; at once where it is loaded
            loading.start()
            try:
                done = run.execute(Path(job.notebook), job.parameters, folder)
            finally:
                loading.join()
            html = export.page(done.notebook, lang=job.lang, name=job.name)
            result["reason"] = "; ".join(done.reasons)
            if len(html) > LIMIT_BYTES:
                raise run.RunFailed(f"the page has {len(html) / 1e6:.1f} MB, more than {LIMIT_BYTES / 1e6:.0f}", done.notebook)
            page = folder / f"{job.name}.html"
            page.write_bytes(html)
            result["files"][page.name] = str(page)
            if job.pdf:
                export.pdf(page, folder / f"{job.name}.pdf")
                result["files"][f"{job.name}.pdf"] = str(folder / f"{job.name}.pdf")
            result |= {"status": done.status, "run_seconds": done.seconds, "kernel_mib": done.kernel_mib, "kernel_cpu": done.kernel_cpu,
                       "worker_mib": run.own_peak_mib()}
        except (run.RunFailed, export.BadPage) as error:
            result |= {"reason": error.reason, "details": error.details, "files": {}, "status": "failed"}
            if error.notebook is not None:
                import nbformat

                kept = folder / f"{job.name}.ipynb"
                nbformat.write(error.notebook, kept)
                result["failed"][kept.name] = str(kept)
    except GovlibError as error:
        result |= {"status": "failed", "reason": str(error), "files": {}}
    except OSError as error:
        result |= {"status": "failed", "reason": f"{error.strerror or error}"
                   + (f": {Path(str(error.filename)).name}" if error.filename else ""), "files": {}}
    except Exception as error:  # noqa: BLE001 - one page's trouble, whatever it is, must not stop the others
        import traceback

        result |= {"status": "failed", "reason": f"{type(error).__name__}: {error}", "files": {},
                   "details": traceback.format_exc()}
    result["seconds"] = round(time.perf_counter() - start, 3)
    for name in ("in.ipynb", "out.ipynb"):
        if folder is not None:
            (folder / name).unlink(missing_ok=True)
    return result


def publish(job: Job, result: dict[str, Any]) -> dict[str, Any]:
    """Move a finished page, then its record, to their places; or clear the place of a page that could not be made."""
    folder = Path(job.folder)
    failed = folder / "failed"
    record = {"name": job.name, "key": job.key, "parts": job.parts, "status": result["status"], "reason": result["reason"],
              "parameters": job.parameters, "seconds": result.get("seconds", 0), "files": {}}
    names = [f"{job.name}.html", f"{job.name}.pdf"]
    try:
        if result["status"] == "failed":
            for name in names:
                if (folder / name).is_file():
                    failed.mkdir(exist_ok=True)
                    os.replace(folder / name, failed / _earlier(name))
            for name, path in result["failed"].items():
                failed.mkdir(exist_ok=True)
                os.replace(path, failed / name)
            if result.get("details"):
                manifest.write_atomic(failed / f"{job.name}.txt", (result["reason"] + "\n\n" + result["details"]).encode())
        else:
            for name, path in result["files"].items():
                record["files"][name] = manifest.digest(Path(path).read_bytes())
            for name, path in result["files"].items():
                os.replace(path, folder / name)
            for name in set(names) - set(result["files"]):
                (folder / name).unlink(missing_ok=True)  # a PDF of an earlier run is not this page's
        manifest.write_atomic(manifest.record_path(folder, job.name), json.dumps(record, ensure_ascii=False).encode())
    except OSError as error:
        record |= {"status": "failed", "reason": f"{error.strerror or error}: {folder}"}
    if record["status"] != "failed":
        for stale in (f"{job.name}.ipynb", f"{job.name}.txt", *map(_earlier, names)):
            with contextlib.suppress(OSError):
                (failed / stale).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            failed.rmdir()  # only when empty
    return record | {k: result[k] for k in ("run_seconds", "kernel_mib", "kernel_cpu", "worker_mib") if k in result}


# -------------------------------------------------------------------------------------------------------- doing them all
def local(jobs: Sequence[Job], scratch: Path, workers: int) -> Iterator[tuple[Job, dict[str, Any]]]:
    """Run jobs on this machine's cores."""
    from govlib.run import pool

    before = dict(os.environ)
    host = prepare_host()
    try:
        if len(jobs) >= PRIME_FROM:
            from govlib.run import prime, warm

            one = jobs[-1]
            if prime.wanted(Path(one.notebook)):
                warm.prime(host / "primed.sock", cold=min(workers, max(1, pool.cores() - 1)), code=f"from govlib.run.prime import prime\nprime({one.notebook!r}, {one.parameters!r})")
        from govlib.publish import export
        from govlib.run import notebook as run

        run.load_papermill()  # here, once, for all workers: they are forked from this process
        if len(jobs) > 1:
            export.ready()

        for job, result in pool.run(partial(run_job, scratch=str(scratch)), jobs, workers):
            if isinstance(result, pool.Lost):
                result = {"status": "failed", "reason": f"its worker died ({result.exitcode})", "files": {}, "failed": {}}
            yield job, result
    finally:
        from govlib.run import warm

        warm.release()
        shutil.rmtree(host, ignore_errors=True)
        for name in ("JUPYTER_PATH", "JUPYTER_RUNTIME_DIR", *warm.ONE_THREAD):  # the caller may start kernels of its own
            os.environ.pop(name, None)
            if name in before:
                os.environ[name] = before[name]


def cluster(jobs: Sequence[Job], scratch: Path, address: str) -> Iterator[tuple[Job, dict[str, Any]]]:
    """Run jobs on a Dask cluster. Workers need this project and the same data; each checks that before it starts.

    Pages come back as bytes and are written here, so the workers need not share a disk, and a job that ran twice
    because a worker died leaves one page.
    """
    from govlib.run import remote

    with remote.connect(address) as client:
        base = {"root": str(paths.root()), "processed": str(paths.processed())}
        futures = {client.submit(remote.run, remote.portable(job, base), key=f"{job.name}-{job.key[:16]}", retries=2,
                                 pure=True): job for job in jobs}
        for future in remote.finished(client, futures):
            try:
                result = future.result()
            except Exception as error:  # noqa: BLE001 - whatever a cluster may raise concerns this page only
                result = {"status": "failed", "reason": f"on the cluster: {type(error).__name__}: {error}", "files": {},
                          "failed": {}}
            else:
                result = remote.unpack(result, scratch)
            yield futures[future], result
            future.release()


def build_all(year: int | None = None, langs: str | Iterable[str] = LANGS, provinces_wanted: str | Iterable[str] | None = None,
              *, jobs: int | None = None, scheduler: str | None = None, pdf: bool = False, force: bool = False,
              progress: bool = False, national: bool = True, notebook: Path | None = None) -> Report:
    """Make every briefing of a year that is out of date, and the list of them.

    Parameters
    ----------
    year : None for the newest with data. langs : vi, en. provinces_wanted : as ``govlib.known.provinces.expand`` takes it.
    jobs : worker processes; None for one more than there are cores (a worker waits while its kernel computes).
    scheduler : address of a Dask scheduler (``tcp://host:8786``); then ``jobs`` is not used.
    pdf : a PDF of each page too (needs Chromium). force : make also what is current.
    national : also the national overview, where its notebook exists.

    Returns
    -------
    Report, its ``pages`` sorted by name; failed pages are entries, not exceptions.

    Raises
    ------
    BadInput, UnknownName
        A year without data, another language, no such province, an output folder that cannot be written.
    """
    start = time.perf_counter()
    year = check_year(year)
    langs = check_langs(langs)
    check_jobs(jobs)
    if scheduler:
        from govlib.run import remote

        remote.check_address(scheduler)
    slugs = [s for s in provinces.expand(provinces_wanted, year) if s in provinces.province_set(year)]
    if pdf:
        from govlib.publish import export

        export.chromium()  # said now, not after the first hundred pages
    folder = paths.briefings() / str(year)
    if not scheduler and (force or not (folder / ".manifest").is_dir()):  # there is work: the kernels' parent may start importing
        from govlib.run import warm

        warm.hold()
    with _only_one(folder):
        scratch = _scratch(folder)
        try:
            digests = manifest.Digests(_digest_store())
            wanted = plan(year, slugs, langs, notebook=notebook, national=national, pdf=pdf, digests=digests)
            current = {} if force else {job.name: record for job in wanted
                                        if (record := manifest.is_current(folder, job.name, job.key, digests))}
            digests.save()
            pages = [record | {"current": True} for record in current.values()]
            todo = [job for job in wanted if job.name not in current]
            from govlib.publish import index

            if todo:
                from govlib.run import pool

                source = cluster(todo, scratch, scheduler) if scheduler else local(
                    todo, scratch, min(len(todo), jobs or pool.cores() + 1))
                try:
                    with contextlib.closing(source), _bar(len(wanted), len(current), progress) as step:
                        for job, result in source:
                            entry = publish(job, result)
                            pages.append(entry)
                            step(entry)
                except BaseException:
                    with contextlib.suppress(OSError):
                        index.write(folder, year, digests)  # also a run that was stopped lists what it has made
                    raise
            try:
                index.write(folder, year, digests)
            except OSError as error:
                pages.append({"name": "index", "status": "failed", "reason": f"{error.strerror or error}: {folder}",
                              "seconds": 0, "files": {}})
            digests.save()
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return Report(year, str(folder), sorted(pages, key=lambda p: p["name"]), time.perf_counter() - start)


def build(province: str = "bac-ninh", year: int | None = None, lang: str = "vi", *, pdf: bool = False,
          force: bool = False) -> Path:
    """One briefing; returns the path of its page. Raises :class:`govlib.run.notebook.RunFailed` where it cannot be made."""
    year = check_year(year)
    slug = provinces.resolve(province, year)
    report = build_all(year, [lang], [slug], jobs=1, pdf=pdf, force=force, national=False)
    page = next(p for p in report.pages if p["name"] == f"{slug}.{lang}")
    if page["status"] == "failed":
        from govlib.run.notebook import RunFailed

        raise RunFailed(f"{page['name']}: {page['reason']} (see {report.folder}/failed)")
    return Path(report.folder) / f"{page['name']}.html"


# ---------------------------------------------------------------------------------------------------------------- helpers
class Stopped(KeyboardInterrupt):
    """SIGTERM: ends a run the way Ctrl-C does, with everything put away."""


def _digest_store() -> Path:
    return paths.processed() / ".digests.json"  # not beside the pages: files are the same for whichever folder


def _earlier(name: str) -> str:
    stem, suffix = os.path.splitext(name)
    return f"{stem}.earlier{suffix}"


def _run_of(years: Sequence[int]) -> str:
    whole = list(range(years[0], years[-1] + 1))
    return f"{years[0]} to {years[-1]}" if list(years) == whole and len(years) > 2 else ", ".join(map(str, years))


@contextlib.contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Two runs into one folder would remove each other's scratch and race for the records."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = open(folder / ".lock", "a")  # noqa: SIM115 - held for the whole run
    except OSError as error:
        raise BadInput(f"cannot write there: {error.strerror}", value=str(folder),
                       fix="free the folder, or set GOVLIB_BRIEFINGS to another one") from None
    try:
        if sys.platform != "win32":
            import fcntl

            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BadInput("another run is making briefings in this folder", value=str(folder),
                               fix="wait for it, or stop it") from None
        yield
    finally:
        handle.close()


def _scratch(folder: Path) -> Path:
    """A new temporary folder beside the pages (same disk: moving is atomic), after removing those of killed runs."""
    common = Path(tempfile.gettempdir())
    for left, place in ((".run-", folder), ("govlib-run-", common), ("govlib-job-", common)):
        for old in place.glob(f"{left}*"):
            owner = old.name.removeprefix(left).split("-")[0]
            with contextlib.suppress(OSError, ValueError):
                if old.stat().st_uid == os.getuid() and not _alive(int(owner)):
                    shutil.rmtree(old, ignore_errors=True)
    try:
        return Path(tempfile.mkdtemp(prefix=f".run-{os.getpid()}-", dir=folder))
    except OSError as error:
        raise BadInput(f"cannot write there: {error.strerror}", value=str(folder),
                       fix="free the folder, or set GOVLIB_BRIEFINGS to another one") from None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextlib.contextmanager
def _bar(total: int, done: int, wanted: bool) -> Iterator[Any]:
    """A progress bar on a terminal, a line a page elsewhere, nothing unless wanted."""
    if not wanted:
        yield lambda entry: None
    elif sys.stderr.isatty():
        from tqdm import tqdm

        tqdm.monitor_interval = 0  # its thread would live while workers are forked
        with tqdm(total=total, initial=done, unit="page", desc="briefings", smoothing=0.1) as bar:
            def step(entry: dict[str, Any]) -> None:
                if entry["status"] == "failed":
                    bar.write(f"{entry['name']}: failed: {entry['reason']}", file=sys.stderr)
                bar.set_postfix_str(entry["name"], refresh=False)
                bar.update()

            yield step
    else:
        count = [done]

        def line(entry: dict[str, Any]) -> None:
            count[0] += 1
            why = f": {entry['reason']}" if entry["reason"] else ""
            print(f"[{count[0]}/{total}] {entry['name']} {entry['status']}{why} ({entry['seconds']:.1f} s)", file=sys.stderr)

        yield line


def main(argv: Sequence[str]) -> int:
    """``govlib briefing`` and ``govlib briefings``; the verb is the first argument. Exit code 1 where a page failed."""
    import argparse

    verb, *rest = argv
    one = verb == "briefing"
    parser = argparse.ArgumentParser(prog=f"govlib {verb}",
                                     description="One province's briefing." if one else "Every province's briefing.")
    parser.add_argument("--province" if one else "--provinces", default="bac-ninh" if one else "", metavar="NAME",
                        help="any spelling, or slug" if one else "names, slugs or regions, separated by commas; all unless told")
    parser.add_argument("--year", default="", help="edition; the newest with data unless told")
    parser.add_argument("--langs", default="vi,en", help="vi, en or both, separated by a comma")
    parser.add_argument("--pdf", action="store_true", help="a PDF too (needs Chromium)")
    parser.add_argument("--force", action="store_true", help="make also what is current")
    parser.add_argument("--jobs", default="", help="worker processes; cores + 1 unless told")
    parser.add_argument("--scheduler", default="", metavar="ADDRESS", help="Dask scheduler, tcp://host:8786")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--check", action="store_true", help="only say which pages these are, or what is wrong with the call")
    args = parser.parse_args(rest)
    with _wrong_call():
        langs, jobs = check_langs(args.langs), check_jobs(_number(args.jobs))
        if args.scheduler:
            from govlib.run import remote

            remote.check_address(args.scheduler)
        names = [args.province.strip() or "bac-ninh"] if one else [x.strip() for x in args.provinces.split(",") if x.strip()] or None
        known = provinces.resolve if one else provinces.expand
        for name in names or ():
            known(name)  # one that no edition knows is told of before any data are asked for
        if args.check and not (paths.processed() / "scores.parquet").is_file():
            return 0
        year = check_year(_number(args.year))
        slugs = [provinces.resolve(names[0], year)] if one else provinces.expand(names, year)
    if args.check:
        for slug in slugs:
            print(*(paths.briefings() / str(year) / f"{slug}.{lang}.html" for lang in langs), sep="\n")
        return 0
    signal.signal(signal.SIGTERM, _stop)
    if one and sys.stderr.isatty():  # someone is working on a briefing: the next rebuild need not import anything again
        os.environ.setdefault("GOVLIB_WARM_LINGER", "300")
    report = build_all(year, langs, slugs, jobs=jobs, scheduler=args.scheduler or None, pdf=args.pdf,
                       force=args.force, progress=not args.json, national=not one)
    if args.json:
        print(json.dumps({"year": report.year, "folder": report.folder, "seconds": round(report.seconds, 3),
                          "pages": [{k: p.get(k) for k in ("name", "status", "reason", "seconds", "current", "files")}
                                    for p in report.pages]}, ensure_ascii=False, indent=1))
    else:
        print(f"{report.folder}: {report.count('built', 'partial')} made, {report.count('current')} current, "
              f"{len(report.failed)} failed, {report.seconds:.1f} s")
        for page in report.failed:
            print(f"  {page['name']}: {page['reason']}", file=sys.stderr)
    return 1 if report.failed else 0


@contextlib.contextmanager
def _wrong_call() -> Iterator[None]:
    """What a user can cause in here is a wrong call: exit code 2, before anything is written."""
    try:
        yield
    except (BadInput, UnknownName) as error:
        error.exit_code = 2
        raise


def _number(text: str) -> int | str | None:
    """What was typed as a whole number, None for nothing; anything else stays text, for the check that knows what is right."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() else text or None


def _stop(number: int, frame: Any) -> None:
    signal.signal(number, signal.SIG_IGN)
    raise Stopped
