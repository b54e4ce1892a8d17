"""What a rebuilt panel changed is told for the changelog: each kind of change, with both figures, and the findings that rest on it."""

from __future__ import annotations

import csv
import json

import pandas as pd
import pytest
from kit.panel import project, without_reforms

from govlib.collect import inbox
from govlib.known import provinces
from govlib.panel.build import build
from govlib.run import drift

PLACES = ("an-giang", "bac-ninh", "ca-mau", "da-nang")


def table(folder, change=lambda rows: rows):
    """Made-up scores of two editions, changed as asked, as the panel's table."""
    rows = [{"index_id": "pci", "year": year, "component": c, "province": p, "score": 50.0 + at + 10 * (c == "overall") + (year - 2018), "rank": None,
             "source": f"book-{year}", "locator": f"{c}!{at}"}
            for year in (2018, 2019) for c in ("overall", "time_costs") for at, p in enumerate(PLACES)]
    folder.mkdir(parents=True, exist_ok=True)
    as_the_panel_has_it = pd.DataFrame(change(rows)).astype({"rank": "Int64"})
    as_the_panel_has_it.to_parquet(folder / "scores.parquet", index=False)


def of(rows, **wanted):
    return [r for r in rows if all(r[k] == v for k, v in wanted.items())]


def told(folder, change):
    table(folder, change)
    path = drift.tell(folder, folder / "briefings")
    return path.read_text(encoding="utf-8") if path else None


@pytest.fixture
def folder(tmp_path):
    table(tmp_path)
    assert drift.tell(tmp_path, tmp_path / "briefings") is None and not (tmp_path / drift.DRAFT).exists(), "nothing to compare with"
    return tmp_path


def test_a_panel_that_is_built_again_has_nothing_to_tell(folder):
    assert told(folder, lambda rows: rows[::-1]) is None and not (folder / drift.DRAFT).exists()


def test_a_corrected_figure_stands_with_both_values_and_the_findings_that_rest_on_it(folder):
    kept = folder / "briefings" / "2019" / ".manifest" / "figures"
    kept.mkdir(parents=True)
    (kept / "bac-ninh.vi.json").write_text(json.dumps({"findings": [["PCI: 62", ["book-2019: overall!1"]], ["Another", ["book-2018: overall!1"]]]}))
    (kept / "ca-mau.vi.json").write_text("{half a reco")

    def corrected(rows):
        of(rows, year=2019, component="overall", province="bac-ninh")[0].update(score=63.5, source="errata-2019", locator="page 2")
        return rows

    text = told(folder, corrected)
    assert "pci 2019 bac-ninh overall: 62 → 63.5 (book-2019: overall!1 → errata-2019: page 2)." in text
    assert "Finding affected, 2019/bac-ninh.vi: PCI: 62" in text and "Another" not in text and "2018" not in text
    both = pd.read_csv(folder / drift.TABLE)
    assert both[["kind", "score_before", "score_after", "source_before", "source_after"]].values.tolist() == [["revised", 62.0, 63.5, "book-2019", "errata-2019"]]
    ranked = drift._figure(42.78, 25), drift._figure(float("nan"), 3), drift._figure(62, float("nan"))
    assert ranked == ("42.78 / 25", "– / 3", "62")
    assert told(folder, corrected) is None and (folder / drift.DRAFT).read_text(encoding="utf-8") == text, "told once"
    again = told(folder, lambda rows: rows)
    assert again.index("63.5 → 62") < again.index("62 → 63.5"), "newest first, the earlier stays"
    assert again.count("# Draft") == 1


def test_a_republished_edition_a_dropped_province_a_renamed_component_an_edition_gone_or_new(folder):
    def moved(rows):
        for r in of(rows, year=2019):
            r["score"] += 0.5
        return rows

    assert "**pci 2019**: republished, 8 of 8 figures differ." in told(folder, moved)
    table(folder)
    drift.tell(folder, folder / "briefings")
    dropped = told(folder, lambda rows: [r for r in rows if (r["year"], r["province"]) != (2019, "da-nang")])
    assert "**pci 2019**: provinces no longer there: da-nang." in dropped and "0 figures new, 2 (overall 1, time_costs 1) withdrawn" in dropped
    table(folder)
    drift.tell(folder, folder / "briefings")

    def called_anew(rows):
        for r in of(rows, year=2019, component="time_costs"):
            r["component"] = "costs_of_time"
        return rows

    text = told(folder, called_anew).split("## ")[1]
    assert "component `time_costs` is called `costs_of_time` now, with the same figures" in text and "withdrawn" not in text
    table(folder)
    drift.tell(folder, folder / "briefings")
    gone = told(folder, lambda rows: [r for r in rows if r["year"] != 2018])
    assert "**pci 2018**: no longer there (8 figures of 4 provinces)." in gone
    assert "**pci 2018**: a new edition, 8 figures of 4 provinces." in told(folder, lambda rows: rows)


def test_figures_of_a_component_that_a_source_no_longer_gives_are_counted_by_component(folder):
    """Another source still has one of them, so the component is not gone: the count alone used to tell nothing."""
    text = told(folder, lambda rows: [r for r in rows if (r["year"], r["component"]) != (2019, "time_costs") or r["province"] == "bac-ninh"])
    assert "**pci 2019**: 0 figures new, 3 (time_costs 3) withdrawn." in text and "components no longer" not in text

    def many(rows):
        return rows + [{**rows[0], "component": f"c{n}"} for n in range(5)]

    assert "**pci 2018**: 5 figures new, 0 withdrawn." in told(folder, many), "of many components the table says which"


def test_printed_figures_are_told_before_the_sums_that_follow_from_them(folder):
    def corrected(rows, more=0.5):
        for r in of(rows, year=2019, component="overall"):
            r.update(component="a_total_of_ours", locator=f"SUM({r['locator']})", score=r["score"] + more)
        of(rows, year=2019, component="time_costs", province="ca-mau")[0]["score"] += more
        return rows

    told(folder, lambda rows: corrected(rows, 0))
    revised = [line.split(":")[0] for line in told(folder, corrected).split("## ")[1].splitlines() if "→" in line]
    assert revised == ["- pci 2019 ca-mau time_costs", *(f"- pci 2019 {p} a_total_of_ours" for p in PLACES)]


def test_a_run_that_was_stopped_before_it_had_noted_what_it_told_tells_it_once(folder, monkeypatch):
    def corrected(rows):
        rows[0]["score"] += 1
        return rows

    before = (folder / drift.TOLD).read_bytes()
    table(folder, corrected)
    monkeypatch.setattr(drift.files, "whole", lambda path: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        drift.tell(folder, folder / "briefings")
    monkeypatch.undo()
    assert (folder / drift.TOLD).read_bytes() == before
    text = told(folder, corrected)
    (folder / drift.TOLD).write_bytes(before)  # as if the note of what was told had not been written
    assert told(folder, corrected) == text


def test_a_form_that_corrects_an_earlier_one_from_the_inbox_to_the_draft(tmp_path, monkeypatch):
    """As a person goes: the edition's form is taken in, a page rests on it, the publisher corrects a figure, a second form comes."""
    monkeypatch.setenv("GOVLIB_ROOT", str(project(tmp_path, "pci/2024")))
    without_reforms(monkeypatch)

    def taken_in(figure: str) -> str:
        [form, _] = inbox.template("pci", 2025, tmp_path / "made")
        lines = list(csv.reader(form.open(encoding="utf-8-sig", newline="")))
        form.unlink()
        for line in lines:
            if line[0] in ("#citation", "#url", "#transcribed"):
                line[1] = {"#citation": "Made up", "#url": "https://example.org/x", "#transcribed": "2026-04-30"}[line[0]]
            elif line[0] in ("bac-ninh", "ca-mau"):
                line[2:5] = [figure if line[0] == "bac-ninh" else "66", "", "6.5"]
            elif line[0] in provinces.province_set(2025):
                line[-1] = "not published"
        with (tmp_path / "data/raw/inbox/pci_2025.csv").open("w", encoding="utf-8", newline="") as handle:
            csv.writer(handle).writerows(lines)
        told = "\n".join(map(str, inbox.intake()))
        build()
        return told

    processed, pages = tmp_path / "data/processed", tmp_path / "briefings"
    build()
    drift.tell(processed, pages)
    taken_in("70.1")
    new = drift.tell(processed, pages).read_text(encoding="utf-8")
    assert "**pci 2025**: a new edition, 4 figures of 2 provinces." in new
    [row] = pd.read_parquet(processed / "scores.parquet").query("year == 2025 and province == 'bac-ninh' and component == 'overall'").itertuples()
    record = pages / "2025/.manifest/figures/bac-ninh.en.json"
    record.parent.mkdir(parents=True)
    record.write_text(json.dumps({"findings": [["PCI 2025: 70.1", [f"{row.source}: {row.locator}"]]]}))
    assert "other figures than in the form before: bac-ninh overall 70.1 → 71" in taken_in("71")
    [revised, finding] = drift.tell(processed, pages).read_text(encoding="utf-8").split("## ")[1].strip().splitlines()[2:]
    assert revised.startswith("- pci 2025 bac-ninh overall: 70.1 → 71 (inbox-pci-2025: pci_2025-") and revised.count("pci_2025-") == 2, "both forms, both places"
    assert finding == "- Finding affected, 2025/bac-ninh.en: PCI 2025: 70.1"
    assert len(list((tmp_path / "data/raw/inbox/accepted").iterdir())) == 2, "both editions of the form are kept"
