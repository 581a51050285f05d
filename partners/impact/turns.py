"""Turns: what was school's own to do in an introduction, by which day, and when it was done. Nobody who did it is read: this is for planning work."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from partners.foundation.calendars import day_of
from partners.referrals.check_ins import ASKED_UNTIL
from partners.referrals.clocks import TO_ASK_THE_FAMILY
from partners.referrals.moves import CHECK_IN_DAYS, State

TO_ANSWER = 1  # working day for school to answer a partner's question, as the clock gives it
WEEK = timedelta(days=7)  # in which a check-in is in time; judgement, November 2026: a family may not be in on the day
QUESTION, YES, CHECK_IN = "question", "yes", "check_in"
Event = tuple[str, datetime]  # an action and its instant
Due = Callable[[date, int], date]  # the day that is some working days after another


@dataclass(frozen=True)
class Turn:
    """One thing that was school's to do: of which need and family, by which day, when it was done, and when it was no longer asked for."""

    kind: str
    need: uuid.UUID
    family: uuid.UUID
    due_on: date
    done_at: datetime | None
    dropped_at: datetime | None = None

    @property
    def in_time(self) -> bool:
        """Whether it was done by its day."""
        return self.done_at is not None and day_of(self.done_at) <= self.due_on

    def was_due(self, by: date) -> bool:
        """Whether, by the end of a day, it had been done or its own day was over, without its having been dropped before."""
        if self.done_at is not None and day_of(self.done_at) <= by:
            return True
        return self.due_on < by and not (self.dropped_at is not None and day_of(self.dropped_at) <= self.due_on)

    def waits(self, on: date) -> bool:
        """Whether at the end of a day it is late, still not done, and still asked for."""
        gone = any(at is not None and day_of(at) <= on for at in (self.done_at, self.dropped_at))
        return self.due_on < on <= self.due_on - WEEK + ASKED_UNTIL and not gone


def of_events(need: uuid.UUID, family: uuid.UUID, events: Sequence[Event], *, without_names: bool, due: Due) -> list[Turn]:
    """Return school's turns among the moves of one introduction, in their order: a partner's question, and its yes where no name was given."""
    found = []
    for n, (action, at) in enumerate(events):
        following, when = events[n + 1] if n + 1 < len(events) else ("", None)
        if action == "ask":
            answered = following == "answer"
            found.append(Turn(QUESTION, need, family, due(day_of(at), TO_ANSWER), when if answered else None, None if answered else when))
        elif action == "accept" and without_names:
            # The family was asked, whether it said yes or no.
            found.append(Turn(YES, need, family, due(day_of(at), TO_ASK_THE_FAMILY), when))
    return found


def of_check_ins(need: uuid.UUID, family: uuid.UUID, *, began_at: datetime | None, ended_as: str | None, ended_at: datetime | None, code: str | None, made: dict[int, datetime]) -> list[Turn]:
    """Return the two check-ins of an introduction. One that closed with what happened is asked about too; one that was stopped, or whose family was never reached, is not."""
    if began_at is None or code == "could_not_reach":
        return []
    stopped = ended_at if ended_as not in (None, State.CLOSED.value) else None
    later = [made.get(n) for n in CHECK_IN_DAYS[1:]]
    found = []
    for n, days in enumerate(CHECK_IN_DAYS):
        instead = min((at for at in later[n:] if at is not None), default=None)  # the later one asks all that this one would have
        dropped = min((at for at in (stopped, instead) if at is not None), default=None)
        found.append(Turn(CHECK_IN, need, family, day_of(began_at) + timedelta(days=days) + WEEK, made.get(days), dropped))
    return found
