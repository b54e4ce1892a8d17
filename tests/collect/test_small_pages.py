"""Pages and files of a few lines, each read as it stands or refused with its place; the figures are made up."""

from __future__ import annotations

import json

import pytest

from govlib.collect import checks
from govlib.collect.readers import datasets, pages, pci_site_table
from govlib.known import indices, provinces


def put(folder, **files: str):
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return folder


def tables(html: str, by=pages.tables) -> list[list[list[str]]]:
    return list(by(pages.parse(html.encode())))


# ---- tables in pages ------------------------------------------------------------------------------------------------------
def test_tables_as_rows_of_cells():
    assert tables("<table><tr><th> A\u00a0b </th><td>1<b>2</b></td><p>x</p></tr><tr></tr></table><p>no</p><table><tr><td>ế</td></tr></table>") == [[["A b", "12"]], [["ế"]]]


def test_tables_by_year_begin_at_their_row_of_years():
    page = "<table><tr><td>PCI</td></tr><tr><td>Năm</td><td>2019</td><td></td><td>2020</td></tr><tr><td>Entry</td><td>1</td><td></td><td>2</td></tr></table>"
    assert tables(page + "<table><tr><td>Year</td><td>of it</td></tr></table><table><tr><td>Year</td></tr></table><p>Year 2021\nEntry 5</p>", pages.by_year) == [
        [["Năm", "2019", "", "2020"], ["Entry", "1", "", "2"]]]


def test_running_text_by_year():
    text = "<p>Head 5\nNăm 2019 2020\nEntry costs 7,1 8.25\nN/A\nNo figures\nLand – N/A\nYear 1999 2021\nTime 5 -\nYear on year</p>"
    assert tables(text, pages.by_year) == [[["nam", "2019", "2020"], ["Entry costs", "7,1", "8.25"], ["Land", "–", "N/A"]], [["year", "1999", "2021"], ["Time", "5", "-"]]]
    assert tables("<p>Entry costs 7,1</p>", pages.by_year) == []


def test_links_are_whole_addresses():
    assert list(pages.links(pages.parse(b"<a href='b.html'> B  c </a><a>x</a><a href='https://o.org/'>o</a>"), "https://a.org/x/")) == [
        ("B c", "https://a.org/x/b.html"), ("o", "https://o.org/")]


# ---- the whole table of the PCI site ----------------------------------------------------------------------------------------
ITEMS = indices.component_ids("pci", 2018)
HEADS = ["Entry Costs", "Land Access", "Transparency", "Time Costs", "Informal Charges", "Policy Bias", "Proactivity", "Business Support Policy", "Labor Policy", "Law and Order"]


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Two editions of two provinces ship; a page is a table of the first's figures and of whatever else is given."""
    raw = tmp_path / "raw"
    (raw / "pci").mkdir(parents=True)
    for year, more in ((2018, 0.0), (2016, 0.02)):
        rows = [["Hà Nội", "ha-noi", c, "component", f"{5 + at / 10 + more:.2f}", *[""] * 2, "points", "s", "l", ""] for at, c in enumerate(ITEMS)]
        (raw / "pci" / f"{year}.csv").write_text("\n".join(",".join(r) for r in [checks.TIDY, *rows]) + "\n", encoding="utf-8")
    monkeypatch.setattr("govlib.paths.raw", lambda: raw)
    monkeypatch.setattr(pci_site_table, "HELD", (2016,))
    return tmp_path


def table(*rows: list[str], heads=HEADS) -> str:
    lines = [["Province", *heads, "PCI", "Rank"], *rows]
    return "<table>" + "".join("<tr>" + "".join(f"<td>{c}</td>" for c in line) + "</tr>" for line in lines) + "</table>"


def line(name="Hà Nội", more=0.0, total="60,5", rank="3") -> list[str]:
    return [name, *(f"{5 + at / 10 + more:.2f}" for at in range(10)), total, rank]


def test_a_table_of_an_edition_that_is_told_by_held_figures(site):
    (site / ".pages.json").write_text(json.dumps({"table.en.html": {"url": "https://x.org/t"}}))
    rows, refused = pci_site_table.read(put(site, table__en__html=table(line(), line("Cà Mau", 1, "n/a", ""))))
    assert refused == [] and set(rows["year"]) == {2018} and set(rows["index_id"]) == {"pci"} and set(rows["source"]) == {"pci-site-whole-table"} and set(rows["unit"]) == {"points"}
    assert set(rows["locator"]) == {"https://x.org/t"} and len(rows) == 22
    at = rows.set_index(["province", "component"])
    assert at.loc[("ha-noi", "overall"), ["level", "score", "rank", "note", "province_printed"]].tolist() == ["overall", 60.5, 3, "", "Hà Nội"]
    assert at.loc[("ca-mau", "entry_costs"), ["level", "score", "note"]].tolist() == ["component", 6.0, ""]
    missing = at.loc[("ca-mau", "overall")]
    assert missing["score"] != missing["score"] and missing["note"] == "printed as n/a" and missing.isna()["rank"]


@pytest.mark.parametrize(("html", "why"), [
    ("", "no table of the provinces' sub-indices"), (table(line(), heads=[f"x{h[:0]}" for h in HEADS]), "no table of the provinces' sub-indices"),
    (table(line()[:-1]), "12 cells where the header has 13"), (table(line("Atlantis")), "Atlantis"), (table(line(total="6o")), "overall"),
    (table(line(more=3)), "its figures are those of none that is held"), (table(line(more=0.01)), "its figures are those of 2016 and 2018"),
    (table(line()[:5] + [""] * 6 + line()[11:]), "its figures are those of none that is held")])  # four figures tell nothing
def test_a_table_that_is_not_taken(site, html, why):
    rows, [refused] = pci_site_table.read(put(site, table__vi__html=html))
    assert len(rows) == 0 and refused.page == "table.vi.html" and why in refused.why


def test_an_edition_that_a_workbook_has_is_not_taken_again_and_one_page_is_enough(site):
    assert pci_site_table.read(site)[1] == [] and len(pci_site_table.read(put(site, table__en__html=table(line(more=0.025))))[0]) == 0  # 2016
    rows, refused = pci_site_table.read(put(site, table__en__html=table(line()), table__vi__html=table(line(total="61"))))
    assert refused == [] and rows.loc[rows["component"].eq("overall"), "score"].tolist() == [60.5] and set(rows["locator"]) == {pci_site_table.PAGES["table.en.html"]}


def test_nine_in_ten_figures_must_be_the_edition_s(site):
    nine = [*line()[:10], "9.99", *line()[11:]]
    eight = [*nine[:9], "9.99", *nine[10:]]
    assert len(pci_site_table.read(put(site, table__en__html=table(nine)))[0]) == 11 and len(pci_site_table.read(put(site, table__en__html=table(eight)))[0]) == 0


# ---- datasets of a third party --------------------------------------------------------------------------------------------
def dataset(tmp_path, text: str, source="hf-vn-dti-provincial"):
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    return datasets.read(tmp_path, source)


def test_a_line_of_a_dataset(tmp_path):
    head = "year,geo_code,geo_name,unit_type,dti_index,dti_rank,pillar_cqs,rank_cqs,pillar_kts\n"
    (tmp_path / ".pages.json").write_text(json.dumps({"a.csv": {"url": "https://x.org/a.csv"}}))
    rows, refused = dataset(tmp_path, head + "2022,01,Hà Nội,province,0.65,4,0.7,5,\n2022,,Bộ Y tế,ministry,0.6,1,,,\n,96,Cà Mau,province,0.5,9,,,\n\n2022,96,Cà Mau,province,,,0.4,,0.3\n")
    assert refused == [] and [tuple(r) for r in rows[["province", "component", "level", "score"]].itertuples(index=False)] == [
        ("ca-mau", "digital_economy", "component", 0.3), ("ca-mau", "digital_government", "component", 0.4),
        ("ha-noi", "overall", "overall", 0.65), ("ha-noi", "digital_government", "component", 0.7)]
    assert rows["rank"].tolist()[2:] == [4, 5] and rows["rank"].isna().tolist()[:2] == [True, True] and set(rows["note"]) == {datasets.NOTE} and set(rows["unit"]) == {indices.index("dti").unit}
    assert rows["locator"].tolist() == ["https://x.org/a.csv, row 6"] * 2 + ["https://x.org/a.csv, row 2"] * 2 and set(rows["source"]) == {"hf-vn-dti-provincial"}
    assert set(rows["index_id"]) == {"dti"} and set(rows["year"]) == {2022} and rows["province_printed"].tolist()[0] == "Cà Mau"
    assert datasets.NOTE == "a third party's transcription" and datasets.HOSTS[0] == "huggingface.co"
    third, _ = dataset(tmp_path, "year,geo_code,geo_name,pillar_xhs,rank_xhs,pillar_kts,rank_kts\n2022,01,Hà Nội,0.4,7,0.3,8\n")
    assert third[["component", "score", "rank"]].to_numpy().tolist() == [["digital_economy", 0.3, 8], ["digital_society", 0.4, 7]]
    rank_only, _ = dataset(tmp_path, "year,unit_code,unit_name,dti_index,dti_rank\n2022,01,Hà Nội,,4\n2022,96,Cà Mau,,\n")
    assert rank_only["rank"].tolist() == [4] and rank_only["score"].isna().all()


def test_long_files_of_the_pci_by_known_names_only(tmp_path):
    text = "year,unit_code,unit_name,indicator,value\n2019,01,Hà Nội,time_costs,6.5\n2019,01,Hà Nội,PCI,68\n2019,01,Hà Nội,shoe size,43\n2019,01,Hà Nội,transparency,\n2010,01,Hà Nội,policy bias,5\n2019,01,Hà Nội,policy bias,5\n2004,01,Hà Nội,PCI,5\n"
    rows, refused = dataset(tmp_path, text, "hf-vn-pci-provincial")
    assert rows[["component", "level", "score"]].to_numpy().tolist() == [["overall", "overall", 68.0], ["policy_bias", "component", 5.0], ["time_costs", "component", 6.5]] and rows["rank"].isna().all()
    assert set(rows["locator"]) == {f"https://huggingface.co/datasets/letrinhan/vn-pci-provincial, row {n}" for n in (2, 3, 7)}  # no Policy Bias in 2010
    assert [r.page for r in refused] == ["a.csv"] * len(refused) and all("2004" in r.why or "row 8" in r.why for r in refused)
    assert dataset(tmp_path, text, "hf-vn-par-master")[0].empty


@pytest.mark.parametrize(("text", "why"), [
    ("year,geo_code,geo_name,dti_index\n2022,96,Hà Nội,0.5\n", f"code 96 is {provinces.name('ca-mau')}, the name says Hà Nội"), ("year,geo_code,geo_name,dti_index\n2022,01,Atlantis,0.5\n", "Atlantis"),
    ("year,geo_code,geo_name,dti_index\n2022,01,Hà Nội,0.5,7\n", "5 cells where the header has 4"), ("year,geo_code,geo_name,dti_index\n2022,01,Hà Nội,o.5\n", "a.csv, row 2, column dti_index"),
    ("year,geo_code,geo_name,dti_index\nabc,01,Hà Nội,0.5\n", "row 2")])
def test_a_line_that_is_not_taken(tmp_path, text, why):
    rows, [refused] = dataset(tmp_path, text)
    assert rows.empty and refused.page == "a.csv" and why in refused.why


def test_other_files_of_a_dataset_are_no_tables(tmp_path):
    for text in ("", "geo_code,geo_name\n01,Hà Nội\n", "year,geo_name\n2022,Hà Nội\n", "year,geo_code\n2022,01\n"):
        rows, refused = dataset(tmp_path, text)
        assert rows.empty and refused == []
    (tmp_path / "a.csv").write_bytes("year,tên\n".encode("utf-16"))
    assert "not a CSV file in UTF-8" in datasets.read(tmp_path, "hf-vn-dti-provincial")[1][0].why


class Web:
    def __init__(self, listed):
        self.listed, self.got, self.failed = listed, [], {}

    def get(self, name, url, always=False):
        self.got.append((name, url, always))
        return self.listed if name == "files.json" else b""


def test_the_files_of_a_dataset_are_asked_for_by_name():
    site = "https://huggingface.co"
    names = ["data/a.csv", "b.csv", "README.md", "../c.csv", "/etc/d.csv", 5]
    web = Web(json.dumps({"siblings": [{"rfilename": n} for n in names]}).encode())
    datasets.fetch(web, "hf-vn-dti-provincial")
    assert web.got == [("files.json", f"{site}/api/datasets/letrinhan/vn-dti-provincial", True),
                       *((n.replace("/", "__"), f"{site}/datasets/letrinhan/vn-dti-provincial/resolve/main/{n}", False) for n in ("data/a.csv", "b.csv"))] and web.failed == {}
    for listed in (b"<html>", b"[1]", b'{"siblings": [{}]}', b'{"siblings": 5}'):
        web = Web(listed)
        datasets.fetch(web, "hf-vn-dti-provincial")
        assert len(web.got) == 1 and web.failed == {"files.json": "the list of files is not as it was"}
    web = Web(None)
    datasets.fetch(web, "hf-vn-dti-provincial")
    assert len(web.got) == 1 and web.failed == {}
