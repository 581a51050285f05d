"""Emergency access: a reason, half an hour, the school told at once, every page in the audit, an end by itself; and what stays shut all the same."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from partners.families import families, keeping_away, setting_aside
from partners.families.families import ContactBy
from partners.foundation import audit, outbox, users
from partners.foundation.actors import SYSTEM, Role
from partners.foundation.audit import AuditEvent
from partners.foundation.errors import Conflict
from partners.privacy import emergencies
from tests.integration.web.conftest import sign_in, token_of

WHY = "A child was not collected, and both are on a trip without a signal."


@pytest.fixture
def people(session, school, flo, clock):
    """A lead, a head and an administrator beside the liaison officer."""
    made = {
        role: users.add(session, email=f"{role.value}@seamoor.example", name=f"{role.value.capitalize()} Adeyemi", roles=[role], school_id=school.id, by=SYSTEM, at=clock())
        for role in (Role.DSL, Role.HEAD, Role.ADMIN)
    }
    session.commit()
    return made | {Role.FLO: flo}


@pytest.fixture
def family(session, flo, clock):
    made = families.add(
        session, initials="ZQ", first_name="Zanzibarina", contact_by=ContactBy.PHONE, contact="07700 900123", postcode="LS9 7AB", must_not_know="Uncle Quentin",
        children=[{"year_group": "Y2"}], by=users.actor_of(flo), at=clock(),
    )
    session.commit()
    return made


@pytest.fixture
def admin(app, session, people, clock):
    browser = app.test_client()
    sign_in(browser, session, people[Role.ADMIN], clock)
    return browser


def press(browser, path, data=None, page="/account"):
    return browser.post(path, data={"csrf_token": token_of(browser.get(page).text)} | (data or {}))


def search(browser, words):
    return press(browser, "/emergency/families", {"words": words})


def test_an_administrator_is_led_from_the_page_to_a_family_and_the_school_is_told(admin, app, session, people, family, clock) -> None:
    assert admin.get("/emergency/families").status_code == 403
    assert admin.get(f"/emergency/families/{family.id}").status_code == 403
    assert "/emergency/open" in admin.get("/admin/").text
    asked = admin.get("/emergency/open").text
    assert "Dsl Adeyemi" in asked and "Admin Adeyemi" not in asked  # noqa: PT018 - who is told, and not oneself
    assert press(admin, "/emergency/open", {"reason": "because"}).status_code == 422
    assert press(admin, "/emergency/open", {"reason": WHY}).headers["Location"] == "/emergency/families"
    found = search(admin, "z q y2").text
    assert "Z.Q. · Y2" in found
    page = admin.get(f"/emergency/families/{family.id}").text
    assert [w for w in ("Zanzibarina", "07700 900123", "Uncle Quentin") if w not in page] == []
    assert "LS9" not in page
    for role in (Role.DSL, Role.HEAD, Role.FLO):
        theirs = app.test_client()
        sign_in(theirs, session, people[role], clock)
        assert "An administrator opened emergency access" in theirs.get({Role.DSL: "/lead/", Role.HEAD: "/heads/", Role.FLO: "/liaison/"}[role]).text
        told = theirs.get("/emergency/").text
        assert "Admin Adeyemi" in told
        assert (WHY in told, "Z.Q. · Y2" in told) == ((False, False) if role is Role.HEAD else (True, True)), role
    mails = list(session.scalars(select(outbox.Message).where(outbox.Message.kind == outbox.EMERGENCY)))
    assert sorted(m.to_address for m in mails) == ["dsl@seamoor.example", "head@seamoor.example", "jo@seamoor.example"]
    assert all(m.due_at == clock() for m in mails)
    assert not [w for m in mails for w in ("Adeyemi", "Seamoor", "child", "Zan", "Z.Q") if w in m.subject + m.body]


def test_every_page_says_until_when_and_is_written_down_before_it_opens(admin, session, people, family, clock) -> None:
    press(admin, "/emergency/open", {"reason": WHY})
    clock.move(minutes=1)
    for path in ("/admin/", "/account", f"/emergency/families/{family.id}", "/imports/"):
        shown = admin.get(path).text
        assert "Emergency access is open until 10:30am" in shown, path
        assert "/end" in shown
    session.rollback()
    opened = session.scalars(select(emergencies.EmergencyAccess)).one()
    pages = emergencies.pages_of(session, opened)
    assert [p.endpoint for p in pages if p.endpoint != "accounts.account"] == ["admin.page", "emergency.family", "intake.page"]
    assert [p.family_id for p in pages if p.endpoint == "emergency.family"] == [family.id]
    assert audit.verify(session) == []


def test_a_page_that_cannot_be_written_down_does_not_open(admin, family, monkeypatch) -> None:
    press(admin, "/emergency/open", {"reason": WHY})

    def full(*_args, **_facts):
        raise Conflict("The disk is full.")

    monkeypatch.setattr(emergencies, "note_page", full)
    answer = admin.get(f"/emergency/families/{family.id}")
    assert answer.status_code == 409
    assert "Zanzibarina" not in answer.text


def test_it_ends_by_itself_and_is_shut_from_that_moment(admin, session, family, clock) -> None:
    press(admin, "/emergency/open", {"reason": WHY})
    clock.move(minutes=29, seconds=59)
    assert admin.get(f"/emergency/families/{family.id}").status_code == 200
    clock.move(seconds=1)
    for answer in (admin.get(f"/emergency/families/{family.id}"), admin.get("/emergency/families"), search(admin, "z")):
        assert answer.status_code == 403
    assert "Emergency access is open" not in admin.get("/admin/").text
    assert "Ended by itself" in admin.get("/emergency/").text
    session.rollback()
    assert session.scalars(select(emergencies.EmergencyAccess)).one().ended_at is None


@pytest.mark.parametrize("role", [Role.ADMIN, Role.DSL, Role.HEAD, Role.FLO])
def test_it_is_ended_early_by_who_opened_it_and_by_everybody_who_was_told(admin, app, session, people, family, clock, role) -> None:
    press(admin, "/emergency/open", {"reason": WHY})
    session.rollback()
    opened = session.scalars(select(emergencies.EmergencyAccess)).one()
    session.commit()
    browser = admin
    if role is not Role.ADMIN:
        browser = app.test_client()
        sign_in(browser, session, people[role], clock)
    assert press(browser, f"/emergency/{opened.id}/end").status_code == 303
    assert admin.get(f"/emergency/families/{family.id}").status_code == 403
    session.expire_all()
    session.rollback()
    assert session.scalars(select(AuditEvent.action).where(AuditEvent.action == "emergency:ended")).one()


def test_another_administrator_neither_ends_nor_uses_it_and_no_administrator_cancels_the_mail(admin, app, session, people, school, family, clock) -> None:
    press(admin, "/emergency/open", {"reason": WHY})
    second = users.add(session, email="second@seamoor.example", name="Bo Lind", roles=[Role.ADMIN], school_id=school.id, by=SYSTEM, at=clock())
    mail = session.scalars(select(outbox.Message).where(outbox.Message.kind == outbox.EMERGENCY)).first()
    mail.dead_at = clock()
    session.commit()
    other = app.test_client()
    sign_in(other, session, second, clock)
    opened = session.scalars(select(emergencies.EmergencyAccess)).one()
    session.commit()
    assert press(other, f"/emergency/{opened.id}/end").status_code == 403
    assert other.get(f"/emergency/families/{family.id}").status_code == 403
    assert press(admin, f"/admin/mail/{mail.id}/cancel").status_code == 409


def _with_the_lead(session, family, flo, at):
    families.stop(session, family, by=flo, at=at)


def _asked_about_twice(session, family, flo, at):
    families.change(session, family, by=flo, at=at, seen_version=family.version, do_not_disclose=True)


def _set_aside(session, family, _flo, at):
    setting_aside.begin(session, family, by=SYSTEM, at=at)


def _left(_session, family, _flo, at):
    family.archived_at = at


def _named_on_the_list(session, family, flo, at):
    keeping_away.add_person(session, family, name="admin  ADEYEMI", reach=None, by=flo, at=at)


def _address_on_the_list(session, family, flo, at):
    keeping_away.add_person(session, family, name="my ex", reach="Admin@Seamoor.example", by=flo, at=at)


def _named_in_words(session, family, flo, at):
    families.change(session, family, by=flo, at=at, seen_version=family.version, must_not_know="His cousin, Admin Adeyemi, who works there")


@pytest.mark.parametrize("shut", [_with_the_lead, _asked_about_twice, _set_aside, _left, _named_on_the_list, _address_on_the_list, _named_in_words])
def test_families_whom_it_could_harm_look_as_if_they_were_not_there(admin, session, flo, family, clock, shut) -> None:
    press(admin, "/emergency/open", {"reason": WHY})
    assert "Z.Q." in search(admin, "zq").text
    shut(session, family, users.actor_of(flo), clock())
    session.commit()
    found = search(admin, "zq")
    assert found.status_code == 200
    assert "Z.Q." not in found.text
    there, never = admin.get(f"/emergency/families/{family.id}"), admin.get("/emergency/families/00000000-0000-4000-8000-000000000000")
    assert (there.status_code, never.status_code) == (404, 404)
    assert "Zanzibarina" not in there.text


@pytest.mark.parametrize("also", [Role.HEAD, Role.TRUST])
def test_who_has_no_way_to_a_single_family_gets_none_by_being_administrator_too(app, session, school, flo, clock, also) -> None:
    both = users.add(session, email="both@seamoor.example", name="Bo Lind", roles=[Role.ADMIN, also], school_id=school.id, by=SYSTEM, at=clock())
    session.commit()
    browser = app.test_client()
    sign_in(browser, session, both, clock)
    assert "/emergency/open" not in browser.get("/admin/").text
    assert browser.get("/emergency/open").status_code == 403
    assert press(browser, "/emergency/open", {"reason": WHY}).status_code == 403


def test_where_nobody_can_be_told_it_does_not_open(app, session, school, clock) -> None:
    alone = users.add(session, email="alone@seamoor.example", name="Bo Lind", roles=[Role.ADMIN], school_id=school.id, by=SYSTEM, at=clock())
    session.commit()
    browser = app.test_client()
    sign_in(browser, session, alone, clock)
    answer = press(browser, "/emergency/open", {"reason": WHY})
    assert answer.status_code == 409
    assert "0113 496 0001" in answer.text
    assert session.scalars(select(emergencies.EmergencyAccess)).all() == []


def test_who_was_told_is_told_on_every_page_until_they_have_read_it(admin, app, session, people, clock) -> None:
    press(admin, "/emergency/open", {"reason": WHY})
    press(admin, "/emergency/open", {"reason": WHY})  # while it is open, opening it again is once
    session.rollback()
    opened = session.scalars(select(emergencies.EmergencyAccess)).one()
    lead = app.test_client()
    clock.move(minutes=40)
    sign_in(lead, session, people[Role.DSL], clock)
    assert "opened emergency access" in lead.get("/rights/").text
    press(lead, f"/emergency/{opened.id}/seen")
    assert "opened emergency access" not in lead.get("/rights/").text
    later = users.add(session, email="new@seamoor.example", name="Later", roles=[Role.DSL], school_id=people[Role.DSL].school_id, by=SYSTEM, at=clock())
    session.commit()
    new = app.test_client()
    sign_in(new, session, later, clock)
    assert "opened emergency access" not in new.get("/lead/").text


def test_it_changes_nothing_but_the_audit(admin, session, engine, family, clock) -> None:
    from tests.integration.web.conftest import checksum

    press(admin, "/emergency/open", {"reason": WHY})
    before = checksum(engine)
    search(admin, "z")
    admin.get(f"/emergency/families/{family.id}")
    after = checksum(engine)
    assert [t for t in before if before[t] != after[t]] == ["audit_events"]
