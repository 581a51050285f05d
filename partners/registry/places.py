"""Places (HSDS `location`): where an offer happens. A withheld place is never read by matching, maps or exports."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from partners.foundation.db import Base, new_id

# The needs whose offers are in no list. The taxonomy is the matcher's and lies above this room; a test holds the two equal.
PRIVATE_NEEDS = frozenset({"domestic_abuse", "exploitation", "child_at_risk"})


class Place(Base):
    """One place, with its point in WGS84 degrees where it is known and how exactly it is known."""

    __tablename__ = "places"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(String(500), default="")
    postcode: Mapped[str | None] = mapped_column(String(10))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    precision: Mapped[str | None] = mapped_column(String(10))
    withheld: Mapped[bool] = mapped_column(default=False)


def is_private(codes: Iterable[str]) -> bool:
    """Whether something for these needs starts out with its places withheld."""
    return not PRIVATE_NEEDS.isdisjoint(codes)
