"""Who answers: items' own departments, support by province, documents in their time, departments before and after their reorganisations."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from kit.content import page_of, plain, run, words

from govlib.collect.readers import pci_items
from govlib.errors import BadInput, UnknownName
from govlib.known import departments, indices, provinces
from govlib.publish import content, show
from govlib.publish.sections import answering, leads
from govlib.words import wording

INSTITUTE = ("Viện Nghiên cứu phát triển kinh tế - xã hội", "Institute for Socio-Economic Development Research")
#: When bodies came and went: (first day or None for "before PCI 2005", last day or None).
LIVED = {
    "Sở Thông tin và Truyền thông": (dt.date(2008, 3, 8), dt.date(2025, 2, 28)), "Sở Bưu chính, Viễn thông": (dt.date(2005, 8, 1), dt.date(2008, 3, 7)),
    "Sở Công Thương": (dt.date(2008, 3, 18), None), "Sở Công nghiệp": (None, dt.date(2008, 3, 17)), "Sở Thương mại": (None, dt.date(2008, 3, 17)),
    "Sở Kế hoạch và Đầu tư": (None, dt.date(2025, 2, 28)), "Sở Tài nguyên và Môi trường": (None, dt.date(2025, 2, 28)),
    "Sở Giao thông vận tải": (None, dt.date(2025, 2, 28)), "Sở Lao động, Thương binh và Xã hội": (None, dt.date(2025, 2, 28)),
    "Sở Nông nghiệp và Môi trường": (dt.date(2025, 3, 1), None), "Viện Nghiên cứu phát triển kinh tế - xã hội": (dt.date(2016, 4, 8), None)}


def lines(page) -> list[list[str]]:
    return [[plain(v) for v in row] for t in page.leads_tables() for row in t["df"].itertuples(index=False)]


# ---- the table itself ---------------------------------------------------------------------------------------------------


def test_every_row_names_what_exists():
    items = {f"{c}.{name}" for c, name, *_ in pci_items.rules()} | set(indices.component_ids("papi", level="indicator"))
    for r in departments.table():
        assert r.component == "overall" or r.component in indices.component_ids(r.index_id) or r.component in items, r.component
        assert r.province == "" or r.province == provinces.resolve(r.province)
        assert bool(r.lead_vi) == bool(r.lead_en)
        assert bool(r.support_vi) == bool(r.support_en)
        assert r.support_vi.count(";") == r.support_en.count(";")
        assert r.lead_vi or (r.support_vi and r.province), "a row without a lead is a province's supporter"
        assert bool(r.note_vi) == bool(r.note_en)
        assert r.basis in ("source", "assumption")
        if r.basis == "source":  # what is called a source can be looked up, and has its time
            assert r.source_url.startswith("http"), r
            assert r.source_from, r
        if "." in r.component:
            assert r.basis == "assumption"
            assert r.note_vi, r


def test_no_body_before_its_founding_or_after_its_end():
    met = set()
    for r in departments.table():
        begins = r.valid_from or departments.acting_on(indices.index(r.index_id).first_edition)  # no earlier day is ever asked for
        for body, (first, last) in LIVED.items():
            if re.search(re.escape(body) + r"($|;)", f"{r.lead_vi}; {r.support_vi}"):
                met.add(body)
                assert first is None or begins >= first, (r.index_id, r.component, body)
                assert last is None or (r.valid_to and r.valid_to <= last), (r.index_id, r.component, body)
    assert met == set(LIVED)


@pytest.mark.parametrize(("index_id", "item", "before", "after"), [
    ("papi", "transparency.poverty_lists", "Sở Lao động, Thương binh và Xã hội", "Sở Nông nghiệp và Môi trường"),
    ("papi", "transparency.land_plans", "Sở Tài nguyên và Môi trường", "Sở Nông nghiệp và Môi trường"),
    ("papi", "transparency.communal_budgets", "Sở Tài chính", "Sở Tài chính"),
    ("papi", "service_delivery.infrastructure", "Sở Giao thông vận tải", "Sở Xây dựng"),
    ("papi", "service_delivery.primary_education", "Sở Giáo dục và Đào tạo", "Sở Giáo dục và Đào tạo"),
    ("papi", "service_delivery.law_and_order", "Công an tỉnh", "Công an tỉnh"),
    ("papi", "e_governance.portal_access", "Sở Thông tin và Truyền thông", "Sở Khoa học và Công nghệ"),
    ("pci", "labor_policy.vocational_training_good", "Sở Lao động, Thương binh và Xã hội", "Sở Giáo dục và Đào tạo"),
    ("pci", "transparency.budget_detailed", "Sở Tài chính", "Sở Tài chính"),
    ("pci", "land_access.fair_compensation", "Sở Tài nguyên và Môi trường", "Sở Nông nghiệp và Môi trường")])
def test_an_item_s_lead_over_the_reorganisation_of_march_2025(index_id, item, before, after):
    for day, name in ((dt.date(2025, 2, 28), before), (dt.date(2025, 3, 1), after)):
        assert departments.lead_of_item(index_id, item, day)[0].lead_vi == name


def test_every_papi_item_has_a_lead_or_its_component_s():
    for year in (2011, 2016, 2018, 2024):
        for item in indices.component_ids("papi", year, "indicator"):
            row, inherited = departments.lead_of_item("papi", item, departments.acting_on(year))
            assert row is not None, item
            assert row.component == (item.split(".")[0] if inherited else item)


# ---- how it is known, on a day --------------------------------------------------------------------------------------------


def test_a_document_speaks_only_of_its_time():
    row = departments.lead("pci", "entry_costs", dt.date(2011, 6, 1))
    assert row.basis == "source"
    assert row.source_from.year == 2022
    assert [row.basis_on(dt.date(y, 6, 1), "nam-dinh") for y in (2011, 2022, 2023, 2026)] == ["assumption", "assumption", "source", "assumption"]
    assert row.basis_on(dt.date(2023, 6, 1), "bac-ninh") == "other"
    open_end = departments.lead("papi", "participation", dt.date(2020, 6, 1))
    assert open_end.source_to is None
    last = open_end.source_from.replace(year=open_end.source_from.year + departments.HOLDS)
    assert open_end.standing(last) == ""
    assert open_end.standing(last + dt.timedelta(days=1)) == "after"


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_page_of_2010_calls_later_documents_assumptions(board, lang):
    page = page_of(board, "bac-ninh", 2010, lang)
    rows = lines(page)
    later, source = wording.label("basis.before", lang), wording.label("basis.source", lang) + ":"
    for row in rows:
        year = max((int(y) for y in re.findall(r"20\d\d", row[-1])), default=0)
        if year > 2011:
            assert row[-1].startswith(wording.label("basis.assumption", lang)), row
            assert row[-1].endswith(later), row
    assert any(later in row[-1] for row in rows)
    assert not any(row[-1].startswith(source) for row in rows)
    assert not any(name in cell for row in rows for cell in row for name in INSTITUTE)  # first seen in 2016
    assert {t["name"] for t in page.leads_tables()} == {"leads-pci-bac-ninh"}  # the other indices had not begun


def test_page_of_2005_names_the_departments_of_2006(board):
    said = " ".join(" ".join(row) for row in lines(page_of(board, "bac-ninh", 2005)))
    assert "Sở Bưu chính, Viễn thông" in said
    assert "Sở Thương mại và Du lịch" in said
    assert "Thông tin và Truyền thông" not in said
    assert "Sở Công Thương;" not in said
    assert "Văn phòng" in departments.lead("pci", "transparency", dt.date(2006, 6, 1), "soc-trang").lead_vi  # its department came in October


def test_page_of_2024_marks_what_has_run_out(board):
    rows = {row[0]: row for row in lines(page_of(board, "bac-ninh", 2024))}
    assert rows["Cạnh tranh bình đẳng"][-1].endswith(wording.label("basis.after"))
    assert rows["Cạnh tranh bình đẳng"][-1].startswith(wording.label("basis.assumption"))
    assert rows["Gia nhập thị trường"][1] == "Sở Tài chính"


def test_a_source_of_the_province_s_own_counts_there_only(board):
    for province, mark in (("bac-ninh", "source"), ("quang-ninh", "other")):
        table = leads.leads_table(page_of(board, province, 2022), "pci")["df"]
        row = table[table[wording.label("col.component")] == "Tính minh bạch"].iloc[0]
        assert plain(row[wording.label("col.basis")]).startswith(wording.label("basis." + mark) + ":")


# ---- support, by province ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_institute_of_bac_ninh_supports_in_bac_ninh_only(board, lang):
    label = wording.label("col.support", lang)

    def support(province, year):
        page = page_of(board, province, year, lang)
        return " ".join(plain(v) for t in page.leads_tables() if label in t["df"] for v in t["df"][label])

    institute = INSTITUTE[lang == "en"]
    assert support("bac-ninh", 2024).count(institute) == 2
    assert support("bac-ninh", 2018).count(institute) == 2
    assert institute not in support("bac-ninh", 2012)
    for province in ("quang-ninh", "hai-phong", "bac-giang"):
        assert institute not in support(province, 2024)
    markup = str(show.table_html(**leads.leads_table(page_of(board, "bac-ninh", 2024, lang), "pci")))
    assert re.search(r'<a href="https://vanban123[^"]*"[^>]*>' + institute, markup)  # where it was read


def test_the_whole_page_of_quang_ninh_names_the_institute_as_publisher_only(panel):
    pieces = run("4_province_briefing.ipynb", province="quang-ninh", year=2024, language="vi")
    tables = [p for p in pieces if 'class="table-block"' in p]
    assert len(tables) > 5
    assert INSTITUTE[0] not in words(tables)


# ---- items on the page ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lang", "land", "appeals"), [
    ("vi", "Sở Nông nghiệp và Môi trường", "Thanh tra tỉnh"),
    ("en", "Department of Agriculture and Environment", "Provincial Inspectorate")])
def test_fallen_items_say_who_and_once_how_it_is_known(board, lang, land, appeals):
    page = page_of(board, "bac-ninh", 2024, lang)
    spec = page.indicators_table("papi", 2024)
    cells = dict(zip(spec["df"][wording.label("col.indicator", lang)], map(plain, spec["df"][wording.label("col.lead", lang)]), strict=True))
    assert cells[indices.name("papi", "transparency.land_plans", lang, 2024)] == land
    assert cells[indices.name("papi", "vertical_accountability.response_to_appeals", lang, 2024)] == appeals
    assert not [c for c in cells.values() if "✓" in c] and wording.label("asks.leads_usual", lang) in spec["note"]
    assert wording.label("note.items_lead", lang, day="1/6/2025" if lang == "vi" else "1 June 2025") in spec["note"]


# ---- DTI, PAR INDEX, SIPAS --------------------------------------------------------------------------------------------------


def test_the_three_other_indices_share_one_table(board):
    page = page_of(board, "bac-ninh", 2024)
    spec = leads.other_leads_table(page)
    first = [str(v) for v in spec["df"][wording.label("col.component")]]
    assert sum(v.startswith("DTI 2024") for v in first) == 1  # all one department's: one row
    assert "Hạ tầng số" in first[0]
    assert "Nhận thức số" not in first[0]  # no figure of the province
    assert any(v.startswith("PAR INDEX 2021: theo dõi chung") for v in first)
    assert any(v.startswith("SIPAS 2021: theo dõi chung") for v in first)
    assert len(first) <= 10  # the eight fields of PAR INDEX 2021 have ranks of their own
    assert "1/11/2025" in spec["note"]  # DTI 2024 was published on 21 October 2025
    assert "1/6/2025" in spec["note"]
    assert leads.other_leads_table(page_of(board, "bac-ninh", 2010)) is None


def test_an_index_without_a_figure_has_its_overall_follow_up(board):
    page = page_of(board, "binh-dinh", 2024, "en")
    assert page.newest("par") is None
    rows = [str(v) for v in leads.other_leads_table(page)["df"][wording.label("col.component", "en")]]
    assert "PAR INDEX: overall follow-up" in rows


# ---- the day, and what came after ------------------------------------------------------------------------------------------


def test_acting_days_follow_the_releases():
    for index_id in indices.INDICES:
        for release in indices.index(index_id).releases:
            edition, date = release["edition"], str(release["date"])
            out = dt.date.fromisoformat(date) if len(date) == 10 else dt.date(int(date[:4]), int(date[5:7]), 28)
            assert departments.acting_on(edition, index_id) > out, (index_id, edition)
            if index_id in ("pci", "papi"):
                assert departments.acting_on(edition, index_id) == departments.acting_on(edition) == dt.date(edition + 1, 6, 1)
    assert departments.acting_on(2020, "par") == dt.date(2021, 7, 1)
    assert departments.acting_on(2023, "dti") == dt.date(2025, 3, 1)
    assert departments.acting_on(2024, "dti") > departments.TWO_LEVELS
    assert departments.acting_on(2023, "ict") == dt.date(2024, 6, 1)  # no release read


@pytest.mark.parametrize(("province", "year", "said"), [
    ("bac-ninh", 2024, "từ ngày 1/7/2025 Bắc Giang và Bắc Ninh hợp nhất thành tỉnh Bắc Ninh mới và không còn cấp huyện: nay các sở của tỉnh Bắc Ninh mới"),
    ("vinh-phuc", 2024, "hợp nhất thành tỉnh Phú Thọ mới và không còn cấp huyện: nay các sở của tỉnh Phú Thọ mới chịu trách nhiệm"),
    ("quang-ninh", 2024, "từ ngày 1/7/2025 không còn cấp huyện: nay các sở của tỉnh Quảng Ninh chịu trách nhiệm"),
    ("hai-phong", 2019, "từ ngày 1/3/2025 nhiều sở được sắp xếp lại, từ ngày 1/7/2025 Hải Dương và Hải Phòng hợp nhất thành thành phố Hải Phòng mới"),
    ("ha-tay", 2007, "từ ngày 1/8/2008 Hà Tây sáp nhập vào thành phố Hà Nội, từ ngày 1/3/2025")])
def test_the_page_says_whose_departments_answer_today(board, province, year, said):
    page = page_of(board, province, year)
    assert said in page.leads_intro()
    assert answering.since_then(page).count(". ") == 0
    english = answering.since_then(page_of(board, province, year, "en"))
    assert sorted(re.findall(r"\b20\d\d\b", english)) == sorted(re.findall(r"\b20\d\d\b", answering.since_then(page)))


def test_nothing_is_said_of_later_where_nothing_came(board):
    page = content.Page("bac-ninh", 2025, "vi", [], board)
    assert answering.since_then(page) == ""
    assert page.leads_intro() == wording.label("leads.intro")


def test_after_the_merger_the_new_province_s_own_rows_hold(board):
    assert answering.lead_unit(content.Page("bac-giang", 2024, "vi", [], board), dt.date(2025, 11, 1)) == "bac-ninh"
    row = departments.lead("par", "administrative_procedures", dt.date(2026, 6, 1), "bac-ninh")
    assert row.lead_vi == "Trung tâm Phục vụ hành chính công tỉnh"
    assert row.basis_on(dt.date(2026, 6, 1), "bac-ninh") == "source"
    assert departments.lead("par", "administrative_procedures", dt.date(2026, 6, 1), "quang-ninh").lead_vi.startswith("Văn phòng")


def test_a_city_s_bodies_are_the_city_s(board):
    said = " ".join(" ".join(row) for row in lines(page_of(board, "hai-phong", 2024)))
    assert "Thanh tra thành phố" in said
    assert " tỉnh" not in re.sub(r"Tỉnh khác[^|]*", "", said)


@pytest.mark.parametrize("year", [2010, 2024])
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_notebook_shows_the_rule_and_the_tables(panel, year, lang):
    pieces = run("4_province_briefing.ipynb", province="bac-ninh", year=year, language=lang)
    text = words(pieces)
    assert text.count(wording.label("leads.rule", lang, years=departments.HOLDS)) == 1
    day = "1/6/" if lang == "vi" else "1 June "
    assert wording.label("note.leads", lang, day=f"{day}{year + 1}") in text
    assert ("DTI, PAR INDEX" in text) == (year == 2024)


def test_a_province_may_be_spelt_and_a_slip_is_nobody_without_a_lead():
    """Of "Bắc Ninh" there were no bodies in support and not its own decisions; of an unknown component nobody led."""
    day = dt.date(2025, 6, 1)
    spelt, own = (departments.supporters("papi", "overall", day, name) for name in ("Tỉnh Bắc Ninh", "bac-ninh"))
    assert spelt == own and len(own) == 1
    for slip in (("PCI", "land_access", day), ("pci", "land_acess", day), ("pci", "land_access", day, "Bac Nin")):
        with pytest.raises(UnknownName):
            departments.lead(*slip)


def test_a_day_may_be_given_as_text():
    """It was Python's TypeError."""
    day = dt.date(2025, 5, 1)
    assert departments.lead("pci", "land_access", "2025-05-01") == departments.lead("pci", "land_access", day)
    assert departments.lead("pci", "land_access", dt.datetime(2025, 5, 1, 12)) == departments.lead("pci", "land_access", day)
    for wrong in ("1/5/2025", "2025", 2025, None):
        with pytest.raises(BadInput, match="column on.*not a day → write YYYY-MM-DD|column on: not a day"):
            departments.lead("pci", "land_access", wrong)
