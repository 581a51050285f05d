"""Following through, as the demo lives it: a colleague who is away with cover, a no with what stands next, a waiting list, and a first meeting."""

from __future__ import annotations

import uuid
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from partners.families import agreements, needs, schools
from partners.families.needs import Harm, NeedState, Within
from partners.foundation import users
from partners.foundation.actors import SYSTEM, Actor, Role, partner_by_reply_link
from partners.foundation.calendars import LONDON, day_of
from partners.foundation.errors import InvalidRecord, SafetyStop
from partners.matching import suggestions, words
from partners.referrals import cover, meetings, referrals
from partners.referrals.moves import Kind, State
from partners.registry import offers

if TYPE_CHECKING:
    from seeds.demo import Town

TO_MEET = (State.ACCEPTED, State.CONTACTED, State.SENT, State.VIEWED)
COLLEAGUE = "Kim Harker"
TRIED = ("uniform", "food_weekly", "esol", "holiday_activities", "parenting", "school_trips")


def follow_through(session: Session, town: Town, *, at: datetime) -> None:
    """Live through the last days at the first school."""
    school = town.schools[0]
    by = town.liaison[school.id]
    schools.say_whom_to_ask(
        session, school, senco="Ms Lund, room 4", head=None, supervision="Thursdays at 2pm, the small office", holiday_cover=f"{school.name} office until 24 December, then the council's family line",
        by=SYSTEM, at=at - timedelta(days=20),
    )
    _somebody_is_away(session, town, by, at=at)
    _a_no_with_what_stands_next(session, town, by, at=at)
    _the_waiting_family_knows(session, by, at=at)
    _a_first_meeting(session, by, at=at)


def _somebody_is_away(session: Session, town: Town, by: Actor, *, at: datetime) -> None:
    email = f"flo2@{town.emails['flo'].split('@')[1]}"
    colleague = users.add(session, email=email, name=COLLEAGUE, roles=[Role.FLO], school_id=by.school_id, by=SYSTEM, at=at - timedelta(days=300))
    theirs = [r for r in cover.owned_by(session, by.user_id, by=by) if r.next_owner == "flo" and r.state is not State.DRAFT][:3] if by.user_id else []
    cover.hand_over(session, theirs, colleague.id, by=by, at=at - timedelta(days=1))
    cover.say_away(session, from_on=day_of(at), until_on=day_of(at) + timedelta(days=3), cover_id=by.user_id, by=users.actor_of(colleague), at=at - timedelta(days=1))


def _a_no_with_what_stands_next(session: Session, town: Town, by: Actor, *, at: datetime) -> None:
    """Look for a family whose list has at least two offers for one need; the first says no, kindly."""
    since = at - timedelta(days=2)
    for family in reversed([f for f in town.families if f.school_id == by.school_id and f.with_dsl_at is None and not f.one_at_a_time]):
        for code in TRIED:
            known = {n.code for n in needs.of_family(session, family, by=by)}
            if code not in words.paths() or code in known:
                continue
            try:
                need = needs.record(session, family, codes=[code], paths=words.paths(), harm=Harm.NO, within=Within.WEEK, by=by, at=since)[0]
                run = suggestions.find(session, family, by=by, at=since)
            except (InvalidRecord, SafetyStop):
                break
            found = suggestions.untried(session, run, need)
            if len(found) < 2:
                needs.settle(session, need, NeedState.NOT_NEEDED, by=by, at=since)
                continue
            [offer] = offers.of_ids(session, [uuid.UUID(found[0]["offer"])])
            _send_and_decline(session, need, offer, run, by, at=since)
            return


def _send_and_decline(session: Session, need: needs.Need, offer: offers.Offer, run: suggestions.SuggestionRun, by: Actor, *, at: datetime) -> None:
    referral = referrals.choose(session, need, offer, Kind.INTRODUCE, press=f"seed-next-{need.id}", run_id=run.id, by=by, at=at)
    agreed = agreements.record(
        session, need.family, need_id=need.id, organisation_id=offer.organisation_id, fields=["first_name", "safe_contact", "need"], said=agreements.Said.SPOKEN, said_by="parent",
        language=need.family.language or "en", by=by, at=at,
    )
    referrals.move(session, referral, "prepare", agreement_id=agreed.id, by=by, at=at)
    referrals.move(session, referral, "send", by=by, at=at)
    referrals.move(session, referral, "decline", code="not_right_service", by=partner_by_reply_link(offer.organisation_id, referral.id, offer.organisation.name), at=at + timedelta(hours=20))


def _the_waiting_family_knows(session: Session, by: Actor, *, at: datetime) -> None:
    """Of two families on waiting lists one has been told; the other still waits for school to say so."""
    waiting = session.scalars(select(referrals.Referral).where(referrals.Referral.school_id == by.school_id, referrals.Referral.state == State.WAITLISTED).order_by(referrals.Referral.id)).unique().all()
    for referral in waiting[1:]:
        referrals.move(session, referral, "tell_wait", by=by, at=at - timedelta(hours=2))


def _a_first_meeting(session: Session, by: Actor, *, at: datetime) -> None:
    """The first introduction to go to together has a day, at the partner's place."""
    going = select(referrals.Referral).where(referrals.Referral.school_id == by.school_id, referrals.Referral.kind == Kind.GO_TOGETHER, referrals.Referral.state.in_(TO_MEET)).order_by(referrals.Referral.created_at)
    for referral in session.scalars(going).unique():
        day = day_of(at) + timedelta(days=3)
        meetings.arrange(session, referral, meets_at=datetime.combine(day, time(10, 0), tzinfo=LONDON), where="partner", by=by, at=at)
        return


# What an officer writes on the ledger some days after nothing came of it, by how the last introduction ended.
_REASONS = {"no_response": "no_reply", "outside_area": "outside_area", "age": "not_eligible", "other": "no_such_offer", "not_right_service": "no_such_offer", "full": "not_open"}


def settle_what_is_long_past(session: Session, town: Town, *, at: datetime) -> None:
    """Close the book on needs with which nothing has been under way for a month, as an officer does: with a reason, or as the family's own choice."""
    for by in town.liaison.values():
        for need, last in referrals.unattended(session, by=by):
            ended_at = last.ended_at if last is not None and last.ended_at is not None else need.opened_at
            if ended_at > at - timedelta(days=30):
                continue
            then = ended_at + timedelta(days=6)
            if last is None or last.state in (State.WITHDRAWN, State.CLOSED):
                needs.settle(session, need, NeedState.PREFERRED_NOT if last is not None and last.code == "changed_mind" else NeedState.NOT_NEEDED, by=by, at=then)
            else:
                needs.nothing_suitable(session, need, reason=_REASONS.get(last.code or "", "no_such_offer"), by=by, at=then)
