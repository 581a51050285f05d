"""Complaints on pages: anybody leaves one without an account, the lead answers it, and nobody else reads it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from markupsafe import escape

from partners.families import languages, schools
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
    assert "Tell <bdi>Seamoor Primary</bdi> what is wrong" in page.text
    answer = browser.post(page.request.path, data={"csrf_token": token_of(page.text), "press": "x", "words": SAID, "contact": "07700 900456"}, follow_redirects=True)
    made = session.query(Complaint).one()
    assert made.words == SAID
    for said in (made.reference, "Within 30 days", "ico.org.uk", "0113 496 0000"):
        assert said in answer.text.replace("\u00a0", " ")
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


@pytest.mark.parametrize("code", sorted(languages.every()))
def test_each_language_asks_answers_and_refuses_in_its_own_words_and_keeps_what_was_typed(browser, session, school, clock, code):
    say, one = languages.texts(code), languages.every()[code]
    other = set(languages.texts("en").values()) - set(say.values())
    start = browser.get(f"/complain?in={code}")
    assert start.headers["Location"] == f"/complain/{school.id}?in={code}"
    address = start.headers["Location"]
    shown = {"asked": browser.get(address).text}
    refused = send(browser, address, {"words": " ", "wanted": "w" * 1001, "name": "Amira", "contact": "a\nb"})
    assert refused.status_code == 422
    shown["refused"] = refused.text
    for said in ("complain.words_none", "complain.one_line"):
        assert refused.text.count(escape(say[said])) == 2, "at the top, and at its box"
    assert escape(say["complain.too_long"].format(most=1000, now=1001)) in refused.text
    assert all(f'href="#{field}"' in refused.text and f'id="{field}"' in refused.text for field in ("words", "wanted", "contact"))
    assert "w" * 1001 in refused.text
    assert 'value="Amira"' in refused.text
    assert escape(say["page.not_clean"]) in send(browser, address, {"words": "a\u202eb"}).text
    shown["kept"] = send(browser, address, {"words": "شكراً"}, follow_redirects=True).text
    assert session.query(Complaint).one().words == "شكراً"
    assert escape(say["complain.then"]) in shown["kept"]
    session.commit()
    schools.add(session, name="Elm Infants", phone="1", dsl_name="A", dsl_phone="2", by=SYSTEM, at=clock())
    session.commit()
    shown["which"] = send(browser, f"/complain?in={code}", {"school": "Another"}).text
    assert escape(say["complain.school_unknown"]) in shown["which"]
    for name, text in shown.items():
        assert re.search(rf'<main[^>]*{"dir=.rtl. " if one.direction == "rtl" else ""}lang="{code}"', text), name
        assert (escape(say["page.unchecked"]) in text) is not one.checked, name
        assert [said for said in other if len(said) > 12 and f">{escape(said)}<" in text] == [], f"{name} says something in English"


def test_a_browser_that_asks_for_a_language_is_answered_in_it_and_the_one_that_was_chosen_goes_first(browser, school):
    asks = {"Accept-Language": "fr,so;q=0.8,en;q=0.5"}
    assert 'lang="so"' in browser.get(f"/complain/{school.id}", headers=asks).text.split("<main")[1].split(">")[0]
    assert 'lang="ro"' in browser.get(f"/complain/{school.id}?in=ro", headers=asks).text.split("<main")[1].split(">")[0]
    assert 'lang="en"' in browser.get(f"/complain/{school.id}?in=xx", headers={"Accept-Language": "fr"}).text.split("<main")[1].split(">")[0]


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
