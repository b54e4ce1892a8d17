"""A run that is asked to stop does stop, also where a library loses the asking.

Ctrl-C and SIGTERM raise an exception wherever the main thread happens to be. C code that clears errors it did not expect
(``ABCMeta.register`` while a module loads, for instance) clears that one too, and the run would go on as if nobody had
asked. So the asking is remembered, and whoever hands out work looks before waiting for it.
"""

from __future__ import annotations

import signal
from typing import Any

_asked: list[int] = []


class Stopped(KeyboardInterrupt):
    """Ends a run the way Ctrl-C does, with everything put away."""


def listen() -> None:
    """From now on SIGINT and SIGTERM stop the run; a SIGINT that whoever started it wants ignored (nohup) stays ignored."""
    _asked.clear()
    signal.signal(signal.SIGTERM, _stop)
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _stop)


def heed() -> None:
    """Raise :class:`Stopped` if a stop was asked for; called before waiting for work that others do."""
    if _asked:
        raise Stopped


def _stop(number: int, frame: Any) -> None:
    if number == signal.SIGTERM:  # sent again and again by some: putting away is not to be stopped
        signal.signal(number, signal.SIG_IGN)
    _asked.append(number)
    raise Stopped
