"""docs/data_dictionary.md names every table and every column that the panel writes."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from govlib.known import weighting


def sections(root):
    text = (root / "docs" / "data_dictionary.md").read_text(encoding="utf-8")
    return {part.splitlines()[0]: set(re.findall(r"`([\w ]+)`", part)) for part in text.split("\n## ")[1:]}


@pytest.mark.parametrize("name", ["scores.parquet", "why_missing.parquet", "coverage.parquet", "rejected_rows.csv",
                                  "composite_check.parquet", "rank_check.parquet", "controls.parquet", "reform_panel.parquet"])
def test_every_column_is_described(root, panel, name):
    path = panel / name
    table = pd.read_csv(path, nrows=1) if path.suffix == ".csv" else pd.read_parquet(path)
    described = next(words for title, words in sections(root).items() if name in title)
    assert set(table.columns) <= described, set(table.columns) - described


def test_every_control_variable_is_described(root, panel):
    described = sections(root)["controls.parquet"]
    assert set(pd.read_parquet(panel / "controls.parquet")["variable"]) <= described


def test_the_weights_printed_are_those_used(root):
    text = (root / "docs" / "data_dictionary.md").read_text(encoding="utf-8")
    printed = {name: int(top) / int(bottom) for name, top, bottom in re.findall(r"`(\w+)` \| (\d+)/(\d+)", text)}
    assert printed == pytest.approx({name: weight / 100 for name, weight in weighting.fixed("pci").items()})
