"""Requests: from the registry's and the families' rows to the matcher's plain records. The one place that strips who a family is."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from partners.families import requirements, schools
from partners.families.families import Family
from partners.families.needs import Need
from partners.foundation.actors import Actor
from partners.foundation.calendars import london
from partners.foundation.errors import InvalidRecord
from partners.foundation.postcodes import Located, blurred, sector_of
from partners.referrals.referrals import Referral
from partners.registry import times
from partners.registry.offers import AvailabilityState, Offer
from partners.registry.organisations import Organisation
from partners.registry.places import Place

_NOW_CALLED = {"toilet": "accessible_toilet", "loop": "hearing_loop"}  # features recorded before they had the contract's names


def request_record(session: Session, family: Family, needs: list[Need], *, by: Actor, at: datetime) -> dict[str, Any]:
    """Return a request with no name, birth date, address or school number in it: needs, requirements, a blurred point and dates."""
    calendar, rules = schools.get(session, family.school_id).calendar(), [r.rule for r in requirements.of_family(session, family, by=by)]
    return _request(family, needs, rules, calendar, blurred(family.postcode) if family.postcode else None, at=at)


def request_records(session: Session, found: dict[Family, list[Need]], *, by: Actor, at: datetime) -> list[dict[str, Any]]:
    """Return a request for each of many families, as `request_record` does for one, with a few reads for all of them."""
    rules = requirements.of_families(session, found, by=by)
    calendars = {i: schools.get(session, i).calendar() for i in {f.school_id for f in found}}
    points: dict[str, Located | None] = {}  # every postcode of a sector gives the same point
    records = []
    for family, needs in found.items():
        sector = sector_of(family.postcode) if family.postcode else ""
        if sector and sector not in points:
            points[sector] = blurred(family.postcode or "")
        records.append(_request(family, needs, [r.rule for r in rules[family.id]], calendars[family.school_id], points.get(sector), at=at))
    return records


def _request(
    family: Family, needs: list[Need], rules: list[dict[str, Any]], calendar: dict[str, list[dict[str, str]]], located: Located | None, *, at: datetime,
) -> dict[str, Any]:
    return {
        "id": str(needs[0].id), "on": london(at).isoformat(timespec="minutes"), "safety": "no" if family.with_dsl_at is None else "yes",
        "referrer": "school", "home": {"latitude": located.latitude, "longitude": located.longitude} if located else None,
        "postcode": family.postcode, "calendar": calendar,
        "needs": [_need_record(n) for n in needs],
        "requirements": rules,
        "keep_away": list(family.keep_away), "one_at_a_time": family.one_at_a_time,
    }


def _need_record(need: Need) -> dict[str, Any]:
    record: dict[str, Any] = {"id": str(need.id), "code": need.code, "for": need.for_whom.value, "within": need.within.value}
    if need.age_years is not None:
        record["age_years"] = need.age_years
    return record


def read_rules(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return requirements that the matcher can read, just as given. Raises InvalidRecord with the first fault."""
    from matcher.errors import MatcherError
    from matcher.records import Request

    try:
        Request.from_dict({
            "id": "rules", "on": "2026-01-01T00:00:00+00:00", "safety": "no", "needs": [{"id": "n", "code": "food_weekly"}], "requirements": rules,
        })
    except MatcherError as error:
        raise InvalidRecord("requirements", str(error)) from error
    return rules


def reply_records(session: Session) -> dict[Any, dict[str, int]]:
    """Return, by organisation, how many messages were answered within the partner's own promise, of how many asked."""
    asked: dict[Any, dict[str, int]] = {}
    for organisation_id, sent_at, replied_at, promise in session.execute(
        select(Referral.organisation_id, Referral.sent_at, Referral.replied_at, Offer.reply_promise_days).join(Offer, Offer.id == Referral.offer_id)
        .where(Referral.sent_at.is_not(None))
    ):
        row = asked.setdefault(organisation_id, {"asked": 0, "in_time": 0})
        if replied_at is None or sent_at is None:
            continue
        row["asked"] += 1
        row["in_time"] += (replied_at - sent_at).total_seconds() <= (promise + 2 * ((promise + 4) // 5)) * 86_400
    return asked


def _features(recorded: dict[str, str]) -> dict[str, str]:
    """Return the features that the matcher knows; what else was recorded of an offer stays in the registry."""
    from matcher.names import FEATURES

    said = {_NOW_CALLED.get(name, name): answer for name, answer in recorded.items()}
    return {name: answer for name, answer in said.items() if name in FEATURES}


def session_records(offer: Offer, *, on: date | None) -> tuple[list[dict[str, Any]], list[str]]:
    """Return an offer's sessions as the contract has them, and what it has no field for, in words that stand under what to check first.

    The contract knows weekdays only. What comes round once a month or every other week stands in it date by date, for 400 days from `on`, so
    that its next date is true and nothing calls it weekly. Without `on`, or where nobody knows which weeks, its weekday and hours stand in it
    from a day that never comes: they can be judged, and no next date is told.
    """
    found: list[dict[str, Any]] = []
    told: list[str] = []
    for kept in offer.sessions:
        row = kept.record()
        plain = {name: value for name, value in row.items() if name not in ("nth", "every_weeks", "anchor")}
        if len(plain) == len(row) or times.is_one_day(row):
            found.append(plain)
            continue
        if on is not None and kept.until_on is not None and kept.until_on < on:
            found.append(plain)
            continue
        ahead = [] if on is None else times.dates(row | {"weeks": "all_year"}, start=max(on, kept.from_on or on), days=times.LONGEST_LOOK_DAYS, terms=[])
        dated = [plain | {"days": [times.CODES[d.weekday()]], "from": d.isoformat(), "until": d.isoformat()} for d in ahead]
        if not dated and on is not None and kept.until_on is not None and ("nth" in row or "anchor" in row):
            # It ends before its next date would come, so it is over already.
            found.append({name: value for name, value in plain.items() if name != "from"} | {"until": (on - timedelta(days=1)).isoformat()})
            continue
        found += dated or [{name: value for name, value in plain.items() if name != "until"} | {"from": date.max.isoformat()}]
        told.append(f"Not every week: {_lowered(kept.words(on=on))}.")
    return found, told


def _lowered(words: str) -> str:
    return words[:1].lower() + words[1:]


def offer_record(offer: Offer, replies: dict[str, int] | None = None, *, on: date | None = None) -> dict[str, Any]:
    """Return an offer as the matcher reads it on a day, with the features that it knows. A withheld place is not in it at all."""
    sessions, not_weekly = session_records(offer, on=on)
    place = offer.place
    withheld = place is not None and place.withheld
    availability: dict[str, Any] = {"state": offer.availability.value}
    if offer.availability is AvailabilityState.WAITING and offer.waiting_weeks is not None:
        availability["waiting_weeks"] = offer.waiting_weeks
    if offer.availability is AvailabilityState.PAUSED and offer.paused_until is not None:
        availability["paused_until"] = offer.paused_until.isoformat()
    if offer.places_left is not None:
        availability["places_left"] = offer.places_left
        if offer.places_left == 0 and offer.availability in (AvailabilityState.OPEN, AvailabilityState.FEW_PLACES):
            availability["state"] = "full"
    if offer.answers_within:
        availability["answers_within"] = offer.answers_within
    record: dict[str, Any] = {
        "id": str(offer.id), "organisation": {"id": str(offer.organisation_id), "name": offer.organisation.name}, "name": offer.name,
        "description": offer.description, "needs": offer.needs, "kind": offer.kind, "gender": offer.gender, "who_may_refer": offer.who_may_refer,
        "modes": offer.modes, "place_withheld": withheld, "area": offer.area, "languages": offer.languages, "interpreter": offer.interpreter,
        "any_time": offer.any_time, "sessions": sessions, "features": _features(offer.features), "availability": availability,
        "confirmed_on": offer.confirmed_on.isoformat() if offer.confirmed_on else None, "assured": offer.assured, "community": offer.community,
        "authorisations": [{"need": a.need_code, "valid_until": a.valid_until.isoformat()} for a in offer.authorisations],
        "conditions": [*offer.conditions, *not_weekly, *(["Someone said that this may be wrong: ask before you send."] if offer.flagged_wrong_at else [])],
        "place": None if place is None or withheld or place.latitude is None else {"latitude": place.latitude, "longitude": place.longitude},
    }
    if offer.audience:
        record["audience"] = offer.audience
    ages = {k: v for k, v in (("min", offer.age_min_years), ("max", offer.age_max_years)) if v is not None}
    if ages:
        record["ages_years"] = ages
    if replies and replies["asked"]:
        record["reply_record"] = replies
    return record


def fault_of(facts: dict[str, Any]) -> str | None:
    """Return what the matcher could not read in some facts of an offer, or None."""
    from matcher.errors import MatcherError
    from matcher.records import Offer as OfferRecord

    try:
        OfferRecord.from_dict({
            "id": "facts", "organisation": {"id": "facts", "name": "facts"}, "name": "facts", "needs": ["food_weekly"], "availability": {"state": "open"}, "confirmed_on": None, **facts,
        })
    except MatcherError as error:
        return str(error)
    return None


def registry_version(session: Session) -> tuple[Any, ...]:
    """Return a mark that changes whenever an offer, its organisation, what places are withheld, or a partner's record of replies does."""
    offers = session.execute(select(func.count(Offer.id), func.sum(Offer.version), func.max(Offer.updated_at))).one()
    answers = session.execute(select(func.count(Referral.sent_at), func.count(Referral.replied_at))).one()
    organisations = session.execute(select(func.count(Organisation.id), func.sum(Organisation.version))).one()
    withheld = session.scalar(select(func.count(Place.id)).where(Place.withheld))
    return (*offers, *answers, *organisations, withheld)
