"""All files of estimates as one table, through Arrow: by pandas, one file after another, the first question took two seconds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from govlib.errors import MissingData


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


def _read(file: Path) -> Any:
    import pyarrow as pa  # as above
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(pa.BufferReader(file.read_bytes()), pre_buffer=False).read(use_threads=False)
    except (OSError, ValueError) as error:  # what Arrow raises for bytes that are no table
        raise MissingData(file, "govlib effects --all", f"is damaged ({str(error).splitlines()[0][:80]})") from error
