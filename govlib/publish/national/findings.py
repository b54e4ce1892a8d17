"""The cover and the findings: edition by edition, who leads, the nation's own change, who moved beyond chance; why not more."""

from __future__ import annotations

import csv
from collections.abc import Sequence

from govlib import paths
from govlib.known import indices
from govlib.publish import content, show
from govlib.publish.national import counts
from govlib.publish.national.base import Base
from govlib.publish.national.counts import Moves
from govlib.publish.sections.base import clause
from govlib.reading.board import Break
from govlib.words import wording

NAMED = 4  # movers that a finding names one by one


class Findings(Base):
    """Cover and findings."""

    def cover(self) -> dict:
        facts = []
        for i, y in self.ordered(self.newest.items()):
            if n := self.board.n_scored(i, "overall", y):
                facts.append((self.edition(i, y), self.fill("national.of_provinces", n=self.count(n, f"scored {i}/overall {y}"),
                                                            of=self.board.expected(i, y))))
        return {"title": self.t("Chỉ số quản trị cấp tỉnh: cả nước", "Governance indices: the nation"), "subtitle": self.label("national.subtitle"),
                "place": self.t("Việt Nam", "Viet Nam"), "year": self.year, "lang": self.lang, "issued_by": self.label("cover.issuer"),
                "edition": self.label("cover.edition", year=self.year), "facts": facts}

    def findings(self) -> list[show.Html]:
        """Edition by edition, the newest first: who leads, the nation's own level and change, who moved beyond chance."""
        return [self.finding(i, y) for i, y in self.editions() if self.worth_telling(i, y)]

    def worth_telling(self, index_id: str, year: int) -> bool:
        """Not a few figures from the middle of a list: then the page's coverage says that there is no more."""
        return bool(self.board.is_full(index_id, "overall", year) or indices.published_ranks(index_id, year)
                    or counts.leading(counts.printed_ranks(self.board, index_id, year), 1) or self.printed_mean(index_id, year))

    def finding(self, index_id: str, year: int) -> show.Html:
        full = self.board.is_full(index_id, "overall", year)
        head = show.strong(self.edition(index_id, year))
        if full and self.newest[index_id] != year:
            head = show.fmt("{h} ({w})", h=head, w=self.label("national.newest_full"))
        parts = self._full(index_id, year) if full else self._partial(index_id, year)
        if mean := self.printed_mean(index_id, year):
            parts.append(self.fill("national.mean", m=mean))
        return show.fmt("{h}: {x}", h=head, x=show.join(parts))

    def _full(self, index_id: str, year: int) -> list[show.Html]:
        e = self.board.edition(index_id, "overall", year)
        leaders = [p for p, v in zip(e.names, e.values, strict=True) if v == e.values[0]]
        parts = [self.fill("national.lead_shared" if leaders[1:] else "national.lead", p=wording.joined([self.name(p, year) for p in leaders], self.lang),
                           s=self.points(self.board.cell(index_id, "overall", leaders[0], year)),
                           n=self.count(len(e.names), f"scored {index_id}/overall {year}"))]
        median = self.page.ours(e.median, f"median {index_id}/overall {year}", content.DECIMALS.get(index_id, 2))
        m = self.moves(index_id, year)
        if m is None:
            why = self.no_comparison(index_id, year)
            return [*parts, self.fill("national.level_alone", m=median, z=year - 1, why=why) if why else self.fill("national.level", m=median)]
        delta = float(m.delta.median())  # of the provinces' own changes
        span = f"{index_id}/overall {year - 1} {year}"
        parts.append(self.fill("national.level_change", m=median, z=year - 1, n=self.count(m.n, f"compared {span}"),
                               d=self.page.ours(wording.change(delta, self.lang, m.decimals), f"median_change {span}"),
                               k=self.count(m.rose, f"rose {span}"), v=self.label(f"national.{m.verdict}")))
        return [*parts, self._beyond(m, self._named(m))] if m.threshold is not None else parts

    def _beyond(self, m: Moves, who: show.Html | None = None) -> show.Html:
        """How many provinces went beyond the threshold, beside the number that chance alone brings; ``who`` ends the sentence."""
        span = f"{m.index_id}/overall {m.year - 1} {m.year}"
        values = {"t": self.threshold(m), "n": self.count(m.n, f"compared {span}"), "e": self.count(m.by_chance, f"by_chance {span}")}
        b = len(m.beyond)
        if not b:
            return self.fill("national.beyond_none", **values)
        up = int((m.beyond > 0).sum())
        how = show.esc(self.label(f"national.{'all' if b > 1 else 'one'}_{'up' if up else 'down'}")) if up in (0, b) else self.fill(
            "national.up_down", u=self.count(up, f"beyond_up {span}"), d=self.count(b - up, f"beyond_down {span}"))
        return self.fill("national.beyond_more" if m.more_than_chance else "national.beyond_no_more", how=how,
                         b=self.count(b, f"beyond {span}"), who=show.fmt(": {w}", w=who) if who else "", **values)

    def _named(self, m: Moves) -> show.Html | None:
        """All of a few movers; of many, the largest rise and the largest fall."""
        beyond = m.beyond
        if len(beyond) <= NAMED:
            each = [show.fmt("{p} ({d})", p=self.name(p, m.year), d=self.change(p, m)) for p in beyond.index]
            return self.and_list(each) if each else None
        told = lambda key, slug: self.fill(key, p=self.name(slug, m.year), d=self.change(slug, m))  # noqa: E731
        ends = [told("national.most_up", beyond.idxmax())] if beyond.max() > 0 else []
        ends += [told("national.most_down", beyond.idxmin())] if beyond.min() < 0 else []
        return show.join(ends, "; ")

    def _partial(self, index_id: str, year: int) -> list[show.Html]:
        """What is printed of an edition without (nearly) all provinces: no median, and no rank that nobody printed."""
        ranks = counts.printed_ranks(self.board, index_id, year)
        run = [self._with_score(index_id, p, year) for p in counts.leading(ranks, 3)]
        parts = [self.fill("national.first_known", p=run[0]) if run else show.esc(self.label("national.first_unknown"))]
        if run[1:]:
            parts = [self.fill("national.first_and_next", p=run[0], x=self.and_list(run[1:]))]
        of = self.board.expected(index_id, year)
        if last := next((p for p, r in ranks.items() if r == of), None):
            parts.append(self.fill("national.last_known", p=self._with_score(index_id, last, year), of=of))
        n = indices.published_ranks(index_id, year)
        if n is not None:
            return parts + self._first_published(index_id, year, n)
        return [*parts, self.held(index_id, year)]

    def held(self, index_id: str, year: int) -> show.Html:
        """How much of a partial edition our sources hold."""
        of = self.board.expected(index_id, year)
        if scored := self.board.n_scored(index_id, "overall", year):
            return self.fill("national.held_scores", k=self.count(scored, f"scored {index_id}/overall {year}"), of=of)
        ranks = counts.printed_ranks(self.board, index_id, year)
        return self.fill("national.held_ranks", k=self.count(len(ranks), f"ranked {index_id} {year} {of}"), of=of)

    def _with_score(self, index_id: str, slug: str, year: int) -> show.Html:
        """A province with its score or, where the source gives none, its rank."""
        cell = self.board.cell(index_id, "overall", slug, year)
        if cell.score is None:
            return self.fill("national.only_rank", p=self.name(slug, year), r=self.page.num(cell, what="rank"))
        return show.fmt("{p} ({s})", p=self.name(slug, year), s=self.points(cell))

    def _first_published(self, index_id: str, year: int, n: int) -> list[show.Html]:
        """An edition of which only the first n are published: how much of that we hold, and what rank n took."""
        z, moved = year - 1, counts.entered_left(self.board, index_id, year, n)
        k, before = (self.count(len(counts.first(counts.printed_ranks(self.board, index_id, y), n)), f"ranked {index_id} {y} {n}")
                     for y in (year, z))
        if moved is None:
            parts = [self.fill("national.entered_unknown", n=n, z=z, k=k, b=before)]
        else:
            new, gone = (wording.joined([self.name(p, year) for p in who], self.lang) or self.label("national.nobody") for who in moved)
            parts = [self.fill("national.first_only", n=n, k=k), self.fill("national.entered_left", n=n, z=z, new=new, gone=gone)]
        line = counts.line(self.board, index_id, year, n)
        if line.at:
            parts.append(self.fill("national.line_at", n=n, s=self.points(line.at), p=self.name(line.at.province, year)))
        elif line.better and line.worse:
            low, high = ({"s": self.page.num(c), "p": self.name(c.province, year), "r": self.page.num(c, what="rank")} for c in (line.worse, line.better))
            place = self.label("national.at_rank")
            parts.append(self.fill("national.line_between", n=n, a=show.fmt(place, **low), b=show.fmt(place, **high)))
        return parts

    def printed_mean(self, index_id: str, year: int) -> show.Html | None:
        """The country's mean as the publisher printed it (``data/raw/<index>/national.csv``)."""
        path = paths.raw() / index_id / "national.csv"
        if not path.is_file():
            return None
        with open(path, encoding="utf-8", newline="") as f:
            row = next((r for r in csv.DictReader(f) if r["year"] == str(year) and r["area"] == "national" and r["component"] == "overall"), None)
        if row is None:
            return None
        self.page.see(row["source"])
        value = show.num(float(row["score"]), source=row["source"], locator=row["locator"], lang=self.lang, decimals=content.DECIMALS.get(index_id, 2))
        return self.with_unit(value, index_id)

    # -- why a year is not compared -------------------------------------------------------------------------------------

    def no_comparison(self, index_id: str, year: int, whole: bool = False) -> show.Html:
        """Why an edition has no change on the year before; empty where there was none before. ``whole``: every break in
        its own words, else in short."""
        if year - 1 < indices.index(index_id).first_edition:
            return show.Html("")
        found = self.board.breaks(index_id, "overall", year - 1, year)
        if found:
            return show.esc("; ".join(clause(b.what(self.lang)) for b in found) if whole else self.break_in_short(index_id, year, found))
        n = self.count(self.board.n_scored(index_id, "overall", year - 1), f"scored {index_id}/overall {year - 1}")
        return self.fill("national.before_partial", z=year - 1, n=n, of=self.board.expected(index_id, year - 1))

    def break_in_short(self, index_id: str, year: int, found: Sequence[Break]) -> str:
        """The composite's own break in its words; of breaks in its components, their names."""
        own = [clause(b.what(self.lang)) for b in found if b.scope in ("all", "overall", "unit")]
        if own:
            return "; ".join(own)
        names = [indices.name(index_id, s, self.lang, year) for s in dict.fromkeys(b.scope.split(".")[0] for b in found)]
        return self.label("national.break_components", names=wording.joined(names, self.lang))
