"""`kith suggest` on files: clean answers, and for every bad file exit status 2 with short lines and no traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.builders_matching import a_request, an_offer
from web.cli.suggest import suggest


def run(tmp_path: Path, offers: Any, request: Any, *more: str) -> Result:
    """Write two files (text as it is, anything else as JSON) and run the command on them."""
    for name, data in (("offers.json", offers), ("request.json", request)):
        if data is not None:
            (tmp_path / name).write_bytes(data if isinstance(data, bytes) else (data if isinstance(data, str) else json.dumps(data)).encode())
    return CliRunner().invoke(suggest, ["--offers", str(tmp_path / "offers.json"), "--request", str(tmp_path / "request.json"), *more])


def test_one_request_gives_one_answer_and_a_list_gives_a_list(tmp_path: Path) -> None:
    one = run(tmp_path, [an_offer()], a_request(), "--json")
    many = run(tmp_path, {"offers": [an_offer()]}, [a_request(), a_request(id="r2")], "--json")
    assert one.exit_code == many.exit_code == 0
    assert json.loads(one.stdout)["needs"][0]["suggestions"][0]["offer"] == "o1"
    assert [a["request"] for a in json.loads(many.stdout)] == ["r1", "r2"]


def test_without_json_it_reads_as_words(tmp_path: Path) -> None:
    shown = run(tmp_path, [an_offer()], a_request())
    assert shown.exit_code == 0
    assert "1. o1" in shown.stdout
    assert "{" not in shown.stdout


BAD: dict[str, tuple[Any, Any, str]] = {
    "not_json": ("{", a_request(), "not JSON"), "empty": ("", a_request(), "not JSON"), "nan": ('[{"id": NaN}]', a_request(), "NaN"), "missing": (None, a_request(), "cannot be read"),
    "not_text": (b"\xff\xfe\x00", a_request(), "not JSON"), "deep": ("[" * 100_000, a_request(), "not JSON"), "number": ("7", a_request(), "not a list"),
    "same_ids": ([an_offer(), an_offer()], a_request(), "used twice"), "same_requests": ([an_offer()], [a_request(), a_request()], "used twice"),
    "null_row": ([None], a_request(), "row 1"), "long": ([an_offer(name="x" * 10_000_000)], a_request(), "name"), "long_id": ([an_offer("y" * 10_000_000)], a_request(), "id"),
    "day": ([an_offer(confirmed_on="2026-02-30")], a_request(), "confirmed_on"), "code": ([an_offer(needs=["parentign"])], a_request(), "'parenting'"),
    "future": ([an_offer(confirmed_on="2026-10-21")], a_request(), "confirmed_on"),
    "future_for_another_need": ([an_offer(), an_offer("o2", needs=["lonely"], confirmed_on="2026-10-21")], a_request(), "confirmed_on"),
    "huge_number": ('[{"id": "a", "ages_years": {"min": 1e999}}]', a_request(), "min"), "twin_fields": ('[{"id": "a", "id": "b"}]', a_request(), "stands twice"),
    "no_safety": ([an_offer()], {k: v for k, v in a_request().items() if k != "safety"}, "safety"), "half_a_letter": ([an_offer(name="\ud800")], a_request(), "name"),
    "half_a_field": ([an_offer() | {"\ud800": 1}], a_request(), "not a field"),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_file_is_refused_in_short_lines(tmp_path: Path, fault: str) -> None:
    offers, request, says = BAD[fault]
    refused = run(tmp_path, offers, request, "--json")
    assert refused.exit_code == 2
    assert refused.stdout == ""
    assert says in refused.stderr
    assert "Traceback" not in refused.stderr
    assert all(len(line) <= 1000 for line in refused.stderr.splitlines())


@pytest.mark.parametrize("bad", [an_offer("o2", colour="red"), an_offer("o2", confirmed_on="2026-10-21"), an_offer("o2", needs=["x"])])
def test_skip_invalid_leaves_the_bad_record_out_and_counts_it(tmp_path: Path, bad: dict[str, Any]) -> None:
    kept = run(tmp_path, [an_offer(), bad], a_request(), "--json", "--skip-invalid")
    assert kept.exit_code == 0
    assert [s["offer"] for s in json.loads(kept.stdout)["needs"][0]["suggestions"]] == ["o1"]
    assert "1 fault" in kept.stderr


@pytest.mark.parametrize("limit", ["0", "6", "x"])
def test_a_limit_is_from_one_to_five(tmp_path: Path, limit: str) -> None:
    assert run(tmp_path, [an_offer()], a_request(), "--json", "--limit", limit).exit_code == 2


def test_nothing_to_choose_from_is_an_answer(tmp_path: Path) -> None:
    assert json.loads(run(tmp_path, [], a_request(), "--json").stdout)["needs"][0]["unmet"] == "no_such_offer"
