"""The target planner by hand: raise components, see what score, rank, tier and probability would follow, keep the plan.

The arithmetic is :mod:`govlib.reading.targets`; here it is put behind sliders, with everyone else standing still except in the
probability, which lets all provinces move as they did in past years.
"""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import pandas as pd

from govlib import files
from govlib.collect import institute_plan
from govlib.errors import BadInput, GovlibError, NotEstimable
from govlib.explore import views, widgets
from govlib.explore.widgets import t
from govlib.forms import encodings
from govlib.forms.formulas import safe
from govlib.known import departments, indices, provinces
from govlib.reading import outlook, targets
from govlib.reading.board import Board, panel_board
from govlib.words import wording
from govlib.words.tables import pair

PLANNED = ("pci", "papi")


@dataclass(frozen=True)
class Outlook:
    """What follows from a plan: composite and rank before and after, the tier if the edition had printed ones, and the
    chance of standing on ``goal`` or better a year later, without the plan and with it."""

    score_now: float
    score: float
    rank_now: int
    rank: int
    of: int
    tier_now: str | None
    tier: str | None
    goal: int
    chance_now: outlook.Chance | None
    chance: outlook.Chance | None
    total: float

    def _repr_html_(self) -> str:
        p = lambda c: "–" if c is None else (f"{c.probability:.0%} (mean over years, 90 % or more: {c.low:.0%}–{c.high:.0%}; "  # noqa: E731
                                             f"{min(c.rates):.0%} in a year like {c.year_of(min(c.rates))}, {max(c.rates):.0%} like {c.year_of(max(c.rates))})")
        rows = [("score", f"{self.score_now:.2f}", f"{self.score:.2f}"), (f"rank of {self.of}", self.rank_now, self.rank),
                ("tier", self.tier_now or "–", self.tier or "–"), (f"chance of rank {self.goal} a year on", p(self.chance_now), p(self.chance))]
        cells = "".join(f"<tr><th style='text-align:left'>{k}</th><td>{a}</td><td>{b}</td></tr>" for k, a, b in rows)
        return f"<table><tr><th></th><th>now</th><th>with the plan (+{self.total:.2f} points)</th></tr>{cells}</table>"


class Planner:
    """One province's plan on one index: ``set`` rises, or take the ``least`` or the ``spread`` ones, read ``outlook``, ``rows``
    and ``save``.

    Raises
    ------
    NotEstimable : no edition up to ``year`` has all provinces' components, or the province's are not among them.

    >>> plan = Planner("bac-ninh", "pci")
    >>> plan.year, plan.field.rank("bac-ninh")
    (2019, 4)
    """

    def __init__(self, province: str = "bac-ninh", index: str = "pci", year: int | None = None):
        if index not in PLANNED:
            raise BadInput("plans are made on an index with components of all provinces", value=index, fix=f"one of {', '.join(PLANNED)}")
        self.province, self.index = provinces.resolve(province), index
        self.year = newest(self.province, index, year)
        self.field, self.moves = field(index, self.year)
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
                raise BadInput(f"{self.index} {self.year} has no such component", value=component, fix=f"one of {', '.join(self.rises.index)}")
            if not -1e-9 <= rise <= self.bounds[component] + 1e-6:
                raise BadInput("a rise lies between 0 and the largest that any province has made in a year", column=component, value=rise,
                               fix=f"0 to {self.bounds[component]:.2f}")
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
            raise NotEstimable(f"even the largest rises ever seen, all at once, give {found.best:.2f}, and rank {goal} takes {found.target:.2f}")
        return found

    def planned(self) -> targets.Field:
        """The field with the plan carried out in full."""
        scores = self.field.scores.copy()
        scores.loc[self.province] = scores.loc[self.province] + self.rises
        return replace(self.field, scores=scores, composite=scores @ self.field.weights)

    def outlook(self, goal: int = 5, draws: int = 1000) -> Outlook:
        """Score, rank, tier and probability, as they are and as planned."""
        then = self.planned()
        chance = []
        for one in (self.field, then):
            try:
                chance.append(outlook.chances(one, self.moves, self.province, goal, draws=draws))
            except NotEstimable:
                chance.append(None)
        now, later = float(self.field.composite[self.province]), float(then.composite[self.province])
        ranks, of = (self.field.rank(self.province), then.rank(self.province)), len(self.field.composite)
        tiers = [tier_of(s, r, self.index, self.year, of) for s, r in zip((now, later), ranks, strict=True)]
        return Outlook(now, later, *ranks, of, *tiers, goal, chance[0], chance[1], float(self.rises.sum()))

    def table(self, lang: str = "vi") -> pd.DataFrame:
        """Component, score now, rise, score planned, largest rise in a year, weight in percent."""
        x, w = self.field.scores.loc[self.province], self.field.weights
        return pd.DataFrame({"component": [indices.name(self.index, c, lang, self.year) for c in x.index], "now": x.to_numpy(),
                             "rise": self.rises[x.index].to_numpy(), "planned": (x + self.rises).to_numpy(),
                             "largest": self.bounds[x.index].to_numpy(), "weight": (100 * w / w.sum()).to_numpy()})

    def rows(self, lang: str = "vi", answers: int | None = None, deadline: str = "") -> list[dict[str, str]]:
        """The plan in the columns of ``data/institute_plan.csv``: one row a component that is to rise.

        ``answers`` : the edition that the plan answers (default: the newest of the index); ``deadline`` : YYYY-MM-DD or "".
        """
        answers = answers or indices.editions(self.index)[-1]
        day, x, out = departments.acting_on(answers), self.field.scores.loc[self.province], []
        for c in self.components:
            if self.rises[c] <= 1e-6:
                continue
            lead = departments.lead(self.index, c, day, self.province)
            name = indices.name(self.index, c, lang, self.year)
            n = lambda v: wording.number(v, lang)  # noqa: E731
            now, rise = round(float(x[c]), 2), round(float(self.rises[c]), 2)  # as printed, so that the two make the third
            task = t(lang, f"Nâng {name} từ {n(now)} lên {n(now + rise)} ({wording.signed(rise, lang)} điểm, mốc {self.year})",
                     f"Raise {name} from {n(now)} to {n(now + rise)} ({wording.signed(rise, lang)} points, base {self.year})")
            out.append({"year": str(answers), "province": self.province, "index_id": self.index, "component": c, "indicator": "",
                        "lead": lead.name(lang) if lead else "", "task": task, "deadline": deadline, "status": "planned", "result": ""})
        return out

    def csv(self, lang: str = "vi", answers: int | None = None, deadline: str = "") -> str:
        """:meth:`rows` as CSV text with the header that briefings read."""
        return _csv(self.rows(lang, answers, deadline))

    def save(self, lang: str = "vi", answers: int | None = None, deadline: str = "", path: Path | None = None) -> Path:
        """Add the plan to ``data/institute_plan.csv``, which the next briefing reads.

        Planned rows of the same year, province and components are replaced; every other row stays byte for byte. The
        file is read back before it takes the old one's place, so that a mistake changes nothing.
        """
        path = institute_plan.place() if path is None else Path(path)
        institute_plan.read(path)  # a file with a mistake is not written over: its owner has to see it first
        new = self.rows(lang, answers, deadline)
        if not new:
            raise BadInput("the plan is empty", fix="raise at least one component")
        mine = {(r["year"], r["province"], r["index_id"], r["component"], "", "planned") for r in new}
        header = ",".join(institute_plan.COLUMNS)
        lines = [header]
        if path.is_file():
            text = encodings.decode(path).text
            order = next(csv.reader([text.split("\n", 1)[0]]))
            if order != list(institute_plan.COLUMNS):
                raise BadInput("the columns are in another order", file=path, row=1, fix=f"order: {header}")
            lines = [line for line in _records(text) if _key(line) not in mine]
        text = "\n".join([*lines, *_csv(new).splitlines()[1:]]) + "\n"
        with files.whole(path) as trial:
            trial.write_text(text, encoding="utf-8")
            institute_plan.read(trial)
        return path


def _csv(rows: list[dict[str, str]]) -> str:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, institute_plan.COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: safe(text) for name, text in row.items()} for row in rows)
    return buffer.getvalue()


def _records(text: str) -> list[str]:
    """The file's records as they are written, also those with line breaks inside quotes."""
    out: list[str] = []
    for line in text.replace("\r\n", "\n").rstrip("\n").split("\n"):
        if out and out[-1].count('"') % 2:
            out[-1] += "\n" + line
        else:
            out.append(line)
    return out


def _key(record: str) -> tuple[str, ...]:
    r = dict(zip(institute_plan.COLUMNS, next(csv.reader([record]), []), strict=False))
    return tuple((r.get(c) or "").strip() for c in ("year", "province", "index_id", "component", "indicator", "status"))


def field(index_id: str, year: int) -> tuple[targets.Field, dict[int, pd.Series]]:
    """Everyone's components of an edition, and the years whose movement a forecast may replay."""
    on = panel_board()
    return targets.official(on, index_id, year), outlook.movement(on, index_id, year)


def bases(province: str, index_id: str) -> list[int]:
    """Editions with all provinces' components, the province's among them, and weights; newest first."""
    return targets.bases(panel_board(), index_id, province)


def newest(province: str, index_id: str, year: int | None = None) -> int:
    """The newest edition up to ``year`` with all provinces' components, this one's among them."""
    for edition in bases(province, index_id):
        if year is None or edition <= year:
            return edition
    raise NotEstimable(f"no edition of {index_id} has the components of all provinces, {province}'s among them")


@lru_cache(maxsize=64)
def _tiers(printed: Board, index_id: str, year: int) -> dict[str, float]:
    try:
        from govlib.publish.content import tiers

        of = tiers(index_id, year)
    except (ImportError, GovlibError):
        return {}
    lowest: dict[str, float] = {}
    for province, tier in of.items():
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
    names = [x["vi"] for x in indices.index(index_id).tiers]
    if index_id == "papi":
        return names[sum(rank > round(of * share / 63) for share in (16, 32, 47))]
    tiers = lowest_of_tiers(index_id, year)
    return next((tier for tier, low in tiers.items() if score >= low - 0.005), list(tiers)[-1] if tiers else None)


def tier_name(index_id: str, tier: str | None, lang: str) -> str:
    """A tier in the page's language; a dash where there is none."""
    return next((x[lang] for x in indices.index(index_id).tiers if x["vi"] == tier), tier or wording.NONE)


class PlannerPage:
    """Sliders around a :class:`Planner`; ``page`` is what a notebook displays."""

    def __init__(self, province: str = "bac-ninh", index: str = "pci", goal: int = 5, lang: str = "vi"):
        import ipywidgets as w

        style = {"description_width": "6.5rem"}
        self.lang = widgets.language()
        self.lang.value = lang
        self.province = w.Dropdown(options=views.province_options(lang), value=provinces.resolve(province), style=style, layout=w.Layout(width="auto"))
        self.index = w.Dropdown(options=[(indices.index(i).short_vi, i) for i in PLANNED], value=index, style=style, layout=w.Layout(width="auto"))
        self.base = w.Dropdown(style=style, layout=w.Layout(width="auto"))
        self.goal = w.IntSlider(value=goal, min=1, max=30, style=style, layout=w.Layout(width="auto"))
        self.head, self.facts, self.data, self.files, self.hint = (w.HTML() for _ in range(5))
        self.least, self.spread, self.clear = (w.Button(layout=w.Layout(width="auto")) for _ in range(3))
        self.keep = w.Button(layout=w.Layout(width="auto"))
        self.deadline = w.Text(placeholder="YYYY-MM-DD", continuous_update=False, style=style, layout=w.Layout(width="auto"))
        self.sliders: dict[str, w.FloatSlider] = {}
        self.column = w.VBox()
        self._quiet, self._count = False, 0
        for box in (self.province, self.index):
            box.observe(lambda _: self._load(), "value")
        self.base.observe(lambda _: None if self._quiet else self._load(based=True), "value")
        self.goal.observe(lambda _: self._draw(), "value")
        self.deadline.observe(lambda _: self._draw(), "value")
        self.lang.observe(lambda _: self._load(keep=True), "value")
        self.least.on_click(lambda _: self._take("least"))
        self.spread.on_click(lambda _: self._take("spread"))
        self.clear.on_click(lambda _: self._move(dict.fromkeys(self.sliders, 0.0)))
        self.keep.on_click(self._keep)
        self.page = widgets.page(self.lang, self.head, widgets.box(self.province, self.index, self.base, self.goal, self.deadline),
                                 widgets.box(w.VBox([self.column, widgets.box(self.least, self.spread, self.clear), self.hint]),
                                             w.VBox([self.facts, self.files, self.keep, self.data]), name="gov-side"))
        self._load()

    def _load(self, keep: bool = False, based: bool = False) -> None:
        import ipywidgets as w

        lang, self.hint.value = self.lang.value, ""
        before = {c: s.value for c, s in self.sliders.items()} if keep else {}
        for box, words in ((self.province, pair("effects.province")), (self.index, pair("effects.index")), (self.goal, pair("plan.goal_rank")), (self.base, pair("plan.base_edition")),
                           (self.deadline, pair("plan.deadline")), (self.least, pair("plan.find_least_change")),
                           (self.spread, pair("plan.spread_it_out")),
                           (self.clear, pair("plan.reset")), (self.keep, pair("plan.add_to_institute_s"))):
            box.description = words[lang != "vi"]
        self.head.value = (f'<h2>{t(lang, "Lập mục tiêu", "Plan targets")}</h2><p class="gov-note">' + t(
            lang, "Kéo từng thành phần. Điểm và thứ hạng giả định các tỉnh khác đứng yên; xác suất cho mọi tỉnh biến động như các năm đã qua.",
            "Move the components. Score and rank let all others stand still; the probability lets every province move as in past years.") + "</p>")
        try:
            self.plan = Planner(self.province.value, self.index.value, self.base.value if keep or based else None)
            self._quiet = True
            self.base.options = bases(self.plan.province, self.plan.index)
            self.base.value = self.plan.year
            self._quiet = False
        except GovlibError as error:
            self.plan, self.sliders, self.column.children = None, {}, ()
            self.facts.value, self.files.value, self.data.value = widgets.problem(error), "", ""
            return
        self.sliders = {c: w.FloatSlider(value=min(before.get(c, 0.0), b), min=0.0, max=max(round(float(b) - 0.005, 2), 0.01), step=0.01, readout_format="+.2f",
                                         description=indices.name(self.plan.index, c, lang, self.plan.year),
                                         style={"description_width": "14rem"}, layout=w.Layout(width="auto"))
                        for c, b in self.plan.bounds[self.plan.components].items()}
        for slider in self.sliders.values():
            slider.observe(lambda _: self._draw(), "value")
        self.column.children = tuple(self.sliders.values())
        self._draw()

    def _move(self, values: Mapping[str, float]) -> None:
        self._quiet, self.hint.value = True, ""
        for c, v in values.items():
            self.sliders[c].value = min(float(v), self.sliders[c].max)
        self._quiet = False
        self._draw()

    def _take(self, which: str) -> None:
        if self.plan is None:
            return
        try:
            found = Planner(self.plan.province, self.plan.index, self.plan.year).reach(self.goal.value)
            # rounded up to the slider's step: rounding down would miss the rank by a hair
            rises = found.rises if which == "least" else found.spread
            self._move({c: -(-round(v * 100, 6) // 1) / 100 for c, v in rises.items()})
            self.hint.value = f'<p class="gov-note">{html.escape(self._told(found, which))}</p>'
        except GovlibError as error:
            self.files.value = widgets.problem(error)

    def _told(self, found: targets.Plan, which: str) -> str:
        """What the sliders cannot show: whether other components would do as well, or the share of a spread-out plan."""
        lang = self.lang.value
        names = lambda ids: "; ".join(indices.name(self.plan.index, c, lang, self.plan.year) for c in ids)  # noqa: E731
        if which == "spread":
            share = wording.percent(found.share, lang, 1)
            return t(lang, f"Mọi thành phần tăng {share} mức lớn nhất từng có trong một năm.", f"Every component rises by {share} of the largest rise ever seen in a year.")
        if len(found.either) > 1:
            return t(lang, f"Có thể đặt ở bất kỳ thành phần nào sau đây, trọng số như nhau: {names(found.either.index)}.",
                     f"It may go to any of these, which weigh the same: {names(found.either.index)}.")
        return t(lang, f"Có thể chia thế nào cũng được giữa: {names(found.shared)}.", f"It may be split at will among: {names(found.shared)}.") if len(found.shared) > 1 else ""

    def _draw(self) -> None:
        if self._quiet or self.plan is None:
            return
        lang, plan = self.lang.value, self.plan
        plan.set({c: min(s.value, float(plan.bounds[c])) for c, s in self.sliders.items()})
        o = plan.outlook(self.goal.value)
        n = lambda v, d=2: wording.number(v, lang, d)  # noqa: E731
        said = lambda c: "–" if c is None else (  # noqa: E731
            f"{wording.percent(c.probability, lang)} <small>(" + t(lang, "trung bình, tin cậy từ 90%", "mean, 90% or more") + f": {wording.percent(c.low, lang)}–{wording.percent(c.high, lang)}; " + t(
                lang, "năm như {}: {}; năm như {}: {}", "a year like {}: {}; like {}: {}").format(
                    *(x for r in (min(c.rates), max(c.rates)) for x in (c.year_of(r), wording.percent(r, lang)))) + ")</small>")
        arrow = lambda a, b: f"{a} → {b}"  # noqa: E731
        short = getattr(indices.index(plan.index), f"short_{lang}")
        facts = [(t(lang, f"Điểm {short} (mốc {plan.year})", f"{short} score (base {plan.year})"), arrow(n(o.score_now), n(o.score))),
                 (t(lang, f"Thứ hạng trong {o.of}", f"Rank of {o.of}"), arrow(o.rank_now, o.rank)),
                 (t(lang, "Nhóm", "Tier"), arrow(*(tier_name(plan.index, x, lang) for x in (o.tier_now, o.tier)))),
                 (t(lang, f"Xác suất đạt hạng {o.goal} năm {plan.year + 1}, không có kế hoạch", f"Chance of rank {o.goal} in {plan.year + 1}, without the plan"), said(o.chance_now)),
                 (t(lang, "… với kế hoạch", "… with the plan"), said(o.chance)),
                 (t(lang, "Tổng mức tăng", "Total rise"), f"{wording.signed(o.total, lang)} {t(lang, 'điểm', 'points')}")]
        self._count += 1
        untold = "" if o.tier_now else '<p class="gov-note">' + t(lang, f"Nguồn của {short} {plan.year} không in nhóm xếp loại.",
                                                                  f"The source of {short} {plan.year} printed no tiers.") + "</p>"
        if plan.year + 1 < indices.editions(plan.index)[-1]:  # what a briefing would not set a target on
            untold += '<p class="gov-note">' + t(lang, f"{short} đã có kỳ đánh giá sau {plan.year + 1}: mốc {plan.year} chỉ để thử, không phải mục tiêu cho năm tới.",
                                                 f"{short} has editions after {plan.year + 1}: the base {plan.year} is for trying out, no target for the coming year.") + "</p>"
        self.facts.value = (f'<div class="gov-facts" data-count="{self._count}" aria-live="polite">'
                            + "".join(f'<div><span>{html.escape(k)}</span><b class="gov-big">{v}</b></div>' for k, v in facts) + "</div>" + untold)
        rises = {c: round(float(v), 2) for c, v in plan.rises.items() if v > 1e-6}
        line = f'govlib.explore.plan.Planner("{plan.province}", "{plan.index}", {plan.year}).set({rises}).outlook({o.goal})'
        try:
            text = plan.csv(lang, deadline=self.deadline.value.strip())
            self.files.value = (f'<p><code class="gov-line">{html.escape(line)}</code></p>'
                                + widgets.link(text, f"plan-{plan.index}-{plan.province}.csv", t(lang, "Tải kế hoạch (CSV)", "Download the plan (CSV)")))
        except GovlibError as error:
            self.files.value = widgets.problem(error)
        rows = "".join(f'<tr><td>{html.escape(r.component)}</td><td class="n">{n(r.now)}</td><td class="n">{wording.signed(r.rise, lang)}</td>'
                       f'<td class="n">{n(r.planned)}</td><td class="n">{n(r.largest)}</td><td class="n">{n(r.weight, 1)}</td></tr>'
                       for r in plan.table(lang).itertuples())
        heads = t(lang, "Thành phần|Hiện tại|Mức tăng|Kế hoạch|Tăng lớn nhất từng có|Trọng số, %", "Component|Now|Rise|Planned|Largest rise seen|Weight, %").split("|")
        self.data.value = ('<div class="gov-scroll" tabindex="0"><table class="gov-table"><thead><tr>' + f'<th scope="col">{heads[0]}</th>'
                           + "".join(f'<th scope="col" class="n">{h}</th>' for h in heads[1:]) + f"</tr></thead><tbody>{rows}</tbody></table></div>")

    def _keep(self, _button) -> None:
        if self.plan is None:
            return
        lang = self.lang.value
        try:
            path = self.plan.save(lang, deadline=self.deadline.value.strip())
        except GovlibError as error:
            self.files.value += widgets.problem(error)
            return
        told = t(lang, "Đã ghi {n} dòng vào {f}; báo cáo kỳ sau đọc tệp này.", "{n} rows added to {f}, which the next briefing reads.")
        self.files.value += f'<p class="gov-saved">{html.escape(told.format(n=len(self.plan.rows(lang)), f=f"data/{path.name}"))}</p>'


def planner(province: str = "bac-ninh", index: str = "pci", goal: int = 5, lang: str = "vi"):
    """The planner as a widget, to stand last in a cell."""
    wording.check_language(lang)
    return PlannerPage(province, index, goal, lang).page
