"""Choosing: how many of the offers that fit are shown, and which ones a family is never left without. Order is not decided here.

The best are shown. Where a family had hard times with a school, or wants advice on a disagreement, one of them is independent; where
someone asks for small steps, one of them is easy to begin with. Such an offer takes the last place shown, so none stands above a better one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from matcher.eligibility import requirements_of
from matcher.findings import Finding, met, not_known
from matcher.names import FEATURES
from matcher.records import Need, Offer, Request, Verdict

T = TypeVar("T")
USUAL, FEW = 3, 2  # suggestions for a need; two where all that is asked is company. Source: domain guide 5.1, step 8

# What is asked for, and so what an offer must do; never what a family is. Source: domain guide 3, B3, B6 and B7.
NEUTRAL_GROUND = frozenset({"independent_of_school", "not_on_school_site", "trauma_informed"})
STEADY = frozenset({"one_to_one", "same_worker", "flexible_attendance"})
ALONGSIDE = frozenset({"peer_led", "parent_led"})
EASY_TO_BEGIN = ("drop_in", "flexible_attendance", "goes_with_you", "warm_introduction")  # judgement, November 2026


@dataclass(frozen=True)
class Wish:
    """One kind of offer that is to be among those shown: the criterion that tells of it, and the features any one of which is enough."""

    criterion: str
    any_of: tuple[str, ...]

    def grants(self, offer: Offer) -> bool:
        """Whether an offer is known to be of this kind."""
        return any(offer.features.get(name) == "yes" for name in self.any_of)


def _asked_features(need: Need, request: Request) -> frozenset[str]:
    return frozenset(r.value for r in requirements_of(need, request) if r.what == "feature" and r.wanted == "yes")


def independent_wish(need: Need, request: Request) -> Wish | None:
    """Return the wish for an independent offer, where the need or what is asked for calls for one."""
    if need.code == "send_advice":
        return Wish("independent", ("independent_of_school", "independent_of_council"))
    if need.code == "independent_advice" or NEUTRAL_GROUND & _asked_features(need, request):
        return Wish("independent", ("independent_of_school",))
    return None


def first_step_wish(need: Need, request: Request) -> Wish | None:
    """Return the wish for an offer that is easy to begin with, where steady or peer help is asked for."""
    return Wish("first_step", EASY_TO_BEGIN) if (STEADY | ALONGSIDE) & _asked_features(need, request) else None


def wishes(need: Need, request: Request) -> tuple[Wish, ...]:
    """Return what is to be among the offers shown for a need, the most important first.

    >>> asked = Request.from_dict({"id": "r", "on": "2026-10-20T15:10:00+01:00", "safety": "no", "needs": [{"id": "n", "code": "send_advice"}]})
    >>> wishes(asked.needs[0], asked)[0].any_of
    ('independent_of_school', 'independent_of_council')
    """
    return tuple(w for w in (independent_wish(need, request), first_step_wish(need, request)) if w is not None)


def usual(need: Need, request: Request) -> int:
    """Return how many are shown where the asker names no number: three, or two where all that is asked for is people who have been there."""
    asked = requirements_of(need, request)
    return FEW if asked and all(r.what == "feature" and r.wanted == "yes" and r.value in ALONGSIDE for r in asked) else USUAL


def shown(best_first: Sequence[T], limit: int, wanted: Iterable[Wish], offer_of: Callable[[T], Offer]) -> list[T]:
    """Return the first `limit` of what fits, best first; for a wish that none of them grants, the best that does takes the last place.

    The first place is never taken. What is returned stands in the order in which it came.
    """
    chosen = list(range(min(limit, len(best_first))))
    kept = {0}
    for wish in wanted:
        granting = next((n for n in chosen if wish.grants(offer_of(best_first[n]))), None)
        if granting is None:
            granting = next((n for n in range(len(best_first)) if n not in chosen and wish.grants(offer_of(best_first[n]))), None)
            gives_way = next((n for n in reversed(chosen) if n not in kept), None)
            if granting is None or gives_way is None:
                continue
            chosen = sorted([*(n for n in chosen if n != gives_way), granting])
        kept.add(granting)
    return [best_first[n] for n in chosen]


def assess_independent(need: Need, request: Request, offer: Offer) -> list[Finding]:
    """Whether an offer is the independent one that is always shown. Gives no points: it says why it is there."""
    return _told(independent_wish(need, request), need, request, offer)


def assess_first_step(need: Need, request: Request, offer: Offer) -> list[Finding]:
    """Whether an offer is easy to begin with. Gives no points: it says why it is there."""
    wish = first_step_wish(need, request)
    return _told(wish, need, request, offer) if wish is not None and wish.grants(offer) else []


def _told(wish: Wish | None, need: Need, request: Request, offer: Offer) -> list[Finding]:
    if wish is None or set(wish.any_of) & _asked_features(need, request):
        return []  # what is asked for tells of it already
    yes = next((name for name in wish.any_of if offer.features.get(name) == "yes"), None)
    if yes is not None:
        lead = "One of those shown is always independent" if wish.criterion == "independent" else "An easy way to begin"
        return [met(f"{lead}: {FEATURES[yes]}.")]
    if all(offer.features.get(name) == "no" for name in wish.any_of):
        return [Finding(Verdict.NOT_MET, 0.0, f"It is not {FEATURES[wish.any_of[0]]}.")]
    return [not_known(f"We don't know whether it is {FEATURES[wish.any_of[0]]}.")]
