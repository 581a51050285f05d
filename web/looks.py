"""Looks: each page about a family is written down once a day for each person who opened it, so that a family can be told who looked.

Looking keeps nothing else: the note has a session of its own, after the page is made, and a database that is busy or full does not hold up the page.
"""

from __future__ import annotations

from datetime import datetime, time

from flask import Flask, Response, g, request
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from partners.foundation import audit
from partners.foundation.actors import Actor
from partners.foundation.audit import AuditEvent
from partners.foundation.calendars import LONDON, day_of
from web.database import LOOKING, apart, looking, now
from web.logs import log

# What an address names, and what the audit calls it.
SUBJECTS = {"family_id": "family", "need_id": "need", "referral_id": "referral", "run_id": "run", "complaint_id": "complaint", "rights_request_id": "rights_request"}


def seen(kind: str, record_id: object) -> None:
    """Say that this page shows a record that its address does not name."""
    g.setdefault("seen", []).append((kind, str(record_id)))


def _subjects() -> list[tuple[str, str]]:
    named = [(kind, str(request.view_args[name])) for name, kind in SUBJECTS.items() if request.view_args and name in request.view_args]
    return [*named, *g.get("seen", [])]


def _who() -> Actor | None:
    found: Actor | None = g.get("actor") or g.get("by_link")
    return found


def _note(response: Response) -> Response:
    who = _who()
    if request.method not in LOOKING or response.status_code != 200 or who is None:
        return response
    for subject in _subjects():
        try:
            _write_down(subject, who)
        except OperationalError:
            log().warning("look_not_noted", endpoint=request.endpoint)
    return response


def _write_down(subject: tuple[str, str], who: Actor) -> None:
    actor_id = who.user_id or who.referral_id or who.organisation_id or who.family_id
    starts = datetime.combine(day_of(now()), time.min, LONDON)
    today = select(AuditEvent.seq).where(
        AuditEvent.subject_id == subject[1], AuditEvent.action == f"{subject[0]}:viewed", AuditEvent.actor_id == (str(actor_id) if actor_id else None), AuditEvent.at >= starts,
    )
    with looking() as session:
        known = session.scalar(today.limit(1)) is not None
    if not known:
        with apart() as own:
            audit.record(own, f"{subject[0]}:viewed", subject, by=who, at=now())


def init_app(app: Flask) -> None:
    """Note every look."""
    app.after_request(_note)
