"""The two pages as a plain e-mail."""

from __future__ import annotations

import textwrap

from govlib.publish.content import Page
from govlib.publish.office import blocks

WIDTH = 76


def text(page: Page) -> str:
    """Subject line, an empty line, the text; tables as lines of ``name: value, value``."""
    out = [page.label("office.subject", title=page.cover()["title"], year=page.year), ""]
    for b in blocks.summary(page):
        if b.kind == "heading":
            out += ["", *textwrap.wrap(b.text.upper() if b.level == 1 else b.text, WIDTH)]
        elif b.kind == "paragraph":
            out += textwrap.wrap(b.text, WIDTH)
        elif b.kind == "bullets":
            for (item,) in b.rows:
                out += textwrap.wrap(item, WIDTH, initial_indent="- ", subsequent_indent="  ")
        elif b.kind == "table":
            head, *rows = b.rows
            out += textwrap.wrap(b.text, WIDTH)
            for row in rows:
                told = "; ".join(f"{h}: {v}" for h, v in zip(head[1:], row[1:], strict=True) if v != "–")
                out += textwrap.wrap(f"{row[0]} – {told}", WIDTH, initial_indent="- ", subsequent_indent="  ")
            out += textwrap.wrap(b.note, WIDTH)
    return "\n".join(out).strip() + "\n"
