"""A school, its officer and safeguarding lead, a partner, and a family with one need that names nobody else."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.orm import Session

from partners.families import agreements, families, needs, schools
from partners.families.families import ContactBy
from partners.foundation import users
from partners.foundation.actors import SYSTEM, Role, partner_by_reply_link
from partners.referrals import notices, referrals
from partners.referrals.moves import Kind
from partners.registry import freshness, offers, organisations
from partners.registry.offers import ConfirmedHow

CANARY, NUMBER, BASE_URL = "Zanzibarina", "07700 900456", "http://kith.example"


class Line(SimpleNamespace):
    """What was made, and short ways through an introduction."""

    def agree(self, session: Session, at: datetime, **more: Any) -> agreements.Agreement:
        """Record the family's yes."""
        facts: dict[str, Any] = {"fields": ["first_name", "safe_contact"], "said": agreements.Said.SPOKEN, "said_by": "parent"} | more
        return agreements.record(session, self.family, need_id=self.need.id, organisation_id=self.organisation.id, by=self.flo, at=at, **facts)

    def ready(self, session: Session, at: datetime, kind: Kind = Kind.INTRODUCE, press: str = "p") -> referrals.Referral:
        """Choose the offer, with the family's yes where one is needed."""
        referral = referrals.choose(session, self.need, self.offer, kind, press=press, by=self.flo, at=at)
        facts: dict[str, Any] = {"agreement_id": self.agree(session, at).id} if kind is not Kind.ASK_FIRST else {}
        return referrals.move(session, referral, "prepare", by=self.flo, at=at, **facts)

    def sent(self, session: Session, at: datetime, kind: Kind = Kind.INTRODUCE, press: str = "p") -> referrals.Referral:
        """Send it, with its mail."""
        referral = referrals.move(session, self.ready(session, at, kind, press), "send", by=self.flo, at=at)
        notices.tell_partner(session, referral, base_url=BASE_URL, at=at)
        return referral

    def accepted(self, session: Session, at: datetime) -> referrals.Referral:
        """Let the partner say yes."""
        return referrals.move(session, self.sent(session, at), "accept", by=self.partner(session), at=at)

    def partner(self, session: Session) -> Any:
        """Return who holds the reply link of the only introduction."""
        return partner_by_reply_link(self.organisation.id, session.query(referrals.Referral).one().id, "Pantry")


@pytest.fixture
def line(session: Session, at: datetime) -> Line:
    """A school with one family that would like help with food, and a pantry that offers it."""
    school = schools.add(session, name="Hill Primary", phone="0113 496 0000", dsl_name="Ms Lead", dsl_phone="0113 496 0001", by=SYSTEM, at=at)
    people = {
        role: users.add(session, email=f"{role.value}@hill.example", name=role.value.title(), roles=[role], school_id=school.id, by=SYSTEM, at=at)
        for role in (Role.FLO, Role.DSL, Role.ADMIN, Role.HEAD)
    }
    flo = users.actor_of(people[Role.FLO])
    organisation = organisations.add(session, name="Pantry", phone="0113 496 0002", by=SYSTEM, at=at)
    organisations.add_contact(session, organisation, name="Ann Reed", email="ann@pantry.example", phone=None, by=SYSTEM, at=at)
    offer = offers.add(session, organisation, name="Weekly shop", needs=["food_weekly"], by=SYSTEM, at=at)
    freshness.confirm(session, offer, how=ConfirmedHow.PHONE, name="Ann", by=flo, at=at)
    family = families.add(session, initials="ZQX", first_name=CANARY, contact_by=ContactBy.PHONE, contact=NUMBER, postcode="LS9 7AB", language="so", by=flo, at=at)
    need = needs.record(session, family, codes=["food_weekly"], paths={"food_weekly": "open"}, harm=needs.Harm.NO, by=flo, at=at)[0]
    return Line(
        school=school, people=people, flo=flo, dsl=users.actor_of(people[Role.DSL]), admin=users.actor_of(people[Role.ADMIN]), organisation=organisation, offer=offer,
        family=family, need=need,
    )
