"""The fields of the contract, and no others: every object of a record takes just these, and says so of any other."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from matcher import InvalidRecord, Offer, Request
from matcher.names import FEATURES
from tests.builders_matching import HOME, a_need, a_request, a_requirement, a_session, an_offer

WHOLE_OFFER = an_offer(
    place=HOME, area={"kind": "radius", "km": 3}, ages_years={"min": 1, "max": 9}, sessions=[a_session()], features={"free": "yes"},
    authorisations=[{"need": "debt", "valid_until": "2027-01-01"}], reply_record={"asked": 3, "in_time": 2},
)
WHOLE_REQUEST = a_request(a_requirement("travel", by="bus", minutes=20), needs=[a_need()], home=HOME)

# What each object may hold, by where it stands. Source: offer.schema.json and request.schema.json.
OFFER_FIELDS: dict[str, set[str]] = {
    "": {
        "id", "organisation", "name", "description", "needs", "kind", "audience", "ages_years", "gender", "who_may_refer", "modes", "place", "place_withheld", "area", "languages",
        "interpreter", "any_time", "sessions", "features", "availability", "confirmed_on", "authorisations", "assured", "reply_record", "conditions", "community",
    },
    "organisation": {"id", "name"}, "ages_years": {"min", "max"}, "place": {"latitude", "longitude"}, "area": {"kind", "km"},
    "sessions.0": {"days", "starts", "ends", "weeks", "mode", "from", "until"}, "features": set(FEATURES),
    "availability": {"state", "waiting_weeks", "paused_until", "places_left", "answers_within"}, "authorisations.0": {"need", "valid_until"},
    "reply_record": {"asked", "in_time"},
}
REQUEST_FIELDS: dict[str, set[str]] = {
    "": {"id", "on", "safety", "referrer", "home", "postcode", "calendar", "needs", "requirements", "keep_away", "one_at_a_time"},
    "home": {"latitude", "longitude"}, "calendar": {"term"}, "calendar.term.0": {"starts", "ends"},
    "needs.0": {"id", "code", "for", "age_years", "within", "requirements"}, "requirements.0": {"what", "strength", "by", "minutes", "is"},
}
PLACES = [(Offer, WHOLE_OFFER, where, fields) for where, fields in OFFER_FIELDS.items()] + [(Request, WHOLE_REQUEST, where, fields) for where, fields in REQUEST_FIELDS.items()]


def inside(record: dict[str, Any], where: str) -> dict[str, Any]:
    found: Any = record
    for step in filter(None, where.split(".")):
        found = found[int(step) if step.isdigit() else step]
    return found


def test_the_whole_records_keep_the_contract() -> None:
    assert Offer.from_dict(WHOLE_OFFER).area == ("radius", 3)
    assert Request.from_dict(WHOLE_REQUEST).needs


@pytest.mark.parametrize(("record", "whole", "where", "fields"), PLACES, ids=[f"{r.__name__} {w or 'itself'}" for r, _, w, _ in PLACES])
@pytest.mark.parametrize("other", ["ethnicity", "said_on", "Id", ""])
def test_an_object_takes_the_fields_of_the_contract_and_no_others(record: Callable[..., Any], whole: dict[str, Any], where: str, fields: set[str], other: str) -> None:
    spoilt = copy.deepcopy(whole)
    inside(spoilt, where)[other] = "x"
    with pytest.raises(InvalidRecord) as refused:
        record.from_dict(spoilt)  # type: ignore[attr-defined]
    (fault,) = refused.value.faults
    assert f"{other}: is not a field of this record" in fault
    assert set(fault.rpartition("one of ")[2].split(", ")) == fields


def test_yes_may_be_said_where_it_goes_without_saying_and_no_only_of_a_feature() -> None:
    said = a_requirement("language", value="so", is_="yes")
    assert Request.from_dict(a_request(said)).requirements[0].value == "so"
    with pytest.raises(InvalidRecord, match="is: is 'no'; it should be yes, or left out"):
        Request.from_dict(a_request(said | {"is": "no"}))


def test_an_id_of_a_need_may_be_any_text() -> None:
    assert Request.from_dict(a_request(needs=[a_need("")])).needs[0].id == ""
