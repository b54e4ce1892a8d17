"""What every table of ``data/processed`` holds, said once in ``columns.csv`` beside this file.

From it come the checks before a table is written (:func:`check`), ``datapackage.json`` beside the tables (Frictionless Data
Package, :func:`datapackage`) and the column tables of docs/data_dictionary.md (:func:`rewritten`, ``govlib dictionary``).
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from govlib import files, paths
from govlib.collect.checks import ROUNDING
from govlib.errors import UnknownName
from govlib.forms.problems import Problem, refuse
from govlib.known.provinces import province_set
from govlib.text import rows_of

if TYPE_CHECKING:
    import pandera.pandas as pa

FRICTIONLESS = {"text": "string", "integer": "integer", "number": "number", "boolean": "boolean"}
TITLES = {
    "scores.parquet": "Published scores and ranks, one row a province, year, index and component",
    "why_missing.parquet": "Why a score is missing", "coverage.parquet": "How many provinces each edition has figures of",
    "rejected_rows.csv": "Raw rows that are not in the panel, with the reason",
    "composite_check.parquet": "Composites recomputed from their components",
    "rank_check.parquet": "Published against computed ranks",
    "controls.parquet": "Control variables", "reform_panel.parquet": "Who had adopted which reform by which edition"}


@dataclass(frozen=True, slots=True)
class Column:
    """``required``: never empty. ``key``: part of what makes a row unique. ``allowed``: ``a|b`` or ``low..high``, both ends in."""

    table: str
    column: str
    type: str
    required: bool
    key: bool
    allowed: str
    unit: str
    meaning: str

    @property
    def values(self) -> list[str]:
        return self.allowed.split("|") if self.allowed and ".." not in self.allowed else []

    @property
    def bounds(self) -> tuple[int, int] | None:
        low, dots, high = self.allowed.partition("..")
        return (int(low), int(high)) if dots else None


@cache
def tables() -> dict[str, tuple[Column, ...]]:
    """Table → its columns, in order."""
    found: dict[str, list[Column]] = {}
    for row in files.rows(Path(__file__).parent / "columns.csv"):
        what: dict[str, Any] = {**row, "required": bool(row["required"]), "key": bool(row["key"])}
        found.setdefault(row["table"], []).append(Column(**what))
    return {name: tuple(columns) for name, columns in found.items()}


def columns(table: str) -> list[str]:
    """Names of a table's columns, in order.

    >>> columns("why_missing.parquet")[:5]
    ['province', 'year', 'index_id', 'component', 'level']
    """
    if table not in tables():
        raise UnknownName("table", table, tables())
    return [c.column for c in tables()[table]]


# ---- checks -----------------------------------------------------------------------------------------------------------

def schema(table: str) -> pa.DataFrameSchema:
    """The pandera schema of a table: columns and their order, types, what may be empty, allowed values, the key."""
    import pandera.pandas as pa  # half a second, which pages that only ask for the names of columns are spared

    names = columns(table)
    made = {c.column: _column(c, table.endswith(".csv")) for c in tables()[table]}
    return pa.DataFrameSchema(made, checks=_rows(table), strict=True, ordered=True, name=table,
                              unique=[c for c in names if next(x.key for x in tables()[table] if x.column == c)] or None)


def _column(c: Column, untyped: bool) -> pa.Column:
    import pandera.pandas as pa

    tests = [] if untyped else [
        pa.Check(lambda s, c=c: pd.Series(TYPES[c.type](s), index=s.index), name=f"is {c.type}", ignore_na=False)]
    if c.values:
        tests.append(pa.Check.isin(c.values if c.required or c.type != "text" else [*c.values, ""]))
    if c.bounds:
        tests.append(pa.Check.between(*c.bounds))
    if c.required and c.type == "text":
        tests.append(pa.Check(lambda s: s.astype(str).ne(""), name="not empty"))
    return pa.Column(nullable=not c.required and c.type != "text", checks=tests)


TYPES = {"text": pd.api.types.is_string_dtype, "integer": pd.api.types.is_integer_dtype, "number": pd.api.types.is_float_dtype,
         "boolean": pd.api.types.is_bool_dtype}


def _in_edition(frame: pd.DataFrame) -> pd.Series:
    pairs = frame[["province", "year"]].drop_duplicates()
    there = {(p, y) for p, y in pairs.itertuples(index=False) if p in province_set(int(y))}
    return pd.Series([key in there for key in rows_of(frame, ["province", "year"])], index=frame.index)


def _status_fits(frame: pd.DataFrame) -> pd.Series:
    nothing = frame["score"].isna() & frame["rank"].isna()
    return nothing.eq(frame["status"].eq("not_published"))


def _rows(table: str) -> list[pa.Check]:
    """Rules that look at several columns of a row."""
    import pandera.pandas as pa

    return [] if table != "scores.parquet" else [
        pa.Check(_in_edition, name="province known in that edition"),
        pa.Check(_status_fits, name="not_published exactly where there is neither score nor rank", ignore_na=False),
        pa.Check(lambda f: f["score"].isna() | f["scale_min"].isna() | f["score"].ge(f["scale_min"] - ROUNDING),
                 name="score not below its scale", ignore_na=False),
        pa.Check(lambda f: f["score"].isna() | f["scale_max"].isna() | f["score"].le(f["scale_max"] + ROUNDING),
                 name="score not above its scale", ignore_na=False),
        pa.Check(lambda f: f["level"].ne("overall") | f["component"].str.startswith("overall"),
                 name="the level overall holds composites only")]


def check(table: str, frame: pd.DataFrame) -> None:
    """Raise BadInput with every row of a table that breaks its schema (a fault of the build, or of a definition)."""
    import pandera.errors

    try:
        schema(table).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as failed:
        cases = failed.failure_cases.drop_duplicates(["check", "index", "column"]).head(50).to_dict("records")
        shown = [c for c in columns(table) if c in frame][:8]
        refuse([Problem(f"breaks the rule: {case['check']}", table, column=case["column"] if case["column"] in frame else None,
                        value=case["failure_case"] if case["index"] is None else frame.loc[int(case["index"]), shown].to_dict())
                for case in cases])


# ---- datapackage.json --------------------------------------------------------------------------------------------------

def datapackage(written: Iterable[str]) -> dict:
    """The Frictionless description of the tables that were written (https://specs.frictionlessdata.io)."""
    resources = []
    for name in written:
        described = "scores.parquet" if name == "scores.csv" else name
        if described not in tables():
            continue
        mine, kind = tables()[described], Path(name).suffix.removeprefix(".")
        resources.append({
            "name": name.replace(".", "-").replace("_", "-"), "path": name, "title": TITLES[described], "format": kind,
            "mediatype": "text/csv" if kind == "csv" else "application/vnd.apache.parquet", "encoding": "utf-8",
            "schema": {"fields": [_field(c) for c in mine], "missingValues": [""],
                       "primaryKey": [c.column for c in mine if c.key]}})
    return {"profile": "data-package", "name": "vietnam-provincial-governance", "title": "Vietnam's provincial governance indices",
            "resources": resources}


def _field(c: Column) -> dict:
    constraints: dict = {"required": True} if c.required else {}
    if c.values:
        constraints["enum"] = c.values
    if c.bounds:
        constraints |= dict(zip(("minimum", "maximum"), c.bounds, strict=True))
    more = ({"unit": c.unit} if c.unit else {}) | ({"constraints": constraints} if constraints else {})
    return {"name": c.column, "type": FRICTIONLESS[c.type], "description": c.meaning, **more}


# ---- docs/data_dictionary.md -------------------------------------------------------------------------------------------

def dictionary(table: str) -> str:
    """The table's columns as Markdown."""
    lines = ["| column | type | meaning |", "|---|---|---|"]
    for c in tables()[table]:
        allowed = ", ".join(f"`{v}`" for v in c.values)
        said = [c.meaning] + ([allowed] if allowed and not all(f"`{v}`" in c.meaning for v in c.values) else [])
        unit = f" ({c.unit})" if c.unit and not c.unit.startswith("as ") else ""
        lines.append(f"| `{c.column}` | {c.type}{unit} | {': '.join(said)} |")
    return "\n".join(lines)


_PLACE = re.compile(r"(<!-- columns of ([\w.]+): made by `govlib dictionary` -->\n).*?(?=\n\n)", re.S)


def rewritten(text: str) -> str:
    """A page with every table of columns in it made anew."""
    return _PLACE.sub(lambda found: found[1] + dictionary(found[2]), text)


def main(argv: Sequence[str]) -> int:
    """``govlib dictionary``: write the column tables of docs/data_dictionary.md anew."""
    ask = argparse.ArgumentParser(prog="govlib dictionary", description="Write docs/data_dictionary.md's tables of columns anew.")
    ask.add_argument("--check", action="store_true", help="change nothing; 1 where the page is not as it would be written")
    given = ask.parse_args(argv)
    page = paths.root() / "docs" / "data_dictionary.md"
    before = page.read_text(encoding="utf-8")
    after = rewritten(before)
    if after != before and not given.check:
        files.write(page, after)
    return int(given.check and after != before)
