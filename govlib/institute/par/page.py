"""The page of the PAR Index self-scoring: where points are lost, where the Ministry gave less, what is outstanding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from govlib.institute import pages, synthetic, units
from govlib.institute.par import criteria, form, totals
from govlib.known import provinces
from govlib.publish import show
from govlib.publish.charts import canvas
from govlib.publish.charts.canvas import INK, MUTED, RULE, Canvas
from govlib.publish.show import PALETTE, Html
from govlib.words import wording
from govlib.words.tables import both, phrase
from govlib.words.wording import number, signed

FOOTER = both("par_page.made_from_province_s")
SHOWN = 12  # items drawn; the table has all


def source(s: form.Scoring, lang: str) -> str:
    said = phrase("par_page.self_scoring", lang, day=wording.day(s.as_of, lang), name=s.path.name)
    if s.meta.get("ministry_source") and not s.synthetic:
        said += phrase("par_page.ministry_s_scores", lang, ministry_source=s.meta["ministry_source"])
    return f"{synthetic.MARK}; {said}" if s.synthetic else said


def _field(key: str, lang: str) -> str:
    return next(vi if lang == "vi" else en for i, vi, en in criteria.fields().values() if i == key)


def _unit(s: form.Scoring, key: str, lang: str) -> str:
    known = units.units()
    return known[key].name(lang) if key in known else str(s.items.loc[s.items["unit"] == key, "department"].iloc[0])


def _name(row: dict, lang: str) -> str:
    return f"{row['code']} " + (row["name_en"] if lang == "en" and row["name_en"] else row["name_vi"])


def findings(s: form.Scoring, lang: str = "vi") -> list[str]:
    """The few sentences to take away."""
    t, cut, todo, way = totals.total(s), totals.gaps(s), totals.outstanding(s), totals.shortest(s)
    n = lambda x: number(x, lang, 2)  # noqa: E731
    span = n(t.low) if t.open < criteria.EXACT else phrase("par_page.between_and", lang, n=n(t.low), n2=n(t.high))
    group = t.tier(lang)
    told = [phrase("par_page.edition_100_points", lang, edition=s.edition,
                   span=span) + (f" ({group})" if group not in ("", "-") else "")
            + (phrase("par_page.points_have_no_result", lang, n=n(t.open)) if t.open >= criteria.EXACT else "")]
    lower = cut[cut["gap"] < 0]
    if len(lower):
        told.append(phrase("par_page.ministry_gave_less_than", lang, n_lower=len(lower), n=n(-lower["gap"].sum()),
                           iloc=lower["code"].iloc[0], iloc2=signed(lower["gap"].iloc[0], lang)))
    elif t.ministry_of:
        told.append(phrase("par_page.ministry_gave_no_item", lang))
    todo = todo[todo["open"]]
    if len(todo):
        late = int(todo["overdue"].sum())
        told.append(phrase("par_page.items_outstanding", lang, k=len(todo), gain=n(todo["gain"].sum()))
                    + (phrase("par_page.past_deadline", lang, late=late) if late else ""))
    if way is not None and t.open < criteria.EXACT:  # else points that are still to come may lie between here and the next group
        group = criteria.tier(way.target, lang)
        told.append(phrase("par_page.way_there" if way.reached else "par_page.out_of_reach", lang,
                           target=number(way.target, lang, 0), group=group,
                           missing=n(way.missing), k=len(way.codes), codes=", ".join(way.codes), gain=n(way.gain)))
    return [wording.sentence(x) for x in told]


# ---- figures ------------------------------------------------------------------------------------------------------------

def draw_fields(table: pd.DataFrame, lang: str = "vi", *, made_up: bool = False):
    """One row a field: the score as a share of its points, self-score and Ministry beside each other over items both scored."""
    row, top = 32.0, 30.0
    c = Canvas(height=top + row * len(table) + 26)
    left, right = canvas.margin(table["label"], 150, 250), c.width - 88
    x, bottom = canvas.scale(0, 100, left, right), top + row * len(table)
    for tick in (0, 25, 50, 75, 100):
        c.line([(x(tick), top - 4), (x(tick), bottom)], RULE, 0.7)
        c.word(x(tick), bottom + 12, f"{tick}%", MUTED, ha="center", size=9)
    for i, r in enumerate(table.to_dict("records")):
        y = top + row * (i + 0.5)
        for k, text in enumerate(canvas.wrapped(r["label"], left - 16)):
            c.word(left - 10, y - 6 + 12 * k if len(canvas.wrapped(r["label"], left - 16)) > 1 else y, text, INK, ha="right",
                   size=9.5)
        own, given = r["own"], r["given"]
        if own == own and given == given:
            c.line([(x(own), y), (x(given), y)], PALETTE["bad"] if given < own else PALETTE["good"], 2.2)
        if own == own:
            c.mark(x(own), y, PALETTE["peers"], "s", 6.5, hollow=True)
        if given == given:
            c.mark(x(given), y, PALETTE["province"], "o", 7)
        text = _of_known(r["score"], r["known"], lang)
        c.word(c.width - 2, y, text, INK, ha="right", size=9.5)
    c.mark(6, 10, PALETTE["province"], "o", 7)
    c.word(14, 10, phrase("par_page.ministry", lang), PALETTE["province"], size=10)
    c.mark(104, 10, PALETTE["peers"], "s", 6.5, hollow=True)
    c.word(112, 10, phrase("par_page.self_score", lang), PALETTE["peers"], size=10)
    figure = c.figure()
    return synthetic.watermark(figure, lang) if made_up else figure


def _of_known(score: float, known: float, lang: str) -> str:
    return f"{number(score, lang, 2)}/{number(known, lang, 2)}" if known else wording.NONE


def fields_figure(s: form.Scoring, lang: str = "vi") -> dict:
    """Keyword arguments of ``show.figure``: fields, share of the points of appraised items."""
    leaf, rows = s.leaves, []
    for key, g in leaf.groupby("field", sort=False):
        both = g[g["self_score"].notna()]
        most = both["max_points"].sum()
        given = both["ministry_score"].sum() / most * 100 if most and both["ministry_score"].notna().all() else np.nan
        rows.append({"label": _field(key, lang), "own": both["self_score"].sum() / most * 100 if most else np.nan, "given": given,
                     "score": g["score"].sum(min_count=1), "max": g["max_points"].sum(),
                     "known": g.loc[g["score"].notna(), "max_points"].sum()})
    table = pd.DataFrame(rows)
    title = _lowest_field(table, lang)
    shown = pd.DataFrame({phrase("par_page.field", lang): table["label"], phrase("par_page.points", lang): table["score"],
                          phrase("par_page.of_points_with_result", lang): table["known"],
                          phrase("par_page.at_most", lang): table["max"],
                          phrase("par_page.self_score_self_scored", lang): table["own"],
                          phrase("par_page.ministry_self_scored_items", lang): table["given"]})
    if s.synthetic:
        shown[synthetic.FIELD] = synthetic.MARK
    told = "; ".join(f"{r.label}: {_of_known(r.score, r.known, lang)}" for r in table.itertuples())
    return {"fig": draw_fields(table, lang, made_up=s.synthetic), "title": title, "alt": phrase("par_page.points_by_field",
                                                                                                lang, told=told),
            "measure": phrase("par_page.per_cent_points_self", lang, edition=s.edition),
            "table": shown, "source": source(s, lang), "lang": lang, "decimals": 2, "name": "par-fields"}


def _lowest_field(table: pd.DataFrame, lang: str) -> str:
    """The figure's title. Points without a result yet are neither won nor lost; nobody is lowest where all stand alike."""
    share = (table["score"] / table["known"].where(table["known"] > 0)).to_numpy(float)
    if not np.isfinite(share).any():
        return phrase("par_page.no_field_has_score", lang)
    least = np.nanmin(share)
    if np.nanmax(share) - least < criteria.EXACT:
        return phrase("par_page.fields_stand_alike", lang)
    worst = wording.joined(list(table["label"][share <= least + criteria.EXACT]), lang)
    return phrase("par_page.has_lowest_share_its", lang, worst=worst)


def gains_figure(s: form.Scoring, lang: str = "vi") -> dict | None:
    """Keyword arguments of ``show.figure``: what the largest outstanding items would add; None where nothing is outstanding."""
    todo = totals.outstanding(s)
    todo = todo[todo["open"] & (todo["gain"] > 0)]
    if todo.empty:
        return None
    top = todo.head(SHOWN)
    row, c = 25.0, Canvas(height=25.0 * len(top) + 34)
    left = canvas.margin([_name(r, lang) for r in top.to_dict("records")], 150, 250)
    x = canvas.scale(0, float(top["gain"].max()), left, c.width - 150)
    for i, r in enumerate(top.to_dict("records")):
        y = 8 + row * (i + 0.5)
        c.word(left - 10, y, canvas.cut(_name(r, lang), left - 14), INK, ha="right", size=9.5)
        c.box(left, y - 7, x(r["gain"]) - left, 14, PALETTE["bad_soft"] if r["overdue"] else PALETTE["province_soft"])
        due = wording.day(r["deadline"], lang) + (phrase("par_page.overdue", lang) if r["overdue"] else "")
        c.word(x(r["gain"]) + 6, y, f"{signed(r['gain'], lang)} · {due}", PALETTE["bad"] if r["overdue"] else INK, size=9.5)
    c.word(left, c.height - 12, phrase("par_page.points_gained_when_mended", lang), MUTED, size=9)
    figure = c.figure()
    title = phrase("par_page.largest_outstanding_items_could", lang, n_top=len(top), sum=number(top["gain"].sum(), lang, 2))
    told = "; ".join(f"{r.code}: {signed(r.gain, lang)}" for r in top.itertuples())
    return {"fig": synthetic.watermark(figure, lang) if s.synthetic else figure, "title": title,
            "alt": phrase("par_page.points_gained_by_item",
                                                                                                               lang, told=told),
            "measure": phrase("par_page.points_total_100", lang, edition=s.edition), "table": outstanding_table(s, lang)["df"],
            "source": source(s, lang), "lang": lang, "decimals": 2, "name": "par-gains"}


# ---- tables -------------------------------------------------------------------------------------------------------------

def grouped_table(s: form.Scoring, column: str, lang: str = "vi") -> dict:
    """Keyword arguments of ``show.table``: points by field or by department in charge."""
    table = totals.by(s, column)
    names = [_field(k, lang) if column == "field" else _unit(s, k, lang) if column == "unit" else criteria.METHODS[k][lang == "en"]
             for k in table["key"]]
    gap = phrase("par_page.ministry_less_self", lang)
    shown = pd.DataFrame({
        {"field": phrase("par_page.field", lang), "unit": phrase("par_page.department_in_charge", lang),
         "method": phrase("par_page.how_points_are_given", lang)}[column]: names,
        phrase("par_page.items", lang): table["items"], phrase("par_page.at_most", lang): table["max_points"],
                          phrase("par_page.column_self_score", lang): table["self_score"],
        phrase("par_page.ministry", lang): table["ministry_score"], phrase("par_page.points_lost", lang): table["lost"],
        phrase("par_page.no_result_yet", lang): table["unknown_points"], gap: table["gap"],
        phrase("par_page.items_cut", lang): table["cut_items"]})
    caption = {"field": phrase("par_page.title_points_by_field", lang), "unit": phrase("par_page.points_by_department_in", lang),
               "method": phrase("par_page.points_by_how_they", lang)}[column]
    return {"df": shown, "caption": f"{caption}, {s.edition}", "lang": lang,
            "decimals": {c: 2 for c in shown.columns if c not in (shown.columns[1], shown.columns[-1])},
            "signed": (gap,), "source": source(s, lang), "name": f"par-{column}"}


def gaps_table(s: form.Scoring, lang: str = "vi") -> dict:
    table, gap = totals.gaps(s), phrase("par_page.difference", lang)
    shown = pd.DataFrame([{phrase("par_page.item", lang): _name(r, lang),
                           phrase("par_page.department", lang): _unit(s, r["unit"], lang),
                           phrase("par_page.at_most", lang): r["max_points"],
                           phrase("par_page.column_self_score", lang): r["self_score"],
                           phrase("par_page.column_ministry", lang): r["ministry_score"], gap: r["gap"],
                           phrase("ddci_page.reason", lang): r["reason"] or wording.NONE,
                           phrase("par_page.evidence", lang): evidence(r["evidence"], lang)} for r in table.to_dict("records")])
    return {"df": shown, "caption": phrase("par_page.items_on_which_ministry", lang, edition=s.edition), "lang": lang,
            "decimals": 2,
            "signed": (gap,), "source": source(s, lang), "name": "par-gaps"}


def outstanding_table(s: form.Scoring, lang: str = "vi") -> dict:
    gain = phrase("par_page.would_add", lang)
    shown = pd.DataFrame([{phrase("par_page.item", lang): _name(r, lang), phrase("par_page.outstanding", lang): r["outstanding"],
                           phrase("par_page.department", lang): _unit(s, r["unit"], lang),
                           phrase("par_page.deadline", lang): wording.day(r["deadline"], lang) + (
                               phrase("par_page.overdue", lang) if r["overdue"] else ""),
                           phrase("par_page.status", lang): form.STATUS_NAMES[r["status"]][lang == "en"],
                           phrase("par_page.now", lang): r["score"],
                           phrase("par_page.when_mended", lang): r["expected_score"], gain: r["gain"],
                           phrase("par_page.province_s_total", lang): r["total_after"]}
                          for r in totals.outstanding(s).to_dict("records")])
    return {"df": shown, "caption": phrase("par_page.what_is_outstanding_by", lang, edition=s.edition), "lang": lang,
            "decimals": 2, "signed": (gain,), "source": source(s, lang), "name": "par-outstanding"}


def evidence(text: str, lang: str = "vi") -> Html:
    """A link where it can be opened, the document's number as text otherwise."""
    if not text:
        return show.esc(phrase("par_page.none", lang))
    return show.link(phrase("par_page.open", lang), text) if totals.is_link(text) else show.esc(text)


def methods(s: form.Scoring, lang: str = "vi") -> list[str]:
    facts = criteria.published(s.edition)
    out = [phrase("par_page.item_s_score_is", lang),
           phrase("par_page.would_add_score_when", lang),
           phrase("par_page.groups_from_90_b", lang)]
    if "criteria" in facts:
        out.append(phrase("par_page.checked_against_what_was", lang, fields=facts["fields"], criteria=facts["criteria"],
                          sub_criteria=facts["sub_criteria"], survey_points=facts["survey_points"], source=facts["source"]))
    else:
        out.append(phrase("par_page.how_many_criteria_set", lang, edition=s.edition))
    return out


# ---- the page -----------------------------------------------------------------------------------------------------------

def pieces(s: form.Scoring, lang: str = "vi") -> tuple[list[Html], dict[str, pd.DataFrame]]:
    """The page in pieces and the tables behind it (by file name)."""
    t = totals.total(s)
    tables = {"items": s.items.drop(columns=["data_kind"]), "fields": totals.by(s, "field"), "departments": totals.by(s, "unit"),
              "gaps": totals.gaps(s), "outstanding": totals.outstanding(s)}
    if s.synthetic:
        tables = {name: synthetic.mark(table) for name, table in tables.items()}
    points = number(t.low, lang, 2) if t.open < criteria.EXACT else f"{number(t.low, lang, 2)}–{number(t.high, lang, 2)}"
    out = [show.cover_html(title=phrase("par_page.self_scoring_par_index", lang), place=provinces.name(s.province, lang),
                           year=s.edition, lang=lang,
                           subtitle=phrase("par_page.own_scores_ministry_s", lang),
                           issued_by=s.meta.get("producer", ""),
                           edition=(f"{synthetic.MARK} · " if s.synthetic else "") + wording.day(s.as_of, lang),
                           facts=[(phrase("par_page.points", lang), points),
                                  (phrase("par_page.group", lang), t.tier(lang) or wording.NONE),
                                  (phrase("par_page.outstanding", lang), int(totals.outstanding(s)["open"].sum()))])]
    if s.synthetic:
        out.append(synthetic.banner(lang))
    out += [show.heading_html(phrase("operations_page.main_findings", lang)), show.findings_html(findings(s, lang))]
    out += [show.heading_html(phrase("par_page.by_field", lang)), show.figure_html(**fields_figure(s, lang)),
            show.table_html(**grouped_table(s, "field", lang)),
            show.table_html(**grouped_table(s, "method", lang))]
    out += [show.heading_html(phrase("par_page.by_department_in_charge", lang)), show.table_html(**grouped_table(s, "unit", lang))]
    out.append(show.heading_html(phrase("par_page.where_ministry_differs", lang)))
    out.append(show.table_html(**gaps_table(s, lang)) if len(totals.gaps(s))
               else show.paragraph_html(phrase("par_page.no_item_differs_or", lang)))
    out.append(show.heading_html(phrase("par_page.what_is_outstanding_and", lang)))
    gains = gains_figure(s, lang)
    if gains:
        out.append(show.figure_html(**gains))
    out.append(show.table_html(**outstanding_table(s, lang)) if len(totals.outstanding(s))
               else show.paragraph_html(phrase("par_page.nothing_outstanding_is_on", lang)))
    out += pages.look_again(s.notes, lang)
    return [*out, show.heading_html(phrase("operations_page.methods", lang)), show.bullets_html(methods(s, lang))], tables


def write(s: form.Scoring, lang: str, out: Path) -> list[Path]:
    """``index.html`` or ``index.en.html``, and one CSV a table."""
    wording.check_language(lang)
    show.use_style()
    made, tables = pieces(s, lang)
    return pages.write({pages.index(lang): made}, tables, out, lang=lang, footer=FOOTER[lang])
