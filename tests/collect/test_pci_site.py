"""Pages of the PCI site, written by hand with the columns the site prints; the transcriptions; Bắc Ninh's own file."""

from __future__ import annotations

import pandas as pd
import pytest

from govlib.collect.readers import _tidy, pci_site
from govlib.errors import BadInput, UnknownName
from govlib.known import catalogue, provinces
from govlib.transcribe import bac_ninh

VI = ["Tỉnh/Thành phố", "Gia nhập thị trường", "Tiếp cận đất đai", "Tính minh bạch", "Chi phí thời gian", "Chi phí không chính thức",
      "Cạnh tranh bình đẳng", "Tính năng động", "Chính sách hỗ trợ doanh nghiệp", "Đào tạo lao động",
      "Thiết chế pháp lý và ANTT", "Điểm số PCI", "Xếp hạng", "Nhóm"]
EN = ["Province", "Entry Costs", "Land Access & Tenure", "Transparency", "Time Costs", "Informal Charges", "Policy Bias",
      "Proactivity", "Business Support Policy", "Labor Policy", "Law & Order", "PCI score", "Rank", "Tier"]
ORDER = ["entry_costs", "land_access", "transparency", "time_costs", "informal_charges", "policy_bias", "proactivity",
         "business_support", "labor_policy", "law_and_order", "overall"]
# PCI 2021 as printed, ranks 1 and 7
ROWS = [["Quảng Ninh", "7.98", "7.39", "6.31", "8.52", "7.85", "6.96", "7.74", "7.39", "7.27", "7.91", "73.02", "1", "Rất tốt"],
        ["Bắc Ninh", "6.53", "7.14", "6.39", "8.47", "7.27", "6.29", "7.27", "7.27", "6.74", "7.06", "69.45", "7", "Tốt"]]


def page(tmp_path, header, rows, *, title="Bảng chỉ số PCI 2021", extra="", name="page.html"):
    def line(cells, tag):
        return "<tr>" + "".join(f"<{tag}>{c}</{tag}>" for c in cells) + "</tr>"

    path = tmp_path / name
    path.write_text(f"<!DOCTYPE html><html><head><title>{title}</title></head><body><table><tr><td>menu</td></tr></table>{extra}"
                    f"<table class='x'><thead>{line(header, 'th')}</thead><tbody>{''.join(line(r, 'td') for r in rows)}"
                    "</tbody></table><script>var x = '<table>';</script></body></html>", encoding="utf-8")
    return path


def cells(table, province):
    return table[table["province"] == province].set_index("component")["score"].to_dict()


@pytest.mark.parametrize("header", [VI, EN])
@pytest.mark.parametrize("comma", [False, True])
def test_table_page(tmp_path, header, comma):
    rows = [[c.replace(".", ",") for c in row] for row in ROWS] if comma else ROWS
    table = pci_site.read_table_page(page(tmp_path, header, rows), url="https://www.pcivietnam.vn/bang")
    assert list(table.columns) == ["year", *_tidy.COLUMNS] and set(table["year"]) == {2021}
    for row in ROWS:
        assert cells(table, provinces.resolve(row[0])) == dict(zip(ORDER, map(float, row[1:12]), strict=True))
    overall = table[table["component"] == "overall"].set_index("province")
    assert overall["rank"].to_dict() == {"quang-ninh": 1, "bac-ninh": 7} and overall.loc["bac-ninh", "tier"] == "Tốt"
    assert set(table["source"]) == {"pci-site-table-2021"} and set(table["locator"]) == {"https://www.pcivietnam.vn/bang"}


def test_table_page_with_columns_in_another_order_merged_header_and_names_of_2025(tmp_path):
    order = [12, 0, 11, *range(1, 11)]
    path = page(tmp_path, ["Số", *(EN[i] for i in order)], [["1", *(ROWS[1][i] for i in order)]], title="PCI 2021")
    text = path.read_text(encoding="utf-8").replace("<thead>", "<thead><tr><th colspan='3'>PCI</th><th colspan='11'>Sub-indices</th></tr>")
    path.write_text(text, encoding="utf-8")
    assert cells(pci_site.read_table_page(path), "bac-ninh")["time_costs"] == 8.47
    with pytest.raises(UnknownName, match="2025 edition"):
        pci_site.read_table_page(page(tmp_path, VI, [["Bắc Giang", *ROWS[0][1:]]], title="PCI"), 2025)


def test_not_printed_is_empty_and_says_so(tmp_path):
    row = [*ROWS[1]]
    row[1], row[2], row[12] = "N/A", "0", ">30"
    table = pci_site.read_table_page(page(tmp_path, VI, [row])).set_index("component")
    assert table.loc[["entry_costs", "land_access"], "score"].isna().all()
    assert table.loc["entry_costs", "note"] == "printed as N/A" and "printed as 0" in table.loc["land_access", "note"]
    assert pd.isna(table.loc["overall", "rank"]) and table.loc["overall", "note"] == "rank printed as >30"


def changed(row, at, value):
    return [*row[:at], value, *row[at + 1:]]


@pytest.mark.parametrize(("header", "rows", "year", "words"), [
    (changed(VI, 11, "Tổng quan"), ROWS, None, ["no column for overall"]),
    (changed(VI, 2, "Gia nhập thị trường"), ROWS, None, ["two columns say they are entry_costs"]),
    (VI[:5] + VI[11:], [r[:5] + r[11:] for r in ROWS], None, ["fewer than eight"]),
    (VI, [ROWS[0], ROWS[0]], None, ["stands twice", "row 2"]),
    (VI, [changed(ROWS[0], 4, "12.1")], None, ["outside the scale 1–10", "time_costs", "12.1"]),
    (VI, [changed(ROWS[0], 4, "cao")], None, ["not a number", "row 2", "time_costs"]),
    (VI, [changed(ROWS[0], 12, "1.5")], None, ["not a rank"]),
    (VI, [changed(ROWS[0], 12, "99")], None, ["not a rank"]),
    (VI, ROWS, 2022, ["about PCI 2021"]),
    (VI, [], None, ["no provinces"]),
])
def test_bad_table_pages(tmp_path, header, rows, year, words):
    with pytest.raises(BadInput) as caught:
        pci_site.read_table_page(page(tmp_path, header, rows), year)
    for word in ["page.html", "→", *words]:
        assert word in str(caught.value), str(caught.value)


def test_unknown_province_on_a_page(tmp_path):
    with pytest.raises(UnknownName, match="row 2"):
        pci_site.read_table_page(page(tmp_path, VI, [changed(ROWS[0], 0, "Quảng Nhin")]))


@pytest.mark.parametrize(("content", "word"), [(b"", "empty"), (b"<html><body>loading...</body></html>", "no table"),
                                               (b"PK\x03\x04xxxx", "workbook"),
                                               (b"<table><tr><td>a</td></tr></table>", "which one edition")])
def test_files_that_are_no_table_page(tmp_path, content, word):
    path = tmp_path / "page.html"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=word):
        pci_site.read_table_page(path)
    with pytest.raises(BadInput, match="no such file"):
        pci_site.read_table_page(tmp_path / "absent.html")


def test_page_without_the_year_needs_it(tmp_path):
    path = page(tmp_path, EN, ROWS, title="Provinces", extra="<select><option>2020</option><option selected>2021</option></select>")
    assert set(pci_site.read_table_page(path)["year"]) == {2021}, "the chosen option says it"
    path = page(tmp_path, EN, ROWS, title="Provinces")
    with pytest.raises(BadInput, match="pass year="):
        pci_site.read_table_page(path)
    assert len(pci_site.read_table_page(path, 2021)) == 22


# Ninh Bình's profile as printed, three editions
PROFILE = {"Gia nhập thị trường": ["7.43", "6.53", "6.20"], "Tiếp cận đất đai": ["7.23", "7.12", "6.33"],
           "Tính minh bạch": ["6.16", "5.69", "4.60"], "Chi phí thời gian": ["8.37", "7.69", "6.71"],
           "Chi phí không chính thức": ["7.28", "6.96", "7.56"], "Cạnh tranh bình đẳng": ["5.12", "5.90", "7.57"],
           "Tính năng động": ["6.93", "6.20", "5.54"], "Hỗ trợ doanh nghiệp": ["6.18", "5.17", "4.98"],
           "Đào tạo lao động": ["6.35", "6.40", "6.93"], "Thiết chế pháp lý": ["7.57", "7.35", "7.54"],
           "Điểm số PCI": ["67.83", "64.22", "60.53"], "Xếp hạng PCI": ["19", "44/63", "58"]}


def profile(tmp_path, *, title="Hồ sơ tỉnh Ninh Bình | PCI Việt Nam", turned=False, rows=PROFILE):
    header, lines = ["Chỉ số thành phần", "2023", "2022", "2021"], [[k, *v] for k, v in rows.items()]
    if turned:
        header, *lines = [list(x) for x in zip(header, *lines, strict=True)]
    return page(tmp_path, header, lines, title=title)


@pytest.mark.parametrize("turned", [False, True])
def test_profile_page(tmp_path, turned):
    table = pci_site.read_profile_page(profile(tmp_path, turned=turned), url="https://pcivietnam.vn/ho-so-tinh/ninh-binh")
    assert set(table["province"]) == {"ninh-binh"} and len(table) == 33
    assert cells(table[table["year"] == 2022], "ninh-binh")["policy_bias"] == 5.90
    overall = table[table["component"] == "overall"].set_index("year")
    assert overall["score"].to_dict() == {2023: 67.83, 2022: 64.22, 2021: 60.53}
    assert overall["rank"].to_dict() == {2023: 19, 2022: 44, 2021: 58}


def test_english_profile_page_named_by_its_address(tmp_path):
    rows = dict(zip([*EN[1:12], "Rank"], PROFILE.values(), strict=True))
    table = pci_site.read_profile_page(profile(tmp_path, title="PCI", rows=rows), url="https://pcivietnam.vn/en/provinces/ninh-binh")
    assert set(table["province"]) == {"ninh-binh"} and cells(table[table["year"] == 2023], "ninh-binh")["law_and_order"] == 7.57
    with pytest.raises(BadInput, match="whose profile"):
        pci_site.read_profile_page(profile(tmp_path, title="PCI", rows=rows))


def test_bad_profile_pages(tmp_path):
    with pytest.raises(BadInput, match="page is about Ninh Bình"):
        pci_site.read_profile_page(profile(tmp_path), "Hà Nam")
    with pytest.raises(BadInput, match="lacks the PCI score"):
        pci_site.read_profile_page(profile(tmp_path, rows=dict(list(PROFILE.items())[:5])))
    with pytest.raises(BadInput, match="outside the scale"):
        pci_site.read_profile_page(profile(tmp_path, rows={**PROFILE, "Tính minh bạch": ["61.6", "5.69", "4.60"]}))
    table = pci_site.read_profile_page(profile(tmp_path, rows={**PROFILE, "Cạnh tranh bình đẳng": ["N/A", "5.9", "7.57"]}))
    empty = table[table["score"].isna()]
    assert empty[["year", "component", "note"]].values.tolist() == [[2023, "policy_bias", "printed as N/A"]]


# -- transcriptions --------------------------------------------------------------------------------------------------------


def test_transcribed_table_reads_like_its_page(shared, tmp_path):
    table = pci_site.read_table_csv(shared / pci_site.TABLE_FILE)
    assert len(table) == 21 * 11 and table["score"].notna().all()
    html = pci_site.read_table_page(page(tmp_path, VI, ROWS))
    both = html.merge(table, on=["year", "province", "component"], suffixes=("", "_csv"))
    assert len(both) == 22 and (both["score"] == both["score_csv"]).all() and (both["tier"] == both["tier_csv"]).all()
    ranks = table[table["component"] == "overall"].sort_values("rank")
    assert ranks["rank"].tolist() == list(range(1, 22)) and ranks["score"].is_monotonic_decreasing


def test_transcribed_profiles(shared):
    table = pci_site.read_profiles_csv(shared / pci_site.PROFILE_FILE)
    assert not table.duplicated(["year", "province", "component"]).any()
    assert table.loc[table["score"].isna(), "note"].eq("printed as N/A").all()
    assert set(table.loc[table["score"].isna() & table["year"].between(2009, 2012), "component"]) == {"policy_bias"}
    quang_ninh = table[(table["province"] == "quang-ninh") & (table["year"] == 2020)]
    assert cells(quang_ninh, "quang-ninh")["labor_policy"] == 8.41, "printed as 8,41"
    assert set(quang_ninh["source"]) == {"pci-press-investinquangninh-vn"}, "not the PCI site's page"
    row = table[(table["province"] == "thanh-hoa") & (table["year"] == 2024) & (table["component"] == "overall")].iloc[0]
    assert (row["score"], row["rank"], row["source"]) == (68.74, 21, "pci-site-profiles")


def test_press(shared):
    table = pci_site.read_press_csv(shared / pci_site.PRESS_FILE).set_index(["province", "year"])
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
        pci_site.read_profiles_csv(path)


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
        pci_site.read_press_csv(path)
    for word in words:
        assert word in str(caught.value), str(caught.value)


def test_not_utf8(tmp_path):
    path = tmp_path / "press.csv"
    path.write_bytes("Bắc Ninh".encode("utf-16"))
    with pytest.raises(BadInput, match="UTF-8"):
        pci_site.read_press_csv(path)


# -- Bắc Ninh's own file ---------------------------------------------------------------------------------------------------


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
