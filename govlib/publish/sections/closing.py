"""Sources, limits, methods, glossary, citation."""

from __future__ import annotations

from govlib.errors import UnknownName
from govlib.known import catalogue, indices
from govlib.publish import show
from govlib.publish.sections.base import Base, frame
from govlib.words import wording


class Closing(Base):
    """The end of a page."""

    def sources_table(self) -> dict:
        """Catalogue entries of every source that the page has shown, with checksum. Call it last."""
        rows = []
        for source_id in sorted(self.used):
            try:
                s = catalogue.source(source_id)
            except UnknownName:
                rows.append({self.label("col.source"): source_id})
                continue
            title, producer = s.named(self.lang)
            title = show.link(title, s.url) if s.url else show.esc(title)
            rows.append({self.label("col.source"): s.id, self.label("col.title"): title, self.label("col.producer"): producer,
                         self.label("col.edition"): str(s.edition or "–"), self.label("col.sha"): show.Html(f"<code>{str(s.sha256)[:16]}</code>") if s.sha256 else "–"})
        return {"df": frame(rows), "caption": self.label("closing.sources_figures_on_this"),
                "lang": self.lang, "name": f"sources-{self.province}-{self.year}", "note": self.label("note.sources")}

    def methods(self) -> list[str]:
        """Limits and methods, one sentence each."""
        return [self.label(f"method.{k}") for k in ("published", "breaks", "usual", "median", "rank", "similar", "targets", "effects", "merger")]

    def glossary(self) -> list[tuple[str, str]]:
        return [(t.term_vi, t.meaning_vi) if self.lang == "vi" else (t.term_en, t.meaning_en) for t in wording.terms()]

    def citation(self) -> str:
        return self.label("cite", place=self.place(), year=self.year)

    def stale(self) -> list[str]:
        """Why the page is not all that it should be: indices without a score of the page's own year."""
        return [f"{self.short(i)} {self.year}" for i in ("pci", "papi")
                if self.year >= indices.index(i).first_edition and not ((c := self.newest_scored(i)) and c.year == self.year)]
