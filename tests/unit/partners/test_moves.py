"""The table of moves: every state, action, party and kind, against the pairs that the guide allows."""

from __future__ import annotations

import itertools

import pytest

from partners.foundation.errors import IllegalMove
from partners.referrals import disclosure, moves
from partners.referrals.moves import LIVE, MOVES, Kind, State, allowed, find_move

S = State
# Typed again from the domain guide 6.1, apart from the table under test: action -> (from, to, own party).
GUIDE = {
    "prepare": ({S.DRAFT}, S.READY, {"flo"}), "send": ({S.READY}, S.SENT, {"flo"}), "recall": ({S.SENT}, S.READY, {"flo"}),
    "view": ({S.SENT}, S.VIEWED, {"partner"}), "accept": ({S.SENT, S.VIEWED, S.WAITLISTED}, S.ACCEPTED, {"partner"}),
    "wait": ({S.SENT, S.VIEWED}, S.WAITLISTED, {"partner"}), "ask": ({S.SENT, S.VIEWED}, S.INFO_REQUESTED, {"partner"}),
    "answer": ({S.INFO_REQUESTED}, S.VIEWED, {"flo"}), "tell_wait": ({S.WAITLISTED}, S.WAITLISTED, {"flo"}),
    "decline": ({S.SENT, S.VIEWED, S.WAITLISTED, S.INFO_REQUESTED}, S.DECLINED, {"partner"}),
    "contact": ({S.ACCEPTED, S.TOLD}, S.CONTACTED, {"partner", "flo"}), "start": ({S.CONTACTED}, S.SUPPORTING, {"partner", "flo"}),
    "could_not_reach": ({S.ACCEPTED}, S.CLOSED, {"partner", "flo"}), "close": ({S.CONTACTED, S.SUPPORTING, S.TOLD}, S.CLOSED, {"partner", "flo"}),
    "withdraw": (set(S) - {S.CLOSED, S.DECLINED, S.WITHDRAWN, S.EXPIRED}, S.WITHDRAWN, {"flo", "family"}),
    "expire": ({S.SENT, S.VIEWED}, S.EXPIRED, {"clock"}), "reopen": ({S.CLOSED}, S.SUPPORTING, {"flo", "admin"}),
    "think": ({S.DRAFT, S.ACCEPTED}, None, {"flo"}),  # where it was
    "tell": ({S.DRAFT}, S.TOLD, {"flo"}), "introduce": ({S.ACCEPTED}, S.ACCEPTED, {"flo"}), "finish": ({S.CONTACTED, S.SUPPORTING}, S.SUPPORTING, {"partner"}),
}
LOGGED_BY_FLO = {"accept", "wait", "ask", "decline", "finish"}
# The two can speak, or fail to, only once the family is introduced: an ask-first names nobody.
ONLY = {"tell": {Kind.TELL}, "introduce": {Kind.ASK_FIRST}, "contact": set(Kind) - {Kind.ASK_FIRST}, "could_not_reach": {Kind.INTRODUCE, Kind.GO_TOGETHER}}
NOT_TOLD = {"think", "tell_wait", "prepare", "send", "recall", "view", "accept", "wait", "ask", "answer", "decline", "expire"}


@pytest.mark.parametrize(("state", "action", "party", "kind"), [*itertools.product(State, sorted(GUIDE), ("flo", "partner", "family", "clock", "admin", "none"), Kind)])
def test_a_move_is_allowed_exactly_where_the_guide_says(state: State, action: str, party: str, kind: Kind) -> None:
    sources, to, parties = GUIDE[action]
    asked_now = not (action == "think" and state is S.ACCEPTED) or kind is Kind.ASK_FIRST  # an introduction was agreed to before it was sent
    right_kind = asked_now and kind in ONLY.get(action, set(Kind)) and not (kind is Kind.TELL and action in NOT_TOLD)
    right_party = party in parties or (party == "flo" and action in LOGGED_BY_FLO)
    if state in sources and right_party and right_kind:
        assert find_move(state, action, party, kind).to is (to or state)
    else:
        with pytest.raises(IllegalMove):
            find_move(state, action, party, kind)


def test_the_guide_and_the_table_name_the_same_actions() -> None:
    assert {m.action for m in MOVES} == set(GUIDE)


def test_an_ended_referral_offers_a_partner_nothing() -> None:
    for state, kind in itertools.product(set(State) - LIVE, Kind):
        assert allowed(state, "partner", kind) == ()


def test_nothing_is_shown_to_a_partner_before_sending_or_after_the_end() -> None:
    for state in (S.DRAFT, S.READY, S.TOLD, S.CLOSED, S.DECLINED, S.WITHDRAWN, S.EXPIRED):
        assert disclosure.VISIBLE[state] == ()
    assert set(disclosure.VISIBLE) == set(State)


def test_no_field_before_accepting_can_name_anybody() -> None:
    assert not {"first_name", "safe_contact", "what_was_tried", "requirements"} & set(disclosure.BEFORE)


@pytest.mark.parametrize(("age", "band"), [(None, "not known"), (4, "under 5"), (5, "5 to 7"), (11, "8 to 11"), (12, "12 to 15"), (18, "16 to 18"), (41, "an adult")])
def test_an_age_is_shown_as_a_band(age: int | None, band: str) -> None:
    assert disclosure.age_band(age) == band


def test_every_decline_code_has_words() -> None:
    assert all(words.strip() for words in (*moves.DECLINE_CODES.values(), *moves.WITHDRAW_CODES.values()))


def test_readmes_diagram_is_the_table() -> None:
    from pathlib import Path

    readme = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    assert f"```mermaid\n{moves.diagram()}\n```" in readme, "write partners.referrals.moves.diagram() into README, in the life of a referral"
