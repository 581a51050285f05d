"""The order of decision, step by step (domain guide 5.1), and the ethical rules that a matcher can keep (5.2): one test each.

Steps 4 and 5 in full are in `test_who_and_where` and `test_requirements_and_time`, 7 in `test_fairness`, 8 in `test_choosing`.
"""

from __future__ import annotations

import inspect
import socket
from dataclasses import fields
from typing import Any

import pytest

from matcher import Matcher, Need, Offer, Request, choosing, policy, reading
from matcher.policy import CRITERIA
from matcher.taxonomy import NEEDS
from partners.matching import meaning
from tests.builders_matching import HOME, a_need, a_request, a_requirement, an_offer, ask, because, first, suggested

WEIGHT = {c.name: c.weight for c in CRITERIA}


@pytest.mark.parametrize("safety", ["yes", "not_sure"])
def test_step_1_nothing_is_judged_where_somebody_may_be_at_risk(safety: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any) -> None:
        raise AssertionError("an offer was judged")

    monkeypatch.setattr("matcher.matcher.Assessor", never)
    answer = ask(a_request(safety=safety, keep_away=["org-o1"]), an_offer())
    assert (answer.stopped, answer.needs, answer.plan.steps) == ("at_risk", (), ())


def test_step_2_what_is_kept_away_is_named_nowhere_and_moves_nothing_else() -> None:
    offers = [an_offer("a"), an_offer("b", features={"creche": "yes"}), an_offer("c", availability={"state": "full"})]
    request = a_request(a_requirement("feature", "would_help", value="creche"))
    kept = first(request | {"keep_away": ["org-b"]}, *offers).to_dict()
    assert kept == first(request, *(o for o in offers if o["id"] != "b")).to_dict()
    assert "org-b" not in str(kept)


def test_step_3_the_need_is_the_very_code_and_none_that_is_like_it() -> None:
    for code in NEEDS:
        if NEEDS[code].path in ("open", "care", "urgent", "school"):
            others = [an_offer(f"o-{other}", needs=[other]) for other in NEEDS if other != code]
            found = first(a_request(needs=[a_need(code=code)]), *others, an_offer("this", needs=[code]))
            assert [s.offer for s in found.suggestions] == ["this"]
            assert found.left_out == ()


def test_step_4_comes_before_step_5_so_the_first_reason_told_is_whom_it_is_for() -> None:
    offer = an_offer(gender="men", availability={"state": "full"}, confirmed_on="2026-01-01", features={"step_free": "no"})
    assert because(a_request(a_requirement("feature", value="step_free")), offer) == {"o1": ["gender", "feature", "open", "confirmed"]}


def test_step_6_what_is_asked_for_weighs_most_then_how_soon_and_how_near_and_how_partners_answered_least() -> None:
    assert WEIGHT["requirement"] > WEIGHT["soon"] >= WEIGHT["near"] > WEIGHT["standing"] > 0
    assert WEIGHT["requirement"] > WEIGHT["soon"] + WEIGHT["near"] + WEIGHT["freshness"] + WEIGHT["standing"]
    near, suits = an_offer("near", place=HOME), an_offer("suits", features={"creche": "yes"}, place={"latitude": 53.9, "longitude": -1.466})
    assert suggested(a_request(a_requirement("feature", "would_help", value="creche"), home=HOME), near, suits) == ["suits", "near"]


def test_step_6_a_must_counts_three_times_what_would_help() -> None:
    one_must = an_offer("must", features={"creche": "yes", "quiet_space": "no", "voice_notes": "no"})
    two_helps = an_offer("helps", features={"quiet_space": "yes", "voice_notes": "yes"})
    request = a_request(a_requirement("feature", value="creche"), *(a_requirement("feature", "would_help", value=f) for f in ("quiet_space", "voice_notes")))
    assert suggested(request, one_must, two_helps) == ["helps", "must"]  # not known is half: 1.5 and 2 against 3 and 0
    points = {r.requirement["value"]: r.points for r in first(request, one_must).suggestions[0].reasons if r.requirement}
    assert points["creche"] == pytest.approx(3 * -(points["quiet_space"] or 0), abs=0.002)


def test_rule_1_an_answer_proposes_and_marks_nothing_as_chosen() -> None:
    assert not {"chosen", "selected", "send", "sent", "accepted"} & set(first(a_request(), an_offer()).suggestions[0].to_dict())


def test_rule_3_no_record_and_no_judge_has_a_word_for_who_a_family_is() -> None:
    names = {f.name for record in (Request, Need) for f in fields(record)}
    assert names == {
        "id", "on", "safety", "needs", "referrer", "home", "postcode", "terms", "requirements", "keep_away", "one_at_a_time", "code", "for_whom", "age_years", "within",
    }
    told = inspect.getsource(policy).lower() + inspect.getsource(choosing).lower()
    assert not [word for word in ("ethnic", "nationality", "religion", "surname", "upn", "free_school", "pupil") if word in told]


def test_rule_3_a_language_is_what_was_asked_for_and_never_opens_another_offer_by_itself() -> None:
    """A language decides about languages, and about offers of a community that speaks it: all else is the same to the point."""
    offer = an_offer(languages=["en", "so", "ur"])
    scores = {first(a_request(a_requirement("language", value=tag)), offer).suggestions[0].score for tag in ("en", "so", "ur")}
    assert len(scores) == 1


def test_rule_5_asking_for_steady_help_is_read_as_nothing_else() -> None:
    """One at a time is the family's own word: it is never concluded from what is asked for."""
    request = a_request(*(a_requirement("feature", "would_help", value=f) for f in ("one_to_one", "same_worker", "easy_read")))
    assert len(suggested(request, *(an_offer(f"o{n}") for n in range(4)))) == 3


def test_rule_12_a_partner_with_no_place_left_is_not_asked() -> None:
    assert because(a_request(), an_offer(availability={"state": "few_places", "places_left": 0})) == {"o1": ["open"]}


def test_rule_15_words_are_read_on_this_machine_and_only_propose(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*_: Any, **__: Any) -> None:
        raise AssertionError("a word left this machine")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    said = "he won't let me out and takes my money"
    readers = [reading.read, *([both.read] if (both := meaning.reader()) is not None else [])]
    for read in readers:
        found = read(said)
        assert 0 < len(found) <= 3
        assert all(r.evidence and 0 < r.score <= 1 for r in found)
    assert not [r for r in reading.propose_for_offer("Refuge", said) if NEEDS[r.code].path in ("restricted", "dsl_only")]


def test_rule_17_nothing_of_what_came_of_earlier_introductions_is_a_field_of_an_offer() -> None:
    names = {f.name for f in fields(Offer)}
    assert not [n for n in names if "outcome" in n or "success" in n or "rating" in n]
    slow, quick = (an_offer("o", reply_record={"asked": 40, "in_time": n}) for n in (0, 40))
    scores = [Matcher().fit([Offer.from_dict(o)]).suggest(Request.from_dict(a_request())).needs[0].suggestions[0].score for o in (slow, quick)]
    assert 0 < scores[1] - scores[0] <= WEIGHT["standing"]
