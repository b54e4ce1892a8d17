"""What moved a total: the change of a composite that adds up, shared out among its components."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from govlib.known import indices, weighting
from govlib.known.provinces import province_set
from govlib.reading import comparisons
from govlib.reading.board import Board, once

# Points by which parts and total may differ before anything is rounded for a page: publishers print two decimals of each. More is
# no rounding: then nothing is shared out, of the province, or of all where it is so of most (the composite of PCI 2011 cannot be
# rebuilt from its printed components).
UNEXPLAINED = 0.03
LEAST = 2  # components that compare, without which nothing is shared out


@dataclass(frozen=True)
class Moved:
    """A total's change between two editions and what each component gave to it, in points of the total. ``anew``: components
    measured anew or in one edition only; what they gave is in the rest, and neither it nor the total is a rise or a fall."""

    before: int
    year: int
    total: float
    parts: dict[str, float]
    anew: tuple[str, ...] = ()

    def printed(self, decimals: int = 2) -> dict[str, float]:
        """The parts as printed, the largest first."""
        return {c: round(v, decimals) + 0.0 for c, v in sorted(self.parts.items(), key=lambda part: -abs(part[1]))}

    def rest(self, decimals: int = 2) -> float:
        """What is left of the printed total's change when the printed parts are taken off."""
        return round(round(self.total, decimals) - sum(self.printed(decimals).values()), decimals) + 0.0


def of(board: Board, index_id: str, province: str, year: int) -> Moved | None:
    """The change since the province's edition before, shared out; None where the composite does not add up by known weights, a
    figure lacks, weights changed between the two, or the parts do not explain the total. Where the method of some components
    changed from one edition to the next, the others alone are shared out (:attr:`Moved.anew`); of all, nothing is."""
    change = comparisons.change(board, index_id, "overall", province, year, threshold=False)
    if change is None or change.delta is None:
        return None
    ids, worth = indices.component_ids(index_id, year), weighting.of(index_id, year)
    first = change.from_year
    old, sums = indices.component_ids(index_id, first), weighting.is_sum(index_id)
    if not ids or worth is None or not (sums or worth == weighting.of(index_id, first) and ids == old):
        return None
    if not (_adds_up(board, index_id, first) and _adds_up(board, index_id, year)):
        return None
    anew = tuple(c for c in dict.fromkeys((*ids, *old))
                 if c not in ids or c not in old or board.breaks(index_id, c, first, year, province))
    if change.comparable == bool(anew) or anew and (year - first > 1 or len(anew) > len(ids) - LEAST):
        return None
    parts = {}
    for c in (c for c in ids if c not in anew):
        now, then = (board.cell(index_id, c, province, y) for y in (year, first))
        if now is None or then is None or now.score is None or then.score is None:
            return None
        parts[c] = (now.score - then.score) * (1.0 if sums else worth[c] / 10.0)
    if not anew and abs(change.delta - sum(parts.values())) > UNEXPLAINED:
        return None
    return Moved(first, year, change.delta, parts, anew)


@once
def _adds_up(board: Board, index_id: str, year: int) -> bool:
    """Whether most provinces' printed components make up their printed totals."""
    off = []
    for province in province_set(year):
        total, *parts = (cell.score if (cell := board.cell(index_id, c, province, year)) else None
                         for c in ("overall", *indices.component_ids(index_id, year)))
        made = weighting.composite(index_id, year, dict(zip(indices.component_ids(index_id, year), parts, strict=True)))
        if total is not None and made is not None:
            off.append(abs(total - made))
    return bool(off) and median(off) <= UNEXPLAINED
