"""Worlds drawn from a seed: offers and requests that keep the contract, quick enough to draw by the thousand, and hard on the rules."""

from __future__ import annotations

import random
from typing import Any

from tests.builders_matching import HOME, ON, TERMS

CODES = ("parenting", "lonely", "debt", "own_community")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TONGUES = ("en", "so", "ur", "pa-Guru", "pa")
MODES = ("in_person", "online", "phone", "home_visit", "recorded", "delivery")
FEATURES = ("step_free", "travel_paid", "creche", "bsl", "ehc_plan_required")
THREE = ("yes", "no", "no", "not_known")


def _clock(rng: random.Random) -> str:
    return f"{rng.randrange(24):02d}:{rng.choice(('00', '30'))}"


def hours(rng: random.Random) -> tuple[str, str]:
    """Two different times of day; the second may be past midnight."""
    while True:
        first, second = _clock(rng), _clock(rng)
        if first != second:
            return first, second


def a_drawn_session(rng: random.Random) -> dict[str, Any]:
    """A session; some run past midnight, some only in term, some are over."""
    starts, ends = hours(rng)
    row: dict[str, Any] = {"days": rng.sample(DAYS, rng.randint(1, 3)), "starts": starts, "ends": ends}
    return row | rng.choice(({}, {}, {"weeks": "term_time"}, {"weeks": "school_holidays"}, {"until": "2026-10-01"}, {"until": "2026-12-31"}))


def a_point(rng: random.Random) -> dict[str, float]:
    """A point within about twenty kilometres of the home."""
    return {"latitude": HOME["latitude"] + rng.randint(-20, 20) / 100, "longitude": HOME["longitude"] + rng.randint(-20, 20) / 100}


def a_drawn_offer(rng: random.Random, offer_id: str) -> dict[str, Any]:
    """An offer with each optional field present more often than not."""
    organisation = f"org{rng.randint(1, 6)}"
    states = (
        {"state": "open"}, {"state": "open"}, {"state": "full"}, {"state": "few_places", "places_left": rng.randint(0, 2)}, {"state": "waiting"},
        {"state": "waiting", "waiting_weeks": rng.choice((1, 2.5, 8))}, {"state": "paused"}, {"state": "paused", "paused_until": "2026-09-01"},
    )
    areas = (
        {"kind": "anywhere"}, {"kind": "radius", "km": 3}, {"kind": "radius", "km": 12}, {"kind": "postcodes", "prefixes": ["LS9"]},
        {"kind": "postcodes", "prefixes": ["LS9 6"]}, {"kind": "postcodes", "prefixes": ["LS14", "LS1"]},
    )
    optional: dict[str, Any] = {
        "audience": rng.sample(("family", "adult", "child"), rng.randint(1, 2)), "ages_years": rng.choice(({"min": 5}, {"max": 14}, {"min": 8, "max": 14})),
        "gender": rng.choice(("any", "women", "men")), "who_may_refer": rng.sample(("anyone", "self", "school", "single_point", "dsl"), 2),
        "modes": rng.sample(MODES, rng.choice((1, 1, 2))) if rng.random() < 0.4 else ["in_person"], "place": a_point(rng) if rng.random() < 0.9 else None,
        "place_withheld": rng.random() < 0.1, "area": rng.choice(areas), "languages": rng.sample(TONGUES, rng.randint(1, 2)),
        "interpreter": rng.choice(("yes", "school_arranges", "no", "no", "not_known")), "any_time": rng.random() < 0.2,
        "sessions": [a_drawn_session(rng) for _ in range(rng.randint(0, 3))], "features": {f: rng.choice(THREE) for f in rng.sample(FEATURES, 3)},
        "assured": rng.choice(("yes", "no", "not_known", "not_known")), "community": rng.random() < 0.3,
        "authorisations": rng.choice(([], [{"need": "debt", "valid_until": "2027-01-01"}], [{"need": "debt", "valid_until": "2026-10-19"}])),
        "kind": rng.choice(("group", "goods", "advice")),
    }
    row: dict[str, Any] = {
        "id": offer_id, "organisation": {"id": organisation, "name": organisation}, "name": offer_id, "needs": rng.sample(CODES, rng.randint(1, 3)),
        "availability": rng.choice(states), "confirmed_on": rng.choice(("2026-10-08", "2026-10-20", "2026-09-01", "2026-01-01", None)),
    }
    return row | {k: v for k, v in optional.items() if rng.random() < 0.6}


def a_drawn_requirement(rng: random.Random) -> dict[str, Any]:
    """A requirement of any form; two in three are a must."""
    what = rng.choice(("language", "feature", "mode", "gender", "travel", "wait", "time", "time", "not_time"))
    row: dict[str, Any] = {"what": what, "strength": rng.choice(("must", "must", "would_help"))}
    if what in ("time", "not_time"):
        start, end = hours(rng)
        return row | {"days": rng.sample(DAYS, rng.randint(1, 5)), "from": start, "until": end}
    parts: dict[str, dict[str, Any]] = {
        "language": {"value": rng.choice(TONGUES)}, "feature": {"value": rng.choice(FEATURES)} | rng.choice(({}, {"is": "no"}, {"is": "yes"})),
        "mode": {"value": rng.choice(MODES)}, "gender": {"value": rng.choice(("women", "men"))},
        "travel": {"by": rng.choice(("walk", "bus", "car")), "minutes": rng.choice((5, 20, 60))}, "wait": {"weeks": rng.choice((0, 1, 4))},
    }
    return row | parts[what]


def a_drawn_request(rng: random.Random, most_needs: int = 2) -> dict[str, Any]:
    """A request with requirements of its own and of its needs."""
    needs = []
    for n in range(1, rng.randint(1, most_needs) + 1):
        optional = {
            "for": rng.choice(("family", "adult", "child")), "age_years": rng.choice((3, 4.9, 8, 14.9, 15, 41)), "within": rng.choice(("today", "week", "half_term")),
            "requirements": [a_drawn_requirement(rng) for _ in range(rng.randint(1, 2))],
        }
        needs.append({"id": f"n{n}", "code": rng.choice(CODES)} | {k: v for k, v in optional.items() if rng.random() < 0.5})
    row: dict[str, Any] = {
        "id": "r1", "on": ON, "safety": "no", "needs": needs, "requirements": [a_drawn_requirement(rng) for _ in range(rng.randint(0, 4))],
        "home": HOME if rng.random() < 0.9 else None, "postcode": rng.choice(("LS9 7AB", "LS9 7AB", "LS14 1BW", "LS9", None)),
    }
    if rng.random() < 0.8:
        row["calendar"] = {"term": TERMS}
    if rng.random() < 0.3:
        row["referrer"] = rng.choice(("self", "professional", "dsl"))
    return row
