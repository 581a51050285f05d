"""Events and gifts: open to all first, given out by allocation round what a person fixed, collected, and what is left goes back in one press."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from itertools import combinations

import pytest

from partners.families import families
from partners.foundation.errors import Conflict, InvalidRecord, NotFound, SafetyStop
from partners.matching import giving_out, words
from partners.registry import events
from partners.registry.partnerships import Happened
from tests.integration.together.conftest import Circle

STEP_FREE = {"what": "feature", "value": "step_free", "strength": "must"}


def christmas(circle: Circle, hampers: int = 2, seats: int = 1, **facts) -> events.CommunityEvent:
    row = events.add(circle.session, circle.organisations["theatre"], name="Christmas Eve Eve", on=date(2026, 12, 23), by=circle.flo, at=circle.at, **facts)
    for name, code, places, features in (("A hamper", "food_weekly", hampers, ()), ("Seats", "clubs_play", seats, ("step_free",))):
        events.add_gift(circle.session, row, name=name, code=code, places=places, features=features, known=words.labels(), by=circle.flo, at=circle.at)
    return row


def wanting(circle: Circle, row: events.CommunityEvent, *codes: str, **facts) -> giving_out.GiftWish:
    return giving_out.wish(circle.session, row, circle.family(**facts), list(codes), by=circle.flo, at=circle.at)[0]


def pairs(found: giving_out.Sharing) -> list[tuple[uuid.UUID, uuid.UUID]]:
    return [(w.id, gift.id) for w, gift in found.chosen]


def test_the_fewest_families_with_nothing_come_first_as_force_also_finds(circle: Circle) -> None:
    row = christmas(circle, hampers=2, seats=1)
    wanting(circle, row, "food_weekly", "clubs_play")
    wanting(circle, row, "food_weekly")
    wanting(circle, row, "food_weekly")
    wanting(circle, row, "clubs_play")
    found = giving_out.propose(circle.session, row, by=circle.flo, at=circle.at)
    wishes = giving_out.wishes(circle.session, row, by=circle.flo)
    places = {"food_weekly": 2, "clubs_play": 1}
    most = max(
        len({w.family_id for w in chosen}) for n in range(len(wishes) + 1) for chosen in combinations(wishes, n)
        if all(sum(w.code == code for w in chosen) <= many for code, many in places.items())
    )
    assert found.families == most == 3
    assert found.proven
    assert found.first_come <= found.families
    assert row.given_out_at is None, "looking gives nothing"


def test_a_lock_holds_and_the_rest_is_shared_round_it(circle: Circle) -> None:
    row = christmas(circle, hampers=1)
    first, second = wanting(circle, row, "food_weekly"), wanting(circle, row, "food_weekly")
    for fixed in (first, second):
        for w in (first, second):
            giving_out.fix(circle.session, row, w.id, None, by=circle.flo, at=circle.at)
        giving_out.fix(circle.session, row, fixed.id, row.gifts[0].id, by=circle.flo, at=circle.at)
        found = giving_out.propose(circle.session, row, by=circle.flo, at=circle.at)
        assert [w for w, _ in found.chosen] == [fixed]
        assert [(w, why) for w, why in found.without] == [(second if fixed is first else first, "places_ran_out")]
    with pytest.raises(Conflict):
        giving_out.fix(circle.session, row, first.id, row.gifts[0].id, by=circle.flo, at=circle.at)
    with pytest.raises(InvalidRecord):
        giving_out.fix(circle.session, row, first.id, row.gifts[1].id, by=circle.flo, at=circle.at)


def test_what_it_must_be_like_counts_and_times_do_not(circle: Circle) -> None:
    row = christmas(circle)
    nights = {"what": "time", "days": ["sun"], "from": "01:00", "until": "02:00", "strength": "must"}
    wanting(circle, row, "clubs_play", rules=[STEP_FREE, nights])
    assert giving_out.propose(circle.session, row, by=circle.flo, at=circle.at).families == 1
    row.gifts[1].features = {"step_free": "no"}
    circle.session.flush()
    found = giving_out.propose(circle.session, row, by=circle.flo, at=circle.at)
    assert [why for _, why in found.without] == ["no_feasible_offer"]


def test_what_was_fixed_and_no_longer_fits_is_told_and_can_be_let_go(circle: Circle) -> None:
    row = christmas(circle)
    mine = wanting(circle, row, "clubs_play", rules=[STEP_FREE])
    giving_out.fix(circle.session, row, mine.id, row.gifts[1].id, by=circle.flo, at=circle.at)
    row.gifts[1].features = {"step_free": "no"}
    circle.session.flush()
    with pytest.raises(Conflict, match="no longer fits"):
        giving_out.propose(circle.session, row, by=circle.flo, at=circle.at)
    giving_out.fix(circle.session, row, mine.id, None, by=circle.flo, at=circle.at)
    assert giving_out.propose(circle.session, row, by=circle.flo, at=circle.at).families == 0


def test_only_what_was_shown_is_given_and_twice_is_once(circle: Circle) -> None:
    row = christmas(circle)
    wanting(circle, row, "food_weekly")
    shown = pairs(giving_out.propose(circle.session, row, by=circle.flo, at=circle.at))
    late = wanting(circle, row, "food_weekly")
    with pytest.raises(Conflict, match="since you looked"):
        giving_out.give_out(circle.session, row, shown, by=circle.flo, at=circle.at)
    shown = pairs(giving_out.propose(circle.session, row, by=circle.flo, at=circle.at))
    giving_out.give_out(circle.session, row, shown, by=circle.flo, at=circle.at)
    giving_out.give_out(circle.session, row, [], by=circle.flo, at=circle.at + timedelta(hours=1))
    assert row.given_out_at == circle.at
    with pytest.raises(Conflict):
        giving_out.wish(circle.session, row, late.family, ["clubs_play"], by=circle.flo, at=circle.at)
    with pytest.raises(Conflict):
        events.add_gift(circle.session, row, name="More", code="uniform", places=1, known=words.labels(), by=circle.flo, at=circle.at)


def test_what_is_left_goes_back_in_one_press_and_the_partnership_says_so(circle: Circle) -> None:
    row = christmas(circle, hampers=3, seats=2)
    rows = [wanting(circle, row, "food_weekly") for _ in range(2)]
    with pytest.raises(Conflict):
        giving_out.give_back(circle.session, row, by=circle.flo, at=circle.at)
    giving_out.give_out(circle.session, row, pairs(giving_out.propose(circle.session, row, by=circle.flo, at=circle.at)), by=circle.flo, at=circle.at)
    giving_out.collected(circle.session, row, rows[0].id, by=circle.flo, at=circle.at)
    for _ in range(2):
        giving_out.give_back(circle.session, row, by=circle.flo, at=circle.at)
    assert [g.went_back for g in row.gifts] == [2, 2]
    told = [e for e in circle.partnerships["theatre"].events if e.kind is Happened.THEY_DID]
    assert [e.words for e in told] == ["Christmas Eve Eve: gifts given out; what was left went back."]
    with pytest.raises(Conflict):
        giving_out.collected(circle.session, row, rows[1].id, by=circle.flo, at=circle.at)


def test_open_to_all_is_counted_without_names(circle: Circle) -> None:
    row = christmas(circle, open_to_all=True)
    assert events.counted(circle.session, row, 340, by=circle.flo, at=circle.at).headcount == 340
    closed = christmas(circle)
    with pytest.raises(InvalidRecord):
        events.counted(circle.session, closed, 10, by=circle.flo, at=circle.at)


def test_a_family_with_the_lead_is_neither_asked_nor_listed(circle: Circle, another) -> None:
    row = christmas(circle)
    mine = wanting(circle, row, "food_weekly")
    families.stop(circle.session, mine.family, by=circle.flo, at=circle.at)
    assert giving_out.wishes(circle.session, row, by=circle.flo) == []
    with pytest.raises(SafetyStop):
        giving_out.wish(circle.session, row, mine.family, ["clubs_play"], by=circle.flo, at=circle.at)
    _school, stranger, _head = another()
    with pytest.raises(NotFound):
        events.get(circle.session, row.id, by=stranger)
    assert giving_out.propose(circle.session, row, by=circle.flo, at=circle.at) == giving_out.Sharing((), (), 0, 0, proven=True)
