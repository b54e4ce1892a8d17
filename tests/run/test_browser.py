"""Pages in a real Chromium: WCAG 2.2 AA in light, dark, on a phone and in print; nothing fetched; works from a folder.

First a sample notebook's pages, which have every piece of the engine and what goes wrong; then the real ones.
"""

from __future__ import annotations

import http.server
import re
import threading
import unicodedata
from pathlib import Path

import html5lib
import pytest
from kit import make_sample
from kit.boards import made_up_2025

from govlib import files, paths, text
from govlib.known import provinces
from govlib.publish import export, index
from govlib.run import driver, jobs, page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def pages(tmp_path_factory, chromium):
    """A folder of briefings: one whole with a PDF in two languages, one failed; and the two lists."""
    import pyarrow as pa
    import pyarrow.parquet as pq


    base = tmp_path_factory.mktemp("browser")
    for name in ("processed", "out", "notebooks"):
        (base / name).mkdir()
    pq.write_table(pa.table({"year": [2022], "score": [2.0]}), base / "processed" / "scores.parquet")
    make_sample.write(base / "notebooks" / jobs.NOTEBOOK, "cell@ha-noi")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GOVLIB_PROCESSED", str(base / "processed"))
        patch.setenv("GOVLIB_BRIEFINGS", str(base / "out"))
        patch.setattr(paths, "notebooks", lambda: base / "notebooks")
        driver.build_all(2022, "vi,en", ["bac-ninh", "ha-noi"], pdf=True)
    return base / "out" / "2022"


LOOKS = {
    "light": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light", "is_mobile": True, "has_touch": True},
    "phone-dark": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "is_mobile": True, "has_touch": True},
}
FILES = ["bac-ninh.vi.html", "bac-ninh.en.html", "index.html", "index.en.html"]


COLOUR = ("color-contrast", "link-in-text-block")  # the rules that look at colours; the first takes most of axe's time
CONTRAST = Path(__file__).with_name("contrast.js").read_text(encoding="utf-8").split("\n", 1)[1]


def audit(page, without=(), only=None):
    from axe_playwright_python.sync_playwright import Axe

    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    options = {"runOnly": list(only)} if only else {"runOnly": tags, "rules": {rule: {"enabled": False} for rule in without}}
    result = Axe().run(page, options=options | {"resultTypes": ["violations"]})
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


@pytest.mark.parametrize("file", [FILES[0], "index.html"])
def test_a_page_may_ask_nobody(pages, browser, file):
    """Whatever found its way into it: pictures, styles, scripts, frames and calls to elsewhere are refused by the browser."""
    called: list[str] = []

    class Elsewhere(http.server.BaseHTTPRequestHandler):
        def handle_one_request(self):
            called.append(self.rfile.readline().decode("latin-1"))
            self.close_connection = True

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as elsewhere:
        threading.Thread(target=elsewhere.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        page = browser.new_page()
        page.goto((pages / file).as_uri())
        page.evaluate("""out => {
            for (const tag of ['img', 'script', 'iframe']) { const e = document.createElement(tag); e.src = `${out}/${tag}`; document.body.append(e); }
            const link = document.createElement('link'); link.rel = 'stylesheet'; link.href = `${out}/css`; document.head.append(link);
            document.body.style.backgroundImage = `url(${out}/picture)`;
            fetch(`${out}/fetch`).catch(() => {}); navigator.sendBeacon(`${out}/beacon`); new WebSocket(out.replace('http', 'ws')); }""",
                      f"http://127.0.0.1:{elsewhere.server_address[1]}")
        page.wait_for_timeout(500)
        page.close()
        elsewhere.shutdown()
    assert not any(called), "a connection without a word is the browser's own guess"


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


def valid(path):
    """Parses without an error, ids are unique, anchors and neighbouring files exist, the language is said."""
    markup = path.read_text(encoding="utf-8")
    html5lib.HTMLParser(strict=True).parse(markup)
    ids = re.findall(r'\sid="([^"]+)"', markup)
    assert len(ids) == len(set(ids))
    refers = re.findall(r'(?:href="#|\s(?:for|aria-labelledby|aria-describedby|aria-controls)=")([^"]+)"', markup)
    assert {name for names in refers for name in names.split()} <= set(ids)
    assert f'<html lang="{"en" if ".en." in path.name else "vi"}">' in markup
    for target, anchor in re.findall(r'href="([\w./-]+\.(?:html|pdf|ipynb))(?:#([^"]+))?"', markup):
        assert (path.parent / target).is_file(), f"{path.name} leads to {target}"
        assert not anchor or f'id="{anchor}"' in (path.parent / target).read_text(encoding="utf-8"), f"{target} has no {anchor}"


@pytest.mark.parametrize("file", FILES)
def test_valid_html_with_unique_ids_and_links_that_lead_somewhere(pages, file):
    valid(pages / file)


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


def found(page):
    """Rows of the list that can be seen."""
    return page.evaluate("[...document.querySelectorAll('#list tbody tr')].filter(row => row.checkVisibility()).map(row => row.id)")


def test_the_list_shows_what_failed_and_why(pages, browser):
    page = browser.new_page()
    page.goto((pages / "index.html").as_uri())
    page.select_option("#wanted", "failed")
    assert found(page) == ["ha-noi"]
    assert "the data say no <b>" in page.inner_text("#ha-noi") and page.locator("#ha-noi a[href^='failed/']").count() == 1
    page.select_option("#wanted", "partial")
    assert found(page) == ["bac-ninh"] and "PAPI 2022" in page.inner_text("#bac-ninh")
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


# ---------------------------------------------------------------------------------------------------------- the real pages
@pytest.fixture(scope="module")
def real(panel, tmp_path_factory, chromium):
    """Briefings as `make briefings` makes them: a province with most figures and one without PCI and PAPI in 2024, the
    overview, the list; and the page of a merged province in a made-up edition of 2025."""
    import pandas as pd

    base = tmp_path_factory.mktemp("real")
    scores = pd.read_parquet(panel / "scores.parquet")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GOVLIB_BRIEFINGS", str(base / "out"))
        done = driver.build_all(2024, "vi,en", ["bac-ninh", "vinh-phuc"])
        assert not done.failed, done.failed
        (base / "processed").mkdir()
        for file in panel.iterdir():
            if file.name != "scores.parquet" and not file.name.startswith("."):
                (base / "processed" / file.name).symlink_to(file)
        pd.concat([scores, made_up_2025(scores)], ignore_index=True).to_parquet(base / "processed" / "scores.parquet")
        patch.setenv("GOVLIB_PROCESSED", str(base / "processed"))
        done = driver.build_all(2025, "vi", ["bac-ninh"], national=False)
        assert not done.failed, done.failed
    return base / "out"


REAL = ["2024/bac-ninh.vi.html", "2024/bac-ninh.en.html", "2024/vinh-phuc.vi.html", "2025/bac-ninh.vi.html", "2024/national.vi.html",
        "2024/index.html", "2025/index.html"]


@pytest.mark.parametrize("file", [file for file in REAL if file.startswith("2024/") and "index" not in file])
def test_every_number_of_a_real_page_is_found_again(real, file, capsys):
    """`govlib verify`: each published, worked out and estimated number of the pages as they are made."""
    from govlib.run import verify

    assert verify.main([str(real / file)]) == 0, capsys.readouterr().out


# where axe judges colours too, which takes it seconds; contrast.js judges those of every page in every look, charts included
BY_AXE = {(REAL[0], "light"), (REAL[1], "dark"), *((file, look) for file in REAL[4:6] for look in ("light", "dark"))}


@pytest.mark.parametrize("file", REAL)
def test_real_pages_are_accessible_in_every_look_and_ask_for_nothing(real, browser, file):
    asked, errors = [], []
    for device, looks in {"light": ("light", "dark", "print"), "phone": ("light", "dark")}.items():
        context = browser.new_context(**LOOKS[device])
        page = context.new_page()
        page.on("request", lambda r: asked.append(r.url))
        page.on("pageerror", lambda e: errors.append(str(e)))
        page.goto((real / file).as_uri())
        for look in looks:
            where = f"{file}, {device}, {look}"
            page.emulate_media(media="print" if look == "print" else "screen", color_scheme="light" if look == "light" else "dark")
            if device == "light" and (file, look) in BY_AXE:
                assert audit(page, only=COLOUR) == [], where
            page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            colours = page.evaluate(CONTRAST)
            assert colours["faults"] == [], f"{where}: contrast"
            assert colours["seen"]["html"] > 100 and (colours["seen"]["svg"] > 100 or "index" in file or "2025" in file)
            if look == "light":  # dark differs from it in colours only
                assert audit(page, without=COLOUR) == [], where
            elif look == "print" and "en" not in file:  # on paper nothing is tapped
                assert audit(page, without=(*COLOUR, "target-size")) == [], where
            page.evaluate("document.querySelectorAll('details').forEach(d => d.open = false)")
        if device == "phone":
            for width in (390, 320):
                page.set_viewport_size({"width": width, "height": 844})
                page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
                assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{file} scrolls sideways at {width}"
        context.close()
    assert [url for url in asked if not url.startswith("data:")] == [(real / file).as_uri()] * 2, "something was asked for"
    assert errors == []


def test_the_check_of_contrast_would_find_a_fault(real, browser):
    """In text, in a chart on the page, and in a chart on a coloured cell."""
    page = browser.new_page()
    page.goto((real / REAL[4]).as_uri())
    assert page.evaluate(CONTRAST)["faults"] == []
    page.evaluate("document.querySelector('.subtitle').style.color = '#aaa'")
    page.evaluate("document.querySelector('svg text').style.fill = '#bbb'")
    full = "[...document.querySelectorAll('svg text')].filter(t => t.textContent === '100')[0]"
    assert page.evaluate(f"parseInt(getComputedStyle({full}).fill.match(/\\d+/)[0])") > 200, "the ink on a dark cell is light"
    page.evaluate(f"{full}.style.fill = '#222'")
    said = page.evaluate(CONTRAST)["faults"]
    assert len(said) == 3 and sum(" html " in x for x in said) == 1 and any('svg "100"' in x for x in said), said
    page.close()


@pytest.mark.parametrize("file", [*REAL, "2024/index.en.html", "2024/national.en.html", "2024/vinh-phuc.en.html"])
def test_real_pages_are_valid(real, file):
    valid(real / file)
    assert (real / file).stat().st_size < page.LIMIT_BYTES


# ------------------------------------------------------------------------------------------------------------- the list
@pytest.fixture(scope="module")
def listing(real, browser):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto((real / "2024" / "index.html").as_uri())
    yield page
    page.close()


@pytest.mark.parametrize(("typed", "slugs"), [
    ("HCMC", ["ho-chi-minh"]), ("TP.HCM", ["ho-chi-minh"]), ("tphcm", ["ho-chi-minh"]), ("Sài Gòn", ["ho-chi-minh"]), ("saigon", ["ho-chi-minh"]),
    ("Thành phố Hồ Chí Minh", ["ho-chi-minh"]), ("ho chi minh city", ["ho-chi-minh"]), ("Hue", ["thua-thien-hue"]), ("Huế", ["thua-thien-hue"]),
    ("TT-Huế", ["thua-thien-hue"]), ("thua thien", ["thua-thien-hue"]), ("bacninh", ["bac-ninh"]), ("BAC  NINH", ["bac-ninh"]), ("Tỉnh Bắc Ninh", ["bac-ninh"]),
    ("Bắc Ninh province", ["bac-ninh"]), ("bắc ninh", ["bac-ninh"]), ("Ba Ria", ["ba-ria-vung-tau"]), ("BRVT", ["ba-ria-vung-tau"]), ("vung tau", ["ba-ria-vung-tau"]),
    ("Bà Rịa-Vũng Tàu", ["ba-ria-vung-tau"]), ("Đắc Lắk", ["dak-lak"]), ("Đăk Lăk", ["dak-lak"]), ("daklak", ["dak-lak"]), ("dac lac", ["dak-lak"]),
    ("Bắc Cạn", ["bac-kan"]), ("Kontum", ["kon-tum"]), ("tp đà nẵng", ["da-nang"]), ("Hà Tây", ["ha-noi"]), ("hanoi", ["ha-noi"]),
    ("tây nguyên", ["dak-lak", "dak-nong", "gia-lai", "kon-tum", "lam-dong"]), ("xyz", []),
])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_the_list_finds_a_province_by_any_spelling(listing, typed, slugs, form):
    listing.fill("#search", unicodedata.normalize(form, typed))
    assert found(listing) == slugs
    tally = listing.inner_text("#tally")
    assert f"{len(slugs)}/63" in tally if slugs else "Không có" in tally


def test_the_list_finds_every_province_by_all_that_the_registry_knows(listing):
    """Every key and every alias, as `govlib` itself takes them; the page folds as govlib.text does."""
    listing.fill("#search", "")
    aliases = {row["alias"]: row["slug"] for row in files.rows(paths.reference() / "aliases.csv")}
    names = {provinces.name(s, lang, 2024): s for s in provinces.province_set(2024) for lang in ("vi", "en")}
    for typed, slug in (aliases | names).items():
        if slug in provinces.province_set(2024):
            listing.fill("#search", typed)
            assert slug in found(listing), typed
    fold = re.search(r"function fold\(text\) \{.*?\n  \}", (export.HERE / "template" / "list.js").read_text(encoding="utf-8"), re.S)[0]
    typed = [*aliases, *names, "TP.Đà Nẵng", " a–b\u00a0c ", "Ð.ð_Đ", "Ｈà\u2009Nội!"]
    assert listing.evaluate(f"words => {{ {fold}; return words.map(fold); }}", typed) == [text.fold(t) for t in typed]


def test_a_merged_province_is_found_by_what_it_was_formed_from(real, browser):
    page = browser.new_page()
    page.goto((real / "2025" / "index.html").as_uri())
    assert page.locator("#list tbody tr").count() == 34
    page.fill("#search", "Bắc Giang")
    assert found(page) == ["bac-ninh"] and "hợp nhất Bắc Giang, Bắc Ninh" in page.inner_text("#bac-ninh")
    page.fill("#search", "brvt")
    assert found(page) == ["ho-chi-minh"]
    page.fill("#search", "Hue")
    assert found(page) == ["thua-thien-hue"] and "hợp nhất" not in page.inner_text("#thua-thien-hue")
    page.close()


@pytest.mark.parametrize("file", ["index.html", "index.en.html"])
def test_the_list_is_in_the_order_of_its_language_before_and_after_sorting(real, browser, file):
    page = browser.new_page()
    page.goto((real / "2024" / file).as_uri())
    before = found(page)
    name = page.locator("#list thead th").first
    assert name.get_attribute("aria-sort") == "ascending"
    name.locator("button").click()
    assert name.get_attribute("aria-sort") == "descending" and found(page) == before[::-1]
    name.locator("button").click()
    assert found(page) == before and before.index("hoa-binh") - before.index("ho-chi-minh") in (-1, 1), "among the H, not the T of TP."
    status = page.locator("#list thead th", has_text="Tình trạng" if file == "index.html" else "Status")
    status.locator("button").click()
    assert status.get_attribute("aria-sort") == "ascending" and name.get_attribute("aria-sort") is None
    made = {"bac-ninh", "vinh-phuc"}
    assert set(found(page)[-2:]) == made and [s for s in found(page) if s not in made] == [s for s in before if s not in made]
    page.close()


def test_alphabetical_is_the_order_of_the_browser(listing):
    names = [unit.name_vi for unit in provinces.units()]
    assert sorted(names, key=index.alphabetical) == listing.evaluate("names => names.sort(new Intl.Collator('vi').compare)", names)


@pytest.mark.parametrize("look", ["light", "phone"])
def test_search_filter_and_sorting_by_keyboard(real, browser, look):
    context = browser.new_context(**LOOKS[look])
    page = context.new_page()
    page.goto((real / "2024" / "index.html").as_uri())
    seen = []
    for _ in range(12):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("(e => e.id || e.textContent.trim() || e.className)(document.activeElement)"))
        style = page.evaluate("(s => [s.outlineStyle, parseFloat(s.outlineWidth)])(getComputedStyle(document.activeElement))")
        assert style[0] != "none" and style[1] >= 2, f"the focus on {seen[-1]} cannot be seen"
        if seen[-1] == "search":
            page.keyboard.type("bac ninh")
            assert found(page) == ["bac-ninh"]
            for _ in "bac ninh":
                page.keyboard.press("Backspace")
        elif seen[-1] == "wanted":
            page.keyboard.press("ArrowDown")
            assert 0 < len(found(page)) < 63
            page.keyboard.press("ArrowUp")
            assert len(found(page)) == 63
        elif seen[-1] == "Tình trạng":
            page.keyboard.press("Enter")
            assert page.locator("#list thead th[aria-sort]").inner_text().strip() == "Tình trạng"
        elif seen[-1] == "Vùng":
            page.keyboard.press("Space")
            assert page.locator("#list thead th[aria-sort]").inner_text().strip() == "Vùng"
    order = [x for x in seen if x in ("search", "wanted", "Tỉnh, thành phố", "Vùng", "Tình trạng")]
    assert order == ["search", "wanted", "Tỉnh, thành phố", "Vùng", "Tình trạng"] and seen[0].startswith("Chuyển đến")
    context.close()


def test_without_script_the_list_is_whole_and_offers_nothing_that_would_not_work(real, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((real / "2024" / "index.html").as_uri())
    assert page.locator("#list tbody tr:visible").count() == 63
    assert not page.is_visible(".finder") and page.locator("#list button").count() == 0
    context.close()


def test_on_a_phone_a_row_shows_name_pages_status_and_reason_at_once(real, browser):
    context = browser.new_context(**LOOKS["phone"])
    page = context.new_page()
    page.goto((real / "2024" / "index.html").as_uri())
    for cell in page.locator("#vinh-phuc > *").all():
        box = cell.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390 and cell.is_visible()
    tree = page.locator("#list").aria_snapshot()
    assert 'rowheader "Vĩnh Phúc"' in tree and 'columnheader "Tỉnh, thành phố"' in tree, "no table to a screen reader"
    assert len(re.findall(r"""- '?row\b""", tree)) == 64
    context.close()
