"""What every survey form of the institute says of its province and its days; ``read`` the form's reader, ``of`` writes a form with
these fields."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable


def fields(instrument: str) -> list[tuple[str, str, str, str]]:
    """(field, value, what is told of it in English, in Vietnamese)."""
    empty = (f"the field is empty or missing → fill it as in the form of: govlib institute template {instrument}",
             f"mục này trống hoặc thiếu → điền như trong mẫu của: govlib institute template {instrument}")
    return [*((field, "", *empty) for field in ("year", "fieldwork_to", "province")), *WRONG]


WRONG = [
    ("fieldwork_from", "tháng 9", "not a date → write YYYY-MM-DD", "không phải ngày → ghi dạng NNNN-TT-NN"),
    ("fieldwork_to", "2025-08-31", "ends before it begins → correct one of the two days", "kết thúc trước khi bắt đầu → sửa một trong hai ngày"),
    ("province", "Bắc Nin", "unknown province → nearest: Bắc Ninh (bac-ninh), Bắc Giang (bac-giang), Bắc Kạn (bac-kan)",
     "không rõ tỉnh nào → gần nhất: Bắc Ninh (bac-ninh), Bắc Giang (bac-giang), Bắc Kạn (bac-kan)"),
    ("province", "Bắc Giang", "the province was abolished on 30/06/2025 → write Bắc Ninh, or correct #fieldwork_from",
     "tỉnh đã kết thúc ngày 30/06/2025 → ghi Bắc Ninh, hoặc sửa #fieldwork_from"),
    ("province", "Hà Tây", "the province was abolished on 31/07/2008 → write Hà Nội, or correct #fieldwork_from",
     "tỉnh đã kết thúc ngày 31/07/2008 → ghi Hà Nội, hoặc sửa #fieldwork_from"),
    ("fieldwork_to", f"{dt.date.today() + dt.timedelta(days=2)}", "a day in the future → correct the day; while the survey runs, write its last day so far",
     "ngày ở tương lai → sửa ngày; nếu còn đang khảo sát thì ghi ngày gần nhất đã khảo sát"),
    ("fieldwork_from", "2052-09-01", "a day in the future → correct the day; while the survey runs, write its last day so far",
     "ngày ở tương lai → sửa ngày; nếu còn đang khảo sát thì ghi ngày gần nhất đã khảo sát"),
]
YEARS = [(2024, True), (2025, False), (2026, False), (2027, True)]


def days_and_provinces(read: Callable, of: Callable) -> None:
    assert read(of(fieldwork_to=dt.date.today() + dt.timedelta(days=1))).year == 2025, "a server's clock may be behind the clerk's"
    spring = {"fieldwork_from": "2025-06-30", "fieldwork_to": "2025-07-31"}
    assert read(of(province="Bắc Giang", **spring)).meta["province"] == "Bắc Giang"


def days_of_another_year(read: Callable, of: Callable, year: int, doubtful: bool) -> None:
    round_ = read(of(year=year, fieldwork_from="2025-12-01", fieldwork_to="2026-01-31"))
    assert [text for lang in ("en", "vi") for text in round_.told(lang).splitlines() if "#year" in text] == ([
        f"  in the field from 01/12/2025 to 31/01/2026, and #year says {year}: is one of them a slip of the pen?",
        f"  khảo sát từ 01/12/2025 đến 31/01/2026 mà #year ghi {year}: có gõ nhầm không?"] if doubtful else [])
