"""The pieces of a page: escaped, accessible, the same bytes each time."""

from __future__ import annotations

import base64
import csv
import io
import re
import xml.etree.ElementTree as ET

import nbformat
import numpy as np
import pandas as pd
import pytest

from govlib.publish import export, show

EVIL = "<img src=x onerror=alert(1)> & \"quoted\" 'x'"


def figure():
    import matplotlib.pyplot as plt

    show.use_style()
    fig, ax = plt.subplots()
    ax.plot([1, 2, 3], [1, 3, 2], color=show.PALETTE["province"], marker="o", label="Bắc Ninh")
    ax.bar([1, 2], [1, 2], color=show.PALETTE["peers"])
    return fig


def figure_html(**kwargs):
    import matplotlib.pyplot as plt

    fig = figure()
    try:
        return show.figure_html(fig, **({"title": "T", "alt": "a rising line", "source": "s",
                                         "table": pd.DataFrame({"x": [1], "y": [2.5]})} | kwargs))
    finally:
        plt.close(fig)


@pytest.mark.parametrize("make", [
    lambda t: show.cover_html(title=t, subtitle=t, place=t, year=2022, edition=t, issued_by=t, facts=[(t, t)]),
    lambda t: show.cards_html([show.Card(t, t, unit=t, change=t, direction="up", rank=t, tier=t, best=t, edition=t, note=t),
                               show.Card(t, reason=t)]),
    lambda t: show.table_html(pd.DataFrame({t: [t, t]}), caption=t, source=t, note=t, name=t),
    lambda t: show.callout_html(t, title=t),
    lambda t: figure_html(title=t, alt=t, source=t, note=t, measure=t, name=t, table=pd.DataFrame({t: [t]})),
    lambda t: show.num(t, source=t, locator=t, cell=t),
    lambda t: show.fmt("{x} " + t.replace("{", ""), x=t),
    lambda t: show.link(t, f"https://example.org/{t}"),
], ids=["cover", "cards", "table", "callout", "figure", "num", "fmt", "link"])
def test_markup_in_a_name_is_shown_as_text(make):
    html = str(make(EVIL))
    assert "<img" not in html
    assert "&lt;img" in html
    # an attribute keeps the whole text and nothing escapes from it
    assert not re.search(r'<[^>"]*(?:"[^"]*"[^>"]*)*\sonerror=', html)


def test_a_dangerous_address_is_not_a_link():
    assert "<a" not in show.link("x", "javascript:alert(1)")


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "%0A"])
def test_formula_text_is_data_in_the_csv(text):
    row = next(iter(list(csv.reader(io.StringIO(show.csv_text(pd.DataFrame({"Tỉnh": [text]})))))[1:]))
    assert row == ["'" + text]


def test_csv_keeps_digits_signs_and_raw_values_of_shown_numbers():
    frame = pd.DataFrame({"a": [-0.1 + 0.3, np.nan], "b": [show.num(-1.25, source="s"), None], "c": ["-1,5", 'say "x", y']})
    rows = [row[:3] for row in csv.reader(io.StringIO(show.csv_text(frame)))]
    assert rows == [["a", "b", "c"], [repr(-0.1 + 0.3), "-1.25", "-1,5"], ["", "", 'say "x", y']]


@pytest.mark.parametrize("lang, head", [("vi", ["đơn vị tính", "nguồn số liệu", "vị trí trong nguồn"]), ("en", ["unit", "source", "locator"])])
def test_each_row_of_a_csv_leads_back(lang, head):
    def num(value, source, locator, unit):
        return show.num(value, source=source, locator=locator, csv_unit=unit)

    frame = pd.DataFrame({"p": ["x", "y", "z"], "s": [num(1.5, "a", "S!B1", "points"), num(2.5, "a", "S!B2", "points"), None],
                          "r": [num(3, "b;c", "rank <x>", "rank"), num(4.5, "a", "S!B2", "points"), "–"]}, dtype=object)
    rows = list(csv.reader(io.StringIO(show.csv_text(frame, lang=lang))))
    assert rows[0] == ["p", "s", "r", *head]
    assert rows[1] == ["x", "1.5", "3", "s: points | r: rank", "s: a | r: b;c", "s: S!B1 | r: rank <x>"]
    assert rows[2] == ["y", "2.5", "4.5", "points", "a", "S!B2"]  # one text where it holds for all of the row
    assert rows[3] == ["z", "", "–", "", "", ""]
    assert list(csv.reader(io.StringIO(show.csv_text(pd.DataFrame({"p": ["x"], "v": [1.5]}), lang=lang)))) == [["p", "v"], ["x", "1.5"]]


def test_a_place_that_would_start_a_formula_is_data():
    rows = list(csv.reader(io.StringIO(show.csv_text(pd.DataFrame({"v": [show.num(1.5, source="=a", locator="@SUM(A1)")]})))))
    assert rows[1] == ["1.5", "", "'=a", "'@SUM(A1)"]


def test_a_text_with_one_number_keeps_its_unit_and_place():
    cell = show.fmt("{x} (on {y})", x=show.num(-0.12, source="a", locator="S!B1", csv_unit="points"), y=2019)
    assert (cell.unit, show.leads_back(["v"], [(cell,)])) == ("points", [("points", "a", "S!B1")])
    ends = show.together("{a} to {b}", a=show.num(1.5, source="e", locator="x low", csv_unit="points"), b=show.num(2.5, source="e", locator="x high", csv_unit="points"))
    assert show.leads_back(["v"], [(ends,)]) == [("points", "e", "x low & x high")]


def test_download_opens_in_excel_with_diacritics():
    link = show.download(pd.DataFrame({"Tỉnh": ["Đắk Lắk"]}), "Điểm số/../x", "vi")
    data = base64.b64decode(re.search(r"base64,([^\"]+)", link)[1])
    assert data.startswith(b"\xef\xbb\xbf") and "Đắk Lắk" in data.decode("utf-8-sig")
    assert 'download="diem-so-x.csv"' in link


@pytest.mark.parametrize("lang, text", [("vi", "−12,50"), ("en", "−12.50")])
def test_numbers_follow_the_language(lang, text):
    assert text in show.num(-12.5, lang=lang, decimals=2)
    assert "2022" in show.num(2022, lang=lang), "a year has no thousands separator"


@pytest.mark.parametrize("lang, text", [("vi", "không công bố"), ("en", "not published")])
def test_a_missing_number_says_so(lang, text):
    assert text in show.num(float("nan"), lang=lang) and text in show.num(None, lang=lang)


@pytest.mark.parametrize("alt", ["", "  ", None])
def test_a_figure_without_alt_text_is_refused(alt):
    with pytest.raises(ValueError, match="alt text"):
        figure_html(alt=alt)


def test_the_drawing_is_whole_xml_and_takes_the_page_s_colours():
    html = figure_html()
    svg = re.search(r"<svg.*</svg>", html, re.S)[0]
    root = ET.fromstring(svg)
    assert root.get("viewBox") and root.get("role") == "img" and root.get("aria-label") == "a rising line"
    assert "var(--province)" in svg and "var(--peers)" in svg and show.PALETTE["province"] not in svg
    assert "<style" not in svg and "<metadata" not in svg and "xlink" not in svg


def test_ids_are_unique_among_figures_and_all_references_resolve():
    html = figure_html() + figure_html()
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids)) > 2
    assert set(re.findall(r'(?:url\(#|href="#)([^")]+)', html)) <= set(ids)


def test_the_same_drawing_gives_the_same_bytes():
    import matplotlib.pyplot as plt

    one, two = figure(), figure()
    assert show.svg(one, prefix="p-", alt="a") == show.svg(two, prefix="p-", alt="a")
    plt.close("all")


@pytest.mark.parametrize("inner", ["<script>1</script>", '<image href="https://x/y.png"/>', '<a onclick="x"/>',
                                   '<use href="https://x#y"/>', "<foreignObject/>"])
def test_a_foreign_drawing_cannot_fetch_or_run(inner):
    with pytest.raises(ValueError, match="script"):
        show.svg(f'<svg viewBox="0 0 1 1">{inner}</svg>', prefix="p", alt="a")


def test_words_in_a_drawing_that_only_look_like_code_are_text():
    """A name in a label or a description, as an author of names may write it, must not cost the page."""
    inner = '<text data-name="a onclick=x href=&quot;https://x&quot;">&lt;script&gt; src="x" onerror=alert(2)</text>'
    assert "onerror=alert(2)</text>" in show.svg(f'<svg viewBox="0 0 1 1">{inner}</svg>', prefix="p", alt="a")
    for unfit in ('<text>x onload=y</text><a xlink:href="https://x"/>', '<text>a="</text><g onload="x()"/>', "<text>onload=<b></text>"):
        with pytest.raises(ValueError, match="script"):
            show.svg(f'<svg viewBox="0 0 1 1">{unfit} onclick=</svg>', prefix="p", alt="a")


def test_the_font_has_every_vietnamese_letter_composed_and_decomposed():
    import unicodedata
    from pathlib import Path

    from fontTools.ttLib import TTFont

    letters = {c for base in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY" for tone in ["", *"\u0300\u0301\u0303\u0309\u0323"]
               for c in unicodedata.normalize("NFC", base + tone)} | set("đĐ0123456789−–—…’“”%,.")
    folder = Path(show.__file__).parent / "template" / "fonts"
    fonts = sorted(folder.glob("*.ttf")) + sorted(folder.glob("*.woff2"))
    assert len(fonts) == 8
    for path in fonts:
        cmap = TTFont(path).getBestCmap()
        assert not [c for c in letters if ord(c) not in cmap], path.name
        assert all(m in cmap for m in (0x300, 0x301, 0x303, 0x309, 0x323, 0x302, 0x306, 0x31B)), path.name
        digits = {TTFont(path)["hmtx"][cmap[ord(d)]][0] for d in "0123456789"}
        assert "sans" not in path.name or max(digits) - min(digits) <= 1, "columns of numbers align only with tabular digits"


def test_cards_say_direction_once_by_sign_and_missing_with_the_reason():
    html = show.cards_html([show.Card("PCI", 69.08, change="−0,4", direction="down"), show.Card("PAPI", reason="không khảo sát")])
    assert html.count("−0,4") == 1 and "giảm" not in html and 'aria-hidden="true"' in html
    assert "không công bố" in html and "không khảo sát" in html


def test_a_column_of_sourced_numbers_survives_pandas():
    frame = pd.DataFrame({"Tỉnh": ["<b>x</b>", "y"], "Điểm": [show.num(1.5, source="a", locator="B1"), show.num(2.25, source="a", locator="B2")]})
    html = show.table_html(frame, caption="T")
    assert html.count('<span class="num" data-source="a"') == 2 and "&lt;b&gt;x" in html and "<b>x" not in html
    assert '<td class="n">' in html, "numbers are set to the right"
    assert show.csv_text(frame).splitlines()[1:] == ["<b>x</b>,1.5,,a,B1", "y,2.25,,a,B2"]


def test_a_column_of_long_texts_says_so_in_its_head():
    """A phone gives it 10rem: in the 6.4 of all others a remark of three lines became a row of ten."""
    long = show.link("a text of more than sixty letters " * 2, "https://example.org")
    short = show.link("short", "https://example.org/an/address/of/more/than/sixty/letters/that/nobody/sees")
    html = show.table_html(pd.DataFrame({"long": [long, "x"], "short": [short, "&" * 60], "number": [1, 2]}, dtype=object), caption="T")
    assert re.findall(r'<th scope="col"(?: class="(\w+)")?>', html) == ["long", "", "n"] and html.count('class="long"') == 1
    assert ".scroll th.long:not(:first-child){min-width:10rem}" in export.stylesheet()


def test_a_drawing_for_phones_stands_beside_the_wide_one_and_neither_scrolls():
    broad, narrow = ('<svg viewBox="0 0 {} 10"><text x="1" y="1">{}</text></svg>'.format(*it) for it in ((547, "b"), (260, "n")))
    html = show.figure_html(broad, narrow=narrow, title="T", alt="an alt", source="s", table=pd.DataFrame({"x": [1]}))
    assert re.findall(r'<div class="drawing (\w+)"><svg role="img" aria-label="an alt" viewBox="0 0 (\d+)', html) == [("broad", "547"), ("narrow", "260")]
    assert "tabindex" not in html.split("<details")[0], "nothing scrolls, so there is nothing to stop at"
    alone = show.figure_html(broad, title="T", alt="an alt", source="s", table=pd.DataFrame({"x": [1]}))
    assert '<div class="drawing" role="group" tabindex="0"' in alone


def test_in_a_notebook_figures_carry_their_style_and_pages_leave_it_out():
    """Lab, plain papermill and nbconvert know no stylesheet of ours: every colour is named there in light and dark, phones' copies hidden."""
    shown = show.with_style("<figure class='chart'>x</figure>")
    style = re.search(r"<style>(.*)</style>", shown, re.S)[1]
    light, dark = re.findall(r"figure\.chart\{\s*(--.*?)\}", style, re.S)
    for name in show.PALETTE:
        assert f"--{name.replace('_', '-')}:" in light and f"--{name.replace('_', '-')}:" in dark, name
    assert "data-jp-theme-light=false" in style and "figure.chart .narrow{display:none}" in style and ".fig-title,.measure{display:block}" in style
    assert show.without_style(shown) == "<figure class='chart'>x</figure>" and show.with_style("<p>x</p>") == "<p>x</p>"
    from govlib.publish import export

    cell = nbformat.v4.new_code_cell("", outputs=[nbformat.v4.new_output("display_data", data={"text/html": shown})])
    page = export.environment().from_notebook_node(nbformat.v4.new_notebook(cells=[cell]), resources={"govlib_lang": "vi"})[0]
    assert "<figure" in page and "<style" not in page and "notebook-->" not in page
