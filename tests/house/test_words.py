"""Words: what Kith says about families, on its pages, in its mails, its seeds and its README."""

from __future__ import annotations

import re

import pytest

from tests.house import tree, words

# Lines that must hold a banned word, exactly as they stand, with the reason.
ALLOWED: dict[str, str] = {}
# What people type is understood and never blocked, so the words that Kith listens for are not words that Kith says.
LISTENED_FOR: tuple[str, ...] = ("partners/families/texts/reframing.csv",)


def _faults(path: str, text: str, first_line: int = 1) -> list[str]:
    lines = tree.text_of(path).split("\n")
    return [
        f"{path}:{line + first_line - 1} “{said}” (write: {instead})" for line, said, instead in words.banned_in(text)
        if lines[line + first_line - 2].strip() not in ALLOWED
    ]


def test_templates_say_nothing_from_the_ban_list() -> None:
    paths = [path for path in tree.files() if path.startswith("web/templates/")]
    assert paths
    found = [fault for path in paths for fault in _faults(path, words.prose_of_template(tree.text_of(path)))]
    assert not found, f"say it the other way: {found}"


def test_sentences_in_code_say_nothing_from_the_ban_list() -> None:
    found = [fault for path in tree.python() for line, said in words.prose_of_code(tree.text_of(path)) for fault in _faults(path, said, line)]
    assert not found, f"say it the other way: {found}"


def test_seeds_and_readme_say_nothing_from_the_ban_list() -> None:
    paths = [
        path for path in tree.files()
        if path == "README.md" or (path.endswith((".csv", ".json", ".md", ".txt", ".po")) and path.startswith(("seeds/", "web/translations/", "partners/", "matcher/")))
    ]
    found = [fault for path in paths if path not in LISTENED_FOR for fault in _faults(path, tree.text_of(path))]
    assert not found, f"say it the other way: {found}"


EXAMPLES = [
    "Your caseload", "refer on", "Discharged", "non-engagement", "nonengaging", "DNA", "hard-to-reach", "hard to\nreach", "chasing", "dealing  with",
    "tickbox", "an inappropriate referral", "the vulnerable", "vulnerable families", "disadvantaged pupils", "low-level families", "disengaged",
    "refused support", "non-compliant", "failed to attend", "chaotic", "troubled family", "service user", "Clients", "broken home", "school refuser",
    "poor attender", "attention-seeking", "challenging parents", "no English", "illegal immigrant", "NRPF families", "wheelchair-bound",
    "suffering from", "special needs child", "battered", "signposted", "empowering", "alcoholics", "deprived",
]


@pytest.mark.parametrize("said", EXAMPLES)
def test_the_word_rule_fails_each_word_of_the_list(said: str) -> None:
    assert words.banned_in(f"<p>{said}</p>")


@pytest.mark.parametrize("said", ["purchased", "dna", "We refer one family", "a family", "undischarged", "the families"])
def test_the_word_rule_passes_plain_words(said: str) -> None:
    assert words.banned_in(said) == []


def test_every_row_of_the_list_has_its_example() -> None:
    unseen = [pattern for pattern in words.BANNED if not any(re.search(pattern.replace(" ", r"\s+"), said, re.IGNORECASE) for said in EXAMPLES)]
    assert unseen == []


def test_the_word_rule_reads_templates_and_code_as_people_see_them() -> None:
    assert words.banned_in(words.prose_of_template("{# clients #}\n<p>{{ 'our clients' }}")) == [(2, "clients", "family, parent or carer, person")]
    assert words.prose_of_code('"""Our clients."""\nflash("our clients")\nclient = "client"\nf"two clients {x}"\n') == [(2, "our clients"), (4, "two clients ")]
