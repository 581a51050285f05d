"""Case V4, safe at home: a restricted need shows the stop page and no list, and afterwards the family is on no page, in no search, report, title or mail."""

from __future__ import annotations

import re
from collections import deque

import pytest

from partners.families import own_pages, questionnaires
from partners.foundation import users
from partners.foundation.actors import SYSTEM, Role
from partners.foundation.outbox import Message
from partners.referrals import digests, notices, reminders, withdrawals
from tests.integration.web.conftest import send, sign_in
from tests.integration.web.test_family_pages import NAME, NUMBER, _agreed, family, jo  # noqa: F401

LABEL = "Z.Q.X."
TRACES = (LABEL, NAME, NUMBER, "domestic_abuse", "Safe at home", "restricted")


def _pages(browser, start: str = "/") -> dict[str, str]:
    """Return every page that links lead to from the first one, by address."""
    waiting, found = deque([start]), {}
    while waiting and len(found) < 120:
        path = waiting.popleft()
        if path in found:
            continue
        answer = browser.get(path, follow_redirects=True)
        found[path] = answer.text if answer.mimetype != "application/pdf" else ""
        waiting += [p for p in re.findall(r'href="(/[^"#]*)"', found[path]) if not re.search(r"/static|/cover|/oruk|sign-out|\.(pdf|docx|ics)$", p)]
    return found


@pytest.fixture
def stopped(jo, session, family, flo, clock):  # noqa: F811
    """The family has an introduction under way, answers that wait and a page of its own; then somebody says that home is not safe."""
    referral = _agreed(session, family, flo, clock)
    by = users.actor_of(flo)
    _row, asked = questionnaires.begin(session, family, family.children[0], by=by, at=clock())
    own, _code = own_pages.make(session, family, by=by, at=clock())
    session.commit()
    before = _pages(jo)
    assert any(LABEL in page for page in before.values()), "the family is on some pages before"
    send(jo, f"/liaison/families/{family.id}/first", {"harm": "no"})
    answer = send(jo, f"/liaison/families/{family.id}/needs", {"codes": ["domestic_abuse"], "for_whom": "adult", "within": "week"})
    assert answer.headers["Location"] == f"/liaison/families/{family.id}/stop"
    return referral, asked, own


def test_the_stop_page_names_the_lead_and_holds_no_list(jo, family, stopped):  # noqa: F811
    page = jo.get(f"/liaison/families/{family.id}/stop").text
    assert "Sam Okafor" in page
    assert "0113 496 0001" in page
    assert "999" in page
    main = page[page.index("<main") : page.index("</main>")]
    assert "<form" not in main
    assert "<ul" not in main
    assert re.search(r"<title>\s*Stop here – Kith\s*</title>", page)
    assert not [t for t in TRACES if t in page]


def test_every_page_about_the_family_leads_to_the_stop_page(jo, family, stopped):  # noqa: F811
    referral, _asked, _own = stopped
    for path in (
        f"/liaison/families/{family.id}", f"/liaison/families/{family.id}/change", f"/liaison/families/{family.id}/questions", f"/liaison/families/{family.id}/must-not-know",
        f"/liaison/families/{family.id}/gives", f"/liaison/referrals/{referral.id}", f"/liaison/referrals/{referral.id}/agreement", f"/liaison/referrals/{referral.id}/script",
        f"/liaison/referrals/{referral.id}/notes", f"/liaison/referrals/{referral.id}/outcome",
    ):
        assert jo.get(path).headers.get("Location") == f"/liaison/families/{family.id}/stop", path


def test_the_family_is_on_no_list_recent_search_title_report_or_export(app, jo, session, school, stopped, clock):  # noqa: F811
    browsers = {"flo": jo}
    for role in (Role.HEAD, Role.ADMIN):
        person = users.add(session, email=f"{role.value}@seamoor.example", name=role.value.title(), roles=[role], school_id=school.id, by=SYSTEM, at=clock())
        session.commit()
        browsers[role.value] = app.test_client()
        sign_in(browsers[role.value], session, person, clock)
    for reader, browser in browsers.items():
        pages = _pages(browser)
        assert len(pages) >= 4, reader
        shown = [(path, t) for path, page in pages.items() for t in (LABEL, NAME, NUMBER) if t in page]
        assert shown == [], f"{reader}: {shown}"
    assert LABEL not in send(jo, "/liaison/families", {"words": "ZQX"}).text
    assert "No family matches" in send(jo, "/liaison/families", {"words": "ZQX"}).text


def test_nothing_is_sent_and_the_partner_and_the_familys_own_links_see_nothing(browser, session, family, stopped, clock):  # noqa: F811
    referral, asked, own = stopped
    session.expire_all()
    waiting = [m for m in session.query(Message) if m.sent_at is None and m.cancelled_at is None and m.referral_id == referral.id]
    assert [m for m in waiting if notices.may_leave(session, m, clock())] == []
    sent_before = session.query(Message).count()
    clock.move(days=3)
    reminders.tick(session, base_url="http://kith.example", at=clock())
    digests.send_due(session, base_url="http://kith.example", at=clock())
    new = session.query(Message).order_by(Message.queued_at).all()[sent_before:]
    assert not [m for m in new if m.referral_id == referral.id]
    assert not [t for t in TRACES for m in new if t in m.subject + m.body]
    assert withdrawals.to_ask_about(session, by=users.actor_of(session.query(users.User).filter_by(email="jo@seamoor.example").one()), at=clock()) == []
    session.rollback()
    for link in (f"/f/{asked}", f"/my/{own}"):
        assert browser.get(link).status_code == 404
