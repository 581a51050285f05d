"""Wards: the electoral ward of each postcode, from open data that the installation brings in (`ward_lists`), and what a ward is called.

A ward's code is its nine characters from the Office for National Statistics. Kith ships no wards: without a list, areas are postcode districts.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Integer, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.foundation import postcode_table, postcodes
from partners.foundation.db import Base, new_id

ASKED_AT_ONCE = 500  # postcodes in one question


class Ward(Base):
    """A ward: its code, and its name and its council's where the installation gave them."""

    __tablename__ = "wards"

    code: Mapped[str] = mapped_column(String(9), primary_key=True)
    name: Mapped[str | None] = mapped_column(String(120))
    council: Mapped[str | None] = mapped_column(String(120))


class WardPostcode(Base):
    """The ward of one postcode, by the postcode's sort number."""

    __tablename__ = "ward_postcodes"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    ward_code: Mapped[str] = mapped_column(String(9))


class WardList(Base):
    """A list that was brought in. A new `edition` begins where a postcode that was known came to lie in another ward."""

    __tablename__ = "ward_lists"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    edition: Mapped[int]
    file_name: Mapped[str] = mapped_column(String(200))
    added: Mapped[int]
    moved: Mapped[int]
    brought_in_at: Mapped[datetime]


def edition(session: Session) -> int:
    """Return which drawing of the wards stands in the database: 0 for none, and one more each time a known postcode changed its ward."""
    return session.scalar(select(WardList.edition).order_by(WardList.edition.desc()).limit(1)) or 0


def number_of(postcode: str) -> int | None:
    """Return a postcode's sort number, or None where it is not one that lies anywhere.

    >>> number_of("LS9 7AB") == number_of("ls97ab"), number_of("GIR 0AA"), number_of("LS9")
    (True, None, None)
    """
    try:
        outcode, inward = postcodes.normalise(postcode).split()
    except postcodes.PostcodeError:
        return None
    return None if outcode == "GIR" else postcode_table.number_of(outcode, inward)


def of_postcodes(session: Session, wanted: Iterable[str]) -> dict[str, str]:
    """Return the ward code of each postcode whose ward is known."""
    by_number = {number: postcode for postcode in set(wanted) if (number := number_of(postcode)) is not None}
    found: dict[str, str] = {}
    numbers = sorted(by_number)
    for start in range(0, len(numbers), ASKED_AT_ONCE):
        for number, code in session.execute(select(WardPostcode.number, WardPostcode.ward_code).where(WardPostcode.number.in_(numbers[start : start + ASKED_AT_ONCE]))):
            found[by_number[number]] = code
    return found


def labels(session: Session, codes: Collection[str]) -> dict[str, str]:
    """Return what each ward is called: its name, with its council or its code where two share it; "Ward E05001420" where nobody gave a name."""
    rows = {w.code: w for w in session.scalars(select(Ward).where(Ward.code.in_(sorted(codes))))}
    names = {code: rows[code].name if code in rows else None for code in codes}
    shared = {name for name in names.values() if name and list(names.values()).count(name) > 1}
    said: dict[str, str] = {}
    for code, name in names.items():
        council = rows[code].council if code in rows else None
        said[code] = f"{name} ({council or code})" if name in shared else name or f"Ward {code}"
    twice = {label for label in said.values() if list(said.values()).count(label) > 1}
    return {code: f"{label} ({code})" if label in twice else label for code, label in said.items()}


def outcodes(session: Session, codes: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return the postcode districts in which each ward has postcodes, as anybody can look up in the open data."""
    found: dict[str, set[str]] = {code: set() for code in codes}
    for code, district in session.execute(
        select(WardPostcode.ward_code, WardPostcode.number // postcode_table.UNITS_IN_OUTCODE).where(WardPostcode.ward_code.in_(sorted(codes))).distinct()
    ):
        found[code].add(postcode_table.postcode_of(district * postcode_table.UNITS_IN_OUTCODE).split()[0])
    return {code: tuple(sorted(names)) for code, names in found.items()}


def middles(session: Session, codes: Collection[str]) -> dict[str, tuple[float, float]]:
    """Return the middle of each ward's postcodes, easting and northing in metres; of those alone whose postcodes have a place."""
    table = postcode_table.load()
    points: dict[str, list[tuple[int, int]]] = {}
    for number, code in session.execute(select(WardPostcode.number, WardPostcode.ward_code).where(WardPostcode.ward_code.in_(sorted(codes)))):
        point = table.point(number)
        if point is not None:
            points.setdefault(code, []).append(point)
    return {code: (sum(e for e, _ in found) / len(found), sum(n for _, n in found) / len(found)) for code, found in points.items()}
