"""A quick note taken up: what was heard at the gate goes along to the new need as a proposal that a person ticks, and nothing is ticked before."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text as text_of_sql

from partners.families import families, needs, quick_notes, schools
from partners.families.families import ContactBy
from partners.foundation import users
from partners.foundation.actors import SYSTEM, Role
from partners.foundation.db import session_factory
from partners.matching import words
from tests.integration.web.conftest import send, sign_in


@pytest.fixture
def family(session, school, flo, clock):
    family = families.add(session, initials="AK", first_name="Ann", contact_by=ContactBy.PHONE, contact="07700 900456", by=users.actor_of(flo), at=clock())
    session.commit()
    return family


def heard(session, who, clock) -> quick_notes.QuickNote:
    note = quick_notes.add(session, "uniform", paths=words.paths(), by=who, at=clock())
    session.commit()
    return note


@pytest.fixture
def note(session, school, flo, clock) -> quick_notes.QuickNote:
    """School uniform, heard two hours ago."""
    made = heard(session, users.actor_of(flo), clock)
    clock.move(hours=2)
    return made


def followed(browser, page: str, words_of_link: str) -> str:
    """Return where a link of a page leads."""
    return re.search(rf'href="([^"]+)"[^>]*>{words_of_link}', page)[1].replace("&amp;", "&")


def test_from_today_to_the_need_the_note_is_proposed_unticked_with_where_it_comes_from(browser, session, flo, family, note, clock) -> None:
    sign_in(browser, session, flo, clock)
    who_for = followed(browser, browser.get("/liaison/").text, "School uniform and shoes: who is it for")
    page = browser.get(who_for).text
    assert "Noted at the gate" in page
    first = followed(browser, page, re.escape(family.label))
    chosen = send(browser, first, {"harm": "no"})
    assert chosen.location.startswith(f"/liaison/families/{family.id}/needs?note=")
    page = browser.get(chosen.location).text
    (tick,) = re.findall(r'<input[^>]*name="codes"[^>]*value="uniform"[^>]*>', page)
    assert "checked" not in tick
    assert "because of: noted at the gate today" in re.sub(r"<[^>]+>", "", page), re.findall(r"because of.{200}", page, re.DOTALL)
    looked = browser.post(f"/liaison/families/{family.id}/needs/words", data={"csrf_token": re.search(r'name="csrf_token" value="([^"]+)"', page)[1], "note": str(note.id), "said": "no bed"}).text
    assert re.findall(r'id="proposed-(\w+)"', looked)[:2] == ["uniform", "beds"], "what is read stands beside what was heard"
    send(browser, chosen.location, {"codes": "uniform", "for_whom": "family", "within": "week", "note": str(note.id)})
    session.expire_all()
    assert [n.code for n in needs.of_family(session, family, by=users.actor_of(flo))] == ["uniform"]
    assert quick_notes.waiting(session, by=users.actor_of(flo)) == []


def test_a_note_that_was_not_ticked_still_waits(browser, session, flo, family, note, clock) -> None:
    sign_in(browser, session, flo, clock)
    chosen = send(browser, f"/liaison/families/{family.id}/first?note={note.id}", {"harm": "no"})
    assert send(browser, chosen.location, {"codes": "beds", "for_whom": "family", "within": "week", "note": str(note.id)}).status_code == 303
    session.expire_all()
    assert [n.code for n in needs.of_family(session, family, by=users.actor_of(flo))] == ["beds"]
    assert [n.id for n in quick_notes.waiting(session, by=users.actor_of(flo))] == [note.id]


def test_a_refused_form_keeps_the_proposal_and_somebody_new_takes_it_along(browser, session, flo, family, note, clock) -> None:
    sign_in(browser, session, flo, clock)
    chosen = send(browser, f"/liaison/families/{family.id}/first?note={note.id}", {"harm": "no"})
    again = send(browser, chosen.location, {"codes": "uniform", "note": str(note.id)})
    assert again.status_code == 422
    assert 'id="proposed-uniform"' in again.text
    new = followed(browser, browser.get(f"/liaison/families?for=need&note={note.id}").text, "Someone new")
    page = browser.get(new).text
    press = re.search(r'name="press" value="([^"]+)"', page)[1]
    added = send(browser, new, {"initials": "BC", "contact_by": "not_known", "press": press})
    assert added.location.endswith(f"/first?note={note.id}")


def test_a_note_of_another_school_one_that_is_done_and_no_note_at_all_propose_nothing(browser, session, flo, family, note, clock) -> None:
    other = schools.add(session, name="Dale Primary", phone="0113 496 0009", dsl_name="Dee", dsl_phone="0113 496 0008", by=SYSTEM, at=clock())
    theirs = users.add(session, email="bo@dale.example", name="Bo", roles=[Role.FLO], school_id=other.id, by=SYSTEM, at=clock())
    foreign = heard(session, users.actor_of(theirs), clock)
    quick_notes.finish(session, note.id, by=users.actor_of(flo), at=clock())
    session.commit()
    sign_in(browser, session, flo, clock)
    for word in (foreign.id, note.id, "nonsense", ""):
        chosen = send(browser, f"/liaison/families/{family.id}/first?note={word}", {"harm": "no"})
        assert chosen.location == f"/liaison/families/{family.id}/needs"
        assert "noted at the gate" not in browser.get(f"{chosen.location}?note={word}").text


def test_while_plain_words_are_read_others_may_write(browser, session, flo, school, family, clock, engine, monkeypatch) -> None:
    """The language model takes seconds when it is first asked: the database is not held for as long."""
    sign_in(browser, session, flo, clock)
    chosen = send(browser, f"/liaison/families/{family.id}/first", {"harm": "no"})
    written = []

    def slow(text: str, *, most: int = 3) -> list[words.Proposal]:
        with session_factory(engine)() as other:
            other.execute(text_of_sql("PRAGMA busy_timeout=200"))
            written.append(quick_notes.add(other, "uniform", paths=words.paths(), by=users.actor_of(flo), at=clock()))
            other.commit()
        return []

    monkeypatch.setattr(words, "read", slow)
    assert chosen.status_code == 303
    assert send(browser, f"/liaison/families/{family.id}/needs/words", {"said": "no coat for school"}).status_code == 200
    assert len(written) == 1
