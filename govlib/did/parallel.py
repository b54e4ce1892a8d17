"""The same call on one process or on a Dask cluster.

Heavy calls cut their work into chunks whose content (and random streams) do not depend on who runs them, so that a
result is the same to the last bit with and without a client, and with any number of workers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


def run(task: Callable[..., Any], chunks: Sequence[tuple], client: Any = None, shared: tuple = ()) -> list:
    """``[task(*shared, *chunk) for chunk in chunks]``, on ``client`` (a ``dask.distributed.Client``) when given.

    ``shared`` (the data) is sent to the workers once, not once a chunk.
    """
    if client is None:
        return [task(*shared, *chunk) for chunk in chunks]
    # hash=False: two different arrays may never be taken for one; broadcast: each worker keeps its copy
    sent = [client.scatter(part, broadcast=True, hash=False) for part in shared]
    futures = [client.submit(task, *sent, *chunk, pure=False) for chunk in chunks]
    return client.gather(futures)


def streams(seed: int | None, sizes: Sequence[int]) -> list[tuple[int, np.random.SeedSequence]]:
    """One independent random stream a chunk: ``[(size, SeedSequence), ...]``."""
    return list(zip(sizes, np.random.SeedSequence(seed).spawn(len(sizes)), strict=True))


def split(total: int, size: int) -> list[int]:
    """``total`` draws in chunks of at most ``size``."""
    return [min(size, total - start) for start in range(0, total, size)]
