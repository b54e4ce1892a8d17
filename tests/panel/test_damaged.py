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
    done = subprocess.run([sys.executable, "-m", "govlib", "scores", "pci"], capture_output=True, text=True, timeout=300)
    assert done.returncode != 0 and "scores.parquet is damaged" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("left", ["[]", "{", "null", '{"x": 3}', "[" * 5000])
def test_a_damaged_note_of_the_years_is_made_again(processed, left):
    """Beside the table lies what years it holds, by its checksum; whatever has become of that note, the years are the table's."""
    from govlib.run import jobs

    years = jobs.years_with_data()
    (processed / ".years.json").write_text(left)
    assert jobs.years_with_data() == years and years[-1] >= 2024


def test_a_panel_cut_short_stops_a_briefing_with_its_mend(processed):
    path = processed / "scores.parquet"
    path.write_bytes(path.read_bytes()[:1000])
    run = subprocess.run([sys.executable, "-m", "govlib", "briefing", "--year", "2024"], capture_output=True, text=True)
    assert run.returncode == 1 and len(run.stderr.splitlines()) == 1
    assert "scores.parquet" in run.stderr and "make panel" in run.stderr


def test_two_builds_of_the_panel_do_not_mix(processed):
    """The second waits until the first is done; two states of data/raw at once would leave tables of both."""
    from govlib import files

    with files.alone(processed):
        other = subprocess.Popen([sys.executable, "-m", "govlib", "panel"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        before = (processed / "scores.parquet").stat().st_mtime_ns
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(6)
        assert (processed / "scores.parquet").stat().st_mtime_ns == before
    assert other.wait(300) == 0, other.stderr.read()
    assert (processed / "datapackage.json").is_file()
