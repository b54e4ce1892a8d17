"""Edges that a comparison turned round would move: first and last editions, days, numbers at the limit."""

from __future__ import annotations

import datetime as dt

import pytest

from govlib.known import catalogue, departments, indices, provinces, reforms, weighting


@pytest.mark.parametrize(("year", "n"), [(2004, 64), (2005, 64), (2008, 64), (2009, 63), (2024, 63), (2025, 34), (2030, 34)])
def test_how_many_provinces_an_edition_could_print(year, n):
    assert len(provinces.province_set(year)) == n
    assert {p.slug for p in provinces.units() if p.first_edition and p.in_edition(year)} == set(provinces.province_set(year))


def test_the_last_edition_of_a_province_is_one_of_its():
    hatay = provinces.get("ha-tay")
    assert hatay.in_edition(hatay.last_edition) and not hatay.in_edition(hatay.last_edition + 1)
    merged = provinces.get("bac-ninh-2025")
    assert merged.in_edition(merged.first_edition) and not merged.in_edition(merged.first_edition - 1)


def test_a_new_name_holds_from_the_year_of_its_decision():
    assert provinces.name("thua-thien-hue", year=2024) == "Thừa Thiên Huế" and provinces.name("thua-thien-hue", year=2025) == "Huế"
    assert provinces.kind("thua-thien-hue", 2024) == "province" and provinces.kind("thua-thien-hue", 2025) == "city"


@pytest.mark.parametrize(("index_id", "year", "version"), [("pci", 2005, "pci-2005"), ("pci", 2016, "pci-2013"), ("pci", 2017, "pci-2017"), ("pci", 2021, "pci-2021"),
                                                           ("pci", 2022, "pci-2022"), ("pci", 2030, "pci-2025")])
def test_a_method_holds_from_its_first_edition_on(index_id, year, version):
    assert indices.method_version(index_id, year) == version


def test_breaks_lie_after_the_first_and_up_to_the_last_edition():
    assert [b.year for b in indices.breaks_between("pci", "time_costs", 2013, 2017)] == [2017]
    assert indices.breaks_between("pci", "time_costs", 2017, 2020) == []


def test_components_names_and_scales_at_their_first_and_last_edition():
    assert "e_governance" in indices.component_ids("papi", 2018) and "e_governance" not in indices.component_ids("papi", 2017)
    assert "time_costs" in indices.component_ids("pci", 2024) and "time_costs" not in indices.component_ids("pci", 2025)
    assert indices.scale("papi", "overall", 2017)[1] == 60 and indices.scale("papi", "overall", 2018)[1] == 80
    assert indices.name("pci", "policy_bias", "en", 2008) == "State-Sector Bias" and indices.name("pci", "policy_bias", "en", 2013) == "Policy Bias"
    assert indices.published_ranks("pci", 2022) is None and indices.published_ranks("pci", 2023) == 30
    assert indices.scale("papi", "e_governance.portal_access", 2018)[0] == 0.5
    thirds = [c.id for c in indices.components("papi", 2018, "indicator") if indices.scale("papi", c.id, 2018)[1] == pytest.approx(10 / 3)]
    assert thirds and all(indices.scale("papi", c, 2018)[0] == 0.33 for c in thirds)  # as printed: not a third


def test_what_a_break_reaches():
    assert indices.touches("all", "overall_fixed_weights") and not indices.touches("overall", "overall_fixed_weights")
    assert indices.touches("participation", "participation.election_quality") and not indices.touches("participation", "transparency")


def test_a_composite_needs_every_component_and_its_own_rule():
    weights = weighting.of("pci", 2019)
    whole = dict.fromkeys(weights, 5.0)
    assert weighting.composite("pci", 2019, whole) == pytest.approx(50)
    assert weighting.composite("pci", 2019, whole | {"time_costs": None}) is None
    assert weighting.composite("pci", 2019, whole | {"time_costs": float("nan")}) is None
    dimensions = dict.fromkeys(indices.component_ids("papi", 2019), 5.0)
    assert weighting.composite("papi", 2019, dimensions) == 40
    assert weighting.composite("papi", 2019, dimensions, using=dict.fromkeys(dimensions, 12.5)) == pytest.approx(50)
    assert sum(weighting.fixed("pci").values()) == pytest.approx(100) and len(weighting.fixed("pci")) == 9


def test_a_document_holds_from_its_day_for_five_years():
    row = next(r for r in departments.table() if r.source_from and not r.source_to and r.basis == "source")
    assert row.standing(row.source_from) == "" and row.standing(row.source_from - dt.timedelta(days=1)) == "before"
    last = row.source_from.replace(year=row.source_from.year + 5, day=min(row.source_from.day, 28))
    assert row.standing(last) == "" and row.standing(last + dt.timedelta(days=1)) == "after"


def test_a_row_holds_on_its_last_day():
    row = next(r for r in departments.table() if r.valid_to and r.lead_vi and not r.province)
    assert departments.lead(row.index_id, row.component, row.valid_to).lead_vi == row.lead_vi
    later = departments.lead(row.index_id, row.component, row.valid_to + dt.timedelta(days=1))
    assert later is None or later != row


def test_the_day_of_the_merger():
    assert departments.unit_on("bac-giang", 2024, dt.date(2025, 6, 30)).unit == "bac-giang"
    assert departments.unit_on("bac-giang", 2024, dt.date(2025, 7, 1)).unit == "bac-ninh-2025"


def test_codes_moved_in_2025():
    assert provinces.by_code(24, "gso", 2024) == "bac-giang" and provinces.by_code(24, "gso", 2025) == "bac-ninh"


def test_a_source_covers_its_last_year_and_an_unknown_one_comes_last():
    one = catalogue.source("papi-workbook-2011-2019")
    assert [one.covers(y) for y in (2010, 2011, 2019, 2020)] == [False, True, True, False]
    assert catalogue.priority("nobody") == 99 and all(s < 99 for s in catalogue.sources()["priority"])


@pytest.mark.parametrize(("day", "reading", "edition"), [("2017-09-30", "early", 2017), ("2017-10-01", "early", 2018), ("2017-04-30", "late", 2017),
                                                         ("2017-05-01", "late", 2018)])
def test_the_field_months_of_the_pci_are_may_to_september(day, reading, edition):
    assert reforms.field_months("pci", 2017) == (5, 9) and reforms.first_edition(day, "pci", reading=reading) == edition


def test_the_merged_province_is_never_not_yet():
    table = reforms.exposure("peoples_council_removal", "pci", years=[2024, 2025])
    state = {(r.province, r.year): (r.state, r.cohort) for r in table.itertuples()}
    assert state["bac-ninh", 2024][0] == "not_yet" and state["bac-ninh", 2025][0] == "unknown" and state["quang-ninh", 2025][0] == "not_yet"


def test_the_last_edition_compared_counts_for_the_fixed_weights(monkeypatch):
    """The PCI of 2025 has three of the nine components no more: compared up to it, six are left."""
    raw = indices.definition("pci")
    monkeypatch.setattr(weighting, "kept", lambda index_id: raw | {"fixed_weights": raw["fixed_weights"] | {"to": 2025}})
    assert set(weighting.fixed("pci")) == {"entry_costs", "land_access", "transparency", "informal_charges", "business_support", "law_and_order"}


def test_what_is_written_into_a_definition_changes_no_other_answer():
    before = len(indices.components("papi")), indices.index("papi").tiers, indices.surveyed("pci", 2005)
    mine, one = indices.definition("papi"), indices.index("papi")
    mine["components"].clear()
    indices.definition("pci")["surveyed"][2005] = 1
    one.tiers[0]["vi"] = one.known["x"] = "x"
    indices.name.cache_clear(), indices._components.cache_clear()
    assert (len(indices.components("papi")), indices.index("papi").tiers, indices.surveyed("pci", 2005)) == before
