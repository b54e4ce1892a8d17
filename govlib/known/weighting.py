"""How an edition's composite is made of its components: the weights, how they are known, and the comparable composite."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from govlib.errors import BadInput
from govlib.known.indices import component_ids, holds, kept


def _entry(index_id: str, year: int) -> Mapping[str, Any] | None:
    for entry in kept(index_id).get("weights", ()):
        if holds(entry, year):
            return entry
    return None


def of(index_id: str, year: int) -> dict[str, float] | None:
    """Weights of an edition's composite in percent (they sum to 100), or None where they are not known.

    >>> of("pci", 2019)["transparency"], of("pci", 2005), of("papi", 2018)["participation"]
    (20.0, None, 12.5)
    """
    entry = _entry(index_id, year)
    if entry is None:
        return None
    if entry.get("equal"):
        ids = component_ids(index_id, year)
        return {c: 100.0 / len(ids) for c in ids}
    return {c: float(w) for c, w in entry["values"].items()}


def known(index_id: str, year: int) -> str:
    """How the weights of that edition are known; says so when they are not."""
    entry = _entry(index_id, year)
    if entry is None:
        return "not known"
    return entry.get("known_by_year", {}).get(year, entry["known"])


def fixed(index_id: str = "pci") -> dict[str, float]:
    """Percent weights of the comparable composite: one edition's weights over the components that every edition compared
    has, scaled to sum to 100.

    >>> sorted(set(component_ids("pci", 2021)) - set(fixed("pci"))), round(sum(fixed("pci").values()), 9)
    (['policy_bias'], 100.0)
    """
    raw = kept(index_id)
    if "fixed_weights" not in raw:
        raise BadInput(f"no fixed weights are defined for {index_id!r}", fix="see reference/indices")
    rule = raw["fixed_weights"]
    base = of(index_id, rule["values_of"]) or {}
    everywhere = [c for c in base if all(c in component_ids(index_id, y) for y in range(rule["from"], rule["to"] + 1))]
    total = sum(base[c] for c in everywhere)
    return {c: 100.0 * base[c] / total for c in everywhere}


def is_sum(index_id: str) -> bool:
    """Whether the composite is the plain sum of its components (PAPI, PGI)."""
    return kept(index_id).get("composite") == "sum"


def composite(index_id: str, year: int, scores: Mapping[str, float | None], *, using: Mapping[str, float] | None = None
              ) -> float | None:
    """The composite that an edition's rule gives for component scores; None if a weighted component is missing.

    PCI: weighted mean on 1-10, times ten. PAPI and PGI: plain sum. ``using`` replaces the weights (percent).
    """
    rule = using if using is not None else of(index_id, year)
    if rule is None:
        return None
    total = 0.0
    for c, weight in rule.items():
        score = scores.get(c)
        if score is None or score != score:
            return None
        total += score if is_sum(index_id) and using is None else weight * score / 10.0
    return total
