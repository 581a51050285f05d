"""The safeguarding lead's page: families for whom everything stopped, and the word that lets ordinary help go on."""

from __future__ import annotations

import uuid

from flask import Blueprint, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from partners.families import families
from partners.foundation.actors import Role
from partners.referrals import withdrawals
from web.database import now
from web.signing_in import actor, roles_required

bp = Blueprint("lead", __name__, url_prefix="/lead")


@bp.get("/")
@roles_required(Role.DSL)
def page() -> str:
    """List the families that wait for the lead's word, by initials, and deletions that no partner confirmed within thirty days. Nothing else is here."""
    return render_template("lead/page.html", rows=families.with_the_lead(g.session, by=actor()), to_delete=withdrawals.escalated(g.session, by=actor(), at=now()))


@bp.post("/families/<uuid:family_id>/release")
@roles_required(Role.DSL)
def release(family_id: uuid.UUID) -> Response:
    """Let ordinary help go on."""
    family = families.get(g.session, family_id, by=actor(), action="family:release")
    families.release(g.session, family, by=actor(), at=now())
    return redirect(url_for(".page"), 303)
