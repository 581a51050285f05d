"""What partners, schools and families ask for against what they can give: one to one, swaps, and rounds of three.

Giving is never a condition for help: nothing here knows of a need, a referral or a family's record.
"""

from matcher.exchanges.proposing import left_out, propose
from matcher.exchanges.records import Ask, Exchange, Give, Handover, Proposal
from matcher.exchanges.things import THINGS

__all__ = ["THINGS", "Ask", "Exchange", "Give", "Handover", "Proposal", "left_out", "propose"]
