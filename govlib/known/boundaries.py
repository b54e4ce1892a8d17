"""Where the provinces lie: their boundaries as shapes, from the files that `make pull` fetches.

Boundaries are not shipped. The files come from a repository under MIT that derived them from Open Development Vietnam and
says that the terms upstream apply; Open Development licenses what it made itself under CC BY-SA 4.0, but presumes no
licence for data that it only republishes, and which of the two these boundaries are was not found. So ``make pull`` fetches
them. No page draws them; ``govlib.map`` does where they were fetched, and else draws tiles.

Both files hold Hoàng Sa (with Đà Nẵng) and Trường Sa (with Khánh Hòa).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from govlib import paths
from govlib.errors import BadInput, MissingData
from govlib.known import catalogue, provinces

READS = ("data/raw/originals/geo",)
TOLERANCE = 0.04  # degrees, about 4.4 km: an A5 map shows no more
ARCHIPELAGOS = (("hoang-sa", "Hoàng Sa", "da-nang", (110.5, 114.0, 15.3, 17.6)),
                ("truong-sa", "Trường Sa", "khanh-hoa", (110.9, 118.0, 6.5, 12.2)))  # west, east, south, north


def boundaries(year: int, folder: Path | None = None) -> dict[str, Any]:
    """Slug → simplified shapely geometry of every province of an edition.

    Raises
    ------
    MissingData : the file was not pulled. BadInput : not the provinces of that year, or an archipelago is missing.
    """
    source = catalogue.source("boundaries-63" if year <= provinces.LAST_YEAR_63 else "boundaries-34")
    path = (paths.originals() if folder is None else Path(folder)) / source.mirror_path
    if not path.exists():
        raise MissingData(path, "make pull")
    return _read(str(path), path.stat().st_mtime_ns, year)


@lru_cache(maxsize=4)
def _read(path: str, _stamp: int, year: int) -> dict[str, Any]:
    import shapely

    file = Path(path)
    try:
        topology = json.loads(file.read_text(encoding="utf-8"))
        arcs = [_decode(a, topology["transform"]) for a in topology["arcs"]]
        shapes = next(iter(topology["objects"].values()))["geometries"]
    except (KeyError, TypeError, ValueError, StopIteration, RecursionError) as error:
        raise BadInput("not a TopoJSON file of provinces", file=file, fix="run make pull again") from error
    out = {}
    for shape in shapes:
        slug = provinces.resolve(shape["properties"]["ten_tinh"], year if year > provinces.LAST_YEAR_64 else None, file=file)
        parts = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
        polygons = [shapely.Polygon(_ring(rings[0], arcs), [_ring(r, arcs) for r in rings[1:]]) for rings in parts]
        whole = shapely.make_valid(shapely.MultiPolygon(polygons))
        out[slug] = _simplify(whole)
    expected = set(provinces.province_set(max(year, provinces.LAST_YEAR_64 + 1)))
    if set(out) != expected:
        raise BadInput(f"provinces missing or unknown: {', '.join(sorted(expected ^ set(out)))}", file=file)
    for _, name, holder, (west, east, south, north) in ARCHIPELAGOS:
        if not out[holder].intersects(shapely.box(west, south, east, north)):
            raise BadInput(f"{name} is not in the boundaries", file=file, fix="take a file that includes it")
    return out


def _decode(arc: list, transform: dict) -> np.ndarray:
    """Quantised steps to degrees (TopoJSON 1.0, section 2.1.3)."""
    return np.cumsum(np.asarray(arc, dtype=float), axis=0) * transform["scale"] + transform["translate"]


def _ring(indexes: list[int], arcs: list[np.ndarray]) -> np.ndarray:
    parts = [arcs[i] if i >= 0 else arcs[~i][::-1] for i in indexes]
    return np.concatenate([p if k == 0 else p[1:] for k, p in enumerate(parts)])


def _simplify(geometry):
    """Coarser lines, but no island lost: a part that would vanish keeps its envelope's outline."""
    import shapely

    kept = []
    for part in getattr(geometry, "geoms", [geometry]):
        if part.geom_type != "Polygon":
            continue
        simple = part.simplify(TOLERANCE)
        kept.append(part.convex_hull if simple.is_empty or simple.area < 1e-6 else shapely.Polygon(simple.exterior))
    return shapely.MultiPolygon([p for p in kept if p.geom_type == "Polygon"])


def centres(slugs: Iterable[str]) -> tuple[np.ndarray, list[str]]:
    """(N, 2) latitude and longitude of the middle of each province's largest part within the boundaries of 2009–2024, and
    the provinces that the map does not have (NaN). Raises MissingData without boundaries."""
    shapes = boundaries(2020)
    out, lost = [], []
    for slug in slugs:
        if slug not in shapes:
            lost.append(slug)
            out.append((np.nan, np.nan))
            continue
        middle = max(getattr(shapes[slug], "geoms", [shapes[slug]]), key=lambda part: part.area).centroid
        out.append((middle.y, middle.x))
    return np.array(out), lost
