"""The list of a year's briefings: every province, what there is, and why something is missing.

It is made from the records beside the pages, so it tells the truth after any run, whole or stopped. Two files,
``index.html`` (Vietnamese) and ``index.en.html``; sorting and searching work from a folder, without a server.
"""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

from govlib import provinces
from govlib.briefings import manifest

WORDS = {
    "vi": {"title": "Báo cáo chỉ số quản trị cấp tỉnh năm {year}", "lead": "Mỗi tỉnh, thành phố một báo cáo, bằng tiếng Việt và tiếng Anh.",
           "province": "Tỉnh, thành phố", "region": "Vùng", "pages": "Báo cáo", "status": "Tình trạng", "why": "Lý do",
           "search": "Tìm tỉnh, vùng hoặc lý do", "show": "Tình trạng", "any": "Tất cả", "built": "Đã lập", "partial": "Chưa đủ số liệu",
           "failed": "Không lập được", "none": "Chưa lập", "national": "Tổng quan cả nước", "other": "English", "vi": "Tiếng Việt",
           "en": "Tiếng Anh", "pdf": "PDF", "tally": "{shown}/{all} tỉnh, thành phố", "skip": "Chuyển đến danh sách",
           "caption": "Tình trạng báo cáo từng tỉnh, thành phố", "log": "sổ tay (notebook) có lỗi",
           "footer": "Trang này mở được từ thư mục, không cần máy chủ và không tải gì từ bên ngoài."},
    "en": {"title": "Provincial governance briefings, {year}", "lead": "One briefing for each province, in Vietnamese and English.",
           "province": "Province", "region": "Region", "pages": "Briefing", "status": "Status", "why": "Why",
           "search": "Search province, region or reason", "show": "Status", "any": "All", "built": "Built", "partial": "Data incomplete",
           "failed": "Failed", "none": "Not built yet", "national": "National overview", "other": "Tiếng Việt", "vi": "Vietnamese",
           "en": "English", "pdf": "PDF", "tally": "{shown} of {all} provinces", "skip": "Skip to the list",
           "caption": "Status of each province's briefing", "log": "notebook with the error",
           "footer": "This page opens from a folder, needs no server and fetches nothing."},
}
_ORDER = {"failed": 0, "none": 1, "partial": 2, "built": 3}
_SCRIPT = """
(function () {
  "use strict";
  var table = document.getElementById("list"), body = table.tBodies[0], rows = Array.prototype.slice.call(body.rows);
  var search = document.getElementById("search"), wanted = document.getElementById("wanted"), tally = document.getElementById("tally");
  function fold(text) {
    return text.normalize("NFD").replace(/[\\u0300-\\u036f]/g, "").replace(/[đĐ]/g, "d").toLowerCase();
  }
  rows.forEach(function (row) { row.folded = Array.prototype.map.call(row.cells, function (c) { return fold(c.textContent); }); });
  function filter() {
    var text = fold(search.value).trim().replace(/\\s+/g, " "), shown = 0;
    rows.forEach(function (row) {
      var hit = row.folded.some(function (cell) { return cell.indexOf(text) >= 0; })
        && (!wanted.value || row.dataset.status === wanted.value);
      row.hidden = !hit;
      if (hit) shown += 1;
    });
    tally.textContent = tally.dataset.text.replace("{shown}", shown).replace("{all}", rows.length);
  }
  function sort(header, column) {
    var down = header.getAttribute("aria-sort") === "ascending";
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (cell) { cell.removeAttribute("aria-sort"); });
    header.setAttribute("aria-sort", down ? "descending" : "ascending");
    var compare = new Intl.Collator(document.documentElement.lang).compare;
    rows.sort(function (a, b) {
      var x = a.cells[column].dataset.key || a.cells[column].textContent, y = b.cells[column].dataset.key || b.cells[column].textContent;
      return (down ? -1 : 1) * compare(x, y);
    });
    rows.forEach(function (row) { body.appendChild(row); });
  }
  Array.prototype.forEach.call(table.tHead.rows[0].cells, function (header, column) {
    var button = header.querySelector("button");
    if (button) button.addEventListener("click", function () { sort(header, column); });
  });
  search.addEventListener("input", filter);
  wanted.addEventListener("change", filter);
  document.querySelector(".finder").hidden = false;
  filter();
})();
"""


def rows(folder: Path, year: int) -> list[dict[str, Any]]:
    """One entry a province of that year: slug, state (the worst of its pages), and the records of its pages."""
    out = []
    for slug in provinces.province_set(year):
        records = {lang: manifest.read_record(folder, f"{slug}.{lang}") for lang in ("vi", "en")}
        found = {lang: r for lang, r in records.items() if r}
        state = min((r["status"] for r in found.values()), key=_ORDER.__getitem__, default="none")
        out.append({"slug": slug, "state": state, "pages": found})
    return out


def write(folder: Path, year: int, digests: manifest.Digests) -> None:
    """Write both lists, only when they would differ. OSError where they cannot be written; then there is none."""
    entries = rows(folder, year)
    national = {lang: manifest.read_record(folder, f"national.{lang}") for lang in ("vi", "en")}
    css = Path(__file__).parent / "template" / "page.css"
    state = manifest.digest(json.dumps([entries, national, digests.of(css), digests.of(Path(__file__))], sort_keys=True).encode())
    note = folder / ".manifest" / "index.txt"
    targets = {"vi": folder / "index.html", "en": folder / "index.en.html"}
    try:
        if note.read_text(encoding="ascii") == state and all(t.is_file() for t in targets.values()):
            return
    except OSError:
        note.unlink(missing_ok=True)
    try:
        for lang, target in targets.items():
            manifest.write_atomic(target, render(folder, year, lang, entries, national).encode())
        manifest.write_atomic(note, state.encode())
    except OSError:
        for target in targets.values():
            target.unlink(missing_ok=True)  # no list is better than one that tells of an earlier run
        raise


def render(folder: Path, year: int, lang: str, entries: list[dict[str, Any]], national: dict[str, Any]) -> str:
    """The list as HTML."""
    from govlib.briefings.export import stylesheet

    words, body = WORDS[lang], []
    for entry in entries:
        slug = entry["slug"]
        province = provinces.get(slug, year)
        region = provinces.regions()[province.region][0 if lang == "vi" else 1] if province.region in provinces.regions() else ""
        name = html.escape(provinces.name(slug, lang, year))
        links = [f'<a href="{file}" hreflang="{code}">{words[code]}<span class="visually-hidden">, {name}</span></a>'
                 for code, record in entry["pages"].items() for file in record["files"] if file.endswith(".html")]
        links += [f'<a href="{file}">{words["pdf"]} {code}<span class="visually-hidden">, {name}</span></a>'
                  for code, record in entry["pages"].items() for file in record["files"] if file.endswith(".pdf")]
        # one reason is told in the language of the list; pages that differ in what befell them each tell theirs
        same = len({record["status"] for record in entry["pages"].values()}) == 1 and lang in entry["pages"]
        told = [entry["pages"][lang]] if same and entry["state"] != "failed" else list(entry["pages"].values())
        why = html.escape("; ".join(dict.fromkeys(record["reason"] for record in told if record["reason"])))
        if entry["state"] == "failed":
            kept = [f"failed/{slug}.{code}.ipynb" for code in entry["pages"] if (folder / "failed" / f"{slug}.{code}.ipynb").is_file()]
            why += "".join(f' <a href="{file}">{words["log"]}<span class="visually-hidden">, {name}</span></a>' for file in kept[:1])
        body.append(f'<tr id="{slug}" data-status="{entry["state"]}"><th scope="row">{name}</th><td>{html.escape(region)}</td>'
                    f'<td>{" · ".join(links) or "–"}</td><td data-key="{_ORDER[entry["state"]]}">'
                    f'<span class="status {entry["state"]}">{words[entry["state"]]}</span></td><td>{why or "–"}</td></tr>')
    title = html.escape(words["title"].format(year=year))
    record = national.get(lang)
    overview = ""
    if record and record["status"] != "failed":
        overview = f'<p class="lead"><a href="national.{lang}.html">{words["national"]}</a></p>'
    elif record:
        overview = f'<p><span class="status failed">{words["national"]}: {words["failed"]}</span> {html.escape(record["reason"])}</p>'
    states = [s for s in ("built", "partial", "failed", "none") if any(e["state"] == s for e in entries)]
    options = "".join(f'<option value="{s}">{words[s]} ({sum(e["state"] == s for e in entries)})</option>' for s in states)
    headers = "".join(f'<th scope="col"{extra}><button type="button">{words[w]}</button></th>' if w != "pages" else
                      f'<th scope="col">{words[w]}</th>'
                      for w, extra in (("province", ' aria-sort="ascending"'), ("region", ""), ("pages", ""), ("status", ""), ("why", "")))
    other = "index.en.html" if lang == "vi" else "index.html"
    return f"""<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
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
<p class="tally" id="tally" role="status" data-text="{words["tally"]}"></p>
</div>
<div class="scroll" role="region" tabindex="0" aria-label="{words["caption"]}">
<table id="list"><caption class="visually-hidden">{words["caption"]}</caption><thead><tr>{headers}</tr></thead>
<tbody>
{chr(10).join(body)}
</tbody></table></div>
</main>
</div>
<footer class="bottom"><p>{words["footer"]}</p></footer>
<script>{_SCRIPT}</script>
</body>
</html>
"""
