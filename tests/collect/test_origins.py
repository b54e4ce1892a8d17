"""Origins that are walked page by page, rehearsed against the publishers' sites on loopback, from the pull to the page."""

from __future__ import annotations

import contextlib
import json
import shutil
import time

import pytest
from kit import origins as sites_kit
from kit.origins import PROFILES

from govlib.collect import complete, crosscheck, origins, pull, walk
from govlib.collect.readers import datasets, pci_profiles, pci_site_table, pxweb
from govlib.forms.problems import message
from govlib.known import catalogue, indices, provinces

FAST = {"backoff": 0.01, "retries": 1, "timeout": (2.0, 0.6), "progress": False, "pause": 0.0}


@pytest.fixture(scope="module")
def made():
    return sites_kit.pci()


@pytest.fixture
def sites():
    one = sites_kit.Sites()
    yield one
    one.close()


@pytest.fixture
def originals(tmp_path):
    return tmp_path / "originals"


def ask(sites, originals, ids="pci-profile-pages", **more):
    report = pull.pull(ids, folder=originals, mirror=sites.url, **{**FAST, **more})
    return report.iloc[0] if isinstance(ids, str) else report.set_index("id")


def rows_of(originals, controls=False):
    return origins.read(originals, controls)


# ---- profile pages --------------------------------------------------------------------------------------------------------
def test_all_63_pages_come_one_after_the_other_and_fill_the_editions(sites, originals, made, root):
    sites_kit.serve_profiles(sites, made)
    before = complete.held(root / "data" / "raw", originals)
    got = ask(sites, originals)
    assert got["status"] == "fetched" and "64 pages (64 new)" in got["why"]
    rows, refused = rows_of(originals)
    assert refused == [] and set(rows["year"]) == {2020, 2021, 2022, 2023, 2024}  # the others are whole in the workbooks
    for year in range(2020, 2025):
        for component in indices.component_ids("pci", year):
            part = rows[(rows["year"] == year) & (rows["component"] == component) & rows["score"].notna()]
            assert set(part["province"]) == set(provinces.province_set(year))
    assert rows["score"].max() <= 100 and rows.loc[rows["level"] == "component", "score"].between(1, 10).all()  # never the 1–100
    one = rows[(rows["province"] == "bac-ninh") & (rows["year"] == 2022) & (rows["component"] == "overall")].iloc[0]
    assert (one["score"], one["rank"], one["locator"]) == (69.08, 7, "https://www.pcivietnam.vn/en/provinces/bac-ninh")
    said = complete.grown(before, complete.held(root / "data" / "raw", originals))
    assert "PCI 2022: 10 components of 63 of 63 provinces" in "\n".join(said)
    assert not any("PCI 2019" in line or "PCI 2023: 10" in line for line in said)


def test_polite_one_at_a_time_with_a_pause_a_name_and_robots(sites, originals, made, monkeypatch):
    monkeypatch.setenv("GOVLIB_CONTACT", "https://example.org/govlib")
    sites_kit.serve_profiles(sites, made)
    sites.pages["robots.txt"] = f"User-agent: *\nDisallow: /{PROFILES}/ha-noi\nDisallow: /www.{PROFILES}/ha-noi\nCrawl-delay: 0.02\n".encode()
    got = ask(sites, originals)
    assert got["status"] == "partial" and "ha-noi.html: robots.txt of the site forbids it" in got["why"]
    assert not any(path.endswith("/ha-noi") for path in sites.paths()) and sites.paths().count("robots.txt") == 1
    times = [at for at, *_ in sites.asked]
    assert min(b - a for a, b in zip(times, times[1:], strict=False)) >= 0.02
    assert all(headers["User-Agent"].endswith("+https://example.org/govlib)") for *_, headers in sites.asked)


def test_what_was_read_lately_is_not_asked_again_and_a_walk_that_broke_off_goes_on(sites, originals, made):
    sites_kit.serve_profiles(sites, made)
    slugs = provinces.province_set(2024)
    good, dead = dict(sites.pages), [s for s in slugs if s > "m"]
    for path in list(sites.pages):
        if path.rpartition("/")[2] in dead:
            sites.pages[path] = 404
    got = ask(sites, originals)
    assert got["status"] == "partial" and "pages in a row: left alone" in got["why"]
    first = len(sites.asked)
    sites.pages.update(good)
    assert ask(sites, originals)["status"] == "fetched"
    again = [path for _, _, path, _ in sites.asked[first:] if path.startswith(("pcivietnam.vn/en/provinces/", "www."))]
    assert len(again) <= len(dead) + 1 and len(rows_of(originals)[0]["province"].unique()) == 63
    asked = len(sites.asked)
    assert ask(sites, originals)["status"] == "unchanged" and len(sites.asked) - asked <= 2  # robots.txt and the list


def test_every_page_lies_with_address_checksum_and_day(sites, originals, made):
    sites_kit.serve_profiles(sites, made)
    ask(sites, originals)
    folder = originals / "pages" / "pci-profile-pages"
    notes = json.loads((folder / walk.NOTES).read_text())
    assert set(notes) == {"index.html", *(f"{s}.html" for s in provinces.province_set(2024))}
    for name, note in notes.items():
        assert walk._digest((folder / name).read_bytes()) == note["sha256"] and note["url"].startswith("https://") and note["read_on"]


def test_what_changed_there_is_shown_and_the_old_page_kept(sites, originals, made):
    sites_kit.serve_profiles(sites, made)
    ask(sites, originals)
    later = {key: dict(value) for key, value in made.items()}
    later["bac-ninh", 2022]["overall"] = 69.18
    sites.pages[f"{PROFILES}/bac-ninh"] = sites.pages[f"www.{PROFILES}/bac-ninh"] = sites_kit.profile("bac-ninh", later, list(range(2024, 2005, -1)))
    got = ask(sites, originals, again=True)
    assert got["status"] == "fetched" and "1 changed" in got["why"]
    assert "changed there: pci 2022 bac-ninh overall: 69.08 → 69.18" in got["why"]
    assert len(list((originals / "pages" / "pci-profile-pages" / "was").iterdir())) == 1


def test_another_province_s_column_is_not_taken(sites, originals, made):
    """The site prints Thái Nguyên's components of 2023 under Thanh Hóa."""
    wrong = {key: dict(value) for key, value in made.items()}
    wrong["thanh-hoa", 2023] |= {c: made["thai-nguyen", 2023][c] for c in indices.component_ids("pci", 2023)}
    sites_kit.serve_profiles(sites, wrong)
    ask(sites, originals)
    rows, refused = rows_of(originals)
    assert [r.page for r in refused] == ["pci-profile-pages/thanh-hoa.html"] and "2023: the sub-indices are those of Thái Nguyên" in refused[0].why
    theirs = rows[(rows["province"] == "thanh-hoa") & (rows["year"] == 2023)]
    assert theirs.loc[theirs["level"] == "component", "score"].isna().all() and theirs.loc[theirs["level"] == "overall", "score"].item() == 66.79
    own = rows[(rows["province"] == "thai-nguyen") & (rows["year"] == 2023) & (rows["level"] == "component")]
    assert own["score"].notna().sum() == 10


@pytest.mark.parametrize(("change", "why"), [
    (lambda page: page.replace(b"<td>Transparency</td><td>", b"<td>Transparency</td><td>6.00</td><td>"), "figures for 19 editions"),
    (lambda page: page.replace(b"PCI Scores", b"Points"), "no table of the ten sub-indices"),
    (lambda page: page[:900], "no table of the ten sub-indices"),
    (lambda page: page.replace(b"(1-63) Bac Ninh", b"(1-63) Bac Giang"), "the page is of bac-giang"),
    (lambda page: b"", "no table of the ten sub-indices")])
def test_a_page_of_another_form_is_refused_by_name_and_the_others_stand(sites, originals, made, change, why):
    sites_kit.serve_profiles(sites, made)
    for host in ("", "www."):
        if (path := f"{host}{PROFILES}/bac-ninh") in sites.pages:
            sites.pages[path] = change(sites.pages[path])
    ask(sites, originals)
    rows, refused = rows_of(originals)
    assert len(refused) == 1 and refused[0].page.endswith("bac-ninh.html") and why in refused[0].why
    assert "bac-ninh" not in set(rows["province"]) and rows["province"].nunique() == 62


def test_oldest_first_vietnamese_and_running_text_are_read_the_same(tmp_path, made):
    years = list(range(2006, 2025))
    page = sites_kit.profile("bac-ninh", made, years, lang="vi").decode()
    for english, vietnamese in (("Entry Costs", "Gia nhập thị trường"), ("Informal Charges", "Chi phí không chính thức"), ("Ranking", "Xếp hạng"),
                                ("Business Support Policy", "Dịch vụ hỗ trợ doanh nghiệp"), ("PCI Scores", "PCI"), ("Policy Bias", "Cạnh tranh bình đẳng")):
        page = page.replace(f"<td>{english}</td>", f"<td>{vietnamese}</td>")
    text = page.replace("</tr>", "\n").replace("<td>", " ").replace("<th>", " ")
    for tag in ("</td>", "</th>", "<tr>", "<table>", "</table>"):
        text = text.replace(tag, " " if tag != "<table>" else "\n")
    found = []
    for name, content in (("a", page), ("b", text)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "bac-ninh.html").write_text(content, encoding="utf-8")
        found.append(pci_profiles.profile(tmp_path / name / "bac-ninh.html"))
    (first, unknown), (second, _) = found
    assert first == second and first[2022]["overall"] == ("69.08", 69.08) and first[2006]["policy_bias"][1] is not None and unknown == []


def test_a_component_that_is_called_otherwise_is_told_once_and_what_it_takes_along_named(sites, originals, made):
    """Its figures used to be dropped without a word: only the pull told the first five as gone."""
    sites_kit.serve_profiles(sites, made)
    ask(sites, originals)
    for path, page in sites.pages.items():
        sites.pages[path] = page.replace(b"<td>Time Costs</td>", b"<td>Costs of waiting</td>")
    got = ask(sites, originals, again=True)
    assert "changed there: pci 2020 an-giang time_costs: " in got["why"] and "→ gone" in got["why"]
    rows, refused = rows_of(originals)
    assert [str(r.why) for r in refused] == ["a row 'Costs of waiting' that has no name here (on 63 pages): is a component called otherwise now?"]
    assert message(str(refused[0].why)) == "một dòng 'Costs of waiting' không có tên ở đây (trên 63 trang): có phải một thành phần nay gọi khác?"
    assert set(rows["component"]) == {"overall", *indices.component_ids("pci", 2024)} - {"time_costs"}


# ---- the whole table ------------------------------------------------------------------------------------------------------
def test_the_table_s_edition_is_told_from_figures_that_are_held(sites, originals, made):
    """The page prints none: 2021's is known by Bắc Ninh and others, one moved by half a point fits no edition, 2019's is held whole."""
    english, vietnamese = (url.removeprefix("https://") for url in pci_site_table.PAGES.values())
    sites.pages[english] = sites_kit.whole_table(made, 2021)
    moved = {key: {c: v and v + 0.5 for c, v in figures.items()} for key, figures in made.items()}
    sites.pages[vietnamese] = sites_kit.whole_table(moved, 2021, "vi")
    assert ask(sites, originals, "pci-site-whole-table")["status"] == "fetched"
    rows, refused = rows_of(originals)
    assert set(rows["year"]) == {2021} and rows["province"].nunique() == 63 and len(rows) == 63 * 11
    assert [r.page for r in refused] == ["pci-site-whole-table/table.vi.html"] and "none that is held" in refused[0].why
    sites.pages[vietnamese] = sites_kit.whole_table(made, 2019, "vi")
    ask(sites, originals, "pci-site-whole-table", again=True)
    rows, refused = rows_of(originals)
    assert set(rows["year"]) == {2021} and refused == []


# ---- datasets of a third party --------------------------------------------------------------------------------------------
def third_party(shared, name: str) -> str:
    return (shared / "third_party" / name).read_text(encoding="utf-8-sig")


def test_a_third_party_s_files_are_marked_and_every_line_has_code_and_name(sites, originals, shared):
    for source, dataset, files in (
            ("hf-vn-par-master", "letrinhan/vn-par-master", {"par.csv": third_party(shared, "par_2012_first_rows.csv") + "2012,ministry,1,MOF,80.1,2,1,1\n"}),
            ("hf-vn-sipas-provincial", "letrinhan/vn-sipas-provincial", {"data/sipas.csv": third_party(shared, "sipas_2015_2017_first_rows.csv")}),
            ("hf-vn-dti-provincial", "letrinhan/vn-dti-provincial", {"dti.csv": third_party(shared, "dti_2020_first_rows.csv"), "codebook.csv": "a,b\n1,2\n"})):
        sites_kit.serve_dataset(sites, dataset, files)
        assert ask(sites, originals, source)["status"] == "fetched"
    rows, refused = rows_of(originals)
    assert [str(r.why) for r in refused] == ["editions before 2017, the first here, are not taken: 2015"] and set(rows["note"]) == {datasets.NOTE}
    at = rows.set_index(["index_id", "year", "province", "component"])
    assert set(rows.loc[rows["index_id"].eq("sipas"), "year"]) == {2017}
    assert at.loc[("dti", 2020, "bac-ninh", "overall"), ["score", "rank"]].tolist() == [0.4096, 3]
    assert at.loc[("dti", 2020, "bac-ninh", "digital_economy"), "score"] == 0.3668
    assert at.loc[("par", 2012, "ha-noi", "overall"), "score"] == 82.77 and (rows["index_id"].eq("par")).sum() == 17
    assert at.loc[("sipas", 2017, "vinh-phuc", "overall"), "score"] == 95.75


def ict_file(years: range, score) -> str:
    """In the form of its viewer: all 63 provinces, pillars of the edition, two of them without a component here."""
    head = "year,geo_code,geo_name,geo_short,geo_system,source_name,ict_index,ict_rank,pillar_htkt,pillar_htnl,pillar_ud,pillar_sxkd,pillar_mt_tccs"
    return "\n".join([head, *(f"{year},{int(provinces.get(slug).gso)},{provinces.name(slug, 'en')},X,historical_63,{provinces.name(slug).upper()},"
                              f"{score(year, slug, i)},{i},0.5,0.25,0.75,,1"
                              for year in years for i, slug in enumerate(provinces.province_set(year), 1))]) + "\n"


def test_the_ict_index_becomes_whole_and_yields_to_what_is_held(sites, originals, root):
    """2018 is not held at all, of 2019 a few provinces; editions before the first here are named, once, and not taken."""
    held = sites_kit.held("ict", range(2019, 2020))
    text = ict_file(range(2014, 2020), lambda year, slug, i: held.get((year, slug, "overall"), {}).get("score") or f"{0.9 - i / 100:.4f}")
    sites_kit.serve_dataset(sites, "letrinhan/vn-ict-provincial", {"data/ict.csv": text})
    report = pull.pull(["hf-vn-ict-provincial"], folder=originals, mirror=sites.url, **FAST)
    assert set(report["status"]) == {"fetched"}
    rows, refused = rows_of(originals)
    assert [str(r.why) for r in refused] == ["editions before 2016, the first here, are not taken: 2014, 2015"]
    assert message(str(refused[0].why)) == "không dùng các kỳ trước 2016, kỳ đầu tiên ở đây: 2014, 2015"
    assert len(rows) == 4 * 63 * 4 and set(rows["source"]) == {"hf-vn-ict-provincial"} and set(rows["note"]) == {datasets.NOTE}
    at = rows.set_index(["year", "province", "component"])
    assert at.loc[(2018, "bac-ninh"), "score"].to_dict() == {
        "overall": pytest.approx(0.9 - (provinces.province_set(2018).index("bac-ninh") + 1) / 100), "technical_infrastructure": 0.5,
        "human_infrastructure": 0.25, "application": 0.75}
    agreed = crosscheck.agreement(root / "data" / "raw", originals).set_index("year")
    ours = sum(1 for (_, _, component), cell in held.items() if component == "overall" and cell["score"])
    assert ours and agreed.loc[2019, "compared"] >= ours and agreed.loc[2018, "compared"] == 0
    assert " overall: " not in agreed.loc[2019, "differ"]
    assert catalogue.priority("hf-vn-ict-provincial") == 30


def test_agreement_with_what_is_held_is_counted_edition_by_edition(sites, originals, shared, root):
    """PAR INDEX 2012: Hà Nội 82.79 on VietnamPlus, 82.77 here; Đà Nẵng 87.14 and 87.12; Đồng Tháp 83.44 and 83.41."""
    sites_kit.serve_dataset(sites, "letrinhan/vn-par-master", {"par.csv": third_party(shared, "par_2012_first_rows.csv")})
    ask(sites, originals, "hf-vn-par-master")
    (row,) = crosscheck.agreement(root / "data" / "raw", originals).itertuples()
    assert (row.source, row.year, row.figures) == ("hf-vn-par-master", 2012, 17)
    assert (row.compared, row.agree) == (6, 3) and "ha-noi overall: 82.79 : 82.77" in row.differ and "da-nang overall: 87.14 : 87.12" in row.differ
    assert row.rate == row.agree / row.compared and crosscheck.agreement(root / "data" / "raw", originals / "none").empty


def test_a_code_that_is_not_the_name_s_is_refused_with_its_row(sites, originals, shared):
    text = third_party(shared, "dti_2020_first_rows.csv").replace("2020,27,Bac Ninh", "2020,24,Bac Ninh")
    sites_kit.serve_dataset(sites, "letrinhan/vn-dti-provincial", {"dti.csv": text})
    ask(sites, originals, "hf-vn-dti-provincial")
    rows, refused = rows_of(originals)
    assert "code 24 is Bắc Giang, the name says Bac Ninh" in refused[0].why and "row 4" in refused[0].why
    assert "bac-ninh" not in set(rows["province"]) and len(rows)


def test_one_origin_that_fails_leaves_the_others(sites, originals, made, shared):
    sites_kit.serve_profiles(sites, made, lacking=("quang-tri",))
    sites_kit.serve_dataset(sites, "letrinhan/vn-dti-provincial", {"dti.csv": third_party(shared, "dti_2020_first_rows.csv")[:-20]})
    sites.pages["huggingface.co/api/datasets/letrinhan/vn-par-master"] = 503
    report = ask(sites, originals, ["pci-profile-pages", "hf-vn-dti-provincial", "hf-vn-par-master"])
    assert dict(report["status"]) == {"pci-profile-pages": "partial", "hf-vn-dti-provincial": "fetched", "hf-vn-par-master": "failed"}
    assert "quang-tri.html: the server answers 404" in report.loc["pci-profile-pages", "why"]
    rows, refused = rows_of(originals)
    assert rows.loc[rows["index_id"].eq("pci"), "province"].nunique() == 62 and any("it may be cut" in r.why for r in refused)


# ---- PX-Web ---------------------------------------------------------------------------------------------------------------
YEARS = ["2015", "2022", "Sơ bộ 2023"]


def value(slug: str, year: int) -> float | None:
    return None if slug == "ha-giang" and year == 2022 else 1000.0 + len(slug) + year


def test_the_interface_is_asked_with_a_query_for_json_stat(sites, originals):
    variables, answer = sites_kit.pxweb_answer(YEARS, value)
    posted = []

    def table(h, body):
        if h.command == "GET":
            return json.dumps(variables).encode()
        posted.append(json.loads(body))
        return answer

    sites.pages["pxweb.nso.gov.vn/api/v1/en/Enterprise/E05.08.px/"] = table
    assert ask(sites, originals, "nso-pxweb")["status"] == "partial"  # the other tables are not there
    assert posted[0]["response"] == {"format": "json-stat2"} and len(posted[0]["query"]) == 2
    rows, refused = rows_of(originals, controls=True)
    assert refused == [] and set(rows["variable"]) == {"enterprises"} and rows["province"].nunique() == 63
    at = rows.set_index(["province", "year"])
    assert ("ha-giang", "2022") not in at.index and at.loc[("bac-ninh", "2015"), "value"] == str(1000 + 8 + 2015)
    assert at.loc[("bac-ninh", "2023"), "note"] == "Sơ bộ 2023" and len(rows) == 3 * 63 - 1


def test_where_the_interface_is_closed_the_form_is_sent(sites, originals):
    """NSO's interface answers POST with 404 (2026); the page's own form gives the same JSON-stat, with a NUL byte at its end."""
    variables, answer = sites_kit.pxweb_answer(YEARS, value)
    boxes = "".join(f'<input type="hidden" name="c${i}$NumberValuesSelected" value="0"><select multiple name="c${i}$ValuesListBox">' + "".join(
        f'<option value="{v}">{t}</option>' for v, t in zip(x["values"], x["valueTexts"], strict=True)) + "</select>"
        for i, x in enumerate(variables["variables"]))
    form = ('<form id="aspnetForm" method="post"><input type="hidden" name="__VIEWSTATE" value="abc">' + boxes
            + '<select name="c$OutputFormatDropDownList"><option>x</option></select><input type="submit" name="c$ButtonViewTable" value="Continue"></form>')
    sent = []

    def page(h, body):
        if h.command == "GET":
            return f"<html><body>{form}</body></html>".encode()
        sent.append(body.decode())
        return answer + b"\x00"

    sites.pages["pxweb.nso.gov.vn/pxweb/en/Enterprise/Enterprise/E05.08.px/"] = page
    ask(sites, originals, "nso-pxweb")
    assert "__VIEWSTATE=abc" in sent[0] and "FileTypeJsonStat" in sent[0] and "NumberValuesSelected=65" in sent[0]
    rows, _ = rows_of(originals, controls=True)
    assert rows["province"].nunique() == 63 and set(rows["variable"]) == {"enterprises"}


@pytest.mark.parametrize("content", [b"", b"<html>refused</html>", b'{"dimension": {}}', b'{"id": ["a"], "dimension": {"a": {"category": {"label": {"0": "x"}}}}, "value": [1]}'])
def test_an_answer_that_is_no_table_is_refused(tmp_path, content):
    (tmp_path / "E05.08.json").write_bytes(content)
    rows, refused = pxweb.read(tmp_path)
    assert rows.empty and len(refused) == 1 and refused[0].page == "E05.08.json"


# ---- from the pull to the page --------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def pulled(tmp_path_factory, made, root):
    """A project that pulled everything, and its panel."""
    from govlib.panel.build import build

    place, sites = tmp_path_factory.mktemp("pulled"), sites_kit.Sites()
    raw = place / "data" / "raw"
    shutil.copytree(root / "data" / "raw", raw, ignore=shutil.ignore_patterns("originals", "institute_reported"))
    sites_kit.serve_profiles(sites, made)
    par = sites_kit.held("par", range(2023, 2024))
    lines = [["year", "unit_type", "unit_code", "unit_name", "par_index", "par_rank", "ranked", "score_moha", "score_survey"]]
    for i, slug in enumerate(provinces.province_set(2023)):
        row = par.get((2023, slug, "overall"), {"score": "", "rank": ""})
        lines.append(["2023", "province", provinces.get(slug).gso, provinces.name(slug, "en"), row["score"] or f"{80 + i / 10:.2f}", row["rank"], "1", "", ""])
    lines[1][4] = "99.99" if par.get((2023, provinces.province_set(2023)[0], "overall"), {}).get("score") else lines[1][4]
    sites_kit.serve_dataset(sites, "letrinhan/vn-par-master", {"par.csv": "\n".join(map(",".join, lines)) + "\n"})
    sites_kit.serve_dataset(sites, "letrinhan/vn-ict-provincial", {"ict.csv": ict_file(range(2014, 2020), lambda year, slug, i: f"{0.9 - i / 100:.4f}")})
    variables, answer = sites_kit.pxweb_answer(YEARS, value)
    sites.pages["pxweb.nso.gov.vn/api/v1/en/Enterprise/E05.08.px/"] = lambda h, body: json.dumps(variables).encode() if h.command == "GET" else answer
    began = time.monotonic()
    report = pull.pull(["pci-profile-pages", "hf-vn-par-master", "hf-vn-ict-provincial", "nso-pxweb"], folder=raw / "originals", mirror=sites.url, **FAST)
    assert time.monotonic() - began < 60 and set(report["status"]) <= {"fetched", "partial"}, report.to_string()
    sites.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GOVLIB_ROOT", str(place))
        (place / "notebooks").mkdir()
        build(out=place / "processed", raw=raw)
    return place


def scores_of(pulled):
    import pandas as pd

    return pd.read_parquet(pulled / "processed" / "scores.parquet")


def test_a_pulled_ict_index_is_whole_in_the_panel_and_begins_with_the_first_edition_here(pulled):
    ict = scores_of(pulled).query("index_id == 'ict' and component == 'overall'")
    third = ict[ict["source"].eq("hf-vn-ict-provincial")]
    assert set(third["year"]) == {2016, 2017, 2018, 2019} and third[third["year"].eq(2018)]["province"].nunique() == 63
    assert (third["score"].notna()).all() and not ict[ict["year"].eq(2019) & ~ict["source"].eq("hf-vn-ict-provincial") & ict["score"].notna()].empty


def test_the_panel_has_the_pulled_figures_and_workbooks_and_press_stay_first(pulled):
    scores = scores_of(pulled)
    for year in range(2020, 2025):
        for component in indices.component_ids("pci", year):
            part = scores[(scores["index_id"] == "pci") & (scores["year"] == year) & (scores["component"] == component) & scores["score"].notna()]
            assert len(part) == 63, (year, component)
    assert set(scores.loc[(scores["index_id"] == "pci") & (scores["year"] == 2023) & (scores["level"] == "component"), "source"]) == {"pci-workbook-2023"}
    par = scores[(scores["index_id"] == "par") & (scores["year"] == 2023) & (scores["component"] == "overall")]
    assert par["score"].notna().sum() == 63
    held = sites_kit.held("par", range(2023, 2024))
    for row in par.itertuples():
        first = held.get((2023, row.province, "overall"))
        if first and first["score"]:
            assert row.source.startswith("par-press") and row.score == pytest.approx(float(first["score"]))  # the press, not the third party
        else:
            assert row.source == "hf-vn-par-master"
    import pandas as pd

    controls = pd.read_parquet(pulled / "processed" / "controls.parquet")
    assert controls.loc[controls["variable"] == "enterprises", "province"].nunique() == 63


def test_the_page_uses_them_with_no_hand_step(pulled, monkeypatch):
    from govlib.publish import content
    from govlib.reading import targets
    from govlib.reading.board import Board

    monkeypatch.setenv("GOVLIB_ROOT", str(pulled))
    monkeypatch.setattr("govlib.paths.processed", lambda: pulled / "processed")
    scores = scores_of(pulled)
    board = Board(scores[scores["level"].isin(["overall", "component"])])
    assert targets.bases(board, "pci", "bac-ninh", 2024)[0] == 2024
    page = content.Page("bac-ninh", 2024, "vi", ["quang-ninh"], board)
    assert page.target("pci")["heading"] == "PCI 2024" and page.why_no_target("pci") is None
    table = page.components_table("pci", 2024)["df"]
    assert len(table) == 10 and not table.map(lambda cell: "không có trong nguồn" in str(cell)).any().any()
    assert all("2023" not in str(column) for column in table.columns)  # changes are on the year before: nothing is skipped


def test_a_page_whose_successor_cannot_be_written_stays(sites, originals, made, monkeypatch):
    """The old page used to be moved aside before the new one was there: a full disk, or a kill, left none in its place."""
    from govlib import files
    from govlib.collect.readers import pci_site_table

    english, vietnamese = (url.removeprefix("https://") for url in pci_site_table.PAGES.values())
    sites.pages[english] = sites.pages[vietnamese] = sites_kit.whole_table(made, 2021)
    ask(sites, originals, "pci-site-whole-table")
    before = {path: path.read_bytes() for path in originals.rglob("table.*.html")}
    page = next(path for path in before if path.name == "table.en.html")
    sites.pages[english] = sites_kit.whole_table(made, 2022)
    whole = files.whole

    def disk_full(path):
        if path.name == "table.en.html" and path.parent.name != "was":
            raise OSError(28, "No space left on device")
        return whole(path)

    monkeypatch.setattr(files, "whole", disk_full)
    with contextlib.suppress(OSError):
        ask(sites, originals, "pci-site-whole-table", again=True)
    assert {path: path.read_bytes() for path in before} == before
    monkeypatch.undo()
    ask(sites, originals, "pci-site-whole-table", again=True)
    assert page.read_bytes() == sites.pages[english] and [path.read_bytes() for path in originals.rglob("was/*")] == [before[page]]
