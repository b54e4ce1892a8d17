"""``govlib office``: the briefing as Word documents, slides and a plain e-mail, beside the page."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from govlib import paths
from govlib.known import provinces
from govlib.run import manifest, pool, whole
from govlib.run.jobs import asking, check_langs, check_year


def parser() -> argparse.ArgumentParser:
    return asking("office", "The briefing for the office: Word, slides, e-mail.")


def main(argv: Sequence[str]) -> int:
    """Writes ``<province>[.summary].<language>.docx``, ``.pptx`` and ``.txt`` into ``briefings/<year>``."""
    args = parser().parse_args(argv)
    check_langs(args.langs)
    provinces.resolve(args.province)
    whole.ahead("office", args.year)
    print(*write(args.province, args.year, args.langs, args.issuer), sep="\n")
    return 0


def write(province: str, year: int | None = None, langs: str | Iterable[str] = "vi,en", issuer: str = "", *,
          force: bool = False) -> list[Path]:
    """All files of a province, whole or not at all; their paths."""
    wanted, year = check_langs(langs), check_year(year)
    slug, folder = provinces.resolve(province, year), paths.briefings() / str(year)

    def make() -> dict[Path, bytes | str]:
        from govlib.publish import content  # heavy rooms
        from govlib.publish.office import mail, slides, word  # loads python-docx and python-pptx

        contents: dict[Path, bytes | str] = {}
        for lang in wanted:
            page = content.load(slug, year, lang, issuer=issuer)
            contents |= {folder / f"{slug}.{lang}.docx": word.report(page),
                         folder / f"{slug}.summary.{lang}.docx": word.report(page, short=True),
                         folder / f"{slug}.{lang}.pptx": slides.deck(page), folder / f"{slug}.summary.{lang}.txt": mail.text(page)}
        return contents

    return manifest.together(folder, f"office.{slug}", Path(__file__), {"langs": wanted, "issuer": issuer}, make, force=force)


def write_all(slugs: Sequence[str], year: int, langs: Iterable[str], issuer: str, *, jobs: int | None = None,
              force: bool = False) -> dict[str, str]:
    """The files of many provinces, by several processes; of each why they could not be made, "" where they are there."""
    one = partial(_tried, year=year, langs=langs, issuer=issuer, force=force)
    made = pool.run(one, slugs, min(len(slugs), jobs or pool.cores()))
    return {slug: "the process that made them was killed" if isinstance(why, pool.Lost) else why for slug, why in made}


def _tried(slug: str, **how: Any) -> str:
    try:
        write(slug, **how)
    except Exception as error:  # noqa: BLE001 - told of; the other provinces are still made
        return f"{type(error).__name__}: {error}"
    return ""
