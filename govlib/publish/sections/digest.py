"""What is known of each kind of reform, what is not, and what would settle it; and how much of the doubt is the survey's own."""

from __future__ import annotations

from collections.abc import Iterable

from govlib.effects.report import matters
from govlib.known import departments, indices
from govlib.known.reforms import name as reform_name
from govlib.publish import show
from govlib.publish.sections.base import Context, frame, remarks
from govlib.publish.sections.components import scale_words
from govlib.publish.sections.evidence import actions, estimates, quoted_figure, quoted_rows, where
from govlib.words import wording

NAMED = 2  # components that a sentence names; more are counted, an index at a time
TEN = (1.0, 10.0)  # the scale that bounds are told on unless another is named
#: Of a level that is no more, its centres and its councils: nobody can begin with it.
OF_DISTRICTS = {"peoples_council_removal", "service_centre_district", "urban_government_no_lower_councils"}


def digest(page: Context) -> dict | None:
    """One row a kind of reform: what is known of its effect as bounds, of how many provinces the start is, what would settle it."""
    e = estimates(page)
    head = [page.label(f"col.{key}", size=matters(page.lang)) for key in ("reform", "known", "starts", "settles")]
    kinds = list(dict.fromkeys(actions(page)["reform"]))
    estimated = [k for k in kinds if not e.empty and k in set(e["reform"])]
    of = {k: [r for r in quoted_rows(page) if r["reform"] == k] for k in estimated}
    rows = [dict(zip(head, (reform_name(k, page.lang), *_told(page, of[k])), strict=True)) for k in estimated]
    if rest := [reform_name(k, page.lang) for k in kinds if k not in estimated]:
        rows.append(dict(zip(head, ("; ".join(rest), page.label("evidence.digest_nothing"), "–",
                                    page.label("evidence.settle_start")), strict=True)))
    designs = page.label("evidence.digest_designs") if estimated and e["tried"].notna().any() else None
    return {"df": frame(rows), "caption": page.label("evidence.digest"), "lang": page.lang,
            "source": page.label("source.estimates"), "note": remarks([page.label("evidence.digest_note"), designs]),
            "name": f"evidence-digest-{page.province}"} if rows else None


def _told(page: Context, rows: list[dict]) -> tuple[object, object, object]:
    """Known, starts, and what would settle it, of the outcomes of one kind of reform."""
    few, blank = max(rows, key=lambda r: r["n_treated"]), max(rows, key=lambda r: r["n_unknown"])
    starts = show.fmt(page.label("evidence.starts_unknown" if blank["n_unknown"] else "evidence.starts"),
                      n=quoted_figure(page, few, "n_treated", 0), unknown=quoted_figure(page, blank, "n_unknown", 0))
    by: dict[str, list[dict]] = {}
    for r in rows:
        by.setdefault("" if indices.scale(r["index_id"], r["component"])[:2] == TEN else r["index_id"], []).append(r)
    known = [told for index_id in sorted(by) if (told := _known(page, by[index_id], index_id)) is not None]
    return show.join(known, "; ") if known else page.label("evidence.digest_nothing"), starts, settles(page, rows)


def _known(page: Context, rows: list[dict], index_id: str = "") -> show.Html | None:
    """The widest of the bounds of outcomes on one scale, :data:`TEN` or that of an index: 0.3 is little on 1–10 and much on DTI's
    0–1. None without any."""
    def end(row: dict, side: str) -> tuple[float, str]:
        key = f"ci_{side}" if wording.missing(row.get(f"pooled_{side}")) else f"pooled_{side}"
        return float(row[key]), key

    ways = {str(r.get("finding") or "").removeprefix("leans_") or "open" for r in rows}
    bounded = [r for r in rows if end(r, "low")[0] == end(r, "low")[0]]
    if not bounded:
        return None
    low, high = min(bounded, key=lambda r: end(r, "low")), max(bounded, key=lambda r: end(r, "high"))
    ends = {"low": quoted_figure(page, low, end(low, "low")[1], sign=True),
            "high": quoted_figure(page, high, end(high, "high")[1], sign=True)}
    if index_id:
        scale = scale_words(page, index_id, rows[0]["component"], indices.LATEST)
        return show.fmt(page.label("evidence.digest_scale"), index=page.short(index_id), scale=scale, **ends)
    return show.fmt(page.label(f"evidence.digest_{ways.pop() if len(ways) == 1 else 'open'}"), **ends)


def settles(page: Context, rows: list[dict]) -> show.Html:
    """What would settle the outcomes of one kind of reform: in how many provinces an effect worth seeing would be seen, for which
    even the most that were tried are too few."""
    if rows[0]["reform"] in OF_DISTRICTS:
        return show.Html(show.esc(page.label("evidence.settle_over", day=wording.day(departments.TWO_LEVELS, page.lang))))
    designs: dict[float, list[dict]] = {}
    for r in rows:
        if not wording.missing(r.get("tried")):
            designs.setdefault(float("inf") if wording.missing(r["fewest"]) else r["fewest"], []).append(r)
    told = [show.fmt(page.label("evidence.settle_never" if n == float("inf") else "evidence.settle_in"),
                     n=quoted_figure(page, found[0], "tried" if n == float("inf") else "fewest", 0), names=_named(page, found))
            for n, found in sorted(designs.items())]
    if not told:
        return show.Html(show.esc(page.label("evidence.settle_more")))
    return show.fmt(page.label("evidence.settle_see"), what=show.join(told, ", "))


def _named(page: Context, rows: Iterable[dict]) -> str:
    by: dict[str, list[str]] = {}
    for r in rows:
        by.setdefault(page.short(r["index_id"]), []).append(page.component(r["index_id"], r["component"]))
    return wording.joined([page.label("evidence.components_of", n=len(names), index=index) if len(names) > NAMED else
                           f"{index} – {', '.join(names)}" for index, names in by.items()], page.lang)


def survey_share(page: Context) -> show.Html | None:
    """How much of an estimate's uncertainty is the survey's own noise: the range of the middle estimate of each index."""
    e, told = estimates(page), []
    if e.empty:
        return None
    for index_id, part in e[e["survey_high"].notna()].groupby("index_id", sort=False):
        row = part.sort_values(["survey_high", "component"], kind="stable").iloc[(len(part) - 1) // 2].to_dict()
        low, high = (show.num(100 * row[key], source="estimates", locator=where(row, key), lang=page.lang, decimals=0)
                     for key in ("survey_low", "survey_high"))
        alike = row["survey_low"] and round(100 * row["survey_low"]) == round(100 * row["survey_high"])
        key = "evidence.survey_one" if alike else "evidence.survey_printed" if row["survey_low"] else "evidence.survey_none"
        told.append(show.fmt(page.label(key), index=page.short(str(index_id)), low=low, high=high))
    return show.fmt(page.label("evidence.survey"), what=show.join(told, "; ")) if told else None
