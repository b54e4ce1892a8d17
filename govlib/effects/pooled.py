"""Quoted estimates by the light of all the others, as a page tells them: the kept tables and the columns beside a row.

Sentences are in `govlib.effects.report`. The tables are made by `govlib.effects.together` and `govlib.effects.settled`; a page that
reads them loads no estimator.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from govlib import paths

#: An effect that would be felt, in points of a ten-point component: about a third of the distance between middling provinces.
MATTERS = 0.3
UNLIKELY, SURE, LEANING = 0.10, 0.95, 0.90
KEYS = ["reform", "index_id", "component"]
COLUMNS = [*KEYS, "estimate", "std_error", "pooled_mean", "pooled_sd", "pooled_low", "pooled_high", "pooled_low95", "pooled_high95",
           "pooled_beyond", "pooled_beyond_least", "pooled_beyond_most", "pooled_up", "finding"]
SETTLED = [*KEYS, "fewest", "tried", "editions", "survey_low", "survey_high"]


def finding(row: Mapping[str, Any]) -> str:
    """What one pooled effect amounts to, by rule: ``up`` or ``down`` (its sign is .95 sure), ``small`` (an effect beyond
    :data:`MATTERS` has a probability under .10 under every prior), ``leans_up`` or ``leans_down`` (.90 sure), else ``open``."""
    up = row["pooled_up"]
    if max(up, 1 - up) >= SURE:
        return "up" if up > 0.5 else "down"
    if row["pooled_beyond_most"] < UNLIKELY:
        return "small"
    if max(up, 1 - up) >= LEANING:
        return "leans_up" if up > 0.5 else "leans_down"
    return "open"


def path() -> Path:
    return paths.estimates().with_name("pooled_effects.parquet")


def settled_path() -> Path:
    return paths.estimates().with_name("settled_effects.parquet")


def stamp() -> tuple[tuple[Path, int], ...]:
    """Which tables they are and of what time; 0 for one that is not there."""
    return tuple((p, p.stat().st_mtime_ns if p.exists() else 0) for p in (path(), settled_path()))


def made_from(file: Path) -> str:
    """Digest of the estimates that a kept table was made from; empty where it is not there or damaged."""
    try:
        return pd.read_parquet(file).attrs.get("estimates", "")
    except (OSError, ValueError):
        return ""


def read() -> pd.DataFrame:
    """The table that `make effects` keeps; empty where it has not run."""
    return _kept(path(), COLUMNS)


def overall() -> dict[str, tuple[float, float, float]]:
    """Of the mean effect of all reforms, (middle, and the ends of its .95 interval): ``prior``, assumed before any estimate, and
    ``posterior``, what the estimates leave of it. Empty where none have been pooled."""
    told = read().attrs
    both = {"prior": (0.0, told["prior"][0]), "posterior": (told["mean"], told["mean_sd"])} if told.get("n") else {}
    return {key: (m, m - 1.959964 * sd, m + 1.959964 * sd) for key, (m, sd) in both.items()}


def _kept(file: Path, columns: list[str]) -> pd.DataFrame:
    return _read(file, file.stat().st_mtime_ns).copy() if file.exists() else pd.DataFrame(columns=columns)


@lru_cache(maxsize=4)
def _read(file: Path, _mtime: int) -> pd.DataFrame:
    return pd.read_parquet(file)


def beside(rows: pd.DataFrame) -> pd.DataFrame:
    """Quoted rows with their pooled columns and ``finding`` (NaN and "" where a row was not pooled), and what would settle each."""
    wanted = [c for c in COLUMNS if c.startswith("pooled") or c == "finding"]
    out = rows.merge(read()[[*KEYS, *wanted]], on=KEYS, how="left").merge(_kept(settled_path(), SETTLED), on=KEYS, how="left")
    return out.assign(finding=out["finding"].astype(object).where(out["finding"].notna(), ""))
