"""What a third party's transcription says against every figure that we hold from publishers and the press."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from govlib import paths
from govlib.collect import checks, origins
from govlib.collect.readers.datasets import SETS
from govlib.known import catalogue

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("source", "index_id", "year", "figures", "compared", "agree", "rate", "differ")
CELL = ["index_id", "year", "province", "component"]


def agreement(raw: Path | None = None, originals: Path | None = None) -> pd.DataFrame:
    """One row a dataset and edition: its figures, how many are held from elsewhere too, how many of those agree to the
    precision printed, the rate, and those that differ in words (``ha-noi overall: 82.77 : 82.79``). Empty where nothing was pulled.
    """
    import pandas as pd

    pulled, _ = origins.read(Path(originals) if originals else paths.originals())
    if len(pulled):
        pulled = pulled[pulled["source"].isin(list(SETS)) & pulled["score"].notna()]
    if not len(pulled):
        return pd.DataFrame(columns=list(COLUMNS))
    ours = _held(Path(raw) if raw else paths.raw(), {(i, int(y)) for i, y in zip(pulled["index_id"], pulled["year"], strict=True)})
    rows = []
    for (source, index_id, year), part in pulled.groupby(["source", "index_id", "year"], sort=True):
        both = [(cell, repr(score), ours[cell]) for *cell_parts, score in part[[*CELL, "score"]].itertuples(index=False, name=None)
                if (cell := tuple(cell_parts)) in ours]
        off = [f"{cell[2]} {cell[3]}: {mine} : {theirs}" for cell, theirs, mine in both
               if not checks.agrees(mine, float(mine), theirs, float(theirs))]
        rows.append((source, index_id, int(year), len(part), len(both), len(both) - len(off),
                     (len(both) - len(off)) / len(both) if both else float("nan"), "; ".join(off)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _held(raw: Path, editions: set[tuple[str, int]]) -> dict[tuple, str]:
    """Cell → score as the best source that ships prints it."""
    found: dict[tuple, tuple[int, str]] = {}
    for index_id, year in editions:
        path = raw / index_id / f"{year}.csv"
        if not path.is_file():
            continue
        with checks.naming_the_index(path):
            rows = checks.read_tidy(path)
        for line in rows[rows["score"].ne("") & ~rows["source"].isin(list(SETS))].itertuples():
            cell, how = (index_id, year, line.province, line.component), catalogue.priority(line.source)
            if cell not in found or how < found[cell][0]:
                found[cell] = how, line.score
    return {cell: score for cell, (_, score) in found.items()}
