"""Builders of a trust: schools with families who told them a need, somebody who reads the totals, and a half-term's figures frozen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from sqlalchemy.orm import Session

from partners.families import families, needs, schools
from partners.foundation import users
from partners.foundation.actors import SYSTEM, Role
from partners.impact import rounds, trusts

BEGAN = datetime(2026, 9, 3, 9, 0, tzinfo=UTC)
AFTER = datetime(2026, 11, 4, 9, 0, tzinfo=UTC)


def a_school(session: Session, name: str) -> SimpleNamespace:
    """Return a school and its liaison officer."""
    school = schools.add(session, name=name, phone="1", dsl_name="L", dsl_phone="2", by=SYSTEM, at=BEGAN)
    flo = users.actor_of(users.add(session, email=f"flo@{name.lower()}.example", name="Jas", roles=[Role.FLO], school_id=school.id, by=SYSTEM, at=BEGAN))
    return SimpleNamespace(school=school, flo=flo)


def asked(session: Session, place: SimpleNamespace, number: int, *, unmet: int = 0, at: datetime = BEGAN) -> None:
    """Add families who told a school a need; nothing suitable met the first few."""
    for n in range(number):
        family = families.add(session, initials="AK", by=place.flo, at=at)
        [need] = needs.record(session, family, codes=["food_weekly"], paths={"food_weekly": "open"}, harm=needs.Harm.NO, by=place.flo, at=at)
        if n < unmet:
            needs.nothing_suitable(session, need, reason="time", by=place.flo, at=at + timedelta(days=1))


def a_trust(session: Session, *places: SimpleNamespace, name: str = "Hill Trust") -> SimpleNamespace:
    """Return a trust of schools and the one who reads its totals, Kim."""
    trust = trusts.add(session, name=name, schools=[p.school for p in places], by=SYSTEM, at=BEGAN)
    person = users.add(session, email=f"kim@{name.split()[0].lower()}-trust.example", name="Kim", roles=[Role.TRUST], by=SYSTEM, at=BEGAN)
    trusts.let_in(session, trust, person, by=SYSTEM, at=BEGAN)
    return SimpleNamespace(trust=trust, kim=users.actor_of(person))


def freeze(session: Session, *places: SimpleNamespace, at: datetime = AFTER) -> None:
    """Freeze each school's figures of the half-term that has ended."""
    for place in places:
        assert rounds.release_for(session, place.school, at=at).is_new
