"""The databases of the integration tests, and a nursery of programs that can be killed."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.integration.conftest import (  # noqa: F401 (fixtures)
    at,
    bare_url,
    database_url,
    engine,
    postgres,
    postgres_url,
    sealed_with_them,
    sealing_keys,
    session,
    session_factory,
    sqlite_template,
    sqlite_url,
)
from tests.reliability.nursery import Nursery


def many(in_ci: int, nightly: int) -> int:
    """How many rounds: fewer in CI, the whole bar with KITH_TEST_NIGHTLY=1."""
    return nightly if os.environ.get("KITH_TEST_NIGHTLY") == "1" else in_ci


@pytest.fixture(scope="session")
def nursery(sealing_keys: list[str]) -> Iterator[Nursery]:  # noqa: F811
    """A program that has imported everything, and forks a new one within milliseconds."""
    with Nursery(sealing_keys) as opened:
        yield opened
