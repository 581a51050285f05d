"""The authorisation matrix notices each door left open; a matrix that misses one guards nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Each mutant, and the route whose answer gives it away.
GIVEN_AWAY_BY = {
    "drop_a_filter": "GET api.listing as partner_a", "swap_an_organisation_id": "as partner_a on a missing record: shows Organisationqzb", "skip_the_state_check": "portal.", "list_without_scope": "lead.page",
    "export_without_scope": "admin.", "post_by_id": "POST liaison.",
}


@pytest.fixture(scope="module")
def noticed() -> dict[str, str | None]:
    ran = subprocess.run([sys.executable, "-m", "tests.reliability.authorisation_mutants"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-3000:]
    told: dict[str, str | None] = json.loads(ran.stdout.splitlines()[-1])
    return told


@pytest.mark.parametrize("mutant", GIVEN_AWAY_BY)
def test_the_matrix_notices(noticed: dict[str, str | None], mutant: str) -> None:
    assert GIVEN_AWAY_BY[mutant] in (noticed[mutant] or "nothing"), noticed[mutant]


def test_the_matrix_says_nothing_when_every_door_is_shut(noticed: dict[str, str | None]) -> None:
    assert set(noticed) == {*GIVEN_AWAY_BY, "none"}
    assert noticed["none"] is None
