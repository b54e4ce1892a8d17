"""A small .xlsx, written part by part: what tests need and no program writes."""

from __future__ import annotations

import zipfile
from pathlib import Path

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEETS = '<sheets><sheet name="data" sheetId="1" r:id="rId1"/></sheets>'
RELATIONS = '<Relationship Id="rId1" Target="worksheets/sheet1.xml"/>'


def write(path: Path, rows: str = "", *, before: str = "", after: str = "", styles: str = "", strings: str = "", sheets: str = SHEETS,
          relations: str = RELATIONS) -> Path:
    """``rows``: what stands in sheetData, ``before`` and ``after`` it; the rest is the inside of the other parts."""
    parts = {"xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATION}">{sheets}</workbook>',
             "xl/_rels/workbook.xml.rels": f"<Relationships>{relations}</Relationships>",
             "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>',
             "xl/styles.xml": f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>', "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{strings}</sst>'}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path
