"""Cohorts hold only those who are alike, can all come at one time, and are enough; safety and keep-away hold."""

from __future__ import annotations

import random
from itertools import combinations
from typing import Any

import pytest

from matcher import Offer, Request
from matcher.assessment import assess
from matcher.cohorts import Cohort, cohorts
from tests.builders_matching import a_need, a_request, a_requirement, an_offer

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


HOURS = ("09:00", "11:00", "13:00", "15:00")


def a_few(rng: random.Random) -> list[Request]:
    """Draw families that ask for one of two things, some in Somali, in one of two areas, at some hours of two days."""
    rows = []
    for n in range(rng.randint(5, 8)):
        start, end = sorted(rng.sample(range(4), 2))
        musts = [a_requirement(rng.choice(("time", "time", "not_time")), days=rng.sample(("mon", "fri"), rng.choice((1, 2))), from_=HOURS[start], until=HOURS[end])]
        musts += [SOMALI] if rng.random() < 0.3 else []
        rows.append(Request.from_dict(a_request(*musts, id=f"r{n}", needs=[a_need("n1", rng.choice(("esol", "esol", "parenting")))], postcode=rng.choice(("LS9 7AB", "LS9 7AB", "LS14 1BW")))))
    return rows


def an_hour_for(rows: tuple[Request, ...]) -> list[tuple[int, str]]:
    """Return the half hours of the two days at which an offer with one session then would fit every one of these families."""
    free = []
    for day, name in ((0, "mon"), (4, "fri")):
        for half in range(48):
            starts, ends = (f"{m // 60:02d}:{m % 60:02d}" for m in (half * 30, half * 30 + 30 if half < 47 else 0))
            offer = Offer.from_dict(an_offer(needs=["esol", "parenting"], languages=["so", "en"], sessions=[{"days": [name], "starts": starts, "ends": ends}]))
            if all(assess(q.needs[0], q, offer).fits for q in rows):
                free.append((day, starts))
    return free


def kind_of(request: Request) -> tuple[Any, ...]:
    return request.needs[0].code, (request.postcode or "").split()[0], any(r.what == "language" for r in request.requirements)


def largest_by_force(rows: list[Request], least: int) -> dict[tuple[Any, ...], int]:
    """Return for each kind the most families that one half hour suits, of every set of them there is."""
    best: dict[tuple[Any, ...], int] = {}
    for size in range(least, len(rows) + 1):
        for together in combinations(rows, size):
            kinds = {kind_of(q) for q in together}
            if len(kinds) == 1 and an_hour_for(together):
                best[kinds.pop()] = size
    return best


@pytest.mark.parametrize("seed", range(25))
def test_the_largest_cohort_of_each_kind_is_the_largest_of_every_set_tried(seed: int) -> None:
    rows = a_few(random.Random(seed))  # noqa: S311 (families to test, not secrets)
    by_id = {q.id: q for q in rows}
    found: dict[tuple[Any, ...], list[Cohort]] = {}
    for cohort in cohorts(rows, least=3):
        found.setdefault(kind_of(by_id[cohort.members[0][0]]), []).append(cohort)
        together = tuple(by_id[request] for request, _ in cohort.members)
        assert {kind_of(q) for q in together} == {kind_of(together[0])}
        hours = {(day, f"{minute // 60:02d}:{minute % 60:02d}") for day, minute in cohort.times if day in (0, 4)}
        assert hours == set(an_hour_for(together))
    assert {kind: len(some[0].members) for kind, some in found.items()} == largest_by_force(rows, 3)
    everyone = [request for some in found.values() for cohort in some for request, _ in cohort.members]
    assert len(everyone) == len(set(everyone))
