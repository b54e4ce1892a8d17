"""What a briefing's notebook shows: one call, one finished piece of the page.

Every function below takes plain values (strings, numbers, a DataFrame, a matplotlib figure), escapes all text, and
displays HTML that the page's own stylesheet knows. A notebook never writes a tag. Nothing here reads a file.

How a notebook and the page agree
---------------------------------
* Code is never shown. Only what a cell displays reaches the page: HTML, Markdown or text, in the order of the cells.
* Markdown cells are notes for the person who opens the notebook and stay out of the page, unless the cell is tagged
  ``vi`` or ``en`` (shown in that language) or ``page`` (shown in both). A page speaks one language, so its words come
  from code cells: :func:`heading`, :func:`paragraph`, :func:`markdown`, ...
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

import base64
import hashlib
import html as _html
import io
import itertools
import math
import re
import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from govlib.forms.formulas import safe

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

#: Colours of figures (on white; each contrasts 4.5:1 or more where it carries meaning). One colour, one meaning.
PALETTE: dict[str, str] = {
    "ink": "#1b2128",        # text and axes
    "muted": "#57606b",      # secondary text, ticks
    "rule": "#cfd6dd",       # grid lines
    "surface": "#f4f6f8",    # bands behind data
    "province": "#0b4f8a",   # the province the page is about
    "peers": "#a85500",      # named peers
    "region": "#6b4c9a",     # its region
    "nation": "#5b6673",     # all other provinces, the median
    "good": "#0a7560",       # a rise
    "bad": "#b3261e",        # a fall
    "province_soft": "#c6dbee", "peers_soft": "#f3dcc3", "region_soft": "#ddd3ec", "nation_soft": "#d9dee3",
    "good_soft": "#c8e6dd", "bad_soft": "#f5d0cc",
}
FONT = "Govlib Sans"
LANGUAGES = ("vi", "en")
STATUS_MIME = "application/vnd.govlib.status+json"

_WORDS = {
    "vi": {"source": "Nguồn", "note": "Ghi chú", "table": "Xem bảng số liệu", "csv": "Tải CSV", "none": "không công bố",
           "up": "tăng", "down": "giảm", "flat": "không đổi", "rank": "Thứ hạng", "tier": "Xếp loại", "best": "Cao nhất kể từ",
           "edition": "Kỳ đánh giá", "change": "Thay đổi", "figure": "Hình", "scroll": "Bảng, cuộn ngang được",
           "drawing": "Hình, cuộn ngang được", "back": ("đơn vị tính", "nguồn số liệu", "vị trí trong nguồn")},
    "en": {"source": "Source", "note": "Note", "table": "Show the data", "csv": "Download CSV", "none": "not published",
           "up": "up", "down": "down", "flat": "unchanged", "rank": "Rank", "tier": "Tier", "best": "Best since",
           "edition": "Edition", "change": "Change", "figure": "Figure", "scroll": "Table, scrolls sideways",
           "drawing": "Figure, scrolls sideways", "back": ("unit", "source", "locator")},
}
_count = itertools.count(1)


def restart() -> None:
    """Count figures from one again and forget what was shown: a page begins."""
    global _count
    _count = itertools.count(1)
    Html.made.clear()


# ---------------------------------------------------------------------------------------------------------------- text
class Html(str):
    """Text that is already safe HTML. ``value`` is the raw figure behind it and ``unit`` its unit, for CSV.

    pandas turns a column of these into its own strings, which forgets what they are; so each is remembered here, and a
    table takes a cell that reads exactly like one of them for what it was. Such a text has been made safe once already.
    """

    value: Any = None
    unit: str = ""
    made: dict[str, Html] = {}

    def __new__(cls, text: object = "") -> Html:
        self = super().__new__(cls, text)
        if "<" in self:
            cls.made[str(self)] = self
        return self

    def __html__(self) -> str:
        return str(self)


def esc(text: object) -> Html:
    """Text as HTML text: anything that is not :class:`Html` is escaped, so a tag inside a name is read, not run."""
    return text if isinstance(text, Html) else Html(_html.escape(str(text), quote=True))


def fmt(template: str, /, **values: object) -> Html:
    """``template.format(**values)`` where the template and every plain value are escaped, and :class:`Html` is kept."""
    out = []
    for literal, field, spec, _ in string.Formatter().parse(template):
        out.append(esc(literal))
        if field is not None:
            value = values[field]
            out.append(esc(format(value, spec) if spec else value))
    return _in_unit(Html("".join(out)), values.values())


def together(template: str, /, **values: object) -> Html:
    """:func:`fmt` of something short that must not be broken over two lines, an interval for instance."""
    return _in_unit(Html(f'<span class="together">{fmt(template, **values)}</span>'), values.values())


def _in_unit(text: Html, parts: Iterable[object]) -> Html:
    """The text with the unit of the numbers in it, where they have one in common."""
    units = {p.unit for p in parts if isinstance(p, Html) and p.unit}
    if len(units) == 1:
        text.unit = units.pop()
    return text


def join(parts: Iterable[object], between: str = " ") -> Html:
    """Pieces put together, each escaped unless it is :class:`Html`."""
    return Html(esc(between).join(esc(p) for p in parts))


def strong(text: object) -> Html:
    return Html(f"<strong>{esc(text)}</strong>")


def link(text: object, url: str) -> Html:
    """A citation. Only http(s), mailto and #anchors; anything else is shown as text, never followed."""
    if not re.match(r"(https?://|mailto:|#)", str(url)):
        return esc(f"{text} ({url})")
    return Html(f'<a href="{_html.escape(str(url), quote=True)}" rel="noopener">{esc(text)}</a>')


def num(value: float | int | str | None, *, source: str | None = None, locator: str | None = None, lang: str = "vi",
        decimals: int | None = None, sign: bool = False, unit: str = "", csv_unit: str = "") -> Html:
    """A number that carries where it came from.

    Parameters
    ----------
    value : the raw number (formatted here, decimal comma in Vietnamese), or text that is already formatted.
        ``None`` or NaN reads "not published".
    source, locator : id in the catalogue; sheet and cell, or address. Shown on hover or focus, listed in the page's
        notes, kept in print.
    decimals : digits after the decimal sign; ``None`` keeps integers whole and gives other numbers two.
    sign : write the plus of a rise. unit : put after the number ("điểm"). csv_unit : said in a CSV, not shown; else ``unit``.
    """
    missing = value is None or (isinstance(value, float) and math.isnan(value))
    text = _WORDS[lang]["none"] if missing else value if isinstance(value, str) else _number(value, lang, decimals, sign)
    attributes = f' data-source="{_html.escape(source, quote=True)}"' if source else ""
    attributes += f' data-locator="{_html.escape(str(locator), quote=True)}"' if source and locator else ""
    out = Html(f'<span class="num"{attributes}>{esc(text)}</span>' + (f" {esc(unit)}" if unit and not missing else ""))
    out.value, out.unit = None if missing else value, csv_unit or unit
    return out


# --------------------------------------------------------------------------------------------------- pieces of a page
def cover(*, title: str, subtitle: str = "", place: str = "", year: int | str = "", lang: str = "vi",
          edition: str = "", issued_by: str = "", facts: Sequence[tuple[object, object]] = ()) -> None:
    """The first sheet: the only ``<h1>``, place, year, who issues it, and up to six (label, value) facts."""
    _emit(cover_html(title=title, subtitle=subtitle, place=place, year=year, lang=lang, edition=edition,
                     issued_by=issued_by, facts=facts))


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
    if level not in (2, 3, 4):
        raise ValueError("level must be 2, 3 or 4: the cover has the only heading of level 1")
    _emit(Html(f"<h{level}>{esc(text)}</h{level}>"))


def paragraph(text: object, *, lead: bool = False) -> None:
    """One paragraph (plain text or :func:`fmt`); ``lead`` sets it larger, for the sentence under a heading."""
    _emit(Html(f'<p class="lead">{esc(text)}</p>' if lead else f"<p>{esc(text)}</p>"))


def markdown(text: str) -> None:
    """Markdown written by us. Never put data into it unescaped: for that there is :func:`fmt`."""
    from IPython.display import display

    display({"text/markdown": text, "text/plain": text}, raw=True)


def bullets(items: Iterable[object], *, ordered: bool = False) -> None:
    """A list, each item plain text or :class:`Html`."""
    tag = "ol" if ordered else "ul"
    _emit(Html(f"<{tag}>" + "".join(f"<li>{esc(i)}</li>" for i in items) + f"</{tag}>"))


def more(summary: object, items: Iterable[object]) -> None:
    """A list that opens when asked for: what is whole without it, and would tire a reader in a hurry. Not printed."""
    _emit(Html(f'<details class="more"><summary>{esc(summary)}</summary><ul>' + "".join(f"<li>{esc(i)}</li>" for i in items) + "</ul></details>"))


def findings(items: Iterable[object]) -> None:
    """The few sentences a reader in a hurry takes away: large, numbered, first on the page."""
    _emit(Html('<ol class="findings">' + "".join(f"<li>{esc(i)}</li>" for i in items) + "</ol>"))


def terms(items: Iterable[tuple[object, object]]) -> None:
    """Glossary or method notes: (term, explanation) pairs."""
    _emit(Html('<dl class="terms">' + "".join(f"<dt>{esc(k)}</dt><dd>{esc(v)}</dd>" for k, v in items) + "</dl>"))


def callout(text: object, *, title: str = "", kind: str = "note", lang: str = "vi") -> None:
    """A box beside the story. ``kind``: note, finding, warning, method."""
    _emit(callout_html(text, title=title, kind=kind, lang=lang))


def callout_html(text: object, *, title: str = "", kind: str = "note", lang: str = "vi") -> Html:
    if kind not in ("note", "finding", "warning", "method"):
        raise ValueError(f"kind {kind!r}: one of note, finding, warning, method")
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


def cards(items: Iterable[Card | Mapping[str, object]], *, lang: str = "vi") -> None:
    """A row of cards: value large, then change with direction, rank, tier, best since, edition."""
    _emit(cards_html(items, lang=lang))


def cards_html(items: Iterable[Card | Mapping[str, object]], *, lang: str = "vi") -> Html:
    words, out = _WORDS[lang], []
    for item in items:
        card = item if isinstance(item, Card) else Card(**item)
        missing = card.reason is not None or _blank(card.value)
        body = f'<p class="card-value">{esc(words["none"])}</p>' if missing else (
            f'<p class="card-value">{_shown(card.value, lang)}'
            + (f' <span class="unit">{esc(card.unit)}</span>' if card.unit else "") + "</p>")
        if not missing and not _blank(card.change):
            body += (f'<p class="card-change {card.direction or "flat"}">'
                     # the arrow is for the eye; the number's own sign says the same to a screen reader
                     + ('<span class="arrow" aria-hidden="true"></span> ' if card.direction else "")
                     + f"{_shown(card.change, lang)}</p>")
        if card.reason:
            body += f'<p class="card-reason">{esc(card.reason)}</p>'
        rows = "".join(f"<div><dt>{esc(words[key])}</dt><dd>{_shown(value, lang)}</dd></div>"
                       for key, value in (("rank", card.rank), ("tier", card.tier), ("best", card.best),
                                          ("edition", card.edition)) if not _blank(value))
        body += f"<dl>{rows}</dl>" if rows else ""
        body += f'<p class="card-note">{esc(card.note)}</p>' if card.note else ""
        out.append(f'<li class="card{" missing" if missing else ""}"><p class="card-label">{esc(card.label)}</p>{body}</li>')
    return Html(f'<ul class="cards">{"".join(out)}</ul>')


def table(df: pd.DataFrame, *, caption: str, lang: str = "vi", decimals: int | Mapping[str, int] | None = None,
          source: str = "", note: str | None = None, csv: bool = True, name: str | None = None,
          signed: Sequence[str] = (), row_header: bool = True) -> None:
    """A table with a caption, column headers as the frame's columns, the first column heading each row.

    Cells may be numbers, text or :func:`num`; ``None``/NaN reads "–". ``decimals``: one for all, or by column.
    ``signed``: columns whose plus is written. ``csv``: offer the raw values (formula-safe). ``name``: file name stem.
    """
    _emit(table_html(df, caption=caption, lang=lang, decimals=decimals, source=source, note=note, csv=csv, name=name,
                     signed=signed, row_header=row_header))


def table_html(df, *, caption, lang="vi", decimals=None, source="", note=None, csv=True, name=None, signed=(),
               row_header=True) -> Html:
    rows = _rows(df)
    foot = _foot(source, note, lang, download(df, name or caption, lang, rows) if csv else "")
    return Html(f'<div class="table-block">{_table(df, caption, lang, decimals, signed, row_header, rows)}{foot}</div>')


def figure(fig: Figure | str, *, title: str, alt: str, table: pd.DataFrame, source: str, note: str | None = None,
           measure: str = "", lang: str = "vi", name: str | None = None, decimals: int | Mapping[str, int] | None = None,
           wide: bool = False, tight: bool = False, narrow: str | bool = False, close: bool = True) -> None:
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
        and only its words keep their size; ``False``: it scrolls sideways there.
    close : close the matplotlib figure afterwards.
    """
    _emit(figure_html(fig, title=title, alt=alt, table=table, source=source, note=note, measure=measure, lang=lang,
                      name=name, decimals=decimals, wide=wide, tight=tight, narrow=narrow))
    if close and not isinstance(fig, str):
        import matplotlib.pyplot as plt

        plt.close(fig)


def figure_html(fig, *, title, alt, table, source, note=None, measure="", lang="vi", name=None, decimals=None,
                wide=False, tight=False, narrow=False) -> Html:
    if not alt or not alt.strip():
        raise ValueError(f"figure {title!r} has no alt text: say what it shows to a reader who cannot see it")
    key, rows = f"fig-{next(_count)}", _rows(table)
    drawing = svg(fig, prefix=key + "-", alt=alt, tight=tight)
    if narrow is True:
        drawing = f'<div class="drawing fits">{drawing}</div>'
    elif not narrow:  # wider than a phone: it scrolls, by keyboard too
        label = _html.escape(f"{_WORDS[lang]['drawing']}: {title}", quote=True)
        drawing = f'<div class="drawing" role="group" tabindex="0" aria-label="{label}">{drawing}</div>'
    else:
        small = svg(narrow, prefix=key + "n-", alt=alt)
        drawing = f'<div class="drawing broad">{drawing}</div><div class="drawing narrow">{small}</div>'
    sub = f'<span class="measure">{esc(measure)}</span>' if measure else ""
    data = (f'<details class="data"><summary>{esc(_WORDS[lang]["table"])}</summary>'
            f'{_table(table, title, lang, decimals, (), True, rows)}</details>')
    return Html(f'<figure class="chart{" wide" if wide else ""}" id="{key}"><figcaption><span class="fig-title">{esc(title)}'
                f'</span>{sub}</figcaption>{drawing}'
                f'{_foot(source, note, lang, download(table, name or title, lang, rows))}{data}</figure>')


def partial(reason: str) -> None:
    """Say that the page is whole although some data are not there; the reason is printed in the list of briefings."""
    from IPython.display import display

    display({STATUS_MIME: {"status": "partial", "reason": str(reason)}}, raw=True)


# --------------------------------------------------------------------------------------------------------- the drawing
def use_style() -> None:
    """Set matplotlib for briefings: the page's own font, sober axes, text kept as text. Call once, before drawing."""
    import matplotlib as mpl
    from matplotlib import font_manager

    folder = Path(__file__).parent / "template" / "fonts"
    known = {f.fname for f in font_manager.fontManager.ttflist}
    for path in sorted(folder.glob("*.ttf")):
        if str(path) not in known:
            font_manager.fontManager.addfont(path)
    p = PALETTE
    mpl.rcParams.update({
        "font.family": [FONT, "DejaVu Sans"], "font.size": 11, "svg.fonttype": "none", "svg.hashsalt": "govlib",
        "figure.figsize": (7.6, 4.0), "figure.dpi": 72, "figure.subplot.left": 0.07, "figure.subplot.right": 0.98,
        "figure.subplot.top": 0.95, "figure.subplot.bottom": 0.09, "savefig.transparent": True, "figure.facecolor": "none",
        "axes.facecolor": "none", "axes.edgecolor": p["rule"], "axes.labelcolor": p["muted"], "axes.titlesize": 12,
        "axes.titlecolor": p["ink"], "axes.titlelocation": "left", "axes.spines.top": False, "axes.spines.right": False,
        "axes.grid": False, "axes.axisbelow": True, "grid.color": p["rule"], "grid.linewidth": 0.8,
        "text.color": p["ink"], "xtick.color": p["muted"], "ytick.color": p["muted"], "xtick.major.size": 0,
        "ytick.major.size": 0, "lines.linewidth": 2.0, "lines.solid_capstyle": "round", "legend.frameon": False,
        "axes.unicode_minus": True, "axes.formatter.use_mathtext": False,
    })


def svg(fig: Figure | str, *, prefix: str, alt: str, tight: bool = False) -> Html:
    """One self-contained ``<svg role="img">``: same bytes for the same drawing, ids that cannot clash, no metadata,
    palette colours as stylesheet variables, no script, nothing fetched."""
    if isinstance(fig, str):
        text = fig
    else:
        import matplotlib as mpl

        buffer = io.StringIO()
        with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "govlib"}):
            fig.savefig(buffer, format="svg", transparent=True, bbox_inches="tight" if tight else None,
                        metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
        text = buffer.getvalue()
    match = re.search(r"<svg\b([^>]*)>(.*)</svg>", text, re.S)
    if match is None:
        raise ValueError("not an SVG drawing")
    attributes, inner = match.groups()
    box = re.search(r'viewBox="([^"]+)"', attributes)
    if box is None:
        raise ValueError("the SVG drawing has no viewBox: it could not shrink to a phone")
    if re.search(r"<(script|foreignObject|image|style\b[^>]*>\s*@import)|\son\w+=|(href|src)=\"(?!#)", inner) and _acts(inner):
        raise ValueError("the SVG drawing holds a script, a picture or an outside address")
    inner = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", inner, flags=re.S)
    inner = inner.replace("xlink:href=", "href=")
    used = dict.fromkeys(re.findall(r'(?:url\(#|href="#)([^")]+)', inner))
    short = {old: f"{prefix}{i}" for i, old in enumerate(used)}
    inner = re.sub(r' id="([^"]+)"', lambda m: f' id="{short[m[1]]}"' if m[1] in short else "", inner)
    inner = re.sub(r'(url\(#|href="#)([^")]+)', lambda m: m[1] + short[m[2]], inner)
    # a hundredth of a point is finer than any printer; what is written in the drawing keeps its digits
    inner = re.sub(r"<[^>]+>", lambda tag: re.sub(r"-?\d+\.\d{3,}", _round, tag[0]), inner)
    inner = re.sub(r"#[0-9a-fA-F]{6}\b", _variable, inner)
    for pattern, short_form in _COMPACT:
        inner = re.sub(pattern, short_form, inner)
    width = box[1].split()[2]
    return Html(f'<svg role="img" aria-label="{_html.escape(alt, quote=True)}" viewBox="{box[1]}" '
                'stroke-linejoin="round" stroke-linecap="butt" '
                f'style="max-width:{float(width) * 4 / 3:.0f}px">{inner.strip()}</svg>')


# What matplotlib writes and a page does not need. Its <style> would apply to the whole page, not to the drawing.
_COMPACT = [
    (r"<defs>\s*<style[^>]*>\*\{[^}]*\}</style>\s*</defs>", ""),
    (r' transform="rotate\(-0 [^"]*\)"', ""),
    (rf"font-family: '{FONT}', 'DejaVu Sans'; |;font-family:'{FONT}',sans-serif", ""),
    (r'<path d="[^"]*" style="fill: none"/>', ""),
    (r"\s*\n\s*", " "),
    (r"(?<=[MLQCz]) (?=[-\d])| (?=[MLQCz][\s\d])| (?=z\s?\")|(?<=z) (?=\")|(?<=>) +(?=<(?!tspan))", ""),
    (r"<g/>", ""), (r"<g></g>", ""), (r"<g></g>", ""), (r"<defs></defs>", ""),
]


def _acts(inner: str) -> bool:
    """Whether elements or attributes of a drawing would run or fetch something; the same words in its text do not."""
    from xml.etree import ElementTree

    try:
        tree = ElementTree.fromstring(f'<svg xmlns:xlink="http://www.w3.org/1999/xlink">{inner}</svg>')
    except ElementTree.ParseError:
        return True
    for element in tree.iter():
        if element.tag.rpartition("}")[2] in ("script", "foreignObject", "image") or "@import" in (element.text or "") and element.tag.endswith("style"):
            return True
        for name, value in element.attrib.items():
            name = name.rpartition("}")[2]
            if name.startswith("on") or (name in ("href", "src") and not value.startswith("#")):
                return True
    return False


def _round(match: re.Match) -> str:
    text = f"{float(match[0]):.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


_VARIABLES = {hexa: f"var(--{name.replace('_', '-')})" for name, hexa in PALETTE.items()}


def _variable(match: re.Match) -> str:
    return _VARIABLES.get(match[0].lower(), match[0])


# ------------------------------------------------------------------------------------------------------ tables and CSV
def _cell(value: object) -> object:
    """A cell as it was before pandas made it a plain string."""
    return Html.made.get(value, value) if type(value) is str and "<" in value else value


def _rows(df: pd.DataFrame) -> list[tuple]:
    """The frame's cells as Python objects, taken out of it once."""
    return [tuple(_cell(v) for v in row) for row in df.itertuples(index=False, name=None)]


_SOURCED = re.compile(r'<span class="num" data-source="([^"]*)"(?: data-locator="([^"]*)")?>')


def leads_back(columns: Sequence[object], rows: Iterable[tuple]) -> list[tuple[str, str, str]]:
    """(unit, source, locator) of each row's numbers that carry a source.

    Each is one text where it holds for all of them, else ``column: text | column: text`` (:func:`govlib.collect.locators.along`); a
    cell with several numbers has their places joined by `` & ``.
    """
    from govlib.collect.locators import along

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
        if _blank(value):
            return ""
        if hasattr(value, "item"):
            value = value.item()
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return repr(value)
        text = str(safe(str(value)))
        return '"' + text.replace('"', '""') + '"' if re.search(r'[",\r\n]', text) else text

    rows, head = _rows(df) if rows is None else rows, tuple(str(c) for c in df.columns)
    back = leads_back(head, rows)
    if any(source for _, source, _ in back):
        head, rows = head + _WORDS[lang]["back"], [(*row, *three) for row, three in zip(rows, back, strict=True)]
    return "".join(",".join(cell(v) for v in line) + "\r\n" for line in [head, *rows])


def download(df: pd.DataFrame, name: str, lang: str = "vi", rows: list[tuple] | None = None) -> Html:
    """A link that holds the CSV itself (UTF-8 with a byte-order mark, which Excel needs for diacritics)."""
    stem = re.sub(r"[^a-z0-9]+", "-", _plain(name)).strip("-")[:60] or "data"
    data = base64.b64encode(("\ufeff" + csv_text(df, rows, lang)).encode()).decode()
    return Html(f'<a class="csv" download="{stem}.csv" href="data:text/csv;charset=utf-8;base64,{data}">'
                f'{esc(_WORDS[lang]["csv"])}<span class="visually-hidden">: {esc(name)}</span></a>')


_N = ' class="n"'
_PRINTED = re.compile(r"(\w+ )?[+−-]?\d[\d.,]*%?")  # "or +0.26" stands under other numbers too


def _table(df, caption, lang, decimals, signed, row_header, rows=None) -> str:
    rows = _rows(df) if rows is None else rows
    columns = list(zip(*rows, strict=True)) if rows else [()] * df.shape[1]
    form = [(_N if _is_numeric(values) else "", decimals.get(c) if isinstance(decimals, Mapping) else decimals, c in signed)
            for c, values in zip(df.columns, columns, strict=True)]
    head = "".join(f'<th scope="col"{n}>{esc(c)}</th>' for c, (n, _, _) in zip(df.columns, form, strict=True))
    body = []
    for row in rows:
        cells = [f"<td{n}>{_shown(value, lang, digits, sign)}</td>" for value, (n, digits, sign) in zip(row, form, strict=True)]
        if row_header:
            cells[0] = f'<th scope="row"{cells[0][3:-5]}</th>'
        body.append(f"<tr>{''.join(cells)}</tr>")
    label = _html.escape(f"{_WORDS[lang]['scroll']}: {caption}", quote=True)
    return (f'<div class="scroll" role="group" tabindex="0" aria-label="{label}"><table><caption>{esc(caption)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>")


def _foot(source, note, lang, download_link="") -> str:
    words, out = _WORDS[lang], ""
    if note:
        out += f'<p class="fig-note"><b>{esc(words["note"])}:</b> {esc(note)}</p>'
    if source:
        out += f'<p class="fig-source"><b>{esc(words["source"])}:</b> {esc(source)}</p>'
    return f'<div class="foot">{out}{download_link}</div>' if out or download_link else ""


def _is_numeric(column) -> bool:
    """Numbers, or text that is a number already printed ("+0,27"): set to the right, where digits stand under digits."""
    values = [v.value if isinstance(v, Html) and v.value is not None else v for v in column if not _blank(v)]
    values = [v for v in values if v != "–"]
    return bool(values) and all(isinstance(v, (int, float)) or hasattr(v, "dtype") or isinstance(v, str) and _PRINTED.fullmatch(v)
                                for v in values) and not any(isinstance(v, bool) for v in values)


def _blank(value: object) -> bool:
    if value is None:
        return True
    if isinstance(value, str):
        return value == ""
    try:
        return bool(value != value)  # NaN and NaT are the only values unlike themselves
    except (TypeError, ValueError):  # pandas' NA refuses to be true or false
        return True


def _shown(value: object, lang: str, decimals: int | None = None, sign: bool = False) -> str:
    if isinstance(value, Html):
        return str(value)
    if _blank(value):
        return "–"
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return esc(value)
    return esc(_number(value, lang, decimals, sign))


def _number(value: float, lang: str, decimals: int | None, sign: bool = False) -> str:
    """As :mod:`govlib.words.wording` prints numbers; without ``decimals`` a whole number stays as it is (it may be a year) and
    another gets two digits."""
    from govlib.words import wording

    if decimals is None and float(value).is_integer() and not isinstance(value, float):
        text = f"{abs(value)}"
        return ("−" if value < 0 else "+" if sign and value else "") + text
    decimals = 2 if decimals is None else decimals
    return wording.signed(value, lang, decimals) if sign else wording.number(value, lang, decimals)


def _plain(text: str) -> str:
    import unicodedata

    out = unicodedata.normalize("NFD", str(text)).replace("đ", "d").replace("Đ", "D")
    return "".join(c for c in out if not unicodedata.combining(c)).lower()


def _emit(markup: Html) -> None:
    from IPython.display import display

    display({"text/html": str(markup), "text/plain": f"<{hashlib.sha1(markup.encode()).hexdigest()[:8]}>"}, raw=True)
