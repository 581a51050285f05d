"""The clocks of a referral: by which day somebody has the next step, and the days on which nobody is expected to act. They only count; they do nothing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from partners.families import needs, schools, setting_aside
from partners.foundation.calendars import add_working_days, day_of, working_days_between
from partners.referrals import moves
from partners.referrals.moves import Kind, State
from partners.registry.offers import AvailabilityState

if TYPE_CHECKING:
    from partners.referrals.referrals import Referral

Span = tuple[date, date]
AT_LEAST_AFTER_YES = 2  # working days to get in touch, however late the yes came; judgement, November 2026
TO_ASK_THE_FAMILY = 2  # working days for school to ask a family after a yes without names; judgement, November 2026
TO_THINK = 5  # working days until school asks again whoever wants to think about it; judgement, November 2026
TO_LOOK_AGAIN = 2  # working days for school after a no or a silence; judgement, November 2026
LOOKED_AHEAD = timedelta(days=180)


def closed_spans(session: Session, referral: Referral, on: date) -> list[Span]:
    """Return the days from `on` on which nobody is expected to act: the school's closures, the partner's pause, and waits that count for nobody."""
    school = schools.get(session, referral.school_id)
    spans = school.closed_spans(start=on, end=on + LOOKED_AHEAD) if school.terms and school.terms[-1].ends_on > on else []
    offer = referral.offer
    if offer.availability is AvailabilityState.PAUSED and offer.paused_until is not None:
        spans = [*spans, (offer.availability_on or on, offer.paused_until)]
    return [*spans, *stopped_spans(referral)]


def stopped_spans(referral: Referral) -> list[Span]:
    """Return the days on which a referral's clock stood still: on a waiting list, while a question waited for school, and while the records were set aside."""
    spans = [(first + timedelta(days=1), last) for first, last in setting_aside.spans(referral.family)]
    since = None
    for event in referral.events:
        stands_still = event.after in (State.WAITLISTED.value, State.INFO_REQUESTED.value)
        if stands_still and since is None:
            since = day_of(event.at)
        elif not stands_still and since is not None:
            # The day it began counted already, and the day it ended is a working day again.
            spans.append((since + timedelta(days=1), day_of(event.at)))
            since = None
    return spans


def promise(referral: Referral) -> int:
    """Return within how many working days a partner answers: its own promise, where that is shorter than ours."""
    return min(moves.REPLY_DAYS, referral.offer.reply_promise_days)


def is_urgent(referral: Referral) -> bool:
    """Whether the need is for today."""
    return referral.need.within is needs.Within.TODAY


def waited(session: Session, referral: Referral, *, at: datetime) -> int:
    """Return how many working days have passed since it was sent."""
    sent = day_of(referral.sent_at or at)
    return working_days_between(sent, day_of(at), closed=closed_spans(session, referral, sent))


def expires_on(session: Session, referral: Referral, *, at: datetime) -> date:
    """Return the day on which an unanswered referral runs out."""
    sent = day_of(referral.sent_at or at)
    return add_working_days(sent, moves.EXPIRE_DAYS, closed=closed_spans(session, referral, sent))


def due_on(session: Session, referral: Referral, at: datetime) -> date | None:
    """Return the day by which whoever has the next step should have made it; None where a referral has ended."""
    today, state = day_of(at), referral.state
    if state not in moves.LIVE:
        # A no, a silence or nobody reached: school tells the family and looks at what else there is.
        waits_on_school = referral.next_owner == "flo"
        return (today if is_urgent(referral) else add_working_days(today, TO_LOOK_AGAIN, closed=closed_spans(session, referral, today))) if waits_on_school else None
    if referral.is_thought_about:
        return add_working_days(today, TO_THINK, closed=closed_spans(session, referral, today))
    if state is State.TOLD:
        return today + timedelta(days=moves.CHECK_IN_DAYS[0])
    if state in (State.CONTACTED, State.SUPPORTING):
        start = day_of(referral.contacted_at or at)
        return next((start + timedelta(days=n) for n in moves.CHECK_IN_DAYS if start + timedelta(days=n) > today), today + timedelta(days=moves.CHECK_IN_DAYS[1]))
    if state is State.WAITLISTED and referral.next_owner == "partner":
        return today + timedelta(weeks=referral.weeks or 4)
    if is_urgent(referral) and state in (State.SENT, State.VIEWED, State.ACCEPTED):
        return today
    closed = closed_spans(session, referral, day_of(referral.sent_at or at))
    if state in (State.SENT, State.VIEWED):
        return add_working_days(day_of(referral.sent_at or at), promise(referral), closed=closed)
    if state is State.ACCEPTED:
        if referral.kind is Kind.ASK_FIRST:
            return add_working_days(today, TO_ASK_THE_FAMILY, closed=closed)
        return max(add_working_days(day_of(referral.sent_at or at), moves.CONTACT_DAYS, closed=closed), add_working_days(today, AT_LEAST_AFTER_YES, closed=closed))
    return add_working_days(today, 1, closed=closed) if state in (State.INFO_REQUESTED, State.WAITLISTED) else today
