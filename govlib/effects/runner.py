"""`make effects`: every reform × index, written one parquet file each, and only what has changed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from govlib import paths
from govlib.did import ESTIMATORS, RESULT_COLUMNS
from govlib.did.fitting import prepare
from govlib.did.grades import compared
from govlib.did.results import graded, typed
from govlib.effects import sample as sampling
from govlib.effects.engine import from_sample
from govlib.errors import NotEstimable
from govlib.known import indices as catalog
from govlib.known import reforms as registry
from govlib.panel import data

MAIN = {"sample_rule": "drop_unknown", "reading": "early"}
VARIANTS = ({"sample_rule": "drop_unknown", "reading": "late"}, {"sample_rule": "unknown_as_control", "reading": "early"},
            {"sample_rule": "unknown_as_control", "reading": "late"})
STAGGERED = ("twfe", "imputation", "callaway_santanna", "sun_abraham", "gardner", "lp_did", "twfe_trends",
             "twfe_region_year", "first_differences", "lagged_outcome")
VARIED = ("twfe", "imputation", "callaway_santanna")
NO_NUMBERS = frozenset({"plots.py", "quoted.py", "command.py", "tables.py", "design.py", "case.py", "simulate.py", "spec_curve.py", "honest.py",
                        "equivalence.py"})  # modules no row of an estimates file comes from
SINGLE = ("synthetic_control", "synthetic_did")
SEVERAL = 5  # treated provinces from which estimators for staggered dates are run; synthetic controls below


def run_all(out: str | Path | None = None, *, reforms: Iterable[str] | None = None, indices: Iterable[str] | None = None,
            force: bool = False, report=None, jobs: int = 1, client: Any = None) -> list[Path]:
    """Estimate every reform × index and write ``<reform>.<index>.parquet`` files; returns those written.

    With five or more treated provinces: all estimators for staggered dates, three of them under every reading and sample
    rule, with wild bootstrap and randomization inference. With one to four: synthetic controls with placebos. A reform
    that cannot be estimated leaves a row that says why. A file whose inputs (scores of the index, exposure, code) have
    not changed is left as it is. ``report``: called with a line of text for each pair. ``jobs``: processes
    to spread the pairs over. ``client``: a ``dask.distributed.Client``; pairs are then spread over its workers instead.
    The files are written here either way.

    Raises MissingData where the panel has not been built.
    """
    folder = Path(out) if out else paths.estimates()
    source = paths.processed() / "scores.parquet"
    scores = data.read(source, columns=["province", "year", "index_id", "component", "level", "score", "status"])
    folder.mkdir(parents=True, exist_ok=True)
    written, waiting = [], []

    def finish(path: Path, key: str, rows: pd.DataFrame) -> None:
        _write(rows, path, key)
        written.append(path)
        if report:
            ok = rows[(rows["term"] == "att") & rows["estimate"].notna()]
            report(f"{path.stem.replace('.', ' × ')}: {len(ok)} overall estimates, {ok['estimator'].nunique()} estimators")

    pool = None
    for index in indices or catalog.INDICES:
        table = scores[scores["index_id"] == index]
        if not (table["level"].eq("component") & table["score"].notna()).any():
            continue
        base = _digest(table)
        hopeless = _try(lambda i=index, t=table: sampling.editions(t, i, None))
        for reform in reforms or registry.reform_types().index:
            path = folder / f"{reform}.{index}.parquet"
            if isinstance(hopeless, str):  # no edition of most provinces: nothing about a reform can change that
                key = hashlib.sha256((base + _code()).encode()).hexdigest()
                if force or _key(path) != key:
                    finish(path, key, _nothing(index, reform, hopeless))
                continue
            exposure = {r: registry.exposure(reform, index, reading=r) for r in registry.READINGS}
            key = hashlib.sha256((base + "".join(_digest(e) for e in exposure.values()) + _code()).encode()).hexdigest()
            if not force and _key(path) == key:
                continue
            if client is not None:
                waiting.append((path, key, client.submit(_pair, index, reform, table, exposure, pure=False)))
            elif jobs > 1:
                pool = pool or _processes(jobs)
                waiting.append((path, key, pool.submit(_pair, index, reform, table, exposure)))
            else:
                finish(path, key, _pair(index, reform, table, exposure))
    try:
        for path, key, future in waiting:
            finish(path, key, future.result())
    finally:
        if pool is not None:
            pool.shutdown(cancel_futures=True)
    return written


def _processes(jobs: int):
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # spawned, not forked: reading the parquet files has started threads here, and a fork would inherit their locks
    return ProcessPoolExecutor(jobs, mp_context=get_context("spawn"))


def _pair(index: str, reform: str, scores: pd.DataFrame, exposure: dict[str, pd.DataFrame]) -> pd.DataFrame:
    tables: list[pd.DataFrame] = []
    try:
        main = _sample(index, reform, scores, exposure, MAIN)
    except NotEstimable as error:
        return _nothing(index, reform, str(error))
    treated = max(_treated(main, k) for k in range(len(main.components)))
    together = np.isinf(main.cohort).sum() == 0 and len(np.unique(main.cohort)) == 1
    wide = _try(lambda: _sample(index, reform, scores, exposure, VARIANTS[1])) if treated < SEVERAL or together else ""
    if (treated == 0 or together) and (
            isinstance(wide, str) or not np.isinf(wide.cohort).any()
            or max(_treated(wide, k) for k in range(len(wide.components))) == 0):
        return _nothing(index, reform, _why(main))
    if treated >= SEVERAL:
        for name in STAGGERED:
            resample = {"twfe": ("crv1", "wild", "ri"), "imputation": ("crv1", "ri")}.get(name, ("crv1",))
            tables.append(_run(main, name, resample))
        done = {_same(main)}
        for variant in VARIANTS:
            other = _try(lambda v=variant: _sample(index, reform, scores, exposure, v))
            if isinstance(other, str) or _same(other) in done:
                continue
            done.add(_same(other))
            tables += [_run(other, name, ("crv1",)) for name in VARIED]
    elif not isinstance(wide, str):
        tables += [_run(wide, name, ("crv1",)) for name in SINGLE if name in ESTIMATORS]
        tables.append(_run(wide, "twfe", ("crv1", "ri")))
    if index in sampling.FIXED_WEIGHT and treated >= SEVERAL:
        composite = _try(lambda: _sample(index, reform, scores, exposure, MAIN, outcome="fixed_weight"))
        if not isinstance(composite, str):
            tables += [_run(composite, name, ("crv1", "ri")) for name in ("twfe", "imputation")]
            tables.append(_run(composite, "callaway_santanna", ("crv1",)))
    tables = [t for t in tables if t is not None]
    if not tables:
        return _nothing(index, reform, _why(main))
    return graded(_agreement(pd.concat(tables, ignore_index=True)))


def _sample(index, reform, scores, exposure, variant, outcome: str = "score"):
    return sampling.build(index, reform=reform, scores=scores, exposure=exposure[variant["reading"]], outcome=outcome, **variant)


def _treated(sample, k: int) -> int:
    one = _try(lambda: sample.one(k))
    return 0 if isinstance(one, str) else int(one.treated.sum())


def _try(call):
    """The result, or the reason as text."""
    try:
        return call()
    except NotEstimable as error:
        return str(error)


def _run(sample, estimator: str, inference) -> pd.DataFrame | None:
    table = _try(lambda: from_sample(sample, estimator, inference=inference, singletons="drop"))
    return None if isinstance(table, str) else table


def _same(sample) -> tuple:
    return (sample.units, sample.cohort.tobytes(), np.nan_to_num(sample.y, nan=-1.0).tobytes())


def _why(sample) -> str:
    for k in range(len(sample.components)):
        reason = _try(lambda k=k: prepare(sample, k, "drop"))
        if isinstance(reason, str):
            return reason
    return "not estimable, because no estimator could use the sample"


def _nothing(index: str, reform: str, note: str) -> pd.DataFrame:
    return _empty_row().assign(index_id=index, reform=reform, note=note,
                               inputs_sha256=hashlib.sha256(f"{index}{reform}{note}".encode()).hexdigest())


@cache
def _empty_row() -> pd.DataFrame:
    row = {c: np.nan for c in RESULT_COLUMNS}
    row |= {"component": "all", "estimator": "none", "term": "att", "inference": "none", "n_obs": 0, "n_provinces": 0,
            "n_treated": 0, "n_unknown": 0, "treated": "", "years": ""}
    return graded(typed(pd.DataFrame([row])[RESULT_COLUMNS]))


# what two rows must share for a permutation test of one to be of the other's sample
_SAMPLE = ["component", "outcome", "reading", "exposure_rule", "sample_rule", "controls", "n_provinces", "n_treated", "years"]


def _agreement(table: pd.DataFrame) -> pd.DataFrame:
    """``agreement`` and ``p_ri`` of the overall estimates.

    agreement : share of a component's comparable estimates (`report.compared`), over estimators, readings and sample rules,
        that have the row's sign, the row's own among them; NaN where no other was run. An estimate of 0 has a sign of its own.
    p_ri : estimators for staggered dates share the null of imputation's permutation test on the same sample; where none was
        run on a row's sample (another reading or sample rule) it stays NaN.
    """
    overall = (table["term"] == "att") & table["estimate"].notna()
    own = overall & compared(table)
    what = ["component", "outcome"]
    one = table[own].drop_duplicates([*what, "estimator", "sample_rule", "reading"]).assign(_sign=lambda t: np.sign(t["estimate"]))
    total, alike = one.groupby(what).size().to_dict(), one.groupby([*what, "_sign"]).size().to_dict()
    keys = list(zip(table["component"], table["outcome"], np.sign(table["estimate"]), strict=True))
    n = np.array([total.get(k[:2], 0) for k in keys])
    share = np.array([alike.get(k, 0) for k in keys]) / np.maximum(n, 1)
    table["agreement"] = np.where(overall & (n > own), share, np.nan)

    permuted = table[(table["term"] == "att") & (table["inference"] == "ri") & (table["estimator"] == "imputation")]
    kin = {tuple(k): p for *k, p in permuted[[*_SAMPLE, "p_value"]].itertuples(index=False)}
    fill = (table["term"] == "att") & table["p_ri"].isna() & (table["design"] == "staggered")
    table.loc[fill, "p_ri"] = [kin.get(tuple(k), np.nan) for k in table.loc[fill, _SAMPLE].itertuples(index=False)]
    return table


def _digest(table: pd.DataFrame) -> str:
    return hashlib.sha256(pd.util.hash_pandas_object(table.reset_index(drop=True)).to_numpy().tobytes()).hexdigest()


@cache
def _code() -> str:
    """Digest of the modules that turn a sample into numbers: estimates follow a change of method."""
    here = Path(__file__).parent
    files = sorted([*here.glob("*.py"), *(here.parent / "did").rglob("*.py")])
    return hashlib.sha256(b"".join(f.read_bytes() for f in files if f.name not in NO_NUMBERS)).hexdigest()


def _key(path: Path) -> str:
    import pyarrow.parquet as pq

    if not path.exists():
        return ""
    try:
        metadata = pq.read_schema(path).metadata or {}
    except (OSError, ValueError):  # a file cut short by a full disk is simply made again
        return ""
    return metadata.get(b"govlib_inputs", b"").decode()


def _write(table: pd.DataFrame, path: Path, key: str) -> None:
    """Whole or not at all: a reader never meets half a file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrow = pa.Table.from_pandas(table, preserve_index=False)
    arrow = arrow.replace_schema_metadata({**(arrow.schema.metadata or {}), b"govlib_inputs": key.encode()})
    part = path.with_name(f".{path.stem}.{os.getpid()}.tmp")  # not mkstemp's, whose files only their owner can read
    try:
        pq.write_table(arrow, part)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
