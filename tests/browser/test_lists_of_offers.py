"""Lists of offers, the pages round them, the map and the directory: on a telephone and on a laptop, by axe and within the width."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from playwright.sync_api import Page
from sqlalchemy.orm import Session, sessionmaker

from partners.families import directories
from partners.foundation.actors import SYSTEM
from partners.oruk import intake
from partners.registry import duplicates, offers
from seeds.demo import Town
from tests.browser.conftest import DESKTOP, PHONE, Clock

CSV = b"id,title,description,postcode,lat,lon\na,Warm space at St Ann's,Tea and a warm space,LS9 7AB,53.8,-1.5\nb,The warm space at St Ann's,Tea,LS9 7AB,53.8,-1.5\nc,English lessons,Learn English,LS9 8AB,53.81,-1.49\n"


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_the_pages_of_lists_pass_axe(
    town: Town, page_at: Callable[..., Page], sign_in: Callable[[Page, str], None], no_violations: Callable[[Page], None], sessions: sessionmaker[Session], clock: Clock, width: int
) -> None:
    with sessions.begin() as session:
        intake.apply(session, intake.plan(session, CSV, source="town"), by=SYSTEM, at=clock.at)
        duplicates.find(session, by=SYSTEM, at=clock.at)
        ready = next(o for o in offers.listed(session) if o.source == "town" and o.source_ref == "c")
        ready.needs = ["esol"]
        directories.switch(session, session.merge(town.schools[0]), on=True, by=SYSTEM, at=clock.at)
    page = page_at(width)
    sign_in(page, town.emails["flo"])
    for path in ("/imports/", "/imports/to-accept", "/imports/duplicates", "/imports/do-not-list", "/liaison/offers", "/directory"):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        no_violations(page)
        if folder := os.environ.get("PICTURES"):
            page.screenshot(path=f"{folder}/{width}{path.replace('/', '-')}.png", full_page=path != "/directory")
    page.goto("/imports/duplicates")
    page.get_by_role("link", name="St Ann").first.click()
    no_violations(page)
    page.get_by_role("button", name="The same: keep this one").first.click()
    no_violations(page)
    page.goto("/directory")
    page.locator("article a").first.click()
    no_violations(page)
