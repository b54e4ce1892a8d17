"""The page of one-stop and portal operations: findings, shares with intervals, control charts, changes, adoption."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from govlib.institute import pages, synthetic
from govlib.institute.operations import analysis, model, series
from govlib.institute.statistics import control_charts
from govlib.known import provinces
from govlib.publish import show
from govlib.publish.charts import _canvas
from govlib.publish.charts._canvas import INK, MUTED, RULE, Canvas
from govlib.publish.show import PALETTE, Html
from govlib.words import wording
from govlib.words.wording import number, pick, signed

KINDS = {"p": ("biểu đồ p", "p-chart"), "p_laney": ("biểu đồ p′ của Laney", "Laney's p′ chart"), "u": ("biểu đồ u", "u-chart"),
         "u_laney": ("biểu đồ u′ của Laney", "Laney's u′ chart"), "xmr": ("biểu đồ XmR", "XmR chart")}
BASES = {"before_adoption": ("các tháng trước khi áp dụng", "the months before adoption"), "all_months": ("tất cả các tháng", "all months")}
FOOTER = {"vi": "Trang được lập tự động từ số liệu tháng của các đơn vị; cách tính và giới hạn ghi trong trang. Trang này không tải gì từ bên ngoài.",
          "en": "Made from the units' monthly counts; methods and limits stand on the page. This page fetches nothing."}


def month(text: str, lang: str) -> str:
    """``2024-03`` as a reader writes it: ``3/2024`` or ``Mar 2024``."""
    year, m = text.split("-")
    names = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return pick(lang, f"{int(m)}/{year}", f"{names[int(m) - 1]} {year}")


def source(ops: model.Operations, lang: str) -> str:
    said = pick(lang, f"số liệu tháng của các đơn vị, {month(model.month_text(ops.first), lang)}–{month(model.month_text(ops.last), lang)} ({ops.path.name})",
                f"the units' monthly counts, {month(model.month_text(ops.first), lang)} to {month(model.month_text(ops.last), lang)} ({ops.path.name})")
    return f"{synthetic.MARK}; {said}" if ops.synthetic else said


def who(ops: model.Operations, unit: str | None, lang: str) -> str:
    return ops.unit_name(unit, lang) if unit else pick(lang, "tất cả đơn vị", "all units")


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
    usual = 1.0 if chart is None or model.INDICATORS[found.indicator].kind != "count" else table["value"].to_numpy(float) / chart.value
    low, high, centre = (None, None, None) if chart is None else (chart.low * scale * usual, chart.high * scale * usual,
                                                                   np.full(n, chart.centre * scale) * usual)
    limits = [] if chart is None else [*low, *high]
    a, b = _canvas.padded([v for v in [*value, *limits] if np.isfinite(v)], 0.06, 0.2)
    c = Canvas(height=height)
    left, right, top, bottom = 40.0, c.width - 12, 30.0, height - 24.0
    x, y = _canvas.scale(0, max(n - 1, 1), left + 6, right), _canvas.scale(a, b, bottom - 4, top)
    for tick in _canvas.ticks(a, b, 4):
        c.line([(left, y(tick)), (right, y(tick))], RULE, 0.7)
        c.word(left - 4, y(tick), number(tick, lang, None), MUTED, ha="right")
    step = max(1, -(-n // 8))
    for i in range(0, n, step):
        c.word(x(i), bottom + 12, month(table["month"].iloc[i], lang), MUTED, ha="center", size=9)
    if chart is not None:
        for line, dash in ((low, (4, 2)), (high, (4, 2)), (centre, None)):
            for piece in _pieces(line):
                c.line([(x(i), y(line[i])) for i in piece], MUTED, 1.0, dash)
    for piece in _pieces(value):
        if len(piece) > 1:
            c.line([(x(i), y(value[i])) for i in piece], PALETTE["province"], 1.6)
    flagged = chart.signal if chart is not None else np.zeros(n, bool)
    for i in np.flatnonzero(np.isfinite(value)):
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
        c.word(x(i - 0.5) + (4 if i < n * 0.6 else -4), top - 12, (pick(lang, "bắt đầu áp dụng ", "adopted ") if found.unit else pick(lang, "đơn vị đầu tiên áp dụng ", "first unit adopted ")) + month(model.month_text(found.adopted), lang),
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
    """What the chart shows, in a sentence; neutral where nothing changed."""
    about, scale = model.INDICATORS[found.indicator], series.factor(found.indicator)
    name = f"{model.SERVICES[found.service].name(lang)}, {who(ops, found.unit, lang)}: {about.name(lang)[0].lower() + about.name(lang)[1:]}"
    if found.segments is None or not found.segments.starts:
        rest = "" if found.chart is None else (
            pick(lang, f"; {int(found.chart.signal.sum())} tháng vượt quy tắc", f"; {int(found.chart.signal.sum())} months break a rule")
            if found.chart.signal.any() else pick(lang, ", không tháng nào vượt quy tắc", ", no month breaks a rule"))
        return pick(lang, f"{name} không đổi mức{rest}", f"{name} kept its level{rest}")
    k = len(found.segments.starts) - 1
    before, after = (found.segments.levels[k + j] * scale for j in (0, 1))
    start = month(found.table["month"].iloc[found.segments.starts[k]], lang)
    per = pick(lang, " mỗi tháng thường", " a usual month") if about.kind == "count" else ""
    return pick(lang, f"{name} chuyển từ {_text(before, found.indicator, lang)} lên {_text(after, found.indicator, lang)}{per} từ {start}"
                if after > before else f"{name} chuyển từ {_text(before, found.indicator, lang)} xuống {_text(after, found.indicator, lang)}{per} từ {start}",
                f"{name} moved from {_text(before, found.indicator, lang)} to {_text(after, found.indicator, lang)}{per} as of {start}")


def figure(ops: model.Operations, found: series.Monitored, lang: str = "vi") -> dict:
    """Keyword arguments of ``show.figure``."""
    about, scale, chart = model.INDICATORS[found.indicator], series.factor(found.indicator), found.chart
    told = finding(ops, found, lang)
    flags = [""] * len(found.table)
    for rule_month, rule in found.signals:
        i = found.table.index[found.table["month"] == rule_month][0]
        flags[i] = "; ".join(filter(None, [flags[i], control_charts.RULES[rule][1 if lang == "vi" else 2]]))
    usual = 1.0 if chart is None or about.kind != "count" else found.table["value"].to_numpy(float) / chart.value
    columns = {pick(lang, "Tháng", "Month"): [month(m, lang) for m in found.table["month"]],
               about.name(lang): found.table["value"].to_numpy(float) * scale}
    if chart is not None:
        columns |= {pick(lang, "Giới hạn dưới", "Lower limit"): chart.low * scale * usual,
                    pick(lang, "Giới hạn trên", "Upper limit"): np.where(np.isfinite(chart.high), chart.high * scale * usual, np.nan)}
    columns[pick(lang, "Tín hiệu", "Signal")] = flags
    table = pd.DataFrame(columns)
    if ops.synthetic:
        table[synthetic.FIELD] = synthetic.MARK
    kind = "" if chart is None else pick(lang, f"{KINDS[chart.kind][0]}, giới hạn ±3σ tính từ {BASES[found.baseline][0]}",
                                         f"{KINDS[chart.kind][1]}, limits ±3σ set from {BASES[found.baseline][1]}")
    n = int(chart.signal.sum()) if chart is not None else 0
    alt = pick(lang, f"Biểu đồ kiểm soát theo tháng. {told}. {n} tháng có tín hiệu.", f"Control chart by month. {told}. {n} months with a signal.")
    note = found.why_no_chart or pick(lang, "hình thoi: tháng có tín hiệu; nét đậm: mức của từng giai đoạn; nét đứt: giới hạn kiểm soát",
                                      "diamond: a month with a signal; thick line: level of each stage; dashed: control limits")
    return {"fig": draw(found, lang, made_up=ops.synthetic), "title": told, "alt": alt, "table": table, "source": source(ops, lang),
            "measure": f"{about.name(lang)} ({about.unit(lang)}); {kind}", "note": note, "lang": lang, "decimals": 1,
            "name": f"operations-{found.service}-{found.indicator}-{found.unit or 'all'}"}


# ---- tables -----------------------------------------------------------------------------------------------------------

def summary_table(ops: model.Operations, summary: pd.DataFrame, service: str, lang: str = "vi") -> dict:
    """Keyword arguments of ``show.table``: the last months of one service, units down, indicators across."""
    rows = []
    part = summary[summary["service"] == service]
    for unit, group in sorted(part.groupby("unit", sort=False), key=lambda kv: kv[0] != ""):
        row: dict[str, object] = {pick(lang, "Đơn vị", "Unit"): who(ops, unit, lang)}
        for r in group.to_dict("records"):
            about = model.INDICATORS[r["indicator"]]
            name = f"{about.name(lang)} ({about.unit(lang)})" if about.kind != "count" else about.name(lang)
            row[name] = r["value"] if about.kind != "count" else (int(r["value"]) if r["value"] == r["value"] else None)
            if about.kind != "count":
                row[pick(lang, "khoảng tin cậy 95%: ", "95% interval: ") + name] = (
                    f"{number(r['low'], lang, 1)}–{number(r['high'], lang, 1)}" if r["low"] == r["low"] else wording.NONE)
                row[pick(lang, "so cùng kỳ: ", "on a year before: ") + name] = signed(r["change"], lang, 1) if r["change"] == r["change"] else wording.NONE
        rows.append(row)
    months = int(part["months"].max()) if len(part) else 0
    return {"df": pd.DataFrame(rows), "caption": pick(lang, f"{model.SERVICES[service].vi}: {months} tháng gần nhất", f"{model.SERVICES[service].en}: last {months} months"),
            "lang": lang, "decimals": 1, "source": source(ops, lang), "name": f"operations-{service}"}


def changes_table(ops: model.Operations, changes: pd.DataFrame, lang: str = "vi") -> dict:
    out = pd.DataFrame([{
        pick(lang, "Dịch vụ", "Service"): model.SERVICES[r["service"]].name(lang), pick(lang, "Chỉ tiêu", "Indicator"): model.INDICATORS[r["indicator"]].name(lang),
        pick(lang, "Đơn vị", "Unit"): who(ops, r["unit"], lang), pick(lang, "Mức mới từ", "New level from"): month(r["month"], lang),
        pick(lang, "có thể từ–đến", "could be"): f"{month(r['earliest'], lang)}–{month(r['latest'], lang)}",
        pick(lang, "Trước", "Before"): r["before"], pick(lang, "Sau", "After"): r["after"], pick(lang, "Thay đổi", "Change"): r["change"],
        pick(lang, "Áp dụng cách làm mới", "New way adopted"): month(r["adopted"], lang) if r["adopted"] else wording.NONE}
        for r in changes.to_dict("records")])
    return {"df": out, "caption": pick(lang, "Các điểm đổi mức", "Change points"), "lang": lang, "decimals": 1, "source": source(ops, lang),
            "signed": (pick(lang, "Thay đổi", "Change"),), "name": "operations-changes"}


def interruptions_table(ops: model.Operations, table: pd.DataFrame, lang: str = "vi") -> dict:
    def span(r, key):
        return f"{signed(r[key + '_low'], lang, 1)} … {signed(r[key + '_high'], lang, 1)}" if r[key + "_low"] == r[key + "_low"] else wording.NONE

    out = pd.DataFrame([{
        pick(lang, "Dịch vụ", "Service"): model.SERVICES[r["service"]].name(lang), pick(lang, "Chỉ tiêu", "Indicator"): model.INDICATORS[r["indicator"]].name(lang),
        pick(lang, "Đơn vị", "Unit"): who(ops, r["unit"], lang), pick(lang, "Áp dụng", "Adopted"): month(r["adopted"], lang),
        pick(lang, "Đổi mức", "Change of level"): r["level"], pick(lang, "khoảng tin cậy 95%", "95% interval"): span(r, "level"),
        pick(lang, "p (Holm)", "p (Holm)"): number(r["level_p_adjusted"], lang, 3),
        pick(lang, "Đổi độ dốc mỗi tháng", "Change of slope a month"): number(r["slope"], lang, 2),
        pick(lang, "Chênh lệch tháng cuối", "Difference in the last month"): r["effect_end"],
        pick(lang, "Ghi chú", "Note"): r["note"]} for r in table.to_dict("records")])
    return {"df": out, "caption": pick(lang, "Chuỗi thời gian gián đoạn tại tháng áp dụng", "Interrupted time series at the adoption month"), "lang": lang,
            "decimals": 1, "source": source(ops, lang), "signed": (pick(lang, "Đổi mức", "Change of level"), pick(lang, "Chênh lệch tháng cuối", "Difference in the last month")),
            "name": "operations-interruptions"}


def findings(ops: model.Operations, interruptions: pd.DataFrame, changes: pd.DataFrame, lang: str = "vi") -> list[str]:
    """The few sentences to take away: what changed when something was adopted, then where nothing did."""
    told = []
    sure = interruptions[interruptions["level_p_adjusted"] < 0.05]
    good = sure[[model.INDICATORS[r.indicator].better * r.level > 0 for r in sure.itertuples()]]
    for (service, indicator), g in good.groupby(["service", "indicator"], sort=False):
        n = int(((interruptions["service"] == service) & (interruptions["indicator"] == indicator)).sum())
        unit = model.INDICATORS[indicator].unit(lang)
        unit = pick(lang, "điểm phần trăm", "percentage points") if unit == "%" else unit
        told.append(pick(lang, f"{model.SERVICES[service].vi}: {model.INDICATORS[indicator].vi.lower()} tốt lên khi áp dụng ở {len(g)}/{n} đơn vị áp dụng, "
                               f"trung vị {signed(g['level'].median(), lang, 1)} {unit}",
                         f"{model.SERVICES[service].en}: {model.INDICATORS[indicator].en.lower()} improved at adoption in {len(g)} of {n} adopting units, "
                         f"median {signed(g['level'].median(), lang, 1)} {unit}"))
    bad = len(sure) - len(good)
    if bad:
        told.append(pick(lang, f"{bad} chuỗi xấu đi khi áp dụng", f"{bad} series became worse at adoption"))
    rest = int((interruptions["level_p_adjusted"] >= 0.05).sum())
    if rest:
        told.append(pick(lang, f"{rest} chuỗi khác: chưa đủ bằng chứng về thay đổi khi áp dụng", f"{rest} other series: no evidence either way of a change at adoption"))
    loose = changes[(changes["adopted"] == "") & changes["unit"].ne("") & changes["indicator"].map(lambda i: model.INDICATORS[i].better != 0)]
    if len(loose):
        told.append(pick(lang, f"{len(loose)} lần đổi mức ở đơn vị không áp dụng gì mới: cần xem lại nguyên nhân", f"{len(loose)} changes of level in units that adopted nothing: look for the reason"))
    return [wording.sentence(t) for t in told] or [pick(lang, "Chưa có đơn vị nào ghi tháng áp dụng.", "No unit has an adoption month on record.")]


def methods(lang: str = "vi") -> list[tuple[str, str]]:
    """Term and explanation: the rules that the page was made by."""
    we = "; ".join(control_charts.RULES[r][1 if lang == "vi" else 2] for r in control_charts.WESTERN_ELECTRIC)
    return [
        (pick(lang, "Khoảng tin cậy", "Interval"), pick(
            lang, "Wilson (1927) cho tỷ lệ; khi các tháng dao động hơn mức nhị thức, tổng số chia cho σ_z² (Laney 2002). Số liệu là toàn bộ hồ sơ: khoảng nói về quy trình nếu tiếp tục như cũ.",
            "Wilson (1927) for shares; where months vary more than a binomial the total is divided by σ_z² (Laney 2002). The counts are complete: the interval is about the process, were it to go on.")),
        (pick(lang, "Tín hiệu", "Signal"), pick(
            lang, f"Quy tắc Western Electric (1956): {we}. Với quy trình ổn định, trung bình 92 tháng vẫn có một tín hiệu (Champ, Woodall 1987): tín hiệu là lý do để xem lại.",
            f"Western Electric rules (1956): {we}. A stable process still gives one signal in 92 months on average (Champ and Woodall 1987): a signal is a reason to look.")),
        (pick(lang, "Điểm đổi mức", "Change point"), pick(
            lang, "Chia chuỗi thành các giai đoạn sao cho tổng chi phí nhỏ nhất, phạt 2·log T mỗi điểm (BIC), quy hoạch động chính xác (Jackson 2005). Trong chuỗi không đổi, khoảng 1 trên 10–20 chuỗi vẫn ra một điểm.",
            "The series is cut where the penalised cost is least, 2·log T a cut (BIC), by exact dynamic programming (Jackson 2005). One series in ten to twenty that never changed still shows a point.")),
        (pick(lang, "Chuỗi gián đoạn", "Interrupted series"), pick(
            lang, "Hồi quy phân đoạn với mùa vụ (Wagner 2002; Bernal 2017), sai số tự tương quan bậc một ước lượng REML (Turner 2021; sai số Newey–West ghi trong tệp CSV), p điều chỉnh Holm. Không có nhóm so sánh: việc khác xảy ra cùng tháng cũng nằm trong con số.",
            "Segmented regression with a yearly wave (Wagner 2002; Bernal 2017), errors of an autoregression of order one by REML (Turner 2021; Newey–West errors stand in the CSV), p-values by Holm. There is no comparison group: whatever else happened that month is in the figure."))]


# ---- the page ---------------------------------------------------------------------------------------------------------

def pieces(ops: model.Operations, lang: str = "vi", *, months: int = 12) -> tuple[list[Html], dict[str, pd.DataFrame]]:
    """The page in pieces and the tables behind it (by file name)."""
    months = min(months, len(ops.months))
    tables = {"summary": analysis.summary(ops, months=months), "changes": analysis.changes(ops), "interruptions": analysis.interruptions(ops)}
    if ops.synthetic:
        tables = {name: synthetic.mark(t) for name, t in tables.items()}
    summary, changes, interruptions = tables.values()
    services = [s for s in model.SERVICES if ops.units(s)]
    period = f"{month(model.month_text(ops.first), lang)}–{month(model.month_text(ops.last), lang)}"
    out = [show.cover_html(title=pick(lang, "Một cửa, dịch vụ công và phản ánh kiến nghị theo tháng", "One-stop centres, online services and answers to citizens, by month"),
                           place=provinces.name(ops.province, lang), year=period, lang=lang, issued_by=ops.meta.get("producer", ""),
                           subtitle=pick(lang, "Đúng hạn, trực tuyến, thời gian chờ và trả lời", "On time, online, waiting and answering"),
                           edition=synthetic.MARK if ops.synthetic else "",
                           facts=[(pick(lang, "Đơn vị", "Units"), ops.data["unit"].nunique()), (pick(lang, "Tháng", "Months"), len(ops.months))])]
    if ops.synthetic:
        out.append(synthetic.banner(lang))
    out += [pages.heading(pick(lang, "Những điều chính", "Main findings")), pages.bullets(findings(ops, interruptions, changes, lang), findings=True)]
    for service in services:
        out.append(pages.heading(model.SERVICES[service].name(lang)))
        main = [i for i in ops.indicators(service) if model.INDICATORS[i].better][:2]
        for indicator in main:
            out.append(show.figure_html(**figure(ops, series.monitor(ops, service, indicator), lang)))
        out.append(show.table_html(**summary_table(ops, summary, service, lang)))
    out.append(pages.heading(pick(lang, "Khi bắt đầu cách làm mới", "When the new way began")))
    out.append(pages.paragraph(pick(lang, "Mỗi dòng là một đơn vị có ghi tháng áp dụng.", "One row a unit with an adoption month on record.")))
    out.append(show.table_html(**interruptions_table(ops, interruptions, lang)) if len(interruptions)
               else pages.paragraph(pick(lang, "Chưa có đơn vị nào ghi tháng áp dụng.", "No unit has an adoption month on record.")))
    out.append(pages.heading(pick(lang, "Các điểm đổi mức", "Change points")))
    out.append(show.table_html(**changes_table(ops, changes, lang)) if len(changes)
               else pages.paragraph(pick(lang, "Không tìm thấy điểm đổi mức nào.", "No change point was found.")))
    if ops.notes:
        out += [pages.heading(pick(lang, "Cần xem lại trong tệp", "To look at again in the file")), pages.bullets(ops.notes)]
    out.append(pages.heading(pick(lang, "Cách tính", "Methods")))
    out += [pages.bullets(f"{term}: {said}" for term, said in methods(lang))]
    return out, tables


def write(ops: model.Operations, lang: str, out: Path) -> list[Path]:
    """``index.html`` or ``index.en.html``, and one CSV a table."""
    wording.check_language(lang)
    show.use_style()
    made, tables = pieces(ops, lang)
    return pages.write({pages.index(lang): made}, tables, out, lang=lang, footer=FOOTER[lang])
