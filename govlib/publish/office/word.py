"""The briefing as a Word report in the form that Decree 30/2020/NĐ-CP asks of the administration's documents.

A4; margins 20, 20, 30 and 15 mm; Times New Roman 13 for text and 14 for the title; the national motto, the issuing body, a
number and a date left to be filled in, the place of the signature and of the recipients left blank; page numbers in the middle of
the head, from the second page. Headings, captions and tables are Word's own styles; pictures have their alternative text.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import docx
from docx.document import Document
from docx.enum.section import WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import Table
from docx.text.paragraph import Paragraph

from govlib.known import provinces
from govlib.publish.content import Page
from govlib.publish.office import blocks, properties
from govlib.publish.office.blocks import Block

FONT = "Times New Roman"
TEXT, TITLE, SMALL = 13, 14, 11  # points
SPACE = {False: 6, True: 0}  # points before a heading, beside the 6 after every paragraph; the second where two sides have to do
WIDTH = 210 - 30 - 15  # millimetres between the margins
NARROW = 50  # twentieths of a point beside a cell's text; Word's own are 108
FEW = 4  # rows of running text, head included, that two sides hold unbroken
TIGHT = 0.7  # of the width, for a picture
TO_FILL = "…" * 12  # the name of the body that issues it, a line
HEAD = (66, 99)  # of which the issuing body and the motto, which stands on one line
RULES = {"vi": (22, 55), "en": (22, 68)}  # of the lines under them: a third to half of the body's, all of the motto's


def report(page: Page, *, short: bool = False) -> bytes:
    """The whole briefing (without its annex), or the two pages alone."""
    d = docx.Document()
    _styles(d, page.lang, SPACE[short])
    _sheet(d)
    _head(d, page)
    for block in [*blocks.summary(page, tight=short), *([] if short else blocks.body(page))]:
        _put(d, block, tight=short)
    _close(d, page, 1 if short else 4)
    return properties.saved(d, page)


def _styles(d: Document, lang: str, space: int) -> None:
    """Word's own styles, set in the form's type."""
    for name, size, bold in (("Normal", TEXT, False), ("Title", TITLE, True), ("Heading 1", TITLE, True), ("Heading 2", TEXT, True),
                             ("Caption", SMALL, True), ("List Bullet", TEXT, False)):
        style = d.styles[name]
        style.font.name, style.font.size, style.font.bold, style.font.italic = FONT, Pt(size), bold, False
        style.font.color.rgb = RGBColor(0, 0, 0)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for kind in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
            fonts.set(qn(kind), FONT)
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(theme), None)
        form = style.paragraph_format
        form.space_before, form.space_after = Pt(space if "Heading" in name else 0), Pt(1 if name == "Caption" else 6)
        form.line_spacing = 1.0
    code = OxmlElement("w:lang")
    code.set(qn("w:val"), properties.LANGUAGES[lang])
    d.styles["Normal"].element.get_or_add_rPr().append(code)
    for name in ("Heading 1", "Heading 2", "Caption"):
        d.styles[name].paragraph_format.keep_with_next = True


def _sheet(d: Document) -> None:
    s = d.sections[0]
    s.page_width, s.page_height, s.start_type = Mm(210), Mm(297), WD_SECTION.NEW_PAGE
    s.top_margin, s.bottom_margin, s.left_margin, s.right_margin = Mm(20), Mm(20), Mm(30), Mm(15)
    s.different_first_page_header_footer = True
    number = s.header.paragraphs[0]
    number.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        run = number.add_run()
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = text
        run._r.append(part)


def _head(d: Document, page: Page) -> None:
    """Who issues it and the motto, number and date, title."""
    grid = d.add_table(rows=2, cols=2)
    grid.alignment, grid.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for column, width in zip(grid.columns, HEAD, strict=True):
        column.width = Mm(width)
        for cell in column.cells:
            cell.width = Mm(width)
    city = provinces.kind(provinces.get(page.province, page.year).unit, page.year) == "city"
    unit = page.label("called.city" if city else "called.province", name=page.place().removeprefix("TP. "))
    committee = page.label("office.committee", place=unit.replace(" ", "\xa0"))  # a name is not broken off
    issued_by = page.cover()["issued_by"]
    body = TO_FILL if issued_by == page.label("cover.issuer_neutral") else issued_by  # a remark is no body
    cells = [(0, 0, committee.upper(), False), (0, 0, body.upper(), True),
             (0, 1, page.label("office.republic"), True), (0, 1, page.label("office.motto"), True),
             (1, 0, page.label("office.number"), False), (1, 1, page.label("office.date", place=page.place()), False)]
    for row, column, text, bold in cells:
        cell = grid.cell(row, column)
        p = cell.paragraphs[0] if not cell.paragraphs[0].text else cell.add_paragraph()
        run = p.add_run(text)
        run.bold, run.italic, p.alignment = bold, (row, column) == (1, 1), WD_ALIGN_PARAGRAPH.CENTER
        run.font.size = Pt(12)
        p.paragraph_format.space_after = Pt(0)
    for cell, width, long in zip(grid.rows[0].cells, HEAD, RULES[page.lang], strict=True):
        _rule(cell.add_paragraph(), (width - long) / 2)
    for text in (page.label("office.report"), page.cover()["title"] + f" ({page.year})"):
        p = d.add_paragraph(text, style="Title")
        p.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _without_rule(p)


def _rule(p: Paragraph, aside: float) -> None:
    """A line of a paragraph without words, so many millimetres from both sides of its cell."""
    border, line = OxmlElement("w:pBdr"), OxmlElement("w:top")
    for name, value in (("val", "single"), ("sz", "4"), ("space", "1"), ("color", "auto")):
        line.set(qn(f"w:{name}"), value)
    border.append(line)
    p._p.get_or_add_pPr().append(border)
    form = p.paragraph_format
    form.left_indent = form.right_indent = Mm(aside)
    form.space_before, form.space_after, form.line_spacing = Pt(2), Pt(0), Pt(2)


def _without_rule(p: Paragraph) -> None:
    """Word's title style draws a line that the form has not."""
    for border in p.style.element.findall(".//" + qn("w:pBdr")) if p.style is not None else ():
        border.getparent().remove(border)


def _put(d: Document, b: Block, *, tight: bool) -> None:
    if b.kind == "heading":
        _told(d, b.text, f"Heading{b.level}")
    elif b.kind == "paragraph":
        d.add_paragraph(b.text).alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    elif b.kind == "bullets":
        for (text,) in b.rows:
            _told(d, text, "ListBullet").alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    else:
        if b.text:
            _told(d, b.text, "Caption")
        if b.kind == "table":
            _table(d, b)
        else:
            _picture(d, b, WIDTH * (TIGHT if tight else 1))
        _foot(d, [" ".join(filter(None, (b.note, b.source)))] if tight else [b.note, b.source])


def _told(d: Document, text: str, style: str) -> Paragraph:
    """A paragraph in a style of the template by its id: by its name the library would go through all styles each time."""
    p = d.add_paragraph(text)
    p._p.style = style
    return p


def _table(d: Document, b: Block) -> None:
    head = b.rows[0]
    grid = d.add_table(rows=len(b.rows), cols=len(head), style="Table Grid")
    grid.alignment = WD_TABLE_ALIGNMENT.CENTER
    grid.autofit = False
    if b.shares:
        _narrow(grid)
    widths = [share * WIDTH for share in b.shares] or blocks.widths(b.rows, WIDTH)
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = Mm(width)
    for i, (row, line) in enumerate(zip(b.rows, grid.rows, strict=True)):
        for j, (text, cell) in enumerate(zip(row, line.cells, strict=True)):  # grid.cell would go through the whole table each time
            cell.width = Mm(widths[j])
            p = cell.paragraphs[0]
            for words, bold in _parts(text) if b.running and i else [(text, i == 0)]:
                run = p.add_run(words)
                run.bold, run.font.size = bold, Pt(SMALL)
            p.paragraph_format.space_after = Pt(0)
            p.paragraph_format.keep_with_next = i == 0  # no head alone at a sheet's foot
            if i and b.numeric[j]:
                p.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        if i == 0:
            again = OxmlElement("w:tblHeader")  # the head is repeated on the next page
            again.set(qn("w:val"), "true")
            line._tr.get_or_add_trPr().append(again)
        if not b.running or len(b.rows) <= FEW:  # many long ones may go on overleaf, or two sides would not hold them
            line._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def _narrow(grid: Table) -> None:
    """Cells with less room beside their text, for two sides to hold the table."""
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        code = OxmlElement(f"w:{side}")
        code.set(qn("w:w"), str(NARROW))
        code.set(qn("w:type"), "dxa")
        margins.append(code)
    grid._tbl.tblPr.find(qn("w:tblLook")).addprevious(margins)


def _parts(text: str) -> list[tuple[str, bool]]:
    """Running text as (words, bold): its title and what each part is about in bold."""
    title, *parts = text.split("\n")
    return [(title, bool(parts)), *(piece for part in parts for what, _, told in [part.partition(":")]
                                    for piece in ((f" {what}:", True), (told, False)))]


def _picture(d: Document, b: Block, width: float) -> None:
    p = d.add_paragraph()
    p.alignment = WD_ALIGN_PARAGRAPH.CENTER
    shape = p.add_run().add_picture(io.BytesIO(b.png()), width=Mm(width))
    shape._inline.docPr.set("descr", b.alt)
    shape._inline.docPr.set("title", b.text)


def _foot(d: Document, texts: Sequence[str]) -> None:
    for text in texts:
        if text:
            p = d.add_paragraph()
            p.paragraph_format.space_after = Pt(0)
            run = p.add_run(text)
            run.italic, run.font.size = True, Pt(SMALL)


def _close(d: Document, page: Page, room: int) -> None:
    """Recipients and the place of the signature, both left to be filled in; ``room``: lines to sign on."""
    grid = d.add_table(rows=1, cols=2)
    left, right = grid.cell(0, 0).paragraphs[0], grid.cell(0, 1).paragraphs[0]
    left.paragraph_format.space_after = right.paragraph_format.space_after = Pt(0)
    head = left.add_run(page.label("office.recipients"))
    head.bold, head.italic, head.font.size = True, True, Pt(12)
    for text in (f"- {TO_FILL};", page.label("office.recipients_list")):
        run = left.add_run()
        run.add_break(WD_BREAK.LINE)
        run.add_text(text)
        run.font.size = Pt(SMALL)
    right.alignment = WD_ALIGN_PARAGRAPH.CENTER
    right.add_run(page.label("office.signature")).bold = True
    for _ in range(room):
        right.add_run().add_break(WD_BREAK.LINE)
