"""Where one is signed in: a list of one's own, and an end to one or to all the others."""

from __future__ import annotations

import re
import uuid

from tests.integration.web.conftest import sign_in, token_of


def _is_in(browser):
    return browser.get("/account").status_code == 200


def _ends(page):
    return re.findall(r'action="(/account/sign-ins/[0-9a-f-]{36}/end)"', page)


def test_one_sees_ones_own_and_ends_one(app, browser, session, flo, clock):
    elsewhere = app.test_client()
    sign_in(elsewhere, session, flo, clock)
    clock.move(minutes=5)
    sign_in(browser, session, flo, clock)
    page = browser.get("/account/sign-ins").text
    assert (page.count("This browser"), page.count("Another browser")) == (1, 1)
    (end,) = _ends(page)
    assert _is_in(elsewhere)
    assert browser.post(end, data={"csrf_token": token_of(page)}).status_code == 303
    assert not _is_in(elsewhere)
    assert _is_in(browser)
    assert "Another browser" not in browser.get("/account/sign-ins").text


def test_all_the_others_end_at_once(app, browser, session, flo, clock):
    others = [app.test_client() for _ in range(3)]
    for other in others:
        sign_in(other, session, flo, clock)
    sign_in(browser, session, flo, clock)
    page = browser.get("/account/sign-ins").text
    answer = browser.post("/account/sign-ins/end-others", data={"csrf_token": token_of(page)})
    assert answer.status_code == 303
    assert "nowhere else" in browser.get("/account/sign-ins").text
    assert [_is_in(other) for other in others] == [False] * 3
    assert _is_in(browser)


def test_a_colleagues_sign_in_is_neither_shown_nor_ended(app, browser, session, school, flo, clock):
    from partners.foundation import sign_ins, users
    from partners.foundation.actors import SYSTEM, Role

    colleague = users.add(session, email="al@seamoor.example", name="Al", roles=[Role.FLO], school_id=school.id, by=SYSTEM, at=clock())
    theirs = app.test_client()
    sign_in(theirs, session, colleague, clock)
    sign_in(browser, session, flo, clock)
    page = browser.get("/account/sign-ins").text
    assert "Another browser" not in page
    (row,) = sign_ins.live_of(session, colleague.id, at=clock())
    session.commit()
    for wrong in (row.id, uuid.uuid4()):
        assert browser.post(f"/account/sign-ins/{wrong}/end", data={"csrf_token": token_of(page)}).status_code == 404
    assert _is_in(theirs)


def test_what_ran_out_is_not_listed(app, browser, session, flo, clock):
    sign_in(app.test_client(), session, flo, clock)
    clock.move(minutes=31)
    sign_in(browser, session, flo, clock)
    assert "Another browser" not in browser.get("/account/sign-ins").text
