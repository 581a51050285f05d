"""What the help must be like, on the real page: a family asks, an offer is found or left out for it, and what was recorded elsewhere is not lost."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from partners.families import families, needs, requirements, setting_aside
from partners.families.families import ContactBy
from partners.foundation import users
from partners.foundation.actors import SYSTEM
from partners.matching import words
from partners.registry import edits, freshness, offers, organisations
from partners.registry.offers import ConfirmedHow
from tests.integration.web.conftest import send, sign_in

NIGHT = {"what": "not_time", "days": ["mon"], "from": "22:00", "until": "06:00", "strength": "must"}


@pytest.fixture
def family(session, school, flo, clock):
    """A family that asks how school works, with a requirement that the form has no box for, asked ten days ago."""
    who, at = users.actor_of(flo), clock()
    family = families.add(session, initials="AK", first_name="Ann", contact_by=ContactBy.PHONE, contact="07700 900456", by=who, at=at)
    needs.record(session, family, codes=["how_school_works"], paths=words.paths(), harm=needs.Harm.NO, by=who, at=at)
    requirements.replace(session, family, [NIGHT], by=who, at=at - timedelta(days=10))
    for name, parents in (("Hooyo", "yes"), ("Library", "no")):
        organisation = organisations.add(session, name=name, by=SYSTEM, at=at)
        offer = offers.add(session, organisation, name=f"{name} mornings", needs=["how_school_works"], any_time=True, by=SYSTEM, at=at)
        freshness.confirm(session, offer, how=ConfirmedHow.PHONE, name="Joan", by=who, at=at)
        edits.verify(session, offer, {"parent_led": parents}, name="Jo", by=who, at=at, seen=0)
    session.commit()
    return family


def test_what_no_form_asked_before_finds_and_leaves_out(browser, session, flo, family, clock) -> None:
    sign_in(browser, session, flo, clock)
    page = f"/liaison/families/{family.id}/like"
    assert "Monday 22:00 to 06:00" in browser.get(page).text
    (kept,) = re.findall(r'name="others"[^>]*value="([0-9a-f]{16})"[^>]*checked', browser.get(page).text)
    answer = send(browser, page, {"features_must": "parent_led", "features_help": ["trauma_informed", "without:faith_based"], "others": kept, "then": "suggestions"}, follow_redirects=True)
    assert "Hooyo mornings" in answer.text
    assert re.search(r"Left out \(1\).*Library mornings", answer.text, re.DOTALL)
    for asked in ("Led by parents (must)", "Gentle with hard experiences (would help)", "Not run by a faith group (would help)", "Not Monday 22:00 to 06:00 (must)"):
        assert asked in answer.text
    rows = {r.rule.get("value", r.rule["what"]): r.asked_at for r in session.scalars(select(requirements.FamilyRequirement).where(requirements.FamilyRequirement.family_id == family.id))}
    assert rows["not_time"] == clock() - timedelta(days=10), "what stays keeps the day it was asked"
    assert rows["parent_led"] == clock()


def test_several_times_as_a_must_are_refused_beside_the_question_and_what_was_ticked_stays(browser, session, flo, family, clock) -> None:
    sign_in(browser, session, flo, clock)
    page = f"/liaison/families/{family.id}/like"
    answer = send(browser, page, {"times": ["weekday_mornings", "weekends"], "times_strength": "must", "other_times": "whenever"})
    assert answer.status_code == 422
    assert 'href="#other_times"' in answer.text
    answer = send(browser, page, {"times": ["weekday_mornings", "weekends"], "times_strength": "must", "other_times": ""})
    assert answer.status_code == 422
    assert 'href="#times_strength"' in answer.text
    assert len(re.findall(r'name="times"[^>]*checked', answer.text)) == 2


def test_suggestions_found_before_are_not_shown_while_a_family_asks_that_its_records_are_not_used(browser, session, flo, family, clock) -> None:
    sign_in(browser, session, flo, clock)
    found = send(browser, f"/liaison/families/{family.id}/like", {"then": "suggestions"}).location
    assert "Hooyo mornings" in browser.get(found).text
    session.expire_all()
    setting_aside.begin(session, family, by=users.actor_of(flo), at=clock())
    session.commit()
    answer = browser.get(found)
    assert (answer.status_code, answer.location) == (303, f"/liaison/families/{family.id}")
    assert "records set aside" in browser.get("/liaison/families").text


def test_a_new_need_of_a_family_set_aside_leads_back_to_its_page_and_a_danger_to_the_stop_page(browser, session, flo, clock, family) -> None:
    sign_in(browser, session, flo, clock)
    first = f"/liaison/families/{family.id}/first"
    assert send(browser, first, {"harm": "no"}).headers["Location"].endswith("/needs")
    setting_aside.begin(session, family, by=users.actor_of(flo), at=clock())
    session.commit()
    assert browser.get(f"/liaison/families/{family.id}/needs").headers["Location"] == f"/liaison/families/{family.id}", "an answer of before holds no longer"
    assert send(browser, first, {"harm": "no"}).headers["Location"] == f"/liaison/families/{family.id}"
    assert "These records are set aside" in browser.get(f"/liaison/families/{family.id}").text
    assert send(browser, first, {"harm": "yes"}).headers["Location"].endswith("/stop")
