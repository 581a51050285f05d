"""The matcher's errors: each says which record, which field, what is wrong and what would be right."""

from __future__ import annotations


class MatcherError(Exception):
    """The base of every error that the matcher raises on purpose."""


class InvalidRecord(MatcherError, ValueError):
    """A record that breaks the contract; `faults` has one line a fault: id, field, what is wrong, what would be right."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class InvalidOffer(InvalidRecord):
    """An offer that breaks the contract."""


class InvalidRequest(InvalidRecord):
    """A request that breaks the contract."""


class UnknownNeed(MatcherError, KeyError):
    """A need code that is not on the list."""


class UnknownOffer(MatcherError, KeyError):
    """An offer id that was not fitted."""
