"""The second step of signing in: set up once, asked each time, each code once; required of a role by a setting; and a way back for a lost phone."""

from __future__ import annotations

import dataclasses
import re

import pyotp
import pytest
from sqlalchemy import select, text

from partners.foundation import audit, second_steps, sign_ins, users
from partners.foundation.actors import SYSTEM, Role
from partners.foundation.errors import InvalidRecord
from tests.integration.web.conftest import PASSWORD, checksum, send, sign_in
from web import create_app


@pytest.fixture
def step(session, flo, clock) -> str:
    """The secret of an officer's confirmed second step."""
    made = second_steps.begin(session, flo, at=clock())
    second_steps.confirm(session, flo, pyotp.TOTP(made.secret).at(clock()), at=clock())
    session.commit()
    clock.move(minutes=2)
    return made.secret


def first_step(browser):
    return send(browser, "/sign-in/password", {"email": "jo@seamoor.example", "password": PASSWORD})


def is_signed_in(browser) -> bool:
    return browser.get("/account").status_code == 200


def test_a_password_alone_signs_nobody_in_who_has_a_second_step(browser, step, clock) -> None:
    answer = first_step(browser)
    assert answer.headers["Location"] == "/sign-in/second-step"
    assert not is_signed_in(browser)
    assert send(browser, "/sign-in/second-step", {"code": pyotp.TOTP(step).at(clock())}).status_code == 303
    assert is_signed_in(browser)


def test_a_link_asks_for_the_second_step_too(browser, session, flo, step, clock) -> None:
    word = sign_ins.new_sign_in_link(session, flo, at=clock())
    session.commit()
    assert send(browser, f"/sign-in/link/{word}", {"email": flo.email}).headers["Location"] == "/sign-in/second-step"
    assert not is_signed_in(browser)


def test_a_code_works_once_and_for_half_a_minute_to_either_side(app, browser, session, flo, step, clock) -> None:
    app_on_phone = pyotp.TOTP(step)
    for seconds in (-90, 90):
        with pytest.raises(InvalidRecord):
            second_steps.check(session, flo, app_on_phone.at(int(clock().timestamp()) + seconds), at=clock())
    code = app_on_phone.at(int(clock().timestamp()) - 30)
    second_steps.check(session, flo, code, at=clock())
    session.commit()
    first_step(browser)
    assert send(browser, "/sign-in/second-step", {"code": code}).status_code == 422, "a code that somebody looked over a shoulder for"


def test_a_recovery_code_works_once_and_only_its_hash_is_kept(session, flo, clock, engine) -> None:
    made = second_steps.begin(session, flo, at=clock())
    codes = second_steps.confirm(session, flo, pyotp.TOTP(made.secret).at(clock()), at=clock())
    assert len(set(codes)) == 10
    second_steps.check(session, flo, codes[3].upper().replace("-", " "), at=clock())
    with pytest.raises(InvalidRecord):
        second_steps.check(session, flo, codes[3], at=clock())
    session.commit()
    assert second_steps.codes_left(session, flo) == 9
    secret = made.secret
    session.commit()
    kept = repr(checksum(engine))
    assert all(code not in kept for code in codes)
    with engine.connect() as connection:
        assert secret not in repr(connection.execute(text("SELECT secret FROM second_steps")).all())


def test_ten_wrong_codes_rest_an_account_for_a_quarter_of_an_hour(app, session, flo, step, clock) -> None:
    for _ in range(10):
        app.extensions["kith_limits"].reset()
        browser = app.test_client()
        first_step(browser)
        assert send(browser, "/sign-in/second-step", {"code": "000000"}).status_code == 422
    session.expire_all()
    with pytest.raises(InvalidRecord, match="quarter of an hour"):
        second_steps.check(session, flo, pyotp.TOTP(step).at(clock()), at=clock())
    clock.move(minutes=16)
    second_steps.check(session, flo, pyotp.TOTP(step).at(clock()), at=clock())


def test_the_first_step_holds_for_ten_minutes(browser, step, clock) -> None:
    first_step(browser)
    clock.move(minutes=11)
    assert browser.get("/sign-in/second-step").headers["Location"] == "/sign-in"


def test_it_is_set_up_by_a_picture_and_looking_keeps_nothing(browser, session, flo, clock, engine) -> None:
    sign_in(browser, session, flo, clock)
    before = checksum(engine)
    assert "Show me the picture" in browser.get("/account/second-step/set-up").text
    assert checksum(engine) == before
    assert send(browser, "/account/second-step/set-up", {"do": "begin"}).status_code == 303
    page = browser.get("/account/second-step/set-up").text
    assert "<svg" in page
    secret = re.search(r"kith-lines\">([A-Z2-7 ]+)<", page)[1].replace(" ", "")
    assert send(browser, "/account/second-step/set-up", {"code": "123"}).status_code == 422
    codes = send(browser, "/account/second-step/set-up", {"code": pyotp.TOTP(secret).at(clock())})
    assert codes.text.count("<code>") == 10
    assert "You sign in with six digits" in browser.get("/account/second-step").text
    assert "user:second_step_set" in {e.action for e in session.scalars(select(audit.AuditEvent))}


def test_a_role_that_asks_for_one_sets_it_up_before_anything_else_opens(settings, engine, session, school, clock) -> None:
    users.add(session, email="lead@seamoor.example", name="Sam", roles=[Role.DSL], school_id=school.id, by=SYSTEM, at=clock(), password=PASSWORD)
    session.commit()
    app = create_app(dataclasses.replace(settings, second_step_for=frozenset({"dsl", "admin"})), engine=engine, clock=clock)
    browser = app.test_client()
    answer = send(browser, "/sign-in/password", {"email": "lead@seamoor.example", "password": PASSWORD})
    assert answer.headers["Location"] == "/sign-in/second-step/set-up"
    assert browser.get("/lead/").status_code == 303
    send(browser, "/sign-in/second-step/set-up", {"do": "begin"})
    secret = re.search(r"kith-lines\">([A-Z2-7 ]+)<", browser.get("/sign-in/second-step/set-up").text)[1].replace(" ", "")
    assert "Your recovery codes" in send(browser, "/sign-in/second-step/set-up", {"code": pyotp.TOTP(secret).at(clock())}).text
    assert browser.get("/lead/").status_code == 200


def test_an_administrator_takes_it_away_for_somebody_who_lost_their_phone_and_nobody_elses_school(browser, session, school, flo, step, clock) -> None:
    admin = users.add(session, email="admin@seamoor.example", name="Ada", roles=[Role.ADMIN], school_id=school.id, by=SYSTEM, at=clock())
    session.commit()
    sign_in(browser, session, admin, clock)
    from tests.integration.web.conftest import token_of

    assert browser.post(f"/admin/people/{flo.id}/second-step", data={"csrf_token": token_of(browser.get("/admin/").text)}).status_code == 303
    session.expire_all()
    assert not second_steps.has(session, flo)
