"""Complaints on pages: anybody leaves one without an account, the lead answers it, and nobody else reads it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from partners.families import schools
from partners.foundation import users
from partners.foundation.actors import SYSTEM, Role
from partners.privacy.complaints import Complaint
from tests.integration.web.conftest import send, sign_in, token_of

SAID = "Nobody rang me back"


@pytest.fixture
def lead(session, school, clock):
    made = users.add(session, email="sam@seamoor.example", name="Sam Okafor", roles=[Role.DSL], school_id=school.id, by=SYSTEM, at=clock())
    session.commit()
    return made


def test_somebody_without_an_account_leaves_one_and_is_told_what_happens_now(browser, session, school):
    page = browser.get("/complain", follow_redirects=True)
    assert "Tell Seamoor Primary what is wrong" in page.text
    answer = browser.post(page.request.path, data={"csrf_token": token_of(page.text), "press": "x", "words": SAID, "contact": "07700 900456"}, follow_redirects=True)
    made = session.query(Complaint).one()
    assert made.words == SAID
    for said in (made.reference, "Within 30 days", "ico.org.uk", "0113 496 0000"):
        assert said in answer.text
    assert SAID not in answer.text


def test_with_several_schools_one_is_asked_for_and_none_is_listed(browser, session, school, clock):
    schools.add(session, name="Elm Infants", phone="1", dsl_name="A", dsl_phone="2", by=SYSTEM, at=clock())
    session.commit()
    page = browser.get("/complain")
    assert page.status_code == 200
    assert not [n for n in ("Seamoor", "Elm") if n in page.text]
    assert send(browser, "/complain", {"school": "Another"}).status_code == 422
    assert send(browser, "/complain", {"school": "Se"}).status_code == 422
    assert send(browser, "/complain", {"school": " seamoor  primary "}).headers["Location"] == f"/complain/{school.id}"


@pytest.mark.parametrize("address", ["/complain/none", "/complain/3f1c5b80-0000-4000-8000-000000000000", "/complain/none/kept"])
def test_a_school_that_is_not_there(browser, school, address):
    assert browser.get(address).status_code == 404


def test_the_first_box_must_be_filled_and_what_was_typed_stays(browser, school):
    answer = send(browser, f"/complain/{school.id}", {"words": " ", "name": "Amira"})
    assert answer.status_code == 422
    assert "Write what you are not happy about" in answer.text
    assert "Amira" in answer.text


def test_the_same_press_twice_keeps_one(browser, session, school):
    page = browser.get(f"/complain/{school.id}").text
    press = page.split('name="press" value="')[1].split('"')[0]
    for _ in range(2):
        assert browser.post(f"/complain/{school.id}", data={"csrf_token": token_of(page), "press": press, "words": SAID}).status_code == 303
    assert session.query(Complaint).count() == 1


def test_the_lead_says_that_it_is_here_and_answers(browser, session, school, lead, clock):
    browser.post(f"/complain/{school.id}", data={"csrf_token": token_of(browser.get(f"/complain/{school.id}").text), "words": SAID})
    made = session.query(Complaint).one()
    session.commit()
    sign_in(browser, session, lead, clock)
    clock.move(days=31)
    sign_in(browser, session, lead, clock)
    assert "Overdue" in browser.get("/rights/complaints").text
    here = f"/rights/complaints/{made.id}"
    assert SAID in browser.get(here).text
    token = token_of(browser.get(here).text)
    assert browser.post(f"{here}/acknowledge", data={"csrf_token": token, "how": ""}).status_code == 422
    assert browser.post(f"{here}/acknowledge", data={"csrf_token": token, "how": "rang them"}).status_code == 303
    assert browser.post(f"{here}/answer", data={"csrf_token": token, "words": "We are sorry."}).status_code == 422
    assert browser.post(f"{here}/answer", data={"csrf_token": token, "ended": "upheld", "words": "We are sorry."}).status_code == 303
    assert "They were right" in browser.get(here).text
    assert made.received_at < clock() - timedelta(days=30)


def test_a_liaison_officer_writes_one_down_and_does_not_see_it_again(browser, session, school, flo, clock):
    sign_in(browser, session, flo, clock)
    answer = send(browser, "/rights/complaints/new", {"words": SAID, "came_by": "spoken"}, follow_redirects=True)
    assert "Sam Okafor reads it" in answer.text
    assert SAID not in answer.text
    made = session.query(Complaint).one()
    assert browser.get(f"/rights/complaints/{made.id}").status_code == browser.get("/rights/complaints").status_code == 403
