"""A family's check-in by its own link, and drafts: by the pages that people see."""

from __future__ import annotations

import re

import pytest

from partners.families import drafts
from partners.families.families import ContactBy
from partners.foundation import outbox
from partners.referrals import check_ins, referrals
from tests.integration.web.conftest import send, sign_in, token_of
from tests.integration.web.test_following_pages import line, move

__all__ = ["line"]


@pytest.fixture
def spoken(session, line, clock):
    """An introduction whose two have spoken, two weeks ago."""
    for action in ("accept", "contact"):
        move(session, line, action, clock)
    clock.move(days=15)
    return line


def test_a_family_answers_on_a_page_without_a_partner_a_need_or_a_name(app, browser, session, flo, clock, spoken) -> None:
    sign_in(browser, session, flo, clock)
    page = f"/liaison/referrals/{spoken.referral.id}/check-in/two-weeks"
    asked = browser.get(page).text
    assert "Send them a link" not in asked, "a telephone is their safe way, and no mail"
    shown = browser.post(page, data={"csrf_token": token_of(asked), "way": "show"}).text
    address = re.search(r"http://kith\.example(/check-in/[\w-]+)", shown)[1]
    phone = app.test_client()
    theirs = phone.get(address)
    assert not any(word in theirs.text for word in ("Pantry", "food", "Zanzibarina", "A.K.", "weekly"))
    assert "Leave this page" in theirs.text
    answer = send(phone, address, {"contacted": "yes", "helped": "yes", "now_0_10": "8", "words": "It was kind."})
    assert answer.headers["Location"] == f"{address}/thank-you"
    assert "kind" not in phone.get(f"{address}/thank-you").text + phone.get(address).text, "a phone may be shared"
    session.expire_all()
    assert [(c.helped, c.now_0_10) for c in check_ins.of_referral(session, session.get(referrals.Referral, spoken.referral.id))] == [("yes", 8)]
    session.commit()
    assert "It was kind." in browser.get(f"/liaison/referrals/{spoken.referral.id}").text
    assert phone.get("/check-in/no-such-word").status_code == 404


def test_a_link_goes_by_mail_where_mail_is_the_safe_way(browser, session, flo, clock, spoken) -> None:
    spoken.family.contact_by, spoken.family.contact = ContactBy.EMAIL, "amina@mail.example"
    session.commit()
    sign_in(browser, session, flo, clock)
    page = f"/liaison/referrals/{spoken.referral.id}/check-in/two-weeks"
    assert browser.post(page, data={"csrf_token": token_of(browser.get(page).text), "way": "email"}).status_code == 303
    [mail] = session.query(outbox.Message).filter_by(kind="family_mail")
    assert mail.to_address == "amina@mail.example"
    session.commit()
    assert browser.post(page, data={"csrf_token": token_of(browser.get(page).text), "way": "text"}).status_code == 422


def test_what_was_typed_comes_back_after_the_phone_was_put_away(browser, session, flo, clock, line) -> None:
    sign_in(browser, session, flo, clock)
    draft = referrals.choose(session, line.need, line.offers[1], referrals.Kind.ASK_FIRST, press="d", by=line.flo, at=clock())
    session.commit()
    page = f"/liaison/referrals/{draft.id}/agreement"
    token = token_of(browser.get(page).text)
    keep = f"/liaison/drafts/agreement/{draft.id}"
    assert browser.post(keep, data={"csrf_token": token, "said_by": "her aunt, who has parental responsibility", "must_not_know": "Her brother"}).status_code == 204
    again = browser.get(page).text
    assert "her aunt, who has parental responsibility" in again
    assert "Nothing of it was sent" in again
    assert send(browser, f"{page}", {"answer": "think"}).status_code == 303
    assert "her aunt" not in browser.get(page).text, "it was sent, so the draft is gone"


def test_a_need_for_the_safeguarding_lead_is_never_kept_as_a_draft(browser, session, flo, clock, line) -> None:
    sign_in(browser, session, flo, clock)
    token = token_of(browser.get(f"/liaison/families/{line.family.id}").text)
    answer = browser.post(f"/liaison/drafts/needs/{line.family.id}", data={"csrf_token": token, "codes": ["domestic_abuse", "uniform"], "then": "today"})
    assert answer.headers["Location"] == "/liaison/"
    found = drafts.find(session, "needs", line.family.id, by=line.flo, at=clock())
    assert found.typed == {"codes": ["uniform"]}
