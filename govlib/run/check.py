"""Try any form of the project: say which it is and everything that is wrong with it. Nothing is changed."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from govlib.collect import checks, inbox, institute_plan, sidecar
from govlib.errors import BadInput, GovlibError, short_name
from govlib.forms import table as forms
from govlib.forms.book import Book
from govlib.forms.problems import Problem, grouped, problems_of, say, vietnamese
from govlib.institute import INSTRUMENTS, instrument, units
from govlib.known import assignments, catalogue, indices
from govlib.run import asked, told
from govlib.words.tables import pair, phrase

# what the forms beside the institute's instruments are called, in Vietnamese and English
EDITION = pair("check.edition_index_for_inbox")
PLAN = pair("check.institute_s_plan")
UNITS = pair("check.institute_s_list_units")
LEADS = pair("check.assignments")
RAW = pair("check.raw_file")


@dataclass(frozen=True)
class Kind:
    """A form: what it is called, the columns that tell it, how it is looked at."""

    vi: str
    en: str
    columns: frozenset[str]
    look: Callable[[Path], Looked]


@dataclass
class Looked:
    """What was read: rows, problems, warnings."""

    rows: list[dict[str, object]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    vi: str = "không rõ loại phiếu"
    en: str = "unknown form"


def kinds() -> list[Kind]:
    """Every form that the project takes in."""
    edition = frozenset({"province", "name", "overall", "rank", "note"})
    return [Kind(*EDITION, edition, _edition), Kind(*PLAN, frozenset(institute_plan.COLUMNS), _plan),
            Kind(*LEADS, frozenset(assignments.COLUMNS), _assignments),
            Kind(*UNITS, frozenset(units.COLUMNS), _units), Kind(*RAW, frozenset(checks.TIDY), _raw),
            *(Kind(vi, en, frozenset(instrument(name).layout().columns), _of_the_institute(name))
              for name, (_, vi, en) in INSTRUMENTS.items())]


def look(path: Path) -> Looked:
    """One file, whatever form it is.

    >>> look(Path("no such folder/form.csv")).problems[0].problem
    'there is no such file'
    """
    try:
        kind = recognise(path)
        found = kind.look(path)
        found.vi, found.en = kind.vi, kind.en
    except BadInput as error:
        return Looked(problems=problems_of(error))
    except GovlibError as error:
        return Looked(problems=[Problem(str(error), short_name(path))])
    return found


def recognise(path: Path) -> Kind:
    """The form whose columns a file has most of.

    Raises
    ------
    BadInput : a file that cannot be read, or whose columns are of no form.
    """
    book, every = Book(path), kinds()
    share, at = max((forms.header_at(grid, kind.columns)[0], -at) for grid in map(book.grid, book.names)
                    for at, kind in enumerate(every))
    if share < forms.ALIKE:
        raise BadInput("no form of this project: its columns are of none", file=path,
                       fix=say("fill a form written by {commands}", commands="govlib template, govlib institute template"))
    return every[-at]


# ---- each form -------------------------------------------------------------------------------------------------------

def _edition(path: Path) -> Looked:
    checked = inbox.examine(inbox.read_form(path))
    rows: list[dict[str, object]] = [
        {"province": r["province"], "year": r["year"], "component": r["component"], "score": _number(r["score"]),
         "rank": _number(r["rank"]), "index_id": r["index_id"], "row": r["row"], "note": r["note"]} for r in checked.rows]
    return Looked(rows, checked.problems, checked.warnings)


def _plan(path: Path) -> Looked:
    found = institute_plan.read_table(path)
    return Looked(_as_read(found, found.header), found.problems, found.notes)


def _assignments(path: Path) -> Looked:
    found = assignments.read_table(path)
    return Looked(_as_read(found, found.header), found.problems, found.notes)


def _units(path: Path) -> Looked:
    found = units.read_table(path)
    return Looked(_as_read(found, found.header), found.problems, found.notes)


def _raw(path: Path) -> Looked:
    """``<index>/<edition>.csv`` with its sidecar: the rules that each row of the panel is held against."""
    found = Looked()
    try:
        sidecar.read(path)
    except BadInput as error:
        found.problems = problems_of(error)
    if path.parent.name not in indices.INDICES or (year := forms.as_year(path.stem)) is None:
        found.problems.append(Problem("a file of figures lies in data/raw/<index> and is named after its edition", short_name(path),
                                      fix="name it like data/raw/pci/2024.csv"))
        return found
    read = checks.read_tidy(path).assign(file=short_name(path), index_id=path.parent.name, year=year)
    wrong = checks.row_problems(checks.prepare(read, catalogue.sources()["id"]))
    found.problems += [problem for listed in wrong.values() for problem in listed]
    found.rows = [{"province": r.province, "year": year, "component": r.component, "score": _number(r.score),
                   "rank": _number(r.rank), "row": r.row, "source": r.source} for r in read.itertuples()]
    return found


def _of_the_institute(name: str) -> Callable[[Path], Looked]:
    def look_at(path: Path) -> Looked:
        module = instrument(name)
        texts = module.layout().texts
        try:
            read = module.read(path)
        except BadInput as error:
            table = getattr(error, "table", None)
            return Looked(_as_read(table, texts) if table else [], problems_of(error), table.notes if table else [])
        return Looked(_as_read(forms.read(path, module.layout()), texts), [], read.notes)

    return look_at


def _as_read(table: forms.Table, texts: Sequence[str]) -> list[dict[str, object]]:
    """Rows with their cells: figures as numbers where they are some, words as text, empty cells as null."""
    return [{"row": row, **{column: (text or None) if column in texts or column == forms.KIND else _number(text)
                            for column, text in cells.items()}} for row, cells in table.rows]


def _number(text: str) -> float | int | str | None:
    try:
        number = forms.figure(text)
    except BadInput:
        return text
    return int(number) if number is not None and number.is_integer() else number


# ---- the command -----------------------------------------------------------------------------------------------------

def main(argv: Sequence[str] | None = None) -> int:
    """``govlib check FILE… [--json]``: 1 where there is a problem, 0 where there is none, 2 for a wrong call."""
    listed = "\n".join(f"  {kind.vi if told.language() == 'vi' else kind.en}" for kind in kinds())
    ask = argparse.ArgumentParser(
        prog="govlib check", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"forms:\n{listed}\n\n"
        "--json prints one object: rows (as read; of an edition's form: province, year, component, score, rank), problems (file,\n"
        "row, column, value, problem, remedy, problem_vi, remedy_vi) and warnings. With several files each row also has its file.\n"
        "Exit code: 1 where there is a problem, 0 where there is none, 2 for a wrong call.")
    ask.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a filled form: .xlsx, .xls, .csv")
    ask.add_argument("--json", action="store_true", help="print rows, problems and warnings as JSON")
    ask.add_argument("--lang", choices=("vi", "en"), help="language of the messages (default: both)")
    given = ask.parse_args(argv)
    # unset: both, as whoever hands it over may read either
    given.lang = given.lang or (told.language() if os.environ.get("GOVLIB_LANG") else None)
    if missing := [short_name(path) for path in given.files if not path.exists()]:
        ask.error(asked.word(f"there is no such file: {', '.join(missing)}"))
    looked = [(path, look(path)) for path in given.files]
    if given.json:
        print(json.dumps(_json(looked), ensure_ascii=False, indent=1))
    else:
        for path, found in looked:
            print("\n".join(_lines(path, found, given.lang)))
    return int(any(found.problems for _, found in looked))


def _json(looked: Sequence[tuple[Path, Looked]]) -> dict[str, list]:
    several = len(looked) > 1
    return {"rows": [{**({"file": short_name(path)} if several else {}), **row} for path, found in looked for row in found.rows],
            "problems": [problem.to_dict() for _, found in looked for problem in found.problems],
            "warnings": [{"file": short_name(path), "warning": str(said), "warning_vi": vietnamese(said)}
                         for path, found in looked for said in found.warnings]}


def _lines(path: Path, found: Looked, lang: str | None) -> list[str]:
    said = {code: phrase("check.found", code, file=short_name(path), what=what, rows=len(found.rows), problems=len(found.problems))
            for code, what in (("vi", found.vi), ("en", found.en))}
    lines = [text for code, text in said.items() if lang in (None, code)]
    for number, problem in enumerate(grouped(found.problems), 1):
        both = {"vi": f"  {number}. {problem.vi()}", "en": f"  {number}. {problem}"}
        lines += [text for code, text in both.items() if lang in (None, code)]
    for warning in found.warnings:
        both = {code: phrase("check.look_again", code, warning=told)
                for code, told in (("vi", vietnamese(warning)), ("en", warning))}
        lines += [text for code, text in both.items() if lang in (None, code)]
    return lines
