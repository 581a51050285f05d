"""Open Referral UK out and in again is the identity for every mapped field."""

from __future__ import annotations

import json
import uuid
from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partners.oruk import importer
from partners.oruk.fields import FIELDS, WEEKDAYS, Location, Provider, Service, Session, document, unread_schedules

words = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=40).map(str.strip).filter(bool)
maybe_words = st.one_of(st.just(""), words)
ids = st.uuids().map(str)
clocks = st.tuples(st.integers(0, 23), st.integers(0, 59)).map(lambda t: f"{t[0]:02d}:{t[1]:02d}")
days = st.one_of(st.none(), st.dates())
ages = st.one_of(st.none(), st.floats(0, 120))
rounds = st.one_of(
    st.just(((), 1, None)), st.tuples(st.sets(st.sampled_from([1, 2, 3, 4, -1]), min_size=1).map(tuple), st.just(1), st.none()), st.tuples(st.just(()), st.just(2), days),
)
sessions = st.builds(
    lambda on, starts, ends, weeks, first, last, comes_round: Session(on, starts, ends, weeks, first, last, *comes_round),
    st.lists(st.sampled_from(sorted(WEEKDAYS)), min_size=1, max_size=7, unique=True).map(tuple), clocks, clocks, st.sampled_from(["all_year", "term_time", "school_holidays"]), days, days, rounds,
)
locations = st.builds(Location, ids, maybe_words, maybe_words, st.sampled_from(["", "LS9 7AB"]), st.one_of(st.none(), st.floats(-90, 90)), st.one_of(st.none(), st.floats(-180, 180)))
services = st.builds(
    Service, id=ids, name=words, description=maybe_words, provider=st.builds(Provider, ids, words, maybe_words, st.sampled_from(["", "https://example.org/"])),
    status=st.sampled_from(importer.STATUSES), age_min_years=ages, age_max_years=ages, assured_on=days, alert=maybe_words, fees=maybe_words,
    modified_at=st.one_of(st.none(), st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)).map(lambda d: d.replace(microsecond=d.microsecond // 1000 * 1000, tzinfo=UTC))),  # noqa: DTZ001
    languages=st.lists(st.sampled_from(["en", "so", "ur", "pa-Guru"]), unique=True).map(tuple), sessions=st.lists(sessions, max_size=3).map(tuple),
    locations=st.lists(locations, max_size=2).map(tuple), area_km=st.one_of(st.none(), st.floats(0.1, 500)), area_prefixes=st.lists(st.sampled_from(["LS9", "LS14 1"]), unique=True).map(tuple),
    tags=st.lists(st.tuples(st.sampled_from(["needs", "features"]), words, st.sampled_from(["need", "yes", "no"])), max_size=4, unique=True).map(tuple),
)


@given(services)
def test_out_and_in_again_changes_nothing(service: Service) -> None:
    written = json.loads(json.dumps(document(service)))
    assert importer.faults(written) == []
    assert importer.service(written) == service


def test_the_table_has_a_row_for_every_fact() -> None:
    assert {row.ours for row in FIELDS} == {f.name for f in fields(Service)}


anything: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)), lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)), max_leaves=8,
)
hsds_names = sorted({row.hsds for row in FIELDS})


@given(st.dictionaries(st.sampled_from(hsds_names), anything, max_size=8))
def test_whatever_stands_in_a_document_it_is_read_or_refused_by_field(row: dict[str, Any]) -> None:
    told = importer.faults(row)
    assert all(name and says.endswith(".") for name, says in told)
    if not told:
        assert importer.service(row).name


@pytest.mark.parametrize(
    ("change", "field"),
    [({"id": None}, "id"), ({"name": " "}, "name"), ({"status": "busy"}, "status"), ({"minimum_age": "12"}, "minimum_age"), ({"schedules": {}}, "schedules"), ({"organization": []}, "organization")],
)
def test_a_fault_names_its_field(change: dict[str, Any], field: str) -> None:
    good = {"id": str(uuid.uuid4()), "name": "A", "status": "active"}
    assert importer.faults(good) == []
    assert [name for name, _ in importer.faults(good | change)] == [field]


def test_what_is_no_object_is_refused() -> None:
    assert [name for name, _ in importer.faults([])] == ["service"]


@pytest.mark.parametrize(("rule", "read"), [
    ({"freq": "MONTHLY", "byday": "1TU"}, Session(("tue",), "10:00", "12:00", nth=(1,))),
    ({"freq": "MONTHLY", "interval": 1, "byday": "2TH, 4TH"}, Session(("thu",), "10:00", "12:00", nth=(2, 4))),
    ({"freq": "MONTHLY", "byday": "TU", "bymonthday": "8,9,10,11,12,13,14"}, Session(("tue",), "10:00", "12:00", nth=(2,))),
    ({"freq": "MONTHLY", "byday": "FR", "bymonthday": "-7,-6,-5,-4,-3,-2,-1"}, Session(("fri",), "10:00", "12:00", nth=(-1,))),
    ({"freq": "WEEKLY", "interval": 2, "byday": "WE", "dtstart": "2026-12-02"}, Session(("wed",), "10:00", "12:00", every_weeks=2, anchor_on=date(2026, 12, 2))),
    ({"freq": "WEEKLY", "interval": 2, "byday": "WE", "valid_from": "2026-12-02"}, Session(("wed",), "10:00", "12:00", from_on=date(2026, 12, 2), every_weeks=2)),
    ({"byday": "MO"}, Session(("mon",), "10:00", "12:00")),
])
def test_a_schedule_that_is_not_every_week_is_read_as_what_it_is(rule: dict[str, Any], read: Session) -> None:
    row = {"id": "x", "name": "A", "status": "active", "schedules": [rule | {"opens_at": "10:00", "closes_at": "12:00"}]}
    assert importer.service(row).sessions == (read,)
    assert unread_schedules(row) == []


@pytest.mark.parametrize("rule", [
    {"freq": "MONTHLY", "bymonthday": "15"}, {"freq": "MONTHLY", "byday": "TU", "bymonthday": "15"}, {"freq": "MONTHLY", "byday": "5TU"}, {"freq": "MONTHLY", "interval": 2, "byday": "1TU"},
    {"freq": "WEEKLY", "interval": 3, "byday": "TU"}, {"freq": "WEEKLY", "byday": "1TU"}, {"freq": "MONTHLY", "byday": "1TU,3TH"}, {"freq": "MONTHLY", "byday": "TU"}, {"freq": "DAILY"}, {"freq": "YEARLY", "byday": "1TU"},
])
def test_a_schedule_that_no_session_can_say_is_kept_as_words_and_never_as_every_week(rule: dict[str, Any]) -> None:
    row = {"id": "x", "name": "A", "status": "active", "schedules": [rule | {"opens_at": "10:00", "closes_at": "12:00"}]}
    assert importer.service(row).sessions == ()
    (words,) = unread_schedules(row)
    assert words.endswith("opens_at 10:00 closes_at 12:00")
