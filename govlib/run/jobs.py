"""Which pages are wanted, and what each of them is made from."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from govlib import files, paths
from govlib.errors import BadInput, MissingData
from govlib.ledger import Ledger
from govlib.run import manifest

LANGS = ("vi", "en")
NOTEBOOK = "4_province_briefing.ipynb"
NATIONAL = "national_overview.ipynb"


@dataclass(frozen=True)
class Job:
    """One page to make. ``name`` is the stem of its files; ``key`` says what it is made from."""

    name: str
    notebook: str
    parameters: dict[str, Any]
    lang: str
    folder: str
    key: str = ""
    parts: dict[str, str] = field(default_factory=dict)
    pdf: bool = False


def years_with_data() -> list[int]:
    """Years of the panel that hold at least one published figure, ascending.

    Raises MissingData where the panel has not been built, BadInput where its file is damaged.
    """
    table = paths.processed() / "scores.parquet"
    if not table.is_file():
        raise MissingData(table, "make panel")
    known = manifest.ledger()
    sha, note = known.of(table), paths.processed() / ".years.json"
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        years = json.loads(note.read_bytes())[sha]
        if isinstance(years, list) and all(type(year) is int for year in years):
            return years
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    try:
        frame = pq.read_table(table, columns=["year", "score"])
    except (pa.ArrowException, OSError) as error:
        raise BadInput("the panel's table cannot be read: it is damaged or cut short", file=table,
                       fix="run: rm data/processed/.panel; make panel") from error
    years = sorted(pc.unique(frame.filter(pc.is_valid(frame["score"]))["year"]).to_pylist())
    with contextlib.suppress(OSError):  # a memory aid only
        files.write(note, json.dumps({sha: years}))
    return years


def check_year(year: int | str | None) -> int:
    """The year itself, or the newest with data for None. BadInput names the years that exist."""
    years = years_with_data()
    if not years:
        raise MissingData(paths.processed() / "scores.parquet", "make panel")
    if year is None:
        return years[-1]
    if isinstance(year, bool) or not isinstance(year, int):
        raise BadInput("a year is a whole number", value=year, column="year", fix=f"one of {_run_of(years)}")
    if year not in years:
        raise BadInput("there are no data of this year", value=year, column="year", fix=f"years with data: {_run_of(years)}")
    return year


def check_langs(langs: str | Iterable[str]) -> list[str]:
    """``"vi,en"``, ``"vi en"`` or a list; BadInput for anything but vi and en."""
    items = langs.replace(",", " ").split() if isinstance(langs, str) else list(langs)
    items = items or list(LANGS)
    for item in items:
        if item not in LANGS:
            raise BadInput("unknown language", value=item, column="langs", fix=f"use {' or '.join(LANGS)}")
    return list(dict.fromkeys(items))


def issuer() -> str:
    """The body that issues pages and documents, as ``ISSUER=`` or ``--issuer`` named it; empty where nobody did."""
    return os.environ.get("GOVLIB_ISSUER", "").strip()


def asking(verb: str, description: str) -> argparse.ArgumentParser:
    """What every verb about one province asks: which, which edition, which languages, who issues it."""
    ask = argparse.ArgumentParser(prog=f"govlib {verb}", description=description)
    ask.add_argument("--province", default="bac-ninh", metavar="NAME", help="any spelling, or slug")
    ask.add_argument("--year", type=int, default=None, help="edition; the newest with data unless told")
    ask.add_argument("--langs", default="vi,en", help="vi, en or both, separated by a comma")
    ask.add_argument("--issuer", default=issuer(), help="the body that issues it, as printed on top (GOVLIB_ISSUER)")
    return ask


def check_jobs(jobs: int | str | None) -> int | None:
    """The number of worker processes itself; BadInput for anything but None and 1, 2, ..."""
    if jobs is not None and (isinstance(jobs, bool) or not isinstance(jobs, int) or jobs < 1):
        raise BadInput("the number of worker processes is a positive whole number", value=jobs, column="jobs")
    return jobs


def check_address(address: str) -> str:
    """The address itself, ``tcp://host:port`` (or ``tls://``, or without either); BadInput for any other form, at once."""
    match = re.fullmatch(r"(?:(?:tcp|tls)://)?(?:\[[0-9a-fA-F:.]+\]|[\w.-]+):(\d{1,5})", address)
    if match is None or not 0 < int(match[1]) < 65536:
        raise BadInput("not the address of a Dask scheduler", value=address, column="scheduler",
                       fix="write tcp://host:8786, as `dask scheduler` prints it")
    return address


def plan(year: int, slugs: Sequence[str], langs: Sequence[str], *, national: bool = False, pdf: bool = False,
         known: Ledger | None = None, issued_by: str | None = None) -> list[Job]:
    """Every page that is wanted, each with the key of what it would be made from. ``issued_by``: :func:`issuer` unless told."""
    known = known or Ledger()
    folder = str(paths.briefings() / str(year))
    notebook = paths.notebooks() / NOTEBOOK
    if not notebook.is_file():
        raise MissingData(notebook, "git checkout -- notebooks")
    jobs = []
    overview = notebook.with_name(NATIONAL)
    body = issuer() if issued_by is None else issued_by.strip()
    issued = {"issuer": body} if body else {}
    wanted: list[tuple[Path, dict[str, dict[str, Any]]]] = [(notebook, {slug: {"province": slug} | issued for slug in slugs})]
    if national and overview.is_file():
        wanted.insert(0, (overview, {"national": issued}))
    for path, pages in wanted:
        shared = manifest.parts(path, known)
        for name, own in pages.items():
            for lang in langs:
                parameters = own | {"year": year, "language": lang}
                key = manifest.key(shared, parameters, pdf)
                jobs.append(Job(f"{name}.{lang}", str(path), parameters, lang, folder, key, shared, pdf))
    return jobs


def _run_of(years: Sequence[int]) -> str:
    whole = list(range(years[0], years[-1] + 1))
    return f"{years[0]}–{years[-1]}" if list(years) == whole and len(years) > 2 else ", ".join(map(str, years))
