"""Judging many offers at once says of each what judging it alone says."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import pytest

from matcher import Offer, Request, seats
from matcher.assessment import Assessor, assess
from matcher.policy import CRITERIA
from tests.unit.matcher.worlds import a_drawn_offer, a_drawn_request


def pairs_that_differ(seed: int, worlds: int = 40, offers: int = 60) -> tuple[int, int]:
    """Return how many pairs of a need and an offer were judged both ways, and how many differ in a finding, a point or a word."""
    rng = random.Random(seed)  # noqa: S311 (worlds to test, not secrets)
    pairs = wrong = 0
    for _ in range(worlds):
        drawn = [replace(Offer.from_dict(a_drawn_offer(rng, f"o{n}")), asked=(n % 5) * 2, in_time=n % 2, availability_on=(None, date(2026, 10, 19))[n % 3 % 2]) for n in range(offers)]
        request = Request.from_dict(a_drawn_request(rng) | {"safety": "no"})
        for need in request.needs:
            together = Assessor(need, request)
            for offer in drawn:
                pairs += 1
                wrong += together.assess(offer) != assess(need, request, offer)
    return pairs, wrong


def test_offers_judged_together_are_judged_as_they_are_alone() -> None:
    pairs, wrong = pairs_that_differ(20261124)
    assert pairs > 2_000
    assert wrong == 0


@pytest.mark.parametrize("forgets", ["age", "audience", "open", "confirmed", "soon", "availability", "standing"])
def test_a_criterion_that_reads_more_than_it_says_is_noticed(monkeypatch: pytest.MonkeyPatch, forgets: str) -> None:
    blind = tuple(replace(c, reads="nothing") if c.name == forgets else c for c in CRITERIA)
    monkeypatch.setattr(seats, "CRITERIA", blind)
    assert pairs_that_differ(20261124, 20)[1] > 0


def test_every_row_adds_up_and_fits_means_that_nothing_fails() -> None:
    rng = random.Random(5)  # noqa: S311
    for n in range(300):
        request = Request.from_dict(a_drawn_request(rng) | {"safety": "no"})
        need, offer = request.needs[0], Offer.from_dict(a_drawn_offer(rng, f"o{n}"))
        found = assess(need, request, offer)
        assert found.score == sum(round(1000 * (reason.points or 0)) for reason in found.reasons())
        assert found.fits == all(f.failed is None for seat in seats.seats(need, request) for f in seat.find(offer))


def test_an_offer_starts_at_a_half_and_gains_what_helping_with_the_need_is_worth() -> None:
    """Half a point to begin with, and the upper half of the need's weight of a tenth."""
    request = Request.from_dict(a_drawn_request(random.Random(5)) | {"safety": "no"})  # noqa: S311
    offer = Offer.from_dict(a_drawn_offer(random.Random(5), "o"))  # noqa: S311
    assert assess(request.needs[0], request, offer).reasons()[0][::3] == ("need", 0.55)
