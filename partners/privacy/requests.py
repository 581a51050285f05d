"""Requests about records: to see them, put them right, erase them, stop using them for a while, or object. Each has a clock, checks before it is answered, and two people.

Whoever wrote a request down does not decide it. See README, 'Rights'.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from enum import StrEnum

from dateutil.relativedelta import relativedelta
from sqlalchemy import ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from partners.families import setting_aside
from partners.families.families import Child, Family
from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.calendars import day_of
from partners.foundation.db import Base, named, new_id
from partners.foundation.errors import Conflict, InvalidRecord, NotFound
from partners.foundation.sealing import Sealed, SealedJson

# Source: UK GDPR, article 12(3): one month, two more where requests are complex or many; to be verified by a data protection officer.
MONTHS, MORE_MONTHS = 1, 2
SOON_DAYS = 7  # days before a clock runs out from which the lead is told by mail; judgement, November 2026


class Kind(StrEnum):
    """What somebody asks for."""

    ACCESS = "access"
    RECTIFICATION = "rectification"
    ERASURE = "erasure"
    RESTRICTION = "restriction"
    OBJECTION = "objection"


class Who(StrEnum):
    """Who asks."""

    PARENT = "parent"
    OTHER_PARENT = "other_parent"
    CHILD = "child"
    SOMEBODY_FOR_THEM = "somebody_for_them"


class Decision(StrEnum):
    """How a request was answered."""

    DONE = "done"
    IN_PART = "in_part"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"


KIND_WORDS = {
    Kind.ACCESS: "See what we hold", Kind.RECTIFICATION: "Put something right", Kind.ERASURE: "Erase what we hold", Kind.RESTRICTION: "Stop using it for now",
    Kind.OBJECTION: "Object to how we use it",
}
WHO_WORDS = {
    Who.PARENT: "The parent or carer we speak to", Who.OTHER_PARENT: "The other parent", Who.CHILD: "The child", Who.SOMEBODY_FOR_THEM: "Somebody for them",
}
# While such a request is open, and after it was agreed to, the records are kept and not used. Source: UK GDPR, articles 18(1) and 21(1); to be verified by a data protection officer.
SETS_ASIDE = frozenset({Kind.RESTRICTION, Kind.OBJECTION})
# What is checked before anything is given out or erased, each by a person, with a word on how.
CHECKS = {
    "identity": "Who are they, and how do you know?",
    "responsibility": "Do they have parental responsibility, or may they ask for this person?",
    "must_not_know": "Are they, or anybody near them, on the list of who must not know?",
}


class RightsRequest(Base):
    """One request. It outlives the records that it erased, without anybody's name."""

    __tablename__ = "rights_requests"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    family_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("families.id"), index=True)
    child_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("children.id"))
    kind: Mapped[Kind] = mapped_column(named(Kind))
    who: Mapped[Who] = mapped_column(named(Who))
    name: Mapped[str | None] = mapped_column(Sealed)
    contact: Mapped[str | None] = mapped_column(Sealed)
    words: Mapped[str | None] = mapped_column(Sealed)
    press: Mapped[str] = mapped_column(String(64), unique=True)
    received_at: Mapped[datetime]
    due_on: Mapped[date]
    opened_by_id: Mapped[uuid.UUID | None]
    checks: Mapped[dict[str, str]] = mapped_column(SealedJson, default=dict)
    checked_at: Mapped[datetime | None]
    checked_by_id: Mapped[uuid.UUID | None]
    paused_on: Mapped[date | None]
    paused_because: Mapped[str | None] = mapped_column(Sealed)
    extended_at: Mapped[datetime | None]
    extended_because: Mapped[str | None] = mapped_column(Sealed)
    decision: Mapped[Decision | None] = mapped_column(named(Decision))
    decided_words: Mapped[str | None] = mapped_column(Sealed)
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[uuid.UUID | None]
    lifted_at: Mapped[datetime | None]
    lifted_words: Mapped[str | None] = mapped_column(Sealed)
    wiped_at: Mapped[datetime | None]
    family: Mapped[Family | None] = relationship(lazy="joined")
    child: Mapped[Child | None] = relationship(lazy="joined")

    @property
    def reference(self) -> str:
        """A short word to quote. It is made from the random id and tells nothing."""
        return self.id.hex[:6].upper()

    @property
    def is_open(self) -> bool:
        """Whether it waits for its answer."""
        return self.decided_at is None

    @property
    def sets_aside(self) -> bool:
        """Whether the family's records are kept and not used because of it.

        The word of the parent or carer we speak to counts at once. Anybody else's counts once the three checks are made: a person who must not know could
        otherwise stop a family's help with one letter.
        """
        if self.kind not in SETS_ASIDE or self.lifted_at is not None:
            return False
        if self.is_open:
            return self.who is Who.PARENT or self.checked_at is not None
        return self.decision in (Decision.DONE, Decision.IN_PART)

    def is_late(self, on: date) -> bool:
        """Whether its answer should have been given by a day. A clock that is stopped is not late."""
        return self.is_open and self.paused_on is None and on > self.due_on


def due(received: date, months: int = MONTHS) -> date:
    """Return the day a request is due: the same day of a later month, or that month's last day.

    >>> due(date(2027, 1, 31)), due(date(2026, 11, 24))
    (datetime.date(2027, 2, 28), datetime.date(2026, 12, 24))
    """
    return received + relativedelta(months=months)


def make(
    session: Session, family: Family, kind: Kind, *, who: Who, by: Actor, at: datetime, child: Child | None = None, name: str | None = None,
    contact: str | None = None, words: str | None = None, press: str | None = None,
) -> RightsRequest:
    """Write down a request and start its clock of one month. The same press twice keeps one. A request may be made in any words, to anybody.

    Raises:
        InvalidRecord: a request to put something right or to object that does not say what.
        NotFound: another school's family, or a child of another family.
    """
    access.require(by, "rights:open", family)
    if child is not None and child.family_id != family.id:
        raise NotFound("child")
    if press is not None and (known := session.scalar(select(RightsRequest).where(RightsRequest.press == press))) is not None:
        return known
    if kind in (Kind.RECTIFICATION, Kind.OBJECTION) and not (words or "").strip():
        raise InvalidRecord("words", "Write what is wrong, or what they object to.")
    made = RightsRequest(
        id=new_id(), school_id=family.school_id, family=family, child=child, kind=kind, who=who, name=(name or "").strip() or None, contact=(contact or "").strip() or None,
        words=(words or "").strip() or None, press=press or uuid.uuid4().hex, received_at=at, due_on=due(day_of(at)), opened_by_id=by.user_id, checks={},
    )
    session.add(made)
    session.flush()
    audit.record(session, "rights:asked", ("rights_request", made.id), by=by, at=at, kind=kind.value, who=who.value)
    _set_aside(session, made, by=by, at=at)
    return made


def _set_aside(session: Session, request: RightsRequest, *, by: Actor, at: datetime) -> None:
    """Set a family's records aside while any of its requests asks for that, and use them again when none does."""
    if request.family is None or request.kind not in SETS_ASIDE:
        return
    rows = session.scalars(select(RightsRequest).where(RightsRequest.family_id == request.family.id)).unique()
    (setting_aside.begin if any(r.sets_aside for r in rows) else setting_aside.end)(session, request.family, by=by, at=at)


def lift(session: Session, request: RightsRequest, words: str, *, by: Actor, at: datetime) -> RightsRequest:
    """Use the records again, after they were told: a restriction is never lifted without a word to whoever asked for it.

    Raises:
        Conflict: it sets nothing aside, or still waits for its answer.
        InvalidRecord: it does not say what they were told.
    """
    access.require(by, "rights:decide", request)
    if not request.sets_aside or request.is_open:
        raise Conflict("There is nothing to lift: this request waits for its answer, or sets nothing aside.")
    if not words.strip():
        raise InvalidRecord("told", "Write what you told them before the records are used again.")
    request.lifted_at, request.lifted_words = at, words.strip()[:500]
    session.flush()
    audit.record(session, "rights:lifted", ("rights_request", request.id), by=by, at=at)
    _set_aside(session, request, by=by, at=at)
    return request


def due_soon(session: Session, school_id: uuid.UUID, *, on: date) -> int:
    """Return how many requests of a school have their answer due within SOON_DAYS days or overdue. A clock that is stopped is not counted."""
    return session.scalar(select(func.count()).select_from(RightsRequest).where(
        RightsRequest.school_id == school_id, RightsRequest.decided_at.is_(None), RightsRequest.paused_on.is_(None), RightsRequest.due_on <= on + timedelta(days=SOON_DAYS),
    )) or 0


def get(session: Session, request_id: uuid.UUID, *, by: Actor, action: str = "rights:read") -> RightsRequest:
    """Return a request of the actor's school. Raises NotFound."""
    found = session.get(RightsRequest, request_id)
    if found is None:
        access.require(by, action)
        raise NotFound("request")
    access.require(by, action, found)
    return found


def of_school(session: Session, *, by: Actor) -> list[RightsRequest]:
    """Return the requests of the actor's school: those that wait by their clock, then those answered, the latest first. A liaison officer sees none of a family with the lead."""
    access.require(by, "rights:read")
    rows = list(session.scalars(select(RightsRequest).where(RightsRequest.school_id == by.school_id)).unique())
    if not access.allows(by, "rights:decide"):
        rows = [r for r in rows if r.family is None or r.family.with_dsl_at is None]
    return sorted((r for r in rows if r.is_open), key=lambda r: (r.due_on, r.received_at, r.id)) + sorted((r for r in rows if not r.is_open), key=lambda r: (r.decided_at or r.received_at, r.id), reverse=True)


def of_family(session: Session, family: Family, *, by: Actor) -> list[RightsRequest]:
    """Return a family's requests, the latest first."""
    access.require(by, "rights:see_held", family)
    return list(session.scalars(select(RightsRequest).where(RightsRequest.family_id == family.id).order_by(RightsRequest.received_at.desc(), RightsRequest.id)).unique())


def check(session: Session, request: RightsRequest, answers: dict[str, str], *, by: Actor, at: datetime) -> RightsRequest:
    """Write down the three checks before anything is given out: who they are, that they may ask, and that they are nobody who must not know.

    Raises:
        InvalidRecord: a check without a word on how it was made.
        Conflict: the request is answered already.
    """
    access.require(by, "rights:read", request)
    _require_open(request)
    for name, question in CHECKS.items():
        if not 1 <= len(answers.get(name, "").strip()) <= 500:
            raise InvalidRecord(name, f"{question} Write how you know.")
    request.checks = {name: answers[name].strip() for name in CHECKS}
    request.checked_at, request.checked_by_id = at, by.user_id
    _run_again(request, at)
    session.flush()
    audit.record(session, "rights:checked", ("rights_request", request.id), by=by, at=at)
    _set_aside(session, request, by=by, at=at)
    return request


def pause(session: Session, request: RightsRequest, because: str, *, by: Actor, at: datetime) -> RightsRequest:
    """Stop the clock while the school waits for what it needs from them: proof of who they are, or which records they mean."""
    access.require(by, "rights:read", request)
    _require_open(request)
    if not because.strip():
        raise InvalidRecord("because", "Say what you asked them for.")
    if request.paused_on is None:
        request.paused_on, request.paused_because = day_of(at), because.strip()[:500]
        session.flush()
        audit.record(session, "rights:paused", ("rights_request", request.id), by=by, at=at)
    return request


def go_on(session: Session, request: RightsRequest, *, by: Actor, at: datetime) -> RightsRequest:
    """Start the clock again: the day it is due moves by as many days as it stood."""
    access.require(by, "rights:read", request)
    _require_open(request)
    if request.paused_on is not None:
        _run_again(request, at)
        session.flush()
        audit.record(session, "rights:went_on", ("rights_request", request.id), by=by, at=at, due_on=request.due_on.isoformat())
    return request


def _run_again(request: RightsRequest, at: datetime) -> None:
    if request.paused_on is not None:
        request.due_on += timedelta(days=max(0, (day_of(at) - request.paused_on).days))
        request.paused_on = request.paused_because = None


def extend(session: Session, request: RightsRequest, because: str, *, by: Actor, at: datetime) -> RightsRequest:
    """Take up to two months more, once, because it is complex; the family must be told why within the first month. Raises Conflict after that."""
    access.require(by, "rights:decide", request)
    _require_open(request)
    if request.extended_at is not None or day_of(at) > request.due_on:
        raise Conflict("The time can be made longer once, and only within the first month.")
    if not because.strip():
        raise InvalidRecord("because", "Say why more time is needed, as you told them.")
    request.due_on, request.extended_at, request.extended_because = due(request.due_on, MORE_MONTHS), at, because.strip()[:500]
    session.flush()
    audit.record(session, "rights:extended", ("rights_request", request.id), by=by, at=at, due_on=request.due_on.isoformat())
    return request


def _require_open(request: RightsRequest) -> None:
    if not request.is_open:
        raise Conflict("This request has its answer already.")


def require_ready(request: RightsRequest, kind: Kind, *, by: Actor) -> None:
    """Let a request be carried out by this person, or refuse.

    Raises:
        Conflict: it is of another kind, answered, not checked yet, or written down by the same person: two people look at each.
    """
    access.require(by, "rights:decide", request)
    _require_open(request)
    if request.kind is not kind:
        raise Conflict("This request asks for something else.")
    if request.checked_at is None:
        raise Conflict("First check who they are, that they may ask, and that they are nobody who must not know.")
    if by.user_id is not None and by.user_id in (request.opened_by_id, request.checked_by_id):
        raise Conflict("Two people look at each request. You wrote it down or checked it, so another safeguarding lead decides.")


def decide(session: Session, request: RightsRequest, decision: Decision, words: str, *, by: Actor, at: datetime) -> RightsRequest:
    """Answer a request, with what they were told. Seeing and erasing are done by `subject_access.release` and `erasure.erase`.

    Raises:
        Conflict: it is answered already, or it asks to see or erase and this would say that it was done.
        InvalidRecord: it does not say what they were told.
    """
    access.require(by, "rights:decide", request)
    _require_open(request)
    if not words.strip():
        raise InvalidRecord("words", "Write what you told them. If you refuse, say why, and that they can complain to you and to the Information Commissioner.")
    if decision in (Decision.DONE, Decision.IN_PART):
        if request.kind in (Kind.ACCESS, Kind.ERASURE):
            raise Conflict("Use the buttons of this request: they do it and write it down.")
        require_ready(request, request.kind, by=by)
    return close(session, request, decision, words, by=by, at=at)


def close(session: Session, request: RightsRequest, decision: Decision, words: str | None, *, by: Actor, at: datetime) -> RightsRequest:
    """Write down the answer, for a room that has done what was asked."""
    request.decision, request.decided_words, request.decided_at, request.decided_by_id = decision, (words or "").strip()[:4000] or None, at, by.user_id
    request.paused_on = None
    session.flush()
    audit.record(session, "rights:answered", ("rights_request", request.id), by=by, at=at, kind=request.kind.value, decision=decision.value, late=day_of(at) > request.due_on)
    _set_aside(session, request, by=by, at=at)
    return request
