"""Survey items of fetched originals enter the same panel, and everything works without them."""

from __future__ import annotations

import shutil

import pandas as pd
import pytest
from kit.panel import project, without_reforms

from govlib.collect import collected
from govlib.errors import BadInput
from govlib.known import catalogue
from govlib.panel import build as panel


@pytest.fixture
def root(tmp_path, monkeypatch):
    without_reforms(monkeypatch)
    return project(tmp_path, "pci/2019")


def fetch(shared, root, source):
    place = catalogue.source(source).mirror_path
    target = root / "data/raw/originals" / place
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(shared / place, target)
    return target


@pytest.mark.shared
def test_items_come_in_beside_unchanged_components(root, shared):
    raw, out = root / "data/raw", root / "out"
    panel.build(out=out, raw=raw)
    without = pd.read_parquet(out / "scores.parquet")
    fetch(shared, root, "pci-workbook-2019")
    report = panel.build(out=out, raw=raw)
    assert report.from_originals > 1000 and report.rows_in == report.accepted + report.rejected
    scores = pd.read_parquet(out / "scores.parquet")
    items = scores[scores["level"].eq("indicator")]
    assert items.groupby("component")["province"].nunique().eq(63).mean() > 0.9
    assert items["source"].eq("pci-workbook-2019").all() and items["locator"].str.contains("!").all()
    assert items["rank_computed"].isna().all() and set(items["component"].str.split(".").str[0]) <= set(without["component"])
    pd.testing.assert_frame_equal(scores[scores["level"].ne("indicator")].reset_index(drop=True), without)
    coverage = pd.read_parquet(out / "coverage.parquet").set_index(["index_id", "year", "level"])
    assert coverage.loc[("pci", 2019, "indicator"), "n_some"] == 63
    assert "make pull" in coverage.loc[("pci", 2018, "indicator"), "reason_en"]


@pytest.mark.shared
def test_state_of_originals(root, shared, monkeypatch):
    monkeypatch.setenv("GOVLIB_ROOT", str(root))
    fetched = fetch(shared, root, "pci-workbook-2019")
    changed = fetch(shared, root, "pci-workbook-2018")
    changed.write_bytes(changed.read_bytes() + b"\0")
    state = collected.originals(["pci"]).set_index("id")["state"]
    assert state["pci-workbook-2019"] == "fetched" and state["pci-workbook-2018"] == "differs"
    assert state["pci-workbook-2017"] == "not fetched" and fetched.is_file()


def test_editions_say_whether_they_are_as_checked(root, monkeypatch):
    monkeypatch.setenv("GOVLIB_ROOT", str(root))
    assert collected.originals("PCI").equals(collected.originals(["pci"]))
    [row] = collected.editions(["pci"]).to_dict("records")
    assert collected.editions("PCI", row["year"]).equals(collected.editions(["pci"])), "one is as good as a list of one"
    assert (row["year"], row["provinces"], row["checked"]) == (2019, 63, "as its sidecar says") and row["scores"] >= 693
    path = root / "data/raw/pci/2019.csv"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert "checksum" in collected.editions(["pci"])["checked"].item() and collected.editions(["pci"], [2018]).empty
    with pytest.raises(BadInput, match=r"pci/2019.csv: .*checksum.*govlib stamp data/raw/pci/2019.csv"):
        collected.refuse_altered(collected.editions(["pci"]))
