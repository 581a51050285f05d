"""Settled readings, requirements and time: one test a sentence of the contract."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders_matching import (
    WEEKDAYS,
    a_need,
    a_request,
    a_requirement,
    a_session,
    an_offer,
    ask,
    check_first,
    first,
    suggested,
    verdict,
)

SOMALI = a_requirement("language", value="so")


def test_languages_meet_by_primary_subtag_and_macro_languages_are_not_widened() -> None:
    assert verdict(a_request(a_requirement("language", value="pa-Guru")), an_offer(languages=["pa"]), "language") == "met"
    assert not suggested(a_request(a_requirement("language", value="cmn")), an_offer(languages=["zh"], interpreter="no"))


def test_a_shared_language_ranks_above_an_interpreter_and_that_above_school_arranging_one() -> None:
    offers = [an_offer("school", interpreter="school_arranges"), an_offer("theirs", interpreter="yes"), an_offer("shared", languages=["so"])]
    assert suggested(a_request(SOMALI), *offers) == ["shared", "theirs", "school"]
    assert verdict(a_request(SOMALI), offers[1], "language") == "met"
    assert verdict(a_request(SOMALI), offers[0], "language") == "partly_met"


def test_a_language_not_known_is_checked_first_and_no_interpreter_is_left_out() -> None:
    assert verdict(a_request(SOMALI), an_offer(), "language") == "not_known"
    assert check_first(a_request(SOMALI), an_offer())
    assert check_first(a_request(SOMALI), an_offer(interpreter="school_arranges"))
    assert not check_first(a_request(SOMALI), an_offer(interpreter="yes"))
    assert first(a_request(SOMALI), an_offer(interpreter="no")).unmet == "language"


@pytest.mark.parametrize(("value", "fits"), [("yes", True), ("not_known", True), (None, True), ("no", False)])
def test_a_must_of_a_feature_reads_not_known_as_neither_yes_nor_no(value: str | None, fits: bool) -> None:
    offer = an_offer(features={"creche": value} if value else {})
    request = a_request(a_requirement("feature", value="creche"))
    assert (suggested(request, offer) == ["o1"]) is fits
    if fits:
        assert bool(check_first(request, offer)) is (value != "yes")


def test_not_known_ranks_below_an_equal_offer_known_to_fit_and_above_one_known_not_to() -> None:
    request = a_request(a_requirement("feature", "would_help", value="creche"))
    offers = [an_offer("no", features={"creche": "no"}), an_offer("unsaid"), an_offer("yes", features={"creche": "yes"})]
    assert suggested(request, *offers) == ["yes", "unsaid", "no"]
    assert not check_first(request, offers[1])


def test_a_feature_can_be_asked_not_to_be() -> None:
    request = a_request(a_requirement("feature", value="ehc_plan_required", is_="no"))
    assert suggested(request, an_offer("needs", features={"ehc_plan_required": "yes"}), an_offer("not", features={"ehc_plan_required": "no"})) == ["not"]


@pytest.mark.parametrize("feature", ["step_free", "accessible_toilet", "hearing_loop", "near_school", "travel_paid", "not_on_school_site"])
def test_features_of_a_place_are_met_where_there_is_nowhere_to_go(feature: str) -> None:
    request = a_request(a_requirement("feature", value=feature))
    assert verdict(request, an_offer(modes=["phone"]), "feature") == "met"
    assert not check_first(request, an_offer(modes=["in_person", "online"]))
    assert check_first(request, an_offer())


def test_other_features_are_not_met_by_staying_at_home() -> None:
    assert verdict(a_request(a_requirement("feature", value="bsl")), an_offer(modes=["phone"]), "feature") == "not_known"


def test_an_organisation_known_not_to_be_assured_is_left_out_and_not_known_changes_nothing() -> None:
    assert first(a_request(), an_offer(assured="no")).unmet == "not_authorised"
    same = [first(a_request(), an_offer(**more)).to_dict() for more in ({}, {"assured": "not_known"}, {"assured": "yes"})]
    assert same[0] == same[1] == same[2]


def test_conditions_always_stand_in_check_first() -> None:
    assert "Bring a letter." in check_first(a_request(), an_offer(conditions=["Bring a letter."]))


def test_a_mode_is_any_of_the_offers_modes_and_unmet_as_a_requirement() -> None:
    request = a_request(a_requirement("mode", value="phone"))
    assert suggested(request, an_offer("a"), an_offer("b", modes=["in_person", "phone"])) == ["b"]
    assert first(request, an_offer()).unmet == "requirement"
    assert first(a_request(a_requirement("feature", value="step_free")), an_offer(features={"step_free": "no"})).unmet == "not_accessible"
    assert first(a_request(a_requirement("feature", value="creche")), an_offer(features={"creche": "no"})).unmet == "requirement"


@pytest.mark.parametrize(("weeks", "fits"), [(1, False), (2, True)])
def test_a_wait(weeks: int, fits: bool) -> None:
    request, offer = a_request(a_requirement("wait", weeks=weeks)), an_offer(availability={"state": "waiting", "waiting_weeks": 2})
    assert (suggested(request, offer) == ["o1"]) is fits
    assert fits or first(request, offer).unmet == "waiting_too_long"


def test_a_wait_that_nobody_told_is_checked_first() -> None:
    assert check_first(a_request(a_requirement("wait", weeks=1)), an_offer(availability={"state": "waiting"}))


MORNING = a_requirement("time", days=WEEKDAYS, from_="09:00", until="12:00")


@pytest.mark.parametrize(("starts", "ends", "found"), [
    ("09:00", "12:00", "met"), ("10:00", "11:00", "met"), ("11:30", "13:00", "partly_met"), ("11:31", "13:00", None), ("13:00", "14:00", None), ("09:00", "09:15", "met"),
])
def test_a_session_inside_a_window_meets_it_and_thirty_minutes_partly(starts: str, ends: str, found: str | None) -> None:
    offer, request = an_offer(sessions=[a_session(starts=starts, ends=ends)]), a_request(MORNING)
    if found is None:
        assert first(request, offer).unmet == "time"
    else:
        assert verdict(request, offer, "time") == found


def test_any_overlap_with_a_time_to_avoid_fails_it() -> None:
    request = a_request(a_requirement("not_time", days=WEEKDAYS, from_="00:00", until="14:00"))
    assert not suggested(request, an_offer(sessions=[a_session(starts="13:59", ends="15:00")]))
    assert suggested(request, an_offer(sessions=[a_session(starts="14:00", ends="15:00")])) == ["o1"]
    assert suggested(request, an_offer(sessions=[a_session("sat")])) == ["o1"]


def test_a_window_whose_start_is_later_than_its_end_runs_past_midnight() -> None:
    night = a_requirement("time", days=["mon"], from_="22:00", until="02:00")
    assert verdict(a_request(night), an_offer(sessions=[a_session("tue", "00:30", "01:30")]), "time") == "met"
    assert not suggested(a_request(night), an_offer(sessions=[a_session("mon", "00:30", "01:30")]))
    sunday = a_requirement("not_time", days=["sun"], from_="22:00", until="02:00")
    assert not suggested(a_request(sunday), an_offer(sessions=[a_session("mon", "01:00", "03:00")]))


def test_one_and_the_same_session_must_satisfy_all_the_time_musts() -> None:
    weekend, morning = a_requirement("time", days=["sat"], from_="00:00", until="24:00"), a_requirement("time", days=["sat", "tue"], from_="09:00", until="12:00")
    apart = [a_session("sat", "14:00", "15:00"), a_session("tue", "09:00", "10:00")]
    assert not suggested(a_request(weekend, morning), an_offer(sessions=apart))
    assert suggested(a_request(weekend, morning), an_offer(sessions=[*apart, a_session("sat", "10:00", "11:00")])) == ["o1"]


def test_no_sessions_is_not_known_unless_any_time() -> None:
    assert check_first(a_request(MORNING), an_offer())
    for more in ({"any_time": True}, {"modes": ["recorded"]}, {"modes": ["delivery"]}):
        assert verdict(a_request(MORNING), an_offer(**more), "time") == "met"
        assert not check_first(a_request(MORNING), an_offer(**more))


def test_a_term_time_session_without_a_calendar_is_not_known() -> None:
    offer = an_offer(sessions=[a_session(weeks="term_time")])
    request = a_request(MORNING)
    assert verdict(request, offer, "time") == "met"
    del request["calendar"]
    assert verdict(request, offer, "time") == "not_known"
    found = first(request, offer).suggestions[0]
    assert found.check_first
    assert found.next_session is None


@pytest.mark.parametrize(("session", "following"), [
    (a_session("tue", "10:00", "12:00", weeks="term_time"), "2026-11-03T10:00:00+00:00"), (a_session("tue", "10:00", "12:00"), "2026-10-27T10:00:00+00:00"),
    (a_session("tue", "10:00", "12:00", weeks="school_holidays"), "2026-10-27T10:00:00+00:00"), (a_session("tue", "15:11", "16:00"), "2026-10-20T15:11:00+01:00"),
    (a_session("tue", "15:10", "16:00"), "2026-10-27T15:10:00+00:00"), (a_session("sat", **{"from": "2026-11-07", "until": "2026-11-07"}), "2026-11-07T10:00:00+00:00"),
    (a_session("sat", **{"from": "2026-11-08", "until": "2026-11-10"}), None),
])
def test_the_next_session_is_the_first_that_starts_after_the_request(session: dict[str, Any], following: str | None) -> None:
    assert first(a_request(), an_offer(sessions=[session])).suggestions[0].next_session == following


def test_within_only_reorders_and_says_may_be_too_late() -> None:
    late, soon = an_offer("late", availability={"state": "open", "answers_within": "half_term"}), an_offer("soon", availability={"state": "open", "answers_within": "today"})
    request = a_request(needs=[a_need(within="today")])
    assert suggested(request, late, soon) == ["soon", "late"]
    assert any("may be too late" in r.says for r in first(request, late).suggestions[0].reasons)


@pytest.mark.parametrize("state", [{"state": "full"}, {"state": "paused"}, {"state": "paused", "paused_until": "2026-11-01"}])
def test_full_and_paused_are_left_out(state: dict[str, Any]) -> None:
    assert first(a_request(), an_offer(availability=state)).unmet == "not_open"


def test_a_pause_that_is_past_may_have_started_again() -> None:
    found = first(a_request(), an_offer(availability={"state": "paused", "paused_until": "2026-10-01"})).suggestions[0]
    assert found.check_first
    assert any("may have started again" in r.says for r in found.reasons)


@pytest.mark.parametrize(("confirmed_on", "may_have_changed", "check", "fits"), [
    ("2026-09-15", False, False, True), ("2026-09-14", True, False, True), ("2026-07-22", True, False, True), ("2026-07-21", True, True, True),
    ("2026-04-23", True, True, True), ("2026-04-22", True, True, False), (None, True, True, False),
])
def test_the_two_clocks(confirmed_on: str | None, may_have_changed: bool, check: bool, fits: bool) -> None:
    found = first(a_request(), an_offer(confirmed_on=confirmed_on))
    if not fits:
        assert found.unmet == "not_confirmed"
        return
    shown = found.suggestions[0]
    assert any("may have changed" in r.says for r in shown.reasons) is may_have_changed
    assert bool(shown.check_first) is check


def test_an_offer_over_ninety_days_ranks_below_an_equal_one() -> None:
    assert suggested(a_request(), an_offer("old", confirmed_on="2026-07-01"), an_offer("new")) == ["new", "old"]


def test_regulated_work_needs_an_authorisation_for_it_that_is_valid_on_the_day() -> None:
    request = a_request(needs=[a_need(code="debt")])
    for until, fits in (("2026-10-20", True), ("2026-10-19", False)):
        offer = an_offer(needs=["debt"], authorisations=[{"need": "debt", "valid_until": until}])
        assert (suggested(request, offer) == ["o1"]) is fits
    other = an_offer(needs=["debt"], authorisations=[{"need": "immigration_advice", "valid_until": "2027-01-01"}])
    assert first(request, other, an_offer("o2", needs=["debt"])).unmet == "not_authorised"


def test_the_valid_day_of_an_authorisation_is_the_london_day() -> None:
    request = a_request(needs=[a_need(code="debt")], on="2026-10-20T23:30:00+00:00")  # half past midnight on the 21st in London
    offer = an_offer(needs=["debt"], authorisations=[{"need": "debt", "valid_until": "2026-10-20"}])
    assert not ask(request, offer).needs[0].suggestions
