"""The liaison officer's pages: from the gate to an introduction, and what became of it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from partners.foundation.calendars import day_of
from web import wording
from web.database import now

bp = Blueprint("liaison", __name__, url_prefix="/liaison")


@bp.app_context_processor
def _words() -> dict[str, Any]:
    """Give every page the room of wording."""
    return {"wording": wording, "state_words": wording.STATE_WORDS, "offer_times": lambda offer: "; ".join(s.words(on=day_of(now())) for s in offer.sessions)}


@bp.app_template_filter("extract")
def _named(key: str, names: dict[str, str]) -> str:
    """Return what a code is called."""
    return names.get(key, key)


from web.liaison import (  # noqa: E402, F401
    adding,
    agreeing,
    away,
    bringing,
    drafts,
    events,
    exchanges,
    families,
    following,
    gaps,
    gives,
    groups,
    keeping,
    keeping_away,
    meetings,
    needs,
    nudging,
    offer_edits,
    offers,
    papers,
    partnerships,
    questionnaires,
    referrals,
    school_codes,
    stopping,
    stories,
    suggestions,
    today,
    withdrawals,
)
