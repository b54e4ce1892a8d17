"""A map of the provinces of one year, where place matters.

Boundaries are not shipped. The files come from a repository under MIT that derived them from Open Development Vietnam and
says that the terms upstream apply; Open Development licenses what it made itself under CC BY-SA 4.0, but presumes no
licence for data that it only republishes, and which of the two these boundaries are was not found. So ``make pull`` fetches
them, and a page without them says so.

Both files hold Hoàng Sa (with Đà Nẵng) and Trường Sa (with Khánh Hòa). They lie far out at sea: each is drawn in its place,
its islands marked by a dot each where they are too small to be seen.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from govlib import paths
from govlib.errors import BadInput, MissingData
from govlib.known import provinces
from govlib.publish.charts._canvas import COLOURS, INK, MUTED, Canvas
from govlib.words import wording

TOLERANCE = 0.04  # degrees, about 4.4 km: an A5 map shows no more
ARCHIPELAGOS = (("hoang-sa", "Hoàng Sa", "da-nang", (110.5, 114.0, 15.3, 17.6)),
                ("truong-sa", "Trường Sa", "khanh-hoa", (110.9, 118.0, 6.5, 12.2)))  # west, east, south, north
STEPS = ("#eef4fa", "#b0cde6", "#6ba0cb", "#2f75ad", "#0c3f6b")


def boundaries(year: int, folder: Path | None = None) -> dict[str, Any]:
    """Slug → simplified shapely geometry of every province of an edition.

    Raises
    ------
    MissingData : the file was not pulled. BadInput : not the provinces of that year, or an archipelago is missing.
    """
    from govlib.known import catalogue

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
    except (KeyError, ValueError, StopIteration) as error:
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


def draw(shapes: dict[str, Any], scores: pd.Series, province: str, lang: str = "vi", *, decimals: int = 2, height: float = 470.0,
         form: str = "figure"):
    """Provinces in five classes of equal count, the page's own outlined; no figure → white with an outline."""
    west, east, south, north = 102.0, 117.6, 6.7, 23.5
    per_degree = (height - 16) / (north - south)
    width = (east - west) * per_degree * 0.96 + 16
    c = Canvas(max(width, 440.0), height)

    def at(x: float, y: float) -> tuple[float, float]:
        return 8 + (x - west) * per_degree * 0.96, 8 + (north - y) * per_degree

    edges = np.quantile(scores.to_numpy(dtype=float), [0.2, 0.4, 0.6, 0.8]) if len(scores) else np.zeros(4)
    for slug, geometry in shapes.items():
        value = scores.get(slug)
        colour = "#ffffff" if value is None or value != value else STEPS[int(np.searchsorted(edges, value, side="right"))]
        for part in geometry.geoms:
            points = [at(x, y) for x, y in part.exterior.coords]
            c.polygon(points, colour, "#8a949e")
            if part.area < 0.002:
                c.mark(*at(part.centroid.x, part.centroid.y), MUTED, "o", 1.6)
    for part in shapes[province].geoms if province in shapes else ():
        if part.area >= 0.002:
            c.line([at(x, y) for x, y in part.exterior.coords], COLOURS["peer"], 2.2)
    if province in shapes:
        biggest = max(shapes[province].geoms, key=lambda g: g.area)
        x, y = at(biggest.centroid.x, biggest.centroid.y)
        c.line([(x, y), (x + 62, y - 16)], COLOURS["peer"], 1.0)
        c.word(x + 65, y - 17, provinces.name(province, lang), COLOURS["peer"], bold=True)
    for _, name, _, (w, e, s, n) in ARCHIPELAGOS:
        x, y = at((w + e) / 2, s if name == "Hoàng Sa" else (s + n) / 2)
        c.word(x, y + 10, name if lang == "vi" else f"{name} Archipelago", INK, size=9.5, ha="center")
    top, left = 20.0, c.width - 116
    if len(scores):
        bounds = [float(scores.min()), *map(float, edges), float(scores.max())]
        for k, colour in enumerate(STEPS):
            c.box(left, top + k * 15, 14, 12, colour)
            c.word(left + 19, top + k * 15 + 6, f"{wording.number(bounds[k], lang, decimals)}–{wording.number(bounds[k + 1], lang, decimals)}",
                   MUTED, size=9.5)
    return c.out(form)


def title(scores: pd.Series, province: str, what: str, lang: str, year: int) -> str:
    """The finding: how the country's ends compare, with the province's place."""
    top, low = scores.idxmax(), scores.idxmin()
    names = [provinces.name(s, lang, year) for s in (top, low)]
    return wording.pick(lang, f"{what}: cao nhất {names[0]}, thấp nhất {names[1]}", f"{what}: highest {names[0]}, lowest {names[1]}")


def alt(scores: pd.Series, province: str, what: str, lang: str, year: int, decimals: int = 2) -> str:
    n = lambda v: wording.number(v, lang, decimals)  # noqa: E731
    top = ", ".join(f"{provinces.name(s, lang, year)} {n(v)}" for s, v in scores.sort_values(ascending=False).head(3).items())
    mine = n(scores.get(province))
    name = provinces.name(province, lang, year if province in provinces.province_set(year) else None)
    return wording.pick(lang, f"Bản đồ {len(scores)} tỉnh, {what}, có quần đảo Hoàng Sa và Trường Sa. Cao nhất: {top}. {name}: {mine}.",
                        f"Map of {len(scores)} provinces, {what}, with the Hoàng Sa and Trường Sa archipelagos. Highest: {top}. {name}: {mine}.")


def table(scores: pd.Series, lang: str, year: int, shown: Callable[[str], object] | None = None) -> pd.DataFrame:
    """Provinces and scores, highest first; ``shown``: slug → the score with its source, where a page has one."""
    s = scores.sort_values(ascending=False)
    return pd.DataFrame({wording.pick(lang, "Tỉnh, thành phố", "Province"): [provinces.name(p, lang, year) for p in s.index],
                         wording.pick(lang, "Điểm", "Score"): s.to_numpy() if shown is None else [shown(p) for p in s.index]},
                        dtype=None if shown is None else object)


def credit(year: int) -> str:
    """The line that the boundaries' origin asks for."""
    from govlib.known import catalogue

    return catalogue.source("boundaries-63" if year <= provinces.LAST_YEAR_63 else "boundaries-34").producer
