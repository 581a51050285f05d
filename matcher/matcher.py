"""The matcher: fit offers once, then ask. It only orchestrates: every judgement is in the room of its criterion."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from functools import lru_cache, total_ordering, wraps
from threading import RLock
from typing import Any, Concatenate, ParamSpec, TypeVar

from matcher import choosing, plans, safety
from matcher.assessment import Assessment, Assessor, assess
from matcher.choosing import Wish
from matcher.eligibility import area_of, refers_themselves, requirements_of
from matcher.errors import InvalidOffer, UnknownOffer
from matcher.fits import Fits
from matcher.index import Bounds, Index
from matcher.judging import Missed, judge
from matcher.judging import fitting as all_that_fits
from matcher.near_misses import smallest_change
from matcher.policy import ONE, UNMET_ORDER, VERSION
from matcher.records import Answer, LeftOut, Need, NeedAnswer, Offer, Plan, Reason, Request, Suggestion
from matcher.schedules import local_day, next_session
from matcher.taxonomy import NEEDS

P = ParamSpec("P")
T = TypeVar("T")
Order = tuple[int, bool, "_Turn", str]
Placed = tuple[Order, Assessment]
_PLACES = {reason: place for place, reason in enumerate(UNMET_ORDER)}
MOST = 5  # suggestions for a need, at the very most (domain guide 5.1)


def _one_by_one(method: Callable[Concatenate[Matcher, P], T]) -> Callable[Concatenate[Matcher, P], T]:
    @wraps(method)
    def alone(self: Matcher, *given: P.args, **named: P.kwargs) -> T:
        with self._lock:
            return method(self, *given, **named)

    return alone


class Matcher:
    """Matches requests to fitted offers.

    `fit` takes the offers once; `replace` and `remove` change one of them without a refit. Answers depend on the request, the
    offers and the policy only: the same inputs give the same bytes, whatever the order of the offers. Threads may share a matcher:
    they are answered one after another, for what one asks is kept for the next.

    >>> shop = Offer.from_dict({"id": "shop", "organisation": {"id": "hope", "name": "Hope"}, "name": "Uniform shop", "needs": ["uniform"],
    ...     "availability": {"state": "open"}, "confirmed_on": "2026-10-08"})
    >>> asked = Request.from_dict({"id": "r", "on": "2026-10-20T15:10:00+01:00", "safety": "no", "needs": [{"id": "n", "code": "uniform"}]})
    >>> matcher = Matcher().fit([shop])
    >>> matcher.best(asked)["n"] == matcher.suggest(asked).needs[0].suggestions
    True

    An offer that changes is seen in the next answer, and `explain` tells of any offer, fitting or not:

    >>> matcher.replace(Offer.from_dict(shop.raw | {"availability": {"state": "full"}}))
    >>> matcher.suggest(asked).needs[0].unmet
    'not_open'
    >>> next(r.says for r in matcher.explain(asked, "shop") if r.criterion == "open")
    'It is full at the moment.'
    """

    def __init__(self) -> None:
        self._offers: dict[str, Offer] = {}
        self._by_need: dict[str, dict[str, Offer]] = {}
        self._index = Index(self._by_need)
        self._lock = RLock()

    @_one_by_one
    def fit(self, offers: Iterable[Offer]) -> Matcher:
        """Take offers in place of those before. Raises InvalidOffer where two have the same id."""
        self._offers, self._by_need = {}, {}
        self._index = Index(self._by_need)
        for offer in offers:
            if offer.id in self._offers:
                raise InvalidOffer([f"offer {offer.id}: id: is used twice; it should be different for each offer"])
            self.replace(offer)
        return self

    @_one_by_one
    def replace(self, offer: Offer) -> None:
        """Add an offer, or put it in the place of the one with its id."""
        if offer.id in self._offers:
            self.remove(offer.id)
        self._offers[offer.id] = offer
        for code in offer.needs:
            self._by_need.setdefault(code, {})[offer.id] = offer
        self._index.add(offer)

    @_one_by_one
    def remove(self, offer_id: str) -> None:
        """Take an offer away. Raises UnknownOffer."""
        if offer_id not in self._offers:
            raise UnknownOffer(offer_id)
        offer = self._offers.pop(offer_id)
        for code in offer.needs:
            self._by_need[code].pop(offer_id, None)
        self._index.remove(offer)

    def __len__(self) -> int:
        return len(self._offers)

    @_one_by_one
    def explain(self, request: Request, offer_id: str, need_id: str | None = None) -> tuple[Reason, ...]:
        """Return every finding on one offer for a need (the first where none is named), fitting or not. Raises UnknownOffer."""
        if offer_id not in self._offers:
            raise UnknownOffer(offer_id)
        need = next((n for n in request.needs if need_id in (None, n.id)), request.needs[0])
        return assess(need, request, self._offers[offer_id]).reasons()

    @_one_by_one
    def suggest(self, request: Request, *, limit: int | None = None) -> Answer:
        """Return the answer to a request: suggestions for each need, what was left out and why, and a plan.

        `limit` is the most for a need, 1 to 5; where it is not named, as many as is usual (`choosing.usual`: three, sometimes two).

        Raises:
            ValueError: a limit outside 1 to 5.
            InvalidOffer: an offer confirmed on a day after the request's.
        """
        _refuse_limit(limit)
        stopped = safety.stops(request)
        if stopped is not None:
            return Answer(request.id, VERSION, stopped, (), Plan())
        for need in request.needs:
            _refuse_late(self._index.confirmed_after(need, request), request)
        judged = {n.id: judge(self._index.postings(n.code), n, request) for n in request.needs}
        fitting = {n.id: _in_order(judged[n.id][0], n, request) for n in request.needs}
        plan = self._with_interpreters(plans.make(fitting, request.needs, request), request)
        answers = [self._answer(n, request, fitting[n.id], judged[n.id][1], limit) for n in request.needs]
        if request.one_at_a_time:
            answers = _one_step(answers, plan, fitting, request)
        return Answer(request.id, VERSION, None, tuple(answers), plan)

    @_one_by_one
    def build_index(self) -> Matcher:
        """Build what is asked by need now, and not when a need is first asked about. Some 30 microseconds an offer; `replace` and `remove` keep it true."""
        self._index.build()
        return self

    @_one_by_one
    def best(self, request: Request, *, limit: int | None = None) -> dict[str, tuple[Suggestion, ...]]:
        """Return by need id the suggestions that `suggest` would give, and nothing of what was left out: quick among very many offers.

        Raises:
            ValueError: a limit outside 1 to 5.
            InvalidOffer: an offer confirmed on a day after the request's.
        """
        _refuse_limit(limit)
        if safety.stops(request) is not None:
            return {}
        if request.one_at_a_time:
            return {n.id: n.suggestions for n in self.suggest(request, limit=limit).needs}
        for need in request.needs:
            _refuse_late(self._index.confirmed_after(need, request), request)
        return {n.id: self._best_for(n, request, limit or choosing.usual(n, request)) for n in request.needs}

    def _best_for(self, need: Need, request: Request, limit: int) -> tuple[Suggestion, ...]:
        """Judge offers, the most hopeful first, until none that is left could stand among those shown."""
        assessor, wanted = Assessor(need, request, self._index.facets), choosing.wishes(need, request) if limit > 1 else ()
        bounds = self._index.bounds(need, request, assessor.remembering)
        found = self._leading(need, request, limit, assessor, bounds)
        for wish in wanted:
            if not any(wish.grants(a.offer) for _, a in found):
                found += [row for row in self._leading(need, request, 1, assessor, bounds, wish) if row not in found]
        best_first = [a for _, a in sorted(found, key=lambda row: row[0])]
        shown = choosing.shown(best_first, limit, wanted, lambda a: a.offer)
        return tuple(_suggestion(a, rank, request) for rank, a in enumerate(shown, 1))

    def _leading(self, need: Need, request: Request, limit: int, assessor: Assessor, bounds: Bounds, wish: Wish | None = None) -> list[Placed]:
        """Return the best `limit` that fit, of those that grant a wish where there is one, best first, each with its place in the order."""
        found: list[Placed] = []
        codes = self._index.postings(need.code).codes
        for bound, offers in self._index.bounded(need, bounds, wish):
            if len(found) == limit and -found[-1][0][0] > bound:
                break
            turns = sorted((_Turn(request, need, o), o.id, row, o) for row, o in offers if o.organisation not in request.keep_away)
            for turn, offer_id, row, offer in turns:
                if len(found) == limit and found[-1][0] < (-bound, False, turn, offer_id):
                    break
                judged = assessor.assess(offer, codes, row)
                if judged.fits:
                    found = sorted([*found, (_order(judged, request), judged)], key=lambda row: row[0])[:limit]
        return found

    def _with_interpreters(self, plan: Plan, request: Request) -> Plan:
        """Return the plan with an interpreter beside each step that has none, where the family asked for a language."""
        without = plans.lacking(plan, request, self._offers)
        if not without:
            return plan
        need = Need("", plans.INTERPRETING)
        late = set(self._index.confirmed_after(need, request))
        able = _in_order(all_that_fits(self._index.postings(need.code), need, request), need, request)
        return replace(plan, interpreters=plans.interpreters(plan, without, [offer for offer in (f.offer for f in able) if offer.id not in late]))

    def _answer(self, need: Need, request: Request, fitting: Fits, out: Iterable[Missed], limit: int | None) -> NeedAnswer:
        missed = sorted(_near_miss(m, smallest_change(m, request)) for m in out)
        most = limit or choosing.usual(need, request)
        chosen = choosing.shown(fitting, most, choosing.wishes(need, request) if most > 1 else (), lambda f: f.offer)
        assessor = Assessor(need, request, self._index.facets)
        shown = tuple(_suggestion(assessor.assess(f.offer), rank, request) for rank, f in enumerate(chosen, 1))
        unmet = None if fitting else _unmet(bool(self._by_need.get(need.code)), missed)
        return NeedAnswer(need.id, need.code, shown, tuple(left_out for *_, left_out in missed), unmet)


_NearMiss = tuple[int, int, int, str, LeftOut]  # changes, place of the first failing rule in `UNMET_ORDER`, failing rules, id: the nearest comes first


def _near_miss(found: Missed, change: tuple[dict[str, Any], ...] | None) -> _NearMiss:
    first, rules, offer_id = found.failing[0][1].failed or "", len(found.failing), found.offer.id
    return rules if change is None else min(len(change), rules), _PLACES[first], rules, offer_id, LeftOut(offer_id, found.because, change)


def _refuse_limit(limit: int | None) -> None:
    if limit is not None and not 1 <= limit <= MOST:
        raise ValueError(f"limit is {limit}; it should be from 1 to {MOST}")


def _refuse_late(late: list[str], request: Request) -> None:
    if late:
        today = local_day(request.on)
        raise InvalidOffer([f"offer {i}: confirmed_on: is after the request's day, {today}; it should be that day or earlier" for i in late])


def _unmet(served: bool, missed: list[_NearMiss]) -> str:
    if not served:
        return "no_such_offer"
    if not missed:
        return "kept_away"
    return UNMET_ORDER[missed[0][1]]


@total_ordering
class _Turn:
    """A partner's turn among equals: by day, need and area, never by who the family is. It is drawn only when two are compared."""

    __slots__ = ("_need", "_offer", "_request")

    def __init__(self, request: Request, need: Need, offer: Offer) -> None:
        self._request, self._need, self._offer = request, need, offer

    def lot(self) -> str:
        """Return what puts turns in order."""
        return _lot(local_day(self._request.on), self._need.code, area_of(self._request.postcode)[0] or "", self._offer.organisation)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Turn) and self.lot() == other.lot()

    def __lt__(self, other: _Turn) -> bool:
        return self.lot() < other.lot()

    def __hash__(self) -> int:
        return hash(self.lot())


def _order(found: Assessment, request: Request) -> Order:
    """Best score first, and of equals those with nothing to find out; then partners take turns."""
    return (-found.score, bool(found.checks), _Turn(request, found.need, found.offer), found.offer.id)


def _in_order(fits: Fits, need: Need, request: Request) -> Fits:
    """Return what fits in the order of `_order`."""
    return fits.in_order(lambda offer: _Turn(request, need, offer).lot())


@lru_cache(maxsize=65536)
def _lot(day: date, code: str, outcode: str, organisation: str) -> str:
    return hashlib.blake2b(f"{day}|{code}|{outcode}|{organisation}".encode(), digest_size=8).hexdigest()


def _suggestion(found: Assessment, rank: int, request: Request) -> Suggestion:
    following = next_session(found.offer, request)
    return Suggestion(
        found.offer.id, found.offer.organisation, rank, found.score / ONE, found.reasons(), found.check_first(),
        _refer_by(found, request), following.isoformat() if following else None,
    )


def _refer_by(found: Assessment, request: Request) -> str:
    """Return the way that is named first and never pressed. Source: domain guide 3, default kinds."""
    if refers_themselves(request, found.offer):
        return "family_refers"
    if request.referrer == "self":
        return "tell"
    wanted = requirements_of(found.need, request)
    asked_features = {r.value for r in wanted if r.what == "feature" and r.wanted == "yes"}
    if "goes_with_you" in asked_features and found.offer.features.get("goes_with_you") == "yes":
        return "go_together"
    gentle = asked_features & {"warm_introduction", "goes_with_you", "not_on_school_site", "trauma_informed", "same_worker", "peer_led"}
    if gentle or NEEDS[found.need.code].path == "care" or any(r.what == "language" for r in wanted):
        return "introduce"
    return "tell" if {"anyone", "self"} & set(found.offer.who_may_refer) else "introduce"


def _one_step(answers: list[NeedAnswer], plan: Plan, fitting: dict[str, Fits], request: Request) -> list[NeedAnswer]:
    """Keep one suggestion in the whole answer, the plan's first step; the other needs wait."""
    step = plan.steps[0] if plan.steps else None
    rows = []
    for answer in answers:
        if step is not None and answer.id == step[1][0]:
            first = next(f.offer for f in fitting[answer.id] if f.offer.id == step[0])
            need = next(n for n in request.needs if n.id == answer.id)
            rows.append(NeedAnswer(answer.id, answer.code, (_suggestion(assess(need, request, first), 1, request),), answer.left_out, None))
        else:
            rows.append(NeedAnswer(answer.id, answer.code, (), answer.left_out, answer.unmet, held_back=True))
    return rows
