"""From an executed notebook to one self-contained page, by nbconvert in this process with a template of our own.

nbconvert's own HTML exporter is not used: its templates fetch scripts from elsewhere, and it parses and rewrites the whole
page, which lowers the case of SVG attributes. Here the cells' output goes through ``template/index.html.j2`` (on
nbconvert's ``base``), then gets anchors, contents, sections and the notes that say where each number comes from.

A page is refused (:class:`BadPage`) rather than published with a figure without alt text, an address it would fetch, or
no title.
"""

from __future__ import annotations

import base64
import functools
import html as _html
import os
import re
import shutil
import subprocess
import tempfile
import unicodedata
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from govlib import files
from govlib.errors import GovlibError, MissingData
from govlib.publish.notes import numbered
from govlib.publish.show import without_style
from govlib.publish.svg import svg
from govlib.publish.tables import slug
from govlib.words.tables import phrase, under

HERE = Path(__file__).parent
READS = ("govlib/publish/template/*.j2", "govlib/publish/template/conf.json")
_SHOWN = ("text/html", "text/markdown", "image/svg+xml", "image/png", "text/plain")  # what a page takes, the first before others
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


class BadPage(GovlibError):
    """A page that must not be published. ``notebook`` is the executed notebook it came from."""

    def __init__(self, reason: str, notebook: Any = None):
        self.reason, self.notebook, self.details = reason, notebook, ""
        super().__init__(reason)


# -------------------------------------------------------------------------------------------------------- the template
@functools.lru_cache(maxsize=1)
def environment() -> Any:
    """nbconvert's exporter with our template; made once a process."""
    from nbconvert.exporters.templateexporter import TemplateExporter
    from traitlets.config import Config

    config = Config()
    config.NbConvertBase.display_data_priority = list(_SHOWN)
    exporter = TemplateExporter(config=config, template_name="template", extra_template_basedirs=[str(HERE)],
                                template_file="index.html.j2", exclude_input=True, exclude_raw=True, optimistic_validation=True)
    for name, function in (("prose", prose), ("drawing", drawing), ("picture", picture), ("bare", without_style)):
        exporter.register_filter(name, function)
    return exporter


@functools.lru_cache(maxsize=1)
def _templates() -> Any:
    from jinja2 import Environment, FileSystemLoader  # with nbconvert, which brings it, for those who make pages only

    loader = FileSystemLoader(HERE / "template")
    return Environment(loader=loader, keep_trailing_newline=True)  # noqa: S701 - given Html, escaped where it was made (show.py)


def page_template(name: str) -> Any:
    """A template of ``template/`` that needs nothing of nbconvert's."""
    return _templates().get_template(name)


# A page carries all that it needs and may ask nobody for more, whatever a figure's text or a file's name has put into it.
STANDS_ALONE = ('<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; script-src \'unsafe-inline\'; '
                'style-src \'unsafe-inline\'; img-src data:; font-src data:; base-uri \'none\'; form-action \'none\'">')


@functools.lru_cache(maxsize=1)
def stylesheet() -> str:
    """The page's CSS with its fonts inside."""
    faces = []
    for family, weight, style, file in (("Govlib Sans", 400, "normal", "govlib-sans-400"),
                                        ("Govlib Sans", 400, "italic", "govlib-sans-400i"),
                                        ("Govlib Sans", 600, "normal", "govlib-sans-600"),
                                        ("Govlib Serif", 600, "normal", "govlib-serif-600")):
        data = base64.b64encode((HERE / "template" / "fonts" / f"{file}.woff2").read_bytes()).decode()
        faces.append(f'@font-face{{font-family:"{family}";font-weight:{weight};font-style:{style};font-display:swap;'
                     f'src:url("data:font/woff2;base64,{data}") format("woff2")}}')
    css = (HERE / "template" / "page.css").read_text(encoding="utf-8")
    return "\n".join(faces) + "\n" + re.sub(r"/\*.*?\*/\n?", "", css)


@functools.lru_cache(maxsize=1)
def _markdown() -> Any:
    import mistune

    return mistune.create_markdown(escape=True, plugins=["table", "strikethrough"])


def prose(text: str) -> str:
    """Markdown as HTML; HTML inside it is shown as text."""
    return re.sub(r'<th style="text-align:right">', '<th class="n">', _markdown()(text)).replace(
        '<td style="text-align:right">', '<td class="n">').replace(' style="text-align:left"', "")


def _alt(metadata: Any, kind: str) -> str:
    text = str((metadata.get(kind) or {}).get("alt", "")).strip() if metadata else ""
    if not text:
        raise BadPage('a picture has no alt text: use show.figure, or display(figure, metadata={"' + kind + '": {"alt": …}})')
    return text


def picture(data: str, metadata: Any) -> str:
    """A bitmap that a cell displayed with an alt text."""
    alt = _html.escape(_alt(metadata, "image/png"), quote=True)
    return (f'<figure class="picture"><div class="drawing"><img alt="{alt}" src="data:image/png;base64,{data.strip()}">'
            "</div></figure>")


def drawing(data: str, metadata: Any) -> str:
    """An SVG that a cell displayed with an alt text."""
    alt = _alt(metadata, "image/svg+xml")
    prefix = "svg-" + base64.b32encode(alt.encode()).decode()[:8].lower().rstrip("=") + "-"
    return f'<figure class="picture"><div class="drawing">{svg(data, prefix=prefix, alt=alt)}</div></figure>'


# ------------------------------------------------------------------------------------------------------------- the page
def checked(notebook: Any, lang: str) -> str:
    """What the notebook's cells show, as HTML that may be published; raises BadPage where something in it may not."""
    try:
        body, _ = environment().from_notebook_node(_quiet(notebook), {"govlib_lang": lang})
        check(body)
    except BadPage as error:
        error.notebook = notebook
        raise
    except ValueError as error:
        raise BadPage(str(error), notebook) from None
    return body


def page(notebook: Any, *, lang: str, name: str, only: str = "", body: str | None = None) -> bytes:
    """The finished page, UTF-8.

    Parameters
    ----------
    notebook : executed notebook. lang : ``vi`` or ``en``. name : stem of the page's file name, its row in the list.
    only : the parts of one kind (:func:`govlib.publish.show.part`) with the cover, as a page of their own: ``sheet`` is the
        summary of two printed sides. body : what :func:`checked` gave, for whoever makes several pages of it.

    Raises
    ------
    BadPage
        A figure without alt text, no or several ``<h1>``, a script in an output, something that would be fetched.
    """
    try:
        cover, body = _split_cover(checked(notebook, lang) if body is None else body)
        if only != "annex":  # with notes of its own; the list of all is part of the annex
            body = parted(body, only) if only else body
        body = numbered(body, lang)
        if only == "annex":
            body = parted(body, only)
        body, contents = anchored(body, "" if only else lang)
    except BadPage as error:
        error.notebook = notebook
        raise
    except ValueError as error:
        raise BadPage(str(error), notebook) from None
    title = _text(cover.partition("<h1>")[2].partition("</h1>")[0] or body.partition("<h1>")[2].partition("</h1>")[0])
    template = environment().environment.get_template("page.html.j2")
    out = template.render(lang=lang, title=_html.escape(title), cover=cover, body=body, contents=contents, only=only, name=name,
                          words=under("page", lang),
                          css=stylesheet(), policy=STANDS_ALONE, running_title=_css_string(title), anchor=name.rsplit(".", 1)[0],
                          script=(HERE / "template" / "page.js").read_text(encoding="utf-8"))
    return unicodedata.normalize("NFC", out).encode()


def of_pieces(pieces: Iterable[str], *, lang: str, name: str, only: str = "") -> bytes:
    """:func:`page` of pieces of HTML that no notebook has shown."""
    from nbformat.v4 import new_code_cell, new_notebook, new_output  # nbformat takes half a second to import

    outputs = [new_output("display_data", {"text/html": str(piece), "text/plain": ""}) for piece in pieces]
    return page(new_notebook(cells=[new_code_cell("", outputs=outputs)]), lang=lang, name=name, only=only)


def ready() -> None:
    """Make a page of nothing: what is made once a process (templates, the schema of notebooks, fonts as text) is there when
    workers are forked from it, instead of made by each of them again."""
    import nbformat

    cover = nbformat.v4.new_output("display_data", data={"text/html": "<!--cover--><h1>x</h1><!--/cover-->"})
    page(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("x", metadata={"tags": ["vi"]}),
                                         nbformat.v4.new_code_cell("x", outputs=[cover])]), lang="vi", name="x.vi")


def _quiet(notebook: Any) -> Any:
    """The notebook with only the outputs that a page can show: the others are messages between notebook and driver, and
    nbconvert would warn of each."""
    copy = notebook.copy()
    copy["cells"] = []
    for cell in notebook.cells:
        cell = cell.copy()
        if cell.cell_type == "code":
            cell["outputs"] = [o for o in cell.outputs if any(mime in o.get("data", {}) for mime in _SHOWN)]
        copy["cells"].append(cell)
    return copy


def check(body: str) -> None:
    """Refuse what must not be on a page; names the first thing found."""
    count = len(re.findall(r"<h1\b", body))
    if count != 1:
        raise BadPage(f"the page has {count} titles (<h1>), it needs one: show.cover")
    for tag in re.finditer(r"<(img|svg|figure)\b[^>]*>", body):
        if tag[1] == "img" and not re.search(r'\balt="[^"]+"', tag[0]):
            raise BadPage("a picture has no alt text")
        if tag[1] == "svg" and not re.search(r'\baria-label="[^"]+"', tag[0]):
            raise BadPage("a figure has no alt text")
    if match := re.search(r"<(script|iframe|object|embed|link|base|form|style|foreignObject)\b", body, re.I):
        raise BadPage(f"a cell displays <{match[1]}>: use the functions of govlib.publish.show (a bare table shows pandas' style)")
    if re.search(r'<table\b[^>]*class="dataframe"', body):
        raise BadPage("a cell displays a bare DataFrame: use show.table, which has a caption, headers and its numbers' form")
    for found in re.finditer(r'<(\w+)\b[^>]*?\s(?:src|href|srcset|poster|data|action)=["\']([^"\']*)["\']', body):
        name, address = found.groups()
        if not re.match(r"#|data:(image/png|text/csv)[;,]", address) and not (
                name == "a" and re.match(r"https?://|mailto:|[\w.-]+\.(html|csv|pdf)(#|$)", address)):
            raise BadPage(f"<{name}> would fetch or open {address[:80]!r}")
    if re.search(r"url\(\s*['\"]?(?!#|['\"]?data:)\w", body):
        raise BadPage("a style would fetch something")
    if re.search(r"<[a-z][^>]*\s(on\w+)=", body, re.I):  # the same words in a text that an attribute holds do nothing
        handlers = _Handlers()
        handlers.feed(body)
        if handlers.found:
            raise BadPage(f"a cell displays an event handler ({handlers.found[0]})")


class _Handlers(HTMLParser):
    """Names of the event handlers among a page's attributes."""

    def __init__(self):
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [name for name, _ in attrs if name.startswith("on")]


_PART = re.compile(r"<!--part (\w+)-->\s*(.*?)<!--/part-->\s*", re.S)


def has_part(notebook: Any, kind: str) -> bool:
    """Whether a notebook's outputs hold parts of a kind."""
    mark = f"<!--part {kind}-->"
    return any(mark in o.get("data", {}).get("text/html", "") for c in notebook.cells for o in c.get("outputs", ()))


def parted(body: str, kind: str) -> str:
    """The parts of one kind."""
    return "".join(m[0] for m in _PART.finditer(body) if m[1] == kind)


def anchored(body: str, folds: str = "") -> tuple[str, list[tuple[str, str]]]:
    """Ids for all headings, a section for each ``<h2>``, an element for each part, and the contents: (id, text as HTML).
    ``folds``: the language in which an annex that folds is headed; without one it lies open."""
    used: set[str] = set(re.findall(r'\bid="([^"]+)"', body))
    contents: list[tuple[str, str]] = []
    open_section, folded = False, [False]

    def head(match: re.Match) -> str:
        nonlocal open_section
        before, open_section = "</section>\n" if open_section and match[1] in (None, "2") else "", open_section and match[1] != "2"
        if match[1] is None:  # a part begins or ends
            open_section = False
            if match[3]:
                folded[0] = bool(folds) and match[3] == "annex"
                return before + (f'<details class="part annex"><summary>{phrase("annex.title", folds)}</summary>' if folded[0]
                                 else f'<div class="part {match[3]}">')
            return before + ("</details>" if folded[0] else "</div>")
        level, inner = match[1], match[2].strip()
        stem = slug(_text(re.sub(r'<sup class="fn">.*?</sup>', "", inner))) or "muc"
        anchor, n = stem, 2
        while anchor in used:
            anchor, n = f"{stem}-{n}", n + 1
        used.add(anchor)
        heading = f'<h{level} id="{anchor}">{inner}</h{level}>'
        if level != "2":
            return heading
        contents.append((anchor, _html.escape(_text(inner), quote=False)))
        open_section = True
        return f'{before}<section aria-labelledby="{anchor}">\n{heading}'

    body = re.sub(r"<h([2-6])(?: id=\"[^\"]*\")?>(.*?)</h\1>|<!--(?:part (\w+)|/part)-->", head, body, flags=re.S)
    return body + ("</section>\n" if open_section else ""), contents


def _split_cover(body: str) -> tuple[str, str]:
    match = re.search(r"<!--cover-->(.*?)<!--/cover-->\s*", body, re.S)
    return (match[1], body[:match.start()] + body[match.end():]) if match else ("", body)


def _text(markup: str) -> str:
    return re.sub(r"\s+", " ", _html.unescape(re.sub(r"<[^>]*>", "", markup))).strip()


def _css_string(text: str) -> str:
    escaped = re.sub(r'["\\<>&\n\r]', lambda m: f"\\{ord(m[0]):x} ", text)
    return f'"{escaped}"'


# ------------------------------------------------------------------------------------------------------------------ PDF
def chromium() -> str:
    """Path of Chromium (``GOVLIB_CHROMIUM``, else on the PATH); MissingData where there is none."""
    for name in (os.environ.get("GOVLIB_CHROMIUM", ""), *_CHROMIUM):
        if name and (found := shutil.which(name)):
            return found
    raise MissingData("chromium", "apt-get install chromium (or set GOVLIB_CHROMIUM), or leave PDF=1 out")


def pdf(source: Path, target: Path, seconds: int = 120) -> None:
    """Print a page to PDF: A4, tagged, with bookmarks, as the print stylesheet says. Nothing is fetched."""
    scratch = target.with_suffix(".part.pdf")
    with files.scratch(Path(tempfile.gettempdir()), "govlib-chromium-") as profile:  # its processes may write to the very end
        command = [chromium(), "--headless", "--disable-gpu", "--no-first-run", "--hide-scrollbars", f"--user-data-dir={profile}",
                   "--host-resolver-rules=MAP * ~NOTFOUND", "--no-pdf-header-footer", "--generate-pdf-document-outline",
                   f"--print-to-pdf={scratch}", source.resolve().as_uri()]
        if hasattr(os, "getuid") and os.getuid() == 0:
            command.insert(1, "--no-sandbox")  # Chromium refuses to run as root with its sandbox, as in containers
        try:
            done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", timeout=seconds, check=False)
        except subprocess.TimeoutExpired:
            raise BadPage(f"Chromium made no PDF in {seconds} seconds") from None
    if not scratch.is_file() or not scratch.read_bytes().rstrip().endswith(b"%%EOF"):
        raise BadPage(f"Chromium made no PDF: {done.stderr.strip()[-300:]}")
    os.replace(scratch, target)
