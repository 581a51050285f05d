"""Groups as they are kept: what the needs have in common, who is asked, when it meets and who came."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from partners.families.families import Family
from partners.families.needs import Need
from partners.foundation.db import Base, new_id
from partners.registry.offers import Offer

FEWEST = 5  # below it, only its own liaison officer sees who is in a group; source: domain guide 9
ANSWERS = {"yes": "Yes", "no": "Not now", "thinking": "Wants to think"}
RESULTS = {"met": "It helped", "partly": "It helped in part", "not_met": "It didn't help this time"}


class NeedGroup(Base):
    """One group of one need. `owner_id` is the liaison officer who holds it; `organisation_agreed_at` is the partner's own yes."""

    __tablename__ = "need_groups"
    __table_args__ = (CheckConstraint("places IS NULL OR places > 0", name="places_above_nothing"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(String(120))
    code: Mapped[str] = mapped_column(String(40))
    area: Mapped[str | None] = mapped_column(String(10))
    in_common: Mapped[list[str]]
    half_hours: Mapped[list[dict[str, Any]]]
    offer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("offers.id"))
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    place: Mapped[str] = mapped_column(String(200), default="")
    day: Mapped[str | None] = mapped_column(String(3))
    starts: Mapped[str | None] = mapped_column(String(5))
    ends: Mapped[str | None] = mapped_column(String(5))
    places: Mapped[int | None]
    organisation_agreed_at: Mapped[datetime | None]
    organisation_answer: Mapped[str | None] = mapped_column(String(10))
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    offer: Mapped[Offer | None] = relationship(lazy="joined")
    members: Mapped[list[GroupMember]] = relationship(order_by="GroupMember.position", lazy="selectin")
    meetings: Mapped[list[GroupMeeting]] = relationship(order_by="GroupMeeting.on", lazy="selectin")

    __mapper_args__ = {"version_id_col": version}


class GroupMember(Base):
    """One family in a group: whether it was asked, what it said, and what came of it. `agreement_id` is what it agreed to share, if anything."""

    __tablename__ = "group_members"
    __table_args__ = (UniqueConstraint("group_id", "need_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    group_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("need_groups.id"), index=True)
    family_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("families.id"), index=True)
    need_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("needs.id"), index=True)
    position: Mapped[int]
    answer: Mapped[str | None] = mapped_column(String(10))
    answered_at: Mapped[datetime | None]
    agreement_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agreements.id"))
    left_at: Mapped[datetime | None]
    result: Mapped[str | None] = mapped_column(String(10))
    result_at: Mapped[datetime | None]
    family: Mapped[Family] = relationship(lazy="joined")
    need: Mapped[Need] = relationship(lazy="joined")


class GroupMeeting(Base):
    """One day on which a group meets."""

    __tablename__ = "group_meetings"
    __table_args__ = (UniqueConstraint("group_id", "on"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    group_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("need_groups.id"), index=True)
    on: Mapped[date]
    cancelled_at: Mapped[datetime | None]
    noted_at: Mapped[datetime | None]
    presences: Mapped[list[MeetingPresence]] = relationship(lazy="selectin", cascade="all, delete-orphan")


class MeetingPresence(Base):
    """A family that came to a meeting. Nothing is written down about those who could not."""

    __tablename__ = "meeting_presences"
    __table_args__ = (UniqueConstraint("meeting_id", "member_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    meeting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("group_meetings.id"), index=True)
    member_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("group_members.id"), index=True)
