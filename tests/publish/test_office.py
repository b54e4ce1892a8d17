"""Word, slides and e-mail: the administration's form, real styles, the page's numbers, and that an office program opens them."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile

import docx
import pandas as pd
import pytest
from kit.content import page_of, run, words
from pptx import Presentation
from pptx.oxml.ns import qn

from govlib.publish import show
from govlib.publish.charts import raster
from govlib.publish.look import PALETTE
from govlib.publish.office import blocks, mail, slides, word
from govlib.run import office

NUMBER = re.compile(r"[+−]?\d+(?:[.,]\d+)+")


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
    head = [cell.text.replace("\xa0", " ") for row in d.tables[0].rows for cell in row.cells]
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in head[1] and "Độc lập - Tự do - Hạnh phúc" in head[1]
    assert head[0].startswith("ỦY BAN NHÂN DÂN TỈNH BẮC NINH") and head[2].startswith("Số:") and "ngày" in head[3]
    assert "THỦ TRƯỞNG CƠ QUAN" in d.tables[-1].rows[0].cells[1].text and "- Lưu: VT." in d.tables[-1].rows[0].cells[0].text
    assert "VIỆN NGHIÊN CỨU PHÁT TRIỂN" in head[0] and "Như trên" not in text_of(report)
    assert all("w:pBdr" in cell.paragraphs[-1]._p.xml for cell in d.tables[0].rows[0].cells)  # a rule under both
    assert "\nGhi chú: “Mức dao động" in text_of(report) and "\nNguồn: VCCI (PCI)" in text_of(report)
    assert "PAGE" in s.header._element.xml and s.different_first_page_header_footer


def test_real_styles_captions_and_alternative_texts(report):
    d = docx.Document(io.BytesIO(report))
    used = [p.style.name for p in d.paragraphs]
    assert used.count("Heading 1") >= 6 and used.count("Heading 2") >= 5 and used.count("Caption") >= 6
    assert len(d.inline_shapes) >= 4 and all(len(s._inline.docPr.get("descr")) > 40 for s in d.inline_shapes)
    for table in d.tables[1:-1]:
        assert "w:tblHeader" in table.rows[0]._tr.xml and table.style.name == "Table Grid"


@pytest.mark.parametrize(("lang", "short"), [("vi", False), ("en", False), ("vi", True), ("en", True)])
def test_no_number_is_broken_over_two_lines(board, lang, short):
    """Nor a word of a table's head: a digit is half as wide as its type is high, a mark a quarter, a letter about a half."""
    d = docx.Document(io.BytesIO(word.report(page_of(board, lang=lang), short=short)))
    beside = (2 * word.NARROW if short else 216) / 20  # points of a cell's margins
    for table in d.tables[1:-1]:
        for i, row in enumerate(table.rows):
            for cell in row.cells:
                wide = [(w, word.SMALL * sum(0.28 if c in ",./" else 0.5 for c in w)) for w in cell.text.split()
                        if not i or re.fullmatch(r"[+−]?[\d,./]+[*†]*", w)]
                assert [w for w, points in wide if points + beside > cell.width.pt] == []


def test_columns_hold_their_longest_word_and_share_the_rest():
    rows = [("Thành phần", "Điểm"), ("một câu dài " * 20, "0,50")]
    wide, narrow = blocks.widths(rows, 60)
    assert narrow >= 4 * 2 + 5 and wide > narrow and round(wide + narrow, 6) == 60
    assert [round(w, 6) for w in blocks.widths([("x" * 60, "x" * 20)], 60)] == [round(60 * w / 194.8, 6) for w in (143.6, 51.2)]


def test_what_is_known_of_effects_stands_under_the_reforms(board, report):
    told = [p.text for p in docx.Document(io.BytesIO(report)).paragraphs]
    lead = told.index(page_of(board).evidence_lead())
    assert told.index("Đã làm gì, và có bằng chứng tác động không?") < lead < told.index("Cơ quan nào chịu trách nhiệm?")


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_annex_is_the_page_s(board, lang):
    """No document has one."""
    page = page_of(board, lang=lang)
    for told in (text_of(word.report(page)), text_of(word.report(page, short=True)), " ".join(mail.text(page).split())):
        assert re.search("phụ lục bản web|the annex of the web version", told)
        assert not re.search("phụ lục(?! bản web)|annex(?! of the web version)", told)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_number_is_one_of_the_page(board, lang):
    """Not one number with digits behind the comma that the page does not have."""
    shown = set(NUMBER.findall(words(run("4_province_briefing.ipynb", province="bac-ninh", year=2024, language=lang))))
    page = page_of(board, lang=lang)
    for told in (text_of(word.report(page)), mail.text(page)):
        found = set(NUMBER.findall(told))
        assert len(found) > 20 and not found - shown, sorted(found - shown)[:5]


def test_a_picture_is_drawn_once_for_all_documents(board, monkeypatch):
    """Report, summary and slides hold the same bytes; none is drawn again."""
    drawn = []
    png = raster.png
    monkeypatch.setattr(raster, "png", lambda sheet, dpi=200: drawn.append(png(sheet, dpi)) or drawn[-1])
    page = page_of(board)
    documents = [docx.Document(io.BytesIO(word.report(page, short=short))) for short in (False, True)]
    held = [part.blob for d in documents for part in d.part.package.iter_parts() if part.partname.endswith(".png")]
    held += [shape.image.blob for slide in Presentation(io.BytesIO(slides.deck(page))).slides for shape in slide.shapes if shape.shape_type == 13]
    assert len(drawn) == len(set(drawn)) == 7 and len(held) == 9 and set(held) == set(drawn)


@pytest.mark.parametrize("province", ["bac-ninh", "hung-yen"])
def test_the_two_sides_say_what_the_report_says_first(board, province):
    """Set tighter, and nothing lost but the picture where five components are asked for: every sentence on them, each source once."""
    page = page_of(board, province)
    short = " ".join(text_of(word.report(page, short=True)).split())
    for b in blocks.summary(page):
        parts = [row[0].rstrip(".") for row in b.rows] if b.kind == "bullets" else [b.text.split(". ", 1)[-1].rstrip(".")]
        if b.kind != "figure" or len(page.asks()) < blocks.FULL:
            assert [part for part in parts if part not in short] == []
    assert short.count(blocks.table(page.standing_table()).source) == 1


@pytest.fixture(scope="module")
def sides(board, tmp_path_factory):
    """Sides of the short reports that an office program counts: of Bắc Ninh, and of those with the most text in the 2024 edition."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        pytest.skip("LibreOffice is not here: apt-get install libreoffice-writer-nogui")
    folder = tmp_path_factory.mktemp("sides")
    for province in ("bac-ninh", "hung-yen", "yen-bai"):
        for lang in ("vi", "en"):
            (folder / f"{province}.{lang}.docx").write_bytes(word.report(page_of(board, province, lang=lang), short=True))
    subprocess.run([program, "--headless", f"-env:UserInstallation=file://{folder}/profile", "--convert-to", "pdf", "--outdir", folder,
                    *sorted(folder.glob("*.docx"))], check=True, capture_output=True, timeout=180)
    return {f.stem: len(re.findall(rb"/Type\s*/Page\b", f.read_bytes())) for f in sorted(folder.glob("*.pdf"))}


@pytest.mark.slow
def test_the_summary_is_two_sides(sides):
    assert len(sides) == 6 and set(sides.values()) == {2}, sides


@pytest.mark.parametrize("province", ["bac-ninh", "ho-chi-minh", "dien-bien"])
def test_at_most_eight_slides(board, province):
    deck = Presentation(io.BytesIO(slides.deck(page_of(board, province))))
    assert 6 <= len(deck.slides) <= slides.MOST
    titles = [slide.shapes.title.text for slide in deck.slides]
    assert titles[-1] == "Đề nghị quyết định" and all(titles)
    assert "Còn tồn đọng từ các kế hoạch trước" not in titles  # nothing is recorded: one sentence is no slide
    pictures = [shape for slide in deck.slides for shape in slide.shapes if shape.shape_type == 13]
    assert pictures and all(len(shape._element.nvPicPr.cNvPr.get("descr")) > 40 for shape in pictures)


def test_a_slide_bears_the_whole_finding_of_its_figure(board):
    """The name of TP. Hồ Chí Minh holds a full stop, at which the finding was cut."""
    page = page_of(board, "ho-chi-minh")
    deck = Presentation(io.BytesIO(slides.deck(page)))
    [title] = [slide.shapes.title.text for slide in deck.slides if any(shape.shape_type == 13 for shape in slide.shapes)]
    assert title == page.places_figure()["title"] and "TP. Hồ Chí Minh" in title and title.endswith("/63")


def test_a_slide_s_figure_says_what_its_numbers_are_and_whose_and_slides_are_numbered(board):
    page = page_of(board)
    deck = list(Presentation(io.BytesIO(slides.deck(page))).slides)
    [shapes] = [list(slide.shapes) for slide in deck if any(shape.shape_type == 13 for shape in slide.shapes)]
    told = {shape.text_frame.text: shape for shape in shapes if shape.has_text_frame}
    picture = next(shape for shape in shapes if shape.shape_type == 13)
    assert "Thứ hạng trong cả nước của Bắc Ninh, 2011–2024" in told
    assert told["Thứ hạng trong cả nước của Bắc Ninh, 2011–2024"].top + 9 * 36000 <= picture.top
    [foot] = [shape for text, shape in told.items() if text.startswith("Nguồn: VCCI (PCI)")]
    assert picture.top + picture.height <= foot.top
    numbers = [[field.text for field in slide._element.iter(qn("a:t")) if field.getparent().get("type") == "slidenum"] for slide in deck]
    assert numbers == [[], *([str(n)] for n in range(2, len(deck) + 1))]


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_file_says_whose_it_is_and_in_which_language(board, lang):
    """Nothing of the libraries' templates: their authors, their day, their English; and the same bytes whenever it is made."""
    page, code = page_of(board, lang=lang), {"vi": "vi-VN", "en": "en-GB"}[lang]
    for make, read in ((slides.deck, Presentation), (lambda p: word.report(p, short=True), docx.Document)):
        data = make(page)
        said = read(io.BytesIO(data)).core_properties
        body = page.cover()["issued_by"]
        assert (said.author, said.last_modified_by, said.language, said.comments) == (body, body, code, "")
        assert said.title == f"{page.cover()['title']} (2024)" and str(said.created) == str(said.modified)[:len(str(said.created))]
        assert (said.created.year, said.created.month, said.created.day) == (2025, 6, 1)
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            assert {info.date_time for info in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            held = {name: parts.read(name) for name in parts.namelist()}
        assert not [name for name, part in held.items() if b"Canny" in part or b"python-" in part]
        assert data == make(page)
        marks = [mark for name, part in held.items() if name.endswith(".xml") for mark in re.findall(rb"<a:(?:rPr|endParaRPr|defRPr)\b[^>]*>", part)]
        assert all(b' lang="%s"' % code.encode() in mark for mark in marks) and (len(marks) > 100 or read is docx.Document)
        runs = [run for name, part in held.items() if name.startswith("ppt/") and name.endswith(".xml") for run in re.findall(rb"<a:r>(<a:\w+)", part)]
        assert set(runs) <= {b"<a:rPr"} and (runs or read is docx.Document)


def test_a_column_of_differences_with_marks_stands_to_the_right(board):
    """−0,70†, +2,01: digits under digits, on the page and in Word."""
    told = page_of(board).standing_table()
    at = list(told["df"].columns).index("Chênh lệch với cả nước")
    assert blocks.table(told).numeric[at] and "†" in "".join(row[at] for row in blocks.table(told).rows)
    rows = re.findall(r"<tr>(.*?)</tr>", show.table_html(**told), re.S)
    assert len(rows) == 6 and [re.findall(r"<t[hd]([^>]*)>", row)[at].endswith(' class="n"') for row in rows] == [True] * 6
    words = show.table_html(df=pd.DataFrame({"a": ["x", "y"], "b": ["one†", show.join(["2", "†"], "")], "c": ["1,5*", show.strong("2,5†")]}), caption="c")
    assert words.count('<th scope="col" class="n">') == 1 and '<th scope="col" class="n">c' in words


def test_no_table_of_a_slide_covers_the_sentence_above_it(board):
    """The first sentence of Cà Mau takes three lines; the table stood on the third."""
    deck = Presentation(io.BytesIO(slides.deck(page_of(board, "ca-mau"))))
    both = [(box, grid) for slide in deck.slides for box in slide.shapes for grid in slide.shapes
            if grid.has_table and box.has_text_frame and box != slide.shapes.title and not box.text_frame.text.isdigit()]
    assert len(both) == 4
    for box, grid in both:
        if box.text_frame.text.startswith("Ghi chú: "):  # beneath
            assert grid.top + sum(row.height for row in grid.table.rows) <= box.top and box.top + box.height < deck.slide_height
            continue
        lines = sum(-(-len(par.text) // slides.PER_LINE) for par in box.text_frame.paragraphs)
        assert box.top + box.height <= grid.top and box.height >= lines * 7 * 36000


@pytest.mark.parametrize(("slug", "year", "lang"), [("thua-thien-hue", 2021, "en"), ("quang-nam", 2024, "vi"), ("binh-duong", 2024, "vi"),
                                                    ("bac-ninh", 2024, "vi"), ("bac-ninh", 2024, "en")])
def test_a_table_of_a_slide_can_be_read_and_ends_above_the_note(board, slug, year, lang):
    """The longest tables were set in 10 points."""
    for slide in Presentation(io.BytesIO(slides.deck(page_of(board, slug, year, lang)))).slides:
        notes = [s.top for s in slide.shapes if s.has_text_frame and s.text_frame.text.startswith(("Ghi chú: ", "Note: "))]
        for shape in (s for s in slide.shapes if s.has_table):
            sizes = {par.font.size.pt for row in shape.table.rows for cell in row.cells for par in cell.text_frame.paragraphs}
            assert min(sizes) >= 12 and shape.top + sum(row.height for row in shape.table.rows) <= min(notes)


def test_slides_have_the_page_s_colours_for_whatever_is_added_too(board):
    """Theme and titles were the library's own: blue 4F81BD, black titles in the middle."""
    with zipfile.ZipFile(io.BytesIO(slides.deck(page_of(board)))) as parts:
        theme, master = (parts.read(f"ppt/{name}1.xml").decode() for name in ("theme/theme", "slideMasters/slideMaster"))
    assert f'<a:accent1><a:srgbClr val="{PALETTE["province"][1:].upper()}"/></a:accent1>' in theme and "4F81BD" not in theme
    style = re.search(r"<p:titleStyle>.*?</a:lvl1pPr>", master, re.S)[0]
    assert 'algn="l"' in style and 'sz="2800"' in style and '<a:schemeClr val="accent1"/>' in style


def test_the_mail_is_plain_and_narrow(board):
    text = mail.text(page_of(board))
    assert "<" not in text and max(map(len, text.splitlines())) <= mail.WIDTH and text.startswith("Chủ đề: ")


def test_mail_and_slides_explain_their_marks_and_say_of_whom_the_figures_are(board):
    page = page_of(board)
    slide = Presentation(io.BytesIO(slides.deck(page))).slides[1]
    for told in (mail.text(page), "\n".join(s.text_frame.text for s in slide.shapes if s.has_text_frame)):
        told = " ".join(told.split())
        assert "Dấu *: thứ hạng tính lại từ điểm." in told and "†: so với số do báo chí dẫn" in told
        assert "Bắc Ninh (trước khi hợp nhất ngày 1/7/2025)" in told


def test_an_open_task_has_its_slide(board, monkeypatch):
    page = page_of(board)
    monkeypatch.setattr(type(page), "outstanding", lambda self: ["2023: Đăng bảng giá đất"])
    assert any("Đăng bảng giá đất" in s.text_frame.text for slide in Presentation(io.BytesIO(slides.deck(page))).slides
               for s in slide.shapes if s.has_text_frame)


def test_a_wrong_province_writes_nothing(tmp_path, monkeypatch, panel):
    from govlib.errors import UnknownName

    monkeypatch.setenv("GOVLIB_BRIEFINGS", str(tmp_path))
    with pytest.raises(UnknownName):
        office.write("Bắc Minh", 2024)
    assert not list(tmp_path.rglob("*"))


def test_every_province_and_one_that_fails(tmp_path, monkeypatch, panel, capsys):
    """By the code of one province, left alone while current, and one that fails does not stop the others."""
    from govlib.run import briefing, driver

    monkeypatch.setenv("GOVLIB_BRIEFINGS", str(tmp_path))
    monkeypatch.setattr(driver, "build_all", lambda year, *_, **__: driver.Report(year, str(tmp_path), []))
    made = []

    def together(folder, name, module, parameters, make, *, force=False):
        if name == "office.lai-chau":
            raise OSError("no room")
        made.append((name, parameters, force))
        return []

    monkeypatch.setattr(office.manifest, "together", together)
    monkeypatch.setattr(office.pool, "run", lambda function, jobs, workers: [(job, function(job)) for job in jobs])
    call = ["briefings", "--office", "--provinces", "bac-ninh,lai-chau", "--year", "2024", "--langs", "vi", "--issuer", "Viện X"]
    assert briefing.main(call) == 1
    told = capsys.readouterr()
    assert made == [("office.bac-ninh", {"langs": ["vi"], "issuer": "Viện X"}, False)]
    assert "lai-chau: OSError: no room" in told.err
    made.clear()
    assert briefing.main([*call[:2], "--provinces", "bac-ninh", "--year", "2024", "--force"]) == 0 and made[0][2] is True


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
