"""One-stop centres, portals and answers to citizens, month by month: from counts to signals, changes and outcomes.

Form: ``govlib institute template operations``; one row a month, unit and service. What it gives:

* shares on time and online with intervals, waiting and answer time (:func:`summary`);
* control charts with stated rules, and change points (:func:`monitor`, :func:`changes`);
* interrupted time series at each unit's adoption month (:func:`interruptions`);
* outcomes for the effects engine (:func:`sample`), where units that adopt later are the comparison.

A month without figures stays without: it must be in the file with a note that says why, and it is never filled.
"""

from __future__ import annotations

from govlib.institute.operations.analysis import changes, interruptions, summary
from govlib.institute.operations.form import check, layout, read, template
from govlib.institute.operations.model import INDICATORS, SERVICES, Operations, code, month_text
from govlib.institute.operations.outcomes import panel, sample
from govlib.institute.operations.report import demo, report, report_folder
from govlib.institute.operations.series import adoption, factor, monitor, on_record, seasonal_index, series

__all__ = ["INDICATORS", "Operations", "SERVICES", "adoption", "changes", "check", "code", "demo", "factor", "layout",
           "interruptions", "monitor", "month_text", "on_record", "panel", "read", "report", "report_folder", "sample",
           "seasonal_index", "series", "summary", "template"]
