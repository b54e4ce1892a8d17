"""Made-up boards: an index by year, province and score; nothing of it is a published figure."""

from __future__ import annotations

import numpy as np
import pandas as pd

from govlib.known.provinces import province_set
from govlib.reading.board import COLUMNS, Board


def board(scores: dict[int, dict[str, float | None]], ranks: dict[int, dict[str, int]] | None = None, *, index_id: str = "dti",
          component: str = "overall", breaks: dict | None = None) -> Board:
    """year → province → score, and printed ranks; without ``breaks`` those that the registry lists."""
    rows = []
    for year in sorted({*scores, *(ranks or {})}):
        printed = (ranks or {}).get(year, {})
        for province in {**scores.get(year, {}), **printed}:
            rows.append(dict.fromkeys(COLUMNS) | {
                "province": province, "year": year, "index_id": index_id, "component": component,
                "level": "overall" if component == "overall" else "component", "score": scores.get(year, {}).get(province),
                "rank": printed.get(province), "status": "published", "source": "made", "locator": f"{province} {year}"})
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame["score"] = frame["score"].astype(float)
    return Board(frame, breaks=breaks)


def together(*boards: Board, breaks: dict | None = None) -> Board:
    """Several indices or components on one board."""
    return Board(pd.concat([pd.DataFrame(b._columns) for b in boards], ignore_index=True), breaks=breaks)


def placed(ranks: dict[int, int], province: str = "bac-ninh", **more) -> Board:
    """Everyone has a score in those years, and the province comes out on those ranks."""
    scores = {}
    for year, rank in ranks.items():
        others = [p for p in province_set(year) if p != province]
        order = [*others[:rank - 1], province, *others[rank - 1:]]
        scores[year] = {p: 1.0 - at / 100 for at, p in enumerate(order)}
    return board(scores, **more)


def wobbling(years: range, noise: float, seed: int = 1, spread: float = 4.0) -> dict[int, dict[str, float]]:
    """Scores of 63 provinces whose true ones stay and whose measured ones carry that much noise."""
    rng = np.random.default_rng(seed)
    names = province_set(years[-1])
    true = rng.normal(60, spread, len(names))
    return {y: dict(zip(names, true + rng.normal(0, noise, len(names)), strict=True)) for y in years}


def drifting(years: range, noise: float, seed: int = 1, last: dict[str, float] | None = None) -> Board:
    """A PCI of :func:`wobbling` scores; ``last`` adds to the last year."""
    scores = wobbling(years, noise, seed)
    for province, more in (last or {}).items():
        scores[years[-1]][province] += more
    return board(scores, index_id="pci", breaks={})


def made_up_2025(scores: pd.DataFrame) -> pd.DataFrame:
    """34 rows for 2025, so that the page of a merged province can be tried; no published figure among them."""
    rng = np.random.default_rng(0)
    slugs = province_set(2025)
    base = {c: None for c in COLUMNS} | {"year": 2025, "index_id": "pci", "component": "overall", "level": "overall", "unit": "points",
                                         "scale_min": 0.0, "scale_max": 100.0, "method_version": "pci-2025", "status": "published",
                                         "source": "made-up", "locator": "made-up"}
    rows = pd.DataFrame([base | {"province": s, "score": float(v)} for s, v in zip(slugs, rng.normal(66, 3, len(slugs)), strict=True)])
    return rows.astype({c: scores[c].dtype for c in COLUMNS})
