"""The command `govlib`: the verbs of the Makefile, for people who would rather type them.

Each verb lives in the module that does the work and is imported only when called; ``govlib VERB --help`` tells more.
Errors that a user can mend are printed as one message without a traceback, exit code 2 for a wrong call, 1 for work
that failed.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from govlib.errors import GovlibError

# verb -> (module with a `main(argv)`, what it does)
VERBS = {
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
    "test": ("govlib.run.people", "run the tests"),
    "bench": ("govlib.run.people", "run the benchmarks"),
    "clean": ("govlib.run.people", "remove what was generated; never data/raw"),
}


def parser() -> argparse.ArgumentParser:
    width = max(map(len, VERBS))
    listing = "\n".join(f"  {verb:<{width}}  {what}" for verb, (_, what) in VERBS.items())
    top = argparse.ArgumentParser(prog="govlib", description=__doc__.split("\n")[0], epilog=f"verbs:\n{listing}",
                                  formatter_class=argparse.RawDescriptionHelpFormatter)
    top.add_argument("verb", choices=VERBS, metavar="VERB", help="one of the verbs below; govlib VERB --help tells more")
    top.add_argument("arguments", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit code."""
    args = list(sys.argv[1:] if argv is None else argv)
    known = parser().parse_args(args[:1] or ["--help"])
    module = importlib.import_module(VERBS[known.verb][0])
    # modules that serve several verbs are told which
    shared = sum(VERBS[known.verb][0] == other for other, _ in VERBS.values()) > 1
    try:
        return int(module.main([known.verb, *args[1:]] if shared else args[1:]) or 0)
    except GovlibError as error:
        print(f"govlib {known.verb}: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:  # the reader of a pipe, `head` for instance, has left: not an error
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        # a full disk, a read-only folder, a port in use: nothing a traceback would explain better
        if error.errno is None:
            raise
        print(f"govlib {known.verb}: {error.strerror or error}{f': {error.filename}' if error.filename else ''}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
