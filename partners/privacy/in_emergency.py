"""In an emergency: which families can be found then, and the little that is shown of them: how to reach them safely, and who is helping.

Shut even then, and looking as if they were not there: families with the safeguarding lead, families for whom anything with a name is asked about twice,
those whose records are set aside, those that have left, and those that said the very person who looks must not know.
No address, no need, no note and nothing that was said is shown.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from partners.families import reaching
from partners.families.agreements import Agreement
from partners.families.families import Family
from partners.foundation import users
from partners.foundation.actors import Actor
from partners.foundation.errors import NotFound
from partners.privacy import emergencies
from partners.referrals.moves import LIVE, State
from partners.referrals.referrals import Referral
from partners.registry import organisations, terms
from partners.registry.places import is_private

MOST_FOUND = 10  # a search, and no list of everybody; judgement, November 2026
_SENT = tuple(state for state in LIVE if state not in (State.DRAFT, State.READY))


@dataclass(frozen=True)
class Helper:
    """A partner with whom an introduction goes on: its name and number, and since when."""

    name: str
    phone: str | None
    since: datetime


@dataclass(frozen=True)
class Shown:
    """What is shown of a family in an emergency."""

    family: Family
    must_not_know: list[str]
    helpers: list[Helper]


def find(session: Session, words: str, *, by: Actor, at: datetime) -> list[Family]:
    """Return at most ten families of the actor's school by initials or year group, while access is open; none for words that say neither.

    Raises:
        NotAllowed: access is not open.
    """
    emergencies.require_live(session, by=by, at=at)
    wanted = re.sub(r"[^\w ]", "", words).lower().split()
    if not wanted:
        return []
    rows = session.scalars(select(Family).where(Family.school_id == by.school_id).order_by(Family.initials, Family.id)).unique()
    matching = (f for f in rows if all(w in re.sub(r"[^\w ]", "", f.label).lower() for w in wanted))
    return [f for f in matching if _is_open(session, f, by)][:MOST_FOUND]


def look(session: Session, family_id: uuid.UUID, *, by: Actor, at: datetime) -> Shown:
    """Return what is shown of one family while access is open.

    Raises:
        NotAllowed: access is not open.
        NotFound: another school's family, one that stays shut, and one that never was, all alike.
    """
    emergencies.require_live(session, by=by, at=at)
    family = session.get(Family, family_id)
    if family is None or family.school_id != by.school_id or not _is_open(session, family, by):
        raise NotFound("family")
    named = [str(person.get("name") or "") for person in family.kept_from or ()]
    return Shown(family, [words for words in dict.fromkeys([*_said_must_not_know(session, family), *named]) if words], _helpers(session, family))


def _is_open(session: Session, family: Family, by: Actor) -> bool:
    return family.in_use and family.archived_at is None and not family.do_not_disclose and not _must_not_know(session, family, by)


def _must_not_know(session: Session, family: Family, by: Actor) -> bool:
    """Whether the family named the very person who looks among those who must not know: on its list, or in the words of an agreement."""
    person = users.get(session, by.user_id) if by.user_id else None
    if person is None or reaching.is_one_of(family.kept_from, name=person.name, reaches=[person.email]):
        return True
    called = set(reaching.plain_name(person.name).split())
    return any(called <= set(reaching.plain_name(words).split()) or person.email.lower() in words.lower() for words in _said_must_not_know(session, family))


def _said_must_not_know(session: Session, family: Family) -> list[str]:
    """Return what the family said of who must not know, in its own words, with each agreement's."""
    said = [family.must_not_know, *session.scalars(select(Agreement.must_not_know).where(Agreement.family_id == family.id).order_by(Agreement.agreed_at))]
    return [words for words in said if words]


def _helpers(session: Session, family: Family) -> list[Helper]:
    """Return who is helping, the latest last. Whoever has a place that is kept quiet is left out: its name alone would say too much."""
    rows = session.scalars(select(Referral).where(Referral.family_id == family.id, Referral.state.in_(_SENT)).order_by(Referral.sent_at, Referral.id)).unique()
    helping = []
    for referral in rows:
        quiet = is_private(referral.offer.needs) or any(p is not None and p.withheld for p in (referral.offer.place, *terms.further_places(session, referral.offer)))
        if not quiet and not referral.is_frozen:
            them = organisations.get(session, referral.organisation_id)
            helping.append(Helper(them.name, them.phone, referral.sent_at or referral.created_at))
    return helping
