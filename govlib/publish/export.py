"""From an executed notebook to one self-contained page, by nbconvert in this process with a template of our own.

nbconvert's own HTML exporter is not used: its templates fetch scripts from elsewhere, and it parses and rewrites the whole
page, which lowers the case of SVG attributes. Here the cells' output goes through ``template/index.html.j2`` (on
nbconvert's ``base``), then gets anchors, contents, sections and the notes that say where each number comes from.

A page is refused (:class:`BadPage`) rather than published with a figure without alt text, an address it would fetch, or
no title.
"""

from __future__ import annotations

import base64
import contextlib
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

from govlib.collect import locators
from govlib.errors import GovlibError, MissingData
from govlib.publish.markup import link
from govlib.publish.svg import svg
from govlib.publish.tables import slug
from govlib.words.tables import phrase, under

HERE = Path(__file__).parent
READS = ("govlib/publish/template/*.j2", "govlib/publish/template/conf.json")
OWN = ("govlib", "estimates")  # sources that are no publisher's
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_BLOCKS = ("p", "li", "dd", "table")  # a note is put at the end of the innermost of these (a table's: in its caption)


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
    config.NbConvertBase.display_data_priority = ["text/html", "text/markdown", "image/svg+xml", "image/png", "text/plain"]
    exporter = TemplateExporter(config=config, template_name="template", extra_template_basedirs=[str(HERE)],
                                template_file="index.html.j2", exclude_input=True, exclude_raw=True, optimistic_validation=True)
    for name, function in (("prose", prose), ("drawing", drawing), ("picture", picture)):
        exporter.register_filter(name, function)
    return exporter


@functools.lru_cache(maxsize=1)
def _templates() -> Any:
    from jinja2 import Environment, FileSystemLoader  # with nbconvert, which brings it, for those who make pages only

    return Environment(loader=FileSystemLoader(HERE / "template"), keep_trailing_newline=True)


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
def page(notebook: Any, *, lang: str, name: str) -> bytes:
    """The finished page, UTF-8.

    Parameters
    ----------
    notebook : executed notebook. lang : ``vi`` or ``en``. name : stem of the page's file name, its row in the list.

    Raises
    ------
    BadPage
        A figure without alt text, no or several ``<h1>``, a script in an output, something that would be fetched.
    """
    try:
        body, _ = environment().from_notebook_node(_quiet(notebook), {"govlib_lang": lang})
        check(body)
        body = numbered(body, lang)
        body, contents = anchored(body)
        cover, body = _split_cover(body)
    except BadPage as error:
        error.notebook = notebook
        raise
    except ValueError as error:
        raise BadPage(str(error), notebook) from None
    title = _text(cover.partition("<h1>")[2].partition("</h1>")[0] or body.partition("<h1>")[2].partition("</h1>")[0])
    template = environment().environment.get_template("page.html.j2")
    out = template.render(lang=lang, title=_html.escape(title), cover=cover, body=body, contents=contents,
                          words=under("page", lang),
                          css=stylesheet(), policy=STANDS_ALONE, running_title=_css_string(title), anchor=name.rsplit(".", 1)[0],
                          script=(HERE / "template" / "page.js").read_text(encoding="utf-8"))
    return unicodedata.normalize("NFC", out).encode()


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
    shown = ("text/html", "text/markdown", "image/svg+xml", "image/png", "text/plain")
    copy = notebook.copy()
    copy["cells"] = []
    for cell in notebook.cells:
        cell = cell.copy()
        if cell.cell_type == "code":
            cell["outputs"] = [o for o in cell.outputs if any(mime in o.get("data", {}) for mime in shown)]
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


def anchored(body: str) -> tuple[str, list[tuple[str, str]]]:
    """Ids for all headings, a section for each ``<h2>``, and the contents: (id, text as HTML)."""
    used: set[str] = set(re.findall(r'\bid="([^"]+)"', body))
    contents: list[tuple[str, str]] = []
    open_section = False

    def head(match: re.Match) -> str:
        nonlocal open_section
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
        before = "</section>\n" if open_section else ""
        open_section = True
        return f'{before}<section aria-labelledby="{anchor}">\n{heading}'

    body = re.sub(r"<h([2-6])(?: id=\"[^\"]*\")?>(.*?)</h\1>", head, body, flags=re.S)
    return body + ("</section>\n" if open_section else ""), contents


def numbered(body: str, lang: str) -> str:
    """Notes for the numbers: a small number that leads to the source at the end of each paragraph, item or table, and
    the list of sources with the places of the numbers in them. Print, which leaves out the tables behind the figures, leaves
    out their places too."""
    order: dict[str, dict[str, bool]] = {}  # source → place → whether it stands anywhere but behind a figure
    behind, position, note = False, 0, phrase("page.note", lang)
    out: list[str] = []
    stack: list[tuple[str, list[str]]] = []
    pattern = re.compile(r'<(/?)(p|li|dd|table|caption)\b[^>]*>|<span class="num" data-source="([^"]*)"'
                         r'(?: data-locator="([^"]*)")?>|<details\b[^>]*>|</details>')
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
    return "".join(out) + body[position:] + (_sources(order, lang) if order else "")


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
    return f'\n<h2>{words["sources"]}</h2>\n<div class="sources"><p>{words["sources_lead"]}</p><ol>{"".join(items)}</ol></div>'


def _listed(places: Iterable[str]) -> str:
    """Places of the page's attributes as one text of it, those of a sheet, row or recipe together."""
    return _html.escape(locators.listed(map(_html.unescape, places)))


def _citation(source: str, lang: str) -> tuple[str, str]:
    """Short name and full citation of a catalogue entry; the bare id where the catalogue does not know it."""
    with contextlib.suppress(ImportError, GovlibError, OSError, AttributeError):
        from govlib.known import catalogue

        entry = catalogue.source(source)
        citation, url = (v if isinstance(v := getattr(entry, field, ""), str) else "" for field in ("citation", "url"))
        title, producer = entry.named(lang)
        title = title or source
        # a Vietnamese page names its sources in Vietnamese; the citation in the language of the work is in the list of sources
        named = f"{producer[:1].upper()}{producer[1:]}. {title}." if lang == "vi" and producer else citation or title
        text = _html.escape(named) + f' <span class="locators">[{_html.escape(source)}]</span>'
        if url and (lang == "vi" or url not in citation):
            text += f" {link(url, url)}"
        return title, text
    if source in OWN:
        name, text = phrase(f"own_source.{source}.name", lang), phrase(f"own_source.{source}.what", lang)
        return name, f'{_html.escape(text)} <span class="locators">[{_html.escape(source)}]</span>'
    return source, f"<code>{_html.escape(source)}</code>"


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
    with tempfile.TemporaryDirectory(prefix="govlib-chromium-") as profile:
        command = [chromium(), "--headless", "--disable-gpu", "--no-first-run", "--hide-scrollbars", f"--user-data-dir={profile}",
                   "--host-resolver-rules=MAP * ~NOTFOUND", "--no-pdf-header-footer", "--generate-pdf-document-outline",
                   f"--print-to-pdf={scratch}", source.resolve().as_uri()]
        if hasattr(os, "getuid") and os.getuid() == 0:
            command.insert(1, "--no-sandbox")  # Chromium refuses to run as root with its sandbox, as in containers
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
        except subprocess.TimeoutExpired:
            raise BadPage(f"Chromium made no PDF in {seconds} seconds") from None
    if not scratch.is_file() or not scratch.read_bytes().rstrip().endswith(b"%%EOF"):
        raise BadPage(f"Chromium made no PDF: {done.stderr.strip()[-300:]}")
    os.replace(scratch, target)
