"""``govlib briefing`` and ``govlib briefings`` on the command line."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence

from govlib import paths
from govlib.known import provinces
from govlib.run import driver, stopping, told, whole
from govlib.run.jobs import check_address, check_jobs, check_langs, check_year, issuer
from govlib.words import wording
from govlib.words.tables import language, phrase


def parser(verb: str) -> argparse.ArgumentParser:
    one = verb == "briefing"
    ask = argparse.ArgumentParser(prog=f"govlib {verb}",
                                  description="One province's briefing." if one else "Every province's briefing.")
    ask.add_argument("--province" if one else "--provinces", dest="provinces", default="bac-ninh" if one else "", metavar="NAME",
                     help="any spelling, or slug" if one else "names, slugs or regions, separated by commas; all unless told")
    ask.add_argument("--year", default="", help="edition; the newest with data unless told")
    ask.add_argument("--langs", default="vi,en", help="vi, en or both, separated by a comma")
    ask.add_argument("--issuer", default=issuer(), help="the body that issues it, as printed on top (GOVLIB_ISSUER)")
    ask.add_argument("--pdf", action="store_true", help="a PDF too (needs Chromium)")
    if not one:
        ask.add_argument("--office", action="store_true", help="Word, slides and e-mail of every province too")
    ask.add_argument("--force", action="store_true", help="make also what is current")
    ask.add_argument("--jobs", default="", help="worker processes; cores + 1 unless told")
    ask.add_argument("--scheduler", default="", metavar="ADDRESS", help="Dask scheduler that does the work, tcp://host:8786")
    ask.add_argument("--json", action="store_true", help="print the result as JSON")
    ask.add_argument("--check", action="store_true", help="only say which pages these are, or what is wrong with the call")
    return ask


def main(argv: Sequence[str]) -> int:
    """``govlib briefing`` and ``govlib briefings``; the verb is the first argument. Exit code 1 where a page failed."""
    verb, *rest = argv
    one = verb == "briefing"
    args = parser(verb).parse_args(rest)
    langs = check_langs(args.langs)
    jobs = check_address(args.scheduler) if args.scheduler else check_jobs(_number(args.jobs))
    names = [args.provinces] if one else [name.strip() for name in args.provinces.split(",") if name.strip()]
    for name in names:  # one that no edition knows is told of before anything is made
        (provinces.resolve if one else provinces.expand)(name)
    if args.check and not (paths.processed() / "scores.parquet").is_file():
        print("[]\n" if args.json else "", end="")
        return 0
    if not args.check:
        whole.ahead(verb, _number(args.year))
    year = check_year(_number(args.year))
    slugs = [provinces.resolve(names[0], year)] if one else provinces.expand(names or None, year)
    if args.check:
        pages = [str(paths.briefings() / str(year) / f"{slug}.{lang}.html") for slug in slugs for lang in langs]
        print(json.dumps(pages, ensure_ascii=False, indent=1) if args.json else "\n".join(pages))
        return 0
    stopping.listen()
    if one and sys.stderr.isatty():  # someone is working on a briefing: the next rebuild need not import anything again
        os.environ.setdefault("GOVLIB_WARM_LINGER", "300")
    report = driver.build_all(year, langs, slugs, jobs=jobs, pdf=args.pdf, force=args.force, progress=not args.json,
                              national=not one, issued_by=args.issuer)
    start = time.perf_counter()
    papers = _papers(slugs, year, langs, args.issuer, jobs, args.force) if not one and args.office else {}
    wrong = {slug: why for slug, why in papers.items() if why}
    if args.json:
        print(json.dumps({"year": report.year, "folder": report.folder, "seconds": round(report.seconds, 3),
                          "pages": [{k: p.get(k) for k in ("name", "status", "reason", "seconds", "current", "files")}
                                    for p in report.pages]} | ({"office": papers} if papers else {}), ensure_ascii=False, indent=1))
    else:
        took = wording.number(report.seconds, language(), 1)
        print(phrase("told.pages", language(), folder=report.folder, made=report.count("built", "partial"),
                     current=report.count("current"), failed=len(report.failed), seconds=took))
        for page in (page for page in report.pages if one and page["status"] != "failed"):
            print(*(os.path.join(report.folder, file) for file in page["files"] if file.startswith(page["name"])), sep="\n")
        for page in report.failed:
            print(f"  {page['name']}: {told.said(page['reason'], language())}", file=sys.stderr)
        if papers:
            print(phrase("told.office", language(), folder=report.folder, n=len(papers) - len(wrong), failed=len(wrong),
                         seconds=wording.number(time.perf_counter() - start, language(), 1)))
        for slug, why in wrong.items():
            print(f"  {slug}: {told.said(why, language())}", file=sys.stderr)
    return 1 if report.failed or wrong else 0


def _papers(slugs: Sequence[str], year: int, langs: Sequence[str], issued_by: str, jobs: int | str | None,
            force: bool) -> dict[str, str]:
    """Word, slides and e-mail beside the pages, made here also where a cluster makes the pages."""
    from govlib.run import office  # only where asked for

    return office.write_all(slugs, year, langs, issued_by.strip(), jobs=None if isinstance(jobs, str) else jobs, force=force)


def _number(text: str) -> int | str | None:
    """What was typed as a whole number, None for nothing; anything else stays text, for the check that knows what is right."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() else text or None
