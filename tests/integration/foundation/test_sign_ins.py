"""Sign-ins: links that work once, sessions that end when they should, and people who are out at the next look."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session, sessionmaker

from partners.foundation import sign_ins, users
from partners.foundation.actors import SYSTEM
from partners.foundation.errors import InvalidRecord
from partners.foundation.sign_ins import SignIn, SignInLink
from partners.foundation.tokens import hash_token
from partners.foundation.users import User
from tests.integration.foundation.conftest import CHEAP, NOW

MINUTE = timedelta(minutes=1)


def started(sessions: sessionmaker[Session], user: User, at: datetime = NOW) -> str:
    """Sign somebody in and return the cookie's word."""
    with sessions.begin() as session:
        return sign_ins.start(session, user, at=at)


def is_live(sessions: sessionmaker[Session], token: str, at: datetime) -> bool:
    """Whether a cookie's word still opens."""
    with sessions() as session:
        return sign_ins.find_live(session, token, at=at) is not None


def test_a_link_pressed_twenty_times_at_once_signs_in_once(sessions: sessionmaker[Session], people: Callable[..., User]) -> None:
    for _ in range(3):
        user = people(f"flo{_}@example.org")
        with sessions.begin() as session:
            token = sign_ins.new_sign_in_link(session, user, at=NOW)
        outcomes: list[str] = []
        together = threading.Barrier(20)

        def press(token: str = token, outcomes: list[str] = outcomes, together: threading.Barrier = together) -> None:
            together.wait()
            try:
                with sessions.begin() as session:
                    sign_ins.use_sign_in_link(session, token, at=NOW)
                outcomes.append("in")
            except InvalidRecord as refused:
                outcomes.append(refused.field)

        threads = [threading.Thread(target=press) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["in"] + ["link"] * 19


def test_a_link_is_kept_only_as_a_hash(sessions: sessionmaker[Session], people: Callable[..., User]) -> None:
    user = people()
    with sessions.begin() as session:
        token = sign_ins.new_sign_in_link(session, user, at=NOW)
        cookie = sign_ins.start(session, user, at=NOW)
        kept = str(session.execute(text("SELECT * FROM sign_in_links")).all()) + str(session.execute(text("SELECT * FROM sign_ins")).all())
    assert hash_token(token) in kept
    assert hash_token(cookie) in kept
    assert token not in kept
    assert cookie not in kept


@pytest.mark.parametrize(("after", "works"), [(timedelta(0), True), (10 * MINUTE - timedelta(seconds=1), True), (10 * MINUTE, False), (60 * MINUTE, False)])
def test_a_link_runs_out_after_ten_minutes(sessions: sessionmaker[Session], people: Callable[..., User], after: timedelta, works: bool) -> None:
    user = people()
    with sessions.begin() as session:
        token = sign_ins.new_sign_in_link(session, user, at=NOW)
    with sessions() as session:
        if works:
            assert sign_ins.use_sign_in_link(session, token, at=NOW + after).id == user.id
        else:
            with pytest.raises(InvalidRecord):
                sign_ins.use_sign_in_link(session, token, at=NOW + after)


def test_unknown_used_late_and_disabled_links_say_the_same(sessions: sessionmaker[Session], people: Callable[..., User]) -> None:
    user, ended = people(), people("ended@example.org")
    with sessions.begin() as session:
        used, late = (sign_ins.new_sign_in_link(session, user, at=NOW) for _ in range(2))
        sign_ins.use_sign_in_link(session, used, at=NOW)
        users.disable(session, session.merge(ended), by=SYSTEM, at=NOW)
        of_ended = sign_ins.new_sign_in_link(session, ended, at=NOW)
    said = set()
    for token, at in (("unknown", NOW), (used, NOW), (late, NOW + 60 * MINUTE), (of_ended, NOW), ("", NOW)):
        with sessions() as session, pytest.raises(InvalidRecord) as refused:
            sign_ins.use_sign_in_link(session, token, at=at)
        said.add((refused.value.field, refused.value.message))
    assert len(said) == 1


def test_idle_for_half_an_hour_is_out(sessions: sessionmaker[Session], people: Callable[..., User]) -> None:
    token = started(sessions, people())
    assert is_live(sessions, token, NOW + 30 * MINUTE - timedelta(seconds=1))
    assert not is_live(sessions, token, NOW + 30 * MINUTE)


def test_twelve_hours_are_the_most_however_busy(sessions: sessionmaker[Session], people: Callable[..., User]) -> None:
    token, at = started(sessions, people()), NOW
    while at < NOW + timedelta(hours=12) - 20 * MINUTE:
        at += 20 * MINUTE
        assert is_live(sessions, token, at)
        with sessions.begin() as session:
            sign_ins.touch(session, token, at=at)
    assert is_live(sessions, token, NOW + timedelta(hours=12) - timedelta(seconds=1))
    assert not is_live(sessions, token, NOW + timedelta(hours=12))


def test_being_seen_is_noted_at_most_once_a_minute(sessions: sessionmaker[Session], people: Callable[..., User]) -> None:
    token = started(sessions, people())
    seen = []
    for seconds in (10, 59, 61, 90, 120, 125):
        at = NOW + timedelta(seconds=seconds)
        with sessions.begin() as session:
            due = sign_ins.needs_touch(session, token, at=at)
            sign_ins.touch(session, token, at=at)
            last = session.scalars(select(SignIn.last_seen_at)).one()
        assert due == (last == at)
        seen.append(int((last - NOW).total_seconds()))
    assert seen == [0, 0, 61, 61, 61, 125]


def test_half_an_hour_is_half_an_hour_when_the_clocks_change(sessions: sessionmaker[Session], people: Callable[..., User]) -> None:
    user = people()
    for start in (datetime(2026, 3, 29, 0, 45, tzinfo=UTC), datetime(2026, 10, 25, 0, 45, tzinfo=UTC), datetime(2026, 12, 31, 23, 45, tzinfo=UTC)):
        token = started(sessions, user, start)
        assert is_live(sessions, token, start + 29 * MINUTE)
        assert not is_live(sessions, token, start + 30 * MINUTE)


def test_a_disabled_person_is_out_at_the_next_look(sessions: sessionmaker[Session], people: Callable[..., User]) -> None:
    user = people()
    tokens = [started(sessions, user) for _ in range(2)]
    with sessions.begin() as session:
        link = sign_ins.new_sign_in_link(session, user, at=NOW)
        users.disable(session, session.get_one(User, user.id), by=SYSTEM, at=NOW + MINUTE)
        # Ended for good: they stay shut even if somebody opens the account again.
        assert set(session.scalars(select(SignIn.ended_at))) == {NOW + MINUTE}
        assert set(session.scalars(select(SignInLink.used_at))) == {NOW + MINUTE}
    assert not any(is_live(sessions, token, NOW + MINUTE) for token in tokens)
    with sessions() as session, pytest.raises(InvalidRecord):
        sign_ins.use_sign_in_link(session, link, at=NOW + MINUTE)


def test_disabled_alone_is_enough_to_be_out(sessions: sessionmaker[Session], people: Callable[..., User]) -> None:
    user = people()
    token = started(sessions, user)
    with sessions.begin() as session:
        session.get_one(User, user.id).disabled_at = NOW
    assert not is_live(sessions, token, NOW)


def test_signing_out_makes_a_copied_cookie_useless_and_leaves_the_others(sessions: sessionmaker[Session], people: Callable[..., User]) -> None:
    user = people()
    first, second = started(sessions, user), started(sessions, user)
    assert first != second
    with sessions.begin() as session:
        sign_ins.end(session, first, at=NOW)
    assert not is_live(sessions, first, NOW)
    assert is_live(sessions, second, NOW)


def test_a_new_password_ends_every_sign_in(sessions: sessionmaker[Session], people: Callable[..., User]) -> None:
    user = people()
    token = started(sessions, user)
    with sessions.begin() as session:
        users.set_password(session, session.get_one(User, user.id), "three random words", by=users.actor_of(user), at=NOW, hasher=CHEAP)
    assert not is_live(sessions, token, NOW)


@pytest.mark.parametrize("token", ["", "unknown", "' OR 1=1 --", "\0", "żółw" * 500])
def test_a_made_up_word_opens_nothing(sessions: sessionmaker[Session], people: Callable[..., User], token: str) -> None:
    started(sessions, people())
    assert not is_live(sessions, token, NOW)
