"""From ratings to scores, ranks and tiers of units, with the uncertainty of ranks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from govlib.errors import BadInput, NotEstimable
from govlib.forms.problems import say
from govlib.institute import synthetic
from govlib.institute.ddci.form import MIN_RESPONDENTS, Item, Ratings, components, items
from govlib.institute.statistics import ranks
from govlib.words.tables import pair

CUTS = (80.0, 65.0, 50.0, 35.0)  # the institute's to set; a tier is a reading aid
TIERS = (pair("ddci_score.very_good"), pair("ddci_score.good"), pair("ddci_score.fair"), pair("ddci_score.average"),
         pair("ddci_score.low"))


@dataclass
class Result:
    """One level of one round.

    ``table``: unit, name_vi, name_en, n, score, low, high, se, rank, rank_low, rank_high, tier (0 best), p_tier, p_top3,
    weight_low, weight_high (5th and 95th percentile of the rank under other weights).
    ``components``: unit, component, score, low, high, median. ``scenarios``: scenario, unit, rank, shift.
    ``not_ranked``: unit, name_vi, name_en, n, reason, components (those with too few answers; empty where the ratings are too
    few). ``items``: unit, item, mean (NaN under ``min_respondents`` answers), median.
    """

    ratings: Ratings
    level: str
    table: pd.DataFrame
    components: pd.DataFrame
    items: pd.DataFrame
    scenarios: pd.DataFrame
    not_ranked: pd.DataFrame
    weights: dict[str, float]
    scaling: str
    draws: int
    min_respondents: int


def result(ratings: Ratings, level: str | None = None, *, weights: Mapping[str, float] | None = None, scaling: str = "minmax",
           cuts: Sequence[float] = CUTS, min_respondents: int = MIN_RESPONDENTS, draws: int = 500, seed: int = 2025) -> Result:
    """Score and rank the units of a level, with their uncertainty.

    Parameters
    ----------
    weights : component → weight; the reference's unless given. scaling : ``minmax`` (as the PCI; compares units of one
        round) or ``absolute`` (the question's own scale; may be compared over time).
    cuts : falling scores that separate the tiers. min_respondents : a unit with fewer ratings, or fewer answers to some
        component, is listed, not ranked: of one answer every resample is the same, and its interval would have no width.

    Raises
    ------
    BadInput : an unknown level, scaling or component, a weight that is not above zero. NotEstimable : fewer than two units
        with enough ratings.
    """
    level = _checked(ratings, level, scaling)
    parts, questions = list(components(level)), list(items(level).values())
    chosen = _weights(weights, level)
    data = ratings.data[ratings.data["level"].eq(level)]
    size, ranked, reasons = _who_is_ranked(data, parts, questions, level, min_respondents)
    names = data.drop_duplicates("unit").set_index("unit")[["name_vi", "name_en"]]
    used = data[data["unit"].isin(ranked)]
    unit = pd.Categorical(used["unit"], categories=ranked).codes
    answers, w = used[[q.item for q in questions]].to_numpy(float), used["weight"].to_numpy(float)
    low, high = (np.array([getattr(q, k) for q in questions]) for k in ("low", "high"))
    reverse = np.array([q.reverse for q in questions])
    which = np.array([parts.index(q.component) for q in questions])
    weight = np.array([chosen[c] for c in parts])

    def both(means, how=scaling, by=weight, add="arithmetic"):
        return ranks.composed(ranks.scaled(means, low, high, reverse, how), which, by, add)

    means = ranks.item_means(answers, unit, w, len(ranked))
    part, score = both(means)
    n, k = len(ranked), len(parts)
    drawn = ranks.draws(answers, unit, used["respondent_id"].to_numpy(str), w, n,
                        lambda m: np.concatenate([(got := both(m))[1], got[0].ravel()]), draws, seed)
    place = ranks.rank(score)
    other = ranks.rank(10 * (part @ ranks.weight_draws(weight, draws, seed=seed).T).T)
    by_weights = np.quantile(other, [0.05, 0.95], axis=0, method="inverted_cdf")
    table = _table_of_units(ranked, names, size, score, drawn[:, :n], by_weights, cuts)
    lo, hi = np.quantile(drawn[:, n:].reshape(-1, n, k), [0.025, 0.975], axis=0)
    piece = pd.DataFrame([{"unit": u, "component": c, "score": part[i, j], "low": lo[i, j], "high": hi[i, j],
                           "median": np.median(part[:, j])}
                          for i, u in enumerate(ranked) for j, c in enumerate(parts)])
    given = np.array([np.isfinite(answers[unit == i]).sum(0) for i in range(n)])
    asked = _means_of_questions(ranked, questions, means, given >= min_respondents)
    other_scale = "absolute" if scaling == "minmax" else "minmax"
    scenarios = {"equal_weights": both(means, by=np.ones(k))[1], "geometric": both(means, add="geometric")[1],
                 other_scale: both(means, how=other_scale)[1],
                 **{f"without {c}": both(means, by=np.where(np.arange(k) == j, 0.0, weight))[1] for j, c in enumerate(parts)}}
    shifts = pd.DataFrame([{"scenario": name, "unit": u, "rank": int(r), "shift": int(r - p)} for name, s in scenarios.items()
                           for u, r, p in zip(ranked, ranks.rank(s), place, strict=True)])
    out = table.sort_values(["rank", "name_vi"], ignore_index=True)
    left = pd.DataFrame([{"unit": u, **names.loc[u].to_dict(), "n": int(size[u]), "components": ",".join(few),
                          "reason": f"n < {min_respondents}" + (f": {', '.join(few)}" if few else "")}
                         for u, few in reasons.items()], columns=["unit", "name_vi", "name_en", "n", "reason", "components"])
    out, piece, asked, shifts, left = ((synthetic.mark(f) if ratings.synthetic else f) for f in (out, piece, asked, shifts, left))
    return Result(ratings, level, out, piece, asked, shifts, left, chosen, scaling, draws, min_respondents)


def _checked(ratings: Ratings, level: str | None, scaling: str) -> str:
    """The level asked for, the first of the round unless told."""
    level = level or ratings.levels[0]
    if level not in ratings.levels:
        raise BadInput("no ratings of this level", file=ratings.path, column="level", value=level,
                       fix=say("one of {choices}", choices=", ".join(ratings.levels)))
    if scaling not in ("minmax", "absolute"):
        raise BadInput("unknown scaling", column="scaling", value=scaling, fix="minmax or absolute")
    return level


def _who_is_ranked(data: pd.DataFrame, parts: Sequence[str], questions: Sequence[Item], level: str,
                   least: int) -> tuple[pd.Series, list[str], dict[str, list[str]]]:
    """Ratings by unit, the units that are ranked, and of the others the components with too few answers (none: too few ratings)."""
    size = data.groupby("unit").size()
    reasons: dict[str, list[str]] = {unit: [] for unit in size.index[size < least]}
    enough = size.index[size >= least]
    answered = {c: data[[q.item for q in questions if q.component == c]].notna().any(axis=1).groupby(data["unit"]).sum()
                for c in parts}
    for unit in enough:  # without a component the score would be another index, with one firm's answer that firm's
        if few := [c for c in parts if answered[c][unit] < least]:
            reasons[unit] = few
    ranked = [u for u in enough if u not in reasons]
    if len(ranked) < 2:
        raise NotEstimable(f"only {len(ranked)} of {len(size)} units of level {level} have {least} ratings or more")
    return size, ranked, reasons


def _means_of_questions(ranked: list[str], questions: Sequence[Item], means: np.ndarray, enough: np.ndarray) -> pd.DataFrame:
    """Unit × question: its mean where ``enough`` answered (it would else be one firm's answer or two), the units' median."""
    return pd.DataFrame([{"unit": u, "item": q.item, "mean": means[i, j] if enough[i, j] else np.nan,
                          "median": float(np.nanmedian(means[:, j]))}
                         for i, u in enumerate(ranked) for j, q in enumerate(questions)])


def _table_of_units(ranked: list[str], names: pd.DataFrame, size: pd.Series, score: np.ndarray, drawn: np.ndarray,
                    by_weights: np.ndarray, cuts: Sequence[float]) -> pd.DataFrame:
    """One row a ranked unit; ``drawn`` (draws, units) scores under resampling, ``by_weights`` (2, units) ranks
    under other weights."""
    sets, tier, drawn_rank = ranks.rank_sets(score, drawn), _tier(score, cuts), ranks.rank(drawn)
    return pd.DataFrame({
        "unit": ranked, "name_vi": names.loc[ranked, "name_vi"].to_numpy(), "name_en": names.loc[ranked, "name_en"].to_numpy(),
        "n": size.loc[ranked].to_numpy(), "score": score, "low": sets.score_low, "high": sets.score_high, "se": sets.se,
        "rank": ranks.rank(score).astype(int), "rank_low": sets.low, "rank_high": sets.high, "tier": tier,
        "p_tier": (_tier(drawn, cuts) == tier).mean(axis=0), "p_top3": (drawn_rank <= 3).mean(axis=0),
        "weight_low": by_weights[0].astype(int), "weight_high": by_weights[1].astype(int)})


def _weights(given: Mapping[str, float] | None, level: str) -> dict[str, float]:
    known = components(level)
    if given is None:
        total = sum(c.weight for c in known.values())
        return {name: 100 * c.weight / total for name, c in known.items()}
    if unknown := sorted(set(given) ^ set(known)):
        raise BadInput("weights need every component of the level and no other", column="weights", value=unknown,
                       fix=say("components: {choices}", choices=', '.join(known)))
    for name, weight in given.items():
        if not weight > 0:
            raise BadInput("a weight is above zero", column=name, value=weight)
    return {name: 100 * given[name] / sum(given.values()) for name in known}


def _tier(score, cuts: Sequence[float]):
    """Number of the tier, 0 best."""
    if list(cuts) != sorted(cuts, reverse=True) or len(cuts) != len(TIERS) - 1:
        raise BadInput(say("{n} falling scores separate {n2} tiers", n=len(TIERS) - 1, n2=len(TIERS)), column="cuts",
                       value=list(cuts))
    return (np.asarray(score)[..., None] < np.asarray(cuts)).sum(axis=-1)
