"""What offers hold: features that matching reads, what only one kind has, and places that become private with the need."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.names import FEATURES as READ_BY_MATCHING
from matcher.records import Request
from partners.foundation.actors import SYSTEM, Actor, Role
from partners.foundation.errors import InvalidRecord
from partners.matching import suggestions, words
from partners.registry import edits, freshness, offers, organisations, places_of_offers, terms
from partners.registry.edits import StaleEdit
from partners.registry.offers import ConfirmedHow, Offer
from partners.registry.places import PRIVATE_NEEDS, Place
from partners.registry.terms import FeatureCheck
from web import feature_words

FLO = Actor(kind="user", name="Jo", roles=frozenset({Role.FLO}))


@pytest.fixture
def offer(session: Session, at: datetime) -> Offer:
    organisation = organisations.add(session, name="Pantry", by=SYSTEM, at=at)
    made = offers.add(session, organisation, name="Food bags", needs=["food_now"], by=SYSTEM, at=at)
    freshness.confirm(session, made, how=ConfirmedHow.PHONE, name="Joan", by=FLO, at=at - timedelta(days=50))
    return made


def test_every_feature_that_a_person_can_answer_leaves_matching_whole(session: Session, at: datetime, offer: Offer) -> None:
    """One answer under a name that matching does not know once stopped every suggestion of every school."""
    answers = {code: ("yes", "no", "not_known")[n % 3] for n, code in enumerate(feature_words.FEATURES)}
    edits.verify(session, offer, answers, name="Jo, on a visit", by=FLO, at=at, seen=0)
    fitted = suggestions.matcher_for(session, at=at)
    assert fitted is not None
    assert set(READ_BY_MATCHING) <= set(feature_words.FEATURES)
    assert {c.feature for c in session.scalars(select(FeatureCheck))} == {code for code, answer in answers.items() if answer != "not_known"}


def test_a_feature_that_an_older_version_kept_does_not_stop_matching(session: Session, at: datetime, offer: Offer) -> None:
    offer.features = {"a_name_of_long_ago": "yes", "step_free": "yes"}
    session.flush()
    assert suggestions.matcher_for(session, at=at) is not None


def test_one_offer_that_cannot_be_read_takes_no_other_offer_from_anybody(session: Session, at: datetime, offer: Offer, caplog: pytest.LogCaptureFixture) -> None:
    other = offers.add(session, offer.organisation, name="Broken", needs=["food_now"], area={"kind": "the moon"}, by=SYSTEM, at=at)
    freshness.confirm(session, other, how=ConfirmedHow.PHONE, name="Joan", by=FLO, at=at)
    asked = {"id": "r", "on": at.isoformat(), "safety": "no", "referrer": "school", "needs": [{"id": "n", "code": "food_now", "for": "family"}], "requirements": []}
    (need,) = suggestions.matcher_for(session, at=at).suggest(Request.from_dict(asked)).to_dict()["needs"]
    assert [row["offer"] for row in need["suggestions"]] == [str(offer.id)]
    assert str(other.id) in caplog.text
    assert "Broken" not in caplog.text


def test_features_are_versions_too_and_two_editors_see_both(session: Session, at: datetime, offer: Offer) -> None:
    edits.verify(session, offer, {"step_free": "yes"}, name="Jo", by=FLO, at=at, seen=0)
    with pytest.raises(StaleEdit) as stale:
        edits.verify(session, offer, {"step_free": "no"}, name="Ann", by=FLO, at=at, seen=0)
    assert (stale.value.theirs["features"], offer.features) == ({"step_free": "yes"}, {"step_free": "yes"})
    edits.restore(session, offer, 1, by=FLO, at=at, seen=2)
    assert offer.features == {}
    with pytest.raises(InvalidRecord, match="who verified"):
        edits.verify(session, offer, {"step_free": "yes"}, name=" ", by=FLO, at=at, seen=3)


def test_goods_are_not_suggested_after_their_use_by_day(session: Session, at: datetime, offer: Offer) -> None:
    edits.change(session, offer, {"kind": "goods", "use_by": (at + timedelta(days=3)).date().isoformat()}, by=FLO, at=at, seen=0)

    edits.change(session, offer, {"modes": ["delivery"]}, by=FLO, at=at, seen=2)

    def left_out(on: datetime) -> list[str]:
        asked = {"id": "r", "on": on.isoformat(), "safety": "no", "referrer": "school", "needs": [{"id": "n", "code": "food_now", "for": "family"}], "requirements": []}
        (need,) = suggestions.matcher_for(session, at=on).suggest(Request.from_dict(asked)).to_dict()["needs"]
        return [reason["says"] for row in need["left_out"] for reason in row["because"]]

    assert left_out(at + timedelta(days=3)) == []
    assert left_out(at + timedelta(days=4)) == ["Its last date has passed."]


def test_the_private_needs_are_those_whose_offers_are_in_no_list() -> None:
    assert frozenset(code for code, path in words.paths().items() if path in ("restricted", "dsl_only")) == PRIVATE_NEEDS


@pytest.mark.parametrize("way", ["accepted", "edited", "added"])
def test_a_place_is_withheld_from_the_moment_its_offer_is_for_a_restricted_need(session: Session, at: datetime, offer: Offer, way: str) -> None:
    offer.needs, offer.confirmed_on = [], None
    place = places_of_offers.add(session, offer, name="A house", address="4 Some Road", postcode="LS9 7AB", withheld=False, by=FLO, at=at)
    further = places_of_offers.add(session, offer, name="Another", address="", postcode=None, withheld=False, by=FLO, at=at)
    if way == "accepted":
        edits.accept_needs(session, offer, ["domestic_abuse"], by=FLO, at=at)
    elif way == "edited":
        edits.change(session, offer, {"needs": ["lonely", "domestic_abuse"]}, by=FLO, at=at, seen=edits.number_of(session, offer))
    else:
        place = further = Place(organisation_id=offer.organisation_id)
        offers.add(session, offer.organisation, name="Specialist help", needs=["exploitation"], place=place, by=SYSTEM, at=at)
    assert (place.withheld, further.withheld) == (True, True)


def test_a_place_that_a_person_opened_again_stays_open_at_the_next_edit(session: Session, at: datetime, offer: Offer) -> None:
    place = places_of_offers.add(session, offer, name="A drop-in", address="", postcode=None, withheld=False, by=FLO, at=at)
    edits.accept_needs(session, offer, ["domestic_abuse"], by=FLO, at=at)
    place.withheld = False
    edits.change(session, offer, {"needs": ["domestic_abuse", "lonely"]}, by=FLO, at=at, seen=edits.number_of(session, offer))
    assert not place.withheld
    assert terms.of(session, offer).particulars == {}
