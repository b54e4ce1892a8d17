"""Notebook parameters: strict types, valid values named, unknown names refused."""

from __future__ import annotations

import json

import pytest

from govlib.errors import BadInput
from govlib.run import params

PLACES = ["bac-ninh", "bac-giang", "quang-ninh", "hai-phong", "ha-noi", "vinh-phuc", "hung-yen", "hai-duong",
          "thai-binh", "nam-dinh", "ninh-binh", "ha-nam", "lao-cai"]


@pytest.mark.parametrize(("value", "wanted"), [
    (2022, int), ("x", str), (None, int | None), ([], params.some_of(["pci"])), (["pci"], params.some_of(["pci"])),
    (1, float), (True, bool), ("en", {"en", "vi"}), (2019, range(2005, 2025)), ([2019, 2020], list[int] | None),
    (None, params.some_of(["pci"]) | None)])
def test_good_values_pass_unchanged(value, wanted):
    assert params.check({"a": value}, {"a": wanted}) == {"a": value}


@pytest.mark.parametrize(("value", "wanted", "said"), [
    (True, int, "whole number"), ("2022", int, "without quotes"), (2022.0, int, "whole number"), (1, bool, "True or False"),
    (True, [1, 2], "whole number"), ("no", bool, "True or False"), ("pci", params.some_of(["pci"]), "must be a list"),
    ("fr", ["vi", "en"], "valid values: vi, en"), (2031, range(2005, 2026), "valid values: 2005 to 2025"),
    ([2019, "2020"], list[int], r"a\[1\] = '2020'"), (None, str, "text in quotes"), ("", ["vi"], "valid values: vi"),
    ("bac nin", PLACES, "nearest: bac-ninh")])
def test_bad_values_say_what_is_valid(value, wanted, said):
    with pytest.raises(BadInput, match=said):
        params.check({"a": value}, {"a": wanted})


def test_unknown_and_missing_names_are_refused_together():
    with pytest.raises(BadInput) as caught:
        params.check({"yaer": 2022, "lang": "vi"}, {"year": int, "lang": ["vi"]})
    assert "unknown parameter yaer" in str(caught.value) and "did you mean year?" in str(caught.value)
    assert "parameter year is missing" in str(caught.value)


def test_declared_reads_the_parameters_cell(tmp_path):
    path = tmp_path / "n.ipynb"
    cell = {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": ["year: int = 2022\n", "langs = ['vi']\n"]}
    path.write_text(json.dumps({"cells": [cell]}), encoding="utf-8")
    assert params.declared(path) == {"year": 2022, "langs": ["vi"]}
    params.refuse_unknown(["year"], path)
    with pytest.raises(BadInput, match="unknown parameter yeer .*did you mean year"):
        params.refuse_unknown(["yeer"], path)
    cell["source"] = ["year = 2000 + x\n"]
    path.write_text(json.dumps({"cells": [cell]}), encoding="utf-8")
    with pytest.raises(BadInput, match="not a literal"):
        params.declared(path)


def test_a_notebook_without_a_parameters_cell_is_refused(tmp_path):
    path = tmp_path / "n.ipynb"
    path.write_text(json.dumps({"cells": []}), encoding="utf-8")
    with pytest.raises(BadInput, match="0 cells are tagged"):
        params.declared(path)
