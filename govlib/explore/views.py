"""The five views of the explorer as functions: choices in, a figure with its table, its words and its own line of code out.

All read the panel through one :class:`~govlib.reading.board.Board`. Nothing is drawn across a change of method, a missing
figure stays missing, and an edition that was not published for nearly all provinces gives no rank and no median.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from govlib.errors import BadInput, MissingData, NotEstimable
from govlib.explore.drawing import Drawing
from govlib.forms.write import frame_csv
from govlib.known import indices, provinces
from govlib.panel import data
from govlib.publish.charts.canvas import (
    COLOURS,
    INK,
    MUTED,
    RULE,
    WIDTH,
    cut,
    padded,
    runs,
    scale,
    spread,
    ticks,
    wide,
)
from govlib.reading.board import FULL, Board, Break, panel_board
from govlib.reading.validity import correlate
from govlib.text import fold
from govlib.words import wording
from govlib.words.tables import pair

NATION = "nation"
# one look a chosen place: colour, dash, mark; the first is the province's own colour on every page of the project
LOOKS = ((COLOURS["province"], None, "o"), (COLOURS["peer"], (7, 2), "D"), (COLOURS["region"], (5, 2, 1, 2), "s"),
         (COLOURS["good"], (3, 2), "D"), (COLOURS["bad"], (9, 2), "s"), ("#7a5c00", (2, 2), "o"))
MOST = len(LOOKS)


@dataclass(frozen=True)
class Shown:
    """What a view shows. ``table`` has slugs and plain numbers; ``labels`` are the words for its columns and cells.

    ``line`` is the line of Python that gives this again; ``sources`` are ids of the catalogue.
    """

    title: str
    drawing: Drawing
    table: pd.DataFrame
    alt: str
    line: str
    lang: str
    note: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    decimals: int = 2
    sources: tuple[str, ...] = ()
    measure: str = ""

    @property
    def svg(self) -> str:
        return self.drawing.accessible(self.alt)

    @property
    def name(self) -> str:
        """A file name that says what it is."""
        call = self.line.removeprefix("govlib.explore.")
        return "-".join(part for part in "".join(c if c.isalnum() or c == "_" else "-" for c in call).split("-") if part)[:110]

    def figure(self, ax=None):
        """The same as a matplotlib Figure, or drawn into axes of yours, which come back."""
        return self.drawing.out("figure", ax)

    def csv(self, path: str | Path | None = None) -> str:
        """The table as CSV text (UTF-8, point as decimal mark), written to ``path`` if one is given."""
        text = frame_csv(self.table, bom=False, line_end="\n", float_format="%.10g")
        if path is not None:
            Path(path).write_text(text, encoding="utf-8")
        return text

    def png(self, path: str | Path | None = None) -> bytes:
        data = self.drawing.png()
        if path is not None:
            Path(path).write_bytes(data)
        return data

    def table_html(self, most: int = 80) -> str:
        """The table for reading: names instead of slugs, numbers in the language."""
        say = lambda v: self.labels.get(str(v), str(v))  # noqa: E731
        head = "".join(f'<th scope="col"{_right(self.table[c])}>{html.escape(say(c))}</th>' for c in self.table.columns)
        body = []
        whole = {c for c in self.table.columns if c in ("year", "n", "rank") or str(c).startswith(("rank", "moved"))}
        for row in self.table.head(most).to_dict("records"):
            cells = []
            for c, v in row.items():
                if isinstance(v, str):
                    cells.append(f"<td>{html.escape(say(v))}</td>")
                else:
                    text = wording.NONE if wording.missing(v) else str(int(v)) if c == "year" else wording.number(
                        v, self.lang, 0 if c in whole else self.decimals)
                    cells.append(f'<td class="n">{text}</td>')
            body.append(f"<tr>{''.join(cells)}</tr>")
        more = len(self.table) - most
        rest = f"<p>… +{more}</p>" if more > 0 else ""
        return (f'<div class="gov-scroll" tabindex="0"><table class="gov-table"><caption>{html.escape(self.measure)}</caption>'
                f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>{rest}")

    def _repr_html_(self) -> str:
        note = f'<p class="gov-note">{html.escape(self.note)}</p>' if self.note else ""
        return (f'<figure style="margin:0;max-width:760px"><figcaption><strong>{html.escape(self.title)}</strong><br>'
                f'<small>{html.escape(self.measure)}</small></figcaption>{self.svg}{note}'
                f"<details><summary>{_t(self.lang, 'Bảng số liệu', 'Table')}"
                f"</summary>{self.table_html()}</details></figure>")


def _right(column: pd.Series) -> str:
    return "" if column.dtype == object or str(column.dtype) in ("str", "string") else ' class="n"'


def _t(lang: str, vi: str, en: str) -> str:
    return vi if lang == "vi" else en


# -------------------------------------------------------------------------------------------------------- what is there

@lru_cache(maxsize=512)
def place_name(place: str, lang: str = "vi") -> str:
    """Name of a province, a region or the nation."""
    if place == NATION:
        return _t(lang, "Trung vị cả nước", "National median")
    if place in provinces.regions():
        return provinces.regions()[place][lang != "vi"]
    return provinces.name(place, lang)


def resolve_places(spec: str | Iterable[str] | None) -> tuple[str, ...]:
    """Provinces in any spelling, region slugs and ``nation``; unknown names raise UnknownName with the nearest."""
    items = [spec] if isinstance(spec, str) else list(spec or ())
    return tuple(dict.fromkeys(i if i == NATION or i in provinces.regions() else provinces.resolve(i) for i in items))


def series(place: str, index_id: str, component: str) -> pd.Series:
    """Scores of a place by year: a province's own; the median of a region or the nation where nine in ten are published."""
    return _series(panel_board(), place, index_id, component)


@lru_cache(maxsize=4096)
def _series(on: Board, place: str, index_id: str, component: str) -> pd.Series:
    m = on.matrix(index_id, component)
    if m.empty:
        return pd.Series(dtype=float)
    if place not in (NATION, *provinces.regions()):
        return m[place].dropna() if place in m.columns else pd.Series(dtype=float)
    members = list(m.columns) if place == NATION else [p for p in provinces.expand(place) if p in m.columns]
    x = m[members].to_numpy()
    counts = np.isfinite(x).sum(axis=1)
    full = [on.is_full(index_id, component, int(y)) if place == NATION else n > 0 and n >= FULL * _size(place, int(y))
            for y, n in zip(m.index, counts, strict=True)]
    return pd.Series({int(y): float(np.nanmedian(row)) for y, row, whole in zip(m.index, x, full, strict=True) if whole}, dtype=float)


@lru_cache(maxsize=512)
def _size(region: str, year: int) -> int:
    return len(provinces.expand(region, year))


def full_years(index_id: str, component: str) -> list[int]:
    on = panel_board()
    return [y for y in on.editions(index_id, component) if on.is_full(index_id, component, y)]


def components(index_id: str) -> list[str]:
    """``overall`` and the components that the panel holds, in printed order."""
    on = panel_board()
    return [c for c in ["overall", "overall_fixed_weights", *indices.component_ids(index_id)] if on.has(index_id, c)]


def province_options(lang: str, year: int = 2024) -> list[tuple[str, str]]:
    """(name, slug) of an edition's provinces, by name, for a drop-down."""
    return sorted(((place_name(p, lang), p) for p in provinces.province_set(year)), key=lambda o: fold(o[0]))


def _check(index_id: str, component: str) -> None:
    indices.name(index_id, component)  # raises with the nearest
    if not panel_board().has(index_id, component):
        raise MissingData(f"{index_id} {component}", "make panel (or choose another component)")


def _span(index_id: str, component: str, first: int | None, last: int | None) -> tuple[int, int]:
    years = panel_board().editions(index_id, component)
    if not years:
        raise NotEstimable(f"{index_id} {component} has no published score")
    first, last = years[0] if first is None else int(first), years[-1] if last is None else int(last)
    if first > last:
        raise BadInput("the years run backwards", column="first, last", value=(first, last), fix=f"write {last}, {first}")
    return first, last


def _decimals(index_id: str) -> int:
    return 3 if index_id in ("dti", "ict") else 2


def _short(index_id: str, lang: str) -> str:
    return getattr(indices.index(index_id), f"short_{lang}")


def _what(index_id: str, component: str, lang: str) -> str:
    name = indices.name(index_id, component, lang)
    return name if component == "overall" else f"{_short(index_id, lang)} · {name}"


def _measure(index_id: str, component: str, lang: str, first: int, last: int) -> str:
    low, high, unit = indices.scale(index_id, component, last)
    n = lambda v: wording.number(v, lang, None)  # noqa: E731
    span = f"{first}" if first == last else f"{first}–{last}"
    of = "" if high is None else _t(lang, f", thang {n(low)}–{n(high)}", f", scale {n(low)}–{n(high)}")
    words = {"points": _t(lang, "điểm", "points"), "percent": "%", "%": "%"}
    return f"{_what(index_id, component, lang)}, {words.get(unit, unit)}{of}, {span}"


def _list(items: Iterable[str]) -> str:
    return "[" + ", ".join(f'"{i}"' for i in items) + "]"


def _lang(lang: str) -> str:
    return "" if lang == "vi" else ', lang="en"'


def _labels(chosen: Iterable[str], lang: str, **more: tuple[str, str]) -> dict[str, str]:
    words = {p: place_name(p, lang) for p in chosen}
    words |= {"year": _t(lang, "Năm", "Year"), "province": _t(lang, "Tỉnh, thành phố", "Province"), "n": "n"}
    return words | {k: v[lang != "vi"] for k, v in more.items()}


def _sources(index_id: str, component: str, first: int, last: int) -> tuple[str, ...]:
    cited = _cited(panel_board()).get((index_id, component), ())
    return tuple(sorted({s for year, text in cited if first <= year <= last for s in text.split(";") if s}))


@lru_cache(maxsize=1)
def _cited(_: Board) -> dict[tuple[str, str], set[tuple[int, str]]]:
    """Years and sources by index and component, read off the panel once."""
    from govlib.panel import data

    rows = data.shared("scores.parquet")[["index_id", "component", "year", "source"]].dropna()
    out: dict[tuple[str, str], set[tuple[int, str]]] = {}
    for index_id, component, year, source in zip(*(rows[c].tolist() for c in rows), strict=True):
        out.setdefault((index_id, component), set()).add((year, source))
    return out


def _empty(text: str) -> Drawing:
    d = Drawing(WIDTH, 90)
    d.word(WIDTH / 2, 45, text, MUTED, ha="center")
    return d


# ------------------------------------------------------------------------------------------------------------ the views

def trend(index: str = "pci", component: str = "overall", places: str | Iterable[str] = ("bac-ninh",),
          first: int | None = None, last: int | None = None, lang: str = "vi") -> Shown:
    """A score over the years: up to six provinces or regions, and the national median. Lines break with the method.

    The table has ``year``, a column a place, and ``nation``.
    """
    wording.check_language(lang)
    _check(index, component)
    first, last = _span(index, component, first, last)
    chosen = [p for p in resolve_places(places) if p != NATION][:MOST]
    lines = {p: s[(s.index >= first) & (s.index <= last)] for p in [*chosen, NATION]
             for s in [series(p, index, component)]}
    years = sorted(set().union(*(s.index for s in lines.values())))
    table = pd.DataFrame({"year": years, **{p: s.reindex(years).to_numpy() for p, s in lines.items()}})
    breaks = panel_board().breaks(index, component, first, last)
    broken = [b.year for b in breaks]
    title, note = _trend_words(index, component, chosen, lines, first, last, breaks, lang)
    d = _trend_drawing(lines, broken, lang, _decimals(index)) if years else _empty(title)
    told = "; ".join(f"{place_name(p, lang)}: " + ", ".join(f"{y} {wording.number(v, lang, _decimals(index))}" for y, v in s.items())
                     for p, s in lines.items())
    line = f'govlib.explore.trend("{index}", "{component}", {_list(chosen)}, {first}, {last}{_lang(lang)})'
    return Shown(title, d, table, f"{title} {told}", line, lang, note, _labels(lines, lang), _decimals(index),
                 _sources(index, component, first, last), _measure(index, component, lang, first, last))


def _broken_lines(breaks: list[Break], lang: str) -> list[str]:
    """Where the lines end and why: another method, or a merger."""
    merged = {b.year: b.what(lang) for b in breaks if b.scope == "unit"}
    told = [_t(lang, f"Đường ngắt ở {year}: {what}.", f"Lines break at {year}: {what}.") for year, what in merged.items()]
    if method := sorted({b.year for b in breaks} - set(merged)):
        years = wording.joined(map(str, method), lang)
        told.insert(0, _t(lang, f"Đường ngắt ở {years}: phương pháp đã đổi.", f"Lines break at {years}: the method changed."))
    return told


def _without_score(place: str, index: str, component: str, years: list[int], lang: str) -> str:
    """A place's years without a figure, by the reason that the panel knows."""
    why: dict[str, list[str]] = {}
    for year in years:
        short = (_t(lang, "thiếu điểm của quá nhiều tỉnh", "too many provinces without a score") if place in provinces.regions()
                 else data.reason(index, component, place, year).short(lang))
        why.setdefault(short, []).append(str(year))
    return f"{place_name(place, lang)}: {'; '.join(f'{short} {wording.joined(ys, lang)}' for short, ys in why.items())}."


def _trend_words(index, component, chosen, lines, first, last, breaks, lang) -> tuple[str, str]:
    notes, broken = _broken_lines(breaks, lang), [b.year for b in breaks]
    for p in chosen:
        if gone := [y for y in panel_board().editions(index, component) if first <= y <= last and y not in lines[p].index]:
            notes.append(_without_score(p, index, component, gone, lang))
    what = _what(index, component, lang)
    if not chosen or lines[chosen[0]].empty:
        return _t(lang, f"{what}: chưa có điểm của nơi đã chọn trong các năm này.",
                  f"{what}: no score of the chosen place in these years."), " ".join(notes)
    s, name = lines[chosen[0]], place_name(chosen[0], lang)
    end, begin = int(s.index[-1]), int(s.index[0])
    d = _decimals(index)
    level = wording.number(s.iloc[-1], lang, d)
    cut_ = [b for b in broken if begin < b <= end]
    start = min((int(y) for y in s.index if y >= max(cut_)), default=end) if cut_ else begin
    if start == end:
        return _t(lang, f"{name} {end}: {level} điểm.", f"{name} in {end}: {level} points."), " ".join(notes)
    told = wording.change(float(s.iloc[-1] - s.loc[start]), lang, d)
    return _t(lang, f"{name} {told} từ {start} đến {end}, đạt {level}.",
              f"{name} {told} from {start} to {end}, at {level}."), " ".join(notes)


def _trend_drawing(lines: dict[str, pd.Series], broken: list[int], lang: str, decimals: int) -> Drawing:
    lines = {p: s for p, s in lines.items() if len(s)}
    values = np.concatenate([s.to_numpy() for s in lines.values()])
    years = sorted({int(y) for s in lines.values() for y in s.index})
    height = 300.0
    names = {p: place_name(p, lang) for p in lines}
    right = WIDTH - min(215.0, max(wide(f"{n} 00,00 (2000)", bold=True) for n in names.values()) + 20)
    top, bottom = 26.0, height - 24
    low, high = padded(values, 0.08, 0.02)
    x, y = scale(years[0], max(years[-1], years[0] + 1), 42, right - 8), scale(low, high, bottom - 6, top)
    d = Drawing(WIDTH, height)
    for t in ticks(low, high, 4):
        d.line([(34, y(t)), (right, y(t))], RULE, 0.7)
        d.word(30, y(t), wording.number(t, lang, None), MUTED, ha="right")
    step = max(1, -(-(years[-1] - years[0] + 1) // 11))
    for year in range(years[0], years[-1] + 1):
        if (years[-1] - year) % step == 0:
            d.word(x(year), bottom + 12, str(year), MUTED, ha="center")
    for b in sorted(set(broken)):
        if years[0] < b <= years[-1]:
            d.line([(x(b - 0.5), top - 14), (x(b - 0.5), bottom)], MUTED, 0.8, (1, 2))
    tails = []
    for k, (p, s) in enumerate(lines.items()):
        colour, dash, mark = (MUTED, (2, 2), "o") if p == NATION else LOOKS[k % MOST]
        for run in runs([(int(a), float(v)) for a, v in s.items()], broken):
            if len(run) > 1:
                d.line([(x(a), y(v)) for a, v in run], colour, 1.4 if p == NATION else 2.4 if k == 0 else 1.7, dash)
            if p != NATION or len(run) == 1:
                for a, v in run:
                    d.mark(x(a), y(v), colour, mark, 5.5 if k == 0 else 4.5)
        tails.append((y(float(s.iloc[-1])), p, colour, k, int(s.index[-1]), float(s.iloc[-1])))
    for at, (_, p, colour, k, year, value) in zip(spread([t[0] for t in tails], 13, top, bottom), tails, strict=True):
        text = f"{names[p]} {wording.number(value, lang, decimals)}" + ("" if year == years[-1] else f" ({year})")
        d.word(right + 5, at, cut(text, WIDTH - right - 6), colour, bold=k == 0 and p != NATION)
    return d


def distribution(index: str = "pci", component: str = "overall", places: str | Iterable[str] = ("bac-ninh",),
                 first: int | None = None, last: int | None = None, lang: str = "vi") -> Shown:
    """All provinces of each full edition as ticks, the middle half as a band, the chosen ones marked.

    The table has one row an edition: n, lowest, q1, median, q3, highest, and a column a chosen place.
    """
    wording.check_language(lang)
    _check(index, component)
    first, last = _span(index, component, first, last)
    chosen = [p for p in resolve_places(places) if p != NATION][:MOST]
    years = [y for y in full_years(index, component) if first <= y <= last]
    m, rows = panel_board().matrix(index, component), []
    for year in years:
        v = m.loc[year].dropna()
        q = np.quantile(v, [0, 0.25, 0.5, 0.75, 1])
        rows.append({"year": year, "n": len(v), "lowest": q[0], "q1": q[1], "median": q[2], "q3": q[3], "highest": q[4],
                     **{p: series(p, index, component).get(year, math.nan) for p in chosen}})
    table = pd.DataFrame(rows, columns=["year", "n", "lowest", "q1", "median", "q3", "highest", *chosen])
    what, dec = _what(index, component, lang), _decimals(index)
    if not rows:
        title = _t(lang, f"{what}: không kỳ nào trong khoảng này công bố đủ các tỉnh.",
                   f"{what}: no edition in these years was published for all provinces.")
        d = _empty(title)
    else:
        end, start = rows[-1], rows[0]
        wide_now, wide_then = end["q3"] - end["q1"], start["q3"] - start["q1"]
        n = lambda v: wording.number(v, lang, dec)  # noqa: E731
        title = _t(lang, f"{what} {end['year']}: nửa giữa các tỉnh nằm trong {n(wide_now)} điểm quanh trung vị {n(end['median'])}"
                         + (f" (năm {start['year']}: {n(wide_then)})." if len(rows) > 1 else "."),
                   f"{what} {end['year']}: the middle half of provinces lies within {n(wide_now)} points around the median "
                   f"{n(end['median'])}" + (f" ({start['year']}: {n(wide_then)})." if len(rows) > 1 else "."))
        d = _distribution_drawing(m, rows, chosen, lang)
    told = "; ".join(f"{r['year']}: {wording.number(r['lowest'], lang, dec)}–{wording.number(r['highest'], lang, dec)}" for r in rows)
    line = f'govlib.explore.distribution("{index}", "{component}", {_list(chosen)}, {first}, {last}{_lang(lang)})'
    labels = _labels(chosen, lang, lowest=pair("views.lowest"), q1=pair("views.first_quartile"),
                     median=pair("views.median"), q3=pair("views.third_quartile"), highest=pair("views.highest"))
    note = _t(lang, "Chỉ gồm các kỳ công bố điểm của ít nhất chín phần mười số tỉnh.",
              "Only editions with scores of at least nine provinces in ten.")
    return Shown(title, d, table, f"{title} {told}", line, lang, note, labels, dec, _sources(index, component, first, last),
                 _measure(index, component, lang, first, last))


def _distribution_drawing(m: pd.DataFrame, rows: list[dict], chosen: list[str], lang: str) -> Drawing:
    row = 22.0 if len(rows) > 6 else 30.0
    key = 18.0 if chosen else 0.0
    height = len(rows) * row + 30 + key
    low, high = padded([r["lowest"] for r in rows] + [r["highest"] for r in rows], 0.03, 0.01)
    x = scale(low, high, 50, WIDTH - 12)
    d = Drawing(WIDTH, height)
    at = 50.0
    for k, p in enumerate(chosen):
        colour, _, mark = LOOKS[k]
        name = cut(place_name(p, lang), 130)
        d.mark(at, 8, colour, mark, 7)
        d.word(at + 8, 8, name, colour, size=9.5, bold=k == 0)
        at += wide(name, 9.5, True) + 24
    for t in ticks(low, high, 6):
        d.line([(x(t), key + 2), (x(t), height - 24)], RULE, 0.6)
        d.word(x(t), height - 12, wording.number(t, lang, None), MUTED, size=9.5, ha="center")
    for i, r in enumerate(rows):
        y = key + 4 + (i + 0.5) * row
        d.word(44, y, str(r["year"]), INK, ha="right")
        d.box(x(r["q1"]), y - row * 0.28, x(r["q3"]) - x(r["q1"]), row * 0.56, "#d9dee3")
        for v in m.loc[r["year"]].dropna():
            d.mark(x(v), y, "#8d98a5", "|", row * 0.4)
        d.line([(x(r["median"]), y - row * 0.38), (x(r["median"]), y + row * 0.38)], INK, 2)
        for k in reversed(range(len(chosen))):
            if (v := r[chosen[k]]) == v:
                d.mark(x(v), y, LOOKS[k][0], LOOKS[k][2], 8 if k == 0 else 6.5)
    return d


def rank_change(index: str = "pci", component: str = "overall", places: str | Iterable[str] = ("bac-ninh",),
                first: int | None = None, last: int | None = None, lang: str = "vi") -> Shown:
    """Ranks in the first and the last full edition: every province a thin line, the chosen ones drawn strongly.

    Ranks are computed from the scores of the two editions (competition ranks). The table has all provinces:
    province, rank_first, rank_last, moved (up positive), score_first, score_last.
    """
    wording.check_language(lang)
    _check(index, component)
    first, last = _span(index, component, first, last)
    years = [y for y in full_years(index, component) if first <= y <= last]
    given = [p for p in resolve_places(places) if p != NATION]
    chosen = list(dict.fromkeys(q for p in given for q in (provinces.expand(p) if p in provinces.regions() else [p])))[:14]
    what, dec = _what(index, component, lang), _decimals(index)
    line = f'govlib.explore.rank_change("{index}", "{component}", {_list(given)}, {first}, {last}{_lang(lang)})'
    columns = ["province", "rank_first", "rank_last", "moved", "score_first", "score_last"]
    measure = _measure(index, component, lang, first, last)
    if len(years) < 2:
        title = _t(lang, f"{what}: cần hai kỳ đánh giá có đủ các tỉnh để so thứ hạng.",
                   f"{what}: ranks can be compared only between two editions with all provinces.")
        return Shown(title, _empty(title), pd.DataFrame(columns=columns), title, line, lang, "", _labels((), lang), dec, (), measure)
    a, b = years[0], years[-1]
    m = panel_board().matrix(index, component)
    before, now = (m.loc[y].dropna().rank(ascending=False, method="min") for y in (a, b))
    both = [p for p in now.sort_values(kind="stable").index if p in before.index]
    table = pd.DataFrame({"province": both, "rank_first": before[both].astype(int).to_numpy(), "rank_last": now[both].astype(int).to_numpy(),
                          "moved": (before[both] - now[both]).astype(int).to_numpy(), "score_first": m.loc[a, both].to_numpy(),
                          "score_last": m.loc[b, both].to_numpy()}, columns=columns)
    chosen = [p for p in chosen if p in both]
    broken = panel_board().breaks(index, component, a, b)
    if chosen:
        r, name = table.set_index("province").loc[chosen[0]], place_name(chosen[0], lang)
        here = wording.rank(r["rank_last"], len(now), lang)
        if broken:  # the scores of two methods have no difference
            title = _t(lang, f"{name}: {wording.rank(r['rank_first'], len(before), lang)} năm {a}, {here} năm {b}.",
                       f"{name}: {wording.rank(r['rank_first'], len(before), lang)} in {a}, {here} in {b}.")
        else:
            told = wording.change(float(r["score_last"] - r["score_first"]), lang, dec)
            moved = wording.rank_change(r["rank_first"], r["rank_last"], lang)
            title = _t(lang, f"{name} {told} từ {a} đến {b}; {moved}, {here}.", f"{name} {told} from {a} to {b}; {moved}, {here}.")
    else:
        title = _t(lang, f"{what}: thứ hạng {a} và {b}.", f"{what}: ranks in {a} and {b}.")
    rho = correlate(before[both].to_numpy(), now[both].to_numpy())["spearman"]
    note = _t(lang, f"Thứ hạng tính từ điểm. Tương quan hạng giữa hai kỳ: {wording.number(rho, lang)}.",
              f"Ranks computed from scores. Rank correlation of the two editions: {wording.number(rho, lang)}.")
    if broken:
        why = next((b.what(lang) for b in broken if b.scope == "unit"), _t(lang, "phương pháp đã đổi giữa hai kỳ", "the method changed in between"))
        note += " " + wording.sentence(_t(lang, f"{why}: điểm không so trực tiếp được", f"{why}: scores do not compare directly"))
    told = "; ".join(f"{place_name(p, lang)} {int(before[p])} → {int(now[p])}" for p in (chosen or both[:5]))
    labels = _labels(both, lang, rank_first=(f"Hạng {a}", f"Rank {a}"), rank_last=(f"Hạng {b}", f"Rank {b}"), moved=pair("views.places_up"),
                     score_first=(f"Điểm {a}", f"Score {a}"), score_last=(f"Điểm {b}", f"Score {b}"))
    return Shown(title, _ranks_drawing(table, chosen, (a, b), lang), table, f"{title} {told}", line, lang, note, labels, dec,
                 _sources(index, component, a, b), measure)


def _ranks_drawing(table: pd.DataFrame, chosen: list[str], years: tuple[int, int], lang: str) -> Drawing:
    height = 400.0
    worst = int(table[["rank_first", "rank_last"]].max().max())
    y = scale(1, max(worst, 2), 34, height - 14)
    left, right = 170.0, WIDTH - 170.0
    d = Drawing(WIDTH, height)
    d.word(left, 12, str(years[0]), MUTED, ha="center", bold=True)
    d.word(right, 12, str(years[1]), MUTED, ha="center", bold=True)
    rows = table.set_index("province")
    for p, r in rows.iterrows():
        if p not in chosen:
            d.line([(left, y(r["rank_first"])), (right, y(r["rank_last"]))], "#d3d9df", 0.7)
    for side, x, column in ((-1, left, "rank_first"), (1, right, "rank_last")):
        at = spread([y(rows.loc[p, column]) for p in chosen], 13, 30, height - 8)
        for k, (p, a) in enumerate(zip(chosen, at, strict=True)):
            colour, _, mark = LOOKS[k % MOST]
            d.mark(x, y(rows.loc[p, column]), colour, mark, 7 if k == 0 else 5.5)
            v, name = int(rows.loc[p, column]), cut(place_name(p, lang), 128)
            d.word(x + side * 10, a, f"{name}  {v}" if side < 0 else f"{v}  {name}", colour, ha="right" if side < 0 else "left", bold=k == 0)
    for k, p in enumerate(chosen):
        colour, dash, _ = LOOKS[k % MOST]
        d.line([(left, y(rows.loc[p, "rank_first"])), (right, y(rows.loc[p, "rank_last"]))], colour, 2.4 if k == 0 else 1.7, dash)
    return d


def compare(index: str = "pci", a: str = "bac-ninh", b: str = "red-river-delta", year: int | None = None,
            lang: str = "vi") -> Shown:
    """Two provinces or regions, component by component, in the newest edition up to ``year`` that both have.

    Columns component, ``a``, ``b`` (by their slugs), difference, usual (the usual year-to-year movement).
    """
    wording.check_language(lang)
    (one,), (two,) = resolve_places(a), resolve_places(b)
    if one == two:
        raise BadInput("choose two different places", value=one)
    ids = [c for c in components(index) if c not in ("overall", "overall_fixed_weights")]
    have = {c: [y for y in series(one, index, c).index.intersection(series(two, index, c).index) if year is None or y <= year] for c in ids}
    at = max((max(v) for v in have.values() if v), default=None)
    line = f'govlib.explore.compare("{index}", "{one}", "{two}", {year if year is not None else at}{_lang(lang)})'
    names, dec = (place_name(one, lang), place_name(two, lang)), _decimals(index)
    columns = ["component", one, two, "difference", "usual"]
    if at is None:
        title = _t(lang, f"{_short(index, lang)}: không có kỳ nào công bố thành phần của cả {names[0]} và {names[1]}.",
                   f"{_short(index, lang)}: no edition has components of both {names[0]} and {names[1]}.")
        return Shown(title, _empty(title), pd.DataFrame(columns=columns), title, line, lang, "", _labels((one, two), lang), dec)
    rows = []
    for c in [c for c in ids if at in have[c]]:
        u = panel_board().usual_movement(index, c, int(at))
        va, vb = series(one, index, c)[at], series(two, index, c)[at]
        rows.append({"component": c, one: va, two: vb, "difference": va - vb, "usual": u.sd if u else math.nan})
    table = pd.DataFrame(rows, columns=columns)
    more, less = int((table["difference"] > 0).sum()), int((table["difference"] < 0).sum())
    far = table.loc[table["difference"].abs().idxmax()]
    gap = wording.signed(far["difference"], lang, dec)
    big = indices.name(index, far["component"], lang, int(at))
    short = _short(index, lang)
    title = _t(lang, f"{short} {at}: {names[0]} cao hơn {names[1]} ở {more}, thấp hơn ở {less} trong {len(table)} thành phần; xa nhất là {big} ({gap}).",
               f"{short} {at}: {names[0]} is above {names[1]} in {more} and below in {less} of {len(table)} components; furthest apart in {big} ({gap}).")
    labels = _labels((one, two), lang, component=pair("effects.component"), difference=pair("views.difference"),
                     usual=pair("views.usual_movement"))
    labels |= {c: indices.name(index, c, lang, int(at)) for c in table["component"]}
    note = _t(lang, "Vùng và cả nước: trung vị các tỉnh.", "Regions and the nation: the median of provinces.")
    told = "; ".join(f"{labels[r['component']]} {wording.number(r[one], lang, dec)} / {wording.number(r[two], lang, dec)}" for r in rows)
    sources = tuple(sorted({s for c in table["component"] for s in _sources(index, c, int(at), int(at))}))
    return Shown(title, _compare_drawing(table, one, two, labels, lang, dec), table, f"{title} {told}", line, lang, note, labels, dec, sources,
                 f"{short} {at}, " + _t(lang, "điểm thành phần", "component scores"))


def _compare_drawing(table, one, two, labels, lang, dec) -> Drawing:
    row, head = 27.0, 22.0
    height = head + len(table) * row + 26
    label = min(200.0, max(wide(labels[c]) for c in table["component"]) + 12)
    low, high = padded(table[[one, two]].to_numpy().ravel(), 0.05, 0.02)
    x = scale(low, high, label + 8, WIDTH - 60)
    d = Drawing(WIDTH, height)
    at = label + 8
    for k, p in enumerate((one, two)):
        d.mark(at, 9, LOOKS[k][0], LOOKS[k][2], 7)
        d.word(at + 8, 9, cut(labels[p], 170), LOOKS[k][0], size=9.8, bold=k == 0)
        at += wide(labels[p], 9.8, True) + 26
    for t in ticks(low, high, 5):
        d.line([(x(t), head), (x(t), height - 22)], RULE, 0.6)
        d.word(x(t), height - 11, wording.number(t, lang, None), MUTED, size=9.5, ha="center")
    for i, r in enumerate(table.to_dict("records")):
        y = head + (i + 0.5) * row
        d.word(0, y, cut(labels[r["component"]], label))
        d.line([(x(r[one]), y), (x(r[two]), y)], "#aab3bd", 2)
        for k, p in ((1, two), (0, one)):
            d.mark(x(r[p]), y, LOOKS[k][0], LOOKS[k][2], 8 if k == 0 else 7)
        d.word(WIDTH - 2, y, wording.signed(r["difference"], lang, dec), COLOURS["good" if r["difference"] >= 0 else "bad"], ha="right")
    return d


def correlation(index: str = "pci", component: str = "overall", other: str = "papi", other_component: str = "overall",
                places: str | Iterable[str] = ("bac-ninh",), year: int | None = None, lang: str = "vi") -> Shown:
    """Two scores of the same edition, a dot a province, with Pearson's and Spearman's coefficients.

    The newest edition up to ``year`` that is full in both. Columns province, and the two scores.
    """
    wording.check_language(lang)
    _check(index, component)
    _check(other, other_component)
    if (index, component) == (other, other_component):
        raise BadInput("a score goes together with itself perfectly", value=f"{index} {component}", fix="choose another index or component")
    chosen = [p for p in resolve_places(places) if p != NATION and p not in provinces.regions()][:MOST]
    shared = sorted(set(full_years(index, component)) & set(full_years(other, other_component)))
    at = max((y for y in shared if year is None or y <= year), default=None)
    key_a, key_b = f"{index}.{component}", f"{other}.{other_component}"
    names = (_what(index, component, lang), _what(other, other_component, lang))
    line = (f'govlib.explore.correlation("{index}", "{component}", "{other}", "{other_component}", {_list(chosen)}, '
            f"{year if year is not None else at}{_lang(lang)})")
    if at is None:
        title = _t(lang, f"{names[0]} và {names[1]}: không có kỳ nào công bố đủ cả hai.", f"{names[0]} and {names[1]}: no edition is full in both.")
        return Shown(title, _empty(title), pd.DataFrame(columns=["province", key_a, key_b]), title, line, lang, "", _labels((), lang))
    both = pd.concat([panel_board().matrix(index, component).loc[at], panel_board().matrix(other, other_component).loc[at]], axis=1, join="inner").dropna()
    both.columns = [key_a, key_b]
    r = correlate(*both.to_numpy().T)
    n = lambda v: wording.number(v, lang)  # noqa: E731
    clear = not r["low"] <= 0 <= r["high"]
    way = _t(lang, "đi cùng chiều" if r["pearson"] > 0 else "đi ngược chiều", "go together" if r["pearson"] > 0 else "go opposite ways")
    if not clear:
        way = _t(lang, "chưa thấy liên hệ", "show no clear relation")
    title = _t(lang, f"{names[0]} và {names[1]} {at}: {way}, r = {n(r['pearson'])} (khoảng tin cậy 95% {n(r['low'])} đến {n(r['high'])}).",
               f"{names[0]} and {names[1]} in {at} {way}, r = {n(r['pearson'])} (95% interval {n(r['low'])} to {n(r['high'])}).")
    others = "; ".join(f"{y}: {n(correlate(*_pair(index, component, other, other_component, y))['pearson'])}" for y in shared)
    note = _t(lang, f"Spearman {n(r['spearman'])}; {r['n']} tỉnh. r theo kỳ: {others}.", f"Spearman {n(r['spearman'])}; {r['n']} provinces. r by edition: {others}.")
    labels = _labels(both.index, lang) | {key_a: names[0], key_b: names[1]}
    table = both.reset_index(names="province")
    sources = tuple(sorted({*_sources(index, component, at, at), *_sources(other, other_component, at, at)}))
    return Shown(title, _scatter(both, chosen, names, lang), table, title, line, lang, note, labels, max(_decimals(index), _decimals(other)), sources,
                 f"{names[0]}; {names[1]}, {at}")


def _pair(index: str, component: str, other: str, other_component: str, year: int) -> Any:
    a, b = panel_board().matrix(index, component).loc[year], panel_board().matrix(other, other_component).loc[year]
    both = [p for p in a.index if p in b.index]
    return a[both].to_numpy(), b[both].to_numpy()


def _scatter(both: pd.DataFrame, chosen: list[str], names: tuple[str, str], lang: str) -> Drawing:
    height = 380.0
    d = Drawing(WIDTH, height)
    (ka, kb) = both.columns
    (a0, a1), (b0, b1) = padded(both[ka], 0.05, 0.01), padded(both[kb], 0.05, 0.01)
    x, y = scale(a0, a1, 52, WIDTH - 14), scale(b0, b1, height - 44, 26)
    for t in ticks(a0, a1, 6):
        d.line([(x(t), 26), (x(t), height - 44)], RULE, 0.6)
        d.word(x(t), height - 32, wording.number(t, lang, None), MUTED, ha="center", size=9.5)
    for t in ticks(b0, b1, 5):
        d.line([(52, y(t)), (WIDTH - 14, y(t))], RULE, 0.6)
        d.word(46, y(t), wording.number(t, lang, None), MUTED, ha="right", size=9.5)
    d.word(WIDTH - 14, height - 12, f"{cut(names[0], 420)} →", INK, ha="right", size=9.8)
    d.word(0, 10, f"↑ {cut(names[1], 480)}", INK, size=9.8)
    for p, r in both.iterrows():
        if p not in chosen:
            d.mark(x(r[ka]), y(r[kb]), "#7d8894", "o", 5)
    for k, p in enumerate(chosen):
        if p in both.index:
            px, py = x(both.loc[p, ka]), y(both.loc[p, kb])
            d.mark(px, py, LOOKS[k][0], LOOKS[k][2], 8)
            left = px > WIDTH - 120
            d.word(px - 8 if left else px + 8, py, place_name(p, lang), LOOKS[k][0], ha="right" if left else "left", bold=True)
    return d
