"""Postcodes: reading what a person typed, and where it is, from a table on this machine. Nothing here ever uses the network.

Great Britain only: a Northern Ireland (BT), Channel Islands or Isle of Man postcode is a good postcode that cannot be located, and gives None,
as their positions come under other licences. Geocoders for organisations' addresses live in `geocoders`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from partners.foundation import national_grid, postcode_table
from partners.foundation.errors import InvalidRecord

if TYPE_CHECKING:
    from partners.foundation.geocoders import OfflinePostcode as OfflinePostcode
    from partners.foundation.geocoders import geocoder_from as geocoder_from

ATTRIBUTION = (
    "Contains OS data © Crown copyright and database right 2025. "
    "Contains Royal Mail data © Royal Mail copyright and database right 2025. "
    "Contains National Statistics data © Crown copyright and database right 2025. "
    "Licensed under the Open Government Licence v3.0."
)

EXAMPLE = "LS9 7AB"
MOST_CHARACTERS = 40
# A sector with only a few postcodes would point at one street, so it blurs to the outcode. Judgement, November 2026.
FEWEST_TO_BLUR = 10

# The 120 areas of Great Britain, then Northern Ireland, the Crown dependencies, and the forces', banks' and returns' areas.
# Source: OS Code-Point Open 2025.2.0; Royal Mail.
_AREA_LIST = (
    "AB AL B BA BB BD BH BL BN BR BS CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK FY G GL GU HA HD HG "
    "HP HR HS HU HX IG IP IV KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S "
    "SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE BT GY JE IM BF BX XX "
)
AREAS = frozenset(_AREA_LIST.split())
OUTCODE = r"([A-Z]{1,2})[0-9][0-9A-Z]?"
_OUTCODE = re.compile(OUTCODE)
_INWARD = re.compile(rf"[0-9][{postcode_table.UNIT_LETTERS}]{{2}}")
_SECTOR = re.compile(rf"({OUTCODE}) ?([0-9])")
# Spaces of every kind, and the marks that copying from a letter or a spreadsheet brings along.
_NOISE = re.compile(r"[\s\u200b-\u200f\u2060\ufeff\u00ad.,'\"-]+")

Precision = Literal["postcode", "sector", "outcode"]


class PostcodeError(InvalidRecord):
    """What was typed is not a postcode: the message says what is wrong and what would be right, and never repeats what was typed."""

    def __init__(self, message: str) -> None:
        super().__init__("postcode", message)


@dataclass(frozen=True, slots=True)
class Located:
    """A point (degrees, WGS84) and what it stands for: `postcode` is "LS9 7AB", "LS9 7" or "LS9", as `precision` says."""

    latitude: float
    longitude: float
    precision: Precision
    postcode: str


def normalise(text: str) -> str:
    """The postcode in capitals with one space, however it was typed; raises PostcodeError. It may be a postcode that does not exist.

    >>> normalise(" ls97ab")
    'LS9 7AB'
    """
    if len(text) > MOST_CHARACTERS:
        raise PostcodeError(f"This is too long to be a postcode. Enter the postcode alone, like {EXAMPLE}.")
    letters = _NOISE.sub("", unicodedata.normalize("NFKC", text)).upper()
    if not letters:
        raise PostcodeError(f"Enter a postcode, like {EXAMPLE}.")
    if not (letters.isascii() and letters.isalnum()):
        raise PostcodeError(f"A postcode has only letters and numbers, like {EXAMPLE}.")
    if letters == "GIR0AA":
        return "GIR 0AA"
    outcode, inward = letters[:-3], letters[-3:]
    if len(letters) < 5:
        raise PostcodeError(f"This is too short. Enter the whole postcode, both halves, like {EXAMPLE}.")
    if len(letters) > 7:
        raise PostcodeError(f"This is too long. A postcode has five to seven letters and numbers, like {EXAMPLE}.")
    if not _INWARD.fullmatch(inward):
        raise PostcodeError(f"The second half of a postcode is a number and two letters (never C, I, K, M, O or V), like the 7AB of {EXAMPLE}.")
    start = _OUTCODE.fullmatch(outcode)
    if start is None:
        raise PostcodeError(f"The first half of a postcode is one or two letters, then a number, like the LS9 of {EXAMPLE}.")
    if start[1] not in AREAS:
        raise PostcodeError(f"No postcode in the UK starts with {start[1]}. Check the first letters; Leeds, say, is LS, as in {EXAMPLE}.")
    return f"{outcode} {inward}"


def sector_of(postcode: str) -> str:
    """The sector ("LS9 7") of a postcode, typed in any way; raises PostcodeError."""
    return normalise(postcode)[:-2]


def outcode_of(postcode: str) -> str:
    """The outcode ("LS9") of a postcode, typed in any way; raises PostcodeError."""
    return normalise(postcode).split()[0]


def locate(postcode: str, *, table: Path = postcode_table.PACKED) -> Located | None:
    """Where a postcode is: its own point, else the middle of its sector, else of its outcode; None where none is known.

    Raises PostcodeError where it is not a postcode.
    """
    outcode, inward = normalise(postcode).split()
    if outcode == "GIR":
        return None
    loaded = postcode_table.load(table)
    point = loaded.point(postcode_table.number_of(outcode, inward))
    if point is not None:
        return Located(*national_grid.wgs84_of(*point), "postcode", f"{outcode} {inward}")
    return _middle(loaded, outcode, inward[0]) or _middle(loaded, outcode)


def blurred(postcode: str, *, table: Path = postcode_table.PACKED) -> Located | None:
    """The middle of the postcode's sector, never its own point: what may be kept, shown or matched for a family.

    A sector with fewer than ten known postcodes gives the middle of the outcode, and an outcode with fewer gives None. Every postcode of a
    sector gives the same answer, and the answer does not carry the postcode. Raises PostcodeError where it is not a postcode.
    """
    outcode, inward = normalise(postcode).split()
    if outcode == "GIR":
        return None
    loaded = postcode_table.load(table)
    return _middle(loaded, outcode, inward[0], fewest=FEWEST_TO_BLUR) or _middle(loaded, outcode, fewest=FEWEST_TO_BLUR)


def centroid_of(area: str, *, table: Path = postcode_table.PACKED) -> Located | None:
    """The middle of a sector ("LS9 7", with its space) or an outcode ("LS9"); None where it is not known.

    Raises PostcodeError where it is neither.
    """
    text = " ".join(area.upper().split())
    if outcode := _OUTCODE.fullmatch(text):
        return _middle(postcode_table.load(table), outcode[0])
    if " " in text and (sector := _SECTOR.fullmatch(text)):
        return _middle(postcode_table.load(table), sector[1], sector[3])
    raise PostcodeError("This is not part of a postcode. Enter the first half, like LS9, or the first half, a space and a number, like LS9 7.")


def _middle(table: postcode_table.PostcodeTable, outcode: str, sector: str = "", *, fewest: int = 1) -> Located | None:
    width = postcode_table.UNITS_IN_SECTOR if sector else postcode_table.UNITS_IN_OUTCODE
    found = table.centroid(postcode_table.number_of(outcode, sector), width)
    if found is None or found[2] < fewest:
        return None
    precision: Precision = "sector" if sector else "outcode"
    return Located(*national_grid.wgs84_of(found[0], found[1]), precision, f"{outcode} {sector}".strip())


def __getattr__(name: str) -> Any:
    # geopy takes a third of a second to import, which reading a postcode need not pay.
    if name in ("OfflinePostcode", "geocoder_from"):
        from partners.foundation import geocoders

        return getattr(geocoders, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
