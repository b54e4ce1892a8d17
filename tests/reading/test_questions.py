"""The one-line questions: every answer of docs/questions.md comes out, and names mean what is printed."""

from __future__ import annotations

import builtins
import doctest
import inspect
import warnings

import numpy as np
import pandas as pd
import pytest
from kit.boards import made_up_2025

import govlib
from govlib import paths
from govlib.errors import BadInput, NotEstimable, UnknownName
from govlib.forms import problems
from govlib.known import indices, names, provinces, reforms


@pytest.mark.parametrize(("document", "least"), [("questions", 20), ("from_question_to_table", 10)])
def test_each_answer_in_the_document_comes_out(panel, document, least):
    text = paths.root() / "docs" / f"{document}.md"
    ran = doctest.testfile(str(text), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE, report=True)
    assert ran.attempted > least and ran.failed == 0


@pytest.mark.parametrize("index", indices.INDICES)
def test_every_printed_name_of_a_component_leads_to_its_id(index):
    for year in indices.editions(index):
        for c in indices.components(index, year):
            same = {o.id for o in indices.components(index) if o.name_vi == c.name_vi}
            assert names.component(c.name_vi.upper(), [index]) == c.id or len(same) > 1
            assert names.component(c.id.replace("_", " ").title(), [index]) == c.id


def test_a_part_of_a_name_is_never_taken_for_the_whole():
    with pytest.raises(UnknownName, match="informal_charges \\(Chi phí không chính thức\\)"):
        govlib.scores("pci", "informal")
    with pytest.raises(UnknownName, match="service_centre_commune"):
        names.reform("service centre")


def test_a_name_of_two_things_is_refused_with_both():
    # PAPI and SIPAS both have administrative procedures, under two ids
    with pytest.raises(UnknownName) as caught:
        names.component("Administrative Procedures", ["par", "sipas", "papi"])
    assert len(caught.value.nearest) >= 2 or "administrative_procedures" in str(caught.value)


def test_effects_take_the_same_names():
    wanted = govlib.effects.estimate("pci", "time_costs", reform="peoples_council_removal", years=range(2006, 2013), estimator="twfe")
    typed = govlib.effects.estimate("PCI", "Chi phí thời gian", reform="Peoples council removal", years=range(2006, 2013), estimator="twfe")
    pd.testing.assert_frame_equal(wanted, typed)


def test_ranks_are_printed_ones_and_counted_only_where_nearly_all_are_held():
    few = govlib.rank("pci", 2024)
    assert few["printed"].all() or few.loc[~few["printed"], "rank"].isna().all()
    whole = govlib.rank("pci", 2019)
    assert whole["rank"].tolist() == sorted(whole["rank"]) and whole["score"].is_monotonic_decreasing and len(whole) == 63
    shown = govlib.rank("papi", 2024, places="bac-ninh")
    assert (shown["rank"].item(), shown["of"].item()) == (8, 61)  # as the briefing says it
    with pytest.warns(UserWarning, match="no score"):
        assert govlib.rank("papi", 2022, "transparency", "bac-ninh").empty  # the publisher does not stand by it
    assert govlib.rank("pci", 2019, places="bac-ninh")["rank"].item() == 4  # as printed: Bắc Ninh is 4th of 63


def test_a_rank_of_the_press_stands_beside_those_by_score():
    """PAPI 2016: the press prints Bắc Ninh 8th, which by score is Hải Dương's place; of 2017 the two agree."""
    rows = govlib.rank("papi", 2016).set_index("province")
    assert rows.loc[["hai-duong", "bac-ninh", "dong-thap"], "rank"].tolist() == [8, 9, 10] and rows["rank"].is_unique
    assert rows["rank_printed"].dropna().to_dict() == {"bac-ninh": 8} and not rows["printed"].any()
    assert govlib.rank("papi", 2017, places="bac-ninh")[["rank", "printed", "rank_printed"]].values.tolist() == [[4, True, 4]]
    whole = govlib.rank("pci", 2019)
    assert whole["printed"].all() and whole["rank_printed"].tolist() == whole["rank"].tolist()


def test_who_is_left_out_of_a_ranking_counts_in_nobody_s_rank():
    """PAPI 2022 prints environment of 63, two of which it does not stand by: they come last, without a rank."""
    rows = govlib.rank("papi", 2022, "environmental_governance")
    assert rows["rank"].tolist()[:61] == list(range(1, 62)) and set(rows["of"]) == {61}
    assert rows["province"].tolist()[2] == "tien-giang" and set(rows["province"][61:]) == {"bac-ninh", "bac-giang"}
    assert rows["rank"][61:].isna().all() and rows["score"][61:].notna().all()


def test_changes_are_the_difference_of_two_published_scores():
    told = govlib.changes("papi", 2024, "transparency").set_index("province")
    held = govlib.wide("papi", "transparency", years=[2023, 2024]).pivot(index="province", columns="year", values="transparency")
    both = held.dropna().index
    assert np.allclose(told.loc[both, "change"], held.loc[both, 2024] - held.loc[both, 2023])
    beyond = told[told["verdict"].isin(["up", "down"])]
    assert (beyond["change"].abs() > beyond["threshold"]).all() and len(beyond)
    assert set(govlib.changes("papi", 2018)["verdict"]) >= {"not comparable"}  # the total gained two dimensions that year


@pytest.mark.parametrize(("index", "year", "rank"), [("sipas", 2021, 7), ("dti", 2021, 4), ("pgi", 2022, 3)])
def test_a_rank_that_was_printed_without_its_score_is_told(index, year, rank):
    """It was left out, with a warning that there is no score."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (told,) = govlib.rank(index, year, places="bac-ninh").itertuples()
    assert (told.rank, told.rank_printed, told.printed) == (rank, rank, True) and told.score != told.score
    everyone = govlib.rank(index, year)
    assert everyone["rank"].dropna().is_monotonic_increasing and everyone["score"].notna().any()


@pytest.mark.parametrize(("asked", "edition", "why"), [
    (lambda: govlib.rank("pci", 2024, places="bac-ninh"), "pci 2024", "'pci', 'bac-ninh', year=2024"),
    (lambda: govlib.rank("papi", 2021, places=["Bắc Ninh"]), "papi 2021", "'papi', 'bac-ninh', year=2021"),
    (lambda: govlib.changes("papi", 2021, places="bac-ninh"), "papi 2021", "'papi', 'bac-ninh', year=2021"),
    (lambda: govlib.changes("papi", 2023, "overall", "quang-ninh"), "papi 2023", "'papi', 'quang-ninh', year=2023")])
def test_an_empty_answer_warns_and_says_where_the_reason_is(asked, edition, why):
    with pytest.warns(UserWarning) as told:
        assert asked().empty
    assert [(str(w.message), w.filename) for w in told] == [
        (f"no score of what was asked for in {edition}; why: govlib.why({why})", __file__)]
    assert len(eval(f"govlib.why({why})"))


@pytest.mark.parametrize("asked", [govlib.rank, govlib.changes])
def test_an_answer_says_of_which_edition_it_is(asked):
    """Without a year it is the newest held of nearly all provinces: of PCI, in 2026, one of years ago."""
    chosen = asked("pci")["year"].unique().tolist()
    assert len(chosen) == 1 and 2020 <= chosen[0] and set(asked("papi", 2019)["year"]) == {2019}


@pytest.mark.parametrize("asked", [govlib.rank, govlib.changes])
def test_an_edition_that_is_not_there_is_told_once(asked):
    with pytest.warns(UserWarning) as told:
        assert asked("papi", 2030).empty
    assert ["no rows for years=2030" in str(w.message) for w in told] == [True]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(asked("papi", 2021, "overall", places=["Bắc Ninh", "Sơn La"])) == 1  # one of the two is held


def test_the_comparable_composite_has_a_change_where_it_is_named():
    told = govlib.changes("pci", 2019, "overall_fixed_weights", "bac-ninh")
    held = govlib.wide("pci", "overall_fixed_weights", "bac-ninh", [2018, 2019])["overall_fixed_weights"]
    assert told["change"].item() == pytest.approx(held[1] - held[0])
    assert "overall_fixed_weights" not in set(govlib.changes("pci", 2019, places="bac-ninh")["component"])


def test_adoption_counts_only_earlier_neighbours_and_leaves_the_undated_open():
    for reform in ("administrative_complex", "ddci"):
        table = govlib.adoption(reform)
        dated = table[table["start"].ne("")]
        for row in dated[~dated["date_of"].isin(reforms.OPEN_BEFORE)].itertuples():
            others = dated[(dated["region"] == row.region) & (dated["province"] != row.province)]
            first = reforms.interval(row.start)[0]
            assert row.neighbours_before == sum(reforms.interval(start)[1] < first for start in others["start"])
        assert table[table["start"].eq("")]["neighbours_before"].isna().all()
        assert table.loc[~table["date_of"].isin(reforms.OPEN_BEFORE), "neighbours_before"].notna().all()
        assert set(table["province"]) == set(reforms.actions().query("reform == @reform and province != ''")["province"])


def test_who_had_a_reform_before_is_not_counted_up_to_a_day_on_which_it_was_only_seen():
    """docs/methodology.md: of `earliest_seen` and `restart` the reform may be older, and in a list of examples no row is a first."""
    table = govlib.adoption("provincial_par_programme")
    assert set(table["date_of"]) == {"earliest_seen"} and table["neighbours_before"].isna().all() and len(table) > 5
    ddci = govlib.adoption("ddci").set_index("province")
    seen = ddci["date_of"].isin(["earliest_seen", "restart"])
    assert seen.sum() >= 8 and ddci.loc[seen, "start"].ne("").all() and ddci.loc[seen, "neighbours_before"].isna().all()
    # whoever was seen with it by then had it by then, so that it counts for those who came after
    assert (ddci.at["phu-yen", "date_of"], ddci.at["quang-ngai", "date_of"]) == ("earliest_seen",) * 2
    assert ddci.at["ha-tinh", "neighbours_before"] == 4  # Đà Nẵng and Huế 2018, and these two
    examples = govlib.adoption("pci_action_plan")
    assert (~examples["date_of"].isin(reforms.OPEN_BEFORE)).any() and examples["neighbours_before"].isna().all()


def test_a_national_reform_has_no_order_among_provinces():
    with pytest.raises(NotEstimable, match="project_06 is a national reform, which has no order among provinces") as caught:
        govlib.adoption("project_06")
    assert problems.told(caught.value, "vi").endswith("project_06 là cải cách toàn quốc, không có thứ tự giữa các tỉnh")


def test_a_target_needs_one_of_rank_and_steps():
    with pytest.raises(BadInput, match="up= or rank="):
        govlib.target("papi", "bac-ninh")
    plan = govlib.target("papi", "bac-ninh", up=3, year=2024)
    same = govlib.target("papi", "bac-ninh", rank=_rank() - 3, year=2024)
    assert plan.target == same.target and plan.need > 0


@pytest.mark.parametrize("up", [0, -1, 8, 300])
def test_a_target_above_the_first_is_refused_and_says_where_the_province_stands(up):
    with pytest.raises(BadInput, match="not so many ranks above → it is number 8"):
        govlib.target("papi", "bac-ninh", up=up, year=2024)
    assert govlib.target("papi", "bac-ninh", up=7, year=2024).target == govlib.target("papi", "bac-ninh", rank=1, year=2024).target


def test_a_province_without_scores_has_no_target():
    with pytest.raises(NotEstimable, match="papi 2024 has no score of vinh-phuc in some component; it can be worked out for 2011–2023$"):
        govlib.target("papi", "Vĩnh Phúc", up=1, year=2024)


def test_a_target_without_a_year_is_on_the_newest_edition_that_it_can_be_worked_out_on():
    assert (govlib.target("pci", "bac-ninh", up=3).year, govlib.target("papi", "Vĩnh Phúc", up=1).year) == (2023, 2023)
    with pytest.raises(NotEstimable, match="components of 20 of 63 provinces only; it can be worked out for 2006–2019, 2023") as caught:
        govlib.target("pci", "bac-ninh", up=3, year=2020)
    assert problems.told(caught.value, "vi").endswith("20 trong 63 tỉnh; có thể tính cho các kỳ 2006–2019, 2023")
    with pytest.raises(NotEstimable, match="no edition of dti has the components of all provinces"):
        govlib.target("dti", "bac-ninh", up=1)


@pytest.mark.parametrize("year", [1990, 2010])
def test_a_target_before_the_first_edition_says_so_and_not_that_the_province_lacks_a_score(year):
    with pytest.raises(NotEstimable, match=f"papi {year} has components of 0 provinces only; it can be worked out for 2011") as caught:
        govlib.target("papi", "bac-ninh", up=1, year=year)
    assert f"papi {year} không có thành phần của tỉnh nào" in problems.told(caught.value, "vi")


def test_a_target_is_of_the_unit_that_was_named():
    with pytest.raises(NotEstimable, match="bac-ninh-2025's among them"):
        govlib.target("papi", "bac-ninh-2025", up=1)
    with pytest.raises(UnknownName, match="2024 edition 'bac-ninh-2025'"):
        govlib.target("papi", "bac-ninh-2025", up=1, year=2024)


@pytest.mark.parametrize("wrong", [{"up": "3"}, {"rank": "3"}, {"up": 2.5}, {"rank": 2.5}, {"up": 3, "year": "2024"}])
def test_a_number_that_is_none_is_refused_by_its_name(wrong):
    with pytest.raises(BadInput, match=f"column {[*wrong][-1]}, value .*: not a whole number → "):
        govlib.target("papi", "bac-ninh", **wrong)


@pytest.mark.parametrize("year", ["2024", 2024.5, [2024], "newest"])
@pytest.mark.parametrize("asked", [govlib.rank, govlib.changes, govlib.map, lambda index, year: govlib.target(index, "bac-ninh", up=1, year=year)],
                         ids=["rank", "changes", "map", "target"])
def test_a_year_that_is_none_is_refused_by_every_question(asked, year):
    with pytest.raises(BadInput, match="column year, value .*: not a whole number → write 2024"):
        asked("papi", year)


def test_an_index_without_a_full_edition_says_which_years_there_are():
    with pytest.raises(BadInput, match="no edition of par overall .*→ name a year: 2012–2014, 2016") as caught:
        govlib.rank("par")
    assert "→ nêu một năm: 2012" in problems.told(caught.value, "vi")
    with pytest.raises(BadInput, match="nearly all provinces$"):
        govlib.rank("sipas", component="feedback_handling")


def test_a_year_of_a_column_with_a_gap_is_a_year():
    """pandas keeps it as 2024.0, which was refused as "not a whole number"."""
    assert govlib.rank("papi", np.float64(2024)).equals(govlib.rank("papi", 2024))
    with pytest.raises(BadInput, match="no such rank → 1 to 61") as caught:
        govlib.target("papi", "bac-ninh", rank=63.0, year=2024.0)
    assert "từ 1 đến 61" in problems.told(caught.value, "vi")


def test_a_map_frames_no_province_that_is_none_of_its_edition():
    """Hà Tây was framed nowhere, and the old Bắc Ninh where the new one was asked for."""
    for asked in ("ha-tay", "bac-ninh-2025"):
        with pytest.raises(UnknownName, match=f"province of the 2024 edition '{asked}'"):
            govlib.map("papi", province=asked)


def test_changes_are_of_the_newest_edition_of_the_component_asked_for(panel):
    """PCI 2023 has its components of all provinces, PCI 2020 its composite: 21 provinces of 2020 were told."""
    asked = ("time_costs", ["time_costs"], iter(["time_costs", "overall"]), "Chi phí thời gian")
    assert [set(govlib.changes("pci", components=one)["year"]) for one in asked] == [set(govlib.rank("pci", component="time_costs")["year"])] * 4
    assert set(govlib.changes("pci")["year"]) == set(govlib.rank("pci")["year"])


def test_a_component_of_another_index_is_none_of_this_one():
    with pytest.raises(UnknownName, match="unknown component of pci 'e_governance'"):
        govlib.rank("pci", component="e_governance")


def test_a_map_in_a_language_that_is_none_is_refused():
    with pytest.raises(BadInput, match="column language, value 'fr'"):
        govlib.map("papi", 2023, lang="fr")


@pytest.mark.parametrize(("asked", "same"), [
    (lambda: govlib.estimates("PCI", "Chi phí thời gian", "Provincial service centre", "TWFE"),
     lambda: govlib.estimates("pci", "time_costs", "provincial_service_centre", "twfe")),
    (lambda: govlib.controls("Dân số", "Bắc Ninh"), lambda: govlib.controls("population", "bac-ninh")),
    (lambda: govlib.scores("papi", level="Component", years=2024), lambda: govlib.scores("papi", level="component", years=2024)),
    (lambda: govlib.wide("papi", "overall", values="Rank computed"), lambda: govlib.wide("papi", "overall", values="rank_computed")),
    (lambda: govlib.reforms("DDCI", reading="Early"), lambda: govlib.reforms("ddci", reading="early")),
    (lambda: govlib.nowcast("BẮC GIANG", "PCI"), lambda: govlib.nowcast("bac-giang", "pci"))])
def test_names_of_every_question_may_be_typed_as_they_are_printed(panel, asked, same):
    pd.testing.assert_frame_equal(asked(), same())
    assert len(asked())


def test_every_question_calls_the_index_index():
    asked = {name: list(inspect.signature(getattr(govlib, name)).parameters) for name in govlib.QUESTIONS}
    assert [name for name, given in asked.items() if "index" in given] == [
        "scores", "wide", "coverage", "estimates", "reforms", "why", "rank", "changes", "target", "nowcast", "map"]
    assert not any("index_id" in given for given in asked.values())


@pytest.mark.parametrize(("asked", "column"), [
    (lambda: govlib.scores("pci", components=[]), "components"), (lambda: govlib.scores("pci", provinces=[]), "provinces"),
    (lambda: govlib.scores([]), "index"), (lambda: govlib.wide("pci", ()), "components"), (lambda: govlib.controls([]), "variables"),
    (lambda: govlib.changes("papi", 2024, components=[]), "components"), (lambda: govlib.rank("papi", 2024, places=[]), "places"),
    (lambda: govlib.estimates(reform=iter([])), "reform"), (lambda: govlib.why("papi", []), "provinces")])
def test_an_empty_list_is_refused(panel, asked, column):
    """It was answered by a table without rows, and a warning that there are none at all."""
    with pytest.raises(BadInput, match=f"column {column}: an empty list asks for nothing → leave it out to ask for all"):
        asked()
    with pytest.raises(BadInput, match="no year is left"):
        govlib.scores("pci", years=[])


def test_every_control_of_the_panel_has_its_names(panel):
    held = govlib.data.shared("controls.parquet")["variable"].unique()
    assert [names.control(variable) for variable in held] == list(held)
    assert govlib.search("đô thị hóa").empty and "urban_share" in govlib.search("dân số thành thị")["id"].tolist()


@pytest.mark.parametrize("asked", [lambda: govlib.scores("pci", pd.Series(["time_costs", pd.NA], dtype="string")),
                                   lambda: govlib.rank("pci", 2019, pd.Series(["time_costs"]))], ids=["missing", "column"])
def test_what_is_no_name_of_a_component_is_refused_as_one(asked):
    with pytest.raises(UnknownName, match="unknown component of pci"):
        asked()


def test_a_place_that_is_a_number_is_refused():
    with pytest.raises(UnknownName, match="unknown province 27"):
        govlib.scores("pci", "overall", 27, 2019)


def test_why_does_not_say_that_nothing_is_missing_where_there_was_no_edition():
    with pytest.warns(UserWarning, match="no rows for provinces='Bắc Ninh', years=2030; there are: years 2005"):
        assert govlib.why("pci", "Bắc Ninh", 2030).empty
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert govlib.why("pci", "Bắc Ninh", 2019).empty


def test_the_new_unit_is_not_foretold_from_editions_of_the_old_one():
    told = govlib.nowcast("bac-ninh-2025", "pci")
    assert told.loc[told["edition"] < 2025, "middle"].isna().all() and "2024 edition 'bac-ninh-2025'" in told["note"].iloc[0]
    papi = [govlib.nowcast(name, "papi") for name in ("bac-ninh-2025", "bac-ninh")]
    pd.testing.assert_frame_equal(*papi)  # the next PAPI is of the 34


def test_an_error_names_no_candidate_twice():
    with pytest.raises(UnknownName) as caught:
        govlib.scores("pci", "labour_policy")
    assert str(caught.value).count("labor_policy") == 1


def _rank() -> int:
    scores = govlib.wide("papi", "overall", years=2024)
    return int(scores["overall"].rank(ascending=False, method="min")[scores["province"].eq("bac-ninh")].item())


def test_nothing_found_says_what_there_is():
    with pytest.warns(UserWarning, match="no rows for provinces='ha-tay', years=2019; there are: years 2005"):
        assert govlib.scores("pci", provinces="ha-tay", years=2019).empty


def test_what_there_is_of_a_unit_is_not_what_there_is_of_the_other_of_its_name():
    with pytest.warns(UserWarning, match=r"^no rows for provinces='bac-ninh-2025'; there are: 64 provinces \(an-giang, .* …\)$"):
        assert govlib.scores("pci", provinces="bac-ninh-2025").empty
    with pytest.warns(UserWarning, match=r"there are: 63 provinces in these years \(an-giang"):
        assert govlib.scores("pci", provinces="bac-ninh-2025", years=2019).empty


def test_importing_everything_leaves_pythons_own_names_alone():
    assert not {*govlib.__all__} & {*dir(builtins)} and "map" in dir(govlib) and govlib.map is not map


# ---- two units of one slug: SYNTHETIC rows of the units formed in 2025, of which nothing is published yet --------------------

@pytest.fixture
def merged(panel, monkeypatch, tmp_path):
    """The panel with a made-up PCI, controls, gaps and reforms of 2025."""
    for name in ("scores", "controls", "reform_panel", "why_missing"):
        table = pd.read_parquet(panel / f"{name}.parquet")
        if name == "scores":
            more = made_up_2025(table)
        else:
            there = provinces.province_set(2025)
            more = table[table["year"].eq(2021 if name == "why_missing" else 2019) & table["province"].isin(there)].assign(year=2025)
        pd.concat([table, more], ignore_index=True).to_parquet(tmp_path / f"{name}.parquet")
    monkeypatch.setenv("GOVLIB_PROCESSED", str(tmp_path))


ASKED = {"scores": lambda p: govlib.scores("pci", "overall", p), "wide": lambda p: govlib.wide("pci", "overall", p),
         "controls": lambda p: govlib.controls("population", p), "long": lambda p: govlib.controls("population", p, wide=False),
         "reforms": lambda p: govlib.reforms("ddci", p, index="pci"), "why": lambda p: govlib.why("papi", p)}


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_the_unit_stands_beside_the_slug_and_each_can_be_had_alone(merged, asked):
    both = asked("Bắc Ninh")
    assert both.columns.get_loc("province_unit") == both.columns.get_loc("province") + 1 and set(both["province"]) == {"bac-ninh"}
    assert set(both.loc[both["year"] < 2025, "province_unit"]) == {"bac-ninh"}
    assert set(both.loc[both["year"].eq(2025), "province_unit"]) == {"bac-ninh-2025"}
    new = asked("bac-ninh-2025")
    assert set(new["year"]) == {2025} and len(new) == both["year"].eq(2025).sum()


def test_a_region_holds_the_units_that_lie_in_it(merged):
    held = govlib.scores("pci", "overall", "southeast", 2025)  # Long An, of the Mekong Delta, went into Tây Ninh, of the Southeast
    assert set(held["province_unit"]) == {p.unit for p in provinces.units(2025) if p.region == "southeast"}
    for spelt in ("Đồng bằng sông Hồng", "RED RIVER DELTA", "ĐBSH", "đbsh"):
        assert set(govlib.scores("pci", "overall", spelt, 2019)["province"]) == set(provinces.expand("red-river-delta", 2019))


def test_the_new_unit_has_ranks_but_no_change_from_the_old_one(merged):
    ranked = govlib.rank("pci", 2025, places=["Bắc Ninh", "cao-bang"])
    assert dict(zip(ranked["province"], ranked["province_unit"], strict=True)) == {"bac-ninh": "bac-ninh-2025", "cao-bang": "cao-bang"}
    assert govlib.rank("pci", 2019, places="bac-ninh")["province_unit"].tolist() == ["bac-ninh"]
    told = govlib.changes("pci", 2025, "overall").set_index("province_unit")
    assert told.loc["bac-ninh-2025", "verdict"] == "not comparable" and told.loc["bac-ninh-2025", ["before", "change"]].isna().all()
    assert told.loc["cao-bang", "change"] == pytest.approx(told.loc["cao-bang", "score"] - told.loc["cao-bang", "before"])
    for asked in (govlib.rank, govlib.changes):
        with pytest.raises(UnknownName, match=r"Bắc Ninh \(bac-ninh\), which took it in on 2025-07-01"):
            asked("pci", 2025, "overall", "Bắc Giang")
        with pytest.raises(UnknownName, match="2024 edition 'bac-ninh-2025'"):
            asked("pci", 2024, "overall", "bac-ninh-2025")


def test_a_target_without_a_year_is_not_that_of_the_province_before_the_merger(merged):
    with pytest.raises(NotEstimable, match="no edition of pci since Bắc Ninh was formed on 2025-07-01 .*; of the one before, name the year: 2006"
                       ) as caught:
        govlib.target("pci", "Bắc Ninh", rank=10)
    assert "Bắc Ninh được thành lập ngày 2025-07-01" in problems.told(caught.value, "vi")
    assert govlib.target("pci", "bac-ninh", rank=10, year=2023).year == 2023
    assert govlib.target("pci", "cao-bang", rank=10).year == 2023 == govlib.target("pci", "bac-giang", rank=10).year  # no other unit


def test_a_merged_unit_has_its_own_first_time(monkeypatch):
    made = reforms.actions().query("reform == 'ddci' and province == 'bac-ninh'").head(1)
    made = pd.concat([made.assign(start_date=day) for day in ("2019-05", "2026-03-01", "2027", "")], ignore_index=True)
    monkeypatch.setattr(reforms, "actions", lambda: made)
    found = govlib.adoption("ddci")
    assert found[["province_unit", "start"]].values.tolist() == [["bac-ninh", "2019-05"], ["bac-ninh-2025", "2026-03-01"]]
    assert found["neighbours_before"].tolist() == [0, 0]  # the province it was formed from is no neighbour of it
