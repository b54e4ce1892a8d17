"""columns.csv says what each table holds: the checks, datapackage.json and the data dictionary all say the same."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from govlib.errors import BadInput, UnknownName
from govlib.known import indices, reforms
from govlib.panel import gaps, schemas
from govlib.reading.board import COLUMNS


def read(panel, name):
    return pd.read_csv(panel / name, dtype=str, keep_default_na=False) if name.endswith(".csv") else pd.read_parquet(panel / name)


@pytest.mark.parametrize("name", schemas.tables())
def test_every_table_written_is_as_its_columns_say(panel, name):
    table = read(panel, name)
    schemas.check(name, table)
    assert list(table.columns) == schemas.columns(name)
    for c in schemas.tables()[name]:
        assert c.meaning and c.type in schemas.FRICTIONLESS


def test_every_table_that_the_panel_writes_is_described(panel):
    there = {path.name for path in panel.iterdir() if path.suffix in (".parquet", ".csv") and not path.name.startswith(".")}
    assert there - {"scores.csv", "pooled_effects.parquet", "settled_effects.parquet", "changelog_draft.csv"} == set(schemas.tables()) == set(schemas.TITLES)


@pytest.mark.parametrize(("column", "value", "rule"), [
    ("rank", 0, "in_range"), ("rank", 65, "in_range"), ("rank_computed", 0, "in_range"), ("rank", -1, "in_range"), ("score", 11.0, "score not above its scale"),
    ("score", 0.9, "score not below its scale"), ("score", np.nan, "not_published exactly where"), ("status", "not_published", "not_published exactly where"),
    ("status", "synthetic", "isin"), ("level", "overall", "the level overall holds composites only"), ("level", "part", "isin"),
    ("province", "ha-tay", "province known in that edition"), ("province", "", "not empty"), ("index_id", "psi", "isin"), ("year", 2004, "in_range"),
    ("source", "", "not empty")])
def test_a_bad_cell_is_found_and_named(panel, column, value, rule):
    scores = read(panel, "scores.parquet")
    one = scores.query("index_id == 'pci' and year == 2019 and component == 'time_costs'").head(3).reset_index(drop=True)
    schemas.check("scores.parquet", one)
    one["rank"] = one["rank"].fillna(1)
    if column == "score" and value != value:
        one["rank"] = pd.array([pd.NA] * 3, dtype="Int64")
    one.loc[1, column] = value
    with pytest.raises(BadInput, match="scores.parquet") as told:
        schemas.check("scores.parquet", one)
    assert rule in str(told.value)


def test_a_row_twice_another_type_another_column_and_another_order(panel):
    why = read(panel, "why_missing.parquet").head(5)
    for wrong in (pd.concat([why, why.head(1)], ignore_index=True), why.assign(year=why["year"].astype(float)), why.assign(more=1),
                  why[["year", *[c for c in why if c != "year"]]], why.drop(columns="note"), why.assign(code="unheard")):
        with pytest.raises(BadInput, match="why_missing.parquet"):
            schemas.check("why_missing.parquet", wrong)
    schemas.check("why_missing.parquet", why)


def test_what_is_allowed_is_what_the_code_knows():
    def allowed(table, column):
        return next(c.values for c in schemas.tables()[table] if c.column == column)

    assert all(c.values == list(indices.INDICES) for cs in schemas.tables().values() for c in cs if c.column == "index_id" and c.values)
    assert set(allowed("why_missing.parquet", "code")) < set(gaps.KINDS) and set(gaps.NOT_PUBLISHED) < set(allowed("why_missing.parquet", "code"))
    assert allowed("reform_panel.parquet", "state") == ["treated", "not_yet", "unknown"] and tuple(allowed("reform_panel.parquet", "rule")) == reforms.RULES
    assert tuple(allowed("reform_panel.parquet", "confidence")) == reforms.CONFIDENCE and tuple(schemas.columns("scores.parquet")) == COLUMNS


def test_the_package_describes_the_tables_beside_it(panel):
    package = json.loads((panel / "datapackage.json").read_text(encoding="utf-8"))
    assert package == schemas.datapackage([*schemas.tables(), "scores.csv"]) | {"resources": package["resources"]}
    assert {r["path"] for r in package["resources"]} == {*schemas.tables(), "scores.csv"}
    for resource in package["resources"]:
        table = read(panel, resource["path"])
        fields = resource["schema"]["fields"]
        assert [f["name"] for f in fields] == list(table.columns) and len({r["name"] for r in package["resources"]}) == 9
        key = resource["schema"]["primaryKey"]
        assert not key or not table.duplicated(key).any()
        for field in fields:
            constraints = field.get("constraints", {})
            cells = table[field["name"]].dropna()
            if constraints.get("required"):
                assert len(cells) == len(table) and (cells.astype(str) != "").all(), field
            if "enum" in constraints:
                assert set(cells) <= {*constraints["enum"], ""}, field
            if "minimum" in constraints:
                assert pd.to_numeric(cells[cells != ""]).between(constraints["minimum"], constraints["maximum"]).all(), field


def test_the_dictionary_is_written_from_the_columns(root, tmp_path, monkeypatch):
    page = (root / "docs" / "data_dictionary.md").read_text(encoding="utf-8")
    assert schemas.rewritten(page) == page, "run: govlib dictionary"
    for name in schemas.tables():
        assert f"columns of {name}:" in page and schemas.dictionary(name) in page
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "data_dictionary.md").write_text(page.replace("| edition |", "| changed by hand |", 1), encoding="utf-8")
    monkeypatch.setenv("GOVLIB_ROOT", str(tmp_path))
    assert schemas.main(["--check"]) == 1 and schemas.main([]) == 0 and schemas.main(["--check"]) == 0
    assert (tmp_path / "docs" / "data_dictionary.md").read_text(encoding="utf-8") == page


def test_an_unknown_table_is_named():
    with pytest.raises(UnknownName, match="score.parquet"):
        schemas.columns("score.parquet")


@pytest.fixture
def made_up(monkeypatch):
    """A table of five columns, as CSV and as Parquet."""
    def tables():
        return {name: tuple(schemas.Column(name, *c) for c in (
            ("a", "text", True, True, "x|y", "", "which: `x` or `y`"), ("n", "integer", False, False, "1..5", "places", "how many"),
            ("v", "number", False, False, "", "as score", "how much"), ("b", "boolean", True, False, "", "", "whether"), ("z", "text", False, True, "p|q", "", "kind")))
            for name in ("t.parquet", "t.csv")}

    monkeypatch.setattr(schemas, "tables", tables)
    monkeypatch.setattr(schemas, "TITLES", {"t.parquet": "A table", "t.csv": "A table"})
    return pd.DataFrame({"a": ["x", "y", "x"], "n": pd.array([1, 5, None], dtype="Int64"), "v": [0.5, None, -1e9], "b": [True, False, True], "z": ["p", "", ""]})


def test_what_a_table_may_hold(made_up):
    schemas.check("t.parquet", made_up)
    schemas.check("t.csv", made_up.assign(v=["1", "", "x"], b=["True", "False", "True"], n=1))
    for wrong, rule, column, value in (
            ({"a": ["x", "", "x"]}, "not empty", "a", ""), ({"a": ["x", "w", "x"]}, "isin", "a", "w"), ({"z": ["p", "r", ""]}, "isin", "z", "r"),
            ({"n": pd.array([1, 6, None], dtype="Int64")}, "in_range", "n", 6), ({"n": pd.array([0, 5, None], dtype="Int64")}, "in_range", "n", 0), ({"n": [1.0, 5.0, 2.0]}, "is integer", "n", None),
            ({"v": [1, 2, 3]}, "is number", "v", None), ({"b": ["x", "y", "z"]}, "is boolean", "b", None), ({"z": [1, 2, 3]}, "is text", "z", None), ({"b": pd.array([True, None, True], dtype="boolean")}, "not_nullable", "b", None)):
        with pytest.raises(BadInput, match="breaks the rule") as told:
            schemas.check("t.parquet", made_up.assign(**wrong))
        problem = told.value.problems[0]
        assert rule in str(told.value) and (problem.file, problem.column) == ("t.parquet", column), str(told.value)
        assert value is None or problem.value[column] == value and list(problem.value) == ["a", "n", "v", "b", "z"], wrong
    with pytest.raises(BadInput, match=r"multiple_fields_uniqueness|unique"):
        schemas.check("t.parquet", made_up.assign(z=["p", "", "p"]))
    for wrong in (made_up.rename(columns={"v": "w"}), made_up[["n", "a", "v", "b", "z"]], made_up.assign(more=1)):
        with pytest.raises(BadInput, match="breaks the rule"):
            schemas.check("t.parquet", wrong)


def test_how_a_table_is_described(made_up):
    described = schemas.datapackage(["t.parquet", "notes.txt"])
    assert {k: v for k, v in described.items() if k != "resources"} == {
        "profile": "data-package", "name": "vietnam-provincial-governance", "title": "Vietnam's provincial governance indices"}
    [one] = described["resources"]
    fields = one.pop("schema")
    assert one == {"name": "t-parquet", "path": "t.parquet", "title": "A table", "format": "parquet", "mediatype": "application/vnd.apache.parquet", "encoding": "utf-8"}
    assert fields == {"missingValues": [""], "primaryKey": ["a", "z"], "fields": [
        {"name": "a", "type": "string", "description": "which: `x` or `y`", "constraints": {"required": True, "enum": ["x", "y"]}},
        {"name": "n", "type": "integer", "description": "how many", "unit": "places", "constraints": {"minimum": 1, "maximum": 5}},
        {"name": "v", "type": "number", "description": "how much", "unit": "as score"}, {"name": "b", "type": "boolean", "description": "whether", "constraints": {"required": True}},
        {"name": "z", "type": "string", "description": "kind", "constraints": {"enum": ["p", "q"]}}]}
    [text] = schemas.datapackage(["t.csv"])["resources"]
    assert (text["format"], text["mediatype"], text["name"]) == ("csv", "text/csv", "t-csv")


def test_how_a_table_is_written_down(made_up):
    table = ("| column | type | meaning |\n|---|---|---|\n| `a` | text | which: `x` or `y` |\n| `n` | integer (places) | how many |\n| `v` | number | how much |\n"
             "| `b` | boolean | whether |\n| `z` | text | kind: `p`, `q` |")
    assert schemas.dictionary("t.csv") == table
    place = "<!-- columns of t.csv: made by `govlib dictionary` -->\n"
    assert schemas.rewritten(f"Head\n\n{place}old\nold\n\nEnd\n\n{place}x\n\n") == f"Head\n\n{place}{table}\n\nEnd\n\n{place}{table}\n\n"
