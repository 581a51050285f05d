"""Watching: while emergency access is open, every page that is asked for is written down first, and every page says until when; those who were told are told on every page until they have read it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, g, request

from partners.foundation.actors import Actor, Role
from partners.privacy import emergencies
from web.database import LOOKING, apart, now
from web.signing_in import find_actor


@dataclass(frozen=True)
class Open:
    """The emergency access of who is asking, as every page shows it."""

    id: uuid.UUID
    ends_at: datetime


def _notice() -> None:
    """Find out whether access is open to who asks, and write the page down. Where that cannot be kept, no page opens."""
    g.emergency, g.emergencies_unseen = None, 0
    who = find_actor()
    if who is None or request.endpoint in (None, "static"):
        return
    if Role.ADMIN in who.roles:
        _notice_own(who)
    if who.roles & set(emergencies.TOLD):
        g.emergencies_unseen = len(emergencies.unseen(g.session, by=who))


def _notice_own(who: Actor) -> None:
    opened = emergencies.live_of(g.session, who, at=now())
    if opened is None:
        return
    g.emergency = Open(opened.id, opened.ends_at)
    family = (request.view_args or {}).get("family_id")
    facts = (request.endpoint or "none", family if isinstance(family, uuid.UUID) else None)
    if request.method not in LOOKING:  # it is kept with what the press did; a refusal is written down by itself
        emergencies.note_page(g.session, opened, *facts, by=who, at=now())
        return
    with apart() as own:
        emergencies.note_page(own, opened, *facts, by=who, at=now())


def init_app(app: Flask) -> None:
    """Watch every request, after it is known who asks and that they may."""
    app.before_request(_notice)
    app.context_processor(lambda: {"emergency": g.get("emergency"), "emergencies_unseen": g.get("emergencies_unseen", 0)})
