"""``govlib site`` (``make site``): a site without a server, in ``public/``: explorer, methods, tutorials, notebooks, briefings.

Any web server or a USB stick shows it: every page is one file that fetches nothing. The explorer holds all composites and
components of the panel; scores are as published, and so are ranks; where (nearly) every province's score is there and not all ranks
were printed, those of the edition are by score. What its publisher does not stand by is shown, and neither ranked nor compared.
"""

from __future__ import annotations

import html
import json
import re
import string
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from govlib import files, paths
from govlib.errors import BadInput, UnknownName
from govlib.explore import notebooks, site
from govlib.known import catalogue, indices, provinces, tiles
from govlib.known.boundaries import ARCHIPELAGOS
from govlib.publish.index import alphabetical
from govlib.reading import comparisons
from govlib.reading.board import Board, Cell, panel_board
from govlib.text import fold
from govlib.words.tables import LANGS, phrase

HERE = Path(__file__).parent / "template" / "public"
HOME = "bac-ninh"
POLICY = ('<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; script-src \'unsafe-inline\'; '
          'style-src \'unsafe-inline\'; img-src data:; base-uri \'none\'; form-action \'none\'">')
# page -> its language and the documents that stand on it
DOCUMENTS = {"methods.html": ("vi", ("phuong_phap",)),
             "methods.en.html": ("en", ("reading_rule", "methodology", "forecasts", "data_dictionary")),
             "tutorials.html": ("vi", ("from_form_to_briefing",)),
             "tutorials.en.html": ("en", ("from_question_to_table", "questions"))}
# the pages in the order of the menu, and what they are called there
MENU = {"index.html": "public.explorer_vi", "index.en.html": "public.explorer_en", "methods.html": "public.methods_vi",
        "methods.en.html": "public.methods", "tutorials.html": "public.tutorials_vi", "tutorials.en.html": "public.tutorials",
        "notebooks.html": "public.notebooks", "gallery.html": "public.gallery", "briefings/index.html": "public.briefings"}
# what the page's own code says, and what stands in its frame
SAID = ("col_rank", "col_name", "col_score", "col_change", "col_what", "col_year", "its_page", "map_of", "legend_map",
        "legend_pair", "selected", "remove", "chart", "legend", "legend_ranks", "none", "nobody", "caption", "source", "broken",
        "told", "ours", "withdrawn")
LABELS = ("lead", "label_search", "label_index", "label_component", "label_year", "label_chosen", "label_ranks", "label_view",
          "view_line", "view_map", "view_pair", "label_other", "label_profile", "csv")
LARGEST = 5_000_000  # bytes of the whole site
LARGEST_NOTEBOOKS = 1_500_000  # of them for notebooks


def figures(board: Board, lang: str) -> dict[str, Any]:
    """What the explorer shows: provinces with every spelling; by index the years in which a province's figures do not join those of
    the year before (``apart``) and the figures that their publisher does not stand by (``withdrawn``, with the reason), provinces
    by their place in the list; by component years, scores, ranks, breaks of all, sources."""
    slugs = sorted({p for i in indices.INDICES for p in board.matrix(i).columns}, key=lambda p: alphabetical(_name(p, lang)))
    found, used = {}, set()
    for index_id in indices.INDICES:
        components = {c: s for c in ("overall", *indices.component_ids(index_id))
                      if (s := _series(board, index_id, c, slugs, lang))}
        if components:
            years = sorted({y for s in components.values() for y in s["years"]})
            found[index_id] = {"name": indices.name(index_id, "overall", lang), "components": components,
                               **_by_province(board, index_id, slugs, years, lang)}
            used |= {source for s in components.values() for listed in s["sources"] for source in listed}
    return {"provinces": [{"slug": p, "name": _name(p, lang), "keys": _keys(p)} for p in slugs], "indices": found,
            "tiles": _tiles(lang), "sources": {source: _titled(source, lang) for source in sorted(used)}}


def _by_province(board: Board, index_id: str, slugs: list[str], years: list[int], lang: str) -> dict[str, dict[int, Any]]:
    apart: dict[int, list[int]] = {}
    withdrawn: dict[int, dict[int, str]] = {}
    for at, slug in enumerate(slugs):
        for year in board.apart(index_id, slug, years[0], years[-1]):
            apart.setdefault(year, []).append(at)
        for year in years:
            if doubt := indices.doubtful(index_id, year, slug):
                withdrawn.setdefault(year, {})[at] = doubt[lang != "vi"]
    return {"apart": apart, "withdrawn": withdrawn}


def _titled(source: str, lang: str) -> str:
    """A source by its title; one taken in by a form, which the catalogue may not know, by its id."""
    try:
        return catalogue.source(source).named(lang)[0]
    except UnknownName:
        return source


def _name(slug: str, lang: str) -> str:
    """As it was called in 2024; of one that had gone by then (Hà Tây) as in the first editions."""
    return provinces.name(slug, lang, 2024 if slug in provinces.province_set(2024) else 2006)


def _tiles(lang: str) -> list[dict[str, Any]]:
    """By last year of an arrangement: slug → row, column, name for short, and of an archipelago the unit it belongs to."""
    sea = {slug: (name, holder) for slug, name, holder, _ in ARCHIPELAGOS}
    return [{"to": to, "at": {slug: [*at, *(sea.get(slug) or (tiles.short(slug, lang, year), ""))]
                              for slug, at in tiles.of_year(year).items()}}
            for to, year in ((2008, 2008), (2024, 2024), (9999, 2025))]


def _keys(slug: str) -> list[str]:
    said = [slug, *(_name(slug, code) for code in LANGS), *provinces.spellings(slug)]
    return sorted({"".join(c for c in fold(text) if c.isalnum()) for text in said})


def _series(board: Board, index_id: str, component: str, slugs: list[str], lang: str) -> dict[str, Any] | None:
    rows: dict[int, dict[str, Cell]] = {}
    for slug in slugs:
        for cell in board.series(index_id, component, slug):
            if cell.score is not None or cell.rank is not None:
                rows.setdefault(cell.year, {})[slug] = cell
    if not rows:
        return None
    years, digits = sorted(rows), 4 if index_id in ("dti", "ict") else 2
    ranks = [comparisons.ranks(board, index_id, y, component) for y in years]
    return {"name": phrase("public.total", lang) if component == "overall" else indices.name(index_id, component, lang),
            "years": years, "digits": digits, "full": [board.is_full(index_id, component, y) for y in years],
            "ranks": [[held.get(p) for p in slugs] for held in ranks],
            "ours": [comparisons.by_score(board, index_id, y, component) for y in years],
            "of": [board.of(index_id, component, y) for y in years],
            # as the panel holds them: a difference of rounded scores is another than the one that a briefing prints
            "scores": [[own.score if (own := rows[y].get(p)) else None for p in slugs] for y in years],
            "breaks": [y for y in range(years[0] + 1, years[-1] + 1) if board.breaks(index_id, component, y - 1, y)],
            "sources": [sorted({c.source for c in rows[y].values() if c.source}) for y in years]}


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else str(value)


def _template(name: str, **values: str) -> str:
    return string.Template((HERE / name).read_text(encoding="utf-8")).substitute(values)


def page(lang: str, title: str, body: str, script: str = "", menu: Iterable[str] = MENU, up: str = "") -> str:
    """One page of the site, style and all; ``up``: the way from its folder to the site's."""
    listed = " ".join(f'<a href="{up}{to}">{html.escape(phrase(MENU[to], lang))}</a>' for to in menu)
    css = (HERE / "app.css").read_text(encoding="utf-8")
    return _template("page.html", lang=lang, policy=POLICY, title=html.escape(title), css=css, skip=phrase("public.skip", lang),
                     menu=phrase("public.menu", lang), links=listed, body=body, script=script)


def explorer(lang: str, pages: Mapping[str, str], menu: Iterable[str] = MENU) -> str:
    """The page on which everything can be looked up. ``pages``: slug → address of the briefing that lies beside it."""
    words = {key: phrase(f"public.{key}", lang) for key in SAID}
    labels = {key: html.escape(phrase(f"public.{key}", lang)) for key in LABELS}
    given = {"LANG": lang, "HOME": HOME, "WORDS": words, "PAGES": pages, "DATA": figures(panel_board(), lang)}
    # `</` would end the script
    told = ",".join(f"{name}={json.dumps(value, ensure_ascii=False, separators=(',', ':'), default=_plain)}"
                    for name, value in given.items()).replace("</", "<\\/")
    script = f"<script>const {told};\n{(HERE / 'app.js').read_text(encoding='utf-8')}</script>"
    return page(lang, phrase("public.title", lang), _template("explorer.html", **labels), script, menu)


def explorers(folder: Path) -> None:
    """The explorer in both languages with the Vietnamese method and all briefings there are; what the dashboard serves."""
    menu = ("index.html", "index.en.html", "methods.html", "briefings/index.html")
    made = _made()
    links = {p.name.split(".")[0]: f"briefings/{p.parent.name}/{p.name}" for p in reversed(made)}
    listed = page("vi", phrase("public.briefings", "vi"), _list(made, made), menu=menu, up="../")
    files.write_all({folder / "index.html": explorer("vi", links, menu), folder / "index.en.html": explorer("en", links, menu),
                     folder / "methods.html": document("methods.html", menu), folder / "briefings" / "index.html": listed})


def document(name: str, menu: Iterable[str] = MENU) -> str:
    """A page of documents, one under another."""
    import mistune

    write = mistune.create_markdown(plugins=["table"])
    lang, documents = DOCUMENTS[name]
    parts = [str(write((paths.root() / "docs" / f"{d}.md").read_text(encoding="utf-8"))) for d in documents]
    body = "".join(f'<section class="prose">{part}</section>' for part in parts)
    for level in (3, 2, 1):  # the page has its own first heading
        body = body.replace(f"<h{level}>", f"<h{level + 1}>").replace(f"</h{level}>", f"</h{level + 1}>")
    return page(lang, phrase(MENU[name], lang), _readable(body), menu=menu)


def _readable(body: str) -> str:
    """Without pictures and links to files that do not travel; long code can be scrolled by keyboard, an empty head is none."""
    body = re.sub(r"<img [^>]*>", "", body).replace("<pre>", '<pre tabindex="0">')
    body = re.sub(r"<th[^>]*>\s*</th>", "<td></td>", body)
    return re.sub(r'<a href="(?!https?:|#)[^"]*">(.*?)</a>', r"\1", body, flags=re.S)


def _made() -> list[Path]:
    """The finished briefings in Vietnamese, the newest year's and the home province's first. No part of one
    (``bac-ninh.summary.vi.html``) and no page of several provinces (``changes.vi.html``, ``compare.…``)."""
    found = paths.briefings().glob("20[0-9][0-9]/*.vi.html")
    return sorted((p for p in found if p.name.count(".") == 2 and p.stem != "changes.vi"),
                  key=lambda p: (-int(p.parent.name), not p.name.startswith((HOME, "national")), p.name))


def _list(copied: Sequence[Path], made: Sequence[Path]) -> str:
    items = []
    for source in copied:
        slug, year = source.name.split(".")[0], source.parent.name
        name = phrase("public.nation", "vi") if slug == "national" else provinces.name(slug, "vi", int(year))
        items.append(f'<li><a href="{year}/{source.name}">{html.escape(name)} {year}</a></li>')
    told = phrase("public.briefings_some", "vi", n=len(items), of=len(made)) if made else phrase("public.briefings_none", "vi")
    return f"<p>{html.escape(told)}</p><ul>{''.join(items)}</ul>"


def briefings(folder: Path, room: int) -> tuple[str, dict[str, str]]:
    """Copies of the finished pages as long as there is room; the list of what was copied, and by province the newest one's address.
    A copy that the list of before names and this one does not goes; what else lies there stays."""
    before = _listed(folder / "index.html", r"20\d\d/[^\"/]+\.html")
    made, copied = _made(), []
    for source in made:
        # the list of the year, to which a page leads back, does not travel: the site has one of all years
        text = re.sub(rb'href="index(\.en)?\.html#[^"]*"', b'href="../index.html"', source.read_bytes())
        room -= len(text)
        if room < 0:
            break
        files.write(folder / source.parent.name / source.name, text)
        copied.append(source)
    for left in before - {f"{p.parent.name}/{p.name}" for p in copied}:
        (folder / left).unlink(missing_ok=True)
    return _list(copied, made), {p.name.split(".")[0]: f"briefings/{p.parent.name}/{p.name}" for p in reversed(copied)}


def _listed(page: Path, address: str) -> set[str]:
    """What a list of the site that was there before links to."""
    return set(re.findall(f'href="({address})"', page.read_text(encoding="utf-8"))) if page.is_file() else set()


def check(folder: Path) -> None:
    """Raises BadInput where a site would lie among the project's own files, its copies of briefings in the briefings' own place."""
    folder = folder.resolve()
    if folder.exists() and not folder.is_dir():
        raise BadInput("a file, not a folder", value=str(folder), fix="name a folder of the site's own, as public")
    if paths.root().resolve().is_relative_to(folder) or folder / "briefings" == paths.briefings().resolve():
        raise BadInput("the project's own files lie there", value=str(folder), fix="name a folder of the site's own, as public")


def build(folder: Path) -> int:
    """Write the site, each page whole in the place of the one before; what else lies in the folder stays. Its size in bytes."""
    pages = {folder / name: document(name) for name in DOCUMENTS}
    pages[folder / "gallery.html"] = page("en", phrase("public.gallery", "en"), site.drawn()[0])
    rendered = notebooks.pages(LARGEST_NOTEBOOKS)
    pages |= {folder / "notebooks" / name: page(lang, title, body, up="../") for name, (title, body, lang) in rendered.items()}
    before = _listed(folder / "notebooks.html", r"notebooks/[^/\"]+\.html")
    pages[folder / "notebooks.html"] = page("vi", phrase("public.notebooks", "vi"), notebooks.listed(rendered, "vi"))
    explored = {folder / name: explorer(lang, {}) for name, lang in (("index.html", "vi"), ("index.en.html", "en"))}
    files.write_all(pages | explored)
    for left in before - {f"notebooks/{name}" for name in rendered}:  # one that was not run again, or has no room any more
        (folder / left).unlink(missing_ok=True)
    room = LARGEST - 150_000 - sum(path.stat().st_size for path in (*pages, *explored))
    listed, links = briefings(folder / "briefings", room)
    told = json.dumps(links, ensure_ascii=False, separators=(",", ":"))
    files.write_all({path: text.replace(",PAGES={},", f",PAGES={told},", 1) for path, text in explored.items()})
    files.write(folder / "briefings" / "index.html", page("vi", phrase("public.briefings", "vi"), listed, up="../"))
    return _size(folder)


def _size(folder: Path) -> int:
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
