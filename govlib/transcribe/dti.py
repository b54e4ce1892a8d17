"""DTI (provincial digital transformation index) and its forerunner, the ICT Index; scores from 0 to 1.

The table of 2022–2024 has the total and four of the nine component indices. Its columns named after digital government,
economy and society are the *activity* indices, not the three pillar scores that pages of 2020 and 2022 print under
nearly the same words; the two are kept under different ids. The ranking of IT application and e-government of 2017 is a
third thing, printed by the ministry beside the ICT Index.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from govlib.collect.readers import _tidy
from govlib.errors import BadInput
from govlib.known import provinces
from govlib.text import parse_number
from govlib.transcribe import bac_ninh
from govlib.transcribe import points as _points

UNIT, BOUNDS = "index points", (0.0, 1.0)

_TABLE = {"DTI_Tong": "overall", "DTI_ChinhQuyenSo": "digital_government_activity", "DTI_KinhTeSo": "digital_economy_activity",
          "DTI_XaHoiSo": "digital_society_activity", "HaTangSo": "infrastructure"}
_PAGE = ["awareness", "institutions", "infrastructure", "human_resources", "cyber_security", "digital_government_activity",
         "digital_economy_activity", "digital_society_activity"]
_POINT_COMPONENTS = {"total": "overall", "digital government pillar": "digital_government",
                     "digital economy pillar": "digital_economy", "digital society pillar": "digital_society"}


def read_table(path: str | Path, *, source: str = "dti-2022-2024") -> pd.DataFrame:
    """All 63 provinces, 2022–2024 (raw tidy columns and ``year``); raises :class:`BadInput`."""
    path = Path(path)
    rows = []
    for line, cell in _points.records(path, ["TinhThanh", *_TABLE, "Nam"]):
        year = _points.year_of(cell["Nam"], path, line)
        for column, component in _TABLE.items():
            value = parse_number(cell[column], file=path, row=line, column=column)
            rows.append(_points.row(cell["TinhThanh"], year, component, value, UNIT, source, f"{path.name} row {line} {column}",
                                    path=path, line=line, bounds=BOUNDS))
    table = _tidy.frame(rows)
    _complete(table, path)
    return table


def read_rank_page(path: str | Path, *, source: str = "dti-rank-page-2022") -> pd.DataFrame:
    """Ranks of the 63 provinces of 2022; component indices of the first five."""
    path = Path(path)
    rows = []
    for line, cell in _points.records(path, ["province", "year", "dti_rank", *_PAGE, "pdti", "source_url"]):
        year = _points.year_of(cell["year"], path, line)
        rank = _points.rank_of(cell["dti_rank"], path, line)
        total = parse_number(cell["pdti"], file=path, row=line, column="pdti")
        rows.append(_points.row(cell["province"], year, "overall", total, UNIT, source, cell["source_url"], path=path, line=line,
                                rank=rank, bounds=BOUNDS))
        for component in _PAGE:
            value = parse_number(cell[component], file=path, row=line, column=component)
            if value is not None:
                rows.append(_points.row(cell["province"], year, component, value, UNIT, source, cell["source_url"], path=path,
                                        line=line, bounds=BOUNDS))
    table = _tidy.frame(rows)
    _complete(table, path)
    ranks = table.loc[table["level"] == "overall", "rank"]
    if not (ranks == ranks.rank(method="min").astype("Int64")).all():  # two on place 15, nobody on 16
        raise BadInput("the ranks do not run from 1 to 63 (equal ones once, then a gap)", file=path)
    return table


def read_points(path: str | Path) -> dict[str, pd.DataFrame]:
    """Single values printed by pages: ``{"dti": rows, "ict": rows}``."""
    return _read_points(Path(path))[0]


def read_means(path: str | Path) -> dict[str, list[dict]]:
    """National means printed beside them, by index."""
    return _read_points(Path(path))[1]


def _read_points(path: Path) -> tuple[dict[str, pd.DataFrame], dict[str, list[dict]]]:
    ids = {"DTI": ("dti", "dti-press"), "ICT Index": ("ict", "ict-press")}
    rows: dict[str, list[dict]] = {"dti": [], "ict": []}
    means: dict[str, list[dict]] = {"dti": [], "ict": []}
    for line, cell in _points.records(path, ["index", "year", "province", "value", "rank", "component", "source_url"]):
        if cell["index"] not in ids or cell["component"] not in _POINT_COMPONENTS:
            raise BadInput("unknown index or component", file=path, row=line, value=(cell["index"], cell["component"]),
                           fix=f"expected {', '.join(ids)} and {', '.join(_POINT_COMPONENTS)}")
        index_id, source = ids[cell["index"]]
        year = _points.year_of(cell["year"], path, line)
        component = _POINT_COMPONENTS[cell["component"]]
        value = parse_number(cell["value"], file=path, row=line, column="value")
        area = _points.area_of_mean(cell["province"])
        if area is not None:
            means[index_id].append(_points.mean_row(area, year, component, value, UNIT, source, cell["source_url"]))
            continue
        rows[index_id].append(_points.row(cell["province"], year, component, value, UNIT, source, cell["source_url"], path=path,
                                          line=line, rank=_points.rank_of(cell["rank"], path, line), bounds=BOUNDS))
    return {k: _points.check_once(_tidy.frame(v), path) for k, v in rows.items()}, means


def read_it_application(path: str | Path, *, source: str = "ict-application-2017") -> pd.DataFrame:
    """The ministry's 2017 ranking of IT application and e-government: 53 of 63 provinces (the page cuts the rest off)."""
    path = Path(path)
    rows = []
    for line, cell in _points.records(path, ["province", "year", "rank", "score", "source_url"]):
        value = parse_number(cell["score"], file=path, row=line, column="score")
        rows.append(_points.row(cell["province"], _points.year_of(cell["year"], path, line), "it_application", value, UNIT, source,
                                cell["source_url"], path=path, line=line, rank=_points.rank_of(cell["rank"], path, line),
                                bounds=BOUNDS, note="ranking of IT application and e-government, not the ICT Index"))
    return _points.check_once(_tidy.frame(rows), path)


def _complete(table: pd.DataFrame, path: Path) -> None:
    for year, part in table[table["level"] == "overall"].groupby("year"):
        if part["province"].duplicated().any():
            raise BadInput(f"a province twice in {year}", file=path, value=part["province"][part["province"].duplicated()].iloc[0])
        if missing := set(provinces.province_set(int(year))) - set(part["province"]):
            raise BadInput(f"provinces missing in {year}: {', '.join(sorted(missing))}", file=path)


# --- the shipped files -----------------------------------------------------------------------------------------------

TABLE, RANK_PAGE = "ict/dti_63_provinces_2022_2024.csv", "ict/dti_2022_rank_page.csv"
POINTS, IT_APPLICATION = "ict/published_points.csv", "ict/mic_it_application_egov_2017.csv"


def transcribe(mirror: str | Path, out: str | Path) -> list[Path]:
    """Write ``out/dti/<year>.csv`` (2020–2024) and ``out/ict/<year>.csv`` (2016–2023, single points) with sidecars."""
    mirror = Path(mirror)
    points, means = read_points(mirror / POINTS), read_means(mirror / POINTS)
    tables = {"dti": [read_table(mirror / TABLE), read_rank_page(mirror / RANK_PAGE), points["dti"],
                      _points.of_bac_ninh(mirror / bac_ninh.FILE, "dti", UNIT)],
              "ict": [points["ict"], read_it_application(mirror / IT_APPLICATION)]}
    names = {"dti": "Provincial Digital Transformation Index (DTI)", "ict": "Viet Nam ICT Index"}
    producers = {"dti": "Ministry of Information and Communications; from 2024 Ministry of Science and Technology",
                 "ict": "Ministry of Information and Communications; Viet Nam Association for Information Processing"}
    written = []
    for index_id, parts in tables.items():
        written += _points.write_editions(parts, out, index_id, producer=producers[index_id], name=names[index_id],
                                          url="https://dti.gov.vn" if index_id == "dti" else "")
        written += [p for p in [_points.write_means(means[index_id], out, index_id)] if p]
    return written
