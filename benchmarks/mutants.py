"""Mutation testing by mutmut: one small change of a module after another, and whether the tests of its room see it.

    pip install mutmut; python benchmarks/mutants.py [govlib/reading/moved.py …] [--most 80] [--seed 1] [--tests "tests/a.py …"]

The last commit is cloned into an empty folder, with no publishers' files beside it; the built panel goes along. There mutmut
changes the functions of the module, and runs for each change those of the module's tests (:data:`TESTS`) that call the changed
function, in a fork that has read the tests but run none: no cache of a run before hides a change. Its limit counts processor
seconds, so a busy machine kills nothing. With more changes than ``--most`` a draw by ``--seed`` is taken. Prints what lived as a
diff and a line for each module: its changes, those tried, seen (of which without end), alive, share seen. Exit code 1 below 85 %.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = """
[tool.mutmut]
source_paths = ["govlib"]
only_mutate = [{module}]
also_copy = ["data", "docs", "notebooks", "benchmarks", "README.md", "CHANGELOG.md", "CITATION.cff", "LICENSE", "Makefile"]
pytest_add_cli_args_test_selection = {tests}
pytest_add_cli_args = ["-p", "no:cacheprovider", "-o", "addopts=--import-mode=importlib", "--timeout=0",
                       "-m", "not slow and not browser and not shared"]
process_isolation = "forkserver"
use_git_change_detection = false
track_dependencies = false
timeout_constant = 10.0
"""
SEEN, ENDLESS = (1, 3), (-24, -9, 24, 36, 152, 255)  # mutmut's exit codes of a change
FORMS = " ".join(f"tests/forms/test_{name}.py" for name in ("book", "xls", "seen", "seen_told", "table"))
INFERENCE = "tests/did/test_inference_by_hand.py tests/did/test_refusals.py"
ESTIMATES = "tests/did/test_by_hand.py tests/did/test_controls.py"
TESTS = {
    "govlib/known/provinces.py": "tests/known/test_provinces.py",
    "govlib/panel/choose.py": "tests/panel/test_choose.py",
    "govlib/panel/build.py": "tests/panel/test_build.py",
    "govlib/panel/schemas.py": "tests/panel/test_schemas.py",
    "govlib/panel/gaps.py": "tests/panel/test_gaps.py",
    "govlib/collect/checks.py": "tests/collect/test_checks.py",
    "govlib/reading/board.py": "tests/reading/test_board.py",
    "govlib/reading/comparisons.py": "tests/reading/test_comparisons.py tests/reading/test_board.py",
    "govlib/reading/thresholds.py": "tests/reading/test_thresholds.py",
    "govlib/reading/targets.py": "tests/reading/test_targets.py",
    "govlib/reading/outlook.py": "tests/reading/test_targets.py tests/reading/test_outlook.py",
    "govlib/reading/moved.py": "tests/reading/test_moved.py",
    "govlib/reading/nation.py": "tests/reading/test_nation.py",
    "govlib/reading/priorities.py": "tests/reading/test_priorities.py",
    "govlib/did/grades.py": "tests/did/test_grades.py",
    "govlib/did/pooling.py": "tests/did/test_pooling.py",
    "govlib/did/weights.py": "tests/did/test_weights.py",
    "govlib/did/spillover.py": "tests/did/test_spillover.py",
    "govlib/effects/ends.py": "tests/effects/test_ends.py",
    **{f"govlib/did/{name}.py": "tests/did/test_synthetic_plainly.py" for name in ("synthetic", "synthetic_did")},
    "govlib/did/specs.py": "tests/did/test_specs.py",
    "govlib/did/inference/honest.py": "tests/did/test_honest_limits.py",
    "govlib/did/multiple_testing.py": "tests/did/test_refusals.py tests/did/test_design_by_hand.py",
    "govlib/did/fitting.py": f"tests/did/test_fitting_by_hand.py {ESTIMATES}",
    "govlib/did/group_time.py": ESTIMATES,
    **{f"govlib/did/{name}.py": "tests/did/test_rows.py" for name in ("engine", "results")},
    "govlib/did/bacon.py": "tests/did/test_bacon_by_hand.py",
    "govlib/did/imputed.py": f"{ESTIMATES} tests/did/test_same_numbers.py",
    **{f"govlib/did/estimators/{name}.py": f"{ESTIMATES} tests/did/test_estimator_samples.py"
       for name in ("callaway_santanna", "differences", "dose", "imputation", "lp_did", "sun_abraham", "twfe")},
    "govlib/did/ols.py": "tests/did/test_batch_by_hand.py",
    "govlib/did/batch.py": "tests/did/test_batch_by_hand.py",
    "govlib/did/panel.py": "tests/did/test_panel.py tests/did/test_bad_input.py",
    **{f"govlib/did/inference/{name}.py": INFERENCE for name in ("cluster", "conley", "randomization", "wild")},
    "govlib/did/inference/noise.py": "tests/did/test_noise.py tests/did/test_inference_by_hand.py",
    **{f"govlib/did/inference/{name}.py": "tests/did/test_refusals.py tests/did/test_design_by_hand.py"
       for name in ("equivalence", "power", "pretrend")},
    "govlib/effects/quoted.py": "tests/effects/test_quoted.py",
    "govlib/effects/own_file.py": "tests/effects/test_own_file.py",
    "govlib/effects/sample.py": "tests/effects/test_sample.py",
    "govlib/effects/study.py": "tests/effects/test_study_made_up.py",
    "govlib/institute/survey.py": "tests/institute/test_satisfaction_form.py tests/institute/test_ddci_form.py",
    **{f"govlib/institute/{name}/form.py": f"tests/institute/test_{name}_form.py"
       for name in ("ddci", "operations", "par", "satisfaction")},
    "govlib/effects/settled.py": "tests/effects/test_settle.py",
    "govlib/run/verify.py": "tests/run/test_verify_parts.py",
    "govlib/ledger.py": "tests/test_ledger_parts.py",
    "govlib/known/reforms.py": "tests/known/test_reforms_made_up.py",
    **{f"govlib/forms/{name}.py": FORMS
       for name in ("table", "book", "number_formats", "xls", "xlsx", "seen")},
    "govlib/forms/grid.py": "tests/forms/test_grid.py tests/forms/test_seen.py",
    "govlib/forms/encodings.py": "tests/forms/test_encodings.py",
    "govlib/forms/old_fonts.py": "tests/forms/test_encodings.py",
    **{f"govlib/collect/readers/{name}.py": "tests/collect/test_small_pages.py"
       for name in ("pages", "datasets", "pci_site_table", "pxweb")},
    "govlib/collect/readers/papi.py": "tests/collect/test_papi_rules.py tests/collect/test_readers.py",
    "govlib/collect/readers/papi_indicators.py": "tests/collect/test_readers.py",
    "govlib/collect/readers/pci_items.py": "tests/collect/test_pci_items.py",
    "govlib/collect/download.py": "tests/collect/test_download.py tests/collect/test_pull.py",
    "govlib/collect/pull.py": "tests/collect/test_pull_told.py tests/collect/test_pull.py",
    "govlib/collect/inbox/check.py": "tests/collect/test_inbox_told.py tests/collect/test_inbox_forms.py",
    "govlib/collect/inbox/take_in.py":
        "tests/collect/test_inbox_told.py tests/collect/test_inbox_forms.py tests/collect/test_inbox_intake.py",
    "govlib/collect/cells.py": "tests/collect/test_cells.py",
    "govlib/collect/readers/pci.py": "tests/collect/test_readers.py",
    "govlib/collect/readers/pci_tables.py": "tests/collect/test_pci_tables.py tests/collect/test_readers.py",
}


def mutmut(folder: Path, *arguments: str) -> str:
    done = subprocess.run([sys.executable, "-m", "mutmut", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def codes(folder: Path, name: str) -> dict[str, int | None]:
    """Each change of the module, and how its tests ended (None: not tried)."""
    told = folder / "mutants" / f"{name}.meta"
    return json.loads(told.read_text(encoding="utf-8"))["exit_code_by_key"] if told.exists() else {}


def module(folder: Path, name: str, tests: list[str], most: int, seed: int) -> float:
    """The share of the module's changes that are seen."""
    shutil.rmtree(folder / "mutants", ignore_errors=True)
    subprocess.run(["git", "checkout", "-q", "pyproject.toml"], cwd=folder, check=True)
    with (folder / "pyproject.toml").open("a", encoding="utf-8") as settings:
        settings.write(SETTINGS.format(module=json.dumps(name), tests=json.dumps(tests)))
    said = mutmut(folder, "run", "--max-children", "2", "none*")  # makes the changes, finds which test calls what
    found = sorted(codes(folder, name))
    if not found:
        raise SystemExit(f"{name}: mutmut made no change of it:\n{said[-2000:]}")
    chosen = found if len(found) <= most else sorted(random.Random(seed).sample(found, most))
    said = mutmut(folder, "run", "--max-children", "2", *chosen)
    ended = {change: codes(folder, name)[change] for change in chosen}
    if None in ended.values():
        raise SystemExit(f"{name}: its tests did not run:\n{said[-2000:]}")
    endless = sum(code in ENDLESS for code in ended.values())
    alive = [change for change, code in ended.items() if code not in SEEN + ENDLESS]
    for change in alive:
        print(mutmut(folder, "show", change), flush=True)
    seen = len(chosen) - len(alive)
    share = seen / len(chosen)
    print(f"| {name} | {len(found)} | {len(chosen)} | {seen} | {endless} | {len(alive)} | {share:.0%} |", flush=True)
    return share


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("modules", nargs="*", default=list(TESTS))
    ask.add_argument("--most", type=int, default=80)
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--tests", help="others than those of the table, separated by spaces")
    args = ask.parse_args()
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MPLBACKEND="Agg")
    with tempfile.TemporaryDirectory(prefix="mutants-") as place:
        folder = Path(place) / "clone" / "project"
        subprocess.run(["git", "clone", "-q", ROOT, folder], check=True)
        shutil.copytree(ROOT / "data/processed", folder / "data/processed", dirs_exist_ok=True)
        shares = [module(folder, name, (args.tests or TESTS[name]).split(), args.most, args.seed) for name in args.modules]
    return int(min(shares) < 0.85)


if __name__ == "__main__":
    sys.exit(main())
