"""Groups: proposed from needs and requirements alone, made by a person, filled in the order of yes, and seen by nobody else while they are few."""

from __future__ import annotations

import inspect
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import event, select

from partners.families import agreements, families, needs
from partners.families.needs import NeedState
from partners.foundation import users
from partners.foundation.actors import SYSTEM, Role
from partners.foundation.errors import InvalidRecord, NotAllowed, NotFound
from partners.matching import cohorts, groups, requests
from partners.registry import freshness, offers
from partners.registry.offers import ConfirmedHow
from tests.integration.together.conftest import Circle

MORNINGS = {"what": "time", "days": ["tue"], "from": "09:00", "until": "12:00", "strength": "must"}
SOMALI = {"what": "language", "value": "so", "strength": "must"}


def an_offer(circle: Circle, key: str = "network", **facts) -> offers.Offer:
    made = offers.add(circle.session, circle.organisations[key], name=f"English with {key}", needs=["esol"], by=SYSTEM, at=circle.at, any_time=True, **facts)
    return freshness.confirm(circle.session, made, how=ConfirmedHow.PHONE, name="Ann", by=circle.flo, at=circle.at)


def some(circle: Circle, count: int, rules=(MORNINGS,), **facts) -> list[families.Family]:
    return [circle.family("esol", rules=list(rules), **facts) for _ in range(count)]


def need_of(circle: Circle, family: families.Family) -> needs.Need:
    return needs.of_family(circle.session, family, by=circle.flo)[0]


def a_group(circle: Circle, count: int, **facts) -> groups.NeedGroup:
    return groups.make(circle.session, "Tuesday English", [need_of(circle, f) for f in some(circle, count, **facts)], by=circle.flo, at=circle.at)


def matched(circle: Circle, row: groups.NeedGroup, places: int | None = None, key: str = "network") -> groups.NeedGroup:
    return groups.match(circle.session, row, an_offer(circle, key), place="the hall", day="tue", starts="9:30", ends="11:00", places=places, by=circle.flo, at=circle.at)


def all_say_yes(circle: Circle, row: groups.NeedGroup) -> None:
    for n, m in enumerate(row.members):
        groups.ask(circle.session, row, m.id, "yes", by=circle.flo, at=circle.at + timedelta(minutes=n))


def test_five_alike_are_proposed_with_what_they_have_in_common_and_four_are_not(circle: Circle) -> None:
    an_offer(circle, languages=["so", "en"])
    some(circle, 4, rules=(MORNINGS, SOMALI))
    assert groups.propose(circle.session, by=circle.flo, at=circle.at) == []
    some(circle, 1, rules=(MORNINGS, SOMALI))
    some(circle, 1, rules=(MORNINGS,))
    some(circle, 1, rules=(MORNINGS, SOMALI), postcode="HG1 1AA")
    found = groups.propose(circle.session, by=circle.flo, at=circle.at)
    assert [(len(p.needs), p.code, p.area, p.in_common) for p in found] == [(5, "esol", "LS9", ("language:so:yes",))]
    assert {d for d, _ in found[0].half_hours} == {"tue"}
    assert [o.name for o in found[0].offers] == ["English with network"]


def test_who_a_family_is_never_reaches_the_proposal(circle: Circle) -> None:
    for n, family in enumerate(some(circle, 5)):
        family.language, family.first_name = ["so", "ar", "pl", "ro", "ur"][n], f"Name{n}"
    assert len(groups.propose(circle.session, by=circle.flo, at=circle.at)) == 1, "languages of families, unasked for, divide nobody"
    source = inspect.getsource(groups.propose) + inspect.getsource(__import__("partners.matching.cohorts", fromlist=["x"]))
    assert "first_name" not in source
    assert ".initials" not in source


def test_what_a_group_holds_is_not_proposed_again_and_a_stopped_family_never(circle: Circle) -> None:
    rows = some(circle, 6)
    families.stop(circle.session, rows[0], by=circle.flo, at=circle.at)
    assert [len(p.needs) for p in groups.propose(circle.session, by=circle.flo, at=circle.at)] == [5]
    groups.make(circle.session, "English", [need_of(circle, f) for f in rows[1:4]], by=circle.flo, at=circle.at)
    assert groups.propose(circle.session, by=circle.flo, at=circle.at) == []
    assert [len(p.needs) for p in groups.propose(circle.session, by=circle.flo, at=circle.at, least=2)] == [2]


def test_below_five_only_its_own_liaison_officer_sees_who(circle: Circle) -> None:
    row = a_group(circle, 4)
    colleague = users.actor_of(users.add(circle.session, email="two@x.example", name="Two", roles=[Role.FLO], school_id=circle.school.id, by=SYSTEM, at=circle.at))
    assert len(groups.members_of(row, by=circle.flo) or []) == 4
    assert groups.members_of(row, by=colleague) is None
    with pytest.raises(NotFound):
        groups.ask(circle.session, row, row.members[0].id, "yes", by=colleague, at=circle.at)
    with pytest.raises(NotFound):
        groups.could_join(circle.session, row, by=colleague)
    groups.add_family(circle.session, row, need_of(circle, some(circle, 1)[0]), by=circle.flo, at=circle.at)
    assert len(groups.members_of(row, by=colleague) or []) == 5
    with pytest.raises(NotAllowed):
        groups.members_of(row, by=circle.head)
    with pytest.raises(NotFound):
        groups.members_of(row, by=replace(circle.flo, school_id=circle.organisations["network"].id))


@pytest.mark.parametrize(("count", "about"), [(2, None), (4, None), (5, 5), (7, 5), (8, 10), (12, 10), (13, 15)])
def test_a_partner_sees_about_how_many_and_never_fewer_than_five(circle: Circle, count: int, about: int | None) -> None:
    assert groups.partner_sees(a_group(circle, count)).about == about


def test_places_fill_in_the_order_of_yes_and_a_place_that_comes_free_goes_to_the_first_who_waits(circle: Circle) -> None:
    row = matched(circle, a_group(circle, 4), places=2)
    for minutes, index in enumerate((2, 0, 3)):
        groups.ask(circle.session, row, row.members[index].id, "yes", by=circle.flo, at=circle.at + timedelta(minutes=minutes))
    groups.ask(circle.session, row, row.members[1].id, "no", by=circle.flo, at=circle.at)
    have, wait = groups.places(row)
    assert [m.position for m in have] == [2, 0]
    assert [m.position for m in wait] == [3]
    groups.leave_out(circle.session, row, row.members[2].id, by=circle.flo, at=circle.at)
    assert [m.position for m in groups.places(row)[0]] == [0, 3]
    groups.ask(circle.session, row, row.members[0].id, "yes", by=circle.flo, at=circle.at + timedelta(hours=1))
    assert [m.position for m in groups.places(row)[0]] == [0, 3], "saying yes again loses nobody their place"


def test_agreement_is_each_familys_and_ends_when_the_partner_changes_or_they_say_no(circle: Circle) -> None:
    row = a_group(circle, 5)
    first, second = row.members[0], row.members[1]
    with pytest.raises(InvalidRecord, match="partner first"):
        groups.ask(circle.session, row, first.id, "yes", fields=["first_name"], by=circle.flo, at=circle.at)
    matched(circle, row)
    groups.ask(circle.session, row, first.id, "yes", fields=["first_name"], by=circle.flo, at=circle.at)
    groups.ask(circle.session, row, second.id, "yes", by=circle.flo, at=circle.at)
    assert first.agreement_id is not None
    assert second.agreement_id is None, "coming shares nothing by itself"
    agreed = agreements.get(circle.session, first.agreement_id)
    assert (agreed.organisation_id, agreed.fields, agreed.is_live(circle.at)) == (circle.organisations["network"].id, ["first_name"], True)
    groups.ask(circle.session, row, first.id, "no", by=circle.flo, at=circle.at)
    assert not agreed.is_live(circle.at)
    matched(circle, row, key="theatre")
    assert {m.answer for m in row.members} == {None}, "they agreed to another partner"
    assert len(list(circle.session.scalars(select(agreements.Agreement)))) == 1


def test_a_partner_says_yes_by_its_own_link_and_no_other(circle: Circle) -> None:
    row = matched(circle, a_group(circle, 5))
    with pytest.raises(NotFound):
        groups.partner_answer(circle.session, row.id, yes=True, by=circle.link("theatre"), at=circle.at)
    assert groups.for_partner(circle.session, by=circle.link("theatre")) == []
    link = circle.link("network")
    assert groups.for_partner(circle.session, by=link) == [row]
    groups.partner_answer(circle.session, row.id, yes=True, by=link, at=circle.at)
    assert row.organisation_answer == "yes"
    with pytest.raises(NotAllowed):
        groups.members_of(row, by=link)


def test_meetings_repeat_past_closures_and_who_came_is_one_press(circle: Circle) -> None:
    row = matched(circle, a_group(circle, 5), places=3)
    all_say_yes(circle, row)
    planned = groups.plan_meetings(circle.session, row, first=date(2026, 11, 24), weeks=6, by=circle.flo, at=circle.at)
    assert [m.on for m in planned] == [date(2026, 11, 24), date(2026, 12, 1), date(2026, 12, 8), date(2026, 12, 15), date(2027, 1, 5), date(2027, 1, 12)]
    meeting = groups.came(circle.session, row, planned[0].id, None, by=circle.flo, at=circle.at)
    assert {p.member_id for p in meeting.presences} == {m.id for m in row.members[:3]}, "who waits was not there"
    groups.came(circle.session, row, planned[0].id, [row.members[1].id], by=circle.flo, at=circle.at)
    assert groups.attendance(row) == {row.members[1].id: 1}
    with pytest.raises(InvalidRecord, match="not come yet"):
        groups.came(circle.session, row, planned[1].id, None, by=circle.flo, at=circle.at)
    with pytest.raises(InvalidRecord, match="weekday"):
        groups.plan_meetings(circle.session, row, first=date(2026, 11, 25), weeks=1, by=circle.flo, at=circle.at)


def test_a_meeting_waits_to_be_noted_for_two_weeks_and_for_who_may_see(circle: Circle) -> None:
    row = matched(circle, a_group(circle, 4))
    groups.plan_meetings(circle.session, row, first=date(2026, 11, 24), weeks=2, by=circle.flo, at=circle.at)
    colleague = users.actor_of(users.add(circle.session, email="two@x.example", name="Two", roles=[Role.FLO], school_id=circle.school.id, by=SYSTEM, at=circle.at))
    today = date(2026, 11, 24)
    assert [(g, m.on) for g, m in groups.to_note(circle.session, by=circle.flo, on=today)] == [(row, today)]
    assert groups.to_note(circle.session, by=colleague, on=today) == []
    assert [m.on for _, m in groups.to_note(circle.session, by=circle.flo, on=today + timedelta(days=14))] == [date(2026, 12, 1)]
    groups.came(circle.session, row, row.meetings[0].id, [], by=circle.flo, at=circle.at)
    assert groups.to_note(circle.session, by=circle.flo, on=today) == []


def test_outcomes_roll_up_and_settle_the_needs(circle: Circle) -> None:
    row = matched(circle, a_group(circle, 5))
    all_say_yes(circle, row)
    for member, result in zip(row.members, ("met", "met", "partly", "not_met", None), strict=True):
        if result:
            groups.record_outcome(circle.session, row, member.id, result, by=circle.flo, at=circle.at)
    assert groups.roll_up(row) == {"met": 2, "partly": 1, "not_met": 1, "not_asked": 1}
    assert [m.need.state for m in row.members] == [NeedState.MET, NeedState.MET, NeedState.PARTLY_MET, NeedState.OPEN, NeedState.OPEN]


def test_only_offers_that_fit_every_family_can_be_chosen(circle: Circle) -> None:
    row = a_group(circle, 5)
    offer = an_offer(circle)
    assert groups.matches(circle.session, row, by=circle.flo, at=circle.at) == [offer]
    picky = some(circle, 1, keep_away=[str(offer.organisation_id)])[0]
    groups.add_family(circle.session, row, need_of(circle, picky), by=circle.flo, at=circle.at)
    assert groups.matches(circle.session, row, by=circle.flo, at=circle.at) == []


def test_a_group_is_handed_on_by_who_may_see_it_or_by_anybody_once_its_holder_has_left(circle: Circle) -> None:
    row = a_group(circle, 3)
    session, at = circle.session, circle.at
    colleague, third = (
        users.add(session, email=f"{name}@seamoor.example", name=name, roles=[Role.FLO], school_id=circle.school.id, by=SYSTEM, at=at) for name in ("second", "third")
    )
    theirs = users.actor_of(colleague)
    with pytest.raises(NotFound):
        groups.hand_on(session, row, colleague.id, by=theirs, at=at)
    with pytest.raises(InvalidRecord):
        groups.hand_on(session, row, circle.head.user_id, by=circle.flo, at=at)  # type: ignore[arg-type]
    groups.hand_on(session, row, third.id, by=circle.flo, at=at)
    assert groups.members_of(row, by=circle.flo) is None, "who handed it on sees who is in it no more"
    third.disabled_at = at
    groups.hand_on(session, row, colleague.id, by=theirs, at=at)
    assert len(groups.members_of(row, by=theirs) or []) == 3


def test_below_five_nobody_else_writes_down_who_came(circle: Circle) -> None:
    row = a_group(circle, 3)
    offer = an_offer(circle)
    groups.match(circle.session, row, offer, place="here", day="tue", starts="09:00", ends="10:00", places=None, by=circle.flo, at=circle.at)
    groups.plan_meetings(circle.session, row, first=circle.at.date(), weeks=1, by=circle.flo, at=circle.at)
    colleague = users.actor_of(users.add(circle.session, email="second@seamoor.example", name="second", roles=[Role.FLO], school_id=circle.school.id, by=SYSTEM, at=circle.at))
    with pytest.raises(NotFound):
        groups.came(circle.session, row, row.meetings[0].id, None, by=colleague, at=circle.at)


def test_many_families_are_read_at_once_as_each_is_by_itself(circle: Circle) -> None:
    """The same requests, in as many questions to the database for thirty families as for five."""
    def asked() -> int:
        told: list[str] = []
        engine = circle.session.get_bind()
        event.listen(engine, "before_cursor_execute", lambda *args: told.append(args[2]))
        circle.session.flush()
        circle.session.expunge_all()
        found = cohorts.open_needs(circle.session, by=circle.flo)
        assert requests.request_records(circle.session, found, by=circle.flo, at=circle.at) == [requests.request_record(circle.session, f, ns, by=circle.flo, at=circle.at) for f, ns in found.items()]
        told.clear()
        circle.session.expunge_all()
        cohorts.requests_of(circle.session, cohorts.open_needs(circle.session, by=circle.flo), by=circle.flo, at=circle.at)
        return len(told)

    some(circle, 5, rules=(MORNINGS, SOMALI))
    few = asked()
    some(circle, 25, rules=(SOMALI,), postcode="HG1 1AA")
    assert asked() == few
