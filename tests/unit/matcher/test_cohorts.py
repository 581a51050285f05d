"""Cohorts hold only those who are alike, can all come at one time, and are enough; safety and keep-away hold."""

from __future__ import annotations

from typing import Any

from matcher import Offer, Request
from matcher.cohorts import cohorts
from tests.builders_matching import a_request, an_offer

SOMALI = {"what": "language", "value": "so", "strength": "must"}


def asking(n: int, **more: Any) -> Request:
    return Request.from_dict(a_request(id=f"r{n}", requirements=[SOMALI], **more))


def mornings(day: str) -> dict[str, Any]:
    return {"what": "time", "days": [day], "from": "09:00", "until": "12:00", "strength": "must"}


def test_alike_needs_make_one_cohort_with_the_offer_that_fits_them_all() -> None:
    offer = Offer.from_dict(an_offer(languages=["so"]))
    found = cohorts([asking(n) for n in range(5)], [offer])
    assert [(len(c.members), c.offers) for c in found] == [(5, ("o1",))]
    assert "all ask for language so" in " ".join(found[0].reasons())


def test_four_are_too_few_and_a_stop_or_another_language_does_not_count() -> None:
    four = [asking(n) for n in range(4)]
    assert cohorts([*four, asking(5, safety="yes")]) == []
    assert cohorts([*four, Request.from_dict(a_request(id="other"))]) == []


def test_all_can_come_at_one_time() -> None:
    monday = [Request.from_dict(a_request(id=f"m{n}", requirements=[SOMALI, mornings("mon")])) for n in range(5)]
    friday = [Request.from_dict(a_request(id=f"f{n}", requirements=[SOMALI, mornings("fri")])) for n in range(5)]
    assert sorted(len(c.members) for c in cohorts([*monday, *friday])) == [5, 5]
    assert cohorts([*monday[:3], *friday[:3]]) == []


def test_an_offer_one_family_keeps_away_from_is_not_for_the_cohort() -> None:
    offer = an_offer(languages=["so"])
    found = cohorts([asking(0, keep_away=[offer["organisation"]["id"]]), *(asking(n) for n in range(1, 5))], [Offer.from_dict(offer)])
    assert found[0].offers == ()


def test_a_window_past_midnight_keeps_its_early_hours_out() -> None:
    night = {"what": "not_time", "days": ["mon"], "from": "22:00", "until": "06:00", "strength": "must"}
    times = cohorts([Request.from_dict(a_request(id=f"n{n}", requirements=[night])) for n in range(5)])[0].times
    assert not {(0, 23 * 60), (1, 5 * 60)} & set(times)
    assert {(0, 21 * 60), (1, 6 * 60)} <= set(times)
