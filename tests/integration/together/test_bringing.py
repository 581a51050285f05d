"""Bringing: an event's list fills from several sides, a link speaks for its own partner, and what came is thanked for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from partners.foundation.calendars import day_of
from partners.foundation.errors import Conflict, InvalidRecord, NotAllowed, NotFound
from partners.matching import exchanges, giving_out, words
from partners.registry import asks, bringing, events
from partners.registry.asks import Wanted
from partners.registry.events import CommunityEvent
from partners.registry.partnerships import Happened
from tests.integration.together.conftest import Circle


def a_meal(circle: Circle, *, in_days: int = 20) -> CommunityEvent:
    return events.add(circle.session, None, name="Christmas Eve Eve", on=day_of(circle.at + timedelta(days=in_days)), open_to_all=True, expected=800, by=circle.flo, at=circle.at)


def need(circle: Circle, row: CommunityEvent, thing: str = "cooking", amount: float = 300, note: str = "") -> bringing.EventWant:
    return bringing.add(circle.session, row, thing=thing, amount=amount, note=note, things=exchanges.things(), by=circle.flo, at=circle.at)


def test_several_bring_and_what_is_missing_is_what_nobody_brings(circle: Circle) -> None:
    row = a_meal(circle)
    meals, hall = need(circle, row), need(circle, row, "hall", 200)
    bringing.bring(circle.session, meals, circle.organisations["theatre"], amount=120, name="Maddy", by=circle.flo, at=circle.at)
    bringing.bring(circle.session, meals, circle.organisations["network"], amount=100, name="Amina", by=circle.link("network"), at=circle.at)
    bringing.bring(circle.session, hall, None, amount=250, name="Jas", by=circle.flo, at=circle.at)
    found = bringing.table(circle.session, row, by=circle.flo)
    assert [(w.thing, w.brought, w.missing) for w in found.wants] == [("cooking", 220, 80), ("hall", 250, 0)]
    assert (found.met, found.bringers) == (1, ("The network", "The theatre"))


def test_they_cannot_after_all_and_it_is_missing_again(circle: Circle) -> None:
    meals = need(circle, a_meal(circle))
    one = bringing.bring(circle.session, meals, circle.organisations["network"], amount=100, name="Amina", by=circle.link("network"), at=circle.at)
    with pytest.raises(Conflict):
        bringing.no_longer(circle.session, meals, by=circle.flo, at=circle.at)
    bringing.take_back(circle.session, one, by=circle.link("network"), at=circle.at)
    assert meals.missing == 300
    bringing.no_longer(circle.session, meals, by=circle.flo, at=circle.at)
    assert bringing.table(circle.session, meals.event, by=circle.flo).wants == ()


def test_a_link_speaks_for_its_own_partner_alone(circle: Circle, another) -> None:
    meals = need(circle, a_meal(circle))
    theirs = bringing.bring(circle.session, meals, circle.organisations["theatre"], amount=20, name="Maddy", by=circle.flo, at=circle.at)
    link = circle.link("network")
    with pytest.raises(NotFound):
        bringing.bring(circle.session, meals, circle.organisations["theatre"], amount=20, name="Amina", by=link, at=circle.at)
    with pytest.raises(NotFound):
        bringing.get_bring(circle.session, theirs.id, by=link)
    with pytest.raises(NotAllowed):
        bringing.table(circle.session, meals.event, by=link)
    assert [(e.name, [w.thing for w in ws]) for e, ws in bringing.coming(circle.session, by=link, on=day_of(circle.at))] == [("Christmas Eve Eve", ["cooking"])]
    other = another()[1]
    with pytest.raises(NotFound):
        bringing.get_want(circle.session, meals.id, by=other)
    assert bringing.coming(circle.session, by=other, on=day_of(circle.at)) == []


def test_what_came_stands_in_the_partnership_and_a_thank_you_is_due(circle: Circle) -> None:
    row = a_meal(circle)
    meals = need(circle, row)
    came = bringing.bring(circle.session, meals, circle.organisations["theatre"], amount=120, name="Maddy", by=circle.flo, at=circle.at)
    did_not = bringing.bring(circle.session, meals, circle.organisations["network"], amount=80, name="Amina", by=circle.flo, at=circle.at)
    labels, after = exchanges.things(), circle.at + timedelta(days=21)
    with pytest.raises(Conflict):
        bringing.came(circle.session, row, None, yes=True, labels=labels, by=circle.flo, at=circle.at)
    bringing.came(circle.session, row, did_not.id, yes=False, labels=labels, by=circle.flo, at=after)
    assert bringing.came(circle.session, row, None, yes=True, labels=labels, by=circle.flo, at=after) == 1
    assert bringing.came(circle.session, row, None, yes=True, labels=labels, by=circle.flo, at=after) == 0
    assert (came.came, did_not.came) == (True, False)
    assert [e.words for e in circle.partnerships["theatre"].thanks_due()] == ["Christmas Eve Eve: cooking"]
    assert circle.partnerships["network"].last(Happened.THEY_DID) is None
    with pytest.raises(Conflict):
        bringing.bring(circle.session, meals, None, amount=1, name="Jas", by=circle.flo, at=after)


def test_whom_to_ask_first_is_whoever_said_they_can_give_it(circle: Circle) -> None:
    row = a_meal(circle)
    meals = need(circle, row)
    asks.give(circle.session, circle.organisations["library"], Wanted("cooking", 50), things=exchanges.things(), by=circle.flo, at=circle.at)
    asks.give(circle.session, circle.organisations["theatre"], Wanted("cooking", 50, until_on=day_of(circle.at)), things=exchanges.things(), by=circle.flo, at=circle.at)
    assert [g.organisation.name for g in bringing.could_ask(circle.session, row, by=circle.flo, on=day_of(circle.at))[meals.id] if g.organisation] == ["The library"]
    bringing.bring(circle.session, meals, circle.organisations["library"], amount=50, name="Pam", by=circle.flo, at=circle.at)
    assert bringing.could_ask(circle.session, row, by=circle.flo, on=day_of(circle.at))[meals.id] == []


@pytest.mark.parametrize(("amount", "name", "field"), [(0, "Ann", "amount"), (10**6, "Ann", "amount"), (5, " ", "name")])
def test_what_cannot_be_is_refused_by_field(circle: Circle, amount: float, name: str, field: str) -> None:
    meals = need(circle, a_meal(circle))
    with pytest.raises(InvalidRecord) as error:
        bringing.bring(circle.session, meals, None, amount=amount, name=name, by=circle.flo, at=circle.at)
    assert error.value.field == field


def test_each_gift_has_its_own_giver_whom_a_family_may_keep_away_from_and_who_is_told(circle: Circle) -> None:
    row = a_meal(circle, in_days=0)
    for giver in ("theatre", "library"):
        events.add_gift(circle.session, row, name=f"From the {giver}", code="uniform", places=2, known=words.labels(), giver=circle.organisations[giver], by=circle.flo, at=circle.at)
    family = circle.family(keep_away=[str(circle.organisations["theatre"].id)])
    giving_out.wish(circle.session, row, family, ["uniform"], by=circle.flo, at=circle.at)
    found = giving_out.propose(circle.session, row, by=circle.flo, at=circle.at)
    assert [gift.name for _, gift in found.chosen] == ["From the library"]
    giving_out.give_out(circle.session, row, [(w.id, gift.id) for w, gift in found.chosen], by=circle.flo, at=circle.at)
    giving_out.collected(circle.session, row, found.chosen[0][0].id, by=circle.flo, at=circle.at)
    giving_out.give_back(circle.session, row, by=circle.flo, at=circle.at)
    told = {key: p.last(Happened.THEY_DID) for key, p in circle.partnerships.items()}
    said = "Christmas Eve Eve: gifts given out; what was left went back."
    assert {key: e.words if e else None for key, e in told.items()} == {"theatre": said, "library": said, "network": None}
    assert [gift.went_back for gift in row.gifts] == [2, 1]
