"""A service at several places comes in with all of them, again without a change, and goes out as it came; what a person changed is left alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from partners.foundation.actors import SYSTEM
from partners.oruk import exporter, intake
from partners.registry import places_of_offers, terms
from partners.registry.importing import origins
from partners.registry.offers import Offer

PLACES = [("One Hall", "1 Elm Road", "LS9 7AB", 53.8, -1.5), ("Two Hall", "2 Elm Road", "LS9 7AA", 53.81, -1.51), ("Zed Hall", "3 Elm Road", "", None, None)]


def _document(places: list[tuple[Any, ...]] = PLACES, name: str = "Warm room") -> dict[str, Any]:
    return {
        "id": "s1", "name": name, "status": "active", "organization": {"id": "o1", "name": "Hope"},
        "service_at_locations": [
            {"id": f"at{n}", "location": {"id": f"l{n}", "name": title, "latitude": lat, "longitude": lon, "addresses": [{"address_1": line, "postal_code": code}]}}
            for n, (title, line, code, lat, lon) in enumerate(places)
        ],
    }


def _bring(session: Session, at: datetime, *documents: dict[str, Any]) -> tuple[int, int, int]:
    made = intake.plan(session, list(documents), source="feed")
    intake.apply(session, made, by=SYSTEM, at=at, propose=lambda *_: [])
    session.flush()
    session.expire_all()
    return len(made.new), len(made.changed), made.same


@pytest.fixture
def offer(session: Session, at: datetime) -> Offer:
    assert _bring(session, at, _document()) == (1, 0, 0)
    return session.scalars(select(Offer)).unique().one()


def _told(session: Session, offer: Offer) -> list[tuple[Any, ...]]:
    return [(x.name, x.address, x.postcode, x.latitude, x.longitude) for x in exporter.facts_of(offer, further=terms.further_places(session, offer)).locations]


def test_every_place_comes_in_with_where_it_came_from_and_goes_out_again(session: Session, at: datetime, offer: Offer) -> None:
    first, *further = _told(session, offer)
    assert first[1:] == PLACES[0][1:]
    assert further == PLACES[1:]
    assert origins.of(session, offer)["further_places"].source == "feed"
    assert not any("places" in line for line in offer.conditions)
    assert _bring(session, at, _document()) == (0, 0, 1)
    # Another place, and one fewer.
    changed = [PLACES[0], PLACES[2], ("New Hall", "4 Elm Road", "LS9 7AB", 53.8, -1.5)]
    assert _bring(session, at, _document(changed)) == (0, 1, 0)
    assert sorted(_told(session, offer)[1:]) == sorted(changed[1:])
    assert _bring(session, at, _document(PLACES[:1])) == (0, 1, 0)
    assert _told(session, offer)[1:] == []


def test_places_that_a_person_changed_are_left_as_they_are(session: Session, at: datetime, offer: Offer) -> None:
    places_of_offers.add(session, offer, name="Ours", address="9 Elm Road", postcode=None, withheld=False, by=_flo(), at=at)
    assert _bring(session, at, _document(PLACES[:2])) == (0, 1, 0)
    assert {x[0] for x in _told(session, offer)[1:]} == {"Two Hall", "Zed Hall", "Ours"}
    assert origins.of(session, offer)["further_places"].changed_here


def test_where_one_place_is_withheld_so_is_each_that_comes(session: Session, at: datetime, offer: Offer) -> None:
    (place, *_) = terms.further_places(session, offer)
    place.withheld = True
    session.flush()
    assert _bring(session, at, _document([*PLACES, ("New Hall", "4 Elm Road", "", None, None)])) == (0, 1, 0)
    found = terms.further_places(session, offer)
    assert len(found) == 3
    assert all(p.withheld for p in found)


def _flo() -> Any:
    import uuid

    from partners.foundation.actors import Actor, Role

    return Actor(kind="user", name="Jo", roles=frozenset({Role.FLO}), school_id=uuid.uuid4())
