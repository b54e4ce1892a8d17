"""What counts as a change, and what does not."""

from __future__ import annotations

import json
import os
import time

import pytest
from kit import make_sample

from govlib import paths
from govlib.run import manifest


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A notebook and its data in a folder of their own."""
    monkeypatch.setenv("GOVLIB_PROCESSED", str(tmp_path / "processed"))
    (tmp_path / "processed").mkdir()
    (tmp_path / "processed" / "scores.parquet").write_bytes(b"scores")
    (tmp_path / "processed" / "other.parquet").write_bytes(b"other")
    make_sample.write(tmp_path / "nb.ipynb")
    return tmp_path


SHARED = manifest.Digests(None)  # parsing the project's modules once is enough


def parts(project):
    return manifest.parts(project / "nb.ipynb", SHARED)


def edit(path, change):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    change(notebook)
    path.write_text(json.dumps(notebook), encoding="utf-8")


@pytest.mark.parametrize("change, part", [
    (lambda nb: nb["cells"][3].__setitem__("source", "pass"), "notebook"),
    (lambda nb: nb["cells"][3]["metadata"].__setitem__("tags", ["output"]), "notebook"),
    (lambda nb: nb["metadata"]["govlib"].__setitem__("reads", ["data/processed/other.parquet"]), "notebook"),
    (lambda nb: nb["cells"][0]["metadata"].__setitem__("tags", ["vi"]), "notebook"),
    (lambda nb: nb["cells"][0].__setitem__("source", "# another note"), None),
    (lambda nb: nb["cells"][3].__setitem__("outputs", [{"output_type": "stream", "name": "stdout", "text": "x"}]), None),
    (lambda nb: nb["cells"][3].__setitem__("id", "other"), None),
], ids=["code", "tag", "reads", "shown prose", "note", "output", "id"])
def test_the_notebook_counts_by_what_runs_and_shows(project, change, part):
    before = parts(project)
    edit(project / "nb.ipynb", change)
    changed = {k for k, v in parts(project).items() if v != before[k]}
    assert (part in changed) if part else not changed


def test_declared_data_count_by_content_not_by_time(project):
    before = parts(project)
    table = project / "processed" / "scores.parquet"
    os.utime(table, (1, 1))
    (project / "processed" / "other.parquet").write_bytes(b"changed, but not declared")
    assert parts(project) == before
    table.write_bytes(b"scoreZ")
    assert {k for k, v in parts(project).items() if v != before[k]} == {"data"}


def test_a_notebook_that_declares_nothing_depends_on_all_processed_tables(project):
    edit(project / "nb.ipynb", lambda nb: nb["metadata"].pop("govlib"))
    before = parts(project)
    (project / "processed" / "other.parquet").write_bytes(b"changed")
    assert parts(project)["data"] != before["data"]


def test_parameters_and_pdf_are_part_of_the_key(project):
    shared = parts(project)
    keys = {manifest.key(shared, p, pdf) for p in ({"year": 2022}, {"year": 2021}, {"year": 2022, "x": 1}) for pdf in (False, True)}
    assert len(keys) == 6


def test_only_modules_that_the_notebook_can_reach_count(tmp_path, monkeypatch):
    package = tmp_path / "govlib"
    for name, code in {"__init__": "", "panel/data": "from govlib import text", "text": "", "cli": "",
                       "publish/charts/__init__": "def f():\n    from govlib.publish.charts import trend", "publish/charts/trend": "from .. import maps",
                       "publish/maps": "", "effects/__init__": "import pkgutil\nfor m in pkgutil.iter_modules(__path__): pass",
                       "effects/twfe": "", "late": "import importlib\nimportlib.import_module('govlib.cli')"}.items():
        path = package / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code)
    monkeypatch.setattr(paths, "package", lambda: package)

    def reached(code):
        found = manifest.reachable(code, manifest.Digests(None))
        return {str(p.relative_to(package).with_suffix("")) for p in found}

    assert reached("from govlib import charts") == {"__init__", "publish/charts/__init__", "publish/charts/trend", "publish/maps"}
    assert reached("import govlib\ngovlib.scores('pci')") == reached("from govlib import scores") == {"__init__", "panel/data", "text"}
    assert "effects/twfe" in reached("import govlib.effects")
    assert "cli" not in reached("import govlib") and "cli" in reached("from govlib import late")
    assert "publish/maps" in reached("import govlib\ngovlib.maps.draw()")


def test_digests_are_remembered_but_a_young_file_is_read_again(tmp_path):
    file, store = tmp_path / "f", tmp_path / "store.json"
    file.write_text("a")
    digests = manifest.Digests(store)
    first = digests.of(file)
    file.write_text("b")  # same size, perhaps within one tick of the clock
    os.utime(file, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns))
    assert digests.of(file) != first
    old = time.time() - 60
    os.utime(file, (old, old))
    settled = digests.of(file)
    digests.save()
    assert str(file) in json.loads(store.read_text())
    assert manifest.Digests(store).of(file) == settled
    file.write_text("longer")
    assert manifest.Digests(store).of(file) != settled


def test_a_damaged_store_or_record_only_costs_time(tmp_path):
    (tmp_path / "store.json").write_text('{"trunc')
    (tmp_path / "f").write_text("a")
    assert manifest.Digests(tmp_path / "store.json").of(tmp_path / "f") == manifest.digest(b"a")
    manifest.record_path(tmp_path, "x").parent.mkdir()
    manifest.record_path(tmp_path, "x").write_text('{"key"')
    assert manifest.is_current(tmp_path, "x", "k", manifest.Digests(None)) is None


def test_a_page_that_was_changed_or_removed_is_not_current(tmp_path):
    (tmp_path / "x.html").write_text("page")
    record = {"key": "k", "status": "built", "files": {"x.html": manifest.digest(b"page")}}
    manifest.write_atomic(manifest.record_path(tmp_path, "x"), json.dumps(record).encode())
    assert manifest.is_current(tmp_path, "x", "k", manifest.Digests(None))
    assert not manifest.is_current(tmp_path, "x", "other", manifest.Digests(None))
    (tmp_path / "x.html").write_text("half a pa")
    assert not manifest.is_current(tmp_path, "x", "k", manifest.Digests(None))
    (tmp_path / "x.html").unlink()
    assert not manifest.is_current(tmp_path, "x", "k", manifest.Digests(None))


def test_an_atomic_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    target = tmp_path / "page.html"
    target.write_text("old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError):
        manifest.write_atomic(target, b"new")
    assert target.read_text() == "old" and [p.name for p in tmp_path.iterdir()] == ["page.html"]
