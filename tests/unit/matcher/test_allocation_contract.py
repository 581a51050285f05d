"""`kith allocate` on the contract's own records gives what the contract's schema says."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from web.cli.allocate import allocate

CONTRACTS = Path(__file__).resolve().parents[4] / "shared" / "contracts"


@pytest.mark.skipif(not CONTRACTS.exists(), reason="the contracts are not beside this checkout")
def test_an_allocation_keeps_the_schema(tmp_path: Path) -> None:
    cases = json.loads((CONTRACTS / "cases.json").read_text(encoding="utf-8"))
    rows = cases if isinstance(cases, list) else cases["cases"]
    requests = [row["request"] for row in rows if "request" in row and "ethnicity" not in row["request"]]
    (tmp_path / "requests.json").write_text(json.dumps(requests), encoding="utf-8")
    done = CliRunner().invoke(allocate, ["--offers", str(CONTRACTS / "offers.json"), "--request", str(tmp_path / "requests.json"), "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    jsonschema.Draft202012Validator(json.loads((CONTRACTS / "allocation.schema.json").read_text(encoding="utf-8"))).validate(found)
    assert found["assignments"]
    assert found["objective"] == pytest.approx(found["bound"])
