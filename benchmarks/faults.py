"""Kills at random moments over every verb that writes: nothing good may be lost, and a plain re-run must complete.

    python benchmarks/faults.py [--kills 40] [--stops 12] [--verbs panel,intake] [--seed 1] [--json FILE]

For each verb a copy of the project is brought to the state before it; an undisturbed run gives the outputs that are right.
Then, as often as asked: back to that state, start the verb as a process group of its own, ``kill -9`` (or SIGINT) the whole
group at a moment drawn uniformly over its undisturbed time, and look:

* *lost*: a file that was there before is neither what it was nor what it becomes (half-written, or gone though it stays);
* *fails*: the same command, run again plainly, does not end with 0;
* *differs*: after that re-run the outputs are not those of the undisturbed run, byte by byte.

Bookkeeping, which may differ, is what :data:`OURS` matches: locks, notes of times, records of runs.
Prints a table; exit code 1 where anything is not 0.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from govlib import paths
from govlib.ledger import sha256

# locks, memory aids keyed by times, records with seconds in them, scratch that the next run removes
OURS = re.compile(r"(^|/)(\.lock|\.years\.json|\.digests\.json|\.panel|\.done|\.build/.*|\.manifest/.*|\.run-.*|\.[^/]*\.part|"
                  r"\.[^/]*\.tmp|__pycache__/.*|\.pull\.json|.*\.meta\.yaml\.tmp|notebooks/.*\.ipynb)$")
GOVLIB = [sys.executable, "-m", "govlib"]


@dataclass
class Verb:
    """A command, what makes the state before it, and the folder (of the copy) that it writes to."""

    arguments: list[str]
    outputs: tuple[str, ...]
    before: Callable[[Path], None] = lambda root: None


@dataclass
class Result:
    verb: str
    signal: str
    tries: int = 0
    seconds: float = 0.0
    lost: int = 0
    fails: int = 0
    differs: int = 0
    first: str = ""  # the first thing that went wrong

    @property
    def wrong(self) -> int:
        return self.lost + self.fails + self.differs


def environment(root: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GOVLIB_")}
    return kept | {"GOVLIB_ROOT": str(root), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "GOVLIB_WARM_LINGER": "0",
                   "GOVLIB_MADE": "1"}  # the stages before are seen to here


def run(root: Path, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*GOVLIB, *arguments], cwd=root, env=environment(root), capture_output=True, text=True)


def older(root: Path) -> None:
    """Outputs of an older state stand there: every rebuild writes other ones."""
    paneled(root)
    file = root / "data/raw/papi/2024.csv"
    head, row, rest = file.read_text(encoding="utf-8").split("\n", 2)
    file.write_text("\n".join([head, re.sub(r",(\d+\.\d)", r",\g<1>1", row, count=1), rest]), encoding="utf-8", newline="")
    assert run(root, ["stamp", str(file)]).returncode == 0


def filled(root: Path) -> None:
    """A form of next year waits in the inbox, its figures made up: it never leaves this copy."""
    from openpyxl import load_workbook

    paneled(root)
    assert run(root, ["template", "--index", "sipas", "--year", "2025"]).returncode == 0
    form = root / "data/raw/inbox/templates/sipas_2025.xlsx"
    book = load_workbook(form)
    for at, row in enumerate(book["scores"].iter_rows(min_row=3), 3):
        for cell in row[2:9]:
            cell.value = None if cell.column == 4 else round(80 + (at * 7 + cell.column) % 150 / 10, 2)
    for row in book["source"].iter_rows(min_row=2):
        made_up = {"url": "https://example.org/made-up", "transcribed": "2026-11-20"}
        row[1].value = row[1].value or made_up.get(row[0].value, "made up")
    book.save(root / "data/raw/inbox/sipas_2025.xlsx")
    shutil.rmtree(form.parent)


def paneled(root: Path) -> None:
    assert run(root, ["panel"]).returncode == 0


def estimated(root: Path) -> None:
    paneled(root)
    shutil.copytree(paths.estimates(), root / "data/processed/estimates", dirs_exist_ok=True)


def half_estimated(root: Path) -> None:
    """Estimates of two indices are missing, the others are current."""
    estimated(root)
    for index in ("dti", "sipas"):
        for file in (root / "data/processed/estimates").glob(f"*.{index}.parquet"):
            file.unlink()


def briefed(root: Path) -> None:
    """Pages of an older state stand there."""
    estimated(root)
    assert run(root, ["briefing", "--year", "2022", "--langs", "vi", "--issuer", "an older issuer"]).returncode == 0


VERBS = {
    "panel": Verb(["panel"], ("data/processed",)),
    "panel, tables of an older state": Verb(["panel"], ("data/processed",), older),
    "intake of a form": Verb(["panel"], ("data/raw/sipas", "data/raw/inbox", "data/processed"), filled),
    "template": Verb(["template", "--index", "pci", "--year", "2025"], ("data/raw/inbox",)),
    "estimates": Verb(["effects", "--all", "--jobs", "1"], ("data/processed/estimates",), half_estimated),
    "briefing": Verb(["briefing", "--year", "2022", "--langs", "vi"], ("briefings",), estimated),
    "briefing, older pages there": Verb(["briefing", "--year", "2022", "--langs", "vi"], ("briefings",), briefed),
}


def tree(root: Path, folders: tuple[str, ...]) -> dict[str, str]:
    """File → checksum, without bookkeeping."""
    return {name: digest(path) for folder in folders for path in sorted((root / folder).rglob("*"))
            if path.is_file() and not OURS.search(name := path.relative_to(root).as_posix())}


def digest(path: Path) -> str:
    """Of the content; of a workbook's parts but those that hold the time of writing."""
    if path.suffix != ".xlsx" or not zipfile.is_zipfile(path):
        return sha256(path.read_bytes())
    with zipfile.ZipFile(path) as book:
        return sha256(b"".join(book.read(name) for name in sorted(book.namelist()) if not name.startswith("docProps/")))


def restore(kept: Path, root: Path) -> None:
    for folder in ("data", "briefings"):
        shutil.rmtree(root / folder, ignore_errors=True)
        if (kept / folder).is_dir():
            shutil.copytree(kept / folder, root / folder)


def disturbed(root: Path, verb: Verb, number: int, after: float) -> None:
    """Start, wait, signal the whole group; wait until all of it is gone."""
    process = subprocess.Popen([*GOVLIB, *verb.arguments], cwd=root, env=environment(root), start_new_session=True,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, number)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def trial(name: str, verb: Verb, tries: dict[int, int], chance: random.Random, folder: Path) -> list[Result]:
    root, kept = folder / "project", folder / "kept"
    for made in (root, kept):
        shutil.rmtree(made, ignore_errors=True)
    for part in ("data/raw", "notebooks"):
        shutil.copytree(paths.root() / part, root / part, ignore=shutil.ignore_patterns("originals", "inbox", ".ipynb_checkpoints"))
    for part in ("data/institute_plan.csv", "requirements.lock", "pyproject.toml"):
        if (paths.root() / part).is_file():
            shutil.copy2(paths.root() / part, root / part)
    verb.before(root)
    kept.mkdir()
    for part in ("data", "briefings"):
        if (root / part).is_dir():
            shutil.copytree(root / part, kept / part)
    before = tree(root, verb.outputs)
    start = time.perf_counter()
    done = run(root, verb.arguments)
    took = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"{name}: undisturbed it ends with {done.returncode}: {done.stderr[-500:]}")
    right = tree(root, verb.outputs)
    results = []
    for number, times in tries.items():
        result = Result(name, signal.Signals(number).name, times, round(took, 1))
        for _ in range(times):
            restore(kept, root)
            after = chance.uniform(0.05, took)
            disturbed(root, verb, number, after)
            now = tree(root, verb.outputs)
            lost = [file for file, digest in before.items() if now.get(file) not in {digest, right.get(file)}]
            result.lost += bool(lost)
            again = run(root, verb.arguments)
            fails, differs = again.returncode != 0, tree(root, verb.outputs) != right
            result.fails, result.differs = result.fails + fails, result.differs + (differs and not fails)
            if not result.first and (lost or fails or differs):
                what = f"lost {lost[:3]}" if lost else again.stderr[-200:] if fails else "outputs differ"
                result.first = f"after {after:.2f} s: {what}"
        results.append(result)
        print(f"| {name} | {result.signal} | {times} | {result.seconds} | {result.lost} | {result.fails} | {result.differs} |"
              + (f" {result.first}" if result.first else ""), flush=True)
    return results


def main(argv: list[str] | None = None) -> int:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--kills", type=int, default=40)
    ask.add_argument("--stops", type=int, default=12)
    ask.add_argument("--verbs", default="", help=f"of {', '.join(VERBS)}; separated by semicolons")
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--json")
    args = ask.parse_args(argv)
    chosen = [v.strip() for v in args.verbs.split(";") if v.strip()] or list(VERBS)
    print("| verb | signal | times | undisturbed, s | good output lost | re-run fails | re-run differs |")
    print("|---|---|---|---|---|---|---|")
    results, chance = [], random.Random(args.seed)
    with tempfile.TemporaryDirectory(prefix="govlib-faults-") as folder:
        for name in chosen:
            results += trial(name, VERBS[name], {signal.SIGKILL: args.kills, signal.SIGINT: args.stops}, chance, Path(folder))
    if args.json:
        Path(args.json).write_text(json.dumps([asdict(r) for r in results], indent=1))
    return int(any(r.wrong for r in results))


if __name__ == "__main__":
    sys.exit(main())
