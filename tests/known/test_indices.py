"""Definitions of the indices, checked against what the publishers printed."""

from __future__ import annotations

import csv
from collections import defaultdict

import pytest

from govlib.errors import BadInput, UnknownName
from govlib.known import indices, weighting

NAMES_IN_PROFILES = {"labor_training": "labor_policy", "legal_institutions": "law_and_order"}


def test_every_definition_is_complete_in_both_languages():
    for index_id in indices.INDICES:
        d = indices.index(index_id)
        assert d.id == index_id and d.name_vi and d.name_en and d.producer_vi and d.producer_en
        held = indices.editions(index_id)
        assert d.first_edition == held[0] and d.known
        for year in range(held[0], held[-1] + 2):
            low, high, unit = indices.scale(index_id, "overall", year)
            assert low < high and unit
            for c in indices.components(index_id, year):
                assert c.name_vi and c.name_en and c.definition_vi and c.definition_en and c.first <= year
                assert indices.scale(index_id, c.id, year)[2]
        for b in indices.breaks(index_id):
            assert b.what_vi and b.what_en and b.known
            assert b.scope in ("overall", "all", *indices.component_ids(index_id))


def test_editions_are_what_lies_in_data_raw(tmp_path, monkeypatch):
    """Nobody keeps a list: a file that comes in is an edition, and the definition of the last one holds for it."""
    held = {index_id: indices.editions(index_id) for index_id in indices.INDICES}
    assert held["pci"] == list(range(2005, 2025)) and held["ict"] == [2016, 2017, 2019, 2020, 2023]
    assert 2015 in held["par"] and held["pgi"] == [2022, 2023, 2024]  # PAR INDEX 2015 came out, not held
    (tmp_path / "data" / "raw" / "dti").mkdir(parents=True)
    for name in ("2024.csv", "2025.csv", "2025.meta.yaml", "2025-old.csv", "national.csv"):
        (tmp_path / "data" / "raw" / "dti" / name).touch()
    monkeypatch.setenv("GOVLIB_ROOT", str(tmp_path))
    assert indices.editions("dti") == [2024, 2025] and indices.editions("pci") == []
    assert indices.scale("papi") == (8.0, 80.0, "points") and indices.scale("pci", "time_costs") == (1.0, 10.0, "points")


def test_no_list_of_editions_is_kept_by_hand():
    import yaml

    from govlib import paths

    for index_id in indices.INDICES:
        raw = yaml.safe_load((paths.reference() / "indices" / f"{index_id}.yaml").read_text(encoding="utf-8"))
        assert not {"editions", "last_edition"} & set(raw)
        for year in raw.get("not_held", ()):
            assert not (paths.raw() / index_id / f"{year}.csv").exists(), f"{index_id} {year} is in data/raw now: drop it from not_held"


def test_fixed_ids_of_the_design():
    assert indices.component_ids("pci", 2019) == ["entry_costs", "land_access", "transparency", "time_costs", "informal_charges", "policy_bias",
                                                  "proactivity", "business_support", "labor_policy", "law_and_order"]
    assert "implementation" in indices.component_ids("pci", 2005) and "implementation" not in indices.component_ids("pci", 2006)
    assert indices.component_ids("papi", 2018) == ["participation", "transparency", "vertical_accountability", "control_of_corruption",
                                                   "administrative_procedures", "service_delivery", "environmental_governance", "e_governance"]
    assert len(indices.component_ids("papi", 2017)) == 6
    for year in range(2009, 2013):
        assert "policy_bias" not in indices.component_ids("pci", year)


def test_weights_sum_to_100_over_the_edition_s_components():
    known = 0
    for index_id in indices.INDICES:
        for year in indices.editions(index_id):
            weights = weighting.of(index_id, year)
            if weights is not None:
                known += 1
                assert sum(weights.values()) == pytest.approx(100)
                assert set(weights) == set(indices.component_ids(index_id, year))
                assert weighting.known(index_id, year) != "not known"
    assert known >= 19 + 14
    assert weighting.of("pci", 2005) is None and weighting.known("pci", 2005) == "not known"
    assert "recovered" in weighting.known("pci", 2022) and "cannot be rebuilt" in weighting.known("pci", 2011)


def _profiles(shared):
    found = defaultdict(dict)
    for row in csv.DictReader((shared / "pci/pci_province_profiles_2006_2024.csv").open(encoding="utf-8-sig")):
        if row["value"]:
            found[row["province"], int(row["year"])][NAMES_IN_PROFILES.get(row["item"], row["item"])] = float(row["value"])
    return found


@pytest.mark.parametrize(("years", "enough"), [(range(2014, 2017), 25), (range(2017, 2021), 30), ((2021,), 8), ((2022,), 7)])
def test_weights_rebuild_the_printed_pci(shared, years, enough):
    """Printed components (two decimals) weighted give the printed composite; the wrong weights do not."""
    good = bad = n = 0
    for (_, year), values in _profiles(shared).items():
        if year in years and "pci_score" in values:
            built = weighting.composite("pci", year, values)
            if built is None:
                continue
            n += 1
            good += abs(built - values["pci_score"]) <= 0.06
            other = weighting.of("pci", 2022 if year < 2022 else 2021)
            bad += abs(weighting.composite("pci", year, values, using=other) - values["pci_score"]) <= 0.06
    assert n >= enough and good >= 0.9 * n, (n, good)
    assert bad <= 0.2 * n, (n, bad)


def test_weights_rebuild_the_workbook_of_2019(shared):
    import openpyxl

    sheet = openpyxl.load_workbook(shared / "pci/workbooks/PCI_2019.xlsx", read_only=True, data_only=True)["Summary"]
    rows = list(sheet.iter_rows(values_only=True))
    header = next(i for i, row in enumerate(rows) if row and "Rank" in row)
    place = rows[header].index("Rank")
    from govlib.known import provinces

    checked = {}
    for row in rows[header + 1:]:
        try:
            slug = provinces.resolve(row[place - 1], 2019)
        except UnknownName:
            continue
        if slug in checked:
            continue
        scores = dict(zip(indices.component_ids("pci", 2019), map(float, row[place + 2: place + 12]), strict=True))
        checked[slug] = weighting.composite("pci", 2019, scores) - float(row[place + 1])
    assert len(checked) == 63
    assert max(map(abs, checked.values())) < 0.02


def test_the_2009_2012_weights_fit_2010_and_2012_but_not_2011(shared):
    """The composite of 2011 cannot be rebuilt: the registry says so, and here is how far off it is."""
    off = defaultdict(list)
    for (_, year), values in _profiles(shared).items():
        if year in (2011, 2012) and "pci_score" in values and (built := weighting.composite("pci", year, values)) is not None:
            off[year].append(abs(built - values["pci_score"]))
    assert max(off[2011]) > 0.1 > sorted(off[2012])[len(off[2012]) // 2]


def test_fixed_weights_leave_out_what_some_edition_lacks():
    fixed = weighting.fixed("pci")
    assert sum(fixed.values()) == pytest.approx(100) and set(fixed) == set(indices.component_ids("pci", 2010))
    scores = dict.fromkeys(fixed, 6.0)
    assert weighting.composite("pci", 2010, scores, using=fixed) == pytest.approx(60)
    scores["transparency"] = None
    assert weighting.composite("pci", 2010, scores, using=fixed) is None


def test_papi_total_is_the_sum(shared):
    """PAPI 2017, Hà Nội: the printed total of the official sheet."""
    import openpyxl

    sheet = openpyxl.load_workbook(shared / "papi/PAPI_2011-2019.xlsx", read_only=True, data_only=True)["2017_PAPI"]
    rows = list(sheet.iter_rows(values_only=True))
    row = dict(zip(rows[0], rows[2], strict=True))
    dims = {"participation": "Participation at Local Levels", "transparency": "Transparency", "vertical_accountability": "Vertical Accountability",
            "control_of_corruption": "Control of Corruption", "administrative_procedures": "Public Administrative Procedures",
            "service_delivery": "Public Service Delivery"}
    assert set(dims) == set(indices.component_ids("papi", 2017))
    scores = {c: float(row[h]) for c, h in dims.items()}
    assert weighting.composite("papi", 2017, scores) == pytest.approx(float(row["Un-weighted2015PAPI"]), abs=1e-4)


def test_papi_codes_mean_what_the_official_headers_say(shared):
    """Every sub-dimension header of every yearly sheet, in order, against the registry's meaning of each code."""
    import openpyxl

    book = openpyxl.load_workbook(shared / "papi/PAPI_2011-2019.xlsx", read_only=True, data_only=True)
    changed = {"Quality of Local Elections": "Quality of Elections", "E-Reponsiveness": "E-Responsiveness"}  # as printed → as registered
    dimensions = {"Participation at Local Levels", "Transparency", "Vertical Accountability", "Control of Corruption", "Public Administrative Procedures",
                  "Public Service Delivery", "Environmental Governance", "E-Governance"}
    for year in range(2011, 2020):
        header = next(book[f"{year}_PAPI"].iter_rows(values_only=True))
        printed, d, s = {}, 0, 0
        for text in header[3:]:
            if text in dimensions:
                d, s = d + 1, 0
            elif text and "PAPI" not in text:
                s += 1
                printed[f"{d}.{s}"] = changed.get(text, text).replace("’", "'")
        known = {c.code: c.name_en for c in indices.components("papi", year, "indicator")}
        assert printed == known, year


def test_papi_codes_that_changed_their_meaning():
    meaning = {y: indices.by_code("papi", "3.2", y).id.split(".")[1] for y in (2015, 2016, 2018)}
    assert meaning == {2015: "peoples_inspection_boards", 2016: "response_to_citizen_actions", 2018: "response_to_appeals"}
    assert indices.by_code("papi", "2.1", 2018).id == "transparency.access_to_information"
    with pytest.raises(UnknownName):
        indices.by_code("papi", "5.2", 2021)
    assert indices.scale("papi", "administrative_procedures.certification", 2020)[1] == 2.5
    assert indices.scale("papi", "administrative_procedures.certification", 2021)[1] == pytest.approx(10 / 3)
    assert len(indices.components("papi", 2019, "indicator")) == 29  # as the methodology notes say


def test_published_subdimensions_lie_on_their_scale(shared):
    for year in range(2011, 2025):
        for row in csv.DictReader((shared / f"papi/subcriteria/csv/{year}.csv").open(encoding="utf-8-sig")):
            for code, value in row.items():
                if code != "Province" and value:
                    c = indices.by_code("papi", f"{code[2]}.{code[3]}", year)
                    low, high, _ = indices.scale("papi", c.id, year)
                    assert low <= float(value) <= high + 1e-6, (year, code, value)


def test_breaks():
    years = {(b.year, b.scope) for b in indices.breaks("pci")}
    assert {(2009, "all"), (2013, "all"), (2017, "all"), (2021, "all"), (2022, "overall")} <= years
    assert {b.year for b in indices.breaks("papi")} >= {2016, 2018}
    assert [b.year for b in indices.breaks("sipas")] == [2022]
    assert 2024 in {b.year for b in indices.breaks("par")}
    assert [b.year for b in indices.breaks_between("pci", "overall", 2008, 2013)] == [2009, 2013]
    assert [b.year for b in indices.breaks_between("papi", "service_delivery", 2011, 2024)] == [2018, 2021]
    assert indices.breaks_between("papi", "control_of_corruption", 2011, 2024) == []
    with pytest.raises(BadInput, match="value '2019:2015': the range of years is reversed → write 2015:2019"):
        indices.breaks_between("pci", "informal_charges", 2019, 2015)  # it was told that there are none
    assert [b.year for b in indices.breaks_between("papi", "vertical_accountability.interactions", 2015, 2017)] == [2016]


def test_renamed_components():
    assert indices.name("pci", "business_support", "en", 2019) == "Business Support Services"
    assert indices.name("pci", "business_support", "en", 2021) == "Business Support Policy"
    assert indices.name("pci", "business_support", "vi", 2021) == "Chính sách hỗ trợ doanh nghiệp"
    assert indices.name("pci", "implementation", "en", 2019) == "Implementation of Central Policy"  # it still has a name


def test_method_versions_change_with_the_breaks():
    assert len({indices.method_version("pci", y) for y in range(2013, 2017)}) == 1
    assert indices.method_version("pci", 2021) != indices.method_version("pci", 2022)
    with pytest.raises(BadInput):
        indices.method_version("dti", 2019)


def test_unknown_asks_raise():
    with pytest.raises(UnknownName, match="papi"):
        indices.index("papy")
    with pytest.raises(UnknownName):
        indices.component("pci", "time_cost")
    with pytest.raises(UnknownName):
        indices.component("pci", "policy_bias", 2010)


def test_breaks_are_asked_of_an_id():
    """Of a printed name only the breaks of all components were told, as if there were no others."""
    name = indices.component("pci", "time_costs").name_vi
    assert indices.breaks_between("pci", "time_costs", 2012, 2020) and indices.breaks_between("papi", "transparency.land_plans", 2012, 2024)
    for asked in (name, indices.component("pci", "time_costs").name_en):
        with pytest.raises(UnknownName, match="nearest: time_costs$"):
            indices.breaks_between("pci", asked, 2012, 2020)
    with pytest.raises(UnknownName, match="unknown index 'PCI'; nearest: pci"):
        indices.breaks("PCI")
