"""Validity to look at: each question of :mod:`govlib.reading.validity` as a figure with its table, and a widget to switch index."""

from __future__ import annotations

import html

import pandas as pd

from govlib.explore import widgets
from govlib.explore.drawing import Drawing
from govlib.explore.views import Shown
from govlib.explore.widgets import t
from govlib.known import indices
from govlib.publish.charts.canvas import COLOURS, INK, MUTED, RULE, WIDTH, cut, margin, padded, scale, ticks
from govlib.reading import validity
from govlib.reading.board import panel_board
from govlib.reading.validity import MeaningfulChange, meaningful_change
from govlib.words import wording

__all__ = ["MeaningfulChange", "agreement", "changes", "meaningful_change", "reliability", "structure", "validity_panel"]


def _short(index_id: str, lang: str) -> str:
    return getattr(indices.index(index_id), f"short_{lang}")


def _empty(text: str) -> Drawing:
    d = Drawing(WIDTH, 60)
    d.word(0, 30, cut(text, WIDTH), MUTED)
    return d


def changes(index: str = "pci", lang: str = "vi", draws: int = 500) -> Shown:
    """How large a province's one-year change must be to mean something, by component (:func:`govlib.reading.validity.changes_table`)."""
    table = validity.changes_table(index, draws=draws)
    known, n = table.dropna(subset=["threshold"]), lambda v: wording.number(v, lang)
    short = _short(index, lang)
    names = {c: t(lang, "Chỉ số tổng hợp", "Composite") if c == "overall" else indices.name(index, c, lang) for c in table["component"]}
    line = f'govlib.explore.validity.changes("{index}", draws={draws}{"" if lang == "vi" else ", lang=" + chr(34) + "en" + chr(34)})'
    labels = names | {"component": t(lang, "Thành phần", "Component"), "threshold": t(lang, "Ngưỡng", "Threshold"), "low": t(lang, "từ", "from"),
                      "high": t(lang, "đến", "to"), "sem": "SEM", "reliability": t(lang, "Độ tin cậy", "Reliability"), "stability": t(lang, "Độ ổn định", "Stability"),
                      "noise_share": t(lang, "Phần nhiễu", "Noise share"), "usual": t(lang, "Biến động thường thấy", "Usual movement"),
                      "triples": t(lang, "Bộ ba kỳ", "Triples"), "note": t(lang, "Ghi chú", "Note")}
    if known.empty:
        title = t(lang, f"{short}: chưa đủ các kỳ liên tiếp để tách tín hiệu khỏi nhiễu.", f"{short}: too few consecutive editions to tell signal from noise.")
        return Shown(title, _empty(title), table, title, line, lang, "", labels)
    parts = known[~known["component"].str.startswith("overall")]
    title = t(lang, f"{short}: một thành phần phải đổi {n(parts['threshold'].min())}–{n(parts['threshold'].max())} điểm trong một năm mới vượt khỏi nhiễu.",
              f"{short}: a component must change by {n(parts['threshold'].min())}–{n(parts['threshold'].max())} points in a year to stand out from noise.")
    note = t(lang, "Chỉ số thay đổi tin cậy 95% (Jacobson và Truax 1991); phương sai sai số theo Wiley và Wiley (1970), từ các bộ ba kỳ liên tiếp cùng phương pháp; "
                   "khoảng tin cậy 90% bootstrap theo tỉnh. Thay đổi thật chỉ kéo dài một năm cũng bị tính là nhiễu.",
             "Reliable change index at 95% (Jacobson and Truax 1991); error variance by Wiley and Wiley (1970) from triples of consecutive editions of one "
             "method; 90% bootstrap interval over provinces. A true change that lasts one year counts as noise too.")
    told = "; ".join(f"{names[r.component]} {n(r.threshold)}" for r in known.itertuples())
    return Shown(title, _changes_drawing(parts, names, lang), table, f"{title} {told}", line, lang, note, labels, measure=t(lang, f"{short}, điểm", f"{short}, points"))


def _changes_drawing(rows: pd.DataFrame, names: dict[str, str], lang: str) -> Drawing:
    row, label = 25.0, margin([names[c] for c in rows["component"]])
    height = len(rows) * row + 52
    x = scale(0, 1.04 * float(rows[["threshold", "high", "usual"]].max().max()), label, WIDTH - 52)
    d = Drawing(WIDTH, height)
    d.mark(label + 4, 9, COLOURS["province"], "o", 7)
    d.word(label + 14, 9, t(lang, "thay đổi có ý nghĩa", "meaningful change"), COLOURS["province"], size=9.5)
    d.mark(label + 150, 9, MUTED, "|", 11)
    d.word(label + 158, 9, t(lang, "biến động thường thấy", "usual movement"), MUTED, size=9.5)
    for v in ticks(0, float(rows["high"].max()), 5):
        d.line([(x(v), 20), (x(v), height - 24)], RULE, 0.6)
        d.word(x(v), height - 12, wording.number(v, lang, None), MUTED, size=9.5, ha="center")
    for i, r in enumerate(rows.to_dict("records")):
        y = 22 + (i + 0.5) * row
        d.word(0, y, cut(names[r["component"]], label - 8))
        if r["low"] == r["low"]:
            d.line([(x(r["low"]), y), (x(r["high"]), y)], COLOURS["province"], 2)
        d.mark(x(r["threshold"]), y, COLOURS["province"], "o", 7)
        if r["usual"] == r["usual"]:
            d.mark(x(r["usual"]), y, MUTED, "|", 13)
        d.word(WIDTH - 2, y, wording.number(r["threshold"], lang), COLOURS["province"], ha="right", bold=True)
    return d


def reliability(index: str = "pci", component: str | None = None, lang: str = "vi") -> Shown:
    """Alpha and omega by edition: of the composite's components, or of one component's items."""
    table = validity.reliability(index, component)
    what = _short(index, lang) if component is None else f"{_short(index, lang)} · {indices.name(index, component, lang)}"
    line = f'govlib.explore.validity.reliability("{index}"{"" if component is None else f", {component!r}"}{"" if lang == "vi" else ", lang=" + chr(34) + "en" + chr(34)})'
    labels = {"year": t(lang, "Kỳ", "Edition"), "items": t(lang, "Số mục", "Items"), "low": t(lang, "từ", "from"), "high": t(lang, "đến", "to")}
    if table.empty:
        title = t(lang, f"{what}: chưa có số liệu từng câu hỏi (make pull).", f"{what}: no items are there (make pull fetches survey items).")
        return Shown(title, _empty(title), table, title, line, lang, "", labels)
    n = lambda v: wording.number(v, lang)  # noqa: E731
    last = table.iloc[-1]
    title = t(lang, f"{what} {int(last.year)}: alpha {n(last.alpha)} (khoảng tin cậy 95% {n(last.low)}–{n(last.high)}), từ {n(table['alpha'].min())} đến {n(table['alpha'].max())} qua các kỳ.",
              f"{what} {int(last.year)}: alpha {n(last.alpha)} (95% interval {n(last.low)}–{n(last.high)}), between {n(table['alpha'].min())} and {n(table['alpha'].max())} over the editions.")
    note = t(lang, "Alpha (Cronbach 1951, khoảng của Feldt 1965) và omega (McDonald 1999) của các mục đã chuẩn hóa.",
             "Alpha (Cronbach 1951, interval of Feldt 1965) and omega (McDonald 1999) of standardised items.")
    years = table["year"].tolist()
    low, high = padded([*table["low"], *table["high"], 0.5, 1.0], 0.02)
    d = Drawing(WIDTH, 240)
    x, y = scale(years[0], max(years[-1], years[0] + 1), 52, WIDTH - 20), scale(low, min(high, 1.0), 212, 26)
    d.mark(56, 9, COLOURS["province"], "o", 7)
    d.word(66, 9, "alpha", COLOURS["province"], size=9.5)
    d.mark(116, 9, COLOURS["peer"], "D", 6)
    d.word(126, 9, "omega", COLOURS["peer"], size=9.5)
    for v in ticks(low, min(high, 1.0), 5):
        d.line([(40, y(v)), (WIDTH - 8, y(v))], RULE, 0.6)
        d.word(36, y(v), wording.number(v, lang, None), MUTED, ha="right", size=9.5)
    for r in table.to_dict("records"):
        d.line([(x(r["year"]), y(r["low"])), (x(r["year"]), y(r["high"]))], COLOURS["province"], 2)
        d.mark(x(r["year"]), y(r["alpha"]), COLOURS["province"], "o", 6.5)
        d.mark(x(r["year"]) + 6, y(r["omega"]), COLOURS["peer"], "D", 5)
        if len(years) < 12 or (years[-1] - r["year"]) % 2 == 0:
            d.word(x(r["year"]), 228, str(int(r["year"])), MUTED, ha="center", size=9.5)
    return Shown(title, d, table, title, line, lang, note, labels, measure=what)


def agreement(lang: str = "vi") -> Shown:
    """PCI, PAPI, PAR INDEX and DTI against each other, edition by edition."""
    table = validity.agreement()
    known = table.dropna(subset=["pearson"])
    n = lambda v: wording.number(v, lang)  # noqa: E731
    pairs = known.assign(pair=[f"{_short(a, lang)} – {_short(b, lang)}" for a, b in zip(known["index_a"], known["index_b"], strict=True)])
    mean = pairs.groupby("pair", sort=False)["pearson"].mean()
    apart = wording.joined([f"{p} {n(r)}" for p, r in mean.items()], lang)
    title = t(lang, f"Các chỉ số đo những điều khác nhau: tương quan trung bình giữa các tỉnh {apart}.",
              f"The indices measure different things: mean correlations between provinces are {apart}.")
    missing = table[table["year"] == 0]
    gone = wording.joined([f"{_short(a, lang)} – {_short(b, lang)} ({int(m)})" for a, b, m in zip(missing["index_a"], missing["index_b"], missing["n"], strict=True)], lang)
    note = t(lang, f"Chỉ gồm kỳ đánh giá có đủ các tỉnh ở cả hai. Chưa so được, vì quá ít tỉnh có cả hai: {gone}.",
             f"Editions published for all provinces in both. Not to be compared, for too few provinces with both: {gone}.")
    row, height = 19.0, len(pairs) * 19.0 + 34
    d = Drawing(WIDTH, height)
    x = scale(-0.6, 0.8, 150, WIDTH - 46)
    for v in (-0.5, 0.0, 0.5):
        d.line([(x(v), 2), (x(v), height - 22)], INK if v == 0 else RULE, 1.1 if v == 0 else 0.6)
        d.word(x(v), height - 10, wording.number(v, lang, 1), MUTED, ha="center", size=9.5)
    for i, r in enumerate(pairs.to_dict("records")):
        y = 6 + (i + 0.5) * row
        d.word(0, y, f"{r['pair']} {int(r['year'])}", size=9.8)
        d.line([(x(r["low"]), y), (x(r["high"]), y)], COLOURS["province"], 2)
        d.mark(x(r["pearson"]), y, COLOURS["province"], "o", 6.5, hollow=r["low"] <= 0 <= r["high"])
        d.word(WIDTH - 2, y, wording.signed(r["pearson"], lang), INK, ha="right", size=9.8)
    line = f"govlib.explore.validity.agreement({'' if lang == 'vi' else 'lang=' + chr(34) + 'en' + chr(34)})"
    labels = {i: _short(i, lang) for i in ("pci", "papi", "par", "dti")} | {"year": t(lang, "Kỳ", "Edition"), "index_a": t(lang, "Chỉ số", "Index"),
              "index_b": t(lang, "với", "with"), "low": t(lang, "từ", "from"), "high": t(lang, "đến", "to")}
    return Shown(title, d, table, f"{title} {note}", line, lang, note, labels, measure=t(lang, "Hệ số Pearson, khoảng tin cậy 95%", "Pearson's r, 95% intervals"))


def structure(index: str = "pci", year: int | None = None, lang: str = "vi") -> Shown:
    """Loadings of as many factors as parallel analysis keeps, in one edition (default: the newest that is full)."""
    from govlib.explore.views import full_years

    ids = indices.component_ids(index)
    years = [y for y in indices.editions(index) if sum(y in full_years(index, c) for c in ids if panel_board().has(index, c)) >= 3]
    year = years[-1] if year is None else year
    scree, load = validity.structure(index, year)
    kept, n = int(scree["keep"].sum()), lambda v: wording.number(v, lang)
    names = {c: indices.name(index, c, lang, year) for c in load.index}
    short = _short(index, lang)
    title = t(lang, f"{short} {year}: phân tích song song giữ {kept} nhân tố; nhân tố đầu gom {wording.percent(scree['eigenvalue'].iloc[0] / len(scree), lang)} phương sai.",
              f"{short} {year}: parallel analysis keeps {kept} factor{'' if kept == 1 else 's'}; the first holds {wording.percent(scree['eigenvalue'].iloc[0] / len(scree), lang)} of the variance.")
    note = t(lang, f"Trị riêng {', '.join(n(v) for v in scree['eigenvalue'][:4])}; của số ngẫu nhiên {', '.join(n(v) for v in scree['random'][:4])} (Horn 1965). Tải trọng: trục chính, xoay varimax.",
             f"Eigenvalues {', '.join(n(v) for v in scree['eigenvalue'][:4])}; of random data {', '.join(n(v) for v in scree['random'][:4])} (Horn 1965). Loadings: principal axes, varimax.")
    row, label, factors = 24.0, margin(names.values()), [c for c in load.columns if c != "communality"]
    d = Drawing(WIDTH, len(load) * row + 44)
    width = (WIDTH - label - 10) / max(len(factors), 1)
    for j, _ in enumerate(factors):
        left = label + j * width
        x = scale(-1, 1, left, left + width - 42)
        d.word(x(0), 9, t(lang, f"Nhân tố {j + 1}", f"Factor {j + 1}"), MUTED, ha="center", size=9.5)
        d.line([(x(0), 18), (x(0), 18 + len(load) * row)], INK, 1)
        for i in range(len(load)):
            y, v = 18 + (i + 0.5) * row, float(load.iloc[i, j])
            d.line([(x(0), y), (x(v), y)], COLOURS["province"] if v >= 0 else COLOURS["bad"], 7)
            d.word(left + width - 2, y, wording.signed(v, lang), INK, ha="right", size=9.5)
    for i, c in enumerate(load.index):
        d.word(0, 18 + (i + 0.5) * row, cut(names[c], label - 8))
    table = load.reset_index(names="component")
    labels = names | {f: t(lang, f"Nhân tố {j + 1}", f"Factor {j + 1}") for j, f in enumerate(factors)} | {"component": t(lang, "Thành phần", "Component"), "communality": t(lang, "Phần chung", "Communality")}
    line = f'govlib.explore.validity.structure("{index}", {year}{"" if lang == "vi" else ", lang=" + chr(34) + "en" + chr(34)})'
    return Shown(title, d, table, f"{title} {note}", line, lang, note, labels, measure=f"{short} {year}")


def validity_panel(index: str = "pci", lang: str = "vi"):
    """All of it for one index, with switches for index and language, to stand last in a cell."""
    import ipywidgets as w

    from govlib.errors import GovlibError

    switch, out = widgets.language(), w.HTML()
    switch.value = lang
    choose = w.ToggleButtons(options=[("PCI", "pci"), ("PAPI", "papi"), ("DTI", "dti")], value=index)

    def draw(_=None) -> None:
        parts = []
        for view in (lambda: changes(choose.value, switch.value, 200), lambda: reliability(choose.value, lang=switch.value),
                     lambda: structure(choose.value, lang=switch.value), lambda: agreement(switch.value)):
            try:
                s = view()
                parts.append(f'<h3>{html.escape(s.title)}</h3><p class="gov-measure">{html.escape(s.measure)}</p><div class="gov-drawing" tabindex="0">{s.svg}</div>'
                             f'<p class="gov-note">{html.escape(s.note)}</p>{s.table_html()}<p><code>{html.escape(s.line)}</code></p>'
                             + widgets.link(s.csv(), f"{s.name}.csv", t(switch.value, "Tải CSV", "Download CSV")))
            except GovlibError as error:
                parts.append(widgets.problem(error))
        out.value = "".join(parts)

    for box in (switch, choose):
        box.observe(draw, "value")
    draw()
    return widgets.page(switch, choose, out)
