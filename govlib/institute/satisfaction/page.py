"""The satisfaction survey as pieces of a page; words and numbers from the tables of :mod:`satisfaction`, nothing else."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from govlib.institute import charts, pages, synthetic
from govlib.institute.satisfaction import estimates, form
from govlib.publish import show
from govlib.words import wording
from govlib.words.wording import pick

if TYPE_CHECKING:
    import pandas as pd

    from govlib.institute.satisfaction import Survey
    from govlib.publish.show import Html


def _p(x: float, lang: str) -> str:
    return wording.number(100 * x, lang, 1) + "%" if x == x else wording.NONE


def _hidden(reason: str, lang: str) -> str:
    return {"few answers": pick(lang, "ẩn: ít phiếu", "hidden: few answers"),
            "protects another cell": pick(lang, "ẩn: bảo vệ ô khác", "hidden: protects another cell")}.get(reason, "")


def source(survey: Survey, lang: str) -> str:
    """Who asked whom and when; the mark comes first where the data are made up."""
    who = survey.meta.get("producer") or pick(lang, "Viện", "the institute")
    said = pick(lang, f"Khảo sát mức độ hài lòng {survey.year}, {who}", f"Satisfaction survey {survey.year}, {who}")
    return f"{synthetic.MARK} – {said}" if survey.synthetic else said


def cover(survey: Survey, lang: str) -> Html:
    got = estimates.estimate(survey)
    facts = [(pick(lang, "Hài lòng chung", "Satisfied overall"), _p(got.share, lang)),
             (pick(lang, "Khoảng tin cậy 95%", "95% interval"), f"{_p(got.low, lang)} – {_p(got.high, lang)}"),
             (pick(lang, "Số phiếu", "Respondents"), str(len(survey.data)))]
    if survey.synthetic:
        facts.insert(0, (pick(lang, "Loại số liệu", "Kind of data"), synthetic.MARK))
    return show.cover_html(title=pick(lang, "Mức độ hài lòng về dịch vụ công", "Satisfaction with public services"), lang=lang,
                           subtitle=pick(lang, "Khảo sát người dân và doanh nghiệp", "Survey of citizens and firms"),
                           place=pages.place(survey.meta.get("province", ""), survey.year, lang), year=survey.year, facts=facts,
                           edition=f"{survey.meta.get('fieldwork_from')} – {survey.meta.get('fieldwork_to')}")


def section(survey: Survey, lang: str, previous: Survey | None, min_cell: int) -> list[Html]:
    pieces = [pages.heading(pick(lang, "Người dân và doanh nghiệp hài lòng đến đâu?", "How satisfied are citizens and firms?"))]
    if survey.synthetic:
        pieces.append(synthetic.banner(lang))
    overall, service = estimates.estimate(survey), estimates.by(survey, "service", min_cell=min_cell)
    pieces.append(pages.paragraph(_lead(overall, service, lang), lead=True))
    pieces.append(_figure(survey, service, lang))
    if previous is not None:
        pieces += _change(survey, previous, min_cell, lang)
    pieces.append(pages.heading(pick(lang, "Nhóm nào hài lòng ít hơn?", "Who is less satisfied?"), 3))
    pieces.append(_groups(survey, min_cell, lang))
    pieces.append(pages.heading(pick(lang, "Điều gì làm người dân chưa hài lòng?", "What leaves people unsatisfied?"), 3))
    pieces.append(_items(survey, min_cell, lang))
    pieces.append(pages.heading(pick(lang, "Từng đơn vị", "Unit by unit"), 3))
    pieces.append(_shares(estimates.by(survey, "unit", min_cell=min_cell), "unit", survey, lang,
                          pick(lang, "Tỷ lệ hài lòng theo đơn vị", "Share satisfied by unit")))
    pieces.append(_method(survey, min_cell, lang))
    return pieces


def reported_section(lang: str, year: int | None) -> list[Html]:
    import pandas as pd

    known = estimates.reported()
    known = known[known["year"].eq(year if year else known["year"].max())]
    if known.empty:
        return []
    percent = pick(lang, "Hài lòng, %", "Satisfied, %")
    rows = [{pick(lang, "Lĩnh vực", "Service"): form.label("service", r.service, lang),
             percent: show.num(r.percent, source=r.source, lang=lang, decimals=2)} for r in known.sort_values("percent").itertuples(index=False)]
    year = int(known["year"].iloc[0])
    return [pages.heading(pick(lang, "Người dân và doanh nghiệp hài lòng đến đâu?", "How satisfied are citizens and firms?")),
            show.table_html(pd.DataFrame(rows), caption=pick(lang, f"Tỷ lệ hài lòng đã báo cáo năm {year}", f"Share satisfied as reported in {year}"),
                            lang=lang, source=pick(lang, f"Khảo sát của tỉnh, báo cáo năm {year}", f"The province's survey, as reported in {year}"),
                            note=pick(lang, "Báo cáo không nêu cỡ mẫu và cách chọn mẫu nên không tính được khoảng tin cậy.",
                                      "No sample size or design was reported, so no interval can be given."))]


def _lead(overall, service: pd.DataFrame, lang: str) -> str:
    shown = service[service["share"].notna()]
    text = pick(lang, f"{_p(overall.share, lang)} người trả lời hài lòng (4 hoặc 5 điểm trên thang 5), khoảng tin cậy 95% từ "
                f"{_p(overall.low, lang)} đến {_p(overall.high, lang)}, {overall.n} phiếu.",
                f"{_p(overall.share, lang)} of respondents are satisfied (4 or 5 of 5), 95% interval {_p(overall.low, lang)} to "
                f"{_p(overall.high, lang)}, {overall.n} respondents.")
    if len(shown) < 2:
        return text
    top, low = shown.loc[shown["share"].idxmax()], shown.loc[shown["share"].idxmin()]
    apart = low["high"] < top["low"]
    names = [form.label("service", row["key"], lang) for row in (top, low)]
    if apart:
        return text + " " + pick(lang, f"Thấp nhất là {names[1]} ({_p(low['share'], lang)}), cao nhất là {names[0]} "
                                 f"({_p(top['share'], lang)}); hai khoảng tin cậy tách rời nhau.",
                                 f"Lowest is {names[1]} ({_p(low['share'], lang)}), highest {names[0]} ({_p(top['share'], lang)}); "
                                 "their intervals do not meet.")
    return text + " " + pick(lang, "Khoảng tin cậy của các lĩnh vực chồng lên nhau: chưa thể nói lĩnh vực nào hơn.",
                             "The services' intervals overlap: the survey does not tell which one is better.")


def _finding(service: pd.DataFrame, lang: str) -> str:
    """The figure's title: which service is surely lowest, neutral where the intervals do not say."""
    shown = service[service["share"].notna()].sort_values("share")
    if len(shown) >= 2 and shown.iloc[0]["high"] < shown.iloc[-1]["low"]:
        low, top = (form.label("service", shown.iloc[i]["key"], lang) for i in (0, -1))
        return pick(lang, f"{low}: hài lòng thấp hơn {top}", f"{low}: fewer are satisfied than with {top}")
    return pick(lang, "Tỷ lệ hài lòng: các lĩnh vực chưa khác nhau rõ", "Share satisfied: services do not differ clearly")


def _figure(survey: Survey, service: pd.DataFrame, lang: str) -> Html:
    old = estimates.reported()
    last = old[old["year"] < survey.year].sort_values("year").groupby("service").last() if len(old) else old
    same_place = not survey.synthetic and survey.meta.get("province", "").strip().lower() in ("bac-ninh", "bắc ninh", "tỉnh bắc ninh")
    rows, reference, table = [], [], []
    import pandas as pd

    for r in service.itertuples(index=False):
        name = form.label("service", r.key, lang)
        was = float(last.loc[r.key, "percent"]) if same_place and r.key in last.index else math.nan
        rows.append((name, 100 * r.share, 100 * r.low, 100 * r.high))
        reference.append(was)
        row = {pick(lang, "Lĩnh vực", "Service"): name, pick(lang, "Số phiếu", "Answers"): r.n,
               pick(lang, "Hài lòng, %", "Satisfied, %"): 100 * r.share, pick(lang, "Từ", "From"): 100 * r.low,
               pick(lang, "Đến", "To"): 100 * r.high}
        if same_place and len(last):
            row[pick(lang, "Đã công bố 2021, %", "Reported 2021, %")] = show.num(was, source="bac-ninh-published", lang=lang) if was == was else None
        table.append(row | ({"": _hidden(r.hidden, lang)} if service["hidden"].ne("").any() else {}))
    shown = [row for row in rows if row[1] == row[1]]
    spread = pick(lang, "; ".join(f"{n} {_p(v / 100, lang)}" for n, v, *_ in shown), "; ".join(f"{n} {_p(v / 100, lang)}" for n, v, *_ in shown))
    note = pick(lang, "Ô vuông: số đã báo cáo năm 2021; không rõ cỡ mẫu nên không kiểm định. Thang trục không bắt đầu từ 0.",
                "Squares: as reported in 2021; its sample size is not known, so there is no test. The axis does not begin at 0.") \
        if same_place and len(last) else pick(lang, "Thang trục không bắt đầu từ 0.", "The axis does not begin at 0.")
    highs = [h for *_, h in shown] + [v for v in reference if v == v]
    lows = [lo for _, _, lo, _ in shown] + [v for v in reference if v == v]
    return show.figure_html(
        charts.intervals(rows, lang=lang, unit="%", reference=reference, synthetic=survey.synthetic,
                          limits=(math.floor(min(lows, default=0)) - 1, min(100.5, math.ceil(max(highs, default=100)) + 0.5))),
        title=_finding(service, lang),
        measure=pick(lang, f"% trả lời 4–5 trên thang 5, khoảng tin cậy 95%, {survey.year}", f"% answering 4–5 of 5, 95% interval, {survey.year}"),
        alt=pick(lang, "Biểu đồ chấm kèm khoảng tin cậy: ", "Dots with intervals: ") + spread + (f" ({synthetic.MARK})" if survey.synthetic else ""),
        table=pd.DataFrame(table), source=source(survey, lang), note=note, lang=lang, decimals=1, name=f"hai-long-{survey.year}")


def _shares(table: pd.DataFrame, column: str, survey: Survey, lang: str, caption: str) -> Html:
    import pandas as pd

    rows = [{form.GROUP_NAMES[column][0 if lang == "vi" else 1]: form.label(column, r.key, lang),
             pick(lang, "Số phiếu", "Answers"): None if r.n != r.n else int(r.n),
             pick(lang, "Hài lòng, %", "Satisfied, %"): None if r.share != r.share else 100 * r.share,
             pick(lang, "Khoảng tin cậy 95%", "95% interval"): _hidden(r.hidden, lang) if r.hidden else f"{_p(r.low, lang)} – {_p(r.high, lang)}"}
            for r in table.itertuples(index=False)]
    answers = pick(lang, "Số phiếu", "Answers")
    frame = pd.DataFrame(rows)
    frame[answers] = frame[answers].astype("Int64")
    return show.table_html(frame, caption=caption, lang=lang, decimals={pick(lang, "Hài lòng, %", "Satisfied, %"): 1},
                           source=source(survey, lang))


def _group(group: str, key: str, lang: str) -> str:
    name = form.label(group, key, lang)
    return name if key else f"{form.GROUP_NAMES[group][0 if lang == 'vi' else 1]}: {name}"


def _groups(survey: Survey, min_cell: int, lang: str) -> Html:
    import pandas as pd

    parts = []
    for group in form.GROUPS:
        table = estimates.by(survey, group, min_cell=min_cell)
        parts += [{pick(lang, "Nhóm", "Group"): _group(group, r.key, lang),
                   pick(lang, "Số phiếu", "Answers"): None if r.n != r.n else str(int(r.n)),
                   pick(lang, "Hài lòng, %", "Satisfied, %"): None if r.share != r.share else 100 * r.share,
                   pick(lang, "Khoảng tin cậy 95%", "95% interval"): _hidden(r.hidden, lang) if r.hidden else f"{_p(r.low, lang)} – {_p(r.high, lang)}"}
                  for r in table.itertuples(index=False)]
    return show.table_html(pd.DataFrame(parts), caption=pick(lang, "Tỷ lệ hài lòng theo nhóm", "Share satisfied by group"), lang=lang,
                           decimals=1, source=source(survey, lang))


def _items(survey: Survey, min_cell: int, lang: str) -> Html:
    import pandas as pd

    got = estimates.by_item(survey, min_cell=min_cell)
    got = got[got["factor"].ne("overall")].sort_values("share", na_position="last")
    rows = [{pick(lang, "Câu hỏi", "Question"): form.items()[r.item][lang],
             pick(lang, "Yếu tố", "Factor"): form.FACTORS[r.factor][0 if lang == "vi" else 1],
             pick(lang, "Hài lòng, %", "Satisfied, %"): None if r.share != r.share else 100 * r.share,
             pick(lang, "Khoảng tin cậy 95%", "95% interval"): _hidden(r.hidden, lang) if r.hidden else f"{_p(r.low, lang)} – {_p(r.high, lang)}"}
            for r in got.itertuples(index=False)]
    return show.table_html(pd.DataFrame(rows), caption=pick(lang, "Từng câu hỏi, từ thấp đến cao", "Question by question, lowest first"),
                           lang=lang, decimals=1, source=source(survey, lang))


def _change(now: Survey, before: Survey, min_cell: int, lang: str) -> list[Html]:
    import pandas as pd

    got = estimates.change(now, before, min_cell=min_cell)
    sure = got[got["p_adjusted"] < 0.05]
    if len(sure):
        said = pick(lang, "Thay đổi so với đợt trước rõ ở: ", "Changed since the last round: ") + wording.joined(
            [f"{form.label('service', r.key, lang)} ({wording.signed(100 * r.change, lang, 1)} {pick(lang, 'điểm %', 'points')})"
             for r in sure.itertuples(index=False)], lang) + "."
    else:
        said = pick(lang, "Chưa đủ bằng chứng là có lĩnh vực nào thay đổi so với đợt trước.",
                    "There is not enough evidence that any service changed since the last round.")
    rows = [{pick(lang, "Lĩnh vực", "Service"): form.label("service", r.key, lang), f"{before.year}, %": 100 * r.before,
             f"{now.year}, %": 100 * r.now, pick(lang, "Thay đổi", "Change"): 100 * r.change,
             pick(lang, "Khoảng 95%", "95% interval"): wording.NONE if r.change != r.change else
             f"{wording.signed(100 * r.low, lang, 1)} … {wording.signed(100 * r.high, lang, 1)}",
             pick(lang, "p (Holm)", "p (Holm)"): wording.number(r.p_adjusted, lang, 3)} for r in got.itertuples(index=False)]
    return [pages.heading(pick(lang, f"Có gì đổi so với {before.year}?", f"What changed since {before.year}?"), 3), pages.paragraph(said),
            show.table_html(pd.DataFrame(rows), caption=pick(lang, "Thay đổi so với đợt trước", "Change since the last round"), lang=lang,
                            decimals=1, signed=[pick(lang, "Thay đổi", "Change")], source=source(now, lang))]


def _method(survey: Survey, min_cell: int, lang: str) -> Html:
    design = estimates.estimate(survey)
    drawn = survey.meta.get("sampling", "")
    text = pick(
        lang, f"Tỷ lệ có quyền số. Khoảng tin cậy Wilson trên cỡ mẫu hiệu quả theo thiết kế (tuyến tính hoá Taylor theo tầng và cụm nếu có). "
        f"Cỡ mẫu hiệu quả theo Kish: {wording.number(design.n_effective, lang, 0)}. Ô dưới {min_cell} phiếu được ẩn, kèm những ô mà từ đó "
        f"có thể tính ngược ra. Kiểm định thay đổi hiệu chỉnh Holm. {drawn}",
        f"Shares are weighted. Wilson intervals on the design's effective sample (Taylor linearisation over strata and sampling units where "
        f"given). Kish's effective sample: {wording.number(design.n_effective, lang, 0)}. Cells under {min_cell} answers are hidden, with "
        f"those that would give them away. Tests of change are Holm-adjusted. {drawn}")
    return show.callout_html(text, title=pick(lang, "Cách tính", "Method"), kind="method", lang=lang)
