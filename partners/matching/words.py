"""Words: the need codes as pages show them, and plain words read into codes for a person to confirm."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NeedWords:
    """One need as people see it: its code, group, label, everyday synonyms, and the path it takes."""

    code: str
    group: str
    label: str
    synonyms: tuple[str, ...]
    note: str
    path: str


@dataclass(frozen=True)
class Proposal:
    """A code that some words may mean, with the words that led there. A person confirms it or does not."""

    code: str
    label: str
    evidence: tuple[str, ...]


def needs_by_group() -> dict[str, list[NeedWords]]:
    """Return the 62 needs under their 11 groups, in the order of the list."""
    from matcher import taxonomy

    groups: dict[str, list[NeedWords]] = {}
    for need in taxonomy.NEEDS.values():
        groups.setdefault(need.group, []).append(NeedWords(need.code, need.group, need.label, tuple(need.synonyms), need.note, need.path))
    return groups


def labels() -> dict[str, str]:
    """Return each code's label."""
    from matcher import taxonomy

    return {code: need.label for code, need in taxonomy.NEEDS.items()}


def paths() -> dict[str, str]:
    """Return each code's path: open, care, urgent, regulated, school, restricted or dsl_only."""
    from matcher import taxonomy

    return {code: need.path for code, need in taxonomy.NEEDS.items()}


def read(text: str, *, most: int = 3) -> list[Proposal]:
    """Return at most three codes that plain words may mean, by words and, with the extra 'meaning', by what they mean; none where they say nothing."""
    from matcher.reading import read as read_words
    from partners.matching import meaning

    by_both, named = meaning.reader(), labels()
    found = read_words(text, most=most) if by_both is None else by_both.read(text, most=most)
    return [Proposal(r.code, named[r.code], tuple(r.evidence)) for r in found]


def warm_up() -> None:
    """Load what reading needs, so that the first who asks does not wait some seconds for the language model."""
    read("to begin with")


def propose_for_offer(title: str, description: str, tags: list[str]) -> list[str]:
    """Return need codes that an imported offer's own words suggest, for a person to accept."""
    from matcher.reading import propose_for_offer as propose

    return [r.code for r in propose(title, description, tags)]
