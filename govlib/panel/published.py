"""The panel held against what was published: composites recomputed from their parts, ranks recomputed from scores."""

from __future__ import annotations

import numpy as np
import pandas as pd

from govlib.collect.readers import papi
from govlib.known import indices, weighting
from govlib.words.tables import LANGS, counted, pair

FITS = 0.05  # a recomputed composite within this of the published one fits: components are printed to two decimals


def composite_check(scores: pd.DataFrame) -> pd.DataFrame:
    """Composites recomputed from components against the published ones, one row an index, edition and composite.

    Columns: index_id, year, component, rule, n, max_abs_diff, mean_abs_diff, worst_province, n_beyond (more than
    ``FITS`` apart), fits, weights_known, note_vi, note_en. Only cells published as such are compared.
    """
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
                         "weights_known": str(weighting.known(index_id, int(year)) or "") if rule == "weights" else ""})
    columns = ["index_id", "year", "component", "rule", "n", "max_abs_diff", "mean_abs_diff", "worst_province", "n_beyond",
               "fits", "weights_known"]
    table = pd.DataFrame(rows, columns=columns)
    said = [_verdict_on_fit(row) for row in table.to_dict("records")]
    return table.assign(note_vi=pd.Series([vi for vi, _ in said], dtype="str"),
                        note_en=pd.Series([en for _, en in said], dtype="str"))


def _rules(index_id: str, year: int) -> list[tuple[str, str, dict[str, float]]]:
    """(composite, rule, component -> factor) of an edition."""
    if index_id == "papi":
        sums = [(dimension, "sum of sub-dimensions", dict.fromkeys(papi.parts(dimension, year), 1.0))
                for dimension in indices.component_ids("papi", year)]
        return [("overall", "sum of dimensions", dict.fromkeys(indices.component_ids("papi", year), 1.0)), *sums]
    weights = weighting.of(index_id, year)
    if not weights:
        return []
    # the rule is linear: what each component adds is what it gives when it is 1 and the others are 0
    parts = {one: weighting.composite(index_id, year, {name: float(name == one) for name in weights}) or 0.0 for one in weights}
    return [("overall", "weights", parts)]


def _verdict_on_fit(row: dict) -> tuple[str, str]:
    if row["fits"]:
        return pair("build.fits")
    if (row["index_id"], row["year"], row["component"]) == ("pci", 2011, "overall"):
        return pair("build.does_not_fit_composite")
    n = row["n_beyond"]
    vi, en = (counted("published.differ", lang, n, most=f"{FITS:g}".replace(".", "," if lang == "vi" else ".")) for lang in LANGS)
    return vi, en


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
