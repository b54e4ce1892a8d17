"""What every section of the national overview uses: names, numbers that carry their source, which editions there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from govlib.known import indices, provinces
from govlib.known.provinces import province_set
from govlib.publish import show
from govlib.publish.national import counts
from govlib.publish.national.counts import Moves
from govlib.publish.sections.base import Context, once
from govlib.reading.board import Board, Cell
from govlib.words import wording

SHOWN = ("pci", "papi", "dti", "par", "sipas")  # the order in which a year's indices are told


@dataclass
class Nation:
    """The nation in one edition year."""

    year: int
    lang: str
    board: Board
    used: set[str] = field(default_factory=set)  # catalogue ids of the sources that the page has shown
    memo: dict[tuple, Any] = field(default_factory=dict)  # what :func:`govlib.reading.board.once` keeps
    issuer: str = ""  # the body that issues the page; empty: the institute

    def label(self, key: str, **values: object) -> str:
        return wording.label(key, self.lang, **values)

    def fill(self, key: str, **values: object) -> show.Html:
        """A label whose places are filled with numbers that keep their source."""
        return show.fmt(self.label(key), **values)

    def short(self, index_id: str) -> str:
        return indices.name(index_id, "overall", self.lang)

    def edition(self, index_id: str, year: int) -> str:
        return f"{self.short(index_id)} {year}"

    def name(self, slug: str, year: int) -> str:
        return provinces.name(slug, self.lang, year)

    @cached_property
    def page(self) -> Context:
        """A province's page of the year, for the numbers and source lines that do not depend on the province."""
        return Context(province_set(self.year)[0], self.year, self.lang, [], self.board, self.used)

    def count(self, value: int | float, locator: str) -> show.Html:
        return self.page.ours(value, locator, 0)

    def points(self, cell: Cell) -> show.Html:
        """A published score with its unit."""
        return self.with_unit(self.page.num(cell), cell.index_id)

    def with_unit(self, value: show.Html, index_id: str) -> show.Html:
        unit = self.page.unit(index_id)
        return show.fmt("{s}{u}", s=value, u=unit if unit == "%" else f" {unit}")

    def change(self, slug: str, m: Moves) -> show.Html:
        return self.page.ours(float(m.delta[slug]), f"change {m.index_id}/overall {slug} {m.year - 1} {m.year}", m.decimals, True)

    def threshold(self, m: Moves) -> show.Html:
        return self.page.ours(m.threshold, f"threshold {m.index_id}/overall {m.year}", m.decimals)

    def and_list(self, items: Sequence[object]) -> show.Html:
        """``a, b và c`` of pieces that may hold numbers with a source."""
        if len(items) < 2:
            return show.join(items)
        return show.fmt(self.label("national_base.and"), a=show.join(items[:-1], ", "), b=show.esc(items[-1]))

    # -- editions ------------------------------------------------------------------------------------------------------

    def full_year(self, index_id: str) -> int | None:
        return self.board.newest_full(index_id, "overall", self.year)

    @cached_property
    def newest(self) -> dict[str, int]:
        """Index → newest edition up to the year with any score or rank."""
        found = {}
        for i in SHOWN:
            for year in reversed([y for y in self.board.matrix(i).index if y <= self.year]):
                if self.board.n_scored(i, "overall", year) or counts.printed_ranks(self.board, i, year):
                    found[i] = int(year)
                    break
        return found

    @staticmethod
    def ordered(editions: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
        """The newest edition first; of one year, in the order of :data:`SHOWN`."""
        return sorted(set(editions), key=lambda e: (-e[1], SHOWN.index(e[0])))

    def editions(self) -> list[tuple[str, int]]:
        """Each index's newest edition with any figure and, where that is partial, its newest full one."""
        return self.ordered([*self.newest.items(), *self.full_editions()])

    def full_editions(self) -> list[tuple[str, int]]:
        return self.ordered((i, y) for i in SHOWN if (y := self.full_year(i)) is not None)

    @once
    def moves(self, index_id: str, year: int) -> Moves | None:
        return counts.moves(self.board, index_id, year)
