"""Everything that pages and newspapers print about Bắc Ninh, in any index: one file, one reader for all rooms.

Rows of the PCI and the PGI go to their raw files, the rest to the other indices' modules. A score that its compiler
computed from a printed change keeps a note that begins with "derived"; a rank printed as ">30" is a note, not a number.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from govlib.collect import tidy
from govlib.errors import BadInput
from govlib.known import provinces
from govlib.text import clean, fold, parse_number

FILE = "reforms/bac_ninh_published.csv"
SOURCE = "bac-ninh-published"
COLUMNS = ("index", "year", "component", "score", "rank", "source_url", "note")

INDEX_IDS = {"pci": "pci", "papi": "papi", "dti": "dti", "par index": "par", "sipas": "sipas", "pgi": "pgi",
             "provincial satisfaction survey": ""}  # the province's own survey is no published index
COMPONENT_IDS = {
    "pci": {"access to land": "land_access", "business support policy": "business_support", "entry costs": "entry_costs",
            "informal charges": "informal_charges", "labor policy": "labor_policy", "law order": "law_and_order",
            "policy bias": "policy_bias", "proactivity": "proactivity", "time costs": "time_costs",
            "transparency": "transparency"},
    "papi": {"d1 participation": "participation", "d2 transparency": "transparency",
             "d3 vertical accountability": "vertical_accountability", "d4 control of corruption": "control_of_corruption",
             "d5 public administrative procedures": "administrative_procedures",
             "d6 public service delivery": "service_delivery", "d7 environmental governance": "environmental_governance",
             "d8 e governance": "e_governance"},
}


def read(path: str | Path, index_id: str | None = None) -> pd.DataFrame:
    """All rows, or those of one index: ``tidy.COLUMNS`` with ``index_id``, ``component_printed`` and ``year`` in front.

    ``index_id`` is empty for what belongs to no published index (the province's own satisfaction survey). Components of
    indices other than PCI and PAPI have a slug made of their printed name: the index's own module gives it its id.
    """
    path = Path(path)
    rows = []
    for number, line in tidy.read_csv(path, COLUMNS):
        year = tidy.parse_year(line["year"], path, number)
        name = fold(line["index"])
        if name not in INDEX_IDS:
            raise BadInput("no such index", file=path, row=number, column="index", value=line["index"],
                           fix=f"known: {', '.join(INDEX_IDS)}")
        index = INDEX_IDS[name]
        printed = clean(line["component"])
        level = "overall" if printed == "overall" else "component"
        known = COMPONENT_IDS.get(index, {})
        component = known.get(fold(printed)) if known and level == "component" else re.sub(r"\W+", "_", fold(printed))
        if component is None:
            raise BadInput(f"no such component of {index}", file=path, row=number, column="component", value=printed,
                           fix=f"known: {', '.join(sorted(known))}")
        rank, rank_note = tidy.parse_rank(line["rank"], path, number)
        note = "; ".join(filter(None, [rank_note, clean(line["note"])]))
        score = parse_number(line["score"], file=path, row=number, column="score")
        if score is None and not note:
            note = "score not printed in the source"
        rows.append({"index_id": index, "component_printed": printed, "year": year,
                     "province_printed": "Bắc Ninh", "province": provinces.resolve("Bắc Ninh", year),
                     "component": component, "level": level, "score": score, "rank": rank, "unit": "", "source": SOURCE,
                     "locator": line["source_url"].strip(), "note": note})
    table = tidy.frame(rows, extra=("index_id", "component_printed"))
    return table if index_id is None else table[table["index_id"] == index_id].reset_index(drop=True)
