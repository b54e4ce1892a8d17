"""A project of two years in a temporary folder with the sample as its briefing, and what its pages and processes look like."""

from __future__ import annotations

import shutil
import tempfile

import psutil
import pytest

from govlib import paths
from govlib.ledger import sha256
from govlib.run import jobs, manifest
from kit import make_sample


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project in a temporary folder: the sample as notebook 4, a panel of two years, an empty output folder.

    Its temporary files, and with them the socket of its parent of kernels, lie in a folder of their own: another test, or
    another checkout on this machine, may have a parent too. The folder's path is short because a socket's must be.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    private = tempfile.mkdtemp(prefix="gt-", dir="/tmp")
    monkeypatch.setenv("TMPDIR", private)
    monkeypatch.setattr(tempfile, "tempdir", private)
    monkeypatch.delenv("GOVLIB_WARM", raising=False)
    for name in ("processed", "out", "notebooks"):
        (tmp_path / name).mkdir()
    pq.write_table(pa.table({"year": [2021, 2022, 2024], "score": [1.0, 2.0, None]}), tmp_path / "processed" / "scores.parquet")
    make_sample.write(tmp_path / "notebooks" / jobs.NOTEBOOK)
    monkeypatch.setenv("GOVLIB_PROCESSED", str(tmp_path / "processed"))
    monkeypatch.setenv("GOVLIB_BRIEFINGS", str(tmp_path / "out"))
    monkeypatch.setattr(paths, "notebooks", lambda: tmp_path / "notebooks")
    yield tmp_path
    for left in kernels():
        left.kill()
    shutil.rmtree(private, ignore_errors=True)


def sample(project, fault=""):
    return make_sample.write(project / "notebooks" / jobs.NOTEBOOK, fault)


def states(report):
    return {p["name"]: "current" if p.get("current") else p["status"] for p in report.pages}


def whole(folder):
    """Nothing but finished pages, each as its record says, and no scratch."""
    left = [p.name for p in folder.iterdir() if p.name.startswith(".run-") or p.name.endswith((".tmp", ".ipynb"))]
    assert not left
    for page in folder.glob("*.*.html"):
        if page.name != "index.en.html":
            assert page.read_text(encoding="utf-8").rstrip().endswith("</html>")
            assert manifest.read_record(folder, page.stem)["files"][page.name] == sha256(page.read_bytes())


def kernels():
    """Kernels of briefings and their parents, of this test, alive."""
    found, here = [], tempfile.gettempdir()
    for process in psutil.process_iter(["cmdline", "status"]):
        line = process.info["cmdline"] or []
        ours = any("warm_parent.py" in part or "govlib-run-" in part for part in line) and any(here in part for part in line)
        if ours and process.info["status"] != "zombie":
            found.append(process)
    return found
