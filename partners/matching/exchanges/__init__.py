"""Exchanges: asks met by gives, one to one, in swaps of two and rounds of three. The engine proposes and explains; a person chooses; each side says yes.

What a family gives goes freely and stands for itself: it is in no swap and no round, and no page of this room shows what a family gets.
"""

from partners.matching.exchanges.choosing import answer, asker_of, came, choose, get, giver_of, listed, parts_for, put_aside
from partners.matching.exchanges.proposing import Proposals, Proposed, Step, as_records, propose, things, units
from partners.matching.exchanges.records import CAME, Exchange, ExchangeParty, Handover

__all__ = [
    "CAME", "Exchange", "ExchangeParty", "Handover", "Proposals", "Proposed", "Step", "answer", "as_records", "asker_of", "came", "choose", "get",
    "giver_of", "listed", "parts_for", "propose", "put_aside", "things", "units",
]
