"""A table that a killed process or a full disk cut short is named, with the command that makes it again."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

import govlib
from govlib.effects import sample
from govlib.errors import MissingData
from govlib.panel import data

QUESTIONS = {"scores.parquet": lambda: govlib.scores("pci"), "controls.parquet": lambda: govlib.controls("population"),
             "coverage.parquet": lambda: govlib.coverage("pci"), "reform_panel.parquet": lambda: govlib.reforms(),
             "why_missing.parquet": lambda: data.why("pci"), "rejected_rows.csv": lambda: data.table("rejected_rows.csv"),
             "composite_check.parquet": lambda: data.table("composite_check.parquet")}


@pytest.fixture
def processed(panel, tmp_path, monkeypatch):
    for name in QUESTIONS:
        shutil.copy(panel / name, tmp_path / name)
    monkeypatch.setenv("GOVLIB_PROCESSED", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("left", [0, 3, 1000], ids=["empty", "three bytes", "cut short"])
@pytest.mark.parametrize("name", [n for n in QUESTIONS if n.endswith(".parquet")])
def test_a_damaged_table_names_itself_and_its_mend(processed, name, left):
    path = processed / name
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(MissingData, match=rf"{name} is damaged \(.*→ run: govlib panel"):
        QUESTIONS[name]()


def test_a_csv_that_is_no_table(processed):
    (processed / "rejected_rows.csv").write_bytes(b"")
    with pytest.raises(MissingData, match="rejected_rows.csv is damaged"):
        QUESTIONS["rejected_rows.csv"]()
    (processed / "rejected_rows.csv").write_bytes(b"file,row\n\xff\xfe\x00\n")
    with pytest.raises(MissingData, match="rejected_rows.csv is damaged"):
        QUESTIONS["rejected_rows.csv"]()


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_table_that_is_not_there(processed, name):
    (processed / name).unlink()
    with pytest.raises(MissingData, match=f"{name} is not there → run: make panel"):
        QUESTIONS[name]()


def test_the_sample_of_an_estimate_says_so_too(processed):
    path = processed / "scores.parquet"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(MissingData, match="scores.parquet is damaged"):
        sample.scores_of("pci", None)


def test_damaged_estimates(processed):
    (processed / "estimates").mkdir()
    (processed / "estimates" / "pci.parquet").write_bytes(b"PAR1")
    with pytest.raises(MissingData, match="pci.parquet is damaged.*govlib effects --all"):
        govlib.estimates()


def test_in_a_shell_it_is_one_line(processed):
    path = processed / "scores.parquet"
    path.write_bytes(path.read_bytes()[:1000])
    done = subprocess.run([sys.executable, "-m", "govlib", "scores", "pci"], capture_output=True, text=True, timeout=120)
    assert done.returncode != 0 and "scores.parquet is damaged" in done.stderr and "Traceback" not in done.stderr
