"""The command `govlib`: the verbs of the Makefile, for people who would rather type them.

Each verb lives in the module that does the work and is imported only when called; ``govlib VERB --help`` tells more.
Errors that a user can mend are printed as one message without a traceback, exit code 2 for a wrong call (an option or a name
that is none, a file that is not there), 1 for work that failed.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import subprocess
import sys
import warnings
from collections.abc import Sequence

from govlib.errors import BadInput, GovlibError
from govlib.run import asked, environment, told, whole
from govlib.words.tables import phrase

# verb -> (module with a `main(argv)`, what it does; in Vietnamese: told.verb_… of words/sentences/run.csv)
VERBS = {
    "setup": ("govlib.run.environment", "make the environment .venv from the lock (once)"),
    "pull": ("govlib.collect.pull", "fetch the publishers' own files into data/raw/originals"),
    "panel": ("govlib.run.stages", "take in the inbox, collect and build the panel (notebooks 1 and 2)"),
    "scores": ("govlib.panel.query", "print scores: govlib scores pci --provinces bac-ninh --years 2018:2019"),
    "coverage": ("govlib.panel.query", "print which index, year and level exists"),
    "dictionary": ("govlib.panel.schemas", "write the column tables of docs/data_dictionary.md anew from govlib/panel/columns.csv"),
    "package": ("govlib.panel.package", "the panel as a folder to deposit: CSV, parquet, codebook, sources, DOI-ready metadata"),
    "check": ("govlib.run.check", "try any filled form: which it is, and everything that is wrong with it"),
    "verify": ("govlib.run.verify", "every number of a page back to its published cell; what changed since"),
    "template": ("govlib.collect.inbox", "write a form for next year's edition"),
    "stamp": ("govlib.collect.stamp", "renew the checksum beside a data/raw file after a reviewed change"),
    "effects": ("govlib.run.effects", "estimate one specification, or all with --all"),
    "briefing": ("govlib.run.briefing", "one province's briefing"),
    "departments": ("govlib.run.departments", "a sheet for each department of a province, and who leads what"),
    "briefings": ("govlib.run.briefing", "every province's briefing and the index page"),
    "compare": ("govlib.run.compare", "two or more provinces side by side"),
    "office": ("govlib.run.office", "one province's briefing as Word, slides and e-mail"),
    "institute": ("govlib.institute", "the institute's own instruments: templates, checks, reports"),
    "lab": ("govlib.run.people", "open JupyterLab at notebooks/explore/index"),
    "dashboard": ("govlib.run.people", "the explorer as a page of its own"),
    "docs": ("govlib.run.people", "build the reference page and the chart gallery into site/"),
    "site": ("govlib.run.people", "a site without a server, into public/"),
    "test": ("govlib.run.people", "run the tests"),
    "bench": ("govlib.run.people", "run the benchmarks"),
    "clean": ("govlib.run.people", "remove what was generated; never data/raw"),
}


# linear algebra in one thread, as in the Makefile, and Arrow's allocator without its cleaning thread
FEW_THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
SETUP = "run once: python3.11 -m govlib setup (Windows: py -3.11 -m govlib setup)"
# what makes or removes things needs the project's folder (effects --all sees to it itself); other verbs answer from a wheel too
MAKES = {"setup", "panel", "briefing", "briefings", "departments", "compare", "office", "lab", "dashboard", "docs", "site", "test",
         "bench", "clean", "stamp", "template", "pull", "dictionary"}


def parser(lang: str = "en") -> argparse.ArgumentParser:
    width = max(map(len, VERBS))
    listing = "\n".join(f"  {verb:<{width}}  {phrase(f'told.verb_{verb}', lang)}" for verb in VERBS)
    top = argparse.ArgumentParser(prog="govlib", description=__doc__.split("\n")[0],
                                  epilog=f"{phrase('told.verbs', lang)}\n{listing}",
                                  formatter_class=argparse.RawDescriptionHelpFormatter)
    top.add_argument("verb", choices=VERBS, metavar="VERB", help="one of the verbs below; govlib VERB --help tells more")
    top.add_argument("arguments", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return top


def _in_environment(args: list[str]) -> int:
    """The same call by the Python of ``.venv``. Raises BadInput where that is not there."""
    python = environment.ours()
    if not python.is_file():
        raise BadInput("this Python has none of the libraries", value=sys.executable, fix=SETUP)
    return subprocess.call([str(python), "-m", "govlib", *args])


def _run(verb: str, args: list[str]) -> int:
    """The verb's work, where there is what it needs."""
    if verb in MAKES and not {"-h", "--help"} & set(args):
        whole.in_project()
    if verb != "setup" and importlib.util.find_spec("pandas") is None:  # a bare Python: the project's own does the work
        return _in_environment(args)
    module = importlib.import_module(VERBS[verb][0])
    # modules that serve several verbs are told which
    shared = sum(VERBS[verb][0] == other for other, _ in VERBS.values()) > 1
    with warnings.catch_warnings():
        warnings.showwarning = told.warned
        return int(module.main([verb, *args[1:]] if shared else args[1:]) or 0)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit code."""
    args = list(sys.argv[1:] if argv is None else argv)
    if argv is None:  # a process of its own: as few threads as it takes, so that it can share its work out to others
        for name, value in FEW_THREADS.items():
            os.environ.setdefault(name, value)
    told.any_letters()
    if args and args[0].startswith("--lang="):
        args[:1] = args[0].split("=", 1)
    if args[:1] == ["--lang"] and len(args) > 1:  # before the verb: of every message of this call, and of what it starts
        before = os.environ.get("GOVLIB_LANG")
        os.environ["GOVLIB_LANG"] = args[1]
        try:
            return main(args[2:])
        finally:
            del os.environ["GOVLIB_LANG"]
            if before is not None:
                os.environ["GOVLIB_LANG"] = before
    try:
        lang = told.language()
    except BadInput as error:
        print(f"govlib: {error}", file=sys.stderr)
        return 2
    asked.install()
    known = parser(lang).parse_args(args[:1] or ["--help"])
    try:
        return _run(known.verb, args)
    except GovlibError as error:
        print(f"govlib {known.verb}: {told.error(error, lang)}", file=sys.stderr)
        return told.exit_code(error)
    except BrokenPipeError:  # the reader of a pipe, `head` for instance, has left: not an error
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.errno is None:
            raise
        print(f"govlib {known.verb}: {told.file_error(error, lang)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(phrase("told.stopped", lang), file=sys.stderr)
        return 130
