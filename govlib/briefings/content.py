"""What a province's briefing says, section by section, from the panel, the reform actions and the estimates.

:class:`Page` holds one province, edition year and language. Its methods return what :mod:`govlib.briefings.show` displays:
sentences, cards, and keyword arguments of ``show.table`` and ``show.figure``. Nothing is fitted here and no gap is filled.

Every number carries a source and a locator. A published figure has those of its row in ``scores.parquet``. A figure worked
out from the panel has the source ``govlib`` and a locator that says how, in words that :func:`recompute` can follow:
``change pci/overall bac-ninh 2021 2022``, ``median papi/overall 2023``. So a reader, or a test, can find each one again.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from govlib import catalogue, comparisons, data, departments, indices, paths, provinces, targets, wording
from govlib.briefings import show
from govlib.comparisons import Board, Cell
from govlib.errors import BadInput, GovlibError, MissingData, NotEstimable, UnknownName
from govlib.reforms import actions as reform_actions  # `govlib.reforms` itself is the one-line function
from govlib.reforms import name as reform_name
from govlib.wording import label, number, pick

CARDS = ("pci", "papi", "par", "sipas", "dti")
DECIMALS = {"dti": 4, "ict": 4}
OURS = "govlib"


def load(province: str, year: int, lang: str = "vi", peers: Sequence[str] = ()) -> Page:
    """The page's data, checked: a known province of that edition, a year with data, a known language.

    Raises
    ------
    UnknownName : province (with the nearest names). BadInput : language, or a year that the province has no figure in.
    MissingData : the panel is not built.
    """
    wording.check_language(lang)
    slug = provinces.resolve(province, year if 2005 <= year <= 2100 else None)
    board = comparisons.panel_board()
    if year not in board.years():
        raise BadInput(f"no edition of {year}", column="year", value=year, fix=f"years with data: {span(board.years(slug))}")
    wanted = [provinces.resolve(p) for p in peers] or list(comparisons.DEFAULT_PEERS)
    return Page(slug, int(year), lang, comparisons.peers(slug, year, wanted), board)


def span(years: Sequence[int]) -> str:
    """``2005–2019, 2021``."""
    runs: list[list[int]] = []
    for y in sorted(years):
        if runs and y == runs[-1][-1] + 1:
            runs[-1].append(y)
        else:
            runs.append([y])
    return ", ".join(str(r[0]) if len(r) == 1 else f"{r[0]}–{r[-1]}" for r in runs)


@dataclass
class Page:
    """One briefing's data. ``peers`` are slugs of that edition."""

    province: str
    year: int
    lang: str
    peers: list[str]
    board: Board
    used: set[str] = field(default_factory=set)  # catalogue ids of the sources that the page has shown
    _movers: dict[tuple[str, int], pd.DataFrame] = field(default_factory=dict)
    _items: dict[tuple[str, int], list] = field(default_factory=dict)
    _tables: dict[tuple[str, int], pd.DataFrame] = field(default_factory=dict)
    _longs: dict[str, pd.DataFrame] = field(default_factory=dict)
    _component_year: dict[str, int | None] = field(default_factory=dict)

    # ------------------------------------------------------------------------------------------------------- small words

    def t(self, vi: str, en: str) -> str:
        return pick(self.lang, vi, en)

    def label(self, key: str, **values: object) -> str:
        return label(key, self.lang, **values)

    def place(self, slug: str | None = None) -> str:
        slug = self.province if slug is None else slug
        return provinces.name(slug, self.lang, self.year if slug in comparisons.province_set(self.year) else None)

    @cached_property
    def region(self) -> str | None:
        return comparisons.region_of(self.province, self.year)

    @property
    def region_name(self) -> str:
        return provinces.regions()[self.region][0 if self.lang == "vi" else 1] if self.region else ""

    def short(self, index_id: str) -> str:
        return indices.name(index_id, "overall", self.lang)

    def component(self, index_id: str, component: str, year: int | None = None) -> str:
        try:
            return indices.name(index_id, component, self.lang, year or self.year)
        except UnknownName:
            return component.replace("_", " ")

    def item(self, index_id: str, item: str, year: int) -> str:
        """A sub-dimension's name; for a survey item the words of its column in the publisher's workbook."""
        try:
            return indices.name(index_id, item, self.lang, year)
        except UnknownName:
            return item.split(".", 1)[-1].replace("_", " ").capitalize()

    def decimals(self, index_id: str) -> int:
        return DECIMALS.get(index_id, 2)

    def unit(self, index_id: str) -> str:
        return "%" if index_id in ("par", "sipas") else self.t("điểm", "points")

    # ----------------------------------------------------------------------------------------------- numbers with a source

    def num(self, cell: Cell | None, index_id: str | None = None, what: str = "score") -> show.Html:
        """A published score or rank with its row's source and locator; a dash where our sources have none, "not published"
        where the publisher has none."""
        value = None if cell is None else getattr(cell, what)
        if value is None and (cell is None or cell.status != "not_published"):
            return show.Html("–")
        self.see(cell.source)
        decimals = self.decimals(index_id or cell.index_id) if what == "score" else 0
        return show.num(value, source=cell.source, locator=cell.locator, lang=self.lang, decimals=decimals)

    def ours(self, value: float | str | None, locator: str, decimals: int = 2, sign: bool = False) -> show.Html:
        """A figure worked out here, with the recipe as its locator."""
        if value is None or value != value:
            return show.Html("–")
        if isinstance(value, (np.floating, np.integer)):
            value = value.item()
        return show.num(value, source=OURS, locator=locator, lang=self.lang, decimals=decimals, sign=sign)

    def see(self, sources: str | None) -> None:
        self.used.update(s for s in str(sources or "").split(";") if s and s != OURS)

    def _marked(self, text: str, marks: list[show.Html]) -> show.Html:
        """Text in which ``mark`` has left the numbers' places, as HTML with those numbers."""
        out = []
        for i, piece in enumerate(text.split("\ue000")):
            if i:
                k, piece = piece.split("\ue001", 1)
                out.append(marks[int(k)])
            out.append(show.esc(piece))
        return show.Html("".join(out))

    # ------------------------------------------------------------------------------------------------------------- finding

    def newest(self, index_id: str, component: str = "overall") -> Cell | None:
        return comparisons.newest(self.board, index_id, self.province, self.year, component)

    def newest_scored(self, index_id: str) -> Cell | None:
        rows = [c for c in self.board.series(index_id, "overall", self.province, self.year) if c.score is not None]
        return rows[-1] if rows else None

    def component_year(self, index_id: str) -> int | None:
        """The newest edition up to the year with figures of the province in three components or more."""
        if index_id not in self._component_year:
            self._component_year[index_id] = self._find_component_year(index_id)
        return self._component_year[index_id]

    def _find_component_year(self, index_id: str) -> int | None:
        for year in reversed([y for y in indices.editions(index_id) if y <= self.year]):
            ids = indices.component_ids(index_id, year)
            there = sum((c := self.board.cell(index_id, i, self.province, year)) is not None and c.score is not None for i in ids)
            if ids and there >= min(3, len(ids)):
                return year
        return None

    @cached_property
    def _why(self) -> dict[tuple, tuple[str, str, str]]:
        try:
            w = data.why(province=self.province)
        except MissingData:
            return {}
        return {(r.index_id, int(r.year), r.component): (r.reason_vi, r.reason_en, r.code) for r in w.itertuples()}

    def withheld(self, index_id: str, year: int) -> bool:
        """Whether it is known that the publisher has no figure of the province, rather than our sources."""
        from govlib.gaps import NOT_PUBLISHED

        return self._why.get((index_id, year, "overall"), ("", "", ""))[2] in NOT_PUBLISHED

    def reason(self, index_id: str, year: int, component: str = "overall") -> str:
        """Why there is no figure, as far as it is known."""
        first = indices.index(index_id).first_edition
        if year < first:
            return self.t(f"{self.short(index_id)} có từ ấn bản {first}", f"{self.short(index_id)} begins with edition {first}")
        if found := self._why.get((index_id, year, component)):
            return found[0 if self.lang == "vi" else 1]
        if component == "overall" and not self.board.n_scored(index_id, "overall", year):
            return self.t(f"ấn bản {year} không có trong các nguồn đang dùng", f"edition {year} is not in our sources")
        return self.t("không có trong các nguồn đang dùng", "not in our sources")

    def finding(self, index_id: str, cell: Cell) -> tuple[dict, comparisons.Change | None]:
        """What :func:`govlib.wording.score_finding` needs about one figure."""
        ch = comparisons.change(self.board, index_id, "overall", self.province, cell.year)
        place = comparisons.place(self.board, index_id, "overall", self.province, cell.year)
        before = self.board.cell(index_id, "overall", self.province, cell.year - 1)
        if before and not self.same_field(index_id, cell.year):
            before = None
        f = {"index": self.short(index_id), "year": cell.year, "score": cell.score, "decimals": self.decimals(index_id),
             "unit": self.unit(index_id), "rank": place.rank if place else None, "of": place.of if place else None,
             "previous_rank": before.rank if before else None, "reason": None}
        if f["rank"] is None and cell.score is not None:
            f["rank_note"] = self.rank_note(cell)
        if cell.score is None:
            f["reason"] = self.t("nguồn chỉ nêu thứ hạng", "the source gives the rank only")
        if ch and ch.delta is not None:
            f |= {"change": ch.delta, "previous_year": ch.before.year, "comparable": ch.comparable,
                  "threshold": ch.threshold, "ratio": ch.ratio,
                  "break_note": wording.joined([_clause(b.what(self.lang)) for b in ch.breaks], self.lang)}
        return f, ch

    def same_field(self, index_id: str, year: int) -> bool:
        """Whether about as many provinces were ranked the year before, so that a change of rank means something: the
        fourteenth of 42 and the fortieth of 64 are no fall of 26 places."""
        now, before = (self.board.of(index_id, "overall", y) for y in (year, year - 1))
        return abs(now - before) <= 0.1 * now

    def outside(self, cell: Cell) -> int | None:
        """How many ranks the publisher printed, where this score is known to lie below the last of them. A row without a
        rank does not tell: our source of it may just not have given one."""
        n = indices.published_ranks(cell.index_id, cell.year)
        everyone = (self.board.cell(cell.index_id, "overall", p, cell.year) for p in comparisons.province_set(cell.year)) if n else ()
        last = next((c.score for c in everyone if c and c.rank == n and c.score is not None), None)
        return n if last is not None and cell.score is not None and cell.score < last else None

    def rank_note(self, cell: Cell) -> str:
        if n := self.outside(cell):
            return self.t(f"thứ hạng nằm ngoài {n} tỉnh được công bố", f"rank outside the {n} that are published")
        return self.t("chưa có thứ hạng công bố trong nguồn", "rank not given in our sources")

    def score_sentence(self, index_id: str, cell: Cell) -> show.Html:
        f, ch = self.finding(index_id, cell)
        marks: list[show.Html] = []
        key = f"{index_id}/overall {self.province}"

        def mark(text: str, what: str) -> str:
            if what == "score" or (what == "rank" and cell.rank is not None):
                self.see(cell.source)
                marks.append(show.num(text, source=cell.source, locator=cell.locator, lang=self.lang))
            elif what == "previous_rank":
                before = self.board.cell(index_id, "overall", self.province, cell.year - 1)
                marks.append(show.num(text, source=OURS, lang=self.lang,
                                      locator=f"rank_change {key} {before.year} {cell.year}"))
            elif what == "change":
                marks.append(show.num(text, source=OURS, locator=f"change {key} {f['previous_year']} {cell.year}", lang=self.lang))
            elif what == "threshold":
                marks.append(show.num(text, source=OURS, locator=f"threshold {index_id}/overall {cell.year}", lang=self.lang))
            else:
                marks.append(show.num(text, source=OURS, locator=f"rank {key} {cell.year}", lang=self.lang))
            computed = what == "rank" and cell.rank is None
            return f"\ue000{len(marks) - 1}\ue001" + (self.t(" (tính lại)", " (computed)") if computed else "")

        return self._marked(wording.score_finding(f, self.lang, mark), marks)

    def _compared(self, index_id: str, year: int) -> pd.DataFrame:
        """Every component of an edition beside the median and the peers, see :func:`comparisons.components_table`."""
        if (index_id, year) not in self._tables:
            ids = indices.component_ids(index_id, year)
            self._tables[index_id, year] = comparisons.components_table(self.board, index_id, self.province, year, ids, self.peers)
        return self._tables[index_id, year]

    def movers(self, index_id: str, year: int) -> pd.DataFrame:
        """Comparable changes of components since the year before, the largest first: component, delta, ratio."""
        key = (index_id, year)
        if key not in self._movers:
            table = self._compared(index_id, year)
            keep = table["comparable"] & table["delta"].notna() & (table["before_year"] == year - 1)
            self._movers[key] = table[keep].sort_values("delta", ascending=False, kind="stable")
        return self._movers[key]

    def movers_sentence(self, index_id: str, year: int) -> show.Html | None:
        m = self.movers(index_id, year)
        if m.empty:
            return None
        marks: list[show.Html] = []
        names = {self.component(index_id, c, year): c for c in m["component"]}

        def mark(text: str, name: str) -> str:
            marks.append(show.num(text, source=OURS, lang=self.lang,
                                  locator=f"change {index_id}/{names[name]} {self.province} {year - 1} {year}"))
            return f"\ue000{len(marks) - 1}\ue001"

        pairs = [(self.component(index_id, r.component, year), r.delta) for r in m.itertuples()]
        rose = [p for p in pairs if round(p[1], 2) > 0]
        fell = [p for p in pairs if round(p[1], 2) < 0]
        beyond = None if m["ratio"].isna().any() else [self.component(index_id, c, year) for c in m.loc[m["ratio"] > 1, "component"]]
        text = wording.movers_finding(rose, fell, len(pairs) - len(rose) - len(fell), self.lang, index=self.short(index_id),
                                      year=year, previous_year=year - 1, mark=mark,
                                      components=len(indices.component_ids(index_id, year)), beyond=beyond)
        return self._marked(text, marks)

    def place_sentence(self, index_id: str, year: int) -> show.Html | None:
        p = comparisons.place(self.board, index_id, "overall", self.province, year)
        if p is None or p.cell.score is None:
            return None
        marks: list[show.Html] = []
        key = {"gap": f"gap {index_id}/overall {self.province} {year}", "median": f"median {index_id}/overall {year}",
               "region_rank": f"region_rank {index_id}/overall {self.province} {year}"}

        def mark(text: str, what: str) -> str:
            marks.append(show.num(text, source=OURS, locator=key[what], lang=self.lang))
            return f"\ue000{len(marks) - 1}\ue001"

        reason = self.t(f"mới có điểm của {p.n_scored}/{self.board.expected(index_id, year)} tỉnh",
                        f"scores of {p.n_scored} of {self.board.expected(index_id, year)} provinces only")
        f = {"index": self.short(index_id), "year": year, "gap": p.gap, "median": p.median, "region": self.region_name,
             "region_rank": p.region_rank, "region_of": p.region_of, "decimals": self.decimals(index_id), "reason": reason}
        return self._marked(wording.place_finding(f, self.lang, mark), marks)

    # ---------------------------------------------------------------------------------------------------------- the sections

    def cover(self) -> dict:
        """Keyword arguments of ``show.cover``."""
        facts = []
        for index_id in ("pci", "papi", "dti"):
            if cell := self.newest_scored(index_id):
                facts.append((f"{self.short(index_id)} {cell.year}", self.num(cell)))
        return {"title": self.t(f"Chỉ số quản trị tỉnh: {self.place()}", f"Governance indices: {self.place()}"),
                "subtitle": self.label("cover.subtitle"), "place": self.place(), "year": self.year, "lang": self.lang,
                "issued_by": self.label("cover.issuer"), "edition": self.label("cover.edition", year=self.year), "facts": facts}

    def findings(self) -> list[show.Html]:
        """Three sentences: the newest PCI, the newest PAPI (or the place in the country), what moved most."""
        said, out = [], []
        for index_id in ("pci", "papi", "dti", "par", "sipas"):
            cell = self.newest_scored(index_id)
            if cell is None or len(out) == 2:
                continue
            sentence = self.score_sentence(index_id, cell)
            if cell.year != self.year:
                why = self.reason(index_id, self.year)
                after = self.t(f" Đây là ấn bản mới nhất có điểm của {self.place()}; năm {self.year}: {why}.",
                               f" This is the newest edition with a score of {self.place()}; {self.year}: {why}.")
                sentence = show.Html(sentence + show.esc(after))
            if cell.status == "derived":
                sentence = show.Html(f"{sentence} {show.esc(_sentence(self.label('note.derived')))}")
            out.append(sentence)
            said.append((index_id, cell.year))
        years = {i: self.component_year(i) for i in ("papi", "pci")}
        order = sorted((i for i in years if years[i]), key=lambda i: (years[i], i == "pci"), reverse=True)
        moved = next((s for i in order if len(self.movers(i, years[i])) > 2 and (s := self.movers_sentence(i, years[i])) is not None), None)
        if moved:
            out.append(moved)
        for index_id, year in said:
            if len(out) < 3 and (s := self.place_sentence(index_id, year)) is not None:
                out.append(s)
        if not out:
            out.append(show.esc(wording.sentence(self.t(f"{self.place()} chưa có điểm công bố nào đến năm {self.year}",
                                                        f"{self.place()} has no published score up to {self.year}"))))
        return out

    def cards(self) -> list[show.Card]:
        return [self.card(i) for i in CARDS] + ([self.card("ict")] if self.newest("ict") and not self.newest("dti") else [])

    def card(self, index_id: str) -> show.Card:
        """One index: its newest figure up to the year, labelled with its edition; else why there is none."""
        cell, scored = self.newest(index_id), self.newest_scored(index_id)
        name = self.short(index_id)
        if cell is None:
            reason = _sentence(self.reason(index_id, self.year))
            if self.withheld(index_id, self.year):
                return show.Card(label=f"{name} {self.year}", reason=reason)
            return show.Card(label=f"{name} {self.year}", value="–", note=reason)
        notes = []
        if cell.status == "derived":
            notes.append(self.label("note.derived"))
        if cell.year != self.year:
            notes.append(self.t(f"{self.year}: không có số liệu ({self.reason(index_id, self.year)})",
                                f"{self.year}: no figure ({self.reason(index_id, self.year)})"))
        place = comparisons.place(self.board, index_id, "overall", self.province, cell.year)
        of = place.of if place else None
        rank = None
        if cell.rank is not None:
            rank = show.fmt("{r}/{n}", r=self.num(cell, what="rank"), n=of)
        elif place and place.rank is not None:
            rank = show.fmt("{r}/{n} {note}", r=self.ours(place.rank, f"rank {index_id}/overall {self.province} {cell.year}", 0),
                            n=of, note=self.t("(tính lại)", "(computed)"))
        elif cell.score is not None:
            n = self.outside(cell)
            rank = self.t(f"ngoài {n} tỉnh công bố", f"outside the {n} published") if n else "–"
        if cell.score is None:
            if scored:
                notes.append(show.fmt(self.t("Điểm gần nhất: {s} ({y}).", "Latest score: {s} ({y})."), s=self.num(scored), y=scored.year))
            notes.insert(0, self.t("nguồn chỉ nêu thứ hạng, không nêu điểm", "the source gives the rank, not the score"))
            return show.Card(label=f"{name} {cell.year}", value="–", rank=rank, edition=str(cell.year), note=_note(notes))
        ch = comparisons.change(self.board, index_id, "overall", self.province, cell.year)
        change, direction = None, None
        if ch and ch.delta is not None and ch.comparable:
            d = self.decimals(index_id)
            change = show.fmt(self.t("{x} so với {y}", "{x} on {y}"), y=ch.before.year,
                              x=self.ours(ch.delta, f"change {index_id}/overall {self.province} {ch.before.year} {cell.year}", d, True))
            direction = "flat" if wording.is_zero(ch.delta, d) else "up" if ch.delta > 0 else "down"
            notes.insert(0, wording.size(ch.ratio, self.lang) if ch.ratio is not None else self.t(
                f"không có điểm {span(ch.gap_years)}", f"no score {span(ch.gap_years)}") if ch.gap_years else
                wording.size(None, self.lang))
        elif ch and ch.delta is not None:
            what = wording.joined([_clause(b.what(self.lang)) for b in ch.breaks], self.lang)
            notes.insert(0, self.t(f"không so sánh được với {ch.before.year}: {what}", f"not comparable with {ch.before.year}: {what}"))
        return show.Card(label=f"{name} {cell.year}", value=self.num(cell), unit=self.unit(index_id), change=change,
                         direction=direction, rank=rank, tier=self.tier(index_id, cell.year), best=self.best(index_id, cell.year),
                         edition=str(cell.year), note=_note(notes))

    def best(self, index_id: str, year: int) -> str | None:
        b = comparisons.best_since(self.board, index_id, "overall", self.province, year)
        if b is None:
            return None
        return str(b.since) if b.since else self.t(f"{b.first} (đầu chuỗi so sánh được)", f"{b.first} (start of comparable figures)")

    def tier(self, index_id: str, year: int) -> str | None:
        """The tier as the publisher printed it, in both languages where the registry pairs them."""
        found = tiers(index_id, year).get(self.province)
        if not found:
            return None
        pairs = {t["vi"]: t["en"] for t in indices.index(index_id).tiers}
        return pairs.get(found, found) if self.lang == "en" else found

    def reading_rule(self) -> str:
        return wording.reading_rule(self.lang)

    # -- components ----------------------------------------------------------------------------------------------------------

    def with_components(self) -> list[tuple[str, int]]:
        """(index, edition) pairs that have components of this province, newest first among PCI, PAPI, DTI, PAR."""
        return [(i, y) for i in ("pci", "papi", "dti") if (y := self.component_year(i))]

    def scored_components(self, index_id: str, year: int) -> list[str]:
        """Components of an edition of which any province has a figure, or this one is known to have none."""
        return [c for c in indices.component_ids(index_id, year) if self.board.n_scored(index_id, c, year)]

    def components_heading(self, index_id: str, year: int) -> str:
        return self.t(f"{self.short(index_id)} {year}: các thành phần", f"{self.short(index_id)} {year}: components")

    def components_intro(self, index_id: str, year: int) -> show.Html:
        """One paragraph: which edition and why, what moved, and what cannot be compared."""
        parts = []
        if year != self.year:
            parts.append(show.esc(self.t(f"{year} là ấn bản mới nhất có điểm thành phần của {self.place()}.",
                                         f"{year} is the newest edition with components of {self.place()}.")))
        if any((c := self.board.cell(index_id, i, self.province, year)) and c.status == "derived" for i in indices.component_ids(index_id, year)):
            parts.append(show.esc(_sentence(self.label("note.derived"))))
        if moved := self.movers_sentence(index_id, year):
            parts.append(moved)
            if len(self.movers(index_id, year)) < len(self.scored_components(index_id, year)) and (what := self.broken(index_id, year, "")):
                parts.append(show.esc(self.t(f"Các thành phần khác không so sánh được: {what}.", f"The others cannot be compared: {what}.")))
        else:
            what = self.broken(index_id, year)
            parts.append(show.esc(self.t(f"Không nêu thay đổi so với {year - 1}: {what}.", f"No change on {year - 1} is given: {what}.")))
        lacking = [c for c in indices.component_ids(index_id, year) if c not in self.scored_components(index_id, year)]
        if lacking:
            names = wording.joined([self.component(index_id, c, year) for c in lacking], self.lang)
            parts.append(show.esc(self.t(f"Không có trong nguồn: {names}.", f"Not in our sources: {names}.")))
        n = min(self.board.n_scored(index_id, c, year) for c in self.scored_components(index_id, year))
        if n < comparisons.FULL * self.board.expected(index_id, year):
            parts.append(show.esc(self.t(
                f"Nguồn đang dùng có điểm thành phần của {n}/{self.board.expected(index_id, year)} tỉnh nên không tính trung vị cả nước.",
                f"Our sources hold components of {n} of {self.board.expected(index_id, year)} provinces, so no national median is computed.")))
        return show.join(parts)

    def broken(self, index_id: str, year: int, otherwise: str | None = None) -> str:
        """What changed since the year before, in words; ``otherwise`` where nothing did."""
        ids = indices.component_ids(index_id, year)
        found = {b.what(self.lang): None for c in ids for b in self.board.breaks(index_id, c, year - 1, year, self.province)}
        if found:
            return "; ".join(_clause(w) for w in found)
        if otherwise is not None:
            return otherwise
        return self.t(f"không có điểm thành phần năm {year - 1}", f"there are no components for {year - 1}")

    def components_table(self, index_id: str, year: int) -> dict:
        """Keyword arguments of ``show.table``: level, change, threshold, rank, median, gap, region, peers."""
        peers = [p for p in self.peers if any((c := self.board.cell(index_id, i, p, year)) and c.score is not None
                                              for i in indices.component_ids(index_id, year))]
        t = self._compared(index_id, year)
        t = t[t["component"].isin(self.scored_components(index_id, year))]
        rows = []
        for r in t.to_dict("records"):
            c, key = r["component"], f"{index_id}/{r['component']} {self.province}"
            cell = self.board.cell(index_id, c, self.province, year)
            row = {self.label("col.component"): self.component(index_id, c, year), self.label("col.score"): self.num(cell)}
            if r["delta"] == r["delta"] and r["comparable"]:
                delta = self.ours(r["delta"], f"change {key} {int(r['before_year'])} {year}", self.decimals(index_id), True)
                row[self.label("col.change")] = delta if r["before_year"] == year - 1 else show.fmt(
                    self.t("{x} (so với {y})", "{x} (on {y})"), x=delta, y=int(r["before_year"]))
                size = "" if r["ratio"] != r["ratio"] else self.label("size.beyond") if r["ratio"] > 1 else self.label("size.within")
                row[self.label("col.size")] = "" if not size else show.fmt("{w} (±{n})", w=size, n=self.ours(
                    r["threshold"], f"threshold {index_id}/{c} {year}", self.decimals(index_id)))
            else:
                row[self.label("col.change")] = self.label("cell.break") if r["delta"] == r["delta"] else "–"
                row[self.label("col.size")] = ""
            rank = r["rank"]
            row[self.label("col.rank")] = (show.Html("–") if rank is None or rank != rank else self.num(cell, what="rank")
                                           if r["rank_published"] else self.ours(int(rank), f"rank {key} {year}", 0))
            row[self.label("col.median")] = self.ours(r["median"], f"median {index_id}/{c} {year}", self.decimals(index_id))
            row[self.label("col.gap")] = self.ours(r["gap"], f"gap {key} {year}", self.decimals(index_id), True)
            row[self.label("col.region_median")] = self.ours(r["region_median"], f"region_median {key} {year}", self.decimals(index_id))
            for p in peers:
                row[self.place(p)] = self.num(self.board.cell(index_id, c, p, year))
            rows.append(row)
        out = frame(rows)
        nothing = ("–", "") if any(str(v) not in ("–", self.label("cell.break")) for v in out[self.label("col.change")]) \
            else ("–", "", self.label("cell.break"))  # a column of nothing but "method changed": the paragraph above says it
        empty = [c for c in out.columns[1:] if all(str(v) in nothing for v in out[c])]
        out = out.drop(columns=empty)
        note = self.label("note.components") if self.label("col.size") in out.columns else None
        return {"df": out, "caption": self.t(f"{self.short(index_id)} {year} của {self.place()} theo thành phần",
                                             f"{self.short(index_id)} {year} of {self.place()} by component"),
                "source": self.source_line(index_id, year), "note": note, "lang": self.lang,
                "name": f"{index_id}-{year}-{self.province}-components"}

    def gap_figure(self, index_id: str, year: int) -> dict | None:
        from govlib.charts import gap

        ids = self.scored_components(index_id, year)
        peers = self.peers[:3]
        t = self._compared(index_id, year)
        t = t[t["component"].isin(ids)]
        df = pd.DataFrame({"label": [self.component(index_id, c, year) for c in t["component"]], "value": t["score"],
                           "median": t["median"]})
        for p in peers:
            if t[p].notna().any():
                df[self.place(p)] = t[p].to_numpy()
        if df["value"].notna().sum() < 2:
            return None
        what = self.t(f"{self.short(index_id)} {year}, {self.place()}", f"{self.short(index_id)} {year}, {self.place()}")
        if df["median"].notna().any():
            g = (df["value"] - df["median"]).dropna()
            above = int((g > 0).sum())
            title = self.t(f"{above}/{len(g)} thành phần cao hơn trung vị cả nước", f"{above} of {len(g)} components above the national median")
        else:
            top, low = df.loc[df["value"].idxmax(), "label"], df.loc[df["value"].idxmin(), "label"]
            title = self.t(f"Cao nhất: {top}; thấp nhất: {low}", f"Highest: {top}; lowest: {low}")
        d = self.decimals(index_id)
        return {"fig": gap.draw(df, self.lang, province=self.place(), median=self.t("trung vị cả nước", "national median"), decimals=d, form="svg"),
                "title": title, "measure": f"{what}, {self.scale_words(index_id, ids[0], year)}",
                "alt": gap.alt(df, self.lang, what=what, decimals=d), "lang": self.lang, "decimals": d,
                "table": gap.table(df, self.lang, province=self.place(), median=self.t("Trung vị cả nước", "National median")),
                "source": self.source_line(index_id, year), "name": f"{index_id}-{year}-{self.province}-gap"}

    def scale_words(self, index_id: str, component: str, year: int) -> str:
        try:
            low, high, _ = indices.scale(index_id, component, year)
        except GovlibError:
            return ""
        if high is None:
            return self.t("điểm", "points")
        return self.t(f"thang {number(low, 'vi', None)}–{number(high, 'vi', None)}", f"scale {number(low, 'en', None)}–{number(high, 'en', None)}")

    def fallen(self, index_id: str, year: int) -> list[str]:
        m = self.movers(index_id, year)
        return list(m.loc[m["delta"].round(2) < 0].sort_values("delta")["component"])

    def _worse(self, index_id: str, year: int) -> list[tuple[str, comparisons.Change]]:
        """Items that got worse within the components that fell, the largest first against the spread of all provinces' changes."""
        if (index_id, year) not in self._items:
            fallen = self.fallen(index_id, year)
            there = [c for c in self.board.components(index_id, "indicator") if c.split(".")[0] in fallen]
            rows = []
            for c in there:
                ch = comparisons.change(self.board, index_id, c, self.province, year, threshold=False)
                if ch is None or ch.delta is None or not ch.comparable or year - ch.before.year != 1:
                    continue
                if ch.delta * self.board.item_direction(index_id, c, year) < 0:
                    spread = self.board.spread_of_changes(index_id, c, year)
                    rows.append((-abs(ch.delta) / spread if spread else 0.0, c, ch))
            self._items[index_id, year] = [(c, ch) for _, c, ch in sorted(rows, key=lambda r: r[0])]
        return self._items[index_id, year]

    def indicators_table(self, index_id: str, year: int, most: int = 12) -> dict | None:
        """The survey items or sub-dimensions that got worse within the components that fell, the largest first against the
        spread of all provinces' changes; None where no items are there. Which way is worse: :func:`comparisons.item_direction`."""
        rows = self._worse(index_id, year)
        if not rows:
            return None
        out = []
        for c, ch in rows[:most]:
            key = f"{index_id}/{c} {self.province}"
            place = comparisons.place(self.board, index_id, c, self.province, year)
            lead = departments.lead(index_id, c.split(".")[0], departments.acting_on(self.year), self.province)
            out.append({self.label("col.component"): self.component(index_id, c.split(".")[0], year),
                        self.label("col.indicator"): self.item(index_id, c, year), self.label("col.score"): self.num(ch.now),
                        self.label("col.change"): self.ours(ch.delta, f"change {key} {ch.before.year} {year}", 2, True),
                        self.label("col.median"): self.ours(place.median, f"median {index_id}/{c} {year}", 2) if place else "–",
                        self.label("col.lead"): lead.name(self.lang) if lead else "–"})
        return {"df": frame(out), "caption": self.t(f"{self.short(index_id)} {year}: nội dung xấu đi trong các thành phần giảm",
                                                           f"{self.short(index_id)} {year}: what got worse within the components that fell"),
                "source": self.source_line(index_id, year), "lang": self.lang, "note": self.label("note.indicators"),
                "name": f"{index_id}-{year}-{self.province}-fallen"}

    def no_indicators(self, index_id: str, year: int) -> str | None:
        """What to say where components fell and no item tells why."""
        fallen = self.fallen(index_id, year) if index_id in ("pci", "papi") else []
        if not fallen or self._worse(index_id, year):
            return None
        return self.label("note.no_indicators", index=self.short(index_id), year=year)

    # -- the province's own survey ----------------------------------------------------------------------------------------

    def satisfaction_table(self) -> dict | None:
        """The satisfaction survey as the province reported it, of the newest round up to the year; None elsewhere, and for the
        province after the merger, which is another unit than the one that was surveyed."""
        from govlib.institute import satisfaction

        if self.province != "bac-ninh":
            return None
        known = satisfaction.reported()
        known = known[known["year"] <= self.year]
        if known.empty or comparisons._entity(self.province, int(year := known["year"].max())) != comparisons._entity(self.province, self.year):
            return None
        rows = []
        for r in known[known["year"] == year].sort_values("percent").itertuples(index=False):
            self.see(r.source)
            share = show.num(r.percent, source=r.source, locator=f"data/raw/institute_reported/{year}.csv {r.service}", lang=self.lang, decimals=2)
            rows.append({self.label("col.service"): satisfaction.label("service", r.service, self.lang), self.label("col.satisfied"): share})
        return {"df": frame(rows), "lang": self.lang, "name": f"satisfaction-{self.province}-{year}", "note": self.label("note.satisfaction"),
                "caption": self.t(f"Tỷ lệ hài lòng do tỉnh báo cáo năm {year}", f"Share satisfied as reported by the province in {year}"),
                "source": self.t(f"Khảo sát của tỉnh Bắc Ninh, cổng thông tin của tỉnh, {year}", f"Survey of Bắc Ninh province, the province’s portal, {year}")}

    # -- region and peers --------------------------------------------------------------------------------------------------

    def neighbours(self, year: int) -> list[str]:
        """The province, its peers, its region, without doubles."""
        region = [p for p in comparisons.province_set(year) if comparisons.region_of(p, year) == self.region]
        return list(dict.fromkeys([self.province, *self.peers, *region]))

    def rank_of(self, index_id: str, slug: str, year: int) -> tuple[int | None, bool]:
        """(rank, published) of a province; computed only in a full edition."""
        p = comparisons.place(self.board, index_id, "overall", slug, year)
        return (p.rank, p.rank_is_published) if p else (None, False)

    def region_table(self, index_id: str, year: int) -> dict | None:
        rows = []
        for slug in self.neighbours(year):
            cell = self.board.cell(index_id, "overall", slug, year)
            if cell is None or (cell.score is None and cell.rank is None):
                continue
            ch = comparisons.change(self.board, index_id, "overall", slug, year)
            rank, published = self.rank_of(index_id, slug, year)
            key = f"{index_id}/overall {slug}"
            delta = ch.delta if ch and ch.delta is not None and ch.comparable and ch.before.year == year - 1 else None
            kind = (self.label("kind.self") if slug == self.province else self.label("kind.peer") if slug in self.peers
                    else self.label("kind.region"))
            shown = (show.Html("–") if rank is None else self.num(cell, what="rank") if published
                     else self.ours(rank, f"rank {key} {year}", 0))
            rows.append((cell.score if cell.score is not None else -1.0, {
                self.label("col.province"): self.place(slug), self.label("col.kind"): kind,
                self.label("col.score"): self.num(cell) if cell.score is not None else "–",
                self.label("col.change"): self.ours(delta, f"change {key} {year - 1} {year}", self.decimals(index_id), True),
                self.label("col.rank"): shown}))
        if len(rows) < 2:
            return None
        rows.sort(key=lambda r: -r[0])
        out = frame([r for _, r in rows])
        if all(str(v) == "–" for v in out[self.label("col.change")]):
            out = out.drop(columns=self.label("col.change"))
        return {"df": out, "caption": self.t(f"{self.short(index_id)} {year}: {self.place()}, các tỉnh so sánh và vùng {self.region_name}",
                                             f"{self.short(index_id)} {year}: {self.place()}, its peers and the region {self.region_name}"),
                "source": self.source_line(index_id, year), "lang": self.lang, "name": f"{index_id}-{year}-{self.province}-region",
                "note": self.label("note.region")}

    def slope_figure(self, index_id: str, year: int) -> dict | None:
        """Ranks of the edition before and this one; None unless at least three provinces have both."""
        from govlib.charts import slope

        rows = []
        for slug in self.neighbours(year):
            before, now = self.rank_of(index_id, slug, year - 1)[0], self.rank_of(index_id, slug, year)[0]
            role = "province" if slug == self.province else "peer" if slug in self.peers else "region"
            rows.append({"label": self.place(slug), "role": role, "before": before, "now": now})
        df = pd.DataFrame(rows).dropna(subset=["before", "now"])
        if len(df) < 3 or not (df["role"] == "province").any() or not self.same_field(index_id, year):
            return None
        me = df[df["role"] == "province"].iloc[0]
        name, moved = self.place(), wording.rank_change(me["before"], me["now"], self.lang)
        if me["before"] == me["now"]:
            title = self.t(f"{name}: vẫn đứng thứ {int(me['now'])}", f"{name}: still ranks {int(me['now'])}")
        else:
            title = self.t(f"{name}: từ thứ {int(me['before'])} đến thứ {int(me['now'])}, {moved}",
                           f"{name}: from rank {int(me['before'])} to {int(me['now'])}, {moved}")
        years = (year - 1, year)
        what = f"{self.short(index_id)}, {self.t('vùng', 'region')} {self.region_name}"
        return {"fig": slope.draw(df, self.lang, years=years, height=min(330.0, 130.0 + 16.0 * len(df)), form="svg"), "title": title, "lang": self.lang,
                "measure": self.t(f"Thứ hạng {self.short(index_id)} {years[0]} và {years[1]}, {self.place()}, các tỉnh so sánh và vùng",
                                  f"{self.short(index_id)} ranks {years[0]} and {years[1]}, {self.place()}, peers and region"),
                "alt": slope.alt(df, self.lang, years=years, what=what), "table": slope.table(df, self.lang, years=years),
                "source": self.source_line(index_id, year), "name": f"{index_id}-{year}-{self.province}-ranks"}

    def region_year(self, index_id: str) -> int | None:
        """The newest edition in which this province and at least two neighbours have a figure."""
        for year in reversed([y for y in indices.editions(index_id) if y <= self.year]):
            there = [s for s in self.neighbours(year) if (c := self.board.cell(index_id, "overall", s, year)) and c.score is not None]
            if self.province in there and len(there) >= 3:
                return year
        return None

    def similar_table(self) -> tuple[dict | None, str]:
        """(keyword arguments of ``show.table`` or None, a sentence: the rule, or why there is none)."""
        try:
            found = comparisons.similar(data.shared("controls.parquet"), self.province, self.year)
        except (MissingData, UnknownName):
            found = pd.DataFrame()
        if found.empty:
            return None, self.label("note.similar_none")
        shown = [(i, y) for i in ("pci", "papi") if (y := self.board.newest_full(i, "overall", self.year))]
        rows = []
        for r in found.to_dict("records"):
            row = {self.label("col.province"): self.place(r["province"]),
                   self.label("col.distance"): self.ours(r["distance"], f"distance {self.province} {r['province']} {self.year}", 2)}
            for index_id, year in shown:
                row[f"{self.short(index_id)} {year}"] = self.num(self.board.cell(index_id, "overall", r["province"], year))
            rows.append(row)
        years = found.attrs["years"]
        used = wording.joined([f"{self.label('var.' + k)} ({v})" for k, v in years.items()], self.lang)
        return ({"df": frame(rows), "caption": self.t(f"Các tỉnh giống {self.place()} nhất", f"Provinces most like {self.place()}"),
                 "lang": self.lang, "name": f"similar-{self.province}", "source": self.label("source.controls")},
                self.label("note.similar", used=used))

    # -- trends --------------------------------------------------------------------------------------------------------------

    def trend_figure(self, index_id: str, component: str = "overall") -> dict | None:
        """The composite over the years, as published; or, for PCI, recomputed with fixed weights, which breaks less often."""
        from govlib.charts import trend

        mine = [c for c in self.board.series(index_id, component, self.province, self.year)]
        scored = [c for c in mine if c.score is not None]
        if len(scored) < 3:
            return None
        first, m = scored[0].year, self.board.matrix(index_id, component)
        rows = [(c.year, self.place(), "province", c.score) for c in scored]
        for slug in self.peers[:3]:
            rows += [(c.year, self.place(slug), "peer", c.score) for c in self.board.series(index_id, component, slug, self.year)
                     if c.score is not None and c.year >= first]
        median = self.t("Trung vị cả nước", "National median")
        rows += [(y, median, "nation", self.board.edition(index_id, component, int(y)).median) for y in m.index
                 if first <= y <= self.year and self.board.is_full(index_id, component, y)]
        df = pd.DataFrame(rows, columns=["year", "series", "role", "value"])
        breaks = sorted({b.year for b in self.board.breaks(index_id, component, first, self.year, self.province)})
        missing = [y for y in range(first, self.year + 1) if y not in {c.year for c in scored} and y in indices.editions(index_id)]
        d, name = self.decimals(index_id), self.component(index_id, component)
        last = scored[-1]
        run = [c for c in scored if not self.board.breaks(index_id, component, c.year, last.year, self.province)]
        title = self.t(f"{name} của {self.place()}: {number(last.score, 'vi', d)} năm {last.year}",
                       f"{name} of {self.place()}: {number(last.score, 'en', d)} in {last.year}")
        if len(run) > 1:
            moved = wording.change(run[-1].score - run[0].score, self.lang, d)
            title += self.t(f", {moved} kể từ {run[0].year}", f", {moved} since {run[0].year}")
        low, high, _ = indices.scale(index_id, component, last.year)
        what = f"{name}, {first}–{self.year}"
        notes = [self.label("note.fixed")] if component == "overall_fixed_weights" else []
        notes += [self.t(f"Đường ngắt ở {wording.joined(map(str, breaks), 'vi')}: phương pháp thay đổi, điểm không nối được.",
                        f"Lines break at {wording.joined(map(str, breaks), 'en')}: the method changed and scores do not join.")] if breaks else []
        if missing:
            notes.append(self.t(f"Không có điểm của {self.place()} trong nguồn: {span(missing)}.",
                                f"No score of {self.place()} in our sources: {span(missing)}."))
        return {"fig": trend.draw(df, self.lang, breaks=breaks, missing=missing, decimals=d, form="svg"), "title": title, "lang": self.lang,
                "measure": f"{what}, {self.scale_words(index_id, 'overall', last.year)}", "note": " ".join(notes) or None,
                "alt": trend.alt(df, self.lang, what=what, breaks=breaks, missing=missing, decimals=d), "decimals": d,
                "table": trend.table(df, self.lang), "source": self.source_line(index_id, None), "name": f"{index_id}-{self.province}-{component.replace('_', '-')}-trend"}

    def _long(self, index_id: str) -> pd.DataFrame:
        """Component scores of the province and the national median, one row a figure."""
        if index_id in self._longs:
            return self._longs[index_id]
        year = self.component_year(index_id)
        rows = []
        for c in indices.component_ids(index_id, year) if year else ():
            name, m = self.component(index_id, c, year), self.board.matrix(index_id, c)
            rows += [(c, name, s.year, self.place(), "province", s.score)
                     for s in self.board.series(index_id, c, self.province, self.year) if s.score is not None]
            rows += [(c, name, int(y), self.t("Trung vị cả nước", "National median"), "nation", self.board.edition(index_id, c, int(y)).median)
                     for y in m.index if y <= self.year and self.board.is_full(index_id, c, y)]
        self._longs[index_id] = pd.DataFrame(rows, columns=["component", "panel", "year", "series", "role", "value"], dtype=object)
        return self._longs[index_id]

    def multiples_figure(self, index_id: str) -> dict | None:
        from govlib.charts import multiples

        df = self._long(index_id)
        mine = df[df["role"] == "province"]
        if mine.empty or mine.groupby("panel")["year"].nunique().max() < 3:
            return None
        df = df[df["panel"].isin(set(mine["panel"]))]
        first, last = int(mine["year"].min()), int(mine["year"].max())
        df = df[df["year"] >= first]
        breaks = {self.component(index_id, c, self.component_year(index_id)):
                  [b.year for b in self.board.breaks(index_id, c, first, last, self.province)] for c in df["component"].unique()}
        what = f"{self.short(index_id)}, {self.place()}, {first}–{last}"
        best = mine.sort_values("year").groupby("panel").tail(1).sort_values("value")
        title = self.t(f"Thấp nhất: {best.iloc[0]['panel']}; cao nhất: {best.iloc[-1]['panel']}",
                       f"Lowest: {best.iloc[0]['panel']}; highest: {best.iloc[-1]['panel']}")
        cut = sorted({y for ys in breaks.values() for y in ys})
        return {"fig": multiples.draw(df, self.lang, breaks=breaks, form="svg"), "title": title, "lang": self.lang, "decimals": 2,
                "measure": self.t(f"Các thành phần {what}, cùng một thang đo", f"Components of {what}, on one scale"),
                "alt": multiples.alt(df, self.lang, what=what), "table": multiples.table(df, self.lang),
                "source": self.source_line(index_id, None), "name": f"{index_id}-{self.province}-components-trend", "wide": True,
                "note": self.t(f"Đường ngắt ở năm đổi phương pháp ({wording.joined(map(str, cut), 'vi')}) và năm không có số liệu.",
                               f"Lines break where the method changed ({wording.joined(map(str, cut), 'en')}) and where figures are missing.") if cut else None}

    def heatmap_figure(self, index_id: str) -> dict | None:
        from govlib.charts import heatmap

        df = self._long(index_id)
        df = df[df["role"] == "province"].rename(columns={"panel": "row", "year": "column"})
        if df.empty or df["column"].nunique() < 3:
            return None
        cut = sorted({b.year for c in df["component"].unique() for b in self.board.breaks(
            index_id, c, int(df["column"].min()), int(df["column"].max())) if b.scope == "all"})
        what = f"{self.short(index_id)}, {self.place()}"
        year = int(df["column"].max())
        years = [y for y in indices.editions(index_id) if int(df["column"].min()) <= y <= self.year]
        last = df[df["column"] == year].sort_values("value")
        title = self.t(f"{year}: yếu nhất ở {last.iloc[0]['row']}, mạnh nhất ở {last.iloc[-1]['row']}",
                       f"{year}: weakest in {last.iloc[0]['row']}, strongest in {last.iloc[-1]['row']}")
        return {"fig": heatmap.draw(df, self.lang, breaks=cut, years=years, form="svg"), "title": title, "lang": self.lang, "decimals": 2,
                "measure": self.t(f"Điểm thành phần {what} theo năm", f"Component scores of {what} by year"),
                "alt": heatmap.alt(df, self.lang, what=what), "table": heatmap.table(df, self.lang, years),
                "source": self.source_line(index_id, None), "name": f"{index_id}-{self.province}-heatmap", "wide": True,
                "note": self.t("Vạch đứng: năm đổi phương pháp của mọi thành phần. Ô trống: không có số liệu trong nguồn.",
                               "Upright rule: the method of all components changed. No cell: no figure in our sources.")}

    # -- reforms and evidence ------------------------------------------------------------------------------------------------

    @cached_property
    def actions(self) -> pd.DataFrame:
        """Reform actions of this province that had begun by the end of the edition's year."""
        a = reform_actions()
        return a[(a["province"] == self.province) & (a["start_date"].astype(str).str[:4].str.isdigit())
                 & (a["start_date"].astype(str).str[:4] <= str(self.year))].sort_values("start_date")

    def reforms_table(self) -> dict | None:
        a = self.actions
        if a.empty:
            return None
        rows = []
        for r in a.to_dict("records"):
            source = str(r["source_title"] or "") or self.t("không có trang nguồn", "no page read")
            rows.append({self.label("col.when"): show.num(_printed(str(r["start_date"]), self.lang), source="reform-actions", locator=r["reform_id"], lang=self.lang),
                         self.label("col.reform"): reform_name(r["reform"], self.lang),
                         self.label("col.instrument"): r["instrument"] if isinstance(r["instrument"], str) and r["instrument"] else "–",
                         self.label("col.aims"): self._aims(str(r["target_components"] or "").split(";")) or "–",
                         self.label("col.confidence"): self.label("confidence." + r["confidence"]),
                         self.label("col.source"): show.link(source, r["source_url"]) if isinstance(r["source_url"], str) and r["source_url"] else source})
        return {"df": frame(rows), "caption": self.t(f"Việc {self.place()} đã làm đến năm {self.year}", f"What {self.place()} had done by {self.year}"),
                "lang": self.lang, "note": self.label("note.reforms"), "source": self.label("source.reforms"),
                "name": f"reforms-{self.province}"}

    def _aims(self, specs: Iterable[str]) -> str:
        """What a reform aims at, index by index: ``PCI: …, …; PAPI: …``."""
        by: dict[str, list[str]] = {}
        for index_id, _, c in (s.strip().partition(":") for s in specs if s.strip()):
            known = index_id in indices.INDICES
            found = by.setdefault(self.short(index_id) if known else index_id, [])
            if known and c not in ("", "overall"):
                found.append(self.component(index_id, c))
        return "; ".join(f"{name}: {', '.join(c)}" if c else name for name, c in by.items())

    def _target(self, spec: str) -> str:
        index_id, _, c = spec.strip().partition(":")
        if index_id not in indices.INDICES:
            return spec
        return self.short(index_id) if c in ("", "overall") else f"{self.short(index_id)} – {self.component(index_id, c)}"

    @cached_property
    def estimates(self) -> pd.DataFrame:
        """The estimates a briefing quotes of the kinds of reform that this province has done; empty: none estimated."""
        from govlib.effects.quoted import quoted

        return quoted(set(self.actions["reform"]))

    def _where(self, row: dict, inference: str | None = None) -> str:
        """Which row of the estimates: index component reform estimator term outcome reading sample-rule inference."""
        rule = str(row["sample_rule"]).split(";")[0].strip()
        return " ".join([row["index_id"], row["component"], row["reform"], row["estimator"], row["term"], row["outcome"], row["reading"],
                         rule, inference or row["interval"]])

    def evidence(self) -> tuple[dict | None, dict | None, str]:
        """(table, figure, sentence): what the estimates say of this province's kinds of reform; only the sentence, saying
        that nothing has been estimated, where nothing has."""
        e = self.estimates
        kinds = list(dict.fromkeys(self.actions["reform"]))
        without = [k for k in kinds if e.empty or k not in set(e["reform"])]
        told = self.label("note.not_estimated", names=wording.joined([reform_name(k, self.lang) for k in without], self.lang)) if without else ""
        if e.empty:
            return None, None, told or self.label("note.no_reforms")
        from govlib.charts import effects as chart

        rows, dots = [], []
        for r in e.to_dict("records"):
            name = self._target(f"{r['index_id']}:{r['component']}")
            where = self._where(r)

            def n(key, decimals=2, sign=False, row=r, where=where):
                value = row[key]
                return show.Html("–") if wording.missing(value) else show.num(
                    float(value), source="estimates", locator=where, lang=self.lang, decimals=decimals, sign=sign)

            ends = show.together(self.t("{a} đến {b}", "{a} to {b}"), a=n("ci_low", sign=True), b=n("ci_high", sign=True))
            rows.append({self.label("col.reform"): reform_name(r["reform"], self.lang), self.label("col.outcome"): name,
                         self.label("col.estimate"): n("estimate", sign=True),
                         self.label("col.interval"): "–" if wording.missing(r["ci_low"]) else ends,
                         self.label("col.p"): n("p_adjusted", 3, where=self._where(r, r["inference"])),
                         self.label("col.treated"): n("n_treated", 0), self.label("col.grade"): self.label("grade." + r["grade"])})
            dots.append({"group": reform_name(r["reform"], self.lang), "label": name, "estimate": r["estimate"], "ci_low": r["ci_low"],
                         "ci_high": r["ci_high"], "clear": r["grade"] in ("weak", "moderate", "strong")})
        table = {"df": frame(rows), "caption": self.t("Ước lượng tác động của các loại cải cách này (mọi tỉnh)", "Estimated effects of such reforms (all provinces)"),
                 "lang": self.lang, "note": self.label("note.evidence"), "source": self.label("source.estimates"),
                 "name": f"evidence-{self.province}"}
        df = pd.DataFrame(dots)
        clear = int(df["clear"].sum())
        title = (self.t("Chưa có bằng chứng rõ về tác động theo hướng nào", "No clear evidence of an effect either way") if not clear else
                 self.t(f"{clear}/{len(df)} kết quả có bằng chứng sau hiệu chỉnh", f"{clear} of {len(df)} outcomes with evidence after adjustment"))
        shown = df.head(24)
        figure = {"fig": chart.draw(shown, self.lang, form="svg"), "title": title, "lang": self.lang, "decimals": 2, "wide": True,
                  "measure": self.t("Tác động trung bình (điểm), khoảng tin cậy 95%; chấm rỗng: chưa có bằng chứng", "Average effect (points), 95% interval; hollow dot: no evidence"),
                  "alt": chart.alt(shown, self.lang, what=self.t("tác động ước lượng", "estimated effects")),
                  "table": chart.table(df, self.lang), "source": self.label("source.estimates"), "name": f"effects-{self.province}"}
        return table, figure, told

    def evidence_lead(self) -> str:
        """How many outcomes were estimated and what was seen, in one sentence."""
        grades = self.estimates["grade"]
        found, hints = int(grades.isin(["weak", "moderate", "strong"]).sum()), int((grades == "hint").sum())
        return self.label("evidence.lead", k=self.estimates["reform"].nunique(), n=len(grades), found=found, hints=hints,
                          none=len(grades) - found - hints)

    def evidence_sentences(self, most: int = 6) -> list[show.Html]:
        """The effects engine's own sentence for one outcome a reform, that with the smallest adjusted p, in the reforms' order."""
        e = self.estimates
        if e.empty:
            return []
        from govlib import effects

        chosen = e.sort_values("p_adjusted", kind="stable").drop_duplicates("reform").head(most)
        out = []
        for r in chosen.to_dict("records"):  # each figure of the sentence is marked; years and counts are not
            pieces = re.split(r"([+−]?\d+[.,]\d+)", effects.sentence(r, self.lang))
            out.append(show.join([show.num(t, source="estimates", locator=self._where(r), lang=self.lang) if i % 2 else t
                                  for i, t in enumerate(pieces)], ""))
        return out

    # -- who answers ---------------------------------------------------------------------------------------------------------

    @cached_property
    def plan(self) -> pd.DataFrame:
        return departments.plan()

    def leads_table(self, index_id: str) -> dict:
        """Every component's lead department on the day the edition is acted on, how that is known, and the deadline."""
        year = self.component_year(index_id) or self.year
        fallen = set(self.fallen(index_id, year)) if self.component_year(index_id) else set()
        day = departments.acting_on(self.year)
        rows = []
        for c in ["overall", *indices.component_ids(index_id, year)]:
            lead = departments.lead(index_id, c, day, self.province)
            if lead is None:
                continue
            basis = self.label("basis." + lead.basis_for(self.province))
            title = show.link(lead.source_title, lead.source_url) if lead.source_url else show.esc(lead.source_title)
            rows.append({self.label("col.component"): self.t("Theo dõi chung", "Overall follow-up") if c == "overall" else self.component(index_id, c, year),
                         self.label("col.moved"): self.label("moved.fell") if c in fallen else "",
                         self.label("col.lead"): lead.name(self.lang), self.label("col.support"): lead.support(self.lang) or "–",
                         self.label("col.deadline"): departments.deadline(self.plan, self.province, self.year, index_id, c),
                         self.label("col.basis"): show.fmt("{b}: {t}", b=basis, t=title) if lead.source_title else show.esc(f"{basis}. {_sentence(lead.note(self.lang))}")})
        return {"df": frame(rows), "caption": self.t(f"{self.short(index_id)}: cơ quan chủ trì theo thành phần", f"{self.short(index_id)}: lead departments by component"),
                "lang": self.lang, "note": self.label("note.leads", day=_date(day, self.lang)), "name": f"leads-{index_id}-{self.province}"}

    def unfinished_table(self) -> dict | None:
        rows = departments.unfinished(self.plan, self.province, self.year)
        if rows.empty:
            return None
        out = pd.DataFrame({self.label("col.year"): rows["year"].astype(str), self.label("col.component"): [
            self.component(i, c) for i, c in zip(rows["index_id"], rows["component"], strict=True)], self.label("col.task"): rows["task"],
            self.label("col.lead"): rows["lead"], self.label("col.deadline"): rows["deadline"],
            self.label("col.status"): [self.label("status." + s) for s in rows["status"]]})
        return {"df": out, "caption": self.t("Việc chưa xong của các kế hoạch trước", "Unfinished items of earlier plans"), "lang": self.lang,
                "source": "data/institute_plan.csv", "name": f"unfinished-{self.province}"}

    # -- targets -------------------------------------------------------------------------------------------------------------

    def target_year(self, index_id: str) -> int | None:
        """The newest edition up to the year with all provinces' components, this one's among them."""
        for year in reversed([y for y in indices.editions(index_id) if y <= self.year]):
            ids = indices.component_ids(index_id, year)
            if all(self.board.is_full(index_id, c, year) for c in ids) and all(
                    (x := self.board.cell(index_id, c, self.province, year)) and x.score is not None for c in ids):
                return year
        return None

    def why_no_target(self, index_id: str) -> str | None:
        """Why there is no target on the edition of the page's year; None where there is one."""
        newest = self.target_year(index_id)
        if newest == self.year:
            return None
        ids = indices.component_ids(index_id, self.year) if self.year >= indices.index(index_id).first_edition else []
        name = f"{self.short(index_id)} {self.year}"
        if not ids:
            return self.label("target.none_yet", name=name)
        n = min(self.board.n_scored(index_id, c, self.year) for c in ids)
        told = self.label("target.not_full", name=name, n=n, of=self.board.expected(index_id, self.year))
        return told + (" " + self.label("target.older", year=newest) if newest else "")

    def tier_rank(self, index_id: str, tier: str, field_: targets.Field) -> int:
        """The last rank that still is in a tier: PAPI's groups are quarters (16, 16, 15, 16 of 63), PCI's are as printed.

        Raises
        ------
        UnknownName : no such tier. NotEstimable : the edition's tiers are not in our sources.
        """
        known = [name for t in indices.index(index_id).tiers for name in (t["vi"], t["en"])]
        if tier not in known:
            raise UnknownName(f"tier of {self.short(index_id)}", tier, known)
        at = known.index(tier) // 2
        if index_id == "papi":
            return round(len(field_.composite) * (16, 32, 47, 63)[at] / 63)
        printed = tiers(index_id, field_.year)
        members = [p for p, t in printed.items() if t == known[2 * at] and p in field_.composite.index]
        if not members:
            raise NotEstimable(f"the tiers of {self.short(index_id)} {field_.year} are not in our sources")
        return max(field_.rank(p) for p in members)

    def target(self, index_id: str, rank: int | None = None, tier: str | None = None) -> dict | None:
        """Everything of the target section for one index: the plan's table, the sentences, the sensitivity.

        ``rank`` or ``tier`` chosen; default: the next of 1, 3, 5, 10, 16, 30 above where the province stands.
        """
        year = self.target_year(index_id)
        if year is None:
            return None
        try:
            f = targets.official(self.board, index_id, year)
        except NotEstimable:
            return None
        if self.province not in f.scores.index:
            return None
        now = f.rank(self.province)
        if tier:
            try:
                rank = self.tier_rank(index_id, tier, f)
            except UnknownName:
                return None  # a tier of the other index
            except NotEstimable as error:
                return {"heading": f"{self.short(index_id)} {year}", "table": None, "plan": None,
                        "sentences": [show.esc(self.t(f"Chưa đặt được mục tiêu nhóm {tier}: bậc xếp loại của ấn bản này không có trong nguồn.",
                                                      f"No target for the tier {tier}: {error.reason}."))]}
        wanted = rank or max((r for r in (1, 3, 5, 10, 16, 30) if r < now), default=1)
        plan = targets.least_change(f, self.province, rank=wanted)
        key = f"{index_id} {self.province} {year} {wanted}"
        name = f"{self.short(index_id)} {year}"
        rows = []
        for c in f.scores.columns:
            cell = self.board.cell(index_id, c, self.province, year)
            rows.append({self.label("col.component"): self.component(index_id, c, year), self.label("col.score"): self.num(cell),
                         self.label("col.rise"): self.ours(float(plan.rises[c]), f"rise {key} {c}", 2, True),
                         self.label("col.bound"): self.ours(float(plan.bounds[c]), f"bound {key} {c}", 2),
                         self.label("col.weight"): self.ours(float(f.weights[c] / f.weights.sum() * 100), f"weight {index_id} {year} {c}", 1)})
        says: list[show.Html] = []
        n = self.ours
        if now <= wanted:
            says.append(show.fmt(self.label("target.there"), name=name, place=self.place(), rank=n(now, f"rank_by_weights {index_id} {self.province} {year}", 0)))
        elif plan.reachable:
            k = int((plan.rises > 0).sum())
            says.append(show.fmt(self.label("target.needs"), name=name, rank=wanted, now=n(now, f"rank_by_weights {index_id} {self.province} {year}", 0),
                                 points=n(plan.total, f"total {key}", 2), k=k, target=n(plan.target, f"target {key}", 2),
                                 composite=n(plan.now, f"composite {index_id} {self.province} {year}", 2)))
        else:
            says.append(show.fmt(self.label("target.out_of_reach"), name=name, rank=wanted, best=n(plan.best, f"best {key}", 2),
                                 target=n(plan.target, f"target {key}", 2)))
        moves = {y: m for y, m in targets.movement(self.board, index_id, year).items() if y <= self.year}
        key += f" {self.year}"
        goal = self.t("đứng đầu", "first place") if wanted == 1 else self.t(f"đứng thứ {wanted} trở lên", f"rank {wanted} or better")
        try:
            ch = targets.chances(f, moves, self.province, wanted)
            says.append(show.fmt(self.label("target.chance"), goal=goal, p=n(wording.percent(ch.probability, self.lang), f"chance {key}"),
                                 low=n(wording.percent(ch.low, self.lang), f"chance_low {key}"),
                                 high=n(wording.percent(ch.high, self.lang), f"chance_high {key}"), years=span(ch.years),
                                 draws=ch.draws))
        except NotEstimable:
            says.append(show.esc(self.label("target.no_chance", n=len(moves))))
        s = targets.weight_sensitivity(f, self.province)
        says.append(show.fmt(self.label("target.sensitivity"), low=n(s.q05, f"rank_q05 {index_id} {self.province} {year}", 0),
                             high=n(s.q95, f"rank_q95 {index_id} {self.province} {year}", 0),
                             equal=n(s.equal, f"rank_equal {index_id} {self.province} {year}", 0), draws=s.draws))
        table = {"df": frame(rows), "caption": self.t(f"{name}: mức tăng ít nhất để đạt thứ {wanted}", f"{name}: the least change to reach rank {wanted}"),
                 "lang": self.lang, "note": self.label("note.target"), "source": self.source_line(index_id, year),
                 "name": f"target-{index_id}-{self.province}"}
        return {"heading": name, "table": table, "sentences": says, "plan": plan}

    # -- the merger ----------------------------------------------------------------------------------------------------------

    @cached_property
    def predecessors(self) -> dict[str, float]:
        """Slugs of the units that this one was formed from and their populations (thousands); empty where it is not new."""
        unit = provinces.get(self.province, self.year)
        parts = [provinces.get(u) for u in unit.predecessors]
        if len(parts) < 2 or self.year < 2025:
            return {}
        try:
            p = data.controls("population", [x.slug for x in parts], wide=False)
        except (MissingData, UnknownName):
            return {x.slug: float("nan") for x in parts}
        p = p[p["year"] <= 2024].sort_values("year").drop_duplicates("province", keep="last").set_index("province")["value"]
        return {x.slug: float(p.get(x.slug, np.nan)) for x in parts}

    def merger_tables(self) -> list[dict]:
        """The predecessors beside each other and the labelled back-cast, for PCI and PAPI; empty where there was no merger."""
        parts = self.predecessors
        out = []
        for index_id in ("pci", "papi") if parts else ():
            known = all(v == v for v in parts.values())
            back = comparisons.back_cast(self.board, index_id, "overall", parts, 2024)
            if back.empty:
                continue
            rows = []
            for year, r in back.iterrows():
                row = {self.label("col.edition"): str(year)}
                for slug in parts:
                    cell = self.board.cell(index_id, "overall", slug, int(year))
                    row[provinces.name(slug, self.lang, 2024)] = self.num(cell) if cell and cell.score is not None else "–"
                if known:
                    row[self.label("col.backcast")] = self.ours(r["back_cast"], f"back_cast {index_id}/overall {self.province} {year}", 2)
                rows.append(row)
            weights = wording.joined([f"{provinces.name(s, self.lang, 2024)} {number(v, self.lang, 1)}" for s, v in parts.items()], self.lang)
            out.append({"df": frame(rows), "lang": self.lang, "name": f"backcast-{index_id}-{self.province}",
                        "caption": self.t(f"{self.short(index_id)} trước sáp nhập của các tỉnh hợp thành {self.place()}",
                                          f"{self.short(index_id)} before the merger of the provinces that formed {self.place()}"),
                        "note": self.label("note.backcast", weights=weights) if known else self.label("note.backcast_unknown"),
                        "source": self.source_line(index_id, None)})
        return out

    # -- the map -------------------------------------------------------------------------------------------------------------

    def map_figure(self, index_id: str = "pci") -> tuple[dict | None, str]:
        """(figure or None, why not): the newest full edition on the boundaries of that year."""
        from govlib import maps

        year = self.board.newest_full(index_id, "overall", self.year)
        if year is None:
            return None, self.label("map.no_data")
        try:
            shapes = maps.boundaries(year)
        except MissingData:
            return None, self.label("map.not_pulled")
        scores = self.board.matrix(index_id, "overall").loc[year].dropna()
        what = f"{self.short(index_id)} {year}"
        return {"fig": maps.draw(shapes, scores, self.province, self.lang, decimals=self.decimals(index_id), form="svg"), "lang": self.lang,
                "title": maps.title(scores, self.province, what, self.lang, year), "measure": self.t(f"{what}, theo tỉnh", f"{what}, by province"),
                "alt": maps.alt(scores, self.province, what, self.lang, year), "table": maps.table(scores, self.lang, year), "decimals": 2,
                "source": self.source_line(index_id, year) + "; " + maps.credit(year), "name": f"map-{index_id}-{year}"}, ""

    # -- sources and the end -------------------------------------------------------------------------------------------------

    def source_line(self, index_id: str, year: int | None) -> str:
        i = indices.index(index_id)
        producer = i.producer_vi if self.lang == "vi" else i.producer_en
        return f"{producer}, {self.short(index_id)}" + (f" {year}" if year else "")

    def sources_table(self) -> dict:
        """Catalogue entries of every source that the page has shown, with checksum. Call it last."""
        rows = []
        for source_id in sorted(self.used):
            try:
                s = catalogue.source(source_id)
            except UnknownName:
                rows.append({self.label("col.source"): source_id})
                continue
            title, producer = s.named(self.lang)
            title = show.link(title, s.url) if s.url else show.esc(title)
            rows.append({self.label("col.source"): s.id, self.label("col.title"): title, self.label("col.producer"): producer,
                         self.label("col.edition"): str(s.edition or "–"), self.label("col.sha"): show.Html(f"<code>{str(s.sha256)[:16]}</code>") if s.sha256 else "–"})
        return {"df": frame(rows), "caption": self.t("Nguồn của các con số trên trang này", "Sources of the figures on this page"),
                "lang": self.lang, "name": f"sources-{self.province}-{self.year}", "note": self.label("note.sources")}

    def methods(self) -> list[str]:
        """Limits and methods, one sentence each."""
        return [self.label(f"method.{k}") for k in ("published", "breaks", "usual", "median", "rank", "similar", "targets", "effects", "merger")]

    def glossary(self) -> list[tuple[str, str]]:
        return [(t.term_vi, t.meaning_vi) if self.lang == "vi" else (t.term_en, t.meaning_en) for t in wording.terms()]

    def citation(self) -> str:
        return self.label("cite", place=self.place(), year=self.year)

    def stale(self) -> list[str]:
        """Why the page is not all that it should be: indices without a score of the page's own year."""
        return [f"{self.short(i)} {self.year}" for i in ("pci", "papi")
                if self.year >= indices.index(i).first_edition and not ((c := self.newest_scored(i)) and c.year == self.year)]


def tier_names() -> list[str]:
    """All tiers' names, both languages."""
    return [name for i in ("pci", "papi") for t in indices.index(i).tiers for name in (t["vi"], t["en"])]


def tiers(index_id: str, year: int) -> dict[str, str]:
    """Province → tier as printed, from ``data/raw``; the panel does not carry it."""
    path = paths.raw() / index_id / f"{year}.csv"
    if not path.exists():
        return {}
    with open(path, encoding="utf-8", newline="") as f:
        return {r["province"]: r["tier"] for r in csv.DictReader(f) if r["tier"] and r["component"] == "overall"}


def frame(rows: list[dict]) -> pd.DataFrame:
    """Rows as they are: pandas would turn numbers with a source into plain strings."""
    return pd.DataFrame(rows, dtype=object)


def _clause(text: str) -> str:
    """A sentence as part of another: no full stop, first letter small unless it opens a name."""
    text = text.strip().rstrip(".")
    head = text.split(" ", 1)[0]
    return text if head.isupper() and len(head) > 1 else text[:1].lower() + text[1:]


def _sentence(text: str) -> str:
    return wording.sentence(text)


def _note(notes: Iterable[object]) -> show.Html | None:
    notes = [n if isinstance(n, show.Html) else _sentence(str(n)) for n in notes if n]
    return show.join(notes, " ") if notes else None


def _printed(date: str, lang: str) -> str:
    """A date of the registry, as exact as it is there: ``2016``, ``2016-04`` or ``2016-04-08``."""
    year, *rest = date.split("-")
    if len(rest) == 2:
        return _date(dt.date.fromisoformat(date), lang)
    if rest:
        return f"{int(rest[0])}/{year}" if lang == "vi" else f"{dt.date(int(year), int(rest[0]), 1):%B} {year}"
    return year


def _date(day: dt.date, lang: str) -> str:
    return f"{day.day}/{day.month}/{day.year}" if lang == "vi" else f"{day.day} {day:%B} {day.year}"


# ------------------------------------------------------------------------------------------------------------- finding again


def recompute(locator: str, board: Board, lang: str = "vi") -> float | str | None:
    """The figure behind a locator of source ``govlib``, from the panel alone; ranks' changes come back as words.

    Raises
    ------
    UnknownName : a recipe that is not known.
    """
    words = locator.split(" ")
    verb, rest = words[0], words[1:]
    if verb in ("change", "rank_change", "threshold", "median", "gap", "rank", "region_rank", "region_median", "back_cast"):
        index_id, component = rest[0].split("/")
        years = [int(w) for w in rest[1:] if w.isdigit()]
        slug = next((w for w in rest[1:] if not w.isdigit()), "")
        m = board.matrix(index_id, component)
        if verb == "change":
            return float(m.at[years[1], slug] - m.at[years[0], slug])
        if verb == "rank_change":
            a, b = (board.cell(index_id, component, slug, y) for y in years)
            p = comparisons.place(board, index_id, component, slug, years[1])
            return wording.rank_change(a.rank, p.rank if b.rank is None else b.rank, lang)
        if verb == "threshold":
            return board.threshold(index_id, component, years[0])
        if verb == "median":
            return float(m.loc[years[0]].median())
        if verb == "back_cast":
            page = Page(slug, 2025, lang, [], board)
            return float(comparisons.back_cast(board, index_id, component, page.predecessors, 2024).at[years[0], "back_cast"])
        place = comparisons.place(board, index_id, component, slug, years[0])
        return {"gap": place.gap, "rank": place.rank, "region_rank": place.region_rank, "region_median": place.region_median}[verb]
    if verb == "median_change":
        index_id, component = rest[0].split("/")
        m = board.matrix(index_id, component)
        return wording.change(float(m.loc[int(rest[2])].median() - m.loc[int(rest[1])].median()), lang, DECIMALS.get(index_id, 2))
    if verb == "spearman":
        from govlib.briefings.nation import spearman

        x, y = (board.matrix(k).loc[int(rest[2])].dropna() for k in rest[:2])
        both = x.index.intersection(y.index)
        r = dict(zip(("", "low", "high"), spearman(x[both].to_numpy(), y[both].to_numpy()), strict=True)) | {"n": len(both)}
        return float(r[rest[3] if len(rest) > 3 else ""])
    if verb == "weight":
        w = indices.weights(rest[0], int(rest[1]))
        return w[rest[2]] / sum(w.values()) * 100
    if verb == "distance":
        found = comparisons.similar(data.shared("controls.parquet"), rest[0], int(rest[2]))
        return float(found.set_index("province").at[rest[1], "distance"])
    index_id, slug, year = rest[0], rest[1], int(rest[2])
    f = targets.official(board, index_id, year)
    if verb == "rank_by_weights":
        return f.rank(slug)
    if verb == "composite":
        return float(f.composite[slug])
    if verb in ("rank_q05", "rank_q95", "rank_equal"):
        return getattr(targets.weight_sensitivity(f, slug), verb[5:])
    rank = int(rest[3])
    if verb.startswith("chance"):
        moves = targets.movement(board, index_id, year)
        ch = targets.chances(f, {y: m for y, m in moves.items() if y <= int(rest[4])}, slug, rank)
        return wording.percent({"chance": ch.probability, "chance_low": ch.low, "chance_high": ch.high}[verb], lang)
    plan = targets.least_change(f, slug, rank=rank)
    if verb in ("rise", "bound"):
        return float((plan.rises if verb == "rise" else plan.bounds)[rest[4]])
    if verb in ("total", "target", "best"):
        return float(getattr(plan, verb))
    raise UnknownName("recipe", verb)
