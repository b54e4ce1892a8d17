"""``python -m govlib.explore.dashboard``: the explorer as a page of its own (Voilà), which asks nothing of the network.

Voilà finds the template of this package through ``JUPYTER_PATH``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from govlib import paths


def command(notebook: str | Path, *more: str) -> list[str]:
    """The call of Voilà for one notebook."""
    return [sys.executable, "-m", "voila", str(notebook), "--template=govlib", "--theme=light", "--show_tracebacks=False", *more]


def environment() -> dict[str, str]:
    """The environment in which Voilà finds the template."""
    ours = str(Path(__file__).parent / "template")
    return os.environ | {"JUPYTER_PATH": os.pathsep.join(filter(None, [ours, os.environ.get("JUPYTER_PATH")]))}


def main(argv: Sequence[str] | None = None) -> int:
    """``--port``, ``--no-browser`` and whatever else Voilà takes; the first word may be another notebook of explore/."""
    more = list(sys.argv[1:] if argv is None else argv)
    name = more.pop(0) if more and not more[0].startswith("-") else "indices"
    return subprocess.call(command(paths.notebooks() / "explore" / f"{Path(name).stem}.ipynb", *more), env=environment(), cwd=paths.root())


if __name__ == "__main__":
    sys.exit(main())
