"""The panel that an effect is estimated on: outcomes, who is exposed when, and what was left out on the way.

Arrays are units × periods × outcomes. Whatever is left out is left out by a rule that `Panel.rule` or `Panel.note` prints,
because the sentence about an effect has to carry it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from govlib.did import arrays
from govlib.did.grades import MEASURED_ANEW
from govlib.did.ols import refuse_collinear
from govlib.did.table import LongTable
from govlib.errors import BadInput, NotEstimable, UnknownName

KEPT = 20_000  # units × periods up to which `Panel.once` keeps what is worked out


@dataclass(frozen=True)
class Panel:
    """Everything an estimator may look at.

    index_id, reform : how the rows of results are labelled: what is measured, what was done.
    years : (T,) whole numbers in order, one step apart except where a period is missing.
    y : (N, T, K) outcomes, NaN where there is no figure or a rule takes the cell out.
    d : (N, T) 1.0 from the first exposed period on, else 0.0. ``dose`` the number of actions in force.
    cohort : (N,) first exposed period; ``inf`` where none within the panel.
    controls : name → (N,) value before the first exposure of anyone; enter as value × period.
    region : (N,) region codes.   place : (N, 2) latitude and longitude, for errors that neighbours share.
    rule : what was left out and why, in words.   note : what a reader of the rows should know besides.
    unknown : (N,) units that a partial list does not name, taken as controls; None: there are none.
    labels : how a period is printed where it is not its own number (a month, a date).
    noun, period : what messages call a unit and a period.
    aimed : outcomes that what was done aims at, named before any was looked at; empty: all. P-values allow for these together,
        and for the others (which show what an aim at nothing looks like) apart.
    redefined : outcome → periods from which it was measured anew, so that figures before and after do not join.

    >>> import pandas as pd
    >>> from govlib import did
    >>> table = pd.DataFrame({"town": list("aabbcc"), "year": [1, 2] * 3, "score": [1, 2, 1, 1, 2, 2]})
    >>> table["start"] = [2, 2, None, None, None, None]
    >>> did.Panel.from_frame(table, unit="town", time="year", outcome="score", cohort="start").units
    ('a', 'b', 'c')
    """

    index_id: str
    reform: str
    components: tuple[str, ...]
    units: tuple[str, ...]
    years: np.ndarray
    y: np.ndarray
    d: np.ndarray
    cohort: np.ndarray
    region: np.ndarray
    dose: np.ndarray | None = None
    controls: dict[str, np.ndarray] = field(default_factory=dict)
    outcome: str = "score"
    outcome_unit: str = "points"
    exposure_rule: str = "next_edition_after_fieldwork"
    reading: str = "early"
    rule: str = ""
    note: str = ""
    unknown: np.ndarray | None = None
    place: np.ndarray | None = None
    labels: dict[int, str] = field(default_factory=dict)
    noun: str = "unit"
    period: str = "period"
    aimed: tuple[str, ...] = ()
    redefined: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def family(self) -> tuple[str, ...]:
        """Outcomes named beforehand, of this panel's."""
        return self.aimed or self.components

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, *, unit: str, time: str, outcome: str | Sequence[str], cohort: str | None = None,  # noqa: PLR0913
                   treated: str | None = None, region: str | None = None, controls: Sequence[str] = (),
                   place: tuple[str, str] | None = None, **labels: Any) -> Panel:  # one keyword a column
        """A panel from a long table, one row a unit and period.

        Parameters
        ----------
        unit, time : columns. Times are whole numbers, dates or periods; they need not be complete, and the step between them
            is the largest that fits all (a year, two years, a quarter). Of figures that write a year and a part of it, quarters
            (20193), months (201907) and days are known; those that may be half-years or weeks are refused.
        outcome : one or several columns of numbers, no dates or durations; an empty cell is a missing figure.
        cohort : column with the time of the first exposure, the same in all rows of a unit; empty, infinite or 0 (as in Stata and
            R, where no time is 0; as text too): never.   treated : or a column that is 1 (true) where the unit is exposed.
        region : column for region-by-period effects.   place : columns of latitude and longitude, for `conley`.
        controls : columns of numbers, taken at the last time before anyone is exposed (but for who is from the first time on); a
            unit without one leaves the panel and is named in the note.
        labels : ``index_id``, ``reform``, ``outcome_unit``, ``noun``, ``period``, ``rule``, ``note``, ``aimed`` of `Panel`.

        Raises
        ------
        BadInput : a column that is not there, a unit and time twice, text where a number is due, a time that is none, an exposure
            that ends, a cohort or region that changes; with the row as a spreadsheet counts it, and the value.
        """
        names, controls, aimed, where = (_names(given) for given in (outcome, controls, labels.pop("aimed", ()), place))
        if wrong := [name for name in names if not isinstance(name, str)]:
            raise BadInput("the name of an outcome is text", column="outcome", value=wrong[0], fix="rename the column")
        if len(where) not in (0, 2):
            raise BadInput("a place is two columns: latitude and longitude", column="place", value=", ".join(where))
        if not names or len(set(names)) < len(names):
            raise BadInput("an outcome is named twice" if names else "no outcome is named", column="outcome",
                           value=", ".join(names) or None)
        if unknown := [name for name in aimed if name not in names]:
            raise UnknownName("outcome", unknown[0], names)
        columns = [unit, time, *names, *controls, *(c for c in (cohort, treated, region, *where) if c is not None)]
        read = LongTable(frame, unit, time, columns)
        if (cohort is None) == (treated is None):
            raise BadInput("say when units are exposed, by cohort= or by treated= (one of them)")
        y = np.stack([read.grid(name) for name in names], 2)
        first = read.cohort(cohort) if cohort is not None else read.begun(str(treated))
        labels = {"index_id": "panel", "reform": cohort or treated, "outcome_unit": "units of the outcome", "exposure_rule": "",
                  "reading": "", "region": read.constant(region) if region else None, "aimed": aimed} | labels
        panel = from_arrays(y, first, years=read.codes, components=names, units=read.units, **labels)
        panel = replace(panel, labels=read.labels, note=join(panel.note, read.note))
        if where:
            at = np.stack([read.constant(column, number=True) for column in where], 1)
            if (far := np.abs(at[:, 0]) > 90).any():
                raise BadInput("a latitude lies between -90 and 90", column=where[0], value=float(at[far, 0][0]))
            panel = replace(panel, place=at)
        return panel._controlled({name: read.grid(name) for name in controls})

    def _controlled(self, grids: dict[str, np.ndarray]) -> Panel:
        """With controls, (N, T) each, as they stood before anyone was exposed, standardised; units without one leave."""
        if not grids:
            return self
        begun = self.cohort[np.isfinite(self.cohort)]
        later = begun[begun > self.years[0]]  # who is exposed throughout leaves the sample, and has no say in when others begin
        start = (later if len(later) else begun).min(initial=self.years[-1] + 1.0)
        before = np.flatnonzero(self.years < start)
        if not len(before):
            raise BadInput(f"no {self.period} is before the first exposure, where controls are taken", value=list(grids))
        at = before[-1]
        values = {f"{name}@{self.called(self.years[at])}": grid[:, at] for name, grid in grids.items()}
        have = np.isfinite(np.stack(list(values.values()))).all(0)
        if not have.any():
            raise NotEstimable(f"no {self.noun} has all controls: {', '.join(values)}")
        out = replace(self, controls={name: (v - v[have].mean()) / (v[have].std() or 1.0) for name, v in values.items()})
        lost = ", ".join(np.array(self.units)[~have])
        return out if have.all() else out.take(have, note=f"without a value of the controls, left out: {lost}")

    def take(self, rows: np.ndarray | slice, columns: np.ndarray | slice | None = None, note: str = "") -> Panel:
        """These units (mask or positions) and periods, and why."""
        t = slice(None) if columns is None else columns

        def part(table: Any) -> Any:
            return None if table is None else np.ascontiguousarray(table[rows][:, t])

        def by_unit(values: Any) -> Any:
            return None if values is None else values[rows]

        return replace(self, units=tuple(np.array(self.units)[rows]), years=self.years[t], y=part(self.y), d=part(self.d),
                       cohort=self.cohort[rows], region=self.region[rows], dose=part(self.dose), unknown=by_unit(self.unknown),
                       place=by_unit(self.place), controls={c: v[rows] for c, v in self.controls.items()},
                       note=join(self.note, note))

    def only(self, rows: np.ndarray, note: str = "") -> Panel:
        """These units (mask) of a panel of one outcome, and why: periods in which none of them has a figure are gone, and cohorts
        that lie outside the periods that stay count as never."""
        seen = self.cells[rows]
        out = self.take(rows, seen.any(0) if len(seen) else None, note)
        return replace(out, cohort=np.where(out.cohort > out.years[-1], np.inf, out.cohort))

    def one(self, k: int) -> Panel:
        """Outcome ``k`` alone: units and periods without any figure for it are gone, and cohorts that lie outside its periods
        count as never. Raises `NotEstimable` with the reason, see `check`."""
        return self.once(("one", k), lambda: self._one(k))

    def _one(self, k: int) -> Panel:
        y = self.y[:, :, k]
        if not len(self.units):
            raise NotEstimable(f"no {self.noun} is left in the sample ({self.rule})")
        seen = np.isfinite(y)
        n = seen.any(1)
        if not n.any():
            raise NotEstimable(f"{self.components[k]} of {self.index_id} has no figure in {self.span()}")
        # exposed in every period that has a figure: no before to compare with, and no clean control either
        always = n & ~((self.d == 0) & seen).any(1)
        names = f"all {self.noun}s" if (always == n).all() else ", ".join(np.array(self.units)[always])
        note = f"exposed in every {self.period}, left out: {names}" if names else ""
        out = replace(self, components=(self.components[k],), y=y[:, :, None]).only(n & ~always, note)
        return replace(out, note=join(out.note, f"no exposed {self.noun} {MEASURED_ANEW}")) if out.measured_anew() else out

    def measured_anew(self) -> bool:
        """Whether no exposed unit has a figure before and one after its start under one measure: what the unit gained by the new
        measure is hard to tell from what it gained by what was done. For a panel of one outcome."""
        cuts = self.redefined.get(self.components[0], ())
        if not cuts or not self.treated.any():
            return False
        under, seen = np.searchsorted(sorted(cuts), self.years, side="right"), self.cells
        return not any(set(under[row & (self.years < start)]) & set(under[row & (self.years >= start)])
                       for row, start in zip(seen[self.treated], self.cohort[self.treated], strict=True))

    @cached_property
    def _known(self) -> dict[Hashable, Any]:
        return {}

    @property
    def large(self) -> bool:
        """Whether nothing of it is kept, see `once`."""
        return self.d.size > KEPT

    def once(self, key: Hashable, work: Callable[[], Any]) -> Any:
        """What ``work`` gives, worked out once a panel: one estimator after another asks for the same samples and tests. Of a large
        panel nothing is kept, which would hold the samples of all its outcomes at once."""
        if self.large:
            return work()
        if key not in self._known:
            found = work()
            self._known[key] = ... if found is self else found  # a panel that held itself would outlive its use
        return self if self._known[key] is ... else self._known[key]

    @cached_property
    def cells(self) -> np.ndarray:
        """(N, T) cells in which every outcome has a figure."""
        return np.isfinite(self.y).all(2)

    @cached_property
    def treated(self) -> np.ndarray:
        """(N,) units that are exposed in some period with a figure."""
        return ((self.d > 0) & self.cells).any(1)

    def moves(self) -> bool:
        """Whether any unit has two figures that differ by more than rounding. For a panel of one outcome."""
        y = self.y[:, :, 0]
        spread = np.fmax.reduce(y, 1) - np.fmin.reduce(y, 1)
        return bool((spread > 1e-12 * np.nanmax(np.abs(y))).any())

    def event_time(self) -> np.ndarray:
        """(N, T) periods since the first exposed one; NaN for units without exposure."""
        with np.errstate(invalid="ignore"):
            e = self.years[None, :] - self.cohort[:, None]
        return np.where(np.isfinite(self.cohort)[:, None], e, np.nan)

    def frame(self, k: int = 0) -> pd.DataFrame:
        """Long table for libraries: ``unit`` and ``time`` as integers, ``first_treat`` (0 never), ``y``, ``d``,
        ``region`` and one column a control."""
        i, t = np.nonzero(np.isfinite(self.y[:, :, k]))
        later = max(0, 1 - int(self.years[0]))  # so that no period is numbered 0
        first = np.where(np.isfinite(self.cohort), self.cohort + later, 0).astype(int)
        table = pd.DataFrame({"unit": i, "time": self.years[t].astype(int) + later, "first_treat": first[i],
                              "y": self.y[i, t, k], "d": self.d[i, t].astype(int), "region": self.region[i]})
        return table.assign(**{f"x_{name}": values[i] for name, values in self.controls.items()})

    def control_columns(self, trends: bool = False) -> tuple[np.ndarray | None, list[str]]:
        """(N, T, P) controls, less their mean, × periods and their names; None where there are none. The first period is the base,
        and beside ``trends`` of the units, which take up what a control is worth in a straight line, the last one too."""
        columns, names = [], []
        for name, value in self.controls.items():
            apart = value - value.mean()  # large values that differ by little would hardly be told from the period itself
            for j in range(1, len(self.years) - trends):
                columns.append(apart[:, None] * (np.arange(len(self.years)) == j))
                names.append(f"control {name} × {self.called(self.years[j])}")
        return np.stack(columns, 2) if columns else None, names

    def called(self, year: float) -> str:
        """How a period is printed."""
        return self.labels.get(int(year), str(int(year)))

    def span(self, years: np.ndarray | None = None, dash: str = "–") -> str:
        """First and last of these periods (of all) in words."""
        years = np.asarray(self.years if years is None else years)
        first, last = self.called(years.min()), self.called(years.max())
        return first if first == last and dash == "–" else f"{first}{dash}{last}"


def _names(given: Any) -> tuple:
    """The name of one column or of several, as a tuple."""
    if given is None:
        return ()
    return (given,) if isinstance(given, str) or not isinstance(given, Iterable) else tuple(given)


def from_arrays(y: np.ndarray, cohort: np.ndarray, *, years: Iterable[int] | None = None, components=None, units=None,
                region=None, controls: dict[str, np.ndarray] | None = None, d: np.ndarray | None = None,
                **fields) -> Panel:
    """A panel from plain arrays (simulations, tests): ``y`` (N, T[, K]) with NaN for missing, ``cohort`` (N,) in
    years with ``inf`` for never, ``region`` (N,) numbers or names. ``fields``: others of `Panel`.

    Raises BadInput for shapes that do not fit, texts that are no numbers, infinite outcomes, NaN cohorts, years that are no whole
    numbers, names of outcomes or units that are too few, too many or alike, a unit without a region or a control, and an exposure
    that ends or does not begin with its cohort.

    >>> import numpy as np
    >>> from govlib import did
    >>> y = np.random.default_rng(1).normal(size=(30, 8))
    >>> panel = did.from_arrays(y, np.repeat([5, np.inf], 15))
    >>> panel.y.shape
    (30, 8, 1)
    """
    made = arrays.fields(y, cohort, years, components=components, units=units, region=region, controls=controls, d=d)
    fields["labels"] = made.pop("labels") or fields.get("labels", {})
    panel = Panel(**({"index_id": "simulated", "reform": "simulated"} | fields), **made)
    if wrong := reversal(panel):
        raise BadInput(wrong)
    return panel


def reversal(panel: Panel) -> str:
    """Why an exposure is none that stays, in words; empty where each begins with its cohort and does not end. Every estimator
    takes the difference between before and after for the effect, which is nonsense where an after turns into a before."""
    expected = panel.years[None, :] >= panel.cohort[:, None]
    wrong = np.argwhere(((panel.d > 0) != expected) & np.isfinite(panel.y).any(2))
    if not len(wrong):
        return ""
    i, t = wrong[0]
    unit, when = panel.units[i], panel.called(panel.years[t])
    if expected[i, t]:
        return (f"{unit} is exposed from {panel.called(panel.cohort[i])} and not in {when}: an exposure that ends has no estimator "
                f"here; leave out the {panel.period}s after its end")
    return f"{unit} is exposed in {when}, before its cohort"


def check(panel: Panel, *, singletons: str = "refuse", needs_control: bool = True) -> Panel:
    """The one-outcome panel if an effect can be estimated on it at all, else `NotEstimable` saying why not.

    singletons : ``refuse`` a unit with one observation (its own effect explains it) or ``drop`` it and say so.
    """
    told = f" ({panel.note})" if panel.note else ""
    if len(panel.units) == 0:
        raise NotEstimable(f"no {panel.noun} is left in the sample{told}")
    if not panel.treated.any():
        raise NotEstimable(f"no {panel.noun} is treated by {panel.reform} in {panel.span()}{told}")
    if wrong := reversal(panel):
        raise NotEstimable(wrong)
    single = panel.cells.sum(1) == 1
    if single.any():
        names = ", ".join(np.array(panel.units)[single])
        if singletons == "refuse":
            raise NotEstimable(f"{names} has one observation only, which its own effect explains; "
                               "leave it out with singletons='drop', or widen the years")
        return check(panel.only(~single, f"one observation only, left out: {names}"), needs_control=needs_control)
    if not panel.moves():
        raise NotEstimable(f"{panel.components[0]} does not move: no {panel.noun} has two different figures in {panel.span()}")
    if needs_control:
        _comparable(panel)
    for name, value in panel.controls.items():
        if np.ptp(value) <= 1e-12 * max(np.abs(value).max(), 1e-300):
            raise NotEstimable(f"control {name} is the same in all {panel.noun}s, hence collinear with the {panel.period} effects")
    if len(panel.controls) > 1:
        x = np.column_stack(list(panel.controls.values()))
        refuse_collinear(x - x.mean(0), x, [f"control {name}" for name in panel.controls])
    return panel


def _comparable(panel: Panel) -> None:
    clean, told = (panel.d == 0) & panel.cells, f" ({panel.note})" if panel.note else ""
    dates = np.unique(panel.cohort[np.isfinite(panel.cohort)])
    if not clean[:, panel.years >= dates[0]].any():
        if len(dates) == 1:
            raise NotEstimable(f"all {panel.noun}s are treated at once and no control is left; "
                               f"a reform of one date needs exposure measured beforehand (estimator dose){told}")
        raise NotEstimable(f"no control {panel.noun} is left after the first exposure{told}")
    if not clean[panel.treated].any():
        raise NotEstimable(f"no treated {panel.noun} has any {panel.period} before its exposure")


def join(*notes: str) -> str:
    """Notes that are not empty, in one line."""
    return "; ".join(note for note in notes if note)
