"""A page with its own closing line, and the tables beside it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from govlib.forms import write as form_writer
from govlib.institute import _pages

if TYPE_CHECKING:
    import pandas as pd

    from govlib.publish.show import Html


def write(pieces: Sequence[Html], tables: Mapping[str, pd.DataFrame], out: Path, *, lang: str, footer: str) -> list[Path]:
    """The page ``out/index.html`` (``index.en.html``) and ``out/tables/<table>.csv`` (UTF-8 with BOM), each whole or not at
    all; returns their paths."""
    out = Path(out)
    name = "index.html" if lang == "vi" else f"index.{lang}.html"
    draft = _pages.write(pieces, out / f".{name}", lang=lang)
    draft.write_bytes(draft.read_bytes().replace(_pages.FOOTER[lang].encode(), footer.encode()))
    os.replace(draft, out / name)
    return [out / name, *form_writer.tables(out / "tables", tables)]
