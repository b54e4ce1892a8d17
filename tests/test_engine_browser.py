"""The page in a real Chromium: WCAG 2.2 AA by axe in light, dark, phone and print; nothing fetched; works from a folder."""

from __future__ import annotations

import re

import html5lib
import pytest
from engine import make_sample

from govlib.briefings import driver, export

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def pages(tmp_path_factory, chromium):
    """A folder of briefings: one whole with a PDF in two languages, one failed; and the two lists."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from govlib import paths

    base = tmp_path_factory.mktemp("browser")
    for name in ("processed", "out", "notebooks"):
        (base / name).mkdir()
    pq.write_table(pa.table({"year": [2022], "score": [2.0]}), base / "processed" / "scores.parquet")
    make_sample.write(base / "notebooks" / driver.NOTEBOOK, "cell@ha-noi")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GOVLIB_PROCESSED", str(base / "processed"))
        patch.setenv("GOVLIB_BRIEFINGS", str(base / "out"))
        patch.setattr(paths, "notebooks", lambda: base / "notebooks")
        driver.build_all(2022, "vi,en", ["bac-ninh", "ha-noi"], pdf=True)
    return base / "out" / "2022"


@pytest.fixture(scope="module")
def browser(chromium):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        window = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield window
        window.close()


LOOKS = {
    "light": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light", "is_mobile": True, "has_touch": True},
    "phone-dark": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "is_mobile": True, "has_touch": True},
}
FILES = ["bac-ninh.vi.html", "bac-ninh.en.html", "index.html", "index.en.html"]


def audit(page):
    from axe_playwright_python.sync_playwright import Axe

    result = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
    return [f"{v['id']}: {v['nodes'][0]['html'][:160]} {v['nodes'][0].get('failureSummary', '')[:300]}" for v in result.response["violations"]]


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("file", FILES[::3])
def test_accessible(pages, browser, file, look):
    context = browser.new_context(**LOOKS[look])
    page = context.new_page()
    requests, errors = [], []
    page.on("request", lambda r: requests.append(r.url))
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.goto((pages / file).as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert audit(page) == []
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= LOOKS[look]["viewport"]["width"], "the page scrolls sideways"
    assert not [r for r in requests if not r.startswith(("file:", "data:"))], "something was fetched"
    assert errors == []
    if file.startswith("bac-ninh"):
        assert page.evaluate("document.fonts.check('16px \"Govlib Sans\"', 'Ắ')")
        assert page.evaluate("[...document.fonts].filter(f => f.status === 'loaded').length") >= 2
    context.close()


def test_accessible_in_print(pages, browser):
    page = browser.new_page(viewport={"width": 794, "height": 1123})
    page.emulate_media(media="print", color_scheme="dark")
    page.goto((pages / "bac-ninh.vi.html").as_uri())
    assert audit(page) == []
    # a dark screen does not print on black
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.is_visible(".csv") and page.is_visible(".fn a")
    page.close()


def test_axe_would_find_a_fault(pages, browser):
    page = browser.new_page()
    page.goto((pages / "bac-ninh.vi.html").as_uri())
    page.evaluate("document.querySelector('svg').removeAttribute('aria-label')")
    assert any("svg-img-alt" in v for v in audit(page))
    page.close()


CUE = "e => [e.scrollWidth > e.clientWidth, getComputedStyle(e.matches('.scroll') ? e.querySelector('caption') : e, e.matches('.scroll') ? '::after' : '::before').visibility]"


@pytest.mark.parametrize("look", ["light", "phone", "phone-dark"])
def test_what_scrolls_sideways_says_so_and_nothing_else_does(pages, browser, look):
    """A shade at the side, and a line of words, exactly where there is more than the screen shows; no script is needed."""
    context = browser.new_context(**LOOKS[look])
    page = context.new_page()
    page.goto((pages / "bac-ninh.vi.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    found = {}
    for region in page.query_selector_all(".scroll, .drawing[tabindex]"):
        wider, cue = region.evaluate(CUE)
        assert cue == ("visible" if wider else "hidden")
        assert "linear-gradient" in region.evaluate("e => getComputedStyle(e).backgroundImage")
        found.setdefault(wider, []).append(region)
    assert len(found[True]) >= (1 if look == "light" else 2)  # the table of twenty years everywhere; on a phone also the drawing made for one width
    assert found.get(False)
    assert ("Vuốt hoặc cuộn ngang" in page.evaluate("getComputedStyle(document.querySelector('.scroll caption'), '::after').content"))
    context.close()


@pytest.mark.parametrize("look", LOOKS)
def test_a_phone_gets_the_drawing_made_for_it(pages, browser, look):
    context = browser.new_context(**LOOKS[look])
    page = context.new_page()
    page.goto((pages / "bac-ninh.vi.html").as_uri())
    phone = look.startswith("phone")
    assert (page.is_visible(".drawing.narrow"), page.is_visible(".drawing.broad")) == (phone, not phone)
    shown = page.query_selector(".drawing.narrow svg" if phone else ".drawing.broad svg")
    assert shown.bounding_box()["width"] <= LOOKS[look]["viewport"]["width"]
    smallest = shown.evaluate("""s => Math.min(...[...s.querySelectorAll('text')].map(
        t => parseFloat(getComputedStyle(t).fontSize) * s.getBoundingClientRect().width / s.viewBox.baseVal.width))""")
    assert smallest >= 11
    assert not shown.evaluate("s => [...s.querySelectorAll('text')].some(t => t.getBoundingClientRect().right > s.getBoundingClientRect().right + 1)")
    page.emulate_media(media="print")
    assert (page.is_visible(".drawing.narrow"), page.is_visible(".drawing.broad")) == (False, True), "print keeps the wide drawing"
    context.close()


@pytest.mark.parametrize("file", FILES)
def test_valid_html_with_unique_ids_and_anchors_that_exist(pages, file):
    text = (pages / file).read_text(encoding="utf-8")
    html5lib.HTMLParser(strict=True).parse(text)
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(ids)
    assert f'<html lang="{"en" if ".en." in file else "vi"}">' in text


def test_every_link_to_another_page_exists(pages):
    for file in FILES:
        text = (pages / file).read_text(encoding="utf-8")
        for target in re.findall(r'href="([\w./-]+\.(?:html|pdf|ipynb))', text):
            assert (pages / target).is_file(), f"{file} leads to {target}"


def test_a_number_says_where_it_comes_from_by_pointer_and_by_keyboard(pages, browser):
    page = browser.new_page()
    page.goto((pages / "bac-ninh.en.html").as_uri())
    page.hover(".findings .num[data-source]")
    assert page.is_visible("#tip") and "row 3" in page.inner_text("#tip")
    page.keyboard.press("Escape")
    assert not page.is_visible("#tip")
    page.focus(".findings .fn a")
    assert page.is_visible("#tip") and "row 3" in page.inner_text("#tip")
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#src-1"
    page.close()


def test_the_list_sorts_and_searches_without_a_server(pages, browser):
    page = browser.new_page()
    page.goto((pages / "index.html").as_uri())
    assert page.locator("#list tbody tr").count() == 63
    page.fill("#search", "bac ninh")
    assert [r.get_attribute("id") for r in page.locator("#list tbody tr:visible").all()] == ["bac-ninh"]
    assert "1 trong 63" in page.inner_text("#tally")
    page.fill("#search", "")
    page.select_option("#wanted", "failed")
    assert [r.get_attribute("id") for r in page.locator("#list tbody tr:visible").all()] == ["ha-noi"]
    assert "the data say no <b>" in page.inner_text("#ha-noi")
    page.select_option("#wanted", "")
    button = page.locator("#list thead button").first
    button.click()
    assert page.locator("#list thead th").first.get_attribute("aria-sort") == "descending"
    assert page.locator("#list tbody tr").first.get_attribute("id") == "yen-bai"
    page.close()


def test_the_pdf_is_a4_with_page_numbers_and_text(pages):
    from pypdf import PdfReader

    reader = PdfReader(pages / "bac-ninh.vi.pdf")
    width, height = (float(x) for x in reader.pages[0].mediabox[2:])
    assert abs(width - 595) < 2 and abs(height - 842) < 2
    texts = [p.extract_text() for p in reader.pages]
    assert "Bắc Ninh" in texts[0] and f"/ {len(texts)}" not in texts[0]
    assert f"2 / {len(texts)}" in texts[1]
    assert reader.trailer["/Root"].get("/MarkInfo", {}).get("/Marked"), "not tagged: a screen reader cannot read it"


def test_without_chromium_a_pdf_is_refused_at_once(monkeypatch):
    from govlib.errors import MissingData

    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingData, match="chromium"):
        export.chromium()
