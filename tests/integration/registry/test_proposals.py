"""Edits and proposals: nothing is overwritten unseen, every version can be put back, and a partner's changes wait for a person at the school."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from partners.foundation.actors import SYSTEM, Actor, Role, partner_by_offer_link
from partners.foundation.errors import Conflict, InvalidRecord, NotAllowed, NotFound
from partners.registry import calendar_files, edits, freshness, offers, organisations, proposals, tasks, terms, times
from partners.registry.edits import StaleEdit
from partners.registry.offers import ConfirmedHow, Offer
from partners.registry.places import Place

FLO = Actor(kind="user", name="Jo", roles=frozenset({Role.FLO}))


@pytest.fixture
def offer(session: Session, at: datetime) -> Offer:
    organisation = organisations.add(session, name="Pantry", by=SYSTEM, at=at)
    made = offers.add(session, organisation, name="Food bags", description="A bag of food.", needs=["food_now"], by=SYSTEM, at=at)
    freshness.confirm(session, made, how=ConfirmedHow.PHONE, name="Joan", by=FLO, at=at - timedelta(days=50))
    return made


def _partner(offer: Offer) -> Actor:
    return partner_by_offer_link(offer.organisation_id, "Pantry")


def test_a_proposal_holds_only_what_is_different_and_changes_nothing_yet(session: Session, at: datetime, offer: Offer) -> None:
    facts = edits.facts_of(session, offer) | {"cost": "Free", "age_min_years": 5.0}
    proposal = proposals.propose(session, offer, facts, name="Joan", by=_partner(offer), at=at)
    assert proposal.after == {"age_min_years": 5.0, "cost": "Free"}
    assert proposal.before == {"age_min_years": None, "cost": ""}
    assert (offer.age_min_years, terms.of(session, offer).cost, edits.number_of(session, offer)) == (None, "", 0)
    assert "For ages 5 and over." in edits.preview(session, offer, proposal.after)
    assert proposals.waiting(session, by=FLO) == [proposal]


@pytest.mark.parametrize(("cost", "hidden", "says"), [("Free", "None", "It is free. It is open."), ("£1 for tea", "Bus fare", "Cost: £1 for tea. Also to pay: Bus fare. It is open."), ("", "", "person. It is open.")])
def test_the_preview_says_what_it_costs(session: Session, offer: Offer, cost: str, hidden: str, says: str) -> None:
    assert edits.preview(session, offer, {"cost": cost, "hidden_costs": hidden}).endswith(says)


def test_the_same_ticks_in_another_order_and_the_same_times_in_words_are_no_change(session: Session, at: datetime, offer: Offer) -> None:
    offer.languages = ["so", "ar", "en"]
    edits.change(session, offer, {"sessions": times.read("Tuesday 9am to 11am, in term time, online")}, by=FLO, at=at, seen=0)
    now = edits.facts_of(session, offer)
    typed = {"languages": ["en", "ar", "so"], "sessions": times.read("\n".join(times.words(row) for row in now["sessions"]))}
    assert edits.differing(now, typed) == {}
    assert list(edits.differing(now, {"languages": ["en", "ar"]})) == ["languages"]


def test_accepting_changes_the_offer_confirms_nothing_and_ends_the_task(session: Session, at: datetime, offer: Offer) -> None:
    freshness.flag_wrong(session, offer, by=_partner(offer), at=at)
    confirmed = offer.confirmed_on
    proposal = proposals.propose(session, offer, {"cost": "Free", "description": "Two bags."}, name="Joan", by=_partner(offer), at=at)
    for _ in range(2):
        proposals.accept(session, proposal, by=FLO, at=at, seen=0)
    assert (offer.description, terms.of(session, offer).cost, offer.confirmed_on, offer.flagged_wrong_at) == ("Two bags.", "Free", confirmed, None)
    assert tasks.waiting(session, by=FLO) == []
    assert [(v.number, v.how, v.changed) for v in edits.versions(session, offer)] == [(2, "proposal", ["description", "cost"]), (1, "first", [])]
    assert "Joan" in edits.versions(session, offer)[0].by_name
    with pytest.raises(Conflict, match="accepted"):
        proposals.decline(session, proposal, word="No", by=FLO, at=at)


def test_declining_takes_a_word_and_leaves_the_offer(session: Session, at: datetime, offer: Offer) -> None:
    proposal = proposals.propose(session, offer, {"description": "Two bags."}, name="", by=_partner(offer), at=at)
    with pytest.raises(InvalidRecord, match="a word"):
        proposals.decline(session, proposal, word=" ", by=FLO, at=at)
    proposals.decline(session, proposal, word="We will ring you first.", by=FLO, at=at)
    assert (offer.description, proposal.accepted, proposal.said_by) == ("A bag of food.", False, "Pantry")
    latest = proposals.latest_for(session, offer)
    assert latest is not None
    assert latest.word == "We will ring you first."
    with pytest.raises(Conflict, match="declined"):
        proposals.accept(session, proposal, by=FLO, at=at, seen=0)


def test_two_editors_at_once_the_second_sees_both_and_nothing_is_overwritten(session: Session, at: datetime, offer: Offer) -> None:
    seen = edits.number_of(session, offer)
    edits.change(session, offer, {"description": "Mine."}, by=FLO, at=at, seen=seen)
    with pytest.raises(StaleEdit, match="Nothing was overwritten") as stale:
        edits.change(session, offer, {"description": "Yours.", "cost": "£2"}, by=FLO, at=at, seen=seen)
    assert (stale.value.yours["description"], stale.value.theirs["description"], stale.value.theirs["cost"]) == ("Yours.", "Mine.", "")
    assert offer.description == "Mine."
    proposal = proposals.propose(session, offer, {"description": "Ours."}, name="Joan", by=_partner(offer), at=at)
    number = edits.number_of(session, offer)
    edits.change(session, offer, {"description": "Changed again."}, by=FLO, at=at, seen=number)
    assert proposals.overtaken(session, proposal) == {"description": "Changed again."}
    with pytest.raises(StaleEdit):
        proposals.accept(session, proposal, by=FLO, at=at, seen=number)
    assert (offer.description, proposal.decided_at) == ("Changed again.", None)


def test_a_version_can_be_put_back_and_none_is_lost(session: Session, at: datetime, offer: Offer) -> None:
    edits.change(session, offer, {"description": "Two.", "sessions": times.read("Tuesday 9am to 11am")}, by=FLO, at=at, seen=0)
    edits.change(session, offer, {"description": "Three."}, by=FLO, at=at, seen=2)
    edits.restore(session, offer, 1, by=FLO, at=at, seen=3)
    assert (offer.description, offer.sessions) == ("A bag of food.", [])
    assert [v.number for v in edits.versions(session, offer)] == [4, 3, 2, 1]
    edits.restore(session, offer, 2, by=FLO, at=at, seen=4)
    assert (offer.description, [s.words() for s in offer.sessions]) == ("Two.", ["Tuesday 09:00 to 11:00"])
    with pytest.raises(NotFound):
        edits.restore(session, offer, 99, by=FLO, at=at, seen=5)


def test_another_organisation_may_not_propose_and_a_head_may_not_change(session: Session, at: datetime, offer: Offer) -> None:
    other = organisations.add(session, name="Other", by=SYSTEM, at=at)
    with pytest.raises(NotFound):
        proposals.propose(session, offer, {"cost": "Free"}, name="X", by=partner_by_offer_link(other.id, "Other"), at=at)
    with pytest.raises(NotAllowed):
        edits.change(session, offer, {"cost": "Free"}, by=Actor(kind="user", name="H", roles=frozenset({Role.HEAD})), at=at, seen=0)


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({}, "Nothing is different"), ({"facts_needed": ["a"] * 6}, "at most five"), ({"promise": "x" * 161}, "160"), ({"modes": ["by owl"]}, "Choose from"),
        ({"modes": []}, "at least one"), ({"age_min_years": 9.0, "age_max_years": 5.0}, "not below"), ({"confirmed_on": "2026-01-01"}, "no such field"), ({"name": " "}, "name"),
    ],
)
def test_what_cannot_be_is_refused(session: Session, at: datetime, offer: Offer, facts: dict[str, object], says: str) -> None:
    with pytest.raises(InvalidRecord, match=says):
        proposals.propose(session, offer, facts, name="Joan", by=_partner(offer), at=at)


def test_a_date_acts_at_once(session: Session, at: datetime, offer: Offer) -> None:
    for _ in range(2):
        proposals.add_date(session, offer, "5 December 2026 10am to noon".replace("noon", "12pm"), name="Joan", by=_partner(offer), at=at)
    assert [times.words(s.record()) for s in offer.sessions] == ["Saturday 5 December 2026 10:00 to 12:00"]
    for wrong in ("5 December 2020 10:00 to 12:00", "Tuesday 10:00 to 12:00", "soon"):
        with pytest.raises(InvalidRecord):
            proposals.add_date(session, offer, wrong, name="Joan", by=_partner(offer), at=at)


def test_features_say_who_verified_them_and_when(session: Session, at: datetime, offer: Offer) -> None:
    with pytest.raises(InvalidRecord, match="who verified"):
        terms.verify(session, offer, {"step_free": "no"}, name="", by=FLO, at=at)
    terms.verify(session, offer, {"step_free": "no", "creche": "not_known"}, name="Jo, on a visit", by=FLO, at=at)
    check = terms.checks_of(session, offer)["step_free"]
    assert (offer.features, check.answer, check.verified_by, check.verified_on) == ({"step_free": "no"}, "no", "Jo, on a visit", at.date())
    assert "creche" not in terms.checks_of(session, offer)


TERMS = [(at_day, at_day + timedelta(days=60)) for at_day in [datetime(2026, 11, 2).date()]]  # noqa: DTZ001


def test_the_calendar_file_leaves_out_the_holidays_and_a_withheld_place(session: Session, at: datetime, offer: Offer) -> None:
    from icalendar import Calendar

    edits.change(session, offer, {"sessions": times.read("Tuesday 09:15 to 11:15, in term time\n5 December 2026 10:00 to 12:00")}, by=FLO, at=at, seen=0)
    offer.place = Place(organisation_id=offer.organisation_id, name="Rosehouse", address="1 Rosestreet", postcode="LS9 7AB", withheld=True)
    term = [(datetime(2026, 11, 2).date(), datetime(2026, 12, 18).date()), (datetime(2027, 1, 4).date(), datetime(2027, 2, 12).date())]  # noqa: DTZ001
    text = calendar_files.calendar_of(offer, terms=term, at=at)
    made = Calendar.from_ical(text)
    weekly, once = made.walk("VEVENT")
    assert weekly["RRULE"]["BYDAY"] == ["TU"]
    assert [d.dt.date().isoformat() for d in weekly["EXDATE"].dts] == ["2026-12-22", "2026-12-29"]
    assert once["DTSTART"].dt.isoformat() == "2026-12-05T10:00:00+00:00"
    assert "RRULE" not in once
    assert b"Rose" not in text
    assert b"LS9" not in text
    offer.place.withheld = False
    assert b"Rosehouse" in calendar_files.calendar_of(offer, terms=term, at=at)


_ROWS = st.builds(
    lambda days, start, length, weeks, mode, first, last: {
        "days": sorted(days, key=times.CODES.index), "starts": f"{start:02d}:15", "ends": f"{start + length:02d}:45", "weeks": weeks,
        **({"mode": mode} if mode else {}), **({"from": first.isoformat()} if first else {}), **({"until": last.isoformat()} if last else {}),
    },
    st.sets(st.sampled_from(times.CODES), min_size=1), st.integers(0, 20), st.integers(0, 3), st.sampled_from(["all_year", "term_time", "school_holidays"]),
    st.sampled_from([None, "in_person", "online", "phone", "home_visit"]),
    st.none() | st.dates(datetime(2026, 1, 1).date(), datetime(2026, 12, 31).date()), st.none() | st.dates(datetime(2027, 1, 1).date(), datetime(2028, 12, 31).date()),  # noqa: DTZ001
)


@given(st.lists(_ROWS, max_size=6))
def test_times_in_words_read_back_as_they_were(rows: list[dict[str, object]]) -> None:
    assert times.read("\n".join(times.words(row) for row in rows)) == rows


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("mon to fri 9am to 5pm", "Monday to Friday 09:00 to 17:00"), ("Tue & Thu 9.15-11.15, in school holidays", "Tuesday and Thursday 09:15 to 11:15, in the school holidays"),
        ("first Tuesday of the month 10am to 12pm", "First Tuesday of each month, 10:00 to 12:00"), ("Wed, fortnightly 10-12, next on 2 December 2026", "Every other Wednesday, 10:00 to 12:00, one of them on 2 December 2026"),
        ("Saturday 5 December 2026 10:00 to 12:00", "Saturday 5 December 2026 10:00 to 12:00"), ("Wed 1 to 3pm", "Wednesday 13:00 to 15:00"), ("Wed 11 to 3pm", "Wednesday 11:00 to 15:00"),
    ],
)
def test_times_as_people_write_them(line: str, words: str) -> None:
    assert times.words(times.read(line)[0]) == words


@pytest.mark.parametrize("line", ["sometimes", "Tuesday", "Tuesday 25:00 to 26:00", "Tuesday 11:00 to 10:00", "31 February 2027 10:00 to 11:00", "Blursday 10:00 to 11:00"])
def test_times_that_cannot_be_read_say_how_to_write_them(line: str) -> None:
    with pytest.raises(InvalidRecord, match="We could not read"):
        times.read(line)
