"""Validity to look at: each question of :mod:`govlib.reading.validity` as a figure with its table, and a widget to switch index."""

from __future__ import annotations

import html

import pandas as pd

from govlib.errors import GovlibError, NotEstimable, UnknownName
from govlib.explore import widgets
from govlib.explore.drawing import Drawing
from govlib.explore.drawings import empty
from govlib.explore.shown import Shown, full_years, in_language, short_name
from govlib.forms.problems import vietnamese
from govlib.known import indices, names
from govlib.publish.charts.canvas import COLOURS, INK, MUTED, RULE, WIDTH, cut, margin, padded, scale, ticks
from govlib.reading import validity
from govlib.reading.board import panel_board
from govlib.reading.validity import MeaningfulChange, meaningful_change
from govlib.words import wording
from govlib.words.tables import phrase

__all__ = ["MeaningfulChange", "agreement", "changes", "meaningful_change", "reliability", "structure", "validity_panel"]

IN_PANEL = ("pci", "papi", "dti")  # of the widget


def changes(index: str = "pci", lang: str = "vi", draws: int = 500) -> Shown:
    """How large a province's one-year change must be to mean something, by component
    (:func:`govlib.reading.validity.changes_table`)."""
    index = names.index(index)
    table = validity.changes_table(index, draws=draws)
    known, n = table.dropna(subset=["threshold"]), lambda v: wording.number(v, lang)
    short = short_name(index, lang)
    called = {c: phrase("indices.composite", lang) if c == "overall" else indices.name(index, c, lang) for c in table["component"]}
    line = f'govlib.explore.validity.changes("{index}", draws={draws}{in_language(lang)})'
    labels = called | {"component": phrase("effects.component", lang), "threshold": phrase("validity.threshold", lang),
                      "low": phrase("validity.from", lang),
                      "high": phrase("validity.to", lang), "sem": "SEM", "reliability": phrase("validity.reliability", lang),
                      "stability": phrase("validity.stability", lang),
                      "noise_share": phrase("validity.noise_share", lang), "usual": phrase("views.usual_movement", lang),
                      "triples": phrase("validity.triples", lang), "note": phrase("validity.note", lang)}
    labels |= {note: vietnamese(note) for note in table["note"]} if lang == "vi" else {}
    if known.empty:
        title = phrase("validity.too_few_consecutive_editions_to", lang, short=short)
        return Shown(title, empty(title), table, title, line, lang, "", labels)
    parts = known[~known["component"].str.startswith("overall")]
    title = phrase("validity.a_component_must_change_by", lang, short=short, lowest=n(parts['threshold'].min()),
                   highest=n(parts['threshold'].max()))
    note = phrase("validity.reliable_change_index_at_95", lang)
    told = "; ".join(f"{called[r.component]} {n(r.threshold)}" for r in known.itertuples())
    return Shown(title, _changes_drawing(parts, called, lang), table, f"{title} {told}", line, lang, note, labels,
                 measure=phrase("validity.points", lang, short=short))


def _changes_drawing(rows: pd.DataFrame, names: dict[str, str], lang: str) -> Drawing:
    row, label = 25.0, margin([names[c] for c in rows["component"]])
    height = len(rows) * row + 52
    x = scale(0, 1.04 * float(rows[["threshold", "high", "usual"]].max().max()), label, WIDTH - 52)
    d = Drawing(WIDTH, height)
    d.mark(label + 4, 9, COLOURS["province"], "o", 7)
    d.word(label + 14, 9, phrase("validity.meaningful_change", lang), COLOURS["province"], size=9.5)
    d.mark(label + 150, 9, MUTED, "|", 11)
    d.word(label + 158, 9, phrase("validity.usual_movement", lang), MUTED, size=9.5)
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
    index = names.index(index)
    component = None if component is None else names.component(component, [index])
    table = validity.reliability(index, component)
    what = short_name(index, lang) if component is None else f"{short_name(index, lang)} · {indices.name(index, component, lang)}"
    which = "" if component is None else f", {component!r}"
    line = f'govlib.explore.validity.reliability("{index}"{which}{in_language(lang)})'
    labels = {"year": phrase("validity.edition", lang), "items": phrase("validity.items", lang),
              "low": phrase("validity.from", lang), "high": phrase("validity.to", lang)}
    if table.empty:
        title = phrase("validity.no_items_are_there_make", lang, what=what)
        return Shown(title, empty(title), table, title, line, lang, "", labels)
    n = lambda v: wording.number(v, lang)  # noqa: E731
    last = table.iloc[-1]
    title = phrase("validity.alpha_95_interval_between_and", lang, what=what, year=int(last.year), alpha=n(last.alpha),
                   low=n(last.low), high=n(last.high), lowest=n(table['alpha'].min()), highest=n(table['alpha'].max()))
    note = phrase("validity.alpha_cronbach_1951_interval_of", lang)
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
    pairs = known.assign(pair=[f"{short_name(a, lang)} – {short_name(b, lang)}" for a,
                               b in zip(known["index_a"], known["index_b"], strict=True)])
    mean = pairs.groupby("pair", sort=False)["pearson"].mean()
    apart = wording.joined([f"{p} {n(r)}" for p, r in mean.items()], lang)
    title = phrase("validity.the_indices_measure_different_things", lang, apart=apart)
    missing = table[table["year"] == 0]
    gone = wording.joined([f"{short_name(a, lang)} – {short_name(b, lang)} ({int(m)})" for a, b,
                           m in zip(missing["index_a"], missing["index_b"], missing["n"], strict=True)], lang)
    note = phrase("validity.editions_published_for_all_provinces", lang, gone=gone)
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
    line = f"govlib.explore.validity.agreement({in_language(lang).removeprefix(', ')})"
    labels = {i: short_name(i, lang) for i in ("pci", "papi", "par", "dti")} | {"year": phrase("validity.edition", lang),
                                                                            "index_a": phrase("effects.index", lang),
              "index_b": phrase("validity.with", lang), "low": phrase("validity.from", lang), "high": phrase("validity.to", lang)}
    return Shown(title, d, table, f"{title} {note}", line, lang, note, labels,
                 measure=phrase("validity.pearson_s_r_95_intervals", lang))


def structure(index: str = "pci", year: int | None = None, lang: str = "vi") -> Shown:
    """Loadings of as many factors as parallel analysis keeps, in one edition (default: the newest that is full)."""
    index = names.index(index)
    ids = indices.component_ids(index)
    years = [y for y in indices.editions(index) if sum(y in full_years(index, c) for c in ids if panel_board().has(index, c)) >= 3]
    if year is None and not years:
        raise NotEstimable(f"no edition of {index} has three components of nearly all provinces")
    year = years[-1] if year is None else year
    scree, load = validity.structure(index, year)
    kept, n = int(scree["keep"].sum()), lambda v: wording.number(v, lang)
    called = {c: indices.name(index, c, lang, year) for c in load.index}
    short = short_name(index, lang)
    share = wording.percent(scree["eigenvalue"].iloc[0] / len(scree), lang)
    title = phrase("validity.one_factor" if kept == 1 else "validity.several_factors", lang, short=short, year=year, kept=kept,
                   share=share)
    note = phrase("validity.eigenvalues_of_random_data_horn", lang, listed=', '.join(n(v) for v in scree['eigenvalue'][:4]),
                  listed2=', '.join(n(v) for v in scree['random'][:4]))
    row, label, factors = 24.0, margin(called.values()), [c for c in load.columns if c != "communality"]
    d = Drawing(WIDTH, len(load) * row + 44)
    width = (WIDTH - label - 10) / max(len(factors), 1)
    for j, _ in enumerate(factors):
        left = label + j * width
        x = scale(-1, 1, left, left + width - 42)
        d.word(x(0), 9, phrase("validity.factor", lang, j=j + 1), MUTED, ha="center", size=9.5)
        d.line([(x(0), 18), (x(0), 18 + len(load) * row)], INK, 1)
        for i in range(len(load)):
            y, v = 18 + (i + 0.5) * row, float(load.iloc[i, j])
            d.line([(x(0), y), (x(v), y)], COLOURS["province"] if v >= 0 else COLOURS["bad"], 7)
            d.word(left + width - 2, y, wording.signed(v, lang), INK, ha="right", size=9.5)
    for i, c in enumerate(load.index):
        d.word(0, 18 + (i + 0.5) * row, cut(called[c], label - 8))
    table = load.reset_index(names="component")
    labels = called | {f: phrase("validity.factor", lang, j=j + 1) for j,
                      f in enumerate(factors)} | {"component": phrase("effects.component", lang),
                                                  "communality": phrase("validity.communality", lang)}
    line = f'govlib.explore.validity.structure("{index}", {year}{in_language(lang)})'
    return Shown(title, d, table, f"{title} {note}", line, lang, note, labels, measure=f"{short} {year}")


def validity_panel(index: str = "pci", lang: str = "vi"):
    """All of it for one index, with switches for index and language, to stand last in a cell."""
    import ipywidgets as w

    switch, out = widgets.language(lang), w.HTML()
    if (given := names.index(index)) not in IN_PANEL:
        raise UnknownName("index", index, IN_PANEL)
    choose = w.ToggleButtons(options=[(short_name(i, lang), i) for i in IN_PANEL], value=given)

    def draw(_=None) -> None:
        parts = []
        for view in (lambda: changes(choose.value, switch.value, 200), lambda: reliability(choose.value, lang=switch.value),
                     lambda: structure(choose.value, lang=switch.value), lambda: agreement(switch.value)):
            try:
                s = view()
                parts.append(f'<h3>{html.escape(s.title)}</h3><p class="gov-measure">{html.escape(s.measure)}</p><div '
                             f'class="gov-drawing" tabindex="0">{s.svg}</div>'
                             f'<p class="gov-note">{html.escape(s.note)}</p>{s.table_html()}'
                             f'<p><code>{html.escape(s.line)}</code></p>'
                             + widgets.link(s.csv(), f"{s.name}.csv", phrase("indices.download_csv", switch.value)))
            except GovlibError as error:
                parts.append(widgets.problem(error, switch.value))
        out.value = "".join(parts)

    for box in (switch, choose):
        box.observe(draw, "value")
    draw()
    return widgets.page(switch, choose, out)
