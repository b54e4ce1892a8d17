"""The institute's own instruments: satisfaction survey, DDCI, PAR self-scoring, one-stop operations.

One module an instrument. Each has three functions, which the command ``govlib institute`` calls:

``template(out)``
    writes the empty form(s) into the folder ``out`` and returns their paths;
``check(path)``
    reads a filled form; returns an object whose ``told(lang)`` says what is there (and what to look at again), or raises
    :class:`~govlib.errors.BadInput` with every problem, file, row and value named;
``report(path, lang, out)``
    checks, computes and writes page(s) and tables into the folder ``out``; returns their paths.

Beside them stand ``report_folder(path)``, where the report goes unless ``--out`` says otherwise, and
``demo(out)``: realistic made-up data from a fixed seed, marked SYNTHETIC in the file.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from govlib.errors import BadInput, UnknownName
from govlib.forms.problems import say
from govlib.words.tables import language, pair

# instrument -> (module, what it is in Vietnamese, in English)
INSTRUMENTS = {name: (f"govlib.institute.{room}", *pair(f"instrument.{name}"))
               for name, room in (("satisfaction", "satisfaction"), ("ddci", "ddci"), ("par_scoring", "par"),
                                  ("operations", "operations"))}
VERBS = {
    "template": "write the empty form",
    "check": "check a filled form: every problem at once, nothing changed",
    "report": "check, compute, and write the pages and tables",
    "demo": "write made-up data, marked SYNTHETIC, to try the others on",
}


def instrument(name: str) -> ModuleType:
    """The module of an instrument.

    Raises
    ------
    UnknownName : no instrument of that name.

    >>> from govlib import institute
    >>> institute.instrument("ddci").__name__
    'govlib.institute.ddci'
    """
    if name not in INSTRUMENTS:
        raise UnknownName("instrument", name, INSTRUMENTS)
    return importlib.import_module(INSTRUMENTS[name][0])


def __getattr__(name: str) -> ModuleType:
    if name in INSTRUMENTS:
        return instrument(name)
    if name == "display":  # shows the pieces of a section in a notebook
        return importlib.import_module("govlib.institute.pages").display
    if name == "synthetic":
        return importlib.import_module(f"govlib.institute.{name}")
    raise AttributeError(f"module 'govlib.institute' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*INSTRUMENTS, "INSTRUMENTS", "display", "instrument", "main", "synthetic"])


def parser() -> argparse.ArgumentParser:
    width = max(map(len, INSTRUMENTS))
    listing = "\n".join([*(f"  {verb:<{width}}  {what}" for verb, what in VERBS.items()), "", "instruments:",
                         *(f"  {name:<{width}}  {en}" for name, (_, _, en) in INSTRUMENTS.items())])
    top = argparse.ArgumentParser(
        prog="govlib institute", description="The institute's own instruments: forms, checks, reports.",
        epilog=f"verbs:\n{listing}\n\nexample:\n  govlib institute template ddci --out forms\n"
               "  govlib institute check ddci forms/filled.xlsx\n"
               "  govlib institute report ddci forms/filled.xlsx --lang vi --out briefings/2025/ddci",
        formatter_class=argparse.RawDescriptionHelpFormatter)
    top.add_argument("verb", choices=VERBS, metavar="VERB", help="template, check, report or demo")
    top.add_argument("instrument", choices=INSTRUMENTS, metavar="INSTRUMENT", help=", ".join(INSTRUMENTS))
    top.add_argument("path", nargs="?", type=Path, help="the filled form (check, report)")
    top.add_argument("--lang", choices=("vi", "en"), help="language of the report (default: both)")
    top.add_argument("--out", type=Path,
                     help="folder to write into (default: the working folder; report: briefings/<year>/<instrument>)")
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """``govlib institute VERB INSTRUMENT [FILE] [--lang vi|en] [--out FOLDER]``"""
    given = parser().parse_args(list(argv) if argv is not None else None)
    module = instrument(given.instrument)
    if given.verb in ("check", "report") and given.path is None:
        raise BadInput(say("{verb} needs the filled form", verb=given.verb),
                       fix=f"govlib institute {given.verb} {given.instrument} FILE")
    if given.verb in ("template", "demo") and given.path is not None:
        raise BadInput(say("{verb} takes no file", verb=given.verb), value=str(given.path),
                       fix=f"govlib institute {given.verb} {given.instrument} --out FOLDER")
    if given.verb == "check":
        print(module.check(given.path).told(given.lang or language()))
        return 0
    if given.verb == "report":
        out = given.out or module.report_folder(given.path)
        made = [path for lang in ((given.lang,) if given.lang else ("vi", "en")) for path in module.report(given.path, lang, out)]
    else:
        made = getattr(module, given.verb)(given.out or Path("."))
    for path in dict.fromkeys(made):
        print(path)
    return 0
