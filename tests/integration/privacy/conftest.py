"""Two families of one school, one of another, each with a word of its own wherever a word can be kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.orm import Session

from partners.families import agreements, families, gives, needs, requirements, schools
from partners.families.families import ContactBy, Family
from partners.foundation import users
from partners.foundation.actors import SYSTEM, Actor, Role, partner_by_reply_link
from partners.matching import suggestions, words
from partners.privacy import complaints
from partners.referrals import check_ins, notes, notices, outcomes, referrals, replies
from partners.referrals.moves import Kind
from partners.referrals.outcomes import Result
from partners.registry import freshness, offers, organisations
from partners.registry.offers import ConfirmedHow

AT = datetime.fromisoformat("2026-09-07T09:00:00+00:00")  # a Monday in term
OPEN = sorted(code for code, path in words.paths().items() if path == "open")


@dataclass
class Kept:
    """One family, with the words that stand in its records."""

    family: Family
    words: dict[str, str]
    referral: referrals.Referral
    school: schools.School
    flo: Actor


def a_school(session: Session, name: str) -> SimpleNamespace:
    """A school with a liaison officer, two leads and an administrator."""
    school = schools.add(session, name=name, phone="0113 496 0000", dsl_name="Sam Okafor", dsl_phone="0113 496 0001", by=SYSTEM, at=AT)
    short = name.split()[0].lower()

    def person(role: Role, n: int = 0) -> Actor:
        made = users.add(session, email=f"{role.value}{n}@{short}.example", name=f"{role.value.capitalize()} {n} of {name}", roles=[role], school_id=school.id, by=SYSTEM, at=AT)
        return users.actor_of(made)

    return SimpleNamespace(
        school=school, flo=person(Role.FLO), dsl=person(Role.DSL), other_dsl=person(Role.DSL, 1), admin=person(Role.ADMIN), head=person(Role.HEAD), short=short,
    )


def an_offer(session: Session) -> SimpleNamespace:
    """A partner with one offer."""
    pantry = organisations.add(session, name="Pantry", by=SYSTEM, at=AT)
    organisations.add_contact(session, pantry, name="Ann", email="ann@pantry.example", phone=None, by=SYSTEM, at=AT)
    offer = offers.add(session, pantry, name="Weekly shop", needs=OPEN[:5], by=SYSTEM, at=AT)
    return SimpleNamespace(pantry=pantry, offer=offer)


def a_family(session: Session, at: SimpleNamespace, partner: SimpleNamespace, mark: str) -> Kept:
    """A family that went all the way, with a word ending in `mark` in every field that takes one."""
    said: dict[str, str] = {}

    def w(name: str) -> str:
        said[name] = f"Kept{name}{mark}"
        return said[name]

    flo = at.flo
    freshness.confirm(session, partner.offer, how=ConfirmedHow.PHONE, name="Ann", by=flo, at=AT)
    family = families.add(
        session, initials="ZQ", first_name=w("first"), contact_by=ContactBy.PHONE, contact=w("contact"), safe_times=w("times"), postcode="LS9 7AB", language="so",
        must_not_know=w("avoid"), keep_away=[w("away")], children=[{"year_group": "Y2", "initials": "XV", "age_years": 7}, {"year_group": "Y5", "initials": "XW", "age_years": 10}], by=flo, at=AT,
    )
    requirements.replace(session, family, [{"what": "feature", "value": "step_free", "strength": "must"}], by=flo, at=AT)
    need = needs.record(
        session, family, codes=[OPEN[0]], paths=words.paths(), harm=needs.Harm.NO, for_whom=needs.For.CHILD, child_id=family.children[0].id, said=w("said"), by=flo, at=AT,
    )[0]
    needs.record(session, family, codes=[OPEN[1]], paths=words.paths(), harm=needs.Harm.NO, said=w("alsosaid"), by=flo, at=AT)
    suggestions.find(session, family, by=flo, at=AT)
    agreed = agreements.record(
        session, family, need_id=need.id, organisation_id=partner.pantry.id, fields=["first_name", "safe_contact"], said=agreements.Said.SPOKEN, said_by=w("saidby"),
        must_not_know=w("nottell"), childs_view=w("childsays"), by=flo, at=AT,
    )
    referral = referrals.choose(session, need, partner.offer, Kind.INTRODUCE, press=f"press-{mark}", chosen_because=w("because"), by=flo, at=AT)
    referrals.move(session, referral, "prepare", agreement_id=agreed.id, by=flo, at=AT)
    referrals.move(session, referral, "send", by=flo, at=AT)
    notices.tell_partner(session, referral, base_url="http://kith.example", at=AT)
    them = partner_by_reply_link(partner.pantry.id, referral.id, "Pantry")
    referrals.move(session, referral, "accept", note=w("note"), by=them, at=AT)
    replies.send_code(session, referral, browser="b", at=AT, by=them)
    referrals.move(session, referral, "contact", by=them, at=AT + timedelta(seconds=1))
    notes.keep(session, referral, w("inside"), by=flo, at=AT)
    check_ins.record(session, referral, 14, {"helped": "yes"}, words=w("checkin"), by=flo, at=AT + timedelta(days=14))
    outcomes.record(session, referral, Result.MET, said_by="family", before_0_10=2, after_0_10=8, words=w("outcome"), by=flo, at=AT + timedelta(days=20))
    gives.record(session, family, thing="cooking", amount=2, things={"cooking"}, words=w("gives"), by=flo, at=AT)
    complaints.make(session, at.school, w("complaint"), name=w("complainer"), contact=w("reach"), wanted=w("wanted"), family=family, by=flo, at=AT)
    return Kept(family, said, referral, at.school, flo)


def close(session: Session, kept: Kept, *, at: datetime) -> None:
    """End the introduction of a family."""
    referrals.move(session, kept.referral, "close", by=kept.flo, at=at)


@pytest.fixture
def place(session: Session) -> SimpleNamespace:
    """A school and a partner."""
    here: Any = a_school(session, "Hill Primary")
    here.partner = an_offer(session)
    return here  # type: ignore[no-any-return]
