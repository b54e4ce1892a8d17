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
from govlib.forms.table import as_date
from govlib.forms.write import frame_csv
from govlib.institute import synthetic
from govlib.known import provinces
from govlib.publish import export, show
from govlib.publish.show import Html, with_style
from govlib.words import wording
from govlib.words.tables import both, phrase

if TYPE_CHECKING:
    import pandas as pd

    from govlib.institute.ddci import Ratings
    from govlib.institute.satisfaction import Survey

FOOTER = both("pages.made_from_institute_s")


def look_again(notes: Sequence[str], lang: str) -> list[Html]:
    """What a reader of the file is to look at again, in the page's language; nothing where there is nothing."""
    told = [vietnamese(note) if lang == "vi" else note for note in notes]
    return [show.heading_html(phrase("operations_page.to_look_at_again", lang)), show.bullets_html(told)] if told else []


def place(province: str, year: int, lang: str) -> str:
    """A province's name in the page's language; as written where the registry does not know it."""
    try:
        return provinces.name(provinces.resolve(province, year), lang, year)
    except UnknownName:
        return province


def fieldwork(asked: Ratings | Survey, lang: str) -> str:
    """From when to when was asked, however the form's head writes it."""
    written = [asked.meta.get(key, "") for key in ("fieldwork_from", "fieldwork_to")]
    return " – ".join(wording.day(on, lang) if (on := as_date(text)) else text for text in written)


def source(asked: Ratings | Survey, key: str, lang: str) -> str:
    """Who asked whom and when, by the sentence of this key; the mark comes first where the data are made up."""
    who = asked.meta.get("producer") or phrase("ddci_page.institute", lang)
    said = phrase(key, lang, year=asked.year, who=who)
    return f"{synthetic.MARK} – {said}" if asked.synthetic else said


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
