"""Pages at any size: at 200 % zoom, with no rows and with forty, with long names and with Arabic, nothing reaches past the window."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from partners.families import families, needs, requirements
from partners.families.families import ContactBy
from partners.families.needs import For, Harm, Within
from partners.foundation import users
from partners.foundation.actors import Role
from partners.foundation.users import User
from partners.matching import words
from partners.referrals import replies
from partners.referrals.moves import State
from partners.referrals.referrals import Referral
from seeds.demo import Town
from tests.browser.conftest import PHONE, Clock

ZOOMED = 188  # CSS pixels: a telephone of 375 at 200 %
LONG = "عبد الرحمن بن عبد العزيز الطويل الاسم جدا Wolfeschlegelsteinhausenbergerdorff"


@pytest.mark.parametrize("width", [ZOOMED, PHONE])
def test_long_names_and_arabic_stay_within_the_window(
    town: Town, page_at: Callable[..., Page], sign_in: Callable[[Page, str], None], no_violations: Callable[[Page], None],
    sessions: sessionmaker[Session], clock: Clock, width: int,
) -> None:
    with sessions.begin() as session:
        officer = users.find_by_email(session, town.emails["flo"])
        assert officer is not None
        by = users.actor_of(officer)
        for n in range(40):
            family = families.add(
                session, initials="عبج", first_name=LONG, contact_by=ContactBy.PHONE, contact="07700 900123", safe_times=LONG, postcode="LS9 7AB",
                language="ar", must_not_know=LONG, children=[{"year_group": y} for y in families.YEAR_GROUPS[: n % 5]], by=by, at=clock.at,
            )
        requirements.replace(session, family, [{"what": "language", "value": "ar", "strength": "must"}], by=by, at=clock.at)
        needs.record(
            session, family, codes=["food_now", "beds", "energy_water"], paths=words.paths(), harm=Harm.NO, for_whom=For.FAMILY,
            within=Within.WEEK, said=LONG, by=by, at=clock.at,
        )
        waiting = session.scalars(select(Referral).where(Referral.state == State.SENT).order_by(Referral.created_at)).unique().first()
        assert waiting is not None
        waiting.family.first_name = LONG
        reply = f"/r/{replies.new_reply_link(session, waiting, at=clock.at)}"
        own = f"/liaison/families/{family.id}"
        paths = ["/liaison/families", own, f"{own}/first", f"{own}/change", f"{own}/like", f"/liaison/referrals/{waiting.id}", "/liaison/", reply, f"{reply}/decline"]
    page = page_at(width)
    sign_in(page, town.emails["flo"])
    for path in paths:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        no_violations(page)
    page.goto("/liaison/families")
    assert page.locator(".kith-list li").count() == 40
    page.goto(f"{own}/like")
    page.get_by_role("button", name="Show suggestions").click()
    page.locator("h1", has_text="Suggestions").wait_for()
    for fold in page.locator("main details").all():
        fold.evaluate("fold => { fold.open = true }")
    assert page.locator(".kith-bar:visible").count() >= 3, "the points are not drawn"
    assert LONG not in page.title()
    no_violations(page)


def test_an_empty_school_is_told_what_to_do_next(
    page_at: Callable[..., Page], sign_in: Callable[[Page, User], None], people: dict[Role, User], no_violations: Callable[[Page], None]
) -> None:
    page = page_at(PHONE)
    sign_in(page, people[Role.FLO])
    for path, says in (
        ("/liaison/", "Nothing waits on you today."), ("/liaison/families", "No families yet."), ("/liaison/offers?q=zzzz", "Try fewer, or other ones."),
    ):
        page.goto(path)
        assert says in page.locator(".kith-empty").first.inner_text()
        no_violations(page)
    page.goto("/liaison/families")
    assert page.locator(".kith-empty a", has_text="Add someone new").get_attribute("href") == "/liaison/families/new"
