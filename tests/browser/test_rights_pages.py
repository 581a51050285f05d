"""Rights in a real browser: requests and their clocks, records set aside, complaints, breaches, holds, the schedule and its dry run, the record of processing. Axe, a telephone's width, errors showing."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable

import pytest
from playwright.sync_api import Page
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from partners.families.families import Family
from partners.foundation import users
from partners.foundation.actors import Actor
from partners.privacy import requests, subject_access
from partners.privacy.requests import Kind, RightsRequest, Who
from seeds.demo import Town
from tests.browser.conftest import DESKTOP, PHONE, Clock
from tests.browser.test_every_readers_pages import ID, _links

# Where each reader begins, and the pages that its links must have led to. A family's pages are one kind; every request, complaint and breach is looked at.
STARTS = {"dsl": ("/rights/", "/lead/", "/rights/complaints"), "flo": ("/rights/", "/liaison/families"), "admin": ("/rights/breaches", "/rights/schedule"), "head": ("/rights/processing",)}
LED_TO = {
    "dsl": {"/rights/", "/lead/", "/rights/requests/*", "/rights/requests/*/copy", "/rights/requests/*/given", "/rights/families/*", "/rights/families/*/hold", "/rights/complaints",
            "/rights/complaints/*", "/rights/complaints/new", "/rights/breaches", "/rights/breaches/*", "/rights/breaches/new", "/rights/schedule", "/rights/processing"},
    "flo": {"/rights/", "/rights/requests/*", "/rights/families/*", "/rights/complaints/new", "/rights/breaches/new"},
    "admin": {"/rights/breaches", "/rights/breaches/*", "/rights/schedule", "/rights/processing"}, "head": {"/rights/processing"},
}
MOST_PAGES = 40
NOT_TO_PRESS = re.compile(r"sign-out|/cover|/go-on|/release|/lift|/left$|/erase$|given")


@pytest.fixture
def asked(town: Town, sessions: sessionmaker[Session], clock: Clock) -> None:
    """Beside what the town has: records set aside, an erasure that waits for its checks, a clock that stands, a copy that was given out."""
    with sessions.begin() as session:
        flo, lead = (_actor(session, town.emails[role]) for role in ("flo", "dsl"))
        homes = list(session.scalars(select(Family).where(Family.school_id == flo.school_id, Family.with_dsl_at.is_(None)).order_by(Family.created_at, Family.id)).unique())
        requests.make(session, homes[20], Kind.RESTRICTION, who=Who.PARENT, words="Please stop for now", by=flo, at=clock.at)
        requests.make(session, homes[21], Kind.ERASURE, who=Who.PARENT, words="Forget us, please", by=flo, at=clock.at)
        stands = requests.make(session, homes[22], Kind.OBJECTION, who=Who.OTHER_PARENT, words="I object", by=flo, at=clock.at)
        requests.pause(session, stands, "We asked who they are", by=flo, at=clock.at)
        given = requests.make(session, homes[23], Kind.ACCESS, who=Who.PARENT, words="All of it", by=flo, at=clock.at)
        requests.check(session, given, {"identity": "passport", "responsibility": "certificate", "must_not_know": "no"}, by=flo, at=clock.at)
        whole = subject_access.gathered(session, given, by=lead)
        subject_access.release(session, given, {fact.key: True for fact in whole.to_review()}, by=lead, at=clock.at)


def _actor(session: Session, email: str) -> Actor:
    found = users.find_by_email(session, email)
    assert found is not None
    return users.actor_of(found)


def _kind(path: str) -> str:
    return ID.sub("*", path)


def _seen_once(path: str) -> str:
    """Return what makes two pages alike: every family's page is one, each request, complaint and breach is its own."""
    return _kind(path) if "/families/" in path else path


def _press_empty(page: Page, no_violations: Callable[..., None], path: str) -> int:
    """Press each form of a page with nothing in it, and look at what it says. Returns how many were refused with errors that lead to their fields."""
    refused = 0
    for n in range(page.locator("main form:has(input[type=text], textarea)").count()):
        page.goto(path)
        form = page.locator("main form:has(input[type=text], textarea)").nth(n)
        if NOT_TO_PRESS.search(form.get_attribute("action") or ""):
            continue
        with page.expect_navigation():
            form.evaluate("form => { form.querySelectorAll('[required]').forEach(one => one.removeAttribute('required')); form.requestSubmit(form.querySelector('button[type=submit]:not([disabled])')) }")
        no_violations(page, DESKTOP)
        refused += page.locator(".govuk-error-summary").count()
    return refused


@pytest.mark.parametrize("role", ["dsl", "flo", "admin", "head"])
def test_every_page_of_rights_opens_fits_and_passes_axe_with_errors_showing_too(
    town: Town, asked: None, page_at: Callable[..., Page], sign_in: Callable[[Page, str], None], no_violations: Callable[..., None], role: str,
) -> None:
    page = page_at(PHONE)
    sign_in(page, town.emails[role])
    waiting, seen, refused = deque(STARTS[role]), set(STARTS[role]), 0
    opened: set[str] = set()
    while waiting and len(opened) < MOST_PAGES:
        path = waiting.popleft()
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, f"{role}: {path} answers {answer.status}"
        no_violations(page, DESKTOP)
        links = [link for link in _links(page) if link.startswith(("/rights/", "/lead/")) or re.fullmatch(r"/liaison/families/[0-9a-f-]{36}", link)]
        if _kind(path) not in opened:
            refused += _press_empty(page, no_violations, path)
        opened.add(_kind(path))
        for link in links:
            if _seen_once(link) not in seen:
                seen.add(_seen_once(link))
                waiting.append(link)
    assert opened >= LED_TO[role], f"{role} was not led to {sorted(LED_TO[role] - opened)}"
    assert refused >= (1 if role != "head" else 0), "no form was seen with its errors"


def test_what_is_set_aside_says_so_wherever_its_family_stands(
    town: Town, asked: None, page_at: Callable[..., Page], sign_in: Callable[[Page, str], None], no_violations: Callable[[Page], None], sessions: sessionmaker[Session],
) -> None:
    with sessions() as session:
        row = session.scalars(select(RightsRequest).where(RightsRequest.kind == Kind.RESTRICTION)).unique().one()
        assert row.family is not None
        where, label = f"/liaison/families/{row.family_id}", row.family.label
    page = page_at(PHONE)
    sign_in(page, town.emails["flo"])
    page.goto(where)
    no_violations(page)
    assert page.get_by_text("These records are set aside.").is_visible()
    assert page.get_by_role("button", name="Find suggestions").count() == 0
    page.goto("/liaison/families")
    no_violations(page)
    assert page.locator("li", has_text=label).filter(has_text="records set aside").count() >= 1
