"""Letters to partners about what is done together: a link to their own page. No family is in them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from partners.families import schools
from partners.foundation import access, audit, outbox
from partners.foundation.actors import Actor
from partners.foundation.outbox import Message
from partners.registry import organisations, partnerships
from partners.registry.partnerships import Partnership


def send_page(session: Session, row: Partnership, *, base_url: str, by: Actor, at: datetime) -> Message | None:
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
        body=f"{school.name} would like to hear what you would like, what you could give, and how you see working together.\n\n"
             f"This page is yours. You need no account, and there is no family in it:\n{base_url}/p/{token}\n\n"
             f"If you would rather talk, ring {school.phone}.\n",
    )
