"""The one shape that all readers give, and the one way it is written to ``data/raw``.

A raw file is ``<index>/<edition>.csv`` beside ``<edition>.meta.yaml``, its sidecar. Both are written so that the same
figures always give the same bytes: sorted rows, LF, the shortest decimal text that reads back as the same number.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TypedDict, Unpack

import pandas as pd
import yaml

from govlib import files
from govlib.collect import checks, sidecar
from govlib.errors import BadInput
from govlib.text import parse_number

COLUMNS = ["province_printed", "province", "component", "level", "score", "rank", "tier", "unit", "source", "locator", "note"]
LEVELS = ("overall", "component", "indicator")
NOT_PUBLISHED = {"", "-", "–", "—", "..", "...", "…", "n/a", "na", "n.a.", "n.a"}  # printed in place of a figure


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


class Provenance(TypedDict):
    """What a sidecar says of its file. ``transcribed`` is the date on which the transcription was last checked against its
    sources (ISO), so that writing the same figures again does not change the file."""

    producer: str
    citation: str
    url: str
    terms: str
    transcribed: str
    method_version: str


def write(table: pd.DataFrame, out: str | Path, index_id: str, edition: int | str, *, extra: dict | None = None,
          **provenance: Unpack[Provenance]) -> Path:
    """Write ``out/<index_id>/<edition>.csv`` and its sidecar; returns the CSV's path. ``extra``: more keys of the sidecar. What
    the inbox has brought into the file stays: no original has it.

    Raises BadInput for a file with such rows that cannot be read, or was changed after it was checked."""
    text, path, given = sort(table)[COLUMNS].copy(), Path(out) / index_id / f"{edition}.csv", dict(provenance)
    text["score"] = [number_text(v) for v in text["score"]]
    text["rank"] = ["" if pd.isna(v) else str(int(v)) for v in text["rank"]]
    typed, cited = _of_the_inbox(path)
    if len(typed):
        text = sort(pd.concat([text, typed[~typed["source"].isin(set(text["source"]))]], ignore_index=True))
        given["citation"] = cited if cited.startswith(str(given["citation"])) else f"{given['citation']}; {cited}"
    return write_raw(text, path, {
        "index_id": index_id, "edition": edition, **{key: given[key] for key in Provenance.__annotations__},
        "sources": sorted(set(text["source"])), **(extra or {})})


def _of_the_inbox(path: Path) -> tuple[pd.DataFrame, str]:
    """The rows of a raw file that came through the inbox, as text, and the file's citation, which names their forms'."""
    if not path.is_file() or b",inbox-" not in path.read_bytes():
        return pd.DataFrame(columns=COLUMNS), ""
    with checks.naming_the_index(path):
        meta, rows = sidecar.read(path), checks.read_tidy(path)
    return rows.loc[rows["source"].str.startswith("inbox-"), COLUMNS], str(meta.get("citation", ""))


def write_raw(text: pd.DataFrame, path: Path, meta: dict) -> Path:
    """A raw file and its sidecar, which ends with the file's checksum: both or neither."""
    content = text.to_csv(index=False, lineterminator="\n").encode()
    meta = {**meta, "sha256": hashlib.sha256(content).hexdigest()}
    files.write_all({path: content, sidecar.place(path): yaml.safe_dump(meta, allow_unicode=True, sort_keys=False, width=120)})
    return path


def is_blank(value: object) -> bool:
    """Empty, or one of the marks that publishers print where there is no figure."""
    return value is None or (isinstance(value, float) and math.isnan(value)) or (
        isinstance(value, str) and value.replace("\xa0", " ").strip().lower() in NOT_PUBLISHED)


def on_scale(value: object, scale: tuple[float, float | None], *, file: Path, row: int, column: str,
             slack: float = 0.0) -> float | None:
    """A printed figure, or None for a blank cell; raises :class:`BadInput` for text and for what is not on its scale
    (by more than ``slack``: a rounded end of it)."""
    score = parse_number(value, file=file, row=row, column=column)
    low, high = scale[0], math.inf if scale[1] is None else scale[1]
    if score is not None and not low - slack <= score <= high + slack:
        raise BadInput(f"outside the scale {round(low, 2):g}–{round(high, 2):g}", file=file, row=row, column=column, value=value,
                       fix="check the cell; leave it empty where nothing was published (0 is not a score)")
    return score


def printed_score(value: object, scale: tuple[float, float], where: str, *, file: Path, row: int,
                  column: str) -> tuple[float | None, str]:
    """A figure on its scale, or the note that says how a figure that was not published is printed: as N/A, as 0 on a scale
    that begins at 1, not at all. ``where``: "in the workbook", "on the page"."""
    if is_blank(value):
        return None, f"printed as {str(value).strip()}" if str(value or "").strip() else f"left empty {where}"
    if parse_number(value, file=file, row=row, column=column) == 0:
        return None, "printed as 0, below the scale: not published"
    return on_scale(value, scale, file=file, row=row, column=column), ""


def parse_rank(text: object, path: Path, row: int | None, column: str = "rank") -> tuple[int | None, str]:
    """A printed rank among at most 64 provinces; '>30' is (None, 'rank printed as >30').

    >>> parse_rank("7", Path("x.csv"), 2), parse_rank(" >30 ", Path("x.csv"), 2), parse_rank("-", Path("x.csv"), 2)
    ((7, ''), (None, 'rank printed as >30'), (None, ''))
    """
    if is_blank(text):
        return None, ""
    if str(text).strip().startswith((">", "<")):
        return None, f"rank printed as {str(text).strip()}"
    value = parse_number(text, file=path, row=row, column=column)
    if value is None or value != int(value) or not 1 <= value <= 64:
        raise BadInput("not a rank", file=path, row=row, column=column, value=text,
                       fix="a rank is a whole number from 1 to 64")
    return int(value), ""


def parse_year(text: str, path: Path, row: int, column: str = "year") -> int:
    """An edition's year as files print it: four digits, 2000 to 2099."""
    if not re.fullmatch(r"20[0-9]{2}", text.strip()):
        raise BadInput("not a year", file=path, row=row, column=column, value=text, fix="write it like 2021")
    return int(text)


def parse_day(text: str, path: Path, row: int) -> date:
    """The day on which a page was read, as 2026-11-28."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput("not a day", file=path, row=row, column="read_on", value=text,
                       fix="write the day on which the page was read, like 2026-11-28") from None


def read_lines(path: str | Path) -> list[tuple[int, list[str]]]:
    """(row number as a spreadsheet shows it, cells) of a UTF-8 CSV; empty lines are left out."""
    path = Path(path)
    if not path.is_file():
        raise BadInput("there is no such file", file=path, fix="check the name, or run: make pull")
    try:
        text = path.read_text(encoding="utf-8-sig")
        lines = list(csv.reader(io.StringIO(text, newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"not a CSV file in UTF-8 ({error.__class__.__name__})", file=path, fix="save it as CSV UTF-8") from error
    found = [(number, line) for number, line in enumerate(lines, start=1) if any(cell.strip() for cell in line)]
    if not found:
        raise BadInput("the file is empty", file=path, fix="fetch it again")
    return found


def read_csv(path: str | Path, columns: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    """(row number, cells by column) of a UTF-8 CSV whose header must have exactly these columns, in any order."""
    (top, first), *lines = read_lines(path)
    header = [h.strip() for h in first]
    if sorted(header) != sorted(columns):
        missing, extra = set(columns) - set(header), set(header) - set(columns)
        raise BadInput("wrong header" + (f", missing: {', '.join(sorted(missing))}" if missing else "")
                       + (f", unknown: {', '.join(sorted(extra))}" if extra else ""), file=path, row=top,
                       fix=f"the columns are {', '.join(columns)}")
    for number, line in lines:
        if len(line) != len(header):
            raise BadInput(f"{'more' if len(line) > len(header) else 'fewer'} cells than the header has", file=path, row=number,
                           fix="quote cells that contain a comma")
    return [(number, dict(zip(header, line, strict=True))) for number, line in lines]
