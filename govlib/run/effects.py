"""``govlib effects``: one specification on the command line, or ``--all`` for `make effects`."""

from __future__ import annotations

import argparse
import contextlib
import shlex
import sys
from collections.abc import Sequence
from typing import Any

import pandas as pd

from govlib.did import ESTIMATORS
from govlib.effects import estimate, line, own_file, run_all, sentence
from govlib.effects.engine import INFERENCE
from govlib.effects.sample import OUTCOMES, SAMPLE_RULES
from govlib.errors import BadInput
from govlib.forms.problems import say
from govlib.forms.write import frame_csv
from govlib.known import reforms
from govlib.run import whole
from govlib.run.jobs import check_jobs
from govlib.run.pool import cores
from govlib.run.stages import run_stage
from govlib.words.tables import language, phrase

OF_ALL = ("force", "out", "jobs")  # what only --all takes
OF_PANEL = ("unit", "time", "outcomes", "cohort", "treated", "region", "aimed")


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="govlib effects", description="Effect of a reform on an index's components.",
                                epilog=f"estimators: {', '.join(sorted(ESTIMATORS))}")
    p.add_argument("--all", action="store_true", help="every reform and index; writes data/processed/estimates")
    p.add_argument("--force", action="store_true", help="with --all: also what has not changed")
    p.add_argument("--out", help="with --all: another folder")
    p.add_argument("--jobs", type=int, default=0, help="with --all: processes; as many as cores unless told")
    p.add_argument("--notebook", action="store_true",
                   help="run notebooks/3_estimate_effects for --index and --reform, and keep it under data/processed/notebooks")
    own = p.add_argument_group("a panel of one's own, in place of --index and --reform")
    own.add_argument("--panel", metavar="FILE", help="CSV, parquet, Stata or Excel file, one row a unit and period")
    own.add_argument("--unit", help="its column of units")
    own.add_argument("--time", help="its column of periods: whole numbers or dates")
    own.add_argument("--outcomes", help="its columns of outcomes, with commas")
    own.add_argument("--cohort", help="its column with the first exposed period, empty for never")
    own.add_argument("--treated", help="or its column that is 1 where exposed, else 0")
    own.add_argument("--region", help="its column of units that move together")
    own.add_argument("--aimed", help="the outcomes named beforehand, with commas; all by default")
    p.add_argument("--index", help="pci, papi, …")
    p.add_argument("--component", help="one or several with commas; all components by default")
    p.add_argument("--reform", help="a reform's id (data/raw/reforms/reforms.csv)")
    p.add_argument("--years", help="2006:2012, both ends in")
    p.add_argument("--estimator", default="twfe", help="one of the estimators below")
    p.add_argument("--outcome", default="score", help=", ".join(OUTCOMES))
    p.add_argument("--inference", default="crv1", help=f"one or several with commas: {', '.join(INFERENCE)}")
    p.add_argument("--sample-rule", default=SAMPLE_RULES[0], help=", ".join(SAMPLE_RULES))
    p.add_argument("--exposure-rule", default=reforms.RULES[0], help=", ".join(reforms.RULES))
    p.add_argument("--reading", default="early", help=", ".join(reforms.READINGS))
    p.add_argument("--controls", default="", help="variables of the controls table, with commas; log: before a name")
    p.add_argument("--exclude", default="", help="provinces to leave out, with commas")
    p.add_argument("--singletons", default="refuse", choices=("refuse", "drop"),
                   help="a province with one figure only: refuse, or drop it")
    p.add_argument("--province", help="for synthetic control and synthetic DiD: the treated province")
    p.add_argument("--option", action="append", default=[], metavar="NAME=VALUE",
                   help="an estimator's own option: dose=urban_share, by=log:grdp, horizon=3; may be given again")
    p.add_argument("--lang", choices=("vi", "en"), help="language of the sentences; that of all messages unless told")
    p.add_argument("--json", action="store_true", help="rows as JSON")
    p.add_argument("--csv", action="store_true", help="rows as CSV")
    return p


def main(argv: Sequence[str] | None = None) -> int:
    """Run one specification and print it; 0 if it could be estimated. Errors a user can mend are raised."""
    p = parser()
    given = sys.argv[1:] if argv is None else list(argv)
    args = p.parse_args(given)
    _together(args)
    if args.notebook or args.all and not args.out:
        whole.in_project()
    if args.all:
        jobs = check_jobs(args.jobs or None) or cores()
        whole.ahead("effects")
        with contextlib.nullcontext() if args.out else whole.making("estimates"):  # another folder's are not the project's
            written = run_all(args.out, force=args.force, jobs=jobs,
                              report=lambda made: print(made, flush=True))
        print(phrase("told.tables" if written else "told.nothing", language(), n=len(written)))
        return 0
    if not args.panel and not (args.index and args.reform):
        raise BadInput("say which --index and which --reform, or --panel, or --all", fix="govlib effects --help")
    if args.notebook:
        print(run_stage("3_estimate_effects", {"index": args.index, "reform": args.reform}))
        return 0
    options = _options(args)
    of_one = [name for name, entry in ESTIMATORS.items() if "unit" in entry.options]
    if args.province and args.estimator in ESTIMATORS.keys() - {*of_one}:
        raise BadInput(say("estimator {name} has no option {option}", name=args.estimator, option="--province"),
                       column="--estimator", fix=say("one of {choices}", choices=", ".join(of_one)))
    _show(_own(args, options) if args.panel else
          estimate(args.index, _list(args.component) or None, reform=args.reform, years=args.years,
                   estimator=args.estimator, outcome=args.outcome, inference=_list(args.inference),
                   sample_rule=args.sample_rule, exposure_rule=args.exposure_rule, reading=args.reading,
                   controls=_list(args.controls), exclude=_list(args.exclude), singletons=args.singletons, **options), args, given)
    return 0


def _together(args: argparse.Namespace) -> None:
    """Nothing that was asked for is left out of account. Raises BadInput for what this way of asking does not take."""
    unasked = parser().parse_args([])
    given = [name for name in vars(args) if getattr(args, name) != getattr(unasked, name)]
    way = next((name for name in ("all", "notebook", "panel") if name in given), "")
    taken = {"all": {"all", *OF_ALL, "lang"}, "notebook": {"notebook", "index", "reform", "lang"}}.get(
        way, {*vars(args)} - {*OF_ALL, *(() if way else OF_PANEL)})
    for name in given:
        if name not in taken:
            option = f"--{name.replace('_', '-')}"
            other = f"--{way}" if way in ("all", "notebook") else "--all" if name in OF_ALL else "--panel"
            raise BadInput(say("{option} does not go with {other}", option=option, other=other) if other == f"--{way}" else
                           say("{option} goes with {other} only", option=option, other=other), fix="govlib effects --help")
    if args.json and args.csv:
        raise BadInput(say("{option} does not go with {other}", option="--csv", other="--json"), fix="govlib effects --help")


def _options(args: argparse.Namespace) -> dict[str, Any]:
    """The estimator's own options."""
    options: dict[str, Any] = {"province": args.province} if args.province else {}
    for text in args.option:
        name, equals, value = text.partition("=")
        if not equals:
            raise BadInput("an option is written name=value", column="option", value=text)
        options[name] = int(value) if value.isdecimal() else value
    return options


def _own(args: argparse.Namespace, options: dict[str, Any]) -> pd.DataFrame:
    """The estimate on a researcher's own file."""
    unasked = parser().parse_args([])
    for name in ("index", "component", "years", "outcome", "sample_rule", "exposure_rule", "reading", "exclude"):
        if getattr(args, name) != getattr(unasked, name):
            raise BadInput("this choice is of the project's own panel", column=name, value=getattr(args, name),
                           fix="choose the rows of data beforehand")
    columns = {"cohort": args.cohort, "treated": args.treated, "region": args.region, "aimed": tuple(_list(args.aimed)),
               "controls": _list(args.controls), "unit": args.unit, "time": args.time, "outcome": _list(args.outcomes)}
    if args.province:
        options["treated_unit"] = options.pop("province")
    own_file.there(args.panel)
    for name, option in (("unit", "--unit"), ("time", "--time"), ("outcome", "--outcomes")):
        if not columns[name]:
            fix = say("{option} and a column of the file", option=option)
            raise BadInput(f"which column is the {name}?", column=option, fix=fix)
    if bool(args.cohort) == bool(args.treated):
        raise BadInput("say when units are exposed, by --cohort or by --treated (one of them)")
    data, rows = own_file.read(args.panel, (*columns["outcome"], *columns["controls"]),
                               [str(columns[name]) for name in ("unit", "time", "region", "cohort", "treated") if columns[name]])
    for column in (args.time, args.cohort):
        if column in data.columns and data[column].dtype.kind not in "iufM":
            try:
                data[column] = own_file.times([None if pd.isna(cell) else str(cell) for cell in data[column]])
            except own_file.NotADay as error:
                raise BadInput("not a date", file=args.panel, row=rows[error.at], column=column, value=error.text,
                               fix="write YYYY-MM-DD") from None
    if args.treated in data.columns and not pd.api.types.is_numeric_dtype(data[args.treated]):
        data[args.treated] = data[args.treated].replace(own_file.TRUTHS)
    try:
        return estimate(data=data, estimator=args.estimator, reform=args.reform or "", inference=_list(args.inference),
                        singletons=args.singletons, **options, **{name: column for name, column in columns.items() if column})
    except BadInput as error:
        row = rows[error.row - 2] if error.row else None  # the table's rows, where the file may have had blank ones
        raise BadInput(error.problem, file=args.panel, row=row, column=error.column, value=error.value, fix=error.fix) from None


def _show(table: pd.DataFrame, args: argparse.Namespace, given: Sequence[str]) -> None:
    if args.json:
        print(table.to_json(orient="records", force_ascii=False, double_precision=15, indent=2))
    elif args.csv:
        sys.stdout.write(frame_csv(table, bom=False, line_end="\n"))
    else:
        shown = table[table["term"] != "event"]
        columns = ["component", "term", "estimate", "std_error", "ci_low", "ci_high", "p_value", "p_adjusted", "inference",
                   "n_obs", "n_treated", "grade"]
        print(shown[columns].to_string(index=False, float_format=lambda v: f"{v:.4f}"))
        print()
        for row in shown.drop_duplicates(["component", "term"]).to_dict("records"):
            print("•", sentence(row, args.lang or language()))
        print(f"\n$ govlib effects {shlex.join(given)}" if args.panel else f"\n>>> {line(shown.iloc[0])}")


def _list(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]
