"""Duplicates: two offers that may be the same one. They are shown to a person as a pair; software never merges any."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from partners.foundation.db import Base, new_id


class OfferPair(Base):
    """Two offers that look alike, by how much and by which signs; then what a person decided: the same (merged) or not."""

    __tablename__ = "offer_pairs"
    __table_args__ = (UniqueConstraint("first_id", "second_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    first_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("offers.id"))
    second_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("offers.id"), index=True)
    score: Mapped[float]
    signs: Mapped[dict[str, Any]]
    found_at: Mapped[datetime]
    decided: Mapped[str | None] = mapped_column(String(10))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[uuid.UUID | None]
    kept_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("offers.id"))
    taken: Mapped[list[str]] = mapped_column(default=list)
