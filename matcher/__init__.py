"""The matching engine: plain records in, reasons out. Pure: no files, no clock, no network, no database.

>>> from matcher import Matcher, Offer, Request
>>> pantry = Offer.from_dict({
...     "id": "pantry", "organisation": {"id": "hope", "name": "Hope Pantry"}, "name": "Weekly shop", "needs": ["food_weekly"],
...     "availability": {"state": "open"}, "confirmed_on": "2026-10-08"})
>>> asked = Request.from_dict({"id": "r1", "on": "2026-10-20T15:10:00+01:00", "safety": "no", "needs": [{"id": "n1", "code": "food_weekly"}]})
>>> answer = Matcher().fit([pantry]).suggest(asked)
>>> [s.offer for s in answer.needs[0].suggestions]
['pantry']
"""

from matcher.errors import InvalidOffer, InvalidRecord, InvalidRequest, MatcherError, UnknownNeed, UnknownOffer
from matcher.matcher import Matcher
from matcher.records import Answer, Need, Offer, Reason, Request, Requirement, Suggestion

__all__ = [
    "Answer", "InvalidOffer", "InvalidRecord", "InvalidRequest", "Matcher", "MatcherError", "Need", "Offer", "Reason", "Request",
    "Requirement", "Suggestion", "UnknownNeed", "UnknownOffer",
]
