"""What follows from published figures: sums, the comparable composite, rows that say that nothing was published, ranks.

Nothing is filled in; what is added is either arithmetic on published figures (status ``derived``) or a row that says that nothing
was published (``not_published``).
"""

from __future__ import annotations

import pandas as pd

from govlib.collect import checks, locators
from govlib.collect.readers import papi as papi_reader
from govlib.known import indices, weighting
from govlib.panel import gaps, schemas
from govlib.text import rows_of

FIXED = "overall_fixed_weights"  # the comparable PCI composite


def with_derived(rows: pd.DataFrame, notes: dict) -> pd.DataFrame:
    """Published rows in the shape of the panel, with PAPI sums and the fixed-weight PCI composite added.

    ``notes`` gains what a sum that cannot be made says about itself.
    """
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
        sums = papi_reader.derive_dimensions(papi[_unfinished(papi)]).assign(index_id="papi", rank=pd.NA)
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
    weights = weighting.fixed("pci")
    parts = scores[scores["index_id"].eq("pci") & scores["component"].isin(list(weights)) & scores["score"].notna()]
    if not len(parts):
        return parts
    wide = parts.pivot(index=["province", "year"], columns="component", values="score").reindex(columns=list(weights)).dropna()
    sources = parts.groupby(["province", "year"])["source"].agg(lambda s: ";".join(sorted(set(s))))
    out = wide.mul(weights).sum(axis=1).div(10).rename("score").reset_index()
    out["source"] = sources.reindex(wide.index).to_numpy()
    # the cells in the order of the weights; where they come from several sources each says from which
    at = {(province, year, c): (source, place)
          for province, year, c, source, place in rows_of(parts, ["province", "year", "component", "source", "locator"])}
    cells = [[at[province, year, c] for c in weights] for province, year in wide.index]
    locator = [locators.added([f"{s} {place}" if len({s for s, _ in own}) > 1 else place for s, place in own], "10 × fixed weight")
               for own in cells]
    return out.assign(index_id="pci", component=FIXED, level="overall", rank=None, unit="points", status="derived", locator=locator)


def with_not_published(scores: pd.DataFrame, why: pd.DataFrame) -> pd.DataFrame:
    """A row for every cell that the publisher left out; none for one that only our sources lack, whatever row says so."""
    cell = ["province", "year", "index_id", "component"]
    missing = why[why["code"].isin(gaps.NOT_PUBLISHED)]
    lacking = set(rows_of(why[~why["code"].isin(gaps.NOT_PUBLISHED)], cell))
    stays = [status != "not_published" or tuple(key) not in lacking for status, *key in rows_of(scores, ["status", *cell])]
    scores = scores[stays]
    there = set(rows_of(scores, cell))
    missing = missing[[key not in there for key in rows_of(missing, cell)]]
    if not len(missing):
        return scores
    # the source that left it out is the one that the rest of the edition comes from
    main = scores[scores["score"].notna()].groupby(["index_id", "year"])["source"].agg(lambda s: s.mode().iloc[0]).to_dict()
    rows = missing[[*cell, "level"]].assign(
        score=float("nan"), rank=pd.array([pd.NA] * len(missing), dtype="Int64"), unit="", status="not_published",
        source=[main.get(key, "") for key in rows_of(missing, ["index_id", "year"])], locator="")
    return pd.concat([scores, rows], ignore_index=True)


def finish(scores: pd.DataFrame) -> pd.DataFrame:
    """Scale, unit and method of each row, computed ranks, order of columns and rows."""
    found = [checks.scale(*key) for key in rows_of(scores, ["index_id", "component", "year"])]
    editions = list(rows_of(scores, ["index_id", "year"]))
    versions = {edition: str(indices.method_version(*edition)) for edition in set(editions)}
    scores = scores.assign(
        scale_min=[low for _, low, *_ in found], scale_max=[high for _, _, high, _ in found],
        unit=[given or unit for given, (*_, unit) in zip(scores["unit"].tolist(), found, strict=True)],
        method_version=[versions[edition] for edition in editions])
    scores["rank_computed"] = ranks(scores)
    order = scores["level"].map({level: at for at, level in enumerate(checks.LEVELS)})
    scores = scores.assign(_order=order).sort_values(["index_id", "year", "province", "_order", "component"], kind="stable")
    text = dict.fromkeys(["province", "index_id", "component", "level", "unit", "method_version", "status", "source",
                          "locator"], "str")
    scores = scores[schemas.columns("scores.parquet")].reset_index(drop=True).astype({**text, "year": "int64", "score": "float64"})
    return scores.astype({"rank": "Int64", "rank_computed": "Int64"}).assign(score=lambda f: f["score"] + 0.0)


def ranks(scores: pd.DataFrame) -> pd.Series:
    """Rank by score, highest = 1, equal scores share the better rank; empty unless every province has a score that its publisher
    stands by (PAPI 2022 of Bắc Ninh and Bắc Giang is none, so that no component of that edition is ranked).

    "Every" means the provinces of that edition (42 in the first PCI). Survey items are not ranked: for many a lower
    share is better.
    """
    ranked = scores[scores["level"].ne("indicator") & scores["score"].notna()]
    ranked = ranked[[indices.doubtful(*cell) is None for cell in rows_of(ranked, ["index_id", "year", "province"])]]
    cells = ranked.groupby(["index_id", "year", "component"])["score"]
    count = cells.transform("size")
    expected = [indices.surveyed(*edition) for edition in rows_of(ranked, ["index_id", "year"])]
    # scores printed to two decimals can differ in the sixteenth digit after a sum
    rank = ranked.assign(score=ranked["score"].round(9)).groupby(["index_id", "year", "component"])["score"].rank(
        method="min", ascending=False)
    out = pd.Series(pd.NA, index=scores.index, dtype="Int64")
    full = count.eq(pd.Series(expected, index=ranked.index))
    out.loc[ranked.index[full]] = rank[full].astype("Int64")
    return out
