"""The intake: all or nothing, also for a process that is killed; nothing stored as a link; figures that moved too far shown."""

from __future__ import annotations

import csv
import io
import multiprocessing
import os
import shutil
import signal
import time

import openpyxl
import pytest
from kit.panel import project

from govlib.collect import checks, inbox, sidecar
from govlib.collect.inbox import journal, moves
from govlib.errors import BadInput
from govlib.forms import problems
from govlib.known import catalogue, indices, provinces

META = {"citation": "Test table, not a real edition", "url": "https://example.org/x", "transcribed": "2026-04-30"}


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("GOVLIB_ROOT", str(tmp_path))
    return project(tmp_path, "pci/2024")


def form(root, index="pci", year=2024, value=lambda slug, column, at: f"{9 - at / 20:.2f}", name=None):
    """A filled form in the inbox."""
    [path, _] = inbox.template(index, year, root / "made")
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
    head = next(i for i, row in enumerate(rows) if row[0] == "province")
    for row in rows[:head]:
        row[1] = META.get(row[0].removeprefix("#"), row[1])
    for at, row in enumerate(rows[head + 1:], 1):
        for c, column in enumerate(rows[head]):
            if column not in ("province", "name", "note"):
                row[c] = str(at) if column == "rank" else f"{80 - at / 4:.2f}" if column == "overall" else value(row[0], column, at)
    target = root / "data/raw/inbox" / (name or f"{index}_{year}.csv")
    with target.open("w", encoding="utf-8-sig", newline="") as handle:
        csv.writer(handle).writerows(rows)
    return target


def snapshot(root):
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted((root / "data").rglob("*")) if p.is_file() and ".intake" not in p.name}


# ---- a killed process --------------------------------------------------------------------------------------------------

def killed_at(at: int) -> bool:
    """A process of its own takes the inbox in and is killed at its step ``at``; whether it came that far."""
    def take_in() -> None:
        steps = iter(range(1000))

        def counted(call):
            def one(*args, **kwargs):
                if next(steps) == at:
                    os.kill(os.getpid(), signal.SIGKILL)
                return call(*args, **kwargs)
            return one

        os.replace, os.unlink = counted(os.replace), counted(os.unlink)
        inbox.intake()

    process = multiprocessing.get_context("fork").Process(target=take_in)
    process.start()
    process.join()
    return process.exitcode == -signal.SIGKILL


@pytest.mark.parametrize("at", [3, 4, 6, 7, 9, 11])
def test_killed_at_any_step_nothing_is_half_done(root, at):
    waiting = form(root)
    before = snapshot(root)
    killed = killed_at(at)
    assert killed or at > 9
    taken = inbox.intake()  # recovers first
    if not taken and killed:  # the killed one had decided, and has been carried out
        assert not waiting.exists()
    assert sidecar.read(root / "data/raw/pci/2024.csv")
    table = checks.read_tidy(root / "data/raw/pci/2024.csv")
    assert table["source"].eq("inbox-pci-2024").sum() == 63 * 11 and len(inbox.local_sources()) == 1
    assert not waiting.exists() and len(list((root / "data/raw/inbox/accepted").iterdir())) == 1
    assert not (root / "data/raw" / journal.STAGE).exists() and snapshot(root) != before


def test_the_panel_recovers_too(root, monkeypatch):
    import pandas as pd

    from govlib.panel import build as panel

    monkeypatch.setattr(panel, "_reform_panel", pd.DataFrame, raising=False)
    form(root)
    assert killed_at(6)
    assert (root / "data/raw" / journal.STAGE / journal.LIST).is_file(), "killed between the files that change"
    inbox.recover(root / "data/raw")
    assert sidecar.read(root / "data/raw/pci/2024.csv") and not (root / "data/raw" / journal.STAGE).exists()
    assert inbox.intake() == []


def test_a_failure_before_the_decision_changes_nothing(root, monkeypatch):
    form(root)
    before = snapshot(root)
    monkeypatch.setattr(journal.Journal, "decide", lambda self: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError):
        inbox.intake()
    assert snapshot(root) == before and not (root / "data/raw" / journal.STAGE).exists()


def test_a_second_intake_waits_and_then_says_so(root, monkeypatch):
    form(root)
    monkeypatch.setattr(journal, "PATIENCE", 0.1)
    with journal.begin(root / "data/raw"), pytest.raises(BadInput, match="another intake is at work"):
        inbox.intake()


# ---- what lies in the inbox --------------------------------------------------------------------------------------------

def refused(root, *words):
    before = snapshot(root)
    with pytest.raises(BadInput) as caught:
        inbox.intake()
    assert snapshot(root) == before
    assert all(word in str(caught.value) for word in words), str(caught.value)
    return caught.value


def test_a_link_is_not_taken_in(root):
    target = form(root)
    elsewhere = root / "elsewhere.csv"
    shutil.move(target, elsewhere)
    target.symlink_to(elsewhere)
    refused(root, "pci_2024.csv: a link, not a file", "copy the file itself")
    target.unlink()
    target.symlink_to(root / "nowhere.csv")
    refused(root, "a link, not a file")
    target.unlink()
    os.mkfifo(root / "data/raw/inbox/pci_2024.csv")
    refused(root, "not a form")


def test_a_name_that_is_not_utf_8(root):
    name = os.fsencode(root / "data/raw/inbox") + b"/pci_\xff\n2024.csv"
    shutil.copy(form(root), name)
    (root / "data/raw/inbox/pci_2024.csv").unlink()
    error = refused(root, "not UTF-8", "rename the file")
    str(error).encode()  # can be printed


def test_two_million_rows(root):
    (root / "data/raw/inbox/pci_2024.csv").write_bytes(b"province,overall\n" + b"an-giang,70\n" * 2_000_000)
    began = time.process_time()
    refused(root, "more than 1,000 rows")
    assert time.process_time() - began < 2


@pytest.mark.parametrize(("content", "said"), [
    (b"[]", "no list of sources"), (b"sources: 3", "no list of sources"), (b"sources: [3]", "entry 1 is no source"),
    (b"sources: [{id: x}]", "it lacks"), (b"a: [", "not YAML"), (b"\xff\xfe", "not YAML"), (b"just words", "no list of sources")])
def test_a_damaged_list_of_local_sources_is_named_with_its_mend(root, content, said):
    path = root / "data/raw" / catalogue.LOCAL
    path.write_bytes(content)
    form(root)
    for call in (inbox.intake, inbox.local_sources, lambda: catalogue.source("pci-workbook-2012")):
        with pytest.raises(BadInput, match=f"catalogue_local.yaml: .*{said}.* → mend it"):
            call()
    path.write_bytes(b"")
    assert inbox.local_sources() == []


# ---- figures that moved ------------------------------------------------------------------------------------------------

@pytest.fixture
def with_past(root):
    """Made-up editions 2021 to 2023 of PCI: every province moves by up to 0.2 a year."""
    for year in (2021, 2022, 2023):
        form(root, year=year, value=lambda slug, column, at, y=year: f"{3 + at / 12 + (0.2 if (at + y) % 2 else 0):.2f}")
    inbox.intake()
    return root


def test_swapped_provinces_are_shown_together(with_past):
    def swapped(slug, column, at):
        at = {"an-giang": 63, "yen-bai": 1}.get(slug, at) if column == "time_costs" else at
        return f"{3 + at / 12 + 0.1:.2f}"
    path = form(with_past, value=swapped)
    checked = inbox.check_form(inbox.read_form(path))
    [said] = [w for w in checked.warnings if "moved" in w]
    rows = {r["province"]: r["row"] for r in checked.rows}
    assert said.startswith("time_costs: ") and "swapped?" in said
    assert f"row {rows['an-giang']} an-giang has 8.35 after" in said and f"row {rows['yen-bai']} yen-bai has 3.18333"[:-3] in said
    [taken] = inbox.intake()  # never refused
    assert any("swapped?" in w for w in taken.warnings)


def test_a_true_jump_is_shown_and_usual_moves_are_not(with_past):
    path = form(with_past, value=lambda slug, column, at: f"{3 + at / 12 + (2 if (slug, column) == ('an-giang', 'time_costs') else 0.1):.2f}")
    warnings = [w for w in inbox.check_form(inbox.read_form(path)).warnings if "moved" in w]
    assert len(warnings) == 1 and "an-giang" in warnings[0] and "(0.20)" in warnings[0]
    path = form(with_past, value=lambda slug, column, at: f"{3 + at / 12 + 0.1:.2f}")
    assert [w for w in inbox.check_form(inbox.read_form(path)).warnings if "moved" in w] == []


def test_a_merged_province_is_put_beside_its_predecessors(with_past):
    held = moves.history("pci", 2025, with_past / "data/raw")
    rows = [{"province": slug, "component": "time_costs", "score": "5.5", "row": at} for at, slug in enumerate(provinces.province_set(2025), 2)]
    found = {row["province"]: moves._move(row, "time_costs", 2025, held) for row in rows}
    before = {series[2023] for (component, unit), series in held.items() if component == "time_costs" and unit in ("bac-ninh", "bac-giang")}
    assert found["bac-ninh"].before == min(before, key=lambda b: abs(5.5 - b)) and found["bac-ninh"].since == 2023
    of = "Bắc Giang" if held["time_costs", "bac-giang"][2023] == found["bac-ninh"].before else "Bắc Ninh"
    said = moves._told("time_costs", [found["bac-ninh"], found["cao-bang"]], 0.0)
    whose = next(one for one in said if " bac-ninh has " in one)
    assert f" of {of} before the merger in 2023" in whose and f"trước hợp nhất {of} có " in problems.vietnamese(whose)
    assert all("merger" not in one for one in said if " bac-ninh has " not in one) and found["cao-bang"].of == ""


def test_too_little_history_says_nothing(root):
    assert moves.doubts([{"province": "an-giang", "component": "overall", "score": "1", "row": 3}], "sipas", 2024, root / "data/raw") == []


# ---- what was wrong in a workbook once ---------------------------------------------------------------------------------

def sipas(root, change):
    _, path = inbox.template("sipas", 2024, root / "made")
    book = openpyxl.load_workbook(path)
    for row in book["source"].iter_rows(min_row=2):
        row[1].value = META.get(row[0].value, row[1].value)
    sheet = book["scores"]
    for at, row in enumerate(sheet.iter_rows(min_row=3), 1):
        for cell in row[2:-1]:
            cell.value = at if cell.column == 4 else 90 - at / 2
    change(sheet)
    target = root / "data/raw/inbox/sipas_2024.xlsx"
    book.save(target)
    return target


def cell_of(checked, province, component="overall"):
    return next((r["score"], r["rank"]) for r in checked.rows if (r["province"], r["component"]) == (province, component))


def test_percentages_and_tied_ranks(root):
    def change(sheet):
        sheet["C3"].value, sheet["C3"].number_format = 0.9, "0.00%"
        sheet.merge_cells("D3:D4")
    checked = inbox.check_form(inbox.read_form(sipas(root, change)))
    assert cell_of(checked, "an-giang") == ("90", "1") and cell_of(checked, "ba-ria-vung-tau")[1] == "1"


@pytest.mark.parametrize(("cell", "value", "code", "column", "said"), [
    ("C3", "#N/A", "General", "overall", "the error #N/A"), ("D4", "#REF!", "General", "rank", "the error #REF!"),
    ("C3", "90,12²", "General", "overall", "not a number"), ("D3", 0.05, "0%", "rank", "not a number"), ("D3", 1.5, "0.0", "rank", "not a rank"),
    ("C3", 46149, "General", "overall", "outside the scale"), ("E3", 0.71, "0.00", "access", ""), ("C3", "90.5%", "General", "overall", None)])
def test_cells_that_once_slipped_through(root, cell, value, code, column, said):
    def change(sheet):
        sheet[cell].value, sheet[cell].number_format = value, code
    path = sipas(root, change)
    checked = inbox.examine(inbox.read_form(path))
    if said is None:
        assert checked.problems == [] and cell_of(checked, "an-giang") == ("90.5", "1")
    elif said:
        [p] = checked.problems
        assert (p.row, p.column) == (int(cell[1:]), column) and said in p.problem and p.fix


def test_definitions_agree():
    assert set(inbox.columns("sipas", 2024)) >= {"overall", "rank", *indices.component_ids("sipas", 2024)}
