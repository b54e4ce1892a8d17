"""The same bytes from two places that differ in everything that must not matter.

    python benchmarks/reproducible.py [--effects] [--json FILE]

One copy of the project is built as here; others in a folder with spaces and đ, another time zone, locale, umask, hash seed,
on one core, with another kernel of OpenBLAS, and as on an older processor. Compared byte by byte: the panel and its companions,
with ``--effects`` all estimates (else those of here are copied), both pages of one briefing. Bookkeeping is left out, see OURS of
faults.py beside this file. Exit code 1 where a file differs.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import faults

from govlib import paths

# numpy without AVX2 and AVX-512, OpenBLAS as on a machine of 2008
OLDER = {"NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR", "OPENBLAS_CORETYPE": "Nehalem"}
WAYS: dict[str, tuple[dict[str, str], int, list[str]]] = {  # name → environment, umask, what the command is started through
    "as here": ({}, 0o022, []),
    "time zone of Viet Nam, its locale": ({"TZ": "Asia/Ho_Chi_Minh", "LC_ALL": "vi_VN.UTF-8", "LANG": "vi_VN.UTF-8"}, 0o022, []),
    "UTC−12, C locale, hash seed 7, umask 077": ({"TZ": "Etc/GMT+12", "LC_ALL": "C", "PYTHONHASHSEED": "7"}, 0o077, []),
    "one core": ({}, 0o022, ["taskset", "-c", "0"]),
    "another kernel of OpenBLAS": ({"OPENBLAS_CORETYPE": "Haswell"}, 0o022, []),
    "an older processor": (OLDER, 0o022, []),
}
OUTPUTS = ("data/processed", "briefings")


def build(root: Path, way: str, effects: bool) -> dict[str, str]:
    """File → checksum of what a way makes in ``root``."""
    for part in ("data/raw", "notebooks"):
        shutil.copytree(paths.root() / part, root / part, ignore=shutil.ignore_patterns("originals", "inbox", ".ipynb_checkpoints"))
    for part in ("data/institute_plan.csv", "requirements.lock", "pyproject.toml"):
        if (paths.root() / part).is_file():
            shutil.copy2(paths.root() / part, root / part)
    more, umask, through = WAYS[way]
    env = faults.environment(root) | more
    commands = [["panel"], ["effects", "--all"] if effects else None, ["briefing", "--year", "2024"]]
    for arguments in commands:
        if arguments is None:
            shutil.copytree(paths.estimates(), root / "data/processed/estimates", dirs_exist_ok=True)
            continue
        done = subprocess.run([*through, *faults.GOVLIB, *arguments], cwd=root, env=env, umask=umask, capture_output=True,
                              encoding="utf-8")
        if done.returncode:
            raise SystemExit(f"{way}: govlib {' '.join(arguments)} ended with {done.returncode}: {done.stderr[-800:]}")
    return faults.tree(root, OUTPUTS)


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--effects", action="store_true")
    ask.add_argument("--json")
    args = ask.parse_args()
    found: dict[str, dict[str, str]] = {}
    print("| way | files | differ |\n|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="govlib-same-") as folder:
        for k, way in enumerate(WAYS):
            if not shutil.which("taskset") and "core" in way:
                continue
            root = Path(folder) / ("plain" if not k else f"thư mục đ {k}") / "project"
            found[way] = build(root, way, args.effects)
            first = found["as here"]
            differ = sorted(name for name in {*first, *found[way]} if first.get(name) != found[way].get(name))
            print(f"| {way} | {len(found[way])} | {', '.join(differ[:6]) or 'none'}{' …' if len(differ) > 6 else ''} |", flush=True)
            shutil.rmtree(root)
    if args.json:
        Path(args.json).write_text(json.dumps(found, indent=1))
    return int(any(trees != found["as here"] for trees in found.values()))


if __name__ == "__main__":
    sys.exit(main())
