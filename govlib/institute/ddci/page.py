"""DDCI pages: an overview of all units and a page for each; words and numbers from :class:`govlib.institute.ddci.Result`."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

from govlib.institute import charts, pages, synthetic
from govlib.institute import units as unit_list
from govlib.institute.ddci import form, score
from govlib.publish import show
from govlib.publish.show import Html
from govlib.words import wording
from govlib.words.tables import pair, phrase

if TYPE_CHECKING:
    from govlib.institute.ddci import Ratings, Result

SCENARIOS = {"equal_weights": pair("ddci_page.equal_weights"), "geometric": pair("ddci_page.geometric_mean"),
             "absolute": pair("ddci_page.questions_own_scale"), "minmax": pair("ddci_page.best_to_worst_scale")}


def _name(row, lang: str) -> str:
    return row.name_vi if lang == "vi" else row.name_en


def _tier(number: int, lang: str) -> str:
    return score.TIERS[number][0 if lang == "vi" else 1]


def _places(low: int, high: int, lang: str) -> str:
    return str(low) if low == high else f"{low}–{high}"


def source(ratings: Ratings, lang: str) -> str:
    return pages.source(ratings, "ddci_page.ddci_survey", lang)


def _cover(ratings: Ratings, title: str, subtitle: str, facts: list, lang: str) -> list[Html]:
    if ratings.synthetic:
        facts = [(phrase("ddci_page.kind_data", lang), synthetic.MARK), *facts]
    cover = show.cover_html(title=title, subtitle=subtitle, place=pages.place(ratings.meta.get("province", ""), ratings.year, lang),
                            year=ratings.year, lang=lang, facts=facts,
                            edition=pages.fieldwork(ratings, lang))
    return [cover, synthetic.banner(lang)] if ratings.synthetic else [cover]


def overview(ratings: Ratings, results: Sequence[Result], refused: Sequence[tuple[str, str]], lang: str) -> list[Html]:
    facts = [(unit_list.LEVEL_NAMES[r.level][0 if lang == "vi" else 1], str(len(r.table))) for r in results]
    facts.append((phrase("ddci_page.ratings", lang), str(len(ratings.data))))
    pieces = _cover(ratings, phrase("ddci_page.ddci_how_firms_rate", lang),
                    phrase("ddci_page.scores_ranges_ranks_and", lang), facts, lang)
    for res in results:
        pieces += _level(res, lang)
    for level, why in refused:
        name = unit_list.LEVEL_NAMES[level][0 if lang == "vi" else 1]
        pieces.append(show.callout_html(phrase("ddci_page.not_ranked", lang, name=name, why=why),
                                        kind="warning", lang=lang))
    pieces += [show.heading_html(phrase("ddci_page.how_is_score_made", lang)), _method(results[0], lang), _weights(results, lang)]
    return pieces


def _level(res: Result, lang: str) -> list[Html]:
    import pandas as pd

    level, t = unit_list.LEVEL_NAMES[res.level][0 if lang == "vi" else 1], res.table
    first = t[t["rank_low"].eq(1)]
    names = [_name(r, lang) for r in first.itertuples()]
    sure = len(first) == 1
    said = (phrase("ddci_page.comes_first", lang, name=names[0]) if sure else
            phrase("ddci_page.may_be_first", lang, n=len(first), names=wording.joined(names, lang)))
    links = [Html('<a href="{0}.{1}.html" id="{0}">{2}</a>'.format(html.escape(r.unit, quote=True), lang, show.esc(_name(r, lang))))
             for r in t.itertuples()]
    for link, r in zip(links, t.itertuples(), strict=True):
        link.value = _name(r, lang)
    frame = pd.DataFrame({
        phrase("ddci_page.unit", lang): links, phrase("ddci_page.score", lang): t["score"].to_numpy(),
        phrase("ddci_page.95_interval", lang): [
            f"{wording.number(r.low, lang, 1)} – {wording.number(r.high, lang, 1)}" for r in t.itertuples()],
        phrase("ddci_page.possible_ranks", lang): [_places(r.rank_low, r.rank_high, lang) for r in t.itertuples()],
        phrase("ddci_page.rank", lang): t["rank"].to_numpy(),
        phrase("ddci_page.tier", lang): [f"{_tier(r.tier, lang)} ({wording.percent(r.p_tier, lang)})" for r in t.itertuples()],
        phrase("ddci_page.ranks_under_other_weights", lang): [_places(r.weight_low, r.weight_high, lang) for r in t.itertuples()],
        phrase("ddci_page.column_ratings", lang): t["n"].to_numpy()})
    pieces = [show.heading_html(level), show.paragraph_html(said, lead=True), _ranks_figure(res, lang),
              show.table_html(frame, caption=phrase("ddci_page.scores_ranks_how_sure", lang, level=level), lang=lang,
                              decimals={phrase("ddci_page.score", lang): 1}, source=source(res.ratings, lang),
                              note=phrase("ddci_page.beside_tier_how_likely", lang))]
    moved = res.scenarios.groupby("scenario")["shift"].agg(lambda s: int(s.abs().max()))
    listed = [f"{_scenario(name, lang)}: {phrase('ddci_page.at_most', lang, m=m)}" for name, m in moved.items()]
    pieces += [show.heading_html(phrase("ddci_page.do_ranks_hold_when", lang), 3),
               show.bullets_html(listed)]
    if len(res.not_ranked):
        unit, why = phrase("ddci_page.unit", lang), phrase("ddci_page.reason", lang)
        left = pd.DataFrame([{unit: _name(r, lang), why: _why_not(r, res, lang)} for r in res.not_ranked.itertuples()])
        pieces.append(show.table_html(left, caption=phrase("ddci_page.heading_not_ranked", lang), lang=lang,
                                      source=source(res.ratings, lang)))
    return pieces


def _why_not(row, res: Result, lang: str) -> str:
    few = wording.joined([form.components()[c].name(lang) for c in row.components.split(",") if c], lang)
    return phrase("ddci_page.few_answers_to" if few else "ddci_page.few_ratings", lang, least=res.min_respondents, parts=few)


def _scenario(name: str, lang: str) -> str:
    if name.startswith("without "):
        part = form.components()[name.removeprefix("without ")].name(lang)
        return phrase("ddci_page.without", lang, part=part)
    return SCENARIOS[name][0 if lang == "vi" else 1]


def _ranks_figure(res: Result, lang: str) -> Html:
    import pandas as pd

    t = res.table
    rows = [(_name(r, lang), float(r.rank), float(r.rank_low), float(r.rank_high)) for r in t.itertuples()]
    wide = t.assign(width=t["rank_high"] - t["rank_low"])["width"].max()
    table = pd.DataFrame({phrase("ddci_page.unit", lang): [r[0] for r in rows],
                          phrase("ddci_page.rank", lang): t["rank"].to_numpy(),
                          phrase("ddci_page.from", lang): t["rank_low"].to_numpy(),
                          phrase("ddci_page.to", lang): t["rank_high"].to_numpy()})
    return show.figure_html(
        charts.intervals(rows, lang=lang, decimals=0, backwards=True, limits=(0.5, len(rows) + 0.5),
                         synthetic=res.ratings.synthetic),
        title=phrase("ddci_page.how_sure_ranks_are", lang, wide=int(wide) + 1),
        measure=phrase("ddci_page.rank_first_at_right", lang),
        alt="; ".join(f"{n}: {int(r)} ({int(lo)}–{int(hi)})" for n, r, lo,
                      hi in rows) + (f" ({synthetic.MARK})" if res.ratings.synthetic else ""),
        table=table, source=source(res.ratings, lang), lang=lang, name=f"ddci-{res.level}-{res.ratings.year}")


def _method(res: Result, lang: str) -> Html:
    scale = phrase({"minmax": "ddci_page.each_indicator_is_put", "absolute": "ddci_page.each_question_s_own"}[res.scaling], lang)
    text = phrase("ddci_page.how_worked_out", lang, scale=scale, draws=res.draws, least=res.min_respondents)
    return show.callout_html(text, title=phrase("ddci_page.method", lang), kind="method", lang=lang)


def _weights(results: Sequence[Result], lang: str) -> Html:
    import pandas as pd

    names = {c: form.components()[c].name(lang) for res in results for c in res.weights}
    frame = pd.DataFrame({phrase("ddci_page.component", lang): list(names.values()),
                          **{unit_list.LEVEL_NAMES[r.level][0 if lang == "vi" else 1] + ", %": [r.weights.get(c) for c in names]
                             for r in results}})
    return show.table_html(frame, caption=phrase("ddci_page.weights", lang), lang=lang, decimals=1,
                           source=phrase("ddci_page.institute_s_questionnaire", lang))


def unit(res: Result, key: str, lang: str) -> list[Html]:
    """The page of one unit: where it stands, what is strong and weak, which answers lie behind."""
    import pandas as pd

    t = res.table
    me = t[t["unit"].eq(key)].iloc[0]
    level = unit_list.LEVEL_NAMES[res.level][0 if lang == "vi" else 1]
    name = _name(me, lang)
    facts = [(phrase("ddci_page.score", lang),
              f"{wording.number(me.score, lang, 1)} ({wording.number(me.low, lang, 1)}–{wording.number(me.high, lang, 1)})"),
             (phrase("ddci_page.possible_ranks", lang), f"{_places(me.rank_low, me.rank_high, lang)} / {len(t)}"),
             (phrase("ddci_page.tier", lang), f"{_tier(me.tier, lang)} ({wording.percent(me.p_tier, lang)})"),
             (phrase("ddci_page.column_ratings", lang), str(int(me.n)))]
    pieces = _cover(res.ratings, f"DDCI: {name}", level, facts, lang)
    pieces += [show.heading_html(phrase("ddci_page.where_does_unit_stand", lang)),
               show.paragraph_html(_standing(res, me, lang), lead=True)]
    part = res.components[res.components["unit"].eq(key)]
    label = {r.component: form.components()[r.component].name(lang) for r in part.itertuples()}
    rows = [(label[r.component], r.score, r.low, r.high) for r in part.itertuples()]
    weak = part[part["high"] < part["median"]].sort_values("score")
    strong = part[part["low"] > part["median"]].sort_values("score", ascending=False)
    frame = pd.DataFrame({phrase("ddci_page.component", lang): [r[0] for r in rows],
                          phrase("ddci_page.score_1_10", lang): [r[1] for r in rows],
                          phrase("ddci_page.from", lang): [r[2] for r in rows], phrase("ddci_page.to", lang): [r[3] for r in rows],
                          phrase("ddci_page.median", lang): part["median"].to_numpy()})
    pieces += [
        show.heading_html(phrase("ddci_page.what_is_strong_what", lang)),
        show.paragraph_html(_strong_weak(strong, weak, label, lang)),
        show.figure_html(charts.intervals(rows, lang=lang, reference=list(part["median"]), limits=(1, 10),
                                          synthetic=res.ratings.synthetic),
                         title=phrase("ddci_page.components_beside_units_median", lang),
                         measure=phrase("ddci_page.scale_1_10_95", lang),
                         alt="; ".join(f"{n} {wording.number(v, lang, 1)}" for n, v,
                                       *_ in rows) + (f" ({synthetic.MARK})" if res.ratings.synthetic else ""),
                         table=frame, source=source(res.ratings, lang), lang=lang, decimals=1, name=f"ddci-{key}")]
    pieces += [show.heading_html(phrase("ddci_page.which_component_would_lift", lang)), _lift(res, part, label, lang)]
    pieces += [show.heading_html(phrase("ddci_page.what_did_firms_answer", lang)), _answers(res, key, lang), _method(res, lang)]
    return pieces


def _standing(res: Result, me, lang: str) -> str:
    better, worse = int(me.rank_low) - 1, len(res.table) - int(me.rank_high)
    return phrase("ddci_page.score_95_interval_to", lang, score=wording.number(me.score, lang, 1),
                  low=wording.number(me.low, lang, 1), high=wording.number(me.high, lang, 1), n_table=len(res.table),
                  better=better, worse=worse)


def _strong_weak(strong, weak, label: dict[str, str], lang: str) -> str:
    if not len(strong) and not len(weak):
        return phrase("ddci_page.no_component_differs_clearly", lang)
    said = []
    if len(strong):
        said.append(phrase("ddci_page.clearly_above_median", lang) + wording.joined([label[c] for c in strong["component"]],
                                                                                    lang) + ".")
    if len(weak):
        said.append(phrase("ddci_page.clearly_below_median", lang) + wording.joined([label[c] for c in weak["component"]],
                                                                                    lang) + ".")
    return " ".join(said)


def _lift(res: Result, part, label: dict[str, str], lang: str) -> Html:
    """Points of score gained if the component rose to the best unit's; arithmetic of the weights, not a forecast."""
    import pandas as pd

    best = res.components.groupby("component")["score"].max()
    rows = [{phrase("ddci_page.component", lang): label[r.component], phrase("ddci_page.score", lang): r.score,
             phrase("ddci_page.best_unit", lang): best[r.component],
             phrase("ddci_page.score_gained_at_best", lang): res.weights[r.component] / 10 * (best[r.component] - r.score)}
            for r in part.itertuples()]
    frame = pd.DataFrame(rows).sort_values(frame_key := list(rows[0])[-1], ascending=False)
    return show.table_html(frame, caption=phrase("ddci_page.room_in_each_component", lang), lang=lang, decimals=1,
                           signed=[frame_key],
                           source=source(res.ratings, lang), note=phrase("ddci_page.arithmetic_weights_other_units", lang))


def _answers(res: Result, key: str, lang: str) -> Html:
    import pandas as pd

    known = form.items()
    rows = [{phrase("ddci_page.question", lang): known[r.item].vi if lang == "vi" else known[r.item].en,
             phrase("ddci_page.scale", lang): f"{known[r.item].low:g}–{known[r.item].high:g}" + (
                 phrase("ddci_page.low_is_good", lang) if known[r.item].reverse
                                                                                                 else ""),
             phrase("ddci_page.this_unit", lang): r.mean, phrase("ddci_page.median", lang): r.median}
            for r in res.items[res.items["unit"].eq(key)].itertuples()]
    return show.table_html(pd.DataFrame(rows), caption=phrase("ddci_page.mean_answers", lang), lang=lang, decimals=2,
                           source=source(res.ratings, lang))
