"""Allocation: many families, scarce places, decided together. Optimal by min-cost flow, fair by default, and only a proposal.

Groups are plain labels from the caller for checking fairness; they enter no score and no suggestion.
"""

from matcher.allocation.batches import WeekByWeek, in_batches
from matcher.allocation.first_come import first_come, greedy
from matcher.allocation.floors import keep_floors
from matcher.allocation.market import ONE, Market
from matcher.allocation.parts import Solved, solve, solve_parts, split
from matcher.allocation.sharing import allocate, market_of

__all__ = [
    "ONE", "Market", "Solved", "WeekByWeek", "allocate", "first_come", "greedy", "in_batches", "keep_floors", "market_of", "solve", "solve_parts", "split",
]
