"""Hours and eligibility of other people's lists: read where that is safe, and kept as words to check where it is not."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.records import Offer
from partners.matching.requests import session_records
from partners.registry.edits import sessions_from
from partners.registry.eligibility_words import read_eligibility
from partners.registry.hours import read_hours
from partners.registry.offers import Offer as OfferRow


@pytest.mark.parametrize(("said", "sessions", "words"), [
    ("Mo 10:00-13:00,14:00-17:00", [("mon", "10:00", "13:00"), ("mon", "14:00", "17:00")], ""),
    ("Mo-Fr 9:00-12:00, 13:00-24:00", [("mon tue wed thu fri", "09:00", "12:00"), ("mon tue wed thu fri", "13:00", "23:59")], ""),
    ("Sa,Su 00:00-24:00", [("sat sun", "00:00", "23:59")], ""),
    ("Mo[2,4] 11:30-14:30; We 10:00-12:00", [("mon", "11:30", "14:30"), ("wed", "10:00", "12:00")], ""),
    ("Th[-1] 10:00-12:00", [("thu", "10:00", "12:00")], ""),
    ("Th[5] 10:00-12:00; Mo[1,5] 10:00-11:00", [], "fifth Thursday of the month 10:00-12:00; first and fifth Monday of the month 10:00-11:00"),
    ("Mo[2] 10:00-01:30; Sa[0] 10:00-12:00", [], "second Monday of the month 10:00-01:30; Sa[0] 10:00-12:00"),
])
def test_hours_are_read(said: str, sessions: list[tuple[str, str, str]], words: str) -> None:
    found, unread = read_hours(said)
    assert ([(" ".join(s["days"]), s["starts"], s["ends"]) for s in found], unread) == (sessions, words)


def test_days_of_a_month_are_counted_and_never_read_as_every_week() -> None:
    found, unread = read_hours("Mo[2,4] 11:30-14:30; Fr[-1,1] 10:00-12:00; We 10:00-12:00")
    assert ([(s["days"], s.get("nth")) for s in found], unread) == ([(["mon"], [2, 4]), (["fri"], [1, -1]), (["wed"], None)], "")


@pytest.mark.parametrize("slip", ["Tu 10:00-13:00,02:00-05:00", "We 02:00-08:00", "Su 00:00-00:00", "Fr 22:00-02:00", "We 12:00-12:00", "Fr 09:30-17:00,13:00-14:00", "Mo 10:00-12:00 PH off"])
def test_hours_that_are_probably_a_slip_are_never_guessed(slip: str) -> None:
    assert read_hours(slip) == ([], slip)


@given(st.text(alphabet="MoTuWeThFrSaSu[]0123456789:-–,; ", max_size=120))
def test_whatever_is_written_each_session_can_be_read_by_matching_and_nothing_is_lost(text: str) -> None:
    found, unread = read_hours(text)
    offer = {"id": "a", "organisation": {"id": "a", "name": "a"}, "name": "a", "needs": ["food_weekly"], "availability": {"state": "open"}, "confirmed_on": None}
    rows, _ = session_records(OfferRow(sessions=sessions_from(found)), on=date(2026, 11, 28))
    Offer.from_dict(offer | {"sessions": rows})
    assert all("05:00" <= s["starts"] < s["ends"] or s["starts"] == "00:00" for s in found)
    assert bool(found) or bool(unread) or not text.replace(";", "").strip()


@pytest.mark.parametrize(("said", "ages"), [
    ("From 5 years upwards", (5, None)), ("over 60s", (60, None)), ("4 to 18", (4, 18)), ("under 5s", (None, 4)), ("All ages", (None, None)), ("Everyone welcome", (None, None)),
])
def test_plain_ages_are_read_and_leave_nothing_to_check(said: str, ages: tuple[float | None, float | None]) -> None:
    found = read_eligibility(said)
    assert ((found.age_min_years, found.age_max_years), found.unread) == (ages, "")


@pytest.mark.parametrize("said", ["Women only", "Residents of Hounslow", "anyone on benefits", "5 to 11, with a referral"])
def test_what_is_no_plain_age_is_kept_word_for_word(said: str) -> None:
    assert read_eligibility(said).unread == said
