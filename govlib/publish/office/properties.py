"""What a document says of itself, and its bytes: the page's own title, body, language and day, the same whenever it is made."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from typing import Any

from govlib.known import departments
from govlib.publish.content import Page

LANGUAGES = {"vi": "vi-VN", "en": "en-GB"}
STAMP = (1980, 1, 1, 0, 0, 0)  # the first day that a zip can tell


def saved(document: Any, page: Page) -> bytes:
    """A Word document or slides as a file. The libraries' templates name their own author, day and maker, and a zip the minute in
    which it is written: two makings of one page would differ."""
    about = document.core_properties
    about.title, about.comments = f"{page.cover()['title']} ({page.year})", ""
    about.author = about.last_modified_by = page.cover()["issued_by"]
    about.language = LANGUAGES[page.lang]
    about.created = about.modified = dt.datetime.combine(departments.acting_on(page.year), dt.time())
    written, out = io.BytesIO(), io.BytesIO()
    document.save(written)
    with zipfile.ZipFile(written) as made, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as kept:
        for name in made.namelist():
            kept.writestr(zipfile.ZipInfo(name, STAMP), made.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()
