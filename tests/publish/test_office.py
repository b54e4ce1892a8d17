"""Word, slides and e-mail: the administration's form, real styles, the page's numbers, and that an office program opens them."""

from __future__ import annotations

import io
import re
import shutil
import subprocess

import docx
import pytest
from kit.content import run, words
from pptx import Presentation

from govlib.publish import content
from govlib.publish.office import blocks, mail, slides, word
from govlib.reading import beside
from govlib.run import office

NUMBER = re.compile(r"[+−]?\d+(?:[.,]\d+)+")


def page_of(board, province="bac-ninh", year=2024, lang="vi"):
    return content.Page(province, year, lang, beside.peers(province, year), board)


def text_of(data: bytes) -> str:
    d = docx.Document(io.BytesIO(data))
    cells = [cell.text for table in d.tables for row in table.rows for cell in row.cells]
    return "\n".join([p.text for p in d.paragraphs] + cells)


@pytest.fixture(scope="module")
def report(board) -> bytes:
    return word.report(page_of(board))


def test_the_form_of_decree_30(report):
    d = docx.Document(io.BytesIO(report))
    s = d.sections[0]
    said = [round(v.mm) for v in (s.page_width, s.page_height, s.top_margin, s.bottom_margin, s.left_margin, s.right_margin)]
    assert said == [210, 297, 20, 20, 30, 15]  # Word counts in twentieths of a point
    assert d.styles["Normal"].font.name == "Times New Roman" and d.styles["Normal"].font.size.pt == 13
    head = [cell.text for row in d.tables[0].rows for cell in row.cells]
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in head[1] and "Độc lập - Tự do - Hạnh phúc" in head[1]
    assert head[0].startswith("ỦY BAN NHÂN DÂN TỈNH BẮC NINH") and head[2].startswith("Số:") and "ngày" in head[3]
    assert "THỦ TRƯỞNG CƠ QUAN" in d.tables[-1].rows[0].cells[1].text
    assert "PAGE" in s.header._element.xml and s.different_first_page_header_footer


def test_real_styles_captions_and_alternative_texts(report):
    d = docx.Document(io.BytesIO(report))
    used = [p.style.name for p in d.paragraphs]
    assert used.count("Heading 1") >= 6 and used.count("Heading 2") >= 5 and used.count("Caption") >= 6
    assert len(d.inline_shapes) >= 4 and all(len(s._inline.docPr.get("descr")) > 40 for s in d.inline_shapes)
    for table in d.tables[1:-1]:
        assert "w:tblHeader" in table.rows[0]._tr.xml and table.style.name == "Table Grid"


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_number_is_one_of_the_page(board, lang):
    """Not one number with digits behind the comma that the page does not have."""
    shown = set(NUMBER.findall(words(run("4_province_briefing.ipynb", province="bac-ninh", year=2024, language=lang))))
    page = page_of(board, lang=lang)
    for told in (text_of(word.report(page)), mail.text(page)):
        found = set(NUMBER.findall(told))
        assert len(found) > 20 and not found - shown, sorted(found - shown)[:5]


def test_the_two_pages_are_the_first_part_of_the_report(board, report):
    short = text_of(word.report(page_of(board), short=True))
    for b in blocks.summary(page_of(board)):
        assert b.text in short
    assert len(short) < 0.6 * len(text_of(report))


@pytest.mark.parametrize("province", ["bac-ninh", "ho-chi-minh", "dien-bien"])
def test_at_most_eight_slides(board, province):
    deck = Presentation(io.BytesIO(slides.deck(page_of(board, province))))
    assert 6 <= len(deck.slides) <= slides.MOST
    titles = [slide.shapes.title.text for slide in deck.slides]
    assert titles[-1] == "Đề nghị quyết định" and all(titles)
    pictures = [shape for slide in deck.slides for shape in slide.shapes if shape.shape_type == 13]
    assert pictures and all(len(shape._element.nvPicPr.cNvPr.get("descr")) > 40 for shape in pictures)


def test_the_mail_is_plain_and_narrow(board):
    text = mail.text(page_of(board))
    assert "<" not in text and max(map(len, text.splitlines())) <= mail.WIDTH and text.startswith("Chủ đề: ")


def test_a_wrong_province_writes_nothing(tmp_path, monkeypatch, panel):
    from govlib.errors import UnknownName

    monkeypatch.setenv("GOVLIB_BRIEFINGS", str(tmp_path))
    with pytest.raises(UnknownName):
        office.write("Bắc Minh", 2024)
    assert not list(tmp_path.rglob("*"))


@pytest.mark.slow
def test_libreoffice_opens_it(report, tmp_path):
    """Opened without a screen and written as text: the same words as we put in; of the slides, as many pages."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        pytest.skip("LibreOffice is not here: apt-get install libreoffice-writer-nogui")
    (tmp_path / "x.docx").write_bytes(report)
    subprocess.run([program, "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to", "txt:Text (encoded):UTF8",
                    "--outdir", tmp_path, tmp_path / "x.docx"], check=True, capture_output=True, timeout=180)
    opened = (tmp_path / "x.txt").read_text(encoding="utf-8-sig")
    for expected in ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Tỉnh đang đứng ở đâu?", "Điều cần bàn lúc này"):
        assert expected in opened
    assert set(NUMBER.findall(text_of(report))) == set(NUMBER.findall(opened))
