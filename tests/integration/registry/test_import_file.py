"""Importing: a plan first, nothing confirmed, running again changes nothing, and bad rows refused by number."""

from __future__ import annotations

import gzip
import json
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from partners.foundation.actors import SYSTEM
from partners.foundation.errors import InvalidRecord
from partners.registry import importing
from partners.registry.eligibility_words import read_eligibility
from partners.registry.hours import read_hours
from partners.registry.offers import Offer

CSV = "id,title,description,postcode,lat,lon,hours,tags\na,Warm room,Tea for all,LS9 7AB,53.8,-1.5,Mo 10:00-14:00; by luck,Warm space\nb,,No title,,,,,\nc,Far off,,,99,0,,\na,Again,,,,,,\n"
ORUK = {"id": "s1", "name": "Counselling", "description": "Talk.", "organization": {"name": "Example"}, "service_at_locations": [{"location": {"latitude": 53.8, "longitude": -1.5, "addresses": [{"address_1": "1 Road", "city": "Town", "postal_code": "LS9 7AB"}]}}]}


def _import(session: Session, text: str, at: datetime) -> importing.Plan:
    made = importing.plan(session, text, source="town")
    importing.apply(session, made, propose=lambda title, _words, _tags: ["warm_space"] if "Warm" in title else [], by=SYSTEM, at=at)
    return made


def test_a_plan_changes_nothing_and_bad_rows_are_refused_by_number(session: Session) -> None:
    made = importing.plan(session, CSV, source="town")
    assert [r.ref for r in made.new] == ["a"]
    assert [(r.row, r.field) for r in made.refused] == [(2, "title"), (3, "lat"), (4, "id")]
    assert session.scalars(select(Offer)).unique().all() == []


def test_an_imported_offer_is_proposed_codes_and_confirmed_by_nobody(session: Session, at: datetime) -> None:
    _import(session, CSV, at)
    offer = session.scalars(select(Offer)).unique().one()
    assert (offer.needs, offer.proposed_needs, offer.confirmed_on) == ([], ["warm_space"], None)
    assert [s.record() for s in offer.sessions] == [{"days": ["mon"], "starts": "10:00", "ends": "14:00", "weeks": "all_year"}]
    assert offer.conditions == ["Check the opening times: by luck"]


def test_importing_again_changes_nothing_and_a_change_asks_to_be_looked_at(session: Session, at: datetime) -> None:
    _import(session, CSV, at)
    again = _import(session, CSV, at)
    assert (len(again.new), len(again.changed), again.same) == (0, 0, 1)
    offer = session.scalars(select(Offer)).unique().one()
    offer.needs, offer.confirmed_on = ["warm_space"], at.date()
    _import(session, CSV.replace("Tea for all", "Soup"), at)
    assert (offer.description, offer.needs, offer.confirmed_on, offer.flagged_wrong_at) == ("Soup", ["warm_space"], at.date(), at)


@pytest.mark.parametrize("text", [json.dumps(ORUK), json.dumps([ORUK]), json.dumps({"contents": [ORUK]}), json.dumps(ORUK) + "\n" + json.dumps(ORUK | {"id": "s2"})])
def test_open_referral_services_are_read(text: str) -> None:
    rows, refused = importing.read_rows(text)
    assert refused == []
    assert (rows[0].organisation, rows[0].postcode, rows[0].latitude, rows[0].address) == ("Example", "LS9 7AB", 53.8, "1 Road, Town")


@pytest.mark.parametrize("text", ["", "   ", "{", "[]", "null", '{"contents": []}', "[" * 5000])
def test_a_file_of_another_kind_is_refused(text: str) -> None:
    with pytest.raises(InvalidRecord):
        importing.read_rows(text)


def test_a_bomb_and_another_encoding_are_refused(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.csv.gz"
    bomb.write_bytes(gzip.compress(b"a" * (importing.LARGEST_BYTES + 1), 9))
    with pytest.raises(InvalidRecord, match="50 MB"):
        importing.read_text(bomb)
    wide = tmp_path / "wide.csv"
    wide.write_bytes("id,title\n1,x".encode("utf-16"))
    with pytest.raises(InvalidRecord, match="UTF-8"):
        importing.read_text(wide)


@given(st.text(max_size=200))
def test_no_hours_break_the_reader(text: str) -> None:
    sessions, unread = read_hours(text)
    assert sessions or unread or not text.replace(";", "").strip()


@pytest.mark.parametrize(
    ("said", "ages", "unread"),
    [
        ("11+", (11, None), ""), ("7 years upwards", (7, None), ""), ("6 years - 14 years", (6, 14), ""), ("under 5s", (None, 4), ""), ("Over 18s", (18, None), ""),
        ("up to 25 years", (None, 25), ""), ({"min_age": 0, "max_age": 11, "free": None}, (0, 11), ""), ({"age": "16 to 24"}, (16, 24), ""), ("Women only, aged 16+", (None, None), "Women only, aged 16+"),
        ("20-5", (None, None), "20-5"), ({"min_age": "lots"}, (None, None), ""), ({"needs_referral": True}, (None, None), "somebody has to refer people"), (None, (None, None), ""), ("999+", (None, None), "999+"),
    ],
)
def test_whom_it_is_for_is_read_into_ages_or_kept_as_words(said: object, ages: tuple[float | None, float | None], unread: str) -> None:
    found = read_eligibility(said)
    assert (found.age_min_years, found.age_max_years, found.unread) == (*ages, unread)


@given(st.one_of(st.text(max_size=60), st.dictionaries(st.sampled_from(["min_age", "max_age", "age", "free"]), st.one_of(st.none(), st.integers(), st.text(max_size=12)))))
def test_whatever_is_said_the_ages_make_sense_and_words_are_never_lost(said: object) -> None:
    found = read_eligibility(said)
    assert found.age_min_years is None or 0 <= found.age_min_years <= 120
    if found.age_min_years is not None and found.age_max_years is not None:
        assert found.age_min_years <= found.age_max_years
    if isinstance(said, str) and said.split() and found.age_min_years is None and found.age_max_years is None:
        assert found.unread == " ".join(said.split())


def test_what_could_not_be_read_is_to_be_checked(session: Session, at: datetime) -> None:
    row = {"id": "a", "title": "Warm club", "eligibility": "Carers in the borough", "is_free": "No", "fees": "£2 a week"}
    _import(session, json.dumps(row), at)
    offer = session.scalars(select(Offer)).unique().one()
    assert offer.conditions == ["Check whom it is for: Carers in the borough", "Check the cost: £2 a week"]


def test_an_age_that_cannot_be_is_refused_by_its_row() -> None:
    _rows, refused = importing.read_rows(json.dumps([{"id": "a", "title": "x", "minimum_age": 300}, {"id": "b", "title": "y", "minimum_age": 9, "maximum_age": 5}]))
    assert [(r.row, r.field) for r in refused] == [(1, "minimum_age"), (2, "minimum_age")]
