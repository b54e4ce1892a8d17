"""Satisfaction of citizens and firms with public services: from one row a respondent to a section of the briefing.

Form: ``govlib institute template satisfaction``. A person counts as satisfied who answers 4 or 5 on the five-point scale,
as the Ministry's SIPAS counts; the five factors bear SIPAS's names, the wording of the questions is the institute's.

Shares are weighted; intervals respect strata, sampling units and weights (:mod:`govlib.institute.statistics.shares`); cells with
few answers are hidden together with those that would give them away (:mod:`govlib.institute.statistics.disclosure`).
"""

from __future__ import annotations

from govlib.institute.satisfaction.estimates import by, by_item, change, counts, cross, estimate, tables
from govlib.institute.satisfaction.form import (
    FACTORS,
    GROUPS,
    SERVICES,
    Survey,
    check,
    items,
    label,
    layout,
    read,
    template,
)
from govlib.institute.satisfaction.report import demo, report, report_folder, reported_section, section
from govlib.known.satisfaction import reported

__all__ = ["FACTORS", "GROUPS", "SERVICES", "Survey", "by", "by_item", "change", "check", "counts", "cross", "demo",
           "estimate", "layout", "items", "label", "read", "report", "report_folder", "reported", "reported_section", "section",
           "tables", "template"]
