"""The parts of a build on a few rows: what is read, what yields to what, what the report says. Whole builds: test_bad_rows.py."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from govlib.collect.checks import TIDY
from govlib.errors import BadInput
from govlib.known.provinces import province_set
from govlib.panel import build


def put(raw, index: str, name: str, *rows: str, full=False, **meta):
    folder = raw / index
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("\n".join([",".join(TIDY), *rows]) + "\n", encoding="utf-8")
    return {"index_id": index, "full_table": full} | meta


@pytest.fixture
def told(monkeypatch):
    """index/file → what its sidecar says."""
    found: dict[str, dict] = {}
    monkeypatch.setattr(build.sidecar, "read", lambda path: found[f"{path.parent.name}/{path.name}"])
    monkeypatch.setattr(build.sidecar, "full_table", lambda meta: meta["full_table"])
    return found


ROW = "Hà Nội,ha-noi,overall,overall,60,3,,points,s,l,"


def test_what_is_shipped_is_read_by_index_and_edition(tmp_path, told):
    told["pci/2019.csv"], told["papi/2020.csv"] = put(tmp_path, "pci", "2019.csv", ROW, "", ROW, full=True), put(tmp_path, "papi", "2020.csv", ROW)
    put(tmp_path, "pci", "national.csv", "means")
    rows, full = build._read_shipped(tmp_path)
    assert full == {("pci", 2019)} and sorted(rows[["file", "index_id", "year", "row"]].itertuples(index=False, name=None)) == [
        ("papi/2020.csv", "papi", 2020, 2), ("pci/2019.csv", "pci", 2019, 2), ("pci/2019.csv", "pci", 2019, 4)]
    assert rows.index.tolist() == [0, 1, 2]


@pytest.mark.parametrize(("index", "name", "meta", "why", "fix"), [
    ("pci", "19.csv", {}, "pci/19.csv: its name is not an edition", "name it like 2024.csv"), ("pci", "20190.csv", {}, "its name is not an edition", "name it like 2024.csv"),
    ("pci", "2019.csv", {"index_id": "papi"}, "pci/2019.csv: the sidecar is of index 'papi'", "move the file to data/raw/papi")])
def test_a_file_in_the_wrong_place(tmp_path, told, index, name, meta, why, fix):
    told[f"{index}/{name}"] = put(tmp_path, index, name, ROW, **meta)
    with pytest.raises(BadInput) as refused:
        build._read_shipped(tmp_path)
    assert why in str(refused.value) and fix in str(refused.value)


def test_no_figures_at_all(tmp_path):
    with pytest.raises(BadInput, match="no figures there: no <index>/<edition>.csv") as told:
        build._read_shipped(tmp_path)
    assert "check GOVLIB_ROOT" in str(told.value)


def test_the_units_of_2025_in_an_edition_before():
    new, old = (pd.DataFrame({"province": province_set(y)}) for y in (2025, 2024))
    [one] = build._new_units_in_old_year(new, 2024, "2024.csv")
    assert (str(one.problem), one.file, one.fix) == (
        "holds exactly the 34 provinces of 1 July 2025, but the edition 2024 is of the 63 before", "2024.csv", "check the year of the file")
    assert build._new_units_in_old_year(new, 2025, "x") == build._new_units_in_old_year(old, 2024, "x") == build._new_units_in_old_year(new[1:], 2024, "x") == []


def test_a_copy_yields_to_its_page_cell_by_cell():
    cell = {"source": "a", "index_id": "pci", "year": 2019, "province": "ha-noi", "component": "overall", "score": "1"}
    others = [cell | {k: v} for k, v in (("source", "b"), ("index_id", "papi"), ("year", 2020), ("province", "hue"), ("component", "x"))]
    kept = build._but(pd.DataFrame([cell, *others]), pd.DataFrame([cell | {"score": "2"}]))
    assert kept.index.tolist() == [1, 2, 3, 4, 5]


def test_originals_become_text_like_what_is_shipped(tmp_path, monkeypatch):
    frame = pd.DataFrame([{**dict.fromkeys(TIDY, "x"), "score": 60.1, "rank": 4, "source": "papi-data", "year": 2020, "note": None},
                          {**dict.fromkeys(TIDY, "y"), "score": float("nan"), "rank": None, "source": "pci-site", "year": 2019}]).astype({"rank": "Int64"})
    none = pd.DataFrame()
    found = {"items": frame, "pages": none}
    monkeypatch.setattr(build.readers, "indicators", lambda folder: found["items"])
    monkeypatch.setattr(build.origins, "read", lambda folder: (found["pages"], []))
    assert build._read_originals(tmp_path / "gone").empty and build._read_originals(tmp_path).empty
    (tmp_path / "papi").mkdir()
    rows = build._read_originals(tmp_path)
    assert rows[["score", "rank", "note", "index_id", "file", "row", "year"]].to_numpy().tolist() == [
        ["60.1", "4", "", "papi", "originals:papi-data", 1, 2020], ["", "", "y", "pci", "originals:pci-site", 2, 2019]]
    assert list(rows.columns) == [*TIDY, "index_id", "year", "file", "row"]
    found["pages"] = frame.assign(index_id="par")
    found["items"] = none
    assert build._read_originals(tmp_path)["index_id"].tolist() == ["par", "par"]
    found["pages"] = none
    assert build._read_originals(tmp_path).empty


def test_the_report_in_words():
    report = build.BuildReport("out", 10, 7, 3, 2, 1, 10, editions=4, rejected_by={"agrees": 1, "superseded": 2}, seconds=1.25)
    assert str(report) == "10 rows in = 7 accepted + 3 rejected (2 superseded, 1 agrees); 2 derived, 1 not published; 10 rows of 4 editions in out (1.2 s)"
    assert "rejected (none)" in str(build.BuildReport("out")) and report.to_dict()["rejected_by"] == {"agrees": 1, "superseded": 2}


def test_all_tables_are_written_or_none(tmp_path, monkeypatch):
    why = pd.DataFrame([["ha-noi", 2020, "dti", "overall", "overall", "not_held", "a", "b", ""]], columns=build.schemas.columns("why_missing.parquet"))
    assert build._write(tmp_path, {"why_missing.parquet": why}) == ["why_missing.parquet"]
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "why_missing.parquet"), why)
    package = (tmp_path / "datapackage.json").read_text(encoding="utf-8")
    assert json.loads(package) == json.loads(json.dumps(build.schemas.datapackage(["why_missing.parquet"]))) and package.endswith("}\n") and '\n "' in package
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir() if p.is_file()}
    for tables in ({"why_missing.parquet": why.assign(code="unheard")}, {"why_missing.parquet": why.assign(note="new"), "rejected_rows.csv": why}):
        with pytest.raises(BadInput):
            build._write(tmp_path, tables)
        assert {p.name: p.read_bytes() for p in tmp_path.iterdir() if p.is_file()} == before
    build._write(tmp_path, {"scores.csv": pd.DataFrame({"x": ["Huế"]})})
    assert (tmp_path / "scores.csv").read_bytes() == "x\nHuế\n".encode()
