"""The matcher: fit offers once, then ask. It only orchestrates: every judgement is in the room of its criterion."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace

from matcher import choosing, plans, safety
from matcher.assessment import Assessment, Assessor, assess
from matcher.eligibility import area_of, refers_themselves, requirements_of
from matcher.errors import InvalidOffer, UnknownOffer
from matcher.index import Index
from matcher.near_misses import smallest_change
from matcher.policy import ONE, UNMET_ORDER, VERSION
from matcher.records import Answer, LeftOut, Need, NeedAnswer, Offer, Plan, Reason, Request, Suggestion
from matcher.schedules import local_day, next_session
from matcher.taxonomy import NEEDS

Placed = tuple[tuple[int, bool, str, str], Assessment]
MOST = 5  # suggestions for a need, at the very most (domain guide 5.1)


class Matcher:
    """Matches requests to fitted offers.

    `fit` takes the offers once; `replace` and `remove` change one of them without a refit. Answers depend on the request, the
    offers and the policy only: the same inputs give the same bytes, whatever the order of the offers.
    """

    def __init__(self) -> None:
        self._offers: dict[str, Offer] = {}
        self._by_need: dict[str, dict[str, Offer]] = {}
        self._index: Index | None = None

    def fit(self, offers: Iterable[Offer]) -> Matcher:
        """Take offers in place of those before. Raises InvalidOffer where two have the same id."""
        self._offers, self._by_need, self._index = {}, {}, None
        for offer in offers:
            if offer.id in self._offers:
                raise InvalidOffer([f"offer {offer.id}: id: is used twice; it should be different for each offer"])
            self.replace(offer)
        return self

    def replace(self, offer: Offer) -> None:
        """Add an offer, or put it in the place of the one with its id."""
        if offer.id in self._offers:
            self.remove(offer.id)
        self._offers[offer.id] = offer
        for code in offer.needs:
            self._by_need.setdefault(code, {})[offer.id] = offer
        if self._index is not None:
            self._index.add(offer)

    def remove(self, offer_id: str) -> None:
        """Take an offer away. Raises UnknownOffer."""
        if offer_id not in self._offers:
            raise UnknownOffer(offer_id)
        offer = self._offers.pop(offer_id)
        for code in offer.needs:
            self._by_need[code].pop(offer_id, None)
        if self._index is not None:
            self._index.remove(offer)

    def __len__(self) -> int:
        return len(self._offers)

    def explain(self, request: Request, offer_id: str, need_id: str | None = None) -> tuple[Reason, ...]:
        """Return every finding on one offer for a need (the first where none is named), fitting or not. Raises UnknownOffer."""
        if offer_id not in self._offers:
            raise UnknownOffer(offer_id)
        need = next((n for n in request.needs if need_id in (None, n.id)), request.needs[0])
        return assess(need, request, self._offers[offer_id]).reasons()

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
        serving = {n.id: self._serving(n, request) for n in request.needs}
        assessed = {n.id: _assessed(n, request, serving[n.id]) for n in request.needs}
        fitting = {i: sorted((a for a in rows if a.fits), key=lambda a: _order(a, request)) for i, rows in assessed.items()}
        plan = self._with_interpreters(plans.make(fitting, request.needs, request), request)
        answers = [self._answer(n, request, serving[n.id], assessed[n.id], fitting[n.id], limit) for n in request.needs]
        if request.one_at_a_time:
            answers = _one_step(answers, plan, fitting, request)
        return Answer(request.id, VERSION, None, tuple(answers), plan)

    def build_index(self) -> Matcher:
        """Build the index that `best` asks, where it is not there yet. About 20 microseconds an offer; `replace` and `remove` keep it true."""
        if self._index is None:
            self._index = Index()
            for offer in self._offers.values():
                self._index.add(offer)
        return self

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
        index = self.build_index()._index or Index()
        for need in request.needs:
            _refuse_late(index.confirmed_after(need, request), request)
        return {n.id: self._best_for(n, request, limit or choosing.usual(n, request), index) for n in request.needs}

    def _best_for(self, need: Need, request: Request, limit: int, index: Index) -> tuple[Suggestion, ...]:
        """Judge offers, the most hopeful first, until none that is left could stand among those shown."""
        assessor, wanted = Assessor(need, request), choosing.wishes(need, request) if limit > 1 else ()
        found = self._leading(need, request, limit, index, assessor, lambda o: True)
        for wish in wanted:
            if not any(wish.grants(a.offer) for _, a in found):
                found += [row for row in self._leading(need, request, 1, index, assessor, wish.grants) if row not in found]
        best_first = [a for _, a in sorted(found, key=lambda row: row[0])]
        shown = choosing.shown(best_first, limit, wanted, lambda a: a.offer)
        return tuple(_suggestion(a, rank, request) for rank, a in enumerate(shown, 1))

    def _leading(self, need: Need, request: Request, limit: int, index: Index, assessor: Assessor, wanted: Callable[[Offer], bool]) -> list[Placed]:
        """Return the best `limit` that fit of the offers wanted, best first, each with its place in the order."""
        found: list[Placed] = []
        for bound, offers in index.bounded(need, request):
            if len(found) == limit and -found[-1][0][0] > bound:
                break
            turns = sorted((_turn(request, need, o), o.id, o) for o in offers if o.organisation not in request.keep_away and wanted(o))
            for turn, offer_id, offer in turns:
                if len(found) == limit and found[-1][0] < (-bound, False, turn, offer_id):
                    break
                judged = assessor.assess(offer)
                if judged.fits:
                    found = sorted([*found, (_order(judged, request), judged)], key=lambda row: row[0])[:limit]
        return found

    def _with_interpreters(self, plan: Plan, request: Request) -> Plan:
        """Return the plan with an interpreter beside each step that has none, where the family asked for a language."""
        if not plan.steps or not any(r.what == "language" for r in (*request.requirements, *(r for n in request.needs for r in n.requirements))):
            return plan
        need, today = Need("", plans.INTERPRETING), local_day(request.on)
        known = [o for o in self._by_need.get(need.code, {}).values() if o.confirmed_on is not None and o.confirmed_on <= today]
        able = _assessed(need, request, known)
        best_first = sorted((a for a in able if a.fits), key=lambda a: _order(a, request))
        return replace(plan, interpreters=plans.interpreters(plan, request, self._offers, [a.offer for a in best_first]))

    def _serving(self, need: Need, request: Request) -> list[Offer]:
        offers = list(self._by_need.get(need.code, {}).values())
        today = local_day(request.on)
        late = sorted(o.id for o in offers if o.confirmed_on is not None and o.confirmed_on > today)
        _refuse_late(late, request)
        return offers

    def _answer(self, need: Need, request: Request, serving: list[Offer], assessed: list[Assessment], fitting: list[Assessment], limit: int | None) -> NeedAnswer:
        missed = [(a, smallest_change(a, request)) for a in assessed if not a.fits]
        missed.sort(key=lambda m: _closeness(*m))
        left_out = tuple(LeftOut(a.offer.id, a.because(), change) for a, change in missed)
        most = limit or choosing.usual(need, request)
        chosen = choosing.shown(fitting, most, choosing.wishes(need, request) if most > 1 else (), lambda a: a.offer)
        shown = tuple(_suggestion(a, rank, request) for rank, a in enumerate(chosen, 1))
        return NeedAnswer(need.id, need.code, shown, left_out, None if fitting else _unmet(serving, missed))


def _refuse_limit(limit: int | None) -> None:
    if limit is not None and not 1 <= limit <= MOST:
        raise ValueError(f"limit is {limit}; it should be from 1 to {MOST}")


def _assessed(need: Need, request: Request, offers: Iterable[Offer]) -> list[Assessment]:
    """Return what is found on the offers of all partners but those the family keeps away from."""
    assessor = Assessor(need, request)
    return [assessor.assess(o) for o in offers if o.organisation not in request.keep_away]


def _refuse_late(late: list[str], request: Request) -> None:
    if late:
        today = local_day(request.on)
        raise InvalidOffer([f"offer {i}: confirmed_on: is after the request's day, {today}; it should be that day or earlier" for i in late])


def _closeness(found: Assessment, change: tuple[dict[str, object], ...] | None) -> tuple[int, int, int, str]:
    first = found.failing[0][1].failed or ""
    return (len(found.failing) if change is None else min(len(change), len(found.failing)), UNMET_ORDER.index(first), len(found.failing), found.offer.id)


def _unmet(serving: list[Offer], missed: list[tuple[Assessment, tuple[dict[str, object], ...] | None]]) -> str:
    if not serving:
        return "no_such_offer"
    if not missed:
        return "kept_away"
    return missed[0][0].failing[0][1].failed or "requirement"


def _order(found: Assessment, request: Request) -> tuple[int, bool, str, str]:
    """Best score first, and of equals those with nothing to find out; then partners take turns by day, need and area, never by who the family is."""
    unsure = any(f.check is not None for _, f, _ in found.rows)
    return (-found.score, unsure, _turn(request, found.need, found.offer), found.offer.id)


def _turn(request: Request, need: Need, offer: Offer) -> str:
    outcode = area_of(request.postcode)[0] or ""
    seed = f"{local_day(request.on)}|{need.code}|{outcode}|{offer.organisation}"
    return hashlib.blake2b(seed.encode(), digest_size=8).hexdigest()


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


def _one_step(answers: list[NeedAnswer], plan: Plan, fitting: dict[str, list[Assessment]], request: Request) -> list[NeedAnswer]:
    """Keep one suggestion in the whole answer, the plan's first step; the other needs wait."""
    step = plan.steps[0] if plan.steps else None
    rows = []
    for answer in answers:
        if step is not None and answer.id == step[1][0]:
            first = next(a for a in fitting[answer.id] if a.offer.id == step[0])
            rows.append(NeedAnswer(answer.id, answer.code, (_suggestion(first, 1, request),), answer.left_out, None))
        else:
            rows.append(NeedAnswer(answer.id, answer.code, (), answer.left_out, answer.unmet, held_back=True))
    return rows
