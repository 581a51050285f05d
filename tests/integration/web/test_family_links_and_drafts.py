"""A family's check-in by its own link, and drafts: by the pages that people see."""

from __future__ import annotations

import re
from datetime import date

import pytest

from partners.families import drafts, languages, own_pages
from partners.families.families import ContactBy
from partners.foundation import outbox, users
from partners.referrals import check_ins, family_links, referrals
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


@pytest.fixture
def asked(session, flo, clock, spoken) -> str:
    """The address of a check-in, for a family that speaks Arabic."""
    spoken.family.language = "ar"
    token = family_links.new_link(session, spoken.referral, 14, by=users.actor_of(flo), at=clock())
    session.commit()
    return f"/check-in/{token}"


def test_the_three_questions_are_in_the_familys_language_and_direction_and_say_that_nobody_checked_them(browser, asked) -> None:
    page = browser.get(asked).text
    assert re.search(r'<main[^>]*dir="rtl" lang="ar"', page)
    for words in ("كيف الأحوال؟", "هل ساعدكم ذلك؟", "لم يراجع هذه الكلمات", "999"):
        assert words in page
    assert not re.search(r"How are things|Did it help|I don&#39;t know|Pantry", page)
    assert "checked" not in re.sub(r"aria-\w+", "", page), "something was chosen beforehand"
    for code in languages.every():
        shown = browser.get(f"{asked}?in={code}").text
        assert languages.texts(code)["check_in.heading"] in shown
        assert (languages.texts(code)["page.unchecked"] in shown) is not languages.every()[code].checked
    assert "كيف الأحوال؟" in browser.get(f"{asked}?in=xx").text


@pytest.mark.parametrize(("typed", "field", "said"), [
    ({"now_0_10": "11"}, "now_0_10", "check_in.number"), ({"now_0_10": "٣"}, "now_0_10", "check_in.number"), ({"helped": "perhaps"}, "helped", "page.choose_listed"),
    ({"words": "x" * 501}, "words", "check_in.too_long"), ({"words": "a\u202eb"}, "words", "page.not_clean"),
])
def test_what_cannot_be_kept_is_said_in_the_familys_language_and_what_was_typed_stays(browser, session, spoken, asked, typed, field, said) -> None:
    answer = send(browser, asked, {"contacted": "yes", "words": "شكرا"} | typed)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}"' in answer.text
    assert languages.texts("ar")[said] in answer.text
    assert re.search(r'name="contacted" value="yes"[^>]*checked', answer.text)
    assert check_ins.of_referral(session, session.get(referrals.Referral, spoken.referral.id)) == []


def test_the_thanks_go_on_in_the_language_that_was_chosen(browser, asked) -> None:
    answer = send(browser, f"{asked}?in=so", {"helped": "no"}, follow_redirects=True)
    assert "Mahadsanid" in answer.text
    assert re.search(r'<main[^>]*lang="so"', answer.text)


def test_the_script_and_what_is_held_name_the_need_in_the_familys_language(browser, session, flo, clock, spoken) -> None:
    sign_in(browser, session, flo, clock)
    for code in languages.every():
        page = browser.get(f"/liaison/referrals/{spoken.referral.id}/script?in={code}").text
        need = languages.needs(code)["food_weekly"]
        assert re.search(rf"<bdi>{re.escape(need)}</bdi>", page), code
        assert (languages.texts(code)["page.unchecked"] in page) is not languages.every()[code].checked
    spoken.family.language = "ur"
    token, numbers = own_pages.make(session, spoken.family, by=users.actor_of(flo), at=clock())
    session.commit()
    held = send(browser, f"/my/{token}", {"code": numbers}, follow_redirects=True).text
    assert languages.needs("ur")["food_weekly"] in held
    assert "Cheaper food every week" not in re.sub(r"<details.*?</details>", "", held, flags=re.DOTALL)
    assert "Postcode" not in re.sub(r"<details.*?</details>", "", held, flags=re.DOTALL)


def test_a_family_that_wants_to_think_or_says_not_now_is_kept_with_its_day_and_nothing_is_sent(browser, session, flo, clock, line) -> None:
    sign_in(browser, session, flo, clock)
    referrals.move(session, line.referral, "withdraw", code="other", by=line.flo, at=clock())
    draft = referrals.choose(session, line.need, line.offers[1], referrals.Kind.INTRODUCE, press="d", by=line.flo, at=clock())
    session.commit()
    page = f"/liaison/referrals/{draft.id}/agreement"
    for _ in range(2):  # a second press on the day adds nothing
        assert send(browser, page, {"answer": "think"}).status_code == 303
    session.expire_all()
    assert [(e.action, e.after) for e in draft.events] == [("choose", "draft"), ("think", "draft")]
    assert draft.due_on == date(2026, 12, 1)  # five working days on
    today = browser.get("/liaison/").text
    assert "The family is thinking about it" in today
    assert 'datetime="2026-12-01"' in today
    clock.move(days=7)
    sign_in(browser, session, flo, clock)
    assert send(browser, page, {"answer": "think"}).status_code == 303
    session.expire_all()
    assert [e.action for e in draft.events] == ["choose", "think", "think"]
    session.rollback()
    assert send(browser, page, {"answer": "not_now"}).status_code == 303
    session.expire_all()
    assert (draft.state.value, draft.code, draft.events[-1].action) == ("withdrawn", "not_now", "withdraw")
    assert session.query(outbox.Message).filter_by(referral_id=draft.id).count() == 0
    session.rollback()
    assert "The family is thinking" not in browser.get("/liaison/").text
    assert "Stopped" in browser.get(f"/liaison/families/{line.family.id}").text
