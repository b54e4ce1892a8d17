"""The one shape that all readers give, and the one way it is written to ``data/raw``.

A raw file is ``<index>/<edition>.csv`` beside ``<edition>.meta.yaml``, its sidecar. Both are written so that the same
figures always give the same bytes: sorted rows, LF, the shortest decimal text that reads back as the same number.
"""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import yaml

from govlib.errors import BadInput
from govlib.text import parse_number

COLUMNS = ["province_printed", "province", "component", "level", "score", "rank", "tier", "unit", "source", "locator", "note"]
LEVELS = ("overall", "component", "indicator")
NOT_PUBLISHED = {"", "-", "–", "—", "..", "...", "…", "n/a", "na", "n.a.", "n.a", "#n/a"}  # printed in place of a figure


def frame(rows: Iterable[dict], year: int | None = None, extra: tuple[str, ...] = ()) -> pd.DataFrame:
    """Rows as a DataFrame with :data:`COLUMNS` (and ``extra`` ones and ``year`` first where given), sorted, types set.

    ``score`` float (NaN: not published, the note says why), ``rank`` Int64 (empty where not printed), all else text.
    A row may carry its own ``year``; then the column is kept.
    """
    rows = list(rows)
    with_year = year is not None or any("year" in row for row in rows)
    columns = [*extra, *(["year"] if with_year else []), *COLUMNS]
    table = pd.DataFrame.from_records([{**({"year": year} if year is not None else {}), **row} for row in rows],
                                      columns=columns)
    table["score"] = pd.to_numeric(table["score"]).astype("float64")
    table["rank"] = pd.to_numeric(table["rank"]).astype("Int64")
    for column in set(COLUMNS) - {"score", "rank"}:
        table[column] = table[column].astype("object").fillna("")
    if with_year:
        table["year"] = table["year"].astype("int64")
    return sort(table)


def sort(table: pd.DataFrame) -> pd.DataFrame:
    """Year, province, overall first, component, source, locator: the order of every raw file."""
    keys = table.assign(_level=table["level"].map({level: i for i, level in enumerate(LEVELS)}))
    by = [*(["year"] if "year" in table else []), "province", "_level", "component", "source", "locator", "note"]
    return keys.sort_values(by, kind="stable").drop(columns="_level").reset_index(drop=True)


def number_text(value: float | int | None) -> str:
    """Shortest text that reads back as the same number; empty for a missing one.

    >>> number_text(70.79), number_text(7.0), number_text(float("nan"))
    ('70.79', '7', '')
    """
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return ""
    text = repr(float(value))
    return text[:-2] if text.endswith(".0") else text


def sha256(path: str | Path) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def write(table: pd.DataFrame, out: str | Path, index_id: str, edition: int | str, *, producer: str, citation: str, url: str,
          terms: str, transcribed: str, method_version: str, extra: dict | None = None) -> Path:
    """Write ``out/<index_id>/<edition>.csv`` and its sidecar; returns the CSV's path.

    ``transcribed`` is the date on which the transcription was last checked against its sources (ISO), so that writing the same figures
    again does not change the file. ``extra`` adds keys to the sidecar, e.g. known gaps.
    """
    folder = Path(out) / index_id
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{edition}.csv"
    text = sort(table)[COLUMNS].copy()
    text["score"] = [number_text(v) for v in text["score"]]
    text["rank"] = ["" if pd.isna(v) else str(int(v)) for v in text["rank"]]
    path.write_text(text.to_csv(index=False, lineterminator="\n"), encoding="utf-8", newline="\n")
    meta = {"index_id": index_id, "edition": edition, "producer": producer, "citation": citation, "url": url, "terms": terms,
            "transcribed": transcribed, "method_version": method_version,
            "sources": sorted(set(text["source"])), **(extra or {}), "sha256": sha256(path)}
    sidecar = folder / f"{edition}.meta.yaml"
    sidecar.write_text(yaml.safe_dump(meta, allow_unicode=True, sort_keys=False, width=120), encoding="utf-8", newline="\n")
    return path


def method_version(index_id: str, edition: int) -> str:
    """From the index definitions, so that raw files and panel cannot disagree."""
    from govlib.known import indices

    return indices.method_version(index_id, edition)


def is_blank(value: object) -> bool:
    """Empty, or one of the marks that publishers print where there is no figure."""
    return value is None or (isinstance(value, float) and math.isnan(value)) or (
        isinstance(value, str) and value.replace("\xa0", " ").strip().lower() in NOT_PUBLISHED)


def parse_rank(text: str, path: Path, row: int) -> tuple[int | None, str]:
    """A printed rank; '>30' is (None, 'rank printed as >30')."""
    text = str(text).strip()
    if is_blank(text):
        return None, ""
    if text.startswith((">", "<")):
        return None, f"rank printed as {text}"
    value = parse_number(text, file=path, row=row, column="rank")
    if value is None or value != int(value) or value < 1:
        raise BadInput("not a rank", file=path, row=row, column="rank", value=text, fix="a rank is a whole number from 1")
    return int(value), ""


def read_csv(path: str | Path, columns: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    """(spreadsheet row number, cells) of a UTF-8 CSV whose header must have exactly these columns, in any order."""
    path = Path(path)
    if not path.is_file():
        raise BadInput("there is no such file", file=path, fix="check the name, or run: make pull")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput("not UTF-8 text", file=path, fix="save it as CSV UTF-8") from error
    if not text.strip():
        raise BadInput("the file is empty", file=path, fix="fetch it again")
    reader = csv.DictReader(text.splitlines())
    header = [h.strip() for h in reader.fieldnames or []]
    if sorted(header) != sorted(columns):
        missing, extra = set(columns) - set(header), set(header) - set(columns)
        raise BadInput("wrong header" + (f", missing: {', '.join(sorted(missing))}" if missing else "")
                       + (f", unknown: {', '.join(sorted(extra))}" if extra else ""), file=path, row=1,
                       fix=f"the columns are {', '.join(columns)}")
    rows = []
    for line in reader:
        if None in line or None in line.values():
            raise BadInput(f"{'more' if None in line else 'fewer'} cells than the header has", file=path, row=reader.line_num,
                           fix="quote cells that contain a comma")
        rows.append((reader.line_num, {k.strip(): v for k, v in line.items()}))
    return rows
