"""Why a cell is empty: one wording for each reason, which every room asks for."""

from __future__ import annotations

import re
import sys
from types import SimpleNamespace

import pandas as pd
import pytest

from govlib.errors import UnknownName
from govlib.known import indices
from govlib.known.provinces import province_set
from govlib.panel import data, derive, gaps
from govlib.words.tables import phrase, sentences


@pytest.mark.parametrize(("index_id", "component", "province", "year", "code", "kind"), [
    ("pci", "transparency", "bac-ninh", 2022, "not_held", "not_held"),  # printed somewhere, not in our sources
    ("pci", "overall", "bac-ninh", 2024, "by_rule_or_not_held", "not_held"),
    ("pci", "overall", "thai-nguyen", 2005, "not_surveyed", "not_published"),
    ("papi", "overall", "bac-ninh", 2021, "withheld", "not_published"),
    ("papi", "overall", "bac-giang", 2021, "withheld", "not_published"),  # all eight of its parts, each for want of its own
    ("papi", "overall", "bac-ninh", 2022, "withdrawn", "withdrawn"),
    ("papi", "e_governance", "ha-noi", 2017, "not_in_edition", "not_published"),
    ("par", "overall", "bac-ninh", 2015, "no_edition", "not_held"),
    ("dti", "overall", "ha-noi", 2015, "none_yet", "not_published"),
    ("pci", "overall", "ha-tay", 2019, "other_unit", "other_unit"),
    ("pci", "time_costs.never_heard_of", "ha-noi", 2019, "not_held", "not_held"),
])
def test_the_reason_of_a_cell(panel, index_id, component, province, year, code, kind):
    found = data.reason(index_id, component, province, year)
    assert (found.code, found.kind) == (code, kind)
    for lang in ("vi", "en"):
        assert found.told(lang) and found.short(lang) == phrase(f"gap.kind.{kind}", lang)


def test_a_province_that_is_spelt_is_no_unit_of_another_edition(panel):
    assert data.reason("papi", "overall", "Bắc Ninh", 2021) == data.reason("papi", "overall", "bac-ninh", 2021)
    with pytest.raises(UnknownName, match="unknown province 'Bac Nin'"):
        data.reason("papi", "overall", "Bac Nin", 2021)


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
    assert seen["by_rule"] == 9 and seen["not_surveyed"] == 220 and seen["withheld"] == 93


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
    ("pci", 2024, "ha-noi", 20, "score not taken: 67.77 is printed", {"ha-noi": 32}, "not_held"),
    ("pci", 2024, "ha-noi", 20, "rank > 30", {}, "by_rule"), ("pci", 2024, "ha-noi", 20, "not published", {}, "withheld"),
    ("pci", 2005, "ha-noi", 42, "", {}, "not_surveyed"), ("pci", 2005, "ha-noi", 41, "", {}, "not_held"),
    ("papi", 2024, "ha-noi", 10, "not published: empty cell", {}, "withheld"), ("papi", 2024, "vinh-phuc", 10, "", {}, "withheld"),
    ("papi", 2024, "ha-noi", 60, "a rank is printed beside it", {}, "not_held"), ("papi", 2024, "ha-noi", 60, "pages disagree: …", {}, "disputed"),
    ("papi", 2024, "ha-noi", 60, "not published: 8 of 8 parts not published", {}, "withheld"),
    ("papi", 2024, "ha-noi", 60, "not published: 3 of 8 parts not published", {}, "parts_withheld")])
def test_the_rule_behind_each_code(index_id, year, province, held, note, ranks, code):
    there = set([p for p in province_set(year) if p != province][:held])
    assert gaps._code(index_id, year, province, there, len(province_set(year)), note, ranks) == code


def row(index_id: str, year: int, component: str, province: str, score: float = 1.0, rank: float = float("nan"), source: str = "a") -> dict:
    return {"index_id": index_id, "year": year, "component": component, "level": "overall" if component.startswith("overall") else "component" if "." not in component else "indicator",
            "province": province, "score": score, "rank": rank, "source": source}


def test_each_missing_cell_of_an_edition_is_a_row_with_its_reason():
    """PAPI 2020 of two provinces: 63 × 9 cells, less those that are held; a survey item is none of them."""
    held = pd.DataFrame([row("papi", 2020, "overall", "ha-noi"), row("papi", 2020, "participation", "ha-noi"), row("papi", 2020, "participation.x", "ca-mau"),
                         row("papi", 2020, "overall", "ca-mau", float("nan"), 3)])
    why = gaps.why_missing(held, {("bac-ninh", 2020, "papi", "overall"): "not published: empty cell"})
    assert tuple(why.columns) == gaps.WHY and len(why) == 63 * 9 - 2 and set(why["year"]) == {2020} and set(why["index_id"]) == {"papi"}
    assert why["level"].value_counts().to_dict() == {"component": 63 * 8 - 1, "overall": 62}
    at = why.set_index(["province", "component"])
    assert tuple(at.loc[("bac-ninh", "overall"), ["code", "note"]]) == ("withheld", "not published: empty cell")
    assert tuple(at.loc[("ca-mau", "overall"), ["code", "reason_vi", "reason_en", "note"]]) == ("not_held", *(gaps.told("not_held", x, "papi", 2020) for x in ("vi", "en")), "")
    assert ("ha-noi", "overall") not in at.index and ("ha-noi", "transparency") in at.index
    assert len(gaps.why_missing(pd.DataFrame([row("papi", 2015, "overall", "ha-noi")]), {})) == 63 * 7 - 1  # six dimensions then
    first_30 = pd.DataFrame([row("pci", 2024, "overall", "ha-noi", float("nan"), 31), row("pci", 2024, "overall", "ca-mau", float("nan"), 30)])
    code = gaps.why_missing(first_30, {}).set_index(["province", "component"])["code"]
    assert code["ha-noi", "overall"] == "by_rule" and code["ca-mau", "overall"] == "not_held" and code["bac-ninh", "overall"] == "by_rule_or_not_held"


def test_coverage_counts_provinces_and_reasons():
    names = province_set(2020)
    scores = pd.DataFrame([*(row("papi", 2020, "overall", p, source="b;a") for p in names[:60]), *(row("papi", 2020, c, p, source="c") for p in names[:50]
                           for c in indices.component_ids("papi", 2020)), row("papi", 2020, "participation", names[55]), row("papi", 2020, "overall_fixed_weights", names[62]),
                           row("papi", 2020, "participation.x", names[0]), row("papi", 2020, "participation.y", names[0]), row("papi", 2020, "participation.x", names[1]),
                           row("papi", 2020, "overall", names[61], float("nan")), *(row("sipas", 2020, "overall", p) for p in names)])
    why = pd.DataFrame([("papi", 2020, "overall", names[60], "withheld"), ("papi", 2020, "overall", names[61], "not_held"), ("papi", 2020, "overall", names[62], "withheld"),
                        *[("papi", 2020, "component", names[62], code) for code in ("withheld", "not_held", "not_held")]], columns=["index_id", "year", "level", "province", "code"])
    table = gaps.coverage(scores, why).set_index(["index_id", "year", "level"])
    counts = ["n_provinces", "n_some", "n_expected", "n_components", "n_components_expected", "n_not_published", "n_not_held"]
    assert table.loc[("papi", 2020, "overall"), counts].tolist() == [60, 60, 63, 1, 1, 2, 1]
    assert table.loc[("papi", 2020, "component"), counts].tolist() == [50, 51, 63, 8, 8, 0, 1]  # the reason of most of its cells
    assert table.loc[("papi", 2020, "indicator"), counts].tolist() == [1, 2, 63, 2, 2, 0, 61]
    assert table.loc[("papi", 2021, "overall"), counts].tolist() == [0, 0, 63, 0, 1, 0, 63] and table.loc[("papi", 2021, "indicator"), counts].tolist() == [0, 0, 63, 0, 0, 0, 63]
    assert table.loc[("papi", 2020, "overall"), "reason_en"] == f"2: {gaps.told('withheld', 'en', 'papi', 2020)}; 1: {gaps.told('not_held', 'en', 'papi', 2020)}"
    assert table.loc[("papi", 2021, "indicator"), "reason_vi"] == f"63: {gaps.told('no_items', 'vi', 'papi', 2021)}"
    assert table.loc[("papi", 2021, "overall"), "reason_vi"] == f"63: {gaps.told('not_held', 'vi', 'papi', 2021)}" and table.loc[("papi", 2021, "overall"), "sources"] == ""
    assert table.loc[("papi", 2020, "overall"), "sources"] == "a;b" and table.loc[("papi", 2020, "component"), "sources"] == "a;c"
    assert {level for i, _, level in table.index if i == "par"} == {"overall", "component"} and list(dict.fromkeys(i for i, *_ in table.index)) == list(indices.INDICES)
    assert table.loc[("sipas", 2020, "overall"), [*counts, "reason_vi", "reason_en"]].tolist() == [63, 63, 63, 1, 1, 0, 0, "", ""]
    nearly = gaps.coverage(scores, why[:0]).set_index(["index_id", "year", "level"])
    assert nearly.loc[("papi", 2020, "overall"), ["n_not_published", "n_not_held"]].tolist() == [3, 0]  # 60 of 63: who is missing was left out
    assert nearly.loc[("papi", 2020, "component"), ["n_not_published", "n_not_held"]].tolist() == [0, 12]


def test_the_heatmap_shows_what_it_says():
    table = pd.DataFrame([("pci", 2019, "overall", 63, 63), ("pci", 2020, "overall", 63, 63), ("papi", 2019, "overall", 60, 63), ("pci", 2019, "component", 63, 63)],
                         columns=["index_id", "year", "level", "n_some", "n_expected"])
    count, share = gaps._grids(table, "overall")
    order = [i for i in indices.INDICES if i in ("pci", "papi")]
    assert list(count.index) == list(share.index) == order and count.loc["papi"].tolist() == ["60", ""] and share.at["papi", 2019] == 60 / 63 and share.loc["pci"].tolist() == [1, 1]
    assert gaps.heatmap_alt(table) == "Heatmap of index by year at level overall. Every province has a figure in: pci 2019–2020."
    assert gaps.heatmap_alt(table.assign(n_some=63)).endswith(": " + ", ".join({"pci": "pci 2019–2020", "papi": "papi 2019"}[i] for i in order) + ".")
    assert gaps.heatmap_alt(table.assign(n_some=1)) == "Heatmap of index by year at level overall. Every province has a figure in: no edition."
    assert gaps.heatmap_alt(table, "component").endswith("at level component. Every province has a figure in: pci 2019.")


def test_the_heatmap_is_drawn_of_shares_and_annotated_with_counts(monkeypatch):
    drawn = []
    monkeypatch.setitem(sys.modules, "seaborn", SimpleNamespace(heatmap=lambda share, **how: drawn.append((share, how))))
    table = pd.DataFrame([("pci", 2019, "overall", 63, 63), ("papi", 2020, "overall", 60, 63)], columns=["index_id", "year", "level", "n_some", "n_expected"])
    assert gaps.heatmap(table).startswith(b"\x89PNG")
    (share, how), (count, wanted) = drawn[0], gaps._grids(table, "overall")
    pd.testing.assert_frame_equal(share, wanted)
    assert how["annot"].equals(count) and how["mask"].equals(wanted.isna()) and (how["fmt"], how["vmin"], how["vmax"], how["cbar"]) == ("", 0, 1, False)
    axes = how["ax"]
    assert "Provinces with a figure, level overall" in {axes.get_title(loc) for loc in ("left", "center")}
    assert axes.get_xlabel() == axes.get_ylabel() == "" and axes.figure.get_figheight() > 2


def test_a_withdrawn_figure_is_told_in_the_publisher_s_case():
    found = gaps.Reason("withdrawn", "papi", 2022, "bac-ninh")
    doubt = indices.doubtful("papi", 2022, "bac-ninh")
    assert [found.told(lang) for lang in ("vi", "en")] == list(doubt) and gaps.Reason("withdrawn", "papi", 2022, "ha-noi").told("en") == phrase("gap.withdrawn", "en")
    assert (found.told(), found.short()) == (doubt[0], "đơn vị công bố đã rút") and gaps.Reason("by_rule", "pci", 2024).told("en") == gaps.told("by_rule", "en", "pci", 2024)
