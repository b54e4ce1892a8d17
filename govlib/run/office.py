"""``govlib office``: the briefing as Word documents, slides and a plain e-mail, beside the page."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from govlib import paths
from govlib.known import provinces
from govlib.run import manifest
from govlib.run.jobs import asking, check_langs, check_year


def parser() -> argparse.ArgumentParser:
    return asking("office", "The briefing for the office: Word, slides, e-mail.")


def main(argv: Sequence[str]) -> int:
    """Writes ``<province>[.summary].<language>.docx``, ``.pptx`` and ``.txt`` into ``briefings/<year>``."""
    args = parser().parse_args(argv)
    print(*write(args.province, args.year, args.langs, args.issuer), sep="\n")
    return 0


def write(province: str, year: int | None = None, langs: str = "vi,en", issuer: str = "") -> list[Path]:
    """All files of a province, whole or not at all; their paths."""
    wanted, year = check_langs(langs), check_year(year)
    slug, folder = provinces.resolve(province, year), paths.briefings() / str(year)

    def make() -> dict[Path, bytes | str]:
        from govlib.publish import content  # heavy rooms
        from govlib.publish.look import use_style  # loads matplotlib
        from govlib.publish.office import mail, slides, word  # loads python-docx and python-pptx

        use_style()
        contents: dict[Path, bytes | str] = {}
        for lang in wanted:
            page = content.load(slug, year, lang, issuer=issuer)
            contents |= {folder / f"{slug}.{lang}.docx": word.report(page),
                         folder / f"{slug}.summary.{lang}.docx": word.report(page, short=True),
                         folder / f"{slug}.{lang}.pptx": slides.deck(page), folder / f"{slug}.summary.{lang}.txt": mail.text(page)}
        return contents

    return manifest.together(folder, f"office.{slug}", Path(__file__), {"langs": wanted, "issuer": issuer}, make)
