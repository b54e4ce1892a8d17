"""Made-up monthly counts with a known truth, to try the instrument on and to test it. Fixed seed, marked SYNTHETIC.

Shares vary from month to month more than a binomial would (beta-binomial), have a dip around Tết, and at the adoption
month of a unit move by :data:`TRUTH`; so what a chart or an estimate should find is known.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from govlib.institute import synthetic
from govlib.institute.operations.form import COLUMNS, FIELDS
from govlib.institute.operations.model import SERVICES, code, month_text

SEED = 20250701
FIRST, LAST = "2021-01", "2024-12"
UNITS = ("Sở Tài chính", "Sở Nội vụ", "Sở Công Thương", "Sở Y tế", "Sở Tư pháp", "Sở Xây dựng", "Sở Giáo dục và Đào tạo",
         "Sở Khoa học và Công nghệ")
# service -> {indicator: change at adoption, in per cent or its own unit}
TRUTH = {
    "procedures": {"on_time": 0.0, "online": 12.0, "wait_minutes": 0.0},
    "five_on_the_spot": {"on_time": 6.0, "wait_minutes": -8.0},
    "rapid_response": {"on_time": 5.0, "answer_days": -1.0},
    "feedback": {"on_time": 8.0, "answer_days": -2.0},
    "business_registration": {"online": 15.0},
}
# service -> adoption month by unit (None: never within the period)
ADOPTED = {
    "procedures": ("2022-07", "2022-07", "2023-01", "2023-01", "2023-07", None, None, None),
    "five_on_the_spot": ("2022-04", "2022-04", "2022-10", "2022-10", "2023-04", "2023-04", None, None),
    "rapid_response": (None, "2022-09", None, "2023-03", None, None, None, None),
    "feedback": ("2023-01",) * 3 + (None,) * 5,
    "business_registration": ("2022-01",) + (None,) * 7,
}
_SIZE = {"procedures": 420, "five_on_the_spot": 160, "rapid_response": 30, "feedback": 45, "business_registration": 260}
_BASE = {"on_time": 0.86, "online": 0.34, "wait_minutes": 28.0, "answer_days": 6.5}


def rows(seed: int = SEED) -> list[list[object]]:
    """Rows of the form, in its order of columns."""
    rng = np.random.default_rng(seed)
    first, last = code(FIRST), code(LAST)
    assert first is not None and last is not None  # both are months
    months = range(first, last + 1)
    out = []
    for service, about in SERVICES.items():
        for i, unit in enumerate(UNITS):
            if service == "business_registration" and i:
                continue  # one office registers firms
            shift, adopted = rng.normal(0, 0.02), ADOPTED[service][i]
            start = (code(adopted) if adopted else None) or np.inf
            for t in months:
                out.append(_month(rng, service, about, unit, t, t >= start, shift, adopted))
    return out


def _month(rng, service, about, unit, t, after, shift, adopted) -> list[object]:
    tet = -0.03 if t % 12 in (0, 1) else 0.0
    cell: dict[str, object] = dict.fromkeys(COLUMNS, "")
    received = int(rng.poisson(_SIZE[service] * (0.75 if tet else 1.0)))
    columns = (*about.must, *about.may)
    truth = TRUTH[service]
    cell |= {"month": month_text(t), "unit": unit, "service": service, "received": received, "adopted": adopted or ""}
    if "resolved" in columns:
        cell["resolved"] = resolved = int(rng.binomial(received, 0.97))
        cell["on_time"] = _good(rng, resolved, _BASE["on_time"] + shift + tet + after * truth.get("on_time", 0) / 100)
    if "online" in columns:
        cell["online"] = _good(rng, received, _BASE["online"] + shift + after * truth.get("online", 0) / 100)
    for mean, noise in (("wait_minutes", 2.0), ("answer_days", 0.5)):
        if mean in columns and cell["resolved"]:
            cell[mean] = round(max(0.1, _BASE[mean] + after * truth.get(mean, 0) + rng.normal(0, noise)), 1)
    return [cell[c] for c in COLUMNS]


def _good(rng, total: int, p: float, size: float = 300.0) -> int:
    return int(rng.binomial(total, rng.beta(p * size, (1 - p) * size)))


def write(out: Path, seed: int = SEED) -> list[Path]:
    """``operations_demo.csv`` in the folder ``out``: the mark stands above the header and in every row."""
    meta = {"province": "Bắc Ninh", "first_month": FIRST, "last_month": LAST, "producer": "govlib", "source": "SYNTHETIC"}
    lines = [(key, meta[key], f"{vi} / {en}") for key, (_, vi, en) in FIELDS.items()]
    return [synthetic.form(out / "operations_demo.csv", lines, COLUMNS, rows(seed))]
