"""Hypothesis strategies: offers and requests that keep the contract, dense enough that most requests find something and leave something out."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from matcher.records import FEATURES, MODES
from tests.builders_matching import HOME, ON, TERMS

CODES = ("parenting", "lonely", "debt", "own_community", "grief")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TONGUES = ("en", "so", "ur", "pa-Guru", "pa")
SOME_FEATURES = ("step_free", "creche", "ehc_plan_required", "bsl", "travel_paid")
assert set(SOME_FEATURES) <= set(FEATURES)

clocks = st.integers(0, 23).flatmap(lambda h: st.sampled_from(("00", "30")).map(lambda m: f"{h:02d}:{m}"))
days = st.lists(st.sampled_from(DAYS), min_size=1, max_size=5, unique=True)
points = st.builds(lambda a, b: {"latitude": HOME["latitude"] + a / 100, "longitude": HOME["longitude"] + b / 100}, st.integers(-20, 20), st.integers(-20, 20))
three = st.sampled_from(("yes", "no", "not_known"))


def _present(fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


windows = st.tuples(clocks, clocks).filter(lambda w: w[0] != w[1])


@st.composite
def sessions(draw: st.DrawFn) -> dict[str, Any]:
    """A session; some run past midnight, some only in term, some are over."""
    starts, ends = draw(windows)
    row: dict[str, Any] = {"days": draw(days), "starts": starts, "ends": ends}
    row |= draw(_present({"weeks": st.sampled_from(("all_year", "term_time", "school_holidays"))}))
    row |= draw(st.sampled_from(({}, {}, {"until": "2026-10-01"}, {"from": "2026-11-07", "until": "2026-11-07"}, {"until": "2026-12-31"})))
    return row


availabilities = st.one_of(
    st.just({"state": "open"}), st.just({"state": "full"}), st.builds(lambda n: {"state": "few_places", "places_left": n}, st.integers(0, 3)),
    st.just({"state": "waiting"}), st.builds(lambda w: {"state": "waiting", "waiting_weeks": w}, st.sampled_from((0, 1, 2.5, 8))),
    st.sampled_from(({"state": "paused"}, {"state": "paused", "paused_until": "2026-09-01"}, {"state": "paused", "paused_until": "2027-01-01"})),
)
areas = st.sampled_from((
    {"kind": "anywhere"}, {"kind": "radius", "km": 3}, {"kind": "radius", "km": 30}, {"kind": "postcodes", "prefixes": ["LS9"]},
    {"kind": "postcodes", "prefixes": ["LS9 6"]}, {"kind": "postcodes", "prefixes": ["LS14", "LS1"]},
))


@st.composite
def offers(draw: st.DrawFn, offer_id: str = "o1") -> dict[str, Any]:
    """An offer that keeps the contract."""
    codes = draw(st.lists(st.sampled_from(CODES), min_size=1, max_size=3, unique=True))
    organisation = f"org{draw(st.integers(1, 6))}"
    row: dict[str, Any] = {
        "id": offer_id, "organisation": {"id": organisation, "name": organisation}, "name": offer_id, "needs": codes, "availability": draw(availabilities),
        "confirmed_on": draw(st.sampled_from(("2026-10-08", "2026-10-20", "2026-09-01", "2026-07-01", "2026-01-01", None))),
    }
    row |= draw(_present({
        "audience": st.lists(st.sampled_from(("family", "adult", "child")), min_size=1, max_size=3, unique=True),
        "ages_years": st.sampled_from(({"min": 5}, {"max": 14}, {"min": 8, "max": 14}, {"min": 16}, {"min": 4.5, "max": 11.5})),
        "gender": st.sampled_from(("any", "women", "men")),
        "who_may_refer": st.lists(st.sampled_from(("anyone", "self", "school", "professional", "single_point", "dsl")), min_size=1, max_size=2, unique=True),
        "modes": st.lists(st.sampled_from(MODES), min_size=1, max_size=2, unique=True),
        "place": st.one_of(st.none(), points), "place_withheld": st.booleans(), "area": areas,
        "languages": st.lists(st.sampled_from(TONGUES), min_size=1, max_size=3, unique=True),
        "interpreter": st.sampled_from(("yes", "school_arranges", "no", "not_known")), "any_time": st.booleans(),
        "sessions": st.lists(sessions(), max_size=3), "features": st.dictionaries(st.sampled_from(SOME_FEATURES), three, max_size=4),
        "assured": three, "reply_record": st.sampled_from(({"asked": 0, "in_time": 0}, {"asked": 9, "in_time": 9}, {"asked": 10, "in_time": 1})),
        "authorisations": st.sampled_from(([], [{"need": "debt", "valid_until": "2027-01-01"}], [{"need": "debt", "valid_until": "2026-10-19"}])),
        "conditions": st.sampled_from(([], ["Ask whether they still meet upstairs."])), "community": st.booleans(),
    }))
    return row


strengths = st.sampled_from(("must", "would_help"))


@st.composite
def requirements(draw: st.DrawFn) -> dict[str, Any]:
    """A requirement of any form."""
    what = draw(st.sampled_from(("language", "feature", "mode", "gender", "travel", "wait", "time", "not_time")))
    row: dict[str, Any] = {"what": what, "strength": draw(strengths)}
    if what in ("time", "not_time"):
        begin, end = draw(windows)
        return row | {"days": draw(days), "from": begin, "until": end}
    parts: dict[str, st.SearchStrategy[dict[str, Any]]] = {
        "language": st.sampled_from(TONGUES).map(lambda v: {"value": v}),
        "feature": st.tuples(st.sampled_from(SOME_FEATURES), st.sampled_from(({}, {"is": "no"}, {"is": "yes"}))).map(lambda p: {"value": p[0], **p[1]}),
        "mode": st.sampled_from(MODES).map(lambda v: {"value": v}), "gender": st.sampled_from(("women", "men")).map(lambda v: {"value": v}),
        "travel": st.tuples(st.sampled_from(("walk", "bus", "car")), st.sampled_from((5, 20, 60))).map(lambda p: {"by": p[0], "minutes": p[1]}),
        "wait": st.sampled_from((0, 2, 4)).map(lambda v: {"weeks": v}),
    }
    return row | draw(parts[what])


@st.composite
def needs(draw: st.DrawFn, need_id: str = "n1") -> dict[str, Any]:
    """A need that is suggested for."""
    return {"id": need_id, "code": draw(st.sampled_from(CODES))} | draw(_present({
        "for": st.sampled_from(("family", "adult", "child")), "age_years": st.sampled_from((3, 4.9, 8, 14, 14.9, 15, 41)),
        "within": st.sampled_from(("today", "week", "half_term", "whenever")), "requirements": st.lists(requirements(), max_size=2),
    }))


@st.composite
def requests(draw: st.DrawFn, most_needs: int = 3) -> dict[str, Any]:
    """A request that stops at nothing."""
    row: dict[str, Any] = {"id": "r1", "on": ON, "safety": "no", "needs": [draw(needs(f"n{n}")) for n in range(1, draw(st.integers(1, most_needs)) + 1)]}
    return row | draw(_present({
        "referrer": st.sampled_from(("school", "self", "professional", "dsl")), "home": st.one_of(st.none(), st.just(HOME)),
        "postcode": st.sampled_from((None, "LS9 7AB", "LS14 1BW", "LS9", "")), "calendar": st.sampled_from(({"term": TERMS}, {"term": []}, {})),
        "requirements": st.lists(requirements(), max_size=4), "keep_away": st.lists(st.sampled_from(("org1", "org2", "org9")), max_size=2),
        "one_at_a_time": st.booleans(),
    }))


@st.composite
def worlds(draw: st.DrawFn, most: int = 8) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A request and some offers with ids of their own."""
    count = draw(st.integers(1, most))
    return draw(requests()), [draw(offers(f"o{n}")) for n in range(1, count + 1)]
