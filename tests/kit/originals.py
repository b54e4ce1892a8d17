"""Made-up workbooks and files of the same ill order as the publishers' own, with figures that nobody published.

A clone has no originals: whether a reader still reads them shows here. Each maker writes a file and returns what stands in
it, {(province, component): figure}, None where nothing was published; ``change`` spoils the sheet before it is saved.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import struct
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path

import openpyxl
import pandas as pd

from govlib.collect.readers import papi as papi_rules
from govlib.collect.readers.pci_tables import components_of
from govlib.known import provinces, weighting

Truth = dict[tuple[str, str], float | None]
Change = Callable | None
ODD = {"ba-ria-vung-tau": "BRVT", "ho-chi-minh": "TP.HCM", "thua-thien-hue": "TT-Huế", "bac-kan": "Bắc Cạn", "dak-lak": "Đắc Lắk",
       "da-nang": "TP. Đà\u00a0Nẵng ", "ha-noi": " Hà  Nội", "kon-tum": unicodedata.normalize("NFD", "Kon Tum\u200b")}


def figure(low: float, high: float, *key: object, digits: int = 4) -> float:
    """A figure between the two, always the same for the same key."""
    share = int(hashlib.sha256(repr(key).encode()).hexdigest()[:8], 16) / 0xFFFFFFFF
    return round(low + share * (high - low), digits)


def printed(slug: str, year: int, odd: bool = True) -> str:
    return ODD.get(slug) if odd and slug in ODD else provinces.name(slug, "vi", year)


def by_code(year: int) -> list[str]:
    """The provinces in the order of the statistics office, as most files list them."""
    return sorted(provinces.province_set(year), key=lambda slug: int(provinces.get(slug, year).gso or 0))


def saved(book: openpyxl.Workbook, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if "Sheet" in book.sheetnames and len(book.sheetnames) > 1:
        del book["Sheet"]
    book.save(path)
    return path


def csv_file(path: Path, rows: Iterable[Iterable[object]], bom: bool = False) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig" if bom else "utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def held(table: pd.DataFrame) -> Truth:
    """What a reader has made of a file."""
    return {(row.province, row.component): None if pd.isna(row.score) else row.score for row in table.itertuples()}


# -- PCI ---------------------------------------------------------------------------------------------------------------------

ENGLISH = {"overall": "The Weighted PCI Score in {}", "entry_costs": "Sub-Index 1: Entry Costs", "land_access": "Sub-Index 2: Land Access & Tenure",
           "transparency": "Sub-Index 3: Transparency", "time_costs": "Sub-Index 4: Time Costs", "informal_charges": "Sub-Index 5: Informal Charges",
           "policy_bias": "Sub-Index 6: Policy Bias", "proactivity": "Sub-Index 7: Proactivity",
           "business_support": "Sub-Index 8: Business Support Services", "labor_policy": "Sub-Index 9: Labor Policy",
           "law_and_order": "Sub-Index 10: Law & Order"}
VIETNAMESE = {"overall": "PCI {}", "entry_costs": "Chi phí\ngia nhập thị trường", "land_access": "Tiếp cận đất đai", "transparency": "Tính minh bạch",
              "time_costs": "Chi phí thời gian", "informal_charges": "Chi phí không chính thức", "policy_bias": "Ưu đãi DNNN",
              "proactivity": "Tính năng động", "business_support": "Phát triển KTTN", "labor_policy": "Đào tạo lao động",
              "law_and_order": "Thiết chế pháp lý", "implementation": "Thực hiện CS của Trung ương"}
SURVEYED_2005 = 42


def pci_truth(year: int) -> Truth:
    """A figure for every cell of an edition; the composite is what the edition's weights make of the others."""
    slugs = by_code(year)[:SURVEYED_2005] if year == 2005 else by_code(year)
    truth: Truth = {(s, c): figure(2, 9, "pci", year, s, c) for s in slugs for c in components_of(year)}
    weights = weighting.of("pci", year) or dict.fromkeys(components_of(year), 10 / len(components_of(year)))
    return truth | {(s, "overall"): sum(truth[s, c] * w / 10 for c, w in weights.items()) for s in slugs}


def ranks_of(truth: Truth, component: str = "overall") -> dict[str, int]:
    ordered = sorted((s for s, c in truth if c == component), key=lambda s: -truth[s, component])
    return {slug: place for place, slug in enumerate(ordered, start=1)}


def pci_rows(path: Path, year: int, change: Change = None) -> Truth:
    """A row a province (2017–2019): a rank column, a look-up of Hà Nội and Min, Median, Max under the data."""
    truth, components = pci_truth(year), ("overall", *components_of(year))
    ranks = ranks_of(truth)
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Summary"
    sheet.append(["Province", "Rank", *(ENGLISH[c].format(year) for c in components)])
    for slug in sorted(ranks):
        sheet.append([printed(slug, year), ranks[slug], *(truth[slug, c] for c in components)])
    sheet.append([])
    sheet.append(["Ha Noi", 9, *(truth["ha-noi", c] for c in components)])
    for label, of in (("Min", min), ("Median", lambda v: sorted(v)[len(v) // 2]), ("Max", max)):
        sheet.append([label, None, *(of([truth[s, c] for s in ranks]) for c in components)])
    if change:
        change(sheet)
    saved(book, path)
    return truth


def pci_numbered(path: Path, year: int = 2006, change: Change = None) -> Truth:
    """A row a province, sorted by the composite and numbered, with no column of ranks (2006)."""
    truth, components = pci_truth(year), (*components_of(year), "overall")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "PCI Tóm tắt"
    sheet.append([None, None, "Chỉ số thành phần"])
    sheet.append(["TT", "Tỉnh, thành phố", *(VIETNAMESE[c].format("có trọng số") for c in components)])
    for slug, place in ranks_of(truth).items():
        sheet.append([place, printed(slug, year), *(truth[slug, c] for c in components)])
    if change:
        change(sheet)
    saved(book, path)
    return truth


def pci_first(path: Path) -> Truth:
    """2005: ranks on a sheet of their own, 42 provinces, other columns between the sub-indices."""
    truth, ranks = pci_truth(2005), ranks_of(pci_truth(2005))
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Xếp hạng theo chỉ số PCI"
    sheet.append(["Tỉnh, thành phố", "PCI có trọng số (Điểm tối đa 100)", "Thứ hạng", "Nhóm xếp hạng"])
    for slug, place in ranks.items():
        sheet.append([printed(slug, 2005), truth[slug, "overall"], place, "Tốt" if place < 3 else None])
    sheet = book.create_sheet("Bảng tóm tắt chỉ số")
    sheet.append([None, None, "Điều kiện truyền thống", None, "Chỉ số thành phần"])
    sheet.append(["Tỉnh, thành phố", "Vùng", "Chất lượng cơ sở hạ tầng", *(VIETNAMESE[c] for c in components_of(2005)), "PCI có trọng số"])
    for slug in sorted(ranks):
        sheet.append([printed(slug, 2005), "1. Thành phố lớn", figure(1, 9, slug), *(truth[slug, c] for c in components_of(2005)), truth[slug, "overall"]])
    saved(book, path)
    return truth


def pci_columns(path: Path, year: int, change: Change = None) -> Truth:
    """Every score sorted on its own beside its own names (2008, 2010–2016), look-ups under the data, a stale hidden sheet."""
    truth, components = pci_truth(year), (*components_of(year), "overall")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Tổng hợp"
    sheet["A2"] = "Thứ tự"
    for number, component in enumerate(components):
        col = 2 + 2 * number
        sheet.cell(1, col + 1, VIETNAMESE[component].format(year))
        sheet.cell(2, col, "Tỉnh, thành phố")
        ranks = ranks_of(truth, component)
        for slug, place in ranks.items():
            sheet.cell(2 + place, 1, place)
            sheet.cell(2 + place, col, printed(slug, year) + "\u00a0")
            sheet.cell(2 + place, col + 1, truth[slug, component])
        below = len(ranks) + 5
        sheet.cell(below, col + 1, truth["ha-noi", component])
        sheet.cell(below + 1, col + 1, ranks["ha-noi"])
    sheet.cell(below, 2, "Hà Nội")
    sheet.cell(below + 1, 2, "Xếp hạng")
    stale = book.create_sheet("Summary", 0)
    stale.sheet_state = "hidden"
    stale.append(["Province", "Rank", *(ENGLISH[c].format(year) for c in components)])
    for place, slug in enumerate(by_code(year), start=1):
        stale.append([printed(slug, year), place, *(5.0 for _ in components)])
    if change:
        change(sheet)
    book.active = 1
    saved(book, path)
    return truth


def pci_item_rows(path: Path, year: int = 2019, change: Change = None) -> Truth:
    """An item sheet with a row a province: the sub-index itself, three questions, one column that is empty."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Entry Costs"
    sheet.append(["Province", "Sub-Index 1: Entry Costs", "Length of business registration in days (Median)",  # never filled in
                  "Length of business registration in days (Median)", "Waiting >=1 month to start operation, % of firms",
                  "A question that was never asked before"])
    truth: Truth = {}
    items = {"entry_costs.registration_days": (3, 20), "entry_costs.wait_over_one_month": (0, 1),
             "entry_costs.a_question_that_was_never_asked_before": (1, 5)}
    for slug in sorted(provinces.province_set(year)):
        truth |= {(slug, item): figure(*bounds, year, slug, item) for item, bounds in items.items()}
        sheet.append([printed(slug, year), figure(2, 9, slug), None, *(truth[slug, item] for item in items)])
    for label in ("Median", "Min", "Max"):
        sheet.append([label, 1, 2, 3, 4])
    sheet.append(["Ha Noi", 1, 2, 3, 4])
    other = book.create_sheet("Infrastructure")  # of no sub-index
    for row in sheet.iter_rows(values_only=True):
        other.append(row)
    hidden = book.create_sheet("Land Access")
    hidden.sheet_state = "hidden"
    for row in sheet.iter_rows(values_only=True):
        hidden.append(row)
    if change:
        change(sheet)
    saved(book, path)
    return truth


def pci_item_columns(path: Path, year: int = 2008) -> Truth:
    """An item sheet whose columns are sorted each on its own; one names a province twice and another never."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Chi phí gia nhập thị trường"
    sheet["B1"] = "Chỉ tiêu cấu thành chỉ số thành phần"
    sheet["A3"], truth = "Thứ tự", {}
    questions = {"wait_over_one_month": "% DN phải mất hơn một tháng để khởi sự", "wait_over_three_months": "% DN phải mất hơn ba tháng để khởi sự"}
    for number, (item, wording) in enumerate(questions.items()):
        col = 2 + 2 * number
        sheet.cell(2, col + 1, wording)
        sheet.cell(3, col, "Tỉnh, thành phố")
        sheet.cell(3, col + 1, "Câu hỏi điều tra PCI: C4")
        here = {slug: figure(0, 1, year, slug, item) for slug in provinces.province_set(year)}
        for r, slug in enumerate(sorted(here, key=here.get), start=4):
            name = "gia-lai" if (slug, item) == ("kon-tum", "wait_over_three_months") else slug
            sheet.cell(r, col, printed(name, year))
            sheet.cell(r, col + 1, here[slug])
            truth[slug, f"entry_costs.{item}"] = here[slug]
    truth["gia-lai", "entry_costs.wait_over_three_months"] = None  # nobody can say which of the two
    del truth["kon-tum", "entry_costs.wait_over_three_months"]
    sheet.cell(70, 2, "Hà Nội")
    sheet.cell(71, 2, "Xếp hạng")
    saved(book, path)
    return truth


# -- PAPI --------------------------------------------------------------------------------------------------------------------

SERIES_NAMES = {"overall": "Un-weighted2015PAPI", "participation": "Participation at Local Levels", "transparency": "Transparency",
                "vertical_accountability": "Vertical Accountability", "control_of_corruption": "Control of Corruption",
                "administrative_procedures": "Public Administrative Procedures", "service_delivery": "Public Service Delivery",
                "environmental_governance": "Environmental Governance", "e_governance": "E-Governance",
                "participation.election_quality": "Quality of Local Elections", "e_governance.e_responsiveness": "E-Reponsiveness"}


def papi_truth(year: int, nothing: Iterable[str] = (), withheld: Iterable[tuple[str, str]] = ()) -> Truth:
    """Sub-dimensions of every province, their sums, the sum of those; ``nothing`` of some provinces, single dimensions withheld."""
    truth: Truth = {}
    for slug in by_code(year):
        for dimension in papi_rules.dimensions(year):
            for part in papi_rules.parts(dimension, year):
                low, high = papi_rules.bounds(part, year)
                truth[slug, part] = None if slug in nothing or (slug, dimension) in withheld else figure(low + 0.01, high - 0.01, year, slug, part)
            parts = [truth[slug, part] for part in papi_rules.parts(dimension, year)]
            truth[slug, dimension] = None if None in parts else sum(parts)
        whole = [truth[slug, dimension] for dimension in papi_rules.dimensions(year)]
        truth[slug, "overall"] = None if None in whole else sum(whole)
    return truth


def papi_series(path: Path, years: Iterable[int], change: Change = None) -> dict[int, Truth]:
    """The series workbook: a sheet a year, a second header in Vietnamese, the row of the highest scores, a stored total of 0."""
    book, truths = openpyxl.Workbook(), {}
    for year in years:
        truth = truths[year] = papi_truth(year, nothing=("bac-giang", "dong-thap") if year == 2014 else ())
        sheet = book.create_sheet(f"{year}_PAPI")
        columns = [c for d in papi_rules.dimensions(year) for c in (d, *papi_rules.parts(d, year))] + (["overall"] if year < 2018 else [])
        if year >= 2018:
            truths[year] = {key: value for key, value in truth.items() if key[1] != "overall"}
        names = {c.id: c.name_en for c in papi_rules.subdimensions(year).values()} | SERIES_NAMES
        sheet.append(["tinhid", "tentinh_eng", "tentinh_vie", *(names[c] for c in columns)])
        sheet.append(["tinhid", "tentinh_eng", "tentinh_vie", *("Bằng tiếng Việt" for _ in columns)])
        for slug in by_code(year):
            cells = [0 if c == "overall" and truth[slug, c] is None else truth[slug, c] for c in columns]
            sheet.append([int(provinces.get(slug, year).gso), provinces.name(slug, "en", year), printed(slug, year), *cells])
        sheet.append([999, "Highest", "Điểm cao nhất", *(max(truth[s, c] or 0 for s in by_code(year)) for c in columns)])
        if change:
            change(sheet)
    saved(book, path)
    return truths


ITEMS = {"participation.civic_knowledge": [("Hiểu biết về chính sách hiện hành (%)", "0%-100%", (0, 1)),
                                           ("Tỷ lệ người trả lời cho biết số điện thoại của thôn", "0%-100%", (0, 1)),
                                           *((f"Tỷ lệ người dân lấy mẫu đơn từ trang thông tin điện tử của ủy ban khi làm {what}", "0%-100%", (0, 1))
                                             for what in ("giấy khai sinh", "giấy phép xây dựng"))],
         "transparency.access_to_information": [("Tỷ lệ người trả lời đã tìm thông tin*", "0%-100%", (0, 1))]}


def _papi_measures(year: int) -> list[tuple[str, str, str, str]]:
    """(component, English, Vietnamese label, scale) down the sheet; no component: a row that is no measure."""
    rows = [("", "Weighted PAPI Score", "Chỉ số PAPI tổng hợp (có trọng số)", "10-80 điểm"),
            ("overall", "Unweighted PAPI Score", "Chỉ số PAPI tổng hợp (không có trọng số)", "10-80 điểm/points"),
            ("", "Unweighted Standard Error", "Chỉ số PAPI tổng hợp (không có trọng số), sai số chuẩn", "")]
    codes = {c.id: code for code, c in papi_rules.subdimensions(year).items()}
    for number, dimension in enumerate(papi_rules.dimensions(year), start=1):
        rows.append((dimension, f"Dimension {number}: X", f"Chỉ số nội dung {number}: X", "1-10 điểm/points"))
        for part in papi_rules.parts(dimension, year):
            rows.append((part, "X", f"{codes[part]}: X*", "0.25-2.5 điểm"))
            rows += [(f"{part}|{label}", "X", label, scale) for label, scale, _ in ITEMS.get(part, ())]
    return [*rows, ("", "", "", ""), ("", "Note", "Ghi chú: ô để trống", ""), ("", "Observations", "Số quan sát", "người trả lời"),
            ("", "", "KCDL = Không có dữ liệu", ""), ("", "", "Bản quyền @ không ai", "")]


def papi_indicators(path: Path, year: int, change: Change = None) -> tuple[Truth, Truth]:
    """Provinces across, measures down, with questions: as a workbook (2018, 2019) or as CSV (2022, 2023). Returns scores and
    items, these by (province, wording). In 2022 what is withheld stands as 0; elsewhere as KCDL or blank, and questions of a
    dimension that is withheld still have figures."""
    withheld = [("bac-ninh", "transparency"), ("bac-giang", "participation")]
    truth = papi_truth(year, withheld=withheld)
    slugs = by_code(year)
    items = {(s, label): figure(*bounds, year, s, label) for part in ITEMS for label, _, bounds in ITEMS[part] for s in slugs}
    hidden = {(s, label) for part in ITEMS for label, *_ in ITEMS[part] for s, dimension in withheld if part.split(".")[0] == dimension}
    names = [provinces.name(s, "en", year) for s in slugs]
    grid: list[list] = [["Province code", "Mã tỉnh", "Thang điểm/Scale", *range(1, len(slugs) + 1)], ["Province", "Tỉnh/Thành phố", "", *names]]
    for component, english, label, scale in _papi_measures(year):
        cells: list = []
        for slug in slugs:
            value = items[slug, label] if "|" in component else truth[slug, component] if component else figure(1, 2, slug, label)
            if value is None or ((slug, label) in hidden and (year == 2022 or slug == "bac-ninh")):
                value = 0 if year == 2022 else "KCDL" if slug == "bac-ninh" else None
            cells.append(value if label else None)
        grid.append([english, label, scale, *cells])
    if path.suffix == ".csv":
        if change:
            change(grid)
        csv_file(path, [["" if cell is None else cell for cell in row] for row in grid], bom=True)
    else:
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.title = "ProvincialIndicators_VIE " if year == 2018 else f"{year}PAPI_Indicators_VIE"
        for row in grid:
            sheet.append(row)
        if change:
            change(sheet)
        saved(book, path)
    return truth, {key: None if key in hidden else value for key, value in items.items()}


def papi_subdimensions(path: Path, year: int) -> Truth:
    """``2024.csv``: P01 … P63 by statistics office code; a column of a sub-dimension that the edition has not stays empty."""
    truth = {key: value for key, value in papi_truth(year, nothing=("vinh-phuc",)).items() if "." in key[1]}
    columns = {f"SC{code.replace('.', '')}": c.id for code, c in papi_rules.subdimensions(year).items()}
    header = ["Province", *sorted([*columns, "SC99"])]
    rows = [[f"P{n:02d}", *("" if c == "SC99" or truth[slug, columns[c]] is None else truth[slug, columns[c]] for c in header[1:])]
            for n, slug in enumerate(by_code(year), start=1)]
    csv_file(path, [header, *rows])
    return truth


# -- DTI, PAR, SIPAS, Bắc Ninh ----------------------------------------------------------------------------------------------


def dti_table(path: Path, years: Iterable[int] = (2022, 2023)) -> dict[tuple[str, int, str], float]:
    columns = {"DTI_Tong": "overall", "DTI_ChinhQuyenSo": "digital_government_activity", "DTI_KinhTeSo": "digital_economy_activity",
               "DTI_XaHoiSo": "digital_society_activity", "HaTangSo": "infrastructure"}
    truth = {(s, y, c): figure(0.2, 0.9, y, s, c) for y in years for s in by_code(y) for c in columns.values()}
    csv_file(path, [["TinhThanh", *columns, "Nam"], *([printed(s, y), *(str(truth[s, y, c]).replace(".", ",") if s == "ca-mau" else truth[s, y, c]
                                                                      for c in columns.values()), y] for y in years for s in by_code(y))], bom=True)
    return truth


def dti_rank_page(path: Path) -> dict[str, int]:
    """63 ranks, two provinces on one place and nobody on the next; components of the first five alone."""
    parts = ["awareness", "institutions", "infrastructure", "human_resources", "cyber_security", "digital_government_activity",
             "digital_economy_activity", "digital_society_activity"]
    ranks = {slug: 15 if place == 16 else place for place, slug in enumerate(by_code(2022), start=1)}
    csv_file(path, [["province", "year", "dti_rank", *parts, "pdti", "source_url"],
                    *([printed(s, 2022), 2022, place, *(figure(0, 1, s, p) if place < 6 else "" for p in parts),
                       figure(0, 1, s) if place < 6 else "", "https://x.vn/1"] for s, place in ranks.items())])
    return ranks


# -- controls ----------------------------------------------------------------------------------------------------------------


def budget(path: Path, year: int = 2012, change: Change = None) -> Truth:
    """Table 09/CKTC-NSNN: regions between the provinces, footnote marks before numbers, the total above, a note below."""
    variables = ("budget_revenue", "budget_expenditure", "budget_central_transfer")
    slugs = [s for s in by_code(year) if (s, year) != ("ha-tay", 2008)]
    truth: Truth = {(s, v): figure(1e6, 9e6, s, v, digits=1) for s in slugs for v in variables}
    book = openpyxl.Workbook()
    book.active.title = "M08+"
    sheet = book.create_sheet("M09+ ")
    sheet.append(["BỘ TÀI CHÍNH", None, None, None, None, "Đơn vị: Triệu đồng"])
    sheet.append([])
    sheet.append(["STT", "TÊN TỈNH, THÀNH PHỐ", "TỔNG THU NSNN TRÊN ĐỊA BÀN TỈNH (1)", "TỶ LỆ", "TỔNG CHI CÂN ĐỐI   NSĐP", "BỔ SUNG TỪ NSTW CHO NSĐP"])
    sheet.append([None, "TỔNG SỐ", *(x for v in variables for x in ([sum(truth[s, v] for s in slugs)] + ([None] if v == "budget_revenue" else [])))])
    for number, slug in enumerate(slugs, start=1):
        if number % 20 == 1:
            sheet.append(["I", "MIỀN NÚI PHÍA BẮC", 1, 2, 3, 4])
        revenue = truth[slug, "budget_revenue"]
        sheet.append([number, " " + printed(slug, year).upper(), f"(1) {revenue}" if slug == "ha-noi" else revenue, 100,
                      truth[slug, "budget_expenditure"], truth[slug, "budget_central_transfer"]])
    sheet.append([None, "Ghi chú: (1) Bao gồm cả thu xổ số"])
    if change:
        change(sheet)
    saved(book, path)
    return truth


def fdi(path: Path, year: int = 2022, change: Change = None) -> Truth:
    """The monthly report: a first sheet by industry, then provinces under a table of countries, oil and gas, totals."""
    slugs = by_code(year)[:-2]  # two provinces without a line
    truth: Truth = {}
    book = openpyxl.Workbook()
    book.active.title = "thang 12"
    flow, stock = book.create_sheet(f"Thang 12 {year}"), book.create_sheet(f"Luy ke T12 {year}")
    for sheet, when in ((flow, f"Tính từ 01/01/{year} đến 20/12/{year}"), (stock, f"Tính đến ngày 20/12/{year}")):
        for row in ([when], [], ["TT", "Quốc gia", "Số dự án"], [1, "Singapore", 5], [2, "Hà Nội", 1], ["Tổng số", None, 6]):
            sheet.append(row)
    flow.append(["TT", "Địa phương", "Số dự án cấp mới", "Vốn đăng ký cấp mới (USD)", "Vốn đăng ký cấp mới (triệu USD)"])
    stock.append(["TT", "Địa phương", "Số dự án", "Tổng vốn đầu tư đăng ký\n(triệu USD)"])
    new, capital, whole = 0, 0.0, 0.0
    for number, slug in enumerate([*slugs, None], start=1):
        n, usd, held = number, round(figure(1e6, 9e6, slug, digits=0)), figure(100, 900, slug, "stock")
        name = printed(slug, year) if slug else "Dầu khí"
        flow.append([number, name, n, usd, usd / 1e6])
        stock.append([number, name, n, held])
        new, capital, whole = new + n, capital + usd, whole + held
        if slug:
            truth |= {(slug, "fdi_new_projects"): float(n), (slug, "fdi_new_capital"): usd / 1e6, (slug, "fdi_registered_cumulative"): held}
    flow.append(["Tổng số", None, new, capital, capital / 1e6])
    stock.append([None, "Tổng số", 0, whole])
    if change:
        change(flow)
    saved(book, path)
    return truth


# ---- pieces of a file of R's (XDR, version 2), written from the format's description
def integers(*numbers: int) -> bytes:
    return struct.pack(f">{len(numbers)}i", *numbers)


def text(s: str | None) -> bytes:
    return integers(0x40009, -1) if s is None else integers(0x40009, len(s.encode())) + s.encode()


def strings(*values: str | None) -> bytes:
    return integers(16, len(values)) + b"".join(map(text, values))


def tag(name: str) -> bytes:
    return integers(0x402, 1) + text(name)


def rdata(path: Path, columns: dict[str, list]) -> Path:
    """A data frame ``gdp_clean`` as R saves it."""
    i = integers

    def vector(values: list) -> bytes:
        if isinstance(values[0], str):
            return strings(*values)
        if all(isinstance(v, int) for v in values):
            return i(13, len(values), *values)
        return i(14, len(values)) + struct.pack(f">{len(values)}d", *(float("nan") if v is None else v for v in values))

    n = len(next(iter(columns.values())))
    body = i(0x313, len(columns)) + b"".join(map(vector, columns.values())) + tag("names") + strings(*columns)
    body += tag("class") + strings("data.frame") + tag("row.names") + i(13, 2, -2147483648, -n) + i(254)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(b"RDX2\nX\n" + i(2, 0x30503, 0x20300) + tag("gdp_clean") + body + i(254)))
    return path
