"""Readers that a build uses: survey items behind the components, from whatever originals ``make pull`` has fetched.

One module a source, one tidy shape out (:data:`govlib.collect.tidy.COLUMNS`). Readers that were run once, to write
``data/raw`` from the originals, are in :mod:`govlib.transcribe`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def indicators(originals_dir: str | Path) -> pd.DataFrame:
    """Tidy rows of level ``indicator`` (with ``year`` and ``index_id``) for all originals found under a folder.

    An empty DataFrame where nothing has been pulled: everything else works without them.
    """
    import pandas as pd

    from govlib.collect import tidy  # loads pandas
    from govlib.collect.readers import papi_indicators, pci  # with pandas and the workbook libraries behind them

    parts = [part for reader in (pci, papi_indicators) if len(part := reader.indicators_in(Path(originals_dir)))]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["index_id", "year", *tidy.COLUMNS])
