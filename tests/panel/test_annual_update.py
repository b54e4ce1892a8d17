"""docs/annual_update.md, rehearsed: from the form of PCI 2025 to the panel, in a copy of the project, with made-up values."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import openpyxl
import pandas as pd
import pytest

from govlib import paths
from govlib.collect import checks, inbox
from govlib.errors import BadInput
from govlib.known import indices, provinces
from govlib.panel import build as panel
from govlib.panel import data

META = {"citation": "Rehearsal with made-up values", "url": "https://example.org/rehearsal", "transcribed": "2026-05-04"}
FIRST_30 = 30


@pytest.fixture(scope="module")
def copy(tmp_path_factory, root):
    """The project's data in a folder of its own: nothing of the rehearsal touches the real one."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(root / "data" / "raw", folder / "data" / "raw", ignore=shutil.ignore_patterns("originals", "inbox"))
    (folder / "data" / "raw" / "inbox").mkdir()
    (folder / "notebooks").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GOVLIB_ROOT", str(folder))
        patch.delenv("GOVLIB_PROCESSED", raising=False)
        yield folder


def fill(path, target):
    """What a person does in Excel: 30 provinces with figures, the others with a reason."""
    book = openpyxl.load_workbook(path)
    for row in book["source"].iter_rows(min_row=2):
        row[1].value = META.get(row[0].value, row[1].value)
    sheet = book["scores"]
    header = [cell.value for cell in sheet[2]]
    for at, row in enumerate(sheet.iter_rows(min_row=3), 1):
        values = dict(zip(header, row, strict=True))
        if at > FIRST_30:
            values["note"].value = inbox.WHY_EMPTY[1]
            continue
        values["overall"].value, values["rank"].value = 75 - at / 10, at
        for component in header[4:-1]:
            values[component].value = 5 + at / 100
    book.save(target)


def test_from_template_to_panel(copy):
    before = {path: path.read_bytes() for path in (copy / "data" / "raw").rglob("*.csv")}
    # 1 the form
    _, form = inbox.template("pci", 2025)
    assert form.is_relative_to(copy)
    # 2 an empty form in the inbox is refused, and nothing happens
    waiting = copy / "data/raw/inbox/pci_2025.xlsx"
    shutil.copy(form, waiting)
    with pytest.raises(BadInput, match="the form is empty"):
        inbox.intake()
    # 3 filled, with one slip, then mended
    fill(form, waiting)
    book = openpyxl.load_workbook(waiting)
    book["scores"]["E4"] = 0
    book.save(waiting)
    with pytest.raises(BadInput, match="row 4, column entry_costs.*a 0 that stands for: not published"):
        inbox.intake()
    assert {path: path.read_bytes() for path in (copy / "data" / "raw").rglob("*.csv") if path in before} == before
    fill(form, waiting)
    # 4 taken in
    [taken] = inbox.intake()
    assert (taken.index_id, taken.year) == ("pci", 2025) and not waiting.exists()
    assert (copy / "data/raw/pci/2025.csv").is_file() and (copy / "data/raw/pci/2025.meta.yaml").is_file()
    # 5 the panel
    report = panel.build()
    assert report.rows_in == report.accepted + report.rejected
    scores = pd.read_parquet(copy / "data/processed/scores.parquet")
    checks.check_scores(scores)
    new = scores.query("index_id == 'pci' and year == 2025")
    whole = new[new["component"].eq("overall")].set_index("province")
    assert set(whole.index) == set(provinces.province_set(2025)) and len(whole) == 34
    assert whole["score"].notna().sum() == FIRST_30 and whole["status"].value_counts().to_dict() == {
        "published": FIRST_30, "not_published": 4}
    assert whole.loc["an-giang", "score"] == 74.9 and whole.loc["an-giang", "rank"] == 1
    assert whole["source"].eq("inbox-pci-2025").all() and whole.loc["an-giang", "locator"].startswith("pci_2025-")
    assert set(new.query("level == 'component'")["component"]) == set(indices.component_ids("pci", 2025))
    assert whole["rank_computed"].isna().all(), "four of 34 were not published: no ranking of ours"
    # 6 the questions a briefing asks
    last = sorted(provinces.province_set(2025))[-1]
    assert "30" in data.why("pci", last, 2025).query("component == 'overall'")["reason_en"].item()
    row = data.coverage("pci").query("year == 2025 and level == 'overall'").iloc[0]
    assert (row["n_provinces"], row["n_expected"], row["n_not_published"], row["n_not_held"]) == (30, 34, 4, 0)
    # 7 the rest of the panel is as it was
    old = scores.query("not (index_id == 'pci' and year == 2025)")
    assert len(old) > 40000 and old.query("index_id == 'pci' and year == 2019 and component == 'overall'")["score"].notna().sum() == 63


def test_the_checklist_names_what_exists(root):
    """Commands and files in the checklist are real ones."""
    text = (root / "docs" / "annual_update.md").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", (root / "Makefile").read_text(encoding="utf-8"), re.M))
    named = set(re.findall(r"`make ([a-z]+)", text))
    assert {"template", "panel", "briefing", "test"} <= named <= targets
    for path in re.findall(r"`((?:docs|govlib|data|notebooks)/[\w./-]+\.\w+)`", text):
        if "2025" not in path:  # what the year's own form becomes
            assert (root / path).exists(), path
    numbers = [int(n) for n in re.findall(r"^(\d+)\. ", text, re.M)]
    assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) >= 8


@pytest.mark.slow
def test_and_on_to_the_briefing(copy):
    """The same through the commands of the checklist: `govlib panel`, then `govlib briefing` of the new year."""
    shutil.copytree(paths.package().parent / "notebooks", copy / "notebooks", dirs_exist_ok=True)
    for plan in (paths.package().parent / "data").glob("institute_plan*"):
        shutil.copy(plan, copy / "data")
    _, form = inbox.template("pci", 2025)
    fill(form, copy / "data/raw/inbox/pci_2025.xlsx")
    env = {**os.environ, "GOVLIB_ROOT": str(copy)}
    for command in (["panel"], ["briefing", "--province", "bac-ninh", "--year", "2025", "--langs", "vi"]):
        done = subprocess.run([sys.executable, "-m", "govlib", *command], env=env, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
    page = (copy / "briefings" / "2025" / "bac-ninh.vi.html").read_text(encoding="utf-8")
    assert "74,8" in page, "second of the made-up list: 75 - 0.2"
