"""Where each number of a page comes from: small numbers in the text, and the list that they lead to."""

from __future__ import annotations

import contextlib
import html as _html
import re
from collections.abc import Iterable

from govlib.collect import locators
from govlib.errors import UnknownName
from govlib.known import catalogue
from govlib.publish.markup import link
from govlib.words.tables import phrase, under

OWN = ("govlib", "estimates", "institute")  # sources that are no publisher's
_ADDRESS = re.compile(r"(https?://\S*[^\s,;.)])")
_BLOCKS = ("p", "li", "dd", "table")  # a note is put at the end of the innermost of these (a table's: in its caption)


def numbered(body: str, lang: str) -> str:
    """Notes for the numbers: a small number that leads to the source at the end of each paragraph, item or table, and
    the list of sources with the places of the numbers in them. Print, which leaves out the tables behind the figures, leaves
    out their places too."""
    order: dict[str, dict[str, bool]] = {}  # source → place → whether it stands anywhere but behind a figure
    behind, position, note = False, 0, phrase("page.note", lang)
    out: list[str] = []
    stack: list[tuple[str, list[str]]] = []
    pattern = re.compile(r'<(/?)(p|li|dd|table|caption)\b[^>]*>|<span class="num" data-source="([^"]*)"'
                         r'(?: data-locator="([^"]*)")?[^>]*>|<details\b[^>]*>|</details>')
    tables: list[tuple[int, list[str]]] = []

    def marks(sources: list[str]) -> str:
        links = []
        for source in dict.fromkeys(sources):
            n = list(order).index(source) + 1
            links.append(f'<a href="#src-{n}" data-for="{source}" aria-label="{note} {n}">{n}</a>')
        return f'<sup class="fn">{", ".join(links)}</sup>' if links else ""

    for match in pattern.finditer(body):
        closing, tag, found, place = match.groups()
        if found is not None:
            places = order.setdefault(found, {})
            if place:
                places[place] = places.get(place, False) or not behind
            in_table = [entry for entry in stack if entry[0] == "table"]
            for entry in (in_table[:1] or stack[-1:]):
                entry[1].append(found)
        elif not tag:
            behind = match[0].startswith('<details class="data"')
        elif not closing and tag in _BLOCKS:
            out.append(body[position:match.end()])
            position = match.end()
            stack.append((tag, []))
            if tag == "table":
                tables.append((len(out), stack[-1][1]))
                out.append("")  # the caption's end is filled in when the table has been read
        elif tag == "caption" and closing and stack and stack[-1][0] == "table":
            out.append(body[position:match.start()])
            position = match.start()
            tables[-1] = (len(out), stack[-1][1])
            out.append("")
        elif tag in _BLOCKS and closing and stack and stack[-1][0] == tag:
            _, sources = stack.pop()
            if tag == "table":
                at, _ = tables.pop()
                out[at] = marks(sources)
            elif sources:
                out.append(body[position:match.start()] + marks(sources))
                position = match.start()
    body = "".join(out) + body[position:]
    if not order:
        return body
    end = body.rfind("<!--/part-->") if "<!--part annex-->" in body else len(body)  # the list is part of the annex
    return body[:end] + _sources(order, lang) + body[end:]


def _sources(order: dict[str, dict[str, bool]], lang: str) -> str:
    """The list of the sources in their order, each with its places in it."""
    words, items = under("page", lang), []
    for n, (source, places) in enumerate(order.items(), 1):
        name, citation = _citation(_html.unescape(source), lang)
        where, shown, hidden = "", [p for p in places if places[p]], [p for p in places if not places[p]]
        if places:
            # print keeps only the number of very many places, or of our own recipes: the page has them
            many = " behind" if not shown else " many" if len(shown) > 60 or source in OWN else ""
            where = f'<details class="locators{many}"><summary>{words["where"]} ({len(places)})</summary>'
            where += f"<p>{_listed(shown)}</p>" if shown else ""
            where += (f'<p class="behind">{words["behind"]}: {_listed(hidden)}</p>' if hidden else "") + "</details>"
        items.append(f'<li id="src-{n}" data-note="{source}" data-title="{_html.escape(name, quote=True)}">{citation}{where}</li>')
    lead = f'<p>{words["sources_lead"]} <span class="hover">{words["sources_hover"]}</span></p>'
    return f'\n<h2>{words["sources"]}</h2>\n<div class="sources">{lead}<ol>{"".join(items)}</ol></div>'


def _listed(places: Iterable[str]) -> str:
    """Places of the page's attributes as one text of it, those of a sheet, row or recipe together."""
    return _html.escape(locators.listed(map(_html.unescape, places)))


def _citation(source: str, lang: str) -> tuple[str, str]:
    """Short name and full citation of a catalogue entry; the bare id where the catalogue does not know it."""
    with contextlib.suppress(UnknownName):
        entry = catalogue.source(source)
        citation, url, title, producer = (v if isinstance(v, str) else "" for v in (entry.citation, entry.url, *entry.named(lang)))
        title = title or source
        # a Vietnamese page names its sources in Vietnamese; the citation in the language of the work is in the list of sources
        named = f"{producer[:1].upper()}{producer[1:]}. {title}." if lang == "vi" and producer else citation or title
        text = "".join(link(part, part) if k % 2 else _html.escape(part) for k, part in enumerate(_ADDRESS.split(named)))
        text += f' <span class="locators">[{_html.escape(source)}]</span>'
        if url and (lang == "vi" or url not in citation):
            text += f" {link(url, url)}"
        return title, text
    if source in OWN:
        name, text = phrase(f"own_source.{source}.name", lang), phrase(f"own_source.{source}.what", lang)
        return name, f'{_html.escape(text)} <span class="locators">[{_html.escape(source)}]</span>'
    return source, f"<code>{_html.escape(source)}</code>"
