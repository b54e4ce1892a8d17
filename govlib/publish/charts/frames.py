"""From a frame to plain rows and back: a chart has some hundred rows, and pandas costs more a step than the drawing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd


def rows(df: pd.DataFrame, *columns: str) -> list[tuple]:
    """Rows of these columns whose last value is there, as tuples."""
    return [r for r in zip(*(df[c].tolist() for c in columns), strict=True) if r[-1] is not None and r[-1] == r[-1]]


def grouped(records: Sequence[tuple], *at: int) -> dict[Any, list[tuple]]:
    """Rows by the values at these places, in the order they first appear; one place gives a plain key."""
    out: dict[Any, list[tuple]] = {}
    for r in records:
        out.setdefault(r[at[0]] if len(at) == 1 else tuple(r[i] for i in at), []).append(r)
    return out


def spread_out(records: Sequence[tuple], row: Sequence[int], column: int, heads: Sequence[str], *, sort_rows: bool = False,
               sort_columns: bool = True) -> pd.DataFrame:
    """A table with one row for each value at ``row`` and one column for each at ``column``; the last item is the figure,
    the first row counts where two fit. Cells that no row fills are empty."""
    keys: dict[tuple, None] = {}
    columns: dict[Any, None] = {}
    cells: dict[tuple, Any] = {}
    for r in records:
        k, c = tuple(r[i] for i in row), r[column]
        keys[k], columns[c] = None, None
        cells.setdefault((k, c), r[-1])
    order = sorted(keys) if sort_rows else list(keys)
    across = sorted(columns) if sort_columns else list(columns)
    data = {h: [k[i] for k in order] for i, h in enumerate(heads)}
    data |= {str(c): [cells.get((k, c), float("nan")) for k in order] for c in across}
    return pd.DataFrame(data)
