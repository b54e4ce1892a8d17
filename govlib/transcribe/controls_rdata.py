"""Data frames from an R workspace file (.RData): just enough of R's XDR serialisation, version 2, for flat tables.

None of the installed libraries reads .RData, and one file of provincial product exists in no other form. Understood are
pairlists, symbols, and vectors of integers, logicals, doubles, strings and lists with attributes (names, levels);
anything else, such as code or environments, is refused. Format: "R Internals", section 1.8, Serialization Formats.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path

import pandas as pd

from govlib.errors import BadInput

MAX_BYTES = 200_000_000  # after decompression
_NA_INT = -2147483648
_NILVALUE, _REF, _SYMBOL, _PAIRLIST, _CHAR, _LOGICAL, _INTEGER, _REAL, _STRING, _LIST = 254, 255, 1, 2, 9, 10, 13, 14, 16, 19


def read(path: str | Path) -> dict[str, pd.DataFrame]:
    """Name → data frame for every data frame in the file; factors become strings, NA becomes None or NaN.

    Raises :class:`BadInput` for another format, a truncated file, or objects that are not plain tables.
    """
    path = Path(path)
    try:
        with gzip.open(path) as f:
            data = f.read(MAX_BYTES + 1)
    except FileNotFoundError as e:
        raise BadInput("there is no such file", file=path, fix="run: make pull") from e
    except (OSError, EOFError, zlib.error) as e:
        raise BadInput("not a complete gzip-compressed .RData file", file=path) from e
    if len(data) > MAX_BYTES:
        raise BadInput(f"unpacks to more than {MAX_BYTES / 1e6:.0f} MB", file=path)
    if data[:7] != b"RDX2\nX\n":
        raise BadInput("not an R workspace in XDR format, version 2", file=path, fix="in R: save(x, file=…, version = 2)")
    try:
        stream = _Stream(data, 7)
        stream.integer(), stream.integer(), stream.integer()  # format, writing and minimal R versions
        objects = stream.item() or []
        return {name: _frame(value) for name, value in objects if _is_frame(value)}
    except (struct.error, IndexError, UnicodeDecodeError, _Unknown) as e:
        raise BadInput(f"the R workspace is truncated or holds something other than tables ({e})", file=path) from e


class _Unknown(Exception):
    """A kind of R object that this reader does not know."""


class _Stream:
    def __init__(self, data: bytes, at: int):
        self.data, self.at = data, at
        self.symbols: list = []

    def integer(self) -> int:
        (value,) = struct.unpack_from(">i", self.data, self.at)
        self.at += 4
        return value

    def vector(self, code: str, size: int) -> list:
        n = self.integer()
        if n < 0 or n * size > len(self.data) - self.at:
            raise _Unknown(f"a vector of {n} items")
        values = list(struct.unpack_from(f">{n}{code}", self.data, self.at))
        self.at += n * size
        return values

    def item(self):
        """Symbols and strings as str, pairlists as [(tag, value)], vectors as (values, attributes), NULL as None."""
        flags = self.integer()
        kind, has_attributes, has_tag = flags & 255, flags & 0x200, flags & 0x400
        if kind == _NILVALUE:
            return None
        if kind == _REF:
            return self.symbols[(flags >> 8 or self.integer()) - 1]
        if kind == _SYMBOL:
            self.symbols.append(self.item())
            return self.symbols[-1]
        if kind == _CHAR:
            n = self.integer()
            if n == -1:
                return None
            if n < 0 or n > len(self.data) - self.at:
                raise _Unknown(f"a string of {n} bytes")
            text = self.data[self.at:self.at + n]
            self.at += n
            return text.decode("latin-1" if flags & 0x4000 else "utf-8")
        if kind == _PAIRLIST:
            pairs = []
            while kind == _PAIRLIST:  # a loop, since a long list would exhaust the stack
                if has_attributes:
                    self.item()
                tag = self.item() if has_tag else None
                pairs.append((tag, self.item()))
                flags = self.integer()
                kind, has_attributes, has_tag = flags & 255, flags & 0x200, flags & 0x400
            if kind != _NILVALUE:
                raise _Unknown(f"a pairlist that ends in type {kind}")
            return pairs
        if kind in (_LOGICAL, _INTEGER):
            values = [None if v == _NA_INT else v for v in self.vector("i", 4)]
        elif kind == _REAL:
            values = self.vector("d", 8)
        elif kind in (_STRING, _LIST):
            values = [self.item() for _ in range(self.integer())]
        else:
            raise _Unknown(f"object type {kind}")
        return values, dict(self.item() or []) if has_attributes else {}


def _is_frame(value: object) -> bool:
    return isinstance(value, tuple) and "names" in value[1] and "data.frame" in value[1].get("class", ([], {}))[0]


def _frame(value: tuple) -> pd.DataFrame:
    columns = {}
    for name, (values, attributes) in zip(value[1]["names"][0], value[0], strict=True):
        if "levels" in attributes:
            values = [None if v is None else attributes["levels"][0][v - 1] for v in values]
        columns[name] = values
    return pd.DataFrame(columns)
