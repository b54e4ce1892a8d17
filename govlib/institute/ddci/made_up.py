"""A made-up round of the DDCI (SYNTHETIC), with a fixed seed."""

from __future__ import annotations

from pathlib import Path

from govlib.institute import synthetic
from govlib.institute import units as unit_list
from govlib.institute.ddci.form import SIZES, columns, components, items


def demo_file(path: Path, *, year: int = 2025, seed: int = 2025, firms: int = 420, communes: int = 10) -> Path:
    """One file of :func:`govlib.institute.ddci.demo`; each firm rates one commune and two or three departments."""
    import numpy as np

    rng = np.random.default_rng(seed)
    departments = [u.name_vi for u in unit_list.units(Path("none")).values() if u.level == "department" and u.valid_to is None][:12]
    places = [f"{'Phường' if i % 2 else 'Xã'} Mẫu {i + 1}" for i in range(communes)]
    quality = {name: rng.normal(0, 0.25) for name in [*departments, *places]}
    strong = {(name, c): rng.normal(0, 0.3) for name in quality for c in components()}
    rows = []
    for firm in range(firms):
        taste, weight = rng.normal(0, 0.35), round(float(rng.uniform(0.7, 1.6)), 3)
        rated = [*rng.choice(departments, rng.integers(2, 4), replace=False), places[rng.integers(len(places))]]
        for name in rated:
            cells: list[object] = []
            for item in items().values():
                level = "commune" if name in places else "department"
                if level not in item.levels or rng.random() < 0.05:
                    cells.append("")
                    continue
                latent = quality[name] + strong[name, item.component] + taste + rng.normal(0, 0.8)
                latent = -latent if item.reverse else latent
                if item.high == 1:
                    cells.append(int(latent > 0.8))
                elif item.high == 5:
                    cells.append(int(np.clip(round(3.4 + latent), 1, 5)) if not item.reverse
                                 else int(np.clip(round(2.4 + latent), 1, 5)))
                else:
                    cells.append(int(np.clip(round(np.exp(1.2 + 0.5 * latent)) - 1, 0, 30)))
            rows.append([f"F{firm + 1:04d}", name, str(rng.choice(list(SIZES), p=[0.5, 0.32, 0.12, 0.06])), weight, *cells])
    meta = [("province", "bac-ninh"), ("year", year),
            ("fieldwork_from", f"{year}-09-01"), ("fieldwork_to", f"{year}-10-15"), ("producer", "SYNTHETIC"),
            ("sampling", "mô phỏng")]
    return synthetic.form(path, meta, columns(), rows)
