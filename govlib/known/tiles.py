"""Where each province's tile stands on a map of equal tiles: our own arrangement, so nothing to fetch and no licence to ask for.

One tile a province, near its true place: rows from north to south, columns from west to east (``reference/tiles.csv``), for the
64 provinces to 2008, the 63 of 2009–2024 and the 34 from 2025. The archipelagos have their own places at sea, each with the
unit that it belongs to: Hoàng Sa with Đà Nẵng, Trường Sa with Khánh Hòa.
"""

from __future__ import annotations

from functools import lru_cache

from govlib import files, paths
from govlib.known import provinces
from govlib.known.boundaries import ARCHIPELAGOS

AT_SEA = {slug: holder for slug, _, holder, _ in ARCHIPELAGOS}


@lru_cache(maxsize=3)
def _rows(units: int) -> dict[str, dict[str, str]]:
    return {r["slug"]: r for r in files.rows(paths.reference() / "tiles.csv") if r["units"] == str(units)}


def of_year(year: int) -> dict[str, tuple[int, int]]:
    """Slug → (row, column) of an edition year's provinces and of the two archipelagos."""
    return {slug: (int(r["row"]), int(r["column"])) for slug, r in _rows(len(provinces.province_set(year))).items()}


def short(slug: str, lang: str, year: int) -> str:
    """The province's name, or what it is called for short where the name is too long for a tile."""
    return _rows(len(provinces.province_set(year)))[slug][f"short_{lang}"] or provinces.name(slug, lang, year)
