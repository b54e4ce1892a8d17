"""The page of the PAR Index self-scoring: where points are lost, where the Ministry gave less, what is outstanding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from govlib.institute import pages, synthetic, units
from govlib.institute.par import criteria, form, totals
from govlib.known import provinces
from govlib.publish import show
from govlib.publish.charts import _canvas
from govlib.publish.charts._canvas import INK, MUTED, RULE, Canvas
from govlib.publish.show import PALETTE, Html
from govlib.words import wording
from govlib.words.wording import number, pick, signed

FOOTER = {"vi": "Trang được lập tự động từ bản tự chấm điểm của tỉnh; cách tính ghi trong trang. Trang này không tải gì từ bên ngoài.",
          "en": "Made from the province's own scoring; how it is worked out stands on the page. This page fetches nothing."}
SHOWN = 12  # items drawn; the table has all


def day(date, lang: str) -> str:
    return f"{date:%d/%m/%Y}" if lang == "vi" else f"{date.day} {date:%b %Y}"


def source(s: form.Scoring, lang: str) -> str:
    said = pick(lang, f"bản tự chấm ngày {day(s.as_of, lang)} ({s.path.name})", f"self-scoring of {day(s.as_of, lang)} ({s.path.name})")
    if s.meta.get("ministry_source") and not s.synthetic:
        said += pick(lang, f"; điểm thẩm định: {s.meta['ministry_source']}", f"; Ministry's scores: {s.meta['ministry_source']}")
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
    span = n(t.low) if t.open < criteria.EXACT else pick(lang, f"từ {n(t.low)} đến {n(t.high)}", f"between {n(t.low)} and {n(t.high)}")
    group = t.tier(lang)
    told = [pick(lang, f"Chỉ số {s.edition}: {span}/100 điểm", f"Edition {s.edition}: {span} of 100 points") + (f" ({group})" if group not in ("", "-") else "")
            + (pick(lang, f"; {n(t.open)} điểm chưa có kết quả", f"; {n(t.open)} points have no result yet") if t.open >= criteria.EXACT else "")]
    lower = cut[cut["gap"] < 0]
    if len(lower):
        told.append(pick(lang, f"Bộ thẩm định thấp hơn tự chấm ở {len(lower)} mục, tổng {n(-lower['gap'].sum())} điểm; nhiều nhất ở mục {lower['code'].iloc[0]} ({signed(lower['gap'].iloc[0], lang)})",
                         f"The Ministry gave less than the province in {len(lower)} items, {n(-lower['gap'].sum())} points in all; most in {lower['code'].iloc[0]} ({signed(lower['gap'].iloc[0], lang)})"))
    elif t.ministry_of:
        told.append(pick(lang, "Bộ thẩm định không thấp hơn tự chấm ở mục nào", "The Ministry gave no item less than the province"))
    todo = todo[todo["open"]]
    if len(todo):
        late = int(todo["overdue"].sum())
        told.append(pick(lang, f"{len(todo)} tồn tại, khắc phục hết thêm {n(todo['gain'].sum())} điểm" + (f"; {late} mục đã quá hạn" if late else ""),
                         f"{len(todo)} items outstanding; mending all would add {n(todo['gain'].sum())} points" + (f"; {late} are past their deadline" if late else "")))
    if way is not None:
        group = criteria.tier(way.target, lang)
        told.append(pick(lang, f"Để đạt {number(way.target, lang, 0)} điểm ({group}) cần thêm {n(way.missing)}: "
                               + (f"ít nhất {len(way.codes)} mục ({', '.join(way.codes)})" if way.reached else f"khắc phục hết tồn tại cũng chỉ thêm {n(way.gain)}"),
                         f"{number(way.target, lang, 0)} points ({group}) need {n(way.missing)} more: "
                         + (f"at least {len(way.codes)} items ({', '.join(way.codes)})" if way.reached else f"mending everything would add only {n(way.gain)}")))
    return [wording.sentence(x) for x in told]


# ---- figures ------------------------------------------------------------------------------------------------------------

def draw_fields(table: pd.DataFrame, lang: str = "vi", *, made_up: bool = False):
    """One row a field: the score as a share of its points, self-score and Ministry beside each other over items both scored."""
    row, top = 32.0, 30.0
    c = Canvas(height=top + row * len(table) + 26)
    left, right = _canvas.margin(table["label"], 150, 250), c.width - 88
    x, bottom = _canvas.scale(0, 100, left, right), top + row * len(table)
    for tick in (0, 25, 50, 75, 100):
        c.line([(x(tick), top - 4), (x(tick), bottom)], RULE, 0.7)
        c.word(x(tick), bottom + 12, f"{tick}%", MUTED, ha="center", size=9)
    for i, r in enumerate(table.to_dict("records")):
        y = top + row * (i + 0.5)
        for k, text in enumerate(_canvas.wrapped(r["label"], left - 16)):
            c.word(left - 10, y - 6 + 12 * k if len(_canvas.wrapped(r["label"], left - 16)) > 1 else y, text, INK, ha="right", size=9.5)
        own, given = r["own"], r["given"]
        if own == own and given == given:
            c.line([(x(own), y), (x(given), y)], PALETTE["bad"] if given < own else PALETTE["good"], 2.2)
        if own == own:
            c.mark(x(own), y, PALETTE["peers"], "s", 6.5, hollow=True)
        if given == given:
            c.mark(x(given), y, PALETTE["province"], "o", 7)
        text = f"{number(r['score'], lang, 2)}/{number(r['max'], lang, 2)}"
        c.word(c.width - 2, y, text, INK, ha="right", size=9.5)
    c.mark(6, 10, PALETTE["province"], "o", 7)
    c.word(14, 10, pick(lang, "Bộ thẩm định", "Ministry"), PALETTE["province"], size=10)
    c.mark(104, 10, PALETTE["peers"], "s", 6.5, hollow=True)
    c.word(112, 10, pick(lang, "tự chấm", "self-score"), PALETTE["peers"], size=10)
    figure = c.figure()
    return synthetic.watermark(figure, lang) if made_up else figure


def fields_figure(s: form.Scoring, lang: str = "vi") -> dict:
    """Keyword arguments of ``show.figure``: fields, share of the points of appraised items."""
    leaf, rows = s.leaves, []
    for key, g in leaf.groupby("field", sort=False):
        both = g[g["self_score"].notna()]
        most = both["max_points"].sum()
        given = both["ministry_score"].sum() / most * 100 if most and both["ministry_score"].notna().all() else np.nan
        rows.append({"label": _field(key, lang), "own": both["self_score"].sum() / most * 100 if most else np.nan, "given": given,
                     "score": g["score"].sum(min_count=1), "max": g["max_points"].sum()})
    table = pd.DataFrame(rows)
    share = (table["score"] / table["max"]).to_numpy(float)
    known = np.isfinite(share).any()
    worst = table["label"].iloc[int(np.nanargmin(share))] if known else ""
    title = (pick(lang, f"{worst} là lĩnh vực đạt tỷ lệ điểm thấp nhất", f"{worst} has the lowest share of its points") if known
             else pick(lang, "Chưa có điểm ở lĩnh vực nào", "No field has a score yet"))
    shown = pd.DataFrame({pick(lang, "Lĩnh vực", "Field"): table["label"], pick(lang, "Điểm", "Points"): table["score"], pick(lang, "Tối đa", "At most"): table["max"],
                          pick(lang, "Tự chấm (% mục tự chấm)", "Self-score (% of self-scored items)"): table["own"],
                          pick(lang, "Bộ thẩm định (% mục tự chấm)", "Ministry (% of self-scored items)"): table["given"]})
    if s.synthetic:
        shown[synthetic.FIELD] = synthetic.MARK
    told = "; ".join(f"{r.label}: {number(r.score, lang, 2)}/{number(r.max, lang, 2)}" for r in table.itertuples())
    return {"fig": draw_fields(table, lang, made_up=s.synthetic), "title": title, "alt": pick(lang, f"Điểm theo lĩnh vực. {told}.", f"Points by field. {told}."),
            "measure": pick(lang, f"Phần trăm điểm tối đa của các mục tự chấm; bên phải: điểm cả lĩnh vực; {s.edition}", f"Per cent of the points of self-scored items; right: points of the whole field; {s.edition}"),
            "table": shown, "source": source(s, lang), "lang": lang, "decimals": 2, "name": "par-fields"}


def gains_figure(s: form.Scoring, lang: str = "vi") -> dict | None:
    """Keyword arguments of ``show.figure``: what the largest outstanding items would add; None where nothing is outstanding."""
    todo = totals.outstanding(s)
    todo = todo[todo["open"] & (todo["gain"] > 0)]
    if todo.empty:
        return None
    top = todo.head(SHOWN)
    row, c = 25.0, Canvas(height=25.0 * len(top) + 34)
    left = _canvas.margin([_name(r, lang) for r in top.to_dict("records")], 150, 250)
    x = _canvas.scale(0, float(top["gain"].max()), left, c.width - 150)
    for i, r in enumerate(top.to_dict("records")):
        y = 8 + row * (i + 0.5)
        c.word(left - 10, y, _canvas.cut(_name(r, lang), left - 14), INK, ha="right", size=9.5)
        c.box(left, y - 7, x(r["gain"]) - left, 14, PALETTE["bad_soft"] if r["overdue"] else PALETTE["province_soft"])
        due = day(r["deadline"], lang) + (pick(lang, " (quá hạn)", " (overdue)") if r["overdue"] else "")
        c.word(x(r["gain"]) + 6, y, f"{signed(r['gain'], lang)} · {due}", PALETTE["bad"] if r["overdue"] else INK, size=9.5)
    c.word(left, c.height - 12, pick(lang, "điểm thêm nếu khắc phục xong · hạn", "points gained when mended · deadline"), MUTED, size=9)
    figure = c.figure()
    title = pick(lang, f"{len(top)} tồn tại lớn nhất có thể thêm {number(top['gain'].sum(), lang, 2)} điểm", f"The {len(top)} largest outstanding items could add {number(top['gain'].sum(), lang, 2)} points")
    told = "; ".join(f"{r.code}: {signed(r.gain, lang)}" for r in top.itertuples())
    return {"fig": synthetic.watermark(figure, lang) if s.synthetic else figure, "title": title, "alt": pick(lang, f"Điểm thêm theo mục. {told}.", f"Points gained by item. {told}."),
            "measure": pick(lang, f"Điểm của tổng 100; {s.edition}", f"Points of the total of 100; {s.edition}"), "table": outstanding_table(s, lang)["df"],
            "source": source(s, lang), "lang": lang, "decimals": 2, "name": "par-gains"}


# ---- tables -------------------------------------------------------------------------------------------------------------

def grouped_table(s: form.Scoring, column: str, lang: str = "vi") -> dict:
    """Keyword arguments of ``show.table``: points by field or by department in charge."""
    table = totals.by(s, column)
    names = [_field(k, lang) if column == "field" else _unit(s, k, lang) if column == "unit" else criteria.METHODS[k][lang == "en"] for k in table["key"]]
    gap = pick(lang, "Bộ so với tự chấm", "Ministry less self")
    shown = pd.DataFrame({
        {"field": pick(lang, "Lĩnh vực", "Field"), "unit": pick(lang, "Cơ quan phụ trách", "Department in charge"), "method": pick(lang, "Cách có điểm", "How points are given")}[column]: names,
        pick(lang, "Số mục", "Items"): table["items"], pick(lang, "Tối đa", "At most"): table["max_points"], pick(lang, "Tự chấm", "Self-score"): table["self_score"],
        pick(lang, "Bộ thẩm định", "Ministry"): table["ministry_score"], pick(lang, "Mất điểm", "Points lost"): table["lost"],
        pick(lang, "Chưa có kết quả", "No result yet"): table["unknown_points"], gap: table["gap"], pick(lang, "Số mục bị hạ", "Items cut"): table["cut_items"]})
    caption = {"field": pick(lang, "Điểm theo lĩnh vực", "Points by field"), "unit": pick(lang, "Điểm theo cơ quan phụ trách", "Points by department in charge"),
               "method": pick(lang, "Điểm theo cách chấm", "Points by how they are given")}[column]
    return {"df": shown, "caption": f"{caption}, {s.edition}", "lang": lang, "decimals": {c: 2 for c in shown.columns if c not in (shown.columns[1], shown.columns[-1])},
            "signed": (gap,), "source": source(s, lang), "name": f"par-{column}"}


def gaps_table(s: form.Scoring, lang: str = "vi") -> dict:
    table, gap = totals.gaps(s), pick(lang, "Chênh lệch", "Difference")
    shown = pd.DataFrame([{pick(lang, "Mục", "Item"): _name(r, lang), pick(lang, "Cơ quan", "Department"): _unit(s, r["unit"], lang),
                           pick(lang, "Tối đa", "At most"): r["max_points"], pick(lang, "Tự chấm", "Self-score"): r["self_score"],
                           pick(lang, "Bộ", "Ministry"): r["ministry_score"], gap: r["gap"], pick(lang, "Lý do", "Reason"): r["reason"] or wording.NONE,
                           pick(lang, "Kiểm chứng", "Evidence"): evidence(r["evidence"], lang)} for r in table.to_dict("records")])
    return {"df": shown, "caption": pick(lang, f"Mục có chênh lệch với Bộ, {s.edition}", f"Items on which the Ministry differs, {s.edition}"), "lang": lang, "decimals": 2,
            "signed": (gap,), "source": source(s, lang), "name": "par-gaps"}


def outstanding_table(s: form.Scoring, lang: str = "vi") -> dict:
    gain = pick(lang, "Điểm thêm", "Would add")
    shown = pd.DataFrame([{pick(lang, "Mục", "Item"): _name(r, lang), pick(lang, "Tồn tại", "Outstanding"): r["outstanding"],
                           pick(lang, "Cơ quan", "Department"): _unit(s, r["unit"], lang),
                           pick(lang, "Hạn", "Deadline"): day(r["deadline"], lang) + (pick(lang, " (quá hạn)", " (overdue)") if r["overdue"] else ""),
                           pick(lang, "Tình trạng", "Status"): form.STATUS_NAMES[r["status"]][lang == "en"], pick(lang, "Điểm nay", "Now"): r["score"],
                           pick(lang, "Khi xong", "When mended"): r["expected_score"], gain: r["gain"],
                           pick(lang, "Tổng của tỉnh", "Province's total"): r["total_after"]} for r in totals.outstanding(s).to_dict("records")])
    return {"df": shown, "caption": pick(lang, f"Tồn tại, hạn khắc phục và điểm thêm, {s.edition}", f"What is outstanding, by when, and what it would add, {s.edition}"), "lang": lang,
            "decimals": 2, "signed": (gain,), "source": source(s, lang), "name": "par-outstanding"}


def evidence(text: str, lang: str = "vi") -> Html:
    """A link where it can be opened, the document's number as text otherwise."""
    if not text:
        return show.esc(pick(lang, "chưa có", "none"))
    return show.link(pick(lang, "mở tài liệu", "open"), text) if totals.is_link(text) else show.esc(text)


def methods(s: form.Scoring, lang: str = "vi") -> list[str]:
    facts = criteria.published(s.edition)
    out = [pick(lang, "Điểm của mục là điểm Bộ thẩm định nếu đã có, nếu chưa thì điểm tự chấm; mục chưa có cả hai thì để trống và tổng là một khoảng.",
                "An item's score is the Ministry's where it is known, else the province's own; an item with neither has none, and the total is a range."),
           pick(lang, "Điểm thêm = điểm khi khắc phục xong (không ghi: điểm tối đa) trừ điểm nay; cộng thẳng vào tổng 100 điểm.",
                "Would add = score when mended (all points where none is given) less the score now; it adds directly to the total of 100."),
           pick(lang, "Nhóm A từ 90, B từ 80, C từ 70 điểm, như công bố năm 2022.", "Groups A from 90, B from 80, C from 70 points, as printed for 2022.")]
    if "criteria" in facts:
        out.append(pick(lang, f"Đã đối chiếu với số liệu công bố: {facts['fields']} lĩnh vực, {facts['criteria']} tiêu chí, {facts['sub_criteria']} tiêu chí thành phần, {facts['survey_points']} điểm điều tra xã hội học ({facts['source']}).",
                        f"Checked against what was published: {facts['fields']} fields, {facts['criteria']} criteria, {facts['sub_criteria']} sub-criteria, {facts['survey_points']} points by survey ({facts['source']})."))
    else:
        out.append(pick(lang, f"Chưa đọc được số tiêu chí công bố của kỳ {s.edition}: chỉ kiểm tra tổng 100 điểm.", f"How many criteria the {s.edition} set has was not read: only the sum to 100 points was checked."))
    return out


# ---- the page -----------------------------------------------------------------------------------------------------------

def pieces(s: form.Scoring, lang: str = "vi") -> tuple[list[Html], dict[str, pd.DataFrame]]:
    """The page in pieces and the tables behind it (by file name)."""
    t = totals.total(s)
    tables = {"items": s.items.drop(columns=["data_kind"]), "fields": totals.by(s, "field"), "departments": totals.by(s, "unit"), "gaps": totals.gaps(s), "outstanding": totals.outstanding(s)}
    if s.synthetic:
        tables = {name: synthetic.mark(table) for name, table in tables.items()}
    points = number(t.low, lang, 2) if t.open < criteria.EXACT else f"{number(t.low, lang, 2)}–{number(t.high, lang, 2)}"
    out = [show.cover_html(title=pick(lang, "Tự chấm điểm Chỉ số cải cách hành chính", "Self-scoring of the PAR Index"), place=provinces.name(s.province, lang), year=s.edition, lang=lang,
                           subtitle=pick(lang, "Tự chấm, thẩm định và tồn tại theo tiêu chí", "Own scores, the Ministry's, and what is outstanding, by criterion"),
                           issued_by=s.meta.get("producer", ""), edition=(f"{synthetic.MARK} · " if s.synthetic else "") + day(s.as_of, lang),
                           facts=[(pick(lang, "Điểm", "Points"), points), (pick(lang, "Nhóm", "Group"), t.tier(lang) or wording.NONE),
                                  (pick(lang, "Tồn tại", "Outstanding"), int(totals.outstanding(s)["open"].sum()))])]
    if s.synthetic:
        out.append(synthetic.banner(lang))
    out += [pages.heading(pick(lang, "Những điều chính", "Main findings")), pages.bullets(findings(s, lang), findings=True)]
    out += [pages.heading(pick(lang, "Theo lĩnh vực", "By field")), show.figure_html(**fields_figure(s, lang)), show.table_html(**grouped_table(s, "field", lang)),
            show.table_html(**grouped_table(s, "method", lang))]
    out += [pages.heading(pick(lang, "Theo cơ quan phụ trách", "By department in charge")), show.table_html(**grouped_table(s, "unit", lang))]
    out.append(pages.heading(pick(lang, "Chênh lệch với Bộ", "Where the Ministry differs")))
    out.append(show.table_html(**gaps_table(s, lang)) if len(totals.gaps(s)) else pages.paragraph(pick(lang, "Không có mục nào chênh lệch, hoặc Bộ chưa có điểm.", "No item differs, or the Ministry has given no score yet.")))
    out.append(pages.heading(pick(lang, "Tồn tại và điểm thêm", "What is outstanding, and what it would add")))
    gains = gains_figure(s, lang)
    if gains:
        out.append(show.figure_html(**gains))
    out.append(show.table_html(**outstanding_table(s, lang)) if len(totals.outstanding(s)) else pages.paragraph(pick(lang, "Không ghi tồn tại nào.", "Nothing outstanding is on record.")))
    if s.notes:
        out += [pages.heading(pick(lang, "Cần xem lại trong tệp", "To look at again in the file")), pages.bullets(s.notes)]
    return [*out, pages.heading(pick(lang, "Cách tính", "Methods")), pages.bullets(methods(s, lang))], tables


def write(s: form.Scoring, lang: str, out: Path) -> list[Path]:
    """``index.html`` or ``index.en.html``, and one CSV a table."""
    wording.check_language(lang)
    show.use_style()
    made, tables = pieces(s, lang)
    return pages.write({pages.index(lang): made}, tables, out, lang=lang, footer=FOOTER[lang])
