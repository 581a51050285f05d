"""The snapshot: what a school's records say had happened, as plain rows with an instant for each step. No name and no contact is read, and of words nothing but a number."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from partners.families.agreements import Agreement
from partners.families.families import Child, Family
from partners.families.needs import Need, NeedState
from partners.families.questionnaires import Questionnaire
from partners.families.schools import School
from partners.foundation.actors import Role
from partners.foundation.audit import AuditEvent
from partners.foundation.calendars import add_working_days, day_of, working_days_between
from partners.foundation.users import User
from partners.impact import areas, turns
from partners.impact.areas import Areas
from partners.impact.school_data import reading
from partners.impact.school_data.reading import SchoolSays
from partners.impact.turns import Turn
from partners.referrals import moves
from partners.referrals.check_ins import CheckIn
from partners.referrals.moves import Kind, State
from partners.referrals.outcomes import Outcome, Result
from partners.referrals.referrals import Referral, ReferralEvent
from partners.registry.offers import Offer
from partners.registry.partnerships import Partnership

LOOKED_AHEAD = timedelta(days=400)
Spans = list[tuple[date, date]]
OWN = "family"  # of an outcome: the family said it itself, or by the officer who wrote its words down
_WORDS = {Result.MET: True, Result.PARTLY: True, Result.NOT_MET: False}  # the others say nothing of whether it helped
_STEPS = {"start": "started_at", "tell": "told_at"}


@dataclass
class NeedRow:
    """One need: whose, what, since when, and when it was found that nothing suited or that the family would rather not."""

    family: uuid.UUID
    code: str
    opened_at: datetime
    unmet_at: datetime | None
    unmet_reason: str | None
    preferred_not_at: datetime | None
    outcode: str | None
    ward: str | None = None  # its code, where the release counts by ward


@dataclass(frozen=True)
class Word:
    """What somebody said had become of a need: when, what, and who."""

    at: datetime
    result: str
    said_by: str


@dataclass
class ReferralRow:
    """One introduction, with the instant of each step it reached; days are working days."""

    need: uuid.UUID
    family: uuid.UUID
    organisation: uuid.UUID
    created_at: datetime
    kind: str
    agreed_at: datetime | None
    taken_back_at: datetime | None
    sent_at: datetime | None
    replied_at: datetime | None
    accepted_at: datetime | None
    contacted_at: datetime | None
    finished_at: datetime | None
    ended_at: datetime | None
    ended_as: str | None
    code: str | None
    promise_days: int
    told_at: datetime | None = None
    started_at: datetime | None = None
    words: list[Word] = field(default_factory=list)  # what anybody said had become of it, in the order of time
    says: list[tuple[datetime, bool]] = field(default_factory=list)  # the family's own words on whether it helped, in the order of time
    reply_days: int | None = None
    contact_days: int | None = None
    talk_due_on: date | None = None  # where the first talk did not come in time, the last day on which it would have
    yes_at: datetime | None = None  # of the agreement before the first talk: one that was opened again has a later one


@dataclass(frozen=True)
class Number:
    """One 0 to 10 that a family gave itself: which instant it is of, and when it was written down."""

    of: datetime
    known_at: datetime
    value: int


@dataclass
class Snapshot:
    """A school's needs and introductions by id, each family's youngest year band, and the days on which nobody is expected to act."""

    needs: dict[uuid.UUID, NeedRow] = field(default_factory=dict)
    referrals: list[ReferralRow] = field(default_factory=list)
    bands: dict[uuid.UUID, frozenset[str]] = field(default_factory=dict)
    said: list[tuple[uuid.UUID, datetime, str, str, str]] = field(default_factory=list)  # need, when, easy, contacted, again
    numbers: dict[uuid.UUID, list[Number]] = field(default_factory=dict)  # by need
    turns: list[Turn] = field(default_factory=list)  # what was school's own to do
    officers: int = 0  # who look after families at the school, now
    together: list[dict[str, date]] = field(default_factory=list)  # of each partnership: since when, and the first day of each kind of thing
    school: SchoolSays = field(default_factory=SchoolSays)
    areas: Areas = field(default_factory=Areas)

    def changed(self, after: datetime | None, until: datetime) -> int:
        """Return how many families were added to or changed in what is counted, after one instant and before another."""
        def new(*instants: datetime | None) -> bool:
            return any(i is not None and i < until and (after is None or i >= after) for i in instants)

        found = {n.family for n in self.needs.values() if new(n.opened_at, n.unmet_at, n.preferred_not_at)}
        found |= {
            r.family for r in self.referrals
            if new(r.created_at, r.sent_at, r.replied_at, r.accepted_at, r.contacted_at, r.started_at, r.finished_at, r.ended_at, *(word.at for word in r.words))
        }
        return len(found)


BANDS = (("Nursery and Reception", ("Nursery", "Reception")), ("Years 1 and 2", ("Y1", "Y2")), ("Years 3 and 4", ("Y3", "Y4")), ("Years 5 and 6", ("Y5", "Y6")))
OLDER = "Year 7 and up"


def band_of(year_group: str) -> str:
    """Return the band of a year group.

    >>> band_of("Y4"), band_of("Y9")
    ('Years 3 and 4', 'Year 7 and up')
    """
    return next((name for name, groups in BANDS if year_group in groups), OLDER)


def take(session: Session, school: School) -> Snapshot:
    """Return the snapshot of a school as its records stand now. Families that are with the safeguarding lead, or whose records are set aside, are in no count."""
    snap = Snapshot()
    apart = set(session.scalars(select(Family.id).where(Family.school_id == school.id, ~Family.in_use)))
    lived = {i: postcode for i, postcode in session.execute(select(Family.id, Family.postcode).where(Family.school_id == school.id)) if postcode and " " in postcode and i not in apart}
    snap.areas, ward_of = areas.take(session, lived)
    bands: dict[uuid.UUID, set[str]] = {}
    for family, group in session.execute(select(Child.family_id, Child.year_group).join(Family, Family.id == Child.family_id).where(Family.school_id == school.id)):
        bands.setdefault(family, set()).add(band_of(group))
    snap.bands = {family: frozenset(found) for family, found in bands.items()}
    rows = session.execute(select(Need.id, Need.family_id, Need.code, Need.opened_at, Need.state, Need.settled_at, Need.unmet_reason).where(Need.school_id == school.id))
    for i, family, code, opened, state, settled, reason in rows:
        if family not in apart:
            snap.needs[i] = NeedRow(
                family, code, opened, settled if state is NeedState.UNMET else None, reason, settled if state is NeedState.PREFERRED_NOT else None, lived[family].split(" ")[0] if family in lived else None, ward_of.get(family),
            )
    partnerships = session.scalars(select(Partnership).where(Partnership.school_id == school.id, Partnership.ended_at.is_(None)))
    snap.together = [{"since": p.since_on} | {e.kind.value: e.on for e in reversed(p.events)} for p in partnerships]
    snap.officers = sum(Role.FLO.value in roles for roles in session.scalars(select(User.roles).where(User.school_id == school.id, User.disabled_at.is_(None))))
    snap.school = reading.take(session, school.id, apart=apart)
    _referrals(session, school, snap)
    _own_questions(session, school, snap)
    rows_said = select(Referral.need_id, CheckIn.done_at, CheckIn.easy, CheckIn.contacted, CheckIn.again).join(Referral, Referral.id == CheckIn.referral_id)
    snap.said = [(n, at, easy, rang, again) for n, at, easy, rang, again in session.execute(rows_said.where(CheckIn.school_id == school.id)) if n in snap.needs]
    return snap


def _referrals(session: Session, school: School, snap: Snapshot) -> None:
    agreed: dict[uuid.UUID, tuple[datetime | None, datetime | None]] = {}
    first: dict[tuple[uuid.UUID, uuid.UUID], datetime] = {}
    of_agreements = select(Agreement.id, Agreement.need_id, Agreement.organisation_id, Agreement.agreed_at, Agreement.withdrawn_at).where(Agreement.school_id == school.id)
    for i, need, organisation, said_at, taken_back_at in session.execute(of_agreements.order_by(Agreement.agreed_at)):
        agreed[i] = (said_at, taken_back_at)
        first.setdefault((need, organisation), said_at)
    found: dict[uuid.UUID, ReferralRow] = {}
    offers: dict[uuid.UUID, uuid.UUID] = {}
    query = select(Referral.__table__, Offer.reply_promise_days).join(Offer, Offer.id == Referral.offer_id).where(Referral.school_id == school.id)
    for r in session.execute(query):
        if r.need_id not in snap.needs:
            continue
        kind, state = Kind(r.kind), State(r.state)
        at, back = agreed.get(r.agreement_id, (None, None))
        found[r.id] = ReferralRow(
            r.need_id, r.family_id, r.organisation_id, r.created_at, kind.value, at, back, r.sent_at, r.replied_at, r.accepted_at, r.contacted_at, r.finished_at,
            r.ended_at, state.value if state not in moves.LIVE else None, r.code, min(moves.REPLY_DAYS, r.reply_promise_days),
            yes_at=first.get((r.need_id, r.organisation_id), at) if at is not None and r.contacted_at is not None and at > r.contacted_at else at,
        )
        offers[r.id] = r.offer_id
    happened: dict[uuid.UUID, list[turns.Event]] = {}
    events = select(ReferralEvent.referral_id, ReferralEvent.action, ReferralEvent.at).join(Referral, Referral.id == ReferralEvent.referral_id)
    for i, action, when in session.execute(events.where(Referral.school_id == school.id).order_by(ReferralEvent.referral_id, ReferralEvent.position)):
        happened.setdefault(i, []).append((action, when))
        if i in found and action in _STEPS and getattr(found[i], _STEPS[action]) is None:
            setattr(found[i], _STEPS[action], when)
    made: dict[uuid.UUID, dict[int, datetime]] = {}
    asked = select(CheckIn.referral_id, CheckIn.days, CheckIn.done_at, CheckIn.helped, CheckIn.now_0_10).where(CheckIn.school_id == school.id)
    for i, days, when, word, number in session.execute(asked.order_by(CheckIn.done_at)):
        if i in found:
            made.setdefault(i, {})[days] = when
            found[i].says += [(when, word == "yes")] if word in ("yes", "no") else []
            _number(snap, found[i].need, when, when, number)
    for i, result, when, who, low, high in session.execute(
        select(Outcome.referral_id, Outcome.result, Outcome.recorded_at, Outcome.said_by, Outcome.before_0_10, Outcome.after_0_10).where(Outcome.school_id == school.id).order_by(Outcome.recorded_at, Outcome.id)
    ):
        if i in found:
            row = found[i]
            row.words.append(Word(when, Result(result).value, who))
            if who == OWN:
                row.says = sorted([*row.says, *([(when, _WORDS[result])] if result in _WORDS else [])], key=lambda said: said[0])
                _number(snap, row.need, snap.needs[row.need].opened_at, when, low)  # how it was before, told when it closed
                _number(snap, row.need, when, when, high)
    pauses = _pauses(session, set(offers.values()))
    for i, row in found.items():
        _days(row, school, pauses.get(offers[i], []))
        snap.turns += _turns(row, school, pauses.get(offers[i], []), happened.get(i, []), made.get(i, {}))
    snap.referrals = list(found.values())


def _turns(row: ReferralRow, school: School, pauses: Spans, happened: list[turns.Event], made: dict[int, datetime]) -> list[Turn]:
    def due(on: date, working_days: int) -> date:
        return add_working_days(on, working_days, closed=[*school.closed_spans(start=on, end=on + LOOKED_AHEAD), *pauses])

    without_names = row.kind == Kind.ASK_FIRST or any(action == "introduce" for action, _ in happened)
    check_ins = turns.of_check_ins(
        row.need, row.family, began_at=row.contacted_at or row.told_at, ended_as=row.ended_as, ended_at=row.ended_at, code=row.code, made=made,
    )
    return [*turns.of_events(row.need, row.family, happened, without_names=without_names, due=due), *check_ins]


def _number(snap: Snapshot, need: uuid.UUID, of: datetime, known_at: datetime, value: int | None) -> None:
    if value is not None:
        snap.numbers.setdefault(need, []).append(Number(of, known_at, value))


def _own_questions(session: Session, school: School, snap: Snapshot) -> None:
    """Add how close a family said that things were when it answered the questions about a child, to the needs of that child; once somebody talked it through with the family."""
    needs_of: dict[tuple[uuid.UUID, uuid.UUID | None], list[uuid.UUID]] = {}
    for i, family, child in session.execute(select(Need.id, Need.family_id, Need.child_id).where(Need.school_id == school.id)):
        if i in snap.needs:
            needs_of.setdefault((family, child), []).append(i)
    rows = select(Questionnaire.family_id, Questionnaire.child_id, Questionnaire.given_at, Questionnaire.looked_at, Questionnaire.answers)
    talked_through = (Questionnaire.given_at.is_not(None), Questionnaire.looked_at.is_not(None), Questionnaire.taken_back_at.is_(None))
    for family, child, given, looked, answers in session.execute(rows.where(Questionnaire.school_id == school.id, *talked_through)):
        for need in needs_of.get((family, child), ()):
            _number(snap, need, given, looked, (answers or {}).get("how_close"))


def _days(row: ReferralRow, school: School, pauses: Spans) -> None:
    if row.sent_at is not None and row.replied_at is not None:
        sent, replied = day_of(row.sent_at), day_of(row.replied_at)
        closed = [*(school.closed_spans(start=sent, end=replied)), *pauses]
        row.reply_days = working_days_between(sent, replied, closed=closed)
    if row.yes_at is None:
        return
    agreed = day_of(row.yes_at)
    if row.contacted_at is not None:
        spoke = day_of(row.contacted_at)
        row.contact_days = working_days_between(agreed, spoke, closed=[*school.closed_spans(start=agreed, end=spoke), *pauses])
    if row.contact_days is None or row.contact_days > moves.CONTACT_DAYS:
        row.talk_due_on = add_working_days(agreed, moves.CONTACT_DAYS, closed=[*school.closed_spans(start=agreed, end=agreed + LOOKED_AHEAD), *pauses])


def _pauses(session: Session, offers: Iterable[uuid.UUID]) -> dict[uuid.UUID, Spans]:
    """Return the spans in which each offer was paused, from what was recorded of it as it happened."""
    wanted = {str(o): o for o in offers}
    since: dict[uuid.UUID, date] = {}
    found: dict[uuid.UUID, Spans] = {}
    query = select(AuditEvent.subject_id, AuditEvent.at, AuditEvent.facts).where(AuditEvent.action == "offer:availability").order_by(AuditEvent.seq)
    for subject, at, facts in session.execute(query):
        offer = wanted.get(subject or "")
        if offer is None:
            continue
        begun = since.pop(offer, None)
        if begun is not None:
            found.setdefault(offer, []).append((begun, day_of(at)))
        if facts.get("state") == "paused":
            since[offer] = day_of(at)
    for offer, begun in since.items():
        found.setdefault(offer, []).append((begun, date.max))
    return found
