"""Rights on pages: a request from the gate to a copy, erasing, holds, the schedule and the register, and a look that is written down once a day."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from partners.families import families
from partners.families.families import Family
from partners.foundation import users
from partners.foundation.actors import SYSTEM, Role
from partners.foundation.audit import AuditEvent
from partners.privacy.requests import RightsRequest
from tests.integration.web.conftest import sign_in, token_of

ANSWERS = {"identity": "seen the passport", "responsibility": "on the form", "must_not_know": "looked: nobody"}


@pytest.fixture
def lead(session, school, clock):
    made = users.add(session, email="sam@seamoor.example", name="Sam Okafor", roles=[Role.DSL], school_id=school.id, by=SYSTEM, at=clock())
    session.commit()
    return made


@pytest.fixture
def family(session, flo, clock):
    made = families.add(session, initials="ZQ", first_name="Zanzibarina", must_not_know="Uncle Quentin", children=[{"year_group": "Y2"}], by=users.actor_of(flo), at=clock())
    session.commit()
    return made


def press(browser, path, data=None, page="/account"):
    return browser.post(path, data={"csrf_token": token_of(browser.get(page).text)} | (data or {}))


def asked(browser, session, flo, family, clock, kind) -> str:
    """Write a request down and check it, as the liaison officer; return its page."""
    sign_in(browser, session, flo, clock)
    sent = press(browser, f"/rights/families/{family.id}/ask", {"kind": kind, "who": "parent", "words": "All of it"})
    assert sent.status_code == 303
    here = sent.headers["Location"]
    assert "Uncle Quentin" in browser.get(here).text  # the list of who must not know, before anybody is told anything
    assert press(browser, f"{here}/check", ANSWERS | {"identity": ""}).status_code == 422
    assert press(browser, f"{here}/check", ANSWERS).status_code == 303
    return here


def test_from_the_gate_to_a_copy_that_opens_for_a_day(browser, session, flo, lead, family, clock):
    here = asked(browser, session, flo, family, clock, "access")
    assert browser.get(f"{here}/copy").status_code == 403
    sign_in(browser, session, lead, clock)
    review = browser.get(f"{here}/copy").text
    assert "checked" not in review.split("Give out the copy")[0]  # nothing is chosen beforehand
    assert press(browser, f"{here}/copy").status_code == 422
    key = f"families:{family.id}:must_not_know"
    assert key in review
    assert press(browser, f"{here}/copy", {key: "keep"}).headers["Location"] == f"{here}/given"
    given = browser.get(f"{here}/given").text
    assert "Zanzibarina" in given
    assert "Uncle Quentin" not in given
    assert "1 thing is kept back" in given
    file = browser.get(f"{here}/given.json")
    assert (file.json["kept_back"], file.headers["Cache-Control"]) == (1, "no-store")
    clock.move(hours=25)
    sign_in(browser, session, lead, clock)
    assert browser.get(f"{here}/given").status_code == 409


def test_erasing_is_one_press_of_another_person_and_a_hold_stops_it(browser, session, flo, lead, family, clock):
    here = asked(browser, session, flo, family, clock, "erasure")
    sign_in(browser, session, lead, clock)
    assert press(browser, f"/rights/families/{family.id}/hold", {"reason": "a court", "owner": "Sam", "review_on": ["1", "6", "2027"]}).status_code == 303
    assert press(browser, f"{here}/erase").status_code == 409
    hold = browser.get("/rights/").text.split("/rights/holds/")[1].split("/")[0]
    assert press(browser, f"/rights/holds/{hold}/lift").status_code == 303
    assert press(browser, f"{here}/erase").status_code == 303
    session.expire_all()
    assert session.scalar(select(func.count()).select_from(Family)) == 0
    assert "Erased" in browser.get("/rights/").text or session.query(RightsRequest).one().family_id is None
    assert browser.get(here).status_code == 200


def test_a_look_is_written_down_once_a_day_for_each_person(browser, session, flo, family, clock):
    def looks() -> int:
        session.rollback()
        return session.scalar(select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "family:viewed")) or 0

    sign_in(browser, session, flo, clock)
    for _ in range(3):
        assert browser.get(f"/liaison/families/{family.id}").status_code == 200
    assert looks() == 1
    clock.move(hours=24)
    sign_in(browser, session, flo, clock)
    browser.get(f"/rights/families/{family.id}")
    assert looks() == 2


def test_the_schedule_and_the_register_are_for_the_lead_and_the_administrator(browser, session, flo, lead, family, clock):
    sign_in(browser, session, flo, clock)
    assert [browser.get(p).status_code for p in ("/rights/schedule", "/rights/breaches", "/rights/processing", "/rights/breaches/new")] == [403, 403, 403, 200]
    sign_in(browser, session, lead, clock)
    assert "nothing of it is deleted" in browser.get("/rights/schedule").text
    assert press(browser, "/rights/schedule", {"signed_by": "Dee", "signed_on": ["1", "11", "2026"], "closed": "3"}).status_code == 422
    assert press(browser, "/rights/schedule", {"signed_by": "Dee", "signed_on": ["1", "11", "2026"], "closed": "365"}).status_code == 303
    page = browser.get("/rights/schedule").text
    assert "Signed by Dee" in page
    assert "1 year" in page
    noted = press(browser, "/rights/breaches/new", {"what": "A sheet was left.", "since": "now"})
    assert "Report by" in browser.get("/rights/breaches").text
    assert press(browser, f"{noted.headers['Location']}/step", {"do": "close"}).status_code == 409
    assert "Zanzibarina" not in browser.get("/rights/processing").text
    assert browser.get("/rights/processing.json").json["school"] == "Seamoor Primary"
