"""The site without a server: from a folder, in a real browser, by keyboard, at desktop and phone; nothing leaves it, axe finds nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from govlib.errors import BadInput
from govlib.explore import public
from govlib.reading import comparisons
from govlib.reading.board import panel_board
from govlib.words import wording

pytestmark = pytest.mark.usefixtures("panel")


@pytest.fixture(scope="module")
def built(panel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trang web") / "public đ"
    size = public.build(folder)
    assert size < public.LARGEST
    return folder


def test_every_figure_is_the_panels(panel):
    board, found = panel_board(), public.figures(panel_board(), "vi")
    slugs = [p["slug"] for p in found["provinces"]]
    for index_id, component, year, slug in (("pci", "overall", 2019, "bac-ninh"), ("papi", "transparency", 2024, "hai-phong"), ("dti", "overall", 2023, "da-nang")):
        s, cell = found["indices"][index_id]["components"][component], board.cell(index_id, component, slug, year)
        at = s["years"].index(year)
        assert s["scores"][at][slugs.index(slug)] == cell.score
        assert s["ranks"][at][slugs.index(slug)] == comparisons.place(board, index_id, component, slug, year).rank and s["ours"][at] >= (cell.rank is None)
        assert s["sources"][at]
    pci = found["indices"]["pci"]["components"]["overall"]
    assert {2009, 2013, 2017, 2021} <= set(pci["breaks"]) and pci["full"][pci["years"].index(2019)] and not pci["full"][pci["years"].index(2024)]
    few = pci["ranks"][pci["years"].index(2024)]
    assert sum(r is not None for r in few) <= 30  # a rank among those that happen to be known is none


def _changes(board, found):
    """Of every cell whose figure may be compared with the year before's: where it stands, its digits and its change."""
    slugs = [p["slug"] for p in found["provinces"]]
    for index_id, index in found["indices"].items():
        for component, s in index["components"].items():
            for k, year in enumerate(s["years"]):
                if year - 1 not in s["years"] or year in s["breaks"]:
                    continue
                for n, slug in enumerate(slugs):
                    now, before = (board.cell(index_id, component, slug, y) for y in (year, year - 1))
                    held = now and before and now.score is not None and before.score is not None
                    if held and n not in index["apart"].get(year, []):
                        yield (index_id, component, k, n), s["digits"], now.score - before.score


def test_a_change_is_the_briefings(panel):
    """Scores were cut to the digits printed and subtracted then: 3,008 of 13,282 changes were not those of the briefings."""
    board, found = panel_board(), public.figures(panel_board(), "vi")
    all_of_them = list(_changes(board, found))
    for (index_id, component, k, n), digits, change in all_of_them:
        s = found["indices"][index_id]["components"][component]
        told = s["scores"][k][n] - s["scores"][s["years"].index(s["years"][k] - 1)][n]
        assert wording.signed(told, "vi", digits) == wording.signed(change, "vi", digits), (index_id, component, s["years"][k], n)
    assert len(all_of_them) > 10_000


def test_figures_that_are_not_stood_by_are_marked_and_not_ranked(panel):
    found = public.figures(panel_board(), "en")
    papi, at = found["indices"]["papi"], {p["slug"]: n for n, p in enumerate(found["provinces"])}
    two = {at["bac-ninh"], at["bac-giang"]}
    assert {y: set(those) for y, those in papi["apart"].items()} == {2022: two, 2023: two} and found["indices"]["pci"]["apart"] == {2009: [at["ha-noi"]]}
    assert set(papi["withdrawn"]) == {2022} and set(papi["withdrawn"][2022]) == two and "left the province out" in papi["withdrawn"][2022][at["bac-ninh"]]
    s = papi["components"]["environmental_governance"]
    ranks, scores, of = (s[what][s["years"].index(2022)] for what in ("ranks", "scores", "of"))
    assert [ranks[n] for n in two] == [None, None] and round(scores[at["bac-ninh"]], 2) == 3.77 and (ranks[at["tien-giang"]], of) == (3, 61)
    assert sorted(r for r in ranks if r) == list(range(1, 62))


def test_one_rank_of_the_press_does_not_stand_among_those_by_score(panel):
    """PAPI 2016: the press prints Bắc Ninh 8th, which by score is Hải Dương's place."""
    found = public.figures(panel_board(), "vi")
    at = {p["slug"]: n for n, p in enumerate(found["provinces"])}
    s = found["indices"]["papi"]["components"]["overall"]
    ranks = s["ranks"][s["years"].index(2016)]
    assert (ranks[at["hai-duong"]], ranks[at["bac-ninh"]], ranks[at["dong-thap"]]) == (8, 9, 10) and s["ours"][s["years"].index(2016)]


def test_pages_are_whole_and_ask_nobody(built):
    pages = sorted(built.rglob("*.html"))
    assert {"index.html", "index.en.html", "gallery.html", "notebooks.html", *public.DOCUMENTS} <= {p.name for p in pages}
    for page in (p for p in pages if p.parent == built or p.name == "index.html"):
        text = page.read_text(encoding="utf-8")
        assert "Content-Security-Policy" in text and "default-src 'none'" in text
        assert not re.search(r'(?:src|href)="(?:https?:)?//[^"]*\.(?:js|css|woff2?|png|svg)"', text)
    for page in (*pages, *built.glob("briefings/20??/*.html")):
        for link in re.findall(r'href="([^"#:]+)(?:#[^"]*)?"', page.read_text(encoding="utf-8")):
            assert (page.parent / link).is_file(), (page.name, link)


def test_data_cannot_end_the_script(built):
    text = (built / "index.html").read_text(encoding="utf-8")
    data = re.search(r",DATA=(.*);\n", text)[1]
    assert "</" not in data and json.loads(data.replace("<\\/", "</"))["provinces"]


@pytest.fixture(params=[(1280, 900), (820, 1100), (390, 800)], ids=["desktop", "tablet", "phone"])
def shown(browser, built, request):
    page = browser.new_page(viewport=dict(zip(("width", "height"), request.param, strict=True)))
    page.asked, page.wrong = [], []
    page.on("request", lambda r: page.asked.append(r.url))
    page.on("pageerror", lambda e: page.wrong.append(str(e)))
    page.goto((built / "index.html").as_uri())
    yield page
    assert page.wrong == [] and all(url.startswith("file:") for url in page.asked) and len([u for u in page.asked if not u.endswith(".html")]) == 0
    page.close()


@pytest.mark.browser
@pytest.mark.slow
def test_search_choose_sort_and_come_back(shown, browser):
    shown.get_by_label("Tìm tỉnh, thành phố").fill("quang ninh")
    shown.keyboard.press("Enter")
    assert "Quảng Ninh ×" in shown.locator("#chosen").inner_text()
    shown.get_by_label("Tìm tỉnh, thành phố").fill("TP.HCM")
    assert "Hồ Chí Minh" in shown.locator("#found").inner_text()
    shown.get_by_label("Tìm tỉnh, thành phố").fill("xyzzy")
    assert "Không có tỉnh" in shown.locator("#found").inner_text()
    shown.get_by_label("Năm").select_option("2019")
    assert shown.locator("#ranks tbody tr").count() == 63 and "70,79" in shown.locator("#ranks tr.mine", has_text="Bắc Ninh").inner_text()
    shown.locator("#ranks th button", has_text="Điểm").click()
    assert shown.locator("#ranks th[aria-sort=descending]").inner_text().startswith("Điểm")
    scores = [float(x.replace(",", ".")) for x in shown.locator("#ranks tbody td:nth-child(3)").all_inner_texts()]
    assert scores == sorted(scores, reverse=True)
    again = browser.new_page()
    again.goto(shown.url)
    assert again.locator("#chosen").inner_text() == shown.locator("#chosen").inner_text() and again.get_by_label("Năm").input_value() == "2019"
    again.close()
    assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth")  # nothing is cut off
    assert shown.locator("#chart svg path").count() >= 3


@pytest.mark.browser
@pytest.mark.slow
def test_what_is_not_stood_by_has_a_star_and_no_change(shown, panel):
    where = shown.url.split("#")[0] + "#i=papi&c=environmental_governance&p=bac-ninh,tien-giang"
    mine, why = shown.locator("#ranks tr.mine"), "dữ liệu khảo sát không chính xác"
    shown.goto(where + "&y=2022")
    assert mine.filter(has_text="Bắc Ninh").inner_text().split("\t") == ["–", "Bắc Ninh", "3,77*", "–"]
    assert mine.filter(has_text="Tiền Giang").inner_text().split("\t") == ["3", "Tiền Giang", "4,18", "+0,48"]
    assert why in shown.locator("#source").inner_text() and why in shown.locator("#legend").inner_text()
    assert shown.locator('#chart circle[fill="#fff"]').count() == 1
    with shown.expect_download() as got:
        shown.locator("#csv").click()
    assert Path(got.value.path()).read_text(encoding="utf-8-sig").endswith("\n;Bắc Ninh;3,77;")  # no dash, no star
    shown.goto(where + "&y=2023")
    assert mine.filter(has_text="Bắc Ninh").inner_text().split("\t")[2:] == ["3,38", "–"] and why not in shown.locator("#source").inner_text()
    shown.goto(where + "&y=2022&v=map")
    assert "Bắc Ninh: 3,77* (–)" in shown.locator("#chart g title").all_text_contents() and why in shown.locator("#legend").inner_text()
    shown.goto(where + "&y=2022&v=pair&o=papi.service_delivery")
    assert "61 tỉnh" in shown.locator("#legend").inner_text()


@pytest.fixture
def opened(browser, built):
    """Opens the explorer, at a width, with what stands behind the `#`; fails on an error of the page's own code."""
    pages = []

    def page(view, width=1280):
        found = browser.new_page(viewport={"width": width, "height": 900})
        found.wrong = []
        found.on("pageerror", lambda e: found.wrong.append(str(e)))
        found.goto((built / "index.html").as_uri() + view)
        pages.append(found)
        return found

    yield page
    for one in pages:
        assert one.wrong == []
        one.close()


@pytest.mark.browser
def test_the_page_writes_scores_and_changes_as_the_briefings_do(opened):
    page = opened("#i=papi&c=overall&y=2024&p=bac-ninh")
    assert page.locator("#ranks tr.mine").inner_text().split("\t")[2:] == ["45,49", "−0,22"]
    board, found = panel_board(), public.figures(panel_board(), "vi")
    told = page.evaluate("""() => { const told = {};
      for (const [i, x] of Object.entries(DATA.indices)) for (const [c, s] of Object.entries(x.components))
        s.scores.forEach((row, k) => row.forEach((score, n) => {
          if (score != null) told[[i, c, k, n].join(" ")] = [signed(change(i, s, k, n), s.digits), shown(score, s.digits)];
        }));
      return told; }""")
    changes = {" ".join(map(str, at)): wording.signed(change, "vi", digits) for at, digits, change in _changes(board, found)}
    scores = {f"{i} {c} {k} {n}": wording.number(score, "vi", s["digits"])
              for i, x in found["indices"].items() for c, s in x["components"].items()
              for k, row in enumerate(s["scores"]) for n, score in enumerate(row) if score is not None}
    assert {at: change for at, (change, _) in told.items() if change != "–"} == changes
    assert {at: score for at, (_, score) in told.items()} == scores
    odd = [(x, d) for x in (0.125, -0.125, 0.375, -0.375, 0.5, 1.5, -2.5, 12.5, 0.03125, 0.09375, -0.004, 0.004, 0.0, 1.005, 2.675)
           for d in (0, 1, 2, 4)]
    written = [[f(x, "vi", d) for f in (wording.number, wording.signed)] for x, d in odd]
    assert page.evaluate("all => all.map(([x, d]) => [shown(x, d), signed(x, d)])", odd) == written


@pytest.mark.browser
def test_the_skip_link_keeps_the_view(opened):
    from playwright.sync_api import expect

    page = opened("#i=papi&c=environmental_governance&y=2023&p=quang-ninh,hai-phong&v=map")
    seen = "() => [location.hash, document.getElementById('chosen').textContent, document.getElementById('told').textContent]"
    before = page.evaluate(seen)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 200)))")  # the address changes, and is put back
    assert page.evaluate(seen) == before and "Quảng Ninh ×Hải Phòng ×" == before[1] and "2023" in before[2]
    page.evaluate("location.hash = '#i=papi&c=overall&y=2022&p=ha-noi'")  # another view in the address is shown
    expect(page.locator("#chosen")).to_have_text("Hà Nội ×")


@pytest.mark.browser
def test_whoever_goes_by_keyboard_stays_where_they_are(opened):
    page = opened("#i=papi&c=overall&y=2023&p=bac-ninh")
    at, here = "document.activeElement.dataset.at ?? document.activeElement.id", page.keyboard

    def press(where, text):
        page.locator(f"{where} button", has_text=text).first.focus()
        here.press("Enter")
        return page.evaluate(at), page.locator("#chosen").inner_text().split("\n")

    assert press("#ranks tbody", "Hải Phòng") == ("ranks hai-phong", ["Bắc Ninh ×", "Hải Phòng ×"])
    assert press("#ranks thead", "Điểm")[0] == "by score"
    assert press("#who", "DTI")[0] == "who dti overall" and "i=dti" in page.url
    assert press("#chosen", "Hải Phòng") == ("search", ["Bắc Ninh ×"])
    here.type("quang n")
    assert press("#found", "Quảng Ninh") == ("search", ["Bắc Ninh ×", "Quảng Ninh ×"])


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("index_id", ["pci", "papi", "dti"])
def test_names_of_lines_are_in_the_drawing_and_over_no_other_and_no_point(opened, index_id, width):
    board = panel_board()
    year = max(y for y in board.editions(index_id) if board.is_full(index_id, "overall", y))
    first = board.matrix(index_id).loc[year].sort_values(ascending=False).index[:6]
    page = opened(f"#i={index_id}&c=overall&y={year}&p={','.join(first)}", width)
    boxes = page.locator("#chart text.end").evaluate_all(
        "all => all.map((t) => t.getBBox()).map((b) => [b.x, b.y, b.x + b.width, b.y + b.height])")
    wide, high = page.evaluate("(({width, height}) => [width, height])(document.querySelector('#chart svg').viewBox.baseVal)")
    assert len(boxes) == 6 and all(y >= 0 and bottom <= high and x >= 0 and right <= wide for x, y, right, bottom in boxes), boxes
    for k, (x, y, right, bottom) in enumerate(boxes):
        assert not any(x < other[2] and other[0] < right and y < other[3] and other[1] < bottom for other in boxes[:k]), boxes
    points = page.locator("#chart circle[r='3']").evaluate_all("all => all.map((c) => [+c.getAttribute('cx'), +c.getAttribute('cy')])")
    hidden = [(px, py) for px, py in points for x, y, right, bottom in boxes if x < px < right and y < py < bottom - 2]
    assert len(points) > 6 and hidden == []  # bottom: what hangs below the writing's line


@pytest.mark.browser
def test_the_file_for_a_spreadsheet_has_numbers(opened):
    page = opened("#i=papi&c=overall&y=2024&p=bac-ninh")
    with page.expect_download() as got:
        page.locator("#csv").click()
    text = Path(got.value.path()).read_text(encoding="utf-8-sig")
    assert "−" not in text and "–" not in re.sub(r"Bà Rịa – Vũng Tàu", "", text)
    rows = [line.split(";") for line in text.split("\n")[1:]]
    assert ["45,49", "-0,22"] in [row[2:] for row in rows] and len(rows) > 60
    for rank, _, score, change in rows:
        assert all(re.fullmatch(r"([+-]?\d+(,\d+)?)?", figure) for figure in (rank, score, change))


EIGHT = "bac-ninh,bac-giang,ha-noi,hai-phong,quang-ninh,hai-duong,ha-nam,nam-dinh"


@pytest.mark.browser
@pytest.mark.parametrize(("view", "lines"), [("#i=constructor", 1), ("#i=pci&c=toString", 1), ("#i=pci&p=bac-ninh,bac-ninh", 1),
                                             (f"#i=pci&p={EIGHT}", 6), ("#%", 1)])
def test_odd_addresses_show_a_page(opened, view, lines):
    page = opened(view)
    names = page.locator("#chosen li").all_inner_texts()
    assert page.locator("#ranks tr").count() >= 22 and len(names) == len(set(names)) == lines == len(set(
        page.locator("#chosen button").evaluate_all("all => all.map((one) => one.style.borderColor)")))


@pytest.mark.browser
def test_an_odd_address_stops_no_briefings_code(browser, tmp_path):
    """`#%` is no writing of anything, and the code after it never ran: Escape hid no note."""
    code = (Path(public.__file__).parents[1] / "publish/template/page.js").read_text(encoding="utf-8")
    (tmp_path / "page.html").write_text('<meta charset="utf-8"><div id="tip" hidden></div><details><p id="đ">x</p></details>'
                                        f"<script>{code}</script>", encoding="utf-8")
    for odd, open_ in (("%", 0), ("", 0), ("%C4%91", 1)):  # and what a name leads to is still unfolded
        page, wrong = browser.new_page(), []
        page.on("pageerror", lambda e, wrong=wrong: wrong.append(str(e)))
        page.goto((tmp_path / "page.html").as_uri() + "#" + odd)
        assert wrong == [] and page.locator("details[open]").count() == open_
        page.close()


@pytest.mark.browser
@pytest.mark.slow
def test_a_notebook_is_no_wider_than_a_phone(browser, built):
    page = browser.new_page(viewport={"width": 390, "height": 800})
    for notebook in sorted((built / "notebooks").glob("*.html")):
        page.goto(notebook.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, notebook.name
    page.close()


@pytest.mark.browser
@pytest.mark.slow
def test_a_line_bears_its_name_and_is_not_hidden_by_it(shown):
    """PCI of Bắc Ninh ends in 2023, a year before the others and lower than in 2022: its name stood on the line."""
    assert shown.locator("#chart text.end").all_text_contents() == ["Bắc Ninh"]
    hidden = """() => { const name = document.querySelector("#chart text.end").getBoundingClientRect();
      return [...document.querySelectorAll("#chart circle")].map((dot) => dot.getBoundingClientRect()).filter((dot) =>
        dot.left < name.right && name.left < dot.right && dot.top < name.bottom - 4 && name.top < dot.bottom).length }"""
    assert shown.evaluate(hidden) == 0
    covered = """() => { const name = document.querySelector("#chart text.end").getBBox();
      return [...document.querySelectorAll("#chart path:not([stroke-dasharray])")].flatMap((path) =>
        [...Array(Math.ceil(path.getTotalLength())).keys()].map((k) => path.getPointAtLength(k))).filter((at) =>
        name.x < at.x && at.x < name.x + name.width && name.y + 1 < at.y && at.y < name.y + name.height - 4).length }"""
    assert shown.evaluate(covered) == 0


@pytest.mark.browser
@pytest.mark.slow
def test_map_and_correlation_are_the_panels(shown, panel):
    shown.goto(shown.url.split("#")[0] + "#i=papi&c=overall&y=2019&p=bac-ninh&v=map")
    tiles = dict(t.split("\n") for t in shown.locator("#chart g").evaluate_all(
        "all => all.map(g => [...g.querySelectorAll('text')].slice(0, -1).map(t => t.textContent).join(' ') + '\\n' + g.lastChild.textContent)"))
    assert len(tiles) == 65 and tiles["Hoàng Sa"] == tiles["Trường Sa"] == "" and tiles["Bến Tre"] == str(panel_board().cell("papi", "overall", "ben-tre", 2019).rank or 1)
    shown.goto(shown.url.split("#")[0] + "#i=pci&c=overall&y=2019&p=bac-ninh&v=pair&o=papi.transparency")
    board = panel_board()
    both = [(a.score, b.score) for p in board.matrix("pci").columns if (a := board.cell("pci", "overall", p, 2019)) and (b := board.cell("papi", "transparency", p, 2019))
            and a.score is not None and b.score is not None]
    r = np.corrcoef(np.array(both).T)[0, 1]
    assert f"Hệ số tương quan {r:.2f}".replace(".", ",") in shown.locator("#legend").inner_text() and f"{len(both)} tỉnh" in shown.locator("#legend").inner_text()
    with shown.expect_download() as got:
        shown.locator("#csv").click()
    lines = Path(got.value.path()).read_text(encoding="utf-8-sig").split("\n")
    assert len(lines) == 64 and lines[1].startswith("1;Quảng Ninh;73,40;")


@pytest.mark.browser
def test_the_map_by_keyboard(browser, built):
    """One stop; arrows go to the tile beside, Enter chooses it, and axe finds nothing on the map."""
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import expect

    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    page.goto((built / "index.html").as_uri() + "#i=papi&c=overall&y=2023&p=bac-ninh&v=map")
    at = "document.activeElement.dataset.tile"
    assert page.locator("#chart [tabindex='0']").count() == 1 and page.locator("#chart [aria-pressed=true]").count() == 1
    page.locator("#chart [tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate(at) == "hai-duong" and page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.locator("#chosen")).to_contain_text("Hải Dương ×")  # the address changes, and the map is drawn once more
    expect(page.locator("#chart .frame.inner")).to_have_count(2)
    assert page.evaluate(at) == "hai-duong"
    page.keyboard.press("ArrowDown")
    assert page.evaluate(at) in ("thai-binh", "hung-yen")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    context.close()


def test_the_frame_of_a_chosen_tile_stands_out_from_every_fill():
    """One of its two lines by 3:1 or more."""
    folder = Path(public.__file__).parent / "template" / "public"
    fills = [*re.findall(r"#[0-9a-f]{6}", re.search(r"SHADES = (.*);", (folder / "app.js").read_text(encoding="utf-8"))[1]), "#ffffff"]
    style = (folder / "app.css").read_text(encoding="utf-8")
    lines = [re.search(rf"#chart \.frame{part}\{{[^}}]*stroke:(#[0-9a-f]+)", style)[1] for part in ("", r"\.inner")]

    def light(colour: str) -> float:
        text = colour[1:] if len(colour) == 7 else "".join(2 * c for c in colour[1:])
        parts = [int(text[k:k + 2], 16) / 255 for k in (0, 2, 4)]
        return float(np.dot([0.2126, 0.7152, 0.0722], [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]))

    def contrast(a: str, b: str) -> float:
        low, high = sorted((light(a), light(b)))
        return (high + 0.05) / (low + 0.05)

    assert len(fills) == 6 and all(max(contrast(fill, line) for line in lines) >= 3 for fill in fills) and contrast(*lines) >= 3


@pytest.mark.browser
@pytest.mark.slow
def test_every_index_and_component_draws(shown):
    for index_id in shown.locator("#index option").evaluate_all("all => all.map(o => o.value)"):
        shown.locator("#index").select_option(index_id)
        for component in shown.locator("#component option").evaluate_all("all => all.map(o => o.value)")[:3]:
            shown.locator("#component").select_option(component)
            assert shown.locator("#ranks tbody tr").count() > 0 and "NaN" not in shown.locator("#chart").inner_html()


@pytest.mark.browser
@pytest.mark.slow
def test_axe_finds_nothing(browser, built):
    from axe_playwright_python.sync_playwright import Axe

    for name in sorted(str(p.relative_to(built)) for p in built.rglob("*.html") if p.parent.name != "2024"):
        context = browser.new_context(bypass_csp=True)
        page = context.new_page()
        page.goto((built / name).as_uri())
        found = Axe().run(page)
        assert found.violations_count == 0, (name, found.generate_report())
        context.close()


def test_pages_of_several_provinces_are_no_provinces_briefing(tmp_path, monkeypatch):
    """`make compare`, the list of what changed and the parts of a page lie in the same folder: no province is called `compare`, none is
    listed twice, and a link leads to the whole page."""
    monkeypatch.setenv("GOVLIB_BRIEFINGS", str(tmp_path / "briefings"))
    made = tmp_path / "briefings" / "2024"
    made.mkdir(parents=True)
    for name in ("bac-ninh", "bac-ninh.summary", "bac-ninh.annex", "changes", "compare.bac-ninh.hai-phong", "national", "national.summary"):
        (made / f"{name}.vi.html").write_text("x", encoding="utf-8")
    (made / "bac-ninh.vi.html").write_text('<a href="index.html#bac-ninh">all</a> <a href="#main">here</a>', encoding="utf-8")
    listed, links = public.briefings(tmp_path / "site", 1000)
    copied = (tmp_path / "site/2024/bac-ninh.vi.html").read_text(encoding="utf-8")
    assert copied == '<a href="../index.html">all</a> <a href="#main">here</a>'  # the list of the year does not travel
    assert links["bac-ninh"] == "briefings/2024/bac-ninh.vi.html"
    assert re.findall(r'href="2024/([^"]+)"', listed) == ["bac-ninh.vi.html", "national.vi.html"]
    monkeypatch.setattr(public, "explorer", lambda lang, pages, menu: str(pages))
    monkeypatch.setattr(public, "document", lambda name, menu: "")
    public.explorers(tmp_path / "explorer")
    assert (tmp_path / "explorer/index.html").read_text(encoding="utf-8") == str(links)


def test_a_site_takes_away_its_own_copies_only(tmp_path, monkeypatch):
    monkeypatch.setenv("GOVLIB_BRIEFINGS", str(tmp_path / "made"))
    made, folder = tmp_path / "made" / "2024", tmp_path / "site" / "briefings"
    for file in (made / "bac-ninh.vi.html", made / "ha-noi.vi.html", folder / "2023" / "somebody's.html"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x", encoding="utf-8")
    for there in (2, 1):
        listed, _ = public.briefings(folder, 1000)
        (folder / "index.html").write_text(listed, encoding="utf-8")
        assert len(list((folder / "2024").iterdir())) == there and (folder / "2023" / "somebody's.html").is_file()
        (made / "ha-noi.vi.html").unlink(missing_ok=True)


@pytest.mark.parametrize("folder", [".", "..", "public/..", "elsewhere"])
def test_no_site_among_the_projects_own_files(tmp_path, monkeypatch, folder):
    """`govlib site .` took the briefings themselves for the copies of before."""
    root = tmp_path / "above" / "project"
    (root / "notebooks").mkdir(parents=True)
    monkeypatch.chdir(root)
    monkeypatch.setenv("GOVLIB_ROOT", str(root))
    monkeypatch.setenv("GOVLIB_BRIEFINGS", str(tmp_path / "above" / "project" / "elsewhere" / "briefings"))
    with pytest.raises(BadInput, match="own files lie there"):
        public.check(Path(folder))
    public.check(Path("public"))
    public.check(tmp_path / "stick")
    (tmp_path / "page.html").touch()
    with pytest.raises(BadInput, match="a file, not a folder"):
        public.check(tmp_path / "page.html")


def test_a_notebook_that_is_no_longer_listed_takes_its_page_with_it(tmp_path, monkeypatch):
    """One that has grown out of the room of the site, or was not run again; what somebody else put there stays."""
    monkeypatch.setenv("GOVLIB_BRIEFINGS", str(tmp_path / "briefings"))
    monkeypatch.setattr(public, "explorer", lambda lang, pages: f"explorer {lang}")
    monkeypatch.setattr(public.site, "drawn", lambda: ("figures", 1))
    for names in (("a.html", "b.html"), ("b.html",), ("b.html",)):
        monkeypatch.setattr(public.notebooks, "pages", lambda room, names=names: {name: (name, "x" * 1000, "en") for name in names})
        size = public.build(tmp_path / "site")
        (tmp_path / "site/notebooks/mine.html").write_text("mine", encoding="utf-8")
    left = {path.name for path in (tmp_path / "site/notebooks").iterdir()}
    assert left == {"b.html", "mine.html"} and size == sum(p.stat().st_size for p in (tmp_path / "site").rglob("*") if p.is_file())


def test_a_site_that_could_not_be_finished_leaves_the_one_before_and_what_else_lies_there(tmp_path, monkeypatch):
    monkeypatch.setenv("GOVLIB_BRIEFINGS", str(tmp_path / "briefings"))
    made, folder = tmp_path / "briefings" / "2024", tmp_path / "a folder of somebody"
    made.mkdir(parents=True)
    folder.mkdir()
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    for name in ("bac-ninh", "ha-noi"):
        (made / f"{name}.vi.html").write_text(name, encoding="utf-8")
    monkeypatch.setattr(public, "explorer", lambda lang, pages: f"explorer {lang}")
    monkeypatch.setattr(public.notebooks, "pages", lambda room: {})
    monkeypatch.setattr(public.site, "drawn", lambda: ("figures", 1))
    public.build(folder)
    pages = {path: path.read_bytes() for path in folder.rglob("*.html")}
    assert len(pages) == 11 and (folder / "notes.txt").read_text(encoding="utf-8") == "mine"
    monkeypatch.setattr(public, "explorer", lambda lang, pages: "of a newer panel")
    monkeypatch.setattr(public.site, "drawn", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        public.build(folder)
    assert {path: path.read_bytes() for path in folder.rglob("*.html")} == pages
    (made / "ha-noi.vi.html").unlink()  # a briefing that is no longer there is not in the next site
    monkeypatch.setattr(public.site, "drawn", lambda: ("figures", 1))
    public.build(folder)
    assert not (folder / "briefings" / "2024" / "ha-noi.vi.html").exists() and (folder / "index.html").read_text(encoding="utf-8") == "of a newer panel"


def test_a_drawing_of_the_gallery_is_the_same_each_time():
    from matplotlib.figure import Figure

    def drawn():
        figure = Figure()
        figure.subplots().plot([1, 2], [3, 4])
        return public.site._svg(figure, "a line")

    assert "clip-path" in drawn() and drawn() == drawn()
