"""DTI (provincial digital transformation index) and its forerunner, the ICT Index; scores from 0 to 1.

The table of 2022–2024 has the total and four of the nine component indices. Its columns named after digital government,
economy and society are the *activity* indices, not the three pillar scores that pages of 2020 and 2022 print under
nearly the same words; the two are kept under different ids. The ranking of IT application and e-government of 2017 is a
third thing, printed by the ministry beside the ICT Index.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from govlib.collect import tidy
from govlib.errors import BadInput
from govlib.known import provinces
from govlib.transcribe import bac_ninh, points, press

UNIT, BOUNDS = "index points", (0.0, 1.0)

_TABLE = {"DTI_Tong": "overall", "DTI_ChinhQuyenSo": "digital_government_activity", "DTI_KinhTeSo": "digital_economy_activity",
          "DTI_XaHoiSo": "digital_society_activity", "HaTangSo": "infrastructure"}
_PAGE = ["awareness", "institutions", "infrastructure", "human_resources", "cyber_security", "digital_government_activity",
         "digital_economy_activity", "digital_society_activity"]
_POINT_COMPONENTS = {"total": "overall", "digital government pillar": "digital_government",
                     "digital economy pillar": "digital_economy", "digital society pillar": "digital_society"}


def read_table(path: str | Path) -> pd.DataFrame:
    """All 63 provinces, 2022–2024 (raw tidy columns and ``year``); raises :class:`BadInput`."""
    page = points.Page(Path(path), "dti-2022-2024", UNIT, BOUNDS)
    rows = []
    for line, cell in page.records(["TinhThanh", *_TABLE, "Nam"]):
        for column, component in _TABLE.items():
            place = {"province": cell["TinhThanh"], "year": cell["Nam"], "source_url": f"{page.path.name} row {line} {column}"}
            rows.append(page.row(line, {**cell, **place}, component, column))
    return _complete(tidy.frame(rows), page.path)


def read_rank_page(path: str | Path) -> pd.DataFrame:
    """Ranks of the 63 provinces of 2022; component indices of the first five."""
    page = points.Page(Path(path), "dti-rank-page-2022", UNIT, BOUNDS)
    rows = []
    for line, cell in page.records(["province", "year", "dti_rank", *_PAGE, "pdti", "source_url"]):
        rows.append(page.row(line, cell, "overall", "pdti", rank=cell["dti_rank"]))
        rows += [page.row(line, cell, component, component) for component in _PAGE if cell[component].strip()]
    table = _complete(tidy.frame(rows), page.path)
    ranks = table.loc[table["level"] == "overall", "rank"]
    if not (ranks == ranks.rank(method="min").astype("Int64")).all():  # two on place 15, nobody on 16
        raise BadInput("the ranks do not run from 1 to 63 (equal ones once, then a gap)", file=page.path)
    return table


def read_points(path: str | Path) -> dict[str, tuple[pd.DataFrame, list[dict]]]:
    """Single values printed by pages, and the national means beside them, of ``dti`` and ``ict``."""
    path = Path(path)
    pages = {"DTI": points.Page(path, "dti-press", UNIT, BOUNDS), "ICT Index": points.Page(path, "ict-press", UNIT, BOUNDS)}
    rows: dict[str, list[dict]] = {name: [] for name in pages}
    means: dict[str, list[dict]] = {name: [] for name in pages}
    for line, cell in pages["DTI"].records(["index", "year", "province", "value", "rank", "component", "source_url"]):
        if cell["index"] not in pages or cell["component"] not in _POINT_COMPONENTS:
            raise BadInput("unknown index or component", file=path, row=line, value=(cell["index"], cell["component"]),
                           fix=f"expected {', '.join(pages)} and {', '.join(_POINT_COMPONENTS)}")
        page, component = pages[cell["index"]], _POINT_COMPONENTS[cell["component"]]
        if mean := page.mean(line, cell, component, "value"):
            means[cell["index"]].append(mean)
        else:
            rows[cell["index"]].append(page.row(line, cell, component, "value", rank=cell["rank"]))
    return {index_id: (pages[name].once(rows[name]), means[name]) for index_id, name in (("dti", "DTI"), ("ict", "ICT Index"))}


def read_it_application(path: str | Path) -> pd.DataFrame:
    """The ministry's 2017 ranking of IT application and e-government: 53 of 63 provinces (the page cuts the rest off)."""
    page = points.Page(Path(path), "ict-application-2017", UNIT, BOUNDS)
    return page.once([page.row(line, cell, "it_application", "score", rank=cell["rank"],
                               note="ranking of IT application and e-government, not the ICT Index")
                      for line, cell in page.records(["province", "year", "rank", "score", "source_url"])])


def _complete(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    for year, part in table[table["level"] == "overall"].groupby("year"):
        if part["province"].duplicated().any():
            raise BadInput(f"a province twice in {year}", file=path, value=part["province"][part["province"].duplicated()].iloc[0])
        if missing := set(provinces.province_set(int(year))) - set(part["province"]):
            raise BadInput(f"provinces missing in {year}: {', '.join(sorted(missing))}", file=path)
    return table


# --- the shipped files -----------------------------------------------------------------------------------------------

TABLE, RANK_PAGE = "ict/dti_63_provinces_2022_2024.csv", "ict/dti_2022_rank_page.csv"
POINTS, IT_APPLICATION = "ict/published_points.csv", "ict/mic_it_application_egov_2017.csv"


def transcribe(mirror: str | Path, out: str | Path) -> list[Path]:
    """Write ``out/dti/<year>.csv`` (2020–2024) and ``out/ict/<year>.csv`` (2016–2023, single points) with sidecars."""
    mirror = Path(mirror)
    printed = read_points(mirror / POINTS)
    tables = {"dti": [read_table(mirror / TABLE), read_rank_page(mirror / RANK_PAGE), printed["dti"][0],
                      points.of_bac_ninh(mirror / bac_ninh.FILE, "dti", UNIT), press.read("dti")],
              "ict": [printed["ict"][0], read_it_application(mirror / IT_APPLICATION), press.read("ict")]}
    names = {"dti": "Provincial Digital Transformation Index (DTI)", "ict": "Viet Nam ICT Index"}
    producers = {"dti": "Ministry of Information and Communications; from 2024 Ministry of Science and Technology",
                 "ict": "Ministry of Information and Communications; Viet Nam Association for Information Processing"}
    written = []
    for index_id, parts in tables.items():
        written += points.write_editions(parts, out, index_id, producer=producers[index_id], name=names[index_id],
                                          url="https://dti.gov.vn" if index_id == "dti" else "",
                                          checked=press.read_on(index_id))
        written += [p for p in [points.write_means(printed[index_id][1] + press.read_means(index_id), out, index_id)] if p]
    return written
