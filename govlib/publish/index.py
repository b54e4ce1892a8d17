"""The list of a year's briefings: every province, what there is, and why something is missing.

It is made from the records beside the pages, so it tells the truth after any run, whole or stopped. Two files,
``index.html`` (Vietnamese) and ``index.en.html``; sorting and searching work from a folder, without a server.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from govlib.known import provinces
from govlib.publish.export import HERE, STANDS_ALONE, page_template, stylesheet
from govlib.words.tables import phrase, under

READS = ("govlib/publish/template/list.js",)
ORDER = {"failed": 0, "none": 1, "partial": 2, "built": 3}
# the letters of the Vietnamese alphabet by their marks, and the marks of tone in their order
_LETTERS, _TONES = {"\u0306": 1, "\u0302": 2, "\u031b": 3}, "\u0300\u0309\u0303\u0301\u0323"


def alphabetical(name: str) -> tuple:
    """Sorts names as a Vietnamese list does, and a browser: a ă â, d đ, tones last.

    >>> sorted(["Đồng Nai", "Bắc Ninh", "Bạc Liêu", "Bà Rịa"], key=alphabetical)
    ['Bà Rịa', 'Bạc Liêu', 'Bắc Ninh', 'Đồng Nai']
    """
    letters: list[list] = []
    for c in unicodedata.normalize("NFD", name.lower()):
        if c in _LETTERS and letters:
            letters[-1][1] = _LETTERS[c]
        elif c in _TONES and letters:
            letters[-1][2] = _TONES.index(c) + 1
        else:
            letters.append(["d", 1, 0] if c == "đ" else [c, 0, 0])
    return [x[:2] for x in letters], [x[2] for x in letters]


def _why(pages: dict[str, dict[str, Any]], lang: str) -> str:
    """What is the matter with a province's pages, as HTML: what failed, and of which language where not of all; else what is
    missing in the data, told once."""
    failed: dict[str, list[str]] = {}
    for code, record in pages.items():
        if record["status"] == "failed":
            failed.setdefault(_reason(record["reason"], lang), []).append(code)
    if failed:
        return "; ".join(reason if len(codes) == len(pages) else f"{', '.join(phrase(f'list.{c}', lang) for c in codes)}: {reason}"
                         for reason, codes in failed.items())
    partial = {code: record["reason"] for code, record in pages.items() if record["reason"]}
    if lang in partial or not partial:
        return html.escape(partial.get(lang, ""))
    code, reason = next(iter(partial.items()))
    return f'<span lang="{code}">{html.escape(reason)}</span>'


# what the driver says of a page that failed; what a notebook's cell says is English and stays as it is
_FAILED = ((r"the kernel died", "kernel_died"), (r"a cell took longer than (?P<seconds>\d+) seconds", "too_slow"),
           (r"its worker died \((?P<why>.*)\)", "worker_died"),
           (r"(?:No space left on device|Disk quota exceeded)\b.*", "disk_full"),
           (r"Permission denied\b.*|Read-only file system\b.*", "not_allowed"))


def _reason(reason: str, lang: str) -> str:
    """Why a page failed, as HTML in the language of the list where there are words for it."""
    if lang == "vi":
        for pattern, key in _FAILED:
            if match := re.fullmatch(pattern, reason):
                return html.escape(phrase(f"page_failed.{key}", lang, **match.groupdict()))
        return f'<span lang="en">{html.escape(reason)}</span>'
    return html.escape(reason)


def render(folder: Path, year: int, lang: str, entries: list[dict[str, Any]], national: dict[str, Any]) -> str:
    """The list as HTML."""
    words = under("list", lang)
    states = [s for s in ("built", "partial", "failed", "none") if any(e["state"] == s for e in entries)]
    record, overview = national.get(lang), ""
    if record and record["status"] != "failed":
        overview = f'<p class="lead" id="national"><a href="national.{lang}.html">{words["national"]}</a></p>'
    elif record:
        overview = (f'<p id="national"><span class="status failed">{words["national"]}: {words["failed"]}</span> '
                    f'{_reason(record["reason"], lang)}</p>')
    if (folder / f"changes.{lang}.html").is_file():
        overview += f'<p id="changes"><a href="changes.{lang}.html">{words["changes"]}</a></p>'
    ordered = sorted(entries, key=lambda e: alphabetical(by_name(e["slug"], lang, year)))
    return page_template("list.html.j2").render(
        lang=lang, other="en" if lang == "vi" else "vi", year=year, words=words,
        title=html.escape(words["title"].format(year=year)),
        css=stylesheet(), policy=STANDS_ALONE, overview=overview,
        body="\n".join(_row(folder, year, lang, entry) for entry in ordered),
        options=[(s, sum(e["state"] == s for e in entries)) for s in states],
        headers=[("province", ' data-sort aria-sort="ascending"'), ("region", " data-sort"), ("pages", ""),
                 ("status", " data-sort"), ("why", " data-sort")],
        script=(HERE / "template" / "list.js").read_text(encoding="utf-8"))


def _part(file: str, words: Mapping[str, str]) -> str:
    """Which part of a briefing a file is, before its name: three links of one name would lead to three files."""
    return next((f"{words[part]} " for part in ("summary", "annex") if f".{part}." in file), "")


def by_name(slug: str, lang: str, year: int) -> str:
    """What a province is sorted by."""
    return provinces.name(slug, lang, year).removeprefix("TP. ")


def _row(folder: Path, year: int, lang: str, entry: dict[str, Any]) -> str:
    """One province: name, region, its pages, how they are, and why."""
    words, slug, state = under("list", lang), entry["slug"], entry["state"]
    province = provinces.get(slug, year)
    region = provinces.regions()[province.region][0 if lang == "vi" else 1] if province.region in provinces.regions() else ""
    name = html.escape(provinces.name(slug, lang, year))
    formed = ""
    if province.valid_from and len(province.predecessors) > 1:
        old = ", ".join(provinces.name(s, lang, province.valid_from.year - 1) for s in province.predecessors)
        formed = f'<span class="formed">{html.escape(words["formed"].format(old=old))}</span>'
    files = [(code, file) for code, record in entry["pages"].items() for file in record["files"]]
    whose = f'<span class="visually-hidden">, {name}</span></a>'
    links = [f'<a href="{file}" hreflang="{code}">{_part(file, words)}{words[code]}{whose}'
             for code, file in files if file.endswith(".html")]
    links += [f'<a href="{file}">{_part(file, words)}{words["pdf"]} {code}{whose}'
              for code, file in files if file.endswith(".pdf")]
    links += [f'<a href="{slug}/index.{code}.html" hreflang="{code}">{words["departments"]} {words[code]}{whose}'
              for code in entry["sheets"]]
    why = _why(entry["pages"], lang)
    if state == "failed":
        kept = [f"failed/{slug}.{code}.ipynb" for code in entry["pages"] if (folder / "failed" / f"{slug}.{code}.ipynb").is_file()]
        earlier = [words[code] for code, record in entry["pages"].items() if record["status"] == "failed" and record["files"]]
        why += "; " + words["earlier"].format(langs=", ".join(earlier)) if earlier else ""
        why += "".join(f' <a href="{file}">{words["log"]}<span class="visually-hidden">, {name}</span></a>' for file in kept[:1])
    key = html.escape(by_name(slug, lang, year), quote=True)
    shown = [f'<th role="rowheader" scope="row" data-key="{key}">{name}{formed}</th>',
             f'<td role="cell">{html.escape(region)}</td>',
             f'<td role="cell"><span class="links">{" ".join(links)}</span></td>' if links else '<td role="cell">–</td>',
             f'<td role="cell" data-key="{ORDER[state]}"><span class="status {state}">{words[state]}</span></td>',
             f'<td role="cell">{why}</td>' if why else '<td role="cell" class="nothing">–</td>']
    names = " ".join(provinces.spellings(slug, year))
    return f'<tr role="row" id="{slug}" data-status="{state}" data-names="{names}">{"".join(shown)}</tr>'
