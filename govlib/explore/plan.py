"""The target planner by hand: raise components, see what score, rank and tier would follow, keep the plan.

The arithmetic is :mod:`govlib.reading.targets`; here it is put behind sliders, with everyone else standing still. Beside it stands
where the province may be a year later if all move as before (:mod:`govlib.reading.outlook`): a plan's effect on that is not known.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from numbers import Real
from pathlib import Path

import pandas as pd

from govlib import files
from govlib.collect import institute_plan
from govlib.errors import BadInput, NotEstimable
from govlib.forms import encodings
from govlib.forms.book import Book
from govlib.forms.formulas import safe
from govlib.forms.problems import say
from govlib.known import departments, indices, names, provinces
from govlib.publish.content import tiers
from govlib.reading import outlook, questions, targets
from govlib.reading.board import Board, panel_board
from govlib.reading.outlook import Chance
from govlib.text import whole
from govlib.words import wording
from govlib.words.tables import language, phrase

PLANNED = ("pci", "papi")


@dataclass(frozen=True)
class Outlook:
    """What follows from a plan: composite and rank before and after, the tier if the edition had printed ones; and, without the
    plan, where the province may stand a year later (None where too few editions compare) and its chance of ``goal`` or better (None
    where such chances have shown no skill)."""

    score_now: float
    score: float
    rank_now: int
    rank: int
    of: int
    tier_now: str | None
    tier: str | None
    goal: int
    later: tuple[int, int] | None
    chance: Chance | None
    total: float

    def _repr_html_(self) -> str:
        lang, later = language(), "–" if self.later is None else f"{self.later[0]}–{self.later[1]}"
        now = (wording.number(self.score_now, lang), self.rank_now, self.tier_now or "–", later)
        planned = (wording.number(self.score, lang), self.rank, self.tier or "–", "")
        heads = phrase("plan.outlook", lang, of=self.of, total=wording.number(self.total, lang)).split("|")
        cells = "".join(f"<tr><th style='text-align:left'>{k}</th><td>{a}</td><td>{b}</td></tr>"
                        for k, a, b in zip(heads[2:], now, planned, strict=True))
        return f"<table><tr><th></th><th>{heads[0]}</th><th>{heads[1]}</th></tr>{cells}</table>"


def plannable(index: str) -> str:
    """The id of an index that plans are made on; raises UnknownName, BadInput for any other."""
    if (index_id := names.index(index)) not in PLANNED:
        raise BadInput("plans are made on an index with components of all provinces", value=index,
                       fix=f"one of {', '.join(PLANNED)}")
    return index_id


class Planner:
    """One province's plan on one index: ``set`` rises, or take the ``least`` or the ``spread`` ones, read ``outlook``, ``rows``
    and ``save``.

    Raises
    ------
    NotEstimable : no edition up to ``year`` has all provinces' components, or the province's are not among them.

    >>> plan = Planner("bac-ninh", "pci")
    >>> plan.year, plan.field.rank("bac-ninh")
    (2023, 41)
    """

    def __init__(self, province: str = "bac-ninh", index: str = "pci", year: int | None = None):
        self.province, self.index = provinces.resolve(province), plannable(index)
        self.year = newest(province, self.index, None if year is None else whole("year", year, "write 2024"))
        self.field = targets.official(panel_board(), self.index, self.year)
        least = targets.least_change(self.field, self.province, rank=1)
        self.bounds: pd.Series = least.bounds
        self.rises = pd.Series(0.0, index=self.field.scores.columns)

    @property
    def components(self) -> list[str]:
        return list(self.field.scores.columns)

    def set(self, rises: Mapping[str, float]) -> Planner:
        """Rises by component in points; unnamed components stay. Raises BadInput outside 0 … the largest rise ever seen."""
        for component, rise in rises.items():
            if component not in self.rises.index:
                raise BadInput(f"{self.index} {self.year} has no such component", value=component,
                               fix=f"one of {', '.join(self.rises.index)}")
            if not isinstance(rise, Real) or not -1e-9 <= rise <= self.bounds[component] + 1e-6:
                raise BadInput("a rise lies between 0 and the largest that any province has made in a year", column=component,
                               value=rise, fix=say("0 to {most:.2f}", most=float(self.bounds[component])))
        self.rises.update(pd.Series(rises, dtype=float))
        return self

    def least(self, goal: int) -> Planner:
        """The smallest total rise that reaches a rank while others stay: one plan of several where components weigh the same.
        Raises NotEstimable where no year's rises allow it."""
        self.rises = self.reach(goal).rises.clip(upper=self.bounds)
        return self

    def spread(self, goal: int) -> Planner:
        """Every component up by the same share of the largest rise ever seen in it, just enough for a rank while others stay.
        Raises NotEstimable where no year's rises allow it."""
        self.rises = self.reach(goal).spread.clip(upper=self.bounds)
        return self

    def reach(self, goal: int) -> targets.Plan:
        """Both plans for a rank, and among which components there is a choice. Raises NotEstimable where it is out of reach."""
        found = targets.least_change(self.field, self.province, rank=goal, step=targets.STEP)
        if not found.reachable:
            raise NotEstimable(f"even the largest rises ever seen, all at once, give {found.best:.2f}, and rank {goal} takes "
                               f"{found.target:.2f}")
        return found

    def planned(self) -> targets.Field:
        """The field with the plan carried out in full."""
        scores = self.field.scores.copy()
        scores.loc[self.province] = scores.loc[self.province] + self.rises
        return replace(self.field, scores=scores, composite=scores @ self.field.weights)

    def outlook(self, goal: int = 5) -> Outlook:
        """Score, rank and tier, as they are and as planned; ranks a year later, and the chance of one where it may be told."""
        now, then = self.field, self.planned()
        (score, rank), (score_then, rank_then) = ((float(f.composite[self.province]), f.rank(self.province)) for f in (now, then))
        of = len(now.composite)
        try:
            later: tuple[int, int] | None = outlook.rank_range(panel_board(), self.index, self.year, self.province)
            chance = outlook.told(panel_board(), self.index, self.year, self.province, goal)
        except NotEstimable:
            later = chance = None
        return Outlook(score, score_then, rank, rank_then, of, tier_of(score, rank, self.index, self.year, of),
                       tier_of(score_then, rank_then, self.index, self.year, of), goal, later, chance, float(self.rises.sum()))

    def table(self, lang: str = "vi") -> pd.DataFrame:
        """Component, score now, rise, score planned, largest rise in a year, weight in percent."""
        x, w = self.field.scores.loc[self.province], self.field.weights
        return pd.DataFrame({"component": [indices.name(self.index, c, lang, self.year) for c in x.index], "now": x.to_numpy(),
                             "rise": self.rises[x.index].to_numpy(), "planned": (x + self.rises).to_numpy(),
                             "largest": self.bounds[x.index].to_numpy(), "weight": (100 * w / w.sum()).to_numpy()})

    def rows(self, lang: str = "vi", answers: int | None = None, deadline: str = "") -> list[dict[str, str]]:
        """The plan in the columns of ``data/institute_plan.csv``: one row a component that is to rise.

        ``answers`` : the edition that the plan answers (default: the newest of the index and of the unit planned for);
        ``deadline`` : YYYY-MM-DD or "".
        """
        unit = provinces.unit_of(self.province, self.year)
        answers = answers or max(y for y in indices.editions(self.index) if unit.in_edition(y))
        day, x, out = departments.acting_on(answers), self.field.scores.loc[self.province], []
        for c in self.components:
            if self.rises[c] <= 1e-6:
                continue
            lead = departments.lead(self.index, c, day, self.province)
            name = indices.name(self.index, c, lang, self.year)
            n = lambda v: wording.number(v, lang)  # noqa: E731
            now, rise = round(float(x[c]), 2), round(float(self.rises[c]), 2)  # as printed, so that the two make the third
            task = phrase("plan.raise_from_to_points_base", lang, name=name, now=n(now), goal=n(now + rise),
                          rise=wording.signed(rise, lang), year=self.year)
            out.append({"year": str(answers), "province": self.province, "index_id": self.index, "component": c, "indicator": "",
                        "lead": lead.name(lang) if lead else "", "task": task, "deadline": deadline, "status": "planned",
                        "result": ""})
        return out

    def csv(self, lang: str = "vi", answers: int | None = None, deadline: str = "") -> str:
        """:meth:`rows` as CSV text with the header that briefings read."""
        return _csv(self.rows(lang, answers, deadline))

    def save(self, lang: str = "vi", answers: int | None = None, deadline: str = "", path: Path | None = None) -> Path:
        """Add the plan to ``data/institute_plan.csv``, which the next briefing reads.

        Planned rows of the same year, province and components are replaced; every other row of a file in UTF-8 stays byte for
        byte, and what is new is written as the file is: its columns in their order (of the institute's own ones empty), its
        separator, its line ends, its mark of order. The file is read back before it takes the old one's place, so that a mistake
        changes nothing.

        Raises
        ------
        BadInput : an empty plan, a deadline that is none, a file with mistakes.
        """
        path = institute_plan.place() if path is None else Path(path)
        institute_plan.read(path)  # a file with a mistake is not written over: its owner has to see it first
        new = self.rows(lang, answers, deadline)
        if not new:
            raise BadInput("the plan is empty", fix="raise at least one component")
        mine = {(r["year"], r["province"], r["index_id"], r["component"], "", "planned") for r in new}
        header, separator, mark, records = list(institute_plan.COLUMNS), ",", "", [",".join(institute_plan.COLUMNS) + "\n"]
        if path.is_file():
            found, grid = encodings.decode(path), Book(path).grid()
            separator = grid.separator
            header = next([name.lower() for name in cells] for _, cells in grid.rows if not cells[0].startswith("#"))
            mark = "\ufeff" if found.encoding == "utf-8-sig" else ""
            records = _records(path.read_bytes().decode("utf-8-sig") if found.encoding.startswith("utf-8") else found.text)
        end = "\r\n" if records[0].endswith("\r\n") else "\n"
        kept = [record for record in records if _key(record, header, separator) not in mine]
        kept[-1] = kept[-1].rstrip("\r\n") + end  # the last line of a file may have no end
        with files.whole(path) as trial:
            trial.write_bytes((mark + "".join(kept) + _csv(new, header, separator, end).partition(end)[2]).encode())
            institute_plan.read(trial)
        return path


def _csv(rows: list[dict[str, str]], header: Sequence[str] = institute_plan.COLUMNS, separator: str = ",", end: str = "\n") -> str:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, header, delimiter=separator, lineterminator=end)
    writer.writeheader()
    writer.writerows({name: safe(text) for name, text in row.items()} for row in rows)
    return buffer.getvalue()


def _records(text: str) -> list[str]:
    """The file's records as they are written, their line ends with them, also those with line breaks inside quotes."""
    out: list[str] = []
    for line in io.StringIO(text, newline=""):
        if out and out[-1].count('"') % 2:
            out[-1] += line
        else:
            out.append(line)
    return out


def _key(record: str, header: Sequence[str], separator: str) -> tuple[str, ...]:
    r = dict(zip(header, next(csv.reader([record], delimiter=separator), []), strict=False))
    return tuple((r.get(c) or "").strip() for c in ("year", "province", "index_id", "component", "indicator", "status"))


def bases(province: str, index_id: str) -> list[int]:
    """Editions with all provinces' components, the province's among them, and weights; newest first."""
    return targets.bases(panel_board(), index_id, province)


def newest(province: str, index_id: str, year: int | None = None) -> int:
    """The newest edition up to ``year`` with all provinces' components, this one's among them; without a year, of the unit that
    bears the name in the newest edition held, as :func:`govlib.target`."""
    slug, units = provinces.resolve(province), {unit.unit for unit in provinces.expand_units(province)}
    able = [y for y in bases(slug, index_id) if (year is None or y <= year) and provinces.unit_of(slug, y).unit in units]
    if not able:
        raise NotEstimable(f"no edition of {index_id} has the components of all provinces, {province}'s among them")
    if year is None:
        questions.same_unit_today(index_id, slug, able, units)
    return able[0]


@lru_cache(maxsize=64)
def _tiers(printed: Board, index_id: str, year: int) -> dict[str, float]:
    lowest: dict[str, float] = {}
    for province, tier in tiers(index_id, year).items():
        cell = printed.cell(index_id, "overall", province, year)
        if cell and cell.score is not None:
            lowest[tier] = min(lowest.get(tier, cell.score), cell.score)
    return dict(sorted(lowest.items(), key=lambda kv: -kv[1]))


def lowest_of_tiers(index_id: str, year: int) -> dict[str, float]:
    """Lowest published score of each tier that the edition printed, best tier first; empty where it printed none."""
    return _tiers(panel_board(), index_id, year)


def tier_of(score: float, rank: int, index_id: str, year: int, of: int) -> str | None:
    """The tier a score would fall into: PCI by the lowest scores that the edition printed for each, PAPI by its rule of four
    groups by rank (16, 16, 15 and 16 of 63); None where the edition printed no tiers."""
    called = [x["vi"] for x in indices.index(index_id).tiers]
    if index_id == "papi":
        return called[sum(rank > round(of * share / 63) for share in (16, 32, 47))]
    tiers = lowest_of_tiers(index_id, year)
    return next((tier for tier, low in tiers.items() if score >= low - 0.005), list(tiers)[-1] if tiers else None)


def tier_name(index_id: str, tier: str | None, lang: str) -> str:
    """A tier in the page's language; a dash where there is none."""
    return next((x[lang] for x in indices.index(index_id).tiers if x["vi"] == tier), tier or wording.NONE)
