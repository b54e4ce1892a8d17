"""Faults over every verb that writes: nothing good may be lost, and a plain re-run must complete.

    python benchmarks/faults.py [--faults kill,stop,full,readonly,clock,two,delay] [--times 10] [--verbs "panel;site"] [--seed 1]

For each verb a copy of the project is brought to the state before it; an undisturbed run gives the outputs that are right.
Then, as often as asked: back to that state, the verb with a fault, and a plain run of the same verb.

* *kill*, *stop*: SIGKILL or SIGINT of the whole process group at a moment drawn uniformly over the verb's undisturbed time;
* *full*: the copy, temporary files too, lies on a small file system that is full after so many bytes, drawn between none and
  a quarter more than the verb adds (root only: it mounts a tmpfs);
* *readonly*: the folders it writes to cannot be written to (root: bind mounts; otherwise their modes);
* *clock*: the process runs, and every file was written, 400 days ago or in 400 days (Debian: faketime; without it the files'
  times only); then one published figure is corrected, and the plain run must show it;
* *two*: a second one of the same starts at a moment drawn over the time of the first;
* *delay*: one published figure is corrected and the verb runs; a second one, started while the first is at it, sees what others
  wrote only half a minute later: the old content, size and time of a changed file, nothing of a new one, no new name in a
  folder. That is how another machine sees a shared disk (NFS) whose answers it keeps. It is done in Python (``LATE_VIEW``): what a
  C library opens by itself (Arrow) is new already, so content and time may disagree, as they may there. Locks hold at once, which
  NFS of old did not promise, and a file that others removed is gone at once.

What is counted: *lost*: a file that was there is neither what it was nor what it becomes (half-written, or gone though it stays);
*fails*: the plain re-run does not end with 0; *differs*: after it, or after a fault that ended with 0, the outputs are not those
of the undisturbed run, byte by byte; *untold*: it ended in a traceback. Bookkeeping, which may differ, is what :data:`OURS`
matches: locks, notes of times, records of runs. Prints a table; exit code 1 where anything is not 0.
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
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from govlib import paths
from govlib.ledger import sha256

# locks, memory aids keyed by times, records with seconds or days in them, scratch that the next run removes
OURS = re.compile(r"(^|/)(\.lock|\.years\.json|\.digests\.json|\.panel|\.done|\.build/.*|\.manifest/.*|\.run-.*|\.[^/]*\.part|"
                  r"\.[^/]*\.tmp|__pycache__/.*|\.pull\.json|\.pages\.json|\.told\.parquet|changelog_draft\.(md|csv)|.*\.meta\.yaml\.tmp|"
                  r"notebooks/.*\.ipynb)$")
GOVLIB = [sys.executable, "-m", "govlib"]
FAULTS = ("kill", "stop", "full", "readonly", "clock", "two", "delay")
SIGNALS = {"kill": signal.SIGKILL, "stop": signal.SIGINT}
ROOMY = 3 << 30  # bytes of the file system that the copies lie on
DAYS = 400
CORRECTED = "data/raw/papi/2024.csv"  # the file with the figure that is another one later
PARTS = ("data", "briefings", "public", "forms")
GROWTH: dict[str, int] = {}  # bytes that a verb adds
_SERVER: list = []
WE_ARE_ROOT = sys.platform == "linux" and os.geteuid() == 0 and shutil.which("mount") is not None


@dataclass
class Verb:
    """A command, the folders (of the copy) that it writes to, and what makes the state before it."""

    arguments: list[str]
    outputs: tuple[str, ...]
    before: Callable[[Path], None] = lambda root: None


@dataclass
class Result:
    verb: str
    fault: str
    tries: int = 0
    seconds: float = 0.0
    lost: int = 0
    fails: int = 0
    differs: int = 0
    untold: int = 0
    first: str = ""  # the first thing that went wrong

    @property
    def wrong(self) -> int:
        return self.lost + self.fails + self.differs + self.untold


def environment(root: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GOVLIB_")}
    (root / ".tmp").mkdir(exist_ok=True)
    return kept | {"GOVLIB_ROOT": str(root), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "GOVLIB_WARM_LINGER": "0",
                   "GOVLIB_MADE": "1", "TMPDIR": str(root / ".tmp"),  # GOVLIB_MADE: the stages before are seen to here
                   **({"GOVLIB_MIRROR": _SERVER[0][0].url} if _SERVER else {})}


def start(root: Path, arguments: list[str], *wrapped: str) -> subprocess.Popen[str]:
    return subprocess.Popen([*wrapped, *GOVLIB, *arguments], cwd=root, env=environment(root), start_new_session=True, text=True,
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def run(root: Path, arguments: list[str], *wrapped: str) -> subprocess.CompletedProcess[str]:
    process = start(root, arguments, *wrapped)
    _, said = process.communicate()
    return subprocess.CompletedProcess(arguments, process.returncode, "", said)


def must(root: Path, *arguments: str) -> None:
    done = run(root, list(arguments))
    if done.returncode:
        raise SystemExit(f"govlib {' '.join(arguments)} ends with {done.returncode}: {done.stderr[-500:]}")


# ---- states ------------------------------------------------------------------------------------------------------------------
def paneled(root: Path) -> None:
    """The panel of the figures as they lie there, built once for all states that begin with it."""
    made = root.parent / "panels" / digest(root / CORRECTED)
    if not made.exists():
        must(root, "panel")
        shutil.copytree(root / "data/processed", made, ignore=shutil.ignore_patterns("estimates"))
    shutil.copytree(made, root / "data/processed", dirs_exist_ok=True, copy_function=shutil.copy)  # written now


def corrected(root: Path) -> None:
    """One published figure is another one, and its sidecar knows."""
    file = root / CORRECTED
    head, row, rest = file.read_text(encoding="utf-8").split("\n", 2)
    file.write_text("\n".join([head, re.sub(r",(\d+\.\d)", r",\g<1>1", row, count=1), rest]), encoding="utf-8", newline="")
    must(root, "stamp", str(file))


def older(root: Path) -> None:
    """Outputs of an older state stand there: every rebuild writes other ones."""
    paneled(root)
    corrected(root)


def filled(root: Path) -> None:
    """A form of next year waits in the inbox, its figures made up: it never leaves this copy."""
    from openpyxl import load_workbook

    paneled(root)
    must(root, "template", "--index", "sipas", "--year", "2025")
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


def estimated(root: Path) -> None:
    paneled(root)
    shutil.copytree(paths.estimates(), root / "data/processed/estimates", dirs_exist_ok=True)


def half_estimated(root: Path) -> None:
    """Estimates of two indices are missing, the others are current."""
    estimated(root)
    for index in ("dti", "sipas"):
        for file in (root / "data/processed/estimates").glob(f"*.{index}.parquet"):
            file.unlink()


def published(*arguments: str) -> Callable[[Path], None]:
    """What such a command makes stands there, of another issuer or an older figure."""
    def before(root: Path) -> None:
        estimated(root)
        must(root, *arguments)
        corrected(root)
        paneled(root)

    return before


def surveyed(instrument: str) -> Callable[[Path], None]:
    def before(root: Path) -> None:
        paneled(root)
        must(root, "institute", "demo", instrument, "--out", str(root / "forms"))
        for number, form in enumerate(sorted((root / "forms").glob("*.csv"))):
            os.replace(form, root / "forms" / f"{number}.csv")
        must(root, "institute", "report", instrument, "forms/0.csv", "--out", "briefings/report")

    return before


def walked(root: Path) -> None:
    """Pages of an older edition were read; the site prints another one now."""
    from kit import origins

    from govlib.collect.readers import pci_site_table

    sites, made = server()
    for year in (2021, 2022):
        for lang, url in pci_site_table.PAGES.items():
            sites.pages[url.removeprefix("https://")] = origins.whole_table(made, year, lang)
        if year == 2021:
            must(root, *PULL)


def server():
    """The publishers' sites on loopback, made from the panel's own figures, and those figures."""
    from kit import origins

    if not _SERVER:
        _SERVER.append((origins.Sites(), origins.pci()))
    return _SERVER[0]


PULL = ["pull", "pci-site-whole-table", "--again"]
BRIEFING = ["briefing", "--year", "2022", "--langs", "vi"]
DEPARTMENTS, OFFICE, COMPARE = (["--year", "2024", "--langs", "vi"],) * 3
FEW = ["briefings", "--provinces", "bac-ninh,ca-mau", "--year", "2024", "--langs", "vi,en", "--jobs", "2"]
VERBS = {
    "panel": Verb(["panel"], ("data/processed",)),
    "panel, tables of an older state": Verb(["panel"], ("data/processed",), older),
    "intake of a form": Verb(["panel"], ("data/raw/sipas", "data/raw/inbox", "data/processed"), filled),
    "template": Verb(["template", "--index", "pci", "--year", "2025"], ("data/raw/inbox",)),
    "pull, older pages there": Verb(PULL, ("data/raw/originals",), walked),
    "estimates": Verb(["effects", "--all", "--jobs", "1"], ("data/processed",), half_estimated),
    "briefing": Verb(BRIEFING, ("briefings",), estimated),
    "briefing, older pages there": Verb(BRIEFING, ("briefings",), published(*BRIEFING, "--issuer", "an older issuer")),
    "briefings": Verb(FEW, ("briefings",), published(*FEW, "--issuer", "an older issuer")),
    "departments": Verb(["departments", *DEPARTMENTS], ("briefings",), published("departments", *DEPARTMENTS)),
    "office": Verb(["office", *OFFICE], ("briefings",), published("office", *OFFICE)),
    "compare": Verb(["compare", *COMPARE], ("briefings",), published("compare", *COMPARE)),
    "institute report": Verb(["institute", "report", "satisfaction", "forms/1.csv", "--out", "briefings/report"], ("briefings",),
                             surveyed("satisfaction")),
    "site": Verb(["site"], ("public",), published("site")),
}


# ---- what stands there -------------------------------------------------------------------------------------------------------
def tree(root: Path, folders: tuple[str, ...]) -> dict[str, str]:
    """File → checksum, without bookkeeping."""
    return {name: digest(path) for folder in folders for path in sorted((root / folder).rglob("*"))
            if path.is_file() and not OURS.search(name := path.relative_to(root).as_posix())}


def digest(path: Path) -> str:
    """Of the content; of an office file's parts but those that hold the time of writing."""
    if path.suffix not in {".xlsx", ".docx", ".pptx"} or not zipfile.is_zipfile(path):
        return sha256(path.read_bytes())
    with zipfile.ZipFile(path) as book:
        return sha256(b"".join(book.read(name) for name in sorted(book.namelist()) if not name.startswith("docProps/")))


def copy(here: Path, there: Path) -> None:
    for part in (*PARTS, ".tmp"):
        shutil.rmtree(there / part, ignore_errors=True)
        if part != ".tmp" and (here / part).is_dir():
            shutil.copytree(here / part, there / part)


def ended(process: subprocess.Popen[str], seconds: float = 300) -> str:
    """What it said, once all of its group is gone."""
    try:
        said = process.communicate(timeout=seconds)[1]
    except subprocess.TimeoutExpired:
        said = "did not end"
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return said


# ---- faults: each leaves the copy as after the fault, and says what the verb said and ended with ---------------------------------
def signalled(number: int):
    def fault(root: Path, verb: Verb, took: float, chance: random.Random) -> tuple[int | None, str]:
        process, after = start(root, verb.arguments), chance.uniform(0.05, took)
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, number)
        ended(process, 60)
        return None, f"after {after:.2f} s"

    return fault


def mount(*arguments: object) -> None:
    subprocess.run(["mount", *map(str, arguments)], check=True)


def full(root: Path, verb: Verb, took: float, chance: random.Random) -> tuple[int | None, str]:
    disk, used = root.parent, (at := os.statvfs(root)).f_frsize * (at.f_blocks - at.f_bfree)
    room = int(chance.uniform(0, 1.25) * GROWTH[verb.arguments[0]])
    mount("-o", f"remount,size={used + room}", disk)
    try:
        done = run(root, verb.arguments)
    finally:
        mount("-o", f"remount,size={ROOMY}", disk)
    return done.returncode, f"{room} bytes free: {done.stderr}"


def readonly(root: Path, verb: Verb, took: float, chance: random.Random) -> tuple[int | None, str]:
    folders = [root / name for name in verb.outputs]
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
        if WE_ARE_ROOT:
            mount("--bind", folder, folder)
            mount("-o", "remount,ro,bind", folder)
        else:
            modes(folder, 0o555)
    try:
        done = run(root, verb.arguments)
    finally:
        for folder in folders:
            subprocess.run(["umount", folder], check=True) if WE_ARE_ROOT else modes(folder, 0o755)
    return done.returncode, done.stderr


def modes(folder: Path, mode: int) -> None:
    for place in (folder, *(p for p in folder.rglob("*") if p.is_dir())):
        place.chmod(mode)


def clock(root: Path, verb: Verb, took: float, chance: random.Random) -> tuple[int | None, str]:
    days = chance.choice([-DAYS, DAYS])
    shift(root, days)
    faked = ["faketime", "-f", f"{days:+d}d"] if shutil.which("faketime") else []
    done = run(root, verb.arguments, *faked)
    shift(root, days)
    corrected(root)
    return done.returncode, f"{days:+d} days: {done.stderr}"


def shift(root: Path, days: int) -> None:
    then = time.time() + days * 86400
    for part in PARTS:
        for path in (root / part).rglob("*"):
            os.utime(path, (then, then))


def two(root: Path, verb: Verb, took: float, chance: random.Random) -> tuple[int | None, str]:
    first, after = start(root, verb.arguments), chance.uniform(0, took)
    time.sleep(after)
    second = run(root, verb.arguments)
    said = ended(first)
    return first.returncode or second.returncode, f"the second after {after:.2f} s: {said} {second.stderr}"


LATE = 30  # seconds until others' changes are seen
LATE_VIEW = """
import builtins, io, os, stat, time

ROOT, KEPT, MINE, LATE = (os.environ["LATE_" + name] for name in ("ROOT", "KEPT", "MINE", "SECONDS"))
plain = {name: getattr(os, name) for name in ("stat", "lstat", "open", "scandir", "listdir", "replace", "rename")}
plain_open = io.open


def inside(path):
    try:
        full = os.path.abspath(os.fspath(path))
    except TypeError:  # a number of an open file
        return None
    return full if isinstance(full, str) and full.startswith(ROOT + "/") and not full.startswith(ROOT + "/.tmp/") else None


def wrote(path):
    if full := inside(path):
        with plain_open(MINE, "a", encoding="utf-8") as notes:
            notes.write(full + "\\n")


def seen(path):
    full = inside(path)
    try:
        at = plain["stat"](full) if full else None
    except OSError:
        return path
    if at is None or not stat.S_ISREG(at.st_mode) or time.time() - at.st_mtime > float(LATE):
        return path
    try:
        with plain_open(MINE, encoding="utf-8") as notes:
            if full in notes.read().split("\\n"):
                return path
    except FileNotFoundError:
        pass
    return KEPT + full[len(ROOT):]


def late_open(file, mode="r", *more, **named):
    if set(mode) & set("wax+"):
        wrote(file)
        return plain_open(file, mode, *more, **named)
    return plain_open(seen(file), mode, *more, **named)


def late_os_open(path, flags, *more, **named):
    if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        wrote(path)
        return plain["open"](path, flags, *more, **named)
    return plain["open"](seen(path), flags, *more, **named)


def moved(name):
    def move(source, target, **named):
        wrote(target)
        return plain[name](source, target, **named)

    return move


class Entries:
    def __init__(self, path):
        self.entries, self.folder = plain["scandir"](path), path

    def __iter__(self):
        return self

    def __next__(self):
        entry = next(self.entries)
        return entry if there(entry.path) else next(self)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.entries.close()


def there(path):
    return (known := seen(path)) == path or os.path.lexists(known)


builtins.open = io.open = late_open
os.open = late_os_open
os.stat = lambda path, *more, **named: plain["stat"](seen(path), *more, **named)
os.lstat = lambda path, *more, **named: plain["lstat"](seen(path), *more, **named)
os.replace, os.rename = moved("replace"), moved("rename")
os.scandir = lambda path=".": plain["scandir"](path) if isinstance(path, (int, bytes)) else Entries(path)
os.listdir = lambda path=".": [name for name in plain["listdir"](path)
                               if isinstance(path, (int, bytes)) or there(os.path.join(path, name))]
"""


def delay(root: Path, verb: Verb, took: float, chance: random.Random) -> tuple[int | None, str]:
    corrected(root)
    if verb.arguments != ["panel"]:
        paneled(root)
    hook = root.parent / "late"
    shutil.rmtree(hook, ignore_errors=True)
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(LATE_VIEW)
    modules = os.pathsep.join(filter(None, [str(hook), os.environ.get("PYTHONPATH")]))
    view = {"PYTHONPATH": modules, "LATE_ROOT": root, "LATE_KEPT": root.parent / "kept", "LATE_MINE": hook / "mine",
            "LATE_SECONDS": LATE}
    first, after = start(root, verb.arguments), chance.uniform(0, took)
    time.sleep(after)
    second = run(root, verb.arguments, "env", *(f"{name}={value}" for name, value in view.items()))
    said = ended(first)
    return first.returncode or second.returncode, f"late after {after:.2f} s: {said} {second.stderr}"


DOES = {**{name: signalled(number) for name, number in SIGNALS.items()},
        "full": full, "readonly": readonly, "clock": clock, "two": two, "delay": delay}


def used(root: Path) -> int:
    return sum(path.stat().st_size + 4096 for part in (*PARTS, ".tmp") for path in (root / part).rglob("*"))


def trial(name: str, verb: Verb, tries: dict[str, int], chance: random.Random, folder: Path) -> list[Result]:
    root, kept = folder / "project", folder / "kept"
    for made in (root, kept):
        shutil.rmtree(made, ignore_errors=True)
    for part in ("data/raw", "notebooks"):
        shutil.copytree(paths.root() / part, root / part, ignore=shutil.ignore_patterns("originals", "inbox", ".ipynb_checkpoints"))
    for part in ("data/institute_plan.csv", "requirements.lock", "pyproject.toml", "README.md", "docs"):
        if (paths.root() / part).exists():
            (shutil.copytree if (paths.root() / part).is_dir() else shutil.copy2)(paths.root() / part, root / part)
    verb.before(root)
    kept.mkdir()
    copy(root, kept)
    before, size = tree(root, verb.outputs), used(root)
    begun = time.perf_counter()
    must(root, *verb.arguments)
    took = time.perf_counter() - begun
    right = tree(root, verb.outputs)
    replaced = sum((root / f).stat().st_size + 4096 for f in right if right[f] != before.get(f))
    GROWTH[verb.arguments[0]] = max(used(root) - size, replaced, 1 << 16)
    later = {}
    if tries.get("clock") or tries.get("delay"):
        copy(kept, root)
        corrected(root)
        if verb.arguments != ["panel"]:
            paneled(root)
        must(root, *verb.arguments)
        later = tree(root, verb.outputs)
    results = []
    for fault, times in tries.items():
        result = Result(name, fault, times, round(took, 1))
        for _ in range(times):
            copy(kept, root)
            code, said = DOES[fault](root, verb, took, chance)
            now, wanted = tree(root, verb.outputs), later if fault in {"clock", "delay"} else right
            lost = [file for file, digested in before.items() if now.get(file) not in {digested, right.get(file), wanted.get(file)}]
            early = code == 0 and fault in {"full", "readonly", "two"} and now != right
            if fault == "clock" and verb.arguments != ["panel"]:
                must(root, "panel")
            again = run(root, verb.arguments)
            fails, differs = again.returncode != 0, tree(root, verb.outputs) != wanted
            untold = "Traceback" in said
            result.lost, result.fails = result.lost + bool(lost), result.fails + fails
            result.differs, result.untold = result.differs + (early or differs and not fails), result.untold + untold
            if not result.first and (lost or fails or differs or early or untold):
                what = (f"lost {lost[:3]}" if lost else again.stderr[-300:] if fails else
                        f"differs {unlike(root, verb, wanted)}" if early or differs else said[-600:])
                result.first = f"{said[:40]}: {what}".replace("\n", " ")
        results.append(result)
        cells = (name, fault, times, result.seconds, result.lost, result.fails, result.differs, result.untold)
        print(f"| {' | '.join(map(str, cells))} |", result.first, flush=True)
    return results


def unlike(root: Path, verb: Verb, wanted: dict[str, str]) -> list[str]:
    now = tree(root, verb.outputs)
    return [name for name in sorted({*now, *wanted}) if now.get(name) != wanted.get(name)][:3]


@contextmanager
def place(small: bool):
    """A folder for the copies, with a short name; a file system of its own where disks shall be full."""
    with tempfile.TemporaryDirectory(prefix="gf-", dir="/tmp" if os.name == "posix" else None) as folder:
        if small:
            mount("-t", "tmpfs", "-o", f"size={ROOMY}", "tmpfs", folder)
        try:
            yield Path(folder)
        finally:
            if small:
                subprocess.run(["umount", "-l", folder], check=False)


def main(argv: list[str] | None = None) -> int:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--faults", default=",".join(FAULTS))
    ask.add_argument("--times", type=int, default=10, help="of each fault on each verb")
    ask.add_argument("--verbs", default="", help=f"of {'; '.join(VERBS)}; separated by semicolons")
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--json")
    args = ask.parse_args(argv)
    chosen = [v.strip() for v in args.verbs.split(";") if v.strip()] or list(VERBS)
    tries = {fault: args.times for fault in args.faults.split(",")}
    for wrong, known in ((set(chosen) - set(VERBS), VERBS), (set(tries) - set(FAULTS), FAULTS)):
        if wrong:
            ask.error(f"no such: {'; '.join(sorted(wrong))} (there are: {'; '.join(known)})")
    if "full" in tries and not WE_ARE_ROOT:
        print("full: left out, only root may mount a small disk", file=sys.stderr)
        del tries["full"]
    if "readonly" in tries:
        tries["readonly"] = 1  # nothing about it is drawn
    print("| verb | fault | times | undisturbed, s | good output lost | re-run fails | differs | untold |")
    print("|---|---|---|---|---|---|---|---|")
    results, chance = [], random.Random(args.seed)
    with place("full" in tries) as folder:
        for name in chosen:
            results += trial(name, VERBS[name], tries, chance, folder)
    if args.json:
        Path(args.json).write_text(json.dumps([asdict(r) for r in results], indent=1))
    return int(any(r.wrong for r in results))


if __name__ == "__main__":
    sys.exit(main())
