"""How fast briefings are made, side by side in one run: the command lines, this project, and the cells alone.

    python benchmarks/briefings.py [--pages 24] [--year 2022] [--notebook FILE] [--rounds 1] [--skip-baseline] [--json FILE]

* ``make``   : ``make -j2`` with the papermill and nbconvert command lines, one rule a page (the usual way);
* ``stock``  : the same with the jsonschema that pip would take, not the older one of our lock (``--stock``; builds an environment);
* ``govlib`` : ``govlib briefings --force`` (warm kernels behind papermill, nbconvert in process);
* ``cells``  : the notebook's cells in a forked process with its libraries imported: no kernel, no papermill, no page.

"Same pages": the notebooks that the command lines executed are put through this project's template, and must give the
same bytes as the pages of ``govlib``. Beside the clock's seconds stand the processor's. Memory is the proportional set
size (shared pages counted once) of all processes of a way, sampled twice a second.
Bars: make / govlib >= 5, govlib / cells <= 1.3, and 63 provinces x 2 languages in 100 s, with Word, slides and e-mail (``--all``)
in 150 s.
Then nothing to do (bar: 0.5 s) and one page after an edit (bar: 3 s), start of Python included.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"  # for every way alike
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # modules are compiled once, as on a machine that is used

from govlib import paths  # noqa: E402
from govlib.known import provinces  # noqa: E402
from govlib.ledger import Ledger  # noqa: E402
from govlib.publish import export  # noqa: E402
from govlib.run import jobs, manifest, pool, warm  # noqa: E402

ALL_PAGES = 63 * 2
LANGS = ("vi", "en")


class Meter(threading.Thread):
    """Processor seconds and peak PSS in MiB of this process's descendants and of the parent of warm kernels with its own.

    Processor time is looked at ten times a second, so a process that ends takes at most its last tenth with it.
    """

    def __init__(self):
        super().__init__(daemon=True)
        self.peak, self._end = 0.0, threading.Event()
        self._cpu: dict[tuple[int, float], float] = {}
        self._before = set(psutil.pids())

    def run(self) -> None:
        turn = 0
        while not self._end.wait(0.1):
            family = {p.pid: p for p in psutil.Process().children(recursive=True)}
            for pid in set(psutil.pids()) - self._before - set(family):  # a parent of kernels is a session of its own
                with contextlib.suppress(psutil.Error):
                    process = psutil.Process(pid)
                    if any("warm_parent.py" in part for part in process.cmdline()):
                        family[pid] = process
            total = 0
            for process in family.values():
                with contextlib.suppress(psutil.Error):
                    times = process.cpu_times()
                    self._cpu[process.pid, process.create_time()] = times.user + times.system
                    if turn % 5 == 0:
                        total += process.memory_full_info().pss
            self.peak = max(self.peak, total / 2**20)
            turn += 1

    def stop(self) -> dict[str, float]:
        self._end.set()
        self.join()
        return {"cpu_seconds": sum(self._cpu.values()), "peak_mib": self.peak}


def timed(work: Callable[[], None]) -> dict[str, float]:
    meter = Meter()
    meter.start()
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    return {"seconds": seconds} | meter.stop()


def stock_environment(folder: Path) -> Path:
    """Our locked libraries in a new environment, but the newest jsonschema with its format extra; returns its ``bin``."""
    python = folder / "bin" / "python"
    quiet = [folder / "bin" / "uv", "pip", "install", "-q", "--python", python]
    for command in ([sys.executable, "-m", "venv", folder], [python, "-m", "pip", "-q", "install", "uv"],
                    [*quiet, "--require-hashes", "--compile-bytecode", "-r", paths.root() / "requirements.lock"],
                    [*quiet, "--compile-bytecode", "-U", "jsonschema[format-nongpl]"],
                    [*quiet, "--no-deps", "-e", paths.root()]):
        subprocess.run(command, check=True)
    said = subprocess.run([python, "-c", "import importlib.metadata as m; print(m.version('jsonschema'))"], check=True,
                          capture_output=True, text=True)
    print(f"stock: jsonschema {said.stdout.strip()}", file=sys.stderr)
    return folder / "bin"


def by_make(folder: Path, notebook: Path, pages: list[tuple[str, str]], year: int, jobs: int,
            bin_dir: Path = Path(sys.executable).parent) -> Callable[[], None]:
    """A Makefile with one rule a page."""
    names = [f"{slug}.{lang}" for slug, lang in pages]
    lines = ["all: " + " ".join(f"{n}.html" for n in names), ""]
    for (slug, lang), name in zip(pages, names, strict=True):
        lines += [f"{name}.html:",
                  f"\t{bin_dir}/papermill {notebook} {name}.ipynb -p province {slug} -p year {year} -p language {lang} "
                  f"--cwd {paths.root()} --no-progress-bar --log-level ERROR",
                  f"\t{bin_dir}/jupyter-nbconvert --to html --no-input --log-level ERROR {name}.ipynb", ""]
    (folder / "Makefile").write_text("\n".join(lines))
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}  # of `make bench`
    environment["PATH"] = f"{bin_dir}{os.pathsep}{environment['PATH']}"  # the kernel is this environment's too

    def work() -> None:
        done = subprocess.run(["make", f"-j{jobs}", "-s", "-C", str(folder)], check=False, capture_output=True, text=True,
                              env=environment)
        if done.returncode:
            raise SystemExit("the command lines failed:\n" + done.stderr[-2000:])

    return work


def by_govlib(folder: Path, notebook: Path, pages: list[tuple[str, str]], year: int, *, force: bool = True,
              langs: tuple[str, ...] = LANGS, more: tuple[str, ...] = ()) -> Callable[[], None]:
    """The command, start of Python included."""
    slugs = ",".join(dict.fromkeys(slug for slug, _ in pages))
    code = ("import sys; from pathlib import Path; from govlib import paths; paths.notebooks = lambda: Path(sys.argv[1]).parent;"
            "from govlib.run import briefing, jobs; jobs.NOTEBOOK = Path(sys.argv[1]).name; jobs.NATIONAL = 'none';"
            "sys.exit(briefing.main(['briefings', *sys.argv[2:]]))")
    command = [sys.executable, "-c", code, str(notebook), "--year", str(year), "--provinces", slugs, "--langs", ",".join(langs),
               *(["--force"] if force else []), *more]

    def work() -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       env=os.environ | {"GOVLIB_BRIEFINGS": str(folder)}, cwd=paths.root())

    return work


def by_cells(notebook: Path, pages: list[tuple[str, str]], year: int, jobs: int) -> Callable[[], None]:
    """Cells in forks of a process that has imported what the notebook imports from others."""
    jobs_file = json.dumps([str(notebook), pages, year, jobs])

    def work() -> None:
        subprocess.run([sys.executable, __file__, "--cells", jobs_file], check=True, cwd=paths.root(), env=os.environ | {
            "MPLBACKEND": "Agg"})

    return work


def run_cells(message: str) -> None:
    """In the process of its own that ``by_cells`` starts."""
    import importlib

    notebook, pages, year, workers = json.loads(message)
    for name in warm.PRELOAD:
        importlib.import_module(name)
    cells = ["".join(c["source"]) for c in json.loads(Path(notebook).read_bytes())["cells"] if c["cell_type"] == "code"]
    for _ in pool.run(_Cells(cells, year), pages, workers):
        pass


class _Cells:
    def __init__(self, cells: list[str], year: int):
        self.cells, self.year = cells, year

    def __call__(self, page: list[str]) -> int:
        # one fork a page, like one kernel a page: the worker forks again, so that no page finds another's modules
        pid = os.fork()
        if pid == 0:
            try:
                import IPython.core.display_functions as shown
                import IPython.display

                out = io.StringIO()
                IPython.display.display = shown.display = lambda *things, **_: out.write(str(things))
                space: dict = {"__name__": "__main__", "display": shown.display}
                exec(self.cells[0], space)
                space |= {"province": page[0], "language": page[1], "year": self.year}
                for cell in self.cells[1:]:
                    exec(cell, space)
                os._exit(0 if out.tell() > 10_000 else 3)
            except BaseException:  # noqa: BLE001 - reported by the exit code
                import traceback

                traceback.print_exc()
                os._exit(1)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if code:
            raise SystemExit(f"the cells failed for {page}: {code}")
        return 0


def same_pages(ours: Path, theirs: Path, pages: list[tuple[str, str]]) -> list[str]:
    """Names of pages that differ, after the command lines' notebooks have gone through our template."""
    import nbformat

    different = []
    for slug, lang in pages:
        name = f"{slug}.{lang}"
        page = export.page(nbformat.read(theirs / f"{name}.ipynb", 4), lang=lang, name=name)
        if page != (ours / f"{name}.html").read_bytes():
            different.append(name)
    return different


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pages", type=int, default=24)
    parser.add_argument("--year", type=int, default=2022)
    parser.add_argument("--notebook", type=Path, default=paths.notebooks() / jobs.NOTEBOOK)
    parser.add_argument("--rounds", type=int, default=1, help="each way this many times, the fastest counts")
    parser.add_argument("--skip-baseline", action="store_true", help="leave the slow command lines out")
    parser.add_argument("--stock", action="store_true",
                        help="also the command lines with the newest jsonschema (needs the registry)")
    parser.add_argument("--all", action="store_true", help="also time all provinces in both languages with govlib")
    parser.add_argument("--json", type=Path, help="write the results there too")
    parser.add_argument("--cells", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.cells:
        run_cells(args.cells)
        return 0
    first = ["bac-ninh", "hai-phong", "quang-ninh", "vinh-phuc", "da-nang", "long-an"]
    slugs = [*first, *(s for s in provinces.province_set(args.year) if s not in first)]
    pages = [(slug, lang) for slug in slugs for lang in LANGS][: args.pages + args.pages % 2]
    cores = pool.cores()
    results: dict = {"pages": len(pages), "cores": cores, "year": args.year}
    inputs = manifest.parts(args.notebook, Ledger())
    with tempfile.TemporaryDirectory(prefix="govlib-bench-") as scratch:
        base = Path(scratch)
        ways = {"cells": lambda i: by_cells(args.notebook, pages, args.year, cores),
                "govlib": lambda i: by_govlib(base / f"ours{i}", args.notebook, pages, args.year)}
        if not args.skip_baseline:
            (base / "make").mkdir()
            ways["make"] = lambda i: by_make(base / "make", args.notebook, pages, args.year, 2)
        if args.stock:
            (base / "stock").mkdir()
            stock = stock_environment(base / "environment")
            ways["stock"] = lambda i: by_make(base / "stock", args.notebook, pages, args.year, 2, stock)
        for round_ in range(args.rounds):
            for way, prepare in ways.items():
                if way in ("make", "stock"):
                    for old in (base / way).glob("*.html"):
                        old.unlink()
                got = timed(prepare(round_))
                if way not in results or got["seconds"] < results[way]["seconds"]:
                    results[way] = got
                print(f"{way:7s} {got['seconds']:7.1f} s  {got['cpu_seconds']:7.1f} s of processor  {got['peak_mib']:6.0f} MiB  "
                      f"{got['seconds'] / len(pages):.2f} s a page", file=sys.stderr, flush=True)
        for measure in ("seconds", "cpu_seconds"):  # processor time tells more on a machine that does other work too
            results[f"govlib_to_cells_{measure}"] = results["govlib"][measure] / results["cells"][measure]
            for way in {"make", "stock"} & set(ways):
                results[f"{way}_to_govlib_{measure}"] = results[way][measure] / results["govlib"][measure]
        if not args.skip_baseline:
            results["make_extrapolated_126"] = results["make"]["seconds"] / len(pages) * ALL_PAGES
            results["different_pages"] = same_pages(base / "ours0" / str(args.year), base / "make", pages)
        # the same pages again with nothing to do, and one page after an edit, each the best of three
        folder = base / "ours0"
        results["no_op_seconds"] = min(timed(by_govlib(folder, args.notebook, pages, args.year, force=False))["seconds"]
                                       for _ in range(3))
        os.environ["GOVLIB_WARM_LINGER"] = "20"  # as on a terminal: the parent of the first is there for the second
        results["one_page_seconds"] = min(timed(by_govlib(folder, args.notebook, pages[:1], args.year, langs=("vi",)))["seconds"]
                                          for _ in range(3))
        del os.environ["GOVLIB_WARM_LINGER"]
        if args.all:
            everything = [(slug, lang) for slug in provinces.province_set(args.year) for lang in LANGS]
            results["govlib_all"] = timed(by_govlib(base / "all", args.notebook, everything,
                                                    args.year)) | {"pages": len(everything)}
            # Word, slides and e-mail on top of pages that are there
            results["office_all"] = timed(by_govlib(base / "all", args.notebook, everything, args.year, force=False,
                                                    more=("--office",)))
    if inputs != manifest.parts(args.notebook, Ledger()):
        results["warning"] = "code or data changed during the run: times and pages are not of one state"
    print(json.dumps(results, indent=1))
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps(results, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
