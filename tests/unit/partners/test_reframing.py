"""Reframing: each row of the table hears its own words, plain words are left alone, and what is heard is never changed."""

from __future__ import annotations

import pytest

from partners.families import reframing
from tests.house.words import BANNED, banned_in

HEARD = [
    "hard to reach", "Hard-to-reach", "disengaged", "non-engagement", "refused support", "failed to attend", "DNA", "chaotic", "troubled family", "vulnerable parents",
    "client", "service user", "mum", "broken home", "school refuser", "poor attender", "attention seeking", "challenging parent", "no English", "illegal immigrant",
    "NRPF", "suffering from", "wheelchair-bound", "special needs child", "mental", "alcoholic", "victim", "deprived", "gypsies", "referral rejected", "interventions",
    "empowering", "signposted", "inappropriate referral",
]


@pytest.mark.parametrize("said", HEARD)
def test_the_words_of_the_table_are_heard_in_a_sentence(said: str) -> None:
    found = reframing.nudges(f"They said: {said}, again.")
    assert said in [n.said for n in found]


@pytest.mark.parametrize("said", ["dna is in every cell", "mental health", "They have a lot going on", "Gypsy, Roma or Traveller", "a maximum of two", "purchased"])
def test_plain_words_are_left_alone(said: str) -> None:
    assert reframing.nudges(said) == []


def test_at_most_three_at_once_in_the_order_of_the_words() -> None:
    found = reframing.nudges("A chaotic, disengaged mum, hard to reach, a client")
    assert [n.said for n in found] == ["chaotic", "disengaged", "mum"]


def test_what_it_says_instead_is_never_on_the_list_of_words_not_to_say() -> None:
    assert [better for _heard, better in reframing.table() if banned_in(better)] == []
    assert BANNED
