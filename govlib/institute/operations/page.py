"""The page of one-stop and portal operations: findings, shares with intervals, control charts, changes, adoption."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from govlib.institute import pages, synthetic
from govlib.institute.operations import analysis, model, series
from govlib.institute.operations.findings import findings, no_comparison
from govlib.institute.statistics import control_charts, interrupted
from govlib.known import provinces
from govlib.publish import show
from govlib.publish.charts import canvas
from govlib.publish.charts.canvas import INK, MUTED, RULE, Canvas
from govlib.publish.show import PALETTE, Html
from govlib.words import wording
from govlib.words.tables import both, counted, pair, phrase
from govlib.words.wording import number, signed

KINDS = {"p": pair("operations_page.p_chart"), "p_laney": pair("operations_page.laney_s_p_chart"),
         "u": pair("operations_page.u_chart"),
         "u_laney": pair("operations_page.laney_s_u_chart"), "xmr": pair("operations_page.xmr_chart")}
BASES = {"before_adoption": pair("operations_page.months_before_adoption"), "all_months": pair("operations_page.all_months")}
FOOTER = both("operations_page.made_from_units_monthly")


def month(text: str, lang: str) -> str:
    """``2024-03`` as a reader writes it: ``3/2024`` or ``Mar 2024``."""
    year, m = text.split("-")
    return phrase(f"month.{int(m)}", lang, year=year)


def source(ops: model.Operations, lang: str) -> str:
    said = phrase("operations_page.units_monthly_counts_to", lang, month=month(model.month_text(ops.first), lang),
                  month2=month(model.month_text(ops.last), lang), name=ops.path.name)
    return f"{synthetic.MARK}; {said}" if ops.synthetic else said


def who(ops: model.Operations, unit: str | None, lang: str) -> str:
    return ops.unit_name(unit, lang) if unit else phrase("operations_page.all_units", lang)


def _text(value: float, indicator: str, lang: str) -> str:
    about = model.INDICATORS[indicator]
    if value != value:
        return wording.NONE
    unit = about.unit(lang)
    return number(value, lang, 0 if about.kind == "count" else 1) + (unit if unit == "%" else f" {unit}")


# ---- the figure -------------------------------------------------------------------------------------------------------

def draw(found: series.Monitored, lang: str = "vi", *, made_up: bool = False, height: float = 250.0):
    """Months as a line between the control limits; the level of each piece; a dotted line where the new way began."""
    scale, table = series.factor(found.indicator), found.table
    value = table["value"].to_numpy(float) * scale
    chart, n = found.chart, len(table)
    usual = 1.0 if chart is None or model.INDICATORS[found.indicator].kind != "count" else \
        table["value"].to_numpy(float) / chart.value
    low, high, centre = (None, None, None) if chart is None else (chart.low * scale * usual, chart.high * scale * usual,
                                                                   np.full(n, chart.centre * scale) * usual)
    limits = [] if low is None or high is None else [*low, *high]
    a, b = canvas.padded([v for v in [*value, *limits] if np.isfinite(v)], 0.06, 0.2)
    c = Canvas(height=height)
    left, right, top, bottom = 40.0, c.width - 12, 30.0, height - 24.0
    x, y = canvas.scale(0, max(n - 1, 1), left + 6, right), canvas.scale(a, b, bottom - 4, top)
    for tick in canvas.ticks(a, b, 4):
        c.line([(left, y(tick)), (right, y(tick))], RULE, 0.7)
        c.word(left - 4, y(tick), number(tick, lang, None), MUTED, ha="right")
    step = max(1, -(-n // 8))
    for i in range(0, n, step):
        c.word(x(i), bottom + 12, month(table["month"].iloc[i], lang), MUTED, ha="center", size=9)
    if chart is not None:
        for line, dash in ((low, (4, 2)), (high, (4, 2)), (centre, None)):
            if line is None:
                continue
            for piece in _pieces(line):
                c.line([(x(i), y(line[i])) for i in piece], MUTED, 1.0, dash)
    for piece in _pieces(value):
        if len(piece) > 1:
            c.line([(x(i), y(value[i])) for i in piece], PALETTE["province"], 1.6)
    flagged = chart.signal if chart is not None else np.zeros(n, bool)
    for i in map(int, np.flatnonzero(np.isfinite(value))):
        if flagged[i]:
            c.mark(x(i), y(value[i]), PALETTE["bad"], "D", 6)
        else:
            c.mark(x(i), y(value[i]), PALETTE["province"], "o", 4)
    if found.segments is not None and found.segments.starts:
        edges = [0, *found.segments.starts, n]
        for start, end, level in zip(edges, edges[1:], found.segments.levels, strict=False):
            if np.isfinite(level) and model.INDICATORS[found.indicator].kind != "count":
                c.line([(x(start), y(level * scale)), (x(end - 1), y(level * scale))], PALETTE["peers"], 2.6)
    if found.adopted is not None:
        i = found.adopted - int(table["t"].iloc[0])
        c.line([(x(i - 0.5), top - 14), (x(i - 0.5), bottom)], INK, 1.2, (1, 2))
        c.word(x(i - 0.5) + (4 if i < n * 0.6 else -4), top - 12,
               phrase("operations_page.mark_adopted" if found.unit else "operations_page.first_unit_adopted", lang)
               + month(model.month_text(found.adopted), lang),
               INK, size=9, ha="left" if i < n * 0.6 else "right")
    figure = c.figure()
    return synthetic.watermark(figure, lang) if made_up else figure


def _pieces(values) -> list[list[int]]:
    out: list[list[int]] = []
    for i, v in enumerate(values):
        if np.isfinite(v):
            if out and out[-1][-1] == i - 1:
                out[-1].append(i)
            else:
                out.append([i])
    return out


def finding(ops: model.Operations, found: series.Monitored, lang: str = "vi") -> str:
    """What the chart shows, in a sentence; neutral where nothing changed, and where nothing could be told it says that."""
    about, scale = model.INDICATORS[found.indicator], series.factor(found.indicator)
    what = about.name(lang)
    name = f"{model.SERVICES[found.service].name(lang)}, {who(ops, found.unit, lang)}: {what[0].lower() + what[1:]}"
    if found.segments is None or not found.segments.starts:
        rest = "" if found.chart is None else (
            phrase("operations_page.months_break_rule", lang, sum=int(found.chart.signal.sum()))
            if found.chart.signal.any() else phrase("operations_page.no_month_breaks_rule", lang))
        if found.segments is None:  # no change was looked for: the level may have moved as well as not
            return phrase("operations_page.level_not_told", lang, name=name, rest=rest)
        return phrase("operations_page.kept_its_level", lang, name=name, rest=rest)
    k = len(found.segments.starts) - 1
    before, after = (found.segments.levels[k + j] * scale for j in (0, 1))
    start = month(found.table["month"].iloc[found.segments.starts[k]], lang)
    per = phrase("operations_page.usual_month", lang) if about.kind == "count" else ""
    return phrase("operations_page.moved_up" if after > before else "operations_page.moved_down", lang, name=name, per=per,
                  start=start,
                  before=_text(before, found.indicator, lang), after=_text(after, found.indicator, lang))


def figure(ops: model.Operations, found: series.Monitored, lang: str = "vi") -> dict:
    """Keyword arguments of ``show.figure``."""
    about, scale, chart = model.INDICATORS[found.indicator], series.factor(found.indicator), found.chart
    told = finding(ops, found, lang)
    flags = [""] * len(found.table)
    for rule_month, rule in found.signals:
        i = found.table.index[found.table["month"] == rule_month][0]
        flags[i] = "; ".join(filter(None, [flags[i], phrase(f"control_rule.{rule}", lang)]))
    usual = 1.0 if chart is None or about.kind != "count" else found.table["value"].to_numpy(float) / chart.value
    columns = {phrase("operations_page.month", lang): [month(m, lang) for m in found.table["month"]],
               about.name(lang): found.table["value"].to_numpy(float) * scale}
    if chart is not None:
        columns |= {phrase("operations_page.lower_limit", lang): chart.low * scale * usual,
                    phrase("operations_page.upper_limit", lang): np.where(np.isfinite(chart.high), chart.high * scale * usual,
                                                                          np.nan)}
    columns[phrase("operations_page.signal", lang)] = flags
    table = pd.DataFrame(columns)
    if ops.synthetic:
        table[synthetic.FIELD] = synthetic.MARK
    measure = f"{about.name(lang)} ({about.unit(lang)})"
    if chart is not None:
        measure += "; " + phrase("operations_page.limits_from", lang, kind=KINDS[chart.kind][lang != "vi"],
                                 base=BASES[found.baseline][lang != "vi"])
    n = int(chart.signal.sum()) if chart is not None else 0
    alt = phrase("operations_page.control_chart_by_month", lang, told=told, n=n)
    note = phrase("operations_page.no_limits" if chart is None else "operations_page.diamond_month_with_signal", lang)
    return {"fig": draw(found, lang, made_up=ops.synthetic), "title": told, "alt": alt, "table": table, "source": source(ops, lang),
            "measure": measure, "note": note, "lang": lang, "decimals": 1,
            "name": f"operations-{found.service}-{found.indicator}-{found.unit or 'all'}"}


# ---- tables -----------------------------------------------------------------------------------------------------------

def summary_table(ops: model.Operations, summary: pd.DataFrame, service: str, lang: str = "vi") -> dict:
    """Keyword arguments of ``show.table``: the last months of one service, units down, indicators across. A row of fewer months
    says so behind its name."""
    rows, decimals, short = [], {}, False
    part = summary[summary["service"] == service]
    window = int(part["window"].max()) if len(part) else 0
    for unit, group in sorted(part.groupby("unit", sort=False), key=lambda kv: kv[0] != ""):
        few = analysis.few_months(dict(zip(group["indicator"], group["months"], strict=True)), window)
        said = "; ".join((f"{model.INDICATORS[what].name(lang)}: " if what else "") + counted("operations_page.n_months", lang, n)
                         for what, n in few)
        short |= bool(few)
        row: dict[str, object] = {phrase("ddci_page.unit", lang): who(ops, unit, lang) + (f" ({said})" if said else "")}
        for r in group.to_dict("records"):
            about = model.INDICATORS[r["indicator"]]
            name = f"{about.name(lang)} ({about.unit(lang)})" if about.kind != "count" else about.name(lang)
            row[name], decimals[name] = r["value"], 0 if about.kind == "count" else 1
            if about.kind != "count":
                row[phrase("operations_page.95_interval_2", lang) + name] = (
                    f"{number(r['low'], lang, 1)}–{number(r['high'], lang, 1)}" if r["low"] == r["low"] else wording.NONE)
                row[phrase("operations_page.on_year_before", lang) + name] = (
                    signed(r["change"], lang, 1) if r["change"] == r["change"] else wording.NONE)
        rows.append(row)
    return {"df": pd.DataFrame(rows),
            "caption": phrase("operations_page.last_months", lang, service=model.SERVICES[service].name(lang), n=window),
            "note": phrase("operations_page.fewer_months_note", lang) if short else None,
            "lang": lang, "decimals": decimals, "source": source(ops, lang), "name": f"operations-{service}"}


def changes_table(ops: model.Operations, changes: pd.DataFrame, lang: str = "vi") -> dict:
    out = pd.DataFrame([{
        phrase("operations_page.service", lang): model.SERVICES[r["service"]].name(lang),
                         phrase("operations_page.indicator", lang): model.INDICATORS[r["indicator"]].name(lang),
        phrase("ddci_page.unit", lang): who(ops, r["unit"], lang),
                         phrase("operations_page.new_level_from", lang): month(r["month"], lang),
        phrase("operations_page.could_be", lang): f"{month(r['earliest'], lang)}–{month(r['latest'], lang)}",
        phrase("operations_page.before", lang): r["before"], phrase("operations_page.after", lang): r["after"],
                         phrase("operations_page.change", lang): r["change"],
        phrase("operations_page.new_way_adopted", lang): month(r["adopted"], lang) if r["adopted"] else wording.NONE}
        for r in changes.to_dict("records")])
    return {"df": out, "caption": phrase("operations_page.change_points", lang), "lang": lang, "decimals": 1,
            "source": source(ops, lang),
            "signed": (phrase("operations_page.change", lang),), "name": "operations-changes"}


def interruptions_table(ops: model.Operations, table: pd.DataFrame, lang: str = "vi") -> dict:
    def span(r, key):
        low, high = r[key + "_low"], r[key + "_high"]
        return f"{signed(low, lang, 1)} … {signed(high, lang, 1)}" if low == low else wording.NONE

    out = pd.DataFrame([{
        phrase("operations_page.service", lang): model.SERVICES[r["service"]].name(lang),
                         phrase("operations_page.indicator", lang): model.INDICATORS[r["indicator"]].name(lang),
        phrase("ddci_page.unit", lang): who(ops, r["unit"], lang),
                         phrase("operations_page.adopted", lang): month(r["adopted"], lang),
        phrase("operations_page.change_level", lang): r["level"], phrase("operations_page.95_interval", lang): span(r, "level"),
        phrase("operations_page.p_holm", lang): wording.p_value(r["level_p_adjusted"], lang),
        phrase("operations_page.change_slope_month", lang): signed(r["slope"], lang, 2),
        phrase("operations_page.difference_in_last_month", lang): r["effect_end"],
        phrase("operations_page.last_month_interval", lang): span(r, "effect_end"),
        phrase("operations_page.last_month_p_holm", lang): wording.p_value(r["effect_end_p_adjusted"], lang),
        phrase("operations_page.note", lang): _note(r, lang)} for r in table.to_dict("records")])
    if len(out) and not out[phrase("operations_page.note", lang)].any():
        out = out.drop(columns=phrase("operations_page.note", lang))  # the table is wide enough
    return {"df": out, "caption": phrase("operations_page.interrupted_time_series_at", lang), "lang": lang,
            "decimals": 1, "source": source(ops, lang),
            "signed": (phrase("operations_page.change_level", lang), phrase("operations_page.difference_in_last_month", lang)),
            "name": "operations-interruptions"}


def _note(r: dict, lang: str) -> str:
    """Why a row of :func:`analysis.interruptions` has no estimate, or what its estimate cannot tell."""
    if r["level"] == r["level"]:
        return "" if r["seasonal"] else phrase("operations_page.no_seasonal_term", lang, season=interrupted.SEASON)
    before, after = int(r["n_before"]), int(r["n_after"])
    if min(before, after) < interrupted.LEAST:
        return phrase("operations_page.months_on_a_side", lang, before=before, after=after, least=interrupted.LEAST)
    return phrase("operations_page.same_every_month", lang)


def methods(lang: str = "vi") -> list[tuple[str, str]]:
    """Term and explanation: the rules that the page was made by."""
    we = "; ".join(phrase(f"control_rule.{r}", lang) for r in control_charts.WESTERN_ELECTRIC)
    return [
        (phrase("operations_page.interval", lang), phrase("operations_page.wilson_1927_for_shares", lang)),
        (phrase("operations_page.signal", lang), phrase("operations_page.western_electric_rules_1956", lang, we=we)),
        (phrase("operations_page.change_point", lang), phrase("operations_page.series_is_cut_where", lang)),
        (phrase("operations_page.interrupted_series", lang), phrase("operations_page.segmented_regression_with_yearly", lang,
                                                                season=interrupted.SEASON, least=interrupted.LEAST))]


# ---- the page ---------------------------------------------------------------------------------------------------------

def pieces(ops: model.Operations, lang: str = "vi", *, months: int = 12) -> tuple[list[Html], dict[str, pd.DataFrame]]:
    """The page in pieces and the tables behind it (by file name)."""
    months = min(months, len(ops.months))
    tables = {"summary": analysis.summary(ops, months=months), "changes": analysis.changes(ops),
              "interruptions": analysis.interruptions(ops)}
    if ops.synthetic:
        tables = {name: synthetic.mark(t) for name, t in tables.items()}
    summary, changes, interruptions = tables.values()
    services = [s for s in model.SERVICES if ops.units(s)]
    period = f"{month(model.month_text(ops.first), lang)}–{month(model.month_text(ops.last), lang)}"
    out = [show.cover_html(title=phrase("operations_page.one_stop_centres_online", lang),
                           place=provinces.name(ops.province, lang), year=period, lang=lang, issued_by=ops.meta.get("producer", ""),
                           subtitle=phrase("operations_page.on_time_online_waiting", lang),
                           edition=synthetic.MARK if ops.synthetic else "",
                           facts=[(phrase("operations_page.units", lang), ops.data["unit"].nunique()),
                                  (phrase("operations_page.months", lang), len(ops.months))])]
    if ops.synthetic:
        out.append(synthetic.banner(lang))
    out += [show.heading_html(phrase("operations_page.main_findings", lang)),
            show.findings_html(findings(ops, interruptions, changes, lang))]
    for service in services:
        out.append(show.heading_html(model.SERVICES[service].name(lang)))
        main = [i for i in ops.indicators(service) if model.INDICATORS[i].better][:2]
        for indicator in main:
            out.append(show.figure_html(**figure(ops, series.monitor(ops, service, indicator), lang)))
        out.append(show.table_html(**summary_table(ops, summary, service, lang)))
    out.append(show.heading_html(phrase("operations_page.when_new_way_began", lang)))
    if len(interruptions):
        out += [show.paragraph_html(phrase("operations_page.one_row_unit_with", lang)),
                show.table_html(**interruptions_table(ops, interruptions, lang))]
    else:
        out.append(show.paragraph_html(no_comparison(ops, lang)))
    out.append(show.heading_html(phrase("operations_page.change_points", lang)))
    out.append(show.table_html(**changes_table(ops, changes, lang)) if len(changes)
               else show.paragraph_html(phrase("operations_page.no_change_point_was", lang)))
    out += pages.look_again(ops.notes, lang)
    out.append(show.heading_html(phrase("operations_page.methods", lang)))
    out += [show.bullets_html(f"{term}: {said}" for term, said in methods(lang))]
    return out, tables


def write(ops: model.Operations, lang: str, out: Path) -> list[Path]:
    """``index.html`` or ``index.en.html``, and one CSV a table."""
    wording.check_language(lang)
    show.use_style()
    made, tables = pieces(ops, lang)
    return pages.write({pages.index(lang): made}, tables, out, lang=lang, footer=FOOTER[lang])
