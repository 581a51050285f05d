"""Turns: partners that are equally good come first equally often, by the day, the need and the area, and never by who the family is."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest

from tests.builders_matching import HOME, a_need, a_request, a_requirement, an_offer, ask, first, suggested

YEAR = [date(2026, 4, 23) + timedelta(days=n) for n in range(365)]
# The chi-square that one year in a thousand of fair turns would go over, by how many partners. Source: chi-square tables, p = 0.001.
UNFAIR = {2: 10.83, 3: 13.82, 5: 18.47, 8: 24.32}


def firsts(offers: list[dict[str, object]], code: str = "parenting", postcode: str = "LS9 7AB") -> list[str]:
    """Who comes first on each day of a year, the offers confirmed anew each day."""
    found = []
    for day in YEAR:
        fresh = [o | {"confirmed_on": day.isoformat()} for o in offers]
        request = a_request(needs=[a_need(code=code)], on=f"{day.isoformat()}T12:00:00+01:00", postcode=postcode)
        found.append(suggested(request, *fresh)[0])
    return found


@pytest.mark.parametrize("partners", [2, 3, 5, 8])
def test_over_a_year_of_days_equal_partners_come_first_equally_often(partners: int) -> None:
    counts = Counter(firsts([an_offer(f"o{n}", needs=["parenting", "lonely"]) for n in range(partners)]))
    expected = len(YEAR) / partners
    assert sum((counts[f"o{n}"] - expected) ** 2 / expected for n in range(partners)) < UNFAIR[partners], counts


def test_a_partner_comes_first_no_more_often_for_standing_first_in_the_alphabet_or_the_file() -> None:
    offers = [an_offer(i) for i in ("aaa", "zzz")]
    assert firsts(offers) == firsts(offers[::-1])
    runs = [len(list(run)) for run in _runs(firsts(offers))]
    assert max(runs) < 20


def _runs(names: list[str]) -> list[list[str]]:
    found = [[names[0]]]
    for before, name in pairwise(names):
        if name == before:
            found[-1].append(name)
        else:
            found.append([name])
    return found


def test_the_turn_differs_by_need_and_by_area() -> None:
    offers = [an_offer(f"o{n}", needs=["parenting", "lonely"]) for n in range(2)]
    here = firsts(offers)
    for other in (firsts(offers, code="lonely"), firsts(offers, postcode="LS14 1BW")):
        assert 120 < sum(a != b for a, b in zip(here, other, strict=True)) < 245


def test_the_turn_does_not_differ_by_family_or_by_the_hour() -> None:
    offers = [an_offer(f"o{n}", languages=["en", "so"]) for n in range(4)]
    orders = {
        tuple(suggested(request, *offers)) for request in (
            a_request(postcode="LS9 7AB"), a_request(postcode="LS9 7AB", id="r2"), a_request(postcode="LS9 7ZZ", on="2026-10-20T08:00:00+01:00"),
            a_request(a_requirement("language", value="so"), postcode="LS9 7AB", home=HOME), a_request(postcode="LS9 7AB", needs=[a_need("another")], keep_away=["x"]),
        )
    }
    assert len(orders) == 1


def test_a_better_score_is_never_turned_away() -> None:
    better = an_offer("better", reply_record={"asked": 30, "in_time": 30})
    for day in range(8, 31):
        assert suggested(a_request(on=f"2026-10-{day:02d}T12:00:00+00:00"), an_offer("a"), an_offer("b"), better)[0] == "better"


def test_a_culture_specific_offer_stands_beside_general_ones_when_it_is_asked_for() -> None:
    general, theirs = an_offer("general", languages=["en", "so"]), an_offer("theirs", community=True, languages=["en", "so"])
    assert set(suggested(a_request(a_requirement("language", "would_help", value="so")), general, theirs)) == {"general", "theirs"}
    assert suggested(a_request(), general, theirs) == ["general"]


def test_benefits_are_never_asked_of_a_family_only_of_an_offer() -> None:
    request = a_request(a_requirement("feature", value="works_without_public_funds"))
    found = first(request, an_offer(features={"works_without_public_funds": "yes"})).suggestions[0]
    assert any("help that doesn't depend on benefits" in r.says for r in found.reasons)


def test_what_is_left_out_stays_in_sight_with_its_rule_and_way_in() -> None:
    offers = [an_offer("full", availability={"state": "full"}), an_offer("old", confirmed_on="2026-01-01"), an_offer("men", gender="men"), an_offer("fits")]
    answer = ask(a_request(), *offers).needs[0]
    assert {x.offer for x in answer.left_out} == {"full", "old", "men"}
    assert all(x.because[0].says and x.would_fit_if for x in answer.left_out)


def test_how_a_partner_answered_overrides_no_rule_and_reads_nothing_of_the_family() -> None:
    shut = an_offer("shut", availability={"state": "full"}, reply_record={"asked": 90, "in_time": 90})
    slow = an_offer("slow", reply_record={"asked": 90, "in_time": 0})
    assert suggested(a_request(), shut, slow) == ["slow"]


@pytest.mark.parametrize("postcode", ["LS9 7AB", "LS9 7ZZ", None])
def test_a_postcode_serves_the_area_and_nothing_else(postcode: str | None) -> None:
    offer = an_offer(place=HOME)
    with_one, without = (first(a_request(postcode=p, home=HOME), offer).to_dict() for p in (postcode, "BT1 1AA"))
    assert with_one == without
