"""The family's own pages over HTTP: in its language and direction, one question at a time, and shut without school's six numbers."""

from __future__ import annotations

import re

import pytest

from partners.families import agreements, families, needs
from partners.families.families import ContactBy
from partners.foundation import users
from partners.foundation.actors import SYSTEM, partner_by_reply_link
from partners.foundation.outbox import Message
from partners.privacy.complaints import Complaint
from partners.referrals import notices, openings, referrals
from partners.referrals.moves import Kind
from partners.registry import freshness, offers, organisations
from partners.registry.offers import ConfirmedHow
from tests.integration.web.conftest import send, sign_in, token_of

NAME, NUMBER = "Zanzibarina", "07700 900456"


@pytest.fixture
def family(session, school, flo, clock):
    by = users.actor_of(flo)
    family = families.add(
        session, initials="ZQX", first_name=NAME, contact_by=ContactBy.PHONE, contact=NUMBER, language="ar", children=[{"year_group": "Y2"}, {"year_group": "Y5"}], by=by, at=clock(),
    )
    session.commit()
    return family


@pytest.fixture
def jo(app, session, flo, clock):
    """The liaison officer's browser."""
    browser = app.test_client()
    sign_in(browser, session, flo, clock)
    return browser


def _links(page: str) -> list[str]:
    return re.findall(r"<code>http://kith\.example(/[^<]+)</code>", page)


def _ask_link(jo, family) -> str:
    path = f"/liaison/families/{family.id}/questions"
    page = send(jo, path, {"child": str(family.children[0].id)})
    assert page.status_code == 200
    return _links(page.text)[0]


def test_the_page_is_in_the_familys_language_and_direction_and_says_that_nobody_checked_it(jo, browser, family):
    link = _ask_link(jo, family)
    page = browser.get(link).text
    assert 'lang="ar"' in page
    assert '<main class="govuk-main-wrapper " id="main-content" dir="rtl" lang="ar">' in page
    assert "أسئلة عن طفلك" in page
    assert "لم يراجع هذه الكلمات" in page
    assert "999" in page
    for code, own_name in (("so", "Soomaali"), ("ur", "اردو"), ("pl", "Polski")):
        assert f'value="{code}"' in page
        assert own_name in page
    assert NAME not in page
    assert NUMBER not in page
    assert "Z.Q.X." not in page
    assert send(browser, f"{link}", {"language": "pl"}, follow_redirects=False).status_code == 405
    assert browser.post(f"{link}/language", data={"csrf_token": token_of(page), "language": "pl"}).status_code == 303
    polish = browser.get(link).text
    assert "Pytania o twoje dziecko" in polish
    assert 'dir="rtl" lang="pl"' not in polish


def test_one_question_a_page_through_to_what_school_does_now(jo, browser, family):
    link = _ask_link(jo, family)
    browser.post(f"{link}/language", data={"csrf_token": token_of(browser.get(link).text), "language": "en"})
    assert "Question 1 of 12. You have just started." in browser.get(f"{link}/ask/going_well").text
    following = send(browser, f"{link}/ask/going_well", {"words": "Draws all day", "do": "next"})
    assert following.headers["Location"] == f"{link}/ask/in_the_way"
    assert send(browser, f"{link}/ask/in_the_way", {"words": "lost", "do": "skip"}).status_code == 303
    send(browser, f"{link}/ask/could_help", {"ticks": ["bed", "clubs"], "do": "next"})
    last = send(browser, f"{link}/ask/offer", {"do": "next"})
    assert last.headers["Location"] == f"{link}/ready"
    assert "You have answered 2 of 12 questions. That is enough." in browser.get(f"{link}/ready").text.replace("<bdi>", "").replace("</bdi>", "")
    send(browser, f"{link}/ready", follow_redirects=True)
    done = browser.get(f"{link}/thanks").text
    assert "What we will do now" in done
    assert "Change or stop this" in done
    assert "Draws all day" in browser.get(f"{link}/ask/going_well").text, "the browser that wrote it sees it again"


def test_a_link_that_somebody_found_shows_nothing_that_was_written(app, jo, browser, family):
    link = _ask_link(jo, family)
    send(browser, f"{link}/ask/must_not_know", {"words": "Uncle Sharif", "do": "next"})
    found = app.test_client()
    page = found.get(f"{link}/ask/must_not_know").text
    assert "Sharif" not in page
    assert "لا تظهر كلماتك" in page


def test_bad_answers_are_said_in_the_familys_language_and_stay_typed(jo, browser, family):
    link = _ask_link(jo, family)
    long = send(browser, f"{link}/ask/going_well", {"words": "ا" * 1001, "do": "next"})
    assert long.status_code == 422
    assert "استخدم 1000 حرف أو أقل." in long.text
    assert "ا" * 1001 in long.text
    assert send(browser, f"{link}/ask/how_close", {"one": "11", "do": "next"}).status_code == 422
    assert send(browser, f"{link}/ask/could_help", {"ticks": ["gold"], "do": "next"}).status_code == 422
    assert browser.get(f"{link}/ask/nothing").status_code == 404


def test_the_officer_reads_the_answers_unticked_and_keeps_what_is_ticked(jo, browser, session, family):
    link = _ask_link(jo, family)
    send(browser, f"{link}/ask/could_help", {"ticks": ["bed"], "do": "next"})
    send(browser, f"{link}/ask/must_be_like", {"ticks": ["quiet"], "do": "next"})
    send(browser, f"{link}/ready")
    today = jo.get("/liaison/").text
    path = re.search(r'href="(/liaison/questionnaires/[^"]+)"', today)[1]
    page = jo.get(path).text
    assert "A bed or bedding" in page
    assert " checked" not in page
    kept = send(jo, path, {"harm": "no", "codes": ["beds"], "rule:quiet": "must"})
    assert kept.status_code == 303
    shown = jo.get(f"/liaison/families/{family.id}").text
    assert "A bed or bedding" in shown
    assert "A quiet space (must)" in shown
    assert browser.get(link).status_code == 404


def _agreed(session, family, flo, clock):
    by = users.actor_of(flo)
    organisation = organisations.add(session, name="Pantry", phone="0113 496 0002", by=SYSTEM, at=clock())
    organisations.add_contact(session, organisation, name="Ann", email="ann@pantry.example", phone=None, by=SYSTEM, at=clock())
    offer = offers.add(session, organisation, name="Weekly shop", needs=["food_weekly"], by=SYSTEM, at=clock())
    freshness.confirm(session, offer, how=ConfirmedHow.PHONE, name="Ann", by=by, at=clock())
    need = needs.record(session, family, codes=["food_weekly"], paths={"food_weekly": "open"}, harm=needs.Harm.NO, by=by, at=clock())[0]
    referral = referrals.choose(session, need, offer, Kind.INTRODUCE, press="p", by=by, at=clock())
    agreement = agreements.record(
        session, family, need_id=need.id, organisation_id=organisation.id, fields=["first_name"], said=agreements.Said.SPOKEN, said_by="parent", by=by, at=clock(),
    )
    for action in ("prepare", "send"):
        referrals.move(session, referral, action, agreement_id=agreement.id, by=by, at=clock())
    notices.tell_partner(session, referral, base_url="http://kith.example", at=clock())
    referrals.move(session, referral, "accept", spoke_with="Ann", by=by, at=clock())
    session.commit()
    return referral


def _own_page(jo, family) -> tuple[str, str]:
    page = jo.get(f"/liaison/families/{family.id}/questions").text
    made = jo.post(f"/liaison/families/{family.id}/own-page", data={"csrf_token": token_of(page)}).text
    return _links(made)[0], "".join(re.search(r"<strong>(\d{3}) (\d{3})</strong>", made).groups())


def test_what_is_held_opens_with_the_six_numbers_in_that_browser_alone_and_for_half_an_hour(app, jo, browser, family, clock):
    link, code = _own_page(jo, family)
    assert NAME not in browser.get(link).text
    assert browser.get(f"{link}/held").status_code == 404
    assert send(browser, link, {"code": "nonsense"}).status_code == 422
    assert send(browser, link, {"code": code}).headers["Location"] == f"{link}/held"
    assert NAME in browser.get(f"{link}/held").text
    assert app.test_client().get(f"{link}/held").status_code == 404
    clock.move(minutes=31)
    assert browser.get(f"{link}/held").status_code == 404


def test_the_family_takes_its_agreement_back_and_says_what_is_not_right(jo, browser, session, family, flo, clock):
    referral = _agreed(session, family, flo, clock)
    link, code = _own_page(jo, family)
    send(browser, link, {"code": code})
    held = browser.get(f"{link}/held").text
    stop = re.search(r'href="([^"]+/stop/[^"]+)"', held)[1]
    assert "Pantry" in browser.get(stop).text
    send(browser, stop)
    session.expire_all()
    assert session.get(referrals.Referral, referral.id).state.value == "withdrawn"
    assert [m.kind for m in session.query(Message) if m.cancelled_at is None] == ["deletion_request"]
    session.rollback()  # SQLite has one writer at a time
    assert stop not in browser.get(f"{link}/held").text
    assert send(browser, f"{link}/not-right", {"words": "We moved"}).status_code == 200
    assert send(browser, f"{link}/not-right", {"words": " "}).status_code == 422
    assert send(browser, f"{link}/complain", {"words": "Nobody rang me"}).status_code == 200
    assert session.query(Complaint).one().family_id == family.id
    session.rollback()
    assert "Nobody rang me" not in jo.get("/liaison/").text
    today = jo.get("/liaison/").text
    assert "We moved" in today
    done = re.search(r'action="(/liaison/corrections/[^"]+)"', today)[1]
    jo.post(done, data={"csrf_token": token_of(today)})
    assert "We moved" not in jo.get("/liaison/").text


def test_one_press_of_the_officer_takes_back_and_the_partner_attests_on_its_page(jo, browser, session, family, flo, clock):
    _agreed(session, family, flo, clock)
    page = jo.get(f"/liaison/families/{family.id}").text
    press = re.search(r'action="(/liaison/agreements/[^"]+/take-back)"', page)[1]
    jo.post(press, data={"csrf_token": token_of(page)})
    assert "not confirmed yet" in jo.get(f"/liaison/families/{family.id}").text
    mail = session.query(Message).filter_by(kind="deletion_request").one()
    link = re.search(r"http://kith\.example(/d/\S+)", mail.body)[1]
    session.rollback()  # SQLite has one writer at a time
    shown = browser.get(link).text
    assert "Weekly shop" in shown
    assert NAME not in shown
    assert send(browser, link, {"name": ""}).status_code == 422
    send(browser, link, {"name": "Ann"})
    assert "deletion confirmed on" in jo.get(f"/liaison/families/{family.id}").text


def test_the_family_reads_when_the_partner_opened_what_it_agreed_to_and_which_of_it(jo, browser, session, family, flo, clock):
    referral = _agreed(session, family, flo, clock)
    family.language = "en"
    openings.open_details(session, referral, by=partner_by_reply_link(referral.organisation_id, referral.id, "Pantry"), at=clock())
    session.commit()
    link, code = _own_page(jo, family)
    send(browser, link, {"code": code})
    assert "they opened this on 24 November 2026: your first name" in browser.get(f"{link}/held").text
