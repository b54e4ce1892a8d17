"""What the province did, and what the estimates say of such reforms."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import partial
from urllib.parse import urlsplit

import pandas as pd

from govlib.effects import pooled, report
from govlib.effects.quoted import locator, quoted
from govlib.effects.report import TOLD, together_lead
from govlib.known import indices, provinces
from govlib.known.reforms import OPEN_BEFORE, first_edition
from govlib.known.reforms import actions as reform_actions  # `govlib.reforms` itself is the one-line function
from govlib.known.reforms import name as reform_name
from govlib.publish import show
from govlib.publish.charts import effects as chart
from govlib.publish.sections.base import Context, Marks, drawn, frame, once, registry_date, remarks
from govlib.publish.sections.merger import part_name, predecessors
from govlib.text import fold
from govlib.words import wording
from govlib.words.tables import counted

ROWS = 15  # of a picture: half a sheet


@once
def actions(page: Context) -> pd.DataFrame:
    """Reform actions of this province, after a merger also of those that it was formed from, that had begun by the end of the
    edition's year."""
    a = reform_actions()
    return a[a["province"].isin({page.province, *predecessors(page)}) & (a["start_date"].astype(str).str[:4].str.isdigit())
             & (a["start_date"].astype(str).str[:4] <= str(page.year))].sort_values("start_date")


@once
def reforms_table(page: Context) -> dict | None:
    a = actions(page)
    if a.empty:
        return None
    held, a = a[a["date_of"].eq("event")], a[a["date_of"].ne("event")]
    if a.empty:
        return None
    rows = []
    for n, r in enumerate(a.to_dict("records"), 1):
        rows.append({page.label("col.row"): str(n), page.label("col.when"): _when(page, r),
                     page.label("col.reform"): reform_name(r["reform"], page.lang), **_whose(page, r),
                     page.label("col.instrument"):
                         written(page, r["instrument"] if isinstance(r["instrument"], str) and r["instrument"] else "–"),
                     page.label("col.aims"): _aims(page, str(r["target_components"] or "").split(";")) or "–",
                     page.label("col.confidence"): page.label("confidence." + r["confidence"]),
                     page.label("col.source"): _source(page, str(r["source_title"] or ""), str(r["source_url"] or ""))})
    return {"df": frame(rows), "caption": page.label("evidence.reform_actions_up_to", place=page.place(), year=page.year),
            "lang": page.lang, "note": remarks([page.label("note.reforms"), _meetings(page, held), _measured_anew(page)]),
            "source": page.label("source.reforms"), "name": f"reforms-{page.province}"}


def _source(page: Context, title: str, url: str) -> object:
    """The page that a reform was read on, by its title; on a Vietnamese page a title in another language gives way to the site: the
    document itself has its own column."""
    if page.lang == "vi" and title and not in_vietnamese(title):
        title = page.label("evidence.foreign_page", site=(urlsplit(url).hostname or "").removeprefix("www.")) if url else ""
    told = written(page, title or page.label("evidence.no_source_page"))
    return show.link(told, url) if title and url else told


def written(page: Context, text: str) -> show.Html:
    """What others have written, marked where it is Vietnamese on a page that is not: who reads it aloud goes by that."""
    return show.Html(f'<span lang="vi">{show.esc(text)}</span>') if page.lang != "vi" and in_vietnamese(text) else show.esc(text)


def in_vietnamese(title: str) -> bool:
    """Whether a title is Vietnamese: at least three words in ten bear its marks, which a name or two in another language's do not.
    What stands in brackets is a remark of ours and does not count.

    >>> in_vietnamese("Kế hoạch 203/KH-UBND"), in_vietnamese("A centre in Bắc Ninh (nêu ở trang 2)"), in_vietnamese("計画")
    (True, False, False)
    """
    words = re.findall(r"[^\W\d_]+", re.sub(r"\([^)]*\)", "", unicodedata.normalize("NFC", title)))
    return sum(w.lower() != fold(w) and fold(w).isascii() for w in words) >= 0.3 * len(words) > 0


def reforms_short(page: Context) -> dict | None:
    """The same in brief: when, what, aimed at what, with the number of the row in the annex's table."""
    full = reforms_table(page)
    if full is None:
        return None
    keep = [page.label(k) for k in ("col.when", "col.reform", "col.province", "col.aims")]
    df = full["df"][[c for c in keep if c in full["df"].columns]].copy()
    df[page.label("col.row")] = [str(n) for n in range(1, len(df) + 1)]
    return full | {"df": df, "note": page.label("note.reforms_short"), "name": f"reforms-short-{page.province}"}


def _whose(page: Context, r: dict) -> dict[str, str]:
    """After a merger a column of who did it: a former province or the new one."""
    formed = provinces.get(page.province, page.year).valid_from if predecessors(page) else None
    if formed is None:
        return {}
    before = str(r["start_date"]) < formed.isoformat()
    return {page.label("col.province"): part_name(page, r["province"]) if before else page.place()}


def _meetings(page: Context, held: pd.DataFrame) -> str:
    """Meetings about the indices: told beside the table, for they are no reform."""
    days = [registry_date(str(day), page.lang) for day in held["start_date"]]
    return page.label("evidence.meetings", days=wording.joined(days, page.lang)) if days else ""


def _when(page: Context, r: dict) -> show.Html:
    """When it began, as exactly as the registry knows, and when it ended if that was by the page's year."""
    def day(column: str) -> show.Html:
        return show.num(registry_date(str(r[column]), page.lang), source="reform-actions", locator=r["reform_id"], lang=page.lang,
                        cell=column)

    form = {"earliest_seen": page.label("evidence.seen_by"), "restart": page.label("evidence.restarted"),
            "first_round": page.label("evidence.first_round")}
    told = show.fmt(form.get(r["date_of"], "{d}"), d=day("start_date"))
    if r["year_basis"] == "inferred":
        told = show.join([told, page.label("evidence.year_inferred")])
    ended = str(r["end_date"] or "")
    return show.join([told, day("end_date")], " – ") if ended[:4].isdigit() and ended[:4] <= str(page.year) else told


def _measured_anew(page: Context) -> str:
    """Which reforms began in an edition in which what they aim at was measured anew: before and after do not join. Of a reform
    aimed at a whole index only where it is estimated: a composite breaks with any of its parts, almost every year."""
    found: dict[str, list[str]] = {}
    estimated = set() if estimates(page).empty else set(zip(estimates(page)["reform"], estimates(page)["index_id"], strict=True))
    for r in actions(page)[~actions(page)["date_of"].isin(OPEN_BEFORE)].to_dict("records"):
        for index_id, _, component in (s.strip().partition(":") for s in str(r["target_components"] or "").split(";")):
            if index_id not in indices.INDICES or (component in ("", "overall") and (r["reform"], index_id) not in estimated):
                continue
            edition = first_edition(str(r["start_date"]), index_id)
            if edition <= page.year and indices.breaks_between(index_id, component or "overall", edition - 1, edition):
                found.setdefault(reform_name(r["reform"], page.lang), []).append(f"{page.short(index_id)} {edition}")
    names = [f"{name} ({', '.join(dict.fromkeys(editions))})" for name, editions in found.items()]
    return page.label("note.measured_anew", names="; ".join(names)) if names else ""


def _aims(page: Context, specs: Iterable[str]) -> str:
    """What a reform aims at, index by index: ``PCI: …, …; PAPI: …``."""
    by: dict[str, list[str]] = {}
    for index_id, _, c in (s.strip().partition(":") for s in specs if s.strip()):
        known = index_id in indices.INDICES
        found = by.setdefault(page.short(index_id) if known else index_id, [])
        if known and c not in ("", "overall"):
            found.append(page.component(index_id, c))
    return "; ".join(f"{name}: {', '.join(c)}" if c else name for name, c in by.items())


def _target(page: Context, spec: str) -> str:
    index_id, _, c = spec.strip().partition(":")
    if index_id not in indices.INDICES:
        return spec
    return page.short(index_id) if c in ("", "overall") else f"{page.short(index_id)} – {page.component(index_id, c)}"


@once
def estimates(page: Context) -> pd.DataFrame:
    """The estimates a briefing quotes of the kinds of reform that this province has done; empty: none estimated."""
    return quoted(set(actions(page)["reform"]))


@once
def quoted_rows(page: Context) -> list[dict]:
    """:func:`estimates`, a row each: taken out of the frame once, as it is wide."""
    return estimates(page).to_dict("records")


def where(row: dict, figure: str, inference: str | None = None) -> str:
    """Which cell of the estimates, see :func:`govlib.effects.quoted.locator`; of the interval's row unless told."""
    return locator(row, figure, inference or row["interval"])


def _measured(page: Context, row: dict) -> bool:
    """Whether this province is among those whose effect the row measures."""
    return not {page.province, *predecessors(page)}.isdisjoint(row["treated"].split(", "))


def _apart(page: Context, row: dict) -> str:
    """Why this province, which did it, is not among those measured; empty where it is."""
    if _measured(page, row):
        return ""
    own = actions(page)[actions(page)["reform"] == row["reform"]]
    last, treated = int(row["years"][-4:]), int(row["n_treated"])
    if own["date_of"].isin(OPEN_BEFORE).any():
        why = page.label("evidence.its_start_is_not")
    elif min(first_edition(str(d), row["index_id"]) for d in own["start_date"]) > last:
        why = page.label("evidence.it_did_it_after", last=last)
    else:
        why = page.label("evidence.too_few_figures_before")
    return page.label("evidence.apart", place=page.place(), n=treated, why=why)


def one_estimate(rows: list[dict]) -> bool:
    """Whether kinds of reform stand side by side with what is one estimate: begun together in the same provinces, they cannot be
    told apart by what happened there."""
    keys = [tuple(r[k] for k in ("index_id", "component", "treated", "estimate", "ci_low", "ci_high")) for r in rows
            if not wording.missing(r["ci_low"])]
    return len(keys) > len(set(keys))


def evidence(page: Context) -> tuple[dict | None, list[dict], str]:
    """(table, figures, sentence): what the estimates say of this province's kinds of reform; only the sentence, saying
    that nothing has been estimated, where nothing has."""
    e = estimates(page)
    kinds = list(dict.fromkeys(actions(page)["reform"]))
    without = [k for k in kinds if e.empty or k not in set(e["reform"])]
    told = page.label("note.not_estimated", names=wording.joined([reform_name(k, page.lang) for k in without],
                                                                 page.lang)) if without else ""
    if e.empty:
        return None, [], told or page.label("note.no_reforms")
    rows = []
    for r in quoted_rows(page):
        n = partial(quoted_figure, page, r | {"controls": r["n_provinces"] - r["n_treated"]})
        ends = show.together(page.label("national_spread.to"), a=n("ci_low", sign=True), b=n("ci_high", sign=True))
        rows.append({page.label("col.reform"): reform_name(r["reform"], page.lang),
                     page.label("col.outcome"): outcome(page, r), page.label("col.estimate"): n("estimate", sign=True),
                     page.label("col.interval"): "–" if wording.missing(r["ci_low"]) else ends,
                     page.label("col.p"): n("p_adjusted", 3, inference=r["inference"]),
                     page.label("col.treated"): n("n_treated", 0) if _measured(page, r)
                     else show.join([n("n_treated", 0), "*"], ""),
                     page.label("col.unknown"): show.together("{a}/{b}", a=n("n_unknown", 0), b=n("controls", 0)),
                     page.label("col.grade"): page.label("grade." + r["grade"])})
    star = [] if all(_measured(page, r) for r in quoted_rows(page)) else [page.label("note.apart", place=page.place())]
    star += [page.label("note.one_estimate")] if one_estimate(quoted_rows(page)) else []
    table = {"df": frame(rows), "caption": page.label("evidence.estimated_effects_such_reforms"),
             "lang": page.lang, "note": remarks([page.label("note.evidence"), *star]), "source": page.label("source.estimates"),
             "name": f"evidence-{page.province}"}
    return table, _figures(page, e), told


def quoted_figure(page: Context, row: dict, key: str, decimals: int = 2, *, sign: bool = False,
                  inference: str | None = None) -> show.Html:
    """A figure of a quoted row with its place; a dash where the row has none."""
    if wording.missing(row.get(key)):
        return show.Html("–")
    return show.num(float(row[key]), source="estimates", locator=where(row, key, inference), lang=page.lang, decimals=decimals,
                    sign=sign, csv_unit=page.unit_name(row["outcome_unit"]) if sign else "")


def outcome(page: Context, row: dict) -> str:
    """Index and component of a quoted row."""
    return _target(page, f"{row['index_id']}:{row['component']}")


def _figures(page: Context, e: pd.DataFrame) -> list[dict]:
    """Every estimate alone and by the light of all others, below what was assumed of them and what they leave of that:
    on one scale, in pictures that leave room for something else on a sheet."""
    told = {"estimate": "estimate", "ci_low": "ci_low", "ci_high": "ci_high", "beside": "pooled_mean", "beside_low": "pooled_low95",
            "beside_high": "pooled_high95"}
    both = [(page.label("evidence.mean_effect"), name, values, {key: show.num(
        v, source="estimates", locator=f"all pooled {which} {key}", lang=page.lang, sign=True) for key, v in values.items()}, False)
        for which, name, values in _before_after(page)]
    for r in quoted_rows(page):
        both.append((reform_name(r["reform"], page.lang), outcome(page, r), {key: r[column] for key, column in told.items()},
                     {key: quoted_figure(page, r, column, sign=True) for key, column in told.items()},
                     r["grade"] in ("weak", "moderate", "strong")))
    dots = pd.DataFrame([{"group": group, "label": name, **dict.fromkeys(told, float("nan")), **values, "clear": clear}
                         for group, name, values, _, clear in both])
    sourced = frame([{"group": group, "label": name, **dict.fromkeys(told, "–"), **marked} for group, name, _, marked, _ in both])
    clear, mixed = int(dots["clear"].sum()), int((e["grade"] == "mixed").sum())
    title = (page.label("evidence.no_clear_evidence_effect") if not clear else
             counted("evidence.with_evidence", page.lang, len(e), clear=clear))
    title += page.label("evidence.mixed", mixed=mixed) if mixed else ""
    span, parts = chart.held(dots), _parts(dots["group"])
    return [drawn(chart.draw, dots[part], page.lang, span=span) | {
        "title": title + (f" ({n}/{len(parts)})" if len(parts) > 1 else ""), "decimals": 2, "wide": True,
        "measure": page.label("evidence.average_effect_points_95"),
        "alt": chart.alt(dots[part], page.lang, what=page.label("evidence.estimated_effects")),
        "table": chart.table(sourced[part], page.lang),
        "note": page.label("evidence.figure_together") if n == 1 else None,
        "source": page.label("source.estimates"), "name": f"effects-{page.province}-{n}"} for n, part in enumerate(parts, 1)]


def _parts(groups: pd.Series) -> list[slice]:
    """Rows of one picture each, alike in number and at most so many; a heading's rows stay together where they can."""
    n, parts, start = len(groups), [], 0
    ends = [k for k in range(1, n) if groups.iloc[k] != groups.iloc[k - 1]]
    for left in range(-(-n // ROWS), 1, -1):
        ideal = start + -(-(n - start) // left)
        end = min((k for k in ends if max(start + 1, n - ROWS * (left - 1)) <= k <= start + ROWS),
                  key=lambda k: abs(k - ideal), default=ideal)
        parts.append(slice(start, end))
        start = end
    return [*parts, slice(start, n)]


def _before_after(page: Context) -> list[tuple[str, str, dict[str, float]]]:
    """The mean effect of all reforms: what was assumed before any estimate, and what they leave of it; nothing before they are."""
    whole = pooled.overall()
    return [(which, page.label(f"evidence.{which}"), dict(zip(chart.BESIDE, whole[which], strict=True)))
            for which in ("prior", "posterior")] if whole else []


def evidence_lead(page: Context) -> str:
    """How many outcomes were estimated and what was seen, in a sentence or two."""
    grades = estimates(page)["grade"]
    seen = {"found": int(grades.isin(["weak", "moderate", "strong"]).sum()), "hints": int(grades.eq("hint").sum()),
            "mixed": int(grades.eq("mixed").sum())}
    about = {"kinds": counted("evidence.kinds", page.lang, estimates(page)["reform"].nunique()),
             "outcomes": counted("evidence.outcomes", page.lang, len(grades))}
    what = [page.label(f"evidence.lead_{key}", n=n) for key, n in seen.items() if n]
    told = page.label("evidence.lead_some", what=wording.joined(what, page.lang), **about) if what else page.label(
        "evidence.lead_none", **about)
    return " ".join(filter(None, (told, page.label("evidence.not_no_effect"), together_lead(estimates(page), page.lang))))


def evidence_sentences(page: Context) -> tuple[list[show.Html], list[show.Html]]:
    """The effects engine's own sentences: every outcome that is mixed, a hint or more; and of each kind of reform without any, the
    outcome with the smallest p, in the reforms' order."""
    e = estimates(page)
    if e.empty:
        return [], []
    seen = e["grade"].isin(TOLD)
    rest = e[~e["reform"].isin(set(e.loc[seen, "reform"]))].sort_values("p_value",
                                                                        kind="stable").drop_duplicates("reform").sort_index()
    rows = quoted_rows(page)
    return [_told(page, r) for r in rows if r["grade"] in TOLD], [_told(page, rows[i]) for i in rest.index]


def _told(page: Context, row: dict) -> show.Html:
    """One sentence with each of its figures marked, those of other estimates as theirs; years and counts are not."""
    marks = Marks()

    def mark(text: str, figure: str) -> str:
        place = row[f"{figure}_at"] if figure in ("other_low", "other_high") else where(row, figure)
        return marks.put(show.num(text, source="estimates", locator=place, lang=page.lang))

    told = [report.claim(row, page.lang, mark) + report.others(row, page.lang, mark) + report.breaks(row, page.lang)
            + report.page_wide(row, page.lang), _apart(page, row), report.together(row, page.lang, mark)]
    return marks.filled(" ".join(filter(None, told)))
