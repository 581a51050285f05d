"""Where each field came from, what a person changed, and two offers made one by a person."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from partners.foundation import users
from partners.foundation.actors import SYSTEM, Actor, Role
from partners.foundation.errors import Conflict, NotAllowed
from partners.oruk import intake
from partners.referrals import merging, replies
from partners.registry import accepting, duplicates, offers
from partners.registry.importing import origins
from partners.registry.offers import Offer

CSV = b"id;title;description;postcode;lat;lon\na;Warm room;Tea for all;LS9 7AB;53.8;-1.5\n"


def _import(session: Session, blob: bytes, at: datetime, source: str = "town") -> None:
    intake.apply(session, intake.plan(session, blob, source=source), by=SYSTEM, at=at, file_name="list.csv")


@pytest.fixture
def flo(session: Session, at: datetime) -> Actor:
    from partners.families import schools

    school = schools.add(session, name="Elm Primary", phone="0113 496 0000", dsl_name="Ann", dsl_phone="0113 496 0001", by=SYSTEM, at=at)
    return users.actor_of(users.add(session, email="flo@elm.example", name="Jas", roles=[Role.FLO], school_id=school.id, by=SYSTEM, at=at))


def test_each_field_says_its_source_row_and_day_and_what_a_person_changed_stays(session: Session, at: datetime, flo: Actor) -> None:
    _import(session, CSV, at)
    offer = session.scalars(select(Offer)).unique().one()
    found = origins.of(session, offer)
    assert {"name", "description", "place", "ages"} <= set(found)
    assert (found["name"].source, found["name"].file_name, found["name"].row, found["name"].at, found["name"].changed_here) == ("town", "list.csv", 1, at, False)
    offers.change(session, offer, by=flo, at=at, seen_version=offer.version, description="Tea and cake")
    assert origins.of(session, offer)["description"].changed_here
    later = at + timedelta(days=1)
    _import(session, CSV.replace(b"Tea for all", b"Soup").replace(b"Warm room", b"Warmer room"), later)
    found = origins.of(session, offer)
    assert (offer.name, offer.description) == ("Warmer room", "Tea and cake")
    assert (found["name"].at, found["place"].at) == (later, at)


def test_what_is_left_out_does_not_come_back(session: Session, at: datetime, flo: Actor) -> None:
    _import(session, CSV, at)
    accepting.leave_out(session, session.scalars(select(Offer)).unique().one(), by=flo, at=at)
    _import(session, CSV.replace(b"Tea", b"Soup"), at + timedelta(days=1))
    assert offers.listed(session) == []
    assert accepting.waiting(session, by=flo).unread == 0


def test_two_that_look_alike_are_one_only_when_a_person_says_so(session: Session, at: datetime, flo: Actor) -> None:
    _import(session, CSV, at)
    _import(session, CSV.replace(b"Tea for all", b"").replace(b"a;Warm room", b"z;The Warm Room"), at, source="county")
    assert duplicates.find(session, by=flo, at=at) == 1
    assert duplicates.find(session, by=flo, at=at) == 0
    [(pair, first, _second)], total = duplicates.open_pairs(session, by=flo)
    assert (total, len(offers.listed(session))) == (1, 2)
    side = "first" if first.source == "county" else "second"
    kept, gone = merging.both(session, pair, side)
    word = replies.new_offer_link(session, gone, at=at)
    assert {d.name for d in merging.preview(kept, gone)} >= {"name", "description"}
    with pytest.raises(NotAllowed):
        merging.merge(session, pair, keep=side, take=[], by=SYSTEM, at=at)
    merging.merge(session, pair, keep=side, take=["description"], by=flo, at=at)
    assert (kept.description, kept.name, gone.archived_at) == ("Tea for all", "The Warm Room", at)
    assert offers.listed(session) == [kept]
    assert word
    assert all(link.revoked_at == at for link in session.scalars(select(replies.OfferLink)))  # another organisation's link ends
    assert merging.merge(session, pair, keep=side, take=[], by=flo, at=at) is kept
    with pytest.raises(Conflict):
        duplicates.differ(session, pair, by=flo, at=at)
