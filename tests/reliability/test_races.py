"""Twenty people at once: the last place goes once, a button pressed twice acts once, and places always equal what was accepted."""

from __future__ import annotations

import random
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session, sessionmaker

from partners.foundation import audit
from partners.foundation.db import reading_factory
from partners.foundation.errors import Conflict, PartnersError
from partners.foundation.outbox import Message
from partners.referrals import referrals
from partners.referrals.moves import State
from partners.referrals.referrals import Referral
from partners.registry import offers
from partners.registry.offers import Offer
from tests.integration.conftest import AT
from tests.reliability.conftest import many
from tests.reliability.pressing import Pressing
from tests.reliability.small_town import SmallTown, sent, settle

PEOPLE = 20


def at_once(jobs: list[Callable[[], Any]]) -> list[Any]:
    """Run jobs in threads that start together, and return what each gave or raised."""
    together, gave = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(n: int) -> None:
        together.wait()
        try:
            gave[n] = jobs[n]()
        except Exception as error:  # noqa: BLE001 (what it raised is its answer)
            gave[n] = error

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return gave


def accepting(sessions: sessionmaker[Session], town: SmallTown, referral_id: uuid.UUID) -> Callable[[], Any]:
    """One partner's press of "We can help"."""

    def press() -> str:
        with sessions() as session:
            referral = session.get_one(Referral, referral_id)
            try:
                referrals.move(session, referral, "accept", by=town.partner(referral_id), at=AT)
            except Conflict:
                session.rollback()
                return "full"
            session.commit()
            return "accepted"

    return press


def a_round(sessions: sessionmaker[Session], town: SmallTown, needs: list[uuid.UUID], places: int, pressing: Any = accepting) -> tuple[Counter[str], int, int]:
    """Let everybody race for some places: what each was told, how many referrals are accepted, and how many places are left."""
    with sessions.begin() as session:
        session.execute(update(Offer).values(places_left=places))
        ids = [sent(session, town, need, at=AT, upto="view").id for need in needs]
    told = Counter(str(x) for x in at_once([pressing(sessions, town, i) for i in ids]))
    with sessions() as session:
        accepted = session.scalar(select(func.count()).where(Referral.id.in_(ids), Referral.state == State.ACCEPTED))
        return told, accepted or 0, session.get_one(Offer, town.offer).places_left or 0


@pytest.mark.parametrize("places", [1, 3])
def test_the_last_places_go_exactly_once(engine: Engine, session_factory: sessionmaker[Session], places: int) -> None:
    rounds = many(2, 50)
    town = settle(engine, at=AT, count=PEOPLE * rounds)
    for n in range(rounds):
        told, accepted, left = a_round(session_factory, town, town.needs[n * PEOPLE:][:PEOPLE], places)
        assert told == Counter(accepted=places, full=PEOPLE - places)
        assert (accepted, left) == (places, 0)


def test_taking_a_place_by_reading_first_is_caught(engine: Engine, session_factory: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch) -> None:
    """The very same race, on a build that reads the places and then writes them, gives the last place too often: so the race is a real one."""
    looking, read = reading_factory(engine), threading.local()

    def read_then_write(session: Session, offer: Offer) -> None:
        if read.left < 1:
            raise Conflict("full")
        session.execute(update(Offer).where(Offer.id == offer.id).values(places_left=read.left - 1).execution_options(synchronize_session=False))

    def reading_first(sessions: sessionmaker[Session], town: SmallTown, referral_id: uuid.UUID) -> Callable[[], Any]:
        press = accepting(sessions, town, referral_id)

        def first() -> Any:
            with looking() as session:
                read.left = session.scalar(select(Offer.places_left).where(Offer.id == town.offer)) or 0
            return press()

        return first

    monkeypatch.setattr(offers, "take_place", read_then_write)
    town = settle(engine, at=AT, count=PEOPLE * 10)
    for n in range(10):
        _told, accepted, _left = a_round(session_factory, town, town.needs[n * PEOPLE:][:PEOPLE], 1, pressing=reading_first)
        if accepted > 1:
            return
    pytest.fail("ten rounds found nothing wrong with a broken build")


def test_places_equal_what_was_accepted_after_mixed_moves(engine: Engine, session_factory: sessionmaker[Session]) -> None:
    """Accepted, declined and withdrawn by many at once, in any order: no place is lost and none is made."""
    count, places = many(60, 2000), 15
    town, chance = settle(engine, at=AT, count=count, places=places), random.Random(3)  # noqa: S311
    with session_factory.begin() as session:
        ids = [sent(session, town, need, at=AT, upto="view").id for need in town.needs]
    todo = [(i, action) for i in ids for action in chance.choice([["accept"], ["accept", "withdraw"], ["withdraw", "accept"], ["decline"], ["accept", "accept"]])]
    chance.shuffle(todo)
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                if not todo:
                    return
                referral_id, action = todo.pop()
            with session_factory() as session:
                code = {"decline": "age", "withdraw": "got_help_elsewhere"}.get(action)
                by = town.flo if action == "withdraw" else town.partner(referral_id)
                try:
                    referrals.move(session, session.get_one(Referral, referral_id), action, by=by, at=AT, code=code)
                    session.commit()
                except (PartnersError, *Pressing.BETWEEN):
                    session.rollback()

    gave = at_once([work] * 8)
    assert gave == [None] * 8
    with session_factory() as session:
        holding = session.scalar(select(func.count()).where(Referral.place_taken.is_(True))) or 0
        accepted = session.scalar(select(func.count()).where(Referral.state == State.ACCEPTED)) or 0
        left = session.get_one(Offer, town.offer).places_left
        assert holding == accepted
        assert left == places - accepted
        assert accepted <= places
        assert audit.verify(session) == []


def test_send_pressed_twenty_times_at_once_sends_once(engine: Engine, session_factory: sessionmaker[Session]) -> None:
    rounds = many(2, 25)
    town = settle(engine, at=AT, count=rounds)
    pressing = Pressing(engine, town)
    for need in town.needs:
        with session_factory.begin() as session:
            referral_id = sent(session, town, need, at=AT, upto="choose").id
        answers = at_once([lambda i=referral_id: pressing.press(f"/liaison/referrals/{i}/check", {})] * PEOPLE)  # type: ignore[misc]
        assert Counter(answers) == Counter({303: PEOPLE})
        with session_factory() as session:
            found = session.get_one(Referral, referral_id)
            assert [e.action for e in found.events] == ["choose", "prepare", "send"]
            assert session.scalar(select(func.count()).select_from(Message).where(Message.referral_id == referral_id)) == 1


def test_one_choice_pressed_twenty_times_at_once_is_one_referral(engine: Engine, session_factory: sessionmaker[Session]) -> None:
    rounds = many(2, 25)
    town = settle(engine, at=AT, count=rounds)
    pressing = Pressing(engine, town)
    for need in town.needs:
        facts = {"offer": str(town.offer), "kind": "ask_first", "press": uuid.uuid4().hex, "because": "near"}
        answers = at_once([lambda n=need, f=facts: pressing.press(f"/liaison/needs/{n}/choose", f)] * PEOPLE)  # type: ignore[misc]
        assert Counter(answers) == Counter({303: PEOPLE})
        with session_factory() as session:
            assert session.scalar(select(func.count()).select_from(Referral).where(Referral.need_id == need)) == 1


def test_accept_pressed_twenty_times_at_once_takes_one_place(engine: Engine, session_factory: sessionmaker[Session]) -> None:
    rounds = many(2, 25)
    town = settle(engine, at=AT, count=rounds, places=5 + rounds)
    pressing = Pressing(engine, town)
    for n, need in enumerate(town.needs):
        with session_factory.begin() as session:
            referral = sent(session, town, need, at=AT)
            word = pressing.link_of(session, referral)
            session.execute(update(Message).values(sent_at=AT))
        assert Counter(at_once([lambda w=word: pressing.press(f"/r/{w}/accept", {})] * PEOPLE)) == Counter({303: PEOPLE})  # type: ignore[misc]
        with session_factory() as session:
            assert [e.action for e in session.get_one(Referral, referral.id).events].count("accept") == 1
            assert session.get_one(Offer, town.offer).places_left == 5 + rounds - n - 1
