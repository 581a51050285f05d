"""Letters to partners about what is done together: a link to their own page. No family is in them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from partners.families import schools
from partners.foundation import access, audit, outbox
from partners.foundation.actors import Actor
from partners.foundation.outbox import Message
from partners.registry import organisations, partnerships
from partners.registry.partnerships import Partnership

WHY = {
    "page": "would like to hear what you would like, what you could give, and how you see working together.",
    "exchange": "has found something that you could do for one another, and asks whether you can.",
    "event": "is planning something for everybody, and asks whether you can bring something.",
    "group": "would like to bring a group together with you, and asks whether you can.",
}


def send_page(session: Session, row: Partnership, *, base_url: str, by: Actor, at: datetime, why: str = "page") -> Message | None:
    """Queue a mail with a fresh link to the partner's own page. Returns None where there is no address: somebody rings then."""
    access.require(by, "partnership:change", row)
    address = organisations.first_address(row.organisation)
    if address is None:
        return None
    school = schools.get(session, row.school_id)
    token = partnerships.new_link(session, row, at=at)
    audit.record(session, "partnership:page_sent", ("partnership", row.id), by=by, at=at)
    return outbox.queue(
        session, kind="partnership_page", to=address, subject=f"{school.name} and you", at=at,
        body=f"{school.name} {WHY[why]}\n\n"
             f"This page is yours. You need no account, and there is no family in it:\n{base_url}/p/{token}\n\n"
             f"If you would rather talk, ring {school.phone}.\n",
    )


def ask_partners(session: Session, organisation_ids: Iterable[uuid.UUID | None], *, why: str, base_url: str, by: Actor, at: datetime) -> list[str]:
    """Write to each of these partners that something waits on its page; return the names of those who were written to."""
    told = []
    for organisation_id in organisation_ids:
        row = partnerships.find(session, organisation_id, by=by) if organisation_id is not None else None
        if row is not None and send_page(session, row, base_url=base_url, by=by, at=at, why=why) is not None:
            told.append(row.organisation.name)
    return told
