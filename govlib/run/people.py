"""Verbs for people at the keyboard: lab, dashboard, docs, site, test, bench, clean."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import webbrowser
from collections.abc import Sequence
from pathlib import Path

from govlib import paths
from govlib.errors import BadInput, MissingData
from govlib.run import pool, told, whole
from govlib.words.tables import phrase

_WHAT = {
    "lab": "Open JupyterLab at notebooks/explore/index.",
    "dashboard": "Serve the explorer as a page of its own, without notebook or code.",
    "docs": "Build the reference page and the chart gallery into site/.",
    "site": "Write the site without a server.",
    "test": "Run the tests; further arguments go to pytest.",
    "bench": "Run the benchmarks, each beside its alternatives, into benchmarks/results/.",
    "clean": "Remove generated tables, pages and benchmark results; never data/raw.",
}


CHECKS = (("-m", "ruff", "check", "-q", "."),
          ("-c", "from importlinter.cli import lint_imports_command as run; run()"), ("-m", "mypy"))
# of benchmarks/ those that benchmarks/README.md reports; the others prove something or write a page of docs/, some for hours, some
# with tools that are not in the lock
TIMED = ("briefings", "effects", "estimators", "scale")


def _python(*arguments: str) -> int:
    return subprocess.call([sys.executable, *arguments], cwd=paths.root(), env=os.environ | {"PYTHONPATH": paths.python_path()})


def _panel_for(verb: str) -> None:
    """Make the panel where it is old. Raises MissingData where there is none, as in other tables (GOVLIB_PROCESSED)."""
    whole.ahead(verb)
    if not (paths.processed() / "scores.parquet").is_file():
        raise MissingData(paths.processed() / "scores.parquet", "make panel")


def clean() -> list[str]:
    """Remove what can be made again, as `make clean` does; returns the names of what went. Never a folder that GOVLIB_BRIEFINGS or
    GOVLIB_PROCESSED names: that may hold anything."""
    gone = []
    for name in ("data/processed", "briefings", "site", "public", "benchmarks/results"):
        folder = paths.root() / name
        if folder.is_dir():
            folder.unlink() if folder.is_symlink() else shutil.rmtree(folder)  # a link goes, not what it leads to
            gone.append(folder.name)
    return gone


def lab(arguments: Sequence[str]) -> int:
    """JupyterLab at the first page of the explorer, with what was given on the command line.

    Raises BadInput for root, unless told: who can open the notebook server could do anything on the machine.
    """
    if hasattr(os, "geteuid") and os.geteuid() == 0 and "--allow-root" not in arguments:
        raise BadInput("JupyterLab is not run as root", fix="use an account of your own; in a container of yours, where there is "
                       "no other: govlib lab --allow-root, or make lab ARGS=--allow-root")
    _panel_for("lab")
    # no question about news and no look-up of newer versions: nothing leaves this machine
    settings = os.pathsep.join(filter(None, [str(Path(__file__).parent / "jupyter"), os.environ.get("JUPYTER_CONFIG_PATH", "")]))
    os.environ["JUPYTER_CONFIG_PATH"] = settings
    # the kernel bears the project's name: its spec lies beside the settings
    os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [str(Path(__file__).parent / "jupyter"),
                                                                 os.environ.get("JUPYTER_PATH")]))
    return _python("-m", "jupyterlab", "--LabApp.default_url=/lab/tree/notebooks/explore/index.ipynb", "--LabApp.news_url=None",
                   "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", *arguments)


def dashboard(port: int, ip: str, hosts: Sequence[str], browser: bool) -> int:
    """The explorer, until it is stopped."""
    _panel_for("dashboard")
    from govlib.explore import dashboard as server  # pandas and tornado, for this alone

    def ready(address: str) -> None:
        print(phrase("told.dashboard", told.language(), address=address), flush=True)
        if browser:
            webbrowser.open(address)

    server.serve(port, ip, hosts, ready)
    return 0


def site(folder: Path) -> int:
    """The site without a server, into this folder. Raises BadInput where its pages would lie among others."""
    from govlib.explore import public  # pandas, for this alone

    public.check(folder)
    whole.ahead("site")
    size = public.build(folder)
    print(phrase("public.written", told.language(), page=f"{folder}/index.html", n=len(list(folder.rglob("*.html"))),
                 size=f"{size / 1e6:.1f}"))
    return 0


def test(arguments: Sequence[str], lint: bool) -> int:
    """Linters and types, then the tests, on as many processes as ``JOBS`` says; cores + 1 unless told, as many tests wait."""
    whole.ahead("test")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # hundreds of processes would each compile all modules anew
    for check in CHECKS if lint else ():
        if code := _python(*check):
            return code
    if any(a == "-n" or a.startswith("-n") and a[2:].isdigit() for a in arguments):
        return _python("-m", "pytest", "-q", *arguments)
    # tests/conftest.py puts the longest files first: sorted by their number of tests, as xdist does, some would begin last
    return _python("-m", "pytest", "-q", "-n", os.environ.get("JOBS") or str(pool.cores() + 1), "--dist", "loadfile",
                   "--no-loadscope-reorder", *arguments)


def main(argv: Sequence[str]) -> int:
    verb, *rest = argv
    ask = argparse.ArgumentParser(prog=f"govlib {verb}", description=_WHAT[verb], allow_abbrev=False)
    if verb in {"lab", "dashboard"}:
        ask.add_argument("--port", type=int, default=8888 if verb == "lab" else 8866,
                         help="port; the next free one where it is taken")
        ask.add_argument("--no-browser", action="store_true", help="open no browser")
    if verb == "dashboard":
        ask.add_argument("--ip", default="127.0.0.1", help="address to answer on; 0.0.0.0 for colleagues on the same network")
        ask.add_argument("--hosts", nargs="+", default=[], metavar="NAME", help="further names under which this server is reached")
    if verb == "lab":
        ask.epilog = "Whatever else is given goes to JupyterLab."
    if verb == "site":
        ask.add_argument("folder", nargs="?", type=Path, help="where to; public/ of the project unless told")
    if verb == "test":
        ask.add_argument("--lint", action="store_true", help="linters and types first, also where tests are named")
    given, more = ask.parse_known_args(rest) if verb in {"test", "bench", "lab"} else (ask.parse_args(rest), [])

    if verb in {"lab", "dashboard"} and not 0 < given.port < 65536:
        raise BadInput("no such port", column="--port", value=given.port, fix="write 1 to 65535")
    if verb == "lab":
        return lab([f"--port={given.port}", *(["--no-browser"] if given.no_browser else []), *more])
    if verb == "dashboard":
        return dashboard(given.port, given.ip, given.hosts, browser=not given.no_browser)
    if verb == "docs":
        whole.ahead(verb)
        return _python("-m", "govlib.explore.site")
    if verb == "site":
        return site(given.folder or paths.root() / "public")
    if verb == "test":
        return test(more, lint=given.lint or not more)
    if verb == "bench":
        whole.ahead(verb)
        os.environ["GOVLIB_MADE"] = "1"  # what it times need not look again whether all is there
        return max(abs(_python(str(paths.root() / "benchmarks" / f"{name}.py"), *more)) for name in TIMED)  # killed: negative
    print(phrase("told.removed", told.language(), names=", ".join(clean()) or "–"))
    return 0
