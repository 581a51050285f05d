"""A school with its people, and a switched-on store of school data."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from sqlalchemy.orm import Session

from partners.families import schools
from partners.foundation import users
from partners.foundation.actors import SYSTEM, Role

OFFICE_BEGAN = datetime(2026, 9, 3, 9, 0, tzinfo=UTC)


@pytest.fixture
def office(session: Session) -> SimpleNamespace:
    """A school with an administrator, a liaison officer and a head."""
    school = schools.add(session, name="Hill Primary", phone="0113 496 0000", dsl_name="Ms Lead", dsl_phone="0113 496 0001", by=SYSTEM, at=OFFICE_BEGAN)
    people = {role: users.actor_of(users.add(session, email=f"{role.value}@office.example", name="Jas", roles=[role], school_id=school.id, by=SYSTEM, at=OFFICE_BEGAN)) for role in (Role.ADMIN, Role.FLO, Role.HEAD)}
    return SimpleNamespace(school=school, admin=people[Role.ADMIN], flo=people[Role.FLO], head=people[Role.HEAD])
