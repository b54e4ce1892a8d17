"""The satisfaction survey as pieces of a page; words and numbers from the tables of :mod:`satisfaction`, nothing else."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from govlib.institute import charts, pages, synthetic
from govlib.institute.satisfaction import estimates, form
from govlib.known import provinces, satisfaction
from govlib.publish import show
from govlib.words import wording
from govlib.words.tables import phrase

if TYPE_CHECKING:
    import pandas as pd

    from govlib.institute.satisfaction import Survey
    from govlib.publish.show import Html


def _p(x: float, lang: str) -> str:
    return wording.number(100 * x, lang, 1) + "%" if x == x else wording.NONE


def _hidden(reason: str, lang: str) -> str:
    return phrase("satisfaction_page.hidden", lang) if reason else ""


def source(survey: Survey, lang: str) -> str:
    return pages.source(survey, "satisfaction_page.satisfaction_survey", lang)


def cover(survey: Survey, lang: str) -> Html:
    got = estimates.estimate(survey)
    facts = [(phrase("satisfaction_page.satisfied_overall", lang), _p(got.share, lang)),
             (phrase("satisfaction_page.95_interval", lang), f"{_p(got.low, lang)} – {_p(got.high, lang)}"),
             (phrase("satisfaction_page.respondents", lang), str(len(survey.data)))]
    if survey.synthetic:
        facts.insert(0, (phrase("ddci_page.kind_data", lang), synthetic.MARK))
    return show.cover_html(title=phrase("satisfaction_page.satisfaction_with_public_services", lang), lang=lang,
                           subtitle=phrase("satisfaction_page.survey_citizens_and_firms", lang),
                           place=pages.place(survey.meta.get("province", ""), survey.year, lang), year=survey.year, facts=facts,
                           edition=pages.fieldwork(survey, lang))


def section(survey: Survey, lang: str, previous: Survey | None, min_cell: int) -> list[Html]:
    pieces = [show.heading_html(phrase("satisfaction_page.how_satisfied_are_citizens", lang))]
    if survey.synthetic:
        pieces.append(synthetic.banner(lang))
    overall, service = estimates.estimate(survey), estimates.by(survey, "service", min_cell=min_cell)
    pieces.append(show.paragraph_html(_lead(overall, service, lang), lead=True))
    pieces.append(_figure(survey, service, lang))
    if previous is not None:
        pieces += _change(survey, previous, min_cell, lang)
    pieces.append(show.heading_html(phrase("satisfaction_page.who_is_less_satisfied", lang), 3))
    pieces.append(_groups(survey, min_cell, lang))
    pieces.append(show.heading_html(phrase("satisfaction_page.what_leaves_people_unsatisfied", lang), 3))
    pieces.append(_items(survey, min_cell, lang))
    pieces.append(show.heading_html(phrase("satisfaction_page.unit_by_unit", lang), 3))
    pieces.append(_units(survey, min_cell, lang))
    pieces.append(_method(survey, min_cell, lang))
    return pieces


def reported_section(lang: str, year: int | None) -> list[Html]:
    import pandas as pd

    known = satisfaction.reported()
    known = known[known["year"].eq(year if year else known["year"].max())]
    if known.empty:
        return []
    percent = phrase("satisfaction_page.satisfied", lang)
    rows = [{phrase("satisfaction_form.service", lang): satisfaction.SERVICES[r.service][lang != "vi"],
             percent: show.num(r.percent, source=r.source, lang=lang, decimals=2)}
            for r in known.sort_values("percent").itertuples(index=False)]
    year = int(known["year"].iloc[0])
    return [show.heading_html(phrase("satisfaction_page.how_satisfied_are_citizens", lang)),
            show.table_html(pd.DataFrame(rows), caption=phrase("satisfaction_page.share_satisfied_as_reported", lang, year=year),
                            lang=lang, source=phrase("satisfaction_page.province_s_survey_as", lang, year=year),
                            note=phrase("satisfaction_page.no_sample_size_or", lang))]


def _lead(overall, service: pd.DataFrame, lang: str) -> str:
    text = phrase("satisfaction_page.respondents_satisfied", lang, p=_p(overall.share, lang), p2=_p(overall.low, lang),
                  p3=_p(overall.high, lang), n=overall.n)
    if service["share"].notna().sum() < 2:
        return text
    if pair := _apart(service):
        low, top = (form.label("service", row["key"], lang) for row in pair)
        return text + " " + phrase("satisfaction_page.intervals_apart", lang, low=low, p=_p(pair[0]["share"], lang),
                                   top=top, p2=_p(pair[1]["share"], lang))
    return text + " " + phrase("satisfaction_page.services_intervals_overlap_survey", lang)


def _apart(service: pd.DataFrame) -> tuple[pd.Series, pd.Series] | None:
    """The two services whose intervals lie farthest apart, the lower first; None where all overlap.

    They need not be those of the lowest and the highest share: ten answers out of ten are 100% with a wide interval.
    """
    shown = service[service["share"].notna()].reset_index(drop=True)
    if len(shown) < 2:
        return None
    low, top = shown.loc[shown["high"].idxmin()], shown.loc[shown["low"].idxmax()]
    return (low, top) if low["high"] < top["low"] else None


def _finding(service: pd.DataFrame, lang: str) -> str:
    """The figure's title: which service surely satisfies fewer than which other, neutral where the intervals do not say."""
    if pair := _apart(service):
        low, top = (form.label("service", row["key"], lang) for row in pair)
        return phrase("satisfaction_page.fewer_are_satisfied_than", lang, low=low, top=top)
    return phrase("satisfaction_page.share_satisfied_services_do", lang)


def _figure(survey: Survey, service: pd.DataFrame, lang: str) -> Html:
    old = satisfaction.reported()
    # what was reported is Bắc Ninh's, and of the province as it was: since July 2025 that is another one
    same_place = not survey.synthetic and bool(survey.meta.get("province")) and survey.asked_in.slug == "bac-ninh"
    same = [same_place and provinces.unit_of("bac-ninh", year).unit == survey.asked_in.unit for year in old["year"]]
    old = old[np.array(same, bool)]  # nothing may have been reported
    last = old[old["year"] < survey.year].sort_values("year").groupby("service").last()
    rows, reference, table = [], [], []
    import pandas as pd

    for r in service.itertuples(index=False):
        name = form.label("service", r.key, lang)
        was = float(last.loc[r.key, "percent"]) if r.key in last.index else math.nan
        rows.append((name, 100 * r.share, 100 * r.low, 100 * r.high))
        reference.append(was)
        row = {phrase("satisfaction_form.service", lang): name,
               phrase("satisfaction_page.answers", lang): None if r.n != r.n else str(int(r.n)),
               phrase("satisfaction_page.satisfied", lang): 100 * r.share, phrase("ddci_page.from", lang): 100 * r.low,
               phrase("ddci_page.to", lang): 100 * r.high}
        if len(last):
            row[phrase("satisfaction_page.reported_2021", lang)] = show.num(was, source="bac-ninh-published",
                                                                            lang=lang) if was == was else None
        table.append(row | ({"": _hidden(r.hidden, lang)} if service["hidden"].ne("").any() else {}))
    shown = [row for row in rows if row[1] == row[1]]
    spread = "; ".join(f"{n} {_p(v / 100, lang)}" for n, v, *_ in shown)
    note = phrase("satisfaction_page.squares_as_reported_in", lang) if len(last) else \
        phrase("satisfaction_page.axis_does_not_begin", lang)
    highs = [h for *_, h in shown] + [v for v in reference if v == v]
    lows = [lo for _, _, lo, _ in shown] + [v for v in reference if v == v]
    return show.figure_html(
        charts.intervals(rows, lang=lang, unit="%", reference=reference, synthetic=survey.synthetic,
                          limits=(math.floor(min(lows, default=0)) - 1, min(100.5, math.ceil(max(highs, default=100)) + 0.5))),
        title=_finding(service, lang),
        measure=phrase("satisfaction_page.answering_4_5_5", lang, year=survey.year),
        alt=phrase("satisfaction_page.dots_with_intervals", lang) + spread + (f" ({synthetic.MARK})" if survey.synthetic else ""),
        table=pd.DataFrame(table), source=source(survey, lang), note=note, lang=lang, decimals=1, name=f"hai-long-{survey.year}")


def _share(r, lang: str) -> dict[str, object]:
    """The share satisfied and its interval as every table has them; of a hidden cell that it is hidden."""
    return {phrase("satisfaction_page.satisfied", lang): None if r.share != r.share else 100 * r.share,
            phrase("satisfaction_page.95_interval", lang): _hidden(r.hidden, lang) or f"{_p(r.low, lang)} – {_p(r.high, lang)}"}


def _units(survey: Survey, min_cell: int, lang: str) -> Html:
    import pandas as pd

    answers = phrase("satisfaction_page.answers", lang)
    frame = pd.DataFrame([{phrase("ddci_page.unit", lang): form.label("unit", r.key, lang),
                           answers: None if r.n != r.n else int(r.n), **_share(r, lang)}
                          for r in estimates.by(survey, "unit", min_cell=min_cell).itertuples(index=False)])
    frame[answers] = frame[answers].astype("Int64")
    return show.table_html(frame, caption=phrase("satisfaction_page.share_satisfied_by_unit", lang), lang=lang,
                           decimals={phrase("satisfaction_page.satisfied", lang): 1}, source=source(survey, lang))


def _group(group: str, key: str, lang: str) -> str:
    name = form.label(group, key, lang)
    return name if key else f"{form.GROUP_NAMES[group][0 if lang == 'vi' else 1]}: {name}"


def _groups(survey: Survey, min_cell: int, lang: str) -> Html:
    import pandas as pd

    parts = []
    for group in form.GROUPS:
        table = estimates.by(survey, group, min_cell=min_cell)
        parts += [{phrase("par_page.group", lang): _group(group, r.key, lang),
                   phrase("satisfaction_page.answers", lang): None if r.n != r.n else str(int(r.n)), **_share(r, lang)}
                  for r in table.itertuples(index=False)]
    return show.table_html(pd.DataFrame(parts), caption=phrase("satisfaction_page.share_satisfied_by_group", lang), lang=lang,
                           decimals=1, source=source(survey, lang))


def _items(survey: Survey, min_cell: int, lang: str) -> Html:
    import pandas as pd

    got = estimates.by_item(survey, min_cell=min_cell)
    got = got[got["factor"].ne("overall")].sort_values("share", na_position="last")
    rows = [{phrase("ddci_page.question", lang): form.items()[r.item][lang],
             phrase("satisfaction_page.factor", lang): form.FACTORS[r.factor][0 if lang == "vi" else 1], **_share(r, lang)}
            for r in got.itertuples(index=False)]
    return show.table_html(pd.DataFrame(rows), caption=phrase("satisfaction_page.question_by_question_lowest", lang),
                           lang=lang, decimals=1, source=source(survey, lang))


def _change(now: Survey, before: Survey, min_cell: int, lang: str) -> list[Html]:
    import pandas as pd

    got = estimates.change(now, before, min_cell=min_cell)
    sure = got[got["p_adjusted"] < 0.05]  # the p-value is the interval's: none of these intervals holds 0
    if len(sure):
        points = phrase("satisfaction_page.points", lang)
        said = phrase("satisfaction_page.changed_since_last_round", lang) + wording.joined(
            [f"{form.label('service', r.key, lang)} ({wording.signed(100 * r.change, lang, 1)} {points})"
             for r in sure.itertuples(index=False)], lang) + "."
    else:
        said = phrase("satisfaction_page.there_is_not_enough", lang)
    rows = [{phrase("satisfaction_form.service", lang): form.label("service", r.key, lang), f"{before.year}, %": 100 * r.before,
             f"{now.year}, %": 100 * r.now, phrase("operations_page.change", lang): 100 * r.change,
             phrase("ddci_page.95_interval", lang): wording.NONE if r.change != r.change else
             f"{wording.signed(100 * r.low, lang, 1)} … {wording.signed(100 * r.high, lang, 1)}",
             phrase("operations_page.p_holm", lang): wording.p_value(r.p_adjusted, lang)} for r in got.itertuples(index=False)]
    return [show.heading_html(phrase("satisfaction_page.what_changed_since", lang, year=before.year), 3), show.paragraph_html(said),
            show.table_html(pd.DataFrame(rows), caption=phrase("satisfaction_page.change_since_last_round", lang), lang=lang,
                            decimals=1, signed=[phrase("operations_page.change", lang)], source=source(now, lang))]


def _worth(overall, lang: str) -> str:
    """What all answers are worth against as many drawn at random, and what was counted to say so."""
    n, size = (wording.number(x, lang, 0) for x in (overall.n, overall.size))
    if overall.method == "wilson-linearised":
        return phrase("satisfaction_page.worth_by_design", lang, n=n, size=size)
    if "no spread" in overall.note:
        return phrase("satisfaction_page.worth_without_spread", lang, n=n, size=size)
    return phrase("satisfaction_page.worth_by_weights", lang, n=n, size=size)


def _method(survey: Survey, min_cell: int, lang: str) -> Html:
    drawn = survey.meta.get("sampling", "").strip(" .")
    text = phrase("satisfaction_page.shares_are_weighted_wilson", lang, worth=_worth(estimates.estimate(survey), lang),
                  min_cell=min_cell, drawn=phrase("satisfaction_page.drawn", lang, drawn=drawn) if drawn else "")
    return show.callout_html(text, title=phrase("ddci_page.method", lang), kind="method", lang=lang)
