"""``govlib site`` (``make site``): a site without a server, in ``public/``: explorer, methods, gallery, briefings.

Any web server or a USB stick shows it: every page is one file that fetches nothing. The explorer holds all composites and
components of the panel; scores and ranks are as published, a rank of ours only where every province's score is there.
"""

from __future__ import annotations

import argparse
import html
import json
import re
import string
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from govlib import files, paths
from govlib.explore import site
from govlib.known import catalogue, indices, provinces
from govlib.publish.index import alphabetical
from govlib.reading.board import Board, Cell, panel_board
from govlib.text import fold
from govlib.words.tables import LANGS, phrase

HERE = Path(__file__).parent / "template" / "public"
HOME = "bac-ninh"
OF_SEVERAL = ("changes.", "compare.")  # pages of several provinces: no copy of them in the site
POLICY = ('<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; script-src \'unsafe-inline\'; '
          'style-src \'unsafe-inline\'; img-src data:; base-uri \'none\'; form-action \'none\'">')
METHODS = ("reading_rule", "methodology", "forecasts", "data_dictionary")
# what the page's own code says, and what stands in its frame
SAID = ("col_rank", "col_name", "col_score", "col_change", "remove", "chart", "legend", "legend_ranks", "none", "nobody", "caption",
        "source", "broken", "told", "ours")
LABELS = ("lead", "label_search", "label_index", "label_component", "label_year", "label_chosen", "label_ranks")
LARGEST = 5_000_000  # bytes of the whole site


def figures(board: Board, lang: str) -> dict[str, Any]:
    """What the explorer shows: provinces with every spelling, and by index and component years, scores, ranks, breaks, sources."""
    slugs = sorted({p for i in indices.INDICES for p in board.matrix(i).columns}, key=lambda p: alphabetical(_name(p, lang)))
    found, used = {}, set()
    for index_id in indices.INDICES:
        components = {c: s for c in ("overall", *indices.component_ids(index_id))
                      if (s := _series(board, index_id, c, slugs, lang))}
        if components:
            found[index_id] = {"name": indices.name(index_id, "overall", lang), "components": components}
            used |= {source for s in components.values() for listed in s["sources"] for source in listed}
    known = catalogue.sources().set_index("id")["title"]
    return {"provinces": [{"slug": p, "name": _name(p, lang), "keys": _keys(p)} for p in slugs], "indices": found,
            "sources": {source: str(known.get(source, source)) for source in sorted(used)}}


def _name(slug: str, lang: str) -> str:
    """As it was called in 2024; of one that had gone by then (Hà Tây) as in the first editions."""
    return provinces.name(slug, lang, 2024 if slug in provinces.province_set(2024) else 2006)


def _keys(slug: str) -> list[str]:
    said = [slug, *(_name(slug, code) for code in LANGS), *provinces.spellings(slug)]
    return sorted({"".join(c for c in fold(text) if c.isalnum()) for text in said})


def _series(board: Board, index_id: str, component: str, slugs: list[str], lang: str) -> dict[str, Any] | None:
    rows: dict[int, dict[str, Any]] = {}
    for slug in slugs:
        for cell in board.series(index_id, component, slug):
            if cell.score is not None or cell.rank is not None:
                rows.setdefault(cell.year, {})[slug] = cell
    if not rows:
        return None
    years, digits = sorted(rows), 4 if index_id in ("dti", "ict") else 2
    full = [board.is_full(index_id, component, y) for y in years]
    ours = [whole and any(c.rank is None for c in rows[y].values()) for y, whole in zip(years, full, strict=True)]
    ranks = [[_rank(board, rows[y].get(p), mine) for p in slugs] for y, mine in zip(years, ours, strict=True)]
    return {"name": phrase("public.total", lang) if component == "overall" else indices.name(index_id, component, lang),
            "years": years, "digits": digits, "full": full, "ranks": ranks, "ours": ours,
            "scores": [[_rounded(rows[y].get(p), digits) for p in slugs] for y in years],
            "breaks": [y for y in range(years[0] + 1, years[-1] + 1) if board.breaks(index_id, component, y - 1, y)],
            "sources": [sorted({c.source for c in rows[y].values() if c.source}) for y in years]}


def _rank(board: Board, cell: Cell | None, ours: bool) -> int | None:
    """As printed; where it was not and (nearly) every province's score is there, by score."""
    if cell is None or cell.rank is not None or not ours or cell.score is None:
        return None if cell is None else cell.rank
    return board.edition(cell.index_id, cell.component, cell.year).rank(cell.score)


def _rounded(cell: Cell | None, digits: int) -> float | None:
    return None if cell is None or cell.score is None else round(cell.score, digits)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else str(value)


def _template(name: str, **values: str) -> str:
    return string.Template((HERE / name).read_text(encoding="utf-8")).substitute(values)


def page(lang: str, title: str, body: str, script: str = "") -> str:
    """One page of the site, style and all."""
    links = {"index.html": "public.explorer_vi", "index.en.html": "public.explorer_en", "methods.html": "public.methods",
             "gallery.html": "public.gallery", "briefings/index.html": "public.briefings"}
    listed = " ".join(f'<a href="{to}">{html.escape(phrase(key, lang))}</a>' for to, key in links.items())
    css = (HERE / "app.css").read_text(encoding="utf-8")
    return _template("page.html", lang=lang, policy=POLICY, title=html.escape(title), css=css, skip=phrase("public.skip", lang),
                     menu=phrase("public.menu", lang), links=listed, body=body, script=script)


def explorer(lang: str) -> str:
    """The page on which everything can be looked up."""
    words = {key: phrase(f"public.{key}", lang) for key in SAID}
    labels = {key: html.escape(phrase(f"public.{key}", lang)) for key in LABELS}
    # `</` would end the script
    data = json.dumps(figures(panel_board(), lang), ensure_ascii=False, separators=(",", ":"), default=_plain).replace("</", "<\\/")
    given = f"LANG={json.dumps(lang)},HOME={json.dumps(HOME)},WORDS={json.dumps(words, ensure_ascii=False)},DATA={data}"
    script = (f"<script>const {given};\n"
              f"{(HERE / 'app.js').read_text(encoding='utf-8')}</script>")
    return page(lang, phrase("public.title", lang), _template("explorer.html", **labels), script)


def methods() -> str:
    """The documents on method, one under another."""
    import mistune

    write = mistune.create_markdown(plugins=["table"])
    parts = [str(write((paths.root() / "docs" / f"{name}.md").read_text(encoding="utf-8"))) for name in METHODS]
    body = "".join(f'<section class="prose">{part}</section>' for part in parts)
    for level in (3, 2, 1):  # the page has its own first heading
        body = body.replace(f"<h{level}>", f"<h{level + 1}>").replace(f"</h{level}>", f"</h{level + 1}>")
    return page("en", phrase("public.methods", "en"), _readable(body))


def _readable(body: str) -> str:
    """Without pictures and links to files that do not travel; long code can be scrolled by keyboard, an empty head is none."""
    body = re.sub(r"<img [^>]*>", "", body).replace("<pre>", '<pre tabindex="0">')
    body = re.sub(r"<th[^>]*>\s*</th>", "<td></td>", body)
    return re.sub(r'<a href="(?!https?:|#)[^"]*">(.*?)</a>', r"\1", body, flags=re.S)


def briefings(folder: Path, room: int) -> str:
    """Copies of the finished pages, the newest year's and the home province's first, as long as there is room (those of before
    that no longer have it go); the list of what was copied."""
    made = sorted((p for p in paths.briefings().glob("20[0-9][0-9]/*.vi.html") if not p.name.startswith(OF_SEVERAL)),
                  key=lambda p: (-int(p.parent.name), not p.name.startswith((HOME, "national")), p.name))
    items, copied = [], set()
    for source in made:
        room -= source.stat().st_size
        if room < 0:
            break
        copied.add(files.write(folder / source.parent.name / source.name, source.read_bytes()))
        slug = source.name.split(".")[0]
        name = phrase("public.nation", "vi") if slug == "national" else provinces.name(slug, "vi", int(source.parent.name))
        items.append(f'<li><a href="{source.parent.name}/{source.name}">{html.escape(name)} {source.parent.name}</a></li>')
    for left in {*folder.glob("20[0-9][0-9]/*.html")} - copied:
        left.unlink()
    told = phrase("public.briefings_some", "vi", n=len(items), of=len(made)) if made else phrase("public.briefings_none", "vi")
    return f"<p>{html.escape(told)}</p><ul>{''.join(items)}</ul>"


def build(folder: Path) -> int:
    """Write the site, each page whole in the place of the one before; what else lies in the folder stays. Its size in bytes."""
    pages = {folder / "index.html": explorer("vi"), folder / "index.en.html": explorer("en"), folder / "methods.html": methods(),
             folder / "gallery.html": page("en", phrase("public.gallery", "en"), site.drawn()[0])}
    files.write_all(pages)
    room = LARGEST - 100_000 - sum(path.stat().st_size for path in pages)
    listed = page("vi", phrase("public.briefings", "vi"), briefings(folder / "briefings", room))
    for to in ("index.html", "index.en.html", "methods.html", "gallery.html"):
        listed = listed.replace(f'href="{to}"', f'href="../{to}"')
    listed = listed.replace('href="briefings/index.html"', 'href="index.html"')
    files.write(folder / "briefings" / "index.html", listed)
    return _size(folder)


def _size(folder: Path) -> int:
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())


def main(argv: Sequence[str] | None = None) -> int:
    ask = argparse.ArgumentParser(prog="govlib site", description="Write the site without a server.")
    ask.add_argument("folder", nargs="?", type=Path, help="where to; public/ of the project unless told")
    folder = ask.parse_args(argv).folder or paths.root() / "public"
    size = build(folder)
    print(f"{folder}/index.html: {len(list(folder.rglob('*.html')))} pages, {size / 1e6:.1f} MB")
    return 0
