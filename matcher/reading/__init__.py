"""Reading: plain words to need codes, for a person to confirm. Nothing is decided here."""

from matcher.reading.words import Reading, propose_for_offer, read

__all__ = ["Reading", "propose_for_offer", "read"]
