"""Which rows enter the panel: those that can be used, and of several that state one cell the better source."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from govlib.collect import checks, inbox
from govlib.collect.checks import agrees
from govlib.known import catalogue
from govlib.panel import gaps
from govlib.text import rows_of

REJECTED = ("file", "row", "index_id", "year", "province_printed", "province", "component", "level", "score", "rank",
            "source", "reason_code", "reason")
RECKONED = "derived:"  # a raw row whose note begins so is arithmetic of ours on printed figures, not itself printed
PULLED = "originals:"  # a row's file, where this machine fetched it
CELL = ["slug", "year", "index_id", "component"]


def source_priorities(raw: Path | None = None) -> dict[str, int]:
    """Source id -> priority (1 is believed first), for the catalogue and the forms taken in through the inbox."""
    table = catalogue.sources()
    known = dict(zip(table["id"], table["priority"].astype(int), strict=True))
    return known | {entry["id"]: int(entry["priority"]) for entry in inbox.local_sources(raw)}


def accept(rows: pd.DataFrame, known: Iterable[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    prepared = checks.prepare(rows, known)
    wrong = checks.row_problems(prepared)
    codes = {index: "bad_" + str(problems[0].column) for index, problems in wrong.items()}
    reasons = {index: "; ".join(f"{p.column}: {p.problem}" + (f" → {p.fix}" if p.fix else "") for p in problems)
               for index, problems in wrong.items()}
    bad = prepared.index.isin(list(wrong))
    return prepared[~bad], rejected_rows(prepared[bad], codes, reasons)


def rejected_rows(rows: pd.DataFrame, codes: dict, reasons: dict) -> pd.DataFrame:
    rows = rows.assign(province=rows["slug"].where(rows["slug"].ne(""), rows["province"]),
                       reason_code=[codes[i] for i in rows.index], reason=[reasons[i] for i in rows.index])
    return rows[list(REJECTED)]


def without_copies(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(rows that can be used, without those that ship of a cell that the same source, pulled anew, states itself; the others with
    what has come in their place): a copy yields to its page."""
    key, pulled = ["source", *CELL], rows["file"].str.startswith(PULLED)
    newer = rows[pulled].drop_duplicates(key).set_index(key)[["score_text", "value"]]
    copies = rows[~pulled & pd.MultiIndex.from_frame(rows[key]).isin(newer.index)]
    codes, reasons = {}, {}
    for copy in copies.itertuples():
        page = newer.loc[(copy.source, copy.slug, copy.year, copy.index_id, copy.component)]
        if page["value"] == page["value"] and agrees(copy.score_text, copy.value, page["score_text"], page["value"]):
            codes[copy.Index], reasons[copy.Index] = "repeated", f"stated again by {copy.source} as pulled anew"
        else:
            codes[copy.Index] = "superseded"
            reasons[copy.Index] = f"superseded by {copy.source} as pulled anew, which has {page['score_text'] or 'no score'}"
    return rows.drop(copies.index), rejected_rows(copies, codes, reasons)


def choose(rows: pd.DataFrame, priorities: dict[str, int]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One row for each cell: a score before none, then the better source; the others with what they say about it.

    Among sources of one priority a form of the inbox comes first (staff read the publication later than we did), then the
    source's id decides: the choice must not hang on the order of rows in a file.
    """
    rows = rows.assign(priority=rows["source"].map(priorities), empty=rows["value"].isna(),
                       reckoned=rows["note"].str.startswith(RECKONED), other=~rows["source"].str.startswith("inbox-"))
    order = ["empty", "reckoned", "priority", "other", "source", "file", "row"]
    rows = rows.sort_values([*CELL, *order], kind="stable")
    contradicting = _contradictions(rows)
    kept = rows[~rows.index.isin(list(contradicting))]
    later = kept.duplicated(CELL)
    winners, losers = kept[~later].copy(), kept[later]
    codes = dict.fromkeys(contradicting, "contradicts_itself")
    reasons = dict(contradicting)
    if len(losers):
        best = _of_cells(winners, losers)
        takes_rank = {}
        for loser in losers[[*CELL, "score_text", "value", "rank_value", "source", "locator"]].itertuples():
            winner = best[loser[1:5]]
            codes[loser.Index], reasons[loser.Index] = _verdict(loser, winner)
            ranks_only_here = loser.rank_value == loser.rank_value and winner["rank_value"] != winner["rank_value"]
            if ranks_only_here and winner["at"] not in takes_rank:
                takes_rank[winner["at"]] = loser
                codes[loser.Index], reasons[loser.Index] = "rank_taken", reasons[loser.Index] + "; its rank is used"
        for at, loser in takes_rank.items():
            winners.loc[at, "rank_value"] = loser.rank_value
            winners.loc[at, "locator"] += f"; rank: {loser.source} {loser.locator}"
    out = rows[rows.index.isin(list(codes))]
    return winners, rejected_rows(out, codes, reasons)


def _of_cells(winners: pd.DataFrame, losers: pd.DataFrame) -> dict[tuple, dict]:
    """cell -> its winning row (with its label ``at``), for the few cells that others state too."""
    wanted = set(losers[CELL].itertuples(index=False, name=None))
    mine = [cell in wanted for cell in rows_of(winners, CELL)]
    rows = winners[mine].rename_axis("at").reset_index()
    return dict(zip(rows[CELL].itertuples(index=False, name=None), rows.to_dict("records"), strict=True))


def _contradictions(rows: pd.DataFrame) -> dict[int, str]:
    """Rows of one source that print different scores for one cell: none of them can be believed."""
    scored = rows[~rows["empty"]]
    twice = scored[scored.duplicated([*CELL, "source"], keep=False)]
    found = {}
    for _, group in twice.groupby([*CELL, "source"], sort=False):
        first = group.iloc[0]
        if not all(agrees(first["score_text"], first["value"], text, value)
                   for text, value in zip(group["score_text"], group["value"], strict=True)):
            said = " and ".join(f"{text} (row {row})" for text, row in zip(group["score_text"], group["row"], strict=True))
            found.update(dict.fromkeys(group.index, f"province twice: {first['source']} states {said} for one cell"))
    return found


def _verdict(loser, winner) -> tuple[str, str]:
    name = winner["source"]
    if loser.source == name:
        return "repeated", f"stated again by {name}"
    if loser.value != loser.value:
        has = "a score" if winner["value"] == winner["value"] else "no score either"
        return "no_score", f"no score here; {name} has {has}"
    if agrees(loser.score_text, loser.value, winner["score_text"], winner["value"]):
        return "agrees", f"agrees with {name}"
    return "superseded", (f"superseded by {name}, which has {winner['score_text']} (differs by "
                          f"{loser.value - winner['value']:+.4g})")


def notes_of_rejected(rejected: pd.DataFrame) -> dict[tuple, str]:
    """(province, year, index, component) → why the figure that stands there is not taken: a fault of the file does not make a
    figure that the publisher left out."""
    ours = rejected[rejected["reason_code"].str.startswith("bad_") | rejected["reason_code"].eq("contradicts_itself")]
    return {(r.province, r.year, r.index_id, r.component):
            f"{gaps.DISPUTED if r.reason_code == 'contradicts_itself' else 'not taken'}: {r.reason}" for r in ours.itertuples()}


def notes_of(rows: pd.DataFrame) -> dict[tuple, str]:
    empty = rows[rows["value"].isna()]
    return {key: note for *key_parts, note in empty[[*CELL, "note"]].itertuples(index=False, name=None)
            if (key := tuple(key_parts)) and note}
