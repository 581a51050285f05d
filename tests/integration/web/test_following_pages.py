"""The pages of whose turn it is, and the answers for programs: by the buttons that people press."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from partners.families import agreements, families, keeping_away, needs, requirements, setting_aside
from partners.families.families import ContactBy
from partners.foundation import outbox, users
from partners.foundation.actors import SYSTEM, Role, partner_by_reply_link
from partners.matching import suggestions, words
from partners.referrals import notes, outcomes, referrals, replies
from partners.referrals.moves import Kind
from partners.registry import freshness, offers, organisations
from partners.registry.offers import ConfirmedHow
from tests.integration.web.conftest import send, sign_in, token_of
from web.liaison.requirement_rules import mark


@pytest.fixture
def line(session, school, flo, clock) -> SimpleNamespace:
    """A signed-in officer's actor, two offers for one need, and an introduction that was sent."""
    who, at = users.actor_of(flo), clock()
    rows = []
    for name in ("Pantry", "Larder"):
        organisation = organisations.add(session, name=name, phone="0113 496 0002", by=SYSTEM, at=at)
        organisations.add_contact(session, organisation, name="Ann", email=f"ann@{name.lower()}.example", phone=None, by=SYSTEM, at=at)
        offer = offers.add(session, organisation, name=f"{name} shop", needs=["food_weekly"], by=SYSTEM, at=at)
        freshness.confirm(session, offer, how=ConfirmedHow.PHONE, name="Ann", by=who, at=at)
        rows.append(offer)
    family = families.add(session, initials="AK", first_name="Zanzibarina", contact_by=ContactBy.PHONE, contact="07700 900456", by=who, at=at)
    need = needs.record(session, family, codes=["food_weekly"], paths=words.paths(), harm=needs.Harm.NO, by=who, at=at)[0]
    referral = referrals.choose(session, need, rows[0], Kind.INTRODUCE, press="p", by=who, at=at)
    agreed = agreements.record(session, family, need_id=need.id, organisation_id=rows[0].organisation_id, fields=["first_name"], said=agreements.Said.SPOKEN, said_by="parent", by=who, at=at)
    referrals.move(session, referral, "prepare", agreement_id=agreed.id, by=who, at=at)
    referrals.move(session, referral, "send", by=who, at=at)
    session.commit()
    return SimpleNamespace(flo=who, offers=rows, family=family, need=need, referral=referral, partner=partner_by_reply_link(rows[0].organisation_id, referral.id, "Pantry"))


def move(session, line, action, clock, **facts):
    referrals.move(session, line.referral, action, by=line.partner, at=clock(), **facts)
    session.commit()


def test_a_program_reads_the_next_step_and_what_may_be_done_and_nothing_of_a_family(browser, session, flo, clock, line) -> None:
    assert browser.get("/api/v1/referrals").status_code == 401
    assert browser.get("/api/v1/referrals").json["status"] == 401
    sign_in(browser, session, flo, clock)
    found = browser.get(f"/api/v1/referrals/{line.referral.id}")
    assert (found.json["state"], found.json["next_owner"], found.json["due_on"], found.json["overdue"]) == ("sent", "partner", "2026-12-01", False)
    assert {a["action"] for a in found.json["allowed_actions"]} == {"recall", "withdraw", "accept", "wait", "ask", "decline"}
    assert found.json["partner_may_see"] == ["need", "age_band", "language", "interpreter", "area", "urgency", "asked_for"]
    assert all(word not in found.text for word in ("Zanzibarina", "A.K.", "07700"))
    assert [r["id"] for r in browser.get("/api/v1/referrals").json["contents"]] == [str(line.referral.id)]
    missing = browser.get(f"/api/v1/referrals/{line.need.id}")
    assert (missing.status_code, missing.content_type, missing.json["title"]) == (404, "application/problem+json", "There is nothing here")


def test_a_partners_program_is_told_nothing_of_a_family_whose_records_are_set_aside(browser, session, flo, clock, line) -> None:
    partner = users.add(session, email="vera@pantry.example", name="Vera", roles=[Role.PARTNER], organisation_id=line.referral.organisation_id, by=SYSTEM, at=clock())
    session.commit()
    sign_in(browser, session, partner, clock)
    assert browser.get(f"/api/v1/referrals/{line.referral.id}").status_code == 200
    setting_aside.begin(session, line.family, by=line.flo, at=clock())
    session.commit()
    assert browser.get(f"/api/v1/referrals/{line.referral.id}").status_code == 404
    sign_in(browser, session, flo, clock)
    assert browser.get(f"/api/v1/referrals/{line.referral.id}").json["partner_may_see"] == []


def test_a_no_offers_the_next_best_as_a_new_introduction_that_a_person_chooses(browser, session, flo, clock, line) -> None:
    sign_in(browser, session, flo, clock)
    page = f"/liaison/referrals/{line.referral.id}"
    run = browser.post(f"/liaison/families/{line.family.id}/suggestions", data={"csrf_token": token_of(browser.get(f"/liaison/families/{line.family.id}").text)})
    assert run.status_code == 303
    move(session, line, "decline", clock, code="not_right_service")
    shown = browser.get(page).text
    assert "It&#39;s your turn" in shown
    assert "Larder shop" in shown
    assert "It stood next" in shown
    today = browser.get("/liaison/").text
    assert "Waiting on me (1)" in today
    assert "Tell the family, and look at what else there is." in today
    tried = browser.get(run.headers["Location"]).text
    assert "Tried before: on 24 November they could not help this time (not the right fit)." in tried
    answer = browser.post(
        f"/liaison/needs/{line.need.id}/choose", data={"csrf_token": token_of(shown), "offer": str(line.offers[1].id), "kind": "introduce", "press": "next-best"},
    )
    assert answer.status_code == 303, "the next one is the first now, and asks for no reason"
    assert answer.headers["Location"].endswith("/agreement"), "the family is asked about this one too"
    assert "This went on" in browser.get(page).text
    today = browser.get("/liaison/").text
    assert "Tell the family, and look" not in today
    assert "nothing under way" not in today


def test_what_the_partner_sees_stands_field_by_field_with_what_is_not_shown(browser, session, flo, clock, line) -> None:
    sign_in(browser, session, flo, clock)
    page = browser.get(f"/liaison/referrals/{line.referral.id}").text
    assert "Not shown" in page
    assert "First name; How to reach them safely" in page
    move(session, line, "accept", clock)
    page = browser.get(f"/liaison/referrals/{line.referral.id}").text
    assert "Zanzibarina" in page


def test_who_covers_sees_it_on_today_and_the_sheet_prints_initials_alone(browser, app, session, school, flo, clock, line) -> None:
    ola = users.add(session, email="ola@seamoor.example", name="Ola", roles=[Role.FLO], school_id=school.id, by=SYSTEM, at=clock())
    session.commit()
    move(session, line, "ask", clock, question="How many?")
    sign_in(browser, session, flo, clock)
    days = {"from_on": ["24", "11", "2026"], "until_on": ["27", "11", "2026"]}
    assert "Choose who covers for you" in send(browser, "/liaison/away", days).text
    answer = send(browser, "/liaison/away", days | {"cover": str(ola.id)})
    assert answer.status_code == 303
    sheet = browser.get("/liaison/hand-over").text
    assert "A.K." in sheet
    assert "Zanzibarina" not in sheet
    other = app.test_client()
    sign_in(other, session, ola, clock)
    today = other.get("/liaison/").text
    assert "You cover for Jo Bell until" in today
    assert "Waiting on me (1)" in today
    clock.move(days=4)
    sign_in(other, session, ola, clock)
    today = other.get("/liaison/").text
    assert "Waiting on me (0)" in today
    assert "Waiting on colleagues (1)" in today


def test_a_school_closed_soon_says_who_answers_and_who_covers_before_sending(browser, session, school, flo, clock, line) -> None:
    from datetime import date

    from partners.families import schools
    from partners.families.schools import Term
    from partners.foundation.db import new_id

    school = schools.get(session, school.id)
    school.terms = [Term(id=new_id(), starts_on=date(2026, 11, 2), ends_on=date(2026, 11, 27)), Term(id=new_id(), starts_on=date(2026, 12, 7), ends_on=date(2027, 1, 29))]
    school.holiday_cover = "Kim, 0113 496 0009"
    line.offers[1].organisation.contacts[0].answers_in_holidays = True
    draft = referrals.choose(session, line.need, line.offers[1], Kind.ASK_FIRST, press="h", by=line.flo, at=clock())
    session.commit()
    sign_in(browser, session, flo, clock)
    page = browser.get(f"/liaison/referrals/{draft.id}/check").text
    assert "Ann answers for Larder then." in page
    assert "Kim, 0113 496 0009" in page


def test_what_is_under_way_stands_in_place_of_an_offers_buttons(browser, session, flo, clock, line) -> None:
    """Nobody presses into an error: the offer that was introduced says so, and the others keep the ways that are still open."""
    sign_in(browser, session, flo, clock)
    run = suggestions.find(session, line.family, by=line.flo, at=clock())
    session.commit()
    page = browser.get(f"/liaison/suggestions/{run.id}").text
    pantry, larder = (page[page.index(f">{name} shop<") :].split("Why this order")[0] for name in ("Pantry", "Larder"))
    assert "Sent, not opened yet" in pantry
    assert f"/liaison/referrals/{line.referral.id}" in pantry
    assert "<button" not in pantry.split("This is wrong")[0].rsplit("<form", 1)[0]
    assert [words in larder for words in ("Tell the family", "Ask first (no names)", "Introduce us", "Go together")] == [True, True, False, False]
    assert "An introduction to Pantry shop is under way for this." in larder


@pytest.mark.parametrize("why", ["with the lead", "set aside", "kept away", "stopped"])
def test_once_it_is_shut_the_partners_link_says_one_thing_whatever_the_cause(browser, session, clock, line, why) -> None:
    referral = line.referral
    token = replies.new_reply_link(session, referral, at=clock())
    move(session, line, "accept", clock)
    notes.send(session, referral, "Zanzibarina, 07700 900456, mornings.", by=line.flo, at=clock())
    session.commit()
    crumb = token_of(browser.get(f"/r/{token}").text)
    {
        "with the lead": lambda: families.stop(session, line.family, by=line.flo, at=clock()),
        "set aside": lambda: setting_aside.begin(session, line.family, by=SYSTEM, at=clock()),
        "kept away": lambda: keeping_away.add_organisation(session, line.family, referral.organisation_id, by=line.flo, at=clock()),
        "stopped": lambda: referrals.move(session, referral, "withdraw", code="other", by=line.flo, at=clock()),
    }[why]()
    session.commit()
    for rest in ("", "/messages/write", "/code/enter", "/closed/what-came", "/decline"):
        page = browser.get(f"/r/{token}{rest}")
        assert (page.status_code, "Nothing to do now" in page.text) == (200, True)
        assert not any(word in page.text for word in ("Zanzibarina", "07700", "<form", "code", "Came", "Finished", "Write to", "shop", "safeguarding lead", "set aside", "Stopped"))
    for rest, data in (("/contact", {}), ("/messages/write", {"words": "Hello"}), ("/code/send", {}), ("/code/enter", {"code": "123456"}), ("/closed/what-came", {"result": "met"})):
        refused = browser.post(f"/r/{token}{rest}", data={"csrf_token": crumb} | data)
        assert (refused.status_code, "Nothing to do now" in refused.text) == (409, True)
    assert browser.get(f"/r/{token}/meeting/calendar").status_code == 404


def test_once_the_family_may_be_named_messages_open_with_the_code_alone(app, browser, session, clock, line) -> None:
    referral, theirs = line.referral, {"csrf_token": ""}
    token = replies.new_reply_link(session, referral, at=clock())
    notes.send(session, referral, "Mornings suit best.", by=line.flo, at=clock())
    session.commit()
    assert "Mornings suit best." in browser.get(f"/r/{token}").text
    move(session, line, "accept", clock)
    notes.send(session, referral, "Zanzibarina, 07700 900456.", by=line.flo, at=clock())
    notes.send(session, referral, "We ring Zanzibarina today.", by=line.partner, at=clock())
    session.commit()
    card = app.test_client().get(f"/r/{token}").text
    assert not any(word in card for word in ("Zanzibarina", "07700", "Mornings suit best."))
    assert "the 3 messages" in card
    theirs["csrf_token"] = token_of(browser.get(f"/r/{token}").text)
    browser.post(f"/r/{token}/code/send", data=theirs)
    code = re.search(r"[0-9]{6}", session.scalars(select(outbox.Message).where(outbox.Message.kind == "detail_code")).one().body)[0]
    session.commit()
    assert "Zanzibarina" not in app.test_client().post(f"/r/{token}/code/enter", data=theirs | {"code": code}).text, "another browser"
    opened = browser.post(f"/r/{token}/code/enter", data=theirs | {"code": code})
    assert all(word in opened.text for word in ("Zanzibarina, 07700 900456.", "We ring Zanzibarina today.", "Mornings suit best."))
    assert not any("Zanzibarina" in mail.body + mail.subject for mail in session.scalars(select(outbox.Message)))


def test_each_requirement_is_a_tick_and_the_last_look_shows_what_they_read_before_they_answer(browser, session, flo, clock, line) -> None:
    somali, no_funds = {"what": "language", "value": "so", "strength": "must"}, {"what": "feature", "value": "works_without_public_funds", "strength": "must"}
    requirements.replace(session, line.family, [somali, no_funds], by=line.flo, at=clock())
    referrals.move(session, line.referral, "withdraw", code="other", by=line.flo, at=clock())
    introduction, question = (referrals.choose(session, line.need, line.offers[1], kind, press=kind.value, by=line.flo, at=clock()) for kind in (Kind.INTRODUCE, Kind.ASK_FIRST))
    session.commit()
    sign_in(browser, session, flo, clock)
    page = f"/liaison/referrals/{introduction.id}"
    asked = browser.get(f"{page}/agreement").text
    assert all(words in asked for words in ("Somali (must)", "Doesn&#39;t depend on benefits (must)", "Before they answer, Larder reads no name"))
    assert "checked" not in re.findall(r"<input[^>]+mentions[^>]*>", asked).__repr__()
    said = {"answer": "agreed", "said_by": "parent", "fields": ["first_name", "what_was_tried"], "mentions": [mark(no_funds)], "what_was_tried": "The food bank, twice."}
    assert send(browser, f"{page}/agreement", said | {"answer": "as_said"}).status_code == 422
    assert send(browser, f"{page}/agreement", said).status_code == 303
    check = browser.get(f"{page}/check").text
    assert "The food bank, twice." in check
    before = check[check.index("Before they answer, they read this"):]
    assert ("Doesn&#39;t depend on benefits (must)" in before, "Somali (must)" in before) == (True, False)
    other = f"/liaison/referrals/{question.id}/check"
    assert "Somali (must)" in browser.get(other).text
    assert send(browser, other, {"mentions": [mark(somali)]}).status_code == 303
    session.expire_all()
    assert (question.mentions, question.state.value) == ([somali], "sent")


@pytest.mark.parametrize(("what", "asks", "status"), [("met_and_helped", "It helped in part", 303), ("met", "They did not come", 303), ("nothing", None, 404)])
def test_the_partner_is_asked_only_what_the_family_agreed_may_come_back(browser, session, clock, line, what, asks, status) -> None:
    referral = line.referral
    agreements.get(session, referral.agreement_id).returns = what
    token = replies.new_reply_link(session, referral, at=clock())
    move(session, line, "accept", clock)
    referrals.move(session, referral, "contact", by=line.flo, at=clock())
    session.commit()
    card, page = browser.get(f"/r/{token}").text, browser.get(f"/r/{token}/closed/what-came")
    assert (page.status_code, asks is None or asks in page.text) == (200 if asks else 404, True)
    assert ("Say what came of it" in card, "Came, or received" in card, "nothing of how it goes" in card) == ((True, True, False) if asks else (False, False, True))
    assert ("It helped" in page.text) == (what == "met_and_helped")
    said = {"met_and_helped": {"result": "met"}, "met": {"came": "no"}, "nothing": {"result": "met"}}[what]
    crumb = {"csrf_token": token_of(card)} if "csrf_token" in card else {"csrf_token": token_of(browser.get(f"/r/{token}/messages/write").text)}
    assert browser.post(f"/r/{token}/closed/what-came", data=crumb | {"result": "met"} if what == "met" else crumb).status_code == (404 if what == "nothing" else 422)
    assert browser.post(f"/r/{token}/closed/what-came", data=crumb | said).status_code == status
    session.expire_all()
    outcome = outcomes.find_for(session, referral)
    assert (outcome and outcome.result.value, referral.events[-1].note) == {"met_and_helped": ("met", None), "met": ("not_known", "They did not come."), "nothing": (None, None)}[what]
    assert referral.code == ("did_not_come" if what == "met" else None)
