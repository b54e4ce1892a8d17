"""A made-up criteria tree with made-up scores, to try the self-scoring on. Fixed seed, marked SYNTHETIC.

It has the shape that was published for 2022 (8 fields, 37 criteria, 88 sub-criteria, 100 points, 32 of them by survey) and
nothing else of it: every criterion is called "made-up criterion", and how the points divide is drawn at random.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np

from govlib.institute import synthetic
from govlib.institute.par import criteria
from govlib.institute.par.form import COLUMNS, FIELDS

SEED, EDITION = 20220419, 2022
AS_OF = dt.date(2023, 1, 15)
CRITERIA = (6, 4, 5, 4, 5, 4, 5, 4)             # by field: 37
SUBS = (12, 10, 12, 10, 12, 10, 14, 8)          # by field: 88
SURVEY = 32.0
DEPARTMENTS = ("Sở Nội vụ", "Sở Tư pháp", "Văn phòng UBND tỉnh", "Sở Nội vụ", "Sở Nội vụ", "Sở Tài chính",
               "Sở Thông tin và Truyền thông",
               "Sở Kế hoạch và Đầu tư")


def _split(rng, total: int, parts: int) -> list[int]:
    """``total`` quarter points into ``parts`` of at least one each."""
    cuts = np.sort(rng.choice(np.arange(1, total), parts - 1, replace=False)) if parts > 1 else np.zeros(0)
    return np.diff(np.r_[0, cuts, total]).astype(int).tolist()


def rows(seed: int = SEED) -> list[list[object]]:
    """Rows of the form, in its order of columns."""
    rng = np.random.default_rng(seed)
    quarters = 4 * np.array((9, 10, 14, 11, 13, 11, 15, 17))  # 100 points in all
    leaves: list[dict] = []
    out: list[dict] = []
    for f, ((code, (_, vi, en)), points) in enumerate(zip(criteria.fields().items(), quarters, strict=True)):
        out.append({"code": code, "level": "field", "name_vi": vi, "name_en": en, "max_points": points / 4})
        sizes = [2 + (i < SUBS[f] - 2 * CRITERIA[f]) for i in range(CRITERIA[f])]
        sizes[0] += SUBS[f] - sum(sizes)
        parts = iter(_split(rng, int(points), SUBS[f]))
        for i, size in enumerate(sizes, 1):
            here = [next(parts) / 4 for _ in range(size)]
            out.append({"code": f"{code}.{i}", "level": "criterion", "name_vi": f"Tiêu chí giả lập {code}.{i}",
                        "name_en": f"Made-up criterion {code}.{i}",
                        "max_points": sum(here)})
            for j, most in enumerate(here, 1):
                leaf = {"code": f"{code}.{i}.{j}", "level": "sub_criterion",
                        "name_vi": f"Tiêu chí thành phần giả lập {code}.{i}.{j}",
                        "name_en": f"Made-up sub-criterion {code}.{i}.{j}", "max_points": most, "method": "appraisal",
                        "department": DEPARTMENTS[f]}
                out.append(leaf)
                leaves.append(leaf)
    _survey(rng, leaves)
    for leaf in leaves:
        _score(rng, leaf)
    return [[row.get(c, "") for c in COLUMNS] for row in out]


def _survey(rng, leaves: list[dict]) -> None:
    """Marks items of exactly 32 points as won by survey (sums of quarters: an exact subset by dynamic programming)."""
    goal = int(SURVEY * 4)
    reach: dict[int, list[int]] = {0: []}
    for i in rng.permutation(len(leaves)):
        for at, taken in list(reach.items()):
            new = at + int(leaves[i]["max_points"] * 4)
            if new <= goal and new not in reach:
                reach[new] = [*taken, i]
        if goal in reach:
            break
    for i in reach[goal]:
        leaves[i]["method"] = "survey"


def _score(rng, leaf: dict) -> None:
    most = leaf["max_points"]
    if leaf["method"] == "survey":
        leaf["ministry_score"] = round(most * rng.uniform(0.78, 0.95), 2)
        return
    own = most if rng.random() < 0.75 else round(most * rng.choice([0.5, 0.75]) * 4) / 4
    leaf["self_score"], leaf["evidence"] = own, f"{int(rng.integers(10, 900))}/BC-UBND" if rng.random() < 0.95 else ""
    cut = own > 0 and rng.random() < 0.2
    leaf["ministry_score"] = round(own * rng.choice([0.0, 0.5]) * 4) / 4 if cut else own
    if cut:
        leaf["reason"] = "Tài liệu kiểm chứng chưa đủ (giả lập)"
    if leaf["ministry_score"] < most and rng.random() < 0.8:
        leaf["outstanding"] = f"Việc giả lập cho mục {leaf['code']}"
        leaf["deadline"] = (AS_OF + dt.timedelta(days=int(rng.integers(-20, 200)))).isoformat()
        leaf["status"] = str(rng.choice(["planned", "in_progress"]))


def write(out: Path, seed: int = SEED) -> list[Path]:
    """``par_scoring_demo.csv`` in the folder ``out``: the mark stands above the header and in every row."""
    meta = {"province": "Bắc Ninh", "edition": EDITION, "as_of": AS_OF.isoformat(), "producer": "govlib",
            "ministry_source": "SYNTHETIC"}
    lines = [(key, meta[key], f"{vi} / {en}") for key, (_, vi, en) in FIELDS.items()]
    return [synthetic.form(out / "par_scoring_demo.csv", lines, COLUMNS, rows(seed))]
