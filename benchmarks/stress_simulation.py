"""The second half of `docs/simulation_report.md`: tests where provinces are not alike, from `govlib.effects.stress`.

    python benchmarks/stress_simulation.py [panels of imputation]

Replaces what stands between the two marks of the report; `benchmarks/effects_simulation.py` leaves it as it is. What pages say of a
test's real size (`govlib.did.grades.REAL_SIZE`) is the range of this table; a test compares them.
"""

from __future__ import annotations

import sys

from govlib import paths
from govlib.effects import stress

BEGIN, END = "<!-- stress: begin -->", "<!-- stress: end -->"
LOW, HIGH = 0.03, 0.07
TEXT = """## Where provinces are not alike

Written by `python benchmarks/stress_simulation.py` from `govlib.effects.stress`. Above, a reform falls on provinces that
have been shuffled, so a test that takes them for alike cannot fail. Here it falls on the noisiest provinces, the quietest,
one region, or by lot, and noise is invented: provinces differ persistently (standard deviation {spread} of the logarithm;
measured in PCI: .69 to 1.28), regions share .01, .16 or .40 of it, its memory is .3 or .7; surveys' own error and missing
cells are tried at the middle values.

`plain`: the permutation or placebo test that takes provinces for alike, as it was. `scaled`: each estimate over the noise of
the provinces that carry it and of their regions (`govlib/did/inference/noise.py`), as it is. Both at 5 % without any effect;
coverage is of the 95 % interval, the inversion of the scaled test. Imputation on {many} panels a case (simulation error
{error:.3f}), synthetic DiD on {few} ({error_few:.3f}).

- **Imputation:** the plain test rejects in {plain_low:.3f} to {plain_high:.3f}, the scaled one in {low:.3f} to {high:.3f};
  coverage is {cover_low:.3f} to {cover_high:.3f}. {inside} of {all} cases are within {bar_low} to {bar_high}.
- **Synthetic DiD:** plain {sdid_plain_low:.3f} to {sdid_plain_high:.3f}, scaled {sdid_low:.3f} to {sdid_high:.3f};
  on average {sdid_three:.3f} with three treated and {sdid_one:.3f} with one. {sdid_inside} of {sdid_all} cases are within.
- **On a page** a row whose test has a case outside {bar_low} to {bar_high} here, with as many provinces treated, says so with
  the range over all kinds of provinces and of noise ("without an effect this test gives p under 5 % in … of cases").
- {outside}
- Ten treated by synthetic DiD, and synthetic DiD with gaps, are not run: `make effects` uses imputation there.
"""


def table(rows):
    head = ["estimator", "treated", "who", "regional", "memory", "survey noise", "missing", "plain", "scaled", "coverage",
            "verdict"]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for r in rows.itertuples():
        verdict = "holds" if LOW <= r.size <= HIGH else f"its size here is {r.size:.2f}" + (
            ", within simulation error of the bar" if held(r) else "")
        case = f"{r.estimator} | {r.treated} | {r.who} | {r.regional:.2f} | {r.memory:.1f} | {r.survey:.1f} | {r.missing:.2f}"
        lines.append(f"| {case} | {r.plain:.3f} | {r.size:.3f} | {r.coverage:.3f} | {verdict} |")
    return "\n".join(lines)


def held(row) -> bool:
    """Within the bar, allowing for two simulation errors."""
    return LOW - 2 * row.error <= row.size <= HIGH + 2 * row.error


def report(rows):
    own, other = (rows[rows["estimator"] == name] for name in ("imputation", "synthetic DiD"))
    beyond = [r for r in rows.itertuples() if not held(r)]
    names = "; ".join(f"{r.estimator}, {r.treated} treated, {r.who}, survey noise {r.survey:.1f}: {r.size:.3f}" for r in beyond)
    return TEXT.format(
        spread=stress.SPREAD, many=own["panels"].iloc[0], few=other["panels"].iloc[0],
        error=own["error"].iloc[0], error_few=other["error"].iloc[0],
        plain_low=own["plain"].min(), plain_high=own["plain"].max(), low=own["size"].min(), high=own["size"].max(),
        cover_low=own["coverage"].min(), cover_high=own["coverage"].max(), inside=int(own["size"].between(LOW, HIGH).sum()),
        all=len(own), bar_low=LOW, bar_high=HIGH, sdid_plain_low=other["plain"].min(), sdid_plain_high=other["plain"].max(),
        sdid_low=other["size"].min(), sdid_high=other["size"].max(), sdid_three=other.loc[other["treated"] == 3, "size"].mean(),
        sdid_one=other.loc[other["treated"] == 1, "size"].mean(), sdid_inside=int(other["size"].between(LOW, HIGH).sum()),
        sdid_all=len(other),
        outside=f"Beyond it by more than two simulation errors: {names}." if beyond else
        "No case is beyond it by more than two simulation errors.") + "\n" + table(rows) + "\n"


def main():
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    place = paths.root() / "docs" / "simulation_report.md"
    text, _, rest = place.read_text(encoding="utf-8").partition(BEGIN)
    new = f"{text.rstrip()}\n\n{BEGIN}\n{report(stress.study(many))}{END}"
    place.write_text(f"{new}{rest.partition(END)[2] or chr(10)}", encoding="utf-8")


if __name__ == "__main__":
    main()
