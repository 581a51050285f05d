"""Journeys: a year of needs and introductions, lived through in the order of time by the verbs that people use, so that nothing impossible happened."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from partners.families import agreements, needs
from partners.families.families import Family
from partners.families.needs import For, Harm, Need, Within
from partners.foundation.actors import SYSTEM, Actor, partner_by_reply_link
from partners.matching import words
from partners.referrals import check_ins, outcomes, referrals
from partners.referrals.moves import CHECK_IN_DAYS, Kind, State
from partners.referrals.outcomes import Result
from partners.registry import tasks
from partners.registry.offers import AvailabilityState, Offer

if TYPE_CHECKING:
    from seeds.demo import Town

ROUNDS = 300
RINGS_ROUND_AFTER_DAYS = 150  # an officer asks twice in a year about what partners said of their offers; the last few still wait
NEIGHBOURS_ROUNDS = 90  # at the third school, whose needs end as the others' do
# How each journey ends, and how often in the year.
ENDINGS = (
    *["met"] * 8, *["partly"] * 3, *["told"] * 4, *["declined"] * 3, "waited", "withdrawn", "could_not_reach", "expired", *["unmet"] * 8, "preferred_not",
)
STILL_LIVE = (
    "sent", "sent", "sent", "viewed", "waitlisted", "asked", "asked_back", "accepted", "accepted", "ask_first_yes", "supporting", "supporting",
    "told_open", "late", "ready", "open", "open", "open",
)

Steps = Iterator[datetime]
_turns = itertools.count()  # lives that go on at the same instant keep the order in which they began


def _asks_how_it_goes(session: Session, referral: referrals.Referral, by: Actor, at: datetime, chance: random.Random) -> Steps:
    """The two check-ins of an introduction, as a busy officer makes them: most of them some days late, a few not at all."""
    for days in CHECK_IN_DAYS:
        asked_at = at + timedelta(days=days + chance.randint(0, 4))
        yield asked_at
        if referral.state is State.WITHDRAWN or referral.family.with_dsl_at is not None or chance.random() < 0.06:
            continue
        answers = {"contacted": "yes", "helped": chance.choice(["yes", "yes", "not_known"]), "easy": chance.choice(["yes", "yes", "no"]), "again": "yes"}
        if not _says_how_it_went(referral):
            answers["helped"] = "not_known"
        check_ins.record(session, referral, days, answers, now_0_10=chance.choice([None, 6, 7, 8]), by=by, at=asked_at)


def live_through(session: Session, town: Town, chance: random.Random, *, at: datetime) -> int:
    """Live through the year and return how many introductions there were."""
    lives: list[tuple[datetime, int, Steps]] = []
    made = [0]
    begun: list[tuple[referrals.Referral, Actor, datetime]] = []
    usable = [o for o in town.offers if o.needs and o.availability in (AvailabilityState.OPEN, AvailabilityState.WAITING) and o.confirmed_on and "domestic_abuse" not in o.needs]
    for n in range(ROUNDS):
        family = town.families[n % len(town.families)]
        ending = chance.choice(ENDINGS)
        start = _morning(max(at - timedelta(days=chance.randint(50, 360)), family.created_at + timedelta(days=1)), chance)
        if start < at - timedelta(days=45):
            heapq.heappush(lives, (start, n, _life(session, town, family, chance.choice(usable), ending, start, chance, made, begun)))
    for n, ending in enumerate(STILL_LIVE):
        family = town.families[n * 3 % 30]
        start = at - timedelta(days=30 if ending == "late" else 3, hours=n % 5)
        offer = next(o for o in town.offers if o.organisation is town.organisations["advice"]) if n == 0 else chance.choice(usable)
        heapq.heappush(lives, (start, ROUNDS + n, _life(session, town, family, offer, ending, start, chance, made, begun)))
    apart, open_to_many = random.Random(81), [o for o in usable if o.places_left is None]  # noqa: S311 - the third school takes nobody's place
    for n in range(NEIGHBOURS_ROUNDS):
        family = town.neighbours[n % len(town.neighbours)]
        start = _morning(max(at - timedelta(days=apart.randint(50, 360)), family.created_at + timedelta(days=1)), apart)
        if start < at - timedelta(days=45):
            heapq.heappush(lives, (start, -1 - n, _life(session, town, family, apart.choice(open_to_many), apart.choice(ENDINGS), start, apart, made, begun)))
    near = {f.school_id for f in town.neighbours}
    while lives:
        _when, n, life = heapq.heappop(lives)
        following = next(life, None)
        if following is not None and following <= at:
            heapq.heappush(lives, (following, n, life))
        while begun:
            referral, by, since = begun.pop()
            asking = _asks_how_it_goes(session, referral, by, since, apart if referral.school_id in near else chance)
            first = next(asking)
            if first <= at:
                heapq.heappush(lives, (first, len(STILL_LIVE) + ROUNDS + made[0] + next(_turns), asking))
    return made[0]


def _morning(at: datetime, chance: random.Random) -> datetime:
    at = at.replace(hour=9 + chance.randint(0, 5), minute=chance.randint(0, 59), second=0, microsecond=0)
    return at + timedelta(days=(7 - at.weekday()) % 7 if at.weekday() > 4 else 0)


def _need(session: Session, family: Family, code: str, offer: Offer, by: Actor, at: datetime, chance: random.Random) -> Need:
    for_child = offer.audience == ["child"] and bool(family.children)
    return needs.record(
        session, family, codes=[code], paths=words.paths(), harm=Harm.NO, by=by, at=at, for_whom=For.CHILD if for_child else For.FAMILY,
        child_id=family.children[0].id if for_child else None, within=chance.choice([Within.WEEK, Within.HALF_TERM, Within.WHENEVER]),
    )[0]


def _life(session: Session, town: Town, family: Family, offer: Offer, ending: str, at: datetime, chance: random.Random, made: list[int], begun: list[tuple[referrals.Referral, Actor, datetime]]) -> Steps:
    """One need, from the gate to its end. It yields the instant of its next step."""
    by = town.liaison[family.school_id]
    need = _need(session, family, chance.choice(offer.needs), offer, by, at, chance)
    if ending == "open":
        return
    if ending in ("unmet", "preferred_not"):
        reason = chance.choice(["time"] * 5 + ["language"] * 4 + ["no_such_offer", "too_far", "waiting_too_long", "cost"]) if ending == "unmet" else ending
        yield (at := at + timedelta(days=1))
        needs.nothing_suitable(session, need, reason=reason, by=by, at=at)
        return
    kind = Kind.TELL if ending.startswith("told") else Kind.ASK_FIRST if ending == "ask_first_yes" else chance.choice([Kind.INTRODUCE, Kind.INTRODUCE, Kind.GO_TOGETHER])
    others = session.scalar(select(func.count()).where(referrals.Referral.need_id == need.id, referrals.Referral.state.in_(referrals.LIVE)))
    if others or need.state is not needs.NeedState.OPEN:
        return
    referral = referrals.choose(session, need, offer, kind, press=f"seed-{made[0]}", by=by, at=at)
    made[0] += 1
    if kind is Kind.TELL:
        referrals.move(session, referral, "tell", by=by, at=at)
        begun.append((referral, by, at))
        if ending == "told":
            yield (at := at + timedelta(days=15))
            _close(session, referral, chance.choice([Result.MET, Result.PARTLY, Result.NOT_MET]), by, at)
        return
    if kind is not Kind.ASK_FIRST:
        agreement = agreements.record(
            session, family, need_id=need.id, organisation_id=offer.organisation_id, fields=["first_name", "safe_contact", "need", "language"],
            said=agreements.Said.SPOKEN, said_by="parent", language=family.language or "en", childs_view="would like to try it",
            for_child=need.for_whom is For.CHILD, returns="met_and_helped", by=by, at=at,
        )
        referrals.move(session, referral, "prepare", agreement_id=agreement.id, by=by, at=at)
        if ending == "ready":
            return
    else:
        referrals.move(session, referral, "prepare", by=by, at=at)
    referrals.move(session, referral, "send", by=by, at=at)
    partner = partner_by_reply_link(offer.organisation_id, referral.id, offer.organisation.name)
    if ending in ("sent", "late"):
        return
    yield (at := at + timedelta(hours=chance.randint(3, 40)))
    referrals.move(session, referral, "view", by=partner, at=at)
    if ending == "viewed":
        return
    if ending == "expired":
        yield (at := at + timedelta(days=80))  # past fifteen working days even where the whole summer lies between
        referrals.move(session, referral, "expire", by=SYSTEM, at=at, code="no_response")
        return
    yield (at := at + timedelta(hours=chance.randint(1, 20)))
    if ending == "declined":
        referrals.move(session, referral, "decline", code=chance.choice(["outside_area", "age", "not_right_service", "other"]), by=partner, at=at)
        yield (at := at + timedelta(days=RINGS_ROUND_AFTER_DAYS))
        for task in tasks.waiting(session, by=by):
            if task.offer_id == offer.id:
                tasks.finish(session, task, by=by, at=at)
        return
    if ending in ("asked", "asked_back"):
        referrals.move(session, referral, "ask", question="Would mornings or afternoons suit better?", by=partner, at=at)
        if ending == "asked_back":
            referrals.move(session, referral, "answer", answer="Mornings, please.", by=by, at=at + timedelta(hours=1))
        return
    if ending in ("waited", "waitlisted"):
        referrals.move(session, referral, "wait", weeks=3, by=partner, at=at)
        if ending == "waitlisted":
            return
        yield (at := at + timedelta(days=14))
    if ending == "withdrawn":
        referrals.move(session, referral, "withdraw", code=chance.choice(["changed_mind", "got_help_elsewhere"]), by=by, at=at)
        return
    referrals.move(session, referral, "accept", by=partner, at=at)
    if ending in ("accepted", "ask_first_yes"):
        return
    if ending == "could_not_reach":
        yield (at := at + timedelta(days=9))
        referrals.move(session, referral, "could_not_reach", contact_checked=True, by=by, at=at)
        return
    yield (at := at + timedelta(hours=chance.randint(4, 30)))
    referrals.move(session, referral, "contact", by=partner, at=at)
    begun.append((referral, by, at))
    referrals.move(session, referral, "start", by=partner, at=at + timedelta(minutes=5))
    if ending == "supporting":
        return
    yield (at := at + timedelta(days=chance.randint(10, 25)))
    referrals.move(session, referral, "finish", by=partner, at=at)
    yield (at := at + timedelta(days=chance.randint(1, 9)))
    _close(session, referral, Result.PARTLY if ending == "partly" else Result.MET, by, at)


def _says_how_it_went(referral: referrals.Referral) -> bool:
    """Return whether the family itself says what came of it. Of about one in three only the partner or school does; drawn from the minute at which help began."""
    began = check_ins.began_at(referral)
    return began is None or began.minute % 3 != 2


def _close(session: Session, referral: referrals.Referral, result: Result, by: Actor, at: datetime) -> None:
    # The family's own numbers differ as families do; what they have in common is drawn from the day, so that the town is the same each time.
    before = 2 + at.day % 4
    by_how_much = {Result.MET: 2 + at.day % 3, Result.PARTLY: at.day % 3, Result.NOT_MET: -(at.day % 3)}.get(result, 0)
    if _says_how_it_went(referral):
        outcomes.record(session, referral, result, said_by="family", before_0_10=before, after_0_10=max(0, before + by_how_much), by=by, at=at)
    else:
        outcomes.record(session, referral, result, said_by="partner" if at.day % 3 else "school", by=by, at=at)
    referrals.move(session, referral, "close", by=by, at=at)
