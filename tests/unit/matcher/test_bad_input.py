"""Bad input: whatever a record holds, it is read or refused in short lines that say what would be right. It never breaks."""

from __future__ import annotations

import copy
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher import InvalidOffer, InvalidRequest, Matcher, Offer, Request
from tests import strategies
from tests.builders_matching import a_request, an_offer
from tests.unit.matcher.test_files import run

hard = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture])
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from((math.nan, math.inf, -math.inf, 1e308, -0.0, 10**400, "", "\0", "\ud800", "24:00", "9999-12-31", "2026-02-30")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4), max_leaves=12,
)


def spoil(record: dict[str, Any], draw: Any) -> dict[str, Any]:
    """Put something strange in one place of a record, at any depth."""
    record = copy.deepcopy(record)
    holders: list[tuple[Any, Any]] = []

    def walk(value: Any) -> None:
        for key, inner in list(value.items() if isinstance(value, dict) else enumerate(value)):
            holders.append((value, key))
            if isinstance(inner, dict | list):
                walk(inner)

    walk(record)
    holder, key = draw(st.sampled_from(holders))
    holder[key] = draw(values)
    return record


def well_told(faults: list[str], kind: str) -> bool:
    """Whether each fault is one short line: the record, the field, what is wrong, and what would be right."""
    return bool(faults) and all("\n" not in f and len(f) < 2000 and f.startswith(kind) and "; it should be " in f and f.count(": ") >= 2 for f in faults)


@hard
@given(strategies.offers(), st.data())
def test_a_spoilt_offer_is_read_or_refused(offer: dict[str, Any], data: st.DataObject) -> None:
    spoilt = spoil(offer, data.draw)
    faults: list[str] = []
    try:
        read = Offer.from_dict(spoilt)
        Matcher().fit([read]).suggest(Request.from_dict(a_request(needs=[{"id": "n1", "code": read.needs[0] if read.needs[0] in strategies.CODES else "parenting"}])))
    except InvalidOffer as refused:
        faults = refused.faults
    assert not faults or well_told(faults, "offer"), faults


@hard
@given(strategies.requests(), st.data())
def test_a_spoilt_request_is_answered_or_refused(request_: dict[str, Any], data: st.DataObject) -> None:
    spoilt = spoil(request_, data.draw)
    faults, kind = [], "request"
    try:
        read = Request.from_dict(spoilt)
        offer = an_offer(needs=list(strategies.CODES), place={"latitude": 1, "longitude": 1}, sessions=[{"days": ["tue"], "starts": "10:00", "ends": "12:00"}])
        json.dumps(Matcher().fit([Offer.from_dict(offer)]).suggest(read).to_dict(), allow_nan=False)
    except InvalidRequest as refused:
        faults = refused.faults
    except InvalidOffer as late:  # the request's day may be before the offer was confirmed
        faults, kind = late.faults, "offer"
    assert not faults or well_told(faults, kind), faults


@hard
@given(values)
def test_anything_at_all_in_place_of_a_record_is_refused(value: Any) -> None:
    for record, error in ((Offer, InvalidOffer), (Request, InvalidRequest)):
        with pytest.raises(error):
            record.from_dict(value)


@settings(hard, max_examples=60)
@given(st.one_of(st.binary(max_size=200), values.map(lambda v: json.dumps(v, default=str).encode())))
def test_any_bytes_in_place_of_a_file_end_in_status_2_or_an_answer(tmp_path: Path, data: bytes) -> None:
    for offers, request in ((data, a_request()), ([an_offer()], data)):
        ran = run(tmp_path, offers, request, "--json")
        assert ran.exit_code == 2 or (ran.exit_code == 0 and json.loads(ran.stdout) is not None)
        assert ran.exception is None or isinstance(ran.exception, SystemExit)
        assert ran.exit_code == 0 or (ran.stdout == "" and ran.stderr.strip())


@pytest.mark.parametrize("data", ["", " ", "null", "true", '"text"', "[[]]", "[1]", '{"offers": 1}', '{"offers": {}}', "[" * 5000 + "]" * 5000, '{"a":' * 5000])
def test_files_that_hold_something_else_are_refused(tmp_path: Path, data: str) -> None:
    refused = run(tmp_path, data, a_request(), "--json")
    assert refused.exit_code == 2
    assert refused.stderr.strip()
    assert isinstance(refused.exception, SystemExit)


@pytest.mark.parametrize(("code", "near"), [("food_weakly", "food_weekly"), ("deb", "debt"), ("PARENTING", "parenting"), ("Young carer", "young_carer"), ("x" * 10_000_000, "")])
def test_an_unknown_need_names_one_that_is_known(code: str, near: str) -> None:
    with pytest.raises(InvalidOffer) as refused:
        Offer.from_dict(an_offer(needs=[code]))
    (line,) = refused.value.faults
    assert "the nearest is '" in line
    assert len(line) < 300
    assert f"'{near}" in line


@pytest.mark.parametrize("field", ["id", "name", "description"])
def test_ten_megabytes_of_text_are_told_by_their_length(field: str) -> None:
    with pytest.raises(InvalidOffer) as refused:
        Offer.from_dict(an_offer() | {field: "x" * 10_000_000})
    (line,) = refused.value.faults
    assert len(line) < 300
    assert f"{field}: has 10,000,000 characters; it should be a text of at most 100,000 characters" in line


@pytest.mark.parametrize("change", [{"a\nb": 1}, {"id": "o\n1", "needs": []}, {"features": {"step\u2028free": "yes"}}])
def test_a_line_break_in_a_record_makes_no_second_line(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidOffer) as refused:
        Offer.from_dict(an_offer() | change)
    assert all(len(line.splitlines()) == 1 for line in refused.value.faults)


def test_ids_that_clash_are_told_once_each(tmp_path: Path) -> None:
    refused = run(tmp_path, [an_offer(), an_offer(), an_offer(), an_offer("o2"), an_offer("o2")], a_request(), "--json")
    assert refused.exit_code == 2
    assert [line.split(":")[0] for line in refused.stderr.splitlines()] == ["offer o1", "offer o2"]


def test_skip_invalid_counts_the_records_and_their_faults(tmp_path: Path) -> None:
    bad = [an_offer("o2", colour="red", needs=["x"]), an_offer("o3", confirmed_on="yesterday"), 7]
    kept = run(tmp_path, [an_offer(), *bad], a_request(), "--json", "--skip-invalid")
    assert kept.exit_code == 0
    assert "3 records skipped, with" in kept.stderr
    assert [s["offer"] for s in json.loads(kept.stdout)["needs"][0]["suggestions"]] == ["o1"]


def test_a_long_file_says_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("partners.matching.files.LONG_BYTES", 100)
    monkeypatch.setattr("partners.matching.files.EACH", 10)
    ran = run(tmp_path, [an_offer(f"o{n}") for n in range(25)], a_request(), "--json")
    assert ran.exit_code == 0
    assert [line for line in ran.stderr.splitlines() if "of 25 offers read" in line] == ["10 of 25 offers read", "20 of 25 offers read"]
    assert json.loads(ran.stdout)["needs"]
