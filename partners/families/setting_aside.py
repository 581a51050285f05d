"""Setting aside: a family asked the school to stop using its records for now. They are kept, and nothing is found, sent or counted from them until that ends.

Who may ask for it, and when it begins and ends, is decided in `partners.privacy.requests`.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from partners.families.families import Family, require_no_stop
from partners.foundation import audit
from partners.foundation.actors import Actor
from partners.foundation.calendars import day_of
from partners.foundation.errors import SetAside


def begin(session: Session, family: Family, *, by: Actor, at: datetime) -> None:
    """Stop using a family's records from now. A second time changes nothing."""
    if family.set_aside_at is None:
        family.set_aside_at = at
        session.flush()
        audit.record(session, "family:set_aside", ("family", family.id), by=by, at=at)


def end(session: Session, family: Family, *, by: Actor, at: datetime) -> None:
    """Use a family's records again. The days between are kept, so that no partner is late for them."""
    if family.set_aside_at is not None:
        family.set_aside_days = [*(family.set_aside_days or []), [day_of(family.set_aside_at).isoformat(), day_of(at).isoformat()]]
        family.set_aside_at = None
        session.flush()
        audit.record(session, "family:used_again", ("family", family.id), by=by, at=at)


def spans(family: Family) -> list[tuple[date, date]]:
    """Return the days for which a family's records were set aside, first and last, of the times that are over."""
    return [(date.fromisoformat(first), date.fromisoformat(last)) for first, last in family.set_aside_days or []]


def require_in_use(family: Family) -> None:
    """Raise SetAside while the family's records are kept and not used."""
    if family.set_aside_at is not None:
        raise SetAside()


def require_may_act(family: Family) -> None:
    """Let something be found or sent for a family, or refuse.

    Raises:
        SafetyStop: the family is with the safeguarding lead.
        SetAside: it asked that its records are not used for now.
    """
    require_no_stop(family)
    require_in_use(family)
