"""How many provinces each edition has, before and after a pull: "PCI 2022: 63 of 63"."""

from __future__ import annotations

from pathlib import Path

from govlib.collect import checks, origins
from govlib.errors import UnknownName
from govlib.known import indices, provinces
from govlib.words.tables import language, phrase

Held = dict[tuple[str, int, str], set[str]]  # (index, edition, component) → provinces with a score


def held(raw: Path, originals: Path) -> Held:
    """What ships and what was pulled, together."""
    found: Held = {}
    for index_id in indices.INDICES:
        for path in sorted((raw / index_id).glob("[12][0-9][0-9][0-9].csv")):
            with checks.naming_the_index(path):
                rows = checks.read_tidy(path)
            rows = rows[rows["score"].ne("") & rows["level"].ne("indicator")]
            for component, province in zip(rows["component"], rows["province"], strict=True):
                found.setdefault((index_id, int(path.stem), component), set()).add(province)
    pulled, _ = origins.read(originals)
    if len(pulled):
        pulled = pulled[pulled["score"].notna()]
        for key in pulled[["index_id", "year", "component", "province"]].itertuples(index=False, name=None):
            found.setdefault(key[:3], set()).add(key[3])
    return found


def grown(before: Held, after: Held) -> list[str]:
    """A line for each edition of which a province came: total, or all components."""
    said = []
    for index_id, year in sorted({key[:2] for key in after}):
        try:
            components = indices.component_ids(index_id, year)
        except UnknownName:
            components = []
        for what, ids in (("total", ["overall"]), ("components", components)):
            was, now = (_whole(x, index_id, year, ids) for x in (before, after))
            if len(now) > len(was):
                of = len(provinces.province_set(year))
                name = phrase(f"pull.{what}", language(), n=len(ids))
                edition = f"{indices.index(index_id).short_en} {year}"
                said.append(phrase("pull.grown", language(), edition=edition, what=name, n=len(now), of=of, was=len(was)))
    return said


def _whole(x: Held, index_id: str, year: int, ids: list[str]) -> set[str]:
    sets = [x.get((index_id, year, c), set()) for c in ids]
    return set.intersection(*sets) if sets else set()
