"""What is missing and why: the reasons behind empty cells, and the table of coverage.

A cell can be empty for different reasons, and a briefing must not mix them up: the publisher withheld the figure; the
publisher's rule leaves it out (PCI names only the first thirty provinces since 2023); the province was not surveyed; or
the figure was printed somewhere but is not in our sources. Only the first three make a ``not_published`` row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from govlib import indices, provinces

if TYPE_CHECKING:
    import pandas as pd

SURVEYED_2005 = 42  # of 64 provinces, in the first PCI
# an edition of which we hold at least this share was printed for all: what is missing then, the publisher left out
NEARLY_ALL = 0.8

# code -> (Vietnamese, English)
REASONS = {
    "withheld": ("đơn vị công bố không công bố số liệu này", "the publisher did not publish this figure"),
    "parts_withheld": ("không tính được vì thiếu điểm thành phần chưa được công bố",
                       "cannot be added up: some of its parts were not published"),
    "by_rule": ("chỉ công bố 30 tỉnh, thành phố đứng đầu; tỉnh này không thuộc nhóm đó",
                "only the first 30 provinces are published; this one is not among them"),
    "not_surveyed": ("năm 2005 chỉ khảo sát 42 tỉnh, thành phố", "only 42 provinces were surveyed in 2005"),
    "by_rule_or_not_held": ("chỉ công bố 30 tỉnh, thành phố đứng đầu; nguồn đang có không cho biết tỉnh này có thuộc nhóm đó",
                            "only the first 30 provinces are published; our sources do not say whether this is one"),
    "not_held": ("đã hoặc có thể đã công bố nhưng không có trong các nguồn đang dùng",
                 "published or possibly published, but not in our sources"),
    "no_items": ("các câu hỏi khảo sát chỉ có sau khi tải bản gốc (make pull)",
                 "survey items come with the publishers' own files (make pull)"),
}
NOT_PUBLISHED = ("withheld", "parts_withheld", "by_rule", "not_surveyed")
WHY = ("province", "year", "index_id", "component", "level", "code", "reason_vi", "reason_en", "note")


def why_missing(scores: pd.DataFrame, notes: dict[tuple, str]) -> pd.DataFrame:
    """One row for each province × component that an edition should have and our panel has no score for.

    ``scores`` are the panel's rows so far; ``notes`` maps (province, year, index_id, component) to what a raw row with
    an empty score says about itself. Editions are those of ``scores``; components those of the index definition.
    """
    import pandas as pd

    held = scores[scores["score"].notna() & scores["level"].ne("indicator")]
    have = held.groupby(["index_id", "year", "component"])["province"].agg(set).to_dict()
    ranks = scores[scores["component"].eq("overall") & scores["rank"].notna()]
    ranked = {key: dict(zip(g["province"], g["rank"], strict=True)) for key, g in ranks.groupby(["index_id", "year"])}
    found = []
    for index_id, year in sorted(set(zip(scores["index_id"], scores["year"], strict=True))):
        expected = provinces.province_set(year)
        for component in ["overall", *indices.component_ids(index_id, year)]:
            there = have.get((index_id, year, component), set())
            for province in expected:
                if province in there:
                    continue
                note = notes.get((province, year, index_id, component), "")
                code = _code(index_id, year, province, there, len(expected), note, ranked.get((index_id, year), {}))
                level = "overall" if component == "overall" else "component"
                found.append((province, year, index_id, component, level, code, *REASONS[code], note))
    return pd.DataFrame(found, columns=list(WHY))


def _code(index_id: str, year: int, province: str, there: set, expected: int, note: str, ranks: dict) -> str:
    named = indices.published_ranks(index_id, year)
    if named is not None and len(there) < expected:
        if ranks.get(province, 0) > named or ">30" in note.replace(" ", "") or len(there) >= named:
            return "by_rule"
        return "not_held" if province in ranks else "by_rule_or_not_held"
    if note:
        return "parts_withheld" if "parts not published" in note else "withheld" if "not published" in note else "not_held"
    if index_id == "pci" and year == 2005 and len(there) == SURVEYED_2005:
        return "not_surveyed"
    if province in indices.without_result(index_id, year):
        return "withheld"
    return "withheld" if len(there) >= NEARLY_ALL * expected else "not_held"


def coverage(scores: pd.DataFrame, why: pd.DataFrame) -> pd.DataFrame:
    """Index × year × level: how many provinces, of how many, and why the rest is missing.

    ``n_provinces`` have a score in every component of the level, ``n_some`` in at least one; ``n_not_published`` and
    ``n_not_held`` count the others by reason. Editions without any figure are rows with 0.
    """
    import pandas as pd

    some = scores[scores["score"].notna() & scores["component"].ne("overall_fixed_weights")]
    rows = []
    for index_id in indices.INDICES:
        years = sorted({*indices.editions(index_id), *scores.loc[scores["index_id"].eq(index_id), "year"]})
        mine = some[some["index_id"].eq(index_id)]
        levels = ["overall", "component"] + (["indicator"] if index_id in ("pci", "papi") else [])
        for year in years:
            for level in levels:
                part = mine[mine["year"].eq(year) & mine["level"].eq(level)]
                missing = why[why["index_id"].eq(index_id) & why["year"].eq(year) & why["level"].eq(level)]
                rows.append(_row(index_id, year, level, part, missing))
    return pd.DataFrame(rows)


def _row(index_id: str, year: int, level: str, part: pd.DataFrame, missing: pd.DataFrame) -> dict:
    expected = len(provinces.province_set(year))
    components = part["component"].nunique()
    each = part.groupby("province")["component"].nunique()
    wanted = {"overall": 1, "component": len(indices.component_ids(index_id, year)), "indicator": components}[level]
    whole = int((each >= wanted).sum()) if wanted else 0
    # a province counts once, under the reason of most of its missing cells
    by_province = missing.groupby("province")["code"].agg(lambda codes: codes.mode().iloc[0]) if len(missing) else None
    counts = by_province.value_counts().to_dict() if by_province is not None else {}
    if not len(part) and level == "indicator":
        counts = {"no_items": expected}
    elif not len(part) and not counts:
        counts = {"not_held": expected}
    return {
        "index_id": index_id, "year": int(year), "level": level, "n_provinces": whole, "n_some": int(len(each)),
        "n_expected": expected, "n_components": int(components), "n_components_expected": int(wanted),
        "n_not_published": sum(n for code, n in counts.items() if code in NOT_PUBLISHED),
        "n_not_held": sum(n for code, n in counts.items() if code not in NOT_PUBLISHED),
        "reason_vi": "; ".join(f"{n}: {REASONS[code][0]}" for code, n in counts.items()),
        "reason_en": "; ".join(f"{n}: {REASONS[code][1]}" for code, n in counts.items()),
        "sources": ";".join(sorted({s for joined in part["source"].unique() for s in joined.split(";")}))}
