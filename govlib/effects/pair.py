"""One reform and one index: which estimators the number of treated provinces allows, and how far they agree."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np

from govlib.did import RESULT_COLUMNS, engine, results
from govlib.did.fitting import prepare
from govlib.did.grades import NOT_COMPARED
from govlib.did.panel import Panel
from govlib.effects import sample as sampling
from govlib.errors import NotEstimable

MAIN = ("drop_unknown", "early")  # sample rule and reading
VARIANTS = (("drop_unknown", "late"), ("unknown_as_control", "early"), ("unknown_as_control", "late"))
STAGGERED = ("twfe", "imputation", "callaway_santanna", "sun_abraham", "gardner", "lp_did", "twfe_trends",
             "twfe_region_year", "first_differences", "lagged_outcome")
VARIED = ("twfe", "imputation", "callaway_santanna")
SINGLE = ("synthetic_control", "synthetic_did")
SEVERAL = 5  # treated provinces from which estimators for staggered dates are run; synthetic controls below
INFERENCE = {"twfe": ("crv1", "wild", "ri"), "imputation": ("crv1", "ri")}  # beside the estimators' own errors


def estimates(index: str, reform: str, figures: dict[str, sampling.Figures | str],
              exposure: dict[str, dict[str, np.ndarray]]) -> list[dict]:
    """All rows of one file (for `govlib.did.results.table`); one that says why where nothing can be estimated. ``figures`` by
    outcome, or the reason why there are none; ``exposure`` by reading, as `govlib.known.reforms.exposed`."""

    @cache
    def built(rule: str, reading: str, outcome: str = "score") -> Panel | str:
        found = figures[outcome]
        return found if isinstance(found, str) else or_reason(lambda: sampling.build(
            index, reform=reform, figures=found, exposure=exposure[reading], outcome=outcome, sample_rule=rule, reading=reading))

    main = built(*MAIN)
    if isinstance(main, str):
        return nothing(index, reform, main)
    treated, together = most_treated(main), at_once(main)
    wide = built(*VARIANTS[1]) if treated < SEVERAL or together else ""
    if (treated == 0 or together) and (isinstance(wide, str) or not np.isinf(wide.cohort).any() or most_treated(wide) == 0):
        return nothing(index, reform, why(main))
    tables: list[list[dict] | str] = []
    if treated >= SEVERAL:
        tables += [run(main, name) for name in STAGGERED]
        done = {_same(main)}
        for variant in VARIANTS:
            other = built(*variant)
            if not isinstance(other, str) and _same(other) not in done:
                done.add(_same(other))
                tables += [run(other, name, ("crv1",)) for name in VARIED]
    elif not isinstance(wide, str):
        tables += [run(wide, name) for name in SINGLE] + [run(wide, "twfe", ("crv1", "ri"))]
    composite = built(*MAIN, "fixed_weight") if index in sampling.FIXED_WEIGHT and treated >= SEVERAL else ""
    if not isinstance(composite, str):
        tables += [run(composite, name, ("crv1", "ri")) for name in ("twfe", "imputation")]
        tables.append(run(composite, "callaway_santanna"))
    found = [row for table in tables if not isinstance(table, str) for row in table]
    return agreement(found) if found else nothing(index, reform, why(main))


def at_once(panel: Panel) -> bool:
    """Whether all begin in one edition, so that there is nobody to compare with."""
    return np.isinf(panel.cohort).sum() == 0 and len(np.unique(panel.cohort)) == 1


def most_treated(panel: Panel) -> int:
    """Provinces treated within the editions of a component, of the component that has most."""
    return max((int(one.treated.sum()) for one in single(panel)), default=0)


def single(panel: Panel) -> list[Panel]:
    """The panels of one component each that have a figure."""
    ones = [or_reason(partial(panel.one, k)) for k in range(len(panel.components))]
    return [one for one in ones if not isinstance(one, str)]


def or_reason(call: Callable[[], Any]) -> Any:
    """The result, or the reason as text."""
    try:
        return call()
    except NotEstimable as error:
        return str(error)


def run(panel: Panel, estimator: str, inference: tuple[str, ...] | None = None) -> list[dict] | str:
    """One estimator's rows, or the reason as text; the inferences are those that it gets by default."""
    wanted = inference or INFERENCE.get(estimator, ("crv1",))
    return or_reason(lambda: engine.rows(panel, estimator, inference=wanted, singletons="drop"))


def _same(sample: Panel) -> tuple:
    return (sample.units, sample.cohort.tobytes(), np.nan_to_num(sample.y, nan=-1.0).tobytes())


def why(sample: Panel) -> str:
    for k in range(len(sample.components)):
        reason = or_reason(partial(prepare, sample, k, "drop"))
        if isinstance(reason, str):
            return reason
    return "not estimable, because no estimator could use the sample"


def nothing(index: str, reform: str, note: str) -> list[dict]:
    digest = hashlib.sha256(f"{index}{reform}{note}".encode()).hexdigest()
    return [dict.fromkeys(RESULT_COLUMNS) | dict.fromkeys(results.WHOLE, 0) | {
        "index_id": index, "reform": reform, "component": "all", "estimator": "none", "term": "att", "inference": "none",
        "note": note, "inputs_sha256": digest}]


# what two rows must share for a permutation test of one to be of the other's sample
_SAMPLE = ("component", "outcome", "reading", "exposure_rule", "sample_rule", "controls", "n_provinces", "n_treated", "years")


def agreement(rows: list[dict]) -> list[dict]:
    """Rows of one reform and index side by side, with ``agreement`` and ``p_ri`` of the overall estimates.

    agreement : share of a component's comparable estimates (`grades.compared`), over estimators, readings and sample rules,
        that have the row's sign, the row's own among them; NaN where no other was run. An estimate of 0 has a sign of its own.
    p_ri : estimators for staggered dates share the null of imputation's permutation test on the same sample; where none was
        run on a row's sample (another reading or sample rule) it stays NaN.
    """
    signs: dict[tuple, dict[tuple, float]] = {}
    permuted: dict[tuple, float] = {}
    overall = [row for row in rows if row["term"] == "att"]
    for row in overall:
        if np.isfinite(row["estimate"]) and row["estimator"] not in NOT_COMPARED:
            specifications = signs.setdefault((row["component"], row["outcome"]), {})
            specifications.setdefault((row["estimator"], row["sample_rule"], row["reading"]), np.sign(row["estimate"]))
        if row["inference"] == "ri" and row["estimator"] == "imputation":
            permuted[tuple(row[c] for c in _SAMPLE)] = row["p_value"]
    for row in overall:
        found = list(signs.get((row["component"], row["outcome"]), {}).values())
        if np.isfinite(row["estimate"]) and len(found) > (row["estimator"] not in NOT_COMPARED):
            row["agreement"] = found.count(np.sign(row["estimate"])) / len(found)
        if row["design"] == "staggered" and np.isnan(row["p_ri"]):
            row["p_ri"] = permuted.get(tuple(row[c] for c in _SAMPLE), np.nan)
    return rows


def as_file(key: str, work: Callable[..., list[dict]], *args: Any) -> tuple[bytes, int, int]:
    """One file's bytes, and how many overall estimates and estimators it holds: by the process that worked them out."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = results.columns(work(*args))
    schema = _schema()
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pydict(columns, schema.with_metadata({**schema.metadata, b"govlib_inputs": key.encode()})), file)
    found = [name for name, term, estimate in zip(columns["estimator"], columns["term"], columns["estimate"], strict=True)
             if term == "att" and estimate is not None]
    return file.getvalue(), len(found), len(set(found))


@cache
def _schema() -> Any:
    """Arrow's, of the frame that a reader gets."""
    import pyarrow as pa

    return pa.Schema.from_pandas(results.table([]), preserve_index=False)
