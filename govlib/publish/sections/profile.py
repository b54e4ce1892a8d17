"""The profile of an index: every component between the lowest and the highest province."""

from __future__ import annotations

import numpy as np
import pandas as pd

from govlib.known.indices import doubtful
from govlib.publish.charts import spine
from govlib.publish.sections.base import Context, drawn
from govlib.publish.sections.components import scored, scored_components
from govlib.publish.sections.findings import compared
from govlib.words import wording

HELD = 20  # provinces with a figure, below which lowest, middle and highest say nothing of the nation


def spine_figure(page: Context, index_id: str, year: int) -> dict | None:
    """The profile of one edition; None where fewer than two components have the figures of :data:`HELD` provinces, and of figures
    that their publisher does not stand by: they have no place among the others."""
    if doubtful(index_id, year, page.province):
        return None
    peers = _peers(page, index_id, year)
    table = compared(page, index_id, year).set_index("component")
    rows, sourced, d = [], [], page.decimals(index_id)
    for c in scored_components(page, index_id, year):
        values, r = page.board.edition(index_id, c, year).values, table.loc[c]
        if len(values) < HELD or not r["score"] == r["score"]:
            continue
        q25, median, q75 = (float(np.quantile(values, q)) for q in (0.25, 0.5, 0.75))
        joined = bool(r["comparable"]) and r["before_year"] == year - 1
        row = {"label": page.component(index_id, c, year), "value": float(r["score"]), "rank": r["rank"], "low": float(values[-1]),
               "q25": q25, "median": median, "q75": q75, "high": float(values[0]), "region": r["region_median"],
               "before": r["before"] if joined else None}
        mates = {page.place(p): float(r[p]) for p in peers if r[p] == r[p]}
        rows.append((row | mates, len(values), c))
        sourced.append(_sourced(page, index_id, c, year, row, d))
    if len(rows) < 2:
        return None
    rows.sort(key=lambda entry: -spine.place(entry[0], entry[0]["value"]))
    df = pd.DataFrame([row for row, _, _ in rows])
    df = df[[*spine.FIXED, *(c for c in df.columns if c not in spine.FIXED)]]
    what, fewest = f"{page.short(index_id)} {year}, {page.place()}", min(n for _, n, _ in rows)
    full = all(page.board.is_full(index_id, c, year) for _, _, c in rows)
    held = [] if full else [page.label("profile.held", n=fewest, of=page.board.expected(index_id, year))]
    return drawn(spine.draw, df, page.lang, province=page.place(), decimals=d) | {
        "title": _title(page, df, index_id, year, full),
        "measure": page.label("profile.measure", what=what), "alt": spine.alt(df, page.lang, what=what,
                                                                                                    decimals=d),
        "table": pd.DataFrame(sourced, dtype=object), "decimals": d, "wide": True, "source": page.source_line(index_id, year),
        "note": " ".join([*page.of_old_unit(year), *held]) or None,
        "name": f"{index_id}-{year}-{page.province}-profile"}


def _sourced(page: Context, index_id: str, c: str, year: int, row: dict, d: int) -> dict:
    """The row with where each of its figures is from."""
    key, names = f"{index_id}/{c}", page.board.edition(index_id, c, year).names
    head = lambda k: page.label(f"profile.{k}")  # noqa: E731
    out = {page.label("col.component"): row["label"], page.place(): scored(page, index_id, c, page.province, year),
           head("before"): scored(page, index_id, c, page.province, year - 1) if row["before"] is not None else None,
           head("lowest"): scored(page, index_id, c, names[-1], year)}
    for q, what in ((0.25, "q25"), (0.5, "median"), (0.75, "q75")):
        out[head(what)] = page.ours(row[what], f"quantile {key} {year} {q}", d)
    out |= {head("highest"): scored(page, index_id, c, names[0], year)}
    out[head("region")] = page.ours(row["region"], f"region_median {key} {page.province} {year}", d)
    return out | {page.place(p): scored(page, index_id, c, p, year) for p in _peers(page, index_id, year)}


def _peers(page: Context, index_id: str, year: int) -> list[str]:
    return [p for p in page.peers[:3] if not doubtful(index_id, year, p)]


def _title(page: Context, df: pd.DataFrame, index_id: str, year: int, full: bool) -> str:
    """The finding: how many components stand in the upper half, of the nation or of those with a score, and the lowest of them: by
    rank, as everywhere on the page; without ranks by its place between the ends."""
    above, n, held = int((df["value"] >= df["median"]).sum()), len(df), "" if full else "_held"
    if df["rank"].notna().all():
        away = df.assign(rank=df["rank"].astype(float), gap=df["value"] - df["median"])
        df = away.sort_values(["rank", "gap"], ascending=[True, False], kind="stable")
    about, last = {"index": page.short(index_id), "year": year, "n": n}, df.iloc[-1]
    low, rank = last["label"], last["rank"]
    low = low if wording.missing(rank) else page.label("profile.ranked", name=low, rank=int(rank))
    if above == n:
        return page.label(f"profile.title_all{held}", **about)
    return page.label(f"profile.title{held}", above=above, low=low, **about)
