"""A small town for kills and races: one school, its liaison officer signed in, a partner, and as many families' needs as a test asks for."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from partners.families import families, needs, schools
from partners.families.families import ContactBy
from partners.families.needs import Need
from partners.foundation import schema, sign_ins, users
from partners.foundation.actors import SYSTEM, Actor, Role, partner_by_reply_link
from partners.foundation.db import new_id, session_factory
from partners.referrals import notices, referrals
from partners.referrals.moves import Kind
from partners.registry import freshness, offers, organisations
from partners.registry.offers import ConfirmedHow

ADDRESS = "http://kith.example"


@dataclass
class SmallTown:
    """Ids of what was made, and the word of the liaison officer's cookie."""

    flo: Actor
    cookie: str
    offer: uuid.UUID
    organisation: uuid.UUID
    needs: list[uuid.UUID] = field(default_factory=list)

    def partner(self, referral_id: uuid.UUID) -> Actor:
        """Return who holds the reply link of a referral."""
        return partner_by_reply_link(self.organisation, referral_id, "Pantry")


def settle(engine: Engine, *, at: datetime, count: int, places: int | None = None) -> SmallTown:
    """Make the town with this many needs, each of a family's own list, and commit it."""
    schema.load_models()
    with session_factory(engine).begin() as session:
        school = schools.add(session, name="Elm Primary", phone="0113 496 0000", dsl_name="Ann Lee", dsl_phone="0113 496 0001", by=SYSTEM, at=at)
        user = users.add(session, email="flo@elm.example", name="Jas", roles=[Role.FLO], school_id=school.id, by=SYSTEM, at=at)
        users.add(session, email="admin@elm.example", name="Ada", roles=[Role.ADMIN], school_id=school.id, by=SYSTEM, at=at)
        flo = users.actor_of(user)
        organisation = organisations.add(session, name="Pantry", phone="0113 496 0002", by=SYSTEM, at=at)
        organisations.add_contact(session, organisation, name="Ann", email="ann@pantry.example", phone=None, by=SYSTEM, at=at)
        offer = offers.add(session, organisation, name="Weekly shop", needs=["food_weekly"], by=SYSTEM, at=at, places_left=places)
        freshness.confirm(session, offer, how=ConfirmedHow.PHONE, name="Ann", by=flo, at=at)
        family = families.add(session, initials="AK", first_name="Amira", contact_by=ContactBy.PHONE, contact="07700 900456", postcode="LS9 7AB", by=flo, at=at)
        first = needs.record(session, family, codes=["food_weekly"], paths={"food_weekly": "open"}, harm=needs.Harm.NO, by=flo, at=at)[0]
        others = [
            Need(id=new_id(), family=family, school_id=school.id, code="food_weekly", for_whom=needs.For.FAMILY, within=needs.Within.WEEK, recorded_by_id=user.id, opened_at=at)
            for _ in range(count - 1)
        ]
        session.add_all(others)
        session.flush()
        return SmallTown(flo, sign_ins.start(session, user, at=at), offer.id, organisation.id, [first.id, *(n.id for n in others)])


def sent(session: Any, town: SmallTown, need_id: uuid.UUID, *, at: datetime, upto: str = "send") -> referrals.Referral:
    """Return a referral that asks the partner first, made by the verbs that people use, up to `upto`."""
    need, offer = session.get_one(Need, need_id), offers.get(session, town.offer)
    referral = referrals.choose(session, need, offer, Kind.ASK_FIRST, press=uuid.uuid4().hex, by=town.flo, at=at)
    for action in ("prepare", "send", "view"):
        if upto == "choose":
            break
        referrals.move(session, referral, action, by=town.partner(referral.id) if action == "view" else town.flo, at=at)
        if action == "send":
            notices.tell_partner(session, referral, base_url=ADDRESS, at=at)
        if action == upto:
            break
    return referral
