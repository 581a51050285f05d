"""Needs: something a family could say out loud, for the family, an adult or one child, and whether it has been met."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from partners.families.families import Child, Family, stop
from partners.families.setting_aside import require_may_act
from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.db import Base, named, new_id
from partners.foundation.errors import InvalidRecord, NotFound, SafetyStop
from partners.foundation.sealing import Sealed


class Harm(StrEnum):
    """The answer to "Is anyone at risk of harm now?"."""

    NO = "no"
    YES = "yes"
    NOT_SURE = "not_sure"


class For(StrEnum):
    """Whom a need is for."""

    FAMILY = "family"
    ADULT = "adult"
    CHILD = "child"


class Within(StrEnum):
    """How soon first contact is needed."""

    TODAY = "today"
    WEEK = "week"
    HALF_TERM = "half_term"
    WHENEVER = "whenever"


class NeedState(StrEnum):
    """Where a need stands. `preferred_not` is the family's choice and is never counted as unmet."""

    OPEN = "open"
    MET = "met"
    PARTLY_MET = "partly_met"
    UNMET = "unmet"
    NOT_NEEDED = "not_needed"
    PREFERRED_NOT = "preferred_not"


# The matcher's own reasons, then those that only people add (domain guide 6.6).
UNMET_REASONS = (
    "no_such_offer", "not_open", "waiting_too_long", "time", "language", "too_far", "outside_area", "not_eligible", "not_accessible",
    "requirement", "may_not_refer", "not_authorised", "not_confirmed", "cost", "no_reply",
)
STOPPING_PATHS = ("restricted", "dsl_only")


class Need(Base):
    """One need of one family."""

    __tablename__ = "needs"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    family_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("families.id"), index=True)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    code: Mapped[str] = mapped_column(String(40), index=True)
    for_whom: Mapped[For] = mapped_column(named(For), default=For.FAMILY)
    child_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("children.id"))
    age_years: Mapped[int | None]
    within: Mapped[Within] = mapped_column(named(Within), default=Within.WHENEVER)
    said: Mapped[str | None] = mapped_column(Sealed)
    state: Mapped[NeedState] = mapped_column(named(NeedState), default=NeedState.OPEN)
    unmet_reason: Mapped[str | None] = mapped_column(String(30))
    recorded_by_id: Mapped[uuid.UUID | None]
    opened_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    family: Mapped[Family] = relationship(lazy="joined")
    child: Mapped[Child | None] = relationship(lazy="joined")

    __mapper_args__ = {"version_id_col": version}


def record(
    session: Session, family: Family, *, codes: list[str], paths: dict[str, str], harm: Harm, by: Actor, at: datetime,
    for_whom: For = For.FAMILY, child_id: uuid.UUID | None = None, age_years: int | None = None, within: Within = Within.WHENEVER,
    said: str | None = None,
) -> list[Need]:
    """Record what a family needs, once somebody has answered the question about harm.

    `paths` gives each known code's path. Anything but "no" to the question, or a restricted need, keeps nothing but "with the
    safeguarding lead", and the caller shows the stop page: see `SafetyStop` as returned by `stops`.

    Raises:
        SafetyStop: the answer or a code stops everything; the family is already put with the lead.
        SetAside: the family asked that its records are not used for now, so nothing new is written down either.
        InvalidRecord: no code, over ten, an unknown one, or a child of another family.
    """
    access.require(by, "family:match", family)
    if not 1 <= len(codes) <= 10:
        raise InvalidRecord("codes", "Choose what would help: one to ten things.")
    unknown = [c for c in codes if c not in paths]
    if unknown:
        raise InvalidRecord("codes", "Choose from the list; one of those is not on it.")
    if stops(harm, [paths[c] for c in codes]):
        stop(session, family, by=by, at=at)
        raise SafetyStop("at_risk" if harm is not Harm.NO else "restricted")
    require_may_act(family)
    child = _child_of(family, child_id)
    if age_years is not None and not 0 <= age_years <= 120:
        raise InvalidRecord("age_years", "Give an age in whole years, from 0 to 120, or leave it empty.")
    rows = []
    open_now = {(n.code, n.for_whom, n.child_id): n for n in of_family(session, family, by=by) if n.state is NeedState.OPEN}
    for code in dict.fromkeys(codes):
        known = open_now.get((code, for_whom, child_id))
        if known is not None:
            known.within = within
            rows.append(known)
            continue
        need = Need(
            id=new_id(), family=family, school_id=family.school_id, code=code, for_whom=for_whom, child=child,
            age_years=age_years if age_years is not None else (child.age_years if child else None), within=within, said=said or None,
            recorded_by_id=by.user_id, opened_at=at,
        )
        session.add(need)
        rows.append(need)
    family.updated_at = at
    session.flush()
    for need in rows:
        audit.record(session, "need:recorded", ("need", need.id), by=by, at=at, code=need.code)
    return rows


def stops(harm: Harm, paths: list[str]) -> bool:
    """Whether an answer about harm, or the path of any need, stops everything."""
    return harm is not Harm.NO or any(path in STOPPING_PATHS for path in paths)


def _child_of(family: Family, child_id: uuid.UUID | None) -> Child | None:
    if child_id is None:
        return None
    child = next((c for c in family.children if c.id == child_id), None)
    if child is None:
        raise InvalidRecord("child", "Choose one of this family's children.")
    return child


def get(session: Session, need_id: uuid.UUID, *, by: Actor) -> Need:
    """Return a need of the actor's school. Raises NotFound."""
    need = session.get(Need, need_id)
    if need is None:
        access.require(by, "family:read")
        raise NotFound("need")
    access.require(by, "family:read", need)
    return need


def of_family(session: Session, family: Family, *, by: Actor) -> list[Need]:
    """Return a family's needs, the oldest first."""
    access.require(by, "family:read", family)
    return list(session.scalars(select(Need).where(Need.family_id == family.id).order_by(Need.opened_at, Need.id)).unique())


def settle(session: Session, need: Need, state: NeedState, *, by: Actor, at: datetime, reason: str | None = None) -> Need:
    """Record how a need ended, or that it is open again. An unmet need takes a reason from `UNMET_REASONS`.

    Raises:
        InvalidRecord: an unmet need without a known reason.
    """
    if state is NeedState.UNMET and reason not in UNMET_REASONS:
        raise InvalidRecord("reason", "Say why nothing was suitable.")
    need.state, need.unmet_reason = state, reason if state is NeedState.UNMET else None
    need.settled_at = None if state is NeedState.OPEN else at
    session.flush()
    facts: dict[str, Any] = {"state": state.value} | ({"reason": reason} if reason else {})
    audit.record(session, "need:settled", ("need", need.id), by=by, at=at, **facts)
    return need


def nothing_suitable(session: Session, need: Need, *, reason: str, by: Actor, at: datetime) -> Need:
    """Log that nothing suitable was found for a need, and why: it goes on the unmet-need ledger. `preferred_not` is the family's choice."""
    access.require(by, "family:match", need)
    if reason == "preferred_not":
        return settle(session, need, NeedState.PREFERRED_NOT, by=by, at=at)
    return settle(session, need, NeedState.UNMET, by=by, at=at, reason=reason)
