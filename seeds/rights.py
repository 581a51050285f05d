"""Rights, as the demo lives them: a request that is checked and waits for the lead, a complaint with its clock, a hold, and something that went wrong."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from partners.foundation import users
from partners.foundation.actors import Role, visitor_of
from partners.foundation.calendars import day_of
from partners.foundation.users import User
from partners.privacy import breaches, complaints, holds, requests
from partners.privacy.breaches import Risk
from partners.privacy.requests import Kind, Who

if TYPE_CHECKING:
    from seeds.demo import Town

CHECKS = {
    "identity": "We have known her since Reception; she came in with her card.", "responsibility": "On the admission form; both parents have it.",
    "must_not_know": "Looked at what she told us: nobody is on it.",
}


def ask_for_rights(session: Session, town: Town, *, at: datetime) -> None:
    """Make one of each at the first school, through the verbs that people use. The caller commits."""
    school = town.schools[0]
    flo = town.liaison[school.id]
    lead = next(users.actor_of(u) for u in session.scalars(select(User).where(User.school_id == school.id).order_by(User.email)) if Role.DSL.value in u.roles)
    ours = [f for f in town.families if f.school_id == school.id and f.with_dsl_at is None]
    asked = requests.make(session, ours[3], Kind.ACCESS, who=Who.PARENT, words="Could I see what you have about us?", press="seen", by=flo, at=at - timedelta(days=12))
    requests.check(session, asked, CHECKS, by=flo, at=at - timedelta(days=10))
    requests.make(session, ours[7], Kind.RECTIFICATION, who=Who.PARENT, words="It says weekdays; I said evenings.", press="right", by=flo, at=at - timedelta(days=2))
    complaints.make(
        session, school, "I asked for help with the forms in September. Somebody wrote it down, and then nobody rang.", wanted="Ring me, please. After three is best.",
        name="A parent", contact="At the gate, any afternoon", press="complaint", by=visitor_of(school.id), at=at - timedelta(days=21),
    )
    holds.place(session, ours[11], reason="A solicitor has asked for the records.", owner=f"{school.dsl_name}, safeguarding lead", review_on=day_of(at) + timedelta(days=60), by=lead, at=at - timedelta(days=30))
    mishap = breaches.note(session, school, "A sheet with two first names was left in the hall overnight.", known_at=at - timedelta(days=40, hours=3), by=flo, at=at - timedelta(days=40))
    breaches.judge(session, mishap, Risk.UNLIKELY, "The caretaker found it at seven, before anybody came. Sheets go in the locked box now.", by=lead, at=at - timedelta(days=39))
    breaches.close(session, mishap, by=lead, at=at - timedelta(days=39))
