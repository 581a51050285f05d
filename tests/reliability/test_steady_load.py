"""A small town read and written at a steady rate by signed-in people: every request is answered, and none with an error."""

from __future__ import annotations

import random

from tests.bench.pages import a_request, served, steadily


def test_a_steady_load_is_answered_without_an_error() -> None:
    rng = random.Random(1)  # noqa: S311 (who asks for what, not a secret)
    with served(size=(2, 8, 6)) as (town, port):
        found = steadily(port, 2, 15, lambda: a_request(town, rng))
        missing = steadily(port, 1, 2, lambda: lambda client: client.ask("/nothing-here", town.people[0]))
    assert set(found) == {"requests_per_s", "p50_ms", "p95_ms", "p99_ms", "errors"}
    assert found["errors"] == 0
    assert missing["errors"] == 2
