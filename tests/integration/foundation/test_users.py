"""Users: who may have an account, who may make one, and what a wrong password tells (nothing)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from partners.foundation import audit, outbox, users
from partners.foundation.actors import SYSTEM, Actor, Role
from partners.foundation.errors import InvalidRecord, NotAllowed, NotFound
from partners.foundation.users import User
from tests.integration.foundation.conftest import CHEAP, NOW

PASSWORD = "three random words"


class Counting(PasswordHasher):
    """A cheap hasher that notes which hashes it was asked about."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.asked: list[str | bytes] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> Any:
        """Note the hash, then verify as always."""
        self.asked.append(hash)
        return super().verify(hash, password)


@pytest.mark.parametrize(
    ("field", "facts"),
    [
        ("email", {"email": "not an address"}),
        ("email", {"email": "FLO@Example.org"}),
        ("name", {"name": "  "}),
        ("roles", {"roles": []}),
        ("school", {"school_id": None}),
        ("school", {"roles": [Role.HEAD], "school_id": None}),
        ("organisation", {"roles": [Role.PARTNER]}),
        ("password", {"password": "short"}),
    ],
)
def test_an_account_that_cannot_be_is_refused_beside_its_field(session: Session, people: Callable[..., User], field: str, facts: dict[str, Any]) -> None:
    known = people("flo@example.org")
    whole = {"email": "new@example.org", "name": "Jo", "roles": [Role.FLO], "school_id": known.school_id, "by": SYSTEM, "at": NOW, "hasher": CHEAP}
    with pytest.raises(InvalidRecord) as refused:
        users.add(session, **(whole | facts))
    assert refused.value.field == field


def test_an_administrator_makes_accounts_for_their_own_school_only(session: Session, people: Callable[..., User]) -> None:
    admin = users.actor_of(people("admin@example.org", Role.ADMIN))
    made = users.add(session, email="new@example.org", name="Jo", roles=[Role.FLO], school_id=admin.school_id, by=admin, at=NOW)
    assert made.school_id == admin.school_id
    with pytest.raises(InvalidRecord):
        users.add(session, email="more@example.org", name="Jo", roles=[Role.FLO], school_id=uuid.uuid4(), by=admin, at=NOW)


@pytest.mark.parametrize("role", [Role.FLO, Role.HEAD, Role.DSL])
def test_nobody_else_makes_or_ends_accounts(session: Session, people: Callable[..., User], role: Role) -> None:
    person = people("person@example.org", role)
    with pytest.raises(NotAllowed):
        users.add(session, email="new@example.org", name="Jo", roles=[Role.FLO], school_id=person.school_id, by=users.actor_of(person), at=NOW)
    with pytest.raises(NotAllowed):
        users.disable(session, person, by=users.actor_of(person), at=NOW)
    assert person.disabled_at is None


def test_an_administrator_cannot_end_another_schools_account(session: Session, people: Callable[..., User]) -> None:
    person = people()
    stranger = Actor(kind="user", name="Far", user_id=uuid.uuid4(), roles=frozenset({Role.ADMIN}), school_id=uuid.uuid4())
    with pytest.raises(NotFound):
        users.disable(session, person, by=stranger, at=NOW)
    with pytest.raises(NotFound):
        users.set_password(session, person, "quite another one", by=stranger, at=NOW, hasher=CHEAP)


def test_the_right_password_opens_and_every_other_does_not(session: Session, people: Callable[..., User]) -> None:
    person = people("flo@example.org", password=PASSWORD)
    found = users.check_password(session, " FLO@example.org", PASSWORD, hasher=CHEAP)
    assert found is not None
    assert found.id == person.id
    for wrong in ("", "three random word", PASSWORD.upper(), PASSWORD + " ", "x" * 5000):
        assert users.check_password(session, "flo@example.org", wrong, hasher=CHEAP) is None


def test_an_unknown_address_takes_the_same_path_as_a_known_one(session: Session, people: Callable[..., User]) -> None:
    people("known@example.org", password=PASSWORD)
    people("nopassword@example.org")
    ended = people("ended@example.org", password=PASSWORD)
    users.disable(session, session.merge(ended), by=SYSTEM, at=NOW)
    hasher = Counting()
    answers = [users.check_password(session, email, PASSWORD, hasher=hasher) for email in (
        "unknown@example.org", "nopassword@example.org", "ended@example.org", "", "known@example.org",
    )]
    assert [answer is not None for answer in answers] == [False, False, False, False, True]
    assert len(hasher.asked) == 5
    # The same cost every time: only salt and digest differ from hash to hash.
    assert len({str(asked).rsplit("$", 2)[0] for asked in hasher.asked}) == 1


def test_the_password_of_the_hash_for_nobody_opens_nothing(session: Session, people: Callable[..., User]) -> None:
    people("nopassword@example.org")
    ended = people("ended@example.org", password=PASSWORD)
    users.disable(session, session.merge(ended), by=SYSTEM, at=NOW)
    for email in ("unknown@example.org", "nopassword@example.org", "ended@example.org"):
        assert users.check_password(session, email, "nobody has this password, and it is checked all the same", hasher=CHEAP) is None


def test_a_new_password_replaces_the_old_one(session: Session, people: Callable[..., User]) -> None:
    person = session.merge(people("flo@example.org", password=PASSWORD))
    users.set_password(session, person, "another three words", by=users.actor_of(person), at=NOW, hasher=CHEAP)
    assert users.check_password(session, "flo@example.org", PASSWORD, hasher=CHEAP) is None
    assert users.check_password(session, "flo@example.org", "another three words", hasher=CHEAP) is not None
    with pytest.raises(InvalidRecord):
        users.set_password(session, person, "short", by=users.actor_of(person), at=NOW, hasher=CHEAP)


def test_disabling_cancels_mail_that_waits_and_is_written_down_once(sessions: sessionmaker[Session], people: Callable[..., User]) -> None:
    person, other = people("flo@example.org"), people("other@example.org")
    with sessions.begin() as session:
        for user in (person, other):
            outbox.queue(session, kind="reminder", to=user.email, subject="One thing waits", body="Log in.", at=NOW, user_id=user.id)
        for _ in range(2):
            users.disable(session, session.get_one(User, person.id), by=SYSTEM, at=NOW)
    with sessions() as session:
        waiting = session.scalars(select(outbox.Message.user_id).where(outbox.Message.cancelled_at.is_(None))).all()
        assert waiting == [other.id]
        assert len(session.scalars(select(audit.AuditEvent).where(audit.AuditEvent.action == "user:disabled")).all()) == 1


def test_a_missing_account_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        users.get(session, uuid.uuid4())
    assert users.find_by_email(session, "nobody@example.org") is None
