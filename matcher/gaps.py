"""Gaps: needs that nothing meets, and the one change that would meet most of them. Each change is run before it is told.

A change is to an offer (an evening session, an interpreter, a second day), to how people get there (a bus fare, a lift), or an
organisation that a directory lists and that could be invited. Counts are of requests, not yet made safe to show: that is for the caller.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from matcher.assessment import assess
from matcher.matcher import Matcher
from matcher.records import Need, Offer, Request, Requirement, Session
from matcher.schedules import local_day
from matcher.taxonomy import NEEDS

_DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
EVENING, MORNING = (18 * 60, 20 * 60), (10 * 60, 12 * 60)  # minutes since midnight; judgement, November 2026
THINGS = frozenset({"goods", "money", "room"})
NOT_GAPS = frozenset({None, "kept_away"})  # a family's own choice is not an unmet need (contract, settled readings)


@dataclass(frozen=True)
class UnmetNeed:
    """One need of one request that nothing meets, and the reason that, lifted, would help most."""

    request: str
    need: str
    code: str
    reason: str


@dataclass(frozen=True)
class Change:
    """One change: what kind, to which offer (or none), what it says, and the unmet needs that it would meet, as (request, need)."""

    kind: str
    offer: str | None
    says: str
    meets: tuple[tuple[str, str], ...]
    invites: tuple[str, ...] = ()

    @property
    def requests(self) -> int:
        """How many requests it would help. Not yet safe to show."""
        return len({request for request, _ in self.meets})


@dataclass(frozen=True)
class Gaps:
    """The unmet needs; the changes, those that meet most first; and a short list in which each is counted after those before it.

    `one_change` has, once for each need and reason, the offers that were left out and that one single change would let in: also where
    something else is suggested.
    """

    unmet: tuple[UnmetNeed, ...]
    one_change: tuple[UnmetNeed, ...]
    changes: tuple[Change, ...]
    in_turn: tuple[Change, ...]


def _with_session(offer: Offer, day: int, hours: tuple[int, int]) -> Offer:
    return replace(offer, sessions=(*offer.sessions, Session((day,), *hours)))


def _evenings(offer: Offer) -> Iterator[tuple[str, Offer]]:
    for day in range(5):
        yield f"an evening session on {_DAY_NAMES[day]}, 6 to 8 pm", _with_session(offer, day, EVENING)


def _weekends(offer: Offer) -> Iterator[tuple[str, Offer]]:
    for day in (5, 6):
        yield f"a session on {_DAY_NAMES[day]}, 10 am to noon", _with_session(offer, day, MORNING)


def _second_days(offer: Offer) -> Iterator[tuple[str, Offer]]:
    if not offer.sessions:
        return
    first = offer.sessions[0]
    for day in range(5):
        if all(day not in s.days for s in offer.sessions):
            yield f"a second day: {_DAY_NAMES[day]}, at the same hours", replace(offer, sessions=(*offer.sessions, replace(first, days=(day,))))


def _interpreter(offer: Offer) -> Iterator[tuple[str, Offer]]:
    if offer.interpreter != "yes":
        yield "an interpreter", replace(offer, interpreter="yes")


def _mode(mode: str, says: str, *, things: bool) -> Callable[[Offer], Iterator[tuple[str, Offer]]]:
    """A way to have it: things can be delivered; what people do can be online or at home."""

    def change(offer: Offer) -> Iterator[tuple[str, Offer]]:
        if mode not in offer.modes and (offer.kind in THINGS) is things:
            yield says, replace(offer, modes=(*offer.modes, mode))

    return change


def _feature(name: str, says: str) -> Callable[[Offer], Iterator[tuple[str, Offer]]]:
    def change(offer: Offer) -> Iterator[tuple[str, Offer]]:
        if offer.features.get(name) != "yes":
            yield says, replace(offer, features={**offer.features, name: "yes"})

    return change


def _places(offer: Offer) -> Iterator[tuple[str, Offer]]:
    if offer.availability in ("full", "waiting", "paused") or offer.places_left == 0:
        yield "more places", replace(offer, availability="open", places_left=None, waiting_weeks=None, paused_until=None)


def _area(offer: Offer) -> Iterator[tuple[str, Offer]]:
    if offer.area[0] != "anywhere":
        yield "a wider area", replace(offer, area=("anywhere", None))


# One row a change that a partner could make: its kind, and the offers it leads to.
OFFER_CHANGES: tuple[tuple[str, Callable[[Offer], Iterator[tuple[str, Offer]]]], ...] = (
    ("evening", _evenings), ("weekend", _weekends), ("second_day", _second_days), ("interpreter", _interpreter), ("places", _places), ("area", _area),
    ("online", _mode("online", "an online session", things=False)), ("home_visit", _mode("home_visit", "visits at home", things=False)),
    ("delivery", _mode("delivery", "delivery", things=True)),
    ("creche", _feature("creche", "a crèche")), ("step_free", _feature("step_free", "a way in without steps")),
    ("travel_paid", _feature("travel_paid", "fares paid")), ("not_on_school_site", _feature("not_on_school_site", "somewhere that is not the school")),
)


def _by(faster: str, instead_of: frozenset[str]) -> Callable[[Requirement], Requirement]:
    return lambda r: replace(r, by=faster) if r.what == "travel" and r.by in instead_of else r


# One row a change to how people get there: kind, words, and what becomes of a requirement.
JOURNEY_CHANGES: tuple[tuple[str, str, Callable[[Requirement], Requirement]], ...] = (
    ("bus_fare", "bus fares, so that nobody has to walk", _by("bus", frozenset({"walk"}))),
    ("lift", "lifts by car", _by("car", frozenset({"walk", "bus"}))),
)
_KINDS = (*(kind for kind, _ in OFFER_CHANGES), *(kind for kind, _, _ in JOURNEY_CHANGES), "invite")


def find(offers: Iterable[Offer], requests: Iterable[Request], *, directory: Iterable[Offer] = (), limit: int = 10) -> Gaps:
    """Return what nothing meets and the changes that would meet most.

    Args:
        offers: what there is.
        requests: what was asked, one for each family; a request that stops counts for nothing here.
        directory: offers listed elsewhere, with no partnership yet; they are tried as if open and confirmed on the day.
        limit: how many changes to return, 1 or more.

    >>> from matcher import Request
    >>> asked = Request.from_dict({"id": "r1", "on": "2026-11-24T09:00:00+00:00", "safety": "no", "needs": [{"id": "n1", "code": "esol"}],
    ...     "requirements": [{"what": "time", "days": ["tue"], "from": "17:30", "until": "21:00", "strength": "must"}]})
    >>> lessons = Offer.from_dict({"id": "o1", "organisation": {"id": "c", "name": "College"}, "name": "English", "needs": ["esol"],
    ...     "availability": {"state": "open"}, "confirmed_on": "2026-11-20", "sessions": [{"days": ["mon"], "starts": "09:30", "ends": "11:30"}]})
    >>> found = find([lessons], [asked])
    >>> found.unmet[0].reason, found.changes[0].kind, found.changes[0].says
    ('time', 'evening', 'an evening session on Tuesday, 6 to 8 pm')
    """
    if limit < 1:
        raise ValueError(f"limit is {limit}; it should be 1 or more")
    fitted, asked = list(offers), {r.id: r for r in requests}
    unmet, one_change = _ledger(fitted, asked)
    found = [c for c in _tried(fitted, asked, unmet, list(directory)) if c.meets]
    found.sort(key=_worth)
    return Gaps(tuple(unmet), tuple(one_change), tuple(found[:limit]), _in_turn(found, limit))


def _worth(change: Change) -> tuple[int, int, int, str]:
    """The most requests first, then the most needs; of equals, the order of the tables, then of the offers' ids. The sort keeps the days' order."""
    return (-change.requests, -len(change.meets), _KINDS.index(change.kind), change.offer or "")


def _ledger(offers: list[Offer], requests: dict[str, Request]) -> tuple[list[UnmetNeed], list[UnmetNeed]]:
    """Return the needs that nothing meets, and those for which an offer was left out that one single change would let in, by reason."""
    matcher, by_id = Matcher().fit(offers), {o.id: o for o in offers}
    unmet, one_change = [], set()
    for request in requests.values():
        wanted = {n.id: n for n in request.needs}
        for answer in matcher.suggest(request).needs:
            if answer.unmet not in NOT_GAPS:
                unmet.append(UnmetNeed(request.id, answer.id, answer.code, answer.unmet or ""))
            for left in answer.left_out:
                if left.would_fit_if and len(left.would_fit_if) == 1:
                    reason = assess(wanted[answer.id], request, by_id[left.offer]).failing[0][1].failed or ""
                    one_change.add(UnmetNeed(request.id, answer.id, answer.code, reason))
    return sorted(unmet, key=_place), sorted(one_change, key=_place)


def _place(row: UnmetNeed) -> tuple[str, str, str, str]:
    return row.code, row.request, row.need, row.reason


def _tried(offers: list[Offer], requests: dict[str, Request], unmet: list[UnmetNeed], directory: list[Offer]) -> Iterator[Change]:
    """Run every change that could matter: those of offers that serve an unmet need, on the needs they serve."""
    by_code: dict[str, list[tuple[Request, Need]]] = defaultdict(list)
    for u in unmet:
        request = requests[u.request]
        by_code[u.code].append((request, next(n for n in request.needs if n.id == u.need)))
    serving = [o for o in offers if any(code in by_code for code in o.needs)]
    for offer in serving:
        wanting = [pair for code in offer.needs for pair in by_code.get(code, ()) if offer.organisation not in pair[0].keep_away]
        for kind, variants in OFFER_CHANGES:
            for says, changed in variants(offer):
                yield Change(kind, offer.id, says, _met(wanting, lambda request, need, o=changed: assess(need, request, o).fits))  # type: ignore[misc]
    for kind, says, easier in JOURNEY_CHANGES:
        yield Change(kind, None, says, _met([p for pairs in by_code.values() for p in pairs], lambda request, need, e=easier: _reached(request, need, e, serving)))  # type: ignore[misc]
    yield from _invitations(by_code, directory)


def _met(pairs: list[tuple[Request, Need]], fits: Callable[[Request, Need], bool]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((request.id, need.id) for request, need in pairs if fits(request, need)))


def _reached(request: Request, need: Need, easier: Callable[[Requirement], Requirement], serving: list[Offer]) -> bool:
    if not any(r.what == "travel" for r in (*request.requirements, *need.requirements)):
        return False
    asked = replace(request, requirements=tuple(easier(r) for r in request.requirements))
    wanted = replace(need, requirements=tuple(easier(r) for r in need.requirements))
    return any(need.code in o.needs and o.organisation not in request.keep_away and assess(wanted, asked, o).fits for o in serving)


def _invitations(by_code: dict[str, list[tuple[Request, Need]]], directory: list[Offer]) -> Iterator[Change]:
    for code in sorted(by_code):
        listed = [o for o in directory if code in o.needs]
        meets, invites = set(), set()
        for request, need in by_code[code]:
            for offer in listed:
                as_if = replace(offer, confirmed_on=local_day(request.on), availability="open", places_left=None, waiting_weeks=None, paused_until=None)
                if offer.organisation not in request.keep_away and assess(need, request, as_if).fits:
                    meets.add((request.id, need.id))
                    invites.add(offer.id)
        yield Change("invite", None, f"an organisation that helps with this: {NEEDS[code].label}", tuple(sorted(meets)), tuple(sorted(invites)))


def _in_turn(found: list[Change], limit: int) -> tuple[Change, ...]:
    """Take the change that meets most, then the one that meets most of the rest, and so on; each counted after those before it."""
    left = list(found)
    turn: list[Change] = []
    done: set[tuple[str, str]] = set()
    while left and len(turn) < limit:
        counted = [replace(c, meets=tuple(m for m in c.meets if m not in done)) for c in left]
        best = min(range(len(left)), key=lambda n: _worth(counted[n]))
        if not counted[best].meets:
            break
        turn.append(counted[best])
        done |= set(counted[best].meets)
        del left[best]
    return tuple(turn)
