"""Effects by hand: a reform, a component, an estimator, a rule for the sample; two specifications side by side.

Nothing is estimated here: :func:`govlib.effects.estimate` is, and every result carries the command and the line of Python
that give it again.
"""

from __future__ import annotations

import difflib
import html
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache

import pandas as pd

from govlib import effects, paths
from govlib.effects import ESTIMATORS, sentence
from govlib.effects.report import GRADES
from govlib.effects.sample import SAMPLE_RULES
from govlib.errors import GovlibError, UnknownName
from govlib.explore import shown, widgets
from govlib.explore.drawing import Drawing
from govlib.forms import write
from govlib.known import indices, names, reforms
from govlib.panel import data
from govlib.publish.charts.canvas import COLOURS, INK, MUTED, RULE, WIDTH, padded, scale, ticks
from govlib.words import wording
from govlib.words.tables import pair, phrase

# a dose or a moderator has to be named with these, which is what `govlib effects` and notebook 3 are for
NOT_BY_HAND = ("interaction",)


@dataclass(frozen=True)
class Specification:
    """One choice of everything; ``component`` "" stands for all components of the index (p-values adjusted over them)."""

    index: str = "pci"
    component: str = "time_costs"
    reform: str = "peoples_council_removal"
    estimator: str = "twfe"
    sample_rule: str = "drop_unknown"
    reading: str = "early"
    years: str = ""
    province: str = ""  # synthetic controls: whose case

    @property
    def command(self) -> str:
        """The line for a shell."""
        parts = ["govlib", "effects", "--index", self.index, *(["--component", self.component] if self.component else []),
                 "--reform", self.reform, *(["--years", self.years] if self.years else []), "--estimator", self.estimator,
                 "--sample-rule", self.sample_rule, "--reading", self.reading,
                 *(["--province", self.province] if self.province else [])]
        return shlex.join(parts)

    @property
    def line(self) -> str:
        """The line of Python."""
        component = f'"{self.component}"' if self.component else "None"
        years = f', years="{self.years}"' if self.years else ""
        province = f', province="{self.province}"' if self.province else ""
        return (f'govlib.effects.estimate("{self.index}", {component}, reform="{self.reform}"{years}, '
                f'estimator="{self.estimator}", '
                f'sample_rule="{self.sample_rule}", reading="{self.reading}"{province})')

    def estimate(self) -> pd.DataFrame:
        """The rows of the results table; the same specification on the same data is estimated once."""
        data = [paths.processed() / "scores.parquet", paths.raw() / "reforms" / "reform_actions.csv"]
        return _estimate(self, tuple(p.stat().st_mtime_ns if p.exists() else 0 for p in data)).copy()


@lru_cache(maxsize=256)
def _estimate(spec: Specification, _: tuple[int, ...]) -> pd.DataFrame:
    given = {k: v for k, v in asdict(spec).items() if v or k not in ("component", "years", "province")}
    return effects.estimate(given.pop("index"), given.pop("component", None), **given)


def event_drawing(rows: pd.DataFrame, lang: str = "vi", limits: tuple[float, float] | None = None) -> Drawing:
    """The event study of one component: a dot and its interval an event time, the reference edition hollow at zero."""
    events = rows[(rows["term"] == "event") & rows["estimate"].notna()].sort_values("event_time")
    d = Drawing(WIDTH, 290.0)
    if events.empty:
        d.word(WIDTH / 2, 145, phrase("effects.this_estimator_gives_no_path", lang), MUTED, ha="center")
        return d
    time = events["event_time"].astype(int)
    low, high = limits or event_limits(rows)
    first, last = min(int(time.min()), -1), max(int(time.max()), 0)
    x, y = scale(first - 0.4, last + 0.4, 44, WIDTH - 10), scale(low, high, 250, 12)
    for v in ticks(low, high, 5):
        d.line([(44, y(v)), (WIDTH - 10, y(v))], RULE, 0.6)
        d.word(40, y(v), wording.signed(v, lang, None), MUTED, ha="right", size=9.5)
    d.line([(44, y(0)), (WIDTH - 10, y(0))], INK, 1.1)
    d.line([(x(-0.5), 12), (x(-0.5), 250)], MUTED, 0.9, (2, 2))
    for e in range(first, last + 1):
        d.word(x(e), 264, wording.signed(e, lang, 0), MUTED, ha="center", size=9.5)
    for e, r in zip(time, events.to_dict("records"), strict=True):
        if r["ci_low"] == r["ci_low"]:
            d.line([(x(e), y(max(r["ci_low"], low))), (x(e), y(min(r["ci_high"], high)))], COLOURS["province"], 2)
        d.mark(x(e), y(r["estimate"]), COLOURS["province"], "o", 6.5)
    if -1 not in set(time) and not events["estimator"].iloc[0].startswith("synthetic"):  # whose gaps are measured from none
        d.mark(x(-1), y(0), COLOURS["province"], "o", 6.5, hollow=True)
    d.word(WIDTH - 10, 282, phrase("effects.editions_since_the_first_exposed", lang), MUTED, ha="right", size=9.5)
    return d


def event_limits(*tables: pd.DataFrame) -> tuple[float, float]:
    """One scale for several event studies; an interval of many times the others' length is cut, not the scale stretched."""
    rows = pd.concat([r[r["term"] == "event"] for r in tables])
    ends = rows[["ci_low", "ci_high"]].to_numpy(dtype=float).ravel()
    ends = ends[~pd.isna(ends)]
    if len(ends):
        reach = 3 * float(pd.Series(ends).abs().median()) + float(rows["estimate"].abs().max())
        ends = ends.clip(-reach, reach)
    return padded([0.0, *ends, *rows["estimate"].dropna()], 0.05, 0.05)


COLUMNS = ("component", "estimate", "std_error", "ci_low", "ci_high", "p_value", "p_adjusted", "n_provinces", "n_treated", "years",
           "grade")
HEADS = {"component": pair("effects.component"), "estimate": pair("effects.estimate"), "std_error": pair("effects.std_error"),
         "ci_low": pair("effects.lower"), "ci_high": pair("effects.upper"), "p_value": ("p", "p"),
         "p_adjusted": pair("effects.p_adjusted"),
         "n_provinces": pair("effects.provinces"), "n_treated": pair("effects.treated"), "years": pair("effects.years"),
         "grade": pair("effects.strength")}


def overall(rows: pd.DataFrame) -> pd.DataFrame:
    """The overall effects, one row a component."""
    return rows[rows["term"] == "att"].drop_duplicates("component")[list(COLUMNS)].reset_index(drop=True)


def table_html(rows: pd.DataFrame, lang: str = "vi") -> str:
    """:func:`overall` for reading."""
    index_id, body = str(rows["index_id"].iloc[0]), []
    for r in overall(rows).to_dict("records"):
        cells = [f'<td>{html.escape(indices.name(index_id, r["component"], lang))}</td>']
        for c in COLUMNS[1:]:
            v = r[c]
            if c == "years":
                cells.append(f"<td>{html.escape(str(v))}</td>")
            elif c == "grade":
                cells.append(f"<td>{html.escape(GRADES.get(v, (v, v))[lang != 'vi'])}</td>")
            else:
                digits = 0 if c.startswith("n_") else 3 if c.startswith("p_") else 2
                cells.append(f'<td class="n">{wording.number(v, lang, digits)}</td>')
        body.append(f"<tr>{''.join(cells)}</tr>")
    numeric = set(COLUMNS) - {"component", "years", "grade"}
    cls = ' class="n"'
    heads = "".join(f'<th scope="col"{cls if c in numeric else ""}>{HEADS[c][lang != "vi"]}</th>' for c in COLUMNS)
    return (f'<div class="gov-scroll" tabindex="0"><table class="gov-table"><thead><tr>{heads}</tr></thead>'
            f'<tbody>{"".join(body)}</tbody></table></div>')


def result_html(spec: Specification, lang: str = "vi", limits: tuple[float, float] | None = None) -> str:
    """Event study, table, sentences, and how to get them again; an error in place of them where there is one."""
    how = (f'<p><code class="gov-line">{html.escape(spec.line)}</code></p><p><code '
           f'class="gov-command">{html.escape(spec.command)}</code></p>')
    try:
        rows = spec.estimate()
    except GovlibError as error:
        return widgets.problem(error, lang) + how
    said = "".join(f"<p>{html.escape(sentence(r, lang))}</p>"
                   for r in rows[rows["term"] == "att"].drop_duplicates("component").to_dict("records"))
    first = rows[rows["component"] == rows["component"].iloc[0]]
    alt = phrase("effects.event_study", lang) + "; ".join(
        f"{int(r.event_time):+d}: {wording.signed(r.estimate, lang)}"
        for r in first[first["term"] == "event"].dropna(subset=["estimate"]).itertuples())
    picture = event_drawing(first, lang, limits).accessible(alt)
    what = indices.name(spec.index, str(first["component"].iloc[0]), lang)
    alone = "" if not spec.component else phrase("effects.p_is_not_adjusted_for", lang)
    rule = str(rows["sample_rule"].iloc[0])
    return (f'{said if spec.component else ""}<p class="gov-measure">{html.escape(what)}</p><div class="gov-drawing" '
            f'tabindex="0">{picture}</div>'
            f'<p class="gov-note">{phrase("effects.sample", lang)}: {html.escape(rule)}. '
            f'{alone}</p>{table_html(rows, lang)}{"" if spec.component else said}{how}'
            + widgets.link(write.frame_csv(rows, bom=False),
                           f"effects-{spec.index}-{spec.component or 'all'}-{spec.reform}-{spec.estimator}.csv",
                           phrase("indices.download_csv", lang)))


def reform_options(lang: str) -> list[tuple[str, str]]:
    """Reforms of which some index has an estimate, or all that are known where none has been made."""
    types = reforms.reform_types()
    try:
        made = data.estimates()
        estimated = set(made.loc[made["estimate"].notna(), "reform"].unique())
        able = [r for r in types.index if r in estimated]
    except GovlibError:
        able = list(types.index)
    return sorted(((types.at[r, f"name_{lang}"], r) for r in able), key=lambda o: o[0])


class Side:
    """The choices and the result of one specification."""

    def __init__(self, spec: Specification, lang: str):
        import ipywidgets as w

        style, at = {"description_width": "6.5rem"}, lambda: w.Layout(width="auto")
        self.boxes = {"reform": w.Dropdown(style=style, layout=at()), "index": w.Dropdown(style=style, layout=at()),
                      "component": w.Dropdown(style=style, layout=at()), "estimator": w.Dropdown(style=style, layout=at()),
                      "sample_rule": w.Dropdown(style=style, layout=at(), options=list(SAMPLE_RULES)),
                      "reading": w.Dropdown(style=style, layout=at(), options=["early", "late"]),
                      "years": w.Text(style=style, layout=at(), placeholder="2006:2012", continuous_update=False),
                      "province": w.Dropdown(style=style, layout=at())}
        self.estimators = {k: e for k, e in ESTIMATORS.items() if k not in NOT_BY_HAND}
        self.out = w.HTML()
        self.quiet = True
        self.language(lang)
        for key, value in asdict(spec).items():
            if key != "component":
                self.choose(key, value)
        self.boxes["component"].options = self.component_options(lang)
        self.choose("component", spec.component and names.component(spec.component, [spec.index]))
        self.quiet = False
        self.children = (widgets.box(*self.boxes.values()), self.out)

    def language(self, lang: str) -> None:
        """Options and labels in a language, choices kept."""
        labels = {"reform": pair("effects.reform"), "index": pair("effects.index"), "component": pair("effects.component"),
                  "estimator": pair("effects.estimator"), "sample_rule": pair("effects.sample_rule"),
                  "reading": pair("effects.dates_read"), "years": pair("effects.years"),
                  "province": pair("effects.province")}
        for key, words in labels.items():
            self.boxes[key].description = words[lang != "vi"]
        rules = {"drop_unknown": pair("effects.leave_unknown_out"), "unknown_as_control": pair("effects.unknown_as_controls")}
        options = {"reform": reform_options(lang), "index": [(getattr(indices.index(i), f"short_{lang}"), i)
                                                             for i in ("pci", "papi", "dti")],
                   "estimator": [(phrase(f"estimator.{name}", lang), name) for name in self.estimators],
                   "sample_rule": [(v[lang != "vi"], k) for k, v in rules.items()],
                   "province": [("–", ""), *shown.province_options(lang)],
                   "reading": [(phrase("effects.earliest", lang), "early"), (phrase("effects.latest", lang), "late")]}
        if self.boxes["component"].options:
            options["component"] = self.component_options(lang)
        for key, values in options.items():
            before = self.boxes[key].value
            self.boxes[key].options = values
            if before in [k for _, k in values]:
                self.boxes[key].value = before

    def component_options(self, lang: str) -> list[tuple[str, str]]:
        index = self.boxes["index"].value
        named = [(indices.name(index, c, lang), c) for c in shown.components(index) if not c.startswith("overall")]
        return [(phrase("effects.all_p_adjusted", lang), ""), *named]

    def choose(self, key: str, value: str) -> None:
        """Set one choice. Raises UnknownName where there is no such one: another in its place would pass for the one asked for."""
        able = [k for _, k in getattr(self.boxes[key], "options", ())]
        if able and value not in able:
            raise UnknownName(key, value, difflib.get_close_matches(value, able, n=3, cutoff=0.4) or [k for k in able if k][:12])
        self.boxes[key].value = value

    @property
    def spec(self) -> Specification:
        chosen = {k: (b.value or "").strip() for k, b in self.boxes.items()}
        if not chosen["estimator"].startswith("synthetic"):
            chosen["province"] = ""
        return Specification(**chosen)


class Picker:
    """Two sides and a switch; the second is shown on demand."""

    def __init__(self, a: Specification, b: Specification | None = None, lang: str = "vi"):
        import ipywidgets as w

        self.lang = widgets.language(lang)
        self.two = w.Checkbox(value=b is not None, indent=False)
        self.head = w.HTML()
        second = b or Specification(**{**asdict(a), "estimator": "imputation"})
        self.sides = [Side(a, lang), Side(second, lang)]
        self.columns = [w.VBox(list(s.children)) for s in self.sides]
        self._count = 0
        for side in self.sides:
            for key, box in side.boxes.items():
                box.observe(lambda change, side=side, key=key: self._changed(side, key), "value")
        self.two.observe(lambda _: self.draw(), "value")
        self.lang.observe(lambda _: self._language(), "value")
        self.page = widgets.page(self.lang, self.head, self.two, widgets.box(*self.columns, name="gov-side"))
        self.draw()

    def _changed(self, side: Side, key: str) -> None:
        if side.quiet:
            return
        if key == "index":
            side.quiet = True
            side.boxes["component"].options = side.component_options(self.lang.value)  # all of them together stand first
            side.quiet = False
        self.draw()

    def _language(self) -> None:
        for side in self.sides:
            side.quiet = True
            side.language(self.lang.value)
            side.quiet = False
        self.draw()

    def draw(self) -> None:
        """Estimate what is chosen; two event studies share one scale."""
        lang = self.lang.value
        self.head.value = (f'<h2>{phrase("effects.effects_of_reforms", lang)}</h2><p class="gov-note">'
                           + phrase("effects.estimated_anew_at_each_choice", lang) + "</p>")
        self.two.description = phrase("effects.compare_two_specifications", lang)
        self.columns[1].layout.display = None if self.two.value else "none"
        shown = self.sides if self.two.value else self.sides[:1]
        tables = []
        for side in shown:
            try:
                rows = side.spec.estimate()
                tables.append(rows[rows["component"] == rows["component"].iloc[0]])
            except GovlibError:
                continue  # its message is shown in its own place below
        limits = event_limits(*tables) if any((x["term"] == "event").any() for x in tables) else None
        self._count += 1
        for side in shown:
            side.boxes["province"].layout.display = None if side.boxes["estimator"].value.startswith("synthetic") else "none"
            side.out.value = f'<div class="gov-effect" data-count="{self._count}">{result_html(side.spec, lang, limits)}</div>'


def effects_picker(first: Mapping[str, str] | None = None, second: Mapping[str, str] | None = None, lang: str = "vi"):
    """The picker as a widget, to stand last in a cell; ``first`` and ``second`` are fields of :class:`Specification`.

    Raises UnknownName where one is none of the choices, with the nearest.
    """
    wording.check_language(lang)
    first, second = ({"component": "", **spec} if spec and "index" in spec else spec for spec in (first, second))
    return Picker(Specification(**(first or {})), Specification(**second) if second else None, lang).page
