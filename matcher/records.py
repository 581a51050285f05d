"""The records that go in and come out. They hold what an offer does and what a request asks; never who a family is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from matcher import reading_records as read
from matcher.answers import Answer, LeftOut, NeedAnswer, Plan, Reason, Suggestion, Verdict
from matcher.errors import InvalidOffer, InvalidRequest
from matcher.reading_records import DAYS, Reader
from matcher.requirements import FEATURES, MODES, Requirement, read_requirements

__all__ = [
    "FEATURES", "MODES", "Answer", "LeftOut", "Need", "NeedAnswer", "Offer", "Place", "Plan", "Reason", "Request", "Requirement", "Session", "Suggestion", "Verdict",
]

THREE = ("yes", "no", "not_known")
KINDS = ("group", "one_to_one", "advice", "goods", "money", "event", "room", "volunteer_time", "training")
STATES = ("open", "few_places", "waiting", "paused", "full")
REFERRERS = ("anyone", "self", "school", "professional", "single_point", "dsl")
WITHIN = ("today", "week", "half_term", "whenever")


@dataclass(frozen=True)
class Place:
    """A point in WGS84 degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True)
class Session:
    """A regular session: weekdays (0 is Monday), minutes since midnight in Europe/London, and in which weeks."""

    days: tuple[int, ...]
    starts: int
    ends: int
    weeks: str = "all_year"
    mode: str | None = None
    from_on: date | None = None
    until_on: date | None = None


@dataclass(frozen=True)
class Authorisation:
    """A registration for regulated work, valid up to and including a day."""

    need: str
    valid_until: date


@dataclass(frozen=True)
class Offer:
    """What an organisation can do or give, on stated terms (the contract's offer)."""

    id: str
    organisation: str
    organisation_name: str
    name: str
    needs: tuple[str, ...]
    availability: str
    confirmed_on: date | None
    description: str = ""
    kind: str | None = None
    audience: tuple[str, ...] = ()
    age_min: float | None = None
    age_max: float | None = None
    gender: str = "any"
    who_may_refer: tuple[str, ...] = ("anyone",)
    modes: tuple[str, ...] = ("in_person",)
    place: Place | None = None
    place_withheld: bool = False
    area: tuple[str, Any] = ("anywhere", None)
    languages: tuple[str, ...] = ("en",)
    interpreter: str = "not_known"
    any_time: bool = False
    sessions: tuple[Session, ...] = ()
    features: dict[str, str] = field(default_factory=dict)
    waiting_weeks: float | None = None
    paused_until: date | None = None
    places_left: int | None = None
    availability_on: date | None = None
    answers_within: str | None = None
    authorisations: tuple[Authorisation, ...] = ()
    assured: str = "not_known"
    asked: int = 0
    in_time: int = 0
    conditions: tuple[str, ...] = ()
    community: bool = False
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_dict(cls, data: Any) -> Offer:
        """Read an offer. Raises InvalidOffer with every fault, one line each."""
        faults: list[str] = []
        where = f"offer {data.get('id')}" if isinstance(data, dict) and isinstance(data.get("id"), str) else "offer"
        r = Reader(data, where[:80], faults)
        values: dict[str, Any] = {"id": r.take("id", read.words, "a text", required=True, default="")}
        organisation = Reader(r.data.get("organisation", {}), f"{where[:80]}: organisation", faults)
        r.take("organisation", dict, "an object with id and name", required=True)
        values["organisation"] = organisation.take("id", read.words, "a text", required="organisation" in r.data, default="")
        values["organisation_name"] = organisation.take("name", read.words, "a text", required="organisation" in r.data, default="")
        organisation.finish()
        values["name"] = r.take("name", read.words, "a text", required=True, default="")
        values["description"] = r.take("description", read.text, "a text", default="")
        codes = r.take("needs", read.many_of(lambda v: v, least=1), "a list of at least one need code, none twice", required=True, default=())
        values["needs"] = tuple(read.need_code(r, "needs", c) for c in codes)
        if len({str(c) for c in codes}) < len(codes):
            r.fault("needs", "names a code twice", "a list in which each code stands once")
        values["kind"] = r.take("kind", read.one_of(*KINDS), f"one of {', '.join(KINDS)}")
        audience = read.many_of(read.one_of("family", "adult", "child"), unique=True)
        values["audience"] = r.take("audience", audience, "a list of family, adult, child", default=())
        values["age_min"], values["age_max"] = _ages(r)
        values["gender"] = r.take("gender", read.one_of("any", "women", "men"), "any, women or men", default="any")
        refer = read.many_of(read.one_of(*REFERRERS), least=1)
        values["who_may_refer"] = r.take("who_may_refer", refer, f"a list of {', '.join(REFERRERS)}", default=("anyone",))
        values["modes"] = r.take("modes", read.many_of(read.one_of(*MODES)), f"a list of {', '.join(MODES)}", default=("in_person",))
        values["place"] = _point(r, "place")
        values["place_withheld"] = r.take("place_withheld", read.flag, "true or false", default=False)
        values["area"] = _area(r)
        values["languages"] = r.take("languages", read.many_of(read.words), "a list of BCP 47 tags such as 'so'", default=("en",))
        values["interpreter"] = r.take("interpreter", read.one_of("yes", "school_arranges", "no", "not_known"), "yes, school_arranges, no or not_known", default="not_known")
        values["any_time"] = r.take("any_time", read.flag, "true or false", default=False)
        rows = r.take("sessions", read.many_of(lambda v: v), "a list of sessions", default=())
        values["sessions"] = tuple(_session(row, f"{where[:80]}: sessions[{n}]", faults) for n, row in enumerate(rows))
        values["features"] = _features(r)
        values |= _availability(r)
        values["confirmed_on"] = r.take("confirmed_on", read.maybe(read.day), "a day such as 2026-10-08, or null", required=True)
        values["authorisations"] = _authorisations(r)
        values["assured"] = r.take("assured", read.one_of(*THREE), "yes, no or not_known", default="not_known")
        values["asked"], values["in_time"] = _reply_record(r)
        values["conditions"] = r.take("conditions", read.many_of(read.words), "a list of texts", default=())
        values["community"] = r.take("community", read.flag, "true or false", default=False)
        r.finish()
        if faults:
            raise InvalidOffer(faults)
        return cls(**values, raw=data)


def _ages(r: Reader) -> tuple[float | None, float | None]:
    ages = r.take("ages_years", dict, "an object with min and max", default={})
    inner = Reader(ages, f"{r.where}: ages_years", r.faults)
    low = inner.take("min", read.number(0), "a number of years from 0")
    high = inner.take("max", read.number(0), "a number of years from 0")
    inner.finish()
    if low is not None and high is not None and low > high:
        r.fault("ages_years", f"has a minimum of {low} above its maximum of {high}", "a minimum that is not above the maximum")
    return low, high


def _point(r: Reader, field_name: str) -> Place | None:
    value = r.take(field_name, read.maybe(dict), "a point with latitude and longitude, or null")
    if value is None:
        return None
    inner = Reader(value, f"{r.where}: {field_name}", r.faults)
    latitude = inner.take("latitude", read.number(-90, 90), "degrees from -90 to 90", required=True)
    longitude = inner.take("longitude", read.number(-180, 180), "degrees from -180 to 180", required=True)
    inner.finish()
    return Place(latitude, longitude) if latitude is not None and longitude is not None else None


def _area(r: Reader) -> tuple[str, Any]:
    value = r.take("area", dict, "an object with a kind", default={"kind": "anywhere"})
    inner = Reader(value, f"{r.where}: area", r.faults)
    kind = inner.take("kind", read.one_of("anywhere", "radius", "postcodes"), "anywhere, radius or postcodes", required=True)
    detail: Any = None
    if kind == "radius":
        detail = inner.take("km", read.number(0, above=True), "a number of kilometres above 0", required=True)
    if kind == "postcodes":
        detail = inner.take("prefixes", read.many_of(read.words, least=1), "a list of outcodes or sectors such as 'LS9' or 'LS14 1'", required=True)
    inner.finish()
    return (kind or "anywhere", detail)


def _session(row: Any, where: str, faults: list[str]) -> Session:
    s = Reader(row, where, faults)
    days = s.take("days", read.many_of(read.one_of(*DAYS), least=1), f"a list of {', '.join(DAYS)}", required=True, default=("mon",))
    starts = s.take("starts", read.clock, "a time such as 09:15", required=True, default=0)
    ends = s.take("ends", read.clock, "a time such as 11:15", required=True, default=1)
    weeks = s.take("weeks", read.one_of("all_year", "term_time", "school_holidays"), "all_year, term_time or school_holidays", default="all_year")
    mode = s.take("mode", read.one_of("in_person", "online", "phone", "home_visit"), "in_person, online, phone or home_visit")
    first = s.take("from", read.day, "a day such as 2026-11-07")
    last = s.take("until", read.day, "a day such as 2026-11-07")
    s.finish()
    if first and last and first > last:
        s.fault("until", f"is {last}, before its start on {first}", "the same day or later")
    if starts == ends:
        s.fault("ends", "is when it starts", "a later time")
    return Session(tuple(sorted({DAYS.index(d) for d in days})), starts, ends, weeks, mode, first, last)


def _features(r: Reader) -> dict[str, str]:
    value = r.take("features", dict, "an object of yes, no or not_known", default={})
    inner = Reader(value, f"{r.where}: features", r.faults)
    found = {name: inner.take(name, read.one_of(*THREE), "yes, no or not_known", default="not_known") for name in value if name in FEATURES}
    inner.seen |= set(FEATURES)
    inner.finish()
    return found


def _availability(r: Reader) -> dict[str, Any]:
    inner = Reader(r.take("availability", dict, "an object with a state", required=True, default={}), f"{r.where}: availability", r.faults)
    values = {
        "availability": inner.take("state", read.one_of(*STATES), f"one of {', '.join(STATES)}", required="availability" in r.data, default="open"),
        "waiting_weeks": inner.take("waiting_weeks", read.number(0), "a number of weeks from 0"),
        "paused_until": inner.take("paused_until", read.day, "a day such as 2027-04-01"),
        "places_left": inner.take("places_left", read.number(0, whole=True), "a whole number from 0"),
        "answers_within": inner.take("answers_within", read.one_of("today", "week", "half_term"), "today, week or half_term"),
    }
    inner.finish()
    return values


def _authorisations(r: Reader) -> tuple[Authorisation, ...]:
    rows = r.take("authorisations", read.many_of(lambda v: v), "a list of need and valid_until", default=())
    found = []
    for n, row in enumerate(rows):
        inner = Reader(row, f"{r.where}: authorisations[{n}]", r.faults)
        code = inner.take("need", read.words, "a need code", required=True)
        until = inner.take("valid_until", read.day, "a day such as 2027-06-30", required=True)
        inner.finish()
        if code is not None:
            read.need_code(inner, "need", code)
        if code is not None and until is not None:
            found.append(Authorisation(code, until))
    return tuple(found)


def _reply_record(r: Reader) -> tuple[int, int]:
    value = r.take("reply_record", dict, "an object with asked and in_time")
    if value is None:
        return 0, 0
    inner = Reader(value, f"{r.where}: reply_record", r.faults)
    asked = int(inner.take("asked", read.number(0, whole=True), "a whole number from 0", required=True, default=0))
    in_time = int(inner.take("in_time", read.number(0, whole=True), "a whole number from 0", required=True, default=0))
    inner.finish()
    if in_time > asked:
        inner.fault("in_time", f"is {in_time} of {asked} asked", "no more than were asked")
    return asked, in_time


@dataclass(frozen=True)
class Need:
    """One need: its code, whom it is for, an age in years where it is known, and how soon first contact is needed."""

    id: str
    code: str
    for_whom: str = "family"
    age_years: float | None = None
    within: str = "whenever"
    requirements: tuple[Requirement, ...] = ()


@dataclass(frozen=True)
class Request:
    """What is asked, on a day. It has no field for a name, a background, a religion or a school number."""

    id: str
    on: datetime
    safety: str
    needs: tuple[Need, ...]
    referrer: str = "school"
    home: Place | None = None
    postcode: str | None = None
    terms: tuple[tuple[date, date], ...] | None = None
    requirements: tuple[Requirement, ...] = ()
    keep_away: frozenset[str] = frozenset()
    one_at_a_time: bool = False

    @classmethod
    def from_dict(cls, data: Any) -> Request:
        """Read a request. Raises InvalidRequest with every fault, one line each."""
        faults: list[str] = []
        where = f"request {data.get('id')}" if isinstance(data, dict) and isinstance(data.get("id"), str) else "request"
        r = Reader(data, where[:80], faults)
        values: dict[str, Any] = {
            "id": r.take("id", read.words, "a text", required=True, default=""),
            "on": r.take("on", read.instant, "a day and time with offset such as 2026-10-20T15:10:00+01:00", required=True),
            "safety": r.take("safety", read.one_of("no", "yes", "not_sure"), "no, yes or not_sure", required=True),
            "referrer": r.take("referrer", read.one_of("school", "self", "professional", "dsl"), "school, self, professional or dsl", default="school"),
            "home": _point(r, "home"),
            "postcode": r.take("postcode", read.maybe(read.text), "a postcode, or null"),
            "terms": _calendar(r),
            "requirements": read_requirements(r),
            "keep_away": frozenset(r.take("keep_away", read.many_of(read.text), "a list of organisation ids", default=())),
            "one_at_a_time": r.take("one_at_a_time", read.flag, "true or false", default=False),
        }
        rows = r.take("needs", read.many_of(lambda v: v, least=1), "a list of one to ten needs", required=True, default=())
        if len(rows) > 10:
            r.fault("needs", f"has {len(rows)} needs", "one to ten")
        values["needs"] = tuple(_need(row, f"{where[:80]}: needs[{n}]", faults) for n, row in enumerate(rows[:10]))
        ids = [n.id for n in values["needs"]]
        if len(set(ids)) < len(ids):
            r.fault("needs", "uses an id twice", "a different id for each need")
        r.finish()
        if faults:
            raise InvalidRequest(faults)
        return cls(**values)


def _need(row: Any, where: str, faults: list[str]) -> Need:
    r = Reader(row, where, faults)
    need_id = r.take("id", read.text, "a text", required=True, default="")
    code = r.take("code", lambda v: v, "a need code", required=True)
    if code is not None or "code" in r.data:
        code = read.need_code(r, "code", code)
    need = Need(
        need_id, code or "", r.take("for", read.one_of("family", "adult", "child"), "family, adult or child", default="family"),
        r.take("age_years", read.number(0, 120), "years from 0 to 120"),
        r.take("within", read.one_of(*WITHIN), f"one of {', '.join(WITHIN)}", default="whenever"), read_requirements(r),
    )
    r.finish()
    return need


def _calendar(r: Reader) -> tuple[tuple[date, date], ...] | None:
    value = r.take("calendar", dict, "an object with term")
    if value is None:
        return None
    inner = Reader(value, f"{r.where}: calendar", r.faults)
    rows = inner.take("term", read.many_of(lambda v: v), "a list of starts and ends")
    inner.finish()
    if rows is None:
        return None
    spans = []
    for n, row in enumerate(rows):
        span = Reader(row, f"{r.where}: calendar: term[{n}]", r.faults)
        starts = span.take("starts", read.day, "a day such as 2026-09-02", required=True)
        ends = span.take("ends", read.day, "a day such as 2026-10-23", required=True)
        span.finish()
        if starts and ends:
            if ends < starts:
                span.fault("ends", f"is {ends}, before the start on {starts}", "the same day or later")
            spans.append((starts, ends))
    return tuple(sorted(spans))
