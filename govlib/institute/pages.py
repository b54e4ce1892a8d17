"""Pages of the instruments: pieces of :mod:`govlib.publish.show`, shown by a notebook or exported as one page.

A section is a list of :class:`~govlib.publish.show.Html`. A notebook displays it (:func:`display`); :func:`write` makes
the same self-contained page as a briefing, through :mod:`govlib.publish.export`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from govlib import files
from govlib.errors import UnknownName
from govlib.forms.problems import vietnamese
from govlib.forms.write import frame_csv
from govlib.known import provinces
from govlib.publish import export
from govlib.publish.show import Html, esc, with_style
from govlib.words.tables import both, phrase

if TYPE_CHECKING:
    import pandas as pd

FOOTER = both("pages.made_from_institute_s")


def heading(text: object, level: int = 2) -> Html:
    return Html(f"<h{level}>{esc(text)}</h{level}>")


def paragraph(text: object, *, lead: bool = False) -> Html:
    return Html(f'<p class="lead">{esc(text)}</p>' if lead else f"<p>{esc(text)}</p>")


def bullets(items: Iterable[object], *, findings: bool = False) -> Html:
    inner = "".join(f"<li>{esc(item)}</li>" for item in items)
    return Html(f'<ol class="findings">{inner}</ol>' if findings else f"<ul>{inner}</ul>")


def look_again(notes: Sequence[str], lang: str) -> list[Html]:
    """What a reader of the file is to look at again, in the page's language; nothing where there is nothing."""
    told = [vietnamese(note) if lang == "vi" else note for note in notes]
    return [heading(phrase("operations_page.to_look_at_again", lang)), bullets(told)] if told else []


def place(province: str, year: int, lang: str) -> str:
    """A province's name in the page's language; as written where the registry does not know it."""
    try:
        return provinces.name(provinces.resolve(province, year), lang, year)
    except UnknownName:
        return province


def display(pieces: Iterable[Html]) -> None:
    """Show the pieces in a notebook, in order."""
    from IPython.display import display as show_it

    for piece in pieces:
        show_it({"text/html": with_style(str(piece)), "text/plain": "<piece of the page>"}, raw=True)


def made(pieces: Sequence[Html], name: str, *, lang: str, footer: str | None = None) -> bytes:
    """One page with its closing line.

    Raises
    ------
    BadPage : a figure without alt text, no cover, something that would be fetched.
    """
    page = export.of_pieces(pieces, lang=lang, name=name)
    return page.replace(phrase("page.footer", lang).encode(), (footer or FOOTER[lang]).encode())


def index(lang: str) -> str:
    """Name of the first page of a report in a language."""
    return "index.html" if lang == "vi" else f"index.{lang}.html"


def write(pages: Mapping[str, Sequence[Html]], tables: Mapping[str, pd.DataFrame], out: Path, *, lang: str,
          footer: str | None = None) -> list[Path]:
    """``out/<name>`` for each page and ``out/tables/<table>.csv`` for each table: all of them, or nothing changes."""
    out = Path(out)
    contents: dict[Path, bytes | str] = {out / name: made(pieces, Path(name).stem, lang=lang, footer=footer) for name,
                                         pieces in pages.items()}
    return files.write_all({**contents, **{out / "tables" / f"{name}.csv": frame_csv(table) for name, table in tables.items()}})
