"""Every source: who made it, how to cite it, where it is, on which terms, its checksum, what is wrong with it.

The table is ``reference/catalogue.csv``; forms taken in through the inbox add theirs in ``data/raw/catalogue_local.yaml``. A
source is one file (``mirror_path`` says where it lies inside a folder of originals) or one family of pages whose address
stands in each row of ``data/raw`` (``locator``). ``fetch`` is true where the very file has a public address; other files were
transcribed from pages and come from a mirror only.
"""

from __future__ import annotations

from dataclasses import MISSING, asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from govlib import files, paths
from govlib.errors import BadInput, UnknownName
from govlib.known import indices

if TYPE_CHECKING:
    import pandas as pd


LOCAL = "catalogue_local.yaml"  # beside the raw files


@dataclass(frozen=True, slots=True)
class Source:
    """One source. edition: a year, or first-last; sha256, bytes: of the pinned file, '' and 0 for page families; priority: 1 is
    believed first when two sources of an index state the same cell; accessed: ISO date on which it was read.

    >>> from govlib import catalogue
    >>> source = catalogue.source(catalogue.ids("pci")[0])
    >>> source.index_id, type(source.priority).__name__
    ('all', 'int')
    """

    id: str
    index_id: str
    edition: str
    producer: str
    title: str
    citation: str
    url: str
    terms: str
    format: str
    sha256: str
    method_version: str
    known_gaps: str
    fetch: bool
    mirror_path: str
    priority: int
    accessed: str
    title_vi: str = ""
    producer_vi: str = ""
    bytes: int = 0

    def named(self, lang: str) -> tuple[str, str]:
        """Title and producer in ``vi`` or ``en``; in English where nobody has put them into Vietnamese.

        >>> source("mof-budget-2010").named("vi")
        ('Quyết toán ngân sách địa phương 2010', 'Bộ Tài chính')
        """
        if lang == "vi":
            return self.title_vi or self.title, self.producer_vi or self.producer
        return self.title, self.producer

    def covers(self, year: int) -> bool:
        """Whether the source holds figures of that edition.

        >>> source("papi-workbook-2011-2019").covers(2015), source("pci-workbook-2012").covers(2013)
        (True, False)
        """
        years = [int(part) for part in self.edition.replace("-", " ").split() if part.isdigit()]
        return bool(years) and min(years) <= year <= max(years)


def _all() -> dict[str, Source]:
    local = paths.raw() / LOCAL
    try:
        changed = local.stat().st_mtime_ns
    except FileNotFoundError:
        return _shipped()
    return _shipped() | _local(local, changed)


@lru_cache(maxsize=4)
def _local(path: Path, changed: int) -> dict[str, Source]:
    """Sources of forms that staff filled in; ``changed`` makes the cache follow the file."""
    return {entry["id"]: Source(**entry) for entry in local_entries(path)}


def local_entries(path: Path) -> list[dict]:
    """Entries of a ``catalogue_local.yaml``, as written; empty where there is no such file.

    Raises
    ------
    BadInput
        Not YAML, no list of sources, or an entry that lacks what a source has.
    """
    import yaml

    if not path.is_file():
        return []
    mend = "mend it, or delete it and take the forms that lie in data/raw/inbox/accepted in again"
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadInput(f"not YAML ({str(error).splitlines()[0]})", file=path, fix=mend) from error
    entries = [] if content is None else content.get("sources") if isinstance(content, dict) else None
    if not isinstance(entries, list):
        raise BadInput("no list of sources", file=path, fix=mend)
    needed = {name for name, about in Source.__dataclass_fields__.items() if about.default is MISSING}
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict) or not needed <= entry.keys() <= set(Source.__dataclass_fields__):
            lacks = sorted(needed - set(entry)) if isinstance(entry, dict) else []
            raise BadInput(f"entry {number} is no source{': it lacks ' if lacks else ''}{', '.join(lacks)}", file=path, fix=mend)
        if not isinstance(entry["priority"], int) or not isinstance(entry["id"], str):
            raise BadInput(f"entry {number} has no id as text, or no whole number as priority", file=path, fix=mend)
    return entries


@lru_cache(maxsize=1)
def _shipped() -> dict[str, Source]:
    rows: list[dict[str, Any]] = [
        {**row, "fetch": row["fetch"] == "true", "priority": int(row["priority"]), "bytes": int(row["bytes"] or 0)}
        for row in files.rows(paths.reference() / "catalogue.csv")]
    return {row["id"]: Source(**row) for row in rows}


def source(source_id: str) -> Source:
    """The source with that id; raises UnknownName with those that look most like it.

    >>> source("pci-workbook-2012").format
    'Excel workbook'
    """
    known = _all()
    if source_id in known:
        return known[source_id]
    from difflib import get_close_matches

    raise UnknownName("source", source_id, get_close_matches(str(source_id), known, 3, 0.5))


def ids(index_id: str | None = None, edition: int | None = None) -> list[str]:
    """Ids of all sources, of those of an index (and of all indices together), of those that cover an edition.

    Raises UnknownName for an index of which there is none: those of all indices together would pass for its own.

    >>> ids("sipas", 2017)
    ['bac-ninh-published', 'hf-vn-sipas-provincial', 'sipas-press-baotayninh-vn']
    """
    known = sorted({s.index_id for s in _all().values()} | {*indices.INDICES})
    if index_id is not None and (index_id := str(index_id).lower()) not in known:
        raise UnknownName("index", index_id, known)
    return sorted(s.id for s in _all().values() if (index_id is None or s.index_id in (index_id, "all"))
                  and (edition is None or s.covers(edition)))


def sources(index_id: str | None = None) -> pd.DataFrame:
    """The catalogue as a table, one row a source, columns as the fields of :class:`Source`. Raises as :func:`ids`.

    >>> len(sources("pci")) > 15
    True
    """
    import pandas as pd

    return pd.DataFrame([asdict(_all()[i]) for i in ids(index_id)], columns=list(Source.__dataclass_fields__))


def priority(source_id: str) -> int:
    """1 is the best; a source that is not catalogued (a form from the inbox, say) comes last with 99.

    >>> from govlib import catalogue
    >>> catalogue.priority("a form from the inbox")
    99
    """
    known = _all().get(source_id)
    return known.priority if known else 99
