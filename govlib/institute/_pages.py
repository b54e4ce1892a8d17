"""Pages of the instruments: pieces of :mod:`govlib.publish.show`, shown by a notebook or exported as one page.

A section is a list of :class:`~govlib.publish.show.Html`. A notebook displays it (:func:`display`); :func:`write` makes
the same self-contained page as a briefing, through :mod:`govlib.publish.export`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from govlib.errors import UnknownName
from govlib.publish.show import Html, esc

FOOTER = {"vi": "Trang được lập tự động từ phiếu khảo sát của Viện; cách tính và giới hạn ghi trong trang. Trang này không tải gì từ bên ngoài.",
          "en": "Made from the institute's own questionnaires; methods and limits stand on the page. This page fetches nothing."}


def heading(text: object, level: int = 2) -> Html:
    return Html(f"<h{level}>{esc(text)}</h{level}>")


def paragraph(text: object, *, lead: bool = False) -> Html:
    return Html(f'<p class="lead">{esc(text)}</p>' if lead else f"<p>{esc(text)}</p>")


def bullets(items: Iterable[object], *, findings: bool = False) -> Html:
    inner = "".join(f"<li>{esc(item)}</li>" for item in items)
    return Html(f'<ol class="findings">{inner}</ol>' if findings else f"<ul>{inner}</ul>")


def place(province: str, year: int, lang: str) -> str:
    """A province's name in the page's language; as written where the registry does not know it."""
    from govlib.known import provinces

    try:
        return provinces.name(provinces.resolve(province, year), lang, year)
    except UnknownName:
        return province


def display(pieces: Iterable[Html]) -> None:
    """Show the pieces in a notebook, in order."""
    from IPython.display import display as show_it

    for piece in pieces:
        show_it({"text/html": str(piece), "text/plain": "<piece of the page>"}, raw=True)


def write(pieces: Sequence[Html], path: Path, *, lang: str) -> Path:
    """One page; it appears whole or not at all.

    Raises
    ------
    BadPage : a figure without alt text, no cover, something that would be fetched.
    """
    from nbformat.v4 import new_code_cell, new_notebook, new_output

    from govlib.publish import export

    outputs = [new_output("display_data", {"text/html": str(piece), "text/plain": ""}) for piece in pieces]
    made = export.page(new_notebook(cells=[new_code_cell("", outputs=outputs)]), lang=lang, name=path.stem)
    made = made.replace(export.WORDS[lang]["footer"].encode(), FOOTER[lang].encode())
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.part")
    scratch.write_bytes(made)
    os.replace(scratch, path)
    return path
