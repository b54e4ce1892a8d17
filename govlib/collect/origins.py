"""Origins that are walked page by page (not single pinned files): how each is fetched into ``originals/pages/<source>`` and read.

What they hold stays on the machine that pulled it: nothing of it is written to ``data/raw``; ``make panel`` reads it from there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from govlib.collect.readers import datasets, pci_profiles, pci_site_table, pxweb
from govlib.collect.readers.pages import Refused
from govlib.collect.walk import Walk
from govlib.forms.problems import message

if TYPE_CHECKING:
    import pandas as pd

FOLDER = "pages"
_KEY = ("index_id", "year", "province", "component")


@dataclass(frozen=True)
class Origin:
    """hosts: where its pages may lie; fetch: the walk; read: rows and what was not taken; controls: rows are controls."""

    hosts: tuple[str, ...]
    fetch: Callable[[Walk], None]
    read: Callable[[Path], tuple[pd.DataFrame, list[Refused]]]
    controls: bool = False


ORIGINS: dict[str, Origin] = {
    pci_profiles.SOURCE: Origin(pci_profiles.HOSTS, pci_profiles.fetch, pci_profiles.read),
    pci_site_table.SOURCE: Origin(pci_site_table.HOSTS, pci_site_table.fetch, pci_site_table.read),
    **{source: Origin(datasets.HOSTS, partial(datasets.fetch, source=source), partial(datasets.read, source=source))
       for source in datasets.SETS},
    pxweb.SOURCE: Origin(pxweb.HOSTS, pxweb.fetch, pxweb.read, controls=True)}


def read(originals: Path, controls: bool = False) -> tuple[pd.DataFrame, list[Refused]]:
    """Rows of all origins that were pulled: scores (tidy, with ``index_id`` and ``year``), or controls."""
    import pandas as pd

    parts, refused = [], []
    for source, origin in ORIGINS.items():
        folder = originals / FOLDER / source
        if origin.controls == controls and folder.is_dir():
            rows, not_taken = origin.read(folder)
            refused += [Refused(f"{source}/{one.page}", one.why) for one in not_taken]
            if len(rows):
                parts.append(rows)
    return (pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()), refused


def refusals(originals: Path, lang: str = "en") -> list[str]:
    """What was not taken, page by page, in words."""
    said = message if lang == "vi" else str
    return [said(f"not taken: {page}: {why}") for controls in (False, True) for page, why in read(originals, controls)[1]]


def changes(source: str, folder: Path, olds: dict[str, Path], show: int = 5) -> list[str]:
    """What the figures of changed pages were and are, in words: ``bac-ninh pci 2022 overall: 69.08 → 69.18``."""
    import shutil
    import tempfile

    origin = ORIGINS[source]
    said: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        before = Path(name)
        for page, old in olds.items():
            shutil.copyfile(old, before / page)
        (before / ".pages.json").write_bytes((folder / ".pages.json").read_bytes())
        was, now = (_figures(origin.read(place)[0], origin.controls) for place in (before, folder))
    for key, value in was.items():
        if key in now and now[key] != value:
            said.append(f"{' '.join(map(str, key))}: {value} → {now[key]}")
        elif key not in now:
            said.append(f"{' '.join(map(str, key))}: {value} → gone")
    return said[:show] + ([f"and {len(said) - show} more"] if len(said) > show else [])


def _figures(rows: pd.DataFrame, controls: bool) -> dict[tuple, str]:
    if not len(rows):
        return {}
    key = ("variable", "year", "province") if controls else _KEY
    value = rows["value" if controls else "score"]
    return {k: str(v) for k, v in zip(rows[list(key)].itertuples(index=False, name=None), value, strict=True) if v == v}
