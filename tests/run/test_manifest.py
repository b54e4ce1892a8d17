"""What counts as a change, and what does not."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from kit import make_sample

from govlib import files
from govlib.ledger import Ledger, sha256
from govlib.run import departments, manifest


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A notebook that reads a table, and its data in a folder of their own."""
    monkeypatch.setenv("GOVLIB_PROCESSED", str(tmp_path / "processed"))
    (tmp_path / "processed").mkdir()
    (tmp_path / "processed" / "scores.parquet").write_bytes(b"scores")
    (tmp_path / "processed" / "other.parquet").write_bytes(b"other")
    make_sample.write(tmp_path / "nb.ipynb", cells=[*make_sample.CELLS, ("code", "from govlib import paths\n"
                                                    "pd.read_parquet(paths.processed() / 'scores.parquet')", [])])
    return tmp_path


SHARED = Ledger()  # parsing the project's modules once is enough


def parts(project):
    return manifest.parts(project / "nb.ipynb", SHARED)


def edit(path, change):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    change(notebook)
    path.write_text(json.dumps(notebook), encoding="utf-8")


@pytest.mark.parametrize("change, part", [
    (lambda nb: nb["cells"][3].__setitem__("source", "pass"), "notebook"),
    (lambda nb: nb["cells"][3]["metadata"].__setitem__("tags", ["output"]), "notebook"),
    (lambda nb: nb["metadata"].__setitem__("govlib", {"prime": False}), "notebook"),
    (lambda nb: nb["cells"][0]["metadata"].__setitem__("tags", ["vi"]), "notebook"),
    (lambda nb: nb["cells"][0].__setitem__("source", "# another note"), None),
    (lambda nb: nb["cells"][3].__setitem__("outputs", [{"output_type": "stream", "name": "stdout", "text": "x"}]), None),
    (lambda nb: nb["cells"][3].__setitem__("id", "other"), None),
], ids=["code", "tag", "settings", "shown prose", "note", "output", "id"])
def test_the_notebook_counts_by_what_runs_and_shows(project, change, part):
    before = parts(project)
    edit(project / "nb.ipynb", change)
    changed = {k for k, v in parts(project).items() if v != before[k]}
    assert (part in changed) if part else not changed


def test_data_that_are_read_count_by_content_not_by_time(project):
    before = parts(project)
    table = project / "processed" / "scores.parquet"
    os.utime(table, (1, 1))
    (project / "processed" / "other.parquet").write_bytes(b"changed, but nobody reads it")
    assert parts(project) == before
    table.write_bytes(b"scoreZ")
    assert {k for k, v in parts(project).items() if v != before[k]} == {"data"}


def test_parameters_and_pdf_are_part_of_the_key(project):
    shared = parts(project)
    keys = {manifest.key(shared, p, pdf) for p in ({"year": 2022}, {"year": 2021}, {"year": 2022, "x": 1}) for pdf in (False, True)}
    assert len(keys) == 6


def test_digests_are_remembered_but_a_young_file_is_read_again(tmp_path):
    file, store = tmp_path / "f", tmp_path / "store.json"
    file.write_text("a")
    digests = Ledger(store)
    first = digests.of(file)
    file.write_text("b")  # same size, perhaps within one tick of the clock
    os.utime(file, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns))
    assert digests.of(file) != first
    old = time.time() - 60
    os.utime(file, (old, old))
    settled = digests.of(file)
    digests.save()
    assert str(file) in json.loads(store.read_text())
    assert Ledger(store).of(file) == settled
    file.write_text("longer")
    assert Ledger(store).of(file) != settled


@pytest.mark.parametrize("left", ['{"trunc', "[]", "null", "[" * 5000])
def test_a_damaged_store_or_record_only_costs_time(tmp_path, left):
    (tmp_path / "store.json").write_text(left)
    (tmp_path / "f").write_text("a")
    assert Ledger(tmp_path / "store.json").of(tmp_path / "f") == sha256(b"a")
    manifest.record_path(tmp_path, "x").parent.mkdir()
    manifest.record_path(tmp_path, "x").write_text(left)
    assert manifest.is_current(tmp_path, "x", "k", Ledger()) is None


def test_a_page_that_was_changed_or_removed_is_not_current(tmp_path):
    (tmp_path / "x.html").write_text("page")
    record = {"key": "k", "status": "built", "files": {"x.html": sha256(b"page")}}
    files.write(manifest.record_path(tmp_path, "x"), json.dumps(record).encode())
    assert manifest.is_current(tmp_path, "x", "k", Ledger())
    assert not manifest.is_current(tmp_path, "x", "other", Ledger())
    (tmp_path / "x.html").write_text("half a pa")
    assert not manifest.is_current(tmp_path, "x", "k", Ledger())
    (tmp_path / "x.html").unlink()
    assert not manifest.is_current(tmp_path, "x", "k", Ledger())


def test_what_a_killed_process_left_is_removed_and_what_a_living_one_uses_is_not(tmp_path):
    import subprocess
    import sys

    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    for name in (f".run-{dead.pid}-x", f".run-{os.getppid()}-y", ".run-notes"):
        (tmp_path / name).mkdir()
    with files.scratch(tmp_path, ".run-") as place:
        assert place.is_dir()
        assert sorted(p.name for p in tmp_path.iterdir()) == sorted([f".run-{os.getppid()}-y", ".run-notes", place.name])
    assert not place.exists()


def test_files_made_together_are_made_again_only_where_something_changed(tmp_path, monkeypatch):
    monkeypatch.setattr(manifest, "ledger", lambda: manifest.Ledger(tmp_path / "digests.json"))
    made = []

    def make():
        made.append(1)
        return {tmp_path / "bac-ninh" / "a.html": b"a", tmp_path / "b.docx": "b"}

    def wanted(**parameters):
        return manifest.together(tmp_path, "departments.bac-ninh", Path(departments.__file__), parameters, make)

    first = wanted(issuer="")
    assert wanted(issuer="") == first == [tmp_path / "bac-ninh" / "a.html", tmp_path / "b.docx"] and len(made) == 1
    assert wanted(issuer="Sở Nội vụ") == first and len(made) == 2
    (tmp_path / "b.docx").write_text("changed by hand")
    assert wanted(issuer="Sở Nội vụ") == first and len(made) == 3 and (tmp_path / "b.docx").read_text() == "b"
