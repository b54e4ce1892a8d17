"""The reform registry: what it says about real reforms, and that a damaged file stops with file, row and column."""

import csv
from types import SimpleNamespace

import numpy as np
import pytest

import govlib.known.reforms as reforms
from govlib.effects import sample
from govlib.errors import BadInput, UnknownName
from govlib.paths import raw

TEN = {"ba-ria-vung-tau", "da-nang", "hai-phong", "ho-chi-minh", "kien-giang", "lao-cai", "nam-dinh", "phu-yen", "quang-tri",
       "vinh-phuc"}


def test_registry_reads_and_covers_every_row():
    table = reforms.actions()
    assert len(table) == 467 and table["reform_id"].is_unique
    assert set(table["reform"]) <= set(reforms.reform_types().index)
    assert (table.loc[table["level"] == "national", "province"] == "national").all()


def test_sidecar_has_the_files_checksum():
    import hashlib

    import yaml

    meta = yaml.safe_load((raw() / "reforms" / "reform_actions.meta.yaml").read_text(encoding="utf-8"))
    assert meta["sha256"] == hashlib.sha256((raw() / "reforms" / "reform_actions.csv").read_bytes()).hexdigest()


def test_ten_provinces_without_councils_2009_to_2015():
    """Malesky, Nguyen and Tran (2014): ten pilot provinces from April 2009; the pilot ends with the 2016 elections."""
    table = reforms.exposure("peoples_council_removal", "pci", reading="early")
    assert set(table.loc[table["adopted"] & (table["year"] == 2010), "province"]) == TEN
    assert set(table.loc[table["adopted"], "year"]) == set(range(2009, 2016))
    ended = table[(table["province"] == "da-nang") & (table["year"] >= 2016)]
    assert ended["ended"].all() and not ended["adopted"].any() and (ended["dose"] == 0).all()
    others = table[~table["province"].isin(TEN) & (table["year"] < 2025)]
    assert (others["state"] == "not_yet").all() and np.isinf(others["cohort"]).all()


def test_an_unlisted_province_is_unknown_not_a_control():
    table = reforms.exposure("provincial_service_centre", "pci")
    assert set(table.loc[table["province"] == "ha-giang", "state"]) == {"unknown"}
    assert table.loc[table["province"] == "ha-giang", "cohort"].isna().all()
    # listed without a date: unknown until it is known to exist, and never with a cohort
    ca_mau = table[table["province"] == "ca-mau"].set_index("year")
    assert ca_mau.at[2019, "state"] == "unknown" and ca_mau.at[2022, "state"] == "treated" and ca_mau["cohort"].isna().all()


def test_what_is_routine_makes_no_cohort():
    """A province whose plan of 2024 was read had others before: its date is no adoption, whatever it is the date of."""
    types = reforms.reform_types()
    routine = types["coverage_note"].str.contains("not first adoption|[Rr]outine")
    assert routine.any() and (types.loc[routine, "coverage"] == "examples").all()
    for reform, index in (("pci_action_plan", "pci"), ("index_improvement_directive", "papi")):
        assert (reforms.actions().query("reform == @reform")["date_of"] == "decision").any()
        table = reforms.exposure(reform, index)
        assert table["adopted"].any() and table["cohort"].isna().all() and set(table["state"]) == {"treated", "unknown"}


def test_what_a_list_that_is_complete_does_not_name_had_none():
    """Nine provinces of the land project, 2008 to 2015; ten places with special mechanisms, of which Ha Noi's date is not known."""
    land = reforms.exposure("land_administration_project", "pci", reading="late")
    assert land.loc[land["adopted"] & (land["year"] == 2010), "province"].nunique() == 9
    assert set(land.loc[land["province"] == "bac-ninh", "state"]) == {"not_yet"} and land.loc[land["year"] >= 2015, "adopted"].sum() == 0
    special = reforms.exposure("special_mechanism_resolution", "papi", years=[2019, 2024], reading="late").set_index(["province", "year"])
    assert special.at[("bac-ninh", 2024), "state"] == "not_yet" and special.at[("nghe-an", 2024), "cohort"] == 2022
    assert np.isnan(special.at[("ha-noi", 2019), "cohort"]) and special.at[("ha-noi", 2019), "state"] == "unknown"
    cities = reforms.exposure("urban_government_no_lower_councils", "papi", years=[2024], reading="late").set_index("province")
    assert list(cities.index[cities["adopted"]]) == ["da-nang", "ha-noi", "ho-chi-minh"] and cities.at["hai-phong", "state"] == "not_yet"


def test_a_digital_plan_for_one_year_dates_no_first_one():
    """Son La's plan for 2025 does not say that it had none in 2024: it is no control of the years before."""
    rows = reforms.actions().query("reform == 'digital_transformation_plan'")
    yearly = rows[rows["source_title"].str.contains(r"(?<= )202[3-6]$")].groupby("province")["start_date"].min()
    first = rows.groupby("province")["start_date"].min()
    only = [p for p in yearly.index if yearly[p] == first[p]]
    table = reforms.exposure("digital_transformation_plan", "papi")
    assert len(only) >= 6 and table.loc[table["province"].isin(only), "cohort"].isna().all()


def test_three_hundred_dated_actions_bear_the_number_of_their_document():
    """A number stands behind the kind of document, or before its signs; a year, a day, a project's own number are none."""
    rows = reforms.actions()
    rows = rows[rows["start_date"] != ""]
    named = rows["instrument"].fillna("").str.replace(r"\([^)]*\)", "", regex=True)
    signs = named.str.contains(r"\b\d+[a-zđ]?(?:/\d{4})?[/-][A-ZĐ]")
    bare = named.str.contains(r"(?:Quyết định|Nghị quyết|Kế hoạch|Chỉ thị|Luật) \d+(?! ?/\d)\b")
    assert (signs | bare).sum() >= 300


@pytest.mark.parametrize(("start", "index", "rule", "reading", "edition"), [
    ("2017-05-17", "pci", "next_edition_after_fieldwork", "early", 2017),  # inside the survey months: open
    ("2017-05-17", "pci", "next_edition_after_fieldwork", "late", 2018),
    ("2017-11-28", "pci", "next_edition_after_fieldwork", "early", 2018),  # after them: the next edition, both readings
    ("2017-11-28", "pci", "next_edition_after_fieldwork", "late", 2018),
    ("2017-01-10", "pci", "next_edition_after_fieldwork", "late", 2017),  # before them: the same edition, both readings
    ("2016", "pci", "next_edition_after_fieldwork", "early", 2016),
    ("2016", "pci", "next_edition_after_fieldwork", "late", 2017),
    ("2017-11-28", "pci", "same_year", "late", 2017),
    ("2017-01-10", "pci", "next_year", "early", 2018),
])
def test_first_edition_that_can_have_felt_an_action(start, index, rule, reading, edition):
    assert reforms.first_edition(start, index, rule=rule, reading=reading) == edition


def test_national_reforms_reach_every_province_at_once():
    table = reforms.exposure("one_stop_decree_61", "papi")
    assert table["cohort"].nunique() == 1 and not (table["state"] == "unknown").any()


def test_merged_units_of_2025_do_not_inherit_actions():
    table = reforms.exposure("provincial_service_centre", "pci", years=[2024, 2025])
    bac_ninh = table[table["province"] == "bac-ninh"].set_index("year")
    assert bac_ninh.at[2024, "state"] == "treated" and bac_ninh.at[2025, "state"] == "unknown"


def test_less_certain_actions_can_be_set_aside():
    table = reforms.exposure("provincial_service_centre", "pci", min_confidence="high")
    assert set(table.loc[table["province"] == "long-an", "state"]) == {"unknown"}  # its year is inferred: low
    assert "treated" in set(table.loc[table["province"] == "bac-ninh", "state"])


def test_unknown_names_say_what_is_near():
    with pytest.raises(UnknownName, match="peoples_council_removal"):
        reforms.exposure("people_council_removal", "pci")
    with pytest.raises(UnknownName, match="next_year"):
        reforms.exposure("ddci", "pci", rule="whenever")
    with pytest.raises(UnknownName, match="index"):
        reforms.exposure("ddci", "pcii")


@pytest.mark.parametrize(("column", "value", "message"), [
    ("reform_id", "HDND-001", "stands in row"),
    ("start_date", "2009-13-01", "precision|no such day"),
    ("start_date", "2017-02-30", "no such day"),
    ("start_date", "spring 2009", "precision"),
    ("end_date", "2001", "ends before it starts"),
    ("end_date", "20x6", "a date is written"),
    ("province", "atlantis", "unknown province"),
    ("province", "Bắc Ninh", "slug"),
    ("reform", "abolition_of_paper", "unknown reform"),
    ("target_components", "pci:happiness", "pci has no such component"),
    ("target_components", "gdp:overall", "unknown index"),
    ("confidence", "sure", "must be one of"),
    ("date_of", "somewhen", "must be one of"),
    ("date_precision", "year", "precision"),
    ("read_again", "twice", "is an address"),
])
def test_a_damaged_row_stops_with_its_place(tmp_path, column, value, message):
    rows = list(csv.DictReader((raw() / "reforms" / "reform_actions.csv").open(encoding="utf-8")))
    spoiled = next(i for i, r in enumerate(rows) if r["reform_id"] == "HCC-007")
    rows[spoiled][column] = value
    path = tmp_path / "reform_actions.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    with pytest.raises(BadInput, match=message) as caught:
        reforms.actions(path)
    assert caught.value.row in (spoiled + 2, len(rows) + 1) or column == "reform_id"
    assert caught.value.column == column or column in ("start_date", "date_precision")


def test_a_row_is_the_one_that_a_spreadsheet_shows(tmp_path):
    rows = list(csv.DictReader((raw() / "reforms" / "reform_actions.csv").open(encoding="utf-8")))[:2]
    rows[0]["note"], rows[1]["province"] = "two\nlines", "atlantis"
    path = tmp_path / "reform_actions.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerow(rows[0])
        handle.write("\r\n")
        writer.writerow(rows[1])
    with pytest.raises(BadInput) as error:
        reforms.actions(path)
    assert (error.value.row, error.value.column) == (4, "province")


def test_panel_table_has_all_reforms_and_both_readings():
    table = reforms.exposure_panel(indices_=["papi"])
    assert set(table["reading"]) == {"early", "late"} and set(table["reform"]) == set(reforms.reform_types().index)
    assert not table.duplicated(["reform", "index_id", "reading", "province", "year"]).any()


def test_editions_between_two_actions_stay_for_the_other_provinces():
    """Ended for good, no later edition counts; between two actions only that province's own are left out."""
    names, years = np.array(["ha-noi", "hue", "lao-cai"]), np.arange(2015, 2021)
    columns = {"province": np.repeat(names, 6), "year": np.tile(years, 3), "state": np.full(18, "not_yet", object), "confidence": np.full(18, "", object),
               "cohort": np.full(18, np.inf), "adopted": np.zeros(18, bool), "ended": np.zeros(18, bool), "dose": np.zeros(18)}
    for at, times in ((0, ((2016, 2017), (2019, 2020))), (1, ((2019, 2020),))):
        mine = slice(6 * at, 6 * at + 6)
        columns["adopted"][mine] = columns["dose"][mine] = sum((years >= a) & (years < b) for a, b in times)
        columns["ended"][mine] = (years >= times[0][0]) & ~columns["adopted"][mine]
        columns["cohort"][mine], columns["confidence"][mine] = times[0][0], "high"
    rule: list[str] = []
    found = sample._expose(np.ones((3, 6)), names, years, columns, SimpleNamespace(sample_rule="unknown_as_control", reform="x"), rule)
    assert np.isfinite(found["y"]).astype(int).tolist() == [[1, 1, 0, 0, 1, 0], [1, 1, 1, 1, 1, 0], [1, 1, 1, 1, 1, 0]]
    assert found["d"].astype(int).tolist() == [[0, 1, 0, 0, 1, 0], [0, 0, 0, 0, 1, 0], [0] * 6] and rule == ["editions after the end of x left out for its provinces"]
