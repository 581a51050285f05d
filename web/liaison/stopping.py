"""Stopping: any address about a family that is with the safeguarding lead leads to the stop page, whichever of its records is asked for."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import g, redirect, request, url_for
from werkzeug.wrappers import Response

from partners.families import agreements, families, needs, own_pages, questionnaires
from partners.families.families import Family
from partners.matching import suggestions
from partners.referrals import referrals, withdrawals
from web.liaison import bp
from web.signing_in import actor


def _family(family_id: uuid.UUID) -> Family:
    return families.get(g.session, family_id, by=actor())


# How each id in an address leads to its family. What is not the actor's own is not found, just as its page would say.
ROADS: dict[str, Callable[[uuid.UUID], Any]] = {
    "family_id": _family,
    "need_id": lambda i: needs.get(g.session, i, by=actor()).family,
    "referral_id": lambda i: referrals.get(g.session, i, by=actor()).family,
    "run_id": lambda i: _family(suggestions.get(g.session, i, by=actor()).family_id),
    "questionnaire_id": lambda i: questionnaires.get(g.session, i, by=actor()).family,
    "correction_id": lambda i: own_pages.get_correction(g.session, i, by=actor()).family,
    "agreement_id": lambda i: _family(agreements.find(g.session, i, by=actor()).family_id),
    "withdrawal_id": lambda i: withdrawals.get(g.session, i, by=actor()).family,
}


@bp.before_request
def stop_comes_first() -> Response | None:
    """Lead to the stop page, for looks and presses alike, so that no page of such a family opens and nothing goes on."""
    if request.endpoint == "liaison.stop":
        return None
    for name, given in (request.view_args or {}).items():
        if name in ROADS:
            family = ROADS[name](given)
            if family.with_dsl_at is not None:
                return redirect(url_for("liaison.stop", family_id=family.id), 303)
    return None
