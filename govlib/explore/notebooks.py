"""Notebooks as they were last run, as pages of the site: prose, code and output, nothing that fetches or runs.

The runs leave their notebooks in ``data/processed/notebooks``; pages are made from those, the smallest first, as long as there is
room. One that was not run is named with the command that runs it.
"""

from __future__ import annotations

import html
import re
from pathlib import Path

from govlib import paths
from govlib.words.tables import phrase

_CHOSEN = re.compile(r"\.prose:not\(\[lang=(\w+)\]\)")  # the notes in the language that the run was told


def pages(room: int) -> dict[str, tuple[str, str, str]]:
    """File name → title, body and language of the executed notebooks for which there is room (bytes)."""
    from nbconvert import HTMLExporter  # a second of import, for this alone

    write = HTMLExporter(template_name="basic", exclude_input_prompt=True, exclude_output_prompt=True, embed_images=True)
    found = {}
    for path in sorted((paths.processed() / "notebooks").glob("*.ipynb"), key=lambda p: (p.stat().st_size, p.name)):
        ran = write.from_filename(str(path))[0]
        body, chosen = plain(ran), _CHOSEN.search(ran)
        room -= len(body.encode())
        if room < 0:
            break
        heading = re.search(r"<h2[^>]*>(.*?)</h2>", body, re.S)  # the notebook's own first heading, one lower
        title = html.unescape(re.sub(r"<[^>]+>", "", heading[1])).strip(" ¶\n") if heading else path.stem
        found[f"{path.stem}.html"] = title, body, chosen[1] if chosen else "en"
    return dict(sorted(found.items()))


def plain(body: str) -> str:
    """Without scripts, styles, anchors and what would be asked of elsewhere; headings one lower, since the page has its own; what
    scrolls can be scrolled by keyboard."""
    if chosen := _CHOSEN.search(body):
        body = re.sub(rf'<(div|details) class="prose" lang="(?!{chosen[1]})\w+">.*?</\1>', "", body, flags=re.S)
        body = re.sub(r'<details( class="prose" [^>]*>)<summary>\w+</summary>(.*?)</details>', r"<div\1\2</div>", body, flags=re.S)
    body = re.sub(r"<(script|style)\b.*?</\1>|<link\b[^>]*>|<a class=\"anchor-link\".*?</a>", "", body, flags=re.S)
    body = re.sub(r'<img (?![^>]*\bsrc="data:)[^>]*>', "", body)
    body = re.sub(r"<(/?)h([1-5])\b", lambda m: f"<{m[1]}h{int(m[2]) + 1}", body)
    body = re.sub(r'<a [^>]*href="(?!https?:|#)[^"]*"[^>]*>(.*?)</a>', r"\1", body, flags=re.S)
    body = re.sub(r"<th>\s*</th>", "<td></td>", body).replace("<pre>", '<pre tabindex="0">')
    body = re.sub(r"(<table\b.*?</table>)", r'<div class="scroll" tabindex="0">\1</div>', body, flags=re.S)
    return f'<div class="notebook">{body}</div>'


def listed(rendered: dict[str, tuple[str, str, str]], lang: str) -> str:
    """The list of those pages, and of the notebooks that have none."""
    lines = [f'<li><a href="notebooks/{name}" lang="{of}">{html.escape(title)}</a></li>'
             for name, (title, _, of) in rendered.items()]
    others = [p for p in sorted(paths.notebooks().rglob("*.ipynb")) if f"{p.stem}.html" not in rendered
              and not any(part.startswith(".") for part in p.parts)]
    return "<ul>" + "".join(lines) + "</ul>" + f"<p>{html.escape(phrase('public.notebooks_others', lang))}</p><ul>" + "".join(
        f"<li><code>{html.escape(p.relative_to(Path(paths.root())).as_posix())}</code></li>" for p in others) + "</ul>"
