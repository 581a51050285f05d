"""A model of what may happen between a school, a partner and a family: moves, agreements, places and what is disclosed, in any order.

Hypothesis presses buttons at random. After each press the things that must always hold are looked at. Six faults put in on purpose are found.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from partners.families import agreements, families, needs, schools
from partners.families.families import ContactBy
from partners.foundation import sealing, users
from partners.foundation.actors import SYSTEM, Role, partner_by_reply_link
from partners.foundation.db import Base, open_engine
from partners.foundation.errors import PartnersError
from partners.foundation.outbox import Message
from partners.foundation.schema import load_models
from partners.referrals import disclosure, guards, moves, notices, outcomes, referrals
from partners.referrals.moves import Kind, State
from partners.referrals.outcomes import Result
from partners.registry import freshness, offers, organisations
from partners.registry.offers import ConfirmedHow
from tests.reliability.conftest import many

EVERY_DAY, AT_NIGHT = 200, 500  # runs; the six faults are found within those of every day
EXAMPLES = int(os.environ.get("KITH_MODEL_EXAMPLES", many(EVERY_DAY, AT_NIGHT)))
STEPS = 50
PLACES = 2
CANARY, NUMBER = "Zanzibarina", "07700 900456"
OVER = (State.WITHDRAWN, State.DECLINED, State.EXPIRED, State.CLOSED)
BEGAN = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)
PARTNERS_MOVES = ("view", "accept", "wait", "ask", "decline", "contact", "start", "finish", "could_not_reach")
FLO_MOVES = ("think", "tell_wait", "prepare", "send", "recall", "answer", "introduce", "contact", "start", "withdraw", "reopen", "tell", "close")
OFFERS, CODES = ("Pantry", "Uniform bank"), ("food_weekly", "uniform")
_ENGINE: list[Engine] = []
_WORLD: dict[str, uuid.UUID] = {}
_KEY = sealing.new_key()


@pytest.fixture(autouse=True)
def keys() -> None:
    """Seal with keys of this process."""
    sealing.use_keys([_KEY])


def _engine() -> Engine:
    if not _ENGINE:
        load_models()
        _ENGINE.append(open_engine("sqlite:////dev/shm/kith-model-" + uuid.uuid4().hex + ".sqlite3"))
        Base.metadata.create_all(_ENGINE[0])
        with Session(_ENGINE[0]) as session:
            _WORLD.update(_settle(session))
            session.commit()
    return _ENGINE[0]


def _settle(s: Session) -> dict[str, uuid.UUID]:
    """Add a school, a family with two needs and two partners' offers, once: each run begins there, and is rolled back."""
    school = schools.add(s, name="Hill", phone="1", dsl_name="L", dsl_phone="2", by=SYSTEM, at=BEGAN)
    ids: dict[str, uuid.UUID] = {}
    for who, role in (("flo", Role.FLO), ("dsl", Role.DSL)):
        ids[who] = users.add(s, email=f"{who}@hill.example", name=who.capitalize(), roles=[role], school_id=school.id, by=SYSTEM, at=BEGAN).id
    flo = users.actor_of(s.get_one(users.User, ids["flo"]))
    for name in OFFERS:
        organisation = organisations.add(s, name=name, by=SYSTEM, at=BEGAN)
        organisations.add_contact(s, organisation, name="Ann", email=f"ann@{uuid.uuid4().hex}.example", phone=None, by=SYSTEM, at=BEGAN)
        offer = offers.add(s, organisation, name=name, needs=list(CODES), by=SYSTEM, at=BEGAN, places_left=PLACES)
        freshness.confirm(s, offer, how=ConfirmedHow.PHONE, name="Ann", by=flo, at=BEGAN)
        ids[name] = offer.id
    family = families.add(s, initials="AK", first_name=CANARY, contact_by=ContactBy.PHONE, contact=NUMBER, postcode="LS9 7AB", by=flo, at=BEGAN)
    recorded = needs.record(s, family, codes=list(CODES), paths=dict.fromkeys(CODES, "open"), harm=needs.Harm.NO, by=flo, at=BEGAN)
    return ids | {"family": family.id} | {need.code: need.id for need in recorded}


@pytest.fixture(scope="module", autouse=True)
def _tidy() -> Iterator[None]:
    yield
    for engine in _ENGINE:
        path = engine.url.database
        engine.dispose()
        for ending in ("", "-wal", "-shm", ".ledger"):
            if path and os.path.exists(path + ending):
                os.remove(path + ending)
    _ENGINE.clear()


class Between(RuleBasedStateMachine):
    """One family with two needs, two partners' offers with two places each, and anybody pressing anything."""

    def __init__(self) -> None:
        super().__init__()
        engine, ids = _engine(), _WORLD
        self.session = s = Session(engine, expire_on_commit=False)
        self.at = BEGAN
        self.flo, self.dsl = (users.actor_of(s.get_one(users.User, ids[who])) for who in ("flo", "dsl"))
        self.offers = [s.get_one(offers.Offer, ids[name]) for name in OFFERS]
        self.family = s.get_one(families.Family, ids["family"])
        self.needs = [s.get_one(needs.Need, ids[code]) for code in CODES]
        self.referrals: list[referrals.Referral] = []
        self.agreements: list[agreements.Agreement] = []

    def teardown(self) -> None:
        """Forget everything."""
        self.session.rollback()
        self.session.close()

    def tried(self, work: Callable[[], Any]) -> Any:
        """Press a button, a second after the last. A refusal is an answer, and changes nothing."""
        self.at += timedelta(seconds=1)
        point = self.session.begin_nested()
        try:
            found = work()
            point.commit()
            return found
        except PartnersError:
            point.rollback()
            return None

    def _one(self, n: int, *, began: bool = False) -> referrals.Referral | None:
        """Return an introduction, the latest first: three times in four one that is not over, and where `began`, that somebody beside the school knows of."""
        going = [r for r in self.referrals if r.state not in OVER and (r.sent_at is not None or not began)] if n % 4 else []
        some = (going or self.referrals)[::-1]
        return some[n % len(some)] if some else None

    @rule(hours=st.sampled_from((1, 5, 30, 24 * 20, 24 * 100)))
    def time_goes_by(self, hours: int) -> None:
        """Hours, or months."""
        self.at += timedelta(hours=hours)

    @rule(need=st.integers(0, 1), offer=st.integers(0, 1), kind=st.sampled_from(list(Kind)))
    def somebody_chooses(self, need: int, offer: int, kind: Kind) -> None:
        """An offer for a need, while few are only being prepared."""
        if sum(r.state is State.DRAFT for r in self.referrals) >= 3:
            return
        made = self.tried(lambda: referrals.choose(self.session, self.needs[need], self.offers[offer], kind, press=uuid.uuid4().hex, by=self.flo, at=self.at))
        if made is not None:
            self.referrals.append(made)

    @rule(need=st.integers(0, 1), offer=st.integers(0, 1))
    def the_family_agrees(self, need: int, offer: int) -> None:
        """To one partner, for one need."""
        made = self.tried(lambda: agreements.record(
            self.session, self.family, need_id=self.needs[need].id, organisation_id=self.offers[offer].organisation_id, fields=["first_name", "safe_contact"],
            said=agreements.Said.SPOKEN, said_by="parent", by=self.flo, at=self.at,
        ))
        if made is not None:
            self.agreements.append(made)

    @rule(need=st.integers(0, 1), offer=st.integers(0, 1))
    def the_usual_way(self, need: int, offer: int) -> None:
        """Choose, ask the family, look once more, send: as most days go."""
        self.the_family_agrees(need, offer)
        before = len(self.referrals)
        self.somebody_chooses(need, offer, Kind.INTRODUCE)
        if len(self.referrals) > before:
            for action in ("prepare", "send"):
                self.school_presses(0, action)

    @rule(n=st.integers(0, 7))
    def the_family_takes_it_back(self, n: int) -> None:
        """Withdraw an agreement."""
        if self.agreements:
            self.tried(lambda: agreements.withdraw(self.session, self.agreements[n % len(self.agreements)], by=self.flo, at=self.at))

    @rule(n=st.integers(0, 7), action=st.sampled_from(("prepare", "send", "introduce")))
    def the_school_goes_on_as_if_it_had_not(self, n: int, action: str) -> None:
        """The family takes its latest agreement back, and a page that was open before is pressed."""
        if self.agreements:
            self.tried(lambda: agreements.withdraw(self.session, self.agreements[-1], by=self.flo, at=self.at))
            self.school_presses(n, action)

    def _agreement_for(self, referral: referrals.Referral) -> uuid.UUID | None:
        fitting = [a for a in self.agreements if a.need_id == referral.need_id and a.organisation_id == referral.organisation_id]
        return fitting[-1].id if fitting else None

    @rule(n=st.integers(0, 7), action=st.sampled_from(FLO_MOVES))
    def school_presses(self, n: int, action: str) -> None:
        """Any of the school's buttons."""
        referral = self._one(n)
        if referral is None:
            return
        facts: dict[str, Any] = {"agreement_id": self._agreement_for(referral), "answer": "Mornings.", "note": "Again.", "code": "changed_mind"}

        def work() -> None:
            if action == "close":
                outcomes.record(self.session, referral, Result.PARTLY, said_by="family", by=self.flo, at=self.at)
            referrals.move(self.session, referral, action, by=self.flo, at=self.at, **facts)
            if action in ("send", "introduce"):
                notices.tell_partner(self.session, referral, base_url="http://kith.example", at=self.at)

        self.tried(work)

    @rule(n=st.integers(0, 7), action=st.sampled_from(PARTNERS_MOVES))
    def the_partner_presses(self, n: int, action: str) -> None:
        """Any of the partner's buttons."""
        referral = self._one(n, began=True)
        if referral is not None:
            who = partner_by_reply_link(referral.organisation_id, referral.id, "Ann")
            facts: dict[str, Any] = {"weeks": 3, "question": "Mornings?", "code": "other", "contact_checked": True}
            self.tried(lambda: referrals.move(self.session, referral, action, by=who, at=self.at, **facts))

    @rule(n=st.integers(0, 7))
    def the_partner_says_yes(self, n: int) -> None:
        """We can help."""
        self.the_partner_presses(n, "accept")

    @rule(n=st.integers(0, 7), steps=st.integers(1, 4))
    def it_goes_well(self, n: int, steps: int) -> None:
        """A partner that can help, meets them, begins, and ends: as far as that goes."""
        for action in ("accept", "contact", "start", "finish")[:steps]:
            self.the_partner_presses(n, action)

    @rule(n=st.integers(0, 7))
    def the_partner_says_no(self, n: int) -> None:
        """We can't this time."""
        self.the_partner_presses(n, "decline")

    @rule(n=st.integers(0, 7))
    def the_family_goes_elsewhere(self, n: int) -> None:
        """The school takes it back, at any time."""
        self.school_presses(n, "withdraw")

    @rule(n=st.integers(0, 7))
    def the_clock_strikes(self, n: int) -> None:
        """An answer may be overdue."""
        referral = self._one(n, began=True)
        if referral is not None:
            self.tried(lambda: referrals.move(self.session, referral, "expire", by=SYSTEM, at=self.at, code="no_response"))

    @rule(seldom=st.integers(0, 4))
    def somebody_is_at_risk(self, seldom: int) -> None:
        """Everything stops until the lead says otherwise; less often than all else, which would not be reached."""
        if seldom:
            return
        self.tried(lambda: families.stop(self.session, self.family, by=self.flo, at=self.at))

    @rule()
    def the_lead_lets_it_go_on(self) -> None:
        """The stop ends."""
        self.tried(lambda: families.release(self.session, self.family, by=self.dsl, at=self.at))

    @invariant()
    def places_taken_and_left_are_all_the_places(self) -> None:
        """Exactly."""
        for offer in self.offers:
            taken = sum(r.place_taken and r.offer_id == offer.id for r in self.referrals)
            assert (offer.places_left or 0) + taken == PLACES, f"{offer.places_left} left and {taken} taken of {PLACES}"
        for referral in self.referrals:
            stopped_early = referral.state is State.WITHDRAWN and referral.events[-1].before in ("accepted", "contacted")
            assert not (stopped_early and referral.place_taken), "a place was kept for nobody"

    @invariant()
    def nothing_that_names_the_family_is_seen_before_or_after(self) -> None:
        """Only between a yes and the end, and only while the agreement lives."""
        for referral in self.referrals:
            card = repr(disclosure.no_name_card(self.session, referral))
            assert CANARY not in card
            assert NUMBER not in card
            try:
                seen = disclosure.agreed_fields(self.session, referral, at=self.at)
            except PartnersError:
                continue
            if seen:
                mine = next(a for a in self.agreements if a.id == referral.agreement_id)
                assert referral.state in (State.ACCEPTED, State.CONTACTED, State.SUPPORTING)
                assert mine.withdrawn_at is None, "it was taken back"
                assert mine.expires_at > self.at, "it ran out"
                assert set(seen) <= set(mine.fields)

    @invariant()
    def what_was_sent_about_a_family_was_agreed(self) -> None:
        """To this partner, for this need."""
        for referral in self.referrals:
            if referral.kind in moves.NEEDS_AGREEMENT and referral.state not in (State.DRAFT, State.TOLD, State.WITHDRAWN):
                mine = next((a for a in self.agreements if a.id == referral.agreement_id), None)
                assert mine is not None, "nobody agreed"
                assert (mine.organisation_id, mine.need_id) == (referral.organisation_id, referral.need_id)

    @invariant()
    def nothing_was_sent_after_it_was_taken_back(self) -> None:
        """By the hours alone, whatever the agreement says of itself."""
        for referral in self.referrals:
            mine = next((a for a in self.agreements if a.id == referral.agreement_id), None)
            if mine is not None and mine.withdrawn_at is not None and referral.kind in moves.NEEDS_AGREEMENT:
                assert not [e for e in referral.events if e.action in ("send", "introduce") and e.at > mine.withdrawn_at], "it was sent after it was taken back"

    @invariant()
    def a_need_has_one_live_introduction(self) -> None:
        """Nobody is sent to two at once: one is under way, or another is only being prepared."""
        for need in self.needs:
            sent = [
                r for r in self.referrals
                if r.need_id == need.id and r.kind in moves.NEEDS_AGREEMENT and r.state in moves.LIVE - {State.DRAFT, State.READY} and not any(e.action in ("reopen", "introduce") for e in r.events)
            ]
            started = [r for r in sent if not self._chosen_before_the_other_was_sent(r, sent)]
            assert len(started) <= 1

    def _chosen_before_the_other_was_sent(self, referral: referrals.Referral, others: list[referrals.Referral]) -> bool:
        return any(o is not referral and referral.created_at <= (o.sent_at or referral.created_at) for o in others)

    @invariant()
    def the_record_is_whole(self) -> None:
        """Each event begins where the one before ended, and the last says where it stands."""
        for referral in self.referrals:
            events = referral.events
            assert events[-1].after == referral.state.value
            assert all(later.before == before.after for before, later in pairwise(events))

    @invariant()
    def no_mail_leaves_that_may_not(self) -> None:
        """With the family at risk, or the agreement gone."""
        for message in self.session.query(Message).filter(Message.cancelled_at.is_(None)):
            referral = next((r for r in self.referrals if r.id == message.referral_id), None)
            if referral is None or not notices.may_leave(self.session, message, self.at):
                continue
            assert self.family.with_dsl_at is None
            if referral.kind in moves.NEEDS_AGREEMENT:
                mine = next(a for a in self.agreements if a.id == referral.agreement_id)
                assert mine.withdrawn_at is None, "it was taken back"
                assert mine.expires_at > self.at, "it ran out"


def _run(examples: int, *, shorten: bool = True) -> None:
    phases = (Phase.generate, Phase.shrink) if shorten else (Phase.generate,)
    quick = settings(
        max_examples=examples, stateful_step_count=STEPS, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck), phases=phases,
        report_multiple_bugs=False,
    )
    run_state_machine_as_test(Between, settings=quick)


def test_whatever_anybody_presses_these_things_hold() -> None:
    _run(EXAMPLES)


def _nothing(*_args: Any, **_facts: Any) -> None:
    """A check that is not there."""


FAULTS: dict[str, tuple[Any, str, Any]] = {
    "an agreement is not asked for": (guards.GUARDS, "agreement", _nothing),
    "a place is not given back": (guards.EFFECTS, "withdraw", (guards._end_agreement,)),
    "what was shared stays open after a no": (disclosure.VISIBLE, State.DECLINED, disclosure.AFTER),
    "what was shared is open before a yes": (disclosure.VISIBLE, State.SENT, disclosure.AFTER),
    "an agreement that was taken back still counts": (agreements.Agreement, "is_taken_back", False),
    "every mail may leave": (notices, "may_leave", lambda *_: True),
}


@pytest.mark.parametrize("fault", list(FAULTS))
def test_the_model_notices(monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    where, name, broken = FAULTS[fault]
    if isinstance(where, dict):
        monkeypatch.setitem(where, name, broken)
    else:
        monkeypatch.setattr(where, name, broken)
    with pytest.raises((AssertionError, StopIteration)):
        _run(EVERY_DAY, shorten=False)
