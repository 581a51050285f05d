"""Gaps: the ledger, the change that would meet most, proven by asking the matcher anew, and what may be told of it."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime

import pytest

from matcher import Matcher
from matcher.records import Offer as OfferRecord
from matcher.records import Request, Session
from partners.families import families, needs
from partners.foundation.actors import SYSTEM
from partners.foundation.db import new_id
from partners.foundation.errors import InvalidRecord, NotAllowed, NotFound
from partners.impact import gap_page, rounds
from partners.impact.gap_page import shown
from partners.matching import gap_asks, gaps, words
from partners.matching.requests import offer_record, request_record
from partners.registry import freshness, offers, organisations
from partners.registry.offers import ConfirmedHow
from partners.registry.places import Place
from partners.registry.schedules import OfferSession
from tests.integration.together.conftest import Circle
from web import wording_together
from web.liaison.gaps import said_of

EVENINGS = {"what": "time", "days": ["mon", "tue"], "from": "18:00", "until": "21:00", "strength": "must"}


def daytime(circle: Circle) -> offers.Offer:
    made = offers.add(
        circle.session, circle.organisations["library"], name="Reading for adults", needs=["adult_learning"], by=SYSTEM, at=circle.at,
        sessions=[OfferSession(days=["mon"], starts="09:00", ends="11:00")],
    )
    return freshness.confirm(circle.session, made, how=ConfirmedHow.PHONE, name="Ann", by=circle.flo, at=circle.at)


def listed_elsewhere(circle: Circle, name: str = "Gledwell Hall", area: dict[str, object] | None = None) -> offers.Offer:
    organisation = organisations.add(circle.session, name=name, by=SYSTEM, at=circle.at)
    return offers.add(
        circle.session, organisation, name=f"Learning at {name}", needs=[], proposed_needs=["adult_learning"], any_time=True, source="county directory",
        source_ref=name, area=area or {"kind": "postcodes", "prefixes": ["LS8", "LS9"]}, by=SYSTEM, at=circle.at,
    )


def evenings_wanted(circle: Circle, count: int) -> None:
    for n in range(count):
        circle.family("adult_learning", rules=[EVENINGS], postcode="LS9 7AB" if n % 2 else "LS8 3QD")


def test_the_ledger_counts_families_by_need_area_reason_and_term(circle: Circle) -> None:
    daytime(circle)
    evenings_wanted(circle, 3)
    family = circle.family("beds")
    need = needs.of_family(circle.session, family, by=circle.flo)[0]
    needs.nothing_suitable(circle.session, need, reason="cost", by=circle.flo, at=circle.at)
    rather_not = circle.family("uniform")
    needs.nothing_suitable(circle.session, needs.of_family(circle.session, rather_not, by=circle.flo)[0], reason="preferred_not", by=circle.flo, at=circle.at)
    found = gaps.find(circle.session, by=circle.flo, at=circle.at)
    assert [(r.code, r.area, r.reason, r.term, r.families) for r in found.ledger] == [
        ("adult_learning", "LS8", "time", "Autumn 2026", 2), ("adult_learning", "LS9", "time", "Autumn 2026", 1), ("beds", "LS9", "cost", "Autumn 2026", 1),
    ], "a family's own 'rather not' is no gap, and a person's reason stands before the engine's"


def test_the_change_that_would_meet_most_does_when_it_is_made(circle: Circle) -> None:
    offer = daytime(circle)
    evenings_wanted(circle, 4)
    best = gaps.find(circle.session, by=circle.flo, at=circle.at).in_turn[0]
    assert (best.kind, best.offer, len(best.families)) == ("evening", offer, 4)
    assert best.says == "an evening session on Monday, 6 to 8 pm"
    before = OfferRecord.from_dict(offer_record(offer))
    after = dataclasses.replace(before, sessions=(*before.sessions, Session((0,), 18 * 60, 20 * 60)))
    for family in families.recent(circle.session, by=circle.flo):
        asked = Request.from_dict(request_record(circle.session, family, needs.of_family(circle.session, family, by=circle.flo), by=circle.flo, at=circle.at))
        assert Matcher().fit([before]).suggest(asked).needs[0].suggestions == ()
        assert [s.offer for s in Matcher().fit([after]).suggest(asked).needs[0].suggestions] == [str(offer.id)]


def test_whom_to_invite_comes_from_a_directory_and_never_from_partners(circle: Circle) -> None:
    evenings_wanted(circle, 2)
    listed = listed_elsewhere(circle)
    offers.add(
        circle.session, circle.organisations["library"], name="Imported twin", needs=[], proposed_needs=["adult_learning"], any_time=True,
        source="county directory", source_ref="twin", by=SYSTEM, at=circle.at,
    )
    invite = next(c for c in gaps.find(circle.session, by=circle.flo, at=circle.at).changes if c.kind == "invite")
    assert invite.invites == (listed,)
    assert len(invite.families) == 2


def test_a_restricted_need_and_a_family_with_the_lead_are_never_counted(circle: Circle) -> None:
    evenings_wanted(circle, 2)
    stopped = circle.family("adult_learning", rules=[EVENINGS])
    families.stop(circle.session, stopped, by=circle.flo, at=circle.at)
    found = gaps.find(circle.session, by=circle.flo, at=circle.at)
    assert sum(r.families for r in found.ledger) == 2
    told = families.recent(circle.session, by=circle.flo)[0]
    for code, state in (("domestic_abuse", needs.NeedState.OPEN), ("exploitation", needs.NeedState.UNMET)):
        circle.session.add(needs.Need(
            family=told, school_id=told.school_id, code=code, for_whom=needs.For.FAMILY, within=needs.Within.WEEK, state=state, unmet_reason="cost", opened_at=circle.at,
        ))
    circle.session.flush()
    found = gaps.find(circle.session, by=circle.flo, at=circle.at)
    assert {r.code for r in found.ledger} == {"adult_learning"}
    assert sum(r.families for r in found.ledger) == 2, "a restricted need hides nothing else that the family asked for"


@pytest.mark.parametrize(("count", "told"), [(1, None), (7, None), (8, 10), (12, 10), (13, 15)])
def test_no_small_number_leaves(circle: Circle, count: int, told: int | None) -> None:
    daytime(circle)
    evenings_wanted(circle, count)
    found = gaps.find(circle.session, by=circle.flo, at=circle.at)
    records = gap_page.as_records(found)
    assert gap_page.safe(found.in_turn[0]) == told == shown(count)
    assert records["changes"][0]["families"] == told  # type: ignore[index]
    text = wording_together.letter(
        school="Seamoor", phone="0113", to_whom="council", says=found.in_turn[0].says, offer="Reading for adults", labels=["Reading"], families=told, invites=[],
    )
    assert ("about " in text) is (told is not None)
    assert f"{count} families" not in text or told == count
    assert "LS9" not in text
    assert "AK" not in str(records)


AFTER_CHRISTMAS = datetime(2026, 12, 28, 9, 0, tzinfo=UTC)


def test_a_head_sees_what_the_last_release_froze_and_nothing_that_came_since(circle: Circle) -> None:
    daytime(circle)
    evenings_wanted(circle, 25)
    assert not gap_page.page(circle.session, by=circle.head).enough, "there are no figures yet"
    rounds.release_for(circle.session, circle.school, at=AFTER_CHRISTMAS)
    page = gap_page.page(circle.session, by=circle.head)
    assert page.enough
    assert page.ends_on == date(2026, 12, 18)
    assert [(c.kind, c.families) for c in page.changes] == [("evening", 25)]
    assert page.smaller == 0
    circle.at = AFTER_CHRISTMAS
    evenings_wanted(circle, 10)
    rounds.release_for(circle.session, circle.school, at=AFTER_CHRISTMAS)
    assert gap_page.page(circle.session, by=circle.head) == page, "what came since is told with the next half-term's figures"
    with pytest.raises(NotAllowed):
        gap_page.page(circle.session, by=circle.flo)


def test_a_head_of_a_small_school_sees_no_change(circle: Circle) -> None:
    daytime(circle)
    evenings_wanted(circle, 19)
    rounds.release_for(circle.session, circle.school, at=AFTER_CHRISTMAS)
    page = gap_page.page(circle.session, by=circle.head)
    assert (page.enough, page.changes) == (False, ())


def test_a_change_that_helps_a_few_is_not_told_to_a_head(circle: Circle) -> None:
    daytime(circle)
    evenings_wanted(circle, 7)
    for _ in range(15):
        circle.family("beds")
    rounds.release_for(circle.session, circle.school, at=AFTER_CHRISTMAS)
    page = gap_page.page(circle.session, by=circle.head)
    assert (page.enough, page.changes, page.smaller) == (True, (), 1)


def test_where_few_ask_a_page_names_the_kind_of_need_and_not_the_need(circle: Circle) -> None:
    assert said_of(("adult_learning",), few=False) == [words.labels()["adult_learning"]]
    [kind] = said_of(("adult_learning",), few=True)
    assert kind in words.needs_by_group()
    assert kind != words.labels()["adult_learning"]


def test_a_draft_is_edited_until_a_person_sent_it(circle: Circle, another) -> None:
    row = gap_asks.draft(
        circle.session, signature="x", kind="evening", to_whom="council", families=None, title="An evening", words="Could we talk?", by=circle.flo, at=circle.at,
    )
    gap_asks.edit(circle.session, row, "Could we meet?", by=circle.flo, at=circle.at)
    _school, stranger, _head = another()
    with pytest.raises(NotFound):
        gap_asks.get(circle.session, row.id, by=stranger)
    with pytest.raises(NotAllowed):
        gap_asks.edit(circle.session, row, "Hello", by=circle.head, at=circle.at)
    gap_asks.sent(circle.session, row, by=circle.flo, at=circle.at)
    with pytest.raises(InvalidRecord):
        gap_asks.edit(circle.session, row, "Another thing", by=circle.flo, at=circle.at)
    assert row.words == "Could we meet?"


def test_a_change_that_helps_nobody_any_more_cannot_be_asked_for(circle: Circle) -> None:
    daytime(circle)
    evenings_wanted(circle, 1)
    best = gaps.find(circle.session, by=circle.flo, at=circle.at).in_turn[0]
    assert gaps.change_of(circle.session, best.signature, by=circle.flo, at=circle.at) == best
    need = needs.of_family(circle.session, families.recent(circle.session, by=circle.flo)[0], by=circle.flo)[0]
    needs.settle(circle.session, need, needs.NeedState.MET, by=circle.flo, at=circle.at)
    assert gaps.change_of(circle.session, best.signature, by=circle.flo, at=circle.at) is None


def test_terms_follow_the_school_year() -> None:
    days = {date(2026, 9, 1): "Autumn 2026", date(2026, 12, 31): "Autumn 2026", date(2027, 1, 1): "Spring 2027", date(2027, 3, 31): "Spring 2027", date(2027, 4, 1): "Summer 2027"}
    assert {day: gaps.term_of(day) for day in days} == days


def test_an_offer_left_out_by_one_change_stands_in_the_ledger_also_where_something_else_fits(circle: Circle) -> None:
    daytime(circle)
    evening = offers.add(
        circle.session, circle.organisations["theatre"], name="Reading in the foyer", needs=["adult_learning"], by=SYSTEM, at=circle.at,
        sessions=[OfferSession(days=["mon"], starts="18:30", ends="20:00")],
    )
    freshness.confirm(circle.session, evening, how=ConfirmedHow.PHONE, name="Ann", by=circle.flo, at=circle.at)
    evenings_wanted(circle, 3)
    found = gaps.find(circle.session, by=circle.flo, at=circle.at)
    assert found.ledger == ()
    assert [(r.code, r.area, r.reason, r.families) for r in found.one_change] == [("adult_learning", "LS8", "time", 2), ("adult_learning", "LS9", "time", 1)]
    assert [(r["need"], r["nothing_fits"], r["families"]) for r in gap_page.as_records(found)["ledger"]] == [("adult_learning", False, None)] * 2  # type: ignore[attr-defined]


def test_whom_to_invite_is_near_by(circle: Circle) -> None:
    daytime(circle)
    evenings_wanted(circle, 3)
    listed_elsewhere(circle, "Anywhere at all", area={"kind": "anywhere"})
    listed_elsewhere(circle, "Another county", area={"kind": "postcodes", "prefixes": ["EX4"]})
    for name, latitude in (("Round the corner", 53.82), ("A day away", 52.0)):
        made = listed_elsewhere(circle, name, area={"kind": "anywhere"})
        made.place = Place(id=new_id(), organisation_id=made.organisation_id, latitude=latitude, longitude=-1.5)
    circle.session.flush()
    invite = next(c for c in gaps.find(circle.session, by=circle.flo, at=circle.at).changes if c.kind == "invite")
    assert [o.organisation.name for o in invite.invites] == ["Round the corner"]
