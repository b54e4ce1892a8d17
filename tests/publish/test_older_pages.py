"""Pages of earlier years and of cities: no index before it began, bodies by their name of then, one lowest component a page."""

from __future__ import annotations

import pytest
from kit.content import page_of, plain

from govlib.known import indices
from govlib.publish import compare, departments
from govlib.publish.sections import answering, findings, portfolio
from govlib.reading import priorities, thresholds
from govlib.words.tables import phrase


@pytest.mark.parametrize("year, lacking", [(2010, "PAPI PAR SIPAS DTI"), (2015, "SIPAS DTI"), (2018, "DTI")])
def test_nothing_is_promised_or_cited_of_an_index_that_had_not_begun(board, year, lacking):
    """The page of 2010 foretold PAR INDEX 2011, SIPAS 2011 and DTI 2011, and named their ministries beneath a table of PCI alone."""
    page = page_of(board, "bac-ninh", year)
    for told in (" ".join(page.unknown()), page.standing_table()["source"], page.places_figure()["source"]):
        assert not [name for name in lacking.split() if name in told], told
    first = indices.index("par").first_edition
    assert "PAR INDEX" in page_of(board, "bac-ninh", first).five_sources()
    rows = compare._overall([page, page_of(board, "hai-phong", year)])["df"].iloc[:, 0]
    assert not [row for row in rows if row.split()[0] in lacking.split()]


def test_earlier_years_are_those_before_the_page(board):
    """Of PCI 2016 the days of 2014 and 2015 tell, not that of May 2024; where none was read, that is said."""
    assert "PCI 2016: tháng 3/2017 đến tháng 4/2017" in page_of(board, "bac-ninh", 2015).unknown()[-1]
    assert page_of(board, "bac-ninh", 2010).unknown() == [phrase("standing.next_unread")]


def test_components_that_no_edition_had_yet_have_no_newest(board):
    """DTI 2020 of Kon Tum: "mới nhất là –", said its first side."""
    told = page_of(board, "kon-tum", 2020).unknown()
    assert "Điểm thành phần của DTI 2020: chưa có trong nguồn." in told
    assert "Điểm thành phần của PCI 2020: chưa có trong nguồn; mới nhất là 2019." in told


def test_bodies_are_called_what_they_were_called(board):
    """VCCI was renamed at the end of 2021, the ministry behind DTI in 2025; PAPI's reports name RTA from 2016."""
    assert "Liên đoàn" not in page_of(board, "bac-ninh", 2010).trend_figure("pci")["source"]
    assert "đến kỳ 2020" in page_of(board, "bac-ninh", 2023).trend_figure("pci")["source"]
    assert "Khoa học" not in page_of(board, "da-nang", 2023).source_line("dti", None)
    assert "RTA" not in page_of(board, "bac-ninh", 2015).five_sources() and "RTA" in page_of(board, "bac-ninh", 2016).five_sources()


def test_the_first_edition_of_an_index_is_not_a_gap_of_the_sources(board):
    meant = {plain(row[0]): row[3] for row in page_of(board, "thua-thien-hue", 2020).standing_table()["df"].to_numpy().tolist()}
    assert meant["DTI 2020"] == phrase("standing.first_ever") and meant["PAR INDEX 2020"] == phrase("standing.first")


def test_the_profile_names_the_lowest_rank_and_only_the_provinces_it_has(board):
    """Bắc Ninh 2010: informal charges 47th, land 46th; the title named the latter. PCI 2021: scores of 33 provinces are no nation."""
    assert page_of(board, "bac-ninh", 2010).spine_figure("pci", 2010)["title"].endswith("thấp nhất: Chi phí không chính thức (thứ 47)")
    part = page_of(board, "ho-chi-minh", 2022).spine_figure("pci", 2021)
    assert "nửa trên của các tỉnh có điểm" in part["title"] and "cả nước" not in part["title"] + part["alt"]
    whole = page_of(board, "quang-ninh", 2024).spine_figure("papi", 2024)
    assert whole["title"].endswith("cả 8 thành phần ở nửa trên của cả nước")


def test_nobody_else_rose_is_said_of_rises_against_the_nation(board):
    """Land in 2006–2008: Lai Châu itself rose by 2.70 and Kon Tum by 1.88, of ±1.78; "no province rose" was not true."""
    m, limit = board.stood_by("pci", "land_access"), thresholds.points(board, "pci", "land_access", 2008)
    assert m.at[2008, "lai-chau"] - m.at[2006, "lai-chau"] > limit < m.at[2008, "kon-tum"] - m.at[2006, "kon-tum"]
    assert priorities.risers(board, "pci", "land_access", "lai-chau", 2009) == []
    assert "không tỉnh khác nào tăng hơn mức chung" in phrase("asks.nobody_rose") and "no other" in phrase("asks.nobody_rose", "en")


def test_a_city_is_a_city_throughout(board):
    """It was asked "cần tỉnh xác nhận", and called "thành phố TP. Hồ Chí Minh"."""
    page = page_of(board, "da-nang", 2023)
    said = " ".join(map(plain, [page.asks_lead(), page.leads_intro(), page.leads_rule(), page.label("reforms.none"),
                                portfolio.portfolio_table(page)["note"]]))
    assert "thành phố xác nhận" in said and not [w for w in ("cần tỉnh", "đề nghị tỉnh", "chờ tỉnh", "của chính tỉnh") if w in said]
    asked = plain(page_of(board, "da-nang", 2023, "en").asks_lead())
    assert "for the city to confirm" in asked and "why the city is short" in asked and "the province" not in asked
    assert "tỉnh" not in page.label("departments.confirmed") + page.label("standing.old_unit") and "province" not in phrase("rounds.none", "en")
    assert "cần tỉnh xác nhận" in plain(page_of(board, "quang-nam", 2023).asks_lead())
    assert "thành phố Hồ Chí Minh mới" in answering.since_then(page_of(board, "ho-chi-minh", 2022))
    assert "TP. Hồ Chí Minh mới" not in answering.since_then(page_of(board, "ho-chi-minh", 2022))


def test_a_department_s_sheet_has_the_newest_total(board):
    """PAR INDEX 2023 of Đà Nẵng is 88.68 (12th); its components are those of 2020, and the sheet gave the total of 2020 too."""
    page = page_of(board, "da-nang", 2023)
    rows = departments._components(page, portfolio.portfolios(page)["Sở Nội vụ"])["df"].to_numpy().tolist()
    par = [[plain(x) for x in row] for row in rows if plain(row[0]).startswith("PAR INDEX")]
    assert [row[:2] for row in par] == [["PAR INDEX 2023", "88,68"]]


def test_departments_of_an_index_that_came_out_later_have_their_own_day(board):
    """DTI 2023 came in February 2025: its lead is the Department of Science and Technology, which on 1 June 2024 it was not."""
    page = page_of(board, "da-nang", 2023)
    assert "tại ngày 1/6/2024 (DTI: 1/3/2025)." in portfolio.portfolio_table(page)["note"]
    assert "1/6/2024 (DTI: 1/3/2025)" in plain(departments.pages(page)["so-khoa-hoc-va-cong-nghe.vi.html"].decode())
    assert "(" not in answering.named_on(page_of(board, "bac-ninh", 2010))


def test_departments_have_no_column_of_an_index_that_had_not_begun(board):
    """Hà Nội 2010: PAPI and "DTI · PAR INDEX · SIPAS" were columns of dashes, and so were two of three names of 2014."""
    def heads(slug, year):
        return list(portfolio.portfolio_table(page_of(board, slug, year))["df"].columns)[1:]

    assert heads("ha-noi", 2010) == ["PCI"] and heads("bac-ninh", 2014) == ["PCI", "PAPI", "PAR INDEX"]
    assert heads("bac-ninh", 2019)[2:] == ["PAR INDEX · SIPAS"] and heads("bac-ninh", 2024)[2:] == ["DTI · PAR INDEX · SIPAS"]


def test_small_changes_of_an_index_of_four_decimals_are_rises_and_falls(board):
    """Kiên Giang's digital economy fell by 0.0025: it "did not change", without an arrow, beside a table that printed the fall."""
    page = page_of(board, "kien-giang", 2023)
    said = plain(findings.movers_sentence(page, "dti", 2023))
    assert "1/4 thành phần giảm: Hoạt động kinh tế số (−0,0025)" in said and "+0,1958" in said
    held = [h for mine in portfolio.portfolios(page).values() for h in mine if h.component == "digital_economy_activity"]
    assert [h.fell for h in held] == [True]


def test_a_page_of_an_earlier_year_says_that_later_editions_tell_what_is_usual(board):
    assert any("(đến 2024), kể cả các kỳ sau 2015" in said for said in page_of(board, "bac-ninh", 2015).methods())
    assert not any("kể cả các kỳ sau" in said for said in page_of(board, "bac-ninh", 2024).methods())


def test_pages_of_ha_noi_and_ha_tay_say_what_became_of_the_two(board):
    """The figures of Hà Nội 2007 are not those of the city that took Hà Tây in."""
    for slug, year, told in (("ha-noi", 2007, True), ("ha-noi", 2008, True), ("ha-tay", 2008, True), ("ha-noi", 2009, False), ("hoa-binh", 2007, False),
                             ("bac-ninh", 2024, False), ("thua-thien-hue", 2020, False), ("ha-noi", 2024, False)):
        said = [one for one in page_of(board, slug, year).methods() if "1/8/2008" in one]
        assert len(said) == told and all("Hà Tây, huyện Mê Linh" in one for one in said), (slug, year)
    assert "Me Linh" in page_of(board, "ha-noi", 2007, lang="en").methods()[-1]
