"""Which estimates a briefing quotes: one row a kind of reform and component, chosen by a rule and not by its p-value."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from govlib import paths
from govlib.did.grades import compared, grade, on_one_page
from govlib.effects import pooled
from govlib.effects.pooled import KEYS
from govlib.errors import MissingData
from govlib.known.reforms import targets

#: Which estimator is quoted, the first one that was run: right under staggered adoption before two-way fixed effects.
ORDER = ("imputation", "callaway_santanna", "gardner", "sun_abraham", "synthetic_did", "synthetic_control", "lp_did", "dose",
         "twfe")
ENOUGH = 5  # provinces treated from which a reform aimed at a whole index is read on all of its components
_SPECIFICATION = ["estimator", "reading", "sample_rule"]


def read(reforms: Collection[str]) -> pd.DataFrame:
    """Average effects on the score of these reforms, under both readings: the rows of their files in ``estimates/``.

    One file a reform and index, and only these are opened, through Arrow: by pandas it would cost a page half a second.
    """
    out = _table(_files(reforms))
    return out[out["reform"].isin(reforms)].reset_index(drop=True) if len(out) else out


def _table(files: Sequence[tuple[Path, int]]) -> pd.DataFrame:
    import pyarrow as pa

    every = [_kept(file, mtime) for file, mtime in files]
    found = [table for table in every if table.num_rows] or every[:1]
    if not found:
        return pd.DataFrame()
    # a column that is empty in one file has no type there
    out = pa.concat_tables(found, promote_options="permissive").to_pandas(use_threads=False)
    return out[out["estimate"].notna()].reset_index(drop=True)


def _files(reforms: Collection[str]) -> list[tuple[Path, int]]:
    """Where the estimates of these reforms lie, and of what time they are."""
    folder = paths.estimates()
    names = sorted(os.listdir(folder)) if folder.is_dir() else ()  # for a path of each a page would wait longer
    found = [folder / name for name in names if name.endswith(".parquet") and name.split(".")[0] in reforms]
    return [(file, file.stat().st_mtime_ns) for file in found]


@lru_cache(maxsize=512)
def _kept(file: Path, _mtime: int) -> Any:
    """What a page may quote of one file, as Arrow has it; remembered for the next province."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(pa.BufferReader(file.read_bytes()), pre_buffer=False).read(use_threads=False)
    except (OSError, ValueError) as error:  # what Arrow raises for bytes that are no table
        raise MissingData(file, "govlib effects --all", f"is damaged ({str(error).splitlines()[0][:80]})") from error
    wanted = pc.and_(pc.and_(pc.equal(table["term"], "att"), pc.equal(table["outcome"], "score")), pc.is_valid(table["estimate"]))
    return table.filter(wanted)


def quoted(reforms: Collection[str]) -> pd.DataFrame:
    """What a briefing quotes of these reforms: :func:`chosen` among the rows of their files.

    Components are those named beforehand in the registry, so that none is picked for its p-value; all of an index's where
    the reform was aimed at the whole, as the composite's weights change too often, and at least :data:`ENOUGH` provinces
    did it. With them what all estimates together say of each, see `govlib.effects.pooled`. What one kind of reform brings hangs on
    no other but for ``p_page``, ``families`` and the grade, so it is remembered for the next province, whatever else that one did,
    as long as the files are those that were read.
    """
    return _quoted(frozenset(reforms), tuple(_files(reforms)), pooled.stamp()).copy()


@lru_cache(maxsize=128)
def _quoted(reforms: frozenset[str], files: tuple, tables: tuple) -> pd.DataFrame:
    known = _chosen_of(tables)
    if new := [entry for entry in files if entry not in known]:
        known |= _worked_out(new)
    every = [row for entry in files for row in known[entry] if row.own["reform"] in reforms]
    if not every:
        return pd.DataFrame()
    out = _on_one_page([row.own for row in every])
    beside = pd.DataFrame([row.beside for row in every]).astype({"finding": object})
    return pd.concat([out, beside], axis=1)


class _Row(NamedTuple):
    """One row as far as it hangs on its own kind of reform and index: what was estimated, and what stands beside it."""

    own: dict[str, Any]
    beside: dict[str, Any]


@lru_cache(maxsize=2)
def _chosen_of(_tables: tuple) -> dict[tuple[Path, int], list[_Row]]:
    """File (and of what time) → its rows, filled as they are asked for, beside the tables of what all estimates say together."""
    return {}


def _worked_out(files: Sequence[tuple[Path, int]]) -> dict[tuple[Path, int], list[_Row]]:
    """The rows of several files, all at once: one by one they would take a page longer."""
    out: dict[tuple[Path, int], list[_Row]] = {entry: [] for entry in files}
    where = {entry[0].name.removesuffix(".parquet"): entry for entry in files}
    found = _table(files)
    rows = _first(found, found[_aimed(found)]) if len(found) else []
    if rows:
        keys = pd.DataFrame(rows)[KEYS]
        for own, beside in zip(rows, pooled.beside(keys).drop(columns=KEYS).to_dict("records"), strict=True):
            file = where.get(f"{own['reform']}.{own['index_id']}", files[-1])  # a copy under another name says the same
            out[file].append(_Row(own, beside))
    return out


def _aimed(found: pd.DataFrame) -> list[bool]:
    aims = {(k, i): set(targets(k, i)) for k, i in set(zip(found["reform"], found["index_id"], strict=True))}
    return [c in aims[k, i] or ("overall" in aims[k, i] and n >= ENOUGH)
            for k, i, c, n in zip(found["reform"], found["index_id"], found["component"], found["n_treated"], strict=True)]


def chosen(found: pd.DataFrame, among: pd.DataFrame, reading: str = "early") -> pd.DataFrame:
    """For each kind of reform and each component ``among`` these rows, one row under one reading of dates; empty where none is
    estimated.

    Provinces of unknown state are left out where that was run. The p-values are those of randomization inference where
    there is one (adjusted by Romano-Wolf, or by Holm where the draws are not joint), the interval is the same test's,
    inverted, and the grade follows them: an interval without 0 is a p of 0.05 or less before the adjustment, never a
    contradiction. ``p_page`` allows for the ``families`` (reform × index) that stand in these rows beside it, ``p_floor`` is the
    smallest p-value that the test can give. ``interval`` names the inference behind the interval.
    ``n_other``, ``other_low`` and ``other_high``: how many other estimates of the same outcome ``found`` holds, by other
    estimators, readings and sample rules
    (:func:`govlib.did.grades.compared`), and their range (NaN without any); ``other_low_at`` and ``other_high_at``: the
    :func:`locator` of its ends.

    Returns
    -------
    DataFrame with the columns of :data:`govlib.effects.RESULT_COLUMNS`, ``interval``, ``grade`` and those of the other estimates,
    by reform, index and component.
    """
    rows = _first(found, among, reading)
    return _on_one_page(rows) if rows else among.iloc[:0]


def _first(found: pd.DataFrame, among: pd.DataFrame, reading: str = "early") -> list[dict[str, Any]]:
    """The rows of :func:`chosen`, by reform, index and component, before they are held against each other."""
    e = among[among["reading"] == reading]
    if e.empty:
        return []
    order = {name: i for i, name in enumerate(ORDER)}
    e = e.assign(_rule=(~e["sample_rule"].str.startswith("drop_unknown")).astype(int),
                 _order=e["estimator"].map(order).fillna(len(order)), _open=e["ci_low"].isna(),
                 _inference=e["inference"].map({"placebo": 0, "wild": 1, "crv1": 2}).fillna(3))
    e = e.sort_values([*KEYS, "_rule", "_order", "_open", "_inference"], kind="stable")
    permuted = e[e["inference"] == "ri"].drop_duplicates([*KEYS, "estimator", "_rule"])
    adjusted = {tuple(r[k] for k in (*KEYS, "estimator", "_rule")): r for r in permuted.to_dict("records")}
    beside = _beside(found)
    rows: list[dict[str, Any]] = []
    for r in e.drop_duplicates(KEYS).to_dict("records"):
        p = adjusted.get(tuple(r[k] for k in (*KEYS, "estimator", "_rule")), r)
        tested = ("p_value", "p_adjusted", "inference", "adjustment", "family", "p_floor", "comparison")
        row = r | {"interval": r["inference"]} | {k: p[k] for k in tested if k in p}
        if p is not r:  # the interval of the test that the p-value is of; none where nothing bounds the effect
            row |= {k: p[k] for k in ("ci_low", "ci_high", "mde")} | {"interval": p["inference"]}
        row |= _range(row, beside.get(tuple(r[k] for k in KEYS), {}))
        rows.append({key: value for key, value in row.items() if not key.startswith("_")})
    return rows


def _on_one_page(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Rows that stand on one page, with ``p_page``, ``families`` and the grade that hangs on them."""
    out = pd.DataFrame(rows)
    page, families = on_one_page(out), len({(row["reform"], row["index_id"]) for row in rows})
    return out.assign(p_page=page, families=families, grade=[grade(row | {"p_page": p}) for row, p in zip(rows, page, strict=True)])


def _beside(found: pd.DataFrame) -> dict[tuple, dict]:
    """Outcome → its comparable estimates, one a specification (plain tuples: pages wait for this)."""
    out: dict[tuple, dict] = {}
    columns = found.loc[compared(found), [*KEYS, *_SPECIFICATION, "term", "outcome", "inference", "estimate"]]
    for r in columns.to_dict("records"):
        out.setdefault(tuple(r[k] for k in KEYS), {}).setdefault(tuple(r[k] for k in _SPECIFICATION), r)
    return out


def locator(row: dict, figure: str, inference: str | None = None) -> str:
    """Which cell of the estimates, as pages cite it: index component reform estimator term outcome reading sample-rule
    inference, and the column (``controls``: the provinces compared with)."""
    named = [row[k] for k in ("index_id", "component", "reform", "estimator", "term", "outcome", "reading")]
    return " ".join([*named, str(row["sample_rule"]).split(";")[0].strip(), inference or row["inference"], figure])


def _range(row: dict, beside: dict[tuple, dict]) -> dict:
    """The range of the other estimates of a row's outcome, see :func:`quoted`."""
    others = [o for specification, o in beside.items() if specification != tuple(row[k] for k in _SPECIFICATION)]
    if not others:
        return {"n_other": 0, "other_low": float("nan"), "other_high": float("nan"), "other_low_at": "", "other_high_at": ""}
    low, high = min(others, key=lambda o: o["estimate"]), max(others, key=lambda o: o["estimate"])
    return {"n_other": len(others), "other_low": low["estimate"], "other_high": high["estimate"],
            "other_low_at": locator(low, "estimate"), "other_high_at": locator(high, "estimate")}
