"""The briefing on at most eight slides: state, places, what matters now, departments, what is left, what is to be decided."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import PP_ALIGN
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.util import Mm, Pt

from govlib.publish.content import Page
from govlib.publish.look import PALETTE
from govlib.publish.office import blocks, properties
from govlib.publish.office.blocks import Block

MOST = 8
WIDE, HIGH = 338.7, 190.5  # millimetres, 16:9
ASKS = 3  # on a slide
PER_LINE, LINE = 95, 7.5  # letters of 16 points that fit beside each other above a table, and how high such a line is
TYPES, NOTE = (15, 14, 13, 12), 11  # points of a table, the largest that has room; of a note and a slide's number
MARGIN = 0.6  # millimetres above and below the text of a cell: with the usual 1.3 tables of ten rows had room for 10 points only
# the theme's colours: text, accents and links; whatever is added by hand has them too
THEME = {"dk1": "ink", "dk2": "province", "accent1": "province", "accent2": "peers", "accent3": "region", "accent4": "nation",
         "accent5": "good", "accent6": "bad", "hlink": "province"}
NUMBER = 15.0  # millimetres at a foot's right, for the number
LETTER, ROW = 0.18, 0.43  # millimetres a point of type: how wide a letter is on average, how high a line


def deck(page: Page) -> bytes:
    """The slides as a file."""
    p = Presentation()
    p.slide_width, p.slide_height = Mm(WIDE), Mm(HIGH)
    _dress(p)
    summary = blocks.summary(page)
    tables = [b for b in summary if b.kind == "table"]
    opening = p.slides.add_slide(p.slide_layouts[0])
    opening.shapes.title.text = page.cover()["title"]
    opening.placeholders[1].text = f"{page.cover()['issued_by']}\n{page.year}"
    for shape, top, high in ((opening.shapes.title, 55, 40), (opening.placeholders[1], 100, 30)):
        shape.left, shape.top, shape.width, shape.height = Mm(25), Mm(top), Mm(WIDE - 50), Mm(high)
        for par in shape.text_frame.paragraphs:
            par.alignment = PP_ALIGN.LEFT
    opening.shapes.title.text_frame.paragraphs[0].font.size = Pt(40)
    _told(p, page.label(page.standing_title()), [blocks.plain(page.standing_lead())], tables[0])
    for b in summary:
        if b.kind == "figure":
            _picture(p, b)
    asked = page.asks()
    for start in range(0, len(asked), ASKS):
        lines = []
        for k, (title, told) in enumerate(asked[start:start + ASKS], start + 1):
            lines += [f"{k}. {blocks.plain(title)}", *(f"   {what}: {blocks.plain(text)}" for what, text in told[:3])]
        _told(p, page.label("heading.now"), lines)
    if (held := page.portfolio_table()):
        _told(p, page.label("heading.leads"), [], blocks.table(held))
    left = page.outstanding() or [page.nothing_left()]
    if left != [page.label("asks.open_unrecorded")]:
        _told(p, page.label("heading.outstanding"), left)
    _told(p, page.label("office.decide"), [page.label("office.decide_item", what=blocks.plain(title)) for title, _ in asked]
          + [page.label("office.decide_leads")])
    if len(p.slides) > MOST:
        raise ValueError(f"{len(p.slides)} slides: at most {MOST}")
    _number(p)
    _speak(p, properties.LANGUAGES[page.lang])
    return properties.saved(p, page)


def _dress(p) -> None:
    """The page's colours in the theme, and its titles: of that colour, at the left."""
    theme = p.slide_master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
    xml = theme.blob.decode()
    for slot, colour in THEME.items():
        xml = re.sub(f"(?<=<a:{slot}>).*?(?=</a:{slot}>)", f'<a:srgbClr val="{PALETTE[colour][1:].upper()}"/>', xml)
    theme.blob = xml.encode()
    [title] = p.slide_master._element.iter(qn("p:titleStyle"))
    style = title.find(qn("a:lvl1pPr"))
    style.set("algn", "l")
    style.find(qn("a:defRPr")).set("sz", "2800")
    next(style.iter(qn("a:schemeClr"))).set("val", "accent1")


def _number(p) -> None:
    """Every slide's number but the first's, as a field that stays right when slides are moved."""
    for n, slide in list(enumerate(p.slides, 1))[1:]:
        par = _box(slide, HIGH - 11, 8, left=WIDE - 15 - NUMBER, width=NUMBER).paragraphs[0]
        par.alignment = PP_ALIGN.RIGHT
        par._p.append(parse_xml(f'<a:fld {nsdecls("a")} id="{{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}}" type="slidenum">'
                                f'<a:rPr sz="{NOTE * 100}"/><a:t>{n}</a:t></a:fld>'))


def _speak(p, code: str) -> None:
    """All text in the page's language, the template's English too: who reads it aloud or checks its spelling goes by that."""
    for part in p.part.package.iter_parts():
        element = getattr(part, "_element", None)
        for run in element.iter(qn("a:r")) if element is not None else ():
            run.get_or_add_rPr()
        for said in element.iter(*map(qn, ("a:rPr", "a:endParaRPr", "a:defRPr"))) if element is not None else ():
            said.set("lang", code)


def _slide(p, title: str):
    slide = p.slides.add_slide(p.slide_layouts[5])
    slide.shapes.title.text = title
    slide.shapes.title.left, slide.shapes.title.top, slide.shapes.title.width, slide.shapes.title.height = (
        Mm(15), Mm(5), Mm(WIDE - 30), Mm(20))
    return slide


def _told(p, title: str, lines: Sequence[str], table: Block | None = None) -> None:
    slide = _slide(p, title)
    top, caption = 26.0, table.text if table else ""
    if lines or caption:
        lines = [*lines, caption] if caption else lines
        size = 16 if table else 15 if len(lines) > 8 else 20
        high = 5.0 + LINE * sum(-(-len(line) // PER_LINE) for line in lines) if table else HIGH - top - 10
        frame = _box(slide, top, high)
        for k, line in enumerate(lines):
            par = frame.paragraphs[0] if k == 0 else frame.add_paragraph()
            par.text = line
            par.font.size, par.font.bold, par.space_after = Pt(size), line[:1].isdigit() or line == caption, Pt(4)
        top += high
    if table:
        _table(slide, table, top + 2)


def _box(slide, top: float, high: float, *, left: float = 15, width: float = WIDE - 30):
    frame = slide.shapes.add_textbox(Mm(left), Mm(top), Mm(width), Mm(high)).text_frame
    frame.word_wrap = True
    return frame


def _table(slide, b: Block, top: float) -> None:
    """A table, and its note at the slide's foot."""
    foot = _foot(slide, b.note)
    for points in TYPES:
        widths = blocks.widths(b.rows, WIDE - 30, points)
        rows = [max(_high(text, w - 5, points) for text, w in zip(row, widths, strict=True)) + 2 * MARGIN + 0.1 for row in b.rows]
        if top + sum(rows) <= foot:
            break
    grid = slide.shapes.add_table(len(b.rows), len(widths), Mm(15), Mm(top), Mm(WIDE - 30), Mm(sum(rows))).table
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = Mm(width)
    for i, row in enumerate(b.rows):
        grid.rows[i].height = Mm(rows[i])
        for j, text in enumerate(row):
            cell = grid.cell(i, j)
            cell.text, cell.margin_top, cell.margin_bottom = text, Mm(MARGIN), Mm(MARGIN)
            for par in cell.text_frame.paragraphs:
                par.font.size, par.font.bold = Pt(points), i == 0
            if i == 0:
                cell.fill.solid()
                cell.fill.fore_color.rgb = RGBColor.from_string(PALETTE["province"][1:].upper())


def _foot(slide, note: str) -> float:
    """A note at the slide's foot, beside its number; where the foot begins."""
    width = WIDE - 30 - NUMBER
    foot = HIGH - 8 - _high(note, width, NOTE)
    if note:
        par = _box(slide, foot, HIGH - 3 - foot, width=width).paragraphs[0]
        par.text = note
        par.font.size, par.font.italic = Pt(NOTE), True
    return foot


def _high(text: str, width: float, points: float) -> float:
    """About so many millimetres high is a text of so many points in a column."""
    return -(-len(text) * points * LETTER // width) * points * ROW


def _picture(p, b: Block) -> None:
    slide = _slide(p, b.title)
    par = _box(slide, 29, 9).paragraphs[0]
    par.text, par.alignment, par.font.size = b.measure, PP_ALIGN.CENTER, Pt(16)
    top, foot = 40.0, _foot(slide, " ".join(filter(None, (b.note, b.source))))
    shape = slide.shapes.add_picture(io.BytesIO(b.png()), Mm(25), Mm(top), width=Mm(WIDE - 60))
    if shape.height > Mm(foot - top - 2):
        shape.width, shape.height = int(shape.width * Mm(foot - top - 2) / shape.height), Mm(foot - top - 2)
    shape._element.nvPicPr.cNvPr.set("descr", b.alt)
