"""Why a cell is empty: one wording for each reason, which every room asks for."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from govlib.known import indices
from govlib.known.provinces import province_set
from govlib.panel import data, derive, gaps
from govlib.words.tables import phrase, sentences


@pytest.mark.parametrize(("index_id", "component", "province", "year", "code", "kind"), [
    ("pci", "transparency", "bac-ninh", 2022, "not_held", "not_held"),  # printed somewhere, not in our sources
    ("pci", "overall", "bac-ninh", 2024, "by_rule_or_not_held", "not_held"),
    ("pci", "overall", "thai-nguyen", 2005, "not_surveyed", "not_published"),
    ("papi", "overall", "bac-ninh", 2021, "withheld", "not_published"),
    ("papi", "overall", "bac-giang", 2021, "parts_withheld", "not_published"),
    ("papi", "overall", "bac-ninh", 2022, "withdrawn", "withdrawn"),
    ("papi", "e_governance", "ha-noi", 2017, "not_in_edition", "not_published"),
    ("par", "overall", "bac-ninh", 2014, "no_edition", "not_held"),
    ("dti", "overall", "ha-noi", 2015, "none_yet", "not_published"),
    ("pci", "overall", "ha-tay", 2019, "other_unit", "other_unit"),
    ("pci", "time_costs.never_heard_of", "ha-noi", 2019, "not_held", "not_held"),
])
def test_the_reason_of_a_cell(panel, index_id, component, province, year, code, kind):
    found = data.reason(index_id, component, province, year)
    assert (found.code, found.kind) == (code, kind)
    for lang in ("vi", "en"):
        assert found.told(lang) and found.short(lang) == phrase(f"gap.kind.{kind}", lang)


def test_not_published_is_said_only_where_the_publisher_has_no_figure():
    said = {kind: phrase(f"gap.kind.{kind}") for kind in set(gaps.KINDS.values())}
    assert said == {"not_published": "không công bố", "not_held": "không có trong nguồn", "withdrawn": "đơn vị công bố đã rút",
                    "other_unit": "đơn vị hành chính khác"}
    for code, kind in gaps.KINDS.items():
        text = gaps.told(code, "vi", "pci", 2024)
        assert (kind == "not_published") or not re.match(r"(đơn vị công bố )?không công bố", text), (code, text)


def test_by_rule_and_the_others_are_rows_of_the_panel_and_what_is_not_held_is_none(scores):
    """Dropped from the list, by_rule would have left 9 cells without a row."""
    assert gaps.NOT_PUBLISHED == ("withheld", "parts_withheld", "by_rule", "not_surveyed")
    assert all(gaps.KINDS[code] == "not_published" for code in gaps.NOT_PUBLISHED)
    why = data.why()
    rows = {key: status for *key_, status in scores[["province", "year", "index_id", "component", "status"]].itertuples(index=False, name=None)
            if (key := tuple(key_))}
    seen = {}
    for r in why.itertuples():
        status = rows.get((r.province, r.year, r.index_id, r.component))
        if r.code in gaps.NOT_PUBLISHED:
            assert status == "not_published", r
        else:
            assert status in (None, "published"), r  # no row, or a rank without its score
        seen[r.code] = seen.get(r.code, 0) + 1
    assert seen["by_rule"] == 9 and seen["not_surveyed"] == 220 and seen["withheld"] == 49


def test_a_raw_row_without_figures_that_is_only_not_held_makes_no_not_published_row():
    rows = pd.DataFrame([{"province": "ha-noi", "year": 2020, "index_id": "dti", "component": "overall", "level": "overall", "score": float("nan"),
                          "rank": pd.NA, "unit": "", "status": "not_published", "source": "x", "locator": "y"}])
    why = pd.DataFrame([["ha-noi", 2020, "dti", "overall", "overall", "disputed", "", "", ""],
                        ["hue", 2020, "dti", "overall", "overall", "withheld", "", "", ""]], columns=list(gaps.WHY))
    made = derive.with_not_published(rows, why)
    assert made["province"].tolist() == ["hue"] and made["status"].tolist() == ["not_published"]


def test_every_reason_has_one_label_and_no_other_text_repeats_it():
    keys = list(sentences())
    assert {k.removeprefix("gap.") for k in keys if k.startswith("gap.") and not k.startswith("gap.kind.")} == set(gaps.KINDS)
    assert {k.removeprefix("gap.kind.") for k in keys if k.startswith("gap.kind.")} == set(gaps.KINDS.values())
    told = [gaps.told(code, lang, "pci", 2024) for code in gaps.KINDS for lang in ("vi", "en")]
    assert len(set(told)) == len(told)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_numbers_in_a_reason_come_from_the_registry(lang):
    assert str(indices.published_ranks("pci", 2024)) in gaps.told("by_rule", lang, "pci", 2024)
    assert "42" in gaps.told("not_surveyed", lang, "pci", 2005) and "2005" in gaps.told("not_surveyed", lang, "pci", 2005)


@pytest.mark.parametrize(("index_id", "year", "province", "held", "note", "ranks", "code"), [
    ("papi", 2020, "ha-noi", 57, "", {}, "withheld"), ("papi", 2020, "ha-noi", 56, "", {}, "not_held"),  # nine in ten of 63
    ("pci", 2024, "ha-noi", 20, "", {"ha-noi": 31}, "by_rule"), ("pci", 2024, "ha-noi", 20, "", {"ha-noi": 30}, "not_held"),
    ("pci", 2024, "ha-noi", 30, "", {}, "by_rule"), ("pci", 2024, "ha-noi", 29, "", {}, "by_rule_or_not_held"),
    ("pci", 2024, "ha-noi", 20, "rank > 30", {}, "by_rule"), ("pci", 2024, "ha-noi", 20, "not published", {}, "withheld"),
    ("pci", 2005, "ha-noi", 42, "", {}, "not_surveyed"), ("pci", 2005, "ha-noi", 41, "", {}, "not_held"),
    ("papi", 2024, "ha-noi", 10, "not published: empty cell", {}, "withheld"), ("papi", 2024, "vinh-phuc", 10, "", {}, "withheld"),
    ("papi", 2024, "ha-noi", 60, "a rank is printed beside it", {}, "not_held"), ("papi", 2024, "ha-noi", 60, "pages disagree: …", {}, "disputed"),
    ("papi", 2024, "ha-noi", 60, "8 of 8 parts not published", {}, "parts_withheld")])
def test_the_rule_behind_each_code(index_id, year, province, held, note, ranks, code):
    there = set([p for p in province_set(year) if p != province][:held])
    assert gaps._code(index_id, year, province, there, len(province_set(year)), note, ranks) == code
