"""The content of a briefing as plain blocks, in the page's order and by the page's own functions, so that no number can differ."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from govlib.publish.content import Page
from govlib.publish.sections.evidence import estimates
from govlib.publish.tables import rows_of
from govlib.words.tables import phrase

STANDING = (0.192, 0.078, 0.09, 0.418, 0.104, 0.118)  # of the width: "PAR INDEX 2021", "0,7364", "+0,0246", "published" unbroken
LETTER = 0.21  # millimetres a point of type: the widest common letters of Times
FULL = 5  # components asked for, beside which two sides have no room for the picture


@dataclass(frozen=True)
class Block:
    """``kind``: heading (``level`` 1 or 2), paragraph, bullets, table or figure. ``text``: the words of a heading or paragraph, the
    caption of a table or figure; ``rows``: bullets as one-column rows, or a table with its head; ``png``: makes the
    picture; ``note`` and ``source`` beneath; ``shares``: of a table's width; ``running``: its cells hold
    text of several parts, a title and ``what: told``, that are set one after another; ``title``: a figure's finding, with which
    its caption begins; ``measure``: what its numbers are, with which it ends."""

    kind: str
    text: str = ""
    level: int = 1
    rows: tuple[tuple[str, ...], ...] = ()
    png: Callable[[], bytes] = bytes
    alt: str = ""
    note: str = ""
    source: str = ""
    numeric: tuple[bool, ...] = field(default=())
    shares: tuple[float, ...] = field(default=())
    running: bool = False
    title: str = ""
    measure: str = ""


def plain(markup: object) -> str:
    """HTML as the words a reader sees."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", "", str(markup)))).strip()


def widths(rows: Sequence[Sequence[str]], whole: float, points: float = 11) -> list[float]:
    """A table's columns in millimetres, together ``whole``: each holds its longest word in type of so many ``points`` (unless all
    of them do not fit), the rest is shared by how long the texts are."""
    columns = list(zip(*rows, strict=True))
    least = [max((len(word) for text in column for word in text.split()), default=1) * LETTER * points + 5 for column in columns]
    least = [w * min(1, whole / sum(least)) for w in least]
    wanted = [max(w, min(70.0, max(map(len, column)) * 1.3)) for w, column in zip(least, columns, strict=True)]
    return [w + (whole - sum(least)) * more / sum(wanted) for w, more in zip(least, wanted, strict=True)]


def heading(page: Page, key: str, level: int = 1, **values: object) -> Block:
    return Block("heading", page.label(key, **values), level)


def paragraph(text: object) -> Block:
    return Block("paragraph", plain(text))


def bullets(items: Iterable[object]) -> Block:
    return Block("bullets", rows=tuple((plain(i),) for i in items))


def table(told: Mapping[str, Any]) -> Block:
    """What ``show.table`` is given."""
    head = tuple(plain(c) for c in told["df"].columns)
    body = [tuple("–" if v is None or plain(v) in ("", "nan", "None") else plain(v) for v in row) for row in rows_of(told["df"])]
    numeric = tuple(bool(body) and all(re.fullmatch(r"[+−-]?[\d.,]+%?( \(.*\))?[*†]?|–|\d+/\d+\*?", row[k]) for row in body)
                    for k in range(len(head)))
    return Block("table", plain(told["caption"]), rows=(head, *body), numeric=numeric, **_foot(told))


def figure(told: Mapping[str, Any]) -> Block:
    """What ``show.figure`` is given."""
    title, measure = plain(told["title"]), plain(told.get("measure", ""))
    return Block("figure", f"{title}. {measure}.", title=title, measure=measure, png=told["fig"].png, alt=told["alt"],
                 **_foot(told))


def _foot(told: Mapping[str, Any]) -> dict[str, Any]:
    """Note and source, each called so; the annex is the page's: no document has one."""
    lang = told["lang"]
    said = {k: f"{phrase(f'show.{k}', lang)}: {plain(told[k])}" for k in ("note", "source") if told.get(k)}
    return {k: text.replace(phrase("office.annex", lang), phrase("office.annex_there", lang)) for k, text in said.items()}


def summary(page: Page, *, tight: bool = False) -> list[Block]:
    """The two pages first. ``tight``: for two printed sides, with what is asked as one table and nothing said twice."""
    standing, drawn, asks = table(page.standing_table()), page.places_figure(), page.asks()
    out = [heading(page, page.standing_title()), paragraph(page.standing_lead()),
           replace(standing, shares=STANDING) if tight else standing]
    if drawn and not tight:
        out.append(figure(drawn))
    elif drawn and len(asks) < FULL:  # the newest places are in the table above, and so are the sources
        out.append(replace(figure(drawn), text=plain(drawn["measure"]), source=""))
    out += [heading(page, "heading.unknown", 2), bullets(page.unknown()), heading(page, "heading.now")]
    beside = [plain(told) for told in (page.asks_lead(), page.watch(), page.unestimated()) if told]
    if tight and asks:
        out.append(_asks_table(page, " ".join(beside)))
    else:
        out.append(paragraph(beside[0]))
        for k, (title, lines) in enumerate(asks, 1):
            out += [Block("heading", f"{k}. {plain(title)}", 2), bullets(f"{what}: {plain(text)}" for what, text in lines)]
        out += map(paragraph, beside[1:])
    if lowest := page.lowest_table():
        out.append(table(lowest))
    left = page.outstanding()
    return [*out, heading(page, "heading.outstanding", 2), bullets(left) if left else paragraph(page.nothing_left())]


def _asks_table(page: Page, note: str) -> Block:
    """A row a component: what it is, then each line of what is told of it."""
    rows = [(page.label("office.no"), page.label("office.component"))]
    for k, (title, lines) in enumerate(page.asks(), 1):
        told = [f"{what}: {plain(text)}" for what, text in lines]
        rows.append((str(k), "\n".join(line if line[-1] in ".)" else f"{line}." for line in (f"{plain(title)}.", *told))))
    return Block("table", rows=tuple(rows), numeric=(False, False), shares=(0.06, 0.94), running=True, note=note)


def body(page: Page) -> list[Block]:
    """The body behind the two pages, without the annex."""
    out = [heading(page, "heading.findings"), bullets(page.findings()), paragraph(page.reading_rule()),
           heading(page, "heading.components")]
    for index_id, edition in page.with_components():
        out += [Block("heading", page.components_heading(index_id, edition), 2),
                paragraph(page.components_intro(index_id, edition))]
        both = page.spine_figure(index_id, edition), page.waterfall_figure(index_id, edition)
        out += [figure(drawn) for drawn in both if drawn]
        if (items := page.indicators_table(index_id, edition)):
            out.append(table(items))
    out.append(heading(page, "heading.region"))
    for told, beside in page.region_tables():
        out += [paragraph(told), *([table(beside)] if beside else [])]
    trends = [drawn for index_id in ("pci", "papi") if (drawn := page.trend_figure(index_id))]
    if trends:
        out += [heading(page, "heading.trends"), *map(figure, trends)]
    out.append(heading(page, "heading.reforms"))
    done = page.reforms_short()
    out.append(table(done) if done else paragraph(page.label("reforms.none")))
    if len(estimates(page)):
        out.append(paragraph(page.evidence_lead()))
    out += [heading(page, "heading.leads"), paragraph(page.leads_intro())]
    if (held := page.portfolio_table()):
        out.append(table(held))
    return out
