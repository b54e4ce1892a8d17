"""What a briefing's notebook shows: one call, one finished piece of the page.

Every function below takes plain values (strings, numbers, a DataFrame, a matplotlib figure), escapes all text, and
displays HTML that the page's own stylesheet knows. A notebook never writes a tag. Nothing here reads a file.

How a notebook and the page agree
---------------------------------
* Code is never shown. Only what a cell displays reaches the page: HTML, Markdown or text, in the order of the cells.
* Markdown cells are notes for the person who opens the notebook and stay out of the page, unless the cell is tagged
  ``vi`` or ``en`` (shown in that language) or ``page`` (shown in both). A page speaks one language, so its words come
  from code cells: :func:`heading`, :func:`paragraph`, :func:`bullets`, ...
* Headings become the table of contents and get their anchors when the page is made. One ``#`` (the cover's), ``##`` a
  section, ``###`` inside it.
* A code cell with ``show.<something>(...)`` or ``display(...)`` at its top level must produce output, and so must a
  cell tagged ``output``; one tagged ``no-output`` need not. A page with an empty expected cell is a failed page.
* :func:`partial` says that the page is whole but some of its data are not there, and why.
* Colours: use :data:`PALETTE` in figures. Each of its hex values is exchanged for a variable of the stylesheet, so a
  figure turns dark with the page. Any other colour stays as it is drawn (a heatmap's cells, with their own fixed ink).

>>> str(fmt("{place}: {score}", place="<b>", score=num(66.536, lang="vi", decimals=1)))
'&lt;b&gt;: <span class="num">66,5</span>'
"""

from __future__ import annotations

import functools
import hashlib
import html as _html
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from govlib.publish.look import FONT, PALETTE, use_style
from govlib.publish.markup import Html, blank, esc, fmt, join, link, num, shown, strong, together
from govlib.publish.svg import svg
from govlib.publish.tables import Table, csv_text, download, foot, leads_back, rows_of
from govlib.words.tables import phrase, prose_style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as MplFigure

__all__ = [
    "FONT", "PALETTE", "PARTS", "Card", "Figure", "Html", "Table", "asks", "bullets", "callout", "callout_html", "cards",
    "cards_html", "cover",
    "cover_html",
    "csv_text", "download", "esc", "figure", "figure_html", "findings", "fmt", "heading", "join", "leads_back", "link", "more",
    "num", "paragraph", "part", "partial", "restart", "strong", "svg", "table", "table_html", "terms", "together", "use_style"]
PARTS = ("sheet", "annex", "department")
STATUS_MIME = "application/vnd.govlib.status+json"

_BEGIN, _END = "<!--notebook-->", "<!--/notebook-->"
_count = itertools.count(1)


def restart() -> None:
    """Count figures from one again and forget what was shown: a page begins."""
    global _count
    _count = itertools.count(1)
    Html.made.clear()


def cover(*, title: str, subtitle: str = "", place: str = "", year: int | str = "", lang: str = "vi",
          edition: str = "", issued_by: str = "", facts: Sequence[tuple[object, object]] = ()) -> None:
    """The first sheet: the only ``<h1>``, place, year, who issues it, and up to six (label, value) facts."""
    _emit(cover_html(title=title, subtitle=subtitle, place=place, year=year, lang=lang, edition=edition,
                     issued_by=issued_by, facts=facts), f"{_BEGIN}{prose_style(lang)}{_END}")


def cover_html(*, title, subtitle="", place="", year="", lang="vi", edition="", issued_by="", facts=()) -> Html:
    def line(cls, text):
        return f'<p class="{cls}">{esc(text)}</p>' if str(text) else ""

    items = "".join(f"<div><dt>{esc(k)}</dt><dd>{esc(v)}</dd></div>" for k, v in facts)
    return Html(f'<!--cover--><div class="cover">{line("issuer", issued_by)}'
                f'<div class="cover-main">{line("kicker", " · ".join(str(x) for x in (place, year) if str(x)))}'
                f"<h1>{esc(title)}</h1>{line('subtitle', subtitle)}</div>"
                + (f'<dl class="facts">{items}</dl>' if items else "") + line("edition", edition) + "</div><!--/cover-->")


def heading(text: object, level: int = 2) -> None:
    """A heading; level 2 opens a section of the page, 3 and 4 lie inside it."""
    _emit(heading_html(text, level))


def heading_html(text: object, level: int = 2) -> Html:
    if level not in (2, 3, 4):
        raise ValueError("level must be 2, 3 or 4: the cover has the only heading of level 1")
    return Html(f"<h{level}>{esc(text)}</h{level}>")


def paragraph(text: object, *, lead: bool = False) -> None:
    """One paragraph (plain text or :func:`fmt`); ``lead`` sets it larger, for the sentence under a heading."""
    _emit(paragraph_html(text, lead=lead))


def paragraph_html(text: object, *, lead: bool = False) -> Html:
    return Html(f'<p class="lead">{esc(text)}</p>' if lead else f"<p>{esc(text)}</p>")


def bullets(items: Iterable[object]) -> None:
    """A list, each item plain text or :class:`Html`."""
    _emit(bullets_html(items))


def bullets_html(items: Iterable[object], *, ordered: bool = False) -> Html:
    tag = "ol" if ordered else "ul"
    return Html(f"<{tag}>" + "".join(f"<li>{esc(i)}</li>" for i in items) + f"</{tag}>")


def more(summary: object, items: Iterable[object]) -> None:
    """A list that opens when asked for: what is whole without it, and would tire a reader in a hurry. Not printed."""
    _emit(Html(f'<details class="more"><summary>{esc(summary)}</summary><ul>' + "".join(f"<li>{esc(i)}</li>" for i in items)
               + "</ul></details>"))


def findings(items: Iterable[object]) -> None:
    """The few sentences a reader in a hurry takes away: large, numbered, first on the page."""
    _emit(findings_html(items))


def findings_html(items: Iterable[object]) -> Html:
    return Html('<ol class="findings">' + "".join(f"<li>{esc(i)}</li>" for i in items) + "</ol>")


def part(kind: str = "") -> None:
    """Everything up to the next ``part()`` is one part of the page. ``sheet``: one printed side, also of the two-page summary;
    ``annex``: folded on a screen, printed on its own; ``department``: one department's sheet. Without a kind: the part ends."""
    _emit(part_html(kind))


def part_html(kind: str = "") -> Html:
    if kind not in ("", *PARTS):
        raise ValueError(f"kind {kind!r}: one of {', '.join(PARTS)}")
    return Html(f"<!--part {kind}-->" if kind else "<!--/part-->")


def asks(items: Iterable[tuple[object, Sequence[tuple[object, object]]]]) -> None:
    """What is asked, in order: of each a title and (what, text) lines."""
    _emit(asks_html(items))


def asks_html(items: Iterable[tuple[object, Sequence[tuple[object, object]]]]) -> Html:
    out = ""
    for title, told in items:
        lines = "".join(f"<div><dt>{esc(what)}</dt><dd>{esc(text)}</dd></div>" for what, text in told)
        out += f'<li><p class="ask">{esc(title)}</p><dl>{lines}</dl></li>'
    return Html(f'<ol class="asks">{out}</ol>')


def terms(items: Iterable[tuple[object, object]]) -> None:
    """Glossary or method notes: (term, explanation) pairs."""
    _emit(Html('<dl class="terms">' + "".join(f"<dt>{esc(k)}</dt><dd>{esc(v)}</dd>" for k, v in items) + "</dl>"))


def callout(text: object, *, title: str = "", kind: str = "note", lang: str = "vi") -> None:
    """A box beside the story. ``kind``: note, warning, method."""
    _emit(callout_html(text, title=title, kind=kind, lang=lang))


def callout_html(text: object, *, title: str = "", kind: str = "note", lang: str = "vi") -> Html:
    if kind not in ("note", "warning", "method"):
        raise ValueError(f"kind {kind!r}: one of note, warning, method")
    head = f'<p class="callout-title">{esc(title)}</p>' if title else ""
    return Html(f'<div class="callout {kind}" role="note">{head}<p>{esc(text)}</p></div>')


@dataclass(frozen=True)
class Card:
    """One index on one card. Every field is plain text, a number for :func:`num`'s defaults, or :class:`Html`.

    direction: ``up``, ``down``, ``flat`` or ``None`` (what the change of the *score* means; drawn as a shape and a word).
    reason: why there is no figure; given, the card says "not published" and this sentence.
    """

    label: str
    value: object = None
    unit: str = ""
    change: object = None
    direction: str | None = None
    rank: object = None
    tier: object = None
    best: object = None
    edition: object = None
    reason: str | None = None
    note: str | None = None


def cards(items: Iterable[Card | Mapping[str, Any]], *, lang: str = "vi") -> None:
    """A row of cards: value large, then change with direction, rank, tier, best since, edition."""
    _emit(cards_html(items, lang=lang))


def cards_html(items: Iterable[Card | Mapping[str, Any]], *, lang: str = "vi") -> Html:
    out = []
    for item in items:
        card = item if isinstance(item, Card) else Card(**item)
        missing = card.reason is not None or blank(card.value)
        body = f'<p class="card-value">{esc(phrase("show.none", lang))}</p>' if missing else (
            f'<p class="card-value">{shown(card.value, lang)}'
            + (f'{" " * (card.unit != "%")}<span class="unit">{esc(card.unit)}</span>' if card.unit else "") + "</p>")
        if not missing and not blank(card.change):
            body += (f'<p class="card-change {card.direction or "flat"}">'
                     # the arrow is for the eye; the number's own sign says the same to a screen reader
                     + ('<span class="arrow" aria-hidden="true"></span> ' if card.direction else "")
                     + f"{shown(card.change, lang)}</p>")
        if card.reason:
            body += f'<p class="card-reason">{esc(card.reason)}</p>'
        rows = "".join(f"<div><dt>{esc(phrase(f'show.{key}', lang))}</dt><dd>{shown(value, lang)}</dd></div>"
                       for key, value in (("rank", card.rank), ("tier", card.tier), ("best", card.best),
                                          ("edition", card.edition)) if not blank(value))
        body += f"<dl>{rows}</dl>" if rows else ""
        body += f'<p class="card-note">{esc(card.note)}</p>' if card.note else ""
        out.append(f'<li class="card{" missing" if missing else ""}"><p class="card-label">{esc(card.label)}</p>{body}</li>')
    return Html(f'<ul class="cards">{"".join(out)}</ul>')


def table(df: pd.DataFrame, **rest: Any) -> None:
    """A table: the fields of :class:`Table`."""
    _emit(table_html(df, **rest))


def table_html(df: pd.DataFrame, **rest: Any) -> Html:
    return Table(df, **rest).html()


@dataclass(frozen=True)
class Figure:
    """A figure as the page shows it: title (the finding), drawing, source line, the table behind it, its CSV.

    Parameters
    ----------
    fig : matplotlib figure, or the text of an ``<svg>`` drawn by other means.
    title : the finding in a sentence; ``measure`` beneath it: measure, place, period.
    alt : what a reader who cannot see the figure must know. Empty → ``ValueError``.
    table : the numbers drawn, columns named as a reader would; shown under "Show the data" and offered as CSV.
    source : producer and edition, in words. note : breaks, reading rule.
    name : stem of the CSV's file name. wide : use the full page width. tight : crop to the drawing (slower: draws twice).
    narrow : the same drawn for a phone's width (SVG text), shown there instead; ``True``: the drawing itself shrinks to a phone
        and only its words keep their size; ``False``: it scrolls sideways there. half: in print beside the next such figure, as on
        a phone.
    """

    fig: MplFigure | str
    title: str
    alt: str
    table: pd.DataFrame
    source: object
    note: object = None
    measure: object = ""
    lang: str = "vi"
    name: str | None = None
    decimals: int | Mapping[str, int] | None = None
    wide: bool = False
    tight: bool = False
    narrow: str | bool = False
    half: bool = False

    def html(self) -> Html:
        if not self.alt or not self.alt.strip():
            raise ValueError(f"figure {self.title!r} has no alt text: say what it shows to a reader who cannot see it")
        key, rows = f"fig-{next(_count)}", rows_of(self.table)
        sub = f'<span class="measure">{esc(self.measure)}</span>' if self.measure else ""
        data = (f'<details class="data"><summary>{esc(phrase("show.table", self.lang))}</summary>'
                f"{Table(self.table, self.title, self.lang, self.decimals).grid(rows)}</details>")
        link = download(self.table, self.name or self.title, self.lang, rows)
        return Html(f'<figure class="chart{" wide" * self.wide}{" half" * self.half}" id="{key}"><figcaption>'
                    f'<span class="fig-title">{esc(self.title)}</span>{sub}</figcaption>{self.drawing(key)}'
                    f"{foot(self.source, self.note, self.lang, link)}{data}</figure>")

    def drawing(self, key: str) -> str:
        """The drawing or, where there is one for phones, both of them."""
        broad = svg(self.fig, prefix=key + "-", alt=self.alt, tight=self.tight)
        if isinstance(self.narrow, str) and self.narrow:
            small = svg(self.narrow, prefix=key + "n-", alt=self.alt)
            return f'<div class="drawing broad">{broad}</div><div class="drawing narrow">{small}</div>'
        if self.narrow:
            return f'<div class="drawing fits">{broad}</div>'
        # wider than a phone: it scrolls, by keyboard too
        label = _html.escape(f"{phrase('show.drawing', self.lang)}: {self.title}", quote=True)
        return f'<div class="drawing" role="group" tabindex="0" aria-label="{label}">{broad}</div>'


def figure(fig: MplFigure | str, *, close: bool = True, **rest: Any) -> None:
    """A figure: the fields of :class:`Figure`. ``close``: the matplotlib figure afterwards."""
    _emit(figure_html(fig, **rest))
    if close and not isinstance(fig, str):
        import matplotlib.pyplot as plt  # two tenths of a second, for the few pages with a figure of matplotlib's

        plt.close(fig)


def figure_html(fig: MplFigure | str, **rest: Any) -> Html:
    return Figure(fig, **rest).html()


def partial(reason: str) -> None:
    """Say that the page is whole although some data are not there; the reason is printed in the list of briefings."""
    from IPython.display import display

    display({STATUS_MIME: {"status": "partial", "reason": str(reason)}}, raw=True)


def _emit(markup: Html, beside: str = "") -> None:
    from IPython.display import display

    digest = hashlib.sha1(markup.encode(), usedforsecurity=False).hexdigest()
    display({"text/html": with_style(str(markup)) + beside, "text/plain": f"<{digest[:8]}>"}, raw=True)


@functools.cache
def _in_notebook() -> str:
    """The style that figures need where the page's is not: in Lab, light and dark, and in what nbconvert makes of a notebook.
    Pages leave it out (:func:`without_style`)."""
    folder = Path(__file__).parent / "template"
    page = (folder / "page.css").read_text(encoding="utf-8")
    light, dark = re.findall(r":root\{(.*?)(?:color-scheme[^}]*)?\}", page, re.S)[:2]
    own = (folder / "notebook.css").read_text(encoding="utf-8")
    return f"{_BEGIN}<style>figure.chart{{{light}}}body[data-jp-theme-light=false] figure.chart{{{dark}}}{own}</style>{_END}"


def with_style(markup: str) -> str:
    """What a cell displays, so that its figures look in a notebook as they do on the page."""
    return markup + _in_notebook() if "<figure" in markup else markup


def without_style(markup: str) -> str:
    """What a cell displayed, as a page takes it."""
    return re.sub(f"{_BEGIN}.*?{_END}", "", markup, flags=re.S)
