"""All files of estimates as one table, through Arrow: by pandas, one file after another, the first question took two seconds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from govlib.errors import MissingData, warn


def table(files: Sequence[Path]) -> pd.DataFrame:
    """Their rows, kept until one of them changes: to be read, not written to.

    Raises MissingData where one is damaged, with the command that makes it again.
    """
    stats = [file.stat() for file in files]
    return _table(tuple((file, stat.st_mtime_ns, stat.st_size) for file, stat in zip(files, stats, strict=True)))


@lru_cache(maxsize=1)
def _table(files: tuple[tuple[Path, int, int], ...]) -> pd.DataFrame:
    import pyarrow as pa  # a tenth of a second, for this alone

    # a column that is empty in one file has no type there
    return pa.concat_tables([_read(file) for file, *_ in files], promote_options="permissive").to_pandas(use_threads=False)


def chosen(rows: pd.DataFrame, asked: dict[str, list[str]]) -> pd.DataFrame:
    """Those that have one of the values asked for in each column, the caller's own. Where there are none it warns with what the
    other choices leave of each: no composite whose weights change is an outcome, and not every estimator fits every reform."""
    fits = pd.DataFrame({column: rows[column].isin(values) for column, values in asked.items()}, index=rows.index)
    out = rows[fits.all(axis=1)].reset_index(drop=True)
    if out.empty:
        left = {column: sorted(rows.loc[fits.drop(columns=column).all(axis=1), column].dropna().unique()) for column in fits}
        there = "; ".join(f"{column} {', '.join(values)}" for column, values in left.items() if values)
        warn(f"no rows for {', '.join(f'{column}={values!r}' for column, values in asked.items()) or 'this choice'}; "
             f"there are: {there or 'none at all'}")
    return out


def _read(file: Path) -> Any:
    import pyarrow as pa  # as above
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(pa.BufferReader(file.read_bytes()), pre_buffer=False).read(use_threads=False)
    except (OSError, ValueError) as error:  # what Arrow raises for bytes that are no table
        raise MissingData(file, "govlib effects --all", f"is damaged ({str(error).splitlines()[0][:80]})") from error
