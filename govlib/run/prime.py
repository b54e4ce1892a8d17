"""Load once for a whole run what every page of it would load for itself: modules, tables, and what is worked out of them.

Run in the parent of a run's kernels (see :mod:`govlib.run.warm_parent`), before the first fork. The notebook's own
cells are executed once, for one province, with nothing displayed; what its functions remember (tables read, medians of all
provinces, usual movements) is then there in every kernel. Functions remember by their arguments only, so a page is the same
with and without, which a test and the benchmark check byte by byte. ``metadata.govlib.prime: false`` in a notebook that
keeps other things in a module leaves this out.

Nothing here may start a thread, or no kernel could be forked afterwards; Arrow is told to read without.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


def wanted(notebook: Path) -> bool:
    """Whether the notebook allows it."""
    return json.loads(notebook.read_bytes()).get("metadata", {}).get("govlib", {}).get("prime", True) is not False


def prime(notebook: str, parameters: Mapping[str, Any]) -> None:
    """Execute the notebook's cells here, quietly. A cell that fails ends it: the kernels will meet the same and say so."""
    cells = json.loads(Path(notebook).read_bytes())["cells"]
    with _silent() as display, _without_threads(), contextlib.suppress(Exception):
        space: dict[str, Any] = {"__name__": "__main__", "display": display}
        for cell in cells:
            if cell["cell_type"] == "code":
                exec("".join(cell["source"]), space)  # noqa: S102 - the notebook's own cells, as its kernel would
                if "parameters" in cell.get("metadata", {}).get("tags", []):
                    space.update(parameters)
    import sys

    if show := sys.modules.get("govlib.publish.show"):
        show.restart()
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")
        sys.modules["matplotlib"].rcdefaults()


@contextlib.contextmanager
def _silent() -> Iterator[Any]:
    import IPython.core.display_functions as functions
    import IPython.display as front

    def nothing(*_: Any, **__: Any) -> None:
        return None

    before = functions.display
    functions.display = front.display = nothing
    try:
        yield nothing
    finally:
        functions.display = front.display = before


@contextlib.contextmanager
def _without_threads() -> Iterator[None]:
    """pandas reads Parquet through Arrow's thread pools; here in this thread, with the same result."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    read_parquet, read_table = pd.read_parquet, pq.read_table

    def table(source: Any, columns: Any = None, **kwargs: Any) -> Any:
        if kwargs.get("filters") is not None or not isinstance(source, (str, Path)):
            return read_table(source, columns=columns, **kwargs)
        file = pq.ParquetFile(pa.BufferReader(Path(source).read_bytes()), pre_buffer=False)
        return file.read(columns=columns, use_threads=False, use_pandas_metadata=True)

    def frame(*args: Any, **kwargs: Any) -> Any:
        kwargs.setdefault("to_pandas_kwargs", {"use_threads": False})
        return read_parquet(*args, **kwargs)

    pd.read_parquet, pq.read_table = frame, table
    try:
        yield
    finally:
        pd.read_parquet, pq.read_table = read_parquet, read_table
