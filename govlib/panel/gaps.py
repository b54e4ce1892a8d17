"""What is missing and why: one wording for each reason, and the table of coverage.

A cell can be empty for different reasons, and nobody may mix them up. Every room that says why asks :func:`told`, or for a
cell :func:`govlib.panel.data.reason`; the sentences are the labels ``gap.<code>``, what a table's cell
says is ``gap.kind.<kind>``. Only the first kind makes a ``not_published`` row.
"""

from __future__ import annotations

import io
import re
from functools import cache
from typing import NamedTuple

import pandas as pd

from govlib.known import indices, provinces
from govlib.text import rows_of, spans
from govlib.words.tables import phrase as label

# an edition of which we hold at least this share was printed for all: what is missing then, the publisher left out
NEARLY_ALL = 0.9

#: code -> kind: the publisher has no such figure, our sources have none, the publisher withdrew it, it is of another unit
KINDS = {
    "withheld": "not_published", "parts_withheld": "not_published", "by_rule": "not_published", "not_surveyed": "not_published",
    "none_yet": "not_published", "not_in_edition": "not_published",
    "by_rule_or_not_held": "not_held", "not_held": "not_held", "disputed": "not_held", "no_items": "not_held",
    "no_edition": "not_held",
    "withdrawn": "withdrawn", "other_unit": "other_unit",
}
NOT_PUBLISHED = ("withheld", "parts_withheld", "by_rule", "not_surveyed")  # those that become rows of the panel
DISPUTED = "pages disagree"  # how the note of a raw row begins whose score was left out because another page prints another one
NOT_TAKEN = "score not taken"  # and whose score cannot be what it is printed as
PARTS = re.compile(r"(\d+) of (\d+) parts not published")  # in the note of a raw row that is a sum
WHY = ("province", "year", "index_id", "component", "level", "code", "reason_vi", "reason_en", "note")


class Reason(NamedTuple):
    """Why a cell is empty."""

    code: str
    index_id: str
    year: int
    province: str = ""

    @property
    def kind(self) -> str:
        return KINDS[self.code]

    def told(self, lang: str = "vi") -> str:
        """The reason as part of a sentence."""
        if self.code == "withdrawn":
            found = indices.doubtful(self.index_id, self.year, self.province)
            return found[lang != "vi"] if found else label("gap.withdrawn", lang)
        return told(self.code, lang, self.index_id, self.year)

    def short(self, lang: str = "vi") -> str:
        """What a table's cell says."""
        return label(f"gap.kind.{self.kind}", lang)


@cache
def told(code: str, lang: str, index_id: str, year: int) -> str:
    """The sentence of a reason for an edition.

    >>> told("by_rule", "en", "pci", 2024), told("not_surveyed", "en", "pci", 2005)
    ('only the first 30 provinces are published; this one is not among them', 'only 42 provinces were surveyed in 2005')
    """
    return label(f"gap.{code}", lang, year=year, k=indices.surveyed(index_id, year), n=indices.published_ranks(index_id, year),
                 index=indices.name(index_id, "overall", lang), first=indices.index(index_id).first_edition)


def why_missing(scores: pd.DataFrame, notes: dict[tuple, str]) -> pd.DataFrame:
    """One row for each province × component that an edition should have and our panel has no score for.

    ``scores`` are the panel's rows so far; ``notes`` maps (province, year, index_id, component) to what a raw row with
    an empty score says about itself. Editions are those of ``scores``; components those of the index definition.
    """
    held = scores[scores["score"].notna() & scores["level"].ne("indicator")]
    have = held.groupby(["index_id", "year", "component"])["province"].agg(set).to_dict()
    ranks = scores[scores["component"].eq("overall") & scores["rank"].notna()]
    ranked = {key: dict(zip(g["province"], g["rank"], strict=True)) for key, g in ranks.groupby(["index_id", "year"])}
    found = []
    for index_id, year in sorted(set(rows_of(scores, ["index_id", "year"]))):
        expected = provinces.province_set(year)
        for component in ["overall", *indices.component_ids(index_id, year)]:
            there = have.get((index_id, year, component), set())
            for province in expected:
                if province in there:
                    continue
                note = notes.get((province, year, index_id, component), "")
                code = _code(index_id, year, province, there, len(expected), note, ranked.get((index_id, year), {}))
                level = "overall" if component == "overall" else "component"
                reasons = (told(code, lang, index_id, year) for lang in ("vi", "en"))
                found.append((province, year, index_id, component, level, code, *reasons, note))
    return pd.DataFrame(found, columns=list(WHY))


def _code(index_id: str, year: int, province: str, there: set, expected: int, note: str, ranks: dict) -> str:
    named = indices.published_ranks(index_id, year)
    if named is not None and len(there) < expected:
        if note.startswith(NOT_TAKEN):  # it was published, behind the first ranks too
            return "not_held"
        if ranks.get(province, 0) > named or ">30" in note.replace(" ", "") or len(there) >= named:
            return "by_rule"
        if note.startswith("not published"):
            return "withheld"
        return "not_held" if province in ranks else "by_rule_or_not_held"
    if lacking := PARTS.search(note):  # of which none was published, nothing was there to be worked out from
        return "withheld" if lacking[1] == lacking[2] else "parts_withheld"
    if note.startswith(("not published", "not ranked")) or province in indices.without_result(index_id, year):
        return "withheld"
    if note.startswith(DISPUTED):
        return "disputed"
    if note:  # a rank was printed without its score
        return "not_held"
    if len(there) == indices.surveyed(index_id, year) < expected:
        return "not_surveyed"
    return "withheld" if len(there) >= NEARLY_ALL * expected else "not_held"


def coverage(scores: pd.DataFrame, why: pd.DataFrame) -> pd.DataFrame:
    """Index × year × level: how many provinces, of how many, and why the rest is missing.

    ``n_provinces`` have a score in every component of the level, ``n_some`` in at least one; ``n_not_published`` and
    ``n_not_held`` count the others by reason. Editions without any figure are rows with 0.
    """
    some = scores[scores["score"].notna() & scores["component"].ne("overall_fixed_weights")]
    key = ["index_id", "year", "level"]
    sources = some.drop_duplicates([*key, "source"]).groupby(key)["source"].agg(list).to_dict()
    components = some.drop_duplicates([*key, "component"]).groupby(key).size().to_dict()
    each = some.groupby([*key, "province"]).size().reset_index(name="n")
    each = {cell: group["n"] for cell, group in each.groupby(key)}
    # a province counts once, under the reason of most of its missing cells
    codes = why.groupby([*key, "province", "code"]).size().reset_index(name="n")
    codes = codes.sort_values("n", ascending=False, kind="stable").drop_duplicates([*key, "province"])
    codes = {cell: group["code"].value_counts().to_dict() for cell, group in codes.groupby(key)}
    rows = []
    for index_id in indices.INDICES:
        years = sorted({*indices.editions(index_id), *(year for i, year, _ in each if i == index_id)})
        levels = ["overall", "component"] + (["indicator"] if index_id in ("pci", "papi") else [])
        for cell in [(index_id, year, level) for year in years for level in levels]:
            rows.append(_row(cell, components.get(cell, 0), each.get(cell), codes.get(cell, {}), sources.get(cell, [])))
    return pd.DataFrame(rows)


def _row(cell: tuple, components: int, each: pd.Series | None, counts: dict[str, int], sources: list[str]) -> dict:
    index_id, year, level = cell
    expected = len(provinces.province_set(year))
    wanted = {"overall": 1, "component": len(indices.component_ids(index_id, year)), "indicator": components}[level]
    each = pd.Series(dtype=float) if each is None else each
    some = len(each)
    if not some and not counts:
        counts = {"no_items" if level == "indicator" else "not_held": expected}
    elif some < expected and not counts:
        counts = {"withheld" if some >= NEARLY_ALL * expected else "not_held": expected - some}
    return {
        "index_id": index_id, "year": int(year), "level": level,
        "n_provinces": int((each >= wanted).sum()) if wanted else 0, "n_some": some, "n_expected": expected,
        "n_components": int(components), "n_components_expected": int(wanted),
        "n_not_published": sum(n for code, n in counts.items() if code in NOT_PUBLISHED),
        "n_not_held": sum(n for code, n in counts.items() if code not in NOT_PUBLISHED),
        **{f"reason_{lang}": "; ".join(f"{n}: {told(code, lang, index_id, int(year))}" for code, n in counts.items())
           for lang in ("vi", "en")},
        "sources": ";".join(sorted({source for joined in sources for source in joined.split(";")}))}


def heatmap(table: pd.DataFrame, level: str = "overall") -> bytes:
    """Share of provinces with a figure, index by year, as a PNG; the number of provinces stands in each cell.

    ``table`` is :func:`coverage`. Editions without any figure of ours are 0, years without an edition are blank. Bytes
    rather than a figure: a notebook shows them whatever backend it runs with.
    """
    import seaborn as sns
    from matplotlib.figure import Figure

    count, share = _grids(table, level)
    figure = Figure(figsize=(0.52 * share.shape[1] + 1.6, 0.46 * share.shape[0] + 1.3), layout="constrained")
    axes = figure.subplots()
    sns.heatmap(share, annot=count, fmt="", mask=share.isna(), vmin=0, vmax=1, cmap="Blues", linewidths=0.5, cbar=False,
                ax=axes, annot_kws={"size": 8})
    axes.set(xlabel="", ylabel="", title=f"Provinces with a figure, level {level}")
    axes.tick_params(axis="y", rotation=0)
    image = io.BytesIO()
    figure.savefig(image, format="png", dpi=110)
    return image.getvalue()


def heatmap_alt(table: pd.DataFrame, level: str = "overall") -> str:
    """What the heatmap shows, in words.

    >>> import govlib
    >>> from govlib import gaps
    >>> len(gaps.heatmap_alt(govlib.coverage(), "overall")) > 20
    True
    """
    _, share = _grids(table, level)
    full = ", ".join(f"{index_id} {spans([int(y) for y in row.index[row >= 0.999]])}" for index_id, row in share.iterrows()
                     if (row >= 0.999).any())
    return f"Heatmap of index by year at level {level}. Every province has a figure in: {full or 'no edition'}."


def _grids(table: pd.DataFrame, level: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    part = table[table["level"].eq(level)].assign(share=lambda t: t["n_some"] / t["n_expected"])
    order = [index_id for index_id in indices.INDICES if index_id in set(part["index_id"])]
    share = part.pivot(index="index_id", columns="year", values="share").reindex(order)
    count = part.pivot(index="index_id", columns="year", values="n_some").reindex(order)
    return count.map(lambda n: "" if pd.isna(n) else str(int(n))), share.rename_axis(index=None, columns=None)
