"""What each tenant of the matrix does together with its partner, one record of each kind, and the forms that would be taken."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from partners.families import families, gives, needs
from partners.families.families import Family
from partners.foundation.actors import Actor
from partners.matching import exchanges, gap_asks, giving_out, groups, words
from partners.registry import asks, bringing, events, offers, partnerships
from partners.registry.asks import Wanted
from partners.registry.organisations import Organisation
from partners.registry.partnerships import Happened, Side

# The ids in addresses that lead to these records.
TOGETHER = ("partnership_id", "ask_id", "give_id", "family_give_id", "exchange_id", "party_id", "handover_id", "person_id", "group_id", "member_id", "meeting_id", "event_id", "wish_id", "gap_ask_id", "want_id", "bring_id")
TERMS = {"thing": "coats", "amount": "3", "note": "warm ones"}
VIEW = {"by_name": "usually", "not_only_referrals": "sometimes", "changed": "not_yet", "parents_say": "sometimes", "bad_news": "usually"}
TOGETHER_FORMS: dict[str, dict[str, object]] = {
    "liaison.new_ask": {**TERMS, "whose": "school"}, "liaison.new_give": {**TERMS, "whose": "school"},
    "liaison.choose_exchange": {"signature": "none", "press": "a-new-press"}, "liaison.put_exchange_aside": {"signature": "none", "press": "a-new-press"},
    "liaison.answer_exchange": {"name": "Ann", "answer": "yes"}, "liaison.handover_came": {"how": "received"},
    "liaison.family_gives": {"thing": "sewing", "amount": "2", "words": "with pleasure"},
    "liaison.new_partnership": {"organisation": "none", "since_on": ["1", "9", "2024"]}, "liaison.partnership_happened": {"kind": "met", "words": "tea"},
    "liaison.partnership_people": {"side": "partner", "name": "Ann", "part": "answers"}, "liaison.partnership_view": VIEW, "liaison.partnership_their_view": {**VIEW, "name": "Ann"},
    "liaison.partnership_plan": {"next_step": "ring them", "next_step_on": ["1", "12", "2026"], "owner": "none"}, "portal.partnership_view": {**VIEW, "name": "Ann"},
    "liaison.new_group": {"name": "Circle", "everyone": "yes"}, "liaison.rename_group": {"name": "Circle"}, "liaison.hand_group_on": {"owner": "none"}, "liaison.match_group": {"offer": "none"},
    "liaison.group_partner_said": {"answer": "yes"}, "liaison.ask_group_family": {"answer": "yes"}, "liaison.group_result": {"result": "met"},
    "liaison.plan_group_meetings": {"first": ["24", "11", "2026"], "weeks": "3"}, "liaison.who_came": {"which": "everyone"},
    "liaison.new_event": {"name": "Tea", "giver": "school", "on": ["1", "12", "2026"], "open_to_all": "yes"}, "liaison.count_event": {"headcount": "12"},
    "liaison.add_gift": {"gift": "A bag", "code": "uniform", "places": "3"}, "liaison.wish_for_gift": {"family": "none"}, "liaison.fix_gift": {"gift": ""},
    "liaison.new_want": {"thing": "cooking", "amount": "80", "note": "hot"}, "liaison.new_bring": {"whose": "school", "amount": "5", "name": "Ann"}, "liaison.brought": {"bring": "", "came": "yes"},
    "liaison.ask_to_bring": {"partners": []}, "portal.partnership_bring": {"amount": "5", "name": "Ann"},
    "liaison.give_out_event": {"pairs": []}, "liaison.draft_gap_ask": {"to_whom": "council"}, "liaison.gap_ask": {"words": "Could we talk?"},
    "portal.partnership_group": {"answer": "yes"},
    "portal.partnership_ask": TERMS, "portal.partnership_give": TERMS, "portal.partnership_exchange": {"name": "Ann", "answer": "yes"},
}


def build(session: Session, organisation: Organisation, family: Family, flo: Actor, *, at: datetime, say: Callable[[str], str]) -> tuple[str, dict[str, uuid.UUID]]:
    """Make one record of each kind for a tenant; return the word of its partnership's link and the ids."""
    found: dict[str, Any] = {}
    partnership = partnerships.begin(session, organisation, since_on=date(2022, 9, 1), by=flo, at=at)
    things = exchanges.things()
    spare = asks.ask(session, organisation, Wanted("coats", 40), things=things, by=flo, at=at)
    give = asks.give(session, organisation, Wanted("tickets", 4), things=things, by=flo, at=at)
    family_give = gives.record(session, family, thing="sewing", amount=1, words=say("gave"), things=things, by=flo, at=at)
    asks.ask(session, organisation, Wanted("hall", 20), things=things, by=flo, at=at)
    asks.give(session, None, Wanted("hall", 50), things=things, by=flo, at=at)
    proposed = exchanges.propose(session, by=flo, at=at).exchanges
    exchange = exchanges.choose(session, proposed[0].signature, press=f"matrix-{organisation.id}", by=flo, at=at)
    asks.ask(session, organisation, Wanted("sewing", 1), things=things, by=flo, at=at)  # so that what the family gives is proposed
    found |= {"partnership_id": partnership.id, "ask_id": spare.id, "give_id": give.id, "family_give_id": family_give.id, "exchange_id": exchange.id}
    found |= {"party_id": exchange.parties[0].id, "handover_id": exchange.handovers[0].id}
    person = partnerships.know(session, partnership, Side.PARTNER, name=say("known"), part="answers", by=flo, at=at)
    partnerships.happened(session, partnership, Happened.THEY_DID, on=date(2026, 11, 2), words=say("deed"), by=flo, at=at)
    found |= {"person_id": person.id}
    found |= _group(session, organisation, family, flo, at)
    event = events.add(session, organisation, name="Tea", on=date(2026, 11, 24), open_to_all=True, by=flo, at=at)
    events.add_gift(session, event, name="A bag", code="uniform", places=1, known=words.labels(), by=flo, at=at)
    found |= {"event_id": event.id, "wish_id": giving_out.wish(session, event, family, ["uniform"], by=flo, at=at)[0].id}
    want = bringing.add(session, event, thing="cooking", amount=40, note="", things=things, by=flo, at=at)
    bring = bringing.bring(session, want, organisation, amount=10, name=say("known"), by=flo, at=at)
    found |= {"want_id": want.id, "bring_id": bring.id}
    asked = gap_asks.draft(session, signature="none", kind="evening", to_whom="council", families=None, title="An evening", words=say("deed"), by=flo, at=at)
    found |= {"gap_ask_id": asked.id}
    return partnerships.new_link(session, partnership, at=at), found


def _group(session: Session, organisation: Organisation, family: Family, flo: Actor, at: datetime) -> dict[str, uuid.UUID]:
    """Make a group of two families, fewer than five, with a meeting today."""
    other = families.add(session, initials=family.initials.replace(".", ""), by=flo, at=at)
    code = needs.of_family(session, family, by=flo)[4].code
    rows = [needs.of_family(session, family, by=flo)[4], *needs.record(session, other, codes=[code], paths=words.paths(), harm=needs.Harm.NO, by=flo, at=at)]
    offer = next(o for o in offers.listed(session) if o.organisation_id == organisation.id)
    row = groups.make(session, "Circle", rows, by=flo, at=at)
    groups.match(session, row, offer, place="here", day="tue", starts="09:00", ends="10:00", places=None, by=flo, at=at)
    groups.plan_meetings(session, row, first=at.date(), weeks=1, by=flo, at=at)
    return {"group_id": row.id, "member_id": row.members[0].id, "meeting_id": row.meetings[0].id}
