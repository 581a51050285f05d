"""The record of processing, and the facts for a data protection impact assessment: read from the tables, the permission table and the schedule as they are. No family is in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from partners.families.agreements import SHAREABLE, Agreement
from partners.families.schools import School
from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.db import Base
from partners.foundation.sealing import Sealed, SealedJson
from partners.privacy import held, schedule, whereabouts
from partners.referrals import disclosure
from partners.registry.organisations import Organisation

# Source: UK GDPR, article 30(1), the headings of a controller's record; the answers are to be confirmed by a data protection officer.
PURPOSE = "To find help near by for a family that asks, to introduce it where it agrees, and to know whether it helped."
SAFEGUARDS = (
    "Names, contacts, postcodes and words about a family are encrypted in the database and in backups.",
    "Lists show initials and year groups; no birth date, ethnicity, religion, nationality or immigration status is asked.",
    "A partner sees only what a family agreed to, from its yes until the introduction ends, behind a six-digit code.",
    "No mail, address, title or log holds anything about a family.",
    "Who opened a family's page is written down; the audit is a chain that shows any change.",
    "A family at risk is with the safeguarding lead: nothing is listed or sent.",
    "A head sees frozen figures of eight families or more, tried by an attacker before they are shown.",
    "A person decides everything: nothing is sent, declined or closed by software, and no decision about a family is automated.",
    "Nothing is sent to another country, and no text about a family to a service outside this installation.",
)
NEVER_ASKED = ("immigration status", "religion", "ethnicity", "nationality", "birth date", "why somebody would rather not")


def record(session: Session, school: School, *, by: Actor) -> dict[str, Any]:
    """Return a school's record of processing as plain values, ready for a page or a file."""
    access.require(by, "processing:read", school)
    signed = schedule.signed(session, school.id)
    days = schedule.days_of(signed)
    return {
        "school": school.name, "purpose": PURPOSE, "whose": ["Children at the school", "Their parents and carers", "People at the school", "People at partners who answer"],
        "lawful_bases": _bases(session, school), "special_categories": "Health, special educational needs and disability, where a family says that they need help with them",
        "kept": _kept(), "recipients": _recipients(session, school), "shared_fields": list(SHAREABLE.values()), "never_asked": list(NEVER_ASKED),
        "retention": [{"what": r.what, "days": days.get(r.code), "since": r.since, "end": r.end} for r in schedule.SCHEDULE],
        "signed_by": signed.signed_by if signed else None, "signed_on": signed.signed_on.isoformat() if signed else None,
        "who_may_do_what": _may(), "safeguards": list(SAFEGUARDS), "audit_events": session.scalar(select(func.count()).select_from(audit.AuditEvent)) or 0,
        "partner_sees": {state.value: sorted(map(str, fields)) for state, fields in disclosure.VISIBLE.items()},
    }


def _bases(session: Session, school: School) -> list[str]:
    found: Iterable[str] = session.scalars(select(Agreement.lawful_basis).where(Agreement.school_id == school.id).distinct().order_by(Agreement.lawful_basis))
    return [b.replace("_", " ") for b in found]


def _kept() -> list[dict[str, Any]]:
    """Return each table that is about families, by its plain name, with its columns and which of them are encrypted."""
    about = whereabouts.reached()
    return [
        {
            "what": held.TITLES.get(t.name, t.name.replace("_", " ")), "table": t.name, "columns": [c.name for c in t.columns if not c.primary_key],
            "encrypted": [c.name for c in t.columns if isinstance(c.type, Sealed | SealedJson)],
        }
        for t in sorted((t for t in Base.metadata.sorted_tables if t.name in about), key=lambda t: t.name)
    ]


def _recipients(session: Session, school: School) -> list[str]:
    query = select(Organisation.name).join(Agreement, Agreement.organisation_id == Organisation.id).where(Agreement.school_id == school.id)
    return list(session.scalars(query.distinct().order_by(Organisation.name)))


def _may() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for action, row in access.PERMISSIONS.items():
        for who in row:
            found.setdefault(str(getattr(who, "value", who)), []).append(action)
    return {who: sorted(actions) for who, actions in sorted(found.items())}
