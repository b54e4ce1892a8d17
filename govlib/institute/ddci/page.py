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
from govlib.words.wording import pick

if TYPE_CHECKING:
    from govlib.institute.ddci import Ratings, Result

SCENARIOS = {"equal_weights": ("Trọng số bằng nhau", "Equal weights"), "geometric": ("Trung bình nhân", "Geometric mean"),
             "absolute": ("Thang tuyệt đối của câu hỏi", "The questions' own scale"), "minmax": ("Thang tốt nhất – thấp nhất", "Best-to-worst scale")}


def _name(row, lang: str) -> str:
    return row.name_vi if lang == "vi" else row.name_en


def _tier(number: int, lang: str) -> str:
    return score.TIERS[number][0 if lang == "vi" else 1]


def _places(low: int, high: int, lang: str) -> str:
    return str(low) if low == high else f"{low}–{high}"


def source(ratings: Ratings, lang: str) -> str:
    who = ratings.meta.get("producer") or pick(lang, "Viện", "the institute")
    said = pick(lang, f"Khảo sát DDCI {ratings.year}, {who}", f"DDCI survey {ratings.year}, {who}")
    return f"{synthetic.MARK} – {said}" if ratings.synthetic else said


def _cover(ratings: Ratings, title: str, subtitle: str, facts: list, lang: str) -> list[Html]:
    if ratings.synthetic:
        facts = [(pick(lang, "Loại số liệu", "Kind of data"), synthetic.MARK), *facts]
    cover = show.cover_html(title=title, subtitle=subtitle, place=pages.place(ratings.meta.get("province", ""), ratings.year, lang),
                            year=ratings.year, lang=lang, facts=facts,
                            edition=f"{ratings.meta['fieldwork_from']} – {ratings.meta['fieldwork_to']}")
    return [cover, synthetic.banner(lang)] if ratings.synthetic else [cover]


def overview(ratings: Ratings, results: Sequence[Result], refused: Sequence[tuple[str, str]], lang: str) -> list[Html]:
    facts = [(unit_list.LEVEL_NAMES[r.level][0 if lang == "vi" else 1], str(len(r.table))) for r in results]
    facts.append((pick(lang, "Phiếu đánh giá", "Ratings"), str(len(ratings.data))))
    pieces = _cover(ratings, pick(lang, "DDCI: năng lực cạnh tranh cấp sở, ngành và địa phương", "DDCI: how firms rate departments and localities"),
                    pick(lang, "Điểm, khoảng thứ hạng và độ chắc chắn", "Scores, ranges of ranks, and how sure they are"), facts, lang)
    for res in results:
        pieces += _level(res, lang)
    for level, why in refused:
        name = unit_list.LEVEL_NAMES[level][0 if lang == "vi" else 1]
        pieces.append(show.callout_html(pick(lang, f"{name}: chưa đủ phiếu để xếp hạng ({why}).", f"{name}: not ranked ({why})."),
                                        kind="warning", lang=lang))
    pieces += [pages.heading(pick(lang, "Điểm được tính thế nào?", "How is the score made?")), _method(results[0], lang), _weights(results, lang)]
    return pieces


def _level(res: Result, lang: str) -> list[Html]:
    import pandas as pd

    level, t = unit_list.LEVEL_NAMES[res.level][0 if lang == "vi" else 1], res.table
    first = t[t["rank_low"].eq(1)]
    names = [_name(r, lang) for r in first.itertuples()]
    sure = len(first) == 1
    said = pick(lang, f"{names[0]} đứng đầu, và khảo sát đủ để khẳng định." if sure else
                f"{len(first)} đơn vị có thể đứng đầu: {wording.joined(names, lang)}. Khảo sát không phân biệt được thứ hạng giữa các đơn vị này.",
                f"{names[0]} comes first, and the survey is enough to say so." if sure else
                f"{len(first)} units may be first: {wording.joined(names, lang)}. The survey cannot tell their order.")
    links = [Html(f'<a href="{html.escape(r.unit, quote=True)}.{lang}.html" id="{html.escape(r.unit, quote=True)}">{show.esc(_name(r, lang))}</a>')
             for r in t.itertuples()]
    for link, r in zip(links, t.itertuples(), strict=True):
        link.value = _name(r, lang)
    frame = pd.DataFrame({
        pick(lang, "Đơn vị", "Unit"): links, pick(lang, "Điểm", "Score"): t["score"].to_numpy(),
        pick(lang, "Khoảng 95%", "95% interval"): [f"{wording.number(r.low, lang, 1)} – {wording.number(r.high, lang, 1)}" for r in t.itertuples()],
        pick(lang, "Hạng có thể", "Possible ranks"): [_places(r.rank_low, r.rank_high, lang) for r in t.itertuples()],
        pick(lang, "Hạng", "Rank"): t["rank"].to_numpy(),
        pick(lang, "Nhóm", "Tier"): [f"{_tier(r.tier, lang)} ({wording.percent(r.p_tier, lang)})" for r in t.itertuples()],
        pick(lang, "Hạng khi đổi trọng số", "Ranks under other weights"): [_places(r.weight_low, r.weight_high, lang) for r in t.itertuples()],
        pick(lang, "Số phiếu", "Ratings"): t["n"].to_numpy()})
    pieces = [pages.heading(level), pages.paragraph(said, lead=True), _ranks_figure(res, lang),
              show.table_html(frame, caption=pick(lang, f"{level}: điểm, thứ hạng, độ chắc chắn", f"{level}: scores, ranks, how sure"), lang=lang,
                              decimals={pick(lang, "Điểm", "Score"): 1}, source=source(res.ratings, lang),
                              note=pick(lang, "Cạnh nhóm: khả năng đơn vị thuộc nhóm đó. Hạng có thể: tập tin cậy 95% của thứ hạng.",
                                        "Beside the tier: how likely the unit belongs there. Possible ranks: 95% confidence set."))]
    moved = res.scenarios.groupby("scenario")["shift"].agg(lambda s: int(s.abs().max()))
    listed = [f"{_scenario(name, lang)}: {pick(lang, f'lệch nhiều nhất {m} bậc', f'at most {m} places')}" for name, m in moved.items()]
    pieces += [pages.heading(pick(lang, "Thứ hạng có đứng vững khi tính cách khác?", "Do the ranks hold when counted otherwise?"), 3),
               pages.bullets(listed)]
    if len(res.not_ranked):
        left = res.not_ranked
        pieces.append(show.table_html(pd.DataFrame({pick(lang, "Đơn vị", "Unit"): [_name(r, lang) for r in left.itertuples()],
                                                    pick(lang, "Lý do", "Reason"): left["reason"].to_numpy()}),
                                      caption=pick(lang, "Không xếp hạng", "Not ranked"), lang=lang, source=source(res.ratings, lang)))
    return pieces


def _scenario(name: str, lang: str) -> str:
    if name.startswith("without "):
        part = form.components()[name.removeprefix("without ")].name(lang)
        return pick(lang, f"Bỏ “{part}”", f"Without “{part}”")
    return SCENARIOS[name][0 if lang == "vi" else 1]


def _ranks_figure(res: Result, lang: str) -> Html:
    import pandas as pd

    t = res.table
    rows = [(_name(r, lang), float(r.rank), float(r.rank_low), float(r.rank_high)) for r in t.itertuples()]
    wide = t.assign(width=t["rank_high"] - t["rank_low"])["width"].max()
    table = pd.DataFrame({pick(lang, "Đơn vị", "Unit"): [r[0] for r in rows], pick(lang, "Hạng", "Rank"): t["rank"].to_numpy(),
                          pick(lang, "Từ", "From"): t["rank_low"].to_numpy(), pick(lang, "Đến", "To"): t["rank_high"].to_numpy()})
    return show.figure_html(
        charts.intervals(rows, lang=lang, decimals=0, backwards=True, limits=(0.5, len(rows) + 0.5), synthetic=res.ratings.synthetic),
        title=pick(lang, f"Thứ hạng chắc đến đâu: khoảng rộng nhất {int(wide) + 1} bậc", f"How sure the ranks are: up to {int(wide) + 1} places wide"),
        measure=pick(lang, "Hạng (hạng 1 ở bên phải) và tập tin cậy 95%", "Rank (first at the right) and its 95% confidence set"),
        alt="; ".join(f"{n}: {int(r)} ({int(lo)}–{int(hi)})" for n, r, lo, hi in rows) + (f" ({synthetic.MARK})" if res.ratings.synthetic else ""),
        table=table, source=source(res.ratings, lang), lang=lang, name=f"ddci-{res.level}-{res.ratings.year}")


def _method(res: Result, lang: str) -> Html:
    scale = {"minmax": ("mỗi chỉ tiêu quy về 1–10, đơn vị tốt nhất được 10, thấp nhất được 1; điểm chỉ so sánh các đơn vị trong cùng đợt",
                        "each indicator is put on 1–10, the best unit 10, the worst 1; scores compare the units of one round only"),
             "absolute": ("thang của từng câu hỏi được quy về 1–10", "each question's own scale is put on 1–10")}[res.scaling]
    text = pick(lang, f"Trung bình có quyền số của câu trả lời → {scale[0]} → trung bình theo chỉ số thành phần → điểm 10–100 theo trọng số. "
                f"Bất định: {res.draws} lần lấy lại mẫu người trả lời; tập tin cậy của thứ hạng theo Mogstad và cộng sự (2024). Đơn vị dưới "
                f"{res.min_respondents} phiếu không được xếp hạng. Các cấp không xếp chung.",
                f"Weighted means of answers → {scale[1]} → mean by component → score 10–100 by the weights. Uncertainty: {res.draws} bootstrap "
                f"draws of respondents; confidence sets of ranks after Mogstad et al. (2024). Units with fewer than {res.min_respondents} "
                "ratings are not ranked. Levels are never ranked together.")
    return show.callout_html(text, title=pick(lang, "Cách tính", "Method"), kind="method", lang=lang)


def _weights(results: Sequence[Result], lang: str) -> Html:
    import pandas as pd

    names = {c: form.components()[c].name(lang) for res in results for c in res.weights}
    frame = pd.DataFrame({pick(lang, "Chỉ số thành phần", "Component"): list(names.values()),
                          **{unit_list.LEVEL_NAMES[r.level][0 if lang == "vi" else 1] + ", %": [r.weights.get(c) for c in names] for r in results}})
    return show.table_html(frame, caption=pick(lang, "Trọng số", "Weights"), lang=lang, decimals=1,
                           source=pick(lang, "Bộ chỉ số của Viện", "The institute's questionnaire"))


def unit(res: Result, key: str, lang: str) -> list[Html]:
    """The page of one unit: where it stands, what is strong and weak, which answers lie behind."""
    import pandas as pd

    t = res.table
    me = t[t["unit"].eq(key)].iloc[0]
    level = unit_list.LEVEL_NAMES[res.level][0 if lang == "vi" else 1]
    name = _name(me, lang)
    facts = [(pick(lang, "Điểm", "Score"), f"{wording.number(me.score, lang, 1)} ({wording.number(me.low, lang, 1)}–{wording.number(me.high, lang, 1)})"),
             (pick(lang, "Hạng có thể", "Possible ranks"), f"{_places(me.rank_low, me.rank_high, lang)} / {len(t)}"),
             (pick(lang, "Nhóm", "Tier"), f"{_tier(me.tier, lang)} ({wording.percent(me.p_tier, lang)})"),
             (pick(lang, "Số phiếu", "Ratings"), str(int(me.n)))]
    pieces = _cover(res.ratings, f"DDCI: {name}", level, facts, lang)
    pieces += [pages.heading(pick(lang, "Đơn vị đứng ở đâu?", "Where does the unit stand?")), pages.paragraph(_standing(res, me, lang), lead=True)]
    part = res.components[res.components["unit"].eq(key)]
    label = {r.component: form.components()[r.component].name(lang) for r in part.itertuples()}
    rows = [(label[r.component], r.score, r.low, r.high) for r in part.itertuples()]
    weak = part[part["high"] < part["median"]].sort_values("score")
    strong = part[part["low"] > part["median"]].sort_values("score", ascending=False)
    frame = pd.DataFrame({pick(lang, "Chỉ số thành phần", "Component"): [r[0] for r in rows], pick(lang, "Điểm (1–10)", "Score (1–10)"): [r[1] for r in rows],
                          pick(lang, "Từ", "From"): [r[2] for r in rows], pick(lang, "Đến", "To"): [r[3] for r in rows],
                          pick(lang, "Trung vị", "Median"): part["median"].to_numpy()})
    pieces += [
        pages.heading(pick(lang, "Mạnh, yếu ở đâu?", "What is strong, what is weak?")), pages.paragraph(_strong_weak(strong, weak, label, lang)),
        show.figure_html(charts.intervals(rows, lang=lang, reference=list(part["median"]), limits=(1, 10), synthetic=res.ratings.synthetic),
                         title=pick(lang, "Điểm thành phần so với trung vị các đơn vị", "Components beside the units' median"),
                         measure=pick(lang, "Thang 1–10, khoảng tin cậy 95%; ô vuông: trung vị", "Scale 1–10, 95% interval; square: median"),
                         alt="; ".join(f"{n} {wording.number(v, lang, 1)}" for n, v, *_ in rows) + (f" ({synthetic.MARK})" if res.ratings.synthetic else ""),
                         table=frame, source=source(res.ratings, lang), lang=lang, decimals=1, name=f"ddci-{key}")]
    pieces += [pages.heading(pick(lang, "Nâng thành phần nào thì điểm tăng nhiều nhất?", "Which component would lift the score most?")), _lift(res, part, label, lang)]
    pieces += [pages.heading(pick(lang, "Doanh nghiệp trả lời thế nào?", "What did firms answer?")), _answers(res, key, lang), _method(res, lang)]
    return pieces


def _standing(res: Result, me, lang: str) -> str:
    better, worse = int(me.rank_low) - 1, len(res.table) - int(me.rank_high)
    return pick(lang, f"Điểm {wording.number(me.score, lang, 1)}, khoảng tin cậy 95% từ {wording.number(me.low, lang, 1)} đến {wording.number(me.high, lang, 1)}. "
                f"Trong {len(res.table)} đơn vị, chắc chắn {better} đơn vị cao hơn và {worse} đơn vị thấp hơn; với các đơn vị còn lại khảo sát chưa phân biệt được.",
                f"Score {wording.number(me.score, lang, 1)}, 95% interval {wording.number(me.low, lang, 1)} to {wording.number(me.high, lang, 1)}. "
                f"Of {len(res.table)} units, {better} are surely higher and {worse} surely lower; the survey does not tell it apart from the others.")


def _strong_weak(strong, weak, label: dict[str, str], lang: str) -> str:
    if not len(strong) and not len(weak):
        return pick(lang, "Không thành phần nào khác rõ với trung vị của các đơn vị.", "No component differs clearly from the units' median.")
    said = []
    if len(strong):
        said.append(pick(lang, "Cao hơn trung vị rõ rệt: ", "Clearly above the median: ") + wording.joined([label[c] for c in strong["component"]], lang) + ".")
    if len(weak):
        said.append(pick(lang, "Thấp hơn trung vị rõ rệt: ", "Clearly below the median: ") + wording.joined([label[c] for c in weak["component"]], lang) + ".")
    return " ".join(said)


def _lift(res: Result, part, label: dict[str, str], lang: str) -> Html:
    """Points of score gained if the component rose to the best unit's; arithmetic of the weights, not a forecast."""
    import pandas as pd

    best = res.components.groupby("component")["score"].max()
    rows = [{pick(lang, "Chỉ số thành phần", "Component"): label[r.component], pick(lang, "Điểm", "Score"): r.score,
             pick(lang, "Cao nhất", "Best unit"): best[r.component],
             pick(lang, "Điểm tăng thêm nếu bằng đơn vị cao nhất", "Score gained at the best unit's level"): res.weights[r.component] / 10 * (best[r.component] - r.score)}
            for r in part.itertuples()]
    frame = pd.DataFrame(rows).sort_values(frame_key := list(rows[0])[-1], ascending=False)
    return show.table_html(frame, caption=pick(lang, "Dư địa của từng thành phần", "Room in each component"), lang=lang, decimals=1, signed=[frame_key],
                           source=source(res.ratings, lang), note=pick(lang, "Phép tính theo trọng số, các đơn vị khác giữ nguyên; không phải dự báo.",
                                                                    "Arithmetic of the weights, other units unchanged; not a forecast."))


def _answers(res: Result, key: str, lang: str) -> Html:
    import pandas as pd

    known = form.items()
    rows = [{pick(lang, "Câu hỏi", "Question"): known[r.item].vi if lang == "vi" else known[r.item].en,
             pick(lang, "Thang", "Scale"): f"{known[r.item].low:g}–{known[r.item].high:g}" + (pick(lang, ", thấp là tốt", ", low is good") if known[r.item].reverse else ""),
             pick(lang, "Đơn vị này", "This unit"): r.mean, pick(lang, "Trung vị", "Median"): r.median}
            for r in res.items[res.items["unit"].eq(key)].itertuples()]
    return show.table_html(pd.DataFrame(rows), caption=pick(lang, "Trung bình câu trả lời", "Mean answers"), lang=lang, decimals=2, source=source(res.ratings, lang))
