"""A partner's account: its introductions, without a name before it said yes."""

from __future__ import annotations

import uuid

from flask import g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from partners.families import schools
from partners.foundation.actors import Role
from partners.foundation.errors import NotFound
from partners.matching import words
from partners.referrals import referrals, replies
from partners.referrals.moves import Kind, State
from partners.registry import partnerships
from web.database import now
from web.portal import bp
from web.portal.forms import PressForm
from web.signing_in import actor, roles_required


@bp.get("/portal/")
@roles_required(Role.PARTNER)
def inbox() -> str:
    """List live introductions by need."""
    rows = [r for r in referrals.live(g.session, by=actor()) if r.state not in (State.DRAFT, State.READY, State.TOLD)]
    together = [(p, schools.get(g.session, p.school_id)) for p in partnerships.of_organisation(g.session, actor().organisation_id)]
    return render_template("portal/inbox.html", rows=rows, labels=words.labels(), together=together)


@bp.post("/portal/referrals/<uuid:referral_id>/open")
@roles_required(Role.PARTNER)
def open_referral(referral_id: uuid.UUID) -> Response:
    """Open one introduction on its own page, by a fresh word."""
    PressForm().validate()
    referral = referrals.get(g.session, referral_id, by=actor())
    if referral.state in (State.DRAFT, State.READY, State.TOLD) or referral.kind is Kind.TELL:
        raise NotFound("referral")
    return redirect(url_for(".card", token=replies.new_reply_link(g.session, referral, at=now())), 303)
