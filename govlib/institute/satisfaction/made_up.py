"""A made-up round of the survey (SYNTHETIC), with a fixed seed."""

from __future__ import annotations

from pathlib import Path

from govlib.institute import synthetic
from govlib.institute.satisfaction.form import SERVICES, columns, items


def _demo(out: Path, year: int, n: int, seed: int) -> Path:
    import numpy as np

    rng = np.random.default_rng(seed)
    good = {"service_centre": 0.955, "public_health": 0.92, "online": 0.965, "commune": 0.93 if year % 2 == 0 else 0.955}
    psu_effect = rng.normal(0, 0.35, 16)
    rows = []
    for i in range(n):
        psu = int(rng.integers(16))
        service = str(rng.choice(list(SERVICES), p=[0.34, 0.26, 0.16, 0.24]))
        firm = rng.random() < 0.22
        level = np.log(good[service] / (1 - good[service])) + psu_effect[psu] + rng.normal(0, 0.6) - (0.25 if firm else 0)
        place = f"{'Phường' if psu < 8 else 'Xã'} Mẫu {psu % 8 + 1}"
        unit = {"service_centre": "Trung tâm Phục vụ hành chính công (mẫu)", "online": "Cổng dịch vụ công (mẫu)",
                "public_health": f"Cơ sở y tế mẫu {psu % 3 + 1}", "commune": f"UBND {place}"}[service]
        answers = []
        for _ in items():
            u = 1 / (1 + np.exp(-(level + rng.normal(0, 0.4))))
            answers.append("" if rng.random() < 0.03 else int(rng.choice([4, 5])) if rng.random() < u
                           else int(rng.choice([1, 2, 3], p=[0.1, 0.3, 0.6])))
        if answers[0] == "":
            answers[0] = 4
        rows.append([f"R{i + 1:05d}", service, unit, "firm" if firm else "citizen", rng.choice(["female", "male"]),
                     rng.choice(["18-29", "30-44", "45-59", "60+"], p=[0.24, 0.38, 0.26, 0.12]), "urban" if psu < 8 else "rural",
                     "urban" if psu < 8 else "rural", f"P{psu + 1:02d}", round(float(rng.uniform(0.6, 2.4)), 3), *answers])
    meta = [("province", "bac-ninh"), ("year", year),
            ("fieldwork_from", f"{year}-09-01"), ("fieldwork_to", f"{year}-09-30"), ("producer", "SYNTHETIC"),
            ("sampling", "hai tầng, tám cụm mỗi tầng (mô phỏng)")]
    return synthetic.form(out / f"satisfaction_{year}.csv", meta, columns(), rows)
