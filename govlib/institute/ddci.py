"""DDCI: how firms rate departments, districts (until 30 June 2025) and communes (from 1 July 2025).

Questionnaires (one row a respondent and unit) → indicators on 1–10 → components → score (10–100), rank and tier, with a
confidence set for the rank, for other weights and for other ways to scale and add up. The levels are never ranked together.

Form: ``govlib institute template ddci``. Questions, components and weights are those of ``reference/institute/ddci_*.csv``:
after the PCI's subjects, worded by the institute, to be changed there when the province decides otherwise.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from govlib import paths
from govlib.errors import BadInput, NotEstimable, UnknownName
from govlib.forms import table as _table
from govlib.forms import write
from govlib.forms.problems import say
from govlib.institute import satisfaction as survey_form
from govlib.institute import synthetic
from govlib.institute import units as unit_list
from govlib.words import wording

if TYPE_CHECKING:
    import pandas as pd

    from govlib.publish.show import Html

MAKE = "govlib institute template ddci"
MIN_RESPONDENTS = 10
CUTS = (80.0, 65.0, 50.0, 35.0)  # the institute's to set; a tier is a reading aid
TIERS = (("Rất tốt", "Very good"), ("Tốt", "Good"), ("Khá", "Fair"), ("Trung bình", "Average"), ("Thấp", "Low"))
SIZES = {"micro": ("Siêu nhỏ", "Micro"), "small": ("Nhỏ", "Small"), "medium": ("Vừa", "Medium"), "large": ("Lớn", "Large")}
FIELDS = survey_form.FIELDS
TEXTS = ("respondent_id", "unit", "firm_size")


@dataclass(frozen=True)
class Item:
    """A question: answers from ``low`` to ``high``; ``reverse`` where a small answer is the good one."""

    item: str
    component: str
    low: float
    high: float
    reverse: bool
    levels: tuple[str, ...]
    vi: str
    en: str


@dataclass(frozen=True)
class Component:
    component: str
    weight: float
    levels: tuple[str, ...]
    vi: str
    en: str

    def name(self, lang: str) -> str:
        return self.vi if lang == "vi" else self.en


def _levels(text: str) -> tuple[str, ...]:
    return unit_list.LEVELS if text == "all" else tuple(text.split())


@cache
def items(level: str | None = None) -> dict[str, Item]:
    """Questions, of one level or all."""
    with (paths.reference() / "institute" / "ddci_items.csv").open(encoding="utf-8", newline="") as handle:
        found = [Item(r["item"], r["component"], float(r["low"]), float(r["high"]), r["better"] == "low", _levels(r["levels"]),
                      r["vi"], r["en"]) for r in csv.DictReader(handle)]
    return {i.item: i for i in found if level is None or level in i.levels}


@cache
def components(level: str | None = None) -> dict[str, Component]:
    """Components with their weights; those of one level need not add up to 100, shares count."""
    with (paths.reference() / "institute" / "ddci_components.csv").open(encoding="utf-8", newline="") as handle:
        found = [Component(r["component"], float(r["weight"]), _levels(r["levels"]), r["vi"], r["en"]) for r in csv.DictReader(handle)]
    return {c.component: c for c in found if level is None or level in c.levels}


def columns() -> list[str]:
    """Columns of the form."""
    return ["respondent_id", "unit", "firm_size", "weight", *items()]


@dataclass
class Ratings:
    """A round: ``data`` one row a respondent and unit (``unit`` id, ``name_vi``, ``name_en``, ``level``, items as float)."""

    path: Path
    meta: dict[str, str]
    year: int
    data: pd.DataFrame
    notes: list[str] = field(default_factory=list)

    @property
    def synthetic(self) -> bool:
        return synthetic.is_synthetic(self) or synthetic.is_synthetic(self.data)

    @property
    def levels(self) -> list[str]:
        return [level for level in unit_list.LEVELS if self.data["level"].eq(level).any()]

    def __str__(self) -> str:
        said = [f"{self.path.name}: {len(self.data)} ratings by {self.data['respondent_id'].nunique()} respondents, round {self.year}"
                + (f" · {synthetic.MARK}" if self.synthetic else "")]
        for level in self.levels:
            size = self.data[self.data["level"].eq(level)].groupby("name_vi").size()
            said.append(f"  {unit_list.LEVEL_NAMES[level][1].lower()}: {len(size)} units, {size.min()} to {size.max()} ratings each")
            said += [f"  fewer than {MIN_RESPONDENTS} ratings, will not be ranked: {name} ({n})"
                     for name, n in size.items() if n < MIN_RESPONDENTS]
        return "\n".join([*said, *(f"  {note}" for note in self.notes)])


# ---- form and validation ---------------------------------------------------------------------------------------------

def template(out: Path) -> list[Path]:
    """The empty form as CSV and Excel; the questions, scales and units stand on the sheet ``notes``."""
    out = Path(out)
    meta = [(key, "", f"{vi} / {en}") for key, (_, vi, en) in FIELDS.items()]
    today = [u for u in unit_list.units().values() if u.valid_to is None]
    notes = [["Mỗi dòng: một người trả lời đánh giá một đơn vị. Để trống khi không trả lời.",
              "One row: one respondent rates one unit. Leave empty where there is no answer."],
             ["Cấp huyện chỉ đến 30/6/2025; cấp xã từ 1/7/2025.", "Districts until 30 June 2025 only; communes from 1 July 2025."],
             *([f"{i.item} ({i.low:g}–{i.high:g}): {i.vi}", f"{i.item} ({i.low:g}–{i.high:g}): {i.en}"
                + ("" if len(i.levels) == 3 else f" [{', '.join(i.levels)}]")] for i in items().values()),
             *([f"unit: {u.name_vi}", f"unit: {u.name_en}"] for u in today)]
    label = [("label", "Đơn vị", "Quy mô", "Quyền số", *(i.vi for i in items().values()))]
    return [write.form_csv(out / "ddci.csv", meta + label, columns()),
            write.form_xlsx(out / "ddci.xlsx", meta, columns(), choices={"firm_size": list(SIZES)}, notes=notes)]


def read(path: str | Path) -> Ratings:
    """A filled form.

    Raises
    ------
    BadInput : with every problem (``problems``): wrong items, a respondent who rates a unit twice, weights that are not
        above zero, a unit that was abolished or does not exist yet, answers outside a question's scale.
    """
    import pandas as pd

    table = _table.read(path, _table.Layout({k: must for k, (must, *_) in FIELDS.items()}, columns(), TEXTS, make=MAKE))
    year, start, end = table.year(), table.date("fieldwork_from"), table.date("fieldwork_to")
    if start and end and end < start:
        table.field_problem("ends before it begins", "fieldwork_to")
    if not set(columns()) <= set(table.header):
        table.refuse()
    known, resolved, seen, rows = unit_list.units(), {}, {}, []
    for number, cells in table.rows:
        row = {"row": number, "respondent_id": cells["respondent_id"], "data_kind": cells.get("data_kind", ""),
               "firm_size": survey_form._choice(table, number, "firm_size", cells["firm_size"], SIZES)}
        if not cells["respondent_id"]:
            table.problem("no respondent_id", number, "respondent_id", fix="give every respondent a number of their own")
        unit = _unit(table, number, cells["unit"], start, end, known, resolved)
        if unit is not None:
            row |= {"unit": unit.unit, "name_vi": unit.name_vi, "name_en": unit.name("en"), "level": unit.level}
            key = (cells["respondent_id"], unit.unit)
            if key in seen and cells["respondent_id"]:
                table.problem(say("respondent rates {name_vi} twice (also in row {row})", name_vi=unit.name_vi, row=seen[key]), number, "respondent_id",
                              cells["respondent_id"], "keep one of the two rows")
            seen.setdefault(key, number)
        row["weight"] = survey_form._weight(table, number, cells["weight"])
        answered = 0
        for item in items().values():
            value = survey_form.answer(table, number, item.item, cells[item.item], item.low, item.high, whole=item.high <= 5)
            if unit is not None and value == value and unit.level not in item.levels:
                table.problem(say("this item is not asked about {level}", level=unit_list.LEVEL_NAMES.get(unit.level, ('', unit.level))[1].lower()),
                              number, item.item, cells[item.item], "leave it empty")
            row[item.item] = value
            answered += value == value
        if not answered:
            table.problem("no answer to any question", number, None, cells["respondent_id"], "delete the row, or type the answers in")
        rows.append(row)
    survey_form.check_design(table, rows)
    table.refuse()
    data = pd.DataFrame(rows)
    if data["weight"].isna().all():
        data["weight"] = 1.0
        table.notes.append("no weights given: every rating counts the same")
    unlisted = sorted({u.name_vi for u, _, _ in resolved.values() if u and not u.listed})
    if unlisted:
        table.notes.append(f"in no list of units, taken as written: {', '.join(unlisted)}")
    return Ratings(table.path, table.meta, year, data, table.notes)


def _unit(table: _table.Table, row: int, name: str, start: dt.date | None, end: dt.date | None, known: dict, resolved: dict):
    if not name:
        table.problem("no unit", row, "unit", fix="write the unit that is rated")
        return None
    if not (start and end):
        return None
    if name not in resolved:
        resolved[name] = unit_list.resolve(name, start, end, known=known)
    unit, trouble, fix = resolved[name]
    if unit is not None and unit.level == "commune" and end < unit_list.COMMUNES_FROM:
        trouble, fix = f"communes are rated from {unit_list.COMMUNES_FROM:%d/%m/%Y}", "rate the district"
    if trouble:
        table.problem(trouble, row, "unit", name, fix)
        return None
    return unit


def check(path: str | Path) -> Ratings:
    """As :func:`read`; for the command ``govlib institute check``."""
    return read(path)


# ---- scores ----------------------------------------------------------------------------------------------------------

@dataclass
class Result:
    """One level of one round.

    ``table``: unit, name_vi, name_en, n, score, low, high, se, rank, rank_low, rank_high, tier (0 best), p_tier, p_top3,
    weight_low, weight_high (5th and 95th percentile of the rank under other weights).
    ``components``: unit, component, score, low, high, median. ``scenarios``: scenario, unit, rank, shift.
    ``not_ranked``: unit, name_vi, name_en, n, reason. ``better``: unit → ids of units surely better; ``worse`` likewise.
    """

    ratings: Ratings
    level: str
    table: pd.DataFrame
    components: pd.DataFrame
    items: pd.DataFrame
    scenarios: pd.DataFrame
    not_ranked: pd.DataFrame
    weights: dict[str, float]
    scaling: str
    draws: int
    min_respondents: int


def result(ratings: Ratings, level: str | None = None, *, weights: Mapping[str, float] | None = None, scaling: str = "minmax",
           cuts: Sequence[float] = CUTS, min_respondents: int = MIN_RESPONDENTS, draws: int = 500, seed: int = 2025) -> Result:
    """Score and rank the units of a level, with their uncertainty.

    Parameters
    ----------
    weights : component → weight; the reference's unless given. scaling : ``minmax`` (as the PCI; compares units of one
        round) or ``absolute`` (the question's own scale; may be compared over time).
    cuts : falling scores that separate the tiers. min_respondents : a unit with fewer ratings is listed, not ranked.

    Raises
    ------
    BadInput : an unknown level, scaling or component, a weight that is not above zero. NotEstimable : fewer than two units
        with enough ratings.
    """
    import numpy as np
    import pandas as pd

    from govlib.institute import ranks

    level = level or ratings.levels[0]
    if level not in ratings.levels:
        raise BadInput("no ratings of this level", file=ratings.path, column="level", value=level, fix=say("one of {choices}", choices=', '.join(ratings.levels)))
    if scaling not in ("minmax", "absolute"):
        raise BadInput("unknown scaling", column="scaling", value=scaling, fix="minmax or absolute")
    parts, questions = list(components(level)), list(items(level).values())
    chosen = _weights(weights, level)
    data = ratings.data[ratings.data["level"].eq(level)]
    size = data.groupby("unit").size()
    enough, few = size.index[size >= min_respondents], size.index[size < min_respondents]
    reasons = {u: f"n < {min_respondents}" for u in few}
    for unit in enough:  # a component without any answer: the score would be another index
        mine = data[data["unit"].eq(unit)]
        empty = [c for c in parts if not any(mine[q.item].notna().any() for q in questions if q.component == c)]
        if empty:
            reasons[unit] = f"no answers: {', '.join(empty)}"
    ranked = [u for u in enough if u not in reasons]
    if len(ranked) < 2:
        raise NotEstimable(f"only {len(ranked)} of {len(size)} units of level {level} have {min_respondents} ratings or more")
    names = data.drop_duplicates("unit").set_index("unit")[["name_vi", "name_en"]]
    used = data[data["unit"].isin(ranked)]
    unit = pd.Categorical(used["unit"], categories=ranked).codes
    answers, w = used[[q.item for q in questions]].to_numpy(float), used["weight"].to_numpy(float)
    low, high = (np.array([getattr(q, k) for q in questions]) for k in ("low", "high"))
    reverse = np.array([q.reverse for q in questions])
    which = np.array([parts.index(q.component) for q in questions])
    weight = np.array([chosen[c] for c in parts])

    def both(means, how=scaling, by=weight, add="arithmetic"):
        return ranks.composed(ranks.scaled(means, low, high, reverse, how), which, by, add)

    means = ranks.item_means(answers, unit, w, len(ranked))
    part, score = both(means)
    n, k = len(ranked), len(parts)
    drawn = ranks.draws(answers, unit, used["respondent_id"].to_numpy(str), w, n,
                        lambda m: np.concatenate([(got := both(m))[1], got[0].ravel()]), draws, seed)
    sets = ranks.rank_sets(score, drawn[:, :n])
    place = ranks.rank(score)
    tier = _tier(score, cuts)
    drawn_rank = ranks.rank(drawn[:, :n])
    other = ranks.rank(10 * (part @ ranks.weight_draws(weight, draws, seed=seed).T).T)
    by_weights = np.quantile(other, [0.05, 0.95], axis=0, method="inverted_cdf")
    table = pd.DataFrame({
        "unit": ranked, "name_vi": names.loc[ranked, "name_vi"].to_numpy(), "name_en": names.loc[ranked, "name_en"].to_numpy(),
        "n": size.loc[ranked].to_numpy(), "score": score, "low": sets.score_low, "high": sets.score_high, "se": sets.se,
        "rank": place.astype(int), "rank_low": sets.low, "rank_high": sets.high, "tier": tier,
        "p_tier": (_tier(drawn[:, :n], cuts) == tier).mean(axis=0), "p_top3": (drawn_rank <= 3).mean(axis=0),
        "weight_low": by_weights[0].astype(int), "weight_high": by_weights[1].astype(int)})
    lo, hi = np.quantile(drawn[:, n:].reshape(-1, n, k), [0.025, 0.975], axis=0)
    piece = pd.DataFrame([{"unit": u, "component": c, "score": part[i, j], "low": lo[i, j], "high": hi[i, j], "median": np.median(part[:, j])}
                          for i, u in enumerate(ranked) for j, c in enumerate(parts)])
    asked = pd.DataFrame([{"unit": u, "item": q.item, "mean": means[i, j], "median": float(np.nanmedian(means[:, j]))}
                          for i, u in enumerate(ranked) for j, q in enumerate(questions)])
    scenarios = {"equal_weights": both(means, by=np.ones(k))[1], "geometric": both(means, add="geometric")[1],
                 "absolute" if scaling == "minmax" else "minmax": both(means, how="absolute" if scaling == "minmax" else "minmax")[1],
                 **{f"without {c}": both(means, by=np.where(np.arange(k) == j, 0.0, weight))[1] for j, c in enumerate(parts)}}
    shifts = pd.DataFrame([{"scenario": name, "unit": u, "rank": int(r), "shift": int(r - p)} for name, s in scenarios.items()
                           for u, r, p in zip(ranked, ranks.rank(s), place, strict=True)])
    out = table.sort_values(["rank", "name_vi"], ignore_index=True)
    left = pd.DataFrame([{"unit": u, **names.loc[u].to_dict(), "n": int(size[u]), "reason": why} for u, why in reasons.items()],
                        columns=["unit", "name_vi", "name_en", "n", "reason"])
    frames = [out, piece, asked, shifts, left]
    if ratings.synthetic:
        frames = [synthetic.mark(f) for f in frames]
    return Result(ratings, level, *frames, chosen, scaling, draws, min_respondents)


def _weights(given: Mapping[str, float] | None, level: str) -> dict[str, float]:
    known = components(level)
    if given is None:
        total = sum(c.weight for c in known.values())
        return {name: 100 * c.weight / total for name, c in known.items()}
    if unknown := sorted(set(given) ^ set(known)):
        raise BadInput("weights need every component of the level and no other", column="weights", value=unknown,
                       fix=say("components: {choices}", choices=', '.join(known)))
    for name, weight in given.items():
        if not weight > 0:
            raise BadInput("a weight is above zero", column=name, value=weight)
    return {name: 100 * given[name] / sum(given.values()) for name in known}


def _tier(score, cuts: Sequence[float]):
    """Number of the tier, 0 best."""
    import numpy as np

    if list(cuts) != sorted(cuts, reverse=True) or len(cuts) != len(TIERS) - 1:
        raise BadInput(say("{n} falling scores separate {n2} tiers", n=len(TIERS) - 1, n2=len(TIERS)), column="cuts", value=list(cuts))
    return (np.asarray(score)[..., None] < np.asarray(cuts)).sum(axis=-1)


# ---- pages -----------------------------------------------------------------------------------------------------------

def overview(ratings: Ratings, results: Sequence[Result], lang: str = "vi", refused: Sequence[tuple[str, str]] = ()) -> list[Html]:
    """Pieces of the overview of all units, cover first; ``refused``: (level, why it could not be ranked)."""
    from govlib.institute import _ddci_page

    return _ddci_page.overview(ratings, results, refused, wording.check_language(lang))


def unit_page(res: Result, unit: str, lang: str = "vi") -> list[Html]:
    """Pieces of one unit's briefing, cover first.

    Raises
    ------
    UnknownName : a unit that is not ranked in this result.
    """
    from govlib.institute import _ddci_page

    if unit not in set(res.table["unit"]):
        raise UnknownName("ranked unit", unit, res.table["unit"].head(3))
    return _ddci_page.unit(res, unit, wording.check_language(lang))


def report_folder(path: str | Path) -> Path:
    """``briefings/<year>/ddci``."""
    return paths.briefings() / str(read(path).year) / "ddci"


def report(path: str | Path, lang: str, out: Path, **options) -> list[Path]:
    """The overview (``index.html``, ``index.en.html``), a page for each unit, and the tables, into ``out``.

    ``options`` go to :func:`result`. Nothing is written where the form has a problem.
    """
    from govlib.institute import _pages

    ratings = read(path)
    wording.check_language(lang)
    results, refused = [], []
    for level in ratings.levels:
        try:
            results.append(result(ratings, level, **options))
        except NotEstimable as why:
            refused.append((level, str(why)))
    if not results:
        raise NotEstimable("; ".join(why.removeprefix("not estimable, because ") for _, why in refused))
    out = Path(out)
    made = [_pages.write(overview(ratings, results, lang, refused), out / ("index.html" if lang == "vi" else f"index.{lang}.html"),
                         lang=lang)]
    for res in results:
        made += [_pages.write(unit_page(res, u, lang), out / f"{u}.{lang}.html", lang=lang) for u in res.table["unit"]]
        for name in ("table", "components", "items", "scenarios", "not_ranked"):
            target = out / "tables" / f"{res.level}_{name}.csv"
            target.parent.mkdir(parents=True, exist_ok=True)
            getattr(res, name).to_csv(target, index=False, encoding="utf-8-sig")
            made.append(target)
    return made


# ---- made-up data ----------------------------------------------------------------------------------------------------

def demo(out: Path, year: int = 2025, seed: int = 2025) -> list[Path]:
    """Made-up ratings, marked SYNTHETIC: departments and invented communes of a round after 1 July 2025."""
    return [demo_file(Path(out) / f"ddci_{year}.csv", year=year, seed=seed)]


def demo_file(path: Path, *, year: int = 2025, seed: int = 2025, firms: int = 420, communes: int = 10) -> Path:
    """One file of :func:`demo`; each firm rates one commune and two or three departments."""
    import numpy as np

    rng = np.random.default_rng(seed)
    departments = [u.name_vi for u in unit_list.units(Path("none")).values() if u.level == "department" and u.valid_to is None][:12]
    places = [f"{'Phường' if i % 2 else 'Xã'} Mẫu {i + 1}" for i in range(communes)]
    quality = {name: rng.normal(0, 0.25) for name in [*departments, *places]}
    strong = {(name, c): rng.normal(0, 0.3) for name in quality for c in components()}
    rows = []
    for firm in range(firms):
        taste, weight = rng.normal(0, 0.35), round(float(rng.uniform(0.7, 1.6)), 3)
        rated = [*rng.choice(departments, rng.integers(2, 4), replace=False), places[rng.integers(len(places))]]
        for name in rated:
            cells = []
            for item in items().values():
                level = "commune" if name in places else "department"
                if level not in item.levels or rng.random() < 0.05:
                    cells.append("")
                    continue
                latent = quality[name] + strong[name, item.component] + taste + rng.normal(0, 0.8)
                latent = -latent if item.reverse else latent
                if item.high == 1:
                    cells.append(int(latent > 0.8))
                elif item.high == 5:
                    cells.append(int(np.clip(round(3.4 + latent), 1, 5)) if not item.reverse else int(np.clip(round(2.4 + latent), 1, 5)))
                else:
                    cells.append(int(np.clip(round(np.exp(1.2 + 0.5 * latent)) - 1, 0, 30)))
            rows.append([f"F{firm + 1:04d}", name, str(rng.choice(list(SIZES), p=[0.5, 0.32, 0.12, 0.06])), weight, *cells, synthetic.MARK])
    meta = [("data_kind", synthetic.MARK, synthetic.SAID["vi"], synthetic.SAID["en"]), ("province", "bac-ninh"), ("year", year),
            ("fieldwork_from", f"{year}-09-01"), ("fieldwork_to", f"{year}-10-15"), ("producer", "SYNTHETIC"), ("sampling", "mô phỏng")]
    return write.form_csv(path, meta, [*columns(), "data_kind"], rows)
