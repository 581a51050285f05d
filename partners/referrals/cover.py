"""Cover: whose each introduction is, who is away and who covers for them, and what to do with what somebody who left had under way."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.families import schools
from partners.foundation import access, audit, users
from partners.foundation.actors import Actor, Role
from partners.foundation.calendars import day_of
from partners.foundation.db import Base, new_id
from partners.foundation.errors import InvalidRecord, NotFound
from partners.foundation.users import User
from partners.referrals.moves import LIVE
from partners.referrals.referrals import Referral

LONGEST_DAYS = 400  # judgement, November 2026


class Absence(Base):
    """Days on which a liaison officer is away, both ends included, and the colleague who covers; nobody where they are the only one."""

    __tablename__ = "absences"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), index=True)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    cover_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    from_on: Mapped[date]
    until_on: Mapped[date]
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


def colleagues(session: Session, *, by: Actor) -> list[User]:
    """Return the other liaison officers of the actor's school, by name: who could cover or take over."""
    access.require(by, "family:match")
    return [u for u in users.of_school(session, by.school_id) if Role.FLO.value in u.roles and u.disabled_at is None and u.id != by.user_id]


def say_away(session: Session, *, from_on: date, until_on: date, cover_id: uuid.UUID | None, by: Actor, at: datetime) -> Absence:
    """Record that one is away, and who covers. It takes the place of what was said before and has not ended.

    Raises:
        InvalidRecord: days the wrong way round, past or too many; or a cover who is no colleague, or who is away then too.
    """
    access.require(by, "family:match")
    if by.user_id is None or by.school_id is None:
        raise NotFound("account")
    if until_on < from_on or until_on < day_of(at):
        raise InvalidRecord("until_on", "Give a last day that is not before the first day, nor past.")
    if until_on - from_on > timedelta(days=LONGEST_DAYS):
        raise InvalidRecord("until_on", "Give a last day within about a year.")
    others = {u.id: u for u in colleagues(session, by=by)}
    if cover_id is not None and cover_id not in others:
        raise InvalidRecord("cover", "Choose a colleague of your school.")
    if cover_id is None and others:
        raise InvalidRecord("cover", "Choose who covers for you, so that nobody waits.")
    overlapping = select(Absence).where(Absence.user_id == cover_id, Absence.ended_at.is_(None), Absence.from_on <= until_on, Absence.until_on >= from_on)
    if cover_id is not None and session.scalar(overlapping) is not None:
        raise InvalidRecord("cover", f"{others[cover_id].name} is away then too. Choose somebody else, or ask them.")
    come_back(session, by=by, at=at)
    absence = Absence(id=new_id(), user_id=by.user_id, school_id=by.school_id, cover_id=cover_id, from_on=from_on, until_on=until_on, made_at=at)
    session.add(absence)
    session.flush()
    audit.record(session, "cover:away", ("user", by.user_id), by=by, at=at, cover=str(cover_id) if cover_id else "nobody", **{"from": from_on.isoformat(), "until": until_on.isoformat()})
    return absence


def come_back(session: Session, *, by: Actor, at: datetime) -> None:
    """End one's own absence, or take back one that has not begun. A second press changes nothing."""
    for absence in session.scalars(select(Absence).where(Absence.user_id == by.user_id, Absence.ended_at.is_(None), Absence.until_on >= day_of(at))):
        absence.ended_at = at
        session.flush()
        audit.record(session, "cover:back", ("user", absence.user_id), by=by, at=at)


def own(session: Session, *, by: Actor, at: datetime) -> Absence | None:
    """Return one's own absence that runs or is to come, the soonest; or None."""
    mine = select(Absence).where(Absence.user_id == by.user_id, Absence.ended_at.is_(None), Absence.until_on >= day_of(at))
    return session.scalars(mine.order_by(Absence.from_on).limit(1)).first()


def away_now(session: Session, *, by: Actor, at: datetime) -> list[tuple[Absence, User]]:
    """Return who of the actor's school is away today, with the absence, the first back first."""
    access.require(by, "family:match")
    today = day_of(at)
    rows = session.execute(
        select(Absence, User).join(User, User.id == Absence.user_id)
        .where(Absence.school_id == by.school_id, Absence.ended_at.is_(None), Absence.from_on <= today, Absence.until_on >= today).order_by(Absence.until_on, Absence.id)
    )
    return [(absence, user) for absence, user in rows]


@dataclass
class Whose:
    """Whose work is whose today, for one officer: their own ids (with those they cover for), who left, and names."""

    mine: set[uuid.UUID] = field(default_factory=set)
    covering: list[tuple[Absence, User]] = field(default_factory=list)
    away: list[tuple[Absence, User]] = field(default_factory=list)
    names: dict[uuid.UUID, str] = field(default_factory=dict)
    left: set[uuid.UUID] = field(default_factory=set)
    alone: bool = False

    def is_mine(self, referral: Referral) -> bool:
        """Whether it waits on this officer: it is theirs, they cover for its owner, or nobody has it any more."""
        return self.alone or referral.owner_id in self.mine or referral.owner_id not in self.names

    def has_left(self, referral: Referral) -> bool:
        """Whether whoever had it is no longer a liaison officer here."""
        return referral.owner_id not in self.names


def whose(session: Session, *, by: Actor, at: datetime) -> Whose:
    """Return whose work is whose today."""
    people = [u for u in users.of_school(session, by.school_id) if Role.FLO.value in u.roles]
    active = {u.id: u.name for u in people if u.disabled_at is None}
    away = away_now(session, by=by, at=at)
    covering = [(a, u) for a, u in away if a.cover_id == by.user_id and u.id != by.user_id]
    mine = {u.id for _a, u in covering} | ({by.user_id} if by.user_id else set())
    return Whose(mine=mine, covering=covering, away=away, names=active, left={u.id for u in people if u.disabled_at is not None}, alone=len(active) <= 1)


def owned_by(session: Session, user_id: uuid.UUID, *, by: Actor) -> list[Referral]:
    """Return what one person has under way, the soonest due first. Families with the safeguarding lead are left out."""
    access.require(by, "family:match")
    rows = session.scalars(select(Referral).where(Referral.school_id == by.school_id, Referral.owner_id == user_id, Referral.state.in_(LIVE))).unique()
    return sorted((r for r in rows if r.family.in_use), key=lambda r: (r.due_on or date.max, r.created_at, r.id))


def left_behind(session: Session, *, by: Actor) -> list[Referral]:
    """Return the live referrals whose owner is no liaison officer of the school any more: somebody has to take each."""
    access.require(by, "family:match")
    active = [u.id for u in users.of_school(session, by.school_id) if Role.FLO.value in u.roles and u.disabled_at is None]
    rows = session.scalars(select(Referral).where(Referral.school_id == by.school_id, Referral.state.in_(LIVE))).unique()
    return sorted((r for r in rows if r.owner_id not in active and r.family.in_use), key=lambda r: (r.due_on or date.max, r.id))


def hand_over(session: Session, rows: list[Referral], to_id: uuid.UUID, *, by: Actor, at: datetime) -> int:
    """Give introductions to a liaison officer of the same school, for good; return how many changed hands.

    Raises:
        InvalidRecord: whoever should take them is no liaison officer here.
    """
    taker = session.get(User, to_id)
    if taker is None or taker.disabled_at is not None or taker.school_id != by.school_id or Role.FLO.value not in taker.roles:
        raise InvalidRecord("to", "Choose a liaison officer of your school.")
    changed = 0
    for referral in rows:
        access.require(by, "referral:as_flo", referral)
        if referral.owner_id != taker.id:
            referral.owner_id = taker.id
            session.flush()
            audit.record(session, "referral:handed_over", ("referral", referral.id), by=by, at=at, to=str(taker.id))
            changed += 1
    return changed


def closes_for(session: Session, school_id: uuid.UUID, *, at: datetime, within_days: int) -> tuple[date, date] | None:
    """Return the first stretch of closed days that begins within so many days and is longer than a week-end; None where there is none or no terms are known."""
    school, today = schools.get(session, school_id), day_of(at)
    if not school.terms or school.terms[-1].ends_on <= today:
        return None
    spans = school.closed_spans(start=today, end=today + timedelta(days=within_days + 60))
    return next(((a, b) for a, b in spans if a <= today + timedelta(days=within_days) and (b - a).days > 2), None)
