"""``data/processed/changelog_draft.md``: what `make panel` changed in the figures, for whoever writes CHANGELOG.md.

The figures last told of stay in ``.told.parquet`` beside it, so that a run that was stopped is told of by the next. Every changed
figure stands with both its values, sources and places in ``changelog_draft.csv``; findings of finished briefings that rest on
one of them are named.
"""

from __future__ import annotations

import datetime
import json
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from govlib import files, paths
from govlib.forms.write import frame_csv
from govlib.words.tables import phrase

if TYPE_CHECKING:
    import pandas as pd

CELL = ["index_id", "year", "component", "province"]
FIGURE = ["score", "rank", "source", "locator"]
DRAFT, TABLE, TOLD = "changelog_draft.md", "changelog_draft.csv", ".told.parquet"
LISTED = 12  # revised figures of an edition that the draft spells out
FEW = 4  # components that new or withdrawn figures are counted by
REPUBLISHED = 0.5  # share of an edition's figures, from which on it is called republished


def held(path: Path) -> pd.DataFrame:
    """The published figures of a table of scores, by :data:`CELL`."""
    import pandas as pd

    table = pd.read_parquet(path, columns=[*CELL, *FIGURE]).astype({"score": "float64", "rank": "float64"})
    return table[table["score"].notna() | table["rank"].notna()].set_index(CELL).sort_index()


def changed(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """One row a figure that is new, revised or withdrawn: `kind` and both sides (``score_before``, ``score_after``, …)."""
    both = before.add_suffix("_before").join(after.add_suffix("_after"), how="outer")

    def alike(what: str) -> pd.Series:
        old, new = both[f"{what}_before"], both[f"{what}_after"]
        return old.eq(new) | (old.isna() & new.isna())

    was, now = both.index.isin(before.index), both.index.isin(after.index)
    both.insert(0, "kind", "revised")
    both.loc[~was, "kind"], both.loc[~now, "kind"] = "new", "withdrawn"
    return both[~(was & now & alike("score") & alike("rank"))].reset_index()


def renamed(rows: pd.DataFrame) -> dict[str, str]:
    """Of one edition: component that went → the one that came with the same figures, province by province."""
    went = {c: t.set_index("province")["score_before"].dropna() for c, t in rows[rows["kind"].eq("withdrawn")].groupby("component")}
    came = {c: t.set_index("province")["score_after"].dropna() for c, t in rows[rows["kind"].eq("new")].groupby("component")}
    return {old: new for old, a in went.items() for new, b in came.items() if len(a) > 2 and a.to_dict() == b.to_dict()}


def lines(rows: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame) -> Iterator[str]:
    """What became of each edition that has changed."""
    before, after = before.reset_index(), after.reset_index()
    for (index_id, year), part in rows.groupby(["index_id", "year"]):
        old, new = (table[table["index_id"].eq(index_id) & table["year"].eq(year)] for table in (before, after))
        edition = f"{index_id} {year}"
        if old.empty or new.empty:
            there = new if old.empty else old
            yield phrase("drift.came" if old.empty else "drift.went", "en", edition=edition, figures=len(there),
                         provinces=there["province"].nunique())
            continue
        names = renamed(part)
        for was, now in names.items():
            yield phrase("drift.renamed", "en", edition=edition, was=was, now=now)
        part = part[~(part["component"].isin(names) | part["component"].isin(names.values()))]
        for level, kind in (("component", "gone"), ("province", "gone"), ("component", "more"), ("province", "more")):
            first, second = (old, new) if kind == "gone" else (new, old)
            if listed := sorted({*first[level]} - {*second[level]} - {*names, *names.values()}):
                yield phrase(f"drift.{level}_{kind}", "en", edition=edition, names=", ".join(listed))
        revised = part[part["kind"].eq("revised")]
        if len(revised) > REPUBLISHED * len(old):
            yield phrase("drift.republished", "en", edition=edition, n=len(revised), of=len(old))
        if part["kind"].ne("revised").any():
            yield phrase("drift.counts", "en", edition=edition, new=_counted(part, "new"), withdrawn=_counted(part, "withdrawn"))
        # printed figures first: sums of ours only follow from them
        revised = revised.sort_values("locator_after", key=lambda place: place.astype("str").str.startswith("SUM("), kind="stable")
        for r in revised.head(LISTED).itertuples():
            yield phrase("drift.revised", "en", edition=edition, province=r.province, component=r.component,
                         was=_figure(r.score_before, r.rank_before), now=_figure(r.score_after, r.rank_after),
                         places=_places((r.source_before, r.locator_before), (r.source_after, r.locator_after)))
        if len(revised) > LISTED:
            yield phrase("drift.more", "en", edition=edition, n=len(revised) - LISTED, file=TABLE)


def _counted(rows: pd.DataFrame, kind: str) -> str:
    """``94 (time_costs 63, overall 31)``: how many of a kind, by component where they are of few."""
    by = rows.loc[rows["kind"].eq(kind), "component"].value_counts()
    named = ", ".join(f"{component} {n}" for component, n in sorted(by.items()))
    return f"{by.sum()} ({named})" if 0 < len(by) <= FEW else str(by.sum())


def _figure(score: float, rank: float) -> str:
    return " / ".join([f"{score:.10g}" if score == score else "–", *([f"{rank:.0f}"] if rank == rank else [])])


def _places(*places: tuple[str, str]) -> str:
    """Where a figure stood and stands; once where that is the same."""
    return " → ".join(dict.fromkeys(textwrap.shorten(f"{source}: {place}", 90, placeholder=" …") for source, place in places))


def findings(rows: pd.DataFrame, folder: Path) -> list[str]:
    """Findings of finished briefings (``.manifest/figures`` of each year) that rest on a figure that is revised or withdrawn."""
    places = {f"{r.source_before}: {r.locator_before}" for r in rows[rows["kind"].ne("new")].itertuples()}
    found = []
    for record in sorted(folder.glob("20[0-9][0-9]/.manifest/figures/*.json")):
        try:
            told = json.loads(record.read_bytes())["findings"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue  # a record that cannot be used: the page is made again, and with it the record
        year, page = record.parts[-4], record.stem
        found += [phrase("drift.finding", "en", page=f"{year}/{page}", text=text) for text, facts in told if places & {*facts}]
    return found


def tell(processed: Path | None = None, briefings: Path | None = None) -> Path | None:
    """Add what has changed since it was last told to the draft, newest first; its path, None where nothing has."""
    folder = processed or paths.processed()
    after, told, draft = held(folder / "scores.parquet"), folder / TOLD, folder / DRAFT
    first = not told.is_file()
    if not first:
        before = held(told)
        rows = changed(before, after)
        if rows.empty:
            return None
        text = "\n".join(f"- {line}" for line in [*lines(rows, before, after), *findings(rows, briefings or paths.briefings())])
        earlier = draft.read_text(encoding="utf-8") if draft.is_file() else ""
        head, entry = phrase("drift.head", "en"), f"## {datetime.date.today().isoformat()}\n\n{text}\n"
        if entry not in earlier:  # a run that was stopped may have told it already
            files.write_all({draft: f"{head}\n\n{entry}\n{earlier.removeprefix(head).lstrip()}",
                             folder / TABLE: frame_csv(rows, bom=False, line_end="\n")})
    with files.whole(told) as part:
        after.reset_index().to_parquet(part, index=False)
    return None if first else draft
