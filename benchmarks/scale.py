"""How far pandas goes: time and memory as respondents, units and years grow; the same sums in Polars and DuckDB, numbers equal.

    python benchmarks/scale.py                       # all, about fifteen minutes of processor time
    python benchmarks/scale.py --jobs ddci,summary   # some

Polars comes with the tests' libraries; DuckDB is a part of it where it is installed (pip install duckdb).

All data are made up here (SYNTHETIC, fixed seed), written to a temporary folder and gone at the end. Every line is a process of its
own: processor seconds of the job itself (its workers' too), and the most memory it held, libraries included. Prints the table of
``benchmarks/README.md``; ends with 1 where two ways give other numbers.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"):
    os.environ[_name] = "1"

import argparse  # noqa: E402
import importlib.util  # noqa: E402
import json  # noqa: E402
import resource  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

FIRMS, HOUSEHOLDS, COMMUNES = 10_000, 20_000, 3_321
FIRST = 1996  # of thirty rounds
HAS_DUCKDB = importlib.util.find_spec("duckdb") is not None
SERVICE = "procedures"


# ---- made-up data --------------------------------------------------------------------------------------------------------------
def firms(year: int):
    """A round of DDCI: each firm rates one department or one commune."""
    from govlib.institute import ddci, synthetic

    rng, n = np.random.default_rng(year), FIRMS
    place = rng.integers(0, 120, n)
    unit = np.where(place < 20, np.char.add("so-", place.astype(str)), np.char.add("xa-", place.astype(str)))
    frame = {"respondent_id": np.arange(n).astype(str), "unit": unit, "name_vi": unit, "name_en": unit,
             "level": np.where(place < 20, "department", "commune"), "firm_size": "small", "weight": rng.uniform(0.5, 2, n)}
    for item in ddci.items().values():
        answers = rng.integers(int(item.low), int(item.high) + 1, n).astype(float)
        frame[item.item] = np.where(rng.random(n) < 0.05, np.nan, answers)
    return synthetic.mark(pd.DataFrame(frame))


def households(year: int):
    """A round of the satisfaction survey, by commune: strata are areas, sampling units are communes."""
    from govlib.institute import synthetic
    from govlib.institute.satisfaction import form

    rng, n = np.random.default_rng(year), HOUSEHOLDS
    place = rng.integers(0, 100, n)
    frame = {"respondent_id": np.arange(n).astype(str), "service": rng.choice(list(form.SERVICES), n),
             "unit": np.char.add("xa-", place.astype(str)), **{g: rng.choice(list(v), n) for g, v in form.GROUPS.items()},
             "stratum": np.where(place < 30, "urban", "rural"), "psu": place.astype(str), "weight": rng.uniform(0.5, 2, n)}
    frame |= {item: np.where(rng.random(n) < 0.03, np.nan, rng.integers(1, 6, n)) for item in form.items()}
    return synthetic.mark(pd.DataFrame(frame))


def months(years: int):
    """Operations of all communes, one service."""
    from govlib.institute import synthetic

    rng, first = np.random.default_rng(1), 12 * 2020
    t = np.tile(np.arange(first, first + 12 * years), COMMUNES)
    unit = np.repeat(np.arange(COMMUNES), 12 * years)
    name = np.char.add("Xã ", unit.astype(str))
    received = rng.poisson(60, len(t)).astype(float)
    resolved = rng.binomial(received.astype(int), 0.97).astype(float)
    frame = pd.DataFrame({
        "t": t, "month": [f"{m // 12}-{m % 12 + 1:02d}" for m in t], "unit": np.char.add("xa-", unit.astype(str)),
        "unit_name": name, "unit_name_en": name, "level": "commune", "service": SERVICE, "received": received, "resolved": resolved,
        "on_time": rng.binomial(resolved.astype(int), 0.86).astype(float),
        "online": rng.binomial(received.astype(int), 0.34).astype(float), "wait_minutes": rng.uniform(5, 40, len(t)).round(1),
        "answer_days": np.nan, "adopted": np.where(unit % 3 == 0, first + 18.0, np.inf), "note": "", "row": np.arange(len(t)) + 9})
    return synthetic.mark(frame)


def scores(units: int):
    """A panel of ``units`` in twenty editions: the composite and eight components of PAPI."""
    from govlib.known import indices

    rng, parts = np.random.default_rng(1), ["overall", *indices.component_ids("papi", 2024)]
    n = units * 20 * len(parts)
    part, empty = np.tile(np.arange(len(parts)), units * 20), pd.array([pd.NA] * n, "Int64")
    return pd.DataFrame({
        "province": np.repeat([f"xa-{i:05d}" for i in range(units)], 20 * len(parts)),
        "year": np.tile(np.repeat(np.arange(2005, 2025), len(parts)), units), "index_id": "papi",
        "component": np.array(parts)[part], "level": np.where(part == 0, "overall", "component"),
        "score": rng.uniform(1, 10, n).round(4), "rank": empty, "rank_computed": empty,
        "unit": "points", "scale_min": 1.0, "scale_max": 10.0, "method_version": "SYNTHETIC", "status": "published",
        "source": "SYNTHETIC", "locator": "SYNTHETIC"})


def write(folder: Path, kind: str, size: int) -> None:
    """The data of a job, where they are not there yet."""
    if kind in ("firms", "households"):
        one = firms if kind == "firms" else households
        made = {folder / f"{kind}-{year}.parquet": (one, year) for year in range(FIRST, FIRST + size)}
    else:
        made = {folder / f"{kind}-{size}.parquet": (months, size)} if kind == "months" else {
            folder / f"{kind}-{size}" / "scores.parquet": (scores, size)}
    for path, (make, argument) in made.items():
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            make(argument).to_parquet(path, index=False)


# ---- the project's way ----------------------------------------------------------------------------------------------------------
def one_ddci(path: str) -> np.ndarray:
    from govlib.institute import ddci

    year = int(Path(path).stem.split("-")[1])
    ratings = ddci.Ratings(Path(path), {}, year, pd.read_parquet(path))
    return np.concatenate([ddci.result(ratings, level).table.sort_values("unit")["score"].to_numpy() for level in ratings.levels])


def one_satisfaction(path: str) -> np.ndarray:
    from govlib.institute.satisfaction import estimates, form

    survey = form.Survey(Path(path), {}, int(Path(path).stem.split("-")[1]), pd.read_parquet(path))
    return np.concatenate([table["share"].to_numpy(float) for table in estimates.tables(survey).values()])


def rounds(folder: Path, kind: str, size: int) -> list[str]:
    return [str(folder / f"{kind}-{year}.parquet") for year in range(FIRST, FIRST + size)]


def here(one, kind: str):
    return lambda folder, size: np.concatenate([one(path) for path in rounds(folder, kind, size)])


def on_dask(one, kind: str):
    """Two local workers, a round a task."""
    def job(folder: Path, size: int) -> np.ndarray:
        from distributed import Client, LocalCluster

        with (LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster,
              Client(cluster) as client):
            return np.concatenate(client.gather(client.map(one, rounds(folder, kind, size))))

    return job


def means_pandas(folder: Path, size: int) -> np.ndarray:
    from govlib.institute import ddci
    from govlib.institute.statistics import ranks

    out = []
    for path in rounds(folder, "firms", size):
        data = pd.read_parquet(path)
        unit, names = pd.factorize(data["unit"], sort=True)
        out.append(ranks.item_means(data[list(ddci.items())].to_numpy(float), unit, data["weight"].to_numpy(), len(names)))
    return np.concatenate(out).ravel()


def means_polars(folder: Path, size: int) -> np.ndarray:
    import polars as pl

    from govlib.institute import ddci

    items = [pl.col(i).fill_nan(None) for i in ddci.items()]
    found = (pl.scan_parquet(rounds(folder, "firms", size), include_file_paths="file").group_by("file", "unit")
             .agg([(x * pl.col("weight")).sum() / pl.col("weight").filter(x.is_not_null()).sum() for x in items])
             .sort("file", "unit").collect())
    return found.drop("file", "unit").to_numpy().ravel()


def shares_pandas(folder: Path, size: int) -> np.ndarray:
    out = []
    for path in rounds(folder, "households", size):
        data = pd.read_parquet(path, columns=["unit", "service", "overall", "weight"]).dropna(subset=["overall"])
        good = data.assign(good=data["weight"] * data["overall"].ge(4)).groupby(["unit", "service"])[["good", "weight"]].sum()
        out.append((good["good"] / good["weight"]).to_numpy())
    return np.concatenate(out)


def shares_polars(folder: Path, size: int) -> np.ndarray:
    import polars as pl

    found = (pl.scan_parquet(rounds(folder, "households", size), include_file_paths="file").filter(pl.col("overall").is_not_nan())
             .group_by("file", "unit", "service").agg((pl.col("weight") * (pl.col("overall") >= 4)).sum() / pl.col("weight").sum())
             .sort("file", "unit", "service").collect())
    return found["weight"].to_numpy()


def operations(folder: Path, years: int):
    from govlib.institute import operations as ops

    data = pd.read_parquet(folder / f"months-{years}.parquet")
    return ops.Operations(folder / "months", {}, "", int(data["t"].min()), int(data["t"].max()), data)


def outcomes_pandas(folder: Path, years: int) -> np.ndarray:
    from govlib.institute import operations as ops

    return ops.panel(operations(folder, years), SERVICE).sort_values(["indicator", "unit", "period"])["value"].to_numpy()


def outcomes_polars(folder: Path, years: int) -> np.ndarray:
    import polars as pl

    share = {"on_time": "resolved", "online": "received"}
    found = pl.scan_parquet(folder / f"months-{years}.parquet").select(
        "unit", "t", *(pl.col(a) / pl.col(b) * 100 for a, b in share.items()), pl.col("received"),
        pl.when(pl.col("resolved") > 0).then(pl.col("wait_minutes")))
    long = found.unpivot(index=["unit", "t"], variable_name="indicator").sort("indicator", "unit", "t").collect()
    return long["value"].to_numpy()


def asked(question: str, path: Path) -> dict[str, np.ndarray]:
    """Columns of what DuckDB answers on one thread; ``data`` in the question is the file."""
    import duckdb

    with duckdb.connect(config={"threads": 1}) as base:
        return base.execute(f"WITH data AS (FROM '{path}') {question}").fetchnumpy()


def outcomes_duckdb(folder: Path, years: int) -> np.ndarray:
    return asked("""
        SELECT coalesce(value, 'NaN') AS value FROM (UNPIVOT (
          SELECT unit, t, on_time / resolved * 100 AS on_time, online / received * 100 AS online, received,
                 CASE WHEN resolved > 0 THEN wait_minutes END AS wait_minutes FROM data)
        ON on_time, online, received, wait_minutes INTO NAME indicator VALUE value)
        ORDER BY indicator, unit, t""", folder / f"months-{years}.parquet")["value"]


def summary(folder: Path, years: int) -> np.ndarray:
    from govlib.institute import operations as ops

    return ops.summary(operations(folder, years))["value"].to_numpy(float)


def changes_of_level(folder: Path, years: int) -> np.ndarray:
    from govlib.institute import operations as ops

    every = operations(folder, years)
    few = every.data[every.data["unit"].isin(every.units(SERVICE)[:100])]
    return ops.changes(ops.Operations(every.path, {}, "", every.first, every.last, few))["change"].to_numpy(float)


def form_of_a_year(folder: Path, years: int) -> np.ndarray:
    """The filled form itself, as a file of text, read and checked."""
    from govlib.forms import write as forms
    from govlib.institute import operations as ops
    from govlib.institute.operations import form

    path = folder / f"form-{years}.csv"
    if not path.exists():
        data = pd.read_parquet(folder / f"months-{years}.parquet")
        last = f"{2019 + years}-12"
        head = {"province": "Hà Nội", "first_month": "2020-01", "last_month": last, "producer": "govlib", "source": "SYNTHETIC"}
        rows = data.assign(unit="Trung tâm " + data["unit_name"], adopted="", answer_days="")[list(form.COLUMNS)]
        forms.form_csv(path, list(head.items()), form.COLUMNS, rows.values.tolist())
        return np.zeros(0)
    return ops.read(path).data["received"].to_numpy()


def communes(folder: Path, units: int) -> None:
    """The registry and the panel of this process hold made-up communes."""
    from govlib.known import provinces

    made = {slug: provinces.Province(slug, slug, slug, slug, "province", "", "", "", "red-river-delta", None, None, (), None,
                                     2005, None) for slug in (f"xa-{i:05d}" for i in range(units))}
    provinces._units = lambda: made
    os.environ["GOVLIB_PROCESSED"] = str(folder / f"scores-{units}")


def wide_pandas(folder: Path, units: int) -> np.ndarray:
    import govlib

    communes(folder, units)
    return govlib.wide("papi").drop(columns=["province", "province_unit", "year"]).to_numpy(float).ravel()


def wide_polars(folder: Path, units: int) -> np.ndarray:
    import polars as pl

    from govlib.known import indices

    held = panel_of(folder, units).filter(pl.col("index_id") == "papi", pl.col("level") != "indicator")
    parts = ["overall", *indices.component_ids("papi", 2024)]
    found = held.select("province", "year", "component", "score").collect().pivot("component", index=["province", "year"])
    return found.sort("province", "year").select(parts).to_numpy().ravel()


def panel_of(folder: Path, units: int):
    import polars as pl

    return pl.scan_parquet(scores_of(folder, units))


def scores_of(folder: Path, units: int) -> Path:
    return folder / f"scores-{units}" / "scores.parquet"


def wide_duckdb(folder: Path, units: int) -> np.ndarray:
    from govlib.known import indices

    parts = ["overall", *indices.component_ids("papi", 2024)]
    found = asked(f"""
        FROM (PIVOT (SELECT province, year, component, score FROM data WHERE index_id = 'papi' AND level <> 'indicator')
              ON component IN ({", ".join(f"'{part}'" for part in parts)}) USING first(score) GROUP BY province, year)
        ORDER BY province, year""", scores_of(folder, units))  # names of our own
    return np.column_stack([found[part] for part in parts]).ravel()


def rank(folder: Path, units: int) -> np.ndarray:
    import govlib

    communes(folder, units)
    return govlib.rank("papi", 2024).sort_values("province")["rank"].to_numpy(float)


def rank_polars(folder: Path, units: int) -> np.ndarray:
    import polars as pl

    held = panel_of(folder, units).filter(pl.col("year") == 2024, pl.col("component") == "overall").sort("province")
    return held.select(pl.col("score").rank("min", descending=True)).collect()["score"].to_numpy().astype(float)


def rank_duckdb(folder: Path, units: int) -> np.ndarray:
    found = asked("""SELECT rank() OVER (ORDER BY score DESC) AS place FROM data WHERE year = 2024 AND component = 'overall'
                     ORDER BY province""", scores_of(folder, units))
    return found["place"].astype(float)


def changes(folder: Path, units: int) -> np.ndarray:
    import govlib

    communes(folder, units)
    return govlib.changes("papi", 2024, "overall").sort_values("province")["change"].to_numpy(float)


def changes_polars(folder: Path, units: int) -> np.ndarray:
    import polars as pl

    held = panel_of(folder, units).filter(pl.col("component") == "overall", pl.col("year") >= 2023).sort("province", "year")
    found = held.group_by("province", maintain_order=True).agg(pl.col("score").last() - pl.col("score").first())
    return found.collect()["score"].to_numpy()


def changes_duckdb(folder: Path, units: int) -> np.ndarray:
    found = asked("""SELECT max_by(score, year) - min_by(score, year) AS change FROM data
                     WHERE component = 'overall' AND year >= 2023 GROUP BY province ORDER BY province""", scores_of(folder, units))
    return found["change"]


# name: (data, what grows, sizes, {way: job}); the first way is the project's
JOBS = {
    "means of answers": ("firms", "rounds", (1, 30), {"pandas": means_pandas, "Polars": means_polars}),
    "ddci": ("firms", "rounds", (1, 30), {"pandas": here(one_ddci, "firms"), "Dask": on_dask(one_ddci, "firms")}),
    "shares": ("households", "rounds", (1, 30), {"pandas": shares_pandas, "Polars": shares_polars}),
    "satisfaction": ("households", "rounds", (1, 30), {"pandas": here(one_satisfaction, "households"),
                                                       "Dask": on_dask(one_satisfaction, "households")}),
    "form read": ("months", "years", (1,), {"pandas": form_of_a_year}),
    "outcomes": ("months", "years", (1, 5), {"pandas": outcomes_pandas, "Polars": outcomes_polars, "DuckDB": outcomes_duckdb}),
    "summary": ("months", "years", (2,), {"pandas": summary}),
    "change points of 100 units": ("months", "years", (2, 5), {"pandas": changes_of_level}),
    "wide": ("scores", "units", (1_000, 10_000), {"pandas": wide_pandas, "Polars": wide_polars, "DuckDB": wide_duckdb}),
    "rank": ("scores", "units", (1_000, 10_000), {"pandas": rank, "Polars": rank_polars, "DuckDB": rank_duckdb}),
    "changes": ("scores", "units", (1_000, 10_000), {"pandas": changes, "Polars": changes_polars, "DuckDB": changes_duckdb}),
}


def measured(name: str, way: str, size: int, folder: Path) -> dict:
    """In a process of its own: processor seconds, seconds by the clock, MiB at most, and the numbers in a file."""
    job = JOBS[name][3][way]
    clock, cpu = time.perf_counter(), time.process_time()
    numbers = job(folder, size)
    took, cpu = time.perf_counter() - clock, time.process_time() - cpu
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss + 2 * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    children = sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    np.save(folder / "numbers.npy", numbers)
    return {"cpu": cpu + children, "clock": took, "mib": most / 1024, "n": int(numbers.size)}


def main(argv: list[str] | None = None) -> int:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--jobs", default=",".join(JOBS))
    ask.add_argument("--largest", type=int, help="leave out sizes above")
    ask.add_argument("--one", nargs=4, metavar=("JOB", "WAY", "SIZE", "FOLDER"), help="used by the script itself")
    args = ask.parse_args(argv)
    if args.one:
        name, way, size, folder = args.one
        if way == "write":
            write(Path(folder), JOBS[name][0], int(size))
            if name == "form read":
                form_of_a_year(Path(folder), int(size))
        else:
            print(json.dumps(measured(name, way, int(size), Path(folder))))
        return 0
    print("| job | size | way | numbers | processor, s | clock, s | most, MiB | of the project's time | largest difference |")
    print("|---|---|---|---|---|---|---|---|---|")
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="scale-") as held:
        for name in args.jobs.split(","):
            _, grows, sizes, ways = JOBS[name]
            ways = {way: job for way, job in ways.items() if way != "DuckDB" or HAS_DUCKDB}
            for size in (s for s in sizes if args.largest is None or s <= args.largest):
                first = None
                for way in ("write", *ways):
                    done = subprocess.run([sys.executable, __file__, "--one", name, way, str(size), held], capture_output=True,
                                          text=True, check=False)
                    if done.returncode:
                        print(done.stderr[-2000:], file=sys.stderr)
                        return 1
                    if way == "write":
                        continue
                    got, numbers = json.loads(done.stdout.splitlines()[-1]), np.load(Path(held) / "numbers.npy")
                    first = first or (got, numbers)
                    same = numbers.shape == first[1].shape and np.array_equal(np.isnan(numbers), np.isnan(first[1]))
                    apart = float(np.nanmax(np.abs(numbers - first[1]), initial=0)) if same else np.inf
                    wrong += apart > 1e-9
                    against = (f"{got['cpu'] / first[0]['cpu']:.2f}×", f"{apart:.0e}") if way != list(ways)[0] else ("", "")
                    cells = (name, f"{size:,} {grows}", way, f"{got['n']:,}", f"{got['cpu']:.2f}", f"{got['clock']:.1f}",
                             f"{got['mib']:,.0f}", *against)
                    print(f"| {' | '.join(cells)} |", flush=True)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
