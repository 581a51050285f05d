"""Mends: a partner's no that says its offer may be told wrong asks a person to look. Software changes nothing of what an offer says."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from partners.foundation.actors import Actor
from partners.registry import tasks

# Source: domain guide 6.4: these codes propose a correction, which a person accepts.
SAID = {"outside_area": "outside our area", "age": "not the ages we work with", "language_not_available": "we can't offer that language"}


def offer_may_be_wrong(session: Session, referral: Any, at: datetime, by: Actor, facts: dict[str, Any]) -> None:
    """Open a task about the offer of a referral that was declined for such a reason."""
    said = SAID.get(facts.get("code", ""))
    if said is not None:
        tasks.open_for(
            session, tasks.TaskKind.WRONG, referral.organisation_id, offer_id=referral.offer_id, mark=facts["code"], by=by, at=at,
            about=f"They said: {said}. Is what the offer says still right?",
        )
