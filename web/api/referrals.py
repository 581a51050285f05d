"""Introductions for programs, at /api/v1: where each stands, who has the next step and by when, and what may be done now. Never a word about a family.

It reads only, for whoever is signed in: a liaison officer sees their school's, a partner with an account its own. Errors are as RFC 9457 writes them.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from flask import Blueprint, Response, g

from partners.foundation.actors import Role
from partners.foundation.errors import NotFound
from partners.matching import words
from partners.referrals import disclosure, moves, referrals, reminders, shutting
from partners.referrals.moves import State
from web import limits
from web.database import now
from web.signing_in import actor, roles_required

bp = Blueprint("api", __name__, url_prefix="/api/v1")
NOT_SENT = (State.DRAFT, State.READY, State.TOLD)


@bp.before_request
def _count() -> None:
    """Count each program's requests, so that one of them cannot slow the pages of a school."""
    limits.count("feed")


def _answer(found: Any) -> Response:
    return Response(json.dumps(found, ensure_ascii=False), content_type="application/json; charset=utf-8", headers={"Cache-Control": "no-store"})


def _document(referral: referrals.Referral) -> dict[str, Any]:
    """Return one referral as a program reads it: ids, codes, days, and the moves of the table. What the partner sees is named, not told."""
    visible = [] if shutting.is_shut(g.session, referral) else list(disclosure.VISIBLE[referral.state])
    if visible and referral.state in (State.ACCEPTED, State.CONTACTED, State.SUPPORTING) and referral.kind not in moves.NEEDS_AGREEMENT:
        visible = ["need", "language"]
    return {
        "id": str(referral.id), "kind": referral.kind.value, "state": referral.state.value, "state_says": moves.STATE_WORDS[referral.state], "version": referral.version,
        "need": {"code": referral.need.code, "name": words.labels()[referral.need.code]},
        "offer": {"id": str(referral.offer_id), "name": referral.offer.name}, "organisation": {"id": str(referral.organisation_id)},
        "next_owner": referral.next_owner, "due_on": referral.due_on.isoformat() if referral.due_on else None, "overdue": reminders.overdue(referral, at=now()),
        "sent_at": referral.sent_at.isoformat() if referral.sent_at else None, "follows": str(referral.follows_id) if referral.follows_id and actor().party == "flo" else None,
        "partner_may_see": visible,
        "allowed_actions": [{"action": m.action, "button": m.button, "asks_for": [n for n in m.needs if n in ASKS_FOR]} for m in referrals.possible(g.session, referral, by=actor(), at=now())],
    }


# What a person fills in for a move; the other guards of the table are looked at by the service itself.
ASKS_FOR = ("who_answered", "weeks", "question", "answer", "note", "decline_code", "withdraw_code", "contact_checked", "outcome", "agreement")


def _may_be_told(referral: referrals.Referral) -> bool:
    """Whether it is told at all: a family with the safeguarding lead is in no list, and a partner sees nothing that was not sent or is shut."""
    return referral.family.with_dsl_at is None if actor().party == "flo" else referral.state not in NOT_SENT and not shutting.is_shut(g.session, referral)


@bp.get("/referrals")
@roles_required(Role.FLO, Role.PARTNER)
def listing() -> Response:
    """List what is under way, the soonest due first."""
    rows = [r for r in referrals.live(g.session, by=actor()) if _may_be_told(r)]
    return _answer({"contents": [_document(r) for r in rows], "total": len(rows)})


@bp.get("/referrals/<uuid:referral_id>")
@roles_required(Role.FLO, Role.PARTNER)
def one(referral_id: uuid.UUID) -> Response:
    """Give one, whole."""
    found = referrals.get(g.session, referral_id, by=actor())
    if not _may_be_told(found):
        raise NotFound("referral")
    return _answer(_document(found))
