"""DDCI: how firms rate departments, districts (until 30 June 2025) and communes (from 1 July 2025).

Questionnaires (one row a respondent and unit) → indicators on 1–10 → components → score (10–100), rank and tier, with a
confidence set for the rank, for other weights and for other ways to scale and add up. The levels are never ranked together.

Form: ``govlib institute template ddci``. Questions, components and weights are those of ``reference/institute/ddci_*.csv``:
after the PCI's subjects, worded by the institute, to be changed there when the province decides otherwise.
"""

from __future__ import annotations

from govlib.institute.ddci.form import Ratings, check, components, items, layout, read, template
from govlib.institute.ddci.made_up import demo_file
from govlib.institute.ddci.report import demo, overview, report, report_folder, unit_page
from govlib.institute.ddci.score import CUTS, Result, result

__all__ = ["CUTS", "Ratings", "Result", "check", "components", "demo", "demo_file", "items", "layout", "overview", "read",
           "report", "report_folder", "result", "template", "unit_page"]
