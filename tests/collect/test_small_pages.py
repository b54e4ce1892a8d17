"""Pages and files of a few lines, each read as it stands or refused with its place; the figures are made up."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl

import pytest

from govlib.collect import checks
from govlib.collect.readers import datasets, pages, pci_profiles, pci_site_table, pxweb
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


def test_a_province_twice_and_a_rank_that_is_no_number(site):
    """Of a row misprinted as another province's the figures took that one's place; a rank of >30 refused the table."""
    rows, [refused] = pci_site_table.read(put(site, table__en__html=table(line(), line("Cà Mau", 1), line("Hà Nội", 2))))
    assert len(rows) == 0 and refused.why.endswith("row 4, column province, value 'Hà Nội': province twice (also in row 2) → the page changed its form: look at it")
    rows, refused = pci_site_table.read(put(site, table__en__html=table(line(rank="> 30"), line("Cà Mau", 1, rank="0"))))
    whole = rows[rows["component"].eq("overall")].set_index("province")
    assert refused == [] and whole["rank"].isna().all() and whole["score"].eq(60.5).all() and whole["note"].to_dict() == {"ha-noi": "rank printed as > 30", "ca-mau": ""}
    assert set(rows.loc[rows["component"].ne("overall"), "note"]) == {""}
    assert "column rank, value '70': not a rank" in pci_site_table.read(put(site, table__en__html=table(line(rank="70"))))[1][0].why


def profile_page(years, ranks, total="60"):
    lines = [["Year", *years], *([head, *["6.5"] * len(years)] for head in HEADS), ["PCI Scores", *[total] * len(years)], ["Ranking", *ranks]]
    return "<table>" + "".join("<tr>" + "".join(f"<td>{c}</td>" for c in cells) + "</tr>" for cells in lines) + "</table>"


def test_a_profile_with_an_edition_twice_and_ranks_that_are_no_number(tmp_path):
    page = tmp_path / "bac-ninh.html"
    page.write_text(profile_page(["2024", "2018", "2018"], ["1", "2", "3"]), encoding="utf-8")
    rows, [refused] = pci_profiles.read(tmp_path)
    assert len(rows) == 0 and refused.why == "bac-ninh.html, column Year, value 2018: an edition stands twice → the page changed its form: look at it"
    page.write_text(profile_page(["2024", "2018", "2012", "2010"], [">30", "2", "N/A", "0"]), encoding="utf-8")
    rows, refused = pci_profiles.read(tmp_path)
    whole = rows[rows["component"].eq("overall")].set_index("year")
    assert not [one for one in refused if "rank" in one.why.lower()]
    held = {2024: ("", "rank printed as >30"), 2018: (2, ""), 2012: ("", ""), 2010: ("", "")}
    assert {year: (rank, note) for year, rank, note in zip(whole.index, whole["rank"].astype("object").fillna(""), whole["note"], strict=True)} == {
        year: one for year, one in held.items() if year not in pci_profiles.HELD}
    assert whole["score"].eq(60).all() and 2024 in whole.index


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


def test_a_pillar_that_the_edition_has_not_is_not_taken(tmp_path):
    text = "year,geo_code,geo_name,ict_index,pillar_htkt\n2019,01,Hà Nội,0.6,0.5\n2020,01,Hà Nội,0.7,0.5\n"  # ICT of 2020 has other parts
    rows, refused = dataset(tmp_path, text, "hf-vn-ict-provincial")
    assert refused == [] and rows[["year", "component", "score"]].to_numpy().tolist() == [
        [2019, "overall", 0.6], [2019, "technical_infrastructure", 0.5], [2020, "overall", 0.7]]


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


@pytest.mark.parametrize(("line", "why"), [
    ("2022,01,Hà Nội,0.5,first", "a.csv, row 2, column dti_rank, value 'first': not a number"), ("2022,01,Hà Nội,0.5,99", "a.csv, row 2, column dti_rank, value '99': not a rank"),
    ("2022,01,Atlantis,0.5,1", "a.csv, row 2"), ("2022,28,Hà Tây,0.5,1", "a.csv, row 2"), ("2022,01,Hà Nội", "3 cells where the header has 5 → fetch it again: it may be cut")])
def test_a_line_that_is_not_taken_says_where_and_what_to_do(tmp_path, line, why):
    rows, [refused] = dataset(tmp_path, f"year,geo_code,geo_name,dti_index,dti_rank\n{line}\n")
    assert rows.empty and why in refused.why


def test_what_an_edition_too_early_or_a_column_called_otherwise_takes_along_is_told(tmp_path):
    head = "year,geo_code,geo_name,{}\n2016,01,Hà Nội,80\n2015,01,Hà Nội,80\n2017,01,Hà Nội,80\n"
    rows, refused = dataset(tmp_path, head.format("sipas_index"), "hf-vn-sipas-provincial")
    assert rows["year"].tolist() == [2017] and [str(r.why) for r in refused] == ["editions before 2017, the first here, are not taken: 2015, 2016"]
    rows, refused = dataset(tmp_path, head.format("sipas_score"), "hf-vn-sipas-provincial")
    assert rows.empty and str(refused[0].why) == "no column of figures that is known here: year, geo_code, geo_name, sipas_score"


def test_other_files_of_a_dataset_are_no_tables(tmp_path):
    for text in ("", "geo_code,geo_name\n01,Hà Nội\n", "year,geo_name\n2022,Hà Nội\n", "year,geo_code\n2022,01\n"):
        rows, refused = dataset(tmp_path, text)
        assert rows.empty and refused == []
    (tmp_path / "a.csv").write_bytes("year,tên\n".encode("utf-16"))
    assert datasets.read(tmp_path, "hf-vn-dti-provincial")[1][0].why.endswith("not a CSV file in UTF-8 (UnicodeDecodeError) → fetch it again")


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


# ---- the statistics office's tables -------------------------------------------------------------------------------------------
class Answers:
    """Answers by (name, GET or POST), and what was asked."""

    def __init__(self, answers: dict):
        self.answers, self.asked, self.failed = answers, [], {}

    def get(self, name, url, *, body=None, headers=None, always=False):
        self.asked.append((name, url, body, headers, always))
        answer = self.answers.get(name)
        if answer is None:
            self.failed[name] = "404"
        return answer


PLACES, YEARS = ["WHOLE COUNTRY", *(provinces.name(s, "en") for s in provinces.province_set(2022))], ["2021", "Prel. 2022"]
CODE, API, FORM = "E02.55", "https://pxweb.nso.gov.vn/api/v1/en/Population%20and%20Employment/E02.55.px/", (
    "https://pxweb.nso.gov.vn/pxweb/en/Population%20and%20Employment/Population%20and%20Employment/E02.55.px/")


def only(monkeypatch):
    monkeypatch.setattr(pxweb, "TABLES", {CODE: pxweb.TABLES[CODE]})


def numbered(texts):
    return [str(10 + i) for i in range(len(texts))]


@pytest.mark.parametrize(("texts", "wanted"), [
    (["Males", "Total", "tổng số", "Females"], ["11", "12"]), (["Males", "Females"], ["10", "11"]), (YEARS, ["10", "11"]), ([*YEARS, "all"], ["10", "11", "12"]),
    (PLACES[:41], numbered(PLACES[:41])), (PLACES[:40], numbered(PLACES[:40])), (["Growth", *PLACES[:5], "Total"], ["16"]), ([], [])])
def test_all_provinces_and_years_are_wanted_of_others_the_total(texts, wanted):
    assert pxweb._wanted(numbered(texts), texts) == wanted


def test_the_query_by_the_interface(monkeypatch):
    only(monkeypatch)
    variables = {"variables": [{"code": code, "values": numbered(texts), "valueTexts": texts} for code, texts in (("p", PLACES), ("sex", ["Male", "Total"]), ("y", YEARS))]}
    web = Answers({f"{CODE}.variables.json": json.dumps(variables).encode(), f"{CODE}.json": b"x"})
    web.failed = {f"{CODE}.json": "before", f"{CODE}.variables.json": "before", f"{CODE}.form.html": "before"}
    pxweb.fetch(web)
    (*first, none, no_headers, _), (*second, body, headers, _) = web.asked
    assert (first, none, no_headers, second, headers) == ([f"{CODE}.variables.json", API], None, None, [f"{CODE}.json", API], {"Content-Type": "application/json"})
    assert json.loads(body) == {"response": {"format": "json-stat2"}, "query": [
        {"code": code, "selection": {"filter": "item", "values": values}} for code, values in (("p", numbered(PLACES)), ("sex", ["11"]), ("y", ["10", "11"]))]}
    assert web.failed == {f"{CODE}.form.html": "before"}


@pytest.mark.parametrize("about", [None, b"<html>", b"[]", b"{}", b'{"variables": [{"code": "y"}]}', b"[" * 200_000])
def test_a_closed_interface_is_asked_once_then_forms_are_sent(monkeypatch, about):
    monkeypatch.setattr(pxweb, "TABLES", {name: pxweb.TABLES[CODE] for name in ("a", "b")})
    web = Answers({"a.variables.json": about})
    pxweb.fetch(web)
    assert [name for name, *_ in web.asked] == ["a.variables.json", "a.form.html", "b.form.html"] and web.asked[1][4] is True


PAGE = ('<form><input type="hidden" name="__VIEWSTATE" value="v"><input type="hidden" name="n"><input type="text" name="no" value="no">'
        '<input type="hidden" name="c1$NumberValuesSelected" value="0"><input type="hidden" name="c2$NumberValuesSelected" value="9"><select name="c1$ValuesListBox">'
        '<option value="5"> Prel. <b>2022</b></option><option value="6">2021</option></select><select name="c2$ValuesListBox"><option value="7">Male</option>'
        '<option value="8">Total</option></select><select name="other"></select><select></select>'
        '<select name="c$OutputFormatDropDownList"></select><input type="submit" name="c$ButtonViewTable"></form>')


def test_the_form_is_sent_with_everything_chosen(monkeypatch):
    only(monkeypatch)
    web = Answers({f"{CODE}.form.html": PAGE.encode(), f"{CODE}.json": b"x"})
    pxweb.fetch(web)
    assert web.asked[1][:2] == (f"{CODE}.form.html", FORM) and web.failed == {}
    name, url, body, headers, always = web.asked[2]
    assert (name, url, headers, always) == (f"{CODE}.json", FORM, {"Content-Type": "application/x-www-form-urlencoded", "Referer": FORM}, False)
    assert parse_qsl(body.decode(), keep_blank_values=True) == [
        ("__VIEWSTATE", "v"), ("n", ""), ("c1$NumberValuesSelected", "2"), ("c2$NumberValuesSelected", "1"), ("c1$ValuesListBox", "5"), ("c1$ValuesListBox", "6"),
        ("c2$ValuesListBox", "8"), ("c$OutputFormatDropDownList", "FileTypeJsonStat"), ("c$ButtonViewTable", "Continue")]
    for part in ("$ValuesListBox", "$OutputFormatDropDownList", "$ButtonViewTable"):
        web = Answers({f"{CODE}.form.html": PAGE.replace(part, "x").encode()})
        pxweb.fetch(web)
        assert web.failed[f"{CODE}.json"] == "the page has no form of the kind known: it changed" and len(web.asked) == 2
    web = Answers({f"{CODE}.form.html": PAGE.encode()})
    pxweb.fetch(web)
    assert web.failed[f"{CODE}.json"] == "404" and f"{CODE}.variables.json" in web.failed, "what failed stays told"


def stat(values, *, places=(" Hà Nội ", "Huế", "Hòn Ngọc"), years=("2021", "Prel. 2022"), more=(), **changed):
    axes = {"p": list(places), "y": list(years), **dict(more)}
    category = {name: {"category": {"label": {str(i): text for i, text in enumerate(texts)}, "index": {str(i): i for i in range(len(texts))}}} for name, texts in axes.items()}
    return {"id": list(axes), "value": values, "dimension": category} | changed


def taken(folder, found, code=CODE):
    (folder / f"{code}.json").write_text(found if isinstance(found, str) else json.dumps(found), encoding="utf-8")
    rows, refused = pxweb.read(folder)
    assert list(rows.columns) == list(pxweb.COLUMNS)
    return rows, refused


def test_cells_of_a_table_with_their_place(tmp_path):
    rows, refused = taken(tmp_path, stat([1, 2.5, None, 4e3, 5, 6]))
    first = ["Hà Nội", "ha-noi", "2021", "trained_labour_share", "1", "percent", "nso-pxweb", "https://pxweb.nso.gov.vn E02.55: Hà Nội, 2021", ""]
    assert refused == [] and rows.iloc[0].tolist() == first
    assert rows[["province", "year", "value", "note"]].to_numpy().tolist()[1:] == [["ha-noi", "2022", "2.5", "Prel. 2022"], ["thua-thien-hue", "2022", "4000", "Prel. 2022"]]


def test_other_spellings_of_json_stat_are_the_same(tmp_path):
    plain = taken(tmp_path, stat([1, 2, 3, 4, 5, 6]))[0]
    sparse = stat({str(i): i + 1 for i in range(6)})
    wrapped = {"dataset": stat([1, 2, 3, 4, 5, 6], id=None)}
    wrapped["dataset"]["dimension"]["id"] = ["p", "y"]
    listed, turned = stat([1, 2, 3, 4, 5, 6]), stat([2, 1, 4, 3, 6, 5])
    del listed["dimension"]["p"]["category"]["index"]
    listed["dimension"]["y"]["category"]["index"] = ["0", "1"]
    turned["dimension"]["y"]["category"]["index"] = {"0": 1, "1": 0}
    bare = stat([1, 2, 3, 4, 5, 6])
    bare["dimension"]["p"]["category"] = {"index": [" Hà Nội ", "Huế", "x"]}
    for other in (sparse, wrapped, listed, turned, bare, "\ufeff" + json.dumps(stat([1, 2, 3, 4, 5, 6])) + "\0\0"):
        assert sorted(taken(tmp_path, other)[0].to_numpy().tolist()) == sorted(plain.to_numpy().tolist()), other


def test_what_is_of_no_single_province_and_year_is_left_out(tmp_path):
    assert taken(tmp_path, stat([*range(12)], more={"z": ["Total", "Huế"]}))[0]["value"].tolist() == ["0", "2", "4", "6", "9", "11"]
    assert taken(tmp_path, stat([*range(6)], years=("2021", "all")))[0]["value"].tolist() == ["0", "2"]
    assert taken(tmp_path, stat([*range(3)], years=["2021–2022"], places=("Hà Tây", "Huế", "x")))[0]["value"].tolist() == ["1"], "Hà Tây was none by then"
    assert pxweb._year("x12021") == pxweb._year("20215") == pxweb._year("1821") == 0 and pxweb._year("Sơ bộ 1999") == 1999


@pytest.mark.parametrize(("sexes", "values"), [(["Male", "Female", "Total"], ["2", "5", "8"]), (["TỔNG SỐ", "Nam", "Nữ"], ["0", "3", "6"]), (["Persons"], ["0", "1", "2"]),
                                               (["Male", "Female"], None), (["Both", "Male"], None)])
def test_of_a_further_dimension_only_the_total_is_taken(tmp_path, sexes, values):
    """Male, Female, Total gave the men as the population, and the other two as figures that differ from it."""
    rows, refused = taken(tmp_path, stat([*range(3 * len(sexes))], places=("Hà Nội", "Huế", "Đà Nẵng"), more={"sex": sexes}, years=["2021"]))
    assert rows["value"].tolist() == (values or [])
    assert [(one.page, one.why.partition(": ")[2]) for one in refused] == ([] if values else [(
        f"{CODE}.json", "none of the categories of the table is a total → look at the table, and name its total in TOTALS of govlib/collect/readers/pxweb.py")])
    assert values or ", ".join(sexes) in refused[0].why


@pytest.mark.parametrize(("found", "why"), [
    ("{", "not JSON-stat (JSONDecodeError)"), ("[]", "not JSON-stat"), ("{}", "not JSON-stat (StopIteration)"), (stat([1, 2]), "not JSON-stat (IndexError)"),
    (stat(["..", *range(5)]), "not JSON-stat (ValueError)"), (stat([10 ** 400, *range(5)]), "not JSON-stat (OverflowError)"), ("[" * 200_000, "not JSON-stat (RecursionError)"),
    (stat({}, places=["x"] * 1001, years=["y"] * 1000), "not JSON-stat (ValueError)"), (stat([1], places=["x"], years=["2021"]), "no province and year in it")])
def test_an_answer_that_is_none(tmp_path, found, why):
    (tmp_path / "E05.08.json").write_text(json.dumps(stat([1], places=["Huế"], years=["2021"])), encoding="utf-8")
    rows, [refused] = taken(tmp_path, found)
    assert rows["variable"].tolist() == ["enterprises"] and refused.page == f"{CODE}.json" and why in refused.why


def test_a_list_of_files_nested_without_end():
    web = Web(b"[" * 200_000)
    datasets.fetch(web, "hf-vn-dti-provincial")
    assert web.failed == {"files.json": "the list of files is not as it was"}
