"""Tables in web pages, whatever their markup, and what stands in one page that cannot be used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from govlib.text import clean, fold

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_FIGURE = r"(?:N/A|n/a|-|–|\d+(?:[.,]\d+)?)"
_LINE = re.compile(rf"(?P<label>\D.*?)\s+(?P<figures>{_FIGURE}(?:\s+{_FIGURE})*)")
_YEAR_LINE = re.compile(r"(year|nam)((?: (?:19|20)\d\d)+)")


class Refused(NamedTuple):
    """A page, or a column of one, that is not taken: the file's name and why."""

    page: str
    why: str


def parse(content: bytes) -> HtmlElement:
    import lxml.html

    return lxml.html.document_fromstring(content, parser=lxml.html.HTMLParser(encoding="utf-8"))


def tables(document: HtmlElement) -> Iterator[list[list[str]]]:
    """Every table as rows of cells, in the order of the page."""
    for table in document.iter("table"):
        rows = [[clean(cell.text_content()) for cell in line if cell.tag in ("td", "th")] for line in table.iter("tr")]
        yield [row for row in rows if row]


def by_year(document: HtmlElement) -> Iterator[list[list[str]]]:
    """Tables whose first row is ``Year`` (in Vietnamese ``Năm``) and editions: real ones, else as running text prints them."""
    found = False
    for rows in tables(document):
        for at, row in enumerate(rows):
            if fold(row[0]) in ("year", "nam") and len(row) > 1 and all(re.fullmatch(r"20\d\d", c) for c in row[1:] if c):
                found = True
                yield rows[at:]
                break
    if not found:
        yield from _printed(document)


def _printed(document: HtmlElement) -> Iterator[list[list[str]]]:
    rows: list[list[str]] = []
    for text in document.text_content().splitlines():
        line = clean(text)
        if match := _YEAR_LINE.fullmatch(fold(line)):
            if rows:
                yield rows
            rows = [[match[1], *match[2].split()]]
        elif rows and (match := _LINE.fullmatch(line)):
            rows.append([match["label"], *match["figures"].split()])
    if rows:
        yield rows


def links(document: HtmlElement, base: str) -> Iterator[tuple[str, str]]:
    """(text, address) of the links of a page."""
    from urllib.parse import urljoin

    for anchor in document.iter("a"):
        if href := anchor.get("href"):
            yield clean(anchor.text_content()), urljoin(base, href)
