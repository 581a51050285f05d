"""The index beside the slow path: the same suggestions, points and words, on worlds drawn to be hard on the rules."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from matcher import InvalidOffer, Matcher, Offer, Request, index, postings
from tests.builders_matching import a_need, a_request, a_requirement, an_offer
from tests.unit.matcher.worlds import a_drawn_offer, a_drawn_request


def differences(matcher: Matcher, request: Request, limit: int = 5) -> list[str]:
    """Return the needs for which the index and the slow path say different things."""
    slow = {n.id: n.suggestions for n in matcher.suggest(request, limit=limit).needs}
    quick = matcher.best(request, limit=limit)
    return [need for need in slow if slow[need] != quick[need]]


def a_world(rng: random.Random, offers: int) -> tuple[Matcher, list[dict[str, Any]]]:
    rows = [a_drawn_offer(rng, f"o{n}") for n in range(offers)]
    return Matcher().fit([Offer.from_dict(row) for row in rows]), rows


def pairs_that_differ(seed: int, worlds: int, offers: int, limit: int = 5) -> tuple[int, int]:
    """Return how many pairs of an offer and a request were asked about, and in how many needs the two ways differ."""
    rng = random.Random(seed)  # noqa: S311 (worlds to test, not secrets)
    pairs = wrong = 0
    for _ in range(worlds):
        matcher, _ = a_world(rng, offers)
        for n in range(5):
            request = Request.from_dict(a_drawn_request(rng) | {"id": f"r{n}", "safety": "no"})
            wrong += len(differences(matcher, request, limit))
            pairs += offers
    return pairs, wrong


def test_ten_thousand_pairs_have_no_difference() -> None:
    pairs, wrong = pairs_that_differ(20261124, 50, 40)
    assert (pairs, wrong) == (10_000, 0)
    assert pairs_that_differ(3, 20, 80, limit=1) == (8_000, 0)


def test_single_offers_have_no_difference() -> None:
    """Alone, an offer cannot be hidden behind better ones: a bound that leaves out too much is seen at once."""
    pairs, wrong = pairs_that_differ(7, 400, 1)
    assert (pairs, wrong) == (2_000, 0)


def test_a_bound_that_is_too_low_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = index._with_distance

    def too_low(*args: Any) -> tuple[np.ndarray, np.ndarray]:
        rows, bounds = sound(*args)
        return rows, bounds - np.asarray(rows % 3 * 200)

    monkeypatch.setattr(index, "_with_distance", too_low)
    assert pairs_that_differ(3, 20, 80, limit=1)[1] > 0


def at_the_edge(seed: int, worlds: int) -> int:
    """Return how often the two ways differ where homes lie about as far from offers as these reach, anywhere on the globe."""
    rng = random.Random(seed)  # noqa: S311
    wrong = 0
    for _ in range(worlds):
        latitude, longitude = rng.uniform(-89.5, 89.5), rng.uniform(-180, 180)
        rows, homes = [], []
        for n in range(12):
            km = rng.choice((1, 5, 25, 49, 50, 51, 120, 400))
            place = {"latitude": max(-90.0, min(90.0, latitude + rng.uniform(-0.4, 0.4))), "longitude": longitude}
            rows.append(Offer.from_dict(an_offer(id=f"o{n}", place=place, area={"kind": "radius", "km": km}, confirmed_on="2026-10-08")))
            away = km * rng.choice((0.5, 0.999, 0.99999, 1.00001, 1.001)) * rng.choice((-1, 1)) / 111.195
            homes.append({"latitude": max(-90.0, min(90.0, place["latitude"] + away)), "longitude": longitude})
        matcher = Matcher().fit(rows)
        wrong += sum(bool(differences(matcher, Request.from_dict(a_request(id="r", home=home)))) for home in homes)
    return wrong


def test_areas_are_found_to_their_edge_everywhere() -> None:
    assert at_the_edge(20261128, 60) == 0


def test_a_strip_that_is_too_narrow_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = postings.Sheet.strip

    def narrow(self: postings.Sheet, home: np.ndarray | None) -> tuple[slice, slice]:
        far, near = sound(self, home)
        return far, slice(near.start + 1, near.stop)

    monkeypatch.setattr(postings.Sheet, "strip", narrow)
    assert at_the_edge(20261128, 20) > 0


def test_changes_are_seen_at_once_and_need_no_refit() -> None:
    rng = random.Random(11)  # noqa: S311
    matcher, _ = a_world(rng, 60)
    matcher.build_index()
    built = matcher._index
    for step in range(150):
        if rng.random() < 0.3 and len(matcher) > 5:
            gone = rng.choice(sorted(matcher._offers))
            matcher.remove(gone)
        else:
            matcher.replace(Offer.from_dict(a_drawn_offer(rng, f"o{rng.randrange(90)}")))
        request = Request.from_dict(a_drawn_request(rng) | {"id": f"r{step}", "safety": "no"})
        assert differences(matcher, request) == []
    assert matcher._index is built


def test_someone_at_risk_stops_the_quick_way_too() -> None:
    matcher = Matcher().fit([Offer.from_dict(an_offer())])
    assert matcher.best(Request.from_dict(a_request() | {"safety": "yes"})) == {}


def test_a_limit_or_a_day_that_cannot_be_is_refused() -> None:
    matcher = Matcher().fit([Offer.from_dict(an_offer(confirmed_on="2026-10-21"))])
    with pytest.raises(InvalidOffer, match="confirmed_on"):
        matcher.best(Request.from_dict(a_request()))
    with pytest.raises(ValueError, match="limit is 6"):
        matcher.best(Request.from_dict(a_request()), limit=6)


def test_a_need_that_nobody_serves_has_no_suggestion() -> None:
    matcher = Matcher().fit([Offer.from_dict(an_offer())])
    assert matcher.best(Request.from_dict(a_request(needs=[a_need(code="debt")]))) == {"n1": ()}


def test_what_lies_past_those_that_are_put_in_order_first_is_found() -> None:
    """A hundred offers look as hopeful as can be, but no session is long enough; those that fit are a little less fresh, each by another day."""
    short = {"days": ["tue"], "starts": "09:00", "ends": "09:10"}
    hopeful = [an_offer(f"a{n}", sessions=[short], confirmed_on="2026-10-19") for n in range(100)]
    fitting = [an_offer(f"b{n}", sessions=[short | {"ends": "11:00"}], confirmed_on=f"2026-10-{18 - n:02d}") for n in range(12)]
    asked = Request.from_dict(a_request(a_requirement("time", days=["tue"], from_="09:30", until="10:00"), needs=[a_need(code="parenting")]))
    matcher = Matcher().fit(Offer.from_dict(row) for row in (*hopeful, *fitting))
    found = matcher.best(asked, limit=5)["n1"]
    assert found == matcher.suggest(asked, limit=5).needs[0].suggestions
    assert {s.offer for s in found} == {"b0", "b1", "b2", "b3", "b4"}
