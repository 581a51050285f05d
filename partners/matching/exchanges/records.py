"""Exchanges as they are kept: the handovers, the sides, and what each side said."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from partners.families.gives import FamilyGive
from partners.foundation.db import Base, new_id
from partners.foundation.sealing import Sealed
from partners.registry.asks import Ask, Give

CAME = {"received": "It was received", "used": "It was used", "did_not_happen": "It didn't happen"}


class Exchange(Base):
    """One exchange that a person chose, or put aside. Each other side says yes for itself before it is arranged."""

    __tablename__ = "exchanges"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    press: Mapped[str] = mapped_column(String(64), unique=True)
    signature: Mapped[str] = mapped_column(String(64), index=True)
    chosen_at: Mapped[datetime]
    chosen_by_id: Mapped[uuid.UUID | None]
    put_aside: Mapped[bool] = mapped_column(default=False)
    arranged_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None] = mapped_column(String(20))
    handovers: Mapped[list[Handover]] = relationship(order_by="Handover.position", lazy="selectin")
    parties: Mapped[list[ExchangeParty]] = relationship(order_by="ExchangeParty.position", lazy="selectin")

    @property
    def stands(self) -> str:
        """Where it stands: asked, arranged, done, declined or put_aside."""
        if self.put_aside:
            return "put_aside"
        if self.ended_at is not None:
            return self.ended_because or "done"
        return "arranged" if self.arranged_at is not None else "asked"


class Handover(Base):
    """One give that meets one ask, with the reasons as they were shown when it was chosen."""

    __tablename__ = "handovers"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    exchange_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("exchanges.id"), index=True)
    position: Mapped[int]
    ask_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("asks.id"), index=True)
    give_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("gives.id"), index=True)
    family_give_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("family_gives.id"), index=True)
    says: Mapped[list[str]]
    check_first: Mapped[list[str]]
    came: Mapped[str | None] = mapped_column(String(20))
    came_at: Mapped[datetime | None]
    ask: Mapped[Ask] = relationship(lazy="joined")
    give: Mapped[Give | None] = relationship(lazy="joined")
    family_give: Mapped[FamilyGive | None] = relationship(lazy="joined")


class ExchangeParty(Base):
    """One side of an exchange other than the school, and what it said."""

    __tablename__ = "exchange_parties"
    __table_args__ = (UniqueConstraint("exchange_id", "position"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    exchange_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("exchanges.id"), index=True)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"))
    position: Mapped[int]
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    family_give_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("family_gives.id"))
    answer: Mapped[str | None] = mapped_column(String(10))
    answered_at: Mapped[datetime | None]
    name: Mapped[str | None] = mapped_column(Sealed)
