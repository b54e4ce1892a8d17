"""Tables of leaders and movers."""

from __future__ import annotations

from govlib.publish import content, show
from govlib.publish.content import frame
from govlib.publish.national import counts
from govlib.publish.national.base import SHOWN
from govlib.publish.national.findings import Findings
from govlib.reading import comparisons, thresholds
from govlib.words import wording

LEADERS = 10
LEAST_LEADERS = 3  # first ranks in an unbroken run, for a partial edition to have a table of leaders
EXTREMES = 5  # changes at either end that are listed where no threshold is known


class Movers(Findings):
    """Leaders and movers."""

    def leaders_year(self, index_id: str) -> int | None:
        """The newest edition whose leaders are known: a full one, or the first ranks printed without a gap."""
        for year in reversed([y for y in self.board.matrix(index_id).index if y <= self.year]):
            if self.board.is_full(index_id, "overall", year) or len(counts.leading(
                    counts.printed_ranks(self.board, index_id, year), LEADERS)) >= LEAST_LEADERS:
                return int(year)
        return None

    def leaders(self) -> list[tuple[str, int]]:
        return self.ordered((i, y) for i in SHOWN if (y := self.leaders_year(i)) is not None)

    def leaders_table(self, index_id: str, most: int = LEADERS) -> dict | None:
        """The first provinces of :meth:`leaders_year`, with a change only where it is on the year before and comparable."""
        year = self.leaders_year(index_id)
        if year is None:
            return None
        full = self.board.is_full(index_id, "overall", year)
        ranks = counts.printed_ranks(self.board, index_id, year)
        first = list(self.board.edition(index_id, "overall", year).names[:most]) if full else counts.leading(ranks, most)
        decimals = content.DECIMALS.get(index_id, 2)
        threshold = thresholds.points(self.board, index_id, "overall", year)
        rows, compared = [], False
        for slug in first:
            cell = self.board.cell(index_id, "overall", slug, year)
            ch = comparisons.change(self.board, index_id, "overall", slug, year)
            ch = ch if ch and ch.comparable and ch.neighbours else None
            compared |= ch is not None and ch.beyond is not None
            rank = self.page.num(cell, what="rank") if cell.rank is not None else self.page.ours(
                comparisons.place(self.board, index_id, "overall", slug, year).rank, f"rank {index_id}/overall {slug} {year}", 0)
            rows.append({self.label("col.province"): self.name(slug, year), self.label("col.score"): self.page.num(cell), self.label("col.rank"): rank,
                         self.label("col.change"): self.page.ours(ch.delta if ch else None, f"change {index_id}/overall {slug} {year - 1} {year}", decimals, True),
                         self.label("col.size"): "–" if ch is None or ch.beyond is None else self.label("size.beyond" if ch.beyond else "size.within")})
        table = frame(rows)
        for column in (self.label("col.change"), self.label("col.size")):  # a column of dashes says nothing
            if (table[column] == "–").all():
                table = table.drop(columns=column)
        notes = []
        if not full:
            notes += [self.held(index_id, year), show.esc(self.label("national.first_ranks_only"))]
        if full and any(self.board.cell(index_id, "overall", p, year).rank is None for p in first):
            notes.append(show.esc(self.label("national.computed")))
        if any(self.board.cell(index_id, "overall", p, year).status == "derived" for p in first):
            notes.append(show.esc(wording.sentence(self.label("note.derived"))))
        if self.label("col.change") in table and not compared:
            notes.append(show.esc(self.label("national.no_size")))
        elif compared:
            notes.append(self.fill("national.usual", sd=self.page.ours(threshold, f"threshold {index_id}/overall {year}", decimals)))
        return {"df": table, "caption": self.label("national.leaders", e=self.edition(index_id, year)), "lang": self.lang,
                "source": self.page.source_line(index_id, year), "name": f"leaders-{index_id}-{year}",
                "note": show.join(notes) if notes else None}

    # -- movers --------------------------------------------------------------------------------------------------------

    def movers_sentence(self, index_id: str, year: int) -> show.Html:
        """Which way the country went and how many provinces moved beyond the threshold; or why that cannot be told."""
        head = self.edition(index_id, year) + (f" ({self.label('national.newest_full')})" if self.newest[index_id] != year else "")
        m = self.moves(index_id, year)
        if m is None:
            why = self.no_comparison(index_id, year, whole=True)
            return self.fill("national.not_moved", i=head, z=year - 1, why=why) if why else self.fill("national.first_edition", i=head)
        span = f"{index_id}/overall {year - 1} {year}"
        low, high = m.toss
        parts = [self.fill("national.moved", i=head, z=year - 1, n=self.count(m.n, f"compared {span}"), k=self.count(m.rose, f"rose {span}"),
                           f=self.count(m.fell, f"fell {span}"), low=self.count(low, f"toss_low {span}"),
                           high=self.count(high, f"toss_high {span}"), v=self.label(f"national.{m.verdict}"))]
        if m.threshold is None:
            parts.append(show.esc(self.label("national.no_threshold")))
        else:
            parts.append(self._beyond(m))
            if not len(m.beyond):
                ends = (m.delta.index[0], m.delta.index[-1])
                parts.append(self.fill("national.all_within", a=self.name(ends[0], year), x=self.change(ends[0], m),
                                       b=self.name(ends[1], year), y=self.change(ends[1], m)))
            if m.pooled:
                parts.append(show.esc(self.label("national.pooled")))
        return show.join(parts)

    def movers_note(self) -> str:
        """What to keep in mind beside the movers; empty where no edition is compared and each says why."""
        if any(self.moves(*e) for e in self.full_editions()):
            return self.label("national.movers_note")
        return "" if self.full_editions() else self.label("movers.none")

    def movers_table(self, index_id: str, year: int) -> dict | None:
        """Every province beyond the threshold, rises first; where no threshold is known, the changes at either end."""
        m = self.moves(index_id, year)
        if m is None:
            return None
        known = m.threshold is not None
        slugs = m.beyond.index.tolist() if known else list(dict.fromkeys([*m.delta.index[:EXTREMES], *m.delta.index[-EXTREMES:]]))
        if not slugs:
            return None
        rows = [{self.label("col.province"): self.name(p, year), str(year - 1): self.page.num(self.board.cell(index_id, "overall", p, year - 1)),
                 str(year): self.page.num(self.board.cell(index_id, "overall", p, year)), self.label("col.change"): self.change(p, m)} for p in slugs]
        caption = self.label("national.movers" if known else "national.extremes", e=self.edition(index_id, year), z=year - 1, k=EXTREMES)
        return {"df": frame(rows), "caption": caption, "lang": self.lang, "source": self.page.source_line(index_id, year),
                "name": f"movers-{index_id}-{year}"}
