"""PAPI as its publishers print it: yearly sheets, indicator workbooks, and files of sub-dimension scores.

What each edition offers (2011–2024), best first:

* 2011–2017: official workbook, one sheet a year, with dimensions, sub-dimensions and the unweighted total;
* 2018, 2019: the same workbook without totals; the totals come from the indicator workbook of the edition;
* 2022, 2023: official indicator sheet with dimensions and total; a withheld dimension of 2022 stands there as 0;
* 2020, 2021, 2024: sub-dimension scores only, so that dimensions and total are derived (:func:`derive_dimensions`).

A sub-dimension code (2.1, 3.2 …) keeps its number while its meaning changes in 2016 and 2018: :func:`subdimensions`
says what a code means in which edition. A dimension is the sum of its sub-dimensions in every edition that prints both.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

import pandas as pd

from govlib.collect import locators
from govlib.collect.readers import _tidy
from govlib.errors import BadInput
from govlib.forms import excel
from govlib.known import indices, provinces
from govlib.text import clean, fold, parse_number
from govlib.transcribe import bac_ninh

DIMENSIONS = ("participation", "transparency", "vertical_accountability", "control_of_corruption",
              "administrative_procedures", "service_delivery", "environmental_governance", "e_governance")
FIRST, LAST, EIGHT_DIMENSIONS_FROM = 2011, 2024, 2018
TRANSCRIBED = "2026-11-22"
UNIT = "points"

# A dimension is the sum of its sub-dimensions in every edition that prints both. The publishers' sheet of 2022 has two
# sub-dimensions of Hà Nội typed in with two decimals (1.57, 1.28), which moves that one sum by 0.0007.
SUM_TOLERANCE = 0.001


# headers of the official files that are not the concept's name in the index definitions
_OTHER_HEADERS = {"Quality of Local Elections": "participation.election_quality", "E-Reponsiveness": "e_governance.e_responsiveness"}

_DIMENSION_HEADERS = {
    "Participation at Local Levels": "participation", "Transparency": "transparency",
    "Vertical Accountability": "vertical_accountability", "Control of Corruption": "control_of_corruption",
    "Public Administrative Procedures": "administrative_procedures", "Public Service Delivery": "service_delivery",
    "Environmental Governance": "environmental_governance", "E-Governance": "e_governance",
}
# The label of the total stays at 2015 in every sheet from 2011 to 2017; it is the sum of that sheet's six dimensions.
_TOTAL_HEADER = "Un-weighted2015PAPI"

# source of the total (2018, 2019) or of all scores (2022, 2023)
INDICATOR_SOURCES = {2018: "papi-workbook-2018", 2019: "papi-workbook-2019", 2022: "papi-sheet-2022", 2023: "papi-sheet-2023"}

_NO_DATA = "not published: the publishers' file leaves the cell empty"
# editions whose gaps a page explains: provinces, reason, page
GAPS = {
    2021: (("bac-giang", "bac-ninh", "quang-ninh"), "data insufficient", "https://susta.vn/da-chieu/chi-so-papi-2021-22085"),
    2022: (("bac-giang", "bac-ninh"), "left out of the ranking, survey data inaccurate",
           "https://thitruongbiz.vn/quang-ninh-dan-dau-ve-hieu-qua-quan-tri-va-hanh-chinh-cong-cap-tinh-10955.html"),
}


@cache
def subdimensions(year: int) -> dict[str, indices.Component]:
    """Code → meaning in that edition, in printed order, from the index definitions.

    >>> subdimensions(2015)["3.2"].id, subdimensions(2018)["3.2"].id
    ('vertical_accountability.peoples_inspection_boards', 'vertical_accountability.response_to_appeals')
    >>> "5.2" in subdimensions(2020), "5.2" in subdimensions(2021)
    (True, False)
    """
    if year < FIRST:
        raise BadInput(f"PAPI has no edition {year} with all provinces", fix=f"take {FIRST} or later")
    return dict(sorted((c.code, c) for c in indices.components("papi", year, level="indicator")))


@cache
def dimensions(year: int) -> tuple[str, ...]:
    """The edition's dimensions: six to 2017, eight from 2018."""
    return tuple(indices.component_ids("papi", year))


@cache
def parts(dimension: str, year: int) -> tuple[str, ...]:
    """Ids of the sub-dimensions that make up a dimension in an edition."""
    return tuple(c.id for c in subdimensions(year).values() if c.id.split(".")[0] == dimension)


@cache
def bounds(component: str, year: int) -> tuple[float, float]:
    """Lowest and highest possible score (0.25–2.5, 0.33–3.33 or 0.5–5 for a sub-dimension, by how many share 1–10).

    >>> bounds("overall", 2017), bounds("e_governance.portal_access", 2018)
    ((6.0, 60.0), (0.5, 5.0))
    """
    return indices.scale("papi", component, year)[:2]


# --- readers -------------------------------------------------------------------------------------------------------

def read_series(path: str | Path, years: list[int] | None = None, *, source: str = "papi-workbook-2011-2019") -> pd.DataFrame:
    """Official series workbook with one sheet a year (``2011_PAPI`` …): dimensions, sub-dimensions, total to 2017.

    Returns the raw tidy columns plus ``year``; raises :class:`BadInput` on unknown headers, a province twice or
    missing, text in a number, a score out of scale, or a dimension that is not the sum of its parts.
    """
    path = Path(path)
    book = excel.open_workbook(path)
    frames = []
    for name in book.names:
        found = re.fullmatch(r"(\d{4})_PAPI", name.strip())
        if found and (years is None or int(found[1]) in years):
            frames.append(_series_sheet(book.sheet(name), int(found[1]), source))
    if not frames:
        raise BadInput("no sheet is named like 2011_PAPI", file=path, fix="is this the official PAPI series workbook?")
    missing = set(years or ()) - {int(f["year"].iloc[0]) for f in frames}
    if missing:
        raise BadInput(f"no sheet for {sorted(missing)}", file=path)
    return _tidy.sort(pd.concat(frames, ignore_index=True))


def _series_sheet(sheet: excel.Sheet, year: int, source: str) -> pd.DataFrame:
    path, rows, name = sheet.path, sheet.rows, sheet.name
    header = [_text(c) for c in rows[0]] if rows else []
    if header[:3] != ["tinhid", "tentinh_eng", "tentinh_vie"]:
        raise BadInput("the first row is not a PAPI header", file=path, row=1, value=header[:3], column=name,
                       fix="expected tinhid, tentinh_eng, tentinh_vie, then dimensions")
    columns = {}
    known = _headers(year)
    for at, text in enumerate(header):
        if at < 3 or not text:
            continue
        component = known.get(fold(text))
        if component is None:
            raise BadInput(f"a column that the {year} edition does not have", file=path, row=1, column=name, value=text)
        if component in columns:
            raise BadInput("the same column twice", file=path, row=1, column=name, value=text)
        columns[component] = at
    out = []
    for r, row in enumerate(rows[1:], start=1):
        if _text(row[0]) in ("tinhid", "") or row[0] == 999:  # second header; the row of the highest scores
            continue
        printed = _text(row[2])
        province = provinces.resolve(printed, year, file=path, row=r + 1)
        for component, at in columns.items():
            value, note = row[at], ""
            if component == "overall" and value == 0:  # the sum of six empty cells (Bắc Giang, Đồng Tháp 2014)
                value, note = None, "not published: stored as 0 beside empty dimensions"
            out.append(_row(printed, province, component, value, year, source, sheet.locator(r, at),
                            file=path, row=r + 1, column=header[at], note=note))
    return _checked(_tidy.frame(out), year, path)


def _text(value: object) -> str:
    return "" if value is None else clean(value)


@cache
def _headers(year: int) -> dict[str, str]:
    names = {fold(h): d for h, d in _DIMENSION_HEADERS.items() if d in dimensions(year)}
    if year < EIGHT_DIMENSIONS_FROM:
        names[fold(_TOTAL_HEADER)] = "overall"
    ids = {c.id for c in subdimensions(year).values()}
    names.update({fold(c.name_en): c.id for c in subdimensions(year).values()})
    names.update({fold(h): i for h, i in _OTHER_HEADERS.items() if i in ids})
    return names


def read_indicators(path: str | Path, year: int, *, items: bool = False, source: str | None = None) -> pd.DataFrame:
    """Indicator workbook of 2018 or 2019, or the sheets of 2022 and 2023 as CSV: provinces across, measures down.

    With ``items`` the survey items (level ``indicator``, ids ``dimension.concept.item_slug``) come too, else only total,
    dimensions and sub-dimensions. The total is the unweighted one, which is what the publishers rank by.
    """
    path = Path(path)
    if path.suffix.lower() == ".csv":
        sheet = excel.Sheet(path.stem, _csv_rows(path), True, path)
    else:
        book = excel.open_workbook(path)
        name = next((s for s in book.names if s.strip() in ("ProvincialIndicators_VIE", f"{year}PAPI_Indicators_VIE")), None)
        if name is None:
            raise BadInput("no sheet with the provincial indicators", file=path, value=book.names,
                           fix="expected ProvincialIndicators_VIE or <year>PAPI_Indicators_VIE")
        sheet = book.sheet(name)
    return _indicator_sheet(sheet, year, source or INDICATOR_SOURCES.get(year, ""), items)


_DIMENSION_ROW = re.compile(r"Chỉ số nội dung (\d)\b")
_SUB_ROW = re.compile(r"(\d\.\d):")
_TOTAL_ROWS = ("chi so papi tong hop khong co trong so", "chi so papi 2018 khong co trong so")


def _indicator_sheet(sheet: excel.Sheet, year: int, source: str, items: bool) -> pd.DataFrame:
    path, rows = sheet.path, sheet.rows
    head = next((r for r, row in enumerate(rows[:5]) if "Ha Noi" in row or "Hà Nội" in row), None)
    if head is None:
        raise BadInput("no row of province names", file=path, column=sheet.name, fix="is this the official PAPI indicator sheet?")
    first = next(c for c, v in enumerate(rows[head]) if v in ("Ha Noi", "Hà Nội"))
    named = [(c, _text(v)) for c, v in enumerate(rows[head]) if c >= first and _text(v)]
    resolved = {c: provinces.resolve(v, year, file=path, row=head + 1) for c, v in named}
    known = subdimensions(year)
    zero_is_empty = year == 2022  # this sheet writes 0 where the others leave a cell blank
    label_at, scale_at = first - 2, first - 1
    out, seen, inside, withheld = [], set(), None, {}
    for r, row in enumerate(rows[head + 1:], start=head + 1):
        label, scale = _text(row[label_at]).replace("*", ""), _text(row[scale_at])
        if not label or fold(label).startswith(("ghi chu", "kcdl", "copyright", "ban quyen", "so quan sat", "phuong sai")):
            continue
        dimension, sub = _DIMENSION_ROW.match(label), _SUB_ROW.match(label)
        item = False
        if fold(label) in _TOTAL_ROWS:
            component = "overall"
        elif fold(label).startswith("chi so papi"):  # weighted total, intervals, standard errors
            continue
        elif dimension:
            component = inside = DIMENSIONS[int(dimension[1]) - 1]
        elif sub:
            if sub[1] not in known:
                raise BadInput(f"sub-dimension {sub[1]} does not exist in the {year} edition", file=path, row=r + 1, value=label)
            component = inside = known[sub[1]].id
        else:
            if not items or inside is None or "." not in inside:
                continue
            component, item = f"{inside}.{_slug(label)}", True
        if component in seen:
            raise BadInput("the same measure twice", file=path, row=r + 1, column=sheet.name, value=label)
        seen.add(component)
        for c, printed in named:
            value = row[c]
            note = ""
            if isinstance(value, str) and value.strip() == "KCDL":  # không có dữ liệu: no data
                value, note = None, "not published: KCDL (no data) in the publishers' sheet"
            if not item:
                if zero_is_empty and parse_number(value, file=path, row=r + 1, column=printed) == 0:
                    value, note = None, "not published: stored as 0 in the publishers' sheet (withheld)"
                out.append(_row(printed, resolved[c], component, value, year, source, sheet.locator(r, c),
                                file=path, row=r + 1, column=printed, note=note))
                if "." not in component:
                    withheld[resolved[c], component] = out[-1]["score"] is None
                continue
            number = parse_number(value, file=path, row=r + 1, column=printed)
            if number == 0 and zero_is_empty:
                # in this sheet a share of nobody and a withheld cell look alike; better a gap than a false zero
                number, note = None, "stored as 0: a true zero cannot be told from a withheld cell in this sheet"
            if number is not None and withheld.get((resolved[c], component.split(".")[0])):
                number, note = None, "not published: the dimension is withheld for this province"
            out.append({"province_printed": printed, "province": resolved[c], "component": component, "level": "indicator",
                        "score": number, "rank": None, "tier": "", "unit": _item_unit(scale, row[first:]), "source": source,
                        "locator": sheet.locator(r, c),
                        "note": "; ".join(filter(None, [label, note or ("" if number is not None else _NO_DATA)])), "year": year})
    if not out:
        raise BadInput("no score in this sheet", file=path, column=sheet.name)
    frame = _tidy.frame(out)
    core = ~frame["component"].str.count(r"\.").gt(1)
    _checked(frame[core], year, path)
    return frame


def _item_unit(scale: str, values: list) -> str:
    """Unit of a survey item from its printed scale; what is printed as 0 %–100 % is stored as a share, the crime rate not."""
    numbers = [float(v) for v in values if isinstance(v, (int, float)) or (isinstance(v, str) and re.fullmatch(r"[-\d.eE]+", v))]
    if scale == "0%-100%":
        return "share 0-1" if max(numbers, default=0) <= 1.5 else "percent"  # an estimated share may pass 1
    if scale.endswith("VND"):
        return "VND thousand"
    if found := re.match(r"[\d.]+-[\d.]+(?= điểm)", scale):
        return f"points {found.group(0)}"
    return "as printed"


_OPENINGS = re.compile(r"t[yi] le (nguoi tra loi|nguoi duoc hoi|nguoi dan|nguoi di lam thu tuc)( cho biet)? ?(ho |rang )?")


def _slug(label: str) -> str:
    """An id of a survey item from its printed wording: without the opening formula, the first eight and last six words.

    The end is needed: three questions about online forms differ only in their last words.
    """
    words = _OPENINGS.sub("", fold(label), count=1).split()
    return "_".join(words if len(words) <= 14 else words[:8] + words[-6:])


def _csv_rows(path: Path) -> list[list]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as f:
            rows = list(csv.reader(f))
    except (UnicodeDecodeError, csv.Error) as e:
        raise BadInput(f"not a CSV file in UTF-8 ({e.__class__.__name__})", file=path) from e
    if not rows:
        raise BadInput("the file is empty", file=path)
    return rows


@cache
def province_codes() -> dict[str, str]:
    """``P01`` … ``P63`` of the sub-dimension files → province slug: the 63 provinces in the order of their GSO codes."""
    ordered = sorted((provinces.get(slug, 2024) for slug in provinces.province_set(2024)), key=lambda p: int(p.gso))
    return {f"P{n:02d}": p.slug for n, p in enumerate(ordered, start=1)}


def read_subdimensions(path: str | Path, year: int | None = None, *, source: str | None = None) -> pd.DataFrame:
    """One file of sub-dimension scores (``2024.csv``: Province, SC11 … SC83; the year is the file's name)."""
    path = Path(path)
    if year is None:
        if not re.fullmatch(r"\d{4}", path.stem):
            raise BadInput("the file's name is not a year", file=path, fix="name it like 2024.csv, or pass year")
        year = int(path.stem)
    rows = _csv_rows(path)
    header = [clean(c) for c in rows[0]]
    known = {"SC" + code.replace(".", ""): s for code, s in subdimensions(year).items()}
    if header[0] != "Province" or not set(known) <= set(header):
        raise BadInput("not a file of sub-dimension scores", file=path, row=1, value=header[:3],
                       fix=f"expected Province and {', '.join(known)}")
    if any(not re.fullmatch(r"SC\d\d", c) for c in header[1:]) or len(set(header)) != len(header):
        raise BadInput("an unknown or repeated column", file=path, row=1, value=header)
    source = source or f"papi-subdimensions-{year}"
    codes = province_codes()
    names = {code: provinces.name(slug, "en") for code, slug in codes.items()}  # the file prints only the code
    out = []
    for r, row in enumerate(rows[1:], start=2):
        if not any(c.strip() for c in row):
            continue
        if len(row) != len(header):
            raise BadInput(f"{len(row)} cells where the header has {len(header)}", file=path, row=r)
        if row[0] not in codes:
            raise BadInput("unknown province code", file=path, row=r, column="Province", value=row[0], fix="expected P01 … P63")
        for text, column in zip(row[1:], header[1:], strict=True):
            if column not in known:
                if text.strip():
                    raise BadInput(f"{column} is not a sub-dimension of the {year} edition", file=path, row=r, column=column,
                                   value=text)
                continue
            out.append(_row(names[row[0]], codes[row[0]], known[column].id, text, year, source, f"{path.name} {row[0]} {column}",
                            file=path, row=r, column=column))
    if not out:
        raise BadInput("no province in this file", file=path)
    return _checked(_tidy.frame(out), year, path)


def _row(printed: str, province: str, component: str, value: object, year: int, source: str, locator: str, *,
         file: Path, row: int, column: str, note: str = "") -> dict:
    score = parse_number(value, file=file, row=row, column=column)
    if score is None:
        note = _why_empty(province, year, note or _NO_DATA)
    else:
        low, high = bounds(component, year)
        if not low - 0.005 <= score <= high + 0.005:
            raise BadInput(f"out of the scale {low:.2f}–{high:.2f} of {component}", file=file, row=row, column=column, value=value,
                           fix="leave a cell empty where nothing was published (0 is not a score)")
    level = "overall" if component == "overall" else "indicator" if "." in component else "component"
    return {"province_printed": printed, "province": province, "component": component, "level": level, "score": score,
            "rank": None, "tier": "", "unit": UNIT, "source": source, "locator": locator, "note": note, "year": year}


def _why_empty(province: str, year: int, note: str) -> str:
    who, reason, page = GAPS.get(year, ((), "", ""))
    return f"{note}; {reason} ({page})" if province in who else note


def _checked(frame: pd.DataFrame, year: int, path: Path) -> pd.DataFrame:
    """Every province once, and each printed dimension the sum of its printed parts."""
    twice = frame[frame.duplicated(["province", "component"])]
    if len(twice):
        raise BadInput("a province twice", file=path, value=twice["province_printed"].iloc[0])
    expected, found = set(provinces.province_set(year)), set(frame["province"])
    if found != expected:
        raise BadInput(f"{len(found)} provinces where {year} has {len(expected)}; missing {sorted(expected - found)}, "
                       f"not of that year {sorted(found - expected)}", file=path)
    score = frame.pivot(index="province", columns="component", values="score").astype(float)
    sums = {d: list(parts(d, year)) for d in dimensions(year)}
    if "overall" in score:
        sums["overall"] = list(dimensions(year))
    for whole, pieces in sums.items():
        if whole not in score or not set(pieces) <= set(score):
            continue
        gap = (score[whole] - score[pieces].sum(axis=1, min_count=len(pieces))).abs()
        if (gap > SUM_TOLERANCE).any():
            worst = gap.idxmax()
            raise BadInput(f"{whole} of {worst} is {score.at[worst, whole]:.4f}, its parts add up to "
                           f"{score.loc[worst, pieces].sum():.4f}", file=path, fix="are two columns swapped?")
    return frame


# --- what follows from the readings --------------------------------------------------------------------------------

def derive_dimensions(scores: pd.DataFrame, *, only_missing: bool = True) -> pd.DataFrame:
    """Dimension and total scores as sums of the sub-dimensions of their edition, for a province and year.

    ``scores`` has the columns province, year, component, score (others are carried along where they agree). A sum is
    given only where every part of that edition is there: never a partial one. Checked against every edition that
    prints both (2011–2019, 2022, 2023) and against the figures that Bắc Ninh printed for 2020 and 2023.

    The locator of a sum names the cells of the sub-dimensions (:mod:`govlib.collect.locators`), so that anyone can add them up again;
    where they come from several sources each cell says which.

    Returns rows with province, year, component, level, score, unit, status (``derived`` or ``not_published``), source,
    locator, note; with ``only_missing`` cells that ``scores`` already has (published or expressly empty) are left out.
    """
    need = {"province", "year", "component", "score", "source", "locator"}
    if not need <= set(scores):
        raise BadInput(f"columns missing: {sorted(need - set(scores))}")
    subs = scores[scores["component"].isin(indices.component_ids("papi", level="indicator"))]
    # a figure stated twice counts once: the first non-empty one of each cell
    first = subs.sort_values("score", na_position="last", kind="stable").drop_duplicates(["province", "year", "component"])
    have = set(zip(scores["province"], scores["year"], scores["component"], strict=True)) if only_missing else set()
    out = []
    for year, rows in first.groupby("year"):
        year = int(year)
        score = rows.pivot(index="province", columns="component", values="score").astype(float)
        at = {(r.province, r.component): (r.source, r.locator) for r in rows.itertuples()}
        for whole, pieces in [*((d, parts(d, year)) for d in dimensions(year)), ("overall", dimensions(year))]:
            mine = score.reindex(columns=list(pieces))
            score[whole] = mine.sum(axis=1, skipna=False)  # empty where any part is
            lacking = mine.isna().sum(axis=1)
            subs = [s for d in (dimensions(year) if whole == "overall" else [whole]) for s in parts(d, year)]
            out += [_derived(province, year, whole, score.at[province, whole], [at[province, s] for s in subs if (province, s) in at],
                             len(pieces), lacking[province])
                    for province in score.index if (province, year, whole) not in have]
    columns = ["province", "year", "component", "level", "score", "unit", "status", "source", "locator", "note"]
    table = pd.DataFrame(out, columns=columns)
    return table.sort_values(["year", "province", "level"], kind="stable").reset_index(drop=True)


def _derived(province: str, year: int, component: str, value: float, cells: list[tuple[str, str]], pieces: int, lacking: int) -> dict:
    """``cells``: (source, locator) of each sub-dimension that there is a row of."""
    sources = sorted({source for source, _ in cells})
    places = [place if len(sources) == 1 else f"{source} {place}" for source, place in cells]
    return {"province": province, "year": year, "component": component,
            "level": "overall" if component == "overall" else "component", "score": value, "unit": UNIT,
            "status": "not_published" if lacking else "derived", "source": ";".join(sources), "locator": locators.added(places),
            "note": f"not published: {lacking} of {pieces} parts not published" if lacking else ""}


# --- survey items, and the shipped files -----------------------------------------------------------------------------

SERIES, SERIES_2016 = "papi/PAPI_2011-2019.xlsx", "papi/PAPI_2011-2016.xlsx"
INDICATOR_FILES = {2018: "papi/PAPI_2018_FULL_vie.xlsx", 2019: "papi/PAPI_2019_provincial_indicators_VIE_ENG.xlsx",
                   2022: "papi/PAPI_2022_sheet_as_found.csv", 2023: "papi/PAPI_2023_sheet_as_found.csv"}
SUBDIMENSION_FILE = "papi/subcriteria/csv/{year}.csv"


def indicators_in(folder: str | Path) -> pd.DataFrame:
    """Survey items of the indicator workbooks under a folder of originals: tidy with ``index_id`` and ``year``.

    Ids are ``dimension.concept.item`` (level ``indicator``), where the item is named after its printed Vietnamese wording,
    so a reworded question gets a new id; the wording stands in the note. Empty where nothing was pulled.
    """
    found = []
    for year, name in INDICATOR_FILES.items():
        if (path := Path(folder) / name).is_file():
            table = read_indicators(path, year, items=True)
            found.append(table[table["component"].str.count(r"\.") == 2])
    if not found:
        return pd.DataFrame(columns=["index_id", "year", *_tidy.COLUMNS])
    table = _tidy.sort(pd.concat(found, ignore_index=True))
    table.insert(0, "index_id", "papi")
    return table


def edition(mirror: str | Path, year: int) -> pd.DataFrame:
    """All published scores of one edition from the best files of a mirror folder (module docstring says which)."""
    mirror = Path(mirror)
    found = []
    if year <= 2019:
        found.append(read_series(mirror / SERIES, [year]))
    if year in (2020, 2021, 2024):
        found.append(read_subdimensions(mirror / SUBDIMENSION_FILE.format(year=year)))
    if year in INDICATOR_FILES:
        table = read_indicators(mirror / INDICATOR_FILES[year], year)
        found.append(table[table["level"] == "overall"] if year <= 2019 else table)
    if (pages := mirror / bac_ninh.FILE).exists():
        table = bac_ninh.read(pages, "papi")
        found.append(table[table["year"] == year].assign(unit=UNIT)[["year", *_tidy.COLUMNS]])
    return _tidy.sort(pd.concat([f for f in found if len(f)], ignore_index=True))


def transcribe(mirror: str | Path, out: str | Path) -> list[Path]:
    """Write ``out/papi/<year>.csv`` and sidecars for 2011–2024 from the originals in ``mirror``."""
    written = []
    for year in range(FIRST, LAST + 1):
        table = edition(mirror, year)
        extra = {}
        if year in GAPS:
            who, reason, page = GAPS[year]
            extra["known_gaps"] = f"{', '.join(who)}: {reason} ({page})"
        if year in (2020, 2021, 2024):
            extra["derived"] = ("Only sub-dimension scores were found: the panel adds them up to dimensions and the total "
                                "(derive_dimensions), never where one of them is missing.")
        elif year <= 2019:
            extra["checked"] = ("Sub-dimensions agree cell by cell with the separate sub-dimension files"
                                + (" and with the workbook of 2011-2016" if year <= 2016 else "") + ".")
        written.append(_tidy.write(
            table, out, "papi", year, producer="UNDP Viet Nam, CECODES, VFF-CRT, RTA",
            citation=f"Viet Nam Provincial Governance and Public Administration Performance Index (PAPI) {year}",
            url="https://papi.org.vn", terms="scores printed by the publishers, quoted as facts with their source; the workbooks "
            "are the publishers' and are not redistributed", transcribed=TRANSCRIBED,
            method_version=_tidy.method_version("papi", year), extra=extra))
    return written
