"""One matcher that several threads ask at once: what each is told is what it would be told alone."""

from __future__ import annotations

import random
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from matcher import Matcher, Offer, Request
from tests.unit.matcher.worlds import a_drawn_offer, a_drawn_request


@pytest.fixture
def turns() -> Any:
    """Let threads change places as often as can be."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def told_otherwise(worlds: int) -> int:
    """Return how many questions have another answer where eight threads ask a new matcher, while another puts each offer in its own place."""
    rng, wrong = random.Random(29), 0  # noqa: S311
    for _ in range(worlds):
        offers = [Offer.from_dict(a_drawn_offer(rng, f"o{n}")) for n in range(30)]
        asked = [Request.from_dict(a_drawn_request(rng) | {"id": f"r{n}", "safety": "no"}) for n in range(8)]
        alone, shared = Matcher().fit(offers), Matcher().fit(offers)
        right = [(alone.suggest(request), alone.best(request)) for request in asked]
        start = Barrier(9)

        def ask(request: Request, there: Matcher = shared, start: Barrier = start) -> Any:
            start.wait()
            return there.suggest(request), there.best(request)

        def put(rows: list[Offer] = offers, there: Matcher = shared, start: Barrier = start) -> None:
            start.wait()
            for offer in rows:
                there.replace(offer)

        with ThreadPoolExecutor(9) as pool:
            changing = pool.submit(put)
            found = list(pool.map(ask, asked))
            changing.result()
        wrong += sum(a != b for a, b in zip(right, found, strict=True))
    return wrong


@pytest.mark.usefixtures("turns")
def test_threads_that_share_a_matcher_are_told_what_they_would_be_told_alone() -> None:
    assert told_otherwise(15) == 0
