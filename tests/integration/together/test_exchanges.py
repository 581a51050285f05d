"""Asks, gives and exchanges: proposed with reasons, chosen by a person, and arranged when every side said yes."""

from __future__ import annotations

import ast
import threading
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

import partners
from partners.families import families, gives
from partners.foundation import audit
from partners.foundation.db import new_id
from partners.foundation.errors import Conflict, InvalidRecord, NotAllowed, NotFound
from partners.matching import exchanges
from partners.registry import asks, partnerships
from partners.registry.asks import Wanted
from partners.registry.partnerships import Happened
from partners.registry.places import Place
from tests.integration.together.conftest import Circle

THINGS = exchanges.things()


def a_round(circle: Circle) -> None:
    """The school's hall for the network's group for the theatre's seats: each only with something in return."""
    session, flo, at = circle.session, circle.flo, circle.at
    theatre, network = circle.organisations["theatre"], circle.organisations["network"]
    for who, thing, amount in ((theatre, "hall", 30), (None, "group_session", 10), (network, "tickets", 12)):
        asks.ask(session, who, Wanted(thing, amount), things=THINGS, by=flo, at=at)
    for who, thing, amount in ((None, "hall", 60), (network, "group_session", 12), (theatre, "tickets", 20)):
        asks.give(session, who, Wanted(thing, amount), things=THINGS, in_exchange=True, by=flo, at=at)


def ask(circle: Circle, key: str | None, wanted: Wanted) -> asks.Ask:
    return asks.ask(circle.session, circle.organisations[key] if key else None, wanted, things=THINGS, by=circle.flo, at=circle.at)


def give(circle: Circle, key: str | None, wanted: Wanted, **more: bool) -> asks.Give:
    return asks.give(circle.session, circle.organisations[key] if key else None, wanted, things=THINGS, by=circle.flo, at=circle.at, **more)


def say_yes(circle: Circle, row: exchanges.Exchange) -> None:
    for party in row.parties:
        exchanges.answer(circle.session, row, party.id, yes=True, name="Ann", by=circle.flo, at=circle.at)


def test_a_round_of_three_is_proposed_explained_and_kept_when_a_person_chooses(circle: Circle) -> None:
    a_round(circle)
    found = exchanges.propose(circle.session, by=circle.flo, at=circle.at)
    assert [len(p.steps) for p in found.exchanges] == [3]
    assert found.proven
    assert found.met == 3
    for step in found.exchanges[0].steps:
        assert any("enough" in line for line in step.says)
        assert any("km by road" in line for line in step.says), "distance is told"
    assert exchanges.listed(circle.session, by=circle.flo) == [], "proposing keeps nothing"
    row = exchanges.choose(circle.session, found.exchanges[0].signature, press="one", by=circle.flo, at=circle.at)
    again = exchanges.choose(circle.session, found.exchanges[0].signature, press="one", by=circle.flo, at=circle.at)
    assert again is row
    assert row.stands == "asked"
    assert exchanges.propose(circle.session, by=circle.flo, at=circle.at).exchanges == (), "what is being arranged is not proposed again"


def test_it_is_arranged_only_when_every_side_said_yes_and_then_it_stands_in_the_partnerships(circle: Circle) -> None:
    a_round(circle)
    found = exchanges.propose(circle.session, by=circle.flo, at=circle.at)
    row = exchanges.choose(circle.session, found.exchanges[0].signature, press="one", by=circle.flo, at=circle.at)
    assert {p.organisation_id for p in row.parties} == {circle.organisations["theatre"].id, circle.organisations["network"].id}
    theatre = circle.link("theatre")
    mine = next(p for p in row.parties if p.organisation_id == theatre.organisation_id)
    other = next(p for p in row.parties if p.organisation_id != theatre.organisation_id)
    exchanges.answer(circle.session, row, mine.id, yes=True, name="Maddy", by=theatre, at=circle.at)
    assert row.stands == "asked"
    with pytest.raises(NotFound):
        exchanges.answer(circle.session, row, other.id, yes=True, name="Maddy", by=theatre, at=circle.at)
    with pytest.raises(Conflict):
        exchanges.came(circle.session, row, row.handovers[0].id, "received", by=circle.flo, at=circle.at)
    exchanges.answer(circle.session, row, other.id, yes=True, name="Amina", by=circle.flo, at=circle.at)
    assert row.stands == "arranged"
    for handover in row.handovers:
        exchanges.came(circle.session, row, handover.id, "received", by=circle.flo, at=circle.at)
    assert row.stands == "done"
    assert asks.open_asks(circle.session, by=circle.flo, on=circle.at.date()) == []
    did = {key: {e.kind for e in p.events} for key, p in circle.partnerships.items()}
    assert did == {"theatre": {Happened.WE_DID, Happened.THEY_DID}, "network": {Happened.THEY_DID}, "library": set()}
    assert circle.partnerships["network"].thanks_due(), "a thank-you is due"
    assert audit.verify(circle.session) == []


def test_one_no_ends_it_and_what_it_held_is_free_again(circle: Circle) -> None:
    a_round(circle)
    found = exchanges.propose(circle.session, by=circle.flo, at=circle.at)
    row = exchanges.choose(circle.session, found.exchanges[0].signature, press="one", by=circle.flo, at=circle.at)
    exchanges.answer(circle.session, row, row.parties[0].id, yes=False, name="Ann", by=circle.flo, at=circle.at)
    assert row.stands == "declined"
    assert len(asks.open_asks(circle.session, by=circle.flo, on=circle.at.date())) == 3
    assert exchanges.propose(circle.session, by=circle.flo, at=circle.at).exchanges == (), "it is not proposed again at once"
    assert len(exchanges.propose(circle.session, by=circle.flo, at=circle.at + timedelta(days=31)).exchanges) == 1
    with pytest.raises(Conflict):
        exchanges.answer(circle.session, row, row.parties[1].id, yes=True, name="Ann", by=circle.flo, at=circle.at)


def test_not_now_puts_it_aside_for_a_month(circle: Circle) -> None:
    a_round(circle)
    found = exchanges.propose(circle.session, by=circle.flo, at=circle.at)
    exchanges.put_aside(circle.session, found.exchanges[0].signature, press="two", by=circle.flo, at=circle.at)
    assert exchanges.propose(circle.session, by=circle.flo, at=circle.at + timedelta(days=29)).exchanges == ()
    assert exchanges.listed(circle.session, by=circle.flo) == []


def test_what_changed_in_between_is_never_chosen(circle: Circle) -> None:
    a_round(circle)
    found = exchanges.propose(circle.session, by=circle.flo, at=circle.at)
    asks.end(circle.session, found.exchanges[0].steps[0].ask, because="no_longer", by=circle.flo, at=circle.at)
    with pytest.raises(Conflict, match="changed since"):
        exchanges.choose(circle.session, found.exchanges[0].signature, press="one", by=circle.flo, at=circle.at)


def test_times_and_language_count_and_the_reason_is_told(circle: Circle) -> None:
    library = circle.organisations["library"]
    evening = Wanted("room", 12, days=["thu"], starts="18:00", ends="20:00")
    asks.ask(circle.session, library, evening, things=THINGS, by=circle.flo, at=circle.at)
    asks.give(circle.session, None, Wanted("room", 30, days=["mon", "tue"], starts="18:00", ends="20:00"), things=THINGS, by=circle.flo, at=circle.at)
    found = exchanges.propose(circle.session, by=circle.flo, at=circle.at)
    assert found.exchanges == ()
    assert "Thursday" in found.unmet[0][1] or "time" in found.unmet[0][1].lower()
    asks.give(circle.session, None, Wanted("room", 30, days=["thu"], starts="17:00", ends="21:00"), things=THINGS, by=circle.flo, at=circle.at)
    assert len(exchanges.propose(circle.session, by=circle.flo, at=circle.at).exchanges) == 1


def test_a_familys_give_goes_freely_and_stands_for_itself(circle: Circle) -> None:
    library = circle.organisations["library"]
    asks.ask(circle.session, library, Wanted("interpreting", 1, language="so"), things=THINGS, by=circle.flo, at=circle.at)
    asks.ask(circle.session, library, Wanted("sewing", 1), things=THINGS, by=circle.flo, at=circle.at)
    family = circle.family("esol")
    gives.record(circle.session, family, thing="interpreting", amount=2, language="so", things=THINGS, by=circle.flo, at=circle.at)
    gives.record(circle.session, family, thing="sewing", amount=2, things=THINGS, by=circle.flo, at=circle.at)
    found = exchanges.propose(circle.session, by=circle.flo, at=circle.at)
    assert sorted(len(p.steps) for p in found.exchanges) == [1, 1], "two gives of one family are never drawn together"
    assert all(step.giver is None for p in found.exchanges for step in p.steps)
    records = exchanges.as_records(found)
    assert family.initials not in str(records)
    assert str(family.id) not in str(records)
    families.stop(circle.session, family, by=circle.flo, at=circle.at)
    assert exchanges.propose(circle.session, by=circle.flo, at=circle.at).exchanges == (), "a family with the lead is asked for nothing"


def test_a_link_reaches_its_own_asks_and_nobody_elses(circle: Circle) -> None:
    theatre = circle.link("theatre")
    own = asks.ask(circle.session, circle.organisations["theatre"], Wanted("coats", 40), things=THINGS, by=theatre, at=circle.at)
    other = asks.ask(circle.session, circle.organisations["library"], Wanted("coats", 2), things=THINGS, by=circle.flo, at=circle.at)
    ours = asks.ask(circle.session, None, Wanted("coats", 3), things=THINGS, by=circle.flo, at=circle.at)
    assert asks.open_asks(circle.session, by=theatre, on=circle.at.date()) == [own]
    for foreign in (other, ours):
        with pytest.raises(NotFound):
            asks.get_ask(circle.session, foreign.id, by=theatre)
    with pytest.raises(NotFound):
        asks.ask(circle.session, circle.organisations["library"], Wanted("coats", 1), things=THINGS, by=theatre, at=circle.at)
    with pytest.raises(NotFound):
        asks.ask(circle.session, None, Wanted("coats", 1), things=THINGS, by=theatre, at=circle.at)
    with pytest.raises(NotAllowed):
        exchanges.propose(circle.session, by=theatre, at=circle.at)
    with pytest.raises(NotAllowed):
        gives.open_gives(circle.session, by=theatre)
    with pytest.raises(NotAllowed):
        asks.open_asks(circle.session, by=circle.head, on=circle.at.date())


def test_another_school_sees_none_of_it(circle: Circle, another) -> None:
    a_round(circle)
    _school, stranger, _head = another()
    assert asks.open_asks(circle.session, by=stranger, on=circle.at.date()) == []
    assert exchanges.propose(circle.session, by=stranger, at=circle.at).exchanges == ()
    found = exchanges.propose(circle.session, by=circle.flo, at=circle.at)
    row = exchanges.choose(circle.session, found.exchanges[0].signature, press="one", by=circle.flo, at=circle.at)
    with pytest.raises(NotFound):
        exchanges.get(circle.session, row.id, by=stranger)
    assert partnerships.listed(circle.session, by=stranger) == []


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        (Wanted("a castle"), "thing"), (Wanted("hall", 0), "amount"), (Wanted("hall", days=["tue"], starts="9", ends="10:00"), "starts"),
        (Wanted("hall", days=["tue"], starts="09:00"), "ends"), (Wanted("hall", days=["tue"], starts="12:00", ends="11:00"), "ends"),
        (Wanted("hall", starts="09:00", ends="11:00"), "days"),
    ],
)
def test_what_cannot_be_is_refused_by_field(circle: Circle, facts: Wanted, field: str) -> None:
    with pytest.raises(InvalidRecord) as refused:
        asks.ask(circle.session, None, facts, things=THINGS, by=circle.flo, at=circle.at)
    assert refused.value.field == field


def test_two_presses_at_once_never_choose_the_same_ask_twice(circle: Circle, session_factory) -> None:
    a_round(circle)
    signature = exchanges.propose(circle.session, by=circle.flo, at=circle.at).exchanges[0].signature
    circle.session.commit()
    together, ended = threading.Barrier(4), []

    def press(word: str) -> None:
        with session_factory() as session:
            together.wait()
            try:
                exchanges.choose(session, signature, press=word, by=circle.flo, at=circle.at)
                session.commit()
                ended.append("chosen")
            except Conflict:
                ended.append("refused")

    threads = [threading.Thread(target=press, args=(f"press-{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) == ["chosen", "refused", "refused", "refused"]
    assert len(exchanges.listed(circle.session, by=circle.flo)) == 1


def test_nothing_that_looks_for_help_reads_what_families_give() -> None:
    package = Path(partners.__file__).parent
    reading = {
        path.relative_to(package).as_posix() for path in package.rglob("*.py")
        if any("gives" in name for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) for name in _imported(node))
    }
    assert reading == {"matching/exchanges/proposing.py", "matching/exchanges/records.py", "matching/exchanges/choosing.py"}


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{name.name}" for name in node.names]
    return [name.name for name in node.names] if isinstance(node, ast.Import) else []


def test_part_of_what_was_asked_for_leaves_the_rest_open_where_it_is_used_up(circle: Circle) -> None:
    coats = ask(circle, None, Wanted("coats", 40))
    give(circle, "library", Wanted("coats", 25))
    tickets = ask(circle, "library", Wanted("tickets", 4))
    spare = give(circle, "theatre", Wanted("tickets", 10))
    for proposed in exchanges.propose(circle.session, by=circle.flo, at=circle.at).exchanges:
        row = exchanges.choose(circle.session, proposed.signature, press=f"part-{proposed.signature[:40]}", by=circle.flo, at=circle.at)
        for party in row.parties:
            exchanges.answer(circle.session, row, party.id, yes=True, name="Ann", by=circle.flo, at=circle.at)
        for handover in row.handovers:
            exchanges.came(circle.session, row, handover.id, "received", by=circle.flo, at=circle.at)
    assert (coats.amount, coats.ended_at) == (15, None)
    assert tickets.ended_because == "met"
    assert (spare.amount, spare.ended_at) == (6, None)


def test_what_does_not_fit_is_told_give_by_give_with_every_rule_it_breaks(circle: Circle) -> None:
    room = ask(circle, "network", Wanted("room", 15, days=["thu"], starts="18:00", ends="20:00", from_on=date(2026, 12, 1)))
    give(circle, None, Wanted("room", 25, days=["mon"], starts="17:00", ends="20:00", until_on=date(2026, 11, 27)))
    give(circle, "library", Wanted("room", 10, days=["mon"], starts="17:00", ends="20:00"))
    give(circle, "theatre", Wanted("room", 30, days=["thu"], starts="17:00", ends="21:00"), in_exchange=True)
    found = exchanges.propose(circle.session, by=circle.flo, at=circle.at)
    assert [w.giver for w in found.left_out[room.id]] == ["The theatre", "The library", "Seamoor Primary"]
    back, other_day, both = (w.says for w in found.left_out[room.id])
    assert back == ("It goes only with something in return, and there is no round in which its giver gets something that is asked for.",)
    assert len(other_day) == 1
    assert "Thursday" in other_day[0]
    assert len(both) == 2
    assert "27 November 2026" in both[1]


def test_where_and_when_stand_with_a_proposal_and_a_withheld_place_never_does(circle: Circle) -> None:
    place = circle.session.scalar(select(Place).where(Place.organisation_id == circle.organisations["theatre"].id))
    assert place is not None
    place.name, place.postcode = "The foyer", "LS8 1JR"
    circle.session.add(Place(id=new_id(), organisation_id=circle.organisations["theatre"].id, name="Another", latitude=53.9, longitude=-1.4, withheld=True))
    ask(circle, None, Wanted("hall", 30))
    give(circle, "theatre", Wanted("hall", 60, days=["sat"], starts="09:00", ends="12:00", from_on=date(2026, 12, 1)))
    [step] = exchanges.propose(circle.session, by=circle.flo, at=circle.at).exchanges[0].steps
    assert (step.where, step.when) == ("The foyer, LS8 1JR", "Saturday 09:00 to 12:00, from 1 December 2026")
    assert any("km by road" in line for line in step.says)
    place.withheld = True
    [step] = exchanges.propose(circle.session, by=circle.flo, at=circle.at).exchanges[0].steps
    assert step.where == ""
    assert "We don't know how far it is." in step.says
