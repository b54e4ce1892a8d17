"""Days that could be two in a researcher's own file: its periods and the beginnings beside them."""

from __future__ import annotations

import pandas as pd
import pytest

from govlib.effects import own_file
from govlib.errors import BadInput

QUARTERS = ["1/1/2022", "4/1/2022", "7/1/2022", "10/1/2022"]


def read(path):
    return own_file.read(path, ["y"], ["unit", "quarter", "start"])


def made(tmp_path, quarters, start, name="mine.csv"):
    table = pd.DataFrame({"unit": ["a"] * len(quarters), "quarter": quarters, "y": [1.5] * len(quarters), "start": [start] * len(quarters)})
    table.to_csv(tmp_path / name, index=False) if name.endswith("csv") else table.to_parquet(tmp_path / name)
    return tmp_path / name


@pytest.mark.parametrize("name", ["mine.csv", "mine.parquet"])
def test_quarters_of_an_american_spreadsheet(tmp_path, name):
    """They were read as the first, fourth, seventh and tenth of January."""
    with pytest.raises(BadInput) as told:
        read(made(tmp_path, QUARTERS, "never", name))
    assert [(p.row, p.column, p.value) for p in told.value.problems] == [(3, "quarter", "4/1/2022"), (4, "quarter", "7/1/2022"), (5, "quarter", "10/1/2022")]
    assert "could be 2022-01-04 or 2022-04-01" in str(told.value) and "write YYYY-MM-DD" in str(told.value)


@pytest.mark.parametrize("name", ["mine.csv", "mine.parquet"])
@pytest.mark.parametrize(("quarters", "start"), [(["31/3/2022", "30/6/2022"], "1/7/2022"), (["2022-03-31", "2022-06-30"], ""), (["3/2022", "6/2022"], "2022-07-01"),
                                                 (["1/1/2022", "1/4/2022"], "15/3/2022"), (["01/01/2022", "01/04/2022", "01/07/2022"], ""),
                                                 (["1/10/2021", "1/11/2021", "1/12/2021"], "1/12/2021")])
def test_periods_that_can_be_one_only(tmp_path, name, quarters, start):
    assert read(made(tmp_path, quarters, start, name))[0]["quarter"].tolist() == quarters


def test_a_day_that_could_be_two_is_told_once(tmp_path):
    """Of 10,000 units over a year a file had as many problems as rows."""
    with pytest.raises(BadInput) as told:
        read(made(tmp_path, ["1/5/2022", "2/5/2022"] * 500, "never"))
    assert [(p.row, p.value) for p in told.value.problems] == [(2, "1/5/2022"), (3, "2/5/2022")]
