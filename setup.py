"""What a wheel carries beyond the code: the published figures and the tables built from them, so that every question about them has
its answer anywhere. All else about the project stands in pyproject.toml."""

import os
import shutil
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).resolve().parent
RAW = ("controls", "dti", "ict", "papi", "par", "pci", "pgi", "reforms", "sipas")  # what the institute was told stays with it


class WithFigures(build_py):
    """Puts ``data`` of the project into ``govlib/shipped`` of the wheel; where the panel is not built there is a word about it."""

    def run(self):
        super().run()
        if self.editable_mode:  # the project itself is at hand
            return
        data, out = HERE / "data", Path(self.build_lib) / "govlib" / "shipped" / "data"
        shutil.rmtree(out.parent, ignore_errors=True)  # of an earlier build
        for name in RAW:
            shutil.copytree(data / "raw" / name, out / "raw" / name, ignore=shutil.ignore_patterns(".*"))
        made = Path(os.environ.get("GOVLIB_PROCESSED") or data / "processed")
        if not (made / "scores.parquet").is_file():
            print("the panel is not built, so the wheel goes without it: make panel effects, then again", file=sys.stderr)
            return
        for file in sorted([*made.glob("*.parquet"), made / "rejected_rows.csv", made / "datapackage.json",
                            *(made / "estimates").glob("*.parquet")]):
            if file.name.startswith("."):  # what a run remembers for the next
                continue
            target = out / "processed" / file.relative_to(made)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)


setup(cmdclass={"build_py": WithFigures})
