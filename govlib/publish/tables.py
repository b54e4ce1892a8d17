"""A frame as a table of the page and as the CSV behind it."""

from __future__ import annotations

import base64
import html as _html
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from govlib.collect.locators import along
from govlib.forms.formulas import safe
from govlib.publish.markup import Html, blank, esc, shown
from govlib.words.tables import phrase

if TYPE_CHECKING:
    import pandas as pd


def _cell(value: object) -> object:
    """A cell as it was before pandas made it a plain string."""
    return Html.made.get(value, value) if type(value) is str and "<" in value else value


def rows_of(df: pd.DataFrame) -> list[tuple]:
    """The frame's cells as Python objects, taken out of it once."""
    return [tuple(_cell(v) for v in row) for row in df.itertuples(index=False, name=None)]


_SOURCED = re.compile(r'<span class="num" data-source="([^"]*)"(?: data-locator="([^"]*)")?[^>]*>')


def leads_back(columns: Sequence[str], rows: Iterable[tuple]) -> list[tuple[str, str, str]]:
    """(unit, source, locator) of each row's numbers that carry a source.

    Each is one text where it holds for all of them, else ``column: text | column: text`` (:func:`govlib.collect.locators.along`); a
    cell with several numbers has their places joined by `` & ``.
    """
    out = []
    for row in rows:
        units, sources, places = {}, {}, {}
        for column, value in zip(columns, row, strict=True):
            if isinstance(value, Html) and (found := _SOURCED.findall(value)):
                units[column] = value.unit
                sources[column] = " & ".join(dict.fromkeys(_html.unescape(source) for source, _ in found))
                places[column] = " & ".join(dict.fromkeys(_html.unescape(place) for _, place in found))
        out.append((along(units), along(sources), along(places)))
    return out


def csv_text(df: pd.DataFrame, rows: list[tuple] | None = None, lang: str = "vi") -> str:
    """The frame as CSV that a spreadsheet reads as data: text that would start a formula gets a leading apostrophe,
    numbers keep every digit and a decimal point, CRLF lines (RFC 4180). Where numbers carry a source, three columns at the
    end lead each row back: unit, source, locator (:func:`leads_back`)."""
    def cell(value: object) -> str:
        if isinstance(value, Html):
            value = value.value if value.value is not None else _html.unescape(re.sub(r"<[^>]*>", "", value))
        if blank(value):
            return ""
        if hasattr(value, "item"):
            value = value.item()
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return repr(value)
        text = str(safe(str(value)))
        return '"' + text.replace('"', '""') + '"' if re.search(r'[",\r\n]', text) else text

    rows, head = rows_of(df) if rows is None else rows, tuple(str(c) for c in df.columns)
    back = leads_back(head, rows)
    if any(source for _, source, _ in back):
        head = (*head, phrase("show.unit", lang), phrase("show.back_source", lang), phrase("show.locator", lang))
        rows = [(*row, *three) for row, three in zip(rows, back, strict=True)]
    return "".join(",".join(cell(v) for v in line) + "\r\n" for line in [head, *rows])


def slug(text: str) -> str:
    """Plain letters, digits and hyphens: the same in the address and in the contents, whatever encodes them."""
    plain = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return re.sub(r"[^a-z0-9]+", "-", "".join(c for c in plain if not unicodedata.combining(c)).lower()).strip("-")


def download(df: pd.DataFrame, name: str, lang: str = "vi", rows: list[tuple] | None = None) -> Html:
    """A link that holds the CSV itself (UTF-8 with a byte-order mark, which Excel needs for diacritics)."""
    stem = slug(str(name)).strip("-")[:60] or "data"
    data = base64.b64encode(("\ufeff" + csv_text(df, rows, lang)).encode()).decode()
    return Html(f'<a class="csv" download="{stem}.csv" href="data:text/csv;charset=utf-8;base64,{data}">'
                f'{esc(phrase("show.csv", lang))}<span class="visually-hidden">: {esc(name)}</span></a>')


_N, _LONG = ' class="n"', ' class="long"'  # a column of numbers, cell by cell; one of long texts, said in its head alone
LONG = 60  # letters, from which on a phone gives the column more width
_PRINTED = re.compile(r"(\w+ )?[+−-]?\d[\d.,]*%?[*†]?")  # "or +0.26" stands under other numbers too, and "−0,70†"


@dataclass(frozen=True)
class Table:
    """A table with a caption, column headers as the frame's columns, the first column heading each row.

    Cells may be numbers, text or :func:`~govlib.publish.markup.num`; ``None``/NaN reads "–". ``decimals``: one for all, or by
    column. ``signed``: columns whose plus is written. ``csv``: offer the raw values (formula-safe). ``name``: file name stem.
    """

    df: pd.DataFrame
    caption: str
    lang: str = "vi"
    decimals: int | Mapping[str, int] | None = None
    source: object = ""
    note: object = None
    csv: bool = True
    name: str | None = None
    signed: Sequence[str] = ()
    row_header: bool = True

    def html(self) -> Html:
        rows = rows_of(self.df)
        link = download(self.df, self.name or self.caption, self.lang, rows) if self.csv else ""
        return Html(f'<div class="table-block">{self.grid(rows)}{foot(self.source, self.note, self.lang, link)}</div>')

    def grid(self, rows: list[tuple]) -> str:
        """The table alone; ``rows``: the frame's (:func:`rows_of`)."""
        columns = list(zip(*rows, strict=True)) if rows else [()] * self.df.shape[1]
        form = [(_kind(values), self.decimals.get(c) if isinstance(self.decimals, Mapping) else self.decimals, c in self.signed)
                for c, values in zip(self.df.columns, columns, strict=True)]
        head = "".join(f'<th scope="col"{n}>{esc(c)}</th>' for c, (n, _, _) in zip(self.df.columns, form, strict=True))
        body = []
        for row in rows:
            cells = [f"<td{n if n == _N else ''}>{shown(value, self.lang, digits, sign)}</td>"
                     for value, (n, digits, sign) in zip(row, form, strict=True)]
            if self.row_header:
                cells[0] = f'<th scope="row"{cells[0][3:-5]}</th>'
            body.append(f"<tr>{''.join(cells)}</tr>")
        label = _html.escape(f"{phrase('show.scroll', self.lang)}: {self.caption}", quote=True)
        return (f'<div class="scroll" role="group" tabindex="0" aria-label="{label}"><table><caption>{esc(self.caption)}</caption>'
                f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>")


def foot(source: object, note: object, lang: str, download_link: str = "") -> str:
    """What stands beneath a table or figure: note, source, download."""
    out = ""
    if note:
        out += f'<p class="fig-note"><b>{esc(phrase("show.note", lang))}:</b> {esc(note)}</p>'
    if source:
        out += f'<p class="fig-source"><b>{esc(phrase("show.source", lang))}:</b> {esc(source)}</p>'
    return f'<div class="foot">{out}{download_link}</div>' if out or download_link else ""


def _kind(column: Sequence) -> str:
    """The class of a column."""
    if _is_numeric(column):
        return _N
    texts = (re.sub(r"<[^>]*>", "", v) for v in column if isinstance(v, str) and len(v) > LONG)
    return _LONG if any(len(_html.unescape(text)) > LONG for text in texts) else ""


def _is_numeric(column: Iterable) -> bool:
    """Numbers, or text that is a number already printed ("+0,27"): set to the right, where digits stand under digits."""
    values = [v.value if isinstance(v, Html) and v.value is not None else v for v in column if not blank(v)]
    values = [re.sub(r"<[^>]*>", "", v) if isinstance(v, Html) else v for v in values]
    values = [v for v in values if v != "–"]
    return bool(values) and all(isinstance(v, (int, float)) or hasattr(v, "dtype") or isinstance(v, str) and _PRINTED.fullmatch(v)
                                for v in values) and not any(isinstance(v, bool) for v in values)
