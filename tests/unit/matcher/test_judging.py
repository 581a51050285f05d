"""The whole answer beside the slow path, which judges every offer by itself: the same order, points, words, changes and plan."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from matcher import Matcher, Offer, Request, alike, choosing, judging, plans
from matcher.assessment import Assessment, assess
from matcher.fits import Fits, Fitting
from matcher.matcher import _order, _suggestion
from matcher.near_misses import Change, smallest_change
from matcher.policy import UNMET_ORDER
from matcher.records import LeftOut
from matcher.travel import EARTH_KM
from tests.bench.plans import in_columns
from tests.builders_matching import a_need, a_request, an_offer
from tests.unit.matcher.worlds import a_drawn_offer, a_drawn_request


def slowly(offers: list[Offer], request: Request) -> dict[str, Any]:
    """Return by need id what is shown and what is left out, and the plan's steps, each offer judged by itself."""
    found: dict[str, Any] = {}
    fitting: dict[str, list[Fitting]] = {}
    for need in request.needs:
        judged = [assess(need, request, o) for o in offers if need.code in o.needs and o.organisation not in request.keep_away]
        fits = sorted((a for a in judged if a.fits), key=lambda a: _order(a, request))
        fitting[need.id] = [Fitting(a.offer, a.score, False) for a in fits]
        missed = sorted(((a, smallest_change(a, request)) for a in judged if not a.fits), key=lambda m: _nearest_first(*m))
        chosen = choosing.shown(fits, choosing.usual(need, request), choosing.wishes(need, request), lambda a: a.offer)
        shown = tuple(_suggestion(a, rank, request) for rank, a in enumerate(chosen, 1))
        found[need.id] = shown, tuple(LeftOut(a.offer.id, a.because(), change) for a, change in missed)
    return found | {"plan": plans.make(in_columns(fitting), request.needs, request).steps}


def _nearest_first(found: Assessment, change: tuple[Change, ...] | None) -> tuple[int, int, int, str]:
    rules = [finding.failed for _, finding in found.failing]
    return min(len(change or rules), len(rules)), UNMET_ORDER.index(rules[0] or ""), len(rules), found.offer.id


def pairs_that_differ(seed: int, worlds: int) -> tuple[int, int]:
    """Return how many pairs of an offer and a request were asked about, and in how many needs or plans the two ways differ.

    One matcher answers for several days and is changed in between, so that what is kept of one question or offer could be mistaken for another's.
    """
    rng = random.Random(seed)  # noqa: S311 (worlds to test, not secrets)
    pairs = wrong = 0
    for _ in range(worlds):
        offers = {f"o{n}": _an_offer(rng, f"o{n}") for n in range(40)}
        matcher = Matcher().fit(offers.values())
        for n in range(5):
            request = Request.from_dict(a_drawn_request(rng) | {"id": f"r{n}", "safety": "no", "one_at_a_time": False})
            request = replace(request, on=request.on + timedelta(days=rng.choice((0, 0, 1, 40))))
            answer, slow = matcher.suggest(request), slowly(list(offers.values()), request)
            quick: dict[str, Any] = {n.id: (n.suggestions, n.left_out) for n in answer.needs} | {"plan": answer.plan.steps}
            wrong += sum(quick[name] != slow[name] for name in slow)
            pairs += len(offers)
            changed = _an_offer(rng, f"o{rng.randrange(40)}")
            offers[changed.id] = changed
            matcher.replace(changed)
    return pairs, wrong


def test_all_that_fits_is_what_fits_of_everything_judged() -> None:
    rng, found = random.Random(7), 0  # noqa: S311
    for _ in range(100):
        matcher = Matcher().fit(_an_offer(rng, f"o{n}") for n in range(30))
        request = Request.from_dict(a_drawn_request(rng) | {"safety": "no"})
        for need in request.needs:
            there = matcher._index.postings(need.code)
            everything = sorted(judging.judge(there, need, request)[0], key=lambda f: f.offer.id)
            assert sorted(judging.fitting(there, need, request), key=lambda f: f.offer.id) == everything
            found += len(everything)
    assert found > 100


def told_otherwise(offers: list[Offer], home: dict[str, float]) -> list[str]:
    """Return the offers of which the whole answer says something else than the judge does, asked about each by itself."""
    request = Request.from_dict(a_request(needs=[a_need(code=offers[0].needs[0])], home=home))
    said = {x.offer: (x.because, x.would_fit_if) for x in Matcher().fit(offers).suggest(request).needs[0].left_out}
    judged = [found for offer in offers if not (found := assess(request.needs[0], request, offer)).fits]
    assert said.keys() == {found.offer.id for found in judged}
    return [found.offer.id for found in judged if said[found.offer.id] != (found.because(), smallest_change(found, request))]


@pytest.mark.parametrize("beyond", [0.0, 10_000.0, 20_010.0])
def test_how_far_away_an_offer_is_reads_as_the_judge_says_it(beyond: float) -> None:
    """Distances at every twentieth of a kilometre, where a tenth is rounded one way or the other: near by, and a quarter and half the way round the earth."""
    places = [{"latitude": 50.0 - math.degrees((beyond + n / 20) / EARTH_KM), "longitude": -1.5} for n in range(100)]
    over = [{"latitude": -180 - p["latitude"], "longitude": 178.5} if p["latitude"] < -90 else p for p in places]
    ring = {"kind": "radius", "km": 1}
    assert told_otherwise([Offer.from_dict(an_offer(f"o{n}", area=ring, place=place)) for n, place in enumerate(over)], {"latitude": 50.0, "longitude": -1.5}) == []


def test_a_row_that_is_used_again_keeps_no_distance_of_the_offer_before() -> None:
    place = {"latitude": 50.0, "longitude": -1.5}
    ringed, named = (Offer.from_dict(an_offer(i, place=place, area=area)) for i, area in (("a", {"kind": "radius", "km": 1}), ("b", {"kind": "postcodes", "prefixes": ["LS9"]})))
    matcher = Matcher().fit([ringed]).build_index()
    matcher.remove("a")
    matcher.replace(named)
    request = Request.from_dict(a_request(needs=[a_need(code=named.needs[0])], home={"latitude": 50.123, "longitude": -1.5}, postcode="LS14"))
    assert matcher.suggest(request).needs[0].left_out[0].because[0].says == "It covers LS9 only."


def test_ways_to_fail_are_told_apart_beyond_what_one_number_holds() -> None:
    """Eleven rules with 63 classes each have more ways to fail than 64 bits can count; each way is there twice, and once but for the first rule."""
    rng = np.random.default_rng(4)
    codes, fails = rng.integers(0, 63, (11, 3000)), rng.random((11, 3000)) < 0.5
    codes[:, 0], fails[:, 0] = 62, True
    for copy in (slice(1000, 2000), slice(2000, 3000)):
        codes[:, copy], fails[:, copy] = codes[:, :1000], fails[:, :1000]
    fails[0, 2000:] = ~fails[0, :1000]
    alike, first = judging._alike(list(codes), fails)
    ways = [tuple(np.where(fails[:, n], codes[:, n], -1)) for n in range(3000)]
    assert len(set(ways)) == len(first) == len(set(zip(ways, alike.tolist(), strict=True)))
    assert [ways[n] for n in first[alike].tolist()] == ways


def _an_offer(rng: random.Random, offer_id: str) -> Offer:
    said = rng.choice((None, None, date(2026, 10, 19), date(2026, 8, 1)))
    return replace(Offer.from_dict(a_drawn_offer(rng, offer_id)), availability_on=said, asked=rng.choice((0, 4)), in_time=0)


def test_ten_thousand_pairs_have_no_difference() -> None:
    assert pairs_that_differ(20261128, 50) == (10_000, 0)


@pytest.mark.parametrize("forgets", ["state", "openness", "features", "languages", "sessions", "soon"])
def test_a_class_that_leaves_out_what_a_judge_reads_is_noticed(monkeypatch: pytest.MonkeyPatch, forgets: str) -> None:
    monkeypatch.setitem(alike.READS, forgets, lambda offer: None)
    assert pairs_that_differ(4, 16)[1] > 0


def test_a_place_said_later_than_the_offer_was_confirmed_is_not_mistaken_for_another() -> None:
    old = replace(Offer.from_dict(a_drawn_offer(random.Random(1), "a")), needs=("esol",), availability="open", places_left=None, confirmed_on=date(2026, 8, 1))  # noqa: S311
    fresh = replace(old, id="b", availability_on=date(2026, 10, 19))
    request = Request.from_dict({"id": "r", "on": "2026-10-20T15:10:00+01:00", "safety": "no", "needs": [{"id": "n", "code": "esol"}]})
    need = request.needs[0]
    together = {f.offer.id: f.score for f in _judged([old, fresh], request)}
    alone = {o.id: assess(need, request, o).score for o in (old, fresh)}
    assert alone["a"] != alone["b"]
    assert together == {i: s for i, s in alone.items() if i in together}


def _judged(offers: list[Offer], request: Request) -> Fits:
    from matcher.index import Index
    from matcher.judging import judge

    return judge(Index({"esol": {o.id: o for o in offers}}).postings("esol"), request.needs[0], request)[0]
