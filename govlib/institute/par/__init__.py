"""Self-scoring of the PAR Index: criterion by criterion, who answers, what proves it, where the Ministry gave less, what is
outstanding and what it would add.

Form: ``govlib institute template par_scoring``. The tree of criteria stands in the form itself (it changes with editions, see
:mod:`govlib.institute.par.criteria`); points are given to the lowest items only and added up from there. A point of the tree
is a point of the province's score: all items together make 100.

An item's score is the Ministry's where it is known, else the province's own; an item without either has none, and the total
is then a range. Points from sociological surveys cannot be self-scored.
"""

from __future__ import annotations

from govlib.institute.par.form import COLUMNS, Scoring, check, layout, read, template
from govlib.institute.par.report import demo, report, report_folder
from govlib.institute.par.totals import by, gaps, outstanding, shortest, total

__all__ = ["COLUMNS", "Scoring", "by", "check", "demo", "gaps", "layout", "outstanding", "read", "report", "report_folder",
           "shortest", "template", "total"]
