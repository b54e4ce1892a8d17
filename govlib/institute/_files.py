"""A page with its own closing line, and the tables beside it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from govlib.institute import _pages

if TYPE_CHECKING:
    import pandas as pd

    from govlib.briefings.show import Html


def write(pieces: Sequence[Html], tables: Mapping[str, pd.DataFrame], out: Path, name: str, *, lang: str, footer: str) -> list[Path]:
    """The page ``out/name`` and ``out/<table>.csv`` (UTF-8 with BOM), each whole or not at all; returns their paths."""
    out = Path(out)
    page = _pages.write(pieces, out / f".{name}.draft", lang=lang)
    text = page.read_bytes().replace(_pages.FOOTER[lang].encode(), footer.encode())
    page.write_bytes(text)
    os.replace(page, out / name)
    written = [out / name]
    for stem, table in tables.items():
        scratch = out / f".{stem}.csv.part"
        table.to_csv(scratch, index=False, encoding="utf-8-sig", lineterminator="\r\n")
        os.replace(scratch, out / f"{stem}.csv")
        written.append(out / f"{stem}.csv")
    return written
