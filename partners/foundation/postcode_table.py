"""The packed postcode table: every postcode of Great Britain with its easting and northing, as three columns in one small file.

Packed, it is a short header and one LZMA stream: the sorted postcode numbers and the eastings and northings, each column as differences from
the row above, split into byte planes. Loaded, it is three numpy arrays. What a postcode means to a person lives in `postcodes`, not here.
"""

from __future__ import annotations

import itertools
import lzma
import os
import struct
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

PACKED = Path(__file__).with_name("postcodes.bin")

MAGIC = b"KITHPC01"
HEADER = struct.Struct("<8sIH")
PLANES = 4
# The sorted codes are almost random in their low byte, so a dictionary longer than the data and no byte alignment packs best (measured, November 2026).
FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": 1 << 25, "lc": 4, "lp": 0, "pb": 0}]

# The twenty letters that Royal Mail allows in the last two places. Source: Royal Mail, Programmers' Guide to the Postcode Address File, edition 7.
UNIT_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
_UNITS = {letter: rank for rank, letter in enumerate(UNIT_LETTERS)}
_DISTRICT_ENDS = " 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ENDS = {end: rank for rank, end in enumerate(_DISTRICT_ENDS)}
_AREAS = " ABCDEFGHIJKLMNOPQRSTUVWXYZ"
UNITS_IN_SECTOR = len(UNIT_LETTERS) ** 2
UNITS_IN_OUTCODE = 10 * UNITS_IN_SECTOR


class PostcodeTableBroken(RuntimeError):
    """The packed table is missing or damaged, and says how to build it again."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"The postcode table {path.name} {why}. Build it again: python -m seeds.build_postcodes --help")
        self.path = path


def number_of(outcode: str, inward: str) -> int:
    """The sort number of a postcode, 0 to 2**31: those of one outcode, and of one sector, are consecutive.

    `inward` may be a sector's digit alone ("7"), or "" for the outcode: then it is the first number of that sector or outcode.

    >>> number_of("LS9", "7AB") - number_of("LS9", "7")
    1
    """
    letters = 1 if outcode[1].isdigit() else 2
    area, district = outcode[:letters].ljust(2), outcode[letters:].ljust(2)
    number = (_AREAS.index(area[0]) * 27 + _AREAS.index(area[1])) * 10 + int(district[0])
    number = number * 37 + _ENDS[district[1]]
    number = number * 10 + int(inward[:1] or 0)
    unit = inward[1:3] or "AA"
    return (number * len(UNIT_LETTERS) + _UNITS[unit[0]]) * len(UNIT_LETTERS) + _UNITS[unit[1]]


def postcode_of(number: int) -> str:
    """The postcode with this sort number, with its space: the inverse of `number_of`.

    >>> postcode_of(number_of("EC1A", "1BB"))
    'EC1A 1BB'
    """
    rest, second = divmod(number, len(UNIT_LETTERS))
    rest, first = divmod(rest, len(UNIT_LETTERS))
    rest, sector = divmod(rest, 10)
    rest, end = divmod(rest, 37)
    rest, digit = divmod(rest, 10)
    area = (_AREAS[rest // 27] + _AREAS[rest % 27]).strip()
    return f"{area}{digit}{_DISTRICT_ENDS[end].strip()} {sector}{UNIT_LETTERS[first]}{UNIT_LETTERS[second]}"


@dataclass(frozen=True, slots=True)
class PostcodeTable:
    """The table in memory: three columns of one length, sorted by postcode number. Eastings and northings are metres on the National Grid."""

    edition: str
    numbers: np.ndarray[Any, np.dtype[np.uint32]]
    eastings: np.ndarray[Any, np.dtype[np.int32]]
    northings: np.ndarray[Any, np.dtype[np.int32]]

    def __len__(self) -> int:
        return len(self.numbers)

    def point(self, number: int) -> tuple[int, int] | None:
        """Easting and northing in metres of one postcode, or None."""
        row = self._row(number)
        if row == len(self.numbers) or self.numbers[row] != number:
            return None
        return int(self.eastings[row]), int(self.northings[row])

    def centroid(self, first: int, width: int) -> tuple[float, float, int] | None:
        """Mean easting and northing in metres, and how many postcodes, of the numbers from `first` up to `first + width`; or None."""
        start, end = self._row(first), self._row(first + width)
        if start == end:
            return None
        return float(self.eastings[start:end].mean()), float(self.northings[start:end].mean()), end - start

    def _row(self, number: int) -> int:
        # A plain int would make numpy copy the whole column to a wider type on every look-up.
        return int(self.numbers.searchsorted(self.numbers.dtype.type(number)))


def pack(rows: Iterable[tuple[int, int, int]], edition: str) -> bytes:
    """The packed file for (number, easting, northing) rows in any order: the same rows and edition give the same bytes.

    Raises ValueError where one postcode stands twice, or where there is no row at all.
    """
    import numpy as np

    ordered = sorted(rows)
    if not ordered:
        raise ValueError("There are no postcodes to pack.")
    for before, after in itertools.pairwise(ordered):
        if before[0] == after[0]:
            raise ValueError(f"{postcode_of(after[0])} stands in the source twice; each postcode must stand there once.")
    columns = np.array(ordered, dtype=np.int64).T
    body = b"".join(_planes(np.diff(column, prepend=0)) for column in columns)
    name = edition.encode()
    return HEADER.pack(MAGIC, len(ordered), len(name)) + name + lzma.compress(body, lzma.FORMAT_XZ, lzma.CHECK_CRC64, filters=FILTERS)


def _planes(differences: np.ndarray[Any, Any]) -> bytes:
    folded = ((differences << 1) ^ (differences >> 63)).astype("<u4")
    return folded.view("u1").reshape(-1, PLANES).T.tobytes()


def unpack(packed: bytes, path: Path = PACKED) -> PostcodeTable:
    """The table inside a packed file; raises PostcodeTableBroken where it is damaged or of another layout."""
    import numpy as np

    if len(packed) < HEADER.size or not packed.startswith(MAGIC):
        raise PostcodeTableBroken(path, "is not a packed postcode table")
    _, rows, name_length = HEADER.unpack_from(packed)
    edition = packed[HEADER.size : HEADER.size + name_length]
    try:
        body = lzma.decompress(memoryview(packed)[HEADER.size + name_length :], lzma.FORMAT_XZ)
    except (lzma.LZMAError, EOFError) as damage:
        raise PostcodeTableBroken(path, "is damaged") from damage
    if len(body) != 3 * PLANES * rows:
        raise PostcodeTableBroken(path, "is cut short")

    def column(place: int, kind: Any) -> np.ndarray[Any, Any]:
        planes = np.frombuffer(body, "u1", PLANES * rows, place * PLANES * rows).reshape(PLANES, rows)
        folded = np.ascontiguousarray(planes.T).view("<u4").reshape(rows)
        differences = (folded >> np.uint32(1)).view(np.int32) ^ -(folded & np.uint32(1)).view(np.int32)
        return np.cumsum(differences, dtype=np.int32).astype(kind)

    return PostcodeTable(edition.decode(), column(0, np.uint32), column(1, np.int32), column(2, np.int32))


_tables: dict[Path, PostcodeTable] = {}
_lock = threading.Lock()


def load(path: Path = PACKED) -> PostcodeTable:
    """The table of a packed file, read once for the whole process, whichever threads ask first.

    Raises PostcodeTableBroken where the file is missing or damaged.
    """
    table = _tables.get(path)
    if table is None:
        with _lock:
            table = _tables.get(path)
            if table is None:
                try:
                    packed = path.read_bytes()
                except FileNotFoundError as missing:
                    raise PostcodeTableBroken(path, "is missing") from missing
                table = _tables[path] = unpack(packed, path)
    return table


def write(packed: bytes, path: Path) -> None:
    """Put a packed table in its place in one step, so that a crash leaves the old file whole."""
    beside = path.with_name(path.name + ".part")
    beside.write_bytes(packed)
    os.replace(beside, path)
