"""A school with three partners round it, its liaison officer, and families with needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from partners.families import families, needs, requirements, schools
from partners.families.families import Family
from partners.foundation import users
from partners.foundation.actors import SYSTEM, Actor, Role
from partners.foundation.db import new_id
from partners.matching import words
from partners.registry import organisations, partnerships
from partners.registry.organisations import Organisation
from partners.registry.partnerships import Partnership
from partners.registry.places import Place

POINTS = {"network": (53.83, -1.50), "theatre": (53.82, -1.51), "library": (53.81, -1.52)}


@dataclass
class Circle:
    """One school's circle."""

    session: Session
    at: datetime
    school: schools.School
    flo: Actor
    head: Actor
    organisations: dict[str, Organisation] = field(default_factory=dict)
    partnerships: dict[str, Partnership] = field(default_factory=dict)

    def link(self, key: str) -> Actor:
        """Return the actor behind a partner's link."""
        token = partnerships.new_link(self.session, self.partnerships[key], at=self.at)
        return partnerships.open_link(self.session, token, at=self.at)[1]

    def family(self, *codes: str, rules: list[dict[str, Any]] | None = None, postcode: str = "LS9 7AB", **facts: Any) -> Family:
        """Add a family with needs."""
        made = families.add(self.session, initials="AK", postcode=postcode, children=[{"year_group": "Y2"}], by=self.flo, at=self.at, **facts)
        if rules:
            requirements.replace(self.session, made, rules, by=self.flo, at=self.at)
        if codes:
            needs.record(self.session, made, codes=list(codes), paths=words.paths(), harm=needs.Harm.NO, by=self.flo, at=self.at)
        return made


def a_school(session: Session, at: datetime, name: str) -> tuple[schools.School, Actor, Actor]:
    """Return a school with its liaison officer and its head."""
    terms = [(date(2026, 9, 1), date(2026, 12, 18)), (date(2027, 1, 4), date(2027, 2, 12))]
    school = schools.add(session, name=name, phone="0113 496 0000", dsl_name="Sam Okafor", dsl_phone="0113 496 0001", postcode="LS9 7AB", roll=300, terms=terms, by=SYSTEM, at=at)
    slug = name.split()[0].lower()
    flo, head = (
        users.actor_of(users.add(session, email=f"{role.value}@{slug}.example", name=f"{role.value} {slug}", roles=[role], school_id=school.id, by=SYSTEM, at=at))
        for role in (Role.FLO, Role.HEAD)
    )
    return school, flo, head


@pytest.fixture
def circle(session: Session, at: datetime) -> Circle:
    school, flo, head = a_school(session, at, "Seamoor Primary")
    made = Circle(session, at, school, flo, head)
    for key, (latitude, longitude) in POINTS.items():
        organisation = organisations.add(session, name=f"The {key}", by=SYSTEM, at=at)
        organisations.add_contact(session, organisation, name="Ann", email=f"{key}@partner.example", phone=None, by=SYSTEM, at=at)
        session.add(Place(id=new_id(), organisation_id=organisation.id, latitude=latitude, longitude=longitude))
        made.organisations[key] = organisation
        made.partnerships[key] = partnerships.begin(session, organisation, since_on=(at - timedelta(days=900)).date(), by=flo, at=at)
    session.flush()
    return made


@pytest.fixture
def another(session: Session, at: datetime) -> Callable[[], tuple[schools.School, Actor, Actor]]:
    return lambda: a_school(session, at, "Millbank Primary")
