"""Sessions that are not every week: some days of a month, and every other week. Said, read, dated, sent out and judged as what they are."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from matcher import Matcher
from matcher.records import Offer as Record
from matcher.records import Request
from partners.foundation.errors import InvalidRecord
from partners.matching.requests import session_records
from partners.registry import calendar_files, times
from partners.registry.edits import sessions_from
from partners.registry.offers import Offer

ON = date(2026, 11, 28)  # a Saturday
TERMS = [(date(2026, 11, 2), date(2026, 12, 18)), (date(2027, 1, 4), date(2027, 2, 12))]


def _dates(line: str, *, start: date = ON, days: int = 120, terms: list[tuple[date, date]] | None = None) -> list[str]:
    (row,) = times.read(line)
    return [d.isoformat() for d in times.dates(row, start=start, days=days, terms=terms or [])]


@pytest.mark.parametrize(("line", "words"), [
    ("first Tuesday of the month 10am to 12pm", "First Tuesday of each month, 10:00 to 12:00"),
    ("1st Tuesday of each month, 10:00 to 12:00", "First Tuesday of each month, 10:00 to 12:00"),
    ("2nd and 4th Thursday 13:00-15:00, in term time", "Second and fourth Thursday of each month, 13:00 to 15:00, in term time"),
    ("Last Friday in the month 9 to 11am, online", "Last Friday of each month, 09:00 to 11:00, online"),
    ("the last Friday of every month, 10:00 to 12:00, until 2 July 2027", "Last Friday of each month, 10:00 to 12:00, until 2 July 2027"),
    ("first Tuesday and first Thursday 10:00 to 12:00", "First Tuesday and first Thursday of each month, 10:00 to 12:00"),
    ("Monthly on the second Saturday 10:00 to 12:00", "Second Saturday of each month, 10:00 to 12:00"),
    ("every other Wednesday 10:00 to 12:00, next on 2 December 2026", "Every other Wednesday, 10:00 to 12:00, one of them on 2 December 2026"),
    ("Fortnightly on Wednesdays 10:00 to 12:00, from 2 December 2026", "Every other Wednesday, 10:00 to 12:00, from 2 December 2026, one of them on 2 December 2026"),
    ("Wednesday, fortnightly, 10:00 to 12:00", "Every other Wednesday, 10:00 to 12:00, in which weeks is not known"),
    ("every two weeks on Tuesday and Friday 10:00 to 12:00", "Every other Tuesday and Friday, 10:00 to 12:00, in which weeks is not known"),
    ("alternate Mondays 10:00 to 12:00, from 1 December 2026", "Every other Monday, 10:00 to 12:00, from 1 December 2026, in which weeks is not known"),
])
def test_they_are_read_as_people_write_them_and_said_in_plain_words(line: str, words: str) -> None:
    (row,) = times.read(line)
    assert times.words(row) == words
    assert times.read(words) == [row]


@pytest.mark.parametrize("line", [
    "fifth Tuesday 10:00 to 12:00", "first 10:00 to 12:00", "first Blursday 10:00 to 12:00", "every second 10:00 to 12:00", "fortnightly 10:00 to 12:00", "every other 10:00 to 12:00",
    "first Tuesday and third Thursday 10:00 to 12:00", "Tuesday 10:00 to 12:00, next on 1 December 2026", "every other Wednesday 10:00 to 12:00, next on 3 December 2026", "first fortnightly Tuesday 10:00 to 12:00",
])
def test_what_is_said_two_ways_or_not_at_all_is_refused(line: str) -> None:
    with pytest.raises(InvalidRecord):
        times.read(line)


_ROWS = st.builds(
    lambda days, comes_round, weeks, first, last: {
        "weeks": weeks, **({"from": first.isoformat()} if first else {}), **({"until": last.isoformat()} if last else {}), "starts": "10:00", "ends": "12:00",
        "days": sorted(days, key=times.CODES.index), **comes_round,
    },
    st.sets(st.sampled_from(times.CODES), min_size=1),
    st.one_of(
        st.sets(st.sampled_from([1, 2, 3, 4, -1]), min_size=1).map(lambda n: {"nth": sorted(n, key=lambda x: x % 6)}), st.just({"every_weeks": 2}),
        st.dates(date(2026, 1, 1), date(2027, 1, 1)).map(lambda d: {"every_weeks": 2, "anchor": d.isoformat()}), st.just({}),
    ),
    st.sampled_from(["all_year", "term_time", "school_holidays"]), st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.none() | st.dates(date(2027, 1, 1), date(2028, 12, 31)),
).map(lambda row: row | ({"anchor": _on_its_day(row)} if row.get("anchor") else {}))


def _on_its_day(row: dict[str, Any]) -> str:
    day = date.fromisoformat(row["anchor"])
    return next(d for d in (day + timedelta(days=n) for n in range(7)) if times.CODES[d.weekday()] in row["days"]).isoformat()


@given(st.lists(_ROWS, max_size=5))
def test_in_words_and_back_again_is_the_same(rows: list[dict[str, Any]]) -> None:
    assert times.read("\n".join(times.words(row) for row in rows)) == rows
    assert [s.record() for s in sessions_from(rows)] == rows


@given(_ROWS, st.dates(date(2026, 1, 1), date(2027, 6, 1)))
def test_its_dates_are_those_of_its_calendar_rule(row: dict[str, Any], start: date) -> None:
    found = list(times.dates(row | {"weeks": "all_year"}, start=start, days=200, terms=[]))
    if row.get("every_weeks") == 2 and not row.get("anchor"):
        assert found == []
        return
    # The rule is begun on a day of the session's own weeks, long before: on the anchor's Monday, or on any day.
    rule = times.rule(row)
    assert rule is not None
    begins = date.fromisoformat(row["anchor"]) if row.get("anchor") else start
    begins -= timedelta(days=begins.weekday() + 700)
    last = min([start + timedelta(days=200), *([date.fromisoformat(row["until"])] if row.get("until") else [])])
    by_rule = rrulestr(rule.split(";UNTIL")[0], dtstart=datetime(begins.year, begins.month, begins.day))  # noqa: DTZ001
    first = max(start, date.fromisoformat(row.get("from", "2000-01-01")))
    assert found == [d.date() for d in by_rule.between(datetime(first.year, first.month, first.day), datetime(last.year, last.month, last.day), inc=True)]  # noqa: DTZ001


def test_dates_over_the_ends_of_months_and_the_year() -> None:
    assert _dates("first Tuesday of the month 10:00 to 12:00") == ["2026-12-01", "2027-01-05", "2027-02-02", "2027-03-02"]
    assert _dates("last Friday of the month 10:00 to 12:00") == ["2026-12-25", "2027-01-29", "2027-02-26", "2027-03-26"]
    assert _dates("last Sunday of the month 10:00 to 12:00", start=date(2028, 2, 1), days=40) == ["2028-02-27"]
    assert _dates("every other Wednesday 10:00 to 12:00, next on 2 December 2026", days=45) == ["2026-12-02", "2026-12-16", "2026-12-30"]
    # Before the date that was said, too, and with two weekdays the week decides.
    assert _dates("every other Wednesday 10:00 to 12:00, next on 2 December 2026", start=date(2026, 11, 1), days=30) == ["2026-11-04", "2026-11-18"]
    assert _dates("every other Friday and Monday 10:00 to 12:00, next on 4 December 2026", days=25) == ["2026-11-30", "2026-12-04", "2026-12-14", "2026-12-18"]


def test_term_and_holidays_leave_dates_out_and_move_none() -> None:
    assert _dates("first Tuesday of the month 10:00 to 12:00, in term time", terms=TERMS) == ["2026-12-01", "2027-01-05", "2027-02-02"]
    assert _dates("every other Wednesday 10:00 to 12:00, next on 2 December 2026, in term time", terms=TERMS, days=60) == ["2026-12-02", "2026-12-16", "2027-01-13", "2027-01-27"]
    assert _dates("every other Wednesday 10:00 to 12:00, next on 2 December 2026, in the school holidays", terms=TERMS, days=60) == ["2026-12-30"]


def test_nobody_knows_the_next_date_where_nobody_said_which_weeks() -> None:
    assert _dates("every other Wednesday 10:00 to 12:00") == []
    (session,) = sessions_from(times.read("every other Wednesday 10:00 to 12:00"))
    assert session.words(on=ON) == "Every other Wednesday, 10:00 to 12:00, in which weeks is not known"


def test_on_a_day_the_next_date_is_told_where_it_can_be() -> None:
    def said(line: str, on: date) -> str:
        return sessions_from(times.read(line))[0].words(on=on)

    line = "every other Wednesday 10:00 to 12:00, next on 2 December 2026"
    assert said(line, ON) == "Every other Wednesday, 10:00 to 12:00, next on 2 December 2026"
    assert said(line, date(2026, 12, 3)) == "Every other Wednesday, 10:00 to 12:00, next on 16 December 2026"
    assert said(f"{line}, in term time", ON) == "Every other Wednesday, 10:00 to 12:00, in term time, one of them on 2 December 2026"
    assert said(f"{line}, until 10 December 2026", date(2026, 12, 3)).endswith("one of them on 2 December 2026")
    assert said("first Tuesday of the month 10:00 to 12:00", ON) == "First Tuesday of each month, 10:00 to 12:00"


def _offer(lines: str) -> Offer:
    return Offer(id=uuid.uuid4(), name="A club", place=None, sessions=sessions_from(times.read(lines)))


def test_a_calendar_file_carries_the_rule_and_keeps_the_hour_over_a_clock_change() -> None:
    made = Calendar.from_ical(calendar_files.calendar_of(
        _offer("first Tuesday of the month 10:00 to 12:00\nevery other Wednesday 10:00 to 12:00, next on 2 December 2026\nevery other Friday 10:00 to 12:00"),
        terms=[], at=datetime(2026, 11, 28, 12, tzinfo=UTC),
    ))
    monthly, fortnightly = made.walk("VEVENT")  # no event for one whose weeks nobody knows
    assert (monthly["RRULE"]["FREQ"], monthly["RRULE"]["BYDAY"]) == (["MONTHLY"], ["1TU"])
    assert (fortnightly["RRULE"]["FREQ"], fortnightly["RRULE"]["INTERVAL"], fortnightly["RRULE"]["BYDAY"]) == (["WEEKLY"], [2], ["WE"])
    for event, count in ((monthly, 6), (fortnightly, 13)):
        rule = rrulestr(event["RRULE"].to_ical().decode(), dtstart=event["DTSTART"].dt)
        found = list(rule)
        assert {d.hour for d in found} == {10}
        assert len({d.utcoffset() for d in found}) == 2  # winter and summer
        assert len(found) == count


def test_a_calendar_file_leaves_out_the_dates_that_term_does_one_by_one() -> None:
    made = Calendar.from_ical(calendar_files.calendar_of(_offer("first Tuesday and first Friday 10:00 to 12:00, in term time"), terms=TERMS, at=datetime(2026, 11, 28, 12, tzinfo=UTC)))
    (event,) = made.walk("VEVENT")
    assert event["RRULE"]["BYDAY"] == ["1TU", "1FR"]
    assert [d.dt.date().isoformat() for d in event["EXDATE"].dts] == ["2027-01-01"]


def _answer(lines: str, *requirements: dict[str, Any], on: date = ON) -> dict[str, Any]:
    rows, told = session_records(_offer(lines), on=on)
    record = {
        "id": "club", "organisation": {"id": "o", "name": "O"}, "name": "A club", "needs": ["warm_space"], "availability": {"state": "open"}, "confirmed_on": "2026-11-20",
        "sessions": rows, "conditions": told,
    }
    asked = {"id": "r", "on": f"{on}T09:00:00+00:00", "safety": "no", "needs": [{"id": "n", "code": "warm_space"}], "requirements": list(requirements)}
    (need,) = Matcher().fit([Record.from_dict(record)]).suggest(Request.from_dict(asked)).to_dict()["needs"]
    return need


SATURDAYS = {"what": "time", "days": ["sat"], "from": "09:00", "until": "18:00", "strength": "must"}


def test_matching_tells_the_true_next_date_and_that_it_is_not_every_week() -> None:
    (found,) = _answer("first Saturday of the month 10:00 to 12:00", SATURDAYS)["suggestions"]
    assert found["next_session"] == "2026-12-05T10:00:00+00:00"
    assert found["check_first"] == ["Not every week: first Saturday of each month, 10:00 to 12:00."]
    assert "A session fits the time asked for: Saturday" in " ".join(r["says"] for r in found["reasons"])
    (found,) = _answer("every other Saturday 10:00 to 12:00, next on 5 December 2026", SATURDAYS)["suggestions"]
    assert found["next_session"] == "2026-12-05T10:00:00+00:00"
    assert found["check_first"] == ["Not every week: every other Saturday, 10:00 to 12:00, next on 5 December 2026."]
    assert not _answer("first Tuesday of the month 10:00 to 12:00", SATURDAYS)["suggestions"]


def test_matching_tells_no_next_date_where_nobody_knows_which_weeks() -> None:
    (found,) = _answer("every other Saturday 10:00 to 12:00", SATURDAYS)["suggestions"]
    assert found["next_session"] is None
    assert found["check_first"] == ["Not every week: every other Saturday, 10:00 to 12:00, in which weeks is not known."]
    assert not _answer("every other Tuesday 10:00 to 12:00", SATURDAYS)["suggestions"]


@pytest.mark.parametrize("line", [
    "first Saturday of the month 10:00 to 12:00, until 20 November 2026", "first Saturday of the month 10:00 to 12:00, until 30 November 2026",
    "every other Saturday 10:00 to 12:00, next on 5 December 2026, until 4 December 2026",
])
def test_what_has_no_date_left_is_over(line: str) -> None:
    (left_out,) = _answer(line)["left_out"]
    assert left_out["because"][0]["says"] == "Its last date has passed."


@given(_ROWS, st.none() | st.dates(date(2026, 1, 1), date(2028, 12, 31)))
def test_whatever_comes_round_the_contract_can_read_it(row: dict[str, Any], on: date | None) -> None:
    rows, told = session_records(Offer(sessions=sessions_from([row])), on=on)
    Record.from_dict({
        "id": "a", "organisation": {"id": "a", "name": "a"}, "name": "a", "needs": ["food_weekly"], "availability": {"state": "open"}, "confirmed_on": None, "sessions": rows, "conditions": told,
    })
    assert rows
    plain = "nth" not in row and "every_weeks" not in row
    assert not (plain and told)
