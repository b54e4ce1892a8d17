"""What pages print of the PCI, as transcribed; Bắc Ninh's own file."""

from __future__ import annotations

import pandas as pd
import pytest

from govlib.errors import BadInput, UnknownName
from govlib.known import catalogue
from govlib.transcribe import bac_ninh, pci_site


def cells(table, province):
    return table[table["province"] == province].set_index("component")["score"].to_dict()


def written(tmp_path, text):
    path = tmp_path / "page.csv"
    path.write_text(text, encoding="utf-8")
    return path


# PCI 2021 as printed, ranks 1 and 7, with the columns of the transcription
TABLE = """province,year,entry_costs,land_access,transparency,time_costs,informal_charges,policy_bias,proactivity,business_support,labor_training,legal_institutions,pci_score,pci_rank,tier,source_url
Quảng Ninh,2021,7.98,7.39,6.31,8.52,7.85,6.96,7.74,7.39,7.27,7.91,73.02,1,Rất tốt,https://www.pcivietnam.vn/bang
 Bắc Ninh ,2021,"6,53",7.14,6.39,8.47,7.27,6.29,7.27,7.27,6.74,7.06,69.45,7,Tốt,https://www.pcivietnam.vn/bang
"""
ORDER = ["entry_costs", "land_access", "transparency", "time_costs", "informal_charges", "policy_bias", "proactivity",
         "business_support", "labor_policy", "law_and_order", "overall"]


def test_table(tmp_path):
    table = pci_site.read_table(written(tmp_path, TABLE))
    assert cells(table, "bac-ninh") == dict(zip(ORDER, [6.53, 7.14, 6.39, 8.47, 7.27, 6.29, 7.27, 7.27, 6.74, 7.06, 69.45], strict=True))
    overall = table[table["component"] == "overall"].set_index("province")
    assert overall["rank"].to_dict() == {"quang-ninh": 1, "bac-ninh": 7} and overall.loc["bac-ninh", "tier"] == "Tốt"
    others = table[table["component"] != "overall"]
    assert others["rank"].isna().all() and others["tier"].eq("").all(), "rank and tier are the composite's"
    assert set(table["source"]) == {"pci-site-table-2021"} and set(table["locator"]) == {"https://www.pcivietnam.vn/bang"}
    assert "Bắc Ninh" in set(table["province_printed"]) and set(table["year"]) == {2021}


def test_not_printed_is_empty_and_says_so(tmp_path):
    text = TABLE.replace('"6,53",7.14', "N/A,0").replace("69.45,7,", "69.45,>30,")
    table = pci_site.read_table(written(tmp_path, text)).query("province == 'bac-ninh'").set_index("component")
    assert table.loc[["entry_costs", "land_access"], "score"].isna().all()
    assert table.loc["entry_costs", "note"] == "printed as N/A" and "printed as 0" in table.loc["land_access", "note"]
    assert pd.isna(table.loc["overall", "rank"]) and table.loc["overall", "note"] == "rank printed as >30"


@pytest.mark.parametrize(("change", "words"), [
    (("policy_bias,proactivity", "policy_bias,dynamism"), ["wrong header", "missing: proactivity"]),
    ((" Bắc Ninh ", "Quảng Ninh"), ["stands twice", "row 3", "row 2"]), ((",8.47,", ",12.1,"), ["outside the scale 1–10", "time_costs", "12.1", "row 3"]),
    ((",8.47,", ",cao,"), ["not a number", "row 3"]), (("69.45,7,", "69.45,1.5,"), ["not a rank"]), (("69.45,7,", "69.45,99,"), ["not a rank"]),
    (("69.45,7,", "69.45,0,"), ["not a rank"]), (("69.45,7,", "169.45,7,"), ["outside the scale 0–100"]), ((",2021,", ",21,"), ["not a year"])])
def test_bad_tables(tmp_path, change, words):
    with pytest.raises(BadInput) as caught:
        pci_site.read_table(written(tmp_path, TABLE.replace(*change)))
    for word in ["page.csv", "→", *words]:
        assert word in str(caught.value), str(caught.value)


def test_unknown_province(tmp_path):
    with pytest.raises(UnknownName, match="row 2"):
        pci_site.read_table(written(tmp_path, TABLE.replace("Quảng Ninh", "Quảng Nhin")))


PROFILES = """province,year,item,value,value_printed,source_url
Ninh Bình,2022,labor_training,8.41,"8,41",https://investquangninh.vn/x
Ninh Bình,2022,policy_bias,,N/A,https://pcivietnam.vn/ho-so/ninh-binh
Ninh Bình,2022,pci_score,64.22,64.22,https://pcivietnam.vn/ho-so/ninh-binh
Ninh Bình,2022,pci_rank,44,44/63,https://pcivietnam.vn/ho-so/ninh-binh
Hà Tây,2007,pci_rank,41,41,https://pcivietnam.vn/ho-so/ha-tay
"""


def test_profiles(tmp_path):
    text = PROFILES.replace("44,44/63", "44,44")
    table = pci_site.read_profiles(written(tmp_path, text)).set_index(["province", "component"])
    assert table.loc[("ninh-binh", "labor_policy"), ["score", "source"]].tolist() == [8.41, "pci-press-investquangninh-vn"]
    assert table.loc[("ninh-binh", "policy_bias"), "note"] == "printed as N/A"
    assert table.loc[("ninh-binh", "overall"), ["score", "rank", "source"]].tolist() == [64.22, 44, "pci-site-profiles"]
    assert pd.isna(table.loc[("ha-tay", "overall"), "score"]) and table.loc[("ha-tay", "overall"), "rank"] == 41


@pytest.mark.parametrize(("change", "words"), [
    (('8.41,"8,41"', '8.14,"8,41"'), "row 2.*value and value_printed differ"), (("policy_bias", "happiness"), "row 3.*no such item"),
    (("policy_bias", "labor_policy"), "row 3.*stands twice"), (("Hà Tây,2007", "Hà Tây,2012"), "row 6.*ha-tay|row 6.*Hà Tây")])
def test_bad_profiles(tmp_path, change, words):
    with pytest.raises((BadInput, UnknownName), match=words):
        pci_site.read_profiles(written(tmp_path, PROFILES.replace("44,44/63", "44,44").replace(*change)))


# -- transcriptions --------------------------------------------------------------------------------------------------------


def test_transcribed_table(shared):
    table = pci_site.read_table(shared / pci_site.TABLE_FILE)
    assert len(table) == 21 * 11 and table["score"].notna().all()
    ranks = table[table["component"] == "overall"].sort_values("rank")
    assert ranks["rank"].tolist() == list(range(1, 22)) and ranks["score"].is_monotonic_decreasing


def test_transcribed_profiles(shared):
    table = pci_site.read_profiles(shared / pci_site.PROFILE_FILE)
    assert not table.duplicated(["year", "province", "component"]).any()
    assert table.loc[table["score"].isna(), "note"].eq("printed as N/A").all()
    assert set(table.loc[table["score"].isna() & table["year"].between(2009, 2012), "component"]) == {"policy_bias"}
    quang_ninh = table[(table["province"] == "quang-ninh") & (table["year"] == 2020)]
    assert cells(quang_ninh, "quang-ninh")["labor_policy"] == 8.41, "printed as 8,41"
    assert set(quang_ninh["source"]) == {"pci-press-investinquangninh-vn"}, "not the PCI site's page"
    row = table[(table["province"] == "thanh-hoa") & (table["year"] == 2024) & (table["component"] == "overall")].iloc[0]
    assert (row["score"], row["rank"], row["source"]) == (68.74, 21, "pci-site-profiles")


def test_press(shared):
    table = pci_site.read_press(shared / pci_site.PRESS_FILE).set_index(["province", "year"])
    assert table.loc[("bac-ninh", 2020), ["score", "rank"]].tolist() == [66.74, 10]
    assert pd.isna(table.loc[("ha-noi", 2022), "score"]) and table.loc[("ha-noi", 2022), "rank"] == 20
    assert table.loc[("ha-noi", 2022), "note"] == "score not printed in the source"


def test_every_source_is_in_the_catalogue(root):
    known = set(catalogue.sources()["id"])
    for path in [*(root / "data/raw/pci").glob("*.csv"), *(root / "data/raw/pgi").glob("*.csv")]:
        used = set(pd.read_csv(path)["source"])
        assert used <= known, (path.name, used - known)


def test_a_transcription_with_contradicting_columns(shared, tmp_path):
    text = (shared / pci_site.PROFILE_FILE).read_text(encoding="utf-8")
    path = tmp_path / "profiles.csv"
    path.write_text(text.replace("entry_costs,7.43,7.43", "entry_costs,7.34,7.43", 1), encoding="utf-8")
    with pytest.raises(BadInput, match="row 2.*value and value_printed differ"):
        pci_site.read_profiles(path)


@pytest.mark.parametrize(("text", "words"), [
    ("", ["empty"]), ("province,year\nx,1\n", ["wrong header", "missing: pci_rank"]),
    ("province,year,pci_score,pci_rank,source_url\nBac Ninh,20x1,1,1,u\n", ["row 2", "not a year"]),
    ("province,year,pci_score,pci_rank,source_url\nBac Ninh,2021,69,45,7,u\n", ["row 2", "more cells"]),
    ("province,year,pci_score,pci_rank,source_url\nBac Ninh,2021,169.45,7,u\n", ["row 2", "outside the scale"]),
])
def test_bad_transcriptions(tmp_path, text, words):
    path = tmp_path / "press.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        pci_site.read_press(path)
    for word in words:
        assert word in str(caught.value), str(caught.value)


def test_not_utf8(tmp_path):
    path = tmp_path / "press.csv"
    path.write_bytes("Bắc Ninh".encode("utf-16"))
    with pytest.raises(BadInput, match="UTF-8"):
        pci_site.read_press(path)


# -- Bắc Ninh's own file ---------------------------------------------------------------------------------------------------


PAGES = """index,year,component,score,rank,source_url,note
PCI,2020,overall,66.74,10,https://x.vn/1,
PCI,2020,Entry costs,"7,21",,https://x.vn/1,derived: 7.0 + 0.21
PCI,2023,Overall,65.96,>30,https://x.vn/2,
PAPI,2023,D8 E-Governance,3.729,2,https://x.vn/3,
PAPI,2021,overall,,,https://x.vn/4,
SIPAS,2021,Handling of feedback,,9,https://x.vn/5,
Provincial satisfaction survey,2021,One-stop shop,96.55,,https://x.vn/6,
"""


def test_every_index_of_bac_ninh_s_file(tmp_path):
    table = bac_ninh.read(written(tmp_path, PAGES.replace("Overall", "overall")))
    found = {(r.index_id, r.year, r.component): (None if pd.isna(r.score) else r.score, None if pd.isna(r.rank) else r.rank, r.note)
             for r in table.itertuples()}
    assert found == {("pci", 2020, "overall"): (66.74, 10, ""), ("pci", 2020, "entry_costs"): (7.21, None, "derived: 7.0 + 0.21"),
                     ("pci", 2023, "overall"): (65.96, None, "rank printed as >30"), ("papi", 2023, "e_governance"): (3.729, 2, ""),
                     ("papi", 2021, "overall"): (None, None, "score not printed in the source"),
                     ("sipas", 2021, "handling_of_feedback"): (None, 9, "score not printed in the source"),
                     ("", 2021, "one_stop_shop"): (96.55, None, "")}
    assert set(table["province"]) == {"bac-ninh"} and set(table["source"]) == {"bac-ninh-published"}
    assert set(bac_ninh.read(tmp_path / "page.csv", "papi")["index_id"]) == {"papi"}


def test_bac_ninh_file(shared):
    table = bac_ninh.read(shared / bac_ninh.FILE)
    with (shared / bac_ninh.FILE).open(encoding="utf-8") as file:
        assert len(table) == sum(1 for _ in file) - 1, "every row, of every index"
    assert set(table["index_id"]) == {"pci", "papi", "dti", "par", "sipas", "pgi", ""}
    assert set(table["province"]) == {"bac-ninh"}
    papi = bac_ninh.read(shared / bac_ninh.FILE, "papi").set_index(["year", "component"])
    assert papi.loc[(2020, "overall"), "score"] == 45.31 and papi.loc[(2023, "e_governance"), "rank"] == 2
    assert "data insufficient" in papi.loc[(2021, "overall"), "note"] and pd.isna(papi.loc[(2021, "overall"), "score"])
    pci = bac_ninh.read(shared / bac_ninh.FILE, "pci")
    assert (pci[pci["year"] == 2020]["note"].str.startswith("derived").sum(), len(pci)) == (10, 61)
    assert table.loc[table["score"].isna(), "note"].ne("").all()


@pytest.mark.parametrize(("line", "words"), [
    ("XYZ,2020,overall,1,1,u,", ["no such index", "row 2"]), ("PCI,2020,Happiness,1,1,u,", ["no such component of pci"]),
    ("PCI,2020,overall,high,1,u,", ["not a number", "column score"]), ("PCI,2020,overall,66.7,-3,u,", ["not a rank"])])
def test_bad_bac_ninh_rows(tmp_path, line, words):
    path = tmp_path / "bac_ninh.csv"
    path.write_text("index,year,component,score,rank,source_url,note\n" + line + "\n", encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        bac_ninh.read(path)
    for word in words:
        assert word in str(caught.value), str(caught.value)
