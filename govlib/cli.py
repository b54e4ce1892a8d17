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

from govlib import __version__
from govlib.errors import BadInput, GovlibError
from govlib.run import asked, environment, told, whole
from govlib.words.tables import phrase

# verb -> module with a `main(argv)`; what it does: told.verb_… of words/sentences
VERBS = {
    "setup": "govlib.run.environment",
    "pull": "govlib.collect.pull",
    "panel": "govlib.run.stages",
    "scores": "govlib.panel.query",
    "coverage": "govlib.panel.query",
    "dictionary": "govlib.panel.schemas",
    "package": "govlib.panel.package",
    "check": "govlib.run.check",
    "verify": "govlib.run.verify",
    "template": "govlib.collect.inbox",
    "stamp": "govlib.collect.stamp",
    "effects": "govlib.run.effects",
    "briefing": "govlib.run.briefing",
    "departments": "govlib.run.departments",
    "briefings": "govlib.run.briefing",
    "compare": "govlib.run.compare",
    "office": "govlib.run.office",
    "institute": "govlib.institute",
    "lab": "govlib.run.people",
    "dashboard": "govlib.run.people",
    "docs": "govlib.run.people",
    "site": "govlib.run.people",
    "test": "govlib.run.people",
    "bench": "govlib.run.people",
    "clean": "govlib.run.people",
}


# linear algebra in one thread, as in the Makefile, and Arrow's allocator without its cleaning thread
FEW_THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
PLACES = {"GOVLIB_ROOT", "GOVLIB_PROCESSED", "GOVLIB_BRIEFINGS"}
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
    top.add_argument("--lang", metavar="vi|en", help="before the verb: language of every message")
    top.add_argument("--version", action="version", version=f"govlib {__version__}")
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
    module = importlib.import_module(VERBS[verb])
    # modules that serve several verbs are told which
    shared = list(VERBS.values()).count(VERBS[verb]) > 1
    with warnings.catch_warnings():
        warnings.showwarning = told.warned
        return int(module.main([verb, *args[1:]] if shared else args[1:]) or 0)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit code."""
    args = list(sys.argv[1:] if argv is None else argv)
    if argv is None:  # a process of its own: as few threads as it takes, so that it can share its work out to others
        for name, value in FEW_THREADS.items():
            os.environ.setdefault(name, value)
        for name in PLACES & os.environ.keys():  # the same place for what it starts in another folder
            os.environ[name] = os.environ[name] and os.path.abspath(os.environ[name])
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
