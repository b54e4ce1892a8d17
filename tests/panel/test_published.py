"""The built panel against figures read on pages and in reports, and against itself."""

from __future__ import annotations

import pandas as pd
import pytest

from govlib import paths
from govlib.errors import BadInput
from govlib.known import indices, provinces, weighting
from govlib.panel import derive, gaps, missing, schemas
from govlib.transcribe import pci_site


@pytest.fixture(scope="module")
def scores(panel):
    return pd.read_parquet(panel / "scores.parquet")


def cell(scores, index_id, year, province, component="overall"):
    found = scores[(scores["index_id"] == index_id) & (scores["year"] == year) & (scores["province"] == province)
                   & (scores["component"] == component)]
    assert len(found) == 1, (index_id, year, province, component)
    return found.iloc[0]


# as printed in the press and on the publishers' pages; addresses in SOURCES.md and in the catalogue
PRINTED = [
    ("pci", 2019, "bac-ninh", 70.79, 4), ("pci", 2011, "lao-cai", 73.53, 1), ("papi", 2020, "bac-ninh", 45.31, None),
    ("pci", 2020, "quang-ninh", 75.09, 1), ("pci", 2020, "bac-ninh", 66.74, 10), ("pci", 2021, "quang-ninh", 73.02, 1),
    ("pci", 2021, "hai-phong", 70.61, 2), ("pci", 2021, "bac-ninh", 69.45, 7), ("pci", 2022, "bac-ninh", 69.08, 7),
    ("pci", 2021, "cao-bang", 56.29, 63), ("dti", 2022, "da-nang", 0.8002, 1), ("par", 2019, "ha-noi", 84.64, 2),
    ("par", 2019, "dong-thap", 84.43, 3), ("sipas", 2019, "quang-ninh", 95.26, 1)]


def test_no_score_lies_on_the_wrong_side_of_a_printed_median(scores):
    """PCI 2024: a newspaper printed 67.77 for rank 32 of 63, the middle one, where the median is 67.67."""
    printed = pd.concat(pd.read_csv(path).assign(index_id=path.parent.name) for path in paths.raw().glob("*/national.csv"))
    printed = printed[printed["area"].eq("national-median") & printed["component"].eq("overall")]
    assert len(printed) >= 5
    for index_id, year, median in printed[["index_id", "year", "score"]].itertuples(index=False, name=None):
        middle = (len(provinces.province_set(year)) + 1) / 2
        held = scores[(scores["index_id"] == index_id) & (scores["year"] == year) & (scores["component"] == "overall")
                      & scores["score"].notna() & scores["rank"].notna()]
        above, below = held[held["rank"] <= middle]["score"], held[held["rank"] >= middle]["score"]
        assert (above >= median - 0.006).all() and (below <= median + 0.006).all(), (index_id, year)


@pytest.mark.parametrize(("index_id", "year", "province", "score", "rank"), PRINTED)
def test_printed_figures(scores, index_id, year, province, score, rank):
    found = cell(scores, index_id, year, province)
    digits = len(str(score).partition(".")[2])
    assert round(found["score"], digits) == score and found["status"] == "published"
    if rank is not None:
        assert found["rank"] == rank


@pytest.mark.parametrize(("component", "score"), [("entry_costs", 7.98), ("time_costs", 8.52), ("informal_charges", 7.85),
                                                  ("law_and_order", 7.91)])
def test_printed_components_of_quang_ninh_2021(scores, component, score):
    assert cell(scores, "pci", 2021, "quang-ninh", component)["score"] == score


def test_schema_holds_and_can_fail(scores):
    schemas.check("scores.parquet", scores)
    broken = scores.copy()
    broken.loc[broken.index[5], "score"] = 1e6
    with pytest.raises(Exception, match="score not above its scale"):
        schemas.check("scores.parquet", broken)
    with pytest.raises(Exception, match="unique|duplicate"):
        schemas.check("scores.parquet", pd.concat([scores, scores.head(1)], ignore_index=True))
    late = scores.copy()
    late.loc[late["year"].idxmax(), "province"] = "ha-tay"
    with pytest.raises(Exception, match="province known in that edition"):
        schemas.check("scores.parquet", late)


@pytest.mark.parametrize(("index_id", "years"), [("pci", range(2006, 2020)), ("dti", range(2022, 2025)),
                                                 ("papi", [2011, 2012, 2013, 2015, 2016, 2017, 2019, 2020])])
def test_every_province_is_there_in_every_full_edition(scores, index_id, years):
    for year in years:
        held = scores.query("index_id == @index_id and year == @year and component == 'overall' and score.notna()")
        assert set(held["province"]) == set(provinces.province_set(year)), (index_id, year)
        assert len(held) == (64 if year < 2009 else 63)


def test_every_component_of_every_pci_workbook(scores):
    for year in (*range(2005, 2020), 2023):
        held = scores.query("index_id == 'pci' and year == @year and level == 'component' and score.notna()")
        assert set(held["component"]) == set(indices.component_ids("pci", year))
        assert held.groupby("component")["province"].nunique().eq({2005: 42}.get(year, 64 if year < 2009 else 63)).all()


def test_what_the_publisher_left_out_says_so(scores, panel):
    why = pd.read_parquet(panel / "why_missing.parquet").set_index(["province", "year", "index_id", "component"])
    for province, year, index_id, code in [("bac-ninh", 2021, "papi", "withheld"), ("quang-ninh", 2021, "papi", "withheld"),
                                           ("bac-ninh", 2022, "papi", "withheld"), ("ha-giang", 2005, "pci", "not_surveyed"),
                                           ("quang-ninh", 2023, "papi", "withheld")]:
        found = cell(scores, index_id, year, province)
        assert pd.isna(found["score"]) and pd.isna(found["rank"]) and found["status"] == "not_published"
        assert why.loc[(province, year, index_id, "overall"), "code"] in (code, "withheld"), (province, year)
    assert set(why["code"]) <= set(gaps.KINDS)


def test_no_row_claims_not_published_where_we_only_lack_the_table(scores):
    """VCCI printed all 63 provinces up to 2022; of 2021 and 2022 we hold some. The others are no rows, not 'not published'."""
    assert scores.query("index_id == 'pci' and 2020 <= year <= 2022 and status == 'not_published'").empty
    assert scores.query("index_id == 'par' and status == 'not_published'").empty


def test_composites_follow_from_components_except_where_known(panel):
    check = pd.read_parquet(panel / "composite_check.parquet").set_index(["index_id", "year", "component"])
    pci = check.loc["pci"].xs("overall", level="component")
    assert set(range(2006, 2025)) == set(pci.index)
    assert set(pci.index[~pci["fits"]]) == {2011, 2023}
    assert 0.54 < pci.loc[2011, "max_abs_diff"] < 0.56 and "cannot be rebuilt" in pci.loc[2011, "note_en"]
    assert (pci.loc[2023, "worst_province"], pci.loc[2023, "n_beyond"]) == ("quang-tri", 1)  # printed 63.26; the parts give 62.68
    assert pci.drop(index=[2011, 2020, 2021, 2022, 2023, 2024])["max_abs_diff"].max() < 1e-4
    assert check.loc["papi", "fits"].all()


def test_computed_ranks_agree_with_published_ones_or_are_listed(panel):
    ranks = pd.read_parquet(panel / "rank_check.parquet")
    assert len(ranks) > 1000
    differ = set(ranks.loc[~ranks["agrees"], ["index_id", "year", "province"]].itertuples(index=False, name=None))
    assert differ == {("papi", 2016, "bac-ninh"), ("pci", 2011, "ha-giang"), *(("pci", 2020, p) for p in ("bac-giang", "ha-tinh", "ninh-binh"))}
    untied = ranks.query("index_id == 'pci' and not agrees")
    assert untied["tied"].all(), "in PCI only a tie is ranked otherwise"


def test_ranks_are_computed_for_full_editions_only(scores):
    full = scores.query("index_id == 'pci' and year == 2019 and component == 'overall'")
    assert sorted(full["rank_computed"]) == list(range(1, 64))
    assert full.sort_values("score", ascending=False)["rank_computed"].is_monotonic_increasing
    late = scores.query("index_id == 'pci' and year >= 2020")
    whole = late["year"].eq(2023) & late["component"].ne("overall") | late["year"].eq(2020) & late["component"].eq("overall")
    assert late.loc[~whole, "rank_computed"].isna().all() and late.loc[whole, "rank_computed"].notna().all()
    assert scores.query("level == 'indicator'")["rank_computed"].isna().all()


def test_no_rank_is_computed_from_figures_that_are_not_stood_by(scores):
    """PAPI 2022 prints environment and services of 63, two of which it left out of the ranking: it is no edition of all provinces."""
    given = scores[scores["index_id"].eq("papi") & scores["year"].isin([2020, 2022]) & scores["component"].eq("environmental_governance")]
    held = given["year"].map(given.assign(rank_computed=derive.ranks(given)).groupby("year")["rank_computed"].count())
    assert given.groupby("year")["score"].count().to_dict() == {2020: 63, 2022: 63}
    assert dict(zip(given["year"], held, strict=True)) == {2020: 63, 2022: 0}


def test_workbook_of_2023_gives_every_printed_composite(scores):
    """Weights 5/10/5/5/15/10/15/15/10/10 on the components of all 63; Quảng Trị alone is printed otherwise."""
    hand = {"entry_costs": 5, "land_access": 10, "transparency": 5, "time_costs": 5, "informal_charges": 15, "policy_bias": 10,
            "proactivity": 15, "business_support": 15, "labor_policy": 10, "law_and_order": 10}
    wide = scores.query("index_id == 'pci' and year == 2023").pivot(index="province", columns="component", values="score")
    total = sum(wide[component] * weight / 10 for component, weight in hand.items())
    off = (total - wide["overall"]).dropna()
    assert len(off) >= 18 and total.notna().all() and hand == weighting.of("pci", 2023)
    assert set(off.index[off.abs() > 0.01]) == {"quang-tri"} and round(total["quang-tri"], 2) == 62.68


def test_components_of_2023_are_each_provinces_own(scores):
    """The site's page of Thanh Hóa carries Thái Nguyên's column: no two provinces may have the same ten figures."""
    for year in (*range(2006, 2020), 2020, 2021, 2022, 2023):
        own = scores.query("index_id == 'pci' and year == @year and level == 'component'")
        wide = own.pivot(index="province", columns="component", values="score").dropna().round(2)
        assert not wide.duplicated(keep=False).any(), (year, wide[wide.duplicated(keep=False)].index.tolist())


def test_printed_changes_of_bac_ninh_2022(scores):
    """The ten changes on 2021 that a page prints lead, with the weights of 2022, to the printed composite of 2022; no level is
    taken from them. From 2021 to 2023 four rose and six fell against the year before, as a page of 2024 says."""
    printed = pd.read_csv(paths.reference() / "printed_changes.csv")
    changes = printed.set_index(printed["item"].map(pci_site._ITEMS))["printed_change"]
    own = scores.query("index_id == 'pci' and province == 'bac-ninh'").set_index(["year", "component"])["score"]
    level = own.loc[2021][changes.index] + changes
    weights = pd.Series(weighting.of("pci", 2022))
    assert len(changes) == 10 and abs((level * weights).sum() / 10 - own[2022, "overall"]) < 0.006
    assert scores.query("index_id == 'pci' and year == 2022 and province == 'bac-ninh' and level == 'component' and score.notna()").empty
    moved = own.loc[2023][changes.index] - level
    assert ((moved > 0).sum(), (moved < 0).sum()) == (4, 6)


def test_what_is_missing_says_where_it_was_looked_for(panel, root, monkeypatch):
    monkeypatch.setenv("GOVLIB_PROCESSED", str(panel))
    table = missing.missing()
    assert not table.duplicated(["index_id", "year", "province", "component"]).any() and table["reason_en"].ne("").all()
    cell_ = table.query("index_id == 'pci' and year == 2022 and province == 'bac-ninh' and component == 'entry_costs'").iloc[0]
    assert "vccinews.com" in cell_["looked_in"] and "69.08" in cell_["result"], "its own search before that of all provinces"
    assert table.query("index_id == 'pci' and year == 2023")["component"].eq("overall").all()
    assert len(table.query("index_id == 'par' and year == 2015")) == 1
    assert len(missing.missing("PGI")) == len(missing.missing("pgi")) == table["index_id"].eq("pgi").sum()
    fresh = "run: .venv/bin/python -m govlib coverage --missing --document > docs/missing.md"
    assert (root / "docs" / "missing.md").read_text(encoding="utf-8") == missing.document(), fresh


@pytest.mark.parametrize(("column", "value", "words"), [("index_id", "pcii", "no such index"), ("province", "Bắc Ninh", "slug"),
                                                        ("component", "speed", "no such component"), ("years", "20", "not a year"),
                                                        ("read_on", "28/11/2026", "not a day")])
def test_a_search_that_fits_nothing_is_refused(tmp_path, monkeypatch, column, value, words):
    line = {"index_id": "pci", "years": "2022", "province": "bac-ninh", "component": "overall", "looked_in": "x", "read_on": "2026-11-28",
            "result": "y", column: value}
    searched = tmp_path / missing.FILE
    searched.write_text(",".join(line) + "\n" + ",".join(line.values()) + "\n", encoding="utf-8")
    monkeypatch.setattr(missing, "FILE", str(searched))  # an absolute path: the other tables stay where they are
    with pytest.raises(BadInput, match=words):
        missing.searches()


def test_the_last_search_for_a_whole_edition(monkeypatch):
    """A search for one province or for components says nothing of whether the edition is out."""
    line = {"index_id": "pci", "years": [2024, 2025], "province": "", "component": "", "read_on": "2026-11-28"}
    others = [{"read_on": "2026-11-30"}, {"read_on": "2026-12-01", "province": "bac-ninh"}, {"read_on": "2026-12-02", "component": "component"},
              {"read_on": "2026-12-03", "index_id": "papi"}]
    monkeypatch.setattr(missing, "searches", lambda: [line | other for other in ({}, *others)])
    missing._read_on.cache_clear()
    assert [missing.last_search(*asked) for asked in (("pci", 2025), ("papi", 2024), ("pci", 2023), ("dti", 2025))] == [
        "2026-11-30", "2026-12-03", "", ""]
    missing._read_on.cache_clear()


def test_fixed_weights_composite(scores):
    """By hand: weights 2013-2021 without policy_bias, over 95."""
    hand = {"entry_costs": 5, "land_access": 5, "transparency": 20, "time_costs": 5, "informal_charges": 10, "proactivity": 5,
            "business_support": 20, "labor_policy": 20, "law_and_order": 5}
    for year in (2006, 2011, 2019):
        total = sum(weight * cell(scores, "pci", year, "bac-ninh", c)["score"] for c, weight in hand.items())
        found = cell(scores, "pci", year, "bac-ninh", "overall_fixed_weights")
        assert abs(found["score"] - 10 * total / 95) < 1e-9 and (found["status"], found["level"]) == ("derived", "overall")
    assert scores.query("component == 'overall_fixed_weights' and year == 2005").empty


def test_figures_that_are_arithmetic_are_called_derived(scores):
    """PCI 2020 components of Bắc Ninh: the printed score of 2019 plus the printed change (+1.19 in time costs)."""
    found = cell(scores, "pci", 2020, "bac-ninh", "time_costs")
    before = cell(scores, "pci", 2019, "bac-ninh", "time_costs")
    assert found["status"] == "derived" and abs(found["score"] - round(before["score"], 2) - 1.19) < 0.011
    assert cell(scores, "papi", 2024, "bac-ninh")["status"] == "derived"


def test_every_row_has_a_source_and_a_place(scores):
    from govlib.known import catalogue

    known = set(catalogue.sources()["id"])
    given = scores[scores["status"].ne("not_published")]
    assert {part for text in given["source"].unique() for part in text.split(";")} <= known
    assert given["locator"].ne("").all() and scores["method_version"].ne("").all()


def test_coverage_counts_what_is_there(scores, panel):
    coverage = pd.read_parquet(panel / "coverage.parquet").set_index(["index_id", "year", "level"])
    row = coverage.loc[("papi", 2021, "overall")]
    assert (row["n_provinces"], row["n_expected"], row["n_not_published"]) == (60, 63, 3)
    assert coverage.loc[("pci", 2013, "component"), "n_provinces"] == 63, "a public reader of this workbook lost fifty"
    row = coverage.loc[("pci", 2023, "overall")]
    assert row["n_some"] + row["n_not_published"] + row["n_not_held"] == 63 and "first 30" in row["reason_en"]
    missing = coverage[coverage["n_some"] < coverage["n_expected"]]
    assert missing["reason_en"].ne("").all() and missing["reason_vi"].ne("").all()


def test_controls_are_unique_and_rejected_rows_have_reasons(panel):
    controls = pd.read_parquet(panel / "controls.parquet")
    assert not controls.duplicated(["province", "year", "variable", "unit"]).any() and controls["value"].notna().all()
    rejected = pd.read_csv(panel / "rejected_rows.csv", dtype=str, keep_default_na=False)
    assert rejected["reason"].ne("").all() and rejected["reason_code"].ne("").all()


def test_parquet_and_csv_hold_the_same(scores, panel):
    text = pd.read_csv(panel / "scores.csv", dtype={"rank": "Int64", "rank_computed": "Int64"}, keep_default_na=False,
                       na_values={"score": "", "rank": "", "rank_computed": "", "scale_min": "", "scale_max": ""})
    assert list(text.columns) == schemas.columns("scores.parquet") and len(text) == len(scores)
    assert (text["score"] - scores["score"]).abs().max() < 1e-9 and text["score"].isna().equals(scores["score"].isna())
    assert text["rank"].equals(scores["rank"])
