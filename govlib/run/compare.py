"""``govlib compare``: two or more provinces side by side on one page."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from govlib import files, paths
from govlib.errors import BadInput
from govlib.known import provinces
from govlib.run.jobs import check_langs, check_year, issuer


def parser() -> argparse.ArgumentParser:
    ask = argparse.ArgumentParser(prog="govlib compare", description="Two or more provinces side by side.")
    ask.add_argument("--provinces", default="bac-ninh,hai-phong", metavar="NAMES", help="names or slugs, separated by commas")
    ask.add_argument("--year", type=int, default=None, help="edition; the newest with data unless told")
    ask.add_argument("--langs", default="vi,en", help="vi, en or both, separated by a comma")
    return ask


def main(argv: Sequence[str]) -> int:
    """Writes ``briefings/<year>/compare.<slugs>.<language>.html``."""
    args = parser().parse_args(argv)
    print(*write(args.provinces, args.year, args.langs), sep="\n")
    return 0


def write(names: str, year: int | None = None, langs: str = "vi,en") -> list[Path]:
    """The page in each language. BadInput where fewer than two provinces are named, or more than stand side by side."""
    from govlib.publish import compare, content  # heavy rooms

    wanted, year = check_langs(langs), check_year(year)
    slugs = list(dict.fromkeys(provinces.resolve(name.strip(), year) for name in names.split(",") if name.strip()))
    if not 2 <= len(slugs) <= compare.MOST:
        raise BadInput(f"{len(slugs)} provinces are named", value=names, column="provinces",
                       fix=f"name two to {compare.MOST}, separated by commas")
    folder, contents = paths.briefings() / str(year), {}
    for lang in wanted:
        page = compare.page([content.load(slug, year, lang, issuer=issuer()) for slug in slugs])
        contents[folder / f"compare.{'.'.join(slugs)}.{lang}.html"] = page
    return files.write_all(contents)
