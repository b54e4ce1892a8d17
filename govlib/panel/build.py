"""From ``data/raw`` to one tidy panel: accept or reject each row with a reason, derive what follows, write all at once.

Row counts are asserted: rows in = accepted + rejected. Nothing is filled in; what is added is either arithmetic on
published figures (status ``derived``) or a row that says that nothing was published (``not_published``).
"""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from govlib import paths
from govlib.collect import checks, locators, sidecar
from govlib.collect.checks import agrees
from govlib.errors import BadInput, UnknownName
from govlib.forms.problems import Problem, refuse
from govlib.known import catalogue, indices, provinces
from govlib.panel import gaps

if TYPE_CHECKING:
    import pandas as pd

REJECTED = ("file", "row", "index_id", "year", "province_printed", "province", "component", "level", "score", "rank",
            "source", "reason_code", "reason")
CONTROLS = ("province", "year", "variable", "value", "unit", "source", "locator", "note")
_CONTROLS_RAW = ("province_printed", "province", "year", "variable", "value", "unit", "source", "locator", "note")

FIXED = "overall_fixed_weights"  # the comparable PCI composite
RECKONED = "derived:"  # a raw row whose note begins so is arithmetic of ours on printed figures, not itself printed
FITS = 0.05  # a recomputed composite within this of the published one fits: components are printed to two decimals


@dataclass
class BuildReport:
    """What a build did: counts of rows, what was written, what a person should look at."""

    out: str
    rows_in: int = 0
    accepted: int = 0
    rejected: int = 0
    derived: int = 0
    not_published: int = 0
    rows_out: int = 0
    controls_in: int = 0
    controls_accepted: int = 0
    controls_rejected: int = 0
    editions: int = 0
    from_originals: int = 0
    rejected_by: dict[str, int] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def to_dict(self) -> dict:
        return asdict(self)

    def __str__(self) -> str:
        why = ", ".join(f"{count} {code}" for code, count in sorted(self.rejected_by.items(), key=lambda kv: -kv[1]))
        return (f"{self.rows_in} rows in = {self.accepted} accepted + {self.rejected} rejected ({why or 'none'}); "
                f"{self.derived} derived, {self.not_published} not published; {self.rows_out} rows of {self.editions} "
                f"editions in {self.out} ({self.seconds:.1f} s)")


def build(out: Path | None = None, raw: Path | None = None, originals: Path | None = None) -> BuildReport:
    """Build the panel and its companions; nothing is replaced unless everything succeeded.

    Parameters
    ----------
    out : folder to write to (``paths.processed()``).
    raw : folder of ``<index>/<edition>.csv`` with sidecars (``paths.raw()``).
    originals : folder of fetched originals, whose survey items come in as level ``indicator`` when it is there
        (``raw/originals``).

    Raises
    ------
    BadInput
        A raw file that does not match its sidecar, is not a table, is of another year or set of provinces, or an edition
        that lost provinces. Single bad rows do not raise: they go to ``rejected_rows.csv`` with the reason.
    """
    import pandas as pd

    began = time.perf_counter()
    raw = Path(raw) if raw else paths.raw()
    out = Path(out) if out else paths.processed()
    originals = Path(originals) if originals else raw / "originals"
    report = BuildReport(out=str(out))

    rows, full_tables = _read_shipped(raw)
    report.editions = rows[["index_id", "year"]].drop_duplicates().shape[0]
    fetched = _read_originals(originals)
    report.from_originals = len(fetched)
    rows = pd.concat([rows, fetched], ignore_index=True) if len(fetched) else rows
    report.rows_in = len(rows)

    priorities = source_priorities(raw)
    good, rejected = _accept(rows, priorities)
    scores, superseded = _choose(good, priorities)
    rejected = pd.concat([rejected, superseded], ignore_index=True)
    report.accepted, report.rejected = len(scores), len(rejected)
    if report.rows_in != report.accepted + report.rejected:
        raise AssertionError(f"{report.rows_in} rows in, but {report.accepted} accepted + {report.rejected} rejected")
    report.rejected_by = rejected["reason_code"].value_counts().to_dict()

    notes = _notes(scores)
    scores = _with_derived(scores, notes)
    why = gaps.why_missing(scores, notes)
    scores = _with_not_published(scores, why)
    scores = _finish(scores)
    checks.check_scores(scores)
    refuse(checks.coverage_problems(scores, full_tables, notes, rejected))
    report.derived = int(scores["status"].eq("derived").sum())
    report.not_published = int(scores["status"].eq("not_published").sum())
    report.rows_out = len(scores)

    controls, controls_rejected, report.controls_in = _controls(raw, priorities)
    report.controls_accepted, report.controls_rejected = len(controls), len(controls_rejected)
    if report.controls_in != len(controls) + len(controls_rejected):
        raise AssertionError(f"{report.controls_in} control rows in, {len(controls)} + {len(controls_rejected)} out")
    rejected = pd.concat([rejected, controls_rejected], ignore_index=True)[list(REJECTED)]

    tables = {
        "scores.parquet": scores, "scores.csv": scores, "controls.parquet": controls,
        "rejected_rows.csv": rejected.sort_values(["file", "row", "reason_code"], kind="stable"),
        "why_missing.parquet": why, "coverage.parquet": gaps.coverage(scores, why),
        "composite_check.parquet": composite_check(scores), "rank_check.parquet": rank_check(scores),
        "reform_panel.parquet": _reform_panel()}
    report.written = _write(out, tables)
    report.seconds = round(time.perf_counter() - began, 2)
    return report


# ---- reading --------------------------------------------------------------------------------------------------------

def _read_shipped(raw: Path) -> tuple[pd.DataFrame, set[tuple[str, int]]]:
    """All rows of ``data/raw``, and the editions that were copied from a full table."""
    import pandas as pd

    frames, full_tables = [], set()
    for index_id in indices.INDICES:
        for path in sorted((raw / index_id).glob("*.csv")):
            if path.stem == "national":  # means of the nation and regions: no province's row
                continue
            with checks.naming_the_index(path):
                frame, full = _edition(path, index_id)
            if full:
                full_tables.add((index_id, int(path.stem)))
            frames.append(frame.assign(file=f"{index_id}/{path.name}", index_id=index_id, year=int(path.stem)))
    if not frames:
        raise BadInput("no figures there: no <index>/<edition>.csv", file=raw, fix="check GOVLIB_ROOT")
    return pd.concat(frames, ignore_index=True), full_tables


def _edition(path: Path, index_id: str) -> tuple[pd.DataFrame, bool]:
    if not re.fullmatch(r"\d{4}", path.stem):
        raise BadInput("its name is not an edition", file=path, fix="name it like 2024.csv")
    meta = sidecar.read(path)
    if meta.get("index_id") != index_id:
        raise BadInput(f"the sidecar is of index {meta.get('index_id')!r}", file=path,
                       fix=f"move the file to data/raw/{meta.get('index_id')}")
    frame = checks.read_tidy(path)
    refuse(_new_units_in_old_year(frame, int(path.stem), path.name))
    return frame, sidecar.full_table(meta)


def _new_units_in_old_year(frame: pd.DataFrame, year: int, file: str) -> list[Problem]:
    """The 34 provinces of 2025 in an edition before: their slugs all existed, so only the set gives them away."""
    if year >= 2025 or set(frame["province"]) != set(provinces.province_set(2025)):
        return []
    return [Problem(f"holds exactly the 34 provinces of 1 July 2025, but the edition {year} is of the "
                    f"{len(provinces.province_set(year))} before", file, fix="check the year of the file")]


def _read_originals(folder: Path) -> pd.DataFrame:
    """Indicator rows from fetched originals, as text like the shipped rows; empty where nothing was fetched."""
    import pandas as pd

    if not folder.is_dir() or not any(folder.iterdir()):
        return pd.DataFrame()
    from govlib.collect import readers

    tidy = readers.indicators(folder)
    if not len(tidy):
        return pd.DataFrame()
    number = tidy["score"]
    tidy = tidy.assign(score=number.map(repr).where(number.notna(), ""),
                       rank=tidy["rank"].astype("string").fillna(""))
    text = [name for name in checks.TIDY if name not in ("score", "rank")]
    tidy[text] = tidy[text].fillna("")
    if "index_id" not in tidy:
        tidy["index_id"] = tidy["source"].str.split("-").str[0]
    tidy = tidy[[*checks.TIDY, "index_id", "year"]].astype(dict.fromkeys([*checks.TIDY, "index_id"], "str"))
    tidy["file"], tidy["row"] = "originals:" + tidy["source"], range(1, len(tidy) + 1)
    return tidy


# ---- accepting and choosing -----------------------------------------------------------------------------------------

def source_priorities(raw: Path | None = None) -> dict[str, int]:
    """Source id -> priority (1 is believed first), for the catalogue and the forms taken in through the inbox."""
    from govlib.collect import inbox

    table = catalogue.sources()
    known = dict(zip(table["id"], table["priority"].astype(int), strict=True))
    return known | {entry["id"]: int(entry["priority"]) for entry in inbox.local_sources(raw)}


def _accept(rows: pd.DataFrame, known: Iterable[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    prepared = checks.prepare(rows, known)
    wrong = checks.row_problems(prepared)
    codes = {index: "bad_" + str(problems[0].column) for index, problems in wrong.items()}
    reasons = {index: "; ".join(f"{p.column}: {p.problem}" + (f" → {p.fix}" if p.fix else "") for p in problems)
               for index, problems in wrong.items()}
    bad = prepared.index.isin(list(wrong))
    return prepared[~bad], _rejected(prepared[bad], codes, reasons)


def _rejected(rows: pd.DataFrame, codes: dict, reasons: dict) -> pd.DataFrame:
    rows = rows.assign(province=rows["slug"].where(rows["slug"].ne(""), rows["province"]),
                       reason_code=[codes[i] for i in rows.index], reason=[reasons[i] for i in rows.index])
    return rows[list(REJECTED)]


_CELL = ["slug", "year", "index_id", "component"]


def _choose(rows: pd.DataFrame, priorities: dict[str, int]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One row for each cell: a score before none, then the better source; the others with what they say about it.

    Among sources of one priority a form of the inbox comes first (staff read the publication later than we did), then the
    source's id decides: the choice must not hang on the order of rows in a file.
    """
    rows = rows.assign(priority=rows["source"].map(priorities), empty=rows["value"].isna(),
                       reckoned=rows["note"].str.startswith(RECKONED), other=~rows["source"].str.startswith("inbox-"))
    order = ["empty", "reckoned", "priority", "other", "source", "file", "row"]
    rows = rows.sort_values([*_CELL, *order], kind="stable")
    contradicting = _contradictions(rows)
    kept = rows[~rows.index.isin(list(contradicting))]
    later = kept.duplicated(_CELL)
    winners, losers = kept[~later].copy(), kept[later]
    codes = dict.fromkeys(contradicting, "contradicts_itself")
    reasons = dict(contradicting)
    if len(losers):
        best = _of_cells(winners, losers)
        takes_rank = {}
        for loser in losers[[*_CELL, "score_text", "value", "rank_value", "source", "locator"]].itertuples():
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
    return winners, _rejected(out, codes, reasons)


def _of_cells(winners: pd.DataFrame, losers: pd.DataFrame) -> dict[tuple, dict]:
    """cell -> its winning row (with its label ``at``), for the few cells that others state too."""
    wanted = set(losers[_CELL].itertuples(index=False, name=None))
    mine = [cell in wanted for cell in zip(*(winners[name] for name in _CELL), strict=True)]
    rows = winners[mine].rename_axis("at").reset_index()
    return dict(zip(rows[_CELL].itertuples(index=False, name=None), rows.to_dict("records"), strict=True))


def _contradictions(rows: pd.DataFrame) -> dict[int, str]:
    """Rows of one source that print different scores for one cell: none of them can be believed."""
    scored = rows[~rows["empty"]]
    twice = scored[scored.duplicated([*_CELL, "source"], keep=False)]
    found = {}
    for _, group in twice.groupby([*_CELL, "source"], sort=False):
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


def _notes(rows: pd.DataFrame) -> dict[tuple, str]:
    empty = rows[rows["value"].isna()]
    return {key: note for *key_parts, note in empty[[*_CELL, "note"]].itertuples(index=False, name=None)
            if (key := tuple(key_parts)) and note}


# ---- what follows from published figures ----------------------------------------------------------------------------

def _with_derived(rows: pd.DataFrame, notes: dict) -> pd.DataFrame:
    """Published rows in the shape of the panel, with PAPI sums and the fixed-weight PCI composite added.

    ``notes`` gains what a sum that cannot be made says about itself.
    """
    import pandas as pd

    scores = pd.DataFrame({
        "province": rows["slug"], "year": rows["year"].astype("int64"), "index_id": rows["index_id"],
        "component": rows["component"], "level": rows["level"], "score": rows["value"],
        "rank": rows["rank_value"].astype("Int64"), "unit": rows["unit"],
        "status": rows["value"].notna() | rows["rank_value"].notna(), "source": rows["source"], "locator": rows["locator"]})
    scores["status"] = scores["status"].map({True: "published", False: "not_published"})
    scores.loc[rows["reckoned"] & rows["value"].notna(), "status"] = "derived"
    frames = [scores]
    papi = scores[scores["index_id"].eq("papi")]
    if len(papi):
        from govlib.collect.readers.papi import derive_dimensions

        sums = derive_dimensions(papi[_unfinished(papi)]).assign(index_id="papi", rank=pd.NA)
        notes.update({(r.province, r.year, "papi", r.component): r.note for r in sums.itertuples() if r.note})
        frames.append(sums)
    fixed = fixed_weight_composite(scores)
    if len(fixed):
        frames.append(fixed)
    columns = list(scores.columns)
    return pd.concat([f[columns].astype({"rank": "Int64", "score": float, "year": "int64"}) for f in frames if len(f)],
                     ignore_index=True)


def _unfinished(papi: pd.DataFrame) -> pd.Series:
    """Rows of provinces and years that lack the total or a dimension: the others need no sum."""
    whole = {year: 1 + len(indices.component_ids("papi", year)) for year in papi["year"].unique()}
    count = papi["level"].ne("indicator").groupby([papi["province"], papi["year"]]).transform("sum")
    return count.lt(papi["year"].map(whole))


def fixed_weight_composite(scores: pd.DataFrame) -> pd.DataFrame:
    """PCI composite with one set of weights for all editions, where all nine components are there; 0–100 like the PCI.

    Nine components are measured in every edition since 2006; policy_bias is missing in 2009–2012 and therefore left out.
    Weights and their reason: ``fixed_weights`` in reference/indices/pci.yaml and docs/data_dictionary.md.
    """
    weights = indices.fixed_weights("pci")
    parts = scores[scores["index_id"].eq("pci") & scores["component"].isin(list(weights)) & scores["score"].notna()]
    if not len(parts):
        return parts
    wide = parts.pivot(index=["province", "year"], columns="component", values="score").reindex(columns=list(weights)).dropna()
    sources = parts.groupby(["province", "year"])["source"].agg(lambda s: ";".join(sorted(set(s))))
    out = wide.mul(weights).sum(axis=1).div(10).rename("score").reset_index()
    out["source"] = sources.reindex(wide.index).to_numpy()
    # the cells in the order of the weights; where they come from several sources each says from which
    at = {(r.province, r.year, r.component): (r.source, r.locator) for r in parts.itertuples()}
    cells = [[at[province, year, c] for c in weights] for province, year in wide.index]
    locator = [locators.added([f"{s} {place}" if len({s for s, _ in own}) > 1 else place for s, place in own], "10 × fixed weight")
               for own in cells]
    return out.assign(index_id="pci", component=FIXED, level="overall", rank=None, unit="points", status="derived", locator=locator)


def _with_not_published(scores: pd.DataFrame, why: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    missing = why[why["code"].isin(gaps.NOT_PUBLISHED)]
    there = set(zip(scores["province"], scores["year"], scores["index_id"], scores["component"], strict=True))
    new = [key not in there for key in zip(missing["province"], missing["year"], missing["index_id"], missing["component"],
                                           strict=True)]
    missing = missing[new]
    if not len(missing):
        return scores
    # the source that left it out is the one that the rest of the edition comes from
    main = scores[scores["score"].notna()].groupby(["index_id", "year"])["source"].agg(lambda s: s.mode().iloc[0]).to_dict()
    rows = missing[["province", "year", "index_id", "component", "level"]].assign(
        score=float("nan"), rank=pd.array([pd.NA] * len(missing), dtype="Int64"), unit="", status="not_published",
        source=[main.get(key, "") for key in zip(missing["index_id"], missing["year"], strict=True)], locator="")
    return pd.concat([scores, rows], ignore_index=True)


def _finish(scores: pd.DataFrame) -> pd.DataFrame:
    """Scale, unit and method of each row, computed ranks, order of columns and rows."""

    found = [checks.scale(*key) for key in zip(scores["index_id"], scores["component"], scores["year"], strict=True)]
    editions = list(zip(scores["index_id"], scores["year"], strict=True))
    versions = {edition: str(indices.method_version(*edition)) for edition in set(editions)}
    scores = scores.assign(
        scale_min=[low for _, low, *_ in found], scale_max=[high for _, _, high, _ in found],
        unit=[given or unit for given, (*_, unit) in zip(scores["unit"], found, strict=True)],
        method_version=[versions[edition] for edition in editions])
    scores["rank_computed"] = ranks(scores)
    order = scores["level"].map({level: at for at, level in enumerate(checks.LEVELS)})
    scores = scores.assign(_order=order).sort_values(["index_id", "year", "province", "_order", "component"], kind="stable")
    text = dict.fromkeys(["province", "index_id", "component", "level", "unit", "method_version", "status", "source",
                          "locator"], "str")
    scores = scores[list(checks.SCORES)].reset_index(drop=True).astype({**text, "year": "int64", "score": "float64"})
    return scores.astype({"rank": "Int64", "rank_computed": "Int64"}).assign(score=lambda f: f["score"] + 0.0)


def ranks(scores: pd.DataFrame) -> pd.Series:
    """Rank by score, highest = 1, equal scores share the better rank; empty unless every province has a score.

    "Every" means the provinces of that edition (42 in the first PCI). Survey items are not ranked: for many a lower
    share is better.
    """
    import pandas as pd

    ranked = scores[scores["level"].ne("indicator") & scores["score"].notna()]
    cells = ranked.groupby(["index_id", "year", "component"])["score"]
    count = cells.transform("size")
    expected = [indices.surveyed(index_id, year) for index_id, year in zip(ranked["index_id"], ranked["year"], strict=True)]
    # scores printed to two decimals can differ in the sixteenth digit after a sum
    rank = ranked.assign(score=ranked["score"].round(9)).groupby(["index_id", "year", "component"])["score"].rank(
        method="min", ascending=False)
    out = pd.Series(pd.NA, index=scores.index, dtype="Int64")
    full = count.eq(pd.Series(expected, index=ranked.index))
    out.loc[ranked.index[full]] = rank[full].astype("Int64")
    return out


# ---- checks against what was published ------------------------------------------------------------------------------

def composite_check(scores: pd.DataFrame) -> pd.DataFrame:
    """Composites recomputed from components against the published ones, one row an index, edition and composite.

    Columns: index_id, year, component, rule, n, max_abs_diff, mean_abs_diff, worst_province, n_beyond (more than
    ``FITS`` apart), fits, weights_known, note_vi, note_en. Only cells published as such are compared.
    """
    import numpy as np
    import pandas as pd

    published = scores[scores["status"].eq("published") & scores["score"].notna()]
    rows = []
    for (index_id, year), group in published.groupby(["index_id", "year"]):
        wide = group.pivot(index="province", columns="component", values="score")
        score = dict(zip(wide.columns, wide.to_numpy().T, strict=True))
        for component, rule, parts in _rules(index_id, int(year)):
            if component not in score or not set(parts) <= set(score):
                continue
            diff = np.abs(sum(factor * score[part] for part, factor in parts.items()) - score[component])
            there = ~np.isnan(diff)
            if not there.any():
                continue
            diff, who = diff[there], wide.index[there]
            rows.append({"index_id": index_id, "year": int(year), "component": component, "rule": rule, "n": len(diff),
                         "max_abs_diff": diff.max(), "mean_abs_diff": diff.mean(), "worst_province": who[diff.argmax()],
                         "n_beyond": int((diff > FITS).sum()), "fits": bool((diff <= FITS).all()),
                         "weights_known": str(indices.weights_known(index_id, int(year)) or "") if rule == "weights" else ""})
    columns = ["index_id", "year", "component", "rule", "n", "max_abs_diff", "mean_abs_diff", "worst_province", "n_beyond",
               "fits", "weights_known"]
    table = pd.DataFrame(rows, columns=columns)
    said = [_verdict_on_fit(row) for row in table.to_dict("records")]
    return table.assign(note_vi=pd.Series([vi for vi, _ in said], dtype="str"),
                        note_en=pd.Series([en for _, en in said], dtype="str"))


def _rules(index_id: str, year: int) -> list[tuple[str, str, dict[str, float]]]:
    """(composite, rule, component -> factor) of an edition."""
    if index_id == "papi":
        from govlib.collect.readers import papi

        sums = [(dimension, "sum of sub-dimensions", dict.fromkeys(papi.parts(dimension, year), 1.0))
                for dimension in indices.component_ids("papi", year)]
        return [("overall", "sum of dimensions", dict.fromkeys(indices.component_ids("papi", year), 1.0)), *sums]
    weights = indices.weights(index_id, year)
    if not weights:
        return []
    # the rule is linear: what each component adds is what it gives when it is 1 and the others are 0
    return [("overall", "weights", {one: indices.composite(index_id, year, {name: float(name == one) for name in weights})
                                    for one in weights})]


def _verdict_on_fit(row: dict) -> tuple[str, str]:
    if row["fits"]:
        return "khớp", "fits"
    if (row["index_id"], row["year"], row["component"]) == ("pci", 2011, "overall"):
        return ("không khớp: điểm tổng hợp 2011 không dựng lại được từ các điểm thành phần đã in",
                "does not fit: the composite of 2011 cannot be rebuilt from its printed components")
    n = row["n_beyond"]
    return (f"{n} tỉnh lệch quá {FITS}".replace(".", ","), f"{n} province{'s differ' if n > 1 else ' differs'} by more than {FITS}")


def rank_check(scores: pd.DataFrame) -> pd.DataFrame:
    """Published against computed ranks, one row for each cell that has both; ``agrees`` says whether they are equal.

    ``tied`` marks scores that another province shares: publishers break ties in ways they do not print.
    """
    both = scores[scores["rank"].notna() & scores["rank_computed"].notna()].copy()
    key = ["index_id", "year", "component"]
    both["tied"] = both.duplicated([*key, "rank_computed"], keep=False)
    both["difference"] = both["rank_computed"] - both["rank"]
    both["agrees"] = both["difference"].eq(0).astype(bool)
    return both[[*key, "province", "score", "rank", "rank_computed", "difference", "tied", "agrees"]].reset_index(drop=True)


# ---- controls, reforms, writing -------------------------------------------------------------------------------------

def _controls(raw: Path, priorities: dict[str, int]) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Controls in long form, the better source where two state the same figure; rejected rows; rows in."""
    import pandas as pd

    frames = []
    for path in sorted((raw / "controls").glob("*.csv")):
        sidecar.read(path)
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
        refuse(checks.header_problems(frame.columns, _CONTROLS_RAW, path))
        frames.append(frame.assign(file=f"controls/{path.name}", row=range(2, len(frame) + 2)))
    if not frames:
        empty = pd.DataFrame({name: pd.Series(dtype="str") for name in CONTROLS})
        return empty.astype({"year": "int64", "value": "float64"}), pd.DataFrame(columns=list(REJECTED)), 0
    rows = pd.concat(frames, ignore_index=True)
    rows["number"], rows["index_id"], rows["component"] = checks.numbers(rows["value"].str.strip()), "controls", rows["variable"]
    year = pd.to_numeric(rows["year"], errors="coerce")
    slug, why = [], {}
    cache: dict[tuple, tuple[str, str]] = {}
    for at, (printed, given, text) in enumerate(zip(rows["province_printed"], rows["province"], year, strict=True)):
        key = (printed, given)
        if key not in cache:
            try:
                cache[key] = (provinces.resolve(given or printed), "")
            except UnknownName as error:
                cache[key] = ("", str(error))
        found, reason = cache[key]
        slug.append(found)
        if reason:
            why[at] = ("bad_province", reason)
        elif text != text:
            why[at] = ("bad_year", "not a year")
    rows["slug"] = slug
    for at in rows.index[rows["number"].isna()]:
        text, note = rows.at[at, "value"].strip(), rows.at[at, "note"]
        left_out = note.removeprefix("rejected:").strip() if note.startswith("rejected:") and not text else ""
        why.setdefault(at, ("not_taken", left_out) if left_out else
                       ("bad_value", "not a number" if text else f"no value{f' ({note})' if note else ''}"))
    for at in rows.index[~rows["source"].isin(priorities)]:
        why.setdefault(at, ("bad_source", "not in the catalogue of sources"))
    good = rows[~rows.index.isin(list(why))].copy()
    good["priority"] = good["source"].map(priorities)
    good = good.sort_values(["slug", "year", "variable", "unit", "priority", "file", "row"], kind="stable")
    cell = ["slug", "year", "variable", "unit"]
    first = good.drop_duplicates(cell)
    best = first.set_index(cell)[["number", "source", "value"]]
    for row in good[good.duplicated(cell)].itertuples():
        winner = best.loc[(row.slug, row.year, row.variable, row.unit)]
        if agrees(row.value, row.number, winner["value"], winner["number"]):
            why[row.Index] = ("agrees", f"agrees with {winner['source']}")
        else:
            why[row.Index] = ("superseded", f"superseded by {winner['source']}, which has {winner['value']}")
    codes, reasons = ({at: pair[i] for at, pair in why.items()} for i in (0, 1))
    bad = rows[rows.index.isin(list(why))].assign(level="", score=lambda f: f["value"], rank="")
    table = first.assign(province=first["slug"], value=first["number"], year=first["year"].astype("int64"))[list(CONTROLS)]
    table = table.sort_values(["variable", "year", "province", "unit"]).reset_index(drop=True)
    return table, _rejected(bad, codes, reasons), len(rows)


def _reform_panel() -> pd.DataFrame:
    from govlib.known import reforms

    return reforms.exposure_panel()


def _write(out: Path, tables: dict[str, pd.DataFrame]) -> list[str]:
    """Everything into a temporary folder beside the target first; then one rename a file."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".build-") as folder:
        for name, table in tables.items():
            target = Path(folder) / name
            if name.endswith(".parquet"):
                table.to_parquet(target, index=False)
            else:
                table.to_csv(target, index=False, lineterminator="\n", encoding="utf-8")
        for name in tables:
            os.replace(Path(folder) / name, out / name)
    return list(tables)
