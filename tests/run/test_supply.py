"""What the project stands on: every file by its hash, every licence one that a public institute may use and pass on."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.utils import canonicalize_name

LOCKS = ("requirements.lock", "requirements-uv.lock", ".ci/audit.lock")
# SPDX; all of them allow use, change and passing on, MPL-2.0 with its own files staying under it
ALLOWED = {"MIT", "MIT-0", "MIT-CMU", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "ISC",
           "PSF-2.0", "MPL-2.0", "NCSA", "Zlib", "CC0-1.0", "Unlicense"}
# how packages say it that give no SPDX expression
SAID = {"BSD License": "BSD-3-Clause", "BSD": "BSD-3-Clause", "MIT License": "MIT", "Apache Software License": "Apache-2.0",
        "Apache 2.0": "Apache-2.0", "Apache License, Version 2.0": "Apache-2.0", "ISC License (ISCL)": "ISC",
        "Python Software Foundation License": "PSF-2.0", "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0", "Public Domain": "Unlicense"}
# says nothing in its metadata; in the file it ships, MIT, and the checker inside it MPL-2.0
READ = {"axe-playwright-python": "MPL-2.0"}


def entries(lock: Path) -> list[tuple[str, str]]:
    """Each package with its whole entry (a name can stand once a Python version)."""
    found = re.split(r"\n(?=[A-Za-z0-9])", "\n" + lock.read_text(encoding="utf-8"))
    return [(canonicalize_name(match[0]), entry) for entry in found if (match := re.match(r"[A-Za-z0-9._-]+(?===)", entry))]


def licence(package: Distribution) -> set[str]:
    """SPDX names of all parts of it; of ``A OR B`` both."""
    meta = package.metadata
    kinds = [c.split(" :: ")[-1] for c in meta.get_all("Classifier", []) if c.startswith("License :: ") and "DFSG" not in c]
    said = [meta.get("License-Expression")] if meta.get("License-Expression") else kinds or [(meta.get("License") or "").split("\n")[0].strip()]
    parts = {part for text in said for part in re.split(r" AND | OR |[()]", SAID.get(text, text)) if part}
    return parts or {READ.get(canonicalize_name(meta["Name"]), "")}


@pytest.mark.parametrize("name", LOCKS)
def test_every_file_of_every_lock_has_a_hash_and_no_address(root, name):
    listed = entries(root / name)
    assert listed
    bare = [package for package, entry in listed if "--hash=sha256:" not in entry]
    assert not bare
    assert "://" not in (root / name).read_text(encoding="utf-8")


def test_every_locked_package_has_a_licence_that_is_allowed(root):
    counts, usual, wrong, absent = Counter(), [], {}, []
    for package, entry in entries(root / "requirements.lock"):
        marker = re.match(r"[^\\\n]*;([^\\\n]*)", entry)
        if marker and not Marker(marker[1]).evaluate():
            continue  # for another system or Python: its metadata is not here
        try:
            found = licence(distribution(package))
        except PackageNotFoundError:
            absent.append(package)
            continue
        counts.update(found)
        usual.append(found <= {"MIT", "BSD-3-Clause", "Apache-2.0"})
        if not found <= ALLOWED:
            wrong[package] = sorted(found - ALLOWED)
    assert not absent, f"locked for this system and not installed: {absent} → make env"
    assert not wrong, f"not in ALLOWED: {wrong}"
    assert counts["MIT"] > 50 and sum(counts.values()) > 190
    text = (root / "docs" / "dependencies.md").read_text(encoding="utf-8")
    unnamed = [name for name in counts if not re.search(rf"\b{re.escape(name)}\b", text)]
    assert "Apache-2.0 (six of seven)" in text and round(7 * sum(usual) / len(usual)) == 6
    assert not unnamed, f"a licence that docs/dependencies.md does not name: {unnamed}"


def test_a_licence_that_is_not_allowed_is_seen():
    class Made:
        def __init__(self, **metadata):
            from email.message import Message

            self.metadata = Message()
            self.metadata["Name"] = "made-up"
            for key, value in metadata.items():
                self.metadata[key.replace("_", "-")] = value

    assert licence(Made(License_Expression="MIT AND GPL-3.0-only")) - ALLOWED == {"GPL-3.0-only"}
    assert licence(Made(Classifier="License :: OSI Approved :: GNU Affero General Public License v3")) - ALLOWED
    assert licence(Made(License="Proprietary")) - ALLOWED and licence(Made()) - ALLOWED
    assert licence(Made(License_Expression="(MIT OR Apache-2.0) AND BSD-3-Clause")) <= ALLOWED


def test_what_users_run_is_held_against_the_rules_of_bandit(root):
    """In the linter; each exception says why at its line, or in pyproject.toml for the two that hold everywhere."""
    rules = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"]
    assert "S" in rules["select"] and rules["ignore"] == ["S101", "S603"]
    excepted = [f"{path.name}: {line.strip()}" for path in (root / "govlib").rglob("*.py")
                for line in path.read_text(encoding="utf-8").splitlines() if "# noqa: S" in line]
    assert len(excepted) > 5
    assert not [line for line in excepted if not re.search(r"# noqa: S\d+ - \w", line)]
