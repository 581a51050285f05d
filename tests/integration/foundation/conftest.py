"""People of one school, and a way to open several sessions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from argon2 import PasswordHasher
from sqlalchemy.orm import Session, sessionmaker

from partners.families.schools import School
from partners.foundation import users
from partners.foundation.actors import SYSTEM, Role
from partners.foundation.db import new_id
from partners.foundation.users import User

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def sessions(session_factory: sessionmaker[Session]) -> sessionmaker[Session]:
    """Sessions on the database."""
    return session_factory


@pytest.fixture
def people(sessions: sessionmaker[Session]) -> Callable[..., User]:
    """A way to add a person to a school that is already in the database: `people("jo@example.org", Role.HEAD)`."""
    with sessions.begin() as session:
        school = School(id=new_id(), name="Elm Primary", phone="0113 496 0000", dsl_name="Ann Lee", dsl_phone="0113 496 0001", created_at=NOW)
        session.add(school)
        school_id = school.id

    def add(email: str = "flo@example.org", *roles: Role, password: str | None = None) -> User:
        with sessions.begin() as session:
            return users.add(
                session, email=email, name="Sam Hill", roles=list(roles) or [Role.FLO], school_id=school_id, password=password, by=SYSTEM,
                at=NOW, hasher=CHEAP,
            )

    return add
