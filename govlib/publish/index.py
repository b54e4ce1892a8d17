"""The list of a year's briefings: every province, what there is, and why something is missing.

It is made from the records beside the pages, so it tells the truth after any run, whole or stopped. Two files,
``index.html`` (Vietnamese) and ``index.en.html``; sorting and searching work from a folder, without a server.
"""

from __future__ import annotations

import html
import re
import unicodedata
from pathlib import Path
from typing import Any

from govlib.known import provinces

WORDS = {
    "vi": {"title": "Báo cáo chỉ số quản trị cấp tỉnh năm {year}", "lead": "Mỗi tỉnh, thành phố một báo cáo, bằng tiếng Việt và tiếng Anh.",
           "province": "Tỉnh, thành phố", "region": "Vùng", "pages": "Báo cáo", "status": "Tình trạng", "why": "Lý do",
           "search": "Tìm tỉnh, vùng hoặc lý do", "show": "Tình trạng", "any": "Tất cả", "built": "Đã lập", "partial": "Chưa đủ số liệu",
           "failed": "Không lập được", "none": "Chưa lập", "national": "Tổng quan cả nước", "other": "English", "vi": "Tiếng Việt",
           "en": "Tiếng Anh", "pdf": "PDF", "tally": "{shown}/{all} tỉnh, thành phố", "nobody": "Không có tỉnh, thành phố nào khớp: viết ngắn hơn, hoặc chọn tình trạng Tất cả",
           "formed": "hợp nhất {old}", "skip": "Chuyển đến danh sách",
           "caption": "Tình trạng báo cáo từng tỉnh, thành phố", "log": "sổ tay (notebook) có lỗi",
           "footer": "Trang này mở được từ thư mục, không cần máy chủ và không tải gì từ bên ngoài."},
    "en": {"title": "Provincial governance briefings, {year}", "lead": "One briefing for each province, in Vietnamese and English.",
           "province": "Province", "region": "Region", "pages": "Briefing", "status": "Status", "why": "Why",
           "search": "Search province, region or reason", "show": "Status", "any": "All", "built": "Built", "partial": "Data incomplete",
           "failed": "Failed", "none": "Not built yet", "national": "National overview", "other": "Tiếng Việt", "vi": "Vietnamese",
           "en": "English", "pdf": "PDF", "tally": "{shown} of {all} provinces", "nobody": "No province matches: write less, or choose status All", "formed": "merged from {old}", "skip": "Skip to the list",
           "caption": "Status of each province's briefing", "log": "notebook with the error",
           "footer": "This page opens from a folder, needs no server and fetches nothing."},
}
ORDER = {"failed": 0, "none": 1, "partial": 2, "built": 3}
_SCRIPT = """
(function () {
  "use strict";
  var table = document.getElementById("list"), body = table.tBodies[0], rows = Array.prototype.slice.call(body.rows);
  var search = document.getElementById("search"), wanted = document.getElementById("wanted"), tally = document.getElementById("tally");
  var kind = /^(?:thanh pho|thu do|tinh|t ?p|province of|city of|province|city) | (?:province|city|municipality|prov)$/g;
  function fold(text) {  // as govlib.text.fold
    return text.normalize("NFKD").replace(/[\u0111\u0110\u00f0\u00d0]/g, "d").replace(/\\p{M}/gu, "").toLowerCase()
      .replace(/[^\\p{L}\\p{N}]+/gu, " ").trim();
  }
  rows.forEach(function (row) {
    row.words = [0, 1, 3, 4].map(function (i) { return fold(row.cells[i].textContent); });
    row.names = row.dataset.names.split(" ");
  });
  function filter() {
    var text = fold(search.value), bare = text.replace(kind, ""), shown = 0;
    var keys = [text.replace(/ /g, ""), bare.replace(/ /g, "")];
    rows.forEach(function (row) {
      var hit = row.words.some(function (cell) { return cell.indexOf(text) >= 0 || cell.indexOf(bare) >= 0; })
        || row.names.some(function (name) { return name.indexOf(keys[0]) === 0 || name.indexOf(keys[1]) === 0; });
      row.hidden = !(hit && (!wanted.value || row.dataset.status === wanted.value));
      if (!row.hidden) shown += 1;
    });
    tally.textContent = shown ? tally.dataset.text.replace("{shown}", shown).replace("{all}", rows.length) : tally.dataset.none;
  }
  var headers = Array.prototype.slice.call(table.tHead.rows[0].cells), compare = new Intl.Collator(document.documentElement.lang).compare;
  function key(row, column) { return row.cells[column].dataset.key || row.cells[column].textContent; }
  function sort(column) {
    var sign = headers[column].getAttribute("aria-sort") === "ascending" ? -1 : 1;
    headers.forEach(function (cell) { cell.removeAttribute("aria-sort"); });
    headers[column].setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
    rows.sort(function (a, b) { return sign * compare(key(a, column), key(b, column)) || compare(key(a, 0), key(b, 0)); });
    rows.forEach(function (row) { body.appendChild(row); });
  }
  headers.forEach(function (cell, column) {  // a button only where it does something: with this script, and a column with an order
    if (!cell.hasAttribute("data-sort")) return;
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = cell.textContent;
    cell.textContent = "";
    cell.appendChild(button).addEventListener("click", function () { sort(column); });
  });
  search.addEventListener("input", filter);
  wanted.addEventListener("change", filter);
  document.querySelector(".finder").hidden = false;
  filter();
})();
"""
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
        return "; ".join(reason if len(codes) == len(pages) else f"{', '.join(WORDS[lang][c] for c in codes)}: {reason}" for reason, codes in failed.items())
    partial = {code: record["reason"] for code, record in pages.items() if record["reason"]}
    if lang in partial or not partial:
        return html.escape(partial.get(lang, ""))
    code, reason = next(iter(partial.items()))
    return f'<span lang="{code}">{html.escape(reason)}</span>'


# what the driver says of a page that failed; what a notebook's cell says is English and stays as it is
_VIETNAMESE = ((r"the kernel died", "tiến trình tính toán dừng đột ngột"), (r"a cell took longer than (\d+) seconds", r"một bước tính chạy quá \1 giây"),
               (r"its worker died \((.*)\)", r"tiến trình lập trang bị dừng (\1)"), (r"(?:No space left on device|Disk quota exceeded)\b.*", "ổ đĩa đã đầy"),
               (r"Permission denied\b.*|Read-only file system\b.*", "không có quyền ghi vào thư mục"))


def _reason(reason: str, lang: str) -> str:
    """Why a page failed, as HTML in the language of the list where there are words for it."""
    if lang == "vi":
        for pattern, told in _VIETNAMESE:
            if match := re.fullmatch(pattern, reason):
                return html.escape(match.expand(told))
        return f'<span lang="en">{html.escape(reason)}</span>'
    return html.escape(reason)


def render(folder: Path, year: int, lang: str, entries: list[dict[str, Any]], national: dict[str, Any]) -> str:
    """The list as HTML."""
    from govlib.publish.export import STANDS_ALONE, stylesheet

    words, body = WORDS[lang], []

    def key(entry: dict[str, Any]) -> str:
        return provinces.name(entry["slug"], lang, year).removeprefix("TP. ")

    for entry in sorted(entries, key=lambda e: alphabetical(key(e))):
        slug = entry["slug"]
        province = provinces.get(slug, year)
        region = provinces.regions()[province.region][0 if lang == "vi" else 1] if province.region in provinces.regions() else ""
        name = html.escape(provinces.name(slug, lang, year))
        formed = ""
        if province.valid_from and len(province.predecessors) > 1:
            old = ", ".join(provinces.name(s, lang, province.valid_from.year - 1) for s in province.predecessors)
            formed = f'<span class="formed">{html.escape(words["formed"].format(old=old))}</span>'
        links = [f'<a href="{file}" hreflang="{code}">{words[code]}<span class="visually-hidden">, {name}</span></a>'
                 for code, record in entry["pages"].items() for file in record["files"] if file.endswith(".html")]
        links += [f'<a href="{file}">{words["pdf"]} {code}<span class="visually-hidden">, {name}</span></a>'
                  for code, record in entry["pages"].items() for file in record["files"] if file.endswith(".pdf")]
        why = _why(entry["pages"], lang)
        if entry["state"] == "failed":
            kept = [f"failed/{slug}.{code}.ipynb" for code in entry["pages"] if (folder / "failed" / f"{slug}.{code}.ipynb").is_file()]
            why += "".join(f' <a href="{file}">{words["log"]}<span class="visually-hidden">, {name}</span></a>' for file in kept[:1])
        state = entry["state"]
        shown = [f'<th role="rowheader" scope="row" data-key="{html.escape(key(entry), quote=True)}">{name}{formed}</th>',
                 f'<td role="cell">{html.escape(region)}</td>',
                 f'<td role="cell"><span class="links">{" ".join(links)}</span></td>' if links else '<td role="cell">–</td>',
                 f'<td role="cell" data-key="{ORDER[state]}"><span class="status {state}">{words[state]}</span></td>',
                 f'<td role="cell">{why}</td>' if why else '<td role="cell" class="nothing">–</td>']
        names = " ".join(provinces.spellings(slug, year))
        body.append(f'<tr role="row" id="{slug}" data-status="{state}" data-names="{names}">{"".join(shown)}</tr>')
    title = html.escape(words["title"].format(year=year))
    record = national.get(lang)
    overview = ""
    if record and record["status"] != "failed":
        overview = f'<p class="lead" id="national"><a href="national.{lang}.html">{words["national"]}</a></p>'
    elif record:
        overview = f'<p id="national"><span class="status failed">{words["national"]}: {words["failed"]}</span> {_reason(record["reason"], lang)}</p>'
    states = [s for s in ("built", "partial", "failed", "none") if any(e["state"] == s for e in entries)]
    options = "".join(f'<option value="{s}">{words[s]} ({sum(e["state"] == s for e in entries)})</option>' for s in states)
    headers = "".join(f'<th role="columnheader" scope="col"{extra}>{words[w]}</th>' for w, extra in (
        ("province", ' data-sort aria-sort="ascending"'), ("region", " data-sort"), ("pages", ""), ("status", " data-sort"), ("why", " data-sort")))
    other = "index.en.html" if lang == "vi" else "index.html"
    return f"""<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
{STANDS_ALONE}
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
{stylesheet()}
</style>
</head>
<body class="wide-page">
<a class="skip" href="#main">{words["skip"]}</a>
<header class="top"><div class="cover"><p class="kicker">{year}</p><h1>{title}</h1><p class="subtitle">{words["lead"]}</p>
<p class="edition"><a href="{other}" hreflang="{'en' if lang == 'vi' else 'vi'}" lang="{'en' if lang == 'vi' else 'vi'}">{words["other"]}</a></p></div></header>
<div class="list-layout">
<main id="main" tabindex="-1">
{overview}
<div class="finder" hidden>
<div><label for="search">{words["search"]}</label><input id="search" type="search" autocomplete="off"></div>
<div><label for="wanted">{words["show"]}</label><select id="wanted"><option value="">{words["any"]}</option>{options}</select></div>
<p class="tally" id="tally" role="status" data-text="{words["tally"]}" data-none="{words["nobody"]}"></p>
</div>
<div class="scroll" role="region" tabindex="0" aria-label="{words["caption"]}">
<table id="list" role="table"><caption class="visually-hidden">{words["caption"]}</caption><thead role="rowgroup"><tr role="row">{headers}</tr></thead>
<tbody role="rowgroup">
{chr(10).join(body)}
</tbody></table></div>
</main>
</div>
<footer class="bottom"><p>{words["footer"]}</p></footer>
<script>{_SCRIPT}</script>
</body>
</html>
"""
