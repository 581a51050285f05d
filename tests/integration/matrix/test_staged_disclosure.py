"""What a partner sees at each stage, through its own pages: a word in every field, sought in every state."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from partners.families import agreements
from partners.foundation import outbox, users
from partners.foundation.actors import partner_by_reply_link
from partners.foundation.db import session_factory
from partners.matching import words
from partners.referrals import referrals, replies
from partners.referrals.moves import Kind
from partners.referrals.referrals import Referral
from tests.integration.matrix import town
from tests.integration.matrix.town import word
from tests.integration.matrix.walk import World

FIRST, CONTACT, TIMES, TRIED = (word(name, "a") for name in ("first", "contact", "times", "tried"))
AGREED = {"first_name": {FIRST}, "safe_contact": {CONTACT, TIMES}, "what_was_tried": {TRIED}}  # what an officer wrote about the need is in none of them
# The moves from a fresh 'sent' that lead to each state: (who, action, what the move asks for).
PATHS: dict[str, list[tuple[str, str, dict[str, Any]]]] = {
    "sent": [], "viewed": [("partner", "view", {})], "waitlisted": [("partner", "wait", {"weeks": 3})],
    "info_requested": [("partner", "ask", {"question": "When?"})], "accepted": [("partner", "accept", {})],
    "contacted": [("partner", "accept", {}), ("partner", "contact", {})],
    "supporting": [("partner", "accept", {}), ("partner", "contact", {}), ("partner", "start", {})],
    "closed": [("partner", "accept", {}), ("partner", "could_not_reach", {})],
    "declined": [("partner", "decline", {"code": "age"})], "withdrawn": [("flo", "withdraw", {"code": "other"})],
    "stopped after a yes": [("partner", "accept", {}), ("flo", "withdraw", {"code": "changed_mind"})],
    "agreement taken back": [("partner", "accept", {}), ("agreement", "", {})],
}
OPEN_AFTER = ("accepted", "contacted", "supporting")


def _prepare(world: World, state: str, fields: list[str]) -> str:
    """Bring a new referral of tenant a to a state and return its link's word."""
    tenant = world.town.tenants["a"]
    with session_factory(world.engine)() as session:
        flo = users.actor_of(session.scalars(select(users.User).where(users.User.email.like("flo.accountqza%"))).one())
        old = session.get_one(Referral, tenant.referrals["draft"])
        referral = referrals.choose(session, old.need, old.offer, Kind.INTRODUCE, press="staged", by=flo, at=town.AT)
        town.send(session, referral, by=flo, fields=fields)
        partner = partner_by_reply_link(tenant.organisation, referral.id, "Partner")
        token = replies.new_reply_link(session, referral, at=town.AT)
        for who, action, facts in PATHS[state]:
            if who == "agreement":
                agreements.withdraw(session, agreements.get(session, referral.agreement_id), by=flo, at=town.AT)
            else:
                referrals.move(session, referral, action, by=partner if who == "partner" else flo, at=town.AT, **facts)
        session.commit()
    return token


def _ask_for_the_details(world: World, token: str) -> str:
    """Do all that a partner can do to see more: every page of the link, a code, and the code typed in."""
    world.app.extensions["kith_limits"].reset()
    browser = world.app.test_client()
    seen = [browser.get(f"/r/{token}{rest}").get_data(as_text=True) for rest in ("", "/decline", "/wait", "/ask", "/code/enter", "/closed/what-came", "/worried-about-safety", "/offer/still-right")]
    seen.append(browser.post(f"/r/{token}/code/send", follow_redirects=True).get_data(as_text=True))
    with session_factory(world.engine)() as session:
        mails = session.scalars(select(outbox.Message).where(outbox.Message.kind == "detail_code")).all()
    found = re.search(r"\d{6}", mails[-1].body) if mails else None
    seen.append(browser.post(f"/r/{token}/code/enter", data={"code": found[0] if found else "000000"}).get_data(as_text=True))
    partner = world.town.identities["partner_a"]
    seen.append(world.ask(partner, "GET", "/portal/").get_data(as_text=True))
    return "\n".join(seen)


@pytest.mark.parametrize("fields", [["first_name"], ["first_name", "safe_contact"], ["first_name", "safe_contact", "what_was_tried"], ["need"]], ids="+".join)
@pytest.mark.parametrize("state", PATHS)
def test_a_partner_sees_what_its_stage_and_the_family_allow_and_nothing_else(world: World, state: str, fields: list[str]) -> None:
    seen = _ask_for_the_details(world, _prepare(world, state, fields))
    private = {c.text for c in town.canaries() if c.kind in ("family", "initials")}
    allowed = set().union(*(AGREED.get(name, set()) for name in fields)) if state in OPEN_AFTER else set()
    assert {text for text in private if text in seen} == allowed


def test_before_a_yes_a_partner_reads_the_need_the_area_and_how_soon(world: World) -> None:
    page = world.app.test_client().get(f"/r/{_prepare(world, 'sent', ['first_name'])}").get_data(as_text=True)
    assert "LS9" in page
    assert "LS9 7" not in page
    assert words.labels()[town.open_codes()[0]] in page


@pytest.mark.parametrize("state", ["declined", "withdrawn", "closed", "stopped after a yes"])
def test_what_school_answered_is_gone_when_it_is_over(world: World, state: str) -> None:
    token = _prepare(world, "info_requested", ["first_name"])
    with session_factory(world.engine)() as session:
        flo = users.actor_of(session.scalars(select(users.User).where(users.User.email.like("flo.accountqza%"))).one())
        referral, partner = replies.open_reply_link(session, token, at=town.AT)
        referrals.move(session, referral, "answer", answer="Schoolansweredthis", by=flo, at=town.AT)
        session.commit()
        assert "Schoolansweredthis" in world.app.test_client().get(f"/r/{token}").get_data(as_text=True)
        for who, action, facts in PATHS[state]:
            referrals.move(session, referral, action, by=partner if who == "partner" else flo, at=town.AT, **facts)
        session.commit()
    assert "Schoolansweredthis" not in world.app.test_client().get(f"/r/{token}").get_data(as_text=True)
