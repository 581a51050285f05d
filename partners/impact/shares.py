"""Shares: of every hundred introductions, how many were answered in time, and the like. Introductions and not families, so each is shown only where families enough stand behind it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from partners.impact.counting import cohort, happened_by, open_needs
from partners.impact.disclosure import HIDDEN_UP_TO, SMALL, Shown, share_of, shown
from partners.impact.periods import Period
from partners.impact.snapshot import ReferralRow, Snapshot
from partners.impact.turns import CHECK_IN, QUESTION, YES


@dataclass(frozen=True)
class Share:
    """A part of a whole, each introduction in it as the family that it is for: a family with two stands there twice."""

    label: str
    key: str
    part: tuple[uuid.UUID, ...]
    whole: tuple[uuid.UUID, ...]

    @property
    def cell(self) -> Shown:
        """In 100, from rounded figures, as it may be shown."""
        return share_of(self.part, self.whole)


def _share(label: str, key: str, part: Iterable[ReferralRow], whole: Iterable[ReferralRow]) -> Share:
    return Share(label, key, tuple(r.family for r in part), tuple(r.family for r in whole))


def sent(snap: Snapshot, period: Period) -> list[ReferralRow]:
    """Return the introductions that were sent by the end of a period, for needs told in it."""
    return [r for r in cohort(snap, period) if happened_by(r.sent_at, period)]


def was_answered(r: ReferralRow, period: Period) -> bool:
    return happened_by(r.replied_at, period)


def ran_out(r: ReferralRow, period: Period) -> bool:
    return r.ended_as == "expired" and happened_by(r.ended_at, period) and not was_answered(r, period)


def of_answers(snap: Snapshot, period: Period) -> list[Share]:
    """Return the shares of introductions answered in the partner's own promised time and never, of those answered or run out; and taken on, of those answered."""
    due = [r for r in sent(snap, period) if was_answered(r, period) or ran_out(r, period)]
    answered = [r for r in due if was_answered(r, period)]
    in_time = [r for r in answered if r.reply_days is not None and r.reply_days <= r.promise_days]
    return [
        _share("The partner answered in the time it promised", "in_time", in_time, due),
        _share("No answer came before it ran out", "ran_out", [r for r in due if not was_answered(r, period)], due),
        _share("The partner took it on, of those answered", "taken_on", [r for r in answered if happened_by(r.accepted_at, period)], answered),
    ]


def of_first_talks(snap: Snapshot, period: Period) -> list[Share]:
    """Return the shares of agreed introductions with a first talk in ten working days, and with none by the end of the period.

    Of those that were sent and whose talk was due: it came, its ten days are over, or the introduction ended without one. What a family or school stopped before a talk was never due one.
    """
    def spoke(r: ReferralRow) -> bool:
        return happened_by(r.contacted_at, period)

    def was_due(r: ReferralRow) -> bool:
        if spoke(r):
            return True
        if happened_by(r.ended_at, period):
            return r.ended_as != "withdrawn"
        return r.talk_due_on is not None and r.talk_due_on <= period.ends_on

    due = [r for r in sent(snap, period) if happened_by(r.yes_at, period) and was_due(r)]
    return [
        _share("They spoke within ten working days of the family's yes", "talked_in_time", [r for r in due if spoke(r) and r.talk_due_on is None], due),
        _share("They never spoke", "never_talked", [r for r in due if not spoke(r)], due),
    ]


OURS = ((QUESTION, "We answered a partner's question within a working day"), (YES, "We asked the family within two working days of a yes without names"), (CHECK_IN, "We asked how it goes within a week of its day, at two weeks and at six"))


def of_ours(snap: Snapshot, period: Period) -> list[Share]:
    """Return the shares of school's own turns that were in time, of those that were due, for needs told in a period. Never whose they were."""
    told = {i for i, n in snap.needs.items() if period.low <= n.opened_at < period.high}
    found = []
    for kind, label in OURS:
        due = [t for t in snap.turns if t.kind == kind and t.need in told and t.was_due(period.ends_on)]
        found.append(Share(label, f"ours:{kind}", tuple(t.family for t in due if t.in_time), tuple(t.family for t in due)))
    return found


def for_each_officer(snap: Snapshot, period: Period) -> Shown:
    """Return how many needs are open at the end of a period for each officer, of the number of needs to the nearest 5; nothing where they are of one to seven families, or nobody is there."""
    needs = open_needs(snap, period)
    if not snap.officers or 1 <= len(set(needs)) <= HIDDEN_UP_TO:
        return SMALL
    return round((shown(len(needs)) or 0) / snap.officers)


def of_all(snap: Snapshot, period: Period) -> list[Share]:
    """Return every share in the order of the table."""
    return [*of_answers(snap, period), *of_first_talks(snap, period)]
