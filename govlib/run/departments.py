"""``govlib departments``: a sheet for each department of a province, and the table for the chair."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from govlib import files, paths
from govlib.known import assignments, departments, provinces
from govlib.run import listing, manifest, rounds, whole
from govlib.run.jobs import asking, check_langs, check_year


def parser() -> argparse.ArgumentParser:
    ask = asking("departments", "A sheet for each department of a province.")
    ask.add_argument("--form", action="store_true", help="write the form in which the province's own assignment is confirmed")
    return ask


def main(argv: Sequence[str]) -> int:
    """Writes ``briefings/<year>/<province>/<department>.<language>.html`` and ``index.<language>.html``."""
    args = parser().parse_args(argv)
    check_langs(args.langs)
    provinces.resolve(args.province)
    whole.ahead("departments", args.year, ("panel",) if args.form else None)  # a form shows no estimate
    made = form(args.province, args.year) if args.form else write(args.province, args.year, args.langs, args.issuer)
    print(*made, sep="\n")
    return 0


def write(province: str, year: int | None = None, langs: str = "vi,en", issuer: str = "") -> list[Path]:
    """All sheets of a province, whole or not at all; their paths."""
    wanted, year = check_langs(langs), check_year(year)
    slug, folder = provinces.resolve(province, year), paths.briefings() / str(year)

    def make() -> dict[Path, bytes]:
        from govlib.publish import content, departments  # a heavy room

        contents: dict[Path, bytes] = {}
        for lang in wanted:
            page = content.load(slug, year, lang, issuer=issuer)
            own = partial(rounds.of_department, slug, year, lang)
            contents |= {folder / slug / name: sheet for name, sheet in departments.pages(page, own).items()}
        return contents

    made = manifest.together(folder, f"departments.{slug}", Path(__file__), {"langs": wanted, "issuer": issuer}, make)
    listing.write(folder, year, manifest.ledger())  # it leads to them, and they to it
    return made


def form(province: str, year: int | None = None) -> list[Path]:
    """The form of :mod:`govlib.known.assignments`, filled with who leads by usual practice; to be saved as data/departments.csv
    once a document is named in it."""
    year = check_year(year)
    slug = provinces.resolve(province, year)
    day = departments.acting_on(year)
    unit = departments.unit_on(slug, year, day).slug

    def leads(index_id: str, component: str) -> tuple[str, str]:
        lead = departments.lead(index_id, component, day, unit)
        return (lead.lead_vi, lead.support_vi) if lead else ("", "")

    return [files.write(paths.raw() / "inbox" / "templates" / f"departments_{slug}_{year}.csv",
                        assignments.form(unit, year, leads))]
