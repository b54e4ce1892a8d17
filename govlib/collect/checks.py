"""What a row must be before it enters the panel.

:func:`tidy_schema` (pandera, all failures at once) is for the rows of ``data/raw/<index>/<edition>.csv`` and of the originals. A
rule is a name, a column, a test, and two sentences for the person who has to mend the cell;
:class:`~govlib.forms.problems.Problem` carries them with the place. What the finished tables must be: :mod:`govlib.panel.schemas`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from govlib.errors import BadInput, UnknownName, short_name
from govlib.forms import encodings, old_fonts
from govlib.forms.problems import Problem, refuse, say
from govlib.known import indices, provinces
from govlib.text import parse_number, rows_of

if TYPE_CHECKING:
    import pandas as pd

TIDY = ("province_printed", "province", "component", "level", "score", "rank", "tier", "unit", "source", "locator", "note")
LEVELS = ("overall", "component", "indicator")
ROUNDING = 0.005  # 3.33 is a printed 10/3
MAX_RANK = 64  # no edition has had more provinces


@contextmanager
def naming_the_index(path: Path) -> Iterator[None]:
    """Messages name a file without its folder, and every index has a 2019.csv: put ``pci/`` before it."""
    try:
        yield
    except BadInput as error:
        said, found = re.subn(rf"(?m)^(\s+\d+\. )?(?={re.escape(path.name)}[:,])", rf"\g<1>{path.parent.name}/", str(error))
        if not found and f"{path.parent.name}/{path.name}" not in said:
            said = f"{path.parent.name}/{path.name}: {said}"
        error.args = (said, *error.args[1:])
        raise


# ---- reading a shipped file -----------------------------------------------------------------------------------------

def read_tidy(path: Path, columns: Iterable[str] = TIDY) -> pd.DataFrame:
    """A ``data/raw`` file as text, nothing interpreted, with the spreadsheet ``row`` of each line; ``columns``: its header.

    Raises
    ------
    BadInput
        Not UTF-8, empty, other signs than commas between the cells, another header (missing, unknown or reordered columns), a line
        with more or fewer cells, letters that another program has spoilt.
    """
    import pandas as pd

    data = path.read_bytes()
    refuse(encodings.not_a_table(path, data))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"not UTF-8 (byte {error.start})", file=path, fix="save it as CSV UTF-8") from error
    head = text.split("\n", 1)[0].strip()
    if "," not in head and re.search(r"[;\t]", head):
        raise BadInput("other signs than commas stand between the cells", file=path, row=1, value=head[:80],
                       fix="save it as CSV UTF-8 with commas (in LibreOffice: Save As, Edit filter settings)")
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise BadInput(f"broken quoting ({error})", file=path, fix="each quoted cell must end with a quote") from error
    names = list(columns)
    refuse(header_problems(lines[0], names, path))
    if len(lines) == 1:
        raise BadInput("a header and no rows", file=path, fix="delete the file, or put the figures in")
    refuse(Problem(f"{len(cells)} cells where the header has {len(names)}", short_name(path), row,
                   fix="a cell that contains a comma must stand in quotes")
           for row, cells in enumerate(lines[1:], 2) if cells and len(cells) != len(names))
    filled = [(row, cells) for row, cells in enumerate(lines[1:], 2) if cells]  # a blank line is no row
    if old_fonts.spoilt(text):
        refuse(Problem("letters that another program has spoilt", short_name(path), row, column, cell, "save it again as CSV UTF-8")
               for row, cells in filled for column, cell in zip(names, cells, strict=True) if old_fonts.spoilt(cell))
    frame = pd.DataFrame([cells for _, cells in filled], columns=names, dtype="str")
    frame["row"] = [row for row, _ in filled]
    return frame


def header_problems(found: Iterable[str], wanted: Iterable[str], path: Path, row: int = 1) -> list[Problem]:
    """How a header differs: missing, unknown, twice, or in another order (values may not have moved along)."""
    found, wanted = [cell.strip() for cell in found], list(wanted)
    while found and not found[-1]:
        found.pop()
    if found == wanted:
        return []
    name, problems = short_name(path), []
    problems += [Problem("column is missing", name, row, column, fix="restore the header of the template")
                 for column in wanted if column not in found]
    problems += [Problem("unknown column", name, row, column or "(no name)", fix="remove it, or restore its name")
                 for column in dict.fromkeys(found) if column not in wanted]
    problems += [Problem("column stands twice", name, row, column, fix="remove one of the two")
                 for column in dict.fromkeys(found) if column in wanted and found.count(column) > 1]
    if not problems:
        at = next(i for i, (a, b) in enumerate(zip(found, wanted, strict=True)) if a != b)
        problems = [Problem(say("columns are swapped: {found} stands where {wanted} belongs", found=found[at], wanted=wanted[at]),
                            name, row, found[at],
                            fix=say("put the columns, with their values, in this order: {columns}", columns=", ".join(wanted)))]
    return problems


# ---- rules for one row ----------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Rule:
    """``test`` takes the prepared rows and returns True where a row is right."""

    name: str
    column: str
    test: Callable[[pd.DataFrame], pd.Series]
    problem: Callable[[pd.Series], str]
    fix: str


def _a_number(rows):
    return rows["score_text"].eq("") | rows["value"].notna()


def _zero(rows):
    """A 0 where the scale begins above it, or where every score of a province index is far from it."""
    return rows["value"].eq(0) & (rows["level"].ne("indicator") | rows["scale_min"].gt(0))


def _in_scale(rows):
    inside = rows["value"].between(rows["scale_min"].fillna(-float("inf")) - ROUNDING,
                                   rows["scale_max"].fillna(float("inf")) + ROUNDING)
    return rows["value"].isna() | inside | _zero(rows)


def _scale(row) -> str:
    return say("outside the scale {low:g}–{high:g} of {component}", low=row["scale_min"], high=row["scale_max"],
               component=row["component"])


RULES = (
    Rule("level", "level", lambda r: r["level"].isin(LEVELS), lambda r: "unknown level", f"write {', '.join(LEVELS)}"),
    Rule("province", "province_printed", lambda r: r["slug"].ne(""), lambda r: r["why_no_slug"] or "no province",
         "write the name as in govlib/known/reference/provinces.csv, or add the spelling to aliases.csv there"),
    Rule("province_agrees", "province", lambda r: r["slug"].eq("") | r["slug"].eq(r["printed_slug"]),
         lambda r: say("the printed name {name!r} is {slug}", name=r["province_printed"], slug=r["printed_slug"]),
         "one of the two is wrong: check the source"),
    Rule("component", "component", lambda r: r["known_component"] | r["level"].eq("indicator"),
         lambda r: say("{index} has no such {level} in {year}", index=r["index_id"], level=r["level"], year=r["year"]),
         "see govlib/known/reference/indices"),
    Rule("number", "score", _a_number,
         lambda r: "a formula, not a number" if str(r["score_text"]).lstrip().startswith("=") else "not a number",
         "write the figure as printed; leave the cell empty where none was published, and say why in the note"),
    Rule("zero", "score", lambda r: ~_zero(r), lambda r: "a 0 that stands for: not published",
         "leave the cell empty and say why in the note"),
    Rule("scale", "score", _in_scale, _scale, "check the decimal mark and the column"),
    Rule("rank", "rank", lambda r: r["rank_text"].eq("") | r["rank_value"].between(1, MAX_RANK),
         lambda r: say("not a rank from 1 to {top}", top=MAX_RANK), "write a whole number, or leave the cell empty"),
    Rule("source", "source", lambda r: r["known_source"], lambda r: "not in the catalogue of sources",
         "add the source to data/raw/catalogue*.yaml, or correct its id"),
)


def tidy_schema():
    """The pandera schema of prepared tidy rows (see :func:`prepare`)."""
    import pandera.pandas as pa

    text = {name: pa.Column(str, nullable=False) for name in TIDY if name not in ("score", "rank")}
    numbers = {name: pa.Column(float, nullable=True) for name in ("value", "rank_value", "scale_min", "scale_max")}
    checks = [pa.Check(rule.test, name=rule.name, ignore_na=False) for rule in RULES]
    return pa.DataFrameSchema({**text, **numbers, "year": pa.Column(int), "index_id": pa.Column(str)}, checks=checks,
                              strict=False)


def prepare(rows: pd.DataFrame, known_sources: Iterable[str]) -> pd.DataFrame:
    """Add what the rules look at: numbers, slug, scale, whether component and source are known.

    ``rows`` holds the TIDY columns as text plus ``file``, ``row``, ``index_id``, ``year``. The text of score and rank
    stays beside their values (``score_text``, ``rank_text``, ``value``, ``rank_value``).
    """
    rows = rows.copy()
    rows["score_text"], rows["rank_text"] = rows["score"].str.strip(), rows["rank"].str.strip()
    rows["value"] = numbers(rows["score_text"])
    rank = numbers(rows["rank_text"])
    rows["rank_value"] = rank.where(rank.eq(rank.round()))
    _add_slugs(rows)
    _add_scales(rows)
    rows["known_source"] = rows["source"].isin(set(known_sources))
    return rows


def numbers(text: pd.Series) -> pd.Series:
    """Floats; NaN where empty or no number. Decimal commas are read; "inf" and "nan" are text."""
    import numpy as np
    import pandas as pd

    number = pd.to_numeric(text.where(text.str.fullmatch(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")), errors="coerce")
    number = number.astype(float)
    for at in np.flatnonzero((number.isna() & text.ne("")).to_numpy()):
        try:
            number.iat[at] = parse_number(text.iat[at])
        except BadInput:
            continue  # stays NaN beside a text that is not empty: the rule "number" says so
    return number


def _decimals(text: str) -> int:
    return len(re.sub(r"[eE].*$", "", text).replace(",", ".").partition(".")[2])


def agrees(text_a: str, a: float, text_b: str, b: float) -> bool:
    """Equal to the precision of the one printed with fewer decimals (both may have been rounded)."""
    return abs(a - b) <= 0.5 * 10.0 ** -min(_decimals(text_a), _decimals(text_b)) * 1.0001 + 1e-12


def _add_slugs(rows: pd.DataFrame) -> None:
    pairs = rows[["province_printed", "province", "year"]].drop_duplicates()
    found, why, prints = {}, {}, {}
    for key in pairs.itertuples(index=False, name=None):
        printed, given, year = key
        try:
            found[key] = provinces.resolve(given or printed, year)
        except UnknownName as error:  # the row is rejected with this sentence
            found[key], why[key] = "", str(error)
            continue
        try:
            prints[key] = provinces.resolve(printed) if printed else found[key]
        except UnknownName:  # a publisher's code such as P27, which its reader has translated
            prints[key] = found[key]
    keys = list(rows_of(rows, ["province_printed", "province", "year"]))
    rows["slug"] = [found[key] for key in keys]
    rows["printed_slug"] = [prints.get(key, "") for key in keys]
    rows["why_no_slug"] = [why.get(key, "") for key in keys]


@lru_cache(maxsize=8192)
def scale(index_id: str, component: str, year: int) -> tuple[bool, float, float, str]:
    """(defined for that edition, lowest, highest, unit); NaN bounds where none are known, as for survey items."""
    nan = float("nan")
    known = component == "overall" or component in indices.component_ids(index_id, year)
    try:
        low, high, unit = indices.scale(index_id, component, year)
    except (UnknownName, BadInput):  # a survey item, or a slip that the rule "component" names
        return known, nan, nan, ""
    return known, nan if low is None else float(low), nan if high is None else float(high), unit


def _add_scales(rows: pd.DataFrame) -> None:
    found = [scale(*key) for key in rows_of(rows, ["index_id", "component", "year"])]
    rows["known_component"] = [known for known, *_ in found]
    rows["scale_min"] = [low for _, low, *_ in found]
    rows["scale_max"] = [high for _, _, high, _ in found]


def row_problems(prepared: pd.DataFrame) -> dict[int, list[Problem]]:
    """Row label -> what is wrong with it, for the rows that break a rule; the rules are checked all at once."""
    import pandera.errors

    try:
        tidy_schema().validate(prepared, lazy=True)
    except pandera.errors.SchemaErrors as failed:
        cases = failed.failure_cases
    else:
        return {}
    rules = {rule.name: rule for rule in RULES}
    foreign = cases[~cases["check"].isin(list(rules))]
    if len(foreign):  # a column of the wrong type is our mistake, not the file's
        raise TypeError(f"rows were not prepared: {foreign.iloc[0].to_dict()}")
    order = {name: at for at, name in enumerate(rules)}
    pairs = sorted({(int(index), check) for index, check in zip(cases["index"], cases["check"], strict=True)},
                   key=lambda pair: (pair[0], order[pair[1]]))
    found: dict[int, list[Problem]] = {}
    for index, name in pairs:
        row, rule = prepared.loc[index], rules[name]
        found.setdefault(index, []).append(
            Problem(rule.problem(row), row["file"], int(row["row"]), rule.column, row[rule.column], rule.fix))
    return found


# ---- the editions -----------------------------------------------------------------------------------------------------

def coverage_problems(scores: pd.DataFrame, tables: Iterable[tuple[str, int]], notes: Iterable[tuple], rejected: pd.DataFrame
                      ) -> list[Problem]:
    """Editions copied from a full table of which some province lost its overall score on the way, and which rows are to blame.

    A reader known to us lost 50 of the 63 provinces of PCI 2013 without a word. ``tables`` are those editions
    (:func:`govlib.collect.sidecar.full_table`). Who has no score there needs a row whose note says why (``notes``: province,
    year, index, component), or the definition's word (``without_result``, ``surveyed``). ``rejected`` are the rows left out so far.
    """
    held = scores[scores["component"].eq("overall") & scores["score"].notna()].groupby(["index_id", "year"])["province"].agg(set)
    noted = set(notes)
    problems = []
    for index_id, year in sorted(set(tables)):
        there, everyone = held.get((index_id, year), set()), set(provinces.province_set(year))
        excused = {p for p in everyone - there if (p, year, index_id, "overall") in noted}
        excused |= set(indices.without_result(index_id, year))
        absent, wanted = sorted(everyone - there - excused), indices.surveyed(index_id, year) - len(excused - there)
        if len(there) >= wanted:
            continue
        bad = rejected[rejected["index_id"].eq(index_id) & rejected["year"].eq(year) & rejected["component"].eq("overall")
                       & ~rejected["province"].isin(there)]
        said = [f"row {row}: {reason}" for row, reason in zip(bad["row"], bad["reason"], strict=True)][:5]
        problems.append(Problem(f"{index_id} {year}: {len(there)} of {wanted} provinces have an overall score", f"{year}.csv",
                                value=", ".join(absent[:5]) + (" …" if len(absent) > 5 else ""),
                                fix="; ".join(said) or "put the missing rows back"))
    return problems
