"""The matching engine: plain records in, reasons out. Pure: no files, no clock, no network, no database.

>>> from matcher import Matcher, Offer, Request
>>> pantry = Offer.from_dict({
...     "id": "pantry", "organisation": {"id": "hope", "name": "Hope Pantry"}, "name": "Weekly shop", "needs": ["food_weekly"],
...     "availability": {"state": "open"}, "confirmed_on": "2026-10-08"})
>>> asked = Request.from_dict({"id": "r1", "on": "2026-10-20T15:10:00+01:00", "safety": "no", "needs": [{"id": "n1", "code": "food_weekly"}]})
>>> answer = Matcher().fit([pantry]).suggest(asked)
>>> [s.offer for s in answer.needs[0].suggestions]
['pantry']

Every suggestion carries its reasons, and their points add up to its score:

>>> best = answer.needs[0].suggestions[0]
>>> round(sum(reason.points for reason in best.reasons), 3) == best.score
True

What is left out says why, and the fewest changes that would let it in:

>>> club = Offer.from_dict({
...     "id": "club", "organisation": {"id": "mill", "name": "Mill Lane"}, "name": "Food club", "needs": ["food_weekly"],
...     "availability": {"state": "waiting", "waiting_weeks": 3}, "confirmed_on": "2026-10-08"})
>>> soon = Request.from_dict({
...     "id": "r2", "on": "2026-10-20T15:10:00+01:00", "safety": "no", "needs": [{"id": "n1", "code": "food_weekly"}],
...     "requirements": [{"what": "wait", "weeks": 1, "strength": "must"}]})
>>> left_out = Matcher().fit([pantry, club]).suggest(soon).needs[0].left_out[0]
>>> left_out.because[0].says
'The wait is about 3 weeks; at most 1 week was asked for.'
>>> left_out.would_fit_if[0]["to"]
{'what': 'wait', 'weeks': 3, 'strength': 'must'}

A record that breaks the contract says each fault in one line:

>>> Offer.from_dict(club.raw | {"needs": ["food_weekley"]})
Traceback (most recent call last):
    ...
matcher.errors.InvalidOffer: offer club: needs: is 'food_weekley', which is not a need code; it should be a code from the list; the nearest is 'food_weekly'
"""

from matcher.errors import InvalidOffer, InvalidRecord, InvalidRequest, MatcherError, UnknownNeed, UnknownOffer
from matcher.matcher import Matcher
from matcher.records import Answer, Need, Offer, Reason, Request, Requirement, Suggestion

__all__ = [
    "Answer", "InvalidOffer", "InvalidRecord", "InvalidRequest", "Matcher", "MatcherError", "Need", "Offer", "Reason", "Request",
    "Requirement", "Suggestion", "UnknownNeed", "UnknownOffer",
]
