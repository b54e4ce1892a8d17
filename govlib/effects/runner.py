"""`make effects`: every reform × index, written one parquet file each, and only what has changed."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from govlib import files, ledger, paths
from govlib.effects import pair, pooled, quoted, settled, together
from govlib.effects import sample as sampling
from govlib.known import indices as catalog
from govlib.known import reforms as registry
from govlib.panel import data
from govlib.words.tables import language, phrase


def run_all(out: str | Path | None = None, *, reforms: Iterable[str] | None = None, indices: Iterable[str] | None = None,
            force: bool = False, report: Callable[[str], Any] | None = None, jobs: int = 1, client: Any = None) -> list[Path]:
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
    with files.alone(folder), _workers(jobs, client) as begin:
        scores = data.read(paths.processed() / "scores.parquet",
                           columns=["province", "year", "index_id", "component", "level", "score", "status"])
        keys: dict[Path, str] = {}
        due = []
        for path, key, task in _tasks(folder, scores, reforms, indices):  # workers begin while the rest is being looked through
            keys[path] = key
            if force or _key(path) != key:
                due.append((path, begin(pair.as_file, key, *task)))
        # a reform that left the registry leaves its estimates; in another folder lie files of others too
        if reforms is None and indices is None and folder == paths.estimates():
            for gone in set(folder.glob("*.*.parquet")) - keys.keys():
                gone.unlink()
        for path, result in due:
            content, overall, estimators = result()
            with files.whole(path) as part:  # whole or not at all: a reader never meets half a file
                part.write_bytes(content)
            if report:
                report(phrase("effects.made", language(), what=path.stem.replace(".", " × "), n=overall, of=estimators))
        held = {path.name: keys.get(path) or _key(path) for path in sorted(folder.glob("*.*.parquet"))}
        made_from = _sha256("".join(f"{name} {key}\n" for name, key in held.items()))
        # by what they were made from: a run that was killed while it pooled has left those of the estimates before
        pools = (pooled.path(), pooled.settled_path()) if folder == paths.estimates() else ()
        if any(pooled.made_from(path) != made_from for path in pools):
            rows = quoted.quoted(set(registry.reform_types().index))
            pooling = begin(together.build, rows, scores)  # while another works out what would settle them
            settled.write(rows, made_from, scores)
            together.write(pooling(), made_from)
        return [path for path, *_ in due]


def _tasks(folder: Path, scores: pd.DataFrame, reforms: Iterable[str] | None, indices: Iterable[str] | None) -> Iterator[tuple]:
    """File, digest of everything it hangs on, and the call that makes its rows."""
    for index in indices or catalog.INDICES:
        table = scores[scores["index_id"] == index]
        if not (table["level"].eq("component") & table["score"].notna()).any():
            continue
        base = _digest(table)
        hopeless = pair.or_reason(partial(sampling.editions, table, index, None))
        names, years = list(reforms or registry.reform_types().index), catalog.editions(index)
        outcomes = ["score", *(["fixed_weight"] if index in sampling.FIXED_WEIGHT else [])]
        figures = {} if isinstance(hopeless, str) else {outcome: pair.or_reason(partial(  # the same for every reform
            sampling.figures_of, sampling.Question(index, names[0], outcome=outcome), table)) for outcome in outcomes}
        for reform in names:
            path = folder / f"{reform}.{index}.parquet"
            if isinstance(hopeless, str):  # no edition of most provinces: nothing about a reform can change that
                yield path, _sha256(base + _code()), (pair.nothing, index, reform, hopeless)
                continue
            exposure = {r: registry.exposed(reform, index, reading=r, years=years) for r in registry.READINGS}
            aims = ";".join(registry.targets(reform, index))  # for which p-values allow together
            key = _sha256(base + "".join(_of_arrays(e) for e in exposure.values()) + aims + _code())
            yield path, key, (pair.estimates, index, reform, figures, exposure)


@contextmanager
def _workers(jobs: int, client: Any) -> Iterator[Callable[..., Callable[[], Any]]]:
    """What takes a call and its arguments and gives what waits for the result."""
    if client is not None:
        yield lambda *task: client.submit(*task, pure=False).result
    elif jobs > 1:
        # a fork keeps what is imported here, but would inherit the locks of threads, such as reading parquet files starts
        alone = sys.platform == "linux" and len(os.listdir("/proc/self/task")) == 1
        pool = ProcessPoolExecutor(jobs, mp_context=get_context("fork" if alone else "spawn"))
        try:
            pool.submit(int)  # they begin now
            yield lambda *task: pool.submit(*task).result
        finally:
            pool.shutdown(cancel_futures=True)
    else:
        yield partial


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _digest(table: pd.DataFrame) -> str:
    return hashlib.sha256(pd.util.hash_pandas_object(table.reset_index(drop=True)).to_numpy().tobytes()).hexdigest()


def _of_arrays(columns: dict[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for name in registry.EXPOSURE_COLUMNS:
        values = columns[name]
        digest.update("\0".join(values).encode() if values.dtype == object else values.tobytes())
    return digest.hexdigest()


@cache
def _code() -> str:
    """Digest of the modules, and what ships with them, that turn a sample into numbers: estimates follow a change of method."""
    return ledger.digest(Path(__file__))


def _key(path: Path) -> str:
    import pyarrow.parquet as pq

    if not path.exists():
        return ""
    try:
        metadata = pq.read_table(path, use_threads=False).schema.metadata or {}  # all of it: its end alone may be whole
    except (OSError, ValueError):  # a file cut short or damaged is simply made again
        return ""
    return metadata.get(b"govlib_inputs", b"").decode()
