"""Open Referral UK out and in again is the identity for every mapped field."""

from __future__ import annotations

import json
import uuid
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partners.oruk import importer
from partners.oruk.fields import FIELDS, WEEKDAYS, Location, Provider, Service, Session, document

words = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=40).map(str.strip).filter(bool)
maybe_words = st.one_of(st.just(""), words)
ids = st.uuids().map(str)
clocks = st.tuples(st.integers(0, 23), st.integers(0, 59)).map(lambda t: f"{t[0]:02d}:{t[1]:02d}")
days = st.one_of(st.none(), st.dates())
ages = st.one_of(st.none(), st.floats(0, 120))
sessions = st.builds(Session, st.lists(st.sampled_from(sorted(WEEKDAYS)), min_size=1, max_size=7, unique=True).map(tuple), clocks, clocks, st.sampled_from(["all_year", "term_time", "school_holidays"]), days, days)
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
