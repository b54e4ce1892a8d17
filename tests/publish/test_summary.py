"""The two pages first: what they say, whose numbers lead back, and that they are two sides of A4 in print."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from kit.content import by_place, is_found_again, numbers, page_of, plain, run

from govlib.panel import missing
from govlib.publish import show
from govlib.publish.sections import facts, region, standing
from govlib.reading import comparisons, priorities
from govlib.reading.findings import Fact, Rank
from govlib.reading.priorities import Priority
from govlib.words.tables import phrase, sentences

BRIEFING = "4_province_briefing.ipynb"


def test_the_five_indices_with_what_a_change_means(board):
    page = page_of(board, "bac-ninh")
    table = page.standing_table()["df"].map(plain)
    rows = {row[0]: list(row[1:]) for row in table.itertuples(index=False)}
    assert rows["PAPI 2024"][:4] == ["45,49", "−0,22", phrase("standing.within"), "8/61*"]
    assert rows["PCI 2023"][2] == phrase("standing.unfit") and "ngoài nhóm 30" in rows["PCI 2023"][3]
    assert rows["SIPAS 2021"][2:4] == [phrase("standing.rank_only"), "7/63"]
    assert rows["DTI 2024"][1] == "–" and "2023" in rows["DTI 2024"][2]  # measured anew: no change is shown
    assert "PAPI 2024" in page.standing_lead() and "trong mức dao động" in page.standing_lead()


def test_a_mean_is_not_called_a_median(board):
    """Of PAR INDEX and SIPAS the press prints the nation's mean, of PCI the median."""
    told = page_of(board, "ha-noi").standing_table()
    assert "PCI: trung vị; PAR INDEX và SIPAS: bình quân" in plain(told["note"]) and "Chênh lệch với cả nước" in told["df"]
    assert "bình quân" not in plain(page_of(board, "binh-dinh").standing_table()["note"])  # of these two nothing is held


def test_an_old_score_is_not_all_that_is_known(board):
    """Đắk Nông's newest held PCI is of 2020 (60th of 63); its components of 2023 add up to 67.79 points, place 21."""
    page = page_of(board, "dak-nong")
    pci = page.standing_table()["df"].map(plain).iloc[0].tolist()
    assert pci[0] == "PCI 2020" and "60/63" in pci[4]
    assert pci[3].startswith(phrase("standing.within")) and "2023 tính lại từ thành phần: 67,79 điểm, thứ 21/63*" in pci[3]
    assert "41/63*; ngoài nhóm 30" in page_of(board, "bac-ninh").standing_table()["df"].map(plain).iloc[0, 4]
    (pci_told, pci_table), (_, papi_table) = page.region_tables()
    assert "2020" in plain(pci_told) and pci_table is None and papi_table is not None  # an edition of four years ago: in the annex
    assert "2020" in page.region_tables(old=True)[0][1]["caption"] and not page_of(board, "bac-ninh").region_tables(old=True)
    assert [f["title"].split(",")[0] for f in page.slope_figures()] == ["PAPI 2024"]


def test_a_newer_total_by_components_stands_beside_an_older_finding(board):
    """Cà Mau 2024: PCI 58th of 63 in 2022, but 22nd by its components of 2023; the older place is no finding."""
    assert not any(plain(f).startswith("PCI: thứ 58/63") for f in page_of(board, "ca-mau").findings())
    [told] = [plain(f) for f in page_of(board, "dak-lak").findings() if "PCI 2022" in plain(f)]
    assert "năm 2022, thuộc một phần tư" not in told and phrase("findings.newest_short").format(place="Đắk Lắk") not in told
    assert "Kỳ 2023, tính lại từ điểm thành phần: 64,46 điểm, thứ 51/63" in told


def test_what_is_known_of_one_year_is_not_said_of_two(board):
    """PCI 2021 to 2023 of Bắc Ninh's informal charges: there is a threshold, of one-year changes. Lạng Sơn 2022 to 2024: the
    step 2023 to 2024, which does not fit, is not what lies between."""
    page, apart = page_of(board, "bac-ninh"), phrase("standing.years_between")
    ch = comparisons.change(board, "pci", "informal_charges", "bac-ninh", 2023)
    assert (ch.from_year, ch.comparable) == (2021, True) and ch.threshold and standing.meaning(page, "pci", ch.now, ch) == apart
    other = page_of(board, "lang-son")
    assert other.standing_table()["df"].map(plain).iloc[0, 3] == apart
    [told] = [plain(f) for f in other.findings() if "PCI 2024" in plain(f)]
    assert "tăng 1,13 điểm so với 2022, qua hơn một kỳ nên chưa có ngưỡng dao động; xếp thứ 16/63" in told
    assert other.cards()[0].note.startswith("Không có điểm năm 2023")


def test_the_region_s_table_is_in_the_order_its_note_says(board, scores):
    """Bắc Ninh's own place in PCI 2023, behind the 30 printed, is that of the first sheet."""
    (_, pci), (_, papi) = page_of(board, "bac-ninh").region_tables()
    rank = phrase("col.rank")
    shown = [plain(v) for v in pci["df"][rank]]
    assert shown == sorted(shown, key=lambda r: int(r.strip("*"))) and {"28", "41*"} <= set(shown)  # those printed are not marked
    by_name = dict(zip(pci["df"][phrase("col.province")], shown, strict=True))  # by the components of all 63 provinces, as its own
    assert {p: by_name[p] for p in ("Vĩnh Phúc", "Thái Bình", "Hà Nam", "Nam Định")} == {
        "Vĩnh Phúc": "15*", "Thái Bình": "33*", "Hà Nam": "36*", "Nam Định": "45*"}
    ranked, rows = numbers([str(v) for v in pci["df"][rank]]), by_place(scores)
    assert len(ranked) == len(shown) and [n for n in ranked if not is_found_again(n, board, rows)] == []
    assert len(by_name) == len(region.neighbours(page_of(board, "bac-ninh"), 2023)) and "điểm thành phần" in plain(pci["note"])
    assert all(plain(v).endswith("*") for v in papi["df"][rank]) and "Xếp theo thứ hạng" in plain(pci["note"])


def test_where_little_is_asked_the_lowest_components_are_listed(board, monkeypatch):
    """Quảng Ninh 2024 has no priority by the rule: its second side was empty."""
    page = page_of(board, "quang-ninh")
    table = page.lowest_table()["df"].map(plain)
    assert not page.asks() and len(table) == 8 and page_of(board, "lai-chau").lowest_table() is None
    shares = [int(rank.split("/")[0]) / int(rank.split("/")[1]) for rank in table.iloc[:, 2]]
    assert shares == sorted(shares, reverse=True) and "Sở" in "".join(table.iloc[:, 3])
    assert not any(name.split(" (")[0] in plain(page.watch()) for name in table.iloc[:, 0])
    assert page.lowest_table()["caption"] == "Các thành phần PCI và PAPI mà Quảng Ninh đứng thấp nhất"  # DTI's 60/63 is named above
    asked = Priority("pci", "land_access", 2023, 6.0, 7.0, (), 0.1, 0.1, 20, 0.1, 0.9, 0.6)
    left = priorities.ranked(board, "quang-ninh", 2024).left
    monkeypatch.setattr(priorities, "ranked", lambda *_: priorities.Ranked([asked], left, []))
    assert "thành phần PCI và PAPI khác mà" in page_of(board, "quang-ninh").lowest_table()["caption"]


def test_what_leads_and_is_behind_all_the_same_is_not_denied(board):
    """Labor policy of Quảng Ninh is .80 points short of the best three, beyond the ±.67; the rule leaves it out as it leads."""
    labor = priorities.weigh(board, "pci", "labor_policy", "quang-ninh", 2024, priorities.comparable("quang-ninh", 2024))
    assert labor.gap > labor.threshold and not priorities.ranked(board, "quang-ninh", 2024).first
    assert "ngoài các thành phần đã thuộc một phần tư đầu, không thành phần nào" in page_of(board, "quang-ninh").asks_lead()
    assert "outside the first quarter no component" in page_of(board, "quang-ninh", lang="en").asks_lead()


def test_an_edition_that_should_be_out_is_not_promised(board, monkeypatch):
    """PCI 2025 usually comes by May 2026 and was looked for in November: whoever reads is to ask for it, not to wait."""
    monkeypatch.setattr(missing, "last_search", lambda index_id, year: {"pci": "2026-11-29", "dti": "2027-02-28"}.get(index_id, ""))
    *_, out, coming = page_of(board, "bac-ninh").unknown()
    assert out.startswith("PCI 2025 lẽ ra đã công bố (theo lệ, chậm nhất là tháng 5/2026); tìm đến 29/11/2026")
    assert "PCI" not in coming and "PAPI 2025: tháng 4/2026" in coming  # nobody looked for PAPI 2025
    assert "DTI 2025: tháng 7/2026 đến tháng 2/2027" in coming  # the last of its usual months is not over
    assert coming.startswith("Theo các năm trước, kỳ sau thường được công bố vào: ")
    assert "29 November 2026" in page_of(board, "bac-ninh", lang="en").unknown()[-2]
    monkeypatch.setattr(missing, "last_search", lambda *_: "2026-11-29")  # PCI 2022 was looked for too, and is held
    assert not [said for said in page_of(board, "bac-ninh", 2021).unknown() if "PCI 2022" in said and "29/11/2026" in said]


def test_a_city_is_no_province_and_an_item_has_its_own_lead(board):
    assert page_of(board, "ha-noi").label(page_of(board, "ha-noi").standing_title()).startswith("Thành phố")
    assert page_of(board, "lai-chau").label(page_of(board, "lai-chau").standing_title()).startswith("Tỉnh")
    leads = {plain(title).split(" (")[0]: plain(dict(lines)[phrase("asks.lead_department")])
             for title, lines in page_of(board, "ca-mau").asks()}
    assert leads["Cung ứng dịch vụ công"] == "Sở Y tế; riêng An ninh, trật tự: Công an tỉnh"


def test_what_only_the_national_assembly_can_do_is_no_advice(board):
    """Citizens' participation rose in Đà Nẵng and Hà Nội after their councils of districts and wards were abolished: no other province
    can follow them."""
    told = [plain(text) for _, lines in page_of(board, "ca-mau").asks() for _, text in lines]
    assert not [text for text in told if "không tổ chức Hội đồng nhân dân" in text]
    part = next(dict(lines) for title, lines in page_of(board, "ca-mau").asks() if "Tham gia của người dân" in plain(title))
    assert "Tăng hơn mức chung nhiều nhất" in part[phrase("asks.others")] and "Đà Nẵng" not in part[phrase("asks.others")]


def test_what_a_finding_says_its_next_sentence_does_not(board):
    """The rise of PAPI 2024 of Cà Mau and the place of PGI 2024 of Bắc Ninh: said once, with what all provinces did."""
    papi = next(plain(told) for told in page_of(board, "ca-mau").findings() if "PAPI 2024" in plain(told))
    assert papi.count("4,42") == 1 and papi.count("±2,70") == 1 and "44,52" in papi and "trung vị mức thay đổi" in papi
    pgi = next(plain(told) for told in page_of(board, "bac-ninh").findings() if plain(told).startswith("PGI"))
    assert pgi.count("4/63") == 1 and "lên 17 bậc" in pgi


def test_the_first_sentence_says_what_fell_in_rank(board):
    """Bắc Ninh left the thirty that VCCI prints in 2023, was 3rd in DTI of 2020; the falls come before the rise of SIPAS."""
    lead = page_of(board, "bac-ninh").standing_lead()
    assert plain(lead).startswith("PCI ra khỏi nhóm 30 tỉnh đứng đầu năm 2023 (năm 2022 thứ 7); DTI từ thứ 3 (2020) xuống thứ 21 (2024), "
                                  "cách đo có thay đổi trong thời gian đó; SIPAS từ thứ 33 (2018) lên thứ 7 (2021).")
    assert {n.text for n in numbers([str(lead)])} >= {"7", "3", "21", "33"}
    assert plain(page_of(board, "lai-chau").standing_lead()).startswith("Về điểm")  # no rank of an index moved that far


def test_a_province_that_came_among_the_printed_ranks(board):
    """Hưng Yên, 12th in PCI 2023: had it stood behind the thirty printed the year before."""
    entered = Fact("pci", "overall", "entered", True, 0.9, (Rank(2022, None, 30, True), Rank(2023, 12, 63, True)))
    assert plain(facts.move(page_of(board, "hung-yen"), entered)) == "PCI vào nhóm 30 tỉnh đứng đầu năm 2023 (thứ 12)"


def test_a_fall_and_a_rise_beyond_are_called_so(board):
    """PCI 2019: 70.79 after 64.50, beyond the threshold."""
    told = {row[0]: row[3] for row in page_of(board, "bac-ninh", 2019).standing_table()["df"].map(plain).itertuples(index=False)}
    assert told["PCI 2019"] == phrase("standing.up") and phrase("standing.down") != phrase("standing.up")
    assert told["PAPI 2019"] in (phrase("standing.down"), phrase("standing.unfit")) or "không so được" in told["PAPI 2019"]


def test_the_places_are_drawn_with_a_rule_only_between_two_of_them(board):
    figure = page_of(board, "bac-ninh").places_figure()
    held = figure["table"].set_index("Năm")["DTI"].dropna()
    assert {year: plain(rank) for year, rank in held.items()} == {2020: "3", 2021: "4", 2022: "7", 2023: "18", 2024: "21"}
    assert "PAPI thứ 8/61" in figure["title"] and "DTI thứ 21/63" in figure["title"]
    assert page_of(board, "bac-ninh", 2006).places_figure() is None


def test_what_is_asked_follows_the_written_rule(board):
    page = page_of(board, "bac-ninh")
    asked = page.asks()
    ruled = priorities.ranked(board, "bac-ninh", 2024).first
    assert len(asked) == len(ruled) <= 5
    for (title, lines), p in zip(asked, ruled, strict=True):
        told = dict(lines)
        assert page.component(p.index_id, p.component, p.year) in plain(title) and phrase("asks.gap") in told
        assert all(page.place(slug) in plain(told[phrase("asks.gap")]) for slug in p.best_of)
        scores = board.stood_by(p.index_id, p.component).loc[p.year].reindex(priorities.comparable("bac-ninh", 2024))
        assert f"bình quân ba tỉnh cao nhất trong {scores.notna().sum()} tỉnh so sánh được (" in plain(told[phrase("asks.gap")])
        assert phrase("asks.lead_department") in told and phrase("asks.others") in told
    assert "59/63" in plain(page.watch())  # cannot be weighed, and is not passed over
    lead = plain(page.asks_lead())  # with whom it is compared, and that it is the best of them
    assert "(năm tỉnh tương đồng nhất, cùng vùng, được chọn)" in lead and "vì sao còn kém các tỉnh tốt nhất ấy" in lead


def test_no_statistics_on_the_first_page(board):
    told = run(BRIEFING, province="bac-ninh", year=2024, language="vi")
    first = "".join(told)
    first = first[first.index("<!--part sheet-->"):first.index("<!--/part-->")]
    text = plain(re.sub(r"<svg.*?</svg>|<details.*?</details>", "", first, flags=re.S))
    assert not re.search(r"ngưỡng|khoảng tin cậy|giá trị p|độ lệch chuẩn|trung bình", text)


@pytest.mark.parametrize("province", ["bac-ninh", "ho-chi-minh", "dien-bien"])
def test_every_number_is_found_again(board, scores, province):
    rows = by_place(scores)
    pieces = run(BRIEFING, province=province, year=2024, language="vi")
    end = [i for i, piece in enumerate(pieces) if piece == "<!--/part-->"][1]
    found = [n for n in numbers(pieces[:end]) if n.source not in ("estimates", "reform-actions")]
    assert len(found) > 60
    assert [n for n in found if not is_found_again(n, board, rows)] == []


@pytest.mark.browser
@pytest.mark.parametrize("province, lang", [("bac-ninh", "vi"), ("ho-chi-minh", "vi"), ("lai-chau", "vi"), ("dien-bien", "en")])
def test_two_sides_of_a4_and_a_body_of_eight_sheets(tmp_path, chromium, panel, province, lang):
    """Also where all five components are listed; the annex is a part of its own. No heading stands at a sheet's foot, alone or with one
    line of what follows."""
    if not shutil.which("pdfinfo"):
        pytest.skip("pdfinfo (poppler-utils) is not here: the pages of a PDF cannot be counted")
    import nbformat

    from govlib.publish import export

    outputs = [nbformat.v4.new_output("display_data", data={"text/html": piece})
               for piece in run(BRIEFING, province=province, year=2024, language=lang)]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", outputs=outputs)])
    pages = {}
    for only in ("sheet", "", "annex"):
        page = tmp_path / f"x{only}.html"
        page.write_bytes(export.page(notebook, lang=lang, name=f"{province}.{lang}", only=only))
        export.pdf(page, page.with_suffix(".pdf"))
        told = subprocess.run(["pdfinfo", page.with_suffix(".pdf")], capture_output=True, text=True, check=True).stdout
        assert "A4" in told
        pages[only] = int(re.search(r"Pages:\s+(\d+)", told)[1])
    assert pages["sheet"] == 2
    assert pages[""] <= 2 + 8 and pages["annex"] > 2
    headings = {" ".join(plain(h).split()) for h in re.findall(r"<h[23][^>]*>(.*?)</h[23]>", (tmp_path / "x.html").read_text(encoding="utf-8"))}
    assert not [foot for only in ("", "annex") for foot in feet(tmp_path / f"x{only}.pdf")[0 if only else 2:-1] if headings & set(foot)]


@pytest.mark.browser
@pytest.mark.parametrize("province, lang", [("lang-son", "vi"), ("gia-lai", "en"), ("tay-ninh", "vi")])
def test_the_fullest_first_sheets_are_two_sides(tmp_path, chromium, panel, province, lang):
    """Of 126 these three had a heading and a line on a third side."""
    import nbformat
    import pypdf

    from govlib.publish import export

    outputs = [nbformat.v4.new_output("display_data", data={"text/html": piece})
               for piece in run(BRIEFING, province=province, year=2024, language=lang)]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", outputs=outputs)])
    (tmp_path / "x.html").write_bytes(export.page(notebook, lang=lang, name=f"{province}.{lang}", only="sheet"))
    export.pdf(tmp_path / "x.html", tmp_path / "x.pdf")
    assert len(pypdf.PdfReader(tmp_path / "x.pdf").pages) == 2


def feet(pdf) -> list[list[str]]:
    """The last two lines of each sheet above its number; of the two sides first and of the last, which end where they end, too."""
    told = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True).stdout
    return [[" ".join(line.split()) for line in sheet.splitlines() if line.strip()][-3:-1] for sheet in told.split("\f")[:-1]]


@pytest.mark.browser
def test_a_heading_s_first_paragraph_stays_whole_and_with_it(tmp_path, chromium):
    """Sections of every length, so that feet of sheets fall everywhere: Lai Châu's had a heading and half a sentence at one."""
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext (poppler-utils) is not here")
    import nbformat

    from govlib.publish import export

    text, pieces = "một câu vừa dài hơn một dòng của trang in khổ A4 " * 3, [show.cover_html(title="Thử")]
    for k in range(60):
        pieces += [show.heading_html(f"Mục {k}"), show.paragraph_html(text), show.heading_html(f"Phần {k}", 3), show.callout_html(text * 2),
                   show.bullets_html([f"ý thứ {i}" for i in range(k % 13)])]
    outputs = [nbformat.v4.new_output("display_data", data={"text/html": str(piece)}) for piece in pieces]
    page = tmp_path / "x.html"
    page.write_bytes(export.page(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", outputs=outputs)]), lang="vi", name="x.vi"))
    export.pdf(page, page.with_suffix(".pdf"))
    found = feet(page.with_suffix(".pdf"))
    assert len(found) > 8 and not [foot for foot in found if re.search(r"(Mục|Phần) \d", " ".join(foot))]


def test_of_many_kinds_of_reform_two_are_named_and_the_rest_counted(board):
    """Time costs of Yên Bái: seven kinds whose effect is small, four of which the measure changed in between."""
    known = [plain(text) for _, lines in page_of(board, "yen-bai", lang="en").asks() for _, text in lines]
    anew = [text for text in known if "cannot be told, as the measure of this component changed" in text]
    assert any(" and 2 more: the effect cannot be told" in text for text in anew) and any(" and 5 more: the effect" in text for text in known)


def test_whose_figures_they_are_where_the_province_was_merged(board):
    """Whoever reads in 2026 heads another Bắc Ninh; Hà Nội is what it was, and what a merger formed is itself."""
    page = page_of(board, "bac-ninh")
    assert "trước ngày 1/7/2025, khi chưa hợp nhất với Bắc Giang" in page.cover()["edition"]
    assert "trước khi hợp nhất ngày 1/7/2025" in page.standing_table()["caption"]
    assert "was merged with Binh Duong and Ho Chi Minh City" in page_of(board, "ba-ria-vung-tau", lang="en").cover()["edition"]
    same = page_of(board, "ha-noi")
    assert "hợp nhất" not in same.cover()["edition"] + same.standing_table()["caption"]


def test_all_of_the_last_quarter_is_named(board):
    """What the rule lists, what it cannot weigh, a rank without a score among it, and what is no further behind than chance."""
    told = plain(page_of(board, "bac-ninh").watch())
    first, few, within = told.split(": ", 1)[0], *told.split(": ", 1)[1].split(" Chưa vượt mức dao động thường thấy: ")
    assert first == "Các thành phần khác thuộc một phần tư cuối cả nước. Chưa đủ kỳ so sánh được để xếp ưu tiên"
    assert "PAR INDEX 2021, Cải cách tài chính công: thứ 63/63 (nguồn chỉ nêu thứ hạng)" in few and "0,4126, thứ 59/63" in few
    assert within == "PCI 2023, Chi phí không chính thức 6,79, thứ 50/63."
    assert "5,47" not in told  # of the last quarter too, and listed
    assert page_of(board, "ba-ria-vung-tau").watch() is None


def test_where_no_action_aims_at_a_component_none_is_missed(board):
    """Nobody's action on record aims at environment: that none stands beside a rise says nothing of what was done."""
    asks = {plain(title).split(" (")[0]: plain(dict(lines)[phrase("asks.others")]) for title, lines in page_of(board, "bac-ninh").asks()}
    assert asks["Quản trị môi trường"].endswith("chưa rõ vì sao.") and "Bắc Giang" not in asks["Quản trị môi trường"]
    assert asks["Chính sách hỗ trợ doanh nghiệp"].endswith("chưa ghi nhận biện pháp nào đi kèm.")


def test_a_rank_that_stood_still_did_not_fall_in_every_edition(board):
    told = " ".join(plain(text) for text in page_of(board, "bac-ninh").findings())
    assert "DTI: thứ hạng giảm dần qua 5 kỳ liền" in told
    assert "Hoạt động chính quyền số: qua 3 kỳ liền thứ hạng không lần nào lên, từ thứ 16 năm 2022" in told


def test_both_scales_of_a_trend_are_named(board):
    assert page_of(board, "bac-ninh").trend_figure("papi")["measure"].endswith("thang 6–60 đến 2017, thang 8–80 từ 2018")
    # Quảng Ninh has no total of 2018: the scale is the edition's all the same
    assert page_of(board, "quang-ninh").trend_figure("papi")["measure"].endswith("thang 6–60 đến 2017, thang 8–80 từ 2018")
    assert page_of(board, "bac-ninh").trend_figure("pci")["measure"].endswith("thang 0–100")


def test_ranks_are_told_across_a_new_measure_and_no_note_forbids_it():
    """The first sentence tells them (docs/reading_rule.md); a note beside it said that they cannot be compared."""
    told = [key for key, (vi, en) in ((key, (phrase(key), phrase(key, "en"))) for key in sentences())
            if re.search(r"[Tt]hứ hạng[^.;]*không so sánh được", vi) or re.search(r"\branks?\b[^.;]*cannot be compared", en)]
    assert told == []
    for key in ("chart_places.rule", "region.not_joined", "trends.ranks_break", "chart_trend.lines_break_at_ranks"):
        assert re.search("đổi hạng .*có thể|hạng có thể đổi", phrase(key)) and re.search("move .*may|may move", phrase(key, "en")), key


def test_a_ministry_is_asked_for_all_fields(board):
    """Scores of five fields are held of anybody in 2024, of seven in 2022; the index has eight."""
    table = page_of(board, "bac-ninh").requests_table()["df"]
    par = {edition: what for edition, what in table.iloc[:, :2].itertuples(index=False) if edition.startswith("PAR")}
    newest = next(what for edition, what in par.items() if edition.endswith("2022–2024"))
    assert newest == "điểm chung; điểm của cả 8 thành phần"
    old = next(what for edition, what in par.items() if edition.endswith("2020"))
    assert "Điểm thẩm định" in old and "cả" not in old.split(";")[1]
    assert "kỳ đánh giá được biết là có" in page_of(board, "bac-ninh").requests_table()["caption"]  # what DTI lacks besides is no part


def test_what_cannot_be_compared_is_not_said_to_have_risen_nowhere(board):
    """Environment came in 2018 and was measured anew in 2019: no two editions to compare on the page of 2019."""
    told = {plain(title).split(" (")[0]: plain(dict(lines)[phrase("asks.others")]) for title, lines in page_of(board, "bac-ninh", 2019).asks()}
    assert told["Quản trị môi trường"] == phrase("asks.nobody_known")


def test_no_component_stands_in_the_table_and_in_the_sentence(board):
    for province in ("bac-ninh", "binh-duong", "quang-ninh"):
        page = page_of(board, province, 2023)
        table, told = page.lowest_table(), plain(page.watch() or "")
        names = [] if table is None else [str(name).split(" (")[0] for name in table["df"].iloc[:, 0]]
        assert not [name for name in names if name in told]


def test_a_trend_says_what_its_last_step_is_worth(board):
    assert page_of(board, "bac-ninh").trend_figure("pci")["title"].endswith("; so với 2022: −3,12, chưa thể nói là tăng hay giảm")
    assert ", vượt mức dao động thường thấy" in page_of(board, "ca-mau").trend_figure("papi")["title"]
