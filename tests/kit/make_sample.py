"""Writes sample.ipynb: a small briefing that uses every piece of govlib.publish.show. For the tests of the engine."""

from __future__ import annotations

from pathlib import Path

import nbformat

CELLS = [
    ("markdown", "# Sample briefing\n\nA note for whoever opens the notebook; it stays out of the page.", []),
    ("code", 'province = "bac-ninh"\nyear = 2022\nlanguage = "vi"\nfault = ""', ["parameters"]),
    ("code", """import os

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from govlib import provinces
from govlib.publish import show

show.use_style()
vi = language == "vi"
name = provinces.name(province, language, year)""", []),
    ("code", """kind, _, where = fault.partition("@")
kind = kind if where in ("", province) else ""
if kind == "cell":
    raise ValueError("the data say no <b>")
if kind == "kernel":
    os.kill(os.getpid(), 11)
if kind.startswith("touch:"):
    open(kind[6:], "a").write(f"{province} {language} {os.getpid()}\\n")
if kind.startswith("touch:") or kind == "sleep":
    import time; time.sleep(float(os.environ.get("SAMPLE_SLEEP", "0")))""", []),
    ("code", """show.cover(title=f"{name}: điểm PCI tăng trở lại" if vi else f"{name}: the PCI score rises again",
           subtitle="Báo cáo thường niên về chất lượng điều hành" if vi else "Annual briefing on governance",
           place=name, year=year, lang=language, issued_by="Viện nghiên cứu" if vi else "Research institute",
           edition="PCI 2022", facts=[("PCI", show.num(69.08, source="pci-site-profiles", locator="profile: bac-ninh", lang=language))])""", []),
    ("code", """show.heading("Ba điều cần biết" if vi else "Three findings")
show.findings([
    show.fmt("PCI: {x}, tăng {d} điểm" if vi else "PCI: {x}, up {d} points",
             x=show.num(69.08, source="pci-site-profiles", locator="row 3", lang=language), d=show.num(-0.37, lang=language)),
    "Tên có thẻ: <script>alert(1)</script> & '\\"" if vi else "A name with a tag: <script>alert(1)</script> & '\\"",
    "Điều thứ ba" if vi else "A third"])
show.cards([
    show.Card("PCI", show.num(69.08, source="pci-workbook-2022", locator="Sheet1!B7", lang=language), "điểm" if vi else "points",
              change="+0,37" if vi else "+0.37", direction="up", rank="7/63", edition="2022"),
    show.Card("PAPI", reason="Tỉnh không có kết quả năm 2022" if vi else "No result in 2022")], lang=language)
show.partial("PAPI 2022: không công bố" if vi else "PAPI 2022: not published")""", []),
    ("code", """show.heading("Xu hướng" if vi else "Trends")
show.heading("Điểm theo năm" if vi else "Score by year", 3)
years = np.arange(2013, year + 1)
score = 60 + np.cumsum(np.random.default_rng(len(province)).normal(0.3, 1, len(years)))
fig, ax = plt.subplots()
ax.plot(years, score, color=show.PALETTE["province"], marker="o", label=name)
ax.plot(years, score - 2, color=show.PALETTE["nation"], label="Trung vị" if vi else "Median")
ax.legend()
table = pd.DataFrame({"Năm" if vi else "Year": years, "Điểm" if vi else "Score": score})
show.figure(fig, title="Điểm tăng trong mười năm" if vi else "The score rose in ten years", measure="PCI, 2013–2022",
            alt="Đường điểm PCI tăng dần" if vi else "Line of the PCI score, rising", table=table, source="VCCI, PCI 2022",
            note="Không so sánh qua năm 2021" if vi else "No comparison across 2021", lang=language, name="pci-trend", decimals=2)""", []),
    ("code", """from govlib.publish.charts import gap

long = "Công khai, minh bạch trong việc ra quyết định ở địa phương" if vi else "Transparency of Local Decision-making"
dots = pd.DataFrame({"label": [long, "B"], "value": [5.5, 3.4], "median": [5.3, 3.6], "Quảng Ninh": [5.9, 4.1]})
drawn = {"province": name, "median": "trung vị cả nước" if vi else "national median", "form": "svg"}
show.figure(gap.draw(dots, language, **drawn), narrow=gap.draw(dots, language, narrow=True, **drawn), title="Hai thành phần" if vi else "Two components",
            alt="Hai thành phần cạnh trung vị" if vi else "Two components beside the median", source="PAPI", lang=language, name="gap",
            table=pd.DataFrame({"x": ["a"]} | {f"{y}": [show.num(6.5 + y % 7, source="pci-site-profiles", locator=f"row {y}", lang=language)] for y in range(2005, 2025)}, dtype=object))""", []),
    ("code", """show.table(pd.DataFrame({"Tỉnh" if vi else "Province": ["=HYPERLINK(1)", "<b>Hà Nội</b>", name],
                         "Điểm" if vi else "Score": [show.num(1.5, source="pci-site-profiles", locator="row 9", lang=language), None, 3.25]}),
           caption="Bảng" if vi else "Table", lang=language, decimals=2, source="PCI")
show.callout("Đọc kỹ" if vi else "Read with care", title="Giới hạn" if vi else "Limits", kind="warning", lang=language)
show.terms([("PCI", "Chỉ số năng lực cạnh tranh cấp tỉnh" if vi else "Provincial Competitiveness Index")])""", []),
]


def notebook(cells=CELLS):
    make = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}
    made = []
    for i, (kind, source, tags) in enumerate(cells):
        cell = make[kind](source, metadata={"tags": tags} if tags else {})
        cell["id"] = f"cell-{i}"
        made.append(cell)
    return nbformat.v4.new_notebook(cells=made, metadata={
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"}})


def write(path: Path, fault: str = "", cells=CELLS) -> Path:
    """``fault``: what goes wrong, ``cell``, ``kernel``, ``sleep`` or ``touch:FILE``, with ``@province`` only there."""
    made = notebook(cells)
    made.cells[1].source = made.cells[1].source.replace('fault = ""', f"fault = {fault!r}")
    nbformat.write(made, path)
    return path
