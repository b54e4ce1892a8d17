"""The parts of a build on a few rows: what is read, what yields to what, what the report says. Whole builds: test_bad_rows.py."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from kit.panel import edit, project, row_of, without_reforms

from govlib.collect import sidecar, stamp
from govlib.collect.checks import TIDY
from govlib.errors import BadInput
from govlib.known.provinces import province_set
from govlib.panel import build, controls


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
    assert list(rows.columns) == [*TIDY, "index_id", "year", "file", "row"] and set(rows[[*TIDY, "index_id"]].dtypes.map(str)) == {"str"}
    found["pages"] = frame.assign(index_id="par")
    found["items"] = none
    assert build._read_originals(tmp_path)["index_id"].tolist() == ["par", "par"]
    found["pages"] = none
    assert build._read_originals(tmp_path).empty


def test_the_report_in_words():
    report = build.BuildReport("out", 10, 7, 3, 2, 1, 10, editions=4, rejected_by={"agrees": 1, "superseded": 2}, seconds=1.25)
    assert str(report) == "10 rows in = 7 accepted + 3 rejected (2 superseded, 1 agrees); 2 derived, 1 not published; 10 rows of 4 editions in out (1.2 s)"
    assert "rejected (none)" in str(build.BuildReport("out")) and report.to_dict()["rejected_by"] == {"agrees": 1, "superseded": 2}


def test_all_tables_are_written_or_none(tmp_path):
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


# ---- a whole build of one edition --------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """PCI 2019 with one score that is none and PAPI 2021, built without reforms; (what the build reports, the folder it wrote to)."""
    with pytest.MonkeyPatch.context() as patch:
        without_reforms(patch)
        raw = project(tmp_path_factory.mktemp("small"), "pci/2019", "papi/2021") / "data" / "raw"

        def spoil(rows):
            row_of(rows, "ha-noi", "time_costs")[4] = "seven"
        edit(raw / "pci/2019.csv", spoil)
        return build.build(out=raw.parent / "out", raw=raw), raw.parent / "out"


def test_a_build_reports_what_it_wrote(small):
    report, out = small
    scores, rejected = pd.read_parquet(out / "scores.parquet"), pd.read_csv(out / "rejected_rows.csv")
    assert (report.out, report.editions, report.from_originals) == (str(out), 2, 0) and 0 < report.seconds == round(report.seconds, 2)
    assert (report.rows_in, report.accepted, report.rejected) == (2469, 2457, 12) and report.rejected_by == {"agrees": 7, "rank_taken": 4, "bad_score": 1}
    assert rejected["reason_code"].value_counts().to_dict() == report.rejected_by and report.rows_out == len(scores)
    assert {"derived": report.derived, "not_published": report.not_published} == {
        status: int(scores["status"].eq(status).sum()) for status in ("derived", "not_published")} and report.derived and report.not_published
    assert scores.query("province == 'ha-noi' and component == 'time_costs'").empty  # never filled
    assert report.written == ["scores.parquet", "scores.csv", "controls.parquet", "rejected_rows.csv", "why_missing.parquet", "coverage.parquet",
                              "composite_check.parquet", "rank_check.parquet", "reform_panel.parquet"]
    assert {path.name for path in out.iterdir() if path.name[0] != "."} == {*report.written, "datapackage.json"}


def test_rejected_rows_stand_by_file_and_row_with_the_reason(small):
    rejected = pd.read_csv(small[1] / "rejected_rows.csv")
    assert list(rejected.columns) == build.schemas.columns("rejected_rows.csv")
    assert rejected.sort_values(["file", "row", "reason_code"]).index.tolist() == rejected.index.tolist() and set(rejected["file"]) == {"pci/2019.csv"}
    [bad] = rejected.query("reason_code == 'bad_score'").to_dict("records")
    assert (bad["province"], bad["component"], bad["score"]) == ("ha-noi", "time_costs", "seven") and "not a number" in bad["reason"]


def test_why_a_figure_is_missing_names_the_row_that_was_refused(small):
    why = pd.read_parquet(small[1] / "why_missing.parquet")
    [one] = why.query("province == 'ha-noi' and component == 'time_costs'").to_dict("records")
    assert one["code"] == "not_held" and "not a number → write the figure as printed" in one["note"]
    coverage = pd.read_parquet(small[1] / "coverage.parquet")
    assert set(coverage["index_id"]) == set(build.indices.INDICES)
    assert (pd.read_csv(small[1] / "scores.csv")["province"] == pd.read_parquet(small[1] / "scores.parquet")["province"]).all()


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """A folder of raw files in which all reading gives made-up rows: what a build does with them is seen."""
    done: dict[str, object] = {}
    without_reforms(monkeypatch)
    raw = project(tmp_path, "pci/2019") / "data" / "raw"
    for name in ("read_controls", "_read_originals"):
        kept = getattr(build, name)
        monkeypatch.setattr(build, name, lambda *args, name=name, kept=kept: done.setdefault(name, args) and kept(*args))
    monkeypatch.setattr(build.inbox, "recover", lambda folder: done.setdefault("recover", folder))
    return raw, done


def test_originals_lie_beside_the_raw_files_unless_told(empty, tmp_path):
    raw, done = empty
    build.build(out=tmp_path / "out", raw=str(raw))
    assert done["_read_originals"] == (raw / "originals",) and done["recover"] == raw  # an intake that was broken off is ended first
    done.clear()
    build.build(out=str(tmp_path / "out"), raw=raw, originals=str(tmp_path / "pulled"))
    assert done["_read_originals"] == (tmp_path / "pulled",)


def test_a_build_is_of_the_project_s_own_folders_unless_told(monkeypatch, tmp_path):
    seen = []
    monkeypatch.setattr(build, "_build", lambda *folders: seen.append(folders))
    monkeypatch.setattr(build.paths, "raw", lambda: tmp_path / "raw")
    monkeypatch.setattr(build.paths, "processed", lambda: tmp_path / "made")
    build.build()
    build.build(out=tmp_path / "a", raw=tmp_path / "b")
    assert seen == [(tmp_path / "made", tmp_path / "raw", tmp_path / "raw/originals"), (tmp_path / "a", tmp_path / "b", tmp_path / "b/originals")]


def test_pulled_controls_go_to_the_controls(empty, tmp_path, monkeypatch):
    raw, done = empty
    pulled = pd.DataFrame({"source": []})
    monkeypatch.setattr(build.origins, "read", lambda folder, controls=False: (pulled if controls else pd.DataFrame(), [folder]))
    build.build(out=tmp_path / "out", raw=raw)
    assert done["read_controls"][0] == raw and done["read_controls"][2] is pulled


def test_pulled_rows_take_the_place_of_their_copies(empty, tmp_path, monkeypatch):
    raw, _ = empty
    shipped = build._read_shipped(raw)[0]
    figures = shipped[shipped["score"].ne("")]
    copies = figures[~figures.duplicated(["source", "index_id", "year", "province", "component"], keep=False)].head(3)
    pulled = copies.assign(file="originals:x", row=[1, 2, 3], score=[copies["score"].iloc[0], "1.25", "900"])
    alone = build.build(out=tmp_path / "alone", raw=raw)
    monkeypatch.setattr(build, "_read_originals", lambda folder: pulled)
    report = build.build(out=tmp_path / "out", raw=raw)
    assert (report.from_originals, report.rows_in, report.rejected) == (3, len(shipped) + 3, alone.rejected + 3)
    left, before = (pd.read_csv(tmp_path / folder / "rejected_rows.csv", dtype=str, keep_default_na=False) for folder in ("out", "alone"))
    more = left.merge(before, how="left", indicator=True).query("_merge == 'left_only'")
    assert dict(zip(more["reason_code"], zip(more["score"], more["row"], strict=True), strict=True)) == {
        "bad_score": ("900", "3"), **{code: (score, str(row)) for code, score, row in zip(("repeated", "superseded"), copies["score"], copies["row"], strict=False)}}
    assert "which has 1.25" in more.loc[more["reason_code"].eq("superseded"), "reason"].item()


def test_a_row_that_gets_lost_stops_the_build(empty, tmp_path, monkeypatch):
    raw, _ = empty
    accept = build.choose.accept
    monkeypatch.setattr(build.choose, "accept", lambda rows, priorities: accept(rows.iloc[1:], priorities))
    with pytest.raises(AssertionError, match=r"^704 rows in, but 692 accepted \+ 11 rejected$"):
        build.build(out=tmp_path / "out", raw=raw)
    monkeypatch.undo()


CONTROLS = "Hà Nội,ha-noi,2019,population,8050,thousand persons,s,l,\n"


@pytest.mark.parametrize(("change", "said"), [
    (lambda b: b.replace("Hà".encode(), b"H\xe0"), "controls/people.csv: not UTF-8 (byte 73) → save it as CSV UTF-8"),
    (lambda b: b.replace(b",", b";"), "controls/people.csv, row 1, value 'province_printed;province;year;variable;value;unit;source;locator;note': other signs than commas"),
    (lambda b: b.replace(b"8050", b"8,050"), "controls/people.csv, row 3: 10 cells where the header has 9"),
    (lambda b: b.replace(b"population,8050,", b"population,"), "controls/people.csv, row 3: 8 cells where the header has 9"),
    (lambda b: b.replace(b"value", b"values"), "controls/people.csv, row 1, column value: column is missing")])
def test_controls_that_an_editor_has_spoilt_are_named(tmp_path, change, said):
    """They ended with the traceback of a library, or a cell lost shifted all others to the left."""
    path = tmp_path / "controls/people.csv"
    path.parent.mkdir()
    good = (",".join(controls.RAW) + "\n\n" + CONTROLS).encode()
    sidecar.place(path).write_text("edition: people\n", encoding="utf-8")

    def read(content):
        path.write_bytes(content)
        stamp.stamp(path)
        return controls.read_controls(tmp_path, {"s": 1})

    for content in (good, b"\xef\xbb\xbf" + good):
        assert read(content)[0]["value"].tolist() == [8050.0]
    assert read(good.replace(b"8050", b"many"))[1]["row"].tolist() == [3]  # blank lines counted, as a spreadsheet does
    with pytest.raises(BadInput) as told:
        read(change(good))
    assert said in str(told.value)


def test_a_sidecar_that_notepad_saved_in_another_encoding(tmp_path):
    path = tmp_path / "2019.csv"
    path.write_text("a", encoding="utf-8")
    sidecar.place(path).write_bytes("citation: Bộ Nội vụ\n".encode("utf-16"))
    for read in (sidecar.read, stamp.stamp):
        with pytest.raises(BadInput, match=r"^2019.meta.yaml: not UTF-8 \(byte 0\) → save it again as UTF-8$"):
            read(path)


def test_controls_are_counted_and_their_refused_rows_listed(empty, tmp_path, monkeypatch):
    raw, _ = empty
    table, refused, _ = build.read_controls(raw, {}, pd.DataFrame())
    bad = pd.DataFrame([{**dict.fromkeys(build.schemas.columns("rejected_rows.csv"), ""), "file": "controls/a.csv", "row": 3, "year": 2019, "index_id": "controls", "component": "grdp",
                         "reason_code": "bad_score", "reason": "not a number"}])
    for rows, n in ((bad, 1), (bad, 2)):
        monkeypatch.setattr(build, "read_controls", lambda *args, rows=rows, n=n: (table, rows, n))
        if n == 2:
            with pytest.raises(AssertionError, match=r"^2 control rows in, 0 \+ 1 out$"):
                build.build(out=tmp_path / "out", raw=raw)
        else:
            report = build.build(out=tmp_path / "out", raw=raw)
            assert (report.controls_in, report.controls_accepted, report.controls_rejected) == (1, 0, 1)
            assert pd.read_csv(tmp_path / "out/rejected_rows.csv")["file"].tolist()[0] == "controls/a.csv"
    assert len(refused) == 0
