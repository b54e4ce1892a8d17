"""The merger of 2025."""

from __future__ import annotations

import numpy as np

from govlib.errors import MissingData, UnknownName
from govlib.known import provinces
from govlib.panel import data
from govlib.publish.sections.base import Context, frame, once
from govlib.reading import beside
from govlib.words import wording
from govlib.words.wording import number


@once
def predecessors(page: Context) -> dict[str, float]:
    """Slugs of the units that this one was formed from and their populations (thousands); empty where it is not new."""
    unit = provinces.get(page.province, page.year)
    parts = [provinces.get(u) for u in unit.predecessors]
    if len(parts) < 2 or page.year < 2025:
        return {}
    try:
        p = data.controls("population", [x.slug for x in parts], wide=False)
    except (MissingData, UnknownName):
        return {x.slug: float("nan") for x in parts}
    p = p[p["year"] <= 2024].sort_values("year").drop_duplicates("province", keep="last").set_index("province")["value"]
    return {x.slug: float(p.get(x.slug, np.nan)) for x in parts}


def merger_tables(page: Context) -> list[dict]:
    """The predecessors beside each other and the labelled back-cast, for PCI and PAPI; empty where there was no merger."""
    parts = predecessors(page)
    out = []
    for index_id in ("pci", "papi") if parts else ():
        known = all(v == v for v in parts.values())
        back = beside.back_cast(page.board, index_id, "overall", parts, 2024)
        if back.empty:
            continue
        rows = []
        for year, r in back.iterrows():
            row = {page.label("col.edition"): str(year)}
            for slug in parts:
                cell = page.board.cell(index_id, "overall", slug, int(year))
                row[provinces.name(slug, page.lang, 2024)] = page.num(cell) if cell and cell.score is not None else "–"
            if known:
                row[page.label("col.backcast")] = page.ours(r["back_cast"], f"back_cast {index_id}/overall {page.province} {year}",
                                                            2)
            rows.append(row)
        weights = wording.joined([f"{provinces.name(s, page.lang, 2024)} {number(v, page.lang, 1)}" for s, v in parts.items()],
                                 page.lang)
        out.append({"df": frame(rows), "lang": page.lang, "name": f"backcast-{index_id}-{page.province}",
                    "caption": page.label("merger.before_merger_provinces_that", short=page.short(index_id),
                                          place=page.place()),
                    "note": page.label("note.backcast", weights=weights) if known else page.label("note.backcast_unknown"),
                    "source": page.source_line(index_id, None)})
    return out
