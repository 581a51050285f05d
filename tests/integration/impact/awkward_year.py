"""What the demo's year leaves out: an introduction that ran out, a partner that promised sooner, questions and yeses without names that school answered in time, late and never."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from partners.families import agreements, needs
from partners.families.families import Family
from partners.families.needs import Need
from partners.families.schools import School
from partners.foundation.actors import SYSTEM, Actor, partner_by_reply_link
from partners.matching import words
from partners.referrals import referrals
from partners.referrals.moves import Kind
from partners.registry.offers import AvailabilityState, Offer

BEGAN = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)  # a Monday in term
# What happens after sending, each with its days from then: a question or a yes, and what school did.
STORIES: tuple[tuple[Kind, tuple[tuple[str, int], ...]], ...] = (
    (Kind.INTRODUCE, (("expire", 60),)), (Kind.INTRODUCE, (("ask", 1), ("answer", 2))), (Kind.INTRODUCE, (("ask", 1), ("answer", 8))), (Kind.INTRODUCE, (("ask", 1),)),
    (Kind.INTRODUCE, (("ask", 1), ("decline", 1))), (Kind.ASK_FIRST, (("accept", 1), ("introduce", 2))), (Kind.ASK_FIRST, (("accept", 1), ("introduce", 9))),
    (Kind.ASK_FIRST, (("accept", 1), ("withdraw", 2))), (Kind.ASK_FIRST, (("accept", 1),)),
)
FACTS = {"ask": {"question": "Mornings or afternoons?"}, "answer": {"answer": "Mornings."}, "decline": {"code": "age"}, "expire": {"code": "no_response"}, "withdraw": {"code": "changed_mind"}}


def live_through(session: Session, school: School, *, by: Actor) -> None:
    """Let each story happen to a family of a school that needs nothing of the kind yet; and let an organisation promise an answer in a day."""
    offer = next(o for o in session.scalars(select(Offer).order_by(Offer.name)) if o.availability is AvailabilityState.OPEN and o.places_left is None and words.paths().get((o.needs or [""])[0]) == "open")
    code, gone = offer.needs[0], set(session.scalars(select(Need.family_id)))
    busy = set(session.scalars(select(Need.family_id).where(Need.code == code)))
    homes = [f for f in session.scalars(select(Family).where(Family.school_id == school.id, Family.in_use).order_by(Family.created_at, Family.id)) if f.id in gone - busy and not f.do_not_disclose]
    for n, ((kind, moves), family) in enumerate(zip(STORIES, homes, strict=False)):
        [need] = needs.record(session, family, codes=[code], paths=words.paths(), harm=needs.Harm.NO, by=by, at=BEGAN)
        referral = referrals.choose(session, need, offer, kind, press=f"awkward-{n}", by=by, at=BEGAN)
        said = {"agreement_id": _agreed(session, need, offer, by, BEGAN)} if kind is Kind.INTRODUCE else {}
        referrals.move(session, referral, "prepare", by=by, at=BEGAN, **said)
        referrals.move(session, referral, "send", by=by, at=BEGAN)
        partner = partner_by_reply_link(offer.organisation_id, referral.id, offer.organisation.name)
        for action, days in moves:
            at = BEGAN + timedelta(days=days)
            facts = {"agreement_id": _agreed(session, need, offer, by, at)} if action == "introduce" else FACTS.get(action, {})
            who = SYSTEM if action == "expire" else partner if action in ("ask", "accept", "decline") else by
            referrals.move(session, referral, action, by=who, at=at, **facts)
    for late in session.scalars(select(Offer).where(Offer.organisation_id != offer.organisation_id)):
        late.reply_promise_days = 1
    session.flush()


def _agreed(session: Session, need: Need, offer: Offer, by: Actor, at: datetime) -> object:
    return agreements.record(
        session, need.family, need_id=need.id, organisation_id=offer.organisation_id, fields=["first_name", "safe_contact"], said=agreements.Said.SPOKEN, said_by="parent", by=by, at=at,
    ).id
