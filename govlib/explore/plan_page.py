"""The planner as a page of widgets: a slider a component, and what follows, as :class:`~govlib.explore.plan.Planner` reckons."""

from __future__ import annotations

import html
from collections.abc import Mapping

from govlib.errors import GovlibError
from govlib.explore import shown, widgets
from govlib.explore.plan import PLANNED, Planner, bases, plannable, tier_name
from govlib.known import indices, provinces
from govlib.reading import targets
from govlib.words import wording
from govlib.words.tables import pair, phrase


class PlannerPage:
    """Sliders around a :class:`Planner`; ``page`` is what a notebook displays."""

    def __init__(self, province: str = "bac-ninh", index: str = "pci", goal: int = 5, lang: str = "vi"):
        import ipywidgets as w

        style = {"description_width": "6.5rem"}
        self.lang = widgets.language(lang)
        self.province = w.Dropdown(options=shown.province_options(lang), value=provinces.resolve(province, 2024), style=style,
                                   layout=w.Layout(width="auto"))
        self.index = w.Dropdown(options=[(indices.index(i).short_vi, i) for i in PLANNED], value=plannable(index), style=style,
                                layout=w.Layout(width="auto"))
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
        for box, words in ((self.province, pair("effects.province")), (self.index, pair("effects.index")),
                           (self.goal, pair("plan.goal_rank")), (self.base, pair("plan.base_edition")),
                           (self.deadline, pair("plan.deadline")), (self.least, pair("plan.find_least_change")),
                           (self.spread, pair("plan.spread_it_out")),
                           (self.clear, pair("plan.reset")), (self.keep, pair("plan.add_to_institute_s"))):
            box.description = words[lang != "vi"]
        self.head.value = (f'<h2>{phrase("plan.plan_targets", lang)}</h2><p class="gov-note">'
                           + phrase("plan.move_the_components_score_and", lang) + "</p>")
        try:
            able = bases(self.province.value, self.index.value)  # before a merger too: who looks sees which edition it is
            self.plan: Planner | None = Planner(self.province.value, self.index.value, self.base.value if keep or based else
                                                next(iter(able), None))
            self._quiet = True
            self.base.options, self.base.value = able, self.plan.year
            self._quiet = False
        except GovlibError as error:
            self.plan, self.sliders, self.column.children = None, {}, ()
            self.facts.value, self.files.value, self.data.value = widgets.problem(error, self.lang.value), "", ""
            return
        self.sliders = {c: w.FloatSlider(value=min(before.get(c, 0.0), b), min=0.0, max=max(round(float(b) - 0.005, 2), 0.01),
                                         step=0.01, readout_format="+.2f",
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
            self.files.value = widgets.problem(error, self.lang.value)

    def _told(self, found: targets.Plan, which: str) -> str:
        """What the sliders cannot show: whether other components would do as well, or the share of a spread-out plan."""
        lang = self.lang.value
        index, year = self.index.value, self.base.value
        names = lambda ids: "; ".join(indices.name(index, c, lang, year) for c in ids)  # noqa: E731
        if which == "spread":
            share = wording.percent(found.share, lang, 1)
            return phrase("plan.every_component_rises_by_of", lang, share=share)
        if len(found.either) > 1:
            return phrase("plan.it_may_go_to_any", lang, listed=names(found.either.index))
        return phrase("plan.it_may_be_split_at", lang, shared=names(found.shared)) if len(found.shared) > 1 else ""

    def _draw(self) -> None:
        if self._quiet or self.plan is None:
            return
        lang, plan = self.lang.value, self.plan
        plan.set({c: min(s.value, float(plan.bounds[c])) for c, s in self.sliders.items()})
        o = plan.outlook(self.goal.value)
        n = lambda v, d=2: wording.number(v, lang, d)  # noqa: E731
        arrow = lambda a, b: f"{a} → {b}"  # noqa: E731
        short = getattr(indices.index(plan.index), f"short_{lang}")
        facts = [(phrase("plan.score_base", lang, short=short, year=plan.year), arrow(n(o.score_now), n(o.score))),
                 (phrase("plan.rank_of", lang, of=o.of), arrow(o.rank_now, o.rank)),
                 (phrase("plan.tier", lang), arrow(*(tier_name(plan.index, x, lang) for x in (o.tier_now, o.tier)))),
                 (phrase("plan.ranks_later", lang, next_year=plan.year + 1),
                  "–" if o.later is None else f"{o.later[0]}–{o.later[1]}"),
                 (phrase("plan.chance_of_rank_in", lang, goal=o.goal, next_year=plan.year + 1),
                  phrase("plan.no_skill", lang) if o.chance is None else wording.percent(o.chance.probability, lang)),
                 (phrase("plan.total_rise", lang), f"{wording.signed(o.total, lang)} {phrase('views.points', lang)}")]
        self._count += 1
        untold = "" if o.tier_now else '<p class="gov-note">' + phrase("plan.the_source_of_printed_no", lang, short=short,
                                                                       year=plan.year) + "</p>"
        if (first := indices.published_ranks(plan.index, plan.year)) is not None:
            untold += '<p class="gov-note">' + wording.label("target.ranks_ours", lang, name=f"{short} {plan.year}", first=first,
                                                             of=o.of) + "</p>"
        if plan.year + 1 < indices.editions(plan.index)[-1]:  # what a briefing would not set a target on
            untold += '<p class="gov-note">' + phrase("plan.has_editions_after_the_base", lang, short=short,
                                                      next_year=plan.year + 1, year=plan.year) + "</p>"
        self.facts.value = (f'<div class="gov-facts" data-count="{self._count}" aria-live="polite">'
                            + "".join(f'<div><span>{html.escape(k)}</span><b class="gov-big">{v}</b></div>' for k, v in facts)
                            + "</div>" + untold)
        rises = {c: round(float(v), 2) for c, v in plan.rises.items() if v > 1e-6}
        line = f'govlib.explore.plan.Planner("{plan.province}", "{plan.index}", {plan.year}).set({rises}).outlook({o.goal})'
        try:
            text = plan.csv(lang, deadline=self.deadline.value.strip())
            self.files.value = (f'<p><code class="gov-line">{html.escape(line)}</code></p>'
                                + widgets.link(text, f"plan-{plan.index}-{plan.province}.csv",
                                               phrase("plan.download_the_plan_csv", lang)))
        except GovlibError as error:
            self.files.value = widgets.problem(error, self.lang.value)
        rows = "".join(f'<tr><td>{html.escape(r.component)}</td><td class="n">{n(r.now)}</td><td '
                       f'class="n">{wording.signed(r.rise, lang)}</td>'
                       f'<td class="n">{n(r.planned)}</td><td class="n">{n(r.largest)}</td><td class="n">{n(r.weight, 1)}</td></tr>'
                       for r in plan.table(lang).itertuples())
        heads = phrase("plan.component_now_rise_planned_largest", lang).split("|")
        self.data.value = ('<div class="gov-scroll" tabindex="0"><table class="gov-table"><thead><tr>'
                           + f'<th scope="col">{heads[0]}</th>'
                           + "".join(f'<th scope="col" class="n">{h}</th>' for h in heads[1:])
                           + f"</tr></thead><tbody>{rows}</tbody></table></div>")

    def _keep(self, _button) -> None:
        if self.plan is None:
            return
        lang = self.lang.value
        try:
            path = self.plan.save(lang, deadline=self.deadline.value.strip())
        except GovlibError as error:
            self.files.value += widgets.problem(error, self.lang.value)
            return
        told = phrase("plan.rows_added", lang, n=len(self.plan.rows(lang)), file=f"data/{path.name}")
        self.files.value += f'<p class="gov-saved">{html.escape(told)}</p>'


def planner(province: str = "bac-ninh", index: str = "pci", goal: int = 5, lang: str = "vi"):
    """The planner as a widget, to stand last in a cell."""
    return PlannerPage(province, index, goal, lang).page
