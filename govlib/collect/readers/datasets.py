"""A third party's transcriptions of PAR INDEX, SIPAS, DTI, ICT Index and PCI tables: CSV files in dataset repositories.

They yield to every publisher's page (their priority in the catalogue is the last) and are held against every figure that we
have: :func:`govlib.collect.crosscheck.agreement`. Provinces are told by the statistics office's code and by name, which must
agree. The files of the PCI are long; their columns were not seen, so only known names are read. Editions before the first that
an index has here (SIPAS 2015 of ten provinces, the ICT Index before 2016) are not taken: their method is not described.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from govlib.collect import tidy, walk
from govlib.collect.readers.pages import Refused
from govlib.collect.readers.pci_tables import role
from govlib.errors import BadInput, UnknownName
from govlib.forms.problems import say
from govlib.known import indices, provinces
from govlib.text import parse_number

if TYPE_CHECKING:
    import pandas as pd

SITE = "https://huggingface.co"
HOSTS = ("huggingface.co", "cdn-lfs.huggingface.co", "cdn-lfs.hf.co", "cas-bridge.xethub.hf.co")
NOTE = "a third party's transcription"
#: source → (index, dataset, columns: year, code, name, total, rank, component columns)
SETS: dict[str, tuple[str, str]] = {
    "hf-vn-par-master": ("par", "letrinhan/vn-par-master"), "hf-vn-sipas-provincial": ("sipas", "letrinhan/vn-sipas-provincial"),
    "hf-vn-dti-provincial": ("dti", "letrinhan/vn-dti-provincial"), "hf-vn-pci-provincial": ("pci", "letrinhan/vn-pci-provincial"),
    "hf-vn-ict-provincial": ("ict", "letrinhan/vn-ict-provincial")}
# the ICT Index's pillar_sxkd (IT business) and pillar_mt_tccs (organisation and policy) are no components here
_PILLARS = {"pillar_cqs": "digital_government", "pillar_kts": "digital_economy", "pillar_xhs": "digital_society",
            "pillar_htkt": "technical_infrastructure", "pillar_htnl": "human_infrastructure", "pillar_ud": "application"}
_RANKS = {"pillar_cqs": "rank_cqs", "pillar_kts": "rank_kts", "pillar_xhs": "rank_xhs"}
_CODE, _NAME = ("geo_code", "unit_code"), ("geo_name", "unit_name")
_LONG_ITEM, _LONG_VALUE = ("indicator", "component", "variable"), ("value", "score")


def fetch(web: walk.Walk, source: str) -> None:
    """The repository's list of files, then each of its CSV files."""
    _, dataset = SETS[source]
    listed = web.get("files.json", f"{SITE}/api/datasets/{dataset}", always=True)
    try:
        names = [one["rfilename"] for one in json.loads(listed or b"{}").get("siblings", [])]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        web.failed["files.json"] = "the list of files is not as it was"
        return
    for name in names:
        if isinstance(name, str) and name.endswith(".csv") and ".." not in name and not name.startswith("/"):
            web.get(name.replace("/", "__"), f"{SITE}/datasets/{dataset}/resolve/main/{name}")


def read(folder: Path, source: str) -> tuple[pd.DataFrame, list[Refused]]:
    """Rows of one dataset (tidy, with ``index_id`` and ``year``) and what was not taken."""
    index_id, dataset = SETS[source]
    rows: list[dict] = []
    refused: list[Refused] = []
    urls = walk.addresses(folder)
    for path in sorted(folder.glob("*.csv")):
        try:
            rows += _file(path, index_id, source, urls.get(path.name, f"{SITE}/datasets/{dataset}"), refused)
        except (BadInput, UnknownName) as error:
            refused.append(Refused(path.name, str(error)))
    return (tidy.frame(rows, extra=("index_id",)) if rows else tidy.frame([], 2000, ("index_id",))), refused


def _file(path: Path, index_id: str, source: str, url: str, refused: list[Refused]) -> list[dict]:
    header, lines = _lines(path)
    code, name = (next((c for c in names if c in header), "") for names in (_CODE, _NAME))
    if "year" not in header or not code or not name:
        return []  # a codebook, a table of coverage
    if not {f"{index_id}_index", f"{index_id}_rank", *_PILLARS, *_LONG_VALUE} & {*header}:
        refused.append(Refused(path.name, say("no column of figures that is known here: {columns}", columns=", ".join(header))))
    rows: list[dict] = []
    first, early = indices.index(index_id).first_edition, set()
    for number, line in lines:
        if line.get("unit_type", "province") != "province" or not line["year"].strip():
            continue
        try:
            year = tidy.parse_year(line["year"], path, number)
            if year < first:
                early.add(year)
                continue
            slug = _province(line[code], line[name], year, path, number)
            common = {"index_id": index_id, "year": year, "province_printed": line[name], "province": slug, "source": source,
                      "unit": indices.index(index_id).unit, "locator": f"{url}, row {number}", "note": NOTE}
            rows += [{**common, **figure} for figure in _figures(line, index_id, year, path, number)]
        except (BadInput, UnknownName) as error:
            refused.append(Refused(path.name, str(error)))
    if early:
        refused.append(Refused(path.name, say("editions before {first}, the first here, are not taken: {years}", first=first,
                                              years=", ".join(map(str, sorted(early))))))
    return rows


def _lines(path: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"not a CSV file in UTF-8 ({type(error).__name__})", file=path, fix="fetch it again") from error
    header = [cell.strip() for cell in rows[0]] if rows else []
    for number, row in enumerate(rows[1:], 2):
        if row and len(row) != len(header):
            raise BadInput(f"{len(row)} cells where the header has {len(header)}", file=path, row=number,
                           fix="fetch it again: it may be cut")
    return header, [(number, dict(zip(header, row, strict=True))) for number, row in enumerate(rows[1:], 2) if row]


def _province(code: str, name: str, year: int, path: Path, row: int) -> str:
    slug = provinces.resolve(name, year, file=path, row=row)
    if (by := provinces.by_code(code, "gso", year)) != slug:
        raise BadInput(f"code {code} is {provinces.name(by)}, the name says {name}", file=path, row=row,
                       fix="one of the two is wrong: the line is not taken")
    return slug


def _figures(line: dict[str, str], index_id: str, year: int, path: Path, row: int) -> Iterator[dict]:
    """component, level, score, rank of what a line states."""
    def number(column: str) -> float | None:
        text = line.get(column, "")
        return None if tidy.is_blank(text) else parse_number(text, file=path, row=row, column=column)

    def rank(column: str) -> int | None:
        return tidy.parse_rank(line.get(column, ""), path, row, column)[0]

    total = f"{index_id}_index"
    if total in line and ((score := number(total)) is not None or rank(f"{index_id}_rank")):
        yield {"component": "overall", "level": "overall", "score": score, "rank": rank(f"{index_id}_rank")}
    for column, component in _PILLARS.items():
        if column in line and component in indices.component_ids(index_id, year) and (score := number(column)) is not None:
            yield {"component": component, "level": "component", "score": score, "rank": rank(_RANKS.get(column, ""))}
    item, value = (next((c for c in names if c in line), "") for names in (_LONG_ITEM, _LONG_VALUE))
    if item and value and index_id == "pci" and year in indices.editions("pci"):
        named = role(line[item].replace("_", " "))
        if named in ("overall", *indices.component_ids("pci", year)) and (score := number(value)) is not None:
            yield {"component": named, "level": "overall" if named == "overall" else "component", "score": score, "rank": None}
