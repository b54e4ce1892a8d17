"""A sheet for each department: what it answers for, whose numbers lead back, one side of A4; and the table for the chair."""

from __future__ import annotations

import re
import shutil
import subprocess

import html5lib
import pandas as pd
import pytest
from kit.content import by_place, is_found_again, numbers, page_of, plain

from govlib.known import indices
from govlib.publish import departments, export
from govlib.publish.sections import portfolio
from govlib.reading import priorities
from govlib.run import departments as verb


def test_every_component_with_a_figure_has_a_department_and_stands_once_in_the_table(board):
    page = page_of(board)
    held = [(h.index_id, h.component) for mine in portfolio.portfolios(page).values() for h in mine]
    for index_id, year in page.with_components():
        for c in board.components(index_id):
            cell = board.cell(index_id, c, "bac-ninh", year)
            assert (index_id, c) in held or cell is None or cell.score is None, (index_id, c)
    pages = departments.pages(page)
    assert len(pages) == len(portfolio.portfolios(page)) + 1 and "so-noi-vu.vi.html" in pages
    rows = re.findall(r"<tr>(.*?)</tr>", pages["index.vi.html"].decode(), re.S)
    named = [f"{index}: {what}" for row in rows if "●" in row
             for index, _, parts in [plain(row.split("</th>")[0]).partition(": ")] for what in parts.split("; ")]
    assert len(named) == len(set(named)) == len(set(held))


def test_a_field_of_which_only_the_rank_is_held_is_on_its_lead_s_sheet(board):
    """Public finance in PAR INDEX 2021 is Bắc Ninh's last place (63rd of 63), named on its second side; the Department of Finance,
    which leads it, was not told, nor the office that is first with procedures."""
    page = page_of(board)
    sheets = {name: plain(text.decode()) for name, text in departments.pages(page).items()}
    rows = {plain(row[page.label("col.component")]): row for row in departments._components(
        page, portfolio.portfolios(page)["Sở Tài chính"])["df"].to_dict("records")}
    row = rows["Cải cách tài chính công (PAR INDEX 2021)"]
    assert plain(row[page.label("col.rank")]) == "63/63" and row[page.label("standing.meaning")] == "nguồn chỉ nêu thứ hạng"
    assert "Cải cách thủ tục hành chính (PAR INDEX 2021)" in sheets["van-phong-uy-ban-nhan-dan-tinh.vi.html"]
    table = portfolio.portfolio_table(page)["df"].astype(str).to_csv()
    listed = {h.component for held in portfolio.portfolios(page).values() for h in held if h.index_id == "par"}
    assert listed == {"overall", *indices.component_ids("par", 2021)} and "PAR INDEX: Cải cách tài chính công" in table and "Cải cách thể chế" not in table


def test_a_change_of_two_years_names_the_year_it_is_against(board):
    """PCI's components of 2022 are not held: those of 2023 stand beside 2021, which the sheet did not say."""
    sheet = plain(departments.pages(page_of(board))["so-noi-vu.vi.html"].decode())
    assert "−0,38 so với 2021" in sheet and "+0,07 so với" not in sheet  # PAPI 2024: the year before


def test_every_sheet_of_a_province_merged_since_says_so(board):
    said = "Số liệu là của Bắc Ninh trước ngày 1/7/2025, khi chưa hợp nhất với Bắc Giang."
    assert all(said in plain(text.decode()) for text in departments.pages(page_of(board)).values())
    assert "khi chưa hợp nhất" not in plain(departments.pages(page_of(board, "ha-noi"))["index.vi.html"].decode())


def test_what_is_asked_stands_on_its_lead_s_sheet_only(board):
    page = page_of(board)
    pages = {name: text.decode() for name, text in departments.pages(page).items()}
    for p in priorities.ranked(board, "bac-ninh", 2024).first:
        holders = [name for name, held in portfolio.portfolios(page).items()
                   if (p.index_id, p.component) in {(h.index_id, h.component) for h in held}]
        title = page.component(p.index_id, p.component, p.year)
        on = {name for name, text in pages.items() if any(title in ask for ask in re.findall(r'<p class="ask">(.*?)</p>', text))}
        assert on == {f"{departments.slug(h)}.vi.html" for h in holders}


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_sheets_are_valid_and_their_numbers_are_found_again(board, scores, lang):
    rows = by_place(scores)
    for name, text in departments.pages(page_of(board, lang=lang)).items():
        html5lib.HTMLParser(strict=True).parse(text)
        notes = set(re.findall(r'href="#([^"]+)"', text.decode()))  # each leads to its source, and no page to itself
        assert notes <= set(re.findall(r'\bid="([^"]+)"', text.decode())) and (len(notes) > 2 or name.startswith("index"))
        assert f'href="{name}"' not in text.decode()
        export.check(text.decode().split("<main", 1)[1].split("<footer")[0] + "<h1>")
        if lang == "vi":
            found = [n for n in numbers([text.decode()]) if n.source not in ("estimates", "reform-actions")]
            assert [n for n in found if not is_found_again(n, board, rows)] == [], name


def test_an_open_task_stands_on_the_sheet_of_who_was_to_do_it(board, monkeypatch):
    task = {"year": 2022, "province": "bac-ninh", "index_id": "papi", "component": "transparency", "indicator": "", "lead": "sở tư pháp",
            "task": "Đăng bảng giá đất lên cổng", "deadline": "2023-06-30", "status": "late", "result": ""}
    monkeypatch.setattr("govlib.collect.institute_plan.read", lambda: pd.DataFrame([task]))
    pages = {name: plain(text.decode()) for name, text in departments.pages(page_of(board)).items()}
    assert {name for name, text in pages.items() if "Đăng bảng giá đất" in text} == {"so-tu-phap.vi.html"}


def test_the_command_writes_all_or_nothing(tmp_path, monkeypatch, panel):
    monkeypatch.setenv("GOVLIB_BRIEFINGS", str(tmp_path))
    made = verb.write("Bắc Ninh", 2024, "vi")
    assert {p.name for p in made} >= {"index.vi.html", "so-tai-chinh.vi.html"}
    assert made[0].parent == tmp_path / "2024" / "bac-ninh"


def test_the_list_leads_to_the_sheets_that_there_are_and_they_to_it(tmp_path, monkeypatch, panel):
    """Nothing led to them, and their own link back led nowhere as long as no briefing was made."""
    monkeypatch.setenv("GOVLIB_BRIEFINGS", str(tmp_path))
    (chair, *_) = verb.write("Bắc Ninh", 2024, "vi")
    assert (chair.parent / re.search(r'<p class="crumb"><a href="([^"]+)"', chair.read_text(encoding="utf-8"))[1]).is_file()
    for name in ("index.html", "index.en.html"):
        listed = (tmp_path / "2024" / name).read_text(encoding="utf-8")
        assert re.findall(r'href="([\w-]+/[^"]+)" hreflang="(\w+)"', listed) == [("bac-ninh/index.vi.html", "vi")]
    verb.write("Bắc Ninh", 2024, "vi,en")
    assert 'href="bac-ninh/index.en.html" hreflang="en"' in (tmp_path / "2024/index.html").read_text(encoding="utf-8")


@pytest.mark.browser
def test_one_side_of_a4(board, chromium, tmp_path):
    if not shutil.which("pdfinfo"):
        pytest.skip("pdfinfo (poppler-utils) is not here: the pages of a PDF cannot be counted")
    pages = departments.pages(page_of(board, lang="en"))
    longest = sorted(pages, key=lambda name: -len(pages[name]))[:2]
    for name in {*longest, "index.en.html"}:
        (tmp_path / name).write_bytes(pages[name])
        export.pdf(tmp_path / name, tmp_path / "x.pdf")
        told = subprocess.run(["pdfinfo", tmp_path / "x.pdf"], capture_output=True, text=True, check=True).stdout
        assert re.search(r"Pages:\s+1\b", told), name


@pytest.mark.browser
def test_accessible_on_a_screen_a_phone_and_in_the_dark(board, chromium, tmp_path):
    """A sheet, the table for the chair, provinces side by side: WCAG 2.2 AA, no sideways scroll, nothing fetched."""
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    from govlib.publish import compare

    page = page_of(board)
    made = departments.pages(page)
    files = {"sheet.html": made["so-noi-vu.vi.html"], "chair.html": made["index.vi.html"],
             "compare.html": compare.page([page, page_of(board, "hai-phong")])}
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, text in files.items():
            (tmp_path / name).write_bytes(text)
            for width, scheme in ((1280, "light"), (390, "dark")):
                tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
                asked: list[str] = []
                tab.on("request", lambda r, asked=asked: asked.append(r.url))
                tab.goto((tmp_path / name).as_uri())
                found = Axe().run(tab, options={"runOnly": tags, "resultTypes": ["violations"]}).response["violations"]
                assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found] == [], (name, width)
                assert tab.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
                assert all(url.startswith(("file:", "data:")) for url in asked)
                tab.close()
        browser.close()
