"""What would settle each quoted estimate, and how much of its uncertainty is the survey's own: kept beside the pooled effects, so
that a page only reads it (`govlib.effects.pooled.beside`)."""

from __future__ import annotations

import pandas as pd

from govlib import files
from govlib.effects import design, survey_noise
from govlib.effects.pooled import KEYS, SETTLED, settled_path

AFTER = 3  # editions after the start: with fewer hardly any component of PCI is seen


def build(rows: pd.DataFrame, scores: pd.DataFrame | None = None) -> pd.DataFrame:
    """`pooled.SETTLED` of quoted rows (`govlib.effects.quoted.quoted`) of PCI and PAPI, whose components have ten points.

    ``fewest``: the fewest provinces, of the numbers tried, in which `pooled.MATTERS` would be seen four times in five with
    ``editions`` after the start; empty where even ``tried``, the most, would not do. ``survey_low`` and ``survey_high``: the share
    of the estimate's variance that is survey noise, see `survey_noise.of_estimates`; empty without an interval.
    """
    rows = rows[rows["index_id"].isin(("pci", "papi"))] if len(rows) else rows
    if not len(rows):
        return pd.DataFrame(columns=SETTLED)
    designs = design.settle(rows, after=(AFTER,), scores=scores)
    if designs.empty:  # of none of their components is enough held
        return pd.DataFrame(columns=SETTLED)
    tried = designs.groupby(KEYS)["treated"].max().rename("tried").reset_index()
    fewest = design.needed(designs).rename(columns={AFTER: "fewest"})[[*KEYS, "fewest"]].astype({"fewest": float})
    noise = survey_noise.of_estimates(rows, scores)[[*KEYS, "survey_low", "survey_high"]]
    return fewest.merge(tried, on=KEYS).assign(editions=AFTER).merge(noise, on=KEYS, how="left")[SETTLED]


def write(rows: pd.DataFrame, made_from: str, scores: pd.DataFrame | None = None) -> pd.DataFrame:
    """Keep :func:`build`'s table, with the digest of the estimates (`pooled.made_from`)."""
    table = build(rows, scores)
    table.attrs = {"estimates": made_from}
    with files.whole(settled_path()) as part:
        table.to_parquet(part)
    return table
