"""Drafts: what was typed is kept on its way, by script every few seconds or by a button, and comes back with the page. Nothing is sent by it."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, g, redirect, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from partners.families import drafts, families
from partners.families.drafts import Draft
from partners.families.needs import STOPPING_PATHS
from partners.foundation.actors import Role
from partners.matching import words
from partners.referrals import referrals
from web.database import now
from web.liaison import bp
from web.signing_in import actor, roles_required

NOT_TYPED = ("csrf_token", "then", "version", "press")


def _require_own(page: str, subject_id: uuid.UUID) -> None:
    """Raise NotFound unless the record is of the officer's own school."""
    if page == "needs":
        families.get(g.session, subject_id, by=actor(), action="family:match")
    else:
        referrals.get(g.session, subject_id, by=actor())


def _typed() -> dict[str, list[str]]:
    """Return what was typed. A need that goes to the safeguarding lead is said, and never kept as a draft."""
    paths = words.paths()
    typed = {name: values for name, values in request.form.lists() if name not in NOT_TYPED}
    if "codes" in typed:
        typed["codes"] = [c for c in typed["codes"] if paths.get(c) not in (None, *STOPPING_PATHS)]
    return typed


@bp.post("/drafts/<page>/<uuid:subject_id>")
@roles_required(Role.FLO)
def keep_draft(page: str, subject_id: uuid.UUID) -> Response:
    """Keep what was typed. A script is told that it was; a person is led to Today."""
    _require_own(page, subject_id)
    drafts.keep(g.session, page, subject_id, _typed(), by=actor(), at=now())
    if request.form.get("then") != "today":
        return Response(status=204)
    flash("Kept for a week, for you alone. It comes back when you open the page again.")
    return redirect(url_for(".today"), 303)


@bp.post("/drafts/<page>/<uuid:subject_id>/throw-away")
@roles_required(Role.FLO)
def throw_draft_away(page: str, subject_id: uuid.UUID) -> Response:
    """Forget a draft."""
    _require_own(page, subject_id)
    drafts.drop(g.session, page, subject_id, by=actor())
    return redirect(where(page, subject_id), 303)


def where(page: str, subject_id: uuid.UUID) -> str:
    """Return the address of the page that a draft belongs to. A need starts with the first question, whoever typed what before."""
    if page == "needs":
        return url_for(".harm", family_id=subject_id)
    return url_for({"agreement": ".agreement", "note": ".note"}.get(page, ".referral"), referral_id=subject_id)


def kept(page: str, subject_id: uuid.UUID) -> tuple[Draft | None, Any]:
    """Return one's draft for a page, and what its form is filled with: None where there is none."""
    draft = drafts.find(g.session, page, subject_id, by=actor(), at=now())
    return draft, MultiDict([(name, value) for name, values in draft.typed.items() for value in values]) if draft else None


def sent(page: str, subject_id: uuid.UUID) -> None:
    """Forget the draft of a page whose form was taken."""
    drafts.drop(g.session, page, subject_id, by=actor())
