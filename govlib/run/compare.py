"""``govlib compare``: two or more provinces side by side on one page."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from govlib import paths
from govlib.errors import BadInput
from govlib.known import provinces
from govlib.run import manifest, whole
from govlib.run.jobs import check_langs, check_year, issuer

MOST = 6  # provinces: more are no longer side by side on a sheet of paper


def parser() -> argparse.ArgumentParser:
    ask = argparse.ArgumentParser(prog="govlib compare", description="Two or more provinces side by side.")
    ask.add_argument("--provinces", default="bac-ninh,hai-phong", metavar="NAMES", help="names or slugs, separated by commas")
    ask.add_argument("--year", type=int, default=None, help="edition; the newest with data unless told")
    ask.add_argument("--langs", default="vi,en", help="vi, en or both, separated by a comma")
    return ask


def main(argv: Sequence[str]) -> int:
    """Writes ``briefings/<year>/compare.<slugs>.<language>.html``."""
    args = parser().parse_args(argv)
    check_langs(args.langs)
    _slugs(args.provinces)
    whole.ahead("compare", args.year)
    print(*write(args.provinces, args.year, args.langs), sep="\n")
    return 0


def write(names: str, year: int | None = None, langs: str = "vi,en") -> list[Path]:
    """The page in each language. BadInput where fewer than two provinces are named, or more than stand side by side."""
    wanted, year = check_langs(langs), check_year(year)
    slugs = _slugs(names, year)
    folder, name, issued_by = paths.briefings() / str(year), f"compare.{'.'.join(slugs)}", issuer()

    def make() -> dict[Path, bytes]:
        from govlib.publish import compare, content  # heavy rooms

        return {folder / f"{name}.{lang}.html": compare.page([content.load(slug, year, lang, issuer=issued_by) for slug in slugs])
                for lang in wanted}

    return manifest.together(folder, name, Path(__file__), {"langs": wanted, "issuer": issued_by}, make)


def _slugs(names: str, year: int | None = None) -> list[str]:
    slugs = list(dict.fromkeys(provinces.resolve(name.strip(), year) for name in names.split(",") if name.strip()))
    if not 2 <= len(slugs) <= MOST:
        raise BadInput(f"{len(slugs)} provinces are named", value=names, column="provinces",
                       fix=f"name two to {MOST}, separated by commas")
    return slugs
