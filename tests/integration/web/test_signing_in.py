"""Signing in: by a mailed link or a password, for as long as it should last and no longer."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from partners.foundation import outbox, sign_ins, users
from partners.foundation.actors import SYSTEM, Role
from tests.integration.web.conftest import PASSWORD, checksum, send, sign_in, token_of
from web import signing_in


def mailed_link(session) -> str:
    """Return the path of the link in the newest mail."""
    message = session.scalars(select(outbox.Message).order_by(outbox.Message.queued_at.desc())).first()
    session.commit()  # so that this session holds no lock while the page writes
    assert "kith.example/sign-in/link/" in message.body
    return re.search(r"http://kith\.example(/sign-in/link/\S+)", message.body)[1]


def is_signed_in(browser) -> bool:
    return browser.get("/account").status_code == 200


def test_a_link_signs_in_once_in_the_browser_that_asked(browser, session, flo):
    assert send(browser, "/sign-in", {"email": " JO@seamoor.example "}).headers["Location"] == "/sign-in/sent"
    link = mailed_link(session)
    assert send(browser, link).status_code == 303
    assert is_signed_in(browser)
    again = send(browser, link, {"email": flo.email})
    assert again.status_code == 422
    assert "This link has been used or has run out" in again.text


def test_a_mail_scanner_uses_nothing_up(app, browser, session, flo, engine):
    send(browser, "/sign-in", {"email": flo.email})
    link = mailed_link(session)
    scanner = app.test_client()
    before = checksum(engine)
    for _ in range(50):
        assert scanner.get(link).status_code == 200
        assert scanner.head(link).status_code == 200
    assert checksum(engine) == before
    assert send(browser, link).status_code == 303
    assert is_signed_in(browser)


def test_a_forwarded_link_asks_where_it_was_sent(app, browser, session, flo):
    send(browser, "/sign-in", {"email": flo.email})
    link, elsewhere = mailed_link(session), app.test_client()
    assert send(elsewhere, link).status_code == 422
    assert send(elsewhere, link, {"email": "someone@else.example"}).status_code == 422
    assert not is_signed_in(elsewhere)
    assert send(elsewhere, link, {"email": flo.email}).status_code == 303
    assert is_signed_in(elsewhere)


def test_twenty_presses_at_once_sign_in_once(app, browser, session, flo):
    send(browser, "/sign-in", {"email": flo.email})
    link = mailed_link(session)
    app.config["WTF_CSRF_ENABLED"] = False

    def press(_: int) -> int:
        return app.test_client().post(link, data={"email": flo.email}).status_code

    with ThreadPoolExecutor(10) as pool:
        statuses = list(pool.map(press, range(20)))
    assert sorted(set(statuses)) == [303, 422]
    assert statuses.count(303) == 1


def test_a_link_ends_after_ten_minutes(browser, session, flo, clock):
    send(browser, "/sign-in", {"email": flo.email})
    link = mailed_link(session)
    clock.move(minutes=10)
    assert send(browser, link).status_code == 422
    assert not is_signed_in(browser)


def test_an_unknown_address_looks_the_same_and_gets_nothing(app, session, flo):
    answers = []
    for email in (flo.email, "nobody@seamoor.example"):
        one = app.test_client()
        sent = send(one, "/sign-in", {"email": email})
        answers.append((sent.status_code, sent.headers["Location"], len(sent.data), len(sent.headers.getlist("Set-Cookie"))))
    assert answers[0] == answers[1]
    assert [message.user_id for message in session.scalars(select(outbox.Message))] == [flo.id]


def test_a_forged_host_never_stands_in_a_mail(browser, session, flo):
    token = token_of(browser.get("/sign-in", headers={"Host": "evil.example"}, base_url="http://evil.example").text)
    browser.post(
        "/sign-in", data={"csrf_token": token, "email": flo.email}, base_url="http://evil.example", headers={"X-Forwarded-Host": "evil.example"}
    )
    assert "evil" not in session.scalars(select(outbox.Message)).one().body


def test_a_password_signs_in_and_a_wrong_one_says_the_same_for_everybody(browser, session, flo):
    wrong = [send(browser, "/sign-in/password", {"email": email, "password": "not that one"}) for email in (flo.email, "no@seamoor.example")]
    assert [answer.status_code for answer in wrong] == [422, 422]
    assert wrong[0].text.count("do not belong together") == wrong[1].text.count("do not belong together") == 2
    assert "not that one" not in wrong[0].text
    assert send(browser, "/sign-in/password", {"email": flo.email, "password": PASSWORD}).status_code == 303
    assert is_signed_in(browser)


def test_many_wrong_passwords_close_the_password_there_but_never_the_link_nor_another_place(app, browser, session, flo):
    app.config["WTF_CSRF_ENABLED"] = False
    tries = [browser.post("/sign-in/password", data={"email": flo.email, "password": f"wrong {n}"}) for n in range(12)]
    assert [answer.status_code for answer in tries] == [422] * 10 + [429] * 2
    assert int(tries[-1].headers["Retry-After"]) > 0
    assert browser.post("/sign-in", data={"email": flo.email}).status_code == 303
    elsewhere = browser.post(
        "/sign-in/password", data={"email": flo.email, "password": PASSWORD}, environ_overrides={"REMOTE_ADDR": "198.51.100.7"}
    )
    assert elsewhere.status_code == 303


def test_thirty_idle_minutes_sign_out_and_a_page_in_between_keeps(browser, session, flo, clock):
    sign_in(browser, session, flo, clock)
    for _ in range(3):
        clock.move(minutes=29)
        assert is_signed_in(browser)
    clock.move(minutes=30)
    assert not is_signed_in(browser)


def test_twelve_hours_sign_out_however_busy(browser, session, flo, clock):
    sign_in(browser, session, flo, clock)
    for _ in range(28):
        clock.move(minutes=25)
        assert is_signed_in(browser)
    clock.move(minutes=20)
    assert not is_signed_in(browser)


def test_a_copied_cookie_is_of_no_use_after_signing_out(app, browser, session, flo, clock):
    copied = sign_in(browser, session, flo, clock)
    assert browser.post("/sign-out", data={"csrf_token": token_of(browser.get("/account").text)}).status_code == 303
    thief = app.test_client()
    thief.set_cookie("kith", copied)
    assert not is_signed_in(thief)


def test_a_cookie_from_before_is_not_taken_over(app, browser, session, flo):
    browser.set_cookie("kith", "planted-by-somebody")
    send(browser, "/sign-in/password", {"email": flo.email, "password": PASSWORD})
    assert browser.get_cookie("kith").value != "planted-by-somebody"
    thief = app.test_client()
    thief.set_cookie("kith", "planted-by-somebody")
    assert not is_signed_in(thief)


def test_a_disabled_account_is_out_with_the_next_request(browser, session, flo, clock):
    sign_in(browser, session, flo, clock)
    assert is_signed_in(browser)
    users.disable(session, flo, by=SYSTEM, at=clock())
    session.commit()
    assert not is_signed_in(browser)


def test_after_signing_in_they_go_where_they_were_going(app, browser, session, flo):
    assert browser.get("/account?x=1").headers["Location"] == "/sign-in"
    assert send(browser, "/sign-in/password", {"email": flo.email, "password": PASSWORD}).headers["Location"] == "/account?x=1"


@pytest.mark.parametrize("out", ["//evil.example", "/\\evil.example", "https://evil.example", "/\tevil"])
def test_nobody_is_sent_out_of_kith(app, browser, session, flo, out):
    token = token_of(browser.get("/sign-in/password").text)
    with browser.session_transaction() as kept:
        kept["next"] = out
    data = {"csrf_token": token, "email": flo.email, "password": PASSWORD}
    assert browser.post(f"/sign-in/password?next={out}", data=data).headers["Location"] == "/liaison/"


def test_a_signed_in_person_starts_from_their_own_page(browser, session, flo, clock):
    assert browser.get("/").status_code == 200
    sign_in(browser, session, flo, clock)
    assert browser.get("/").headers["Location"] == "/liaison/"


def test_every_endpoint_has_a_guard(app):
    forgotten = [endpoint for endpoint, guard in signing_in.guards(app).items() if guard is None]
    assert not forgotten, f"put a guard of web/signing_in.py on: {forgotten}"


def test_a_page_without_a_guard_does_not_open(app, browser, session, flo, clock):
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    assert signing_in.guards(app)["forgotten"] is None
    sign_in(browser, session, flo, clock)
    assert browser.get("/forgotten").status_code == 404


def test_a_role_opens_its_pages_and_no_others(app, browser, session, flo, clock):
    app.add_url_rule("/for-heads", "for_heads", signing_in.roles_required(Role.HEAD)(lambda: "counts"))
    app.add_url_rule("/for-flos", "for_flos", signing_in.roles_required(Role.FLO, Role.DSL)(lambda: "families"))
    assert browser.get("/for-flos").headers["Location"] == "/sign-in"
    sign_in(browser, session, flo, clock)
    assert browser.get("/for-flos").text == "families"
    assert browser.get("/for-heads").status_code == 403


def test_the_mailed_link_says_nothing_about_anybody(browser, session, flo):
    send(browser, "/sign-in", {"email": flo.email})
    message = session.scalars(select(outbox.Message)).one()
    assert "Jo" not in message.body + message.subject
    assert f"{sign_ins.LINK_MINUTES} minutes" in message.body
