"""Pictures of effects. Each takes one of the tables and returns a matplotlib Figure; none reads a file or estimates.

`show` puts a finding above the figure and the table behind it below, which is how notebooks display every figure.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from govlib.effects.pooled import MATTERS
from govlib.effects.report import unit_name as unit
from govlib.errors import BadInput
from govlib.words.tables import phrase, under

INK, MUTED, RULE, MAIN, OTHER, THIRD = "#1b2128", "#57606b", "#cfd6dd", "#0b4f8a", "#a85500", "#6b4c9a"
KINDS = {"treated_vs_never": (MAIN, "o"), "earlier_vs_later": (THIRD, "s"), "later_vs_earlier": (OTHER, "X")}


def show(figure, title: str, table: pd.DataFrame, *, alt: str, decimals: int = 3) -> None:
    """Display in a notebook: the finding, the figure with its text for screen readers, the table behind it."""
    import io

    from IPython.display import Image, Markdown, display

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, bbox_inches="tight")
    display(Markdown(f"**{title}**"))
    display(Image(data=buffer.getvalue(), alt=alt))
    display(table.round(decimals))


def _figure(width: float, height: float, rows: int = 1, columns: int = 1, **kwargs):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False, **kwargs)
    for ax in axes.ravel():
        ax.spines[["top", "right"]].set_visible(False)
        ax.tick_params(colors=MUTED, labelsize=8)
        for side in ("left", "bottom"):
            ax.spines[side].set_color(RULE)
    return figure, axes


def timing(table: pd.DataFrame, names: dict[str, str] | None = None, lang: str = "vi"):
    """`tables.timing`: a row a province, a cell an edition; vertical lines where the index changed its method."""
    words, provinces = under("plots", lang), list(table["province"].cat.categories)
    years = sorted(table["year"].unique())
    figure, axes = _figure(7.5, 1.2 + 0.19 * len(provinces))
    ax = axes[0, 0]
    looks = {"treated": (MAIN, None), "ended": ("#c6dbee", "xx"), "not_yet": ("#ffffff", None), "unknown": ("#d9dee3", "////")}
    for row in table.itertuples():
        look = looks["ended" if row.ended else row.state]
        ax.barh(provinces.index(row.province), 1, left=row.year - 0.5, height=0.9, color=look[0], hatch=look[1],
                edgecolor=RULE, linewidth=0.4)
    for year in table.attrs["breaks"]:
        if years[0] < year <= years[-1]:
            ax.axvline(year - 0.5, color=OTHER, lw=1.2, ls="--")
    ax.set_yticks(range(len(provinces)), [(names or {}).get(p, p) for p in provinces])
    ax.set_xlim(years[0] - 0.5, years[-1] + 0.5)
    ax.set_ylim(len(provinces) - 0.4, -0.6)
    ax.set_xticks(years, [f"{y}" for y in years], rotation=60)
    ax.set_xlabel(words["edition"], color=MUTED, fontsize=9)
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    keys: list = [Patch(facecolor=looks[k][0], hatch=looks[k][1], edgecolor=RULE, label=words[k]) for k in looks]
    keys.append(Line2D([], [], color=OTHER, ls="--", label=words["break"]))
    figure.legend(handles=keys, loc="outside upper center", ncols=5, fontsize=8, frameon=False)
    return figure


def event_multiples(rows: pd.DataFrame, names: dict[str, str] | None = None, lang: str = "vi"):
    """Event studies of all components of one estimator on one scale; the reference edition −1 is an open circle, unless the rows
    have an estimate of it (with ``anticipation`` or ``base_period="varying"``). Gaps to a synthetic control have no reference: all
    editions before the start are fitted. Raises BadInput for rows without event times."""
    events = rows[rows["term"] == "event"].dropna(subset=["estimate"])
    components = list(dict.fromkeys(events["component"]))
    if not components:
        raise BadInput("these rows have no event times", column="term",
                       fix="take an estimator that gives some, as imputation or sun_abraham")
    columns = min(4, len(components))
    lines = int(np.ceil(len(components) / columns))
    figure, axes = _figure(2.3 * columns, 1.9 * lines + 0.5, lines, columns, sharex=True, sharey=True)
    for ax, component in zip(axes.ravel(), components, strict=False):
        one = events[events["component"] == component].sort_values("event_time")
        e = one["event_time"].astype(int)
        ax.axhline(0, color=INK, lw=0.8)
        ax.axvline(-0.5, color=RULE, lw=1)
        ax.vlines(e, one["ci_low"], one["ci_high"], color=MAIN, lw=1.6)
        ax.plot(e, one["estimate"], "o", color=MAIN, ms=3.5)
        if not one["estimator"].iloc[0].startswith("synthetic") and -1 not in set(e):
            ax.plot([-1], [0], "o", mfc="white", mec=MAIN, ms=4)
        ax.set_title((names or {}).get(component, component), fontsize=8.5, color=INK)
    for ax in axes.ravel()[len(components):]:
        ax.set_axis_off()
    figure.supxlabel(phrase("plots.editions_since", lang), fontsize=9, color=MUTED)
    figure.supylabel(_unit(rows, lang), fontsize=9, color=MUTED)
    return figure


def coefficients(rows: pd.DataFrame, names: dict[str, str] | None = None, lang: str = "vi"):
    """Overall effects: a dot a component and estimator; the thick line is the interval from clustered errors (or placebos),
    the thin one that of the wild bootstrap."""
    overall = rows[(rows["term"] == "att") & rows["estimate"].notna()]
    components, estimators = list(dict.fromkeys(overall["component"])), list(dict.fromkeys(overall["estimator"]))
    figure, axes = _figure(7.5, 1 + 0.16 * len(components) * max(2, len(estimators)))
    ax = axes[0, 0]
    marks, colours = "osD^vPX*hp<>", (MAIN, OTHER, THIRD, "#0a7560", "#b3261e", MUTED, INK)
    for j, estimator in enumerate(estimators):
        shift = 0.0 if len(estimators) == 1 else 0.36 - 0.72 * j / (len(estimators) - 1)
        label = estimator  # on its first dot, which need not be of the first component
        for i, component in enumerate(components):
            one = overall[(overall["component"] == component) & (overall["estimator"] == estimator)]
            y = len(components) - 1 - i + shift
            for kind, width in (("wild", 0.9), ("crv1", 2.4), ("placebo", 2.4)):
                part = one[one["inference"] == kind].dropna(subset=["ci_low"])
                if len(part):
                    ax.plot(part[["ci_low", "ci_high"]].to_numpy()[0], [y, y], color=colours[j % 7], lw=width,
                            solid_capstyle="butt" if width > 1 else "round")
            if len(one):
                ax.plot(one["estimate"].iloc[0], y, marks[j % 12], color=colours[j % 7], mec="white", mew=0.5, ms=5,
                        label=label)
                label = None
    ax.axvline(0, color=INK, lw=0.9)
    ax.set_yticks(range(len(components)), [(names or {}).get(c, c) for c in reversed(components)])
    ax.set_xlabel(f"{phrase('plots.estimate', lang)} ({_unit(rows, lang)})", fontsize=9, color=MUTED)
    if len(estimators) > 1:
        figure.legend(loc="outside upper center", ncols=4, fontsize=8, frameon=False)
    return figure


def pooled(table: pd.DataFrame, names: list[str] | None = None, lang: str = "vi"):
    """`pooled.read`: each estimate alone (thin, .95) and by the light of all others (thick .80, thin .95), in order of the latter;
    between the dashed lines an effect would hardly be felt (`pooled.MATTERS`)."""
    words, order = under("plots", lang), np.argsort(table["pooled_mean"].to_numpy())
    labels = np.asarray(names if names is not None else table["component"])[order]
    table = table.iloc[order]
    figure, axes = _figure(7.5, 1.2 + 0.22 * len(table))
    ax, y = axes[0, 0], np.arange(len(table))
    for x in (-MATTERS, MATTERS):
        ax.axvline(x, color=MUTED, lw=0.9, ls="--")
    ax.axvline(0, color=INK, lw=0.9)
    alone = 1.959964 * table["std_error"]
    ax.hlines(y + 0.16, table["estimate"] - alone, table["estimate"] + alone, color=OTHER, lw=0.9)
    ax.plot(table["estimate"], y + 0.16, "D", color=OTHER, ms=3.5, label=words["alone"])
    ax.hlines(y - 0.16, table["pooled_low95"], table["pooled_high95"], color=MAIN, lw=0.9)
    ax.hlines(y - 0.16, table["pooled_low"], table["pooled_high"], color=MAIN, lw=2.8)
    ax.plot(table["pooled_mean"], y - 0.16, "o", color=MAIN, mec="white", mew=0.5, ms=5.5, label=words["pooled"])
    ax.set_yticks(y, labels)
    ax.set_xlabel(f"{words['estimate']} ({unit('points', lang)})", fontsize=9, color=MUTED)
    figure.legend(loc="outside upper center", ncols=2, fontsize=8, frameon=False)
    return figure


def prior_posterior(told: dict, lang: str = "vi"):
    """``attrs`` of `pooled.read`: what was assumed before the estimates (dashed) and what they leave (line), of the mean effect
    and of the three spreads τ."""
    from scipy.stats import halfnorm, norm

    words = under("plots", lang)
    figure, axes = _figure(8.5, 2.6, 1, 4)
    wide, tau = told["prior"]
    x = np.linspace(-2 * wide, 2 * wide, 401)
    points, weight = np.array(told["tau_points"]), np.array(told["tau_weights"])
    before = halfnorm.pdf(points, scale=tau)
    pairs = [(x, norm.pdf(x, 0, wide), norm.pdf(x, told["mean"], told["mean_sd"]))]
    pairs += [(points, before, before * w * len(points)) for w in weight]  # every point stands for an equal part of the prior
    for ax, name, (at, prior, after) in zip(axes[0], ("mean", "tau_reform", "tau_component", "tau_own"), pairs, strict=True):
        ax.plot(at, prior, color=MUTED, ls="--", lw=1.4, label=words["prior"] if name == "mean" else None)
        ax.plot(at, after, color=MAIN, lw=1.8, label=words["posterior"] if name == "mean" else None)
        ax.set_title(words[name], fontsize=8.5, color=INK)
        ax.set_ylim(bottom=0)
        ax.set_yticks([])
    figure.supxlabel(unit("points", lang), fontsize=9, color=MUTED)
    figure.legend(loc="outside upper center", ncols=2, fontsize=8, frameon=False)
    return figure


def bacon(table: pd.DataFrame, lang: str = "vi"):
    """`decompose`: every 2×2 comparison by weight and effect; crosses use exposed provinces as controls."""
    figure, axes = _figure(6.5, 3.6)
    ax = axes[0, 0]
    kind = table["comparison_type"] if "comparison_type" in table else table["type"]
    for name, (colour, mark) in KINDS.items():
        part = table[kind == name]
        if len(part):
            ax.scatter(part["weight"], part["estimate"], color=colour, marker=mark, s=28,
                       label=f"{name} ({part['weight'].sum():.0%})")
    ax.axhline(table.attrs.get("twfe", np.nan), color=INK, lw=0.9, ls="--")
    ax.axhline(0, color=RULE, lw=0.9)
    ax.set_xlabel(phrase("plots.weight", lang), fontsize=9, color=MUTED)
    ax.set_ylabel(phrase("plots.estimate", lang), fontsize=9, color=MUTED)
    ax.legend(fontsize=8, frameon=False)
    return figure


def spec_curve(table: pd.DataFrame, lang: str = "vi"):
    """`tables.spec_curve`: estimates in order with their intervals, and below which choices stand where."""
    known = table[table["estimate"].notna()].sort_values("rank").reset_index(drop=True)
    parts = [("reading", 2), ("provinces", 20), ("controls", 10), ("editions", 20)]
    values = [(c, v) for c, most in parts for v in list(dict.fromkeys(known[c]))[:most]]
    figure, axes = _figure(8.5, 3 + 0.14 * len(values), 2, 1, sharex=True, height_ratios=[2.6, 0.14 * len(values)])
    top, bottom = axes[:, 0]
    x, clear = known.index.to_numpy(), (known["p_value"] < 0.05).to_numpy()
    top.fill_between(x, known["ci_low"], known["ci_high"], color="#d9dee3", lw=0)
    top.plot(x[~clear], known["estimate"][~clear], ".", color=MUTED, ms=2)
    top.plot(x[clear], known["estimate"][clear], ".", color=MAIN, ms=3)
    top.axhline(0, color=INK, lw=0.9)
    top.set_ylabel(phrase("plots.estimate", lang), fontsize=9, color=MUTED)
    for j, (column, value) in enumerate(values):
        here = (known[column] == value).to_numpy()
        bottom.plot(x[here], np.full(here.sum(), -j), "|", color=INK, ms=3, mew=0.4)
    bottom.set_yticks([-j for j in range(len(values))], [str(v) for _, v in values], fontsize=6.5)
    bottom.set_ylim(-len(values) + 0.4, 0.6)
    bottom.set_xlabel(phrase("plots.specification", lang), fontsize=9, color=MUTED)
    return figure


def power(table: pd.DataFrame, names: dict[str, str] | None = None, lang: str = "vi"):
    """`tables.power`: the smallest visible effect of each component in spreads between provinces."""
    table = table.sort_values("mde_in_spreads", ascending=False)
    figure, axes = _figure(6.5, 0.9 + 0.26 * len(table))
    ax = axes[0, 0]
    y = np.arange(len(table))
    ax.hlines(y, 0, table["mde_in_spreads"], color=RULE, lw=1.5)
    ax.plot(table["mde_in_spreads"], y, "o", color=MAIN, ms=5)
    ax.plot(table["estimate"].abs() / table["spread"], y, "|", color=OTHER, ms=10, mew=2,
            label=f"|{phrase('plots.estimate', lang)}|")
    ax.set_yticks(y, [(names or {}).get(c, c) for c in table["component"]])
    ax.set_xlim(left=0)
    ax.set_xlabel(phrase("plots.spreads", lang), fontsize=9, color=MUTED)
    ax.legend(fontsize=8, frameon=False)
    return figure


def design(table: pd.DataFrame, lang: str = "vi"):
    """`design.detectable`: probability of seeing an effect by its size, a line a number of treated units."""
    figure, axes = _figure(6.5, 3.6)
    ax = axes[0, 0]
    dashes = ("-", "--", "-.", ":", (0, (1, 1)), (0, (5, 1)))
    colours = (OTHER, THIRD, "#0a7560", MAIN, INK, MUTED)
    for j, (count, one) in enumerate(table.groupby("treated")):
        ax.plot(one["effect"], one["power"], color=colours[j % 6], ls=dashes[j % 6], lw=1.8)
        ax.annotate(str(count), (one["effect"].iloc[-1], one["power"].iloc[-1]), xytext=(4, 0), textcoords="offset points",
                    fontsize=8, va="center", color=colours[j % 6])
    ax.axhline(0.8, color=RULE, lw=1)
    ax.set_ylim(0, 1.02)
    ax.set_xlabel(phrase("plots.effect", lang), fontsize=9, color=MUTED)
    ax.set_ylabel(phrase("plots.power", lang), fontsize=9, color=MUTED)
    return figure


def paths(table: pd.DataFrame, names: dict[str, str] | None = None, lang: str = "vi"):
    """`case.ProvinceCase.paths`: each component's actual and synthetic path on its own scale; a line at the first exposed
    edition."""
    return _multiples(table, names, lang, ("actual", "synthetic"))


def gaps(table: pd.DataFrame, names: dict[str, str] | None = None, lang: str = "vi"):
    """The gap between actual and synthetic for all components on one scale."""
    return _multiples(table, names, lang, ("gap",), sharey=True)


def _multiples(table, names, lang, columns, sharey=False):
    words, components = under("plots", lang), list(dict.fromkeys(table["component"]))
    wide = min(4, len(components))
    lines = int(np.ceil(len(components) / wide))
    figure, axes = _figure(2.3 * wide, 1.8 * lines + 0.5, lines, wide, sharex=True, sharey=sharey)
    for ax, component in zip(axes.ravel(), components, strict=False):
        one = table[table["component"] == component].sort_values("year")
        for column, colour, dash in zip(columns, (MAIN, OTHER), ("-", "--"), strict=False):
            ax.plot(one["year"], one[column], color=colour, ls=dash, lw=1.6, marker="o", ms=2.5, label=words[column])
        if one["exposed"].any():
            ax.axvline(one.loc[one["exposed"], "year"].min() - 0.5, color=MUTED, lw=0.9, ls=":")
        if columns == ("gap",):
            ax.axhline(0, color=INK, lw=0.8)
        ax.set_title((names or {}).get(component, component), fontsize=8.5, color=INK)
        ax.xaxis.get_major_locator().set_params(integer=True)
    for ax in axes.ravel()[len(components):]:
        ax.set_axis_off()
    if len(columns) > 1:
        handles, labels = axes[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=2, fontsize=8, frameon=False)
    return figure


def placebos(table: pd.DataFrame, names: dict[str, str] | None = None, lang: str = "vi"):
    """`case.ProvinceCase.placebos`: ratio of gaps after and before for every donor (ticks) and the province (dot)."""
    components = list(dict.fromkeys(table["component"]))
    figure, axes = _figure(6.5, 0.9 + 0.3 * len(components))
    ax = axes[0, 0]
    for i, component in enumerate(components):
        one, y = table[table["component"] == component], len(components) - 1 - i
        ax.plot(one.loc[~one["treated"], "ratio"], np.full((~one["treated"]).sum(), y), "|", color=MUTED, ms=9, mew=0.8)
        ax.plot(one.loc[one["treated"], "ratio"], [y], "o", color=MAIN, ms=6)
    ax.set_yticks(range(len(components)), [(names or {}).get(c, c) for c in reversed(components)])
    ax.set_xscale("log")
    ax.set_xlabel("RMSPE " + (phrase("plots.after_before", lang)), fontsize=9, color=MUTED)
    return figure


def _unit(rows: pd.DataFrame, lang: str) -> str:
    return unit(str(rows["outcome_unit"].iloc[0]), lang)
